"""The formats of the summary's cells, by kind of value and role of the line; each format is made once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from addin.output.rows import Formula
from addin.output.template.style import BLUE, DATE, FAINT, FONT, GREY, LIGHT_BLUE, LIGHT_GREY, LIGHT_YELLOW, LINE, RED

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format

COUNT, MONEY, RATE = "#,##0", "#,##0.00", "0.00%"

_KINDS: dict[str, dict[str, object]] = {
    "text": {"num_format": "@"},
    "middle": {"num_format": "@", "align": "center"},
    "long": {"num_format": "@", "text_wrap": True},
    "remark": {"num_format": "@", "text_wrap": True, "bg_color": LIGHT_YELLOW},
    "plain_remark": {"num_format": "@", "text_wrap": True},
    "order": {"num_format": "0", "align": "center"},
    "count": {"num_format": COUNT},
    "money": {"num_format": MONEY},
    "rate": {"num_format": RATE},
    "date": {"num_format": DATE, "align": "center"},
    "link": {"num_format": "@", "font_color": "#0563C1", "underline": 1},
}
_BORDER = {"border": 1, "border_color": LINE}
_ROLES: dict[str, dict[str, object]] = {
    "": {},
    "total": {"bold": True, "bg_color": LIGHT_BLUE},
    "sum": {"bg_color": LIGHT_GREY, "font_color": GREY},
    "alarm": {"bold": True, "font_color": RED},
    "error": {"bg_color": "#FFC7CE", "font_color": "#9C0006"},
    "warning": {"bg_color": "#FFEB9C", "font_color": "#7F6000"},
    "info": {},
    "confirmed": {"font_color": FAINT},
}
_WORDS: dict[str, dict[str, object]] = {
    "trial": {"bold": True, "font_size": 13, "font_color": RED, "align": "left"},
    "title": {"bold": True, "font_size": 16, "font_color": BLUE, "align": "center"},
    "attachment_mark": {"font_name": "黑体", "font_size": 14, "align": "left"},
    "attachment_title": {"font_name": "方正小标宋简体", "font_size": 18, "align": "center"},
    "attachment_unit": {"font_size": 10, "align": "right"},
    "subtitle": {"font_size": 10, "font_color": GREY, "align": "center", "text_wrap": True},
    "section": {"bold": True, "font_size": 12, "font_color": BLUE, "bottom": 2, "bottom_color": BLUE},
    "note": {"font_size": 10, "font_color": GREY, "text_wrap": True, "valign": "top"},
    "head": {"bold": True, "bg_color": LIGHT_BLUE, "text_wrap": True, "align": "center", **_BORDER},
    "label": {"bold": True, "bg_color": LIGHT_BLUE, **_BORDER},
    "band": {"bold": True, "bg_color": LIGHT_GREY, **_BORDER},
    "plain": {},
    "decision": {"text_wrap": True, **_BORDER},
    "good": {"bold": True, "font_color": "#375623"},
    "bad": {"bold": True, "font_color": RED},
}


@dataclass(frozen=True, slots=True)
class Link:
    """A jump to a sheet of the same workbook."""

    sheet: str
    text: str


Value = str | int | float | date | Formula | Link | None


class Styles:
    """Formats of one workbook: `cell(kind, role)` with borders, `word(name)` for titles, notes and heads."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[str, str], Format] = {}

    def cell(self, kind: str, role: str = "") -> Format:
        """The format of a table's cell."""
        made = self._made.get((kind, role))
        return made or self._make((kind, role), _BORDER | _KINDS[kind] | _ROLES[role])

    def word(self, name: str) -> Format:
        """The format of a text outside the tables' bodies."""
        return self._make(("", name), _WORDS[name])

    def _make(self, key: tuple[str, str], properties: dict[str, object]) -> Format:
        if key not in self._made:
            base = {"font_name": FONT, "font_size": 10, "valign": "vcenter"}
            self._made[key] = self._book.add_format(base | properties)
        return self._made[key]
