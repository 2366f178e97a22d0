"""The departments' lists over the whole district: who is on no roster, whom the lists pay for, and the money at stake.

In: the chosen files and the lists. Out: findings at the lists' own places (901, 902), what each department owes by its
list (名单应拨, 三(六)), and by unit and scheme the people on whom list and roster differ, with both amounts. Which
statuses hold for a person of a roster was decided when its book was read (`lists.hold_against`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby
from typing import Protocol, cast

import numpy as np

from addin import amounts, checks, columns, ids
from addin import roster as rosters
from addin.columns import Scheme
from addin.district.payment_totals import on_payment_lists
from addin.district.records import LISTED_MONEY, Decision, ListDifference, Listing, ListLine
from addin.district.submissions import Chosen, sub
from addin.district.tally import Tally
from addin.findings import Finding, count_by_severity, make_finding
from addin.policy import AGE_UNKNOWN, Policy
from addin.registers import ListFile, Lists, model

MISSING = model.MISSING
"""The finding that stands at a place of a list only and is about a unit's people."""
_VERDICTS = {rosters.DIFFERS: model.DIFFERS, rosters.ABSENT: model.ABSENT}

Funding = Counter[tuple[str, Scheme, str, str, str, str, str]]
"""By unit, scheme, category, funder, department, to whom, and 'listed_persons' or 'listed_fen'."""


class _Entry(Protocol):
    """A line of the lists' entries (see `registers.ListFile`), with the place of its file."""

    k0: int
    k1: int
    status: int
    unit: int
    born: int
    file: int
    sheet: int
    row: int
    surname: str
    shown: str
    village: str


@dataclass
class _Person:
    """Somebody on the lists on the day that counts: the statuses (bits) and the line that is pointed at."""

    unit: str
    statuses: int
    born: int
    line: _Entry


def on_lists(
    chosen: Sequence[Chosen],
    tallies: Mapping[tuple[str, Scheme], Sequence[Tally]],
    given: Lists,
    through: date | None,
    policy: Policy,
) -> tuple[Listing, Funding, list[Finding]]:
    """The lists' figures for the district, the money by list, and the findings at the lists' places."""
    merged = [book for book in chosen if book.counts]
    where = _where(merged, given)
    arrived = _Arrived(merged, given, policy)
    findings: list[Finding] = [finding for list_file in given.used for finding in list_file.findings]
    funding: Funding = Counter()
    stake: Counter[tuple[str, Scheme, str, str]] = Counter()
    elsewhere: list[tuple[int, int, _Person]] = []
    nowhere = 0
    groups = _groups_in_rosters(merged, given)
    unsure: Counter[tuple[str, str]] = Counter()
    for key, person in _people(given, merged, through, policy):
        rows = where.get(key, {})
        units = tuple(rows)
        code = _code(person, units, arrived)
        unit = person.unit or (units[0] if units else "")
        owed, doubt = _owed(person, policy, groups.get(key))
        if doubt:
            unsure[unit, doubt] += 1
        for scheme, shares, governing in owed:
            for share in shares:
                place = (unit, scheme, policy.categories[governing].name, share.funder, share.department, share.to)
                funding[*place, "listed_persons"] += 1
                funding[*place, "listed_fen"] += share.fen
            if code:
                stake[unit, scheme, code, "persons"] += 1
                stake[unit, scheme, code, "listed_fen"] += sum(share.fen for share in shares)
        nowhere += not unit
        if code:
            findings.append(_finding(person, code, given, policy, "、".join(units)))
        if code == model.ELSEWHERE:
            elsewhere += [(*place, person) for place in rows.values()]
    findings += _in_rosters(elsewhere, merged, policy)
    payments, unpaired, waiting = on_payment_lists(merged, tallies, given, arrived.whole, policy)
    findings += unpaired
    for (unit, scheme), own in tallies.items():
        for tally in own:
            for (verdict, what), number in tally.stake.items():
                if verdict in _VERDICTS:
                    stake[unit, scheme, _VERDICTS[verdict], what] += number
    listing = Listing(
        files=[_line(list_file, policy) for list_file in given.files],
        differences=_differences(stake, policy),
        covered=tuple(policy.categories[key].name for key in policy.statuses(given.covered)),
        decisions=[*_decisions(given, nowhere), *_unsure(unsure), *_gaps(tallies, given, policy), *waiting],
        payments=payments,
    )
    return listing, funding, findings


