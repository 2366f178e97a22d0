"""What could make Excel refuse or repair a built workbook, looked for without Excel.

Every guard takes the file's parts (name -> bytes) and gives the problems it found as texts; none is a clean file.
openxml-audit is the first of them; the others look where it is silent (tried with seeded defects: test_workbooks.py).
"""

from __future__ import annotations

import functools
import inspect
import io
import posixpath
import re
import struct
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import olefile
import openpyxl.utils
from lxml import etree
from oletools.olevba import VBA_Parser, decompress_stream
from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token
from openxml_audit import OpenXmlValidator
from pyopenvba.apps.excel import ExcelApplication
from pyvbaanalysis import analyze_office_file

from addin import columns, functions, macros
from scripts.vbaproject import BASES, ENCODING, Module

Parts = Mapping[str, bytes]
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
RIBBON = "{http://schemas.microsoft.com/office/2009/07/customui}"
PROJECT = "xl/vbaProject.bin"
RIBBON_PART = "customUI/customUI14.xml"

KNOWN_IMAGES = {
    "ClearFormats", "DataValidation", "FileNew", "FileOpen", "FileSaveAs", "FileSendAsAttachment", "FilePrintPreview", "FindDialog",
    "GetExternalDataFromText", "Help", "ImportExcel", "Info", "LightBulb", "PasteValues",
}  # fmt: skip
"""imageMso names of Office's own list; an unknown one is shown as an error to those who have asked for such errors."""
_RIBBON_ATTRIBUTES = {
    "id", "label", "size", "imageMso", "onAction", "screentip", "supertip", "startFromScratch", "getVisible", "getPressed",
}  # fmt: skip


def read_parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name) for name in book.namelist()}


def write_parts(path: Path, parts: Parts) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, data in parts.items():
            book.writestr(name, data)
    return path


# ---- the VBA project


def source_as_read(path: Path, modules: Sequence[Module]) -> list[str]:
    """olevba's and an independent decoding against the sources."""
    wanted = {module.name: module.text for module in modules}
    parser = VBA_Parser(str(path))
    found = {stream[4:]: code for _, stream, _, code in parser.extract_macros() if stream.startswith("VBA/")}
    parser.close()
    problems = [f"olevba: modules {sorted(found)}"] if set(found) != set(wanted) else []
    problems += [f"olevba: {name} differs" for name in wanted if found.get(name) != wanted[name]]
    project = olefile.OleFileIO(io.BytesIO(read_parts(path)[PROJECT]))
    for name, text in wanted.items():
        if project.exists(["VBA", name]) and _stream(project, name).decode(ENCODING) != text:
            problems.append(f"{ENCODING}: {name} differs")
    return problems


def project_records(parts: Parts, modules: Sequence[Module]) -> list[str]:
    """The records of [MS-OVBA] 2.3.4 and the lines of the PROJECT stream."""
    project = olefile.OleFileIO(io.BytesIO(parts[PROJECT]))
    problems = []
    if project.openstream(["VBA", "_VBA_PROJECT"]).read() != b"\xcc\x61\xff\xff\x00\x00\x00":
        problems.append("_VBA_PROJECT is not the minimal one")
    records = _records(_stream(project, "dir"))
    first: dict[int, bytes] = {}
    for number, data in records:
        first.setdefault(number, data)
    expected = {
        0x0003: struct.pack("<H", 936), 0x0002: struct.pack("<I", 0x409), 0x0014: struct.pack("<I", 0x409),
        0x0004: b"Liangxian", 0x000F: struct.pack("<H", len(modules)),
    }  # fmt: skip
    problems += [f"record {n:#x} is {first.get(n)!r}" for n, data in expected.items() if first.get(n) != data]
    if records[-1] != (0x0010, b""):
        problems.append("no terminator")
    references = [data.decode("utf-16-le") for number, data in records if number == 0x003E]
    if references != ["stdole", "Office"]:
        problems.append(f"references {references}")
    names = [data.decode("utf-16-le") for number, data in records if number == 0x0047]
    kinds = [number for number, _ in records if number in (0x0021, 0x0022)]
    if list(zip(names, kinds, strict=False)) != [(m.name, 0x21 if m.kind == "module" else 0x22) for m in modules]:
        problems.append(f"modules {names}")
    if any(data != bytes(4) for number, data in records if number == 0x0031):
        problems.append("a module's source does not begin at 0")
    lines = project.openstream("PROJECT").read().decode("ascii").split("\r\n")
    for module in modules:
        line = f"Module={module.name}" if module.kind == "module" else f"Document={module.name}/&H00000000"
        if lines.count(line) != 1:
            problems.append(f"PROJECT: {lines.count(line)} times {line}")
        if module.kind != "module" and f'VB_Base = "{BASES[module.kind]}"' not in module.text:
            problems.append(f"{module.name} has no base")
    if [line for line in lines if line.startswith(("Reference=", "Package=", "Password"))]:
        problems.append("PROJECT names something from outside")
    # CMG, DPB and GC of the skeleton stand for: not protected, no password, visible
    if not {"CMG", "DPB", "GC"} <= {line.split("=")[0] for line in lines}:
        problems.append("PROJECT lacks its protection state")
    return problems


