"""The departments' lists held against rosters: both directions, the day that counts, employees, villages, bad lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from addin import checks, intake, registers, run
from addin import roster as rosters_module
from addin.district import FileResult, assemble, judge_alone, reduce_roster, report
from addin.district.records import District
from addin.findings import CATALOGUE, Refusal
from addin.registers.read import from_sheets
from tests.support import rosters
from tests.support.notices import QINGSHI
from tests.support.received import received
from tests.support.results import SECRET, figures_of, invented_id, people
from tests.support.rosters import NO_PENSION, POLICY, Cells, person

HEADER = ["姓名", "证件号码", "类别", "乡镇", "村", "认定日期", "终止日期"]
UNPAID = {"medical_paid": "", "medical_date": "", "medical_receipt": ""}


def row(number: int, category: str, **differs: Any) -> list[Any]:
    """A line of a list: the ordinary person of this number in 普利桥镇, recognised years ago."""
    line = {"姓名": "张三", "证件号码": invented_id(number), "类别": category, "乡镇": "普利桥镇", "村": "桥头村",
            "认定日期": datetime(2018, 1, 1), "终止日期": "", **differs}  # fmt: skip
    return list(line.values())


def a_list(
    *rows: Sequence[Any],
    header: Sequence[str] = HEADER,
    name: str = "名单.xlsx",
    title: str = "某部门名单",
    sheet: str = "Sheet1",
) -> registers.ListFile:
    return from_sheets([Cells(sheet, [[title], list(header), *map(list, rows)])], name, POLICY, SECRET, sha256=name)


def all_lists(*files: registers.ListFile) -> registers.Lists:
    return registers.Lists(SECRET, files)


def held(given: registers.Lists | None, name: str, *rows: Mapping[str, Any], **cover: Any) -> FileResult:
    """One received file of these people, held against the lists."""
    book = rosters.book(rows, **cover)
    roster = rosters_module.read(SimpleNamespace(sheets=book.sheets, notes=()), POLICY, name)
    assert not isinstance(roster, Refusal)
    if given is not None:
        registers.hold_against(roster, given.index)
    return reduce_roster(roster, checks.check(roster), SECRET, name)


def district(given: registers.Lists | None, *books: FileResult) -> District:
    return assemble(books, POLICY, lists=given)


def resident(number: int, category: str = "", paid: Any = 250, **differs: Any) -> dict[str, Any]:
    """The ordinary person of this number, not in the pension scheme, in a household of their own."""
    (read_people,) = people(1, start=number, category=category, medical_paid=paid)
    return {**read_people, **NO_PENSION, **differs}


def codes(merge: District) -> list[tuple[str, str, int | None, str]]:
    return [(finding.file, finding.code, finding.row, finding.severity) for finding in merge.findings]


def funding(merge: District) -> list[tuple[Any, ...]]:
    """Medical insurance: category, funder, to whom, and persons and yuan: by list, claimed, counted."""
    return [
        (line["category"], line["funder"], line["to"], line["listed_persons"], line["listed_yuan"], line["claimed_persons"],
         line["claimed_yuan"], line["persons"], line["yuan"])
        for line in report.to_json(merge)["funding"]
        if line["scheme"] == "medical"
    ]  # fmt: skip


def stake(merge: District) -> list[tuple[Any, ...]]:
    return [tuple(line.values()) for line in report.to_json(merge)["lists"]["at_stake"]]


def medical(merge: District) -> dict[str, int]:
    unit = figures_of(merge)
    numbers = {"claimed": unit.claimed, "counted": unit.counted, **unit.not_counted}
    return {what: numbers[what] for what in ("claimed", "counted", "unpaid", "short", "ineligible") if numbers[what]}


# ---------------------------------------------------------------- both directions


def test_a_complete_list_has_nothing_to_say() -> None:
    given = all_lists(a_list(row(1, "低保"), row(2, "特困供养人员")))
    rows = [resident(1, "低保"), resident(2, "特困", ""), resident(3)]
    merge = district(given, held(given, "a.xlsx", *rows, scope="仅医保"))
    assert codes(merge) == [] and stake(merge) == []
    assert funding(merge) == [
        ("特困供养人员", "医疗救助", "township", 1, 250.0, 1, 250.0, 1, 250.0),
        ("城乡低保对象", "医疗救助", "person", 1, 75.0, 1, 75.0, 1, 75.0),
    ]
    plain = district(None, held(None, "a.xlsx", *rows, scope="仅医保"))
    for table in ("units", "cash", "coverage", "series"):
        assert report.to_json(merge)[table] == report.to_json(plain)[table]


@pytest.mark.parametrize(
    ("category", "paid", "verdict", "blocks", "figures", "due"),
    [
        # low income relief collects in full: counted as an ordinary resident, only the refund falls away
        ("低保", 250, "904", [], {"claimed": 1, "counted": 1}, "医保应收250元、实收250元"),
        ("建档立卡", 125, "904", ["medical"], {"claimed": 1, "short": 1}, "医保应收250元、实收125元"),
        ("特困", "", "904", ["medical"], {"claimed": 1, "unpaid": 1}, "医保应收250元、实收0元"),
        ("贫困残疾人", 250, "", [], {"claimed": 1, "counted": 1}, ""),  # no list is about the disabled
    ],
)
def test_in_the_roster_and_on_no_list(
    category: str, paid: Any, verdict: str, blocks: list[str], figures: dict[str, int], due: str
) -> None:
    """An error, not subsidised: the ordinary due holds, and the person counts if it is paid."""
    given = all_lists(a_list(*(row(90 + n, name) for n, name in enumerate(("低保", "建档立卡", "特困")))))
    book = held(given, "a.xlsx", resident(1, category, paid), scope="仅医保", part="桥头村", parts=2)
    merge = district(given, book)
    mine = [finding for finding in merge.findings if finding.file == "a.xlsx" and finding.code > "9"]
    assert [(finding.code, list(finding.blocks), finding.cell) for finding in mine] == (
        [(verdict, blocks, "N5")] if verdict else []
    )
    assert all(due in finding.problem for finding in mine)
    assert medical(merge) == figures
    assert sum(line[8] for line in funding(merge)) == 0  # nothing goes out for the counted


@pytest.mark.slow
@pytest.mark.parametrize(
    ("category", "paid", "listed", "verdict", "figures", "counted_for"),
    [
        ("", 250, "低保", "903", {"claimed": 1, "counted": 1}, "城乡低保对象"),
        ("建档立卡", 125, "低保", "903", {"claimed": 1, "short": 1}, ""),
        ("建档立卡", 125, "特困", "903", {"claimed": 1, "counted": 1}, "特困供养人员"),
        ("低保", 250, "建档立卡", "903", {"claimed": 1, "counted": 1}, "建档立卡贫困人口"),
        ("特困", "", "特困、建档立卡", "905", {"claimed": 1, "counted": 1}, "特困供养人员"),
        ("低保", 250, "低保、低保户", "", {"claimed": 1, "counted": 1}, "城乡低保对象"),
    ],
)
def test_on_the_list_with_another_category(
    category: str, paid: Any, listed: str, verdict: str, figures: dict[str, int], counted_for: str
) -> None:
    """The list decides what is due; without another amount or department it is only told."""
    others = [row(90 + n, name) for n, name in enumerate(("低保", "建档立卡", "特困"))]
    given = all_lists(a_list(row(1, listed), *others))
    merge = district(given, held(given, "a.xlsx", resident(1, category, paid), scope="仅医保", part="桥头村", parts=2))
    mine = [finding.code for finding in merge.findings if finding.file == "a.xlsx"]
    assert [code for code in mine if code > "9"] == ([verdict] if verdict else [])
    assert medical(merge) == figures
    assert [line[0] for line in funding(merge) if line[7]] == ([counted_for] if counted_for else [])
    # money over what is due by the list is there to be given back
    over = (
        next(line["over"] for line in report.to_json(merge)["cash"] if line["collected"] or line["due"]) if paid else 0
    )
    assert over == (125.0 if (paid, listed) in ((125, "特困"), (250, "建档立卡")) else 0.0)


def test_on_the_list_and_in_no_roster() -> None:
    given = all_lists(
        a_list(row(1, "低保"), row(2, "特困"), row(3, "低保", 乡镇="曲河街道"), row(4, "低保", 乡镇="梅湾街道"))
    )
    merge = district(
        given,
        held(given, "a.xlsx", resident(1, "低保"), scope="仅医保"),
        held(given, "b.xlsx", resident(4, "低保"), scope="仅医保", township="曲河街道"),
    )
    # 梅湾街道 has not reported: nothing can be said of who is missing there, but its person stands in 曲河街道
    assert codes(merge) == [
        ("b.xlsx", "902", 5, "warning"),
        ("名单.xlsx", "901", 4, "error"),
        ("名单.xlsx", "901", 5, "error"),
        ("名单.xlsx", "902", 6, "warning"),
    ]
    assert [finding.township for finding in merge.findings] == ["", "普利桥镇", "曲河街道", "梅湾街道"]
    assert "曲河街道" in merge.findings[2].problem and "张三" not in str(merge.findings)
    assert stake(merge) == [
        ("曲河街道", "medical", "901", 1, 75.0, 0.0),
        ("梅湾街道", "medical", "902", 1, 75.0, 0.0),
        ("普利桥镇", "medical", "901", 1, 250.0, 0.0),
        # 1980 is of an age for the pension: 100 yuan each by the list
        ("曲河街道", "pension", "901", 1, 100.0, 0.0),
        ("梅湾街道", "pension", "902", 1, 100.0, 0.0),
        ("普利桥镇", "pension", "901", 1, 100.0, 0.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cover", "missing"),
    [
        ({"part": "桥头村", "parts": 3}, 1),
        ({"part": "井边村", "parts": 3}, 0),  # the book of 桥头村 is still to come
        ({"part": "井边村", "parts": 1}, 1),
        ({"part": "全部"}, 1),
    ],
)
def test_who_is_missing_is_reported_only_when_the_book_has_come(cover: dict[str, Any], missing: int) -> None:
    given = all_lists(a_list(row(1, "低保")))
    merge = district(given, held(given, "a.xlsx", resident(2, village=cover["part"]), scope="仅医保", **cover))
    assert [finding.code for finding in merge.findings] == ["901"] * missing


def test_a_list_speaks_only_of_the_statuses_it_has() -> None:
    """Without a list of 残联 the disabled get no finding, and their status holds beside those on lists."""
    given = all_lists(a_list(row(1, "低保")))
    disabled = resident(2, "重度残疾人", pension_status="本次参保", tier=100, pension_date=datetime(2019, 6, 1))
    merge = district(given, held(given, "a.xlsx", resident(1, "低保、重残"), disabled))
    assert [code for _, code, _, _ in codes(merge) if code > "9"] == []
    assert [
        line["people"]
        for line in report.to_json(merge)["coverage"]
        if line["category"] == "重度残疾人" and line["people"]
    ] == [2, 2]


# ---------------------------------------------------------------- the day that counts


@pytest.mark.parametrize(
    ("since", "until", "paid_on", "verdict"),
    [
        (datetime(2019, 10, 15), "", datetime(2019, 10, 15), ""),
        (datetime(2019, 10, 16), "", datetime(2019, 10, 15), "904"),
        ("", datetime(2019, 10, 15), datetime(2019, 10, 15), ""),
        ("", datetime(2019, 10, 14), datetime(2019, 10, 15), "904"),
        (datetime(2019, 11, 15), "", "", ""),  # unpaid: 填报截止日期, 2019-11-15
        (datetime(2019, 11, 16), "", "", "904"),
        ("2019年10月1日", "2019.12.31", datetime(2019, 10, 15), ""),
        (20191016.0, "", datetime(2019, 10, 15), "904"),
    ],
)
def test_status_on_the_payment_date_else_on_the_deadline(since: Any, until: Any, paid_on: Any, verdict: str) -> None:
    given = all_lists(a_list(row(1, "低保", 认定日期=since, 终止日期=until)))
    rows = [resident(1, "低保", 250 if paid_on else "", medical_date=paid_on, medical_receipt="A1" if paid_on else "")]
    result = held(given, "a.xlsx", *rows, scope="仅医保")
    assert [finding.code for finding in result.findings if finding.code > "9"] == ([verdict] if verdict else [])
    if verdict:
        assert "不在名单的认定期内" in result.findings[-1].problem


def test_each_scheme_has_a_payment_date_of_its_own() -> None:
    """Recognised between the two payments: subsidised in the one, not in the other."""
    given = all_lists(a_list(row(1, "低保", 认定日期=datetime(2019, 9, 1))))
    (both,) = people(1, start=1, category="低保", pension_paid="", pension_date=datetime(2019, 6, 1))
    merge = district(given, held(given, "a.xlsx", both))
    assert [(finding.code, finding.blocks) for finding in merge.findings] == [("904", ("pension",))]
    assert "2019-06-01" in merge.findings[0].problem and "养老应收100元、实收0元" in merge.findings[0].problem
    counted = {line["scheme"]: line["counted"] for line in report.to_json(merge)["units"] if line["claimed"]}
    assert counted == {"medical": 1, "pension": 0}


# ---------------------------------------------------------------- what a complete list becomes when a line is lost

CATEGORIES = ["", "低保", "特困", "建档立卡", "兜底", "重度残疾人", "建档立卡、重残"]


@pytest.mark.slow
@given(st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=12), st.data())
@settings(max_examples=40)
def test_one_line_less_is_exactly_one_finding(categories: list[str], data: st.DataObject) -> None:
    """A complete list finds nothing; without one line exactly that person has a finding, independent of what was paid."""
    paid = {"": 250, "低保": 250, "特困": "", "建档立卡": 125, "兜底": "", "重度残疾人": 250, "建档立卡、重残": 125}
    rows = [resident(n, category, paid[category]) for n, category in enumerate(categories)]
    lines = [row(n, category) for n, category in enumerate(categories) if category]
    # somebody of every status in another unit that has not reported, so that the list is about all of them
    lines += [row(100 + n, category, 乡镇="梅湾街道") for n, category in enumerate(CATEGORIES[1:])]
    whole = all_lists(a_list(*lines))
    assert codes(district(whole, held(whole, "a.xlsx", *rows, scope="仅医保"))) == []
    if not any(categories):
        return
    gone = data.draw(st.sampled_from([n for n, category in enumerate(categories) if category]))
    less = all_lists(a_list(*(line for line in lines if line[1] != invented_id(gone))))
    merge = district(less, held(less, "a.xlsx", *rows, scope="仅医保"))
    assert codes(merge) == [("a.xlsx", "904", 5 + gone, "error")]
    # and the other way round: the person left out of the roster is one finding on the list
    left_out = [line for n, line in enumerate(rows) if n != gone]
    merge = district(whole, held(whole, "a.xlsx", *left_out, scope="仅医保"))
    assert [(code, severity) for _, code, _, severity in codes(merge)] == [("901", "error")]


# ---------------------------------------------------------------- employees, names, villages


@pytest.mark.parametrize(
    ("header", "line", "expected"),
    [
        (["序号", "姓名", "身份证号", "险种"], [1.0, "张三", "城镇职工基本医疗保险"], [("907", ("medical",))]),
        (["姓名", "证件号码", "险种"], ["张三", "职工养老"], [("908", ("pension",))]),
        (["姓名", "证件号码", "险种", "停保日期"], ["张三", "职工医保", datetime(2019, 9, 30)], []),
    ],
)
def test_employees_are_not_enrolled_again(header: list[str], line: list[Any], expected: list[Any]) -> None:
    line.insert(next(n for n, text in enumerate(header) if "证" in text), invented_id(1))
    given = all_lists(a_list(line, header=header))
    merge = district(given, held(given, "a.xlsx", *people(2, start=1)))
    assert [(finding.code, finding.blocks) for finding in merge.findings] == expected
    assert sum(unit.not_counted["ineligible"] for unit in merge.units) == len(expected)


ONLY_PEOPLE = ["姓名", "证件号码"]
MEDICAL, PENSION = "907", "908"
NOT_TOLD = "没有写明是职工医保、职工养老，还是哪一类困难人员"


@pytest.mark.parametrize(
    ("title", "sheet", "file", "expected"),
    [
        # the title, the sheet's name, the file's name; the nearest that says anything holds
        ("职工养老保险参保人员名单", "Sheet1", "名单.xlsx", PENSION), ("城镇职工基本医疗保险参保名单", "Sheet1", "名单.xlsx", MEDICAL), ("", "职工养老", "名单.xlsx", PENSION), ("", "职工医保", "名单.xlsx", MEDICAL),
        ("", "Sheet1", "职工养老.xlsx", PENSION), ("", "Sheet1", "2019年10月职工医保参保.xlsx", MEDICAL), ("", "企业养老", "名单.xlsx", PENSION), ("", "机关事业养老", "名单.xlsx", PENSION),
        ("", "职工养老", "职工医保.xlsx", PENSION), ("某部门名单", "职工", "养老保险.xlsx", PENSION), ("医保", "Sheet1", "职工名单.xlsx", MEDICAL),
        ("区医保局提供的职工养老参保名单", "Sheet1", "医保局.xlsx", PENSION), ("社保局　职工医疗保险", "Sheet1", "名单.xlsx", MEDICAL), ("", "Sheet1", "〔名单〕医保局/职工养老.xlsx", PENSION),
        # whose status it is; a list of nothing but people was once taken for employees
        ("特困供养人员名单", "Sheet1", "名单.xlsx", "特困"), ("", "低保", "名单.xlsx", "低保"), ("", "Sheet1", "建档立卡贫困人口.xlsx", "建档立卡"), ("敬老院特困人员", "Sheet1", "医保局.xlsx", "特困"),
        ("社会保障兜底脱贫对象名单", "Sheet1", "名单.xlsx", "兜底"), ("重度残疾人名单", "Sheet1", "残联.xlsx", "重度残疾"),
        # nothing, several, residents, who has left: refused
        ("某部门名单", "Sheet1", "名单.xlsx", NOT_TOLD), ("", "Sheet1", "医保局.xlsx", NOT_TOLD), ("职工名单", "Sheet1", "名单.xlsx", NOT_TOLD), ("医保参保名单", "Sheet1", "名单.xlsx", NOT_TOLD), ("残疾人名单", "Sheet1", "名单.xlsx", NOT_TOLD),
        ("职工养老、职工医保参保名单", "Sheet1", "名单.xlsx", "写了不止一种名单"), ("职工养老", "职工医保", "名单.xlsx", "写了不止一种名单"), ("低保、特困人员名单", "Sheet1", "名单.xlsx", "写了不止一种名单"), ("低保人员职工医保", "Sheet1", "名单.xlsx", "写了不止一种名单"),
        ("城乡居民医保参保名单", "Sheet1", "名单.xlsx", "写的是居民参保，不是职工参保"), ("居民养老", "Sheet1", "名单.xlsx", "写的是居民参保，不是职工参保"),
        ("职工医保停保名单", "Sheet1", "名单.xlsx", "写的是退出、停保一类的人"), ("低保退出人员", "Sheet1", "名单.xlsx", "写的是退出、停保一类的人"), ("死亡人员名单", "Sheet1", "低保.xlsx", "写的是退出、停保一类的人"), ("企业退休人员养老", "Sheet1", "名单.xlsx", "写的是退出、停保一类的人"),
    ],
)  # fmt: skip
def test_what_a_list_is_about_comes_from_its_title(title: str, sheet: str, file: str, expected: str) -> None:
    one_list = a_list(["张三", invented_id(1)], header=ONLY_PEOPLE, title=title, sheet=sheet, name=file)
    if one_list.refusal:
        assert one_list.refusal.code == "R404"
        assert f"工作表“{sheet}”没有“险种”“类别”的列，标题、工作表名和文件名里{expected}。" == one_list.refusal.reason
        return
    given = all_lists(one_list)
    if expected in (MEDICAL, PENSION):
        merge = district(given, held(given, "a.xlsx", *people(2, start=1)))
        assert [finding.code for finding in merge.findings] == [expected]
        return
    assert (one_list.kinds, given.covered) == (("困难人员名单",), POLICY.status_bits([POLICY.category(expected).key]))  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("header", "title", "kinds"),
    [
        (["姓名", "证件号码", "乡镇", "村"], "城乡低保对象名单", ("困难人员名单",)), (["姓名", "证件号码", "单位", "电话"], "职工医保参保名单", ("职工参保名单",)),
        (["姓名", "证件号码", "电话"], "通讯录", ()), (["姓名", "证件号码", "乡镇"], "值班表", ()), (["姓名", "证件号码", "险种"], "某部门名单", ("职工参保名单",)),
        (["姓名", "证件号码", "险种"], "城乡居民参保名单", ()), (["姓名", "证件号码", "类别"], "城乡居民名单", ("困难人员名单",)),
    ],
)  # fmt: skip
def test_lists_with_further_columns(header: list[str], title: str, kinds: tuple[str, ...]) -> None:
    line = [
        "张三",
        invented_id(1),
        *("职工医保" if word == "险种" else "低保" if word == "类别" else "普利桥镇" for word in header[2:]),
    ]
    register = a_list(line, header=header, title=title)
    assert register.kinds == kinds and (register.refusal is None) is bool(kinds)
    assert len(register.entries) == bool(kinds)


@pytest.mark.parametrize(
    "header",
    [
        ["*乡镇（街道）", "村（社区）【必填】", "姓名（必填）", "身份证号码（18位）", "1.类别"],
        ["乡镇/街道※", "村、社区", "★姓名", "证件号码：", "人员类别（据实）"],
    ],
)
def test_headers_of_a_list_are_read_like_those_of_a_roster(header: list[str]) -> None:
    """Brackets, stars, leading numbers and points do not change which column a header names."""
    read = a_list(["普利桥镇", "桥头村", "张三", invented_id(1), "低保"], header=header)
    assert (read.refusal, read.kinds, len(read.entries), read.findings) == (None, ("困难人员名单",), 1, [])


@pytest.mark.parametrize("scheme", ["居民医保", "城乡居民养老保险", "城乡居民基本医疗保险"])
def test_residents_in_the_column_of_schemes_are_no_employees(scheme: str) -> None:
    register = a_list(
        ["张三", invented_id(1), scheme], ["李四", invented_id(2), "职工医保"], header=[*ONLY_PEOPLE, "险种"]
    )
    assert [(finding.code, finding.row) for finding in register.findings] == [("923", 3)] and len(register.entries) == 1


def test_902_reaches_both_units() -> None:
    """Somebody on the list of one unit and in the roster of another: both units get a finding at their own row."""
    given = all_lists(a_list(row(1, "低保", 乡镇="梅湾街道"), row(2, "低保")))
    own = held(given, "a.xlsx", resident(1, "低保"), resident(2, "低保"), scope="仅医保")
    other = held(given, "b.xlsx", resident(7), scope="仅医保", township="梅湾街道")
    for books in ((own, other), (other, own)):
        problems = [finding for finding in district(given, *books).findings if finding.code == "902"]
        assert [(resident.file, resident.sheet, resident.cell, resident.township) for resident in problems] == [
            ("a.xlsx", "花名册", "J5", ""), ("名单.xlsx", "Sheet1", "B3", "梅湾街道"),
        ]  # fmt: skip
        assert {resident.problem for resident in problems} == {"名单上是低保，属梅湾街道；花名册列在普利桥镇。"}
        assert (problems[0].household, problems[0].name, problems[0].value) == ("1", "张*", "990000********0012")
    line, findings = judge_alone(own, POLICY, given)
    assert [(finding.file, finding.code) for finding in findings if finding.code == "902"] == [
        ("a.xlsx", "902")
    ] and line.warnings == 1


def test_902_reaches_every_unit_that_has_the_person_and_none_where_the_list_s_own_does() -> None:
    given = all_lists(a_list(row(1, "低保", 乡镇="梅湾街道")))
    books = [
        held(given, f"{unit}.xlsx", resident(1, "低保"), scope="仅医保", township=unit)
        for unit in ("普利桥镇", "曲河街道")
    ]
    told = [(finding.file, finding.township) for finding in district(given, *books).findings if finding.code == "902"]
    assert sorted(told) == [("名单.xlsx", "梅湾街道"), ("普利桥镇.xlsx", ""), ("曲河街道.xlsx", "")]
    home = held(given, "梅湾街道.xlsx", resident(1, "低保"), scope="仅医保", township="梅湾街道")
    assert [finding.code for finding in district(given, *books, home).findings if finding.code == "902"] == []


def test_another_name_on_the_list_is_reported() -> None:
    given = all_lists(a_list(row(1, "低保", 姓名="李四"), row(2, "低保", 姓名="")))
    merge = district(given, held(given, "a.xlsx", resident(1, "低保"), resident(2, "低保"), scope="仅医保"))
    assert codes(merge) == [("a.xlsx", "906", 5, "warning")]


VILLAGES = ["乡镇", "现村名", "原村名", "变更日期"]


def test_a_former_village_name_is_understood_mapped_and_reported() -> None:
    given = all_lists(
        a_list(
            ["普利桥镇", "新桥村", "桥头村、桥尾村", datetime(2019, 3, 1)],
            ["普利桥镇", "井边社区", "", ""],
            ["普利桥镇", "大塘村", "塘边村", datetime(2020, 1, 1)],
            ["曲河街道", "河口村", "", ""],
            header=VILLAGES,
        )
    )
    # two rows of one household, one with the village's new name: one household
    family = [
        person(village="桥头", registered=2),
        person(
            village="新桥村", relation="子", name="张四", schooling="否", id_number=invented_id(3, datetime(2000, 1, 1))
        ),
    ]
    alone = [resident(4, village="塘边村"), resident(5, village="河口村"), resident(6, village="井边村")]
    merge = district(given, held(given, "a.xlsx", *family, *alone))
    assert [(finding.code, finding.row, finding.problem) for finding in merge.findings] == [
        ("910", 5, "“桥头”是原村名，2019-03-01起改为“新桥村”，已按现村名理解。"),
        ("911", 8, "“河口村”不在本单位的村（社区）名单上，现属曲河街道。"),
        ("911", 9, "“井边村”不在本单位的村（社区）名单上，名单上是井边社区。"),
    ]


def test_a_part_under_its_former_name_is_the_same_part_unless_two_became_one() -> None:
    renamed = all_lists(a_list(["普利桥镇", "新桥村", "桥头村", ""], header=VILLAGES))
    books = [
        held(renamed, "a.xlsx", *people(2, start=1, village="桥头村"), part="桥头村", deadline=datetime(2019, 10, 15)),
        held(renamed, "b.xlsx", *people(2, start=1, village="新桥村"), part="新桥村"),
    ]
    assert {line.name: line.status for line in district(renamed, *books).files} == {
        "a.xlsx": "replaced",
        "b.xlsx": "merged",
    }
    joined = all_lists(a_list(["普利桥镇", "新桥村", "桥头村、桥尾村", ""], header=VILLAGES))
    books = [
        held(joined, f"{name}.xlsx", *people(2, start=n, village=name), part=name)
        for n, name in ((1, "桥头村"), (5, "桥尾村"))
    ]
    assert {line.status for line in district(joined, *books).files} == {"merged"}


# ---------------------------------------------------------------- strangers' files


def test_a_bad_line_is_a_finding_with_its_place_and_nothing_is_lost() -> None:
    register = a_list(
        row(1, "低保"),
        row(2, "困难户"),
        row(3, "低保", 证件号码=4.31103e17),
        row(4, "低保", 证件号码=""),
        row(5, "低保", 证件号码="99000019800101005"),
        row(6, "低保", 乡镇="某某镇"),
        row(7, "低保", 认定日期="去年"),
        ["合计", "", 7.0],
    )
    assert [(finding.code, finding.cell) for finding in register.findings] == [
        ("923", "C4"), ("921", "B5"), ("921", "B6"), ("924", "D8"), ("925", "F9"), ("922", "B7"),
    ]  # fmt: skip
    assert register.entries["row"].tolist() == [3, 7, 8, 9]  # with those that can still be compared
    text = repr(register.findings) + register.entries.to_csv()
    assert invented_id(2) not in text and "张三" not in text


def test_a_line_with_an_error_cell_is_reported() -> None:
    sheet = Cells("名册", [HEADER, row(1, "低保"), row(2, "")], errors={(3, 3): "#N/A"})
    register = from_sheets([sheet], "a.xlsx", POLICY, SECRET)
    assert [(finding.code, finding.cell) for finding in register.findings] == [("926", "C3")]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (["姓名", "证件号码", "保障类型", "乡镇"], "R401"),  # not taken for a list of employees
        (["姓名", "证件号码", "乡镇", "村"], "R401"),
        (["姓名", "电话"], "R401"),
        (["姓名", "证件号码", "类别", "证件号"], "R403"),
    ],
)
def test_what_is_no_list_is_refused(header: list[str], code: str) -> None:
    register = a_list(["张三", invented_id(1), "低保", "普利桥镇"], header=header)
    assert register.refusal is not None and register.refusal.code == code
    assert len(register) == 0


def test_a_roster_among_the_lists_is_refused() -> None:
    register = from_sheets([rosters.roster_sheet([person(category="低保")])], "a.xlsx", POLICY, SECRET)
    assert register.refusal is not None and register.refusal.code == "R402"


def test_many_alike_are_one_finding_with_its_count() -> None:
    given = all_lists(a_list(row(500, "低保")))
    result = held(given, "a.xlsx", *(resident(n, "低保") for n in range(30)), scope="仅医保")
    assert [(finding.code, finding.count, finding.row, len(finding.places)) for finding in result.findings] == [
        ("904", 30, None, 30)
    ]
    bad = a_list(*(row(n, "困难户") for n in range(30)))
    assert [(finding.code, finding.count, finding.cell) for finding in bad.findings] == [("923", 30, "C")]


def test_a_list_with_nobody_of_a_unit_is_asked_about() -> None:
    given = all_lists(a_list(row(1, "低保", 乡镇="曲河街道")))
    merge = district(given, held(given, "a.xlsx", resident(2, "低保"), scope="仅医保"))
    assert [decision.text for decision in merge.decisions if decision.kind == "名单可能不全"] == [
        "名单上没有普利桥镇的城乡低保对象，花名册却填了1人，请核对名单是否齐全。"
    ]


def test_works_with_another_notice() -> None:
    other = QINGSHI
    unit = other.units[0].name
    category = next(status for status in other.categories.values() if status.hardship)
    sheet = Cells("s", [HEADER, ["张三", invented_id(1), category.short, unit, "甲村", "", ""]])
    register = from_sheets([sheet], "a.xlsx", other, SECRET)
    assert register.refusal is None and register.findings == [] and len(register.entries) == 1
    assert all(other.article(code.entry) for code in CATALOGUE.values() if code.code[0] == "9")


# ---------------------------------------------------------------- real files, real processes


def write_list(path: Path, header: Sequence[str], *rows: Sequence[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path)) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        for r, line in enumerate([header, *rows]):
            for c, value in enumerate(line):
                if isinstance(value, date):
                    sheet.write_datetime(r, c, value, day)
                else:
                    sheet.write(r, c, value)
        book.add_worksheet("Sheet2")


@pytest.fixture
def with_lists(tmp_path: Path) -> Path:
    folder = tmp_path / "收"
    rows = [resident(1, "低保"), resident(2, "特困", ""), resident(3, "建档立卡", 125), resident(4)]
    received(folder, "普利桥镇.xlsx", *rows, scope="仅医保")
    write_list(folder / "名单" / "民政.xlsx", HEADER, row(1, "低保"), row(5, "特困", 村="井边村"))
    (folder / "名单" / "职工.csv").write_text(
        f"姓名,证件号码,险种\n张三,{invented_id(4)},职工医保\n", encoding="gb18030"
    )
    (folder / "名单" / "旧名单.txt").write_text("姓名", encoding="utf-8")
    write_list(folder / "名单" / "别的.xlsx", ["序号", "电话"], [1, "123"])
    return folder


AS_TEXT = [
    ["关于2019年低保对象的名单", "", "", ""],
    ["姓名", "证件号码", "类别", "乡镇"],
    ["张三", invented_id(1), "低保", "普利桥镇"],
    ["李,四", invented_id(2), "特困", "普利桥镇"],
    ["王五", "9.9E+17", "特困", "普利桥镇"],
]


@pytest.mark.parametrize(
    ("encoding", "separator"), [("utf-8-sig", ","), ("gb18030", "\t"), ("utf-16", ";"), ("utf-8", "|")]
)
@pytest.mark.parametrize("guard", ["{}", '="{}"', "'{}", "\t{}"])
def test_a_list_may_be_text(tmp_path: Path, encoding: str, separator: str, guard: str) -> None:
    """As systems export them: a mark that keeps a spreadsheet from rounding a number is no part of the number."""
    path = tmp_path / "民政.csv"
    lines = [[guard.format(cell) if cell.isdigit() else cell for cell in line] for line in AS_TEXT]
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=separator).writerows(lines)
    file = registers.one_list(path, path.name, POLICY, SECRET)
    assert file.refusal is None and file.kinds == ("困难人员名单",)
    assert file.entries["k0"].tolist() == a_list(row(1, "低保"), row(2, "特困")).entries["k0"].tolist()
    assert [(finding.code, finding.row, finding.column) for finding in file.findings] == [("921", 5, "B")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('姓名,证件号码\n"' + "张三,1\n" * 30_000, "R123"),  # a quotation mark that is never closed
        ("姓名,证件号码\n" + "," * 400, "R112"),
        ("姓名,证件号码\n张三,1\n" + "\n" * (1 << 20), "R112"),
        ("只有一些字", "R401"),
    ],
)
def test_a_text_that_cannot_be_a_list_is_refused(tmp_path: Path, content: str, code: str) -> None:
    path = tmp_path / "民政.csv"
    path.write_text(content, encoding="utf-8")
    refusal = registers.one_list(path, path.name, POLICY, SECRET).refusal
    assert refusal is not None and refusal.code == code


@pytest.mark.slow
def test_a_list_may_be_longer_than_a_roster(tmp_path: Path) -> None:
    """A district's payments in both schemes are 900,000 rows."""
    path = tmp_path / "长.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("民政")
        sheet.write_row("A1", HEADER)
        sheet.write_row("A1048576", row(1, "低保")[:5])
    file = registers.one_list(path, path.name, POLICY, SECRET)
    assert file.refusal is None and file.entries["row"].tolist() == [1_048_576]
    refusal = intake.read(path, ("民政",))
    assert isinstance(refusal, Refusal) and refusal.code == "R114"


