"""5xx: mistakes of the household."""

from __future__ import annotations

from addin.columns import OTHER_REASON
from scripts.samples.families import Person
from scripts.samples.mistakes.kind import Spot, head, insured_without_help, mistake, relative, stay_out, write


@mistake("501", lambda spot, person: relative(spot, person) and person.age() >= 18)
def two_heads(spot: Spot, person: Person) -> None:
    person.cells["relation"] = "户主"
    for one in (spot.family[0], person):
        one.findings.append(("relation", "501"))


@mistake("502", head)
def no_head(_: Spot, person: Person) -> None:
    write(person, "relation", "其他亲属", "502")


@mistake("503", lambda spot, person: head(spot, person) and "registered" in person.cells)
def people_left_out(spot: Spot, person: Person) -> None:
    write(person, "registered", len(spot.family) + 2, "503")


@mistake("504", relative)
def not_related(_: Spot, person: Person) -> None:
    write(person, "relation", "非亲属", "504")


@mistake("505", relative)
def village_misspelt(_: Spot, person: Person) -> None:
    write(person, "village", "甲" + str(person.cells["village"])[1:], "505")


_TOO_YOUNG_FOR = {"子": "父", "女": "母"}


@mistake("508", lambda spot, person: relative(spot, person) and person.cells["relation"] in _TOO_YOUNG_FOR)
def child_for_a_parent(_: Spot, person: Person) -> None:
    write(person, "relation", _TOO_YOUNG_FOR[str(person.cells["relation"])], "508")


@mistake("506", lambda spot, person: spot.ordinary() and insured_without_help(spot, person))
def out_without_reason(_: Spot, person: Person) -> None:
    stay_out(person, None, None)
    person.findings.append(("medical_reason", "506"))


@mistake("507", insured_without_help)
def other_reason_unexplained(_: Spot, person: Person) -> None:
    stay_out(person, OTHER_REASON, None)
    person.findings.append(("medical_reason", "507"))
