"""The directory of an OLE compound file (old Excel and Word files, encrypted workbooks): its streams, and where.

[MS-CFB]. Only names are read, with a bound on every loop; a directory that is broken is no directory.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MOST_SECTORS = 5_000
_NONE = 0xFFFFFFF0
"""From here on a sector's or an entry's number means that there is none."""
_ENTRY = 128
_IN_HEADER = 109
"""Sectors of the allocation table that the header itself lists."""


@dataclass(frozen=True, slots=True)
class Directory:
    """The names of streams and storages in small letters: those of the root, and all of them."""

    root: frozenset[str]
    everywhere: frozenset[str]


def directory(content: bytes) -> Directory | None:
    """The names in a compound file; None where its directory can't be followed."""
    try:
        return _directory(content)
    except (struct.error, IndexError, ValueError):
        return None


def _directory(content: bytes) -> Directory:
    size = 1 << struct.unpack_from("<H", content, 30)[0]
    if size not in (512, 4096):
        raise ValueError("no sector size")
    table = _table(content, size)
    sector, data = struct.unpack_from("<I", content, 48)[0], bytearray()
    for _ in range(_MOST_SECTORS):
        if sector >= _NONE:
            break
        start = (sector + 1) * size
        if start + size > len(content):
            raise ValueError("sector outside the file")
        data += content[start : start + size]
        (sector,) = struct.unpack_from("<I", content, (table[sector * 4 // size] + 1) * size + sector * 4 % size)
    names, links = [], []
    for at in range(0, len(data), _ENTRY):
        (length,) = struct.unpack_from("<H", data, at + 64)
        names.append(bytes(data[at : at + max(min(length, 64) - 2, 0)]).decode("utf-16-le", "replace").casefold())
        links.append(struct.unpack_from("<III", data, at + 68))
    root: set[str] = set()
    waiting, seen = [links[0][2]], {0}
    while waiting:
        entry = waiting.pop()
        if entry < len(links) and entry not in seen:
            seen.add(entry)
            root.add(names[entry])
            waiting += links[entry][:2]
    return Directory(frozenset(root), frozenset(filter(None, names)))


def _table(content: bytes, size: int) -> list[int]:
    """The sectors of the allocation table, in order."""
    count, further = struct.unpack_from("<I", content, 44)[0], struct.unpack_from("<I", content, 68)[0]
    sectors = list(struct.unpack_from(f"<{_IN_HEADER}I", content, 76))
    for _ in range(_MOST_SECTORS):
        if further >= _NONE or len(sectors) >= min(count, _MOST_SECTORS):
            break
        *more, further = struct.unpack_from(f"<{size // 4}I", content, (further + 1) * size)
        sectors += more
    return sectors
