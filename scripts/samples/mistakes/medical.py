"""6xx: mistakes in medical insurance."""

from __future__ import annotations

from addin.columns import DISTRICT, ENROLLED, LOCAL, OTHER_REASON, OUTSIDE
from scripts.samples.families import Person
from scripts.samples.mistakes.kind import (
    Spot,
    block,
    insured_without_help,
    leave_pension,
    mistake,
    paid,
    pay_wrongly,
    stay_out,
    write,
)
from scripts.samples.notice import yuan


@mistake("601", insured_without_help)
def outside_without_proof(_: Spot, person: Person) -> None:
    person.unpay("medical")
    person.cells["medical_status"] = "市外居民医保"
    person.findings.append(("medical_proof", "601"))


@mistake("602", lambda _, person: person.cells["medical_status"] == "高校参保")
def student_at_home(spot: Spot, person: Person) -> None:
    person.cells["medical_status"] = ENROLLED
    person.pay("medical", spot.day("medical"), spot.place.receipt())
    person.findings.append(("schooling", "602"))
    block(person, "ineligible", "medical")


@mistake("603", lambda spot, person: insured_without_help(spot, person) and person.cells["register"] == LOCAL)
def stranger_without_proof(_: Spot, person: Person) -> None:
    person.cells["register"] = OUTSIDE
    leave_pension(person, "非本区户籍")
    person.findings.append(("residence_proof", "603"))
    block(person, "ineligible", "medical")


@mistake("604", lambda spot, person: insured_without_help(spot, person) and person.cells["register"] == LOCAL)
def neighbour(_: Spot, person: Person) -> None:
    write(person, "register", DISTRICT, "604")


@mistake("605", paid("medical"))
def medical_short(spot: Spot, person: Person) -> None:
    pay_wrongly(person, "medical", -50_00)
    person.findings.append(("medical_paid", "605"))
    block(person, "short", "medical")


@mistake("606", paid("medical"))
def medical_over(_: Spot, person: Person) -> None:
    pay_wrongly(person, "medical", 30_00)
    person.findings.append(("medical_paid", "606"))


@mistake("606", lambda spot, person: person.claims("medical") and spot.notice.supported in person.held)
def supported_person_charged(spot: Spot, person: Person) -> None:
    person.pay("medical", spot.day("medical"), spot.place.receipt(), spot.notice.rules["medical"].standard)
    person.findings.append(("medical_paid", "606"))


@mistake("607", lambda spot, person: paid("medical")(spot, person) and bool(person.dues("medical").refund))
def low_income_at_net(_: Spot, person: Person) -> None:
    pay_wrongly(person, "medical", -person.dues("medical").refund)
    person.findings.append(("medical_paid", "607"))
    block(person, "short", "medical")


@mistake("608", lambda _, person: person.claims("medical") and bool(person.held - person.notice.no_hardship))
def hardship_left_out(_: Spot, person: Person) -> None:
    stay_out(person, OTHER_REASON, "本人不愿参加")
    person.findings.append(("medical_status", "608"))


@mistake("609", lambda _, person: person.cells["medical_status"] == "市内职工医保" and not person.held)
def employee_charged(spot: Spot, person: Person) -> None:
    day, receipt = spot.day("medical"), spot.place.receipt()
    paid = yuan(spot.notice.rules["medical"].standard)
    person.cells |= {"medical_paid": paid, "medical_date": day, "medical_receipt": receipt}
    person.findings.append(("medical_paid", "609"))


@mistake("610", lambda _, person: person.claims("medical"))
def reason_though_enrolled(_: Spot, person: Person) -> None:
    write(person, "medical_reason", "死亡未销户", "610")