def _where(merged: Sequence[Chosen], given: Lists) -> dict[tuple[int, int], dict[str, tuple[int, int]]]:
    """The units in whose rosters each person on a list stands, with the first place in each.

    A place is a file of `merged` and the index of a row.
    """
    keys = list(zip(given.entries["k0"].tolist(), given.entries["k1"].tolist(), strict=True))
    places: dict[tuple[int, int], dict[str, tuple[int, int]]] = {}
    for file, book in enumerate(merged):
        for line, at in book.result.met:
            places.setdefault(keys[line], {}).setdefault(sub(book).township, (file, at))
    return places


def _groups_in_rosters(merged: Sequence[Chosen], given: Lists) -> dict[tuple[int, int], str]:
    """The group of each person on a list that stands in a roster, by the roster's facts; the first one that is known."""
    keys = list(zip(given.entries["k0"].tolist(), given.entries["k1"].tolist(), strict=True))
    groups: dict[tuple[int, int], str] = {}
    for book in merged:
        for (line, _), group in zip(book.result.met, book.result.met_groups, strict=False):
            if groups.get(keys[line], AGE_UNKNOWN) == AGE_UNKNOWN:
                groups[keys[line]] = group
    return groups


class _Arrived:
    """Whether the book in which somebody would stand has come: else nobody can be called missing."""

    def __init__(self, merged: Sequence[Chosen], given: Lists, policy: Policy) -> None:
        self.whole: set[str] = set()
        self.parts: dict[str, set[str]] = {}
        expected: dict[str, int] = {}
        for book in merged:
            unit = sub(book).township
            self.parts.setdefault(unit, set()).add(book.place)
            expected[unit] = max(expected.get(unit, 0), sub(book).parts or 0)
            if sub(book).whole:
                self.whole.add(unit)
        self.whole |= {unit for unit, parts in self.parts.items() if 0 < expected[unit] <= len(parts)}
        self.villages: dict[str, set[str]] = {}
        self.renamed: dict[tuple[str, str], str] = {}
        self.units = {unit.name: unit for unit in policy.units}
        for village in given.index.villages:
            name = self._fold(village.unit, village.name)
            self.villages.setdefault(village.unit, set()).add(name)
            if village.former:
                self.renamed[village.unit, self._fold(village.unit, village.former)] = name

    def __call__(self, unit: str, village: str) -> bool:
        if unit in self.whole or not unit:
            return bool(self.parts)
        folded, parts = self._fold(unit, village), self.parts.get(unit, set())
        places = rosters.Places(parts | self.villages.get(unit, set()))
        meant = {place for key in (folded, self.renamed.get((unit, folded), folded)) for place in places.alike(key)}
        # a name that may mean two villages may mean the one whose book has not come
        return bool(meant) and meant <= parts

    def _fold(self, unit: str, village: str) -> str:
        return rosters.fold_village(village, self.units.get(unit))


def _people(
    given: Lists, merged: Sequence[Chosen], through: date | None, policy: Policy
) -> Iterator[tuple[tuple[int, int], _Person]]:
    """Everybody who is on a list of people in hardship on the unit's 填报截止日期, in the lists' order."""
    entries = given.entries
    if not len(entries):
        return
    entries = entries[entries["status"] > 0]
    names = [unit.name for unit in policy.units]
    last = {
        name: max((sub(book).deadline for book in merged if sub(book).township == name), default=None) for name in names
    }
    else_day = through or next(iter(policy.schemes.values())).window.end
    days = np.array([(last[name] or else_day).toordinal() for name in names] + [else_day.toordinal()])
    on_day = days[entries["unit"].to_numpy()]  # -1, unknown, is the last
    entries = entries[(entries["since"] <= on_day) & (on_day <= entries["until"])]
    people: dict[tuple[int, int], _Person] = {}
    for line in cast("list[_Entry]", list(entries.itertuples(index=False))):
        person = people.setdefault((line.k0, line.k1), _Person("", 0, 0, line))
        person.statuses |= int(line.status)
        person.born = person.born or int(line.born)
        if not person.unit and line.unit >= 0:
            person.unit, person.line = names[line.unit], line
    yield from people.items()


