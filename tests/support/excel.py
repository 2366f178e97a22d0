"""Excel as xlwings' own Windows code sees it, over a real workbook: each COM property and method a counted round trip.

`with session(path) as excel: macros.check_roster(); excel.said`. The workbook is read and written by openpyxl, and
behaves where it matters as Excel does: numbers are floats, errors are ints, days have a time, a text in a cell of
format @ stays a text, anywhere else one that looks like a formula becomes one. A text that Excel would turn into a
number or a day is an error of the test. `fail` makes one round trip raise, as Excel does when it is busy.
"""

# ruff: noqa: N802, N803 (COM names its members so)
from __future__ import annotations

import io
import pickle
import re
import sys
import tempfile
import types
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.formatting.rule import Rule
from openpyxl.formula.translate import Translator
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from addin.excel import buttons
from addin.functions import ERRORS
from tests.support.com import com_error, excel_side

CALM = {"ScreenUpdating": True, "Calculation": -4105, "EnableEvents": True, "DisplayAlerts": True, "StatusBar": False}
"""The settings of an Excel in which nothing runs."""
BUSY, GONE = -2146777998, -2147417848
_EPOCH = datetime(1899, 12, 30)
_LOOKS_LIKE_A_NUMBER = re.compile(
    r"[-+]?[\d.,]+(e[-+]?\d+)?%?|\d{1,4}[-/.]\d{1,2}([-/.]\d{1,4})?|true|false", re.IGNORECASE
)
_LINK = re.compile(r'=HYPERLINK\("[^"]*","([^"]*)"\)')
_PERSONS_LINK = re.compile(
    r'=IFERROR\(HYPERLINK\(.*,IF\(.*="(?:[^"]|"")*",(?:"([A-Z]+)"&ROW\([^()]*?(\d+)\)|"([^"]*)"),"请重新校验"\)\),"请重新校验"\)'
)
_YES, _NO, _OK = 6, 7, 1
_IN_FRONT = 0x10000 | 0x40000


