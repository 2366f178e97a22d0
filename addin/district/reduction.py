"""One received file: read, checked and reduced to what the district needs."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from addin import amounts, checks, columns, ids, intake, registers
from addin import roster as rosters
from addin.columns import MEDICAL_ELSEWHERE, NOT_ENROLLED, OTHER_REASON, YES, Scheme
from addin.district.content import book_content, row_contents
from addin.district.file_result import (
    CLAIMED,
    FULL,
    IDENTITIES,
    KINDS,
    RECEIPTS,
    Details,
    FileResult,
    Submission,
    key_of,
    refused_result,
    rules_of,
    starts_of,
)
from addin.district.tally import DIFFERENCES, MEDICAL_EXCUSES, Case, tally
from addin.findings import ORDER, UNPAID, Refusal, make_refusal
from addin.policy import SCHEMES, Policy


def open_roster(
    received: Path | bytes, name: str, policy: Policy, index: registers.Index | None = None
) -> tuple[rosters.Roster | Refusal, str]:
    """The roster of a received file or its refusal, and the file's SHA-256 ('' where it could not be read).

    With an `index` of the departments' lists the roster knows what they say of its people.
    """
    book = intake.read(received) if isinstance(received, Path) else intake.read_bytes(received)
    if isinstance(book, Refusal):
        return book, ""
    roster = rosters.read(book, policy, ids.mask_text(name))
    if index is not None and index.lists and not isinstance(roster, Refusal):
        registers.hold_against(roster, index)
    return roster, book.sha256


def reduce_file(received: Path | bytes, name: str, policy: Policy, index: registers.Index) -> FileResult:
    """Read, check and reduce one received file for the run of this index. `name` is what lists show."""
    roster, sha256 = open_roster(received, name, policy, index)
    if isinstance(roster, Refusal):
        return refused_result(name, sha256, policy, roster, index.secret)
    return reduce_roster(roster, checks.check(roster), index.secret, sha256)


def reduce_roster(roster: rosters.Roster, checked: checks.Checked, secret: bytes, sha256: str = "") -> FileResult:
    """The part of a checked roster that the district needs, without IDs or names."""
    cover, policy = roster.cover, roster.policy
    submission = Submission(
        cover.unit.name,
        roster.shown_part,
        cover.part_key if cover.whole else roster.places.of(cover.part_key),
        cover.whole,
        cover.scope,
        cover.schemes,
        cover.deadline,
        cover.serial,
        cover.parts,
    )
    details = details_of(roster, checked)
    rows = row_contents(roster, secret)
    details.people["content"] = rows
    identities = _identities(roster, checked, details, secret)
    receipts = np.concatenate([_receipts(roster, scheme, secret, checked.strays) for scheme in roster.schemes])
    receipts = receipts[np.argsort(receipts["k"], kind="stable")]
    return FileResult(
        name=roster.file,
        sha256=sha256,
        content=book_content(roster, rows, secret),
        policy=policy.id,
        refusal=_of_another_village(checked),
        submission=submission,
        persons=len(roster),
        homes=len(np.unique(roster.households)),
        entered=int(roster.is_("entered", YES).sum()),
        tallies={scheme: tally(details.people, details.cases[scheme], scheme, policy) for scheme in roster.schemes},
        findings=checked.findings,
        letters=roster.letters,
        sheet=roster.sheet,
        touched=_touched(roster),
        errors=checked.errors,
        warnings=checked.warnings,
        identities=identities,
        receipts=receipts,
        starts={"identities": starts_of(identities), "receipts": starts_of(receipts)},
        details=details,
        met=roster.listed.met if roster.listed else [],
        met_groups=tuple(str(roster.groups[at]) for _, at in roster.listed.met)
        if roster.listed and policy.groups
        else (),
        paid=roster.listed.paid if roster.listed else np.zeros(0, np.int32),
        rules=rules_of(policy),
        key=key_of(secret),
    )


def _of_another_village(checked: checks.Checked) -> Refusal | None:
    """R304: refuses a book whose people are of another village than its cover says: it would replace that village's."""
    other_book = next((finding for finding in checked.findings if finding.code == checks.OTHER_BOOK), None)
    return make_refusal("R304", {"what": other_book.problem}) if other_book else None


