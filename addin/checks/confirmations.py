"""核实说明: which of a row's own warnings a clerk has looked into and found right, and whether that still holds.

In: a roster; what an earlier check left behind the marks of its rows. Out: for each rule the rows whose warning is
confirmed, and what is to be kept behind the marks for the next check: a hash of the reason, and for each warning that it
was given for a hash of the cells that the warning rests on. A reason that is new confirms what the row's rules say now;
when one of those cells changes, the warning is open again until the reason is written anew. Never confirmed are errors,
people met twice, differences from the departments' lists, and what is said of a whole column.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from addin.checks.rules import Rule
from addin.columns import LETTERS, Scheme
from addin.roster import Mask, Roster

DIVIDER = "|"
"""In 标记 between the signs, the row's person and what is kept here."""
AGAIN = "核实以后这一行又改动过，请重新核实，并改写“核实说明”。"
_PERSON = ("name", "id_number")
_WARNING = re.compile(r"(\d{3}[a-z]+)\.([0-9a-f]{8})")


@dataclass(slots=True)
class _Reason:
    """The reason of one row: its hash, whether an earlier check has not seen it, and the warnings it was given for."""

    hash: str
    new: bool
    warnings: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return ":".join([self.hash, *(f"{name}.{cells}" for name, cells in self.warnings.items())])


def confirmation_in(marks: object) -> str:
    """What an earlier check kept behind the marks of a row; '' where nothing.

    >>> confirmation_in("..W|0a1b2c3d|9f00aa11:604k.12345678"), confirmation_in("..W|0a1b2c3d")
    ('9f00aa11:604k.12345678', '')
    """
    return str(marks).split(DIVIDER, 2)[2] if str(marks).count(DIVIDER) > 1 else ""


class Confirmations:
    """What the reasons in one roster confirm; `by_row` is whole once every rule has asked."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._given = roster.filled["confirmation"] & ~roster.fault("confirmation")
        self._reasons = {n: self._reason(n) for n in np.flatnonzero(self._given).tolist()}

    def _reason(self, n: int) -> _Reason:
        now = _hash([self._roster.raw["confirmation"][n]])
        before, *warnings = confirmation_in(self._roster.raw["marks"][n]).split(":")
        if before != now:
            return _Reason(now, new=True)
        matches = filter(None, map(_WARNING.fullmatch, warnings))
        return _Reason(now, new=False, warnings={match[1]: match[2] for match in matches})

    def settled(self, rule: Rule, rows: Mask, key: str, scheme: Scheme | None) -> tuple[Mask, Mask]:
        """Of the rows that a rule found: whose warning is confirmed, and whose was until a cell changed."""
        confirmed, again = self._roster.none(), self._roster.none()
        if rule.severity == "warning":
            used = {key, *_PERSON, *(name.format(scheme=scheme) for name in rule.uses if name != rule.at)}
            name = f"{rule.code}{LETTERS[key].lower()}"
            for n in np.flatnonzero(rows & self._given).tolist():
                reason, now = self._reasons[n], self._cells(n, used - {"confirmation"}, family=rule.household)
                if reason.new:
                    reason.warnings[name] = now
                confirmed[n] = reason.warnings.get(name) == now
                again[n] = name in reason.warnings and not confirmed[n]
        return confirmed, again

    def _cells(self, n: int, keys: Iterable[str], *, family: bool) -> str:
        """A hash of what a row's warning rests on: its cells, of a rule about families those of the whole family."""
        roster, ordered = self._roster, sorted(keys)
        rows = np.flatnonzero(roster.households == roster.households[n]).tolist() if family else [n]
        return _hash(sorted(DIVIDER.join(_said(roster.raw[key][row]) for key in ordered) for row in rows))

    @property
    def by_row(self) -> dict[int, str]:
        """By row of the sheet what is to be kept behind its marks."""
        return {int(self._roster.rows[n]): str(reason) for n, reason in self._reasons.items()}


def _hash(values: Iterable[object]) -> str:
    return f"{zlib.crc32(DIVIDER.join(map(_said, values)).encode()):08x}"


def _said(value: object) -> str:
    """A cell the same whatever program saved it."""
    if isinstance(value, (int, float)):
        return f"{value:.15g}"
    if isinstance(value, datetime) and value.time() == datetime.min.time():
        return value.date().isoformat()
    return "" if value is None else " ".join(str(value).split())
