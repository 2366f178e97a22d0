"""What goes back to the units: copies to be corrected, lists, texts; and the corrected copy is a submission again."""

from __future__ import annotations

import dataclasses
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from addin import columns, run
from addin.district.records import District
from addin.output import returns
from tests.support import results
from tests.support.received import received
from tests.support.rosters import POLICY, person

SHORT = {"medical_paid": 200}
"""An error: less than what is due."""


def merge(inbox: Path, **extras: Any) -> District:
    return run.merge_folder(inbox, inbox / "district_summary.xlsx", POLICY, jobs=1, lists=run.lists_of(inbox),
                            extras=dataclasses.replace(run.papers_of(inbox, ledger=False, progress=False), **extras))  # fmt: skip


def names(inbox: Path) -> list[str]:
    return sorted(
        path.name for path in (inbox / "汇总结果" / "退回清单").iterdir() if path.is_file() and path.name[0] != "."
    )


def counted(merge: District) -> dict[str, int]:
    return {unit.township: unit.counted for unit in merge.scheme_units("medical") if unit.counted}


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Units with an error in one of two books, with a warning, refused, broken; and a person of two units."""
    inbox = tmp_path / "收到"
    received(inbox, "普利桥镇.xlsx", *results.people(3, village="甲村"),
             *results.people(2, start=10, village="甲村", name="欧阳明", **SHORT), part="甲村", parts=2)  # fmt: skip
    received(inbox, "普利桥镇乙村.xlsx", *results.people(2, start=20, village="乙村"), part="乙村", parts=2)
    received(inbox, "曲河街道.xlsx", *results.people(2, start=30), township="曲河街道")
    # a warning of a whole column, which has no row, beside one of a row
    received(inbox, "蔡市镇.xlsx", *results.people(1, start=60, pension_date=datetime(2019, 11, 2)),
             *({**person, "medical_receipt": ""} for person in results.people(30, start=80)), township="蔡市镇")  # fmt: skip
    received(inbox, "伊塘镇.xlsx", *results.people(2, start=40), township="伊塘镇")
    received(inbox, "伊塘镇改.xlsx", *results.people(3, start=40), township="伊塘镇")  # both the first: neither counts
    (inbox / "仁湾镇.xlsx").write_bytes(b"PK broken")
    lists = inbox / "部门名单"
    lists.mkdir()
    book = openpyxl.Workbook()
    book.active.append(["姓名", "证件号码", "类别", "乡镇", "村", "认定日期", "终止日期"])
    book.active.append(["张三", results.invented_id(30), "低保", "高溪市镇", "桥头村", "2018-01-01", ""])
    book.save(lists / "民政低保名单.xlsx")
    return inbox


def place(inbox: Path, name: str) -> Path:
    return inbox / "汇总结果" / "退回清单" / name


def cells_of(path: Path, sheet: str) -> list[list[Any]]:
    """The filled cells of each row of a sheet."""
    rows = openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True)
    return [[cell for cell in row if cell is not None] for row in rows]


BACK = "普利桥镇_甲村_2019-11-15_第2次_退回.xlsx"


@pytest.mark.slow
def test_each_unit_gets_what_it_has_to_correct_and_corrected_it_counts(inbox: Path) -> None:
    first = merge(inbox)
    before = {"普利桥镇": 5, "曲河街道": 2, "蔡市镇": 31}
    assert counted(first) == before
    twins = [f"伊塘镇_全部_2019-11-15_第2次_退回{n}.xlsx" for n in ("", "(2)")]
    copies = [BACK, *twins, "曲河街道_全部_2019-11-15_第2次_退回.xlsx"]
    told = ["普利桥镇", "伊塘镇", "曲河街道", "蔡市镇", "高溪市镇", "仁湾镇"]
    assert names(inbox) == sorted(
        [*copies, *(f"{unit}_{kind}" for unit in told for kind in ("退回清单.xlsx", "退回说明.txt"))]
    )
    assert openpyxl.load_workbook(place(inbox, BACK)).active.title == "校验结果"
    rows = cells_of(place(inbox, BACK), "校验结果")
    assert rows[1] == ["2 个错误，影响医保 2 人；请改正后于2019年11月30日前重报（封面已改为第2次）"]
    assert [row[4] for row in rows[3:5]] == ["欧阳明"] * 2
    assert cells_of(place(inbox, twins[0]), "校验结果")[1][0].startswith("没有采用：同期两份不一致：")
    # of another unit the name only; 902 reaches both
    (other,) = [row for row in cells_of(place(inbox, copies[-1]), "校验结果") if "902" in row]
    assert "张三" in other and any("高溪市镇" in str(cell) for cell in other)
    assert ["902" in row for row in cells_of(place(inbox, "高溪市镇_退回清单.xlsx"), "逐条")[3:]] == [True]
    assert all("警告" in row for row in cells_of(place(inbox, "蔡市镇_退回清单.xlsx"), "逐条")[3:])
    assert cells_of(place(inbox, "仁湾镇_退回清单.xlsx"), "文件")[3][:2] == ["仁湾镇.xlsx", "拒收"]
    # corrected in the copy itself, they count
    correct(place(inbox, BACK), inbox / "改好的.xlsx")
    correct(place(inbox, twins[1]), inbox / "伊塘镇核定.xlsx")
    again = merge(inbox)
    assert counted(again) == before | {"普利桥镇": 7, "伊塘镇": 3}
    assert {line.name: (line.status, line.serial) for line in again.files}["普利桥镇.xlsx"] == ("replaced", 1)
    assert place(inbox, "以前的退回").joinpath(BACK).exists() and BACK not in names(inbox)
    assert not [name for name in names(inbox) if name.startswith("伊塘镇") and name.endswith(f"{returns.COPY}.xlsx")]


def correct(copy: Path, target: Path) -> None:
    """What the station does: the missing money is collected and typed in."""
    book = openpyxl.load_workbook(copy)
    sheet = book["花名册"]
    column = columns.LETTERS["medical_paid"]
    for row in range(columns.FIRST_ROW, sheet.max_row + 1):
        if sheet[f"{column}{row}"].value == SHORT["medical_paid"]:
            sheet[f"{column}{row}"] = 250
    book.save(target)


@pytest.mark.slow
def test_the_text_has_counts_and_nobody(inbox: Path) -> None:
    merge(inbox)
    text = place(inbox, "普利桥镇_退回说明.txt").read_text(encoding="utf-8-sig")
    assert f"· {BACK}：有2个错误，影响医保2人未计入。" in text and "于2019年11月30日前" in text
    texts = [path.read_text(encoding="utf-8-sig") for path in place(inbox, "").glob("*.txt")]
    assert len(texts) == 6
    for text in texts:
        assert not re.search(r"\d{6}\*|\d{15}|张|欧阳|户号", text), text
    assert "未采用2份" in place(inbox, "伊塘镇_退回说明.txt").read_text(encoding="utf-8-sig")


def test_the_text_of_a_unit_without_problems_says_so() -> None:
    merge = results.district(results.result("普利桥镇.xlsx", *results.people(3)))
    (unit,) = returns.returned(merge)
    assert returns.text(unit, merge).splitlines()[2:] == ["· 没有发现问题，不用改。"]


@pytest.mark.slow
def test_a_unit_with_nothing_to_correct_keeps_no_old_return(inbox: Path) -> None:
    """Strangers' files of such a name stay where they are."""
    merge(inbox)
    stranger = place(inbox, "普利桥镇_别的_退回.xlsx")
    stranger.write_bytes((inbox / "蔡市镇.xlsx").read_bytes())
    for path in inbox.glob("普利桥镇*"):
        path.unlink()
    merge(inbox)
    assert [name for name in names(inbox) if name.startswith("普利桥镇")] == [stranger.name]
    old = sorted(path.name for path in place(inbox, "以前的退回").iterdir())
    assert old == [BACK, "普利桥镇_退回清单.xlsx", "普利桥镇_退回说明.txt"]


@pytest.mark.slow
def test_a_copy_has_everybody_with_any_error(tmp_path: Path) -> None:
    """A column that fails alike, and cells that are no values: every row stands in the copy."""
    inbox = tmp_path / "收到"
    received(inbox, "普利桥镇.xlsx", *results.people(40, medical_date="2019/13/45"), person(name="", household=""))
    merge(inbox)
    (back,) = [name for name in names(inbox) if name.endswith("退回.xlsx")]
    sheet = openpyxl.load_workbook(place(inbox, back))["花名册"]
    column = columns.LETTERS["id_number"]
    given = [sheet[f"{column}{row}"].value for row in range(columns.FIRST_ROW, sheet.max_row + 1)]
    assert len([value for value in given if value]) == 41
    assert "影响医保 4" in cells_of(place(inbox, back), "校验结果")[1][0]
