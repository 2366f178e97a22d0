"""The district's units and the books that they send: how large, how poor, in how many parts, which editions.

In: a scale, a seed, a rate of mistakes; then one unit of the plan. Out: `Book`s of `Person`s. Every unit draws on
random numbers of its own, so that units can be made in any order and in any process and come out the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from random import Random

from addin.columns import COLUMNS, FIRST_ROW, WHOLE, scopes
from addin.output.template.layout import LETTERS
from scripts.samples import habits, mistakes, pairs, people
from scripts.samples.families import Cell, Person, Place, Traits, household, note_usual
from scripts.samples.notice import Notice
from scripts.samples.pairs import Half


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit that reports: its place in the medical attachment (from 0), people, villages, and its kind of books."""

    notice: Notice
    number: int
    name: str
    people: int
    villages: int
    traits: Traits
    in_parts: bool = False
    sent_before: bool = False
    shrunk: bool = False
    mistakes: float = 0
    habits: float = 0
    file_mistakes: tuple[str, ...] = ()
    others: bool = False
    halves: tuple[Half, ...] = ()


@dataclass(slots=True)
class Book:
    """One workbook: its name in the folder, what its cover says, its people in the order of their rows.

    What a writer can't write is done to the finished file: `edits` change the XML of one cell, by part and address,
    `rewrites` that of a whole part; `shared` keeps its texts in one table, as spreadsheet programs do. `said` is what
    the cover says instead. `findings` are (row, column, code) that are not of one person, row 0 where it is the file;
    `letters` say where the columns stand.
    """

    notice: Notice
    name: str
    unit: str
    part: str
    parts: int
    deadline: date
    serial: int
    people: list[Person] = field(default_factory=list)
    replaced: bool = False
    shared: bool = False
    said: dict[str, Cell] = field(default_factory=dict)
    edits: dict[tuple[str, str], Callable[[bytes], bytes]] = field(default_factory=dict)
    rewrites: dict[str, Callable[[bytes], bytes]] = field(default_factory=dict)
    findings: list[tuple[int, str, str]] = field(default_factory=list)
    letters: dict[str, str] = field(default_factory=lambda: dict(LETTERS))

    @property
    def cover(self) -> dict[str, Cell]:
        """The cover's fields as the writer takes them."""
        return {
            "township": self.unit,
            "scope": scopes(self.notice.schemes)[0],
            "part": self.part,
            "parts": self.parts,
            "deadline": self.deadline,
            "serial": self.serial,
            "clerk": "样例",
            **self.said,
        }

    @property
    def persons(self) -> int:
        """How many people it lists; a row may be empty."""
        return sum(1 for person in self.people if person.cells)

    def truth(self) -> list[tuple[str, int, str, str]]:
        """File, row, column, code of all that must be found in this book."""
        own = [(self.name, row, column, code) for row, column, code in self.findings]
        codes = {code for *_, code in own}
        noted = set[str]().union(*(person.noted for person in self.people)) - codes
        of_people = [
            (self.name, row, self.letters[key], code) for row, person in self.rows() for key, code in person.findings
        ]
        every = [*own, *((self.name, 0, "", code) for code in noted), *of_people]
        return [line for line in every if line[-1] not in self.notice.silent]

    def rows(self) -> Iterator[tuple[int, Person]]:
        """Each person with the row of the sheet that it stands in."""
        return enumerate(self.people, FIRST_ROW)


