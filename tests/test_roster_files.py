"""Rosters as files: what the writer writes the reader reads back, whichever program saved them meanwhile."""

from __future__ import annotations

import shutil
import warnings
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from addin import columns, intake
from addin import roster as reader
from addin.checks import check
from addin.columns import COLUMNS, FIRST_ROW, INPUTS, PLACES
from addin.findings import Refusal
from addin.output import template
from tests.support import ROOT, hostile
from tests.support.office import Office
from tests.support.results import invented_id, people
from tests.support.rosters import COVER, POLICY, person

KEYS = [column.key for column in INPUTS]


def read(path: Path) -> reader.Roster:
    book = intake.read(path)
    assert not isinstance(book, Refusal), book
    roster = reader.read(book, POLICY, path.name)
    assert not isinstance(roster, Refusal), roster
    return roster


def as_read(value: Any) -> Any:
    """A value as a file gives it back: whole numbers are floats, days are days."""
    if value is None:
        return ""
    if type(value) is int:
        return float(value)
    if isinstance(value, datetime) and value.time() == time(0):
        return value.date()
    return value


def given_back(roster: reader.Roster) -> list[dict[str, Any]]:
    rows = []
    for n in range(len(roster)):
        row = {key: as_read(roster.raw[key][n]) for key in KEYS}
        rows.append({key: value for key, value in row.items() if value != ""})
    return rows


def asked(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {key: as_read(value) for key, value in row.items() if key in KEYS and value not in ("", None)} for row in rows
    ]


FAMILIES = [
    person(),
    person(relation="子", name="张四", id_number="990000201001010017", pension_status="未满16周岁", tier="", pension_paid="", pension_date="", pension_receipt=""),
    person(household="2", name="李=1+1", id_number=invented_id(3), category="低保户", medical_receipt="007", pension_receipt="007", pension_paid=0.0, remark="=HYPERLINK(1)"),
    person(household="3", name="王五", id_number=9.9e17, medical_paid="250元", medical_date=43753, pension_date="2019.6.1", tier="100", registered=1),
    person(household="4", name="赵六", id_number=invented_id(5), medical_paid=250.01, medical_date=datetime(2020, 1, 2), medical_receipt="", village="井边村"),
]  # fmt: skip


def judged(roster: reader.Roster) -> list[tuple[str, str, int]]:
    """The findings that the people give; what a program leaves out of the cover and the formulas is its own affair."""
    checked_roster = check(roster).findings
    return sorted(
        (finding.code, finding.key or "", finding.row or 0) for finding in checked_roster if finding.code > "2"
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rosters") / "册.xlsx"
    template.write_roster(path, POLICY, COVER, FAMILIES, blank_rows=20)
    return path


FINDINGS = [
    ("202", "medical_paid", 8), ("202", "tier", 8), ("203", "pension_date", 8), ("204", "medical_date", 8), ("303", "id_number", 8),
    ("606", "medical_paid", 9), ("803", "medical_date", 9), ("804", "medical_date", 9), ("808", "medical_receipt", 9),
]  # fmt: skip


def test_written_and_read_back(written: Path) -> None:
    roster = read(written)
    assert given_back(roster) == asked(FAMILIES)
    assert roster.rows.tolist() == [FIRST_ROW + n for n in range(len(FAMILIES))]
    assert (roster.cover.unit.name, roster.cover.deadline, roster.cover.serial, roster.cover.clerk) == (
        "普利桥镇",
        date(2019, 11, 15),
        1,
        "李四",
    )
    assert judged(roster) == FINDINGS
    assert [(finding.code, finding.cell) for finding in roster.findings] == []


@pytest.mark.slow
def test_saved_by_openpyxl(written: Path, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        openpyxl.load_workbook(written).save(tmp_path / "册.xlsx")
    roster = read(tmp_path / "册.xlsx")
    assert given_back(roster) == asked(FAMILIES)
    assert judged(roster) == FINDINGS
    # openpyxl drops what the formulas last gave: that is said, and no amount is taken from there
    assert [finding.code for finding in roster.findings] == ["109"]


def test_saved_by_xlsxwriter_as_a_plain_table(tmp_path: Path) -> None:
    """A unit's own system that writes the template's two sheets, and nothing else of it."""
    path = tmp_path / "册.xlsx"
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "yyyy/m/d"})
        cover = book.add_worksheet(columns.COVER_SHEET)
        for n, (key, value) in enumerate(COVER.items()):
            cover.write(n, 0, reader.LABELS[key])
            (cover.write_datetime if isinstance(value, datetime) else cover.write)(
                n, 1, value, day if isinstance(value, datetime) else None
            )
        sheet = book.add_worksheet(columns.ROSTER_SHEET)
        for n, column in enumerate(COLUMNS):
            sheet.write_string(0, n, column.header)
            for row, person in enumerate(FAMILIES, 1):
                value = person.get(column.key, "")
                if isinstance(value, datetime):
                    sheet.write_datetime(row, n, value, day)
                elif isinstance(value, str):
                    sheet.write_string(row, n, value)
                else:
                    sheet.write_number(row, n, value)
    roster = read(path)
    assert given_back(roster) == asked(FAMILIES)
    assert roster.rows.tolist() == [2, 3, 4, 5, 6]
    assert judged(roster) == sorted((code, key, row - 3) for code, key, row in FINDINGS)


