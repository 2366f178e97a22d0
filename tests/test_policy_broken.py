"""One mistake a notice: loading refuses, naming the file and the entry, and says what is wrong."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from addin import policy
from addin.policy import PolicyError
from tests.support.notices import LENGSHUITAN_FOLDER

GOOD = LENGSHUITAN_FOLDER
TOML, MEDICAL, PENSION = "policy.toml", "attachment2_medical.csv", "attachment1_pension.csv"


def _take_out(text: str, start: str, end: str) -> str:
    """The text without what stands from `start` up to `end`."""
    before, found, rest = text.partition(start)
    assert found and end in rest
    return before + end + rest.partition(end)[2]


# file, entry and words of the error; what of the good text is replaced (its first place), and by what
EDITS = [
    # ---- the form of the file
    (TOML, "文件", "TOML语法有误", 'id = "冷', 'id = 冷'),
    (TOML, "", "缺少 id", "id = ", "# "),
    (TOML, "顶层", "id 不在通知原文中", "27号", "28号"),
    (TOML, "顶层", "title 不在通知原文中", 'title = "冷水滩区2019', 'title = "冷水滩区2018'),
    (TOML, "顶层", "district 不在通知原文中", 'district = "冷水滩区"', 'district = "零陵区"'),
    (TOML, "顶层", "issued 不在通知原文中", "issued = 2019-09-12", "issued = 2019-09-13"),
    (TOML, "", "issued 应是日期，不带时间", "issued = 2019-09-12", "issued = 2019-09-12T00:00:00"),
    (TOML, "", "issued 的类型不对", "issued = 2019-09-12", 'issued = "2019-09-12"'),
    (TOML, "", "title 是空的", 'title = "冷水滩区2019年度城乡居民养老保险及2020年度城乡居民基本医疗保险征缴工作实施方案"', 'title = ""'),
    (TOML, "顶层", "不认识的项 surplus", 'document = "notice.md"', 'document = "notice.md"\nsurplus = 1'),
    (TOML, "document", "读不到通知原文 other.md", '"notice.md"', '"other.md"'),
    # ---- schemes: windows, seasons, years
    (TOML, "schemes", "不认识的项 injury", "[schemes.pension]", "[schemes.injury]\n[schemes.pension]"),
    (TOML, "schemes.medical", "不认识的项 yaer", "year = 2020", "year = 2020\nyaer = 2020"),
    (TOML, "schemes.medical", "缺少 year", "year = 2020\n", ""),
    (TOML, "schemes.medical", "year 2021 与 title 不符", "year = 2020", "year = 2021"),
    (TOML, "schemes.medical", "year 的类型不对", "year = 2020", "year = true"),
    (TOML, "schemes.medical.window", "起止日期颠倒", "start = 2019-10-01\nend = 2019-12-31", "start = 2019-12-31\nend = 2019-10-01"),
    (TOML, "schemes.medical.window", "2019-12-30 不在所引的句子里", "end = 2019-12-31", "end = 2019-12-30"),
    (TOML, "schemes.medical.window", "引文不在通知原文中", "缴费期为2019年10月1日至2019年12月31日。", "缴费期为2019年10月1日至2019年12月31日止。"),
    (TOML, "schemes.medical.window", "缺少 article", 'article = "二"\n', ""),
    (TOML, "schemes.medical.window", "text 没有引文", 'text = "缴费期为2019年10月1日至2019年12月31日。"', 'text = "……"'),
    (TOML, "schemes.medical.season", "2019-10-02 不在所引的句子里", "start = 2019-09-01", "start = 2019-10-02"),
    (TOML, "schemes.medical.window", "缴费期早于收缴开始", "start = 2019-09-01", 'reading = "12月31日：2019年12月31日"\nstart = 2019-12-31'),
    (TOML, "schemes.pension", "名称或别名 医保 已用于 medical", 'aliases = ["养老保险"', 'aliases = ["医保"'),
    (TOML, "schemes.medical", "aliases 应是一列文字", 'aliases = ["医疗", ', "aliases = [1, "),
    # ---- the standard
    (TOML, "schemes.medical.standards[1]", "251 不在所引的句子里", "value = 250", "value = 251"),
    (TOML, "schemes.medical.standards[1]", "25 不在所引的句子里", "value = 250", "value = 25"),
    (TOML, "schemes.medical.standards[1]", "多少 不是数", "value = 250", 'value = "多少"\n# 250'),
    (TOML, "schemes.medical.standards[1]", "不是到分的正金额", "value = 250", 'value = "250.001"'),
    (TOML, "schemes.medical.standards[1]", "不是到分的正金额", "value = 250", "value = 0"),
    (TOML, "schemes.medical.standards[1]", "不是数", "value = 250", 'value = "NaN"'),
    (TOML, "schemes.medical.standards[1]", "provisional 的类型不对", "provisional = true", "provisional = 1"),
    (TOML, "schemes.medical.standards[1]", "不认识的项 until", "provisional = true", "provisional = true\nuntil = 2020-01-01"),
    (TOML, "schemes.medical", "standards 的类型不对", "[[schemes.medical.standards]]", "[schemes.medical.standards]"),
    (TOML, "schemes.medical.standards[2]", "告知日期重叠或颠倒", "[schemes.medical.attachment]",
     '[[schemes.medical.standards]]\narticle = "二"\ntext = "每人250元/年"\nvalue = 250\nnotified = 2019-09-12\n[schemes.medical.attachment]'),
    # ---- the tiers
    (TOML, "schemes.pension.tiers", "13 不在所引的句子里", "count = 14", "count = 13"),
    (TOML, "schemes.pension.tiers", "200 不在所引的句子里", "lowest = 100", "lowest = 200"),
    (TOML, "schemes.pension.tiers", "300 不在所引的句子里", "highest = 3000", "highest = 300"),
    (TOML, "schemes.pension.tiers", "共14档", "2500, 3000]", "3000]"),
    (TOML, "schemes.pension.tiers", "由低到高，不重复", "[100, 200, 300", "[100, 300, 200"),
    (TOML, "schemes.pension.tiers", "由低到高，不重复", "[100, 200, 300", "[100, 200, 200"),
    (TOML, "schemes.pension.tiers", "100至3000元", "[100, 200", "[50, 200"),
    (TOML, "schemes.pension.tiers", "100至3000元", "2500, 3000]", "2500, 2999]"),
    (TOML, "schemes.pension.tiers", "values 应是一列整数", "[100, 200", '["100", 200'),
    # ---- the attachments
    (MEDICAL, "schemes.medical.attachment", "附件读不到", "gone", ""),
    (MEDICAL, "表头", "应有四栏", "序号,乡镇/街道,", "乡镇/街道,"),
    (MEDICAL, "第3行", "列数不对", "2,梅湾街道,22500,24750", "2,梅湾街道,22500"),
    (PENSION, "第22行", "合计行之后还有内容", ",合计,147373,150812", ",合计,147373,150812\n21,仁湾镇,1,1"),
    (MEDICAL, "第3行", "序号、人数应是整数", "22500", "22,500人".replace(",", "")),
    (MEDICAL, "第3行", "序号、人数应是整数", "2,梅湾街道", "贰,梅湾街道"),
    (MEDICAL, "第3行", "序号是3，应从1起连续", "2,梅湾街道", "3,梅湾街道"),
    (MEDICAL, "第3行", "人数不能是负数", "24750", "-24750"),
    (MEDICAL, "第3行", "梅弯街道 不在单位总表 units 中，最接近的是“梅湾街道”", "梅湾街道", "梅弯街道"),
    (MEDICAL, "第3行", "曲河办事处 重复：第2行已有曲河街道", "梅湾街道", "曲河办事处"),
    (MEDICAL, "合计", "没有合计行", ",合计,420000,462000\n", ""),
    (MEDICAL, "合计", '各行相加420000，印发420001；请改正，附件原样如此的，写 slips = { "第23行 2018年参保缴费人数(人)" = 1 }', "420000", "420001"),
    (MEDICAL, "合计", "与声明的差数396不符；请改正，附件原样如此的，写 printed_minus_sum = 395", "24750", "24751"),
    (PENSION, "合计", "任务数印发150812，各行相加150813，与声明的差数0不符", "2471", "2472"),
    (TOML, "schemes.medical.attachment", "number 的类型不对", "number = 2", 'number = "2"'),
    (TOML, "schemes.pension.attachment", "150813 不在所引的句子里", "total = 150812", "total = 150813"),
    (TOML, "schemes.pension.attachment", "附件未列的单位应在 unlisted 中写明：仁湾镇", 'unlisted = ["仁湾镇"]\n', ""),
    (TOML, "schemes.medical.attachment", "附件未列的单位应在 unlisted 中写明：无", "printed_minus_sum", 'unlisted = ["仁湾镇"]\nprinted_minus_sum'),
    (TOML, "schemes.medical.attachment", "不认识的项 quotas", "printed_minus_sum", "quotas = 1\nprinted_minus_sum"),
    # ---- units and categories
    (TOML, "units[2]", "曲河街道 列了两次", 'name = "梅湾街道"\naliases = ["梅湾街道办事处", "梅湾办事处", "梅湾"]',
     'name = "曲河街道"'),
    (TOML, "units.凤凰街道", "名称或别名 梅湾 已用于 梅湾街道", '"凤凰办事处", "凤凰"]', '"凤凰办事处", "梅湾"]'),
    (TOML, "units[1]", "不认识的项 quota", 'name = "曲河街道"', 'name = "曲河街道"\nquota = 1'),
    (TOML, "categories[2]", "key tekun 用了两次", 'key = "doudi"', 'key = "tekun"'),
    (TOML, "categories[1]", "key ordinary 用了两次", 'key = "tekun"', 'key = "ordinary"'),
    (TOML, "categories.doudi", "名称或别名 特困 已用于 tekun", 'aliases = ["兜底对象"', 'aliases = ["特困"'),
    (TOML, "categories.tekun", "名称或别名 五保 已用于 ordinary", 'aliases = ["普通"', 'aliases = ["五保"'),
    (TOML, "categories[3]", "缺少 short", 'short = "低保"\n', ""),
    (TOML, "", "缺少 ordinary", "[ordinary]", "[[ordinaries]]"),
    # ---- precedence
    (TOML, "precedence[1]", "order 应恰好列出全部类别", '"jiandang", "pinkun_disabled", "severe_disabled"]', '"jiandang", "pinkun_disabled"]'),
    (TOML, "precedence[1]", "order 应恰好列出全部类别", 'order = ["tekun"', 'order = ["tekun", "tekun"'),
    (TOML, "precedence[2]", "同一险种有两条次序同时有效", 'only_if = { poor_and_low_income = "jiandang" }', ""),
    (TOML, "precedence", "缺少险种 pension 的次序", 'scheme = "pension"\narticle = "一(一)"\ntext = "建档立卡贫困人口、低保对象、特困人员、重度残疾人等困难人员由区财政按最低缴费标准100元/人代缴"\nreading',
     'scheme = "medical"\nonly_if = { rank_by = "with_late" }\narticle = "一(一)"\ntext = "由区财政按最低缴费标准100元/人代缴"\nreading'),
    (TOML, "precedence[1]", "口径 poor_and_low_income 没有取值 other", '{ poor_and_low_income = "dibao" }', '{ poor_and_low_income = "other" }'),
    (TOML, "precedence[1]", "口径 unheard 没有取值 dibao", '{ poor_and_low_income = "dibao" }', '{ unheard = "dibao" }'),
    (TOML, "precedence[1]", "scheme 只能是本通知有的险种：medical、pension", '[[precedence]]\nscheme = "medical"', '[[precedence]]\nscheme = "work"'),
    # ---- subsidies
    (TOML, "subsidies[1]", "不认识的类别 wubao", 'categories = ["tekun"]', 'categories = ["wubao"]'),
    (TOML, "subsidies[1]", "不认识的类别 ordinary", 'categories = ["tekun"]', 'categories = ["ordinary"]'),
    (TOML, "subsidies[1].parts[1]", "有且只有一项", 'share = "1" }', 'share = "1", rest = true }'),
    (TOML, "subsidies[1].parts[1]", "有且只有一项", '{ funder = "医疗救助", share = "1" }', '{ funder = "医疗救助" }'),
    (TOML, "subsidies[2].parts[2]", "之后不能再有出资方", '[{ funder = "医疗救助", share = "0.5" }, { funder = "财政", rest = true }]',
     '[{ funder = "财政", rest = true }, { funder = "医疗救助", share = "0.5" }]'),
    (TOML, "subsidies[1]", "没有出资方", 'parts = [{ funder = "医疗救助", share = "1" }]', "parts = []"),
    (TOML, "subsidies[2]", "各出资方份额之和超过1", '{ funder = "财政", rest = true }', '{ funder = "财政", share = "0.6" }'),
    (TOML, "subsidies[4].parts[1]", "share 0 应大于0、不大于1", 'share = "0.3"', 'share = "0"'),
    (TOML, "subsidies[4].parts[1]", "share 1.3 应大于0、不大于1", 'share = "0.3"', 'share = "1.3"'),
    (TOML, "subsidies[4].parts[1]", "三成 不是数", 'share = "0.3"', 'share = "三成"'),
    (TOML, "subsidies[4].parts[1]", "Infinity 不是数", 'share = "0.3"', 'share = "Infinity"'),
    (TOML, "subsidies[4].parts[1]", "share 的类型不对", 'share = "0.3"', "share = 0.3"),
    (TOML, "subsidies[4]", "40% 不在所引的句子里", 'share = "0.3"', 'share = "0.4"'),
    (TOML, "subsidies[4].parts[1]", "不认识的项 form", 'share = "0.3"', 'share = "0.3", form = 1'),
    (TOML, "subsidies[8]", "200 不在所引的句子里", "amount = 100", "amount = 200"),
    (TOML, "subsidies[8]", "资助金额超过缴费标准或最低档", '[{ funder = "区财政", amount = 100 }]', '[{ funder = "区财政", amount = 100 }, { funder = "财政", amount = 100 }]'),
    (TOML, "subsidies[1]", "to 只能是 township 或 person", 'to = "township"', 'to = "village"'),
    (TOML, "subsidies[1]", "缺少 paid_article", 'paid_article = "三(六)"\n', ""),
    (TOML, "subsidies[1]", "引文不在通知原文中", 'paid_text = "特困供养人员个人缴费', 'paid_text = "特困人员个人缴费'),
    (TOML, "subsidies[3]", "类别 doudi 有两条资助同时有效", '{ doudi_rest = "half" }', '{ doudi_rest = "whole" }'),
    (TOML, "subsidies[1]", "缺少 department", 'department = "民政"\n', ""),
    (TOML, "subsidies[10]", "above_lowest 的类型不对", "above_lowest = false", 'above_lowest = "no"'),
    (TOML, "subsidies[1]", "不认识的项 payer", 'department = "民政"', 'department = "民政"\npayer = "民政"'),
    (TOML, "subsidies[1].parts[1]", "应是一个表", '[{ funder = "医疗救助", share = "1" }]', "[1]"),
    # ---- sentences that checks rest on
    (TOML, "entries.age", "values 应是整数", "values = { age = 16 }", 'values = { age = "16" }'),
    (TOML, "entries.age", "18 不在所引的句子里", "values = { age = 16 }", "values = { age = 18 }"),
    (TOML, "entries.age", "缺少 values.age", "values = { age = 16 }", "values = { year = 16 }"),
    (TOML, "entries.age", "不认识的项 note", "values = { age = 16 }", 'values = { age = 16 }\nnote = ""'),
    (TOML, "entries", "缺少校验所依据的 age", "[entries.age]", "[entries.full_subsidy]"),
    (TOML, "entries", "age 的类型不对", "[entries.age]", "[[entries.age]]"),
    (TOML, "entries.students", "引文不在通知原文中", "在校大学生的参保缴费手续", "在校学生的参保缴费手续"),
    (TOML, "entries.family", "引文不在通知原文中", "应以家庭为单位在户籍所在地……所属村", "所属村、社区参保缴费……应以家庭为单位在户籍所在地所属村"),
    # ---- interpretations
    (TOML, "entries.families", "不认识的条目 families", "[entries.family]", "[entries.families]"),
    (TOML, "interpretations", "附件2的合计与各行之和不等，须写明 printed_total", "[interpretations.printed_total]", "[interpretations.tiers_of]"),
    (TOML, "interpretations.rank", "却没有任何条目取决于它", "[interpretations.rank_by]", "[interpretations.rank]"),
    (TOML, "interpretations.age_day", "程序不认识取值 birthday", 'value = "window_end"', 'value = "birthday"'),
    (TOML, "interpretations.rank_by", "至少有一个别的取值", 'alternatives = [{ value = "with_late", meaning = "按含逾期完成率" }]', "alternatives = []"),
    (TOML, "interpretations.rank_by", "取值互不相同", 'value = "with_late"', 'value = "counted"'),
    (TOML, "interpretations.late", "标为 operative，却没有任何条目取决于它", 'value = "apart"\nmeaning = "逾期另列，不进完成率，另给含逾期完成率"\noperative = false',
     'value = "apart"\nmeaning = "逾期另列，不进完成率，另给含逾期完成率"\noperative = true'),
    (TOML, "interpretations.rank_by", "缺少 meaning", 'meaning = "按计入人数的完成率"\n', ""),
    (TOML, "interpretations.rank_by", "operative 的类型不对", 'meaning = "按计入人数的完成率"\noperative = true', 'meaning = "按计入人数的完成率"\noperative = "yes"'),
    (TOML, "interpretations.rank_by.alternatives[1]", "缺少 meaning", '{ value = "with_late", meaning = "按含逾期完成率" }', '{ value = "with_late" }'),
    (TOML, "interpretations.rank_by.alternatives[1]", "不认识的项 day", 'meaning = "按含逾期完成率" }', 'meaning = "按含逾期完成率", day = 1 }'),
    (TOML, "interpretations.rank_by", "不认识的项 default", 'meaning = "按计入人数的完成率"', 'meaning = "按计入人数的完成率"\ndefault = 1'),
]  # fmt: skip


@pytest.mark.parametrize(("name", "entry", "words", "old", "new"), EDITS, ids=[f"{e}-{w}" for _, e, w, _, _ in EDITS])
def test_one_mistake(tmp_path: Path, name: str, entry: str, words: str, old: str, new: str) -> None:
    folder = tmp_path / "notice"
    shutil.copytree(GOOD, folder)
    if old == "gone":
        (folder / name).unlink()
    else:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text, "the good text has changed"
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError, match=re.escape(words)) as raised:
        policy.load(folder)
    assert (raised.value.file.name, raised.value.entry) == (name, entry)
    assert str(raised.value).startswith(f"政策文件 {name}［{entry}］：")


def test_total_of_the_text_against_the_attachment(tmp_path: Path) -> None:
    folder = tmp_path / "notice"
    shutil.copytree(GOOD, folder)
    for name, old, new in (
        (TOML, "total = 150812", "total = 150812\nprinted_minus_sum = 1"),
        (PENSION, ",150812", ",150813"),
    ):
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(PolicyError, match="任务数印发150813，正文为150812"):
        policy.load(folder)


def test_no_standard_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "notice"
    shutil.copytree(GOOD, folder)
    text = (folder / TOML).read_text(encoding="utf-8")
    text = _take_out(text, "[[schemes.medical.standards]]", "[schemes.medical.attachment]")
    (folder / TOML).write_text(text.replace("year = 2020\n", "year = 2020\nstandards = []\n"), encoding="utf-8")
    with pytest.raises(PolicyError, match="一条标准也没有") as raised:
        policy.load(folder)
    assert raised.value.entry == "schemes.medical.standards"


def test_gone_or_in_another_encoding(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="读不到"):
        policy.load(tmp_path)
    (tmp_path / TOML).write_bytes('id = "冷政办函"'.encode("gb18030"))
    with pytest.raises(PolicyError, match="不是UTF-8编码"):
        policy.load(tmp_path)


# ---------------------------------------------------------------- a file of values on trial

TRIALS = [
    ("interpretations.unheard", "冷政办函〔2019〕27号 中没有这一口径", '[interpretations]\nunheard = "x"'),
    ("interpretations.rank_by", "只能取 counted、with_late", '[interpretations]\nrank_by = "other"'),
    ("interpretations.rank_by", "只能取 counted、with_late", "[interpretations]\nrank_by = 1"),
    ("interpretations.late", "这一口径只作说明，换一取值须改程序", '[interpretations]\nlate = "counted"'),
    ("", "interpretations 的类型不对", "interpretations = 1"),
    ("", "不认识的项 units", "units = []"),
    ("standards[1]", "缺少 value", '[[standards]]\nnotified = 2019-11-20\narticle = "省文"\ntext = "280元"'),
    ("standards[1]", "缺少 notified", '[[standards]]\nvalue = 280\narticle = "省文"\ntext = "280元"'),
    ("schemes.medical.standards[2]", "280 不在所引的句子里", '[[standards]]\nvalue = 280\nnotified = 2019-11-20\narticle = "省文"\ntext = "每人290元"'),
    ("schemes.medical.standards[2]", "告知日期重叠或颠倒", '[[standards]]\nvalue = 280\nnotified = 2019-09-01\narticle = "省文"\ntext = "每人280元"'),
    ("文件", "TOML语法有误", "[interpretations"),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "words", "text"), TRIALS, ids=[words for _, words, _ in TRIALS])
def test_mistakes_on_trial_name_the_file_on_trial(tmp_path: Path, entry: str, words: str, text: str) -> None:
    overlay = tmp_path / "试算.toml"
    overlay.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError, match=re.escape(words)) as raised:
        policy.load(LENGSHUITAN_FOLDER, overlay)
    assert (raised.value.file.name, raised.value.entry) == ("试算.toml", entry)


@pytest.mark.parametrize(
    ("entry", "words", "old", "new"),
    [
        ("interpretations.poor_and_low_income", "不认识的困难类别 nobody", '"jiandang"]', '"nobody"]'),
        ("interpretations.other_hardship", "scheme 只能是", 'scheme = "pension"', 'scheme = "both"'),
        ("categories[5]", "disability 只能是 any、severe", 'disability = "severe"', 'disability = "two"'),
    ],
)
def test_whom_a_point_is_about_is_verified(tmp_path: Path, entry: str, words: str, old: str, new: str) -> None:
    folder = tmp_path / "notice"
    shutil.copytree(LENGSHUITAN_FOLDER, folder)
    text = (folder / TOML).read_text(encoding="utf-8")
    start = (
        text.index("other_hardship]") if "other" in entry else text.index("[interpretations") if "poor" in entry else 0
    )
    at = text.index(old, start)
    (folder / TOML).write_text(text[:at] + text[at:].replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError, match=re.escape(words)) as raised:
        policy.load(folder)
    assert raised.value.entry == entry


def test_more_categories_than_bits_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "notice"
    shutil.copytree(GOOD, folder)
    text = (folder / TOML).read_text(encoding="utf-8")
    start = text.index("[[categories]]")
    first = text[start : text.index("[[categories]]", start + 1)]
    key, name = re.search('key = "(.*)"', first), re.search('name = "(.*)"', first)
    assert key and name
    more = [first.replace(f'key = "{key[1]}"', f'key = "k{n}"') for n in range(60)]
    (folder / TOML).write_text(text[:start] + "".join(more) + text[start:], encoding="utf-8")
    with pytest.raises(PolicyError, match="最多60种"):
        policy.load(folder)


AT_THE_END = [
    ('above_lowest = true\nonly_if = { other_hardship', 'above = true\nonly_if = { other_hardship', "不认识的项 above"),
    ("[interpretations.rounding]", "[interpretations.rounding]\nsurplus = 1", "不认识的项 surplus"),
]  # fmt: skip
STOPS = "TOML语法有误"
"""What keeps everything else from being looked at."""


@pytest.mark.parametrize(
    ("name", "entry", "words", "old", "new"),
    [case for case in EDITS if case[2] != STOPS],
    ids=[f"{entry}-{words}" for _, entry, words, _, _ in EDITS if words != STOPS],
)
def test_no_mistake_hides_those_after_it(tmp_path: Path, name: str, entry: str, words: str, old: str, new: str) -> None:
    folder = tmp_path / "notice"
    shutil.copytree(GOOD, folder)
    text = (folder / TOML).read_text(encoding="utf-8")
    for good, bad, _ in AT_THE_END:
        assert good in text
        text = text.replace(good, bad, 1)
    (folder / TOML).write_text(text, encoding="utf-8")
    if old == "gone":
        (folder / name).unlink()
    else:
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    faults = policy.faults(folder)
    assert any((fault.file.name, fault.entry) == (name, entry) and words in fault.problem for fault in faults), faults
    for _, _, later in AT_THE_END:
        assert any(later in fault.problem for fault in faults), faults
