"""The command line as a clerk or a scheduled job calls it: exit codes, sentences, files, never a traceback."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer

from addin import cli
from tests.support import ROOT
from tests.support.command import ENVIRONMENT, liangxian
from tests.support.notices import LENGSHUITAN
from tests.support.received import received
from tests.support.rosters import person

SCHEMA = ROOT / "docs" / "merge.schema.json"


@pytest.mark.slow
def test_merge_of_clean_books_exits_0_and_says_where_and_how_many(inbox: Path, tmp_path: Path) -> None:
    done = liangxian("merge", inbox, "--out", tmp_path / "汇总.xlsx", "--json", tmp_path / "a.json", "--jobs", "1")
    assert done.returncode == 0, done.stderr
    assert "医保：任务 462,000 人，申报 5 人，计入 5 人，完成率 0.00%，逾期 0 人" in done.stdout
    assert f"区汇总表已写好：{(tmp_path / '汇总.xlsx').resolve()}" in done.stdout
    data = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    jsonschema.validate(data, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert [line["status"] for line in data["files"]] == ["merged", "merged"]


@pytest.mark.slow
def test_refused_files_exit_1(inbox: Path, tmp_path: Path) -> None:
    for path in inbox.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "坏的.xlsx").write_bytes(b"PK\x03\x04 not a zip")
    done = liangxian("merge", tmp_path, "--out", tmp_path / "汇总.xlsx")
    assert done.returncode == 1
    assert "拒收 1 个" in done.stdout
    assert "坏的.xlsx" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("merge", "没有的文件夹"), "找不到文件夹“没有的文件夹”，请核对路径。"),
        (("check",), "命令不对：没有给出文件...。"),
        (("merge", ".", "--policy", "没有.toml"), "找不到文件“没有.toml”，请核对路径。"),
        (("check", "没有.xlsx"), "找不到文件“没有.xlsx”，请核对路径。"),
        (("submit", "没有.xlsx"), "找不到文件“没有.xlsx”，请核对路径。"),
        (("import", "没有.xlsx", "--out", "新.xlsx"), "找不到文件“没有.xlsx”，请核对路径。"),
        (("check", "."), "“.”是文件夹，请给出里面的文件。"),
        (("merge", ".", "--papers"), "里没有收到的花名册（.xlsx、.xlsm），什么也没有写。"),
        (("circular", ".", "--month", "2019-11"), "里没有收到的花名册（.xlsx、.xlsm），什么也没有写。"),
        (("nonsense",), "命令不对：没有这个命令，或多了内容。"),
        (("policy", "--nonsense"), "命令不对：没有选项 --nonsense。"),
        (("merge", ".", "--jobs", "many"), "命令不对：N的值不对。"),
    ],
)
def test_what_could_not_be_done_exits_2_with_a_sentence(words: Sequence[str], says: str, tmp_path: Path) -> None:
    done = liangxian(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_summary_into_a_missing_folder_exits_2_and_makes_nothing(inbox: Path, tmp_path: Path) -> None:
    done = liangxian("merge", inbox, "--out", tmp_path / "无" / "汇总.xlsx")
    assert (done.returncode, "文件夹不存在" in done.stderr) == (2, True)


@pytest.mark.slow
def test_a_bug_is_one_sentence_with_a_place_and_no_value(tmp_path: Path) -> None:
    code = (
        "import sys; from addin import cli\n"
        "from addin.run import merging\n"
        "def broken(*args, **more): raise ValueError('431103199001010017')\n"
        "merging.received = broken\n"
        "sys.argv = ['liangxian', 'merge', '.']\n"
        "cli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False,
        env={**os.environ, **ENVIRONMENT},
    )  # fmt: skip
    assert done.returncode == 2
    assert "程序出错，没有做成。" in done.stderr
    assert "（ValueError）" in done.stderr
    assert "4311" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_check_lists_each_problem_with_its_remedy_and_masks_ids(tmp_path: Path) -> None:
    wrong = "990000199001010018"
    path = received(tmp_path, "a.xlsx", person(id_number=wrong))
    done = liangxian("check", path, "--json", tmp_path / "a.json", "--annotate", tmp_path / "校验")
    assert done.returncode == 1
    assert "1 个错误，0 个警告" in done.stdout
    assert "请对照身份证逐位核对；" in done.stdout
    assert wrong not in done.stdout
    data = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert [(finding["code"], finding["row"], finding["column"]) for finding in data["files"][0]["findings"]] == [
        ("306", 5, "K")
    ]
    assert [path.name for path in (tmp_path / "校验").glob("*.xlsx")] == ["a_校验.xlsx"]


@pytest.mark.slow
def test_check_of_a_clean_file_says_so_in_words(inbox: Path) -> None:
    done = liangxian("check", inbox / "普利桥镇.xlsx")
    assert done.returncode == 0
    assert "0 个错误，0 个警告，可以上报" in done.stdout


def _commands(command: Any, *path: str) -> Iterator[tuple[str, Any]]:
    yield " ".join(path), command
    for name, sub in getattr(command, "commands", {}).items():
        yield from _commands(sub, *path, name)


@pytest.mark.parametrize("width", ["60", "80"])
def test_every_help_is_chinese_and_whole(
    width: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of the parser's own English, and nothing cut with an ellipsis however narrow the terminal is."""
    monkeypatch.setenv("COLUMNS", width)
    for path, command in _commands(typer.main.get_command(cli.app), "liangxian"):
        with typer.Context(command, info_name=path) as context:
            command.get_help(context)
            words = capsys.readouterr().out
            assert words.startswith(f"用法：{path} [选项]"), path
            assert not re.search(r"…|usage|options|argument|show this|default|required|exit", words, re.IGNORECASE)
            whole = re.sub(r"\s", "", words)
            for one in (command, *command.get_params(context), *getattr(command, "commands", {}).values()):
                if getattr(one, "name", "") != "help":
                    assert re.sub(r"\s", "", one.help) in whole, (path, one.name)


