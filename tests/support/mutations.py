"""Rosters spoilt on purpose: in a known way with the refusal that must follow, or at random."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from random import Random

from tests.support import hostile
from tests.support.hostile import MAIN, pack

COVER, SHEET, BOOK = "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml", "xl/workbook.xml"
Parts = dict[str, bytes]


def parts_of(content: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name) for name in file.namelist()}


def field(parts: Mapping[str, bytes], label: str, value: str) -> Parts:
    """The roster with another value beside a label of the cover: a number, or text."""
    pattern = re.compile(rf'(<t(?: [^>]*)?>{label}</t></is></c>)<c r="(\w+)" s="(\d+)"[^>]*?(?:/>|>.*?</c>)')
    text = parts[COVER].decode()
    assert pattern.search(text), label
    cell = f"<v>{value}</v>" if value.isdigit() else f"<is><t>{value}</t></is>"
    kind = "" if value.isdigit() else ' t="inlineStr"'
    new = pattern.sub(rf'\g<1><c r="\g<2>" s="\g<3>"{kind}>{cell}</c>', text, count=1)
    return {**parts, COVER: new.encode()}


def swapped(parts: Mapping[str, bytes], part: str, old: str, new: str) -> Parts:
    assert old.encode() in parts[part], old
    return {**parts, part: parts[part].replace(old.encode(), new.encode())}


def refused(parts: Parts) -> Iterator[tuple[str, str, bytes]]:
    """A good roster spoilt in one way each: the refusal's code (or two), what was done, the file."""
    whole = pack(parts)
    for percent in (1, 5, 20, 40, 60, 80, 95, 99):
        yield "R110", f"cut to {percent} %", whole[: len(whole) * percent // 100]
    for name in parts:
        at = whole.find(name.encode()) + len(name) + len(parts[name]) // 40
        # what a spoilt stream inflates to may be longer than declared
        yield (
            "R111 R112",
            f"one bit in {name.rpartition('/')[2]}",
            whole[:at] + bytes([whole[at] ^ 16]) + whole[at + 1 :],
        )
    yield "R111", "a block of zeros", whole[:3000] + bytes(512) + whole[3512:]
    yield "R111", "something in front", b"PK\x03\x04" + whole
    for name in (COVER, SHEET, BOOK, "xl/styles.xml", "[Content_Types].xml", "docProps/core.xml"):
        entity = re.sub(rb"(<\?xml[^>]*>)", rb'\1<!DOCTYPE x [<!ENTITY a "b">]>', parts[name], count=1)
        yield "R113", f"an entity in {name.rpartition('/')[2]}", pack({**parts, name: entity})
    for address in ("A1048576", "XFD1", "XFD1048576", "AB200001", "KO7", "ZZZ9"):
        row = re.sub(r"\D", "", address)
        cell = f'<row r="{row}"><c r="{address}"><v>1</v></c></row></sheetData>'
        yield "R114", f"a cell at {address}", pack(swapped(parts, SHEET, "</sheetData>", cell))
    yield "R115", "a part twice", pack({**parts, "xl/worksheets/sheetX.xml": parts[SHEET]}).replace(b"xl/worksheets/sheetX.xml", b"xl/worksheets/SHEET2.xml")  # fmt: skip
    yield "R116", "two sheets of one name", pack(swapped(parts, BOOK, 'name="填表说明"', 'name="花名册"'))
    yield "R117", "a macro sheet", pack({**parts, "xl/macrosheets/sheet1.xml": b"<a/>"})
    bomb, small = pack({**parts, "xl/media/a.bin": bytes(9_000_000)}), b"\x10\0\0\0"
    for central in (True, False):
        bomb = hostile.patched(bomb, "xl/media/a.bin", 24 if central else 22, small, central=central)
    yield "R112", "a bomb", bomb
    for name in ("花名册", "封面"):
        yield "R201", f"no sheet {name}", pack(swapped(parts, BOOK, f'name="{name}"', 'name="名单"'))
    headers = re.search(rb'<row r="4".*?</row>', parts[SHEET])
    assert headers
    yield "R202", "no headers", pack({**parts, SHEET: parts[SHEET].replace(headers[0], b"")})
    yield "R202", "an empty cover", pack({**parts, COVER: f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>'.encode()})  # fmt: skip
    yield "R202", "an empty roster", pack({**parts, SHEET: f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>'.encode()})  # fmt: skip
    for header in ("姓名", "证件号码", "与户主关系", "户籍地", "户号", "医保参保状态", "医保实收", "养老档次"):
        yield "R203", f"no column {header}", pack(swapped(parts, SHEET, f"<t>{header}</t>", "<t>甲</t>"))
    for unit in ("某某镇", "普利乔镇", "零陵区"):
        yield "R204", f"the unit {unit}", pack(field(parts, "乡镇/街道", unit))
    yield "R205", "another notice", pack(field(parts, "政策文号", "冷政办函〔2018〕1号"))
    for label, value in (("险种范围", "三险"), ("填报截止日期", "下周"), ("第几次报送", "零"), ("第几次报送", "0")):
        yield "R206", f"{label} {value}", pack(field(parts, label, value))
    for header in ("组", "备注", "居住证明"):
        yield "R207", f"姓名 for {header}", pack(swapped(parts, SHEET, f"<t>{header}</t>", "<t>姓名</t>"))
    yield "R123", "XML cut", pack({**parts, SHEET: parts[SHEET][:-60]})
    yield "R123", "a lone surrogate", pack(swapped(parts, SHEET, "本次参保", "本次&#xD800;参保"))
    yield "R123", "no relations", pack({name: data for name, data in parts.items() if "workbook.xml.rels" not in name})
    yield "R123", "no sheet part", pack({name: data for name, data in parts.items() if name != SHEET})


PIECES = (
    "<v>", "</v>", '<c r="J6">', "</c>", '<row r="6">', "</row>", "<f>", "</f>", "<v/>", "<!-- x -->", "<![CDATA[q]]>", "<?x?>", " ",
    "<is><t>", "&amp;", "&#x20;", "&#1;", '<c r="J6"/>', "<sheetData>", "</sheetData>", '<c r="S6" s="11"><v>9</v></c>', "_x000D_", "\u200b",
    '<c r="S7" t="str"><f>1</f></c>', '<c r="S8" t="e"><v>#N/A</v></c>', '<row r="9" hidden="1"/>', "\0", "\x01", "NaN", "-inf", "1E999", "1e", "\x1e",
    "<row><c><v>7</v></c></row>", "<c r='G7' t='b'><v>1</v></c>", '<c r="T5" t="d"><v>2019-10-05</v></c>', '<x:c xmlns:x="q"/>', "</worksheet>",
    '<mergeCell ref="A1:B2"/>', ' t="s"', ' t="b"', ' s="12"', ' r="S5"', ' xml:space="preserve"', "43753", "250", "0", "\n", "</is>", "<t>",
)  # fmt: skip
"""What a damaged or strange sheet's XML may hold."""


def tokens(xml: str) -> list[str]:
    """Tags, and the texts between them."""
    return re.findall(r"<[^>]*>|[^<]+", xml)


def exchange(mixed: list[str], chance: Random) -> None:
    """Delete, insert, replace or move one token, or change a character of it."""
    at = chance.randrange(len(mixed))
    match chance.randrange(6):
        case 0:
            del mixed[at]
        case 1:
            mixed.insert(at, chance.choice(PIECES))
        case 2:
            mixed[at] = chance.choice(PIECES)
        case 3:
            mixed.insert(at, chance.choice(mixed))
        case 4:
            other = chance.randrange(len(mixed))
            mixed[at], mixed[other] = mixed[other], mixed[at]
        case 5:
            place = chance.randrange(len(mixed[at]) + 1)
            mixed[at] = mixed[at][:place] + chance.choice((*'<>/="&;0159AZ.eE -', "张", "")) + mixed[at][place + 1 :]


def damaged(parts: Parts, chance: Random) -> bytes:
    """A file with flipped bits, a lost end, or a lost or doubled block: what disks and networks do."""
    content = bytearray(pack(parts, method=chance.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))))
    at, length = chance.randrange(len(content)), chance.choice((1, 16, 512, 4096))
    match chance.randrange(5):
        case 0 | 1:
            for _ in range(chance.randint(1, 4)):
                content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        case 2:
            del content[at:]
        case 3:
            del content[at : at + length]
        case 4:
            content[at : at + length] = bytes(length) if chance.random() < 0.5 else content[:length]
    return bytes(content)


def exchanged(parts: Parts, chance: Random) -> bytes:
    """A whole zip with pieces of the roster's XML exchanged: somebody's work, or a bug of a program."""
    mixed = tokens(parts[SHEET].decode())
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        exchange(mixed, chance)
    return pack({**parts, SHEET: "".join(mixed).encode("utf-8", "surrogatepass")})
