"""Replaces a file so that there is always a whole one: the old, or the new.

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
import re
import secrets
import shutil
import stat
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from xlsxwriter.exceptions import FileCreateError

from addin import ids
from addin.findings import UserError
from addin.output import lock

WINDOWS = os.name == "nt"
LOCK_SECONDS = 0.5
"""How long to wait for another writer, in seconds."""
BUSY_SECONDS = (0.2, 0.4, 0.8)
"""Pauses before another try at a file that some program (on Windows: Excel, a virus scanner) holds."""
_TEMPORARY = ".tmp-"
_MOST_NAMES, _LONGEST_SHOWN = 5, 80
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]|[. ]$')
_DEVICE = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³]) *(\.|$)", re.IGNORECASE)
_LONGEST_PATH = 259
"""Characters of a path that Windows takes where long paths are not switched on."""


class SavingError(UserError):
    """Nothing was changed; the text is a whole Chinese sentence for the user."""


class LockHeld(SavingError):
    """Another run is writing the same file."""


class TargetBusy(SavingError):
    """The target, or one of its backups, is open in another program."""


class CannotSave(SavingError):
    """The disk, the folder or the permissions do not allow it."""


class NotVerified(SavingError):
    """The written file does not read back as it should."""


@dataclass(frozen=True, slots=True)
class Saved:
    """The saved file, its SHA-256, and the backup of the file it replaced, if there was one."""

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
    """Force a rename to the disk; Windows has no such call and needs none."""
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


def _mode(path: Path) -> int | None:
    """Kind and rights of what stands at a path; None where nothing does."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def backup_of(target: Path, number: int) -> Path:
    """The name of a backup: `district_summary.bak1.xlsx` is the newest."""
    return target.with_name(f"{target.stem}.bak{number}{target.suffix}")


def belongs(target: Path, path: Path) -> bool:
    """Whether a file is the target itself or one of ours beside it: a backup, a leftover, the lock."""
    name, stem = path.name, target.stem
    backup = re.fullmatch(rf"{re.escape(stem)}\.bak[1-9]{re.escape(target.suffix)}", name) is not None
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

    Raises `LockHeld` within a second if another process (or thread) holds it, `CannotSave` where there can be no such
    file. A holder that was killed holds nothing.
    """
    target = resolved(target)
    key = (threading.get_ident(), target)
    if key in _held:
        _held[key] += 1
        try:
            yield
        finally:
            _held[key] -= 1
        return
    refuse_target(target)
    try:
        release = lock.acquire(_lock_file(target), LOCK_SECONDS)
    except lock.Held:
        raise LockHeld(f"“{_shown(target)}”正由另一个程序写入{_holder(target)}；请等它做完再试。") from None
    except lock.Foreign:
        name = ids.mask_text(_lock_file(target).name)
        raise LockHeld(
            f"“{_shown(target)}”旁边的锁文件“{name}”是另一个用户的，打不开，看不出他是否正在写入。"
            "请等一会儿再试；确认没有别人在用的，请删去这个锁文件。"
        ) from None
    except OSError as error:
        raise _explained(error, target) from error
    _held[key] = 1
    try:
        with contextlib.suppress(OSError):  # only says who: the lock itself is held
            _holder_file(target).unlink(missing_ok=True)  # another user's can't be written
            _holder_file(target).write_text(f"{os.getpid()}\n{datetime.now():%Y-%m-%d %H:%M:%S}\n", encoding="utf-8")
        yield
    finally:
        del _held[key]
        with contextlib.suppress(OSError):
            _holder_file(target).unlink(missing_ok=True)
        release()


def _holder(target: Path) -> str:
    try:
        process, start = _holder_file(target).read_text(encoding="utf-8").split("\n")[:2]
    except (OSError, ValueError):
        return ""
    return f"（进程号{process}，{start}开始）"


# ---------------------------------------------------------------- what can be written


def resolved(target: Path) -> Path:
    """The file itself, links followed."""
    _refuse_name(target)  # before: Windows resolves CON.xlsx to a device of another name
    try:
        return target.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # no such drive, links in a circle, a NUL
        reason = _TOO_LONG if WINDOWS and len(str(target)) > _LONGEST_PATH else "路径不对，请核对"
        raise CannotSave(f"“{_shown(target)}”没有写成：{reason}。") from error


def forbidden_name(name: str) -> str:
    r"""Why Windows takes no file of this name, as the half of a sentence; '' where it does.

    >>> forbidden_name("汇总?.xlsx"), forbidden_name("con .xlsx"), forbidden_name("CONTENT.xlsx")
    ('文件名里不能有 \\ / : * ? " < > |，也不能以句点或空格结尾，请改名', '“CON”这样的名称是留给设备的，请改名', '')
    """
    if _FORBIDDEN.search(name):
        return '文件名里不能有 \\ / : * ? " < > |，也不能以句点或空格结尾，请改名'
    device = _DEVICE.match(name)
    return f"“{device[1].upper()}”这样的名称是留给设备的，请改名" if device else ""


def _refuse_name(target: Path) -> None:
    if WINDOWS and (reason := forbidden_name(target.name)):
        raise CannotSave(f"“{_shown(target)}”没有写成：{reason}。")


def refuse_target(target: Path) -> None:
    """Refuse a target that can't be written, before anything is read or written. Raises `CannotSave`."""
    _refuse_name(target)
    try:
        mode = _mode(target)
        folder = _mode(target.parent)
    except OSError as error:
        raise _explained(error, target) from error
    if folder is None or not stat.S_ISDIR(folder):
        raise _explained(OSError(errno.ENOENT, ""), target)
    if mode is None:
        return
    if stat.S_ISDIR(mode):
        raise CannotSave(f"“{_shown(target)}”是一个文件夹，不能作为结果文件，请换一个名称。")
    if not stat.S_ISREG(mode):
        raise CannotSave(f"“{_shown(target)}”不是普通文件，而是设备、管道之类，不能作为结果文件，请换一个名称。")
    if not mode & stat.S_IWUSR:
        raise CannotSave(f"“{_shown(target)}”设成了只读，没有改动。请在它的“属性”里去掉“只读”再试，或换一个文件名。")


