"""Where the columns are: matched by their headers, near misses guessed, moved and surplus ones reported."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from addin import ids
from addin.columns import BY_KEY, COLUMNS, letter
from addin.findings import Finding, Refusal, make_finding, make_refusal
from addin.policy import fold
from addin.roster.model import (
    Cover,
)
from addin.roster.sheet_cells import SheetCells

SEARCHED_ROWS = 30
NEEDED_HEADERS = 8
NEAR_MISS = 0.75


def locate(sheet: SheetCells, cover: Cover, file: str) -> tuple[int, dict[str, int], list[Finding]] | Refusal:
    """The header's row (1-based), each column's position (1-based), and what was odd about them."""
    known = {fold(word): column.key for column in COLUMNS for word in (column.header, *column.aliases)}
    best, score = 0, 0
    top = sheet.grid.rows(0, SEARCHED_ROWS)
    for n, row in enumerate(top, 1):
        hits = len({known[fold(cell)] for cell in row if isinstance(cell, str) and cell and fold(cell) in known})
        if hits > score:
            best, score = n, hits
    if score < NEEDED_HEADERS:
        return make_refusal("R202")
    header = [cell if isinstance(cell, str) else "" for cell in top[best - 1]]
    positions: dict[str, int] = {}
    unmatched: list[tuple[int, str]] = []
    for position, text in enumerate(header, 1):
        key = known.get(fold(text)) if text else None
        if key is None:
            if text.strip():
                unmatched.append((position, text))
        elif key in positions:
            return make_refusal(
                "R207",
                {"first": letter(positions[key]), "second": letter(position), "header": BY_KEY[key].header},
            )
        else:
            positions[key] = position
    findings: list[Finding] = []
    missing = [column for column in COLUMNS if column.key not in positions]
    for position, text in unmatched:
        by_header = {fold(column.header): column for column in missing}
        near = difflib.get_close_matches(fold(text), by_header, n=1, cutoff=NEAR_MISS)
        if near:
            column = by_header[near[0]]
            missing.remove(column)
            positions[column.key] = position
            findings.append(
                make_finding(
                    "101",
                    file,
                    sheet.name,
                    {"text": ids.mask_text(text[:30]), "header": column.header},
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
                    {"text": ids.mask_text(text[:30])},
                    column=letter(position),
                    row=best,
                )
            )
    needed = {"village", "household", "name", "relation", "id_number", "register"} | {
        f"{scheme}_{what}" for scheme in cover.schemes for what in ("status", "paid", "date")
    }
    if "pension" in cover.schemes:
        needed.add("tier")
    if lost := [column.header for column in missing if column.key in needed]:
        return make_refusal("R203", {"headers": "、".join(lost)})
    for column in missing:
        if column.filled_by == "clerk" and column.scheme in (None, *cover.schemes):
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
    order = [column.key for column in COLUMNS if column.key in positions]
    best: list[list[str]] = []
    for key in order:
        before = [chain for chain in best if positions[chain[-1]] < positions[key]]
        best.append([*_longest(before), key])
    kept = set(_longest(best))
    return [key for key in order if key not in kept]


def _longest(chains: list[list[str]]) -> list[str]:
    return sorted(chains, key=len)[-1] if chains else []
