"""Clicks on the ribbon's buttons in the stand-in for Excel on a Windows PC (`excel_program`), and what came of them."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

from tests.support.windows.machine import Machine

_PROGRAM = (
    "import sys, win32api; said = open(sys.argv[1], 'a', encoding='utf-8'); "
    "win32api.MessageBox = lambda window, text, title, style: (print(repr(text), file=said, flush=True), 6 if style & 4 else 1)[1]; "
    "from addin import server; server.main(*sys.argv[2:])"
)
"""The server with its message boxes written down, all questions answered with yes: nobody is there to click."""


class Clicked:
    """What the stand-in for Excel saw of each click, and what the clerk would have read."""

    def __init__(self, report: dict[str, Any], said: list[str]) -> None:
        self.steps: list[dict[str, Any]] = report["steps"]
        self.seconds: dict[str, float] = report["seconds"]
        """From the first click: until Python is there, and until its first word in the status bar."""
        self.said = said


def click(machine: Machine, folder: Path, books: list[Path], steps: list[dict[str, Any]], **more: Any) -> Clicked:
    """Start the stand-in with these workbooks and click; `more` is what `excel_program` takes besides."""
    order, report, said = folder / "order.json", folder / "report.json", folder / "said.txt"
    said.touch()
    python = machine.windows(machine.kit.python / "python.exe")
    given = {
        "books": [machine.windows(path) for path in books],
        "command": f'"{python}" -B -c "{_PROGRAM}" "{machine.windows(said)}" $(CLSID) $(OWN)',
        "steps": steps,
        **more,
    }
    order.write_text(json.dumps(given), encoding="utf-8")
    words = ("-m", "tests.support.windows.excel_program", machine.windows(order), machine.windows(report))
    code, text = machine.python(*words)
    assert code == 0, text
    lines = said.read_text(encoding="utf-8").splitlines()
    return Clicked(json.loads(report.read_text(encoding="utf-8")), [ast.literal_eval(line) for line in lines])
