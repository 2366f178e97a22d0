"""The township's buttons on Excel's Windows path: xlwings' own code, real workbooks, COM calls counted or failing."""

from __future__ import annotations

import errno
import re
import sys
import warnings
from collections.abc import Callable
from datetime import date, datetime
from datetime import time as clock
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from addin import columns, intake, macros
from addin import roster as rosters_module
from addin.columns import FIRST_ROW, HEADER_ROW, INPUTS
from addin.district import open_roster
from addin.excel import buttons as manners
from addin.excel import check, submit
from addin.findings import Finding, Refusal
from addin.output import submission, template
from addin.output.template import results as results_sheet
from tests.support import ROOT, results
from tests.support.excel import BUSY, CALM, GONE, Excel, session
from tests.support.rosters import COVER, POLICY, person

pytestmark = pytest.mark.usefixtures("own_folder", "no_waiting")

AT = columns.PLACES
STEM = "普利桥镇_全部_2019-11-15"
Sheets = dict[str, Any]


def written(
    folder: Path, people: list[dict[str, Any]], change: Callable[[Any], None] | None = None, **cover: Any
) -> Path:
    """A roster as a station has it; `change` gets it as an openpyxl workbook."""
    path = folder / "花名册.xlsx"
    template.write_roster(path, POLICY, {**COVER, **cover}, people, blank_rows=12)
    if change is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path)
            change(book)
            book.save(path)
    return path


def mistaken(count: int = 6) -> list[dict[str, Any]]:
    """Some people: one right, then one who paid short, an ID that looks like a formula, a name missing, no receipt."""
    people = results.people(count)
    people[1]["medical_paid"] = 100
    people[2] |= {"id_number": "=1+1", "household": "=2+2", "village": "'桥头"}
    people[3] |= {"name": "", "household": "007"}
    people[4] |= {"medical_receipt": "", "id_number": "1E5", "household": "2019-10-01"}
    return people


def _without_tag(value: Any) -> Any:
    """What is written, without whose row it is."""
    return re.sub(r"\.*\|[0-9a-f]{8}$", "", value) if isinstance(value, str) else value


def marked(excel: Excel) -> dict[int, tuple[Any, Any]]:
    """What stands under 问题说明 and 标记, by row."""
    sheet = excel.books[0][columns.ROSTER_SHEET].file
    pairs = {
        row: tuple(_without_tag(sheet.cell(row, AT[key]).value) for key in check.WRITTEN)
        for row in range(FIRST_ROW, sheet.max_row + 1)
    }
    return {row: pair for row, pair in pairs.items() if pair != (None, None)}  # type: ignore[misc]


def signs(**at: str) -> str:
    """标记 with these signs, as short as it is written."""
    line = ["."] * columns.WIDTH
    for key, sign in at.items():
        line[AT[key] - 1] = sign
    return "".join(line).rstrip(".")


def listed(excel: Excel) -> list[list[Any]]:
    """The rows of 校验结果 that have anything."""
    sheet = excel.books[0][columns.FINDINGS_SHEET]
    rows = [
        [sheet.cached.get((n, m)) for m in range(1, results_sheet.WIDTH + 1)] for n in range(1, sheet.file.max_row + 1)
    ]
    return [row for row in rows if any(row)]


# ---------------------------------------------------------------- the same findings open and closed


def _cell(key: str, row: int, value: Any, kind: str = "", number_format: str = "") -> Callable[[Any], None]:
    def change(book: Any) -> None:
        cell = book[columns.ROSTER_SHEET].cell(row, AT[key])
        cell.value = value
        if kind:
            cell.data_type = kind
        if number_format:
            cell.number_format = number_format

    return change


def _all(*changes: Callable[[Any], None]) -> Callable[[Any], None]:
    return lambda book: [change(book) for change in changes] and None


def _roster(work: Callable[[Any], None]) -> Callable[[Any], None]:
    return lambda book: work(book[columns.ROSTER_SHEET])


def _swap(sheet: Any) -> None:
    for row in range(HEADER_ROW, sheet.max_row + 1):
        cell, other = sheet.cell(row, AT["remark"]), sheet.cell(row, AT["group"])
        cell.value, other.value = other.value, cell.value


