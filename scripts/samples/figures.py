"""The expected figures of the district, worked out from the invented people.

In: the plan, each unit's books. Out: the figures in the shape of `merge --json` (units, district, funding, cash,
coverage, series, duplicates, files), so that the two can be laid side by side. Independent of the program's arithmetic:
nothing of its policy, amounts, checks or merge is used, only the notice as restated in `notice`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from addin.columns import CITY, OTHER_REASON, OUTSIDE, OVERSEAS, PUPIL, REASONS, STUDENT
from scripts.samples.families import Person
from scripts.samples.notice import Notice, Scheme, Share, fen
from scripts.samples.payments import Line
from scripts.samples.units import Book, Unit

NOT_COUNTED = ("identity", "ineligible", "duplicate", "unpaid", "short", "date")
"""Reasons, in the order in which the first that applies is taken."""
ELSEWHERE = ("市内职工医保", "市内居民医保", "市外职工医保", "市外居民医保", "高校参保")
EVERYBODY = "合计"


@dataclass
class Sums:
    """One unit in one scheme; money in fen. `days` counts people by the day they were counted for, None without one."""

    people: Counter[str] = field(default_factory=Counter)
    cash: Counter[str] = field(default_factory=Counter)
    funding: Counter[tuple[str, Share, str]] = field(default_factory=Counter)
    coverage: Counter[tuple[str, str]] = field(default_factory=Counter)
    days: Counter[date | None] = field(default_factory=Counter)
    payments: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass
class Found:
    """The figures of one unit: its sums by scheme, its files, its rows of people who are enrolled twice."""

    unit: str
    sums: dict[Scheme, Sums]
    files: list[dict[str, Any]]
    twice: list[dict[str, Any]]
    through: date
    listed: list[Line]


def reckon(unit: Unit, books: Sequence[Book], listed: list[Line]) -> Found:
    """Reckon one unit; `listed` are its lines on the tax office's list."""
    schemes = unit.notice.schemes
    sums: dict[Scheme, Sums] = {scheme: Sums() for scheme in schemes}
    twice = []
    for book in books:
        if book.replaced:
            continue
        for row, person in book.rows():
            if not person.cells:
                continue
            for scheme in schemes:
                _add(sums[scheme], scheme, person, book.deadline)
            twice += [
                {
                    "scheme": scheme,
                    "township": unit.name,
                    "file": book.name,
                    "row": row,
                    "owner": scheme not in person.lost,
                }
                for scheme in person.twice
            ]
            if listed:
                _compare(sums, person)
    for line in listed:
        if line.code == "931":
            _note(sums[line.scheme], "931", fen(line.amount), 0)
    files = [
        {
            "name": book.name,
            "status": "replaced" if book.replaced else "merged",
            "code": "C102" if book.replaced else "",
            "township": unit.name,
            "persons": book.persons,
        }
        for book in books
    ]
    return Found(unit.name, sums, files, twice, unit.traits.deadline, listed)


def _compare(sums: Mapping[Scheme, Sums], person: Person) -> None:
    """How the tax office's list and the row stand to one another."""
    for scheme, own in sums.items():
        paid = _fen(person.cells.get(f"{scheme}_paid"))
        listed, day = person.listed.get(scheme, (0, None))
        if not person.claims(scheme):
            code = "936" if listed else None
        elif listed:
            code = "" if paid == listed else "933" if paid else "932"
            if paid and person.cells.get(f"{scheme}_date") != day:
                own.payments["935", "persons"] += 1
        else:
            code = "934" if paid else None
        if code is not None:
            _note(own, code, listed, paid)


def _note(sums: Sums, code: str, listed: int, paid: int) -> None:
    for what, number in (("persons", 1), ("listed", listed), ("own", paid)):
        sums.payments[code, what] += number


