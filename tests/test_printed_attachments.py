"""An invented notice whose one attachment has both schemes, subtotals, villages and further columns, end to end."""

from __future__ import annotations

import csv
import json
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import pytest
from docx import Document
from python_calamine import CalamineWorkbook

from addin import functions
from addin.district import FileResult, assemble, received_files, reduce_file, report
from addin.district.records import District
from addin.output import circular, summary, template, unit_files
from addin.policy import PolicyError, Unit, attachments, faults, load
from addin.policy.table import Table
from tests.support import ROOT
from tests.support.command import liangxian
from tests.support.notices import LENGSHUITAN, LINHE, LINHE_FOLDER, edited, own_notices_in, written_in_the_year_of
from tests.support.office import Office
from tests.support.results import INDEX, invented_id

DEADLINE = datetime(2024, 12, 31)
DAY = datetime(2024, 10, 8)
MEDICAL, PENSION = "附件1 医保", "附件1 养老"


def person(serial: int, village: str, **differs: Any) -> dict[str, Any]:
    """A head of a household who has paid for both schemes."""
    return {
        "village": village, "household": str(serial), "name": f"禾{serial}", "relation": "户主",
        "id_number": invented_id(serial), "register": "本乡镇(街道)",
        "medical_status": "本次参保", "medical_paid": 400, "medical_date": DAY, "medical_receipt": f"L{serial:03}",
        "pension_status": "本次参保", "tier": 200, "pension_paid": 200, "pension_date": DAY,
        "pension_receipt": f"L{serial:03}",
    } | differs  # fmt: skip


NO_PENSION: dict[str, Any] = {"pension_status": "暂未参保"} | dict.fromkeys(
    ("tier", "pension_paid", "pension_date", "pension_receipt")
)
UNPAID: dict[str, Any] = dict.fromkeys(("medical_paid", "medical_date", "medical_receipt"))
TOWN = [
    person(1, "禾田村"),
    person(2, "青禾镇禾田村村民委员会", category="低保户", medical_paid=170, pension_paid=None),
    person(3, "禾田", category="监测对象", medical_paid=240, **{**NO_PENSION, "pension_status": "职工养老"}),
    person(4, "上禾村", category="重残", tier=500, pension_paid=300),
    person(5, "上禾村", medical_date=datetime(2025, 1, 5), pension_date=datetime(2024, 12, 1)),  # both late
    person(6, "上禾村", **UNPAID, **NO_PENSION),
    person(7, "老鸦村", category="特困", medical_paid=None, pension_paid=None),  # its quota is 0
    person(8, "新桥村"),  # a village without a quota
]
VILLAGE = [person(20 + n, "柳林社区", **NO_PENSION) for n in range(3)] + [person(30, "柳林村"), person(31, "柳林")]
STREET = [person(50 + n, "桥东社区", tier=1000, pension_paid=1000) for n in range(4)]
ZONE = [person(70, "园区社区"), person(71, "园区社区", **NO_PENSION)]
BOOKS = {"青禾镇": TOWN, "柳林乡": VILLAGE, "河东街道": STREET, "经济开发区": ZONE}


_made_on = written_in_the_year_of(LINHE)


def write_books(folder: Path) -> list[Path]:
    """The rosters of all units as they are sent."""
    folder.mkdir(exist_ok=True)
    for unit, people in BOOKS.items():
        cover = {
            "township": unit, "scope": "两险", "part": "全部", "parts": 1, "deadline": DEADLINE, "serial": 1,
            "policy": LINHE.id,
        }  # fmt: skip
        template.write_roster(folder / f"{unit}.xlsx", LINHE, cover, people)
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[FileResult]:
    folder = tmp_path_factory.mktemp("收到")
    write_books(folder)
    return [reduce_file(path, name, LINHE, INDEX) for path, name in received_files(folder)[0]]


@pytest.fixture(scope="module")
def merge(results: list[FileResult]) -> District:
    return assemble(results, LINHE)


