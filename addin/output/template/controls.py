"""Help while typing on 封面 and 花名册: drop-down lists, warnings while typing, colours, panes, print layout.

Lists that decide money or counting stop a wrong word; everything else only warns, because pasting, old spellings and
odd cases must stay possible. Colours are formulas over the row and over 标记, so a clerk's own formats are never
touched and clearing the marks clears the colours.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from addin import columns
from addin.columns import COVER_FIELDS, FIRST_ROW, HEADER_ROW, INPUTS, WIDTH, letter, scopes
from addin.output.template import formulas, hints
from addin.output.template.layout import COVER_CELLS, INDEX, LETTERS, Size, helper
from addin.output.template.lists import CHOICES
from addin.output.template.roster import title
from addin.output.template.style import ERROR, LIGHT_BLUE, LINE, RED, WARNING
from addin.policy import Policy, SchemeRules

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet


def guide(sheet: Worksheet, cover: Worksheet, policy: Policy, size: Size) -> None:
    """Put lists, warnings and messages on both sheets."""
    first, last = FIRST_ROW - 1, size.reach - 1
    for column in _inputs(policy):
        options = input_options(column, policy)
        if options:
            n = INDEX[column.key]
            sheet.data_validation(first, n, last, n, options)
    for field in COVER_FIELDS:
        options = _cover_options(field.key, policy)
        if options:
            cover.data_validation(COVER_CELLS[field.key].replace("$", ""), options)


def input_options(column: columns.Column, policy: Policy) -> dict[str, object]:
    """The list or warning of an input column, as XlsxWriter takes it; empty where there is none."""
    options: dict[str, object] = {
        "ignore_blank": True,
        "input_title": column.header,
        "input_message": columns.about(column.prompt, policy.schemes, policy.place),
    }
    warn = {"error_type": "warning", "error_title": f"请核对{column.header[:8]}"}
    if column.key in CHOICES:
        return options | _list(column, policy)
    if column.key == "id_number":
        return options | warn | _id_number(column)
    if column.kind == "date" and column.scheme:
        return options | warn | _day(column, policy.schemes[column.scheme])
    if column.money:
        text = "填窗口实际收到的钱（元），最多两位小数，不写“元”字；应收见左边绿色列。"
        amount = _between("decimal", 0, 100_000, "请填0以上的数字，最多两位小数。")
        return options | warn | amount | {"input_message": text}
    if column.key == "registered":
        return options | warn | _between("integer", 1, 40, "请填1以上的整数。")
    return options | {"validate": "any"} if column.prompt else {}


def _between(kind: str, minimum: object, maximum: object, error: str) -> dict[str, object]:
    return {
        "validate": kind,
        "criteria": "between",
        "minimum": minimum,
        "maximum": maximum,
        "error_message": error,
    }


def _list(column: columns.Column, policy: Policy) -> dict[str, object]:
    """A drop-down list; what decides money or counting stops any other word."""
    error = "请从下拉列表中选择。" if column.strict else "列表中没有这一项。确实需要的可点“是”保留，校验时会提醒。"
    options: dict[str, object] = {
        "validate": "list",
        "source": f"={CHOICES[column.key]}",
        "error_title": "不在列表中",
        "error_message": error,
        "error_type": "stop" if column.strict else "warning",
    }
    if column.key == "tier":
        limited = any(rules.limits for rules in policy.schemes.values())
        which = "有的档次只对一部分人开放，见“政策口径”。" if limited else "代缴对象一般选最低档。"
        options |= {"input_title": "养老档次", "input_message": f"从列表选档次（元/年）。{which}"}
    return options


def _id_number(column: columns.Column) -> dict[str, object]:
    """Only what is told apart at once: a wrong check digit or birth is said by 提示, in its own words."""
    cell, kind = (f"${LETTERS[key]}{FIRST_ROW}" for key in (column.key, "id_type"))
    value = f'=IF(ISTEXT({cell}),OR(TRIM({kind}&"")<>"",LEN({cell})=18,LEN({cell})=15),FALSE)'
    error = "居民身份证号应是18位，且按文本保存（不能成为数字）。其他证件请先选证件类型，再点“是”保留。"
    return {"validate": "custom", "value": value, "error_message": error}


def _day(column: columns.Column, rules: SchemeRules) -> dict[str, object]:
    """A day of payment, with a year of grace: late payments are entered and shown as late."""
    late = max([rules.window.end, *(window.end for window in rules.windows)]) + timedelta(days=366)
    text = (
        f"按“年-月-日”填，如{rules.window.start}。缴费期{rules.window.start}至{rules.window.end}；应收为0的填登记日期。"
    )
    error = f"应是{rules.season_start}以后的日期，按“年-月-日”录入。"
    days = _between("date", rules.season_start, late, error)
    return days | {"input_title": column.header[:16], "input_message": text}


def _inputs(policy: Policy) -> tuple[columns.Column, ...]:
    """The inputs of a template for this notice."""
    return tuple(column for column in columns.present(policy.schemes) if column.filled_by == "clerk")


def _cover_options(key: str, policy: Policy) -> dict[str, object]:
    stop = {"error_type": "stop", "error_title": "请核对", "ignore_blank": True}
    if key == "township":
        return stop | {
            "validate": "list",
            "source": f"={CHOICES['township']}",
            "error_message": "请从下拉列表中选择单位。",
            "input_title": "乡镇/街道",
            "input_message": "从列表选本单位。",
        }
    if key == "scope":
        return stop | {
            "validate": "list",
            "source": list(scopes(policy.schemes)),
            "error_message": "请从下拉列表中选择。",
            "input_title": "险种范围",
            "input_message": "一册报两个险种选“两险”；分开报的选其一。"
            if len(policy.schemes) > 1
            else "本通知只有这一个险种。",
        }
    if key == "part":
        return {
            "validate": "any",
            "input_title": "分册",
            "input_message": "整个单位一册填“全部”；按村分册的填村（社区）名。",
        }
    if key in ("parts", "serial"):
        text = "本单位一共应报几册。" if key == "parts" else "同一截止日期第几次报送：1、2、3……更正后重报请加1。"
        return stop | {
            "validate": "integer",
            "criteria": ">=",
            "value": 1,
            "error_message": "请填1以上的整数。",
            "input_title": "应报分册数" if key == "parts" else "第几次报送",
            "input_message": text,
        }
    if key == "deadline":
        start = min(rules.season_start for rules in policy.schemes.values())
        example = max(rules.window.start for rules in policy.schemes.values()).replace(day=15)
        return stop | {
            "validate": "date",
            "criteria": ">=",
            "value": start,
            "error_message": f"请填{start}以后的日期。",
            "input_title": "填报截止日期",
            "input_message": f"本册数据截至哪一天，如{example}（{policy.reporting.every}一报，填{'或'.join(policy.reporting.names)}）。",
        }
    return {}


def colour(sheet: Worksheet, book: Workbook, policy: Policy, size: Size) -> None:
    """Colours from 标记, then those that the row itself gives, and a line where the household changes."""
    made: dict[str, Format] = {}
    for rule in rules(policy, size):
        style = made.setdefault(rule.look, book.add_format(LOOKS[rule.look]))
        options = {"type": "formula", "criteria": f"={rule.formula}", "format": style}
        sheet.conditional_format(FIRST_ROW - 1, rule.first, size.reach - 1, rule.last, options)


LOOKS: dict[str, Mapping[str, object]] = {
    "error": ERROR,
    "warning": WARNING,
    "notice": {"bg_color": LIGHT_BLUE},
    "missing": {"bg_color": "#F8CBAD"},
    "wrong": {"font_color": RED, "bold": True},
    "bare": {"bg_color": "#BFBFBF"},
    # all four sides: LibreOffice takes away those that are not said
    "family": {
        "top": 1,
        "top_color": "#404040",
        "left": 1,
        "left_color": LINE,
        "right": 1,
        "right_color": LINE,
        "bottom": 1,
        "bottom_color": LINE,
    },
}
"""The looks of 花名册's conditional formats, by name."""


