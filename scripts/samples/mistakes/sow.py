"""Chooses the places of the planted mistakes, and how many there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

from scripts.samples.families import Person, Place
from scripts.samples.mistakes.kind import MISTAKES, Spot


def sow(place: Place, villages: Iterable[Sequence[Person]], rate: float) -> None:
    """Plant so many mistakes that this share of the people has one, every kind about as often as the others.

    A family holds only one: of a high share there are as many as there is room for.
    """
    families = [
        list(members)
        for village in villages
        for _, members in groupby(village, key=lambda person: person.cells["household"])
    ]
    wanted = round(rate * sum(map(len, families)))
    untouched = [family for family in families if not any(person.findings for person in family)]
    place.rng.shuffle(untouched)
    codes = sorted(MISTAKES.keys() - place.notice.silent)
    place.rng.shuffle(codes)
    planted: Counter[str] = Counter()
    for family in untouched:
        if planted.total() >= wanted:
            return
        spot = Spot(place, family)
        for code in sorted(codes, key=lambda code: planted[code]):
            if _plant(spot, code):
                planted[code] += 1
                break


def _plant(spot: Spot, code: str) -> bool:
    fitting = [(one, person) for one in MISTAKES[code] for person in spot.family if one.who(spot, person)]
    if not fitting:
        return False
    one, person = spot.place.rng.choice(fitting)
    one.plant(spot, person)
    return True
