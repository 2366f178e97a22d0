"""The plain records of the district: its files, its units' submissions, its tables.

Nothing here computes; every field says its unit. Money is whole fen (分) in `int` everywhere inside the program and
becomes yuan only where a person or a spreadsheet reads it. People met in several files are recognised by a keyed hash
(`FileResult.people`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import pandas as pd

from addin.columns import Scheme
from addin.findings import Finding

Status = Literal["merged", "replaced", "copy", "refused", "skipped"]
STATUS_NAMES: dict[Status, str] = {
    "merged": "已汇总",
    "replaced": "已被新册替代",
    "copy": "重复文件",
    "refused": "拒收",
    "skipped": "跳过",
}


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file of the folder in the list 报送情况. `name` is relative to the folder, with IDs masked."""

    name: str
    status: Status
    code: str = ""
    reason: str = ""
    township: str = ""
    part: str = ""
    scope: str = ""
    deadline: date | None = None
    serial: int = 0
    persons: int = 0
    households: int = 0
    errors: int = 0
    warnings: int = 0
    entered: int = 0


@dataclass(frozen=True, slots=True)
class Reported:
    """How one unit stands with its submissions: `state` is 本期已报, 沿用上期 or 从未报送."""

    township: str
    state: str
    deadline: date | None
    parts_received: int
    parts_expected: int | None
    persons: int
    errors: int
    warnings: int
    entered: int


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of 总览 that a person must decide or know: ties, missing units, counts that fell."""

    kind: str
    township: str
    text: str


@dataclass(frozen=True, slots=True)
class ListLine:
    """One file of a department's lists: what kind of list, which statuses, how many lines, how many problems in it."""

    name: str
    status: Status
    kind: str
    statuses: str
    lines: int
    problems: int
    code: str = ""
    reason: str = ""


@dataclass
class Listing:
    """What the departments' lists say of the district.

    at_stake: township ('' unknown), scheme, code (901 to 904), persons, listed_fen (what is given by the list) and
    claimed_fen (by the rosters' categories); covered: the statuses, by name, that the lists are about.
    """

    files: list[ListLine]
    at_stake: pd.DataFrame
    covered: tuple[str, ...]
    decisions: list[Decision]


@dataclass(slots=True)
class District:
    """Everything the district summary and `--json` show; tables are frames with these columns, in a fixed row order.

    units: township, scheme, base, quota (nullable people), claimed, counted, late, identity, ineligible, duplicate,
        unpaid, short, date (people not counted, by first reason), rate, rate_with_late (float or NaN), gap (quota -
        counted, nullable), rank (1 = best, nullable). One row a unit and scheme; scheme `medical`, then `pension`;
        units in the order of that scheme's attachment, units without a row there last.
    funding: township, scheme, category (name), funder, department, to ('township' | 'person'), persons, fen (计入),
        claimed_persons, claimed_fen (申报).
    cash: township, scheme, due, collected, over, short, unclear, catch_up, give_back (all fen; collected = due + over
        + unclear - short; catch_up and give_back are 待补差 and 待退差 after a new standard, outside that identity).
    coverage: township, scheme, category (name, or '合计' for a person counted once), people, excused (dict-free: one
        column for each reason of `coverage_reasons`), obliged, enrolled, rate (float or NaN).
    series: date, township, scheme, counted (cumulative people); dates are `date`, the first bucket is everything up to
        it, and the last bucket 未注明日期 has the date None.
    duplicates: scheme, person (masked name), id (masked), township, file, row, owner (bool), paid_day (date or None).
    """

    policy: object
    through: date | None
    files: list[FileLine]
    reported: list[Reported]
    units: pd.DataFrame
    funding: pd.DataFrame
    cash: pd.DataFrame
    coverage: pd.DataFrame
    coverage_reasons: tuple[str, ...]
    series: pd.DataFrame
    findings: list[Finding]
    duplicates: pd.DataFrame
    decisions: list[Decision]
    counts: dict[str, tuple[Scheme, ...]]
    """For which schemes each file counts, by its name; files that count for none are left out."""
    touched: dict[str, int]
    """How many rows each interpretation touched, by its name in the policy."""
    lists: Listing | None = None
    """Only where lists were given; then `funding` also has listed_persons and listed_fen (名单应拨)."""

    def scheme_units(self, scheme: Scheme) -> pd.DataFrame:
        """The rows of `units` of one scheme."""
        return self.units[self.units["scheme"] == scheme]
