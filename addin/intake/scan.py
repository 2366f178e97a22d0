"""Scans a sheet's XML: the content of each cell, and everything that a reader of values leaves out.

The scan looks at the tags with array operations, some megabytes at a time, while the part is inflated. It finds each
cell's address, type and format and the bytes of its content, each different content once; what the bytes mean is not
decided here (`read`). It also finds what other readers do not report: error cells, formulas that were never
calculated, addresses given twice, cells far away. It knows only the plain form that Excel, WPS, LibreOffice, openpyxl,
POI and XlsxWriter write, tag by tag, also with one prefix as OpenXML SDK does, and is exact there; at anything else it
raises `UnsureError`, and `canonical` writes the sheet anew in the plain form.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count

import numpy as np

from addin.intake.block import MASKS, SEPARATOR, Block, Cells, Flags, Ints, UnsureError, alike, number_at, word_of
from addin.intake.package import LARGEST_HELD
from addin.intake.reasons import RefusedError, too_large

MOST_ROWS = 1 << 20
"""Rows of a sheet, be they empty: Excel has no more."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much one sheet may hold.

    A value beyond the last row or column is a stray one. `area` is rows times columns up to the last value, since a
    grid is the whole rectangle; `text` are the characters of the different texts.
    """

    last_row: int
    last_column: int
    cells: int
    area: int
    text: int


ROSTER = Extent(200_000, 300, 4_000_000, 8_000_000, 40_000_000)
"""100,000 people by 40 columns. At 500 bytes a cell at worst, what a child may use; every rule looks at each text."""
LIST = Extent(MOST_ROWS, 300, 12_000_000, 20_000_000, 160_000_000)
"""A department's list may be of the whole district in both schemes, as long as a sheet can be: a million lines of a
dozen columns, of which a few are looked at and none is kept."""


_MAIN = (
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    b"http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_HEAD = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*)?<worksheet(?=[\s>])([^>]*)>"
    rb"(?:[^<]*<(?!/?sheetData)[/a-zA-Z][^>]*>)*[^<]*<sheetData\s*>",
)
_DECLARED = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"'](?!utf-8[\"']|us-ascii[\"'])", re.IGNORECASE)
_NAMESPACE = re.compile(rb"""\sxmlns\s*=\s*["']([^"']*)["']""")
_ROW_NUMBER = re.compile(rb"""\sr=["']([1-9]\d{0,6})["']""")
_HIDDEN = re.compile(rb"""\shidden=["'](?:1|true|on)["']""")
_MERGED = re.compile(rb"""<mergeCell\s[^<>]*?ref=["']([A-Za-z0-9:]+)["']""")

NUMBER, SHARED, TEXT, INLINE, KEPT, BOOL, ISO, _ERROR = range(8)
"""Kinds of contents. SHARED is the number of a shared string, TEXT a formula's, INLINE text that stands in the sheet
itself, KEPT such text whose blanks at its ends count, ISO a date as text."""
SHOWN = 8
"""A number's kind is NUMBER + SHOWN times what its format makes of it (see `workbook`)."""
_KINDS = {b"n": NUMBER, b"s": SHARED, b"str": TEXT, b"inlineStr": INLINE, b"b": BOOL, b"d": ISO, b"e": _ERROR}
_ATTRIBUTES = re.compile(rb'((?: (?:s|cm|vm|ph)="[0-9]{1,7}"| t="[a-zA-Z]{1,9}")*) ?/?')
_STYLE, _TYPE = re.compile(rb' s="([0-9]+)"'), re.compile(rb' t="([a-zA-Z]+)"')
FLOAT = rb"[-+]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][-+]?[0-9]++)?"
"""A pattern for numbers that needs no backtracking."""
_SOUND = {
    kind: re.compile(rb"(?:\x1e%b)*+" % pattern)
    for kind, pattern in ((NUMBER, FLOAT), (SHARED, rb"[0-9]{1,8}"), (BOOL, rb"[01]"))
}
"""Patterns of the contents of a kind, each after its separator: readers accept anything."""

SHIFT = 15
"""A cell's key is row << 15 | column: Excel's columns go up to 16,384, one more than 14 bits hold."""
COLUMN = (1 << SHIFT) - 1


@dataclass
class Scan:
    """The contents of one sheet. Keys are row << 15 | column, 1-based.

    `keys` are the cells with a content, in the file's order, and `codes` say which: an index into `contents`, the
    different contents of each kind one after the other.
    """

    keys: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    codes: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    contents: list[tuple[int, list[bytes]]] = field(default_factory=list)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    uncalculated: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    formulas: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    hidden: list[int] = field(default_factory=list)
    filtered: bool = False
    merged: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()


def scan(chunks: Iterable[bytes], formats: Sequence[int], extent: Extent = ROSTER) -> Scan:
    """Scan a sheet given piece by piece; `formats` say for each cell format whether it shows dates (`workbook`)."""
    work = _Work(formats, extent)
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
        # rows after the end, if any, make a block that is not in the plain form
        end = held.find(b"</sheetData>", max(held.rfind(b"</row>"), 0))
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


_PREFIXED = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*)?<([A-Za-z]{1,9}):worksheet(?=\s)[^>]*\sxmlns:\1=\"(?:%b)\"[^>]*>"
    % b"|".join(map(re.escape, _MAIN))
)
_BARE = re.compile(rb"</?[A-Za-z_][^\s/>:]*[\s/>]")


