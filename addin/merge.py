"""From received files to the district: one file's result, which submissions count, who owns a person, the tables.

In: paths, or `FileResult`s that were made elsewhere. Out: a `District` (see `records`). `one_file` is the unit of work:
it reads, checks and reduces one file and holds no ID and no full name afterwards, only keyed hashes; everything over
several files works on those. Answers to product sections 7 (submissions, counting) and 三(四), 四(三), 六(四).
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
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
    DUPLICATE,
    REASONS,
    UNPAID,
    Decision,
    District,
    FileLine,
    Finding,
    Refusal,
    Reported,
    Status,
)

VERSION = 1
"""Of `FileResult`; results kept by another version are refused."""

SHRUNK = 0.95
"""A replacement with fewer than this share of the people looks like new people only."""

_ORDER = {reason: 1 + n for n, reason in enumerate(REASONS)}
EVERYBODY = "合计"


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


# ---------------------------------------------------------------- one file


def one_file(path: Path, name: str, policy: Policy, secret: bytes) -> FileResult:
    """Read, check and reduce one received file. `name` is what lists show; `secret` keys the hashes of one run."""
    shown = ids.mask_text(name)
    book = intake.read(path)
    if isinstance(book, Refusal):
        return FileResult(shown, "", policy.id, refusal=book)
    roster = rosters.read(book, policy, shown)
    if isinstance(roster, Refusal):
        return FileResult(shown, book.sha256, policy.id, refusal=roster)
    del book.sheets
    return reduce(roster, checks.check(roster), secret, book.sha256)


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
        trusted &= states != _ORDER["identity"]
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
    why[unpaid & ((why == 0) | (why > _ORDER[UNPAID]))] = _ORDER[UNPAID]
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
            "index": rows.astype(np.int32),
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


# ---------------------------------------------------------------- which submissions count


@dataclass
class Chosen:
    """What became of each file: its status, why, and for which schemes it counts."""

    result: FileResult
    status: Status = "merged"
    refusal: Refusal | None = None
    counts: tuple[Scheme, ...] = ()
    replaces: FileResult | None = None


def choose(results: Sequence[FileResult], policy: Policy) -> list[Chosen]:
    """Which files count, product 7: newest by deadline, then serial; ties, copies, 全部 and parts, scopes."""
    chosen = [Chosen(result) for result in results]
    for one in chosen:
        if one.result.refusal is not None:
            skipped = one.result.refusal.code.startswith("S")
            one.status, one.refusal = ("skipped" if skipped else "refused"), one.result.refusal
    _mark_copies(chosen)
    alive = [one for one in chosen if one.status == "merged"]
    _refuse_ties(alive)
    for scheme in SCHEMES:
        _choose_for(scheme, [one for one in alive if one.status == "merged" and scheme in _sub(one).schemes])
    for one in alive:
        if one.status == "merged" and not one.counts:
            one.status = "replaced"
    return chosen


def _sub(one: Chosen) -> Submission:
    assert one.result.submission is not None
    return one.result.submission


def _mark_copies(chosen: Sequence[Chosen]) -> None:
    seen: dict[str, str] = {}
    for one in chosen:
        if one.status != "merged":
            continue
        first = seen.setdefault(one.result.sha256, one.result.name) if one.result.sha256 else one.result.name
        if first != one.result.name:
            one.status = "copy"
            one.refusal = Refusal("C101", f"与“{first}”逐字节相同，只计一份。")


def _refuse_ties(alive: Sequence[Chosen]) -> None:
    """Two books of one submission and edition with different content: nobody can tell which holds."""
    editions: dict[tuple[Any, ...], list[Chosen]] = defaultdict(list)
    for one in alive:
        editions[(*_sub(one).identity, *_sub(one).edition)].append(one)
    for same in editions.values():
        if len(same) < 2:
            continue
        names = "、".join(one.result.name for one in same)
        for one in same:
            one.status = "refused"
            one.refusal = Refusal(
                "R301", f"同期两份不一致：{names}。", "请单位核定一份，第几次报送加1后重报；在此之前沿用更早的一份。"
            )


def _choose_for(scheme: Scheme, alive: Sequence[Chosen]) -> None:
    """The books that count for one scheme: the newest of each submission, the wider taking over the narrower."""
    newest: dict[tuple[str, str, str], Chosen] = {}
    for one in sorted(alive, key=lambda one: _sub(one).edition):
        if (older := newest.get(_sub(one).identity)) is not None:
            one.replaces = None
            _replace(one, older)
        newest[_sub(one).identity] = one
    standing = list(newest.values())
    refused = []
    for narrow in standing:
        for wide in standing:
            if wide is narrow or not _covers(_sub(wide), _sub(narrow)):
                continue
            if _sub(narrow).edition < _sub(wide).edition:
                _replace(wide, narrow)
                refused.append(narrow)
                break
            narrow.status = "refused"
            narrow.refusal = Refusal(
                "R302", f"已有更宽的一册“{wide.result.name}”（{_sub(wide).part}、{_sub(wide).scope}）。",
                "全部册与分册、两险册与单险册不能并用；请只报其中一种，或先撤回另一种。",
            )  # fmt: skip
            refused.append(narrow)
            break
    for one in standing:
        if one not in refused and one.status == "merged":
            one.counts = (*one.counts, scheme)


def _replace(newer: Chosen, older: Chosen) -> None:
    older.refusal = Refusal("C102", f"已被更新的“{newer.result.name}”替代。")
    newer.replaces = newer.replaces or older.result


def _covers(wide: Submission, narrow: Submission) -> bool:
    if wide.township != narrow.township or wide.identity == narrow.identity:
        return False
    if wide.whole != narrow.whole:
        return wide.whole
    return wide.part_key == narrow.part_key and len(wide.schemes) > len(narrow.schemes)


# ---------------------------------------------------------------- people and receipts met in several places


@dataclass
class Across:
    """What only shows over all files: losers of duplicates by file and scheme, findings, the list of duplicates."""

    losers: dict[tuple[int, Scheme], npt.NDArray[np.bool_]]
    findings: list[Finding]
    duplicates: pd.DataFrame


_DUPLICATE_COLUMNS = ["scheme", "person", "id", "township", "file", "row", "owner", "paid_day"]
DUPLICATE_RULES = {"medical": "401", "pension": "402"}
OWNER_RULE, NAMES_RULE, RECEIPT_RULE = "403", "404", "809"


def across(chosen: Sequence[Chosen], policy: Policy) -> Across:
    """Duplicates with their owners, names that differ for one ID, receipts used by several households."""
    found = Across({}, [], pd.DataFrame(columns=_DUPLICATE_COLUMNS))
    lists = []
    for scheme in SCHEMES:
        claims = _claims(chosen, scheme, policy)
        if claims is None:
            continue
        twice = claims[claims.duplicated(["k0", "k1"], keep=False)]
        if twice.empty:
            continue
        twice = twice.sort_values(["k0", "k1", "unpaid", "when", "unit", "name", "row"], kind="stable")
        twice["owner"] = ~twice.duplicated(["k0", "k1"])
        for (file, owner), rows in twice.groupby(["file", "owner"]):
            if not owner:
                mask = np.zeros(len(chosen[file].result), dtype=bool)
                mask[rows["index"].to_numpy()] = True
                found.losers[file, scheme] = mask
        lists.append(_list_of(twice, chosen, scheme))
        found.findings += _duplicate_findings(twice, chosen, scheme, policy)
    if lists:
        found.duplicates = pd.concat(lists, ignore_index=True)
    found.findings += _name_findings(chosen, policy) + _receipt_findings(chosen, policy)
    return found


def _claims(chosen: Sequence[Chosen], scheme: Scheme, policy: Policy) -> pd.DataFrame | None:
    """Every claimed row whose ID can be trusted and that is not ineligible, over all files that count."""
    order = {unit.name: n for n, unit in enumerate(policy.units)}
    frames = []
    for file, one in enumerate(chosen):
        if scheme not in one.counts:
            continue
        people = one.result.people
        why = people[f"{scheme}_why"]
        index = np.flatnonzero(
            people[f"{scheme}_claimed"] & people["trusted"] & ~why.isin([_ORDER["identity"], _ORDER["ineligible"]])
        )
        part = people.iloc[index]
        day = part[f"{scheme}_day"].to_numpy()
        frames.append(
            pd.DataFrame(
                {
                    "k0": part["k0"].to_numpy(),
                    "k1": part["k1"].to_numpy(),
                    "unpaid": ~part[f"{scheme}_full"].to_numpy(),
                    "when": np.where(day > 0, day, 10**7),
                    "unit": order[_sub(one).township],
                    "name": one.result.name,
                    "row": part["row"].to_numpy(),
                    "file": file,
                    "index": index,
                }
            )
        )
    return pd.concat(frames, ignore_index=True) if frames else None


def _list_of(twice: pd.DataFrame, chosen: Sequence[Chosen], scheme: Scheme) -> pd.DataFrame:
    lines = []
    group = np.cumsum(twice["owner"].to_numpy())
    for number, line in zip(group, twice.itertuples(), strict=True):
        result = chosen[line.file].result
        person = result.people.iloc[line.index]
        day = int(person[f"{scheme}_day"])
        lines.append(
            (number, scheme, f"{result.surnames[person['surname']]}*", result.shown[line.index],
             _sub(chosen[line.file]).township, result.name, int(line.row), bool(line.owner), date.fromordinal(day) if day else None)
        )  # fmt: skip
    frame = pd.DataFrame(lines, columns=["group", *_DUPLICATE_COLUMNS])
    # the hashes' order differs from run to run: put the groups in the order of their owners' places
    first = frame[frame["owner"]].sort_values(["file", "row"])["group"].tolist()
    place = {number: n for n, number in enumerate(first)}
    frame["group"] = frame["group"].map(place)
    return frame.sort_values(["group", "owner", "file", "row"], ascending=[True, False, True, True], ignore_index=True)[
        _DUPLICATE_COLUMNS
    ]


def _place(chosen: Sequence[Chosen], file: int, row: int, seen_from: int) -> str:
    """Where somebody's twin is: another unit is named, never its rows."""
    there, here = _sub(chosen[file]), _sub(chosen[seen_from])
    if there.township != here.township:
        return there.township
    book = "" if file == seen_from else f"“{chosen[file].result.name}”"
    return f"本单位{book}第{row}行"


