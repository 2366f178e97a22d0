"""The system's calls on files, refused or counted by a test: where pathlib and shutil make them."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ParamSpec, TypeVar

import pytest

CALLS = {
    "create": (os, "open"),
    "fsync": (os, "fsync"),
    "open": (io, "open"),
    "stat": (os, "stat"),
    "list": (os, "listdir"),
    "chmod": (os, "chmod"),
    "copy": (shutil, "copyfile"),
    "replace": (os, "replace"),
    "unlink": (os, "unlink"),
}
"""What a test calls them, and the functions that are called."""

Look = Callable[[str, tuple[Path, ...]], None]
"""Sees a call by its name and its paths before it is made; what it raises is raised in the call's place."""

P = ParamSpec("P")
T = TypeVar("T")


@contextlib.contextmanager
def watched(look: Look) -> Iterator[list[float]]:
    """Every call goes by `look` first; nobody sleeps, and the pauses that were asked for are given."""
    pauses: list[float] = []
    with pytest.MonkeyPatch.context() as patch:
        for name, (module, function) in CALLS.items():
            patch.setattr(module, function, _watched(name, getattr(module, function), look))
        patch.setattr(time, "sleep", pauses.append)
        yield pauses


def _watched(name: str, call: Callable[P, T], look: Look) -> Callable[P, T]:
    def watched_call(*given: P.args, **more: P.kwargs) -> T:
        look(name, tuple(Path(os.fsdecode(path)) for path in given[:2] if isinstance(path, (str, os.PathLike))))
        return call(*given, **more)

    return watched_call
