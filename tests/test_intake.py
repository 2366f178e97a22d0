"""What may happen to a received file: it is refused with its own code, or it is read right; nothing in between."""

from __future__ import annotations

import io
import os
import random
import re
import stat
import struct
import subprocess
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel
from python_calamine import CalamineWorkbook

from addin import columns, intake
from addin.findings import Refusal
from addin.intake import canonical, dates, sniff, workbook
from addin.intake import package as packages
from addin.intake import scan as scans
from addin.intake.block import MIXER, Block, UnsureError, alike
from addin.output import template
from scripts import make_samples
from scripts.samples.notice import load
from tests.support import hostile, rosters
from tests.support.hostile import MAIN, ROSTER, book, pack, parts, row, sheet
from tests.support.notices import LENGSHUITAN_FOLDER
from tests.support.office import Office


def read(content: bytes) -> intake.Sheet:
    """The roster sheet of a file that must be read."""
    book = intake.read_bytes(content)
    assert isinstance(book, intake.Book), book
    return book.sheets[ROSTER]


def code(content: bytes) -> str:
    book = intake.read_bytes(content)
    return book.code if isinstance(book, Refusal) else "read"


def by_openpyxl(content: bytes, name: str = ROSTER) -> list[list[Any]]:
    """The cells as openpyxl sees them: the second opinion."""
    values = openpyxl.load_workbook(io.BytesIO(content), data_only=True)[name].iter_rows(values_only=True)
    return [[_plain(value) for value in line] for line in values]


def _plain(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, datetime) and value.time() == time(0):
        return value.date()
    return float(value) if type(value) is int else value


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(("expected", "what", "make"), hostile.REFUSED, ids=[f"{c}-{w}" for c, w, _ in hostile.REFUSED])
def test_refused(expected: str, what: str, make: Callable[[], bytes]) -> None:
    book = intake.read_bytes(make())
    assert isinstance(book, Refusal), what
    assert book.code == expected
    assert book.reason.endswith("。")
    assert book.remedy.endswith("。")


_SAVED_AS = [  # LibreOffice's filter, and what becomes of the file
    ("MS Excel 97", "R102"), ("HTML (StarCalc)", "R103"), ("Text - txt - csv (StarCalc)", "R105"), ("SYLK", "R105"),
    ("calc_pdf_Export", "R106"), ("OpenDocument Spreadsheet Flat XML", "R108"), ("calc8", "R125"), ("calc8_template", "R125"),
    ("Calc MS Excel 2007 XML", "read"), ("Calc Office Open XML", "read"),
]  # fmt: skip
_WRITTEN_AS = [("MS Word 97", "R107"), ("MS Word 2007 XML", "R107"), ("Rich Text Format", "R107"), ("writer8", "R107"),
               ("HTML (StarWriter)", "R103"), ("Text", "R105")]  # fmt: skip


@pytest.mark.slow
def test_files_as_programs_really_save_them(tmp_path: Path, soffice: str) -> None:
    """Every kind saved by LibreOffice under a workbook's name, and one with a password."""
    template.write_roster(tmp_path / "a.xlsx", rosters.POLICY, rosters.COVER, [rosters.person()])
    refusals = {}
    with Office(soffice, tmp_path) as office:
        book, letter = office.load(tmp_path / "a.xlsx"), office.new("swriter")
        letter.Text.setString("花名册\n张三 990000199001010017\n" * 40)
        for document, kinds in ((book, _SAVED_AS), (letter, _WRITTEN_AS)):
            for name, _ in kinds:
                path = tmp_path / f"{len(refusals)}.xlsx"
                office.store(document, path, name)
                refusals[name] = code(path.read_bytes())
        path = tmp_path / "locked.xlsx"
        office.store(book, path, EncryptionData=office.password("geheim"))
        refusals["password"] = code(path.read_bytes())
    assert refusals == {**dict(_SAVED_AS), **dict(_WRITTEN_AS), "password": "R101"}


def test_every_code_of_content_is_tried() -> None:
    of_the_file_system, of_the_child = {"R118", "R119", "R120"}, {"R121", "R122"}
    elsewhere = {"R126", "R127", "R128"}  # tests/test_field_files.py
    wanted = {f"R{n}" for n in range(101, 129)} - elsewhere - of_the_file_system - of_the_child
    assert {expected for expected, _, _ in hostile.REFUSED} == wanted


def test_far_cell_is_named() -> None:
    received_book = intake.read_bytes(book(sheet(row(1, '<c r="XFD{r}"><v>1</v></c>'))))
    assert isinstance(received_book, Refusal)
    assert "XFD1" in received_book.reason


@pytest.mark.parametrize(
    "make",
    [
        *(pytest.param(name, marks=pytest.mark.posix("not to be made by a user of Windows")) for name in ("link", "dangling", "pipe")),
        "folder", "device",
    ],
)  # fmt: skip
def test_only_regular_files(tmp_path: Path, make: str) -> None:
    path = tmp_path / "a.xlsx"
    real = tmp_path / "real.xlsx"
    real.write_bytes(book())
    match make:
        case "link":
            path.symlink_to(real)
        case "dangling":
            path.symlink_to(tmp_path / "nowhere")
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "device":
            path = Path(os.devnull)
    received_book = intake.read(path)
    assert isinstance(received_book, Refusal)
    assert received_book.code == "R118"


