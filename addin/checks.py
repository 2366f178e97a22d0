"""The rules: one function each, its words and its examples beside it.

In: a `Roster`. Out: findings, and for each scheme the first reason why a claimed row cannot be counted. A rule takes
the roster (and, for the rules of both schemes, the scheme; for the rules of form, the column) and gives a mask of the
offending rows, with words for its message where it needs any. The engine leaves alone rows in which a cell that the
rule uses is already bad, and households that have such a row. The rules over several books (duplicates, receipts) are
in `merge`, because they need everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from addin import amounts, ids
from addin import roster as cells
from addin.columns import (
    BY_KEY,
    CITY,
    DISTRICT,
    INPUTS,
    LOCAL,
    MEDICAL_OUTSIDE_CITY,
    NOT_ENROLLED,
    OTHER_REASON,
    OUTSIDE,
    OVERSEAS,
    PUPIL,
    STUDENT,
    Scheme,
)
from addin.policy import FEN, SCHEMES, Policy
from addin.records import DATE, IDENTITY, INELIGIBLE, REASONS, SHORT, UNPAID, Finding, Severity
from addin.roster import Mask, Roster, file_finding

MOST_PLACES = 1000
"""Places kept of a grouped finding."""
ALIKE = 20
"""A column fails alike only where more cells than this fail, and more than a fifth of it."""

BOTH: tuple[Scheme, ...] = SCHEMES
Words = Mapping[str, Any]
Found = Mask | tuple[Mask, Words]


@dataclass(frozen=True, slots=True)
class Rule:
    """One check. `at` is the column it points at; `{scheme}` in keys stands for the scheme a rule of both runs for.

    `blocks`: the schemes for which an offending row cannot be counted, and `reason` why. `entry` names the policy
    entry whose article the finding cites. `form`: the cell itself is bad, and later rules leave it alone. `household`:
    the rule looks at whole families (家庭户). `passes` and `fails` are rows, as they differ from an ordinary valid one.
    """

    code: str
    severity: Severity
    title: str
    at: str
    uses: tuple[str, ...]
    entry: str
    problem: str
    remedy: str
    example: str
    find: Callable[..., Found]
    blocks: tuple[Scheme, ...] = ()
    reason: str = ""
    schemes: tuple[Scheme, ...] = ()
    each: tuple[str, ...] = ()
    form: bool = False
    household: bool = False
    fault: tuple[int, ...] = ()
    passes: tuple[Any, ...] = ()
    fails: tuple[Any, ...] = ()

    @property
    def doc(self) -> str:
        """What the rule says, in its author's words."""
        return (self.find.__doc__ or "").strip()


RULES: list[Rule] = []


def rule(
    code: str,
    severity: Severity,
    title: str,
    *,
    at: str,
    entry: str,
    problem: str,
    remedy: str,
    example: str = "",
    uses: Iterable[str] = (),
    **more: Any,
) -> Callable[[Callable[..., Found]], Callable[..., Found]]:
    """Put a function on the list of rules."""

    def add(function: Callable[..., Found]) -> Callable[..., Found]:
        used = tuple(dict.fromkeys((at, *uses))) if not more.get("fault") else ()
        RULES.append(Rule(code, severity, title, at, used, entry, problem, remedy, example, function, **more))
        return function

    return add


@dataclass
class Checked:
    """What checking one roster gives.

    findings: in rule order, grouped where a column fails alike; why: by scheme, for each person 0 or 1 + the place in
    `records.REASONS` of the first reason that blocks; errors, warnings: exact counts of cells, grouped or not.
    """

    findings: list[Finding]
    why: dict[Scheme, npt.NDArray[np.uint8]]
    errors: int
    warnings: int


_ORDER = {reason: 1 + n for n, reason in enumerate(REASONS)}


def check(roster: Roster) -> Checked:
    """Run every rule over one roster."""
    findings = list(roster.findings)
    findings += _totals(roster)
    why = {scheme: np.full(len(roster), 99, dtype=np.uint8) for scheme in roster.schemes}
    bad: dict[str, Mask] = {key: roster.fault(key) for key in roster.faults}
    if len(roster):
        for each in RULES:
            for run, scheme, key in _runs(each, roster):
                mask, words = run(bad)
                if not mask.any():
                    continue
                if each.form:
                    bad[key] = bad.get(key, roster.none()) | mask
                blocks = _blocks(each, scheme, key)
                for blocked in blocks:
                    if blocked in why:
                        order = _ORDER[_reason(each, key)]
                        why[blocked][mask & (why[blocked] > order)] = order
                findings += _report(each, roster, mask, words, key, scheme, blocks)
    for states in why.values():
        states[states == 99] = 0
    errors = sum(finding.count for finding in findings if finding.severity == "error")
    warnings = sum(finding.count for finding in findings if finding.severity == "warning")
    return Checked(findings, why, errors, warnings)


def _runs(
    each: Rule, roster: Roster
) -> Iterable[tuple[Callable[[Mapping[str, Mask]], tuple[Mask, Words]], Scheme | None, str]]:
    """The runs of a rule over this roster: once, once a scheme, or once a column."""
    for scheme in each.schemes or (None,):
        if scheme is not None and scheme not in roster.schemes:
            continue
        for column in each.each or (each.at,):
            key = column.format(scheme=scheme)
            owner = BY_KEY[key].scheme
            if owner is not None and owner not in roster.schemes:
                continue
            yield _runner(each, roster, scheme, key), scheme, key


def _runner(
    each: Rule, roster: Roster, scheme: Scheme | None, key: str
) -> Callable[[Mapping[str, Mask]], tuple[Mask, Words]]:
    def run(bad: Mapping[str, Mask]) -> tuple[Mask, Words]:
        if each.fault:
            return roster.fault(key, *each.fault), {}
        arguments = [roster] + ([scheme] if scheme else []) + ([key] if each.each else [])
        found = each.find(*arguments)
        mask, words = found if isinstance(found, tuple) else (found, {})
        if mask.any():
            for used in each.uses:
                spoilt = bad.get(key if used == each.at else used.format(scheme=scheme))
                if spoilt is not None:
                    mask = mask & ~(_whole_households(roster, spoilt) if each.household else spoilt)
            if each.household:
                mask = mask & _families(roster)
        return mask, words

    return run


def _families(roster: Roster) -> Mask:
    """Rows of ordinary families: a blank 户类型 is 家庭户."""
    return roster.is_("household_type", "", "家庭户")


def _whole_households(roster: Roster, mask: Mask) -> Mask:
    return np.asarray(np.isin(roster.households, roster.households[mask]))


def _blocks(each: Rule, scheme: Scheme | None, key: str) -> tuple[Scheme, ...]:
    if each.fault and each.severity == "error":  # a bad cell blocks what it is needed for
        column = BY_KEY[key]
        if column.identity or key == "category":
            return BOTH
        return (
            (column.scheme,)
            if column.scheme and key.removeprefix(column.scheme) in ("_paid", "_date", "_status", "tier")
            else ()
        )
    if each.blocks and scheme:
        return (scheme,)
    return each.blocks


def _reason(each: Rule, key: str) -> str:
    if each.fault and not each.reason:
        return (
            UNPAID
            if key.endswith("_paid")
            else DATE
            if key.endswith("_date")
            else INELIGIBLE
            if key == "tier"
            else IDENTITY
        )
    return each.reason


