"""Makes a `Roster` of a book."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Unpack

import numpy as np
import numpy.typing as npt

from addin import columns, ids
from addin.columns import COLUMNS, INPUTS, letter
from addin.findings import MOST_PLACES, Finding, FindingFields, Refusal, make_finding, make_refusal
from addin.intake import Distinct
from addin.policy import Policy, fold
from addin.roster import elsewhere, lines
from addin.roster.cover import read_cover
from addin.roster.header import locate
from addin.roster.model import (
    ERROR,
    UNCALCULATED,
    Cover,
    Mask,
    Roster,
)
from addin.roster.sheet_cells import BookCells, SheetCells
from addin.roster.values import take

READ_AS_ONE = (
    "village", "group", "household", "household_type", "register", "medical_date", "medical_receipt", "pension_date",
    "pension_receipt", "entered", "remark",
)  # fmt: skip
"""Columns in which a cell merged over several people is meant for all of them."""
_AREA = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):[A-Z]{1,3}([0-9]{1,7})")


def read(book: BookCells, policy: Policy, file: str) -> Roster | Refusal:
    """Find cover and roster in a book and turn them into a `Roster` or a refusal."""
    sheets: dict[str, SheetCells] = {}
    # of two sheets of nearly one name the intake has read the right one
    for name, sheet in sorted(book.sheets.items(), key=lambda named: not named[1].was_read):
        sheets.setdefault(fold(name), sheet)
    for wanted in (columns.COVER_SHEET, columns.ROSTER_SHEET):
        if fold(wanted) not in sheets:
            there = "、".join(list(book.sheets)[:6]) or "没有工作表"
            return make_refusal("R201", {"sheet": wanted, "present": ids.mask_text(there)})
    cover_sheet = sheets[fold(columns.COVER_SHEET)]
    findings: list[Finding] = []
    cover = read_cover(cover_sheet, policy, file, findings)
    if isinstance(cover, Refusal):
        return cover
    roster = _roster(sheets[fold(columns.ROSTER_SHEET)], cover, policy, file)
    if isinstance(roster, Refusal):
        return replace(roster, township=cover.unit.name, deadline=cover.deadline)
    roster.findings[:0] = findings
    elsewhere_found = elsewhere.findings(sheets.values(), roster)
    for findings_there in elsewhere_found.values():
        roster.findings += findings_there
    for note in book.notes:
        if note.kind == "extra-roster" and note.sheet in elsewhere_found:
            continue  # checked above
        code = "113" if note.kind == "extra-roster" else "111"
        roster.findings.append(make_finding(code, file, "", {"note": note.text}))
    return roster


def _roster(sheet: SheetCells, cover: Cover, policy: Policy, file: str) -> Roster | Refusal:
    located = locate(sheet, cover, file)
    if isinstance(located, Refusal):
        return located
    header_row, positions, findings = located
    grid = sheet.grid
    length = grid.height - header_row
    blank = Distinct(np.zeros(length, dtype=np.intp), [""])
    cells = {
        column.key: grid.column(positions[column.key], header_row) if column.key in positions else blank
        for column in COLUMNS
    }
    strange = strange_cells(sheet, positions, header_row, length)
    sorted_out = lines.sort_out(cells, strange)
    people_rows = np.flatnonzero(sorted_out.people)
    if len(people_rows) and people_rows[-1] - people_rows[0] + 1 != len(people_rows):
        findings += _gaps(file, sheet.name, sorted_out.filled[: people_rows[-1]], int(people_rows[0]), header_row)
    findings += lines.findings(sorted_out, sheet, file, header_row)
    merged = fill_merged(sheet, positions, header_row, sorted_out.people, cells)
    rows = (
        slice(people_rows[0], people_rows[-1] + 1)
        if len(people_rows) and people_rows[-1] - people_rows[0] + 1 == len(people_rows)
        else people_rows
    )
    roster = Roster(
        file=file,
        sheet=sheet.name,
        cover=cover,
        policy=policy,
        rows=(people_rows + header_row + 1).astype(np.int32),
        letters={key: letter(position) for key, position in positions.items()},
        words={},
        money={},
        days={},
        filled={},
        faults={},
        raw={key: column.among(rows).cells() for key, column in cells.items()},
        findings=findings,
        left_out=sorted_out.left_out,
    )
    normalised = 0
    for column in INPUTS:
        if column.key == "seq":
            continue
        faults = strange[column.key][rows] if column.key in strange else np.zeros(len(people_rows), dtype=np.uint8)
        normalised += take(column, roster, cells[column.key].among(rows), faults)
        if faults.any():
            roster.faults[column.key] = faults
    if normalised:
        roster.findings.append(make_finding("110", file, sheet.name, {"number": normalised}, count=normalised))
    _about_sheet(sheet, roster, positions, merged)
    return roster


def fill_merged(
    sheet: SheetCells, positions: Mapping[str, int], header_row: int, people: Mask, cells: dict[str, Distinct]
) -> int:
    """Give every person under a cell merged downwards its value, where it is meant so; how many such cells."""
    areas: dict[str, list[tuple[int, int]]] = {}
    keys = {letter(positions[key]): key for key in READ_AS_ONE if key in positions}
    for match in filter(None, map(_AREA.fullmatch, sheet.merged)):
        top, bottom = int(match[2]) - header_row - 1, int(match[3]) - header_row - 1
        if match[1] in keys and 0 <= top < bottom:
            areas.setdefault(keys[match[1]], []).append((top, bottom))
    count = 0
    for key, places in areas.items():
        codes = cells[key].codes.copy()
        reached = -1
        for top, bottom in sorted(places):
            if reached < top < len(codes):  # in a valid file no two overlap
                reached = min(bottom, len(codes) - 1)
                rows = np.arange(top + 1, reached + 1)
                codes[rows[people[rows]]] = codes[top]
                count += bool(people[top : reached + 1].any())
        cells[key] = Distinct(codes, cells[key].values)
    return count


def strange_cells(
    sheet: SheetCells, positions: Mapping[str, int], header_row: int, length: int
) -> dict[str, npt.NDArray[np.uint8]]:
    """Error cells and never-calculated formulas: by column, the faults of the lines below the header."""
    strange: dict[str, npt.NDArray[np.uint8]] = {}
    errors = np.array([*sheet.errors], dtype=np.int64).reshape(-1, 2)
    for cells, kind in ((errors, ERROR), (sheet.uncalculated_places, UNCALCULATED)):
        lines = cells[:, 0] - header_row - 1
        inside = (lines >= 0) & (lines < length)
        for key, position in positions.items():
            own = lines[inside & (cells[:, 1] == position)]
            if len(own):
                strange.setdefault(key, np.zeros(length, dtype=np.uint8))[own] = kind
    return strange


def _gaps(file: str, sheet: str, filled: Mask, first: int, header_row: int) -> list[Finding]:
    """Blank lines between people; a line of sums or a note between them is none."""
    blank = np.flatnonzero(~filled[first:]) + first
    if not len(blank):
        return []
    starts = blank[np.concatenate(([True], np.diff(blank) > 1))]
    places = tuple(int(line) + header_row + 1 for line in starts[:MOST_PLACES])
    words = {"number": len(starts), "first": places[0]}
    return [make_finding("107", file, sheet, words, row=places[0], count=len(starts), places=places)]


def _about_sheet(sheet: SheetCells, roster: Roster, positions: Mapping[str, int], as_one: int) -> None:
    def add(
        code: str,
        words: Mapping[str, object],
        *,
        row: int | None = None,
        column: str | None = None,
        **fields: Unpack[FindingFields],
    ) -> None:
        roster.findings.append(make_finding(code, roster.file, sheet.name, words, row=row, column=column, **fields))

    if not len(roster):
        return
    first, last = int(roster.rows[0]), int(roster.rows[-1])
    if hidden := sheet.hidden_rows:
        add("106", {"number": hidden, "first": sheet.first_hidden}, row=sheet.first_hidden, count=hidden)
    touching = (area for area in sheet.merged if _touches(area, first, last))
    merged = sorted(touching, key=lambda area: (_first_row(area) or 0, area))  # a file names them in any order
    if merged:
        meant = "村、户号等栏已按合并的各行相同理解" if as_one else ""
        rest = "只有左上角有值" if as_one < len(merged) else ""
        words = {"number": len(merged), "area": merged[0], "read": "；别的栏".join(filter(None, (meant, rest)))}
        add("114", words, row=_first_row(merged[0]), count=len(merged))
    if twice := sheet.duplicate_cells:
        add("115", {"cell": twice[0]}, row=_first_row(twice[0]), count=len(twice))
    _about_formulas(sheet, roster, positions, add)


def _about_formulas(sheet: SheetCells, roster: Roster, positions: Mapping[str, int], add: Callable[..., None]) -> None:
    """Computed amounts that are no formula any more, and formulas that were never calculated. Neither is ever used."""
    rows = roster.rows.tolist()
    for column in COLUMNS:
        position = positions.get(column.key)
        if column.filled_by != "formula" or position is None or column.scheme not in (None, *roster.schemes):
            continue
        if column.kind == "number" and (plain := tuple(sheet.without_formula(position, rows))):
            words = {"header": column.header, "number": len(plain), "first": plain[0]}
            add("108", words, column=letter(position), row=plain[0], count=len(plain), places=plain[:MOST_PLACES])
    computed = [
        positions[column.key] for column in COLUMNS if column.filled_by == "formula" and column.key in positions
    ]
    rows, places = sheet.uncalculated_places.T
    if waiting := int((np.isin(places, computed) & np.isin(rows, roster.rows)).sum()):
        add("109", {"number": waiting}, count=waiting)


def _touches(area: str, first: int, last: int) -> bool:
    rows = [int(number) for number in re.findall(r"\d+", area)]
    return bool(rows) and rows[-1] >= first and rows[0] <= last


def _first_row(address: str) -> int | None:
    match = re.search(r"\d+", address)
    return int(match[0]) if match else None
