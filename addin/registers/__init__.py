"""The departments' lists: people in hardship, insured employees, villages, payments; and a roster against them.

In: the workbooks of 民政, 扶贫, 残联, 医保, 税务 and of the village register, recognised by their headers and by the statuses
in them, never by their names. Out: `ListFile`s, reduced to keyed hashes like any received file, and put together in
`Lists`; `hold_against` writes into a `Roster` what they say of its people, before it is checked. A list speaks of the
statuses, schemes and units that it has, and of no other: what no list is about stays as the roster has it. Answers to
一(二), 三(四), 三(五), 三(六), 六(一) of the notice: whose status is on the list on the day of payment, else on 填报截止日期.
"""

from addin.registers.against import hold_against
from addin.registers.model import (
    BY_LIST,
    LISTED,
    NOT_ENROLLED,
    NOT_LISTED,
    NOWHERE,
    OTHER_AMOUNT,
    OTHER_DAY,
    SAME_PAYMENT,
    Index,
    ListFile,
    Lists,
    Village,
)
from addin.registers.read import one_list

__all__ = [
    "BY_LIST",
    "LISTED",
    "NOT_ENROLLED",
    "NOT_LISTED",
    "NOWHERE",
    "OTHER_AMOUNT",
    "OTHER_DAY",
    "SAME_PAYMENT",
    "Index",
    "ListFile",
    "Lists",
    "Village",
    "hold_against",
    "one_list",
]