def _report(
    each: Rule, roster: Roster, mask: Mask, words: Words, key: str, scheme: Scheme | None, blocks: tuple[Scheme, ...]
) -> list[Finding]:
    """Findings for the offenders; one for the column where more than a fifth of it fails alike."""
    offenders = np.flatnonzero(mask)
    column = roster.letters.get(key)
    header = BY_KEY[key].header
    article = roster.policy.article(each.entry.format(scheme=scheme))
    common: dict[str, Any] = {
        "severity": each.severity, "blocks": blocks, "key": key, "header": header, "example": each.example, "article": article,
    }  # fmt: skip
    if len(offenders) > ALIKE and 5 * len(offenders) > len(roster) and not each.household:
        problem = f"“{header}”列有{len(offenders)}人同样的问题：{each.title}。"
        places = tuple(int(row) for row in roster.rows[offenders[:MOST_PLACES]])
        return [
            Finding(roster.file, roster.sheet, None, column, each.code, problem=problem, remedy=each.remedy,
                    count=len(offenders), places=places, **common)
        ]  # fmt: skip
    texts = _values(roster, key, offenders)
    found = []
    for position, (index, (household, name)) in enumerate(
        zip(offenders, roster.where(offenders.tolist()), strict=True)
    ):
        given = {word: values[index] for word, values in words.items()}
        given |= {"value": texts[position], "header": header}
        found.append(
            Finding(roster.file, roster.sheet, int(roster.rows[index]), column, each.code, household=household, name=name,
                    value=texts[position], problem=each.problem.format_map(given), remedy=each.remedy.format_map(given), **common)
        )  # fmt: skip
    return found


def _values(roster: Roster, key: str, indexes: npt.NDArray[np.intp]) -> list[str]:
    """The cells' values as a clerk reads them, masked; reasons for not enrolling are not quoted."""
    return [show(roster.raw[key][index], key) for index in indexes]


def show(value: Any, key: str = "") -> str:
    """A cell's value in words for a message: masked, dates and whole numbers as they look in the sheet."""
    if value is None or value == "":
        return "空"
    if key == "medical_reason":
        return "已填"
    if key == "name":
        return ids.mask_name(str(value))
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return ids.mask_text(f"{value:.15g}" if abs(value) < 1e15 else f"{value:.0f}")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    return ids.mask_id(text) if key == "id_number" else ids.mask_text(text)[:60]


def yuan(fen: int) -> str:
    """Fen as yuan for a message.

    >>> yuan(25000), yuan(28350)
    ('250', '283.5')
    """
    return f"{fen / FEN:.15g}"


@dataclass(frozen=True, slots=True)
class _Said:
    """Words for a message, made for the offenders only: the values of all rows, and how one is said."""

    values: Any
    how: Callable[[Any], str]

    def __getitem__(self, index: int) -> str:
        return self.how(self.values[index])


def _yuans(values: npt.NDArray[np.int64]) -> _Said:
    return _Said(values, lambda fen: yuan(int(fen)))


class _Always:
    """The same word for every row."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __getitem__(self, index: int) -> str:
        return self.text


# ================================================================ 2xx: what stands in a cell


def _by_fault(roster: Roster, *_: Any) -> Found:
    raise AssertionError("faults are found while reading; this rule has no function of its own")


def _form(
    code: str,
    title: str,
    fault: int,
    columns: Iterable[str],
    problem: str,
    remedy: str,
    example: str = "",
    severity: Severity = "error",
) -> None:
    RULES.append(
        Rule(
            code,
            severity,
            title,
            "",
            (),
            "identity",
            problem,
            remedy,
            example,
            _by_fault,
            each=tuple(columns),
            fault=(fault,),
        )
    )


_CLERKS = tuple(column.key for column in INPUTS if column.key != "seq")
_NUMBERS = tuple(column.key for column in INPUTS if column.kind == "number" and column.key != "seq")
_DATES = tuple(column.key for column in INPUTS if column.kind == "date")
_TEXTS = tuple(column.key for column in INPUTS if column.kind == "text")
_STATUSES = ("medical_status", "pension_status")
_LISTS = tuple(column.key for column in INPUTS if column.choices and column.key not in _STATUSES)

_form(
    "201", "单元格是错误值", cells.ERROR, _CLERKS, "“{header}”是错误值（如#N/A、#REF!）。", "请删去公式，直接填写内容。"
)
_form("202", "应填数字而填了文字", cells.NOT_NUMBER, _NUMBERS,
      "“{header}”填的是“{value}”，不是数字。", "请只填数字，不带“元”字、逗号或空格。", "250")  # fmt: skip
_form("203", "应填日期而填了文字", cells.NOT_DATE, _DATES,
      "“{header}”填的是文字“{value}”，不是日期。", "请按“年-月-日”重新录入，使其成为日期。", "2019-10-15")  # fmt: skip
_form("204", "应填日期而填了数字", cells.NUMBER_FOR_DATE, _DATES,
      "“{header}”填的是数字{value}，不是日期。", "请按“年-月-日”重新录入，使其成为日期。", "2019-10-15")  # fmt: skip
_form("205", "公式没有计算过", cells.UNCALCULATED, _CLERKS,
      "“{header}”是没有计算过的公式，读不出值。", "请用Excel打开重新计算并保存，或直接填写内容。")  # fmt: skip
_form("206", "金额为负或细于分", cells.BAD_AMOUNT, _NUMBERS,
      "“{header}”填的是{value}，不是到分的正数。", "请按票据金额填写，最多两位小数。", "250")  # fmt: skip
_form("207", "文字过长或含控制字符", cells.ODD_TEXT, _TEXTS,
      "“{header}”的文字过长，或含有看不见的控制字符。", "请重新录入这一格。", severity="warning")  # fmt: skip
_form("208", "参保状态不在列表中", cells.UNKNOWN, _STATUSES,
      "“{header}”填的是“{value}”，不在列表中。", "请从下拉列表中选择；本次缴费参保的选“本次参保”。", "本次参保")  # fmt: skip
_form("209", "不在下拉列表中", cells.UNKNOWN, _LISTS,
      "“{header}”填的是“{value}”，不在列表中。", "请从下拉列表中选择。", severity="warning")  # fmt: skip
_form("210", "文字变成了日期", cells.DATE_FOR_TEXT, _TEXTS,
      "“{header}”被Excel变成了日期（{value}），原来填的内容已经丢失。", "请先把单元格设为“文本”格式，再重新录入。", "1-2", severity="warning")  # fmt: skip


# ================================================================ 3xx: who the person is


@rule("301", "error", "姓名没有填", at="name", entry="identity", form=True, blocks=BOTH, reason=IDENTITY,
      problem="姓名是空的。", remedy="请按户口簿或身份证填写姓名。", example="张三",
      passes=({},), fails=({"name": ""},))  # fmt: skip
def name_missing(roster: Roster) -> Found:
    """Everybody listed has a name, 六(二)."""
    return roster.blank("name")


@rule("302", "error", "证件号码没有填", at="id_number", entry="identity", form=True, blocks=BOTH, reason=IDENTITY,
      problem="证件号码是空的。", remedy="请按身份证或户口簿填写证件号码；新生儿先办户口登记。", example="990000199001010017",
      passes=({},), fails=({"id_number": ""},))  # fmt: skip
def id_missing(roster: Roster) -> Found:
    """Everybody listed has an ID, 六(二)."""
    return roster.blank("id_number")


RULES.append(
    Rule("303", "error", "证件号码存成了数字", "id_number", (), "identity",
         "证件号码存成了数字，Excel已把末尾几位变成0，原号码找不回来。", "请先把这一格设为“文本”格式，再按身份证重新录入。",
         "990000199001010017", _by_fault, each=("id_number",), fault=(cells.NUMERIC_ID,), reason=IDENTITY)
)  # fmt: skip


def _id_fault(kind: int) -> Callable[[Roster], Found]:
    def find(roster: Roster) -> Found:
        return np.asarray(roster.person.fault == kind)

    return find


@rule("304", "error", "证件号码位数不对", at="id_number", uses=("id_type",), entry="identity", form=True, blocks=BOTH, reason=IDENTITY,
      problem="证件号码是{length}位，居民身份证应是18位。", remedy="请按身份证重新录入；不是居民身份证的，请在“证件类型”中选明。",
      example="990000199001010017", passes=({}, {"id_number": "H12345678", "id_type": "其他"}),
      fails=({"id_number": "99000019900101001"},))  # fmt: skip
def id_length(roster: Roster) -> Found:
    """A resident's number has 18 characters (15 in the old form)."""
    lengths = [len(text) for text in roster.words["id_number"].vocabulary]
    return np.asarray(roster.person.fault == ids.LENGTH), {
        "length": np.array(lengths, dtype=object)[roster.words["id_number"].codes]
    }


