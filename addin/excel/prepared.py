"""Restores what a paste, a cut or an inserted row has removed from 花名册: formulas, text formats, lists, colours.

In: the open roster in our own layout. Out: what was laid again, in words for the clerk. Nothing that the clerk typed is
touched, nor are fills, fonts and borders: only our own validations and conditional formats are replaced, and the number
format of columns of codes, where no cell has a formula. Everything goes by whole columns, so the number of calls does
not depend on how many people there are. Answers to specification 5.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any

from addin.columns import (
    COLUMNS,
    COMPUTED,
    FIRST_ROW,
    GUARDS,
    HEADER_ROW,
    PLACES,
    WIDTH,
    Column,
    dues_in_words,
    present,
)
from addin.excel.buttons import Undo, block
from addin.excel.cells import Cells
from addin.output.template import controls, formulas, hints
from addin.output.template.layout import HINT_ROWS, Size
from addin.policy import Policy

if TYPE_CHECKING:
    from xlwings import Sheet

_MOST_FORMATS = 400
"""Conditional formats that are looked at: pasting cuts ours into pieces, and each piece is a call or two."""
_ALL_ROWS = 1_048_576
_TYPES = {"any": 0, "integer": 1, "decimal": 2, "list": 3, "date": 4, "custom": 7}
_ALERTS = {"stop": 1, "warning": 2}
_BETWEEN, _EXPRESSION = 1, 2
_SIDES = {"top": -4160, "left": -4131, "right": -4152, "bottom": -4107}
_EPOCH = date(1899, 12, 30)


def in_our_layout(positions: Mapping[str, int], header: int, policy: Policy) -> bool:
    """Whether every column stands where this edition of the template has it: only then is anything laid."""
    return header == HEADER_ROW and all(
        positions.get(column.key) == PLACES[column.key] for column in present(policy.schemes)
    )


def lay_formulas(undo: Undo, sheet: Sheet, cells: Cells, last: int, policy: Policy) -> bool:
    """Lay the computed columns' formulas down to row `last` where one is missing or another; gives whether it did.

    What stood there instead is said by the check of the file (108), once: the roster has been read before.
    """
    count = last - FIRST_ROW + 1
    formulas_there = cells.formulas
    if count < 1 or not formulas_there:
        return False
    left_out = "请点" in "".join(formulas_there.get(PLACES["hint"], [])[HEADER_ROW : HEADER_ROW + 20])
    with_hints = not left_out and count <= HINT_ROWS + 1_000
    texts = formulas.shown(policy) | {"hint": hints.formula(policy) if with_hints else hints.left_to_the_check()}
    hidden = [*formulas.hidden(policy).values(), *(hints.hidden(policy).values() if with_hints else ())]
    wanted = {PLACES[column.key]: texts[column.key] for column in COMPUTED if column.key in texts}
    wrong = {place: text for place, text in wanted.items() if not _stands(formulas_there.get(place, []), text, last)}
    runs = [
        [place for place, _ in run]
        for has, run in groupby(enumerate(hidden, WIDTH + 1), lambda entry: entry[1] != "")
        if has
    ]
    if any(block(sheet, FIRST_ROW, run[0], count, len(run)).api.HasFormula is not True for run in runs):
        wrong |= {place: text for place, text in enumerate(hidden, WIDTH + 1) if text}
    for place, text in wrong.items():
        area = block(sheet, FIRST_ROW, place, count, 1)
        undo.write(area, text.format(row=FIRST_ROW), area.formula, formulas=True)
    return bool(wrong)


def misplaced(rows: list[list[object]], policy: Policy) -> str:
    """A sentence about contents of the hidden empty columns (guards, a scheme that there is not); '' for none."""
    empty = [*GUARDS, *(PLACES[column.key] for column in COLUMNS if column not in present(policy.schemes))]
    misplaced_rows = [
        n
        for n, row in enumerate(rows[HEADER_ROW:], FIRST_ROW)
        if any(guard <= len(row) and row[guard - 1] not in ("", None) for guard in empty)
    ]
    if not misplaced_rows:
        return ""
    return (
        f"第{misplaced_rows[0]}行{f'等{len(misplaced_rows)}行' if len(misplaced_rows) > 1 else ''}的隐藏列里有内容，多半是整块粘贴时错了位："
        f"{dues_in_words(policy.schemes)}夹在中间，请撤销这次粘贴，分段对准栏目再贴。"
    )


def _stands(there: list[str], text: str, last: int) -> bool:
    """Whether a column holds our formula in every row; Excel leaves the quotes round a sheet's name out."""
    before, *pieces = text.replace("'", "").split("{row}")
    rows = range(FIRST_ROW, last + 1)
    return len(there) >= last and all(
        there[row - 1].replace("'", "") == before + "".join(f"{row}{piece}" for piece in pieces) for row in rows
    )


