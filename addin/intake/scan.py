"""What a sheet's XML holds that the reader passes over in silence or dies of, found without reading the values.

calamine gives error cells and never-calculated formulas as empty, lets the last of two equal addresses win, reads dates
by its own opinion, and aborts the process at a cell far away. The scan looks at each cell's tag with array operations,
a megabyte at a time, while the part is inflated. It knows only the plain form that Excel, WPS, LibreOffice, openpyxl,
POI and XlsxWriter write, and is exact there; at anything else it raises `UnsureError`, and `canonical` writes the sheet
anew in the plain form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from addin.intake.package import LARGEST_HELD
from addin.intake.reasons import RefusedError, too_large

LAST_ROW, LAST_COLUMN = 200_000, 300
"""A value beyond is a stray one: no roster is that long or wide."""
MOST_CELLS = 4_000_000
"""Cells of one sheet: 100,000 people by 40 columns. At 500 bytes a cell at worst, what a child may use."""
MOST_AREA = 8_000_000
"""Rows times columns up to the last value: the reader fills the whole rectangle."""

ISO_DATE = 9
"""Beside the kinds of `workbook`: a cell that holds its date as text (`t="d"`)."""

READERS_ERRORS = {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"}
"""Error values that the reader knows; it fails at newer ones such as #SPILL!."""

_MAIN = (
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    b"http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_HEAD = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*)?<worksheet(?=[\s>])([^>]*)>(?:[^<]*<(?!/?sheetData)[/a-zA-Z][^>]*>)*[^<]*"
    rb"<sheetData\s*>",
)
_DECLARED = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"'](?!utf-8[\"']|us-ascii[\"'])", re.IGNORECASE)
_NAMESPACE = re.compile(rb"""\sxmlns\s*=\s*["']([^"']*)["']""")
_ROW = re.compile(rb"<row(?=[\s>/])([^>]*)>")
_ROW_NUMBER = re.compile(rb"""\sr=["']([1-9]\d{0,6})["']""")
_HIDDEN = re.compile(rb"""\shidden=["'](?:1|true|on)["']""")
_PREFIXED = re.compile(rb":(?:c|row|v|f|is|r|t|sheetData)[\s>/]")
_MERGED = re.compile(rb"""<mergeCell\s[^>]*?ref=["']([A-Za-z0-9:]+)["']""")

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

_NUMBER, _STRING, _TEXT, _INLINE, _BOOL, _ERROR, _ISO = range(7)
_KINDS = ((b's"', _STRING), (b'inlineStr"', _INLINE), (b'n"', _NUMBER), (b'str"', _TEXT), (b'b"', _BOOL),
          (b'e"', _ERROR), (b'd"', _ISO))  # fmt: skip
_PAD = b"\0" * 64
"""After a block, so that looking a few bytes ahead of its last tag stays inside."""
SHIFT = 15
"""A cell's key is row << 15 | column: Excel's columns go up to 16,384, one more than 14 bits hold."""
COLUMN = (1 << SHIFT) - 1


class UnsureError(Exception):
    """The sheet is not in the plain form: only an XML parse can tell."""


@dataclass
class Scan:
    """What one sheet holds. Keys are row << 15 | column, 1-based; ascending."""

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    uncalculated: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    formulas: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    dates: list[tuple[Ints, int]] = field(default_factory=list)
    """Keys of cells whose number is a date or time by their format, with the kind."""
    hidden: list[int] = field(default_factory=list)
    filtered: bool = False
    merged: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()
    strange_errors: bool = False
    last_row: int = 0
    last_column: int = 0
    values: tuple[int, int] | None = None
    """How many cells must come out of the reader with a value, at least and at most; None where cells are doubled."""
    numbers: int = 0
    """How many of them must come out as numbers: the reader gives text for a number that it can't read."""


def scan(chunks: Iterable[bytes], formats: Sequence[int]) -> Scan:
    """Scan a sheet given piece by piece; `formats` say for each cell format whether it shows dates (`workbook`)."""
    work = _Work(formats)
    held = b""
    inside = False
    tail: list[bytes] = []
    after = 0
    for chunk in chunks:
        if tail:
            tail.append(chunk)
            after += len(chunk)
            if after > LARGEST_HELD:
                raise UnsureError
            continue
        held += chunk
        if not inside:
            held, inside, empty = _head(held)
            if empty:
                tail = [held]
                continue
            if not inside:
                continue
        end = held.find(b"</sheetData>")
        # a whole row at a time; what follows the last row's beginning waits for the next piece
        cut = end if end >= 0 else held.rfind(b"<row")
        if cut > 0:
            work.block(held[:cut])
        if end >= 0:
            tail, held = [held[end:]], b""
        else:
            held = held[max(cut, 0) :]
            if len(held) > LARGEST_HELD:
                raise UnsureError
    if not tail:
        raise UnsureError
    _tail(b"".join(tail), work.found)
    return work.finish()


