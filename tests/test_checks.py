"""Every rule against its own examples and against product 6, and the engine's promises."""

from __future__ import annotations

import csv
import dataclasses
import functools
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from addin import columns, intake, merge, policy, template
from addin.checks import RULES, Checked, Rule, check, show, titles
from addin.columns import COLUMNS, INPUTS
from addin.policy import Policy
from addin.records import REASONS, Finding, Refusal
from addin.roster import FILE_CHECKS, read
from tests import rosters
from tests.results import invented_id
from tests.rosters import person

BOTH = ("medical", "pension")
NO_MEDICAL = {"medical_paid": "", "medical_date": "", "medical_receipt": ""}
NO_PENSION = {"pension_status": "暂未参保", "tier": "", "pension_paid": "", "pension_date": "", "pension_receipt": ""}
CHILD = {
    **NO_PENSION,
    "relation": "子",
    "name": "张四",
    "id_number": "990000201001010017",
    "pension_status": "未满16周岁",
}
AT = {column.key: n for n, column in enumerate(COLUMNS, 1)}


def _rows(example: Any) -> list[dict[str, Any]]:
    """An example is one row or several, each as it differs from the ordinary person."""
    return [person(**row) for row in (example if isinstance(example, tuple) else (example,))]


def found(*people: dict[str, Any], **cover: Any) -> list[tuple[str, str]]:
    return rosters.found(*people, **cover)


def why(checked: Checked) -> dict[str, list[str]]:
    """The reason of each person by scheme, in words."""
    words = ["", *REASONS]
    return {scheme: [words[code] for code in codes] for scheme, codes in checked.why.items()}


# ---------------------------------------------------------------- the rules' own examples

WITH_EXAMPLES = [rule for rule in RULES if not rule.fault]
TWICE = {"501": 2}  # both heads are pointed at


@pytest.mark.parametrize("rule", WITH_EXAMPLES, ids=lambda rule: rule.code)
def test_examples_give_their_own_finding_and_no_other(rule: Rule) -> None:
    assert rule.passes and rule.fails and rule.doc, f"{rule.code} has no examples or no words"
    for example in rule.passes:
        assert found(*_rows(example)) == [], example
    for example in rule.fails:
        findings = rosters.checked(*_rows(example)).findings
        assert [finding.code for finding in findings] == [rule.code] * TWICE.get(rule.code, 1), example
        assert {finding.row for finding in findings} <= {5, 6}


def test_nothing_to_find_in_the_ordinary_person() -> None:
    assert found(person()) == []
    assert found(person(), person(**CHILD)) == []


# ---------------------------------------------------------------- product 6, row by row

# code: severity, schemes that an offending row is not counted for; typed from the specification's table
ERROR, WARNING, INFO = "error", "warning", "info"
PRODUCT: dict[str, tuple[str, tuple[str, ...] | str]] = {
    # file
    "101": (WARNING, ()), "102": (WARNING, ()), "103": (WARNING, ()), "104": (WARNING, ()), "105": (WARNING, ()), "106": (WARNING, ()),
    "107": (WARNING, ()), "108": (WARNING, ()), "109": (INFO, ()), "110": (INFO, ()), "111": (INFO, ()), "112": (WARNING, ()),
    "113": (WARNING, ()), "114": (WARNING, ()), "115": (ERROR, ()), "116": (WARNING, ()), "117": (WARNING, ()),
    # cell: that scheme, or both for identity
    "201": (ERROR, "cell"), "202": (ERROR, "cell"), "203": (ERROR, "cell"), "204": (ERROR, "cell"), "205": (ERROR, "cell"),
    "206": (ERROR, "cell"), "208": (ERROR, "cell"), "207": (WARNING, ()), "209": (WARNING, ()), "210": (WARNING, ()),
    # person
    "301": (ERROR, BOTH), "302": (ERROR, BOTH), "303": (ERROR, "cell"), "304": (ERROR, BOTH), "305": (ERROR, BOTH), "306": (ERROR, BOTH),
    "307": (ERROR, BOTH), "308": (WARNING, ()), "309": (WARNING, ()), "310": (WARNING, ()), "311": (ERROR, BOTH), "312": (WARNING, ()),
    "313": (WARNING, ()), "314": (WARNING, ()), "315": (WARNING, ()), "316": (ERROR, ()), "317": (WARNING, ()),
    # duplicates
    "401": (ERROR, ("medical",)), "402": (ERROR, ("pension",)), "403": (WARNING, ()), "404": (ERROR, ()),
    # household
    "501": (ERROR, ()), "502": (WARNING, ()), "503": (WARNING, ()), "504": (WARNING, ()), "505": (WARNING, ()), "506": (ERROR, ()),
    "507": (WARNING, ()), "508": (WARNING, ()),
    # medical
    "601": (ERROR, ()), "602": (ERROR, ("medical",)), "603": (ERROR, ("medical",)), "604": (WARNING, ()), "605": (ERROR, ("medical",)),
    "606": (ERROR, ()), "607": (ERROR, ("medical",)), "608": (ERROR, ()), "609": (ERROR, ()), "610": (WARNING, ()),
    # pension
    "701": (ERROR, ("pension",)), "702": (ERROR, ("pension",)), "703": (ERROR, ("pension",)), "704": (ERROR, ("pension",)),
    "705": (ERROR, ("pension",)), "706": (WARNING, ()), "707": (WARNING, ()), "708": (WARNING, ()), "709": (INFO, ()),
    "710": (ERROR, ("pension",)), "711": (ERROR, ()), "712": (ERROR, ()), "713": (ERROR, ()), "714": (WARNING, ()), "715": (WARNING, ()),
    # both
    "801": (ERROR, BOTH), "802": (INFO, ()), "803": (WARNING, ()), "804": (WARNING, ()), "805": (ERROR, BOTH), "806": (WARNING, ()),
    "807": (WARNING, ()), "808": (WARNING, ()), "809": (WARNING, ()), "810": (WARNING, ()),
}  # fmt: skip


