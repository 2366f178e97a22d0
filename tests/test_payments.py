"""The tax office's list of payments held against rosters, both ways, and every figure on that basis."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import docx
import jsonschema
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from addin import registers, run
from addin.output import template
from addin.registers import payments
from addin.registers.read import from_sheets
from tests.support.command import liangxian
from tests.support.notices import LENGSHUITAN, YUNZE
from tests.support.results import SECRET, invented_id
from tests.support.rosters import COVER, Cells
from tests.test_lists import a_list, all_lists, district, held, medical, resident

HEADER = ["姓名", "证件号码", "险种", "金额", "日期", "流水号"]
DAY = datetime(2019, 11, 2)
UNPAID = {"medical_paid": "", "medical_date": "", "medical_receipt": ""}


def pay(
    number: int, yuan: Any = 250, day: Any = DAY, scheme: str = "城乡居民医保", serial: str | None = None
) -> list[Any]:
    return ["张三", invented_id(number), scheme, yuan, day, f"S{number}" if serial is None else serial]


def a_payment_list(*rows: list[Any], **how: Any) -> registers.ListFile:
    file = a_list(*rows, **{"header": HEADER, "title": "缴费明细", **how})
    assert file.refusal is None and file.kinds == (payments.NAMES,), file.refusal
    return file


def places_of(found: Any) -> list[tuple[str, int | None, str]]:
    return sorted((finding.file, finding.row or 0, finding.code) for finding in found.findings)


def test_both_ways_amount_and_day() -> None:
    lists = all_lists(a_payment_list(
        pay(1, day=datetime(2019, 10, 15)), pay(2, 100), pay(3), pay(4), pay(9), pay(8, day=datetime(2019, 10, 1)),
    ))  # fmt: skip
    merge = district(lists, held(
        lists, "a.xlsx", resident(1), resident(2), resident(3, **UNPAID), resident(4, medical_status="市内职工医保", **UNPAID), resident(5),
        resident(6, **UNPAID), resident(8, medical_date=datetime(2019, 10, 20)), scope="仅医保",
    ))  # fmt: skip
    assert places_of(merge) == [
        ("a.xlsx", 6, "605"), ("a.xlsx", 6, "933"), ("a.xlsx", 6, "935"), ("a.xlsx", 7, "932"), ("a.xlsx", 8, "936"),
        ("a.xlsx", 9, "934"), ("a.xlsx", 11, "935"),
    ]  # fmt: skip
    assert medical(merge) == {"claimed": 6, "counted": 4, "unpaid": 1, "short": 1}
    assert merge.lists is not None
    lines = {(line.township, line.code): (line.persons, line.listed_fen, line.own_fen) for line in merge.lists.payments}
    assert lines == {
        ("普利桥镇", ""): (2, 50000, 50000), ("普利桥镇", "932"): (1, 25000, 0), ("普利桥镇", "933"): (1, 10000, 25000),
        ("普利桥镇", "934"): (1, 0, 25000), ("普利桥镇", "935"): (2, 0, 0), ("普利桥镇", "936"): (1, 25000, 0),
        ("", "931"): (1, 25000, 0),
    }  # fmt: skip
    assert [decision.kind for decision in merge.lists.decisions] == ["缴费名单待对"]
    (cash,) = [line for line in merge.cash if (line.township, line.scheme) == ("普利桥镇", "medical")]
    assert (cash.collected, cash.short) == (4 * 25000 + 10000, 15000 + 25000)


def test_without_a_list_of_payments_nothing_is_different() -> None:
    lists = all_lists(a_list(["张三", invented_id(1), "低保", "普利桥镇", "桥头村", "", ""]))
    assert lists.index.payments is None
    merge = district(lists, held(lists, "a.xlsx", resident(1, "低保"), scope="仅医保"))
    assert merge.lists is not None and merge.lists.payments == []


def test_in_no_roster_is_reported_when_the_units_books_are_there() -> None:
    header = [*HEADER, "乡镇"]
    lists = all_lists(
        a_list([*pay(1), "普利桥镇"], [*pay(9), "普利桥镇"], [*pay(10), "牛角坝镇"], header=header, title="缴费明细")
    )
    merge = district(lists, held(lists, "a.xlsx", resident(1, medical_date=DAY), scope="仅医保"))
    assert places_of(merge) == [("名单.xlsx", 4, "931")]


@pytest.mark.parametrize(
    ("lines", "day", "late"),
    [
        ([pay(1, 250, datetime(2019, 10, 8)), pay(1, 250, datetime(2020, 4, 8), serial="again")], date(2019, 10, 8), 0),
        ([pay(1, 100, datetime(2019, 10, 8)), pay(1, 150, datetime(2019, 10, 9), serial="rest")], date(2019, 10, 9), 0),
        ([pay(1, 250, datetime(2020, 4, 8))], date(2020, 4, 8), 1),
        ([pay(1, 250, "20191008103000"), pay(1, 250, "2019-10-08 10:30:00")], date(2019, 10, 8), 0),
    ],
)  # fmt: skip
def test_the_day_is_that_on_which_the_due_was_reached(lines: list[list[Any]], day: date, late: int) -> None:
    lists = all_lists(a_payment_list(*lines))
    result = held(lists, "a.xlsx", resident(1, **UNPAID), scope="仅医保")
    assert result.details.people["medical_day"].tolist() == [day.toordinal()]
    assert result.tallies["medical"].late == late


def test_lines_that_cannot_be_used_are_reported() -> None:
    file = a_payment_list(
        pay(1, "二百五"), pay(2, day=datetime(2019, 3, 1)), pay(3, scheme="职工基本医疗保险"), pay(4, day="不详"), pay(5, 0),
        ["张三", 990000199001010000.0, "医保", 250, DAY, "x"], ["合计", "", "", 1000, "", ""],
    )  # fmt: skip
    assert sorted((finding.row, finding.code) for finding in file.findings) == [
        (3, "928"), (4, "929"), (5, "923"), (6, "925"), (8, "921"),
    ]  # fmt: skip
    assert file.payments["row"].tolist() == [6]


def test_a_notice_of_one_scheme_has_its_own_payments() -> None:
    day = datetime(2022, 10, 9)
    rows = [pay(1, 350, day), pay(2, 350, day, scheme="城乡居民养老"), pay(3, 350, datetime(2022, 1, 9))]
    sheet = Cells("Sheet1", [["缴费明细"], HEADER, *rows])
    file = from_sheets([sheet], "缴费.xlsx", YUNZE, SECRET, sha256="缴费.xlsx")
    assert file.refusal is None and len(file.payments) == 1
    assert [(finding.code, finding.row) for finding in file.findings] == [("923", 4), ("929", 5)]


@pytest.mark.parametrize(
    ("header", "title", "kind"),
    [
        (["姓名", "身份证号", "缴费金额", "缴费时间", "电子税票号码"], "城乡居民基本医疗保险缴费明细", payments.NAMES),
        (["姓名", "身份证号", "金额", "日期"], "2019年居民养老入库清单", payments.NAMES),
        (["姓名", "身份证号", "金额", "日期", "流水号"], "缴费明细", None),
        (["姓名", "身份证号", "类别", "金额", "日期"], "低保发放", "困难人员名单"),
    ],
)
def test_which_sheet_is_one(header: list[str], title: str, kind: str | None) -> None:
    cells = {"姓名": "张三", "身份证号": invented_id(1), "类别": "低保"}
    line = [
        cells.get(name, 100 if "金额" in name else DAY if name in ("日期", "缴费时间") else "S1") for name in header
    ]
    file = a_list(line, header=header, title=title)
    assert (file.kinds[0] if file.kinds else None) == kind
    assert (file.refusal.code if file.refusal else "") == ("" if kind else "R404")


PERSON = st.tuples(
    st.sampled_from(["unpaid", "paid", "elsewhere"]), st.lists(st.sampled_from([-250, 100, 150, 250]), max_size=3)
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(PERSON, min_size=1, max_size=8))
def test_the_sums_are_those_of_list_and_rows(people: list[tuple[str, list[int]]]) -> None:
    """Whoever is in the roster or not, every yuan of the list stands in one line, and who has 250 of it is counted."""
    lines = [pay(n, yuan, serial=f"{n}/{m}") for n, (_, own) in enumerate(people, 1) for m, yuan in enumerate(own)]
    file = a_payment_list(*lines, pay(99))
    lists = all_lists(file)
    cells = {"unpaid": UNPAID, "paid": {}, "elsewhere": {"medical_status": "市内职工医保", **UNPAID}}
    result = held(lists, "a.xlsx", *(resident(n, **cells[how]) for n, (how, _) in enumerate(people, 1)), scope="仅医保")
    merge = district(lists, result)
    by_list = [sum(own) for _, own in people]
    paid = [total if total > 0 else 250 * (how == "paid") for (how, _), total in zip(people, by_list, strict=True)]
    enrolled = [how != "elsewhere" for how, _ in people]
    counted = sum(here and yuan >= 250 for here, yuan in zip(enrolled, paid, strict=True))
    assert medical(merge).get("counted", 0) == counted
    assert merge.lists is not None
    assert sum(line.listed_fen for line in merge.lists.payments) == 100 * (sum(n for n in by_list if n > 0) + 250)
    assert (
        sum(line.persons for line in merge.lists.payments if line.code not in ("935", "934"))
        == sum(n > 0 for n in by_list) + 1
    )
    collected = sum(line.collected for line in merge.cash if line.scheme == "medical")
    assert collected == 100 * sum(yuan for here, yuan in zip(enrolled, paid, strict=True) if here)


@pytest.mark.slow
def test_every_figure_is_on_that_basis(tmp_path: Path) -> None:
    """A merge by the command line: summary, JSON, ledger, half-month table; a duplicate pays once; no ID is shown."""
    inbox, lists = tmp_path / "收到", tmp_path / "名单"
    inbox.mkdir()
    lists.mkdir()
    cover = {**COVER, "scope": "仅医保"}
    template.write_roster(
        inbox / "a.xlsx", LENGSHUITAN, cover, [resident(1, **UNPAID), resident(2), resident(3, **UNPAID)]
    )
    template.write_roster(inbox / "b.xlsx", LENGSHUITAN, {**cover, "township": "牛角坝镇"}, [resident(3, **UNPAID)])
    with xlsxwriter.Workbook(lists / "税务.xlsx", {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("明细")
        for n, line in enumerate((HEADER, pay(1), pay(3), pay(7))):
            sheet.write_row(n, 0, line)
    target, data = tmp_path / "汇总.xlsx", tmp_path / "汇总.json"
    papers = ["--ledger", tmp_path / "台账", "--progress", tmp_path / "半月"]
    done = liangxian("merge", inbox, "-o", target, "--lists", lists, "--json", data, *papers)
    assert done.returncode == 1, done.stdout + done.stderr
    document = json.loads(data.read_text(encoding="utf-8"))
    schema = json.loads(Path("docs/merge.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, schema)
    units = {(unit["township"], unit["scheme"]): unit["counted"] for unit in document["units"]}
    assert (units["普利桥镇", "medical"], units["牛角坝镇", "medical"]) in ((3, 0), (2, 1))
    assert sum(line["collected"] for line in document["cash"] if line["scheme"] == "medical") == 750
    series = [point for point in document["series"] if point["scheme"] == "medical" and point["date"] == "2019-10-31"]
    assert sum(point["counted"] for point in series) == 1  # only who paid at the station in October
    sheet_rows = CalamineWorkbook.from_path(str(target)).get_sheet_by_name("缴费对账").to_python()
    assert any("税务缴费名单与花名册核对" in str(cell) for row in sheet_rows for cell in row)
    funding = str(CalamineWorkbook.from_path(str(target)).get_sheet_by_name("资助资金").to_python())
    assert (
        "对象名单，尚未提供" in funding and "名单应拨按填报截止日" not in funding and "名单与花名册不符" not in funding
    )
    progress = CalamineWorkbook.from_path(str(tmp_path / "半月" / "普利桥镇_半月进度表.xlsx")).get_sheet_by_name("医保")
    points = {row[0]: row[1] for row in progress.to_python() if isinstance(row[0], date)}
    own = [point for point in document["series"] if (point["scheme"], point["township"]) == ("medical", "普利桥镇")]
    assert points == {date.fromisoformat(point["date"]): point["counted"] or "" for point in own if point["date"]}
    assert points[date(2019, 11, 15)] == units["普利桥镇", "medical"]
    ledger = (
        CalamineWorkbook.from_path(str(next((tmp_path / "台账").glob("普利桥镇*")))).get_sheet_by_index(0).to_python()
    )
    assert [row[7:9] for row in ledger if invented_id(1)[-4:] in str(row[4])] == [[250.0, date(2019, 11, 2)]]
    for path in (target, data):
        text = path.read_bytes() if path == data else str([
            CalamineWorkbook.from_path(str(path)).get_sheet_by_name(name).to_python()
            for name in CalamineWorkbook.from_path(str(path)).sheet_names
        ]).encode()  # fmt: skip
        assert not [n for n in (1, 2, 3, 7) if invented_id(n).encode() in text]


def test_only_payments_up_to_the_day_count() -> None:
    """A circular of October knows no payment of November; one without a day may be of any month, and lacks its day."""
    file = a_payment_list(
        pay(1, day=datetime(2019, 10, 31)), pay(2, day=datetime(2019, 11, 1)), pay(3, day=""),
        pay(4, 100, day=datetime(2019, 10, 20)), pay(4, 150, day=datetime(2019, 11, 1), serial="rest"),
    )  # fmt: skip
    people = [resident(n, **UNPAID) for n in range(1, 5)]
    for until, expected in (
        (date(2019, 10, 31), {"counted": 1, "short": 1, "unpaid": 1}),
        (None, {"counted": 3}),
    ):
        lists = registers.Lists(SECRET, (file,), until)
        merge = district(lists, held(lists, "a.xlsx", *people, scope="仅医保"))
        assert medical(merge) == {"claimed": 4, **expected}
        assert [(finding.row, finding.code, finding.value) for finding in merge.findings if finding.code == "805"] == [
            (7, "805", "空")
        ]


@pytest.mark.slow
def test_the_circular_and_its_tables_are_on_that_basis(tmp_path: Path) -> None:
    """Of two who pay by telephone, in October and in November, the October circular counts the first."""
    inbox, lists = tmp_path / "收到", tmp_path / "名单.csv"
    inbox.mkdir()
    cover = {**COVER, "scope": "仅医保", "deadline": datetime(2019, 10, 31)}
    template.write_roster(inbox / "a.xlsx", LENGSHUITAN, cover, [resident(1, **UNPAID), resident(2, **UNPAID)])
    lines = [HEADER, pay(1, day="2019-10-20"), pay(2, day="2019-11-02")]
    lists.write_text("\n".join(",".join(map(str, line)) for line in lines), encoding="gb18030")
    for end, expected, more in ((date(2019, 10, 31), 1, "本月新增1人"), (date(2019, 11, 30), 2, "本月新增1人")):
        target, tables = tmp_path / f"通报{end}.docx", tmp_path / f"进度{end}"
        issue = run.Issue(end, tables, "", lists)
        merge, _ = run.write_circular(inbox, target, LENGSHUITAN, issue, jobs=1)
        assert medical(merge)["counted"] == expected
        text = "".join(paragraph.text for paragraph in docx.Document(str(target)).paragraphs)
        assert f"已完成参保缴费{expected}人" in text and more in text
        book = CalamineWorkbook.from_path(str(tables / "普利桥镇_半月进度表.xlsx"))
        dated = [row[1] for row in book.get_sheet_by_name("医保").to_python() if isinstance(row[0], date)]
        assert dated[-1] == expected
