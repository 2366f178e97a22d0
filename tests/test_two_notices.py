"""Two years in one installation and one folder: each roster by its own notice, by command and by button."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from addin import amounts, functions, macros, policy, run
from addin.output import template
from tests.support.command import liangxian
from tests.support.excel import session
from tests.support.notices import LENGSHUITAN, LENGSHUITAN_FOLDER, QINGSHI, QINGSHI_FOLDER, own_notices_in
from tests.support.results import invented_id

OTHERS_PERSON = {
    "village": "石桥社区", "household": "1", "name": "石一", "relation": "户主", "id_number": invented_id(1),
    "register": "本乡镇(街道)", "medical_status": "本次参保", "medical_paid": 283.5, "medical_date": datetime(2023, 10, 8),
    "medical_receipt": "Q1", "pension_status": "本次参保", "tier": 200, "pension_paid": 200,
    "pension_date": datetime(2023, 10, 8), "pension_receipt": "Q1",
}  # fmt: skip
OTHERS_COVER = {
    "township": "东桥街道", "scope": "两险", "part": "全部", "parts": 1, "deadline": datetime(2023, 12, 31), "serial": 1,
    "policy": QINGSHI.id,
}  # fmt: skip


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The user's own folder of notices, with the other notice in it; nothing names the one in force but what is set."""
    monkeypatch.delenv(policy.IN_FORCE)
    folder = own_notices_in(tmp_path, monkeypatch)
    functions.forget_notice()
    shutil.copytree(QINGSHI_FOLDER, folder / QINGSHI_FOLDER.name)
    yield folder
    functions.forget_notice()


def others_roster(folder: Path, name: str = "东桥.xlsx") -> Path:
    folder.mkdir(exist_ok=True)
    template.write_roster(folder / name, QINGSHI, OTHERS_COVER, [OTHERS_PERSON], blank_rows=2)
    return folder / name


def subtitle(path: Path) -> str:
    sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("报送情况").to_python()
    return next(str(cell) for row in sheet for cell in row if str(cell).startswith("依据"))


# ---------------------------------------------------------------- which is in force


def test_adding_a_notice_changes_nothing_until_it_is_set(own: Path) -> None:
    assert policy.load() == LENGSHUITAN
    assert {LENGSHUITAN.id, QINGSHI.id} <= {notice.id for notice in policy.installed()}
    for word in (QINGSHI.id, "2023", "qingshi-2023"):
        assert policy.named(word).folder == own / "qingshi-2023"
    policy.use(policy.named("2023"))
    assert policy.load().id == QINGSHI.id
    policy.use(policy.named("lengshuitan-2019"))
    assert policy.load() == LENGSHUITAN


def test_the_functions_take_a_year_or_a_number(own: Path) -> None:
    """The last argument: 2020 is the year of the medical scheme of the first notice, 2024 of the other."""
    assert functions.NETDUE("医保", "低保") == functions.NETDUE("医保", "低保", None, None, 2020.0) == 175
    others = [
        functions.NETDUE("医保", "低保", None, "现收", word)
        for word in (2024.0, "2024年度", QINGSHI.id, "qingshi-2023")
    ]
    assert others == [amounts.dues(QINGSHI, "medical", amounts.parse_category(QINGSHI, "低保")).cash / 100] * 4
    assert functions.NETDUE("医保", "低保", None, None, [2020.0, 2031.0, "没有的"]) == [175, functions.NA, functions.NA]
    quota = QINGSHI.schemes["pension"].attachment.by_unit["东桥街道"].quota
    assert functions.QUOTA("养老", "东桥街道", 2023.0) == quota
    assert functions.QUOTARATE("养老", ["东桥街道", "普利桥镇"], quota, "2023") == [1.0, functions.VALUE]
    assert functions.SUBSIDYSHARE("医保", "低保", None, None, 2020.0) == 0.3
    assert functions.DUEREASON("医保", None, None, 2024.0) is None
    assert functions.DUEREASON("医保", "低保", None, 2024.0) != functions.DUEREASON("医保", "低保")
    policy.use(policy.named("2023"))
    functions.forget_notice()
    assert functions.NETDUE("医保", "低保", None, None, 2020.0) == 175


