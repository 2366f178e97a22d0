"""3xx: who the person is, 六(二)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from addin import amounts, ids
from addin import roster as cells
from addin.checks.rules import (
    BLANK_PENSION,
    CHILD,
    EVERY,
    NO_MEDICAL,
    ORDINARY,
    Always,
    Formatted,
    Offenders,
    Rule,
    rule,
)
from addin.columns import COLUMNS
from addin.findings import IDENTITY
from addin.roster import Mask, Roster


@rule(
    code="301",
    title="姓名没有填",
    at="name",
    entry="identity",
    form=True,
    blocks=EVERY,
    reason=IDENTITY,
    problem="姓名是空的。",
    remedy="请按户口簿或身份证填写姓名。",
    example="张三",
    passes=[ORDINARY],
    fails=[{"name": ""}],
)
def name_missing(roster: Roster) -> Offenders:
    """Everybody listed has a name, 六(二)."""
    return roster.blank("name")


@rule(
    code="302",
    title="证件号码没有填",
    at="id_number",
    entry="identity",
    form=True,
    blocks=EVERY,
    reason=IDENTITY,
    problem="证件号码是空的。",
    remedy="请按身份证或户口簿填写证件号码；新生儿先办户口登记。",
    example="990000199001010017",
    passes=[ORDINARY],
    fails=[{"id_number": ""}],
)
def id_missing(roster: Roster) -> Offenders:
    """Everybody listed has an ID, 六(二)."""
    return roster.blank("id_number")


id_lost = Rule(
    code="303",
    title="证件号码存成了数字",
    at="id_number",
    fault=(cells.LOST_DIGITS,),
    entry="identity",
    blocks=EVERY,
    reason=IDENTITY,
    problem="证件号码存成了超过15位的数字，Excel已把末尾几位变成0，原号码找不回来。",
    remedy="请先把这一格设为“文本”格式，再按身份证重新录入。",
    example="990000199001010017",
)


_QUOTES = "'`’‘′＇´"
_LOOKS_LIKE = {
    "O": "0",
    "Q": "0",
    "D": "0",
    "I": "1",
    "L": "1",
    "Z": "2",
    "S": "5",
    "B": "8",
    "×": "X",
    "Х": "X",
    "Χ": "X",
    "*": "X",
}
"""Characters typed for a digit or the X at the end: letters, the sign of multiplication, the X of other scripts."""


def _odd_characters(text: str) -> str:
    """The characters of a number that don't belong there, by name; '' where there are none.

    >>> _odd_characters("99000019900101O01×"), _odd_characters("'990000199001010017")
    ('夹有“O”（不是数字0）、“×”（不是字母X）', "多了撇号“'”，请删去")
    """
    odd = dict.fromkeys(
        c for n, c in enumerate(text) if not (c.isascii() and c.isdigit()) and (c != "X" or n != len(text) - 1)
    )
    if odd and all(character in _QUOTES for character in odd):
        return f"多了撇号“{next(iter(odd))}”，请删去"
    words = []
    for character in odd:
        meant = _LOOKS_LIKE.get(character)
        meant = f"（不是{'字母' if meant == 'X' else '数字'}{meant}）" if meant else ""
        words.append(f"“{character}”{meant}")
    return f"夹有{'、'.join(words[:3])}{'等' if len(words) > 3 else ''}" if words else ""


def _numbers(roster: Roster, words_of: Callable[[str], str]) -> Formatted:
    """Words about the number of each row, made for the offenders only."""
    words = roster.words["id_number"]
    return Formatted(words.codes, lambda code: words_of(words.vocabulary[code]))


@rule(
    code="304",
    title="证件号码位数不对",
    at="id_number",
    uses=("id_type",),
    entry="identity",
    form=True,
    blocks=EVERY,
    reason=IDENTITY,
    problem="证件号码是{length}位，居民身份证应是18位{odd}。",
    remedy="请按身份证重新录入；不是居民身份证的，请在“证件类型”中选明。",
    example="990000199001010017",
    passes=[
        ORDINARY,
        {"id_number": "H12345678", "id_type": "其他"},
    ],
    fails=[{"id_number": "99000019900101001"}, {"id_number": "'990000199001010017"}],
)
def id_length(roster: Roster) -> Offenders:
    """A resident's number has 18 characters (15 in the old form)."""

    def odd(text: str) -> str:
        characters = _odd_characters(text)
        return f"：号码里{characters}" if characters else ""

    words = {"length": _numbers(roster, lambda text: str(len(text))), "odd": _numbers(roster, odd)}
    return np.asarray(roster.person.fault == ids.LENGTH), words


