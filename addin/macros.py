"""The ribbon's buttons, each a function that VBA calls by name.

In: the workbook that is active when a button is clicked. Out: a message, or a sheet brought to the front. What is not
built yet says so and names the command that does it now; nothing here pretends.
"""

from __future__ import annotations

import platform
import sys

import xlwings as xw

from addin import __version__, functions, policy
from addin.columns import HELP_SHEET, POLICY_SHEET


def check_roster() -> None:
    """校验花名册."""
    _not_yet("校验花名册", "liangxian check 花名册文件")


def clear_marks() -> None:
    """清除标记."""
    _not_yet("清除标记")


def next_problem() -> None:
    """下一处问题."""
    _not_yet("下一处问题", "liangxian check 花名册文件")


def make_submission() -> None:
    """生成上报文件."""
    _say("本版本还没有“生成上报文件”。现在可以直接报送填好的工作簿（保存后关闭再发送）。")


def merge_folder() -> None:
    """一键汇总."""
    _not_yet("一键汇总", "liangxian merge 文件夹")


def open_status() -> None:
    """打开报送情况."""
    _say("本版本还不能从这里打开“报送情况”。现在请直接打开汇总表，看“报送情况”一页。")


def show_policy() -> None:
    """政策口径: the sheet of the active workbook."""
    _show(POLICY_SHEET, "liangxian policy")


def show_help() -> None:
    """使用说明: the sheet of the active workbook."""
    _show(HELP_SHEET, "liangxian --help")


def diagnose() -> None:
    """诊断: what is installed, and whether it calculates."""
    _say("\n".join(diagnosis()))


def diagnosis() -> list[str]:
    """The lines of 诊断: nothing personal, fit for sending on.

    >>> diagnosis()[-1]
    '试算：医保低保净额175元、现收250元'
    """
    rules = policy.load()
    net, cash = functions.NETDUE("医保", "低保"), functions.NETDUE("医保", "低保", None, functions.CASH)
    return [
        f"两险征缴 {__version__}，xlwings {xw.__version__}，Python {platform.python_version()}",
        f"解释器：{sys.executable}",
        f"政策：{rules.id}（{rules.folder}）",
        f"试算：医保低保净额{net:g}元、现收{cash:g}元",
    ]


def _show(sheet: str, command: str) -> None:
    book = xw.apps.active.books.active if xw.apps.active and xw.apps.active.books else None
    if book is None or sheet not in book.sheet_names:
        _say(f"当前工作簿没有“{sheet}”一页。请先打开花名册模板，或在命令行运行：{command}")
    else:
        book.sheets[sheet].activate()


def _not_yet(action: str, command: str = "") -> None:
    instead = f"现在可以在命令行运行：{command}" if command else "请等下一版本。"
    _say(f"本版本还没有“{action}”。{instead}")


def _say(text: str) -> None:
    app = xw.apps.active
    assert app is not None, "a button was clicked in Excel"
    app.alert(text, title=functions.CATEGORY)