def _inputs(policy: Policy) -> list[Column]:
    return [column for column in present(policy.schemes) if column.filled_by == "clerk"]


def lay_formats(sheet: Sheet, last: int, policy: Policy) -> list[str]:
    """Text format on the columns of codes, but for cells with a formula; gives the headers."""
    laid = []
    for column in _inputs(policy):
        if column.as_text:
            area = block(sheet, FIRST_ROW, PLACES[column.key], last - FIRST_ROW + 1, 1)
            if area.number_format != "@" and area.api.HasFormula is False:
                area.number_format = "@"
                laid.append(column.header)
    return laid


def lay_lists(sheet: Sheet, last: int, policy: Policy) -> list[str]:
    """Drop-down lists and warnings of the input columns; gives the headers of those that were not whole."""
    laid = []
    for column in _inputs(policy):
        options = controls.input_options(column, policy)
        if not options:
            continue
        area = block(sheet, FIRST_ROW, PLACES[column.key], last - FIRST_ROW + 1, 1)
        validation = area.api.Validation
        kind, *given = _arguments(options)
        with contextlib.suppress(Exception):  # it raises where the cells differ or have none
            if validation.Type == kind and (kind != _TYPES["list"] or validation.Formula1 == given[2]):
                continue
        validation.Delete()
        validation.Add(kind, *given)
        validation.IgnoreBlank = True
        for name, option in (
            ("InputTitle", "input_title"),
            ("InputMessage", "input_message"),
            ("ErrorTitle", "error_title"),
            ("ErrorMessage", "error_message"),
        ):
            if option in options:
                setattr(validation, name, options[option])
        laid.append(column.header)
    return laid


def _arguments(options: Mapping[str, object]) -> tuple[int | str, ...]:
    """Type, style, operator and the two formulas of Validation.Add."""
    kind = _TYPES[str(options["validate"])]
    alert = _ALERTS[str(options.get("error_type", "stop"))]
    first = options.get("source", options.get("value", options.get("minimum", "")))
    return kind, alert, _BETWEEN, _plain(first), _plain(options.get("maximum", ""))


def _plain(value: object) -> str:
    return str((value - _EPOCH).days) if isinstance(value, date) else str(value)