@dataclass(frozen=True, slots=True)
class DistrictRule:
    """A check over several books; its finding is made in this module."""

    severity: checks.Severity
    title: str
    entry: str
    problem: str
    remedy: str


DISTRICT_RULES: dict[str, DistrictRule] = {
    "401": DistrictRule("error", "医保重复参保", "no_double", "同一证件号码在{where}也列为医保本次参保，归属那一处，这一行不计入。",
                        "请核对本人实际参保地；多收的退还，改正参保状态。"),
    "402": DistrictRule("error", "养老重复参保", "no_double", "同一证件号码在{where}也列为养老本次参保，归属那一处，这一行不计入。",
                        "请核对本人实际参保地；多收的退还，改正参保状态。"),
    "403": DistrictRule("warning", "有人与本行重复", "duplicates", "同一证件号码在{where}也列为本次参保；本行缴足且最早，归属本行。", "请核对本人实际参保地。"),
    "404": DistrictRule("error", "同号不同名", "identity", "同一证件号码在{where}用的是另一个姓名。", "请对照身份证核对号码和姓名。"),
    "809": DistrictRule("warning", "一张票据用于不同的户", "receipts", "这一票据号在{where}的另一户也用了。", "请核对票据；一户两险共用一张是正常的。"),
}  # fmt: skip