def rows_of(path: Path, sheet: str) -> list[list[Any]]:
    """The lines of a sheet that have a number of people, whole numbers as such."""
    book = CalamineWorkbook.from_path(path).get_sheet_by_name(sheet).to_python()
    lines = [[int(cell) if isinstance(cell, float) and cell.is_integer() else cell for cell in row] for row in book]
    return [row for row in lines if isinstance(row[8], int)]


# ---------------------------------------------------------------- the notice


def test_what_is_read() -> None:
    medical, pension = (LINHE.schemes[key].attachment for key in ("medical", "pension"))
    assert medical.headers == pension.headers and len(medical.headers) == 8
    assert [(row.order, row.printed, row.unit, row.base, row.quota) for row in medical.rows] == [
        (1, "城关街道", "城关街道", 2000, 2070), (2, "河东街道办", "河东街道", 1500, 1550), (3, "青禾镇", "青禾镇", 1020, 1010),
        (4, "白沙镇", "白沙镇", 900, 930), (5, "柳林乡", "柳林乡", 500, 515), (6, "经开区", "经济开发区", 300, 325),
    ]  # fmt: skip
    assert [(row.base, row.quota) for row in pension.rows] == [
        (None, 500),
        (None, 400),
        (None, 400),
        (None, 350),
        (None, 200),
    ]
    villages = {row.unit: [(village.name, village.quota) for village in row.villages] for row in medical.rows}
    assert villages["青禾镇"] == [("禾田村", 610), ("上禾村", 400), ("老鸦村", 0)] and villages["白沙镇"] == []
    subtotals = [line.members for line in medical.lines if line.kind == "subtotal"]
    assert subtotals == [("城关街道", "河东街道"), ("青禾镇", "白沙镇", "柳林乡")]
    assert (medical.printed_base, medical.printed_quota, pension.printed_base) == (6220, 6400, None)
    assert medical.words == (
        "附件1：6个单位有任务数、7个村、2个小计；任务数取“2025年医保任务数”，合计6,400，上年“2024年医保参保数”合计6,220；"
        "只照印的栏目：其中：特殊人群、2024年养老任务数、备注"
    )
    assert LENGSHUITAN.schemes["pension"].attachment.words == (
        "附件1：20个单位有任务数；任务数取“2019年参保缴费任务数（人）”，合计150,812，上年“2018年参保缴费人数(人)”合计147,373"
    )
    assert medical.slips == ("乡镇小计的“其中：特殊人群”印发250，所含各单位相加260，照原件印。",)


# ---------------------------------------------------------------- the season


@pytest.mark.slow
def test_villages_are_counted_and_what_is_of_none_stands_apart(merge: District) -> None:
    def figures(scheme: str, unit: str) -> list[tuple[Any, ...]]:
        return [
            (line.village, line.quota, line.claimed, line.counted, line.late)
            for line in merge.villages
            if (line.scheme, line.township) == (scheme, unit)
        ]

    assert figures("medical", "青禾镇") == [
        ("禾田村", 610, 3, 3, 0), ("上禾村", 400, 3, 1, 1), ("老鸦村", 0, 1, 1, 0), ("", None, 1, 1, 0),
    ]  # fmt: skip
    assert figures("pension", "青禾镇") == [
        ("禾田村", 250, 2, 2, 0), ("上禾村", 150, 2, 1, 1), ("老鸦村", 0, 1, 1, 0), ("", None, 1, 1, 0),
    ]  # fmt: skip
    # 柳林 may mean either of the two
    assert figures("medical", "柳林乡") == [("柳林村", 310, 1, 1, 0), ("柳林社区", 205, 3, 3, 0), ("", None, 1, 1, 0)]
    assert figures("medical", "河东街道") == []
    for unit in merge.units:
        own = [line for line in merge.villages if (line.scheme, line.township) == (unit.scheme, unit.township)]
        assert not own or [sum(getattr(line, what) for line in own) for what in ("claimed", "counted", "late")] == [
            unit.claimed, unit.counted, unit.late,
        ]  # fmt: skip


