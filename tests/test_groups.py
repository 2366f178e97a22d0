"""Groups from facts: age on a day, schooling, statuses that are no hardship; reserved tiers, ceilings, in all engines.

The notice is `tests/notices/linhe-2024`; its worked cases stand in `tests/cases/linhe-2024.csv`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from addin import amounts, checks, columns, functions, old_roster, policy, registers, roster
from addin.columns import FIRST_ROW, PLACES, ROSTER_SHEET, Scheme
from addin.district import assemble, received_files, reduce_file, reduce_roster
from addin.findings import Refusal
from addin.output import circular, summary, template
from addin.output.template import charges, hints, lists
from addin.output.template.style import Styles
from addin.policy import FEN
from addin.registers.read import from_sheets
from tests.support import guards, rosters, spreadsheets
from tests.support.notices import LENGSHUITAN, LINHE, LINHE_FOLDER, edited
from tests.support.office import Office
from tests.support.results import INDEX, SECRET
from tests.support.spreadsheets import HyperFormula, Values
from tests.test_template_engines import hostile_hand

COVER: dict[str, Any] = {
    "township": "青禾镇", "scope": "两险", "part": "全部", "parts": 1, "deadline": datetime(2024, 12, 31), "serial": 1,
    "clerk": "李四", "template_version": columns.TEMPLATE_VERSION, "policy": LINHE.id,
}  # fmt: skip


def number(born: date, serial: int = 1) -> str:
    """A right document number of an area that does not exist."""
    digits = f"990000{born:%Y%m%d}{serial:03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11]


def person(born: date = date(1985, 5, 5), serial: int = 1, **differs: Any) -> dict[str, Any]:
    """A head of a household of 青禾镇 in both schemes who has paid; without a pension where nothing is said of one."""
    row = {
        "village": "桥头村", "household": str(serial), "name": f"禾{serial}", "relation": "户主",
        "id_number": number(born, serial % 1000), "register": "本乡镇(街道)", "medical_status": "本次参保", "medical_paid": 400,
        "medical_date": datetime(2024, 10, 8), "medical_receipt": f"A{serial:04}", "pension_status": "本次参保", "tier": 300,
        "pension_paid": 300, "pension_date": datetime(2024, 10, 8), "pension_receipt": f"B{serial:04}", "entered": "是",
    }  # fmt: skip
    return {**row, **differs}


def read(people: list[dict[str, Any]], **cover: Any) -> roster.Roster:
    """The roster of some people under this notice."""
    given = {**COVER, **cover}
    book = rosters.book(people, **given)
    read_roster = roster.read(book, LINHE, "测试.xlsx")
    assert not isinstance(read_roster, Refusal), read_roster
    return read_roster


# ---------------------------------------------------------------- the notice

TOML = "policy.toml"
CONTRADICTIONS = {
    "two groups share people": (
        'after = ["children"]\n', "", "groups[2]", "与 children（在校学生和未满18周岁的居民）会有人两样都是：请写明 after"
    ),
    "nobody is of the age": (
        "from_age = 70\n", "from_age = 70\nbelow_age = 60\n", "groups[2]", "没有人既满70周岁又不满60周岁"
    ),
    "an age that the sentence does not have": ("below_age = 18", "below_age = 16", "groups[1]", "16 不在所引的句子里"),
    "an age on no day": ("below_age = 18\nday = 2024-12-31\n", "below_age = 18\n", "groups[1]", "缺少 day"),
    "nothing says who": (
        'below_age = 18\nday = 2024-12-31\nschooling = ["中小学(含中职)", "高校"]\n', "", "groups[1]", "没有写明是哪些人"
    ),
    "a word that is not in the column's list": ('"高校"]', '"大学"]', "groups[1]", "schooling：大学 不在花名册“在校情况”"),
    "a short name that parts": ('short = "学生儿童"', 'short = "学生和儿童"', "groups[1]", "short “学生和儿童”里不能有"),
    "a tier for nobody": (
        'only = ["tekun", "orphan", "dibao", "severe_disabled"]', "only = []", "schemes.pension.tiers.limits[1]",
        "应写明只限哪些人 only",
    ),
    "a tier for people unknown": (
        'only = ["tekun",', 'only = ["poor",', "schemes.pension.tiers.limits[1]", "only：不认识的类别或组 poor"
    ),
    "a tier that is not there": (
        "tiers = [100]\nonly", "tiers = [150]\nonly", "schemes.pension.tiers.limits[1]", "tiers：没有150元档"
    ),
    "no tier for the ordinary": (
        "tiers = [100]\nonly", "only", "schemes.pension.tiers.limits", "没有一个档次是对普通居民开放的"
    ),
    "two standards of a group": (
        'categories = ["children"], value = 280', 'categories = ["children", "children"], value = 280',
        "schemes.medical.standards[1].groups[1]", "categories 里有重复",
    ),
    "a later standard that forgets a group": (
        "    ] },\n]\n\n[[schemes.medical.windows]]",
        '    ] },\n    { article = "第一条", text = "每人每年1000元", value = 1000, notified = 2024-11-01 },\n]\n\n[[schemes.medical.windows]]',
        "schemes.medical.standards[2]", "上一次的标准里 children 另有标准，这一次也要在 groups 里写明",
    ),
    "two subsidies at once": (
        'groups = ["children"]\n', "", "subsidies[4]", "类别 watched 有两条资助同时有效"
    ),
    "a subsidised group without its place": (
        '"severe_disabled", "over70"]', '"severe_disabled"]', "precedence", "medical 的 order 应列出有资助的组，也只列这些：over70"
    ),
    "more than there is to pay": (
        "amount = 160", "amount = 300", "subsidies[3]", "资助金额超过缴费标准或最低档；只给一部分人或几个档次的"
    ),
    "two kinds of tiers": (
        "tiers = [500, 1000, 2000, 3000]\n", "tiers = [500, 1000, 2000, 3000]\nabove_lowest = true\n", "subsidies[10]",
        "tiers 应是所列的档次，且不与 above_lowest 同时写",
    ),
    "a ceiling of an amount": (
        "amount = 100 }]\ndepartment = \"县医疗保障局\"", "amount = 100, at_most = 90 }]\ndepartment = \"县医疗保障局\"",
        "subsidies[4].parts[1]", "amount 已是定额，不能再写 at_most",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CONTRADICTIONS.values(), ids=list(CONTRADICTIONS))
def test_what_contradicts_itself_is_refused_by_name(case: tuple[str, str, str, str], tmp_path: Path) -> None:
    old, new, entry, problem = case
    faults = policy.faults(edited(LINHE_FOLDER, tmp_path / "notice", (TOML, old, new)))
    assert any(fault.entry == entry and problem in fault.problem for fault in faults), list(map(str, faults))


@pytest.mark.parametrize("scheme", list(LINHE.schemes))
def test_of_every_set_of_statuses_one_line_holds_the_amounts(scheme: Scheme) -> None:
    """In each group, in none, and where the age is not known: the status with the smallest number decides alone."""
    groups = [*({group.key} for group in LINHE.groups), set(), {policy.AGE_UNKNOWN}]
    for group, order in zip(groups, lists.orders(LINHE, scheme), strict=True):
        keys = order[:-1]  # the last is nobody's status
        for code in range(1 << len(keys)):
            held = {key for n, key in enumerate(keys) if code >> n & 1}
            first = {min(held, key=order.index)} if held else set()
            for tier in LINHE.schemes[scheme].tiers or (None,):
                assert due(scheme, first | group, tier) == due(scheme, held | group, tier), (held, group, tier)


def due(scheme: Scheme, held: set[str], tier: int | None) -> tuple[int, int, int] | None:
    """What is collected, paid by others, paid back; None where it takes an age that is not known."""
    try:
        dues = amounts.dues(LINHE, scheme, held, tier)
    except amounts.UnknownAge:
        return None
    return dues.cash, dues.subsidy, dues.refund


# ---------------------------------------------------------------- people


def amounts_of(*people: dict[str, Any]) -> list[tuple[float, float, float] | None]:
    """Of each person what is collected for medical insurance, paid by others, paid back; None where it is unknown."""
    book = read(list(people))
    known, *columns_of = (book.due("medical", what).tolist() for what in ("known", "cash", "subsidy", "refund"))
    return [
        (cash / FEN, subsidy / FEN, refund / FEN) if sure else None
        for sure, cash, subsidy, refund in zip(known, *columns_of, strict=True)
    ]


def test_facts_decide_and_statuses_stay() -> None:
    child, adult = date(2007, 1, 1), date(2006, 12, 31)
    assert amounts_of(
        person(child),
        person(adult),
        person(adult, schooling="中小学(含中职)"),
        person(child, category="低保"),
        person(adult, category="低保、学生儿童"),  # typed, and not so
        person(child, category="重残"),
        person(date(1954, 12, 31)),
        person(date(1955, 1, 1)),
        person(date(1954, 12, 31), category="优抚"),
    ) == [
        (280, 0, 0), (400, 0, 0), (280, 0, 0), (110, 170, 0), (170, 230, 0), (280, 0, 80), (340, 60, 0), (400, 0, 0), (200, 200, 0),
    ]  # fmt: skip


def codes(**differs: Any) -> list[str]:
    return sorted(finding.code for finding in checks.check(read([person(**differs)])).findings)


def test_an_age_that_is_not_known_is_reported_and_no_money_guessed() -> None:
    passport: dict[str, Any] = {"id_type": "其他", "id_number": "E12345678"}
    assert amounts_of(person(**passport)) == [None] and codes(**passport) == ["319"]
    assert (
        amounts_of(person(**passport, category="其他年龄段")) == [(400, 0, 0)]
        and codes(**passport, category="其他年龄段") == []
    )
    assert amounts_of(person(**passport, category="低保、学生儿童")) == [(110, 170, 0)]
    assert amounts_of(person(**passport, schooling="高校")) == [(280, 0, 0)]
    not_enrolled = {"medical_status": "市内职工医保"} | dict.fromkeys(
        ("medical_paid", "medical_date", "medical_receipt")
    )
    assert "319" not in codes(**passport, **not_enrolled)


def test_a_birth_after_the_books_own_day_decides_nothing() -> None:
    """It is one finding: an adult with a wrong year owes no child's amount."""
    wrong = date(2026, 5, 5)
    assert amounts_of(person(wrong)) == [None]
    assert codes(born=wrong) == ["307"]