class Com:
    """A COM object: every member whose name begins with a capital is a round trip."""

    def __init__(self, excel: Excel) -> None:
        self.excel = excel

    def __getattribute__(self, name: str) -> Any:
        if name[0].isupper():
            object.__getattribute__(self, "excel").trip(name)
        return object.__getattribute__(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name[0].isupper():
            self.excel.trip(f"{name}=")
        object.__setattr__(self, name, value)


class Excel:
    """The program: its settings, its books, what it said; `answers` are given to its questions in turn."""

    def __init__(self) -> None:
        self.trips: list[str] = []
        self.fail: Callable[[int, str], int | None] = lambda number, name: None
        self.said: list[str] = []
        self.answers: list[bool] = []
        self.pictures: list[str] = []
        """What the status bar has shown."""
        self.folder: Path | None = None
        """What the folder picker gives; None is cancelled."""
        self.picked: Path | None = None
        """The file that is picked to be opened; None is cancelled."""
        self.saved_as: Path | None = None
        """The name that is given to a new file; None is cancelled."""
        self.copied: list[list[Any]] | None = None
        """Excel's own copy; whatever is written anywhere ends it."""
        self.clipboard: str | None = None
        """The text in the clipboard."""
        self.cut_or_copy = 1
        self.previews: list[list[list[Any]]] = []
        """What stood on a sheet each time its print preview was shown."""
        self.typed: object = False
        """What is typed into an input box; False is cancelled."""
        self.replies: list[object] = []
        """What is typed into the next input boxes, before `typed`."""
        self.offered = ""
        """What stood in the input box."""
        self.books: list[Book] = []
        self.app = App(self)

    def trip(self, name: str) -> None:
        self.trips.append(name)
        if name in ("Value=", "Formula=", "NumberFormat=", "Calculation=", "AutoFilter", "CutCopyMode="):
            self.copied = None
        number = self.fail(len(self.trips), name)
        if number is not None:
            self.refuse(number)

    def refuse(self, number: int) -> None:
        """Raise Excel's error of this number as it arrives over COM."""
        error = sys.modules["pywintypes"].com_error(-2147352567, "", (0, "", "", "", 0, number), None)
        error.hresult = number
        raise error

    def open(self, path: Path) -> Book:
        book = Book(self, path)
        self.books.append(book)
        self.front(book)
        return book

    def open_new(self) -> Book:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "工作簿1.xlsx"
            openpyxl.Workbook().save(path)
            return self.open(path)

    def front(self, book: Book | None) -> None:
        object.__setattr__(self.app, "ActiveWorkbook", book)

    def settings(self) -> dict[str, Any]:
        names = ("ScreenUpdating", "Calculation", "EnableEvents", "DisplayAlerts", "StatusBar")
        return {name: object.__getattribute__(self.app, name) for name in names}

    def message(self, _window: object, text: str, title: str, style: int) -> int:
        assert title == "两险征缴"
        assert text and "Traceback" not in text
        assert style & _IN_FRONT == _IN_FRONT, "the box may open behind Excel"
        self.said.append(text)
        if style & 4:
            return _YES if self.answers.pop(0) else _NO
        return _OK


class App(Com):
    Name, Path, Version, Build, OperatingSystem, Hwnd = "Microsoft Excel", r"C:\Office", "16.0", 1, "Windows (64-bit) NT 10.00", 7  # fmt: skip

    def __init__(self, excel: Excel) -> None:
        super().__init__(excel)
        self.__dict__.update(
            ScreenUpdating=True, Calculation=-4105, EnableEvents=True, DisplayAlerts=True, StatusBar=False, ActiveWorkbook=None,
            selected=None, DefaultFilePath="",
        )  # fmt: skip

    def __getattribute__(self, name: str) -> Any:
        if name == "Calculation":
            object.__getattribute__(self, "_calculates")()
        return super().__getattribute__(name)

    def _calculates(self) -> None:
        """Without a workbook there is no way of calculating, to be read or to be set."""
        if self.__dict__["ActiveWorkbook"] is None:
            self.excel.refuse(-2146827284)

    @property
    def Application(self) -> App:
        return self

    @property
    def Workbooks(self) -> Workbooks:
        return Workbooks(self.excel)

    @property
    def CutCopyMode(self) -> int:
        return 0 if self.excel.copied is None else self.excel.cut_or_copy

    @property
    def Selection(self) -> Any:
        return self.__dict__["selected"]

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "Calculation":
            self._calculates()
        if name == "CutCopyMode":
            self.excel.trip("CutCopyMode=")
            return
        super().__setattr__(name, value)
        if name == "StatusBar" and value:
            self.excel.pictures.append(value)

    def InputBox(self, prompt: str, title: str, default: str) -> Any:
        """Gives the text typed, or False where Cancel was clicked; a stand-in's clerk types `excel.typed`."""
        assert prompt and title
        assert len(prompt) <= 255, "Excel refuses a longer prompt"
        self.excel.offered = default
        return self.excel.replies.pop(0) if self.excel.replies else self.excel.typed

    def GetOpenFilename(self, kinds: str, number: int, title: str) -> Any:
        assert kinds.count(",") % 2 == 1 and number == 1 and title
        return False if self.excel.picked is None else str(self.excel.picked)

    def GetSaveAsFilename(self, offered: str, kinds: str, number: int, title: str) -> Any:
        assert kinds.count(",") % 2 == 1 and number == 1 and title
        self.excel.offered = offered
        return False if self.excel.saved_as is None else str(self.excel.saved_as)

    def FileDialog(self, kind: int) -> Any:
        assert kind == 4
        dialog = Com(self.excel)
        dialog.__dict__["Show"] = lambda: 0 if self.excel.folder is None else -1
        dialog.__dict__["SelectedItems"] = lambda n: str(self.excel.folder)
        return dialog


class Workbooks(Com):
    @property
    def Application(self) -> App:
        return self.excel.app

    @property
    def Count(self) -> int:
        return len(self.excel.books)

    def __iter__(self) -> Iterator[Book]:
        self.excel.trip("_NewEnum")
        return iter(list(self.excel.books))

    def __call__(self, name: str) -> Book:
        self.excel.trip("Item")
        for book in self.excel.books:
            if book.path.name.lower() == name.lower():
                return book
        error = sys.modules["pywintypes"].com_error(-2147352567, "", None, None)
        error.hresult = -2147352567
        raise error

    def Open(self, path: str, *_: object) -> Book:
        return self.excel.open(Path(path))

    def Add(self) -> Book:
        """A new workbook, in front; it has no file until it is saved."""
        return self.excel.open_new()


@lru_cache(maxsize=32)
def _parse(content: bytes, keep_vba: bool) -> tuple[bytes, bytes | None]:
    """The workbook and its sheets' values as a pickle, and the archive with its macros: many tests open the same."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl says what it leaves out
        file = openpyxl.load_workbook(io.BytesIO(content), keep_vba=keep_vba)
        values = openpyxl.load_workbook(io.BytesIO(content), data_only=True, read_only=True)
    cached = {
        sheet.title: {
            (cell.row, cell.column): cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None
        }
        for sheet in values.worksheets
    }
    values.close()
    archive, file.vba_archive = file.vba_archive, None
    return pickle.dumps((file, cached)), archive.fp.getvalue() if archive else None


def _load(path: Path) -> tuple[openpyxl.Workbook, dict[str, dict[tuple[int, int], Any]]]:
    """A workbook of one's own, and by sheet what each cell of it shows."""
    pickled, archive = _parse(path.read_bytes(), path.suffix == ".xlsm")
    file, cached = pickle.loads(pickled)
    if archive:
        file.vba_archive = zipfile.ZipFile(io.BytesIO(archive), "a")
    return file, cached


class Book(Com):
    FileFormat = 51

    def __init__(self, excel: Excel, path: Path) -> None:
        super().__init__(excel)
        self.__dict__.update(Saved=True, ReadOnly=False, Category="")
        self.path = path
        self.file, cached = _load(path)
        self.sheets = [Sheet(self, sheet, cached[sheet.title]) for sheet in self.file.worksheets]
        self.active = self.sheets[0]

    @property
    def Name(self) -> str:
        return self.path.name

    @property
    def FullName(self) -> str:
        return str(self.path)

    @property
    def Path(self) -> str:
        return str(self.path.parent)

    @property
    def Application(self) -> App:
        return self.excel.app

    @property
    def Worksheets(self) -> Worksheets:
        return Worksheets(self)

    @property
    def ActiveSheet(self) -> Sheet:
        return self.active

    def Activate(self) -> None:
        self.excel.front(self)

    def BuiltinDocumentProperties(self, name: str) -> Any:
        properties = Com(self.excel)
        properties.__dict__["Value"] = self.__dict__[name]
        return properties

    def Save(self) -> None:
        self.save(self.path)
        self.__dict__["Saved"] = True

    def Close(self, SaveChanges: bool) -> None:
        assert SaveChanges is False
        self.excel.books.remove(self)
        self.excel.front(self.excel.books[-1] if self.excel.books else None)

    def save(self, path: Path) -> None:
        """Write the workbook as it is now."""
        self.file.save(path)

    def state(self) -> dict[str, Any]:
        """Everything that a clerk could see of the workbook: values and formulas, formats, merged cells, filters."""
        return {
            sheet.file.title: (
                {
                    cell.coordinate: (cell.value, cell._style)
                    for cell in sheet.file._cells.values()
                    if cell.value is not None
                },
                sorted(map(str, sheet.file.merged_cells.ranges)),
                sheet.file.auto_filter.ref,
                {n: line.height for n, line in sheet.file.row_dimensions.items() if line.height},
                {n: line.width for n, line in sheet.file.column_dimensions.items()},
            )
            for sheet in self.sheets
        }

    def __getitem__(self, name: str) -> Sheet:
        return next(sheet for sheet in self.sheets if sheet.file.title == name)


class Worksheets(Com):
    def __init__(self, book: Book) -> None:
        super().__init__(book.excel)
        self.book = book

    @property
    def Parent(self) -> Book:
        return self.book

    @property
    def Count(self) -> int:
        return len(self.book.sheets)

    def __iter__(self) -> Iterator[Sheet]:
        self.excel.trip("_NewEnum")
        return iter(self.book.sheets)

    def __call__(self, name: str | int) -> Sheet:
        self.excel.trip("Item")
        return self.book.sheets[name - 1] if isinstance(name, int) else self.book[name]


class Sheet(Com):
    def __init__(self, book: Book, file: Worksheet, cached: dict[tuple[int, int], Any]) -> None:
        super().__init__(book.excel)
        self.__dict__.update(ProtectContents=False, FilterMode=False, AutoFilterMode=False, PageSetup=Com(book.excel))
        self.book, self.file, self.cached = book, file, cached
        self.columns: dict[int, Any] = {}
        for dimension in file.column_dimensions.values():
            for n in range(dimension.min or 1, (dimension.max or dimension.min or 1) + 1):
                self.columns[n] = dimension

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "AutoFilterMode" and not value:
            self.file.auto_filter.ref = None

    @property
    def Name(self) -> str:
        return str(self.file.title)

    @property
    def Parent(self) -> Book:
        return self.book

    @property
    def Application(self) -> App:
        return self.excel.app

    @property
    def Visible(self) -> int:
        return {"visible": -1, "hidden": 0, "veryHidden": 2}[self.file.sheet_state]

    @property
    def UsedRange(self) -> Area:
        return Area(self, 1, 1, self.file.max_row, self.file.max_column)

    def Cells(self, row: int, column: int) -> Area:
        return Area(self, row, column, row, column)

    def Range(self, first: Area | str, last: Area | None = None) -> Area:
        """By its address or by its corners."""
        if isinstance(first, str):
            left, top, right, bottom = range_boundaries(first)
            return Area(self, top, left, bottom, right)
        assert last is not None
        return Area(self, first.top, first.left, last.bottom, last.right)

    def Activate(self) -> None:
        self.book.active = self

    def PrintPreview(self) -> None:
        assert self.book.active is self
        assert object.__getattribute__(self.excel.app, "ScreenUpdating"), "nothing is shown"
        rows, width = self.file.max_row, self.file.max_column
        shown = [[self.cached.get((row, column)) for column in range(1, width + 1)] for row in range(1, rows + 1)]
        self.excel.previews.append([row for row in shown if any(value is not None for value in row)])

    def Evaluate(self, formula: str) -> tuple[tuple[float], ...]:
        """Only which rows show something: SUBTOTAL(103, OFFSET(..., rows, 0)) as an array."""
        match = re.fullmatch(r"SUBTOTAL\(103,OFFSET\(\$A\$1:\$\w+\$1,ROW\(1:(\d+)\)-1,0\)\)", formula)
        assert match, formula
        return tuple(
            (0.0 if self.hidden(n) else float(sum(cell.value is not None for cell in self.file[n])),)
            for n in range(1, int(match[1]) + 1)
        )

    def hidden(self, row: int) -> bool:
        return row in self.file.row_dimensions and bool(self.file.row_dimensions[row].hidden)

    def format(self, row: int, column: int) -> str:
        cell = self.file.cell(row, column)
        if not cell.has_style and column in self.columns:
            cell._style = self.columns[column]._style  # a new cell looks as its column does
        return str(cell.number_format)

    def value(self, row: int, column: int) -> Any:
        """What COM gives for Range.Value."""
        value = self.cached.get((row, column))
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, (int, float)):
            return float(value)
        moment = None
        if isinstance(value, datetime):
            moment = value
        elif isinstance(value, date):
            moment = datetime(value.year, value.month, value.day)
        elif isinstance(value, time):
            moment = datetime.combine(_EPOCH, value)
        elif isinstance(value, timedelta):
            moment = _EPOCH + value
        if moment is not None:
            if _EPOCH + timedelta(days=2) <= moment < datetime(1900, 3, 1):
                moment -= timedelta(days=1)  # openpyxl counts as Excel shows it, COM by the true calendar
            return sys.modules["pywintypes"].TimeType(*moment.timetuple()[:6], moment.microsecond)
        if value in ERRORS and self.file.cell(row, column).data_type in ("e", "f"):
            return com_error(ERRORS[value])
        return value

    def formula(self, row: int, column: int) -> str:
        """What COM gives for Range.Formula, always in one call a text."""
        held = self.file.cell(row, column).value
        if isinstance(held, str) and held.startswith("="):
            return held
        value = self.cached.get((row, column))
        if value is None:
            return ""
        return f"{value:.15g}" if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)

    def put(self, row: int, column: int, value: Any) -> None:
        """What Excel makes of a value that is assigned to a cell."""
        as_text = self.format(row, column) == "@"
        cell = self.file.cell(row, column)
        if value is None or value == "":
            cell.value = None
            self.cached.pop((row, column), None)
            return
        assert isinstance(value, (str, float, int)), value
        if isinstance(value, str) and value.startswith("="):
            if not as_text:
                cell.value = value
                link = _LINK.fullmatch(value) or _PERSONS_LINK.fullmatch(value)
                assert link, f"not a formula of ours: {value}"
                self.cached[row, column] = "".join(filter(None, link.groups()))
                return
        elif isinstance(value, str) and not as_text:
            assert not _LOOKS_LIKE_A_NUMBER.fullmatch(value), f"Excel would not leave this a text: {value}"
        if isinstance(value, str):
            value = value.removeprefix("'")
        elif as_text:
            raise AssertionError(f"Excel would make a text of {value}")
        cell.value = value
        cell.data_type = "s" if isinstance(value, str) else "n"
        self.cached[row, column] = value


