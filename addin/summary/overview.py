"""总览: the key figures, what a person must decide, and the way to every other sheet."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from addin.policy import SCHEMES
from addin.records import STATUS_NAMES
from addin.summary.page import Column, Page
from addin.summary.style import Link, Value

if TYPE_CHECKING:
    from addin.summary.book import Book

NAME = "总览"
_WIDTHS = (20, 14, 14, 14, 14, 14, 14, 16)
_FIGURES = (
    Column("险种"), Column("任务数（人）", "count"), Column("申报", "count"), Column("计入", "count"), Column("完成率", "rate"),
    Column("距任务数", "count"), Column("逾期", "count"), Column("含逾期完成率", "rate"),
)  # fmt: skip
_ABOUT = {
    "附件1 养老": "养老任务分解表：各单位计入、完成率、排名",
    "附件2 医保": "医保任务分解表：各单位计入、完成率、排名",
    "进度": "每半月累计计入人数",
    "困难人员参保": "困难人员应参保、已参保、参保率",
    "资助资金": "资助资金、各部门应拨、低保应退",
    "缴费对账": "应收、实收、多缴、少缴",
    "报送情况": "各单位报送状态，收到的每个文件",
    "问题清单": "按规则、按单位计数，逐处列出",
    "重复人员": "同一人多处参保，归属哪里",
    "口径说明": "通知未说清之处按哪种口径计算",
}


def write(book: Book) -> None:
    """Key figures, files by status, decisions, links."""
    district, policy = book.district, book.policy
    page = Page(book, NAME, f"{policy.district}城乡居民两险征缴汇总", _WIDTHS)
    page.across(policy.title, "subtitle")
    page.section("主要数字")
    page.head([column.header for column in _FIGURES])
    for scheme in reversed(SCHEMES):
        page.line(_FIGURES, [policy.schemes[scheme].name, *_figures(book, scheme)])

    page.section("工作簿")
    by_status = Counter(line.status for line in district.files)
    page.head(["处理", "个数"])
    for status, name in STATUS_NAMES.items():
        page.line([Column("处理"), Column("个数", "count")], [name, by_status[status]])

    page.section(f"需要决定或知悉（{len(district.decisions)}项）")
    if not district.decisions:
        page.notes(["没有。"])
    for decision in district.decisions:
        page.across(f"【{decision.kind}】{decision.text}", "decision")

    page.section("各表")
    for name in (name for name, _ in book.names if name != NAME):
        page.put(page.row, 0, Link(name, name), book.styles.cell("link"))
        page.put(page.row, 1, _ABOUT[name], book.styles.word("plain"))
        page.row += 1


def _figures(book: Book, scheme: str) -> list[Value]:
    attachment = book.policy.schemes[scheme].attachment  # type: ignore[index]
    units = book.district.units[book.district.units["scheme"] == scheme]
    listed = units[units["quota"].notna()]
    quota = attachment.sum_quota if book.policy.choice("printed_total") == "sum" else attachment.printed_quota
    counted, late = int(listed["counted"].sum()), int(listed["late"].sum())
    return [
        quota,
        int(listed["claimed"].sum()),
        counted,
        counted / quota,
        quota - counted,
        late,
        (counted + late) / quota,
    ]
