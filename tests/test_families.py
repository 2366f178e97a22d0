"""Ordinary families: what must give no 错误 and no 警告. A false alarm on one of these is worse than a miss."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.support.results import district, invented_id, result
from tests.support.rosters import NO_MEDICAL, NO_PENSION_MONEY, person


def member(relation: str, serial: int, born: datetime, **differs: Any) -> dict[str, Any]:
    """A relative of the ordinary head, who has an ID of his own and pays medical insurance only."""
    return person(
        relation=relation, name=f"张{serial}", id_number=invented_id(serial, born), **{**NO_PENSION_MONEY, **differs}
    )


BABY = member("子", 1, datetime(2019, 8, 20), pension_status="")
PUPIL = member("女", 2, datetime(2002, 3, 1), schooling="中小学(含中职)", pension_status="在校学生")
STUDENT = member(
    "子", 5, datetime(2000, 3, 1), schooling="高校", medical_status="高校参保", pension_status="在校学生", **NO_MEDICAL
)
ELDER = member("母", 4, datetime(1950, 3, 1), pension_status="已领取待遇")

FAMILIES: dict[str, list[dict[str, Any]]] = {
    "newborn in the roster, not yet in the household register": [person(registered=1), BABY],
    "newborn not yet listed": [person(registered=1)],
    "soldier": [person(), member("子", 3, datetime(1999, 1, 1), medical_status="不参保", medical_reason="现役军人", pension_status="暂未参保", **NO_MEDICAL)],
    "soldier, pension cell blank": [person(), member("子", 3, datetime(1999, 1, 1), medical_status="不参保", medical_reason="现役军人", pension_status="", **NO_MEDICAL)],
    "prisoner": [person(), member("兄弟姐妹", 3, datetime(1985, 1, 1), medical_status="不参保", medical_reason="服刑", pension_status="", **NO_MEDICAL)],
    "deceased still registered": [person(), member("父", 3, datetime(1940, 1, 1), medical_status="不参保", medical_reason="死亡未销户", pension_status="", **NO_MEDICAL)],
    "collective household": [
        person(household_type="集体户", relation="非亲属"),
        person(household_type="集体户", relation="非亲属", name="李四", id_number=invented_id(7), medical_receipt="A2", pension_receipt="A2"),
    ],
    "single 特困 in a home": [person(household_type="集中供养", category="特困供养人员", medical_paid="", medical_receipt="", pension_status="已领取待遇", id_number=invented_id(9, datetime(1945, 5, 5)), **NO_PENSION_MONEY)],
    "elder of 60 and more": [person(), ELDER],
    "pupil of 17 insured with the family": [person(), PUPIL],
    "university student": [person(), STUDENT],
    "insured by an employer in the city": [person(), member("配偶", 6, datetime(1988, 1, 1), medical_status="市内职工医保", pension_status="职工养老", **NO_MEDICAL)],
    "insured by an employer outside the city, with proof": [person(), member("配偶", 6, datetime(1988, 1, 1), medical_status="市外职工医保", medical_proof="参保证明", pension_status="职工养老", **NO_MEDICAL)],
    "resident of another city with proof": [person(household_type="外市居住户", register="外市", residence_proof="居住证", pension_status="非本区户籍", **NO_PENSION_MONEY)],
    "two families sharing 户号 1 in two villages": [
        person(), person(village="井边村", name="李四", id_number=invented_id(8), medical_receipt="B1", pension_receipt="B1"),
    ],
    "one receipt for a family and both schemes": [person(), member("配偶", 6, datetime(1988, 1, 1), pension_status="暂未参保")],
    "unpaid in mid season": [person(**NO_MEDICAL), member("配偶", 6, datetime(1988, 1, 1), pension_status="本次参保", tier=300, **NO_MEDICAL)],
    "wife with the words of the household register": [person(), member("妻", 6, datetime(1988, 1, 1), pension_status="暂未参保")],
    "eldest son": [person(), member("长子", 11, datetime(1999, 1, 1), schooling="否", pension_status="暂未参保")],
    "low income relief collected in full": [person(category="低保户", pension_paid="")],
    "severely disabled without 贫困残疾人": [person(category="重度残疾人", pension_paid="")],
    "registered poor": [person(category="建档立卡", medical_paid=125, pension_paid="")],
    "head with a room number for 组": [person(group="3组")],
}  # fmt: skip


def alarms(*people: dict[str, Any], **cover: Any) -> list[tuple[str, str, str]]:
    merge = district(result("a.xlsx", *people, **{"deadline": datetime(2019, 10, 20), **cover}))
    return [(finding.code, finding.cell, finding.problem) for finding in merge.findings if finding.severity != "info"]


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES.keys())
def test_no_alarm(family: list[dict[str, Any]]) -> None:
    assert alarms(*family) == []


@pytest.mark.parametrize("area", ["432902", "432901", "431102"])
def test_elders_with_codes_of_counties_that_are_gone(area: str) -> None:
    # a plainly synthetic serial: 990
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    body = f"{area}19500101990"
    number = body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]
    sex = "父" if int(number[16]) % 2 else "母"
    assert (
        alarms(person(), member(sex, 4, datetime(1950, 1, 1), pension_status="已领取待遇") | {"id_number": number})
        == []
    )


@pytest.mark.parametrize("area", ["810000", "820000", "830000"])
def test_residence_permits_of_hong_kong_macao_and_taiwan(area: str) -> None:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    body = f"{area}19850101001"
    number = body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]
    stranger = {
        "register": "港澳台及外籍",
        "residence_proof": "居住证",
        "id_type": "港澳台居民居住证",
        "pension_status": "非本区户籍",
    }
    assert alarms(person(id_number=number, **stranger, **NO_PENSION_MONEY)) == []


def test_married_out_daughter_listed_at_both_homes() -> None:
    daughter = member(
        "女", 2, datetime(1990, 1, 1), medical_status="市内居民医保", pension_status="暂未参保", **NO_MEDICAL
    )
    at_husband = person(
        village="井边村", name="王五", id_number=invented_id(20), medical_receipt="B", pension_receipt="B"
    )
    wife = {**daughter, "village": "井边村", "relation": "妻", "medical_status": "本次参保", "medical_paid": 250,
            "medical_date": datetime(2019, 10, 18), "medical_receipt": "B"}  # fmt: skip
    father = person(id_number=invented_id(31, datetime(1965, 1, 1)))
    assert alarms(father, daughter, at_husband, wife) == []


def test_paid_after_the_cover_is_the_only_alarm_of_a_late_payer() -> None:
    late = person(pension_date=datetime(2019, 11, 5))
    assert [code for code, *_ in alarms(late, deadline=datetime(2019, 11, 15))] == ["803"]
