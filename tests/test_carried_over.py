"""Last year's people in a new year's roster: read by the old notice, written by the new one.

The new notice is the invented one of another year, in which two units of the real one have become one, one has another
name, and some statuses and tiers are no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from addin import columns, functions, intake, macros, old_roster, policy
from addin import roster as rosters
from addin.columns import PLACES
from addin.findings import Refusal
from addin.old_roster import OldRoster, Wanted
from addin.output import imported, template
from addin.policy import Policy
from tests.support.command import liangxian
from tests.support.excel import session
from tests.support.notices import LENGSHUITAN, QINGSHI, QINGSHI_FOLDER, edited, own_notices_in
from tests.support.results import invented_id, people
from tests.support.rosters import COVER, person

MERGED, RENAMED = "东桥街道", "南塘镇"
EDITS = (
    (
        "policy.toml",
        'aliases = ["东桥街道办", "东桥"]',
        'aliases = ["东桥街道办", "东桥"]\nformerly = ["普利桥镇", "黄阳司镇"]',
    ),
    ("policy.toml", 'name = "南塘镇"', 'name = "南塘镇"\nformerly = ["蔡市镇"]'),
)


@pytest.fixture
def new(tmp_path: Path) -> Policy:
    return policy.load(edited(QINGSHI_FOLDER, tmp_path / "new-year", *EDITS))


def carried(path: Path, into: Policy, **wanted: Any) -> OldRoster:
    old = old_roster.read(path, path.name, into, policy.installed(), Wanted(**wanted))
    assert isinstance(old, OldRoster), old
    return old


def old_book(folder: Path, rows: list[dict[str, Any]], **cover: Any) -> Path:
    path = folder / "旧册.xlsx"
    template.write_roster(path, LENGSHUITAN, {**COVER, **cover}, rows)
    return path


def listed(path: Path, rows: list[list[Any]]) -> Path:
    """A list without a cover, as a system gives it out."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


# ---------------------------------------------------------------- units


def test_one_of_two_merged_units_leaves_the_part_to_the_clerk_and_says_what_is_missing(
    new: Policy, tmp_path: Path
) -> None:
    old = carried(old_book(tmp_path, people(3), township="普利桥镇"), new)
    assert old.cover == {"township": MERGED, "scope": "两险", "clerk": "李四"}
    headline = imported.headline(old.account)
    assert headline[2:5] == [
        f"旧册按{LENGSHUITAN.id}填报，单位、人员类别和档次按该通知认，再换成{new.id}的。",
        f"旧册的单位“普利桥镇”（3人）转入“{MERGED}”。",
        f"“{MERGED}”由普利桥镇、黄阳司镇合成，本册没有黄阳司镇的人，要另行导入；"
        "并成一册上报，或在封面按村（社区）填“分册”和“应报分册数”。",
    ]
    village = carried(old_book(tmp_path, people(1), township="黄阳司镇", part="桥头村", parts=7), new)
    assert village.cover == {"township": MERGED, "scope": "两险", "clerk": "李四", "part": "桥头村"}


@pytest.mark.parametrize(("part", "carried_part"), [("蔡市镇", "全部"), ("全镇", "全部"), ("桥头村", "桥头村")])
def test_a_renamed_unit_keeps_its_parts(new: Policy, tmp_path: Path, part: str, carried_part: str) -> None:
    old = carried(old_book(tmp_path, people(2), township="蔡市镇人民政府", part=part, parts=4), new)
    assert old.cover == {"township": RENAMED, "scope": "两险", "clerk": "李四", "part": carried_part, "parts": 4}
    assert old.account.moved == (f"旧册的单位“蔡市镇”（2人）转入“{RENAMED}”。",)


def test_a_unit_that_no_longer_exists_is_reported_and_left_to_the_clerk(new: Policy, tmp_path: Path) -> None:
    old = carried(old_book(tmp_path, people(1), township="上岭桥镇"), new)
    assert "township" not in old.cover and old.account.persons == 1
    assert old.account.moved == ("旧册的单位“上岭桥镇”新通知没有。",)


def test_two_merged_units_of_one_list_become_one_roster(new: Policy, tmp_path: Path) -> None:
    """Without a cover the new notice's own words hold; a village of a name that both had is pointed out."""
    rows: list[list[Any]] = [["乡镇", "村", "姓名", "证件号码"]]
    for n, (unit, village) in enumerate(
        (("普利桥镇", "桥头村"), ("黄阳司镇", "桥头村委会"), ("黄阳司镇", "石桥村"), ("西岭镇", "桥头村"))
    ):
        rows.append([unit, village, "张三", invented_id(n)])
    path = listed(tmp_path / "名单.xlsx", rows)
    refused = old_roster.read(path, path.name, new, policy.installed(), Wanted())
    assert isinstance(refused, Refusal) and "2个单位的人（东桥街道、西岭镇）" in refused.sentence
    for name in (MERGED, "黄阳司镇"):  # by its former name, too
        old = carried(path, new, unit=name)
        assert old.cover == {"township": MERGED}
        assert old.account.notice == f"旧册没有写明政策文号，单位、人员类别和档次按{new.id}的叫法认。"
        assert old.account.moved == (f"旧册的单位“普利桥镇”（1人）、“黄阳司镇”（2人）转入“{MERGED}”。",)
        assert [(line.why, line.rows) for line in old.account.left_out] == [("其他单位的人（西岭镇）", "5")]
        assert [(doubt.what[:9], doubt.count) for doubt in old.account.doubts] == [("合并前的两个单位都", 2)]
        assert [person["village"] for person in old.people] == ["桥头村", "桥头村委会", "石桥村"], "villages keep"


