"""Sheets as clerks send them: people on other sheets than 花名册 are reported, spare copies too, nothing else is."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from addin import columns, intake
from addin.checks import check
from addin.columns import COLUMNS, FIRST_ROW
from addin.findings import Finding, Refusal
from addin.output import template
from addin.output.template import results
from addin.roster import read
from tests.support import rosters
from tests.support.rosters import person

pytestmark = pytest.mark.slow  # each book is written and saved again by openpyxl

PEOPLE = [person(), person(relation="配偶", name="李四", id_number="990000199001010025")]
OTHERS = [person(name="王五", id_number="990000199001010033"), person(name="赵六", id_number="99000019900101005X")]
HEADERS = [column.header for column in COLUMNS]

Change = Callable[[Any], None]


def findings_of(tmp_path: Path, change: Change, people: list[dict[str, Any]] = PEOPLE) -> list[Finding]:
    """The findings of a book of these people after another program has changed it."""
    path = tmp_path / "a.xlsx"
    template.write_roster(path, rosters.POLICY, rosters.COVER, people)
    with warnings.catch_warnings(action="ignore"):  # of what openpyxl leaves out
        book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    received_book = intake.read(path)
    assert not isinstance(received_book, Refusal), received_book
    roster = read(received_book, rosters.POLICY, "a.xlsx")
    assert not isinstance(roster, Refusal), roster
    assert len(roster) == len(people), "people elsewhere are never read"
    return [finding for finding in check(roster).findings if finding.code not in ("105", "108", "109", "111")]


def sheet(
    name: str, people: list[dict[str, Any]], headers: list[str] = HEADERS, above: int = 0, state: str = "visible"
) -> Change:
    def change(book: Any) -> None:
        made = book.create_sheet(name, 0)
        made.sheet_state = state
        for _ in range(above):
            made.append(["2019年城乡居民养老医保花名册"])
        made.append(headers)
        keys = {column.header: column.key for column in COLUMNS} | {
            "身份证号": "id_number",
            "医保实收（元）": "medical_paid",
        }
        for row in people:
            made.append([row.get(keys.get(header, ""), None) for header in headers])

    return change


@pytest.mark.parametrize("name", ["井边村", "Sheet1", "普利桥镇花名册", "花名册(2)", "花名册 （旧）", "2组"])
@pytest.mark.parametrize("above", [0, 3])
def test_people_on_another_sheet(tmp_path: Path, name: str, above: int) -> None:
    (finding,) = findings_of(tmp_path, sheet(name, [*PEOPLE, *OTHERS], above=above))
    rows = (above + 4, above + 5)
    assert (finding.code, finding.severity, finding.sheet, finding.count, finding.places) == (
        "125",
        "error",
        name,
        2,
        rows,
    )
    assert f"工作表“{name}”的第{rows[0]}、{rows[1]}行共2人" in finding.problem
    assert finding.remedy == "请把这些人移到“花名册”；备用的表请删除或隐藏。"
    assert results.headline([finding]).startswith("2 个错误")


@pytest.mark.parametrize(
    "people",
    [PEOPLE, PEOPLE[:1], [{**PEOPLE[0], "id_number": " 990000199001010017"}, {**PEOPLE[1], "id_number": "９９００００１９９００１０１００２５"}],
     [{**PEOPLE[0], "id_number": "990000900101001"}], [{**PEOPLE[0], "id_number": ""}], [{**PEOPLE[0], "id_number": "/", "name": "张　三"}]],
)  # fmt: skip
def test_a_spare_copy(tmp_path: Path, people: list[dict[str, Any]]) -> None:
    (finding,) = findings_of(tmp_path, sheet("备用", people))
    assert (finding.code, finding.severity, finding.count) == ("126", "info", 1)
    assert results.headline([finding]).startswith(results.CLEAN)


def test_everybody_on_sheets_by_village_and_nobody_on_the_roster(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        sheet("井边村", OTHERS)(book)
        sheet("大塘村", PEOPLE)(book)

    assert [(finding.code, finding.sheet, finding.count) for finding in findings_of(tmp_path, change, [])] == [
        ("125", "大塘村", 2), ("125", "井边村", 2),
    ]  # fmt: skip


def test_eight_headers_in_any_words_are_enough(tmp_path: Path) -> None:
    eight = ["村", "家庭编号", "姓名（必填）", "与户主的关系", "身份证号", "户籍地", "医保状态", "医保实收（元）"]
    (finding,) = findings_of(tmp_path, sheet("井边村", OTHERS, eight))
    assert finding.code == "125"
    assert findings_of(tmp_path, sheet("井边村", OTHERS, eight[:-1])) == [], (
        "of seven headers nobody can say what it is"
    )


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_hidden_sheets_are_left_alone(tmp_path: Path, state: str) -> None:
    assert findings_of(tmp_path, sheet("井边村", OTHERS, state=state)) == []


@pytest.mark.parametrize(
    "change",
    [
        sheet("空表", []), sheet("合计", [{"village": "合计", "medical_paid": 500}]), sheet("花名册(空白)", []), sheet("通讯录", OTHERS, ["姓名", "联系电话", "村"]),
        sheet("统计", [{"name": "/", "id_number": "/"}, {"name": "合计", "id_number": "6人"}]), lambda book: book.create_sheet("Sheet1"), lambda book: book.create_chartsheet("图"),
    ],
)  # fmt: skip
def test_other_sheets_are_nothing_to_speak_of(tmp_path: Path, change: Change) -> None:
    assert [finding.code for finding in findings_of(tmp_path, change) if finding.code != "113"] == []


def test_who_stands_twice_is_counted_by_rows_and_who_has_no_number_goes_by_name(tmp_path: Path) -> None:
    (finding,) = findings_of(tmp_path, sheet("井边村", [OTHERS[0], OTHERS[0], {"name": "孙七"}, {"name": "李 四"}]))
    assert (finding.code, finding.count, finding.places) == ("125", 3, (2, 3, 4))


def test_a_sheets_name_may_hold_a_name_or_a_number(tmp_path: Path) -> None:
    (finding,) = findings_of(tmp_path, sheet("张三990000199001010017", OTHERS))
    assert "990000199001010017" not in finding.problem and "张三" not in finding.problem


def test_a_further_sheet_that_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    """The roster was read before with any sheet beside it, and still is."""
    path = tmp_path / "a.xlsx"
    template.write_roster(path, rosters.POLICY, rosters.COVER, PEOPLE)
    with warnings.catch_warnings(action="ignore"):  # of what openpyxl leaves out
        book = openpyxl.load_workbook(path)
    sheet("井边村", OTHERS)(book)
    book.save(path)
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    index = next(
        name
        for name, content in parts.items()
        if ("worksheets/sheet" in name and b"990000199001010033" in content) or name.endswith("sheet1.xml")
    )
    for broken in (
        b"<worksheet><sheetData><row",
        parts[index].replace(b"<sheetData>", b"<sheetData><row r='9999999999'/>", 1),
    ):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as made:
            for name, content in parts.items():
                made.writestr(name, broken if name == index else content)
        received_book = intake.read_bytes(out.getvalue())
        assert not isinstance(received_book, Refusal), received_book
        assert len(received_book.sheets[columns.ROSTER_SHEET].rows) >= FIRST_ROW
