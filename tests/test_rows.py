"""Long sheets written row by row: every kind of value is read back, in its row and format, whatever stands around it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from addin.intake import dates
from addin.output.rows import Cells, Formula, Rows, _serial, package, shared_formula


@contextmanager
def book(path: Path) -> Iterator[tuple[xlsxwriter.Workbook, Rows]]:
    """A workbook with one long sheet."""
    with package(path) as made, made.workbook() as workbook:
        yield workbook, made.rows(workbook.add_worksheet("长表"))


VALUES = (
    ("张三", "张三"),
    ("<b> & “引号”", "<b> & “引号”"),
    ("<r>甲</r>", "<r>甲</r> "),
    (" 两头有空 ", " 两头有空 "),
    ("=1+1", "=1+1"),
    ("甲\n乙", "甲\n乙"),
    (1, 1),
    (990000197002107938, 9.900001970021079e17),
    (True, True),
    (12.34, 12.34),
    (float("nan"), "nan"),
    (date(2019, 11, 15), datetime(2019, 11, 15)),
    (datetime(2019, 11, 15, 12, 30), datetime(2019, 11, 15, 12, 30)),
    (timedelta(hours=30), "1 day, 6:00:00"),
    (Formula('=IF(A1>"甲",1,2)', 2.0), '=IF(A1>"甲",1,2)'),
    ("", None),
    (None, None),
)


def test_every_kind_of_value_is_read_back(tmp_path: Path) -> None:
    with book(tmp_path / "a.xlsx") as (workbook, rows):
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        rows.sheet.write_string(0, 0, "上面")
        cells = Cells(1, rows.texts, workbook.add_format(), days=day)
        for n, (value, _) in enumerate(VALUES, 2):
            rows.add(n, [cells.of(value)], 30 if n == 3 else 15)
        rows.end(4, day)
        rows.sheet.write_string(len(VALUES) + 1, 0, "下面")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["长表"]
    read = [sheet.cell(n, 2).value for n in range(2, len(VALUES) + 2)]
    assert [(type(value), value) for value in read] == [(type(expected), expected) for _, expected in VALUES]
    assert (sheet["A1"].value, sheet.cell(len(VALUES) + 2, 1).value) == ("上面", "下面")
    assert {n: line.height for n, line in sheet.row_dimensions.items() if line.height} == {3: 30}
    with zipfile.ZipFile(tmp_path / "a.xlsx") as parts:
        assert f'<dimension ref="A1:E{len(VALUES) + 2}"/>'.encode() in parts.read("xl/worksheets/sheet1.xml")


def test_a_shared_formula_keeps_what_was_calculated(tmp_path: Path) -> None:
    with book(tmp_path / "a.xlsx") as (workbook, rows):
        plain = workbook.add_format()
        elements = shared_formula('=IF(B1<2,"少",B1&"")', 0, "A1:A3")
        first, below = (Cells(0, rows.texts, plain, formula=element) for element in elements)
        for n, (column, value) in enumerate(((first, 1.5), (below, "<少>"), (below, None)), 1):
            rows.add(n, [column[value]])
        rows.end(0, plain)
    values = openpyxl.load_workbook(tmp_path / "a.xlsx", data_only=True)["长表"]
    assert [cell.value for (cell,) in values["A1:A3"]] == [1.5, "<少>", None]
    formulas = openpyxl.load_workbook(tmp_path / "a.xlsx")["长表"]
    assert [cell.value for (cell,) in formulas["A1:A2"]] == ['=IF(B1<2,"少",B1&"")', '=IF(B2<2,"少",B2&"")']


def test_more_values_than_are_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("addin.output.rows._REMEMBERED", 3)
    with book(tmp_path / "a.xlsx") as (workbook, rows):
        cells = Cells(0, rows.texts, workbook.add_format())
        for n in range(2500):
            rows.add(n + 1, [cells[f"第{n % 7}种"]])
        rows.end(0, workbook.add_format())
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["长表"]
    assert [cell.value for (cell,) in sheet["A1:A2500"]] == [f"第{n % 7}种" for n in range(2500)]


@given(st.datetimes(datetime(1900, 1, 1), datetime(9999, 12, 30)))
def test_a_day_comes_back(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    assert dates.from_serial(_serial(moment.date()), dates.DATE, date1904=False) == moment.date()
    read = dates.from_serial(_serial(moment), dates.DATE, date1904=False)
    assert read == (moment if moment.time() != datetime.min.time() else moment.date())
