"""One merge of everything at once: good rosters, files spoilt in every known way, and hundreds spoilt at random.

The good ones must count as if they were alone; every other file is listed once with its reason. The seed is fresh each
time and stands in the failing test's output; LIANGXIAN_SEED=n repeats a run.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from addin import checks, intake
from addin import roster as rosters
from addin.findings import Refusal
from scripts import make_samples
from scripts.samples.notice import load
from tests.support import ROOT, hostile, mutations, reference
from tests.support.notices import LENGSHUITAN_FOLDER
from tests.support.rosters import POLICY

SEED = int(os.environ.get("LIANGXIAN_SEED") or secrets.randbelow(10**6))
SCALE = 0.002
MUTATED = 500
EDITION = "2019-09-30"
"""The deadline of the mutated copies: older than the good ones', so that one that is read is replaced by them."""

MERGE = """
import json, pathlib, re, resource, sys
from addin.cli import main
try:
    main()
finally:
    # ru_maxrss of this process would be that of pytest's, which it was forked from; VmHWM is its own
    own = int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])
    peaks = [kilobytes // 1024 for kilobytes in (own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)]
    print("PEAKS", json.dumps(peaks), file=sys.stderr)
"""


def put(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@dataclass
class Merged:
    """What a run of the command line has left and said."""

    code: int
    out: str
    err: str
    data: dict[str, Any]

    @property
    def files(self) -> dict[str, dict[str, Any]]:
        assert len({line["name"] for line in self.data["files"]}) == len(self.data["files"]), "listed twice"
        return {line["name"]: line for line in self.data["files"]}

    @property
    def peaks(self) -> tuple[int, int]:
        """Megabytes of the parent and of the largest child."""
        match = re.search(r"PEAKS \[(\d+), (\d+)\]", self.err)
        assert match
        return int(match[1]), int(match[2])


def merged(inbox: Path, out: Path) -> Merged:
    out.mkdir()
    command = [
        sys.executable,
        "-c",
        MERGE,
        "merge",
        str(inbox),
        "--out",
        str(out / "汇总.xlsx"),
        "--json",
        str(out / "a.json"),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=900, check=False)
    assert done.returncode in (0, 1), done.stderr
    return Merged(done.returncode, done.stdout, done.stderr, json.loads((out / "a.json").read_text(encoding="utf-8")))


def special(folder: Path) -> dict[str, str]:
    """What is no regular file, or no received file at all: name and code."""
    folder.mkdir()
    target = put(folder / "目标" / "a.txt", b"x")
    (folder / "链接.xlsx").symlink_to(target)
    (folder / "断链.xlsx").symlink_to(folder / "nowhere")
    (folder / "文件夹链接.xlsx").symlink_to(folder / "目标")
    (folder / "设备.xlsx").symlink_to(os.devnull)
    os.mkfifo(folder / "管道.xlsx")
    # bound by a short relative name: the path of a socket may have 108 bytes
    home = Path.cwd()
    os.chdir(folder)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("套接字.xlsx")
    finally:
        os.chdir(home)
    put(folder / "~$普利桥镇.xlsx", b"\x05Clerk")
    put(folder / "通知.docx", b"x")
    return {
        **dict.fromkeys(("链接.xlsx", "断链.xlsx", "文件夹链接.xlsx", "设备.xlsx", "管道.xlsx", "套接字.xlsx"), "R118"),
        "~$普利桥镇.xlsx": "S102", "通知.docx": "S101", "目标/a.txt": "S101",
    }  # fmt: skip


def mutants(books: list[mutations.Parts], chance: Random) -> dict[str, tuple[bytes, mutations.Parts]]:
    """Files spoilt at random, each an older edition of a good one with a number of its own, and what it was before."""
    files = {}
    for n in range(MUTATED):
        parts = mutations.field(chance.choice(books), "第几次报送", str(n + 1))
        parts = mutations.field(parts, "填报截止日期", EDITION)
        make = mutations.exchanged if n % 2 else mutations.damaged
        files[f"{make.__name__}{n:03}.xlsx"] = make(parts, chance), parts
    return files


TABLES = (
    "policy",
    "trial",
    "units",
    "district",
    "funding",
    "cash",
    "coverage",
    "duplicates",
    "series",
    "interpretations",
)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs links, pipes and sockets")
def test_everything_in_one_merge(tmp_path: Path, record_property: Any) -> None:
    print(f"LIANGXIAN_SEED={SEED}")
    chance = Random(SEED)
    good = tmp_path / "good"
    make_samples.make(load(LENGSHUITAN_FOLDER), good, SCALE, jobs=2)
    alone = merged(good, tmp_path / "alone")
    assert alone.code == 0, alone.out
    counting = [name for name, line in alone.files.items() if line["status"] == "merged"]
    assert len(counting) >= 21
    books = [mutations.parts_of((good / name).read_bytes()) for name in counting]

    expected = {f"特殊/{name}": code for name, code in special(good / "特殊").items()}
    spoilt = [*((c, w, make()) for c, w, make in hostile.REFUSED), *mutations.refused(chance.choice(books))]
    for n, (code, what, content) in enumerate(spoilt):
        name = f"{n:03} {what.replace('/', '_')}.xlsx"
        put(good / "坏" / name, content)
        expected[f"坏/{name}"] = code
    assert len(expected) >= 120
    mutated = mutants(books, chance)
    for name, (content, _) in mutated.items():
        put(good / "变异" / name, content)

    merge = merged(good, tmp_path / "all")
    assert merge.code == 1
    for text in (merge.out, merge.err):
        assert "Traceback" not in text
        assert "程序出错" not in text
    assert set(merge.files) == {*alone.files, *expected, *(f"变异/{name}" for name in mutated)}
    refused = [line for line in merge.data["files"] if line["status"] not in ("merged", "replaced")]
    assert all(re.fullmatch(r"[RSC]\d{3}", line["code"]) and line["reason"].endswith("。") for line in refused)
    got = {name: merge.files[name]["code"] for name in expected}
    assert {name: code for name, code in got.items() if code not in expected[name].split()} == {}
    # the good ones count as if they were alone
    assert {key: merge.data[key] for key in TABLES} == {key: alone.data[key] for key in TABLES}
    assert {name: merge.files[name] for name in alone.files} == alone.files
    own = [finding for finding in merge.data["findings"] if finding["file"] in alone.files]
    # what is found over several files may name one of the others
    assert [finding for finding in own if finding["code"] != "112"] == [
        finding for finding in alone.data["findings"] if finding["code"] != "112"
    ]

    read = Counter[str]()
    for name, (content, parts) in mutated.items():
        line = merge.files[f"变异/{name}"]
        assert line["status"] in ("refused", "replaced", "copy"), line
        damaged = name.startswith("damaged")
        read[f"{'damaged' if damaged else 'exchanged'} {line['status']}"] += 1
        if line["status"] == "refused":
            continue
        if damaged:
            assert facts(content) == facts(mutations.pack(parts)), name
        assert reference.wrong(content, mutations.SHEET, "花名册") == "", name
    parent, child = merge.peaks
    measured = f"{len(merge.files)} files, {dict(read)}; parent {parent} MB, largest child {child} MB"
    print(measured)
    record_property("measured", measured)
    assert parent <= 300
    assert child <= 2048
    # most exchanges break the XML or the sheet's grammar, and are refused; about 40 are read
    assert read["exchanged replaced"] > 15
    assert read["damaged refused"] > 200


def facts(content: bytes) -> Any:
    """All that a file says: people's cells and findings, or its refusal."""
    book = intake.read_bytes(content)
    roster = book if isinstance(book, Refusal) else rosters.read(book, POLICY, "a.xlsx")
    if isinstance(roster, Refusal):
        return roster
    return [values.tolist() for values in roster.raw.values()], checks.check(roster).findings