def test_a_new_roster_under_a_former_name_gets_the_present_name(new: Policy, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    template.write_roster(path, new, {**COVER, "township": "黄阳司镇", "policy": new.id}, people(1))
    read = rosters.read(intake.read(path), new, "a.xlsx")
    assert isinstance(read, Refusal) and read.code == "R204"
    assert "黄阳司镇现为东桥街道，请在封面下拉列表中选择单位。" in read.sentence


@pytest.mark.parametrize(
    ("edit", "fault"),
    [
        ('aliases = ["西岭"]\nformerly = ["普利桥镇"]', "名称或别名 普利桥镇 已用于 东桥街道"),
        ('aliases = ["西岭"]\nformerly = ["东桥街道"]', "名称或别名 东桥街道 已用于 东桥街道"),
    ],
)
def test_a_former_name_is_of_one_unit_only(tmp_path: Path, edit: str, fault: str) -> None:
    folder = edited(QINGSHI_FOLDER, tmp_path / "new-year", *EDITS, ("policy.toml", 'aliases = ["西岭"]', edit))
    assert [error.problem for error in policy.faults(folder)] == [fault]


# ---------------------------------------------------------------- statuses and tiers


def test_statuses_and_tiers_are_read_by_the_old_notice_and_those_that_no_longer_exist_are_remarked(
    new: Policy, tmp_path: Path
) -> None:
    given = [
        ("五保户", 200), ("建档立卡、重残", 100), ("贫困户", 300), ("低保户", 2400), ("普通居民", 150), ("孤儿", 3000),
    ]  # fmt: skip
    rows = [
        person(category=category, tier=tier, id_number=invented_id(n), household=str(n))
        for n, (category, tier) in enumerate(given)
    ]
    old = carried(old_book(tmp_path, rows, township="蔡市镇"), new)
    assert [(row.get("category", ""), row.get("tier", ""), row.get("remark", "")) for row in old.people] == [
        ("特困人员", 200, ""),
        ("重度残疾人", "", "旧册人员类别：建档立卡贫困人口（新通知没有）；旧册养老档次：100元（新通知没有）"),
        ("", 300, "旧册人员类别：建档立卡贫困人口（新通知没有）"),
        ("低保对象", 2400, ""),
        ("", "", "旧册养老档次：150"),
        ("孤儿", "", "旧册养老档次：3000元（新通知没有）"),
    ]
    first = columns.FIRST_ROW
    assert [(doubt.what.partition("，")[0], doubt.count, doubt.rows) for doubt in old.account.doubts] == [
        ("人员类别“建档立卡贫困人口”新通知没有", 2, f"{first + 1}、{first + 2}"),
        ("养老档次“100元”新通知没有", 1, f"{first + 1}"),
        ("养老档次“3000元”新通知没有", 1, f"{first + 5}"),
    ]
    assert [line[5].partition("，")[0] for line in old.to_look_at if line[1] == first + 1] == [
        "人员类别“建档立卡贫困人口”新通知没有", "养老档次“100元”新通知没有",
    ]  # fmt: skip
    assert old.account.remarked == 5


def test_without_the_old_notice_its_words_are_those_of_the_new_one(new: Policy, tmp_path: Path) -> None:
    rows = [person(category="五保"), person(category="建档立卡", tier=100)]
    old = carried(old_book(tmp_path, rows, township="蔡市镇", policy="冷政办函〔2018〕30号"), new)
    assert old.account.notice == (
        f"旧册按冷政办函〔2018〕30号填报，本机没有这个通知，单位、人员类别和档次按{new.id}的叫法认。"
    )
    assert old.people[0]["category"] == "特困人员"
    assert old.people[1]["remark"] == "旧册人员类别：建档立卡；旧册养老档次：100"
    assert old.cover["township"] == RENAMED, "its former name is the new notice's own"


def test_a_template_made_before_a_change_of_its_notice_is_reported(new: Policy, tmp_path: Path) -> None:
    path = old_book(tmp_path, people(1), township="蔡市镇", fingerprint="0123456789")
    assert carried(path, new).account.notice.endswith(
        f"旧册的通知校验码0123456789与本机的{LENGSHUITAN.fingerprint}不同：做旧模板以后通知改过。"
    )
    assert carried(path, LENGSHUITAN).account.notice.startswith("旧册的通知校验码0123456789")
    same = old_book(tmp_path, people(1), fingerprint=LENGSHUITAN.fingerprint)
    assert carried(same, LENGSHUITAN).account.notice == ""


# ---------------------------------------------------------------- the whole way, and back

BORN = {
    "甲": datetime(2007, 11, 30),
    "乙": datetime(2007, 12, 1),
    "丙": datetime(1963, 11, 1),
    "丁": datetime(1990, 1, 1),
}


def last_year(folder: Path) -> Path:
    """A child that is sixteen by the new window's end, one that is not, one who is sixty, one who has died."""
    facts: list[dict[str, Any]] = [
        {"schooling": "中小学(含中职)", "pension_status": "未满16周岁", "category": "建档立卡"},
        {"pension_status": "未满16周岁"},
        {"pension_status": "本次参保", "tier": 100},
        {"medical_status": "不参保", "medical_reason": "死亡未销户", "pension_status": "暂未参保"},
    ]
    rows = [
        person(name=name, household=str(n), id_number=invented_id(n, born), **{"tier": "", **fact})
        for n, ((name, born), fact) in enumerate(zip(BORN.items(), facts, strict=True))
    ]
    return old_book(folder, rows, township="普利桥镇")


def accounted(note: Path, target: Path, new: Policy) -> None:
    """What must stand in the new roster and in the account of it."""
    book = openpyxl.load_workbook(note)
    sentences = [str(row[0].value) for row in book["概况"].iter_rows(min_row=2)]
    assert any("转入“东桥街道”" in line for line in sentences) and any(
        "黄阳司镇的人，要另行导入" in line for line in sentences
    )
    at = [(row[4].value, str(row[5].value).partition("，")[0]) for row in book["请核实"].iter_rows(min_row=2)]
    assert at == [
        ("丁", "旧册说已死亡或迁出"), ("甲", "到2023-11-30新满16周岁"), ("丙", "到2023-11-30已满60周岁"),
        ("甲", "人员类别“建档立卡贫困人口”新通知没有"), ("丙", "养老档次“100元”新通知没有"),
    ]  # fmt: skip
    made = openpyxl.load_workbook(target)
    cells = {cell.value for row in made[columns.COVER_SHEET].iter_rows() for cell in row}
    assert {MERGED, new.id, new.fingerprint} <= cells and LENGSHUITAN.id not in cells
    roster = made[columns.ROSTER_SHEET]
    assert roster.cell(columns.FIRST_ROW, PLACES["remark"]).value == "旧册人员类别：建档立卡贫困人口（新通知没有）"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Policy]:
    """The new notice among the user's own; nothing names the one in force but what is set."""
    monkeypatch.delenv(policy.IN_FORCE)
    folder = own_notices_in(tmp_path, monkeypatch)
    functions.forget_notice()
    folder.mkdir(parents=True)
    yield policy.load(edited(QINGSHI_FOLDER, folder / "qingshi-2023", *EDITS))
    functions.forget_notice()