@rule(
    code="305",
    title="证件号码有不该有的字符",
    at="id_number",
    uses=("id_type",),
    entry="identity",
    form=True,
    blocks=EVERY,
    reason=IDENTITY,
    problem="证件号码里{odd}。",
    remedy="请按身份证重新录入，只用数字，末位可以是字母X。",
    example="990000199001010025",
    passes=[ORDINARY],
    fails=[{"id_number": "99000019900101OO18"}, {"id_number": "99000019900101001×"}],
)
def id_characters(roster: Roster) -> Offenders:
    """Seventeen digits, then a digit or X."""
    return np.asarray(roster.person.fault == ids.CHARACTERS), {"odd": _numbers(roster, _odd_characters)}


@rule(
    code="307",
    title="证件号码里的出生日期不对",
    at="id_number",
    uses=("id_type",),
    entry="identity",
    form=True,
    blocks=EVERY,
    reason=IDENTITY,
    problem="证件号码第7至14位的出生日期不存在，或在1900年以前、填报截止日期以后。",
    remedy="请按身份证重新录入。",
    example="990000199001010017",
    passes=[ORDINARY],
    fails=[
        {"id_number": "990000199013010014"},
        {"id_number": "990000203001010016"},
    ],
)
def id_birth(roster: Roster) -> Offenders:
    """The birth date in the number is a day between 1900 and the cover's deadline."""
    late = roster.person.born > roster.cover.deadline.toordinal()
    return np.asarray(
        (roster.person.fault == ids.BIRTH) | (late & np.isin(roster.person.fault, (ids.FINE, ids.CHECK_DIGIT)))
    )


@rule(
    code="306",
    title="证件号码校验码不对",
    at="id_number",
    uses=("id_type",),
    entry="identity",
    form=True,
    blocks=EVERY,
    reason=IDENTITY,
    problem="证件号码的校验码不对：{what}。",
    remedy="请对照身份证逐位核对；末尾变成0的，先把这一格设为“文本”格式再录入。",
    example="990000199001010017",
    passes=[ORDINARY],
    fails=[{"id_number": "990000199001010018"}, {"id_number": "990000199001010000"}],
)
def id_check_digit(roster: Roster) -> Offenders:
    """The last character is the check digit of GB 11643."""

    def what(text: str) -> str:
        zeros_problem = "末三位是000，多半在Excel里存成过数字，末尾几位已经丢失"
        return zeros_problem if text.endswith("000") else "出生日期等前17位或最后一位，有一位录错"

    return np.asarray(roster.person.fault == ids.CHECK_DIGIT), {"what": _numbers(roster, what)}


@rule(
    code="308",
    severity="warning",
    title="15位旧身份证号",
    at="id_number",
    uses=("id_type",),
    entry="identity",
    problem="证件号码是15位旧号。",
    remedy="请换填18位新号；本次按换算后的18位比对。",
    example="990000199001010017",
    passes=[ORDINARY],
    fails=[{"id_number": "990000900101001"}],
)
def id_fifteen(roster: Roster) -> Offenders:
    """An old number is read, compared after conversion, and asked to be renewed."""
    return roster.person.fifteen


