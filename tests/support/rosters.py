"""Rosters in memory for the tests: an ordinary person, rows as they differ from it, and books of cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import numpy as np

from addin import columns
from addin import roster as rosters
from addin.checks import Checked, check
from addin.findings import Refusal
from addin.intake import Grid
from addin.policy import Policy
from tests.support.notices import LENGSHUITAN

POLICY = LENGSHUITAN

ORDINARY: dict[str, Any] = {
    "seq": 1,
    "village": "桥头村",
    "household": "1",
    "name": "张三",
    "relation": "户主",
    "id_number": "990000199001010017",
    "register": columns.LOCAL,
    "medical_status": columns.ENROLLED,
    "medical_paid": 250,
    "medical_date": datetime(2019, 10, 15),
    "medical_receipt": "A0001",
    "pension_status": columns.ENROLLED,
    "tier": 100,
    "pension_paid": 100,
    "pension_date": datetime(2019, 6, 1),
    "pension_receipt": "A0001",
    "entered": "是",
}
"""One head of a household who has paid for both schemes: nothing to find."""
NO_MEDICAL = {"medical_paid": "", "medical_date": "", "medical_receipt": ""}
"""No medical payment; the status is the person's own."""
NO_PENSION_MONEY = {"tier": "", "pension_paid": "", "pension_date": "", "pension_receipt": ""}
"""No pension payment; the status is the person's own."""
NO_PENSION = {"pension_status": "暂未参保", **NO_PENSION_MONEY}
"""Not enrolled in the pension."""

COVER: dict[str, Any] = {
    "township": "普利桥镇",
    "scope": "两险",
    "part": "全部",
    "parts": 1,
    "deadline": datetime(2019, 11, 15),
    "serial": 1,
    "clerk": "李四",
    "template_version": columns.TEMPLATE_VERSION,
    "policy": POLICY.id,
}


_LAST = (
    "medical_due",
    "medical_subsidy",
    "medical_refund",
    "pension_due",
    "pension_subsidy",
    "hint",
    "problems",
    "marks",
)
_LATER = tuple(column.key for column in columns.COLUMNS if column.later)
EDITION_1 = (*(key for key in columns.PLACES if key not in (*_LAST, *_LATER)), *_LAST, *_LATER)
"""The columns in the order of the first edition, without guards and with all amounts at the end; later ones behind."""


@dataclass
class Cells:
    """A sheet as `roster.read` takes it."""

    name: str
    rows: list[list[Any]]
    state: str = "visible"
    was_read: bool = True
    hidden_rows: int = 0
    first_hidden: int | None = None
    merged: tuple[str, ...] = ()
    duplicate_cells: tuple[str, ...] = ()
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    uncalculated: set[tuple[int, int]] = field(default_factory=set)
    overwritten: set[tuple[int, int]] = field(default_factory=set)

    @cached_property
    def grid(self) -> Grid:
        return Grid.of(self.rows)

    @property
    def uncalculated_places(self) -> Any:
        return np.array(sorted(self.uncalculated), dtype=np.int64).reshape(-1, 2)

    def without_formula(self, column: int, rows: Iterable[int]) -> list[int]:
        """The rows where a test has overwritten the formula of `column`."""
        return [row for row in rows if (row, column) in self.overwritten]


def person(**differs: Any) -> dict[str, Any]:
    """The ordinary person with some cells changed; amounts and dates in the schemes switched off are cleared."""
    row = {**ORDINARY, **differs}
    return {key: datetime(v.year, v.month, v.day) if type(v) is date else v for key, v in row.items()}


def cover_sheet(**differs: Any) -> Cells:
    """A cover with the labels in column B and the values in column C."""
    given = {**COVER, **differs}
    labels = {entry.key: entry.label for entry in (*columns.COVER_FIELDS, *columns.CONTROL_TOTALS)}
    rows = [["", labels[key], float(v) if isinstance(v, int) else v] for key, v in given.items()]
    return Cells(columns.COVER_SHEET, [["", "", ""], *rows])


def roster_sheet(people: Iterable[Mapping[str, Any]]) -> Cells:
    """A roster in the layout of the first edition, which is read as well as our own."""
    header = [columns.BY_KEY[key].header for key in EDITION_1]
    blank = [[""] * len(header) for _ in range(columns.HEADER_ROW - 1)]
    rows = [[_cell(row.get(key, "")) for key in EDITION_1] for row in people]
    return Cells(columns.ROSTER_SHEET, [*blank, header, *rows])


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def book(people: Iterable[Mapping[str, Any]], **cover: Any) -> Any:
    """A book of cover and roster."""
    sheets = (cover_sheet(**cover), roster_sheet(people))
    return SimpleNamespace(sheets={sheet.name: sheet for sheet in sheets}, notes=())


def read(people: Iterable[Mapping[str, Any]], policy: Policy = POLICY, **cover: Any) -> rosters.Roster:
    """The roster of some people; it must not be refused."""
    roster = rosters.read(book(people, **cover), policy, "测试.xlsx")
    assert not isinstance(roster, Refusal), roster
    return roster


def read_book(book: Any) -> rosters.Roster:
    """The roster of a book; it must not be refused."""
    roster = rosters.read(book, POLICY, "测试.xlsx")
    assert not isinstance(roster, Refusal), roster
    return roster


def checked(*people: Mapping[str, Any], policy: Policy = POLICY, **cover: Any) -> Checked:
    """All that the rules find in some people."""
    return check(read(people, policy, **cover))


def codes_and_cells(*people: Mapping[str, Any], **cover: Any) -> list[tuple[str, str]]:
    """Codes and cells of all findings, in order."""
    return sorted((finding.code, finding.cell) for finding in checked(*people, **cover).findings)
