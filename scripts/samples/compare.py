"""Compares the program's findings and figures for a folder of samples with the expected ones.

    python -m scripts.samples.compare OUT.json TRUTH.csv FIGURES.json

In: `merge --json`, the truth and the figures of `make_samples`. Out: every disagreement in words; none is the aim.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

TABLES = {
    "files": ("name",),
    "reported": ("township",),
    "units": ("township", "scheme"),
    "funding": ("township", "scheme", "category", "funder", "department", "to"),
    "cash": ("township", "scheme"),
    "coverage": ("township", "scheme", "category"),
    "series": ("township", "scheme", "date"),
    "duplicates": ("scheme", "file", "row"),
    "payments": ("township", "scheme", "code"),
}
"""The tables, and what tells their lines apart."""
MOST_PLACES = 1000
"""A grouped finding names this many places and counts the rest."""


def disagreements(
    said: Mapping[str, Any], truth: Iterable[Sequence[Any]], figures: Mapping[str, Any]
) -> list[str]:  # fmt: skip
    """Each place and each figure in which the two differ."""
    differences = [
        f"{key}: {said[key]}, must be {figures[key]}" for key in ("policy", "through") if said[key] != figures[key]
    ]
    for scheme, line in figures["district"].items():
        differences += _line(f"district {scheme}", said["district"][scheme], line)
    said = {**said, "payments": said.get("lists", {}).get("payments", [])}
    for table, keys in TABLES.items():
        ours, theirs = (
            {tuple(line[key] for key in keys): line for line in side.get(table, [])} for side in (said, figures)
        )
        differences += [f"{table}: nothing said of {key}" for key in theirs.keys() - ours.keys()]
        differences += [f"{table}: surplus {key}" for key in ours.keys() - theirs.keys()]
        for key in theirs.keys() & ours.keys():
            differences += _line(f"{table} {key}", ours[key], theirs[key])
    return differences + _findings(said["findings"], truth)


def _line(where: str, said: Mapping[str, Any], must: Mapping[str, Any]) -> list[str]:
    """Only what the oracle knows is compared."""
    return [
        f"{where}, {key}: {said.get(key)}, must be {value}" for key, value in must.items() if said.get(key) != value
    ]


def _findings(said: Iterable[Mapping[str, Any]], truth: Iterable[Sequence[Any]]) -> list[str]:
    must = Counter((str(file), int(row), str(column), str(code)) for file, row, column, code in truth)
    ours: Counter[tuple[str, int, str, str]] = Counter()
    for finding in said:
        file, column, code = finding["file"], finding["column"] or "", finding["code"]
        places = finding["places"] or [finding["row"] or 0]
        ours.update((file, row, column, code) for row in places)
        if finding["count"] > len(places) == MOST_PLACES:
            rest = (
                place for place in must if place[0] == file and place[2:] == (column, code) and place[1] > places[-1]
            )
            ours.update(sorted(rest)[: finding["count"] - MOST_PLACES])
    lines = [f"not found: {' '.join(map(str, place))}" for place in sorted((must - ours).elements())]
    return lines + [f"false: {' '.join(map(str, place))}" for place in sorted((ours - must).elements())]


def main(said: str, truth: str, figures: str) -> None:
    """Print the disagreements; exit code 1 if there are any."""
    with Path(truth).open(encoding="utf-8", newline="") as file:
        places = list(csv.reader(file))[1:]
    texts = [json.loads(Path(path).read_text(encoding="utf-8")) for path in (said, figures)]
    differences = disagreements(texts[0], places, texts[1])
    print("\n".join(differences) or f"{len(places):,} findings and all figures agree")
    sys.exit(bool(differences))


if __name__ == "__main__":
    main(*sys.argv[1:])
