"""Cells that cannot be read: one finding each, nothing else said, nothing counted by them; columns that fail alike."""

from __future__ import annotations

from datetime import datetime

import pytest

from addin import columns
from addin.checks import RULES, Rule, check
from addin.columns import INPUTS
from addin.findings import Refusal
from addin.roster import read
from tests.support import rosters
from tests.support.cells import (
    AT,
    BOTH,
    CHILD,
    ERROR,
    NOTICE_OF,
    SPECIFIED,
    SPOILS,
    WITH_EXAMPLES,
    examples,
    homes,
    letter_of,
    make_error,
    spoilt,
    spoilt_at,
    why,
)
from tests.support.results import invented_id
from tests.support.rosters import codes_and_cells, person

# ---------------------------------------------------------------- one bad cell

BAD_CELLS = [
    (kind, column.key, codes(column.key))
    for kind, (codes, _) in SPOILS.items()
    for column in INPUTS
    if column.key != "seq" and codes(column.key)
]


@pytest.mark.parametrize(("kind", "key", "code"), BAD_CELLS, ids=[f"{kind}-{key}" for kind, key, _ in BAD_CELLS])
def test_one_bad_cell_one_finding(kind: str, key: str, code: str) -> None:
    """The rules of substance ignore the cell, and those of the household the whole family: of one, two, three people.

    Between the families with a bad cell are some without.
    """
    heads = iter(homes(5, start=7))
    second = {**CHILD, "name": "张五"}
    families = [
        [next(heads), *(dict(person(**child), household=str(n)) for child in children)]
        for n, children in enumerate(([], [], [CHILD], [], [CHILD, second]), 7)
    ]
    for child, born in zip([member for family in families for member in family[1:]], (1, 2, 3), strict=True):
        child["id_number"] = invented_id(499 + 2 * born, datetime(2012, 1, born))
    rows = [member for family in families for member in family]
    spoilt_rows = [rows.index(family[0]) for family in families[::2]]
    checked = spoilt_at(key, SPOILS[kind][1], rows, spoilt_rows)
    also = [("110", "")] if kind == "control" else []  # what the eye can't see is counted, too
    cells = [f"{letter_of(key)}{columns.FIRST_ROW + row}" for row in spoilt_rows]
    assert [(finding.code, finding.cell) for finding in checked.findings] == [*also, *((code, cell) for cell in cells)]


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
        checked = spoilt(column.key, SPOILS[kind][1])
        mild = SPECIFIED[code][0] != ERROR
        expected = () if mild else DECISIVE.get(column.key, ())
        assert checked.findings[-1].blocks == expected, (kind, column.key)
        blocked = {scheme for scheme, reasons in why(checked).items() if reasons[0]}
        assert blocked == set(expected)
        assert {reasons[0] for reasons in why(checked).values()} - {""} <= {REASON_OF_CELL.get(column.key, "identity")}


def test_decisive_cells_never_have_a_mild_fault() -> None:
    """Whatever stands in them: a row is judged by them or not counted."""
    mild = [(kind, key, code) for kind, key, code in BAD_CELLS if key in DECISIVE and SPECIFIED[code][0] != ERROR]
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
    example = examples(rule.fails[0])
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
        make_error(book.sheets[columns.ROSTER_SHEET], (columns.FIRST_ROW + 2 * len(example), AT[key]))
        roster = read(book, rosters.POLICY, "测试.xlsx")
        assert not isinstance(roster, Refusal)
        rows = {finding.row for finding in check(roster).findings if finding.code == code}
        if key in ("village", "household"):
            assert rows <= set(range(5, 5 + len(example))), (code, key)
        else:
            assert rows and rows <= set(range(5, 5 + len(example))), (code, key)


@pytest.mark.parametrize("kind", ["集体户", "集中供养", "外市居住户"])
def test_household_rules_are_for_families(kind: str) -> None:
    for rule in RULES:
        if rule.household:
            rows = [dict(row, household_type=kind) for row in examples(rule.fails[0])]
            assert rule.code not in {code for code, _ in codes_and_cells(*rows)}, rule.code


# ---------------------------------------------------------------- a column that fails alike


@pytest.mark.parametrize(
    ("bad", "all_", "grouped"), [(20, 20, False), (21, 21, True), (21, 104, True), (21, 105, False), (22, 105, True), (100, 501, False), (101, 501, True)]
)  # fmt: skip
def test_grouped_when_over_a_fifth_fails_alike(bad: int, all_: int, grouped: bool) -> None:
    checked = rosters.checked(*homes(bad, medical_paid=200), *homes(all_ - bad, bad))
    mine = [finding for finding in checked.findings if finding.code == "605"]
    assert (checked.errors, sum(finding.count for finding in mine)) == (bad, bad)
    assert len(mine) == (1 if grouped else bad)
    if grouped:
        (one,) = mine
        assert (one.row, one.column, one.cell, one.count) == (None, "S", "S", bad)
        assert one.places == tuple(range(5, 5 + bad))
        assert one.problem == f"“医保实收”列有{bad}人同样的问题：医保少缴。"
    assert why(checked)["medical"] == ["short"] * bad + [""] * (all_ - bad)


def test_grouped_finding_keeps_an_exact_count_and_the_first_thousand_places() -> None:
    checked = rosters.checked(*homes(2500, medical_date="2019.10.15"))
    (finding,) = checked.findings
    assert (finding.code, finding.count, len(finding.places)) == ("203", 2500, 1000)
    assert (finding.places[0], finding.places[-1]) == (5, 1004)
    assert (checked.errors, checked.warnings) == (2500, 0)


def test_two_faults_of_one_column_are_two_groups() -> None:
    checked = rosters.checked(*homes(30, medical_paid=200), *homes(30, 30, medical_paid=300), *homes(30, 60))
    assert [(finding.code, finding.count) for finding in checked.findings] == [("605", 30), ("606", 30)]


@pytest.mark.parametrize("rule", [rule for rule in WITH_EXAMPLES if not rule.household], ids=lambda rule: rule.code)
def test_every_rule_has_words_for_a_group(rule: Rule) -> None:
    example = examples(rule.fails[0])
    rows = [dict(row, household=f"{row['household'] and n}") for n in range(25) for row in example]
    findings = [
        finding
        for finding in rosters.checked(*rows, policy=NOTICE_OF.get(rule.code, rosters.POLICY)).findings
        if finding.code == rule.code
    ]
    (finding,) = findings
    assert finding.count >= 25 and len(finding.places) == finding.count
    for text in (finding.problem, finding.remedy, finding.example):
        assert text and "{" not in text, rule.code


def test_household_findings_are_never_grouped() -> None:
    checked = rosters.checked(*homes(40, relation="子"))
    assert [(finding.code, finding.count) for finding in checked.findings] == [("502", 1)] * 40
