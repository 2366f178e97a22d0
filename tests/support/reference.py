"""A second reader of a sheet: slow and plain, by the standard alone, for holding the first one to its word.

It shares no code with `intake`: zipfile, an XML tree of the whole part, a dictionary of cells. What it does not know it
says (`Unclear`), and then nothing can be compared.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.etree import ElementTree

from addin import intake

MAIN = {"http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main"}
_ADDRESS = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_BLANKS = re.compile(r"[ \t\r\n]")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Unclear(Exception):
    """No reading of the file follows from the standard: damaged, or against its rules."""


def cells(content: bytes, part: str) -> dict[tuple[int, int], Any]:
    """The values of a sheet by row and column: text, float, bool, or `...` for an error or an uncalculated formula.

    Cells without a value are left out; a date is the number that stands there.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            sheet = ElementTree.fromstring(file.read(part))
            shared = next((name for name in file.namelist() if name.lower() == "xl/sharedstrings.xml"), None)
            strings = _strings(ElementTree.fromstring(file.read(shared))) if shared else []
    except (zipfile.BadZipFile, ElementTree.ParseError, KeyError, ValueError, NotImplementedError) as error:
        raise Unclear from error
    values: dict[tuple[int, int], Any] = {}
    bodies = [element for element in sheet if _name(element) == "sheetData"]
    if len(bodies) != 1 or _name(sheet) != "worksheet":
        raise Unclear
    row = 0
    for line in bodies[0]:
        if _name(line) != "row":
            raise Unclear
        row = int(line.get("r", row + 1))
        column = 0
        for cell in line:
            if _name(cell) != "c":
                raise Unclear
            at = _ADDRESS.fullmatch(cell.get("r", "").upper())
            if cell.get("r") is None:
                column += 1
            elif at is None or int(at[2]) != row:
                raise Unclear
            else:
                column = 0
                for letter in at[1]:
                    column = column * 26 + ord(letter) - 64
            value = _value(cell, strings)
            if (row, column) in values or value is None:
                # of two cells at one address either may be meant: what counts is that it is said
                values[row, column] = ... if (row, column) in values else None
            else:
                values[row, column] = value
    return {place: value for place, value in values.items() if value is not None and value != ""}


def _strings(table: ElementTree.Element) -> list[str]:
    if _name(table) != "sst" or any(_name(item) not in ("si", "extLst") for item in table):
        raise Unclear
    return [_text(item) for item in table if _name(item) == "si"]


def _value(cell: ElementTree.Element, strings: list[str]) -> Any:
    children = {_name(child): child for child in cell}
    if len(children) != len(cell) or set(children) - {"v", "f", "is", "extLst"}:
        raise Unclear
    kind, given = cell.get("t", "n"), children.get("v")
    text = "".join(given.itertext()) if given is not None else ""
    if kind == "inlineStr":
        return _text(children["is"]) if "is" in children else None
    if kind == "e":
        return ...
    if "f" in children and not text and not (kind == "str" and given is not None):
        return ...
    if kind == "str":
        return _decoded(text)
    text = text.strip()
    if not text:
        return None
    if kind == "s" and text.isdigit() and int(text) < len(strings):
        return strings[int(text)]
    if kind == "b" and text in ("0", "1", "true", "false"):
        return text in ("1", "true")
    if kind == "n" and _NUMBER.fullmatch(text):
        return float(text) if abs(float(text)) < 1e308 else ...
    if kind == "d":
        return ...
    raise Unclear


def _name(element: ElementTree.Element) -> str:
    namespace, _, name = element.tag.rpartition("}")
    return name if namespace.removeprefix("{") in MAIN else "?"


def _text(item: ElementTree.Element) -> str:
    texts = []
    for child in item:
        if _name(child) not in ("t", "r", "rPh", "phoneticPr", "extLst"):
            raise Unclear
        if _name(child) == "r" and any(_name(piece) not in ("rPr", "t") for piece in child):
            raise Unclear
        texts += [child] if _name(child) == "t" else [t for t in child if _name(child) == "r" and _name(t) == "t"]
    if any(len(t) for t in texts):
        raise Unclear
    return "".join(_decoded(t.text or "") for t in texts)


def _decoded(text: str) -> str:
    return _ESCAPE.sub(lambda match: match[0] if 0xD800 <= int(match[1], 16) < 0xE000 else chr(int(match[1], 16)), text)


def wrong(content: bytes, part: str, sheet: str) -> str:
    """What a file's reading says that its XML does not, as a sentence for a failing test; '' where they agree.

    A refusal is never wrong, and neither is a cell that is left blank and named (an error, uncalculated, given twice).
    """
    book = intake.read_bytes(content, (sheet,))
    if not isinstance(book, intake.Book) or sheet not in book.sheets or not book.sheets[sheet].was_read:
        return ""
    read = book.sheets[sheet]
    try:
        expected = cells(content, part)
    except Unclear:
        return ""
    unreadable = {*read.errors, *read.uncalculated}
    twice = set(read.duplicate_cells)
    have = {
        (row, column): value
        for row, line in enumerate(read.rows, 1)
        for column, value in enumerate(line, 1)
        if value != ""
    }
    for row, column in sorted({*expected, *have, *unreadable}):
        want, got = expected.get((row, column), ""), have.get((row, column), "")
        named = (row, column) in unreadable or bool(twice)
        if want is ...:
            right = named or not isinstance(got, str | float | bool)
        elif isinstance(want, str) and isinstance(got, str):
            # what blanks at a text's ends mean without xml:space is every program's own affair
            right = _BLANKS.sub("", want) == _BLANKS.sub("", got) or bool(twice)
        else:
            right = _number(got, date1904=book.date1904) == want or bool(twice)
        if not right:
            return f"row {row}, column {column}: the XML says {want!r}, the reading {got!r}"
    return ""


def _number(value: Any, *, date1904: bool) -> Any:
    """A day or time as the number that stands for it, to the second."""
    if isinstance(value, datetime | date) and not isinstance(value, bool):
        moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
        return _Close((moment - datetime(1904, 1, 1) if date1904 else moment - datetime(1899, 12, 30)) / timedelta(1))
    if isinstance(value, time):
        return _Close(timedelta(hours=value.hour, minutes=value.minute, seconds=value.second) / timedelta(1))
    return _Close(value / timedelta(1)) if isinstance(value, timedelta) else value


class _Close(float):
    """A number that equals another within a second of a day (and 1900's missing day)."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, float) and (abs(self - other) < 2e-5 or (other < 61 and abs(self - other - 1) < 2e-5))

    __hash__ = float.__hash__