def module_texts(modules: Sequence[Module]) -> list[str]:
    """ASCII (a module can't hold Chinese on every code page), no over-long line, no path of a user's folder."""
    problems = []
    for module in modules:
        if not module.text.isascii():
            problems.append(f"{module.name} is not ASCII")
        if max(map(len, module.text.split("\r\n"))) >= 1023:
            problems.append(f"{module.name} has a line over 1023 characters")
        if re.search(r"[A-Za-z]:\\Users|/home/|/root/|/tmp/", module.text):
            problems.append(f"{module.name} names a folder of a machine")
    return problems


def compiles(path: Path) -> list[str]:
    """Compile errors that Excel would report on the first call; two checkers that miss different things."""
    problems = [
        f"{module}: {finding.code} {finding.message}"
        for module, findings in analyze_office_file(str(path)).items()
        for finding in findings
        if finding.severity.value in ("error", "warning")
    ]
    parser = VBA_Parser(str(path))
    sources = {stream[4:]: code for _, stream, _, code in parser.extract_macros() if stream.startswith("VBA/")}
    parser.close()
    application = ExcelApplication()
    application.add_workbook()
    for name, source in sources.items():
        document = "Attribute VB_Base" in source
        try:
            application.add_module(source, name=f"{name}_", kind="class" if document else "standard")
        except Exception as error:
            problems.append(f"{name}: {type(error).__name__} {error}")
    return problems


def calls(modules: Sequence[Module]) -> list[str]:
    """Every RunPython target is a function of addin.macros; every wrapper fits its Python function; every call of ours
    finds its procedure."""
    texts = {module.name: module.text for module in modules}
    problems = []
    statements = "".join(line for text in texts.values() for line in text.splitlines(True) if line.lstrip()[:1] != "'")
    for target in re.findall(r'RunPython "([^"]*)"', statements):
        match = re.fullmatch(r"import addin\.macros; addin\.macros\.([a-z_]+)\(\)", target)
        if match is None or not callable(getattr(macros, match[1], None)):
            problems.append(f"RunPython {target!r}")
    declared = dict(re.findall(r"^Public Function ([A-Z]+)\((.*)\) As Variant\r$", texts["LxFunctions"], re.MULTILINE))
    if set(declared) != set(functions.NAMES):
        problems.append(f"wrappers {sorted(declared)}")
    for name, parameters in declared.items():
        if name not in functions.NAMES:
            continue
        wanted = ", ".join(
            f"{'' if parameter.default is parameter.empty else 'Optional '}{parameter.name} As Variant"
            for parameter in inspect.signature(getattr(functions, name)).parameters.values()
        )
        if parameters != wanted:
            problems.append(f"{name}({parameters}) is not {name}({wanted})")
        given = ", ".join(f"Given({parameter})" for parameter in inspect.signature(getattr(functions, name)).parameters)
        if f'    {name} = Answer("{name}", Array({given}))\r\n' not in texts["LxFunctions"]:
            problems.append(f"{name} does not call {name} with its arguments in order")
    return problems