def _far(sheet: Any) -> None:
    sheet.cell(HEADER_ROW, 90).value = "我的备注"
    for row in range(FIRST_ROW, FIRST_ROW + 6):
        sheet.cell(row, 90).value = "看过"


def _hide(sheet: Any) -> None:
    for row in (FIRST_ROW + 1, FIRST_ROW + 2, FIRST_ROW + 10):
        sheet.row_dimensions[row].hidden = True


def _down(sheet: Any) -> None:
    """A blank row between the people, and a line of totals under them."""
    for key in ("village", "household", "name", "id_number"):
        sheet.cell(FIRST_ROW + 9, AT[key]).value = sheet.cell(FIRST_ROW, AT[key]).value
    sheet.cell(FIRST_ROW + 11, AT["village"]).value = "合计"


def _lines(sheet: Any) -> None:
    """Below the people, in the template's prepared rows: sums, a header, a signature, cells filled down, money."""
    lines = (
        {"medical_paid": 1400}, {key: columns.BY_KEY[key].header for key in AT}, {"village": "制表人：", "name": "王芳"},
        {"village": "桥头村", "medical_status": columns.ENROLLED}, {"village": "桥头村", "medical_paid": 250},
    )  # fmt: skip
    for row, cells in enumerate(lines, FIRST_ROW + 8):
        for key, value in cells.items():
            sheet.cell(row, AT[key]).value = value


def _families(sheet: Any) -> None:
    """More families in merged cells than the check looks up one by one."""
    for first in range(FIRST_ROW, FIRST_ROW + 200, 4):
        for key in ("village", "household"):
            letter = columns.letter(AT[key])
            sheet.merge_cells(f"{letter}{first}:{letter}{first + 3}")


def _elsewhere(copied: int, *others: str, state: str = "visible", name: str = "井边村") -> Callable[[Any], None]:
    """Another sheet with the roster's header, some of its people and some of others."""

    def change(book: Any) -> None:
        sheet, roster = book.create_sheet(name), book[columns.ROSTER_SHEET]
        sheet.sheet_state = state
        for row in range(HEADER_ROW, FIRST_ROW + copied):
            sheet.append([roster.cell(row, n).value for n in range(1, 40)])
        for number in others:
            sheet.append([*[None] * (AT["name"] - 1), "王五", None, None, number])

    return change


