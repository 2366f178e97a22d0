"""A summary while it is written: what its sheets share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, cast

from addin.columns import Scheme
from addin.district.records import District
from addin.output import template
from addin.output.summary.style import Styles
from addin.policy import FEN, Policy

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.chart import Chart
    from xlsxwriter.worksheet import Worksheet

    from addin.output.summary.page import Page

BASIS = "依据"
"""How the words under every title begin, before the notice's number."""

Remarks = Mapping[tuple[str, str], str]
"""The clerks' remarks in 备注, by sheet and by the line's key (a unit, or a code or scheme with a unit)."""


class Book:
    """A summary while it is written: what every sheet needs."""

    def __init__(self, workbook: Workbook, about: Mapping[str, str], district: District, remarks: Remarks) -> None:
        self.workbook, self.district, self.remarks = workbook, district, remarks
        self.styles = Styles(workbook)
        self.sheets_about = about
        """The sheets in their order, and what stands on each."""
        self.totals: dict[Scheme, tuple[int, int]] = {}
        """Rows (0-based) of the total and of the quota that the rate is over, once an attachment is written."""
        self.attachments: dict[Scheme, Page] = {}
        """Their pages, to draw charts on."""
        self.rate_cells: dict[Scheme, dict[str, str]] = {}
        """The cell of each unit's 完成率 on its attachment."""
        self._sheets = {name: workbook.add_worksheet(name) for name in about}

    @property
    def policy(self) -> Policy:
        """The notice in force."""
        return self.district.policy

    @property
    def schemes(self) -> list[Scheme]:
        """The schemes in the order of their attachments."""
        schemes = self.policy.schemes
        return sorted(schemes, key=lambda scheme: schemes[scheme].attachment.number)

    @cached_property
    def made(self) -> str:
        """When the summary is made, in words; SOURCE_DATE_EPOCH makes it the same for the same input."""
        moment = template.source_date() or datetime.now()
        return f"{moment.year}年{moment.month}月{moment.day}日{moment:%H:%M}"

    def chart(self, kind: str) -> Chart:
        """A new chart of a kind that XlsxWriter knows; `Page.chart` puts it on a sheet."""
        return cast("Chart", self.workbook.add_chart({"type": kind}))

    def sheet(self, name: str) -> Worksheet:
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
        """Under every title: which notice, up to which day (of the newest roster), what is provisional."""
        return "　".join(filter(None, (f"{BASIS}{self.policy.id}", self.state, self.provisional)))

    @cached_property
    def state(self) -> str:
        """Up to which day the rosters reach."""
        through = self.district.through
        return f"花名册截至{through.year}年{through.month}月{through.day}日" if through else "尚未汇总任何花名册"