@rule("305", "error", "证件号码有不该有的字符", at="id_number", uses=("id_type",), entry="identity", form=True, blocks=BOTH, reason=IDENTITY,
      problem="证件号码里有数字和末位X以外的字符。", remedy="请按身份证重新录入，字母O不要当作数字0。", example="990000199001010025",
      passes=({},), fails=({"id_number": "99000019900101OO18"},))  # fmt: skip
def id_characters(roster: Roster) -> Found:
    """Seventeen digits, then a digit or X."""
    return np.asarray(roster.person.fault == ids.CHARACTERS)


@rule("307", "error", "证件号码里的出生日期不对", at="id_number", uses=("id_type",), entry="identity", form=True, blocks=BOTH, reason=IDENTITY,
      problem="证件号码第7至14位的出生日期不存在，或在1900年以前、填报截止日期以后。", remedy="请按身份证重新录入。",
      example="990000199001010017", passes=({},), fails=({"id_number": "990000199013010014"}, {"id_number": "990000203001010016"}))  # fmt: skip
def id_birth(roster: Roster) -> Found:
    """The birth date in the number is a day between 1900 and the cover's deadline."""
    late = roster.person.born > roster.cover.deadline.toordinal()
    return np.asarray(
        (roster.person.fault == ids.BIRTH) | (late & np.isin(roster.person.fault, (ids.FINE, ids.CHECK_DIGIT)))
    )


@rule("306", "error", "证件号码校验码不对", at="id_number", uses=("id_type",), entry="identity", form=True, blocks=BOTH, reason=IDENTITY,
      problem="证件号码最后一位校验码不对，前面必有一位录错。", remedy="请对照身份证逐位核对。", example="990000199001010017",
      passes=({},), fails=({"id_number": "990000199001010018"},))  # fmt: skip
def id_check_digit(roster: Roster) -> Found:
    """The last character is the check digit of GB 11643."""
    return np.asarray(roster.person.fault == ids.CHECK_DIGIT)


@rule("308", "warning", "15位旧身份证号", at="id_number", uses=("id_type",), entry="identity",
      problem="证件号码是15位旧号。", remedy="请换填18位新号；本次按换算后的18位比对。", example="990000199001010017",
      passes=({},), fails=({"id_number": "990000900101001"},))  # fmt: skip
def id_fifteen(roster: Roster) -> Found:
    """An old number is read, compared after conversion, and asked to be renewed."""
    return roster.person.fifteen


@rule("309", "warning", "证件类型与号码不符", at="id_type", uses=("id_number",), entry="identity",
      problem="证件类型是“{value}”，号码却像是{looks}。", remedy="请核对证件类型。", example="港澳台居民居住证",
      passes=({}, {"id_number": "810000199001010019", "id_type": "港澳台居民居住证"}),
      fails=({"id_number": "810000199001010019"}, {"id_type": "港澳台居民居住证"}))  # fmt: skip
def id_type_against_number(roster: Roster) -> Found:
    """Permits of Hong Kong, Macao and Taiwan residents begin with 81, 82, 83; a foreigner's with 9 (990000 is invented)."""
    province = roster.person.prefix // 10_000
    permit = np.isin(province, (81, 82, 83))
    resident = roster.is_("id_type", "", ids.RESIDENT)
    wrong = roster.person.judged & ((resident & permit) | (roster.is_("id_type", ids.HMT_PERMIT) & ~permit))
    return np.asarray(wrong), {"looks": np.where(permit, "港澳台居民居住证", "居民身份证")}


_MALE = ("子", "女婿", "父", "公公", "岳父")
_FEMALE = ("女", "儿媳", "母", "婆婆", "岳母")


@rule("310", "warning", "关系与证件性别不符", at="relation", uses=("id_number", "id_type"), entry="identity",
      problem="与户主关系是“{value}”，证件号码的性别却是{sex}。", remedy="请核对关系和证件号码。", example="女",
      passes=({},), fails=({"relation": "女", "id_number": "990000199001010017", "household": "9"},))  # fmt: skip
def relation_against_sex(roster: Roster) -> Found:
    """A son has a man's number (odd 17th digit)."""
    sex = roster.person.sex
    wrong = (roster.is_("relation", *_MALE) & (sex == 2)) | (roster.is_("relation", *_FEMALE) & (sex == 1))
    return np.asarray(wrong & roster.person.judged), {"sex": np.where(sex == 1, "男", "女")}


@rule("311", "error", "人员类别认不出", at="category", entry="status_of_aid", form=True, blocks=BOTH, reason=IDENTITY,
      problem="人员类别“{value}”认不出。", remedy="请从下拉列表中选择；几种身份之间用“、”隔开。", example="建档立卡贫困人口、重度残疾人",
      passes=({}, {"category": "低保户"}, {"category": "建档立卡、重残"}), fails=({"category": "困难户"},))  # fmt: skip
def category_unknown(roster: Roster) -> Found:
    """Every status named is one of the notice's, or an alias."""
    return roster.unknown_category


@rule("312", "warning", "身份相互冲突", at="category", entry="poor_and_low_income",
      problem="既是低保又是建档立卡；二只给建档立卡中的非低保对象50%。", remedy="请与民政、扶贫名单核对；本次按口径“{choice}”计算。",
      example="城乡低保对象", passes=({"category": "低保"},), fails=({"category": "建档立卡、低保"},))  # fmt: skip
def conflicting_statuses(roster: Roster) -> Found:
    """Registered poor who are also on low income relief: 30 %, literally as 二 says."""
    choice = roster.policy.interpretations["poor_and_low_income"].meaning
    return np.asarray(roster.has("dibao") & roster.has("jiandang")), {"choice": _Always(choice)}


@rule("313", "warning", "贫困残疾人没有资助比例", at="category", entry="full_subsidy",
      problem="贫困残疾人在通知中没有医保资助比例，本次{choice}。", remedy="如另有特困、低保、建档立卡身份，请一并填写；否则请待上级明确。",
      example="贫困残疾人、城乡低保对象", passes=({"category": "重度残疾人"}, {"category": "贫困残疾人、低保"}), fails=({"category": "贫困残疾人"},))  # fmt: skip
def poor_disabled_without_rate(roster: Roster) -> Found:
    """一(二) names poor disabled people, 二 gives them no rate."""
    alone = roster.has("pinkun_disabled") & ~roster.has("tekun", "doudi", "dibao", "jiandang")
    choice = roster.policy.interpretations["full_subsidy"].meaning
    return np.asarray(alone), {"choice": _Always(choice)}


def _certificates(roster: Roster) -> tuple[Mask, npt.NDArray[np.object_]]:
    """Rows of disabled people with a disability certificate (20 characters or more), and the certificates."""
    words = roster.words["certificate"]
    long = np.array([len(text) >= 20 for text in words.vocabulary], dtype=bool)[words.codes]
    return long & roster.has("severe_disabled", "pinkun_disabled"), words.texts()


@rule("314", "warning", "残疾证号与身份证号不符", at="certificate", uses=("id_number", "category"), entry="status_of_aid",
      problem="残疾人证号应是18位身份证号加残疾类别、等级各一位，现与本人证件号码或编号规则不符。", remedy="请对照残疾人证核对。",
      example="身份证号＋4（肢体）＋2（二级）",
      passes=({"category": "重度残疾人", "certificate": "99000019900101001741"},),
      fails=({"category": "重度残疾人", "certificate": "99000019900101002541"}, {"category": "重度残疾人", "certificate": "99000019900101001749"}))  # fmt: skip
