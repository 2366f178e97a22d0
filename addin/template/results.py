"""校验结果: counts by rule, then every finding with a link to its cell; and what stands beside a row on 花名册.

In: findings whose rows and letters are those of the sheet that is written. The check in Excel writes the same texts
into the same places (`beside`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from addin import checks, columns
from addin.columns import COLUMNS
from addin.records import SEVERITY_NAMES, Finding, Severity
from addin.template.cells import height
from addin.template.layout import LETTERS
from addin.template.style import SECTION_HEIGHT, Styles

SIGNS: dict[Severity, str] = {"error": "E", "warning": "W", "info": "I"}
NO_SIGN = "."
CLEAN = "0 个错误，可以上报"
MOST_LINKS = 60_000
"""Excel keeps at most 65,530 links on a sheet."""
LONGEST = 240
"""Characters of 问题说明; who needs more has the list."""

_FIELDS = (
    ("位置", 11, "link"), ("行", 7, "cell_middle"), ("栏目", 17, "cell"), ("户号", 10, "cell_text"), ("姓名", 9, "cell_middle"),
    ("级别", 7, "cell_middle"), ("代码", 7, "cell_middle"), ("现值", 20, "cell"), ("问题", 44, "cell"), ("怎么改", 40, "cell"),
    ("正确示例", 22, "cell_right"), ("条款", 10, "cell_middle"),
)  # fmt: skip
_RULE_FIELDS = ("代码", "级别", "数量")
_ORDER = {severity: n for n, severity in enumerate(SIGNS)}


def beside(findings: Iterable[Finding]) -> dict[int, dict[str, str]]:
    """问题说明 and 标记 by sheet row: problems in words, errors first; one sign for each column, the worst one."""
    letters = {letter: n for n, letter in enumerate(LETTERS.values())}
    texts: dict[int, list[tuple[int, str]]] = {}
    signs: dict[int, list[str]] = {}
    for finding in findings:
        place = letters.get(finding.column or "")
        for row in finding.places or ((finding.row,) if finding.row else ()):
            texts.setdefault(row, []).append((_ORDER[finding.severity], f"{finding.problem}{finding.remedy}"))
            if place is not None:
                line = signs.setdefault(row, [NO_SIGN] * len(COLUMNS))
                held = next((s for s, sign in SIGNS.items() if sign == line[place]), None)
                if held is None or _ORDER[finding.severity] < _ORDER[held]:
                    line[place] = SIGNS[finding.severity]
    return {
        row: {"problems": _joined(said), "marks": "".join(signs.get(row, ())).rstrip(NO_SIGN)}
        for row, said in texts.items()
    }


def _joined(said: list[tuple[int, str]]) -> str:
    ordered = [text for _, text in sorted(said, key=lambda one: one[0])]
    whole = ordered[0] if len(ordered) == 1 else "".join(f"{n}. {text}" for n, text in enumerate(ordered, 1))
    return whole if len(whole) <= LONGEST else f"{whole[: LONGEST - 9]}……见“校验结果”"


def write(sheet: Any, styles: Styles, findings: Sequence[Finding] | None, macros: bool) -> None:
    """Write the sheet; `findings` is None in a book that nobody has checked yet, `macros` where it has a ribbon."""
    sheet.hide_gridlines(2)
    for n, (_, width, _) in enumerate(_FIELDS):
        sheet.set_column(n, n, width)
    last = len(_FIELDS) - 1
    sheet.set_row(0, 30)
    sheet.merge_range(0, 0, 0, last, "花名册校验结果", styles["title"])
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L内部资料，注意保管&R第 &P 页，共 &N 页")
    if findings is None:
        how = "在功能区“两险征缴”中点“校验花名册”" if macros else "装有“两险征缴”加载项的，点“校验花名册”"
        said = f"还没有校验。{how}，结果显示在这里；没有装程序的也可以上报，由区里汇总时校验。"
        sheet.merge_range(1, 0, 1, last, said, styles["subtitle"])
        return
    counts = Counter[Severity]()
    for finding in findings:
        counts[finding.severity] += finding.count
    said = CLEAN if not counts["error"] else f"{counts['error']} 个错误，改正后再上报"
    said += f"；警告 {counts['warning']} 个，提示 {counts['info']} 个"
    sheet.set_row(1, 26)
    sheet.merge_range(1, 0, 1, last, said, styles["bad" if counts["error"] else "fine"])
    row = _by_rule(sheet, styles, findings, 3) + 1 if findings else 3
    sheet.set_row(row, SECTION_HEIGHT)
    sheet.merge_range(row, 0, row, last, "逐条清单（点“位置”跳到单元格）", styles["section"])
    head = row + 1
    for n, (title, _, _) in enumerate(_FIELDS):
        sheet.write_string(head, n, title, styles["head"])
    for line, finding in enumerate(findings, head + 1):
        _line(sheet, styles, line, finding, linked=line - head <= MOST_LINKS)
    if findings:
        sheet.autofilter(head, 0, head + len(findings), last)
    sheet.repeat_rows(head)


def _by_rule(sheet: Any, styles: Styles, findings: Sequence[Finding], row: int) -> int:
    """Counts by rule; gives the next free row."""
    last = len(_FIELDS) - 1
    titles = checks.titles()
    counts: Counter[tuple[int, str, str]] = Counter()
    for finding in findings:
        title = titles.get(finding.code) or finding.header or finding.problem
        counts[_ORDER[finding.severity], finding.code, title] += finding.count
    sheet.set_row(row, SECTION_HEIGHT)
    sheet.merge_range(row, 0, row, last, "按问题汇总", styles["section"])
    for n, title in enumerate(_RULE_FIELDS):
        sheet.write_string(row + 1, n, title, styles["head"])
    sheet.merge_range(row + 1, len(_RULE_FIELDS), row + 1, 8, "问题", styles["head"])
    row += 2
    names = list(SEVERITY_NAMES.values())
    for (order, code, title), count in sorted(counts.items()):
        sheet.write_string(row, 0, code, styles["cell_middle"])
        sheet.write_string(row, 1, names[order], styles["cell_middle"])
        sheet.write_number(row, 2, count, styles["cell_count"])
        sheet.merge_range(row, 3, row, 8, title, styles["cell"])
        row += 1
    return row


def _line(sheet: Any, styles: Styles, row: int, finding: Finding, *, linked: bool) -> None:
    where = f"{finding.column or 'A'}{finding.row}" if finding.row else f"{finding.column}列" if finding.column else ""
    name = finding.sheet or columns.ROSTER_SHEET
    count = f"{finding.count}处" if finding.count > 1 else ""
    texts = (
        str(finding.row) if finding.row else count, finding.header or ("" if name == columns.ROSTER_SHEET else name), finding.household,
        finding.name, SEVERITY_NAMES[finding.severity], finding.code, finding.value, finding.problem, finding.remedy,
        finding.example, finding.article,
    )  # fmt: skip
    sheet.set_row(row, max(height(text, _FIELDS[n][1]) for n, text in enumerate(texts, 1)))
    if finding.row and linked:
        sheet.write_url(row, 0, f"internal:'{name}'!{where}", styles["link"], where)
    else:
        sheet.write_string(row, 0, where, styles["cell_middle"])
    for n, text in enumerate(texts, 1):
        if text:
            sheet.write_string(row, n, text, styles[_FIELDS[n][2]])
        else:
            sheet.write_blank(row, n, None, styles[_FIELDS[n][2]])
