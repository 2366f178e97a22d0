"""Reads the wanted sheets of a file, or refuses it."""

from __future__ import annotations

import contextlib
import hashlib
import io
import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from python_calamine import CalamineWorkbook

from addin import columns, ids
from addin.findings import Refusal
from addin.intake import canonical, dates, delimited, sniff
from addin.intake import scan as scans
from addin.intake.block import SEPARATOR, Ints, UnsureError
from addin.intake.grid import Grid
from addin.intake.package import CHUNK, LARGEST_PART, Entry, Package, refuse_other_documents, written
from addin.intake.reasons import RefusedError, malformed, too_large
from addin.intake.workbook import ListedSheet, Workbook, read_workbook
from addin.policy import fold

WANTED = (columns.COVER_SHEET, columns.ROSTER_SHEET)

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"


@dataclass(frozen=True, slots=True)
class Note:
    """A remark about a file for a person."""

    kind: str
    text: str
    sheet: str = ""
    """The sheet that it is about, if there is one."""


@dataclass
class Sheet:
    """One sheet's cells.

    Addresses are (row, column), 1-based. `errors` and `uncalculated` are cells that stand in `grid` as ''.
    `first_hidden` and `hidden_rows` are about hidden rows that have values. A sheet not asked for has no cells.
    """

    name: str
    state: str = "visible"
    grid: Grid = field(default_factory=lambda: Grid.of([]), repr=False)
    was_read: bool = False
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: int = 0
    first_hidden: int | None = None
    filtered: bool = False
    merged: tuple[str, ...] = ()
    duplicate_cells: tuple[str, ...] = ()
    formula_keys: Ints = field(default_factory=lambda: np.zeros(0, np.int64), repr=False)
    uncalculated_keys: Ints = field(default_factory=lambda: np.zeros(0, np.int64), repr=False)

    @cached_property
    def rows(self) -> list[list[object]]:
        """The cells from A1 on, all rows of equal length; an empty cell is ''."""
        return self.grid.rows()

    @property
    def uncalculated(self) -> set[tuple[int, int]]:
        """Formulas that were never calculated."""
        return {scans.place(key) for key in self.uncalculated_keys.tolist()}

    @property
    def uncalculated_places(self) -> Ints:
        """The same as an array, a line each: a whole column of them is usual."""
        return np.stack((self.uncalculated_keys >> 15, self.uncalculated_keys & (1 << 15) - 1), axis=1)

    @property
    def formula_count(self) -> dict[int, int]:
        """How many cells of each column hold a formula; columns without are left out."""
        return scans.columns_of(self.formula_keys)

    def without_formula(self, column: int, rows: Collection[int]) -> list[int]:
        """Those of `rows` whose cell in `column` holds a plain value: ascending; blank and error cells are not."""
        height = self.grid.height
        if column > self.grid.width:
            return []
        asked, with_formula = np.fromiter(rows, np.int64, len(rows)), scans.rows_of(self.formula_keys, column)
        plain = np.zeros(height + 1, bool)
        plain[asked[(asked > 0) & (asked <= height)]] = True
        plain[with_formula[with_formula <= height]] = False
        plain[1:] &= self.grid.filled(column)
        numbers: list[int] = np.flatnonzero(plain).tolist()
        return numbers


@dataclass
class Book:
    """One received file. `sheets` has all its sheets in order, `names` are theirs; `sha256` is of the file's bytes."""

    sheets: dict[str, Sheet]
    names: tuple[str, ...]
    notes: tuple[Note, ...]
    sha256: str
    date1904: bool = False


def read(path: Path, wanted: Iterable[str] = WANTED) -> Book | Refusal:
    """Read the sheets whose names, folded, are among `wanted`; says why where the file can't be taken."""
    content = load(path)
    return content if isinstance(content, Refusal) else read_bytes(content, wanted)


