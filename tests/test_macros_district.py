"""The district's buttons on Excel's Windows path: from the folder to the open summary, with its remarks kept."""

from __future__ import annotations

import errno
import os
import re
import sys
import warnings
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest

from addin import columns, macros, run, workers
from addin.district import SUMMARY, FileResult, reduce_file
from addin.excel import diagnosis, merging, reference, settings
from addin.output import macro_workbook, saving, summary, template
from addin.output.summary import previous
from addin.run import reading
from scripts import build_bundle
from tests.support import ROOT, results
from tests.support.excel import BUSY, CALM, Excel, session
from tests.support.rosters import COVER, POLICY, person

pytestmark = pytest.mark.usefixtures("own_folder", "no_waiting")


@pytest.fixture
def inbox(inbox: Path) -> Path:
    """The usual folder, and in it a file that is no workbook."""
    (inbox / "坏的.xlsx").write_bytes(b"PK no workbook")
    return inbox


@pytest.fixture
def quick(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files' results read once: what is under test is what happens around them."""
    books, _ = run.received(inbox, (inbox / SUMMARY,))
    file_result = [reduce_file(path.absolute(), name, POLICY, results.INDEX) for path, name in books]

    def read_files(*_: object, on_file: Callable[[int], None], **__: object) -> list[FileResult]:
        for result in file_result:
            on_file(len(result))
        return file_result

    monkeypatch.setattr(reading, "read_files", read_files)
    remarks = previous.look_back
    monkeypatch.setattr(workers, "run", lambda tasks, **_: [(task, remarks(*task.args)) for task in tasks])


def remark(path: Path, text: str, other: str = "") -> None:
    """Write into the summary as a clerk would."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path)
    _remark(book["报送情况"], text, other)
    book.save(path)


def _remark(sheet: Any, text: str, other: str = "") -> tuple[int, int]:
    head = next(row for row in range(1, 20) if sheet.cell(row, 1).value == "单位")
    column = next(n for n in range(1, 20) if sheet.cell(head, n).value == "备注")
    row = next(row for row in range(head, 60) if sheet.cell(row, 1).value == "普利桥镇")
    sheet.cell(row, column).value = text
    if other:
        sheet.cell(row, 2).value = other
    return row, column


def remarks(path: Path) -> dict[tuple[str, str], str]:
    return summary.read_remarks(path)


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix == ".xlsx")


NO_LISTS = "部门名单：没有给，困难人员类别按花名册所填。"
RECEIVED = ["坏的.xlsx", "普利桥镇.xlsx", "曲河街道.xlsx"]


@pytest.mark.slow
def test_from_a_folder_to_the_open_summary(inbox: Path, own_folder: Path) -> None:
    with session() as excel:
        excel.folder = inbox
        excel.answers = [True]
        macros.merge_folder()
        texts = excel.said[0].splitlines()
        assert texts[:3] == ["汇总完成。", "医保：申报5人，计入5人。", "养老：申报5人，计入5人。"]
        assert texts[3] == NO_LISTS
        assert texts[4].startswith(f"从未报送{len(POLICY.units) - 2}个单位：")
        assert texts[5].startswith("拒收1个文件：坏的.xlsx（")
        assert texts[-1] == "要看“报送情况”吗？"
        assert [book.path for book in excel.books] == [inbox / SUMMARY]
        assert excel.books[0].active.Name == "报送情况"
        assert [text[:9] for text in excel.pictures] == [
            "正在汇总：0/3个",
            "正在汇总：1/3个",
            "正在汇总：2/3个",
            "正在写汇总表……",
        ]
        assert excel.settings() == CALM
        excel.books[0].active = excel.books[0].sheets[0]
        macros.open_status()
        assert (len(excel.books), excel.books[0].active.Name) == (1, "报送情况")
        excel.books.clear()
        macros.open_status()
        assert [book.path for book in excel.books] == [inbox / SUMMARY]
        assert len(excel.said) == 1
    assert (own_folder / "最近一次汇总.txt").read_text(encoding="utf-8") == f"{inbox / SUMMARY}\n"
    assert listing(inbox) == sorted([SUMMARY, *RECEIVED])


@pytest.mark.slow
def test_the_manual_s_district_chapter_is_walked_by_its_buttons(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No command line in it; every button in bold is on the ribbon, all of the group are named, each one works."""
    chapter = re.search(r"^## 三、.*?(?=^## )", (ROOT / "docs/操作手册.md").read_text(encoding="utf-8"), re.M | re.S)
    assert chapter is not None
    assert not re.search(r"命令行|liangxian|`--", chapter[0])
    ribbon = (macro_workbook.VBA / "ribbon.xml").read_text(encoding="utf-8")
    actions = dict(re.findall(r'<(?:button|checkBox) id="\w+" label="([^"]+)".*?onAction="LxRibbon\.On(\w+)"', ribbon))
    (group,) = re.findall(r'<group id="lxDistrict".*?</group>', ribbon, re.S)
    bold = re.findall(r"\*\*(?:两险征缴 → )?([^*]+)\*\*", chapter[0])
    named = list(dict.fromkeys(name for name in bold if name in actions))
    assert set(named) >= set(re.findall(r'<(?:button|checkBox) [^>]*label="([^"]+)"', group))
    ticks: dict[str, str] = {}
    monkeypatch.setattr(settings, "_values", lambda: ticks)
    messages = []
    with session() as excel:
        for name in [*named, "一键汇总"]:
            excel.folder, excel.typed, excel.answers = inbox, "2019-11", [False]
            action = actions[name]
            if action.startswith("Tick"):
                ticks[action.removeprefix("Tick").lower()] = "1"
            elif action != "ChooseLists":
                excel.said.clear()
                getattr(macros, re.sub(r"(?<!^)([A-Z])", r"_\1", action).lower())()
                messages += [text.splitlines()[0] for text in excel.said]
    assert messages == ["汇总完成。", "通报写好了。", "汇总完成。"]
    assert sorted(path.name for path in (inbox / "汇总结果").iterdir()) == [
        "征缴工作通报_2019-11.docx",
        "缴费台账",
        "进度表",
        "退回清单",
    ]


@pytest.mark.slow
def test_what_is_ticked_is_written_into_its_folder_and_can_be_opened(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []
    monkeypatch.setattr(merging, "open_outside", lambda path: opened.append(path) or True)
    monkeypatch.setattr(settings, "_values", lambda: {"ledger": "1", "progress": "1", "returns": "0"})
    made = inbox / "汇总结果"
    with session() as excel:
        start(inbox, excel, True)
        (message,) = excel.said
        assert message.splitlines()[-4:] == [
            f"汇总表：{inbox / SUMMARY}",
            f"缴费台账：{made / '缴费台账'}",
            f"半月进度表：{made / '进度表'}",
            "汇总表已打开。要打开“汇总结果”文件夹吗？",
        ]
        assert excel.settings() == CALM
    assert opened == [made]
    assert sorted(path.name for path in made.iterdir()) == ["缴费台账", "进度表"]
    ledgers = ["普利桥镇_缴费台账.xlsx", "曲河街道_缴费台账.xlsx", "民政_待补到人名单.xlsx"]
    assert sorted(listing(made / "缴费台账")) == sorted(ledgers)


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_lists_among_what_was_received_go_first_and_others_are_asked_for(
    inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever chose a folder last month sees what is in it before it decides who is subsidised."""
    chosen = tmp_path / "名单"
    chosen.mkdir()
    asked: list[Path | None] = []
    monkeypatch.setattr(reading, "read_lists", lambda folder, *_, **__: asked.append(folder))
    monkeypatch.setattr(settings, "read", lambda: settings.Settings(lists=chosen))
    with session(inbox / "普利桥镇.xlsx") as excel:
        start(inbox, excel, False)
        assert excel.said == [
            f"以前选定的部门名单文件夹“{chosen}”已不在，或里面没有名单。\n这次不与部门名单核对，要继续吗？"
        ]
        assert listing(inbox) == RECEIVED
        (chosen / "民政低保.xlsx").touch()
        os.utime(chosen / "民政低保.xlsx", (0, datetime(2019, 10, 30, 12).timestamp()))
        start(inbox, excel, False, False)
        assert "没有“部门名单”。要与以前选定的部门名单核对吗？" in excel.said[1]
        assert f"{chosen}\n民政低保.xlsx（2019-10-30）\n" in excel.said[1]
        assert (excel.said[2].splitlines()[3], asked) == (NO_LISTS, [])
        start(inbox, excel, True, False)
        assert asked == [chosen]
        own = inbox / "部门名单"
        own.mkdir()
        (own / "低保.xlsx").touch()
        start(inbox, excel, False)
        assert asked == [chosen, own]
        excel.typed, excel.answers = "2019-11", [False]
        macros.write_circular()
        assert asked == [chosen, own, own]


def start(inbox: Path, excel: Excel, *answers: bool) -> None:
    excel.folder, excel.answers = inbox, list(answers)
    macros.merge_folder()


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_cancelled_or_nothing_there_changes_nothing(inbox: Path, tmp_path: Path) -> None:
    empty = tmp_path / "空"
    empty.mkdir()
    with session(inbox / "普利桥镇.xlsx") as excel:
        excel.folder = None
        macros.merge_folder()
        assert (excel.said, listing(inbox)) == ([], RECEIVED)
        start(empty, excel)
        assert excel.said == ["“空”里没有收到的花名册（.xlsx、.xlsm），什么也没有写。请把各单位的花名册放进去再试。"]
        assert list(empty.iterdir()) == []
        macros.open_status()
        assert excel.said[-1] == "本机还没有汇总过，或汇总表已移走。请先点“一键汇总”，或直接打开汇总表看“报送情况”。"
        assert excel.settings() == CALM


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("old", [Path(run.FIXED_SUMMARY), Path("..", run.SUMMARY_BESIDE)], ids=["beside", "outside"])
def test_a_summary_from_an_earlier_run_gives_its_remarks_and_stays(old: Path, inbox: Path) -> None:
    """Remarks of a summary under another name are read; the message says so the first time only."""
    target, old = inbox / SUMMARY, (inbox / old).resolve()
    with session(inbox / "普利桥镇.xlsx") as excel:
        start(inbox, excel, False)
        target.rename(old)
        remark(old, "已催")
        content, there = old.read_bytes(), remarks(old)
        start(inbox, excel, False)
        assert remarks(target) == there
        assert f"“{old.name}”是以前的汇总表，备注已带到“{SUMMARY}”" in excel.said[-1]
        assert f"“{old.name}”是以前的汇总表" in str([*openpyxl.load_workbook(target)["总览"].values])
        start(inbox, excel, False)
        assert remarks(target) == there and old.name not in excel.said[-1]
    assert old.read_bytes() == content


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_what_only_has_such_a_name_is_left_alone(inbox: Path) -> None:
    (inbox / run.FIXED_SUMMARY).write_bytes(b"PK nothing of ours")
    with session(inbox / "普利桥镇.xlsx") as excel:
        start(inbox, excel, False)
        assert run.FIXED_SUMMARY not in excel.said[-1]
    assert (inbox / SUMMARY).exists() and (inbox / run.FIXED_SUMMARY).read_bytes() == b"PK nothing of ours"


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_an_open_summary_keeps_its_remarks_and_comes_back(inbox: Path) -> None:
    target = inbox / SUMMARY
    with session(inbox / "普利桥镇.xlsx") as excel:
        start(inbox, excel, False)
        before = remarks(target)
    remark(target, "已催")
    with session(inbox / "普利桥镇.xlsx", target) as excel:
        start(inbox, excel, False)
        assert remarks(target) == before | {("报送情况", "普利桥镇"): "已催"}
        assert [book.path.name for book in excel.books] == ["普利桥镇.xlsx", SUMMARY]
        # a remark that is not saved yet: taken along without a question, in place of the file's
        row, column = _remark(excel.books[1]["报送情况"].file, "新催")
        excel.books[1]["报送情况"].put(row, column, "新催")
        excel.books[1].__dict__["Saved"] = False
        start(inbox, excel, False)
        assert len(excel.said) == 2
        assert remarks(target) == before | {("报送情况", "普利桥镇"): "新催"}
        assert remarks(saving.backup_of(target, 1)) == before | {("报送情况", "普利桥镇"): "新催"}
        assert excel.settings() == CALM


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_other_unsaved_changes_are_asked_for(inbox: Path) -> None:
    target = inbox / SUMMARY
    with session(inbox / "普利桥镇.xlsx") as excel:
        start(inbox, excel, False)
    with session(inbox / "普利桥镇.xlsx", target) as excel:
        book, content = excel.books[1], target.read_bytes()
        book["报送情况"].put(8, 2, "手改")
        book.__dict__["Saved"] = False
        start(inbox, excel, False)
        assert excel.said == [
            "汇总表开着，其中有没保存的改动。“备注”会带到新的汇总表；其他改动不会，只留在备份“征缴汇总.bak1.xlsx”里。\n要继续汇总吗？"
        ]
        assert (target.read_bytes(), excel.books[1]) == (content, book)
        start(inbox, excel, True, False)
        assert excel.said[2].startswith("汇总完成。")
        assert target.read_bytes() == content  # the same folder gives the same summary, without the change
        kept = openpyxl.load_workbook(saving.backup_of(target, 1))["报送情况"]
        assert kept.cell(8, 2).value == "手改"
        assert excel.books[1] is not book


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("step", ["write", "verify", "replace"])
def test_a_full_disk_or_a_locked_file_leaves_the_summary_open_as_it_was(
    step: str, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = inbox / SUMMARY
    with session(inbox / "普利桥镇.xlsx") as excel:
        start(inbox, excel, False)
    content = target.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device") if step != "replace" else PermissionError(13, "busy")

    if step == "replace":
        moved = os.replace
        monkeypatch.setattr(os, "replace", lambda one, other: fail() if other == target else moved(one, other))
    else:
        monkeypatch.setattr(summary, step, fail)
    with session(inbox / "普利桥镇.xlsx", target) as excel:
        start(inbox, excel, False)
        assert len(excel.said) == 1
        assert excel.said[0].endswith("原来的文件没有改动。")
        assert target.read_bytes() == content
        assert [book.path.name for book in excel.books] == ["普利桥镇.xlsx", SUMMARY]
        assert excel.settings() == CALM


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_a_fault_at_every_call_leaves_the_summary_whole(
    inbox: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    target = inbox / SUMMARY
    with session(inbox / "普利桥镇.xlsx") as excel:
        start(inbox, excel, False)
    remark(target, "已催")
    old = target.read_bytes()
    with session(inbox / "普利桥镇.xlsx", target) as excel:
        excel.trips.clear()
        start(inbox, excel, False)
        total, new = len(excel.trips), target.read_bytes()
    assert new != old
    # what is written is known by now; what may fail is Excel before, between and after
    monkeypatch.setattr(summary, "write", lambda district, path, remarks: path.write_bytes(new))
    monkeypatch.setattr(summary, "verify", lambda path, district: None)
    for number in range(1, total + 1):
        target.write_bytes(old)
        with session(inbox / "普利桥镇.xlsx", target) as excel:
            excel.fail = lambda at, name, number=number: BUSY if at == number else None  # type: ignore[misc]
            start(inbox, excel, False)
            excel.fail = lambda at, name: None
            assert target.read_bytes() in (old, new), number
            assert excel.settings() == CALM, number
            assert excel.said or capsys.readouterr().err or target.read_bytes() == new, number
    assert set(listing(inbox)) - set(RECEIVED) <= {
        SUMMARY,
        *(f"征缴汇总.bak{n}.xlsx" for n in (1, 2, 3)),
    }
    assert not [path.name for path in inbox.iterdir() if "tmp" in path.name]


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_a_summary_that_is_written_but_does_not_open_is_reported(inbox: Path) -> None:
    with session(inbox / "普利桥镇.xlsx") as excel:
        excel.fail = lambda at, name: BUSY if name == "Open" else None
        start(inbox, excel)
        assert excel.said[0].startswith("汇总完成。")
        assert excel.said[0].endswith(f"汇总表：{inbox / SUMMARY}\nExcel没有打开它，请自己打开。")
    assert (inbox / SUMMARY).exists()


def test_the_message_is_short_however_much_there_is_to_say() -> None:
    many = [
        results.result(
            f"{n}.xlsx", *results.people(1), township=unit.name, part="一" if n < 12 else "全部", policy="别的"
        )
        for n, unit in enumerate(POLICY.units)
    ]
    text = merging.message(results.district(*many))
    assert f"拒收{len(POLICY.units)}个文件：0.xlsx（" in text
    assert "等，其余见“报送情况”" in text
    assert len(text) < 1500


@pytest.mark.slow
def test_another_workbook_of_the_same_name_is_reported(inbox: Path, tmp_path: Path, quick: None) -> None:
    other = tmp_path / "别处" / SUMMARY
    other.parent.mkdir()
    openpyxl.Workbook().save(other)
    with session(other) as excel:
        start(inbox, excel)
        (message,) = excel.said
        assert message.startswith("汇总完成。")
        assert f"开着另一个也叫“{SUMMARY}”的工作簿" in message
        assert (inbox / SUMMARY).exists()
        macros.open_status()
        assert excel.said[1].startswith(f"Excel里开着另一个也叫“{SUMMARY}”的工作簿")
        assert [book.path for book in excel.books] == [other]


# ---------------------------------------------------------------- help


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_without_any_workbook_the_district_s_buttons_work_in_the_excel_that_called(
    inbox: Path, own_folder: Path
) -> None:
    """There Excel has no way of calculating (1004), no caller, and no window that could be searched for."""
    for button, said in (
        (macros.merge_folder, "汇总完成。"), (macros.write_circular, "通报写好了。"), (macros.diagnose, "程序：两险征缴"),
        (macros.show_policy, ""), (macros.show_help, ""),
    ):  # fmt: skip
        with session() as excel:
            excel.folder, excel.answers, excel.typed = inbox, [False], "2019-11"
            button()
            assert [text.splitlines()[0][: len(said)] for text in excel.said] == ([said] if said else [])
            assert excel.settings() == CALM
            if not said:
                assert [book.path for book in excel.books] == [own_folder / reference.REFERENCE]


@pytest.mark.slow
def test_policy_and_help_of_the_roster_or_of_our_own(tmp_path: Path, own_folder: Path) -> None:
    path = tmp_path / "花名册.xlsx"
    template.write_roster(path, POLICY, COVER, [person()])
    other = tmp_path / "别的.xlsx"
    openpyxl.Workbook().save(other)
    with session(path) as excel:
        macros.show_policy()
        assert excel.books[0].active.Name == columns.POLICY_SHEET
        macros.show_help()
        assert excel.books[0].active.Name == columns.HELP_SHEET
        excel.open(other)
        macros.show_policy()
        assert [book.path for book in excel.books[2:]] == [own_folder / reference.REFERENCE]
        assert excel.books[2].active.Name == columns.POLICY_SHEET
        excel.front(excel.books[1])
        macros.show_help()
        assert (len(excel.books), excel.books[2].active.Name) == (3, columns.HELP_SHEET)
        assert excel.said == []


@pytest.mark.slow
def test_help_opens_the_manual_at_the_part_for_the_clerk(
    tmp_path: Path, own_folder: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / "docs" / "操作手册.md").read_text(encoding="utf-8")
    parts = [build_bundle.place_of(line.lstrip("#")) for line in text.splitlines() if line.startswith("## ")]
    assert {reference.TOWNSHIP, reference.DISTRICT} <= set(parts)
    manual, opened = tmp_path / "app" / "docs" / "操作手册.html", list[Path]()
    manual.parent.mkdir(parents=True)
    manual.touch()
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "app" / "python"))
    monkeypatch.setattr(reference, "open_outside", lambda path: opened.append(path) or True)

    def led_to() -> str:
        macros.show_help()
        page = opened.pop().read_text(encoding="utf-8")
        return unquote(page.partition("url=")[2].partition('"')[0])

    with session() as excel:
        assert led_to() == unquote(manual.as_uri())
        (own_folder / "最近一次汇总.txt").write_text(str(inbox / "汇总.xlsx"), encoding="utf-8")
        assert led_to().endswith(f"操作手册.html#{reference.DISTRICT}")
        excel.open(inbox / "普利桥镇.xlsx")
        assert led_to().endswith(f"操作手册.html#{reference.TOWNSHIP}")
        assert excel.said == []


@pytest.mark.slow
def test_diagnosis_says_what_fits_and_names_nobody(
    tmp_path: Path, own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / "张三的花名册.xlsx"
    template.write_roster(path, POLICY, COVER, [person()])
    addin = tmp_path / diagnosis.ADDIN
    openpyxl.Workbook().save(tmp_path / "x.xlsx")
    (tmp_path / "x.xlsx").rename(addin.with_suffix(".xlsx"))
    with session(path) as excel:
        excel.open(addin.with_suffix(".xlsx")).path = addin
        excel.books[1].__dict__["Category"] = diagnosis.versions()
        excel.front(excel.books[0])
        macros.diagnose()
        excel.books[1].__dict__["Category"] = "0.0/0.0"
        macros.diagnose()
        excel.books.pop()
        macros.diagnose()
    first, second, third = excel.said
    assert "表格软件：Microsoft Excel 16.0（1），64位，C:\\Office" in first
    assert f"加载项：%USERPROFILE%/{diagnosis.ADDIN}，与程序同一版本" in first
    assert "版本与程序不一致（加载项0.0/0.0，程序" in second
    assert "加载项：查不到（KeyError）" in third
    assert "试算：医保低保净额175元、现收250元" in first
    assert "张三" not in first + second + third
    assert str(tmp_path) not in first
    saved = (own_folder / "诊断.txt").read_text(encoding="utf-8-sig")
    assert third.startswith(saved.rstrip("\n").replace("\r\n", "\n"))


def test_diagnosis_compares_interpreter_and_libraries(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_folder.mkdir(parents=True)
    lines = {}
    for named in (sys.executable, "C:\\别处\\pythonw.exe"):
        (own_folder / diagnosis.CONFIG).write_text(f'"INTERPRETER_WIN","{named}"\n', encoding="utf-8")
        lines[named] = next(line for line in diagnosis.lines() if line.startswith("配置："))
    assert "解释器就是本程序的" in lines[sys.executable]
    assert "解释器是别的" in lines["C:\\别处\\pythonw.exe"]
    (own_folder / diagnosis.CONFIG).write_text("\n", encoding="utf-8")
    assert "没有写解释器" in "".join(diagnosis.lines())
    program = own_folder / "python" / "pythonw.exe"
    program.parent.mkdir()
    monkeypatch.setattr(sys, "executable", str(program))
    assert "DLL：没有找到" in "".join(diagnosis.lines())
    (program.parent / "xlwings64-0.1.0.dll").touch()
    assert "xlwings64-0.1.0.dll，版本与程序不一致，请重新安装" in "".join(diagnosis.lines())
    (program.parent / f"xlwings64-{diagnosis.xw.__version__}.dll").touch()
    assert "与程序同一版本" in "".join(diagnosis.lines())


# ---------------------------------------------------------------- 生成通报


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_the_circular_of_a_month_beside_the_rosters(inbox: Path) -> None:
    with session(inbox / "普利桥镇.xlsx") as excel:
        excel.folder, excel.typed, excel.answers = inbox, " 2019-11 ", [False]
        macros.write_circular()
        target = inbox / "汇总结果" / "征缴工作通报_2019-11.docx"
        assert excel.said == [
            f"通报写好了。\n医保：申报5人，计入5人。\n养老：申报5人，计入5人。\n{NO_LISTS}\n\n通报：{target}\n要现在打开，填上落款日期吗？"
        ]
        assert target.exists() and listing(inbox) == RECEIVED
        assert len(excel.offered) == 7 and excel.pictures[-1] == "正在写通报……"
        assert excel.settings() == CALM


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("typed", "said"),
    [(False, []), ("十一月", ["月份填的是“十一月”"]), ("2019-10", ["没有填报截止日期在2019-10-31及以前的花名册"])],
)
def test_no_circular_where_none_can_be(inbox: Path, typed: object, said: list[str]) -> None:
    with session(inbox / "普利桥镇.xlsx") as excel:
        excel.folder, excel.typed = inbox, typed
        macros.write_circular()
        assert [words in text for words, text in zip(said, excel.said, strict=True)] == [True] * len(said)
        assert not list(inbox.rglob("*.docx")) and not (inbox / "汇总结果").exists()
        assert excel.settings() == CALM
