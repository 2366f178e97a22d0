"""问题统计 and 问题清单: findings counted by rule and unit on one page, then place by place; and 重复人员."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from addin.district.records import DuplicateLine
from addin.findings import CATALOGUE, SEVERITY_NAMES, SEVERITY_ORDER, Finding, Severity, title
from addin.output.rows import Formula
from addin.output.summary.book import Book
from addin.output.summary.page import REMARK, Column, Page, cell, span
from addin.output.summary.style import Value

# ---------------------------------------------------------------- rules by units

STATISTICS = "问题统计"
_RULE = (Column("代码", "middle"), Column("级别", "middle"), Column("规则", "long"))
_NOTED = (*_RULE, Column("单位"), Column("数量", "count"), Column(REMARK, "remark"))


def write_statistics(book: Book) -> None:
    """How many findings of each rule each unit has, errors first; what clerks have confirmed; remarks of earlier
    summaries beneath."""
    township = {line.name: line.township for line in book.district.files}
    counts: Counter[tuple[str, str]] = Counter()
    confirmed: Counter[tuple[str, str]] = Counter()
    severity = {code: entry.severity for code, entry in CATALOGUE.items() if entry.severity}
    for finding in book.district.findings:
        own = confirmed if finding.severity == "confirmed" else counts
        own[finding.code, _unit(finding, township)] += finding.count
    units = [unit.name for unit in book.policy.units]
    if any(unit not in units for _, unit in counts):
        units.append(_NO_UNIT)
    widths = (6, 6, 34, *([6.5] * len(units)), 8, 16)
    page = Page(book, STATISTICS, f"{book.policy.district}花名册问题统计（问题×单位，处）", widths, landscape=True)
    noted = {key for sheet, key in book.remarks if sheet == STATISTICS and key in severity}
    codes = sorted({code for code, _ in counts} | noted, key=lambda code: (SEVERITY_ORDER[severity[code]], code))
    head = _by_rule(page, [(code, severity[code]) for code in codes], units, counts, page.remark)
    page.sheet.freeze_panes(head + 1, 3)
    if not codes:
        page.notes(["没有发现问题。"])
    if confirmed:
        page.section("乡镇已核实的警告（花名册写有核实说明，不再提醒）")
        _by_rule(page, [(code, "confirmed") for code in sorted({code for code, _ in confirmed})], units, confirmed)
    _noted(page, book, counts, severity, [unit.name for unit in book.policy.units] + [""])


_NO_UNIT = "未定单位"


def _by_rule(
    page: Page,
    rules: Sequence[tuple[str, Severity]],
    units: Sequence[str],
    counts: Counter[tuple[str, str]],
    remark: Callable[[str], str] | None = None,
) -> int:
    """A table of rules by units, with sums both ways; what is of no unit of the list stands under the last. Gives its
    header's row."""
    columns = [*_RULE, *(Column(unit, "count") for unit in units), Column("合计", "count")]
    columns += [Column(REMARK, "remark")] if remark else []
    head, total_column = page.head([column.header for column in columns]), 3 + len(units)
    first = page.row
    totals: Counter[str] = Counter()
    for code, severity in rules:
        own = Counter({unit: count for (other, unit), count in counts.items() if other == code})
        if _NO_UNIT in units:
            own[_NO_UNIT] = sum(count for unit, count in own.items() if unit not in units)
        numbers = [own[unit] for unit in units]
        totals.update(dict(zip(units, numbers, strict=True)))
        whole = Formula(f"=SUM({cell(page.row, 3)}:{cell(page.row, total_column - 1)})", sum(numbers))
        shown: list[Value] = [
            code,
            SEVERITY_NAMES[severity],
            title(code),
            *(number or None for number in numbers),
            whole,
        ]
        page.level(page.line(columns, [*shown, remark(code)] if remark else shown), 1, severity)
    if rules:
        sums = [Formula(f"=SUM({span(n, first, page.row - 1)})", totals[unit]) for n, unit in enumerate(units, 3)]
        whole = Formula(f"=SUM({span(total_column, first, page.row - 1)})", totals.total())
        page.line(columns, [None, None, "合计", *sums, whole, *([None] if remark else [])], "total")
    return head


def _noted(
    page: Page, book: Book, counts: Counter[tuple[str, str]], severity: dict[str, Severity], units: Sequence[str]
) -> None:
    """The remarks that were made beside a rule and a unit."""
    noted = {tuple(key.split(" ", 1)) for sheet, key in book.remarks if sheet in (STATISTICS, NAME) and " " in key}
    if not noted:
        return
    page.section("按单位的备注")
    page.head([column.header for column in _NOTED])
    for code, unit in sorted(noted, key=lambda key: (units.index(key[1]) if key[1] in units else len(units), key)):
        level = SEVERITY_NAMES[severity[code]] if code in severity else ""
        key = f"{code} {unit}"
        remark = page.remark(key) or book.remarks.get((NAME, key), "")
        page.line(_NOTED, [code, level, title(code), unit, counts[code, unit], remark])


# ---------------------------------------------------------------- place by place

