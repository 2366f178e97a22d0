"""花名册: title, headers, one row a person, computed columns as native formulas with the given value cached."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from addin import columns
from addin.columns import BY_KEY, COLUMNS, FIRST_ROW, GUARDS, HEADER_ROW, PLACES, WIDTH, Column, letter, present
from addin.output.rows import USUAL_HEIGHT, Cells, Rows, shared_formula
from addin.output.template.cells import height
from addin.output.template.cover import Tally
from addin.output.template.layout import INDEX, Size
from addin.output.template.style import Styles
from addin.policy import Policy

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

ZOOM = 90
"""Per cent: on a screen of 1366 x 768 everything from 序号 to 养老实收 is in view."""


def write(
    rows: Rows,
    styles: Styles,
    policy: Policy,
    people: Iterable[Mapping[str, object]],
    size: Size,
    formulas: Mapping[str, str],
    hidden: Sequence[str],
    notes: Mapping[int, Mapping[str, str]],
) -> Tally:
    """Write the sheet's cells from the top; gives the people's control totals.

    `formulas` are those of the computed columns with `{row}` for the row, `hidden` those of the hidden columns behind
    the last; `notes` what the check wrote beside a row. A formula stands once in the file; the rows below share it.
    """
    sheet, own = rows.sheet, present(policy.schemes)
    _set_columns(sheet, styles, own, len(hidden))
    sheet.set_zoom(ZOOM)
    _write_head(sheet, styles, policy, own)
    cells = _cells(rows, styles, own, formulas, hidden, size)
    top, below = ([(key, pair[n]) for key, pair in cells] for n in (0, 1))
    tally, row = Tally(), FIRST_ROW - 1
    for row, person in enumerate(people, FIRST_ROW):
        tally.add(person)
        note = notes.get(row)
        values = {**person, **note} if note else person
        needed = height(note["problems"], BY_KEY["problems"].width) if note else USUAL_HEIGHT
        here = top if row == FIRST_ROW else below
        rows.add(row, [column.of(values.get(key)) for key, column in here], needed)
    blank = [column[None] for _, column in below]
    for further in range(row + 1, size.last + 1):
        rows.add(further, [column[None] for _, column in top] if further == FIRST_ROW else blank)
    rows.end(WIDTH + len(hidden) - 1, styles["plain"])
    return tally


def _cells(
    rows: Rows,
    styles: Styles,
    own: Sequence[Column],
    formulas: Mapping[str, str],
    hidden: Sequence[str],
    size: Size,
) -> list[tuple[str, tuple[Cells, Cells]]]:
    """The columns from the left: each key, the cells of the first row, where formulas stand whole, and of those below."""
    columns: dict[int, tuple[str, tuple[Cells, Cells]]] = {}
    day = styles["data_date"]
    for column in own:
        if column.filled_by in ("clerk", "check"):
            n, style = INDEX[column.key], styles[data_style(column)]
            # a number where a day must be stays a number, so that the check still sees it
            numbers = styles["data"] if style is day else style
            columns[n] = column.key, (Cells(n, rows.texts, style, numbers=numbers, days=day),) * 2
    computed = [(INDEX[c.key], c.key, formulas[c.key], styles[data_style(c)]) for c in own if c.key in formulas]
    computed += [(WIDTH + n, "", text, styles["plain"]) for n, text in enumerate(hidden) if text]
    for number, (n, key, text, style) in enumerate(computed):
        area = f"{letter(n + 1)}{FIRST_ROW}:{letter(n + 1)}{max(size.last, FIRST_ROW)}"
        whole, again = shared_formula(text.format(row=FIRST_ROW), number, area)
        columns[n] = key, (Cells(n, rows.texts, style, formula=whole), Cells(n, rows.texts, style, formula=again))
    return [columns[n] for n in sorted(columns)]


def _write_head(sheet: Worksheet, styles: Styles, policy: Policy, own: Sequence[Column]) -> None:
    """The title, the bands over columns that belong together, the headers."""
    sheet.set_row(0, 30, styles["plain"])
    sheet.set_row(1, None, styles["plain"])
    # not merged: over forty columns a centred title would be out of sight
    sheet.write_string(0, 1, title(policy), styles["title_left"])
    sheet.write_string(1, 1, f"{policy.basis}；{columns.COVER_LINE}", styles["subtitle_left"])
    starts = [column for column in own if column.band]
    for column, (first, end) in zip(
        starts, pairwise([*(INDEX[column.key] for column in starts), WIDTH - 1]), strict=True
    ):
        style = styles["head" if column.filled_by == "clerk" else f"head_{column.filled_by}"]
        if end - first > 1:
            sheet.merge_range(HEADER_ROW - 2, first, HEADER_ROW - 2, end - 1, column.band, style)
        else:
            sheet.write_string(HEADER_ROW - 2, first, column.band, style)
    sheet.set_row(HEADER_ROW - 1, 58)
    for column in own:
        sheet.write_string(HEADER_ROW - 1, INDEX[column.key], column.header, styles[_head_style(column)])


def _set_columns(sheet: Worksheet, styles: Styles, own: Sequence[Column], hidden: int) -> None:
    """Widths, formats, and the outline groups of rare columns; out of sight are guards, intermediate results, and the
    places of the columns of a scheme that the notice does not have."""
    level = {"level": 1, "hidden": True}
    rare = {PLACES[column.key] for column in COLUMNS if column.rare}
    for guard in GUARDS:
        beside = {guard - 1, guard + 1} & rare
        # a fold's sign stands over the next column in sight: a guard at its end folds with it
        sheet.set_column(guard - 1, guard - 1, 0.5, styles["plain"], level if beside else {"hidden": True})
    folded = rare | {guard for guard in GUARDS if {guard - 1, guard + 1} & rare}
    for column in COLUMNS:
        n = INDEX[column.key]
        if column not in own:
            sheet.set_column(n, n, 0.5, styles["plain"], level if column.rare else {"hidden": True})
            continue
        options = level if column.rare else {"collapsed": n in folded, "hidden": column.key == "marks"}
        sheet.set_column(n, n, column.width, styles[data_style(column)], options)
    sheet.set_column(WIDTH, WIDTH + hidden - 1, 4, styles["plain"], {"hidden": True})


_ORDERS = re.compile("参保|征缴|征收|缴费|筹资")
"""With one of these the title of a notice begins to say what it orders."""


def title(policy: Policy) -> str:
    """The roster's title: the notice's own, up to what it orders."""
    return f"{_ORDERS.split(policy.title)[0]}参保缴费花名册"


def data_style(column: Column) -> str:
    """The name of the format of a column's cells."""
    if column.filled_by == "formula":
        return "data_hint" if column.key == "hint" else "data_formula"
    if column.filled_by == "check":
        return "data_check"
    if column.kind == "date":
        return "data_date"
    if column.money:
        return "data_money"
    if column.centred:
        return "data_middle"
    return "data_text" if column.as_text else "data"


def _head_style(column: Column) -> str:
    if column.filled_by != "clerk":
        return f"head_{column.filled_by}"
    return "head_must" if column.mandatory else "head"
