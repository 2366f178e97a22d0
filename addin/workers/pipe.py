"""Messages over a pipe: the length, then the bytes."""

from __future__ import annotations

import struct
from typing import IO

RESULT, FAULT, NO_MEMORY, READY = b"R", b"F", b"M", b"S"
"""The first byte of an answer."""
LATE, DIED, UNABLE = b"L", b"D", b"U"
"""The parent's answer for a child that ran out of time, died, or could not be started."""
LARGEST = 256 * 2**20
"""Bytes of one message; a file's reduced result has a few megabytes."""
_LENGTH = struct.Struct("<Q")


def send(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(_LENGTH.pack(len(message)))
    pipe.write(message)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes:
    (length,) = _LENGTH.unpack(_exactly(pipe, _LENGTH.size))
    if length > LARGEST:
        raise ValueError
    return _exactly(pipe, length)


def _exactly(pipe: IO[bytes], count: int) -> bytes:
    data = pipe.read(count)
    if len(data) != count:
        raise EOFError
    return data
