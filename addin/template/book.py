"""The one writer of rosters: ready-made templates, annotated copies and samples are all made here."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from addin import columns
from addin.policy import Policy
from addin.records import Finding
from addin.template import cover as cover_sheet
from addin.template import formulas, hints, lists
from addin.template import roster as roster_sheet
from addin.template.layout import Size
from addin.template.style import Styles

_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def fixed_time() -> datetime:
    """The day in a document's properties: SOURCE_DATE_EPOCH if it is set, else the day the policy was issued."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isdigit():
        return datetime.fromtimestamp(int(epoch), UTC).replace(tzinfo=None)
    return datetime(2019, 9, 12)


def write_roster(
    path: Path,
    policy: Policy,
    cover: Mapping[str, object],
    people: Iterable[Mapping[str, object]],
    *,
    blank_rows: int = 0,
    findings: Sequence[Finding] = (),
    macros: bool = False,
) -> None:
    """Write a roster workbook.

    `cover` is keyed as `COVER_FIELDS`, `people` as `COLUMNS` (money in yuan); a computed column gets its formula, with
    the person's own value as what the last calculation gave. `blank_rows` prepared rows follow. `findings` fill
    校验结果, 问题说明 and 标记. `macros` says that the file will be packed with a VBA project afterwards. The same input
    gives the same bytes.
    """
    rows = list(people)
    size = Size(len(rows), blank_rows)
    with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
        book.set_properties(
            {"title": "城乡居民养老、医保参保缴费花名册", "subject": policy.id, "created": fixed_time()}
        )
        styles = Styles(book)
        names = (
            columns.COVER_SHEET,
            columns.ROSTER_SHEET,
            columns.FINDINGS_SHEET,
            columns.HELP_SHEET,
            columns.POLICY_SHEET,
        )
        sheets: dict[str, Any] = {name: book.add_worksheet(name) for name in names}
        own = formulas.dues() | {"hint": hints.formula() if size.hints else hints.left_to_the_check()}
        _, tally = roster_sheet.write(sheets[columns.ROSTER_SHEET], styles, policy, rows, blank_rows, own, {})
        cover_sheet.write(sheets[columns.COVER_SHEET], styles, policy, cover, tally.totals, size)
        hidden = book.add_worksheet(lists.SHEET)
        hidden.hide()
        for name, stands_for in lists.write(hidden, styles, policy).items():
            book.define_name(name, stands_for)
        for name, text in (formulas.names() | hints.names(policy)).items():
            book.define_name(name, f"={text}")
