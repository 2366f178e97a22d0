"""Write requirements.lock anew from pyproject.toml; needs uv (`pip install uv`).

    python scripts/lock.py              keeps the pinned versions, adds and drops what pyproject.toml asks for
    python scripts/lock.py --upgrade    the newest versions; other options of `uv pip compile` pass through too

One lock serves Python 3.11 and newer on Linux and Windows. Each line says what the package is for: a dependency of
ours has its comment in pyproject.toml, any other the packages that asked for it.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
HEAD = """\
# Every package that development, tests and use need, pinned, for Python 3.11 and newer on Linux and Windows.
# Written by scripts/lock.py from pyproject.toml: change the reasons and bounds there, never here.
"""


def reasons(pyproject: str) -> dict[str, str]:
    """The comment beside each dependency of pyproject.toml.

    >>> reasons('    "xlwings==0.37.8",   # both ends of Excel')
    {'xlwings': 'both ends of Excel'}
    """
    pattern = r'^\s*"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?[^"]*",?\s*# (.+)$'
    return {name.lower(): reason for name, reason in re.findall(pattern, pyproject, re.MULTILINE)}


def lock(compiled: str, why: dict[str, str]) -> str:
    """uv's lines (`name==version ; marker  # via ...`), each with its reason."""
    lines = []
    for line in compiled.splitlines():
        pinned, _, via = (part.strip() for part in line.partition("  # "))
        lines.append(f"{pinned}  # {why.get(pinned.partition('==')[0], via)}")
    return HEAD + "\n".join(lines) + "\n"


def main(options: list[str]) -> None:
    """Resolve into requirements.lock (uv keeps what it finds pinned there), then put our reasons beside the lines."""
    subprocess.run(
        ["uv", "pip", "compile", "--quiet", "--universal", "--python-version=3.11", "--all-extras", "--group=dev",
         "--annotation-style=line", "--no-header", f"--output-file={LOCK.name}", *options, "pyproject.toml"],
        cwd=ROOT, check=True,
    )  # fmt: skip
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    LOCK.write_text(lock(LOCK.read_text(encoding="utf-8"), reasons(pyproject)), encoding="utf-8", newline="\n")
    # the wheels of the tests on Windows, with their hashes
    subprocess.run([sys.executable, "-m", "tests.support.windows", "pin"], cwd=ROOT, check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
