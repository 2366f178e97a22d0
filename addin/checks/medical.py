"""6xx: medical insurance, 二, 三(二) to (四), 六(二)."""

from __future__ import annotations

import numpy as np

from addin.checks.due import against_due, amount_words
from addin.checks.rules import BLANK_PENSION, NO_MEDICAL, ORDINARY, Always, Offenders, rule, yuans
from addin.columns import (
    CITY,
    DISTRICT,
    MEDICAL_OUTSIDE_CITY,
    NOT_ENROLLED,
    OTHER_REASON,
    OUTSIDE,
    OVERSEAS,
    STUDENT,
    Scheme,
)
from addin.findings import INELIGIBLE, SHORT
from addin.roster import Mask, Roster


@rule(
    code="601",
    title="市外参保没有凭证",
    at="medical_proof",
    uses=("medical_status",),
    entry="insured_outside",
    schemes=("medical",),
    problem="在市外参保，却没有填参保凭证。",
    remedy="请填写缴费凭证或参保证明的名称、编号。",
    example="某市职工医保参保证明018号",
    passes=[
        {
            **BLANK_PENSION,
            "pension_status": "职工养老",
            "medical_status": "市外职工医保",
            "medical_proof": "参保证明018",
            **NO_MEDICAL,
        }
    ],
    fails=[{**BLANK_PENSION, "pension_status": "职工养老", "medical_status": "市外职工医保", **NO_MEDICAL}],
)
def outside_without_proof(roster: Roster, _: Scheme) -> Offenders:
    """People insured outside the city have a certificate, 三(四)."""
    return np.asarray(roster.is_("medical_status", *MEDICAL_OUTSIDE_CITY) & roster.blank("medical_proof"))


@rule(
    code="602",
    title="在校大学生列为本次参保",
    at="schooling",
    uses=("medical_status",),
    entry="students",
    schemes=("medical",),
    blocks=("medical",),
    reason=INELIGIBLE,
    problem="在校大学生由高校统一办理，不在本单位参保。",
    remedy="请把医保参保状态改为“高校参保”，已收的钱退还。",
    example="高校参保",
    passes=[
        {**BLANK_PENSION, "pension_status": "在校学生", "schooling": "高校", "medical_status": "高校参保", **NO_MEDICAL}
    ],
    fails=[{**BLANK_PENSION, "pension_status": "在校学生", "schooling": "高校"}],
)
def student_enrolled_here(roster: Roster, _: Scheme) -> Offenders:
    """College students are insured through their college, 三(三)."""
    return np.asarray(roster.is_("schooling", STUDENT) & roster.enrolled("medical"))


@rule(
    code="603",
    title="外地人员没有居住证明",
    at="residence_proof",
    uses=("medical_status", "register"),
    entry="residents_of_other_places",
    schemes=("medical",),
    blocks=("medical",),
    reason=INELIGIBLE,
    problem="户籍地是“{register}”，没有填居住证明。",
    remedy="请凭居住证、房产证或村（社区）证明参保，并选填居住证明。",
    example="居住证",
    passes=[{**BLANK_PENSION, "register": "外市", "residence_proof": "居住证", "pension_status": "非本区户籍"}],
    fails=[{**BLANK_PENSION, "register": "外市", "pension_status": "非本区户籍"}],
)
def stranger_without_proof(roster: Roster, _: Scheme) -> Offenders:
    """Residents of other cities have a proof of residence, 三(二)."""
    stranger = roster.is_("register", OUTSIDE, OVERSEAS) & roster.enrolled("medical")
    return np.asarray(stranger & roster.blank("residence_proof")), {"register": roster.words["register"].texts()}


@rule(
    code="604",
    severity="warning",
    title="本市他处户籍在此参保",
    at="register",
    uses=("medical_status",),
    entry="family",
    schemes=("medical",),
    problem="户籍地是“{value}”，应在户籍地参保。",
    remedy="请核对；确在本地居住的，请查清没有在户籍地重复参保。",
    example="本乡镇(街道)",
    passes=[ORDINARY],
    fails=[{"register": "本区其他乡镇(街道)"}],
)
def neighbour_enrolled_here(roster: Roster, _: Scheme) -> Offenders:
    """Families are insured where they are registered, 三(二)."""
    return np.asarray(roster.is_("register", DISTRICT, CITY) & roster.enrolled("medical"))


@rule(
    code="610",
    severity="warning",
    title="本次参保又填了不参保原因",
    at="medical_reason",
    uses=("medical_status",),
    entry="identity",
    schemes=("medical",),
    problem="医保是本次参保，却填了不参保原因。",
    remedy="请核对：确已参保的清空原因；人已死亡、迁出的改为不参保，已收的钱退还。",
    example="清空",
    passes=[ORDINARY],
    fails=[{"medical_reason": "死亡未销户"}],
)
def reason_though_enrolled(roster: Roster, _: Scheme) -> Offenders:
    """Only people who do not enrol have a reason for it; else it may be a payment for the dead, 六(二)."""
    return np.asarray(roster.enrolled("medical") & roster.filled["medical_reason"])


