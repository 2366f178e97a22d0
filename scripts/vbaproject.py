"""vbaProject.bin from text, without Excel and byte for byte the same every time.

In: the modules as `Module` records. Out: the compound file's bytes. pyOpenVBA gives the skeleton that Excel itself
wrote (project information and the two standard references), the compressor and the compound file; what it has no
switch for is done here: code page 936, encoding that refuses what the page lacks, the minimal `_VBA_PROJECT` stream of
[MS-OVBA] 2.3.4.1 (7 bytes, version 0xFFFF: Excel compiles from source on opening), a fixed project id.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pyopenvba import vba
from pyopenvba._templates import EMPTY_XLSM_BYTES
from pyopenvba.cfb import CFB

CODE_PAGE = 936
ENCODING = "cp936"
PROJECT_NAME = "Liangxian"
MINIMAL_VBA_PROJECT = b"\xcc\x61\xff\xff\x00\x00\x00"

Kind = Literal["book", "sheet", "class", "module"]
BASES: dict[Kind, str] = {
    "book": "0{00020819-0000-0000-C000-000000000046}",
    "sheet": "0{00020820-0000-0000-C000-000000000046}",
    "class": "0{FCFB3D2A-A0FA-1068-A738-08002B3371B5}",
}
"""The COM classes behind the modules that are objects: Workbook, Worksheet, a class of our own (only in tests)."""
_DECLARED: dict[Kind, str] = {
    "book": "Document={}/&H00000000", "sheet": "Document={}/&H00000000", "class": "Class={}", "module": "Module={}",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Module:
    """One module: a standard module's whole text, or what follows the attributes of the others."""

    name: str
    kind: Kind
    source: str

    @property
    def text(self) -> str:
        """The module's text in the project: CRLF, the attributes in front."""
        document = self.kind != "class"
        lines = self.source.replace("\r\n", "\n").rstrip("\n").split("\n")
        if self.kind != "module":
            lines = [
                f'Attribute VB_Name = "{self.name}"',
                f'Attribute VB_Base = "{BASES[self.kind]}"',
                "Attribute VB_GlobalNameSpace = False",
                "Attribute VB_Creatable = False",
                f"Attribute VB_PredeclaredId = {document}",
                f"Attribute VB_Exposed = {document}",
                "Attribute VB_TemplateDerived = False",
                f"Attribute VB_Customizable = {document}",
                *(lines if lines != [""] else []),
            ]
        return "\r\n".join(lines) + "\r\n"


def build(modules: Sequence[Module]) -> bytes:
    """The project. Document modules come first, the workbook's before the sheets'."""
    with zipfile.ZipFile(io.BytesIO(EMPTY_XLSM_BYTES)) as skeleton:
        project = CFB.from_bytes(skeleton.read("xl/vbaProject.bin"))
    for stream in list(project.list_streams_in_storage("VBA")):
        if stream not in ("dir", "_VBA_PROJECT"):
            project.remove_stream_in_storage("VBA", stream)
    directory = bytearray(_information(vba.decompress(project.get_stream_in_storage("VBA", "dir"))))
    directory += _record(0x000F, struct.pack("<H", len(modules))) + _record(0x0013, struct.pack("<H", 0xFFFF))
    names_map = bytearray()
    for module in modules:
        ansi, wide = module.name.encode("ascii"), module.name.encode("utf-16-le")
        directory += _record(0x0019, ansi) + _record(0x0047, wide)
        directory += _record(0x001A, ansi) + _record(0x0032, wide)
        directory += _record(0x001C, b"") + _record(0x0048, b"")
        directory += _record(
            0x0031, struct.pack("<I", 0)
        )  # the source starts at 0: there is no compiled code before it
        directory += _record(0x001E, struct.pack("<I", 0)) + _record(0x002C, struct.pack("<H", 0xFFFF))
        directory += _record(0x0021 if module.kind == "module" else 0x0022, b"") + _record(0x002B, b"")
        # strict: a character outside the page would become ? and be found by nobody
        project.add_stream_to_storage("VBA", module.name, vba.compress(module.text.encode(ENCODING)))
        names_map += ansi + b"\0" + wide + b"\0\0"
    directory += struct.pack("<HI", 0x0010, 0)
    project.write_stream_in_storage("VBA", "dir", vba.compress(bytes(directory)))
    project.write_stream_in_storage("VBA", "_VBA_PROJECT", MINIMAL_VBA_PROJECT)
    project.write_stream("PROJECT", _project_stream(project.get_stream("PROJECT"), modules))
    project.write_stream("PROJECTwm", bytes(names_map) + b"\0\0")
    return bytes(project.to_bytes())


def _record(number: int, data: bytes) -> bytes:
    return struct.pack("<HI", number, len(data)) + data


def _information(directory: bytes) -> bytes:
    """The skeleton's project information and references, with our code page and name."""
    end = directory.index(_record(0x000F, struct.pack("<H", 3)))
    information = _set(directory[:end], 0x0003, struct.pack("<H", CODE_PAGE))
    return _set(information, 0x0004, PROJECT_NAME.encode("ascii"))


def _set(records: bytes, number: int, data: bytes) -> bytes:
    at = 0
    while at < len(records):
        identifier, size = struct.unpack_from("<HI", records, at)
        length = 6 + (6 if identifier == 0x0009 else size)  # PROJECTVERSION gives 4 as its size and has 6 bytes
        if identifier == number:
            return records[:at] + _record(number, data) + records[at + length :]
        at += length
    raise KeyError(f"no record {number:#06x} in the dir stream")


def _project_stream(skeleton: bytes, modules: Sequence[Module]) -> bytes:
    # ID, CMG, DPB and GC belong together (the obfuscation's key is made from ID): Excel's own four are kept
    kept = {line.split("=")[0]: line for line in skeleton.decode("cp1252").splitlines() if "=" in line}
    declared = [_DECLARED[module.kind].format(module.name) for module in modules]
    lines = [
        kept["ID"], *declared, f'Name="{PROJECT_NAME}"', kept["HelpContextID"], kept["VersionCompatible32"],
        kept["CMG"], kept["DPB"], kept["GC"], "",
        "[Host Extender Info]", "&H00000001={3832D640-CF90-11CF-8E43-00A0C911005A};VBE;&H00000000", "",
        "[Workspace]", *(f"{module.name}=0, 0, 0, 0, C" for module in modules), "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode("ascii")
