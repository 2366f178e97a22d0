"""Make invented rosters of the whole district, as the units would send them:

    python scripts/make_samples.py --out DIR [--scale S] [--seed N] [--jobs N]

Scale 1 is 461,604 people. Most units send one book, some a book for each village (in a folder of their own), some have
an older edition in the folder too; one is late with its collecting, one did not report this half month, one never
reports at all. The same scale and seed give the same files. All people are invented; their IDs have the area code
990000, which does not exist.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]  # run as a script, only its own folder is on the path

from addin import policy, template  # noqa: E402
from scripts.samples.families import Cell, Person  # noqa: E402
from scripts.samples.notice import LOWEST, SCHEMES, dues  # noqa: E402
from scripts.samples.units import Book, Unit, books, plan  # noqa: E402


def make(out: Path, scale: float, seed: int = 1, jobs: int = 1) -> int:
    """Write the rosters of all units into a folder; gives the number of people that they hold, each counted once."""
    units, _ = plan(scale, seed)
    # the largest first, so that no process is left with a large one at the end
    ordered = sorted(units, key=lambda unit: -unit.people)
    one = partial(write_unit, out=out, seed=seed)
    if jobs == 1:
        return sum(map(one, ordered))
    with ProcessPoolExecutor(jobs) as pool:
        return sum(pool.map(one, ordered))


def write_unit(unit: Unit, out: Path, seed: int) -> int:
    """Invent one unit and write its books; gives the number of its people."""
    sent = books(unit, seed)
    for book in sent:
        write(book, out / book.name)
    return sum(len(book.people) for book in sent if not book.replaced)


def write(book: Book, path: Path) -> None:
    """Write one book in the template's layout."""
    path.parent.mkdir(parents=True, exist_ok=True)
    template.write_roster(path, policy.load(), book.cover, map(calculated, book.people))


def calculated(person: Person) -> dict[str, Cell]:
    """A person's row with the computed columns as a spreadsheet would have calculated them."""
    row = dict(person.cells)
    for scheme in SCHEMES:
        tier = row.get("tier")
        if person.claims(scheme):
            owed = dues(scheme, person.held, tier if isinstance(tier, int) else LOWEST)
            row |= {f"{scheme}_due": owed.cash, f"{scheme}_subsidy": owed.subsidy}
            if scheme == "medical":
                row["medical_refund"] = owed.refund
    return row


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line, write the files, say how many people there are."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--out", type=Path, required=True, help="folder for the rosters, made if it is not there")
    words.add_argument("--scale", type=float, default=0.01, help="1 is the whole district (default: 0.01)")
    words.add_argument("--seed", type=int, default=1, help="another number gives other people (default: 1)")
    words.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)")
    given = words.parse_args(arguments)
    written = make(given.out, given.scale, given.seed, given.jobs)
    print(f"{written:,} invented people in {given.out}")


if __name__ == "__main__":
    main()