NO_TIER = "没有，各档都不对这个人开放；请把养老参保状态改为“已领取待遇”，没有领取的改为“暂未参保”，养老的其他栏目清空，已收的钱退还"


def test_tiers_that_are_not_open() -> None:
    assert codes() == []
    assert codes(tier=100, pension_paid=100) == ["705"]
    assert codes(
        tier=100, pension_paid=None, pension_date=None, pension_receipt=None, category="低保", medical_paid=170
    ) == ["807"]
    findings = [
        finding.problem for finding in checks.check(read([person(tier=100), person(date(1950, 1, 1), 2)])).findings
    ]
    assert [words for words in findings if words.startswith("养老档次")] == [
        "养老档次100元按通知（第二条）不对这个人开放。",
        "养老档次300元按通知（第七条）不对这个人开放。",
    ]
    assert codes(born=date(1964, 12, 31)) == ["705"] and codes(born=date(1965, 1, 1)) == []
    assert codes(born=date(1950, 1, 1), category="低保", medical_paid=170, pension_paid=100) == ["705"]


def test_a_tier_that_many_may_not_choose_is_one_finding() -> None:
    many = [person(serial=n, tier=100, pension_paid=100) for n in range(1, 31)]
    (finding,) = (finding for finding in checks.check(read(many)).findings if finding.code == "705")
    assert finding.count == 30 and finding.remedy == "可选的档次：下拉列表中对本人开放的，见“政策口径”。"
    assert finding.example == "200"