def certificate_against_id(roster: Roster) -> Found:
    """A disability certificate is the ID, then the kind (1-7) and the grade (1-4)."""
    mask, certificates = _certificates(roster)
    wrong = roster.none()
    for index in np.flatnonzero(mask):
        text = certificates[index]
        same = text[:18] == roster.person.canonical[index]
        wrong[index] = not (same and text[18] in "1234567" and text[19] in "1234")
    return wrong


@rule("315", "warning", "重度残疾应是一、二级", at="certificate", uses=("category",), entry="hardship_pension",
      problem="人员类别是重度残疾人，残疾证号末位等级却是{grade}级。", remedy="重度残疾指一级、二级；请核对残疾人证。", example="末位为1或2",
      passes=({"category": "重度残疾人", "certificate": "99000019900101001742"},),
      fails=({"category": "重度残疾人", "certificate": "99000019900101001743"},))  # fmt: skip
def severe_without_grade(roster: Roster) -> Found:
    """Severely disabled means grade one or two."""
    mask, certificates = _certificates(roster)
    grades = [text[19] if hit else "" for hit, text in zip(mask, certificates, strict=True)]
    return np.array([grade in ("3", "4") for grade in grades], dtype=bool) & roster.has("severe_disabled"), {
        "grade": grades
    }


@rule("316", "error", "必填栏目没有填", at="village", each=("village", "household", "relation", "register", "medical_status"),
      entry="identity", form=True, problem="“{header}”是空的。", remedy="请补填。", example="见“填表说明”",
      passes=({},), fails=({"village": ""}, {"household": ""}, {"relation": ""}, {"register": ""}, {"medical_status": "", "medical_paid": "", "medical_date": "", "medical_receipt": ""}))  # fmt: skip
def mandatory_missing(roster: Roster, key: str) -> Found:
    """The mandatory cells besides name and ID, 三(二), 六(二)."""
    return roster.blank(key)


# ================================================================ 5xx: the household (家庭户)


def _sizes(roster: Roster, mask: Mask | None = None) -> npt.NDArray[np.intp]:
    """For each person, how many of the household there are (or how many that the mask holds for)."""
    codes = roster.households
    return np.bincount(codes, weights=mask, minlength=len(codes) + 1).astype(np.intp)[codes]


def _firsts(roster: Roster) -> Mask:
    """The first listed person of each household."""
    first = roster.none()
    first[np.unique(roster.households, return_index=True)[1]] = True
    return first


@rule("505", "warning", "同一户的村名写法不一", at="village", uses=("household", "relation"), entry="family", form=True,
      problem="与相邻行户号相同，村（社区）却写作“{value}”。", remedy="同一户请写同一个村（社区）名。", example="桥头村",
      passes=(({}, {"relation": "子", "id_number": "990000201001010017", "household": "2"}),),
      fails=(({}, {"relation": "子", "village": "桥头存", "name": "张四", "id_number": "990000201001010017"}),))  # fmt: skip
def village_spelling(roster: Roster) -> Found:
    """Neighbouring rows with one household number whose villages differ only in spelling are one family."""
    villages, numbers = roster.words["village"], roster.words["household"].codes
    odd = roster.none()
    if len(roster) < 2:
        return odd
    differs = (numbers[1:] == numbers[:-1]) & (villages.codes[1:] != villages.codes[:-1])
    heads = roster.is_("relation", "户主")
    for index in np.flatnonzero(differs & roster.filled["household"][1:] & ~heads[1:]) + 1:
        here, above = villages.vocabulary[villages.codes[index]], villages.vocabulary[villages.codes[index - 1]]
        odd[index] = roster.households[index] != roster.households[index - 1] and _alike(here, above)
    return odd


def _alike(one: str, other: str) -> bool:
    """Two texts of one length that differ in a single character, or where one lacks a single character."""
    if not one or not other or abs(len(one) - len(other)) > 1:
        return False
    if len(one) == len(other):
        return sum(a != b for a, b in zip(one, other, strict=True)) == 1
    long, short = sorted((one, other), key=len, reverse=True)
    return any(long[:n] + long[n + 1 :] == short for n in range(len(long)))


_HOUSEHOLD = ("village", "household", "relation")


@rule("501", "error", "一户两个户主", at="relation", uses=_HOUSEHOLD, entry="identity", household=True,
      problem="这一户有{heads}人填了户主。", remedy="一户只有一个户主，请核对户口簿；确是两户的，请分开编户号。", example="配偶",
      passes=(({}, {"relation": "子", "id_number": "990000201001010017"}),),
      fails=(({}, {"id_number": "990000199001010025"}),))  # fmt: skip
def two_heads(roster: Roster) -> Found:
    """A family has one head."""
    heads = roster.is_("relation", "户主")
    count = _sizes(roster, heads)
    return np.asarray(heads & (count > 1)), {"heads": count}


@rule("502", "warning", "一户没有户主", at="relation", uses=_HOUSEHOLD, entry="identity", household=True,
      problem="这一户没有填户主。", remedy="原户主死亡的请改填现户主；漏报户主的请补上。", example="户主",
      passes=({},), fails=({"relation": "子"},))  # fmt: skip
def no_head(roster: Roster) -> Found:
    """A family has a head; pointed at on its first row."""
    return np.asarray(_firsts(roster) & (_sizes(roster, roster.is_("relation", "户主")) == 0))


@rule("503", "warning", "户口人数与行数不符", at="registered", uses=_HOUSEHOLD, entry="identity", household=True,
      problem="户口人数填{said}人，本户列了{rows}人。", remedy="请对照户口簿，补上漏列的人或改正户口人数。", example="3",
      passes=({"registered": 1}, {}), fails=({"registered": 2},))  # fmt: skip
def registered_against_rows(roster: Roster) -> Found:
    """The head's row says how many the household register has; a baby of the last year may not be in it yet."""
    said, rows, heads = roster.money["registered"] // FEN, _sizes(roster), roster.is_("relation", "户主")
    year_ago = roster.cover.deadline.toordinal() - 366
    babies = _sizes(roster, roster.person.born > year_ago)
    differs = (said != rows) & ~((rows > said) & (rows - said <= babies))
    one_head = _sizes(roster, heads) == 1
    return np.asarray(heads & one_head & roster.filled["registered"] & differs), {"said": said, "rows": rows}


@rule("504", "warning", "非亲属列在家庭户里", at="relation", uses=_HOUSEHOLD, entry="family", household=True,
      problem="非亲属列在这一家庭户里。", remedy="不属于同一家庭的不得并入，请另立一户，或改填正确的关系。", example="集体户请在“户类型”选集体户",
      passes=({},), fails=(({}, {"relation": "非亲属", "id_number": "990000199001010025"}),))  # fmt: skip
def not_a_relative(roster: Roster) -> Found:
    """Who does not belong to the family is not listed in it, 三(二)."""
    return roster.is_("relation", "非亲属")


@rule("506", "error", "不参保没有写原因", at="medical_reason", uses=("medical_status", "village", "household"), entry="whole_family",
      household=True, schemes=("medical",), problem="不参保，却没有填不参保原因。", remedy="医保要求全家参加；确不能参加的请选原因。", example="现役军人",
      passes=({"medical_status": "不参保", "medical_reason": "服刑", "medical_paid": "", "medical_date": "", "medical_receipt": ""},),
      fails=({"medical_status": "不参保", "medical_paid": "", "medical_date": "", "medical_receipt": ""},))  # fmt: skip
def out_without_reason(roster: Roster, _: Scheme) -> Found:
    """The whole family joins; who does not says why. Relatives are never blocked for it, 三(二), 六(二)."""
    return np.asarray(roster.is_("medical_status", NOT_ENROLLED) & roster.blank("medical_reason"))


