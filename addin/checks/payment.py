"""6xx to 8xx of both schemes: money, dates and receipts, 二, 四(三), 六(三)."""

from __future__ import annotations

from datetime import date

import numpy as np

from addin.checks.due import late
from addin.checks.rules import (
    BLANK_PENSION,
    EVERY,
    NO_MEDICAL,
    ORDINARY,
    Always,
    Formatted,
    Offenders,
    rule,
    show,
    yuans,
)
from addin.columns import (
    Scheme,
)
from addin.findings import DATE
from addin.roster import Mask, Roster


@rule(
    code="609",
    title="没有参保却收了医保费",
    at="medical_paid",
    uses=("medical_status",),
    entry="receipts",
    schemes=("medical",),
    problem="医保参保状态不是本次参保，却实收{paid}元。",
    remedy="请改正参保状态，或把钱退还并清空实收。",
    example="清空",
    passes=[ORDINARY],
    fails=[{**BLANK_PENSION, "pension_status": "职工养老", "medical_status": "市内职工医保"}],
)
def medical_paid_without_enrolling(roster: Roster, scheme: Scheme) -> Offenders:
    """Money is collected only from those who enrol, 六(三)."""
    return _paid_without_enrolling(roster, scheme)


@rule(
    code="713",
    title="没有参保却收了养老费",
    at="pension_paid",
    uses=("pension_status",),
    entry="receipts",
    schemes=("pension",),
    problem="养老参保状态不是本次参保，却实收{paid}元。",
    remedy="请改正参保状态，或把钱退还并清空实收。",
    example="清空",
    passes=[ORDINARY],
    fails=[{"pension_status": "职工养老"}],
)
def pension_paid_without_enrolling(roster: Roster, scheme: Scheme) -> Offenders:
    """Money is collected only from those who enrol, 六(三)."""
    return _paid_without_enrolling(roster, scheme)


def _paid_without_enrolling(roster: Roster, scheme: Scheme) -> Offenders:
    paid = roster.money[f"{scheme}_paid"]
    return np.asarray((paid > 0) & ~roster.enrolled(scheme)), {"paid": yuans(paid)}


@rule(
    code="801",
    title="日期早于收缴期",
    at="{scheme}_date",
    uses=("{scheme}_status",),
    entry="{scheme}.season",
    schemes=EVERY,
    blocks=EVERY,
    reason=DATE,
    problem="日期{value}早于收缴开始的{start}。",
    remedy="请核对票据日期；上一年度的缴费不在本册。",
    example="{day}",
    passes=[ORDINARY],
    fails=[
        {"medical_date": date(2019, 8, 31)},
        {"pension_date": date(2018, 12, 31)},
    ],
)
def before_season(roster: Roster, scheme: Scheme) -> Offenders:
    """No payment before collecting began, 四(三), 二."""
    start = roster.policy.schemes[scheme].season_start
    early = (roster.days[f"{scheme}_date"] > 0) & (roster.days[f"{scheme}_date"] < start.toordinal())
    return np.asarray(early & roster.enrolled(scheme)), {"start": Always(start.isoformat())}


@rule(
    code="802",
    severity="info",
    title="缴费期开始前收缴",
    at="medical_date",
    uses=("medical_status",),
    entry="september",
    schemes=("medical",),
    problem="日期{value}在收缴开始以后、缴费期{start}以前。",
    remedy="照样计入；请确认票据日期无误。",
    example="{day}",
    passes=[ORDINARY],
    fails=[{"medical_date": date(2019, 9, 20)}],
)
def before_window(roster: Roster, scheme: Scheme) -> Offenders:
    """四(三) collects from September, 二 from October: counted, and said."""
    rules = roster.policy.schemes[scheme]
    day = roster.days[f"{scheme}_date"]
    between = (day >= rules.season_start.toordinal()) & (day < rules.window.start.toordinal())
    return np.asarray(between & roster.enrolled(scheme)), {"start": Always(rules.window.start.isoformat())}


