"""A lock on a file's name: it ends with its process, its file is removed, and an old lock file blocks nobody.

In: the path of a lock file. Out: the lock held. On Windows it is filelock's own, which removes its file. On Unix
filelock leaves its file where it was (in the folder of everything received), and can't use one that another user has
left.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

POLL_SECONDS = 0.05
STALE_SECONDS = 86_400
"""Age from which a lock that may not even be opened is taken for left behind: no run lasts a day."""


class Held(Exception):
    """Somebody else holds the lock."""


class Foreign(Exception):
    """Another user's lock file that may not be opened: whether it is held is unknown."""


def acquire(path: Path, seconds: float) -> Callable[[], None]:
    """Hold the lock; gives what releases it. Raises `Held` when `seconds` have passed, `Foreign`, or `OSError`."""
    if sys.platform == "win32":
        return acquire_by_filelock(path, seconds)
    end = time.monotonic() + seconds
    while True:
        descriptor = _open(path)
        if descriptor is not None:
            try:
                if _lock(descriptor) and _is(path, descriptor):
                    return lambda: _release(path, descriptor)
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)
        if time.monotonic() >= end:
            raise Held
        time.sleep(POLL_SECONDS)


def acquire_by_filelock(path: Path, seconds: float) -> Callable[[], None]:
    """The same on Windows. A file that may not be opened, where there is one, is another user's."""
    for _ in range(2):
        lock = FileLock(path)
        try:
            lock.acquire(timeout=seconds)
        except Timeout:
            raise Held from None
        except PermissionError:
            if not path.exists():
                raise
            if not _removed_as_stale(path):
                raise Foreign from None
        else:
            return lock.release
    raise Held


def _removed_as_stale(path: Path) -> bool:
    """Remove a lock file that may not be opened and is too old to be held; whether it is gone."""
    try:
        if time.time() - path.lstat().st_mtime <= STALE_SECONDS:
            return False
        path.unlink()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _open(path: Path) -> int | None:
    """The lock file opened, made where there is none; None where it went or came meanwhile."""
    flags = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | flags, 0o666)
        # nothing stands in it, and whoever may write the folder may wait for it
        if sys.platform != "win32":
            with contextlib.suppress(OSError):
                os.fchmod(descriptor, 0o666)
        return descriptor
    for access in (os.O_RDWR, os.O_RDONLY):  # a lock needs no right to write; on some network disks it does
        try:
            return os.open(path, access | flags)
        except FileNotFoundError:
            return None
        except PermissionError:
            continue
    if _removed_as_stale(path):
        return None
    raise Foreign


def _lock(descriptor: int) -> bool:
    if sys.platform == "win32":
        raise AssertionError
    try:
        import fcntl  # noqa: PLC0415 - Windows has none, and this module is imported there too

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is(path: Path, descriptor: int) -> bool:
    """Whether the path still names the file that was locked: its last holder may have removed it."""
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _release(path: Path, descriptor: int) -> None:
    """Remove the file while it is still locked: another process that has it open then sees that it was replaced."""
    try:
        with contextlib.suppress(OSError):  # another user's, in a folder where only the owner may remove
            path.unlink()
    finally:
        os.close(descriptor)
