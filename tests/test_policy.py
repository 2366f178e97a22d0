"""The notice as data: its values and their sentences; specification 3 and 8 line by line; no status key in the code."""

from __future__ import annotations

import ast
import re
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from addin import policy
from addin.findings import CATALOGUE
from addin.policy import Policy
from addin.policy.reader import CITED
from tests.support.notices import LENGSHUITAN, LENGSHUITAN_FOLDER, QINGSHI, QINGSHI_FOLDER

POLICY = LENGSHUITAN
CODE = Path(policy.__file__).parent.parent

# ---------------------------------------------------------------- the attachments as issued

# order, unit as printed, last year's people, quota; typed from the notice, not taken from the CSV files
PENSION = [
    (1, "黄阳司镇", 17863, 17947), (2, "上岭桥镇", 19957, 20100), (3, "蔡市镇", 8634, 8635), (4, "杨村甸乡", 9915, 10083),
    (5, "伊塘镇", 9285, 9416), (6, "花桥街镇", 8653, 8614), (7, "岚角山街道", 12810, 12977), (8, "高溪市镇", 7887, 7857),
    (9, "牛角坝镇", 12112, 12233), (10, "普利桥镇", 20896, 21072), (11, "曲河街道", 3063, 3381), (12, "马坪农业开发区", 1934, 2026),
    (13, "工业园区", 872, 970), (14, "梧桐街道", 2168, 2466), (15, "杨家桥街道", 1203, 1454), (16, "珊瑚街道", 1959, 2142),
    (17, "凤凰街道", 2928, 3282), (18, "梅湾街道", 2137, 2530), (19, "肖家园街道", 976, 1156), (20, "菱角山街道", 2121, 2471),
]  # fmt: skip
MEDICAL = [
    (1, "曲河街道", 12000, 13200), (2, "梅湾街道", 22500, 24750), (3, "凤凰街道", 13000, 14300), (4, "杨家桥街道", 12000, 13200),
    (5, "珊瑚街道", 6500, 7150), (6, "肖家园街道", 9620, 10186), (7, "梧桐街道", 13720, 15092), (8, "岚角山街道", 27060, 29766),
    (9, "菱角山街道", 17900, 19690), (10, "工业园区", 4700, 5170), (11, "伊塘镇", 21000, 23100), (12, "牛角坝镇", 27200, 29920),
    (13, "杨村甸乡", 20180, 22198), (14, "蔡市镇", 18600, 20460), (15, "高溪市镇", 16700, 18370), (16, "花桥街镇", 17900, 19690),
    (17, "普利桥镇", 44160, 48576), (18, "黄阳司镇", 39080, 42988), (19, "上岭桥镇", 42920, 47212), (20, "仁湾镇", 29100, 32010),
    (21, "马坪农业开发区", 4160, 4576),
]  # fmt: skip


@pytest.mark.parametrize(
    ("scheme", "rows", "number", "title", "base", "quota", "sum_quota", "unlisted"),
    [
        ("pension", PENSION, 1, "冷水滩区城乡居民社会养老保险工作目标任务分解表", 147373, 150812, 150812, ("仁湾镇",)),
        ("medical", MEDICAL, 2, "冷水滩区城乡居民基本医疗保险工作目标任务分解表", 420000, 462000, 461604, ()),
    ],
)
def test_attachment_as_printed(
    scheme: Any, rows: Any, number: int, title: str, base: int, quota: int, sum_quota: int, unlisted: Any
) -> None:
    attachment = POLICY.schemes[scheme].attachment  # type: ignore[index]
    assert [(row.order, row.printed, row.base, row.quota) for row in attachment.rows] == rows
    assert (attachment.number, attachment.title, attachment.unlisted) == (number, title, unlisted)
    assert attachment.headers == ("序号", "乡镇/街道", "2018年参保缴费人数(人)", "2019年参保缴费任务数（人）")
    assert (attachment.printed_base, attachment.sum_base) == (base, base)
    assert (attachment.printed_quota, attachment.sum_quota) == (quota, sum_quota)
    assert sum(row[3] for row in rows) == sum_quota
    assert [row.unit for row in attachment.rows] == [row[1] for row in rows]  # printed names are the master's here
    assert attachment.footnotes