def _add(sums: Sums, scheme: Scheme, person: Person, deadline: date) -> None:
    claims = person.claims(scheme)
    owed = person.owes(scheme, deadline)
    clear, lost, paid = person.is_clear(scheme), scheme in person.lost, _fen(person.cells.get(f"{scheme}_paid"))
    day = person.cells.get(f"{scheme}_date")
    if claims and scheme in person.listed:
        paid, day = person.listed[scheme]
    why = _why(scheme, person, clear and owed.cash == 0, paid) if claims else ""
    late = isinstance(day, date) and person.notice.rules[scheme].is_late(day, *person.case)
    counted = claims and not why and not late
    if claims:
        sums.people["claimed"] += 1
        sums.people[why or ("late" if late else "counted")] += 1
    due = owed.cash if claims and clear and not lost else 0
    sums.cash["due"] += due
    sums.cash["collected"] += paid
    sums.cash["unclear"] += 0 if clear else paid
    sums.cash["over"] += max(paid - due, 0) if clear else 0
    sums.cash["short"] += max(due - paid, 0)
    if counted:
        sums.days[day if isinstance(day, date) else None] += 1
    if claims and clear and not lost:
        for share in owed.shares:
            sums.funding[owed.category, share, "claimed_persons"] += 1
            sums.funding[owed.category, share, "persons"] += counted
    hardship = person.held - person.notice.no_hardship
    if person.trusted and hardship:
        enrolled = counted or (scheme == "medical" and person.cells.get("medical_status") in ELSEWHERE)
        excuse = "" if enrolled else _excuse(scheme, person)
        for name in (*hardship, EVERYBODY):
            sums.coverage[name, "people"] += 1
            sums.coverage[name, excuse or "obliged"] += 1
            sums.coverage[name, "enrolled"] += enrolled


def _fen(cell: object) -> int:
    """The amount collected, if it can be read: a number of yuan, not below zero, no finer than a fen."""
    if isinstance(cell, (int, float)) and cell >= 0 and round(cell * 100, 6) == round(cell * 100):
        return fen(cell)
    return 0


def _why(scheme: Scheme, person: Person, free: bool, paid: int) -> str:
    """The first reason why somebody enrolled is not counted, or none."""
    reasons = {person.why.get(scheme, "")}
    if scheme in person.lost:
        reasons.add("duplicate")
    if not paid and not free:
        reasons.add("unpaid")
    return next((reason for reason in NOT_COUNTED if reason in reasons), "")


def _excuse(scheme: Scheme, person: Person) -> str:
    """Why somebody in hardship need not be enrolled, 一, 三(一), 三(二)."""
    cells = person.cells
    if scheme == "medical":
        reason = cells.get("medical_reason")
        listed = cells.get("medical_status") == "不参保" and reason in REASONS and reason != OTHER_REASON
        return str(reason) if listed else ""
    status = cells.get("pension_status")
    if cells.get("schooling") in (PUPIL, STUDENT) or status == "在校学生":
        return "在校学生"
    least, elder = person.notice.ages
    if person.age() < least or status == "未满16周岁":
        return "未满16周岁"
    if person.age() >= elder or status == "已领取待遇":
        return "60周岁及以上或已领取待遇"
    if cells.get("register") in (CITY, OUTSIDE, OVERSEAS) or status == "非本区户籍":
        return "非本区户籍"
    if status in ("职工养老", "机关事业养老", "异地居民养老"):
        return "已参加其他养老保险"
    return "" if person.held & person.notice.helped(scheme) else "不属代缴对象"


# ---------------------------------------------------------------- the district


def district(notice: Notice, found: Iterable[Found]) -> dict[str, Any]:
    """All units together, in the shape and the order of `merge --json`."""
    by_unit = {unit.unit: unit for unit in found}
    sums = {
        (unit, scheme): by_unit[unit].sums[scheme] if unit in by_unit else Sums()
        for scheme in notice.schemes
        for unit in notice.ordered(scheme)
    }
    through = max(unit.through for unit in by_unit.values())
    return {
        "policy": notice.id,
        "through": through.isoformat(),
        "files": sorted((file for unit in by_unit.values() for file in unit.files), key=lambda file: str(file["name"])),
        "reported": [{"township": unit, "state": _state(by_unit.get(unit), through)} for unit in notice.units],
        "units": [line for scheme in notice.schemes for line in _units(notice, sums, scheme)],
        "district": {scheme: _district(notice, sums, scheme) for scheme in notice.schemes},
        "funding": [line for (unit, scheme), own in sums.items() for line in _funding(notice, unit, scheme, own)],
        "cash": [
            {"township": unit, "scheme": scheme}
            | {what: own.cash[what] / 100 for what in ("due", "collected", "over", "short", "unclear")}
            for (unit, scheme), own in sums.items()
        ],
        "coverage": [line for (unit, scheme), own in sums.items() for line in _coverage(notice, unit, scheme, own)],
        "series": list(_series(notice, sums, through)),
        "duplicates": [line for unit in by_unit.values() for line in unit.twice],
        **({"payments": list(_payments(sums))} if any(unit.listed for unit in by_unit.values()) else {}),
    }


def _payments(sums: _Sums) -> Iterator[dict[str, Any]]:
    for (unit, scheme), own in sums.items():
        for code in dict.fromkeys(code for code, _ in own.payments):
            persons, listed, paid = (own.payments[code, what] for what in ("persons", "listed", "own"))
            yield {
                "township": unit, "scheme": scheme, "code": code,
                "persons": persons, "listed_yuan": listed / 100, "roster_yuan": paid / 100,
            }  # fmt: skip


