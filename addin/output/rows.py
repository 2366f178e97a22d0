"""The rows of a long sheet as XML: the cell of each different value is written once, and a row is put together from
them. XlsxWriter, which goes from cell to cell, takes some seven times as long; it writes everything around the rows.

In: values, a format for each column, the table of texts. Out: a package with the rows in their sheets. They wait in a
file without a name, which the system takes away even where this process is killed; texts are numbers there.
"""

from __future__ import annotations

import io
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape
from math import isfinite
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from xlsxwriter import Workbook
from xlsxwriter.sharedstrings import SharedStringTable
from xlsxwriter.utility import xl_col_to_name

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

ROW = "\0"
"""Stands for the row's number in the XML of a cell; no XML holds it."""
_REMEMBERED = 10_000
"""Different values of a column whose cells are kept; where there are more, most come once."""
_LEVEL = 2
"""How hard zlib tries: a quarter larger than at its usual 6, in a quarter of the time."""
_CHUNK = 1 << 16
_EXACT = 10**15
"""A spreadsheet keeps no more digits of a number."""
USUAL_HEIGHT = 15
"""Points of a row that says nothing."""
_DAY = timedelta(days=1)
OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "in_memory": True,  # temporary files would hold names, and a kill leaves them behind
}
"""How XlsxWriter writes: what is typed as text stays text."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A native formula with what it gives: Protected View and readers without an engine show the value."""

    text: str
    value: float | str


class Texts(SharedStringTable):
    """The table of shared strings in the order in which they come, so that it may grow until the sheets are written."""

    def __init__(self) -> None:
        self.string_array: list[str] = []
        self.string_table: dict[str, int] = {}
        self.count = self.unique_count = 0

    def _get_shared_string_index(self, string: str) -> int:
        place = self.string_table.setdefault(string, self.unique_count)
        if place == self.unique_count:
            self.string_array.append(string)
            self.unique_count += 1
        self.count += 1
        return place

    def _sort_string_data(self) -> None:
        """They are in order, and more may come."""


def as_text(text: str) -> str:
    """A text that XlsxWriter does not take for markup of its own, which it would write unescaped."""
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


class Cells(dict[object, str]):
    """The XML of the cells of one column (0-based), by value: a text is only ever text, a number a number, a day a day.

    They are in the format `style`, numbers and days in another where there is one. `written` makes the text of a cell
    from a text; None and '' give a cell without content if `blank`, else none. Where there is a shared `formula` (its
    element), each value is what the last calculation gave.
    """

    def __init__(
        self,
        column: int,
        texts: Texts,
        style: Format,
        *,
        written: Callable[[str], str] = as_text,
        blank: bool = False,
        numbers: Format | None = None,
        days: Format | None = None,
        formula: str = "",
    ) -> None:
        super().__init__()
        self._begin = f'<c r="{xl_col_to_name(column)}{ROW}" s="'
        self._texts, self._written, self._blank, self._formula = texts, written, blank, formula
        self._style, self._number, self._day = (own._get_xf_index() for own in (style, numbers or style, days or style))

    def __missing__(self, value: object) -> str:
        cell = self._cell(value)
        if len(self) < _REMEMBERED and type(value) is not bool:
            self[value] = cell
        return cell

    def of(self, value: object) -> str:
        """The cell of any value: `self[value]` would take True for 1."""
        return self._cell(value) if type(value) is bool else self[value]

    def _cell(self, value: object) -> str:
        if self._formula:
            return self._calculated(self._formula, "" if value is None else value)
        if value is None or value == "":
            return f'{self._begin}{self._style}"/>' if self._blank else ""
        if type(value) is int and value < _EXACT:
            return f'{self._begin}{self._number}"><v>{value}</v></c>'
        if isinstance(value, bool):
            return f'{self._begin}{self._number}" t="b"><v>{value:d}</v></c>'
        if isinstance(value, (int, float)) and isfinite(value):
            return f'{self._begin}{self._number}"><v>{value:.16G}</v></c>'
        if isinstance(value, date):
            return f'{self._begin}{self._day}"><v>{_serial(value):.16G}</v></c>'
        if isinstance(value, Formula):
            return self._calculated(f"<f>{escape(value.text.removeprefix('='), quote=False)}</f>", value.value)
        text = value if isinstance(value, str) else str(value)
        place = self._texts._get_shared_string_index(self._written(text))
        return f'{self._begin}{self._style}" t="s"><v>{place}</v></c>'

    def _calculated(self, formula: str, value: object) -> str:
        """A text of no length is a result too: without it the cell was never calculated."""
        if isinstance(value, (int, float)):
            return f'{self._begin}{self._style}">{formula}<v>{value:.16G}</v></c>'
        return f'{self._begin}{self._style}" t="str">{formula}<v>{escape(str(value), quote=False)}</v></c>'


