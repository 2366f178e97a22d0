"""Cells as clerks send them: long numbers, placeholders, words of the household register, numbers as text."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

import pytest

from addin import columns
from addin.checks import check
from addin.columns import COLUMNS
from addin.findings import Finding
from addin.registers.read import from_sheets as read_list
from addin.roster import Roster
from tests.support import rosters
from tests.support.results import SECRET
from tests.support.rosters import person

LETTER = {key: columns.letter(n) for n, key in enumerate(rosters.EDITION_1, 1)}
NO_MEDICAL: dict[str, Any] = {"medical_paid": "", "medical_date": "", "medical_receipt": ""}
NO_PENSION: dict[str, Any] = {"tier": "", "pension_paid": "", "pension_date": "", "pension_receipt": ""}
ELSEWHERE: dict[str, Any] = {"medical_status": "市内职工医保", "pension_status": "职工养老"}


def judged(*people: dict[str, Any]) -> tuple[Roster, list[Finding]]:
    roster = rosters.read(people)
    return roster, check(roster).findings


def codes(*people: dict[str, Any]) -> list[str]:
    return [f"{finding.code} {finding.cell}".strip() for finding in judged(*people)[1]]


def only(*people: dict[str, Any]) -> Finding:
    (finding,) = judged(*people)[1]
    return finding


# ---------------------------------------------------------------- numbers of more than fifteen digits


def _homes(key: str, *values: Any) -> list[dict[str, Any]]:
    """Heads of as many households."""
    numbers = ("990000199001010017", "990000199001010033", "99000019900101005X", "990000199001010076")
    return [
        person(household=str(n), name=name, id_number=number, medical_receipt=f"A{n}", pension_receipt=f"B{n}") | {key: value}
        for n, (name, number, value) in enumerate(zip("甲乙丙丁", numbers, values, strict=False))
    ]  # fmt: skip


LOST = (123456789012345678.0, 123456789012345679.0, 123456789012345601.0, 123456789012345699.0)


def test_four_households_whose_numbers_have_lost_their_digits() -> None:
    people = _homes("household", *LOST)
    roster, findings = judged(*people)
    assert [(finding.code, finding.cell, finding.severity, finding.blocks) for finding in findings] == [
        ("211", f"{LETTER['household']}{5 + n}", "error", ()) for n in range(4)
    ]
    assert check(roster).strays.all(), "the receipts of nobody knows which household are compared with none"


@pytest.mark.parametrize("key", ["medical_receipt", "pension_receipt", "certificate"])
@pytest.mark.parametrize("value", [12345678901234567890.0, 1e15, "1.23457E+19", "1.2e17", 2**60])
def test_receipts_and_certificates_that_have_lost_their_digits(key: str, value: Any) -> None:
    finding = only(person(**{key: value}))
    assert (finding.code, finding.cell, finding.severity, finding.blocks) == ("212", f"{LETTER[key]}5", "warning", ())


@pytest.mark.parametrize(
    "value", [990000199001010000.0, 99000019900101.0e4, "9.90E+17", "9.9000019900101E17", "9.90e+17", "9.9e17"]
)
def test_a_number_that_has_lost_its_digits(value: Any) -> None:
    finding = only(person(id_number=value))
    assert (finding.code, finding.blocks) == ("303", ("medical", "pension"))


@pytest.mark.parametrize("value", [123456789.0, 123456789, 12345678901234.0])
def test_a_passport_of_digits_is_read(value: Any) -> None:
    roster, (finding,) = judged(person(id_number=value, id_type="其他"))
    assert (finding.code, finding.severity, finding.blocks) == ("318", "warning", ())
    assert roster.person.canonical.tolist() == [f"{value:.0f}"]


def test_an_old_number_as_a_number_is_read() -> None:
    roster, (finding,) = judged(person(id_number=990000900101001.0))
    assert (finding.code, finding.severity) == ("308", "warning")
    assert roster.person.canonical.tolist() == ["990000199001010017"]


@pytest.mark.parametrize(
    "differs", [{"household": 12.0}, {"household": 123456789012345.0}, {"medical_receipt": 20191015001.0}, {"certificate": "1E5"}, {"medical_receipt": "E1234567"},
                {"household": "5.2E"}, {"medical_receipt": "12E34"}, {"certificate": "123456789012345678901"}],
    ids=str,
)  # fmt: skip
def test_codes_that_have_lost_nothing(differs: dict[str, Any]) -> None:
    assert codes(person(**differs)) == []


# ---------------------------------------------------------------- not applicable

NOTHING = ("/", "／", "\\", "—", "——", "-", "－", "–", " / ", "//")
MAY_BE_BLANK = (
    "group", "household_type", "registered", "id_type", "residence_proof", "schooling", "category", "certificate", "medical_reason",
    "medical_proof", "entered",
)  # fmt: skip
UNUSED = ("medical_paid", "medical_date", "medical_receipt", "tier", "pension_paid", "pension_date", "pension_receipt")
"""Columns of somebody who is insured elsewhere."""


@pytest.mark.parametrize("value", NOTHING)
def test_a_dash_is_blank(value: str) -> None:
    blank = [code for code in codes(person(**dict.fromkeys(MAY_BE_BLANK, value))) if not code.startswith("110")]
    assert blank == []
    elsewhere = person(**ELSEWHERE, **dict.fromkeys(UNUSED, value))
    roster, findings = judged(elsewhere)
    assert [finding.code for finding in findings if finding.code != "110"] == []
    assert not any(roster.filled[key].any() for key in UNUSED)
    assert roster.raw["medical_paid"].tolist() == [value], "what was typed stays"


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("category", ("否", "群众", "0", 0.0, "无", "一般户", "普通群众", "非困难户", "没有")),
        ("certificate", ("无", "否", "0", "暂无")), ("residence_proof", ("无", "否")), ("schooling", ("无",)), ("id_type", ("无",)),
        ("registered", ("无", 0.0)), ("medical_reason", ("无", "否", "0")), ("medical_proof", ("无", "N/A")), ("household_type", ("无",)),
    ],
)  # fmt: skip
def test_words_that_can_only_mean_nothing(key: str, values: tuple[Any, ...]) -> None:
    for value in values:
        assert codes(person(**{key: value})) == [], value


@pytest.mark.parametrize("value", ["无", "否", "0", 0.0, time(0)])
def test_days_and_tiers_of_who_pays_nothing(value: Any) -> None:
    assert codes(person(**ELSEWHERE, **NO_MEDICAL, **NO_PENSION) | {"medical_date": value, "pension_date": value}) == []
    if not isinstance(value, time):
        assert codes(person(**ELSEWHERE, **NO_MEDICAL, **NO_PENSION) | {"tier": value, "pension_paid": value}) == []
        assert codes(person(**{**NO_PENSION, "tier": value})) == [f"704 {LETTER['tier']}5"]


@pytest.mark.parametrize(
    ("differs", "code"),
    [
        ({"name": "/"}, "301"), ({"id_number": "—"}, "302"), ({"id_number": "无"}, "304"), ({"village": "/"}, "316"), ({"household": "-"}, "316"), ({"relation": "/"}, "316"),
        ({"register": "/"}, "316"), ({"medical_status": "/", **NO_MEDICAL}, "316"), ({"medical_status": "无"}, "208"), ({"pension_status": "否"}, "208"),
        ({"medical_date": "/"}, "805"), ({"medical_paid": "/", **{"medical_date": "", "medical_receipt": ""}}, ""), ({"medical_status": "不参保", "medical_reason": "/", **NO_MEDICAL}, "506"),
        ({"medical_status": "市外职工医保", "medical_proof": "无", **NO_MEDICAL}, "601"), ({"tier": "/"}, "704"), ({"pension_status": "/", **NO_PENSION}, "714"),
    ],
    ids=str,
)  # fmt: skip
def test_nothing_where_something_is_needed_is_missing(differs: dict[str, Any], code: str) -> None:
    findings = [finding.code for finding in judged(person(**differs))[1] if finding.code not in ("110", "706")]
    assert findings == ([code] if code else [])


@pytest.mark.parametrize(
    "value",
    ["无", "微信缴费", "同上", "待开", "支付宝", "银行代扣", "现金", "未开票", "/", "—", "〃", "见上", "电子票据"],
)
def test_words_in_place_of_a_receipt(value: str) -> None:
    """No receipt, and never one that two households share."""
    roster, findings = judged(*(home | {"medical_receipt": value} for home in _homes("remark", "", "", "", "")))
    assert [(finding.code, finding.severity) for finding in findings] == [("808", "warning")] * 4
    assert not roster.filled["medical_receipt"].any()
    shown = value not in ("/", "—", "无")
    assert all((f"票据号填的“{value}”不是号码" in finding.problem) == shown for finding in findings)


def test_a_receipt_has_a_number() -> None:
    for value in ("A0001", "0001", "湘财通字（2019）第0012号", "第十二号", 12.0):
        assert [finding.code for finding in judged(person(medical_receipt=value))[1] if finding.code != "110"] == []


# ---------------------------------------------------------------- numbers kept as text, other causes


@pytest.mark.parametrize("value", ["250", "250.00", " 250", "２５０"])
def test_a_number_kept_as_text_names_its_cause(value: str) -> None:
    finding = only(person(medical_paid=value))
    assert (finding.code, finding.blocks) == ("202", ("medical",))
    assert "存成了文本" in finding.problem and "转换为数字" in finding.remedy and "分列" in finding.remedy
    assert finding.example != "250"


@pytest.mark.parametrize("value", ["250元", "1,500", "￥250", "二百五十", "未缴"])
def test_a_text_that_is_no_number(value: str) -> None:
    finding = only(person(medical_paid=value))
    assert finding.code == "202" and "不是数字" in finding.problem and "存成了文本" not in finding.problem


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        ("'990000199001010017", "304", "撇号“'”"), ("`990000199001010017", "304", "撇号“`”"), ("’990000199001010017", "304", "撇号“’”"), ("990000199001010017'", "304", "撇号"),
        ("990000199001010000", "306", "末三位是000"), ("990000199001010018", "306", "出生日期等前17位或最后一位"), ("99000019900101001×", "305", "“×”（不是字母X）"),
        ("99000019900101OO17", "305", "“O”（不是数字0）"), ("9900001990010l0017", "305", "“L”（不是数字1）"), ("99000019900101001Х", "305", "“Х”（不是字母X）"),
        ("99000019900101001*", "305", "“*”（不是字母X）"), ("990000199001010017.", "304", "夹有“.”"), ("990000199001O10O17", "305", "“O”"), ("990000,19900101,0017", "304", "夹有“,”"),
        ("X9000019900101001X", "305", "“X”"),
    ],
)  # fmt: skip
def test_the_cause_of_a_wrong_number(number: str, code: str, words: str) -> None:
    finding = next(finding for finding in judged(person(id_number=number))[1] if finding.code != "110")
    assert finding.code == code and words in finding.problem, finding.problem
    assert number not in finding.problem and number not in finding.value
    assert "字母O不要当作数字0" not in finding.remedy


def test_a_picture_in_a_cell() -> None:
    book = rosters.book([person(id_number="")])
    sheet = book.sheets[columns.ROSTER_SHEET]
    sheet.errors[5, rosters.EDITION_1.index("id_number") + 1] = "#VALUE!"  # what Excel has in a cell with a picture
    for finding in (
        *check(rosters.read_book(book)).findings,
        only(person(id_number='=DISPIMG("ID_99F3A1",1)')), only(person(id_number='=_xlfn.DISPIMG("ID_99F3A1",1)')),
    ):  # fmt: skip
        assert (finding.code, finding.blocks) == ("201", ("medical", "pension"))
        assert "图片" in finding.problem and "图片" in finding.remedy


# ---------------------------------------------------------------- words of the household register

GB_T_4761 = ["本人", "户主", "配偶", "夫", "妻", "子", "独生子", "长子", "次子", "三子", "四子", "五子", "养子或继子", "女婿", "其他儿子", "女", "独生女", "长女", "次女", "二女", "三女", "四女", "五女", "养女或继女", "儿媳", "其他女儿", "孙子、孙女或外孙子、外孙女", "孙子", "孙女", "外孙子", "外孙女", "孙媳妇或外孙媳妇", "孙女婿或外孙女婿", "曾孙子或外曾孙子", "曾孙女或外曾孙女", "其他孙子、孙女或外孙子、外孙女", "父母", "父亲", "母亲", "公公", "婆婆", "岳父", "岳母", "继父或养父", "继母或养母", "其他父母关系", "祖父母或外祖父母", "祖父", "祖母", "外祖父", "外祖母", "配偶的祖父母或外祖父母", "曾祖父", "曾祖母", "配偶的曾祖父母或外曾祖父母", "其他祖父母或外祖父母关系", "兄弟姐妹", "兄", "嫂", "弟", "弟媳", "姐姐", "姐夫", "妹妹", "妹夫", "其他兄弟姐妹", "其他", "伯父", "伯母", "叔父", "婶母", "舅父", "舅母", "姨父", "姨母", "姑父", "姑母", "堂兄弟、堂姐妹", "表兄弟、表姐妹", "侄子", "侄女", "外甥", "外甥女", "其他亲属", "非亲属"]  # fmt: skip


@pytest.mark.parametrize(
    "word", [*GB_T_4761, "继母", "养子", "孙媳妇", "外婆", "老伴", "大儿子", "堂弟", "表姐", "侄孙", "重孙女", "丈母娘"]
)
def test_every_word_of_the_register_is_a_relation(word: str) -> None:
    roster = rosters.read([person(relation=word)])
    assert roster.words["relation"].texts()[0] in columns.RELATIONS
    assert "relation" not in roster.faults


@pytest.mark.parametrize(
    ("word", "choice"),
    [("养子或继子", "子"), ("姐夫", "其他亲属"), ("继母", "母"), ("孙媳妇或外孙媳妇", "其他亲属"), ("曾祖母", "祖父母或外祖父母"), ("儿媳妇", "儿媳"), ("外公", "祖父母或外祖父母"),
     ("堂兄弟、堂姐妹", "其他亲属"), ("老公", "配偶"), ("孙子、孙女或外孙子、外孙女", "孙子女")],
)  # fmt: skip
def test_what_a_word_of_the_register_is(word: str, choice: str) -> None:
    assert rosters.read([person(relation=word)]).words["relation"].texts().tolist() == [choice]


@pytest.mark.parametrize("column", [column for column in COLUMNS if column.choices], ids=lambda column: column.key)
def test_a_right_example_is_the_list_and_never_one_word_to_copy(column: columns.Column) -> None:
    finding = next(finding for finding in judged(person(**{column.key: "亲戚"}))[1] if finding.code in ("208", "209"))
    assert sum(choice in finding.example for choice in column.choices) > 1 or column.key == "entered"
    assert finding.example != column.choices[0]


def test_the_right_example_for_a_relative() -> None:
    assert "其他亲属" in only(person(relation="亲戚", household_type="集体户")).example


# ---------------------------------------------------------------- one cell, one finding


@pytest.mark.parametrize("category", ["特困", "低保", "建档立卡"])
def test_hardship_without_a_reason_is_reported_once(category: str) -> None:
    row = person(category=category, medical_status="不参保", **NO_MEDICAL, pension_paid="")
    assert codes(row) == [f"608 {LETTER['medical_status']}5"]


def test_ordinary_people_without_a_reason_are_reported() -> None:
    assert codes(person(medical_status="不参保", **NO_MEDICAL)) == [f"506 {LETTER['medical_reason']}5"]


def test_blanks_and_a_small_x_are_all_counted() -> None:
    people = _homes(
        "id_number",
        " 990000199001010017",
        "990000199001010033\u00a0",
        "99000019900101005x",
        "\u3000990000199001010076 ",
    )
    (finding,) = judged(*people)[1]
    assert (finding.code, finding.severity, finding.count) == ("110", "info", 4)


def test_days_are_no_placeholders() -> None:
    assert [finding.code for finding in judged(person(medical_date=datetime(1900, 1, 1)))[1]] == ["801"]


@pytest.mark.parametrize(
    ("value", "code"),
    [(123456789.0, "922"), (990000800101001.0, ""), (990000198001010010.0, "921"), ("9.90E+17", "921")],
)
def test_numbers_on_a_departments_list(value: Any, code: str) -> None:
    header = ["姓名", "证件号码", "类别", "乡镇"]
    sheet = rosters.Cells("名单", [header, ["张三", value, "低保", "普利桥镇"]])
    register = read_list([sheet], "名单.xlsx", rosters.POLICY, SECRET)
    assert [finding.code for finding in register.findings] == ([code] if code else [])
    assert len(register.entries) == (code != "921")
