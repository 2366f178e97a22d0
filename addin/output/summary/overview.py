"""总览: the key figures, decisions to take, and links to every other sheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from addin.columns import Scheme
from addin.district.records import STATUS_NAMES, Decision, UnitFigures
from addin.district.report import about_lists
from addin.output.rows import Formula
from addin.output.summary import attachment
from addin.output.summary.book import Book
from addin.output.summary.page import Column, Page, cell
from addin.output.summary.style import Link, Value

NAME = "总览"
_WIDTHS = (17, 12, 12, 12, 11, 12, 11, 14)
_FIGURES = (
    Column("险种", "middle"),
    Column("任务数（人）", "count"),
    Column("申报", "count"),
    Column("计入", "count"),
    Column("完成率", "rate"),
    Column("距任务数", "count"),
    Column("逾期", "count"),
    Column("含逾期完成率", "rate"),
)
_SAME = {
    "从未报送": "从未报送，计入为0",
    "已报未采用": "报来的花名册没有采用，原因见报送情况",
    "沿用上期": "本期未报，沿用上期的花名册（截止日期见报送情况）",
}
_NAMED = 3
"""Units named from the top and from the bottom of a ranking."""
_GROUPED = 3
"""Units of one kind of decision are named one by one up to here; more are one line."""


def write(book: Book) -> None:
    """Key figures, files by status, decisions, links."""
    district, policy = book.district, book.policy
    page = Page(book, NAME, f"{policy.district}城乡居民{policy.subject_in_full}征缴汇总", _WIDTHS, row_height=22)
    page.across(policy.title, "subtitle")
    page.section("主要数字")
    page.head([column.header for column in _FIGURES])
    for scheme in book.schemes:
        page.line(_FIGURES, [policy.schemes[scheme].name, *_figures(book, scheme)])
    page.notes(_remarks_on_figures(book))

    page.section("进展和排名")
    for scheme in book.schemes:
        page.across(_progress(book, scheme), "decision")
        page.across(_ranking(book, scheme), "decision")
    page.across(_reporting(book), "decision")

    page.section(f"需要决定或知悉（{len(district.decisions)}项）")
    if not district.decisions:
        page.notes(["没有。"])
    for words in _decisions(district.decisions):
        page.across(words, "decision")

    page.section("收到的工作簿")
    status = Counter(line.status for line in district.files)
    columns = [
        Column("处理", "middle"),
        *(Column(name, "count") for name in STATUS_NAMES.values()),
        Column("合计", "count"),
    ]
    page.head([column.header for column in columns])
    numbers: list[Value] = [status[key] for key in STATUS_NAMES]
    total = Formula(f"=SUM({cell(page.row, 1)}:{cell(page.row, len(numbers))})", sum(status.values()))
    page.line(columns, ["个数", *numbers, total])
    page.across(about_lists(district), "decision")

    page.section("各表")
    for name, about in book.sheets_about.items():
        if name != NAME:
            page.sheet.set_row(page.row, 20)
            page.sheet.merge_range(page.row, 1, page.row, len(_WIDTHS) - 1, "", book.styles.cell("text"))
            page.put(page.row, 0, Link(name, name), book.styles.cell("link"))
            page.put(page.row, 1, about, book.styles.cell("text"))
            page.row += 1


def _progress(book: Book, scheme: Scheme) -> str:
    """Change against the last day of reporting, people missing, days left."""
    district, rules, total = book.district, book.policy.schemes[scheme], book.district.totals(scheme)
    sentences = []
    days = [day for day in district.progress_days() if day <= (district.through or day)]
    if len(days) > 1:
        before, now = (district.counted_by(scheme, day) for day in days[-2:])
        points = 100 * (now - before) / total.quota if total.quota else 0
        sentences.append(f"{_day(days[-2])}以后新增{now - before:,}人，完成率提高{points:.2f}个百分点")
    gap = total.gap
    sentences.append(f"距目标任务差{gap:,}人" if gap > 0 else f"超目标任务{-gap:,}人" if gap else "正好完成目标任务")
    if district.through:
        left = (rules.last_day - district.through).days
        sentences.append(f"缴费期还剩{left}天" if left > 0 else "缴费期已结束")
    return f"{rules.name}：{'；'.join(sentences)}。"


def _ranking(book: Book, scheme: Scheme) -> str:
    """The first and the last three of those that have reported."""
    name, by_late = book.policy.schemes[scheme].name, book.policy.choice("rank_by") == "with_late"
    ranked = book.district.ranked(scheme)

    def named(units: Sequence[UnitFigures]) -> str:
        return "、".join(
            f"{unit.township}（{(unit.rate_with_late if by_late else unit.rate) or 0:.2%}）" for unit in units
        )

    if not any(unit.counted for unit in ranked):
        return f"{name}：各单位都还没有计入的人。"
    last = ranked[_NAMED:][-_NAMED:]
    return f"{name}前{_NAMED}名：{named(ranked[:_NAMED])}" + (f"；后{len(last)}名：{named(last)}。" if last else "。")


def _reporting(book: Book) -> str:
    """Who has not reported for this day, by state."""
    reported = book.district.reported
    states = [state for state in dict.fromkeys(unit.state for unit in reported) if state != "本期已报"]
    sentences = [f"本期已报{sum(unit.state == '本期已报' for unit in reported)}个单位，共{len(reported)}个"]
    for state in states:
        sentences.append(f"{state}：{'、'.join(unit.township for unit in reported if unit.state == state)}")
    return "；".join(sentences) + "。"


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"


def _figures(book: Book, scheme: Scheme) -> list[Value]:
    """The attachment's total line, by reference; the cached values are worked out from the figures."""
    own = book.district.totals(scheme)
    places = attachment.Places(book.policy.schemes[scheme].attachment)
    total, quota_row = book.totals[scheme]
    sheet = attachment.sheet_name(book.policy, scheme)
    figures = (
        (places.quota, quota_row, own.quota),
        (places.claimed, total, own.claimed),
        (places.counted, total, own.counted),
        (places.rate, total, own.rate),
        (places.gap, total, own.gap),
        (places.late, total, own.late),
        (places.with_late, total, own.rate_with_late),
    )
    return [Formula(f"='{sheet}'!{cell(row, column)}", value) for column, row, value in figures]


