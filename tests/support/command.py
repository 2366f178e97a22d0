"""The command line as somebody at a terminal calls it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support import ROOT

ENVIRONMENT = {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8"}
"""The environment of our programs in tests: output in UTF-8 on every code page."""


def liangxian(
    *words: str | Path, cwd: Path | None = None, answer: str | None = None, width: int = 200
) -> subprocess.CompletedProcess[str]:
    """One call in a process of its own; in every case it prints something, and no traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "addin.cli", *map(str, words)],
        cwd=cwd or ROOT, capture_output=True, encoding="utf-8", timeout=120, check=False, input=answer,
        env={**os.environ, **ENVIRONMENT, "COLUMNS": str(width)},
    )  # fmt: skip
    assert "Traceback" not in done.stdout + done.stderr
    return done