CASES: dict[str, tuple[list[dict[str, Any]], Callable[[Any], None] | None, dict[str, Any]]] = {
    "clean": (results.people(3), None, {}),
    "nobody": ([], None, {}),
    "mistakes of all kinds": (mistaken(), None, {}),
    "every other kind of cell": (
        [
            person(id_number=990000199001010017.0, registered="三", medical_date=43750.0, tier="三百", seq=2.5),
            person(household=12.0, medical_date="2019-10-01", medical_paid="250", entered="ok", remark="x" * 400),
            person(medical_date=datetime(2019, 10, 1, 12, 30), medical_paid=date(2019, 1, 1), name="张\u200b三 "),
            person(medical_date=datetime(1900, 3, 1), pension_date=datetime(2030, 1, 1), category="低保户、不知道"),
            person(medical_receipt="#N/A", certificate="#哈哈", remark="#REF!", medical_paid=-1, pension_paid=0.005),
        ], None, {},
    ),
    "errors, times, truth values": (
        results.people(6),
        _all(
            _cell("medical_paid", 5, "#DIV/0!", "e"), _cell("name", 6, "#N/A", "e"), _cell("remark", 6, "#REF!", "e"),
            _cell("medical_date", 7, clock(9, 30), number_format="h:mm"), _cell("medical_date", 8, 0.5, number_format="h:mm"),
            _cell("entered", 9, True),
            _cell("medical_date", 9, 59, number_format="yyyy-mm-dd"), _cell("pension_date", 9, 61, number_format="yyyy-mm-dd"),
        ), {},
    ),
    "columns moved": (mistaken(), _roster(_swap), {}),
    "a column of one's own": (mistaken(), _roster(_far), {}),
    "a column renamed": (mistaken(), _cell("medical_paid", HEADER_ROW, "医保实收数"), {}),
    "hidden rows": (mistaken(), _roster(_hide), {}),
    "merged cells": (mistaken(), _roster(lambda sheet: [sheet.merge_cells(area) for area in ("B5:B7", "C9:E9")]), {}),
    "formulas overwritten": (mistaken(), _all(_cell("medical_due", 6, 1.0), _cell("pension_due", 8, "五")), {}),
    "gap and line of totals": (mistaken(), _roster(_down), {}),
    "people on another sheet": (mistaken(), _elsewhere(3, "990000199001010033", "99000019900101005X"), {}),
    "a spare copy": (mistaken(), _elsewhere(6, name="花名册(2)"), {}),
    "a hidden copy": (mistaken(), _elsewhere(2, "990000199001010033", state="hidden"), {}),
    "lines of nobody": (mistaken(), _roster(_lines), {}),
    "families under merged cells": (results.people(200), _roster(_families), {}),
    "headers with units": (mistaken(), _all(_cell("medical_paid", HEADER_ROW, "医保实收（元）"), _cell("name", HEADER_ROW, "*姓名（必填）"), _cell("marks", HEADER_ROW, "标记 *"), _cell("medical_due", HEADER_ROW, "医保应收(元)")), {}),
    "medical only": (mistaken(), None, {"scope": "仅医保"}),
    "words on the cover": (mistaken(), None, {"deadline": "2019年10月15日", "serial": "第2次", "parts": "两"}),
    "older template": (mistaken(), None, {"template_version": "0.9"}),
    "another unit": (mistaken(), None, {"township": "某某镇"}),
    "another notice": (mistaken(), None, {"policy": "别的文件"}),
    "no village column": (mistaken(), _cell("village", HEADER_ROW, "甲乙丙"), {}),
}  # fmt: skip
ONLY_CLOSED = {"109", "111"}
"""What open Excel has no such thing as: a formula that was never calculated, a container with parts."""


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_same_findings_open_and_closed(name: str, tmp_path: Path) -> None:
    people, change, cover = CASES[name]
    path = written(tmp_path, people, change, **cover)
    closed = _closed(path)
    with session(path):
        opened = _open()
    if isinstance(closed, Refusal):
        assert opened == f"当前工作簿不能校验：{closed.sentence}"
        return
    assert not isinstance(opened, str), opened
    assert [_whole(finding) for finding in opened[1]] == [
        _whole(finding) for finding in closed[1] if finding.code not in ONLY_CLOSED
    ]
    for column in INPUTS:
        assert opened[0].raw[column.key].tolist() == closed[0].raw[column.key].tolist(), column.key
    assert opened[0].rows.tolist() == closed[0].rows.tolist()
    assert opened[0].cover == closed[0].cover


def _whole(finding: Finding) -> tuple[Any, ...]:
    """Every field: findings compare by their place alone."""
    return tuple(getattr(finding, name) for name in Finding.__slots__)


def _closed(path: Path) -> tuple[rosters_module.Roster, list[Finding]] | Refusal:
    roster, _ = open_roster(path, path.name, POLICY)
    return roster if isinstance(roster, Refusal) else (roster, submission.judge(roster).findings)


def _open() -> tuple[rosters_module.Roster, list[Finding]] | str:
    try:
        _, roster, judged = check.opened(manners.excel_session(), lambda _: None)
    except manners.ButtonError as told:
        return str(told)
    return roster, judged.findings


# ---------------------------------------------------------------- 校验花名册