def plan(notice: Notice, scale: float, seed: int, rate: float = 0, full: str = "", habits: float = 0) -> list[Unit]:
    """The units that report; one never does. With a rate, what each of them gets wrong is planned too.

    At scale 1 they have as many people as the medical attachment asks for, in proportion to its quotas; the unit that
    is `full` has them at any scale.
    """
    rng = Random(f"{seed}/district")
    quotas = {unit: quota for unit, (_, quota) in notice.rules["medical"].quotas.items()}
    everybody = round(sum(quotas.values()) * scale)
    missing, late, behind, *others = rng.sample(notice.ordered("medical"), len(quotas))
    weights = {unit: quota for unit, quota in quotas.items() if unit != missing}
    sizes = _shares(everybody, weights)
    if full in sizes:
        sizes[full] = _shares(sum(quotas.values()), weights)[full]
    parts = min(4, len(others) // 2)
    in_parts, before = set(others[:parts]), set(others[max(parts - 1, 0) : parts + 2])
    end = notice.rules["pension" if "pension" in notice.rules else "medical"].window[1]
    last_report, this_report = notice.reports
    found = []
    for number, unit in enumerate(quotas):
        if unit == missing:
            continue
        town, pension = _enrolment(notice, unit)
        traits = Traits(
            town=town,
            pension=pension,
            paid=rng.uniform(0.82, 0.98),
            employed=rng.uniform(0.2, 0.35) if town else rng.uniform(0.06, 0.14),
            poor=rng.uniform(0.3, 0.5) if town else rng.uniform(0.7, 1.3),
            deadline=last_report if unit == behind else this_report,
            pension_until=notice.late_until if unit == late else end,
        )
        villages = max(1, min(9 if town else 18, quotas[unit] // 2000, sizes[unit] // 20))
        found.append(Unit(notice, number, unit, sizes[unit], villages, traits, unit in in_parts, unit in before))
    planned = _with_mistakes(found, rate, rng) if rate else found
    return [replace(unit, habits=habits) for unit in planned]


FILE_CODES = (
    "101",
    "102",
    "103",
    "104",
    "105",
    "106",
    "107",
    "108",
    "109",
    "110",
    "111",
    "113",
    "114",
    "115",
    "116",
    "117",
    "120",
    "121",
    "122",
    "123",
    "124",
    "125",
    "126",
    "131",
    "132",
)
"""Mistakes of a whole file (`files.FILE_MISTAKES`), planted once each, one a book; 112 is a unit that shrank."""


def _with_mistakes(units: list[Unit], rate: float, rng: Random) -> list[Unit]:
    """Each mistake of a file in some book; one unit typed all its dates as text; pairs by the number of people."""
    whole = sorted((unit for unit in units if not unit.in_parts), key=lambda unit: unit.people)
    shrunk = next((unit for unit in whole if unit.sent_before), None)
    column = next(unit for unit in whole if not unit.sent_before)
    slots = [unit.name for unit in units if unit not in (shrunk, column) for _ in range(_books(unit))]
    rng.shuffle(slots)
    # a household of another village is told of in a book of one village only
    in_parts = {unit.name for unit in units if unit.in_parts}
    at = FILE_CODES.index("132")
    part = next((n for n, name in reversed([*enumerate(slots)]) if name in in_parts), at)
    if at < len(slots):  # in a small district there are fewer books than mistakes
        slots[at], slots[part] = slots[part], slots[at]
    codes = dict[str, tuple[str, ...]]()
    for code, name in zip(FILE_CODES, slots, strict=False):
        codes[name] = (*codes.get(name, ()), code)
    codes[column.name] = ("203",)
    with_others = next((unit for unit in units if unit.in_parts), units[0])
    room = {unit.number: unit.people // 3 for unit in units}
    people_wrong = rate * sum(unit.people for unit in units)
    kinds = len(mistakes.MISTAKES) + len(pairs.CODES)
    halves = pairs.pairs(units[0].notice, room, round(people_wrong * len(pairs.CODES) / kinds / 2), rng)
    return [
        replace(
            unit,
            shrunk=unit is shrunk,
            mistakes=rate,
            file_mistakes=codes.get(unit.name, ()),
            halves=tuple(halves[unit.number]),
            others=unit is with_others,
        )
        for unit in units
    ]


def _books(unit: Unit) -> int:
    return unit.villages if unit.in_parts else 1


def _shares(whole: int, weights: dict[str, int]) -> dict[str, int]:
    """Whole numbers in proportion to weights that add up to `whole`, by largest remainder."""
    total = sum(weights.values())
    shares = {name: whole * weight // total for name, weight in weights.items()}
    rest = sorted(weights, key=lambda name: -(whole * weights[name] % total))
    for name in rest[: whole - sum(shares.values())]:
        shares[name] += 1
    return shares


def _enrolment(notice: Notice, unit: str) -> tuple[bool, float]:
    """Whether it is a part of the town, and what share of its grown-up residents is in the residents' pension."""
    pension = notice.rules["pension"].quotas.get(unit) if "pension" in notice.rules else None
    share = pension[1] / notice.rules["medical"].quotas[unit][1] if pension else 0.45
    return share < 0.35, min(0.97, share * 1.75)


def books(unit: Unit, seed: int) -> list[Book]:
    """The books of one unit, the older editions after the newer; mistakes of whole files are not in them yet."""
    place = Place(unit.notice, unit.number, f"{seed}/{unit.name}", unit.traits)
    names = people.villages(place.rng, unit.villages, unit.traits.town)
    sizes = _shares(unit.people, dict.fromkeys(names, 1))
    by_village = {
        village: _village(place, village, sizes[village], unit.halves[n :: len(names)])
        for n, village in enumerate(names)
    }
    if unit.mistakes:
        mistakes.sow(place, by_village.values(), unit.mistakes)
    deadline = unit.traits.deadline
    surplus = {column.key for column in COLUMNS if column.scheme not in (None, *unit.notice.schemes)}
    for inhabitants in by_village.values():
        for person in inhabitants:
            note_usual(person, deadline)
            if surplus:  # of a scheme that the notice has not, its template asks nothing
                person.cells = {key: value for key, value in person.cells.items() if key not in surplus}
    if unit.in_parts:
        editions = [
            Book(unit.notice, f"{unit.name}/{village}.xlsx", unit.name, village, len(names), deadline, 1, inhabitants)
            for village, inhabitants in by_village.items()
        ]
    else:
        everybody = [person for inhabitants in by_village.values() for person in inhabitants]
        editions = [Book(unit.notice, f"{unit.name}.xlsx", unit.name, WHOLE, 1, deadline, 1, everybody)]
    for book in editions:
        for number, person in enumerate(book.people, 1):
            person.cells["seq"] = number
    if unit.habits:  # random numbers of their own, so that the people are the same with and without
        everybody = [person for book in editions for person in book.people]
        habits.practise(Random(f"{seed}/{unit.name}/habits"), everybody, unit.habits)
    if unit.sent_before:
        older = _corrected(editions[0]) if unit.in_parts else _last_period(editions[0])
        if unit.shrunk:
            older.people += older.people[: len(older.people) // 10 + 1]
            editions[0].findings.append((0, "", "112"))
        editions.append(older)
    return editions


def _village(place: Place, village: str, size: int, halves: tuple[Half, ...]) -> list[Person]:
    """The people of one village, household after household."""
    inhabitants: list[Person] = []
    number = 0
    while len(inhabitants) < size:
        planned = number < len(halves)
        family = pairs.household(place, halves[number]) if planned else household(place, size - len(inhabitants))
        number += 1
        group = f"{place.rng.randint(1, 12)}组"
        for person in family:
            person.cells |= {"village": village, "group": group, "household": str(number)}
        inhabitants += family
    return inhabitants


def _last_period(book: Book) -> Book:
    """The same book as it was sent half a month before: who paid since then had not paid yet."""
    name = book.name.removesuffix(".xlsx")
    last = book.notice.reports[0]
    earlier = [_before(person, last) for person in book.people]
    return Book(
        book.notice, f"{name}_上期.xlsx", book.unit, book.part, book.parts, last, book.serial, earlier, replaced=True
    )  # fmt: skip


def _before(person: Person, last: date) -> Person:
    cells = dict(person.cells)
    for scheme in person.notice.schemes:
        day = cells.get(f"{scheme}_date")
        if isinstance(day, date) and day > last:
            for what in ("paid", "date", "receipt"):
                cells.pop(f"{scheme}_{what}", None)
    written = {key: value for key, value in person.written.items() if (key in cells) == (key in person.cells)}
    return Person(person.notice, cells, person.born, person.male, written=written)


def _corrected(book: Book) -> Book:
    """A first edition of the same day, in which a name was still wrong; the book becomes the second."""
    first = [
        Person(person.notice, dict(person.cells), person.born, person.male, written=person.written)
        for person in book.people
    ]
    first[0].cells["name"] = people.name(Random(book.name), first[0].male)
    name = book.name.removesuffix(".xlsx")
    older = Book(
        book.notice, f"{name}_第1次.xlsx", book.unit, book.part, book.parts, book.deadline, 1, first, replaced=True
    )
    book.serial = 2
    return older
