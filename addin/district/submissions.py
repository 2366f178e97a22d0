"""Which submissions count, specification 7: newest, ties, copies, 全部 and parts, scopes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from addin.columns import Scheme
from addin.district.file_result import FileResult, Submission
from addin.district.records import Status
from addin.findings import Refusal, make_refusal
from addin.policy import SCHEMES, Policy


@dataclass
class Chosen:
    """What became of each file: its status, why, for which schemes it counts, and which files it took the place of."""

    result: FileResult
    status: Status = "merged"
    refusal: Refusal | None = None
    counts: tuple[Scheme, ...] = ()
    replaces: dict[Scheme, list[FileResult]] = field(default_factory=dict)


def choose(results: Sequence[FileResult], policy: Policy) -> list[Chosen]:
    """Which files count, specification 7: newest by deadline, then serial; ties, copies, 全部 and parts, scopes."""
    chosen = [Chosen(result) for result in results]
    for one in chosen:
        if one.result.refusal is not None:
            skipped = one.result.refusal.code.startswith("S")
            one.status, one.refusal = ("skipped" if skipped else "refused"), one.result.refusal
    _mark_copies(chosen)
    alive = [one for one in chosen if one.status == "merged"]
    _refuse_ties(alive)
    for scheme in SCHEMES:
        _choose_for(scheme, [one for one in alive if one.status == "merged" and scheme in sub(one).schemes])
    for one in alive:
        if one.status == "merged" and not one.counts:
            one.status = "replaced"
    return chosen


def sub(one: Chosen) -> Submission:
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
            one.refusal = make_refusal("C101", {"name": first})


def _refuse_ties(alive: Sequence[Chosen]) -> None:
    """Two books of one submission and edition with different content: nobody can tell which holds."""
    editions: dict[tuple[Any, ...], list[Chosen]] = defaultdict(list)
    for one in alive:
        editions[(*sub(one).identity, *sub(one).edition)].append(one)
    for same in editions.values():
        if len(same) < 2:
            continue
        names = "、".join(one.result.name for one in same)
        for one in same:
            one.status = "refused"
            one.refusal = make_refusal("R301", {"names": names})


def _choose_for(scheme: Scheme, alive: Sequence[Chosen]) -> None:
    """The books that count for one scheme: the newest of each submission, the wider taking over the narrower."""
    newest: dict[tuple[str, str, str], Chosen] = {}
    for one in sorted(alive, key=lambda one: sub(one).edition):
        if (older := newest.get(sub(one).identity)) is not None:
            _replace(one, older, scheme)
        newest[sub(one).identity] = one
    standing = list(newest.values())
    refused = []
    for narrow in standing:
        for wide in standing:
            if wide is narrow or not _covers(sub(wide), sub(narrow)):
                continue
            if sub(narrow).edition < sub(wide).edition:
                _replace(wide, narrow, scheme)
                refused.append(narrow)
                break
            narrow.status = "refused"
            words = {"name": wide.result.name, "part": sub(wide).part, "scope": sub(wide).scope}
            narrow.refusal = make_refusal("R302", words)
            refused.append(narrow)
            break
    for one in standing:
        if one not in refused and one.status == "merged":
            one.counts = (*one.counts, scheme)


def _replace(newer: Chosen, older: Chosen, scheme: Scheme) -> None:
    older.refusal = make_refusal("C102", {"name": newer.result.name})
    newer.replaces.setdefault(scheme, []).append(older.result)


def _covers(wide: Submission, narrow: Submission) -> bool:
    if wide.township != narrow.township or wide.identity == narrow.identity:
        return False
    if wide.whole != narrow.whole:
        return wide.whole
    return wide.part_key == narrow.part_key and len(wide.schemes) > len(narrow.schemes)
