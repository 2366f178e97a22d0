"""Every rule against its own examples and against specification 6; its words; what a book says of itself."""

from __future__ import annotations

import csv
import dataclasses
import functools
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from addin import columns, intake
from addin.checks import RULES, Rule, check, show
from addin.columns import INPUTS
from addin.findings import CATALOGUE, Finding, Refusal
from addin.output import template
from addin.roster import read
from tests.support import TESTS, rosters
from tests.support.cells import (
    AT,
    CHILD,
    ERROR,
    SPECIFIED,
    SPOILS,
    WITH_EXAMPLES,
    homes,
    judged,
    spoilt,
    why,
)
from tests.support.results import invented_id
from tests.support.rosters import codes_and_cells, person

# ---------------------------------------------------------------- the rules' own examples

TWICE = {"501": 2}  # both heads are pointed at


@pytest.mark.parametrize("rule", WITH_EXAMPLES, ids=lambda rule: rule.code)
def test_examples_give_their_own_finding_and_no_other(rule: Rule) -> None:
    assert rule.passes and rule.fails and rule.find and rule.find.__doc__, f"{rule.code} has no examples or no words"
    for example in rule.passes:
        assert judged(rule, example).findings == [], example
    for example in rule.fails:
        findings = judged(rule, example).findings
        assert [finding.code for finding in findings] == [rule.code] * TWICE.get(rule.code, 1), example
        assert {finding.row for finding in findings} <= {5, 6}


@pytest.mark.parametrize("rule", [rule for rule in WITH_EXAMPLES if not rule.household], ids=lambda rule: rule.code)
def test_a_column_that_fails_alike_is_one_finding(rule: Rule) -> None:
    """In a book of thirty such people: its words need none of a single row."""
    home = rule.fails[0] if isinstance(rule.fails[0], tuple) else (rule.fails[0],)
    findings = judged(rule, tuple(row | {"household": str(n)} for n in range(1, 31) for row in home)).findings
    assert [(finding.count, finding.row) for finding in findings if finding.code == rule.code] == [(30, None)]


def test_nothing_to_find_in_the_ordinary_person() -> None:
    assert codes_and_cells(person()) == []
    assert codes_and_cells(person(), person(**CHILD)) == []


# ---------------------------------------------------------------- specification 6, row by row
def test_every_check_of_the_specification_is_there_with_its_severity_and_what_it_blocks() -> None:
    by_column = {rule.code for rule in RULES if rule.fault and rule.severity == ERROR}
    declared: dict[str, tuple[str, Any]] = {
        code.code: (code.severity, "cell" if code.code in by_column else code.blocks)
        for code in CATALOGUE.values()
        if code.code.isdecimal()
    }
    assert declared == SPECIFIED


# code and example row: who is not counted for what, and why
REASON_OF: dict[str, str] = {
    "301": "identity", "302": "identity", "304": "identity", "305": "identity", "306": "identity", "307": "identity", "311": "identity",
    "602": "ineligible", "603": "ineligible", "701": "ineligible", "702": "ineligible", "703": "ineligible", "704": "ineligible",
    "705": "ineligible", "605": "short", "607": "short", "710": "short", "801": "date", "805": "date",
}  # fmt: skip


@pytest.mark.parametrize("rule", WITH_EXAMPLES, ids=lambda rule: rule.code)
def test_what_a_finding_blocks_and_why(rule: Rule) -> None:
    for example in rule.fails:
        checked = judged(rule, example)
        own = [finding for finding in checked.findings if finding.code == rule.code]
        blocked = {scheme for finding in own for scheme in finding.blocks}
        if not rule.blocks:
            assert blocked == set() and not any(reason for reasons in why(checked).values() for reason in reasons)
        elif "{scheme}" in rule.at:  # a rule of both schemes blocks the one that it is about
            assert blocked == {(own[0].header[:2] == "医保" and "medical") or "pension"}
        else:
            assert blocked == set(rule.blocks)
        for scheme, reasons in why(checked).items():
            assert set(reasons) - {""} == ({REASON_OF[rule.code]} if scheme in blocked else set()), (rule.code, scheme)


