"""校验花名册, 清除标记, 下一处问题: the check of the open workbook, what it writes there, and the jump from one finding to the next.

In: the workbook in front. Out: 问题说明 and 标记 beside the people (the prepared conditional formats colour the cells, so no
format of the clerk's is touched), the list on 校验结果, one sentence. All is written in a handful of calls, whatever the
number of people; what fails half-way is taken back. Answers to specification 1 and 6.
"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from addin import columns, error_log, policy
from addin import roster as rosters
from addin.checks.confirmations import DIVIDER
from addin.columns import FIRST_ROW
from addin.excel import cells, prepared
from addin.excel.buttons import NEXT, ButtonError, ExcelSession, Undo, block, quiet
from addin.excel.cells import OpenBook
from addin.findings import Finding, Refusal
from addin.output import submission
from addin.output.submission import Judged
from addin.output.template import results
from addin.output.template.layout import HINT_ROWS
from addin.output.template.results import Link
from addin.policy import fold
from addin.roster import Roster

if TYPE_CHECKING:
    from xlwings import Sheet

WRITTEN = ("problems", "marks")
_AUTOFIT = 5_000
"""Most rows of the list whose height is fitted."""


def check(at: ExcelSession) -> None:
    """校验花名册."""
    with quiet(at) as status:
        with Undo() as undo:
            book, roster = read(at, status)
            last = _prepared(at, book, roster)
            laid = bool(last) and prepared.lay_formulas(
                undo, book.handles[fold(columns.ROSTER_SHEET)], book.sheets[roster.sheet], last, roster.policy
            )
            status(f"正在校验{len(roster):,}人……")
            judged = submission.judge(roster)
            status("正在写入问题说明和标记……")
            beside = _mark(at, undo, book, roster, judged)
            status("正在写入校验结果……")
            listed = _list(at, undo, book, roster, judged.findings)
        restored = _lay_the_rest(at, book, roster, last, laid) if last else ""
    if judged.findings and listed is not None:
        at.show(listed)
    message = _said(roster, judged, beside=beside, listed=listed is not None)
    at.say(f"{message}\n{restored}" if restored else message)


def opened(at: ExcelSession, status: Callable[[str], None]) -> tuple[OpenBook, Roster, Judged]:
    """The roster in front, read and judged. Raises `ButtonError` where it is none or Excel's state forbids the work."""
    book, roster = read(at, status)
    status(f"正在校验{len(roster):,}人……")
    return book, roster, submission.judge(roster)


def read(at: ExcelSession, status: Callable[[str], None]) -> tuple[OpenBook, Roster]:
    """The roster in front. Raises `ButtonError` where it is none or Excel's state forbids the work."""
    status("正在读取花名册……")
    book = cells.read(at)
    refuse_what_cannot_be_written(at, book)
    return book, understood(at, book)


def understood(at: ExcelSession, book: OpenBook) -> Roster:
    """The open book as a roster, by the notice on its cover. Raises `ButtonError` where it is none."""
    roster = rosters.read(book, policy.load(), at.book.name)
    if isinstance(roster, Refusal) and (notice := policy.numbered(roster.notice)):
        roster = rosters.read(book, policy.load(notice.folder), at.book.name)
    if isinstance(roster, Refusal):
        raise ButtonError(f"当前工作簿不能校验：{roster.sentence}")
    return roster


def _prepared(at: ExcelSession, book: OpenBook, roster: Roster) -> int:
    """The last prepared row of a sheet with this edition's columns; 0 in any other, and where Excel can't be asked."""
    held = book.sheets[roster.sheet]
    header = rosters.header.find(held.rows)
    if not at.desktop or not prepared.in_our_layout(header.positions, header.row, roster.policy):
        return 0
    return prepared.last_row(held.rows, held.formulas)


