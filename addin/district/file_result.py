"""The result of one received file.

A result has three parts: a small one with everything that the district's tables need of a file; keyed hashes of its
people and receipts, in the hashes' order, so that a range of hashes over thousands of files is read without the rest;
and the facts of single rows, opened only for files that hold somebody who is met elsewhere too. No ID and no full name
is in any of them. The two large parts are here, or somewhere else (`Source`: see `partials`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from addin import __version__, ids
from addin.columns import Scheme
from addin.district.tally import Case, Tally
from addin.findings import Finding, Refusal, Who
from addin.policy import SCHEMES, Policy

VERSION = f"8 {__version__}"
"""Of the format and of the program; results made by another are refused."""

BUCKETS = 256
"""Ranges of hashes, by the first byte; a partition is one of them or several."""

IDENTITIES = np.dtype(
    [("k", "<u8"), ("k1", "<u8"), ("name", "<u8"), ("at", "<i4"), ("flags", "u1")]
    + [(f"{scheme}_day", "<i4") for scheme in SCHEMES]
)
"""A row whose ID can be trusted: keyed hash of the ID (k, k1) and of the name, index of the row, day of payment."""
CLAIMED = {scheme: 1 << 2 * n for n, scheme in enumerate(SCHEMES)}
"""Flag: 本次参保 and nothing against it but perhaps the payment."""
FULL = {scheme: 2 << 2 * n for n, scheme in enumerate(SCHEMES)}
"""Flag: paid in full."""
RECEIPTS = np.dtype([("k", "<u8"), ("home", "<u8"), ("kind", "u1"), ("at", "<i4"), ("scheme", "u1")])
"""A receipt of a paid row: keyed hashes of receipt and household, the kind of its village (`KINDS`; the hash has the
stem only), index of the row, place in `SCHEMES`."""
KINDS = ("", "村", "社区")

Hashed = Literal["identities", "receipts"]
DTYPES: dict[Hashed, np.dtype[np.void]] = {"identities": IDENTITIES, "receipts": RECEIPTS}


@dataclass(frozen=True, slots=True)
class Submission:
    """A file's cover: unit, part (folded), schemes, deadline and serial."""

    township: str
    part: str
    part_key: str
    whole: bool
    scope: str
    schemes: tuple[Scheme, ...]
    deadline: date
    serial: int
    parts: int | None

    @property
    def edition(self) -> tuple[date, int]:
        """Newer is larger; file times never count."""
        return self.deadline, self.serial


@dataclass
class Details:
    """The facts of a file's rows. `people` has one row a person and no text but village, household and surname.

    people: row, content (keyed hash of the row's input cells, see `content`), village (code into `villages`), household
    (code into `households`), surname (code into `surnames`), trusted (no identity error), statuses (bits), and for each
    scheme s: s_claimed, s_why (0 or the place in ORDER), s_late, s_day (ordinal), s_full (paid in full), s_due, s_paid,
    s_known, s_case (code into `cases`), s_catch_up, s_excused (coverage), s_elsewhere. With departments' lists also
    verdict (see `roster.ListMatches`), s_said (the case by the row's own category, where s_case is the one by the
    lists) and s_held (the statuses that hold by the lists); with the tax office's payments s_difference (place in
    `tally.DIFFERENCES`), s_other_day, s_listed (fen by the list) and s_own (fen by the row). Where villages have quotas
    s_village (see `Tally.villages`). `shown` are the masked IDs, one a row.
    """

    people: pd.DataFrame = field(default_factory=pd.DataFrame)
    villages: list[str] = field(default_factory=list)
    households: list[str] = field(default_factory=list)
    surnames: list[str] = field(default_factory=list)
    odd_names: dict[int, str] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)
    cases: dict[Scheme, list[Case]] = field(default_factory=dict)

    def who(self, indexes: Sequence[int]) -> list[Who]:
        """The people of some rows as findings say who they are; everything is masked already."""
        few = self.people.iloc[list(indexes)]
        return [
            {
                "village": self.villages[village],
                "household": self.households[household],
                "name": f"{self.surnames[surname]}*",
            }
            for village, household, surname in zip(
                few["village"].tolist(), few["household"].tolist(), few["surname"].tolist(), strict=True
            )
        ]


