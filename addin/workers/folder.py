"""A folder for the temporary files of one run: copies of rosters are personal data and must not stay behind."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from addin.findings import UserError

_PREFIX = "liangxian-run-"
_LOCK = ".lock"
_DAY = 86_400


class TemporaryFilesError(UserError):
    """There is no room or no right for temporary files."""

    def __init__(self, error: OSError) -> None:
        full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
        what = "所在的磁盘空间不够，请清理后再试" if full else "写不了，请检查它的权限，或请管理员处理"
        try:
            where = f"临时文件夹“{tempfile.gettempdir()}”"
        except OSError:
            where = "系统的临时文件夹"
        super().__init__(f"{where}{what}。")


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """A folder for the temporary files of one run, locked as long as the run lives, and removed.

    The lock lies beside the folder and is held before the folder is there and until it is gone: another run, which
    removes folders that nobody holds, never meets one of a living run without its lock.
    """
    try:
        _remove_leftovers()
        folder = Path(tempfile.gettempdir()) / f"{_PREFIX}{secrets.token_hex(8)}"
    except OSError as error:  # no folder of the system's can be written
        raise TemporaryFilesError(error) from error
    path = _lock_of(folder)
    lock = FileLock(path, thread_local=False)
    try:
        try:
            lock.acquire()
            folder.mkdir(mode=0o700)
        except OSError as error:
            raise TemporaryFilesError(error) from error
        try:
            yield folder
        finally:
            _remove(folder)
    finally:
        lock.release()
        _remove(path)


def _remove(path: Path) -> None:
    """Remove a folder or a released lock file.

    On Windows that fails while another has it open: another run, a virus scanner, a child's last moment. So it is tried
    again; what is left after that the next run removes.
    """
    for pause in (0.0, 0.01, 0.05, 0.2, 0.5, 1.0, 2.0):
        time.sleep(pause)
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)  # all that can be removed, not only what comes before a fault
        else:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
        if not path.exists():
            return


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}{_LOCK}")


def _remove_leftovers() -> None:
    """Remove the leftovers of killed runs."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError, Timeout):
            state = path.lstat()
            if path.is_symlink() or (hasattr(os, "getuid") and state.st_uid != os.getuid()):
                continue
            if not path.name.endswith(_LOCK):
                lock = _lock_of(path)
                with FileLock(lock, blocking=False):
                    shutil.rmtree(path, ignore_errors=True)  # once: every start passes here
                _remove(lock)
            elif time.time() - state.st_mtime > _DAY and not path.with_name(path.name.removesuffix(_LOCK)).exists():
                path.unlink()  # killed before it had made its folder
