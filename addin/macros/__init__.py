"""The ribbon's buttons, each a function that VBA calls by name: `addin.macros.<function>`.

In: Excel with the workbook that is in front when a button is clicked. Out: values in its cells, a file beside it, a
message. Thin shells over the core; with `functions` the only modules that import xlwings.
"""

from __future__ import annotations

from addin import policy, template
from addin.columns import HELP_SHEET, POLICY_SHEET
from addin.faults import own_folder
from addin.macros import cells, check, diagnosis, issuing, merging, submit
from addin.macros.excel import Desk, button
from addin.policy import fold

REFERENCE = "填表说明和政策口径.xlsx"

check_roster = button("校验花名册")(check.check)
clear_marks = button("清除标记")(check.clear)
next_problem = button("下一处问题")(check.jump)
make_submission = button("生成上报文件")(submit.submit)
merge_folder = button("一键汇总")(merging.merge)
write_circular = button("生成通报")(issuing.issue)
open_status = button("打开报送情况")(merging.show_status)
diagnose = button("诊断")(diagnosis.show)


@button("政策口径")
def show_policy(at: Desk) -> None:
    """The sheet 政策口径 of the workbook in front, or of a workbook of our own."""
    _show(at, POLICY_SHEET)


@button("使用说明")
def show_help(at: Desk) -> None:
    """The sheet 填表说明 of the workbook in front, or of a workbook of our own."""
    _show(at, HELP_SHEET)


def _show(at: Desk, name: str) -> None:
    sheet = cells.sheets(at.book).get(fold(name)) if at.book is not None else None
    if sheet is None:
        path = own_folder() / REFERENCE
        book = merging.open_book(at, path)
        if book is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            template.write_roster(path, policy.load(), {}, ())
            book = at.app.books.open(str(path), read_only=True)
        sheet = book.sheets[name]
    at.show(sheet)