@pytest.mark.parametrize(
    ("born", "tier", "category", "code", "choices", "example"),
    [
        (1985, 100, "", "705", "200、300、500、1000、2000、3000，请从下拉列表中选择", "200"),
        (1985, 150, "", "705", "200、300、500、1000、2000、3000，请从下拉列表中选择", "200"),
        (1985, 150, "低保", "705", "100、200、300、500、1000、2000、3000，请从下拉列表中选择", "100"),
        (1985, None, "", "704", "200、300、500、1000、2000、3000，请从下拉列表中选择", "200"),
        (1950, 300, "", "705", NO_TIER, "清空"),
        (1950, 150, "低保", "705", NO_TIER, "清空"),
        (1950, None, "", "704", NO_TIER, "清空"),
    ],
)
def test_the_remedy_names_the_tiers_that_are_open_to_this_person(
    born: int, tier: int | None, category: str, code: str, choices: str, example: str
) -> None:
    checked_roster = checks.check(read([person(date(born, 1, 1), tier=tier, category=category)])).findings
    assert [(finding.remedy, finding.example) for finding in checked_roster if finding.code == code] == [
        (f"可选的档次：{choices}。", example)
    ]


def test_who_follows_the_remedy_where_no_tier_is_open_has_nothing_left() -> None:
    """Drawing a pension, or not yet."""
    cleared: dict[str, Any] = dict.fromkeys(("tier", "pension_paid", "pension_date", "pension_receipt"))
    for status in ("已领取待遇", "暂未参保"):
        assert codes(born=date(1950, 1, 1), medical_paid=340, pension_status=status, **cleared) == []


def test_nobody_is_obliged_to_choose_a_tier_that_is_closed() -> None:
    """Sixty by the day of ages, after the window's end: not 712, though 低保."""
    out = {"pension_status": "暂未参保", "category": "低保", "medical_paid": 170}
    out |= dict.fromkeys(("tier", "pension_paid", "pension_date", "pension_receipt"))
    assert codes(born=date(1964, 12, 15), **out) == [] and codes(born=date(1965, 1, 1), **out) == ["712"]


