"""校验花名册 lays again what a paste, a cut or an inserted row has taken from 花名册, and touches nothing of the clerk's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import PatternFill

from addin import columns, macros
from addin.columns import FIRST_ROW, HEADER_ROW, LETTERS, PLACES, WIDTH
from addin.excel import prepared
from addin.output.template import controls, formulas, hints
from addin.output.template.layout import Size
from tests.support import results
from tests.support.excel import Excel, session
from tests.support.notices import LENGSHUITAN
from tests.test_macros import written

COUNT = 12


def _sheet(excel: Excel) -> Any:
    return excel.books[0][columns.ROSTER_SHEET].file


def _formulas(sheet: Any, last: int) -> dict[str, Any]:
    """Every formula of the computed and hidden columns."""
    places = [PLACES[column.key] for column in columns.COMPUTED] + list(range(WIDTH + 1, WIDTH + 20))
    return {
        sheet.cell(row, place).coordinate: sheet.cell(row, place).value
        for row in range(FIRST_ROW, last + 1)
        for place in places
    }


def _colours(sheet: Any) -> list[tuple[str, str]]:
    return sorted((str(held.sqref), rule.formula[0]) for held in sheet.conditional_formatting for rule in held.rules)


def _paste(sheet: Any) -> None:
    """Four rows pasted over from another workbook: values and the other's formats, our lists and colours gone there."""
    for row in range(FIRST_ROW + 1, FIRST_ROW + 5):
        for place in range(1, WIDTH + 20):
            if sheet.cell(row, place).value is not None and str(sheet.cell(row, place).value).startswith("="):
                sheet.cell(row, place).value = None
        sheet.cell(row, PLACES["id_number"]).number_format = "General"
    sheet.cell(FIRST_ROW + 6, PLACES["pension_due"]).value = 999
    sheet.cell(FIRST_ROW + 7, PLACES["pension_due"]).value = "=1+1"
    sheet.data_validations.dataValidation = [
        held
        for held in sheet.data_validations.dataValidation
        if str(held.sqref).rstrip("0123456789:").startswith(LETTERS["medical_status"]) is False
    ]
    kept = [(held, rule) for held in sheet.conditional_formatting for rule in list(held.rules)]
    for held, rule in kept[::2]:
        sheet.conditional_formatting._cf_rules[held].remove(rule)


@pytest.mark.slow
def test_what_a_paste_took_is_laid_again_and_reported(tmp_path: Path) -> None:
    own = FormulaRule(formula=["$AI5=1"], fill=PatternFill("solid", bgColor="00FF00"))
    with session(written(tmp_path, results.people(COUNT))) as excel:
        sheet = _sheet(excel)
        last = max(
            row for row in range(1, sheet.max_row + 1) if str(sheet.cell(row, PLACES["hint"]).value).startswith("=")
        )
        before = _formulas(sheet, last)
        sheet.conditional_formatting.add("AI5:AI20", own)
        typed = {
            key: sheet.cell(FIRST_ROW + 2, place).value
            for key, place in PLACES.items()
            if columns.BY_KEY[key].filled_by == "clerk"
        }
        _paste(sheet)
        excel.books[0][columns.ROSTER_SHEET].cached[FIRST_ROW + 6, PLACES["pension_due"]] = 999.0
        macros.check_roster()
        assert _formulas(sheet, last) == before
        texts = excel.said[0]
        assert "粘贴、剪切或插入行弄丢的公式、文本格式（证件号码）、下拉列表（医保参保状态）、颜色已经补上。" in texts
        assert "108" in excel.books[0][columns.FINDINGS_SHEET].cached.values(), "what stood there is said once"
        assert typed == {key: sheet.cell(FIRST_ROW + 2, PLACES[key]).value for key in typed}
        rules = controls.rules(LENGSHUITAN, Size(0, last - FIRST_ROW + 1))
        colours = _colours(sheet)
        assert ("AI5:AI20", "$AI5=1") in colours, "the clerk's own format is gone"
        assert sorted(formula for _, formula in colours if formula != "$AI5=1") == sorted(
            rule.formula for rule in rules
        )
        assert sheet.cell(FIRST_ROW + 3, PLACES["id_number"]).number_format == "@"
        # once more: all is whole, and nothing is said
        sheet_cached = excel.books[0][columns.ROSTER_SHEET].cached
        assert (FIRST_ROW + 6, PLACES["pension_due"]) not in sheet_cached
        excel.said.clear()
        macros.check_roster()
        assert "补上" not in excel.said[0]


@pytest.mark.slow
def test_the_number_of_calls_does_not_depend_on_the_people(tmp_path: Path) -> None:
    trips = []
    for count in (10, 60):
        with session(written(tmp_path, results.people(count))) as excel:
            _paste(_sheet(excel))
            macros.check_roster()
            trips.append(len(excel.trips))
    assert abs(trips[0] - trips[1]) < 10


@pytest.mark.slow
def test_an_older_edition_is_left_alone(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        sheet = book[columns.ROSTER_SHEET]
        cell, other = sheet.cell(HEADER_ROW, PLACES["remark"]), sheet.cell(HEADER_ROW, PLACES["group"])
        cell.value, other.value = other.value, cell.value
        sheet.cell(FIRST_ROW, PLACES["medical_due"]).value = None

    with session(written(tmp_path, results.people(3), change)) as excel:
        sheet = _sheet(excel)
        macros.check_roster()
        assert "补上" not in excel.said[0]
        assert sheet.cell(FIRST_ROW, PLACES["medical_due"]).value is None


@pytest.mark.parametrize("text", [*formulas.shown(LENGSHUITAN).values(), hints.formula(LENGSHUITAN)])
def test_a_formula_is_known_as_excel_shows_it(text: str) -> None:
    """Excel leaves the quotes round a sheet's name out."""
    texts = [""] * (FIRST_ROW - 1) + [text.format(row=row).replace("'", "") for row in range(FIRST_ROW, FIRST_ROW + 3)]
    assert prepared._stands(texts, text, FIRST_ROW + 2)
    assert not prepared._stands([*texts[:-1], "=1"], text, FIRST_ROW + 2)


@pytest.mark.slow
def test_a_mark_that_no_longer_meets_its_person_asks_for_another_check(tmp_path: Path) -> None:
    people = results.people(4)
    people[1]["medical_paid"] = 100
    with session(written(tmp_path, people)) as excel:
        macros.check_roster()
        excel.said.clear()
        macros.next_problem()
        assert excel.said == []
        sheet = excel.books[0][columns.ROSTER_SHEET]
        one, other = FIRST_ROW + 1, FIRST_ROW + 2
        for key in ("name", "id_number"):  # sorted without the marks
            place = PLACES[key]
            held = sheet.cached[one, place], sheet.cached[other, place]
            sheet.cached[other, place], sheet.cached[one, place] = held
        macros.next_problem()
        assert excel.said == [
            f"第{one}行现在是另一个人：校验以后排过序或改过姓名、证件号码，标记已经不准。请重新校验。"
        ]


@pytest.mark.slow
def test_a_block_pasted_out_of_place_is_reported(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        book[columns.ROSTER_SHEET].cell(FIRST_ROW + 1, columns.GUARDS[1]).value = 250

    with session(written(tmp_path, results.people(3), change)) as excel:
        macros.check_roster()
        assert f"第{FIRST_ROW + 1}行的隐藏列里有内容，多半是整块粘贴时错了位" in excel.said[0]