def test_the_sheet_is_as_printed_with_what_was_collected(merge: District, tmp_path: Path) -> None:
    summary.write(merge, tmp_path / "summary.xlsx")
    summary.verify(tmp_path / "summary.xlsx", merge)
    assert CalamineWorkbook.from_path(tmp_path / "summary.xlsx").sheet_names[:3] == ["总览", MEDICAL, PENSION]
    lines = rows_of(tmp_path / "summary.xlsx", MEDICAL)
    printed = [line for line in lines if line[2] != "其他村(社区)"]
    assert [row[:8] for row in printed] == [list(line.cells) for line in LINHE.schemes["medical"].attachment.lines]
    own = {(row[1] or row[2], row[3]): row[8:15] for row in lines}
    # 申报, 计入, 完成率, 距任务数, 排名, 逾期, 含逾期完成率
    assert own["青禾镇", 1020] == [8, 6, 6 / 1010, 1004, 3, 1, 7 / 1010]
    assert own["禾田村", 600] == [3, 3, 3 / 610, 607, "", 0, 3 / 610]
    assert own["老鸦村", 20] == [1, 1, "", -1, "", 0, ""]
    assert own["其他村(社区)", ""] == [1, 1, "", "", "", 0, ""]
    assert own["城区小计", 3500] == [4, 4, 4 / 3620, 3616, "", 0, 4 / 3620]
    assert own["乡镇小计", 2420] == [13, 11, 11 / 2455, 2444, "", 1, 12 / 2455]
    assert own["全县合计", 6220] == [19, 17, 17 / 6400, 6383, "", 1, 18 / 6400]
    pension = {(row[1] or row[2]): row[8:15] for row in rows_of(tmp_path / "summary.xlsx", PENSION)}
    assert pension["乡镇小计"][:4] == [8, 7, 7 / 950, 943] and pension["全县合计"][:4] == [12, 11, 11 / 1850, 1839]
    assert pension["经济开发区"] == [1, 1, "", "", "", 0, ""] and pension["全县计入人数"][:2] == [13, 12]
    marks = [
        CalamineWorkbook.from_path(tmp_path / "summary.xlsx").get_sheet_by_name(name).to_python()[0][0]
        for name in (MEDICAL, PENSION)
    ]
    assert marks == ["附件1（医保）", "附件1（养老）"]
    assert "经开区" not in pension, "printed without a quota: its people are counted below"


@pytest.mark.slow
def test_libreoffice_calculates_the_same(merge: District, tmp_path: Path, soffice: str) -> None:
    written, again = tmp_path / "summary.xlsx", tmp_path / "again.xlsx"
    summary.write(merge, written)
    with Office(soffice, tmp_path) as office:
        document = office.load(written)
        document.calculateAll()
        office.store(document, again)
        document.close(True)
    before, after = (openpyxl.load_workbook(path, data_only=True) for path in (written, again))
    formulas = openpyxl.load_workbook(written)
    compared = 0
    for name in ("总览", MEDICAL, PENSION):
        for row in formulas[name].iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    one, other = before[name][cell.coordinate].value, after[name][cell.coordinate].value
                    assert one == pytest.approx(other), (name, cell.coordinate, cell.value)
                    compared += 1
    assert compared > 100


def test_remarks_stay_with_their_lines(merge: District, tmp_path: Path) -> None:
    remarks = {
        (MEDICAL, "（1） 禾田村"): "已入户", (MEDICAL, "（1） 柳林村"): "差两户", (MEDICAL, "青禾镇 含移民安置点"): "催",
        (MEDICAL, "乡镇小计"): "乡镇", (PENSION, "经济开发区"): "并入城关",
    }  # fmt: skip
    summary.write(merge, tmp_path / "summary.xlsx", remarks)
    assert summary.read_remarks(tmp_path / "summary.xlsx") == remarks
    counts = summary.read_counts(tmp_path / "summary.xlsx")
    assert counts["medical", "青禾镇 含移民安置点"] == 6 and counts["medical", "（3） 老鸦村 整村搬迁"] == 1
    lost = {key: people + 1 for key, people in counts.items()}
    assert {(line.kind, line.township) for line in summary.fallen(merge, lost)} >= {("计入减少", "青禾镇")}
    assert summary.fallen(merge, counts) == []