@pytest.mark.slow
def test_the_help_alone_where_nothing_is_typed() -> None:
    done = liangxian()
    assert (done.returncode, done.stdout[:3], done.stderr) == (2, "用法：", "")


@pytest.mark.slow
def test_policy_prints_the_rules_in_force_and_a_trial_is_marked(tmp_path: Path, inbox: Path) -> None:
    plain = liangxian("policy", width=120)
    assert plain.returncode == 0
    assert "城乡低保对象" in plain.stdout
    assert "…" not in plain.stdout
    assert "试算" not in plain.stdout
    trial = tmp_path / "试算.toml"
    others = LENGSHUITAN.interpretations["full_subsidy"].alternatives
    trial.write_text(f'[interpretations]\nfull_subsidy = "{others[0].value}"\n', encoding="utf-8")
    tried = liangxian("merge", inbox, "--out", tmp_path / "汇总.xlsx", "--policy", trial)
    assert tried.returncode == 0, tried.stderr
    assert "试算（不作为正式结果）" in tried.stdout


FIRST_WORD = """
import sys
from addin import cli

def first_word(text):
    print(text, *sorted({"numpy", "pandas"} & sys.modules.keys()))
    raise SystemExit(7)

cli.err.status = first_word
cli.main()
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("merge", "."), ("read", ".", "--partials", "a", "--key", "b"), ("combine", "."), ("check", "a.xlsx"),
        ("circular", ".", "--month", "2019-11"), ("submit", "a.xlsx"), ("template", "--out", "a.xlsm"), ("policy",),
    ],
    ids=lambda words: words[0],
)  # fmt: skip
def test_every_command_says_a_word_before_it_loads_what_takes_long(words: Sequence[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FIRST_WORD, *words], check=False, cwd=tmp_path, capture_output=True,
        text=True, encoding="utf-8", env={**os.environ, **ENVIRONMENT},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (7, "正在启动……\n"), done.stderr


@pytest.mark.slow
def test_a_check_loads_what_takes_long_in_its_child_only(inbox: Path) -> None:
    code = """
import sys
from addin import cli
try:
    cli.main()
finally:
    print("loaded:", *sorted({"numpy", "pandas", "xlsxwriter"} & sys.modules.keys()), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, "check", str(next(inbox.glob("*.xlsx")))], check=False, cwd=ROOT, capture_output=True,
        text=True, encoding="utf-8", env={**os.environ, **ENVIRONMENT},
    )  # fmt: skip
    assert "个错误" in done.stdout, done.stderr
    assert "loaded:" in done.stderr.splitlines(), done.stderr  # Wine's limits are none, which is said there, too
