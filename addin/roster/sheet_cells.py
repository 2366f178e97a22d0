"""What a roster needs of a sheet."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from addin.intake import Grid


class SheetCells(Protocol):
    """What a roster needs of a sheet; `intake.Sheet` has it, and so has the open workbook's reader."""

    name: str

    @property
    def grid(self) -> Grid:
        """The cells."""

    @property
    def errors(self) -> Mapping[tuple[int, int], str]:
        """Cells with an error value."""

    @property
    def uncalculated(self) -> Iterable[tuple[int, int]]:
        """Cells whose formula was never calculated."""

    def without_formula(self, column: int, rows: Collection[int]) -> list[int]:
        """Those of `rows` (1-based) whose cell in `column` holds a plain value, ascending; blank cells are not."""
