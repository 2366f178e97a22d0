"""5xx: the household (家庭户), 三(二), 六(二)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from addin.checks.rules import CHILD, NO_MEDICAL, ORDINARY, Offenders, rule
from addin.columns import (
    NOT_ENROLLED,
    OTHER_REASON,
    Scheme,
)
from addin.policy import FEN
from addin.roster import Mask, Roster, stem_of


def _sizes(roster: Roster, mask: Mask | None = None) -> npt.NDArray[np.intp]:
    """For each person, how many of the household there are, or how many of the mask; of numbers, their sum."""
    codes = roster.households
    return np.bincount(codes, weights=mask, minlength=len(codes) + 1).astype(np.intp)[codes]


def _firsts(roster: Roster) -> Mask:
    """The first listed person of each household."""
    first = roster.none()
    first[np.unique(roster.households, return_index=True)[1]] = True
    return first


@rule(
    code="505",
    severity="warning",
    title="同一户的村名写法不一",
    at="village",
    uses=("household", "relation"),
    entry="family",
    form=True,
    problem="与相邻行户号相同，村（社区）却写作“{value}”。",
    remedy="同一户请写同一个村（社区）名。",
    example="桥头村",
    passes=[(ORDINARY, {"village": "桥头存", "name": "李四", "id_number": "990000199001010025"})],
    fails=[(ORDINARY, {**CHILD, "village": "桥头存"})],
)
def village_spelling(roster: Roster) -> Offenders:
    """Neighbouring rows with one household number whose villages differ only in spelling are one family."""
    numbers, places = roster.words["household"].codes, roster.place_codes
    odd = roster.none()
    if len(roster) < 2:
        return odd
    differs = (numbers[1:] == numbers[:-1]) & (places[1:] != places[:-1])
    heads, names = roster.is_("relation", "户主"), roster.villages
    codes = roster.words["village"].codes
    for index in np.flatnonzero(differs & roster.filled["household"][1:] & ~heads[1:]) + 1:
        here, above = names[codes[index]], names[codes[index - 1]]
        back = odd[index - 1] and places[index] == places[index - 2]  # as it was before the odd one
        odd[index] = not back and (_alike(here, above) or stem_of(here) == stem_of(above))
    return odd


def _alike(first: str, other: str) -> bool:
    """Two texts of one length that differ in a single character, or where one lacks a single character."""
    if not first or not other or abs(len(first) - len(other)) > 1:
        return False
    if len(first) == len(other):
        return sum(a != b for a, b in zip(first, other, strict=True)) == 1
    long, short = sorted((first, other), key=len, reverse=True)
    return any(long[:n] + long[n + 1 :] == short for n in range(len(long)))


_HOUSEHOLD = ("village", "household", "relation")


@rule(
    code="501",
    title="一户两个户主",
    at="relation",
    uses=_HOUSEHOLD,
    entry="identity",
    household=True,
    problem="这一户有{heads}人填了户主。",
    remedy="一户只有一个户主，请核对户口簿；确是两户的，请分开编户号。",
    example="配偶",
    passes=[(ORDINARY, CHILD)],
    fails=[(ORDINARY, {"id_number": "990000199001010025"})],
)
def two_heads(roster: Roster) -> Offenders:
    """A family has one head."""
    heads = roster.is_("relation", "户主")
    count = _sizes(roster, heads)
    return np.asarray(heads & (count > 1)), {"heads": count}


@rule(
    code="502",
    severity="warning",
    title="一户没有户主",
    at="relation",
    uses=_HOUSEHOLD,
    entry="identity",
    household=True,
    problem="这一户没有填户主。",
    remedy="原户主死亡的请改填现户主；漏报户主的请补上。",
    example="户主",
    passes=[ORDINARY],
    fails=[{"relation": "子"}],
)
def no_head(roster: Roster) -> Offenders:
    """A family has a head; the finding is at its first row."""
    return np.asarray(_firsts(roster) & (_sizes(roster, roster.is_("relation", "户主")) == 0))


@rule(
    code="503",
    severity="warning",
    title="户口人数与行数不符",
    at="registered",
    uses=_HOUSEHOLD,
    entry="identity",
    household=True,
    problem="户口人数填{said}人，本户列了{rows}人。",
    remedy="请对照户口簿，补上漏列的人或改正户口人数。",
    example="3",
    passes=[
        {"registered": 1},
        ORDINARY,
    ],
    fails=[{"registered": 2}],
)
def registered_against_rows(roster: Roster) -> Offenders:
    """The head's row says how many the household register has; a baby of the last year may not be in it yet."""
    registered, rows, heads = roster.money["registered"] // FEN, _sizes(roster), roster.is_("relation", "户主")
    year_ago = roster.cover.deadline.toordinal() - 366
    babies = _sizes(roster, roster.person.born > year_ago)
    differs = (registered != rows) & ~((rows > registered) & (rows - registered <= babies))
    one_head = _sizes(roster, heads) == 1
    return np.asarray(heads & one_head & roster.filled["registered"] & differs), {"said": registered, "rows": rows}


