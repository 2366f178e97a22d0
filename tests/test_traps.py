"""Silent wrongness: each known trap put into an ordinary roster ends in right values, in a finding, or in a refusal.

Every test is a real file: the template's writer makes three people, and one thing in its XML is changed.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from addin import checks, intake
from addin import roster as rosters
from addin.columns import letter as letter_of
from addin.findings import Refusal
from addin.output import template
from tests.support import hostile, results
from tests.support.hostile import MAIN, pack
from tests.support.rosters import COVER, POLICY

SHEET, BOOK, STYLES = "xl/worksheets/sheet2.xml", "xl/workbook.xml", "xl/styles.xml"
STRINGS = "xl/sharedStrings.xml"
Change = Callable[[dict[str, str]], None]


@cache
def _ordinary() -> dict[str, bytes]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        template.write_roster(path, POLICY, COVER, results.people(3))
        with zipfile.ZipFile(path) as file:
            return {name: file.read(name) for name in file.namelist()}


def people(roster: rosters.Roster) -> list[dict[str, Any]]:
    """What a roster says of each person, of all that decides money."""
    keys = ("village", "household", "name", "id_number", "medical_status", "medical_receipt", "pension_status")
    columns: dict[str, Any] = {key: roster.words[key].texts() for key in keys}
    columns |= {key: roster.money[key].tolist() for key in ("medical_paid", "tier", "pension_paid")}
    for key in ("medical_date", "pension_date"):
        columns[key] = [date.fromordinal(day) if day else None for day in roster.days[key]]
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def judge(content: bytes) -> tuple[list[dict[str, Any]], Counter[tuple[str, str]]] | str:
    """The people and the findings by code and cell; or the code of the refusal."""
    book = intake.read_bytes(content)
    roster = book if isinstance(book, Refusal) else rosters.read(book, POLICY, "a.xlsx")
    if isinstance(roster, Refusal):
        return roster.code
    checked_roster = checks.check(roster).findings
    # 105: that the cover's totals no longer agree is right and says nothing about the trap
    return people(roster), Counter((finding.code, finding.cell) for finding in checked_roster if finding.code != "105")


def judged(change: Change) -> tuple[dict[str, Any], list[tuple[str, str]]] | str:
    """How the file differs from the ordinary one: values by place, and further findings; or the refusal's code."""
    made = {name: data.decode() for name, data in _ordinary().items()}
    change(made)
    answer = judge(pack({name: text.encode("utf-8", "surrogatepass") for name, text in made.items()}))
    if isinstance(answer, str):
        return answer
    plain = judge(pack(_ordinary()))
    assert not isinstance(plain, str)
    assert len(answer[0]) == 3
    changed = {
        f"{key}{n}": value
        for n, (line, before) in enumerate(zip(answer[0], plain[0], strict=True), 5)
        for key, value in line.items()
        if value != before[key]
    }
    assert not plain[1] - answer[1], "a finding that the ordinary file has is gone"
    return changed, sorted((answer[1] - plain[1]).elements())


def cell(address: str, xml: str) -> Change:
    """Another cell in the place of one; `{s}` stands for its own style, `{X5}` for that of another cell."""

    def change(made: dict[str, str]) -> None:
        pattern = re.compile(rf'<c r="{address}" s="\d+"(?: t="\w+")?>.*?</c>')
        assert pattern.search(made[SHEET])
        styles = dict(re.findall(r'<c r="([A-Z]+\d+)" s="(\d+)"', made[SHEET]))
        new = re.sub(r"\{(\w+)\}", lambda match: styles[match[1].replace("s", address)], xml)
        made[SHEET] = pattern.sub(lambda _: new, made[SHEET], count=1)

    return change


def text(address: str, words: str) -> Change:
    """Another text in a cell, as XML."""
    return cell(address, f'<c r="{address}" s="{{s}}" t="inlineStr"><is><t xml:space="preserve">{words}</t></is></c>')


def swap(part: str, old: str, new: str) -> Change:
    """One text of a part for another; it must be there."""

    def change(made: dict[str, str]) -> None:
        assert old in made[part]
        made[part] = made[part].replace(old, new)

    return change


