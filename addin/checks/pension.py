"""7xx: the pension, 一(一), 二, 三(一)."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from addin import amounts
from addin.checks.due import against_due, age_at_end, age_limits, age_on, amount_words, pension_age
from addin.checks.rules import (
    BLANK_PENSION,
    NO_MEDICAL,
    ORDINARY,
    Always,
    Formatted,
    Offenders,
    Words,
    rule,
    yuan,
    yuans,
)
from addin.columns import (
    CITY,
    DISTRICT,
    LOCAL,
    NOT_FROM_HERE,
    NOT_IN_SCHOOL,
    OTHER_REASON,
    OUTSIDE,
    OVERSEAS,
    PUPIL,
    STUDENT,
    Scheme,
)
from addin.findings import INELIGIBLE, SHORT
from addin.policy import Policy
from addin.roster import Mask, Roster


@rule(
    code="701",
    title="未满16周岁参加养老",
    at="id_number",
    uses=("pension_status",),
    entry="age",
    schemes=("pension",),
    blocks=("pension",),
    reason=INELIGIBLE,
    problem="按证件号码缴费时只有{age}周岁，不满{limit}周岁。",
    remedy="请把养老参保状态改为“未满16周岁”，已收的钱退还。",
    example="未满16周岁",
    passes=[ORDINARY],
    fails=[
        {"id_number": "990000201001010017"},
        {"id_number": "99000020190114001X", "pension_date": date(2019, 1, 4)},
    ],
)
def pension_too_young(roster: Roster, _: Scheme) -> Offenders:
    """From sixteen, 三(一)."""
    age, limit = pension_age(roster), age_limits(roster.policy)[0]
    return roster.enrolled("pension") & (age >= 0) & (age < limit), {"age": age, "limit": Always(str(limit))}


@rule(
    code="702",
    title="在校学生参加养老",
    at="schooling",
    uses=("pension_status",),
    entry="age",
    schemes=("pension",),
    blocks=("pension",),
    reason=INELIGIBLE,
    problem="在校学生（{value}）不参加居民养老。",
    remedy="请把养老参保状态改为“在校学生”，已收的钱退还。",
    example="在校学生",
    passes=[ORDINARY],
    fails=[{"schooling": "中小学(含中职)"}],
)
def pension_student(roster: Roster, _: Scheme) -> Offenders:
    """Students do not enrol, 三(一)."""
    return np.asarray(roster.enrolled("pension") & roster.is_("schooling", PUPIL, STUDENT))


@rule(
    code="703",
    title="外地户籍参加养老",
    at="register",
    uses=("pension_status",),
    entry="age",
    schemes=("pension",),
    blocks=("pension",),
    reason=INELIGIBLE,
    problem="户籍地是“{value}”，居民养老限本{place}户籍。",
    remedy="请把养老参保状态改为“非本{place}户籍”，已收的钱退还。",
    example="非本{place}户籍",
    passes=[ORDINARY],
    fails=[{"register": "外市", "residence_proof": "居住证"}],
)
def pension_elsewhere(roster: Roster, _: Scheme) -> Offenders:
    """Registered in the district (column 户籍地, never the ID's prefix), 三(一)."""
    return np.asarray(roster.enrolled("pension") & roster.is_("register", CITY, OUTSIDE, OVERSEAS))


@rule(
    code="704",
    title="养老档次没有填",
    at="tier",
    uses=("pension_status",),
    entry="pension.tiers",
    schemes=("pension",),
    blocks=("pension",),
    reason=INELIGIBLE,
    problem="养老本次参保，没有填档次。",
    remedy="可选的档次：{tiers}。",
    example="{entry}",
    passes=[ORDINARY],
    fails=[{"tier": ""}],
)
def tier_missing(roster: Roster, _: Scheme) -> Offenders:
    """People who enrol choose a tier, 二."""
    return np.asarray(roster.enrolled("pension") & roster.blank("tier")), _choices(roster)


@rule(
    code="705",
    title="没有这个养老档次",
    at="tier",
    uses=("pension_status",),
    entry="pension.tiers",
    schemes=("pension",),
    blocks=("pension",),
    reason=INELIGIBLE,
    problem="养老档次{value}元{why}。",
    remedy="可选的档次：{tiers}。",
    example="{entry}",
    passes=[{"tier": 300, "pension_paid": 300}],
    fails=[{"tier": 150, "pension_paid": 150}],
)
def tier_unlisted(roster: Roster, _: Scheme) -> Offenders:
    """One of the fourteen tiers, 二, and where some are for some people only, one that is open to this person."""
    policy, chosen, texts = roster.policy, roster.money["tier"], roster.categories("pension")
    tiers = policy.schemes["pension"].tiers
    unlisted, shut = ~np.isin(chosen, tiers), amounts.closed(policy, texts, chosen)
    why = Formatted(
        np.arange(len(roster)),
        lambda row: "不在所列档次中" if unlisted[row] else _closed(policy, texts[row], int(chosen[row])),
    )
    wrong = roster.enrolled("pension") & roster.filled["tier"] & (unlisted | shut)
    return np.asarray(wrong), {"why": why, **_choices(roster)}


_NO_TIER = "没有，各档都不对这个人开放；请把养老参保状态改为“已领取待遇”，没有领取的改为“暂未参保”，养老的其他栏目清空，已收的钱退还"


def _choices(roster: Roster) -> Words:
    """For each person the tiers that are open, in words, and the lowest of them as an example."""
    policy, texts = roster.policy, roster.categories("pension")

    def in_words(category: str) -> str:
        tiers = "、".join(map(yuan, _open_to(policy, category)))
        return f"{tiers}，请从下拉列表中选择" if tiers else _NO_TIER

    def lowest(category: str) -> str:
        return next(map(yuan, _open_to(policy, category)), "清空")

    limited = policy.schemes["pension"].limits
    every = "下拉列表中对本人开放的，见“政策口径”" if limited else in_words("")
    return {"tiers": Formatted(texts, in_words, every), "entry": Formatted(texts, lowest, lowest(""))}


def _open_to(policy: Policy, category: str) -> tuple[int, ...]:
    """The tiers that somebody may choose; of whom the category is not understood, all."""
    try:
        return amounts.open_tiers(policy, "pension", amounts.parse_category(policy, category))
    except amounts.UnknownCategory:
        return policy.schemes["pension"].tiers


def _lowest_helped(policy: Policy, category: str) -> int:
    """The lowest open tier toward which somebody pays; of whom nobody pays for, the lowest open one."""
    tiers = _open_to(policy, category) or policy.schemes["pension"].tiers
    try:
        held = amounts.parse_category(policy, category)
        return next((tier for tier in tiers if amounts.dues(policy, "pension", held, tier).subsidy), tiers[0])
    except amounts.UnknownCategory:  # or the age is not known, which would decide
        return tiers[0]


def chose_higher(roster: Roster) -> Mask:
    """Toward whose tier somebody pays, and who has chosen a higher one than he need have."""
    codes, texts = pd.factorize(roster.categories("pension"))
    lowest = np.array([_lowest_helped(roster.policy, str(text)) for text in texts], dtype=np.int64)[codes]
    higher = roster.enrolled("pension") & (roster.due("pension", "standard") > lowest)
    return np.asarray(higher & (roster.due("pension", "subsidy") > 0))


def _closed(policy: Policy, category: str, tier: int) -> str:
    """Why somebody may not choose a tier: by the limit that closes most."""
    held = amounts.parse_category(policy, category)
    limits = [limit for limit in policy.schemes["pension"].limits if tier in limit.tiers and not limit.allows(held)]
    limit = max(limits, key=lambda limit: len(limit.tiers))
    return f"按通知（{policy.article(limit.entry)}）不对这个人开放"


@rule(
    code="706",
    severity="warning",
    title="职工医保又参加居民养老",
    at="pension_status",
    uses=("medical_status",),
    entry="age",
    schemes=("pension",),
    problem="医保是“{medical}”，多半也有职工养老。",
    remedy="请核实是否已参加职工养老，不得重复。",
    example="职工养老",
    passes=[ORDINARY],
    fails=[{"medical_status": "市内职工医保", **NO_MEDICAL}],
)
def pension_of_employee(roster: Roster, _: Scheme) -> Offenders:
    """People with an employees' pension do not enrol, 三(一)."""
    employed = roster.is_("medical_status", "市内职工医保", "市外职工医保")
    return np.asarray(employed & roster.enrolled("pension")), {"medical": roster.words["medical_status"].texts()}


@rule(
    code="707",
    severity="warning",
    title="年满60周岁参加养老",
    at="id_number",
    uses=("pension_status",),
    entry="elder_age",
    schemes=("pension",),
    problem="到缴费期末已{age}周岁。",
    remedy="请核实是否已领取待遇；已领的请改为“已领取待遇”。",
    example="已领取待遇",
    passes=[ORDINARY],
    fails=[{"id_number": "990000195001010019"}],
)
def pension_elder(roster: Roster, _: Scheme) -> Offenders:
    """The notice has no upper age; from sixty the check asks whether the pension is drawn already.

    Not of whom the notice closes the tier: that is 705.
    """
    age = age_at_end(roster)
    elder = roster.enrolled("pension") & (age >= age_limits(roster.policy)[1])
    return elder & ~amounts.closed(roster.policy, roster.categories("pension"), roster.money["tier"]), {"age": age}


@rule(
    code="708",
    severity="warning",
    title="16至22岁未填在校情况",
    at="schooling",
    uses=("pension_status", "id_number"),
    entry="age",
    schemes=("pension",),
    problem="{age}周岁参加养老，在校情况是空的。",
    remedy="请填“否”，或按实际填写；在校学生不参加养老。",
    example="否",
    passes=[{"id_number": "990000200206010016", "schooling": "否"}],
    fails=[{"id_number": "990000200206010016"}],
)
def schooling_unsaid(roster: Roster, _: Scheme) -> Offenders:
    """At the age of students the roster says who is one, 三(一)."""
    age, first = pension_age(roster), age_limits(roster.policy)[0]
    young = roster.enrolled("pension") & (age >= first) & (age <= first + 6)
    return young & roster.blank("schooling"), {"age": age}


@rule(
    code="709",
    severity="info",
    title="享受代缴而选了较高档次",
    at="tier",
    uses=("pension_status", "category"),
    entry="higher_tier",
    schemes=("pension",),
    problem="代缴{subsidy}元，所选档次{value}元，本人缴{due}元。",
    remedy="请确认本人自愿选择较高档次。",
    example="{tier}",
    passes=[{"category": "低保", "pension_paid": ""}],
    fails=[{"category": "低保", "tier": 300, "pension_paid": 200}],
)
def subsidised_higher_tier(roster: Roster, _: Scheme) -> Offenders:
    """The district's 100 yuan go toward the chosen tier, 一(一)."""
    words = {"subsidy": yuans(roster.due("pension", "subsidy")), "due": yuans(roster.due("pension"))}
    return chose_higher(roster) & roster.filled["tier"], words


@rule(
    code="710",
    title="养老少缴",
    at="pension_paid",
    uses=("pension_status", "category", "tier"),
    entry="identity",
    schemes=("pension",),
    blocks=("pension",),
    reason=SHORT,
    problem="实收{paid}元，应收{due}元，少{less}元。",
    remedy="请补收差额；档次或人员类别填错的请改正。",
    example="{due}",
    passes=[ORDINARY],
    fails=[{"tier": 300}],
)
def pension_short(roster: Roster, scheme: Scheme) -> Offenders:
    """The amount collected is not less than the cash due, 六(二)."""
    paid, due, judged = against_due(roster, scheme)
    return judged & roster.filled["tier"] & (paid < due), amount_words(paid, due)


@rule(
    code="711",
    title="养老多收",
    at="pension_paid",
    uses=("pension_status", "category", "tier"),
    entry="identity",
    schemes=("pension",),
    problem="实收{paid}元，应收{due}元，多{more}元。",
    remedy="多收的请退还；档次或人员类别填错的请改正。",
    example="{due}",
    passes=[ORDINARY],
    fails=[
        {"pension_paid": 200},
        {"category": "重度残疾人"},
    ],
)
def pension_over(roster: Roster, scheme: Scheme) -> Offenders:
    """The amount collected is not more than the cash due, 六(二)."""
    paid, due, judged = against_due(roster, scheme)
    return judged & roster.filled["tier"] & (paid > due), amount_words(paid, due)


def _shut_out(roster: Roster) -> Mask:
    """To whom every tier is closed, as where who is sixty pays no more."""
    texts, tiers = roster.categories("pension"), roster.policy.schemes["pension"].tiers
    shut = [amounts.closed(roster.policy, texts, np.full(len(roster), tier)) for tier in tiers]
    return np.asarray(np.logical_and.reduce(shut))


def pension_excused(roster: Roster) -> npt.NDArray[np.uint8]:
    """Why a person need not enrol in the pension, as 1 + the place in `PENSION_EXCUSES`; 0 is obliged."""
    age, (first, last) = age_at_end(roster), age_limits(roster.policy)
    helped = {key for subsidy in roster.policy.subsidies if subsidy.scheme == "pension" for key in subsidy.categories}
    excuses = (
        roster.is_("schooling", PUPIL, STUDENT) | roster.is_("pension_status", "在校学生"),
        ((age >= 0) & (age < first)) | roster.is_("pension_status", "未满16周岁"),
        (age >= last) | roster.is_("pension_status", "已领取待遇"),
        roster.is_("register", CITY, OUTSIDE, OVERSEAS) | roster.is_("pension_status", NOT_FROM_HERE),
        roster.is_("pension_status", "职工养老", "机关事业养老", "异地居民养老"),
        # 一(一) wants those enrolled for whom somebody pays; others in hardship may
        ~roster.hardship | ~roster.has(*helped) | _shut_out(roster),
    )
    return np.select(excuses, range(1, len(excuses) + 1), 0).astype(np.uint8)


PENSION_EXCUSES = (
    "在校学生",
    "未满16周岁",
    "60周岁及以上或已领取待遇",
    NOT_FROM_HERE,
    "已参加其他养老保险",
    "不属代缴对象",
)


@rule(
    code="712",
    title="困难人员未参加养老",
    at="pension_status",
    uses=("category", "id_number", "schooling", "register"),
    entry="hardship_pension",
    schemes=("pension",),
    problem="{limit}周岁以上的困难人员有代缴，应100%参保，这里填的是暂未参保。",
    remedy="请办理参保登记，改为“本次参保”，选{tier}。",
    example="本次参保",
    passes=[ORDINARY],
    fails=[{**BLANK_PENSION, "category": "低保", "pension_status": "暂未参保"}],
)
def hardship_without_pension(roster: Roster, _: Scheme) -> Offenders:
    """Everybody in hardship who may enrol is enrolled, 一(一); whoever is obliged in 困难人员参保 is told here."""
    open_to = (pension_excused(roster) == 0) & (roster.person.born > 0)
    left_out = roster.is_("pension_status", "暂未参保") & open_to & ~gone(roster)
    policy = roster.policy

    def which(category: str) -> str:
        lowest = _lowest_helped(policy, category)
        return "最低档" if lowest == _open_to(policy, category)[0] else f"有代缴的档次（{yuan(lowest)}元起）"

    tier = Formatted(roster.categories("pension"), which, "有代缴的最低档")
    return np.asarray(left_out), {"limit": Always(str(age_limits(policy)[0])), "tier": tier}


@rule(
    code="715",
    severity="warning",
    title="养老参保状态与别栏不符",
    at="pension_status",
    uses=("id_number", "id_type", "register", "schooling"),
    entry="age",
    schemes=("pension",),
    problem="养老参保状态是“{value}”，{against}。",
    remedy="请核对养老参保状态；还没有参保的选“暂未参保”。",
    example="暂未参保",
    passes=[
        {**BLANK_PENSION, "pension_status": "在校学生", "schooling": "高校", "medical_status": "高校参保", **NO_MEDICAL}
    ],
    fails=[
        {**BLANK_PENSION, "pension_status": "未满16周岁"},
        {**BLANK_PENSION, "pension_status": NOT_FROM_HERE},
        {**BLANK_PENSION, "pension_status": "在校学生", "schooling": "否"},
    ],
)
def status_against_facts(roster: Roster, _: Scheme) -> Offenders:
    """A status of under age, student or registered elsewhere agrees with the other columns, 三(一)."""
    limit = age_limits(roster.policy)[0]
    day = min(roster.cover.deadline, roster.policy.schemes["pension"].window.end)
    grown = roster.is_("pension_status", "未满16周岁") & (age_on(roster, day) >= limit)
    here = roster.is_("pension_status", NOT_FROM_HERE) & roster.is_("register", LOCAL, DISTRICT)
    not_in_school = roster.is_("pension_status", "在校学生") & roster.is_("schooling", NOT_IN_SCHOOL)
    reasons = [f"按证件号码却已满{limit}周岁", f"户籍地却在本{roster.policy.place}", "在校情况填的却是“否”"]
    against = np.select([grown, here, not_in_school], reasons, "")
    return np.asarray(grown | here | not_in_school), {"against": against}


def gone(roster: Roster) -> Mask:
    """People who, by the reason given for medical insurance, are not there (died, moved, serving ...)."""
    return np.asarray(roster.filled["medical_reason"] & ~roster.is_("medical_reason", OTHER_REASON))


@rule(
    code="714",
    severity="warning",
    title="养老参保状态没有填",
    at="pension_status",
    uses=("id_number", "register"),
    entry="age",
    schemes=("pension",),
    problem="本{place}户籍、年满{limit}周岁，养老参保状态是空的。",
    remedy="请从下拉列表中选择；还没有参保的选“暂未参保”。",
    example="暂未参保",
    passes=[ORDINARY],
    fails=[BLANK_PENSION],
)
def pension_status_unsaid(roster: Roster, _: Scheme) -> Offenders:
    """The district's own people of sixteen and over have a pension status, 三(一)."""
    limit = age_limits(roster.policy)[0]
    asked = roster.is_("register", LOCAL, DISTRICT) & (age_at_end(roster) >= limit) & ~gone(roster)
    return asked & roster.blank("pension_status"), {"limit": Always(str(limit))}


RULES = (
    pension_too_young,
    pension_student,
    pension_elsewhere,
    tier_missing,
    tier_unlisted,
    pension_of_employee,
    pension_elder,
    schooling_unsaid,
    subsidised_higher_tier,
    pension_short,
    pension_over,
    hardship_without_pension,
    status_against_facts,
    pension_status_unsaid,
)
"""The rules of this file, in the order in which they run."""
