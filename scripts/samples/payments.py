"""The tax office's list of payments: what has reached the treasury, mostly as the rosters have it.

In: a unit's books, a rate of differences. Out: the list's lines; and in the people what it says of them (`Person.listed`)
and what must be found there. People about whom anything is said already are on the list as they are in the row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import xlsxwriter

from scripts.samples import people
from scripts.samples.families import Person
from scripts.samples.notice import Scheme, fen, yuan
from scripts.samples.units import Book, Unit

FILE = "部门名单/缴费明细.xlsx"
CALLED = "〔名单〕缴费明细.xlsx"
"""How the program calls the file in a finding."""
_HEADERS = ("姓名", "证件号码", "险种", "金额", "日期", "流水号", "乡镇")
_SCHEMES = {"medical": "城乡居民基本医疗保险", "pension": "城乡居民基本养老保险"}
_FIRST_ROW = 3
_COLUMNS = {"922": "B", "931": "B", "928": "D", "929": "E"}
"""Where in a line its finding stands."""
_SHORT = {"medical": "605", "pension": "710"}
_OVER = {"medical": "606", "pension": "711"}
_STRANGERS = people.SHARED_SERIALS + 11


@dataclass(frozen=True, slots=True)
class Line:
    """A payment as the list has it, and the code of what must be said of the line."""

    name: str
    number: str
    scheme: Scheme
    amount: int | float | str
    day: date
    serial: str
    unit: str
    code: str = ""


class Account:
    """One unit's payments on their way to the treasury."""

    def __init__(self, unit: Unit, seed: int) -> None:
        self.unit, self.rng = unit, Random(f"{seed}/{unit.name}/payments")
        self.lines: list[Line] = []

    def enter(self, person: Person, scheme: Scheme, amount: int, day: date) -> None:
        """A payment of so many fen; a foreigner's number has another form."""
        number = str(person.cells["id_number"])
        self.add(str(person.cells["name"]), number, scheme, yuan(amount), day, "" if len(number) == 18 else "922")

    def add(self, name: str, number: str, scheme: Scheme, amount: int | float | str, day: date, code: str = "") -> None:
        serial = f"{self.unit.number:02d}{len(self.lines):07d}"
        self.lines.append(Line(name, number, scheme, amount, day, serial, self.unit.name, code))


Kind = Callable[[Account, Person, Scheme, int, date], None]
"""How the list differs from a row that has paid so many fen on a day."""


def not_listed(_: Account, person: Person, scheme: Scheme, __: int, ___: date) -> None:
    person.findings.append((f"{scheme}_paid", "934"))


def less(account: Account, person: Person, scheme: Scheme, paid: int, day: date) -> None:
    _other_amount(account, person, scheme, paid - 10_00, day, _SHORT[scheme])
    person.why[scheme] = "short"


def more(account: Account, person: Person, scheme: Scheme, paid: int, day: date) -> None:
    _other_amount(account, person, scheme, paid + 5_00, day, _OVER[scheme])


def _other_amount(account: Account, person: Person, scheme: Scheme, amount: int, day: date, code: str) -> None:
    account.enter(person, scheme, amount, day)
    person.listed[scheme] = amount, day
    person.findings += [(f"{scheme}_paid", "933"), (f"{scheme}_paid", code)]


def another_day(account: Account, person: Person, scheme: Scheme, paid: int, day: date) -> None:
    first, last = person.notice.rules[scheme].window
    other = day + timedelta(days=1 if day - timedelta(days=1) < first else -1)
    if first <= other <= last:
        person.findings.append((f"{scheme}_date", "935"))
        day = other
    account.enter(person, scheme, paid, day)
    person.listed[scheme] = paid, day


def twice(account: Account, person: Person, scheme: Scheme, paid: int, day: date) -> None:
    """The same line twice is one payment."""
    account.enter(person, scheme, paid, day)
    account.lines.append(account.lines[-1])
    person.listed[scheme] = paid, day


