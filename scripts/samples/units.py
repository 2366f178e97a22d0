"""The district's units and the books that they send: how large, how poor, in how many parts, which editions.

In: a scale and a seed; then one unit of the plan. Out: `Book`s of `Person`s, clean by the notice. Every unit draws on
random numbers of its own, so that units can be made in any order and in any process and come out the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from random import Random

from addin.columns import BOTH_SCHEMES, FIRST_ROW, WHOLE
from scripts.samples import people
from scripts.samples.families import Cell, Habits, Household, Person, Place, household, note_usual
from scripts.samples.notice import SCHEMES, WINDOWS, attachment, units

LAST_PERIOD, THIS_PERIOD = date(2019, 10, 31), date(2019, 11, 15)
"""The last two half months of which books were sent in."""
LATE_UNTIL = date(2019, 11, 12)
"""Until then the late unit goes on collecting for the pension, whose window has ended."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit that reports: its place in Attachment 2 (from 0), its people, villages, and how it sends its books."""

    number: int
    name: str
    people: int
    villages: int
    habits: Habits
    in_parts: bool = False
    sent_before: bool = False


@dataclass(slots=True)
class Book:
    """One workbook: its name in the folder, what its cover says, its people in the order of their rows."""

    name: str
    unit: str
    part: str
    parts: int
    deadline: date
    serial: int
    people: list[Person] = field(default_factory=list)
    scope: str = BOTH_SCHEMES
    replaced: bool = False

    @property
    def cover(self) -> dict[str, object]:
        """The cover's fields as the writer takes them."""
        return {
            "township": self.unit,
            "scope": self.scope,
            "part": self.part,
            "parts": self.parts,
            "deadline": self.deadline,
            "serial": self.serial,
            "clerk": "样例",
        }

    def rows(self) -> Iterator[tuple[int, Person]]:
        """Each person with the row of the sheet that it stands in."""
        return enumerate(self.people, FIRST_ROW)


def plan(scale: float, seed: int) -> tuple[list[Unit], str]:
    """The units that report, and the one that never does.

    At scale 1 they have as many people as Attachment 2 asks for (461,604), in proportion to its quotas.
    """
    rng = Random(f"{seed}/district")
    quotas = {unit: quota for unit, (_, quota) in attachment("medical").rows.items()}
    everybody = round(sum(quotas.values()) * scale)
    missing, late, behind, *others = rng.sample(units(), len(quotas))
    sizes = _shares(everybody, {unit: quota for unit, quota in quotas.items() if unit != missing})
    in_parts, before = set(others[:4]), {others[3], *others[4:6]}
    found = []
    for number, unit in enumerate(quotas):
        if unit == missing:
            continue
        town, pension = _enrolment(unit)
        habits = Habits(
            town=town,
            pension=pension,
            paid=rng.uniform(0.82, 0.98),
            employed=rng.uniform(0.2, 0.35) if town else rng.uniform(0.06, 0.14),
            poor=rng.uniform(0.3, 0.5) if town else rng.uniform(0.7, 1.3),
            deadline=LAST_PERIOD if unit == behind else THIS_PERIOD,
            pension_until=LATE_UNTIL if unit == late else WINDOWS["pension"][1],
        )
        villages = max(1, min(9 if town else 18, quotas[unit] // 2000, sizes[unit] // 20))
        found.append(Unit(number, unit, sizes[unit], villages, habits, unit in in_parts, unit in before))
    return found, missing


def _shares(whole: int, weights: dict[str, int]) -> dict[str, int]:
    """Whole numbers in proportion to weights that add up to `whole`, by largest remainder."""
    total = sum(weights.values())
    found = {name: whole * weight // total for name, weight in weights.items()}
    rest = sorted(weights, key=lambda name: -(whole * weights[name] % total))
    for name in rest[: whole - sum(found.values())]:
        found[name] += 1
    return found


def _enrolment(unit: str) -> tuple[bool, float]:
    """Whether it is a part of the town, and what share of its grown-up residents is in the residents' pension."""
    pension, medical = attachment("pension").rows.get(unit), attachment("medical").rows[unit]
    share = pension[1] / medical[1] if pension else 0.45
    return share < 0.35, min(0.97, share * 2.1)


def books(unit: Unit, seed: int) -> list[Book]:
    """The books of one unit, the older editions after the newer."""
    place = Place(unit.number, f"{seed}/{unit.name}", unit.habits)
    names = people.villages(place.rng, unit.villages, unit.habits.town)
    sizes = _shares(unit.people, dict.fromkeys(names, 1))
    by_village = {village: _village(place, village, sizes[village]) for village in names}
    for inhabitants in by_village.values():
        for person in inhabitants:
            note_usual(person, unit.habits.deadline)
    deadline = unit.habits.deadline
    if unit.in_parts:
        found = [
            Book(f"{unit.name}/{village}.xlsx", unit.name, village, len(names), deadline, 1, inhabitants)
            for village, inhabitants in by_village.items()
        ]
    else:
        everybody = [person for inhabitants in by_village.values() for person in inhabitants]
        found = [Book(f"{unit.name}.xlsx", unit.name, WHOLE, 1, deadline, 1, everybody)]
    for book in found:
        for number, person in enumerate(book.people, 1):
            person.cells["seq"] = number
    if unit.sent_before:
        found.append(_corrected(found[0]) if unit.in_parts else _last_period(found[0]))
    return found


def _village(place: Place, village: str, size: int) -> list[Person]:
    """The people of one village, household after household."""
    found: list[Person] = []
    number = 0
    while len(found) < size:
        family: Household = household(place, size - len(found))
        number += 1
        group = f"{place.rng.randint(1, 12)}组"
        for person in family:
            person.cells |= {"village": village, "group": group, "household": str(number)}
        found += family
    return found


def _last_period(book: Book) -> Book:
    """The same book as it was sent half a month before: who paid since then had not paid yet."""
    name = book.name.removesuffix(".xlsx")
    earlier = [Person(_before(person.cells), person.born, person.male) for person in book.people]
    return Book(
        f"{name}_上期.xlsx", book.unit, book.part, book.parts, LAST_PERIOD, book.serial, earlier, replaced=True
    )  # fmt: skip


def _before(cells: dict[str, Cell]) -> dict[str, Cell]:
    kept = dict(cells)
    for scheme in SCHEMES:
        day = kept.get(f"{scheme}_date")
        if isinstance(day, date) and day > LAST_PERIOD:
            for what in ("paid", "date", "receipt"):
                kept.pop(f"{scheme}_{what}", None)
    return kept


def _corrected(book: Book) -> Book:
    """A first edition of the same day, in which a name was still wrong; the book becomes the second."""
    first = [Person(dict(person.cells), person.born, person.male) for person in book.people]
    first[0].cells["name"] = people.name(Random(book.name), first[0].male)
    name = book.name.removesuffix(".xlsx")
    older = Book(f"{name}_第1次.xlsx", book.unit, book.part, book.parts, book.deadline, 1, first, replaced=True)
    book.serial = 2
    return older
