"""Replacing a file so that there is always a whole one: the old, or the new.

In: a target, a callback that writes a path, a callback that verifies a path. Out: `Saved`. The new file is written
beside the target, forced to the disk and verified before the old one is touched; the old one goes on as a backup; the
result is read again by its path before success is said. Whatever fails, the old file stays as it was, byte for byte.
One writer at a time: the lock dies with its holder.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout
from xlsxwriter.exceptions import FileCreateError

from addin import ids

LOCK_SECONDS = 0.5
"""How long to wait for another writer; more would look like a hang."""
BUSY_SECONDS = (0.2, 0.4, 0.8)
"""Pauses before another try at a file that some program (on Windows: Excel, a virus scanner) holds."""
_TEMPORARY = ".tmp-"


class SavingError(Exception):
    """Nothing was changed; the text is a whole Chinese sentence for the user."""

    for_the_user = True


class LockHeld(SavingError):
    """Another run is writing the same file."""


class TargetBusy(SavingError):
    """The target, or one of its backups, is open in another program."""


class CannotSave(SavingError):
    """The disk, the folder or the permissions do not allow it."""


class NotVerified(SavingError):
    """What was written does not read back as it should."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What is on the disk now: the file, its SHA-256, and the backup of the one it replaced, if there was one."""

    path: Path
    sha256: str
    backup: Path | None


def _create(path: Path) -> int:
    """Make a new empty file, for the owner alone while it is being written; gives the mode it should have at last."""
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
    try:
        mode = os.fstat(descriptor).st_mode & 0o777
    finally:
        os.close(descriptor)
    path.chmod(0o600)
    return mode


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _fsync_folder(folder: Path) -> None:
    """Make a rename last; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _listing(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


@dataclass(frozen=True)
class Files:
    """Every call to the file system; a test makes each fail in turn."""

    create: Callable[[Path], int] = _create
    fsync: Callable[[Path], None] = _fsync
    fsync_folder: Callable[[Path], None] = _fsync_folder
    sha256: Callable[[Path], str] = _sha256
    listing: Callable[[Path], list[str]] = _listing
    exists: Callable[[Path], bool] = Path.exists
    mode: Callable[[Path], int] = lambda path: path.stat().st_mode & 0o777
    chmod: Callable[[Path, int], None] = Path.chmod
    copy: Callable[[Path, Path], object] = shutil.copyfile
    replace: Callable[[Path, Path], object] = os.replace
    unlink: Callable[[Path], None] = Path.unlink
    sleep: Callable[[float], None] = time.sleep


FILES = Files()


def backup_of(target: Path, number: int) -> Path:
    """The name of a backup: `district_summary.bak1.xlsx` is the newest."""
    return target.with_name(f"{target.stem}.bak{number}{target.suffix}")


def belongs(target: Path, path: Path) -> bool:
    """Whether a file is the target itself or one of ours beside it: a backup, a leftover, the lock."""
    name, stem = path.name, target.stem
    backup = name.startswith(f"{stem}.bak") and name.endswith(target.suffix)
    ours = name in (target.name, _lock_file(target).name, _holder_file(target).name)
    return path.parent == target.parent and (ours or backup or name.startswith(f"{_TEMPORARY}{stem}-"))


# ---------------------------------------------------------------- the lock

_held: dict[tuple[int, Path], int] = {}


def _lock_file(target: Path) -> Path:
    return target.with_name(f".{target.name}.lock")


def _holder_file(target: Path) -> Path:
    # not inside the lock file: on Windows a locked file can't be read by the one who waits
    return target.with_name(f".{target.name}.holder")


@contextlib.contextmanager
def hold(target: Path) -> Iterator[None]:
    """Be the only writer of `target`; inside, `hold` and `replace` of the same target go through at once.

    Raises `LockHeld` within a second if another process (or thread) holds it. A holder that was killed holds nothing.
    """
    target = target.resolve()
    key = (threading.get_ident(), target)
    if key in _held:
        _held[key] += 1
        try:
            yield
        finally:
            _held[key] -= 1
        return
    if not target.parent.is_dir():  # filelock would make it
        raise _explained(OSError(errno.ENOENT, ""), target)
    lock = FileLock(_lock_file(target))
    try:
        lock.acquire(timeout=LOCK_SECONDS)
    except Timeout:
        raise LockHeld(f"“{_shown(target)}”正由另一个程序写入{_holder(target)}；请等它做完再试。") from None
    except OSError as error:
        raise _explained(error, target) from error
    _held[key] = 1
    try:
        with contextlib.suppress(OSError):  # only says who: the lock itself is held
            _holder_file(target).write_text(f"{os.getpid()}\n{datetime.now():%Y-%m-%d %H:%M:%S}\n", encoding="utf-8")
        yield
    finally:
        del _held[key]
        with contextlib.suppress(OSError):
            _holder_file(target).unlink(missing_ok=True)
        lock.release()


def _holder(target: Path) -> str:
    try:
        process, start = _holder_file(target).read_text(encoding="utf-8").split("\n")[:2]
    except (OSError, ValueError):
        return ""
    return f"（进程号{process}，{start}开始）"


# ---------------------------------------------------------------- replacing


def replace(
    target: Path, write: Callable[[Path], None], *, verify: Callable[[Path], None], keep: int = 3, files: Files = FILES
) -> Saved:
    """Write a file anew; the old one is kept as the newest of `keep` backups.

    `write` gets a path beside the target that has the same suffix; `verify` the same path when it is written, and
    raises if anything is wrong with it. Raises `LockHeld`, `TargetBusy`, `CannotSave`, or what the callbacks raise;
    then nothing has changed.
    """
    if keep < 1:
        raise ValueError("at least one backup: it is what a failed replacement is undone from")
    target = target.resolve()
    with hold(target):
        made: list[Path] = []
        try:
            return _replace(target, write, verify, keep, files, made)
        except OSError as error:
            raise _explained(error, target) from error
        except FileCreateError as error:  # XlsxWriter's own wrapping of the system's error
            inner = error.args[0] if error.args else None
            raise _explained(inner if isinstance(inner, OSError) else OSError(), target) from error
        finally:
            for path in made:
                with contextlib.suppress(OSError):
                    files.unlink(path)


def _replace(
    target: Path,
    write: Callable[[Path], None],
    verify: Callable[[Path], None],
    keep: int,
    files: Files,
    made: list[Path],
) -> Saved:
    if target.is_dir():
        raise CannotSave(f"“{_shown(target)}”是一个文件夹，不能作为结果文件，请换一个名称。")
    for name in files.listing(target.parent):
        if name.startswith(f"{_TEMPORARY}{target.stem}-"):  # a killed run's, since the lock is ours
            files.unlink(target.parent / name)
    fresh = _temporary(target)
    mode = _make(fresh, files, made)
    write(fresh)
    files.fsync(fresh)
    verify(fresh)
    sha256 = files.sha256(fresh)
    old = files.exists(target)
    if old:
        mode = files.mode(target)
        _back_up(target, keep, files, made)
    files.chmod(fresh, mode)
    replaced = False
    try:
        _patiently(lambda: files.replace(fresh, target), target, files)
        replaced = True
        made.remove(fresh)
        files.fsync_folder(target.parent)
        if files.sha256(target) != sha256:
            raise NotVerified(f"“{_shown(target)}”写入后重新读取，内容不一致，可能磁盘有故障。已恢复原来的文件。")
    except BaseException:
        if replaced:
            _undo(target, old, files, made)
        raise
    return Saved(target, sha256, backup_of(target, 1) if old else None)


def _temporary(target: Path) -> Path:
    return target.with_name(f"{_TEMPORARY}{target.stem}-{secrets.token_hex(6)}{target.suffix}")


def _make(path: Path, files: Files, made: list[Path]) -> int:
    made.append(path)
    return files.create(path)


def _back_up(target: Path, keep: int, files: Files, made: list[Path]) -> None:
    """Copy the old file to the newest backup. It is never moved: at every moment it stands in its place."""
    newest = backup_of(target, 1)
    if files.exists(newest) and files.sha256(newest) == files.sha256(target):
        return  # an earlier try came as far as this; repeating it must not push the older ones out
    copy = _temporary(target)
    _make(copy, files, made)
    files.copy(target, copy)
    files.fsync(copy)
    files.chmod(copy, files.mode(target))
    for number in range(keep - 1, 0, -1):
        one, older = backup_of(target, number), backup_of(target, number + 1)
        if files.exists(one):
            _patiently(lambda one=one, older=older: files.replace(one, older), older, files)  # type: ignore[misc]
    _patiently(lambda: files.replace(copy, newest), newest, files)
    made.remove(copy)


def _undo(target: Path, old: bool, files: Files, made: list[Path]) -> None:
    """Put the old file back after it was replaced by one that can't be trusted."""
    if not old:
        files.unlink(target)
        return
    copy = _temporary(target)
    mode = _make(copy, files, made)
    files.copy(backup_of(target, 1), copy)
    files.fsync(copy)
    files.chmod(copy, mode)
    files.replace(copy, target)
    made.remove(copy)


