"""打印缴费单: what the chosen row's household owes, on the sheet 缴费单, shown as it prints and then emptied.

In: the row that is selected on 花名册. Out: a print preview. The sheet is empty again whatever happens.
"""

from __future__ import annotations

import numpy as np

from addin import columns
from addin.columns import Scheme
from addin.excel import cells, check
from addin.excel.buttons import ButtonError, ExcelSession, block, quiet
from addin.output.template import slip
from addin.policy import FEN, fold
from addin.roster import Roster

TITLE = "打印缴费单"


def print_slip(at: ExcelSession) -> None:
    """打印缴费单."""
    book = at.workbook()
    if not at.desktop:
        raise ButtonError("网页版没有打印预览。请用电脑上的Excel打开花名册，再点这个按钮。")
    handles = cells.sheets(book)
    roster_sheet, sheet = (handles.get(fold(name)) for name in (columns.ROSTER_SHEET, columns.SLIP_SHEET))
    if sheet is None:
        raise ButtonError("本册没有“缴费单”一页。请换用新的花名册模板（可用“从旧册导入”把人带过去）。")
    if sheet.api.ProtectContents:
        raise ButtonError("工作表“缴费单”被保护，写不进去。请在“审阅”中点“撤销工作表保护”，再点这个按钮。")
    selection = at.app.selection if roster_sheet is not None and book.sheets.active.name == roster_sheet.name else None
    if roster_sheet is None or selection is None:
        raise ButtonError("请先在“花名册”里选中要打印的那一户的任何一行，再点这个按钮。")
    chosen = selection.row
    with quiet(at) as status:
        status("正在读取花名册……")
        roster = check.understood(at, cells.read(at))
        headers = [title for title, _, _ in slip.fields(roster.policy)]
        rows = slip.lines(*household(roster, chosen), roster.policy)
    unchanged = book.api.Saved
    area = block(sheet, 2, 1, len(rows), len(headers))
    empty = [[slip.HOW], headers, *([""] for _ in rows[2:])]
    try:
        with quiet(at):
            area.raw_value = rows
            sheet.api.PageSetup.PrintArea = f"$A$1:${columns.letter(len(headers))}${len(rows) + 1}"
        at.show(sheet)
        sheet.api.PrintPreview()
    finally:
        area.raw_value = [row + [""] * (len(headers) - len(row)) for row in empty]
        at.show(roster_sheet)
        book.api.Saved = unchanged


def household(roster: Roster, row: int) -> tuple[str, list[slip.Payer]]:
    """Whose slip it is in words, and the people; `row` is the sheet's. Raises `ButtonError` where that is nobody."""
    indexes = np.flatnonzero(roster.rows == row)
    if not len(indexes):
        raise ButtonError(f"第{row}行没有人。请选中要打印的那一户的任何一行，再点这个按钮。")
    chosen = int(indexes[0])
    if roster.blank("household")[chosen] or roster.fault("household")[chosen]:
        raise ButtonError(f"第{row}行的户号没有填好，不知道哪些人是一户。请先填户号，再点这个按钮。")
    people = np.flatnonzero(roster.households == roster.households[chosen]).tolist()
    if len(people) > slip.MOST:
        raise ButtonError(f"这一户有{len(people)}人，缴费单最多打{slip.MOST}人。集体户请直接打印花名册。")
    payers = [_payer(roster, n) for n in people]
    texts = {key: roster.words[key].texts() for key in ("village", "household", "name")}
    heads = [n for n in people if roster.is_("relation", columns.RELATIONS[0])[n]]
    head = f"　户主：{texts['name'][heads[0]]}" if heads else ""
    whose = f"{roster.cover.unit.name}　{texts['village'][chosen]}　户号：{texts['household'][chosen]}{head}"
    return whose, payers


def _payer(roster: Roster, n: int) -> slip.Payer:
    text = {key: str(roster.words[key].texts()[n]) for key in ("name", "relation", "category")}
    due: dict[Scheme, float | None] = {}
    paid = 0
    for scheme in roster.schemes:
        due[scheme] = None
        if roster.enrolled(scheme)[n]:
            if (
                not roster.due_known(scheme)[n]
                or roster.unknown_category[n]
                or (scheme == "pension" and roster.blank("tier")[n])
            ):
                raise ButtonError(
                    f"第{roster.rows[n]}行的人员类别、养老档次或缴费日期没有填好，算不出应收。请改正后再点这个按钮。"
                )
            due[scheme] = float(roster.due(scheme)[n] / FEN)
            paid += int(roster.money[f"{scheme}_paid"][n])
    tier = roster.money["tier"][n] / FEN if due.get("pension") is not None else None
    return slip.Payer(
        text["name"], text["relation"], text["category"], due.get("medical"), tier, due.get("pension"), paid / FEN
    )
