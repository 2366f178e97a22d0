"""7xx: mistakes in the pension."""

from __future__ import annotations

from datetime import date

from addin.columns import CITY, LOCAL, OUTSIDE, PUPIL, STUDENT
from scripts.samples.families import Person
from scripts.samples.mistakes.kind import (
    Spot,
    block,
    join_pension,
    leave_pension,
    mistake,
    paid,
    pay_again,
    pay_wrongly,
    tier_lost,
    write,
)


@mistake("701", lambda _, person: person.age() < 15 and person.cells["register"] == LOCAL)
def too_young(spot: Spot, person: Person) -> None:
    person.cells.pop("schooling", None)
    join_pension(spot, person, spot.day("pension"))
    person.findings.append(("id_number", "701"))
    block(person, "ineligible", "pension")


@mistake("702", lambda _, person: person.cells.get("schooling") in (PUPIL, STUDENT) and person.age() >= 17)
def pupil_in_the_pension(spot: Spot, person: Person) -> None:
    join_pension(spot, person, spot.notice.rules["pension"].window[1])
    person.findings.append(("schooling", "702"))
    block(person, "ineligible", "pension")


@mistake("703", lambda _, person: person.claims("pension") and person.claims("medical") and not person.held)
def stranger_in_the_pension(spot: Spot, person: Person) -> None:
    person.cells["residence_proof"] = "居住证"
    write(person, "register", OUTSIDE, "703")
    block(person, "ineligible", "pension")


@mistake("703", lambda _, person: person.claims("pension") and person.claims("medical") and not person.held)
def of_another_county(_: Spot, person: Person) -> None:
    person.unpay("medical")
    person.cells["medical_status"] = "市内居民医保"
    write(person, "register", CITY, "703")
    block(person, "ineligible", "pension")


@mistake("704", lambda _, person: person.claims("pension"))
def no_tier(_: Spot, person: Person) -> None:
    write(person, "tier", None, "704")
    tier_lost(person)


@mistake("705", lambda _, person: person.claims("pension"))
def tier_of_their_own(spot: Spot, person: Person) -> None:
    write(person, "tier", spot.notice.tiers[0] + 50, "705")
    tier_lost(person)


@mistake("706", lambda _, person: person.claims("pension") and person.claims("medical"))
def employee_in_the_pension(_: Spot, person: Person) -> None:
    person.unpay("medical")
    person.cells["medical_status"] = "市内职工医保"
    person.findings.append(("pension_status", "706"))


@mistake(
    "707",
    lambda _, person: (
        person.notice.ages[1] <= person.age() < 75 and person.cells["register"] == LOCAL and not person.held
    ),
)
def elder_in_the_pension(spot: Spot, person: Person) -> None:
    if person.cells["medical_status"] == "市内职工医保":
        person.cells["medical_status"] = "市内居民医保"
    join_pension(spot, person, spot.day("pension"))
    person.findings.append(("id_number", "707"))


def _school_leaver(_: Spot, person: Person) -> bool:
    day = person.cells.get("pension_date")
    return person.claims("pension") and isinstance(day, date) and 16 <= person.age(day) <= 22


@mistake("708", _school_leaver)
def schooling_unsaid(_: Spot, person: Person) -> None:
    write(person, "schooling", None, "708")


def _helped_at_the_lowest(spot: Spot, person: Person) -> bool:
    """People who would be helped with a higher tier, too."""
    if person.cells.get("tier") != spot.notice.tiers[0]:
        return False
    return spot.notice.dues("pension", person.held, spot.notice.tiers[2]).subsidy > 0


@mistake("709", _helped_at_the_lowest)
def higher_tier(spot: Spot, person: Person) -> None:
    person.cells["tier"] = spot.notice.tiers[2]
    pay_again(spot, person)


@mistake("710", paid("pension"))
def pension_short(_: Spot, person: Person) -> None:
    pay_wrongly(person, "pension", -40_00)
    person.findings.append(("pension_paid", "710"))
    block(person, "short", "pension")


@mistake("711", paid("pension"))
def pension_over(_: Spot, person: Person) -> None:
    pay_wrongly(person, "pension", 100_00)
    person.findings.append(("pension_paid", "711"))


@mistake("712", lambda spot, person: person.claims("pension") and spot.notice.dues("pension", person.held).subsidy > 0)
def hardship_without_pension(_: Spot, person: Person) -> None:
    leave_pension(person, "暂未参保")
    person.findings.append(("pension_status", "712"))


@mistake("713", lambda _, person: person.cells.get("pension_status") in ("职工养老", "已领取待遇"))
def pensioner_charged(spot: Spot, person: Person) -> None:
    day, receipt = spot.day("pension"), spot.place.receipt()
    person.cells |= {"pension_paid": spot.notice.tiers[0], "pension_date": day, "pension_receipt": receipt}
    person.findings.append(("pension_paid", "713"))


def _undecided(_: Spot, person: Person) -> bool:
    return person.cells.get("pension_status") == "暂未参保" and "medical_reason" not in person.cells


@mistake("714", _undecided)
def pension_unsaid(_: Spot, person: Person) -> None:
    write(person, "pension_status", None, "714")


@mistake("715", lambda spot, person: _undecided(spot, person) and not person.held and person.age() >= 17)
def grown_up_under_age(_: Spot, person: Person) -> None:
    write(person, "pension_status", "未满16周岁", "715")
