"""The roster made of an old book, and the account of what became of everything in it; both in a child process.

In: the old book's path. Out: a roster of the template in force (with macros where it is called .xlsm), and beside it
a workbook 导入说明: the columns, the lines that were not taken, the people to look at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import xlsxwriter

from addin import columns, old_roster
from addin.findings import Refusal
from addin.old_roster import Account, OldRoster, Wanted
from addin.output import macro_workbook, template
from addin.output.rows import OPTIONS
from addin.policy import Installed, Policy

NOTE = "导入说明"
SPARE = 500
"""Prepared rows below the people, at least."""

_COLUMNS = (
    ("旧册列", 8),
    ("旧册表头", 24),
    ("新册栏目", 20),
    ("处理", 24),
    ("有内容的格", 12),
    ("写入备注的格", 14),
    ("说明", 50),
)
_LINES = (("旧册行", 9), ("为什么不带", 36), ("这一行的内容", 110))
_PEOPLE = (("旧册行", 9), ("新册行", 9), ("村(社区)", 16), ("户号", 10), ("姓名", 12), ("请核实", 56))


def note_of(target: Path) -> Path:
    """Where the account of a roster goes: beside it."""
    return target.with_name(f"{target.stem}_{NOTE}.xlsx")


def look(path: Path, name: str, policy: Policy, notices: Sequence[Installed], wanted: Wanted) -> Account | Refusal:
    """The account of an import without writing anything."""
    old = old_roster.read(path, name, policy, notices, wanted)
    return old if isinstance(old, Refusal) else old.account


def write(
    target: Path, note: Path, path: Path, name: str, policy: Policy, notices: Sequence[Installed], wanted: Wanted
) -> Account | Refusal:
    """Write the roster to `target` and the account to `note`."""
    old = old_roster.read(path, name, policy, notices, wanted)
    if isinstance(old, Refusal):
        return old
    blank = max(columns.READY_ROWS[0] - len(old.people), SPARE)
    macro_workbook.write_template(target, policy, blank, old.cover, old.people)
    write_note(note, policy, old)
    return old.account


def headline(account: Account) -> list[str]:
    """The result of an import, in sentences."""
    sentences = [f"“{account.file}”的“{account.sheet}”：表头在第{account.header_row}行，带入{account.persons:,}人。"]
    taken = [match for match in account.matches if match.header and match.how.startswith(old_roster.account.TAKEN)]
    sentences.append(
        f"带入{len(taken)}个栏目；"
        + ("缴费记录照旧册带入。" if account.with_payments else "缴费、票据、录入和核实各栏留空。")
    )
    sentences += [account.notice] if account.notice else []
    sentences += account.moved
    if account.missing:
        sentences.append(f"旧册没有的必填栏目，请补填：{'、'.join(account.missing)}。")
    if account.remarked:
        sentences.append(f"{account.remarked:,}格没有看懂或没有对应栏目，写入“备注”。")
    sentences += [f"没有带入{line.count:,}行：{line.why}（旧册第{line.rows}行）。" for line in account.left_out]
    sentences += [f"没有带入工作表“{name}”（{rows:,}行），要的话请另行导入。" for name, rows in account.other_sheets]
    sentences += [f"请核实{doubt.count:,}人：{doubt.what}（新册第{doubt.rows}行）。" for doubt in account.doubts]
    if not account.unit:
        sentences.append("旧册没有写明单位，请在封面选“乡镇/街道”。")
    return sentences


def write_note(path: Path, policy: Policy, old: OldRoster) -> None:
    """The account as a workbook of four lists."""
    account = old.account
    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        book.set_properties({"title": "花名册导入说明", "created": template.fixed_time(policy)})
        matched = [
            (match.letter, match.text, match.header, match.how, match.filled, match.remarked or "", match.why)
            for match in account.matches
        ]
        _list(book, "概况", (("导入说明", 130),), [(text,) for text in headline(account)])
        _list(book, "栏目", _COLUMNS, matched)
        _list(book, "没有带入的行", _LINES, old.lines_left_out)
        _list(book, "请核实", _PEOPLE, old.to_look_at)


def _list(
    book: xlsxwriter.Workbook, name: str, fields: Sequence[tuple[str, int]], rows: Iterable[Sequence[str | int]]
) -> None:
    base = {"font_name": "等线", "border": 1, "border_color": "#BFBFBF", "valign": "top"}
    head = book.add_format({**base, "bold": True, "bg_color": "#DDEBF7", "align": "center"})
    text = book.add_format({**base, "num_format": "@", "text_wrap": True})
    number = book.add_format({**base, "num_format": "0"})
    sheet = book.add_worksheet(name)
    for n, (title, width) in enumerate(fields):
        sheet.set_column(n, n, width)
        sheet.write_string(0, n, title, head)
    last = 0
    for last, row in enumerate(rows, 1):
        for n, value in enumerate(row):
            if isinstance(value, int):
                sheet.write_number(last, n, value, number)
            else:
                sheet.write_string(last, n, value, text)
    if not last:
        last = 1
        sheet.write_string(1, 0, "无", text)
    sheet.ignore_errors(template.QUIET)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.print_area(0, 0, last, len(fields) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L内部资料，注意保管&R第 &P 页，共 &N 页")