def unprefixed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """A sheet whose elements all have one prefix, as .NET's OpenXML SDK writes it, without the prefix; else as it is.

    Raises `UnsureError` where elements without a prefix stand among them: they would seem to be the sheet's own.
    """
    pieces = iter(chunks)
    held = next(pieces, b"")
    match = _PREFIXED.match(held)
    if match is None:
        yield held
        yield from pieces
        return
    prefix = match[1]
    named, begins, ends = b"xmlns:%b=" % prefix, b"<%b:" % prefix, b"</%b:" % prefix
    declared = 0
    for piece in itertools.chain(pieces, [b"<"]):
        held += piece
        cut = held.rfind(b"<")  # only whole tags
        whole, held = held[:cut], held[cut:]
        declared += whole.count(named)
        if declared > 1 or _BARE.search(whole) or len(held) > LARGEST_HELD:
            raise UnsureError
        yield whole.replace(named, b"xmlns=").replace(begins, b"<").replace(ends, b"</")


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


def _tail(tail: bytes, scan: Scan) -> None:
    if not tail.rstrip().endswith(b"</worksheet>") or b"<sheetData" in tail or b"<!" in tail or b"<?" in tail:
        raise UnsureError
    scan.merged = tuple(area.decode("ascii") for area in _MERGED.findall(tail))
    scan.filtered = b"<filterColumn" in tail


