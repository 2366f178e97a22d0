"""核实说明: a reason confirms the row's own warnings, as long as the cells that they rest on stay as they are."""

from __future__ import annotations

import dataclasses
import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from addin import columns, intake, macros, run
from addin import roster as rosters
from addin.checks import check, confirmation_in
from addin.columns import FIRST_ROW
from addin.findings import Finding, Refusal
from addin.output import submission
from tests.support.command import liangxian
from tests.support.excel import Excel, session
from tests.support.received import received
from tests.support.results import invented_id, people
from tests.support.rosters import POLICY, checked, person

AT = columns.PLACES
REASON = "已核对存根无误"
ELDER = {"id_number": "990000195001010019", "confirmation": REASON}
"""A warning (707) that the clerk has looked into."""
OTHER_ID = invented_id(1, datetime(1949, 1, 1))


def levels(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity) for finding in findings]


def read(path: Path) -> rosters.Roster:
    book = intake.read(path)
    assert not isinstance(book, Refusal)
    roster = rosters.read(book, POLICY, path.name)
    assert not isinstance(roster, Refusal)
    return roster


# ---------------------------------------------------------------- what a reason confirms


def test_the_rows_own_warnings_only() -> None:
    assert levels(checked(person(**ELDER)).findings) == [("707", "confirmed")]
    assert levels(checked(person(**ELDER | {"confirmation": ""})).findings) == [("707", "warning")]
    assert levels(checked(person(**ELDER | {"confirmation": " / "})).findings) == [("707", "warning")], "no reason"
    other = checked(person(confirmation=REASON), person(**ELDER | {"confirmation": "", "household": "2"}))
    assert levels(other.findings) == [("707", "warning")], "another row's reason"


def test_never_an_error() -> None:
    checked_roster = checked(person(**ELDER, medical_paid=200))
    assert sorted(levels(checked_roster.findings)) == [("605", "error"), ("707", "confirmed")]
    assert (checked_roster.errors, checked_roster.warnings) == (1, 0)
    assert checked_roster.why["medical"].tolist() != [0]


@pytest.mark.slow
def test_no_person_occurs_twice(tmp_path: Path) -> None:
    twice = [person(confirmation=REASON), person(confirmation=REASON, household="2")]
    path = received(tmp_path, "花名册.xlsx", *twice)
    answer = run.judge_file(path, POLICY).findings
    assert {finding.severity for finding in answer if finding.code in ("401", "402", "403")} == {"error", "warning"}


def test_many_alike_are_distinguished_from_the_confirmed_ones() -> None:
    rows = people(40)
    for row in rows[:30]:
        row |= {"medical_receipt": "", "confirmation": REASON if row in rows[:5] else ""}
    findings = [finding for finding in checked(*rows).findings if finding.code == "808"]
    assert [(finding.severity, finding.count) for finding in findings] == [("warning", 25), *[("confirmed", 1)] * 5]


def test_a_familys_warning_rests_on_the_family() -> None:
    family = [
        person(registered=3, confirmation=REASON),
        person(relation="子", name="张四", id_number="990000201001010017", pension_status="", tier="", pension_paid="",
               pension_date="", pension_receipt=""),
    ]  # fmt: skip
    first = checked(*family)
    assert levels(first.findings) == [("503", "confirmed")]
    confirmation = first.confirmations[min(first.confirmations)]
    family[0]["marks"] = f"||{confirmation}"
    assert levels(checked(*reversed(family)).findings) == [("503", "confirmed")], "sorted"
    family[1]["relation"] = "女"
    assert ("503", "warning") in levels(checked(*family).findings)


# ---------------------------------------------------------------- the button


def put(excel: Excel, key: str, value: Any, row: int = FIRST_ROW) -> None:
    excel.books[0][columns.ROSTER_SHEET].put(row, AT[key], value)


def judged(excel: Excel) -> list[tuple[Any, Any]]:
    """Severity and code of the list's rows."""
    macros.check_roster()
    cells = excel.books[0][columns.FINDINGS_SHEET].cached
    rows = [(cells.get((row, 2)), cells.get((row, 12))) for row in range(4, 12)]
    return [row for row in rows if row[0]]


@pytest.mark.slow
def test_in_the_open_workbook(tmp_path: Path) -> None:
    path = received(
        tmp_path, "花名册.xlsx", person(**ELDER | {"confirmation": ""}), *people(1, start=9, medical_paid=1)
    )
    with session(path) as excel:
        sheet = excel.books[0][columns.ROSTER_SHEET].file
        assert judged(excel) == [("错误", "605"), ("警告", "707")]
        put(excel, "confirmation", REASON)
        for _ in range(2):  # and it stays so
            assert judged(excel) == [("错误", "605"), ("已核实", "707")]
            assert not sheet.cell(FIRST_ROW, AT["problems"]).value
            assert not set("EWI") & set(sheet.cell(FIRST_ROW, AT["marks"]).value)
        assert excel.said[-1].startswith("共校验2人：1 个错误，改正后再上报；警告 0 个，提示 0 个；已核实 1 个。")
        put(excel, "medical_receipt", "B7")  # 707 does not rest on it
        assert ("已核实", "707") in judged(excel)
        put(excel, "id_number", OTHER_ID)
        for _ in range(2):
            assert ("警告", "707") in judged(excel)
            assert "请重新核实" in sheet.cell(FIRST_ROW, AT["problems"]).value
        put(excel, "confirmation", f"{REASON}，身份证已重新核对")
        assert ("已核实", "707") in judged(excel)
        put(excel, "medical_receipt", "")  # a warning that the reason was not given for
        assert {("已核实", "707"), ("警告", "808")} <= set(judged(excel))
        macros.clear_marks()
        assert not sheet.cell(FIRST_ROW, AT["marks"]).value


