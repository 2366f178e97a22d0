"""A plain workbook becomes a macro workbook or an add-in: VBA project, ribbon, code names and two hidden sheets.

In: an .xlsx that XlsxWriter wrote, the compiled project (`addin/vba/template.bin`, made from the sources beside it by
`scripts/build_workbooks.py`) and the ribbon's XML. Out: the .xlsm or .xlam, byte for byte the same for the same input.
Needs nothing of the build: `liangxian template` packs a template of any size with it. Nothing may be saved over a
packed file with openpyxl: it drops the ribbon.

The hidden sheets: `TEXTS` holds what VBA shows to people (modules are ASCII: a Chinese literal would be read wrongly on
another code page); `SELF_TEST` has a named cell test_* for each case, TRUE when Excel and Python agree.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple
from xml.sax.saxutils import escape

from addin import functions, policy
from addin.columns import FIRST_ROW, LETTERS, ROSTER_SHEET, SELF_TEST_SHEET, TEXTS_SHEET
from addin.output import template
from addin.policy import FEN

VBA = Path(__file__).parent.parent / "vba"
TEXTS, SELF_TEST = TEXTS_SHEET, SELF_TEST_SHEET
_CODE_NAMES = {TEXTS: "wsTexts", SELF_TEST: "wsSelfTest"}
RUN = "test_run"
"""The named cell that starts the self-test; while it is FALSE no function is called, so opening stays quick."""

CONTENT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    "xlsm": "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    "xlam": "application/vnd.ms-excel.addin.macroEnabled.main+xml",
}
_VBA_TYPE = "application/vnd.ms-office.vbaProject"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_VBA_RELATION = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
_RIBBON_RELATION = "http://schemas.microsoft.com/office/2007/relationships/ui/extensibility"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)

MESSAGES = {
    "_category": functions.CATEGORY,
    "_starting": "两险征缴：正在准备，第一次要等几秒……",
    "_warming": "两险征缴：正在后台准备，可以照常填写……",
    "_lists": "选定部门名单（民政、扶贫、残联等）所在的文件夹",
    "_not_installed": "计算程序没有装好，或者起不来，这个按钮暂时用不了。填表、下拉列表、金额和“提示”列不受影响。"
    "请双击安装包里的“诊断.cmd”（不用打开Excel）看是什么原因，再按安装说明重新安装；仍不行时联系区医保局。",
    "_failed": "这一步没有完成，您的工作簿没有改动。请保存后关闭Excel重新打开再试；仍不行时双击安装包里的“诊断.cmd”"
    "（不用打开Excel），把显示的内容发给区医保局。",
}


_PRINTING = {
    "_roster": ROSTER_SHEET,
    "_name": LETTERS["name"],
    "_print": template.print_area(0).removesuffix("0"),
    "_last": str(FIRST_ROW + 20),  # a page of an empty template
}
"""What the roster's page is made of when somebody prints; in an add-in there is no such sheet, and nothing happens."""


class Case(NamedTuple):
    """One line of the self-test: a call as typed in a cell, and what it must give (an error by its text)."""

    name: str
    call: str
    expected: float | str


Cell = str | float | bool | None


class _Sheet(NamedTuple):
    name: str
    state: Literal["hidden", "veryHidden"]
    rows: Sequence[Sequence[Cell]]
    names: Mapping[str, str]


