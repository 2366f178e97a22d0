"""The bytes of a regular file and their type, by the content, never by the name."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from addin.findings import SAVE_AS, USE_TEMPLATE
from addin.intake import compound
from addin.intake.reasons import UNPACK, RefusedError, too_large

LARGEST_FILE = 100 * 1024 * 1024
"""Bytes of a received file; a full roster of 50,000 people has about 10 MB."""
LARGEST_LIST = 200 * 1024 * 1024
"""Bytes of a department's list; as text, one of a district's payments in both schemes has about 100 MB."""
TEXT = "R105"
"""The refusal of a text."""

_ENCRYPTED = {b"\x62\x14\x23\x65": "亿赛通", b"E-SafeNet": "亿赛通", b"%TSD-Header-###%": "天锐绿盾"}
"""How files begin that an office's own software keeps encrypted outside of it."""
_ARCHIVES = {
    b"Rar!\x1a\x07": "RAR",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"\x1f\x8b": "gz",
    b"BZh": "bz2",
    b"\xfd7zXZ\0": "xz",
    b"PK\x05\x06": "空的zip",
    b"PK\x07\x08": "zip分卷",
}
_MAYBE_ENCRYPTED = f"{USE_TEMPLATE}在本单位打得开的，多半被单位的加密软件加了密，请解密（申请外发）后再报。"
_BIFF = re.compile(rb"\x09[\x00\x02\x04\x08][\x04\x06\x08\x10]\x00")
_SHOWN_AS_TEXT = 4096
"""Bytes of the beginning by which text is told from the rest."""


def load(path: Path, largest: int | None = None) -> bytes:
    """The bytes of a regular file, read once; a link, pipe, device or a file that changes meanwhile is refused."""
    largest = LARGEST_FILE if largest is None else largest
    try:
        before = path.lstat()
    except FileNotFoundError as error:
        raise _gone() from error
    except OSError as error:
        raise _unreadable() from error
    if not stat.S_ISREG(before.st_mode):
        raise _irregular()
    if before.st_size == 0:
        raise RefusedError("R109")
    if before.st_size > largest:
        raise too_large(f"有{before.st_size // 2**20}MB，上限{largest // 2**20}MB")
    # NOFOLLOW and NONBLOCK: a link or pipe put in the file's place meanwhile is neither followed nor waited for
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError as error:
        raise _gone() from error
    except OSError as error:
        raise _unreadable() from error
    with os.fdopen(descriptor, "rb") as file:
        opened = os.fstat(descriptor)
        if not stat.S_ISREG(opened.st_mode):
            raise _irregular()
        try:
            content = file.read(largest + 1)
        except OSError as error:
            raise _unreadable() from error
        after = os.fstat(descriptor)
    if not _state(before) == _state(opened) == _state(after) or len(content) != after.st_size:
        raise RefusedError("R119")
    return content


def _state(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_size, status.st_mtime_ns


def _gone() -> RefusedError:
    return RefusedError("R119", problem="文件在读取时不见了。", remedy="请不要在汇总时移动文件，重新汇总一次。")


def _unreadable() -> RefusedError:
    return RefusedError("R120")


def _irregular() -> RefusedError:
    return RefusedError("R118")


def refuse_other_kinds(content: bytes) -> None:
    """Accept what begins as a zip does; refuse anything else by its type."""
    if content.startswith(b"PK\x03\x04"):
        return
    if not content:
        raise RefusedError("R109")
    if content.startswith(compound.SIGNATURE):
        raise _compound_file(content)
    for start_bytes, software in _ENCRYPTED.items():
        if content.startswith(start_bytes):
            raise RefusedError("R126", {"what": software})
    for start_bytes, kind in _ARCHIVES.items():
        if content.startswith(start_bytes):
            raise RefusedError("R108", {"what": f"这是压缩包（{kind}），"}, remedy=UNPACK)
    if content[257:262] == b"ustar":
        raise RefusedError("R108", {"what": "这是压缩包（tar），"}, remedy=UNPACK)
    if content.startswith(b"%PDF"):
        raise RefusedError("R106")
    if content.startswith(b"{\\rtf"):
        raise RefusedError("R107", {"what": "写字板（RTF）文档"})
    if len(content) >= 8 and _BIFF.match(content):
        raise RefusedError("R102", {"what": "很老的Excel格式"})
    text = _as_text(content[:_SHOWN_AS_TEXT], whole=len(content) <= _SHOWN_AS_TEXT)
    if text is None:
        if not any(content[:_SHOWN_AS_TEXT]):
            raise RefusedError("R111", {"what": "开头全是零"}, remedy="多半是保存或传输时断电，请重新发送原文件。")
        raise RefusedError("R108", {"what": "这"}, remedy=_MAYBE_ENCRYPTED)
    start = text.lstrip("\ufeff \t\r\n").lower()
    if "urn:schemas-microsoft-com:office:spreadsheet" in start:
        raise RefusedError("R104")
    if start.startswith(("<!doctype html", "<html", "<table", "<meta", "<head", "<style")) or "<html" in start:
        raise RefusedError("R103")
    if start.startswith("<?xml"):
        raise RefusedError("R108", {"what": "这是XML文件，"}, remedy=SAVE_AS)
    raise RefusedError(TEXT)


def _compound_file(content: bytes) -> RefusedError:
    """Old Office files and encrypted workbooks; what is embedded in one is not what it is."""
    listed = compound.directory(content)
    if listed is None:  # a broken one: by the names that stand anywhere in it

        def holds(name: str) -> bool:
            return (name + "\0").encode("utf-16-le") in content

        names = {name.casefold() for name in _STREAMS if holds(name) or holds(name.upper())}
        listed = compound.Directory(frozenset(names), frozenset(names))
    if any(name.startswith("drmencrypted") for name in listed.everywhere) or "\x09drmcontent" in listed.root:
        return RefusedError("R127")
    if "encryptedpackage" in listed.root:
        return RefusedError("R101")
    if listed.root & {"workbook", "book"}:
        return RefusedError("R102", {"what": "旧版Excel（.xls）或WPS（.et）文件"})
    if listed.root & {"worddocument", "powerpoint document", "visiodocument"}:
        return RefusedError("R107", {"what": "Word或PowerPoint文件"})
    return RefusedError("R108", {"what": "这"})


_STREAMS = ("EncryptedPackage", "DRMEncryptedDataSpace", "WordDocument", "PowerPoint Document", "Workbook", "Book")


def _as_text(start: bytes, *, whole: bool) -> str | None:
    """The beginning of a file as text in one of the encodings that are met here, or None."""
    utf16 = start.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if utf16 else ("utf-8", "gb18030", "cp1252"):
        for cut in range(1 if whole else 4):  # the last character may be cut in two
            try:
                text = start[: len(start) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            if not any(c < " " and c not in "\t\r\n\f" for c in text):
                return text
    return None
