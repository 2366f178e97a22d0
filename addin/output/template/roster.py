"""花名册: title, headers, one row a person, computed columns as native formulas with the given value cached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from addin import columns
from addin.columns import COLUMNS, FIRST_ROW, HEADER_ROW, Column
from addin.output.template.cells import height, put
from addin.output.template.cover import Tally
from addin.output.template.layout import INDEX
from addin.output.template.style import Styles
from addin.policy import Policy

_BANDS = (
    ("户和人", "seq", "head"),
    ("身份", "category", "head"),
    ("居民医保", "medical_status", "head"),
    ("居民养老", "pension_status", "head"),
    ("登记", "entered", "head"),
    ("自动计算，不要改", "medical_due", "head_formula"),
    ("自动提示", "hint", "head_formula"),  # apart: a page ends before it
    ("校验", "problems", "head_check"),
)
"""Blocks of columns over the headers: name, first column, format."""
_WIDER = {"hint": 46, "problems": 70}
_CENTRED = {"seq", "group", "registered", "tier", "entered"}
_MONEY = ("medical_paid", "pension_paid")


def write(
    sheet: Any,
    styles: Styles,
    policy: Policy,
    people: Iterable[Mapping[str, object]],
    blank_rows: int,
    formulas: Mapping[str, str],
    notes: Mapping[int, Mapping[str, str]],
) -> tuple[int, Tally]:
    """Write the sheet's cells from the top; gives the number of people and their control totals.

    `formulas` are those of the computed columns with `{row}` for the row; `notes` what the check wrote beside a row.
    """
    last = len(COLUMNS) - 1
    for n, column in enumerate(COLUMNS):
        sheet.set_column(
            n, n, _WIDER.get(column.key, column.width), styles[data_style(column)], {"hidden": column.key == "marks"}
        )
    sheet.set_row(0, 30, styles["plain"])
    sheet.set_row(1, None, styles["plain"])
    # not merged: over forty columns a centred title would be out of sight
    sheet.write_string(0, 0, title(policy), styles["title_left"])
    sheet.write_string(1, 0, f"{policy.basis}；{columns.COVER_LINE}", styles["subtitle_left"])
    starts = [*(INDEX[key] for _, key, _ in _BANDS), last]
    for (band, _, style), (first, end) in zip(_BANDS, pairwise(starts), strict=True):
        if end - first > 1:
            sheet.merge_range(HEADER_ROW - 2, first, HEADER_ROW - 2, end - 1, band, styles[style])
        else:
            sheet.write_string(HEADER_ROW - 2, first, band, styles[style])
    sheet.set_row(HEADER_ROW - 1, 44)
    for n, column in enumerate(COLUMNS):
        sheet.write_string(HEADER_ROW - 1, n, column.header, styles[_head_style(column)])
    written = [(n, c.key, styles[data_style(c)]) for n, c in enumerate(COLUMNS) if c.filled_by == "clerk"]
    computed = [(n, c.key, formulas[c.key], styles[data_style(c)]) for n, c in enumerate(COLUMNS) if c.key in formulas]
    checked = [(n, c.key, styles[data_style(c)]) for n, c in enumerate(COLUMNS) if c.filled_by == "check"]
    day, number = styles["data_date"], styles["data"]
    tally, row = Tally(), FIRST_ROW - 2
    for row, person in enumerate(people, FIRST_ROW - 1):
        tally.add(person)
        note = notes.get(row + 1)
        if note:
            sheet.set_row(row, height(note["problems"], _WIDER["problems"]))
        for n, key, style in written:
            value = person.get(key)
            if value is not None and value != "":
                # a number where a day must be stays a number, so that the check still sees it
                put(sheet, row, n, value, number if style is day and isinstance(value, (int, float)) else style, day)
        for n, key, formula, style in computed:
            value = person.get(key)
            sheet.write_formula(row, n, formula.format(row=row + 1), style, "" if value is None else value)
        for n, key, style in checked:
            text = note.get(key) if note else person.get(key)
            if text:
                sheet.write_string(row, n, text, style)
    count = row - (FIRST_ROW - 2)
    for further in range(row + 1, row + 1 + blank_rows):
        for n, _, formula, style in computed:
            sheet.write_formula(further, n, formula.format(row=further + 1), style, "")
    return count, tally


def title(policy: Policy) -> str:
    """The roster's title: the notice's own, up to what it orders."""
    return f"{policy.title.partition('征缴')[0]}参保缴费花名册"


def data_style(column: Column) -> str:
    """The name of the format of a column's cells."""
    if column.filled_by == "formula":
        return "data_hint" if column.key == "hint" else "data_formula"
    if column.filled_by == "check":
        return "data_check"
    if column.kind == "date":
        return "data_date"
    if column.key in _MONEY:
        return "data_money"
    if column.key in _CENTRED:
        return "data_middle"
    return "data_text" if column.as_text else "data"


def _head_style(column: Column) -> str:
    if column.filled_by != "clerk":
        return f"head_{column.filled_by}"
    return "head_must" if column.mandatory else "head"