def several(*changes: Change) -> Change:
    def change(made: dict[str, str]) -> None:
        for one in changes:
            one(made)

    return change


def each(pattern: str, by: Callable[[re.Match[str]], str] | str, part: str = SHEET) -> Change:
    def change(made: dict[str, str]) -> None:
        assert re.search(pattern, made[part])
        made[part] = re.sub(pattern, by, made[part])

    return change


# ---------------------------------------------------------------- the changes that need more than a cell


def _shared(made: dict[str, str]) -> None:
    """Shared strings as Excel has them: some rich, with phonetic hints."""
    count = 0

    def enrich(match: re.Match[str]) -> str:
        nonlocal count
        count += 1
        words = match[1]
        half = len(words) // 2
        rich = f"<r><t>{words[:half]}</t></r><r><rPr><b/></rPr><t>{words[half:]}</t></r>"
        hint = '<rPh sb="0" eb="1"><t>zhang</t></rPh><phoneticPr fontId="1"/>'
        return match[0] if count % 2 else f"<si>{rich}{hint}</si>"

    made[STRINGS] = re.sub(r"<si><t>([^<&\n]*)</t></si>", enrich, made[STRINGS])
    assert count > 50


def _1904(made: dict[str, str]) -> None:
    """A workbook of the Macintosh: its days count from 1904."""
    made[BOOK] = made[BOOK].replace("<workbookPr ", '<workbookPr date1904="1" ')
    days = r'(<c r="(?:(?:X|AF)\d+|C\d+)" s="\d+"><v>)(4[23]\d{3})(</v>)'
    for name in ("xl/worksheets/sheet1.xml", SHEET):
        made[name], count = re.subn(days, lambda match: f"{match[1]}{int(match[2]) - 1462}{match[3]}", made[name])
        assert count


def _shifted(made: dict[str, str]) -> None:
    """Three blank rows above and two blank columns before everything, as after a paste in the wrong place."""

    def columns(letters: str) -> str:
        number = 0
        for letter in letters:
            number = number * 26 + ord(letter) - 64
        return letter_of(number + 2)

    head, body, tail = re.match(r"(.*<sheetData>)(.*)(</sheetData>.*)", made[SHEET], re.DOTALL).groups()  # type: ignore[union-attr]
    body = re.sub(r'<row r="(\d+)"', lambda match: f'<row r="{int(match[1]) + 3}"', body)
    body = re.sub(r'<c r="([A-Z]+)(\d+)"', lambda match: f'<c r="{columns(match[1])}{int(match[2]) + 3}"', body)
    made[SHEET] = head + body + re.sub(r"<(mergeCells).*</\1>", "", tail)


def _rows_out_of_order(made: dict[str, str]) -> None:
    rows = re.findall(r"<row .*?</row>", made[SHEET])
    made[SHEET] = made[SHEET].replace("".join(rows), "".join(reversed(rows)))


def _without_addresses(made: dict[str, str]) -> None:
    """Addresses are optional: what has none comes after what was before it."""
    made[SHEET] = re.sub(r'<c r="[B-C]\d+"|<row r="6"', lambda match: match[0].split(" ")[0], made[SHEET])


def _prefixed(made: dict[str, str]) -> None:
    for name in (SHEET, BOOK):
        body = re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", made[name])
        made[name] = body.replace(f'xmlns="{MAIN}"', f'xmlns:x="{MAIN}"')


def _sheet_twice(made: dict[str, str]) -> None:
    made[BOOK] = made[BOOK].replace("</sheets>", '<sheet name="花名册 (2)" sheetId="9" r:id="rId2"/></sheets>')


def _chart_sheet(made: dict[str, str]) -> None:
    rels = "xl/_rels/workbook.xml.rels"
    made[rels] = made[rels].replace(
        'relationships/worksheet" Target="worksheets/sheet2.xml"', 'relationships/chartsheet" Target="worksheets/sheet2.xml"'
    )  # fmt: skip


