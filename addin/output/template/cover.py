"""封面: who reports, which scope and part, until when; the control totals; notes for the start."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from addin import columns
from addin.columns import CONTROL_TOTALS, COVER_FIELDS
from addin.output.template import formulas
from addin.output.template.cells import NOT_YET, QUIET, put
from addin.output.template.layout import COVER_TOP, LINE_ROW, TOTALS_TOP, Size, helper
from addin.output.template.lists import folds_to
from addin.output.template.style import SECTION_HEIGHT, Styles
from addin.policy import Policy

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

_NOTES = (
    "同一截止日期更正重报的，“第几次报送”加1；各分册截止日期应一致。",
    "怎么填、容易填错之处见“填表说明”；收费标准和口径见“政策口径”。",
)
_PERSON = ("household", "name", "id_number")
"""A row with something in one of these is a person; a line of sums has none of them."""
LEGEND = "橙色栏目必填，蓝色栏目按实际填，灰色栏目自动生成，不要改。"
_FIXED = {"template_version", "policy", "fingerprint"}


def defaults(policy: Policy) -> dict[str, object]:
    """The fields that a blank cover has filled in."""
    return {
        "scope": columns.scopes(policy.schemes)[0],
        "part": columns.WHOLE,
        "parts": 1,
        "serial": 1,
        "template_version": columns.TEMPLATE_VERSION,
        "policy": policy.id,
        "fingerprint": policy.fingerprint,
    }


def write(
    sheet: Worksheet,
    styles: Styles,
    policy: Policy,
    cover: Mapping[str, object],
    totals: Mapping[str, float],
    size: Size,
) -> None:
    """Write the cover; `totals` are the cached values of the control totals."""
    sheet.hide_gridlines(2)
    sheet.ignore_errors(QUIET)
    sheet.set_column("A:A", 3)
    sheet.set_column("B:B", 24)
    sheet.set_column("C:C", 46)
    sheet.set_paper(9)
    sheet.center_horizontally()
    sheet.fit_to_pages(1, 1)
    sheet.set_row(1, 32)
    sheet.merge_range(1, 1, 1, 2, f"城乡居民{policy.subject}参保缴费花名册", styles["title"])
    sheet.merge_range(2, 1, 2, 2, policy.basis, styles["subtitle"])
    # in sight from the start, above what it explains
    sheet.set_row(COVER_TOP - 2, 20)
    sheet.merge_range(COVER_TOP - 2, 1, COVER_TOP - 2, 2, LEGEND, styles["note"])
    sheet.set_selection(COVER_TOP - 1, 2, COVER_TOP - 1, 2)
    given = defaults(policy) | dict(cover)
    for n, field in enumerate(COVER_FIELDS):
        row = COVER_TOP - 1 + n
        sheet.set_row(row, 22)
        needed = field.mandatory or field.key == "parts"  # village books cannot be counted without it
        look = "label_fixed" if field.key in _FIXED else "must" if needed else "label"
        sheet.write_string(row, 1, field.label, styles[look])
        style = {"number": "input_number", "date": "input_date"}.get(field.kind, "input")
        style = "fixed" if field.key in _FIXED else style
        put(sheet, row, 2, given.get(field.key), styles[style], styles["input_date"])
    sheet.set_row(LINE_ROW - 1, 26)
    sheet.merge_range(LINE_ROW - 1, 1, LINE_ROW - 1, 2, columns.COVER_LINE, styles["line"])
    sheet.set_row(TOTALS_TOP - 2, SECTION_HEIGHT)
    sheet.write_string(TOTALS_TOP - 2, 1, "控制数（自动计算，请与票据、台账核对）", styles["section"])
    sheet.write_blank(TOTALS_TOP - 2, 2, None, styles["section"])
    sums = total_formulas(policy, size)
    for n, field in enumerate(CONTROL_TOTALS):
        row = TOTALS_TOP - 1 + n
        if field.key not in sums:
            sheet.set_row(row, None, None, {"hidden": True})
            continue
        sheet.set_row(row, 22)
        look = "total_money" if field.key.endswith("cash") else "total"
        sheet.write_string(row, 1, field.label, styles["label_fixed"])
        total = totals.get(field.key, 0)
        value: float | str = total if math.isfinite(total) else "#NUM!"
        # LibreOffice trusts what is cached, but not the empty texts that the sums are of: then it would not see the
        # first person who is typed in
        sheet.write_formula(row, 2, sums[field.key], styles[look], value if totals.get("persons") else NOT_YET)
    row = TOTALS_TOP + len(CONTROL_TOTALS)
    for text in _NOTES:
        sheet.set_row(row, 20)
        sheet.merge_range(row, 1, row, 2, text, styles["note"])
        row += 1
    sheet.set_row(row + 1, 30)
    sheet.write_string(row + 1, 1, "单位（盖章）：", styles["plain"])
    sheet.write_string(row + 1, 2, "负责人（签字）：　　　　　　　　年　　月　　日", styles["plain"])


def total_formulas(policy: Policy, size: Size) -> dict[str, str]:
    """The control totals: sums of hidden columns, so that an entry works out its own row and these sums only."""

    def area(name: str) -> str:
        column = helper(formulas.DUES.index(name))
        # from the header on, so that a row inserted above the first person is taken in
        return f"'{columns.ROSTER_SHEET}'!${column}${columns.HEADER_ROW}:${column}${size.reach}"

    texts = {"households": f"=SUM({area('head')})", "persons": f"=SUM({area('person')})"}
    for scheme in policy.schemes:
        texts[f"{scheme}_enrolled"] = f'=COUNTIF({area(f"{scheme}_status")},"{columns.ENROLLED}")'
        texts[f"{scheme}_cash"] = f"=SUM({area(f'{scheme}_paid')})"
    return texts


class Tally:
    """The control totals of people as they are written, for the cached values."""

    def __init__(self) -> None:
        self._heads = folds_to("relation", columns.RELATIONS[0])
        self.totals: dict[str, float] = dict.fromkeys((field.key for field in CONTROL_TOTALS), 0)

    def add(self, person: Mapping[str, object]) -> None:
        """Count one person the way the formulas do."""
        totals, get = self.totals, person.get
        totals["households"] += _text(get("relation")) in self._heads
        totals["persons"] += any(get(key) not in (None, "") for key in _PERSON)
        for scheme in columns.SCHEME_NAMES:
            totals[f"{scheme}_enrolled"] += _text(get(f"{scheme}_status")) == columns.ENROLLED
            paid = get(f"{scheme}_paid")
            if isinstance(paid, (int, float)) and not isinstance(paid, bool):
                totals[f"{scheme}_cash"] = round(totals[f"{scheme}_cash"] + paid, 4)


def _text(value: object) -> str:
    return value.replace(" ", "") if isinstance(value, str) else ""
