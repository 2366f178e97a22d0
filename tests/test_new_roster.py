"""新建花名册: a unit, a size, a place; the roster is there and open, or nothing is."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from addin import macros, run
from addin.output import macro_workbook
from tests.support.excel import Excel, session
from tests.support.notices import LENGSHUITAN, QINGSHI
from tests.support.rosters import POLICY


@pytest.fixture
def excel(tmp_path: Path) -> Iterator[Excel]:
    """Excel without a workbook, its clerk's folder in the test's."""
    with session() as found:
        found.app.__dict__["DefaultFilePath"] = str(tmp_path)
        yield found


def create(excel: Excel, target: Path | None, *replies: object) -> list[str]:
    """The button; gives what was said."""
    excel.said.clear()
    excel.replies, excel.saved_as = list(replies), target
    macros.new_roster()
    return excel.said


@pytest.mark.slow
def test_a_unit_by_its_number_or_name_gets_a_roster_of_the_size_it_needs(excel: Excel, tmp_path: Path) -> None:
    target = tmp_path / "普利桥镇_花名册.xlsm"
    number = [unit.name for unit in POLICY.units].index("普利桥镇") + 1
    (message,) = create(excel, target, number, "100")
    assert message.startswith(f"新花名册做好了，普利桥镇，100行，按{POLICY.id}。\n在：{target}")
    assert excel.offered == str(target), "offered in the clerk's own folder"
    assert [book.path for book in excel.books] == [target]
    book = openpyxl.load_workbook(target, keep_vba=True)
    assert "普利桥镇" in {cell.value for row in book["封面"].iter_rows() for cell in row}
    (message,) = create(excel, target, "普利桥", "100")
    assert "已经有了，没有改动它" in message
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


@pytest.mark.parametrize(
    ("replies", "saved_as", "said"),
    [
        ((False,), None, []),
        (("3", False), None, []),
        (("3", "100"), None, []),
        (("外星镇",), None, ["没有“外星镇”这个单位"]),
        (("99",), None, ["没有“99”这个单位"]),
        (("3", "很多"), None, ["行数填的是“很多”，应是1到100,000的数"]),
        (("3", "100001"), None, ["行数填的是“100001”"]),
        (("3", "10"), "a.xls", ["要以.xlsm（带宏）或.xlsx（不带宏）结尾"]),
    ],
)
def test_cancelled_or_not_understood_makes_nothing(
    excel: Excel, tmp_path: Path, replies: tuple[object, ...], saved_as: str | None, said: list[str]
) -> None:
    answer = create(excel, tmp_path / saved_as if saved_as else None, *replies)
    assert [words in text for words, text in zip(said, answer, strict=True)] == [True] * len(said)
    assert list(tmp_path.iterdir()) == [] and excel.books == []


def test_a_full_disk_leaves_nothing(excel: Excel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(macro_workbook, "write_template", fail)
    (message,) = create(excel, tmp_path / "a.xlsm", "3", "10")
    assert "空间" in message
    assert [path.suffix for path in tmp_path.iterdir() if path.suffix in (".xlsm", ".xlsx")] == []


def test_the_size_has_room_for_the_unit() -> None:
    sizes = {unit.name: run.rows_for(LENGSHUITAN, unit) for unit in LENGSHUITAN.units}
    assert (sizes["普利桥镇"], sizes["工业园区"]) == (50_000, 20_000)
    assert {run.rows_for(QINGSHI, unit) for unit in QINGSHI.units} <= {2_000, 20_000, 50_000}


def test_the_question_fits_into_excel_s_box() -> None:
    for rules in (LENGSHUITAN, QINGSHI):
        asked = run.ask_for_unit(rules, 255)
        assert len(asked) <= 255
        assert f"1{rules.units[0].name}" in asked
