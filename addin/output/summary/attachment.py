"""附件1 养老, 附件2 医保 or as the notice numbers them: its own tables as printed, with what was collected beside them.

Title, headers, order, last year's people, quotas, subtotals, villages, further columns and total stand as issued, 一(一),
一(二); where the printed total is not the sum of the rows, sum and difference follow. Units that the attachment does not
list are counted below it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from addin.columns import SCHEME_NAMES, Scheme
from addin.district.records import OTHER_VILLAGES, UnitFigures
from addin.findings import REASONS
from addin.output.rows import Formula
from addin.output.summary.book import Book
from addin.output.summary.page import REMARK, Column, Page, cell, span
from addin.output.summary.style import Value
from addin.policy import Attachment, Policy, PrintedLine, SchemeRules

_SHEET_NAME = re.compile(f"附件[1-9][0-9]* ({'|'.join(SCHEME_NAMES.values())})")
_OWN = (
    ("申报", "count", 9),
    ("计入", "count", 9),
    ("完成率", "rate", 9.5),
    ("距任务数", "count", 9.5),
    ("排名", "order", 6),
    ("逾期", "count", 8),
    ("含逾期完成率", "rate", 9.5),
    (REMARK, "plain_remark", 17),
)
"""Header, kind and width of the columns behind the printed ones."""
ZOOM = 85
"""Per cent: on a screen of 1366 x 768 header, 21 units and the total are in view together."""
_ROLES = {"subtotal": "sum", "total": "total"}


class Places:
    """Where the columns of an attachment's sheet stand, 0-based: those that are printed, then our own."""

    def __init__(self, attachment: Attachment) -> None:
        printed = len(attachment.headers)
        self.unit, self.base, self.quota = attachment.columns.unit, attachment.columns.base, attachment.columns.quota
        own = range(printed, printed + len(_OWN))
        self.claimed, self.counted, self.rate, self.gap, self.rank, self.late, self.with_late, self.remark = own
        kinds = [_kind_of(attachment, column) for column in range(printed)]
        looks = [(header, *kind) for header, kind in zip(attachment.headers, kinds, strict=True)] + list(_OWN)
        self.columns = [Column(header, kind) for header, kind, _ in looks]
        self.widths = [width for *_, width in looks]


def _kind_of(attachment: Attachment, column: int) -> tuple[str, float]:
    """The content of a printed column, and its width."""
    columns = attachment.columns
    if column == columns.order:
        return "order", 5
    if column == columns.unit:
        return "text", 17
    whole = any(isinstance(line.cells[column], int) for line in attachment.lines)
    if whole or column in (columns.base, columns.quota):
        return "count", 11.5
    return "text" if column == columns.village else "long", 14


class LineKeys:
    """Names the lines of an attachment's sheet by the texts printed on them, to find them again in another summary."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def of(self, printed: Sequence[object]) -> str:
        """The key of the next line; a text that was there before (小计) gets a number."""
        key = " ".join(value.strip() for value in printed if isinstance(value, str) and value.strip())
        self._seen[key] += 1
        return key if self._seen[key] == 1 else f"{key}（{self._seen[key]}）"


class Ranking(NamedTuple):
    """Where the ranked units stand: sheet, first and last row, columns of unit, rate and goal (0-based)."""

    sheet: str
    first: int
    last: int
    unit: int
    rate: int
    goal: int


def sheet_name(policy: Policy, scheme: Scheme) -> str:
    """The sheet of a scheme's attachment, by the number that the notice gives it: 附件2 医保."""
    return f"附件{policy.schemes[scheme].attachment.number} {SCHEME_NAMES[scheme]}"


def among(names: Iterable[str]) -> dict[Scheme, str]:
    """The attachments among the sheets of a summary of any notice, by scheme."""
    schemes = {name: scheme for scheme, name in SCHEME_NAMES.items()}
    return {schemes[named[1]]: name for name in names if (named := _SHEET_NAME.fullmatch(name))}


