"""报送情况: how every unit stands, then every file that was received and what became of it."""

from __future__ import annotations

from addin.district.records import NEVER, NOT_TAKEN, STATUS_NAMES, Listing
from addin.output.summary.book import Book
from addin.output.summary.page import REMARK, Column, Page, span
from addin.output.summary.style import Formula

NAME = "报送情况"
_UNITS = (
    Column("单位"),
    Column("报送状态", "middle"),
    Column("填报截止日期", "date"),
    Column("已收册数", "count"),
    Column("应报册数", "count"),
    Column("人数", "count"),
    Column("错误", "count"),
    Column("警告", "count"),
    Column("已录入系统", "count"),
    Column(REMARK, "remark"),
)
_FILES = (
    Column("单位"),
    Column("处理", "middle"),
    Column("填报截止日期", "date"),
    Column("第几次报送", "order"),
    Column("册", "text"),
    Column("人数", "count"),
    Column("错误", "count"),
    Column("警告", "count"),
    Column("险种", "middle"),
    Column("文件", "long"),
    Column("代码", "middle"),
    Column("原因和处理办法", "long"),
)
_LISTS = (
    Column("名单", "long"),
    Column("处理", "middle"),
    Column(""),
    Column(""),
    Column("类别", "long"),
    Column("行数", "count"),
    Column("问题", "count"),
    Column(""),
    Column(""),
    Column("文件", "long"),
    Column("代码", "middle"),
    Column("原因和处理办法", "long"),
)
_WIDTHS = (17, 12, 13, 10, 12, 9, 8, 8, 10, 34, 8, 48)


def write(book: Book) -> None:
    """Units in the master order, files by name."""
    district = book.district
    page = Page(book, NAME, f"{book.policy.district}花名册报送情况", _WIDTHS, landscape=True)
    page.sheet.freeze_panes(0, 1)
    page.section("各单位")
    page.head([column.header for column in _UNITS])
    first = page.row
    for one in district.reported:
        page.line(
            _UNITS,
            [
                one.township,
                one.state,
                one.deadline,
                one.parts_received,
                one.parts_expected,
                one.persons,
                one.errors,
                one.warnings,
                one.entered,
                page.remark(one.township),
            ],
            "alarm" if one.state in (NEVER, NOT_TAKEN) and district.through else "",
        )
    last = page.row - 1
    totals = [
        Formula(f"=SUM({span(column, first, last)})", sum(getattr(one, what) for one in district.reported))
        for column, what in ((5, "persons"), (6, "errors"), (7, "warnings"), (8, "entered"))
    ]
    page.line(_UNITS, ["合计", None, None, None, None, *totals, page.remark("合计")], "total")
    if district.lists is not None:
        _lists(page, district.lists)
    page.section(f"收到的文件（{len(district.files)}个）")
    head = page.head([column.header for column in _FILES])
    page.sheet.repeat_rows(head)
    for line in district.files:
        page.line(
            _FILES,
            [
                line.township,
                STATUS_NAMES[line.status],
                line.deadline,
                line.serial or None,
                line.part,
                line.persons or None,
                line.errors or None,
                line.warnings or None,
                line.scope,
                line.name,
                line.code,
                line.reason,
            ],
            "alarm" if line.status == "refused" else "",
        )
    if district.files:
        page.sheet.autofilter(head, 0, page.row - 1, len(_FILES) - 1)
    else:
        page.notes(["还没有收到文件。"])


def _lists(page: Page, listing: Listing) -> None:
    """The departments' lists: what each is, and what became of it."""
    page.section(f"部门名单（{len(listing.files)}个）")
    page.head([column.header for column in _LISTS])
    for line in listing.files:
        page.line(
            _LISTS,
            [
                line.kind,
                "拒收" if line.status == "refused" else "已比对",
                None,
                None,
                line.statuses,
                line.lines or None,
                line.problems or None,
                None,
                None,
                line.name,
                line.code,
                line.reason,
            ],
            "alarm" if line.status == "refused" else "",
        )
