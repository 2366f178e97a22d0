"""The district's tables, figure by figure: progress, hardship, reports, money after a new standard, decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from addin import checks, policy
from addin import roster as rosters_module
from addin.district import assemble, judge_alone, reduce_roster, report, reporting_days
from addin.district.records import District
from addin.findings import Refusal
from addin.policy import Policy
from addin.policy.model import Category
from addin.roster import Roster
from tests.support import rosters
from tests.support.notices import LENGSHUITAN_FOLDER
from tests.support.results import SECRET, district, invented_id, people, result
from tests.support.rosters import NO_MEDICAL, NO_PENSION

D = datetime


def lines(merge: District, table: str, **only: Any) -> list[dict[str, Any]]:
    """The lines of a table that have these values."""
    return [line for line in report.to_json(merge)[table] if all(line[key] == value for key, value in only.items())]


def head(start: int, **differs: Any) -> dict[str, Any]:
    """An ordinary head of a household of its own, with some cells changed."""
    return {**people(1, start)[0], **differs}


# ---------------------------------------------------------------- progress


def test_progress_by_half_months_is_cumulative_and_ends_with_the_undated() -> None:
    rows = [
        head(1, medical_date=D(2019, 9, 10)), head(2, medical_date=D(2019, 9, 15)), head(3, medical_date=D(2019, 9, 16)), head(4, medical_date=D(2019, 9, 30)),
        head(5, medical_date=D(2019, 10, 15)), head(6, category="特困", medical_paid="", medical_date="", medical_receipt="", pension_paid=""), head(7, **NO_MEDICAL),
    ]  # fmt: skip
    merge = district(result("a.xlsx", *rows, deadline=D(2019, 10, 15)))
    medical = lines(merge, "series", township="普利桥镇", scheme="medical")
    assert [(line["date"], line["counted"]) for line in medical] == [
        ("2019-08-31", 0), ("2019-09-15", 2), ("2019-09-30", 4), ("2019-10-15", 5), (None, 6),
    ]  # fmt: skip
    pension = lines(merge, "series", township="普利桥镇", scheme="pension")
    assert [line["counted"] for line in pension] == [7, 7, 7, 7, 7]
    assert {line["counted"] for line in lines(merge, "series", township="曲河街道")} == {0}


def test_progress_reaches_to_the_last_payment() -> None:
    merge = district(result("a.xlsx", head(1, medical_date=D(2019, 11, 20)), deadline=D(2019, 10, 15)))
    dates = [line["date"] for line in lines(merge, "series", township="普利桥镇", scheme="medical")]
    assert dates == [
        "2019-08-31",
        "2019-09-15",
        "2019-09-30",
        "2019-10-15",
        "2019-10-31",
        "2019-11-15",
        "2019-11-30",
        None,
    ]
    nothing = [line["date"] for line in lines(district(), "series", township="普利桥镇", scheme="medical")]
    assert nothing == ["2019-08-31", None]


@pytest.mark.parametrize(
    ("last", "days"),
    [
        (date(2019, 8, 31), ["08-31"]), (date(2019, 9, 1), ["08-31", "09-15"]), (date(2019, 9, 15), ["08-31", "09-15"]),
        (date(2019, 9, 16), ["08-31", "09-15", "09-30"]), (date(2020, 2, 29), ["08-31", "09-15", "09-30", "10-15", "10-31", "11-15", "11-30", "12-15", "12-31", "01-15", "01-31", "02-15", "02-29"]),
    ],
)  # fmt: skip
def test_half_months(last: date, days: list[str]) -> None:
    assert [f"{day:%m-%d}" for day in reporting_days(rosters.POLICY, last)] == days


# ---------------------------------------------------------------- people in hardship


def test_hardship_medical() -> None:
    rows = [
        head(1, category="低保"), head(2, category="低保", **NO_MEDICAL), head(3, category="低保", medical_date=D(2020, 1, 2)), head(4, category="低保、重残"),
        head(5, category="低保", medical_status="不参保", medical_reason="死亡未销户", **NO_MEDICAL), head(6, category="低保", medical_status="不参保", medical_reason="服刑", **NO_MEDICAL),
        head(7, category="低保", medical_status="不参保", medical_reason="其他(见备注)", remark="不愿", **NO_MEDICAL), head(8, category="低保", medical_status="市内职工医保", **NO_MEDICAL),
        head(9, category="特困", medical_paid="", medical_date="", medical_receipt=""), head(10, medical_paid=250), head(11, category="低保", name=""),
        head(12, category="低保", medical_status="高校参保", schooling="高校", **NO_MEDICAL),
        head(13, category="低保", medical_reason="服刑", **NO_MEDICAL),  # a reason excuses who stays out, not who has not paid
    ]  # fmt: skip
    rows = [{**row, **NO_PENSION, "pension_status": "已领取待遇"} for row in rows]
    merge = district(result("a.xlsx", *rows, deadline=D(2020, 1, 15), scope="仅医保"))
    table = {
        line["category"]: line
        for line in lines(merge, "coverage", township="普利桥镇", scheme="medical")
        if line["people"]
    }
    assert {
        name: (line["people"], line["obliged"], line["enrolled"], line["excused"]) for name, line in table.items()
    } == {
        "特困供养人员": (1, 1, 1, {}),
        # counted 1, 4; insured elsewhere 8, 12; unpaid, late and unwilling are obliged, not enrolled; no name: nobody
        "城乡低保对象": (10, 8, 4, {"服刑": 1, "死亡未销户": 1}),
        "重度残疾人": (1, 1, 1, {}),
        "合计": (11, 9, 5, {"服刑": 1, "死亡未销户": 1}),
    }
    assert table["合计"]["rate"] == 5 / 9


def test_hardship_pension() -> None:
    rows = [
        head(1, category="低保", pension_paid=""), head(2, category="低保", **NO_PENSION), head(3, category="低保", **NO_PENSION, schooling="高校"),
        head(4, category="低保", **{**NO_PENSION, "pension_status": "已领取待遇"}), head(5, category="低保", **{**NO_PENSION, "pension_status": "职工养老"}),
        {**head(6, category="低保", **{**NO_PENSION, "pension_status": "未满16周岁"}), "id_number": invented_id(6, D(2010, 1, 1))},
        head(7, category="低保", **{**NO_PENSION, "pension_status": "非本区户籍"}, register="外市", residence_proof="居住证"), head(8, category="贫困残疾人", **NO_PENSION),
        head(9, category="重残", **{**NO_PENSION, "pension_status": "机关事业养老"}),
    ]  # fmt: skip
    merge = district(result("a.xlsx", *rows, scope="仅养老"))
    table = {
        line["category"]: line
        for line in lines(merge, "coverage", township="普利桥镇", scheme="pension")
        if line["people"]
    }
    low = table["城乡低保对象"]
    assert (low["people"], low["obliged"], low["enrolled"]) == (7, 2, 1)
    assert sorted(low["excused"].values()) == [1, 1, 1, 1, 1] and "已参加其他养老保险" in low["excused"]
    assert (table["重度残疾人"]["obliged"], table["重度残疾人"]["rate"]) == (0, None)
    assert (table["合计"]["people"], table["合计"]["obliged"], table["合计"]["enrolled"]) == (9, 2, 1)


# ---------------------------------------------------------------- who has reported


def test_who_has_reported() -> None:
    old, new = D(2019, 10, 15), D(2019, 10, 31)
    merge = district(
        result("一.xlsx", *people(2), part="桥头村", parts=3, deadline=new), result("二.xlsx", *people(3, 10, entered="否", village="井边村"), part="井边村", parts=3, deadline=new),
        result("三.xlsx", head(20, medical_paid=200, medical_receipt="", pension_receipt=""), township="曲河街道", deadline=old),
        result("坏.xlsx", township="梅湾"[:1], deadline=new),
    )  # fmt: skip
    reported = {line.township: line for line in merge.reported}
    whole = reported["普利桥镇"]
    assert (whole.state, whole.deadline, whole.parts_received, whole.parts_expected, whole.persons, whole.entered) == (
        "本期已报",
        new.date(),
        2,
        3,
        5,
        2,
    )
    earlier = reported["曲河街道"]
    assert (earlier.state, earlier.deadline, earlier.parts_received, earlier.parts_expected) == (
        "沿用上期",
        old.date(),
        1,
        1,
    )
    assert (earlier.errors, earlier.warnings) == (1, 2)
    assert [line.township for line in merge.reported] == [unit.name for unit in rosters.POLICY.units]
    assert {line.state for line in merge.reported} == {"本期已报", "沿用上期", "从未报送"}
    assert merge.through == new.date()
    kinds = [(decision.kind, decision.township) for decision in merge.decisions if decision.kind != "从未报送"]
    assert kinds == [("沿用上期", "曲河街道"), ("分册不齐", "普利桥镇"), ("拒收", "")]
    texts = [decision.text for decision in merge.decisions if decision.kind == "分册不齐"]
    assert texts == ["普利桥镇应报3册，已收2册。"]
    files = {line.name: line for line in merge.files}
    assert (files["二.xlsx"].persons, files["二.xlsx"].households, files["二.xlsx"].entered) == (3, 3, 0)


def total_with_late(merge: District) -> tuple[int, float]:
    """Counted and late people of the units with a quota, and their rate."""
    total = report.to_json(merge)["district"]["pension"]
    return total["counted"] + total["late"], total["rate_with_late"]


def test_decisions_name_the_file_and_the_unit() -> None:
    old, new = D(2019, 10, 15), D(2019, 10, 31)
    merge = district(
        result("普利桥旧.xlsx", *people(20), deadline=old), result("普利桥新.xlsx", *people(10), deadline=new),
        result("曲河.xlsx", *people(3, 40), township="曲河街道", deadline=new), result("仁湾花名册.xlsx", policy="别的文号", township=""),
        result("曲河街道办事处二.xlsx", policy="别的文号", township="", deadline=new), result("某镇.xlsx", policy="别的文号", township=""),
    )  # fmt: skip
    decisions = [
        (decision.kind, decision.township, decision.text)
        for decision in merge.decisions
        if decision.kind not in ("从未报送", "沿用上期")
    ]
    assert [line[:2] for line in decisions] == [
        ("已报未采用", "仁湾镇"),
        ("拒收", "仁湾镇"),
        ("拒收", "曲河街道"),
        ("拒收", ""),
        ("疑似只报新增", "普利桥镇"),
    ]
    texts = {(kind, township): text for kind, township, text in decisions}
    assert texts["疑似只报新增", "普利桥镇"].startswith("“普利桥新.xlsx”")
    assert texts["拒收", "曲河街道"].endswith("现仍按已收下的花名册计入。") and not texts["拒收", "仁湾镇"].endswith(
        "现仍按已收下的花名册计入。"
    )


def test_why_a_file_does_not_count_is_reported_and_nothing_of_one_that_does() -> None:
    merge = district(
        result("a.xlsx", *people(2), deadline=D(2019, 10, 15)), result("b.xlsx", *people(2)), result("c.xlsx", *people(2), sha256="b.xlsx"),
        result("d.xlsx", policy="别的文号"),
    )  # fmt: skip
    lines = {line.name: (line.status, line.code, line.reason) for line in merge.files}
    assert lines["a.xlsx"] == ("replaced", "C102", "已被更新的“b.xlsx”替代。")
    assert lines["b.xlsx"] == ("merged", "", "")
    assert lines["c.xlsx"][:2] == ("copy", "C101") and "b.xlsx" in lines["c.xlsx"][2]
    assert lines["d.xlsx"][:2] == ("refused", "R205") and lines["d.xlsx"][2].endswith("。")


def test_ranks_and_gaps() -> None:
    merge = district(
        result("a.xlsx", *people(4), *people(3, 40, pension_date=D(2019, 11, 5)), township="马坪农业开发区", scope="仅养老"), result("b.xlsx", *people(2, 10), township="工业园区", scope="仅养老"),
        result("c.xlsx", *people(5, 20), township="仁湾镇", scope="仅养老"),
    )  # fmt: skip
    units = {line["township"]: line for line in lines(merge, "units", scheme="pension")}
    assert (units["工业园区"]["rank"], units["工业园区"]["rate"], units["工业园区"]["gap"]) == (1, 2 / 970, 968)
    assert (units["马坪农业开发区"]["rank"], units["马坪农业开发区"]["rate"]) == (2, 4 / 2026)
    assert units["曲河街道"]["rank"] == 3  # all others share the third place
    assert units["马坪农业开发区"]["rate_with_late"] == 7 / 2026 and total_with_late(merge) == (9, 9 / 150812)
    apart = units["仁湾镇"]
    assert (apart["counted"], apart["quota"], apart["rate"], apart["rank"], apart["gap"]) == (5, None, None, None, None)
    total = report.to_json(merge)["district"]["pension"]
    assert (total["counted"], total["counted_all"], total["rate"]) == (6, 11, 6 / 150812)


# ---------------------------------------------------------------- money


def test_cash_of_duplicates_unreadable_amounts_and_strangers() -> None:
    rows = [
        head(1, medical_paid=300), head(2, medical_paid=200), head(3, category="困难户", medical_paid=250), head(4, medical_paid="250元"),
        head(5), {**head(5), "household": "55", "medical_receipt": "X", "medical_date": D(2019, 11, 1)}, head(6, medical_status="市内职工医保"),
    ]  # fmt: skip
    merge = district(result("a.xlsx", *rows, scope="仅医保"))
    (line,) = lines(merge, "cash", township="普利桥镇", scheme="medical")
    # over: 50 too much, the second payment of one person, one who did not enrol; short: 50, an unreadable payment
    assert {key: line[key] for key in ("due", "collected", "over", "short", "unclear")} == {
        "due": 1000.0, "collected": 1500.0, "over": 550.0, "short": 300.0, "unclear": 250.0,
    }  # fmt: skip


NEW = '[[standards]]\nvalue = {value}\nnotified = 2019-11-20\narticle = "省文"\ntext = "每人每年{value}元"\n'


def _under(rules: Policy, *rows: dict[str, Any], **cover: Any) -> District:
    book = rosters.book(rows, **cover)
    roster = rosters_module.read(SimpleNamespace(sheets=book.sheets, notes=()), rules, "a.xlsx")
    assert not isinstance(roster, Refusal)
    return assemble([reduce_roster(roster, checks.check(roster), SECRET, "x")], rules)


@pytest.mark.parametrize(("value", "catch_up", "give_back"), [(280, 60.0 + 15, 0.0), (220, 0.0, 60.0 + 15)])
def test_a_new_standard_leaves_who_paid_counted_and_says_the_difference(
    tmp_path: Path, value: int, catch_up: float, give_back: float
) -> None:
    overlay = tmp_path / "新标准.toml"
    overlay.write_text(NEW.format(value=value), encoding="utf-8")
    rules = policy.load(LENGSHUITAN_FOLDER, overlay)
    rows = [
        head(1, medical_date=D(2019, 10, 8)), head(2, medical_date=D(2019, 11, 19)), head(3, medical_date=D(2019, 11, 20), medical_paid=value),
        head(4, medical_date=D(2019, 10, 8), category="建档立卡", medical_paid=125), head(5, **NO_MEDICAL),
    ]  # fmt: skip
    merge = _under(rules, *rows, scope="仅医保", deadline=D(2019, 12, 15))
    (line,) = lines(merge, "cash", township="普利桥镇", scheme="medical")
    assert (line["catch_up"], line["give_back"]) == (catch_up, give_back)
    (unit,) = lines(merge, "units", township="普利桥镇", scheme="medical")
    assert unit["counted"] == 4


def test_what_a_person_has_paid_decides_what_others_pay(tmp_path: Path) -> None:
    """Of 250 paid before 280 was notified 75 are given back; of 280, at once or caught up, 84. So for the townships."""
    overlay = tmp_path / "新标准.toml"
    overlay.write_text(NEW.format(value=280), encoding="utf-8")
    rules = policy.load(LENGSHUITAN_FOLDER, overlay)
    before, after = {"medical_date": D(2019, 10, 8)}, {"medical_date": D(2019, 11, 25)}
    rows = [
        head(1, category="低保", **before), head(2, category="低保", medical_paid=280, **after),
        head(3, category="低保", medical_paid=280, **before), head(4, category="建档立卡", medical_paid=125, **before),
        head(5, category="建档立卡", medical_paid=140, **after), head(6, category="特困", medical_paid=0, **before),
    ]  # fmt: skip
    merge = _under(rules, *rows, scope="仅医保", deadline=D(2019, 12, 15))
    assert [(line["category"], line["persons"], line["yuan"]) for line in lines(merge, "funding")] == [
        ("特困供养人员", 1, 280.0), ("城乡低保对象", 3, 75.0 + 84 + 84), ("建档立卡贫困人口", 2, 125.0 + 140),
    ]  # fmt: skip
    (line,) = lines(merge, "cash", township="普利桥镇", scheme="medical")
    assert line["catch_up"] == 30.0 + 15


def test_money_for_no_tier_or_one_that_cannot_be_read_is_unclear() -> None:
    merge = district(
        result(
            "a.xlsx", head(1, tier="", pension_paid=50), head(2, tier="三百", pension_paid=70), head(3), scope="仅养老"
        )
    )
    (line,) = lines(merge, "cash", township="普利桥镇", scheme="pension")
    assert {key: line[key] for key in ("due", "collected", "over", "short", "unclear")} == {
        "due": 100.0, "collected": 220.0, "over": 0.0, "short": 0.0, "unclear": 120.0,
    }  # fmt: skip


def test_funding_of_the_pension() -> None:
    rows = [
        head(1, category="低保", pension_paid=""), head(2, category="低保", tier=300, pension_paid=200), head(3, category="重残", tier=3000, pension_paid=2900),
        head(4, category="低保", tier=300, pension_paid=100), head(5), head(6, category="低保", tier="", pension_paid=""),
    ]  # fmt: skip
    merge = district(result("a.xlsx", *rows, scope="仅养老"))
    money = [
        tuple(
            line[key]
            for key in ("category", "funder", "department", "to", "persons", "yuan", "claimed_persons", "claimed_yuan")
        )
        for line in lines(merge, "funding")
    ]
    assert money == [
        ("城乡低保对象", "区财政", "区财政", "township", 2, 200.0, 3, 300.0), ("重度残疾人", "区财政", "区财政", "township", 1, 100.0, 1, 100.0),
    ]  # fmt: skip


def test_claimed_funding_has_the_unpaid_too() -> None:
    rows = [
        head(1, category="建档立卡", medical_paid=125),
        head(2, category="建档立卡", **NO_MEDICAL),
        head(3, category="低保", **NO_MEDICAL),
    ]
    merge = district(result("a.xlsx", *rows, scope="仅医保"))
    money = [
        (line["category"], line["persons"], line["yuan"], line["claimed_persons"], line["claimed_yuan"])
        for line in lines(merge, "funding")
    ]
    assert money == [("城乡低保对象", 0, 0.0, 1, 75.0), ("建档立卡贫困人口", 1, 125.0, 2, 250.0)]


# ---------------------------------------------------------------- interpretations


def test_rows_that_each_interpretation_touched() -> None:
    rows = [
        head(1, category="建档立卡、低保", pension_paid=""), head(2, category="贫困残疾人"), head(3, category="兜底", medical_paid="", pension_paid=""),
        head(4, category="低保", tier=300, pension_paid=200), head(5, tier=300, pension_paid=300), head(6, medical_date=D(2019, 9, 20)),
        head(7, register="本区其他乡镇(街道)"), head(8, medical_status="高校参保", schooling="高校", **NO_MEDICAL, **NO_PENSION),
        head(9, medical_status="不参保", medical_reason="服刑", **NO_MEDICAL, **NO_PENSION), {**head(10), "id_number": invented_id(10, D(1950, 1, 1))},
        head(11, pension_date=D(2019, 11, 5)), head(12, medical_date=D(2020, 1, 2)), {**head(13), "id_number": head(1)["id_number"], "medical_date": D(2019, 11, 2)},
        head(14, **NO_MEDICAL), {**head(15), "id_number": invented_id(15, D(1980, 7, 1))},
    ]  # fmt: skip
    merge = district(result("a.xlsx", *rows, deadline=D(2020, 1, 15)))
    touched = {line["name"]: line["rows"] for line in report.to_json(merge)["interpretations"]}
    expected = {
        "poor_and_low_income": 1, "status_order": 1, "status_day": 4, "age_day": 1, "provisional_standard": 13, "full_subsidy": 1, "doudi_rest": 1, "doudi_payers": 1,
        "low_income_cash": 2, "college_students": 1, "who_may_stay_out": 1, "september": 1, "other_places": 1, "higher_tier": 1, "doudi_in_pension": 1,
        "other_hardship": 1, "tiers_listed": 2, "no_upper_age": 1, "late": 2, "duplicates": 4, "unlisted_unit": 0,
    }  # fmt: skip
    assert {name: touched[name] for name in expected} == expected
    there = district(result("a.xlsx", *people(3), township="仁湾镇", scope="仅养老"))
    assert {line["name"]: line["rows"] for line in report.to_json(there)["interpretations"]}["unlisted_unit"] == 3


# ---------------------------------------------------------------- findings over several books


def test_own_findings_of_a_file_are_all_there_and_alone_only_its_own() -> None:
    rows = [head(1, register="", medical_paid=200), head(2, name="", pension_date="")]
    expected = [("316", "K5"), ("605", "S5"), ("301", "G6"), ("805", "Y6")]
    merge = district(result("a.xlsx", *rows), result("b.xlsx", head(9, name=""), township="曲河街道"))
    assert [(line.code, line.cell) for line in merge.findings if line.file == "a.xlsx"] == expected
    file, own = judge_alone(result("a.xlsx", *rows), rosters.POLICY)
    assert [(line.code, line.cell) for line in own] == expected
    assert (file.name, file.status, file.errors, file.warnings, file.persons) == ("a.xlsx", "merged", 4, 0, 2)


def test_a_receipt_of_nothing_paid_is_shared_with_nobody() -> None:
    rows = [
        head(1, medical_receipt="A"),
        head(2, medical_receipt="A", medical_paid="", medical_date=""),
        head(3, medical_receipt="A", category="特困", medical_paid=0),
    ]
    merge = district(result("a.xlsx", *rows, scope="仅医保"))
    assert [(line.code, line.cell) for line in merge.findings] == [("810", "S6")]


def test_words_of_the_findings_over_several_books() -> None:
    first = [
        head(1),
        {**head(1), "household": "9", "medical_date": D(2019, 11, 1), "pension_date": D(2019, 7, 1)},
        head(2, name="李四"),
    ]
    other = [
        head(1, medical_date=D(2019, 11, 2), pension_date=D(2019, 8, 1)),
        head(2, name="李五", medical_date=D(2019, 11, 3), pension_date=D(2019, 8, 2)),
    ]
    merge = district(result("a.xlsx", *first), result("b.xlsx", *other, township="曲河街道"))
    number = {serial: f"{invented_id(serial)[:6]}********{invented_id(serial)[-4:]}" for serial in (1, 2)}
    shown = [(line.file, line.cell, line.code, line.name, line.value, line.problem) for line in merge.findings]
    blocks = {"401": ("medical",), "402": ("pension",)}
    assert all(line.blocks == blocks.get(line.code, ()) for line in merge.findings)
    owner, here, there = "{0}也列为{1}本次参保；本行缴足且最早，归属本行。", "本单位第{0}行", "曲河街道"
    loser = "同一证件号码在{0}也列为{1}本次参保，归属那一处，这一行不计入。"
    names, receipts = "同一证件号码在{0}用的是另一个姓名。", "这一票据号在{0}的另一户也用了。"
    both = f"{here.format(6)}、{there}"
    assert sorted(shown) == sorted(
        [
            ("a.xlsx", "J5", "403", "张*", number[1], f"同一证件号码在{owner.format(both, '医保')}"), ("a.xlsx", "J5", "403", "张*", number[1], f"同一证件号码在{owner.format(both, '养老')}"),
            ("a.xlsx", "J6", "401", "张*", number[1], loser.format(here.format(5), "医保")), ("a.xlsx", "J6", "402", "张*", number[1], loser.format(here.format(5), "养老")),
            ("a.xlsx", "J7", "403", "李*", number[2], f"同一证件号码在{owner.format(there, '医保')}"), ("a.xlsx", "J7", "403", "李*", number[2], f"同一证件号码在{owner.format(there, '养老')}"),
            ("a.xlsx", "G7", "404", "李*", "", names.format(there)),
            ("b.xlsx", "J5", "401", "张*", number[1], loser.format("普利桥镇", "医保")), ("b.xlsx", "J5", "402", "张*", number[1], loser.format("普利桥镇", "养老")),
            ("b.xlsx", "J6", "401", "李*", number[2], loser.format("普利桥镇", "医保")), ("b.xlsx", "J6", "402", "李*", number[2], loser.format("普利桥镇", "养老")),
            ("b.xlsx", "G6", "404", "李*", "", names.format("普利桥镇")),
            *(("a.xlsx", f"{letter}{row}", "809", name, "", receipts.format(where)) for letter in "UZ" for row, name, where in ((5, "张*", both), (6, "张*", f"{here.format(5)}、{there}"), (7, "李*", there))),
            *(("b.xlsx", f"{letter}{row}", "809", name, "", receipts.format("普利桥镇")) for letter in "UZ" for row, name in ((5, "张*"), (6, "李*"))),
        ]
    )  # fmt: skip


def test_a_notice_may_have_more_categories_than_sixteen() -> None:
    extra = {f"c{n}": Category(f"c{n}", f"第{n}类对象", f"第{n}类", (), True) for n in range(40)}
    wide = replace(
        rosters.POLICY,
        categories={**rosters.POLICY.categories, **extra},
        precedence={scheme: (*order, *extra) for scheme, order in rosters.POLICY.precedence.items()},
    )
    assert wide.statuses(wide.status_bits(["c39", "dibao"])) == ("dibao", "c39")
    book = rosters.book([rosters.person(category="第39类对象"), *people(1)])
    roster = rosters_module.read(SimpleNamespace(sheets=book.sheets, notes=()), wide, "a.xlsx")
    assert isinstance(roster, Roster) and roster.has("c39").tolist() == [True, False]
    merge = assemble([reduce_roster(roster, checks.check(roster), SECRET)], wide)
    covered = {(line.scheme, line.category) for line in merge.coverage if line.people}
    assert covered == {(scheme, name) for scheme in wide.schemes for name in ("第39类对象", "合计")}