def _finding(
    chosen: Sequence[Chosen],
    file: int,
    index: int,
    code: str,
    key: str,
    where: str,
    policy: Policy,
    scheme: Scheme | None,
) -> Finding:
    rule, result = DISTRICT_RULES[code], chosen[file].result
    person = result.people.iloc[index]
    return Finding(
        result.name,
        result.sheet,
        int(person["row"]),
        result.letters.get(key),
        code,
        rule.severity,
        blocks=(scheme,) if scheme else (),
        key=key,
        header=columns.BY_KEY[key].header,
        household=result.households[person["household"]],
        name=f"{result.surnames[person['surname']]}*",
        value=result.shown[index] if key == "id_number" else "",
        problem=rule.problem.format(where=where),
        remedy=rule.remedy,
        article=policy.article(rule.entry),
    )


def _duplicate_findings(twice: pd.DataFrame, chosen: Sequence[Chosen], scheme: Scheme, policy: Policy) -> list[Finding]:
    found = []
    for _, same in twice.groupby(["k0", "k1"], sort=False):
        lines = list(same.itertuples())
        owner = lines[0]
        for line in lines[1:]:
            where = _place(chosen, owner.file, owner.row, line.file)
            found.append(
                _finding(chosen, line.file, line.index, DUPLICATE_RULES[scheme], "id_number", where, policy, scheme)
            )
        where = "、".join(dict.fromkeys(_place(chosen, line.file, line.row, owner.file) for line in lines[1:]))
        found.append(_finding(chosen, owner.file, owner.index, OWNER_RULE, "id_number", where, policy, None))
    return found


