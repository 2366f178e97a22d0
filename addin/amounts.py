"""Who pays what: from a policy and a case to fen, for one person or for whole columns.

In: a `Policy`, a scheme, the statuses of a person, for the pension the tier. Out: standard, net due, cash due, refund
due and the shares of the funders (articles 二, 三(六), 一(一)). Exact: whole fen, each funder's share rounded half-up
once, the person bears the rest. Always cash due + subsidy paid to the township = standard (or tier), and
net due = cash due - refund due. Every other module that speaks of money asks here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pandas as pd

from addin.columns import Scheme
from addin.policy import FEN, Policy, Subsidy, fold

ORDINARY = "ordinary"
TOTAL = "合计"

SEPARATORS = re.compile(r"[、,/;\s+和]+")


class UnknownCategory(ValueError):
    """A text that names no status; `text` is the part that was not understood."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"人员类别“{text}”认不出")


class UnknownTier(ValueError):
    """A pension tier that the policy does not list, or none where several could be meant."""


class NoQuota(LookupError):
    """The unit holds no quota in that scheme's attachment."""


@dataclass(frozen=True, slots=True)
class Share:
    """The share of one funder (fen), the department that pays it, and the receiver ('township' or 'person')."""

    funder: str
    department: str
    to: str
    fen: int


@dataclass(frozen=True, slots=True)
class Dues:
    """One person's amounts in one scheme, fen. `governing` is the category whose rate holds."""

    scheme: Scheme
    governing: str
    standard: int
    shares: tuple[Share, ...]

    @property
    def subsidy(self) -> int:
        """Paid to the township before or at collection."""
        return sum(share.fen for share in self.shares if share.to == "township")

    @property
    def refund(self) -> int:
        """Paid to the person's account afterwards (先征后补)."""
        return sum(share.fen for share in self.shares if share.to == "person")

    @property
    def cash(self) -> int:
        """The amount that the station collects now."""
        return self.standard - self.subsidy

    @property
    def net(self) -> int:
        """The person's own share in the end."""
        return self.cash - self.refund


def parse_category(policy: Policy, text: str) -> frozenset[str]:
    """The statuses that a cell of 人员类别 names; blank and 普通居民 give the empty set.

    Several statuses may be separated by 、 , / ; + or a space; the order does not matter. A text that is an alias as
    a whole is taken whole. Raises `UnknownCategory`.

    >>> from addin.policy import NOTICES, load
    >>> rules = load(NOTICES / "lengshuitan-2019")
    >>> sorted(parse_category(rules, "建档立卡、重残"))
    ['jiandang', 'severe_disabled']
    >>> parse_category(rules, "普通居民")
    frozenset()
    """
    words = policy.category_words
    if (whole := words.get(fold(text))) is not None:
        return frozenset({whole} - {ORDINARY})
    keys = set()
    for piece in filter(None, SEPARATORS.split(unicodedata.normalize("NFKC", text))):
        folded = fold(piece)
        if not folded:
            continue
        if folded not in words:
            raise UnknownCategory(piece)
        keys.add(words[folded])
    return frozenset(keys - {ORDINARY})


def dues(
    policy: Policy,
    scheme: Scheme,
    statuses: Iterable[str],
    tier: float | None = None,
    on: date | None = None,
    window: int = 0,
) -> Dues:
    """The amounts of one person.

    `tier` (fen) is for the pension; None is the lowest. `on` asks for the medical standard in force that day; None is
    the one notified last. `window` is the place of the window of the payment: 0 for the main one, n for the n-th after
    it. Raises `UnknownTier` for a tier that the policy does not list.

    >>> from addin.policy import NOTICES, load
    >>> rules = load(NOTICES / "lengshuitan-2019")
    >>> low = dues(rules, "medical", {"dibao"})
    >>> low.net, low.cash, low.refund
    (17500, 25000, 7500)
    """
    rules = policy.schemes[scheme]
    if scheme == "medical":
        standards = [standard for standard in rules.standards if on is None or standard.notified <= on]
        amount = (standards or rules.standards)[-1 if standards else 0].fen
    else:
        # looked up, never rounded into a tier; a float becomes the whole fen that it equals
        listed = [fen for fen in rules.tiers if tier is None or fen == tier]
        if tier is not None and not listed:
            raise UnknownTier(f"养老档次{tier / FEN:g}元不在所列档次中")
        amount = listed[0]
    later = rules.windows[window - 1] if window else None
    if later and later.fen is not None:
        amount = later.fen
    held = set(statuses)
    governing, subsidy = _governing(policy, scheme, held)
    if (
        subsidy is None
        or (later and not later.subsidised)
        or (scheme == "pension" and not subsidy.above_lowest and amount > rules.tiers[0])
    ):
        return Dues(scheme, governing, amount, ())
    shares, left = [], amount
    for part in subsidy.parts:
        if part.rest:
            fen = left
        elif part.amount is not None:
            fen = min(part.amount, left)
        else:
            assert part.share is not None
            fen = min(int((part.share * amount).quantize(Decimal(1), ROUND_HALF_UP)), left)
        left -= fen
        shares.append(Share(part.funder, subsidy.department, subsidy.to, fen))
    return Dues(scheme, governing, amount, tuple(shares))


