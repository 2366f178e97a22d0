"""Compares the files that two checkouts of this project write from the same rosters, part by part.

    python scripts/compare_outputs.py OTHER_CHECKOUT FOLDER_OF_ROSTERS

Both checkouts (each with its own .venv) merge the folder with --json, --returns and --ledger, and build their
workbooks; what differs is listed by file and part. For a change that must change nothing: the other is the commit
before it. Exit code 1 where anything differs.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(other: Path, rosters: Path) -> int:
    """Run both and list what differs."""
    with tempfile.TemporaryDirectory() as folder:
        outputs = []
        for name, checkout in (("other", other.resolve()), ("this", ROOT)):
            out = Path(folder) / name
            out.mkdir()
            write(checkout, rosters.resolve(), out)
            outputs.append(contents(out) | contents(checkout / "workbooks"))
    before, after = outputs
    differing = sorted(part for part in before.keys() | after.keys() if before.get(part) != after.get(part))
    print(*differing, sep="\n")
    print(f"{len(before.keys() | after.keys())} parts compared, {len(differing)} differ.")
    return bool(differing)


def write(checkout: Path, rosters: Path, out: Path) -> None:
    """Write a checkout's outputs for the rosters. Raises `CalledProcessError`."""
    python = checkout / ".venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    merge = [str(python), "-m", "addin.cli", "merge", str(rosters), "--out", str(out / "summary.xlsx")]
    more = ["--json", str(out / "data.json"), "--returns", str(out / "returns"), "--ledger", str(out / "ledgers")]
    done = subprocess.run([*merge, *more], cwd=checkout, check=False, stdout=subprocess.DEVNULL)
    if done.returncode > 1:  # 1 says that there are errors in the rosters
        done.check_returncode()


def contents(folder: Path) -> dict[str, bytes]:
    """The content of every file, of workbooks of every part of them, by name."""
    parts: dict[str, bytes] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as package:
                parts |= {f"{name}: {part}": package.read(part) for part in package.namelist()}
        else:
            parts[name] = path.read_bytes()
    return parts


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