@pytest.mark.slow
def test_what_the_check_writes(tmp_path: Path) -> None:
    with session(written(tmp_path, mistaken())) as excel:
        macros.check_roster()
        assert excel.said == [
            "共校验6人：4 个错误，改正后再上报；警告 1 个，提示 0 个。\n照现在的内容上报，医保4人、养老3人不计入完成人数。\n"
            "有问题的格子已着色，每行的问题写在“问题说明”列，清单在“校验结果”。点“下一处问题”逐个改正，改完再校验一次。"
        ]
        assert {row: marks for row, (_, marks) in marked(excel).items()} == {
            6: signs(medical_paid="E"),
            7: signs(id_number="E"),
            8: signs(name="E"),
            9: signs(id_number="E", medical_receipt="W"),
        }
        notes = marked(excel)
        assert notes[6][0].startswith("实收100元，应收250元，少150元。")
        rows = listed(excel)
        assert [row[1] for row in rows[3:8]] == ["错误"] * 4 + ["警告"], "errors first"
        assert len({row[11] for row in rows[3:8]}) == 4 and not any(row[0] for row in rows[8:])
        assert excel.books[0].active.Name == columns.FINDINGS_SHEET
        assert excel.settings() == CALM
        assert excel.pictures == ["正在读取花名册……", "正在校验6人……", "正在写入问题说明和标记……", "正在写入校验结果……"]


@pytest.mark.slow
def test_the_list_is_that_of_a_file_written_with_the_findings(tmp_path: Path) -> None:
    path = written(tmp_path, mistaken())
    closed = _closed(path)
    assert not isinstance(closed, Refusal)
    findings = [finding for finding in closed[1] if finding.code not in ONLY_CLOSED]
    copy = tmp_path / "副本.xlsx"
    template.write_roster(copy, POLICY, COVER, mistaken(), blank_rows=12, findings=findings)
    with session(path) as excel:
        macros.check_roster()
        there = excel.books[0]
        file = excel.open(copy)
        for name in (columns.FINDINGS_SHEET, columns.ROSTER_SHEET):
            values = {place: _without_tag(value) for place, value in there[name].cached.items() if value != ""}
            assert values == {place: value for place, value in file[name].cached.items() if value != ""}, name
        links = {cell.coordinate: cell.value for row in there[columns.FINDINGS_SHEET].file.iter_rows() for cell in row if "HYPERLINK" in str(cell.value)}  # fmt: skip
        assert links == {cell.coordinate: cell.value for row in file[columns.FINDINGS_SHEET].file.iter_rows() for cell in row if "HYPERLINK" in str(cell.value)}  # fmt: skip
        assert len(links) >= 5
        assert there[columns.FINDINGS_SHEET].file.auto_filter.ref == file[columns.FINDINGS_SHEET].file.auto_filter.ref


@pytest.mark.slow
def test_clean_is_reported_in_words(tmp_path: Path) -> None:
    with session(written(tmp_path, results.people(2))) as excel:
        macros.check_roster()
        assert excel.said == ["共校验2人：0 个错误，可以上报；警告 0 个，提示 0 个。"]
        assert listed(excel)[1][0] == "0 个错误，可以上报；警告 0 个，提示 0 个"
        assert marked(excel) == {}
        assert excel.books[0].active.Name == columns.COVER_SHEET


@pytest.mark.slow
def test_a_second_check_changes_nothing_and_a_corrected_row_loses_its_mark(tmp_path: Path) -> None:
    with session(written(tmp_path, mistaken())) as excel:
        macros.check_roster()
        once = excel.books[0].state()
        macros.check_roster()
        assert excel.books[0].state() == once
        assert excel.said[0] == excel.said[1]
        assert f"{columns.LETTERS['medical_paid']}6" in [row[0] for row in listed(excel)]
        excel.books[0][columns.ROSTER_SHEET].put(6, AT["medical_paid"], 250.0)
        macros.check_roster()
        assert set(marked(excel)) == {7, 8, 9}
        assert f"{columns.LETTERS['medical_paid']}6" not in [row[0] for row in listed(excel)]


@pytest.mark.slow
def test_check_then_clear_gives_the_workbook_back(tmp_path: Path) -> None:
    with session(written(tmp_path, mistaken())) as excel:
        before = excel.books[0].state()
        macros.check_roster()
        assert excel.books[0].state() != before
        macros.clear_marks()
        assert excel.books[0].state() == before
        assert excel.said[-1].startswith("标记已清除")
        macros.clear_marks()
        assert excel.books[0].state() == before