def test_strict_open_xml(written: Path, tmp_path: Path) -> None:
    (tmp_path / "册.xlsx").write_bytes(hostile.strict(written.read_bytes()))
    roster = read(tmp_path / "册.xlsx")
    assert given_back(roster) == asked(FAMILIES) and judged(roster) == FINDINGS


@pytest.mark.slow
def test_saved_by_libreoffice(written: Path, tmp_path: Path, soffice: str) -> None:
    with Office(soffice, tmp_path) as office:
        document = office.load(written)
        document.calculateAll()
        office.store(document, tmp_path / "册.xlsx")
        document.close(True)
    roster = read(tmp_path / "册.xlsx")
    assert given_back(roster) == asked(FAMILIES)
    assert judged(roster) == FINDINGS
    # calculated and saved as formulas: neither overwritten nor waiting, and the cover's sums agree
    assert not {"105", "108", "109"} & {finding.code for finding in check(roster).findings}


@pytest.mark.slow
def test_template_with_macros_filled_in(tmp_path: Path) -> None:
    """The committed .xlsm, with values put into it the way a clerk's program would, keeps being read."""
    source = ROOT / "workbooks/template_roster.xlsm"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(source, keep_vba=True)
    labels = {text: key for key, text in reader.LABELS.items()}
    for row in book[columns.COVER_SHEET].iter_rows(min_col=2, max_col=3):
        if (key := labels.get(row[0].value)) in COVER:
            row[1].value = COVER[key]
    sheet = book[columns.ROSTER_SHEET]
    for n, member in enumerate(FAMILIES, FIRST_ROW):
        for key, column in PLACES.items():
            if member.get(key, "") != "":
                sheet.cell(n, column).value = member[key]
                if isinstance(member[key], str) and member[key].startswith("="):
                    sheet.cell(n, column).data_type = "s"
    path = tmp_path / "册.xlsm"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book.save(path)
    roster = read(path)
    assert given_back(roster) == asked(FAMILIES) and judged(roster) == FINDINGS
    assert "111" in {finding.code for finding in roster.findings}  # it carries macros, which were not run


@pytest.mark.slow
def test_untouched_templates_have_nobody(tmp_path: Path) -> None:
    path = tmp_path / "册.xlsx"
    template.write_roster(path, POLICY, COVER, [], blank_rows=200)
    roster = read(path)
    assert (len(roster), roster.findings) == (0, [])
    shutil.copy(ROOT / "workbooks/template_roster.xlsm", tmp_path / "空.xlsm")
    book = intake.read(tmp_path / "空.xlsm")
    assert not isinstance(book, Refusal)
    read_roster = reader.read(book, POLICY, "空.xlsm")
    assert isinstance(read_roster, Refusal) and read_roster.code == "R206"  # nobody has said which unit


_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).filter(
    lambda text: "_x" not in text and not text.isspace()
)
_VALUES = {
    "text": st.one_of(_TEXT, st.sampled_from(["=1+1", "+86", "http://a.cn", "007", "1e5", "'", "TRUE", "2019-10-01"])),
    "number": st.one_of(st.integers(0, 10**6), st.decimals(0, 10**6, places=2).map(float), _TEXT),
    "date": st.one_of(st.dates(date(1901, 1, 1), date(2100, 1, 1)).map(lambda day: datetime(day.year, day.month, day.day)), _TEXT),
}  # fmt: skip


@st.composite
def _people(draw: st.DrawFn) -> list[dict[str, Any]]:
    rows = []
    for _ in range(draw(st.integers(1, 4))):
        row = {
            column.key: draw(st.one_of(st.just(""), _VALUES[column.kind])) for column in INPUTS if column.key != "seq"
        }
        # a placeholder such as 0, a sum or a note makes no person
        rows.append({**row, "name": "张" + draw(_TEXT.filter(lambda text: text[-1] not in "计:："))})
    return rows


@pytest.mark.slow
@given(_people())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_all_that_is_written_is_read_back(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    path = tmp_path / "册.xlsx"
    template.write_roster(path, POLICY, COVER, rows)
    assert given_back(read(path)) == asked(rows)


def test_many_people_keep_their_rows(tmp_path: Path) -> None:
    path = tmp_path / "册.xlsx"
    rows = people(300)
    rows[123]["medical_paid"] = 1.0
    template.write_roster(path, POLICY, COVER, rows)
    assert judged(read(path)) == [("605", "medical_paid", FIRST_ROW + 123)]
