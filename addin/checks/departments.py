"""9xx: what the departments' lists say of a book's people, 三(四) to (六), 六(一). Without lists there is nothing here."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from addin import ids
from addin.checks.rules import show, yuan
from addin.columns import BY_KEY, Scheme
from addin.findings import (
    INELIGIBLE,
    MOST_PLACES,
    SHORT,
    UNPAID,
    Finding,
    column_finding,
    fails_alike,
    group_if_alike,
    make_finding,
)
from addin.registers import model
from addin.roster import ABSENT, DIFFERS, NOTED, Mask, Roster, status_words

_CODES = {NOTED: model.NOTED, DIFFERS: model.DIFFERS, ABSENT: model.ABSENT}


def listed(roster: Roster) -> tuple[list[Finding], Mask, list[tuple[Scheme, str, Mask]]]:
    """The findings; the rows whose category is said to be wrong; and who can't be counted, by scheme and reason."""
    if roster.listed is None:
        return [], roster.none(), []
    wrong = np.isin(roster.listed.verdict, (DIFFERS, ABSENT))
    blocked: list[tuple[Scheme, str, Mask]] = []
    for scheme in roster.schemes:
        due, paid = roster.due(scheme), roster.money[f"{scheme}_paid"]
        owes = wrong & _judged(roster, scheme) & (paid < due)
        blocked += [(scheme, UNPAID, owes & (paid == 0)), (scheme, SHORT, owes & (paid > 0))]
        blocked.append((scheme, INELIGIBLE, roster.enrolled(scheme) & roster.listed.employed[scheme]))
    findings = _categories(roster, blocked) + _names(roster) + _employees(roster) + _villages(roster)
    findings += _payments(roster)
    return findings, wrong, blocked


def _judged(roster: Roster, scheme: Scheme) -> Mask:
    """Who enrols and whose amounts can be told."""
    judged = roster.enrolled(scheme) & roster.due_known(scheme) & ~roster.fault(f"{scheme}_paid")
    if scheme == "pension":
        judged &= roster.filled["tier"] & ~roster.fault("tier")
    return np.asarray(judged)


def _categories(roster: Roster, blocked: list[tuple[Scheme, str, Mask]]) -> list[Finding]:
    assert roster.listed is not None
    about, own = roster.listed, roster.statuses
    enrolled = {scheme: roster.enrolled(scheme) for scheme in roster.schemes}
    judged = {scheme: _judged(roster, scheme) for scheme in roster.schemes}
    by_category: dict[str, list[Finding]] = {}
    for index in np.flatnonzero(about.verdict).tolist():
        joined = [scheme for scheme in roster.schemes if enrolled[scheme][index]]
        scheme = next(scheme for scheme in (*joined, *roster.schemes) if about.statuses[scheme][index] != own[index])
        paid = scheme in joined and roster.days[f"{scheme}_date"][index] > 0
        day = date.fromordinal(int(about.days[scheme][index])).isoformat()
        amounts = [
            f"{roster.policy.schemes[scheme].name}应收{yuan(int(roster.due(scheme)[index]))}元、"
            f"实收{yuan(int(roster.money[f'{scheme}_paid'][index]))}元"
            for scheme in joined
            if judged[scheme][index]
        ]
        words = {
            "day": f"{'缴费(登记)日' if paid else '填报截止日'}{day}",
            "listed": status_words(roster.policy, int(about.given[scheme][index])) or "没有",
            "why": "不在名单的认定期内" if about.known[index] else "的名单上没有此人",
            "due": f"：按名单{'，'.join(amounts)}" if amounts else "",
        }
        blocks = tuple(scheme for scheme, why, mask in blocked if why in (UNPAID, SHORT) and mask[index])
        code = _CODES[int(about.verdict[index])]
        by_category.setdefault(code, []).append(_finding(roster, index, code, "category", words, blocks))
    return [finding for same in by_category.values() for finding in group_if_alike(same, len(roster))]


