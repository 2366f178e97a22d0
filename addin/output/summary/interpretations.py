"""口径说明: every point that the notice leaves open, how it is read, and what else it could mean."""

from __future__ import annotations

import re

from addin.output.summary.book import Book
from addin.output.summary.page import Column, Page
from addin.policy import Entry, Policy

NAME = "口径说明"
_POINTS = (
    Column("序号", "order"),
    Column("通知未说清之处", "long"),
    Column("条款", "middle"),
    Column("现行口径", "long"),
    Column("其他理解", "long"),
    Column("涉及行数", "count"),
)
_READINGS = (
    Column("序号", "order"),
    Column("通知原文", "long"),
    Column("条款", "middle"),
    Column("本表的读法", "long"),
    Column("状态", "long"),
)
_WIDTHS = (6, 34, 9, 44, 36, 9)
_SERIOUS_ILLNESS = "大病保险"
_FIXED = (
    "本工具只管参保缴费，不核医疗费用报销。",
    "身份证号码、姓名在本表中都已隐去；全名全号只在各单位自己的花名册、退回清单和台账里。",
)


def write(book: Book) -> None:
    """Interpretations with the rows they touched, then sentences whose reading needs an explanation."""
    policy = book.policy
    page = Page(book, NAME, "口径说明", _WIDTHS, landscape=True)
    if policy.interpretations:
        page.section("按哪种口径计算")
        head = page.head([column.header for column in _POINTS])
        page.sheet.freeze_panes(page.row, 0)
        page.sheet.repeat_rows(head)
    for n, point in enumerate(policy.interpretations.values(), 1):
        others = "；".join(other.meaning for other in point.alternatives)
        page.line(
            _POINTS, [n, point.point, point.article, point.meaning, others, book.district.touched.get(point.name, 0)]
        )
    page.section("原文与读法")
    page.head([column.header for column in _READINGS])
    for n, entry in enumerate(_read_in_a_way(policy), 1):
        states = [*(["初定"] if entry.provisional else []), *(["待核对"] if entry.to_be_confirmed else [])]
        page.line(_READINGS, [n, entry.text, entry.article, _named(policy, entry.reading), "、".join(states)])
    page.section("另需知悉")
    covered = f"{_SERIOUS_ILLNESS}不另收费：参加城乡居民医保者同时享受，本表不列{_SERIOUS_ILLNESS}缴费。"
    page.notes([*([covered] if policy.mentions(_SERIOUS_ILLNESS) else []), *_FIXED])


def _read_in_a_way(policy: Policy) -> list[Entry]:
    """Sentences in force whose numbers are not simply what they say, or that may still change."""
    in_force = {subsidy.entry for subsidy in policy.subsidies}
    return [
        entry
        for entry in policy.entries.values()
        if (entry.reading or entry.provisional or entry.to_be_confirmed)
        # an order of statuses, or a subsidy, is an interpretation: the table above names the one in force
        and not entry.name.startswith("precedence.")
        and (not entry.name.startswith("subsidy.") or entry.name in in_force)
    ]


def _named(policy: Policy, reading: str) -> str:
    """A reading, with interpretations named in the officials' words."""
    return re.sub(r"见 (\w+)", lambda found: f"见“{policy.interpretations[found[1]].point}”", reading, flags=re.ASCII)
