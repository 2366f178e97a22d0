"""Which file an output may replace: an earlier one of its kind, no other; the message of a run that stops half-way."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from docx import Document

from addin import cli, run, workers
from addin.district import partials
from addin.excel import drag_and_drop
from addin.findings import make_refusal
from addin.output import earlier, saving, summary
from addin.output.summary import previous
from addin.run import checking, merging
from tests.support import ROOT, results
from tests.support.received import received
from tests.support.rosters import POLICY, person

ROSTER, LIST, TEXT, EMPTY, LOCKED = "花名册.xlsx", "低保名单.xlsx", "文字.xlsx", "空.xlsx", "加密.xlsx"


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("收")
    received(folder, "普利桥镇.xlsx", *results.people(2))
    return folder


@pytest.fixture(scope="module")
def made(inbox: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One of every output."""
    folder = tmp_path_factory.mktemp("出")
    extras = run.Extras(folder / "数据.json", folder / "退回", folder / "台账")
    run.merge_folder(inbox, folder / "汇总.xlsx", POLICY, extras=extras)
    issue = run.Issue(max(rules.window.end for rules in POLICY.schemes.values()), folder / "进度")
    run.write_circular(inbox, folder / "通报.docx", POLICY, issue)
    run.check_files([inbox / "普利桥镇.xlsx"], POLICY, annotate=folder / "校验")
    run.write_json({"policy": POLICY.id, "trial": [], "files": []}, folder / "校验.json")
    return folder


def others(folder: Path, suffix: str) -> dict[str, Path]:
    """Files that are no output of ours, under names that one could have."""
    roster = received(folder, "a.xlsx", person())
    sheet = openpyxl.Workbook()
    sheet.active.append(["姓名", "证件号码", "类别"])
    sheet.save(folder / "b.xlsx")
    (folder / "c").write_text("别人的文字", encoding="utf-8")
    (folder / "d").write_bytes(b"")
    (folder / "e").write_text('{"姓名": "张三"}', encoding="utf-8")
    with zipfile.ZipFile(folder / "f", "w") as package:
        package.writestr("docProps/core.xml", "<dc:title>年度通报</dc:title> 的说明")
    Document().save(str(folder / "g"))
    paths = {}
    for path in (roster, *(folder / name for name in ("b.xlsx", "c", "d", "e", "g"))):
        paths[path.stem] = path.rename(path.with_name(f"{path.stem}{suffix}"))
    return paths


# ---------------------------------------------------------------- told before anything is read