def test_the_lowest_tier_toward_which_somebody_pays_is_no_higher_one() -> None:
    """709, under a notice that speaks of higher tiers: 监测对象 are given something from 500 yuan on only."""
    point = LENGSHUITAN.interpretations["higher_tier"]
    notice = replace(LINHE, interpretations={**LINHE.interpretations, "higher_tier": point})
    cases = [("监测对象", 500, 250), ("监测对象", 1000, 750), ("低保", 100, None), ("低保", 300, 100)]
    people = [
        person(serial=n, category=status, tier=tier, pension_paid=paid)
        for n, (status, tier, paid) in enumerate(cases, 1)
    ]
    book = roster.read(rosters.book(people, **COVER), notice, "测试.xlsx")
    assert not isinstance(book, Refusal)
    assert [one.row for one in checks.check(book).findings if one.code == "709"] == [6, 8]


def test_of_several_groups_the_first_opens_and_closes_tiers_as_it_sets_amounts() -> None:
    held = {"children", "over70"}
    assert amounts.open_tiers(LINHE, "pension", held) == amounts.open_tiers(LINHE, "pension", {"children"}) != ()
    assert amounts.dues(LINHE, "pension", held).standard == amounts.open_tiers(LINHE, "pension", held)[0]


@pytest.mark.parametrize(
    ("said", "born", "schooling", "told"),
    [
        ("在校学生", 1985, "", ["320"]),
        ("低保、儿童", 1985, "否", ["320"]),
        ("儿童", 2010, "", []),
        ("在校学生", 1985, "大学", []),
        ("60周岁以上", 1950, "", []),  # by the facts in 满70周岁, and 60 all the same
        ("70周岁以上", 1960, "", ["320"]),
        ("普通居民", 1950, "", []),
        ("其他年龄段", 1950, "", []),
    ],
)
def test_a_group_that_is_typed_and_is_none_by_the_facts_is_reported(
    said: str, born: int, schooling: str, told: list[str]
) -> None:
    out: dict[str, Any] = {"pension_status": "暂未参保"} | dict.fromkeys(
        ("tier", "pension_paid", "pension_date", "pension_receipt")
    )
    row = person(date(born, 5, 5), category=said, schooling=schooling, **out)
    assert [one.code for one in checks.check(read([row])).findings if one.code == "320"] == told
    passport = {**row, "id_type": "其他", "id_number": "E12345678"}
    assert "320" not in [one.code for one in checks.check(read([passport])).findings], "nobody knows the birth"


def test_everybody_obliged_to_the_pension_is_reported() -> None:
    """第九条 obliges everybody in hardship, 监测对象 too: toward the lowest tier nobody pays for them, from 500 on somebody does."""
    out = {"pension_status": "暂未参保"} | dict.fromkeys(("tier", "pension_paid", "pension_date", "pension_receipt"))
    statuses = ["低保", "监测对象", "优抚", "", "监测对象、优抚", "重残"]
    people = [person(serial=n, category=status, **out) for n, status in enumerate(statuses, 1)]
    book = read(people)
    told = {one.row: one.remedy for one in checks.check(book).findings if one.code == "712"}
    obliged = [
        row for row, excuse in zip(book.rows.tolist(), checks.pension_excused(book).tolist(), strict=True) if not excuse
    ]
    assert list(told) == obliged == [5, 6, 9, 10]
    watched = "请办理参保登记，改为“本次参保”，选有代缴的档次（500元起）。"
    assert told[6] == told[9] == watched and told[5] == told[10] == "请办理参保登记，改为“本次参保”，选最低档。"


def test_a_group_and_a_status_without_hardship_are_no_hardship() -> None:
    book = read([person(date(2010, 1, 1)), person(category="优抚"), person(date(2010, 1, 1), category="低保")])
    assert book.hardship.tolist() == [False, False, True]
    out = {"medical_status": "不参保", "medical_reason": "其他(见备注)", "remark": "不愿"}
    assert [one in codes(**out, category=category) for category, one in (("低保", "608"), ("优抚", "608"))] == [
        True,
        False,
    ]


def test_functions_take_the_group_beside_the_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "_policy", lambda: LINHE)
    categories = ["低保、学生儿童", "学生", "70周岁以上", "低保", "普通居民", "低保、年龄不明"]
    assert functions.NETDUE("医保", categories) == [110, 280, 340, 170, 400, functions.VALUE]
    assert functions.NETDUE("养老", ["普通居民", "低保", "满60周岁"]) == [200, 0, functions.VALUE]
    assert functions.NETDUE("养老", ["普通居民", "低保"], 100) == [functions.VALUE, 0]
    assert functions.SUBSIDYSHARE("医保", "70周岁以上") == 0.15
    assert functions.DUEREASON("医保", "低保、学生儿童") == (
        "低保对象、在校学生和未满18周岁的居民：标准280元，医疗救助资助140元，县财政资助30元，应缴110元。依据：第一条；第四条"
    )
    assert "优抚" in "".join(functions._statuses(LINHE)) and "学生儿童" in "".join(functions._groups(LINHE))
    assert list(functions._groups(LENGSHUITAN)) == []


