"""花名册: title, headers, one row a person, computed columns as native formulas with the given value cached."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from addin import columns
from addin.columns import BY_KEY, COLUMNS, FIRST_ROW, GUARDS, HEADER_ROW, PLACES, WIDTH, Column, letter, present
from addin.output.template.cells import height, put
from addin.output.template.cover import Tally
from addin.output.template.layout import INDEX, Size
from addin.output.template.style import Styles
from addin.policy import Policy

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

ZOOM = 90
"""Per cent: on a screen of 1366 x 768 everything from 序号 to 养老实收 is in view."""


def write(
    sheet: Worksheet,
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
    own = present(policy.schemes)
    _set_columns(sheet, styles, own, len(hidden))
    sheet.set_zoom(ZOOM)
    _write_head(sheet, styles, policy, own)
    written = [(INDEX[c.key], c.key, styles[data_style(c)]) for c in own if c.filled_by == "clerk"]
    computed = [(INDEX[c.key], c.key, formulas[c.key], styles[data_style(c)]) for c in own if c.key in formulas]
    computed += [(WIDTH + n, "", text, styles["plain"]) for n, text in enumerate(hidden) if text]
    checked = [(INDEX[c.key], c.key, styles[data_style(c)]) for c in COLUMNS if c.filled_by == "check"]
    shared = [(n, key, Shared(number, text, n, size), style) for number, (n, key, text, style) in enumerate(computed)]
    day, number_style = styles["data_date"], styles["data"]
    tally, row = Tally(), FIRST_ROW - 2
    for row, person in enumerate(people, FIRST_ROW - 1):
        tally.add(person)
        note = notes.get(row + 1)
        if note and note["problems"]:
            sheet.set_row(row, height(note["problems"], BY_KEY["problems"].width))
        for n, key, style in written:
            value = person.get(key)
            if value is not None and value != "":
                # a number where a day must be stays a number, so that the check still sees it
                is_number = style is day and isinstance(value, (int, float))
                put(sheet, row, n, value, number_style if is_number else style, day)
        for n, key, formula, style in shared:
            value = person.get(key)
            sheet.write_formula(row, n, formula.at(row), style, "" if value is None else value)
        for n, key, style in checked:
            text = note.get(key) if note else person.get(key)
            if text:
                put(sheet, row, n, text, style)
    for further in range(row + 1, size.last):
        for n, _, formula, style in shared:
            sheet.write_formula(further, n, formula.at(further), style, "")
    return tally


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


class Shared:
    """A formula that stands in the first row only; the cells below say that theirs is the same."""

    def __init__(self, number: int, text: str, column: int, size: Size) -> None:
        area = f"{letter(column + 1)}{FIRST_ROW}:{letter(column + 1)}{max(size.last, FIRST_ROW)}"
        self._first = f'{SHARED}<f t="shared" ref="{area}" si="{number}">{escape(text.format(row=FIRST_ROW)[1:])}</f>'
        self._below = f'{SHARED}<f t="shared" si="{number}"/>'

    def at(self, row: int) -> str:
        """The formula to write in a row (0-based)."""
        return self._first if row == FIRST_ROW - 1 else self._below


SHARED = "\x01"
"""Before a formula that is XML already (see `book`)."""


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
