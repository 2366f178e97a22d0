"""Fuzzing of what reads strangers' files; in CI a few hundred cases, by hand as many as you like:

    FUZZ=100000 python -m pytest -q -n 2 tests/fuzz

Three targets: a sheet's XML taken to pieces and put together wrongly must be refused or read as the standard says; the
bytes of a file must be refused or read as before; whatever stands in the cells of cover and roster, reading and
checking them never fails. Hypothesis makes a failing case as small as it can. The sheets found so far are kept in
corpus/ and tried first, each time; put a new one there as the failing test prints it.
"""

from __future__ import annotations

import os
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, note, settings
from hypothesis import strategies as st

from addin import checks, columns, intake
from addin import roster as rosters_module
from addin.district import assemble, reduce_roster
from addin.findings import Refusal
from addin.output import template, unit_files
from tests.support import hostile, mutations, reference, rosters
from tests.support.hostile import MAIN, ROSTER, pack, parts, row, sheet

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.xml"))
COUNT = int(os.environ.get("FUZZ", "300"))
MORE = settings(max_examples=COUNT, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/></numFmts>'
    '<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="27"/></cellXfs></styleSheet>'
)
STRINGS = (
    f'<sst xmlns="{MAIN}"><si><t>甲</t></si><si><r><t>乙</t></r><r><t xml:space="preserve"> 丙 </t></r></si></sst>'
)
PLAIN = sheet(
    row(1, '<c r="A{r}" t="s"><v>0</v></c><c r="B{r}" t="s"><v>1</v></c>'),
    row(
        2,
        '<c r="A{r}"><v>1</v></c><c r="B{r}" s="1"><v>43753</v></c><c r="C{r}" t="inlineStr"><is><t>张三</t></is></c>',
    ),
    row(3, '<c r="A{r}"><f>A2+1</f><v>2</v></c><c r="B{r}" t="str"><f>""</f><v></v></c><c r="C{r}" t="b"><v>1</v></c>'),
    row(5, '<c r="A{r}" t="e"><v>#N/A</v></c><c r="B{r}" s="2"><v>43753.5</v></c><c r="D{r}" s="1"/>'),
    after='<mergeCells count="1"><mergeCell ref="A6:B6"/></mergeCells>',
)
TOKENS = mutations.tokens(PLAIN)


def book(xml: str, strings: str = STRINGS) -> bytes:
    """The sheet in a workbook with strings and styles."""
    return pack(parts(_bytes(xml), strings=_bytes(strings), styles=STYLES))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def fails(xml: str, strings: str = STRINGS) -> str:
    return reference.wrong(book(xml, strings), hostile.SHEET, ROSTER)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_corpus(path: Path) -> None:
    assert fails(path.read_text(encoding="utf-8")) == ""


def test_the_plain_sheet_is_read() -> None:
    received_book = intake.read_bytes(book(PLAIN))
    assert isinstance(received_book, intake.Book)
    assert received_book.sheets[ROSTER].rows[1] == [1.0, date(2019, 10, 15), "张三"]
    assert fails(PLAIN) == ""


_place = st.integers(0, 10**6)
_piece = st.one_of(
    st.sampled_from([*mutations.PIECES, *sorted({*TOKENS, *mutations.tokens(STRINGS)})]),
    st.text("<>/=\"'&;#x0159AZaz.:-+eE \t\n\0张\u200b\u202e\ufeff", max_size=4),
    st.builds("<v>{}</v>".format, st.floats() | st.integers()),
    st.builds('<c r="{}" t="{}" s="{}">'.format, st.sampled_from(("A2", "a2", "B2", "A02", "XFD1", "A1048577", "$A$2")),
              st.sampled_from(("n", "s", "str", "b", "e", "d", "inlineStr", "x", "")), st.integers(-1, 9)),
)  # fmt: skip
_edit = st.tuples(st.sampled_from(("delete", "insert", "replace", "repeat", "split")), _place, _piece)


_edits = st.lists(_edit, min_size=1, max_size=5)


@pytest.mark.slow
@MORE
@given(_edits)
def test_a_sheet_is_refused_or_read_as_the_standard_says(edits: list[tuple[str, int, str]]) -> None:
    xml = _mixed(TOKENS, edits)
    note(xml)
    assert fails(xml) == ""


@pytest.mark.slow
@MORE
@given(_edits)
def test_strings_are_refused_or_read_as_the_standard_says(edits: list[tuple[str, int, str]]) -> None:
    strings = _mixed(mutations.tokens(STRINGS), edits)
    note(strings)
    assert fails(PLAIN, strings) == ""