def _code(person: _Person, units: Sequence[str], arrived: _Arrived) -> str:
    if not units:
        return model.MISSING if arrived(person.unit, person.line.village) else ""
    return model.ELSEWHERE if person.unit and person.unit not in units else ""


_Owed = tuple[Scheme, tuple[amounts.Share, ...], str]
NO_BIRTH, AT_SCHOOL = "没有出生日期", "不知道是否在校"
_STUDENTS = 25
"""Who is younger may be at school, for all that a list says."""


def _owed(person: _Person, policy: Policy, known: str | None) -> tuple[list[_Owed], str]:
    """The funders' shares for somebody by the list, and why they are not sure; '' where they are.

    The lowest tier, and the pension only at the age for it. `known` is the group by a roster's facts, None where the
    person stands in none: a list does not say who is at school.
    """
    held, owed, doubt = frozenset(policy.statuses(person.statuses)), [], ""
    group = _group_by_birth(policy, person.born) if known is None else amounts.parse_category(policy, known)
    schools = _groups_of_schools(policy, person.born) if known is None else frozenset()
    for scheme in policy.schemes:
        if scheme == "pension":
            first, last = checks.age_limits(policy)
            if not person.born:
                helped = any(
                    key in held
                    for subsidy in policy.subsidies
                    if subsidy.scheme == scheme
                    for key in subsidy.categories
                )
                doubt = NO_BIRTH if helped else doubt
                continue
            if not first <= ids.age(person.born, policy.schemes[scheme].window.end) < last:
                continue
            if not amounts.open_tiers(policy, scheme, {*held, *group}):
                continue
        try:
            dues = amounts.dues(policy, scheme, {*held, *group})
        except amounts.UnknownAge:
            doubt = NO_BIRTH
            continue
        if dues.shares:
            owed.append((scheme, dues.shares, dues.governing))
        # who is at school is in no pension
        if scheme != "pension" and any(
            amounts.dues(policy, scheme, {*held, school}).shares != dues.shares for school in schools
        ):
            doubt = doubt or AT_SCHOOL
    return owed, doubt


@lru_cache(maxsize=40_000)
def _group_by_birth(policy: Policy, born: int) -> frozenset[str]:
    """The group of somebody by birth (an ordinal, 0 not known) alone."""
    return amounts.parse_category(policy, str(amounts.group_words(policy, [""], np.array([born]), [""])[0]))


@lru_cache(maxsize=40_000)
def _groups_of_schools(policy: Policy, born: int) -> frozenset[str]:
    """The groups that somebody young may belong to by 在校情况, which a list does not have."""
    day = next(iter(policy.schemes.values())).window.end
    if not policy.groups or not born or ids.age(born, day) >= _STUDENTS:
        return frozenset()
    words = [str(amounts.group_words(policy, [""], np.array([born]), [word])[0]) for word in columns.IN_SCHOOL]
    return frozenset(key for word in words for key in amounts.parse_category(policy, word))


def _in_rosters(
    elsewhere: Sequence[tuple[int, int, _Person]], merged: Sequence[Chosen], policy: Policy
) -> Iterator[Finding]:
    """902 once more, at the row of the unit that has the person: it learns of it as the unit on the list does."""
    for file, places in groupby(sorted(elsewhere, key=lambda place: place[:2]), key=lambda place: place[0]):
        result, details = merged[file].result, merged[file].result.details_of()
        for _, at, person in places:
            row = details.people.iloc[at]
            words = {
                "listed": rosters.status_words(policy, person.statuses),
                "unit": person.unit,
                "where": sub(merged[file]).township,
            }
            yield make_finding(
                model.ELSEWHERE,
                result.name,
                result.sheet,
                words,
                policy=policy,
                row=int(row["row"]),
                column=result.letters.get("id_number"),
                key="id_number",
                header="证件号码",
                value=details.shown[at],
                **details.who([at])[0],
            )


