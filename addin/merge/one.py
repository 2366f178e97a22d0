"""One received file: read, checked and reduced to what the district needs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from addin import amounts, checks, columns, ids, intake
from addin import roster as rosters
from addin.columns import MEDICAL_ELSEWHERE, NOT_ENROLLED, OTHER_REASON, WHOLE, YES, Scheme
from addin.policy import SCHEMES, Policy
from addin.records import (
    REASONS,
    UNPAID,
    Finding,
    Refusal,
)

VERSION = 1
"""Of `FileResult`; results kept by another version are refused."""

ORDER = {reason: 1 + n for n, reason in enumerate(REASONS)}


@dataclass(frozen=True, slots=True)
class Submission:
    """What a file says it is: unit, part (folded), schemes, deadline and serial."""

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
    def identity(self) -> tuple[str, str, str]:
        """What makes two files editions of one submission."""
        return self.township, self.part_key, self.scope

    @property
    def edition(self) -> tuple[date, int]:
        """Newer is larger; file times never count."""
        return self.deadline, self.serial


@dataclass
class FileResult:
    """One file, read, checked and reduced. `people` has one row a person and no text but household and surname.

    people: row, k0, k1 (keyed hash of the ID), name (keyed hash), household (code into `households`), surname (code
    into `surnames`), shown (masked ID, code into `shown`), trusted (no identity error), statuses (bits), entered, and
    for each scheme s: s_claimed, s_why (0 or 1 + place in REASONS), s_late, s_day (ordinal), s_full (paid in full),
    s_due, s_paid, s_known, s_case (code into `cases`), s_catch_up, s_excused (coverage), s_elsewhere.
    receipts: k (keyed hash), household (keyed hash), row, scheme (0, 1).
    """

    name: str
    sha256: str
    policy: str
    refusal: Refusal | None = None
    submission: Submission | None = None
    people: pd.DataFrame = field(default_factory=pd.DataFrame)
    receipts: pd.DataFrame = field(default_factory=pd.DataFrame)
    households: list[str] = field(default_factory=list)
    surnames: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    cases: dict[Scheme, list[tuple[str, tuple[amounts.Share, ...]]]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    letters: dict[str, str] = field(default_factory=dict)
    sheet: str = ""
    touched: dict[str, int] = field(default_factory=dict)
    errors: int = 0
    warnings: int = 0
    version: int = VERSION

    def __len__(self) -> int:
        return len(self.people)


def open_roster(path: Path, name: str, policy: Policy) -> tuple[rosters.Roster | Refusal, str]:
    """The roster of a received file, or why not, and the file's SHA-256 ('' where it could not be read)."""
    book = intake.read(path)
    if isinstance(book, Refusal):
        return book, ""
    return rosters.read(book, policy, ids.mask_text(name)), book.sha256


def one_file(path: Path, name: str, policy: Policy, secret: bytes) -> FileResult:
    """Read, check and reduce one received file. `name` is what lists show; `secret` keys the hashes of one run."""
    roster, sha256 = open_roster(path, name, policy)
    if isinstance(roster, Refusal):
        return FileResult(ids.mask_text(name), sha256, policy.id, refusal=roster)
    return reduce(roster, checks.check(roster), secret, sha256)


def reduce(roster: rosters.Roster, checked: checks.Checked, secret: bytes, sha256: str = "") -> FileResult:
    """What of a checked roster the district needs, without IDs or names."""
    cover, policy = roster.cover, roster.policy
    submission = Submission(
        cover.unit.name, cover.part, cover.part_key, cover.part_key == rosters.fold_village(WHOLE), cover.scope,
        cover.schemes, cover.deadline, cover.serial, cover.parts,
    )  # fmt: skip
    keys = roster.person.keys(secret)
    trusted = roster.none()
    trusted[:] = True
    for states in checked.why.values():
        trusted &= states != ORDER["identity"]
    name, household = roster.words["name"], roster.words["household"]
    surnames, surname_of = np.unique([text[:1] for text in name.vocabulary] or [""], return_inverse=True)
    people: dict[str, Any] = {
        "row": roster.rows,
        "k0": keys[:, 0],
        "k1": keys[:, 1],
        "name": _hashes(name.vocabulary, secret)[name.codes],
        "household": household.codes.astype(np.int32),
        "surname": surname_of[name.codes].astype(np.int32),
        "trusted": trusted,
        "statuses": roster.statuses,
        "entered": roster.is_("entered", YES),
    }
    result = FileResult(
        name=roster.file,
        sha256=sha256,
        policy=policy.id,
        submission=submission,
        households=[ids.mask_text(text) for text in household.vocabulary],
        surnames=[str(text) for text in surnames],
        shown=[ids.mask_id(text) for text in roster.person.canonical],
        findings=checked.findings,
        letters=roster.letters,
        sheet=roster.sheet,
        errors=checked.errors,
        warnings=checked.warnings,
    )
    receipts = []
    for scheme in roster.schemes:
        part, result.cases[scheme] = _reduce_scheme(roster, scheme, checked.why[scheme])
        people |= {f"{scheme}_{what}": values for what, values in part.items()}
        receipts.append(_receipts(roster, scheme, secret))
    result.people = pd.DataFrame(people)
    result.receipts = pd.concat(receipts, ignore_index=True)
    result.touched = _touched(roster)
    return result


