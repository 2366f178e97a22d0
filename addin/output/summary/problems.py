"""问题清单: findings counted by rule and by unit, then place by place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from addin.district.records import DuplicateLine
from addin.findings import SEVERITY_NAMES, SEVERITY_ORDER, Finding, title
from addin.output.summary.book import Book
from addin.output.summary.page import REMARK, Column, Page, span
from addin.output.summary.style import Formula, Value

NAME = "问题清单"
LIMIT = 5_000
"""Places on the sheet; more nobody reads, and every unit's return file has its own in full."""

_BY_RULE = (Column("代码", "middle"), Column("级别", "middle"), Column("规则", "long"), Column("数量", "count"))
_BY_UNIT = (
    Column("代码", "middle"),
    Column("级别", "middle"),
    Column("规则", "long"),
    Column("单位"),
    Column("数量", "count"),
    Column(REMARK, "remark"),
)
_PLACES = (
    Column("代码", "middle"),
    Column("级别", "middle"),
    Column("问题", "long"),
    Column("单位"),
    Column("单元格", "middle"),
    Column("文件", "long"),
    Column("户号", "text"),
    Column("姓名", "text"),
    Column("现值", "long"),
    Column("怎么改", "long"),
    Column("条款", "middle"),
)
_WIDTHS = (7, 7, 44, 17, 10, 30, 9, 8, 20, 40, 8)


def write(book: Book) -> None:
    """Counts first, then the places; names are short and IDs masked already."""
    findings = book.district.findings
    township = {line.name: line.township for line in book.district.files}
    page = Page(book, NAME, f"{book.policy.district}花名册问题清单", _WIDTHS, landscape=True)
    severity = {finding.code: finding.severity for finding in findings}

    page.section("按规则")
    page.head([column.header for column in _BY_RULE])
    first = page.row
    by_rule: Counter[str] = Counter()
    by_unit: Counter[tuple[str, str]] = Counter()
    for finding in findings:
        by_rule[finding.code] += finding.count
        by_unit[finding.code, _unit(finding, township)] += finding.count
    for code in sorted(by_rule, key=lambda code: (SEVERITY_ORDER[severity[code]], code)):
        page.line(_BY_RULE, [code, SEVERITY_NAMES[severity[code]], title(code), by_rule[code]])
    total = sum(by_rule.values())
    if total:
        page.line(_BY_RULE, [None, None, "合计", Formula(f"=SUM({span(3, first, page.row - 1)})", total)], "total")
    else:
        page.notes(["没有发现问题。"])

    page.section("按单位和规则")
    page.head([column.header for column in _BY_UNIT])
    order = {unit.name: n for n, unit in enumerate(book.policy.units)}
    noted = {tuple(key.split(" ", 1)) for sheet, key in book.remarks if sheet == NAME and " " in key}
    for code, unit in sorted({*by_unit, *noted}, key=lambda key: (order.get(key[1], 99), key[1], key[0])):
        level = SEVERITY_NAMES[severity[code]] if code in severity else ""
        page.line(_BY_UNIT, [code, level, title(code), unit, by_unit[code, unit], page.remark(f"{code} {unit}")])
    _places(page, findings, township)


def _unit(finding: Finding, township: dict[str, str]) -> str:
    """Whose finding it is: of the file's unit, or of the unit that a department's list names."""
    return finding.township or township.get(finding.file, "")


def _places(page: Page, findings: list[Finding], township: dict[str, str]) -> None:
    shown = findings
    page.section(f"逐处（{len(findings):,}条）")
    if len(findings) > LIMIT:
        shown = sorted(findings, key=lambda finding: SEVERITY_ORDER[finding.severity])[:LIMIT]
        _say_cut(page, len(findings), LIMIT, "条", "各单位的退回清单", "，错误在前")
    head = page.head([column.header for column in _PLACES])
    page.sheet.repeat_rows(head)
    for finding in shown:
        column = f"{finding.column}列" if finding.column else ""
        place = finding.cell if finding.row else f"{column}{finding.count}处" if finding.count > 1 else column
        page.line(
            _PLACES,
            [
                finding.code,
                SEVERITY_NAMES[finding.severity],
                finding.problem,
                _unit(finding, township),
                place,
                finding.file,
                finding.household,
                finding.name,
                finding.value,
                finding.remedy,
                finding.article,
            ],
        )
    if shown:
        page.sheet.autofilter(head, 0, page.row - 1, len(_PLACES) - 1)


def _say_cut(page: Page, count: int, shown: int, what: str, where: str, order: str = "") -> None:
    """That a list is not here in full, and where the rest is."""
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
    """How many lines are shown: up to the limit, and nobody's lines cut in two (an owner's line is a person's first)."""
    shown = min(PEOPLE_LIMIT, len(lines))
    while shown < len(lines) and not lines[shown].owner:
        shown += 1
    return shown


def write_duplicates(book: Book) -> None:
    """Everybody who is enrolled in one scheme on more than one row, 三(四); only the owner can be counted."""
    page = Page(book, DUPLICATES, f"{book.policy.district}重复参保人员", _PEOPLE_WIDTHS)
    page.notes(["同一险种多处本次参保的，归属缴足且缴费最早的一处（同日按附件2次序、文件名、行次），其余不计入。"])
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
