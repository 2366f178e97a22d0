"""校验结果: every finding with a link to its cell, counts by rule beside them; and the columns 问题说明 and 标记 on 花名册.

In: findings whose rows and letters are those of the sheet that is written. Out: plain rows of values (`table`), which a
new file and the check in Excel both put in the same place, and a sheet prepared for them: the header, formats of whole
columns, and conditional formats. So the check in Excel writes values in one go and formats nothing.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from addin import columns
from addin.checks.confirmations import DIVIDER
from addin.columns import LETTERS, letter
from addin.columns import WIDTH as ROSTER_WIDTH
from addin.findings import SEVERITY_NAMES, SEVERITY_ORDER, Finding, Severity, count_by_severity, title
from addin.output.rows import Cells, Formula, Rows
from addin.output.template.cells import QUIET, height
from addin.output.template.style import ERROR, FAINT, GREEN, LINE, RED, WARNING, Styles

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

SIGNS: dict[Severity, str] = {"error": "E", "warning": "W", "info": "I"}
"""What is confirmed has none: its cell is not coloured."""
NO_SIGN = "."
CLEAN = "0 个错误，可以上报"
LONGEST = 240
"""Characters of 问题说明; who needs more has the list."""
SAID, HEAD, TOP = (2, 1), 3, 4
"""Where the sentence stands (row, column), the row of the list's header, and the first row below it."""
_SAID_WIDTH = 150
"""Characters of the sentence on a line, a Chinese one two wide: it is larger than the list's."""
REACH = 200_000
"""The last row that the conditional formats take in."""

_FIELDS = (
    ("位置", 9, "list_link"),
    ("级别", 7.5, "list_code"),
    ("村", 11, "list_text"),
    ("户号", 8, "list_line"),
    ("姓名", 9, "list_text"),
    ("栏目", 13, "list_text"),
    ("现值", 20.5, "list_text"),
    ("问题", 42, "list_text"),
    ("怎么改", 42, "list_text"),
    ("正确示例", 20.5, "list_right"),
    ("条款", 9, "list_code"),
    ("代码", 7.5, "list_code"),
)
_COUNTS = (("数量", 7, "list_middle"), ("级别", 6, "list_middle"), ("问题", 34, "list_line"))
"""By rule, beside the list."""
_ALL = (*_FIELDS, ("", 2, "plain"), *_COUNTS)
HEADERS: list[str] = [title for title, _, _ in _ALL]
LIST_WIDTH = len(_FIELDS)
WIDTH = len(_ALL)
AS_TEXT = (2, LIST_WIDTH)
"""The columns (1-based, both included) of which every cell is text, whatever it looks like."""


@dataclass(frozen=True, slots=True)
class Link:
    """A cell that jumps to another: as a formula, because Excel keeps at most 65,530 links of the other kind."""

    sheet: str
    cell: str
    text: str
    person: str = ""
    """Who stood in the row; somebody else there, after a sort, and the link asks for another check."""
    names: str = LETTERS["name"]
    """The column of the names."""

    @property
    def formula(self) -> str:
        """The cell's content; only the names of sheet and person in it were typed by somebody."""
        name = self.sheet.replace("'", "''").replace('"', '""')
        # what could mean anything in a formula is never put into one
        if not _PLAIN_NAME.fullmatch(self.person):
            return f'=HYPERLINK("#\'{name}\'!{self.cell}","{self.text}")'
        column, row = re.fullmatch(r"([A-Z]+)(\d+)", self.cell).groups()  # type: ignore[union-attr]
        # the row follows its person when rows are inserted or deleted; sorting moves people without it
        who = f"'{self.sheet.replace(chr(39), chr(39) * 2)}'!${self.names}{row}"
        place = f'"{column}"&ROW({who})'
        shown = place if self.text == self.cell else f'"{self.text}"'
        same = f'{who}="{self.person.replace(chr(34), chr(34) * 2)}"'
        return f'=IFERROR(HYPERLINK("#\'{name}\'!"&{place},IF({same},{shown},"{CHECK_AGAIN}")),"{CHECK_AGAIN}")'


_PLAIN_NAME = re.compile(r"[^\W\d_]+(?:[ ·•・.．][^\W\d_]+)*")
CHECK_AGAIN = "请重新校验"
"""The text of a link whose person is no longer in that row."""


Cell = str | int | Link


