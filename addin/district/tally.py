"""One file's share of the district's tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from addin import amounts, checks, columns, registers
from addin.columns import Scheme
from addin.findings import DUPLICATE, ORDER, REASONS
from addin.policy import Policy

EVERYBODY = "合计"
MEDICAL_EXCUSES = tuple(reason for reason in columns.REASONS if reason != columns.OTHER_REASON)
Case = tuple[str, tuple[amounts.Share, ...]]
"""The governing category and the shares of one kind of case."""
Column = Callable[[str], npt.NDArray[Any]]
"""Gives a column of a scheme, of numbers or truth values, by what it holds."""


@dataclass
class Tally:
    """One file's figures for the tables of one scheme; money in fen."""

    claimed: int
    counted: int
    late: int
    why: dict[str, int]
    cash: dict[str, int]
    funding: Counter[tuple[str, str, str, str, str]]
    days: Counter[int]
    coverage: Counter[tuple[str, str]]
    stake: Counter[tuple[int, str]] = field(default_factory=Counter)
    """With departments' lists, by verdict (see `roster.ListMatches`): persons, listed_fen, claimed_fen."""
    payments: Counter[tuple[str, str]] = field(default_factory=Counter)
    """With the tax office's payments, by difference (`DIFFERENCES`): persons, listed_fen, own_fen."""
    villages: Counter[tuple[int, str]] = field(default_factory=Counter)
    """Where villages have quotas, by village (1 the first of the unit's; 0 none of them): claimed, counted, late."""


DIFFERENCES = (None, registers.SAME_PAYMENT, registers.BY_LIST, registers.OTHER_AMOUNT, registers.NOT_LISTED,
               registers.NOT_ENROLLED)  # fmt: skip
"""How a row and the tax office's list may stand to one another, as arrays number it; 0: no payment on either side."""
CASH = ("due", "collected", "over", "short", "unclear", "catch_up", "give_back")


def tally(
    people: pd.DataFrame,
    cases: Sequence[Case],
    scheme: Scheme,
    policy: Policy,
    elsewhere: npt.NDArray[np.bool_] | None = None,
) -> Tally:
    """Count one file (its `Details`) for one scheme; `elsewhere` marks the rows whose person belongs elsewhere."""
    if elsewhere is None:
        elsewhere = np.zeros(len(people), dtype=bool)

    def column(what: str) -> npt.NDArray[Any]:
        return people[f"{scheme}_{what}"].to_numpy()

    claimed = column("claimed")
    why, late = why_not(people, scheme, elsewhere)
    settled, late = claimed & (why == 0), claimed & late
    counted = settled & ~late
    reasons = np.bincount(why[claimed], minlength=len(REASONS) + 1)
    owes = claimed & column("known") & ~elsewhere
    paid = column("paid")
    if f"{scheme}_own" in people:  # a payment of the list is the owner's, and is added up once
        paid = np.where(elsewhere, column("own"), paid)
    due = np.where(owes, column("due"), 0)
    unclear = ~column("known")
    catch_up = np.where(settled, column("catch_up"), 0)
    cash = {
        "due": int(due.sum()),
        "collected": int(paid.sum()),
        "over": int(np.maximum(paid - due, 0)[~unclear].sum()),
        "short": int(np.maximum(due - paid, 0)[~unclear].sum()),
        "unclear": int(paid[unclear].sum()),
        "catch_up": int(np.maximum(catch_up, 0).sum()),
        "give_back": int(np.maximum(-catch_up, 0).sum()),
    }
    days = column("day")[counted]
    # with lists: what is counted goes by them, what is claimed by the rosters' own categories
    by_category = column("said" if f"{scheme}_said" in people else "case")
    return Tally(
        claimed=int(claimed.sum()),
        counted=int(counted.sum()),
        late=int(late.sum()),
        why={reason: int(reasons[ORDER[reason]]) for reason in REASONS},
        cash=cash,
        funding=_funding(cases, column("case"), counted, by_category, owes, policy),
        days=Counter(dict(zip(*[values.tolist() for values in np.unique(days, return_counts=True)], strict=True))),
        coverage=_coverage(people, scheme, counted, column, policy),
        stake=_stake(people, cases, column("case"), by_category, claimed) if "verdict" in people else Counter(),
        payments=_payments(column, elsewhere) if f"{scheme}_own" in people else Counter(),
        villages=_villages(column("village"), claimed=claimed, counted=counted, late=late)
        if f"{scheme}_village" in people
        else Counter(),
    )


def why_not(
    people: pd.DataFrame, scheme: Scheme, elsewhere: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.integer], npt.NDArray[np.bool_]]:
    """Why each row (of `Details.people`) does not count in a scheme, 0 or the place in ORDER; and whether it would but
    for the day of payment. `elsewhere` marks the rows whose person belongs elsewhere."""
    why = people[f"{scheme}_why"].to_numpy().copy()
    duplicate = ORDER[DUPLICATE]
    why[elsewhere & ((why == 0) | (why > duplicate))] = duplicate
    return why, (why == 0) & people[f"{scheme}_late"].to_numpy()