@pytest.mark.posix("no link can be made by a user of Windows")
def test_link_put_in_the_place_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, real = tmp_path / "a.xlsx", tmp_path / "real.xlsx"
    path.write_bytes(book())
    real.write_bytes(book())
    opened = os.open

    def swap(name: Any, flags: int, *more: Any) -> int:
        path.unlink()
        path.symlink_to(real)
        return opened(name, flags, *more)

    monkeypatch.setattr(sniff.os, "open", swap)
    received_book = intake.read(path)
    assert isinstance(received_book, Refusal)
    assert received_book.code == "R120"


@pytest.mark.parametrize("change", ["grows", "replaced"])
def test_changed_while_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(book())
    opened = os.open

    def late(name: Any, flags: int, *more: Any) -> int:
        if change == "grows":
            path.write_bytes(path.read_bytes() + b"x")
        else:
            other = tmp_path / "other"
            other.write_bytes(path.read_bytes())
            other.replace(path)
        return opened(name, flags, *more)

    monkeypatch.setattr(sniff.os, "open", late)
    received_book = intake.read(path)
    assert isinstance(received_book, Refusal)
    assert received_book.code == "R119"


def test_unreadable_and_gone_and_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.xlsx"
    assert intake.read(path).code == "R119"  # type: ignore[union-attr]
    path.write_bytes(book())
    monkeypatch.setattr(sniff, "LARGEST_FILE", 100)
    assert intake.read(path).code == "R112"  # type: ignore[union-attr]
    monkeypatch.undo()

    def forbidden(*_: Any) -> int:
        raise PermissionError

    monkeypatch.setattr(sniff.os, "open", forbidden)
    assert intake.read(path).code == "R120"  # type: ignore[union-attr]


def test_type_is_known_from_content(tmp_path: Path) -> None:
    path = tmp_path / "花名册.xls"
    path.write_bytes(book())
    received_book = intake.read(path)
    assert isinstance(received_book, intake.Book)
    assert received_book.sheets[ROSTER].rows == [[1.0]]
    assert stat.S_ISREG(path.stat().st_mode)


# ---------------------------------------------------------------- values


def by_calamine(content: bytes, name: str) -> list[list[Any]]:
    """All cells as calamine reads them by itself."""
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name(name).to_python(skip_empty_area=False)


@pytest.mark.slow
def test_samples_are_read_as_other_readers_read_them(tmp_path: Path) -> None:
    """Cell by cell, with texts in the sheet as the samples have them, and shared as Excel saves them."""
    make_samples.make(load(LENGSHUITAN_FOLDER), tmp_path / "made", 0.002, jobs=1)
    books = sorted((tmp_path / "made").rglob("*.xls?"))
    assert len(books) > 20
    for path in books:
        content = path.read_bytes()
        book = intake.read_bytes(content)
        assert isinstance(book, intake.Book)
        for name in intake.read.__globals__["WANTED"]:
            ours, theirs = book.sheets[name].rows, by_calamine(content, name)
            width = len(ours[0]) if ours else 0
            # hidden helper columns that nobody has calculated hold nothing, and end a row for one reader only
            assert [row[:width] for row in theirs] == ours, f"{path.name} {name}"
            assert not any(any(row[width:]) for row in theirs), f"{path.name} {name}"
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"default_date_format": "yyyy-mm-dd"}) as shared:
        roster = shared.add_worksheet(ROSTER)
        for n, line in enumerate(book.sheets[ROSTER].rows):
            for m, value in enumerate(line):
                roster.write(n, m, value)
    assert b"sharedStrings" in out.getvalue()
    assert read(out.getvalue()).rows == book.sheets[ROSTER].rows == by_calamine(out.getvalue(), ROSTER)


def test_many_numbers_and_one_that_is_none() -> None:
    """To find the one, it must not be tried in how many ways the others can be cut."""
    numbers = "".join(f'<c r="{columns.letter(n)}1"><v>{10**17 + n}</v></c>' for n in range(1, 60))
    assert code(book(sheet(row(1, numbers)))) == "read"
    assert code(book(sheet(row(1, numbers, '<c r="ZZ1"><v>1x</v></c>')))) == "R114"
    assert code(book(sheet(row(1, numbers, '<c r="CA1"><v>1x</v></c>')))) == "R123"
    assert code(book(sheet(row(1, f'<c r="A1"><v>{"1" * 200_000}x</v></c>')))) == "R123"


@pytest.mark.parametrize("kind", ['t="inlineStr"', 't="str"', "", 't="s"', 't="b"'])
def test_the_character_that_contents_are_parted_by(kind: str) -> None:
    """It has no place in XML, and in a content it would make two of one."""
    value = "<is><t>1\x1e1</t></is>" if "inline" in kind else "<v>1\x1e1</v>"
    assert code(book(sheet(row(1, f'<c r="A1" {kind}>{value}</c>'.replace('" >', '">'))))) == "R123"


