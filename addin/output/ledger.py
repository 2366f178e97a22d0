"""The ledger (缴费台账) of a unit, 一(二): who paid what, when, by which receipt, and who still owes; and from it the
list of people whom a department pays something back (先征后补).

In: the rosters that count. Out: workbooks with full names and document numbers, which the station and the department
need: internal papers. What a ledger finds for the department is a text that is kept in memory, never on the disk.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np

from addin import checks, ids
from addin.columns import Scheme
from addin.district import FileResult, details_of, open_roster
from addin.district.file_result import Details
from addin.district.records import District
from addin.findings import DUPLICATE, ORDER, REASONS, Refusal, make_refusal
from addin.output import tables
from addin.output.tables import Field, Total
from addin.policy import FEN, Policy
from addin.registers import Index
from addin.roster import Roster

INTERNAL = "内部资料，不得张贴"
"""On every page: these papers name people."""
REFUNDS = "待补到人名单"
"""How the names of the departments' lists end."""

_FIELDS = (
    Field("序号", 7, "order"),
    Field("村(社区)", 14),
    Field("户号", 9),
    Field("姓名", 10),
    Field("证件号码", 21, "middle", full=True),
    Field("人员类别", 16),
    Field("应收", 10, "money"),
    Field("实收", 10, "money"),
    Field("缴费日期", 12, "date"),
    Field("票据号", 14),
    Field("欠缴", 9, "money"),
    Field("应退", 9, "money"),
    Field("待补", 9, "money"),
    Field("待补差", 9, "money"),
    Field("待退差", 9, "money"),
    Field("计入情况", 18),
    Field("花名册", 22),
    Field("行", 7, "order"),
)
_SUMS = ("due", "paid", "short", "over", "refund", "catch_up", "give_back")
_REFUND_FIELDS = (
    Field("序号", 7, "order"),
    Field("单位", 13),
    Field("村(社区)", 14),
    Field("户号", 9),
    Field("姓名", 10),
    Field("证件号码", 21, "middle", full=True),
    Field("险种", 7, "middle"),
    Field("人员类别", 18),
    Field("实收", 10, "money"),
    Field("缴费日期", 12, "date"),
    Field("票据号", 14),
    Field("应补", 10, "money"),
)


@dataclass(frozen=True, slots=True)
class LedgerSource:
    """One book of a unit that counts: for which schemes, and the rows whose person belongs elsewhere."""

    path: Path
    name: str
    sha256: str
    schemes: tuple[Scheme, ...]
    lost: tuple[tuple[Scheme, tuple[int, ...]], ...] = ()


def ledger_sources(
    district: District, results: Sequence[FileResult], books: Sequence[tuple[Path, str]]
) -> dict[str, list[LedgerSource]]:
    """The books of each unit that count, in the district's order."""
    losers = [line for line in district.duplicates if not line.owner]
    sources: dict[str, list[LedgerSource]] = {}
    for unit in district.policy.units:
        for result, (path, name) in zip(results, books, strict=True):
            schemes = district.counts.get(result.name, ())
            if not schemes or result.submission is None or result.submission.township != unit.name:
                continue
            own = [line for line in losers if line.file == result.name]
            rows = tuple((scheme, tuple(line.row for line in own if line.scheme == scheme)) for scheme in schemes)
            source = LedgerSource(path.absolute(), name, result.sha256, schemes, rows)
            sources.setdefault(unit.name, []).append(source)
    return sources


@dataclass(frozen=True, slots=True)
class _Line:
    """One person in one scheme; money in fen, `day` an ordinal or 0."""

    village: str
    household: str
    name: str
    id_number: str
    category: str
    due: int
    paid: int
    day: int
    receipt: str
    refund: int
    refunds: tuple[tuple[str, int], ...]
    """Which department pays back how much."""
    catch_up: int
    state: str
    file: str
    row: int

    @property
    def sums(self) -> tuple[int, ...]:
        """The amounts to add up, in the order of `_SUMS`."""
        due, paid = self.due, self.paid
        short, over = max(due - paid, 0), max(paid - due, 0)
        return due, paid, short, over, self.refund, max(self.catch_up, 0), max(-self.catch_up, 0)


def write_ledger(
    path: Path,
    township: str,
    policy: Policy,
    sources: Sequence[LedgerSource],
    index: Index | None = None,
) -> Refusal | str:
    """The unit's ledger, one sheet a scheme, one line for everybody who is enrolled this time, with sums by village.

    Gives, for `write_refunds`, those to whom a department pays something back.
    """
    lines: dict[Scheme, list[_Line]] = {scheme: [] for scheme in policy.schemes}
    for source in sources:
        roster, sha256 = open_roster(source.path, source.name, policy, index)
        if isinstance(roster, Refusal):
            return roster
        if sha256 != source.sha256:
            return make_refusal(
                "R119", problem=f"“{ids.mask_text(source.name)}”在汇总以后又变了。", remedy="请重新汇总。"
            )
        details = details_of(roster, checks.check(roster))
        for scheme in source.schemes:
            lost = dict(source.lost).get(scheme, ())
            lines[scheme] += _lines(roster, details, scheme, lost, source.name)
    sheets: dict[str, tables.Sheet] = {
        policy.schemes[scheme].name: (_FIELDS, _by_village(own)) for scheme, own in lines.items() if own
    }
    note = f"{INTERNAL}　{policy.basis}　{township}"
    tables.write(
        path,
        policy,
        f"{township}城乡居民{policy.subject_in_a_word}缴费台账",
        note,
        sheets or {"空": (_FIELDS, [])},
        signed=True,
    )
    refunds = [
        _refund(line, scheme, amount, department, township)
        for scheme, own in lines.items()
        for line in own
        for department, amount in line.refunds
    ]
    return json.dumps(refunds, ensure_ascii=False)