class Source(Protocol):
    """Where the large parts of a result are when they are not in memory."""

    def hashes(self, what: Hashed, begin: int, end: int) -> npt.NDArray[np.void]:
        """Some of the rows of one of the hashed parts."""

    def details(self) -> Details:
        """The facts of the rows."""


@dataclass
class FileResult:
    """One file, read, checked and reduced. `tallies` count it by scheme as if nobody in it were met elsewhere.

    `identities` and `receipts` are in the order of their hashes; `starts` says where each bucket begins. With a
    `source` they and `details` are empty here: ask `hashes` and `details_of`. `rules` and `key` are fingerprints of the
    policy and of the key of the hashes: results that differ in them don't add up.
    """

    name: str
    sha256: str
    policy: str
    refusal: Refusal | None = None
    submission: Submission | None = None
    persons: int = 0
    homes: int = 0
    entered: int = 0
    tallies: dict[Scheme, Tally] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    letters: dict[str, str] = field(default_factory=dict)
    sheet: str = ""
    touched: dict[str, int] = field(default_factory=dict)
    errors: int = 0
    warnings: int = 0
    identities: npt.NDArray[np.void] = field(default_factory=lambda: np.zeros(0, IDENTITIES))
    receipts: npt.NDArray[np.void] = field(default_factory=lambda: np.zeros(0, RECEIPTS))
    starts: dict[Hashed, tuple[int, ...]] = field(default_factory=dict)
    details: Details = field(default_factory=Details)
    content: str = ""
    """A keyed hash of what the book says, whatever its bytes."""
    met: list[tuple[int, int]] = field(default_factory=list)
    """The places in the departments' lists (rows of `lists.Index.entries`) whose person stands in this file, and in
    which of its rows (index)."""
    met_groups: tuple[str, ...] = ()
    """Of each of these the word of the group that facts make (see `amounts.group_words`); none where there are no groups."""
    paid: npt.NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    """The lines of the tax office's list (of `Index.payments`) whose person stands in this file."""
    source: Source | None = None
    rules: str = ""
    key: str = ""
    version: str = VERSION

    def __len__(self) -> int:
        return self.persons

    @property
    def township(self) -> str:
        """Whose file it is, '' where its cover could not be read."""
        return self.submission.township if self.submission else self.refusal.township if self.refusal else ""

    @property
    def deadline(self) -> date | None:
        """Its 填报截止日期, as far as its cover could be read."""
        return self.submission.deadline if self.submission else self.refusal.deadline if self.refusal else None

    def hashes(self, what: Hashed, first: int = 0, last: int = BUCKETS) -> npt.NDArray[np.void]:
        """The identities or receipts of some buckets (`last` left out)."""
        starts = self.starts.get(what, (0,) * (BUCKETS + 1))
        begin, end = starts[first], starts[last]
        if self.source is not None:
            return self.source.hashes(what, begin, end)
        hashed: npt.NDArray[np.void] = (self.identities if what == "identities" else self.receipts)[begin:end]
        return hashed

    def details_of(self) -> Details:
        """The facts of the rows; read anew each time from a source."""
        return self.details if self.source is None else self.source.details()


def starts_of(hashed: npt.NDArray[np.void]) -> tuple[int, ...]:
    """Where each bucket begins in rows that are in the order of their hashes, and the end."""
    edges = np.arange(1, BUCKETS, dtype=np.uint64) << np.uint64(56)
    return (0, *np.searchsorted(np.ascontiguousarray(hashed["k"]), edges).tolist(), len(hashed))


def rules_of(policy: Policy) -> str:
    """A fingerprint of every figure and reading of a policy: results made under different ones don't add up."""
    stated = repr([getattr(policy, part.name) for part in fields(policy) if part.name != "folder"])
    return hashlib.blake2b(stated.encode(), digest_size=8).hexdigest()


def key_of(secret: bytes) -> str:
    """A fingerprint of the key of the hashes, that does not give the key away."""
    return hashlib.blake2b(b"liangxian", key=secret, digest_size=8).hexdigest()


def refused_result(name: str, sha256: str, policy: Policy, refusal: Refusal, secret: bytes) -> FileResult:
    """The result of a file that is not taken."""
    shown = ids.mask_text(name)
    return FileResult(shown, sha256, policy.id, refusal, rules=rules_of(policy), key=key_of(secret))
