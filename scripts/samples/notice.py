"""The notice's numbers, restated for the oracle (冷政办函〔2019〕27号); yuan and days, each beside its article.

In: a person's statuses, a tier. Out: what is due and who bears the rest. The quotas are read from the attachments as
printed. Deliberately no import of the program's policy or amounts.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import addin

Scheme = Literal["medical", "pension"]
SCHEMES: tuple[Scheme, ...] = ("medical", "pension")

POLICY_ID = "冷政办函〔2019〕27号"
ATTACHMENTS = Path(addin.__file__).parent / "notices" / "lengshuitan-2019"

STANDARD = 250  # 二: 个人缴费标准初定为每人250元/年
LOWEST = 100  # 一(一): 按最低缴费标准100元/人代缴
TIERS = (100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1500, 2000, 2500, 3000)  # 二: 100-3000元14个缴费档次

WINDOWS: dict[Scheme, tuple[date, date]] = {  # 二
    "medical": (date(2019, 10, 1), date(2019, 12, 31)),
    "pension": (date(2019, 1, 1), date(2019, 10, 31)),
}
SEASON_STARTS: dict[Scheme, date] = {"medical": date(2019, 9, 1), "pension": date(2019, 1, 1)}  # 四(三), 二

CATEGORIES = {
    "tekun": "特困供养人员",
    "doudi": "社会保障兜底脱贫对象",
    "dibao": "城乡低保对象",
    "jiandang": "建档立卡贫困人口",
    "severe_disabled": "重度残疾人",
    "pinkun_disabled": "贫困残疾人",
}
"""Statuses of hardship in the order in which the first that a person has decides."""

Share = tuple[str, str, str, int]
"""Funder, paying department, to whom ('township' or 'person'), yuan."""

# 二 for the shares, 三(六) for who pays them over
_MEDICAL: dict[str, tuple[Share, ...]] = {
    "tekun": (("医疗救助", "民政", "township", 250),),
    "doudi": (
        ("医疗救助", "民政、扶贫（分担待定）", "township", 125),
        ("财政", "民政、扶贫（分担待定）", "township", 125),
    ),
    "dibao": (("医疗救助", "民政", "person", 75),),
    "jiandang": (("扶贫", "扶贫", "township", 125),),
}
# 一(一); 兜底 people come from among 建档立卡
_PENSION: tuple[Share, ...] = (("区财政", "区财政", "township", LOWEST),)
_PENSION_HELPED = ("tekun", "doudi", "dibao", "jiandang", "severe_disabled")


@dataclass(frozen=True, slots=True)
class Dues:
    """One person's amounts in yuan: collected now, paid to the township, refunded afterwards, and whose money it is."""

    cash: int
    subsidy: int
    refund: int
    category: str = ""
    shares: tuple[Share, ...] = ()


@cache
def dues(scheme: Scheme, statuses: frozenset[str], tier: int = LOWEST) -> Dues:
    """What one person owes; shares never add up, the first status in the order holds.

    >>> dues("medical", frozenset({"dibao"})).cash, dues("medical", frozenset({"jiandang", "severe_disabled"})).cash
    (250, 125)
    >>> dues("pension", frozenset({"severe_disabled"}), 300).cash
    200
    """
    shares: dict[str, tuple[Share, ...]] = _MEDICAL if scheme == "medical" else dict.fromkeys(_PENSION_HELPED, _PENSION)
    whole = STANDARD if scheme == "medical" else tier
    for category in CATEGORIES:
        if category in statuses and category in shares:
            township = sum(yuan for _, _, to, yuan in shares[category] if to == "township")
            person = sum(yuan for _, _, to, yuan in shares[category] if to == "person")
            return Dues(whole - township, township, person, category, shares[category])
    return Dues(whole, 0, 0)


@dataclass(frozen=True, slots=True)
class Printed:
    """One attachment as printed: base and quota by unit in the printed order, and the printed totals."""

    rows: dict[str, tuple[int, int]]
    base: int
    quota: int


@cache
def attachment(scheme: Scheme) -> Printed:
    """Attachment 1 (pension) or 2 (medical); both name the units alike."""
    name = {"pension": "attachment1_pension.csv", "medical": "attachment2_medical.csv"}[scheme]
    with (ATTACHMENTS / name).open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))[1:]
    rows = {unit: (int(base), int(quota)) for order, unit, base, quota in lines if order}
    _, _, base, quota = next(line for line in lines if not line[0])
    return Printed(rows, int(base), int(quota))


def units(scheme: Scheme = "medical") -> list[str]:
    """All 21 units in the order of the scheme's attachment; one without a row there comes last."""
    listed = list(attachment(scheme).rows)
    return [*listed, *(unit for unit in attachment("medical").rows if unit not in listed)]
