"""A merge that the disk, the system or somebody's impatience cuts short: the old outputs, or the new ones whole.

THOROUGH=1 does every count in full: 200 kills, twenty rounds of six merges, every system call.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from addin import intake
from addin.findings import Refusal
from addin.output import saving, template
from tests.support import ROOT, faulty, hostile, results
from tests.support.faulty import SUMMARY, state
from tests.support.rosters import COVER, POLICY

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="needs fork, signals and limits of POSIX"),
]
THOROUGH = bool(os.environ.get("THOROUGH"))
SEED = int(os.environ.get("LIANGXIAN_SEED") or random.randrange(10**6))


def roster(folder: Path, unit: str, start: int, count: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    template.write_roster(folder / f"{unit}.xlsx", POLICY, {**COVER, "township": unit}, results.people(count, start))


def fault(*words: object, **more: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.support.faulty", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False, **more)


class Scene:
    """An inbox, the outputs of an earlier merge (fewer people), and the outputs after a merge of the inbox."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.inbox, self.old, self.new, self.out = (folder / name for name in ("收到", "旧", "新", "出"))
        roster(folder / "上次", "普利桥镇", 0, 2)
        roster(self.inbox, "普利桥镇", 0, 3)
        roster(self.inbox, "曲河街道", 50, 2)
        for name in ("", *more):
            (self.old / name).mkdir(parents=True, exist_ok=True)
        done = fault("plain", folder / "上次", self.old)
        assert done.returncode == 0, done.stderr
        shutil.copytree(self.old, self.new)
        done = fault("plain", self.inbox, self.new)
        assert done.returncode == 0, done.stderr
        self.before, self.after = state(self.old), state(self.new)
        assert self.before[SUMMARY] != self.after[SUMMARY]

    def again(self) -> None:
        faulty.restore(self.old, self.out)

    def judge(self) -> str:
        """Every output is the old or the new one, and a backup is the old one whole; gives which the summary is."""
        file_state = state(self.out)
        for name in {*self.before, *file_state}:
            assert file_state.get(name) in (self.before.get(name), self.after[name]), name
        if file_state[SUMMARY] == self.before[SUMMARY]:
            return "old"
        assert _hash(saving.backup_of(self.out / SUMMARY, 1)) == self.before[SUMMARY]
        return "new"


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene(tmp_path_factory.mktemp("scene"), "退回", "台账")


@pytest.mark.parametrize("how", list(faulty.ACTS))
def test_every_call_of_a_whole_merge_may_fail(tmp_path: Path, scene: Scene, how: str) -> None:
    """Every create, fsync, copy, rename and unlink in turn; with THOROUGH also those of return files and ledgers."""
    small = scene if THOROUGH else Scene(tmp_path)
    done = fault(how, small.inbox, small.old, small.new, tmp_path / "出")
    assert done.returncode == 0, done.stderr
    *wrong, last = done.stdout.splitlines()
    assert wrong == []
    seen = json.loads(last.removeprefix("SEEN "))
    assert seen.pop("0") == 1
    failed = seen.pop("killed by 9" if how == "kill" else "2")
    assert failed >= (20 if how == "kill" else 15)
    assert sum(seen.values()) <= 10, "a call that fails when nothing hangs on it any more"


def command(scene: Scene) -> list[str]:
    """The same merge as a clerk starts it, children and all; return files and ledgers are left to a thorough test."""
    out = scene.out
    more = ["--returns", str(out / "退回"), "--ledger", str(out / "台账")] if THOROUGH else []
    return [sys.executable, "-m", "addin.cli", "merge", str(scene.inbox), "--out", str(out / SUMMARY), "--json", str(out / "数据.json"),
            *more, "--jobs", "1"]  # fmt: skip


def run(words: Sequence[str], **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False, **more)


def test_killed_at_any_time(scene: Scene, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    print(f"LIANGXIAN_SEED={SEED}")
    temporary = {**os.environ, "TMPDIR": str(tmp_path)}
    scene.again()
    start = time.monotonic()
    assert run(command(scene), env=temporary).returncode == 0
    assert scene.judge() == "new"
    whole = time.monotonic() - start
    merged = {name: scene.after[name] for name in (SUMMARY, "数据.json")}
    seen = Counter[str]()
    for n in range(200 if THOROUGH else 8):
        scene.again()
        with subprocess.Popen(command(scene), cwd=ROOT, env=temporary, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # fmt: skip
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(chance.random() * whole)
            process.kill()
        seen[scene.judge()] += 1
        if n % 10 == 5:
            assert run(command(scene), env=temporary).returncode == 0
            assert state(scene.out) == (scene.after if THOROUGH else {**scene.before, **merged})
            assert not list(scene.out.rglob(".tmp-*"))
            # of a run killed in a certain moment only an empty lock is left, for a day
            left = [path.name for path in tmp_path.iterdir() if path.stat().st_size or path.is_dir()]
            assert left == [], "the next run removes what a killed one left"
    print(f"{whole:.1f} s a merge; afterwards the summary was {dict(seen)}")
    assert seen["old"] > 0


@contextlib.contextmanager
def disk(folder: Path, kilobytes: int) -> Iterator[None]:
    """A file system of that size at the folder, where this user may mount one; raises `PermissionError` where not."""
    mounted = run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "none", str(folder)])
    if mounted.returncode:
        raise PermissionError(mounted.stderr)
    try:
        yield
    finally:
        run(["umount", "-l", str(folder)])