def _villages(place: npt.NDArray[np.integer], **rows: npt.NDArray[np.bool_]) -> Counter[tuple[int, str]]:
    """How many of some rows are in each village, by what they are."""
    return Counter(
        {
            (village, what): number
            for what, those in rows.items()
            for village, number in enumerate(np.bincount(place[those]).tolist())
        }
    )


def _payments(column: Column, elsewhere: npt.NDArray[np.bool_]) -> Counter[tuple[str, str]]:
    """People, and fen by the list and by the rows, by how the two stand to one another."""
    difference, listed, own = np.where(elsewhere, 0, column("difference")), column("listed"), column("own")
    payments: Counter[tuple[str, str]] = Counter()
    for n, code in enumerate(DIFFERENCES):
        if code is not None and (rows := difference == n).any():
            payments[code, "persons"] += int(rows.sum())
            payments[code, "listed_fen"] += int(listed[rows].sum())
            payments[code, "own_fen"] += int(own[rows].sum())
    if other := int((column("other_day") & ~elsewhere).sum()):
        payments[registers.OTHER_DAY, "persons"] += other
    return payments


def _funding(
    cases: Sequence[Case],
    case: npt.NDArray[np.int32],
    counted: npt.NDArray[np.bool_],
    by_category: npt.NDArray[np.int32],
    owes: npt.NDArray[np.bool_],
    policy: Policy,
) -> Counter[tuple[str, str, str, str, str]]:
    """People and fen by (category, funder, department, to, what); `what` is one of four columns."""
    by_counted = np.bincount(case[counted], minlength=len(cases))
    by_claimed = np.bincount(by_category[owes], minlength=len(cases))
    funding: Counter[tuple[str, str, str, str, str]] = Counter()
    for (governing, shares), people, claimed in zip(cases, by_counted.tolist(), by_claimed.tolist(), strict=True):
        for share in shares:
            key = (policy.categories[governing].name, share.funder, share.department, share.to)
            funding[*key, "persons"] += people
            funding[*key, "fen"] += people * share.fen
            funding[*key, "claimed_persons"] += claimed
            funding[*key, "claimed_fen"] += claimed * share.fen
    return funding


def _stake(
    people: pd.DataFrame,
    cases: Sequence[Case],
    case: npt.NDArray[np.int32],
    by_category: npt.NDArray[np.int32],
    claimed: npt.NDArray[np.bool_],
) -> Counter[tuple[int, str]]:
    """People whose category the lists do not bear out, and what is given for them by the lists and by the row."""
    fen = np.array([sum(share.fen for share in shares) for _, shares in cases] or [0], dtype=np.int64)
    by_list, by_row, verdict = fen[case], fen[by_category], people["verdict"].to_numpy()
    stake: Counter[tuple[int, str]] = Counter()
    for each in np.unique(verdict[verdict > 0]).tolist():
        rows = claimed & (verdict == each) & (by_list != by_row)
        stake[each, "persons"] += int(rows.sum())
        stake[each, "listed_fen"] += int(by_list[rows].sum())
        stake[each, "claimed_fen"] += int(by_row[rows].sum())
    return stake


def coverage_reasons() -> tuple[str, ...]:
    """Every reason that excuses somebody in hardship, medical first."""
    return (*MEDICAL_EXCUSES, *checks.PENSION_EXCUSES)


def _coverage(
    people: pd.DataFrame,
    scheme: Scheme,
    counted: npt.NDArray[np.bool_],
    column: Column,
    policy: Policy,
) -> Counter[tuple[str, str]]:
    """People in hardship by (category, what): people, each reason, obliged, enrolled."""
    reasons = MEDICAL_EXCUSES if scheme == "medical" else checks.PENSION_EXCUSES
    statuses, trusted = (
        column("held") if f"{scheme}_held" in people else people["statuses"].to_numpy(),
        people["trusted"].to_numpy(),
    )
    enrolled = counted | column("elsewhere")
    excused = np.where(enrolled, 0, column("excused"))
    coverage: Counter[tuple[str, str]] = Counter()
    bits = {
        category.name: policy.status_bits([key]) for key, category in policy.categories.items() if category.hardship
    }
    for name, bit in {**bits, EVERYBODY: sum(bits.values())}.items():
        those = trusted & ((statuses & bit) != 0)
        if not those.any():
            continue
        by_reason = np.bincount(excused[those], minlength=len(reasons) + 1)
        coverage[name, "people"] += int(those.sum())
        coverage[name, "obliged"] += int(by_reason[0])
        coverage[name, "enrolled"] += int((those & enrolled).sum())
        for n, reason in enumerate(reasons, 1):
            coverage[name, reason] += int(by_reason[n])
    return coverage