@rule(
    code="318",
    severity="warning",
    title="证件号码是数字格式",
    at="id_number",
    uses=("id_type",),
    entry="identity",
    problem="证件号码是数字格式，开头的0会丢。",
    remedy="请把这一格设为“文本”格式，对照证件重新录入。",
    example="E12345678",
    passes=[{"id_number": "123456789", "id_type": "其他"}],
    fails=[{"id_number": 123456789, "id_type": "其他"}],
)
def id_as_number(roster: Roster) -> Offenders:
    """A number of up to fifteen digits is read as it stands; an old number has another check."""
    return roster.numeric & ~roster.person.fifteen


@rule(
    code="309",
    severity="warning",
    title="证件类型与号码不符",
    at="id_type",
    uses=("id_number",),
    entry="identity",
    problem="证件类型是“{value}”，号码却像是{looks}。",
    remedy="请核对证件类型。",
    example="港澳台居民居住证",
    passes=[
        ORDINARY,
        {"id_number": "810000199001010019", "id_type": "港澳台居民居住证"},
    ],
    fails=[
        {"id_number": "810000199001010019"},
        {"id_type": "港澳台居民居住证"},
    ],
)
def id_type_against_number(roster: Roster) -> Offenders:
    """Permits of Hong Kong, Macao and Taiwan residents begin with 81, 82, 83."""
    province = roster.person.prefix // 10_000
    permit = np.isin(province, (81, 82, 83))
    resident = roster.is_("id_type", "", ids.RESIDENT)
    wrong = roster.person.judged & ((resident & permit) | (roster.is_("id_type", ids.HMT_PERMIT) & ~permit))
    return np.asarray(wrong), {"looks": np.where(permit, "港澳台居民居住证", "居民身份证")}


@rule(
    code="317",
    severity="warning",
    title="姓名一栏是号码",
    at="name",
    entry="identity",
    problem="姓名里有一串数字。",
    remedy="请按户口簿或身份证填写姓名；号码填到该填的栏目。",
    example="{example}",
    passes=[
        {"name": "阿卜杜拉·买买提"},
        {"name": "张三2"},
    ],
    fails=[
        {"name": "13800138000"},
        {"name": "张三1234"},
    ],
)
def number_for_name(roster: Roster) -> Offenders:
    """A number in the column of names; a single digit may distinguish two people of one name."""
    words = roster.words["name"]
    odd = [len(text) > 3 and sum(character.isdigit() for character in text) > 3 for text in words.vocabulary]
    return np.array(odd, dtype=bool)[words.codes]


_MALE = ("子", "女婿", "父", "公公", "岳父")
_FEMALE = ("女", "儿媳", "母", "婆婆", "岳母")


@rule(
    code="310",
    severity="warning",
    title="关系与证件性别不符",
    at="relation",
    uses=("id_number", "id_type"),
    entry="identity",
    problem="与户主关系是“{value}”，证件号码的性别却是{sex}。",
    remedy="请核对关系和证件号码。",
    example="男的填“子”，女的填“女”",
    passes=[(ORDINARY, CHILD)],
    fails=[(ORDINARY, {**CHILD, "relation": "女"})],
)
def relation_against_sex(roster: Roster) -> Offenders:
    """A son has a man's number (odd 17th digit)."""
    sex = roster.person.sex
    wrong = (roster.is_("relation", *_MALE) & (sex == 2)) | (roster.is_("relation", *_FEMALE) & (sex == 1))
    return np.asarray(wrong & roster.person.judged), {"sex": np.where(sex == 1, "男", "女")}


@rule(
    code="311",
    title="人员类别认不出",
    at="category",
    entry="status_of_aid",
    form=True,
    blocks=EVERY,
    reason=IDENTITY,
    problem="人员类别“{value}”认不出。",
    remedy="请从下拉列表中选择；几种身份之间用“、”隔开。",
    example="{example}",
    passes=[
        ORDINARY,
        {"category": "低保户", "pension_paid": ""},
        {"category": "特困 重残", "medical_paid": "", "pension_paid": ""},
        {"category": "建档立卡、重残", "medical_paid": 125, "pension_paid": ""},
    ],
    fails=[{"category": "困难户"}],
)
def category_unknown(roster: Roster) -> Offenders:
    """Every status named is one of the notice's, or an alias."""
    return roster.unknown_category


