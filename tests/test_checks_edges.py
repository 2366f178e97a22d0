"""Edges of the rules: days, ages, amounts, households, certificates, statuses."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from addin import policy
from addin.checks import check, due
from addin.findings import Refusal
from addin.policy import Policy
from addin.roster import read
from tests.support import rosters
from tests.support.cells import CHILD
from tests.support.notices import LATER_WINDOWS, LENGSHUITAN_FOLDER
from tests.support.results import invented_id
from tests.support.rosters import NO_MEDICAL, NO_PENSION, codes_and_cells, person

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
        ({"medical_paid": 0.01, "medical_receipt": ""}, ["605", "808"]), ({"medical_paid": 0.01, "medical_date": ""}, ["605", "805"]),
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
    assert [code for code, _ in codes_and_cells(person(**differs), deadline=D(2020, 1, 31))] == codes


@pytest.mark.parametrize(
    ("deadline", "codes"),
    [(D(2019, 10, 31), []), (D(2019, 11, 1), ["806"]), (D(2019, 12, 31), ["806"]), (D(2020, 1, 1), ["806", "806"])],
)
def test_unpaid_is_nothing_until_the_window_has_ended(deadline: datetime, codes: list[str]) -> None:
    row = person(**NO_MEDICAL, pension_paid="", pension_date="", pension_receipt="")
    assert [code for code, _ in codes_and_cells(row, deadline=deadline)] == codes


def test_due_of_zero_never_counts_as_unpaid() -> None:
    row = person(category="特困", **NO_MEDICAL, pension_paid="", pension_date="", pension_receipt="")
    assert codes_and_cells(row, deadline=D(2020, 1, 31)) == [("807", "T5"), ("807", "Y5")]


def test_payment_without_a_tier_is_a_tier_missing_and_no_more() -> None:
    assert codes_and_cells(person(tier="", pension_paid="")) == [("704", "W5")]
    assert codes_and_cells(person(tier="", pension_paid=50)) == [("704", "W5")]


def _policy(tmp_path: Path, text: str) -> Policy:
    overlay = tmp_path / "试算.toml"
    overlay.write_text(text, encoding="utf-8")
    return policy.load(LENGSHUITAN_FOLDER, overlay)


def _under(rules: Policy, *people: dict[str, Any], **cover: Any) -> list[tuple[str, str]]:
    roster = read(rosters.book(people, **cover), rules, "测试.xlsx")
    assert not isinstance(roster, Refusal)
    return sorted((finding.code, finding.cell) for finding in check(roster).findings)


def test_age_at_the_windows_end_by_the_other_reading(tmp_path: Path) -> None:
    rules = _policy(tmp_path, '[interpretations]\nage_day = "window_end"')
    young = person(id_number=BORN[D(2003, 10, 31)], schooling="否")
    assert codes_and_cells(young) == [("701", "J5")] and _under(rules, young) == []
    assert _under(rules, person(id_number=BORN[D(2003, 11, 1)], schooling="否")) == [("701", "J5")]
    # without a date the window's end decides in both
    unpaid = {"pension_date": "", "pension_paid": "", "pension_receipt": "", "schooling": "否"}
    assert codes_and_cells(person(id_number=BORN[D(2003, 10, 31)], **unpaid), deadline=D(2019, 10, 31)) == []
    assert [
        code for code, _ in codes_and_cells(person(id_number=BORN[D(2003, 11, 1)], **unpaid), deadline=D(2019, 10, 31))
    ] == ["701"]


def test_other_readings_change_what_is_due(tmp_path: Path) -> None:
    row = person(category="建档立卡、低保", medical_paid=125, pension_paid="")
    assert [code for code, _ in codes_and_cells(row)] == ["312", "605"]
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
        ([{}, {**CHILD, "village": "桥头"}], []), ([{}, {**CHILD, "village": "桥头社区"}], [("505", "B6")]), ([{}, {**CHILD, "village": " 桥头村"}], [("110", "")]),
        ([{}, {**CHILD, "village": "桥西村"}], [("505", "B6")]), ([{}, {**CHILD, "village": "井边村"}], [("502", "H6")]),
        ([{}, {**CHILD, "village": "桥西村", "household": "2"}], [("502", "H6")]),
        ([{}, {**CHILD, "village": "桥头屯村"}], [("505", "B6")]), ([{}, {**CHILD, "village": "桥头屯子村"}], [("502", "H6")]),
        ([{"village": "桥头屯村"}, CHILD], [("505", "B6")]), ([{"village": "新桥头村"}, CHILD], [("505", "B6")]),
        # beside a village under its committee's name, and beside a number that is lost
        ([{"village": "桥头村村民委员会"}, {**CHILD, "village": "桥西村"}], [("505", "B6")]),
        ([{"registered": 2, "village": "桥头村委会"}, {**CHILD, "household": 431103201910150012}], [("211", "D6")]),
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
    assert codes_and_cells(*(person(**row) for row in rows)) == expected


def test_families_of_two_hundred_homes_are_distinguished() -> None:
    homes = [
        row
        for n in range(200)
        for row in (
            person(household=str(n)),
            person(**{**CHILD, "household": str(n), "relation": "户主" if n == 150 else "子"}),
        )
    ]
    assert codes_and_cells(*homes) == [("501", "H305"), ("501", "H306")]


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
    assert [code for code, _ in codes_and_cells(row)] == codes


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
        ({"category": "低保", "medical_status": "不参保", **NO_MEDICAL}, ["608", "712"]),
        ({"category": "低保", "id_number": invented_id(1, D(2019, 6, 1))}, []),
        ({"category": "低保", "id_number": "E12345678", "id_type": "其他"}, []),  # nobody knows the age
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
    assert sorted(code for code, _ in codes_and_cells(row)) == codes


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
    assert [code for code, _ in codes_and_cells(row)] == codes


def test_every_day_of_a_year_has_its_age() -> None:
    """The birthday itself counts; a 29th of February is reached on the 1st of March."""
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


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (D(2020, 2, 15), []),  # in the later window that counts
        (D(2020, 3, 5), ["日期2020-03-05在缴费期末2020-02-29以后的零星参保内，按通知不计入完成率，列为逾期。"]),
        (D(2020, 7, 1), ["日期2020-07-01在缴费期末2020-02-29以后，列为逾期。"]),
    ],
)
def test_a_late_day_inside_a_later_window_is_reported_with_that_window(day: datetime, said: list[str]) -> None:
    late = rosters.checked(
        person(medical_paid=250 if day.month > 2 else 960, medical_date=day), policy=LATER_WINDOWS, deadline=day
    )
    assert [one.problem for one in late.findings if one.code == "803" and one.key == "medical_date"] == said
