"""A book becomes a roster."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from addin import columns, ids
from addin.columns import COLUMNS, INPUTS, letter
from addin.findings import MOST_PLACES, Finding, Refusal, make_finding, make_refusal
from addin.intake import Distinct
from addin.policy import Policy, fold
from addin.roster.cover import read_cover
from addin.roster.header import locate
from addin.roster.model import (
    ERROR,
    UNCALCULATED,
    Cover,
    Ints,
    Mask,
    Roster,
)
from addin.roster.sheet_cells import SheetCells
from addin.roster.values import take

_TOTAL_WORDS = {"合计", "小计", "总计", "共计"}
_TOTAL_ENDS = ("计", ":", "：")


def read(book: Any, policy: Policy, file: str) -> Roster | Refusal:
    """Find cover and roster in a book and turn them into a `Roster`, or say why not."""
    sheets: dict[str, SheetCells] = {}
    for name, sheet in book.sheets.items():
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
        return roster
    roster.findings[:0] = findings
    for note in getattr(book, "notes", ()):
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
    strange = _strange(sheet, positions, header_row, length)
    present = np.zeros(length, dtype=bool)
    for column in INPUTS:
        if column.key != "seq":
            present |= cells[column.key].filled()
            if column.key in strange:
                present |= strange[column.key] > 0
    present &= ~_total_lines(cells)
    kept = np.flatnonzero(present)
    if len(kept) and kept[-1] - kept[0] + 1 != len(kept):
        findings.append(_gap(file, sheet.name, kept, header_row))
    rows = slice(kept[0], kept[-1] + 1) if len(kept) and kept[-1] - kept[0] + 1 == len(kept) else kept
    roster = Roster(
        file=file,
        sheet=sheet.name,
        cover=cover,
        policy=policy,
        rows=(kept + header_row + 1).astype(np.int32),
        letters={key: letter(position) for key, position in positions.items()},
        words={},
        money={},
        days={},
        filled={},
        faults={},
        raw={key: column.among(rows).cells() for key, column in cells.items()},
        findings=findings,
    )
    normalised = 0
    for column in INPUTS:
        if column.key == "seq":
            continue
        faults = strange[column.key][rows] if column.key in strange else np.zeros(len(kept), dtype=np.uint8)
        normalised += take(column, roster, cells[column.key].among(rows), faults)
        if faults.any():
            roster.faults[column.key] = faults
    if normalised:
        roster.findings.append(make_finding("110", file, sheet.name, {"number": normalised}, count=normalised))
    _about_sheet(sheet, roster, header_row, positions)
    return roster


def _total_lines(cells: Mapping[str, Distinct]) -> Mask:
    """Lines like 合计 that clerks put under the people."""
    found = np.zeros(len(cells["seq"].codes), dtype=bool)
    for key in ("seq", "village", "group", "household", "name"):
        values = cells[key]
        texts = [
            (n, value) for n, value in enumerate(values.values) if type(value) is str and value.endswith(_TOTAL_ENDS)
        ]
        if total := [n for n, value in texts if fold(value).rstrip(":") in _TOTAL_WORDS]:
            found |= np.isin(values.codes, total)
    if found.any():
        found &= cells["id_number"].where(lambda value: value == "")
    return found


def _strange(
    sheet: SheetCells, positions: Mapping[str, int], header_row: int, length: int
) -> dict[str, npt.NDArray[np.uint8]]:
    """Error cells and never-calculated formulas: by column, the faults of the lines below the header."""
    found: dict[str, npt.NDArray[np.uint8]] = {}
    errors = np.array([*sheet.errors], dtype=np.int64).reshape(-1, 2)
    for cells, kind in ((errors, ERROR), (_uncalculated(sheet), UNCALCULATED)):
        lines = cells[:, 0] - header_row - 1
        inside = (lines >= 0) & (lines < length)
        for key, position in positions.items():
            own = lines[inside & (cells[:, 1] == position)]
            if len(own):
                found.setdefault(key, np.zeros(length, dtype=np.uint8))[own] = kind
    return found


def _uncalculated(sheet: SheetCells) -> Ints:
    """Rows and columns of the formulas that were never calculated: a whole column of them is nothing unusual."""
    keys = getattr(sheet, "uncalculated_keys", None)
    if keys is None:
        return np.array(sorted(sheet.uncalculated), dtype=np.int64).reshape(-1, 2)
    return np.stack((keys >> 15, keys & (1 << 15) - 1), axis=1)


def _gap(file: str, sheet: str, kept: npt.NDArray[np.intp], header_row: int) -> Finding:
    jumps = np.flatnonzero(np.diff(kept) > 1)
    places = tuple(int(kept[jump]) + header_row + 2 for jump in jumps[:MOST_PLACES])
    return make_finding(
        "107",
        file,
        sheet,
        {"number": len(jumps), "first": places[0]},
        row=places[0],
        count=len(jumps),
        places=places,
    )


def _about_sheet(sheet: SheetCells, roster: Roster, header_row: int, positions: Mapping[str, int]) -> None:
    def add(code: str, words: Mapping[str, object], **fields: Any) -> None:
        roster.findings.append(make_finding(code, roster.file, sheet.name, words, **fields))

    if not len(roster):
        return
    first, last = int(roster.rows[0]), int(roster.rows[-1])
    if hidden := getattr(sheet, "hidden_rows", 0):
        row = getattr(sheet, "first_hidden", None)
        add("106", {"number": hidden, "first": row}, row=row, count=hidden)
    touching = (area for area in getattr(sheet, "merged", ()) if _touches(area, first, last))
    merged = sorted(touching, key=lambda area: (_first_row(area) or 0, area))  # a file names them in any order
    if merged:
        add("114", {"number": len(merged), "area": merged[0]}, row=_first_row(merged[0]), count=len(merged))
    if twice := tuple(getattr(sheet, "duplicate_cells", ())):
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
    cells = _uncalculated(sheet)
    if waiting := int((np.isin(cells[:, 1], computed) & np.isin(cells[:, 0], roster.rows)).sum()):
        add("109", {"number": waiting}, count=waiting)


def _touches(area: str, first: int, last: int) -> bool:
    rows = [int(number) for number in re.findall(r"\d+", area)]
    return bool(rows) and rows[-1] >= first and rows[0] <= last


def _first_row(address: str) -> int | None:
    match = re.search(r"\d+", address)
    return int(match[0]) if match else None