class Rule(NamedTuple):
    """A conditional format of 花名册: columns (0-based, both included), formula for the first row, and look."""

    first: int
    last: int
    formula: str
    look: str


def rules(policy: Policy, size: Size) -> list[Rule]:
    """The conditional formats of 花名册, the first being the strongest."""
    row = FIRST_ROW

    def cell(key: str) -> str:
        return f"${LETTERS[key]}{row}"

    whole = (0, WIDTH - 2)
    name = (INDEX["name"], INDEX["name"])
    marks = cell("marks")
    rules_of_colour = [
        Rule(*whole, f'MID({marks},COLUMN(),1)="{sign}"', look)
        for sign, look in (("E", "error"), ("W", "warning"), ("I", "notice"))
    ]
    rules_of_colour += [
        Rule(*name, f'ISNUMBER(FIND("E",{marks}))', "error"),
        Rule(*name, f'ISNUMBER(FIND("W",{marks}))', "warning"),
    ]
    person = formulas.at("person").format(row=row)
    for column in _inputs(policy):
        n, value = INDEX[column.key], cell(column.key)
        if column.mandatory:
            empty = f'AND({person}=1,TRIM(SUBSTITUTE({value},"\u3000",""))="")'
            rules_of_colour.append(Rule(n, n, empty, "missing"))
        if column.key == "id_number":
            strange = f'{hints.own(policy, "id_fault").format(row=row)}<>""'
            if not size.hints:
                strange = f'AND({value}<>"",{cell("id_type")}="",LEN({value})<>18)'
            rules_of_colour.append(Rule(n, n, f"OR(ISNUMBER({value}),{strange})", "wrong"))
        if column.money:
            due, paid = (formulas.at(f"{column.scheme}_{what}").format(row=row) for what in ("due", "paid"))
            rules_of_colour.append(
                Rule(
                    n,
                    n,
                    f"IF(AND(ISNUMBER({paid}),ISNUMBER({due})),AND({paid}<>0,ROUND({paid}-{due},2)<>0),FALSE)",
                    "wrong",
                )
            )
        if column.kind == "date" and column.scheme:
            scheme = policy.schemes[column.scheme]
            begin, end = (f"DATE({d.year},{d.month},{d.day})" for d in (scheme.season_start, scheme.last_day))
            outside = f'AND({value}<>"",IF(ISNUMBER({value}),OR({value}<{begin},INT({value})>{end}),TRUE))'
            rules_of_colour.append(Rule(n, n, outside, "wrong"))
    if size.hints:
        rules_of_colour.append(Rule(*name, f'{formulas_hint(policy).format(row=row)}<>""', "missing"))
    # a row that was inserted or pasted over has lost its formulas: they are empty there, not merely ""
    bare = f'AND({cell("name")}<>"",ISBLANK({person}))'
    rules_of_colour += [
        Rule(n, n, bare, "bare")
        for n in (INDEX["name"], *(INDEX[f"{scheme}_due"] for scheme in policy.schemes), INDEX["hint"])
    ]
    key = '&"/"&'.join(f"${LETTERS[key]}{{0}}" for key in ("village", "household"))
    changed = f'AND({cell("name")}<>"",{key.format(row)}<>{key.format(row - 1)})'
    # a range of its own, and the last: of overlapping formats LibreOffice shows the first that holds
    rules_of_colour.append(Rule(0, WIDTH - 1, changed, "family"))
    return rules_of_colour


