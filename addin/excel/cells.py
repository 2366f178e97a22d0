"""The open workbook as cells: what `intake.read` gives for a closed file, from a few large reads.

In: xlwings' Book. Out: a book that `roster.read` takes; cell for cell the values that the saved file would give. From
Excel every number is a float, so an int is the code of an error, and days come with a time. How many calls this takes
does not depend on how many rows there are. One thing Excel does not say: whether a time is one of day or elapsed
([h]:mm).
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from addin import columns, functions
from addin import roster as rosters
from addin.columns import COLUMNS
from addin.excel.buttons import ButtonError, ExcelSession, block
from addin.intake import Grid, Note, dates
from addin.policy import fold

if TYPE_CHECKING:
    from xlwings import Book, Sheet

LARGEST = 20_000_000
"""Cells of a sheet that are read at all; a roster of 50,000 people has under two million."""
_SHOWN = -1
"""xlSheetVisible."""
_ERROR_TEXTS = {*functions.ERRORS, "#DATA!", "#FIELD!", "#BUSY!"}
_BEFORE_MARCH = datetime(1900, 3, 1)
"""From here on Excel and COM count days alike; before, Excel has a 29 February 1900."""
_COM_EPOCH = datetime(1899, 12, 30)


@dataclass
class Cells:
    """One sheet; rows from A1 on, an empty cell ''."""

    name: str
    state: str = "visible"
    rows: list[list[object]] = field(default_factory=list)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    was_read: bool = True
    hidden_rows: int = 0
    first_hidden: int | None = None
    merged: tuple[str, ...] = ()
    duplicate_cells: tuple[str, ...] = ()
    uncalculated_places: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 2), np.int64))
    formulas: dict[int, list[str]] = field(default_factory=dict)
    """Of the computed columns: what each cell says from row 1 on, a formula beginning with =."""

    @cached_property
    def grid(self) -> Grid:
        """The cells as a roster is read from them."""
        return Grid.of(self.rows)

    def without_formula(self, column: int, rows: Collection[int]) -> list[int]:
        """Those of `rows` whose cell in `column` holds a plain value, ascending; blank and error cells are not."""
        texts = self.formulas.get(column)
        if texts is None:
            return []
        return [
            row
            for row in sorted(rows)
            if row <= len(texts) and not texts[row - 1].startswith("=") and self.rows[row - 1][column - 1] != ""
        ]


@dataclass
class OpenBook:
    """The open workbook's sheets by name; only cover and roster have rows."""

    sheets: dict[str, Cells]
    handles: dict[str, Sheet]
    """The sheets themselves, by the folded names of those that the program uses."""
    notes: tuple[Note, ...] = ()


def read(at: ExcelSession) -> OpenBook:
    """Read cover and roster of the workbook in front. Raises `ButtonError` where Excel's state forbids the work."""
    book = at.workbook()
    handles = sheets(book)
    open_book = OpenBook({}, handles)
    for sheet in book.sheets:
        open_book.sheets[sheet.name] = Cells(sheet.name)
    for wanted in (columns.COVER_SHEET, columns.ROSTER_SHEET):
        handle = handles.get(fold(wanted))
        if handle is not None:
            open_book.sheets[handle.name] = _sheet(at, handle, formulas=wanted == columns.ROSTER_SHEET)
    for sheet in book.sheets:
        if fold(sheet.name) not in rosters.OWN_SHEETS and _is_visible(at, sheet):
            with contextlib.suppress(ButtonError):  # too large to be looked at
                rows, _ = values(sheet, rows=rosters.header.SEARCHED_ROWS)
                if rosters.is_roster(rows):  # people may have been put there
                    open_book.sheets[sheet.name] = _sheet(at, sheet, formulas=False)
    return open_book


def _is_visible(at: ExcelSession, sheet: Sheet) -> bool:
    """Whether a clerk sees the sheet's tab; the web does not say."""
    return not at.desktop or sheet.api.Visible == _SHOWN


def sheets(book: Book) -> dict[str, Sheet]:
    """The workbook's sheets by folded name; of two that fold alike the first."""
    by_name: dict[str, Sheet] = {}
    for sheet in book.sheets:
        by_name.setdefault(fold(sheet.name), sheet)
    return by_name


def values(sheet: Sheet, *, rows: int | None = None) -> tuple[list[list[object]], dict[tuple[int, int], str]]:
    """A sheet's values from A1 on (at most `rows` of them) and its error cells."""
    last = sheet.used_range.last_cell
    height, width = min(last.row, rows or last.row), last.column
    if height * width > LARGEST:
        raise ButtonError(
            f"“{sheet.name}”用到了{last.row}行{width}列，大得读不了。请删去名单以外的行和列，保存后再试。"
        )
    area = block(sheet, 1, 1, height, width)
    rows_of_values = area.options(ndim=2, err_to_str=True, empty="").value
    errors: dict[tuple[int, int], str] = {}
    suspects: list[tuple[int, int]] = []
    for n, row in enumerate(rows_of_values):
        for m, value in _strange(row):
            if isinstance(value, str):
                suspects.append((n, m))
            elif isinstance(value, datetime):
                row[m] = _day(value)
            elif isinstance(value, Decimal):
                row[m] = float(value)
            elif value is None:
                row[m] = ""
            elif isinstance(value, int) and not isinstance(value, bool):
                if functions.is_error(value):
                    errors[n + 1, m + 1], row[m] = f"#{value}", ""
                else:
                    row[m] = float(value)  # only an engine other than Excel's own has whole numbers
    if suspects:
        # errors came as texts; cells that are empty when read anew are errors, not texts like them
        plain = area.options(ndim=2, err_to_str=False, empty="").value
        for n, m in suspects:
            if not isinstance(plain[n][m], str) or plain[n][m] == "":
                errors[n + 1, m + 1], rows_of_values[n][m] = rows_of_values[n][m], ""
    return rows_of_values, errors