def _governing(policy: Policy, scheme: Scheme, held: set[str]) -> tuple[str, Subsidy | None]:
    """The first status in the order of precedence that has a subsidy; else the first there is."""
    order = [key for key in policy.precedence[scheme] if key in held]
    for key in order:
        for subsidy in policy.subsidies:
            if subsidy.scheme == scheme and key in subsidy.categories:
                return key, subsidy
    return (order[0] if order else ORDINARY), None


def table(
    policy: Policy,
    scheme: Scheme,
    categories: Sequence[str | None],
    tiers: Sequence[float | None] | None = None,
    on: date | None = None,
    windows: Sequence[int] | None = None,
) -> pd.DataFrame:
    """The amounts of many people at once.

    `categories` are cell texts (blank is 普通居民), `tiers` fen of the same length (blank is the lowest), `windows` places
    of windows (see `dues`; none is the main one); None, NaN and '' are blank.
    Gives a frame with the int64 columns standard, subsidy, net, cash, refund (fen), the text `governing`, and `known`:
    False where the category or the tier is not understood (amounts 0 there). The work is done once for each distinct
    pair.

    >>> from addin.policy import NOTICES, load
    >>> rules = load(NOTICES / "lengshuitan-2019")
    >>> table(rules, "medical", ["低保", "特困", "?"])[["cash", "known"]].to_numpy().tolist()
    [[25000, True], [0, True], [0, False]]
    """
    category_codes, category_texts = pd.factorize(_blanked(categories))
    if tiers is None:
        tier_codes, tier_values = np.zeros(len(category_codes), dtype=np.intp), np.array([""], dtype=object)
    else:
        tier_codes, tier_values = pd.factorize(_blanked(tiers))
    pairs = category_codes.astype(np.int64) * max(len(tier_values), 1) + tier_codes
    if windows is not None:
        pairs = pairs + np.asarray(windows, dtype=np.int64) * _WINDOW
    pair_codes, distinct = pd.factorize(pairs)
    owed: list[Dues] = []
    known: list[bool] = []
    for window, pair in zip(*np.divmod(distinct, _WINDOW), strict=True):
        text, tier = category_texts[pair // len(tier_values)], tier_values[pair % len(tier_values)]
        try:
            statuses = parse_category(policy, str(text))
            if isinstance(tier, str) and tier:
                raise UnknownTier(tier)
            amounts_due, understood = (
                dues(policy, scheme, statuses, None if tier == "" else tier, on, int(window)),
                True,
            )
        except (UnknownCategory, UnknownTier):
            amounts_due, understood = Dues(scheme, ORDINARY, 0, ()), False
        owed.append(amounts_due)
        known.append(understood)
    columns: dict[str, np.ndarray] = {
        name: np.array([getattr(amounts_due, name) for amounts_due in owed], dtype=np.int64)
        for name in ("standard", "subsidy", "net", "cash", "refund")
    }
    columns["governing"] = np.array([amounts_due.governing for amounts_due in owed], dtype=object)
    columns["known"] = np.array(known, dtype=bool)
    return pd.DataFrame({name: values.take(pair_codes) for name, values in columns.items()})


_WINDOW = 10**12
"""More than there are kinds of a category and a tier."""


def _blanked(values: Sequence[object]) -> np.ndarray:
    column = pd.Series(list(values), dtype=object)
    return column.where(column.notna(), "").to_numpy()


def quota_rate(policy: Policy, scheme: Scheme, township: str, people: int | float) -> Fraction:
    """People over quota, exact and never capped. 合计 is the printed total (interpretation `printed_total`).

    Raises `NoQuota` where the attachment gives the unit none, `KeyError` where the text names no unit.

    >>> from addin.policy import NOTICES, load
    >>> rules = load(NOTICES / "lengshuitan-2019")
    >>> quota_rate(rules, "medical", "仁湾镇", 32010)
    Fraction(1, 1)
    """
    return Fraction(people) / quota(policy, scheme, township)


def quota(policy: Policy, scheme: Scheme, township: str) -> int:
    """The people that a unit (or 合计) must enrol. Errors as in `quota_rate`."""
    attachment = policy.schemes[scheme].attachment
    if fold(township) == fold(TOTAL):
        return attachment.printed_quota if policy.choice("printed_total") == "printed" else attachment.sum_quota
    unit = policy.unit(township)
    if unit is None:
        raise KeyError(township)
    row = attachment.by_unit.get(unit.name)
    if row is None or not row.quota:
        raise NoQuota(f"{unit.name}在附件{attachment.number}中没有任务数")
    return row.quota