@rule("507", "warning", "原因是其他而备注空白", at="medical_reason", uses=("medical_status", "remark"), entry="whole_family",
      schemes=("medical",), problem="不参保原因选了“其他(见备注)”，备注是空的。", remedy="请在备注写明原因。", example="备注：长期居住国外亲属家",
      passes=({"medical_status": "不参保", "medical_reason": "其他(见备注)", "remark": "已说明", "medical_paid": "", "medical_date": "", "medical_receipt": ""},),
      fails=({"medical_status": "不参保", "medical_reason": "其他(见备注)", "medical_paid": "", "medical_date": "", "medical_receipt": ""},))  # fmt: skip
def other_reason_without_remark(roster: Roster, _: Scheme) -> Found:
    """其他 is explained in 备注."""
    out = roster.is_("medical_status", NOT_ENROLLED) & roster.is_("medical_reason", OTHER_REASON)
    return np.asarray(out & roster.blank("remark"))


# ================================================================ 6xx: medical insurance

_UNPAID_MEDICAL = {"medical_paid": "", "medical_date": "", "medical_receipt": ""}


@rule("601", "error", "市外参保没有凭证", at="medical_proof", uses=("medical_status",), entry="insured_outside", schemes=("medical",),
      problem="在市外参保，却没有填参保凭证。", remedy="请填写缴费凭证或参保证明的名称、编号。", example="长沙市职工医保参保证明2019-018",
      passes=({"medical_status": "市外职工医保", "medical_proof": "参保证明018", **_UNPAID_MEDICAL},),
      fails=({"medical_status": "市外职工医保", **_UNPAID_MEDICAL},))  # fmt: skip
def outside_without_proof(roster: Roster, _: Scheme) -> Found:
    """Insured outside the city: a certificate is shown, 三(四)."""
    return np.asarray(roster.is_("medical_status", *MEDICAL_OUTSIDE_CITY) & roster.blank("medical_proof"))


@rule("602", "error", "在校大学生列为本次参保", at="schooling", uses=("medical_status",), entry="students", schemes=("medical",),
      blocks=("medical",), reason=INELIGIBLE, problem="在校大学生由高校统一办理，不在本单位参保。", remedy="请把医保参保状态改为“高校参保”，已收的钱退还。",
      example="高校参保", passes=({"schooling": "高校", "medical_status": "高校参保", **_UNPAID_MEDICAL},),
      fails=({"schooling": "高校", "pension_status": "在校学生", "tier": "", "pension_paid": "", "pension_date": "", "pension_receipt": ""},))  # fmt: skip
def student_enrolled_here(roster: Roster, _: Scheme) -> Found:
    """College students are insured through their college, 三(三)."""
    return np.asarray(roster.is_("schooling", STUDENT) & roster.enrolled("medical"))


@rule("603", "error", "外地人员没有居住证明", at="residence_proof", uses=("medical_status", "register"), entry="residents_of_other_places",
      schemes=("medical",), blocks=("medical",), reason=INELIGIBLE, problem="户籍地是“{register}”，没有填居住证明。",
      remedy="请凭居住证、房产证或村（社区）证明参保，并选填居住证明。", example="居住证",
      passes=({"register": "外市", "residence_proof": "居住证", "pension_status": "非本区户籍", "tier": "", "pension_paid": "", "pension_date": "", "pension_receipt": ""},),
      fails=({"register": "外市", "pension_status": "非本区户籍", "tier": "", "pension_paid": "", "pension_date": "", "pension_receipt": ""},))  # fmt: skip
def stranger_without_proof(roster: Roster, _: Scheme) -> Found:
    """Residents of other cities show where they live, 三(二)."""
    stranger = roster.is_("register", OUTSIDE, OVERSEAS) & roster.enrolled("medical")
    return np.asarray(stranger & roster.blank("residence_proof")), {"register": roster.words["register"].texts()}


@rule("604", "warning", "本区本市他处户籍在此参保", at="register", uses=("medical_status",), entry="family", schemes=("medical",),
      problem="户籍地是“{value}”，应在户籍地参保。", remedy="请核对；确在本地居住的，请查清没有在户籍地重复参保。", example="本乡镇(街道)",
      passes=({},), fails=({"register": "本区其他乡镇(街道)"},))  # fmt: skip
def neighbour_enrolled_here(roster: Roster, _: Scheme) -> Found:
    """Families are insured where they are registered, 三(二)."""
    return np.asarray(roster.is_("register", DISTRICT, CITY) & roster.enrolled("medical"))


def earlier_standard(roster: Roster) -> npt.NDArray[np.int64]:
    """For each person the cash due of an earlier medical standard paid in full before a later one was notified, or -1.

    Who did so stays counted (product 3); the difference is caught up or given back.
    """
    standards = roster.policy.schemes["medical"].standards
    settled = np.full(len(roster), -1, dtype=np.int64)
    paid, day = roster.money["medical_paid"], roster.days["medical_date"]
    for standard, later in pairwise(standards):
        due = amounts.table(roster.policy, "medical", list(roster.words["category"].texts()), on=standard.notified)
        cash = due["cash"].to_numpy()
        in_time = (day > 0) & (day < later.notified.toordinal()) & (day >= standard.notified.toordinal() - 366)
        settled = np.where(in_time & (paid == cash) & (paid > 0), cash, settled)
    return settled


def _against_due(roster: Roster, scheme: Scheme) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Mask]:
    """Paid, due, and who of the claimed people has paid something that can be judged."""
    paid, due = roster.money[f"{scheme}_paid"], roster.due(scheme)
    if scheme == "medical":
        settled = earlier_standard(roster)
        due = np.where(settled >= 0, settled, due)
    judged = roster.enrolled(scheme) & (paid > 0) & roster.due(scheme, "known").astype(bool)
    return paid, due, np.asarray(judged)


def _refunded(roster: Roster) -> Mask:
    """Low income relief collected at the net due instead of the cash due (先征后补)."""
    paid, due, judged = _against_due(roster, "medical")
    return np.asarray(
        judged & (roster.due("medical", "refund") > 0) & (paid == roster.due("medical", "net")) & (paid < due)
    )


_PAID = ("{scheme}_status", "category")


@rule("605", "error", "医保少缴", at="medical_paid", uses=("medical_status", "category"), entry="identity", schemes=("medical",),
      blocks=("medical",), reason=SHORT, problem="实收{paid}元，应收{due}元，少{less}元。", remedy="不得擅自降低标准，请补收差额；人员类别填错的请改正。",
      example="250", passes=({},), fails=({"medical_paid": 200},))  # fmt: skip
def medical_short(roster: Roster, scheme: Scheme) -> Found:
    """What was collected is not less than the cash due, 六(二)."""
    paid, due, judged = _against_due(roster, scheme)
    return judged & (paid < due) & ~_refunded(roster), _amount_words(paid, due)


@rule("607", "error", "低保按净额收了", at="medical_paid", uses=("medical_status", "category"), entry="low_income_cash", schemes=("medical",),
      blocks=("medical",), reason=SHORT, problem="低保对象先征后补：应先收{due}元，补助{refund}元由民政另发；现只收{paid}元。",
      remedy="请补收{less}元。", example="250", passes=({"category": "低保"},), fails=({"category": "低保", "medical_paid": 175},))  # fmt: skip
def low_income_net(roster: Roster, scheme: Scheme) -> Found:
    """Low income relief is collected in full and refunded afterwards, 三(六)."""
    paid, due, _ = _against_due(roster, scheme)
    return _refunded(roster), _amount_words(paid, due) | {"refund": _yuans(roster.due("medical", "refund"))}


@rule("606", "error", "医保多收", at="medical_paid", uses=("medical_status", "category"), entry="identity", schemes=("medical",),
      problem="实收{paid}元，应收{due}元，多{more}元。", remedy="不得擅自提高标准，多收的请退还；人员类别填错的请改正。", example="250",
      passes=({},), fails=({"medical_paid": 300}, {"category": "特困", "medical_paid": 250}))  # fmt: skip
def medical_over(roster: Roster, scheme: Scheme) -> Found:
    """What was collected is not more than the cash due, 六(二); the person is counted, the rest is given back."""
    paid, due, judged = _against_due(roster, scheme)
    return judged & (paid > due), _amount_words(paid, due)


