"""People and receipts met in two places, planted on purpose: each half is a household of its own, in some unit.

In: the units, a rate. Out: for each unit the halves that its books must hold. Both halves are known beforehand, so that
units still can be made apart from each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from addin.columns import ENROLLED, LOCAL
from scripts.samples import people
from scripts.samples.families import Cell, Household, Person, Place
from scripts.samples.notice import Notice, Scheme

KINDS = ("medical", "medical tie", "medical unpaid", "medical named", "pension", "name", "receipt")
CODES = ("401", "402", "403", "404", "809")


_DOTTED = ("阿卜杜·热合曼", "买买提·艾力", "吾买尔·江·托合提")
"""Names whose middle dot everybody writes otherwise."""


@dataclass(frozen=True, slots=True)
class Half:
    """One of the two places: whether it is the one that holds (the owner), and the number of the pair."""

    kind: str
    number: int
    owner: bool

    def born(self, notice: Notice) -> date:
        """The person's birth date, the pair's own."""
        return date(notice.day_of_ages.year - notice.ages[1] + 1, 1, 1) + timedelta(days=self.number)


def pairs(notice: Notice, room: dict[int, int], count: int, rng: Random) -> dict[int, list[Half]]:
    """So many pairs (at least one of each kind), their halves by the number of the unit.

    `room` says how many halves each unit can hold. Two halves may lie in one unit, except of a tie.
    """
    shares: dict[int, list[Half]] = {number: [] for number in room}
    kinds = [kind for kind in KINDS if kind != "pension" or "pension" in notice.rules]
    for n in range(max(count, len(kinds))):
        kind = kinds[n % len(kinds)]
        free = [number for number in room if len(shares[number]) + 2 <= room[number]]
        first, second = rng.choices(free, [room[number] for number in free], k=2)
        if kind == "medical tie":  # the attachment's order decides
            first, second = sorted(rng.sample(free, 2))
        shares[first].append(Half(kind, n, owner=True))
        shares[second].append(Half(kind, n, owner=False))
    return shares


def household(place: Place, half: Half) -> Household:
    """The half's household: one man of sixty or less, registered here."""
    serial = people.SHARED_SERIALS + 1
    if half.kind == "receipt" and not half.owner:
        serial += 2  # another person, only the receipt is the same
    born = half.born(place.notice)
    name: Cell = (
        _DOTTED[half.number % len(_DOTTED)] if half.number % 4 == 0 else people.name(Random(half.number), male=True)
    )
    if half.kind in ("name", "medical named") and not half.owner:
        name = f"{name}甲"
    person = Person(
        place.notice,
        {
            "name": name,
            "relation": "户主",
            "registered": 1,
            "id_number": people.identity_number(f"{born:%Y%m%d}", serial),
            "register": LOCAL,
            "medical_status": ENROLLED,
            "pension_status": "暂未参保",
        },
        born,
        male=True,
    )
    day = place.notice.rules["medical"].window[0] + timedelta(days=4 + half.number % 9)
    _PLANT[half.kind](place, person, half, day)
    return [person]


def _twice(person: Person, half: Half, scheme: Scheme) -> None:
    person.twice = (scheme,)
    if half.owner:
        person.findings.append(("id_number", "403"))
    else:
        person.findings.append(("id_number", {"medical": "401", "pension": "402"}[scheme]))
        person.lost = (scheme,)


def _medical(place: Place, person: Person, half: Half, day: date) -> None:
    person.pay("medical", day if half.owner else day + timedelta(days=6), place.receipt())
    _twice(person, half, "medical")


def _tie(place: Place, person: Person, half: Half, day: date) -> None:
    person.pay("medical", day, place.receipt())
    _twice(person, half, "medical")


def _unpaid(place: Place, person: Person, half: Half, day: date) -> None:
    if half.owner:
        person.pay("medical", day, place.receipt())
    _twice(person, half, "medical")


def _named(place: Place, person: Person, half: Half, day: date) -> None:
    _medical(place, person, half, day)
    person.findings.append(("name", "404"))


def _pension(place: Place, person: Person, half: Half, day: date) -> None:
    if not half.owner:
        person.cells["medical_status"] = "市内居民医保"
    person.cells |= {"pension_status": ENROLLED, "tier": place.notice.tiers_for(person.held)[0]}
    person.pay("pension", day - timedelta(days=90 if half.owner else 60), place.receipt())
    _twice(person, half, "pension")


def _name(place: Place, person: Person, half: Half, day: date) -> None:
    if half.owner:
        person.pay("medical", day, place.receipt())
    else:
        person.cells["medical_status"] = "市内居民医保"
    person.findings.append(("name", "404"))


def _receipt(place: Place, person: Person, half: Half, day: date) -> None:
    person.pay("medical", day, f"GY{half.number:06d}")
    person.findings.append(("medical_receipt", "809"))


_PLANT = {
    "medical": _medical,
    "medical tie": _tie,
    "medical unpaid": _unpaid,
    "medical named": _named,
    "pension": _pension,
    "name": _name,
    "receipt": _receipt,
}