def read_list(path: Path) -> Book | Refusal:
    """Read a department's list: every visible sheet of a workbook, up to Excel's number of rows, or a text (CSV)."""

    def reading() -> Book:
        content = sniff.load(path, sniff.LARGEST_LIST)
        try:
            return _read(content, None, scans.LIST)
        except RefusedError as refused:
            if refused.refusal.code != sniff.TEXT:
                raise
        sheet = Sheet(path.stem, grid=delimited.grid(content, scans.LIST), was_read=True)
        return Book({sheet.name: sheet}, (sheet.name,), (), hashlib.sha256(content).hexdigest())

    return _answer(reading)


def load(path: Path) -> bytes | Refusal:
    """The bytes of a received file, not looked into, to be read on another machine."""
    try:
        return sniff.load(path)
    except RefusedError as refused:
        return refused.refusal


def read_bytes(content: bytes, wanted: Iterable[str] = WANTED) -> Book | Refusal:
    """As `read`, from the bytes of a file."""
    return _answer(lambda: _read(content, tuple(wanted), scans.ROSTER))


def _answer(reading: Callable[[], Book]) -> Book | Refusal:
    try:
        return reading()
    except RefusedError as refused:
        return refused.refusal
    except MemoryError:
        return too_large("内容多得放不下").refusal


def _read(content: bytes, wanted: tuple[str, ...] | None, extent: scans.Extent) -> Book:
    """The wanted sheets of a workbook; None: all that are visible."""
    sniff.refuse_other_kinds(content)
    package = Package(content)
    refuse_other_documents(package)
    book = read_workbook(package)
    chosen, notes = _choose(book.sheets, wanted)
    passed_on = {book.strings.lower(), *(sheet.part.lower() for sheet in chosen)}
    for name in package.names:
        if name not in passed_on:
            package.verify(name)
    sources = [_Source(package, sheet.part, book.formats, extent) for sheet in chosen]
    strings = _Strings(package, book.strings)
    try:
        meanings = _meanings(package, sources, strings, date1904=book.date1904)
    except RefusedError:
        # the reader failed; in the plain form it must not, and an XML parse has judged the sheet by then
        for source in sources:
            source.rewrite()
        strings.rewrite()
        meanings = _meanings(package, sources, strings, date1904=book.date1904)
    sheets = {sheet.name: Sheet(sheet.name, sheet.state) for sheet in book.sheets}
    for sheet, source, values in zip(chosen, sources, meanings, strict=True):
        sheets[sheet.name] = _sheet(sheet, source.scan, values)
    if wanted and columns.ROSTER_SHEET in wanted:
        sheets |= _others(package, book, chosen, strings)
    return Book(
        sheets=sheets,
        names=tuple(sheets),
        notes=(*_notes(package, book), *notes),
        sha256=hashlib.sha256(content).hexdigest(),
        date1904=book.date1904,
    )


_MOST_OTHERS = 60
"""Further sheets that are looked at."""
_LARGEST_OTHERS = 100 * 2**20
"""Bytes of them inflated, all together."""


def _others(package: Package, book: Workbook, chosen: list[ListedSheet], strings: _Strings) -> dict[str, Sheet]:
    """The cells of further visible sheets, for people may have been put there; one that can't be read is left alone."""
    own = {fold(name) for name in columns.OWN_SHEETS}
    sheets: dict[str, Sheet] = {}
    left = _LARGEST_OTHERS
    for sheet in book.sheets:
        if sheet in chosen or sheet.state != "visible" or not sheet.part or fold(sheet.name) in own:
            continue
        left -= package.entry(sheet.part).size
        if left < 0 or len(sheets) >= _MOST_OTHERS:
            break
        with contextlib.suppress(RefusedError):
            source = _Source(package, sheet.part, book.formats, scans.ROSTER)
            (values,) = _meanings(package, [source], strings, date1904=book.date1904)
            sheets[sheet.name] = _sheet(sheet, source.scan, values)
    return sheets