def test_villages_stand_in_the_units_own_table_and_in_the_data(merge: District, tmp_path: Path) -> None:
    unit_files.write_progress(tmp_path / "a.xlsx", "青禾镇", merge, date(2024, 12, 31))
    unit_files.write_progress(tmp_path / "b.xlsx", "河东街道", merge, date(2024, 12, 31))
    book = CalamineWorkbook.from_path(tmp_path / "a.xlsx")
    assert book.sheet_names == ["医保", "医保分村", "养老", "养老分村"]
    assert CalamineWorkbook.from_path(tmp_path / "b.xlsx").sheet_names == ["医保", "养老"]
    lines = {row[0]: row[1:] for row in book.get_sheet_by_name("医保分村").to_python()}
    assert lines["上禾村"] == [400, 3, 1, 1 / 400, 1] and lines["老鸦村"] == [0, 1, 1, "", 0]
    assert lines["其他村(社区)"] == ["", 1, 1, "", 0]
    data = report.to_json(merge)
    assert data["villages"][4] == {
        "township": "青禾镇", "scheme": "medical", "village": "上禾村", "quota": 400, "claimed": 3, "counted": 1, "late": 1,
    }  # fmt: skip


@pytest.mark.slow
def test_functions_and_circular(merge: District, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "_policy", lambda: LINHE)
    assert functions.QUOTARATE("医保", "青禾", 505) == 0.5 and functions.QUOTA("养老", "合计") == 1850
    assert functions.QUOTA("养老", "经开区") == functions.NA
    circular.write(merge, date(2024, 12, 31), tmp_path / "circular.docx")
    tables = [
        [[cell.text for cell in row.cells] for row in table.rows]
        for table in Document(tmp_path / "circular.docx").tables
    ]
    lines = {row[1]: row[2:] for table in tables[-2:] for row in table}
    # 任务数, 申报, 计入, 完成率, 距任务数, 逾期, 排名; the pension's table is the last
    assert lines["乡镇小计"] == ["950", "8", "7", "0.74%", "943", "1", ""] and lines["合计"][:3] == ["1850", "12", "11"]
    assert lines["经济开发区（附件未下达任务）"] == ["", "1", "1", "", "", "0", ""]


# ---------------------------------------------------------------- what is wrong with an attachment