def _remarks_on_figures(book: Book) -> list[str]:
    """The basis and the gaps of the figures, for readers of this sheet only."""
    remarks = []
    for scheme in book.schemes:
        rules, units = book.policy.schemes[scheme], book.district.scheme_units(scheme)
        if names := list(rules.attachment.unlisted):
            apart = sum(unit.counted for unit in units if unit.township in names)
            remarks.append(
                f"{rules.name}：附件{rules.attachment.number}{rules.attachment.lacking}{'、'.join(names)}，该单位计入{apart:,}人不在上表内，"
                f"{book.policy.everywhere}计入{sum(unit.counted for unit in units):,}人。"
            )
        if difference := rules.attachment.printed_quota - rules.attachment.sum_quota:
            by = "各行之和" if book.policy.choice("printed_total") == "sum" else "印发的合计"
            remarks.append(
                f"{rules.name}：附件{rules.attachment.number}印发的合计与各行之和相差{difference:,}，完成率按{by}计算。"
            )
    return remarks


def _decisions(decisions: list[Decision]) -> list[str]:
    """The texts, those that only repeat for many units in one line."""
    units: dict[str, list[str]] = {}
    for decision in decisions:
        units.setdefault(decision.kind, []).append(decision.township)
    lines, grouped = [], set()
    for decision in decisions:
        names = units[decision.kind]
        if decision.kind in _SAME and len(names) > _GROUPED:
            if decision.kind not in grouped:
                lines.append(f"【{decision.kind}】{len(names)}个单位{_SAME[decision.kind]}：{'、'.join(names)}。")
            grouped.add(decision.kind)
        else:
            lines.append(f"【{decision.kind}】{decision.text}")
    return lines
