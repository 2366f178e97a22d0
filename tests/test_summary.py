"""The district summary: as printed, reconciled, text only ever text, the same bytes for the same district."""

from __future__ import annotations

import csv
import dataclasses
import functools
import os
import re
import subprocess
import sys
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openxml_audit import OpenXmlValidator

from addin import policy
from addin.district.records import Decision, District, FileLine
from addin.findings import Finding
from addin.output import saving, summary
from addin.output.summary import problems
from tests.support import ROOT, rosters
from tests.support.notices import LENGSHUITAN, LENGSHUITAN_FOLDER
from tests.support.results import district, figures_of, invented_id, people, result

_TABLE = (ROOT / "docs" / "specification.md").read_text(encoding="utf-8").split("| sheet | what |\n|---|---|\n")[1]
NAMES = [line.split(" | ")[0].removeprefix("| ") for line in _TABLE.split("\n\n")[0].splitlines()]
"""The sheets in the order of specification 7."""
POOR = {"category": "低保户"}


def some() -> District:
    """Two units, one of them not in Attachment 1; people in hardship, late, unpaid, twice, with a bad ID."""
    late, unpaid = {"medical_date": datetime(2020, 1, 3)}, {"medical_paid": 0, "medical_date": ""}
    bad = {**people(1, 30)[0], "id_number": "99000019900101"}
    first = [*people(6), *people(2, 6, **late), *people(3, 8, **unpaid), bad]
    second = [*people(4, 40, **POOR), *people(2, 4), *people(2, 50, category="特困", medical_paid=0, pension_paid=0)]
    third = people(3, 60, category="兜底", medical_paid=0, pension_paid=0, medical_date="", pension_date="")
    return district(
        result("普利桥镇.xlsx", *first, deadline=datetime(2020, 1, 5)),
        result("仁湾镇.xlsx", *second, *third, township="仁湾镇", deadline=datetime(2020, 1, 5)),
        result("某镇.xlsx", township="不存在的镇"),
    )


@pytest.fixture(scope="module")
def merge() -> District:
    return some()