def test_the_page_of_rates_shows_the_groups(tmp_path: Path) -> None:
    template.write_roster(tmp_path / "册.xlsx", LINHE, COVER, [])
    book = CalamineWorkbook.from_path(tmp_path / "册.xlsx")
    rows = book.get_sheet_by_name(columns.POLICY_SHEET).to_python()
    text = "\n".join(str(cell) for row in rows for cell in row)
    assert "个人缴费标准每人400元，在校学生和未满18周岁的居民280元" in text
    assert "在校学生和未满18周岁的居民：2007-01-01及以后出生，或“在校情况”为中小学(含中职)、高校" in text
    assert "100元档只限特困人员、孤儿、低保对象、重度残疾人选择" in text
    assert "各档不对年满70周岁的居民、年满60周岁的居民开放" in text
    assert [row[1:5] for row in rows if row[0] == "低保、学生儿童"] == [[110, 170, 0, 110]]
    assert [row[1:5] for row in rows if row[0] == "年满70周岁的居民"] == [[340, 60, 0, 340]]
    assert not [row for row in rows if row[0] == "年满60周岁的居民"], "owes what everybody owes"


def test_the_page_of_charges_has_the_groups_and_no_amount_for_a_tier_that_is_not_open(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "速查.xlsx")) as book:
        charges.write(book.add_worksheet("速查"), Styles(book), LINHE)
    head, *rows = openpyxl.load_workbook(tmp_path / "速查.xlsx")["速查"].iter_rows(min_col=8, values_only=True)
    first = next(n for n, tier in enumerate(head) if tier == 100)
    shown = {str(row[0]): row for row in rows if row[0]}
    periods = len(LINHE.periods)
    assert list(shown["低保、学生儿童"][1 : 1 + 3 * periods : periods]) == [110, 170, 0]
    assert [shown[who][first] for who in ("低保、学生儿童", "普通居民")] == [0, charges.SHUT]
    assert [shown[who][first + 1] for who in ("普通居民", "年满60周岁的居民")] == [200, charges.SHUT]


def test_an_old_book_shows_what_children_owe_before_any_recalculation(tmp_path: Path) -> None:
    template.write_roster(
        tmp_path / "旧.xlsx", LINHE, COVER, [person(date(2010, 1, 1), 1), person(serial=2, category="低保")]
    )
    old = old_roster.read(tmp_path / "旧.xlsx", "旧.xlsx", LINHE, [], old_roster.Wanted())
    assert isinstance(old, old_roster.OldRoster)
    assert [(row["medical_due"], row["medical_subsidy"]) for row in old.people] == [(280, 0), (170, 230)]


# ---------------------------------------------------------------- a season

CHILD, OLD = date(2012, 3, 4), date(1950, 6, 7)
NO_PENSION: dict[str, Any] = {"pension_status": "未满16周岁"} | dict.fromkeys(
    ("tier", "pension_paid", "pension_date", "pension_receipt")
)
DRAWS = {**NO_PENSION, "pension_status": "已领取待遇"}
SEASON = [
    person(serial=1),
    person(CHILD, 2, medical_paid=280, **NO_PENSION),
    person(CHILD, 3, medical_paid=110, category="低保", **NO_PENSION),
    person(CHILD, 4, medical_paid=180, category="监测户", **NO_PENSION),
    person(OLD, 5, medical_paid=340, **DRAWS),
    person(serial=6, medical_paid=200, category="优抚"),
    person(serial=7, medical_paid=170, category="低保", tier=100, pension_paid=None),
    person(OLD, 8, medical_paid=340, tier=300, pension_paid=300),  # may not pay for the pension: 705
    person(CHILD, 9, medical_paid=200, **NO_PENSION),  # 80 too little
    person(CHILD, 10, medical_paid=700, medical_date=datetime(2025, 3, 2), **NO_PENSION),  # the later window
    person(serial=11, medical_paid=400, id_type="其他", id_number="E12345678"),  # 319
    person(serial=12, category="监测户", medical_paid=240, tier=500, pension_paid=250),
]


