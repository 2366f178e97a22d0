"""2xx: what stands in a cell. The faults are found while reading (`roster`); here they get their words."""

from __future__ import annotations

from collections.abc import Iterable

from addin import roster as cells
from addin.checks.rules import Rule, add_rule, by_fault
from addin.columns import (
    INPUTS,
)
from addin.findings import Severity


def _form(
    code: str,
    title: str,
    fault: int,
    columns: Iterable[str],
    problem: str,
    remedy: str,
    severity: Severity = "error",
) -> None:
    add_rule(
        Rule(
            code=code,
            severity=severity,
            title=title,
            entry="identity",
            blocks_some="看是哪一栏" if severity == "error" else "",
            problem=problem,
            remedy=remedy,
            example="{example}",
            find=by_fault,
            each=tuple(columns),
            fault=(fault,),
        )
    )


_CLERKS = tuple(column.key for column in INPUTS if column.key != "seq")
_NUMBERS = tuple(column.key for column in INPUTS if column.kind == "number" and column.key != "seq")
_DATES = tuple(column.key for column in INPUTS if column.kind == "date")
_TEXTS = tuple(column.key for column in INPUTS if column.kind == "text")
_STATUSES = ("medical_status", "pension_status")
_LISTS = tuple(column.key for column in INPUTS if column.choices and column.key not in _STATUSES)

_form(
    "201", "单元格是错误值", cells.ERROR, _CLERKS, "“{header}”是错误值（如#N/A、#REF!）。", "请删去公式，直接填写内容。"
)
_form("202", "应填数字而填了文字", cells.NOT_NUMBER, _NUMBERS,
      "“{header}”填的是“{value}”，不是数字。", "请只填数字，不带“元”字、逗号或空格。")  # fmt: skip
_form("203", "应填日期而填了文字", cells.NOT_DATE, _DATES,
      "“{header}”填的是文字“{value}”，不是日期。", "请按“年-月-日”重新录入，使其成为日期。")  # fmt: skip
_form("204", "应填日期而填了数字", cells.NUMBER_FOR_DATE, _DATES,
      "“{header}”填的是数字{value}，不是日期。", "请按“年-月-日”重新录入，使其成为日期。")  # fmt: skip
_form("205", "填的是没有计算过的公式", cells.UNCALCULATED, _CLERKS,
      "“{header}”是没有计算过的公式，读不出值。", "请用Excel打开重新计算并保存，或直接填写内容。")  # fmt: skip
_form("206", "金额为负或细于分", cells.BAD_AMOUNT, _NUMBERS,
      "“{header}”填的是{value}，不是到分的正数。", "请按票据金额填写，最多两位小数。")  # fmt: skip
_form("207", "文字过长或含控制字符", cells.ODD_TEXT, _TEXTS,
      "“{header}”的文字过长，或含有看不见的控制字符。", "请重新录入这一格。", severity="warning")  # fmt: skip
_form("208", "参保状态不在列表中", cells.UNKNOWN, _STATUSES,
      "“{header}”填的是“{value}”，不在列表中。", "请从下拉列表中选择；本次缴费参保的选“本次参保”。")  # fmt: skip
_form("209", "不在下拉列表中", cells.UNKNOWN, _LISTS,
      "“{header}”填的是“{value}”，不在列表中。", "请从下拉列表中选择。", severity="warning")  # fmt: skip
_form("210", "文字变成了日期", cells.DATE_FOR_TEXT, _TEXTS,
      "“{header}”被Excel变成了日期（{value}），原来填的内容已经丢失。", "请先把单元格设为“文本”格式，再重新录入。", severity="warning")  # fmt: skip