@pytest.mark.slow
def test_a_template_of_another_notice_under_a_new_number_is_reported(own: Path, tmp_path: Path) -> None:
    """The number on the cover is overwritten by hand; the template computes with the old notice."""
    inbox = tmp_path / "收到"
    inbox.mkdir()
    cover = {**OTHERS_COVER, "fingerprint": LENGSHUITAN.fingerprint}
    template.write_roster(inbox / "旧模板.xlsx", QINGSHI, cover, [OTHERS_PERSON], blank_rows=2)
    template.write_roster(inbox / "上一版.xlsx", QINGSHI, {**cover, "fingerprint": None}, [OTHERS_PERSON], blank_rows=2)
    others_roster(inbox, "新模板.xlsx")
    told = {}
    for path in inbox.iterdir():
        told[path.stem] = "通知校验码" in liangxian("check", path).stdout
    assert told == {"旧模板": True, "上一版": False, "新模板": False}


def test_the_fingerprint_is_of_what_a_template_computes_with(tmp_path: Path) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(LENGSHUITAN_FOLDER, folder)
    file = folder / "policy.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text + "\n# a remark\n", encoding="utf-8")
    assert policy.load(folder).fingerprint == LENGSHUITAN.fingerprint
    trial = tmp_path / "试算.toml"
    trial.write_text(
        "[[standards]]\nvalue = 280\nnotified = 2019-11-20\narticle = '二'\ntext = '280元'\n", encoding="utf-8"
    )
    assert policy.load(folder, trial).fingerprint == LENGSHUITAN.fingerprint
    file.write_text(
        f"{text}\n[[schemes.medical.standards]]\n{trial.read_text(encoding='utf-8').split(chr(10), 1)[1]}reading = '另文'\n",
        encoding="utf-8",
    )
    assert policy.load(folder).fingerprint != LENGSHUITAN.fingerprint


def test_one_that_was_set_and_is_gone_is_no_reason_to_take_another(own: Path) -> None:
    (own / "qingshi-2023").rename(own / "another-name")
    policy.use(next(notice for notice in policy.installed() if notice.folder.name == "another-name"))
    assert policy.load().id == QINGSHI.id
    shutil.rmtree(own / "another-name")
    with pytest.raises(policy.PolicyError, match="不在本机"):
        policy.load()


def test_names_that_are_none_or_several_are_reported_with_all_that_there_are(own: Path) -> None:
    with pytest.raises(policy.PolicyError, match=f"没有“1949”这个通知；本机有：{LENGSHUITAN.id}"):
        policy.named("1949")
    with pytest.raises(policy.PolicyError, match="可以是"):
        policy.named("20")


def test_what_cannot_be_read_among_them_is_left_out(own: Path) -> None:
    (own / "broken").mkdir()
    (own / "broken" / "policy.toml").write_text("id = ", encoding="utf-8")
    names = {notice.folder.name for notice in policy.installed()}
    assert "broken" not in names
    assert {"lengshuitan-2019", "qingshi-2023"} <= names


# ---------------------------------------------------------------- merging


@pytest.mark.slow
def test_files_that_all_name_another_notice_are_merged_by_that(own: Path, tmp_path: Path) -> None:
    others_roster(tmp_path / "收到")
    merge = run.merge_folder(tmp_path / "收到", tmp_path / "a.xlsx", LENGSHUITAN, jobs=1, other=policy.load)
    assert merge.policy.id == QINGSHI.id and merge.totals("medical").counted == 1
    assert subtitle(tmp_path / "a.xlsx").startswith(f"依据{QINGSHI.id}")


@pytest.mark.slow
def test_several_notices_are_refused_with_their_numbers_and_one_that_is_reported_is_merged(
    own: Path, inbox: Path, tmp_path: Path
) -> None:
    others_roster(inbox)
    target = tmp_path / "a.xlsx"
    with pytest.raises(run.SeveralNotices, match=r"冷政办函.*2个文件.*青政发.*1个文件"):
        run.merge_folder(inbox, target, LENGSHUITAN, jobs=1, other=policy.load)
    assert not target.exists()
    merge = run.merge_folder(inbox, target, LENGSHUITAN, jobs=1)
    apart = [line for line in merge.files if line.status != "merged"]
    assert [(line.name, line.status, line.code) for line in apart] == [(f"按{QINGSHI.id}填报的文件", "skipped", "R205")]
    assert apart[0].reason.startswith("共1个") and merge.totals("medical").counted == 5


@pytest.mark.slow
def test_a_summary_of_another_notice_is_neither_replaced_nor_looked_back_at(
    own: Path, inbox: Path, tmp_path: Path
) -> None:
    target = tmp_path / "a.xlsx"
    run.merge_folder(inbox, target, LENGSHUITAN, jobs=1)
    before = target.read_bytes()
    others_roster(tmp_path / "收到另一年")
    with pytest.raises(run.OtherSummary, match=f"是按{LENGSHUITAN.id}汇总的，没有改动它"):
        run.merge_folder(tmp_path / "收到另一年", target, QINGSHI, jobs=1)
    assert target.read_bytes() == before and list(tmp_path.glob("*.bak*")) == []


