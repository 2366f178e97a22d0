"""The ledger (缴费台账) of a unit, 一(二): who paid what, when, by which receipt, and who still owes; and from it the
list of people whom a department pays something back (先征后补).

In: the rosters that count. Out: workbooks with full names and document numbers, which the station and the department
need: internal papers. What a ledger finds for the department is a text that is kept in memory, never on the disk.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from addin import checks, ids
from addin.amounts import Share
from addin.columns import Scheme
from addin.district import FileResult, details_of, open_roster
from addin.district.file_result import Details
from addin.district.records import District
from addin.district.tally import why_not
from addin.findings import REASONS, Refusal, make_refusal
from addin.output import tables
from addin.output.tables import Field, Total
from addin.policy import FEN, Policy
from addin.registers import Index
from addin.roster import Roster

T = TypeVar("T")
U = TypeVar("U")

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
_COLUMNS = (
    *("village", "household", "name", "id_number", "category", "due", "paid", "day", "receipt"),
    *("short", "over", "refund", "catch_up", "give_back", "state", "file", "row"),
)
"""What `_lines` has for the fields behind the first."""
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
    parts: dict[Scheme, list[pd.DataFrame]] = {scheme: [] for scheme in policy.schemes}
    refunds: list[_Refund] = []
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
            lines = _lines(roster, details, scheme, dict(source.lost).get(scheme, ()), source.name)
            parts[scheme].append(lines)
            refunds += _refunds(lines, details, scheme, township)
    sheets: dict[str, tables.Sheet] = {
        policy.schemes[scheme].name: (_FIELDS, _by_village(pd.concat(own, ignore_index=True)))
        for scheme, own in parts.items()
        if any(map(len, own))
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
    return json.dumps(refunds, ensure_ascii=False)


def _lines(roster: Roster, details: Details, scheme: Scheme, lost: Sequence[int], name: str) -> pd.DataFrame:
    """Everybody of a roster who is enrolled in a scheme, one a row; money in fen, `day` an ordinal or 0, `case` the
    place in `details.cases` of those to whom something is paid back, else -1."""
    claimed = np.flatnonzero(details.people[f"{scheme}_claimed"])
    people, rows = details.people.iloc[claimed], roster.rows[claimed]
    states = np.array(["计入", *(f"未计入：{words}" for words in REASONS.values()), "逾期"], dtype=object)

    def words(key: str) -> npt.NDArray[np.object_]:
        return roster.words[key].texts()[claimed]

    def fact(what: str) -> npt.NDArray[np.int64]:
        return people[f"{scheme}_{what}"].to_numpy()

    elsewhere = np.isin(rows, lost)
    why, late = why_not(people, scheme, elsewhere)
    due, paid = np.where(fact("known") & ~elsewhere, fact("due"), 0), fact("paid")
    case, catch_up = fact("case"), np.where(why == 0, fact("catch_up"), 0)
    back = np.array([sum(share.fen for share in _paid_back(shares)) for _, shares in details.cases[scheme]] or [0])
    refund = np.where((why == 0) & ~late, back[case], 0)
    canonical = np.array(roster.person.canonical, dtype=object)[claimed]
    return pd.DataFrame({
        "village": words("village"),
        "household": words("household"),
        "name": words("name"),
        "id_number": np.where(canonical == "", words("id_number"), canonical),
        "category": words("category"),
        "due": due,
        "paid": paid,
        "day": fact("day"),
        "receipt": words(f"{scheme}_receipt"),
        "short": np.maximum(due - paid, 0),
        "over": np.maximum(paid - due, 0),
        "refund": refund,
        "catch_up": np.maximum(catch_up, 0),
        "give_back": np.maximum(-catch_up, 0),
        "state": states[np.where(late, len(states) - 1, why)],
        "file": ids.mask_text(name),
        "row": rows,
        "case": np.where(refund > 0, case, -1),
    })  # fmt: skip


def _by_village(lines: pd.DataFrame) -> Iterator[tables.Line]:
    """The lines village by village, in the order of the rosters, each with its sums; at the end those of the unit."""
    lines = lines.iloc[np.argsort(pd.factorize(lines["village"])[0], kind="stable")]
    columns = {key: lines[key].tolist() for key in _COLUMNS}
    columns |= {key: _different(columns[key], _yuan) for key in _SUMS} | {"day": _different(columns["day"], _date)}
    values = zip(range(1, len(lines) + 1), *columns.values(), strict=True)
    for village, own in lines.groupby("village", sort=False):
        yield from islice(values, len(own))
        yield _total(f"{village}小计", own)
    yield _total("合计", lines)


def _total(name: str, lines: pd.DataFrame) -> Total:
    due, paid, *rest = (_yuan(int(lines[key].sum())) for key in _SUMS)
    counted = int((lines["state"] == "计入").sum())
    return Total(["", name, "", f"{len(lines)}人", "", "", due, paid, "", "", *rest, f"计入{counted}人", "", ""])


def _different(values: Sequence[T], make: Callable[[T], U]) -> list[U]:
    """Made of each different value once."""
    made = {value: make(value) for value in set(values)}
    return [made[value] for value in values]


def _date(ordinal: int) -> date | None:
    return date.fromordinal(ordinal) if ordinal else None


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


def _paid_back(shares: Sequence[Share]) -> list[Share]:
    """The shares that departments pay back to the person."""
    return [share for share in shares if share.to == "person"]


def _refunds(lines: pd.DataFrame, details: Details, scheme: Scheme, township: str) -> Iterator[_Refund]:
    """What departments pay back to these people, one by one."""
    own = lines[lines["case"] >= 0]
    who = ("village", "household", "name", "id_number", "category", "paid", "day", "receipt", "case")
    for *person, category, paid, day, receipt, case in zip(*(own[key].tolist() for key in who), strict=True):
        for share in _paid_back(details.cases[scheme][case][1]):
            of_money = (scheme, category, paid, day, receipt, share.fen)
            yield _Refund._make((share.department, township, *person, *of_money))


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
            yield (number, unit, *who, name, category, _yuan(paid), _date(day), receipt, _yuan(amount))
        yield _refund_total(f"{unit}小计", own)
    yield _refund_total("合计", people)


def _refund_total(name: str, people: Sequence[_Refund]) -> Total:
    amount = sum(person.amount for person in people)
    return Total(["", name, "", "", f"{len(people)}人", "", "", "", "", "", "", _yuan(amount)])