def cases() -> tuple[Case, ...]:
    """The calls that the self-test makes, with what Python answers now; statuses and units are the notice's own."""
    f, rules = functions, policy.load()
    first, *_, last = (*rules.schemes.values(), *rules.schemes.values())  # of one scheme twice
    unlisted = (*last.attachment.unlisted, rules.units[-1].name)[0]
    status = rules.sample_status.short
    own = [subsidy for subsidy in rules.subsidies if subsidy.scheme == first.key]
    several = [rules.categories[subsidy.categories[0]].short for subsidy in own]
    listed = ";".join(f'"{name}"' for name in several)
    widest = max(own, key=lambda subsidy: len(subsidy.parts))
    helped, funder = rules.categories[widest.categories[0]].short, widest.parts[-1].funder
    stranger = next(name for name in (*rules.departments, "别人") if name not in rules.funders)
    name = first.name
    tiered: list[tuple[str, Any]] = []
    for scheme in rules.schemes.values():
        helped_there = [key for one in rules.subsidies if one.scheme == scheme.key for key in one.categories]
        if scheme.tiers and helped_there:
            old, tier = rules.categories[helped_there[0]].short, scheme.tiers[:3][-1] / FEN
            tiered.append((f'NETDUE("{scheme.name}","{old}",{tier:g})', f.NETDUE(scheme.name, old, tier)))
    calls: tuple[tuple[str, Any], ...] = (
        (f'NETDUE("{name}","{status}")', f.NETDUE(name, status)),
        (f'NETDUE("{name}","{status}",,"现收")', f.NETDUE(name, status, None, "现收")),
        *tiered[:1],
        (f'NETDUE("{name}","")', ""),
        (f'NETDUE("{name}","认不出")', f.NETDUE(name, "认不出")),
        (f'NETDUE("{name}",NA())', f.NA),
        (f'SUM(NETDUE("{name}",{{{listed}}}))', sum(f.NETDUE(name, several))),
        (f'SUBSIDYSHARE("{name}","{helped}","{funder}")', f.SUBSIDYSHARE(name, helped, funder)),
        (f'SUBSIDYSHARE("{name}","{helped}","{stranger}")', f.SUBSIDYSHARE(name, helped, stranger)),
        (f'QUOTARATE("{name}","合计",231000)', f.QUOTARATE(name, "合计", 231000)),
        (f'QUOTARATE("{last.name}","{unlisted}",1)', f.QUOTARATE(last.name, unlisted, 1)),
        (f'REFUNDDUE("{name}","{status}")', f.REFUNDDUE(name, status)),
        (f'QUOTA("{name}","{unlisted}")', f.QUOTA(name, unlisted)),
        (f'DUEREASON("{name}","{status}")', f.DUEREASON(name, status)),
        ('IDCHECK("99000019900101001X")', f.IDCHECK("99000019900101001X")),
        ('MASKID("990000199001010017")', f.MASKID("990000199001010017")),
    )
    return tuple(
        Case(f"test_{number:02}", call, _shown(answer)) for number, (call, answer) in enumerate(calls, start=1)
    )


def _shown(answer: Any) -> Any:
    """An answer as Excel shows it: errors by their names."""
    return functions.ERROR_TEXTS.get(answer, answer)


def write_template(
    target: Path,
    rules: policy.Policy,
    rows: int,
    cover: Mapping[str, object],
    people: Iterable[Mapping[str, object]] = (),
) -> None:
    """Write a roster template, this many blank rows below its `people`: with macros as .xlsm, without as .xlsx."""
    if target.suffix.lower() != ".xlsm":
        template.write_roster(target, rules, cover, people, blank_rows=rows, tools=True)
        return
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "base.xlsx"
        template.write_roster(base, rules, cover, people, blank_rows=rows, macros=True)
        pack(base, target)


def pack(base: Path, target: Path) -> None:
    """Write a roster template with macros, from the project and the ribbon that ship with the package."""
    project, ribbon = (VBA / "template.bin").read_bytes(), (VBA / "ribbon_template.xml").read_bytes()
    pack_with(base, target, "xlsm", project, ribbon, self_test=True)


def pack_with(
    base: Path, target: Path, kind: Literal["xlsm", "xlam"], project: bytes, ribbon: bytes, *, self_test: bool
) -> None:
    """Write `base` with this project and ribbon. Raises ValueError where the project's sheets are not the book's."""
    with zipfile.ZipFile(base) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheets = [_texts(), *([_self_test()] if self_test else [])]
    codes = code_names(base, self_test=self_test)
    declared = [name.decode("ascii") for name in re.findall(rb"Document=(\w+)/&H", project)]
    if declared != ["ThisWorkbook", *codes.values()]:
        raise ValueError(f"the VBA project was built for the sheets {declared}, not {list(codes)}")
    _add_sheets(parts, sheets)
    _add_code_names(parts, codes)
    _add_project(parts, kind, project, ribbon)
    _write(target, parts)


