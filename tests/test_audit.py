"""Every kind of output, as Excel and Word would open it: nothing to repair, no green triangle."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from addin import columns, run
from addin.old_roster import Wanted
from tests.support import guards, results
from tests.support.received import received
from tests.support.rosters import POLICY

pytestmark = pytest.mark.slow

KINDS = {
    "summary": "汇总.xlsx",
    "circular": "汇总结果/通报.docx",
    "return": "汇总结果/退回清单/普利桥镇_甲村_2019-11-15_第2次_退回.xlsx",
    "list of a return": "汇总结果/退回清单/曲河街道_退回清单.xlsx",
    "ledger": "汇总结果/缴费台账/普利桥镇_缴费台账.xlsx",
    "refunds": "汇总结果/缴费台账/民政_待补到人名单.xlsx",
    "half-month table": "汇总结果/进度表/普利桥镇_半月进度表.xlsx",
    "roster with people": "普利桥镇.xlsx",
    "submission": "上报/普利桥镇_甲村_2019-11-15_第1次.xlsx",
    "annotated copy": "校验/普利桥镇_校验.xlsx",
    "imported roster": "导入/新册.xlsm",
    "imported roster without macros": "导入/新册.xlsx",
    "account of the import": "导入/新册_导入说明.xlsx",
    "new roster": "新建/花名册.xlsm",
    "new roster without macros": "新建/花名册.xlsx",
}


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One of each, from two units with mistakes, refunds, codes that look like numbers, and lists of departments."""
    inbox = tmp_path_factory.mktemp("audit") / "收到"
    received(
        inbox, "普利桥镇.xlsx",
        *results.people(3, village="甲村"),
        *results.people(2, start=10, village="甲村", medical_paid=200, remark="007", confirmation="12"),
        *results.people(2, start=20, village="甲村", category="低保"),
        *results.people(1, start=30, village="甲村", name="<r><t>x</t></r>", category="特困", medical_paid=0),
        part="甲村", parts=2, clerk="123",
    )  # fmt: skip
    received(inbox, "曲河街道.xlsx", *results.people(2, start=40, entered="?"), township="曲河街道")
    lists = inbox / "部门名单"
    lists.mkdir()
    book = openpyxl.Workbook()
    book.active.append(["姓名", "证件号码", "类别", "乡镇", "村", "认定日期", "终止日期"])
    book.active.append(["张三", results.invented_id(20), "低保", "普利桥镇", "甲村", "2018-01-01", ""])
    book.save(lists / "民政低保名单.xlsx")
    run.merge_folder(inbox, inbox / KINDS["summary"], POLICY, jobs=1, lists=lists, extras=run.papers_of(inbox))
    run.write_circular(inbox, inbox / KINDS["circular"], POLICY, run.Issue(date(2019, 11, 30)), jobs=1)
    roster = inbox / "普利桥镇.xlsx"
    run.check_files([roster], POLICY, jobs=1, annotate=inbox / "校验")
    (inbox / "上报").mkdir()
    run.submit(roster, run.judge_file(roster, POLICY).edition, inbox / "上报", POLICY)
    for kind in ("imported roster", "imported roster without macros"):
        target = inbox / KINDS[kind]
        run.import_old(roster, target, POLICY, Wanted(keep_payments=True))
        if kind == "imported roster":
            target.with_name("新册_导入说明.xlsx").unlink()
    (inbox / "新建").mkdir()
    for kind in ("new roster", "new roster without macros"):
        run.new_roster(inbox / KINDS[kind], POLICY, columns.READY_ROWS[0], run.unit_of(POLICY, "普利桥镇"))
    return inbox


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_to_repair(kind: str, inbox: Path) -> None:
    path = inbox / KINDS[kind]
    assert guards.audit(path) == []
    if path.suffix != ".docx":
        parts = guards.read_parts(path)
        assert [*guards.package(parts), *guards.sheets(parts), *guards.as_saved(parts)] == []


def test_no_kind_is_left_out(inbox: Path) -> None:
    """Whatever lies in the folders is of a kind that is audited: of papers of one name for each unit one is."""
    kinds = {_kind(path.name) for path in map(Path, KINDS.values())}
    assert {_kind(path.name) for path in _written(inbox)} == kinds


def _written(inbox: Path) -> Iterator[Path]:
    for path in inbox.rglob("*"):
        if path.suffix in (".xlsx", ".xlsm", ".docx") and path.parent.name != "部门名单":
            yield path


def _kind(name: str) -> str:
    unit, line, rest = name.rpartition("_")
    return rest if line else "花名册" if unit + rest in ("普利桥镇.xlsx", "曲河街道.xlsx") else name