# ---------------------------------------------------------------- through the command line


@pytest.mark.slow
def test_the_command_line_lists_sets_and_keeps_them_apart(own: Path, inbox: Path, tmp_path: Path) -> None:
    roster = others_roster(inbox)
    listed = liangxian("notice", "list").stdout
    assert LENGSHUITAN.id in listed and QINGSHI.id in listed
    refused = liangxian("merge", inbox, "--out", tmp_path / "a.xlsx", "--jobs", "1")
    assert refused.returncode == 2 and "冷政办函〔2019〕27号（2个文件）、青政发〔2023〕8号（1个文件）" in refused.stderr
    for word, counted in (("2023", "计入 1 人"), ("2019", "计入 5 人")):
        done = liangxian("merge", inbox, "--out", tmp_path / f"{word}.xlsx", "--jobs", "1", "--notice", word)
        assert done.returncode == 0 and counted in done.stdout, done.stdout + done.stderr
    checked = liangxian("check", roster, inbox / "普利桥镇.xlsx", "--json", tmp_path / "c.json")
    assert checked.returncode == 0, checked.stdout
    files = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))["files"]
    assert [(file["status"], file["errors"]) for file in files] == [("merged", 0), ("merged", 0)]
    assert liangxian("submit", roster, "--to", tmp_path / "上报").returncode == 0
    assert liangxian("notice", "use", "2023").returncode == 0
    assert QINGSHI.id in liangxian("policy").stdout


# ---------------------------------------------------------------- through the buttons


@pytest.mark.slow
def test_the_check_goes_by_the_cover(own: Path, tmp_path: Path) -> None:
    with session(others_roster(tmp_path / "a")) as excel:
        macros.check_roster()
    assert "共校验1人" in excel.said[-1] and "0个错误" in excel.said[-1].replace(" ", ""), excel.said


@pytest.mark.slow
def test_the_merge_asks_which_and_keeps_a_summary_of_each(own: Path, inbox: Path, tmp_path: Path) -> None:
    others_roster(inbox)
    for answers, names, counted in (
        ([True, False], "征缴汇总.xlsx", "计入5人"),
        ([False, True, False], "征缴汇总_qingshi-2023.xlsx", "计入1人"),
    ):
        with session() as excel:
            excel.folder, excel.answers = inbox, answers
            macros.merge_folder()
        assert any(counted in message and names in message for message in excel.said), excel.said
    assert subtitle(inbox / "征缴汇总.xlsx").startswith(f"依据{LENGSHUITAN.id}")
    assert subtitle(inbox / "征缴汇总_qingshi-2023.xlsx").startswith(f"依据{QINGSHI.id}")


def test_its_own_folder_is_named_by_the_package() -> None:
    assert policy.named("lengshuitan-2019").folder == LENGSHUITAN_FOLDER


@pytest.mark.slow
def test_the_button_makes_the_templates_of_a_notice_and_sets_it_in_force(own: Path, tmp_path: Path) -> None:
    folder = tmp_path / "模板"
    folder.mkdir()
    numbers = {notice.id: str(number) for number, notice in enumerate(policy.installed(), 1)}
    assert functions.NETDUE("医保", "普通居民") == 250
    with session() as excel:
        excel.folder, excel.typed, excel.answers = folder, numbers[QINGSHI.id], [True]
        macros.new_year_templates()
    assert excel.offered == str(len(numbers)), "the one issued last is offered"
    made = sorted(path.name for path in folder.iterdir())
    assert made == sorted(f"{unit.name}_花名册模板.xlsm" for unit in QINGSHI.units), excel.said
    cover = CalamineWorkbook.from_path(str(folder / "东桥街道_花名册模板.xlsm")).get_sheet_by_name("封面").to_python()
    on_it = {str(cell) for row in cover for cell in row}
    assert {"东桥街道", QINGSHI.id} <= on_it
    assert policy.load().id == QINGSHI.id and functions.NETDUE("医保", "普通居民") == 283.5
    with session() as excel:
        excel.folder, excel.typed = folder, numbers[QINGSHI.id]
        macros.new_year_templates()
    assert "没有改动它，也没有做模板" in excel.said[-1]
    with session() as excel:
        excel.typed = numbers[LENGSHUITAN.id]
        macros.set_notice()
    assert policy.load() == LENGSHUITAN and functions.NETDUE("医保", "普通居民") == 250