def in_two_parts(account: Account, person: Person, scheme: Scheme, paid: int, day: date) -> None:
    """What was missing came on the day that the row has."""
    account.enter(person, scheme, 20_00, day - timedelta(days=1))
    account.enter(person, scheme, paid - 20_00, day)
    person.listed[scheme] = paid, day


def paid_back(account: Account, person: Person, scheme: Scheme, paid: int, day: date) -> None:
    """Paid twice, and once given back."""
    for amount in (paid, paid, -paid):
        account.enter(person, scheme, amount, day)
    person.listed[scheme] = paid, day


def last_year_too(account: Account, person: Person, scheme: Scheme, paid: int, day: date) -> None:
    before = person.notice.rules[scheme].collecting - timedelta(days=20)
    account.add(str(person.cells["name"]), str(person.cells["id_number"]), scheme, yuan(paid), before, "929")
    account.enter(person, scheme, paid, day)
    person.listed[scheme] = paid, day


KINDS: Sequence[Kind] = (not_listed, less, more, another_day, twice, in_two_parts, paid_back, last_year_too)


def enter(unit: Unit, books: Iterable[Book], seed: int, rate: float) -> list[Line]:
    """The lines of one unit; of so many of its people the list says something else than their rows."""
    account = Account(unit, seed)
    for book in books:
        for person in () if book.replaced else book.people:
            for scheme in unit.notice.schemes:
                _enter(account, person, scheme, rate)
    first, last = unit.notice.rules["medical"].window
    for n in range(3):
        born = date(1970, 1, 1) + timedelta(days=3 * unit.number + n)
        stranger = people.identity_number(f"{born:%Y%m%d}", _STRANGERS)
        day = min(first + timedelta(days=9), last)
        amount: int | float | str = yuan(unit.notice.rules["medical"].standard)
        account.add(
            f"外{unit.number}", stranger, "medical", amount if n else f"{amount}圆整", day, "931" if n else "928"
        )
    return account.lines


def _enter(account: Account, person: Person, scheme: Scheme, rate: float) -> None:
    rules, rng, untouched = person.notice.rules[scheme], account.rng, not person.findings
    paid, day = person.cells.get(f"{scheme}_paid"), person.cells.get(f"{scheme}_date")
    if person.claims(scheme) and isinstance(paid, (int, float)) and isinstance(day, date):
        if untouched and rules.window[0] < day and rng.random() < rate:
            rng.choice(KINDS)(account, person, scheme, fen(paid), day)
        else:
            account.enter(person, scheme, fen(paid), day)
            person.listed[scheme] = fen(paid), day
        return
    owed = person.dues(scheme).cash
    employed = person.cells.get(f"{scheme}_status") in ("市内职工医保", "职工养老")
    if untouched and owed and (person.claims(scheme) or employed) and rng.random() < (rate if employed else 0.5):
        # whoever paid by telephone has no receipt of the station
        day = rules.window[0] + timedelta(days=rng.randint(0, 20))
        account.enter(person, scheme, owed, day)
        person.listed[scheme] = owed, day
        person.findings.append((f"{scheme}_status", "936") if employed else (f"{scheme}_paid", "932"))


def write(lines: Sequence[Line], out: Path) -> list[tuple[str, int, str, str]]:
    """Write the list among what was received; gives what must be found in it."""
    path = out / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_numbers": False}) as book:
        book.set_properties({"created": datetime(2020, 1, 1)})
        sheet, days = book.add_worksheet("缴费明细"), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_string(0, 0, "城乡居民社会保险费缴费明细")
        sheet.write_row(1, 0, _HEADERS)
        for n, line in enumerate(lines, _FIRST_ROW - 1):
            sheet.write_row(n, 0, (line.name, line.number, _SCHEMES[line.scheme], line.amount))
            sheet.write_datetime(n, 4, datetime.combine(line.day, datetime.min.time()), days)
            sheet.write_row(n, 5, (line.serial, line.unit))
    return [(CALLED, n, _COLUMNS[line.code], line.code) for n, line in enumerate(lines, _FIRST_ROW) if line.code]
