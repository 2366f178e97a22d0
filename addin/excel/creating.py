"""新建花名册: an empty roster of one unit, at the size that it needs, in the clerk's own folder.

In: the unit, the number of rows and the place that the clerk gives. Out: a new workbook, its unit on the cover, open
in Excel. A file that is there is never written over.
"""

from __future__ import annotations

from pathlib import Path

from addin import policy, run
from addin.excel.buttons import ButtonError, Cancelled, ExcelSession, quiet
from addin.excel.merging import show_book

TITLE = "新建花名册"
_SAVE = "花名册 (*.xlsm),*.xlsm,不带宏的花名册 (*.xlsx),*.xlsx"
_LONGEST = 255
"""Characters that Excel's input box shows."""


def create(at: ExcelSession) -> None:
    """新建花名册."""
    if not at.desktop:
        raise ButtonError(
            "网页版不能用这个按钮。请用电脑上的Excel，或在命令行运行：liangxian template --out 花名册.xlsm"
        )
    rules = policy.load()
    unit = run.unit_of(rules, _typed(at, run.ask_for_unit(rules, _LONGEST), ""))
    offered = run.rows_for(rules, unit)
    rows = run.rows_of(_typed(at, f"{unit.name}的花名册备多少行？一人一行，按全部人口留够，多了不碍事。", str(offered)))
    folder = Path(str(at.app.api.DefaultFilePath))
    saved_as = at.app.api.GetSaveAsFilename(str(folder / f"{unit.name}_花名册.xlsm"), _SAVE, 1, "新花名册保存到哪里")
    if saved_as is False:
        raise Cancelled
    target = Path(str(saved_as))
    with quiet(at) as status:
        status(f"正在做{unit.name}的花名册，{rows:,}行……")
        run.new_roster(target, rules, rows, unit)
    text = f"新花名册做好了，{unit.name}，{rows:,}行，按{rules.id}。\n在：{target}"
    try:
        at.show(show_book(at, target).sheets[0])
    except Exception:  # the roster is written; only showing it failed
        text += "\nExcel没有打开它，请自己打开。"
    at.say(f"{text}\n请先填封面，再填花名册。")


def _typed(at: ExcelSession, prompt: str, offered: str) -> str:
    """The clerk's answer. Raises `Cancelled`."""
    answer = at.app.api.InputBox(prompt, TITLE, offered)
    if answer is False:
        raise Cancelled
    return str(answer).strip().removesuffix(".0")