def test_every_check_of_the_specification_is_there_with_its_severity_and_what_it_blocks() -> None:
    said: dict[str, tuple[str, Any]] = {code: (one.severity, ()) for code, one in FILE_CHECKS.items()}
    said |= {
        rule.code: (rule.severity, "cell" if rule.fault and rule.severity == ERROR else rule.blocks) for rule in RULES
    }
    blocks = {"401": ("medical",), "402": ("pension",)}
    said |= {code: (one.severity, blocks.get(code, ())) for code, one in merge.DISTRICT_RULES.items()}
    assert said == PRODUCT


# code and example row: who is not counted for what, and why
REASON_OF: dict[str, str] = {
    "301": "identity", "302": "identity", "304": "identity", "305": "identity", "306": "identity", "307": "identity", "311": "identity",
    "602": "ineligible", "603": "ineligible", "701": "ineligible", "702": "ineligible", "703": "ineligible", "704": "ineligible",
    "705": "ineligible", "605": "short", "607": "short", "710": "short", "801": "date", "805": "date",
}  # fmt: skip


@pytest.mark.parametrize("rule", WITH_EXAMPLES, ids=lambda rule: rule.code)
def test_what_a_finding_blocks_and_why(rule: Rule) -> None:
    for example in rule.fails:
        checked = rosters.checked(*_rows(example))
        own = [finding for finding in checked.findings if finding.code == rule.code]
        blocked = {scheme for finding in own for scheme in finding.blocks}
        if not rule.blocks:
            assert blocked == set() and not any(reason for reasons in why(checked).values() for reason in reasons)
        elif "{scheme}" in rule.at:  # a rule of both schemes blocks the one it speaks of
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
            findings += rosters.checked(*_rows(example)).findings
    for _, spoil in SPOILS.values():
        book = rosters.book(_homes(len(INPUTS)))
        for row, column in enumerate(INPUTS[1:], columns.FIRST_ROW):
            spoil(book.sheets[columns.ROSTER_SHEET], (row, AT[column.key]))
        roster = read(book, rosters.POLICY, "测试.xlsx")
        assert not isinstance(roster, Refusal)
        findings += check(roster).findings
    return [finding for finding in findings if finding.code > "2"]


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
        assert titles()[finding.code]


def test_words_of_files_and_of_the_district_are_sentences() -> None:
    for check_ in FILE_CHECKS.values():
        assert check_.remedy.endswith("。") and check_.title
    for rule in merge.DISTRICT_RULES.values():
        assert rule.problem.endswith("。") and rule.remedy.endswith("。") and rosters.POLICY.article(rule.entry)


def findings_of_examples() -> list[list[str]]:
    """What the rules say of their failing examples, and of one bad cell of each kind in each column's kind."""
    findings = [
        finding
        for rule in WITH_EXAMPLES
        for example in rule.fails
        for finding in rosters.checked(*_rows(example)).findings
    ]
    for kind, key in [
        ("error", "medical_paid"), ("uncalculated", "medical_date"), ("text", "medical_paid"), ("truth", "tier"), ("date", "registered"),
        ("text", "pension_date"), ("number", "medical_date"), ("negative", "pension_paid"), ("too fine", "medical_paid"), ("text", "medical_status"),
        ("text", "relation"), ("number", "id_number"), ("date", "household"), ("long", "village"), ("control", "certificate"), ("text", "medical_reason"),
    ]:  # fmt: skip
        findings += [finding for finding in _spoilt(key, SPOILS[kind][1]).findings if finding.code > "2"]
    return [[one.code, one.cell, one.value, one.problem, one.remedy, one.example] for one in findings]


def test_words_of_every_finding() -> None:
    """Read when the words change: they are what a clerk gets."""
    lines = (Path(__file__).parent / "cases/findings.csv").read_text(encoding="utf-8").splitlines()
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
def test_how_a_value_is_said(value: Any, key: str, words: str) -> None:
    assert show(value, key) == words


def test_no_message_has_an_id_a_name_or_a_reason() -> None:
    for finding in _all_findings():
        said = " ".join([finding.problem, finding.remedy, finding.value, finding.name, finding.household])
        assert not re.search(r"\d{15}", said), finding
        assert "张三" not in said and "张四" not in said, finding
        if finding.code != "610":  # whose remedy speaks of the dead and the gone in general
            assert not any(reason in f"{finding.problem}{finding.value}" for reason in columns.REASONS[:6]), finding


def test_ids_are_masked_in_every_column() -> None:
    number = "990000199001010017"
    for column in INPUTS:
        if column.key in ("seq", "id_number"):
            continue
        checked = rosters.checked(person(**{column.key: f"{number}号"}), person(**{column.key: float(number)}))
        assert not any(
            re.search(r"\d{15}", f"{one.problem}{one.value}{one.remedy}{one.household}") for one in checked.findings
        ), column.key


# ---------------------------------------------------------------- cells that can't be read

Spoil = Callable[[Any, tuple[int, int]], None]


def _error(sheet: Any, at: tuple[int, int]) -> None:
    sheet.errors[at] = "#N/A"
    _put(sheet, at, "")


