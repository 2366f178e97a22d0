"""Functions that the tests of `workers` have called in children."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from addin.findings import Refusal


def double(value: int, seconds: float = 0.0) -> int:
    time.sleep(seconds)
    return value * 2


def noted(folder: Path, number: int) -> int:
    """Leave a note of having begun, then take a while."""
    (folder / f"{number} {os.getpid()}").touch()
    time.sleep(1)
    return number


def process() -> int:
    return os.getpid()


def abort() -> None:
    os.abort()


def kill() -> None:
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))  # on Windows any number ends it at once


def hang() -> None:
    while True:
        time.sleep(1)


def fill(step: int) -> None:
    held = []
    while True:
        held.append(bytearray(step))


_KEPT: list[bytearray] = []


def keep(count: int) -> int:
    """Leave so much memory occupied in the child."""
    _KEPT.append(bytearray(count))
    return count


def need(count: int) -> int:
    return len(bytearray(count))


def chatter(text: str) -> str:
    print(text)
    os.write(1, text.encode())
    print(text, file=sys.stderr)
    if os.name == "posix":  # a child on Windows may start none
        subprocess.run([sys.executable, "-c", f"print({text!r})"], check=True)
    return "heard: " + sys.stdin.read()


def stumble(secret: str) -> None:
    number = {}[secret]
    raise AssertionError(number)


def surroundings() -> dict[str, Any]:
    return {
        "environment": sorted(os.environ),
        "temporary": tempfile.gettempdir(),
        "folder": str(Path.cwd()),
        "descriptors": sorted(path.name for path in Path("/proc/self/fd").iterdir())
        if Path("/proc/self/fd").exists()
        else [],
        "pandas": "pandas" in sys.modules,
    }


def error_mode() -> int | None:
    """How Windows shows errors of this process; None elsewhere."""
    return ctypes.windll.kernel32.GetErrorMode() if sys.platform == "win32" else None


def litter() -> str:
    path = Path(tempfile.mkstemp()[1])
    path.write_text("x", encoding="utf-8")
    return str(path)


def write(count: int) -> int:
    with tempfile.TemporaryFile() as file:
        return file.write(bytes(count))


class Trap:
    def __reduce__(self) -> Any:
        return os.system, ("true",)


def trap() -> Any:
    return Trap()


def refusal() -> Refusal:
    return Refusal("R111", "文件损坏。", "请重发。")


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "number": np.arange(3),
            "small": np.arange(3, dtype=np.uint8),
            "text": ["甲", "乙", None],
            "flag": [True, False, True],
            "share": [0.5, np.nan, 1.0],
            "kind": pd.Categorical(["a", "b", "a"]),
            "people": pd.array([1, None, 3], dtype="Int64"),
            "object": pd.Series([1, "x", None], dtype=object),
            "day": pd.to_datetime(["2019-10-05", "2019-10-06", None]),
        }
    )


def grouped() -> Any:
    return frame().groupby(["flag", "number"])["small"].sum()