class Area(Com):
    """A range."""

    def __init__(self, sheet: Sheet, top: int, left: int, bottom: int, right: int) -> None:
        super().__init__(sheet.excel)
        self.sheet = sheet
        self.top, self.left, self.bottom, self.right = top, left, bottom, right

    def __call__(self, row: int, column: int) -> Area:
        self.excel.trip("Item")
        return self.sheet.Cells(self.top + row - 1, self.left + column - 1)

    def _each(self, get: Callable[[int, int], Any]) -> Any:
        rows = tuple(
            tuple(get(row, column) for column in range(self.left, self.right + 1))
            for row in range(self.top, self.bottom + 1)
        )
        return rows[0][0] if (self.top, self.left) == (self.bottom, self.right) else rows

    @property
    def Worksheet(self) -> Sheet:
        return self.sheet

    @property
    def Row(self) -> int:
        return self.top

    @property
    def Column(self) -> int:
        return self.left

    @property
    def Count(self) -> int:
        return (self.bottom - self.top + 1) * (self.right - self.left + 1)

    @property
    def Address(self) -> str:
        first, last = (f"${get_column_letter(c)}${r}" for r, c in ((self.top, self.left), (self.bottom, self.right)))
        return first if first == last else f"{first}:{last}"

    @property
    def Rows(self) -> _Lines:
        return _Lines(self, self.bottom - self.top + 1)

    @property
    def Columns(self) -> _Lines:
        return _Lines(self, self.right - self.left + 1)

    @property
    def EntireRow(self) -> Any:
        whole = Com(self.excel)
        states = {self.sheet.hidden(row) for row in range(self.top, self.bottom + 1)}
        whole.__dict__["Hidden"] = states.pop() if len(states) == 1 else None
        return whole

    @property
    def MergeCells(self) -> bool | None:
        touched = [area for area in self.sheet.file.merged_cells.ranges if not self._apart(area)]
        if not touched:
            return False
        area = touched[0]
        whole = area.min_row <= self.top and area.max_row >= self.bottom and area.min_col <= self.left and area.max_col >= self.right  # fmt: skip
        return True if whole else None

    def _apart(self, area: Any) -> bool:
        return bool(area.min_row > self.bottom or area.max_row < self.top or area.min_col > self.right or area.max_col < self.left)  # fmt: skip

    @property
    def MergeArea(self) -> Area:
        area = next(area for area in self.sheet.file.merged_cells.ranges if not self._apart(area))
        return Area(self.sheet, area.min_row, area.min_col, area.max_row, area.max_col)

    @property
    def Value(self) -> Any:
        return self._each(self.sheet.value)

    @property
    def Formula(self) -> Any:
        return self._each(self.sheet.formula)

    @property
    def NumberFormat(self) -> str | None:
        formats = {
            self.sheet.format(row, column)
            for row in range(self.top, self.bottom + 1)
            for column in range(self.left, self.right + 1)
        }
        return formats.pop() if len(formats) == 1 else None

    def __setattr__(self, name: str, value: Any) -> None:
        if not name[0].isupper():
            object.__setattr__(self, name, value)
            return
        self.excel.trip(f"{name}=")
        if name == "NumberFormat":
            for row in range(self.top, self.bottom + 1):
                for column in range(self.left, self.right + 1):
                    self.sheet.file.cell(row, column).number_format = value
            return
        assert name in ("Value", "Formula"), name
        if isinstance(value, str) and value.startswith("=") and (self.top, self.left) != (self.bottom, self.right):
            # one formula for a whole range: written for its first cell, it follows the rows
            formula = Translator(value, origin=f"{get_column_letter(self.left)}{self.top}")
            for row in range(self.top, self.bottom + 1):
                for column in range(self.left, self.right + 1):
                    own = formula.translate_formula(f"{get_column_letter(column)}{row}")
                    self.sheet.file.cell(row, column).value = own
                    self.sheet.cached.pop((row, column), None)
            self.sheet.book.__dict__["Saved"] = False
            return
        rows = value if isinstance(value, (list, tuple)) else [[value] * (self.right - self.left + 1)]
        assert len(rows) == self.bottom - self.top + 1, "a block of another height: Excel would fill up with #N/A"
        assert {len(row) for row in rows} == {self.right - self.left + 1}
        self.sheet.book.__dict__["Saved"] = False
        for row, values in enumerate(rows, self.top):
            for column, each in enumerate(values, self.left):
                if name == "Formula" and self.sheet.format(row, column) != "@" and re.fullmatch(r"-?\d+(\.\d+)?", each):
                    each = float(each)  # noqa: PLW2901 (as if it were typed in)
                self.sheet.put(row, column, each)

    @property
    def HasFormula(self) -> bool | None:
        held = {
            str(self.sheet.file.cell(row, column).value).startswith("=")
            for row in range(self.top, self.bottom + 1)
            for column in range(self.left, self.right + 1)
        }
        return held.pop() if len(held) == 1 else None

    @property
    def Validation(self) -> Validation:
        return Validation(self)

    @property
    def FormatConditions(self) -> FormatConditions:
        return FormatConditions(self)

    def PasteSpecial(self, what: int) -> None:
        assert what == 12, "values with their number formats"
        assert self.excel.copied is not None, "Excel's copy has ended"
        for row, values in enumerate(self.excel.copied, self.top):
            for column, value in enumerate(values, self.left):
                if value not in (None, ""):
                    cell = self.sheet.file.cell(row, column)
                    cell.value = value
                    cell.data_type = "e" if value in ERRORS else cell.data_type
                    self.sheet.cached[row, column] = value

    def Select(self) -> None:
        assert self.sheet.book.active is self.sheet, "Excel selects on the active sheet only"
        self.excel.app.__dict__["selected"] = self

    def AutoFilter(self) -> None:
        self.sheet.__dict__["AutoFilterMode"] = True
        self.sheet.file.auto_filter.ref = object.__getattribute__(self, "Address").replace("$", "")


