"""The workbook's frame: its sheets and their states, what else it carries, and which cell formats show dates."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from xml.etree import ElementTree

from addin.intake.package import Package
from addin.intake.reasons import RefusedError, malformed, too_large

_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_STRICT = "http://purl.oclc.org/ooxml"

NOT_DATE, DATE, TIME, DURATION = 0, 1, 2, 3
"""Kinds of cell formats."""

# ECMA-376 18.8.30: 27-36 and 50-58 are dates in the Chinese, Japanese and Korean editions of Excel
_BUILT_IN = {
    **dict.fromkeys((14, 15, 16, 17, 22, *range(27, 32), 36, *range(50, 55), 57, 58), DATE),
    **dict.fromkeys((18, 19, 20, 21, 32, 33, 34, 35, 45, 47, 55, 56), TIME),
    46: DURATION,
}
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.')
_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_BRACKETED = re.compile(r"\[[^\]]*\]")
_LONGEST_CODE = 255
"""Characters of a number format: Excel takes no more, and what is looked for in them may be tried at every place."""
MOST_SHEETS = 1_000
_SINGLE = {"officeDocument", "sharedStrings", "styles"}
"""Kinds of parts of which a workbook has one: with two, readers differ."""
_NUMERIC_WORDS = re.compile(r"general|g/通用格式|[0#?.]e[+-]", re.IGNORECASE)
_HALF_DAY = re.compile(r"am/pm|a/p|上午/下午", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ListedSheet:
    """One sheet as the workbook lists it; `part` is '' for what is no worksheet (a chart)."""

    name: str
    state: str
    part: str


@dataclass(frozen=True, slots=True)
class Workbook:
    """The content of the workbook part and the parts beside it."""

    sheets: tuple[ListedSheet, ...]
    strings: str
    date1904: bool
    strict: bool
    formats: tuple[int, ...]
    """For each cell format, by its number: NOT_DATE, DATE, TIME or DURATION."""


def read_workbook(package: Package) -> Workbook:
    """The frame of a package; refuses what is no workbook, Excel 4 macro sheets and sheets of one name."""
    part = next(
        (target for kind, target in _relations(package, "").values() if kind == "officeDocument"), "xl/workbook.xml"
    )
    if part not in package:
        raise malformed("没有工作簿部件")
    root = _parse(package, part)
    if _local(root.tag) != "workbook":
        raise malformed("工作簿部件不对")
    relations = _relations(package, part)
    sheets: list[ListedSheet] = []
    for element in (sheet for group in root if _local(group.tag) == "sheets" for sheet in group):
        identity = next((value for key, value in element.attrib.items() if key.endswith("}id")), "")
        if identity not in relations:
            raise malformed("工作表没有对应的部件")
        kind, target = relations[identity]
        if kind in ("xlMacrosheet", "xlIntlMacrosheet"):
            raise RefusedError("R117")
        if kind == "worksheet" and target not in package:
            raise malformed("缺少工作表部件")
        state = element.get("state", "visible")
        if len(sheets) >= MOST_SHEETS:
            raise too_large(f"有{MOST_SHEETS}张以上的工作表")
        sheets.append(ListedSheet(element.get("name", ""), state, target if kind == "worksheet" else ""))
    if any(name.startswith("xl/macrosheets/") for name in package.names):
        raise RefusedError("R117")
    folded = [sheet.name.casefold() for sheet in sheets]
    if len(set(folded)) != len(folded):
        raise RefusedError("R116")
    parts = dict(relations.values())
    settings = next((element for element in root if _local(element.tag) == "workbookPr"), None)
    return Workbook(
        sheets=tuple(sheets),
        strings=parts.get("sharedStrings", ""),
        date1904=settings is not None and settings.get("date1904", "0").strip().lower() in ("1", "true", "on"),
        strict=root.tag.startswith("{" + _STRICT),
        formats=_formats(package, parts.get("styles", "")),
    )


def _parse(package: Package, name: str) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(package.read(name))  # noqa: S314 - a DTD has been refused
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise malformed(f"{posixpath.basename(name)}有语法错误") from error


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _relations(package: Package, part: str) -> dict[str, tuple[str, str]]:
    """Kind and target by id of what a part refers to inside the package ('' for the package itself)."""
    folder, name = posixpath.split(part)
    listing = posixpath.join(folder, "_rels", f"{name}.rels")
    if listing not in package:
        return {}
    relations: dict[str, tuple[str, str]] = {}
    single: set[str] = set()
    for element in _parse(package, listing):
        if element.tag != f"{{{_RELATIONS}}}Relationship" or element.get("TargetMode") == "External":
            continue
        identity, kind = element.get("Id", ""), element.get("Type", "").rpartition("/")[2]
        if identity in relations or (kind in _SINGLE and kind in single):
            raise malformed("有重复的关系，看不出以哪个为准")
        single.add(kind)
        target = posixpath.normpath(posixpath.join("/", folder, element.get("Target", ""))).lstrip("/")
        relations[identity] = kind, target
    return relations


def _formats(package: Package, part: str) -> tuple[int, ...]:
    if part not in package:
        return ()
    root = _parse(package, part)
    codes: dict[str, int] = {str(number): kind for number, kind in _BUILT_IN.items()}
    formats: list[int] = []
    for group in root:
        if _local(group.tag) == "numFmts":
            codes |= {element.get("numFmtId", ""): format_kind(element.get("formatCode", "")) for element in group}
    for group in root:
        if _local(group.tag) == "cellXfs":
            formats = [codes.get(element.get("numFmtId", "0").strip(), NOT_DATE) for element in group]
    return tuple(formats)


def format_kind(code: str) -> int:
    """The kind of a number format; NOT_DATE for a code longer than Excel's longest.

    >>> [format_kind(code) for code in ('yyyy"年"m"月"d"日"', '[$-804]aaaa', 'h:mm AM/PM', '[h]:mm', '0.00', '0_d')]
    [1, 1, 2, 3, 0, 0]
    >>> format_kind('"d"0'), format_kind('[Red]0.00E+00'), format_kind('G/通用格式"元"')
    (0, 0, 0)
    """
    if len(code) > _LONGEST_CODE:
        return NOT_DATE
    code = _LITERAL.sub("", code).split(";")[0]
    if _ELAPSED.search(code):
        return DURATION
    code = _NUMERIC_WORDS.sub("", _BRACKETED.sub("", code))
    code, half_days = _HALF_DAY.subn("", code)
    letters = set(code.lower())
    if letters & set("yde") or "aaa" in code.lower() or ("m" in letters and not letters & set("hs") and not half_days):
        return DATE
    return TIME if half_days or letters & set("hs") else NOT_DATE
