"""The LibreOffice helper itself: it recalculates what was stored with a wrong value."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from tests.support.office import Office, cell


@pytest.mark.slow
def test_a_formula_is_recalculated(soffice: str, tmp_path: Path) -> None:
    path = tmp_path / "两险 (1).xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("封面")
        sheet.write("A1", 40)
        sheet.write_formula("A2", "=A1+2", value=0)
    with Office(soffice, tmp_path) as office:
        document = office.load(path)
        document.calculateAll()
        assert cell(document, "封面", "A2").Value == 42
        office.store(document, tmp_path / "calculated.xlsx")
        document.close(True)
    assert (tmp_path / "calculated.xlsx").stat().st_size > 0
