"""A sheet that is written from top to bottom: title, notes, tables; and prints on A4."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from xlsxwriter.utility import xl_col_to_name

from addin import ids
from addin.findings import SEVERITY_NAMES, Severity
from addin.output import template
from addin.output.rows import Formula, as_text
from addin.output.summary.book import Book
from addin.output.summary.style import Link, Value

if TYPE_CHECKING:
    from xlsxwriter.chart import Chart
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_LIMIT = 32_000
"""A little under what a cell can hold (32,767 characters)."""
LINE_HEIGHT = 15
_REMEMBERED = 10_000
"""Texts whose form is remembered: units, headers and remedies stand in thousands of cells."""
REMARK = "备注"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its header and its kind of value (see `style`)."""

    header: str
    kind: str = "text"


class Page:
    """One sheet; `row` is the next free row, 0-based. `widths` are the columns' widths in characters."""

    def __init__(
        self,
        book: Book,
        name: str,
        title: str,
        widths: Sequence[float],
        *,
        landscape: bool = False,
        row_height: float = LINE_HEIGHT + 3,
        mark: str = "",
    ) -> None:
        """`mark`: the sheet is an attachment of an official paper: its number at the left, the title in black."""
        self.book, self.name, self.widths = book, name, widths
        self.sheet: Worksheet = book.sheet(name)
        self.row, self._row_height = 0, row_height
        self._breaks: list[int] = []
        for n, width in enumerate(widths):
            self.sheet.set_column(n, n, width)
        for words in book.policy.trial:
            self.across(f"试算（不作为正式结果）：{words}", "trial", height=22)
        if mark:
            self.across(mark, "attachment_mark", height=20)
            self.across(title, "attachment_title", height=28)
            self.across(f"{book.state}　　单位：人", "attachment_unit", height=16)
        else:
            self.across(title, "title", height=30)
            self.across(book.subtitle, "subtitle")
        self._print(landscape)

    def _print(self, landscape: bool) -> None:
        sheet, policy = self.sheet, self.book.policy
        sheet.set_paper(9)
        sheet.set_margins(left=0.5, right=0.5, top=0.7, bottom=0.7)
        sheet.center_horizontally()
        sheet.fit_to_pages(1, 0)
        if landscape:
            sheet.set_landscape()
        identity = policy.id.replace("&", "&&")
        sheet.set_footer(f"&L&9{identity}&C&9第 &P 页，共 &N 页&R&9&A")
        if policy.trial:
            sheet.set_header("&C&B&KC00000试算，不作为正式结果")
        sheet.hide_gridlines(2)
        sheet.ignore_errors(template.QUIET)

    # ---------------------------------------------------------------- words

    def across(self, text: str, style: str, *, height: float | None = None) -> None:
        """A text over all columns, in a row as high as it needs."""
        if height is None:
            height = LINE_HEIGHT * _lines(text, sum(self.widths)) + 3
        self.sheet.set_row(self.row, height)
        self.sheet.merge_range(self.row, 0, self.row, len(self.widths) - 1, "", self.book.styles.word(style))
        self.put(self.row, 0, text, self.book.styles.word(style))
        self.row += 1

    def section(self, text: str) -> None:
        """A heading of the next part."""
        self.row += 1
        self.across(text, "section", height=22)

    def notes(self, texts: Iterable[str]) -> None:
        """Footnotes, one a line, numbered if there are several."""
        texts = list(texts)
        for n, text in enumerate(texts, 1):
            self.across(f"注{n}：{text}" if len(texts) > 1 else f"注：{text}", "note")

    def break_here(self) -> None:
        """Go on at the top of a new printed page."""
        self._breaks.append(self.row)
        self.sheet.set_h_pagebreaks(self._breaks)

    def chart(self, chart: Chart, height: int) -> None:
        """A chart over all columns, `height` pixels high."""
        self.row += 1
        chart.set_size({"width": sum(int(7 * width + 5) for width in self.widths) - 2, "height": height})
        self.sheet.insert_chart(self.row, 0, chart, {"object_position": 2})
        self.row += math.ceil(height / 16)  # rows of 15 points are 20 pixels in Excel, fewer in other programs

    # ---------------------------------------------------------------- tables

    def head(self, headers: Sequence[str], *, height: float | None = None) -> int:
        """A table's header row; gives its row."""
        lines = max(_lines(text, width) for text, width in zip(headers, self.widths, strict=False))
        self.sheet.set_row(self.row, height or LINE_HEIGHT * lines + 4)
        for n, text in enumerate(headers):
            self.put(self.row, n, text, self.book.styles.word("head"))
        self.row += 1
        return self.row - 1

    def line(self, columns: Sequence[Column], values: Sequence[Value], role: str = "") -> int:
        """One line of a table; gives its row. A number that is not known is left blank, never 0."""
        wrapped = 1
        for n, (column, value) in enumerate(zip(columns, values, strict=True)):
            if column.kind in ("long", "remark", "plain_remark") and isinstance(value, str):
                wrapped = max(wrapped, _lines(value, self.widths[n]))
            self.put(self.row, n, value, self.book.styles.cell(column.kind, role))
        self.sheet.set_row(self.row, max(self._row_height, LINE_HEIGHT * min(wrapped, 20) + 3))
        self.row += 1
        return self.row - 1

    def level(self, row: int, column: int, severity: Severity) -> None:
        """Colour the cell that names a finding's severity: errors red, warnings amber."""
        self.put(row, column, SEVERITY_NAMES[severity], self.book.styles.cell("middle", severity))

    def remark(self, key: str) -> str:
        """The clerks' remark beside this line in the summary that is being replaced."""
        return self.book.remarks.get((self.name, key), "")

    def put(self, row: int, column: int, value: Value, style: Format) -> None:
        """Write one cell. A text is only ever a text: no formula, no link, whatever it looks like."""
        if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
            self.sheet.write_blank(row, column, None, style)
        elif isinstance(value, Formula):
            self.sheet.write_formula(row, column, value.text, style, value.value)
        elif isinstance(value, Link):
            self.sheet.write_url(row, column, f"internal:'{value.sheet}'!A1", style, value.text)
        elif isinstance(value, str):
            self.sheet.write_string(row, column, clean(value), style)
        elif isinstance(value, date):
            self.sheet.write_datetime(row, column, cast(datetime, value), style)  # it takes days too
        else:
            self.sheet.write_number(row, column, value, style)


