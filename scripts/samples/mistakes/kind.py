"""The record of a planted mistake, their list, and the rows in which each can be planted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from addin.columns import (
    ENROLLED,
    NOT_ENROLLED,
)
from scripts.samples.families import Cell, Household, Person, Place, season
from scripts.samples.notice import Notice, Scheme

Who = Callable[["Spot", Person], bool]


@dataclass(frozen=True, slots=True)
class Spot:
    """The place of a mistake: the family, the unit."""

    place: Place
    family: Household

    @property
    def notice(self) -> Notice:
        """The notice by which the family pays."""
        return self.place.notice

    @property
    def deadline(self) -> date:
        """The cover's 填报截止日期."""
        return self.place.traits.deadline

    def day(self, scheme: Scheme) -> date:
        """A day of the season on which this unit collects."""
        return self.place.day(*season(self.place, scheme))

    def ordinary(self) -> bool:
        """A family (家庭户), not people of one address."""
        return "household_type" not in self.family[0].cells


@dataclass(frozen=True, slots=True)
class Mistake:
    """One kind of mistake: its code, in whose row it can be planted, how."""

    code: str
    who: Who
    plant: Callable[[Spot, Person], None]


MISTAKES: dict[str, list[Mistake]] = defaultdict(list)
"""By code; several where one check looks at several columns."""


def mistake(code: str, who: Who) -> Callable[[Callable[[Spot, Person], None]], Callable[[Spot, Person], None]]:
    """Put a function on the list."""

    def add(function: Callable[[Spot, Person], None]) -> Callable[[Spot, Person], None]:
        MISTAKES[code].append(Mistake(code, who, function))
        return function

    return add


def paid(scheme: Scheme) -> Who:
    return lambda _, person: person.claims(scheme) and f"{scheme}_paid" in person.cells


def anybody(_: Spot, person: Person) -> bool:
    return True


def head(spot: Spot, person: Person) -> bool:
    return spot.ordinary() and person is spot.family[0]


def relative(spot: Spot, person: Person) -> bool:
    return spot.ordinary() and person is not spot.family[0]


def amid(spot: Spot, person: Person) -> bool:
    """Among the family's own: who has lost the number of the household still stands between them."""
    return relative(spot, person) and person is not spot.family[-1]


def with_id(_: Spot, person: Person) -> bool:
    return "id_type" not in person.cells


def insured_without_help(_: Spot, person: Person) -> bool:
    return person.claims("medical") and not person.held


def write(person: Person, key: str, value: Cell, code: str) -> None:
    if value is None:
        person.cells.pop(key, None)
    else:
        person.cells[key] = value
    person.findings.append((key, code))


def block(person: Person, reason: str, *schemes: Scheme) -> None:
    for scheme in schemes:
        person.why[scheme] = reason


def unknown(person: Person) -> None:
    """Nobody can tell who this is."""
    person.trusted = False
    block(person, "identity", *person.notice.schemes)


def category_lost(person: Person) -> None:
    """The statuses can't be read, so neither can the dues."""
    unknown(person)
    person.held, person.unclear = frozenset(), person.notice.schemes


def tier_lost(person: Person) -> None:
    block(person, "ineligible", "pension")
    person.unclear = ("pension",)


def pay_again(spot: Spot, person: Person) -> None:
    """Collect what is due after a change of status or tier, on the same days."""
    for scheme in person.notice.schemes:
        day = person.cells.get(f"{scheme}_date")
        receipt = person.cells.get(f"{scheme}_receipt")
        person.unpay(scheme)
        if isinstance(day, date):
            person.pay(scheme, day, receipt if isinstance(receipt, str) else spot.place.receipt())


def pay_wrongly(person: Person, scheme: Scheme, extra: int) -> None:
    """Collect so many fen more than is due (or less), on the same day."""
    day, receipt = person.cells[f"{scheme}_date"], person.cells[f"{scheme}_receipt"]
    assert isinstance(day, date)
    person.pay(scheme, day, str(receipt), extra)


def pay_on(person: Person, scheme: Scheme, day: date) -> None:
    """Collect what is due on another day, by the same receipt."""
    receipt = str(person.cells[f"{scheme}_receipt"])
    person.unpay(scheme)
    person.pay(scheme, day, receipt)


def stay_out(person: Person, reason: str | None, remark: str | None) -> None:
    person.unpay("medical")
    person.cells["medical_status"] = NOT_ENROLLED
    for key, value in (("medical_reason", reason), ("remark", remark)):
        if value is not None:
            person.cells[key] = value


def leave_pension(person: Person, status: str) -> None:
    person.unpay("pension")
    person.cells.pop("tier", None)
    person.cells["pension_status"] = status


def join_pension(spot: Spot, person: Person, day: date) -> None:
    person.cells |= {"pension_status": ENROLLED, "tier": spot.notice.tiers_for(person.held)[0]}
    person.pay("pension", day, spot.place.receipt())


def born_before(person: Person, year: int) -> bool:
    return person.born.year < year