# ---- the package


def package(parts: Parts) -> list[str]:
    """Content types, relationships, code names."""
    problems = []
    types = etree.fromstring(parts["[Content_Types].xml"])
    overrides = {type_.get("PartName"): type_.get("ContentType") for type_ in types if type_.get("PartName")}
    defaults = {
        part_type.get("Extension"): part_type.get("ContentType") for part_type in types if part_type.get("Extension")
    }
    for name in parts:
        if name != "[Content_Types].xml" and f"/{name}" not in overrides and name.rsplit(".", 1)[-1] not in defaults:
            problems.append(f"no content type for {name}")
    problems += [f"content type for the missing {name}" for name in overrides if name[1:] not in parts]
    if PROJECT in parts and overrides.get(f"/{PROJECT}", defaults.get("bin")) != "application/vnd.ms-office.vbaProject":
        problems.append("content type of the VBA project")
    if repeated := [name for name, count in Counter(name.lower() for name in parts).items() if count > 1]:
        problems.append(f"twice: {repeated}")
    for name in parts:
        if not name.endswith(".rels"):
            continue
        folder = posixpath.dirname(posixpath.dirname(name))
        for relation in etree.fromstring(parts[name]):
            target = relation.get("Target")
            place = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            if relation.get("TargetMode") == "External":
                problems.append(f"{name} leads outside: {target}")
            elif place not in parts:
                problems.append(f"{name} leads to the missing {place}")
    if PROJECT in parts:
        codes = [_code_name(parts["xl/workbook.xml"], "workbookPr")]
        codes += [_code_name(parts[part], "sheetPr") for _, part in _sheets(parts)]
        project = olefile.OleFileIO(io.BytesIO(parts[PROJECT])).openstream("PROJECT").read().decode("ascii")
        if codes != re.findall(r"Document=(\w+)/", project):
            problems.append(f"code names {codes}")
    return problems


def ribbon(parts: Parts, modules: Sequence[Module]) -> list[str]:
    """Every callback is a Sub of the right shape; known attributes, images, lengths; ids once."""
    root = etree.fromstring(parts[RIBBON_PART])
    problems = [] if root.tag == f"{RIBBON}customUI" else [f"namespace {root.tag}"]
    if f'Target="{RIBBON_PART}"'.encode() not in parts["_rels/.rels"]:
        problems.append("the ribbon has no relationship")
    texts = {module.name: module.text for module in modules}
    shapes = {
        "onAction": r"control As IRibbonControl",
        "getPressed": r"control As IRibbonControl, ByRef pressed As Variant",
        "getVisible": r"control As IRibbonControl, ByRef visible As Variant",
    }
    ids: Counter[str] = Counter()
    for element in root.iter():
        problems += [f"attribute {name}" for name in element.attrib if name not in _RIBBON_ATTRIBUTES]
        ids.update([element.get("id")] if element.get("id") else [])
        for attribute, shape in shapes.items():
            wanted = (
                f"{shape}, pressed As Boolean"
                if element.tag == f"{RIBBON}checkBox" and attribute == "onAction"
                else shape
            )
            if (callback := element.get(attribute)) is not None:
                module, _, name = callback.partition(".")
                if not re.search(rf"^Public Sub {name}\({wanted}\)\r$", texts.get(module, ""), re.MULTILINE):
                    problems.append(f"callback {callback}")
        if element.tag == f"{RIBBON}button" and not {"label", "imageMso", "onAction", "screentip"} <= set(
            element.attrib
        ):
            problems.append(f"button {element.get('id')} lacks something")
        if element.get("imageMso") not in {None, *KNOWN_IMAGES}:
            problems.append(f"image {element.get('imageMso')}")
        if any(len(element.get(name) or "") > 250 for name in ("label", "screentip", "supertip")):
            problems.append(f"text of {element.get('id')} too long")
    return problems + [f"id {name} {count} times" for name, count in ids.items() if count > 1]


# ---- the sheets