def _name_findings(chosen: Sequence[Chosen], policy: Policy) -> list[Finding]:
    frames = [
        one.result.people.loc[:, ["k0", "k1", "name", "row", "trusted"]].assign(
            file=file, index=np.arange(len(one.result))
        )
        for file, one in enumerate(chosen)
        if one.counts
    ]
    if not frames:
        return []
    everybody = pd.concat(frames, ignore_index=True)
    everybody = everybody[everybody["trusted"]]
    twice = everybody[everybody.duplicated(["k0", "k1"], keep=False)]
    differing = twice.groupby(["k0", "k1"])["name"].transform("nunique") > 1
    found = []
    for _, same in twice[differing].groupby(["k0", "k1"], sort=False):
        lines = list(same.itertuples())
        for line in lines:
            others = [other for other in lines if other is not line and other.name != line.name]
            where = "、".join(dict.fromkeys(_place(chosen, other.file, other.row, line.file) for other in others))
            found.append(_finding(chosen, line.file, line.index, NAMES_RULE, "name", where, policy, None))
    return found


def _receipt_findings(chosen: Sequence[Chosen], policy: Policy) -> list[Finding]:
    frames = []
    for file, one in enumerate(chosen):
        if one.counts:
            lines = one.result.receipts
            frames.append(
                lines[lines["scheme"].isin([SCHEMES.index(scheme) for scheme in one.counts])].assign(file=file)
            )
    if not frames:
        return []
    every = pd.concat(frames, ignore_index=True)
    homes = every.drop_duplicates(["k", "home"])
    shared = set(homes.loc[homes.duplicated("k", keep=False), "k"])
    found = []
    for _, same in every[every["k"].isin(shared)].groupby("k", sort=False):
        lines = list(same.itertuples())
        for line in lines:
            others = [other for other in lines if other.home != line.home]
            rows = {(other.file, int(chosen[other.file].result.people["row"].iloc[other.index])) for other in others}
            where = "、".join(dict.fromkeys(_place(chosen, file, row, line.file) for file, row in sorted(rows)[:5]))
            key = f"{SCHEMES[line.scheme]}_receipt"
            found.append(_finding(chosen, line.file, line.index, RECEIPT_RULE, key, where, policy, None))
    return found


# ---------------------------------------------------------------- one file's share of the tables


@dataclass
class Tally:
    """What one file adds to the tables of one scheme; money in fen."""

    claimed: int
    counted: int
    late: int
    why: dict[str, int]
    cash: dict[str, int]
    funding: Counter[tuple[str, str, str, str, str]]
    days: Counter[int]
    coverage: Counter[tuple[str, str]]


CASH = ("due", "collected", "over", "short", "unclear", "catch_up", "give_back")


