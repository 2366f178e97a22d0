"""What clerks really send, its files: locked in several ways, packed in several ways, of other programs, renamed."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from addin import intake
from addin.district.received import received_files
from addin.findings import Refusal
from addin.intake import compound
from addin.output import template
from tests.support import hostile, rosters

Tree = Mapping[str, "Tree | None"]
"""Names of a compound file's storage; None is a stream."""


def compound_file(tree: Tree, sector: int = 512) -> bytes:
    """An OLE compound file of empty streams and storages, its directory a chain of sectors, as Office writes one."""
    entries: list[tuple[str, int, list[int]]] = []

    def add(name: str, kind: int, children: Tree) -> int:
        number = len(entries)
        entries.append((name, kind, [-1, -1, -1]))
        before = -1
        for child, inside in children.items():
            at = add(child, 1 if inside is not None else 2, inside or {})
            if before < 0:
                entries[number][2][2] = at
            else:
                entries[before][2][1] = at
            before = at
        return number

    add("Root Entry", 5, tree)
    while len(entries) * 128 % sector:
        entries.append(("", 0, [-1, -1, -1]))
    data = b""
    for name, kind, (left, right, child) in entries:
        raw = name.encode("utf-16-le")
        data += raw.ljust(64, b"\0") + struct.pack("<HBBiii", len(raw) + 2 if name else 0, kind, 1, left, right, child)
        data += bytes(48)
    count = len(data) // sector
    table = [0xFFFFFFFD, *range(2, count + 1), 0xFFFFFFFE]
    fat = struct.pack(f"<{sector // 4}I", *table, *[0xFFFFFFFF] * (sector // 4 - len(table)))
    shift = sector.bit_length() - 1
    head = (
        compound.SIGNATURE
        + bytes(16)
        + struct.pack("<HHHHHHIIIIIIIII", 62, 3, 0xFFFE, shift, 6, 0, 0, 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE)
    )
    head += struct.pack("<I", 0) + struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    return head.ljust(sector, b"\0") + fat + data


MANY: dict[str, Any] = {f"MBD{n:08X}": {"WordDocument": None, "\x01CompObj": None} for n in range(40)}
KINDS: list[tuple[str, Tree, str, str]] = [
    ("an old Excel file", {"Workbook": None}, "R102", "旧版Excel"),
    ("one whose stream is in capitals", {"WORKBOOK": None}, "R102", "旧版Excel"),
    ("Excel 5", {"Book": None}, "R102", "旧版Excel"),
    ("an old Excel file with embedded Word documents", {"Workbook": None, **MANY}, "R102", "旧版Excel"),
    ("embedded objects first", {**MANY, "\x05SummaryInformation": None, "Workbook": None}, "R102", "旧版Excel"),
    ("a Word file with an embedded workbook", {"WordDocument": None, "ObjectPool": {"_1": {"Workbook": None}}}, "R107", "Word"),
    ("a presentation with a chart's workbook", {"PowerPoint Document": None, "MBD1": {"Workbook": None}}, "R107", "PowerPoint"),
    ("a password", {"EncryptionInfo": None, "EncryptedPackage": None, "\x06DataSpaces": {"DataSpaceInfo": {"StrongEncryptionDataSpace": None}}}, "R101", "密码"),
    ("rights management", {"EncryptedPackage": None, "\x06DataSpaces": {"DataSpaceInfo": {"DRMEncryptedDataSpace": None}}}, "R127", "权限"),
    ("rights management of old", {"\x09DRMContent": None, "\x06DataSpaces": {"DataSpaceInfo": {"DRMEncryptedDataSpace": None}}}, "R127", "权限"),
    ("something else", {"Contents": None}, "R108", "不是工作簿"),
]  # fmt: skip


def refusal(content: bytes) -> Refusal:
    book = intake.read_bytes(content)
    assert isinstance(book, Refusal)
    return book


@pytest.mark.parametrize(("tree", "code", "words"), [kind[1:] for kind in KINDS], ids=[kind[0] for kind in KINDS])
@pytest.mark.parametrize("sector", [512, 4096])
def test_compound_files_by_what_they_are_not_by_what_is_in_them(tree: Tree, code: str, words: str, sector: int) -> None:
    refused = refusal(compound_file(tree, sector))
    assert (refused.code, words in refused.reason) == (code, True)
    assert ("清空" in refused.remedy) == (code == "R101")


def test_broken_directories_are_read_by_the_names_in_them() -> None:
    whole = compound_file({"Workbook": None, **MANY})
    looped = bytearray(whole)
    struct.pack_into("<I", looped, 512 + 4 * 2, 1)  # the chain of sectors goes round
    for content in (bytes(looped), whole[:1500], whole[:900], whole[:512], whole[:30], hostile.compound("WORKBOOK")):
        assert refusal(content).code in ("R102", "R108", "R107")
    assert refusal(hostile.compound("WORKBOOK")).code == "R102"


@pytest.mark.parametrize(
    "start",
    [
        b"\x62\x14\x23\x65" + bytes(range(256)) * 4,
        b"E-SafeNet\0LOCK" + b"\xff\x01" * 99,
        b"%TSD-Header-###%" + b"\x80\x00" * 99,
    ],
)
def test_an_offices_own_encryption(start: bytes) -> None:
    refused = refusal(start)
    assert (refused.code, "解密" in refused.remedy, "扩展名" in refused.remedy) == ("R126", True, True)


def test_other_encryption_is_at_least_thought_of() -> None:
    assert "加密软件" in refusal(bytes((7 * n * n + 3 * n) % 251 for n in range(4096))).remedy


def packed(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in parts.items():
            file.writestr(name.replace("__", "/"), content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"Rar!\x1a\x07\x01\x00" + bytes(range(200)), "解压"), (b"7z\xbc\xaf\x27\x1c" + bytes(99), "解压"), (b"\x1f\x8b\x08\x00" + bytes(range(99)), "解压"), (b"BZh91AY&SY" + bytes(range(99)), "解压"),
        (packed(**{"花名册.xlsx": b"x", "说明.txt": b"y"}), "解压"), (packed(Index__Document__iwa=b"", **{"Index/Document.iwa": b"x", "preview.jpg": b"y"}), "Numbers"),
        (packed(**{"index.zip": b"x", "Metadata/Properties.plist": b"y"}), "Numbers"), ("姓名,证件号码\n张三,990000199001010017\n".encode(), "粘贴到模板"),
        ("姓名,证件号码\n张三,990000199001010017\n".encode("gbk"), "粘贴到模板"), (b"PK\x05\x06" + bytes(18), "解压"),
    ],
)  # fmt: skip
def test_other_files_under_a_workbooks_name(content: bytes, words: str) -> None:
    refused = refusal(content)
    assert words in refused.remedy
    assert "扩展名" not in refused.remedy


@pytest.mark.parametrize(
    ("name", "words"),
    [("花名册.zip", "解压"), ("花名册.RAR", "解压"), ("a.7z", "解压"), ("桥头村.csv", "粘贴到花名册模板"), ("a.numbers", "导出"), ("通知.docx", "文字文档"), ("照片.jpg", "图片"), ("a.pdf", "工作簿本身")],
)  # fmt: skip
def test_files_that_renaming_would_not_help(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    (line,) = received_files(tmp_path)[1]
    assert (line.code, words in line.reason, "改回" in line.reason) == ("S101", True, False)


def test_a_roster_without_its_extension_is_asked_back(tmp_path: Path) -> None:
    for name in ("花名册", "花名册.xlsx.bak", "花名册.dat"):
        (tmp_path / name).write_bytes(b"x")
    assert all("改回.xlsx" in line.reason for line in received_files(tmp_path)[1])


# ---------------------------------------------------------------- how the zip is packed


@pytest.fixture(scope="module")
def roster(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    path = tmp_path_factory.mktemp("roster") / "a.xlsx"
    template.write_roster(path, rosters.POLICY, rosters.COVER, [rosters.person()])
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def rewritten(parts: Mapping[str, bytes], method: int, **more: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, content in {**parts, **more}.items():
            file.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(("method", "name"), [(zipfile.ZIP_BZIP2, "bzip2"), (zipfile.ZIP_LZMA, "LZMA")])
def test_packed_by_another_method_is_no_damage(roster: dict[str, bytes], method: int, name: str) -> None:
    refused = refusal(rewritten(roster, method))
    assert (refused.code, name in refused.reason, "原文件" in refused.remedy) == ("R128", True, True)
    assert "损坏" not in refused.sentence


def without_stream(content: bytes, name: str) -> bytes:
    """The zip with the packed bytes of an empty deflated part left out, as some programs write it."""
    stream, raw = b"\x03\x00", name.encode()
    at = content.index(raw) + len(raw)
    assert content[at : at + 2] == stream
    made = bytearray(content[:at] + content[at + 2 :])
    struct.pack_into("<I", made, at - len(raw) - 30 + 18, 0)
    start = made.index(b"PK\x01\x02")
    while made[start : start + 4] == b"PK\x01\x02":
        length, extra, note = struct.unpack_from("<HHH", made, start + 28)
        (offset,) = struct.unpack_from("<I", made, start + 42)
        if made[start + 46 : start + 46 + length] == raw:
            struct.pack_into("<I", made, start + 20, 0)
        elif offset > at:
            struct.pack_into("<I", made, start + 42, offset - 2)
        start += 46 + length + extra + note
    struct.pack_into("<I", made, start + 16, struct.unpack_from("<I", made, start + 16)[0] - 2)
    return bytes(made)


def test_an_empty_part_is_no_damage(roster: dict[str, bytes]) -> None:
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        content = rewritten({"customXml/item1.xml": b"", **roster}, method, **{"xl/media/image1.png": b""})
        assert not isinstance(intake.read_bytes(content), Refusal)
    deflated = rewritten({"customXml/item1.xml": b"", **roster}, zipfile.ZIP_DEFLATED)
    book = intake.read_bytes(without_stream(deflated, "customXml/item1.xml"))
    assert not isinstance(book, Refusal), book