def _lines(roster: Roster, details: Details, scheme: Scheme, lost: Sequence[int], name: str) -> Iterator[_Line]:
    names = {0: "计入", **{1 + n: f"未计入：{words}" for n, words in enumerate(REASONS.values())}}
    duplicate = ORDER[DUPLICATE]
    gone, shown = set(lost), ids.mask_text(name)
    people = details.people
    words = {
        key: roster.words[key].texts()
        for key in ("village", "household", "name", "id_number", "category", f"{scheme}_receipt")
    }
    column = {
        what: people[f"{scheme}_{what}"].to_numpy()
        for what in ("claimed", "why", "late", "day", "due", "paid", "known", "case", "catch_up")
    }
    back = [
        tuple((share.department, share.fen) for share in shares if share.to == "person")
        for _, shares in details.cases[scheme]
    ]
    for n in np.flatnonzero(column["claimed"]).tolist():
        row, why = int(roster.rows[n]), int(column["why"][n])
        if row in gone and (why == 0 or why > duplicate):
            why = duplicate
        late = why == 0 and bool(column["late"][n])
        refunds = back[int(column["case"][n])] if why == 0 and not late else ()
        yield _Line(
            village=words["village"][n],
            household=words["household"][n],
            name=words["name"][n],
            id_number=roster.person.canonical[n] or words["id_number"][n],
            category=words["category"][n],
            due=0 if row in gone or not column["known"][n] else int(column["due"][n]),
            paid=int(column["paid"][n]),
            day=int(column["day"][n]),
            receipt=words[f"{scheme}_receipt"][n],
            refund=sum(fen for _, fen in refunds),
            refunds=refunds,
            catch_up=int(column["catch_up"][n]) if why == 0 else 0,
            state="逾期" if late else names[why],
            file=shown,
            row=row,
        )


def _by_village(lines: Sequence[_Line]) -> Iterator[tables.Line]:
    """The lines village by village, in the order of the rosters, each with its sums; at the end those of the unit."""
    villages: dict[str, list[_Line]] = {}
    for line in lines:
        villages.setdefault(line.village, []).append(line)
    number = 0
    for village, own in villages.items():
        for line in own:
            number += 1
            due, paid, *rest = map(_yuan, line.sums)
            yield (
                number,
                line.village,
                line.household,
                line.name,
                line.id_number,
                line.category,
                due,
                paid,
                date.fromordinal(line.day) if line.day else "",
                line.receipt,
                *rest,
                line.state,
                line.file,
                line.row,
            )
        yield _total(f"{village}小计", own)
    yield _total("合计", lines)


def _total(name: str, lines: Sequence[_Line]) -> Total:
    due, paid, *rest = (_yuan(sum(column)) for column in zip(*(line.sums for line in lines), strict=True))
    counted = sum(line.state == "计入" for line in lines)
    return Total(["", name, "", f"{len(lines)}人", "", "", due, paid, "", "", *rest, f"计入{counted}人", "", ""])


def _yuan(fen: int) -> float | None:
    """Yuan; blank for 0."""
    return fen / FEN if fen else None


# ---------------------------------------------------------------- what a department pays back, by person


class _Refund(NamedTuple):
    """A department's refund to one person; money in fen, `day` an ordinal or 0."""

    department: str
    township: str
    village: str
    household: str
    name: str
    id_number: str
    scheme: Scheme
    category: str
    paid: int
    day: int
    receipt: str
    amount: int


def _refund(line: _Line, scheme: Scheme, amount: int, department: str, township: str) -> _Refund:
    who = (line.village, line.household, line.name, line.id_number)
    return _Refund(department, township, *who, scheme, line.category, line.paid, line.day, line.receipt, amount)


def write_refunds(path: Path, department: str, policy: Policy, ledgers: Sequence[str]) -> None:
    """The transfer list of one department: everybody counted to whom it pays something back, with sums by unit."""
    everybody = [_Refund(*line) for ledger in ledgers for line in json.loads(ledger)]
    people = [person for person in everybody if person.department == department]
    note = f"{INTERNAL}　{policy.basis}　已计入的，缴费后补入本人账户"
    tables.write(
        path, policy, f"{policy.district}{department}{REFUNDS}", note, {"名单": (_REFUND_FIELDS, _by_unit(people, policy))},
        signed=True,
    )  # fmt: skip


def _by_unit(people: Sequence[_Refund], policy: Policy) -> Iterator[tables.Line]:
    units: dict[str, list[_Refund]] = {}
    for person in people:
        units.setdefault(person.township, []).append(person)
    number = 0
    for unit, own in units.items():
        for _, _, *who, scheme, category, paid, day, receipt, amount in own:
            number += 1
            name = policy.schemes[scheme].name
            when = date.fromordinal(day) if day else ""
            yield (number, unit, *who, name, category, _yuan(paid), when, receipt, _yuan(amount))
        yield _refund_total(f"{unit}小计", own)
    yield _refund_total("合计", people)


def _refund_total(name: str, people: Sequence[_Refund]) -> Total:
    amount = sum(person.amount for person in people)
    return Total(["", name, "", "", f"{len(people)}人", "", "", "", "", "", "", _yuan(amount)])
