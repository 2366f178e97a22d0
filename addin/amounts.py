"""Who pays what: from a policy and a case to fen, for one person or for whole columns.

In: a `Policy`, a scheme, the statuses of a person, for the pension the tier. Out: standard, net due, cash due, refund
due and the shares of the funders (articles 二, 三(六), 一(一)). Exact: whole fen, each funder's share rounded half-up
once, the person bears the rest. Always cash due + subsidy paid to the township = standard (or tier), and
net due = cash due - refund due. Every other module that speaks of money asks here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from addin.columns import Scheme
from addin.policy import AGE_UNKNOWN, FEN, OTHER_AGES, SEPARATORS, Policy, Subsidy, fold

ORDINARY = "ordinary"
TOTAL = "合计"


class UnknownCategory(ValueError):
    """A text that names no status; `text` is the part that was not understood."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"人员类别“{text}”认不出")


class UnknownAge(UnknownCategory):
    """Of somebody whose age is not known it cannot be said what is due."""


class UnknownTier(ValueError):
    """A pension tier that the policy does not list, or that is not open to this person."""


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
    entry: str = ""
    """The policy entry of the subsidy, where there is one."""

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
    for piece in filter(None, SEPARATORS.split(policy.with_short_names(text))):
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

    `statuses` are keys of statuses and of the person's group (of several the first in the notice's order). `tier` (fen)
    is for the pension; None is the lowest that is open to this person. `on` asks for the medical standard in force that
    day; None is the one notified last. `window` is the place of the window of the payment: 0 for the main one, n for
    the n-th after it. Raises `UnknownTier` for a tier that the policy does not list, `UnknownAge` where the group is
    not known and would make a difference.

    >>> from addin.policy import NOTICES, load
    >>> rules = load(NOTICES / "lengshuitan-2019")
    >>> low = dues(rules, "medical", {"dibao"})
    >>> low.net, low.cash, low.refund
    (17500, 25000, 7500)
    """
    held = set(statuses)
    if AGE_UNKNOWN in held:
        groups = ("", *(group.key for group in policy.groups))
        first, *others = (dues(policy, scheme, held - {AGE_UNKNOWN} | {group}, tier, on, window) for group in groups)
        if any(other != first for other in others):
            raise UnknownAge(AGE_UNKNOWN)
        return first
    rules, group = policy.schemes[scheme], policy.group_of(held)
    held = _of_one_group(policy, held)
    if scheme == "medical":
        standards = [standard for standard in rules.standards if on is None or standard.notified <= on]
        standard = (standards or rules.standards)[-1 if standards else 0]
        amount = standard.by_group.get(group, standard.fen)
    elif tier is None:
        amount = (open_tiers(policy, scheme, held) or rules.tiers)[0]
    else:
        # looked up, never rounded into a tier; a float becomes the whole fen that it equals
        listed = [fen for fen in rules.tiers if fen == tier]
        if not listed:
            raise UnknownTier(f"养老档次{tier / FEN:g}元不在所列档次中")
        amount = listed[0]
    later = rules.windows[window - 1] if window else None
    if later and later.fen is not None:
        amount = later.by_group.get(group, later.fen)
    governing, subsidies = _governing(policy, scheme, held, group)
    subsidy = next((given for given in subsidies if not given.tiers or amount in given.tiers), None)
    if subsidy is None or (later and not later.subsidised):
        return Dues(scheme, governing, amount, ())
    return Dues(scheme, governing, amount, _shares(subsidy, amount), subsidy.entry)


def _shares(subsidy: Subsidy, amount: int) -> tuple[Share, ...]:
    """What each funder of a subsidy pays of an amount (fen): rounded once, and never more than is left."""
    shares, left = [], amount
    for part in subsidy.parts:
        if part.rest:
            fen = left
        elif part.amount is not None:
            fen = min(part.amount, left)
        else:
            assert part.share is not None
            fen = min(int((part.share * amount).quantize(Decimal(1), ROUND_HALF_UP)), left)
        if part.at_most is not None:
            fen = min(fen, part.at_most)
        left -= fen
        shares.append(Share(part.funder, subsidy.department, subsidy.to, fen))
    return tuple(shares)


def open_tiers(policy: Policy, scheme: Scheme, held: Collection[str]) -> tuple[int, ...]:
    """The tiers (fen) that somebody with these statuses and group may choose; of unknown age, all that age may open."""
    limits, held = policy.schemes[scheme].limits, _of_one_group(policy, held)
    groups = ("", *(group.key for group in policy.groups)) if AGE_UNKNOWN in held else ("",)
    return tuple(
        tier
        for tier in policy.schemes[scheme].tiers
        if any(all(limit.allows({*held, group}) for limit in limits if tier in limit.tiers) for group in groups)
    )


def _of_one_group(policy: Policy, held: Collection[str]) -> set[str]:
    """Statuses and group of somebody: of several groups the first."""
    return {*held} - {group.key for group in policy.groups} | {policy.group_of(held)} - {""}


def cases(policy: Policy, scheme: Scheme) -> Iterator[tuple[str, frozenset[str]]]:
    """What a list of the amounts names: each status, each group that owes something else, and both where that is new.

    Nobody to whom every tier is closed.
    """
    statuses = [(category, frozenset({key} - {ORDINARY})) for key, category in policy.statuses_by_key.items()]
    for category, held in statuses:
        yield category.name, held
    for group in policy.divided(scheme):
        for category, held in statuses:
            both = held | {group.key}
            alone, together = (
                [(tier, dues(policy, scheme, some, tier)) for tier in _payable(policy, scheme, some)]
                for some in (held, both)
            )
            if together and alone != together:
                yield (f"{category.short}、{group.short}" if held else group.name), both


def _payable(policy: Policy, scheme: Scheme, held: frozenset[str]) -> tuple[int | None, ...]:
    """What somebody may pay: the open tiers, or the standard (None)."""
    return open_tiers(policy, scheme, held) if policy.schemes[scheme].tiers else (None,)


def closed(policy: Policy, categories: npt.NDArray[np.object_], tiers: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Who has a pension tier (fen) of the list that is not open to him; nobody whose category is not understood.

    `categories` are texts as for `table`. The work is done once for each distinct pair.
    """
    rules = policy.schemes["pension"]
    if not rules.limits:
        return np.zeros(len(tiers), dtype=bool)
    codes, texts = pd.factorize(_blanked(categories))
    chosen, values = pd.factorize(tiers)
    shut = np.zeros((len(texts), len(values)), dtype=bool)
    for n, text in enumerate(texts):
        try:
            held = parse_category(policy, str(text))
        except UnknownCategory:
            continue
        choices = {*open_tiers(policy, "pension", held)}
        shut[n] = [tier in rules.tiers and tier not in choices for tier in values.tolist()]
    return shut[codes, chosen]


