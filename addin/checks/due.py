"""Paid against due, and ages: what several rules and the reduction of a roster ask."""

from __future__ import annotations

import functools
from datetime import date
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from addin import amounts
from addin.checks.rules import Formatted, yuans
from addin.columns import (
    Scheme,
)
from addin.policy import Policy
from addin.roster import Mask, Roster


def earlier_standard(roster: Roster) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """For each person the cash due of an earlier medical standard paid in full before a later one was notified, and that
    standard's place among the notice's; -1 and -1 for everybody else.

    Who did so stays counted (specification 3); the difference is caught up or given back, and until then what others
    pay goes by that standard too.
    """
    standards = roster.policy.schemes["medical"].standards
    settled, place = np.full((2, len(roster)), -1, dtype=np.int64)
    paid, day = roster.money["medical_paid"], roster.days["medical_date"]
    for n, (standard, later) in enumerate(pairwise(standards)):
        due = amounts.table(roster.policy, "medical", list(roster.categories("medical")), on=standard.notified)
        cash = due["cash"]
        in_time = (day > 0) & (day < later.notified.toordinal()) & (day >= standard.notified.toordinal() - 366)
        these = in_time & (paid == cash) & (paid > 0)
        settled, place = np.where(these, cash, settled), np.where(these, n, place)
    return settled, place


def against_due(roster: Roster, scheme: Scheme) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Mask]:
    """Paid, due, and who of the claimed people has paid something that can be judged."""
    paid, due = roster.money[f"{scheme}_paid"], roster.due(scheme)
    if scheme == "medical":
        settled, _ = earlier_standard(roster)
        due = np.where(settled >= 0, settled, due)
    judged = roster.enrolled(scheme) & (paid > 0) & roster.due_known(scheme)
    return paid, due, np.asarray(judged)


def amount_words(paid: npt.NDArray[np.int64], due: npt.NDArray[np.int64]) -> dict[str, Formatted]:
    return {"paid": yuans(paid), "due": yuans(due), "less": yuans(due - paid), "more": yuans(paid - due)}


def _age_on(born: npt.NDArray[np.int32], day: npt.NDArray[np.int32] | int) -> npt.NDArray[np.int32]:
    """Whole years of age on a day; -1 where the birth date is not known."""
    # 20191115 - 20031116 is 159999: not yet 16
    years = (_written(np.asarray(day)) - _written(born)) // 10_000
    # a day before the birth is a wrong date, and certainly before the sixteenth birthday
    return np.where(born > 0, np.maximum(years, 0), -1).astype(np.int32)


_FIRST, _LAST = date(1850, 1, 1).toordinal(), date(2150, 1, 1).toordinal()


def _written(ordinals: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """Days as numbers like 20191115; 0 for no day."""
    outside = (ordinals < _FIRST) | (ordinals >= _LAST)
    days: npt.NDArray[np.int64] = _usual_days()[np.where(outside, 0, ordinals - _FIRST)]
    for ordinal in np.unique(ordinals[outside]).tolist():  # 2919-10-15 is typed now and then
        day = date.fromordinal(ordinal) if ordinal else None
        days = np.where(ordinals == ordinal, day.year * 10_000 + day.month * 100 + day.day if day else 0, days)
    return days


@functools.cache
def _usual_days() -> npt.NDArray[np.int64]:
    days = (np.arange(_FIRST, _LAST) - date(1970, 1, 1).toordinal()).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    month = months.astype(np.int64)  # since January 1970
    written: npt.NDArray[np.int64] = (1970 + month // 12) * 10_000 + (month % 12 + 1) * 100
    written += (days - months).astype(np.int64) + 1
    return written


def late(roster: Roster, scheme: Scheme) -> tuple[Mask, npt.NDArray[np.int64]]:
    """Who has paid on a day that no longer counts, and after the last day of which window (an ordinal)."""
    rules, day = roster.policy.schemes[scheme], roster.days[f"{scheme}_date"]
    end = np.full(len(roster), rules.window.end.toordinal(), dtype=np.int64)
    after = day > end
    for window in rules.windows:
        if window.counted:
            after &= (day < window.start.toordinal()) | (day > window.end.toordinal())
            end = np.where(day > window.end.toordinal(), window.end.toordinal(), end)
    return np.asarray(after & ~roster.in_own_days(scheme, day)), end


def pension_age(roster: Roster) -> npt.NDArray[np.int32]:
    """The age that decides, 三(一): on the payment date, else on the window's last day (interpretation `age_day`)."""
    end = roster.policy.schemes["pension"].window.end.toordinal()
    paid_on = roster.days["pension_date"]
    if roster.policy.choice("age_day") == "window_end":
        paid_on = np.zeros_like(paid_on)
    return _age_on(roster.person.born, np.where(paid_on > 0, paid_on, end).astype(np.int32))


def age_on(roster: Roster, day: date) -> npt.NDArray[np.int32]:
    """Everybody's age on a day; -1 unknown."""
    return _age_on(roster.person.born, day.toordinal())


def age_at_end(roster: Roster) -> npt.NDArray[np.int32]:
    """The age on the last day of the pension window; -1 unknown."""
    return age_on(roster, roster.policy.schemes["pension"].window.end)


def age_limits(policy: Policy) -> tuple[int, int]:
    """The age from which people may enrol, and the one at which they draw the pension."""
    return policy.entries["age"].values["age"], policy.entries["elder_age"].values["age"]
