"""The folder of everything received: what is a workbook by name, what is skipped."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from addin import ids
from addin.records import (
    FileLine,
)

WORKBOOKS = {".xlsx", ".xlsm", ".xltx", ".xltm", ".xls", ".xlt", ".et", ".ett", ".xlsb", ".ods"}


def received(folder: Path, leave_out: Iterable[Path] = ()) -> tuple[list[tuple[Path, str]], list[FileLine]]:
    """The workbooks of a folder and its subfolders with their names relative to it, and what is skipped.

    Links, pipes and the like are in the list too: `intake` refuses them by name.
    """
    out = {path.absolute() for path in leave_out}
    books, skipped = [], []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.absolute() in out or (path.is_dir() and not path.is_symlink()):
            continue
        shown = ids.mask_text(name)
        if path.name.startswith("~$"):
            skipped.append(FileLine(shown, "skipped", "S102", "Excel正在打开某个文件时的临时文件，不是花名册。"))
        elif path.name.startswith(".") or path.suffix.lower() not in WORKBOOKS:
            skipped.append(FileLine(shown, "skipped", "S101", "按文件名不是工作簿。"))
        else:
            books.append((path, name))
    return books, skipped