@rule(
    code="803",
    severity="warning",
    title="逾期缴费",
    at="{scheme}_date",
    uses=("{scheme}_status",),
    entry="{scheme}.window",
    schemes=EVERY,
    problem="日期{value}在缴费期末{end}以后{window}，列为逾期。",
    remedy="请核对日期；确属逾期的另行统计，不进完成率。",
    example="{end}",
    passes=[ORDINARY],
    fails=[{"pension_date": date(2019, 11, 5)}],
)
def after_window(roster: Roster, scheme: Scheme) -> Offenders:
    """After the collection window it is late, 二."""
    after, end = late(roster, scheme)
    windows, days = roster.policy.schemes[scheme].windows, roster.days[f"{scheme}_date"]

    def uncounted(day: int) -> str:
        inside = (window for window in windows if window.start.toordinal() <= day <= window.end.toordinal())
        return next((f"的{window.name}内，按通知不计入完成率" for window in inside), "")

    return after & roster.enrolled(scheme), {"end": Formatted(end, _day), "window": Formatted(days, uncounted)}


@rule(
    code="804",
    severity="warning",
    title="日期晚于填报截止日期",
    at="{scheme}_date",
    uses=("{scheme}_status",),
    entry="reports",
    schemes=EVERY,
    problem="日期{value}晚于封面的填报截止日期{deadline}。",
    remedy="请核对日期和封面。",
    example="不晚于封面的填报截止日期",
    passes=[ORDINARY],
    fails=[{"medical_date": date(2019, 12, 20)}],
)
def after_deadline(roster: Roster, scheme: Scheme) -> Offenders:
    """A book holds what happened until its own deadline."""
    deadline = roster.cover.deadline
    after = (roster.days[f"{scheme}_date"] > deadline.toordinal()) & ~roster.by_list(scheme)
    return np.asarray(after & roster.enrolled(scheme)), {"deadline": Always(deadline.isoformat())}


@rule(
    code="805",
    title="收了钱没有日期",
    at="{scheme}_date",
    uses=("{scheme}_status", "{scheme}_paid"),
    entry="receipts",
    schemes=EVERY,
    blocks=EVERY,
    reason=DATE,
    problem="已实收{paid}元，没有填缴费日期。",
    remedy="请按票据填写日期。",
    example="{day}",
    passes=[ORDINARY],
    fails=[
        {"medical_date": ""},
        {"pension_date": ""},
    ],
)
def paid_without_date(roster: Roster, scheme: Scheme) -> Offenders:
    """A payment has a date, 六(三)."""
    paid = roster.money[f"{scheme}_paid"]
    return np.asarray(roster.enrolled(scheme) & (paid > 0) & roster.blank(f"{scheme}_date")), {"paid": yuans(paid)}


@rule(
    code="806",
    severity="warning",
    title="缴费期已过仍未缴",
    at="{scheme}_paid",
    uses=("{scheme}_status", "category", "tier"),
    entry="{scheme}.window",
    schemes=EVERY,
    problem="本次参保应收{due}元，缴费期{end}已过，仍未缴费。",
    remedy="请催缴；不再参保的请改正参保状态。",
    example="{due}",
    passes=[ORDINARY],
    fails=[{"pension_paid": "", "pension_date": "", "pension_receipt": ""}],
)
def unpaid_after_window(roster: Roster, scheme: Scheme) -> Offenders:
    """Not having paid is a finding only when the window has ended by the book's own deadline."""
    end = roster.policy.schemes[scheme].last_day
    if roster.cover.deadline <= end:
        return roster.none()
    waits = roster.in_own_days(scheme, roster.cover.deadline.toordinal())
    noted = roster.filled[f"{scheme}_date"] | roster.filled[f"{scheme}_receipt"]  # 810 reports these
    unpaid = _owes_all(roster, scheme) & ~noted & ~waits
    return np.asarray(unpaid), {"due": yuans(roster.due(scheme)), "end": Always(end.isoformat())}


@rule(
    code="810",
    severity="warning",
    title="有日期或票据却没有实收",
    at="{scheme}_paid",
    uses=("{scheme}_status", "{scheme}_date", "category", "tier"),
    entry="receipts",
    schemes=EVERY,
    problem="填了缴费日期或票据号，实收却是空的；应收{due}元，这一行按未缴计。",
    remedy="已收的请补填实收金额；没有收的请清空日期和票据号。",
    example="{due}",
    passes=[
        ORDINARY,
        {**NO_MEDICAL},
    ],
    fails=[
        {"medical_paid": ""},
        {"pension_paid": "", "pension_receipt": ""},
    ],
)
def dated_without_payment(roster: Roster, scheme: Scheme) -> Offenders:
    """A day or a receipt without an amount: most likely it was paid, but it counts as unpaid, 六(三)."""
    noted = roster.filled[f"{scheme}_date"] | roster.filled[f"{scheme}_receipt"]
    return np.asarray(_owes_all(roster, scheme) & noted), {"due": yuans(roster.due(scheme))}


