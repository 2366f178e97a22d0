"""Translates units, statuses and tiers of an old book's notice to those of the notice in force.

In: the notice's number and fingerprint on the old cover, the notices on this PC. Out: each word of the old book as the
notice in force has it, or as what that notice no longer has; and in words which notice the book is read by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from addin import amounts, ids
from addin.policy import FEN, SEPARATORS, Category, Installed, Policy, PolicyError, Unit, fold, load


@dataclass(frozen=True, slots=True)
class Statuses:
    """A cell of 人员类别: statuses in force, those that are no more (as the old notice calls them), words of neither."""

    now: tuple[str, ...]
    gone: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Crossing:
    """The notice in force and the one that the book goes by: the same, or None where this PC has not got it."""

    policy: Policy
    old: Policy | None
    words: str
    """Which notice the book is read by; '' where it is the one in force."""

    def unit(self, text: str) -> tuple[Unit | None, str]:
        """The unit now (None: abolished or unknown), and its name then ('' for an unknown one)."""
        was = self.old.unit(text) if self.old else None
        if was is not None:
            return self.policy.successor(was), was.name
        now = self.policy.unit_since(text)
        return now, "" if now is None else now.name if self.policy.unit(text) else text.strip()

    def merged_into(self, unit: Unit) -> tuple[str, ...]:
        """The names of the units that have become this one, if they were several."""
        before = [was.name for was in self.old.units if self.policy.successor(was) == unit] if self.old else []
        names = before or unit.formerly
        return tuple(names) if len(names) > 1 else ()

    def statuses(self, text: str) -> Statuses:
        """The statuses that a cell names; ordinary people have none."""
        now: set[str] = set()
        gone: list[str] = []
        unknown: list[str] = []
        for word in self._words(text):
            was = self.old.category(word) if self.old else None
            category = self._since(was) if was else self.policy.category(word)
            if category is not None:
                now.add(category.key)
            elif was is not None and was.key != amounts.ORDINARY:
                gone.append(was.name)
            elif was is None:
                unknown.append(word)
        names = (
            category.short if category.facts else category.name  # a group's name may hold what parts words
            for key, category in self.policy.categories.items()
            if key in now - {amounts.ORDINARY}
        )
        return Statuses(tuple(names), tuple(gone), tuple(unknown))

    def _words(self, text: str) -> list[str]:
        """The words of a cell; what is a status as a whole is not divided."""
        if any(policy.category(text) for policy in (self.old, self.policy) if policy):
            return [text]
        for policy in filter(None, (self.old, self.policy)):
            text = policy.with_short_names(text)
        return list(filter(None, SEPARATORS.split(text)))

    def _since(self, was: Category) -> Category | None:
        """The status in force of the same name or short name as one of the old notice."""
        return self.policy.category(was.name) or self.policy.category(was.short)

    @property
    def tiers(self) -> set[float]:
        """The tiers in force, in yuan."""
        return _tiers(self.policy)

    @property
    def tiers_gone(self) -> set[float]:
        """The tiers of the old notice that are no more, in yuan."""
        return _tiers(self.old) - self.tiers if self.old else set()


def _tiers(policy: Policy) -> set[float]:
    return {tier / FEN for rules in policy.schemes.values() for tier in rules.tiers}


def cross(policy: Policy, number: str, fingerprint: str, notices: Sequence[Installed]) -> Crossing:
    """How a book is read whose cover has this number and this fingerprint ('' where it has none)."""
    by_ours = f"单位、人员类别和档次按{policy.id}的叫法认。"
    if not number:
        return Crossing(policy, None, f"旧册没有写明政策文号，{by_ours}")
    filled_by = f"旧册按{ids.mask_text(number)[:40]}填报"
    if fold(number) == fold(policy.id):
        old, read = policy, ""
    elif notice := next((notice for notice in notices if notice.called(number)), None):
        try:
            old = load(notice.folder)
        except PolicyError:
            return Crossing(
                policy, None, f"{filled_by}，本机的这个通知读不出（请用liangxian notice check核对），{by_ours}"
            )
        read = f"{filled_by}，单位、人员类别和档次按该通知认，再换成{policy.id}的。"
    else:
        return Crossing(policy, None, f"{filled_by}，本机没有这个通知，{by_ours}")
    if fingerprint and fingerprint != old.fingerprint:
        read += (
            f"旧册的通知校验码{ids.mask_text(fingerprint)[:20]}与本机的{old.fingerprint}不同：做旧模板以后通知改过。"
        )
    return Crossing(policy, old, read)
