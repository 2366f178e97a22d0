"""A sheet or the shared strings written anew in the plain form that `scan` and the reader are sure of.

For what stands in valid files now and then: prefixed namespaces, comments, CDATA, UTF-16, cells without an address,
single quotes, runs of formatted text in a cell. It is an XML parse of every element: slow, and exact. What has no plain
meaning is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from io import BytesIO
from xml.parsers import expat

from addin.intake.reasons import RefusedError, has_dtd, malformed, too_large
from addin.intake.scan import FLOAT, ROSTER, SHIFT, Extent, address, stray

_MAIN = {
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
}
_SPACE = "http://www.w3.org/XML/1998/namespace space"
_ADDRESS = re.compile(r"([A-Za-z]{1,3})([1-9][0-9]{0,6})")
_AREA = re.compile(r"[A-Za-z]{1,3}[0-9]{1,7}(?::[A-Za-z]{1,3}[0-9]{1,7})?")
_FLOAT = re.compile(FLOAT.decode())
_DEEPEST, _MOST_ELEMENTS, _LONGEST_TAG = 100, 13_000_000, 4 * 2**20
"""Elements inside each other, elements of a part, and bytes of one tag or comment: an honest sheet of 100,000 people
has a handful, twelve million and some hundred. Each costs time; a tag that goes on is looked at again with every
piece."""
_LAST_COLUMN = 1 << 14
"""Of Excel; also how many cells a row may have."""
_BOOLS = {"0": "0", "1": "1", "false": "0", "true": "1"}
_KINDS = {"n", "s", "str", "inlineStr", "b", "e", "d"}
_OPEN = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


def sheet(chunks: Iterable[bytes], extent: Extent = ROSTER) -> bytes:
    """A worksheet in the plain form."""
    work = _Sheet(extent)
    _parse(chunks, work)
    return work.out.getvalue()


def strings(chunks: Iterable[bytes]) -> bytes:
    """The shared strings in the plain form: text only."""
    work = _Strings()
    _parse(chunks, work)
    return work.out.getvalue()


def _parse(chunks: Iterable[bytes], work: _Sheet | _Strings) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    elements = fed = 0

    def start(name: str, given: dict[str, str]) -> None:
        nonlocal elements
        elements += 1
        if elements > _MOST_ELEMENTS:
            raise too_large(f"部件里有{_MOST_ELEMENTS // 10_000}万个以上的标记")
        if len(work.path) >= _DEEPEST:
            raise malformed("标记套得太深")
        work.start(name, given)

    parser.StartElementHandler = start
    parser.EndElementHandler = work.end
    parser.CharacterDataHandler = work.text
    parser.StartDoctypeDeclHandler = _doctype
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
            fed += len(chunk)
            if fed - max(parser.CurrentByteIndex, 0) > _LONGEST_TAG + len(chunk):
                raise malformed("有过长的标记")
        parser.Parse(b"", True)
    except RefusedError:
        raise
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise malformed("XML有语法错误") from error


def _doctype(*_: object) -> None:
    raise has_dtd()


def _escaped(text: str) -> str:
    """For between two tags. (`xml.sax.saxutils` has it too, and loads the whole of HTTP with it.)"""
    return escape(text, quote=False).replace("\r", "&#13;")


class _Text:
    """Gathers the text of `t` elements as the reader would: runs joined, phonetic hints left out."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.run: list[str] = []
        self.keep = False

    def begin(self, given: dict[str, str]) -> None:
        self.run, self.keep = [], given.get(_SPACE) == "preserve"

    def finish(self) -> None:
        text = "".join(self.run)
        self.parts.append(text if self.keep else text.strip(" \t\r\n"))

    def take(self) -> str:
        text = "".join(self.parts)
        self.parts = []
        return text


