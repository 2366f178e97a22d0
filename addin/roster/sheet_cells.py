"""Protocols of a book and its sheets as a roster reads them: from a file (`intake`) or from the open workbook."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from addin.intake import Grid, Note


class SheetCells(Protocol):
    """One sheet. Addresses are (row, column), 1-based."""

    name: str
    state: str
    """Whether a clerk sees its tab: `visible`, or another word of the file's."""
    was_read: bool
    """False where its cells were not asked for."""
    hidden_rows: int
    """Hidden rows that have values; `first_hidden` is the first of them."""
    first_hidden: int | None
    merged: tuple[str, ...]
    """Areas as A1:B2."""
    duplicate_cells: tuple[str, ...]
    """Places that the file has twice."""

    @property
    def grid(self) -> Grid:
        """The cells; empty where there is an error or a formula that was never calculated."""

    @property
    def errors(self) -> Mapping[tuple[int, int], str]:
        """Cells with an error value."""

    @property
    def uncalculated_places(self) -> npt.NDArray[np.int64]:
        """Rows and columns of the formulas that were never calculated, a line each."""

    def without_formula(self, column: int, rows: Collection[int]) -> list[int]:
        """Those of `rows` whose cell in `column` holds a plain value, ascending; blank cells are not."""


class BookCells(Protocol):
    """A workbook."""

    @property
    def sheets(self) -> Mapping[str, SheetCells]:
        """By name, in the book's order."""

    @property
    def notes(self) -> Sequence[Note]:
        """Remarks about the file for a person."""