@pytest.mark.slow
def test_a_season_counts_every_fen_and_hardship_by_status_alone(tmp_path: Path) -> None:
    template.write_roster(tmp_path / "青禾镇.xlsx", LINHE, {**COVER, "deadline": datetime(2025, 3, 31)}, SEASON)
    results = [reduce_file(path, name, LINHE, INDEX) for path, name in received_files(tmp_path)[0]]
    district = assemble(results, LINHE)
    (medical, pension) = (
        next(unit for unit in district.units if (unit.township, unit.scheme) == ("青禾镇", scheme))
        for scheme in ("medical", "pension")
    )
    assert (medical.claimed, medical.counted) == (12, 11) and (pension.claimed, pension.counted) == (6, 5)
    (cash,) = (line for line in district.cash if (line.township, line.scheme) == ("青禾镇", "medical"))
    # 400+280+110+180+340+200+170+340+280+700+240, and 400 of whom the amount is not known
    assert (cash.due, cash.collected, cash.short, cash.unclear) == (3240 * FEN, 3560 * FEN, 80 * FEN, 400 * FEN)
    coverage = {
        (line.category, line.scheme): (line.people, line.enrolled)
        for line in district.coverage
        if line.township == "青禾镇"
    }
    assert coverage["低保对象", "medical"] == (2, 2) and coverage["防止返贫监测对象", "medical"] == (2, 2)
    assert coverage["合计", "medical"] == (4, 4) and not {"优抚对象", "年满70周岁的居民"} & {key for key, _ in coverage}
    funding = {
        (line.category, line.funder): line.fen
        for line in district.funding
        if (line.township, line.scheme) == ("青禾镇", "medical")
    }
    assert funding == {
        ("低保对象", "医疗救助"): (140 + 200) * FEN,
        ("低保对象", "县财政"): 60 * FEN,
        ("防止返贫监测对象", "医疗救助"): (100 + 160) * FEN,
        ("优抚对象", "县退役军人事务局"): 200 * FEN,
        ("年满70周岁的居民", "县财政"): 2 * 60 * FEN,
    }
    summary.write(district, tmp_path / "summary.xlsx")
    circular.write(district, date(2025, 3, 31), tmp_path / "通报.docx")


# ---------------------------------------------------------------- the engines

EDGES = (
    date(2006, 12, 31), date(2007, 1, 1), date(1954, 12, 31), date(1955, 1, 1), date(1964, 12, 31), date(1965, 1, 1), date(1985, 5, 5),
    date(2024, 12, 30), date(2025, 1, 1), date(1900, 3, 1), date(2008, 2, 29),
)  # fmt: skip
MEDICAL_DAYS = (
    datetime(2024, 10, 8), datetime(2025, 1, 1), datetime(2025, 3, 1), datetime(2025, 4, 30), datetime(2025, 5, 1), "",
)  # fmt: skip
_WORDS = [w for category in LINHE.categories.values() for w in (category.name, category.short, *category.aliases)]
_OTHER_IDS = (
    ("其他", "E12345678"), ("外国人永久居留身份证", "ABC123456789012"), ("港澳台居民居住证", number(date(1990, 1, 1))), ("", "990000900101001"),
    ("", "990000199001010018"), ("", "990000199013010014"), ("", "99000019900101001"), ("", ""), ("外国人永久居留身份证", number(date(2010, 1, 1))),
)  # fmt: skip


def _category(rng: random.Random) -> str:
    words = [rng.choice(_WORDS) for _ in range(rng.choice((0, 0, 1, 1, 2, 2, 3)))]
    if rng.random() < 0.1:
        words.append(rng.choice(("困难户", "其他年龄段", "年龄不明", "低保*")))
    return rng.choice(("、", "，", " ", "/", "和")).join(words)


def _people(count: int, seed: int) -> list[dict[str, Any]]:
    rng, people = random.Random(seed), []
    for n in range(1, count + 1):
        row = person(
            rng.choice(EDGES), n, category=_category(rng), tier=rng.choice((100, 200, 300, 500, 3000, 100, 250, ""))
        )
        if rng.random() < 0.3:
            row["id_type"], row["id_number"] = rng.choice(_OTHER_IDS)
        row["schooling"] = rng.choice(("", "", "", "否", "中小学(含中职)", "大学", "幼儿园"))
        row["medical_status"] = rng.choice(("本次参保", "本次参保", "本次参保", "市内职工医保", "不参保"))
        row["medical_paid"] = rng.choice((400, 280, 170, 110, 340, "", 0, 1000, 700))
        row["medical_date"] = rng.choice(MEDICAL_DAYS)
        if not row["medical_date"]:  # what is due of a payment on no day is not judged (应收不明)
            row["medical_paid"] = ""
        row["pension_status"] = rng.choice(("本次参保", "本次参保", "未满16周岁", ""))
        people.append(row)
    return people


def expected(people: list[dict[str, Any]]) -> Iterator[tuple[tuple[Any, ...], set[str]]]:
    """For each person the five amounts in yuan ('' where none), and the codes found; few at a time, so that none is grouped."""
    for start in range(0, len(people), 100):
        book = read(people[start : start + 100])
        codes: dict[int, set[str]] = {}
        for finding in checks.check(book).findings:
            for row in finding.places or ((finding.row,) if finding.row else ()):
                codes.setdefault(row, set()).add(finding.code)
        shown: list[list[Any]] = []
        for scheme, whats in (("medical", ("cash", "subsidy", "refund")), ("pension", ("cash", "subsidy"))):
            known = book.enrolled(scheme) & book.due_known(scheme)
            if scheme == "pension":
                known &= book.filled["tier"] & ~book.fault("tier")
            for what in whats:
                shown.append(
                    [int(fen) / FEN if sure else "" for fen, sure in zip(book.due(scheme, what), known, strict=True)]
                )
        for row, due in zip(book.rows.tolist(), zip(*shown, strict=True), strict=True):
            yield due, codes.get(row, set())


