"""新年度模板, 现行通知: which notice is in force on this PC, and the templates of a notice for every unit.

In: the notice that the clerk picks among those on this PC. Out: a template for each unit in a folder, its unit filled
in on the cover; the notice set in force, where he says so. A file that is there is never written over.
"""

from __future__ import annotations

from functools import partial

from addin import columns, functions, policy, run
from addin.excel import merging
from addin.excel.buttons import ButtonError, Cancelled, ExcelSession, quiet
from addin.output import macro_workbook, saving
from addin.policy import Installed

TEMPLATES, IN_FORCE = "新年度模板", "现行通知"
TEMPLATE = "花名册模板"


def make_templates(at: ExcelSession) -> None:
    """新年度模板."""
    notice = _picked(at, TEMPLATES, "做哪个通知的模板？")
    rules = policy.load(notice.folder)
    folder = merging.pick_folder(at, merging.last(), "选定模板放到哪个文件夹")
    units = [unit.name for unit in rules.units]
    targets = [folder / f"{name}_{TEMPLATE}.xlsm" for name in units]
    if there := [path.name for path in targets if path.exists()]:
        raise ButtonError(f"“{folder.name}”里已经有“{there[0]}”，没有改动它，也没有做模板。请另选一个空文件夹。")
    with quiet(at) as status:
        for number, (name, target) in enumerate(zip(units, targets, strict=True), 1):
            status(f"正在做模板：{number}/{len(units)}……")
            write = partial(
                macro_workbook.write_template, rules=rules, rows=columns.READY_ROWS[0], cover={"township": name}
            )
            saving.replace(target, write, verify=run.opens_again)
    text = f"模板做好了，{len(units)}个单位各一份，按{notice.id}。\n在：{folder}"
    if notice.folder.resolve() == policy.in_force().resolve():
        at.say(text)
        return
    try:
        at.ask(
            f"{text}\n\n现行的通知还是{policy.load().id}。要把{notice.id}设为本机现行的吗？（往年的册仍按往年的通知）"
        )
    except Cancelled:
        return
    _use(at, notice)


def set_in_force(at: ExcelSession) -> None:
    """现行通知."""
    _use(at, _picked(at, IN_FORCE, "本机现行哪个通知？"))


def _use(at: ExcelSession, notice: Installed) -> None:
    policy.load(notice.folder)  # what can't be loaded is not set
    policy.use(notice)
    functions.forget_notice()
    at.say(f"本机现行的通知：{notice.id}。\n已打开的工作簿请按Ctrl+Alt+F9重新计算，函数才按它得数。")


def _picked(at: ExcelSession, title: str, question: str) -> Installed:
    """The notice whose number in the list the clerk types; offered is the one issued last."""
    if not at.desktop:
        raise ButtonError("网页版不能用这个按钮。请用电脑上的Excel，或在命令行运行：liangxian notice list")
    notices = policy.installed()
    in_force = policy.in_force().resolve()
    lines = [
        f"{number}  {notice.id}{'（现行）' if notice.folder.resolve() == in_force else ''}"
        for number, notice in enumerate(notices, 1)
    ]
    answer = at.app.api.InputBox("\n".join([question, *lines, "请填左边的数字。"]), title, str(len(notices)))
    if answer is False:
        raise Cancelled
    word = str(answer).strip()
    if not (word.isdecimal() and 1 <= int(word) <= len(notices)):
        raise ButtonError(f"填的是“{word}”，应是1到{len(notices)}的数字。什么也没有改动。")
    return notices[int(word) - 1]
