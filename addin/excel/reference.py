"""政策口径, 使用说明: what the notice says, on a sheet; the manual of the bundle, at the part for the clerk's role.

In: the workbook in front. Out: its sheet, or that of a workbook of our own; the manual in the browser.
"""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import quote

from addin import policy
from addin.columns import HELP_SHEET, POLICY_SHEET, ROSTER_SHEET
from addin.error_log import own_folder
from addin.excel import cells, merging
from addin.excel.buttons import ExcelSession, open_outside
from addin.output import template
from addin.policy import fold

REFERENCE = "填表说明和政策口径.xlsx"
MANUAL, WAY = "操作手册.html", "使用说明.html"
"""The manual in the bundle's docs, and a page of our own that leads into it."""
TOWNSHIP, DISTRICT = "一乡镇填花名册", "三区里一键汇总"
"""The ids of the manual's parts for the two roles."""


def show_policy(at: ExcelSession) -> None:
    """The sheet 政策口径 of the workbook in front, or of a workbook of our own."""
    _show(at, POLICY_SHEET)


def show_help(at: ExcelSession) -> None:
    """The manual at the part for the clerk's role; where the bundle is not installed, the sheet 填表说明."""
    if not _open_manual(_part(at)):
        _show(at, HELP_SHEET)


def manual() -> Path:
    """Where the bundle has the manual: beside the folder of its Python."""
    return Path(sys.prefix).parent / "docs" / MANUAL


def _part(at: ExcelSession) -> str:
    """A township's clerk has a roster in front; a district's has merged on this PC; of others nothing is known."""
    if at.book is not None and fold(ROSTER_SHEET) in cells.sheets(at.book):
        return TOWNSHIP
    return DISTRICT if merging.last() is not None else ""


def _open_manual(part: str) -> bool:
    """Open it by a page that leads to the part: Windows takes no address with a place in it for a file."""
    if not manual().is_file():
        return False
    address = f"{manual().as_uri()}{f'#{quote(part)}' if part else ''}"
    page = own_folder() / WAY
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(
        f'<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={address}">'
        f'<a href="{address}">操作手册</a>\n',
        encoding="utf-8",
    )
    return open_outside(page)


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
