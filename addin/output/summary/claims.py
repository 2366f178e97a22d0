"""申报去向: how everybody who was claimed is counted, and the units by rank, which the attachments' charts show."""

from __future__ import annotations

from addin.columns import Scheme
from addin.findings import REASONS
from addin.output.rows import Formula
from addin.output.summary import attachment
from addin.output.summary.book import Book
from addin.output.summary.page import Column, Page, cell

NAME = "申报去向"
_HEADERS = ("序号", "单位", "申报", "计入", "逾期", *REASONS.values(), "核对")
_KINDS = ("order", "text", *["count"] * (len(_HEADERS) - 3), "middle")
_RANKING = (Column("名次", "order"), Column("单位"), Column("完成率", "rate"), Column("目标", "rate"))
_WIDTHS = (6, 17, *[11] * (len(_HEADERS) - 3), 8)


def write(book: Book) -> None:
    """A part for each scheme, each on pages of its own."""
    page = Page(book, NAME, f"{book.policy.district}申报人数的去向和排名", _WIDTHS)
    page.notes(["一人只列一处，按次序取第一个适用的原因；申报＝计入＋逾期＋各项未计入。"])
    for n, scheme in enumerate(book.schemes):
        if n:
            page.break_here()
        _claims(book, page, scheme)
        _ranking(book, page, scheme)


def _claims(book: Book, page: Page, scheme: Scheme) -> None:
    """Every claimed person in exactly one place: counted, late, or the first reason that applies."""
    page.section(f"{book.policy.schemes[scheme].name}：申报人数的去向")
    columns = [Column(header, kind) for header, kind in zip(_HEADERS, _KINDS, strict=True)]
    page.head(_HEADERS)
    first, end = page.row, len(_HEADERS) - 2

    def check() -> Formula:
        return Formula(f'=IF({cell(page.row, 2)}=SUM({cell(page.row, 3)}:{cell(page.row, end)}),"相符","不符")', "相符")

    units = book.district.scheme_units(scheme)
    for n, unit in enumerate(units, 1):
        page.line(columns, [n, unit.township, *attachment.numbers_of(unit).values(), check()])
    total, last = attachment.total_of(units), page.row - 1
    sums = [attachment.column_sum(n, first, last, people) for n, people in enumerate(total.values(), 2)]
    page.line(columns, [None, page.book.policy.everywhere, *sums, check()], "total")


def _ranking(book: Book, page: Page, scheme: Scheme) -> None:
    """The units that hold a quota by their rank, with the goal of the whole quota beside; and the chart of it."""
    ranked = sorted((unit for unit in book.district.scheme_units(scheme) if unit.rank), key=lambda unit: unit.rank or 0)
    page.section(f"{book.policy.schemes[scheme].name}：按完成率排名")
    page.head([column.header for column in _RANKING])
    first = page.row
    for unit in ranked:
        rate = Formula(
            f"='{attachment.sheet_name(book.policy, scheme)}'!{book.rate_cells[scheme][unit.township]}", unit.rate or 0
        )
        page.line(_RANKING, [unit.rank, unit.township, rate, 1])
    place = attachment.Ranking(NAME, first, page.row - 1, 1, 2, 3)
    attachment.chart(book, scheme, place, highest=max((unit.rate or 0 for unit in ranked), default=0))
