"""The worksheet functions, called as Python calls them and as a cell does (xlwings' own COM path, pywin32 replaced)."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addin import amounts, functions
from addin.functions import (
    DUEREASON,
    ERROR_MARK,
    IDCHECK,
    MASKID,
    NA,
    NETDUE,
    QUOTA,
    QUOTARATE,
    REFUNDDUE,
    SUBSIDYSHARE,
    VALUE,
)  # fmt: skip
from tests.support.com import MISSING, Server, com_error, excel_side
from tests.support.notices import LATER_WINDOWS, LENGSHUITAN

DIV0 = f"{ERROR_MARK}2007"
SPILL = f"{ERROR_MARK}2045"


@pytest.fixture(scope="module")
def excel() -> Iterator[Server]:
    with excel_side() as server:
        yield server


@pytest.fixture
def several_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "_policy", lambda: LATER_WINDOWS)


@pytest.mark.usefixtures("several_windows")
@pytest.mark.parametrize(
    ("window", "net", "share"),
    [
        (None, 175, 0.3), ("集中缴费期", 175, 0.3), ("2019-10-08", 175, 0.3), ("2019-12-31", 175, 0.3),
        ("补缴期", 960, 0), ("2020-01-01", 960, 0), ("2020年1月1日", 960, 0), (date(2020, 2, 29), 960, 0),
        (datetime(2020, 2, 1, 10, 30), 960, 0), (43831.0, 960, 0), (43830.75, 175, 0.3), ("零星参保", 175, 0.3), (43891.0, 175, 0.3),
        ("夏天", VALUE, VALUE), ("2020-13-01", VALUE, VALUE), (20200101.0, VALUE, VALUE), (0.0, VALUE, VALUE), (NA, NA, NA),
    ],
)  # fmt: skip
def test_a_window_is_asked_for_by_its_name_or_by_a_day(window: Any, net: Any, share: Any) -> None:
    given = "#N/A" if window == NA else window
    assert NETDUE("医保", "低保", None, None, None, given) == net
    assert SUBSIDYSHARE("医保", "低保", None, None, None, given) == share


@pytest.mark.usefixtures("several_windows")
def test_windows_are_each_scheme_s_own() -> None:
    days = ["2019-11-14", "2019-11-15", "补缴期", "零星参保"]
    assert NETDUE("养老", "低保", 300, None, None, days) == [200, 300, 300, VALUE]
    assert REFUNDDUE("医保", "低保", None, None, ["集中缴费期", "补缴期", "零星参保"]) == [75, 0, 75]
    assert DUEREASON("养老", "低保", 300, None, "补缴期").startswith(
        "城乡低保对象，补缴期：档次300元，无代缴，应缴300元。"
    )


@pytest.mark.parametrize("window", ["2020-01-01", "集中缴费期", 43831.0])
def test_a_notice_of_one_window_has_the_same_amounts_on_every_day(window: Any) -> None:
    assert NETDUE("医保", ["低保", "特困"], None, None, None, window) == [175, 0]
    assert NETDUE("医保", "低保", None, None, None, "补缴期") == VALUE


# ---- what the notice says (specification 3: 二, 三(六), 一(一))


@pytest.mark.parametrize(
    ("category", "net", "cash", "refund", "share"),
    [
        ("普通居民", 250, 250, 0, 0),
        ("特困供养人员", 0, 0, 0, 1),
        ("五保", 0, 0, 0, 1),
        ("社会保障兜底脱贫对象", 0, 0, 0, 1),
        ("城乡低保对象", 175, 250, 75, 0.3),
        ("低保户", 175, 250, 75, 0.3),
        ("建档立卡", 125, 125, 0, 0.5),
        ("贫困户", 125, 125, 0, 0.5),
        ("贫困残疾人", 250, 250, 0, 0),
        ("重度残疾人", 250, 250, 0, 0),
        ("建档立卡、低保", 175, 250, 75, 0.3),
        ("低保,建档立卡", 175, 250, 75, 0.3),
        ("重度残疾/建档立卡", 125, 125, 0, 0.5),
        ("特困;低保", 0, 0, 0, 1),
        ("兜底 低保", 0, 0, 0, 1),
    ],
)
def test_medical(category: str, net: float, cash: float, refund: float, share: float) -> None:
    assert NETDUE("医保", category) == net
    assert NETDUE("医保", category, None, "净额") == net
    assert NETDUE("医保", category, None, "现收") == cash
    assert REFUNDDUE("医保", category) == refund
    assert SUBSIDYSHARE("医保", category) == share


@pytest.mark.parametrize(
    ("category", "tier", "net", "share"),
    [
        ("普通居民", None, 100, 0),
        ("低保", None, 0, 1),
        ("重度残疾", 300, 200, 1 / 3),
        ("重度残疾", "300", 200, 1 / 3),
        ("重度残疾", "300元", 200, 1 / 3),
        ("兜底", 3000, 2900, 1 / 30),
        ("贫困残疾人", 100, 100, 0),
        ("建档立卡、重残", 1500, 1400, 1 / 15),
    ],
)
def test_pension(category: str, tier: Any, net: float, share: float) -> None:
    assert NETDUE("养老", category, tier) == net
    assert NETDUE("养老", category, tier, "现收") == net
    assert SUBSIDYSHARE("养老", category, None, tier) == pytest.approx(share)


def test_funders() -> None:
    assert SUBSIDYSHARE("医保", "兜底", "财政") == 0.5
    assert SUBSIDYSHARE("医保", "兜底", "医疗救助") == 0.5
    assert SUBSIDYSHARE("医保", "建档立卡", "扶贫") == 0.5
    assert SUBSIDYSHARE("医保", "建档立卡", "医疗救助") == 0
    assert SUBSIDYSHARE("养老", "低保", "区财政", 200) == 0.5
    assert SUBSIDYSHARE("医保", "兜底", "全部") == SUBSIDYSHARE("医保", "兜底", "合计") == 1
    # 三(六): 民政 pays over, but it is 二 that says whose money it is
    assert SUBSIDYSHARE("医保", "兜底", "民政") == VALUE


def test_quotas() -> None:
    assert QUOTARATE("医保", "合计", 462_000) == 1
    assert QUOTARATE("养老", "曲河街道", 6762) == 2, "never capped"
    assert QUOTARATE("养老", "曲河街道办事处", "3381") == 1
    assert QUOTARATE("医保", "仁湾街道", 32_010) == 1
    assert QUOTARATE("养老", "仁湾镇", 1) == NA
    assert QUOTARATE("养老", "仁湾镇", None) is None
    assert QUOTARATE("医保", "查无此镇", 1) == VALUE
    assert QUOTARATE("医保", "曲河街道", -1) == VALUE
    assert QUOTA("养老", ["工业园区", "马坪开发区", "仁湾镇", "合计"]) == [970, 2026, NA, 150_812]


def test_reasons_say_amounts_and_articles() -> None:
    assert DUEREASON("医保", "低保") == (
        "城乡低保对象：标准250元（初定），医疗救助资助75元，先征后补：窗口收250元，缴后补75元，净负担175元。依据：二；三(六)"
    )
    assert DUEREASON("医保", "贫困残疾人") == "贫困残疾人：标准250元（初定），无资助，应缴250元。依据：二"
    assert DUEREASON("医保", "低保、建档立卡").startswith("城乡低保对象（另有建档立卡贫困人口身份，资助不叠加）")
    assert DUEREASON("养老", None) is None


# ---- blanks, errors, what can't be understood


@pytest.mark.parametrize("blank", [None, "", "  ", float("nan")])
def test_a_blank_gives_a_blank(blank: Any) -> None:
    assert NETDUE("医保", blank) is None
    assert SUBSIDYSHARE("医保", blank) is None
    assert QUOTARATE("医保", "合计", blank) is None
    assert IDCHECK(blank) is None
    assert MASKID(blank) is None


@pytest.mark.parametrize(
    "answer",
    [
        NETDUE("商业险", "低保"),
        NETDUE(None, "低保"),
        NETDUE("医保", "低保、某某"),
        NETDUE("医保", 42.0),
        NETDUE("医保", True),
        NETDUE("养老", "低保", 250),
        NETDUE("养老", "低保", 100.005),
        NETDUE("养老", "低保", -100),
        NETDUE("养老", "低保", True),
        NETDUE("养老", "低保", "一百"),
        NETDUE("养老", "低保", float("inf")),
        NETDUE("医保", "低保", None, "毛额"),
        # a comma is missing: the net due would be the wrong amount to collect
        NETDUE("医保", "低保", "现收"),
        QUOTARATE("医保", "合计", "许多"),
        QUOTARATE("医保", "合计", True),
        QUOTARATE("医保", None, 5),
        IDCHECK("990000199001010017", "户口簿"),
    ],
)
def test_not_understood(answer: Any) -> None:
    assert answer == VALUE


def test_an_error_in_is_the_same_error_out() -> None:
    assert NETDUE("医保", com_error(2007)) == DIV0
    assert NETDUE("医保", "#DIV/0!") == DIV0
    assert NETDUE("医保", com_error(2045)) == SPILL, "xlwings maps no #SPILL!: unread, it looks like an amount"
    assert QUOTARATE("医保", "查无此镇", com_error(2042)) == NA
    assert NETDUE(com_error(2042), None) == NA, "an error goes before a blank"
    assert NETDUE("医保", NETDUE("医保", com_error(2007))) == DIV0
    assert QUOTARATE("医保", "合计", -2146000000) == VALUE, "an int that is no error is a number"


# ---- shapes


def test_shapes() -> None:
    assert NETDUE("医保", ["低保", "特困"]) == [175, 0]
    assert NETDUE("医保", [["低保"], [None], ["特困"]]) == [[175], [None], [0]]
    assert NETDUE("医保", (("低保", "特困"),)) == [[175, 0]]
    assert NETDUE([["医保"], ["养老"]], [["低保", "普通居民"]]) == [[175, 250], [0, 100]], "a column by a row"
    assert NETDUE([["医保"], ["养老"]], "低保", [[None], [300.0]]) == [[175], [200]]
    assert NETDUE("医保", [["低保"], ["特困"], ["低保"]], [[None], [None]]) == [[175], [0], [NA]], (
        "one range is shorter"
    )
    assert NETDUE("医保", []) == []


_CATEGORY = st.sampled_from(["低保", "特困", "建档立卡、重残", "普通居民", "认不出", None, "#N/A", 7.0])
_TIER = st.sampled_from([None, 100.0, 300.0, 250.0, "500元", com_error(2023)])


@given(st.lists(st.tuples(st.sampled_from(["医保", "养老", "无"]), _CATEGORY, _TIER), min_size=1, max_size=12))
def test_a_column_is_its_cells(rows: list[tuple[Any, Any, Any]]) -> None:
    columns = [[[cell] for cell in column] for column in zip(*rows, strict=True)]
    assert NETDUE(*columns) == [[NETDUE(*row)] for row in rows]


@given(st.lists(st.sampled_from(["低保", "特困", "兜底、低保", "贫困户", "普通居民", "?"]), min_size=1, max_size=20))
def test_the_same_fen_as_the_table(categories: list[str]) -> None:
    table = amounts.table(LENGSHUITAN, "medical", categories)
    expected = [fen / 100 if known else VALUE for fen, known in zip(table["cash"], table["known"], strict=True)]
    assert NETDUE("医保", categories, None, "现收") == expected


# ---- IDs


def test_ids() -> None:
    assert IDCHECK("990000199001010017") == "正确"
    assert IDCHECK("９９００００ 19900101 0017") == "正确", "width and spaces are not the number's fault"
    assert IDCHECK("990000900101001").startswith("15位")
    assert IDCHECK("99000019901301001X").startswith("出生日期")
    assert IDCHECK("99000019900101").startswith("位数")
    assert IDCHECK("99000019900101A017").startswith("含有")
    assert IDCHECK(990000199001010017.0).startswith("证号存成了数字")
    assert IDCHECK("任意", "其他") == "此类证件不作校验"
    assert MASKID("990000199001010017") == "990000********0017"
    assert MASKID(9.9e14) == "990000********0000"
    assert MASKID(True) == MASKID("TRUE"), "a truth value is taken as its text"


# ---- as a cell calls them


def test_through_xlwings(excel: Server) -> None:
    assert excel.call("NETDUE", ("医保", "低保")) == 175
    assert excel.call("NETDUE", ("医保", "低保", None, "现收")) == 250, "Empty: our wrapper's argument left out"
    assert excel.call("NETDUE", ("医保", "低保", MISSING, "现收")) == 250, "xlwings' own"
    assert excel.call("NETDUE", ("医保", None)) == "", "None would show as 0"
    column = (("低保",), (None,), ("",), ("认不出",), (com_error(2042),), (com_error(2045),))
    assert excel.call("NETDUE", ("医保", column)) == [[175], [""], [""], [VALUE], [NA], [SPILL]]
    assert excel.call("NETDUE", ("医保", (("低保", "特困"),))) == [175, 0], "one row goes back as one dimension"
    assert excel.call("QUOTARATE", ("养老", "仁湾镇", 1.0)) == NA


def test_every_function_is_registered(excel: Server) -> None:
    for name in functions.NAMES:
        info = getattr(functions, name).__xlfunc__
        assert info["category"] == functions.CATEGORY
        assert [argument["doc"] for argument in info["args"]] == list(functions.HELP[name].arguments)
        assert {argument["options"]["convert"] for argument in info["args"]} == {"raw"}
    decorated = {name for name in vars(functions) if hasattr(getattr(functions, name), "__xlfunc__")}
    assert decorated == set(functions.NAMES)


def test_help_fits_the_wizard() -> None:
    for name, text in functions.HELP.items():
        parameters = inspect.signature(getattr(functions, name)).parameters
        assert len(text.arguments) == len(parameters)
        assert all(0 < len(words) <= 255 for words in (text.description, *text.arguments)), name


def test_fifty_thousand_rows_are_one_call_that_works_each_case_out_once(
    excel: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("低保", "特困", "建档立卡", "普通居民", "重度残疾、建档立卡")
    column = tuple((words[n % 5],) for n in range(50_000))
    tiers = tuple((float(100 * (n % 10 + 1)),) for n in range(50_000))
    worked_out: list[object] = []
    dues = amounts.dues
    monkeypatch.setattr(amounts, "dues", lambda *given, **more: worked_out.append(given) or dues(*given, **more))
    answer = excel.call("NETDUE", ("养老", column, tiers))
    assert len(answer) == 50_000
    assert answer[:5] == [[0], [100], [200], [400], [400]]
    assert answer[10:] == answer[:-10]
    assert len(worked_out) == 10, "one for each pair of status and tier that occurs"