# ---------------------------------------------------------------- words


@functools.cache
def _all_findings() -> list[Finding]:
    findings = []
    for rule in WITH_EXAMPLES:
        for example in rule.fails:
            findings += judged(rule, example).findings
    for _, spoil in SPOILS.values():
        book = rosters.book(homes(len(INPUTS)))
        for row, column in enumerate(INPUTS[1:], columns.FIRST_ROW):
            spoil(book.sheets[columns.ROSTER_SHEET], (row, AT[column.key]))
        roster = read(book, rosters.POLICY, "测试.xlsx")
        assert not isinstance(roster, Refusal)
        findings += check(roster).findings
    return [finding for finding in findings if finding.code > "2"]


@pytest.mark.slow
def test_messages_are_whole_sentences_with_article_and_example() -> None:
    findings = _all_findings()
    assert {finding.code for finding in findings} == {rule.code for rule in RULES}
    for finding in findings:
        for text in (finding.problem, finding.remedy):
            assert text.endswith("。") and len(text) >= 4 and "{" not in text and "None" not in text, finding
            assert "nan" not in text and "。。" not in text and "，，" not in text, finding
        assert finding.example and "{" not in finding.example, finding
        assert re.fullmatch(r"[一二三四六](\([一二三四五六]\))?", finding.article), finding
        assert finding.header == columns.BY_KEY[finding.key or ""].header
        assert finding.cell == f"{finding.column}{finding.row}" and finding.count == 1 and finding.places == ()
        assert CATALOGUE[finding.code].title


def findings_of_examples() -> list[list[str]]:
    """What the rules say of their failing examples, and of one bad cell of each kind in each column's kind."""
    findings = [
        finding for rule in WITH_EXAMPLES for example in rule.fails for finding in judged(rule, example).findings
    ]
    for kind, key in [
        ("error", "medical_paid"), ("uncalculated", "medical_date"), ("text", "medical_paid"), ("truth", "tier"), ("date", "registered"),
        ("text", "pension_date"), ("number", "medical_date"), ("negative", "pension_paid"), ("too fine", "medical_paid"), ("text", "medical_status"),
        ("text", "relation"), ("digits lost", "id_number"), ("digits lost", "household"), ("digits lost", "medical_receipt"), ("number kept as text", "medical_paid"), ("date", "household"), ("long", "village"), ("control", "certificate"), ("text", "medical_reason"),
    ]:  # fmt: skip
        findings += [finding for finding in spoilt(key, SPOILS[kind][1]).findings if finding.code > "2"]
    return [
        [finding.code, finding.cell, finding.value, finding.problem, finding.remedy, finding.example]
        for finding in findings
    ]


@pytest.mark.slow
def test_words_of_every_finding() -> None:
    """Read when the words change: they are what a clerk gets."""
    lines = (TESTS / "findings.csv").read_text(encoding="utf-8").splitlines()
    assert findings_of_examples() == list(csv.reader(lines))[1:]


@pytest.mark.parametrize(
    ("value", "key", "words"),
    [
        ("", "", "空"), (None, "name", "空"), ("现役军人", "medical_reason", "已填"), ("张三", "name", "张*"), (True, "", "TRUE"), (False, "", "FALSE"),
        (250.0, "", "250"), (283.5, "", "283.5"), (9.90000199001010e17, "id_number", "990000********0048"), (1e15, "", "100000********0000"), (999999999999999.0, "", "999999********9999"),
        (12345678901234.0, "", "12345678901234"),
        (datetime(2019, 10, 15), "", "2019-10-15"), (datetime(2019, 10, 15, 8, 5), "", "2019-10-15 08:05"), (date(2019, 10, 15), "", "2019-10-15"),
        ("990000199001010017", "id_number", "990000********0017"), ("H12345678", "id_number", "H1****78"), ("H12345678", "remark", "H12345678"),
        ("证990000199001010017", "remark", "证990000********0017"), ("长" * 80, "remark", "长" * 60),
    ],
)  # fmt: skip
def test_how_a_value_is_shown(value: Any, key: str, words: str) -> None:
    assert show(value, key) == words