def test_missing_396_is_one_unit_short_of_a_tenth_more() -> None:
    attachment = POLICY.schemes["medical"].attachment
    assert attachment.printed_quota - attachment.sum_quota == 396
    short = {row.unit: row.base * 11 // 10 - row.quota for row in attachment.rows if row.base * 11 != row.quota * 10}
    assert short == {"肖家园街道": 396}


def test_one_master_of_units_joins_both_orders() -> None:
    assert [unit.name for unit in POLICY.units] == [row[1] for row in MEDICAL]
    assert {row[1] for row in PENSION} | {"仁湾镇"} == {row[1] for row in MEDICAL}


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("曲河街道办事处", "曲河街道"), ("岚角山镇", "岚角山街道"), ("工业园", "工业园区"), ("马坪开发区", "马坪农业开发区"),
        ("仁湾街道", "仁湾镇"), (" 普利桥 镇", "普利桥镇"), ("普利桥镇\u200b", "普利桥镇"), ("普利桥镇人民政府", "普利桥镇"),
        ("不存在乡", None), ("", None), ("合计", None),
    ],
)  # fmt: skip
def test_unit_by_any_of_its_names(text: str, unit: str | None) -> None:
    found = POLICY.unit(text)
    assert (found.name if found else None) == unit


# ---------------------------------------------------------------- every number with its article and sentence

TEXT = (CODE / "notices/lengshuitan-2019/notice.md").read_text(encoding="utf-8").replace("\n", "").replace(" ", "")


def _entry(name: str) -> tuple[str, str]:
    entry = POLICY.entries[name]
    return entry.article, entry.text


def test_what_the_notice_is() -> None:
    assert (POLICY.id, POLICY.issued, POLICY.district) == ("冷政办函〔2019〕27号", date(2019, 9, 12), "冷水滩区")
    assert POLICY.trial == ()
    assert POLICY.schemes["medical"].year, POLICY.schemes["pension"].year == (2020, 2019)


def test_windows_and_seasons() -> None:
    medical, pension = POLICY.schemes["medical"], POLICY.schemes["pension"]
    assert (medical.season_start, medical.window.start, medical.window.end) == (
        date(2019, 9, 1), date(2019, 10, 1), date(2019, 12, 31),
    )  # fmt: skip
    assert (pension.season_start, pension.window.start, pension.window.end) == (
        date(2019, 1, 1), date(2019, 1, 1), date(2019, 10, 31),
    )  # fmt: skip
    assert _entry("medical.window") == ("二", "缴费期为2019年10月1日至2019年12月31日。")
    assert _entry("medical.season") == ("四(三)", "保费收缴(2019年9月1日— 2019年12月31日)")
    assert _entry("pension.window") == ("二", "参保缴费期为2019年1月1日至2019年10月31日。")
    assert _entry("pension.season") == _entry("pension.window")


def test_standard_is_provisional_and_dated() -> None:
    (standard,) = POLICY.schemes["medical"].standards
    assert (standard.fen, standard.notified, standard.provisional) == (25000, date(2019, 9, 12), True)
    entry = POLICY.entries["medical.standard"]
    assert (entry.article, entry.provisional) == ("二", True)
    assert "初定为每人250元/年" in entry.text