def _head(held: bytes) -> tuple[bytes, bool, bool]:
    """Leave out what stands before the rows, once it is there; the last flag says that there are no rows at all."""
    at = held.find(b"<sheetData")
    if at < 0 or held.find(b">", at) < 0:
        if len(held) > LARGEST_HELD:
            raise UnsureError
        return held, False, False
    end = held.find(b">", at) + 1
    empty = held[end - 2 : end] == b"/>"
    head = held[: end - 2].rstrip() + b">" if empty else held[:end]
    match = _HEAD.fullmatch(head)
    if match is None or _DECLARED.match(head):
        raise UnsureError
    namespaces = _NAMESPACE.findall(head)
    # a second name for the main namespace would let cells hide behind a prefix
    if len(namespaces) != 1 or namespaces[0] not in _MAIN or sum(head.count(uri) for uri in _MAIN) != 1:
        raise UnsureError
    return held[end:], not empty, empty


def _tail(tail: bytes, found: Scan) -> None:
    if not tail.rstrip().endswith(b"</worksheet>") or b"<sheetData" in tail or b"<!" in tail or b"<?" in tail:
        raise UnsureError
    found.merged = tuple(area.decode("ascii") for area in _MERGED.findall(tail))
    found.filtered = b"<filterColumn" in tail