def shared_formula(text: str, number: int, area: str) -> tuple[str, str]:
    """The elements of a formula that stands whole in the first row of an area, and below as its number."""
    whole = escape(text.removeprefix("="), quote=False)
    return f'<f t="shared" ref="{area}" si="{number}">{whole}</f>', f'<f t="shared" si="{number}"/>'


def _serial(day: date) -> float:
    """A day, with its time if it has one, as the number that a cell holds."""
    moment = day if isinstance(day, datetime) else datetime(day.year, day.month, day.day)
    number = (moment.replace(tzinfo=None) - datetime(1899, 12, 31)) / _DAY
    return number + 1 if number >= 60 else number  # a workbook's year 1900 has a 29 February


class Rows:
    """The rows of one sheet, from the top. After the last one, `end` keeps their place in what XlsxWriter writes."""

    def __init__(self, sheet: Worksheet, texts: Texts) -> None:
        self.sheet, self.texts = sheet, texts
        self.part = f"xl/worksheets/sheet{cast(int, sheet.index) + 1}.xml"
        self.last = 0
        self.file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the package
        self._held: list[str] = []

    def add(self, row: int, cells: Iterable[str], height: float = USUAL_HEIGHT) -> None:
        """Add a row (1-based) of this height (points), its cells in the columns' order."""
        # a screen has three quarters of a point
        points = "" if height == USUAL_HEIGHT else f'" ht="{int(height * 4 / 3 + 0.5) * 0.75:g}" customHeight="1'
        self._held.append(f'<row r="{ROW}{points}">{"".join(cells)}</row>'.replace(ROW, str(row)))
        self.last = row
        if len(self._held) >= 1000:
            self._flush()

    def end(self, column: int, style: Format) -> None:
        """Keep the place: up to this column (0-based) and the last row the sheet reaches."""
        self._flush()
        if self.last:
            self.sheet.write_blank(self.last - 1, column, None, style)

    def _flush(self) -> None:
        self.file.write("".join(self._held).encode())
        self._held.clear()


class Package:
    """A workbook on its way: XlsxWriter's, which goes to a frame in memory, and the rows of long sheets."""

    def __init__(self) -> None:
        self._frame, self._texts = io.BytesIO(), Texts()
        self._rows: dict[str, Rows] = {}

    def workbook(self, kind: type[Workbook] = Workbook) -> Workbook:
        """XlsxWriter's workbook, to be closed before this is written."""
        book = kind(cast(str, self._frame), OPTIONS)  # declared for any file, in a way that fits none
        book.str_table = self._texts
        return book

    def rows(self, sheet: Worksheet) -> Rows:
        """The rows of one of its sheets."""
        rows = Rows(sheet, self._texts)
        return self._rows.setdefault(rows.part, rows)

    def write(self, path: Path) -> None:
        """Write the workbook, with the rows in their places."""
        with (
            zipfile.ZipFile(self._frame) as made,
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as package,
        ):
            for name in made.namelist():
                content, rows = made.read(name), self._rows.get(name)
                with package.open(name, "w") as part:
                    if rows is not None and rows.last:
                        before, content = re.split(rb'<row r="%d".*?</row>' % rows.last, content, maxsplit=1)
                        part.write(before)
                        rows.file.seek(0)
                        shutil.copyfileobj(rows.file, part, _CHUNK)
                    part.write(content)

    def close(self) -> None:
        """Let the rows go."""
        for rows in self._rows.values():
            rows.file.close()


@contextmanager
def package(path: Path) -> Iterator[Package]:
    """A workbook that is written at the end, when XlsxWriter's is closed."""
    with closing(Package()) as made:
        yield made
        made.write(path)