DUES = ("medical_due", "medical_subsidy", "medical_refund", "pension_due", "pension_subsidy")


def differences(values: Mapping[tuple[int, int], Any], people: list[dict[str, Any]]) -> list[Any]:
    """The rows whose amounts, or whose hint, are not Python's."""
    wrong: list[Any] = []
    for row, (person, (due, found)) in enumerate(zip(people, expected(people), strict=True), FIRST_ROW):
        shown = tuple(_number(values.get((row, PLACES[key]), "")) for key in DUES)
        told = {
            key: person.get(key)
            for key in ("category", "id_type", "id_number", "schooling", "tier", "medical_date", "medical_status")
        }
        if shown != due:
            wrong.append((row, told, shown, due))
        hint, covered = str(values.get((row, PLACES["hint"]), "")), found & template.hint_codes(LINHE)
        if bool(hint) != bool(covered) or (hint and not _codes_of(hint) & found):
            wrong.append((row, told, hint, sorted(covered)))
    return wrong


def _codes_of(text: str) -> set[str]:
    """The codes that a hint's text can stand for."""
    by_text = {"位，应为18位": "304", "不该有的字符": "305", "出生日期不对": "307", "校验码不对": "306"}
    codes = {code for words, code in by_text.items() if words in text}
    for hint in hints.all_hints(LINHE):
        pieces = [piece for piece in re.findall(r'"([^"]*)"', hint.text) if piece]
        if pieces and re.fullmatch(".*".join(map(re.escape, pieces)) + ".*", text):
            codes.add(hint.code)
    return codes


def _number(value: Any) -> Any:
    return float(value) if value not in (None, "") and str(value).replace(".", "", 1).isdigit() else value or ""


PEOPLE = _people(600, seed=17)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("groups") / "册.xlsx"
    template.write_roster(path, LINHE, COVER, PEOPLE)
    return path


_AREA = (FIRST_ROW, 1, FIRST_ROW + len(PEOPLE) - 1, PLACES["hint"])


@pytest.mark.slow
def test_the_template_is_of_the_plain_form(written: Path) -> None:
    assert guards.audit(written) == [] and guards.plain_form(guards.read_parts(written)) == []


@pytest.mark.slow
def test_gnumeric(written: Path, tmp_path: Path) -> None:
    assert differences(spreadsheets.gnumeric(written, ROSTER_SHEET, tmp_path), PEOPLE) == []


@pytest.mark.slow
def test_ironcalc(written: Path) -> None:
    assert differences(spreadsheets.ironcalc(written, ROSTER_SHEET, _AREA), PEOPLE) == []


@pytest.mark.slow
def test_hyperformula(written: Path) -> None:
    with HyperFormula(written) as book:
        assert differences(book.values(ROSTER_SHEET, _AREA), PEOPLE) == []


@pytest.mark.slow
def test_libreoffice(written: Path, soffice: str, tmp_path: Path) -> None:
    with Office(soffice, tmp_path / "office") as office:
        document = office.load(written)
        document.calculateAll()
        sheet = document.Sheets.getByName(ROSTER_SHEET)
        top, left, bottom, right = _AREA
        rows = sheet.getCellRangeByPosition(left - 1, top - 1, right - 1, bottom - 1).getDataArray()
        values: Values = {(top + r, left + c): value for r, row in enumerate(rows) for c, value in enumerate(row)}
        document.close(True)
    assert differences(values, PEOPLE) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 31])
def test_after_hostile_edits_each_row_keeps_its_group(seed: int, soffice: str, tmp_path: Path) -> None:
    """Groups, tiers kept for some and the later window, after what clerks do to a sheet."""
    people = _people(40, seed)
    path, saved = tmp_path / "册.xlsx", tmp_path / "存.xlsx"
    template.write_roster(path, LINHE, COVER, people, blank_rows=10)
    with Office(soffice, tmp_path / "office") as office:
        document = office.load(path)
        now, values = hostile_hand(office, document, people)
        office.store(document, saved)
        document.close(True)
    assert differences(values, now) == []
    assert differences(spreadsheets.gnumeric(saved, ROSTER_SHEET, tmp_path), now) == []
    area = (FIRST_ROW, 1, FIRST_ROW + len(now) - 1, PLACES["hint"])
    assert differences(spreadsheets.ironcalc(saved, ROSTER_SHEET, area), now) == []


# ---------------------------------------------------------------- the departments' lists