@pytest.mark.slow
def test_the_next_problem_is_none_that_is_confirmed(tmp_path: Path) -> None:
    path = received(tmp_path, "花名册.xlsx", person(**ELDER))
    with session(path) as excel:
        macros.check_roster()
        macros.next_problem()
        assert excel.said[-1].startswith("本册没有标出的问题")


# ---------------------------------------------------------------- files


@pytest.mark.slow
def test_what_was_kept_goes_with_the_file(tmp_path: Path) -> None:
    """Confirmed, changed and sent without another check: the district sees the warning, as the station would."""
    path = received(tmp_path, "花名册.xlsx", person(**ELDER))
    (tmp_path / "校验").mkdir()
    run.check_files([path], POLICY, jobs=1, annotate=tmp_path / "校验")
    copy = tmp_path / "校验" / "花名册_校验.xlsx"
    confirmation = confirmation_in(
        openpyxl.load_workbook(copy)[columns.ROSTER_SHEET].cell(FIRST_ROW, AT["marks"]).value
    )
    assert confirmation
    assert levels(check(read(copy)).findings) == [("707", "confirmed")]
    roster = read(copy)
    for name in ("上报.xlsx", "又上报.xlsx"):
        submission.write(tmp_path / name, roster, 2)
        roster = read(tmp_path / name)
        assert confirmation_in(roster.raw["marks"][0]) == confirmation
    roster.raw["id_number"][0] = OTHER_ID
    submission.write(tmp_path / "改.xlsx", roster, 3)
    (findings,) = check(read(tmp_path / "改.xlsx")).findings
    assert (findings.code, findings.severity) == ("707", "warning")
    assert findings.remedy.endswith("请重新核实，并改写“核实说明”。")


@pytest.mark.slow
def test_the_command_line(tmp_path: Path) -> None:
    received(tmp_path, "花名册.xlsx", person(**ELDER))
    done = liangxian("check", "花名册.xlsx", "--json", "结果.json", cwd=tmp_path)
    assert "0 个错误，0 个警告，1 个已核实，可以上报" in done.stdout
    assert done.returncode == 0
    assert REASON not in done.stdout + (tmp_path / "结果.json").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_district_sees_counts_and_never_a_reason(tmp_path: Path) -> None:
    inbox = tmp_path / "收到"
    received(inbox, "普利桥镇.xlsx", person(**ELDER), *people(2, start=9))
    received(inbox, "曲河街道.xlsx", *people(2, start=20), township="曲河街道")
    target = tmp_path / "汇总.xlsx"
    extras = dataclasses.replace(run.papers_of(inbox), json=tmp_path / "汇总.json")
    merge = run.merge_folder(inbox, target, POLICY, jobs=1, extras=extras)
    assert levels([finding for finding in merge.findings if finding.code == "707"]) == [("707", "confirmed")]
    assert {line.name: (line.errors, line.warnings) for line in merge.files} == {
        "普利桥镇.xlsx": (0, 0), "曲河街道.xlsx": (0, 0),
    }  # fmt: skip
    book = openpyxl.load_workbook(target)
    statistics = [[cell for cell in row if cell is not None] for row in book["问题统计"].iter_rows(values_only=True)]
    assert [row[:4] for row in statistics if "已核实" in row] == [["707", "已核实", "年满60周岁参加养老", 1]]
    assert not any("已核实" in row for row in book["问题清单"].iter_rows(values_only=True))
    made = inbox / "汇总结果"
    assert not list((made / "退回清单").glob("*_退回.xlsx")), "a file with confirmed warnings only is no return"
    text = (made / "退回清单" / "普利桥镇_退回说明.txt").read_text(encoding="utf-8-sig")
    assert "没有发现问题，不用改" in text
    data = json.loads((tmp_path / "汇总.json").read_text(encoding="utf-8"))
    assert [finding["severity"] for finding in data["findings"]] == ["confirmed"]
    for path in (target, tmp_path / "汇总.json", *(path for path in made.rglob("*") if path.is_file())):
        assert REASON not in words_of(path), path.name


def words_of(path: Path) -> str:
    if path.suffix != ".xlsx":
        return path.read_text(encoding="utf-8-sig")
    with zipfile.ZipFile(path) as package:
        return "".join(package.read(name).decode("utf-8", "replace") for name in package.namelist())