def _external(made: dict[str, str]) -> None:
    made["xl/externalLinks/externalLink1.xml"] = f'<externalLink xmlns="{MAIN}"/>'
    cell("W5", '<c r="W5" s="{s}"><f>[1]Sheet1!$A$1</f><v>250</v></c>')(made)


def _excel_s_own_attributes(made: dict[str, str]) -> None:
    """What Excel itself writes on rows, and the namespaces for it."""
    made[SHEET] = made[SHEET].replace("<worksheet ", '<worksheet xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac" ', 1)  # fmt: skip
    made[SHEET] = re.sub(r'<row r="(\d+)"', r'<row r="\1" spans="1:36" x14ac:dyDescent="0.25"', made[SHEET])


def _format(number: str) -> Change:
    """Another number format under every date; days stay days."""

    def change(made: dict[str, str]) -> None:
        (style,) = re.findall(r'<c r="X5" s="(\d+)"', made[SHEET])
        before, formats, after = re.split("(<cellXfs.*?</cellXfs>)", made[STYLES])
        own = re.findall("<xf [^>]*?(?:/>|>.*?</xf>)", formats)[int(style)]
        shown, count = re.subn(r'(?<=numFmtId=")16\d', number, own)
        assert count == 1
        made[STYLES] = before + formats.replace(own, shown) + after

    return change


NOTHING: tuple[dict[str, Any], list[tuple[str, str]]] = {}, []
PAID, DAY, NUMBER, NAME = "W5", "X5", "K5", "H5"

