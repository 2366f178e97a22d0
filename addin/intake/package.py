"""The zip of an Office document: checks the directory, inflates each part once, writes a clean zip from them.

Caps are absolute. A ratio would be wrong here: an honest template of 50,000 equal formulas packs 15 to 1 and better.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from addin.findings import SAVE_AGAIN, SEND_AGAIN
from addin.intake.reasons import (
    UNPACK,
    RefusedError,
    damaged,
    has_dtd,
    malformed,
    too_large,
    truncated,
)

MOST_PARTS = 5_000
LARGEST_PART = 400 * 2**20
"""Bytes of one part inflated: the sheet of 50,000 people with every formula has 110 to 150 MB."""
LARGEST_ALL = 600 * 2**20
LARGEST_HELD = 64 * 2**20
"""Bytes of a part that must be in memory as a whole (workbook, styles); a sheet passes in chunks."""

CHUNK = 1 << 20
_STORED, _DEFLATED = 0, 8
_METHODS = {9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "xz", 98: "PPMd"}
_END, _END64, _LOCATOR, _CENTRAL, _LOCAL = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x01\x02", b"PK\x03\x04"
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_BEFORE_ROOT = re.compile(r"\ufeff?\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Entry:
    """One part: where its packed bytes lie and what they must become."""

    name: str
    method: int
    crc: int
    packed: int
    size: int
    start: int


class Package:
    """The parts of a received file by name; names are compared without regard to case, as Office does."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._entries = {entry.name.lower(): entry for entry in _entries(content)}

    @property
    def names(self) -> list[str]:
        """The parts' names in lower case, in the file's order."""
        return list(self._entries)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._entries

    def entry(self, name: str) -> Entry:
        return self._entries[name.lower()]

    def packed(self, name: str) -> memoryview:
        """A part's packed bytes."""
        entry = self.entry(name)
        return memoryview(self._content)[entry.start : entry.start + entry.packed]

    def chunks(self, name: str) -> Iterator[bytes]:
        """A part inflated piece by piece; size and CRC are checked by the time the last piece is given."""
        entry = self.entry(name)
        crc = total = 0
        for piece in _inflated(entry, self.packed(name)):
            if not total and entry.name.lower().endswith((".xml", ".rels")):
                _refuse_dtd(piece)
            total += len(piece)
            if total > entry.size:
                raise RefusedError(
                    "R112",
                    problem="文件里有部件解开后比写明的大，不是损坏就是压缩炸弹。",
                    remedy=f"{SEND_AGAIN}仍然不行的，{SAVE_AGAIN}",
                )
            crc = zlib.crc32(piece, crc)
            yield piece
        if total != entry.size or crc != entry.crc:
            raise damaged("内容与校验和不符")

    def read(self, name: str, most: int = LARGEST_HELD) -> bytes:
        """A part as a whole."""
        size = self.entry(name).size
        if size > most:
            raise too_large(f"其中一个部件有{size // 2**20}MB")
        return b"".join(self.chunks(name))

    def verify(self, name: str) -> None:
        """Inflate a part that is not read, to check its size and CRC."""
        for _ in self.chunks(name):
            pass


def _inflated(entry: Entry, packed: memoryview) -> Iterator[bytes]:
    if not entry.packed and not entry.size:  # some programs write an empty part without even an empty stream
        return
    if entry.method == _STORED:
        for at in range(0, len(packed), CHUNK):
            yield bytes(packed[at : at + CHUNK])
        return
    worker = zlib.decompressobj(-15)
    at = 0
    try:
        while not worker.eof:
            # what is left of the input is copied each time: of all that is there, that would take half the time
            given = worker.unconsumed_tail or packed[at : (at := at + CHUNK)]
            piece = worker.decompress(given, CHUNK)
            if piece:
                yield piece
            elif not given and not worker.eof:
                raise damaged("压缩数据不完整")
    except zlib.error as error:
        raise damaged("压缩数据出错") from error
    if worker.unused_data or worker.unconsumed_tail or at < len(packed):
        raise damaged("部件后面有多余的数据")


