"""3xx: mistakes about who the person is."""

from __future__ import annotations

from addin.columns import LOCAL
from scripts.samples import people
from scripts.samples.families import Cell, Person, give_status
from scripts.samples.mistakes.kind import (
    Spot,
    amid,
    anybody,
    born_before,
    category_lost,
    insured_without_help,
    mistake,
    pay_again,
    relative,
    unknown,
    with_id,
    write,
)


@mistake("301", anybody)
def no_name(_: Spot, person: Person) -> None:
    write(person, "name", None, "301")
    unknown(person)


@mistake("317", anybody)
def number_for_a_name(_: Spot, person: Person) -> None:
    write(person, "name", "13800138000", "317")


@mistake("302", with_id)
def no_number(_: Spot, person: Person) -> None:
    write(person, "id_number", None, "302")
    unknown(person)


def _number(person: Person) -> str:
    return str(person.cells["id_number"])


@mistake("303", lambda spot, person: with_id(spot, person) and _number(person).isdigit())
def number_as_a_number(_: Spot, person: Person) -> None:
    write(person, "id_number", int(_number(person)), "303")
    unknown(person)


@mistake(
    "318",
    lambda spot, person: with_id(spot, person) and person.cells.get("pension_status") == "职工养老" and not person.held,
)
def passport_as_a_number(_: Spot, person: Person) -> None:
    person.cells["id_type"] = "其他"
    write(person, "id_number", int(_number(person)[6:17]), "318")


@mistake("304", with_id)
def number_too_short(_: Spot, person: Person) -> None:
    write(person, "id_number", _number(person)[:-1], "304")
    unknown(person)


@mistake("305", with_id)
def letter_for_a_digit(_: Spot, person: Person) -> None:
    write(person, "id_number", _number(person).replace("0", "O", 2), "305")
    unknown(person)


@mistake("306", with_id)
def wrong_check_digit(_: Spot, person: Person) -> None:
    number = _number(person)
    write(person, "id_number", number[:-1] + ("1" if number[-1] != "1" else "2"), "306")
    unknown(person)


@mistake("307", with_id)
def born_in_month_thirteen(_: Spot, person: Person) -> None:
    number = _number(person)
    write(person, "id_number", people.identity_number(f"{number[6:10]}13{number[12:14]}", int(number[14:17])), "307")
    unknown(person)


@mistake("307", with_id)
def born_next_year(spot: Spot, person: Person) -> None:
    number, year = _number(person), spot.deadline.year + 1
    write(person, "id_number", people.identity_number(f"{year}{number[10:14]}", int(number[14:17])), "307")
    unknown(person)


@mistake("308", lambda spot, person: with_id(spot, person) and born_before(person, 2000))
def old_number(_: Spot, person: Person) -> None:
    number = _number(person)
    write(person, "id_number", number[:6] + number[8:17], "308")


@mistake("309", lambda spot, person: with_id(spot, person) and "certificate" not in person.cells)
def permit_with_a_residents_number(_: Spot, person: Person) -> None:
    write(person, "id_type", "港澳台居民居住证", "309")


_OTHER_SEX: dict[Cell, str] = {"子": "女", "女": "子", "儿媳": "女婿", "父": "母", "母": "父"}


@mistake("310", lambda spot, person: with_id(spot, person) and person.cells["relation"] in _OTHER_SEX)
def daughter_for_a_son(_: Spot, person: Person) -> None:
    write(person, "relation", _OTHER_SEX[person.cells["relation"]], "310")


@mistake("311", lambda _, person: "certificate" not in person.cells)
def category_of_their_own(_: Spot, person: Person) -> None:
    write(person, "category", "困难户", "311")
    category_lost(person)


@mistake("312", lambda spot, person: person.held in [{status} for status in spot.notice.conflicting])
def registered_poor_on_low_income(spot: Spot, person: Person) -> None:
    give_status(spot.place, person, *spot.notice.conflicting)
    person.findings.append(("category", "312"))
    pay_again(spot, person)


@mistake("313", lambda spot, person: insured_without_help(spot, person) and bool(spot.notice.poor_disabled))
def disabled_without_a_rate(spot: Spot, person: Person) -> None:
    give_status(spot.place, person, spot.notice.poor_disabled)
    person.findings.append(("category", "313"))


def _may_be_disabled(spot: Spot, person: Person) -> bool:
    return (
        with_id(spot, person)
        and not person.held
        and person.claims("medical")
        and person.cells.get("pension_status") != "暂未参保"
    )


def _disabled(spot: Spot, person: Person, certificate: str) -> None:
    give_status(spot.place, person, spot.notice.severe)
    person.cells["certificate"] = certificate
    pay_again(spot, person)


@mistake("314", _may_be_disabled)
def certificate_of_somebody_else(spot: Spot, person: Person) -> None:
    number = _number(person)
    _disabled(spot, person, f"{number[:16]}{(int(number[16]) + 2) % 10}{number[17]}42")
    person.findings.append(("certificate", "314"))


@mistake("314", _may_be_disabled)
def certificate_of_no_kind(spot: Spot, person: Person) -> None:
    _disabled(spot, person, f"{_number(person)}91")
    person.findings.append(("certificate", "314"))


@mistake("315", _may_be_disabled)
def severe_with_grade_three(spot: Spot, person: Person) -> None:
    _disabled(spot, person, f"{_number(person)}43")
    person.findings.append(("certificate", "315"))


@mistake("316", relative)
def no_village(_: Spot, person: Person) -> None:
    write(person, "village", None, "316")


@mistake("316", amid)
def no_household(_: Spot, person: Person) -> None:
    write(person, "household", None, "316")


@mistake("316", lambda spot, _: spot.ordinary())
def no_relation(_: Spot, person: Person) -> None:
    write(person, "relation", None, "316")


@mistake("316", lambda _, person: person.cells["register"] == LOCAL)
def no_register(_: Spot, person: Person) -> None:
    write(person, "register", None, "316")


@mistake("316", insured_without_help)
def no_medical_status(_: Spot, person: Person) -> None:
    write(person, "medical_status", None, "316")
    person.unclear = ("medical",)
