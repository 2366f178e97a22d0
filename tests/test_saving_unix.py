"""Replacing a file where Unix has what Windows has not: pipes, sockets, links, locks that other users leave."""

from __future__ import annotations

import errno
import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from addin.output import lock, saving
from tests.test_saving import NAME, put, target, visible

__all__ = ["target"]  # a fixture

if sys.platform != "win32":
    import fcntl

pytestmark = pytest.mark.posix("Windows has no such pipes, sockets and locks on folders")


def test_no_pipe_is_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "汇总.xlsx"
    os.mkfifo(pipe)
    with pytest.raises(saving.CannotSave, match=r"不是普通文件.*换一个名称"):
        put(pipe, "new")
    assert pipe.is_fifo()
    assert [path.name for path in tmp_path.iterdir()] == ["汇总.xlsx"]


def test_no_link_to_a_pipe_is_followed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "管道")
    (tmp_path / "汇总.xlsx").symlink_to(tmp_path / "管道")
    with pytest.raises(saving.CannotSave, match="“管道”不是普通文件"):
        put(tmp_path / "汇总.xlsx", "new")
    assert (tmp_path / "管道").is_fifo()


def test_no_socket_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("汇总.xlsx")
        with pytest.raises(saving.CannotSave, match="不是普通文件"):
            put(tmp_path / "汇总.xlsx", "new")
    assert (tmp_path / "汇总.xlsx").is_socket()


def test_a_link_to_a_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "实际.xlsx").write_text("old", encoding="utf-8")
    (tmp_path / "汇总.xlsx").symlink_to(tmp_path / "实际.xlsx")
    put(tmp_path / "汇总.xlsx", "new")
    assert visible(tmp_path) == {"实际.xlsx": "new", "汇总.xlsx": "new", "实际.bak1.xlsx": "old"}


def test_links_in_a_circle_are_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").symlink_to("b.xlsx")
    (tmp_path / "b.xlsx").symlink_to("a.xlsx")
    with pytest.raises(saving.CannotSave, match="没有写成"):
        put(tmp_path / "a.xlsx", "new")


@pytest.fixture
def of_another_user(target: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[set[int]]:
    """A lock file of another user, emulated at the system's call: opening it with these rights is refused."""
    refused = {os.O_RDWR}
    found, opened = target.with_name(f".{NAME}.lock"), os.open
    found.touch()

    def guarded(path: Any, flags: int, *given: Any, **more: Any) -> int:
        if Path(path) == found and found.exists() and not flags & os.O_EXCL and flags & 3 in refused:
            raise PermissionError(errno.EACCES, "another user's", str(path))
        return opened(path, flags, *given, **more)

    monkeypatch.setattr(os, "open", guarded)
    yield refused


def test_the_lock_file_of_another_user_locks_no_other_user_out(target: Path, of_another_user: set[int]) -> None:
    for text in ("one", "two"):
        put(target, text)
    assert visible(target.parent) == {NAME: "two", "district_summary.bak1.xlsx": "one"}


def test_the_lock_that_another_user_holds_is_respected(target: Path, of_another_user: set[int]) -> None:
    with target.with_name(f".{NAME}.lock").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(saving.LockHeld, match="正由另一个程序写入"):
            put(target, "new")
    put(target, "new")


def test_a_lock_file_that_may_not_be_opened_is_named(target: Path, of_another_user: set[int]) -> None:
    of_another_user.add(os.O_RDONLY)
    with pytest.raises(saving.LockHeld, match=f"锁文件“.{NAME}.lock”是另一个用户的.*删去"):
        put(target, "new")
    assert not target.exists()


def test_a_lock_file_that_may_not_be_opened_and_is_old_is_removed(target: Path, of_another_user: set[int]) -> None:
    of_another_user.add(os.O_RDONLY)
    os.utime(target.with_name(f".{NAME}.lock"), (0, 0))
    put(target, "new")
    assert visible(target.parent) == {NAME: "new"}


def test_what_another_user_has_left_of_a_holder_is_not_said_of_this_one(target: Path) -> None:
    target.with_name(f".{NAME}.holder").write_text("1\n2019-01-01 00:00:00\n", encoding="utf-8")
    target.with_name(f".{NAME}.holder").chmod(0o444)
    with saving.hold(target):
        assert target.with_name(f".{NAME}.holder").read_text(encoding="utf-8").startswith(f"{os.getpid()}\n")


@pytest.mark.parametrize("age", [0, 90_000])
def test_on_windows_another_user_s_lock_file_is_distinguished_from_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, age: int
) -> None:
    """The refusal of Windows, emulated where filelock meets it: the file may not be opened, or may none be made."""
    path = tmp_path / ".a.xlsx.lock"

    def acquire(self: object, timeout: float) -> None:
        if path.exists() or not age:
            raise PermissionError(errno.EACCES, "Access is denied", str(path))

    monkeypatch.setattr(FileLock, "acquire", acquire)
    if not age:
        with pytest.raises(PermissionError):  # the folder may not be written
            lock.acquire_by_filelock(path, 0)
    path.touch()
    os.utime(path, (time.time() - age, time.time() - age))
    if age:
        lock.acquire_by_filelock(path, 0)()
        assert not path.exists()
    else:
        with pytest.raises(lock.Foreign):
            lock.acquire_by_filelock(path, 0)