def _uncalculated(sheet: Any, at: tuple[int, int]) -> None:
    sheet.uncalculated.add(at)
    _put(sheet, at, "")


def _put(sheet: Any, at: tuple[int, int], value: Any) -> None:
    sheet.rows[at[0] - 1][at[1] - 1] = value


def _value(value: Any) -> Spoil:
    return lambda sheet, at: _put(sheet, at, value)


LISTED = {column.key for column in INPUTS if column.choices}
STATUSES = {"medical_status", "pension_status"}
NUMBERS, DATES = {"registered", "medical_paid", "tier", "pension_paid"}, {"medical_date", "pension_date"}
TEXTS = {column.key for column in INPUTS if column.kind == "text"}
LONG = "长" * 300

# kind of bad cell: the code it gives by column (None: no fault of form there)
SPOILS: dict[str, tuple[Callable[[str], str | None], Spoil]] = {
    "error": (lambda key: "201", _error),
    "uncalculated": (lambda key: "205", _uncalculated),
    "text": (lambda key: "202" if key in NUMBERS else "203" if key in DATES else "208" if key in STATUSES else "209" if key in LISTED
             else {"id_number": "304", "category": "311"}.get(key), _value("乱写")),
    "truth": (lambda key: "202" if key in NUMBERS else "203" if key in DATES else "208" if key in STATUSES else "209" if key in LISTED
              else {"id_number": "304", "category": "311"}.get(key), _value(True)),
    "number": (lambda key: "204" if key in DATES else "208" if key in STATUSES else "209" if key in LISTED
               else {"id_number": "303", "category": "311", "name": "317"}.get(key), _value(43753.0)),
    "date": (lambda key: "202" if key in NUMBERS else "208" if key in STATUSES else "209" if key in LISTED
             else {"id_number": "304", "category": "311"}.get(key, "210" if key in TEXTS else None), _value(datetime(2019, 10, 15))),
    "negative": (lambda key: "206" if key in NUMBERS else "204" if key in DATES else None, _value(-1.0)),
    "too fine": (lambda key: "206" if key in NUMBERS else "204" if key in DATES else None, _value(100.001)),
    "long": (lambda key: None if key in NUMBERS | DATES | {"remark"} else "208" if key in STATUSES else "209" if key in LISTED
             else {"id_number": "304", "category": "311"}.get(key, "207"), _value(LONG)),
    "control": (lambda key: "207" if key in TEXTS - LISTED - {"id_number", "category", "remark"} else None, _value("甲\x01乙")),
}  # fmt: skip


def _spoilt(key: str, spoil: Spoil, *others: dict[str, Any], **differs: Any) -> Checked:
    """The ordinary person (and others of the house) with one cell spoilt."""
    book = rosters.book([person(**differs), *others])
    if key != "seq":
        spoil(book.sheets[columns.ROSTER_SHEET], (columns.FIRST_ROW, AT[key]))
    roster = read(book, rosters.POLICY, "测试.xlsx")
    assert not isinstance(roster, Refusal)
    return check(roster)


BAD_CELLS = [
    (kind, column.key, codes(column.key))
    for kind, (codes, _) in SPOILS.items()
    for column in INPUTS
    if column.key != "seq" and codes(column.key)
]


@pytest.mark.parametrize(("kind", "key", "code"), BAD_CELLS, ids=[f"{kind}-{key}" for kind, key, _ in BAD_CELLS])
def test_one_bad_cell_one_finding(kind: str, key: str, code: str) -> None:
    """The rules of substance leave the cell alone, and those of the household the whole family."""
    letter = columns_letter(key)
    for others in (
        [],
        [person(**CHILD)],
        [person(**CHILD), person(**{**CHILD, "id_number": invented_id(1, datetime(2012, 1, 1)), "name": "张五"})],
    ):
        checked = _spoilt(key, SPOILS[kind][1], *others)
        also = [("110", "")] if kind == "control" else []  # what the eye can't see is counted, too
        assert [(one.code, one.cell) for one in checked.findings] == [*also, (code, f"{letter}5")]


def columns_letter(key: str) -> str:
    return openpyxl.utils.get_column_letter(AT[key])


DECISIVE = {
    "name": BOTH, "id_number": BOTH, "category": BOTH, "medical_paid": ("medical",), "medical_date": ("medical",),
    "medical_status": ("medical",), "pension_status": ("pension",), "tier": ("pension",), "pension_paid": ("pension",),
    "pension_date": ("pension",),
}  # fmt: skip
REASON_OF_CELL = {
    "medical_paid": "unpaid", "pension_paid": "unpaid", "medical_date": "date", "pension_date": "date", "tier": "ineligible",
    "medical_status": "ineligible", "pension_status": "ineligible",
}  # fmt: skip


@pytest.mark.parametrize("kind", SPOILS)
def test_bad_cell_blocks_what_it_is_needed_for(kind: str) -> None:
    for column in INPUTS:
        code = SPOILS[kind][0](column.key)
        if code is None or column.key == "seq":
            continue
        checked = _spoilt(column.key, SPOILS[kind][1])
        mild = PRODUCT[code][0] != ERROR
        expected = () if mild else DECISIVE.get(column.key, ())
        assert checked.findings[-1].blocks == expected, (kind, column.key)
        blocked = {scheme for scheme, reasons in why(checked).items() if reasons[0]}
        assert blocked == set(expected)
        assert {reasons[0] for reasons in why(checked).values()} - {""} <= {REASON_OF_CELL.get(column.key, "identity")}