def _governing(policy: Policy, scheme: Scheme, held: set[str], group: str) -> tuple[str, list[Subsidy]]:
    """The first status in the order of precedence that has a subsidy, and its subsidies; else the first there is.

    What is said of some groups or tiers goes before what is said of all.
    """
    order = [key for key in policy.precedence[scheme] if key in held]
    for key in order:
        given = [
            subsidy
            for subsidy in policy.subsidies
            if subsidy.scheme == scheme
            and key in subsidy.categories
            and (group in subsidy.groups or not subsidy.groups)
        ]
        if given:
            return key, sorted(given, key=lambda subsidy: (not subsidy.groups, not subsidy.tiers))
    return (order[0] if order else ORDINARY), []


def group_words(
    policy: Policy,
    categories: Sequence[object] | npt.NDArray[np.object_],
    born: npt.NDArray[np.integer],
    schooling: Sequence[object] | npt.NDArray[np.object_],
) -> npt.NDArray[np.object_]:
    """The word of each person's group, '' for none.

    The facts decide: `born` (ordinals, 0: not known) and 在校情况. Where age would decide and is not known, the group
    holds that the cell of 人员类别 names; without one it is `AGE_UNKNOWN`.
    """
    codes, texts = pd.factorize(_blanked(categories))
    where, words = pd.factorize(_blanked(schooling))
    named = np.array([_group_said(policy, str(text)) for text in texts], dtype=np.intp)[codes]
    place = np.full(len(codes), len(policy.groups))
    for n, group in reversed([*enumerate(policy.groups)]):
        assert group.facts is not None
        if group.facts.born:
            first, last = (day.toordinal() for day in group.facts.born)
            place = np.where(born == 0, named, np.where((born >= first) & (born <= last), n, place))
        at_school = np.array([word in group.facts.schooling for word in words], dtype=bool)[where]
        place = np.where(at_school, n, place)
    words = np.array([*(group.short for group in policy.groups), "", AGE_UNKNOWN], dtype=object)
    return np.asarray(words[place])


