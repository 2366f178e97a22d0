"""Colours and cell formats of the template, each made once for a workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format

FONT = "等线"
GREEN, BLUE, GREY, ORANGE = "#375623", "#1F4E79", "#595959", "#C55A11"
LIGHT_GREEN, LIGHT_BLUE, LIGHT_GREY, LIGHT_ORANGE = "#E2EFDA", "#DDEBF7", "#F2F2F2", "#FCE4D6"
RED, LIGHT_RED, YELLOW, LIGHT_YELLOW = "#C00000", "#FFC7CE", "#FFEB9C", "#FFF9E5"
ERROR = {"bg_color": LIGHT_RED, "font_color": "#9C0006"}
WARNING = {"bg_color": YELLOW, "font_color": "#7F6000"}
"""How a cell with a finding of that severity looks, on 花名册 and in the list."""
LINE, FAINT = "#BFBFBF", "#7F7F7F"

DATE, MONEY, TEXT = "yyyy-mm-dd", "0.00", "@"

_STYLES: dict[str, dict[str, object]] = {
    "plain": {},
    "wrap": {"text_wrap": True, "valign": "top"},
    "title": {"bold": True, "font_size": 18, "align": "center", "font_color": BLUE},
    "title_left": {"bold": True, "font_size": 16, "font_color": BLUE},
    "subtitle_left": {"font_color": GREY},
    "subtitle": {"font_color": GREY, "align": "center"},
    "section": {"bold": True, "font_size": 13, "font_color": BLUE, "bottom": 2, "bottom_color": BLUE},
    "note": {"font_color": GREY, "text_wrap": True, "valign": "top"},
    "strong": {"bold": True, "font_color": RED, "text_wrap": True},
    "said": {"font_size": 12, "font_color": GREY, "text_wrap": True},
    "line": {
        "bold": True,
        "font_size": 13,
        "font_color": RED,
        "bg_color": LIGHT_YELLOW,
        "border": 1,
        "align": "center",
    },
    "label": {"bold": True, "bg_color": LIGHT_BLUE, "border": 1, "indent": 1},
    "label_fixed": {"bold": True, "bg_color": "#D9D9D9", "border": 1, "indent": 1},
    "must": {"bold": True, "bg_color": LIGHT_ORANGE, "border": 1, "indent": 1},
    "input": {"border": 1, "bg_color": LIGHT_YELLOW, "align": "left", "indent": 1, "num_format": TEXT},
    "input_number": {"border": 1, "bg_color": LIGHT_YELLOW, "align": "left", "indent": 1, "num_format": "0"},
    "input_date": {"border": 1, "bg_color": LIGHT_YELLOW, "align": "left", "indent": 1, "num_format": DATE},
    "fixed": {"border": 1, "bg_color": LIGHT_GREY, "align": "left", "indent": 1, "num_format": TEXT},
    "total": {"border": 1, "bg_color": LIGHT_GREY, "align": "left", "indent": 1, "num_format": "#,##0"},
    "total_money": {"border": 1, "bg_color": LIGHT_GREY, "align": "left", "indent": 1, "num_format": "#,##0.00"},
    "head": {"bold": True, "bg_color": LIGHT_BLUE, "border": 1, "text_wrap": True, "align": "center"},
    "head_must": {"bold": True, "bg_color": LIGHT_ORANGE, "border": 1, "text_wrap": True, "align": "center"},
    "head_formula": {"bold": True, "bg_color": LIGHT_GREEN, "border": 1, "text_wrap": True, "align": "center"},
    "head_check": {"bold": True, "bg_color": "#D9D9D9", "border": 1, "text_wrap": True, "align": "center"},
    "cell": {"border": 1, "text_wrap": True},
    "cell_middle": {"border": 1, "align": "center"},
    "cell_text": {"border": 1, "num_format": TEXT},
    "cell_money": {"border": 1, "num_format": MONEY, "align": "right", "indent": 1},
    "cell_count": {"border": 1, "num_format": "#,##0"},
    "cell_date": {"border": 1, "num_format": DATE, "align": "center"},
    "cell_right": {"border": 1, "text_wrap": True, "font_color": GREEN},
    "cell_wrong": {"border": 1, "text_wrap": True, "font_color": RED},
    "list_link": {"align": "left"},
    "list_middle": {"align": "center"},
    "list_code": {"align": "center", "num_format": TEXT},
    "list_line": {"num_format": TEXT},
    "list_text": {"num_format": TEXT, "text_wrap": True},
    "list_right": {"num_format": TEXT, "text_wrap": True, "font_color": GREEN},
    "pick": {"border": 1, "bg_color": LIGHT_YELLOW, "align": "center", "font_size": 18, "bold": True},
    "large": {
        "border": 1,
        "align": "center",
        "font_size": 28,
        "bold": True,
        "font_color": GREEN,
        "num_format": "#,##0.##",
    },
    "large_name": {"border": 1, "align": "center", "font_size": 18, "bold": True, "text_wrap": True},
    "slip_title": {"bold": True, "font_size": 18, "align": "center"},
    "slip_line": {"font_size": 12},
    "slip_first": {"align": "left", "font_size": 12},
    "slip_money": {"num_format": "#,##0.00"},
    "slip_tier": {"align": "center"},
    "slip_said": {"font_size": 12, "num_format": TEXT, "text_wrap": True},
    "data": {"num_format": "General"},
    "data_text": {"num_format": TEXT},
    "data_middle": {"align": "center"},
    "data_date": {"num_format": DATE, "align": "center"},
    "data_money": {"num_format": MONEY},
    "data_formula": {"num_format": MONEY, "bg_color": "#F7FBF4", "font_color": GREEN},
    "data_hint": {"num_format": "General", "bg_color": "#F7FBF4", "font_color": RED},
    "data_check": {"text_wrap": True, "bg_color": LIGHT_GREY, "font_color": RED},
}
SECTION_HEIGHT = 24
"""Of a row with a section's heading, whose letters are larger than the default height allows."""
_SMALL = ("data", "cell", "list", "head")


class Styles:
    """The named formats of one workbook, made when first asked for; `styles["title"]`."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[str, Format] = {}

    def __getitem__(self, name: str) -> Format:
        if name not in self._made:
            base = {"font_name": FONT, "font_size": 10 if name.startswith(_SMALL) else 11, "valign": "vcenter"}
            given = _STYLES[name]
            if "border" in given or name.startswith("data"):
                base |= {"border": 1, "border_color": LINE}
            self._made[name] = self._book.add_format(base | given)
        return self._made[name]