class Validation(Com):
    """The validation of a range: what it asks for is told only where all cells have the same."""

    def __init__(self, area: Area) -> None:
        super().__init__(area.excel)
        self.area = area

    def _whole(self) -> Any:
        for held in self.area.sheet.file.data_validations.dataValidation:
            for place in held.sqref.ranges:
                area = self.area
                if (
                    place.min_row <= area.top
                    and place.max_row >= area.bottom
                    and place.min_col == area.left == place.max_col
                ):
                    return held
        return self.excel.refuse(1004)

    @property
    def Type(self) -> int:
        names = {"list": 3, "custom": 7, "date": 4, "decimal": 2, "whole": 1}
        return names.get(self._whole().type, 0)

    @property
    def Formula1(self) -> str:
        return f"={self._whole().formula1}".replace("==", "=")

    def Delete(self) -> None:
        kept = self.area.sheet.file.data_validations.dataValidation
        self.area.sheet.file.data_validations.dataValidation = [
            held for held in kept if all(place.min_col != self.area.left for place in held.sqref.ranges)
        ]

    def Add(self, kind: int, alert: int, operator: int, first: str, second: str) -> None:
        made = DataValidation({1: "whole", 2: "decimal", 3: "list", 4: "date", 7: "custom"}.get(kind))
        made.formula1, made.formula2 = first.removeprefix("="), second or None
        made.add(object.__getattribute__(self.area, "Address").replace("$", ""))
        self.area.sheet.file.add_data_validation(made)


