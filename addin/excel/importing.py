"""从旧册导入: last year's roster, or any list of people, becomes a roster of the notice in force.

In: a file that the clerk picks. Out: a new roster where the clerk says, open in Excel, and the account of everything
in the old file beside it, one answer away. Before anything is written the columns are shown and the clerk asked.
"""

from __future__ import annotations

from pathlib import Path

from addin import policy, run
from addin.excel.buttons import ButtonError, Cancelled, ExcelSession, quiet
from addin.excel.merging import show_book
from addin.old_roster import PAYMENTS, Account, Wanted
from addin.old_roster.account import GUESSED, REMARKED
from addin.output import imported

TITLE = "从旧册导入"
_OPEN = "Excel工作簿 (*.xlsx;*.xlsm),*.xlsx;*.xlsm"
_SAVE = "花名册 (*.xlsm),*.xlsm,不带宏的花名册 (*.xlsx),*.xlsx"
_LONGEST = 240
"""Characters that Excel's input box shows, with room for the question."""
_MOST = 12
"""Columns of one kind, or lines of the account, in a message."""


def import_old(at: ExcelSession) -> None:
    """从旧册导入."""
    if not at.desktop:
        raise ButtonError("网页版不能选文件。请用电脑上的Excel，或在命令行运行：liangxian import 旧册 --out 新册")
    rules = policy.load()
    picked = at.app.api.GetOpenFilename(_OPEN, 1, "选定旧册：上一年的花名册、系统导出的名单")
    if picked is False:
        raise Cancelled
    old = Path(str(picked))
    wanted = Wanted()
    with quiet(at) as status:
        status("正在读取旧册……")
        try:
            account = run.look_into_old(old, rules, wanted)
        except run.SeveralUnits as several:
            account = None
            words = str(several)[:_LONGEST]
    if account is None:
        answer = at.app.api.InputBox(f"{words}\n导入哪个单位？", TITLE, "")
        if answer is False:
            raise Cancelled
        wanted = Wanted(unit=str(answer).strip())
        with quiet(at) as status:
            status("正在读取旧册……")
            account = run.look_into_old(old, rules, wanted)
    at.ask(f"{_shown(account)}\n\n照这样做成新的花名册吗？（旧册不会改动）")
    if _has_payments(account) and at.agrees(
        "旧册有缴费、票据等内容。要一起带入吗？\n新的一年请点“否”，留空重新登记；同一年度换用新模板的点“是”。"
    ):
        wanted = Wanted(wanted.unit, wanted.sheet, keep_payments=True)
    offered = old.with_name(f"{account.unit or old.stem}_新花名册.xlsm")
    saved_as = at.app.api.GetSaveAsFilename(str(offered), _SAVE, 1, "新花名册保存到哪里")
    if saved_as is False:
        raise Cancelled
    target = Path(str(saved_as))
    with quiet(at) as status:
        status(f"正在写新的花名册，{account.persons:,}人……")
        account, note = run.import_old(old, target, rules, wanted)
    message = _short(imported.headline(account))
    words = f"导入完成。\n{message}\n\n新花名册：{target}\n导入说明（逐行逐栏）：{note}"
    try:
        at.show(show_book(at, target).sheets[0])
        if at.agrees(f"{words}\n\n新花名册已打开。要看导入说明吗？"):
            at.show(show_book(at, note).sheets[0])
    except Exception:  # both files are written; only showing one failed
        at.say(f"{words}\nExcel没有打开它，请自己打开。")


def _shown(account: Account) -> str:
    """The plan for each column, in a message."""
    taken = [
        f"{match.letter} {match.text}" + ("" if match.text == match.header else f" → {match.header}")
        for match in account.matches
        if match.how not in (GUESSED, REMARKED) and match.header and not match.why
    ]
    lines = [*imported.headline(account)[:1], f"带入：{'；'.join(taken)}。"]
    for title, own in (
        (
            "表头相近，请核对：",
            [f"{match.letter} {match.text} → {match.header}" for match in account.matches if match.how == GUESSED],
        ),
        ("写入备注：", [f"{match.letter} {match.text}" for match in account.matches if match.how == REMARKED]),
        (
            "不带：",
            [f"{match.letter} {match.text}（{match.why}）" for match in account.matches if match.why and match.filled],
        ),
    ):
        if own:
            lines.append(f"{title}{'；'.join(own[:_MOST])}{'等' if len(own) > _MOST else ''}。")
    return "\n".join([*lines, *imported.headline(account)[2:][:_MOST]])


def _short(lines: list[str]) -> str:
    more = [f"……其余{len(lines) - _MOST}条见导入说明。"] if len(lines) > _MOST else []
    return "\n".join([*lines[:_MOST], *more])


def _has_payments(account: Account) -> bool:
    return any(match.key in PAYMENTS and match.filled for match in account.matches)