def _amount_words(paid: npt.NDArray[np.int64], due: npt.NDArray[np.int64]) -> dict[str, Any]:
    return {"paid": _yuans(paid), "due": _yuans(due), "less": _yuans(due - paid), "more": _yuans(paid - due)}


@rule("608", "error", "困难人员不参保", at="medical_status", uses=("category", "medical_reason"), entry="hardship_medical", schemes=("medical",),
      problem="困难人员应100%参保，这里填了不参保。", remedy="请动员参保；确属死亡、迁出、服刑等的，请选不参保原因。", example="本次参保",
      passes=({"category": "低保", "medical_status": "不参保", "medical_reason": "死亡未销户", **_UNPAID_MEDICAL},),
      fails=({"category": "低保", "medical_status": "不参保", "medical_reason": "其他(见备注)", "remark": "不愿参加", **_UNPAID_MEDICAL},))  # fmt: skip
def hardship_out(roster: Roster, _: Scheme) -> Found:
    """Everybody in hardship is insured, 一(二); the listed reasons excuse."""
    return np.asarray(
        roster.hardship & roster.is_("medical_status", NOT_ENROLLED) & roster.is_("medical_reason", "", OTHER_REASON)
    )


@rule("609", "error", "没有参保却收了医保费", at="medical_paid", uses=("medical_status",), entry="receipts", schemes=("medical",),
      problem="医保参保状态不是本次参保，却实收{paid}元。", remedy="请改正参保状态，或把钱退还并清空实收。", example="清空",
      passes=({},), fails=({"medical_status": "市内职工医保"},))  # fmt: skip
@rule("713", "error", "没有参保却收了养老费", at="pension_paid", uses=("pension_status",), entry="receipts", schemes=("pension",),
      problem="养老参保状态不是本次参保，却实收{paid}元。", remedy="请改正参保状态，或把钱退还并清空实收。", example="清空",
      passes=({},), fails=({"pension_status": "职工养老"},))  # fmt: skip
def paid_without_enrolling(roster: Roster, scheme: Scheme) -> Found:
    """Money is collected only from those who enrol."""
    paid = roster.money[f"{scheme}_paid"]
    return np.asarray((paid > 0) & ~roster.enrolled(scheme)), {"paid": _yuans(paid)}


# ================================================================ 7xx: pension

_NO_PENSION = {"pension_status": "", "tier": "", "pension_paid": "", "pension_date": "", "pension_receipt": ""}


def _age_on(born: npt.NDArray[np.int32], day: npt.NDArray[np.int32] | int) -> npt.NDArray[np.int32]:
    """Whole years of age on a day; -1 where the birth date is not known."""
    days = np.broadcast_to(np.asarray(day, dtype=np.int64), born.shape)
    birth, then = _calendar(born.astype(np.int64)), _calendar(days)
    before = (then[1] < birth[1]) | ((then[1] == birth[1]) & (then[2] < birth[2]))
    return np.where(born > 0, then[0] - birth[0] - before, -1).astype(np.int32)


def _calendar(ordinals: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], ...]:
    days = (ordinals - date(1970, 1, 1).toordinal()).astype("datetime64[D]")
    years, months = days.astype("datetime64[Y]"), days.astype("datetime64[M]")
    return (
        years.astype(np.int64) + 1970,
        (months - years.astype("datetime64[M]")).astype(np.int64) + 1,
        (days - months.astype("datetime64[D]")).astype(np.int64) + 1,
    )


def pension_age(roster: Roster) -> npt.NDArray[np.int32]:
    """The age that decides, 三(一): on the payment date, else on the window's last day (interpretation `age_day`)."""
    end = roster.policy.schemes["pension"].window.end.toordinal()
    paid_on = roster.days["pension_date"]
    if roster.policy.choice("age_day") == "window_end":
        paid_on = np.zeros_like(paid_on)
    return _age_on(roster.person.born, np.where(paid_on > 0, paid_on, end).astype(np.int32))


def age_at_end(roster: Roster) -> npt.NDArray[np.int32]:
    """The age on the last day of the pension window; -1 unknown."""
    return _age_on(roster.person.born, roster.policy.schemes["pension"].window.end.toordinal())


def age_limits(policy: Policy) -> tuple[int, int]:
    """The age from which people may enrol, and the one at which they draw the pension."""
    return policy.entries["age"].values["age"], policy.entries["elder_age"].values["age"]


@rule("701", "error", "未满16周岁参加养老", at="id_number", uses=("pension_status",), entry="age", schemes=("pension",), blocks=("pension",),
      reason=INELIGIBLE, problem="按证件号码缴费时只有{age}周岁，不满{limit}周岁。", remedy="请把养老参保状态改为“未满16周岁”，已收的钱退还。", example="未满16周岁",
      passes=({},), fails=({"id_number": "990000201001010017"},))  # fmt: skip
def pension_too_young(roster: Roster, _: Scheme) -> Found:
    """From sixteen, 三(一)."""
    age, limit = pension_age(roster), age_limits(roster.policy)[0]
    return roster.enrolled("pension") & (age >= 0) & (age < limit), {"age": age, "limit": _Always(str(limit))}


@rule("702", "error", "在校学生参加养老", at="schooling", uses=("pension_status",), entry="age", schemes=("pension",), blocks=("pension",),
      reason=INELIGIBLE, problem="在校学生（{value}）不参加居民养老。", remedy="请把养老参保状态改为“在校学生”，已收的钱退还。", example="在校学生",
      passes=({},), fails=({"schooling": "中小学(含中职)"},))  # fmt: skip
def pension_student(roster: Roster, _: Scheme) -> Found:
    """Students are left out, 三(一)."""
    return np.asarray(roster.enrolled("pension") & roster.is_("schooling", PUPIL, STUDENT))


@rule("703", "error", "非本区户籍参加养老", at="register", uses=("pension_status",), entry="age", schemes=("pension",), blocks=("pension",),
      reason=INELIGIBLE, problem="户籍地是“{value}”，居民养老限本区户籍。", remedy="请把养老参保状态改为“非本区户籍”，已收的钱退还。", example="非本区户籍",
      passes=({},), fails=({"register": "外市", "residence_proof": "居住证"},))  # fmt: skip
def pension_elsewhere(roster: Roster, _: Scheme) -> Found:
    """Registered in the district (column 户籍地, never the ID's prefix), 三(一)."""
    return np.asarray(roster.enrolled("pension") & roster.is_("register", CITY, OUTSIDE, OVERSEAS))


@rule("704", "error", "养老档次没有填", at="tier", uses=("pension_status",), entry="pension.tiers", schemes=("pension",), blocks=("pension",),
      reason=INELIGIBLE, problem="养老本次参保，没有填档次。", remedy="请从下拉列表中选择档次。", example="100",
      passes=({},), fails=({"tier": ""},))  # fmt: skip
def tier_missing(roster: Roster, _: Scheme) -> Found:
    """Who enrols chooses a tier, 二."""
    return np.asarray(roster.enrolled("pension") & roster.blank("tier"))


@rule("705", "error", "没有这个养老档次", at="tier", uses=("pension_status",), entry="pension.tiers", schemes=("pension",), blocks=("pension",),
      reason=INELIGIBLE, problem="养老档次{value}元不在所列档次中。", remedy="请从下拉列表中选择：{tiers}。", example="300",
      passes=({"tier": 300, "pension_paid": 300},), fails=({"tier": 150, "pension_paid": 150},))  # fmt: skip
def tier_unlisted(roster: Roster, _: Scheme) -> Found:
    """One of the fourteen tiers, 二."""
    tiers = roster.policy.schemes["pension"].tiers
    wrong = roster.enrolled("pension") & roster.filled["tier"] & ~np.isin(roster.money["tier"], tiers)
    return np.asarray(wrong), {"tiers": _Always("、".join(map(yuan, tiers)))}


