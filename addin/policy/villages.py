"""Names of villages for comparing: folded as officials write them, the kind (村 or 社区) kept.

In: names as they are printed in an attachment, typed on a cover, in a row, on a list. Out: a key that is equal for two
ways of writing one place: the committee's name is the place's, the unit's own name in front is dropped. 桥亭村 and
桥亭社区 are two places; a bare 桥亭 is what `Places` knows of that stem. Answers to specification 7 and 三(五) of the notice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from addin import columns
from addin.policy.model import Unit, fold

_KINDS = {
    "社区居民委员会": "社区", "社区居委会": "社区", "社区居委": "社区", "居民委员会": "社区", "居委会": "社区", "居委": "社区", "社区": "社区",
    "村村民委员会": "村", "村民委员会": "村", "村村委会": "村", "村委会": "村", "村委": "村", "行政村": "村", "村": "村",
}  # fmt: skip
"""How a name may end, and the kind that it means; the longest ending first holds."""
_ENDINGS = sorted(_KINDS, key=len, reverse=True)
_UNIT_ENDINGS = ("镇", "乡", "街道", "办事处", "区", "政府", "管委会")
"""Endings of a unit's whole name: 普利桥镇 in front of a village is the unit, 普利桥 or 肖家园 may be its own."""
_ABOVE = ("省", "市", "州", "区", "县")
_LONGEST_ABOVE = 15
_WHOLE_UNIT = re.compile(
    r"(?:全部|全体|所有|各)(?:行政)?(?:村|社区|村社区|社区村|村居|村\(社区\)|单位|人员|居民)?(?:汇总|合计)?"
    r"|(?:全|整|整个|本)(?:镇|乡|街道|园区|办事处|开发区|单位)(?:汇总|合计)?"
)
"""Ways of saying that a book is of the whole unit. With a number behind (全部1, 全部2) it may be one of several."""
_LONGEST = 100
"""Characters looked at: a longer text is no name and must not cost more time."""


def fold_village(text: str, unit: Unit | None = None) -> str:
    """A village's name for comparing: stem and kind (村, 社区, or '' where the name says none).

    >>> fold_village("桥头村村民委员会"), fold_village(" 桥头村委会 "), fold_village("桥头居委会"), fold_village("桥头")
    ('桥头村', '桥头村', '桥头社区', '桥头')
    """
    folded = fold(text[:_LONGEST])
    for start in _after_unit(folded, unit):
        stem, kind = _split(folded[start:])
        if stem:
            return stem + kind
    return folded


def part_key(text: str, unit: Unit) -> str:
    """The key of a part of a unit (分册); one key for the whole unit, however that is written."""
    return fold_village(columns.WHOLE) if is_whole(text, unit) else fold_village(text, unit)


def is_whole(text: str, unit: Unit) -> bool:
    """Whether a part is the whole unit, however that is written."""
    return bool(_WHOLE_UNIT.fullmatch(fold_village(text, unit))) or fold(text) in map(fold, unit.names)


def stem_of(key: str) -> str:
    """A key without its kind; a bare name is its own stem.

    >>> stem_of("桥头村"), stem_of("桥头社区"), stem_of("桥头"), stem_of("新村社区")
    ('桥头', '桥头', '桥头', '新村')
    """
    return _split(key)[0] or key


def _split(folded: str) -> tuple[str, str]:
    """Stem and kind; the stem is '' where the name is nothing but an ending."""
    for ending in _ENDINGS:
        if folded.endswith(ending):
            return folded.removesuffix(ending), _KINDS[ending]
    return folded, ""


def _after_unit(folded: str, unit: Unit | None) -> Iterable[int]:
    """Where the village's own name may begin: behind the unit's name and what is above the unit; else at 0."""
    for name in sorted(map(fold, unit.names), key=len, reverse=True) if unit else ():
        at = folded.find(name, 0, _LONGEST_ABOVE + len(name))
        if at >= 0 and name.endswith(_UNIT_ENDINGS) and (at == 0 or folded[:at].endswith(_ABOVE)):
            yield at + len(name)
    yield 0


class Places:
    """The villages that somebody names, by their keys, to tell which of them a name without a kind means."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._by_stem: dict[str, set[str]] = {}
        for key in keys:
            self._by_stem.setdefault(stem_of(key), set()).add(key)

    def alike(self, key: str) -> list[str]:
        """The places known that the name may mean: itself, or those of its stem where one of the two has no kind."""
        known = self._by_stem.get(stem_of(key), set())
        if key in known and key != stem_of(key):
            return [key]
        kinds = sorted(known - {stem_of(key)})
        return kinds if key == stem_of(key) and kinds else sorted(known & {stem_of(key)})

    def of(self, key: str) -> str:
        """The place that a name means: a bare one is the only place of its stem, else a place of its own.

        >>> Places(["桥亭村", "井边社区", "井边村"]).of("桥亭"), Places(["井边社区", "井边村"]).of("井边")
        ('桥亭村', '井边')
        """
        alike = self.alike(key)
        return alike[0] if key == stem_of(key) and len(alike) == 1 else key
