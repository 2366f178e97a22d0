"""Whole folders under changes whose effect is known: exactly that change, and no other."""

from __future__ import annotations

import random
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from addin import checks, columns
from addin import roster as rosters_module
from addin.district import reduce_roster, report
from tests.support import rosters
from tests.support.results import SECRET, district, invented_id, people, result
from tests.support.rosters import person

CATEGORIES = ["", "低保", "特困", "建档立卡", "兜底", "重度残疾人", "建档立卡、重残", "困难户"]
PAID = [250, 125, 175, "", 0, 300, 100, "250元"]


@st.composite
def families(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Families of one to four in a village or two, some with mistakes."""
    members = []
    for family in range(draw(st.integers(1, 6))):
        village = draw(st.sampled_from(["桥头村", "井边村"]))
        for member in range(draw(st.integers(1, 4))):
            serial = draw(st.integers(1, 60))  # small, so that people meet twice
            members.append(
                person(
                    village=village,
                    household=str(family + 1),
                    name=draw(st.sampled_from(["张三", "李四", "王五"])),
                    relation="户主" if member == 0 else "子",
                    id_number=invented_id(2 * serial + 1),
                    category=draw(st.sampled_from(CATEGORIES)),
                    medical_paid=draw(st.sampled_from(PAID)),
                    medical_date=draw(
                        st.sampled_from([datetime(2019, 9, 10), datetime(2019, 10, 9), datetime(2020, 1, 3), ""])
                    ),
                    medical_receipt=f"A{family}",
                    pension_status=draw(st.sampled_from(["本次参保", "暂未参保", ""])),
                    tier=draw(st.sampled_from([100, 300, 150, ""])),
                    pension_paid=draw(st.sampled_from([100, "", 300, 200])),
                    pension_receipt=f"A{family}",
                )
            )
    return members


def figures(found: Any) -> dict[str, Any]:
    """All that must not depend on where people stand."""
    data = report.to_json(found)
    return {key: data[key] for key in ("units", "district", "funding", "cash", "coverage", "series")}


@pytest.mark.slow
@given(families())
@settings(max_examples=60)
def test_every_person_and_every_yuan_in_exactly_one_bucket(rows: list[dict[str, Any]]) -> None:
    data = report.to_json(district(result("a.xlsx", *rows)))
    for unit in data["units"]:
        assert unit["claimed"] == unit["counted"] + unit["late"] + sum(unit["not_counted"].values())
    for line in data["cash"]:
        assert line["collected"] == line["due"] + line["over"] + line["unclear"] - line["short"]
    for scheme in ("medical", "pension"):
        last = [line for line in data["series"] if line["scheme"] == scheme and line["date"] is None]
        assert {line["township"]: line["counted"] for line in last} == {
            unit["township"]: unit["counted"] for unit in data["units"] if unit["scheme"] == scheme
        }
    for line in data["coverage"]:
        assert line["people"] == line["obliged"] + sum(line["excused"].values())
        assert line["enrolled"] <= line["obliged"]


@pytest.mark.slow
@given(families(), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_moving_columns_changes_no_figure(rows: list[dict[str, Any]], chance: random.Random) -> None:
    def permuted() -> Any:
        book = rosters.book(rows)
        sheet = book.sheets[columns.ROSTER_SHEET]
        order = list(range(len(columns.COLUMNS)))
        chance.shuffle(order)
        sheet.rows = [[row[n] for n in order] for row in sheet.rows]
        roster = rosters_module.read(SimpleNamespace(sheets=book.sheets, notes=()), rosters.POLICY, "a.xlsx")
        return reduce_roster(roster, checks.check(roster), SECRET, "x")  # type: ignore[arg-type]

    plain, moved = district(result("a.xlsx", *rows)), district(permuted())
    assert figures(plain) == figures(moved)
    assert sorted((f.row or 0, f.key or "", f.code) for f in plain.findings if f.code > "2") == sorted(
        (f.row or 0, f.key or "", f.code) for f in moved.findings if f.code > "2"
    )


@pytest.mark.slow
@given(families())
@settings(max_examples=40)
def test_splitting_into_parts_by_village_changes_no_figure(rows: list[dict[str, Any]]) -> None:
    villages = sorted({row["village"] for row in rows})
    whole = district(result("a.xlsx", *rows, part="全部"))
    parts = district(*(result(f"{v}.xlsx", *(r for r in rows if r["village"] == v), part=v) for v in villages))
    whole_figures, part_figures = figures(whole), figures(parts)
    # who owns a duplicate paid on one day depends on file and row, so compare only where nobody stands twice
    if not whole.duplicates:
        assert whole_figures == part_figures


@pytest.mark.slow
@given(families(), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_shuffling_households_changes_no_figure(rows: list[dict[str, Any]], chance: random.Random) -> None:
    homes = sorted({(row["village"], row["household"]) for row in rows})
    chance.shuffle(homes)
    shuffled = [row for home in homes for row in rows if (row["village"], row["household"]) == home]
    before, after = district(result("a.xlsx", *rows)), district(result("a.xlsx", *shuffled))
    if not before.duplicates:
        assert figures(before) == figures(after)


def test_renaming_files_changes_no_figure() -> None:
    books = [people(3), people(4, start=2)]
    merge = district(
        result("a.xlsx", *books[0], part="桥头村"),
        result("b.xlsx", *({**member, "village": "井边村"} for member in books[1]), part="井边村"),
    )
    other = district(
        result("z/甲.xlsx", *books[0], part="桥头村"),
        result("b.xlsx", *({**member, "village": "井边村"} for member in books[1]), part="井边村"),
    )
    assert merge.units == other.units


def test_mending_one_mistake_changes_just_that() -> None:
    rows = people(6)
    wrong = [*rows[:5], {**rows[5], "medical_paid": 200}]
    before, after = district(result("a.xlsx", *wrong)), district(result("a.xlsx", *rows))
    assert [(f.code, f.cell) for f in before.findings] == [("605", "S10")]
    assert after.findings == []
    data, other = report.to_json(before), report.to_json(after)
    differing = [
        (a["township"], a["scheme"])
        for a, b in zip(data["units"], other["units"], strict=True)
        if a["counted"] != b["counted"]
    ]
    assert differing == [("普利桥镇", "medical")]
    assert data["funding"] == other["funding"]


def test_one_person_and_untouched_template() -> None:
    assert report.to_json(district(result("a.xlsx", person())))["district"]["medical"]["counted"] == 1
    untouched = district(result("a.xlsx"))
    assert [line.status for line in untouched.files] == ["merged"]
    assert untouched.findings == [] and not any(unit.claimed for unit in untouched.units)