def _choose(sheets: tuple[ListedSheet, ...], wanted: tuple[str, ...] | None) -> tuple[list[ListedSheet], list[Note]]:
    """The wanted sheets, one for each name, and notes on others that look like them; None: all that are visible."""
    if wanted is None:
        return [sheet for sheet in sheets if sheet.part and sheet.state == "visible"], []
    notes = []
    keys = [fold(name) for name in wanted]
    exact = {fold(sheet.name): sheet for sheet in sheets if sheet.name in wanted and sheet.part}
    chosen: dict[str, ListedSheet] = {}
    for sheet in sheets:
        key = fold(sheet.name)
        if key in keys and key not in chosen and sheet.part and exact.get(key, sheet) is sheet:
            chosen[key] = sheet
        elif any(key.startswith(name) for name in keys):
            text = f"另有工作表“{ids.mask_text(sheet.name)[:31]}”，名称与要读的工作表相近，没有读取。"
            people = key.startswith(fold(columns.ROSTER_SHEET))
            notes.append(Note("extra-roster" if people else "extra-sheet", text, sheet.name))
    return list(chosen.values()), notes


@contextmanager
def _damage_first(package: Package, part: str) -> Iterator[None]:
    """Inflate a part to its end before it is refused for its content: a flipped bit may cause any content."""
    try:
        yield
    except RefusedError:
        package.verify(part)
        raise


class _Source:
    """One sheet's XML taken apart: as it was in the file, or rewritten in the plain form."""

    def __init__(self, package: Package, part: str, formats: tuple[int, ...], extent: scans.Extent) -> None:
        self.package, self.part, self.formats, self.extent = package, part, formats, extent
        self.rewritten = False
        with _damage_first(package, part):
            try:
                self.scan = scans.scan(scans.unprefixed(package.chunks(part)), formats, extent)
            except UnsureError:
                self.rewrite()

    def rewrite(self) -> None:
        if self.rewritten:
            return
        self.rewritten = True
        plain = canonical.sheet(self.package.chunks(self.part), self.extent)
        if len(plain) > LARGEST_PART:
            raise too_large("工作表的单元格太多")
        try:
            self.scan = scans.scan([plain], self.formats, self.extent)
        except UnsureError as error:
            raise malformed("单元格") from error


LONGEST_TEXT = 32_767
"""Characters of a cell in Excel."""


class _Strings:
    """The shared strings on their way to the reader; rewritten where it might misread them."""

    def __init__(self, package: Package, part: str) -> None:
        self.package, self.part = package, part
        self.rewritten: bytes | None = None
        if part in package:
            with _damage_first(package, part):
                if not self._plain():
                    self.rewrite()

    def _plain(self) -> bool:
        """No comment, no CDATA, no markup in a text, no two texts side by side, UTF-8."""
        plain, before, held, names = True, b"", b"", 0
        for chunk in self.package.chunks(self.part):
            plain &= b"<!" not in before[-1:] + chunk
            held += chunk
            cut = max(held.rfind(b"<si>"), held.rfind(b"<si ")) if plain else len(held)
            if plain and cut > 0:
                plain, held = _plain_texts(held[:cut]), held[cut:]
            names += chunk.count(_NAMESPACE)
            plain &= len(held) <= _LONGEST_HELD and names <= 1
            held = held if plain else b""
            if not before:
                start = chunk.removeprefix(b"\xef\xbb\xbf").lstrip()
                declared = start[: start.find(b">")].lower() if start.startswith(b"<?xml") else b""
                plain &= (
                    start[start.find(b">") + 1 :].lstrip().startswith(b"<sst")
                    if declared
                    else start.startswith(b"<sst")
                )
                plain &= start.startswith(b"<") and b"\0" not in start[:4]
                plain &= b"encoding" not in declared or b"utf-8" in declared
            before = chunk
        return plain and _plain_texts(held)

    def rewrite(self) -> None:
        if self.part in self.package and self.rewritten is None:
            self.rewritten = canonical.strings(self.package.chunks(self.part))


_LONGEST_HELD = 8 * CHUNK
_NAMESPACE = b"/spreadsheetml/"
"""Where it is named twice, elements may hide behind a prefix."""