def _reduce_scheme(
    roster: rosters.Roster, scheme: Scheme, why: npt.NDArray[np.uint8]
) -> tuple[dict[str, Any], list[tuple[str, tuple[amounts.Share, ...]]]]:
    claimed, policy = roster.enrolled(scheme), roster.policy
    rules = policy.schemes[scheme]
    paid, day = roster.money[f"{scheme}_paid"], roster.days[f"{scheme}_date"]
    readable = ~roster.fault(f"{scheme}_paid")
    known = roster.due(scheme, "known").astype(bool)
    if scheme == "pension":
        known &= roster.filled["tier"] & ~roster.fault("tier")
    due = np.where(known, roster.due(scheme), 0)
    current = due
    if scheme == "medical":
        settled = checks.earlier_standard(roster)
        due = np.where(settled >= 0, settled, due)
    full = claimed & known & readable & (paid >= due)
    why = np.where(claimed, why, 0).astype(np.uint8)
    unpaid = claimed & ((paid == 0) | ~readable) & (~known | (due > 0))
    why[unpaid & ((why == 0) | (why > ORDER[UNPAID]))] = ORDER[UNPAID]
    late = claimed & (why == 0) & (day > rules.window.end.toordinal())
    statuses = pd.factorize(roster.words["category"].codes)[0]
    tiers = roster.money["tier"] if scheme == "pension" else np.zeros(len(roster), dtype=np.int64)
    pair, distinct = pd.factorize(statuses.astype(np.int64) * 10**9 + tiers * known)
    first = np.zeros(len(distinct), dtype=np.int64)
    first[pair[::-1]] = np.arange(len(pair))[::-1]
    cases = [_case(roster, scheme, int(index)) for index in first]
    if scheme == "medical":
        excused = np.where(
            roster.is_("medical_status", NOT_ENROLLED) & ~roster.is_("medical_reason", "", OTHER_REASON),
            _reason_codes(roster),
            0,
        )
        elsewhere = roster.is_("medical_status", *MEDICAL_ELSEWHERE)
    else:
        excused, elsewhere = checks.pension_excused(roster), roster.none()
    return {
        "claimed": claimed,
        "why": why,
        "late": late,
        "day": day,
        "full": full,
        "due": np.where(claimed, due, 0),
        "paid": paid,
        "known": known,
        "case": pair.astype(np.int32),
        "catch_up": np.where(full, current - due, 0),
        "excused": excused.astype(np.uint8),
        "elsewhere": elsewhere,
    }, cases


def _case(roster: rosters.Roster, scheme: Scheme, index: int) -> tuple[str, tuple[amounts.Share, ...]]:
    """The governing category and the shares of one kind of case."""
    category = roster.words["category"]
    try:
        statuses = amounts.parse_category(roster.policy, category.vocabulary[category.codes[index]])
        tier = int(roster.money["tier"][index]) if scheme == "pension" else None
        if scheme == "pension" and not roster.filled["tier"][index]:
            return amounts.ORDINARY, ()
        dues = amounts.dues(roster.policy, scheme, statuses, tier)
    except (amounts.UnknownCategory, amounts.UnknownTier):
        return amounts.ORDINARY, ()
    return dues.governing, dues.shares