def tally(result: FileResult, scheme: Scheme, loser: npt.NDArray[np.bool_] | None, policy: Policy) -> Tally:
    """Count one file for one scheme; `loser` marks the rows whose person belongs elsewhere."""
    people = result.people
    lost = np.zeros(len(people), dtype=bool) if loser is None else loser

    def column(what: str) -> npt.NDArray[Any]:
        return people[f"{scheme}_{what}"].to_numpy()

    claimed, why = column("claimed"), column("why").copy()
    duplicate = _ORDER[DUPLICATE]
    why[lost & ((why == 0) | (why > duplicate))] = duplicate
    settled = claimed & (why == 0)
    late = settled & column("late")
    counted = settled & ~late
    reasons = np.bincount(why[claimed], minlength=len(REASONS) + 1)
    owes = claimed & column("known") & ~lost
    paid = column("paid")
    due = np.where(owes, column("due"), 0)
    unclear = claimed & ~column("known")
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
    return Tally(
        claimed=int(claimed.sum()),
        counted=int(counted.sum()),
        late=int(late.sum()),
        why={reason: int(reasons[_ORDER[reason]]) for reason in REASONS},
        cash=cash,
        funding=_funding(result, scheme, column("case"), counted, owes, policy),
        days=Counter(dict(zip(*[values.tolist() for values in np.unique(days, return_counts=True)], strict=True))),
        coverage=_coverage(people, scheme, counted, column, policy),
    )


def _funding(
    result: FileResult, scheme: Scheme, case: npt.NDArray[np.int32], counted: npt.NDArray[np.bool_], owes: npt.NDArray[np.bool_],
    policy: Policy,
) -> Counter[tuple[str, str, str, str, str]]:  # fmt: skip
    """People and fen by (category, funder, department, to, what); `what` is one of four columns."""
    cases = result.cases[scheme]
    by_counted = np.bincount(case[counted], minlength=len(cases))
    by_claimed = np.bincount(case[owes], minlength=len(cases))
    found: Counter[tuple[str, str, str, str, str]] = Counter()
    for (governing, shares), people, claimed in zip(cases, by_counted.tolist(), by_claimed.tolist(), strict=True):
        for share in shares:
            key = (policy.categories[governing].name, share.funder, share.department, share.to)
            found[*key, "persons"] += people
            found[*key, "fen"] += people * share.fen
            found[*key, "claimed_persons"] += claimed
            found[*key, "claimed_fen"] += claimed * share.fen
    return found


def coverage_reasons() -> tuple[str, ...]:
    """Every reason that excuses somebody in hardship, medical first."""
    return (*MEDICAL_EXCUSES, *checks.PENSION_EXCUSES)


def _coverage(
    people: pd.DataFrame,
    scheme: Scheme,
    counted: npt.NDArray[np.bool_],
    column: Callable[[str], npt.NDArray[Any]],
    policy: Policy,
) -> Counter[tuple[str, str]]:
    """People in hardship by (category, what): people, each reason, obliged, enrolled."""
    reasons = MEDICAL_EXCUSES if scheme == "medical" else checks.PENSION_EXCUSES
    statuses, trusted = people["statuses"].to_numpy(), people["trusted"].to_numpy()
    enrolled = counted | column("elsewhere")
    excused = np.where(enrolled, 0, column("excused"))
    found: Counter[tuple[str, str]] = Counter()
    bits = {category.name: 1 << n for n, category in enumerate(policy.categories.values()) if category.hardship}
    for name, bit in {**bits, EVERYBODY: sum(bits.values())}.items():
        those = trusted & ((statuses & bit) != 0)
        if not those.any():
            continue
        by_reason = np.bincount(excused[those], minlength=len(reasons) + 1)
        found[name, "people"] += int(those.sum())
        found[name, "obliged"] += int(by_reason[0])
        found[name, "enrolled"] += int((those & enrolled).sum())
        for n, reason in enumerate(reasons, 1):
            found[name, reason] += int(by_reason[n])
    return found


# ---------------------------------------------------------------- the district