def _lay_the_rest(at: ExcelSession, book: OpenBook, roster: Roster, last: int, laid: bool) -> str:
    """Lay formats, lists and colours again, and the page's end; gives the sentence about it.

    Done last, for each can be done again: a fault half-way leaves the findings written, and is told.
    """
    sheet, held = book.handles[fold(columns.ROSTER_SHEET)], book.sheets[roster.sheet]
    try:
        formats = prepared.lay_formats(sheet, last, roster.policy)
        lists = prepared.lay_lists(sheet, last, roster.policy)
        before = at.book.sheets.active
        hints = last - FIRST_ROW < HINT_ROWS
        colours = prepared.lay_colours(sheet, last, roster.policy, lambda: at.show(sheet), with_hints=hints)
        if colours:
            at.show(before)
    except Exception as error:
        error_log.note("校验花名册", error)
        return "下拉列表和颜色没有补全，请保存后重新打开，再校验一次。"
    if len(roster):
        prepared.lay_page(sheet, int(roster.rows[-1]))
    sentences = (prepared.words(laid, formats, lists, colours), prepared.misplaced(held.rows, roster.policy))
    return "\n".join(filter(None, sentences))


def refuse_what_cannot_be_written(at: ExcelSession, book: OpenBook) -> None:
    """Protected sheets, filtered rows and a shared view: Excel would fail half-way, or write into other rows."""
    if not at.desktop:
        return
    for name in (columns.ROSTER_SHEET, columns.FINDINGS_SHEET):
        sheet = book.handles.get(fold(name))
        if sheet is not None and sheet.api.ProtectContents:
            raise ButtonError(f"工作表“{name}”被保护，写不进去。请在“审阅”中点“撤销工作表保护”，再点这个按钮。")
    sheet = book.handles.get(fold(columns.ROSTER_SHEET))
    if sheet is not None and sheet.api.FilterMode:
        raise ButtonError("花名册正在筛选，只显示一部分人。请在“数据”中点“清除”取消筛选，再点这个按钮。")


def _said(roster: Roster, judged: Judged, *, beside: bool, listed: bool) -> str:
    lines = [f"共校验{len(roster):,}人：{results.headline(judged.findings)}。"]
    if blocked := submission.blocked_words(judged, roster.policy):
        lines.append(f"照现在的内容上报，{blocked}不计入完成人数。")
    if judged.findings:
        where = ["有问题的格子已着色，每行的问题写在“问题说明”列"] if beside else []
        where += ["清单在“校验结果”"] if listed else []
        lines.append(f"{'，'.join(where)}。点“下一处问题”逐个改正，改完再校验一次。" if where else "")
    if not beside:
        lines.append("本册没有“问题说明”“标记”两列，没有着色；建议换用新模板。")
    if not listed:
        lines.append("本册没有“校验结果”一页，没有列出清单；建议换用新模板。")
    return "\n".join(filter(None, lines))


# ---------------------------------------------------------------- what is written


def _mark(at: ExcelSession, undo: Undo, book: OpenBook, roster: Roster, judged: Judged) -> bool:
    """Write 问题说明 and 标记, a column each; gives whether the roster has them."""
    if not set(WRITTEN) <= set(roster.letters):
        return False
    sheet, rows = book.handles[fold(columns.ROSTER_SHEET)], book.sheets[roster.sheet].rows
    header = _header(rows)
    held = zip(*(roster.raw[key].tolist() for key in _WHO), strict=True)
    who = dict(zip(roster.rows.tolist(), map(_tag, held), strict=True))
    own = (finding for finding in judged.findings if finding.sheet in ("", roster.sheet))
    notes = results.beside(own, judged.confirmations, who)
    for key in WRITTEN:
        _fill(undo, sheet, rows, header, key, {row: note[key] for row, note in notes.items()})
    return True


_WHO = ("name", "id_number")


def _tag(held: tuple[object, ...]) -> str:
    """A short hash of the row's person behind the marks: after a sort that left them behind it does not match."""
    return f"{zlib.crc32('|'.join(map(_said_in, held)).encode()):08x}"


def _said_in(value: object) -> str:
    return "" if value is None else f"{value:.15g}" if isinstance(value, (int, float)) else str(value)


def _fill(undo: Undo, sheet: Sheet, rows: list[list[object]], header: _Header, key: str, texts: dict[int, str]) -> None:
    """Write one column below the header: these texts by row, nothing in the other rows."""
    below = range(header.row + 1, len(rows) + 1)
    column = header.columns[key]
    before = [[rows[row - 1][column - 1]] for row in below]
    wanted = [[_text(texts.get(row, ""))] for row in below]
    if before != wanted and below:
        undo.write(block(sheet, header.row + 1, column, len(below), 1), wanted, before)