def _finding(person: _Person, code: str, given: Lists, policy: Policy, where: str) -> Finding:
    line = person.line
    file: ListFile = given.used[line.file]
    words = {
        "listed": rosters.status_words(policy, person.statuses),
        "unit": person.unit,
        "where": where,
        "village": f"（{person.unit}{line.village}）" if person.unit or line.village else "",
    }
    return make_finding(
        code,
        file.name,
        file.sheets[line.sheet],
        words,
        policy=policy,
        row=int(line.row),
        column=file.letters.get("id_number"),
        header="证件号码",
        name=line.surname,
        value=line.shown,
        township=person.unit,
    )


def _differences(stake: Mapping[tuple[str, Scheme, str, str], int], policy: Policy) -> list[ListDifference]:
    order, schemes = [*(unit.name for unit in policy.units), ""], list(policy.schemes)
    keys = sorted({key[:3] for key in stake}, key=lambda key: (schemes.index(key[1]), order.index(key[0]), key[2]))
    return [
        ListDifference(*key, stake[*key, "persons"], stake[*key, "listed_fen"], stake[*key, "claimed_fen"])
        for key in keys
        if stake[*key, "persons"]
    ]


def _line(list_file: ListFile, policy: Policy) -> ListLine:
    bits = int(np.bitwise_or.reduce(list_file.entries["status"].to_numpy(), initial=0))
    counts = count_by_severity(list_file.findings)
    problems = counts["error"] + counts["warning"]
    return ListLine(
        list_file.name,
        "refused" if list_file.refusal else "merged",
        "、".join(list_file.kinds),
        rosters.status_words(policy, bits),
        len(list_file),
        problems,
        list_file.refusal.code if list_file.refusal else "",
        list_file.refusal.sentence if list_file.refusal else "",
    )


def _decisions(given: Lists, nowhere: int) -> list[Decision]:
    lines = [
        Decision("名单拒收", "", f"名单“{list_file.name}”没有用上：{list_file.refusal.sentence}")
        for list_file in given.files
        if list_file.refusal
    ]
    if nowhere:
        lines.append(Decision("名单没有单位", "", f"名单上有{nowhere}人认不出属哪个单位，不在名单应拨之内。"))
    return lines


def _unsure(people: Mapping[tuple[str, str], int]) -> list[Decision]:
    """Who is not in 名单应拨, or in it with an amount that may be another, in words by unit."""
    words = {
        NO_BIRTH: "证件号码里没有出生日期，按年龄给的资助没有列入名单应拨",
        AT_SCHOOL: "不在已收到的花名册里，名单不写是否在校，名单应拨按不在校算；在校的应拨数不同",
    }
    return [
        Decision(LISTED_MONEY, unit, f"名单上{unit or '未注明单位'}有{number}人{words[doubt]}，请核对。")
        for (unit, doubt), number in sorted(people.items())
    ]


def _gaps(tallies: Mapping[tuple[str, Scheme], Sequence[Tally]], given: Lists, policy: Policy) -> list[Decision]:
    """Units of which a list has nobody at all, though their rosters claim money for some: the list may not be whole."""
    lines = []
    for category in policy.categories.values():
        having = (given.entries["status"].to_numpy() & policy.status_bits([category.key])) != 0
        there = set(given.entries["unit"].to_numpy()[having].tolist())
        if not there or -1 in there:
            continue
        claimed: dict[str, int] = {}
        for (unit, _), own in tallies.items():
            people: Counter[str] = Counter()  # by funder: two may pay for one person
            for tally in own:
                for (name, funder, _, _, what), number in tally.funding.items():
                    if name == category.name and what == "claimed_persons":
                        people[funder] += number
            claimed[unit] = max(claimed.get(unit, 0), *people.values(), 0)
        units = [unit.name for m, unit in enumerate(policy.units) if claimed.get(unit.name) and m not in there]
        if units:
            number = sum(claimed[unit] for unit in units)
            text = f"名单上没有{'、'.join(units)}的{category.name}，花名册却填了{number}人，请核对名单是否齐全。"
            lines.append(Decision("名单可能不全", units[0] if len(units) == 1 else "", text))
    return lines