def district(results: Sequence[FileResult], policy: Policy, skipped: Sequence[FileLine] = ()) -> District:
    """Everything of the district from the results of all files, whatever order they came in."""
    chosen = choose(sorted(results, key=lambda result: result.name), policy)
    for one in chosen:
        if one.status == "refused":
            one.counts = ()
    many = across(chosen, policy)
    tallies: dict[tuple[str, Scheme], list[Tally]] = defaultdict(list)
    for file, one in enumerate(chosen):
        for scheme in one.counts:
            tallies[_sub(one).township, scheme].append(
                tally(one.result, scheme, many.losers.get((file, scheme)), policy)
            )
    merged = [one for one in chosen if one.status == "merged"]
    through = max((_sub(one).deadline for one in merged), default=None)
    by_file: dict[str, list[Finding]] = defaultdict(list)
    for finding in [*many.findings, *(finding for one in merged for finding in _own_findings(one))]:
        by_file[finding.file].append(finding)
    units = _units(tallies, policy)
    found = District(
        policy=policy,
        through=through,
        files=sorted([*(_line(one, by_file) for one in chosen), *skipped], key=lambda line: line.name),
        reported=_reported(merged, through, by_file, policy),
        units=units,
        funding=_funding_table(tallies, policy),
        cash=_cash_table(tallies, policy),
        coverage=_coverage_table(tallies, policy),
        coverage_reasons=coverage_reasons(),
        series=_series(tallies, through, policy),
        findings=sorted((finding for own in by_file.values() for finding in own), key=_in_order),
        duplicates=many.duplicates,
        decisions=[],
        touched=_touched_by_all(merged, units, many, policy),
    )
    found.decisions = _decisions(chosen, found)
    return found


def _in_order(finding: Finding) -> tuple[str, str, int, str, str]:
    return finding.file, finding.sheet, finding.row or 0, finding.column or "", finding.code


def _own_findings(one: Chosen) -> list[Finding]:
    """A file's own findings, of the schemes for which it counts."""
    found = [
        finding for finding in one.result.findings
        if finding.key is None or (scheme := columns.BY_KEY[finding.key].scheme) is None or scheme in one.counts
    ]  # fmt: skip
    if one.replaces is not None and len(one.result) < SHRUNK * len(one.replaces):
        problem = f"本册{len(one.result)}人，它替代的“{one.replaces.name}”有{len(one.replaces)}人。"
        found.append(rosters.file_finding(one.result.name, "", "112", problem))
    return found


def _line(one: Chosen, by_file: Mapping[str, list[Finding]]) -> FileLine:
    result, sub = one.result, one.result.submission
    own = by_file.get(result.name, [])
    line = FileLine(
        result.name,
        one.status,
        code=one.refusal.code if one.refusal and one.status != "merged" else "",
        reason=one.refusal.sentence if one.refusal and one.status != "merged" else "",
        persons=len(result),
        errors=sum(finding.count for finding in own if finding.severity == "error"),
        warnings=sum(finding.count for finding in own if finding.severity == "warning"),
    )
    if sub is None:
        return line
    return replace(
        line, township=sub.township, part=sub.part, scope=sub.scope, deadline=sub.deadline, serial=sub.serial,
        households=len(result.people["household"].unique()) if len(result) else 0,
        entered=int(result.people["entered"].sum()) if len(result) else 0,
    )  # fmt: skip


def _reported(
    merged: Sequence[Chosen], through: date | None, by_file: Mapping[str, list[Finding]], policy: Policy
) -> list[Reported]:
    found = []
    for unit in policy.units:
        own = [one for one in merged if _sub(one).township == unit.name]
        lines = [_line(one, by_file) for one in own]
        newest = max((_sub(one).deadline for one in own), default=None)
        expected = max((_sub(one).parts or 0 for one in own), default=0)
        state = "从未报送" if newest is None else "本期已报" if newest == through else "沿用上期"
        found.append(
            Reported(
                unit.name, state, newest, len({_sub(one).part_key for one in own}), expected or None,
                sum(line.persons for line in lines), sum(line.errors for line in lines), sum(line.warnings for line in lines),
                sum(line.entered for line in lines),
            )
        )  # fmt: skip
    return found


def _ordered_units(policy: Policy, scheme: Scheme) -> list[str]:
    attachment = policy.schemes[scheme].attachment
    listed = [row.unit for row in attachment.rows]
    return [*listed, *(unit.name for unit in policy.units if unit.name not in attachment.by_unit)]


