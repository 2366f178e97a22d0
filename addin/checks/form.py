"""2xx: what stands in a cell. The faults are found while reading (`roster`); here they get their words."""

from __future__ import annotations

from addin import roster as cells
from addin.checks.rules import Rule
from addin.columns import INPUTS

_BY_COLUMN = "看是哪一栏"
_CLERKS = tuple(column.key for column in INPUTS if column.key != "seq")
_NUMBERS = tuple(column.key for column in INPUTS if column.kind == "number" and column.key != "seq")
_DATES = tuple(column.key for column in INPUTS if column.kind == "date")
_TEXTS = tuple(column.key for column in INPUTS if column.kind == "text")
_STATUSES = ("medical_status", "pension_status")
_LISTS = tuple(column.key for column in INPUTS if column.choices and column.key not in _STATUSES)

RULES = (
    Rule(
        code="201",
        title="单元格是错误值",
        fault=(cells.ERROR,),
        each=_CLERKS,
        entry="identity",
        blocks_some=_BY_COLUMN,
        problem="“{header}”是错误值（如#N/A、#REF!）。",
        remedy="请删去公式，直接填写内容。",
        example="{example}",
    ),
    Rule(
        code="202",
        title="应填数字而填了文字",
        fault=(cells.NOT_NUMBER,),
        each=_NUMBERS,
        entry="identity",
        blocks_some=_BY_COLUMN,
        problem="“{header}”填的是“{value}”，不是数字。",
        remedy="请只填数字，不带“元”字、逗号或空格。",
        example="{example}",
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
)
"""The rules of this file, in the order in which they run."""
