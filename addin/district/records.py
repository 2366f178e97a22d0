"""The records of the district: its files, its units' submissions, its tables.

Nothing here computes; every field says its unit. Money is whole fen (分) in `int` everywhere inside the program and
becomes yuan only where a person or a spreadsheet reads it. People met in several files are recognised by a keyed hash
(`FileResult.people`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from addin.columns import Scheme
from addin.findings import Finding
from addin.policy import Policy

Status = Literal["merged", "replaced", "copy", "refused", "skipped"]
STATUS_NAMES: dict[Status, str] = {
    "merged": "已汇总",
    "replaced": "已被新册替代",
    "copy": "重复文件",
    "refused": "拒收",
    "skipped": "跳过",
}


REPORTED, EARLIER, NOT_TAKEN, NEVER = STATES = ("本期已报", "沿用上期", "已报未采用", "从未报送")
"""How a unit stands: a book of the newest day, an older one, nothing but refused files since, no file at all."""


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
    notice: str = ""
    """The number of the other notice by which the file is filled in, masked."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A unit and its submissions: `state` is one of `STATES`, `deadline` that of its newest book that counts."""

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


LISTED_MONEY = "名单应拨"
"""The kind of a decision about the figure of that name."""


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


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """One unit in one scheme, in people; None where the attachment has no row for it (base, quota, gap, rates, rank).

    not_counted: people claimed and not counted, by the first reason (keys of `findings.REASONS`); gap: quota - counted;
    rates: over the quota, as shares; rank: 1 is best.
    """

    township: str
    scheme: Scheme
    base: int | None
    quota: int | None
    gap: int | None
    rank: int | None
    claimed: int
    counted: int
    late: int
    not_counted: Mapping[str, int]
    rate: float | None
    rate_with_late: float | None


OTHER_VILLAGES = "其他村(社区)"
"""How the people of a unit are called whose village is none of those with a quota."""


@dataclass(frozen=True, slots=True)
class VillageFigures:
    """One village in one scheme, in people, where the attachment gives villages quotas; `village` as printed.

    '' are the unit's people whose village has no quota there. A quota of 0 has no rate.
    """

    township: str
    scheme: Scheme
    village: str
    quota: int | None
    claimed: int
    counted: int
    late: int

    @property
    def rate(self) -> float | None:
        """完成率, a share of the quota."""
        return self.counted / self.quota if self.quota else None


@dataclass(frozen=True, slots=True)
class SchemeTotals:
    """The district in one scheme, in people: of the units that hold a quota, and (`_all`) of those without one too.

    quota: what the rate is over, the printed total or, on trial, the sum of the rows.
    """

    quota: int
    quota_printed: int
    quota_sum: int
    claimed: int
    counted: int
    late: int
    claimed_all: int
    counted_all: int
    late_all: int

    @property
    def gap(self) -> int:
        """People missing to the quota; below 0 where it is exceeded."""
        return self.quota - self.counted

    @property
    def rate(self) -> float:
        """完成率, a share of the quota."""
        return self.counted / self.quota

    @property
    def rate_with_late(self) -> float:
        """含逾期完成率, a share of the quota."""
        return (self.counted + self.late) / self.quota


@dataclass(frozen=True, slots=True)
class FundingLine:
    """One funder's money for one category of a unit's people: those counted, those claimed, those listed.

    category: its name; to: 'township' or 'person'; listed_persons and listed_fen (名单应拨) are 0 where no lists are.
    """

    township: str
    scheme: Scheme
    category: str
    funder: str
    department: str
    to: str
    persons: int
    fen: int
    claimed_persons: int
    claimed_fen: int
    listed_persons: int = 0
    listed_fen: int = 0


@dataclass(frozen=True, slots=True)
class CashLine:
    """A unit's money in one scheme, in fen: collected = due + over + unclear - short.

    catch_up and give_back are 待补差 and 待退差 after a new standard, outside that identity.
    """

    township: str
    scheme: Scheme
    due: int
    collected: int
    over: int
    short: int
    unclear: int
    catch_up: int
    give_back: int


@dataclass(frozen=True, slots=True)
class CoverageLine:
    """A unit's people of one category (by name, or '合计' for a person counted once): people = obliged + excused.

    excused: people by reason, all of `District.coverage_reasons`; rate: enrolled over obliged, None without anybody.
    """

    township: str
    scheme: Scheme
    category: str
    people: int
    obliged: int
    enrolled: int
    excused: Mapping[str, int]
    rate: float | None


@dataclass(frozen=True, slots=True)
class ProgressPoint:
    """People counted up to a day; without a day: all, those without a date of payment included."""

    day: date | None
    township: str
    scheme: Scheme
    counted: int


