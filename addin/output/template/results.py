"""校验结果: counts by rule, then every finding with a link to its cell; and what stands beside a row on 花名册.

In: findings whose rows and letters are those of the sheet that is written. Out: plain rows of values (`table`), which a
new file and the check in Excel both put in the same place, and a sheet prepared for them: formats of whole columns, and
conditional formats that know headings from lines. So the check in Excel writes values in one go and formats nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from addin import columns
from addin.columns import LETTERS
from addin.columns import WIDTH as ROSTER_WIDTH
from addin.findings import SEVERITY_NAMES, SEVERITY_ORDER, Finding, Severity, count_by_severity, title
from addin.output.template.cells import height
from addin.output.template.style import BLUE, GREEN, LIGHT_BLUE, LINE, RED, Styles

SIGNS: dict[Severity, str] = {"error": "E", "warning": "W", "info": "I"}
NO_SIGN = "."
CLEAN = "0 个错误，可以上报"
LONGEST = 240
"""Characters of 问题说明; who needs more has the list."""
SAID, TOP = (2, 1), 4
"""Where the sentence stands (row, column), and the first row of the table below it."""
REACH = 200_000
"""The last row that the conditional formats take in."""

_FIELDS = (
    ("位置", 11, "list_link"),
    ("行", 7, "list_middle"),
    ("栏目", 17, "list_text"),
    ("户号", 10, "list_line"),
    ("姓名", 9, "list_code"),
    ("级别", 7, "list_middle"),
    ("代码", 7, "list_code"),
    ("现值", 20, "list_text"),
    ("问题", 44, "list_text"),
    ("怎么改", 40, "list_text"),
    ("正确示例", 22, "list_right"),
    ("条款", 10, "list_code"),
)
_RULE_FIELDS = ("数量", "级别", "代码", "问题")
"""Over the first columns of the list; the problem's name runs on over the empty cells to its right."""
WIDTH = len(_FIELDS)
AS_TEXT = (3, WIDTH)
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
        """What the cell holds; nothing of it was typed by anybody but the sheet's name and the person's."""
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
"""What a link says that no longer meets its person."""

Cell = str | int | Link


def beside(findings: Iterable[Finding]) -> dict[int, dict[str, str]]:
    """问题说明 and 标记 by sheet row: problems in words, errors first; one sign for each of the sheet's columns, the worst one."""
    texts: dict[int, list[tuple[int, str]]] = {}
    signs: dict[int, list[str]] = {}
    for finding in findings:
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
        row: {"problems": _joined(said), "marks": "".join(signs.get(row, ())).rstrip(NO_SIGN)}
        for row, said in texts.items()
    }


def _number(letters: str) -> int:
    """The 1-based number of a column.

    >>> _number("A"), _number("AJ")
    (1, 36)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _joined(said: list[tuple[int, str]]) -> str:
    ordered = [text for _, text in sorted(said, key=lambda one: one[0])]
    whole = ordered[0] if len(ordered) == 1 else "".join(f"{n}. {text}" for n, text in enumerate(ordered, 1))
    return whole if len(whole) <= LONGEST else f"{whole[: LONGEST - 9]}……见“校验结果”"


def headline(findings: Iterable[Finding]) -> str:
    """How many problems there are, in one sentence."""
    counts = count_by_severity(findings)
    said = CLEAN if not counts["error"] else f"{counts['error']} 个错误，改正后再上报"
    return f"{said}；警告 {counts['warning']} 个，提示 {counts['info']} 个"


def unchecked(macros: bool) -> str:
    """What the sheet says before anybody has checked; `macros`: the book has a ribbon of its own."""
    how = "在功能区“两险征缴”中点“校验花名册”" if macros else "装有“两险征缴”加载项的，点“校验花名册”"
    return f"还没有校验。{how}，结果显示在这里；没有装程序的也可以上报，由区里汇总时校验。"


def table(
    findings: Sequence[Finding], people: Mapping[int, str] | None = None, names: str = LETTERS["name"]
) -> list[list[Cell]]:
    """The rows from `TOP` on, all `WIDTH` wide: counts by rule, then a line for each finding.

    `people` are the names on 花名册 by row, `names` the letters of their column: what the links hold on to.
    """
    rows: list[list[Cell]] = []
    if findings:
        rows += [["按问题汇总"], [*_RULE_FIELDS], *_by_rule(findings), []]
    rows += [
        ["逐条清单（点“位置”跳到单元格）"],
        [title for title, _, _ in _FIELDS],
        *(_line(one, people or {}, names) for one in findings),
    ]
    return [row + [""] * (WIDTH - len(row)) for row in rows]


def list_head(rows: Sequence[Sequence[Cell]]) -> int:
    """Where in a `table` the list's own header stands (0-based)."""
    return next(n for n, row in enumerate(rows) if row[0] == _FIELDS[0][0])


def _by_rule(findings: Sequence[Finding]) -> list[list[Cell]]:
    names = list(SEVERITY_NAMES.values())
    counts: Counter[tuple[int, str]] = Counter()
    for finding in findings:
        counts[SEVERITY_ORDER[finding.severity], finding.code] += finding.count
    return [[count, names[order], code, title(code)] for (order, code), count in sorted(counts.items())]


