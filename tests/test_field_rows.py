"""What clerks really send, its rows: sums, notes, signatures, headers and filled-down cells are no people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addin import columns
from addin.checks import check
from addin.columns import COLUMNS, FIRST_ROW, INPUTS
from addin.findings import Refusal
from addin.roster import Roster, read
from tests.support import rosters
from tests.support.rosters import person

LETTER = {key: columns.letter(n) for n, key in enumerate(rosters.EDITION_1, 1)}
BLANK = dict.fromkeys((column.key for column in COLUMNS), "")
FAMILY = [
    person(),
    person(relation="配偶", name="李四", id_number="990000199001010025"),
    person(relation="子", name="张小三", id_number="990000201001010017", pension_status="未满16周岁", tier="", pension_paid="",
           pension_date="", pension_receipt=""),
]  # fmt: skip
"""Three people who have paid 750 yuan and 200 yuan."""
LAST = FIRST_ROW + len(FAMILY)
"""The sheet's row below them."""
TOTALS = {
    "households": 1,
    "persons": 3,
    "medical_enrolled": 3,
    "medical_cash": 750,
    "pension_enrolled": 2,
    "pension_cash": 200,
}
HEADER = {column.key: column.header for column in COLUMNS}


def line(**cells: Any) -> dict[str, Any]:
    return {**BLANK, **cells}


def roster_of(rows: list[dict[str, Any]], merged: Sequence[str] = (), **cover: Any) -> Roster:
    book = rosters.book(rows, **cover)
    book.sheets[columns.ROSTER_SHEET].merged = tuple(merged)
    roster = read(book, rosters.POLICY, "册.xlsx")
    assert not isinstance(roster, Refusal)
    return roster


def findings_of(roster: Roster) -> list[tuple[str, int | None, int]]:
    return [(finding.code, finding.row, finding.count) for finding in check(roster).findings]


SUMS = [
    line(medical_paid=750),  # AutoSum, nothing else
    line(medical_paid=750, pension_paid=200, registered=3),
    line(medical_paid=500),  # of the last two rows
    line(pension_status="汇总", medical_paid=750),
    line(group="本页小计", medical_paid=750, pension_paid=200),
    line(name="合计", id_number="6人", medical_paid=1500),
    line(village="合计", name=3.0, medical_paid=750),
    line(village="桥头村合计", medical_paid=750),
    line(household="合 计：", medical_paid=1),
    line(relation="总计（元）", medical_paid=950),
    line(name="共3人", medical_paid=750),
    line(seq="合计", medical_paid=750),
    line(remark="以上共计3人", medical_paid=750),
    line(remark="共3人"),
    line(name="小计", id_number=3.0),
    line(village="累计", medical_paid=750),
]
NOTES = [
    line(village="制表人：王芳"),
    line(village="审核人：", name="王芳"),
    line(village="制表人：", name="王芳", register="审核人："),
    line(name="以下空白"),
    line(village="以下无正文"),
    line(village="注：低保对象先征后补，补助另发。"),
    line(name="注：本页三人"),
    line(household="单位（盖章）："),
    line(village="填表人", name="李四", relation=""),
    line(name="/", id_number="/"),
    line(name="——"),
    line(name="无", id_number="无"),
    line(village="备注：以上金额已核对"),
    line(village="桥头村"),  # filled in beforehand
    line(village="桥头村", household="12", register=columns.LOCAL),
]


@pytest.mark.parametrize("row", SUMS, ids=lambda row: str({k: v for k, v in row.items() if v != ""}))
@pytest.mark.parametrize("gap", [0, 1])
def test_sums_below_the_table(row: dict[str, Any], gap: int) -> None:
    cash = TOTALS["medical_cash"] + (row["medical_paid"] or 0)
    for totals in (
        TOTALS,
        TOTALS | {"medical_cash": cash, "pension_cash": TOTALS["pension_cash"] + (row["pension_paid"] or 0)},
    ):
        given = totals | {
            "persons": 3 + (totals is not TOTALS and (row["name"], row["household"], row["id_number"]) != ("", "", ""))
        }
        roster = roster_of([*FAMILY, *[BLANK] * gap, row], (), **given)
        assert len(roster) == 3
        assert roster.money["medical_paid"].sum() == 75000
        assert findings_of(roster) == [("122", LAST + gap, 1)]


@pytest.mark.parametrize("row", NOTES, ids=lambda row: str({k: v for k, v in row.items() if v != ""}))
def test_notes_and_signatures(row: dict[str, Any]) -> None:
    roster = roster_of([*FAMILY, row], (), **TOTALS)
    assert len(roster) == 3
    assert findings_of(roster) == [("124", LAST, 1)]