def _day(ordinal: int) -> str:
    return date.fromordinal(int(ordinal)).isoformat()


def _owes_all(roster: Roster, scheme: Scheme) -> Mask:
    """Who enrolled, owes something and has paid nothing."""
    owes = roster.enrolled(scheme) & (roster.due(scheme) > 0) & (roster.money[f"{scheme}_paid"] == 0)
    if scheme == "pension":
        owes = owes & roster.filled["tier"]
    return np.asarray(owes)


@rule(
    code="807",
    severity="warning",
    title="全额资助没有登记日期",
    at="{scheme}_date",
    uses=("{scheme}_status", "{scheme}_paid", "category", "tier"),
    entry="enter",
    schemes=EVERY,
    problem="应收为0的人员没有填登记日期。",
    remedy="照样计入；请补填登记日期。",
    example="{day}",
    passes=[{"category": "特困", "medical_paid": "", "pension_paid": ""}],
    fails=[{"category": "特困", **NO_MEDICAL, "pension_paid": ""}],
)
def registered_without_date(roster: Roster, scheme: Scheme) -> Offenders:
    """People who owe nothing have a date of registration too, 四(三)."""
    free = (roster.due(scheme) == 0) & roster.due_known(scheme) & (roster.money[f"{scheme}_paid"] == 0)
    if scheme == "pension":
        free &= roster.filled["tier"]
    return np.asarray(roster.enrolled(scheme) & free & roster.blank(f"{scheme}_date"))


@rule(
    code="808",
    severity="warning",
    title="收了钱没有票据号",
    at="{scheme}_receipt",
    uses=("{scheme}_status", "{scheme}_paid"),
    entry="receipts",
    needs_entry=True,
    schemes=EVERY,
    problem="已实收{paid}元，{what}。",
    remedy="请按票据填写票据号；没有开票的请补开。",
    example="A0001234",
    passes=[ORDINARY],
    fails=[{"medical_receipt": ""}, {"pension_receipt": "微信缴费"}],
)
def paid_without_receipt(roster: Roster, scheme: Scheme) -> Offenders:
    """A payment has a receipt, 六(三)."""
    paid, key = roster.money[f"{scheme}_paid"], f"{scheme}_receipt"
    words = roster.words[key]

    def what(code: int) -> str:
        text = words.vocabulary[code]
        return f"票据号填的“{roster.names.hide(show(text, key))}”不是号码" if text else "没有填票据号"

    missing = roster.enrolled(scheme) & (paid > 0) & roster.blank(key) & ~roster.by_list(scheme)
    return np.asarray(missing), {"paid": yuans(paid), "what": Formatted(words.codes, what)}


@rule(
    code="811",
    severity="warning",
    title="特殊情形没有日期",
    at="special_date",
    uses=("special_case", "{scheme}_status"),
    entry="{scheme}.window",
    schemes=EVERY,
    problem="特殊情形是“{case}”，通知自那一天起另给{days}天缴费，却没有填这一天，另给的天数没有算。",
    remedy="请填出生、退役、刑满释放等的那一天；不是这种情形的，请清空特殊情形。",
    example="{day}",
    passes=[
        ORDINARY,
        {"special_case": "新生儿", "special_date": date(2019, 10, 15)},
        {"special_case": "刑满释放"},
    ],
    fails=[{"special_case": "新生儿"}],
)
def special_case_without_date(roster: Roster, scheme: Scheme) -> Offenders:
    """Days of one's own run from a day; a case to which the notice gives none needs no day."""
    given, cases = roster.policy.schemes[scheme].own_days, roster.words["special_case"]
    without = roster.enrolled(scheme) & roster.is_("special_case", *given) & roster.blank("special_date")
    words = {"case": Formatted(cases.codes, lambda code: cases.vocabulary[code])}
    return np.asarray(without), words | {
        "days": Formatted(cases.codes, lambda code: str(given[cases.vocabulary[code]]))
    }


RULES = (
    pension_paid_without_enrolling,
    medical_paid_without_enrolling,
    before_season,
    before_window,
    after_window,
    after_deadline,
    paid_without_date,
    unpaid_after_window,
    dated_without_payment,
    registered_without_date,
    paid_without_receipt,
    special_case_without_date,
)
"""The rules of this file, in the order in which they run."""