def sheets(parts: Parts) -> list[str]:
    """Names, cells, formulas, styles, lists, tables: what is silently repaired away, or asked about on opening."""
    workbook = etree.fromstring(parts["xl/workbook.xml"])
    names = [sheet.get("name") for sheet in workbook.find(f"{MAIN}sheets")]
    problems = [f"sheet name {name!r}" for name in names if len(name) > 31 or re.search(r"[\[\]:*?/\\]|^'|'$", name)]
    if len({name.lower() for name in names}) != len(names):
        problems.append("two sheets of one name")
    if not any(sheet.get("state", "visible") == "visible" for sheet in workbook.find(f"{MAIN}sheets")):
        problems.append("no sheet to be seen")
    seen = set()
    for defined in workbook.iter(f"{MAIN}definedName"):
        key = (defined.get("name").lower(), defined.get("localSheetId"))
        if key in seen:
            problems.append(f"name {key[0]} twice")
        seen.add(key)
    styles = etree.fromstring(parts["xl/styles.xml"])
    formats, differences = len(styles.find(f"{MAIN}cellXfs")), len(styles.find(f"{MAIN}dxfs"))
    shared = _shared_strings(parts)
    for name, part in _sheets(parts):
        problems += _sheet(parts, name, part, shared, formats, differences)
    return problems


def _sheet(parts: Parts, name: str, part: str, shared: Sequence[str], formats: int, differences: int) -> list[str]:
    problems: list[str] = []
    root = etree.fromstring(parts[part])
    texts: dict[str, str] = {}
    last_row = 0
    for row in root.find(f"{MAIN}sheetData"):
        number = int(row.get("r"))
        if number <= last_row:
            problems.append(f"{name}: row {number} after {last_row}")
        last_row, last_column = number, 0
        for cell in row:
            place = cell.get("r")
            letters, digits = re.fullmatch(r"([A-Z]+)(\d+)", place).groups()  # type: ignore[union-attr]
            column = openpyxl.utils.column_index_from_string(letters)
            if column <= last_column or int(digits) != number:
                problems.append(f"{name}: cell {place} out of order")
            last_column = column
            if int(cell.get("s", 0)) >= formats:
                problems.append(f"{name}: style of {place}")
            if number < 20:
                texts[place] = _cell_text(cell, shared)
    for rule in root.iter(f"{MAIN}cfRule"):
        if int(rule.get("dxfId", 0)) >= max(differences, 1):
            problems.append(f"{name}: format of a conditional format")
    for validation in root.iter(f"{MAIN}dataValidation"):
        first = validation.findtext(f"{MAIN}formula1") or ""
        if first.startswith('"') and len(first) - 2 > 255:
            problems.append(f"{name}: list of {len(first) - 2} characters")
        for attribute, limit in (("error", 225), ("prompt", 255), ("errorTitle", 32), ("promptTitle", 32)):
            if len(validation.get(attribute) or "") > limit:
                problems.append(f"{name}: {attribute} of a validation too long")
    return problems + _tables(parts, name, part, texts)


def _tables(parts: Parts, name: str, part: str, texts: Mapping[str, str]) -> list[str]:
    problems = []
    relations = parts.get(posixpath.join(posixpath.dirname(part), "_rels", f"{posixpath.basename(part)}.rels"))
    for relation in etree.fromstring(relations) if relations else ():
        if not relation.get("Type").endswith("/table"):
            continue
        table = etree.fromstring(parts[posixpath.normpath(posixpath.join("xl/worksheets", relation.get("Target")))])
        left, row = re.match(r"([A-Z]+)(\d+)", table.get("ref")).groups()  # type: ignore[union-attr]
        start = openpyxl.utils.column_index_from_string(left)
        for offset, column in enumerate(table.find(f"{MAIN}tableColumns")):
            place = f"{openpyxl.utils.get_column_letter(start + offset)}{row}"
            if texts.get(place) != column.get("name"):
                problems.append(f"{name}: table header {column.get('name')} is {texts.get(place)!r} at {place}")
    return problems


# ---- formulas, wherever they stand


