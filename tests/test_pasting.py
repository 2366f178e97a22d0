"""粘贴数值: values only, in the right columns, from Excel's own copy and from text; what would do harm is refused."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from addin import columns, macros
from addin.columns import BY_KEY, FIRST_ROW, INPUTS, PLACES
from addin.output import template
from tests.support import results
from tests.support.excel import Excel, session
from tests.support.notices import LENGSHUITAN
from tests.support.rosters import COVER, EDITION_1

pytestmark = pytest.mark.usefixtures("own_folder")

DAY = datetime(2019, 10, 16)
SERIAL = 43754.0


@pytest.fixture(scope="module")
def _written_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("written") / "花名册.xlsx"
    template.write_roster(path, LENGSHUITAN, COVER, results.people(2), blank_rows=30)
    return path


@pytest.fixture
def book(_written_book: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(_written_book, tmp_path))


def select(excel: Excel, key: str = "village", row: int = FIRST_ROW + 2) -> None:
    sheet = excel.books[0][columns.ROSTER_SHEET]
    sheet.Activate()
    sheet.Cells(row, PLACES[key]).Select()


def held(excel: Excel, row: int, *keys: str) -> list[Any]:
    sheet = excel.books[0][columns.ROSTER_SHEET]
    return [sheet.cached.get((row, PLACES[key])) for key in keys]


def formulas(excel: Excel) -> dict[str, Any]:
    sheet = excel.books[0][columns.ROSTER_SHEET].file
    return {cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=")}


@pytest.mark.slow
def test_a_block_with_its_own_header_goes_by_the_header(book: Path) -> None:
    with session(book) as excel:
        before = formulas(excel)
        select(excel)
        excel.copied = [
            ["身份证号", "电话", "姓名", "医保应收", "医保实收", "医保缴费日期", "户号"],
            ["990000199001010017", "138", "甲", 250, 250, DAY, 7],
            ["990000199001010025", "139", "乙", 250, "", "", "8-1"],
        ]
        macros.paste_values()
        (message,) = excel.said
        keys = ("id_number", "name", "medical_paid", "medical_date", "household")
        assert held(excel, FIRST_ROW + 2, *keys) == ["990000199001010017", "甲", 250.0, SERIAL, "7"]
        assert held(excel, FIRST_ROW + 3, *keys) == ["990000199001010025", "乙", None, None, "8-1"]
        assert "已粘贴2行、5栏" in message
        assert "医保应收（自动生成）" in message
        assert "“电话”（本表没有这一栏）" in message
        assert formulas(excel) == before
        assert [book.Name for book in excel.books] == ["花名册.xlsx"]
        assert excel.app.ActiveWorkbook is excel.books[0]


def test_without_a_header_it_goes_from_the_chosen_cell_on(book: Path) -> None:
    with session(book) as excel:
        select(excel, "household")
        excel.copied = [["12", "", 3, "甲", "户主"], ["12", "", "", "乙", "配偶"]]
        macros.paste_values()
        assert held(excel, FIRST_ROW + 2, "household", "registered", "name", "relation") == ["12", 3.0, "甲", "户主"]
        assert held(excel, FIRST_ROW + 3, "household", "registered", "name", "relation") == ["12", None, "乙", "配偶"]


ROW: dict[str, Any] = {
    "village": "桥头村", "household": "9", "name": "甲", "relation": "户主", "id_number": "990000199001010017",
    "register": columns.LOCAL, "medical_status": "本次参保", "medical_proof": "证", "medical_paid": 250, "medical_date": DAY,
    "medical_receipt": "A1", "pension_status": "本次参保", "tier": 100, "pension_paid": 100, "pension_date": DAY,
    "entered": "是", "remark": "x",
}  # fmt: skip


@pytest.mark.parametrize("edition", [1, 2])
def test_a_whole_row_of_either_edition_fits(book: Path, edition: int) -> None:
    if edition == 1:  # the amounts due stand at the end
        last = EDITION_1.index("remark") + 4
        line = [ROW.get(key, 250 if key.endswith("_due") else "") for key in EDITION_1[1:last]]
    else:
        line = [""] * (columns.WIDTH - PLACES["village"])
        for key, value in (ROW | {"medical_due": 250, "pension_due": 100, "hint": ""}).items():
            line[PLACES[key] - PLACES["village"]] = value
    with session(book) as excel:
        before = formulas(excel)
        select(excel)
        excel.copied = [line]
        macros.paste_values()
        expected = [SERIAL if value is DAY else value for value in ROW.values()]
        assert held(excel, FIRST_ROW + 2, *ROW) == expected
        assert held(excel, FIRST_ROW + 2, "confirmation", "special_case") == [None, None]
        assert formulas(excel) == before
        assert ("自动生成" if edition == 2 else "请连表头一起复制") in excel.said[0]


def test_text_from_the_clipboard(book: Path) -> None:
    with session(book) as excel:
        select(excel)
        lines = [
            "村\t组\t姓名\t证件号码\t医保实收\t医保缴费日期\t备注",
            '桥头村\t3-1\t甲\t990000199001010017\t250.00\t2019.10.16\t"两行\n备注"',
        ]
        excel.clipboard = "\r\n".join(lines) + "\r\n\0"
        macros.paste_values()
        assert held(excel, FIRST_ROW + 2, "village", "group", "name", "id_number") == ["桥头村", "3-1", "甲", "990000199001010017"]  # fmt: skip
        assert held(excel, FIRST_ROW + 2, "medical_paid", "medical_date", "remark") == [250.0, SERIAL, "两行\n备注"]


@pytest.mark.slow
@pytest.mark.parametrize("key", [column.key for column in INPUTS if column.as_text])
def test_numbers_that_lost_their_digits_are_refused(book: Path, key: str) -> None:
    with session(book) as excel:
        before = excel.books[0].state()
        select(excel, key)
        for text in ("4.31103E+17", "9E17", "4.3e17", " 9e+17"):
            excel.clipboard = f"{text}\r\n"
            macros.paste_values()
            assert text.strip() in excel.said[-1]
        excel.clipboard, excel.copied = None, [["1"], [4.31103199001011e17]]
        macros.paste_values()
        assert all("末几位已经丢失，没有粘贴" in message and BY_KEY[key].header in message for message in excel.said)
        assert "第2行" in excel.said[-1]
        assert excel.books[0].state() == before


def test_what_is_there_is_asked_about(book: Path) -> None:
    with session(book) as excel:
        before = excel.books[0].state()
        select(excel, "name", FIRST_ROW)
        excel.copied, excel.answers = [["新名"]], [False]
        macros.paste_values()
        assert "已有1格填了内容，会被覆盖" in excel.said[0]
        assert excel.books[0].state() == before
        excel.copied, excel.answers = [["新名"]], [True]
        macros.paste_values()
        assert held(excel, FIRST_ROW, "name") == ["新名"]


def _filtered(excel: Excel) -> None:
    excel.books[0][columns.ROSTER_SHEET].__dict__["FilterMode"] = True


def _cut(excel: Excel) -> None:
    excel.cut_or_copy = 2


def _error(excel: Excel) -> None:
    excel.copied = [["#N/A", "甲"]]


def _blank(excel: Excel) -> None:
    excel.copied = [["", ""]]


def _nothing(excel: Excel) -> None:
    excel.copied = None


def _header(excel: Excel) -> None:
    select(excel, row=columns.HEADER_ROW)


def _elsewhere(excel: Excel) -> None:
    excel.books[0][columns.COVER_SHEET].Activate()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (_filtered, "正在筛选"), (_cut, "请改用复制"), (_error, "错误值"), (_blank, "空白格"), (_nothing, "还没有复制内容"),
        (_header, "表头不能覆盖"), (_elsewhere, "请先在“花名册”里选中"),
    ],
)  # fmt: skip
def test_what_cannot_be_pasted_is_reported_and_nothing_changes(book: Path, make: Any, sentence: str) -> None:
    with session(book) as excel:
        select(excel)
        excel.copied = [["甲", "乙"]]
        before = excel.books[0].state()
        make(excel)
        macros.paste_values()
        assert sentence in excel.said[0]
        assert excel.books[0].state() == before
        assert len(excel.books) == 1


def test_a_fault_half_way_is_taken_back(book: Path) -> None:
    with session(book) as excel:
        select(excel)
        excel.copied = [["姓名", "医保实收"], ["甲", 250]]
        before, writes = excel.books[0].state(), []

        def fail(_: int, name: str) -> int | None:
            if name == "Value=":
                writes.append(name)
            return 1004 if name == "Value=" and len(writes) == 2 else None

        excel.fail = fail
        macros.paste_values()
        assert len(writes) == 2
        assert "没有做成" in excel.said[0]
        assert excel.books[0].state() == before


def test_how_many_calls_it_takes_does_not_depend_on_the_people(book: Path) -> None:
    trips = []
    for count in (2, 20):
        with session(book) as excel:
            select(excel)
            excel.copied = [
                ["户号", "姓名", "证件号码"],
                *(["1", f"甲{n}", f"99000019900101{n:04}"] for n in range(count)),
            ]
            excel.trips.clear()
            macros.paste_values()
            trips.append(len(excel.trips))
    assert trips[0] == trips[1]
