"""Which submissions count, specification 7: newest, ties, copies, 全部 and parts, scopes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import numpy as np
import pandas as pd

from addin.columns import Scheme
from addin.district.file_result import FileResult, Submission
from addin.district.records import Status
from addin.findings import Refusal, make_refusal
from addin.policy import Policy
from addin.registers import Village
from addin.roster import Places, fold_village, stem_of


@dataclass
class Chosen:
    """The status of each file, the reason, the schemes for which it counts, and the files that it replaces."""

    result: FileResult
    status: Status = "merged"
    refusal: Refusal | None = None
    counts: tuple[Scheme, ...] = ()
    replaces: dict[Scheme, list[FileResult]] = field(default_factory=dict)
    place: str = ""
    """The village (or 全部) that the book is of, by what the unit's other files and the list of villages name."""
    unclear: tuple[str, ...] = ()
    """The places that its part may mean where that can't be told; then it is a place of its own."""

    @property
    def identity(self) -> tuple[str, str, str]:
        """The key that editions of one submission share."""
        return sub(self).township, self.place, sub(self).scope


def choose(results: Sequence[FileResult], policy: Policy, villages: Iterable[Village] = ()) -> list[Chosen]:
    """Which files count, specification 7: newest by deadline, then serial; ties, copies, 全部 and parts, scopes.

    `villages` are those of the departments' list, to tell which village a name without 村 or 社区 means.
    """
    chosen = [Chosen(result) for result in results]
    for book in chosen:
        if book.result.refusal is not None:
            skipped = book.result.refusal.code.startswith("S")
            book.status, book.refusal = ("skipped" if skipped else "refused"), book.result.refusal
    _name_places(chosen, policy, villages)
    _mark_copies(chosen)
    alive = [book for book in chosen if book.status == "merged"]
    _refuse_ties(alive)
    for scheme in policy.schemes:
        _choose_for(scheme, [book for book in alive if book.status == "merged" and scheme in sub(book).schemes])
    for chosen_book in alive:
        if chosen_book.status == "merged" and not chosen_book.counts:
            chosen_book.status = "replaced"
    return chosen


def sub(book: Chosen) -> Submission:
    assert book.result.submission is not None
    return book.result.submission


def _name_places(chosen: Sequence[Chosen], policy: Policy, villages: Iterable[Village]) -> None:
    """Find the village of each book: what its part means among all villages named in its unit."""
    named: dict[str, set[str]] = defaultdict(set)
    for village in villages:
        named[village.unit].add(fold_village(village.name, policy.unit(village.unit)))
    books = [book for book in chosen if book.result.submission is not None]
    for book in books:
        named[sub(book).township].add(sub(book).part_key)
    places = {unit: Places(keys) for unit, keys in named.items()}
    for book in books:
        key, known = sub(book).part_key, places[sub(book).township]
        book.place = key if sub(book).whole else known.of(key)
        alike = known.alike(key)
        book.unclear = tuple(alike) if len(alike) > 1 and not sub(book).whole else ()


def _same_place(book: Chosen, other: Chosen) -> bool:
    """Whether two books of one unit are of one village: the same name, or another kind of it with the same people."""
    if book.place == other.place:
        return True
    return stem_of(book.place) == stem_of(other.place) and _same_people(book.result, other.result)


def _same_people(result: FileResult, other: FileResult) -> bool:
    """Whether most of either's people are the other's too."""
    first, second = result.hashes("identities"), other.hashes("identities")
    both = len(np.intersect1d(first["k"], second["k"]))
    return 2 * both > max(len(first), len(second))


_COPY_MARKS = re.compile(r"[(（]\d{1,2}[)）]|副本|复件|复制|拷贝|备份|另存|copy|_校验", re.IGNORECASE)
"""Endings that programs and people add to the name of a copy."""


def _mark_copies(chosen: Sequence[Chosen]) -> None:
    """Of books that say the same, whatever their bytes, one counts: by its name the original, else fewer findings."""
    contents: dict[tuple[str, ...], list[Chosen]] = defaultdict(list)
    for book in chosen:
        if book.status == "merged":
            contents[sub(book).township, stem_of(book.place), book.result.content].append(book)
    for alike in contents.values():
        for same in _of_one_place(alike):
            original, *copies = sorted(same, key=_order_of_copies)
            for copied in copies:
                equal = copied.result.sha256 and copied.result.sha256 == original.result.sha256
                copied.status, copied.refusal = (
                    "copy",
                    make_refusal("C101" if equal else "C103", {"name": original.result.name}),
                )


def _order_of_copies(book: Chosen) -> tuple[int, bool, int, int, str]:
    """Sorts the original first: “原件.xlsm” before “原件 (1).xlsm”, 上报文件 before working file, fewer findings first."""
    result, path = book.result, PurePosixPath(book.result.name)
    working = path.suffix.lower() != ".xlsx"
    return len(_COPY_MARKS.findall(path.stem)), working, result.errors, result.warnings, result.name


