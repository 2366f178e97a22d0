"""2xx: mistakes in the content of a cell."""

from __future__ import annotations

from datetime import date

from addin.columns import LOCAL
from scripts.samples.families import Person, Unreadable
from scripts.samples.mistakes.kind import (
    Spot,
    amid,
    anybody,
    block,
    category_lost,
    head,
    insured_without_help,
    mistake,
    paid,
    relative,
    tier_lost,
    unknown,
    with_id,
    write,
)


@mistake("201", with_id)
def error_for_a_name(_: Spot, person: Person) -> None:
    write(person, "name", Unreadable.ERROR, "201")
    unknown(person)


@mistake("201", paid("medical"))
def error_for_an_amount(_: Spot, person: Person) -> None:
    write(person, "medical_paid", Unreadable.ERROR, "201")
    block(person, "unpaid", "medical")


@mistake("201", paid("pension"))
def error_for_a_date(_: Spot, person: Person) -> None:
    write(person, "pension_date", Unreadable.ERROR, "201")
    block(person, "date", "pension")


@mistake("201", relative)
def error_for_a_relation(_: Spot, person: Person) -> None:
    write(person, "relation", Unreadable.ERROR, "201")


@mistake("201", lambda _, person: bool(person.held))
def error_for_a_category(_: Spot, person: Person) -> None:
    write(person, "category", Unreadable.ERROR, "201")
    category_lost(person)


@mistake("201", amid)
def error_for_a_household(_: Spot, person: Person) -> None:
    write(person, "household", Unreadable.ERROR, "201")


@mistake("202", paid("medical"))
def amount_with_its_unit(_: Spot, person: Person) -> None:
    write(person, "medical_paid", f"{person.cells['medical_paid']}元", "202")
    block(person, "unpaid", "medical")


@mistake("202", paid("pension"))
def tier_in_words(_: Spot, person: Person) -> None:
    write(person, "tier", "一百元", "202")
    tier_lost(person)


@mistake("202", lambda spot, person: head(spot, person) and "registered" in person.cells)
def household_size_in_words(_: Spot, person: Person) -> None:
    write(person, "registered", "四人", "202")


@mistake("203", paid("medical"))
def date_with_dots(_: Spot, person: Person) -> None:
    day = person.cells["medical_date"]
    assert isinstance(day, date)
    write(person, "medical_date", f"{day.year}.{day.month}.{day.day}", "203")
    block(person, "date", "medical")


@mistake("203", paid("pension"))
def date_in_words(_: Spot, person: Person) -> None:
    write(person, "pension_date", "六月初", "203")
    block(person, "date", "pension")


@mistake("204", paid("medical"))
def date_as_eight_digits(_: Spot, person: Person) -> None:
    day = person.cells["medical_date"]
    assert isinstance(day, date)
    write(person, "medical_date", int(f"{day:%Y%m%d}"), "204")
    block(person, "date", "medical")


@mistake("204", paid("pension"))
def date_without_its_format(_: Spot, person: Person) -> None:
    write(person, "pension_date", 43_650, "204")
    block(person, "date", "pension")


@mistake("205", paid("medical"))
def date_never_calculated(_: Spot, person: Person) -> None:
    write(person, "medical_date", Unreadable.NEVER_CALCULATED, "205")
    block(person, "date", "medical")


@mistake("205", with_id)
def number_never_calculated(_: Spot, person: Person) -> None:
    write(person, "id_number", Unreadable.NEVER_CALCULATED, "205")
    unknown(person)


@mistake("205", paid("pension"))
def tier_never_calculated(_: Spot, person: Person) -> None:
    write(person, "tier", Unreadable.NEVER_CALCULATED, "205")
    tier_lost(person)


@mistake("206", paid("medical"))
def amount_below_zero(_: Spot, person: Person) -> None:
    write(person, "medical_paid", -250, "206")
    block(person, "unpaid", "medical")


@mistake("206", paid("pension"))
def amount_finer_than_a_fen(_: Spot, person: Person) -> None:
    write(person, "pension_paid", 100.005, "206")
    block(person, "unpaid", "pension")


@mistake("207", anybody)
def endless_text(_: Spot, person: Person) -> None:
    write(person, "group", "新屋院子" * 70, "207")


@mistake("208", insured_without_help)
def medical_status_of_their_own(_: Spot, person: Person) -> None:
    write(person, "medical_status", "已参保", "208")
    person.unclear = ("medical",)


@mistake("208", lambda _, person: person.claims("pension"))
def pension_status_of_their_own(_: Spot, person: Person) -> None:
    write(person, "pension_status", "参加", "208")
    person.unclear = ("pension",)


@mistake("209", lambda spot, _: spot.ordinary())
def household_type_unlisted(_: Spot, person: Person) -> None:
    write(person, "household_type", "农业户", "209")


@mistake("209", relative)
def relation_unlisted(_: Spot, person: Person) -> None:
    write(person, "relation", "亲戚", "209")


@mistake("209", lambda _, person: person.cells["register"] == LOCAL)
def register_unlisted(_: Spot, person: Person) -> None:
    write(person, "register", "本村", "209")


@mistake("209", anybody)
def entered_unlisted(_: Spot, person: Person) -> None:
    write(person, "entered", "录了", "209")


@mistake("210", anybody)
def group_turned_into_a_date(_: Spot, person: Person) -> None:
    write(person, "group", date(2019, 3, 2), "210")


@mistake("211", amid)
def household_of_too_many_digits(_: Spot, person: Person) -> None:
    write(person, "household", 431103201910150012, "211")


@mistake("212", paid("medical"))
def receipt_of_too_many_digits(_: Spot, person: Person) -> None:
    write(person, "medical_receipt", 43110320191015001234, "212")


@mistake("202", paid("medical"))
def amount_kept_as_text(_: Spot, person: Person) -> None:
    write(person, "medical_paid", str(person.cells["medical_paid"]), "202")
    block(person, "unpaid", "medical")