def details_of(roster: rosters.Roster, checked: checks.Checked) -> Details:
    """The facts of each row."""
    name, village, household = roster.words["name"], roster.words["village"], roster.words["household"]
    surnames, surname_of = np.unique([text[:1] for text in name.vocabulary] or [""], return_inverse=True)
    trusted = ~roster.none()
    for states in checked.why.values():
        trusted &= states != ORDER["identity"]
    people: dict[str, object] = {
        "row": roster.rows,
        "village": village.codes.astype(np.int32),
        "household": household.codes.astype(np.int32),
        "surname": surname_of[name.codes].astype(np.int32),
        "trusted": trusted,
        "statuses": roster.statuses,
    }
    if roster.listed is not None:
        people["verdict"] = roster.listed.verdict
    cases = {}
    for scheme in roster.schemes:
        part, cases[scheme] = _reduce_scheme(roster, scheme, checked.why[scheme])
        people |= {f"{scheme}_{what}": values for what, values in part.items()}
    return Details(
        people=pd.DataFrame(people),
        villages=[roster.shown_village(text) for text in village.vocabulary],
        households=[roster.shown_household(text) for text in household.vocabulary],
        surnames=[str(text) for text in surnames],
        odd_names=_odd_names(name),
        shown=[ids.mask_id(text) for text in roster.person.canonical],
        cases=cases,
    )


def _odd_names(names: rosters.Words) -> dict[int, str]:
    """Rows whose name has characters that look like others, with these."""
    odd = {code: words for code, text in enumerate(names.vocabulary) if (words := ids.odd_characters(text))}
    return {row: odd[code] for row, code in enumerate(names.codes.tolist()) if code in odd} if odd else {}


def _identities(
    roster: rosters.Roster, checked: checks.Checked, details: Details, secret: bytes
) -> npt.NDArray[np.void]:
    """The rows whose ID can be trusted, in the order of its keyed hash."""
    people, name = details.people, roster.words["name"]
    at = np.flatnonzero(people["trusted"])
    numbers = roster.person.canonical[at]
    identities = np.zeros(len(at), IDENTITIES)
    identities["k"], identities["k1"] = ids.keyed(numbers, secret, b"id"), ids.keyed(numbers, secret, b"id, once more")
    identities["name"] = ids.keyed(ids.folded_names(name.vocabulary), secret, b"name")[name.codes[at]]
    identities["at"] = at
    for scheme in roster.schemes:
        why = people[f"{scheme}_why"].to_numpy()[at]
        claimed = people[f"{scheme}_claimed"].to_numpy()[at] & (why != ORDER["identity"]) & (why != ORDER["ineligible"])
        full = people[f"{scheme}_full"].to_numpy()[at]
        identities["flags"] |= (claimed * CLAIMED[scheme] | full * FULL[scheme]).astype(np.uint8)
        identities[f"{scheme}_day"] = people[f"{scheme}_day"].to_numpy()[at]
    return identities[np.lexsort((identities["k1"], identities["k"]))]


def _reduce_scheme(
    roster: rosters.Roster, scheme: Scheme, why: npt.NDArray[np.uint8]
) -> tuple[dict[str, object], list[Case]]:
    claimed = roster.enrolled(scheme)
    paid, day = roster.money[f"{scheme}_paid"], roster.days[f"{scheme}_date"]
    readable = ~roster.fault(f"{scheme}_paid")
    known = roster.due_known(scheme) & ~roster.fault("category")
    if scheme == "pension":
        known &= roster.filled["tier"] & ~roster.fault("tier")
    due = np.where(known, roster.due(scheme), 0)
    current, standard = due, np.full(len(roster), -1, dtype=np.int64)
    if scheme == "medical":
        settled, standard = checks.earlier_standard(roster)
        due = np.where(settled >= 0, settled, due)
    full = claimed & known & readable & (paid >= due)
    # money beside a status that can't be read is neither owed nor surplus
    status = f"{scheme}_status"
    unread = roster.fault(status) | (roster.blank(status) if columns.BY_KEY[status].mandatory else roster.none())
    why = np.where(claimed, why, 0).astype(np.uint8)
    unpaid = claimed & ((paid == 0) | ~readable) & (~known | (due > 0))
    why[unpaid & ((why == 0) | (why > ORDER[UNPAID]))] = ORDER[UNPAID]
    late = claimed & (why == 0) & checks.late(roster, scheme)[0]
    pair, cases = _cases(roster, scheme, known, standard)
    if scheme == "medical":
        excused = np.where(
            roster.is_("medical_status", NOT_ENROLLED) & ~roster.is_("medical_reason", "", OTHER_REASON),
            _reason_codes(roster),
            0,
        )
        elsewhere = roster.is_("medical_status", *MEDICAL_ELSEWHERE)
    else:
        excused, elsewhere = checks.pension_excused(roster), roster.none()
    facts = {
        "claimed": claimed,
        "why": why,
        "late": late,
        "day": day,
        "full": full,
        "due": np.where(claimed, due, 0),
        "paid": paid,
        "known": np.where(claimed, known, ~unread),
        "case": pair[: len(roster)],
        "catch_up": np.where(full, current - due, 0),
        "excused": excused.astype(np.uint8),
        "elsewhere": elsewhere,
    }
    if scheme in roster.payments:
        facts |= _by_list(roster, scheme)
    if (quotas := _quotas_of_villages(roster, scheme)) is not None:
        facts["village"] = quotas
    if roster.listed is not None:
        facts |= {"said": pair[len(roster) :], "held": roster.listed.statuses[scheme]}
    return facts, cases