@rule(
    code="312",
    severity="warning",
    title="身份相互冲突",
    at="category",
    entry="poor_and_low_income",
    problem="人员类别“{value}”既是{both}。",
    remedy="请与认定部门的名单核对；本次按口径“{choice}”计算。",
    example="{first}",
    passes=[{"category": "低保", "pension_paid": ""}],
    fails=[{"category": "建档立卡、低保", "pension_paid": ""}],
)
def conflicting_statuses(roster: Roster) -> Offenders:
    """Registered poor who are also on low income relief: 30 %, literally as 二 says."""
    point = roster.policy.interpretations["poor_and_low_income"]
    those = [roster.policy.categories[key] for key in point.categories]
    words = {
        "both": "又是".join(category.short for category in those),
        "choice": point.meaning,
        "first": those[0].name if those else "",
    }
    return roster.has_all(*point.categories), {word: Always(text) for word, text in words.items()}


@rule(
    code="313",
    severity="warning",
    title="困难类别没有资助比例",
    at="category",
    entry="full_subsidy",
    problem="{those}在通知中没有医保资助比例，本次{choice}。",
    remedy="如另有别的困难身份，请一并填写；否则请待上级明确。",
    example="{together}",
    passes=[
        {"category": "重度残疾人", "pension_paid": ""},
        {"category": "贫困残疾人、低保", "pension_paid": ""},
    ],
    fails=[{"category": "贫困残疾人"}],
)
def poor_disabled_without_rate(roster: Roster) -> Offenders:
    """一(二) names poor disabled people, 二 gives them no rate."""
    point = roster.policy.interpretations["full_subsidy"]
    helped = {
        key for subsidy in roster.policy.subsidies if subsidy.scheme == point.scheme for key in subsidy.categories
    }
    alone = roster.has_all(*point.categories) & ~roster.has(*helped.difference(point.categories))
    categories = roster.policy.categories
    those = "、".join(categories[key].name for key in point.categories)
    other = next((category.name for key, category in categories.items() if key in helped), "")
    words = {"choice": point.meaning, "those": those, "together": f"{those}、{other}"}
    return np.asarray(alone), {word: Always(text) for word, text in words.items()}


@rule(
    code="320",
    severity="warning",
    title="人员类别里的年龄段与别栏不符",
    at="category",
    uses=("id_number", "id_type", "schooling"),
    entry="identity",
    problem="人员类别填的“{value}”里有{groups}，证件号码的出生日期和“在校情况”却不是；应收按后两栏算，不按这里。",
    remedy="请核对证件号码和“在校情况”，在校的请填“在校情况”；不属于的请从人员类别里删去。",
    example="{example}",
    passes=[
        {"category": "学生", "id_number": "990000201001010017", **BLANK_PENSION, "pension_status": "未满16周岁"},
        {"category": "普通居民"},
    ],
    fails=[{"category": "学生"}],
)
def group_against_facts(roster: Roster) -> Offenders:
    """Facts decide who is in a group; who is named in one and is not in it by any fact was perhaps entered wrongly.

    Somebody may be in several groups by the facts, of which the first holds: naming another is right.
    """
    wrong, named = roster.none(), np.full(len(roster), "", dtype=object)
    words, born = roster.words["category"], roster.known_births
    for group in roster.policy.groups:
        assert group.facts is not None
        at_once = [group.key in _statuses_of(roster, text) for text in words.vocabulary]
        against = np.array(at_once, dtype=bool)[words.codes] & ~roster.is_("schooling", *group.facts.schooling)
        if group.facts.born:
            first, last = (day.toordinal() for day in group.facts.born)
            against &= (born > 0) & ((born < first) | (born > last))
        named[against] = f"“{group.short}”"
        wrong |= against
    return wrong, {"groups": named}


def _statuses_of(roster: Roster, text: str) -> frozenset[str]:
    try:
        return amounts.parse_category(roster.policy, text)
    except amounts.UnknownCategory:
        return frozenset()


