"""Cells of an old book as inputs of the template; what is not understood is given back as words for 备注."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from addin.columns import ENROLLED, NOT_ENROLLED, Column, in_place
from addin.old_roster.crossing import Crossing
from addin.policy import fold
from addin.roster.values import LOST_FROM, SCIENTIFIC, clean_text

_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")
_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?)元?(?:/?年)?人?")
_FURTHER: dict[str, dict[str, str]] = {
    "medical_status": {
        "参保": ENROLLED, "已参保": ENROLLED, "正常参保": ENROLLED, "续保": ENROLLED, "参保缴费": ENROLLED,
        "未参保": NOT_ENROLLED, "职工医保": "市内职工医保", "城镇职工": "市内职工医保", "大学生参保": "高校参保",
    },
    "pension_status": {
        "参保": ENROLLED, "已参保": ENROLLED, "正常参保": ENROLLED, "正常缴费": ENROLLED, "续保": ENROLLED,
        "未参保": "暂未参保", "领取待遇": "已领取待遇", "待遇领取": "已领取待遇", "已领待遇": "已领取待遇",
        "职工养老保险": "职工养老", "未满16岁": "未满16周岁", "在校生": "在校学生",
    },
}  # fmt: skip
"""How systems and last year's lists call a status."""


@dataclass(frozen=True, slots=True)
class Taken:
    """An input as the template takes it; what of it was not understood, and what the notice in force no longer has."""

    value: object = ""
    unknown: str = ""
    gone: tuple[str, ...] = ()

    @property
    def left(self) -> str:
        """The part of the cell that goes to 备注."""
        gone = f"{'、'.join(self.gone)}（新通知没有）" if self.gone else ""
        return "、".join(filter(None, (self.unknown, gone)))


def shown(value: object) -> str:
    """A cell as a text: whole numbers without a point, days as year-month-day.

    >>> shown(12.0), shown(datetime(2019, 1, 2)), shown(" 桥头 ")
    ('12', '2019-01-02', '桥头')
    """
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (int, float)):
        return f"{value:.15g}" if abs(value) < LOST_FROM else f"{value:.0f}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    return value.isoformat() if isinstance(value, (date, time)) else str(value)


def taking(column: Column, crossing: Crossing) -> Callable[[object], Taken]:
    """How a column's cells are taken; the function gets a cell that holds something."""
    if column.key == "category":
        return lambda value: _category(crossing, shown(value))
    if column.key == "tier":
        return lambda value: _tier(crossing, value)
    if column.kind == "number":
        return _number
    if column.kind == "date":
        return _day
    if column.choices:
        words = {fold(choice): choice for choice in column.choices}
        words |= {fold(alias): choice for alias, choice in column.folds}
        words |= {fold(word): choice for word, choice in _FURTHER.get(column.key, {}).items()}
        words = {word: in_place(choice, crossing.policy.place) for word, choice in words.items()}
        return lambda value: _choice(shown(value), words)
    if column.as_text:
        return lambda value: _code(column.key, value)
    return lambda value: Taken(shown(value))


def _code(key: str, value: object) -> Taken:
    """A code is text; where a number has lost its last digits, it is none."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) >= LOST_FROM:
        return Taken(unknown=f"{value:.0f}（末几位已丢失）")
    text = clean_text(key, shown(value)).lstrip("'`")
    return Taken(unknown=f"{text}（末几位已丢失）") if SCIENTIFIC.fullmatch(text) else Taken(text)


def _choice(text: str, words: dict[str, str]) -> Taken:
    choice = words.get(fold(text))
    return Taken(unknown=text) if choice is None else Taken(choice)


def _category(crossing: Crossing, text: str) -> Taken:
    statuses = crossing.statuses(text)
    return Taken("、".join(statuses.now), "、".join(statuses.unknown), statuses.gone)


def _tier(crossing: Crossing, value: object) -> Taken:
    tier = _number(value).value
    if tier in crossing.tiers:
        return Taken(tier)
    return Taken(gone=(f"{tier:g}元",)) if tier in crossing.tiers_gone else Taken(unknown=shown(value))


def _number(value: object) -> Taken:
    number = value
    if isinstance(value, str):
        match = _NUMBER.fullmatch(unicodedata.normalize("NFKC", value).replace(",", "").strip())
        number = float(match[1]) if match else None
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        return Taken(unknown=shown(value))
    return Taken(number)


def _day(value: object) -> Taken:
    if isinstance(value, date):
        return Taken(value)
    text = shown(value) if isinstance(value, str) or _is_eight_digits(value) else ""
    match = _DAY.fullmatch(unicodedata.normalize("NFKC", text).replace(" ", ""))
    if match:
        try:
            return Taken(date(*map(int, match.groups())))
        except ValueError:
            pass
    return Taken(unknown=str(value) if isinstance(value, timedelta) else shown(value))


def _is_eight_digits(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 19_000_101 <= value <= 21_001_231