@rule(
    code="504",
    severity="warning",
    title="非亲属列在家庭户里",
    at="relation",
    uses=_HOUSEHOLD,
    entry="family",
    household=True,
    problem="非亲属列在这一家庭户里。",
    remedy="不属于同一家庭的不得并入，请另立一户，或改填正确的关系。",
    example="集体户请在“户类型”选集体户",
    passes=[ORDINARY],
    fails=[(ORDINARY, {"relation": "非亲属", "id_number": "990000199001010025"})],
)
def not_a_relative(roster: Roster) -> Offenders:
    """People who do not belong to the family are not listed in it, 三(二)."""
    return roster.is_("relation", "非亲属")


_YOUNGER = ("子", "女", "孙子女", "外孙子女")
_OLDER = ("父", "母", "公公", "婆婆", "岳父", "岳母", "祖父母或外祖父母")


@rule(
    code="508",
    severity="warning",
    title="与户主的年龄不合辈分",
    at="relation",
    uses=(*_HOUSEHOLD, "id_number", "id_type"),
    entry="identity",
    household=True,
    problem="与户主关系是“{value}”，按证件号码却不比户主{side}。",
    remedy="请核对关系和两人的证件号码。",
    example="兄弟姐妹",
    passes=[(ORDINARY, CHILD)],
    fails=[(ORDINARY, {**CHILD, "id_number": "990000195001010019", "pension_status": "已领取待遇"})],
)
def age_against_relation(roster: Roster) -> Offenders:
    """A child is younger than the head, a parent older, by the birth dates in their numbers."""
    born, heads = roster.person.born, roster.is_("relation", "户主")
    of_head = _sizes(roster, np.where(heads, born, 0))
    known = (born > 0) & (of_head > 0) & (_sizes(roster, heads) == 1)
    young, old = roster.is_("relation", *_YOUNGER), roster.is_("relation", *_OLDER)
    wrong = known & ((young & (born <= of_head)) | (old & (born >= of_head)))
    return np.asarray(wrong), {"side": np.where(young, "年轻", "年长")}


@rule(
    code="506",
    title="不参保没有写原因",
    at="medical_reason",
    uses=("medical_status", "village", "household"),
    entry="whole_family",
    schemes=("medical",),
    household=True,
    problem="不参保，却没有填不参保原因。",
    remedy="医保要求全家参加；确不能参加的请选原因。",
    example="现役军人",
    passes=[{"medical_status": "不参保", "medical_reason": "服刑", **NO_MEDICAL}],
    fails=[{"medical_status": "不参保", **NO_MEDICAL}],
)
def out_without_reason(roster: Roster, _: Scheme) -> Offenders:
    """The whole family enrols; whoever does not gives a reason, 三(二), 六(二). It never blocks the relatives.

    People in hardship must enrol (608) and get that finding only.
    """
    return np.asarray(roster.is_("medical_status", NOT_ENROLLED) & roster.blank("medical_reason") & ~roster.hardship)


@rule(
    code="507",
    severity="warning",
    title="原因是其他而备注空白",
    at="medical_reason",
    uses=("medical_status", "remark"),
    entry="whole_family",
    schemes=("medical",),
    problem="不参保原因选了“其他(见备注)”，备注是空的。",
    remedy="请在备注写明原因。",
    example="备注：长期居住国外亲属家",
    passes=[{"medical_status": "不参保", "medical_reason": "其他(见备注)", "remark": "已说明", **NO_MEDICAL}],
    fails=[
        {"medical_status": "不参保", "medical_reason": "其他(见备注)", **NO_MEDICAL},
        {"medical_status": "不参保", "medical_reason": "其他(见备注)", "remark": "\u3000", **NO_MEDICAL},
    ],
)
def other_reason_without_remark(roster: Roster, _: Scheme) -> Offenders:
    """其他 is explained in 备注."""
    out = roster.is_("medical_status", NOT_ENROLLED) & roster.is_("medical_reason", OTHER_REASON)
    return np.asarray(out & roster.blank("remark"))


RULES = (
    village_spelling,
    two_heads,
    no_head,
    registered_against_rows,
    not_a_relative,
    age_against_relation,
    out_without_reason,
    other_reason_without_remark,
)
"""The rules of this file, in the order in which they run."""