def test_fourteen_tiers_to_be_confirmed() -> None:
    tiers = POLICY.schemes["pension"].tiers
    assert [fen // 100 for fen in tiers] == [*range(100, 1001, 100), 1500, 2000, 2500, 3000]
    entry = POLICY.entries["pension.tiers"]
    assert (entry.article, entry.to_be_confirmed, "100-3000元14个缴费档次" in entry.text) == ("二", True, True)
    assert entry.reading


M_TEKUN = "贫困人员按特困供养人员资助补贴标准，通过医疗救助等渠道全额资助"
M_DOUDI = "社会保障兜底脱贫对象家庭困难人员参加城乡居民医保，个人缴费部分补贴标准由区医疗救助资金解决50%，不足部分由财政给予补贴"
M_DIBAO = "城乡低保对象，通过医疗救助等渠道给予30%资助"
M_JIANDANG = "建档立卡贫困人口中的非低保对象，根据脱贫攻坚规划统筹给予50%的资助"
P_HELP = "建档立卡贫困人口、低保对象、特困人员、重度残疾人等困难人员由区财政按最低缴费标准100元/人代缴，实现100%参保。"
FOUR = ("jiandang", "dibao", "tekun", "severe_disabled")
AID, REST, POOR, HUNDRED = (
    ("医疗救助", "1"), ("财政", "rest"), ("扶贫", "0.5"), ("区财政", 10000),
)  # fmt: skip

# scheme, categories, funders and what they give, department, to, article, sentence, article of the payer
SUBSIDIES = [
    ("medical", ("tekun",), [AID], "民政", "township", "二", M_TEKUN, "三(六)"),
    ("medical", ("doudi",), [("医疗救助", "0.5"), REST], "民政、扶贫（分担待定）", "township", "二", M_DOUDI, "三(六)"),
    ("medical", ("dibao",), [("医疗救助", "0.3")], "民政", "person", "二", M_DIBAO, "三(六)"),
    ("medical", ("jiandang",), [POOR], "扶贫", "township", "二", M_JIANDANG, "三(六)"),
    ("pension", FOUR, [HUNDRED], "区财政", "township", "一(一)", P_HELP, None),
    ("pension", ("doudi",), [HUNDRED], "区财政", "township", "一(一)", P_HELP, None),
]


def test_subsidies_in_force_with_their_sentences() -> None:
    subsidies = []
    for subsidy in POLICY.subsidies:
        parts: list[tuple[str, Any]] = [
            (part.funder, "rest" if part.rest else part.amount if part.share is None else str(part.share))
            for part in subsidy.parts
        ]
        entry, paid = POLICY.entries[subsidy.entry], POLICY.entries.get(f"{subsidy.entry}.paid")
        subsidies.append((subsidy.scheme, subsidy.categories, parts, subsidy.department, subsidy.to, entry.article, entry.text,
                      paid.article if paid else None))  # fmt: skip
    assert subsidies == SUBSIDIES
    assert not any(subsidy.tiers or subsidy.groups for subsidy in POLICY.subsidies)
    assert POLICY.funders == ("医疗救助", "财政", "扶贫", "区财政")
    assert POLICY.departments == ("民政", "民政、扶贫（分担待定）", "扶贫", "区财政")


def test_order_of_statuses() -> None:
    assert POLICY.precedence == {
        "medical": ("tekun", "doudi", "dibao", "jiandang", "pinkun_disabled", "severe_disabled"),
        "pension": ("tekun", "doudi", "dibao", "jiandang", "severe_disabled", "pinkun_disabled"),
    }


def test_every_sentence_stands_in_the_notice_and_every_number_in_its_sentence() -> None:
    """The loader verifies this too; here it is checked without the loader's code."""
    for name, entry in POLICY.entries.items():
        pieces = [piece.replace(" ", "") for piece in entry.text.split("……")]
        assert all(piece in TEXT for piece in pieces), name
        assert re.fullmatch(r"[一二三四五六](\([一二三四五六]\))?", entry.article), name
        for number in entry.values.values():
            assert str(number) in entry.text + entry.reading, name
    for subsidy in POLICY.subsidies:
        text = POLICY.entries[subsidy.entry].text
        for part in subsidy.parts:
            words = f"{int(part.share * 100)}%" if part.share else ""
            amount = f"{part.amount // 100}元" if part.amount else ""
            assert words in text + POLICY.entries[subsidy.entry].reading and amount in text, subsidy.entry


def test_ages() -> None:
    assert (POLICY.entries["age"].values, POLICY.entries["age"].article) == ({"age": 16}, "三(一)")
    assert POLICY.entries["elder_age"].values == {"age": 60}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("低保", "dibao"), ("低保户", "dibao"), ("城乡低保对象", "dibao"), ("建档立卡", "jiandang"), ("贫困户", "jiandang"),
        ("特困", "tekun"), ("五保", "tekun"), ("兜底", "doudi"), ("重残", "severe_disabled"), ("贫困残疾人", "pinkun_disabled"),
        ("普通居民", "ordinary"), ("ＤＩＢＡＯ", None), ("困难户", None),
    ],
)  # fmt: skip
def test_category_by_any_of_its_names(text: str, key: str | None) -> None:
    category = POLICY.category(text)
    assert (category.key if category else None) == key


# ---------------------------------------------------------------- interpretations, specification 8