def _typed(value: results.Cell) -> str | int:
    """A value of the list as it is given to Excel."""
    return value.formula if isinstance(value, Link) else _text(value) if isinstance(value, str) else value


def _text(text: str) -> str:
    """A text that Excel takes as one in a cell of any format: an apostrophe before what looks like a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "'") else text


@dataclass(frozen=True)
class _Header:
    """Where the roster's header is, and the columns that the check writes; all 1-based."""

    row: int
    columns: dict[str, int]


def _header(rows: list[list[object]]) -> _Header:
    """Find the header by the written columns. Raises `ButtonError` where there is none."""
    header = rosters.header.find(rows)
    positions = {key: position for key, position in header.positions.items() if key in (*WRITTEN, "name")}
    if len(positions) == len(WRITTEN) + 1:
        return _Header(header.row, positions)
    raise ButtonError("花名册上没有“问题说明”“标记”两列，没有可清除、可跳转的标记。请用最新的花名册模板。")


def _list(at: ExcelSession, undo: Undo, book: OpenBook, roster: Roster, findings: Sequence[Finding]) -> Sheet | None:
    """Write 校验结果; gives the sheet, or None where the workbook has none."""
    sheet = book.handles.get(fold(columns.FINDINGS_SHEET))
    if sheet is None:
        return None
    named = zip(roster.rows.tolist(), roster.raw["name"].tolist(), strict=True)
    people = {row: name for row, name in named if isinstance(name, str)}
    table = results.table(findings, people, roster.letters["name"])
    values: list[list[object]] = [[_typed(value) for value in row] for row in table]
    _replace_list(at, undo, sheet, results.headline(findings), values)
    if at.desktop and findings:
        block(sheet, results.HEAD, 1, len(findings) + 1, results.LIST_WIDTH).api.AutoFilter()
        with contextlib.suppress(Exception):  # without a printer Excel has no page to set up
            last = f"${columns.letter(results.LIST_WIDTH)}${results.HEAD + len(findings)}"
            sheet.api.PageSetup.PrintArea = f"$A$1:{last}"
    return sheet


def _replace_list(at: ExcelSession, undo: Undo, sheet: Sheet, sentence_there: str, values: list[list[object]]) -> None:
    """Put other values into 校验结果 than those that are there."""
    if at.desktop and sheet.api.AutoFilterMode:
        sheet.api.AutoFilterMode = False  # rows that a filter hides would keep their old values
    last = sheet.used_range.last_cell.row
    rows = [results.HEADERS, *values]  # an older edition's sheet has no header of its own
    height = max(last - results.HEAD + 1, len(rows))
    row, column = results.SAID
    sentence = sheet.range((row, column))
    undo.write(sentence, sentence_there, sentence.value or "")
    area = block(sheet, results.HEAD, 1, height, results.WIDTH)
    first, last_text = results.AS_TEXT
    texts = block(sheet, results.TOP, first, max(height - 1, 1), last_text - first + 1)
    if not at.desktop or texts.number_format != "@":  # in a sheet of ours they are
        texts.number_format = "@"
    nothing = [[""] * results.WIDTH] * (height - len(rows))
    if at.desktop:
        undo.write(area, rows + nothing, area.formula, formulas=True)
    else:  # on the web nothing is written before all is done, so there is nothing to take back
        area.raw_value = rows + nothing
    if at.desktop and 0 < len(values) <= _AUTOFIT:
        block(sheet, results.TOP, 1, len(values), 1).rows.autofit()


# ---------------------------------------------------------------- clearing