def test_decisive_cells_never_have_a_mild_fault() -> None:
    """Whatever stands in them: a row is judged by them or not counted."""
    mild = [(kind, key, code) for kind, key, code in BAD_CELLS if key in DECISIVE and PRODUCT[code][0] != ERROR]
    assert [(kind, key) for kind, key, _ in mild] == [
        ("number", "name"),
        ("date", "name"),
        ("long", "name"),
        ("control", "name"),
    ]


FAMILY_CELLS = {"501": ("relation", "village", "household"), "502": ("relation", "village", "household"),
                "503": ("registered", "relation", "village", "household"), "504": ("relation", "village", "household"),
                "506": ("medical_status", "village", "household"), "508": ("id_number", "relation", "village", "household")}  # fmt: skip


@pytest.mark.parametrize("code", FAMILY_CELLS)
def test_household_rules_skip_a_household_with_such_a_cell(code: str) -> None:
    """A third member's bad cell silences the rule for the family, and for this family only."""
    (rule,) = [rule for rule in RULES if rule.code == code]
    example = _rows(rule.fails[0])
    other_home = [dict(row, household="77", name="李四") for row in example]
    third = person(
        **{
            **CHILD,
            "relation": "孙子女",
            "id_number": invented_id(1, datetime(2014, 1, 1)),
            "name": "张六",
            "registered": 3,
        }
    )
    for key in FAMILY_CELLS[code]:
        book = rosters.book([*other_home, *example, third])
        _error(book.sheets[columns.ROSTER_SHEET], (columns.FIRST_ROW + 2 * len(example), AT[key]))
        roster = read(book, rosters.POLICY, "测试.xlsx")
        assert not isinstance(roster, Refusal)
        rows = {one.row for one in check(roster).findings if one.code == code}
        if key in ("village", "household"):
            assert rows <= set(range(5, 5 + len(example))), (code, key)
        else:
            assert rows and rows <= set(range(5, 5 + len(example))), (code, key)


@pytest.mark.parametrize("kind", ["集体户", "集中供养", "外市居住户"])
def test_household_rules_are_for_families(kind: str) -> None:
    for rule in RULES:
        if rule.household:
            rows = [dict(row, household_type=kind) for row in _rows(rule.fails[0])]
            assert rule.code not in {code for code, _ in found(*rows)}, rule.code


# ---------------------------------------------------------------- a column that fails alike


