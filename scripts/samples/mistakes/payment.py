"""8xx: mistakes in dates and receipts."""

from __future__ import annotations

from datetime import date, timedelta

from scripts.samples.families import Person
from scripts.samples.mistakes.kind import Spot, Who, block, mistake, paid, pay_on, write
from scripts.samples.notice import Scheme


def _before(spot: Spot, scheme: Scheme) -> date:
    return spot.notice.rules[scheme].collecting - timedelta(days=12)


@mistake("801", paid("medical"))
def before_collecting_began(spot: Spot, person: Person) -> None:
    pay_on(person, "medical", _before(spot, "medical"))
    person.findings.append(("medical_date", "801"))
    block(person, "date", "medical")


@mistake("801", lambda spot, person: paid("pension")(spot, person) and person.age() >= 18)
def last_years_pension(spot: Spot, person: Person) -> None:
    write(person, "pension_date", _before(spot, "pension"), "801")
    block(person, "date", "pension")


@mistake("802", paid("medical"))
def before_the_window(spot: Spot, person: Person) -> None:
    person.cells["medical_date"] = spot.notice.rules["medical"].collecting + timedelta(days=17)


@mistake(
    "803", lambda spot, person: paid("pension")(spot, person) and spot.deadline > spot.notice.rules["pension"].last_day
)
def pension_late(spot: Spot, person: Person) -> None:
    person.cells["pension_date"] = spot.deadline


@mistake("804", paid("medical"))
def after_the_cover(spot: Spot, person: Person) -> None:
    pay_on(person, "medical", spot.deadline + timedelta(days=4))


@mistake("805", paid("medical"))
@mistake("805", paid("pension"))
def no_date(_: Spot, person: Person) -> None:
    scheme: Scheme = "medical" if "medical_paid" in person.cells else "pension"
    write(person, f"{scheme}_date", None, "805")
    block(person, "date", scheme)


@mistake(
    "806", lambda spot, person: paid("pension")(spot, person) and spot.deadline > spot.notice.rules["pension"].last_day
)
def pension_unpaid(_: Spot, person: Person) -> None:
    person.unpay("pension")


def _free(scheme: Scheme) -> Who:
    return lambda _, person: (
        person.claims(scheme) and f"{scheme}_date" in person.cells and f"{scheme}_paid" not in person.cells
    )


@mistake("807", _free("medical"))
def registered_without_day(_: Spot, person: Person) -> None:
    write(person, "medical_date", None, "807")


@mistake("807", _free("pension"))
def pension_registered_without_day(_: Spot, person: Person) -> None:
    write(person, "pension_date", None, "807")


_NO_RECEIPT = ("无", "微信缴费", "同上", "待开", "现金", "〃")
"""Words of clerks without a receipt: never the same one for two families."""


@mistake("808", paid("medical"))
def no_receipt(_: Spot, person: Person) -> None:
    write(person, "medical_receipt", None, "808")


@mistake("808", paid("pension"))
def no_pension_receipt(_: Spot, person: Person) -> None:
    write(person, "pension_receipt", None, "808")


@mistake("808", paid("medical"))
def word_for_a_receipt(spot: Spot, person: Person) -> None:
    write(person, "medical_receipt", spot.place.rng.choice(_NO_RECEIPT), "808")


@mistake("808", paid("pension"))
def word_for_a_pension_receipt(spot: Spot, person: Person) -> None:
    write(person, "pension_receipt", spot.place.rng.choice(_NO_RECEIPT), "808")


@mistake("810", paid("medical"))
def no_amount(_: Spot, person: Person) -> None:
    write(person, "medical_paid", None, "810")


@mistake("810", paid("pension"))
def no_pension_amount(_: Spot, person: Person) -> None:
    write(person, "pension_paid", None, "810")