# name: value in force, alternatives, whether another value can be tried
INTERPRETATIONS = {
    "printed_total": ("printed", ["sum"], True),
    "unlisted_unit": ("apart", ["none"], False),
    "headers": ("as_printed", ["corrected"], False),
    "unit_names": ("one_master", ["strict"], False),
    "provisional_standard": ("marked", ["final"], False),
    "status_order": ("first", ["highest"], False),
    "poor_and_low_income": ("dibao", ["jiandang"], True),
    "full_subsidy": ("tekun_only", ["with_poor_disabled"], True),
    "doudi_rest": ("whole", ["half"], True),
    "doudi_payers": ("both_shown", ["half_each"], False),
    "low_income_cash": ("collect_then_refund", ["net"], True),
    "higher_tier": ("offset", ["lowest_only"], True),
    "doudi_in_pension": ("as_jiandang", ["none"], True),
    "other_hardship": ("named_only", ["with_poor_disabled"], True),
    "tiers_listed": ("usual", ["provincial"], False),
    "age_day": ("payment", ["window_end"], True),
    "no_upper_age": ("warn", ["refuse"], False),
    "status_day": ("payment", ["deadline"], False),
    "coverage_base": ("obliged", ["everybody"], False),
    "college_students": ("by_college", ["by_family"], False),
    "who_may_stay_out": ("listed", ["nobody"], False),
    "late": ("apart", ["counted"], False),
    "rank_by": ("counted", ["with_late"], True),
    "september": ("counted", ["refused"], False),
    "duplicates": ("earliest_paid", ["none"], False),
    "other_places": ("warn", ["refuse"], False),
    "rounding": ("half_up", ["down"], False),
}


def test_interpretations_in_force_and_their_alternatives() -> None:
    points = {
        name: (interpretation.value, [other.value for other in interpretation.alternatives], interpretation.operative)
        for name, interpretation in POLICY.interpretations.items()
    }
    assert points == INTERPRETATIONS
    for reading in POLICY.interpretations.values():
        assert reading.point and reading.meaning and all(other.meaning for other in reading.alternatives), reading.name
        assert re.fullmatch(r"[一二三四五六](\([一二三四五六]\))?", reading.article), reading.name


@pytest.mark.parametrize("name", [name for name, (*_, operative) in INTERPRETATIONS.items() if operative])
def test_another_value_on_trial_is_reported(tmp_path: Path, name: str) -> None:
    value = INTERPRETATIONS[name][1][0]
    overlay = tmp_path / "试算.toml"
    overlay.write_text(f'[interpretations]\n{name} = "{value}"\n', encoding="utf-8")
    rules = policy.load(LENGSHUITAN_FOLDER, overlay)
    before, after = POLICY.interpretations[name], rules.interpretations[name]
    assert rules.choice(name) == value
    assert after.meaning == before.alternatives[0].meaning
    assert [(alternative.value, alternative.meaning) for alternative in after.alternatives] == [
        (before.value, before.meaning)
    ]
    assert rules.trial == (f"{before.point}：{after.meaning}",)
    others = {key: reading for key, reading in rules.interpretations.items() if key != name}
    assert others == {key: interpretation for key, interpretation in POLICY.interpretations.items() if key != name}


def test_value_in_force_is_no_trial(tmp_path: Path) -> None:
    overlay = tmp_path / "a.toml"
    overlay.write_text('[interpretations]\nrank_by = "counted"\n', encoding="utf-8")
    assert policy.load(LENGSHUITAN_FOLDER, overlay) == POLICY


def test_newly_notified_standard_is_added(tmp_path: Path) -> None:
    overlay = tmp_path / "新标准.toml"
    overlay.write_text(
        '[[standards]]\nvalue = 280\nnotified = 2019-11-20\narticle = "省文"\ntext = "每人每年280元"\n',
        encoding="utf-8",
    )
    rules = policy.load(LENGSHUITAN_FOLDER, overlay)
    medical = rules.schemes["medical"]
    assert [(standard.fen, standard.notified, standard.provisional) for standard in medical.standards] == [
        (25000, date(2019, 9, 12), True), (28000, date(2019, 11, 20), False),
    ]  # fmt: skip
    assert medical.standard.fen == 28000
    assert rules.trial == ("医保个人缴费标准280元（2019-11-20告知）",)
    assert rules.entries["medical.standard.2"].text == "每人每年280元"