def _homes(count: int, start: int = 0, **differs: Any) -> list[dict[str, Any]]:
    """Ordinary heads of households of their own."""
    return [
        person(household=str(n), id_number=invented_id(2 * n % 998 + 1, datetime(1960 + n // 499, 1, 1)), **differs)
        for n in range(start, start + count)
    ]


@pytest.mark.parametrize(
    ("bad", "all_", "grouped"), [(20, 20, False), (21, 21, True), (21, 104, True), (21, 105, False), (22, 105, True), (100, 501, False), (101, 501, True)]
)  # fmt: skip
def test_grouped_when_over_a_fifth_fails_alike(bad: int, all_: int, grouped: bool) -> None:
    checked = rosters.checked(*_homes(bad, medical_paid=200), *_homes(all_ - bad, bad))
    mine = [one for one in checked.findings if one.code == "605"]
    assert (checked.errors, sum(one.count for one in mine)) == (bad, bad)
    assert len(mine) == (1 if grouped else bad)
    if grouped:
        (one,) = mine
        assert (one.row, one.column, one.cell, one.count) == (None, "S", "S", bad)
        assert one.places == tuple(range(5, 5 + bad))
        assert one.problem == f"“医保实收”列有{bad}人同样的问题：医保少缴。"
    assert why(checked)["medical"] == ["short"] * bad + [""] * (all_ - bad)


def test_grouped_finding_keeps_an_exact_count_and_the_first_thousand_places() -> None:
    checked = rosters.checked(*_homes(2500, medical_date="2019.10.15"))
    (one,) = checked.findings
    assert (one.code, one.count, len(one.places)) == ("203", 2500, 1000)
    assert (one.places[0], one.places[-1]) == (5, 1004)
    assert (checked.errors, checked.warnings) == (2500, 0)


def test_two_faults_of_one_column_are_two_groups() -> None:
    checked = rosters.checked(*_homes(30, medical_paid=200), *_homes(30, 30, medical_paid=300), *_homes(30, 60))
    assert [(one.code, one.count) for one in checked.findings] == [("605", 30), ("606", 30)]


@pytest.mark.parametrize("rule", [rule for rule in WITH_EXAMPLES if not rule.household], ids=lambda rule: rule.code)
def test_every_rule_has_words_for_a_group(rule: Rule) -> None:
    example = _rows(rule.fails[0])
    rows = [dict(row, household=f"{row['household'] and n}") for n in range(25) for row in example]
    findings = [one for one in rosters.checked(*rows).findings if one.code == rule.code]
    (one,) = findings
    assert one.count >= 25 and len(one.places) == one.count
    for text in (one.problem, one.remedy, one.example):
        assert text and "{" not in text, rule.code


def test_household_findings_are_never_grouped() -> None:
    checked = rosters.checked(*_homes(40, relation="子"))
    assert [(one.code, one.count) for one in checked.findings] == [("502", 1)] * 40


# ---------------------------------------------------------------- one scheme only


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if rule.schemes and not rule.fault], ids=lambda rule: rule.code
)
def test_single_scope_switches_the_other_scheme_off(rule: Rule) -> None:
    for example in rule.fails:
        rows = _rows(example)
        (scheme,) = {
            (one.key and columns.BY_KEY[one.key].scheme) or rule.schemes[0] for one in rosters.checked(*rows).findings
        }
        other = {"medical": "仅养老", "pension": "仅医保"}[scheme]
        assert found(*rows, scope=other) == []
        own = {"medical": "仅医保", "pension": "仅养老"}[scheme]
        assert {code for code, _ in found(*rows, scope=own)} == {rule.code}


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
    assert found(row, scope="仅养老") == [("202", "W5"), ("202", "X5"), ("204", "Y5"), ("208", "V5")]
    assert found(row, scope="仅医保") == [("202", "S5"), ("203", "T5"), ("208", "P5")]


# ---------------------------------------------------------------- edges: days, ages, amounts

D = datetime
BORN = {
    day: invented_id(1, day)
    for day in (D(2003, 6, 1), D(2003, 6, 2), D(2003, 10, 31), D(2003, 11, 1), D(1959, 10, 31), D(1959, 11, 1))
}


@pytest.mark.parametrize(
    ("differs", "codes"),
    [
        # the windows, both days included; collecting began earlier
        ({"medical_date": D(2019, 8, 31)}, ["801"]), ({"medical_date": D(2019, 9, 1)}, ["802"]), ({"medical_date": D(2019, 9, 30)}, ["802"]),
        ({"medical_date": D(2019, 10, 1)}, []), ({"medical_date": D(2019, 12, 31)}, []), ({"medical_date": D(2020, 1, 1)}, ["803"]),
        ({"pension_date": D(2018, 12, 31)}, ["801"]), ({"pension_date": D(2019, 1, 1)}, []), ({"pension_date": D(2019, 10, 31)}, []),
        ({"pension_date": D(2019, 11, 1)}, ["803"]),
        ({"medical_date": D(2020, 1, 31)}, ["803"]), ({"medical_date": D(2020, 2, 1)}, ["803", "804"]),
        # sixteen on the day of payment
        ({"id_number": BORN[D(2003, 6, 1)], "schooling": "否"}, []), ({"id_number": BORN[D(2003, 6, 2)], "schooling": "否"}, ["701"]),
        # sixty at the window's end
        ({"id_number": BORN[D(1959, 10, 31)]}, ["707"]), ({"id_number": BORN[D(1959, 11, 1)]}, []),
        # schooling is asked from sixteen to twenty-two
        ({"id_number": BORN[D(2003, 6, 1)]}, ["708"]), ({"id_number": invented_id(1, D(1996, 6, 2))}, ["708"]),
        ({"id_number": invented_id(1, D(1996, 6, 1))}, []),
        # amounts to the fen
        ({"medical_paid": 249.99}, ["605"]), ({"medical_paid": 250.01}, ["606"]), ({"pension_paid": 99.99}, ["710"]), ({"pension_paid": 100.01}, ["711"]),
        ({"category": "低保", "medical_paid": 174.99, "pension_paid": ""}, ["605"]), ({"category": "低保", "medical_paid": 175, "pension_paid": ""}, ["607"]),
        ({"category": "低保", "medical_paid": 175.01, "pension_paid": ""}, ["605"]), ({"category": "低保", "medical_paid": 0.01, "pension_paid": ""}, ["605"]),
        ({"category": "建档立卡", "medical_paid": 125, "pension_paid": ""}, []), ({"category": "建档立卡", "pension_paid": ""}, ["606"]),
        ({"category": "兜底", "pension_paid": "", "medical_paid": "", "medical_receipt": ""}, []),
        ({"category": "重残", "tier": 300, "pension_paid": 200}, ["709"]), ({"category": "重残", "tier": 300, "pension_paid": 300}, ["709", "711"]),
        ({"tier": 3000, "pension_paid": 3000}, []), ({"tier": 3001, "pension_paid": 3001}, ["705"]), ({"tier": 150, "pension_paid": ""}, ["705"]),
    ],
    ids=str,
)  # fmt: skip
def test_edges(differs: dict[str, Any], codes: list[str]) -> None:
    assert [code for code, _ in found(person(**differs), deadline=D(2020, 1, 31))] == codes


@pytest.mark.parametrize(
    ("deadline", "codes"),
    [(D(2019, 10, 31), []), (D(2019, 11, 1), ["806"]), (D(2019, 12, 31), ["806"]), (D(2020, 1, 1), ["806", "806"])],
)
def test_unpaid_is_nothing_until_the_window_has_ended(deadline: datetime, codes: list[str]) -> None:
    row = person(**NO_MEDICAL, pension_paid="", pension_date="", pension_receipt="")
    assert [code for code, _ in found(row, deadline=deadline)] == codes


def test_due_of_zero_never_counts_as_unpaid() -> None:
    row = person(category="特困", **NO_MEDICAL, pension_paid="", pension_date="", pension_receipt="")
    assert found(row, deadline=D(2020, 1, 31)) == [("807", "T5"), ("807", "Y5")]


def test_payment_without_a_tier_is_a_tier_missing_and_no_more() -> None:
    assert found(person(tier="", pension_paid="")) == [("704", "W5")]
    assert found(person(tier="", pension_paid=50)) == [("704", "W5")]


def _policy(tmp_path: Path, text: str) -> Policy:
    overlay = tmp_path / "试算.toml"
    overlay.write_text(text, encoding="utf-8")
    return policy.load(overlay=overlay)


def _under(rules: Policy, *people: dict[str, Any], **cover: Any) -> list[tuple[str, str]]:
    roster = read(rosters.book(people, **cover), rules, "测试.xlsx")
    assert not isinstance(roster, Refusal)
    return sorted((finding.code, finding.cell) for finding in check(roster).findings)


def test_age_at_the_windows_end_by_the_other_reading(tmp_path: Path) -> None:
    rules = _policy(tmp_path, '[interpretations]\nage_day = "window_end"')
    young = person(id_number=BORN[D(2003, 10, 31)], schooling="否")
    assert found(young) == [("701", "J5")] and _under(rules, young) == []
    assert _under(rules, person(id_number=BORN[D(2003, 11, 1)], schooling="否")) == [("701", "J5")]
    # without a date the window's end decides in both
    unpaid = {"pension_date": "", "pension_paid": "", "pension_receipt": "", "schooling": "否"}
    assert found(person(id_number=BORN[D(2003, 10, 31)], **unpaid), deadline=D(2019, 10, 31)) == []
    assert [code for code, _ in found(person(id_number=BORN[D(2003, 11, 1)], **unpaid), deadline=D(2019, 10, 31))] == [
        "701"
    ]


def test_other_readings_change_what_is_due(tmp_path: Path) -> None:
    row = person(category="建档立卡、低保", medical_paid=125, pension_paid="")
    assert [code for code, _ in found(row)] == ["312", "605"]
    rules = _policy(tmp_path, '[interpretations]\npoor_and_low_income = "jiandang"')
    assert _under(rules, row) == [("312", "N5")]


NEW = '[[standards]]\nvalue = 280\nnotified = 2019-11-20\narticle = "省文"\ntext = "每人每年280元"\n'


@pytest.mark.parametrize(
    ("differs", "codes"),
    [
        ({"medical_date": D(2019, 11, 19)}, []),  # paid in full before the day of the new standard: stays counted
        ({"medical_date": D(2019, 11, 20)}, ["605"]),
        ({"medical_date": D(2019, 11, 20), "medical_paid": 280}, []),
        ({"medical_date": D(2019, 11, 19), "medical_paid": 280}, []),
        ({"medical_date": D(2019, 11, 19), "medical_paid": 260}, ["605"]),
        ({"medical_date": D(2019, 11, 19), "medical_paid": 240}, ["605"]),
        ({"medical_date": D(2019, 11, 19), "category": "建档立卡", "medical_paid": 125, "pension_paid": ""}, []),
        ({"medical_date": D(2019, 11, 20), "category": "建档立卡", "medical_paid": 125, "pension_paid": ""}, ["605"]),
        ({"medical_date": D(2019, 11, 20), "category": "低保", "medical_paid": 196, "pension_paid": ""}, ["607"]),
    ],
    ids=str,
)  # fmt: skip
def test_new_standard(tmp_path: Path, differs: dict[str, Any], codes: list[str]) -> None:
    rules = _policy(tmp_path, NEW)
    assert [code for code, _ in _under(rules, person(**differs), deadline=D(2019, 12, 15))] == codes


# ---------------------------------------------------------------- households, certificates, statuses


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([{}, {**CHILD, "registered": 3}], []),  # on the head's row only
        ([{"registered": 2}, CHILD], []), ([{"registered": 3}, CHILD], [("503", "F5")]), ([{"registered": 1}, CHILD], [("503", "F5")]),
        # a baby of the last year may not be in the register yet
        ([{"registered": 1}, {**CHILD, "id_number": invented_id(1, D(2018, 11, 15))}], []),
        ([{"registered": 1}, {**CHILD, "id_number": invented_id(1, D(2018, 11, 14))}], [("503", "F5")]),
        ([{"registered": 3}, {**CHILD, "id_number": invented_id(1, D(2019, 5, 1))}], [("503", "F5")]),
        # two heads: nobody can tell whose number it is
        ([{"registered": 5}, {"id_number": "990000199001010025"}], [("501", "H5"), ("501", "H6")]),
        # one household number in two villages, and two spellings of one village
        ([{}, {"village": "井边村", "household": "1", "id_number": "990000199001010025"}], []),
        ([{}, {**CHILD, "village": "桥头"}], []), ([{}, {**CHILD, "village": "桥头社区"}], []), ([{}, {**CHILD, "village": " 桥头村"}], []),
        ([{}, {**CHILD, "village": "桥西村"}], [("505", "B6")]), ([{}, {**CHILD, "village": "井边村"}], [("502", "H6")]),
        ([{}, {**CHILD, "village": "桥西村", "household": "2"}], [("502", "H6")]),
        ([{}, {**CHILD, "village": "桥头屯村"}], [("505", "B6")]), ([{}, {**CHILD, "village": "桥头屯子村"}], [("502", "H6")]),
        ([{"village": "桥头屯村"}, CHILD], [("505", "B6")]), ([{"village": "新桥头村"}, CHILD], [("505", "B6")]),
        # members of one family need not stand together
        ([{}, {"household": "2", "id_number": "990000199001010025"}, CHILD], []),
        # generations
        ([{}, {**CHILD, "relation": "父", "id_number": invented_id(1, D(1960, 1, 1)), "pension_status": "暂未参保"}], []),
        ([{}, {**CHILD, "relation": "父", "id_number": invented_id(1, D(1995, 1, 1)), "pension_status": "暂未参保"}], [("508", "H6")]),
        ([{}, {**CHILD, "id_number": invented_id(1, D(1990, 1, 1)), "pension_status": "暂未参保"}], [("508", "H6")]),  # the very same day
        ([{}, {**CHILD, "id_number": invented_id(1, D(1990, 1, 2)), "pension_status": "暂未参保"}], []),
        ([{}, {**CHILD, "relation": "兄弟姐妹", "id_number": invented_id(1, D(1980, 1, 1)), "pension_status": "暂未参保"}], []),
        ([{}, {**CHILD, "relation": "父", "id_number": invented_id(1, D(1990, 1, 1)), "pension_status": "暂未参保"}], [("508", "H6")]),
        # a passport says nothing of age, be it the child's or the head's
        ([{"id_number": "E12345678", "id_type": "其他"}, {**CHILD, "relation": "父", "id_number": invented_id(1, D(1960, 1, 1)), "pension_status": "暂未参保"}], []),
        ([{}, {**CHILD, "id_number": "E12345678", "id_type": "其他"}], []),
    ],
    ids=str,
)  # fmt: skip
def test_households(rows: list[dict[str, Any]], expected: list[tuple[str, str]]) -> None:
    assert found(*(person(**row) for row in rows)) == expected