@lru_cache(_REMEMBERED)
def clean(text: str, *, full: bool = False) -> str:
    """A text that XML can hold, any long run of digits masked: IDs get in by way of file names and remarks.

    `full`: nothing is masked, where document numbers belong. Half characters (of broken file names) become '?', and the
    text is cut to what a cell holds.
    """
    if len(text) < 100 and text.isalpha():  # most are names
        return text
    shown = text if full else ids.mask_text(text)
    return as_text(shown.encode("utf-8", "replace").decode()[:_LIMIT].replace("\ufffe", "?").replace("\uffff", "?"))


@lru_cache(_REMEMBERED)
def _lines(text: str, width: float) -> int:
    """How many lines a text takes in a column; a Chinese character is two wide."""
    room = max(width - 1, 1)
    return sum(max(1, math.ceil(_width(part) / room)) for part in text.split("\n"))


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def cell(row: int, column: int, *, fixed: bool = False) -> str:
    """The address of a cell, from 0-based row and column; `fixed` with $ before the row."""
    return f"{xl_col_to_name(column)}{'$' if fixed else ''}{row + 1}"


def span(column: int, first: int, last: int, *, fixed: bool = False) -> str:
    """A range in one column."""
    return f"{cell(first, column, fixed=fixed)}:{cell(last, column, fixed=fixed)}"