def _refuse_dtd(start: bytes) -> None:
    """A DTD can only stand before the root element."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = start.decode("utf-16", "replace")
    elif b"\0" in start[:4]:
        text = start.decode("utf-16-le" if start[1:2] == b"\0" else "utf-16-be", "replace")
    else:
        text = start.decode("utf-8", "replace")
    before = _BEFORE_ROOT.match(text)
    rest = before.end() if before else 0
    if text.startswith("<!", rest):
        raise has_dtd() if not text.startswith("<!--", rest) else malformed("XML的注释过长")


def _entries(content: bytes) -> list[Entry]:
    """The central directory, each line checked against the part's own header, and all against each other."""
    count, start, end = _directory(content)
    if count > MOST_PARTS:
        raise too_large(f"压缩包里有{count}个部件")
    entries: list[Entry] = []
    spans: list[tuple[int, int]] = []
    names: set[str] = set()
    at = start
    for _ in range(count):
        if at + 46 > end or content[at : at + 4] != _CENTRAL:
            raise damaged("压缩目录不对")
        fields = struct.unpack_from("<HHHHHHIIIHHHHHII", content, at + 4)
        flags, method, crc, packed, size = fields[2], fields[3], fields[6], fields[7], fields[8]
        name_length, extra_length, note_length, offset = *fields[9:12], fields[15]
        raw = content[at + 46 : at + 46 + name_length]
        extra = content[at + 46 + name_length : at + 46 + name_length + extra_length]
        at += 46 + name_length + extra_length + note_length
        size, packed, offset = _wide(extra, size, packed, offset)
        name = _name(raw, flags)
        if flags & 0x41:
            raise RefusedError("R101", problem="压缩包加了密码。", remedy="请去掉密码后再报。")
        if name.endswith("/"):
            if size:
                raise malformed("文件夹里有内容")
            continue
        if name.lower() in names:
            raise RefusedError("R115")
        names.add(name.lower())
        if method not in (_STORED, _DEFLATED):
            raise RefusedError("R128", {"what": _METHODS.get(method, f"方式{method}")})
        if size > LARGEST_PART:
            raise too_large(f"其中一个部件解开后有{size // 2**20}MB，上限{LARGEST_PART // 2**20}MB")
        data = _local(content, offset, start, raw, method, flags, (crc, packed, size))
        spans.append((offset, data + packed))
        entries.append(Entry(name, method, crc, packed, size, data))
    if at != end:
        raise damaged("压缩目录长度不对")
    if (total := sum(entry.size for entry in entries)) > LARGEST_ALL:
        raise too_large(f"解开后共{total // 2**20}MB，上限{LARGEST_ALL // 2**20}MB")
    spans.sort()
    if any(after[0] < before[1] for before, after in pairwise(spans)):
        raise RefusedError("R115", problem="文件里的部件相互重叠，可能是压缩炸弹。")
    return entries


def _directory(content: bytes) -> tuple[int, int, int]:
    """Number of entries, start and end of the central directory."""
    at = content.rfind(_END, max(0, len(content) - 22 - _FULL16))
    if at < 0 or at + 22 > len(content):
        raise truncated()
    disk, first_disk, here, count, size, offset, comment = struct.unpack_from("<HHHHIIH", content, at + 4)
    if at + 22 + comment > len(content):
        raise truncated()
    if at + 22 + comment != len(content):
        raise damaged("文件末尾有多余的数据")
    end = at
    if _FULL16 in (here, count) or _FULL32 in (size, offset):
        end, disk, first_disk, here, count, size, offset = _directory64(content, at)
    if disk or first_disk or here != count:
        raise damaged("是分卷压缩包的一卷")
    if offset + size != end:
        raise damaged("压缩目录与文件长度不符")
    return count, offset, end


def _directory64(content: bytes, at: int) -> tuple[int, ...]:
    """The wide form of the directory's end, which some programs write for files of any size."""
    locator = at - 20
    if locator < 0 or content[locator : locator + 4] != _LOCATOR:
        raise damaged("压缩目录不对")
    (position,) = struct.unpack_from("<Q", content, locator + 8)
    if position + 56 > locator or content[position : position + 4] != _END64:
        raise damaged("压缩目录不对")
    disk, first_disk, here, count, size, offset = struct.unpack_from("<IIQQQQ", content, position + 16)
    return position, disk, first_disk, here, count, size, offset