def _quotas_of_villages(roster: rosters.Roster, scheme: Scheme) -> npt.NDArray[np.int32] | None:
    """Which of the villages with a quota each row is of: 1 the first of the unit's, 0 none; None where it has none."""
    unit = roster.cover.unit
    row = roster.policy.schemes[scheme].attachment.by_unit.get(unit.name)
    if row is None or not row.villages:
        return None
    place = {rosters.fold_village(village.name, unit): n for n, village in enumerate(row.villages, 1)}
    printed = rosters.Places(place)
    alike = [printed.alike(name) for name in roster.villages]
    codes = [place[names[0]] if len(names) == 1 else 0 for names in alike]
    return np.array(codes, dtype=np.int32)[roster.words["village"].codes]


def _by_list(roster: rosters.Roster, scheme: Scheme) -> dict[str, object]:
    """The tax office's list and the row's own payment side by side, and how they differ."""
    listed = roster.payments[scheme]
    own, own_day = listed.own[f"{scheme}_paid"], listed.own[f"{scheme}_date"]
    taken = listed.taken
    difference = np.zeros(len(roster), dtype=np.uint8)
    for code, rows in (
        (registers.SAME_PAYMENT, taken & (own == listed.fen)),
        (registers.BY_LIST, taken & (own == 0)),
        (registers.OTHER_AMOUNT, taken & (own > 0) & (own != listed.fen)),
        (registers.NOT_LISTED, listed.lacking),
        (registers.NOT_ENROLLED, listed.stray),
    ):
        difference[rows] = DIFFERENCES.index(code)
    other_day = taken & (own > 0) & (own_day > 0) & (own_day != roster.days[f"{scheme}_date"])
    return {"difference": difference, "other_day": other_day, "listed": np.where(difference, listed.fen, 0), "own": own}


