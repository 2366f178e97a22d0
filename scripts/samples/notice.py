"""A notice's numbers, restated for the oracle from a description of its own (`notices/`), never from policy.toml.

In: a notice's folder, a person's statuses, a tier, a day. Out: what is due and who bears the rest, in fen. The
descriptions were written by hand from the notices' texts; deliberately no import of the program's policy or amounts.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import addin
from scripts.samples.people import years_between

Scheme = Literal["medical", "pension"]
SCHEMES: tuple[Scheme, ...] = ("medical", "pension")
DESCRIPTIONS = Path(__file__).parent / "notices"
LENGSHUITAN = Path(addin.__file__).parent / "notices" / "lengshuitan-2019"


def fen(yuan: str | float) -> int:
    """Yuan as they are written or typed, in fen.

    >>> fen(250), fen("42.52"), fen(0.29)
    (25000, 4252, 29)
    """
    return int((Decimal(str(yuan)) * 100).to_integral_exact())


def yuan(amount: int) -> int | float:
    """Fen as a clerk types them: whole yuan without a point.

    >>> yuan(25000), yuan(4252)
    (250, 42.52)
    """
    return amount // 100 if amount % 100 == 0 else amount / 100


class Share(NamedTuple):
    """The contribution of one funder: who pays it over, to whom ('township' or 'person'), how much."""

    funder: str
    department: str
    to: str
    fen: int


@dataclass(frozen=True, slots=True)
class Later:
    """A window after the main one; `fen` is what a person pays in it, by group, '' for all others; empty: as before."""

    first: date
    last: date
    fen: Mapping[str, int]
    subsidised: bool
    counted: bool


@dataclass(frozen=True, slots=True)
class Help:
    """Who has a status is given this; of the pension perhaps with some tiers only."""

    shares: tuple[Share, ...]
    tiers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Whom facts put together: an age on a day (from, below), a kind of school, or either."""

    key: str
    ages: tuple[int, int]
    day: date
    schooling: tuple[str, ...]


@dataclass(frozen=True)
class Rules:
    """The notice's rules for one scheme: of medical insurance standards in fen by group, of the pension tiers in yuan.

    reserved: tiers for some statuses only. closed: groups for whom there is none. help: by group and status, '' for all
    other groups. quotas: people of last year and quota by unit, in the printed order.
    """

    standards: Mapping[str, int]
    tiers: tuple[int, ...]
    reserved: Mapping[int, frozenset[str]]
    closed: frozenset[str]
    window: tuple[date, date]
    collecting: date
    later: tuple[Later, ...]
    own_days: Mapping[str, int]
    order: tuple[str, ...]
    help: Mapping[tuple[str, str], tuple[Help, ...]]
    quotas: Mapping[str, tuple[int | None, int]]
    printed_quota: int
    rate_over: str
    rank_with_late: bool

    @property
    def standard(self) -> int:
        """What whoever belongs to no group pays in the main window, in fen."""
        return self.standards[""]

    def shares_of(self, status: str) -> list[Share]:
        """What may be given for a status, in whatever group and with whatever tier."""
        return [
            share for (_, key), given in self.help.items() if key == status for one in given for share in one.shares
        ]

    @property
    def last_day(self) -> date:
        """The last day that counts for everybody."""
        return max([self.window[1], *(window.last for window in self.later if window.counted)])

    @property
    def quota(self) -> int:
        """The quota that the district's rate is over."""
        return self.printed_quota if self.rate_over == "printed" else sum(quota for _, quota in self.quotas.values())

    def place(self, day: date, case: object, since: object) -> int:
        """The place of the window on a day: 0 for the main one, for somebody with days of its own too."""
        if self.has_own_days(day, case, since):
            return 0
        return sum(window.first <= day for window in self.later)

    def has_own_days(self, day: date, case: object, since: object) -> bool:
        """Whether somebody of this 特殊情形 pays on a day as in the main window."""
        allowed = self.own_days.get(str(case), -1)
        return isinstance(since, date) and 0 <= (day - since).days <= allowed

    def is_late(self, day: date, case: object, since: object) -> bool:
        """Whether a payment on a day counts no more."""
        if day <= self.window[1] or self.has_own_days(day, case, since):
            return False
        return not any(window.counted and window.first <= day <= window.last for window in self.later)