def test_disk_full_at_several_sizes(scene: Scene, tmp_path: Path) -> None:
    """A small disk of its own; where none may be mounted, a limit on the size of every file, which fails alike."""
    needed = sum(path.stat().st_size for path in scene.old.rglob("*") if path.is_file()) // 1024
    out = tmp_path / "盘"
    out.mkdir()
    seen = Counter[int]()
    ways = Counter[str]()
    for room in (4, 12, 24, 40, 60, 90, 140, 400):
        try:
            with disk(out, needed + 64 + room):
                shutil.copytree(scene.old, out / "出")
                done = fault("plain", scene.inbox, out / "出")
                _judge_full(scene, out / "出", done, seen)
            ways["tmpfs"] += 1
        except PermissionError:
            faulty.restore(scene.old, out / "出")
            done = fault(f"small{room * 512}", scene.inbox, out / "出")
            _judge_full(scene, out / "出", done, seen)
            ways["limit"] += 1
    print(f"by {dict(ways)}: exit codes {dict(seen)}")
    assert seen[2] >= 2
    assert seen[0] >= 1


def _judge_full(scene: Scene, out: Path, done: subprocess.CompletedProcess[str], seen: Counter[int]) -> None:
    assert done.returncode in (0, 2), done.stderr
    seen[done.returncode] += 1
    if done.returncode:
        assert done.stdout.startswith("“"), done.stdout
        assert "没有写成" in done.stdout
    file_state = state(out)
    for name in {*scene.before, *file_state}:
        assert file_state.get(name) in (scene.before.get(name), scene.after[name]), name
    assert not list(out.rglob(".tmp-*")), "what could not be written whole is removed"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that a plain user may enter, too; pytest's own are closed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


USER = "nobody" if os.name == "posix" and os.getuid() == 0 else "plain"
"""Root may write and read anything: then the test is done as another user."""


def test_a_folder_that_may_not_be_written(open_folder: Path) -> None:
    scene = Scene(open_folder)
    scene.again()
    scene.out.chmod(0o555)
    done = fault(USER, scene.inbox, scene.out)
    scene.out.chmod(0o755)
    assert (done.returncode, done.stderr) == (2, "")
    assert (
        done.stdout
        == f"“{SUMMARY}”没有写成：没有写入这个文件夹的权限，请换一个文件夹或请管理员开通。原来的文件没有改动。\n"
    )
    assert state(scene.out) == scene.before


def test_what_may_not_be_read_is_refused(open_folder: Path) -> None:
    inbox, out = open_folder / "收到", open_folder / "出"
    roster(inbox, "普利桥镇", 0, 3)
    roster(inbox, "曲河街道", 20, 2)
    roster(inbox / "锁着", "伊塘镇", 40, 2)
    out.mkdir()
    for path, mode in ((out, 0o777), (inbox / "曲河街道.xlsx", 0), (inbox / "锁着", 0)):
        path.chmod(mode)
    done = fault(USER, inbox, out)
    (inbox / "锁着").chmod(0o755)
    assert done.returncode == 0, done.stderr
    files = json.loads((out / "数据.json").read_text(encoding="utf-8"))["files"]
    assert [(line["name"], line["status"], line["code"]) for line in files] == [
        ("普利桥镇.xlsx", "merged", ""), ("曲河街道.xlsx", "refused", "R120"), ("锁着", "refused", "R120"),
    ]  # fmt: skip


# ---------------------------------------------------------------- the system's own calls

CALLS = ("fsync:error=EIO", "fsync:error=ENOSPC", "rename:error=EIO", "rename:error=ENOSPC", "unlink:error=EIO", "write:error=ENOSPC",
         "write:error=EIO", "fsync:signal=KILL", "rename:signal=KILL", "unlink:signal=KILL")  # fmt: skip