def keys_of_units(policy: Policy, scheme: Scheme) -> dict[str, str]:
    """The keys of the printed lines of units, by master name."""
    printed = policy.schemes[scheme].attachment
    return {
        line.unit: LineKeys().of(line.cells)
        for line in printed.lines
        if line.unit in printed.by_unit and not line.village
    }


def write(book: Book, scheme: Scheme) -> None:
    """One attachment as printed, with what was collected beside it."""
    _Sheet(book, scheme).write()


class _Sheet:
    """An attachment while it is written; rows and columns are 0-based."""

    def __init__(self, book: Book, scheme: Scheme) -> None:
        self.book, self.scheme, self.rules = book, scheme, book.policy.schemes[scheme]
        self.attachment = self.rules.attachment
        self.places, self.keys = Places(self.attachment), LineKeys()
        schemes = [
            rules.key for rules in book.policy.schemes.values() if rules.attachment.number == self.attachment.number
        ]
        whose = f"（{self.rules.name}）" if len(schemes) > 1 else ""
        self.page = Page(
            book, sheet_name(book.policy, scheme), self.attachment.title, self.places.widths, row_height=16,
            mark=f"附件{self.attachment.number}{whose}",
        )  # fmt: skip
        self.units = {unit.township: unit for unit in book.district.scheme_units(scheme)}
        self.listed = [self.units[row.unit] for row in self.attachment.rows]
        self.unlisted = [line for unit, line in self.units.items() if unit not in self.attachment.by_unit]
        self.by_late = book.policy.choice("rank_by") == "with_late"
        self.by_sum = book.policy.choice("printed_total") == "sum"

    def write(self) -> None:
        """Title, header, the printed lines, what follows them, notes."""
        page, attachment, places = self.page, self.attachment, self.places
        page.sheet.set_zoom(ZOOM)
        page.head([column.header for column in places.columns])
        page.sheet.freeze_panes(page.row, places.unit + 1)
        lines = self._lines()
        rows = dict(enumerate(lines, page.row))
        self.rows = {line.unit: row for row, line in rows.items() if line.kind == "unit"}
        """Of the units."""
        self.total_row = next(row for row, line in rows.items() if line.kind == "total")
        differs = attachment.sum_quota != attachment.printed_quota
        # the line of the sum, if there is one, is the first behind the table
        self.quota_row = page.row + len(lines) if self.by_sum and differs else self.total_row
        self.book.totals[self.scheme] = self.total_row, self.quota_row
        for line in lines:
            self._printed(line)
        if differs or attachment.printed_base not in (None, attachment.sum_base):
            self._difference()
        if self.unlisted:
            self._below()
        page.notes(self._notes(trial=self.by_sum and differs))
        self.book.attachments[self.scheme] = page
        self.book.rate_cells[self.scheme] = {unit: cell(self.rows[unit], places.rate) for unit in attachment.by_unit}

    def _lines(self) -> list[PrintedLine]:
        """The printed lines; under a unit's villages those of its people that are of none of them."""
        lines: list[PrintedLine] = []
        column = self.attachment.columns.village
        for line, after in zip(self.attachment.lines, (*self.attachment.lines[1:], None), strict=True):
            lines.append(line)
            if line.kind == "village" and (after is None or after.kind != "village"):
                others = self.book.district.of_villages(self.scheme, line.unit)[""]
                if others.claimed:
                    cells = tuple(OTHER_VILLAGES if n == column else "" for n in range(len(line.cells)))
                    lines.append(PrintedLine("village", 0, cells, line.unit))
        return lines

    def _printed(self, line: PrintedLine) -> None:
        """A printed line, and what was collected of it."""
        row, places, by_unit = self.page.row, self.places, self.attachment.by_unit
        given: dict[int, Value] = dict(enumerate(line.cells))
        quota = line.cells[places.quota]
        if line.kind == "village":
            village = self.book.district.of_villages(self.scheme, line.unit)[line.village]
            given |= self._people(village.claimed, village.counted, village.late)
            given |= self._rates(village.counted, village.late, village.quota)
        elif line.kind == "unit" and line.unit in by_unit:
            unit = self.units[line.unit]
            given |= self._people(unit.claimed, unit.counted, unit.late)
            given |= self._rates(unit.counted, unit.late, unit.quota)
            ranked = places.with_late if self.by_late else places.rate
            spans = spans_of(ranked, [self.rows[each] for each in by_unit], fixed=True)
            whole = spans if "," not in spans else f"({spans})"
            given[places.rank] = Formula(f"=RANK({cell(row, ranked)},{whole})", unit.rank or 0) if unit.quota else None
        elif line.kind in _ROLES:
            members = by_unit if line.kind == "total" else [unit for unit in line.members if unit in by_unit]
            total = total_of([self.units[unit] for unit in members])
            given |= self._sums(total, [self.rows[unit] for unit in members])
            if line.kind == "total":
                quota = self.attachment.sum_quota if self.by_sum else self.attachment.printed_quota
            if isinstance(quota, int):
                quota_row = self.quota_row if line.kind == "total" else row
                given |= self._rates(total["counted"], total["late"], quota, quota_row)
        self._put(given, _ROLES.get(line.kind, ""))

    def _put(self, given: Mapping[int, Value], role: str = "") -> None:
        """A line of the table from the values of some columns, with what the clerks have written beside it."""
        values = [given.get(column) for column in range(len(self.places.columns))]
        values[self.places.remark] = self.page.remark(self.keys.of(values[: self.places.claimed]))
        self.page.line(self.places.columns, values, role)

    def _named(self, name: str) -> dict[int, Value]:
        return {self.places.unit: name}

    def _people(self, claimed: Value, counted: Value, late: Value) -> dict[int, Value]:
        return {self.places.claimed: claimed, self.places.counted: counted, self.places.late: late}

    def _sums(self, total: Mapping[str, int], rows: Sequence[int]) -> dict[int, Value]:
        """The people of some rows, added up."""
        columns = (self.places.claimed, "claimed"), (self.places.counted, "counted"), (self.places.late, "late")
        return {column: Formula(f"=SUM({spans_of(column, rows)})", total[what]) for column, what in columns}

    def _rates(self, counted: int, late: int, quota: int | None, quota_row: int | None = None) -> dict[int, Value]:
        """完成率, 距任务数, 含逾期完成率; without a quota none of them, and a quota of 0 has no rate."""
        if quota is None:
            return {}
        row, places = self.page.row, self.places
        at = cell(row if quota_row is None else quota_row, places.quota)
        own = cell(row, places.counted)
        gap: dict[int, Value] = {places.gap: Formula(f"={at}-{own}", quota - counted)}
        if not quota:
            return gap
        both = f"=({own}+{cell(row, places.late)})/{at}"
        return gap | {
            places.rate: Formula(f"={own}/{at}", counted / quota),
            places.with_late: Formula(both, (counted + late) / quota),
        }

    def _difference(self) -> None:
        """The sum of the rows, and its difference from the printed total."""
        attachment, places, summed = self.attachment, self.places, self.page.row
        rows = sorted(self.rows.values())
        printed = [(places.quota, attachment.printed_quota, attachment.sum_quota)]
        if places.base is not None and attachment.printed_base is not None:
            printed.append((places.base, attachment.printed_base, attachment.sum_base))
        sums = {column: Formula(f"=SUM({spans_of(column, rows)})", added) for column, _, added in printed}
        self._put(self._named("各行相加") | sums, "sum")
        differ = {
            column: Formula(f"={cell(self.total_row, column)}-{cell(summed, column)}", whole - added)
            for column, whole, added in printed
        }
        self._put(self._named("印发减各行相加") | differ, "sum")

    def _below(self) -> None:
        """Units without a quota in the attachment: counted, but no rate, no rank; and the whole district."""
        places, total = self.places, total_of(self.listed)
        name = f"附件{self.attachment.number}{self.attachment.lacking}单位"
        self.page.across(f"{name}（计入人数另列，没有任务数，不计完成率、不排名）", "band", height=20)
        first = self.page.row
        for unit in self.unlisted:
            self._put(self._named(unit.township) | self._people(unit.claimed, unit.counted, unit.late))
        last, below = self.page.row - 1, total_of(self.unlisted)
        columns = (places.claimed, "claimed"), (places.counted, "counted"), (places.late, "late")
        whole = {
            column: Formula(
                f"={cell(self.total_row, column)}+SUM({span(column, first, last)})", total[what] + below[what]
            )
            for column, what in columns
        }
        self._put(self._named(f"{self.book.policy.everywhere}计入人数") | whole, "total")

    def _notes(self, *, trial: bool) -> list[str]:
        rules, provisional = self.rules, self.book.provisional
        return [
            *self.attachment.footnotes,
            *self.attachment.slips,
            *(["试算：本表完成率按各行之和计算，不按印发的合计。"] if trial else []),
            f"{rules.title}，缴费期{_day(rules.window.start)}至{_day(rules.window.end)}；依据{self.book.policy.id}"
            f"{f'；{provisional}' if rules.standards and provisional else ''}。",
            *(f"{words}。" for words in rules.further_windows),
            f"计入＝{_window_words(rules)}缴足且无误的本次参保人数；完成率＝计入÷任务数；距任务数＝任务数－计入；"
            f"排名按{'含逾期完成率' if self.by_late else '完成率'}。",
        ]


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _window_words(rules: SchemeRules) -> str:
    return f"{_day(rules.season_start)}至{_day(rules.last_day)}"


