"""Finds the columns by their headers, guesses misspelt ones, reports moved and surplus ones."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from addin import ids
from addin.columns import BY_KEY, COLUMNS, INPUTS, letter
from addin.findings import Finding, Refusal, make_finding, make_refusal
from addin.policy import fold
from addin.roster.model import (
    Cover,
)
from addin.roster.sheet_cells import SheetCells

SEARCHED_ROWS = 30
NEEDED_HEADERS = 8
NEAR_MISS = 0.75


_ASIDE = re.compile(r"\(.*?\)|\[.*?\]|【.*?】|〔.*?〕|^\d{1,2}[.、]|[*★☆※:、,/._|]")
"""Additions of clerks to a header: brackets and what is in them, numbers in front, stars, points."""
_UNIT = re.compile(r"(?:单位)?元(?:年|人|人年|年人)?$|(?<=数)人$")


def loose(text: str) -> str:
    """A header without additions that do not tell which column it is.

    >>> [loose(text) for text in ("医保实收（元）", "*姓名【必填】", "身份证号码（18位）", "村、社区", "医保实收/元", "户口人数/人")]
    ['医保实收', '姓名', '身份证号码', '村社区', '医保实收', '户口人数']
    """
    return _UNIT.sub("", _ASIDE.sub("", fold(text)))


_WORDS = [(word, column.key) for column in COLUMNS for word in (column.header, *column.aliases)]
_EXACT = {fold(word): key for word, key in _WORDS}
_LOOSE = {loose(word): key for word, key in _WORDS}


@dataclass(frozen=True, slots=True)
class Header:
    """A header's row, each column's position (1-based), unknown texts with theirs, a column that is there twice."""

    row: int
    score: int
    positions: dict[str, int]
    unmatched: list[tuple[int, str]]
    twice: tuple[int, int, str] | None = None

    @property
    def not_understood(self) -> str:
        """The texts not understood, in words; '' for none."""
        shown = "、".join(f"“{ids.mask_text(text)[:30]}”" for _, text in self.unmatched[:_MOST_SHOWN])
        more = "等" if len(self.unmatched) > _MOST_SHOWN else ""
        return f"认不出的表头：{shown}{more}。" if shown else ""


_MOST_SHOWN = 8
_LONGEST = 60
"""Characters of a header."""


def find(top: Sequence[Sequence[object]]) -> Header:
    """The row with most known headers among a sheet's first rows. Exact words go before loose ones."""
    best, score = 0, 0
    for n, row in enumerate(top[:SEARCHED_ROWS]):
        hits = len({key for cell in row if isinstance(cell, str) and cell and (key := _key(cell))})
        if hits > score:
            best, score = n, hits
        if score >= len(INPUTS):
            break
    cells = top[best] if top else []
    unmatched = [(n, cell) for n, cell in enumerate(cells, 1) if isinstance(cell, str) and cell.strip()]
    positions: dict[str, int] = {}
    for words, form in ((_EXACT, fold), (_LOOSE, loose)):
        sure, rest = set(positions), []
        for position, text in unmatched:
            key = words.get(form(text))
            if key is None or key in sure:
                rest.append((position, text))
            elif key in positions:
                return Header(best + 1, score, positions, rest, (positions[key], position, key))
            else:
                positions[key] = position
        unmatched = rest
    return Header(best + 1, score, positions, unmatched)


def _key(text: str) -> str | None:
    if len(text) > _LONGEST or text.isdigit():
        return None
    return _EXACT.get(fold(text)) or _LOOSE.get(loose(text))


def locate(sheet: SheetCells, cover: Cover, file: str) -> tuple[int, dict[str, int], list[Finding]] | Refusal:
    """The header's row (1-based), each column's position (1-based), and what was odd about them."""
    header = find(sheet.grid.rows(0, SEARCHED_ROWS))
    best, positions, unmatched = header.row, header.positions, header.unmatched
    if header.score < NEEDED_HEADERS:
        known = f"只认出{header.score}个。{header.not_understood}" if header.score > 2 else ""
        return make_refusal("R202", {"known": known})
    if header.twice is not None:
        first, other, key = header.twice
        words = {"first": letter(first), "second": letter(other), "header": BY_KEY[key].header}
        return make_refusal("R207", words)
    findings: list[Finding] = []
    missing = [column for column in COLUMNS if column.key not in positions]
    for position, text in tuple(unmatched):
        by_header = {fold(column.header): column for column in missing}
        near = difflib.get_close_matches(fold(text), by_header, n=1, cutoff=NEAR_MISS)
        if near:
            column = by_header[near[0]]
            missing.remove(column)
            positions[column.key] = position
            header.unmatched.remove((position, text))
            findings.append(
                make_finding(
                    "101",
                    file,
                    sheet.name,
                    {"text": ids.mask_text(text)[:30], "header": column.header},
                    column=letter(position),
                    row=best,
                )
            )
        else:
            findings.append(
                make_finding(
                    "103",
                    file,
                    sheet.name,
                    {"text": ids.mask_text(text)[:30]},
                    column=letter(position),
                    row=best,
                )
            )
    if absent := [column.header for column in missing if column.needed and column.scheme in (None, *cover.schemes)]:
        return make_refusal("R203", {"headers": "、".join(absent), "others": header.not_understood})
    for column in missing:
        if column.filled_by == "clerk" and not column.later and column.scheme in (None, *cover.schemes):
            findings.append(make_finding("116", file, sheet.name, {"header": column.header}))
    findings += [
        make_finding(
            "102",
            file,
            sheet.name,
            {"header": BY_KEY[key].header},
            column=letter(positions[key]),
            row=best,
        )
        for key in _moved(positions)
    ]
    return best, positions, findings


def _moved(positions: Mapping[str, int]) -> list[str]:
    """The fewest columns whose removal leaves the rest in the template's order."""
    # an older edition has its computed columns elsewhere
    order = [column.key for column in INPUTS if column.key in positions]
    best: list[list[str]] = []
    for key in order:
        before = [chain for chain in best if positions[chain[-1]] < positions[key]]
        best.append([*_longest(before), key])
    in_order = set(_longest(best))
    return [key for key in order if key not in in_order]


def _longest(chains: list[list[str]]) -> list[str]:
    return sorted(chains, key=len)[-1] if chains else []