@pytest.mark.slow
def test_the_template_itself_checked_and_cleared(tmp_path: Path) -> None:
    """The committed workbook with macros, filled in by hand as a station does."""
    path = tmp_path / "template_roster.xlsm"
    path.write_bytes((ROOT / "workbooks" / "template_roster.xlsm").read_bytes())
    with session(path) as excel:
        cover, roster = excel.books[0][columns.COVER_SHEET], excel.books[0][columns.ROSTER_SHEET]
        macros.check_roster()
        assert excel.said == ["当前工作簿不能校验：封面“乡镇/街道”没有填，或认不出。请在封面下拉列表中选择单位。"]
        cover.put(5, 3, "普利桥镇")
        cover.cached[9, 3] = datetime(2019, 11, 15)
        for key, value in results.people(1)[0].items():
            if isinstance(value, datetime):
                roster.cached[FIRST_ROW, AT[key]] = value
            elif value != "":
                roster.put(FIRST_ROW, AT[key], float(value) if isinstance(value, int) else value)
        roster.put(FIRST_ROW, AT["medical_paid"], 100.0)
        before = excel.books[0].state()
        macros.check_roster()
        assert excel.said[1].startswith("共校验1人：1 个错误，改正后再上报；")
        assert [marks for _, marks in marked(excel).values()] == [signs(medical_paid="E")]
        macros.clear_marks()
        assert excel.books[0].state() == before


@pytest.mark.slow
def test_an_old_list_without_prepared_formats_keeps_texts_as_texts(tmp_path: Path) -> None:
    def old(book: Any) -> None:
        del book[columns.FINDINGS_SHEET]
        book.create_sheet(columns.FINDINGS_SHEET)

    with session(written(tmp_path, mistaken(), old)) as excel:
        macros.check_roster()  # the fake Excel objects to a text that would become a number or a formula
        assert excel.said[0].startswith("共校验6人：")
        assert {"007", "2019-10-01", "=2+2"} <= {row[3] for row in listed(excel)}
        sheet = excel.books[0][columns.FINDINGS_SHEET].file
        assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {
            "s",
            "n",
            "f",
        }


@pytest.mark.slow
def test_without_the_columns_or_the_list_it_says_so(tmp_path: Path) -> None:
    def bare(book: Any) -> None:
        del book[columns.FINDINGS_SHEET]
        for key in check.WRITTEN:
            book[columns.ROSTER_SHEET].cell(HEADER_ROW, AT[key]).value = f"甲{key}"

    with session(written(tmp_path, mistaken(), bare)) as excel:
        before = excel.books[0].state()
        macros.check_roster()
        assert excel.said[0].splitlines()[2:] == [
            "本册没有“问题说明”“标记”两列，没有着色；建议换用新模板。",
            "本册没有“校验结果”一页，没有列出清单；建议换用新模板。",
        ]
        assert excel.books[0].state() == before
        macros.clear_marks()
        macros.next_problem()
        assert (
            excel.said[1]
            == excel.said[2]
            == "花名册上没有“问题说明”“标记”两列，没有可清除、可跳转的标记。请用最新的花名册模板。"
        )


# ---------------------------------------------------------------- 下一处问题


@pytest.mark.slow
def test_next_problem_goes_round(tmp_path: Path) -> None:
    with session(written(tmp_path, mistaken())) as excel:
        macros.next_problem()
        assert excel.said == ["本册没有标出的问题。还没有校验的，请先点“校验花名册”。"]
        macros.check_roster()
        seen = []
        for _ in range(6):
            macros.next_problem()
            seen.append(excel.app.__dict__["selected"].Address.replace("$", ""))
        places = (
            ("medical_paid", 6),
            ("id_number", 7),
            ("name", 8),
            ("id_number", 9),
            ("medical_receipt", 9),
            ("medical_paid", 6),
        )
        assert seen == [f"{columns.LETTERS[key]}{row}" for key, row in places]
        assert excel.settings()["StatusBar"].startswith("下一处：W6　实收100元，应收250元，少150元。")
        macros.clear_marks()
        assert excel.settings() == CALM


