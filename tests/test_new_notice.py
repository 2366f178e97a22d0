"""A new notice from its text to the first merged file, as docs/新年度通知.md has it done by a computer person."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from addin import policy
from tests.support import ROOT
from tests.support.command import liangxian
from tests.support.notices import LENGSHUITAN, LENGSHUITAN_FOLDER, QINGSHI, QINGSHI_FOLDER, edited
from tests.test_two_notices import others_roster
from tests.test_two_notices import own as own_with_another

PAGE = ROOT / "docs" / "新年度通知.md"
__all__ = ["own_with_another"]


@pytest.fixture
def own(own_with_another: Path) -> Path:
    """The user's own folder of notices, empty."""
    shutil.rmtree(own_with_another)
    return own_with_another


def broken(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    folder = Path(shutil.copytree(LENGSHUITAN_FOLDER, tmp_path / "broken"))
    text = (folder / "policy.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) >= 1
        text = text.replace(old, new, 1)
    (folder / "policy.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_notice_in_order_has_no_faults() -> None:
    assert policy.faults(LENGSHUITAN_FOLDER) == [] and policy.faults(QINGSHI_FOLDER) == []


def test_all_faults_are_reported_at_once_with_place_and_advice(tmp_path: Path) -> None:
    folder = broken(
        tmp_path,
        ('title = "冷水滩区2019年度', 'title = "冷水滩区2018年度'),
        ("缴费期为2019年10月1日至2019年12月31日。", "缴费期为2019年10月1日至2019年12月30日。"),
        ("issued = 2019-09-12", 'issued = "2019-09-12"'),
        ("values = [", "surplus = 1\nvalues = ["),
    )
    (folder / "attachment1_pension.csv").unlink()
    faults = [(fault.file.name, fault.entry, fault.problem) for fault in policy.faults(folder)]
    assert ("policy.toml", "", "issued 的类型不对") in faults
    assert ("policy.toml", "顶层", "title 不在通知原文中") in faults
    assert ("policy.toml", "schemes.pension.tiers", "不认识的项 surplus") in faults
    assert ("attachment1_pension.csv", "schemes.pension.attachment", "附件读不到，请检查 file 写的文件名") in faults
    window, number = (problem for _, entry, problem in faults if entry == "schemes.medical.window")
    assert number.startswith("2019-12-31 不在所引的句子里")
    assert "原文中最接近的是“" in window and "2019年12月31日" in window.partition("原文中")[2]
    with pytest.raises(policy.PolicyError):
        policy.load(folder)


def test_a_folder_to_be_filled_has_every_sentence_empty_and_each_is_reported(own: Path, tmp_path: Path) -> None:
    folder = policy.begin(policy.named("lengshuitan-2019"), tmp_path / "2020")
    text = (folder / "policy.toml").read_text(encoding="utf-8")
    empty = len(re.findall(r'^(?:paid_)?text = ""  # 旧：', text, re.MULTILINE))
    assert empty == len(re.findall(r"^(?:paid_)?text = ", text, re.MULTILINE)) > 30
    faults = [fault for fault in policy.faults(folder) if fault.problem.endswith("text 是空的")]
    assert len(faults) == empty
    with pytest.raises(policy.NoticeThere, match="已经有了，没有改动它"):
        policy.begin(policy.named("lengshuitan-2019"), folder)


def test_a_new_folder_names_the_columns_of_its_attachments(own: Path, tmp_path: Path) -> None:
    folder = policy.begin(policy.named("lengshuitan-2019"), tmp_path / "2020")
    tables = tomllib.loads((folder / "policy.toml").read_text(encoding="utf-8"))
    for scheme in tables["schemes"].values():
        header = (folder / scheme["attachment"]["file"]).read_text(encoding="utf-8").strip().split(",")
        assert [scheme["attachment"][role] for role in ("order", "unit", "base", "quota")] == header
    named = edited(LENGSHUITAN_FOLDER, tmp_path / "named", ("policy.toml", 'total = 150812', 'total = 150812\norder = "序号"\n'
        'unit = "乡镇/街道"\nbase = "2018年参保缴费人数(人)"\nquota = "2019年参保缴费任务数（人）"'))  # fmt: skip
    assert policy.load(named).schemes["pension"].attachment == LENGSHUITAN.schemes["pension"].attachment


@pytest.mark.slow
def test_a_sentence_of_another_document_is_never_waved_through_in_silence(own: Path, tmp_path: Path) -> None:
    sentence = 'text = "不得重复参保、重复报账。"'
    changed = ("policy.toml", sentence, 'text = "重复参保的一律退费。"\nreading = "另文：某文件第二条"')
    folder = edited(
        LENGSHUITAN_FOLDER, tmp_path / "other", changed, ("policy.toml", "27号", "28号"), ("notice.md", "27号", "28号")
    )
    for command in ("check", "add"):
        process = liangxian("notice", command, folder)
        assert process.returncode == 0
        text = process.stdout.replace("\n", "")
        assert "下列 1 项注明出自另文，没有和通知原文核对，请人工核对" in text
        assert "no_double：“重复参保的一律退费。”（另文：某文件第二条）" in text
    text = liangxian("notice", "check", LENGSHUITAN_FOLDER).stdout.replace("\n", "")
    assert "另文" not in text and f"养老，{LENGSHUITAN.schemes['pension'].attachment.words}" in text


@pytest.mark.slow
def test_the_page_walked_through(own: Path, tmp_path: Path) -> None:
    """Every command of the page, in its order; the filling in is another notice's files put in their places."""
    commands = re.findall(r"^    liangxian (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    done = []
    for command in commands:
        if command.startswith("notice check") and not any("check" in one for one in done):
            assert liangxian(*command.split(), cwd=tmp_path).returncode == 1, "nothing is filled in yet"
            shutil.rmtree(tmp_path / "qingshi-2023")
            shutil.copytree(QINGSHI_FOLDER, tmp_path / "qingshi-2023")
        if command.startswith("merge"):
            others_roster(tmp_path / "收到")
        result = liangxian(*command.split(), cwd=tmp_path)
        assert result.returncode == 0, (command, result.stdout, result.stderr)
        done.append("".join(command.split()[:2]))
    assert {"noticenew", "noticecheck", "noticeadd", "noticeuse"} <= set(done) and done[-1].startswith("merge")
    assert policy.load().id == QINGSHI.id and policy.in_force() == own / "qingshi-2023"
    assert (tmp_path / "district_summary.xlsx").exists() and (tmp_path / "花名册模板.xlsm").exists()
    again = liangxian("notice", "add", "qingshi-2023", cwd=tmp_path)
    assert again.returncode == 2 and "本机已有这个文号" in again.stderr
