"""生成通报: the month's circular from inside Excel.

In: the folder of received rosters that the clerk picks, and a month. Out: the circular that `run.write_circular`
writes, in the subfolder 汇总结果, and its path in a message.
"""

from __future__ import annotations

from datetime import date, timedelta

from addin import run
from addin.district import RESULTS, report
from addin.district.alone import OtherPolicy
from addin.district.records import District
from addin.excel import merging, settings
from addin.excel.buttons import ButtonError, Cancelled, ExcelSession, open_outside, quiet
from addin.output import circular
from addin.policy import Policy


def issue(at: ExcelSession) -> None:
    """生成通报."""
    folder = merging.pick_folder(at, merging.last())
    end = _month(at, date.today())
    target = folder / RESULTS / f"征缴工作通报_{end:%Y-%m}.docx"
    wanted = run.Issue(end, lists=merging.lists_for(at, folder, settings.read().lists))

    def made(rules: Policy, other: OtherPolicy | None) -> tuple[District, int]:
        with quiet(at) as status:
            counter = merging.Counter(status, "正在写通报……")
            return run.write_circular(
                folder, target, rules, wanted, on_start=counter.start, on_file=counter.file, other=other
            )

    district, later = merging.by_notice(at, made)
    after = f"\n填报截止日期晚于{end.isoformat()}的{later}个文件没有计入。" if later else ""
    figures = "\n".join(merging.figures(district))
    lists = report.about_lists(district)
    if at.agrees(f"通报写好了。\n{figures}{after}\n{lists}\n\n通报：{target}\n要现在打开，填上落款日期吗？") and not (
        open_outside(target)
    ):
        at.say(f"通报没有打开，请用Word或WPS打开：{target}")


def _month(at: ExcelSession, today: date) -> date:
    """The month that the clerk types; offered is the last one that has ended."""
    offered = today.replace(day=1) - timedelta(days=1)
    answer = at.app.api.InputBox("通报哪一个月？请按“年-月”填写。", "生成通报", f"{offered:%Y-%m}")
    if answer is False:
        raise Cancelled
    try:
        return circular.month_end(str(answer).strip())
    except ValueError as error:
        raise ButtonError(f"月份填的是“{answer}”，应形如 {offered:%Y-%m}。没有写通报。") from error