@dataclass(frozen=True, slots=True)
class DuplicateLine:
    """One row of a person enrolled in one scheme on several rows: masked name and ID, place, whether it owns."""

    scheme: Scheme
    person: str
    id: str
    township: str
    file: str
    row: int
    owner: bool
    paid_day: date | None


@dataclass(frozen=True, slots=True)
class ListDifference:
    """People of a unit ('' unknown) on whom list and roster differ in one way (code 901 to 904), with both amounts."""

    township: str
    scheme: Scheme
    code: str
    persons: int
    listed_fen: int
    claimed_fen: int


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """People of a unit ('' unknown) by how the tax office's payments and the roster differ, with fen on either side.

    code: 931 to 936, '' for the same in both. Of 935 (another day) only people are told: they stand in '' or 933 too.
    """

    township: str
    scheme: Scheme
    code: str
    persons: int
    listed_fen: int
    own_fen: int


@dataclass(frozen=True, slots=True)
class Listing:
    """The departments' lists over the district; covered: the statuses, by name, that the lists are about."""

    files: list[ListLine]
    differences: list[ListDifference]
    covered: tuple[str, ...]
    decisions: list[Decision]
    payments: list[PaymentLine] = field(default_factory=list)
    """Only where a list of payments was given."""


@dataclass(slots=True)
class District:
    """Everything the district summary and `--json` show, in a fixed order of lines.

    In every table the scheme `medical` comes first, then `pension`; units in the order of that scheme's attachment,
    units without a row there last. A `progress` series begins with everything up to its first day and ends with a
    point without a day.
    """

    policy: Policy
    through: date | None
    files: list[FileLine]
    reported: list[Reported]
    units: list[UnitFigures]
    funding: list[FundingLine]
    cash: list[CashLine]
    coverage: list[CoverageLine]
    coverage_reasons: tuple[str, ...]
    progress: list[ProgressPoint]
    paid_days: Mapping[tuple[str, Scheme], Mapping[int, int]]
    """By unit and scheme: the people counted by the day of their payment (an ordinal, 0 unknown)."""
    findings: list[Finding]
    duplicates: list[DuplicateLine]
    decisions: list[Decision]
    counts: dict[str, tuple[Scheme, ...]]
    """For which schemes each file counts, by its name; files that count for none are left out."""
    touched: dict[str, int]
    """How many rows each interpretation touched, by its name in the policy."""
    lists: Listing | None = None
    """Only where lists were given."""
    villages: list[VillageFigures] = field(default_factory=list)
    """Only where an attachment gives villages quotas; after a unit's villages those of its people that are of none."""

    def of_villages(self, scheme: Scheme, unit: str) -> dict[str, VillageFigures]:
        """The figures of a unit's villages that have quotas, by name as printed; '' for its other people."""
        return {line.village: line for line in self.villages if (line.scheme, line.township) == (scheme, unit)}

    def scheme_units(self, scheme: Scheme) -> list[UnitFigures]:
        """The figures of one scheme."""
        return [unit for unit in self.units if unit.scheme == scheme]

    def totals(self, scheme: Scheme) -> SchemeTotals:
        """The district's own figures in one scheme, wherever they stand beside a quota."""
        attachment, units = self.policy.schemes[scheme].attachment, self.scheme_units(scheme)
        listed = [unit for unit in units if unit.quota is not None]
        printed = self.policy.choice("printed_total") == "printed"
        return SchemeTotals(
            quota=attachment.printed_quota if printed else attachment.sum_quota,
            quota_printed=attachment.printed_quota,
            quota_sum=attachment.sum_quota,
            claimed=sum(unit.claimed for unit in listed),
            counted=sum(unit.counted for unit in listed),
            late=sum(unit.late for unit in listed),
            claimed_all=sum(unit.claimed for unit in units),
            counted_all=sum(unit.counted for unit in units),
            late_all=sum(unit.late for unit in units),
        )

    def progress_days(self) -> list[date]:
        """The days of reporting up to now; the first is the day before collecting began."""
        return sorted({point.day for point in self.progress if point.day})

    def counted_by(self, scheme: Scheme, day: date) -> int:
        """People counted whose payment is dated not after a day, of the units that hold a quota."""
        listed = (unit.township for unit in self.scheme_units(scheme) if unit.quota is not None)
        own = (self.paid_days.get((unit, scheme), {}) for unit in listed)
        return sum(number for days in own for when, number in days.items() if 0 < when <= day.toordinal())

    def ranked(self, scheme: Scheme) -> list[UnitFigures]:
        """The units that hold a quota and have a book that counts, the best first."""
        known = {unit.township for unit in self.reported if unit.deadline}
        units = [unit for unit in self.scheme_units(scheme) if unit.rank and unit.township in known]
        return sorted(units, key=lambda unit: unit.rank or 0)
