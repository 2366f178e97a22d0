"""政策口径, 使用说明: the sheet of the workbook in front, or of a workbook of our own."""

from __future__ import annotations

from addin import policy
from addin.columns import HELP_SHEET, POLICY_SHEET
from addin.error_log import own_folder
from addin.excel import cells, merging
from addin.excel.buttons import ExcelSession
from addin.output import template
from addin.policy import fold

REFERENCE = "填表说明和政策口径.xlsx"


def show_policy(at: ExcelSession) -> None:
    """The sheet 政策口径 of the workbook in front, or of a workbook of our own."""
    _show(at, POLICY_SHEET)


def show_help(at: ExcelSession) -> None:
    """The sheet 填表说明 of the workbook in front, or of a workbook of our own."""
    _show(at, HELP_SHEET)


def _show(at: ExcelSession, name: str) -> None:
    sheet = cells.sheets(at.book).get(fold(name)) if at.book is not None else None
    if sheet is None:
        path = own_folder() / REFERENCE
        if merging.open_book(at, path) is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            template.write_roster(path, policy.load(), {}, ())
        book = merging.show_book(at, path, read_only=True)
        sheet = book.sheets[name]
    at.show(sheet)