@pytest.fixture(scope="module")
def written(merge: District, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The summary of `merge`, for tests that only read it."""
    path = tmp_path_factory.mktemp("summary") / "district_summary.xlsx"
    summary.write(merge, path)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "district_summary.xlsx"


def cells(path: Path, sheet: str, *, formulas: bool = False) -> list[list[Any]]:
    return _sheets(path, path.stat().st_mtime_ns, formulas)[sheet]


@functools.cache
def _sheets(path: Path, _: int, formulas: bool) -> dict[str, list[list[Any]]]:
    book = openpyxl.load_workbook(path, read_only=True, data_only=not formulas)
    try:
        return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}
    finally:
        book.close()


def rows_after(rows: list[list[Any]], *headers: str) -> list[list[Any]]:
    """The lines under the header row that begins with these headers, to the first line that is blank."""
    at = next(n for n, row in enumerate(rows) if tuple(row[: len(headers)]) == headers)
    end = next((n for n, row in enumerate(rows[at + 1 :], at + 1) if not any(v is not None for v in row)), len(rows))
    return rows[at + 1 : end]


# ---------------------------------------------------------------- what stands on the sheets


def test_all_sheets_in_their_order(merge: District, written: Path) -> None:
    summary.verify(written, merge)
    with zipfile.ZipFile(written) as archive:
        workbook = archive.read("xl/workbook.xml").decode()
    assert re.findall(r'<sheet name="([^"]*)"', workbook) == NAMES


@pytest.mark.parametrize(
    ("sheet", "file"), [("附件1 养老", "attachment1_pension"), ("附件2 医保", "attachment2_medical")]
)
def test_attachments_as_issued_cell_for_cell(merge: District, written: Path, sheet: str, file: str) -> None:
    rows = cells(written, sheet)
    issued = (policy.NOTICES / "lengshuitan-2019" / f"{file}.csv").read_text(encoding="utf-8-sig")
    printed = [[int(v) if v.isdigit() else v or None for v in line] for line in csv.reader(issued.splitlines())]
    at = next(n for n, row in enumerate(rows) if row[:4] == printed[0])
    assert [row[:4] for row in rows[at : at + len(printed)]] == printed
    assert rows[1][0] in {rules.attachment.title for rules in rosters.POLICY.schemes.values()}
    assert rows[0][0] == sheet.split(maxsplit=1)[0] and str(rows[2][0]).startswith("花名册截至20")


def test_the_396_are_shown(merge: District, written: Path) -> None:
    by_name = {row[1]: row[2:4] for row in cells(written, "附件2 医保") if row[1]}
    assert by_name["合计"] == [420000, 462000]
    assert by_name["各行相加"] == [420000, 461604]
    assert by_name["印发减各行相加"] == [0, 396]
    assert "各行相加" not in {row[1] for row in cells(written, "附件1 养老")}


def test_a_unit_the_attachment_does_not_list_is_counted_below_it(merge: District, written: Path) -> None:
    lines: dict[Any, list[Any]] = {}
    for row in cells(written, "附件1 养老"):
        lines.setdefault(row[1], row)
    apart, total, whole = lines["仁湾镇"], lines["合计"], lines["全区计入人数"]
    # 4 低保, 2 特困 and 3 兜底; the two who are claimed by both units belong to the other one
    assert apart[5] == 9
    assert [apart[n] for n in (0, 2, 3, 6, 7, 8, 10)] == [None] * 7
    assert whole[5] == total[5] + apart[5]
    assert whole[6] is None


def test_rates_gaps_and_ranks_are_formulas_with_their_values(merge: District, written: Path) -> None:
    formulas, values = (
        {row[1]: row for row in reversed(cells(written, "附件2 医保", formulas=wanted))} for wanted in (True, False)
    )
    row = formulas["普利桥镇"]
    assert re.fullmatch(r"=F\d+/D\d+", row[6])
    assert re.fullmatch(r"=D\d+-F\d+", row[7])
    assert re.fullmatch(r"=RANK\(G\d+,G\$\d+:G\$\d+\)", row[8])
    counted = values["普利桥镇"][5]
    assert values["普利桥镇"][6:9] == [counted / 48576, 48576 - counted, 2]
    assert values["仁湾镇"][8] == 1
    assert values["合计"][6] == sum(values[unit][5] for unit in ("普利桥镇", "仁湾镇")) / 462000


def test_every_claimed_person_is_somewhere(merge: District, written: Path) -> None:
    rows = cells(written, "申报去向")
    starts = [n for n, row in enumerate(rows) if row[:3] == ["序号", "单位", "申报"]]
    for start in starts:
        lines = rows_after(rows[start:], "序号", "单位", "申报")
        assert [row[11] for row in lines] == ["相符"] * 22
        assert all(row[2] == sum(row[3:11]) for row in lines)
    by_name = {row[1]: row[2:11] for row in lines}
    assert len(starts) == 2 and by_name["普利桥镇"] == [12, 6, 2, 1, 0, 0, 3, 0, 0]


def test_overview_refers_to_the_attachments(merge: District, written: Path) -> None:
    rows = cells(written, "总览", formulas=True)
    for name, sheet in (("养老", "附件1 养老"), ("医保", "附件2 医保")):
        (line,) = (row for row in rows if row[0] == name)
        assert all(re.fullmatch(rf"='{sheet}'![A-K]\d+", value) for value in line[1:8])
    words = "\n".join(str(value) for row in cells(written, "总览") for value in row if value)
    assert "250元/年为初定" in words
    assert "花名册截至2020年1月5日" in words
    assert "相差396" in words
    assert "19个单位从未报送" in words
    assert "【拒收】" in words


def test_transfers_apart_from_refunds(merge: District, written: Path) -> None:
    """Three people of 兜底 have two funders and are three people; 低保 stand under the refunds only."""
    rows = cells(written, "资助资金")
    whole = {tuple(row[:3]): row[3:9] for row in rows_after(rows, "拨付部门", "险种", "类别", "出资方")}
    both = whole["民政、扶贫（分担待定）", "医保", "社会保障兜底脱贫对象"]
    assert both == ["医疗救助、财政", "未提供名单", 3, 750, 3, 750]
    assert whole["民政", "医保", "特困供养人员"] == ["医疗救助", "未提供名单", 2, 500, 2, 500]
    assert not any("低保" in str(key) for key in whole if key[1] == "医保")
    (refund, total) = rows_after(rows, "拨付部门", "险种", "类别", "单位")
    assert refund[:9] == ["民政", "医保", "城乡低保对象", "仁湾镇", "未提供名单", 4, 300, 4, 300]
    assert total[6] == 300


def test_cash_balances_on_the_sheet(merge: District, written: Path) -> None:
    lines = [row for row in cells(written, "缴费对账") if row[0] in ("医保", "养老")]
    assert len(lines) == 44
    assert {row[7] for row in lines} == {"平"}
    assert all(row[3] == pytest.approx(row[2] + row[4] + row[6] - row[5]) for row in lines)
    assert next(row for row in lines if row[:2] == ["医保", "普利桥镇"])[2:6] == [3000, 2250, 0, 750]


@pytest.mark.slow
def test_many_findings_are_cut_and_that_is_reported(merge: District, path: Path) -> None:
    info = Finding("普利桥镇.xlsx", "花名册", 5, "A", "802", "info", problem="提示")
    many = [dataclasses.replace(info, row=n) for n in range(5, 5105)]
    last = Finding("普利桥镇.xlsx", "花名册", 9000, "A", "301", "error", problem="最后一条错误")
    summary.write(dataclasses.replace(merge, findings=[*many, last]), path)
    rows = cells(path, "问题清单")
    places = rows_after(rows, "级别", "单位", "单元格")
    assert len(places) == 5000
    assert (places[0][0], places[0][8]) == ("错误", "最后一条错误")
    assert any("共5,101条，这里只列前5,000条" in str(row[0]) for row in rows)
    statistics = rows_after(cells(path, "问题统计"), "代码", "级别", "规则")
    assert [row[:3] for row in statistics] == [
        ["301", "错误", "姓名没有填"],
        ["802", "提示", statistics[1][2]],
        [None, None, "合计"],
    ]
    assert statistics[-1][-2] == 5101


def test_duplicates_masked(merge: District, written: Path) -> None:
    lines = rows_after(cells(written, "重复人员"), "险种", "姓名")
    assert len(lines) == 8
    assert {row[1] for row in lines} == {"张*"}
    assert {row[6] for row in lines} == {"归属", "不计入"}


@pytest.mark.slow
def test_many_duplicates_are_cut_between_two_persons_and_that_is_reported(
    merge: District, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A roster received under another unit's name too makes more lines than anybody reads, or a sheet may have."""
    monkeypatch.setattr(problems, "PEOPLE_LIMIT", 3)
    summary.write(merge, path)
    rows = cells(path, "重复人员")
    lines = rows_after(rows, "险种", "姓名")
    assert [row[6] for row in lines] == ["归属", "不计入"] * 2
    assert any("共8行，这里只列前4行；其余4行见数据文件（liangxian merge --json）。" in str(row[0]) for row in rows)
    summary.verify(path, merge)


def test_no_full_id_anywhere(merge: District, path: Path) -> None:
    number = invented_id(7)
    merge = dataclasses.replace(
        merge, decisions=[Decision("拒收", "", f"“{number}.xlsx”"), *merge.decisions],
        files=[*merge.files, FileLine(f"{number[:10]} {number[10:]}.xlsx", "refused")],
    )  # fmt: skip
    summary.write(merge, path, {("附件2 医保", "普利桥镇"): f"问{number}"})
    text = "".join(zipfile.ZipFile(path).read(name).decode() for name in zipfile.ZipFile(path).namelist())
    assert "990000********" in text
    assert not re.search(r"99\d{4}(19|20)\d{9}", re.sub(r"[ -]", "", text))


def test_a_trial_is_marked_on_every_sheet(merge: District, path: Path, tmp_path: Path) -> None:
    overlay = tmp_path / "trial.toml"
    overlay.write_text('[interpretations]\nprinted_total = "sum"\n', encoding="utf-8")
    trial = policy.load(LENGSHUITAN_FOLDER, overlay)
    summary.write(dataclasses.replace(merge, policy=trial), path)
    for name in NAMES:
        assert str(cells(path, name)[0][0]).startswith("试算（不作为正式结果）：")
    total = next(row for row in cells(path, "附件2 医保") if row[1] == "合计")
    assert total[6] == total[5] / 461604


@pytest.mark.slow
def test_the_empty_summary(path: Path) -> None:
    summary.write_empty(LENGSHUITAN, path)
    assert openpyxl.load_workbook(path).sheetnames == NAMES
    assert "尚未汇总任何花名册" in str(cells(path, "总览")[1][0])


# ---------------------------------------------------------------- remarks of the summary that is replaced


def test_remarks_come_back(merge: District, path: Path) -> None:
    remarks = {
        ("附件1 养老", "仁湾镇"): "单列", ("附件2 医保", "合计"): "已报区委", ("附件2 医保", "工业园区"): "=1+1\n第二行",
        ("缴费对账", "医保 普利桥镇"): "已核", ("报送情况", "工业园区"): "已催", ("问题统计", "605 工业园区"): "已改，不再有",
        ("问题统计", "401"): "核实中", ("困难人员参保", "城乡低保对象 医保 仁湾镇"): "低保办已核",
        ("资助资金", "养老 区财政 仁湾镇"): "已拨", ("资助资金", "城乡低保对象 医保 民政 仁湾镇"): "已退",
    }  # fmt: skip
    summary.write(merge, path, remarks)
    assert summary.read_remarks(path) == remarks


def test_remarks_of_the_earlier_sheet_are_kept(merge: District, path: Path) -> None:
    summary.write(merge, path, {("问题清单", "605 工业园区"): "已改，不再有"})
    assert summary.read_remarks(path) == {("问题统计", "605 工业园区"): "已改，不再有"}


@pytest.mark.slow
def test_remarks_follow_their_unit_wherever_a_clerk_has_moved_it(merge: District, path: Path) -> None:
    summary.write(merge, path)
    book = openpyxl.load_workbook(path)
    sheet = book["附件2 医保"]
    at = next(row[1].row for row in sheet.iter_rows() if row[1].value == "普利桥镇")
    sheet.cell(at, 12).value = 2019
    sheet.insert_rows(2, 3)
    sheet.insert_cols(1)
    book.save(path)
    assert summary.read_remarks(path) == {("附件2 医保", "普利桥镇"): "2019"}


def test_counts_are_read_back(merge: District, written: Path) -> None:
    counts = summary.read_counts(written)
    for unit in merge.units:
        assert counts[unit.scheme, unit.township] == unit.counted


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04 broken"])
def test_an_unreadable_summary_is_reported(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(summary.Unreadable, match="读不了"):
        summary.read_remarks(path)
    with pytest.raises(summary.Unreadable):
        summary.read_counts(path)


# ---------------------------------------------------------------- refusals, hostile texts, bytes


@pytest.mark.parametrize(
    ("table", "column"),
    [("units", "claimed"), ("units", "unpaid"), ("progress", "counted"), ("cash", "short"), ("coverage", "people")],
)
def test_tables_that_contradict_each_other_are_not_written(path: Path, table: str, column: str) -> None:
    wrong = some()
    lines = getattr(wrong, table)
    if column == "unpaid":
        reasons = lines[-1].not_counted
        lines[-1] = dataclasses.replace(lines[-1], not_counted={**reasons, column: reasons[column] + 1})
    else:
        lines[-1] = dataclasses.replace(lines[-1], **{column: getattr(lines[-1], column) + 1})
    with pytest.raises(summary.Mismatch, match="对不上"):
        summary.write(wrong, path)
    assert not path.exists()


def test_a_written_file_with_another_figure_is_not_verified(merge: District, path: Path) -> None:
    summary.write(merge, path)
    other = some()
    at = other.units.index(figures_of(other))
    other.units[at] = dataclasses.replace(other.units[at], counted=other.units[at].counted + 1)
    with pytest.raises(summary.Unverified, match="普利桥镇"):
        summary.verify(path, other)


HOSTILE = [
    "=cmd|' /C calc'!A0", "+1+1", "@SUM(1)", "http://example.com", "mailto:x", "<r><t>x</t></r>", "a\x01b\x0bc", "_x0041_", "</si>",
    "internal:'总览'!A1", "\ud800half", "\uffff", "{=1}", " leading", "x" * 40_000,
]  # fmt: skip


@pytest.mark.slow
def test_hostile_texts_stay_texts(merge: District, path: Path) -> None:
    files = [FileLine(text, "refused", "R108", text) for text in HOSTILE]
    findings = [Finding(text, text, 5, "A", "301", "error", name=text, value=text, problem=text) for text in HOSTILE]
    decisions = [Decision("拒收", text, text) for text in HOSTILE]
    remarks = {("附件2 医保", "普利桥镇"): HOSTILE[0], ("报送情况", "普利桥镇"): "a\x01b"}
    summary.write(dataclasses.replace(merge, files=files, findings=findings, decisions=decisions), path, remarks)
    assert summary.read_remarks(path)["附件2 医保", "普利桥镇"] == HOSTILE[0]
    assert summary.read_remarks(path)["报送情况", "普利桥镇"] == "a\x01b"
    book = openpyxl.load_workbook(path)
    kinds = {
        cell.value: cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None
    }  # fmt: skip
    for text in (*HOSTILE[:5], "</si>", "internal:'总览'!A1", "{=1}", " leading"):
        assert kinds[text] == "s", text
    assert not [name for name in zipfile.ZipFile(path).namelist() if "external" in name.lower()]
    assert all("http://example.com" not in part for part in relations(path))
    assert not OpenXmlValidator().validate(str(path)).errors


def relations(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as book:
        return [book.read(name).decode() for name in book.namelist() if name.endswith(".rels")]


@pytest.mark.slow
def test_nothing_that_excel_would_repair(merge: District, path: Path) -> None:
    summary.write(merge, path)
    assert not OpenXmlValidator().validate(str(path)).errors
    with zipfile.ZipFile(path) as book:
        assert not [name for name in book.namelist() if "vba" in name.lower() or "external" in name.lower()]


PROGRAM = """
import sys
from pathlib import Path
from addin.output import summary
from tests.test_summary import some
summary.write(some(), Path(sys.argv[1]), {("附件2 医保", "普利桥镇"): "备注", ("问题清单", "605 工业园区"): "x"})
"""


@pytest.mark.slow
def test_same_bytes_under_another_hash_seed(tmp_path: Path) -> None:
    written = []
    for seed in ("0", "1", "4242"):
        target = tmp_path / f"{seed}.xlsx"
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-c", PROGRAM, str(target)], check=True, env=environment)
        written.append(target.read_bytes())
    assert len(set(written)) == 1


def test_written_through_saving(merge: District, path: Path) -> None:
    for remarks in ({}, {("附件2 医保", "普利桥镇"): "第二次"}):
        saving.replace(
            path, lambda new, remarks=remarks: summary.write(merge, new, remarks), verify=lambda new: summary.verify(new, merge)
        )  # fmt: skip
    assert summary.read_remarks(path) == {("附件2 医保", "普利桥镇"): "第二次"}
    assert summary.read_remarks(saving.backup_of(path, 1)) == {}


@pytest.mark.slow
def test_the_first_page_says_how_it_stands(path: Path) -> None:
    """Change against the half month before, first and last, silent units; a whole wrong column is no unit's fault."""
    rows = people(4, medical_date=datetime(2019, 11, 5))
    wrong = [{**row, "medical_date": "十月"} for row in people(60, start=20)]
    merge = district(
        result("a.xlsx", *people(2, start=10, medical_date=datetime(2019, 10, 20)), *rows),
        result("b.xlsx", *wrong, township="工业园区"),
    )
    summary.write(merge, path)
    words = [str(row[0]) for row in cells(path, "总览") if row[0]]
    assert any(
        line.startswith("医保：10月31日以后新增4人，完成率提高0.00个百分点；距目标任务差461,994人；缴费期还剩46天")
        for line in words
    )
    assert any(line.startswith("医保前3名：普利桥镇（0.01%）、工业园区（0.00%）。") for line in words)
    assert any("从未报送：曲河街道" in line for line in words)
    (line,) = (line for line in words if line.startswith("【整列有误】"))
    assert "工业园区“b.xlsx”的“医保缴费(登记)日期”一列有60人同样填错" in line and "不要据此评比" in line