@pytest.mark.slow
def test_the_command_line_carries_a_roster_over_and_back(own: Policy, tmp_path: Path) -> None:
    target = tmp_path / "新册.xlsm"
    done = liangxian("import", last_year(tmp_path), "--out", target, "-y", "--notice", "2023")
    assert done.returncode == 0, done.stderr
    assert "请核实1人：人员类别“建档立卡贫困人口”新通知没有" in done.stdout
    accounted(imported.note_of(target), target, own)
    # a roster of the notice in the user's own folder, into that of the package
    back = tmp_path / "青石.xlsx"
    rows = [{**person(category="孤儿", tier=2400), "name": "石一"}]
    template.write_roster(back, QINGSHI, {**COVER, "township": "河口镇", "policy": QINGSHI.id}, rows)
    done = liangxian("import", back, "--out", tmp_path / "冷水滩.xlsx", "-y", "--notice", "2019")
    assert done.returncode == 0, done.stderr
    assert "旧册的单位“河口镇”新通知没有。" in done.stdout
    assert "人员类别“孤儿”新通知没有" in done.stdout and "养老档次“2400元”新通知没有" in done.stdout


@pytest.mark.slow
def test_the_button_carries_a_roster_over_and_shows_its_account(own: Policy, tmp_path: Path) -> None:
    target = tmp_path / "新册.xlsx"
    policy.use(policy.named("2023"))
    functions.forget_notice()
    with session() as excel:
        excel.picked, excel.saved_as, excel.answers = last_year(tmp_path), target, [True, False, True]
        macros.import_old_roster()
        assert f"再换成{own.id}的" in excel.said[0] and "要另行导入" in excel.said[0]
        assert excel.offered == str(tmp_path / f"{MERGED}_新花名册.xlsm")
        assert [book.path for book in excel.books] == [target, imported.note_of(target)]
    accounted(imported.note_of(target), target, own)