class FormatConditions(Com):
    """The conditional formats of a sheet, a rule and a range each, in the order of their strength."""

    def __init__(self, area: Area) -> None:
        super().__init__(area.excel)
        self.area = area

    def _all(self) -> list[tuple[Any, Any]]:
        return [(held, rule) for held in self.area.sheet.file.conditional_formatting for rule in held.rules]

    @property
    def Count(self) -> int:
        return len(self._all())

    def __call__(self, number: int) -> Condition:
        self.excel.trip("Item")
        return Condition(self, *self._all()[number - 1])

    def Add(self, kind: int, operator: int, formula: str) -> Condition:
        assert (kind, operator) == (2, 0)
        selected = self.excel.app.__dict__["selected"]
        assert selected.top == self.area.top, "Excel takes the formula as written for the cell that is selected"
        place = object.__getattribute__(self.area, "Address").replace("$", "")
        rule = Rule(type="expression", formula=[formula.removeprefix("=")])
        self.area.sheet.file.conditional_formatting.add(place, rule)
        return Condition(self, place, rule)


class Condition(Com):
    def __init__(self, formats: FormatConditions, held: Any, rule: Any) -> None:
        super().__init__(formats.excel)
        self.formats, self.held, self.rule = formats, held, rule
        self.__dict__.update(Interior=Com(self.excel), Font=Com(self.excel), StopIfTrue=True)

    @property
    def Type(self) -> int:
        return 2 if self.rule.type == "expression" else 1

    @property
    def Formula1(self) -> str:
        return f"={self.rule.formula[0]}"

    @property
    def AppliesTo(self) -> Area:
        place = next(iter(self.held.sqref.ranges))
        return Area(self.formats.area.sheet, place.min_row, place.min_col, place.max_row, place.max_col)

    def Borders(self, _edge: int) -> Com:
        return Com(self.excel)

    def Delete(self) -> None:
        self.formats.area.sheet.file.conditional_formatting._cf_rules[self.held].remove(self.rule)


