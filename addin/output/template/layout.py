"""Where things stand in the template: letters of the roster's columns, places on the cover, the size of the sheet."""

from __future__ import annotations

from dataclasses import dataclass

from addin.columns import CONTROL_TOTALS, COVER_FIELDS, FIRST_ROW, LETTERS, PLACES, READY_ROWS, WIDTH, letter

COVER_TOP = 5
"""1-based row of the first field of the cover."""
LINE_ROW = COVER_TOP + len(COVER_FIELDS) + 1
TOTALS_TOP = LINE_ROW + 3
SPARE_ROWS = 500
"""Rows under the prepared ones that totals, lists and colours still reach."""
HINT_ROWS = 5_000
"""A template with more rows than this leaves the hints to the check."""


INDEX = {key: place - 1 for key, place in PLACES.items()}
COVER_CELLS = {field.key: f"$C${COVER_TOP + n}" for n, field in enumerate(COVER_FIELDS)}
TOTAL_CELLS = {field.key: f"$C${TOTALS_TOP + n}" for n, field in enumerate(CONTROL_TOTALS)}


def helper(number: int) -> str:
    """The letters of a hidden column of intermediate results; they begin right behind 标记 (0 is the first)."""
    return letter(WIDTH + 1 + number)


@dataclass(frozen=True, slots=True)
class Size:
    """How many people a roster holds, and how many prepared rows follow them."""

    people: int
    blank: int

    @property
    def rows(self) -> int:
        """Rows with formulas."""
        return self.people + self.blank

    @property
    def last(self) -> int:
        """The last row (1-based) with formulas; the header's row where there is none."""
        return FIRST_ROW + self.rows - 1

    @property
    def reach(self) -> int:
        """The last row that totals, lists and colours take in."""
        return self.last + SPARE_ROWS

    @property
    def hints(self) -> bool:
        """Whether 提示 is worked out natively."""
        return self.rows <= HINT_ROWS


__all__ = ["COVER_CELLS", "INDEX", "LETTERS", "TOTAL_CELLS", "Size", "helper"]

assert READY_ROWS[0] <= HINT_ROWS, "the smallest template must come with hints"