def make_folder(folder: Path) -> None:
    """Make a folder for outputs if it is not there. Raises `CannotSave` where that fails."""
    try:
        new = [place for place in (folder, *folder.parents) if not place.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        _made_folders.extend(reversed(new))
    except FileExistsError as error:
        raise CannotSave(f"“{_shown(folder)}”是一个文件，不是文件夹，结果放不进去，请换一个文件夹。") from error
    except NotADirectoryError as error:
        raise CannotSave(f"文件夹“{_shown(folder)}”建不了：路径中有一段是文件，不是文件夹，请核对。") from error
    except (OSError, ValueError) as error:
        reason = _reason(error, folder) if isinstance(error, OSError) else "路径不对，请核对"
        raise CannotSave(f"文件夹“{_shown(folder)}”建不了：{reason}。") from error


# ---------------------------------------------------------------- replacing

_written: list[Path] = []
"""The files that this process has replaced, in order."""
_made_folders: list[Path] = []
"""The folders that this process has made, in order."""


def written(since: int = 0) -> str:
    """A sentence on the files that this process has written, from that index on; '' where there are none."""
    files = list(dict.fromkeys(_written[since:]))
    if not files:
        return ""
    names = "、".join(f"“{_shown(path)}”" for path in files[:_MOST_NAMES])
    more = f"等{len(files)}个文件" if len(files) > _MOST_NAMES else ""
    return f"这些已经写好，是新的：{names}{more}；其余没有改动。"


@contextlib.contextmanager
def telling() -> Iterator[None]:
    """Add a note to an exception raised inside (`BaseException.add_note`) that names the files already written.

    Folders that were made for results, and got none, are removed.
    """
    since, folders = len(_written), len(_made_folders)
    try:
        yield
    except BaseException as error:
        for folder in reversed(_made_folders[folders:]):
            with contextlib.suppress(OSError):  # something is in it
                folder.rmdir()
        if words := written(since):
            error.add_note(words)
        raise


def replace(target: Path, write: Callable[[Path], None], *, verify: Callable[[Path], None], keep: int = 3) -> Saved:
    """Write a file anew; the old one is kept as the newest of `keep` backups.

    `write` gets a path beside the target that has the same suffix; `verify` the same path when it is written, and
    raises if anything is wrong with it. Raises `LockHeld`, `TargetBusy`, `CannotSave`, or what the callbacks raise;
    then nothing has changed, neither the file nor a backup.
    """
    if keep < 1:
        raise ValueError("at least one backup: it is what a failed replacement is undone from")
    target = resolved(target)
    with hold(target):
        made: list[Path] = []
        try:
            return _replace(target, write, verify, keep, made)
        except OSError as error:
            raise _explained(error, target) from error
        except FileCreateError as error:  # XlsxWriter's own wrapping of the system's error
            inner = error.args[0] if error.args else None
            raise _explained(inner if isinstance(inner, OSError) else OSError(), target) from error
        finally:
            for path in made:
                _discard(path)


def _replace(
    target: Path,
    write: Callable[[Path], None],
    verify: Callable[[Path], None],
    keep: int,
    made: list[Path],
) -> Saved:
    refuse_target(target)
    for path in sorted(target.parent.iterdir()):
        if path.name.startswith(f"{_TEMPORARY}{target.stem}-"):  # left by a killed run, since we hold the lock
            _discard(path)
    fresh = _temporary(target)
    new_mode = _make(fresh, made)
    write(fresh)
    _fsync(fresh)
    verify(fresh)
    sha256 = _sha256(fresh)
    old_mode = _mode(target)
    fresh.chmod(new_mode if old_mode is None else old_mode & 0o777)
    undo: list[Callable[[], object]] = []
    try:
        if old_mode is not None:
            _back_up(target, keep, made, undo)
        _patiently(lambda: fresh.replace(target), target)
        made.remove(fresh)
        undo.append(partial(_put_back, target, old_mode is not None))
        _fsync_folder(target.parent)
        if _sha256(target) != sha256:
            restored = "已恢复原来的文件。" if old_mode is not None else "没有采用。"
            raise NotVerified(f"“{_shown(target)}”写入后重新读取，内容不一致，可能磁盘有故障。{restored}")
    except BaseException:
        for step in reversed(undo):
            with contextlib.suppress(OSError):
                step()
        raise
    _written.append(target)
    return Saved(target, sha256, backup_of(target, 1) if old_mode is not None else None)


def _temporary(target: Path) -> Path:
    return target.with_name(f"{_TEMPORARY}{target.stem}-{secrets.token_hex(6)}{target.suffix}")


def _make(path: Path, made: list[Path]) -> int:
    made.append(path)
    return _create(path)


def _discard(path: Path) -> None:
    """Remove a file of ours, if it can be removed; Windows removes none that is marked read-only."""
    with contextlib.suppress(OSError):
        path.chmod(0o600)
    with contextlib.suppress(OSError):
        path.unlink()


def _back_up(target: Path, keep: int, made: list[Path], undo: list[Callable[[], object]]) -> None:
    """Copy the old file to the newest backup. It is never moved: at every moment it stands in its place.

    The older backups move up one by one into a free name, the oldest to a temporary one: whichever is held by another
    program, those that have moved go back, and none is lost. `undo` gets what takes each step back.
    """
    copy = _temporary(target)
    _make(copy, made)
    _patiently(lambda: shutil.copyfile(target, copy), target)
    _fsync(copy)
    copy.chmod((_mode(target) or 0o600) & 0o777)
    there = [number for number in range(1, keep + 1) if _mode(backup_of(target, number)) is not None]
    moving = [number for number in there if there[:number] == list(range(1, number + 1))]  # up to the first gap
    for number in reversed(moving):
        backup = backup_of(target, number)
        next_place = _temporary(target) if number == keep else backup_of(target, number + 1)
        _move(backup, next_place, undo)
        if number == keep:
            made.append(next_place)  # gone at the end, unless it is put back
    newest = backup_of(target, 1)
    _move(copy, newest, undo)
    made.remove(copy)
    undo[-1] = partial(_discard, newest)


def _move(path: Path, place: Path, undo: list[Callable[[], object]]) -> None:
    _patiently(lambda: path.replace(place), path)
    undo.append(lambda: place.replace(path))


def _put_back(target: Path, old: bool) -> None:
    """Put the old file back after it was replaced by one that can't be trusted; its copy is the newest backup."""
    if old:
        backup_of(target, 1).replace(target)
    else:
        target.unlink()


def _patiently(step: Callable[[], object], path: Path) -> None:
    """Try again for a moment while another program holds the file."""
    for pause in (*BUSY_SECONDS, None):
        try:
            step()
        except OSError as error:
            if not _held_by_another(error):
                raise
            if pause is None:
                raise _busy(path) from error
            time.sleep(pause)
        else:
            return


def _held_by_another(error: OSError) -> bool:
    return isinstance(error, PermissionError) or getattr(error, "winerror", None) in _IN_USE or error.errno in _BUSY


def _busy(path: Path) -> TargetBusy:
    return TargetBusy(
        f"“{_shown(path)}”读不了或改写不了，很可能正在Excel或WPS中打开；请关闭它再试一次。原来的文件没有改动。"
    )


def _shown(path: Path) -> str:
    """A file's name for a message, masked: a copy is named after its roster, whose name may hold an ID."""
    name = ids.mask_text(path.name)
    return name if len(name) <= _LONGEST_SHOWN else f"{name[:_LONGEST_SHOWN]}…"


# ---------------------------------------------------------------- the system's errors in words

_FULL = "磁盘空间不够，请清理后再试"
_QUOTA = "磁盘配额用完了，请清理后再试"
_DENIED = "没有写入这个文件夹的权限，请换一个文件夹或请管理员开通"
_READ_ONLY = "这个文件夹或磁盘是只读的，请换一个文件夹"
_NO_FOLDER = "文件夹不存在，请核对路径"
_TOO_LONG = "文件名或路径太长，请缩短后再试"
_BAD_DISK = "磁盘读写出错，请换一个磁盘，并请技术人员检查"
_NOT_READY = "磁盘没有准备好或已经拔出，请检查后再试"
_NETWORK = "网络位置连不上或中途断开了，请检查网络再试，或先写到本机的文件夹"
_BAD_NAME = "文件名或路径里有不能用的字符，请改名再试"
_NO_LOCKS = "这个位置不能锁定文件，防不住两个程序同时写，请换到本机的文件夹"

_BY_WINDOWS = {
    3: _NO_FOLDER,
    5: _DENIED,
    15: _NO_FOLDER,
    19: _READ_ONLY,
    21: _NOT_READY,
    23: _BAD_DISK,
    39: _FULL,
    51: _NETWORK,
    53: _NETWORK,
    54: _NETWORK,
    55: _NETWORK,
    59: _NETWORK,
    64: _NETWORK,
    65: _DENIED,
    67: _NETWORK,
    111: _TOO_LONG,
    112: _FULL,
    121: _NETWORK,
    123: _BAD_NAME,
    161: _BAD_NAME,
    206: _TOO_LONG,
    240: _NETWORK,
    267: _NO_FOLDER,
    483: _BAD_DISK,
    1006: _NOT_READY,
    1117: _BAD_DISK,
    1167: _NOT_READY,
    1222: _NETWORK,
    1231: _NETWORK,
    1232: _NETWORK,
    1236: _NETWORK,
    1295: _QUOTA,
    1392: _BAD_DISK,
    2250: _NETWORK,
}
"""Windows' own error numbers; Python maps many of them to one errno, or to none."""
_IN_USE = (32, 33, 1224)
_BUSY = (errno.EBUSY, errno.ETXTBSY)
_BY_ERRNO = {
    errno.ENOSPC: _FULL,
    errno.EFBIG: _FULL,
    errno.EDQUOT: _QUOTA,
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.EROFS: _READ_ONLY,
    errno.ENOENT: _NO_FOLDER,
    errno.ENOTDIR: _NO_FOLDER,
    errno.ENAMETOOLONG: _TOO_LONG,
    errno.EIO: _BAD_DISK,
    errno.ENODEV: _NOT_READY,
    errno.ENXIO: _NOT_READY,
    errno.EINVAL: _BAD_NAME,
    errno.EILSEQ: _BAD_NAME,
    errno.ELOOP: _BAD_NAME,
    **dict.fromkeys(
        (
            errno.ESTALE,
            errno.ETIMEDOUT,
            errno.EHOSTDOWN,
            errno.EHOSTUNREACH,
            errno.ENETDOWN,
            errno.ENETUNREACH,
            errno.ECONNRESET,
            errno.ENOTCONN,
        ),
        _NETWORK,
    ),
    **dict.fromkeys((errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EBADF), _NO_LOCKS),
}


def _reason(error: OSError, path: Path) -> str:
    """An error of the system in half a sentence: what, and what to do."""
    code = getattr(error, "winerror", None)
    if WINDOWS and error.errno == errno.ENOENT and len(str(path)) > _LONGEST_PATH:
        return _TOO_LONG
    unknown = f"系统报告错误{code or error.errno}，请把这一行发给技术人员"
    return _BY_WINDOWS.get(code or 0) or _BY_ERRNO.get(error.errno or 0) or unknown


def _explained(error: OSError, target: Path) -> SavingError:
    """An error of the system as a sentence: what, and what to do; and of the old file, where there is one."""
    if getattr(error, "winerror", None) in _IN_USE or error.errno in _BUSY:
        return _busy(target)
    unchanged = "原来的文件没有改动。" if os.path.lexists(target) else ""
    return CannotSave(f"“{_shown(target)}”没有写成：{_reason(error, target)}。{unchanged}")