COMPARES_AS_NUMBERS = re.compile(r"(COUNT|SUM|AVERAGE|MAX|MIN)IFS?")
"""Functions whose criteria read a text of digits as a number of 15 digits in Excel: two different IDs would be one."""


COUNTS_WORDS = re.compile(r'^COUNTIF\([^(),]+,"[\u4e00-\u9fff]+"\)$')
"""Counting a Chinese word compares nothing as a number."""


def formulas(parts: Parts) -> list[str]:
    """Syntax, lengths, depth; functions and names that Excel does not know; sheets that are not there; comparisons of
    long digit runs as numbers."""
    workbook = etree.fromstring(parts["xl/workbook.xml"])
    sheet_names = {sheet.get("name") for sheet in workbook.find(f"{MAIN}sheets")}
    known = {defined.get("name") for defined in workbook.iter(f"{MAIN}definedName")}
    found: dict[str, str] = {}
    problems = []
    for where, text in _all_formulas(parts, workbook):
        found.setdefault(re.sub(r"(?<=[A-Z])\d+", "1", text), where)  # one line is like the next
    for text, where in found.items():
        problems += [f"{where}: {problem}" for problem in _formula(text, sheet_names, known)]
    for name, part in _sheets(parts):
        for rule in etree.fromstring(parts[part]).iter(f"{MAIN}cfRule"):
            if rule.get("type") in ("duplicateValues", "uniqueValues"):
                problems.append(f"{name}: conditional format {rule.get('type')}")
    return problems


def _all_formulas(parts: Parts, workbook: etree._Element) -> Iterator[tuple[str, str]]:
    for defined in workbook.iter(f"{MAIN}definedName"):
        yield f"name {defined.get('name')}", defined.text or ""
    for name, part in _sheets(parts):
        root = etree.fromstring(parts[part])
        for cell in root.iter(f"{MAIN}c"):
            if (formula := cell.find(f"{MAIN}f")) is not None:
                yield f"{name}!{cell.get('r')}", formula.text or ""
        for rule in root.iter(f"{MAIN}cfRule"):
            for formula in rule.iter(f"{MAIN}formula"):
                yield f"{name}: conditional format", formula.text or ""
        for validation in root.iter(f"{MAIN}dataValidation"):
            for tag in ("formula1", "formula2"):
                text = validation.findtext(f"{MAIN}{tag}") or ""
                if text and not text.startswith('"'):
                    yield f"{name}: validation", text


@functools.cache
def _tokens(text: str) -> list[Token]:
    return list(Tokenizer(f"={text}").items)


def _formula(text: str, sheet_names: Collection[str], known: Collection[str]) -> list[str]:
    if len(text) > 8192:
        return [f"formula of {len(text)} characters"]
    problems, depth, deepest = [], 0, 0
    try:
        tokens = _tokens(text)
    except Exception as error:
        return [str(error)]
    for token in tokens:
        depth += (token.subtype == "OPEN") - (token.subtype == "CLOSE")
        deepest = max(deepest, depth)
        if token.type == "FUNC" and token.subtype == "OPEN":
            name = token.value.rstrip("(")
            if COMPARES_AS_NUMBERS.fullmatch(name) and not COUNTS_WORDS.search(text):
                problems.append(f"{name} compares IDs as numbers")
            elif name not in _FUNCTIONS:
                problems.append(f"function {name}")
        elif token.type == "OPERAND" and token.subtype == "RANGE":
            sheet, _, place = token.value.rpartition("!")
            sheet = sheet.strip("'").replace("''", "'")
            if sheet and sheet not in sheet_names:
                problems.append(f"sheet {sheet}")
            if not _PLACE.fullmatch(place) and place not in known:
                problems.append(f"name {place}")
        elif token.type == "OPERAND" and token.subtype == "TEXT" and len(token.value) - 2 > 255:
            problems.append(f"text of {len(token.value) - 2} characters")
        elif token.value == "#REF!":
            problems.append("reference to nothing")
    if depth:
        problems.append("brackets")
    if deepest > 64:
        problems.append(f"{deepest} levels")
    return problems


