"""Invented people: names, birth dates, identity numbers, villages.

In: a random generator, ages and sexes. Out: texts. Every ID has the area code 990000, which does not exist, and each
unit has its own block of serials, so that units made in different processes never meet in one number.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from operator import mul
from random import Random

AREA = "990000"

SHARED_SERIALS = 960
"""Serials from here on are for people listed in several places; below, each unit has a block of its own."""
_BLOCK = 44

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊"
    "秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_MALE = "伟强军勇杰涛斌波辉刚健明亮建平文华国志海金龙林生光荣春根福贵祥德忠义成云飞鹏浩宇轩俊豪子涵泽"
_FEMALE = "芳秀英娜敏静丽艳娟霞玲桂兰凤萍红梅燕莉春菊香珍玉琴云莲淑华雪佳欣怡梓涵诗雨婷慧颖"
_PLACE_FIRST = "上下新老大小青白黄龙凤金银长清双花古荷柏樟梅松枫茶竹杨石"
_PLACE_LAST = (
    "头",
    "边",
    "口",
    "山",
    "岭",
    "塘",
    "冲",
    "坪",
    "湾",
    "家坪",
    "树下",
    "田",
    "溪",
    "桥",
    "铺",
    "院子",
    "井",
    "园",
    "背",
    "洲",
)
_TOWN_LAST = ("苑", "路", "桥", "坊", "街", "园", "台", "里", "岭", "门")

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ZEROS = sum(map(mul, b"0" * len(_WEIGHTS), _WEIGHTS))
"""The difference between the characters' codes and the digits' values."""


def check_digit(body: str) -> str:
    """The last character of an ID (GB 11643) for its first seventeen.

    >>> check_digit("99000019900101001")
    '7'
    """
    return "10X98765432"[(sum(map(mul, body.encode("ascii"), _WEIGHTS)) - _ZEROS) % 11]


def identity_number(born: str, serial: int) -> str:
    """The ID for a birth date as YYYYMMDD (which need not exist) and a serial, odd for men."""
    body = f"{AREA}{born}{serial:03d}"
    return body + check_digit(body)


def years_between(born: date, day: date) -> int:
    """Whole years of age on a day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def name(rng: Random, male: bool, surname: str = "") -> str:
    """A usual name of two or three characters."""
    given = _MALE if male else _FEMALE
    text = (surname or rng.choice(_SURNAMES)) + rng.choice(given)
    return text + rng.choice(given) if rng.random() < 0.75 else text


def surname(rng: Random) -> str:
    """A usual surname."""
    return rng.choice(_SURNAMES)


def villages(rng: Random, count: int, town: bool) -> list[str]:
    """Names of villages (or, in town, of 社区); no two share a character at one place, as a misspelling would."""
    first, last = list(_PLACE_FIRST), list(_TOWN_LAST if town else _PLACE_LAST)
    assert count <= min(len(first), len(last)), "more villages than names"
    rng.shuffle(first)
    rng.shuffle(last)
    return [f"{start}{end}{'社区' if town else '村'}" for start, end in zip(first, last, strict=False)][:count]


class Registry:
    """Gives out birth dates and IDs of one unit, each number once."""

    def __init__(self, unit: int) -> None:
        self._first = unit * _BLOCK
        assert self._first + _BLOCK <= SHARED_SERIALS
        self._used: dict[tuple[int, bool], Iterator[int]] = {}

    def person(self, born: date, male: bool) -> tuple[date, str]:
        """A birth date near the wished one that still has a serial, and the ID."""
        day = born.toordinal()
        while True:
            serials = self._used.get((day, male))
            if serials is None:
                start = self._first + (1 if male else 2)
                serials = self._used[day, male] = iter(range(start, start + _BLOCK - 1, 2))
            serial = next(serials, None)
            if serial is not None:
                born = date.fromordinal(day)
                return born, identity_number(f"{born.year}{born.month:02d}{born.day:02d}", serial)
            day -= 1


def birthday(rng: Random, age: int, day: date) -> date:
    """A birth date of somebody who is that old on a day."""
    latest = date(day.year - age, day.month, day.day).toordinal()
    return date.fromordinal(latest - int(rng.random() * 365))