def lay_colours(sheet: Sheet, last: int, policy: Policy, show: Callable[[], None], *, with_hints: bool) -> bool:
    """Our conditional formats, whole over the prepared rows; gives whether they were not. A clerk's own stay.

    `show` brings the sheet to the front, without which nothing can be selected.
    """
    blank = max(last - FIRST_ROW + 1, 1) if with_hints else HINT_ROWS + 1
    rules = controls.rules(policy, Size(0, blank))
    ours = {_shape(rule.formula) for rule in rules}
    held = block(sheet, 1, 1, _ALL_ROWS, WIDTH).api.FormatConditions
    if held.Count == len(rules) and all(
        _is_whole(str(held(number).AppliesTo.Address), last) for number in range(1, len(rules) + 1)
    ):
        return False
    mine = []
    for number in range(1, min(held.Count, _MOST_FORMATS) + 1):
        condition = held(number)
        with contextlib.suppress(Exception):  # other kinds have no formula
            if condition.Type == _EXPRESSION and _shape(condition.Formula1) in ours:
                mine.append((number, str(condition.AppliesTo.Address)))
    if len(mine) == len(rules) and all(_is_whole(address, last) for _, address in mine):
        return False
    for number, _ in reversed(mine):
        held(number).Delete()
    show()
    # a formula is taken as written for the cell that is selected
    block(sheet, FIRST_ROW, 1, 1, 1).select()
    for rule in rules:
        area = block(sheet, FIRST_ROW, rule.first + 1, last - FIRST_ROW + 1, rule.last - rule.first + 1)
        condition = area.api.FormatConditions.Add(_EXPRESSION, 0, f"={rule.formula}")
        _dress(condition, controls.LOOKS[rule.look])
    return True


def _is_whole(address: str, last: int) -> bool:
    """Whether an area is one piece from the first row down to `last` or further: a paste cuts pieces out."""
    match = re.fullmatch(rf"\$[A-Z]+\${FIRST_ROW}:\$[A-Z]+\$(\d+)", address)
    return match is not None and int(match[1]) >= last


def _shape(formula: str) -> str:
    """A formula without its rows: pieces that a paste has left are written for other rows."""
    return re.sub(r"(?<=[A-Z])\d+", "#", formula.removeprefix("=").replace("$", ""))


def _dress(condition: Any, look: Mapping[str, object]) -> None:
    if "bg_color" in look:
        condition.Interior.Color = _colour(look["bg_color"])
    if "font_color" in look:
        condition.Font.Color = _colour(look["font_color"])
    if look.get("bold"):
        condition.Font.Bold = True
    for side, number in _SIDES.items():
        if side in look:
            line = condition.Borders(number)
            line.LineStyle = 1
            line.Color = _colour(look[f"{side}_color"])
    condition.StopIfTrue = False


def _colour(look: object) -> int:
    """#RRGGBB as Excel counts colours."""
    text = str(look)
    return int(text[5:7] + text[3:5] + text[1:3], 16)


def lay_page(sheet: Sheet, last: int) -> None:
    """The print area down to the last person."""
    with contextlib.suppress(Exception):  # without a printer Excel has no page to set up
        area = controls.print_area(last)
        if sheet.api.PageSetup.PrintArea != area:
            sheet.api.PageSetup.PrintArea = area


def words(formulas_laid: bool, formats: list[str], lists: list[str], colours: bool) -> str:
    """A sentence about what was restored; '' where nothing was missing.

    >>> words(True, ["证件号码"], [], True)
    '粘贴、剪切或插入行弄丢的公式、文本格式（证件号码）、颜色已经补上。'
    """
    pieces = ["公式"] if formulas_laid else []
    for name, headers in (("文本格式", formats), ("下拉列表", lists)):
        if headers:
            some = "、".join(headers[:4]) + ("等" if len(headers) > 4 else "")
            pieces.append(f"{name}（{some}）")
    pieces += ["颜色"] if colours else []
    return f"粘贴、剪切或插入行弄丢的{'、'.join(pieces)}已经补上。" if pieces else ""


def last_row(rows: list[list[object]], formulas_there: Mapping[int, list[str]]) -> int:
    """The last row that is prepared or holds somebody."""
    place = {PLACES["name"], PLACES["id_number"]}
    filled = [
        n for n, row in enumerate(rows, 1) if any(at <= len(row) and row[at - 1] not in ("", None) for at in place)
    ]
    dues = formulas_there.get(PLACES["medical_due"]) or formulas_there.get(PLACES["pension_due"], [])
    prepared = [n for n, text in enumerate(dues, 1) if text.startswith("=")]
    return max([*filled[-1:], *prepared[-1:], HEADER_ROW])
