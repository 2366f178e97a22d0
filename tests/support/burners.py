"""Small files made to cost their reader much: each is cheap to send, and honest in form as far as it goes."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from addin.columns import LETTERS
from tests.support import hostile
from tests.support.hostile import MAIN, XML, row, sheet
from tests.support.received import received
from tests.support.rosters import person

Parts = dict[str, bytes]


@cache
def _roster() -> tuple[tuple[str, bytes], ...]:
    with TemporaryDirectory() as folder:
        path = received(Path(folder), "a.xlsx", *(person(household=str(n)) for n in range(3)))
        with zipfile.ZipFile(path) as package:
            return tuple((name, package.read(name)) for name in package.namelist())


def roster(**changed: Callable[[bytes], bytes]) -> bytes:
    """An ordinary roster in which the parts sheet1 (封面), sheet2 (花名册), styles, workbook are changed."""
    parts: Parts = dict(_roster())
    places = {
        "sheet1": "xl/worksheets/sheet1.xml",
        "sheet2": "xl/worksheets/sheet2.xml",
        "styles": "xl/styles.xml",
        "workbook": "xl/workbook.xml",
    }
    for part, change in changed.items():
        parts[places[part]] = change(parts[places[part]])
    return pack(parts)


def pack(parts: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for name, data in parts.items():
            file.writestr(name, data)
    return out.getvalue()


def more_rows(text: Callable[[int], str], key: str, count: int) -> Callable[[bytes], bytes]:
    """Rows at the end of 花名册, each with a name and a text in another column."""
    keys = sorted((key, "name"), key=lambda key: (len(LETTERS[key]), LETTERS[key]))

    def change(xml: bytes) -> bytes:
        rows = []
        for n in range(count):
            number = 2000 + n
            said = {"name": f"张{chr(0x4E00 + n % 20000)}", key: text(n)}
            cells = (
                f'<c r="{LETTERS[one]}{number}" t="inlineStr"><is><t>{said[one]}</t></is></c>'
                for one in dict.fromkeys(keys)
            )
            rows.append(f'<row r="{number}">{"".join(cells)}</row>')
        return xml.replace(b"</sheetData>", "".join(rows).encode() + b"</sheetData>")

    return change


def tail(text: bytes) -> Callable[[bytes], bytes]:
    """After the rows."""
    return lambda xml: xml.replace(b"</worksheet>", text + b"</worksheet>")


def _formats(code: str) -> Callable[[bytes], bytes]:
    def change(xml: bytes) -> bytes:
        add = f'<numFmt numFmtId="900" formatCode="{code}"/>'.encode()
        assert b"<numFmts" in xml
        start = xml.index(b">", xml.index(b"<numFmts")) + 1
        return xml[:start] + add + xml[start:]

    return change


def _strings(xml: str) -> bytes:
    return hostile.book(sheet(row(1, '<c r="A1" t="s"><v>0</v></c>')), strings=f'{XML}<sst xmlns="{MAIN}">{xml}</sst>')


def _cover(text: str) -> Callable[[bytes], bytes]:
    def change(xml: bytes) -> bytes:
        rows = "".join(
            f'<row r="{number}">' + "".join(f'<c r="{letter}{number}" t="inlineStr"><is><t>{text}{number}</t></is></c>' for letter in "ABCDEFGHIJ") + "</row>"
            for number in range(60, 190)
        )  # fmt: skip
        return xml.replace(b"</sheetData>", rows.encode() + b"</sheetData>")

    return change


SCALE = 1.0 if os.environ.get("THOROUGH") else 0.25
LONG = 32_000


def times(count: int) -> int:
    """So many, or a quarter, of what grows with its number only."""
    return int(count * SCALE)


BURNERS: dict[str, Callable[[], bytes]] = {
    "number format of brackets": lambda: roster(styles=_formats("[" * 400_000)),
    "number format of quotes": lambda: roster(styles=_formats("&quot;\\" * 400_000)),
    "merged cells never closed": lambda: roster(sheet2=tail(b"<mergeCell " * 2_000_000)),
    "a million merged cells": lambda: roster(sheet2=tail(b"<mergeCells>" + b'<mergeCell ref="A9:B9999"/>' * times(1_000_000) + b"</mergeCells>")),
    "endless text": lambda: roster(sheet2=more_rows(lambda n: "养" * times(20_000_000), "relation", 1)),
    "endless ID": lambda: roster(sheet2=more_rows(lambda n: "养" * times(20_000_000), "id_number", 1)),
    "endless name": lambda: roster(sheet2=more_rows(lambda n: "养" * times(20_000_000), "name", 1)),
    "thousand long names": lambda: roster(sheet2=more_rows(lambda n: f"{n}" + "欧阳" * (LONG // 2 - 4), "name", times(1_200))),
    "thousand long remarks": lambda: roster(sheet2=more_rows(lambda n: f"{n}" + "代缴 " * (LONG // 3 - 4), "remark", times(1_200))),
    "thousand long receipts": lambda: roster(sheet2=more_rows(lambda n: f"{n}" + "0012345、" * (LONG // 8 - 4), "medical_receipt", times(1_200))),
    "thousand long relations": lambda: roster(sheet2=more_rows(lambda n: f"{n}" + "养子" * (LONG // 2 - 4), "relation", times(1_200))),
    "thousand long categories": lambda: roster(sheet2=more_rows(lambda n: f"{n}" + "低保、" * (LONG // 3 - 4), "category", times(1_200))),
    "thousand long villages": lambda: roster(sheet2=more_rows(lambda n: f"{n}" + "村委会" * (LONG // 3 - 4), "village", times(1_200))),
    "thousand long numbers": lambda: roster(sheet2=more_rows(lambda n: f"{n}" + " 1" * (LONG // 2 - 4), "id_number", times(1_200))),
    "thousand long certificates": lambda: roster(sheet2=more_rows(lambda n: f"{n}" + "9900001990 " * (LONG // 11), "certificate", times(1_200))),
    "thousand long amounts": lambda: roster(sheet2=more_rows(lambda n: f"{n}" + "二百五" * (LONG // 3 - 4), "medical_paid", times(1_200))),
    "many texts of middle length": lambda: roster(sheet2=more_rows(lambda n: f"{n}" + "王家" * 900, "household", times(20_000))),
    "cover of long texts": lambda: roster(sheet1=_cover("乡镇/街道" * times(5_000))),
    "deep elements behind the rows": lambda: roster(sheet2=tail(b"<!-- -->" + b"<a>" * 1_500_000 + b"</a>" * 1_500_000)),
    "deep elements among the rows": lambda: roster(
        sheet2=lambda xml: xml.replace(b"</sheetData>", b"<extLst>" + b"<a>" * 1_500_000 + b"</a>" * 1_500_000 + b"</extLst></sheetData>")
    ),
    "elements without end": lambda: roster(sheet2=tail(b"<!-- -->" + b"<a/>" * 14_000_000)),
    "a tag without end": lambda: roster(sheet2=tail(b'<!-- --><a b="' + b"1" * times(300_000_000) + b'"/>')),
    "rows without cells": lambda: roster(
        sheet2=lambda xml: xml.replace(b"</sheetData>", b'<row r="9999" hidden="1"/>' * times(10_000_000) + b"</sheetData>")
    ),
    "the same cell": lambda: roster(
        sheet2=lambda xml: xml.replace(b"</sheetData>", b'<row r="9999">' + b'<c r="A9999"><v>1</v></c>' * 3_900_000 + b"</row></sheetData>")
    ),
    "shared strings without end": lambda: _strings("<si><t/></si>" * times(8_000_000)),
    "shared string without end": lambda: _strings(f"<si><t>{'a' * times(100_000_000)}</t></si>"),
    "sheets without end": lambda: roster(
        workbook=lambda xml: xml.replace(b"</sheets>", b'<sheet name="a" sheetId="9" r:id="rId1"/>' * 400_000 + b"</sheets>")
    ),
}  # fmt: skip
