"""附件1 养老, 附件2 医保 or as the notice numbers them: its own tables as printed, with what was collected beside them.

Title, headers, order, last year's people, quotas and total stand as issued, 一(一), 一(二); where the printed total is
not the sum of the rows, sum and difference follow. Units that the attachment does not list are counted below it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from addin.columns import SCHEME_NAMES, Scheme
from addin.district.records import UnitFigures
from addin.findings import REASONS
from addin.output.summary.book import Book
from addin.output.summary.page import REMARK, Column, Page, cell, span
from addin.output.summary.style import Formula, Value
from addin.policy import Attachment, Policy, SchemeRules

_SHEET_NAME = re.compile(f"附件[1-9][0-9]* ({'|'.join(SCHEME_NAMES.values())})")
_OWN = ("申报", "计入", "完成率", "距任务数", "排名", "逾期", "含逾期完成率", REMARK)
_KINDS = (
    "order",
    "text",
    "count",
    "count",
    "count",
    "count",
    "rate",
    "count",
    "order",
    "count",
    "rate",
    "plain_remark",
)
_UNIT, _BASE, QUOTA, CLAIMED, COUNTED, RATE, GAP, _RANK, LATE, WITH_LATE = range(1, 11)
ZOOM = 85
"""Per cent: on a screen of 1366 x 768 header, 21 units and the total are in view together."""
_WIDTHS = (5, 17, 11.5, 11.5, 9, 9, 9.5, 9.5, 6, 8, 9.5, 17)


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


def write(book: Book, scheme: Scheme) -> None:
    """One attachment as printed, with what was collected beside it."""
    rules = book.policy.schemes[scheme]
    attachment = rules.attachment
    page = Page(
        book, sheet_name(book.policy, scheme), attachment.title, _WIDTHS, row_height=16, mark=f"附件{attachment.number}"
    )
    page.sheet.set_zoom(ZOOM)
    columns = [Column(header, kind) for header, kind in zip((*attachment.headers, *_OWN), _KINDS, strict=True)]
    page.head([column.header for column in columns])
    page.sheet.freeze_panes(page.row, 2)
    lines = {unit.township: unit for unit in book.district.scheme_units(scheme)}
    first, last = page.row, page.row + len(attachment.rows) - 1
    by_late = book.policy.choice("rank_by") == "with_late"
    for row in attachment.rows:
        line = lines[row.unit]
        at = page.row
        ranked = WITH_LATE if by_late else RATE
        rank = Formula(f"=RANK({cell(at, ranked)},{span(ranked, first, last, fixed=True)})", line.rank or 0)
        page.line(
            columns,
            [
                row.order,
                row.printed,
                row.base,
                row.quota,
                line.claimed,
                line.counted,
                *_rates(line.counted, row.quota, at, at),
                rank if row.quota else None,
                line.late,
                _with_late(line.counted + line.late, row.quota, at, at),
                page.remark(row.printed),
            ],
        )
    listed = [lines[row.unit] for row in attachment.rows]
    total = total_of(listed)
    total_row = page.row
    by_sum = book.policy.choice("printed_total") == "sum"
    quota = attachment.sum_quota if by_sum else attachment.printed_quota
    # the line of the sum, if there is one, is the next
    quota_row = total_row + 1 if by_sum and attachment.sum_quota != attachment.printed_quota else total_row
    book.totals[scheme] = total_row, quota_row
    page.line(
        columns,
        [
            None,
            "合计",
            attachment.printed_base,
            attachment.printed_quota,
            column_sum(CLAIMED, first, last, total["claimed"]),
            column_sum(COUNTED, first, last, total["counted"]),
            *_rates(total["counted"], quota, total_row, quota_row),
            None,
            column_sum(LATE, first, last, total["late"]),
            _with_late(total["counted"] + total["late"], quota, total_row, quota_row),
            page.remark("合计"),
        ],
        "total",
    )
    if attachment.sum_quota != attachment.printed_quota or attachment.sum_base != attachment.printed_base:
        _difference(page, columns, attachment, first, last, total_row)
    unlisted = [line for unit, line in lines.items() if unit not in attachment.by_unit]
    if unlisted:
        _below(page, columns, attachment.number, unlisted, total, total_row)
    page.notes(
        [
            *attachment.footnotes,
            *(
                ["试算：本表完成率按各行之和计算，不按印发的合计。"]
                if by_sum and quota != attachment.printed_quota
                else []
            ),
            f"{rules.title}，缴费期{_day(rules.window.start)}至{_day(rules.window.end)}；依据{book.policy.id}"
            f"{f'；{book.provisional}' if rules.standards and book.provisional else ''}。",
            *(f"{words}。" for words in rules.further_windows),
            f"计入＝{_window_words(rules)}缴足且无误的本次参保人数；完成率＝计入÷任务数；距任务数＝任务数－计入；"
            f"排名按{'含逾期完成率' if by_late else '完成率'}。",
        ]
    )
    book.attachments[scheme], book.rate_cells[scheme] = (
        page,
        {row.unit: cell(first + n, RATE) for n, row in enumerate(attachment.rows)},
    )


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _window_words(rules: SchemeRules) -> str:
    return f"{_day(rules.season_start)}至{_day(rules.last_day)}"


def _rates(counted: int, quota: int, row: int, quota_row: int) -> tuple[Value, Value]:
    """完成率 and 距任务数; a quota of 0 has no rate."""
    at = cell(quota_row, QUOTA)
    return (
        Formula(f"={cell(row, COUNTED)}/{at}", counted / quota) if quota else None,
        Formula(f"={at}-{cell(row, COUNTED)}", quota - counted),
    )


def _with_late(people: int, quota: int, row: int, quota_row: int) -> Formula | None:
    if not quota:
        return None
    text = f"=({cell(row, COUNTED)}+{cell(row, LATE)})/{cell(quota_row, QUOTA)}"
    return Formula(text, people / quota)


def column_sum(column: int, first: int, last: int, value: int) -> Formula:
    return Formula(f"=SUM({span(column, first, last)})", value)


def numbers_of(unit: UnitFigures) -> dict[str, int]:
    return {"claimed": unit.claimed, "counted": unit.counted, "late": unit.late, **unit.not_counted}


def total_of(units: Sequence[UnitFigures]) -> dict[str, int]:
    numbers = [numbers_of(unit) for unit in units]
    return {what: sum(own[what] for own in numbers) for what in ("claimed", "counted", "late", *REASONS)}


def _difference(
    page: Page, columns: list[Column], attachment: Attachment, first: int, last: int, total_row: int
) -> None:
    """The sum of the rows, and its difference from the printed total."""
    summed = page.row
    rest: list[Value] = [None] * (len(columns) - 5)
    page.line(
        columns,
        [
            None,
            "各行相加",
            column_sum(_BASE, first, last, attachment.sum_base),
            column_sum(QUOTA, first, last, attachment.sum_quota),
            *rest,
            page.remark("各行相加"),
        ],
        "sum",
    )
    differ = [
        Formula(f"={cell(total_row, column)}-{cell(summed, column)}", printed - added)
        for column, printed, added in (
            (_BASE, attachment.printed_base, attachment.sum_base),
            (QUOTA, attachment.printed_quota, attachment.sum_quota),
        )
    ]
    page.line(columns, [None, "差数（印发－相加）", *differ, *rest, page.remark("差数（印发－相加）")], "sum")


def _below(
    page: Page,
    columns: list[Column],
    number: int,
    unlisted: Sequence[UnitFigures],
    total: dict[str, int],
    total_row: int,
) -> None:
    """Units without a row in the attachment: counted, but no quota, no rate, no rank."""
    name = f"附件{number}未列单位"
    page.across(f"{name}（计入人数另列，没有任务数，不计完成率、不排名）", "band", height=20)
    first = page.row
    for line in unlisted:
        page.line(
            columns,
            [
                None,
                line.township,
                None,
                None,
                line.claimed,
                line.counted,
                None,
                None,
                None,
                line.late,
                None,
                page.remark(line.township),
            ],
        )
    last = page.row - 1
    whole = [
        Formula(f"={cell(total_row, column)}+SUM({span(column, first, last)})", total[what] + total_of(unlisted)[what])
        for column, what in ((CLAIMED, "claimed"), (COUNTED, "counted"), (LATE, "late"))
    ]
    page.line(
        columns,
        [
            None,
            "全区计入人数",
            None,
            None,
            whole[0],
            whole[1],
            None,
            None,
            None,
            whole[2],
            None,
            page.remark("全区计入人数"),
        ],
        "total",
    )


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