def _wide(extra: bytes, *fields: int) -> list[int]:
    """Size, packed size and offset, taken from the ZIP64 field where the narrow one is full."""
    field_64 = b""
    at = 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack_from("<HH", extra, at)
        if tag == 1:
            field_64 = extra[at + 4 : at + 4 + length]
        at += 4 + length
    values = []
    for field in fields:
        if field == _FULL32:
            if len(field_64) < 8:
                raise damaged("压缩目录不对")
            values.append(int.from_bytes(field_64[:8], "little"))
            field_64 = field_64[8:]
        else:
            values.append(field)
    return values


def _name(raw: bytes, flags: int) -> str:
    try:
        name = raw.decode("utf-8" if flags & 0x800 else "cp437")
    except UnicodeDecodeError as error:
        raise damaged("部件名不对") from error
    if not name or "\0" in name or "\\" in name or ":" in name or name.startswith("/"):
        raise malformed("部件名不正常")
    if ".." in name.split("/"):
        raise malformed("部件名指向文件之外")
    return name


def _local(
    content: bytes,
    offset: int,
    directory: int,
    raw: bytes,
    method: int,
    flags: int,
    directory_says: tuple[int, int, int],
) -> int:
    """Where a part's data starts; its own header must say what the directory says."""
    if offset + 30 > directory or content[offset : offset + 4] != _LOCAL:
        raise damaged("部件的位置不对")
    own_flags, own_method, _, _, crc, packed, size, name_length, extra_length = struct.unpack_from(
        "<HHHHIIIHH", content, offset + 6
    )
    start: int = offset + 30 + name_length + extra_length
    if start + directory_says[1] > directory:
        raise damaged("部件超出文件")
    extra = content[offset + 30 + name_length : start]
    size, packed = _wide(extra, size, packed) if _FULL32 in (size, packed) and extra else (size, packed)
    # with flag 8 sizes and CRC follow the data, and the header has zeros
    same_sizes = (crc, packed, size) == directory_says or own_flags & 8
    same_name = content[offset + 30 : offset + 30 + name_length] == raw
    if own_method != method or not same_name or not same_sizes or (own_flags ^ flags) & 0x49:
        raise damaged("部件与压缩目录不一致")
    return start


def refuse_other_documents(package: Package) -> None:
    """Refuse a zip that is not an .xlsx or .xlsm, by its type."""
    names = package.names
    if "xl/workbook.bin" in names:
        raise RefusedError("R124")
    if "mimetype" in names:
        kind = package.read("mimetype", 4096)
        if kind.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
            raise RefusedError("R125")
        if kind.startswith(b"application/vnd.oasis"):
            raise RefusedError("R107", {"what": "文字处理或演示文件"})
    if any(name.startswith(("word/", "ppt/", "visio/")) for name in names):
        raise RefusedError("R107", {"what": "Word、PowerPoint或Visio文件"})
    if "[content_types].xml" not in names:
        if any(name.endswith(".iwa") for name in names) or "index.zip" in names:
            remedy = "请在Numbers表格中选“文件—导出为—Excel”，把导出的.xlsx报来。"
            raise RefusedError("R108", {"what": "这是苹果的Numbers表格，"}, remedy=remedy)
        raise RefusedError("R108", {"what": "这是压缩包，"}, remedy=UNPACK)


def written(parts: Iterable[tuple[str, Entry | None, bytes | memoryview]]) -> bytes:
    """A package of parts: with an entry, its packed bytes as they were; without, bytes to be stored."""
    out = bytearray()
    directory = bytearray()
    count = 0
    for name, entry, data in parts:
        method, crc, size = (entry.method, entry.crc, entry.size) if entry else (_STORED, zlib.crc32(data), len(data))
        raw = name.encode("ascii")
        common = struct.pack("<HHHHHIIIHH", 20, 0, method, 0, 33, crc, len(data), size, len(raw), 0)
        directory += _CENTRAL + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, len(out)) + raw
        out += _LOCAL + common + raw
        out += data
        count += 1
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(out), 0)
    out += directory
    out += _END + end
    return bytes(out)
