"""`liangxian template`: a blank roster of any size, with macros or without; nothing is ever overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from addin import columns, intake
from addin.findings import Refusal
from addin.output import macro_workbook
from addin.output.template.layout import HINT_ROWS
from scripts import build_workbooks, xlwings_module
from tests.support import guards
from tests.support.command import liangxian
from tests.support.notices import LENGSHUITAN


def _cover(path: Path) -> dict[str, object]:
    book = intake.read(path, (columns.COVER_SHEET,))
    assert not isinstance(book, Refusal), book
    return {row[1]: row[2] for row in book.sheets[columns.COVER_SHEET].rows if len(row) > 2}


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".xlsx", ".xlsm"])
def test_template_for_a_township(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"曲河 (1){suffix}"
    done = liangxian("template", "--rows", "30", "--township", "曲河", "--out", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"模板已写好：{path.resolve()}（30 行）" in done.stdout
    assert [file.name for file in tmp_path.iterdir() if file.suffix != ".lock"] == [path.name]
    parts = guards.read_parts(path)
    assert (guards.PROJECT in parts) is (suffix == ".xlsm")
    formulas = parts["xl/worksheets/sheet2.xml"].count(b'<f t="shared"')
    assert formulas > 30 * len(columns.COMPUTED)
    assert formulas % 30 == 0
    assert _cover(path)["乡镇/街道"] == "曲河街道"


@pytest.mark.slow
def test_template_with_macros_is_as_sound_as_the_built_one(tmp_path: Path) -> None:
    macro_workbook.write_template(tmp_path / "t.xlsm", LENGSHUITAN, 5, {})
    codes = guards.sheet_code_names(guards.read_parts(tmp_path / "t.xlsm"))
    assert guards.everything(tmp_path / "t.xlsm", build_workbooks.modules(codes, xlwings_module.BOOK)) == []


@pytest.mark.slow
def test_large_template_says_that_hints_are_left_to_the_check(tmp_path: Path) -> None:
    done = liangxian("template", "--rows", str(HINT_ROWS + 1), "--out", tmp_path / "t.xlsx")
    assert done.returncode == 0
    assert "“提示”列不在填表时逐行提示" in done.stdout


@pytest.mark.slow
def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsm"
    path.write_bytes(b"somebody's people")
    done = liangxian("template", "--out", path)
    assert (done.returncode, path.read_bytes()) == (2, b"somebody's people")
    assert "已经有了，没有改动它" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--out", "t.xls"), "要以.xlsm（带宏）或.xlsx（不带宏）结尾"),
        (("--township", "查无此镇", "--out", "t.xlsx"), "没有“查无此镇”这个单位，请核对名称。可填：曲河街道、"),
        (("--rows", "0", "--out", "t.xlsx"), "命令不对"),
        (("--rows", "100001", "--out", "t.xlsx"), "命令不对"),
        (("--rows", "10"), "命令不对"),
        (("--out", "没有这个文件夹/t.xlsx"), "没有做成"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(words: tuple[str, ...], says: str, tmp_path: Path) -> None:
    done = liangxian("template", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert list(tmp_path.iterdir()) == []