def _units(tallies: Mapping[tuple[str, Scheme], list[Tally]], policy: Policy) -> pd.DataFrame:
    lines = []
    for scheme in SCHEMES:
        attachment = policy.schemes[scheme].attachment
        for unit in _ordered_units(policy, scheme):
            own, row = tallies.get((unit, scheme), []), attachment.by_unit.get(unit)
            counted, late = sum(one.counted for one in own), sum(one.late for one in own)
            lines.append(
                {
                    "township": unit,
                    "scheme": scheme,
                    "base": row.base if row else None,
                    "quota": row.quota if row else None,
                    "claimed": sum(one.claimed for one in own),
                    "counted": counted,
                    "late": late,
                    **{reason: sum(one.why[reason] for one in own) for reason in REASONS},
                    "rate": counted / row.quota if row else np.nan,
                    "rate_with_late": (counted + late) / row.quota if row else np.nan,
                    "gap": row.quota - counted if row else None,
                }
            )
    frame = pd.DataFrame(lines).astype({"base": "Int64", "quota": "Int64", "gap": "Int64"})
    by = "rate" if policy.choice("rank_by") == "counted" else "rate_with_late"
    frame["rank"] = frame.groupby("scheme")[by].rank(method="min", ascending=False).astype("Int64")
    return frame


def _funding_table(tallies: Mapping[tuple[str, Scheme], list[Tally]], policy: Policy) -> pd.DataFrame:
    lines = []
    what = ("persons", "fen", "claimed_persons", "claimed_fen")
    categories = [category.name for category in policy.categories.values()]
    for scheme in SCHEMES:
        for unit in _ordered_units(policy, scheme):
            total: Counter[tuple[str, str, str, str, str]] = sum(
                (one.funding for one in tallies.get((unit, scheme), [])), Counter()
            )
            keys = {key[:4] for key in total}
            for key in sorted(keys, key=lambda key: (categories.index(key[0]), policy.funders.index(key[1]), key[2:])):
                numbers = {name: total[*key, name] for name in what}
                lines.append(
                    {
                        "township": unit,
                        "scheme": scheme,
                        "category": key[0],
                        "funder": key[1],
                        "department": key[2],
                        "to": key[3],
                        **numbers,
                    }
                )
    return pd.DataFrame(lines, columns=["township", "scheme", "category", "funder", "department", "to", *what])


def _cash_table(tallies: Mapping[tuple[str, Scheme], list[Tally]], policy: Policy) -> pd.DataFrame:
    lines = [
        {
            "township": unit,
            "scheme": scheme,
            **{what: sum(one.cash[what] for one in tallies.get((unit, scheme), [])) for what in CASH},
        }
        for scheme in SCHEMES
        for unit in _ordered_units(policy, scheme)
    ]
    return pd.DataFrame(lines)


def _coverage_table(tallies: Mapping[tuple[str, Scheme], list[Tally]], policy: Policy) -> pd.DataFrame:
    reasons = coverage_reasons()
    names = [*(category.name for category in policy.categories.values() if category.hardship), EVERYBODY]
    lines = []
    for scheme in SCHEMES:
        for unit in _ordered_units(policy, scheme):
            total: Counter[tuple[str, str]] = sum((one.coverage for one in tallies.get((unit, scheme), [])), Counter())
            for name in names:
                numbers = {what: total[name, what] for what in ("people", *reasons, "obliged", "enrolled")}
                rate = numbers["enrolled"] / numbers["obliged"] if numbers["obliged"] else np.nan
                lines.append({"township": unit, "scheme": scheme, "category": name, **numbers, "rate": rate})
    return pd.DataFrame(lines)


def half_months(policy: Policy, last: date) -> list[date]:
    """The columns of the progress table: the day before collecting began, then every 15th and month's end to `last`."""
    first = max(rules.season_start for rules in policy.schemes.values()) - timedelta(days=1)
    days, day = [first], first
    while days[-1] < last:
        day += timedelta(days=1)
        if day.day == 15 or (day + timedelta(days=1)).day == 1:
            days.append(day)
    return days


