"""The rows of a long table as XML: the cell of each different value is written once, and a row is put together from
them. XlsxWriter, which goes from cell to cell, takes seven times as long; it makes everything around the rows.

In: lines of values, a format for each column, the table of texts. Out: the rows' XML, and a package with it.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from xlsxwriter.sharedstrings import SharedStringTable
from xlsxwriter.utility import xl_col_to_name

if TYPE_CHECKING:
    from xlsxwriter.format import Format

_REMEMBERED = 10_000
"""Different values of a column whose cells are kept; of more, most come once."""
_LEVEL = 3
"""How hard zlib tries: a fifth larger than at its usual 6, in a third of the time."""
_NO_DAY = date(1899, 12, 30).toordinal()
"""Day 0 of a workbook, from March 1900 on."""
Value = str | int | float | date | None


class Texts(SharedStringTable):
    """The table of shared strings in the order in which they come, so that rows can be written before it ends."""

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


class Cells(dict[Value, str]):
    """The XML of the cells of one column, by value: what follows a cell's row number, up to the next row number.

    `clean` makes the text of a cell from a text.
    """

    def __init__(self, texts: Texts, style: Format, clean: Callable[[str], str], following: str) -> None:
        super().__init__()
        self._texts, self._clean, self._following = texts, clean, following
        self._begin = f'" s="{style._get_xf_index()}"'

    def __missing__(self, value: Value) -> str:
        if value is None or value == "":
            content = "/>"
        elif isinstance(value, str):
            content = f' t="s"><v>{self._texts._get_shared_string_index(self._clean(value))}</v></c>'
        else:
            number = value.toordinal() - _NO_DAY if isinstance(value, date) else value
            content = f"><v>{number:.16G}</v></c>"
        cell = f"{self._begin}{content}{self._following}"
        if len(self) < _REMEMBERED:
            self[value] = cell
        return cell


@dataclass(slots=True)
class Rows:
    """The rows of one sheet, as they are added from the top; `columns` are those of a line's values."""

    columns: int
    texts: Texts
    pieces: list[bytes] = field(default_factory=list)

    def cells(self, styles: Sequence[Format], cleans: Sequence[Callable[[str], str]]) -> list[Cells]:
        """The cells of the columns in these formats."""
        following = [*(f'<c r="{xl_col_to_name(n)}' for n in range(1, self.columns)), "</row>"]
        return [
            Cells(self.texts, style, clean, after)
            for style, clean, after in zip(styles, cleans, following, strict=True)
        ]

    def add(self, row: int, cells: Iterable[Cells], values: Iterable[Value], height: float) -> None:
        """Add a row (1-based) of this height (points). Its number stands between any two pieces of its XML."""
        line = [column[value] for column, value in zip(cells, values, strict=True)]
        begin = f'" ht="{height:g}" customHeight="1"><c r="A'
        self.pieces.append(str(row).join(('<row r="', begin, *line)).encode())


def write_package(path: Path, frame: io.BytesIO, rows: Mapping[str, tuple[int, Rows]]) -> None:
    """Write a workbook with the rows of some sheets (by part: the last row, and all rows) in their places.

    `frame` is the workbook without them but with a cell in each last row.
    """
    with (
        zipfile.ZipFile(frame) as made,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as package,
    ):
        for name in made.namelist():
            content = made.read(name)
            with package.open(name, "w") as part:
                if name in rows:
                    last, own = rows[name]
                    before, content = re.split(rb'<row r="%d".*?</row>' % last, content, maxsplit=1)
                    part.write(before)
                    for start in range(0, len(own.pieces), 1000):
                        part.write(b"".join(own.pieces[start : start + 1000]))
                part.write(content)
