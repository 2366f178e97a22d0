"""Packed results of single files, as they come from a child or another machine and are stored for the merge.

In: a received file. Out: bytes, and from them a `FileResult` whose large parts stay on the disk. A folder of packed
results may be the private one of a run, or be kept and merged later (`liangxian read`, then `liangxian combine`). They
come from processes that have handled strangers' files, and from other machines, so nothing but `workers.load` opens
them. What is in them is personal data still (masked IDs, first characters of names, amounts), but tells nobody's ID:
the key of the hashes is never beside them.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import pickle
import secrets
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from addin import workers
from addin.district import reduce_file, refused_result
from addin.district.file_result import DTYPES, IDENTITIES, RECEIPTS, VERSION, Details, FileResult, Hashed, rules_of
from addin.findings import Refusal, UserError
from addin.policy import Policy
from addin.registers import Index

SUFFIX = ".lxpart"
_MAGIC = b"LXPART\n"
_LENGTHS = struct.Struct("<QQQQ")


def read_file(received: Path | bytes, name: str, policy: Policy, index: Index) -> bytes:
    """The packed result of one received file, given by path or as its bytes: the task of a child."""
    return pack(reduce_file(received, name, policy, index))


def refuse_file(name: str, policy: Policy, secret: bytes, refusal: Refusal) -> bytes:
    """The packed result of a file that could not be opened."""
    return pack(refused_result(name, "", policy, refusal, secret))


def pack(result: FileResult) -> bytes:
    """A result as bytes: the lengths of its parts, then the parts."""
    light = replace(
        result, identities=np.zeros(0, IDENTITIES), receipts=np.zeros(0, RECEIPTS), details=Details(), source=None
    )
    parts = (
        pickle.dumps(light, protocol=5),
        result.identities.tobytes(),
        result.receipts.tobytes(),
        pickle.dumps(result.details, protocol=5),
    )
    return b"".join((_MAGIC, _LENGTHS.pack(*map(len, parts)), *parts))


def unpacked(path: Path) -> FileResult:
    """A packed result, its large parts left where they are. Raises `ValueError` or `UnpicklingError`: it is none."""
    with path.open("rb") as file:
        head = file.read(len(_MAGIC) + _LENGTHS.size)
        if len(head) != len(_MAGIC) + _LENGTHS.size or not head.startswith(_MAGIC):
            raise ValueError(path.name)
        light, identities, receipts, details = _LENGTHS.unpack(head[len(_MAGIC) :])
        at = len(head) + light
        if at + identities + receipts + details != path.stat().st_size:
            raise ValueError(path.name)
        result = workers.load(file.read(light))
    if not isinstance(result, FileResult):
        raise pickle.UnpicklingError(type(result).__name__)
    result.source = _Stored(path, {"identities": at, "receipts": at + identities}, at + identities + receipts)
    return result


@dataclass(frozen=True)
class _Stored:
    """Where a packed result lies, and where in it each part begins."""

    path: Path
    starts: dict[Hashed, int]
    details_start: int

    def hashes(self, what: Hashed, begin: int, end: int) -> npt.NDArray[np.void]:
        size = DTYPES[what].itemsize
        with self.path.open("rb") as file:
            file.seek(self.starts[what] + begin * size)
            return np.frombuffer(file.read((end - begin) * size), DTYPES[what])

    def details(self) -> Details:
        with self.path.open("rb") as file:
            file.seek(self.details_start)
            details = workers.load(file.read())
        if not isinstance(details, Details):
            raise pickle.UnpicklingError(type(details).__name__)
        return details


def _digest(content: bytes = b"") -> hashlib.blake2b:
    return hashlib.blake2b(content, digest_size=16)


class ResultFolder:
    """A folder of packed results."""

    def __init__(self, folder: Path, *, passing: bool = False) -> None:
        self.folder, self.passing = folder, passing

    def put(self, packed: bytes) -> FileResult:
        """Keep a result, named after its content; a file of that name is always whole."""
        path = self.folder / f"{_digest(packed).hexdigest()}{SUFFIX}"
        fresh = path.with_suffix(f".{os.getpid()}.tmp")
        try:
            fresh.write_bytes(packed)
            fresh.replace(path)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise workers.TemporaryFilesError(error) if self.passing else _not_kept(error, self.folder) from error
        return unpacked(path)


@contextlib.contextmanager
def temporary_folder() -> Iterator[ResultFolder]:
    """A folder of results for one run, gone afterwards (after a kill: at the next start)."""
    with workers.private_folder() as folder:
        yield ResultFolder(folder, passing=True)


# ---------------------------------------------------------------- kept for a later merge


class PartialsError(UserError):
    """Kept results that can't be used; the text is a whole Chinese sentence."""


def _not_kept(error: OSError, folder: Path) -> PartialsError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    what = "磁盘空间不够，请清理后再试" if full else "写不进去，请检查权限或磁盘"
    return PartialsError(f"放单册结果的文件夹“{folder.name}”{what}。")


def key(path: Path, kept_results: Path) -> bytes:
    """The key of the hashes in a file of its own; made there if there is none. Never in the folder of the results."""
    if path.resolve().is_relative_to(kept_results.resolve()):
        raise PartialsError("密钥文件不能和单册结果放在同一个文件夹里，请另选位置。")
    try:
        with contextlib.suppress(FileExistsError):
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(f"{secrets.token_hex(32)}\n")
    except OSError as error:
        raise PartialsError(f"密钥文件“{path.name}”写不了，请换一个位置。") from error
    try:
        if not path.is_file():  # reading a pipe would never end
            raise ValueError
        secret = bytes.fromhex(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise PartialsError(f"“{path.name}”不是密钥文件，请核对。") from error
    if len(secret) != 32:
        raise PartialsError(f"“{path.name}”不是密钥文件，请核对。")
    return secret


def read_folder(folder: Path, policy: Policy) -> list[FileResult]:
    """Every result kept in a folder, each verified, and all of them fit to be added up."""
    results = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, _digest).hexdigest()
        try:
            if digest != path.stem:
                raise ValueError(path.name)
            results.append(unpacked(path))
        except (ValueError, pickle.UnpicklingError, AttributeError, TypeError, EOFError) as error:
            raise PartialsError(f"“{path.name}”不是完整的单册结果，请删去后重新读取那些花名册。") from error
    if not results:
        raise PartialsError(f"“{folder}”里没有单册结果。")
    if any(result.version != VERSION for result in results):
        raise PartialsError("单册结果由不同版本的程序做成，不能合在一起；请各机器装同一版本，重新读取。")
    if any(result.rules != rules_of(policy) for result in results):
        raise PartialsError("单册结果按不同的政策口径做成，不能合在一起；请用同一口径重新读取。")
    if len({result.key for result in results}) > 1:
        raise PartialsError("单册结果用了不同的密钥，认不出跨册的同一个人；请用同一个密钥文件重新读取。")
    names = Counter(result.name for result in results)
    if twice := [name for name, count in names.items() if count > 1]:
        raise PartialsError(f"“{twice[0]}”有两份不同的单册结果，分不清以哪份为准；请清空文件夹重新读取。")
    return results
