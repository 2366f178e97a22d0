"""Finds the subject of a department's list where no column says it: from its title, its sheet's name, its file's name.

In: texts from the nearest to the list to the furthest. Out: the status or the employees' scheme that they name. What
names none or several, residents instead of employees, or people who have left is no list of these: whoever is taken for
an employee is turned away, and whoever is taken for poor is paid for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from addin import amounts
from addin.columns import Scheme
from addin.findings import Refusal, make_refusal
from addin.policy import Policy, fold

_NOT_ABOUT = re.compile(
    "医保局|医疗保障局|医疗保障服务|医保中心|社保局|社保中心|人社局|养老院|敬老院|养老机构|养老服务|财政局|医院|卫生院"
)
"""Offices and homes: they name the list's owner, not its subject."""
_EMPLOYEES = re.compile("职工|机关|事业单位|企业|在职|单位参保")
_RESIDENTS = re.compile("居民|城乡居|新农合|新农保|农村养老")
_GONE = re.compile(
    "退出|取消|停发|停保|死亡|去世|注销|清退|终止|剔除|删除|退休|离休|不符合|拟|公示|申请|待审|不再|未参保|中断"
)
"""Words for people who are no longer, or not yet, what the list's name says."""
_LONGEST = 40
"""A title; what is longer is a note."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The subject of all lines of a list: a status (key of the policy's category), or employees insured in a scheme."""

    category: str = ""
    scheme: Scheme | None = None


def subject_of(levels: Sequence[Sequence[str]], policy: Policy, sheet: str) -> Subject | Refusal:
    """The subject by the nearest level that names one, or why there is none; the refusal calls the sheet `sheet`."""
    texts = [
        _NOT_ABOUT.sub("　", "　".join(fold(words) for words in level if len(words) <= _LONGEST)) for level in levels
    ]
    named = [(_categories(text, policy), _schemes(text, policy)) for text in texts]
    categories, schemes = next((pair for pair in named if any(pair)), ([], []))
    if any(map(_GONE.search, texts)):
        cause = "写的是退出、停保一类的人"
    elif len(categories) + len(schemes) > 1:
        cause = "写了不止一种名单"
    elif categories:
        return Subject(category=categories[0])
    elif of_residents(levels):
        cause = "写的是居民参保，不是职工参保"
    elif schemes and any(map(_EMPLOYEES.search, texts)):
        return Subject(scheme=schemes[0])
    else:
        cause = f"没有写明是{'、'.join(f'职工{rules.name}' for rules in policy.schemes.values())}，还是哪一类困难人员"
    return make_refusal("R404", {"sheet": sheet, "cause": cause})


def of_residents(levels: Sequence[Sequence[str]]) -> bool:
    """Whether the nearest level that says residents or employees says residents."""
    for level in levels:
        text = "".join(map(fold, level))
        if _EMPLOYEES.search(text):
            return False
        if _RESIDENTS.search(text):
            return True
    return False


def _schemes(text: str, policy: Policy) -> list[Scheme]:
    """The schemes that a text names."""
    return [
        rules.key
        for rules in policy.schemes.values()
        if any(fold(word) in text for word in (rules.name, *rules.aliases))
    ]


def _categories(text: str, policy: Policy) -> list[str]:
    """The statuses that a text names, the longest words first: 社会保障兜底脱贫对象 is not two of them."""
    categories = []
    for word, key in sorted(policy.category_words.items(), key=lambda entry: -len(entry[0])):
        if key in policy.statuses_by_key and key != amounts.ORDINARY and len(word) > 1 and word in text:
            categories.append(key)
            text = text.replace(word, "　")
    return list(dict.fromkeys(categories))
