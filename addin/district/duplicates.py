"""People and receipts met in several places, 三(四): owners, and findings over several books.

Found partition by partition: a partition is a range of the keyed hashes, the same in every file, so that no more than
one range of all files is ever in memory. What stays are the rows that have met another, and of their files the few
facts that lists and findings need.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from addin import columns
from addin.columns import Scheme
from addin.district.file_result import BUCKETS, CLAIMED, FULL, KINDS, Hashed
from addin.district.records import DuplicateLine
from addin.district.submissions import Chosen, sub
from addin.district.tally import Tally, tally
from addin.findings import MOST_PLACES, ColumnFields, Finding, Who, column_finding, fails_alike, make_finding
from addin.policy import SCHEMES, Policy

PARTITION = 1_000_000
"""Rows processed together, which takes about 200 MB."""
MOST_TWINS = 5
"""Other rows of a person that a finding names."""


@dataclass
class Overlaps:
    """Results over all files: tallies without people who belong elsewhere, findings, duplicates."""

    tallies: dict[tuple[int, Scheme], Tally]
    findings: list[Finding]
    duplicates: list[DuplicateLine]


DUPLICATE_RULES = {"medical": "401", "pension": "402"}
OWNER_RULE, NAMES_RULE, RECEIPT_RULE = "403", "404", "809"
BETWEEN_FILES = (*DUPLICATE_RULES.values(), OWNER_RULE, NAMES_RULE, RECEIPT_RULE)
"""The codes that only show where rows of several households or files meet."""


def overlaps(chosen: Sequence[Chosen], policy: Policy) -> Overlaps:
    """Duplicates with their owners, names that differ for one ID, receipts used by several households."""
    met, receipts = _met(chosen), _shared_receipts(chosen)
    if met.empty and receipts.empty:
        return Overlaps({}, [], [])
    twice = {scheme: _claimed_twice(met, chosen, scheme, policy) for scheme in policy.schemes}
    named = met[met.groupby(["k", "k1"], sort=False)["name"].transform("nunique") > 1]
    losers = {scheme: lines[~lines["owner"]] for scheme, lines in twice.items()}
    receipts["wide"] = _wide(receipts, chosen, "scheme")
    apart = receipts[receipts["k"].isin(receipts.loc[~receipts["wide"], "k"])]
    columns_of = receipts[receipts["wide"]]
    first_rows = columns_of.groupby(["file", "scheme"]).head(MOST_PLACES)
    people = _People(chosen, policy, [*twice.values(), named, apart, first_rows], losers)
    findings = [finding for scheme, lines in twice.items() for finding in people.duplicate_findings(lines, scheme)]
    return Overlaps(
        people.tallies,
        findings + people.name_findings(named) + people.receipt_findings(apart, columns_of),
        [line for scheme, lines in twice.items() for line in people.duplicate_lines(lines, scheme)],
    )


# ---------------------------------------------------------------- who has met


def _partitions(chosen: Sequence[Chosen], what: Hashed) -> Iterator[pd.DataFrame]:
    """The hashed rows of all files that count whose hash is met more than once, with the file each is from.

    A range of hashes at a time.
    """
    files = [(file, book.result) for file, book in enumerate(chosen) if book.counts]
    rows = sum(result.starts[what][-1] for _, result in files)
    step = max(1, BUCKETS * PARTITION // max(rows, 1))
    for first in range(0, BUCKETS, step):
        parts = [(file, result.hashes(what, first, min(first + step, BUCKETS))) for file, result in files]
        if parts:
            rows_of_all = np.concatenate([part for _, part in parts])
            several = pd.Series(rows_of_all["k"]).duplicated(keep=False).to_numpy()
            if not several.any():
                continue
            met = rows_of_all[several]
            frame = pd.DataFrame({name: met[name] for name in met.dtype.names or ()})
            yield frame.assign(file=np.repeat([file for file, _ in parts], [len(part) for _, part in parts])[several])


def _met(chosen: Sequence[Chosen]) -> pd.DataFrame:
    """Every row whose ID stands in another row too, whatever its status."""
    frames = [frame[frame.duplicated(["k", "k1"], keep=False)] for frame in _partitions(chosen, "identities")]
    names = ["k", "k1", "name", "at", "flags", "file", *(f"{scheme}_day" for scheme in SCHEMES)]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=names, dtype=np.int64)


def _shared_receipts(chosen: Sequence[Chosen]) -> pd.DataFrame:
    """Every row whose receipt is used by another household too."""
    counts = np.array([[scheme in book.counts for scheme in SCHEMES] for book in chosen], dtype=bool).reshape(
        -1, len(SCHEMES)
    )
    frames = []
    for frame in _partitions(chosen, "receipts"):
        used = frame[counts[frame["file"], frame["scheme"]]]
        several = used.duplicated("k", keep=False)
        used = _homes_of_kinds(used[several])
        homes = used.drop_duplicates(["k", "home"])
        frames.append(used[used["k"].isin(homes.loc[homes.duplicated("k"), "k"])])
    names = ["k", "home", "at", "scheme", "file"]
    every = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=names, dtype=np.int64)
    # within a partition the rows are in the order of the hashes, which differs from run to run
    return every.sort_values(["file", "at", "scheme"], kind="stable", ignore_index=True)


def _homes_of_kinds(receipts: pd.DataFrame) -> pd.DataFrame:
    """The receipts with the kind of village told in `home`: 桥亭 is 桥亭村 or 桥亭社区 where either used the same receipt."""
    kind = receipts["kind"]
    if (kind == 0).any():
        kind = kind.where(kind > 0, receipts.groupby(["k", "home"])["kind"].transform("max"))
    home = receipts["home"].to_numpy(np.uint64) * np.uint64(len(KINDS)) + kind.to_numpy(np.uint64)
    return receipts.assign(home=home)


def _claimed_twice(met: pd.DataFrame, chosen: Sequence[Chosen], scheme: Scheme, policy: Policy) -> pd.DataFrame:
    """Rows that claim one person for one scheme, with `owner`: the fully paid and earliest, then in fixed order."""
    counts = np.array([scheme in book.counts for book in chosen], dtype=bool)
    claims = met[((met["flags"] & CLAIMED[scheme]) > 0) & counts[met["file"]]]
    claims = claims[claims.duplicated(["k", "k1"], keep=False)]
    order = {unit: n for n, unit in enumerate(policy.ordered_units(scheme))}
    units = np.array([order[sub(book).township] if book.counts else 0 for book in chosen], dtype=np.int64)
    day = claims[f"{scheme}_day"]
    # files are in the order of their names, people in that of their rows
    twice = claims.assign(
        unpaid=(claims["flags"] & FULL[scheme]) == 0, when=day.where(day > 0, 10**7), unit=units[claims["file"]]
    ).sort_values(["k", "k1", "unpaid", "when", "unit", "file", "at"], kind="stable", ignore_index=True)
    return twice.assign(owner=~twice.duplicated(["k", "k1"]))


def _wide(lines: pd.DataFrame, chosen: Sequence[Chosen], *by: str) -> npt.NDArray[np.bool_]:
    """The lines of files that have more than a fifth of their rows among these: there one finding is for the column."""
    count = lines.groupby(["file", *by])["at"].transform("size").to_numpy(dtype=np.int64)
    persons = np.array([book.result.persons for book in chosen], dtype=np.int64)
    return np.asarray(fails_alike(count, persons[lines["file"].to_numpy(dtype=np.intp)]))


# ---------------------------------------------------------------- what is said of them


@dataclass(frozen=True, slots=True)
class _Person:
    """One row as lists and findings show it."""

    row: int
    who: Who
    shown: str
    odd: str


class _Row(Protocol):
    """A row of one of the frames; each frame has some of these, and only what reads it asks for them."""

    file: int
    at: int
    owner: bool
    wide: bool
    name: int
    home: int
    scheme: int


def _rows(lines: pd.DataFrame) -> list[_Row]:
    return cast("list[_Row]", list(lines.itertuples()))


@dataclass
class _People:
    """The rows that meet another one, and the lines and findings about them."""

    chosen: Sequence[Chosen]
    policy: Policy
    met: Sequence[pd.DataFrame]
    losers: dict[Scheme, pd.DataFrame]
    known: dict[tuple[int, int], _Person] = field(default_factory=dict)
    tallies: dict[tuple[int, Scheme], Tally] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Open each file that holds one of them, one by one, and count it anew where somebody belongs elsewhere."""
        wanted: dict[int, set[int]] = defaultdict(set)
        for lines in self.met:
            for file, at in zip(lines["file"].tolist(), lines["at"].tolist(), strict=True):
                wanted[file].add(at)
        for file, places in sorted(wanted.items()):
            details = self.chosen[file].result.details_of()
            few = sorted(places)
            rows = details.people["row"].iloc[few].tolist()
            for at, row, who in zip(few, rows, details.who(few), strict=True):
                self.known[file, at] = _Person(
                    row,
                    who,
                    details.shown[at],
                    details.odd_names.get(at, ""),
                )
            for scheme, lines in self.losers.items():
                elsewhere: npt.NDArray[np.bool_] = np.zeros(len(details.people), dtype=np.bool_)
                elsewhere[lines.loc[lines["file"] == file, "at"].to_numpy(dtype=np.int64)] = True
                if elsewhere.any():
                    self.tallies[file, scheme] = tally(
                        details.people, details.cases[scheme], scheme, self.policy, elsewhere
                    )

    def duplicate_lines(self, twice: pd.DataFrame, scheme: Scheme) -> list[DuplicateLine]:
        """The list of duplicates; groups in the order of their owners' places, for the hashes' differs."""
        groups: list[list[tuple[bool, int, DuplicateLine]]] = []
        for row in _rows(twice):
            person, day = self.known[row.file, row.at], int(getattr(row, f"{scheme}_day"))
            chosen, owner = self.chosen[row.file], bool(row.owner)
            paid_day = date.fromordinal(day) if day else None
            line = DuplicateLine(
                scheme,
                person.who["name"],
                person.shown,
                sub(chosen).township,
                chosen.result.name,
                person.row,
                owner,
                paid_day,
            )
            if owner:  # the owner is the first of each group
                groups.append([])
            groups[-1].append((not owner, int(row.file), line))
        in_order = sorted(
            (sorted(group, key=lambda entry: (entry[0], entry[1], entry[2].row)) for group in groups),
            key=lambda group: (group[0][1], group[0][2].row),
        )
        return [line for group in in_order for _, _, line in group]

    def duplicate_findings(self, twice: pd.DataFrame, scheme: Scheme) -> list[Finding]:
        twice = twice.assign(wide=_wide(twice, self.chosen, "owner"))
        rule = {False: DUPLICATE_RULES[scheme], True: OWNER_RULE}
        findings = []
        for owners, of_columns in twice[twice["wide"]].groupby("owner"):
            findings += self._of_columns(of_columns, rule[bool(owners)], "id_number")
        for lines in _groups(twice, ["k", "k1"]):
            owner = lines[0]
            for line in lines[1:]:
                if not line.wide:
                    findings.append(self._finding(line, rule[False], "id_number", self._place(owner, line), scheme))
            if not owner.wide:
                findings.append(self._finding(owner, rule[True], "id_number", self._places(lines[1:], owner), scheme))
        return findings

    def name_findings(self, named: pd.DataFrame) -> list[Finding]:
        named = named.assign(wide=_wide(named, self.chosen))
        findings = self._of_columns(named[named["wide"]], NAMES_RULE, "name")
        for lines in _groups(named, ["k", "k1"]):
            spellings = list({line.name: line for line in reversed(lines)}.values())[::-1]
            for line in lines:
                others = [other for other in spellings if other.name != line.name]
                if not line.wide:
                    finding = self._finding(line, NAMES_RULE, "name", self._places(others, line))
                    if odd := self._odd(line, others):
                        finding = replace(finding, problem=f"{finding.problem}{odd}")
                    findings.append(finding)
        return findings

    def _odd(self, line: _Row, others: Sequence[_Row]) -> str:
        """The characters of the names that may be taken for others: two that differ may look alike."""
        here = self.known[line.file, line.at].odd
        there = next((odd for other in others if (odd := self.known[other.file, other.at].odd)), "")
        words = "，".join(filter(None, (here and f"本行姓名{here}", there and f"那一处姓名{there}")))
        return f"{words}。" if words else ""

    def receipt_findings(self, receipts: pd.DataFrame, columns_of: pd.DataFrame) -> list[Finding]:
        findings = []
        for number, scheme in enumerate(SCHEMES):
            own = columns_of[columns_of["scheme"] == number]
            findings += self._of_columns(own, RECEIPT_RULE, f"{scheme}_receipt")
        for lines in _groups(receipts, ["k"]):
            homes = list({line.home: line for line in reversed(lines)}.values())[::-1][: MOST_TWINS + 2]
            for line in lines:
                others = [other for other in homes if other.home != line.home]
                if not line.wide:
                    key = f"{SCHEMES[line.scheme]}_receipt"
                    findings.append(self._finding(line, RECEIPT_RULE, key, self._places(others, line)))
        return findings

    def _of_columns(self, lines: pd.DataFrame, code: str, key: str) -> list[Finding]:
        """One finding for each file, with the first of its rows."""
        findings = []
        for file, own in ((cast(int, file), own) for file, own in lines.groupby("file")):
            places = tuple(self.known[file, at].row for at in np.sort(own["at"])[:MOST_PLACES].tolist())
            result = self.chosen[file].result
            of_key = self._of_key(file, key)
            findings.append(column_finding(code, result.name, result.sheet, count=len(own), places=places, **of_key))
        return findings

    def _places(self, others: Sequence[_Row], line: _Row) -> str:
        """Where the other rows of a person are, the first few: a number filled down a column has thousands."""
        places = list(dict.fromkeys(self._place(other, line) for other in others[: 4 * MOST_TWINS]))
        more = "等处" if len(places) > MOST_TWINS or len(others) > 4 * MOST_TWINS else ""
        return "、".join(places[:MOST_TWINS]) + more

    def _place(self, other: _Row, line: _Row) -> str:
        """Where another row of a person is; of another unit only the name is shown, never its rows."""
        there, here = sub(self.chosen[other.file]), sub(self.chosen[line.file])
        if there.township != here.township:
            return there.township
        book = "" if other.file == line.file else f"“{self.chosen[other.file].result.name}”"
        return f"本单位{book}第{self.known[other.file, other.at].row}行"

    def _finding(self, line: _Row, code: str, key: str, where: str, scheme: Scheme | None = None) -> Finding:
        person = self.known[line.file, line.at]
        result = self.chosen[line.file].result
        return make_finding(
            code,
            result.name,
            result.sheet,
            {"where": where, "scheme": self.policy.schemes[scheme].name if scheme else ""},
            row=person.row,
            value=person.shown if key == "id_number" else "",
            **person.who,
            **self._of_key(line.file, key),
        )

    def _of_key(self, file: int, key: str) -> ColumnFields:
        """The fields of a finding that describe its column."""
        column = self.chosen[file].result.letters.get(key)
        return {"policy": self.policy, "column": column, "key": key, "header": columns.BY_KEY[key].header}


def _groups(lines: pd.DataFrame, by: list[str]) -> Iterator[list[_Row]]:
    """The lines that belong together, in the frame's order, of groups with anything to be said of a single line."""
    if lines.empty:
        return
    told_singly = lines[~lines.groupby(by)["wide"].transform("all").astype(bool)]
    places = told_singly.groupby(by, sort=False).indices
    rows = _rows(told_singly)
    for indexes in places.values():
        yield [rows[n] for n in indexes]