def test_families_of_two_hundred_homes_are_told_apart() -> None:
    homes = [
        row
        for n in range(200)
        for row in (
            person(household=str(n)),
            person(**{**CHILD, "household": str(n), "relation": "户主" if n == 150 else "子"}),
        )
    ]
    assert found(*homes) == [("501", "H305"), ("501", "H306")]


@pytest.mark.parametrize(
    ("differs", "codes"),
    [
        ({"certificate": "99000019900101001741"}, []), ({"certificate": "99000019900101001772"}, []),
        ({"certificate": "99000019900101001781"}, ["314"]), ({"certificate": "99000019900101001701"}, ["314"]),
        ({"certificate": "99000019900101001745"}, ["314"]), ({"certificate": "99000019900101001740"}, ["314"]),
        ({"certificate": "99000019900101001743"}, ["315"]), ({"certificate": "99000019900101001744"}, ["315"]),
        ({"certificate": "99000019900101002541"}, ["314"]), ({"certificate": "99000019900101002543"}, ["314", "315"]),
        ({"certificate": "残证123"}, []),  # another numbering: nothing to compare
        ({"certificate": "99000019900101001743", "category": "低保"}, []),  # not of a disabled person
        ({"certificate": "99000019900101001743", "category": "贫困残疾人", "pension_paid": 100}, ["313"]),
    ],
    ids=str,
)  # fmt: skip
def test_certificates(differs: dict[str, Any], codes: list[str]) -> None:
    row = person(**{"category": "重残", "pension_paid": "", **differs})
    if "低保" in row["category"]:
        row["medical_paid"] = 250
    assert [code for code, _ in found(row)] == codes


