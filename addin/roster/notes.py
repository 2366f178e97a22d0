"""The checks of the file as a whole, found while reading."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from addin.findings import Finding, Severity
from addin.intake import Grid


@dataclass(frozen=True, slots=True)
class FileCheck:
    """A check of the file as a whole: what it is called, how grave, what to do."""

    severity: Severity
    title: str
    remedy: str


FILE_CHECKS: dict[str, FileCheck] = {
    "101": FileCheck("warning", "表头改了名", "请把表头改回模板的写法。"),
    "102": FileCheck("warning", "列换了位置", "不影响汇总；请不要移动模板的列。"),
    "103": FileCheck("warning", "多出的列", "需要说明的请写在“备注”列。"),
    "104": FileCheck("warning", "旧模板", "本次照样汇总；下次请用新模板填报。"),
    "105": FileCheck("warning", "封面合计与明细不符", "请重新计算（按F9）并核对后再报。"),
    "106": FileCheck("warning", "有隐藏或筛选的行", "请取消筛选和隐藏，核对后再报。"),
    "107": FileCheck("warning", "人员之间有空行", "请删去空行；筛选、打印时空行之后容易漏掉。"),
    "108": FileCheck("warning", "公式被改成了数", "金额以程序计算为准；请从上一行把公式复制下来。"),
    "109": FileCheck("info", "公式没有计算过", "不影响汇总；请用Excel或WPS打开后保存一次。"),
    "110": FileCheck("info", "含空格、全角或不可见字符", "不影响汇总；建议重新录入。"),
    "111": FileCheck("info", "文件带有的东西", "不影响汇总，仅供知悉。"),
    "112": FileCheck(
        "warning", "疑似只报新增", "花名册是累计的，请核对是否漏了以前报过的人；如确系减少，请在备注说明。"
    ),
    "113": FileCheck(
        "warning", "另有名称相近的工作表", "程序只读“封面”和“花名册”；别的表上有人员的，请并到“花名册”上。"
    ),
    "114": FileCheck("warning", "合并单元格", "请取消合并，每人每格单独填写。"),
    "115": FileCheck("error", "单元格重复出现", "请用Excel打开后另存为新文件再报。"),
    "116": FileCheck("warning", "缺少列", "请用花名册模板填报。"),
    "117": FileCheck("warning", "封面填的是文字", "请改填为数字或日期格式。"),
}


def file_finding(file: str, sheet: str, code: str, problem: str, **more: Any) -> Finding:
    """A finding of the file or of one of its columns; `more` are further fields of `Finding`."""
    check = FILE_CHECKS[code]
    fields = {"row": None, "column": None, "header": check.title, "remedy": check.remedy, **more}
    return Finding(file, sheet, code=code, severity=check.severity, problem=problem, **fields)


_FEW = 20


def fails_alike(count: Any, rows: Any) -> Any:
    """Whether so many of a column's rows make one finding for the column: more than a fifth of it, and not just a few.

    Numbers, or arrays of them.

    >>> fails_alike(21, 100), fails_alike(20, 50), fails_alike(21, 105)
    (True, False, False)
    """
    return (count > _FEW) & (5 * count > rows)


class SheetCells(Protocol):
    """What a roster needs of a sheet; `intake.Sheet` has it, and so has the open workbook's reader."""

    name: str

    @property
    def grid(self) -> Grid:
        """The cells."""

    @property
    def errors(self) -> Mapping[tuple[int, int], str]:
        """Cells with an error value."""

    @property
    def uncalculated(self) -> Iterable[tuple[int, int]]:
        """Cells whose formula was never calculated."""

    def without_formula(self, column: int, rows: Collection[int]) -> list[int]:
        """Those of `rows` (1-based) whose cell in `column` holds a plain value, ascending; blank cells are not."""