class _Work:
    """Gathers the facts of one sheet block by block."""

    def __init__(self, formats: Sequence[int]) -> None:
        self.found = Scan()
        self.formats = np.array([*formats, 0], dtype=np.uint8)
        self.keys: list[Ints] = []
        self.formulas: list[Ints] = []
        self.waiting: list[Ints] = []
        self.dates: dict[int, list[Ints]] = {}
        self.count = self.last_row = self.last_column = self.certain = self.possible = self.numbers = 0
        self.ends = [0, 0]
        """Keys of the first value in the last row and in the last column."""

    def block(self, block: bytes) -> None:
        """Scan complete rows."""
        a = np.frombuffer(block + _PAD, np.uint8)
        less = a[:-64] == 60
        second = a[1:-63]
        if (less & ((second == 33) | (second == 63))).any() or _PREFIXED.search(block):
            raise UnsureError
        opening = np.flatnonzero(less & (second == 99))
        opening = opening[a[opening + 2] < 65]  # not <col ...> or the like
        starts, numbers = self._rows(block, a, less & (second == 114))
        if not len(opening):
            return
        cells = _Cells(a, opening)
        owner = np.searchsorted(starts, opening) - 1
        if owner[0] < 0 or (numbers[owner] != cells.row).any():
            raise UnsureError
        self._values(a, less, second, cells)
        self._gather(block, cells)

    def _rows(self, block: bytes, a: Bytes, begins_with_r: Flags) -> tuple[Ints, Ints]:
        """Where the rows begin, and their numbers."""
        starts = np.flatnonzero(begins_with_r)
        starts = starts[(a[starts + 2] == 111) & (a[starts + 3] == 119) & (a[starts + 4] < 65)]
        numbers, end = _number(a, starts + 8, 7, 48, 10, 0)
        plain = _here(a, starts + 4, b' r="') & (a[end] == 34) & (numbers > 0)
        if plain.all() and b" hidden=" not in block:
            return starts, numbers
        for n, match in enumerate(_ROW.finditer(block)):
            number = _ROW_NUMBER.search(match[1])
            if number is None or match.start() != starts[n]:
                raise UnsureError
            numbers[n] = int(number[1])
            if _HIDDEN.search(match[1]):
                self.found.hidden.append(int(number[1]))
        return starts, numbers

    def _values(self, a: Bytes, less: Flags, second: Bytes, cells: _Cells) -> None:
        """Which cells have a value, an empty value, or none."""
        values = np.flatnonzero(less & (second == 118))
        after = a[values + 2]
        values = values[(after == 62) | (after == 47) | (after == 32)]
        if (a[values + 2] == 32).any():
            raise UnsureError
        owner = np.searchsorted(cells.at, values) - 1
        if len(owner) and (owner[0] < 0 or (np.diff(owner) <= 0).any() or cells.blank[owner].any()):
            raise UnsureError
        first = np.where(a[values + 2] == 62, a[values + 3], 60)
        full = first != 60
        # what follows a value, or its empty tag, is its end: an element inside would hide the value or cut it
        tags = np.flatnonzero(less)
        ends = tags[np.minimum(np.searchsorted(tags, values) + 1, len(tags) - 1)]
        closing = np.where(a[values + 2] == 47, 99, 118)
        if ((a[ends + 1] != 47) | (a[ends + 2] != closing) | (a[ends + 3] != 62)).any():
            raise UnsureError
        # a number begins like one, sign or not; NaN and -inf would come out as numbers, too
        numeric = full & (cells.kind[owner] == _NUMBER)
        begin = np.where((first == 45) | (first == 43), a[values + 4], first)
        if (numeric & ~(((begin >= 48) & (begin <= 57)) | (begin == 46))).any():
            raise UnsureError
        # to the reader all but 0 is true
        truths = values[full & (cells.kind[owner] == _BOOL)] + 3
        if (((a[truths] != 48) & (a[truths] != 49)) | (a[truths + 1] != 60)).any():
            raise UnsureError
        # the reader takes what is no number of a shared string for the first one
        _, end = _number(a, values[full & (cells.kind[owner] == _STRING)] + 3, 8, 48, 10, 0)
        if (a[end] != 60).any() or (a[end - 1] == 62).any():
            raise UnsureError
        cells.given[owner] = True
        cells.value[owner] = np.where(full, values + 3, 0)
        if ((cells.kind == _INLINE) & cells.given).any() or (cells.inline & (cells.kind != _INLINE)).any():
            raise UnsureError

    def _gather(self, block: bytes, cells: _Cells) -> None:
        keys = cells.row << SHIFT | cells.column
        valued = (cells.value > 0) | cells.inline
        near = (cells.row <= LAST_ROW) & (cells.column <= LAST_COLUMN)
        if (valued & ~near).any():
            far = keys[np.argmax(valued & ~near)]
            raise stray(far)
        self.count += len(keys)
        if self.count > MOST_CELLS:
            raise too_large(f"工作表有{MOST_CELLS // 10_000}万个以上的单元格")
        self.keys.append(keys[near])
        valued &= cells.kind != _ERROR
        self.possible += int(valued.sum())
        self.numbers += int((valued & (cells.kind == _NUMBER)).sum())
        # a string may be empty; what stands in the sheet itself is not
        self.certain += int((valued & (cells.kind != _STRING) & (cells.kind != _INLINE)).sum())
        if valued.any():
            for n, places in enumerate((cells.row, cells.column)):
                most = int(places[valued].max())
                if most > (self.last_row, self.last_column)[n]:
                    self.ends[n] = int(keys[np.argmax(valued & (places == most))])
                    self.last_row, self.last_column = (most, self.last_column) if n == 0 else (self.last_row, most)
        self.formulas.append(keys[cells.formula])
        wrong = cells.kind == _ERROR
        for index in np.flatnonzero(wrong).tolist():
            start = int(cells.value[index])
            if not start:
                raise UnsureError
            text = block[start : block.find(b"<", start)].decode("utf-8", "replace")
            self.found.strange_errors |= text not in READERS_ERRORS
            self.found.errors[place(int(keys[index]))] = text
        # an empty text is a result, and is written as <v></v> of type str
        waiting = cells.formula & ~wrong & (cells.value == 0) & ~((cells.kind == _TEXT) & cells.given) & ~cells.inline
        self.waiting.append(keys[waiting])
        shown = self.formats[np.minimum(cells.style, len(self.formats) - 1)]
        shown[cells.kind != _NUMBER] = 0
        shown[cells.kind == _ISO] = ISO_DATE
        shown[cells.value == 0] = 0
        for kind in np.unique(shown[shown > 0]).tolist():
            self.dates.setdefault(kind, []).append(keys[shown == kind])

    def finish(self) -> Scan:
        """The facts of the whole sheet."""
        if self.last_row * self.last_column > MOST_AREA:
            raise stray(self.ends[self.last_column > 100])
        found = self.found
        found.last_row, found.last_column = self.last_row, self.last_column
        found.values, found.numbers = (self.certain, self.possible), self.numbers
        found.formulas = np.concatenate([np.zeros(0, np.int64), *self.formulas])
        found.uncalculated = np.concatenate([np.zeros(0, np.int64), *self.waiting])
        found.dates = [(np.concatenate(parts), kind) for kind, parts in sorted(self.dates.items())]
        keys = np.concatenate([np.zeros(0, np.int64), *self.keys])
        if (keys[1:] <= keys[:-1]).any():
            keys = np.sort(keys)
            found.formulas = np.sort(found.formulas)
            twice = np.unique(keys[1:][keys[1:] == keys[:-1]])
            found.values = None if len(twice) else found.values
            found.duplicates = tuple(address(key) for key in twice.tolist())
        return found


