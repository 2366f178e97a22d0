"""The township's buttons on xlwings' remote engine (Excel on the web): a real workbook's contents, actions replayed.

The engine's licence key allows tests without commercial use; nothing of it is shipped. What it can't do (formulas,
hidden rows, settings, questions) must not keep a check from being made.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlwings as xw

from addin import columns, macros
from addin.columns import FIRST_ROW
from addin.output import template
from tests.support.excel import Book, Excel, session
from tests.support.rosters import COVER, POLICY
from tests.test_macros import AT, mistaken, written

IGNORED = {"setScreenUpdating", "setCalculation", "rangeAutofit", "autofit"}


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch, own_folder: Path, no_waiting: None) -> None:
    monkeypatch.setenv("XLWINGS_LICENSE_KEY", "noncommercial")
    remote = importlib.import_module("xlwings.pro._xlremote")
    monkeypatch.setitem(xw.engines.engines_by_name, "remote", xw.Engine(impl=remote.engine))


def content(book: Book, selection: str = "A1") -> dict[str, Any]:
    """What the client of the remote engine sends of a workbook."""
    sheets = []
    for sheet in book.sheets:
        height, width = sheet.file.max_row, sheet.file.max_column
        values = [[_sent(sheet.cached.get((n, m))) for m in range(1, width + 1)] for n in range(1, height + 1)]
        sheets.append({"name": sheet.file.title, "values": values, "pictures": [], "tables": [], "shapes": []})
    active = book.sheets.index(book.active)
    about = {"name": book.path.name, "active_sheet_index": active, "selection": selection}
    return {"client": "Test", "version": xw.__version__, "book": about, "names": [], "sheets": sheets}


def _sent(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, (datetime, date)):
        return f"{value:%Y-%m-%d}T{value:%H:%M:%S}.000Z"
    return value


@contextmanager
def online(book: Book, selection: str = "A1") -> Iterator[list[str]]:
    """The workbook in front on the web for one click; its actions are done afterwards. Gives the messages."""
    said: list[str] = []
    remote = xw.Book(json=content(book, selection))
    try:
        remote.set_mock_caller()
        yield said
        for action in remote.json()["actions"]:
            _replay(book, action, said)
    finally:
        remote.close()
        del xw.Book._mock_caller


def _replay(book: Book, action: dict[str, Any], said: list[str]) -> None:
    name, position = action["func"], action["sheet_position"]
    if name == "alert":
        said.append(action["args"][0])
    elif name == "setValues":
        for n, row in enumerate(action["values"], action["start_row"] + 1):
            for m, value in enumerate(row, action["start_column"] + 1):
                book.sheets[position].put(n, m, value)
    elif name == "setNumberFormat":
        for n in range(action["start_row"] + 1, action["start_row"] + 1 + action["row_count"]):
            for m in range(action["start_column"] + 1, action["start_column"] + 1 + action["column_count"]):
                book.sheets[position].file.cell(n, m).number_format = action["args"][0]
    elif name == "activateSheet":
        book.active = book.sheets[action["args"][0]]
    elif name == "rangeSelect":
        book.excel.app.__dict__["selected"] = (action["start_row"] + 1, action["start_column"] + 1)
    else:
        assert name in IGNORED, action


@pytest.mark.slow
def test_the_check_writes_the_same_on_the_web_and_on_windows(tmp_path: Path) -> None:
    path = written(tmp_path, mistaken())
    book = Book(Excel(), path)
    before = {name: values for name, (values, *_) in book.state().items()}
    with online(book) as web:
        macros.check_roster()
    once = book.state()
    with online(book) as again:
        macros.check_roster()
    assert book.state() == once
    with session(path) as excel:
        macros.check_roster()
        for sheet in book.sheets:
            assert sheet.cached == excel.books[0][sheet.file.title].cached, sheet.file.title
        assert web == again == excel.said
    with online(book):
        macros.clear_marks()
    assert {name: values for name, (values, *_) in book.state().items()} == before


@pytest.mark.slow
def test_a_clean_roster_and_one_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "花名册.xlsx"
    template.write_roster(path, POLICY, COVER, [])
    book = Book(Excel(), path)
    with online(book) as said:
        macros.check_roster()
    assert said == ["共校验0人：0 个错误，可以上报；警告 0 个，提示 0 个。"]
    book.sheets[1].file.title = "别的"
    with online(book) as said:
        macros.check_roster()
    assert said[0].startswith("当前工作簿不能校验：缺少工作表“花名册”")


@pytest.mark.slow
def test_next_problem_on_the_web(tmp_path: Path) -> None:
    book = Book(Excel(), written(tmp_path, mistaken()))
    with online(book):
        macros.check_roster()
    seen, selection = [], "A1"
    for _ in range(3):
        with online(book, selection):
            macros.next_problem()
        row, column = book.excel.app.__dict__["selected"]
        selection = f"{columns.letter(column)}{row}"
        seen.append(selection)
    assert seen == [f"{columns.LETTERS[key]}{row}" for key, row in (("medical_paid", 6), ("id_number", 7), ("name", 8))]
    assert book.active.file.title == columns.ROSTER_SHEET


@pytest.mark.slow
@pytest.mark.parametrize(
    "button", ["make_submission", "merge_folder", "write_circular", "open_status", "show_policy", "diagnose"]
)
def test_what_needs_a_pc_says_so(button: str, tmp_path: Path) -> None:
    book = Book(Excel(), written(tmp_path, mistaken()))
    before = book.state()
    with online(book) as said:
        getattr(macros, button)()
    assert book.state() == before
    if button == "show_policy":
        assert (said, book.active.file.title) == ([], columns.POLICY_SHEET)
    else:
        assert len(said) == 1
        assert "没有做成" not in said[0]


@pytest.mark.slow
def test_rows_that_are_no_errors_stay_numbers(tmp_path: Path) -> None:
    """The web sends whole numbers as ints: none of them is an error."""
    book = Book(Excel(), written(tmp_path, mistaken()))
    book.sheets[1].put(FIRST_ROW, AT["medical_paid"], 250)
    with online(book) as said:
        macros.check_roster()
    assert said[0].startswith("共校验6人：4 个错误")
