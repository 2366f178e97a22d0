"""Plain lists as workbooks: a title, a line under it, tables with totals, in the summary's own look, for A4 across.

In: columns and lines of values. Out: a workbook without formulas or macros. A text is only ever a text; long runs of
digits are masked but in the columns that are there for document numbers.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import xlsxwriter

from addin.output import template
from addin.output.rows import Rows, Texts, Value, write_package
from addin.output.summary.page import clean
from addin.output.summary.style import Styles
from addin.policy import Policy

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

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

    values: Sequence[Value]


Line = Sequence[Value] | Total
Sheet = tuple[Sequence[Field], Iterable[Line]]


def write(
    path: Path, policy: Policy, title: str, note: str, sheets: Mapping[str, Sheet], *, signed: bool = False
) -> None:
    """Write a workbook of lists; `note` stands under each title and on each page, `signed` adds signature lines."""
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "in_memory": True,  # temporary files would hold names, and a kill leaves them behind
    }
    frame, texts = io.BytesIO(), Texts()
    rows: dict[str, tuple[int, Rows]] = {}
    with xlsxwriter.Workbook(frame, options) as book:
        book.str_table = texts
        book.set_properties({"title": title, "subject": policy.id, "created": template.fixed_time(policy)})
        styles = Styles(book)
        for number, (name, (fields, lines)) in enumerate(sheets.items(), 1):
            own = Rows(len(fields), texts)
            last = _sheet(book.add_worksheet(name), styles, policy, title, note, fields, lines, own, signed)
            if own.pieces:
                rows[f"xl/worksheets/sheet{number}.xml"] = last + 1, own
    write_package(path, frame, rows)


def _sheet(
    sheet: Worksheet,
    styles: Styles,
    policy: Policy,
    title: str,
    note: str,
    fields: Sequence[Field],
    lines: Iterable[Line],
    rows: Rows,
    signed: bool,
) -> int:
    """Write a sheet around its lines, and these to `rows`; gives the last line's row (0-based)."""
    last_column = len(fields) - 1
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
    cleans = [partial(clean, full=field.full) for field in fields]
    plain = rows.cells([styles.cell(field.kind) for field in fields], cleans)
    total = rows.cells([styles.cell(field.kind, "total") for field in fields], cleans)
    wrapped = [n for n, field in enumerate(fields) if field.kind == "long"]
    last = head
    for last, line in enumerate(lines, head + 1):
        values, cells = (line.values, total) if isinstance(line, Total) else (line, plain)
        lines_needed = max((_lines(values[n], fields[n].width) for n in wrapped), default=1)
        rows.add(last + 1, cells, values, _LINE * lines_needed + 3 if lines_needed > 1 else ROW_HEIGHT)
    if last > head:
        sheet.write_blank(last, last_column, None, styles.cell(fields[-1].kind))  # holds the place of the rows
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
    return last


def _lines(value: object, width: float) -> int:
    return math.ceil(2 * len(value) / max(width - 1, 1)) if isinstance(value, str) else 1