def _names(roster: Roster) -> list[Finding]:
    assert roster.listed is not None
    names, findings = roster.words["name"], []
    for index in np.flatnonzero(roster.listed.other_name).tolist():
        finding = _finding(roster, index, model.OTHER_NAME, "name", {})
        if odd := ids.odd_characters(names.vocabulary[names.codes[index]]):  # two that differ may look alike
            finding = replace(finding, problem=f"{finding.problem}本行姓名{odd}。")
        findings.append(finding)
    return group_if_alike(findings, len(roster))


def _employees(roster: Roster) -> list[Finding]:
    assert roster.listed is not None
    findings = []
    for scheme in roster.schemes:
        rows = np.flatnonzero(roster.listed.employed[scheme] & roster.enrolled(scheme)).tolist()
        code, key = model.EMPLOYED[scheme], f"{scheme}_status"
        findings += group_if_alike([_finding(roster, index, code, key, {}, (scheme,)) for index in rows], len(roster))
    return findings


def _payments(roster: Roster) -> list[Finding]:
    """The tax office's list against the rows, each difference once; one finding where a column differs alike."""
    findings = []
    for scheme, listed in roster.payments.items():
        paid, day = f"{scheme}_paid", f"{scheme}_date"
        own, own_day = listed.own[paid], listed.own[day]
        name = roster.policy.schemes[scheme].name
        days = roster.days[day]
        for code, key, rows, blocks in (
            (model.BY_LIST, paid, listed.taken & (own == 0), ()),
            (model.OTHER_AMOUNT, paid, listed.taken & (own > 0) & (own != listed.fen), ()),
            (model.NOT_LISTED, paid, listed.lacking, ()),
            (model.OTHER_DAY, day, listed.taken & (own > 0) & (own_day > 0) & (own_day != days), ()),
            (model.NOT_ENROLLED, f"{scheme}_status", listed.stray, ()),
        ):
            at = np.flatnonzero(rows)
            if fails_alike(len(at), len(roster)):
                places = roster.rows[at[:MOST_PLACES]].tolist()
                finding = column_finding(
                    code,
                    roster.file,
                    roster.sheet,
                    {"scheme": name},
                    policy=roster.policy,
                    column=roster.letters.get(key),
                    header=BY_KEY[key].header,
                    key=key,
                    count=len(at),
                    places=places,
                )
                findings.append(finding)
                continue
            for index in at.tolist():
                words = {
                    "scheme": name,
                    "fen": yuan(int(listed.fen[index])),
                    "own": yuan(int(own[index])),
                    "day": f"{date.fromordinal(int(days[index])).isoformat()}" if days[index] else "没有日期",
                    "own_day": date.fromordinal(int(own_day[index])).isoformat() if own_day[index] else "没有填",
                }
                findings.append(_finding(roster, index, code, key, words, blocks))
    return findings


def _villages(roster: Roster) -> list[Finding]:
    """One finding for a name, however many rows have it."""
    assert roster.listed is not None
    findings = []
    for text, changed, now, mask in roster.listed.renamed:
        day = f"{changed.isoformat()}起" if changed else "现"
        findings.append(_of_name(roster, model.RENAMED, text, mask, {"day": day, "now": now}))
    for text, there, mask in roster.listed.strange:
        findings.append(_of_name(roster, model.STRANGE, text, mask, {"where": there}))
    return findings


def _of_name(roster: Roster, code: str, text: str, mask: Mask, words: dict[str, str]) -> Finding:
    rows = np.flatnonzero(mask)
    finding = _finding(roster, int(rows[0]), code, "village", {**words, "value": roster.names.hide(show(text))})
    if len(rows) == 1:
        return finding
    places = tuple(int(row) for row in roster.rows[rows[:MOST_PLACES]])
    return replace(finding, row=None, village="", household="", name="", count=len(rows), places=places)


def _finding(
    roster: Roster, index: int, code: str, key: str, words: dict[str, str], blocks: tuple[Scheme, ...] = ()
) -> Finding:
    (who,) = roster.who([index])
    given = {"value": show(roster.raw[key][index], key), **words}
    return make_finding(
        code,
        roster.file,
        roster.sheet,
        given,
        policy=roster.policy,
        row=int(roster.rows[index]),
        column=roster.letters.get(key),
        header=BY_KEY[key].header,
        blocks=blocks,
        key=key,
        value=given["value"],
        **who,
    )
