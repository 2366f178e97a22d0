"""Further files in the district's folder: copies, unusable files, two editions that contradict each other.

In: one unit's book that was written already. Out: further files beside it, and what must become of each; none of them
changes a figure.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from scripts.samples import files
from scripts.samples.units import Book


def put(book: Book, out: Path) -> list[dict[str, str]]:
    """Put the other files into the book's folder; gives name, status and code of each."""
    stem = book.name.removesuffix(".xlsx")
    content = (out / book.name).read_bytes()
    lines = []

    def sent(name: str, status: str, code: str) -> Path:
        lines.append({"name": name, "status": status, "code": code})
        return out / name

    shutil.copyfile(out / book.name, sent(f"{stem}_副本.xlsx", "copy", "C101"))
    sent(f"{stem}_传输中断.xlsx", "refused", "R110").write_bytes(content[: len(content) // 2])
    sent(f"{stem}_说明.txt", "skipped", "S101").write_text("花名册已发。\n", encoding="utf-8")
    # the same people and entries in other bytes: who filled the cover in decides nothing
    again = replace(book, said={**book.said, "clerk": "样例三"}, shared=not book.shared)
    files.write(again, sent(f"{stem}_另存.xlsx", "copy", "C103"))
    strange: list[tuple[str, str, int, dict[str, Any]]] = [
        ("去年", "R205", 8, {"policy": "冷政办函〔2018〕30号"}),
        ("改名", "R204", 8, {"township": "新设立镇"}),
        ("别村", "R304", 8, {"part": "远岭村", "serial": book.serial + 2}),
        ("更正一", "R301", 8, {"serial": book.serial + 1}),
        ("更正二", "R301", 7, {"serial": book.serial + 1}),
    ]
    for word, code, people, says in strange:
        some = replace(book, people=book.people[:people], edits={}, rewrites={}, said=says)
        files.write(some, sent(f"{stem}_{word}.xlsx", "refused", code))
    return lines