# ---------------------------------------------------------------- what stops a button


def _protected(excel: Excel) -> None:
    excel.books[0][columns.FINDINGS_SHEET].__dict__["ProtectContents"] = True


def _filtered(excel: Excel) -> None:
    excel.books[0][columns.ROSTER_SHEET].__dict__["FilterMode"] = True


@pytest.mark.slow
@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (_protected, "工作表“校验结果”被保护，写不进去。请在“审阅”中点“撤销工作表保护”，再点这个按钮。"),
        (_filtered, "花名册正在筛选，只显示一部分人。请在“数据”中点“清除”取消筛选，再点这个按钮。"),
    ],
)
@pytest.mark.parametrize("button", ["check_roster", "clear_marks", "make_submission"])
def test_a_state_that_forbids_writing(button: str, prepare: Callable[[Excel], None], said: str, tmp_path: Path) -> None:
    with session(written(tmp_path, mistaken())) as excel:
        before = excel.books[0].state()
        prepare(excel)
        getattr(macros, button)()
        assert excel.said == [said]
        assert (excel.books[0].state(), excel.settings()) == (before, CALM)


@pytest.mark.slow
@pytest.mark.parametrize("button", ["check_roster", "clear_marks", "next_problem", "make_submission"])
def test_without_a_roster_in_front(button: str, tmp_path: Path) -> None:
    path = tmp_path / "别的.xlsx"
    openpyxl.Workbook().save(path)
    with session(path) as excel:
        getattr(macros, button)()
        assert re.match("当前工作簿", excel.said[0])
        excel.front(None)
        excel.books.clear()
        getattr(macros, button)()
        assert excel.said[1].startswith("没有打开的工作簿，")


# ---------------------------------------------------------------- round trips and faults


def trips(excel: Excel) -> int:
    excel.trips.clear()
    macros.check_roster()
    return len(excel.trips)


MOST_TRIPS = 360  # lists, colours and formats are asked about column by column, whether or not one is missing


@pytest.mark.slow
def test_round_trips_do_not_grow_with_the_people(tmp_path: Path) -> None:
    counts = []
    for number in (6, 700):
        folder = tmp_path / str(number)
        folder.mkdir()
        with session(written(folder, mistaken(number))) as excel:
            counts += [trips(excel), trips(excel)]
            assert excel.said[0].startswith(f"共校验{number}人")
    assert counts[:2] == counts[2:]
    assert max(counts) <= MOST_TRIPS, counts


def _once(number: int) -> Callable[[int, str], int | None]:
    """Excel is busy at this round trip, and ready again at the next."""
    return lambda at, name: BUSY if at == number else None


@pytest.mark.slow
def test_a_fault_at_every_call_leaves_all_as_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """First from a roster that nobody has checked, then from one with other findings of an earlier check."""
    with session(written(tmp_path, mistaken())) as excel:
        sheet = excel.books[0][columns.ROSTER_SHEET]
        for checked in (False, True):
            if checked:
                macros.check_roster()
                sheet.put(6, AT["medical_paid"], 250.0)
            before = excel.books[0].state()
            excel.trips.clear()
            macros.check_roster()
            total, after = len(excel.trips), excel.books[0].state()
            _back(excel, checked)
            assert excel.books[0].state() == before != after
            seen = {"before": 0, "after": 0}
            for number in range(1, total + 1):
                excel.said.clear()
                excel.trips.clear()
                excel.fail = _once(number)
                macros.check_roster()
                excel.fail = lambda at, name: None
                assert excel.settings() == CALM, number
                state = excel.books[0].state()
                assert _without_filter(state) in (_without_filter(before), _without_filter(after)), number
                seen["after" if state == after else "before"] += 1
                assert len(excel.said) == 1 or capsys.readouterr().err, number
                if state != before:
                    _back(excel, checked)
                    assert excel.books[0].state() == before, number
            assert seen["before"] > 50


def _without_filter(state: dict[str, Any]) -> dict[str, Any]:
    """The arrows over the list are no content: they may be missing after a fault."""
    return {name: (*parts[:2], *parts[3:]) for name, parts in state.items()}


