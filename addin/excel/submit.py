"""生成上报文件: the clean copy beside the workbook, and the number that it got on the cover."""

from __future__ import annotations

from addin import columns
from addin.excel.buttons import ExcelSession, folder_of, open_outside, quiet
from addin.excel.check import opened
from addin.output import submission
from addin.policy import fold
from addin.roster import place_on_cover


def submit(at: ExcelSession) -> None:
    """Check, ask where people would not count, write, put the number on the cover, offer the file's folder."""
    folder = folder_of(at.workbook())
    with quiet(at) as status:
        book, roster, judged = opened(at, status)
    if judged.obstacle:
        at.say(judged.obstacle)
        return
    if judged.errors:
        blocked = submission.blocked_words(judged, roster.policy)
        effect = f"照现在的内容上报，{blocked}不计入完成人数。" if blocked else "不影响计入人数，但应当改正。"
        at.ask(f"本册有{judged.errors}个错误，{effect}\n仍要生成上报文件吗？（点“否”回去改正）")
    with quiet(at) as status:
        status("正在写上报文件……")
        path, serial = submission.publish(
            folder,
            judged.edition,
            lambda target, number: submission.write(target, roster, number),
            lambda target, number: submission.verify(target, roster, number),
        )
        noted = serial == roster.cover.serial
        if not noted:
            sheet = book.handles[fold(columns.COVER_SHEET)]
            place = place_on_cover(book.sheets[sheet.name], "serial")
            try:
                sheet.range(place).value = serial
                noted = True
            except Exception:  # the file is written already: the message says what is left to do
                noted = False
    message = f"上报文件已写好：{path.name}\n和本工作簿在同一个文件夹，不含宏，共{len(roster):,}人。"
    if serial != roster.cover.serial:
        message += f"\n同一截止日期已生成过，这是第{serial}次。"
        message += (
            f"封面的“第几次报送”已改为{serial}，请保存本工作簿。" if noted else f"请把封面的“第几次报送”改为{serial}。"
        )
    if not at.desktop:
        at.say(message)
    elif at.agrees(f"{message}\n要打开它所在的文件夹吗？") and not open_outside(folder):
        at.say(f"文件夹没有打开，请自己打开：{folder}")
