"""2xx: the form of a cell's content. Reading (`roster`) finds the faults; here are their words."""

from __future__ import annotations

from addin import roster as cells
from addin.checks.rules import Formatted, Rule, Words, show
from addin.columns import INPUTS
from addin.roster import Roster

_BY_COLUMN = "看是哪一栏"
_CLERKS = tuple(column.key for column in INPUTS if column.key != "seq")
_NUMBERS = tuple(column.key for column in INPUTS if column.kind == "number" and column.key != "seq")
_DATES = tuple(column.key for column in INPUTS if column.kind == "date")
_TEXTS = tuple(column.key for column in INPUTS if column.kind == "text")
_STATUSES = ("medical_status", "pension_status")
_LISTS = tuple(column.key for column in INPUTS if column.choices and column.key not in _STATUSES)

_LONG_CODES = ("certificate", "medical_receipt", "pension_receipt")


def _no_number(roster: Roster, key: str) -> Words:
    """The cell's content where a number must be, and why it is none."""
    kinds = roster.faults[key]

    def shown_value(index: int) -> str:
        value = roster.names.hide(show(roster.raw[key][index], key))
        if kinds[index] == cells.NUMBER_AS_TEXT:
            return f"“{value}”看着是数字，却存成了文本，算不进合计"
        return f"“{value}”不是数字"

    return {"what": Formatted(range(len(roster)), shown_value)}


RULES = (
    Rule(
        code="201",
        title="单元格是错误值",
        fault=(cells.ERROR,),
        each=_CLERKS,
        entry="identity",
        blocks_some=_BY_COLUMN,
        problem="“{header}”是错误值（如#N/A、#REF!），或是嵌在格子里的图片，读不出内容。",
        remedy="请删去公式或图片，直接填写内容。",
        example="{example}",
    ),
    Rule(
        code="202",
        title="应填数字而填了文字",
        fault=(cells.NOT_NUMBER, cells.NUMBER_AS_TEXT),
        words=_no_number,
        each=_NUMBERS,
        entry="identity",
        blocks_some=_BY_COLUMN,
        problem="“{header}”填的{what}。",
        remedy="左上角有绿色三角的，选中后点旁边的感叹号，选“转换为数字”，或用“数据—分列”；带“元”字、逗号或空格的，请改成只有数字。",
        example="{example}（靠右显示、没有绿色三角）",
    ),
    Rule(
        code="203",
        title="应填日期而填了文字",
        fault=(cells.NOT_DATE,),
        each=_DATES,
        entry="identity",
        blocks_some=_BY_COLUMN,
        problem="“{header}”填的是文字“{value}”，不是日期。",
        remedy="请按“年-月-日”重新录入，使其成为日期。",
        example="{example}",
    ),
    Rule(
        code="204",
        title="应填日期而填了数字",
        fault=(cells.NUMBER_FOR_DATE,),
        each=_DATES,
        entry="identity",
        blocks_some=_BY_COLUMN,
        problem="“{header}”填的是数字{value}，不是日期。",
        remedy="请按“年-月-日”重新录入，使其成为日期。",
        example="{example}",
    ),
    Rule(
        code="205",
        title="填的是没有计算过的公式",
        fault=(cells.UNCALCULATED,),
        each=_CLERKS,
        entry="identity",
        blocks_some=_BY_COLUMN,
        problem="“{header}”是没有计算过的公式，读不出值。",
        remedy="请用Excel打开重新计算并保存，或直接填写内容。",
        example="{example}",
    ),
    Rule(
        code="206",
        title="金额为负或细于分",
        fault=(cells.BAD_AMOUNT,),
        each=_NUMBERS,
        entry="identity",
        blocks_some=_BY_COLUMN,
        problem="“{header}”填的是{value}，不是到分的正数。",
        remedy="请按票据金额填写，最多两位小数。",
        example="{example}",
    ),
    Rule(
        code="207",
        severity="warning",
        title="文字过长或含控制字符",
        fault=(cells.ODD_TEXT,),
        each=_TEXTS,
        entry="identity",
        problem="“{header}”的文字过长，或含有看不见的控制字符。",
        remedy="请重新录入这一格。",
        example="{example}",
    ),
    Rule(
        code="208",
        title="参保状态不在列表中",
        fault=(cells.UNKNOWN,),
        each=_STATUSES,
        entry="identity",
        blocks_some=_BY_COLUMN,
        problem="“{header}”填的是“{value}”，不在列表中。",
        remedy="请从下拉列表中选择；本次缴费参保的选“本次参保”。",
        example="{example}",
    ),
    Rule(
        code="209",
        severity="warning",
        title="不在下拉列表中",
        fault=(cells.UNKNOWN,),
        each=_LISTS,
        entry="identity",
        problem="“{header}”填的是“{value}”，不在列表中。",
        remedy="请从下拉列表中选择。",
        example="{example}",
    ),
    Rule(
        code="210",
        severity="warning",
        title="文字变成了日期",
        fault=(cells.DATE_FOR_TEXT,),
        each=_TEXTS,
        entry="identity",
        problem="“{header}”被Excel变成了日期（{value}），原来填的内容已经丢失。",
        remedy="请先把单元格设为“文本”格式，再重新录入。",
        example="{example}",
    ),
    Rule(
        code="211",
        title="户号的末尾几位已丢失",
        at="household",
        fault=(cells.LOST_DIGITS,),
        entry="identity",
        problem="户号是超过15位的数字，Excel已把后面几位变成0，几户会变成同一个号；这一行不按户核对。",
        remedy="请先把这一列设为“文本”格式，再重新录入户号。",
        example="{example}",
    ),
    Rule(
        code="212",
        severity="warning",
        title="编号的末尾几位已丢失",
        fault=(cells.LOST_DIGITS,),
        each=_LONG_CODES,
        entry="identity",
        problem="“{header}”是超过15位的数字，Excel已把后面几位变成0，不再核对这一格。",
        remedy="请先把这一列设为“文本”格式，再重新录入。",
        example="{example}",
    ),
)
"""The rules of this file, in the order in which they run."""
