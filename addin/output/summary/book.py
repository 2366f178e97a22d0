"""The workbook as a whole: its sheets in order, what they share, and the writing of the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import xlsxwriter

from addin.columns import Scheme
from addin.district.records import District
from addin.output import template
from addin.output.summary import attachment, files, hardship, interpretations, money, overview, problems, progress
from addin.output.summary.reconcile import reconcile
from addin.output.summary.style import Styles
from addin.policy import FEN, Policy

Remarks = Mapping[tuple[str, str], str]
"""What clerks wrote in 备注, by sheet and by the line's key (a unit, or a code or scheme with a unit)."""

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
SHEETS: tuple[tuple[str, Callable[[Any], None]], ...] = (
    (overview.NAME, overview.write),
    (attachment.NAMES["pension"], attachment.write_pension),
    (attachment.NAMES["medical"], attachment.write_medical),
    (progress.NAME, progress.write),
    (hardship.NAME, hardship.write),
    (money.FUNDING, money.write_funding),
    (money.CASH, money.write_cash),
    (files.NAME, files.write),
    (problems.NAME, problems.write),
    (problems.DUPLICATES, problems.write_duplicates),
    (interpretations.NAME, interpretations.write),
)
"""The sheets in their order, and who writes each."""


class Book:
    """A summary in the making: what every sheet needs."""

    def __init__(self, workbook: Any, district: District, remarks: Remarks) -> None:
        self.workbook, self.district, self.remarks = workbook, district, remarks
        self.styles = Styles(workbook)
        self.names = tuple(name for name, _ in SHEETS)
        self.totals: dict[Scheme, tuple[int, int]] = {}
        """Rows (0-based) of the total and of the quota that the rate is over, once an attachment is written."""
        self._sheets = {name: workbook.add_worksheet(name) for name, _ in SHEETS}

    @property
    def policy(self) -> Policy:
        """The notice in force."""
        return self.district.policy  # type: ignore[return-value]

    def sheet(self, name: str) -> Any:
        """The worksheet of this name; all were made at the start, so links can point forward."""
        return self._sheets[name]

    @cached_property
    def provisional(self) -> str:
        """The mark of a standard that may still change, 二; '' when none is provisional."""
        marks = [
            f"{rules.name}个人缴费标准{rules.standard.fen / FEN:g}元/年为初定，最终以上级文件为准"
            for rules in self.policy.schemes.values()
            if rules.standards and rules.standard.provisional
        ]
        return "；".join(marks)

    @cached_property
    def subtitle(self) -> str:
        """Under every title: which notice, up to which day (of the newest roster, not of the clock), what is provisional."""
        through = self.district.through
        state = f"花名册截至{through.year}年{through.month}月{through.day}日" if through else "尚未汇总任何花名册"
        return "　".join(filter(None, (f"依据{self.policy.id}", state, self.provisional)))


def write(district: District, path: Path, remarks: Remarks | None = None) -> None:
    """Write the district summary. The same district and remarks give the same bytes.

    Raises `Mismatch` before anything is written if the tables contradict each other.
    """
    reconcile(district)
    with xlsxwriter.Workbook(str(path), _OPTIONS) as workbook:
        policy: Policy = district.policy  # type: ignore[assignment]
        workbook.set_properties(
            {"title": f"{policy.district}两险征缴汇总表", "subject": policy.id, "created": template.fixed_time(policy)}
        )
        workbook.set_calc_mode("auto")
        book = Book(workbook, district, remarks or {})
        # 总览 stands first and is written last: its figures are formulas that point at the other sheets' lines
        for _, write_sheet in (*SHEETS[1:], SHEETS[0]):
            write_sheet(book)
        workbook.worksheets()[0].activate()