def spans_of(column: int, rows: Sequence[int], *, fixed: bool = False) -> str:
    """Some cells of one column, as a formula names them: rows that follow on one another are one range."""
    spans: list[tuple[int, int]] = []
    for row in rows:
        if spans and spans[-1][1] == row - 1:
            spans[-1] = spans[-1][0], row
        else:
            spans.append((row, row))
    return ",".join(span(column, first, last, fixed=fixed) for first, last in spans)


def column_sum(column: int, first: int, last: int, value: int) -> Formula:
    return Formula(f"=SUM({span(column, first, last)})", value)


def numbers_of(unit: UnitFigures) -> dict[str, int]:
    return {"claimed": unit.claimed, "counted": unit.counted, "late": unit.late, **unit.not_counted}


def total_of(units: Sequence[UnitFigures]) -> dict[str, int]:
    numbers = [numbers_of(unit) for unit in units]
    return {what: sum(own[what] for own in numbers) for what in ("claimed", "counted", "late", *REASONS)}


def chart(book: Book, scheme: Scheme, place: Ranking, *, highest: float) -> None:
    """Under the attachment: bars of the rates, the best first, and the line of the whole quota."""
    page = book.attachments[scheme]
    categories = [place.sheet, place.first, place.unit, place.last, place.unit]
    bars = book.chart("column")
    bars.add_series(
        {
            "name": "完成率",
            "categories": categories,
            "values": [place.sheet, place.first, place.rate, place.last, place.rate],
            "fill": {"color": "#2E75B6"},
            "gap": 60,
            "data_labels": {"value": True, "num_format": "0.0%", "font": {"size": 8}},
        }
    )
    line = book.chart("line")
    line.add_series(
        {
            "name": "目标任务",
            "categories": categories,
            "values": [place.sheet, place.first, place.goal, place.last, place.goal],
            "line": {"color": "#C00000", "width": 1.5},
            "marker": {"type": "none"},
        }
    )
    bars.combine(line)
    bars.set_title({"name": "各单位完成率（按排名）", "name_font": {"size": 12, "bold": True}, "overlay": False})
    bars.set_legend({"position": "bottom"})
    bars.set_y_axis(
        {
            "num_format": "0%",
            "min": 0,
            "max": max(1.1, math.ceil(10 * highest + 0.5) / 10),
            "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}},
        }
    )
    bars.set_x_axis({"num_font": {"rotation": -45, "size": 9}})
    page.chart(bars, 380)