@pytest.mark.slow
def test_merge_with_lists_from_the_command_to_the_sheets(with_lists: Path, tmp_path: Path) -> None:
    from tests.support.command import liangxian
    from tests.test_cli import SCHEMA

    target, data, returns, ledger = (tmp_path / name for name in ("汇总.xlsx", "a.json", "退", "账"))
    done = liangxian(
        "merge",
        with_lists,
        "-o",
        target,
        "--lists",
        with_lists / "名单",
        "--json",
        data,
        "--returns",
        returns,
        "--ledger",
        ledger,
    )
    assert done.returncode == 1, done.stderr
    assert invented_id(4) not in done.stdout
    document = json.loads(data.read_text(encoding="utf-8"))
    jsonschema.validate(document, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert [
        (line["name"], line["status"], line["kind"], line["statuses"], line["code"])
        for line in document["lists"]["files"]
    ] == [
        ("〔名单〕别的.xlsx", "refused", "", "", "R401"),
        ("〔名单〕民政.xlsx", "merged", "困难人员名单", "特困、低保", ""),
        ("〔名单〕职工.csv", "merged", "职工参保名单", "", ""),
        ("〔名单〕旧名单.txt", "refused", "", "", "S101"),
    ]
    # the lists lie in the folder received, and are not taken for rosters
    assert [line["name"] for line in document["files"]] == ["普利桥镇.xlsx"]
    assert [
        (finding["file"], finding["code"], finding["row"]) for finding in document["findings"] if finding["code"] > "9"
    ] == [
        ("〔名单〕民政.xlsx", "901", 3),
        ("普利桥镇.xlsx", "904", 6),
        ("普利桥镇.xlsx", "907", 8),
    ]  # 建档立卡 is on no list: nothing is said
    funded = {
        line["category"]: (line["listed_yuan"], line["claimed_yuan"], line["yuan"])
        for line in document["funding"]
        if line["scheme"] == "medical"
    }
    assert funded == {
        "特困供养人员": (250.0, 250.0, 0.0), "城乡低保对象": (75.0, 75.0, 75.0), "建档立卡贫困人口": (0.0, 125.0, 125.0),
    }  # fmt: skip
    import openpyxl

    book = openpyxl.load_workbook(target)
    words = {cell.value for line in book["资助资金"].iter_rows() for cell in line if isinstance(cell.value, str)}
    assert "五、名单与花名册不符涉及的资助（按单位）" in words and "未提供名单" in words
    words = {cell.value for line in book["报送情况"].iter_rows() for cell in line if isinstance(cell.value, str)}
    assert {"部门名单（4个）", "〔名单〕民政.xlsx", "特困、低保"} <= words
    back = openpyxl.load_workbook(returns / "普利桥镇_退回清单.xlsx")["逐条"]
    assert [line[7].value for line in back.iter_rows(min_row=4)] == ["901"]
    (copy,) = returns.glob("*_退回.xlsx")
    codes = [
        line[0].value for line in openpyxl.load_workbook(copy)["校验结果"].iter_rows(min_row=4, min_col=12, max_col=12)
    ]
    assert [code for code in codes if code and code > "9"] == ["904", "907"]
    lines = [
        [cell.value for cell in line]
        for line in openpyxl.load_workbook(ledger / "普利桥镇_缴费台账.xlsx")["医保"].iter_rows(min_row=4)
    ]
    assert [(line[6], line[7], line[15]) for line in lines[:4]] == [
        (250, 250, "计入"), (250, None, "未计入：未缴"), (125, 125, "计入"), (250, 250, "未计入：不符合条件"),
    ]  # fmt: skip


@pytest.mark.slow
def test_check_with_lists_has_the_same_findings_for_the_file(with_lists: Path, tmp_path: Path) -> None:
    given = run.read_lists(with_lists / "名单", POLICY, jobs=1)
    ((line, findings),) = run.check_files(
        [with_lists / "普利桥镇.xlsx"], POLICY, jobs=1, lists=given, annotate=tmp_path / "副本"
    )
    assert [(finding.code, finding.row) for finding in findings if finding.code > "9"] == [
        ("904", 6),
        ("907", 8),
        ("901", 3),
    ]
    assert line.errors == 2
    assert (tmp_path / "副本" / "普利桥镇_校验.xlsx").exists()


@pytest.mark.slow
def test_without_lists_nothing_is_different(with_lists: Path) -> None:
    """The rosters alone: no field, no finding, no line more than before."""
    ((line, findings),) = run.check_files([with_lists / "普利桥镇.xlsx"], POLICY, jobs=1)
    assert (line.errors, [finding.code for finding in findings]) == (0, [])
    data = report.to_json(district(None, held(None, "a.xlsx", resident(1, "低保"))))
    assert "lists" not in data and all("listed_yuan" not in line for line in data["funding"])


@pytest.mark.slow
def test_ids_never_leave_the_child(with_lists: Path) -> None:
    import pickle

    given = run.read_lists(with_lists / "名单", POLICY, jobs=1)
    wire = pickle.dumps((given.files, given.index))
    for number in (1, 4, 5):
        assert invented_id(number).encode() not in wire
    assert "张三".encode() not in wire
