"""Plain lists as workbooks: a title, a line under it, tables with totals, in the summary's own look, for A4 across.

In: columns and lines of values. Out: a workbook without formulas or macros. A text is only ever a text; long runs of
digits are masked but in the columns that are there for document numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from addin.output import template
from addin.output.rows import Cells, Rows, package
from addin.output.summary.page import clean
from addin.output.summary.style import Styles
from addin.policy import Policy

ROW_HEIGHT, HEAD_HEIGHT = 18, 34
SIGNATURES = "制表人：　　　　　　　　　　审核人：　　　　　　　　　　日期：　　　　年　　月　　日"
_LINE = 15
"""Points of a line of a wrapped text."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its header, width, and the kind of its values (see `summary.style`).

    `full`: document numbers stand here unmasked.
    """

    header: str
    width: float
    kind: str = "text"
    full: bool = False


@dataclass(frozen=True, slots=True)
class Total:
    """A line of sums."""

    values: Sequence[object]


Line = Sequence[object] | Total
Sheet = tuple[Sequence[Field], Iterable[Line]]


def write(
    path: Path, policy: Policy, title: str, note: str, sheets: Mapping[str, Sheet], *, signed: bool = False
) -> None:
    """Write a workbook of lists; `note` stands under each title and on each page, `signed` adds signature lines."""
    with package(path) as made, made.workbook() as book:
        book.set_properties({"title": title, "subject": policy.id, "created": template.fixed_time(policy)})
        styles = Styles(book)
        for name, (fields, lines) in sheets.items():
            rows = made.rows(book.add_worksheet(name))
            _sheet(rows, styles, policy, title, note, fields, lines, signed)


def _sheet(
    rows: Rows,
    styles: Styles,
    policy: Policy,
    title: str,
    note: str,
    fields: Sequence[Field],
    lines: Iterable[Line],
    signed: bool,
) -> None:
    sheet, last_column = rows.sheet, len(fields) - 1
    sheet.set_default_row(ROW_HEIGHT)
    sheet.hide_gridlines(2)
    sheet.ignore_errors(template.QUIET)
    for n, field in enumerate(fields):
        sheet.set_column(n, n, field.width)
    row = 0
    for words in policy.trial:
        sheet.merge_range(row, 0, row, last_column, f"试算（不作为正式结果）：{words}", styles.word("trial"))
        row += 1
    sheet.set_row(row, 30)
    sheet.merge_range(row, 0, row, last_column, title, styles.word("title"))
    sheet.merge_range(row + 1, 0, row + 1, last_column, note, styles.word("subtitle"))
    head = row + 2
    sheet.set_row(head, HEAD_HEIGHT)
    for n, field in enumerate(fields):
        sheet.write_string(head, n, field.header, styles.word("head"))
    plain, total = (
        [
            Cells(n, rows.texts, styles.cell(field.kind, role), written=partial(clean, full=field.full), blank=True)
            for n, field in enumerate(fields)
        ]
        for role in ("", "total")
    )
    wrapped = [n for n, field in enumerate(fields) if field.kind == "long"]
    last = head
    for last, line in enumerate(lines, head + 1):
        values, cells = (line.values, total) if isinstance(line, Total) else (line, plain)
        lines_needed = max((_lines(values[n], fields[n].width) for n in wrapped), default=1)
        height = _LINE * lines_needed + 3 if lines_needed > 1 else ROW_HEIGHT
        rows.add(last + 1, [column[value] for column, value in zip(cells, values, strict=True)], height)
    rows.end(last_column, styles.cell(fields[-1].kind))
    if last > head:
        sheet.autofilter(head, 0, last, last_column)
    if signed:
        sheet.set_row(last + 1, 30)
        sheet.merge_range(last + 1, 0, last + 1, last_column, SIGNATURES, styles.word("plain"))
    sheet.freeze_panes(head + 1, 0)
    sheet.repeat_rows(0, head)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.center_horizontally()
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L&9{note.replace('&', '&&')}&R&9第 &P 页，共 &N 页")


def _lines(value: object, width: float) -> int:
    return math.ceil(2 * len(value) / max(width - 1, 1)) if isinstance(value, str) else 1