def _refuse_ties(alive: Sequence[Chosen]) -> None:
    """Refuse two books of one submission and edition with different content: which one holds is unknown."""
    editions: dict[tuple[object, ...], list[Chosen]] = defaultdict(list)
    for book in alive:
        editions[sub(book).township, stem_of(book.place), sub(book).scope, *sub(book).edition].append(book)
    for alike in editions.values():
        for same in _of_one_place(alike):
            _refuse_tie(same)


def _of_one_place(books: Sequence[Chosen]) -> list[list[Chosen]]:
    """Books that differ at most in the kind of their place, those of one place together."""
    groups: list[list[Chosen]] = []
    for book in books:
        near = [same for same in groups if any(_same_place(book, other) for other in same)]
        groups = [same for same in groups if same not in near] + [[*(book for same in near for book in same), book]]
    return groups


def _refuse_tie(same: Sequence[Chosen]) -> None:
    if len(same) > 1:
        names = "、".join(book.result.name for book in same)
        for book in same:
            other = same[1] if book is same[0] else same[0]
            book.status = "refused"
            book.refusal = make_refusal("R301", {"names": names, "difference": _difference(book.result, other.result)})


_MOST_ROWS = 5
"""Named of those that differ in two editions."""


def _difference(result: FileResult, other: FileResult) -> str:
    """The rows in which two books differ, in words."""
    mine, theirs = result.details_of().people, other.details_of().people
    only = [_rows_not_in(mine, theirs), _rows_not_in(theirs, mine)]
    words = [
        f"{whose}第{'、'.join(map(str, rows[:_MOST_ROWS]))}行{f'等{len(rows)}行' if len(rows) > _MOST_ROWS else ''}"
        for whose, rows in zip(("本册", f"“{other.name}”"), only, strict=True)
        if rows
    ]
    return f"{'、'.join(words)}在另一份里没有或不同。" if words else "人员逐格相同，封面填的应报分册数不同。"


def _rows_not_in(people: pd.DataFrame, others: pd.DataFrame) -> list[int]:
    """The rows that the other book does not have, or has less often."""
    mine, theirs = people[["content"]], others[["content"]]
    keys = [frame.assign(nth=frame.groupby("content").cumcount()) for frame in (mine, theirs)]
    met = keys[0].merge(keys[1], how="left", indicator=True)["_merge"].to_numpy() == "both"
    return sorted(people["row"].to_numpy()[~met].tolist())


def _choose_for(scheme: Scheme, alive: Sequence[Chosen]) -> None:
    """The books that count for one scheme: the newest of each submission, the wider taking over the narrower."""
    newest: dict[tuple[str, str, str], Chosen] = {}
    for book in sorted(alive, key=lambda book: sub(book).edition):
        if (older := newest.get(book.identity)) is not None:
            _replace(book, older, scheme)
        newest[book.identity] = book
    units: dict[str, list[Chosen]] = defaultdict(list)
    for other_book in newest.values():
        units[sub(other_book).township].append(other_book)
    for standing in units.values():
        gone = [narrow for narrow in standing if _gives_way(narrow, standing, scheme)]
        for other_book in standing:
            if other_book not in gone and other_book.status == "merged":
                other_book.counts = (*other_book.counts, scheme)


def _gives_way(book: Chosen, standing: Sequence[Chosen], scheme: Scheme) -> bool:
    """Whether another book of the unit takes the place of this one, or keeps it out; says so on both."""
    for other in standing:
        if other is book or not (_covers(other, book) or _renames(other, book)):
            continue
        if sub(book).edition < sub(other).edition:
            _replace(other, book, scheme)
        else:
            book.status = "refused"
            words = {"name": other.result.name, "part": sub(other).part, "scope": sub(other).scope}
            book.refusal = make_refusal("R302", words)
        return True
    return False


def _replace(newer: Chosen, older: Chosen, scheme: Scheme) -> None:
    older.refusal = make_refusal("C102", {"name": newer.result.name})
    newer.replaces.setdefault(scheme, []).append(older.result)


def _covers(wide: Chosen, narrow: Chosen) -> bool:
    """Whether one book of the unit has all that the other has, and more."""
    if sub(wide).whole != sub(narrow).whole:
        return sub(wide).whole
    return len(sub(wide).schemes) > len(sub(narrow).schemes) and _same_place(wide, narrow)


def _renames(newer: Chosen, older: Chosen) -> bool:
    """Whether a newer book has the older one's people under a name that differs in 村 or 社区."""
    newer_edition = sub(newer).scope == sub(older).scope and sub(newer).edition > sub(older).edition
    return newer_edition and newer.place != older.place and _same_place(newer, older)