TASKS, TOML, MED, PEN = "tasks.csv", "policy.toml", "schemes.medical.attachment", "schemes.pension.attachment"
HEADER = (LINHE_FOLDER / TASKS).read_text(encoding="utf-8").splitlines()[0].replace(",", "、")
BROKEN = [
    # what is replaced in which file; the faults that follow, each with file, entry and words
    ("columns of the table", TOML, 'quota = "2025年医保任务数"', 'quota = "医保任务"',
     [(TOML, MED, f"quota：tasks.csv 的表头没有“医保任务”，表头是：{HEADER}")]),
    ("no quota", TOML, 'quota = "2024年养老任务数"\n', "",
     [(TOML, PEN, f"写了栏名，就要写明 quota（任务数是哪一栏），表头是：{HEADER}")]),
    ("no unit", TOML, 'unit = "乡镇（街道）"\nvillage = "村（社区）"\nquota', 'village = "村（社区）"\nquota',
     [(TOML, PEN, f"写了栏名，就要写明 unit（单位是哪一栏），表头是：{HEADER}")]),
    ("one column twice", TOML, 'base = "2024年医保参保数"', 'base = "序号"',
     [(TOML, MED, "base：“序号”已作别的用处，一栏只能有一个用处")]),
    ("no such use", TOML, 'base = "2024年医保参保数"', 'last_year = "2024年医保参保数"',
     [(TOML, MED, "不认识的项 last_year")]),
    ("two columns alike", TASKS, "其中：特殊人群,2024年养老任务数", "2025年医保任务数,2024年养老任务数",
     [(TASKS, "表头", "“2025年医保任务数”有2栏，请改成不同的栏名")]),
    ("a cell too many", TASKS, "900,930,90,350,", "900,930,90,350,,",
     [(TASKS, "第12行", "列数不对：有9栏，表头有8栏")]),
    ("a unit misspelt", TASKS, "青禾镇", "青和镇",
     [(TASKS, "第8行", "青和镇 不在单位总表 units 中，最接近的是“青禾镇”；请改正，或补进总表，或写为那个单位的别名")]),
    ("a unit twice", TASKS, "4,白沙镇", "4,柳林乡", [(TASKS, "第13行", "柳林乡 重复：第12行已有柳林乡")]),
    ("no name", TASKS, "4,白沙镇", "4,",
     [(TASKS, "第12行", "“乡镇（街道）”是空的，应是单位、小计或合计；表下的说明请移到 footnotes")]),
    ("a village twice", TASKS, "上禾村", "禾田村", [(TASKS, "第10行", "青禾镇的村“禾田村”列了两次，第9行已有")]),
    ("a village in two ways", TASKS, "上禾村", "青禾镇禾田村委会", [
        (TASKS, "第10行", "青禾镇的村“青禾镇禾田村委会”与第9行“禾田村”是一个村的两种写法，请并为一行")]),
    ("a village and a name without a kind", TASKS, "上禾村", "禾田", [
        (TASKS, "第10行", "青禾镇的村“禾田”与第9行“禾田村”分不开，请都写明是村还是社区")]),
    ("a name without a kind and a village", TASKS, "禾田村", "上禾", [
        (TASKS, "第10行", "青禾镇的村“上禾村”与第9行“上禾”分不开，请都写明是村还是社区")]),
    ("of another unit", TASKS, "（2）,,上禾村", "（2）,白沙镇,上禾村",
     [(TASKS, "第10行", "村“上禾村”上面没有它的单位一行；单位一行在前，所属的村在后")]),
    ("no number", TASKS, "900,930,90", "900,约930,90",
     [(TASKS, "第12行", "序号、人数应是整数，“2025年医保任务数”填的是“约930”")]),
    ("below 0", TASKS, "900,930,90", "900,-930,90", [(TASKS, "第12行", "“2025年医保任务数”是-930，人数不能是负数")]),
    ("no quota of a unit", TASKS, "900,930,90", "900,,90", [(TASKS, "第12行", "白沙镇 没有任务数；确实没有的，在 unlisted 里写明")]),
    ("no quota of a village", TASKS, "400,400,50", "400,,50", [(TASKS, "第10行", "上禾村 没有任务数；没有任务的写0")]),
    ("villages against their unit", TASKS, "600,610,70", "600,611,70",
     [(TASKS, "第8行", "“2025年医保任务数”青禾镇各村相加1011，印发1010；请改正，附件原样如此的，"
                      '写 slips = { "第8行 2025年医保任务数" = -1 }')]),
    ("subtotal", TASKS, "3500,3620", "3500,3630",
     [(TASKS, "第7行", "“2025年医保任务数”所含各单位相加3620，印发3630；请改正，附件原样如此的，"
                      '写 slips = { "第7行 2025年医保任务数" = 10 }')]),
    ("total of a further column", TASKS, "6400,450", "6400,455",
     [(TASKS, "合计", "“其中：特殊人群”各行相加450，印发455；请改正，附件原样如此的，"
                     '写 slips = { "第2行 其中：特殊人群" = 5 }')]),
    ("total of the quota", TASKS, "6220,6400", "6220,6500",
     [(TASKS, "合计", "任务数印发6500，各行相加6400，与声明的差数0不符；请改正，附件原样如此的，写 printed_minus_sum = 100"),
      (TASKS, "合计", "任务数印发6500，正文为6400")]),
    ("a slip that is none", TOML, '= -10 }\n\n', '= -10, "第7行 备注" = 1 }\n\n',
     [(TOML, MED, "slips：“第7行 备注”没有差数，或没有这一行、这一栏；请删去")]),
    ("subtotals in two layers", TASKS, "6,经开区", ",全部小计,,5920,6075,440,1850,\n6,经开区",
     [(TASKS, "第17行", "小计上面没有单位；小计只能有一层，各小计之间要有单位")]),
    ("two totals", TASKS, "6,经开区", ",合计,,,,,,\n6,经开区", [(TASKS, "第17行", "合计行重复：第2行已是合计")]),
    ("no total", TASKS, ",全县合计,,6220,6400,450,1850,\n", ",,,,,,,\n", [(TASKS, "合计", "没有合计行")]),
    ("no file", TOML, 'file = "tasks.csv"', 'file = "gone.csv"',
     [("gone.csv", MED, "附件读不到，请检查 file 写的文件名"),
      # of the two tables it was the one that declared it
      (TASKS, "第16行", "“其中：特殊人群”所含各单位相加260，印发250；请改正，附件原样如此的，"
                       '写 slips = { "第16行 其中：特殊人群" = -10 }')]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_what_is_wrong_is_named(
    tmp_path: Path, name: str, old: str, new: str, expected: list[tuple[str, str, str]]
) -> None:
    text = (LINHE_FOLDER / name).read_text(encoding="utf-8")
    assert old in text
    folder = edited(LINHE_FOLDER, tmp_path / "notice")
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    told = [(fault.file.name, fault.entry, fault.problem) for fault in faults(folder)]
    assert told == expected
    with pytest.raises(PolicyError):
        load(folder)


def test_an_attachment_as_excel_saves_it_for_china(tmp_path: Path) -> None:
    """The plain CSV of a Chinese Excel is in GBK: refused with the way to save it; with UTF-8 it has a mark in front."""
    folder = edited(LINHE_FOLDER, tmp_path / "notice")
    text = (LINHE_FOLDER / TASKS).read_text(encoding="utf-8")
    (folder / TASKS).write_text(text, encoding="gb18030")
    assert {fault.problem for fault in faults(folder)} == {
        "附件不是UTF-8编码；用Excel另存时，请选“CSV UTF-8（逗号分隔）”"
    }
    thousands = text.replace("2000,2070", '"2,000","2,070"').replace("村（社区）", '"村\n（社区）"')
    (folder / TASKS).write_text(thousands + ",,,,,,,\n", encoding="utf-8-sig", newline="\r\n")
    assert load(folder).schemes["medical"].attachment == LINHE.schemes["medical"].attachment


def test_all_of_it_is_reported_at_once(tmp_path: Path) -> None:
    """Faults on different lines hide none of one another."""
    together = ("no such use", "a unit misspelt", "no quota of a village", "subtotal", "no number")
    cases = [case for case in BROKEN if case[0] in together]
    folder = edited(LINHE_FOLDER, tmp_path / "notice", *(case[1:4] for case in cases))
    told = {(fault.file.name, fault.entry, fault.problem) for fault in faults(folder)}
    assert told == {fault for case in cases for fault in case[4]} and len(told) == len(together)


def test_a_slip_of_the_office_is_declared_and_shown(results: list[FileResult], tmp_path: Path) -> None:
    """The total of last year's people and the villages of a unit do not add up as printed."""
    folder = edited(
        LINHE_FOLDER, tmp_path / "notice",
        (TASKS, "6220,6400", "6230,6400"), (TASKS, "600,610,70", "600,612,70"),
        (TOML, '特殊人群" = -10 }\n\n[schemes.pension]',
         '特殊人群" = -10, "第2行 2024年医保参保数" = 10, "第8行 2025年医保任务数" = -2 }\n\n[schemes.pension]'),
    )  # fmt: skip
    rules = load(folder)
    summary.write(assemble(results, rules), tmp_path / "summary.xlsx")
    lines = [
        str(row[0])
        for row in CalamineWorkbook.from_path(tmp_path / "summary.xlsx").get_sheet_by_name(MEDICAL).to_python()
    ]
    for words in (
        "合计的“2024年医保参保数”印发6230，各行相加6220",
        "青禾镇的“2025年医保任务数”印发1010，青禾镇各村相加1012",
    ):
        assert any(words in line for line in lines), lines


def test_a_notice_needs_no_interpretation(tmp_path: Path) -> None:
    text = (LINHE_FOLDER / TOML).read_text(encoding="utf-8")
    folder = edited(LINHE_FOLDER, tmp_path / "notice", (TOML, text[text.index("[interpretations.") :], ""))
    assert faults(folder) == [] and load(folder).interpretations == {}


def test_the_example_of_the_page_is_read_as_it_says(tmp_path: Path) -> None:
    """docs/新年度通知.md: its table as a CSV, and the names of columns that it gives for each scheme."""
    page = (ROOT / "docs" / "新年度通知.md").read_text(encoding="utf-8")
    lines = page.partition("| 序号 | 乡镇 |")[2].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:] if line.startswith("|")]
    header = ["序号", "乡镇", *(cell.strip() for cell in lines[0].strip(" |").split("|"))]
    with (tmp_path / "tasks.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *cells])
    sentences = dict.fromkeys(("医保写", "养老写"), "")
    for name in sentences:
        sentences[name] = page.partition(name)[2].partition("。" if name == "养老写" else "；")[0]
    units = [Unit("青禾镇", ()), Unit("白沙镇", ())]
    for words, quotas, villages in (
        (sentences["医保写"], [1010, 930], [610, 400]),
        (sentences["养老写"], [400], [250, 150]),
    ):
        keys = dict(re.findall(r'`(\w+) = "([^"]+)"`', words))
        unlisted = re.findall(r'`unlisted = \["([^"]+)"\]`', words)
        table = {"number": 1, "title": "任务表", "file": "tasks.csv", "order": "序号", "unlisted": unlisted, **keys}
        attachment = attachments.read(Table(tmp_path / TOML, "attachment", table), units, 0)
        assert [row.quota for row in attachment.rows] == quotas
        assert [village.quota for village in attachment.rows[0].villages] == villages


# ---------------------------------------------------------------- by the command line


@pytest.mark.slow
def test_the_whole_season_by_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Added to this PC, the template made, the rosters merged with all papers, reported."""
    own_notices_in(tmp_path, monkeypatch)

    def did(*words: str | Path) -> str:
        done = liangxian(*words, cwd=tmp_path)
        assert done.returncode in (0, 1) and "Traceback" not in done.stderr, done.stdout + done.stderr
        return done.stdout

    did("notice", "add", LINHE_FOLDER)
    did("template", "--notice", "2024", "--rows", "50", "--township", "青禾镇", "--out", "模板.xlsm")
    books = write_books(tmp_path / "收到")
    for book in books:
        assert "0 个错误" in did("check", book), book.name
    assert "计入 17 人" in did(
        "merge", "收到", "--out", "汇总.xlsx", "--jobs", "1", "--notice", "2024", "--progress", "进度", "--ledger", "台账",
        "--json", "data.json",
    )  # fmt: skip
    data = json.loads((tmp_path / "data.json").read_text(encoding="utf-8"))
    schema = json.loads((ROOT / "docs" / "merge.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(data, schema)
    money = {
        (line["township"], line["scheme"], line["category"], line["funder"]): line["yuan"] for line in data["funding"]
    }
    assert money == {
        ("青禾镇", "medical", "特困人员", "医疗救助"): 400, ("青禾镇", "medical", "低保对象", "医疗救助"): 200,
        ("青禾镇", "medical", "低保对象", "县财政"): 30, ("青禾镇", "medical", "防止返贫监测对象", "医疗救助"): 160,
        ("青禾镇", "medical", "重度残疾人", "县残联"): 80, ("青禾镇", "pension", "特困人员", "县财政"): 200,
        ("青禾镇", "pension", "低保对象", "县财政"): 200, ("青禾镇", "pension", "重度残疾人", "县财政"): 200,
    }  # fmt: skip
    (table,) = (tmp_path / "进度").glob("青禾镇*")
    assert "医保分村" in CalamineWorkbook.from_path(table).sheet_names
    did("circular", "收到", "--month", "2024-12", "--out", "通报.docx", "--notice", "2024")
    did("merge", "收到", "--out", "汇总.xlsx", "--jobs", "1", "--notice", "2024")
    assert (tmp_path / "通报.docx").exists()