def test_a_sum_between_families_is_no_gap() -> None:
    more = [
        person(
            village="井边村", id_number="990000199001010033", name="王五", medical_receipt="A2", pension_receipt="A2"
        )
    ]
    roster = roster_of(
        [*FAMILY, line(medical_paid=750), *more, line(village="总计", medical_paid=1000), line(name="制表人")]
    )
    assert len(roster) == 4
    assert findings_of(roster) == [("122", LAST, 2), ("124", LAST + 3, 1)]


def test_header_pasted_again_in_the_middle() -> None:
    more = [
        person(household="2", id_number="990000199001010033", name="王五", medical_receipt="A2", pension_receipt="A2")
    ]
    for header in (
        HEADER,
        HEADER | {"name": "姓名（必填）", "id_number": "身份证号码"},
        line(name="姓 名", id_number="证件号码"),
    ):
        roster = roster_of([*FAMILY, header, *more])
        assert len(roster) == 4
        assert findings_of(roster) == [("123", LAST, 1)]


def test_cells_filled_down_below_the_people() -> None:
    filled = line(
        village="桥头村", register=columns.LOCAL, medical_status=columns.ENROLLED, pension_status=columns.ENROLLED, tier=100
    )  # fmt: skip
    roster = roster_of([*FAMILY, *[filled] * 24], (), **TOTALS)
    assert (len(roster), int(roster.enrolled("medical").sum())) == (3, 3)
    assert findings_of(roster) == [("121", LAST, 24)]
    assert [finding.severity for finding in check(roster).findings] == ["warning"]
    older = TOTALS | {"medical_enrolled": 27, "pension_enrolled": 26}  # the cover of an older template counts them
    assert findings_of(roster_of([*FAMILY, *[filled] * 24], (), **older)) == [("121", LAST, 24)]


@pytest.mark.parametrize(
    "row",
    [
        line(village="桥头村", medical_status=columns.ENROLLED, medical_paid=250),
        line(medical_paid=250, medical_date=datetime(2019, 10, 15)),
        line(medical_paid=777),
        line(household="9", pension_paid=100, pension_receipt="B1"),
        line(name="/", id_number="/", medical_paid=250, medical_receipt="B1"),
        line(village="桥头村", medical_paid="250元"),
    ],
    ids=lambda row: str({k: v for k, v in row.items() if v != ""}),
)
def test_money_in_a_row_of_nobody(row: dict[str, Any]) -> None:
    roster = roster_of([*FAMILY, *[row] * 3])
    assert len(roster) == 3
    assert findings_of(roster) == [("120", LAST, 3)]
    (finding,) = check(roster).findings
    assert (finding.severity, finding.blocks, finding.places) == ("error", (), (LAST, LAST + 1, LAST + 2))


@pytest.mark.parametrize(
    "differs",
    [
        {"name": "计小红"}, {"name": "单总"}, {"name": "注明"}, {"name": "以明"}, {"name": "无忌"}, {"name": "共工"}, {"name": "户立人"}, {"name": "号明"},
        {"village": "汇总村"}, {"village": "计家村"}, {"village": "合计村"}, {"village": "分水岭村"}, {"village": "备战村"}, {"village": "单位村"}, {"village": "附城社区"},
        {"village": "上报村", "group": "共青组"}, {"group": "总计组"}, {"remark": "合计"}, {"remark": "小计已核"}, {"remark": "注：户主外出"}, {"remark": "制表人的父亲"},
        {"medical_receipt": "注12"}, {"household": "共1"}, {"seq": "注"},
    ],
    ids=str,
)  # fmt: skip
def test_ordinary_people_stay_people(differs: dict[str, Any]) -> None:
    roster = roster_of([person(**differs)])
    assert len(roster) == 1
    assert findings_of(roster) == []


@pytest.mark.parametrize(
    "differs",
    [
        {"name": "合计"},
        {"name": "制表人"},
        {"name": "/"},
        {"name": "姓名"},
        {"village": "合计"},
        {"village": "注：外出"},
    ],
)
def test_who_has_a_number_is_a_person(differs: dict[str, Any]) -> None:
    assert len(roster_of([person(**differs)])) == 1


# ---------------------------------------------------------------- merged cells


def _merged(key: str, first: int, last: int) -> str:
    return f"{LETTER[key]}{first}:{LETTER[key]}{last}"