def _cases(
    roster: rosters.Roster, scheme: Scheme, known: npt.NDArray[np.bool_], standard: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int32], list[Case]]:
    """The kind of case of each person, and with lists of each person once more by the row's own category.

    `standard` is the place of the earlier standard that somebody has paid, -1 where the one in force holds.
    """
    texts = roster.categories(scheme)
    tiers = np.where(known, roster.money["tier"], 0) if scheme == "pension" else np.zeros(len(roster), dtype=np.int64)
    # an earlier standard was that of the main window
    terms = np.where(standard >= 0, 64 * (standard + 1), roster.windows[scheme])
    if roster.listed is not None:
        texts, tiers = np.concatenate([texts, roster.own_categories]), np.concatenate([tiers, tiers])
        terms = np.concatenate([terms, terms])
    statuses, categories = pd.factorize(texts)
    pair, distinct = pd.factorize((statuses.astype(np.int64) * 4096 + terms) * 10**10 + tiers)
    cases = []
    for value in distinct.tolist():
        (status, term), tier = divmod(value // 10**10, 4096), value % 10**10
        place, window = divmod(term, 64)
        on = roster.policy.schemes[scheme].standards[place - 1].notified if place else None
        cases.append(_case(roster.policy, scheme, categories[status], tier, window, on))
    return pair.astype(np.int32), cases


def _case(policy: Policy, scheme: Scheme, category: str, tier: int, window: int, on: date | None) -> Case:
    """The governing category and the shares of one kind of case; a pension without a tier has none."""
    if scheme == "pension" and not tier:
        return amounts.ORDINARY, ()
    try:
        held = amounts.parse_category(policy, category)
        dues = amounts.dues(policy, scheme, held, tier or None, on=on, window=window)
    except (amounts.UnknownCategory, amounts.UnknownTier):
        return amounts.ORDINARY, ()
    return dues.governing, dues.shares


def _reason_codes(roster: rosters.Roster) -> npt.NDArray[np.uint8]:
    reasons = roster.words["medical_reason"]
    codes = {reason: 1 + n for n, reason in enumerate(MEDICAL_EXCUSES)}
    return np.array([codes.get(text, 0) for text in reasons.vocabulary], dtype=np.uint8)[reasons.codes]


def _receipts(
    roster: rosters.Roster, scheme: Scheme, secret: bytes, strays: npt.NDArray[np.bool_]
) -> npt.NDArray[np.void]:
    """The receipts of paid rows whose household is known, one line for each receipt and household."""
    words = roster.words[f"{scheme}_receipt"]
    usable = roster.filled[f"{scheme}_receipt"] & ~roster.fault(f"{scheme}_receipt") & ~strays
    rows = np.flatnonzero(usable & (roster.money[f"{scheme}_paid"] > 0))
    village, number = roster.words["village"], roster.words["household"]
    unit = roster.cover.unit.name
    places = roster.villages
    stems = [rosters.stem_of(place) for place in places]
    kinds = [KINDS.index(place.removeprefix(stem)) for place, stem in zip(places, stems, strict=True)]
    named = np.array([f"{unit} {stem}" for stem in stems], dtype=object)
    houses = ids.keyed(named, secret, b"village")[village.codes[rows]] * np.uint64(1_000_003)
    houses += ids.keyed(number.vocabulary, secret, b"household")[number.codes[rows]]
    receipts = np.zeros(len(rows), RECEIPTS)
    receipts["k"] = ids.keyed(words.vocabulary, secret, b"receipt")[words.codes[rows]]
    receipts["home"], receipts["kind"] = houses, np.array(kinds, np.uint8)[village.codes[rows]]
    receipts["at"], receipts["scheme"] = rows, SCHEMES.index(scheme)
    return receipts


def _touched(roster: rosters.Roster) -> dict[str, int]:
    """How many rows each interpretation touched, as far as one book can say."""
    medical, pension = "medical" in roster.schemes, "pension" in roster.schemes
    enrolled = {scheme: roster.enrolled(scheme) for scheme in roster.schemes}
    touched: dict[str, npt.NDArray[np.bool_]] = {
        point.name: roster.has_all(*point.categories) & (enrolled[point.scheme] if point.scheme else True)
        for point in roster.policy.interpretations.values()
        if point.categories and point.scheme in (None, *roster.schemes)
    }
    touched |= {
        "status_order": (roster.statuses & (roster.statuses - 1)) != 0,
        "status_day": roster.hardship,
    }
    if medical:
        day = roster.days["medical_date"]
        start = roster.policy.schemes["medical"].window.start.toordinal()
        touched |= {
            "provisional_standard": enrolled["medical"],
            "low_income_cash": enrolled["medical"] & (roster.due("medical", "refund") > 0),
            "college_students": roster.is_("medical_status", "高校参保"),
            "who_may_stay_out": roster.is_("medical_status", NOT_ENROLLED),
            "september": enrolled["medical"] & (day > 0) & (day < start),
            "other_places": enrolled["medical"] & ~roster.is_("register", "", columns.LOCAL),
        }
    if pension:
        tier = roster.due("pension", "standard")
        higher = tier > roster.policy.schemes["pension"].tiers[0]
        touched |= {
            "higher_tier": checks.chose_higher(roster),
            "tiers_listed": enrolled["pension"] & higher,
            "age_day": enrolled["pension"] & (checks.pension_age(roster) != checks.age_at_end(roster)),
            "no_upper_age": enrolled["pension"] & (checks.age_at_end(roster) >= checks.age_limits(roster.policy)[1]),
        }
        if roster.cover.unit.name in roster.policy.schemes["pension"].attachment.unlisted:
            touched["unlisted_unit"] = enrolled["pension"]
    return {name: int(np.count_nonzero(mask)) for name, mask in touched.items()}
