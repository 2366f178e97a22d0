"""进度: people counted so far, at every day of reporting, by unit; and as lines for the whole district, 六(四)."""

from __future__ import annotations

from addin.columns import Scheme
from addin.output.rows import Formula
from addin.output.summary.book import Book
from addin.output.summary.page import Column, Page, span

NAME = "进度"
_UPRIGHT = 12
"""Days that can be read on a page upright: a season's half months, not its weeks."""
_COLORS: dict[Scheme, str] = {"pension": "#C55A11", "medical": "#2E75B6"}


def write(book: Book) -> None:
    """A table a scheme; the last column adds those without a date and so equals 计入."""
    points = book.district.progress
    days = list(dict.fromkeys(point.day for point in points if point.day))
    headers = [f"{day:%Y-%m-%d}{'及以前' if n == 0 else ''}" for n, day in enumerate(days)]
    columns = [
        Column("序号", "order"),
        Column("单位"),
        *(Column(header, "count") for header in (*headers, "加未注明日期＝计入")),
    ]
    widths = (6, 17, *([11] * len(days)), 13)
    title = f"{book.policy.district}{book.policy.subject_in_a_word}参保缴费进度（累计计入人数）"
    page = Page(book, NAME, title, widths, landscape=len(days) > _UPRIGHT)
    page.sheet.freeze_panes(0, 2)
    page.notes(["历史各期按最新花名册重算，可能与当时上报的数字不同。只含计入人数，不含逾期。"])
    rows: dict[Scheme, tuple[int, int]] = {}
    for n, scheme in enumerate(book.schemes):
        if n:
            page.break_here()
        rules = book.policy.schemes[scheme]
        page.section(f"{rules.name}（{rules.title}）")
        head = page.head([column.header for column in columns])
        own: dict[str, list[int]] = {}
        for point in points:
            if point.scheme == scheme:
                own.setdefault(point.township, []).append(point.counted)
        first = page.row
        for order, (unit, counts) in enumerate(own.items(), 1):
            page.line(columns, [order, unit, *counts])
        last = page.row - 1
        totals = [sum(counts) for counts in zip(*own.values(), strict=True)]
        sums = [Formula(f"=SUM({span(2 + at, first, last)})", total) for at, total in enumerate(totals)]
        page.line(columns, [None, page.book.policy.everywhere, *sums], "total")
        rows[scheme] = head, page.row - 1
    if len(days) > 1:
        _chart(page, rows, len(days))


def _chart(page: Page, rows: dict[Scheme, tuple[int, int]], days: int) -> None:
    """Lines of the district's totals."""
    chart = page.book.chart("line")
    for scheme, (head, total) in rows.items():
        color = _COLORS[scheme]
        chart.add_series(
            {
                "name": page.book.policy.schemes[scheme].name,
                "categories": [page.name, head, 2, head, 1 + days],
                "values": [page.name, total, 2, total, 1 + days],
                "line": {"color": color, "width": 2.25},
                "marker": {"type": "circle", "size": 5, "fill": {"color": color}, "border": {"color": color}},
            }
        )
    chart.set_title({"name": f"{page.book.policy.everywhere}累计计入人数", "name_font": {"size": 12, "bold": True}})
    chart.set_legend({"position": "bottom"})
    chart.set_y_axis(
        {"num_format": "#,##0", "min": 0, "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}}
    )
    chart.set_x_axis({"num_font": {"size": 9}})
    page.chart(chart, 280)