def _patiently(step: Callable[[], object], path: Path, files: Files) -> None:
    """Try again for a moment while another program holds the file."""
    for pause in (*BUSY_SECONDS, None):
        try:
            step()
        except PermissionError as error:
            if pause is None:
                raise TargetBusy(
                    f"“{_shown(path)}”改写不了，很可能正在Excel或WPS中打开；请关闭它再试一次。原来的文件没有改动。"
                ) from error
            files.sleep(pause)
        else:
            return


def _shown(path: Path) -> str:
    """A file's name for a message: a copy is called like the roster it was made from, which people call what they like."""
    return ids.mask_text(path.name)


def _explained(error: OSError, target: Path) -> SavingError:
    """An error of the system as a sentence: what, and what to do."""
    whole = {
        errno.ENOSPC: "磁盘空间不够，请清理后再试",
        errno.EDQUOT: "磁盘配额用完了，请清理后再试",
        errno.EACCES: "没有写入这个文件夹的权限，请换一个文件夹或请管理员开通",
        errno.EPERM: "没有写入这个文件夹的权限，请换一个文件夹或请管理员开通",
        errno.EROFS: "这个文件夹是只读的，请换一个文件夹",
        errno.ENOENT: "文件夹不存在，请核对路径",
        errno.ENOTDIR: "文件夹不存在，请核对路径",
        errno.ENAMETOOLONG: "文件名或路径太长，请缩短后再试",
        errno.EIO: "磁盘读写出错，请换一个磁盘，并请技术人员检查",
    }.get(error.errno or 0, f"系统报告错误{error.errno}，请把这一行发给技术人员")
    return CannotSave(f"“{_shown(target)}”没有写成：{whole}。原来的文件没有改动。")
