"""Workbooks as they should not be: small packages put together part by part, whole or broken in one way each."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import xlsxwriter

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
SHEET = "xl/worksheets/sheet1.xml"
ROSTER = "花名册"


def row(number: int, *cells: str) -> str:
    """One row's XML; `{r}` in a cell stands for the row."""
    return f'<row r="{number}">{"".join(cells).replace("{r}", str(number))}</row>'


def sheet(*rows: str, before: str = "", after: str = "") -> str:
    """A worksheet's XML."""
    return f'{XML}<worksheet xmlns="{MAIN}">{before}<sheetData>{"".join(rows)}</sheetData>{after}</worksheet>'


def parts(  # every argument is one part's content
    worksheet: str | bytes = "",
    *,
    strings: str | bytes = "",
    styles: str = "",
    settings: str = "",
    sheets: str = "",
    relations: str = "",
) -> dict[str, bytes]:
    """A workbook of one sheet, 花名册."""
    more = f'<Relationship Id="r8" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>' if strings else ""
    more += f'<Relationship Id="r9" Type="{OFFICE}/styles" Target="styles.xml"/>' if styles else ""
    made: dict[str, str | bytes] = {
        "[Content_Types].xml": f'{XML}<Types xmlns="{TYPES}"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'{XML}<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" Type="{OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{settings}<sheets>'
        f'<sheet name="{ROSTER}" sheetId="1" r:id="r1"/>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{XML}<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" '
        f'Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>{more}{relations}</Relationships>',
        SHEET: worksheet or sheet(row(1, '<c r="A1"><v>1</v></c>')),
    }
    if strings:
        made["xl/sharedStrings.xml"] = strings
    if styles:
        made["xl/styles.xml"] = styles
    return {name: text.encode() if isinstance(text, str) else text for name, text in made.items()}


def pack(content: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The parts as a zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, data in content.items():
            file.writestr(name, data)
    return out.getvalue()


def book(worksheet: str | bytes = "", **more: str) -> bytes:
    """A workbook of one sheet as a file's bytes."""
    return pack(parts(worksheet, **more))


def ordinary(path: Path, people: int = 40) -> bytes:
    """A workbook as XlsxWriter writes it, with every kind of cell that a roster has."""
    with xlsxwriter.Workbook(path, {"constant_memory": False}) as made:
        day, text = made.add_format({"num_format": "yyyy-mm-dd"}), made.add_format({"num_format": "@"})
        made.add_worksheet("封面").write_row(1, 1, ["乡镇/街道", "普利桥镇"])
        roster = made.add_worksheet(ROSTER)
        roster.write_row(3, 0, ["序号", "姓名", "证件号码", "日期", "应收", "提示", "备注"])
        for n in range(people):
            roster.write_number(4 + n, 0, n + 1)
            roster.write_string(4 + n, 1, f"张{n}")
            roster.write_string(4 + n, 2, f"99000019900101{n:04d}", text)
            roster.write_number(4 + n, 3, 43743 + n % 9, day)
            roster.write_formula(4 + n, 4, f"IF(A{5 + n}>0,250,0)", None, 250)
            roster.write_formula(4 + n, 5, '""', None, "")
            roster.write_blank(4 + n, 6, None, text)
    return path.read_bytes()


def strict(content: bytes) -> bytes:
    """The same workbook with the namespaces of Strict Open XML."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return pack(
            {
                name: file.read(name)
                .replace(MAIN.encode(), STRICT_MAIN.encode())
                .replace(OFFICE.encode(), STRICT_OFFICE.encode())
                for name in file.namelist()
            }
        )


def compound(*streams: str) -> bytes:
    """What an OLE file begins with, and a directory that names the streams."""
    names = "".join(name + "\0" * (32 - len(name)) for name in ("Root Entry", *streams))
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + names.encode("utf-16-le") + bytes(512)


def patched(content: bytes, name: str, offset: int, new: bytes, *, central: bool = True) -> bytes:
    """A zip with some bytes of a part's header changed: in the central directory or in the part's own header."""
    at = content.find(b"PK\x01\x02" if central else b"PK\x03\x04")
    while at >= 0:
        length = struct.unpack_from("<H", content, at + (28 if central else 26))[0]
        start = at + (46 if central else 30)
        if content[start : start + length] == name.encode():
            return content[: at + offset] + new + content[at + offset + len(new) :]
        at = content.find((b"PK\x01\x02" if central else b"PK\x03\x04"), at + 4)
    raise KeyError(name)


def _with(more: Mapping[str, bytes]) -> bytes:
    return pack({**parts(), **more})


def _twice() -> bytes:
    content = pack({**parts(), "xl/worksheets/sheet2.xml": parts()[SHEET]})
    return content.replace(b"xl/worksheets/sheet2.xml", b"xl/worksheets/SHEET1.xml")


def _overlapping() -> bytes:
    """A part whose stored bytes are at the same time another part, header and all."""
    inner, outer = "xl/media/inner.bin", "xl/media/outer.bin"
    alone = pack({inner: bytes(100)}, method=zipfile.ZIP_STORED)
    whole = alone[: alone.find(b"PK\x01\x02")]
    content = pack({outer: whole, inner: bytes(100), **parts()}, method=zipfile.ZIP_STORED)
    return patched(content, inner, 42, struct.pack("<I", content.find(b"PK\x03\x04", 4)))


def _crc() -> bytes:
    content = pack(parts(), method=zipfile.ZIP_STORED)
    return content.replace(b"<v>1</v>", b"<v>2</v>")


def _lying_size() -> bytes:
    """A part that says it is small and is not."""
    content = pack({**parts(), "xl/media/big.bin": bytes(5_000_000)})
    small = struct.pack("<I", 1000)
    return patched(patched(content, "xl/media/big.bin", 24, small), "xl/media/big.bin", 22, small, central=False)


def _declared_bomb() -> bytes:
    content = pack(parts())
    return patched(content, SHEET, 24, struct.pack("<I", 1 << 31))


def _many_parts() -> bytes:
    return pack({**parts(), **{f"xl/media/{n}.bin": b"" for n in range(6000)}}, method=zipfile.ZIP_STORED)


def _encrypted_zip() -> bytes:
    return patched(pack(parts()), SHEET, 8, struct.pack("<H", 1))


def _other_header() -> bytes:
    return patched(pack(parts()), SHEET, 30, b"xl/worksheets/sheet9.xml", central=False)


def _far(address: str) -> Callable[[], bytes]:
    number = "".join(c for c in address if c.isdigit())
    cells = row(1, '<c r="A1"><v>1</v></c>')
    return lambda: book(
        sheet(cells, f'<row r="{number}"><c r="{address}"><v>1</v></c></row>', before='<dimension ref="A1"/>')
    )


def _external_entity() -> bytes:
    return book(
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + sheet().partition("?>\n")[2]
    )


def _two_names() -> bytes:
    return book(sheets=f'<sheet name="{ROSTER}" sheetId="2" r:id="r1"/>')


def _macro_sheet() -> bytes:
    kind = "http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet"
    return book(
        sheets='<sheet name="Macro1" sheetId="2" r:id="r5"/>',
        relations=f'<Relationship Id="r5" Type="{kind}" Target="macrosheets/sheet1.xml"/>',
    )


def _cell(cell: str) -> Callable[[], bytes]:
    return lambda: book(sheet(row(1, cell)))


REFUSED: list[tuple[str, str, Callable[[], bytes]]] = [
    ("R101", "password", lambda: compound("EncryptionInfo", "EncryptedPackage")),
    ("R101", "zip password", _encrypted_zip),
    ("R102", "xls", lambda: compound("Workbook")),
    ("R102", "xls 5", lambda: compound("Book")),
    ("R102", "bare BIFF", lambda: b"\x09\x08\x10\x00\x00\x06\x05\x00" + bytes(100)),
    ("R103", "HTML", "<html><body><table><tr><td>姓名</td></tr></table></body></html>".encode),
    ("R103", "HTML in GBK", lambda: '<meta charset="gb2312"><table><tr><td>姓名</td></tr></table>'.encode("gbk")),
    ("R104", "XML 2003", lambda: b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'),
    ("R105", "CSV", "姓名,证件号码\n张三,990000199001010017\n".encode),
    ("R105", "CSV in GBK", lambda: "姓名,证件号码\n张三,990000199001010017\n".encode("gbk")),
    ("R105", "text in UTF-16", lambda: "姓名\t证件号码\n张三\t990000199001010017\n".encode("utf-16")),
    ("R105", "CSV in an old code page", lambda: "n\xe9, 1\r\n".encode("cp1252")),
    ("R106", "PDF", lambda: b"%PDF-1.7\n" + bytes(range(256))),
    ("R107", "Word 97", lambda: compound("WordDocument")),
    ("R107", "docx", lambda: pack({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})),
    ("R107", "RTF", lambda: b"{\\rtf1 a}"),
    ("R108", "picture", lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256))),
    ("R108", "zip", lambda: pack({"readme.txt": b"x"})),
    ("R109", "empty", lambda: b""),
    ("R110", "cut", lambda: pack(parts())[:-100]),
    ("R110", "cut early", lambda: pack(parts())[:60]),
    ("R111", "CRC", _crc),
    ("R111", "directory and part disagree", _other_header),
    ("R111", "zeros", lambda: bytes(5000)),
    ("R111", "bytes after the end", lambda: pack(parts()) + b"more"),
    ("R112", "larger than declared", _lying_size),
    ("R112", "declared too large", _declared_bomb),
    ("R112", "too many parts", _many_parts),
    ("R113", "entity in a sheet", _external_entity),
    ("R113", "DTD in UTF-16", lambda: book(("\ufeff<!DOCTYPE a><a/>").encode("utf-16-le"))),
    ("R113", "DTD behind a comment", lambda: book("<?xml version='1.0'?><!-- a --><!DOCTYPE a><a/>")),
    ("R113", "DTD in an unread part", lambda: _with({"docProps/app.xml": b"<!DOCTYPE a><a/>"})),
    ("R114", "far row", _far("A1048576")),
    ("R114", "far column", _far("XFD1")),
    ("R114", "far corner", _far("XFD1048576")),
    ("R114", "too large a rectangle", lambda: book(sheet(row(1, '<c r="KN1"><v>1</v></c>'), row(60000, '<c r="A{r}"><v>1</v></c>')))),
    ("R115", "one part twice", _twice),
    ("R115", "overlap", _overlapping),
    ("R116", "two sheets of one name", _two_names),
    ("R117", "Excel 4 macro sheet", _macro_sheet),
    ("R123", "traversal", lambda: _with({"../evil.xml": b"<a/>"})),
    ("R123", "no sheet part", lambda: pack({name: data for name, data in parts().items() if name != SHEET})),
    ("R123", "XML cut", lambda: book(sheet(row(1, '<c r="A1"><v>1</v></c>'))[:-40])),
    ("R123", "tags crossed", lambda: book(sheet(row(1, '<c r="A1"><v>1</c></v>')))),
    ("R123", "lone surrogate", _cell('<c r="A1" t="inlineStr"><is><t>a&#xD800;</t></is></c>')),
    ("R123", "unknown entity", _cell('<c r="A1" t="str"><v>a&bogus;</v></c>')),
    ("R123", "not UTF-8", lambda: book(sheet(row(1, '<c r="A1" t="str"><v>中文</v></c>')).encode("gbk"))),
    ("R123", "string index", _cell('<c r="A1" t="s"><v>7</v></c>')),
    ("R123", "unknown type", _cell('<c r="A1" t="zz"><v>1</v></c>')),
    ("R123", "NaN", _cell('<c r="A1"><v>NaN</v></c>')),
    ("R123", "two values", _cell('<c r="A1"><v>1</v><v>2</v></c>')),
    ("R123", "foreign cell", _cell('<z:c xmlns:z="q" r="B1"><v>2</v></z:c>')),
    ("R123", "cell in another row", lambda: book(sheet(row(2, '<c r="A5"><v>1</v></c>')))),
    ("R123", "two lists of rows", lambda: book(sheet(row(1), after='<sheetData><row r="2"><c r="A2"><v>1</v></c></row></sheetData>'))),
    ("R123", "no workbook", lambda: pack({"[Content_Types].xml": b"<Types/>"})),
    ("R124", "xlsb", lambda: pack({"[Content_Types].xml": b"<Types/>", "xl/workbook.bin": b"x"})),
    ("R125", "ods", lambda: pack({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<a/>"}, method=0)),
]  # fmt: skip
"""Code, what it is, and the file's bytes."""