def _group_said(policy: Policy, text: str) -> int:
    """The place of the group that a category names: behind the groups, none of them, then not known."""
    try:
        held = parse_category(policy, text)
    except UnknownCategory:
        held = frozenset()
    keys = [*(group.key for group in policy.groups), OTHER_AGES]
    return next((n for n, key in enumerate(keys) if key in held), len(keys))


def with_groups(
    policy: Policy, categories: npt.NDArray[np.object_], groups: npt.NDArray[np.object_]
) -> npt.NDArray[np.object_]:
    """Categories as texts for `table`: the statuses that they name, and each person's group (a word, '' for none)."""
    codes, texts = pd.factorize(categories)
    own = np.array([_without_group(policy, str(text)) for text in texts], dtype=object)
    where, words = pd.factorize(groups)
    pair, distinct = pd.factorize(codes * max(len(words), 1) + where)
    pairs = (divmod(pair_code, len(words)) for pair_code in distinct.tolist())
    joined = ["、".join(filter(None, (own[text], words[word]))) for text, word in pairs]
    return np.array(joined, dtype=object)[pair]


def _without_group(policy: Policy, text: str) -> str:
    try:
        held = parse_category(policy, text)
    except UnknownCategory:
        return text
    if held <= policy.statuses_by_key.keys():
        return text
    return "、".join(category.short for key, category in policy.statuses_by_key.items() if key in held)


Columns = dict[str, npt.NDArray[Any]]
"""Arrays of the same length by name."""


def table(
    policy: Policy,
    scheme: Scheme,
    categories: Sequence[str | None],
    tiers: Sequence[float | None] | None = None,
    on: date | None = None,
    windows: Sequence[int] | None = None,
) -> Columns:
    """The amounts of many people at once.

    `categories` are cell texts (blank is 普通居民), `tiers` fen of the same length (blank is the lowest), `windows` places
    of windows (see `dues`; none is the main one); None, NaN and '' are blank.
    Gives int64 arrays by the names standard, subsidy, net, cash, refund (fen), the texts `governing`, and `known`: False
    where the category or the tier is not understood (amounts 0 there). The work is done once for each distinct pair.

    >>> from addin.policy import NOTICES, load
    >>> rules = load(NOTICES / "lengshuitan-2019")
    >>> due = table(rules, "medical", ["低保", "特困", "?"])
    >>> due["cash"].tolist(), due["known"].tolist()
    ([25000, 0, 0], [True, True, False])
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
    columns: Columns = {
        name: np.array([getattr(amounts_due, name) for amounts_due in owed], dtype=np.int64)
        for name in ("standard", "subsidy", "net", "cash", "refund")
    }
    columns["governing"] = np.array([amounts_due.governing for amounts_due in owed], dtype=object)
    columns["known"] = np.array(known, dtype=bool)
    return {name: values[pair_codes] for name, values in columns.items()}


_WINDOW = 10**12
"""More than there are kinds of a category and a tier."""


def _blanked(values: Sequence[object] | npt.NDArray[np.object_]) -> np.ndarray:
    column = np.empty(len(values), dtype=object)
    column[:] = list(values)
    column[pd.isna(column)] = ""
    return column


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
