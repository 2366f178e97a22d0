"""Days of reporting that are not half months: a notice says the 25th, or every Friday, and everything goes by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from addin import checks, policy, run
from addin import roster as rosters_module
from addin.district import FileResult, assemble, reduce_roster, reporting_days
from addin.district.records import District
from addin.findings import Refusal
from addin.output import returns, summary, template
from addin.output.circular.words import Circular
from addin.policy import Policy
from addin.policy.model import Reporting
from tests.support import notices, rosters
from tests.support.notices import LENGSHUITAN, LENGSHUITAN_FOLDER, QINGSHI
from tests.support.received import received
from tests.support.results import SECRET, people

OLD = "每半月向区税务局上报一次进度"
DAYS = 'days = [15, "end"]'


def reporting(folder: Path, sentence: str, days: str) -> Policy:
    """The district's notice with another sentence of 六(四), and its days."""
    edits = [("notice.md", OLD, sentence), ("policy.toml", OLD, sentence), ("policy.toml", DAYS, days)]
    return policy.load(notices.edited(LENGSHUITAN_FOLDER, folder, *edits))


@pytest.fixture(scope="module")
def on_the_25th(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return reporting(tmp_path_factory.mktemp("25") / "n", "每月25日前向区税务局上报进度", "days = [25]")


@pytest.fixture(scope="module")
def weekly(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return reporting(tmp_path_factory.mktemp("w") / "n", "每周五向区税务局上报一次进度", "weekday = 5")


@pytest.mark.parametrize(
    ("sentence", "days", "expected", "words"),
    [
        ("每月25日上报进度", "days = [25]", ["08-31", "09-25", "10-25", "11-25"], "每月25日"),
        ("每周五上报进度", "weekday = 5", ["08-31", "09-06", "09-13"], "每周五"),
        ("每星期日上报进度", "weekday = 7", ["08-31", "09-01", "09-08"], "每周日"),
        ("每月10日、20日和月底上报进度", 'days = [10, 20, "end"]', ["08-31", "09-10", "09-20", "09-30", "10-10"], "每月10日、20日、月末"),
        ("每月30日上报进度", "days = [30]", ["08-31", "09-30", "10-30", "11-30", "12-30", "01-30", "02-29", "03-30"], "每月30日"),
        ("每半月上报一次进度", DAYS, ["08-31", "09-15", "09-30"], "每半月"),
        ("每月15日和月末各上报一次进度", DAYS, ["08-31", "09-15", "09-30"], "每半月"),
    ],
)  # fmt: skip
def test_the_days(tmp_path: Path, sentence: str, days: str, expected: list[str], words: str) -> None:
    rules = reporting(tmp_path / "n", sentence, days)
    last = date(2020 if expected[-1] < "08" else 2019, *map(int, expected[-1].split("-")))
    assert [f"{day:%m-%d}" for day in reporting_days(rules, last)] == expected
    assert (rules.reporting.every, rules.reporting.said) == (words, True)
    assert rules.reporting.table == ("半月进度表" if words == "每半月" else "进度表")
    assert rules.fingerprint == LENGSHUITAN.fingerprint, "no template grows old by it"


@pytest.mark.parametrize(
    ("sentence", "days", "problem"),
    [
        ("每月25日上报进度", "days = [26]", "26 不在所引的句子里"),
        ("每月25日上报进度", 'days = [25, "end"]', "月末 不在所引的句子里"),
        ("每周五上报进度", "weekday = 4", "周四 不在所引的句子里"),
        ("每周上报进度", "weekday = 5", "周五 不在所引的句子里"),
        (OLD, "days = [25]", "25 不在所引的句子里"),
        (OLD, 'days = ["end", 15]', "由小到大"),
        (OLD, "days = [0]", "1至31日"),
        (OLD, 'days = ["15"]', "1至31日"),
        (OLD, "weekday = 8", "应是1（周一）至7（周日）"),
        (OLD, f"{DAYS}\nweekday = 5", "只能写一项"),
    ],
)
def test_days_that_the_sentence_has_not_are_refused(tmp_path: Path, sentence: str, days: str, problem: str) -> None:
    with pytest.raises(policy.PolicyError, match=problem) as raised:
        reporting(tmp_path / "n", sentence, days)
    assert raised.value.entry == "entries.reports"


def test_a_notice_that_says_none_reports_by_half_months_and_that_is_reported(tmp_path: Path) -> None:
    silent = reporting(tmp_path / "n", OLD, "")
    assert (silent.reporting, silent.usual) == (Reporting(), ("进度按每半月（15日、月末）列出",))
    assert QINGSHI.reporting.every == "每月月末"
    assert LENGSHUITAN.reporting == replace(Reporting(), said=True) and LENGSHUITAN.usual == ()


def a_district(rules: Policy, *rows: dict[str, Any], deadline: datetime) -> District:
    book = rosters.book(rows, deadline=deadline)
    roster = rosters_module.read(book, rules, "a.xlsx")
    assert not isinstance(roster, Refusal)
    result: FileResult = reduce_roster(roster, checks.check(roster), SECRET, "a.xlsx")
    return assemble([result], rules)


def paid(start: int, day: datetime) -> dict[str, Any]:
    return {**people(1, start)[0], "medical_date": day}


def test_a_circular_is_of_a_month_whatever_the_reporting_days(on_the_25th: Policy) -> None:
    """Two pay in October before the 25th, one after it, one in November: the 25th is no month's end."""
    days = [datetime(2019, 10, 8), datetime(2019, 10, 9), datetime(2019, 10, 28), datetime(2019, 11, 5)]
    rows = [paid(n, day) for n, day in enumerate(days, 1)]
    merge = a_district(on_the_25th, *rows, deadline=datetime(2019, 11, 25))
    own = [point for point in merge.progress if (point.scheme, point.township) == ("medical", "普利桥镇")]
    assert [(f"{point.day:%m-%d}" if point.day else "", point.counted) for point in own] == [
        ("08-31", 0), ("09-25", 0), ("10-25", 2), ("11-25", 4), ("", 4),
    ]  # fmt: skip
    (sentence,) = Circular(merge, date(2019, 11, 30)).progress(on_the_25th.schemes["medical"])
    assert "本月新增1人" in sentence
    assert returns.next_report(merge) == date(2019, 12, 25)


def test_a_return_is_expected_by_the_next_friday(weekly: Policy) -> None:
    merge = a_district(weekly, paid(1, datetime(2019, 10, 8)), deadline=datetime(2019, 10, 11))
    assert returns.next_report(merge) == date(2019, 10, 18)


def test_the_cover_says_the_days(on_the_25th: Policy, tmp_path: Path) -> None:
    template.write_roster(tmp_path / "a.xlsx", on_the_25th, {}, ())
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["封面"]
    assert any("每月25日一报，填25日" in str(rule.prompt) for rule in sheet.data_validations.dataValidation)


@pytest.mark.slow
def test_sheets_and_tables_of_a_weekly_notice(weekly: Policy, tmp_path: Path) -> None:
    """The whole merge: names of the papers, headings, and last day; once more over the papers that lie there."""
    inbox, target = tmp_path / "收", tmp_path / "汇总.xlsx"
    received(inbox, "a.xlsx", paid(1, datetime(2019, 10, 8)), deadline=datetime(2019, 10, 11))
    for _ in range(2):
        run.merge_folder(inbox, target, weekly, extras=run.papers_of(inbox, returns=False, ledger=False), jobs=1)
    papers = inbox / "汇总结果" / "进度表"
    assert sorted(path.name for path in papers.glob("普利桥镇*")) == [
        "普利桥镇_进度表.bak1.xlsx",
        "普利桥镇_进度表.xlsx",
    ]
    rows = CalamineWorkbook.from_path(str(papers / "普利桥镇_进度表.xlsx")).get_sheet_by_name("医保").to_python()
    assert str(rows[0][0]).endswith("征缴进度表")
    assert [row[0] for row in rows if isinstance(row[0], date)][-2:] == [date(2019, 10, 4), date(2019, 10, 11)]
    book = CalamineWorkbook.from_path(str(target))
    heads = [row for row in book.get_sheet_by_name("进度").to_python() if "单位" in row]
    assert all(head[2:5] == ["2019-08-31及以前", "2019-09-06", "2019-09-13"] for head in heads)
    words = str(book.get_sheet_by_name("总览").to_python())
    assert "各单位每周五累计计入人数" in words and "半月" not in words


@pytest.mark.slow
@pytest.mark.parametrize(("deadline", "across"), [(datetime(2019, 10, 31), False), (datetime(2019, 12, 27), True)])
def test_many_weeks_are_printed_across(weekly: Policy, tmp_path: Path, deadline: datetime, across: bool) -> None:
    merge = a_district(weekly, paid(1, datetime(2019, 10, 8)), deadline=deadline)
    summary.write(merge, tmp_path / "汇总.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "汇总.xlsx")["进度"]
    assert (sheet.page_setup.orientation == "landscape") is across