class _Strings:
    def __init__(self) -> None:
        self.out = BytesIO()
        self.path: list[str] = []
        self.gathered = _Text()
        self.reading = self.plain = False
        self.out.write(b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">')

    def start(self, name: str, given: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        self.path.append(local if namespace in _MAIN else "?")
        if not self.path[0] == "sst":
            raise malformed("共享字符串部件不对")
        if self.path in (["sst", "si", "t"], ["sst", "si", "r", "t"]):
            if self.plain and len(self.path) == 3:
                raise malformed("一段文字写了两次")
            self.plain |= len(self.path) == 3
            self.gathered.begin(given)
            self.reading = True
        elif self.reading:
            raise malformed("文字里夹有标记")

    def text(self, data: str) -> None:
        if self.reading:
            self.gathered.run.append(data)

    def end(self, _name: str) -> None:
        if self.reading:
            self.gathered.finish()
            self.reading = False
        elif self.path == ["sst", "si"]:
            self.plain = False
            text = _escaped(self.gathered.take())
            self.out.write(f'<si><t xml:space="preserve">{text}</t></si>'.encode())
        elif self.path == ["sst"]:
            self.out.write(b"</sst>")
        self.path.pop()


class _Sheet:
    def __init__(self, extent: Extent) -> None:
        self.out, self.extent = BytesIO(), extent
        self.path: list[str] = []
        self.row = self.column = self.cells = self.bodies = 0
        self.kind, self.style, self.formula = "n", "", False
        self.value: list[str] | None = None
        self.gathered = _Text()
        self.inline = self.plain = False
        self.reading = ""
        self.merged: list[str] = []
        self.filtered = False
        self.out.write(_OPEN.encode())

    def start(self, name: str, given: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        self.path.append(local if namespace in _MAIN else "?")
        if self.path[0] != "worksheet":
            raise malformed("工作表部件不对")
        if self.path[1:2] == ["sheetData"]:
            self._inside(local, given)
        elif self.path[1:] == ["mergeCells", "mergeCell"]:
            if not _AREA.fullmatch(given.get("ref", "")):
                raise malformed("合并区域不对")
            self.merged.append(given["ref"])
        elif self.path[1:] == ["autoFilter", "filterColumn"]:
            self.filtered = True

    def _inside(self, local: str, given: dict[str, str]) -> None:
        """An element among the rows; what may not stand there is refused, for it could be meant as a cell."""
        depth = len(self.path)
        if "extLst" in self.path:
            return
        if depth == 2:
            self.bodies += 1
            if self.bodies > 1:
                raise malformed("有两份名单数据")
            self.out.write(b"<sheetData>")
        elif self.path[2:] == ["row"]:
            self._row(given)
        elif self.path[2:] == ["row", "c"]:
            self._cell(given)
        elif depth == 5 and local in ("v", "f", "is") and self.path[-1] != "?":
            self._content(local)
        elif self.path[4:] in (["is", "t"], ["is", "r", "t"]):
            if self.plain and depth == 6:
                raise malformed("一段文字写了两次")
            self.plain |= depth == 6
            self.gathered.begin(given)
            self.reading = "t"
        elif depth < 6 or self.path[4] != "is" or self.reading or self.path[-1] == "?":
            raise malformed("名单里夹有别种标记")

    def _row(self, given: dict[str, str]) -> None:
        number = given.get("r", str(self.row + 1))
        if not number.isascii() or not number.isdigit() or len(number) > 7 or int(number) < 1:
            raise malformed("行号不对")
        self.row, self.column, self.cells = int(number), 0, 0
        hidden = ' hidden="1"' if given.get("hidden") in ("1", "true", "on") else ""
        self.out.write(f'<row r="{self.row}"{hidden}>'.encode())

    def _cell(self, given: dict[str, str]) -> None:
        if "r" in given:
            match = _ADDRESS.fullmatch(given["r"])
            if match is None or int(match[2]) != self.row:
                raise malformed("单元格地址不对")
            self.column = 0
            for letter in match[1].upper():
                self.column = self.column * 26 + ord(letter) - 64
        else:
            self.column += 1
        self.cells += 1
        if self.column > _LAST_COLUMN or self.cells > _LAST_COLUMN:
            raise malformed("单元格地址不对")
        self.kind = given.get("t", "n")
        style = given.get("s", "0").strip()
        if self.kind not in _KINDS or not style.isascii() or not style.isdigit() or len(style) > 6:
            raise malformed("单元格的类型或格式不对")
        self.style, self.formula, self.value, self.inline = style, False, None, False

    def _content(self, local: str) -> None:
        if local == "v":
            if self.value is not None:
                raise malformed("单元格有两个值")
            self.value, self.reading = [], "v"
        elif local == "f":
            if self.formula:
                raise malformed("单元格有两个公式")
            self.formula = True
        elif local == "is":
            if self.inline:
                raise malformed("单元格有两个值")
            self.inline, self.plain = True, False

    def text(self, data: str) -> None:
        if self.reading == "v" and self.value is not None:
            self.value.append(data)
        elif self.reading == "t":
            self.gathered.run.append(data)

    def end(self, _name: str) -> None:
        if self.path[1:2] == ["sheetData"] and "extLst" not in self.path:
            depth = len(self.path)
            if depth == 2:
                self.out.write(b"</sheetData>")
            elif depth == 3:
                self.out.write(b"</row>")
            elif depth == 4:
                self._write()
            elif self.reading == "t":
                self.gathered.finish()
                self.reading = ""
            elif depth == 5:
                self.reading = ""
        elif len(self.path) == 1:
            self._close()
        self.path.pop()

    def _write(self) -> None:
        key = self.row << SHIFT | self.column
        text = "".join(self.value) if self.value is not None else None
        if (text or self.inline) and (self.row > self.extent.last_row or self.column > self.extent.last_column):
            raise stray(key)
        kind, head = self.kind, f'<c r="{address(key)}" s="{self.style}"'
        formula = "<f/>" if self.formula else ""
        if kind == "inlineStr":
            if text is not None:
                raise malformed("单元格有两个值")
            inline = _escaped(self.gathered.take())
            body = f'{formula}<is><t xml:space="preserve">{inline}</t></is>' if self.inline else formula
            if formula and self.inline:
                kind, body = "str", f"{formula}<v>{inline}</v>"
        elif self.inline:
            raise malformed("单元格的类型与内容不符")
        else:
            body = formula + self._plain(kind, text)
        self.out.write(f'{head} t="{kind}">{body}</c>'.encode() if body else f"{head}/>".encode())

    def _plain(self, kind: str, text: str | None) -> str:
        """The value element, checked against the cell's type."""
        if text is None:
            if kind == "e":
                raise malformed("错误值没有内容")
            return ""
        if kind == "str":
            return f"<v>{_escaped(text)}</v>"
        text = text.strip()
        if text and not (
            kind == "e"
            or (kind == "n" and _FLOAT.fullmatch(text))
            or (kind == "b" and text in _BOOLS)
            or (kind == "s" and text.isascii() and text.isdigit())
            or kind == "d"
        ):
            raise malformed("单元格的值与类型不符")
        return f"<v>{escape(_BOOLS[text] if kind == 'b' and text else text, quote=False)}</v>"

    def _close(self) -> None:
        if not self.bodies:
            self.out.write(b"<sheetData></sheetData>")
        if self.filtered:
            self.out.write(b'<autoFilter><filterColumn colId="0"/></autoFilter>')
        if self.merged:
            cells = "".join(f'<mergeCell ref="{area}"/>' for area in self.merged)
            self.out.write(f"<mergeCells>{cells}</mergeCells>".encode())
        self.out.write(b"</worksheet>")