def _refunded(roster: Roster) -> Mask:
    """Low income relief collected at the net due instead of the cash due (先征后补)."""
    if not roster.policy.says("low_income_cash"):
        return roster.none()
    paid, due, judged = against_due(roster, "medical")
    return np.asarray(
        judged & (roster.due("medical", "refund") > 0) & (paid == roster.due("medical", "net")) & (paid < due)
    )


_PAID = ("{scheme}_status", "category")


@rule(
    code="605",
    title="医保少缴",
    at="medical_paid",
    uses=("medical_status", "category"),
    entry="identity",
    schemes=("medical",),
    blocks=("medical",),
    reason=SHORT,
    problem="实收{paid}元，应收{due}元，少{less}元。",
    remedy="不得擅自降低标准，请补收差额；人员类别填错的请改正。",
    example="{due}",
    passes=[ORDINARY],
    fails=[{"medical_paid": 200}],
)
def medical_short(roster: Roster, scheme: Scheme) -> Offenders:
    """The amount collected is not less than the cash due, 六(二)."""
    paid, due, judged = against_due(roster, scheme)
    return judged & (paid < due) & ~_refunded(roster), amount_words(paid, due)


@rule(
    code="607",
    title="先征后补的按净额收了",
    at="medical_paid",
    uses=("medical_status", "category"),
    entry="low_income_cash",
    schemes=("medical",),
    blocks=("medical",),
    reason=SHORT,
    problem="{refunded}先征后补：应先收{due}元，补助{refund}元由{department}另发；现只收{paid}元，少{less}元。",
    remedy="请补收差额。",
    example="{due}",
    passes=[{"category": "低保", "pension_paid": ""}],
    fails=[{"category": "低保", "medical_paid": 175, "pension_paid": ""}],
)
def low_income_net(roster: Roster, scheme: Scheme) -> Offenders:
    """Low income relief is collected in full and refunded afterwards, 三(六)."""
    paid, due, _ = against_due(roster, scheme)
    payers = dict.fromkeys(
        subsidy.department for subsidy in roster.policy.subsidies if subsidy.scheme == scheme and subsidy.to == "person"
    )
    return _refunded(roster), {
        **amount_words(paid, due),
        "refunded": Always("、".join(category.short for category in roster.policy.refunded)),
        "refund": yuans(roster.due("medical", "refund")),
        "department": Always("、".join(payers)),
    }


@rule(
    code="606",
    title="医保多收",
    at="medical_paid",
    uses=("medical_status", "category"),
    entry="identity",
    schemes=("medical",),
    problem="实收{paid}元，应收{due}元，多{more}元。",
    remedy="不得擅自提高标准，多收的请退还；人员类别填错的请改正。",
    example="{due}",
    passes=[ORDINARY],
    fails=[
        {"medical_paid": 300},
        {"category": "特困", "medical_paid": 250, "pension_paid": ""},
    ],
)
def medical_over(roster: Roster, scheme: Scheme) -> Offenders:
    """The amount collected is not more than the cash due, 六(二); the person is counted, the rest is given back."""
    paid, due, judged = against_due(roster, scheme)
    return judged & (paid > due), amount_words(paid, due)


@rule(
    code="608",
    title="困难人员不参保",
    at="medical_status",
    uses=("category", "medical_reason"),
    entry="hardship_medical",
    schemes=("medical",),
    problem="困难人员应100%参保，这里填了不参保。",
    remedy="请动员参保；确属死亡、迁出、服刑等的，请选不参保原因。",
    example="本次参保",
    passes=[
        {
            "category": "低保",
            "pension_paid": "",
            "medical_status": "不参保",
            "medical_reason": "死亡未销户",
            **NO_MEDICAL,
        }
    ],
    fails=[
        {
            "category": "低保",
            "pension_paid": "",
            "medical_status": "不参保",
            "medical_reason": "其他(见备注)",
            "remark": "不愿参加",
            **NO_MEDICAL,
        }
    ],
)
def hardship_out(roster: Roster, _: Scheme) -> Offenders:
    """Everybody in hardship is insured, 一(二); the listed reasons excuse."""
    return np.asarray(
        roster.hardship & roster.is_("medical_status", NOT_ENROLLED) & roster.is_("medical_reason", "", OTHER_REASON)
    )


RULES = (
    outside_without_proof,
    student_enrolled_here,
    stranger_without_proof,
    neighbour_enrolled_here,
    reason_though_enrolled,
    medical_short,
    low_income_net,
    medical_over,
    hardship_out,
)
"""The rules of this file, in the order in which they run."""