def _state(own: Found | None, through: date) -> str:
    """How a unit stands; no unit of the samples has nothing but refused files."""
    return "从未报送" if own is None else "本期已报" if own.through == through else "沿用上期"


_Sums = dict[tuple[str, Scheme], Sums]


def _units(notice: Notice, sums: _Sums, scheme: Scheme) -> Iterator[dict[str, Any]]:
    rules = notice.rules[scheme]
    rates, ranked = (
        {
            unit: sum(sums[unit, scheme].people[what] for what in counted) / rules.quotas[unit][1]
            for unit in notice.ordered(scheme)
            if unit in rules.quotas
        }
        for counted in (("counted",), ("counted", "late") if rules.rank_with_late else ("counted",))
    )
    for unit in notice.ordered(scheme):
        people, (base, quota) = sums[unit, scheme].people, rules.quotas.get(unit, (None, None))
        yield {
            "township": unit,
            "scheme": scheme,
            "base": base,
            "quota": quota,
            "claimed": people["claimed"],
            "counted": people["counted"],
            "late": people["late"],
            "not_counted": {reason: people[reason] for reason in NOT_COUNTED},
            "rate": rates.get(unit),
            "gap": None if quota is None else quota - people["counted"],
            "rank": 1 + sum(rate > ranked[unit] for rate in ranked.values()) if unit in ranked else None,
        }


def _district(notice: Notice, sums: _Sums, scheme: Scheme) -> dict[str, Any]:
    rules = notice.rules[scheme]
    line: dict[str, Any] = {
        "quota_printed": rules.printed_quota,
        "quota_sum": sum(quota for _, quota in rules.quotas.values()),
    }
    for what in ("claimed", "counted", "late"):
        people = {unit: sums[unit, scheme].people[what] for unit in notice.ordered(scheme)}
        line[what] = sum(number for unit, number in people.items() if unit in rules.quotas)
        line[f"{what}_all"] = sum(people.values())
    return line | {"rate": line["counted"] / rules.quota}


def _funding(notice: Notice, unit: str, scheme: Scheme, own: Sums) -> Iterator[dict[str, Any]]:
    for category, (name, *_) in notice.statuses.items():
        every = dict.fromkeys(notice.rules[scheme].shares_of(category))
        for funder, department, to in dict.fromkeys(share[:3] for share in every):
            amounts = [share for share in every if share[:3] == (funder, department, to)]
            claimed, counted = (
                [(own.funding[category, share, what], share.fen) for share in amounts]
                for what in ("claimed_persons", "persons")
            )
            if sum(number for number, _ in claimed):
                yield {
                    "township": unit, "scheme": scheme, "category": name, "funder": funder, "department": department,
                    "to": to, "persons": sum(number for number, _ in counted),
                    "yuan": sum(number * each for number, each in counted) / 100,
                    "claimed_persons": sum(number for number, _ in claimed),
                    "claimed_yuan": sum(number * each for number, each in claimed) / 100,
                }  # fmt: skip


def _coverage(notice: Notice, unit: str, scheme: Scheme, own: Sums) -> Iterator[dict[str, Any]]:
    named = {key: words[0] for key, words in notice.statuses.items() if key not in notice.no_hardship}
    for category, name in {**named, EVERYBODY: EVERYBODY}.items():
        numbers = {what: count for (key, what), count in own.coverage.items() if key == category}
        people, obliged, enrolled = (numbers.pop(what, 0) for what in ("people", "obliged", "enrolled"))
        yield {
            "township": unit, "scheme": scheme, "category": name, "people": people, "obliged": obliged,
            "enrolled": enrolled, "excused": numbers, "rate": enrolled / obliged if obliged else None,
        }  # fmt: skip


def _series(notice: Notice, sums: _Sums, through: date) -> Iterator[dict[str, Any]]:
    """Counted people cumulated to every day of reporting; the last bucket is without a date."""
    day = max(rules.collecting for rules in notice.rules.values()) - timedelta(days=1)
    last = max([through, *(day for own in sums.values() for day in own.days if day)])
    buckets = [day]
    while buckets[-1] < last:
        day += timedelta(days=1)
        if day.day in notice.reporting or (31 in notice.reporting and (day + timedelta(days=1)).day == 1):
            buckets.append(day)
    for (unit, scheme), own in sums.items():
        for bucket in buckets:
            counted = sum(number for day, number in own.days.items() if day and day <= bucket)
            yield {"date": bucket.isoformat(), "township": unit, "scheme": scheme, "counted": counted}
        yield {"date": None, "township": unit, "scheme": scheme, "counted": own.days.total()}