NAME = "问题清单"
LIMIT = 5_000
"""The most places on the sheet; every unit's return file has its own in full."""
_PLACES = (
    Column("级别", "middle"),
    Column("单位"),
    Column("单元格", "middle"),
    Column("村", "text"),
    Column("户号", "text"),
    Column("姓名", "text"),
    Column("栏目", "long"),
    Column("现值", "long"),
    Column("问题", "long"),
    Column("怎么改", "long"),
    Column("文件", "long"),
    Column("条款", "middle"),
    Column("代码", "middle"),
)
_WIDTHS = (6, 15, 9, 10, 8, 8, 11, 18, 40, 38, 28, 8, 6)


def write(book: Book) -> None:
    """Every place, errors first, then by unit, file and row; names are short and IDs masked already."""
    findings = [finding for finding in book.district.findings if finding.severity != "confirmed"]
    township = {line.name: line.township for line in book.district.files}
    order = {unit.name: n for n, unit in enumerate(book.policy.units)}
    page = Page(book, NAME, f"{book.policy.district}花名册问题清单（{len(findings):,}条）", _WIDTHS, landscape=True)
    shown = sorted(
        findings,
        key=lambda finding: (
            SEVERITY_ORDER[finding.severity],
            order.get(_unit(finding, township), len(order)),
            finding.file,
            finding.row or 0,
        ),
    )[:LIMIT]
    if len(findings) > LIMIT:
        _say_cut(page, len(findings), LIMIT, "条", "各单位的退回清单", "，错误在前")
    head = page.head([column.header for column in _PLACES])
    page.sheet.freeze_panes(page.row, 3)
    page.sheet.repeat_rows(head)
    for finding in shown:
        column = f"{finding.column}列" if finding.column else ""
        place = finding.cell if finding.row else f"{column}{finding.count}处" if finding.count > 1 else column
        row = page.line(
            _PLACES,
            [
                SEVERITY_NAMES[finding.severity],
                _unit(finding, township),
                place,
                finding.village,
                finding.household,
                finding.name,
                finding.header,
                finding.value,
                finding.problem,
                finding.remedy,
                finding.file,
                finding.article,
                finding.code,
            ],
        )
        page.level(row, 0, finding.severity)
    if shown:
        page.sheet.autofilter(head, 0, page.row - 1, len(_PLACES) - 1)
    else:
        page.notes(["没有发现问题。"])


def _unit(finding: Finding, township: dict[str, str]) -> str:
    """Whose finding it is: of the file's unit, or of the unit that a department's list names."""
    return finding.township or township.get(finding.file, "")


def _say_cut(page: Page, count: int, shown: int, what: str, where: str, order: str = "") -> None:
    """The note that a list is cut, and where the rest is."""
    rest = f"其余{count - shown:,}{what}见{where}。"
    page.across(f"共{count:,}{what}，这里只列前{shown:,}{what}{order}；{rest}", "bad")


# ---------------------------------------------------------------- people in two places

DUPLICATES = "重复人员"
PEOPLE_LIMIT = 20_000
"""Lines on the sheet. A unit's whole roster received under another unit's name makes more."""
_PEOPLE = (
    Column("险种", "middle"),
    Column("姓名", "middle"),
    Column("证件号码", "middle"),
    Column("单位"),
    Column("文件", "long"),
    Column("行", "order"),
    Column("归属", "middle"),
    Column("缴费日期", "date"),
)
_PEOPLE_WIDTHS = (6, 9, 22, 17, 48, 8, 9, 12)


def _whole_persons(lines: Sequence[DuplicateLine]) -> int:
    """How many lines are shown: up to the limit, nobody's lines cut in two (an owner's line is a person's first)."""
    shown = min(PEOPLE_LIMIT, len(lines))
    while shown < len(lines) and not lines[shown].owner:
        shown += 1
    return shown


def write_duplicates(book: Book) -> None:
    """Everybody who is enrolled in one scheme on more than one row, 三(四); only the owner can be counted."""
    page = Page(book, DUPLICATES, f"{book.policy.district}重复参保人员", _PEOPLE_WIDTHS)
    page.notes(
        ["同一险种多处本次参保的，归属缴足且缴费最早的一处（同日按各险种附件的次序、文件名、行次），其余不计入。"]
    )
    page.row += 1
    lines = book.district.duplicates
    shown = _whole_persons(lines)
    if shown < len(lines):
        _say_cut(page, len(lines), shown, "行", "数据文件（liangxian merge --json）")
    head = page.head([column.header for column in _PEOPLE])
    page.sheet.freeze_panes(page.row, 0)
    page.sheet.repeat_rows(head)
    for line in lines[:shown]:
        name, owner = book.policy.schemes[line.scheme].name, "归属" if line.owner else "不计入"
        values: list[Value] = [name, line.person, line.id, line.township, line.file, line.row, owner, line.paid_day]
        page.line(_PEOPLE, values, "" if line.owner else "sum")
    if lines:
        page.sheet.autofilter(head, 0, page.row - 1, len(_PEOPLE) - 1)
    else:
        page.notes(["没有重复参保。"])