def _strange(row: list[object]) -> Iterator[tuple[int, object]]:
    """The cells of a row that are neither numbers nor ordinary texts."""
    if set(map(type, row)) <= {str, float} and not any(value[:1] == "#" for value in row if type(value) is str):
        return
    for m, value in enumerate(row):
        if type(value) is str:
            if value[:1] == "#" and value in _ERROR_TEXTS:
                yield m, value
        elif type(value) is not float:
            yield m, value


def _day(value: datetime) -> object:
    """A day as the file has it: without a time where there is none; early 1900 as Excel, not as COM counts."""
    if value < _BEFORE_MARCH:
        serial = (value - _COM_EPOCH) / timedelta(days=1)
        return dates.from_serial(serial, dates.TIME if serial < 1 else dates.DATE, date1904=False)
    return value.date() if not (value.hour or value.minute or value.second or value.microsecond) else value


def _sheet(at: ExcelSession, sheet: Sheet, *, formulas: bool) -> Cells:
    cells = Cells(sheet.name)
    cells.rows, cells.errors = values(sheet)
    if not formulas:
        return cells
    header = _header(cells.rows)
    if header is None:
        return cells  # not a roster: `roster.read` will say so
    height = len(cells.rows)
    with contextlib.suppress(NotImplementedError):  # the web's engine can't read formulas
        first, last = min(header.values()), max(header.values())
        formulas_there: Any = block(sheet, 1, first, height, last - first + 1).formula
        if height == 1 and first == last:
            formulas_there = ((formulas_there,),)
        cells.formulas = {column: [str(row[column - first]) for row in formulas_there] for column in header.values()}
    if at.desktop:
        _hidden(sheet, cells)
        _merged(sheet, cells)
    return cells


def _header(rows: list[list[object]]) -> dict[str, int] | None:
    """Where the computed columns are, by their headers."""
    wanted = {column.key for column in COLUMNS if column.filled_by == "formula"}
    positions = rosters.header.find(rows).positions
    return {key: position for key, position in positions.items() if key in wanted} or None


def _hidden(sheet: Sheet, cells: Cells) -> None:
    """Rows that are hidden although they hold something (check 106): one question for all, a second for which."""
    height, width = len(cells.rows), len(cells.rows[0])
    area = block(sheet, 1, 1, height, width)
    if area.api.EntireRow.Hidden is False:
        return
    corner = area.api.Rows(1).Address
    # SUBTOTAL leaves out what stands in hidden rows; through OFFSET it answers for each row
    shown = sheet.api.Evaluate(f"SUBTOTAL(103,OFFSET({corner},ROW(1:{height})-1,0))")
    filled = [n for n, row in enumerate(cells.rows, 1) if any(value != "" for value in row)]
    hidden = [n for n in filled if not shown[n - 1][0]]
    cells.hidden_rows, cells.first_hidden = len(hidden), min(hidden, default=None)


_MOST_MERGED = 40


def _merged(sheet: Sheet, cells: Cells) -> None:
    """Merged cells below the header (check 114).

    In the columns where one is meant for several people each is found: it begins at a filled cell above empty ones. Of
    others, found by halving, who has more than a few is told of those.
    """
    header = rosters.header.find(cells.rows)
    height, width = len(cells.rows), len(cells.rows[0])
    if height <= header.row or block(sheet, header.row + 1, 1, height - header.row, width).api.MergeCells is False:
        return
    merged: dict[str, None] = {}

    def add(address: object) -> None:
        merged[str(address).replace("$", "")] = None

    for key in rosters.READ_AS_ONE:
        column = header.positions.get(key)
        if column is None or block(sheet, header.row + 1, column, height - header.row, 1).api.MergeCells is False:
            continue
        for row in range(header.row + 1, height):
            if cells.rows[row - 1][column - 1] != "" and cells.rows[row][column - 1] == "":
                top = block(sheet, row, column, 1, 1).api
                if top.MergeCells:
                    add(top.MergeArea.Address)
    waiting = [(header.row + 1, 1, height, width)]
    most = len(merged) + _MOST_MERGED
    while waiting and len(merged) < most:
        top, left, bottom, right = waiting.pop()
        area = block(sheet, top, left, bottom - top + 1, right - left + 1).api
        if area.MergeCells is False:
            continue
        if (top, left) == (bottom, right):
            add(area.MergeArea.Address)
        elif bottom > top:
            middle = (top + bottom) // 2
            waiting += [(middle + 1, left, bottom, right), (top, left, middle, right)]
        else:
            middle = (left + right) // 2
            waiting += [(top, middle + 1, bottom, right), (top, left, bottom, middle)]
    cells.merged = tuple(merged)
