"""The built binaries: as the sources give them, the same on any day, and nothing in them that Excel refuses."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from datetime import date
from pathlib import Path

import pytest

from addin.output import macro_workbook
from scripts import build_workbooks, xlwings_module
from scripts.vbaproject import Module
from tests.support import ROOT, guards

COMMITTED = {
    "template_roster.xlsm": ROOT / "workbooks",
    "liangxian.xlam": ROOT / "workbooks",
    "district_summary.xlsx": ROOT / "workbooks",
    "template.bin": macro_workbook.VBA,
}
REBUILD = (
    "the sources changed: run `python scripts/build_workbooks.py` and commit workbooks/ and addin/vba/template.bin"
)

_ANOTHER_DAY = """
import datetime, sys, time, zipfile
from pathlib import Path
import xlsxwriter
from scripts import build_workbooks

shift, clock, parts, real = 5 * 365 * 86400.0, time.time, time.localtime, datetime.datetime
time.time = lambda: clock() + shift
time.localtime = lambda seconds=None: parts(time.time() if seconds is None else seconds)

class Later(real):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(time.time(), tz)

for module in list(sys.modules.values()):
    if getattr(module, "datetime", None) is real:
        module.datetime = Later

folder = Path(sys.argv[1])
build_workbooks.build(folder, folder)
with xlsxwriter.Workbook(folder / "undated.xlsx") as book:
    book.add_worksheet()
with zipfile.ZipFile(folder / "undated.xlsx") as book:
    print(book.read("docProps/core.xml").decode())
"""
"""Builds as it would be built in five years, in a process whose every clock says so; and shows that the clocks do."""


def _modules(path: Path) -> list[Module]:
    """The modules that were meant for this file."""
    self_test = path.suffix == ".xlsm"
    codes = guards.sheet_code_names(guards.read_parts(path))
    return build_workbooks.modules(codes, xlwings_module.BOOK if self_test else xlwings_module.ADDIN)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workbooks")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SOURCE_DATE_EPOCH", raising=False)
        build_workbooks.build(folder, folder)
    return folder


def _differing(path: Path, other: Path) -> list[str]:
    """Parts that differ; two builds of zlib may compress the same part to different bytes."""
    if path.suffix == ".bin":
        return [] if path.read_bytes() == other.read_bytes() else [path.name]
    first, second = guards.read_parts(path), guards.read_parts(other)
    differing = [name for name in {**first, **second} if first.get(name) != second.get(name)]
    order = [] if list(first) == list(second) else ["order of parts"]
    return differing + order


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMITTED)
def test_committed_is_what_the_sources_give(name: str, built: Path) -> None:
    committed = COMMITTED[name] / name
    assert committed.exists(), REBUILD
    assert _differing(committed, built / name) == [], REBUILD
    if zlib.ZLIB_RUNTIME_VERSION.startswith("1.2."):  # what they were committed with; zlib-ng packs otherwise
        assert committed.read_bytes() == (built / name).read_bytes(), REBUILD


@pytest.mark.slow
def test_another_day_another_hash_seed_the_same_bytes(built: Path, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    environment |= {"PYTHONHASHSEED": "4711", "TZ": "Asia/Shanghai", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", _ANOTHER_DAY, str(tmp_path)]
    done = subprocess.run(command, check=True, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert any(f"{date.today().year + years}-" in done.stdout for years in (4, 5)), "the clocks were not moved"
    for name in COMMITTED:
        assert (tmp_path / name).read_bytes() == (built / name).read_bytes(), name


@pytest.mark.slow
@pytest.mark.parametrize("name", ["template_roster.xlsm", "liangxian.xlam"])
def test_no_guard_finds_anything(name: str, built: Path) -> None:
    assert guards.everything(built / name, _modules(built / name)) == []


@pytest.mark.slow
def test_summary_is_a_plain_workbook(built: Path) -> None:
    path = built / "district_summary.xlsx"
    parts = guards.read_parts(path)
    assert [*guards.audit(path), *guards.package(parts), *guards.sheets(parts)] == []
    assert guards.PROJECT not in parts
    assert guards.RIBBON_PART not in parts