_PLACE = re.compile(r"\$?[A-Z]{1,3}\$?\d+(:\$?[A-Z]{1,3}\$?\d+)?|\$?[A-Z]{1,3}:\$?[A-Z]{1,3}|\$?\d+:\$?\d+")
_FUNCTIONS = openpyxl.utils.FORMULAE | {"IFERROR", *functions.NAMES}
"""What Excel 2010 knows, and what we add."""


# ---- what a file is when it is opened


_LIKE_A_NUMBER = re.compile(r"\s*[-+]?(\d[\d,]*\.?\d*|\.\d+)(E[-+]?\d+)?%?\s*", re.IGNORECASE)


def as_saved(parts: Parts) -> list[str]:
    """What Excel would save in another way, and where it shows a green triangle, on the sheets in view: its menu
    offers to make a number of a code kept as text. A text that a formula gives bears none."""
    problems = []
    shared = _shared_strings(parts)
    for name, part in _visible(parts):
        root = etree.fromstring(parts[part])
        quiet = [
            openpyxl.utils.range_boundaries(places)
            for ignored in root.iter(f"{MAIN}ignoredError")
            if ignored.get("numberStoredAsText") == "1"
            for places in ignored.get("sqref").split()
        ]
        for cell in root.iter(f"{MAIN}c"):
            if cell.get("t") == "inlineStr":
                problems.append(f"{name}!{cell.get('r')}: text inside the cell")
            elif cell.get("t") == "s" and _LIKE_A_NUMBER.fullmatch(_cell_text(cell, shared)):
                row, column = openpyxl.utils.cell.coordinate_to_tuple(cell.get("r"))
                if not any(a <= column <= c and b <= row <= d for a, b, c, d in quiet):
                    problems.append(f"{name}!{cell.get('r')}: green triangle on {_cell_text(cell, shared)!r}")
    return problems


# ---- the whole


def audit(path: Path) -> list[str]:
    return [f"audit: {error}" for error in OpenXmlValidator().validate(str(path)).errors]


def everything(path: Path, modules: Sequence[Module]) -> list[str]:
    """All guards over one macro workbook or add-in."""
    parts = read_parts(path)
    return [
        *audit(path), *package(parts), *sheets(parts), *formulas(parts), *ribbon(parts, modules), *project_records(parts, modules),
        *source_as_read(path, modules), *module_texts(modules), *calls(modules), *compiles(path),
    ]  # fmt: skip


def _visible(parts: Parts) -> list[tuple[str, str]]:
    listed = etree.fromstring(parts["xl/workbook.xml"]).find(f"{MAIN}sheets")
    return [
        one for one, sheet in zip(_sheets(parts), listed, strict=True) if sheet.get("state", "visible") == "visible"
    ]


def _sheets(parts: Parts) -> list[tuple[str, str]]:
    relations = {one.get("Id"): one.get("Target") for one in etree.fromstring(parts["xl/_rels/workbook.xml.rels"])}
    root = etree.fromstring(parts["xl/workbook.xml"]).find(f"{MAIN}sheets")
    return [
        (element.get("name"), posixpath.normpath(f"xl/{relations[element.get(f'{RELATION}id')]}")) for element in root
    ]


def sheet_code_names(parts: Parts) -> list[str]:
    """The code names of the sheets, in the workbook's order."""
    return [_code_name(parts[part], "sheetPr") or "" for _, part in _sheets(parts)]


def _code_name(data: bytes, tag: str) -> str | None:
    root = etree.fromstring(data).find(f"{MAIN}{tag}")
    return None if root is None else root.get("codeName")


def _shared_strings(parts: Parts) -> list[str]:
    if "xl/sharedStrings.xml" not in parts:
        return []
    items = etree.fromstring(parts["xl/sharedStrings.xml"])
    return ["".join(text.text or "" for text in item.iter(f"{MAIN}t")) for item in items]


def _cell_text(cell: etree._Element, shared: Sequence[str]) -> str:
    if cell.get("t") == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(f"{MAIN}t"))
    value = cell.findtext(f"{MAIN}v") or ""
    return shared[int(value)] if cell.get("t") == "s" else value


