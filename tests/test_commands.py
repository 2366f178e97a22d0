"""Runs every command of README and docs/: here, in a copy of the project, or where TABLE says."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import xlsxwriter

from addin.output import template
from scripts import make_samples
from scripts.samples.notice import load
from tests.support import ROOT
from tests.support.notices import LENGSHUITAN, LENGSHUITAN_FOLDER
from tests.support.rosters import COVER, person

_PROGRAMS = ("make", "python", "bash", "liangxian", ".venv/bin/liangxian", ".venv/bin/python", "dask")

CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
RUN_BY_CI = {
    "make demo", "make test", "make test-fast", "make test-windows", "make lint", "make setup", "bash .ci/run", "python scripts/bootstrap.py", "python scripts/bootstrap.py demo",
    "python scripts/bootstrap.py test",
}  # fmt: skip
"""These set the project up and run this very suite: CI runs them from a clean checkout (make does nothing but call
bootstrap.py, and each of its targets sets up first; test-windows is a part of test).
"""
RUN_ELSEWHERE: dict[str, str] = {
    ".venv/bin/python scripts/build_workbooks.py": "test_workbooks.py",
    ".venv/bin/python scripts/make_docs.py": "test_docs.py",
    ".venv/bin/python scripts/make_pictures.py": "test_pictures.py",
    ".venv/bin/python scripts/build_bundle.py --python-embed python-3.X.Y-embed-amd64.zip --out out/bundle": "test_bundle.py",
    "dask scheduler --protocol tls --port 8786 --no-dashboard": "test_cluster.py",
    "dask worker tls://head:8786 --nthreads 8 --memory-limit 0 --no-dashboard": "test_cluster.py",
    "liangxian merge 收到/ --out district_summary.xlsx --cluster tls://head:8786": "test_cluster.py",
    "python scripts/bench.py --docs --json out/bench.json": "test_bench.py",
    "liangxian notice new qingshi-2023 --from lengshuitan-2019": "test_new_notice.py",
    "liangxian notice check qingshi-2023": "test_new_notice.py",
    "liangxian notice add qingshi-2023": "test_new_notice.py",
    "liangxian notice use qingshi-2023": "test_new_notice.py",
}
"""Commands whose work has a test file of its own: they need other machines, Microsoft's zip, many minutes, or a notice
that somebody has filled in."""


def commands() -> Iterator[tuple[str, str]]:
    """Document and command: lines of code blocks that start with a program, up to a comment or a remark beside it."""
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for line in path.read_text(encoding="utf-8").splitlines():
            if not line.startswith("    ") or line.split()[:1] == [] or line.split()[0] not in _PROGRAMS:
                continue
            words, _, comment = line.strip().partition(" # ")
            yield path.name, re.split(r" {2,}", words.strip())[0]
            if comment.strip().startswith("or: "):
                yield path.name, comment.strip().removeprefix("or: ")


ALL = list(dict.fromkeys(commands()))
HERE = list(dict.fromkeys(command for _, command in ALL if command not in RUN_BY_CI and command not in RUN_ELSEWHERE))
"""In the order of the documents: one may need what an earlier one made."""


def test_the_documents_have_commands() -> None:
    assert len(ALL) > 15


def test_what_ci_runs_is_run_by_ci() -> None:
    assert {target for target in ("make demo", "make test", "make lint") if target in CI} == {
        "make demo",
        "make test",
        "make lint",
    }
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "setup demo test test-fast test-windows lint:" in makefile


def test_what_is_run_elsewhere_has_its_test() -> None:
    told = {command for _, command in ALL}
    assert {command for command in RUN_ELSEWHERE if command not in told} == set()
    assert {name for name in RUN_ELSEWHERE.values() if not (ROOT / "tests" / name).exists()} == set()


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the files that the documents name."""
    folder = tmp_path_factory.mktemp("project") / "liangxian"
    for name in ("addin", "scripts", "docs", "workbooks", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("README.md", "pyproject.toml", "requirements.lock"):
        shutil.copyfile(ROOT / name, folder / name)
    rules = LENGSHUITAN
    template.write_roster(folder / "花名册.xlsx", rules, COVER, [person()])
    template.write_roster(folder / "普利桥镇_桥头村.xlsm", rules, COVER, [person()])
    make_samples.make(load(LENGSHUITAN_FOLDER), folder / "收到的花名册", 0.002)
    shutil.copytree(folder / "收到的花名册", folder / "收到")
    (folder / "名单").mkdir()
    with xlsxwriter.Workbook(folder / "名单" / "职工医保.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["姓名", "证件号码", "险种"])
        sheet.write_row(1, 0, ["某人", "990000197001010016", "医保"])
    point = rules.interpretations["full_subsidy"]
    (folder / "试算.toml").write_text(
        f'[interpretations]\nfull_subsidy = "{point.alternatives[0].value}"\n', encoding="utf-8"
    )
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("command", HERE)
def test_command_works(command: str, copy: Path) -> None:
    program, *words = shlex.split(command)
    start = [sys.executable, "-m", "addin.cli"] if program.endswith("liangxian") else [sys.executable]
    done = subprocess.run(
        [*start, *words], cwd=copy, capture_output=True, encoding="utf-8", timeout=300, check=False,
        env={**os.environ, "PYTHONPATH": str(copy), "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
