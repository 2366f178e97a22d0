"""Lists in their reduced form, and the codes of every finding that rests on them (9xx)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from addin import ids
from addin.findings import Finding, Refusal

if TYPE_CHECKING:
    from addin.registers.payments import Payments

MISSING, ELSEWHERE, DIFFERS, ABSENT, NOTED, OTHER_NAME = "901", "902", "903", "904", "905", "906"
EMPLOYED = {"medical": "907", "pension": "908"}
RENAMED, STRANGE = "910", "911"
NOWHERE, BY_LIST, OTHER_AMOUNT, NOT_LISTED, OTHER_DAY, NOT_ENROLLED = "931", "932", "933", "934", "935", "936"
"""The tax office's payments: in no roster; by the list alone; amount, or nothing on the list; day; does not enrol."""
SAME_PAYMENT = ""
"""The same in both: nothing to tell."""
BAD_AMOUNT, OTHER_SEASON = "928", "929"
BAD_ID, ODD_ID, BAD_CATEGORY, BAD_UNIT, BAD_DATE, BAD_CELL, UNREAD = "921", "922", "923", "924", "925", "926", "927"

LISTED = "〔名单〕"
"""Before the name of a file of lists, wherever findings and lists name it."""
ALWAYS = (0, 3_652_059)
"""Since and until of a line without days: ordinals of no day and of 9999-12-31."""


ENTRIES = {
    "k0": "u8",
    "k1": "u8",
    "name": "u8",
    "status": "i8",
    "employed": "u1",
    "unit": "i4",
    "since": "i4",
    "until": "i4",
    "born": "i4",
    "sheet": "i4",
    "row": "i4",
    "surname": "O",
    "shown": "O",
    "village": "O",
}


PAYMENTS = {
    "k0": "u8",
    "k1": "u8",
    "name": "u8",
    "scheme": "u1",
    "fen": "i8",
    "day": "i4",
    "serial": "u8",
    "unit": "i4",
    "sheet": "i4",
    "row": "i4",
    "surname": "O",
    "shown": "O",
}
"""A line of the tax office's list: as in `ENTRIES`; scheme is the place in the policy's `SCHEMES`, fen what was paid
(below 0 paid back), day an ordinal (0 unknown), serial the keyed hash of 流水号 (0 where blank)."""


def no_payments() -> pd.DataFrame:
    """`ListFile.payments` without a line."""
    return pd.DataFrame({name: np.zeros(0, dtype) for name, dtype in PAYMENTS.items()})


def no_entries() -> pd.DataFrame:
    """`ListFile.entries` without a line."""
    return pd.DataFrame({name: np.zeros(0, dtype) for name, dtype in ENTRIES.items()})


def keys_of(numbers: npt.NDArray[np.object_], secret: bytes) -> dict[str, npt.NDArray[np.uint64]]:
    """The keyed hash of IDs, on a list and in a roster alike, as the columns k0 and k1."""
    return {"k0": ids.keyed(numbers, secret, b"listed id"), "k1": ids.keyed(numbers, secret, b"listed id, once more")}


def names_of(names: npt.NDArray[np.object_], secret: bytes) -> npt.NDArray[np.uint64]:
    """The keyed hash of names, on a list and in a roster alike."""
    return ids.keyed(ids.folded_names(names), secret, b"listed name")


@dataclass(frozen=True, slots=True)
class Village:
    """A village in force: its unit, its name, a former name ('' for none), the day of change (ordinal, 0 unknown)."""

    unit: str
    name: str
    former: str = ""
    changed: int = 0


@dataclass
class ListFile:
    """One file of lists, reduced. `entries` has one row a line that names somebody.

    entries: k0, k1 (keyed hash of the ID), name (keyed hash, 0 where blank), status (bits in the policy's order),
    employed (1 medical, 2 pension), unit (place in the policy's units, -1 unknown), since, until (ordinals), born
    (ordinal, 0 unknown), sheet (code into `sheets`), row, surname, shown and village (texts, masked).
    """

    name: str
    sha256: str = ""
    refusal: Refusal | None = None
    kinds: tuple[str, ...] = ()
    entries: pd.DataFrame = field(default_factory=no_entries)
    sheets: tuple[str, ...] = ()
    letters: dict[str, str] = field(default_factory=dict)
    villages: tuple[Village, ...] = ()
    payments: pd.DataFrame = field(default_factory=no_payments)
    findings: list[Finding] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.entries) + len(self.villages) + len(self.payments)


@dataclass
class Index:
    """The key of a run's hashes, and the part of the lists that a child compares a roster with.

    secret: keys the hashes of the rosters and of the lists; lists: whether there are any; covered: the statuses (bits)
    that they are about; entries: k0, k1, name, status, employed, since, until. No text of any person.
    """

    secret: bytes
    lists: bool = False
    covered: int = 0
    entries: pd.DataFrame = field(default_factory=no_entries)
    villages: tuple[Village, ...] = ()
    payments: Payments | None = None


@dataclass
class Lists:
    """Every list given for one run; `secret` keys the hashes and must be that of the rosters' results."""

    secret: bytes
    files: tuple[ListFile, ...]
    until: date | None = None
    """The last day of the payments that count, None for all."""

    @cached_property
    def used(self) -> tuple[ListFile, ...]:
        """The files that could be read, a byte-equal copy once."""
        return tuple({list_file.sha256: list_file for list_file in self.files if list_file.refusal is None}.values())

    @cached_property
    def entries(self) -> pd.DataFrame:
        """All lines, with the place of their file in `used`."""
        parts = [list_file.entries.assign(file=n) for n, list_file in enumerate(self.used) if len(list_file.entries)]
        return pd.concat(parts, ignore_index=True) if parts else no_entries().assign(file=0)

    @cached_property
    def covered(self) -> int:
        """The statuses (bits) that the lists are about."""
        return int(np.bitwise_or.reduce(self.entries["status"].to_numpy(), initial=0))

    @cached_property
    def index(self) -> Index:
        """For the children."""
        entries = self.entries[["k0", "k1", "name", "status", "employed", "since", "until"]]
        villages = tuple(v for list_file in self.used for v in list_file.villages)
        paid = self._paid[1] if len(self._payments) else None
        return Index(self.secret, True, self.covered, entries, villages, paid)

    @cached_property
    def _payments(self) -> pd.DataFrame:
        parts = [file.payments.assign(file=n) for n, file in enumerate(self.used) if len(file.payments)]
        return pd.concat(parts, ignore_index=True) if parts else no_payments().assign(file=0)

    @cached_property
    def _paid(self) -> tuple[npt.NDArray[np.intp], Payments]:
        from addin.registers.payments import of_lines  # noqa: PLC0415 - it needs what stands here

        return of_lines(self._payments, self.until)

    @cached_property
    def payments(self) -> pd.DataFrame:
        """The payments that count, each once, in the order of `Index.payments`."""
        return self._payments.iloc[self._paid[0]].reset_index(drop=True)
