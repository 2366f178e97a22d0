"""Replacing a file: after any failure, and after a writer is killed at any moment, a complete file stands in its place."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import stat
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import xlsxwriter

from addin.output import saving
from tests.support.system_calls import watched

NAME = "district_summary.xlsx"
BACKUPS = ("district_summary.bak1.xlsx", "district_summary.bak2.xlsx")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / NAME


def put(target: Path, text: str) -> saving.Saved:
    """Replace the target by a text and verify that it is there."""

    def verify(path: Path) -> None:
        assert path.read_text(encoding="utf-8") == text

    return saving.replace(target, lambda path: write_text(path, text), verify=verify)


def write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def visible(folder: Path) -> dict[str, str]:
    """What a user sees in the folder after all writers have ended: no lock, no leftover."""
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_the_three_newest_backups_are_kept(target: Path) -> None:
    for n in range(6):
        put(target, str(n))
    stem = target.stem
    assert visible(target.parent) == {
        NAME: "5", f"{stem}.bak1.xlsx": "4", f"{stem}.bak2.xlsx": "3", f"{stem}.bak3.xlsx": "2",
    }  # fmt: skip


def test_what_is_saved_is_reported(target: Path) -> None:
    assert put(target, "one").backup is None
    saved = put(target, "two")
    assert saved.path == target
    assert saved.backup == target.with_name("district_summary.bak1.xlsx")
    assert saved.sha256 == "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3"


@pytest.mark.posix("a file on Windows has no mode but read-only")
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

    def busy(call: str, paths: tuple[Path, ...]) -> None:
        if call == "replace" and paths[1] == target:
            raise PermissionError(errno.EACCES, "open in Excel")

    for _ in range(5):
        with watched(busy), pytest.raises(saving.TargetBusy, match="关闭"):
            put(target, "new")
        assert visible(target.parent) == before
    put(target, "new")
    assert visible(target.parent)[f"{target.stem}.bak2.xlsx"] == "2"


@pytest.mark.parametrize("held", [("replace", 1), ("copy", 0)])
def test_a_file_held_for_a_moment_is_waited_for(target: Path, held: tuple[str, int]) -> None:
    """Against its being replaced, as a virus scanner holds it, or against readers."""
    put(target, "old")
    refusals = [0, 0]

    def busy(call: str, paths: tuple[Path, ...]) -> None:
        if call == held[0] and paths[held[1]] == target and refusals:
            refusals.pop()
            raise PermissionError(errno.EACCES, "a virus scanner")

    with watched(busy) as pauses:
        put(target, "new")
    assert target.read_text(encoding="utf-8") == "new"
    assert pauses == list(saving.BUSY_SECONDS[:2])


# ---------------------------------------------------------------- as Windows refuses


@contextlib.contextmanager
def as_windows(*held: str) -> Iterator[None]:
    """The refusals of Windows, emulated at the calls: a file marked read-only is neither replaced nor removed, one that
    is `held` by a program neither read, moved, replaced nor removed.
    """

    def refuse(call: str, paths: tuple[Path, ...]) -> None:
        if call not in ("open", "copy", "replace", "unlink"):
            return
        changed = {"replace": paths[1:], "unlink": paths}.get(call, ())
        for path in paths:
            read_only = path in changed and os.path.lexists(path) and not os.lstat(path).st_mode & 0o200
            if path.name in held or read_only:
                raise PermissionError(errno.EACCES, "Access is denied", str(path))

    with watched(refuse):
        yield


def backups(target: Path, count: int) -> list[Path]:
    for n in range(count + 1):
        put(target, str(n))
    return [saving.backup_of(target, n) for n in range(1, count + 1)]


@pytest.mark.parametrize("mode", [0o444, 0o400, 0o555])
def test_a_read_only_target_is_reported_and_left_alone_again_and_again(target: Path, mode: int) -> None:
    write_text(target, "old")
    target.chmod(mode)
    for _ in range(2):
        with as_windows(), pytest.raises(saving.CannotSave, match=r"设成了只读.*去掉“只读”"):
            put(target, "new")
        assert visible(target.parent) == {NAME: "old"}
    target.chmod(0o644)
    with as_windows():
        put(target, "new")
    assert visible(target.parent) == {NAME: "new", "district_summary.bak1.xlsx": "old"}


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_read_only_backup_does_not_block_saving(target: Path, number: int) -> None:
    backups(target, 3)[number - 1].chmod(0o444)
    with as_windows():
        for text in ("4", "5", "6"):
            put(target, text)
    assert visible(target.parent) == {
        NAME: "6", **{f"{target.stem}.bak{n}.xlsx": str(6 - n) for n in (1, 2, 3)}
    }  # fmt: skip


def test_a_read_only_leftover_of_a_killed_run_does_not_block_saving(target: Path) -> None:
    leftover = target.with_name(".tmp-district_summary-0123456789ab.xlsx")
    write_text(leftover, "half")
    leftover.chmod(0o444)
    with as_windows():
        put(target, "new")
    assert visible(target.parent) == {NAME: "new"}


def test_a_leftover_that_cannot_be_removed_does_not_block_saving(target: Path) -> None:
    leftover = target.with_name(".tmp-district_summary-0123456789ab.xlsx")
    write_text(leftover, "half")
    with as_windows(leftover.name):
        put(target, "new")
    assert visible(target.parent) == {NAME: "new", leftover.name: "half"}


@pytest.mark.parametrize("name", [NAME, *(f"district_summary.bak{n}.xlsx" for n in (1, 2, 3))])
def test_what_another_program_holds_is_named_and_nothing_moves(target: Path, name: str) -> None:
    backups(target, 3)
    before = visible(target.parent)
    with as_windows(name), pytest.raises(saving.TargetBusy, match=f"^“{name}”读不了或改写不了.*关闭它"):
        put(target, "new")
    assert visible(target.parent) == before
    with as_windows():
        put(target, "new")
    assert visible(target.parent)[NAME] == "new"


class WindowsError32(OSError):
    """An error as Python has it on Windows: with the system's own number."""

    def __init__(self, code: int, number: int) -> None:
        super().__init__(number, "said by Windows")
        self.winerror = code


