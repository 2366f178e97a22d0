"""资助资金 and 缴费对账: who has to transfer what to whom, 二, 三(六), and whether the money collected is what was due.

Amounts come as fen and are yuan on the sheets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from addin import checks
from addin.columns import Scheme
from addin.district.records import LISTED_MONEY, FundingLine, Listing, PaymentLine
from addin.findings import title
from addin.output.rows import Formula
from addin.output.summary.book import Book
from addin.output.summary.page import REMARK, Column, Page, cell, span
from addin.output.summary.style import Value
from addin.policy import FEN
from addin.registers import BY_LIST, NOT_ENROLLED, NOT_LISTED, NOWHERE, OTHER_AMOUNT, OTHER_DAY

FUNDING, CASH = "资助资金", "缴费对账"
_NO_LIST = "未提供名单"
_AMOUNTS = (
    Column("申报人数", "count"),
    Column("申报应拨（元）", "money"),
    Column("计入人数", "count"),
    Column("计入应拨（元）", "money"),
)
_WHAT = ("claimed_persons", "claimed_fen", "persons", "fen")
_FUNDING_WIDTHS = (24, 6, 21, 17, 13, 11, 15, 11, 15, 18)
_BY_DEPARTMENT = (
    Column("拨付部门"),
    Column("险种", "middle"),
    Column("类别"),
    Column("出资方"),
    Column("名单应拨", "middle"),
    *_AMOUNTS,
)
_TRANSFERS = (
    Column("拨付部门"),
    Column("险种", "middle"),
    Column("包含类别", "long"),
    Column("单位"),
    Column("名单应拨", "middle"),
    *_AMOUNTS,
    Column(REMARK, "remark"),
)
_REFUNDS = (
    Column("拨付部门"),
    Column("险种", "middle"),
    Column("类别"),
    Column("单位"),
    Column("名单应退", "middle"),
    Column("申报人数", "count"),
    Column("申报应退（元）", "money"),
    Column("计入人数", "count"),
    Column("计入应退（元）", "money"),
    Column(REMARK, "remark"),
)
_DETAIL = (
    Column("单位"),
    Column("险种", "middle"),
    Column("类别"),
    Column("出资方"),
    Column("拨给", "middle"),
    *_AMOUNTS,
)
_STAKE = (
    Column("单位"),
    Column("险种", "middle"),
    Column("情形", "long"),
    Column("按名单（元）", "money"),
    Column("按花名册（元）", "money"),
    Column("人数", "count"),
    Column("差额（元）", "money"),
    Column("代码", "middle"),
)
_WITHOUT_LISTS = "名单应拨须有各部门的对象名单，尚未提供；申报应拨按花名册本次参保的困难人员，计入应拨按其中已计入者。"
_TO = {"township": "乡镇", "person": "本人"}

_CASH = (
    Column("险种", "middle"),
    Column("单位"),
    Column("应收", "money"),
    Column("实收", "money"),
    Column("多缴", "money"),
    Column("少缴", "money"),
    Column("应收不明的实收", "money"),
    Column("核对", "middle"),
    Column("待补差", "money"),
    Column("待退差", "money"),
    Column(REMARK, "remark"),
)
_CASH_WIDTHS = (6, 17, 15, 15, 12, 12, 14, 8, 12, 12, 18)

_PAYMENTS = (
    Column("险种", "middle"),
    Column("单位"),
    Column("名单缴费（元）", "money"),
    Column("花名册实收（元）", "money"),
    Column("差额（元）", "money"),
    Column("只在名单\n（人）", "count"),
    Column("只在花名册\n（人）", "count"),
    Column("金额不符\n（人）", "count"),
    Column("日期不同\n（人）", "count"),
    Column("不是本次参保\n（人）", "count"),
    Column("不在花名册\n（人）", "count"),
)
_DIFFERENCES = (BY_LIST, NOT_LISTED, OTHER_AMOUNT, OTHER_DAY, NOT_ENROLLED, NOWHERE)
"""The codes behind the last six columns."""

Lines = Sequence[FundingLine]


def write_funding(book: Book) -> None:
    """The district by department; the transfers to units; refunds to persons apart; then all by unit and funder."""
    page = Page(book, FUNDING, f"{book.policy.district}困难人员参保资助资金", _FUNDING_WIDTHS, landscape=True)
    lines = book.district.funding
    names = {scheme: book.policy.schemes[scheme].name for scheme in book.policy.schemes}
    given = book.district.lists
    listing = given if given and given.covered else None  # payments or employees alone say nothing of subsidies
    refunded = _refunded(book)
    apart = [f"{refunded}先征后补：应退本人的另列，不在拨给乡镇的数内。"] if refunded else []
    unsure = [decision.text for decision in listing.decisions if decision.kind == LISTED_MONEY] if listing else []
    page.notes([_about_lists(book) if listing else _WITHOUT_LISTS, *unsure, *apart])
    township = [line for line in lines if line.to == "township"]

    page.section(f"一、各部门应拨给乡镇、街道（{book.policy.everywhere}）")
    rows: list[list[Value]] = []
    departments = [name for name in book.policy.departments if any(line.department == name for line in township)]
    for department in departments:
        own = [line for line in township if line.department == department]
        for scheme, category in dict.fromkeys((line.scheme, line.category) for line in own):
            these = [line for line in own if (line.scheme, line.category) == (scheme, category)]
            funders = "、".join(dict.fromkeys(line.funder for line in these))
            rows.append([department, names[scheme], category, funders, _listed(these, listing), *_amounts(these)])
    _table(page, _of_lists(_BY_DEPARTMENT, listing), rows)

    page.section("二、拨付清单（各部门拨给各单位）")
    short = {
        category.name: category.short for category in book.policy.categories.values()
    }  # long names cost three lines
    rows = []
    for department in departments:
        own = [line for line in township if line.department == department]
        for scheme, unit in dict.fromkeys((line.scheme, line.township) for line in own):
            these = [line for line in own if (line.scheme, line.township) == (scheme, unit)]
            remark = page.remark(f"{names[scheme]} {department} {unit}")
            categories = "、".join(dict.fromkeys(short[line.category] for line in these))
            rows.append(
                [department, names[scheme], categories, unit, _listed(these, listing), *_amounts(these), remark]
            )
    _table(page, _of_lists(_TRANSFERS, listing), rows)

    page.section(f"三、{refunded or '个人'}应退（缴费后补入本人账户）")
    rows = []
    person = [line for line in lines if line.to == "person"]
    refunds: dict[tuple[str, Scheme, str, str], list[FundingLine]] = {}
    for line in person:
        refunds.setdefault((line.department, line.scheme, line.category, line.township), []).append(line)
    for (department, scheme, category, unit), these in refunds.items():
        remark = page.remark(f"{category} {names[scheme]} {department} {unit}")
        rows.append([department, names[scheme], category, unit, _listed(these, listing), *_amounts(these), remark])
    _table(page, _of_lists(_REFUNDS, listing), rows)

    page.section("四、按单位、类别、出资方")
    rows = [
        [line.township, names[line.scheme], line.category, line.funder, _TO[line.to], *_amounts([line])]
        for line in lines
    ]
    _table(page, _DETAIL, rows, people=False)
    page.notes(["一人由两方出资的，两行都列，人数不能相加，故本表不列人数合计。"])
    if listing is not None:
        _stake(page, listing, names)


def _refunded(book: Book) -> str:
    """Who pays in full and is given the subsidy afterwards, in words; '' where the notice has nobody."""
    return "、".join(category.short for category in book.policy.refunded)


def _about_lists(book: Book) -> str:
    pension = ""
    if "pension" in book.policy.schemes:
        first, last = checks.age_limits(book.policy)
        pension = f"（养老限年满{first}、未满{last}周岁，按最低档）"
    return (
        f"名单应拨按填报截止日在部门名单上的人{pension}，名单没有的类别写“{_NO_LIST}”；"
        "申报应拨按花名册自填的类别，计入应拨按名单核定的类别。"
    )


def _listed(lines: Lines, listing: Listing | None) -> Value:
    """名单应拨 in yuan; in words where no list is about any of the categories."""
    if listing is None or not any(line.category in listing.covered for line in lines):
        return _NO_LIST
    return float(sum(line.listed_fen for line in lines) / FEN)


def _of_lists(columns: Sequence[Column], listing: Listing | None) -> Sequence[Column]:
    """The columns with that of the lists in yuan, where lists were given."""
    if listing is None:
        return columns
    return [replace(column, kind="money") if column.header.startswith("名单") else column for column in columns]


def _stake(page: Page, listing: Listing, names: Mapping[Scheme, str]) -> None:
    """The people on whom lists and rosters differ, and the money on either side."""
    page.section("五、名单与花名册不符涉及的资助（按单位）")
    page.head([column.header for column in _STAKE])
    first = page.row
    for line in listing.differences:
        listed, claimed = line.listed_fen / FEN, line.claimed_fen / FEN
        page.line(
            _STAKE,
            [
                line.township or "未注明单位",
                names[line.scheme],
                title(line.code),
                listed,
                claimed,
                line.persons,
                _difference(page.row, listed - claimed),
                line.code,
            ],
        )
    last = page.row - 1
    if last < first:
        page.notes(["没有。"])
        return
    listed = sum(line.listed_fen for line in listing.differences) / FEN
    claimed = sum(line.claimed_fen for line in listing.differences) / FEN
    sums = [Formula(f"=SUM({span(n, first, last)})", float(value)) for n, value in ((3, listed), (4, claimed))]
    page.line(_STAKE, ["合计", None, None, *sums, None, _difference(page.row, listed - claimed), None], "total")


def _difference(row: int, value: float) -> Formula:
    return Formula(f"={cell(row, 3)}-{cell(row, 4)}", float(value))


def _amounts(lines: Lines) -> list[Value]:
    """People and yuan, claimed and counted. Somebody whom two funders pay for is one person."""
    values: list[Value] = []
    for what in _WHAT:
        if what.endswith("fen"):
            values.append(sum(getattr(line, what) for line in lines) / FEN)
        else:
            people: dict[tuple[str, str, str], int] = {}
            for line in lines:
                key = line.township, line.scheme, line.category
                people[key] = max(people.get(key, 0), getattr(line, what))
            values.append(sum(people.values()))
    return values


def _table(page: Page, columns: Sequence[Column], rows: list[list[Value]], *, people: bool = True) -> None:
    """Lines and their total; the columns of amounts are the same four everywhere."""
    page.head([column.header for column in columns])
    if not rows:
        page.notes(["没有。"])
        return
    first = page.row
    for row in rows:
        page.line(columns, row)
    last = page.row - 1
    totals: list[Value] = []
    for n in range(5, 9):
        total = sum(value for row in rows if isinstance(value := row[n], (int, float)))
        counted = n % 2 == 1
        totals.append(None if counted and not people else Formula(f"=SUM({span(n, first, last)})", round(total, 2)))
    by_list = [value for row in rows if isinstance(value := row[4], float)]
    listed = Formula(f"=SUM({span(4, first, last)})", round(sum(by_list), 2)) if by_list else None
    page.line(columns, ["合计", *[None] * 3, listed, *totals, *[None] * (len(columns) - 9)], "total")


def write_cash(book: Book) -> None:
    """A table a scheme, with the identity checked on the sheet."""
    page = Page(book, CASH, f"{book.policy.district}缴费对账", _CASH_WIDTHS, landscape=True)
    refunded = _refunded(book)
    in_full = f"（{refunded}先收全额）" if refunded else ""
    listing = book.district.lists if book.district.lists and book.district.lists.payments else None
    page.notes(
        [
            f"实收＝应收＋多缴＋应收不明的实收－少缴。应收为窗口现收数{in_full}，不含重复参保中不归属的行，不含类别或档次看不明的行。",
            "待补差、待退差：缴费标准改定之前缴足者与新标准的差额，不在上面的等式内。",
            *(["实收以税务缴费名单为准；名单与花名册的核对在本页最后。"] if listing else []),
        ]
    )
    keys = ("due", "collected", "over", "short", "unclear")
    for n, scheme in enumerate(book.schemes):
        if n:
            page.break_here()
        name = book.policy.schemes[scheme].name
        page.section(f"{name}（元）")
        page.head([column.header for column in _CASH])
        first = page.row
        own = [line for line in book.district.cash if line.scheme == scheme]
        for line in own:
            amounts = [getattr(line, key) / FEN for key in keys]
            after = [line.catch_up / FEN, line.give_back / FEN]
            page.line(
                _CASH,
                [
                    name,
                    line.township,
                    *amounts,
                    _balance(page.row),
                    *after,
                    page.remark(f"{name} {line.township}"),
                ],
            )
        last = page.row - 1
        sums = {
            key: Formula(f"=SUM({span(column, first, last)})", sum(getattr(line, key) for line in own) / FEN)
            for column, key in (*enumerate(keys, 2), (8, "catch_up"), (9, "give_back"))
        }
        page.line(
            _CASH,
            [
                name,
                "合计",
                *(sums[key] for key in keys),
                _balance(page.row),
                sums["catch_up"],
                sums["give_back"],
                page.remark(f"{name} 合计"),
            ],
            "total",
        )
    if listing:
        _payments(page, book, listing)


def _payments(page: Page, book: Book, listing: Listing) -> None:
    """The tax office's list beside the rosters, by scheme and unit."""
    page.break_here()
    page.section("税务缴费名单与花名册核对")
    page.notes(
        [
            "名单上有本次参保的人的，实收、缴费日期一律按名单，不用票据；名单上没有的按花名册和票据。上面各表、附件、进度、通报、台账同此。",
            "差额＝名单缴费－花名册实收，逐人的不符见问题清单（代码931至936）；花名册未填实收的就是“只在名单”，已按名单计为已缴。",
        ]
    )
    page.head([column.header for column in _PAYMENTS])
    first = page.row
    places: dict[tuple[Scheme, str], list[PaymentLine]] = {}
    for line in listing.payments:
        places.setdefault((line.scheme, line.township), []).append(line)
    totals = [0.0] * 2 + [0.0] * len(_DIFFERENCES)
    for (scheme, township), lines in places.items():
        people = {line.code: line.persons for line in lines}
        values = [sum(line.listed_fen for line in lines) / FEN, sum(line.own_fen for line in lines) / FEN]
        counts = [people.get(code, 0) for code in _DIFFERENCES]
        totals = [total + value for total, value in zip(totals, [*values, *counts], strict=True)]
        name = book.policy.schemes[scheme].name
        difference = Formula(f"={cell(page.row, 2)}-{cell(page.row, 3)}", round(values[0] - values[1], 2))
        page.line(_PAYMENTS, [name, township or "未注明单位", *values, difference, *(n or None for n in counts)])
    last = page.row - 1
    sums = [
        Formula(f"=SUM({span(column, first, last)})", round(value, 2))
        for column, value in zip((2, 3, *range(5, 11)), totals, strict=True)
    ]
    difference = Formula(f"={cell(page.row, 2)}-{cell(page.row, 3)}", round(totals[0] - totals[1], 2))
    page.line(_PAYMENTS, ["合计", None, *sums[:2], difference, *sums[2:]], "total")


def _balance(row: int) -> Formula:
    """Reconciled before writing, so the cached answer is the only one it can have."""
    due, collected, over, short, unclear = (cell(row, column) for column in range(2, 7))
    return Formula(f'=IF(ABS({due}+{over}+{unclear}-{short}-{collected})<0.005,"平","不平")', "平")
