"""粘贴数值: what was copied goes into 花名册 as values only, so that lists, colours and formulas stay.

In: Excel's own copy, or text in the clipboard. Out: values in the inputs of 花名册, by the block's own header if it has
one, else from the chosen cell on. Excel's copy ends with the first thing that is written anywhere: so it is pasted,
before anything else, onto a sheet of a new workbook that is closed again, and read from there.
"""

from __future__ import annotations

import contextlib
import csv
import importlib
import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from addin import columns
from addin.columns import BY_KEY, INPUTS, Column, letter
from addin.excel import cells, check
from addin.excel.buttons import ButtonError, ExcelSession, Undo, block, quiet
from addin.policy import fold
from addin.roster import header
from addin.roster.values import LOST_FROM, SCIENTIFIC

if TYPE_CHECKING:
    from xlwings import Range, Sheet

TITLE = "粘贴数值"
_COPY, _CUT = 1, 2
_VALUES_AND_FORMATS = 12
"""xlPasteValuesAndNumberFormats: without the formats a day would be a number."""
_UNICODE_TEXT = 13
_KNOWN = 2
"""Headers of ours in a row that make it the block's header."""
_MOST_ROWS = 100_000
_EPOCH = datetime(1899, 12, 30)
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_TAKEN_OTHERWISE = re.compile(
    r"[=+\-@'].*|[-+]?[\d.,]+(e[-+]?\d+)?%?|\d{1,4}[-/.:年月]\d{1,2}.*|true|false", re.IGNORECASE | re.DOTALL
)
"""Texts that Excel would convert in a cell without text format."""

Rows = list[list[object]]


@dataclass
class Plan:
    """Which of the block's columns (from 0) goes to which of the sheet's (from 1), and what is not pasted."""

    rows: Rows
    pairs: list[tuple[int, int, Column]]
    left: list[str]


def paste(at: ExcelSession) -> None:
    """粘贴数值."""
    book = at.workbook()
    if not at.desktop:
        raise ButtonError("网页版不能用这个按钮。请用“选择性粘贴—数值”。")
    mode = int(at.app.api.CutCopyMode or 0)
    if mode == _CUT:
        raise ButtonError("您用的是剪切（Ctrl+X），剪切会改坏原处。请改用复制（Ctrl+C），再点这个按钮。")
    target = at.app.selection
    copied, errors = _copied(at) if mode == _COPY else (_text(), {})
    sheet = cells.sheets(book).get(fold(columns.ROSTER_SHEET))
    if sheet is None or book.sheets.active.name != sheet.name or target is None:
        raise ButtonError("请先在“花名册”里选中要粘贴到的第一个格子，再点这个按钮。")
    row, column = target.row, target.column
    check.refuse_what_cannot_be_written(at, cells.OpenBook({}, cells.sheets(book)))
    if errors:
        (r, c), shown = next(iter(sorted(errors.items())))
        raise ButtonError(
            f"复制的内容里有{len(errors)}个错误值（第{r}行第{c}列是{shown}），没有粘贴。请在原表改成实际内容再复制。"
        )
    while copied and not any(value != "" for value in copied[-1]):
        copied.pop()
    if not copied:
        raise ButtonError("复制的是空白格，没有可粘贴的内容。请在原表选中内容，按Ctrl+C，再点这个按钮。")
    if len(copied) > _MOST_ROWS:
        raise ButtonError(f"复制了{len(copied):,}行，太多了。请只选有人的行，再复制。")
    top, _ = cells.values(sheet, rows=header.SEARCHED_ROWS)
    head = header.find(top)
    if head.score < header.NEEDED_HEADERS:
        raise ButtonError("这一页的表头认不出来，不知道贴到哪一栏。请用花名册模板。")
    if row <= head.row:
        raise ButtonError(f"请选中第{head.row + 1}行以下的格子，再点这个按钮；表头不能覆盖。")
    plan = planned(copied, head.positions, column)
    if not plan.pairs:
        raise ButtonError("复制的内容没有一栏可以粘贴：都是自动计算的栏目，或表头认不出来。请核对选中的格子。")
    values = {place: [_input(own, line[n], r) for r, line in enumerate(plan.rows, 1)] for n, place, own in plan.pairs}
    _write(at, sheet, row, values)
    left = f"\n没有粘贴：{'；'.join(plan.left)}。" if plan.left else ""
    headers = [own.header for _, _, own in plan.pairs]
    some = "、".join(headers[:6]) + ("等" if len(headers) > 6 else "")
    at.say(
        f"已粘贴{len(plan.rows):,}行、{len(headers)}栏（{some}），从第{row}行到第{row + len(plan.rows) - 1}行。{left}\n"
        "只贴了数值，列表、颜色和公式没有改动。贴完请点“校验花名册”。"
    )


