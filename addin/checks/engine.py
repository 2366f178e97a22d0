"""Runs the rules over one roster: bad cells left alone, findings grouped where a column fails alike, reasons kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from addin import columns, ids
from addin import roster as cells
from addin.checks import form, household, medical, payment, pension, person
from addin.checks.confirmations import AGAIN, Confirmations
from addin.checks.departments import listed
from addin.checks.part import other_villages
from addin.checks.rules import Always, Formatted, Rule, Words, example_words, right_entry, show
from addin.columns import (
    BY_KEY,
    Scheme,
)
from addin.findings import (
    MOST_PLACES,
    ORDER,
    ColumnFields,
    Finding,
    column_finding,
    count_by_severity,
    declare,
    fails_alike,
    group_if_alike,
    make_finding,
)
from addin.policy import AGE_UNKNOWN, FEN, OTHER_AGES, Policy
from addin.roster import Mask, Roster

RULES: tuple[Rule, ...] = (
    *form.RULES,
    *person.RULES,
    *household.RULES,
    *medical.RULES,
    *pension.RULES,
    *payment.RULES,
)
"""All rules in the order in which they run: of several that a row breaks, the first that blocks it gives the reason."""
declare(*RULES)


def off(policy: Policy) -> list[Rule]:
    """The rules that do not run, because the notice does not say what they rest on; those of form always run."""
    return [
        rule
        for rule in RULES
        if not rule.form
        and not (policy.says(rule.entry) and (rule.entry in policy.entries or not rule.needs_entry))
        and set(rule.schemes or policy.schemes) & set(policy.schemes)
    ]


@dataclass
class Checked:
    """The result of checking one roster.

    findings: in rule order, grouped where a column fails alike; why: by scheme, for each person 0 or 1 + the place in
    `findings.REASONS` of the first reason that blocks; errors, warnings: exact counts of cells, grouped or not.
    """

    findings: list[Finding]
    why: dict[Scheme, npt.NDArray[np.uint8]]
    errors: int
    warnings: int
    strays: Mask
    """Whose household can't be told: village or household number is a bad cell."""
    confirmations: dict[int, str]
    """By row what is to be kept behind its marks for the next check (see `confirmations`)."""


def check(roster: Roster) -> Checked:
    """Run every rule over one roster."""
    findings = list(roster.findings)
    findings += _totals(roster) + _unclear_villages(roster) + _unknown_ages(roster)
    why = {scheme: np.full(len(roster), 99, dtype=np.uint8) for scheme in roster.schemes}
    bad: dict[str, Mask] = {key: roster.fault(key) for key in roster.faults}
    about_lists, wrong, uncounted = listed(roster)
    findings += about_lists
    if wrong.any():  # a wrong category is one finding; what follows from it is none
        bad["category"] = bad.get("category", roster.none()) | wrong
    for uncounted_in, reason, rows in uncounted:
        why[uncounted_in][rows & (why[uncounted_in] > ORDER[reason])] = ORDER[reason]
    confirmations = Confirmations(roster)
    if len(roster):
        silent = {rule.code for rule in off(roster.policy)}
        for rule, scheme, key in _runs(roster.schemes):
            if rule.code in silent or (rule.find is None and key not in roster.faults):
                continue
            mask, words = _run(rule, roster, scheme, key, bad)
            if not mask.any():
                continue
            if rule.form:
                bad[key] = bad.get(key, roster.none()) | mask
            blocks = _blocks(rule, scheme, key, roster.policy)
            for blocked in blocks:
                if blocked in why:
                    order = ORDER[rule.reason or BY_KEY[key].blocks]
                    why[blocked][mask & (why[blocked] > order)] = order
            findings += _report(rule, roster, mask, words, key, scheme, blocks, confirmations)
    findings += other_villages(roster, bad.get("village", roster.none()))
    for states in why.values():
        states[states == 99] = 0
    counts = count_by_severity(findings)
    strays = bad.get("village", roster.none()) | bad.get("household", roster.none())
    return Checked(findings, why, counts["error"], counts["warning"], strays, confirmations.by_row)