def _stream(project: olefile.OleFileIO, name: str) -> bytes:
    return bytes(decompress_stream(bytearray(project.openstream(["VBA", name]).read())))


def _records(data: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at < len(data):
        number, size = struct.unpack_from("<HI", data, at)
        size = 6 if number == 0x0009 else size
        found.append((number, data[at + 6 : at + 6 + size]))
        at += 6 + size
    return found


# ---- the roster template under the hand


_LIFTED = re.compile(r"SUMPRODUCT|MMULT|TRANSPOSE|FREQUENCY|INDIRECT|OFFSET|\bASC\(|\bN\(|\{")
_WHOLE = re.compile(r"\$?[A-Z]{1,3}:\$?[A-Z]{1,3}\b|\$?\d+:\$?\d+\b")
_INPUT_RUN = re.compile(r"\$([A-Z]+)\d+:\$([A-Z]+)\d+")


def plain_form(parts: Parts) -> list[str]:
    """What keeps a roster right in every program and under cut, drag and sort: the filter takes in every column, codes
    carry no green triangles, formulas read inputs only from guard to guard, lift nothing over arrays, and no name is
    relative or stands for a print area by formula."""
    workbook = etree.fromstring(parts["xl/workbook.xml"])
    part = dict(_sheets(parts))[columns.ROSTER_SHEET]
    root = etree.fromstring(parts[part])
    problems = []
    for defined in workbook.iter(f"{MAIN}definedName"):
        for place in re.findall(r"\$?[A-Z]{1,3}\$?\d+", re.sub(r"'[^']*'", "", defined.text or "")):
            if place.count("$") < 2:
                problems.append(f"name {defined.get('name')} is relative")
        if "(" in (defined.text or ""):
            problems.append(f"name {defined.get('name')} is a formula")
    area = root.find(f"{MAIN}autoFilter").get("ref")
    if not re.fullmatch(rf"A{columns.HEADER_ROW}:{columns.LETTERS['marks']}\d+", area):
        problems.append(f"filter over {area}")
    quiet = [
        places
        for ignored in root.iter(f"{MAIN}ignoredError")
        if ignored.get("numberStoredAsText") == "1"
        for places in ignored.get("sqref").split()
    ]
    for column in columns.INPUTS:
        if column.as_text and not any(re.match(rf"{columns.LETTERS[column.key]}\d", place) for place in quiet):
            problems.append(f"green triangles on {column.header}")
    runs = {tuple(columns.letter(guard) for guard in run) for run in columns.RUNS.values()}
    inputs = {columns.LETTERS[column.key] for column in columns.INPUTS}
    shown = {columns.LETTERS[column.key] for column in columns.COMPUTED}
    for cell in root.iter(f"{MAIN}c"):
        formula = cell.findtext(f"{MAIN}f")
        if formula:
            problems += [f"{cell.get('r')}: {problem}" for problem in _hand(formula, runs, inputs, shown)]
    return problems


def _hand(formula: str, runs: set[tuple[str, ...]], inputs: set[str], shown: set[str]) -> list[str]:
    plain = re.sub(r'"[^"]*"', '""', formula)
    problems = [f"lifts over arrays: {match[0]}" for match in _LIFTED.finditer(plain)]
    problems += [f"whole columns: {match[0]}" for match in _WHOLE.finditer(re.sub(r"'[^']*'![$A-Z0-9:]+", "", plain))]
    own = re.sub(r"'[^']*'![$A-Z0-9:]+", "", plain)
    for run in _INPUT_RUN.finditer(re.sub(rf"\$[A-Z]+\${columns.HEADER_ROW}:\$[A-Z]+\${columns.HEADER_ROW}", "", own)):
        if run.groups() not in runs:
            problems.append(f"reads {run[0]}, not from guard to guard")
    single = re.findall(r"\$([A-Z]+)\d+", _INPUT_RUN.sub("", re.sub(r"\$[A-Z]+\$\d+", "", own)))
    problems += [f"reads the input {letters}" for letters in single if letters in inputs]
    problems += [f"reads the shown column {letters}" for letters in single if letters in shown]
    return problems