def _certificates(roster: Roster) -> tuple[Mask, npt.NDArray[np.object_]]:
    """Rows of disabled people with a disability certificate (20 characters or more), and the certificates."""
    words = roster.words["certificate"]
    long = np.array([len(text) >= 20 for text in words.vocabulary], dtype=bool)[words.codes]
    return long & roster.has(*_disabled(roster, "any", "severe")), words.texts()


def _disabled(roster: Roster, *kinds: str) -> list[str]:
    """The statuses whose people hold a certificate of disability of one of these kinds."""
    return [key for key, category in roster.policy.categories.items() if category.disability in kinds]


@rule(
    code="314",
    severity="warning",
    title="残疾证号与身份证号不符",
    at="certificate",
    uses=("id_number", "category"),
    entry="status_of_aid",
    problem="残疾人证号应是18位身份证号加残疾类别、等级各一位，现与本人证件号码或编号规则不符。",
    remedy="请对照残疾人证核对。",
    example="身份证号＋4（肢体）＋2（二级）",
    passes=[{"category": "重度残疾人", "pension_paid": "", "certificate": "99000019900101001741"}],
    fails=[
        {"category": "重度残疾人", "pension_paid": "", "certificate": "99000019900101002541"},
        {"category": "重度残疾人", "pension_paid": "", "certificate": "99000019900101001749"},
    ],
)
def certificate_against_id(roster: Roster) -> Offenders:
    """A disability certificate is the ID, then the kind (1-7) and the grade (1-4)."""
    mask, certificates = _certificates(roster)
    wrong = roster.none()
    for index in np.flatnonzero(mask):
        text = certificates[index]
        same = text[:18] == roster.person.canonical[index]
        wrong[index] = not (same and text[18] in "1234567" and text[19] in "1234")
    return wrong


@rule(
    code="315",
    severity="warning",
    title="重度残疾应是一、二级",
    at="certificate",
    uses=("category",),
    entry="hardship_pension",
    problem="人员类别是重度残疾人，残疾证号末位等级却是{grade}级。",
    remedy="重度残疾指一级、二级；请核对残疾人证。",
    example="末位为1或2",
    passes=[{"category": "重度残疾人", "pension_paid": "", "certificate": "99000019900101001742"}],
    fails=[{"category": "重度残疾人", "pension_paid": "", "certificate": "99000019900101001743"}],
)
def severe_without_grade(roster: Roster) -> Offenders:
    """Severely disabled means grade one or two."""
    mask, certificates = _certificates(roster)
    grades = [text[19] if hit else "" for hit, text in zip(mask, certificates, strict=True)]
    return np.array([grade in ("3", "4") for grade in grades], dtype=bool) & roster.has(*_disabled(roster, "severe")), {
        "grade": grades
    }


@rule(
    code="316",
    title="必填栏目没有填",
    at="village",
    each=tuple(column.key for column in COLUMNS if column.mandatory and column.blocks != "identity"),
    entry="identity",
    form=True,
    problem="“{header}”是空的。",
    remedy="请补填。",
    example="{example}",
    passes=[ORDINARY],
    fails=[
        {"village": ""},
        {"household": ""},
        {"relation": ""},
        {"register": ""},
        {"medical_status": "", **NO_MEDICAL},
    ],
)
def mandatory_missing(roster: Roster, key: str) -> Offenders:
    """The mandatory cells besides name and ID, 三(二), 六(二)."""
    return roster.blank(key)


RULES = (
    name_missing,
    id_missing,
    id_lost,
    id_length,
    id_characters,
    id_birth,
    id_check_digit,
    id_fifteen,
    id_as_number,
    id_type_against_number,
    number_for_name,
    relation_against_sex,
    category_unknown,
    conflicting_statuses,
    poor_disabled_without_rate,
    group_against_facts,
    certificate_against_id,
    severe_without_grade,
    mandatory_missing,
)
"""The rules of this file, in the order in which they run."""