def beside(
    findings: Iterable[Finding], confirmations: Mapping[int, str] = {}, people: Mapping[int, str] = {}
) -> dict[int, dict[str, str]]:
    """问题说明 and 标记 by sheet row: problems in words, errors first; for each of the sheet's columns its worst sign.

    Behind the signs stand who the row's person is (`people`), and what the check keeps of 核实说明.
    """
    texts: dict[int, list[tuple[int, str]]] = {}
    signs: dict[int, list[str]] = {}
    for finding in findings:
        if finding.severity not in SIGNS:
            continue
        place = _number(finding.column) - 1 if finding.column else None
        for row in finding.places or ((finding.row,) if finding.row else ()):
            texts.setdefault(row, []).append((SEVERITY_ORDER[finding.severity], f"{finding.problem}{finding.remedy}"))
            if place is not None:
                line = signs.setdefault(row, [NO_SIGN] * ROSTER_WIDTH)
                line += [NO_SIGN] * (place + 1 - len(line))  # a sheet with columns of the clerk's own is wider
                held = next((s for s, sign in SIGNS.items() if sign == line[place]), None)
                if held is None or SEVERITY_ORDER[finding.severity] < SEVERITY_ORDER[held]:
                    line[place] = SIGNS[finding.severity]
    return {
        row: {
            "problems": _joined(texts.get(row, [])),
            "marks": _marks(
                "".join(signs.get(row, ())).rstrip(NO_SIGN), people.get(row, ""), confirmations.get(row, "")
            ),
        }
        for row in {**texts, **confirmations}
    }


def _marks(signs: str, person: str, confirmation: str) -> str:
    """The signs, one a column, and behind the last column what only the check reads.

    >>> _marks("..W", "", ""), _marks("..W", "0a1b2c3d", "9f00aa11").lstrip(".W")
    ('..W', '|0a1b2c3d|9f00aa11')
    """
    if not person and not confirmation:
        return signs
    return DIVIDER.join([signs.ljust(ROSTER_WIDTH, NO_SIGN), person, *filter(None, [confirmation])])


def _number(letters: str) -> int:
    """The 1-based number of a column.

    >>> _number("A"), _number("AJ")
    (1, 36)
    """
    number = 0
    for character in letters:
        number = number * 26 + ord(character) - ord("A") + 1
    return number


def _joined(problems: list[tuple[int, str]]) -> str:
    ordered = [text for _, text in sorted(problems, key=lambda problem: problem[0])]
    whole = "".join(ordered) if len(ordered) < 2 else "".join(f"{n}. {text}" for n, text in enumerate(ordered, 1))
    return whole if len(whole) <= LONGEST else f"{whole[: LONGEST - 9]}……见“校验结果”"


def headline(findings: Iterable[Finding]) -> str:
    """How many problems there are, in one sentence."""
    counts = count_by_severity(findings)
    sentence = CLEAN if not counts["error"] else f"{counts['error']} 个错误，改正后再上报"
    confirmed = f"；已核实 {counts['confirmed']} 个" if counts["confirmed"] else ""
    return f"{sentence}；警告 {counts['warning']} 个，提示 {counts['info']} 个{confirmed}"


def unchecked(macros: bool) -> str:
    """The sheet's sentence before the first check; `macros`: the book has a ribbon of its own."""
    how = "在功能区“两险征缴”中点“校验花名册”" if macros else "装有“两险征缴”加载项的，点“校验花名册”"
    return f"还没有校验。{how}，结果显示在这里；没有装程序的也可以上报，汇总时再校验。"


def table(
    findings: Sequence[Finding], people: Mapping[int, str] | None = None, names: str = LETTERS["name"]
) -> list[list[Cell]]:
    """The rows below the header, all `WIDTH` wide: findings, gravest first, then by row; beside them counts by rule.

    `people` are the names on 花名册 by row, `names` the letters of their column: by which the links find them.
    """
    ordered = sorted(findings, key=_place_in_list)
    lines = [_line(finding, people or {}, names) for finding in ordered]
    counts = _by_rule(findings)
    return [[*line, "", *(counts[n] if n < len(counts) else [""] * len(_COUNTS))] for n, line in enumerate(lines)]


def _place_in_list(finding: Finding) -> tuple[int, int, str, str]:
    return SEVERITY_ORDER[finding.severity], finding.row or 0, finding.column or "", finding.code


def _by_rule(findings: Sequence[Finding]) -> list[list[Cell]]:
    names = list(SEVERITY_NAMES.values())
    counts: Counter[tuple[int, str]] = Counter()
    for finding in findings:
        counts[SEVERITY_ORDER[finding.severity], finding.code] += finding.count
    return [[count, names[order], title(code)] for (order, code), count in sorted(counts.items())]