def clear(at: ExcelSession) -> None:
    """清除标记: the two columns emptied, 校验结果 as before the first check."""
    with quiet(at) as status:
        status("正在清除标记……")
        at.workbook()
        handles = cells.sheets(at.book)
        sheet = handles.get(fold(columns.ROSTER_SHEET))
        if sheet is None:
            raise ButtonError(f"当前工作簿没有“{columns.ROSTER_SHEET}”一页。请先打开花名册，再点这个按钮。")
        refuse_what_cannot_be_written(at, OpenBook({}, handles))
        header, written = _written(sheet)
        with Undo() as undo:
            for key, before in written.items():
                if any(value != "" for value in before):
                    area = block(sheet, header.row + 1, header.columns[key], len(before), 1)
                    undo.write(area, [[""]] * len(before), [[value] for value in before])
            listed = handles.get(fold(columns.FINDINGS_SHEET))
            if listed is not None:
                _replace_list(at, undo, listed, results.unchecked(at.book.name.lower().endswith(".xlsm")), [])
    at.say("标记已清除：“问题说明”“标记”两列和“校验结果”已清空，您填的内容和格式没有改动。")


def _written(sheet: Sheet) -> tuple[_Header, dict[str, list[object]]]:
    """The header, and what stands under 问题说明 and 标记."""
    top, _ = cells.values(sheet, rows=30)
    header = _header(top)
    below = sheet.used_range.last_cell.row - header.row
    if below < 1:
        return header, {key: [] for key in WRITTEN}
    read = {
        key: block(sheet, header.row + 1, header.columns[key], below, 1).options(ndim=1, empty="").value
        for key in WRITTEN
    }
    return header, {key: ["" if value is None else value for value in column] for key, column in read.items()}


# ---------------------------------------------------------------- jumping


def following(written: dict[str, list[object]], first_row: int, at: tuple[int, int]) -> tuple[int, int] | None:
    """The marked cell after the one at `at` (row, column), after the last the first again; None where none is marked.

    >>> marks = {"problems": ["", "甲", "乙"], "marks": ["", "..E.W", ""]}
    >>> [following(marks, 5, at) for at in ((1, 1), (6, 3), (6, 5), (7, 1))]
    [(6, 3), (6, 5), (7, 1), (6, 3)]
    """
    places = []
    for n, (problem, marks) in enumerate(zip(written["problems"], written["marks"], strict=True)):
        signs = [m for m, sign in enumerate(str(marks).partition(DIVIDER)[0], 1) if sign in results.SIGNS.values()]
        places += [(first_row + n, m) for m in signs or ([1] if str(problem) else [])]
    return next((place for place in places if place > at), places[0] if places else None)


def jump(at: ExcelSession) -> None:
    """下一处问题: select the next marked cell and say in the status bar what is wrong there."""
    sheet = cells.sheets(at.workbook()).get(fold(columns.ROSTER_SHEET))
    if sheet is None:
        raise ButtonError(f"当前工作簿没有“{columns.ROSTER_SHEET}”一页。请先打开花名册，再点这个按钮。")
    header, written = _written(sheet)
    here = (0, 0)
    if at.book.sheets.active.name == sheet.name and (selection := at.app.selection) is not None:
        here = (selection.row, selection.column)
    place = following(written, header.row + 1, here)
    if place is None:
        raise ButtonError("本册没有标出的问题。还没有校验的，请先点“校验花名册”。")
    _refuse_another(sheet, header, str(written["marks"][place[0] - header.row - 1]), place[0])
    at.show(sheet)
    sheet.range(place).select()
    if at.desktop:
        # it stays until the next button: the words stand thirty columns to the right of the cell
        at.app.status_bar = (
            f"{NEXT}{columns.letter(place[1])}{place[0]}　{written['problems'][place[0] - header.row - 1]}"
        )


def _refuse_another(sheet: Sheet, header: _Header, marks: str, row: int) -> None:
    """Raise `ButtonError` where the marked row now holds somebody else than when it was checked."""
    tag = "".join(marks.split(DIVIDER)[1:2])
    positions = rosters.header.find(cells.values(sheet, rows=30)[0]).positions
    if not tag or not all(key in positions for key in _WHO):
        return
    held = tuple(sheet.range((row, positions[key])).value for key in _WHO)
    if _tag(held) != tag:
        raise ButtonError(f"第{row}行现在是另一个人：校验以后排过序或改过姓名、证件号码，标记已经不准。请重新校验。")