class _Lines(Com):
    def __init__(self, area: Area, count: int) -> None:
        super().__init__(area.excel)
        self.area, self.count = area, count

    @property
    def Count(self) -> int:
        return self.count

    def __call__(self, number: int) -> Area:
        self.excel.trip("Item")
        top = self.area.top + number - 1
        return Area(self.area.sheet, top, self.area.left, top, self.area.right)

    def AutoFit(self) -> None:
        pass


@contextmanager
def session(*paths: Path) -> Iterator[Excel]:
    """Excel with these workbooks open, the last in front, for the length of the block."""
    with excel_side(), pytest.MonkeyPatch.context() as patch:
        excel = Excel()
        board: Any = types.ModuleType("win32clipboard")
        board.OpenClipboard = board.CloseClipboard = lambda *_: None
        board.IsClipboardFormatAvailable = lambda kind: kind == 13 and excel.clipboard is not None
        board.GetClipboardData = lambda kind: excel.clipboard
        patch.setitem(sys.modules, "win32clipboard", board)
        sys.modules["win32api"].MessageBox = excel.message  # type: ignore[attr-defined]
        for path in paths:
            excel.open(path)
        # as VBA does: Excel hands itself over
        given = buttons.excel_session
        patch.setattr(buttons, "excel_session", lambda application=None: given(application or excel.app))
        excel.trips.clear()
        yield excel