def test_every_system_call_may_fail(scene: Scene, tmp_path: Path) -> None:
    """The n-th call of the whole process tree fails, injected by `strace`; skipped where tracing is forbidden."""
    if shutil.which("strace") is None or run(["strace", "-o", os.devnull, "true"]).returncode:
        pytest.skip("strace may not trace here: this test did not run")
    chance = random.Random(SEED)
    print(f"LIANGXIAN_SEED={SEED}")
    seen = Counter[str]()
    for call in CALLS if THOROUGH else chance.sample(CALLS, 3):
        name = call.partition(":")[0]
        traced = ["strace", "-f", "-qq", "-e", f"trace={name}"]
        scene.again()
        assert run([*traced, "-o", str(tmp_path / "log"), *command(scene)]).returncode == 0
        total = (tmp_path / "log").read_text(encoding="utf-8", errors="replace").count(f" {name}(")
        assert total >= 3
        for n in range(1, total + 1) if THOROUGH else chance.sample(range(1, total + 1), 3):
            scene.again()
            done = run([*traced, "-o", os.devnull, "-e", f"inject={call}:when={n}", *command(scene)])
            seen[f"{call} {done.returncode} {scene.judge()}"] += 1
            assert "Traceback" not in done.stderr
    print(dict(seen))


# ---------------------------------------------------------------- several at once

TOGETHER = """
import json, sys
from pathlib import Path
from addin import policy, run
from addin.output import saving
from tests.support.notices import LENGSHUITAN
rules, inbox, out = LENGSHUITAN, Path(sys.argv[1]), Path(sys.argv[2])
print("ready", flush=True)
for line in sys.stdin:
    try:
        run.merge_folder(inbox, out, rules, jobs=1)
        said = "written"
    except saving.LockHeld as error:
        said = str(error)
    print(json.dumps(said), flush=True)
"""


def test_six_merges_at_once(scene: Scene) -> None:
    """One writes, the others refuse (they wait for `saving.LOCK_SECONDS`) and name the holder; nothing is lost."""
    scene.again()
    target = scene.out / SUMMARY
    words = [sys.executable, "-c", TOGETHER, str(scene.inbox), str(target)]
    with contextlib.ExitStack() as stack:
        six = [
            stack.enter_context(
                subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            for _ in range(6)
        ]
        stack.callback(lambda: [process.kill() for process in six])
        for process in six:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        holders = {str(process.pid) for process in six}
        for _ in range(20 if THOROUGH else 4):
            for process in six:
                assert process.stdin is not None
                process.stdin.write("go\n")
                process.stdin.flush()
            answers = [json.loads(process.stdout.readline()) for process in six if process.stdout is not None]
            assert answers.count("written") == 1
            for sentence in answers:
                if sentence == "written":
                    continue
                assert any(f"进程号{holder}，" in sentence for holder in holders), sentence
            assert _hash(target) == scene.after[SUMMARY]
        # whoever holds it and is killed holds it no more
        first = six[0]
        assert first.stdin is not None
        first.stdin.write("go\n")
        first.stdin.flush()
        lock = target.with_name(f".{target.name}.holder")
        while not lock.exists() or not lock.read_text(encoding="utf-8").startswith(f"{first.pid}\n"):
            time.sleep(0.005)
        first.send_signal(signal.SIGKILL)
        first.wait()
        second = six[1]
        assert second.stdin is not None and second.stdout is not None
        second.stdin.write("go\n")
        second.stdin.flush()
        assert json.loads(second.stdout.readline()) == "written"
    assert _hash(target) == scene.after[SUMMARY]


# ---------------------------------------------------------------- a roster that changes meanwhile


@pytest.mark.parametrize("how", ["written over", "replaced", "truncated", "deleted"])
def test_a_file_that_changes_while_it_is_read_is_read_whole_or_refused(tmp_path: Path, how: str) -> None:
    """Two contents of one length, stored without compression, so that a mixture would be well-formed."""
    one, other = (
        hostile.pack(hostile.parts(hostile.sheet(*(hostile.row(n, f'<c r="A{n}"><v>{digit}</v></c>') for n in range(1, 20_000)))), method=0)
        for digit in (1, 2)
    )  # fmt: skip
    assert len(one) == len(other)
    path, beside = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    path.write_bytes(one)
    stop = threading.Event()

    def change() -> None:
        content = one
        while not stop.is_set():
            content = other if content is one else one
            match how:
                case "written over":
                    with path.open("r+b") as file:
                        file.write(content)
                case "truncated":
                    path.write_bytes(content[: len(content) // 2])
                    path.write_bytes(content)
                case "deleted":
                    path.unlink()
                    path.write_bytes(content)
                case "replaced":
                    beside.write_bytes(content)
                    beside.replace(path)
            time.sleep(0.002)

    thread = threading.Thread(target=change)
    thread.start()
    seen = Counter[str]()
    try:
        for _ in range(100 if THOROUGH else 40):
            book = intake.read(path)
            if isinstance(book, Refusal):
                seen[book.code] += 1
            else:
                values = {row[0] for row in book.sheets[hostile.ROSTER].rows}
                assert values in ({1.0}, {2.0}), "two contents mixed"
                seen["read"] += 1
    finally:
        stop.set()
        thread.join()
    print(f"{how}: {dict(seen)}")
    assert set(seen) <= {"read", "R119", "R109", "R110", "R111"}
