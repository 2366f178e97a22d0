"""Writing one cell by the type of its value: text is only ever text, a number a number, a day a day."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import TYPE_CHECKING, cast

from addin.output.rows import as_text

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

QUIET = {"number_stored_as_text": "A1:XFD1048576"}
"""No green triangle on codes kept as text, on the whole of a sheet: its menu offers to destroy them."""
NOT_YET = "\x02"
"""Instead of a formula's value: nothing is cached, so that every program works it out when it opens the file."""


def put(
    sheet: Worksheet, row: int, column: int, value: object, style: Format, date_style: Format | None = None
) -> None:
    """Write a value at a 0-based place. `date_style` is for days in a column that is not one of dates."""
    if isinstance(value, str):
        if value:
            sheet.write_string(row, column, as_text(value), style)
        else:
            sheet.write_blank(row, column, None, style)
    elif value is None:
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value, style)
    elif isinstance(value, (int, float)):
        # NaN and infinity, which no file can hold, become text
        if not math.isfinite(value):
            sheet.write_string(row, column, str(value), style)
        else:
            sheet.write_number(row, column, value, style)
    elif isinstance(value, (date, datetime)):
        sheet.write_datetime(row, column, cast(datetime, value), date_style or style)  # it takes days too
    else:
        sheet.write_string(row, column, str(value), style)


def height(text: str, width: float) -> float:
    """The height (points) that a wrapped text needs in a column of this width; not every program works it out.

    >>> height("短", 20), height("字" * 40, 20)
    (15, 67)
    """
    lines = sum(
        -(-sum(1 if c.isascii() else 2 for c in line) // max(int(width) - 2, 1)) or 1 for line in text.split("\n")
    )
    return 15 if lines == 1 else 13 * lines + 2
