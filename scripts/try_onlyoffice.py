"""Time ONLYOFFICE's engine on the roster template: eighty rows typed in, then one more edit; needs `document-builder`.

    pip install document-builder
    python scripts/try_onlyoffice.py [workbooks/template_roster.xlsm]

Prints the seconds of opening, of eighty rows and of one more cell, and what 医保应收 of the last row then shows.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]  # run as a script, only its own folder is on the path

from addin.columns import FIRST_ROW, LETTERS, ROSTER_SHEET  # noqa: E402

ROWS = 80
_PERSON = {
    "village": "桥头村",
    "name": "张三",
    "relation": "户主",
    "id_number": "990000199001010017",
    "register": "本乡镇(街道)",
    "medical_status": "本次参保",
    "medical_paid": 250,
    "pension_status": "本次参保",
    "tier": 100,
    "pension_paid": 100,
}


def main(path: Path) -> None:
    """Open the workbook, type, and say how long each step took."""
    import docbuilder  # noqa: PLC0415 (installed by hand, not part of the lock)

    def timed(name: str, script: str) -> None:
        start = time.perf_counter()
        builder.ExecuteCommand(script)
        print(f"{name}: {time.perf_counter() - start:.2f} s")

    builder = docbuilder.CDocBuilder()
    start = time.perf_counter()
    if builder.OpenFile(str(path.resolve()), "") != 0:
        sys.exit(f"ONLYOFFICE did not open {path}")
    print(f"open: {time.perf_counter() - start:.2f} s")
    sheet = f'Api.GetSheet("{ROSTER_SHEET}")'
    typed = "".join(
        f'sheet.GetRange("{LETTERS[key]}{row}").SetValue("{value}");'
        for row in range(FIRST_ROW, FIRST_ROW + ROWS)
        for key, value in (_PERSON | {"household": row}).items()
    )
    timed(f"{ROWS} rows typed in", f"var sheet = {sheet}; {typed}")
    last = FIRST_ROW + ROWS - 1
    timed("one more edit", f'{sheet}.GetRange("{LETTERS["category"]}{last}").SetValue("特困");')
    context = builder.GetContext()
    value = context.GetGlobal()["Api"].GetSheet(ROSTER_SHEET).GetRange(f"{LETTERS['medical_due']}{last}").GetText()
    print("医保应收 of the last row:", value.ToString())
    builder.CloseFile()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "workbooks/template_roster.xlsm")