def listed_money(
    *lines: tuple[date | None, str, int], people: list[dict[str, Any]]
) -> tuple[dict[str, int], list[str]]:
    """名单应拨 of medical insurance by category in yuan, and what is said of it: a list of (birth, category, serial)."""
    rows = [[f"禾{n}", number(born, n) if born else f"E1234567{n}", category, "青禾镇"] for born, category, n in lines]
    header = ["姓名", "证件号码", "类别", "乡镇"]
    one = from_sheets(
        [rosters.Cells("Sheet1", [["某部门名单"], header, *rows])], "名单.xlsx", LINHE, SECRET, sha256="a"
    )
    given = registers.Lists(SECRET, (one,))
    book = read(people)
    registers.hold_against(book, given.index)
    found = assemble([reduce_roster(book, checks.check(book), SECRET, "a")], LINHE, lists=given)
    money = {
        line.category: line.listed_fen // FEN
        for line in found.funding
        if (line.scheme, line.funder) == ("medical", "医疗救助") and line.listed_fen
    }
    assert found.lists is not None
    return money, [one.text for one in found.lists.decisions if one.kind == "名单应拨"]


def test_a_list_takes_the_schooling_of_the_roster() -> None:
    """A student of twenty owes 280 yuan, of which 低保 is given half; by the birth alone it would be half of 400."""
    student = person(date(2004, 5, 5), 1, schooling="高校", medical_status="高校参保", category="低保", **NO_PENSION)
    student |= dict.fromkeys(("medical_paid", "medical_date", "medical_receipt"))
    assert listed_money((date(2004, 5, 5), "低保", 1), people=[student]) == ({"低保对象": 140}, [])
    grown = person(date(2004, 5, 5), 1, schooling="否", medical_paid=170, category="低保")
    assert listed_money((date(2004, 5, 5), "低保", 1), people=[grown]) == ({"低保对象": 200}, [])


def test_a_list_names_those_whose_amount_is_unknown() -> None:
    money, said = listed_money(
        (date(2004, 5, 5), "低保", 1),  # in no roster: perhaps at school
        (date(2004, 5, 5), "特困", 2),  # the same
        (date(1985, 5, 5), "低保", 3),
        (date(2012, 5, 5), "监测对象", 4),  # a child in any case
        (None, "低保", 5),
        people=[person()],
    )
    assert money == {"特困人员": 400, "低保对象": 400, "防止返贫监测对象": 100}
    assert said == [
        "名单上青禾镇有2人不在已收到的花名册里，名单不写是否在校，名单应拨按不在校算；在校的应拨数不同，请核对。",
        "名单上青禾镇有1人证件号码里没有出生日期，按年龄给的资助没有列入名单应拨，请核对。",
    ]


# ---------------------------------------------------------------- a county, no district


@pytest.mark.parametrize(
    ("register", "status"), [("本县其他乡镇(街道)", "非本县户籍"), ("本区其他乡镇（街道）", "非本区户籍")]
)
def test_a_county_s_lists_and_a_district_s_are_read_alike(register: str, status: str) -> None:
    neighbour = person(serial=1, register=register)
    stranger = person(
        serial=2, register="外市", residence_proof="居住证", pension_status=status, tier="", pension_paid="",
        pension_date="", pension_receipt="",
    )  # fmt: skip
    people = read([neighbour, stranger])
    assert people.is_("register", columns.DISTRICT).tolist() == [True, False]
    assert people.is_("pension_status", columns.NOT_FROM_HERE).tolist() == [False, True]
    assert [finding.code for finding in checks.check(people).findings if finding.severity != "info"] == ["604"]


def test_findings_lists_and_hints_speak_of_the_county() -> None:
    stranger = person(serial=1, register="外市", residence_proof="居住证")
    unknown = person(serial=2, register="别处")
    findings = checks.check(read([stranger, unknown])).findings
    texts = {finding.code: f"{finding.problem}{finding.remedy}{finding.example}" for finding in findings}
    assert "居民养老限本县户籍" in texts["703"]
    assert "“非本县户籍”" in texts["703"]
    assert "本县其他乡镇(街道)" in texts["209"]
    assert not [text for text in texts.values() if "本区" in text]


def test_the_county_s_template_says_county(tmp_path: Path) -> None:
    template.write_roster(tmp_path / "册.xlsx", LINHE, COVER, [])
    book = openpyxl.load_workbook(tmp_path / "册.xlsx")
    hidden = book["列表"]
    lists_of_choices = [[cell.value for cell in column] for column in hidden.iter_cols()]
    assert [
        choices
        for choices in lists_of_choices
        if "本县其他乡镇(街道)" in choices and "本区其他乡镇(街道)" not in choices
    ]
    texts = [str(cell.value) for sheet in book if sheet is not hidden for row in sheet.iter_rows() for cell in row]
    prompts = [rule.prompt or "" for sheet in book for rule in sheet.data_validations.dataValidation]
    assert [text for text in (*texts, *prompts) if "本县" in text]
    assert not [text for text in (*texts, *prompts) if "本区" in text]
