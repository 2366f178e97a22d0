"""Replacing a file: whatever fails, and whenever a writer is killed, a whole file stands in its place."""

from __future__ import annotations

import dataclasses
import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from addin.output import saving

NAME = "district_summary.xlsx"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / NAME


def put(target: Path, text: str, **given: Any) -> saving.Saved:
    """Replace the target by a text and verify that it is there."""

    def verify(path: Path) -> None:
        assert path.read_text(encoding="utf-8") == text

    return saving.replace(target, lambda path: write_text(path, text), verify=verify, **given)


def write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def visible(folder: Path) -> dict[str, str]:
    """What a user sees in the folder."""
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if not path.name.endswith(".lock")}


def test_the_three_newest_backups_are_kept(target: Path) -> None:
    for n in range(6):
        put(target, str(n))
    stem = target.stem
    assert visible(target.parent) == {
        NAME: "5", f"{stem}.bak1.xlsx": "4", f"{stem}.bak2.xlsx": "3", f"{stem}.bak3.xlsx": "2",
    }  # fmt: skip


def test_what_is_saved_is_said(target: Path) -> None:
    assert put(target, "one").backup is None
    saved = put(target, "two")
    assert saved.path == target
    assert saved.backup == target.with_name("district_summary.bak1.xlsx")
    assert saved.sha256 == "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3"


def test_the_mode_of_the_old_file_stays(target: Path) -> None:
    put(target, "one")
    target.chmod(0o640)
    put(target, "two")
    assert target.stat().st_mode & 0o777 == 0o640


def test_a_failed_check_changes_nothing(target: Path) -> None:
    put(target, "old")

    def refuse(path: Path) -> None:
        raise saving.NotVerified("不符")

    with pytest.raises(saving.NotVerified):
        saving.replace(target, lambda path: write_text(path, "new"), verify=refuse)
    assert visible(target.parent) == {NAME: "old"}


def test_repeating_a_failed_try_keeps_the_older_backups(target: Path) -> None:
    for n in range(4):
        put(target, str(n))
    before = visible(target.parent)

    def busy(one: Path, other: Path) -> None:
        if other == target:
            raise PermissionError(errno.EACCES, "open in Excel")
        one.replace(other)

    files = dataclasses.replace(saving.FILES, replace=busy, sleep=lambda seconds: None)
    stem = target.stem
    for _ in range(5):
        with pytest.raises(saving.TargetBusy, match="关闭"):
            put(target, "new", files=files)
    assert visible(target.parent) == {
        **before, f"{stem}.bak1.xlsx": "3", f"{stem}.bak2.xlsx": "2", f"{stem}.bak3.xlsx": "1",
    }  # fmt: skip
    put(target, "new")
    assert visible(target.parent)[f"{stem}.bak2.xlsx"] == "2"


def test_a_file_held_for_a_moment_is_waited_for(target: Path) -> None:
    put(target, "old")
    refusals, pauses = [0, 0], list[float]()

    def busy(one: Path, other: Path) -> None:
        if other == target and refusals:
            refusals.pop()
            raise PermissionError(errno.EACCES, "a virus scanner")
        one.replace(other)

    put(target, "new", files=dataclasses.replace(saving.FILES, replace=busy, sleep=pauses.append))
    assert target.read_text(encoding="utf-8") == "new"
    assert pauses == list(saving.BUSY_SECONDS[:2])


class Sweep:
    """Files whose n-th call fails; `calls` says how many there were."""

    def __init__(self, fails_at: int, error: OSError) -> None:
        self.calls, self._fails_at, self._error = 0, fails_at, error

    def files(self) -> saving.Files:
        wrapped = {
            field.name: self._wrap(getattr(saving.FILES, field.name))
            for field in dataclasses.fields(saving.Files)
            if field.name != "sleep"
        }
        return dataclasses.replace(saving.FILES, sleep=lambda seconds: None, **wrapped)

    def _wrap(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any) -> Any:
            self.calls += 1
            if self.calls == self._fails_at:
                raise self._error
            return call(*given)

        return counted


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES, errno.ENOLCK])
@pytest.mark.parametrize("old", ["old", None])
def test_every_call_may_fail(tmp_path: Path, old: str | None, code: int) -> None:
    """The n-th call fails, for every n: an exception in words and the old file (or none), or the new file whole."""
    failed = succeeded = 0
    for n in range(1, 100):
        folder = tmp_path / str(n)
        folder.mkdir()
        target = folder / NAME
        for text in ("older", old) if old else ():
            put(target, text)
        sweep = Sweep(n, OSError(code, "injected"))
        try:
            put(target, "new", files=sweep.files())
        except saving.SavingError as error:
            failed += 1
            assert error.for_the_user
            assert "没有" in str(error)
            left = visible(folder)
            assert left.pop(NAME, None) == old
            assert all(name.startswith("district_summary.bak") for name in left), left
            assert "older" in left.values() or old is None
        else:
            succeeded += 1
            assert target.read_text(encoding="utf-8") == "new"
        if sweep.calls < n:
            break
    else:
        pytest.fail("the sweep never came to an end")
    assert failed >= (18 if old else 8)
    # a call that fails when nothing hangs on it any more (or is tried again) does no harm
    assert succeeded <= 4


