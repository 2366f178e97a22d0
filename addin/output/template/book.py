"""The one writer of rosters: ready-made templates, annotated copies and samples are all made here."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from addin import columns
from addin.findings import Finding
from addin.output.rows import package
from addin.output.template import cells, charges, controls, formulas, hints, lists, manual, policies, results, slip
from addin.output.template import cover as cover_sheet
from addin.output.template import roster as roster_sheet
from addin.output.template.layout import Size
from addin.output.template.style import Styles
from addin.policy import Policy


class _Protected(xlsxwriter.Workbook):
    """A workbook whose sheets cannot be removed, renamed or moved; XlsxWriter has no option for it."""

    def _write_book_views(self) -> None:
        self._xml_empty_tag("workbookProtection", [("lockStructure", 1)])  # must stand before the views
        super()._write_book_views()


class _PlainFormulas(Worksheet):
    """A sheet whose formulas hold no function newer than Excel 2007: XlsxWriter's search for them halves its speed."""

    fh: Any

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")

    def _xml_formula_element(self, formula: str, result: object, attributes: Sequence[tuple[str, object]] = ()) -> None:
        if result == cells.NOT_YET:
            tag = "".join(f' {name}="{value}"' for name, value in attributes if name != "t")
            self.fh.write(f"<c{tag}><f>{escape(formula)}</f></c>")
            return
        if result == "":  # a text of no length, as Excel saves it; without the type it would count as never calculated
            attributes = [*attributes, ("t", "str")]
        super()._xml_formula_element(formula, result, attributes)


def source_date() -> datetime | None:
    """The time (UTC, without a zone) that SOURCE_DATE_EPOCH says documents are made at; None where it is not set."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    return datetime.fromtimestamp(int(epoch), UTC).replace(tzinfo=None) if epoch.isdigit() else None


def fixed_time(policy: Policy) -> datetime:
    """The day in a document's properties: SOURCE_DATE_EPOCH if it is set, else the day the policy was issued."""
    return source_date() or datetime.combine(policy.issued, time())


def write_roster(
    path: Path,
    policy: Policy,
    cover: Mapping[str, object],
    people: Iterable[Mapping[str, object]],
    *,
    blank_rows: int = 0,
    findings: Sequence[Finding] | None = None,
    confirmations: Mapping[int, str] = {},
    macros: Callable[[xlsxwriter.Workbook], None] | None = None,
    tools: bool = False,
    headline: str = "",
) -> None:
    """Write a roster workbook.

    `cover` is keyed as `COVER_FIELDS`, `people` as `COLUMNS` (money in yuan); a computed column gets its formula, with
    the person's own value as what the last calculation gave. `blank_rows` prepared rows follow. `findings` fill 校验结果,
    问题说明 and 标记 (None: nobody has checked; empty: nothing was found), `confirmations` is what a check keeps of 核实说明, by row.
    `macros` adds the VBA project and its sheets: such a book will have a ribbon of its own. `tools`: with the sheets that
    help at the window, which a book with macros always has. A `headline` makes it a return: it opens on the findings,
    under that sentence. The same input gives the same bytes.
    """
    everybody = list(people)
    size = Size(len(everybody), blank_rows)
    with package(path) as made, made.workbook(_Protected) as book:
        # by its title a checked copy is known when it is to be replaced by a newer one
        end = "" if findings is None else "（退回）" if headline else "（校验副本）"
        title = f"城乡居民{policy.subject}参保缴费花名册{end}"
        book.set_properties({"title": title, "subject": policy.id, "created": fixed_time(policy)})
        styles = Styles(book)
        names = (
            columns.COVER_SHEET,
            columns.ROSTER_SHEET,
            columns.FINDINGS_SHEET,
            *(columns.TOOL_SHEETS if tools or macros else ()),
            columns.HELP_SHEET,
            columns.POLICY_SHEET,
        )
        sheets: dict[str, Worksheet] = {name: book.add_worksheet(name, _PlainFormulas) for name in names}
        beside = results.beside(
            (finding for finding in findings or () if finding.sheet in ("", columns.ROSTER_SHEET)), confirmations
        )
        own = formulas.shown(policy) | {"hint": hints.formula(policy) if size.hints else hints.left_to_the_check()}
        hidden = [*formulas.hidden(policy).values(), *(hints.hidden(policy).values() if size.hints else ())]
        rows, listed_findings = (made.rows(sheets[name]) for name in (columns.ROSTER_SHEET, columns.FINDINGS_SHEET))
        tally = roster_sheet.write(rows, styles, policy, everybody, size, own, hidden, beside)
        cover_sheet.write(sheets[columns.COVER_SHEET], styles, policy, cover, tally.totals, size)
        named = {
            row: str(person["name"])
            for row, person in enumerate(everybody, columns.FIRST_ROW)
            if isinstance(person.get("name"), str)
        }
        results.write(listed_findings, book, styles, findings, macros is not None, named, headline)
        if headline:
            sheets[columns.FINDINGS_SHEET].activate()
        if tools or macros:
            charges.write(sheets[columns.CHARGES_SHEET], styles, policy)
            slip.write(sheets[columns.SLIP_SHEET], book, styles, policy)
        manual.write(sheets[columns.HELP_SHEET], styles, policy)
        policies.write(sheets[columns.POLICY_SHEET], styles, policy)
        controls.guide(sheets[columns.ROSTER_SHEET], sheets[columns.COVER_SHEET], policy, size)
        controls.colour(sheets[columns.ROSTER_SHEET], book, policy, size)
        controls.lay_out(sheets[columns.ROSTER_SHEET], policy, size)
        listed = book.add_worksheet(lists.SHEET, _PlainFormulas)
        listed.hide()
        for name, stands_for in lists.write(listed, styles, policy).items():
            book.define_name(name, stands_for)
        if macros is not None:
            macros(book)