@pytest.mark.parametrize(
    "keys",
    [
        ("village",),
        ("household",),
        ("village", "household"),
        ("village", "group", "household", "register", "medical_date", "medical_receipt"),
    ],
)
def test_cells_merged_over_a_family(keys: tuple[str, ...]) -> None:
    rows = [FAMILY[0], *({**row, **dict.fromkeys(keys, "")} for row in FAMILY[1:])]
    roster = roster_of(rows, tuple(_merged(key, FIRST_ROW, LAST - 1) for key in keys), **TOTALS)
    assert findings_of(roster) == [("114", FIRST_ROW, len(keys))]
    assert len(set(roster.households.tolist())) == 1
    for key in keys:
        assert len(set(roster.raw[key].tolist())) == 1, "what is written out is complete"
    assert "只有左上角有值" not in check(roster).findings[0].problem


def test_only_what_is_merged_is_filled_and_only_for_people() -> None:
    rows = [FAMILY[0], {**FAMILY[1], "village": ""}, BLANK, {**FAMILY[2], "village": ""}]
    roster = roster_of(rows, (_merged("village", FIRST_ROW, FIRST_ROW + 2),))
    assert len(roster) == 3
    assert [code for code, *_ in findings_of(roster)] == ["107", "114", "316"]


def test_money_and_names_are_never_meant_for_several() -> None:
    rows = [{**FAMILY[0], "medical_paid": 500}, {**FAMILY[1], "medical_paid": ""}, FAMILY[2]]
    roster = roster_of(
        rows, (_merged("medical_paid", FIRST_ROW, FIRST_ROW + 1), _merged("village", FIRST_ROW, FIRST_ROW + 1))
    )
    assert roster.money["medical_paid"].tolist() == [50000, 0, 25000]
    finding = next(finding for finding in check(roster).findings if finding.code == "114")
    assert finding.count == 2 and "只有左上角有值" in finding.problem and "按合并的各行相同理解" in finding.problem


def test_merged_areas_that_no_valid_file_has() -> None:
    areas = (
        _merged("village", FIRST_ROW, 10**6),
        _merged("village", FIRST_ROW, FIRST_ROW + 1),
        "B5:ZZZ9",
        "B9:B5",
        "A0:A99",
        "bad",
    )
    roster = roster_of([FAMILY[0], *({**row, "village": ""} for row in FAMILY[1:])], areas)
    assert roster.words["village"].texts().tolist() == ["桥头村", "桥头村", ""]


def test_every_input_column_is_looked_at_for_words_of_a_sum() -> None:
    for column in INPUTS:
        roster = roster_of(
            [
                *FAMILY,
                line(
                    **{
                        column.key: "合计",
                        **({"medical_paid": 12345} if column.key != "medical_paid" else {"pension_paid": 12345}),
                    }
                ),
            ]
        )
        assert (len(roster), findings_of(roster)) == (3, [("122", LAST, 1)]), column.key


@pytest.mark.parametrize(
    ("persons", "cash", "codes"),
    [
        (3, 750, []),
        (4, 750, []),
        (3, 1250, []),
        (4, 1250, []),
        (5, 750, ["105"]),
        (2, 750, ["105"]),
        (3, 1251, ["105"]),
        (3, 749, ["105"]),
    ],
)
def test_control_totals_may_hold_lines_of_nobody_and_nothing_else(persons: int, cash: int, codes: list[str]) -> None:
    """A cover's formula may count some of these lines and leave out others."""
    rows = [*FAMILY, line(name="合计", id_number="6人", medical_paid=500)]
    given_codes = [
        code for code, *_ in findings_of(roster_of(rows, (), **TOTALS | {"persons": persons, "medical_cash": cash}))
    ]
    assert [code for code in given_codes if code != "122"] == codes


DOWN = line(village="桥头村", register=columns.LOCAL, medical_status=columns.ENROLLED, medical_paid=250)
NOBODY = st.sampled_from([*SUMS, *NOTES, HEADER, DOWN, {**DOWN, "medical_paid": ""}, BLANK])


@pytest.mark.slow
@given(places=st.lists(st.tuples(st.integers(0, len(FAMILY)), NOBODY), max_size=8))
def test_lines_of_nobody_anywhere_change_nothing_of_the_people(places: list[tuple[int, dict[str, Any]]]) -> None:
    rows = list(FAMILY)
    for at, row in sorted(places, key=lambda place: -place[0]):
        rows.insert(at, row)
    alone, among = roster_of(FAMILY), roster_of(rows)
    people = [FIRST_ROW + n for n, row in enumerate(rows) if any(row is person_ for person_ in FAMILY)]
    assert among.rows.tolist() == people
    for key in alone.money:
        assert among.money[key].tolist() == alone.money[key].tolist()
    for key in alone.words:
        assert among.words[key].texts().tolist() == alone.words[key].texts().tolist()
    assert {code for code, *_ in findings_of(among)} <= {"107", "120", "121", "122", "123", "124"}
