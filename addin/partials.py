"""Results of single files, packed: how they come from a child or another machine, and how they wait for the merge.

In: a received file. Out: bytes, and from them a `FileResult` whose large parts stay on the disk. A folder of packed
results may be the private one of a run, or be kept and merged later (`liangxian read`, then `liangxian combine`). They
come from processes that have handled strangers' files, and from other machines, so nothing but `workers.load` opens
them. What is in them is personal data still (masked IDs, first characters of names, amounts), but tells nobody's ID:
the key of the hashes is never beside them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from addin import merge, workers
from addin.merge.result import DTYPES, IDENTITIES, RECEIPTS, Details, FileResult, Hashed
from addin.policy import Policy

SUFFIX = ".lxpart"
_MAGIC = b"LXPART\n"
_LENGTHS = struct.Struct("<QQQQ")


def read_file(received: Path | bytes, name: str, policy: Policy, secret: bytes) -> bytes:
    """The packed result of one received file, given by path or as its bytes: what a child is asked for."""
    return pack(merge.one_file(received, name, policy, secret))


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

    def hashes(self, what: Hashed, begin: int, end: int) -> npt.NDArray[Any]:
        size = DTYPES[what].itemsize
        with self.path.open("rb") as file:
            file.seek(self.starts[what] + begin * size)
            return np.frombuffer(file.read((end - begin) * size), DTYPES[what])

    def details(self) -> Details:
        with self.path.open("rb") as file:
            file.seek(self.details_start)
            found = workers.load(file.read())
        if not isinstance(found, Details):
            raise pickle.UnpicklingError(type(found).__name__)
        return found


class Shelf:
    """A folder of packed results."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, packed: bytes) -> FileResult:
        """Keep a result, named after its content; a file of that name is always whole."""
        path = self.folder / f"{hashlib.blake2b(packed, digest_size=16).hexdigest()}{SUFFIX}"
        fresh = path.with_suffix(f".{os.getpid()}.tmp")
        fresh.write_bytes(packed)
        fresh.replace(path)
        return unpacked(path)


@contextlib.contextmanager
def passing_shelf() -> Iterator[Shelf]:
    """A shelf for one run, gone afterwards (after a kill: at the next start)."""
    with workers.private_folder() as folder:
        yield Shelf(folder)