def formulas_hint(policy: Policy) -> str:
    """The hidden cell with a row's hint: the shown one may be cut away."""
    return hints.formula(policy).removeprefix("=")


def lay_out(sheet: Worksheet, policy: Policy, size: Size) -> None:
    """Panes, filter and print layout of 花名册: two pages across, each with household and name."""
    last = max(size.last, FIRST_ROW)
    sheet.freeze_panes(HEADER_ROW, INDEX["name"] + 1)
    sheet.autofilter(HEADER_ROW - 1, 0, last - 1, WIDTH - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.75, bottom=0.75)
    sheet.set_print_scale(PRINT_SCALE)
    sheet.repeat_rows(HEADER_ROW - 2, HEADER_ROW - 1)
    sheet.repeat_columns(INDEX["seq"], INDEX["name"])
    sheet.set_v_pagebreaks([INDEX[f"{list(policy.schemes)[-1]}_status"]])
    first, width = PRINTED
    # a blank template has nobody yet, and prints its prepared rows until the check or a macro lays the area anew
    end = FIRST_ROW + size.people - 1 if size.people else last
    sheet.print_area(HEADER_ROW - 2, first, end - 1, width)
    sheet.set_header(f"&C&B&14{title(policy)}&R第 &P 页，共 &N 页")
    sheet.set_footer(
        f"&L制表人：　　　　　　审核人：　　　　　　负责人：　　　　　　　　　　年　　月　　日&R{policy.id}　内部资料，注意保管"
    )
    sheet.set_selection(FIRST_ROW - 1, INDEX["village"], FIRST_ROW - 1, INDEX["village"])
    _no_green_triangles(sheet, size)


PRINT_SCALE = 85
PRINTED = (0, INDEX["hint"] - 1)
"""First and last printed column (0-based): all but 提示 and what the check writes."""


def print_area(last: int) -> str:
    """The plain print area of 花名册 down to a row. Never a formula: Excel freezes one at the first OK in 页面设置."""
    first, width = PRINTED
    return f"${letter(first + 1)}${HEADER_ROW - 1}:${letter(width + 1)}${last}"


def _no_green_triangles(sheet: Worksheet, size: Size) -> None:
    """No mark on long digits kept as text: its menu offers 转换为数字, which destroys them."""
    codes = " ".join(f"{LETTERS[c.key]}{FIRST_ROW}:{LETTERS[c.key]}{size.reach}" for c in INPUTS if c.kind == "text")
    every = f"A{FIRST_ROW}:{helper(40)}{size.reach}"
    sheet.ignore_errors({"number_stored_as_text": codes, "empty_cell_reference": every, "formula_differs": every})
