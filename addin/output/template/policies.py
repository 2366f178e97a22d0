"""政策口径: rates, tiers, windows and every interpretation in force, with the notice's own sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from addin import amounts, checks
from addin.output.template.cells import put
from addin.output.template.style import SECTION_HEIGHT, Styles
from addin.policy import FEN, Policy, SchemeRules

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

_WIDTHS = (24, 12, 12, 12, 12, 26, 42, 12)
_LAST = len(_WIDTHS) - 1


def write(sheet: Worksheet, styles: Styles, policy: Policy) -> None:
    """Write the sheet."""
    sheet.hide_gridlines(2)
    for n, width in enumerate(_WIDTHS):
        sheet.set_column(n, n, width)
    sheet.set_row(0, 32)
    sheet.merge_range(0, 0, 0, _LAST, "政策口径", styles["title"])
    sheet.merge_range(1, 0, 1, _LAST, f"{policy.title}（{policy.id}，{policy.issued}）", styles["subtitle"])
    row = 2
    for amendment in policy.amendments:
        sheet.merge_range(row, 0, row, _LAST, f"已按{amendment.id}（{amendment.issued}）修改", styles["strong"])
        row += 1
    for words in policy.trial:
        sheet.merge_range(row, 0, row, _LAST, f"试算，非正式口径：{words}", styles["strong"])
        row += 1
    numbers = iter("一二三四五六")
    for rules in policy.schemes.values():
        row = (_tiers if rules.tiers else _standard)(sheet, styles, policy, rules, row + 1, next(numbers))
    if policy.groups:
        row = _groups(sheet, styles, policy, row + 1, next(numbers))
    row = _windows(sheet, styles, policy, row + 1, next(numbers))
    if policy.interpretations:
        row = _interpretations(sheet, styles, policy, row + 1, next(numbers))
    row = _off(sheet, styles, policy, row, next(numbers))
    covered = "大病保险不另收费；" if policy.mentions("大病保险") else ""
    sheet.write_string(row + 1, 0, f"{covered}本表不作报销核算。", styles["plain"])
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L{policy.id}&R第 &P 页，共 &N 页")


def _section(sheet: Worksheet, styles: Styles, row: int, text: str, titles: tuple[str, ...]) -> int:
    sheet.set_row(row, SECTION_HEIGHT)
    sheet.merge_range(row, 0, row, _LAST, text, styles["section"])
    for n, title in enumerate(titles):
        sheet.write_string(row + 1, n, title, styles["head"])
    return row + 2


def _standard(sheet: Worksheet, styles: Styles, policy: Policy, rules: SchemeRules, row: int, number: str) -> int:
    mark = "（初定，以省级文件为准）" if rules.standard.provisional else ""
    own = "".join(f"，{policy.categories[key].name}{fen / FEN:g}元" for key, fen in rules.standard.by_group.items())
    title = f"{number}、{rules.title}：个人缴费标准每人{rules.standard.fen / FEN:g}元{own}{mark}"
    row = _section(
        sheet,
        styles,
        row,
        title,
        ("人员类别", "窗口应收", "资助", "收后补助", "个人净负担", "出资与拨付", "依据", "条款"),
    )
    for name, held in amounts.cases(policy, rules.key):
        row = _rate(sheet, styles, policy, row, name, amounts.dues(policy, rules.key, held))
    return row


def _tiers(sheet: Worksheet, styles: Styles, policy: Policy, rules: SchemeRules, row: int, number: str) -> int:
    lowest, highest = rules.tiers[0], rules.tiers[-1]
    title = f"{number}、{rules.title}：{len(rules.tiers)}档，每年{lowest / FEN:g}元至{highest / FEN:g}元"
    titles = ("人员类别", "档次", "本人应缴", "代缴", "个人净负担", "出资与拨付", "依据", "条款")
    row = _section(sheet, styles, row, title, titles)
    tiers = f"档次（元/年）：{'、'.join(f'{tier / FEN:g}' for tier in rules.tiers)}"
    reading = policy.entries[f"{rules.key}.tiers"]
    for name, held in amounts.cases(policy, rules.key):
        open_to = amounts.open_tiers(policy, rules.key, held)
        for tier in dict.fromkeys((*open_to[:1], *open_to[-1:])):
            row = _rate(sheet, styles, policy, row, name, amounts.dues(policy, rules.key, held, tier), tier)
    _tall(sheet, row, tiers, 80)
    sheet.merge_range(row, 0, row, _LAST, tiers, styles["note"])
    row += 1
    if reading.to_be_confirmed:
        _tall(sheet, row, reading.reading, 80)
        sheet.merge_range(row, 0, row, _LAST, f"待核对：{reading.reading}", styles["note"])
        row += 1
    for limit, words in zip(rules.limits, policy.limits_in_words(rules), strict=True):
        row = _said(sheet, styles, policy, row, words, limit.entry)
    return row


def _said(sheet: Worksheet, styles: Styles, policy: Policy, row: int, words: str, name: str) -> int:
    """A line in words beside its sentence."""
    entry = policy.entries[name]
    _tall(sheet, row, entry.text, 20, words, 34)
    sheet.merge_range(row, 0, row, 5, words, styles["cell"])
    sheet.write_string(row, 6, f"“{entry.text}”", styles["cell"])
    sheet.write_string(row, 7, entry.article, styles["cell_middle"])
    return row + 1


def _rate(
    sheet: Worksheet, styles: Styles, policy: Policy, row: int, name: str, due: amounts.Dues, tier: int | None = None
) -> int:
    """One line of who pays what; yuan."""
    shares = "；".join(
        f"{share.funder}{share.fen / FEN:g}元，{share.department}{'划入本人账户' if share.to == 'person' else '拨至乡镇'}"
        for share in due.shares
    )
    entry = policy.entries[due.entry] if due.entry else None
    text = f"“{entry.text}”" + (f"（{entry.reading}）" if entry.reading else "") if entry else "全额自缴"
    figures = (due.cash, due.subsidy, due.refund, due.net) if tier is None else (tier, due.cash, due.subsidy, due.net)
    _tall(sheet, row, text, 20, shares, 12)
    sheet.write_string(row, 0, name, styles["cell"])
    for n, fen in enumerate(figures, 1):
        sheet.write_number(row, n, fen / FEN, styles["cell_money"])
    sheet.write_string(row, 5, shares or "无", styles["cell"])
    sheet.write_string(row, 6, text, styles["cell"])
    sheet.write_string(row, 7, entry.article if entry else "", styles["cell_middle"])
    return row + 1


def _windows(sheet: Worksheet, styles: Styles, policy: Policy, row: int, number: str) -> int:
    row = _section(
        sheet, styles, row, f"{number}、缴费期", ("险种", "收缴开始", "缴费期始", "缴费期末", "", "", "依据", "条款")
    )
    for key, rules in policy.schemes.items():
        entry = policy.entries[f"{key}.window"]
        _tall(sheet, row, entry.text, 20)
        sheet.write_string(row, 0, rules.title, styles["cell"])
        for n, day in enumerate((rules.season_start, rules.window.start, rules.window.end), 1):
            put(sheet, row, n, day, styles["cell_date"])
        sheet.merge_range(row, 4, row, 5, "以后缴费列为逾期，另行统计", styles["cell"])
        sheet.write_string(row, 6, f"“{entry.text}”", styles["cell"])
        sheet.write_string(row, 7, entry.article, styles["cell_middle"])
        row += 1
        names = [name for name in policy.entries if name.startswith((f"{key}.windows.", f"{key}.own_days."))]
        lines = [*(window.words for window in rules.windows), *rules.words_of_own_days]
        for name, words in zip(names, lines, strict=True):
            row = _said(sheet, styles, policy, row, words, name)
    return row


def _groups(sheet: Worksheet, styles: Styles, policy: Policy, row: int, number: str) -> int:
    """Who belongs to which group of people."""
    titles = ("哪些人", "", "", "", "", "", "依据", "条款")
    row = _section(sheet, styles, row, f"{number}、按年龄、在校情况分的人群（先列的先算）", titles)
    for group in policy.groups:
        row = _said(sheet, styles, policy, row, policy.group_in_words(group), f"group.{group.key}")
    return row


def _interpretations(sheet: Worksheet, styles: Styles, policy: Policy, row: int, number: str) -> int:
    sheet.set_row(row, SECTION_HEIGHT)
    sheet.merge_range(row, 0, row, _LAST, f"{number}、通知没有写明之处，本表的口径", styles["section"])
    row += 1
    sheet.write_string(row, 0, "问题", styles["head"])
    sheet.merge_range(row, 1, row, 5, "现行口径", styles["head"])
    sheet.write_string(row, 6, "其他理解", styles["head"])
    sheet.write_string(row, 7, "条款", styles["head"])
    row += 1
    for interpretation in policy.interpretations.values():
        others = "；".join(other.meaning for other in interpretation.alternatives)
        _tall(sheet, row, others, 20, interpretation.meaning, 36, interpretation.point, 11)
        sheet.write_string(row, 0, interpretation.point, styles["cell"])
        sheet.merge_range(row, 1, row, 5, interpretation.meaning, styles["cell"])
        sheet.write_string(row, 6, others, styles["cell"])
        sheet.write_string(row, 7, interpretation.article, styles["cell_middle"])
        row += 1
    return row


def _off(sheet: Worksheet, styles: Styles, policy: Policy, row: int, number: str) -> int:
    """The points that the notice leaves out: the checks that are off, and the usual choices."""
    lines = [f"不校验：{rule.code} {rule.title}" for rule in checks.off(policy)]
    lines += [f"按通常做法：{words}" for words in policy.usual]
    if not lines:
        return row
    row += 1
    sheet.set_row(row, SECTION_HEIGHT)
    sheet.merge_range(row, 0, row, _LAST, f"{number}、通知没有写的，不校验或按通常做法", styles["section"])
    for n, line in enumerate(lines, 1):
        sheet.merge_range(row + n, 0, row + n, _LAST, line, styles["cell"])
    return row + 1 + len(lines)


def _tall(sheet: Worksheet, row: int, *texts_and_widths: object) -> None:
    """Make a row high enough: texts and how many Chinese characters stand on a line (merged cells do not adjust)."""
    pairs = zip(texts_and_widths[::2], texts_and_widths[1::2], strict=True)
    lines = max(-(-len(str(text)) // int(str(width))) for text, width in pairs)
    sheet.set_row(row, 15 * max(lines, 1) + 4)
