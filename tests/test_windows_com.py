"""The ribbon's buttons over real COM on Windows: the stand-in for Excel is another process behind IDispatch.

xlwings' own DLL starts `addin.server` for it, as VBA has it do; dates, errors, money and blocks of cells cross as
variants, and a busy Excel lets no call through. What Excel's own objects do beyond that is in no test.
"""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from addin.district import SUMMARY
from addin.output import template
from tests.support.rosters import COVER, POLICY, person
from tests.support.windows import Machine
from tests.support.windows.clicks import click

pytestmark = [pytest.mark.slow, pytest.mark.windows]

MANY = 50_000 if os.environ.get("THOROUGH") else 900
"""People of a roster far beyond its prepared rows."""
MONEY = 123_456
"""What the stand-in hands over as a currency."""


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    path = tmp_path / "花名册 (1)&二.xlsx"
    people = [person(), person(name="李四", household="2", medical_paid=MONEY)]
    template.write_roster(path, POLICY, COVER, people)
    return path


def test_a_roster_is_checked_and_nothing_is_kept(machine: Machine, tmp_path: Path, roster: Path) -> None:
    """Among its cells a date, an error (#N/A) and an amount in a cell of currency."""
    names = ("check_roster", "next_problem", "show_policy", "diagnose")
    done = click(machine, tmp_path, [roster], [{"run": name} for name in names], errors=[["花名册", "X6", 2042]])
    assert [step["raised"] for step in done.steps] == [None] * 4
    checked, diagnosed = done.said
    assert checked.startswith("共校验2人："), checked
    assert "表格软件：Microsoft Excel 16.0" in diagnosed
    first, second, *_ = done.steps
    assert [text[:9] for text in first["status"]] == [
        "正在读取花名册……",
        "正在校验2人……",
        "正在写入问题说明和",
        "正在写入校验结果…",
    ]
    assert second["status"][0].startswith("下一处：")
    assert first["settings"] == {
        "ScreenUpdating": True, "Calculation": -4105, "EnableEvents": True, "DisplayAlerts": True, "StatusBar": False,
    }  # fmt: skip
    listed = first["written"]["校验结果"]
    assert any("是错误值（如#N/A" in text for text in listed), listed
    assert any(f"{MONEY}" in text.replace(",", "") for text in listed), "money is read as the number that it is"
    assert not any("日期" in text and "看不懂" in text for text in listed), "dates cross as dates"
    assert [step["kept"] for step in done.steps] == [0] * 4, "what is kept would keep Excel alive after it was closed"


def test_a_busy_excel_is_asked_again_and_not_for_ever(machine: Machine, tmp_path: Path, roster: Path) -> None:
    steps = [{"run": "check_roster", "busy": 3}, {"run": "check_roster", "busy": 1_000_000}]
    done = click(machine, tmp_path, [roster], steps)
    assert [text.split("：")[0] for text in done.said] == ["共校验2人", "Excel正忙"]
    assert [step["kept"] for step in done.steps] == [0, 0]


def test_without_a_workbook_the_excel_that_called_is_used(machine: Machine, tmp_path: Path, inbox: Path) -> None:
    folder = machine.windows(inbox)
    new = inbox.parent / "新 (1)&二.xlsm"
    steps: list[dict[str, Any]] = [
        {"run": "merge_folder", "folder": folder},
        {"run": "show_help"},
        {"run": "new_roster", "replies": ["普利桥", "20"], "saved_as": machine.windows(new)},
        {"run": "new_roster", "replies": [False]},
    ]
    done = click(machine, tmp_path, [], steps)
    assert [step["raised"] for step in done.steps] == [None] * 4
    merged, made = done.said
    assert merged.startswith("汇总完成。\n医保：申报5人，计入5人。"), merged
    assert (inbox / SUMMARY).exists()
    assert made.startswith("新花名册做好了，普利桥镇，20行"), made
    assert zipfile.is_zipfile(new)
    assert [step["open"] for step in done.steps] == [1, 2, 3, 3]


def test_the_calls_do_not_grow_with_the_people(machine: Machine, tmp_path: Path, roster: Path) -> None:
    """Within the prepared rows, where everything is whole, and beyond them, where each list and colour is laid again.

    50,000 people with THOROUGH=1 (and always in the worksheet functions' test).
    """
    trips = {}
    for rows in (300, 600, MANY):
        folder = tmp_path / str(rows)
        folder.mkdir()
        done = click(machine, folder, [roster], [{"run": "check_roster"}], rows=rows)
        assert done.said[0].startswith(f"共校验{rows + 1:,}人：")
        assert done.steps[0]["kept"] == 0
        trips[rows] = done.steps[0]["trips"]
    whole, laid, laid_for_many = trips.values()
    assert whole < 500, trips
    assert laid_for_many <= laid < 1_100, trips


def test_what_is_no_button_is_not_run(machine: Machine, tmp_path: Path) -> None:
    done = click(machine, tmp_path, [], [{"run": name} for name in ("check", "Button", "__import__", "os")])
    assert ["LookupError" in str(step["raised"]) for step in done.steps] == [True] * 4
    assert done.said == []
