"""Compares a roster with the lists: the statuses that hold, employees, former village names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from addin import amounts
from addin.columns import Scheme
from addin.policy import SCHEMES, Policy, Unit
from addin.registers import payments
from addin.registers.model import Index, Village, keys_of, names_of
from addin.roster import ABSENT, DIFFERS, NOTED, ListMatches, Mask, Places, Roster, fold_village, stem_of

Bits = npt.NDArray[np.int64]
Days = npt.NDArray[np.int32]


def hold_against(roster: Roster, index: Index) -> None:
    """Write into `roster.listed` the lists' facts about its people; former village names become those in force.

    A status that no list is about stays as the row has it, and so does everything in a row whose ID or category can't
    be read: the checks of form have their say there.
    """
    paid_lines = np.zeros(0, np.int32)
    if index.payments is not None:
        paid_lines = payments.lay_over(roster, index.payments, index.secret)
    renamed, strange, villages, part_now = _villages(roster, index.villages)
    at = np.flatnonzero(roster.filled["id_number"] & ~roster.fault("id_number"))
    people = pd.DataFrame({**keys_of(roster.person.canonical[at], index.secret), "at": at})
    met = people.merge(index.entries.assign(line=np.arange(len(index.entries))), on=["k0", "k1"])
    judged = roster.filled["id_number"] & ~roster.fault("id_number") & (roster.person.fault == 0)
    judged &= ~roster.unknown_category & ~roster.fault("category")
    days = {scheme: _day_that_counts(roster, scheme) for scheme in roster.schemes}
    given = {scheme: _on_list(met, days[scheme], len(roster)) for scheme in roster.schemes}
    covered, own = index.covered, roster.statuses
    held = {scheme: np.where(judged, given[scheme] | (own & ~covered), own) for scheme in roster.schemes}
    roster.listed = ListMatches(
        statuses=held,
        given=given,
        days=days,
        verdict=_verdict(roster, held, given),
        met=sorted(set(zip(met["line"].tolist(), met["at"].tolist(), strict=True))),
        known=_any(met["at"][met["status"] > 0], roster),
        other_name=_other_name(roster, met, index.secret),
        employed={scheme: _employed(met, days[scheme], 1 + SCHEMES.index(scheme), roster) for scheme in roster.schemes},
        renamed=renamed,
        strange=strange,
        villages=villages,
        part_now=part_now,
        paid=paid_lines,
    )
    if index.payments is not None:
        payments.settle_days(roster, index.payments)
        roster.listed.other_name |= payments.names_differ(roster, index.payments, paid_lines, index.secret)


def _day_that_counts(roster: Roster, scheme: Scheme) -> Days:
    """The day of payment (or registration), else 填报截止日期: interpretation `status_day`."""
    paid_on = roster.days[f"{scheme}_date"]
    deadline = roster.cover.deadline.toordinal()
    return np.where(roster.enrolled(scheme) & (paid_on > 0), paid_on, deadline).astype(np.int32)


def _on_list(met: pd.DataFrame, days: Days, count: int) -> Bits:
    """The statuses (bits) with which each person stands on a list on the day; the first and the last day included."""
    bits = np.zeros(count, dtype=np.int64)
    at = met["at"].to_numpy(dtype=np.intp)
    active = (met["since"].to_numpy() <= days[at]) & (days[at] <= met["until"].to_numpy())
    np.bitwise_or.at(bits, at[active], met["status"].to_numpy(dtype=np.int64)[active])
    return bits


def _verdict(roster: Roster, held: Mapping[Scheme, Bits], given: Mapping[Scheme, Bits]) -> npt.NDArray[np.uint8]:
    """SAME, NOTED, DIFFERS or ABSENT; of the schemes a person enrols in, or of the book's where it is none."""
    own = roster.statuses
    enrolled = {scheme: roster.enrolled(scheme) for scheme in roster.schemes}
    nowhere = ~np.logical_or.reduce(list(enrolled.values()))
    differs, matters, on_list = roster.none(), roster.none(), roster.none()
    for scheme in roster.schemes:
        other = (held[scheme] != own) & (enrolled[scheme] | nowhere)
        grave = other & _matters(roster.policy, scheme, own, held[scheme])
        differs |= other
        matters |= grave
        on_list |= grave & (given[scheme] != 0)
    verdict = np.where(differs, NOTED, 0)
    return np.where(matters, np.where(on_list, DIFFERS, ABSENT), verdict).astype(np.uint8)


