"""People on other sheets than 花名册, specification 5: reported, never read.

In: the book's further visible sheets and the roster's people. Out: a finding for each sheet whose header is that of a
roster: an error where it holds people that 花名册 has not, a remark where it is a copy.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from addin import columns, ids
from addin.findings import MOST_PLACES, Finding, make_finding
from addin.policy import fold
from addin.roster import header, lines
from addin.roster.model import Roster
from addin.roster.sheet_cells import SheetCells
from addin.roster.values import INVISIBLE

OWN = {fold(name) for name in columns.OWN_SHEETS}
"""The template's own sheets; only 花名册 has people."""


def is_roster(top: list[list[object]]) -> bool:
    """Whether a sheet's first rows have a roster's header with a column of numbers or names."""
    head = header.find(top)
    return head.score >= header.NEEDED_HEADERS and bool({"id_number", "name"} & head.positions.keys())


def findings(sheets: Iterable[SheetCells], roster: Roster) -> dict[str, list[Finding]]:
    """The findings, by the names of the sheets that are rosters."""
    by_sheet: dict[str, list[Finding]] = {}
    numbers, names = set(roster.person.canonical.tolist()), set(ids.folded_names(roster.words["name"].vocabulary))
    for sheet in sheets:
        if fold(sheet.name) in OWN or sheet.state != "visible" or not sheet.grid.height:
            continue
        top = sheet.grid.rows(0, header.SEARCHED_ROWS)
        if is_roster(top):
            by_sheet[sheet.name] = _findings(sheet, header.find(top), roster, numbers, names)
    return by_sheet


def _findings(
    sheet: SheetCells, head: header.Header, roster: Roster, numbers: set[str], names: set[str]
) -> list[Finding]:
    there = {
        key: sheet.grid.column(head.positions[key], head.row).cells().tolist()
        for key in ("id_number", "name")
        if key in head.positions
    }
    blank = [""] * (sheet.grid.height - head.row)
    findings_there = [
        (_number(number), name)
        for number, name in zip(there.get("id_number", blank), there.get("name", blank), strict=True)
    ]
    numbered, named = lines.who_is_named(there.get("id_number", blank), there.get("name", blank))
    people = numbered | named
    if not people.any():
        return []
    known = ids.read([number for number, _ in findings_there], [""] * len(findings_there)).canonical
    missing: npt.NDArray[np.bool_] = np.zeros(len(findings_there), dtype=bool)
    for n in np.flatnonzero(people).tolist():
        missing[n] = known[n] not in numbers if numbered[n] else ids.fold_name(str(findings_there[n][1])) not in names
    rows = (np.flatnonzero(missing if missing.any() else people) + head.row + 1).tolist()
    shown = roster.names.hide(ids.mask_text(sheet.name[:31]))
    words = {"sheet": shown, "number": len(rows), "rows": lines.named_rows(rows)}
    code = "125" if missing.any() else "126"
    count = len(rows) if missing.any() else 1
    return [
        make_finding(code, roster.file, sheet.name, words, row=rows[0], count=count, places=tuple(rows[:MOST_PLACES]))
    ]


def _number(value: object) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:.15g}"
    return INVISIBLE.sub("", unicodedata.normalize("NFKC", str(value))).upper()