@rule("706", "warning", "职工医保又参加居民养老", at="pension_status", uses=("medical_status",), entry="age", schemes=("pension",),
      problem="医保是“{medical}”，多半也有职工养老。", remedy="请核实是否已参加职工养老，不得重复。", example="职工养老",
      passes=({},), fails=({"medical_status": "市内职工医保", **_UNPAID_MEDICAL},))  # fmt: skip
def pension_of_employee(roster: Roster, _: Scheme) -> Found:
    """Those covered by the employees' pension are left out, 三(一)."""
    employed = roster.is_("medical_status", "市内职工医保", "市外职工医保")
    return np.asarray(employed & roster.enrolled("pension")), {"medical": roster.words["medical_status"].texts()}


@rule("707", "warning", "年满60周岁参加养老", at="id_number", uses=("pension_status",), entry="elder_age", schemes=("pension",),
      problem="到缴费期末已{age}周岁。", remedy="请核实是否已领取待遇；已领的请改为“已领取待遇”。", example="已领取待遇",
      passes=({},), fails=({"id_number": "990000195001010019"},))  # fmt: skip
def pension_elder(roster: Roster, _: Scheme) -> Found:
    """No upper age in the notice; from sixty it is asked whether the pension is drawn already."""
    age = age_at_end(roster)
    return roster.enrolled("pension") & (age >= age_limits(roster.policy)[1]), {"age": age}


@rule("708", "warning", "16至22岁未填在校情况", at="schooling", uses=("pension_status", "id_number"), entry="age", schemes=("pension",),
      problem="{age}周岁参加养老，在校情况是空的。", remedy="请填“否”，或按实际填写；在校学生不参加养老。", example="否",
      passes=({"id_number": "990000200206010016", "schooling": "否"},), fails=({"id_number": "990000200206010016"},))  # fmt: skip
def schooling_unsaid(roster: Roster, _: Scheme) -> Found:
    """At the age of students it is said whether one is, 三(一)."""
    age, first = pension_age(roster), age_limits(roster.policy)[0]
    young = roster.enrolled("pension") & (age >= first) & (age <= first + 6)
    return young & roster.blank("schooling"), {"age": age}


@rule("709", "info", "享受代缴而选了较高档次", at="tier", uses=("pension_status", "category"), entry="higher_tier", schemes=("pension",),
      problem="区财政代缴{subsidy}元，所选档次{value}元，本人缴{due}元。", remedy="请确认本人自愿选择较高档次。", example="100",
      passes=({"category": "低保", "pension_paid": ""},), fails=({"category": "低保", "tier": 300, "pension_paid": 200},))  # fmt: skip
def subsidised_higher_tier(roster: Roster, _: Scheme) -> Found:
    """The district's 100 yuan go toward the chosen tier, 一(一)."""
    subsidy, lowest = roster.due("pension", "subsidy"), roster.policy.schemes["pension"].tiers[0]
    higher = roster.enrolled("pension") & (roster.due("pension", "standard") > lowest) & (subsidy > 0)
    return higher & roster.filled["tier"], {"subsidy": _yuans(subsidy), "due": _yuans(roster.due("pension"))}


@rule("710", "error", "养老少缴", at="pension_paid", uses=("pension_status", "category", "tier"), entry="identity", schemes=("pension",),
      blocks=("pension",), reason=SHORT, problem="实收{paid}元，应收{due}元，少{less}元。", remedy="请补收差额；档次或人员类别填错的请改正。", example="100",
      passes=({},), fails=({"tier": 300},))  # fmt: skip
def pension_short(roster: Roster, scheme: Scheme) -> Found:
    """What was collected is not less than the cash due, 六(二)."""
    paid, due, judged = _against_due(roster, scheme)
    return judged & roster.filled["tier"] & (paid < due), _amount_words(paid, due)


@rule("711", "error", "养老多收", at="pension_paid", uses=("pension_status", "category", "tier"), entry="identity", schemes=("pension",),
      problem="实收{paid}元，应收{due}元，多{more}元。", remedy="多收的请退还；档次或人员类别填错的请改正。", example="100",
      passes=({},), fails=({"pension_paid": 200}, {"category": "重度残疾人"}))  # fmt: skip
def pension_over(roster: Roster, scheme: Scheme) -> Found:
    """What was collected is not more than the cash due, 六(二)."""
    paid, due, judged = _against_due(roster, scheme)
    return judged & roster.filled["tier"] & (paid > due), _amount_words(paid, due)


def pension_excused(roster: Roster) -> npt.NDArray[np.uint8]:
    """Why a person need not enrol in the pension, as 1 + the place in `PENSION_EXCUSES`; 0 is obliged."""
    age, (first, last) = age_at_end(roster), age_limits(roster.policy)
    excuses = (
        roster.is_("schooling", PUPIL, STUDENT) | roster.is_("pension_status", "在校学生"),
        ((age >= 0) & (age < first)) | roster.is_("pension_status", "未满16周岁"),
        (age >= last) | roster.is_("pension_status", "已领取待遇"),
        roster.is_("register", CITY, OUTSIDE, OVERSEAS) | roster.is_("pension_status", "非本区户籍"),
        roster.is_("pension_status", "职工养老", "机关事业养老", "异地居民养老"),
    )
    return np.select(excuses, range(1, len(excuses) + 1), 0).astype(np.uint8)


PENSION_EXCUSES = ("在校学生", "未满16周岁", "60周岁及以上或已领取待遇", "非本区户籍", "已参加其他养老保险")


@rule("712", "error", "困难人员未参加养老", at="pension_status", uses=("category", "id_number", "schooling", "register"), entry="hardship_pension",
      schemes=("pension",), problem="{limit}周岁以上的困难人员由区财政代缴最低档，应100%参保，现为暂未参保。", remedy="请办理参保登记，改为“本次参保”，选最低档。",
      example="本次参保", passes=({},), fails=({**_NO_PENSION, "category": "低保", "pension_status": "暂未参保"},))  # fmt: skip
def hardship_without_pension(roster: Roster, _: Scheme) -> Found:
    """Everybody in hardship who may enrol is enrolled, 一(一)."""
    helped = roster.due("pension", "subsidy") > 0
    open_to = (pension_excused(roster) == 0) & (roster.person.born > 0)
    left_out = roster.is_("pension_status", "暂未参保") & helped & open_to & ~_gone(roster)
    return np.asarray(left_out), {"limit": _Always(str(age_limits(roster.policy)[0]))}


def _gone(roster: Roster) -> Mask:
    """People who, by the reason given for medical insurance, are not there (died, moved, serving ...)."""
    return np.asarray(roster.filled["medical_reason"] & ~roster.is_("medical_reason", OTHER_REASON))


@rule("714", "warning", "养老参保状态没有填", at="pension_status", uses=("id_number", "register"), entry="age", schemes=("pension",),
      problem="本区户籍、年满{limit}周岁，养老参保状态是空的。", remedy="请从下拉列表中选择；还没有参保的选“暂未参保”。", example="暂未参保",
      passes=({},), fails=(_NO_PENSION,))  # fmt: skip
def pension_status_unsaid(roster: Roster, _: Scheme) -> Found:
    """For the district's own people of sixteen and over it is said where they stand, 三(一)."""
    limit = age_limits(roster.policy)[0]
    asked = roster.is_("register", LOCAL, DISTRICT) & (age_at_end(roster) >= limit) & ~_gone(roster)
    return asked & roster.blank("pension_status"), {"limit": _Always(str(limit))}


# ================================================================ 8xx: dates and receipts of both schemes


@rule("801", "error", "日期早于收缴期", at="{scheme}_date", uses=("{scheme}_status",), entry="{scheme}.season", schemes=SCHEMES, blocks=BOTH, reason=DATE,
      problem="日期{value}早于收缴开始的{start}。", remedy="请核对票据日期；上一年度的缴费不在本册。", example="2019-10-15",
      passes=({},), fails=({"medical_date": date(2019, 8, 31)}, {"pension_date": date(2018, 12, 31)}))  # fmt: skip