def test_contents_that_are_mixed_to_one_number_stay_two() -> None:
    """The scan compares contents by a number made of their words; a stranger may look for two with the same one."""
    chance, plain = (
        random.Random(SEED),
        b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%()*+,-./:;=?@",
    )

    def word() -> int:
        return int.from_bytes(bytes(chance.choices(plain, k=8)), "little")

    def mixed(number: int, following: int) -> int:
        product = number * MIXER % 2**64
        signed = product - (product >> 63 << 64)
        return (product ^ signed >> 31 & 2**64 - 1) + following

    label = scans.INLINE | 16 << 16
    for _ in range(10**6):
        words = word(), word(), word()
        last = mixed(mixed(label, words[0]), words[1]) - mixed(mixed(label, words[2]), 0)
        if set((last % 2**64).to_bytes(8, "little")) <= set(plain):
            break
    else:
        pytest.fail("no pair found")
    texts = [
        "".join(one.to_bytes(8, "little").decode() for one in pair) for pair in (words[:2], (words[2], last % 2**64))
    ]
    cells = "".join(
        f'<c r="{at}1" t="inlineStr"><is><t>{text}</t></is></c>' for at, text in zip("AB", texts, strict=True)
    )
    block = Block(row(1, cells).encode())
    start = np.array([block.text.index(text.encode()) for text in texts])
    labels = np.full(2, scans.INLINE)
    seen: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np, "unique", lambda *given, real=np.unique, **more: seen.append(1) or real(*given, **more))
        codes, first = alike(block, start, np.array([16, 16]), labels)
    assert seen, "these two are told apart without looking twice: they do not try what is to be tried"
    assert sorted(codes.tolist()) == sorted(first.tolist()) == [0, 1]
    assert read(book(sheet(row(1, cells)))).rows == [texts]


def test_ordinary_book_as_openpyxl_reads_it(tmp_path: Path) -> None:
    content = hostile.ordinary(tmp_path / "a.xlsx")
    roster = read(content)
    assert roster.rows == by_openpyxl(content)
    assert roster.rows[4] == [1.0, "张0", "990000199001010000", date(2019, 10, 5), 250.0, "", ""]
    # a formula with a blank result is written by XlsxWriter as one that was never calculated, so that programs do
    assert roster.uncalculated == {(5 + n, 6) for n in range(40)}
    assert (roster.errors, roster.duplicate_cells, roster.merged) == ({}, (), ())
    assert roster.formula_count == {5: 40, 6: 40}