@pytest.mark.slow
@pytest.mark.parametrize("name", ["汇总", "汇总.xls", "汇总.xlsm", "汇总.json", "汇总.xlsx.bak", "a.csv"])
def test_a_summary_is_called_xlsx(inbox: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(saving.CannotSave, match=r"要以\.xlsx结尾"):
        run.merge_folder(inbox, tmp_path / name, POLICY)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.xlsx", "a", "a.txt", "a.jsonl"])
def test_data_are_called_json(inbox: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("别人的", encoding="utf-8")
    with pytest.raises(saving.CannotSave, match=r"要以\.json结尾"):
        run.merge_folder(inbox, tmp_path / "汇总.xlsx", POLICY, extras=run.Extras(tmp_path / name))
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_circular_is_called_docx(inbox: Path, tmp_path: Path) -> None:
    issue = run.Issue(max(rules.window.end for rules in POLICY.schemes.values()))
    with pytest.raises(saving.CannotSave, match=r"要以\.docx结尾"):
        run.write_circular(inbox, tmp_path / "通报.doc", POLICY, issue)


def test_names_of_outputs_may_be_in_capitals(tmp_path: Path) -> None:
    earlier.refuse_suffix(tmp_path / "A.XLSX", ".xlsx", "汇总表")


@pytest.mark.parametrize("other", ["汇总.xlsx", "../{}/汇总.xlsx", "链接.xlsx"])
def test_two_outputs_are_never_the_same_file(tmp_path: Path, other: str) -> None:
    (tmp_path / "链接.xlsx").symlink_to(tmp_path / "汇总.xlsx")
    with pytest.raises(saving.CannotSave, match="同一个文件"):
        earlier.refuse_alike((("汇总表", tmp_path / "汇总.xlsx"), ("数据", None), ("退回清单", tmp_path / other.format(tmp_path.name))))  # fmt: skip


@pytest.mark.slow
def test_the_summary_is_none_of_the_return_files(inbox: Path, tmp_path: Path) -> None:
    extras = run.Extras(returns=tmp_path)
    with pytest.raises(saving.CannotSave, match="汇总表和退回清单写的是同一个文件"):
        run.merge_folder(inbox, tmp_path / "普利桥镇_退回清单.xlsx", POLICY, extras=extras)


@pytest.mark.slow
def test_a_check_never_writes_over_what_it_reads(tmp_path: Path) -> None:
    roster = received(tmp_path, "a.xlsx", person())
    copy = received(tmp_path, "a_校验.xlsx", person())
    before = [path.read_bytes() for path in (roster, copy)]
    ways: tuple[dict[str, Any], ...] = (
        {"json": roster},
        {"json": tmp_path / "b" / ".." / "a.xlsx"},
        {"annotate": tmp_path},
    )
    for given in ways:
        with pytest.raises(saving.CannotSave, match="是要读取的文件"):
            run.check_files([roster, copy], POLICY, **given)
    assert [path.read_bytes() for path in (roster, copy)] == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.xlsx", "a_校验.xlsx"]


@pytest.mark.slow
@pytest.mark.parametrize("json_out", ["a.xlsx", "b.xlsx"])
def test_the_commands_of_the_issue(tmp_path: Path, json_out: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`check a.xlsx --json a.xlsx` and `merge in --json in/b.xlsx`: a sentence, exit code 2, every byte as it was."""
    for name in ("a.xlsx", "b.xlsx"):
        received(tmp_path, name, person())
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for words in (["check", tmp_path / "a.xlsx", "--json", tmp_path / json_out],
                  ["merge", tmp_path, "-o", tmp_path / "汇总.xlsx", "--json", tmp_path / json_out],
                  ["merge", tmp_path, "-o", tmp_path / "汇总.json", "--json", tmp_path / "汇总.json"]):  # fmt: skip
        assert command(words) == cli.FAILED
        assert "没有做成" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def command(words: list[Any]) -> int:
    before = sys.argv
    sys.argv = ["liangxian", *map(str, words)]
    handler = signal.getsignal(signal.SIGINT)
    try:
        cli.main()
    except SystemExit as done:
        return int(done.code or 0)
    finally:
        sys.argv = before
        signal.signal(signal.SIGINT, handler)
    return 0


# ---------------------------------------------------------------- only what is ours is replaced


def papers(folder: Path) -> list[tuple[Path, str]]:
    return [
        (folder / "退回" / "普利桥镇_退回清单.xlsx", earlier.RETURN), (folder / "台账" / "普利桥镇_缴费台账.xlsx", earlier.LEDGER),
        (folder / "进度" / "普利桥镇_半月进度表.xlsx", earlier.PROGRESS), (folder / "通报.docx", earlier.CIRCULAR),
        (folder / "校验" / "普利桥镇_校验.xlsx", earlier.COPY),
    ]  # fmt: skip


@pytest.mark.slow
def test_every_paper_of_ours_is_known_again(made: Path) -> None:
    earlier.refuse_other_papers(papers(made))
    earlier.refuse_other_data(made / "数据.json", earlier.MERGED)
    earlier.refuse_other_data(made / "校验.json", earlier.CHECKED)


@pytest.mark.slow
def test_no_paper_is_taken_for_another_kind(made: Path) -> None:
    for path, own in papers(made):
        for title in (title for _, title in papers(made) if title != own):
            with pytest.raises(saving.CannotSave, match="不是本程序以前写的同一种结果"):
                earlier.refuse_other_papers([(path, title)])
    for name, third in (("数据.json", earlier.CHECKED), ("校验.json", earlier.MERGED)):
        with pytest.raises(saving.CannotSave, match="同一种结果"):
            earlier.refuse_other_data(made / name, third)


@pytest.mark.slow
def test_papers_are_known_after_office_has_saved_them(made: Path, tmp_path: Path) -> None:
    for path, title in papers(made)[:3]:
        openpyxl.load_workbook(path).save(tmp_path / path.name)
        earlier.refuse_other_papers([(tmp_path / path.name, title)])
    document = Document(str(made / "通报.docx"))
    document.paragraphs[-1].text = "2019年11月5日"
    document.save(str(tmp_path / "通报.docx"))
    earlier.refuse_other_papers([(tmp_path / "通报.docx", earlier.CIRCULAR)])


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".xlsx", ".json", ".docx"])
def test_nobody_else_s_file_is_replaced(tmp_path: Path, suffix: str) -> None:
    other_files = others(tmp_path, suffix)
    before = {path: path.read_bytes() for path in other_files.values()}
    for path in other_files.values():
        for _, title in papers(tmp_path):
            with pytest.raises(saving.CannotSave, match="不是本程序以前写的"):
                earlier.refuse_other_papers([(path, title)])
        for third in (earlier.MERGED, earlier.CHECKED):
            with pytest.raises(saving.CannotSave, match="不是本程序以前写的"):
                earlier.refuse_other_data(path, third)
    assert {path: path.read_bytes() for path in other_files.values()} == before


@pytest.mark.slow
def test_no_summary_is_written_over_anything_but_a_summary(inbox: Path, tmp_path: Path) -> None:
    other_files = others(tmp_path, ".xlsx")
    before = {path: path.read_bytes() for path in other_files.values()}
    for name in ("a", "b", "c", "e", "g"):
        with pytest.raises(run.NotMade, match=r"没有改动.*不是汇总表.*移走"):
            run.merge_folder(inbox, other_files[name], POLICY)
    assert {path: path.read_bytes() for path in other_files.values()} == before
    assert not list(tmp_path.glob("*.bak*"))


@pytest.mark.parametrize("code", ["R112", "R121", "R122"])
def test_what_cannot_be_understood_is_not_replaced_either(code: str) -> None:
    headline = previous.no_summary(make_refusal(code, {"seconds": 120, "what": "x"}))
    assert headline.code == summary.NO_SUMMARY
    assert headline.reason.endswith("看不出它是不是汇总表。")


@pytest.mark.slow
@pytest.mark.parametrize("what", ["returns", "ledger", "progress"])
def test_papers_never_go_among_what_was_received(inbox: Path, what: str) -> None:
    """A return is a roster: the next merge would take it for one that was sent."""
    before = sorted(inbox.iterdir())
    for place in (inbox, inbox / "退回", inbox / "深" / ".." / "退回"):
        with pytest.raises(saving.CannotSave, match=r"不能放在收到的花名册中间.*汇总结果"):
            run.merge_folder(inbox, inbox / "汇总.xlsx", POLICY, extras=run.Extras(**{what: place}))
    assert sorted(inbox.iterdir()) == before


def test_no_pipe_is_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.json")
    with pytest.raises(saving.CannotSave, match="不是普通文件"):
        earlier.refuse_other_data(tmp_path / "a.json", earlier.MERGED)
    with pytest.raises(saving.CannotSave, match="不是普通文件"):
        earlier.refuse_other_papers([(tmp_path / "a.json", earlier.COPY)])
    with pytest.raises(partials.PartialsError, match="不是密钥文件"):
        partials.key(tmp_path / "a.json", tmp_path / "单册")


def test_names_of_copies_never_meet() -> None:
    assert checking._different_names(["a", "a", "a(2)", "A"]) == ["a", "a(2)", "a(2)(2)", "A(3)"]


# ---------------------------------------------------------------- no room, no folder; what is new already


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_no_room_for_temporary_files_is_a_sentence(
    inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(workers.TemporaryFilesError, match=r"^临时文件夹“.*”所在的磁盘空间不够"):
        run.merge_folder(inbox, tmp_path / "汇总.xlsx", POLICY)
    assert list(tmp_path.iterdir()) == []


def test_no_room_for_a_result_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(workers.TemporaryFilesError, match="空间不够"):
        partials.ResultFolder(tmp_path, passing=True).put(b"")
    with pytest.raises(partials.PartialsError, match=r"放单册结果的文件夹.*空间不够"):
        partials.ResultFolder(tmp_path).put(b"")
    assert list(tmp_path.iterdir()) == []


def test_no_temporary_folder_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def none() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    with pytest.raises(workers.TemporaryFilesError, match=r"^系统的临时文件夹写不了"), workers.private_folder():
        pass


@pytest.mark.slow
@pytest.mark.parametrize("name", ["退回", "台账"])
def test_a_folder_that_cannot_be_made_is_reported_before_anything_is_read(
    inbox: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "文件").write_text("", encoding="utf-8")
    extras = run.Extras(**{{"退回": "returns", "台账": "ledger"}[name]: tmp_path / "文件" / name})
    with pytest.raises(saving.CannotSave, match=f"文件夹“{name}”建不了"):
        run.merge_folder(inbox, tmp_path / "汇总.xlsx", POLICY, extras=extras)
    assert [path.name for path in tmp_path.iterdir()] == ["文件"]


@pytest.fixture
def failing_data(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[BaseException]]:
    """The data can't be written, after the summary; raises what is in the list."""
    raised: list[BaseException] = [run.NotMade("数据没有写成。")]

    def write_json(*_: object) -> None:
        raise raised[0]

    monkeypatch.setattr(merging, "write_json", write_json)
    yield raised


@pytest.mark.slow
@pytest.mark.parametrize("error", [run.NotMade("数据没有写成。"), ValueError("a bug"), KeyboardInterrupt()])
def test_what_fails_after_the_summary_says_that_the_summary_is_new(
    inbox: Path, tmp_path: Path, failing_data: list[BaseException], error: BaseException
) -> None:
    failing_data[0] = error
    with pytest.raises(type(error)) as raised:
        run.merge_folder(inbox, tmp_path / "汇总.xlsx", POLICY, extras=run.Extras(tmp_path / "a.json"))
    assert raised.value.__notes__ == ["这些已经写好，是新的：“汇总.xlsx”；其余没有改动。"]
    assert (tmp_path / "汇总.xlsx").exists()


def test_what_fails_before_it_says_nothing_of_the_kind(inbox: Path, tmp_path: Path) -> None:
    with saving.hold(tmp_path / "汇总.xlsx"), pytest.raises(ValueError) as raised, saving.telling():
        raise ValueError
    assert not hasattr(raised.value, "__notes__")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (cli.Interrupted(), 130, "已中断。这些已经写好，是新的：“汇总.xlsx”；其余没有改动。"),
        (run.NotMade("数据没有写成。"), 2, "没有做成：数据没有写成。这些已经写好，是新的：“汇总.xlsx”"),
        (ValueError("张三"), 2, "程序出错，没有做成。这些已经写好，是新的：“汇总.xlsx”；其余没有改动。出错位置："),
    ],
)
def test_the_command_says_what_is_new(
    inbox: Path, tmp_path: Path, failing_data: list[BaseException], capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, says: str,
) -> None:  # fmt: skip
    failing_data[0] = error
    monkeypatch.setattr(saving, "_written", [])  # a command has a process of its own
    assert command(["merge", inbox, "-o", tmp_path / "汇总.xlsx", "--json", tmp_path / "a.json"]) == code
    assert says in re.sub(r"\s", "", capsys.readouterr().err)


INTERRUPTED = """
import os, signal, sys
from addin import cli
from addin.run import reading as place
def read_files(*given, **more):
    os.kill(os.getpid(), signal.SIGINT)
    while True:
        pass
place.read_files = read_files
sys.argv[1:] = sys.argv[1:]
cli.main()
"""


@pytest.mark.slow
def test_ctrl_c_in_a_merge_says_that_nothing_has_changed(inbox: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-X", "utf8", "-c", INTERRUPTED, "merge", str(inbox), "-o", str(tmp_path / "汇总.xlsx")]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, encoding="utf-8", check=False, timeout=120)
    assert done.returncode == cli.INTERRUPTED, done.stderr
    assert "已中断。什么也没有改动。" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_ctrl_c_while_papers_are_written_says_which_are_there(inbox: Path, tmp_path: Path) -> None:
    """A real process, interrupted as a terminal does: the whole group of processes gets the signal."""
    code = (
        INTERRUPTED.replace("reading as", "merging as")
        .replace("read_files", "write_returns")
        .replace("os.kill(os.getpid()", "os.killpg(os.getpgrp()")
    )
    target = tmp_path / "汇总.xlsx"
    words = [sys.executable, "-X", "utf8", "-c", code, "merge", str(inbox), "--papers", "-o", str(target)]
    done = subprocess.run(
        words, cwd=ROOT, capture_output=True, encoding="utf-8", check=False, timeout=120, start_new_session=True
    )
    assert done.returncode == cli.INTERRUPTED, done.stderr
    assert "已中断。这些已经写好，是新的：“汇总.xlsx”；其余没有改动。" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (inbox / "汇总结果").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["汇总.xlsx"]


# ---------------------------------------------------------------- the terminal's code page, and opening the result


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["gbk", "cp437", "ascii"])
def test_a_name_that_the_code_page_has_not_spoils_nothing(tmp_path: Path, encoding: str) -> None:
    inbox, target = tmp_path / "收", tmp_path / "汇总\U0001f600\u1234.xlsx"
    received(inbox, "普利桥镇\U0001f600.xlsx", *results.people(1))
    done = subprocess.run(
        [sys.executable, "-m", "addin.cli", "merge", str(inbox), "-o", str(target)],
        cwd=ROOT, capture_output=True, check=False, timeout=120, env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
    )  # fmt: skip
    assert done.returncode == cli.CLEAN, done.stderr
    assert b"?.xlsx" in done.stdout
    assert target.exists()


def test_a_result_that_windows_does_not_open_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "收"
    folder.mkdir()
    (folder / drag_and_drop.SUMMARY).touch()

    def main() -> None:
        sys.exit(cli.WITH_ERRORS)

    def startfile(path: Path) -> None:
        raise OSError(1155, "No application is associated")

    monkeypatch.setattr(cli, "main", main)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(os, "startfile", startfile, raising=False)
    monkeypatch.setattr(sys, "argv", ["x"])
    monkeypatch.setenv("LIANGXIAN_DROPPED", "")
    assert drag_and_drop.main("merge", "汇总.cmd", str(folder)) == cli.WITH_ERRORS
    assert f"请自己打开：{folder / drag_and_drop.SUMMARY}" in capsys.readouterr().out


def test_an_interrupted_merge_opens_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "收"
    folder.mkdir()
    (folder / drag_and_drop.SUMMARY).touch()

    def main() -> None:
        sys.exit(cli.INTERRUPTED)

    monkeypatch.setattr(cli, "main", main)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(os, "startfile", pytest.fail, raising=False)
    monkeypatch.setattr(sys, "argv", ["x"])
    monkeypatch.setenv("LIANGXIAN_DROPPED", "")
    assert drag_and_drop.main("merge", "汇总.cmd", str(folder)) == cli.INTERRUPTED
