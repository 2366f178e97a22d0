"""A sheet's XML taken apart: which cells hold what, and everything that a reader of values passes over in silence.

The scan looks at the tags with array operations, some megabytes at a time, while the part is inflated. It finds each
cell's address, type and format and the bytes of its content, each different content once; what the bytes mean is not
decided here (`read`). On the way it sees what readers keep to themselves: error cells, formulas that were never
calculated, addresses given twice, cells far away. It knows only the plain form that Excel, WPS, LibreOffice, openpyxl,
POI and XlsxWriter write, tag by tag, and is exact there; at anything else it raises `UnsureError`, and `canonical` writes
the sheet anew in the plain form.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count

import numpy as np
import numpy.typing as npt
import pandas as pd

from addin.intake.package import LARGEST_HELD
from addin.intake.reasons import RefusedError, too_large

LAST_ROW, LAST_COLUMN = 200_000, 300
"""A value beyond is a stray one: no roster is that long or wide."""
MOST_CELLS = 4_000_000
"""Cells of one sheet: 100,000 people by 40 columns. At 500 bytes a cell at worst, what a child may use."""
MOST_AREA = 8_000_000
"""Rows times columns up to the last value: the reader fills the whole rectangle."""

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
_ROW_NUMBER = re.compile(rb"""\sr=["']([1-9]\d{0,6})["']""")
_HIDDEN = re.compile(rb"""\shidden=["'](?:1|true|on)["']""")
_MERGED = re.compile(rb"""<mergeCell\s[^>]*?ref=["']([A-Za-z0-9:]+)["']""")

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

NUMBER, SHARED, TEXT, INLINE, KEPT, BOOL, ISO, _ERROR = range(8)
"""Kinds of contents. SHARED is the number of a shared string, TEXT a formula's, INLINE text that stands in the sheet
itself, KEPT such text whose blanks at its ends count, ISO a date as text."""
SHOWN = 8
"""A number's kind is NUMBER + SHOWN times what its format makes of it (see `workbook`)."""
_KINDS = {b"n": NUMBER, b"s": SHARED, b"str": TEXT, b"inlineStr": INLINE, b"b": BOOL, b"d": ISO, b"e": _ERROR}
_ATTRIBUTES = re.compile(rb'((?: (?:s|cm|vm|ph)="[0-9]{1,7}"| t="[a-zA-Z]{1,9}")*) ?/?')
_STYLE, _TYPE = re.compile(rb' s="([0-9]+)"'), re.compile(rb' t="([a-zA-Z]+)"')
_SOUND = {
    NUMBER: re.compile(rb"(?:\x1e[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)*"),
    SHARED: re.compile(rb"(?:\x1e[0-9]{1,8})*"),
    BOOL: re.compile(rb"(?:\x1e[01])*"),
}
"""What contents of a kind must look like, each after its separator: readers make something of anything."""
SEPARATOR = b"\x1e"

SHIFT = 15
"""A cell's key is row << 15 | column: Excel's columns go up to 16,384, one more than 14 bits hold."""
COLUMN = (1 << SHIFT) - 1
MOST_COLUMNS = 1 << 14

_PAD = b"\0" * 64
"""After a block, so that looking a few bytes ahead of its last tag stays inside."""
_COMPARED = 32
"""Bytes of a content up to which equal ones are found by array operations; of longer ones each is looked up."""

# The tags of the plain form. A tag is told by its second and third byte and must then be the whole word. Since no tag has
# two meanings, what may follow what is the whole grammar. The last two are the empty forms of _ROW and _C.
_WORDS = (b"", b"<row ", b"</row>", b'<c r="', b"</c>", b"<v>", b"<v/>", b"</v>", b"<f>", b"<f ", b"<f/>", b"</f>", b"<is>",
          b"</is>", b"<t>", b"<t xml:s", b"<t/>", b"</t>")  # fmt: skip
(_, _ROW, _ROW_END, _C, _C_END, _V, _V0, _V_END, _F, _F_WITH, _F0, _F_END, _IS, _IS_END, _T, _T_WITH, _T0, _T_END, _ROW0,
 _C0) = range(20)  # fmt: skip
_MAY_FOLLOW = {
    _ROW: (_C, _C0, _ROW_END), _C: (_V, _V0, _F, _F0, _IS, _C_END), _V: (_V_END,), _F: (_F_END,), _T: (_T_END,),
    _IS: (_T, _T_WITH, _T0, _IS_END), _T_WITH: (_T_END,), _T0: (_IS_END,), _T_END: (_IS_END,), _IS_END: (_C_END,),
    _F0: (_V, _V0, _C_END), _F_END: (_V, _V0, _C_END), _V0: (_C_END,), _V_END: (_C_END,), _C0: (_C, _C0, _ROW_END),
    _C_END: (_C, _C0, _ROW_END), _ROW0: (_ROW, _ROW0), _ROW_END: (_ROW, _ROW0),
}  # fmt: skip
_KEEPS_BLANKS = b'<t xml:space="preserve">'


def _word(text: bytes) -> int:
    return int.from_bytes(text, "little", signed=len(text) == 8)


_MASKS = np.array([*((1 << 8 * n) - 1 for n in range(8)), -1], np.int64)
"""For so many first bytes of eight."""
_MASKS_FROM = {n: _MASKS[np.clip(np.arange(_COMPARED + 1) - n, 0, 8)] for n in range(0, _COMPARED, 8)}
"""For the eight bytes from the nth on of a piece of so many."""
_TAG_OF = np.zeros(1 << 16, np.int64)
_TAG_OF[[_word(word[1:3]) for word in _WORDS[1:]]] = range(1, len(_WORDS))
_WHOLE = np.array([-1, *map(_word, _WORDS[1:])], np.int64)
_WHOLE_MASK = np.array([0, *(_MASKS[len(word)] for word in _WORDS[1:])], np.int64)
_PAIRS = np.zeros(20 * 20, bool)
_PAIRS[[before * 20 + after for before, allowed in _MAY_FOLLOW.items() for after in allowed]] = True


class UnsureError(Exception):
    """The sheet is not in the plain form: only an XML parse can tell."""


@dataclass
class Scan:
    """What one sheet holds. Keys are row << 15 | column, 1-based.

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
    strange_errors: bool = False
    last_row: int = 0
    last_column: int = 0


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
        self.formats = np.array([*formats, 0], dtype=np.int64)
        self.attributes: dict[bytes, tuple[int, int]] = {}
        self.known: dict[int, defaultdict[bytes, int]] = {}
        self.all_keys: list[Ints] = []
        self.keys: list[Ints] = []
        self.codes: list[Ints] = []
        self.formulas: list[Ints] = []
        self.waiting: list[Ints] = []
        self.count = self.last_row = self.last_column = 0
        self.ends = [0, 0]
        """Keys of the first value in the last row and in the last column."""

    def block(self, text: bytes) -> None:
        """Scan complete rows."""
        block = _Block(text)
        if not len(block.at):
            return
        cells = block.cells(*self._rows(block))
        style, kind = self._styles(block, cells)
        wrong = kind == _ERROR
        inline = cells.inline
        if ((kind == INLINE) & cells.given).any() or (inline & (kind != INLINE)).any():
            raise UnsureError
        kind[cells.keeps_blanks] = KEPT
        keys = cells.row << SHIFT | cells.column
        valued = cells.length > 0
        self._place(keys, cells, valued)
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

    def _rows(self, block: _Block) -> tuple[Ints, Ints, Ints]:
        """Of each row its number, and how the addresses of its cells end: length and bytes."""
        at = block.at[block.rows]
        number, end = _number(block.a, at + 8)
        length = end - at - 7
        plain = (block.eights[at] == _word(b'<row r="')) & (block.a[end] == 34) & (number > 0) & (length > 1)
        if plain.all() and b" hidden=" not in block.text:
            return number, length, block.eights[at + 8] & _MASKS[length]
        for n, (begin, close) in enumerate(zip(at.tolist(), block.ends[block.rows].tolist(), strict=True)):
            said = block.text[begin:close]
            match = _ROW_NUMBER.search(said)
            if match is None:
                raise UnsureError
            number[n], length[n] = int(match[1]), len(match[1]) + 1
            if _HIDDEN.search(said):
                self.found.hidden.append(int(match[1]))
        digits = [_word(b'%d"' % n) for n in number.tolist()]
        return number, length, np.array(digits, np.int64)

    def _styles(self, block: _Block, cells: _Cells) -> tuple[Ints, Ints]:
        """Format and kind of each cell; few combinations of attributes occur in a sheet."""
        length = block.ends[cells.tags] - cells.attributes
        codes, first = _alike(block, cells.attributes, length, np.zeros(len(length), np.int64))
        styles, kinds = np.zeros(len(first), np.int64), np.zeros(len(first), np.int64)
        for n, said in enumerate(block.slices(cells.attributes[first], length[first])):
            if said not in self.attributes:
                self.attributes[said] = _understood(said)
            styles[n], kinds[n] = self.attributes[said]
        return styles[codes], kinds[codes]

    def _contents(self, block: _Block, start: Ints, length: Ints, labels: Ints) -> Ints:
        """Each content's label and its number among those of the label, label << 32 | number."""
        codes, first = _alike(block, start, length, labels)
        numbers = np.zeros(len(first), np.int64)
        for label in np.unique(labels[first]).tolist():
            own = np.flatnonzero(labels[first] == label)
            if label not in self.known:
                self.known[label] = defaultdict(count().__next__)  # a new content gets the next number
            texts = block.slices(start[first[own]], length[first[own]])
            numbers[own] = np.fromiter(map(self.known[label].__getitem__, texts), np.int64, len(texts)) + (label << 32)
        return numbers[codes]

    def _place(self, keys: Ints, cells: _Cells, valued: Flags) -> None:
        """Where there are cells: not too many, and none far away."""
        near = (cells.row <= LAST_ROW) & (cells.column <= LAST_COLUMN)
        if (valued & ~near).any():
            raise stray(int(keys[np.argmax(valued & ~near)]))
        self.count += len(keys)
        if self.count > MOST_CELLS:
            raise too_large(f"工作表有{MOST_CELLS // 10_000}万个以上的单元格")
        self.all_keys.append(keys[near])
        if not valued.any():
            return
        last_row, last_column = int(cells.row[valued].max()), int(cells.column[valued].max())
        if last_row > self.last_row:
            self.last_row, self.ends[0] = last_row, int(keys[np.argmax(valued & (cells.row == last_row))])
        if last_column > self.last_column:
            self.last_column, self.ends[1] = last_column, int(keys[np.argmax(valued & (cells.column == last_column))])

    def _errors(self, block: _Block, cells: _Cells, keys: Ints, wrong: Flags) -> None:
        if not wrong.any():
            return
        if (cells.length[wrong] == 0).any():
            raise UnsureError
        for key, said in zip(keys[wrong].tolist(), block.slices(cells.start[wrong], cells.length[wrong]), strict=True):
            text = said.decode("utf-8", "replace")
            self.found.strange_errors |= text not in READERS_ERRORS
            self.found.errors[place(key)] = text

    def finish(self) -> Scan:
        """The facts of the whole sheet."""
        if self.last_row * self.last_column > MOST_AREA:
            raise stray(self.ends[self.last_column > 100])
        found = self.found
        found.last_row, found.last_column = self.last_row, self.last_column
        found.formulas, found.uncalculated = _joined(self.formulas), _joined(self.waiting)
        before = np.zeros(max(self.known, default=0) + 1, np.int64)
        total = 0
        for label, known in sorted(self.known.items()):
            sound = _SOUND.get(label % SHOWN)
            texts = list(known)
            if sound is not None and not sound.fullmatch(SEPARATOR + SEPARATOR.join(texts)):
                raise UnsureError
            found.contents.append((label, texts))
            before[label] = total
            total += len(texts)
        codes = _joined(self.codes)
        found.keys, found.codes = _joined(self.keys), before[codes >> 32] + (codes & (1 << 32) - 1)
        keys = _joined(self.all_keys)
        if (keys[1:] <= keys[:-1]).any():
            keys = np.sort(keys)
            found.formulas, found.uncalculated = np.sort(found.formulas), np.sort(found.uncalculated)
            twice = np.unique(keys[1:][keys[1:] == keys[:-1]])
            found.duplicates = tuple(address(key) for key in twice.tolist())
        return found


class _Block:
    """Complete rows of a sheet as bytes, and their tags: where each begins and ends, and what it is."""

    def __init__(self, text: bytes) -> None:
        self.text = text + _PAD
        self.a: Bytes = np.frombuffer(self.text, np.uint8)
        self.eights: Ints = np.ndarray((len(self.text) - 7,), "<i8", self.text, strides=(1,))
        """The eight bytes from each place on, as one number."""
        at = np.flatnonzero(self.a == 60)
        ends = np.flatnonzero(self.a == 62)
        if len(at) != len(ends) or (ends < at).any() or (at[1:] < ends[:-1]).any():  # > may stand in a text
            found = np.searchsorted(ends, at)
            if len(found) and found[-1] == len(ends):
                raise UnsureError
            ends = ends[found]
        word = self.eights[at]
        tag = _TAG_OF[word >> 8 & 0xFFFF]
        if (word & _WHOLE_MASK[tag] != _WHOLE[tag]).any():
            raise UnsureError
        empty = self.a[ends - 1] == 47
        self.rows = np.flatnonzero(tag == _ROW)
        tag[self.rows[empty[self.rows]]] = _ROW0
        with_attributes = np.flatnonzero(tag == _F_WITH)
        tag[with_attributes] = np.where(empty[with_attributes], _F0, _F)
        self.cell_tags = np.flatnonzero(tag == _C)
        self.empty = empty[self.cell_tags]
        tag[self.cell_tags[self.empty]] = _C0
        for place in at[tag == _T_WITH].tolist():
            if self.text[place : place + len(_KEEPS_BLANKS)] != _KEEPS_BLANKS:
                raise UnsureError
        if not _PAIRS[tag[:-1] * 20 + tag[1:]].all():
            raise UnsureError
        if len(tag) and (tag[0] not in (_ROW, _ROW0) or tag[-1] not in (_ROW_END, _ROW0)):
            raise UnsureError
        self.at, self.ends, self.tag = at, ends, tag

    def slices(self, start: Ints, length: Ints) -> list[bytes]:
        """The bytes at some places."""
        return list(map(self.text.__getitem__, map(slice, start.tolist(), (start + length).tolist())))

    def cells(self, number: Ints, length: Ints, digits: Ints) -> _Cells:
        """The cells, in rows of these numbers whose cells' addresses end in these digits."""
        tags = self.cell_tags
        owner = np.repeat(np.arange(len(self.rows)), np.diff(np.searchsorted(tags, self.rows), append=len(tags)))
        begin = self.at[tags] + 6
        word = self.eights[begin]
        column = np.zeros(len(tags), np.int64)
        letters = np.zeros(len(tags), np.int64)
        more = np.ones(len(tags), bool)
        for shift in (0, 8, 16):
            letter = word >> shift & 0xFF
            more &= letter >= 65
            column = np.where(more, column * 26 + letter - 64, column)
            letters += more
            if (more & (letter > 90)).any():
                raise UnsureError
        after = self.eights[begin + letters] & _MASKS[length[owner]]
        if (after != digits[owner]).any() or (letters == 0).any() or (column > MOST_COLUMNS).any():
            raise UnsureError
        at = np.concatenate([self.at, np.full(4, len(self.text) - len(_PAD))])
        tag = np.concatenate([self.tag, np.zeros(4, np.int64)])
        first = np.where(self.empty, 0, tag[tags + 1])
        inline = first == _IS
        # a formula's tags come before the value's
        value = tags + 1 + 2 * (first == _F) + (first == _F0) + inline
        what = np.where(self.empty, 0, tag[value])
        keeps_blanks = inline & (what == _T_WITH)
        start = at[value] + np.where(keeps_blanks, len(_KEEPS_BLANKS), 3)
        has_text = (what == _V) | (what == _T) | keeps_blanks
        return _Cells(
            tags=tags,
            row=number[owner],
            column=column,
            attributes=begin + letters + length[owner],
            formula=(first == _F) | (first == _F0),
            inline=inline,
            keeps_blanks=keeps_blanks,
            given=(what == _V) | (what == _V0),
            start=start,
            length=np.where(has_text, at[value + 1] - start, 0),
        )


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of a block, one array element each; `given` is whether there is a value element, be it empty."""

    tags: Ints
    row: Ints
    column: Ints
    attributes: Ints
    """Where the attributes after the address begin."""
    formula: Flags
    inline: Flags
    keeps_blanks: Flags
    given: Flags
    start: Ints
    length: Ints
    """Where the content begins, and its bytes."""


def _understood(said: bytes) -> tuple[int, int]:
    """Format and kind of a cell, from its attributes as they are written."""
    match = _ATTRIBUTES.fullmatch(said)
    styles, types = _STYLE.findall(said), _TYPE.findall(said)
    if match is None or len(styles) > 1 or len(types) > 1 or (types and types[0] not in _KINDS):
        raise UnsureError
    return int(styles[0]) if styles else 0, _KINDS[types[0]] if types else NUMBER


def _alike(block: _Block, start: Ints, length: Ints, labels: Ints) -> tuple[Ints, Ints]:
    """Equal pieces with equal labels get one code; gives the codes, and for each where its first piece is.

    Long pieces get a code each.
    """
    compared = np.minimum(length, _COMPARED)
    single = np.where(length > _COMPARED, np.arange(1, len(length) + 1), 0)
    words = [labels | compared << 16 | single << 24]
    for n in range(0, int(compared.max(initial=0)), 8):
        words.append(block.eights[start + n] & _MASKS_FROM[n][compared])
    mixed = words[0]
    for word in words[1:]:
        mixed = mixed * 0x1E3779B97F4A7C15
        mixed = (mixed ^ mixed >> 31) + word
    codes, distinct = pd.factorize(mixed)
    first = np.zeros(len(distinct), np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    if not all((word == word[first][codes]).all() for word in words):  # two that differ were mixed to one number
        _, first, codes = np.unique(np.stack(words), axis=1, return_index=True, return_inverse=True)
    return codes, first


def _number(a: Bytes, at: Ints) -> tuple[Ints, Ints]:
    """The number of up to seven digits at each place, 0 where there is none, and where it ends."""
    value = np.zeros(len(at), np.int64)
    end = at.copy()
    for _ in range(7):
        digit = a[end].astype(np.int64) - 48
        more = (digit >= 0) & (digit < 10)
        # digits end for good at the first other byte, for the end stays there
        value = np.where(more, value * 10 + digit, value)
        end += more
    return value, end


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
    remedy = "请选中名单以外的行和列，整行整列删除，保存后再报。"
    return RefusedError("R114", f"单元格{address(key)}有内容，远在名单之外。", remedy)