@pytest.mark.parametrize(
    ("differs", "codes"),
    [
        ({"pension_status": "未满16周岁", "id_number": invented_id(1, D(2003, 10, 31))}, ["715"]),
        ({"pension_status": "未满16周岁", "id_number": invented_id(1, D(2003, 11, 1))}, []),  # sixteen after the window
        ({"pension_status": "非本区户籍", "register": "外市", "residence_proof": "居住证"}, []),
        ({"pension_status": "非本区户籍", "register": "本市其他县区"}, ["604"]),
        ({"pension_status": "非本区户籍", "register": "本区其他乡镇(街道)"}, ["604", "715"]),
        ({"pension_status": "在校学生"}, []), ({"pension_status": "在校学生", "schooling": "中小学(含中职)"}, []),
        ({"pension_status": "已领取待遇"}, []), ({"pension_status": ""}, ["714"]),
        ({"pension_status": "", "register": "外市", "residence_proof": "居住证"}, []),
        ({"pension_status": "", "id_number": invented_id(1, D(2003, 11, 1))}, []), ({"pension_status": "", "id_number": invented_id(1, D(2003, 10, 31))}, ["714"]),
        # people in hardship: obliged unless a student, too young, old, elsewhere, insured otherwise or gone
        ({"category": "低保"}, ["712"]), ({"category": "重残"}, ["712"]), ({"category": "兜底", **NO_MEDICAL, "medical_date": D(2019, 10, 9)}, ["712"]),
        ({"category": "贫困残疾人"}, ["313"]), ({"category": "低保", "schooling": "高校", "medical_status": "高校参保", **NO_MEDICAL}, []),
        ({"category": "低保", "id_number": invented_id(1, D(1959, 10, 31))}, []), ({"category": "低保", "id_number": invented_id(1, D(1959, 11, 1))}, ["712"]),
        ({"category": "低保", "id_number": invented_id(1, D(2003, 11, 1))}, []), ({"category": "低保", "id_number": invented_id(1, D(2003, 10, 31))}, ["712"]),
        ({"category": "低保", "pension_status": "职工养老"}, []), ({"category": "低保", "register": "本市其他县区"}, ["604"]),
        ({"category": "低保", "medical_status": "不参保", "medical_reason": "失联", **NO_MEDICAL}, []),
        ({"category": "低保", "medical_status": "不参保", "medical_reason": "其他(见备注)", "remark": "不愿", **NO_MEDICAL}, ["608", "712"]),
        ({"category": "低保", "medical_status": "市内职工医保", **NO_MEDICAL, "pension_status": "职工养老"}, []),
        ({"category": "低保", "medical_status": "不参保", **NO_MEDICAL}, ["506", "608", "712"]),
        # staying out
        ({"medical_status": "不参保", "medical_reason": "服兵役", **NO_MEDICAL}, []), ({"medical_status": "不参保", **NO_MEDICAL}, ["506"]),
        ({"medical_status": "不参保", "medical_reason": "其他(见备注)", **NO_MEDICAL}, ["507"]),
        ({"medical_status": "市外居民医保", **NO_MEDICAL}, ["601"]), ({"medical_status": "市外居民医保", "medical_proof": "证明", **NO_MEDICAL}, []),
        ({"medical_status": "市内居民医保", **NO_MEDICAL}, []), ({"medical_status": "市内居民医保"}, ["609"]),
    ],
    ids=str,
)  # fmt: skip
def test_statuses(differs: dict[str, Any], codes: list[str]) -> None:
    row = person(**{**NO_PENSION, **differs})
    assert sorted(code for code, _ in found(row)) == codes