def before_season(roster: Roster, scheme: Scheme) -> Found:
    """No payment before collecting began, 四(三), 二."""
    start = roster.policy.schemes[scheme].season_start
    early = (roster.days[f"{scheme}_date"] > 0) & (roster.days[f"{scheme}_date"] < start.toordinal())
    return np.asarray(early & roster.enrolled(scheme)), {"start": _Always(start.isoformat())}


@rule("802", "info", "缴费期开始前收缴", at="medical_date", uses=("medical_status",), entry="september", schemes=("medical",),
      problem="日期{value}在收缴开始以后、缴费期{start}以前。", remedy="照样计入；请确认票据日期无误。", example="2019-10-15",
      passes=({},), fails=({"medical_date": date(2019, 9, 20)},))  # fmt: skip
def before_window(roster: Roster, scheme: Scheme) -> Found:
    """四(三) collects from September, 二 from October: counted, and said."""
    rules = roster.policy.schemes[scheme]
    day = roster.days[f"{scheme}_date"]
    between = (day >= rules.season_start.toordinal()) & (day < rules.window.start.toordinal())
    return np.asarray(between & roster.enrolled(scheme)), {"start": _Always(rules.window.start.isoformat())}


@rule("803", "warning", "逾期缴费", at="{scheme}_date", uses=("{scheme}_status",), entry="{scheme}.window", schemes=SCHEMES,
      problem="日期{value}在缴费期末{end}以后，列为逾期。", remedy="请核对日期；确属逾期的另行统计，不进完成率。", example="2019-10-31",
      passes=({},), fails=({"pension_date": date(2019, 11, 5)},))  # fmt: skip
def after_window(roster: Roster, scheme: Scheme) -> Found:
    """After the collection window it is late, 二."""
    end = roster.policy.schemes[scheme].window.end
    late = roster.days[f"{scheme}_date"] > end.toordinal()
    return np.asarray(late & roster.enrolled(scheme)), {"end": _Always(end.isoformat())}


@rule("804", "warning", "日期晚于填报截止日期", at="{scheme}_date", uses=("{scheme}_status",), entry="reports", schemes=SCHEMES,
      problem="日期{value}晚于封面的填报截止日期{deadline}。", remedy="请核对日期和封面。", example="不晚于封面的填报截止日期",
      passes=({},), fails=({"medical_date": date(2019, 12, 20)},))  # fmt: skip
def after_deadline(roster: Roster, scheme: Scheme) -> Found:
    """A book holds what happened until its own deadline."""
    deadline = roster.cover.deadline
    after = roster.days[f"{scheme}_date"] > deadline.toordinal()
    return np.asarray(after & roster.enrolled(scheme)), {"deadline": _Always(deadline.isoformat())}


@rule("805", "error", "收了钱没有日期", at="{scheme}_date", uses=("{scheme}_status", "{scheme}_paid"), entry="receipts", schemes=SCHEMES, blocks=BOTH, reason=DATE,
      problem="已实收{paid}元，没有填缴费日期。", remedy="请按票据填写日期。", example="2019-10-15",
      passes=({},), fails=({"medical_date": ""}, {"pension_date": ""}))  # fmt: skip
def paid_without_date(roster: Roster, scheme: Scheme) -> Found:
    """What was paid has a day, 六(三)."""
    paid = roster.money[f"{scheme}_paid"]
    return np.asarray(roster.enrolled(scheme) & (paid > 0) & roster.blank(f"{scheme}_date")), {"paid": _yuans(paid)}


@rule("806", "warning", "缴费期已过仍未缴", at="{scheme}_paid", uses=("{scheme}_status", "category", "tier"), entry="{scheme}.window", schemes=SCHEMES,
      problem="本次参保应收{due}元，缴费期{end}已过，仍未缴费。", remedy="请催缴；不再参保的请改正参保状态。", example="250",
      passes=({},), fails=({"pension_paid": "", "pension_date": "", "pension_receipt": ""},))  # fmt: skip
def unpaid_after_window(roster: Roster, scheme: Scheme) -> Found:
    """Unpaid is nothing to speak of until the window has ended by the book's own deadline."""
    end = roster.policy.schemes[scheme].window.end
    due = roster.due(scheme)
    if roster.cover.deadline <= end:
        return roster.none()
    unpaid = (
        roster.enrolled(scheme) & (due > 0) & (roster.money[f"{scheme}_paid"] == 0) & ~roster.fault(f"{scheme}_paid")
    )
    if scheme == "pension":
        unpaid &= roster.filled["tier"]
    return np.asarray(unpaid), {"due": _yuans(due), "end": _Always(end.isoformat())}


@rule("807", "warning", "全额资助没有登记日期", at="{scheme}_date", uses=("{scheme}_status", "{scheme}_paid", "category", "tier"), entry="enter", schemes=SCHEMES,
      problem="应收为0的人员没有填登记日期。", remedy="照样计入；请补填登记日期。", example="2019-10-15",
      passes=({"category": "特困", "medical_paid": "", "pension_paid": ""},), fails=({"category": "特困", "medical_paid": "", "medical_date": "", "medical_receipt": "", "pension_paid": ""},))  # fmt: skip
def registered_without_date(roster: Roster, scheme: Scheme) -> Found:
    """Who owes nothing is registered on a day all the same, 四(三)."""
    free = (roster.due(scheme) == 0) & roster.due(scheme, "known").astype(bool) & (roster.money[f"{scheme}_paid"] == 0)
    if scheme == "pension":
        free &= roster.filled["tier"]
    return np.asarray(roster.enrolled(scheme) & free & roster.blank(f"{scheme}_date"))


@rule("808", "warning", "收了钱没有票据号", at="{scheme}_receipt", uses=("{scheme}_status", "{scheme}_paid"), entry="receipts", schemes=SCHEMES,
      problem="已实收{paid}元，没有填票据号。", remedy="请按票据填写。", example="A0001234",
      passes=({},), fails=({"medical_receipt": ""},))  # fmt: skip
def paid_without_receipt(roster: Roster, scheme: Scheme) -> Found:
    """What was paid has a receipt, 六(三)."""
    paid = roster.money[f"{scheme}_paid"]
    return np.asarray(roster.enrolled(scheme) & (paid > 0) & roster.blank(f"{scheme}_receipt")), {"paid": _yuans(paid)}


# ================================================================ the cover against the rows


def _totals(roster: Roster) -> list[Finding]:
    """105: the control totals on the cover against the rows."""
    said = roster.cover.totals
    count: dict[str, float] = {"households": float(roster.is_("relation", "户主").sum()), "persons": float(len(roster))}
    for scheme in roster.schemes:
        count[f"{scheme}_enrolled"] = float(roster.enrolled(scheme).sum())
        count[f"{scheme}_cash"] = roster.money[f"{scheme}_paid"].sum() / FEN
    differing = [
        f"{cells.LABELS[key]}封面{said[key]:.15g}、明细{value:.15g}"
        for key, value in count.items()
        if said.get(key) is not None and abs(said[key] - value) > 0.004  # type: ignore[operator]
    ]
    if not differing:
        return []
    return [file_finding(roster.file, "封面", "105", "；".join(differing) + "。", count=1)]


def catalogue() -> pd.DataFrame:
    """All rules in order, for the manual of checks: code, severity, title, at, article entry, doc, problem, remedy, example."""
    lines = [
        (
            one.code,
            one.severity,
            one.title,
            one.at,
            one.blocks,
            one.entry,
            one.doc,
            one.problem,
            one.remedy,
            one.example,
        )
        for one in RULES
    ]
    names = ["code", "severity", "title", "at", "blocks", "entry", "doc", "problem", "remedy", "example"]
    return pd.DataFrame(lines, columns=names).sort_values("code", kind="stable", ignore_index=True)