def _plain_texts(xml: bytes) -> bool:
    """Whether every text of some shared strings ends where its element does, and no text follows one at once."""
    data = np.frombuffer(xml + b"\0\0\0\0", np.uint8)
    at = np.flatnonzero(data == ord("<"))
    first, two, three = data[at + 1], data[at + 2], data[at + 3]
    begins = (first == ord("t")) & ((two == ord(">")) | (two == ord(" ")))
    ends = (first == ord("/")) & (two == ord("t")) & (three == ord(">"))
    # an empty <t/> or <t ... /> has no end of its own
    close = np.flatnonzero(data == ord(">"))
    place = np.searchsorted(close, at[begins])
    if len(place) and place[-1] == len(close):
        return False
    open_ones = np.flatnonzero(begins)[data[close[place] - 1] != ord("/")] if len(place) else place
    if len(open_ones) and open_ones[-1] + 1 >= len(at):
        return False
    return bool(ends[open_ones + 1].all() and not (ends[:-1] & begins[1:]).any())


def _meanings(package: Package, sources: list[_Source], strings: _Strings, *, date1904: bool) -> list[list[object]]:
    """For each sheet what its contents mean, in their order."""
    meanings: list[list[object]] = []
    asked: list[bytes] = []
    """Cells for the reader, and where its answers go."""
    places: list[tuple[list[object], int, int]] = []
    for source in sources:
        values: list[object] = []
        for label, texts in source.scan.contents:
            kind, shown = label % scans.SHOWN, label // scans.SHOWN
            if kind == scans.NUMBER:
                numbers = map(float, texts)
                values += (dates.from_serial(n, shown, date1904=date1904) for n in numbers) if shown else numbers
                continue
            plain = _plain(texts) if kind in (scans.TEXT, scans.INLINE, scans.KEPT) else [None] * len(texts)
            frame = _FRAMES[kind]
            for text, meaning in zip(texts, plain, strict=True):
                if meaning is None:
                    asked.append(frame % text)
                    places.append((values, len(values), kind))
                values.append(meaning)
        meanings.append(values)
    most_text = max((source.extent.text for source in sources), default=0)
    if sum(sum(map(len, texts)) for source in sources for _, texts in source.scan.contents) > 4 * most_text:
        raise too_large("工作表里的文字太多")
    if asked:
        for (values, n, kind), value in zip(places, _ask(package, strings, asked), strict=True):
            values[n] = dates.from_text(value) if kind == scans.ISO else value
    for values in meanings:
        lengths = [len(value) for value in values if type(value) is str]
        if max(lengths, default=0) > LONGEST_TEXT:
            raise malformed(f"一个单元格里有{max(lengths)}个字，Excel的单元格最多{LONGEST_TEXT}个字")
        if sum(lengths) > most_text:
            raise too_large("工作表里的文字太多")
    return meanings


_FRAMES = {
    scans.SHARED: b'<c t="s"><v>%b</v></c>',
    scans.TEXT: b'<c t="str"><v>%b</v></c>',
    scans.INLINE: b'<c t="inlineStr"><is><t>%b</t></is></c>',
    scans.KEPT: b'<c t="inlineStr"><is><t xml:space="preserve">%b</t></is></c>',
    scans.BOOL: b'<c t="b"><v>%b</v></c>',
    scans.ISO: b'<c t="d"><v>%b</v></c>',
}
_NOT_PLAIN = re.compile(rb"[&\x00-\x1f]|_x|^ | $")
_SOME_NOT_PLAIN = re.compile(rb"[&\x00-\x1d\x1f]|_x|\x1e | \x1e")
"""The same in texts with separators between and around them: what XML or Office may read differently."""


def _plain(texts: list[bytes]) -> list[str | None]:
    """The texts that mean what stands there; None for the others."""
    joined = SEPARATOR.join(texts)
    try:
        if not _SOME_NOT_PLAIN.search(SEPARATOR + joined + SEPARATOR):
            return list(joined.decode().split(SEPARATOR.decode()))
        return [None if _NOT_PLAIN.search(text) else text.decode() for text in texts]
    except UnicodeDecodeError as error:
        raise malformed("文字的编码") from error