# ---------------------------------------------------------------- finding notices


def test_the_package_names_the_notice_in_force_unless_another_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(POLICY.folder, tmp_path / "z-old")
    shutil.copytree(QINGSHI_FOLDER, tmp_path / "a-new")
    (tmp_path / "in_force.txt").write_text("z-old\n", encoding="utf-8")
    monkeypatch.setattr(policy.choice, "NOTICES", tmp_path)
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "own"))
    monkeypatch.delenv(policy.IN_FORCE)
    assert policy.load().id == POLICY.id
    for named in ("a-new", str(tmp_path / "a-new")):
        monkeypatch.setenv(policy.IN_FORCE, named)
        assert policy.load().id == "青政发〔2023〕8号"
    monkeypatch.setenv(policy.IN_FORCE, "nowhere")
    with pytest.raises(policy.PolicyError, match="读不到"):
        policy.load()


def test_without_any_notice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(policy.IN_FORCE)
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "own"))
    monkeypatch.setattr(policy.choice, "NOTICES", tmp_path)
    with pytest.raises(policy.PolicyError, match="没有任何政策文件"):
        policy.load()


# ---------------------------------------------------------------- what the code may not know


def _constants(file: Path) -> list[tuple[int, object]]:
    """The constants of a module without its docstrings and without the example rows of the rules."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    left_out: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            left_out.add(id(node.value))  # a docstring, of a module, a function or a constant
        if isinstance(node, ast.keyword) and node.arg in ("passes", "fails"):
            left_out |= {id(inner) for inner in ast.walk(node)}
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            left_out.add(id(node.operand))  # Excel's own names for sides and the like; no notice says less than nothing
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and id(node) not in left_out
    ]


def _facts(rules: Policy) -> tuple[set[str], set[int]]:
    """Words and numbers that only the notice may say: years, yuan and fen, quotas, units."""
    words = {word for unit in rules.units for word in (unit.name, *unit.aliases)} | {rules.id, rules.district}
    numbers = {scheme.year for scheme in rules.schemes.values()} | {rules.issued.year, rules.issued.year - 1}
    for scheme_rules in rules.schemes.values():
        numbers |= {number for row in scheme_rules.attachment.rows for number in (row.base, row.quota)}
        numbers |= {
            scheme_rules.attachment.printed_base,
            scheme_rules.attachment.printed_quota,
            scheme_rules.attachment.sum_quota,
        }
        numbers |= {standard.fen // 100 for standard in scheme_rules.standards}
    numbers |= {175, 396}  # net due of 低保, the difference of Attachment 2
    return words, numbers


@pytest.mark.slow
def test_code_holds_no_year_amount_or_unit_of_the_notice() -> None:
    words, numbers = _facts(POLICY)
    keys = {key for rules in (POLICY, QINGSHI) for key, category in rules.categories.items() if category.hardship}
    facts = []
    for file in sorted(CODE.rglob("*.py")):
        for line, value in _constants(file):
            if isinstance(value, str):
                lines = {int(text) for text in re.findall(r"(?<![\d/])\d{3,6}(?![\d/])", value)} & numbers
                known = [word for word in words if word in value] + [str(number) for number in lines]
                known += [value] if value in keys else []
            else:
                known = [str(value)] if type(value) is int and value > 999 and {value, value / 100} & numbers else []
            facts += [f"{file.relative_to(CODE)}:{line} {value!r} knows {word}" for word in known]
    assert facts == []


def test_the_search_for_facts_in_code_finds_them(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text('"""In 2019."""\nX = "到2019年"\nrule(passes=(250,))\nY = 25000  # 250\n', encoding="utf-8")
    assert _constants(file) == [(2, "到2019年"), (4, 25000)]


def test_what_the_checks_cite_is_what_loading_demands() -> None:
    cited = {code.entry for code in CATALOGUE.values() if code.entry}
    structural = {name for name in cited if "." in name}
    assert structural == {"{scheme}.window", "{scheme}.season", "pension.tiers"}
    assert cited - structural == CITED


def test_no_share_is_a_binary_fraction() -> None:
    assert all(
        part.share is None or isinstance(part.share, Decimal) for subsidy in POLICY.subsidies for part in subsidy.parts
    )
