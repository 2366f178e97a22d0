"""132, 133: the part that the cover names (分册) against the villages in the rows, specification 6 and 7.

A book of another village than its cover says would take the place of that village's people: over half of its rows make
it refused (R304) where books meet. What is no village at all (第一册, 敬老院, a hamlet, a street) is never counted as another
village.
"""

from __future__ import annotations

import re
from collections import Counter

import numpy as np

from addin import ids
from addin.findings import MOST_PLACES, Finding, make_finding
from addin.roster import Mask, Roster, fold_village, stem_of

OTHER_ROWS, OTHER_BOOK = "132", "133"

_SEVERAL = re.compile(r"[、，,;；/+＋]")
"""Between the villages of a part of several; 和 and 与 stand in names."""
_NO_VILLAGE = re.compile(
    r"[册片组队栋号巷街路]$|^第?[0-9一二三四五六七八九十]+$|敬老院|福利院|养老院|供养|学校|中学|小学|集体|机关|单位|公司|企业|分册|合并|汇总|合计|总[册表]|全部|所有|^无$|镇$|乡$|街道$|本级|其他|其它|外地|流动|^[^\u4e00-\u9fff]+$"
)
"""Parts and texts without 村 or 社区 that clearly name something else."""
_MOST_NAMES = 3


def other_villages(roster: Roster, bad: Mask) -> list[Finding]:
    """133 where over half of the people are of another village than the cover's, 132 where some are.

    `bad` are the rows whose village has a finding already.
    """
    if roster.cover.whole or not len(roster):
        return []
    part = [fold_village(text, roster.cover.unit) for text in _SEVERAL.split(roster.cover.part) if text.strip()]
    if roster.listed and roster.listed.part_now:
        part.append(roster.listed.part_now)
    if all(_is_no_village(key) for key in part):
        return []
    words, keys = roster.words["village"], roster.villages
    others = {
        code: key
        for code, key in enumerate(keys)
        if key
        and not _is_no_village(key)
        and key != fold_village(roster.cover.unit.name)
        and not any(_belongs(key, own) for own in part)
    }
    rows: Mask = np.isin(words.codes, list(others)) & ~bad
    if not rows.any():
        return []
    count = Counter(others[code] for code in words.codes[rows].tolist())
    names = "、".join(
        f"“{roster.names.hide(ids.mask_text(key))}”{number}人" for key, number in count.most_common(_MOST_NAMES)
    )
    own = len(roster) - int(rows.sum())
    named = {
        "part": roster.shown_part,
        "persons": len(roster),
        "others": f"{names}{'等' if len(count) > _MOST_NAMES else ''}",
        "own": own,
    }
    if _is_of_another(count, part, len(roster), own > 0):
        return [make_finding(OTHER_BOOK, roster.file, roster.sheet, named)]
    places = roster.rows[rows].tolist()
    return [
        make_finding(
            OTHER_ROWS,
            roster.file,
            roster.sheet,
            named,
            column=roster.letters.get("village"),
            row=places[0],
            count=len(places),
            places=tuple(places[:MOST_PLACES]),
        )
    ]


def _is_no_village(key: str) -> bool:
    return key == stem_of(key) and _NO_VILLAGE.search(key) is not None


def _belongs(key: str, own: str) -> bool:
    """Whether a name in a row is the part's: the same, one of the two without its kind, or a piece of the other."""
    if key == own or (stem_of(key) == stem_of(own) and stem_of(key) in (key, own)):
        return True
    # 桥头村三组 is in 桥头村, and a part 桥头村（一） is of it; 新村村 is another village than 新村
    short, long = sorted((key, own), key=len)
    return short != stem_of(short) and long == stem_of(long) and long.startswith(short)


def _is_of_another(count: Counter[str], part: list[str], persons: int, some_own: bool) -> bool:
    """Over half of the rows name other villages; of names without 村 or 社区, which may be hamlets, one has over half."""
    of_kinds = sum(number for key, number in count.items() if key != stem_of(key))
    most = 2 * max(count.values()) > persons
    named = some_own or any(key != stem_of(key) for key in part)
    return (named and 2 * of_kinds > persons) or most