class _Work:
    """Gathers the facts of one sheet block by block."""

    def __init__(self, formats: Sequence[int], extent: Extent) -> None:
        self.found, self.extent = Scan(), extent
        self.formats = np.array([*formats, 0], dtype=np.int64)
        self.known: dict[int, defaultdict[bytes, int]] = {}
        self.all_keys: list[Ints] = []
        self.keys: list[Ints] = []
        self.codes: list[Ints] = []
        self.formulas: list[Ints] = []
        self.waiting: list[Ints] = []
        self.count = self.rows = self.last_row = self.last_column = 0
        self.ends = [0, 0]
        """Keys of the first value in the last row and in the last column."""

    def block(self, text: bytes) -> None:
        """Scan complete rows."""
        block = Block(text)
        if not len(block.rows):
            return
        self.rows += len(block.rows)
        if self.rows > MOST_ROWS:
            raise too_large(f"工作表有{MOST_ROWS // 10_000}万个以上的行")
        cells = block.cells(*self._rows(block))
        style, kind = self._styles(block, cells)
        wrong = kind == _ERROR
        inline = cells.inline
        if ((kind == INLINE) & cells.given).any() or (inline & (kind != INLINE)).any():
            raise UnsureError
        kind[cells.keeps_blanks] = KEPT
        keys = cells.row << SHIFT | cells.column
        valued = cells.length > 0
        self._extent(keys, cells, valued)
        self._errors(block, cells, keys, wrong)
        # an empty text is a result, and is written as <v></v> of type str
        waiting = cells.formula & ~wrong & ~valued & ~((kind == TEXT) & cells.given)
        self.formulas.append(keys[cells.formula])
        self.waiting.append(keys[waiting])
        plain = np.flatnonzero(valued & ~wrong)
        shown = self.formats[np.minimum(style[plain], len(self.formats) - 1)]
        labels = kind[plain] + np.where(kind[plain] == NUMBER, shown * SHOWN, 0)
        self.keys.append(keys[plain])
        self.codes.append(self._contents(block, cells.start[plain], cells.length[plain], labels))

    def _rows(self, block: Block) -> tuple[Ints, Ints, Ints]:
        """Of each row its number, and how the addresses of its cells end: length and bytes."""
        at = block.at[block.rows]
        number, end = number_at(block.a, at + 8)
        length = end - at - 7
        plain = (block.eights[at] == word_of(b'<row r="')) & (block.a[end] == 34) & (number > 0) & (length > 1)
        heads = block.slices(at, block.row_ends - at)
        if plain.all() and not any(b" hidden=" in head for head in heads):
            return number, length, block.eights[at + 8] & MASKS[length]
        for n, attributes in enumerate(heads):
            match = _ROW_NUMBER.search(attributes)
            if match is None:
                raise UnsureError
            number[n], length[n] = int(match[1]), len(match[1]) + 1
            if _HIDDEN.search(attributes):
                self.found.hidden.append(int(match[1]))
        digits = [word_of(b'%d"' % n) for n in number.tolist()]
        return number, length, np.array(digits, np.int64)

    def _styles(self, block: Block, cells: Cells) -> tuple[Ints, Ints]:
        """Format and kind of each cell; few combinations of attributes occur in a sheet."""
        length = block.cell_ends - cells.attributes
        codes, first = alike(block, cells.attributes, length, np.zeros(len(length), np.int64))
        styles, kinds = np.zeros(len(first), np.int64), np.zeros(len(first), np.int64)
        for n, attribute in enumerate(block.slices(cells.attributes[first], length[first])):
            styles[n], kinds[n] = _understood(attribute)
        return styles[codes], kinds[codes]

    def _contents(self, block: Block, start: Ints, length: Ints, labels: Ints) -> Ints:
        """Each content's label and its number among those of the label, label << 32 | number."""
        codes, first = alike(block, start, length, labels)
        numbers = np.zeros(len(first), np.int64)
        for label in np.unique(labels[first]).tolist():
            own = np.flatnonzero(labels[first] == label)
            if label not in self.known:
                self.known[label] = defaultdict(count().__next__)  # a new content gets the next number
            texts = block.slices(start[first[own]], length[first[own]])
            numbers[own] = np.fromiter(map(self.known[label].__getitem__, texts), np.int64, len(texts)) + (label << 32)
        return numbers[codes]

    def _extent(self, keys: Ints, cells: Cells, valued: Flags) -> None:
        """Where there are cells: not too many, and none far away."""
        near = (cells.row <= self.extent.last_row) & (cells.column <= self.extent.last_column)
        if (valued & ~near).any():
            raise stray(int(keys[np.argmax(valued & ~near)]))
        self.count += len(keys)
        if self.count > self.extent.cells:
            raise too_large(f"工作表有{self.extent.cells // 10_000}万个以上的单元格")
        self.all_keys.append(keys[near])
        if not valued.any():
            return
        last_row, last_column = int(cells.row[valued].max()), int(cells.column[valued].max())
        if last_row > self.last_row:
            self.last_row, self.ends[0] = last_row, int(keys[np.argmax(valued & (cells.row == last_row))])
        if last_column > self.last_column:
            self.last_column, self.ends[1] = last_column, int(keys[np.argmax(valued & (cells.column == last_column))])

    def _errors(self, block: Block, cells: Cells, keys: Ints, wrong: Flags) -> None:
        if not wrong.any():
            return
        if (cells.length[wrong] == 0).any():
            raise UnsureError
        for key, text in zip(keys[wrong].tolist(), block.slices(cells.start[wrong], cells.length[wrong]), strict=True):
            self.found.errors[place(key)] = text.decode("utf-8", "replace")

    def finish(self) -> Scan:
        """The facts of the whole sheet."""
        if self.last_row * self.last_column > self.extent.area:
            raise stray(self.ends[self.last_column > 100])
        scan = self.found
        scan.formulas, scan.uncalculated = _joined(self.formulas), _joined(self.waiting)
        before = np.zeros(max(self.known, default=0) + 1, np.int64)
        total = 0
        for label, known in sorted(self.known.items()):
            sound = _SOUND.get(label % SHOWN)
            texts = list(known)
            if sound is not None and not sound.fullmatch(SEPARATOR + SEPARATOR.join(texts)):
                raise UnsureError
            scan.contents.append((label, texts))
            before[label] = total
            total += len(texts)
        codes = _joined(self.codes)
        scan.keys, scan.codes = _joined(self.keys), before[codes >> 32] + (codes & (1 << 32) - 1)
        keys = _joined(self.all_keys)
        if (keys[1:] <= keys[:-1]).any():
            keys = np.sort(keys)
            scan.formulas, scan.uncalculated = np.sort(scan.formulas), np.sort(scan.uncalculated)
            twice = np.unique(keys[1:][keys[1:] == keys[:-1]])
            scan.duplicates = tuple(address(key) for key in twice.tolist())
        return scan


@lru_cache(1000)
def _understood(attribute: bytes) -> tuple[int, int]:
    """Format and kind of a cell, from its attributes as they are written."""
    match = _ATTRIBUTES.fullmatch(attribute)
    styles, types = _STYLE.findall(attribute), _TYPE.findall(attribute)
    if match is None or len(styles) > 1 or len(types) > 1 or (types and types[0] not in _KINDS):
        raise UnsureError
    return int(styles[0]) if styles else 0, _KINDS[types[0]] if types else NUMBER


def _joined(parts: list[Ints]) -> Ints:
    return np.concatenate([np.zeros(0, np.int64), *parts])


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
    return RefusedError("R114", {"cell": address(key)})