@pytest.mark.slow
def test_no_message_has_an_id_a_name_or_a_reason() -> None:
    for finding in _all_findings():
        text = " ".join([finding.problem, finding.remedy, finding.value, finding.name, finding.household])
        assert not re.search(r"\d{15}", text), finding
        assert "张三" not in text and "张四" not in text, finding
        if finding.code != "610":  # whose remedy names those who died or moved away in general
            assert not any(reason in f"{finding.problem}{finding.value}" for reason in columns.REASONS[:6]), finding


def test_ids_are_masked_in_every_column() -> None:
    number = "990000199001010017"
    for column in INPUTS:
        if column.key in ("seq", "id_number"):
            continue
        checked = rosters.checked(person(**{column.key: f"{number}号"}), person(**{column.key: float(number)}))
        assert not any(
            re.search(r"\d{15}", f"{finding.problem}{finding.value}{finding.remedy}{finding.household}")
            for finding in checked.findings
        ), column.key


# ---------------------------------------------------------------- one scheme only


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if rule.schemes and not rule.fault], ids=lambda rule: rule.code
)
def test_single_scope_switches_the_other_scheme_off(rule: Rule) -> None:
    for example in rule.fails:
        findings = judged(rule, example).findings
        (scheme,) = {(finding.key and columns.BY_KEY[finding.key].scheme) or rule.schemes[0] for finding in findings}
        other = {"medical": "仅养老", "pension": "仅医保"}[scheme]
        assert judged(rule, example, scope=other).findings == []
        own = {"medical": "仅医保", "pension": "仅养老"}[scheme]
        assert {finding.code for finding in judged(rule, example, scope=own).findings} == {rule.code}


def test_bad_cells_of_the_other_scheme_are_nothing() -> None:
    row = person(
        medical_paid="250元",
        medical_date="10月",
        medical_status="参",
        tier="三百",
        pension_paid="x",
        pension_date=1,
        pension_status="?",
    )
    assert codes_and_cells(row, scope="仅养老") == [("202", "W5"), ("202", "X5"), ("204", "Y5"), ("208", "V5")]
    assert codes_and_cells(row, scope="仅医保") == [("202", "S5"), ("203", "T5"), ("208", "P5")]


# ---------------------------------------------------------------- the file's own


def test_overwritten_and_uncalculated_amounts_are_reported_and_change_nothing() -> None:
    people = [rosters.person(household=str(n), id_number=invented_id(n), medical_receipt=f"R{n}", pension_receipt=f"R{n}") for n in range(3)]  # fmt: skip
    book = rosters.book(people)
    sheet = book.sheets[columns.ROSTER_SHEET]
    first = columns.FIRST_ROW
    sheet.overwritten = {(first, AT["medical_due"]), (first + 2, AT["medical_due"]), (first, AT["hint"])}
    sheet.uncalculated = {(first + 1, AT["medical_due"]), (first + 900, AT["medical_due"])}
    roster = read(book, rosters.POLICY, "册.xlsx")
    assert not isinstance(roster, Refusal)
    checked = check(roster)
    assert [(finding.code, finding.cell, finding.count, finding.places) for finding in checked.findings] == [
        ("108", f"{columns.letter(AT['medical_due'])}{first}", 2, (first, first + 2)),
        ("109", "", 1, ()),
    ]
    assert checked.findings[0].problem == f"“医保应收”列有2个公式被改成了数（首处在第{first}行）。"
    assert (checked.errors, checked.warnings, checked.why["medical"].tolist()) == (0, 2, [0, 0, 0])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Print area")  # openpyxl can't keep ours and drops it