def code_names(base: Path, *, self_test: bool) -> dict[str, str]:
    """The code name of every sheet after packing, in workbook order."""
    with zipfile.ZipFile(base) as book:
        names = [name for name, _ in _sheets(book.read("xl/workbook.xml").decode(), {})]
    ours = [TEXTS, *([SELF_TEST] if self_test else [])]
    return {name: f"Sheet{n}" for n, name in enumerate(names, 1)} | {name: _CODE_NAMES[name] for name in ours}


def _texts() -> _Sheet:
    rows: list[list[Cell]] = [["名称", "说明", "参数说明"]]
    rows += [[name, text.description, *text.arguments] for name, text in functions.HELP.items()]
    rows += [[key, text] for key, text in (MESSAGES | _PRINTING).items()]
    return _Sheet(TEXTS, "veryHidden", rows, {})


def _self_test() -> _Sheet:
    rows: list[list[Cell]] = [
        ["运行自检（改为TRUE）", False, "把B1改为TRUE，“结果”一列应全部为TRUE。"],
        ["名称", "公式", "应得", "实得", "结果"],
    ]
    names = {RUN: "$B$1"}
    for row, case in enumerate(cases(), 3):
        got = f'=IF({RUN},{case.call},"")'
        # an error has to be the real one, not its text
        same = f"IF(ISERROR(D{row}),ERROR.TYPE(D{row})=ERROR.TYPE({case.expected}),FALSE)"
        if case.expected not in functions.ERRORS:
            same = f"IF(ISERROR(D{row}),FALSE,D{row}=C{row})"
        rows.append([case.name, case.call, case.expected, got, f'=IF({RUN},{same},"未运行")'])
        names[case.name] = f"$E${row}"
    return _Sheet(SELF_TEST, "hidden", rows, names)


def _add_sheets(parts: dict[str, bytes], sheets: Sequence[_Sheet]) -> None:
    workbook = parts["xl/workbook.xml"].decode()
    first = len(re.findall("<sheet ", workbook)) + 1
    entries, relations, types, names = "", "", "", ""
    for number, sheet in enumerate(sheets, first):
        part = f"xl/worksheets/sheet{number}.xml"
        if part in parts:
            raise ValueError(f"{part} is there already")
        parts[part] = _sheet_xml(sheet.rows)
        entries += f'<sheet name="{sheet.name}" sheetId="{number}" state="{sheet.state}" r:id="rIdLx{number}"/>'
        relations += _relation(f"rIdLx{number}", f"{_RELATIONSHIPS}/worksheet", f"worksheets/sheet{number}.xml")
        types += f'<Override PartName="/{part}" ContentType="{_SHEET_TYPE}"/>'
        names += "".join(
            f'<definedName name="{name}">{sheet.name}!{place}</definedName>' for name, place in sheet.names.items()
        )
    workbook = _before(workbook, "</sheets>", entries)
    if names:
        if "</definedNames>" in workbook:
            workbook = _before(workbook, "</definedNames>", names)
        else:
            workbook = _before(workbook, "<calcPr", f"<definedNames>{names}</definedNames>")
    parts["xl/workbook.xml"] = workbook.encode()
    _insert(parts, "xl/_rels/workbook.xml.rels", "</Relationships>", relations)
    _insert(parts, "[Content_Types].xml", "</Types>", types)


def _add_code_names(parts: dict[str, bytes], codes: Mapping[str, str]) -> None:
    workbook = parts["xl/workbook.xml"].decode()
    relations = dict(
        re.findall(r'<Relationship Id="(\w+)"[^>]* Target="([^"]+)"', _text(parts, "xl/_rels/workbook.xml.rels"))
    )
    for name, part in _sheets(workbook, relations):
        sheet = parts[part]
        head = re.match(rb"\s*(?:<\?xml[^>]*\?>\s*)?<worksheet[^>]*>", sheet)
        if head is None:
            raise ValueError(f"{part} does not begin like a worksheet")
        rest = sheet[head.end() :]
        code = f'codeName="{codes[name]}"'.encode()
        named = b"<sheetPr " + code + rest[8:] if rest.startswith(b"<sheetPr") else b"<sheetPr " + code + b"/>" + rest
        parts[part] = head[0] + named
    parts["xl/workbook.xml"] = _before(workbook, "<workbookPr ", "", after='codeName="ThisWorkbook" ').encode()


