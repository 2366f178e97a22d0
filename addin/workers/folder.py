"""A folder for the temporary files of one run: copies of rosters are personal data and must not stay behind."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

_PREFIX = "liangxian-run-"
_LOCK = ".lock"
_DAY = 86_400


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """A folder for the temporary files of one run, locked as long as the run lives, and removed.

    The lock lies beside the folder and is held before the folder is there and until it is gone: another run, which
    removes folders that nobody holds, never meets one of a living run without its lock.
    """
    _remove_leftovers()
    folder = Path(tempfile.gettempdir()) / f"{_PREFIX}{secrets.token_hex(8)}"
    lock = _lock_of(folder)
    try:
        with FileLock(lock, thread_local=False):
            folder.mkdir(mode=0o700)
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    finally:
        with contextlib.suppress(OSError):  # gone, or another run is just looking at it (Windows)
            lock.unlink()


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}{_LOCK}")


def _remove_leftovers() -> None:
    """Remove what runs that were killed have left."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError, Timeout):
            state = path.lstat()
            if path.is_symlink() or (hasattr(os, "getuid") and state.st_uid != os.getuid()):
                continue
            if not path.name.endswith(_LOCK):
                lock = _lock_of(path)
                with FileLock(lock, blocking=False):
                    shutil.rmtree(path, ignore_errors=True)
                lock.unlink(missing_ok=True)
            elif time.time() - state.st_mtime > _DAY and not path.with_name(path.name.removesuffix(_LOCK)).exists():
                path.unlink()  # killed before it had made its folder