@cache
def _runs(schemes: tuple[Scheme, ...]) -> tuple[tuple[Rule, Scheme | None, str], ...]:
    """The runs of the rules over a book of these schemes: each once, once a scheme, or once a column (its key)."""
    return tuple(
        (rule, scheme, key)
        for rule in RULES
        for scheme in rule.schemes or (None,)
        if scheme is None or scheme in schemes
        for key in (column.format(scheme=scheme) for column in rule.each or (rule.at,))
        if BY_KEY[key].scheme is None or BY_KEY[key].scheme in schemes
    )


def _run(rule: Rule, roster: Roster, scheme: Scheme | None, key: str, bad: Mapping[str, Mask]) -> tuple[Mask, Words]:
    """Who offends in one run, and the words about it; `bad` are the bad cells found so far, by column."""
    if rule.find is None:
        mask = roster.fault(key, *rule.fault)
        return mask, rule.words(roster, key) if rule.words and mask.any() else {}
    arguments = [roster] + ([scheme] if scheme else []) + ([key] if rule.each else [])
    offenders = rule.find(*arguments)
    mask, words = offenders if isinstance(offenders, tuple) else (offenders, {})
    if mask.any():
        for used in rule.uses:
            spoilt = bad.get(key if used == rule.at else used.format(scheme=scheme))
            if spoilt is not None:
                mask = mask & ~(_whole_households(roster, spoilt, used) if rule.household else spoilt)
        if rule.household:
            mask = mask & _families(roster)
    return mask, words


def _families(roster: Roster) -> Mask:
    """Rows of ordinary families: a blank 户类型 is 家庭户."""
    return roster.is_("household_type", "", "家庭户")


def _whole_households(roster: Roster, spoilt: Mask, key: str) -> Mask:
    """Everybody in the households of rows with a bad cell; without village or number, the neighbouring row's."""
    rows = spoilt.copy()
    if key in ("village", "household"):
        other = roster.words["household"].codes if key == "village" else roster.place_codes
        alike = other[1:] == other[:-1]
        rows[1:] |= spoilt[:-1] & alike
        rows[:-1] |= spoilt[1:] & alike
    return np.asarray(np.isin(roster.households, roster.households[rows]))


def _blocks(rule: Rule, scheme: Scheme | None, key: str, policy: Policy) -> tuple[Scheme, ...]:
    if rule.fault and rule.severity == "error":  # a bad cell blocks what it is needed for
        column = BY_KEY[key]
        if not column.blocks:
            return ()
        return (column.scheme,) if column.scheme else tuple(policy.schemes)
    if rule.blocks and scheme:
        return (scheme,)
    return tuple(blocked for blocked in rule.blocks if blocked in policy.schemes)


def _report(
    rule: Rule,
    roster: Roster,
    mask: Mask,
    words: Words,
    key: str,
    scheme: Scheme | None,
    blocks: tuple[Scheme, ...],
    confirmations: Confirmations,
) -> list[Finding]:
    """Findings for the offenders; one for the column where more than a fifth of it fails alike, unconfirmed."""
    confirmed, again = confirmations.settled(rule, mask, key, scheme)
    offenders = np.flatnonzero(mask & ~confirmed)
    findings: list[Finding] = []
    header = BY_KEY[key].header
    common: ColumnFields = {
        "column": roster.letters.get(key),
        "header": header,
        "key": key,
        "blocks": blocks,
        "article": roster.policy.article(rule.entry.format(scheme=scheme)),
    }
    known = example_words(roster.policy, scheme or BY_KEY[key].scheme)
    known["example"] = right_entry(roster.policy, key)
    if fails_alike(len(offenders), len(roster)) and not rule.household:
        known |= {word: values.text for word, values in words.items() if isinstance(values, Always)}
        together = {word: values.together for word, values in words.items() if isinstance(values, Formatted)}
        known |= {word: text for word, text in together.items() if text}
        places = roster.rows[offenders].tolist()
        findings.append(
            column_finding(rule.code, roster.file, roster.sheet, known, count=len(offenders), places=places, **common)
        )
        offenders = offenders[:0]
    offenders = np.concatenate([offenders, np.flatnonzero(confirmed)])
    texts = _values(roster, key, offenders)
    for position, (index, who) in enumerate(zip(offenders.tolist(), roster.who(offenders.tolist()), strict=True)):
        given = {word: values[index] for word, values in words.items()}
        given = known | given | {"value": texts[position], "header": header}
        finding = make_finding(
            rule.code,
            roster.file,
            roster.sheet,
            given,
            row=int(roster.rows[index]),
            value=texts[position],
            problem=roster.names.hide(rule.problem.format_map(given)),
            **who,
            **common,
        )
        if confirmed[index]:
            finding = replace(finding, severity="confirmed")
        elif again[index]:
            finding = replace(finding, remedy=f"{finding.remedy}{AGAIN}")
        findings.append(finding)
    return findings


