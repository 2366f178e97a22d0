"""困难人员参保: whether those in hardship are all enrolled, 一(一), 一(二): over those who are obliged to enrol."""

from __future__ import annotations

from collections.abc import Sequence

from addin import checks
from addin.columns import Scheme, in_place
from addin.district.records import CoverageLine
from addin.output.rows import Formula
from addin.output.summary.book import Book
from addin.output.summary.page import REMARK, Column, Page, cell, span
from addin.output.summary.style import Value

NAME = "困难人员参保"
_WIDTHS = (6, 15, 21, 9, *([10] * 6), 9, 9, 9, 9, 18)


def write(book: Book) -> None:
    """For each scheme the district by category, then every unit's categories that have people."""
    district = book.district
    page = Page(book, NAME, f"{book.policy.district}困难人员参保情况", _WIDTHS, landscape=True)
    page.sheet.freeze_panes(0, 3)
    page.notes(
        [
            "应参保＝在册－不应参保（按所列原因）；已参保＝计入，医保另含市内、市外、高校已参保者；参保率＝已参保÷应参保。",
            "一人有几种身份的，在各类中都列，合计只算一人。身份有错误的行不列。",
        ]
    )
    for n, scheme in enumerate(book.schemes):
        if n:
            page.break_here()
        pension = [reason for reason in district.coverage_reasons if reason in checks.PENSION_EXCUSES]
        medical = [reason for reason in district.coverage_reasons if reason not in checks.PENSION_EXCUSES]
        _scheme(book, page, scheme, pension if scheme == "pension" else medical)


def _scheme(book: Book, page: Page, scheme: Scheme, reasons: list[str]) -> None:
    own = [line for line in book.district.coverage if line.scheme == scheme]
    shown = [line for line in own if line.people]
    name = book.policy.schemes[scheme].name
    keys = ("people", *reasons, "obliged", "enrolled")
    reasons_here = (in_place(reason, book.policy.place) for reason in reasons)
    headers = ("险种", "单位", "类别", "在册人数", *reasons_here, "应参保", "已参保", "参保率", "未参保", REMARK)
    kinds = ("middle", "text", "text", *["count"] * len(keys), "rate", "count", "remark")
    columns = [Column(header, kind) for header, kind in zip(headers, kinds, strict=True)]
    obliged = 3 + len(keys) - 2

    def line(unit: str, category: str, numbers: list[Value], values: dict[str, int], role: str) -> None:
        top, bottom = cell(page.row, obliged + 1), cell(page.row, obliged)
        rate: float | str = values["enrolled"] / values["obliged"] if values["obliged"] else ""
        page.line(
            columns,
            [
                name,
                unit,
                category,
                *numbers,
                Formula(f'=IF({bottom}=0,"",{top}/{bottom})', rate),
                Formula(f"={bottom}-{top}", values["obliged"] - values["enrolled"]),
                page.remark(f"{category} {name} {unit}"),
            ],
            role,
        )

    page.section(f"{name}：{page.book.policy.everywhere}")
    page.head(headers)
    categories = list(dict.fromkeys(entry.category for entry in own))
    # the units' lines follow: two rows of the total's own, a gap, a heading and a header lie between
    first = page.row + len(categories) + 3
    last = first + len(shown) - 1
    for category in categories:
        numbers_of = [_numbers(entry, reasons) for entry in own if entry.category == category]
        totals = {key: sum(numbers[key] for numbers in numbers_of) for key in keys}
        numbers: list[Value] = [
            Formula(
                f"=SUMIF({span(2, first, last, fixed=True)},{cell(page.row, 2)},"
                f"{span(3 + n, first, last, fixed=True)})",
                totals[key],
            )
            if shown
            else totals[key]
            for n, key in enumerate(keys)
        ]
        line(page.book.policy.everywhere, category, numbers, totals, "total" if category == categories[-1] else "")
    page.section(f"{name}：各单位（只列有人的类别）")
    page.head(headers)
    assert page.row == first
    for entry in shown:
        values = _numbers(entry, reasons)
        role = "sum" if entry.category == categories[-1] else ""
        line(entry.township, entry.category, list(values.values()), values, role)
    if not shown:
        page.notes(["没有困难人员。"])


def _numbers(line: CoverageLine, reasons: Sequence[str]) -> dict[str, int]:
    return {
        "people": line.people,
        **{reason: line.excused[reason] for reason in reasons},
        "obliged": line.obliged,
        "enrolled": line.enrolled,
    }
