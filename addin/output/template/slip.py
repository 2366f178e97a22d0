"""缴费单: the sheet that 打印缴费单 fills for one household, shows in the print preview, and empties again.

Out: headers, formats that go by what a row holds, and the lines that the button writes (`lines`). Nothing of a person
stays on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from addin.columns import BY_KEY, letter, present
from addin.output.template.style import LIGHT_BLUE, LINE, Styles
from addin.policy import Policy

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

HEAD = 3
"""The row (from 1) of the headers; above it the title, and whose slip it is."""
MOST = 60
"""People of one household; an institution's list is no slip."""
FIELDS = (
    ("序号", 7, "slip_first"), ("姓名", 12, "slip_said"), ("与户主关系", 13, "slip_said"), ("人员类别", 26, "slip_said"),
    ("医保应收", 11, "slip_money"), ("养老档次", 10, "slip_tier"), ("养老应收", 11, "slip_money"), ("已收", 11, "slip_money"),
    ("还应交", 11, "slip_money"),
)  # fmt: skip
HOW = "在“花名册”选中一行，点“打印缴费单”：这里填好这一户，显示打印预览；关闭预览就清空。"


def fields(policy: Policy) -> list[tuple[str, int, str]]:
    """The columns of a slip: those of the schemes that the notice has."""
    absent = {column.header for column in BY_KEY.values()} - {column.header for column in present(policy.schemes)}
    return [field for field in FIELDS if field[0] not in absent]


@dataclass(frozen=True, slots=True)
class Payer:
    """One of a household; yuan. None: not enrolled in that scheme."""

    name: str
    relation: str
    category: str
    medical_due: float | None
    tier: float | None
    pension_due: float | None
    paid: float

    @property
    def due(self) -> float:
        return (self.medical_due or 0) + (self.pension_due or 0)


def write(sheet: Worksheet, book: Workbook, styles: Styles, policy: Policy) -> None:
    """Write the empty sheet. It is filled from row 2 on, so nothing there is merged or fixed."""
    sheet.hide_gridlines(2)
    columns = fields(policy)
    count = len(columns)
    for n, (_, width, style) in enumerate(columns):
        sheet.set_column(n, n, width, styles[style])
    last = letter(count)
    sheet.set_row(0, 30)
    sheet.merge_range(0, 0, 0, count - 1, f"城乡居民{policy.subject}缴费单", styles["slip_title"])
    sheet.set_row(1, 24)
    sheet.write_string(1, 0, HOW, styles["slip_line"])
    for n, (title, _, _) in enumerate(columns):
        sheet.write_string(HEAD - 1, n, title, styles["head"])
    end = HEAD + MOST + 1
    for condition, look in (
        (f'$A{HEAD + 1}="合计"', {"bold": True, "bg_color": LIGHT_BLUE, "border": 1, "border_color": LINE}),
        (f'$B{HEAD + 1}<>""', {"border": 1, "border_color": LINE}),
    ):
        options = {"type": "formula", "criteria": f"={condition}", "format": book.add_format(look)}
        sheet.conditional_format(HEAD, 0, end - 1, count - 1, options)
    sheet.set_default_row(20)
    sheet.set_paper(11)  # A5
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEAD - 1)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.5)
    sheet.print_area(f"A1:{last}{HEAD + 1}")
    sheet.set_footer("&L本单供核对，不是票据&R第 &P 页，共 &N 页")


def lines(whose: str, payers: Sequence[Payer], policy: Policy) -> list[list[object]]:
    """The sheet's rows from the second on: whose slip, headers, people, sum, signatures."""
    shown = [FIELDS.index(field) for field in fields(policy)]
    rows: list[list[object]] = [[whose], [title for title, _, _ in FIELDS]]
    for n, payer in enumerate(payers, 1):
        rows.append(
            [
                n,
                payer.name,
                payer.relation,
                payer.category,
                *map(_shown, (payer.medical_due, payer.tier, payer.pension_due)),
                payer.paid,
                payer.due - payer.paid,
            ]
        )
    sums = [
        sum(payer.medical_due or 0 for payer in payers),
        "",
        sum(payer.pension_due or 0 for payer in payers),
        sum(payer.paid for payer in payers),
        sum(payer.due - payer.paid for payer in payers),
    ]
    rows += [
        ["合计", "", f"{len(payers)}人", "", *sums],
        [],
        ["缴费人（签字）：　　　　　　　　收款人（签字）：　　　　　　　　　　　年　　月　　日"],
    ]
    full = [row + [""] * (len(FIELDS) - len(row)) for row in rows]
    return [[row[n] for n in shown] for row in full]


def _shown(amount: float | None) -> object:
    return "" if amount is None else amount