def _line(finding: Finding, people: Mapping[int, str], names: str) -> list[Cell]:
    name = finding.sheet or columns.ROSTER_SHEET
    row = finding.row or next(iter(finding.places), None)
    where = finding.cell if finding.row and finding.column else f"{finding.column}列" if finding.column else ""
    cell = f"{finding.column or 'A'}{row}"
    person = people.get(row or 0, "")[:60] if name == columns.ROSTER_SHEET else ""
    place: Cell = Link(name, cell, where or cell, person, names) if row else where
    return [
        place,
        SEVERITY_NAMES[finding.severity],
        finding.village,
        finding.household,
        person if finding.row and finding.name else finding.name,
        finding.header or ("" if name == columns.ROSTER_SHEET else name),
        finding.value or (f"{finding.count}处" if finding.count > 1 else ""),
        finding.problem,
        finding.remedy,
        finding.example,
        finding.article,
        finding.code,
    ]


def write(
    rows: Rows,
    book: Workbook,
    styles: Styles,
    findings: Sequence[Finding] | None,
    macros: bool,
    people: Mapping[int, str] | None = None,
    said: str = "",
) -> None:
    """Prepare the sheet and write the findings; None in a book that nobody has checked yet.

    `said` is the sentence above them, where it is not to be how many they are.
    """
    sheet = rows.sheet
    sheet.hide_gridlines(2)
    for n, (_, width, style) in enumerate(_ALL):
        sheet.set_column(n, n, width, styles[style])
    sheet.set_row(0, 30, styles["plain"])
    sheet.merge_range(0, 0, 0, LIST_WIDTH - 1, "花名册校验结果", styles["title"])
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L内部资料，注意保管&R第 &P 页，共 &N 页")
    sheet.ignore_errors(QUIET)
    sentence = said or (unchecked(macros) if findings is None else headline(findings))
    sheet.set_row(1, max(26, 18 * math.ceil(2 * len(sentence) / _SAID_WIDTH)), styles["plain"])
    sheet.merge_range(1, 0, 1, LIST_WIDTH - 1, sentence, styles["said"])
    for n, header in enumerate(HEADERS):
        if header:
            sheet.write_string(HEAD - 1, n, header, styles["head"])
    sheet.freeze_panes(HEAD, 1)
    sheet.repeat_rows(HEAD - 1)
    sheet.print_area(0, 0, max(HEAD - 1 + len(findings or ()), HEAD), LIST_WIDTH - 1)
    _prepare(sheet, book)
    if findings is None:
        return
    cells = [Cells(n, rows.texts, styles[style]) for n, (_, _, style) in enumerate(_ALL)]
    for n, row in enumerate(table(findings, people), TOP):
        words = (value.text if isinstance(value, Link) else str(value) for value in row[:LIST_WIDTH])
        needed = max(height(text, width) for text, (_, width, _) in zip(words, _FIELDS, strict=True))
        values = (Formula(value.formula, value.text) if isinstance(value, Link) else value for value in row)
        rows.add(n, [column[value] for column, value in zip(cells, values, strict=True)], needed)
    rows.end(WIDTH - 1, styles["plain"])
    if findings:
        sheet.autofilter(HEAD - 1, 0, HEAD - 1 + len(findings), LIST_WIDTH - 1)


def _prepare(sheet: Worksheet, book: Workbook) -> None:
    """Formats that go by what a row holds, so that the check in Excel writes values and formats nothing."""
    level, counted = f"$B{TOP}", f"${letter(LIST_WIDTH + 2)}{TOP}"
    line = {"border": 1, "border_color": LINE}
    area = (TOP - 1, 0, REACH - 1, 0)  # LibreOffice takes the first that holds, Excel all
    _when(sheet, book, area, f'{level}<>""', line | {"font_color": "#0563C1", "underline": 1})
    levels = (TOP - 1, 1, REACH - 1, 1)
    for name, look in ((SEVERITY_NAMES["error"], ERROR), (SEVERITY_NAMES["warning"], WARNING)):
        _when(sheet, book, levels, f'{level}="{name}"', line | look)
    rows = (TOP - 1, 1, REACH - 1, LIST_WIDTH - 1)
    _when(sheet, book, rows, f'{level}="{SEVERITY_NAMES["confirmed"]}"', line | {"font_color": FAINT})
    _when(sheet, book, rows, f'{level}<>""', line)
    _when(sheet, book, (TOP - 1, LIST_WIDTH + 1, REACH - 1, WIDTH - 1), f'{counted}<>""', line)
    cell = f"$A${SAID[0]}"
    top = (1, 0, 1, LIST_WIDTH - 1)
    _when(sheet, book, top, f'LEFT({cell},2)="0 "', {"bold": True, "font_color": GREEN})
    _when(sheet, book, top, f'ISNUMBER(FIND("改正后",{cell}))', {"bold": True, "font_color": RED})


def _when(
    sheet: Worksheet, book: Workbook, area: tuple[int, int, int, int], formula: str, style: dict[str, object]
) -> None:
    sheet.conditional_format(*area, {"type": "formula", "criteria": f"={formula}", "format": book.add_format(style)})