def _back(excel: Excel, checked: bool) -> None:
    """The roster as it was before the check under test."""
    macros.clear_marks()
    if checked:
        sheet = excel.books[0][columns.ROSTER_SHEET]
        sheet.put(6, AT["medical_paid"], 100.0)
        macros.check_roster()
        sheet.put(6, AT["medical_paid"], 250.0)
    excel.said.clear()


@pytest.mark.slow
def test_excel_that_is_gone_ends_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with session(written(tmp_path, mistaken())) as excel:
        for start in (1, 30, 90, 150):
            excel.trips.clear()
            excel.fail = lambda at, name, start=start: GONE if at >= start else None  # type: ignore[misc]
            macros.check_roster()
            excel.fail = lambda at, name: None
    text = "\n".join(excel.said) + capsys.readouterr().err
    assert text.count("Excel或工作簿已经关闭") >= 3, text
    assert "Traceback" not in text


@pytest.mark.slow
def test_busy_excel_is_reported_in_words(tmp_path: Path) -> None:
    with session(written(tmp_path, mistaken())) as excel:
        excel.fail = lambda at, name: BUSY if name == "UsedRange" else None
        macros.check_roster()
        assert excel.said == [
            "Excel正忙：单元格正在编辑，或有对话框没有关。请按回车键或Esc键结束编辑，关掉对话框，再点一次。"
        ]


