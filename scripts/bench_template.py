"""Time LibreOffice on filled rosters: everything worked out anew, then one more cell typed in.

    python scripts/bench_template.py [ROWS ...]

Prints for each size the megabytes of the filled roster, the seconds of a whole calculation (the least of three; wall
and the office's own CPU), of a typed cell with all that hangs on it, and the machine's load. Needs LibreOffice.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]  # run as a script, only its own folder is on the path

from addin.columns import FIRST_ROW, LETTERS, READY_ROWS, ROSTER_SHEET  # noqa: E402
from addin.output import template  # noqa: E402
from scripts.samples.people import identity_number  # noqa: E402
from tests.support import rosters  # noqa: E402
from tests.support.notices import LENGSHUITAN  # noqa: E402
from tests.support.office import Office, cell  # noqa: E402

_CATEGORIES = ("", "", "", "", "", "低保", "建档立卡贫困人口", "重度残疾", "低保、重度残疾")


def people(count: int) -> Iterator[Mapping[str, object]]:
    """People who all pay, in households of three, each with a document and a receipt of their own."""
    rng = random.Random(count)
    for n in range(count):
        yield rosters.ORDINARY | {
            "name": f"张三{n}",
            "household": f"{n // 3:05}",
            "id_number": identity_number(f"{1950 + n % 60}{1 + n % 12:02}{1 + n % 28:02}", n % 999),
            "category": rng.choice(_CATEGORIES),
            "tier": rng.choice((100, 200, 300)),
            "medical_receipt": f"LS{n:06}",
        }


def seconds(work: Callable[[], object], folder: str) -> tuple[float, float]:
    """Wall and CPU seconds of something that the office with its profile in `folder` does."""
    start, used = time.perf_counter(), _cpu(folder)
    work()
    return time.perf_counter() - start, _cpu(folder) - used


def _cpu(folder: str) -> float:
    ticks = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if folder in (process / "cmdline").read_text():
                fields = (process / "stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
        except (OSError, UnicodeDecodeError):  # it has ended meanwhile
            continue
    return ticks / os.sysconf("SC_CLK_TCK")


def measure(office: Office, folder: Path, rows: int) -> str:
    """One line of figures."""
    path = folder / f"{rows}.xlsx"
    template.write_roster(path, LENGSHUITAN, rosters.COVER, people(rows))
    document = office.load(path)
    typed: Any = cell(document, ROSTER_SHEET, f"{LETTERS['category']}{FIRST_ROW + rows // 2}")
    due: Any = cell(document, ROSTER_SHEET, f"{LETTERS['medical_due']}{FIRST_ROW + rows // 2}")
    try:
        wall, cpu = min(seconds(document.calculateAll, str(folder)) for _ in range(3))
        typed.String = ""
        before = due.Value

        def edit() -> None:
            typed.String = "特困"

        edited, _ = seconds(edit, str(folder))
        assert due.Value != before, "the typed cell has changed nothing"
    finally:
        document.close(True)
    return (
        f"{rows} rows, {path.stat().st_size / 1e6:.1f} MB: everything {wall:.2f} s (CPU {cpu:.2f} s), "
        f"one more cell {edited:.3f} s; load {os.getloadavg()[0]:.1f}"
    )


def main(words: list[str]) -> None:
    """Measure each size."""
    with tempfile.TemporaryDirectory() as name, Office("soffice", Path(name)) as office:
        for rows in map(int, words or map(str, READY_ROWS)):
            print(measure(office, Path(name), rows), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
