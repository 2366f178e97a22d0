"""Make invented rosters of the whole district, as the units would send them:

    python scripts/make_samples.py --out DIR [--notice FOLDER] [--scale S] [--full UNIT] [--seed N] [--jobs N]
                                   [--mistakes RATE] [--habits RATE] [--payments RATE] [--truth FILE] [--figures FILE]

By the district's own notice, scale 1 is 461,604 people; another notice needs a description in scripts/samples/notices.
Most units send one book, some a book for each village (in a folder of their own), some have an older edition in the
folder too; one is late with its collecting, one did not report this half month, one never reports at all. The same
scale, seed and rate give the same files. All people are invented; their IDs have the area code 990000, which does not
exist.

With --mistakes that share of the people has a mistake, of every kind that the checks know; each file has at most one of
its own, and the folder holds what else lies in such folders: copies, half a file, last year's book. With --habits that
share is written in some way that is no mistake (words of the household register, blanks, wide digits). --truth is a CSV
of all that must be found: file, row (0 for the file), column, code; each row of a finding over several. --figures is a
JSON of what the district must come to, in the shape of `merge --json`. Both are worked out from the people as they were
invented, by nothing of the program that they are to test.
"""

from __future__ import annotations

import argparse
import csv
import gc
import json
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]  # run as a script, only its own folder is on the path

from scripts.samples import figures, files, others, payments  # noqa: E402
from scripts.samples.book_habits import BOOK_HABITS  # noqa: E402
from scripts.samples.figures import Found  # noqa: E402
from scripts.samples.notice import LENGSHUITAN, Notice, load  # noqa: E402
from scripts.samples.units import Unit, books, plan  # noqa: E402

BOOKS = 0.7
"""Share of the books that are kept by some habit, where there are habits."""
Truth = list[tuple[str, int, str, str]]
"""File, row, column, code."""


def make(
    notice: Notice,
    out: Path,
    scale: float,
    seed: int = 1,
    jobs: int = 1,
    rate: float = 0,
    *,
    full: str = "",
    habits: float = 0,
    listed: float | None = None,
) -> tuple[list[Found], Truth]:
    """Write the rosters of all units into a folder; gives what they come to, and what must be found in them."""
    # the largest first, so that no process is left with a large one at the end
    ordered = sorted(plan(notice, scale, seed, rate, full, habits), key=lambda unit: -unit.people)
    write = partial(write_unit, out=out, seed=seed, listed=listed)
    if jobs == 1:
        made = list(map(write, ordered))
    else:
        with ProcessPoolExecutor(jobs) as pool:
            made = list(pool.map(write, ordered))
    truth = [line for _, truth in made for line in truth]
    if listed is not None:
        truth += payments.write([line for found, _ in made for line in found.listed], out)
    return [found for found, _ in made], sorted(truth)


def write_unit(unit: Unit, out: Path, seed: int, listed: float | None) -> tuple[Found, Truth]:
    """Invent one unit and write its books; with `listed` people differ at that rate from the tax office's list."""
    sent = books(unit, seed)
    lines = [] if listed is None else payments.enter(unit, sent, seed, listed)
    for book, code in zip(sent, unit.file_mistakes, strict=False):
        files.FILE_MISTAKES[code](book, Random(f"{seed}/{book.name}"))
    if unit.habits:
        for book in sent[len(unit.file_mistakes) :]:
            rng = Random(f"{seed}/{book.name}/habits")
            if not book.replaced and rng.random() < BOOKS:
                rng.choice(BOOK_HABITS)(book, rng)
    for book in sent:
        files.write(book, out / book.name)
    unit_figures = figures.reckon(unit, sent, lines)
    if unit.others:
        unit_figures.files += others.put(next(book for book in reversed(sent) if not book.replaced), out)
    return unit_figures, [line for book in sent if not book.replaced for line in book.truth()]


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line, write the files, say how many people there are."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument(
        "--notice",
        type=Path,
        default=LENGSHUITAN,
        metavar="FOLDER",
        help="by which notice (default: the district's own)",
    )
    words.add_argument("--out", type=Path, required=True, help="folder for the rosters, made if it is not there")
    words.add_argument("--scale", type=float, default=0.01, help="1 is the whole district (default: 0.01)")
    words.add_argument("--full", default="", metavar="UNIT", help="a unit that has all its people at any scale")
    words.add_argument("--seed", type=int, default=1, help="another number gives other people (default: 1)")
    words.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)")
    words.add_argument("--mistakes", type=float, default=0, metavar="RATE", help="share of the people with a mistake")
    words.add_argument(
        "--habits", type=float, default=0, metavar="RATE", help="share of the people written by some habit"
    )
    words.add_argument(
        "--payments", type=float, metavar="RATE", help="a list of the tax office, and the share of who differs from it"
    )
    words.add_argument("--truth", type=Path, metavar="FILE", help="CSV of what must be found")
    words.add_argument("--figures", type=Path, metavar="FILE", help="JSON of what the district must come to")
    given = words.parse_args(arguments)
    notice = load(given.notice.resolve())
    if given.full and given.full not in notice.units:
        words.error(f"argument --full: {given.full} is none of {', '.join(notice.units)}")
    if given.payments is not None and (given.mistakes or given.habits):
        words.error("argument --payments: only of people without mistakes and habits")
    how = (notice, given.out, given.scale, given.seed, given.jobs, given.mistakes)
    units, truth = make(*how, full=given.full, habits=given.habits, listed=given.payments)
    if given.truth:
        with given.truth.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([("file", "row", "column", "code"), *truth])
    if given.figures:
        text = json.dumps(figures.district(notice, units), ensure_ascii=False, indent=1) + "\n"
        given.figures.write_text(text, encoding="utf-8", newline="\n")
    people = sum(file["persons"] for unit in units for file in unit.files if file["status"] == "merged")
    print(f"{people:,} invented people in {given.out}")


if __name__ == "__main__":
    gc.disable()  # half a million people have no cycles
    main()
