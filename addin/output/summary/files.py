"""报送情况: the state of every unit, then every received file and its outcome."""

from __future__ import annotations

from collections.abc import Sequence

from addin.district.file_result import rules_of
from addin.district.records import STATUS_NAMES, District, FileLine, Listing
from addin.output.rows import Formula
from addin.output.summary.book import Book
from addin.output.summary.page import REMARK, Column, Page, span

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
    Column("原因和处理办法", "long"),
    Column("文件", "long"),
    Column("代码", "middle"),
)
_ORDER = ("refused", "merged", "replaced", "copy", "skipped")
"""Files that need action come first."""
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
    Column("原因和处理办法", "long"),
    Column("文件", "long"),
    Column("代码", "middle"),
)
_WIDTHS = (17, 12, 13, 10, 12, 9, 8, 8, 10, 44, 34, 8)


def write(book: Book) -> None:
    """Units in the master order, files by name."""
    district = book.district
    page = Page(book, NAME, f"{book.policy.district}花名册报送情况", _WIDTHS, landscape=True)
    page.sheet.freeze_panes(0, 1)
    if district.files:
        page.notes([_origin(book)])
    _write_units(page, district)
    if district.lists is not None:
        _lists(page, district.lists)
    _write_files(page, district.files)


def _write_units(page: Page, district: District) -> None:
    page.section("各单位")
    page.head([column.header for column in _UNITS])
    first = page.row
    for unit in district.reported:
        page.line(
            _UNITS,
            [
                unit.township,
                unit.state,
                unit.deadline,
                unit.parts_received,
                unit.parts_expected,
                unit.persons,
                unit.errors,
                unit.warnings,
                unit.entered,
                page.remark(unit.township),
            ],
            _role(unit.state) if district.through else "",
        )
    last = page.row - 1
    totals = [
        Formula(f"=SUM({span(column, first, last)})", sum(getattr(unit, what) for unit in district.reported))
        for column, what in ((5, "persons"), (6, "errors"), (7, "warnings"), (8, "entered"))
    ]
    page.line(_UNITS, ["合计", None, None, None, None, *totals, page.remark("合计")], "total")


def _write_files(page: Page, files: Sequence[FileLine]) -> None:
    page.section(f"收到的文件（{len(files)}个）")
    head = page.head([column.header for column in _FILES])
    page.sheet.repeat_rows(head)
    for line in sorted(files, key=lambda line: (_ORDER.index(line.status), line.name)):
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
                line.reason,
                line.name,
                line.code,
            ],
            "alarm" if line.status == "refused" else "",
        )
    if files:
        page.sheet.autofilter(head, 0, page.row - 1, len(_FILES) - 1)
    else:
        page.notes(["还没有收到文件。"])


def _role(state: str) -> str:
    """The look of a unit's line: in order, on old figures, or without any."""
    return {"本期已报": "", "沿用上期": "warning"}.get(state, "alarm")


def _origin(book: Book) -> str:
    """When the summary was made, and from what."""
    merged = [line for line in book.district.files if line.status == "merged"]
    people = sum(line.persons for line in merged)
    return (
        f"本表生成于{book.made}；收到文件{len(book.district.files)}个，采用{len(merged)}个，共{people:,}人；"
        f"政策依据{book.policy.id}，口径指纹{rules_of(book.policy)[:8]}。"
    )


def _lists(page: Page, listing: Listing) -> None:
    """The departments' lists and their outcomes."""
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
                line.reason,
                line.name,
                line.code,
            ],
            "alarm" if line.status == "refused" else "",
        )