@dataclass(frozen=True, slots=True)
class Dues:
    """One person's amounts in fen: collected now, paid to the township, refunded afterwards, and whose money it is."""

    cash: int
    subsidy: int
    refund: int
    category: str = ""
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True, eq=False)
class Notice:
    """One notice as the oracle understands it.

    statuses: how clerks write each status of hardship, its own name first; families to conflicting: who the people in
    hardship of the samples are (see the module `families`). silent: checks whose sentence the notice has not.
    reporting: the days of a month on which progress is reported, 31 for its last; reports: the last two of which there
    are books.
    """

    folder: Path
    id: str
    ages: tuple[int, int]
    rules: Mapping[Scheme, Rules]
    units: tuple[str, ...]
    statuses: Mapping[str, tuple[str, ...]]
    no_hardship: frozenset[str]
    groups: tuple[Group, ...]
    families: tuple[tuple[float, tuple[str, ...]], ...]
    supported: str
    severe: str
    poor_disabled: str
    poor_disabled_of: tuple[str, ...]
    conflicting: tuple[str, ...]
    silent: frozenset[str]
    reporting: tuple[int, ...]
    reports: tuple[date, date]
    late_until: date

    def __reduce__(self) -> tuple[Any, ...]:
        return load, (self.folder,)  # another process has one of each, too

    @property
    def schemes(self) -> tuple[Scheme, ...]:
        """The schemes that it has."""
        return tuple(self.rules)

    @property
    def day_of_ages(self) -> date:
        """Ages are reckoned to the last day of the pension's window, else of the medical one."""
        return self.rules["pension" if "pension" in self.rules else "medical"].window[1]

    @property
    def first_pension_birth(self) -> date:
        """Born by this day: old enough on whatever day of the season is paid."""
        begin = self.rules["pension" if "pension" in self.rules else "medical"].collecting
        return begin.replace(year=begin.year - self.ages[0]) - timedelta(days=1)

    def helped(self, scheme: Scheme) -> set[str]:
        """The statuses for which somebody pays."""
        return {status for _, status in self.rules[scheme].help} if scheme in self.rules else set()

    def group(self, born: date | None, schooling: object) -> str | None:
        """The first group that somebody belongs to, '' for none; None where the birth that would decide is not known."""
        for group in self.groups:
            if schooling in group.schooling:
                return group.key
            if born is None:
                return None
            least, below = group.ages
            if least <= years_between(born, group.day) < below:
                return group.key
        return ""

    def tiers_for(self, held: frozenset[str], group: str | None = "") -> tuple[int, ...]:
        """The tiers that somebody may choose, in yuan."""
        rules = self.rules["pension"]
        if group in rules.closed:
            return ()
        return tuple(
            tier for tier in rules.tiers if held & rules.reserved.get(tier, held) or tier not in rules.reserved
        )

    @property
    def tiers(self) -> tuple[int, ...]:
        """The pension's tiers in yuan; a lone 0 where there is no pension."""
        return self.rules["pension"].tiers if "pension" in self.rules else (0,)

    def ordered(self, scheme: Scheme) -> list[str]:
        """All units in the order of the scheme's attachment; one without a row there comes last."""
        listed = list(self.rules[scheme].quotas)
        return [*listed, *(unit for unit in self.units if unit not in listed)]

    def dues(self, scheme: Scheme, held: frozenset[str], tier: int = 0, window: int = 0, group: str = "") -> Dues:
        """The dues of one person in a window; shares never add up, the first status in the order with help holds.

        >>> rules = load(LENGSHUITAN)
        >>> rules.dues("medical", frozenset({"dibao"})).cash, rules.dues("medical", frozenset({"jiandang"})).cash
        (25000, 12500)
        >>> rules.dues("pension", frozenset({"severe_disabled"}), 300).cash
        20000
        """
        return _dues(self, scheme, held, tier, window, group)


