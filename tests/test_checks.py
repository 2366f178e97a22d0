"""Every rule against its own examples, and the engine's promises."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from addin import columns, intake, template
from addin.checks import RULES, Rule, check
from addin.records import Refusal
from addin.roster import read
from tests import rosters
from tests.results import invented_id


def _rows(example: Any) -> list[dict[str, Any]]:
    """An example is one row or several, each as it differs from the ordinary person."""
    return [rosters.person(**row) for row in (example if isinstance(example, tuple) else (example,))]


WITH_EXAMPLES = [rule for rule in RULES if not rule.fault]


@pytest.mark.parametrize("rule", WITH_EXAMPLES, ids=lambda rule: rule.code)
def test_examples(rule: Rule) -> None:
    assert rule.passes and rule.fails, f"{rule.code} has no examples"
    for example in rule.passes:
        found = rosters.checked(*_rows(example)).findings
        assert rule.code not in [finding.code for finding in found], (example, found)
    for example in rule.fails:
        found = rosters.checked(*_rows(example)).findings
        mine = [finding for finding in found if finding.code == rule.code]
        assert mine, (example, found)
        assert all(finding.article and finding.problem and finding.remedy for finding in mine)
        assert all("{" not in finding.problem + finding.remedy for finding in mine)


def test_nothing_to_find_in_the_ordinary_person() -> None:
    assert rosters.found(rosters.person()) == []


def test_overwritten_and_uncalculated_amounts_are_said_and_change_nothing() -> None:
    people = [rosters.person(household=str(n), id_number=invented_id(n), medical_receipt=f"R{n}", pension_receipt=f"R{n}") for n in range(3)]  # fmt: skip
    book = rosters.book(people)
    sheet = book.sheets[columns.ROSTER_SHEET]
    at = {column.key: n for n, column in enumerate(columns.COLUMNS, 1)}
    first = columns.FIRST_ROW
    sheet.overwritten = {(first, at["medical_due"]), (first + 2, at["medical_due"]), (first, at["hint"])}
    sheet.uncalculated = {(first + 1, at["medical_due"]), (first + 900, at["medical_due"])}
    roster = read(book, rosters.POLICY, "册.xlsx")
    assert not isinstance(roster, Refusal)
    found = check(roster)
    assert [(one.code, one.cell, one.count, one.places) for one in found.findings] == [
        ("108", f"AC{first}", 2, (first, first + 2)),
        ("109", "", 1, ()),
    ]
    assert found.findings[0].problem == f"“医保应收”列有2个公式被改成了数（首处在第{first}行）。"
    assert (found.errors, found.warnings, found.why["medical"].tolist()) == (0, 2, [0, 0, 0])


@pytest.mark.filterwarnings("ignore:Print area")  # openpyxl can't keep ours, and is welcome to drop it
def test_overwritten_amounts_of_a_closed_file_are_found(tmp_path: Path) -> None:
    path = tmp_path / "册.xlsx"
    template.write_roster(path, rosters.POLICY, rosters.COVER, [rosters.ORDINARY])
    assert "108" not in _codes(path)
    book = openpyxl.load_workbook(path)
    book[columns.ROSTER_SHEET].cell(columns.FIRST_ROW, 29).value = 9.0
    book.save(path)
    assert ("108", "AC5") in _codes(path).items()


def _codes(path: Path) -> dict[str, str]:
    found = intake.read(path)
    assert not isinstance(found, Refusal)
    roster = read(found, rosters.POLICY, path.name)
    assert not isinstance(roster, Refusal)
    return {finding.code: finding.cell for finding in check(roster).findings}


def _family(**second: Any) -> list[dict[str, Any]]:
    """A head, a son and a daughter on one receipt; `second` is how the son's row differs."""
    child = {"tier": "", "pension_paid": "", "pension_date": "", "pension_receipt": "", "pension_status": "未满16周岁"}
    return [
        rosters.person(registered=3),
        rosters.person(**{"name": "张四", "relation": "子", "id_number": "990000201001010017", **child, **second}),
        rosters.person(name="张五", relation="女", id_number="990000201001010025", **child),
    ]


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        ({"village": ""}, [("316", "B6")]),
        ({"household": ""}, [("316", "D6")]),
        ({"village": "桥头存"}, [("505", "B6")]),
        ({"relation": ""}, [("316", "H6")]),
        ({}, []),
    ],
)
def test_a_row_that_lost_its_household_leaves_the_family_alone(bad: dict[str, Any], expected: list[Any]) -> None:
    assert rosters.found(*_family(**bad)) == expected


def test_the_cover_adds_up_negative_amounts_too() -> None:
    negative = rosters.person(medical_paid=-250, pension_paid=100)
    assert rosters.found(negative, medical_cash=-250, pension_cash=100) == [("206", "S5")]
    assert rosters.found(negative, medical_cash=250) == [("105", ""), ("206", "S5")]