def _ask(package: Package, strings: _Strings, cells: list[bytes]) -> list[object]:
    """The reader's values of some cells, given to it one a row with the shared strings."""
    relations = f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/1.xml"/>'
    parts: list[tuple[str, Entry | None, bytes | memoryview]] = []
    if strings.part in package:
        relations += f'<Relationship Id="r0" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        if strings.rewritten is not None:
            parts.append(("xl/sharedStrings.xml", None, strings.rewritten))
        else:
            parts.append(("xl/sharedStrings.xml", package.entry(strings.part), package.packed(strings.part)))
    start = f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    sheets = '<sheets><sheet name="1" sheetId="1" r:id="r1"/></sheets>'
    frame = {
        "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}">{start}</Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELATIONS}">{relations}</Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">{sheets}</workbook>',
    }
    rows = b"</row><row>".join([*cells, b"<c><v>0</v></c>"])  # the last one so that no row at the end is left out
    sheet = b'<worksheet xmlns="%b"><sheetData><row>%b</row></sheetData></worksheet>' % (_MAIN.encode(), rows)
    made = [*((name, None, xml.encode()) for name, xml in frame.items()), *parts, ("xl/worksheets/1.xml", None, sheet)]
    try:
        reader = CalamineWorkbook.from_filelike(io.BytesIO(written(made)))
        cells_read = reader.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except MemoryError:
        raise
    except Exception as error:
        # the reader's own words may quote a cell's value: they go nowhere
        raise malformed("读取表格时") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise malformed("读取表格时") from error
    if len(cells_read) != len(cells) + 1:
        raise malformed("读取表格时")
    return [row[0] for row in cells_read[:-1]]


def _sheet(listed: ListedSheet, scan: scans.Scan, values: list[object]) -> Sheet:
    errors = scan.errors
    if math.inf in values or -math.inf in values:  # 1E+400: more than a number can hold, as Excel says
        endless = [n for n, value in enumerate(values) if value in (math.inf, -math.inf)]
        errors |= {scans.place(key): "#NUM!" for key in scan.keys[np.isin(scan.codes, endless)].tolist()}
        for n in endless:
            values[n] = ""
    grid = Grid.placed(values, scan.codes, (scan.keys >> scans.SHIFT) - 1, (scan.keys & scans.COLUMN) - 1)
    hidden = [number for number in scan.hidden if number <= grid.height and grid.codes[number - 1].any()]
    return Sheet(
        name=listed.name,
        state=listed.state,
        grid=grid,
        was_read=True,
        errors=errors,
        hidden_rows=len(hidden),
        first_hidden=min(hidden, default=None),
        filtered=scan.filtered,
        merged=scan.merged,
        duplicate_cells=scan.duplicates,
        formula_keys=scan.formulas,
        uncalculated_keys=scan.uncalculated,
    )


_CARRIED = (
    ("xl/vbaproject.bin", "macros", "文件带有宏，没有运行。"),
    ("xl/externallinks/", "external-links", "文件带有指向别的工作簿的外部链接，没有跟随。"),
    ("xl/connections.xml", "connections", "文件带有数据连接，没有连接。"),
    ("xl/pivottables/", "pivot", "文件带有数据透视表，没有读取。"),
    ("xl/embeddings/", "embedded", "文件带有嵌入的对象，没有打开。"),
    ("xl/activex/", "embedded", "文件带有ActiveX控件，没有运行。"),
)
_STATES = {"hidden": ("hidden-sheet", "隐藏"), "veryHidden": ("very-hidden-sheet", "深度隐藏")}


def _notes(package: Package, book: Workbook) -> list[Note]:
    notes = [
        Note(kind, text) for start, kind, text in _CARRIED if any(name.startswith(start) for name in package.names)
    ]
    for state, (kind, word) in _STATES.items():
        names = [
            ids.mask_text(sheet.name)[:31]
            for sheet in book.sheets
            if sheet.state == state and sheet.name not in columns.OWN_HIDDEN_SHEETS
        ]
        if names:
            notes.append(Note(kind, f"文件有{len(names)}张{word}的工作表（{'、'.join(names[:5])}）。"))
    if book.strict:
        notes.append(Note("strict", "文件是Strict Open XML格式，已照常读取。"))
    return notes