@pytest.mark.slow
def test_a_fault_of_ours_is_one_sentence_and_a_log_without_values(
    tmp_path: Path, own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise ValueError("张三 990000199001010017")

    monkeypatch.setattr(submission, "judge", broken)
    with session(written(tmp_path, mistaken())) as excel:
        before = excel.books[0].state()
        macros.check_roster()
        assert (excel.books[0].state(), excel.settings()) == (before, CALM)
    log = own_folder / "错误记录.txt"
    assert excel.said == [
        "“校验花名册”没有做成，工作簿没有改动。请保存后重新打开Excel再试；仍不行时双击安装文件夹里的“诊断.cmd”（不用打开Excel），把显示的内容和记录发给技术人员。\n"
        f"记录：{log}"
    ]
    text = log.read_text(encoding="utf-8")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S+ 校验花名册：ValueError \[excel\.buttons:\d+ excel\.check:\d+( excel\.check:\d+)*\]\n", text)  # fmt: skip


@pytest.mark.slow
def test_under_pythonw_there_is_no_console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with session(written(tmp_path, mistaken())) as excel:
        monkeypatch.setattr(sys, "stdout", None)
        monkeypatch.setattr(sys, "stderr", None)
        macros.check_roster()
        excel.front(None)
        excel.books.clear()
        excel.fail = lambda at, name: GONE
        macros.check_roster()  # nowhere to say it but in a box of Windows, and no exception
        monkeypatch.undo()
    assert len(excel.said) == (2 if sys.platform == "win32" else 1)


@pytest.mark.slow
def test_an_unwritable_log_is_not_named(tmp_path: Path, own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_folder.parent.mkdir(parents=True)
    own_folder.write_text("a file where the folder should be", encoding="utf-8")
    monkeypatch.setattr(submission, "judge", lambda _: 1 / 0)
    with session(written(tmp_path, mistaken())) as excel:
        macros.check_roster()
    assert "记录：" not in excel.said[0]


# ---------------------------------------------------------------- 生成上报文件


def files(folder: Path) -> list[str]:
    return sorted(
        path.name for path in folder.iterdir() if path.suffix in (".xlsx", ".xlsm") and path.name != "花名册.xlsx"
    )


def serial(excel: Excel) -> Any:
    return excel.books[0][columns.COVER_SHEET].cached[10, 3]


@pytest.mark.slow
def test_a_clean_roster_becomes_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    people = results.people(3)
    with session(written(tmp_path, people)) as excel:
        excel.books[0][columns.ROSTER_SHEET].put(5, AT["remark"], "还没有保存的改动")
        excel.answers = [True, False, False]
        opened: list[Path] = []
        monkeypatch.setattr(submit, "open_outside", lambda folder: opened.append(folder) or True)
        macros.make_submission()
        assert excel.said == [
            f"上报文件已写好：{STEM}_第1次.xlsx\n和本工作簿在同一个文件夹，不含宏，共3人。\n要打开它所在的文件夹吗？"
        ]
        macros.make_submission()
        assert (
            excel.said[1].splitlines()[2]
            == "同一截止日期已生成过，这是第2次。封面的“第几次报送”已改为2，请保存本工作簿。"
        )
        assert serial(excel) == 2
        macros.make_submission()
        assert serial(excel) == 3
        assert excel.settings() == CALM
        assert opened == [tmp_path]
    assert files(tmp_path) == [f"{STEM}_第{n}次.xlsx" for n in (1, 2, 3)]
    closed = _closed(tmp_path / files(tmp_path)[1])
    assert not isinstance(closed, Refusal)
    assert (closed[0].cover.serial, closed[0].raw["remark"][0]) == (2, "还没有保存的改动")


@pytest.mark.slow
def test_with_errors_it_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submit, "open_outside", lambda folder: False)
    with session(written(tmp_path, mistaken())) as excel:
        before = excel.books[0].state()
        excel.answers = [False, True, True]
        macros.make_submission()
        assert len(excel.said) == 1
        assert re.search(r"照现在的内容上报，医保\d人、养老\d人不计入完成人数。", excel.said[0])
        assert (files(tmp_path), excel.books[0].state(), excel.settings()) == ([], before, CALM)
        macros.make_submission()
        assert files(tmp_path) == [f"{STEM}_第1次.xlsx"]
        assert len(excel.said) == 4
        assert excel.said[-1] == f"文件夹没有打开，请自己打开：{tmp_path}"


@pytest.mark.slow
def test_what_can_not_be_sent(tmp_path: Path) -> None:
    with session(written(tmp_path, results.people(2), _cell("remark", 5, "#REF!", "e"))) as excel:
        macros.make_submission()
        assert excel.said[0].startswith(f"有1个单元格是错误值或没有计算过的公式（如{columns.LETTERS['remark']}5）")
        excel.books[0].path = Path("工作簿1")  # never saved
        macros.make_submission()
        assert excel.said[1] == "这个工作簿还没有保存到本机的文件夹里。请先“另存为”到本机，再点这个按钮。"
    assert files(tmp_path) == []


@pytest.mark.slow
def test_a_full_disk_leaves_nothing_and_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with session(written(tmp_path, results.people(2))) as excel:
        (tmp_path / f"{STEM}_第1次.xlsx").write_bytes(b"first")
        before = excel.books[0].state()
        monkeypatch.setattr(template, "write_roster", full)
        macros.make_submission()
        assert excel.said == [f"“{STEM}_第2次.xlsx”没有写成：磁盘空间不够，请清理后再试。"]
        assert (files(tmp_path), excel.books[0].state(), excel.settings()) == ([f"{STEM}_第1次.xlsx"], before, CALM)


@pytest.mark.slow
def test_a_cover_that_can_not_be_written_is_reported_with_the_file(tmp_path: Path) -> None:
    with session(written(tmp_path, results.people(2))) as excel:
        (tmp_path / f"{STEM}_第1次.xlsx").write_bytes(b"first")
        excel.fail = lambda at, name: -2146827284 if name == "Value=" else None
        excel.answers = [False]
        macros.make_submission()
        assert excel.said[0].splitlines()[-2].endswith("这是第2次。请把封面的“第几次报送”改为2。")
        assert serial(excel) == 1
        assert excel.settings() == CALM


@pytest.mark.slow
def test_the_file_is_what_intake_reads_without_macros(tmp_path: Path) -> None:
    with session(written(tmp_path, results.people(2))) as excel:
        macros.make_submission()
        assert excel.said
    book = intake.read(tmp_path / f"{STEM}_第1次.xlsx")
    assert not isinstance(book, Refusal)
    assert {note.kind for note in book.notes} & {"macros", "external-links"} == set()