class _Cells:
    """The cells of a block, one array element each, from their tags."""

    def __init__(self, a: Bytes, at: Ints) -> None:
        count = len(at)
        self.at = at
        if not _here(a, at + 2, b' r="').all():
            raise UnsureError
        cursor = at + 6
        self.column, cursor = _number(a, cursor, 3, 65, 26, 1)
        self.row, cursor = _number(a, cursor, 7, 48, 10, 0)
        if (self.column == 0).any() or (self.row == 0).any() or (a[cursor] != 34).any() or (a[at + 6] > 90).any():
            raise UnsureError
        cursor += 1
        self.kind = np.full(count, _NUMBER, np.uint8)
        self.style = np.zeros(count, np.int64)
        cursor = self._attributes(a, cursor)
        closed = a[cursor] == 47
        cursor += np.where(closed, 2, 1)
        if (a[cursor - 1] != 62).any():
            raise UnsureError
        first, second = a[cursor], a[cursor + 1]
        opens = ~closed & (first == 60)
        self.blank = closed | (opens & (second == 47))
        self.formula = opens & (second == 102) & (a[cursor + 2] <= 62)
        self.inline = opens & (second == 105) & (a[cursor + 2] == 115)
        value = opens & (second == 118)
        if not (self.blank | self.formula | self.inline | value).all():
            raise UnsureError
        self.given = np.zeros(count, bool)
        self.value = np.zeros(count, np.int64)
        """Where the value's text begins; 0 without one."""

    def _attributes(self, a: Bytes, cursor: Ints) -> Ints:
        """Style and type, in either order, and a few that mean nothing here; the cursor ends before > or />."""
        for _ in range(5):
            more = np.flatnonzero(a[cursor] == 32)
            if not len(more):
                return cursor
            here = cursor[more]
            letter = a[here + 1]
            short = (a[here + 2] == 61) & (a[here + 3] == 34)
            style, kind = short & (letter == 115), short & (letter == 116)
            other = ~(style | kind)
            if other.any():
                odd = here[other]
                if not (_here(a, odd, b' cm="') | _here(a, odd, b' vm="') | _here(a, odd, b' ph="')).all():
                    raise UnsureError
            digits = style | other
            number, end = _number(a, here[digits] + np.where(style[digits], 4, 5), 7, 48, 10, 0)
            if (a[end] != 34).any():
                raise UnsureError
            self.style[more[style]] = number[style[digits]]
            cursor[more[digits]] = end + 1
            places, types = more[kind], here[kind] + 4
            for word, code in _KINDS:
                match = _here(a, types, word)
                self.kind[places[match]] = code
                cursor[places[match]] = types[match] + len(word)
                places, types = places[~match], types[~match]
            if len(places):
                raise UnsureError
        raise UnsureError


def _here(a: Bytes, at: Ints, word: bytes) -> Flags:
    """Where the word stands at the given places."""
    match = a[at] == word[0]
    for n, byte in enumerate(word[1:], 1):
        match &= a[at + n] == byte
    found: Flags = match
    return found


def _number(a: Bytes, cursor: Ints, most: int, zero: int, base: int, least: int) -> tuple[Ints, Ints]:
    """Read a number in the given digits at each place; gives it, 0 where there is none, and where it ends."""
    value = np.zeros(len(cursor), np.int64)
    cursor = cursor.copy()
    for _ in range(most):
        digit = a[cursor].astype(np.int64) - zero
        more = (digit >= 0) & (digit < base)
        if not more.any():
            break
        # digits end for good at the first other byte, for the cursor stays there
        value = np.where(more, value * base + digit + least, value)
        cursor += more
    return value, cursor


def place(key: int) -> tuple[int, int]:
    """Row and column of a key."""
    return key >> SHIFT, key & COLUMN


def rows_of(keys: Ints, column: int) -> Ints:
    """The rows of the keys in one column."""
    rows: Ints = keys[(keys & COLUMN) == column] >> SHIFT
    return rows


def columns_of(keys: Ints) -> dict[int, int]:
    """How many keys each column has."""
    columns, counts = np.unique(keys & COLUMN, return_counts=True)
    return dict(zip(columns.tolist(), counts.tolist(), strict=True))


def address(key: int) -> str:
    """A key as Excel's address.

    >>> address(7 << 15 | 28), address(1 << 15 | 16384)
    ('AB7', 'XFD1')
    """
    row, column = place(key)
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def stray(key: int) -> RefusedError:
    remedy = "请选中名单以外的行和列，整行整列删除，保存后再报。"
    return RefusedError("R114", f"单元格{address(key)}有内容，远在名单之外。", remedy)