TRAPS: list[tuple[str, Change, Any]] = [
    ("nothing", lambda made: None, NOTHING),
    # what stands in a cell
    ("error cell", cell(PAID, '<c r="W5" s="{s}" t="e"><v>#N/A</v></c>'), ({"medical_paid5": 0}, [("201", PAID)])),
    ("newer error", cell(PAID, '<c r="W5" s="{s}" t="e"><v>#SPILL!</v></c>'), ({"medical_paid5": 0}, [("201", PAID)])),
    ("too large a number", cell(PAID, '<c r="W5" s="{s}"><v>1E400</v></c>'), ({"medical_paid5": 0}, [("201", PAID)])),
    ("negative amount", cell(PAID, '<c r="W5" s="{s}"><v>-250</v></c>'), ({"medical_paid5": 0}, [("206", PAID)])),
    ("finer than a fen", cell(PAID, '<c r="W5" s="{s}"><v>250.001</v></c>'), ({"medical_paid5": 0}, [("206", PAID)])),
    ("dust of doubles", cell(PAID, '<c r="W5" s="{s}"><v>250.00000000000003</v></c>'), NOTHING),
    ("exponent", cell(PAID, '<c r="W5" s="{s}"><v>2.5E2</v></c>'), NOTHING),
    ("formula in an input", cell(PAID, '<c r="W5" s="{s}"><f>200+50</f><v>250</v></c>'), NOTHING),
    ("array formula", cell(PAID, '<c r="W5" s="{s}"><f t="array" ref="W5">200+50</f><v>250</v></c>'), NOTHING),
    ("shared formula", cell(PAID, '<c r="W5" s="{s}"><f t="shared" ref="W5:W6" si="0">200+50</f><v>250</v></c>'), NOTHING),
    ("uncalculated formula", cell(PAID, '<c r="W5" s="{s}"><f>200+50</f></c>'), ({"medical_paid5": 0}, [("205", PAID)])),
    ("uncalculated, blank value", cell(PAID, '<c r="W5" s="{s}"><f>200+50</f><v></v></c>'), ({"medical_paid5": 0}, [("205", PAID)])),
    ("text for a number", cell(PAID, '<c r="W5" s="{s}" t="str"><v>250</v></c>'), ({"medical_paid5": 0}, [("202", PAID)])),
    ("text with a unit", text(PAID, "250元"), ({"medical_paid5": 0}, [("202", PAID)])),
    ("truth for a number", cell(PAID, '<c r="W5" s="{s}" t="b"><v>1</v></c>'), ({"medical_paid5": 0}, [("202", PAID)])),
    ("day for a number", cell(PAID, '<c r="W5" s="{X5}"><v>250</v></c>'), ({"medical_paid5": 0}, [("202", PAID)])),
    ("text for a day", text(DAY, "2019-10-15"), ({"medical_date5": None}, [("203", DAY)])),
    ("text for a day, dots", text(DAY, "2019.10.15"), ({"medical_date5": None}, [("203", DAY)])),
    ("number for a day", cell(DAY, '<c r="X5" s="{B5}"><v>43753</v></c>'), ({"medical_date5": None}, [("204", DAY)])),
    ("style that is not there", cell(DAY, '<c r="X5" s="999"><v>43753</v></c>'), ({"medical_date5": None}, [("204", DAY)])),
    ("telephone under a day's format", cell(DAY, '<c r="X5" s="{s}"><v>13800138000</v></c>'), ({"medical_date5": None}, [("204", DAY)])),
    ("29 February 1900", cell(DAY, '<c r="X5" s="{s}"><v>60</v></c>'), ({"medical_date5": None}, [("204", DAY)])),
    ("day as ISO text", cell(DAY, '<c r="X5" s="{s}" t="d"><v>2019-10-15</v></c>'), NOTHING),
    ("day with a time", cell(DAY, '<c r="X5" s="{s}"><v>43753.75</v></c>'), NOTHING),
    ("Macintosh's days", _1904, NOTHING),
    *((f"built-in format {n}", _format(str(n)), NOTHING) for n in (14, 22, *range(27, 37), *range(50, 59))),
    ("ID as a number", cell(NUMBER, '<c r="K5" s="{s}"><v>9.9000019800101E+17</v></c>'), ({"id_number5": "9.9000019800101E+17"}, [("303", NUMBER)])),
    ("ID in full width", text(NUMBER, "９９００００１９８００１０１０００４"), ({}, [("110", "")])),
    ("ID with blanks", text(NUMBER, " 990000 19800101 0004 "), ({}, [("110", "")])),
    ("ID with a no-break space", text(NUMBER, "990000198001010004\u00a0"), ({}, [("110", "")])),
    ("ID with a zero-width space", text(NUMBER, "990000198001010004\u200b"), ({}, [("110", "")])),
    ("ID with a byte order mark", text(NUMBER, "\ufeff990000198001010004"), ({}, [("110", "")])),
    ("name with blanks", text(NAME, " 张　三 "), ({}, [("110", "")])),
    ("name with a line end", text(NAME, "张\n三"), ({}, [("110", "")])),
    ("name with _x000D_", text(NAME, "张_x000D_三"), ({}, [("110", ""), ("207", NAME)])),
    ("name with _x0001_", text(NAME, "张_x0001_三"), ({}, [("110", ""), ("207", NAME)])),
    ("name that says _x000D_", text(NAME, "张_x005F_x000D_三"), ({"name5": "张_x000D_三"}, [])),
    ("name turned round", text(NAME, "张\u202e三"), ({}, [("110", ""), ("207", NAME)])),
    ("name with a soft hyphen", text(NAME, "张\u00ad三"), ({}, [("110", "")])),
    ("surrogate escaped", text(NAME, "张_xD800_三"), ({"name5": "张_xD800_三"}, [])),
    ("surrogate as a reference", text(NAME, "张&#xD800;三"), "R123"),
    ("surrogate as bytes", text(NAME, "张\ud800三"), "R123"),
    ("control character as a reference", text(NAME, "张&#1;三"), ({}, [("110", ""), ("207", NAME)])),
    ("over-long text", text(NAME, "张" * 300), ({"name5": "张" * 300}, [("207", NAME)])),
    ("as long as a cell can be", text(NAME, "张" * 32_767), ({"name5": "张" * 1_000}, [("207", NAME)])),  # rules look no further
    ("longer than a cell can be", text(NAME, "张" * 32_768), "R123"),
    ("blanks only", text("Y5", " \u3000\u00a0 "), ({"medical_receipt5": ""}, [("808", "Y5")])),
    ("CDATA", cell(NAME, '<c r="H5" s="{s}" t="inlineStr"><is><t><![CDATA[张三]]></t></is></c>'), NOTHING),
    ("comment in a value", cell(PAID, '<c r="W5" s="{s}"><v>2<!-- x -->50</v></c>'), NOTHING),
    ("rich inline", cell(NAME, '<c r="H5" s="{s}" t="inlineStr"><is><r><t>张</t></r><r><rPr><b/></rPr><t>三</t></r></is></c>'), NOTHING),
    ("formula of a text", cell(NAME, '<c r="H5" s="{s}" t="str"><f>"张"&amp;"三"</f><v>张三</v></c>'), NOTHING),
    # where it stands
    ("shared and rich strings", _shared, NOTHING),
    ("one cell twice", swap(SHEET, '<c r="X5"', '<c r="W5" s="11"><v>100</v></c><c r="X5"'), ({"medical_paid5": 10000}, [("115", "5"), ("605", PAID)])),
    ("one row twice", swap(SHEET, "</sheetData>", '<row r="5"><c r="W5" s="11"><v>100</v></c></row></sheetData>'), ({"medical_paid5": 10000}, [("115", "5"), ("605", PAID)])),
    ("rows out of order", _rows_out_of_order, NOTHING),
    ("wrong dimension", each(r'<dimension ref="[^"]*"/>', '<dimension ref="A1:B2"/>'), NOTHING),
    ("vast dimension", each(r'<dimension ref="[^"]*"/>', '<dimension ref="A1:XFD1048576"/>'), NOTHING),
    ("cells and rows without addresses", _without_addresses, NOTHING),
    ("blank rows and columns before", _shifted, NOTHING),
    ("hidden row", swap(SHEET, '<row r="6"', '<row r="6" hidden="1"'), ({}, [("106", "6")])),
    ("merged amounts", several(swap(SHEET, "</mergeCells>", '<mergeCell ref="W5:W6"/></mergeCells>'), cell("W6", '<c r="W6" s="{s}"/>')),
     ({"medical_paid6": 0}, [("114", "5"), ("810", "W6")])),
    ("sheet in the far corner blank but formatted", swap(SHEET, "</sheetData>", '<row r="1048576"><c r="XFD1048576" s="1"/></row></sheetData>'), NOTHING),
    # around the cells
    ("prefixed namespaces", _prefixed, NOTHING),
    ("Strict", lambda made: made.update({name: xml.replace(MAIN, hostile.STRICT_MAIN).replace(hostile.OFFICE, hostile.STRICT_OFFICE) for name, xml in made.items()}), ({}, [("111", "")])),
    ("Excel's own attributes", _excel_s_own_attributes, NOTHING),
    ("a copy of the sheet", _sheet_twice, ({}, [("126", "5")])),
    ("sheet's name with a blank", swap(BOOK, 'name="花名册"', 'name=" 花名册　"'), NOTHING),
    ("sheet hidden", swap(BOOK, 'name="花名册" ', 'name="花名册" state="hidden" '), ({}, [("111", "")])),
    ("sheet very hidden", swap(BOOK, 'name="花名册" ', 'name="花名册" state="veryHidden" '), ({}, [("111", "")])),
    ("sheet renamed", swap(BOOK, 'name="花名册"', 'name="名单"'), "R201"),
    ("a chart under the sheet's name", _chart_sheet, "R202"),
    ("cover without a unit", swap(STRINGS, "<t>普利桥镇</t>", "<t></t>"), "R206"),
    ("no headers", each(r'<row r="4".*?</row>', ""), "R202"),
    ("a header twice", swap(STRINGS, "<t>组</t>", "<t>姓名</t>"), "R207"),
    ("value from another workbook", _external, ({}, [("111", "")])),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("change", "expected"), [trap[1:] for trap in TRAPS], ids=[trap[0] for trap in TRAPS])
def test_trap(change: Change, expected: Any) -> None:
    assert judged(change) == expected