def _matters(policy: Policy, scheme: Scheme, own: Bits, held: Bits) -> Mask:
    """Where other statuses change an amount, or whether somebody is in hardship."""
    distinct, place = np.unique(np.column_stack([own, held]), axis=0, return_inverse=True)
    differing = [
        _means(policy, scheme, own_bits) != _means(policy, scheme, bits) for own_bits, bits in distinct.tolist()
    ]
    return np.array(differing, dtype=bool)[place.ravel()]


def _means(policy: Policy, scheme: Scheme, bits: int) -> tuple[object, ...]:
    held = frozenset(policy.statuses(bits))
    dues = [amounts.dues(policy, scheme, {*held, group}) for group in ("", *(group.key for group in policy.groups))]
    hardship = any(category.key in held for category in policy.hardships)
    return hardship, *((due.shares, due.governing if due.shares else "") for due in dues)


def _any(at: pd.Series, roster: Roster) -> Mask:
    mask = roster.none()
    mask[at.to_numpy(dtype=np.intp)] = True
    return mask


def _other_name(roster: Roster, met: pd.DataFrame, secret: bytes) -> Mask:
    """Who stands on lists under other names only; lines without a name are left out."""
    names = roster.words["name"]
    here = names_of(names.vocabulary, secret)[names.codes]
    at, there = met["at"].to_numpy(dtype=np.intp), met["name"].to_numpy(dtype=np.uint64)
    named = there != 0
    other, same = roster.none(), roster.none()
    other[at[named & (there != here[at])]] = True
    same[at[named & (there == here[at])]] = True
    return other & ~same & roster.filled["name"] & ~roster.fault("name")


def _employed(met: pd.DataFrame, days: Days, bit: int, roster: Roster) -> Mask:
    at = met["at"].to_numpy(dtype=np.intp)
    active = (met["since"].to_numpy() <= days[at]) & (days[at] <= met["until"].to_numpy())
    return _any(met["at"][((met["employed"].to_numpy(dtype=np.uint8) & bit) != 0) & active], roster)


# ---------------------------------------------------------------- villages


def _villages(
    roster: Roster, villages: tuple[Village, ...]
) -> tuple[list[tuple[str, date | None, str, Mask]], list[tuple[str, str, Mask]], frozenset[str], str]:
    """Put the names in force in the place of former ones, 三(五).

    Gives those, the names that the unit lacks, its villages, and the village in force of a cover with a former name.
    """
    cover, words = roster.cover, roster.words["village"]
    own = [village for village in villages if village.unit == cover.unit.name]
    if not own:
        return [], [], frozenset(), ""
    deadline, unit = cover.deadline.toordinal(), cover.unit
    former = {
        fold_village(village.former, unit): village for village in own if village.former and village.changed <= deadline
    }
    later = {fold_village(village.former, unit) for village in own if village.changed > deadline}
    current = frozenset(fold_village(village.name, unit) for village in own)
    in_force, before = Places(current | later), Places(former)
    renamed, strange = [], []
    for code, text in enumerate(words.vocabulary):
        folded = fold_village(text, unit)
        if not folded or in_force.alike(folded):
            continue
        rows = np.asarray(words.codes == code)
        if len(alike := before.alike(folded)) == 1:
            village = former[alike[0]]
            changed = date.fromordinal(village.changed) if village.changed else None
            renamed.append((text, changed, village.name, rows))
            words.vocabulary[code] = village.name
        else:
            units = sorted({other.unit for other in villages if Places([fold_village(other.name)]).alike(folded)})
            near = [village.name for village in own if stem_of(fold_village(village.name, unit)) == stem_of(folded)]
            there = f"，现属{'、'.join(units)}" if units else f"，名单上是{'、'.join(near)}" if near else ""
            strange.append((text, there, rows))
    alike = [] if Places(current).alike(cover.part_key) else before.alike(cover.part_key)
    # two villages made one: their books stay two parts, or the newer would take the place of the other
    if len(alike) == 1 and _renamed_alone(former[alike[0]], own, unit):
        roster.cover = replace(cover, part=former[alike[0]].name)
    now = fold_village(former[alike[0]].name, unit) if len(alike) == 1 else ""
    return renamed, strange, current, now


def _renamed_alone(village: Village, own: list[Village], unit: Unit) -> bool:
    same = [other for other in own if fold_village(other.name, unit) == fold_village(village.name, unit)]
    return len(same) == 1
