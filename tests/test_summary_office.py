"""The values that the summary's formulas are written with are those that a spreadsheet program calculates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from addin.output import summary
from tests.support.notices import LENGSHUITAN
from tests.support.office import Office
from tests.test_summary import some


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["some", "empty"])
def test_cached_values_are_what_libreoffice_calculates(soffice: str, tmp_path: Path, kind: str) -> None:
    written, recalculated = tmp_path / "district_summary.xlsx", tmp_path / "recalculated.xlsx"
    if kind == "some":
        summary.write(some(), written)
    else:
        summary.write_empty(LENGSHUITAN, written)
    with Office(soffice, tmp_path) as office:
        document = office.load(written)
        document.calculateAll()
        office.store(document, recalculated)
        document.close(True)
    formulas, cached, fresh = openpyxl.load_workbook(written), *(
        openpyxl.load_workbook(path, data_only=True) for path in (written, recalculated)
    )  # fmt: skip
    compared, wrong = 0, []
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type != "f":
                    continue
                compared += 1
                ours, theirs = (book[sheet.title][cell.coordinate].value for book in (cached, fresh))
                if not same(ours, theirs):
                    wrong.append((sheet.title, cell.coordinate, cell.value, ours, theirs))
    assert not wrong
    assert compared > 300


def same(one: Any, other: Any) -> bool:
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return bool(one == pytest.approx(other, abs=1e-9))
    return (one or "") == (other or "")