# ---------------------------------------------------------------- what was copied


def _copied(at: ExcelSession) -> tuple[Rows, dict[tuple[int, int], str]]:
    """Excel's own copy, pasted as the first thing and read; the workbook it was pasted into is gone again."""
    own = at.book
    scratch = at.app.books.add()
    try:
        page = scratch.sheets[0]
        block(page, 1, 1, 1, 1).api.PasteSpecial(_VALUES_AND_FORMATS)
        return cells.values(page)
    finally:
        with contextlib.suppress(Exception):  # else Excel may ask whether so much is to be kept in the clipboard
            at.app.api.CutCopyMode = 0
        scratch.close()
        own.api.Activate()


def _text() -> Rows:
    """The text in the clipboard, cells parted by tabs."""
    board = importlib.import_module("win32clipboard")
    text = None
    try:
        board.OpenClipboard(0)
        try:
            if board.IsClipboardFormatAvailable(_UNICODE_TEXT):
                text = board.GetClipboardData(_UNICODE_TEXT)
        finally:
            board.CloseClipboard()
    except Exception as error:
        raise ButtonError("剪贴板正被别的程序占用，读不了。请再复制一次，再点这个按钮。") from error
    if not isinstance(text, str) or not text.strip("\r\n\t \0"):
        raise ButtonError("还没有复制内容。请在原表选中要粘贴的格子，按Ctrl+C，马上点这个按钮。")
    rows: Rows = [list(row) for row in csv.reader(io.StringIO(text.rstrip("\0"), newline=""), delimiter="\t")]
    width = max(map(len, rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows]


# ---------------------------------------------------------------- where it goes


def planned(copied: Rows, positions: dict[str, int], column: int) -> Plan:
    """Where each column of a block goes: by its own header, else from a column (from 1) of the sheet on."""
    head = header.find(copied[: header.SEARCHED_ROWS])
    if head.score >= _KNOWN and head.twice is None and _is_header(copied[head.row - 1]):
        return _by_header(copied, head, positions)
    keys = {place: key for key, place in positions.items()}
    width = len(copied[0])
    filled = [any(row[n] != "" for row in copied) for n in range(width)]
    own = [keys.get(column + n) for n in range(width)]
    if all(key is not None or not filled[n] for n, key in enumerate(own)):
        # it was copied from a sheet that stands as this one, guards and computed columns among the inputs
        return _placed(copied, [(n, column + n, key) for n, key in enumerate(own) if key is not None])
    # an older edition has the inputs side by side: they keep their order
    order = [positions[field.key] for field in INPUTS if field.key in positions and positions[field.key] >= column]
    old = [place for place in order if not BY_KEY[keys[place]].later]
    plan = _placed(copied, [(n, place, keys[place]) for n, place in zip(range(width), old, strict=False)])
    if width > len(old) and any(filled[len(old) :]):
        plan.left.append(f"复制内容的第{len(old) + 1}列以后（超出“备注”，要的话请连表头一起复制）")
    return plan


def _is_header(row: Sequence[object]) -> bool:
    """Whether the headers that are known are most of a row: a person's row may have a word that is one, too."""
    filled = [cell for cell in row if cell != ""]
    known = header.find([row])
    return len(known.positions) * 2 >= len(filled) and all(isinstance(cell, str) for cell in filled)


def _by_header(copied: Rows, head: header.Header, positions: dict[str, int]) -> Plan:
    keys = {place: key for key, place in head.positions.items()}
    body = copied[head.row :]
    places = [(n - 1, positions[key], key) for n, key in sorted(keys.items()) if key in positions]
    plan = _placed(body, places)
    missing = [BY_KEY[key].header for key in keys.values() if key not in positions]
    unknown = [text.strip()[:20] for n, text in head.unmatched if any(row[n - 1] != "" for row in body)]
    plan.left += [f"“{text}”（本表没有这一栏）" for text in (*missing, *unknown)]
    if not body:
        raise ButtonError("只复制了表头，下面没有内容，没有粘贴。请连人员一起复制。")
    return plan


def _placed(rows: Rows, places: Sequence[tuple[int, int, str]]) -> Plan:
    """The inputs among some columns; the others are computed here and left alone."""
    pairs = [(n, place, BY_KEY[key]) for n, place, key in places if BY_KEY[key].filled_by == "clerk"]
    computed = [BY_KEY[key].header for n, _, key in places if BY_KEY[key].filled_by != "clerk"]
    return Plan(rows, pairs, [f"{'、'.join(computed)}（自动生成）"] if computed else [])


# ---------------------------------------------------------------- cells


def _input(column: Column, value: object, row: int) -> object:
    """A value as it is assigned to a cell of this column. Raises `ButtonError` where its digits are lost."""
    if value == "":
        return ""
    if isinstance(value, bool):
        return columns.YES if value else columns.NO
    if column.as_text:
        digits_lost = isinstance(value, (int, float)) and abs(value) >= LOST_FROM
        if digits_lost or (isinstance(value, str) and SCIENTIFIC.fullmatch(value.strip().upper())):
            shown = f"{value:.5E}" if isinstance(value, (int, float)) else str(value).strip()
            raise ButtonError(
                f"复制内容的第{row}行，“{column.header}”是{shown}这样的数，末几位已经丢失，没有粘贴。"
                "请在原表把这一列设为文本、重新录入完整号码，再复制。"
            )
        return f"{value:.15g}" if isinstance(value, (int, float)) else _shown(value)
    if isinstance(value, (date, datetime)):
        moment = value if isinstance(value, datetime) else datetime.combine(value, time())
        return (moment - _EPOCH) / timedelta(days=1) if column.kind == "date" else f"'{_shown(value)}"
    if isinstance(value, (int, float)):
        return float(value)
    text = _shown(value)
    plain = unicodedata.normalize("NFKC", text).strip()
    if column.kind == "date" and (match := _DAY.fullmatch(plain)):
        with contextlib.suppress(ValueError):
            return float((datetime(*map(int, match.groups())) - _EPOCH).days)  # type: ignore[arg-type]
    if column.kind == "number" and _NUMBER.fullmatch(plain):
        return float(plain)
    return f"'{text}" if _TAKEN_OTHERWISE.fullmatch(text) else text


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    return value.isoformat() if isinstance(value, (date, time)) else str(value)


def _write(at: ExcelSession, sheet: Sheet, row: int, values: dict[int, list[object]]) -> None:
    """Write the columns, side by side ones together; what is there already is asked about, and put back on a fault."""
    runs: list[list[int]] = []
    for place in sorted(values):
        if runs and runs[-1][-1] == place - 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    areas = [block(sheet, row, run[0], len(values[run[0]]), len(run)) for run in runs]
    before = [_held(area) for area in areas]
    there = sum(value != "" for rows in before for line in rows for value in line)
    if there:
        last = row + len(values[runs[0][0]]) - 1
        at.ask(
            f"第{row}行到第{last}行、{letter(runs[0][0])}列到{letter(runs[-1][-1])}列里已有{there:,}格填了内容，会被覆盖。\n要继续粘贴吗？"
        )
    with quiet(at) as status, Undo() as undo:
        status("正在粘贴……")
        for run, area, old in zip(runs, areas, before, strict=True):
            new = [list(line) for line in zip(*(values[place] for place in run), strict=True)]
            undo.write(area, new, old, formulas=True)


def _held(area: Range) -> list[list[str]]:
    """The cells' content as it would be typed."""
    formulas = area.formula
    return [list(line) for line in formulas] if isinstance(formulas, (list, tuple)) else [[formulas]]