def _series(tallies: Mapping[tuple[str, Scheme], list[Tally]], through: date | None, policy: Policy) -> pd.DataFrame:
    latest = max((day for own in tallies.values() for one in own for day in one.days if day), default=0)
    last = max([through or date.min, date.fromordinal(latest) if latest else date.min])
    days = half_months(policy, last)
    lines: list[tuple[date | None, str, Scheme, int]] = []
    for scheme in SCHEMES:
        for unit in _ordered_units(policy, scheme):
            total: Counter[int] = sum((one.days for one in tallies.get((unit, scheme), [])), Counter())
            dated = 0
            for day in days:
                dated = sum(count for when, count in total.items() if 0 < when <= day.toordinal())
                lines.append((day, unit, scheme, dated))
            lines.append((None, unit, scheme, dated + total[0]))
    return pd.DataFrame(lines, columns=["date", "township", "scheme", "counted"])


def _touched_by_all(merged: Sequence[Chosen], units: pd.DataFrame, many: Across, policy: Policy) -> dict[str, int]:
    found = dict.fromkeys(policy.interpretations, 0)
    for one in merged:
        for name, count in one.result.touched.items():
            found[name] += count
    found["late"] = int(units["late"].sum())
    found["duplicates"] = len(many.duplicates)
    return found


def _decisions(chosen: Sequence[Chosen], found: District) -> list[Decision]:
    """What a person must decide or know, for 总览."""
    lines = [
        Decision("从未报送", one.township, f"{one.township}从未报送，计入为0。")
        for one in found.reported
        if one.state == "从未报送"
    ]
    lines += [
        Decision("沿用上期", one.township, f"{one.township}本期未报，沿用{one.deadline:%Y-%m-%d}的花名册。")
        for one in found.reported
        if one.state == "沿用上期" and one.deadline
    ]
    lines += [
        Decision("分册不齐", one.township, f"{one.township}应报{one.parts_expected}册，已收{one.parts_received}册。")
        for one in found.reported
        if one.parts_expected and one.parts_received < one.parts_expected
    ]
    for one in chosen:
        if one.status != "refused" or one.refusal is None:
            continue
        township = one.result.submission.township if one.result.submission else _guess(one.result.name, found)
        kind = {"R301": "同期两份不一致", "R302": "已有全部册"}.get(one.refusal.code, "拒收")
        after = (
            "，仍沿用更早的花名册"
            if any(r.township == township and r.state != "从未报送" for r in found.reported)
            else ""
        )
        lines.append(Decision(kind, township, f"“{one.result.name}”{one.refusal.sentence}{after}"))
    lines += [
        Decision("疑似只报新增", line.township, f"“{line.name}”比它替代的一册少了5%以上的人，请核对。")
        for line in found.files
        if any(finding.code == "112" and finding.file == line.name for finding in found.findings)
    ]
    return lines


def _guess(name: str, found: District) -> str:
    """The unit that a refused file's name speaks of, if it names one."""
    policy: Any = found.policy
    return next(
        (unit.name for unit in policy.units if any(word in name for word in (unit.name, *unit.aliases[-1:]))), ""
    )


# ---------------------------------------------------------------- a folder


WORKBOOKS = {".xlsx", ".xlsm", ".xltx", ".xltm", ".xls", ".xlt", ".et", ".ett", ".xlsb", ".ods"}


def received(folder: Path, leave_out: Iterable[Path] = ()) -> tuple[list[tuple[Path, str]], list[FileLine]]:
    """The workbooks of a folder and its subfolders with their names relative to it, and what is skipped.

    Links, pipes and the like are in the list too: `intake` refuses them by name.
    """
    out = {path.absolute() for path in leave_out}
    books, skipped = [], []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.absolute() in out or (path.is_dir() and not path.is_symlink()):
            continue
        shown = ids.mask_text(name)
        if path.name.startswith("~$"):
            skipped.append(FileLine(shown, "skipped", "S102", "Excel正在打开某个文件时的临时文件，不是花名册。"))
        elif path.name.startswith(".") or path.suffix.lower() not in WORKBOOKS:
            skipped.append(FileLine(shown, "skipped", "S101", "按文件名不是工作簿。"))
        else:
            books.append((path, name))
    return books, skipped