def _add_project(parts: dict[str, bytes], kind: str, project: bytes, ribbon: bytes) -> None:
    types = _text(parts, "[Content_Types].xml")
    if types.count(CONTENT_TYPES["xlsx"]) != 1:
        raise ValueError("the base is no .xlsx")
    types = types.replace(CONTENT_TYPES["xlsx"], CONTENT_TYPES[kind])
    if '<Default Extension="xml"' not in types:
        raise ValueError("the base has no content type for .xml")
    parts["[Content_Types].xml"] = types.encode()
    _insert(
        parts,
        "[Content_Types].xml",
        "</Types>",
        f'<Override PartName="/xl/vbaProject.bin" ContentType="{_VBA_TYPE}"/>',
    )
    relation = _relation("rIdLxVba", _VBA_RELATION, "vbaProject.bin")
    _insert(parts, "xl/_rels/workbook.xml.rels", "</Relationships>", relation)
    relation = _relation("rIdLxRibbon", _RIBBON_RELATION, "customUI/customUI14.xml")
    _insert(parts, "_rels/.rels", "</Relationships>", relation)
    parts["xl/vbaProject.bin"] = project
    parts["customUI/customUI14.xml"] = ribbon.replace(b"\r\n", b"\n")


def _write(target: Path, parts: Mapping[str, bytes]) -> None:
    first = ("[Content_Types].xml", "_rels/.rels")
    with zipfile.ZipFile(target, "w") as book:
        for name in (*first, *sorted(name for name in parts if name not in first)):
            entry = zipfile.ZipInfo(name, _FIXED_TIME)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 0, 0
            book.writestr(entry, parts[name], compresslevel=9)


def _sheets(workbook: str, relations: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Name and part of every sheet, in order."""
    for tag in re.findall(r"<sheet [^>]*/>", workbook):
        name, relation = re.search(r' name="([^"]*)"', tag), re.search(r' r:id="([^"]*)"', tag)
        assert name and relation
        yield name[1], f"xl/{relations.get(relation[1], '')}"


def _sheet_xml(rows: Sequence[Sequence[Cell]]) -> bytes:
    lines = []
    for r, row in enumerate(rows, 1):
        cells = "".join(_cell_xml(f"{chr(ord('A') + c)}{r}", value) for c, value in enumerate(row))
        lines.append(f'<row r="{r}">{cells}</row>')
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<worksheet xmlns="{_MAIN}" xmlns:r="{_RELATIONSHIPS}"><sheetPr/><cols><col min="1" max="1" width="22" '
        'customWidth="1"/><col min="2" max="5" width="40" customWidth="1"/></cols>'
        f"<sheetData>{''.join(lines)}</sheetData></worksheet>"
    ).encode()


def _cell_xml(place: str, value: Cell) -> str:
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, (int, float)):
        return f'<c r="{place}"><v>{value!r}</v></c>'
    text = escape(value or "")
    if text.startswith("="):
        return f'<c r="{place}" t="str"><f>{text[1:]}</f><v></v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _relation(name: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{name}" Type="{kind}" Target="{target}"/>'


def _text(parts: Mapping[str, bytes], name: str) -> str:
    return parts[name].decode()


def _insert(parts: dict[str, bytes], name: str, anchor: str, added: str) -> None:
    parts[name] = _before(parts[name].decode(), anchor, added).encode()


def _before(text: str, anchor: str, added: str, after: str = "") -> str:
    if text.count(anchor) != 1:
        raise ValueError(f"{text.count(anchor)} times instead of once: {anchor}")
    return text.replace(anchor, f"{added}{anchor}{after}")