@cache
def _dues(notice: Notice, scheme: Scheme, held: frozenset[str], tier: int, window: int, group: str) -> Dues:
    rules = notice.rules[scheme]
    later = rules.later[window - 1] if window else None
    if scheme == "pension":
        tier = tier or next(iter(notice.tiers_for(held)), rules.tiers[0])
        whole = tier * 100
    else:
        amounts = later.fen if later and later.fen else rules.standards
        whole = amounts.get(group, amounts[""])
    helped = notice.helped(scheme)
    status = next((key for key in rules.order if key in helped and (key in held or key == group)), "")
    if not status or (later and not later.subsidised):
        return Dues(whole, 0, 0)
    every = rules.help.get((group, status), ()) or rules.help.get(("", status), ())
    given = next((support for support in every if not support.tiers or tier in support.tiers), None)
    if given is None:
        return Dues(whole, 0, 0)
    township, person = (sum(share.fen for share in given.shares if share.to == to) for to in ("township", "person"))
    return Dues(whole - township, township, person, status, given.shares)


@cache
def load(folder: Path) -> Notice:
    """The notice of a folder, by the description of the folder's name."""
    data = tomllib.loads((DESCRIPTIONS / f"{folder.name}.toml").read_text(encoding="utf-8"))
    people = data["people"]
    return Notice(
        folder=folder,
        id=data["id"],
        ages=tuple(data["ages"]),
        rules={scheme: _rules(data[scheme]) for scheme in SCHEMES if scheme in data},
        units=tuple(data["units"]),
        statuses={key: tuple(words) for key, words in data["statuses"].items()},
        no_hardship=frozenset(data.get("no_hardship", ())),
        groups=tuple(
            Group(key, (one.get("from_age", 0), one.get("below_age", 200)), one["day"], tuple(one.get("schooling", ())))
            for key, one in data.get("groups", {}).items()
        ),
        families=tuple((upto, tuple(held)) for upto, held in people["families"]),
        supported=people["supported"],
        severe=people["severe_disabled"],
        poor_disabled=people.get("poor_disabled", ""),
        poor_disabled_of=tuple(people.get("poor_disabled_of", ())),
        conflicting=tuple(people.get("conflicting", ())),
        silent=frozenset(data["silent"]),
        reporting=tuple(data["reporting"]),
        reports=tuple(data["reports"]),
        late_until=data["late_until"],
    )


def _rules(said: Mapping[str, Any]) -> Rules:
    later = []
    for each in said.get("later", ()):
        first, last = each["days"]
        amounts = {"": each["standard"], **each.get("groups", {})} if "standard" in each else {}
        standards = {group: fen(amount) for group, amount in amounts.items()}
        later.append(Later(first, last, standards, each["subsidised"], each["counted"]))
    groups = said.get("groups", {})
    given = {
        (group, status): tuple(map(_help, each.get("by_tier", [each])))
        for group, of_group in (("", said), *groups.items())
        for status, each in of_group.get("help", {}).items()
    }
    of_groups = {group: one["standard"] for group, one in groups.items() if "standard" in one}
    return Rules(
        standards={group: fen(amount) for group, amount in {"": said.get("standard", 0), **of_groups}.items()},
        tiers=tuple(said.get("tiers", ())),
        reserved={tier: frozenset(only) for tier, only in said.get("reserved", ())},
        closed=frozenset(said.get("closed", ())),
        window=tuple(said["window"]),
        collecting=said["collecting"],
        later=tuple(later),
        own_days=said.get("own_days", {}),
        order=tuple(said["order"]),
        help=given,
        quotas={
            unit: (of_last_year[0] if of_last_year else None, quota) for unit, *of_last_year, quota in said["quotas"]
        },
        printed_quota=said["printed_quota"],
        rate_over=said["rate_over"],
        rank_with_late=said["rank_with_late"],
    )


def _help(said: Mapping[str, Any]) -> Help:
    shares = [Share(funder, department, to, fen(amount)) for funder, department, to, amount in said["shares"]]
    return Help(tuple(shares), tuple(said.get("tiers", ())))