def test_xlsxwriter_s_own_error_is_explained(target: Path) -> None:
    put(target, "old")

    def write(path: Path) -> None:
        with xlsxwriter.Workbook(str(path.parent / "no such folder" / "x.xlsx")) as book:
            book.add_worksheet()

    with pytest.raises(saving.CannotSave, match="文件夹不存在"):
        saving.replace(target, write, verify=lambda path: None)
    assert visible(target.parent) == {NAME: "old"}


def test_a_message_masks_the_file_s_name(tmp_path: Path) -> None:
    target = tmp_path / "张三990000199001010017_校验.xlsx"
    target.mkdir()
    with pytest.raises(saving.CannotSave, match=r"^“张三990000\*{8}0017_校验.xlsx”是一个文件夹"):
        put(target, "new")


def test_leftovers_of_a_killed_run_are_removed_others_stay(target: Path) -> None:
    ours = target.with_name(".tmp-district_summary-0123456789ab.xlsx")
    theirs = target.with_name(".tmp-other-0123456789ab.xlsx")
    for path in (ours, theirs):
        write_text(path, "half")
    put(target, "new")
    assert not ours.exists()
    assert theirs.exists()


def test_belongs_knows_our_files(target: Path) -> None:
    put(target, "1")
    with saving.hold(target):
        put(target, "2")
        write_text(target.with_name("普利桥镇花名册.xlsx"), "x")
        ours = {path.name for path in target.parent.iterdir() if saving.belongs(target, path)}
    assert ours == {NAME, "district_summary.bak1.xlsx", f".{NAME}.lock", f".{NAME}.holder"}


def test_hold_is_reentrant_and_ends(target: Path) -> None:
    with saving.hold(target), saving.hold(target):
        put(target, "inside")
    with saving.hold(target):
        pass
    assert target.read_text(encoding="utf-8") == "inside"


def test_another_thread_is_refused_while_the_holder_still_holds(target: Path) -> None:
    assert saving.LOCK_SECONDS < 1  # what it waits at most; no test asserts a time
    refused: list[str] = []

    def other() -> None:
        try:
            put(target, "other")
        except saving.LockHeld as error:
            refused.append(str(error))

    with saving.hold(target):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    (words,) = refused
    assert f"进程号{os.getpid()}" in words
    assert not target.exists()


HOLDER = """
import sys, time
from pathlib import Path
from addin.output import saving
def write(path):
    path.write_bytes(b"new" * 100000)
    {at_write}
def verify(path):
    {at_verify}
print("ready", flush=True)
saving.replace(Path(sys.argv[1]), write, verify=verify)
"""
STOP = "print('stopped', flush=True); time.sleep(60)"


def holder(target: Path, **at: str) -> subprocess.Popen[str]:
    program = HOLDER.format(**{"at_write": "pass", "at_verify": "pass", **at})
    process = subprocess.Popen([sys.executable, "-c", program, str(target)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert [process.stdout.readline().strip() for _ in range(2)] == ["ready", "stopped"]
    return process


@pytest.mark.slow
@pytest.mark.parametrize("at", ["at_write", "at_verify"])
def test_a_killed_writer_leaves_the_old_file_and_blocks_nobody(target: Path, at: str) -> None:
    put(target, "old")
    with holder(target, **{at: STOP}) as process:
        with pytest.raises(saving.LockHeld, match=f"进程号{process.pid}，"):
            put(target, "mine")
        process.kill()
        process.wait()
    assert process.returncode in (-getattr(signal, "SIGKILL", 9), 1)
    assert target.read_text(encoding="utf-8") == "old"
    put(target, "mine")
    assert visible(target.parent) == {NAME: "mine", "district_summary.bak1.xlsx": "old"}