def test_written_by_openpyxl(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.active.title = ROSTER
    made.active.append(
        ["序号", " 前后空格 ", "换行\n回车\r制表\t", "<&>\"'", True, 0.1, date(2019, 10, 5), time(6, 30)]
    )
    made.active.append([1, None, "=1+1", "#N/A", False, -1e-7, datetime(2019, 10, 5, 12, 30), timedelta(hours=30)])
    made.active["C2"].data_type = "s"
    made.save(tmp_path / "a.xlsx")
    content = (tmp_path / "a.xlsx").read_bytes()
    found, second = read(content), by_openpyxl(content)
    assert found.errors == {(2, 4): "#N/A"}
    second[1][3] = ""
    assert found.rows == second
    assert found.rows[1][2] == "=1+1"


@pytest.mark.parametrize("make", ["ordinary", "strict"])
def test_ordinary_producers_take_the_fast_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: str) -> None:
    content = hostile.ordinary(tmp_path / "a.xlsx")
    plain = read(content)

    def fail(*_: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(canonical, "sheet", fail)
    assert read(hostile.strict(content) if make == "strict" else content).rows == plain.rows


def test_strict_is_read_and_noted(tmp_path: Path) -> None:
    content = hostile.strict(hostile.ordinary(tmp_path / "a.xlsx"))
    book = intake.read_bytes(content)
    assert isinstance(book, intake.Book)
    assert [note.kind for note in book.notes] == ["strict"]


@pytest.mark.slow
def test_written_by_libreoffice(tmp_path: Path, soffice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = read(hostile.ordinary(tmp_path / "a.xlsx"))
    command = [soffice, "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "xlsx"]
    subprocess.run([*command, "--outdir", tmp_path / "out", tmp_path / "a.xlsx"], check=True, capture_output=True)

    def fail(*_: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(canonical, "sheet", fail)
    roster = read((tmp_path / "out/a.xlsx").read_bytes())
    assert [line[:6] for line in roster.rows] == [line[:6] for line in plain.rows]
    assert roster.formula_count == plain.formula_count


def test_prefixed_namespaces() -> None:
    def prefixed(text: str) -> str:
        return re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", text).replace("xmlns=", "xmlns:x=")

    xml = sheet(row(1, '<c r="A1"><v>1</v></c><c r="B1" t="s"><v>0</v></c><c r="C1" t="e"><v>#N/A</v></c>'))
    content = book(
        prefixed(xml), strings=prefixed(f'<sst xmlns="{MAIN}"><si><r><t>甲</t></r><r><t>乙</t></r></si></sst>')
    )
    roster = read(content)
    assert roster.rows in ([[1.0, "甲乙"]], [[1.0, "甲乙", ""]])
    assert roster.errors == {(1, 3): "#N/A"}


PREFIXED = (
    f'<?xml version="1.0" encoding="utf-8"?><x:worksheet xmlns:x="{MAIN}"><x:sheetData>{{}}</x:sheetData>'
    '<x:mergeCells><x:mergeCell ref="A1:A2"/></x:mergeCells></x:worksheet>'
)
PREFIXED_CELLS = (
    '<x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c><x:c r="B1" t="inlineStr"><x:is><x:t>a&lt;x:c&gt; x:</x:t></x:is></x:c></x:row>'
    '<x:row r="2"><x:c r="C2" t="str"><x:f>1</x:f><x:v>乙</x:v></x:c></x:row>'
)


def test_a_sheet_of_one_prefix_is_scanned_like_a_plain_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """As .NET's OpenXML SDK writes it: half a million rows in seconds, however the pieces are cut."""
    content = book(PREFIXED.format(PREFIXED_CELLS))
    meant = read(content)
    assert meant.rows == [[1.0, "a<x:c> x:", ""], ["", "", "乙"]] and meant.merged == ("A1:A2",)
    by_parser = canonical.sheet([PREFIXED.format(PREFIXED_CELLS).encode()])
    assert read(book(by_parser.decode())).rows == meant.rows

    def fail(*_: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(canonical, "sheet", fail)
    assert read(content).rows == meant.rows
    head = len(PREFIXED.split("{}", maxsplit=1)[0])
    whole = PREFIXED.format(PREFIXED_CELLS).encode()
    plain = b"".join(scans.unprefixed([whole]))
    for size in range(1, 40):
        pieces = [whole[:head], *(whole[n : n + size] for n in range(head, len(whole), size))]
        assert b"".join(scans.unprefixed(pieces)) == plain


@pytest.mark.parametrize(
    ("cells", "refused"),
    [
        ('<x:row r="1"><c r="A1"><v>1</v></c></x:row>', "R123"),  # of no namespace: not the sheet's
        ('<x:row r="1" xmlns="urn:y"><x:c r="A1"><x:v>1</x:v></x:c><c r="B1"><v>2</v></c></x:row>', "R123"),
        ('<x:row r="1"><x:c r="A1" xmlns:x="urn:y"><x:v>1</x:v></x:c></x:row>', "R123"),
        ('<x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c><y:c xmlns:y="urn:y" r="B1"/></x:row>', "R123"),
    ],
)
def test_what_has_no_prefix_or_another_is_not_taken_for_a_cell(cells: str, refused: str) -> None:
    assert code(book(PREFIXED.format(cells))) == refused


def test_cells_of_a_prefix_beside_the_plain_ones() -> None:
    """The reader looks at local names only and would take a stranger's cell for one of the sheet's."""
    xml = sheet(row(1, '<c r="A1"><v>1</v></c>', f'<y:c xmlns:y="{MAIN}" r="B1"><y:v>2</y:v></y:c>'))
    assert read(book(xml)).rows == [[1.0, 2.0]]
    assert code(book(xml.replace(f'xmlns:y="{MAIN}"', 'xmlns:y="urn:x"'))) == "R123"


def test_text_as_it_was_typed() -> None:
    strings = [
        ("<t>plain</t>", "plain"),
        ('<t xml:space="preserve"> a </t>', " a "),
        ("<r><t>ri</t></r><r><rPr><b/></rPr><t>ch</t></r><rPh sb=\"0\" eb=\"1\"><t>phonetic</t></rPh>", "rich"),
        ("<t>a_x000D_b_x005F_x000D_</t>", "a\rb_x000D_"),
        ("<t>&#x4E2D;&amp;&lt;&#10;z</t>", "中&<\nz"),
        ("<t><![CDATA[c<d]]></t>", "c<d"),
        ("<t>a<!-- x -->b</t>", "ab"),
        ("<t>&#128512;</t>", "😀"),
        ("<t/>", ""),
    ]  # fmt: skip
    shared = f'<sst xmlns="{MAIN}">{"".join(f"<si>{xml}</si>" for xml, _ in strings)}</sst>'
    letters = "ABCDEFGHI"
    by_index = row(1, *(f'<c r="{letters[n]}1" t="s"><v>{n}</v></c>' for n in range(len(strings))))
    inline = row(2, *(f'<c r="{letters[n]}2" t="inlineStr"><is>{xml}</is></c>' for n, (xml, _) in enumerate(strings)))
    expected = [text for _, text in strings]
    assert read(book(sheet(by_index, inline), strings=shared)).rows == [expected, expected]
    # and in the fast way, without what only the exact one understands
    plain = sheet(by_index, inline.replace("<![CDATA[c<d]]>", "c&lt;d").replace("<!-- x -->", ""))
    assert read(book(plain, strings=shared)).rows == [expected, expected]


def test_comment_and_cdata_in_a_value() -> None:
    """The reader takes the last piece of such a value for all of it."""
    roster = read(book(sheet(row(1, '<c r="A1"><v>1<!-- x -->2</v></c><c r="B1" t="str"><v><![CDATA[a<]]>b</v></c>'))))
    assert roster.rows == [[12.0, "a<b"]]


def test_utf16() -> None:
    xml = sheet(row(1, '<c r="A1" t="inlineStr"><is><t>中文</t></is></c>')).replace("UTF-8", "UTF-16")
    assert read(book(xml.encode("utf-16"))).rows == [["中文"]]


def test_addresses_count_from_a1_with_any_dimension() -> None:
    rows = row(3, '<c r="C3"><v>1</v></c>'), row(5, '<c r="B5"><v>2</v></c>')
    expected = [["", "", ""], ["", "", ""], ["", "", 1.0], ["", "", ""], ["", 2.0, ""]]
    for dimension in ("", '<dimension ref="A1"/>', '<dimension ref="C3:C3"/>', '<dimension ref="A1:XFD1048576"/>'):
        assert read(book(sheet(*rows, before=dimension))).rows == expected


def test_cells_and_rows_without_an_address() -> None:
    xml = sheet("<row><c><v>1</v></c><c><v>2</v></c></row>", '<row r="3"><c r="B3"><v>3</v></c><c><v>4</v></c></row>')
    assert read(book(xml)).rows == [[1.0, 2.0, ""], ["", "", ""], ["", 3.0, 4.0]]


@pytest.mark.parametrize("attributes", ['r="A1" t="str" s="0"', "r='A1' s='0' t='str'", 's="0" t="str" r="A1"',
                                        'r="A1" s="0" t="str" cm="1"', ' r = "A1"  t="str"'])  # fmt: skip
def test_attributes_in_any_order_and_quoting(attributes: str) -> None:
    assert read(book(sheet(row(1, f"<c {attributes}><v>x</v></c>")))).rows == [["x"]]


def test_rows_out_of_order_stand_where_their_addresses_say() -> None:
    xml = sheet(row(2, '<c r="B2"><v>1</v></c><c r="A2"><v>2</v></c>'), row(1, '<c r="A1"><v>3</v></c>'))
    roster = read(book(xml))
    assert roster.rows == [[3.0, ""], [2.0, 1.0]]
    assert roster.duplicate_cells == ()


def test_blank_formatted_cells_far_away_are_nothing() -> None:
    far = row(1048576, '<c r="A1048576" s="0"/>', '<c r="XFD1048576" s="0"></c>')
    assert read(book(sheet(row(1, '<c r="A1"><v>1</v></c>'), far))).rows == [[1.0]]


def test_empty_sheet() -> None:
    for xml in (sheet(), sheet().replace("<sheetData></sheetData>", "<sheetData/>"), sheet("<row r='1'/>")):
        assert read(book(xml)).rows == []


# ---------------------------------------------------------------- what the reader is silent about


def test_white_space_around_a_value_is_no_part_of_it() -> None:
    """The reader takes such a number for text and such a truth for a lie; text keeps its blanks."""
    cells = (
        '<c r="A1"><v>1\n</v></c><c r="B1" t="b"><v>0 </v></c><c r="C1" t="str"><v>x </v></c><c r="D1"><v>\t2</v></c>'
    )
    assert read(book(sheet(row(1, cells)))).rows == [[1.0, False, "x ", 2.0]]


@pytest.mark.parametrize(
    "number", ["-NaN", "-inf", "+infinity", "-", "1_0", "0x10", "1,5", "1 2", ".", "1e", "--1", "１"]
)
def test_what_is_no_number_is_never_one(number: str) -> None:
    """The reader knows words for numbers that no spreadsheet has, and takes for text what it can't read."""
    assert code(book(sheet(row(1, f'<c r="A1"><v>{number}</v></c>')))) == "R123"


def test_error_cells_are_found() -> None:
    cells = row(1, '<c r="A1" t="e"><v>#N/A</v></c><c r="B1" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="C1"><v>1</v></c>')
    roster = read(book(sheet(cells)))
    assert roster.errors == {(1, 1): "#N/A", (1, 2): "#DIV/0!"}
    assert roster.rows == [["", "", 1.0]]
    assert roster.uncalculated == set()


def test_newer_errors_do_not_cost_the_file() -> None:
    roster = read(
        book(sheet(row(1, '<c r="A1" t="e"><v>#SPILL!</v></c><c r="B1" t="e"><v>#REF!</v></c><c r="C1"><v>1</v></c>')))
    )
    assert roster.errors == {(1, 1): "#SPILL!", (1, 2): "#REF!"}
    assert roster.rows == [["", "", 1.0]]


def test_formulas_never_calculated_are_found() -> None:
    cells = row(
        1,
        '<c r="A1"><f>1+1</f></c>',
        '<c r="B1"><f>1+1</f><v></v></c>',
        '<c r="C1"><f t="shared" si="0"/><v/></c>',
        '<c r="D1" t="str"><f>""</f><v></v></c>',
        '<c r="E1" t="str"><f>1</f></c>',
        '<c r="F1"><f>A1&gt;2</f><v>3</v></c>',
        '<c r="G1"><f>A1>2</f><v>4</v></c>',
    )
    roster = read(book(sheet(cells)))
    assert roster.uncalculated == {(1, 1), (1, 2), (1, 3), (1, 5)}
    assert roster.rows == [["", "", "", "", "", 3.0, 4.0]]
    assert roster.formula_count == dict.fromkeys(range(1, 8), 1)


def test_overwritten_formulas_are_found() -> None:
    lines = [row(n, f'<c r="A{n}"><v>{n}</v></c><c r="B{n}"><f>A{n}</f><v>{n}</v></c>') for n in range(1, 7)]
    lines[2] = row(3, '<c r="A3"><v>3</v></c><c r="B3"><v>99</v></c>')
    lines[3] = row(4, '<c r="A4"><v>3</v></c><c r="B4" s="0"/>')
    roster = read(book(sheet(*lines)))
    assert roster.formula_count == {2: 4}
    assert roster.without_formula(2, range(1, 7)) == [3]
    assert roster.without_formula(2, [1, 2]) == []


def test_cells_given_twice_are_found() -> None:
    roster = read(book(sheet(row(1, '<c r="A1"><v>1</v></c><c r="B1"><v>5</v></c><c r="A1"><v>2</v></c>'))))
    assert roster.duplicate_cells == ("A1",)
    again = read(
        book(
            sheet(row(1, '<c r="A1"><v>1</v></c>'), row(2, '<c r="A2"><v>1</v></c>'), row(1, '<c r="A1"><v>2</v></c>'))
        )
    )
    assert again.duplicate_cells == ("A1",)


def test_hidden_filtered_and_merged(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as made:
        roster = made.add_worksheet(ROSTER)
        for n in range(6):
            roster.write_row(n, 0, ["x", n])
        roster.set_row(2, None, None, {"hidden": True})
        roster.set_row(4, None, None, {"hidden": True})
        roster.set_row(99, None, None, {"hidden": True})
        roster.autofilter("A1:B6")
        roster.filter_column(0, "x == x")
        roster.merge_range("D1:E2", "m")
    read_roster = read(path.read_bytes())
    assert (read_roster.hidden_rows, read_roster.first_hidden, read_roster.filtered, read_roster.merged) == (
        2,
        3,
        True,
        ("D1:E2",),
    )


def test_too_large_a_number_is_an_error() -> None:
    roster = read(book(sheet(row(1, '<c r="A1"><v>1E400</v></c><c r="B1"><v>1E30</v></c>'))))
    assert roster.rows == [["", 1e30]]
    assert roster.errors == {(1, 1): "#NUM!"}


def test_id_stored_as_a_number_stays_a_number() -> None:
    assert read(book(sheet(row(1, '<c r="A1"><v>990000199001010017</v></c>')))).rows == [[9.900001990010100e17]]


# ---------------------------------------------------------------- dates


def _styles(*formats: int | str) -> str:
    codes = {164 + n: text for n, text in enumerate(formats) if isinstance(text, str)}
    escaped = {n: text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;") for n, text in codes.items()}
    numbers = [164 + n if isinstance(given, str) else given for n, given in enumerate(formats)]
    return (
        f'<styleSheet xmlns="{MAIN}"><numFmts count="{len(codes)}">'
        + "".join(f'<numFmt numFmtId="{n}" formatCode="{text}"/>' for n, text in escaped.items())
        + f'</numFmts><cellStyleXfs count="1"><xf numFmtId="14"/></cellStyleXfs><cellXfs count="{len(numbers)}">'
        + "".join(f'<xf numFmtId="{n}"/>' for n in numbers)
        + "</cellXfs></styleSheet>"
    )


def _under(value: str, *formats: int | str, settings: str = "") -> list[Any]:
    cells = row(1, *(f'<c r="{chr(65 + n)}1" s="{n}"><v>{value}</v></c>' for n in range(len(formats))))
    return read(book(sheet(cells), styles=_styles(*formats), settings=settings)).rows[0]


CHINESE = ('yyyy"年"m"月"d"日"', '[$-804]yyyy"年"m"月"d"日"', "yyyy/m/d;@", "[$-F800]dddd\\,\\ mmmm\\ dd", "[DBNum1]yyyy年m月d日",
           "m月d日", "[$-804]aaaa", "e/m/d", "yyyy\\-mm\\-dd")  # fmt: skip
NUMBERS = (0, 1, 2, 3, 4, 9, 11, 37, 49, "0.00_d", '"d"0', "[Red]#,##0;[Blue]-#,##0", "G/通用格式", 'G/通用格式"元"', "\\d0",
           "0.0E+00", "0_);(0)", "@")  # fmt: skip


def test_chinese_date_formats() -> None:
    built_in = (14, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58)
    assert _under("43743", *built_in) == [date(2019, 10, 5)] * len(built_in)
    assert _under("43743", *CHINESE) == [date(2019, 10, 5)] * len(CHINESE)
    assert _under("43743", *NUMBERS) == [43743.0] * len(NUMBERS)


def test_times_stay_times() -> None:
    assert _under("0.25", 18, 20, 32, 34, 55, "上午/下午h时mm分", "[h]:mm", 46) == [
        *[time(6)] * 6, timedelta(hours=6), timedelta(hours=6),
    ]  # fmt: skip
    assert _under("43743.5", 14, 20, 46) == [datetime(2019, 10, 5, 12), datetime(2019, 10, 5, 12), timedelta(43743.5)]


def test_1904() -> None:
    for settings_xml in ('<workbookPr date1904="1"/>', '<workbookPr date1904="true"/>'):
        assert _under("42281", 14, settings=settings_xml) == [date(2019, 10, 5)]
    received_book = intake.read_bytes(book(settings='<workbookPr date1904="1"/>'))
    assert isinstance(received_book, intake.Book)
    assert received_book.date1904


def test_numbers_that_are_no_dates_stay_numbers() -> None:
    """A phone number in a date column must not cost the sheet: the reader's own conversion overflows there."""
    for value in ("13800138000", "990000199001010017", "-1", "0", "60", "2958466", "1E300"):
        assert _under(value, 14) == [float(value)]


def test_iso_dates() -> None:
    cells = row(1, *(f'<c r="{letter}1" t="d"><v>{text}</v></c>' for letter, text in zip(
        "ABC", ("2019-10-05", "2019-10-05T12:30:00", "2019-10-05T00:00:00Z"), strict=True)))  # fmt: skip
    assert read(book(sheet(cells))).rows == [[date(2019, 10, 5), datetime(2019, 10, 5, 12, 30), date(2019, 10, 5)]]


@given(st.integers(61, 2_900_000), st.integers(0, 86_399), st.booleans())
def test_serials_as_openpyxl_reads_them(day: int, second: int, date1904: bool) -> None:
    value = day + second / 86_400
    expected = from_excel(value, CALENDAR_MAC_1904 if date1904 else CALENDAR_WINDOWS_1900)
    assert dates.from_serial(value, workbook.DATE, date1904=date1904) == _plain(expected)


# ---------------------------------------------------------------- the workbook around the cells


def test_what_a_workbook_carries_is_noted() -> None:
    more = {
        "xl/vbaProject.bin": b"x",
        "xl/externalLinks/externalLink1.xml": b"<a/>",
        "xl/pivotTables/pivotTable1.xml": b"<a/>",
        "xl/worksheets/sheet2.xml": sheet().encode(),
    }
    relation = f'<Relationship Id="r5" Type="{hostile.OFFICE}/worksheet" Target="/xl/worksheets/sheet2.xml"/>'
    hidden = (
        '<sheet name="a" sheetId="2" state="hidden" r:id="r5"/><sheet name="b" sheetId="3" state="veryHidden" r:id="r5"/>'
        '<sheet name="花名册 (2)" sheetId="4" r:id="r5"/>'
    )
    book = intake.read_bytes(pack({**parts(sheets=hidden, relations=relation), **more}))
    assert isinstance(book, intake.Book)
    assert [note.kind for note in book.notes] == [
        "macros", "external-links", "pivot", "hidden-sheet", "very-hidden-sheet", "extra-roster",
    ]  # fmt: skip
    assert book.names == (ROSTER, "a", "b", "花名册 (2)")
    assert [sheet.was_read for sheet in book.sheets.values()] == [True, False, False, True], (
        "hidden ones are left alone"
    )


def test_of_the_template_s_own_hidden_sheet_no_finding(tmp_path: Path) -> None:
    template.write_roster(tmp_path / "a.xlsx", rosters.POLICY, rosters.COVER, [rosters.person()])
    book = intake.read(tmp_path / "a.xlsx")
    assert isinstance(book, intake.Book)
    assert [sheet.name for sheet in book.sheets.values() if sheet.state == "hidden"] == [columns.LISTS_SHEET]
    assert book.notes == ()


def test_sheet_names_are_found_folded() -> None:
    content = pack({name: data.replace(ROSTER.encode(), "花名册 ".encode()) for name, data in parts().items()})
    book = intake.read_bytes(content)
    assert isinstance(book, intake.Book)
    assert book.sheets["花名册 "].rows == [[1.0]]


def test_parts_anywhere_in_the_package() -> None:
    """Only relations say where a part is; absolute and relative targets and any case are valid."""
    made = {name.replace("xl/", "custom/"): data for name, data in parts().items()}
    made["_rels/.rels"] = made["_rels/.rels"].replace(b'"xl/workbook.xml"', b'"/Custom/Workbook.xml"')
    assert read(pack(made)).rows == [[1.0]]


def test_zip64_and_data_descriptors() -> None:
    class Unseekable(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: Any) -> int:
            raise OSError

        def tell(self) -> int:
            raise OSError

    out = Unseekable()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in parts().items():
            with file.open(name, "w", force_zip64=True) as part:
                part.write(data)
    assert read(out.getvalue()).rows == [[1.0]]


def test_reader_gets_verified_parts_only(monkeypatch: pytest.MonkeyPatch) -> None:
    given_to_reader: list[bytes] = []
    real = intake.read.__globals__["CalamineWorkbook"]

    class Spy:
        @staticmethod
        def from_filelike(file: io.BytesIO) -> Any:
            given_to_reader.append(file.getvalue())
            return real.from_filelike(file)

    monkeypatch.setitem(intake.read.__globals__, "CalamineWorkbook", Spy)
    shared = f'<sst xmlns="{MAIN}"><si><t>甲</t></si></sst>'
    made = parts(sheet(row(1, '<c r="A1" t="s"><v>0</v></c>')), strings=shared)
    read(pack({**made, "xl/vbaProject.bin": b"x", "docProps/app.xml": b"<a/>"}))
    with zipfile.ZipFile(io.BytesIO(given_to_reader[0])) as file:
        assert file.testzip() is None
        assert sorted(file.namelist()) == [
            "_rels/.rels", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/worksheets/1.xml",
        ]  # fmt: skip


def test_panic_of_the_reader_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        pass

    class Panics:
        @staticmethod
        def from_filelike(_: Any) -> Any:
            raise PanicException

    monkeypatch.setitem(intake.read.__globals__, "CalamineWorkbook", Panics)
    assert code(book(sheet(row(1, '<c r="A1" t="b"><v>1</v></c>')))) == "R123"


# ---------------------------------------------------------------- damage at random

SEED = 20191015


def _facts(content: bytes) -> Any:
    book = intake.read_bytes(content)
    if isinstance(book, Refusal):
        return None
    roster = book.sheets.get(ROSTER)
    if roster is None or not roster.was_read:
        return None
    rows = [[value.strip() if isinstance(value, str) else value for value in line] for line in roster.rows]
    return rows, roster.errors, roster.uncalculated, roster.duplicate_cells, roster.formula_count, roster.hidden_rows


@pytest.mark.parametrize("seed", range(SEED, SEED + 4))
def test_flipped_bits_and_cut_files(tmp_path: Path, seed: int) -> None:
    content = hostile.ordinary(tmp_path / "a.xlsx", 20)
    whole = _facts(content)
    chance = random.Random(seed)
    for _ in range(400):
        damaged = bytearray(content)
        if chance.random() < 0.2:
            del damaged[chance.randrange(len(damaged)) :]
        for _ in range(chance.randint(1, 3)):
            if damaged:
                damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        answer = _facts(bytes(damaged))
        assert answer in (None, whole), f"seed {seed}"


_PIECES = (
    "<v>", "</v>", '<c r="C6">', "</c>", '<row r="6">', "</row>", "<f>", "</f>", "<v/>", "<!-- x -->", "<![CDATA[q]]>",
    "<?x?>", " ", "\x1e", "<is><t>", "&amp;", '<c r="B6"/>', '<c r="D6" s="2"><v>43743</v></c>', "<sheetData>", "</sheetData>",
    '<c r="Z6" t="str"><f>1</f></c>', '<c r="Z7" t="e"><f>1</f><v>#SPILL!</v></c>', '<row r="9" hidden="1"/>', "\0", "\x01",
    "<row><c><v>7</v></c></row>", "<c r='A7' t='b'><v>1</v></c>", '<c r="A5" t="d"><v>2019-10-05</v></c>', '<x:c xmlns:x="q"/>',
    '<c s="1" r="D7"><v>5</v></c>', '<c r="D7" cm="1" t="n"><v>5</v></c>', '<c r="A6"><v>1E400</v></c>',
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEED, SEED + 4))
def test_fast_scan_and_exact_parse_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Sheets with pieces of XML moved about: whenever the exact way reads one, the fast way says the same.

    The reverse does not hold: the reader forgives tags that do not match. What is damaged by accident has no right CRC.
    """
    with zipfile.ZipFile(io.BytesIO(hostile.ordinary(tmp_path / "a.xlsx", 8))) as file:
        made = {name: file.read(name) for name in file.namelist()}
    tokens = re.findall(r"<[^>]*>|[^<]+", made["xl/worksheets/sheet2.xml"].decode())
    fast = scans.scan
    plain_start = f'<worksheet xmlns="{MAIN}"><sheetData>'.encode()

    def exact(chunks: Any, formats: Any, extent: scans.Extent) -> scans.Scan:
        pieces = list(chunks)
        if len(pieces) == 1 and pieces[0].startswith(plain_start):
            return fast(pieces, formats, extent)
        raise UnsureError

    chance = random.Random(seed)
    read_by_both = 0
    for _ in range(150):
        mixed = list(tokens)
        for _ in range(chance.choice((1, 1, 1, 2))):
            at = chance.randrange(len(mixed))
            match chance.randrange(4):
                case 0:
                    del mixed[at]
                case 1:
                    mixed.insert(at, chance.choice(_PIECES))
                case 2:
                    mixed[at] = chance.choice(_PIECES)
                case 3:
                    mixed.insert(at, chance.choice(tokens))
        content = pack({**made, "xl/worksheets/sheet2.xml": "".join(mixed).encode()}, method=zipfile.ZIP_STORED)
        quick = _facts(content)
        with monkeypatch.context() as patch:
            patch.setattr(scans, "scan", exact)
            slow = _facts(content)
        if slow is not None:
            read_by_both += 1
            assert quick == slow, f"seed {seed}"
    assert read_by_both > 5


@settings(max_examples=60)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<?xml", b"%PDF"]),
)
def test_any_bytes_are_refused(content: bytes, start: bytes) -> None:
    book = intake.read_bytes(start + content)
    assert isinstance(book, Refusal)


def test_scan_does_not_depend_on_where_the_pieces_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = hostile.ordinary(tmp_path / "a.xlsx", 8)
    whole = _facts(content)
    for size in (1, 7, 64, 1000):
        monkeypatch.setattr(packages, "CHUNK", size)
        assert _facts(content) == whole


def test_declared_size_does_not_decide_how_much_is_inflated() -> None:
    content = pack({**parts(), "xl/media/big.bin": bytes(5_000_000)})
    small = struct.pack("<I", 1000)
    lying = hostile.patched(content, "xl/media/big.bin", 24, small)
    assert code(hostile.patched(lying, "xl/media/big.bin", 22, small, central=False)) == "R112"
