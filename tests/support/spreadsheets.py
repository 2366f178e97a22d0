"""Spreadsheet engines that compute a workbook as it is: LibreOffice, Gnumeric, HyperFormula, IronCalc.

`gnumeric(path, sheet)` and `ironcalc(path, sheet)` give a sheet's values after a full recalculation;
`HyperFormula(path)` keeps the book in memory, so that cells can be typed, moved and counted. LibreOffice is in
`office.py`. Cached values of the file are never looked at. Each is skipped aloud without its program (in CI a skipped
test fails).
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

import openpyxl
import pytest

from addin.columns import letter

FOLDER = Path(__file__).parent / "hyperformula"
_EPOCH = datetime(1899, 12, 30)

Values = dict[tuple[int, int], Any]
"""By row and column, both from 1: numbers and texts; an empty cell is not there, an error is its text."""


def plain(value: Any) -> Any:
    """A cell's content as every engine takes it: days as numbers."""
    if isinstance(value, datetime):
        return (value - _EPOCH) / timedelta(days=1)
    if isinstance(value, date):
        return (datetime.combine(value, time()) - _EPOCH).days
    return value


def _kept(value: Any) -> Any:
    """The same for HyperFormula, which would take a text of digits for a number but for the apostrophe."""
    return f"'{value}" if isinstance(value, str) and not value.startswith("=") else plain(value)


def gnumeric(path: Path, sheet: str, folder: Path) -> Values:
    """The sheet as Gnumeric computes it; every value is a text (numbers unformatted)."""
    program = shutil.which("ssconvert")
    if program is None:
        pytest.skip("gnumeric (ssconvert) is not installed: this test did not run")
    target = folder / "gnumeric.txt"
    options = f"sheet='{sheet}' separator=, format=raw quoting-mode=always"
    subprocess.run(
        [program, "--recalc", "--export-type=Gnumeric_stf:stf_assistant", f"--export-options={options}", str(path), str(target)],
        check=True, capture_output=True, timeout=600,
    )  # fmt: skip
    rows = csv.reader(io.StringIO(target.read_text(encoding="utf-8")))
    return {(n, m): value for n, row in enumerate(rows, 1) for m, value in enumerate(row, 1) if value != ""}


def ironcalc(path: Path, sheet: str, area: tuple[int, int, int, int]) -> Values:
    """An area (top, left, bottom, right from 1) of the sheet as IronCalc computes it; every value is a text."""
    engine = pytest.importorskip("ironcalc", reason="ironcalc is not installed: this test did not run")
    model = engine.load_from_xlsx(str(path), "en", "UTC", "en")
    model.evaluate()
    number = next(n for n, given in enumerate(model.get_worksheets_properties()) if given["name"] == sheet)
    top, left, bottom, right = area
    values = {}
    for row in range(top, bottom + 1):
        for column in range(left, right + 1):
            if (value := model.get_formatted_cell_value(number, row, column)) != "":
                values[row, column] = value
    return values


class HyperFormula:
    """A book in HyperFormula: `with HyperFormula(path) as book: book.values(...)`; places are from 1."""

    def __init__(self, path: Path) -> None:
        node = shutil.which("node")
        if node is None or not (FOLDER / "node_modules").is_dir():
            pytest.skip(
                "node or hyperformula is not installed (npm ci in tests/support/hyperformula): this test did not run"
            )
        self._process = subprocess.Popen(
            [node, str(FOLDER / "serve.js")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )
        book = openpyxl.load_workbook(path)  # it writes shared formulas out for each cell
        self._ids = {sheet.title: n for n, sheet in enumerate(book)}
        self._ask(sheets={s.title: [[_kept(v) for v in row] for row in s.iter_rows(values_only=True)] for s in book})

    def __enter__(self) -> HyperFormula:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()

    def _ask(self, **request: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        reply = json.loads(self._process.stdout.readline())
        if "failed" in reply:
            raise RuntimeError(reply["failed"])
        return reply["result"]

    def values(self, sheet: str, area: tuple[int, int, int, int]) -> Values:
        """The area's values."""
        top, left, bottom, right = area
        rows = self._ask(values=[sheet, [top - 1, left - 1, bottom - 1, right - 1]])
        return {
            (top + n, left + m): value["error"] if isinstance(value, dict) else value
            for n, row in enumerate(rows)
            for m, value in enumerate(row)
            if value not in (None, "")
        }

    def type(self, sheet: str, row: int, column: int, value: Any) -> int:
        """Type into a cell; gives how many cells that changed, itself included."""
        return int(self._ask(set=[sheet, row - 1, column - 1, _kept(value)]))

    def call(self, method: str, *arguments: Any) -> Any:
        """Another method of HyperFormula with its own (0-based) arguments."""
        return self._ask(call=[method, *arguments])

    def address(self, sheet: str, row: int, column: int) -> dict[str, int]:
        """A cell's address as HyperFormula's methods take it."""
        return {"sheet": self._ids[sheet], "row": row - 1, "col": column - 1}


def name(place: tuple[int, int]) -> str:
    """A place as people read it."""
    return f"{letter(place[1])}{place[0]}"