def _values(roster: Roster, key: str, indexes: npt.NDArray[np.intp]) -> list[str]:
    """The cells' values as a clerk reads them, masked; reasons for not enrolling are not quoted."""
    return [roster.names.hide(show(roster.shown(key, int(index)), key)) for index in indexes]


def _unclear_villages(roster: Roster) -> list[Finding]:
    """131: a village's name without 村 or 社区 where the unit has both."""
    findings = []
    for text, places, mask in roster.unclear_villages:
        rows = roster.rows[mask].tolist()
        findings.append(
            make_finding(
                "131",
                roster.file,
                roster.sheet,
                {"value": roster.names.hide(show(text)), "places": roster.names.hide("、".join(map(show, places)))},
                column=roster.letters.get("village"),
                row=rows[0],
                count=len(rows),
                places=tuple(rows[:MOST_PLACES]),
            )
        )
    return findings


def _unknown_ages(roster: Roster) -> list[Finding]:
    """319: who enrols in a scheme in which age decides the amount, and has a document that does not say it."""
    decided = [scheme for scheme in roster.schemes if roster.policy.by_age(scheme)]
    if not decided:
        return []
    readable = (roster.person.born == 0) & (roster.person.fault == ids.FINE) & roster.filled["id_number"]
    readable &= ~roster.fault("id_number") & ~roster.unknown_category & (roster.groups == AGE_UNKNOWN)
    rows = np.flatnonzero(readable & np.logical_or.reduce([*map(roster.enrolled, decided)]))
    aged = [group for group in roster.policy.groups if group.facts and group.facts.born]
    words = {"groups": "、".join(group.short for group in aged), "other": OTHER_AGES}
    findings = [
        make_finding(
            "319",
            roster.file,
            roster.sheet,
            words,
            policy=roster.policy,
            row=int(roster.rows[index]),
            column=roster.letters.get("category"),
            key="category",
            header=BY_KEY["category"].header,
            value=value,
            **who,
        )
        for index, value, who in zip(
            rows.tolist(), _values(roster, "category", rows), roster.who(rows.tolist()), strict=True
        )
    ]
    return group_if_alike(findings, len(roster))


def _totals(roster: Roster) -> list[Finding]:
    """105: the control totals on the cover against the rows."""
    totals = roster.cover.totals
    count: dict[str, float] = {"households": float(roster.is_("relation", "户主").sum()), "persons": float(len(roster))}
    for scheme in roster.schemes:
        count[f"{scheme}_enrolled"] = float(roster.enrolled(scheme).sum())
        # a negative amount is a finding of its own; the cover's formula has added it up all the same
        key = f"{scheme}_paid"
        left_out = sum(roster.raw[key][roster.fault(key, cells.BAD_AMOUNT)].tolist())
        count[f"{scheme}_cash"] = roster.given(key)[0].sum() / FEN + left_out
    differing = [
        f"{cells.LABELS[key]}封面{total:.15g}、明细{value:.15g}"
        for key, value in count.items()
        if (total := totals.get(key)) is not None and not _agrees(total, value, roster.left_out.get(key, 0))
    ]
    if not differing:
        return []
    return [make_finding("105", roster.file, columns.COVER_SHEET, {"differences": "；".join(differing)})]


def _agrees(total: float, value: float, left_out: float) -> bool:
    """Whether a control total is right, with or without the lines that are no people: these have their own findings."""
    return value + min(left_out, 0) - 0.004 <= total <= value + max(left_out, 0) + 0.004