MEDICAL_EXCUSES = tuple(reason for reason in columns.REASONS if reason != OTHER_REASON)


def _reason_codes(roster: rosters.Roster) -> npt.NDArray[np.uint8]:
    reasons = roster.words["medical_reason"]
    codes = {reason: 1 + n for n, reason in enumerate(MEDICAL_EXCUSES)}
    return np.array([codes.get(text, 0) for text in reasons.vocabulary], dtype=np.uint8)[reasons.codes]


def _hashes(texts: Iterable[str], secret: bytes) -> npt.NDArray[np.uint64]:
    digests = b"".join(
        hashlib.blake2b(text.encode("utf-8", "replace"), key=secret, digest_size=8).digest() for text in texts
    )
    return np.frombuffer(digests, dtype="<u8")


def _receipts(roster: rosters.Roster, scheme: Scheme, secret: bytes) -> pd.DataFrame:
    """The receipts of paid rows, one line for each receipt and household."""
    words = roster.words[f"{scheme}_receipt"]
    rows = np.flatnonzero(
        roster.filled[f"{scheme}_receipt"] & (roster.money[f"{scheme}_paid"] > 0) & ~roster.fault(f"{scheme}_receipt")
    )
    unit = hashlib.blake2b(roster.cover.unit.name.encode(), key=secret, digest_size=8).digest()
    salt = np.frombuffer(unit, dtype="<u8")[0]
    village, number = roster.words["village"], roster.words["household"]
    houses = _hashes([rosters.fold_village(text) for text in village.vocabulary], secret)[village.codes[rows]]
    houses = houses * np.uint64(1_000_003) + _hashes(number.vocabulary, secret)[number.codes[rows]] + salt
    return pd.DataFrame(
        {
            "k": _hashes(words.vocabulary, secret)[words.codes[rows]],
            "home": houses,
            "at": rows.astype(np.int32),
            "scheme": np.full(len(rows), SCHEMES.index(scheme), dtype=np.uint8),
        }
    )


def _touched(roster: rosters.Roster) -> dict[str, int]:
    """How many rows each interpretation touched, as far as one book can say."""
    medical, pension = "medical" in roster.schemes, "pension" in roster.schemes
    enrolled = {scheme: roster.enrolled(scheme) for scheme in roster.schemes}
    found: dict[str, Any] = {
        "poor_and_low_income": roster.has("dibao") & roster.has("jiandang"),
        "status_order": np.array([bin(int(bits)).count("1") > 1 for bits in roster.statuses], dtype=bool),
        "status_day": roster.hardship,
    }
    if medical:
        day = roster.days["medical_date"]
        start = roster.policy.schemes["medical"].window.start.toordinal()
        found |= {
            "provisional_standard": enrolled["medical"],
            "full_subsidy": enrolled["medical"] & roster.has("pinkun_disabled"),
            "doudi_rest": enrolled["medical"] & roster.has("doudi"),
            "doudi_payers": enrolled["medical"] & roster.has("doudi"),
            "low_income_cash": enrolled["medical"] & (roster.due("medical", "refund") > 0),
            "college_students": roster.is_("medical_status", "高校参保"),
            "who_may_stay_out": roster.is_("medical_status", NOT_ENROLLED),
            "september": enrolled["medical"] & (day > 0) & (day < start),
            "other_places": enrolled["medical"] & ~roster.is_("register", "", columns.LOCAL),
        }
    if pension:
        tier = roster.due("pension", "standard")
        higher = tier > roster.policy.schemes["pension"].tiers[0]
        found |= {
            "higher_tier": enrolled["pension"] & higher & (roster.due("pension", "subsidy") > 0),
            "doudi_in_pension": enrolled["pension"] & roster.has("doudi"),
            "other_hardship": enrolled["pension"] & roster.has("pinkun_disabled"),
            "tiers_listed": enrolled["pension"] & higher,
            "age_day": enrolled["pension"] & (checks.pension_age(roster) != checks.age_at_end(roster)),
            "no_upper_age": enrolled["pension"] & (checks.age_at_end(roster) >= checks.age_limits(roster.policy)[1]),
        }
        if roster.cover.unit.name in roster.policy.schemes["pension"].attachment.unlisted:
            found["unlisted_unit"] = enrolled["pension"]
    return {name: int(np.count_nonzero(mask)) for name, mask in found.items()}