def _line(finding: Finding, people: Mapping[int, str], names: str) -> list[Cell]:
    name = finding.sheet or columns.ROSTER_SHEET
    row = finding.row or next(iter(finding.places), None)
    where = finding.cell if finding.row and finding.column else f"{finding.column}列" if finding.column else ""
    cell = f"{finding.column or 'A'}{row}"
    person = people.get(row or 0, "")[:60] if name == columns.ROSTER_SHEET else ""
    place: Cell = Link(name, cell, where or cell, person, names) if row else where
    count = f"{finding.count}处" if finding.count > 1 else ""
    return [
        place,
        finding.row or count,
        finding.header or ("" if name == columns.ROSTER_SHEET else name),
        finding.household,
        finding.name,
        SEVERITY_NAMES[finding.severity],
        finding.code,
        finding.value,
        finding.problem,
        finding.remedy,
        finding.example,
        finding.article,
    ]


def write(
    sheet: Any,
    book: Any,
    styles: Styles,
    findings: Sequence[Finding] | None,
    macros: bool,
    people: Mapping[int, str] | None = None,
) -> None:
    """Prepare the sheet and write the findings; None in a book that nobody has checked yet."""
    sheet.hide_gridlines(2)
    for n, (_, width, style) in enumerate(_FIELDS):
        sheet.set_column(n, n, width, styles[style])
    last = WIDTH - 1
    sheet.set_row(0, 30, styles["plain"])
    sheet.merge_range(0, 0, 0, last, "花名册校验结果", styles["title"])
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L内部资料，注意保管&R第 &P 页，共 &N 页")
    sheet.ignore_errors({"number_stored_as_text": f"A1:{chr(ord('A') + last)}{REACH}"})
    sheet.set_row(1, 26, styles["plain"])
    sheet.merge_range(1, 0, 1, last, unchecked(macros) if findings is None else headline(findings), styles["said"])
    _prepare(sheet, book)
    if findings is None:
        return
    rows = table(findings, people)
    head = TOP - 1 + list_head(rows)
    for n, row in enumerate(rows, TOP - 1):
        if n > head:
            words = (value.text if isinstance(value, Link) else str(value) for value in row)
            sheet.set_row(n, max(height(text, width) for text, (_, width, _) in zip(words, _FIELDS, strict=True)))
        for column, (value, (_, _, style)) in enumerate(zip(row, _FIELDS, strict=True)):
            if isinstance(value, Link):
                sheet.write_formula(n, column, value.formula, styles[style], value.text)
            elif isinstance(value, int):
                sheet.write_number(n, column, value, styles[style])
            elif value:
                sheet.write_string(n, column, value, styles[style])
    if findings:
        sheet.autofilter(head, 0, head + len(findings), last)
    sheet.repeat_rows(head)


def _prepare(sheet: Any, book: Any) -> None:
    """Formats that go by what a row holds: a heading has nothing beside it, only a finding has a severity."""
    severity = chr(ord("A") + [title for title, _, _ in _FIELDS].index("级别"))
    a, f = f"$A{TOP}", f"${severity}{TOP}"
    listed, counted = (f'{a}="{fields}"' for fields in (_FIELDS[0][0], _RULE_FIELDS[0]))
    head = f"OR({listed},{counted})"
    header = {"bold": True, "bg_color": LIGHT_BLUE, "border": 1, "border_color": LINE, "font_color": "#000000"}
    line = {"border": 1, "border_color": LINE}
    formats: tuple[tuple[str, dict[str, Any], int], ...] = (  # LibreOffice takes the first that holds, Excel all
        (f'AND({f}<>"",NOT({head}))', line | {"font_color": "#0563C1", "underline": 1}, 1),
        (listed, header, WIDTH),
        (counted, {"bold": True, "bg_color": LIGHT_BLUE, "bottom": 1, "bottom_color": LINE}, 9),
        (f'AND({f}<>"",NOT({head}))', line, WIDTH),
        (f'AND({a}<>"",$B{TOP}="",{f}="")', {"bold": True, "font_color": BLUE}, 4),
        (f'AND($B{TOP}<>"",{f}="",NOT({head}))', {"bottom": 1, "bottom_color": LINE}, 9),
    )
    for formula, style, width in formats:
        _when(sheet, book, (TOP - 1, 0, REACH - 1, width - 1), formula, style)
    said = f"$A${SAID[0]}"
    _when(sheet, book, (1, 0, 1, WIDTH - 1), f'LEFT({said},2)="0 "', {"bold": True, "font_color": GREEN})
    _when(
        sheet, book, (1, 0, 1, WIDTH - 1), f'ISNUMBER(FIND("改正后再上报",{said}))', {"bold": True, "font_color": RED}
    )


def _when(sheet: Any, book: Any, area: tuple[int, int, int, int], formula: str, style: dict[str, Any]) -> None:
    sheet.conditional_format(*area, {"type": "formula", "criteria": f"={formula}", "format": book.add_format(style)})