def test_overwritten_amounts_of_a_closed_file_are_found_and_never_used(tmp_path: Path) -> None:
    path = tmp_path / "册.xlsx"
    template.write_roster(path, rosters.POLICY, rosters.COVER, [rosters.ORDINARY])
    assert "108" not in _codes(path)
    book = openpyxl.load_workbook(path)
    book[columns.ROSTER_SHEET].cell(columns.FIRST_ROW, 29).value = 9.0
    book.save(path)
    codes = _codes(path)
    assert codes["108"] == "AC5"
    assert not {"605", "606"} & set(codes)  # judged by the policy, not by the 9 in the cell


def _codes(path: Path) -> dict[str, str]:
    book = intake.read(path)
    assert not isinstance(book, Refusal)
    roster = read(book, rosters.POLICY, path.name)
    assert not isinstance(roster, Refusal)
    return {finding.code: finding.cell for finding in check(roster).findings}


TOTALS = {
    "households": 2, "persons": 3, "medical_enrolled": 3, "medical_cash": 750.0, "pension_enrolled": 2, "pension_cash": 200.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({}, ""), ({"households": 3}, "户数封面3、明细2。"), ({"persons": 2}, "人数封面2、明细3。"), ({"medical_cash": 750.01}, "医保实收合计(元)封面750.01、明细750。"),
        ({"medical_cash": 750.001}, ""), ({"pension_cash": 0}, "养老实收合计(元)封面0、明细200。"), ({"persons": ""}, ""), ({"persons": "三"}, ""),
        ({"medical_enrolled": 0, "pension_enrolled": 3}, "医保参保人数封面0、明细3；养老参保人数封面3、明细2。"),
    ],
    ids=str,
)  # fmt: skip
def test_totals_of_the_cover(said: dict[str, Any], problem: str) -> None:
    people = [person(), person(**CHILD), person(household="2", id_number="990000199001010025")]
    findings = rosters.checked(*people, **{**TOTALS, **said}).findings
    assert [(finding.code, finding.sheet, finding.problem) for finding in findings] == (
        [("105", "封面", problem)] if problem else []
    )


def test_an_unreadable_amount_counts_in_the_total_as_on_the_cover() -> None:
    """The cover's formula adds up what stands there, a negative amount too, and no text."""
    total = {"medical_cash": 250 - 50.0}
    rows = [
        person(),
        person(household="2", id_number="990000199001010025", medical_paid=-50),
        person(household="3", id_number=invented_id(1), medical_paid="250元"),
    ]
    assert [code for code, _ in codes_and_cells(*rows, **total)] == ["202", "206"]
    assert [code for code, _ in codes_and_cells(*rows, medical_cash=250.0)] == ["105", "202", "206"]


def test_totals_of_the_scheme_that_is_off_are_not_compared() -> None:
    wrong = {
        **TOTALS,
        "medical_cash": 1.0,
        "medical_enrolled": 9,
        "persons": 1,
        "households": 1,
        "pension_enrolled": 1,
        "pension_cash": 100.0,
    }
    assert codes_and_cells(person(), scope="仅养老", **wrong) == []


def test_counts_are_of_cells_grouped_or_not() -> None:
    checked = rosters.checked(*homes(30, medical_paid=200), person(household="99", pension_receipt="", name=""))
    assert (checked.errors, checked.warnings) == (31, 1)


def test_nobody() -> None:
    checked = rosters.checked()
    assert (checked.findings, checked.errors, checked.warnings) == ([], 0, 0)
    assert all(len(codes) == 0 for codes in checked.why.values())


def test_findings_are_records_that_do_not_change() -> None:
    finding = rosters.checked(person(name="")).findings[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        finding.code = "1"  # type: ignore[misc]