def _mixed(tokens: list[str], edits: list[tuple[str, int, str]]) -> str:
    mixed = list(tokens)
    for kind, place, piece in edits:
        at = place % len(mixed)
        if kind == "delete" and len(mixed) > 1:
            del mixed[at]
        elif kind == "insert":
            mixed.insert(at, piece)
        elif kind == "replace":
            mixed[at] = piece
        elif kind == "repeat":
            mixed.insert(at, mixed[place // 7 % len(mixed)])
        elif mixed[at]:
            cut = place // 7 % len(mixed[at])
            mixed[at] = mixed[at][:cut] + piece + mixed[at][cut:]
    return "".join(mixed)


WHOLE = book(PLAIN)
_READ = intake.read_bytes(WHOLE)


@pytest.mark.slow
@MORE
@given(st.lists(st.tuples(st.sampled_from(("flip", "cut", "drop", "zero", "copy")), _place, st.integers(1, 300)), min_size=1, max_size=3))  # fmt: skip
@example([("flip", 10**6, 1)])
def test_bytes_are_refused_or_read_as_before(edits: list[tuple[str, int, int]]) -> None:
    content = bytearray(WHOLE)
    for kind, place, length in edits:
        at = place % max(len(content), 1)
        if kind == "flip" and content:
            content[at] ^= 1 << length % 8
        elif kind == "cut":
            del content[at:]
        elif kind == "drop":
            del content[at : at + length]
        elif kind == "zero":
            content[at : at + length] = bytes(length)
        elif kind == "copy":
            content[at:at] = content[place // 7 % max(len(content), 1) :][:length]
    book = intake.read_bytes(bytes(content))
    assert isinstance(_READ, intake.Book)
    if isinstance(book, intake.Book):
        assert book.sheets[ROSTER].rows == _READ.sheets[ROSTER].rows
        assert book.sheets[ROSTER].errors == _READ.sheets[ROSTER].errors


_WORDS = sorted({"张三", "990000199001010017", "99000019900101001x", "桥头村", "户主", "=1+1", "@SUM(1)", "http://x.example/", "甲" * 40_000, "_x000D_",
          *(choice for column in columns.COLUMNS for choice in column.choices), *(column.header for column in columns.COLUMNS)})  # fmt: skip
_value = st.one_of(
    st.just(""),
    st.sampled_from(_WORDS),
    st.text(max_size=12),
    st.floats(),
    st.integers(-5, 60_000).map(float),
    st.booleans(),
    st.dates(date(1900, 1, 1), date(9999, 12, 31)),
    st.datetimes(datetime(1900, 1, 1)),
    st.times(),
    st.timedeltas(timedelta(-9999), timedelta(9999)),
)


@pytest.mark.slow
@settings(MORE, max_examples=COUNT // 5)
@given(
    st.lists(st.dictionaries(st.sampled_from([column.key for column in columns.COLUMNS]), _value, max_size=8), max_size=6),
    st.dictionaries(st.sampled_from(sorted(rosters.COVER)), _value, max_size=2),
    st.lists(st.tuples(st.integers(1, 12), st.integers(1, 40), st.sampled_from(("error", "uncalculated"))), max_size=3),
    st.lists(st.tuples(st.integers(1, 40), _value), max_size=2),
)  # fmt: skip
@example([{"pension_paid": 1e308}, {"pension_paid": 1e308}], {}, [], [])
@example([{"pension_paid": float("inf")}], {}, [], [])
@example([{}], {"part": "不参保"}, [], [])
def test_any_content_of_cells_is_read_and_checked(
    people: list[dict[str, Any]],
    cover: dict[str, Any],
    strange: list[tuple[int, int, str]],
    headers: list[tuple[int, Any]],
) -> None:
    made = rosters.book([{**rosters.ORDINARY, **person} for person in people], **cover)
    cells = made.sheets[columns.ROSTER_SHEET]
    for row_number, column, kind in strange:
        if kind == "error":
            cells.errors[row_number, column] = "#N/A"
        else:
            cells.uncalculated.add((row_number, column))
    for column, value in headers:
        line = cells.rows[columns.HEADER_ROW - 1]
        line[(column - 1) % len(line)] = value
    roster = rosters_module.read(made, rosters.POLICY, "a.xlsx")
    if isinstance(roster, Refusal):
        assert roster.code.startswith("R2")
        return
    checked = checks.check(roster)
    result = reduce_roster(roster, checked, b"key")
    district = assemble([result], rosters.POLICY)
    # a part that is no village's name may well be taken for one: R304, as the check says to the unit itself
    of_another_village = any(finding.code == "133" for finding in checked.findings)
    assert [(line.status, line.code) for line in district.files] == [
        ("refused", "R304") if of_another_village else ("merged", "")
    ]
    for unit in district.units:
        assert unit.claimed == unit.counted + unit.late + sum(unit.not_counted.values())
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "a.xlsx"
        people_again = unit_files.as_given(roster)
        template.write_roster(copy, rosters.POLICY, rosters.COVER, people_again, findings=unit_files.in_the_copy(roster, checked.findings))  # fmt: skip
        assert not isinstance(intake.read(copy), Refusal)