@pytest.mark.parametrize(
    ("code", "number", "says"),
    [
        (64, errno.EINVAL, "网络"), (59, errno.EINVAL, "网络"), (1231, errno.EINVAL, "网络"), (53, errno.ENOENT, "网络"), (121, errno.EINVAL, "网络"),
        (206, errno.ENOENT, "太长"), (123, errno.EINVAL, "不能用的字符"), (112, errno.ENOSPC, "空间不够"), (39, errno.EINVAL, "空间不够"),
        (19, errno.EACCES, "只读"), (21, errno.EACCES, "拔出"), (1117, errno.EINVAL, "磁盘读写出错"), (5, errno.EACCES, "权限"),
        (3, errno.ENOENT, "文件夹不存在"), (4390, errno.EINVAL, "不能用的字符"), (9999, 0, "系统报告错误9999"),
        (32, errno.EACCES, "正在Excel或WPS中打开"), (1224, errno.EINVAL, "正在Excel或WPS中打开"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("old", ["old", None])
def test_windows_messages_are_reported_in_chinese(
    target: Path, code: int, number: int, says: str, old: str | None
) -> None:
    if old:
        write_text(target, old)

    def refuse(call: str, paths: tuple[Path, ...]) -> None:
        if call == "create" and paths[0].name.startswith(".tmp-"):
            raise WindowsError32(code, number)

    with watched(refuse), pytest.raises(saving.SavingError, match=f"^“{NAME}”.*{says}.*。$") as raised:
        put(target, "new")
    if not isinstance(raised.value, saving.TargetBusy):
        assert ("原来的文件没有改动" in str(raised.value)) is (old is not None)
    assert visible(target.parent) == ({NAME: old} if old else {})


@pytest.mark.parametrize(
    "name", ["汇总?.xlsx", "汇总|.xlsx", "CON.xlsx", "nul", "com1.json", "LPT9.tar.xlsx", "aux .xlsx", "汇:总.xlsx", "汇总.xlsx.", "汇总.xlsx ", "a<b.xlsx", 'a"b.xlsx']
)  # fmt: skip
def test_a_name_that_windows_does_not_take_is_reported_at_once(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "WINDOWS", True)
    with pytest.raises(saving.CannotSave, match=r"没有写成：.*请改名。$"):
        put(tmp_path / name, "new")
    assert visible(tmp_path) == {}


@pytest.mark.parametrize("name", ["汇总.xlsx", "CONTENT.xlsx", "COM.xlsx", "lpt10.xlsx", "汇总（一）.bak1.xlsx", "console", "a&b c.xlsx", "auxiliary.json"])  # fmt: skip
def test_other_names_are_taken(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "WINDOWS", True)
    put(tmp_path / name, "new")
    assert visible(tmp_path) == {name: "new"}


def test_a_path_too_long_for_windows_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "WINDOWS", True)
    monkeypatch.setattr(saving, "_LONGEST_PATH", len(str(tmp_path)) + 5)
    with pytest.raises(saving.CannotSave, match="太长"):
        put(tmp_path / "没有这个文件夹" / "汇总.xlsx", "new")


def test_a_path_that_windows_cannot_even_resolve_is_reported_to_be_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolve(path: Path) -> Path:
        raise WindowsError32(234, errno.EINVAL)

    monkeypatch.setattr(saving, "WINDOWS", True)
    monkeypatch.setattr(Path, "resolve", resolve)
    with pytest.raises(saving.CannotSave, match=r"^“长{80}…”没有写成：文件名或路径太长"):
        put(tmp_path / ("长" * 250), "new")


# ---------------------------------------------------------------- what can be no target


@pytest.mark.parametrize("kind", [stat.S_IFCHR, stat.S_IFBLK])
def test_no_device_is_replaced(target: Path, kind: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system says of a device is injected: no test goes near a real one."""
    write_text(target, "old")
    state = Path.stat

    def device(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        file_state = state(path, follow_symlinks=follow_symlinks)
        return os.stat_result((kind | 0o666, *file_state[1:])) if path == target else file_state

    monkeypatch.setattr(Path, "stat", device)
    with pytest.raises(saving.CannotSave, match="设备、管道之类"):
        put(target, "new")
    monkeypatch.undo()
    assert visible(target.parent) == {NAME: "old"}


@pytest.mark.parametrize(
    "path",
    [
        "甲.xlsx",
        "甲.xlsx/乙",
        "甲.xlsx/乙/丙",
        "\0",
        pytest.param("名" * 200, marks=pytest.mark.posix("not too long for Windows, and Wine takes any length")),
    ],
)
def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path, path: str) -> None:
    (tmp_path / "甲.xlsx").write_text("文件", encoding="utf-8")
    with pytest.raises(saving.CannotSave, match="请"):
        saving.make_folder(tmp_path / path)
    assert visible(tmp_path) == {"甲.xlsx": "文件"}


# ---------------------------------------------------------------- the lock file


def test_the_lock_leaves_nothing_behind(target: Path) -> None:
    with saving.hold(target):
        assert {path.name for path in target.parent.iterdir()} == {f".{NAME}.lock", f".{NAME}.holder"}
    assert visible(target.parent) == {}


def test_many_writers_one_after_the_other(target: Path) -> None:
    """The lock's file comes and goes between them; never do two hold it, and all get their turn."""
    inside, turns, failures = [0], [0], list[str]()

    def work() -> None:
        for _ in range(20):
            while True:
                try:
                    with saving.hold(target):
                        inside[0] += 1
                        if inside[0] != 1:
                            failures.append("two at once")
                        inside[0] -= 1
                        turns[0] += 1
                        break
                except saving.LockHeld:
                    continue

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (failures, turns) == ([], [80])
    assert visible(target.parent) == {}


# ---------------------------------------------------------------- any call may fail


@pytest.mark.slow
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES, errno.ENOLCK])
@pytest.mark.parametrize("old", ["old", None])
def test_every_call_may_fail(tmp_path: Path, old: str | None, code: int) -> None:
    """The n-th call fails, for every n: an exception in words and the old file (or none), or the new file whole."""
    harmless, failed = Counter[str](), Counter[str]()
    for n in range(1, 100):
        folder = tmp_path / str(n)
        folder.mkdir()
        target = folder / NAME
        for text in ("older", old) if old else ():
            put(target, text)
        calls: list[str] = []

        def fail_at(call: str, paths: tuple[Path, ...], calls: list[str] = calls, n: int = n) -> None:
            calls.append(call)
            if len(calls) == n:
                raise OSError(code, "injected")

        with saving.hold(target):
            try:
                with watched(fail_at):
                    put(target, "new")
            except saving.SavingError as error:
                failed.update(calls[n - 1 : n])
                assert "没有" in str(error)
                expected = {NAME: old, "district_summary.bak1.xlsx": "older"} if old else {}
            else:
                harmless.update(calls[n - 1 : n])
                expected = {NAME: "new", **dict(zip(BACKUPS, ("old", "older") if old else (), strict=False))}
        assert visible(folder) == expected
        if len(calls) < n:
            break
    else:
        pytest.fail("the sweep never came to an end")
    assert set(failed) >= {"create", "open", "fsync", "list"}  # how often differs between Windows and others
    assert ("replace" in failed) == (code != errno.EACCES)
    del harmless["stat"]  # where only the library looks, and goes on without
    waited = {"replace": 3, "copy": 1} if old else {"replace": 1}  # what another program may hold is tried again
    assert harmless == (waited if code == errno.EACCES else {})


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


def test_belongs_recognises_our_files(target: Path) -> None:
    put(target, "1")
    with saving.hold(target):
        put(target, "2")
        write_text(target.with_name("普利桥镇花名册.xlsx"), "x")
        ours = {path.name for path in target.parent.iterdir() if saving.belongs(target, path)}
    assert ours == {NAME, "district_summary.bak1.xlsx", f".{NAME}.lock", f".{NAME}.holder"}


@pytest.mark.parametrize(
    "name", ["district_summary.bakery.xlsx", "district_summary.bak.xlsx", "district_summary.bak12.xlsx", "district_summary.bak1_桥头村.xlsx"]
)  # fmt: skip
def test_belongs_takes_no_roster_for_a_backup(target: Path, name: str) -> None:
    assert not saving.belongs(target, target.with_name(name))


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
def test_a_killed_writer_leaves_the_old_file_and_blocks_no_other(target: Path, at: str) -> None:
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