@pytest.mark.parametrize(
    ("differs", "codes"),
    [
        ({"id_number": invented_id(1, D(2019, 11, 15))}, []), ({"id_number": invented_id(1, D(2019, 11, 16))}, ["307"]),  # the cover's deadline
        ({"id_number": "990000900101001"}, ["308"]), ({"id_number": "h12345678", "id_type": "其他"}, []),
        ({"id_type": "身份证"}, []),
        ({"id_type": "港澳台居民居住证"}, ["309"]), ({"id_number": "H12345678", "id_type": "港澳台居民居住证"}, ["304"]),
        ({"relation": "儿媳", "household_type": "集体户"}, ["310"]), ({"relation": "子", "household_type": "集体户"}, []),
        ({"relation": "配偶", "household_type": "集体户"}, []), ({"relation": "母", "household_type": "集体户", "id_number": "990000199001010025"}, []),
    ],
    ids=str,
)  # fmt: skip
def test_identity(differs: dict[str, Any], codes: list[str]) -> None:
    young = {"pension_status": "", "tier": "", "pension_paid": "", "pension_date": "", "pension_receipt": ""}
    row = person(**{**(young if "2019" in str(differs.get("id_number", ""))[6:10] else {}), **differs})
    assert [code for code, _ in found(row)] == codes


# ---------------------------------------------------------------- the file's own


def test_overwritten_and_uncalculated_amounts_are_said_and_change_nothing() -> None:
    people = [rosters.person(household=str(n), id_number=invented_id(n), medical_receipt=f"R{n}", pension_receipt=f"R{n}") for n in range(3)]  # fmt: skip
    book = rosters.book(people)
    sheet = book.sheets[columns.ROSTER_SHEET]
    first = columns.FIRST_ROW
    sheet.overwritten = {(first, AT["medical_due"]), (first + 2, AT["medical_due"]), (first, AT["hint"])}
    sheet.uncalculated = {(first + 1, AT["medical_due"]), (first + 900, AT["medical_due"])}
    roster = read(book, rosters.POLICY, "册.xlsx")
    assert not isinstance(roster, Refusal)
    checked = check(roster)
    assert [(one.code, one.cell, one.count, one.places) for one in checked.findings] == [
        ("108", f"AC{first}", 2, (first, first + 2)),
        ("109", "", 1, ()),
    ]
    assert checked.findings[0].problem == f"“医保应收”列有2个公式被改成了数（首处在第{first}行）。"
    assert (checked.errors, checked.warnings, checked.why["medical"].tolist()) == (0, 2, [0, 0, 0])


@pytest.mark.filterwarnings("ignore:Print area")  # openpyxl can't keep ours, and is welcome to drop it
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
    assert [(one.code, one.sheet, one.problem) for one in findings] == ([("105", "封面", problem)] if problem else [])


def test_an_unreadable_amount_counts_in_the_total_as_on_the_cover() -> None:
    """The cover's formula adds up what stands there, a negative amount too, and no text."""
    total = {"medical_cash": 250 - 50.0}
    rows = [
        person(),
        person(household="2", id_number="990000199001010025", medical_paid=-50),
        person(household="3", id_number=invented_id(1), medical_paid="250元"),
    ]
    assert [code for code, _ in found(*rows, **total)] == ["202", "206"]
    assert [code for code, _ in found(*rows, medical_cash=250.0)] == ["105", "202", "206"]


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
    assert found(person(), scope="仅养老", **wrong) == []


def test_counts_are_of_cells_grouped_or_not() -> None:
    checked = rosters.checked(*_homes(30, medical_paid=200), person(household="99", pension_receipt="", name=""))
    assert (checked.errors, checked.warnings) == (31, 1)


def test_nobody() -> None:
    checked = rosters.checked()
    assert (checked.findings, checked.errors, checked.warnings) == ([], 0, 0)
    assert all(len(codes) == 0 for codes in checked.why.values())


def test_findings_are_records_that_do_not_change() -> None:
    finding = rosters.checked(person(name="")).findings[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        finding.code = "1"  # type: ignore[misc]


def test_every_day_of_a_year_has_its_age() -> None:
    """The birthday itself counts; a 29th of February is reached on the 1st of March."""
    from addin.checks import due

    for born, day, age in [
        (date(2003, 10, 15), date(2019, 10, 14), 15), (date(2003, 10, 15), date(2019, 10, 15), 16), (date(2004, 2, 29), date(2020, 2, 28), 15),
        (date(2004, 2, 29), date(2020, 2, 29), 16), (date(2004, 2, 29), date(2021, 2, 28), 16), (date(2004, 2, 29), date(2021, 3, 1), 17),
        (date(2003, 12, 31), date(2020, 1, 1), 16), (date(2003, 1, 1), date(2018, 12, 31), 15),
    ]:  # fmt: skip
        roster = rosters.read(
            [person(id_number=invented_id(1, datetime(born.year, born.month, born.day)))], deadline=D(2030, 1, 1)
        )
        assert due.age_on(roster, day).tolist() == [age], (born, day)
    unknown = rosters.read([person(id_number="1")])
    assert due.age_on(unknown, date(2019, 1, 1) + timedelta(1)).tolist() == [-1]
