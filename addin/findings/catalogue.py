"""The catalogue: the record of a code, the collection of all codes, and the makers of findings and refusals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, Required, TypedDict, Unpack, overload

from addin.columns import Scheme
from addin.findings.records import Finding, Refusal, Severity

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

MOST_PLACES = 1000
"""Rows named in a finding about many rows."""
_FEW = 20
_NO_WORDS: Mapping[str, object] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One code of the catalogue.

    Three digits are findings, R a file that is refused, S one that is skipped, C one that another takes the place of.
    `problem`, `remedy` and `example` are sentences with {words} that the maker fills in. `blocks` names the schemes for
    which an offending row is not counted; where that depends on the row, `blocks_some` says it in words. `entry` names
    the policy entry whose article is cited ('' for what the notice does not speak of).
    """

    code: str
    title: str
    problem: str
    remedy: str = ""
    severity: Severity = "error"
    example: str = ""
    entry: str = ""
    blocks: tuple[Scheme, ...] = ()
    blocks_some: str = ""


CATALOGUE: dict[str, Code] = {}
"""Every code of the modules imported so far; all of them once `addin.checks` is imported."""


def declare(*codes: Code) -> None:
    """Add codes to the catalogue. Raises `ValueError` for a code or a title that is taken."""
    for code in codes:
        if code.code in CATALOGUE or any(code.title == other.title for other in CATALOGUE.values()):
            raise ValueError(f"{code.code} {code.title} is declared twice")
        CATALOGUE[code.code] = code


def title(code: str) -> str:
    """A code's title, or the code itself where a newer program has made the finding."""
    return CATALOGUE[code].title if code in CATALOGUE else code


class FindingFields(TypedDict, total=False):
    """Further fields of `Finding` that its maker takes."""

    severity: Severity
    blocks: tuple[Scheme, ...]
    key: str | None
    village: str
    household: str
    name: str
    value: str
    problem: str
    article: str
    count: int
    places: tuple[int, ...]
    township: str


class ColumnFields(TypedDict, total=False):
    """Fields of a finding about its column, and the policy whose article it cites."""

    column: str | None
    header: Required[str]
    key: str
    blocks: tuple[Scheme, ...]
    article: str
    policy: Articles


class Articles(Protocol):
    """The part of a policy that the makers use."""

    def article(self, name: str) -> str:
        """The article of an entry."""


def make_finding(
    code: str,
    file: str,
    sheet: str,
    words: Mapping[str, object] = _NO_WORDS,
    *,
    policy: Articles | None = None,
    row: int | None = None,
    column: str | None = None,
    header: str | None = None,
    **fields: Unpack[FindingFields],
) -> Finding:
    """A finding in the catalogue's words; `fields` are further fields of `Finding`.

    `header` is the code's title where the finding is about no column. Raises `KeyError` for an unknown code or a word
    that is missing.
    """
    known = CATALOGUE[code]
    given: FindingFields = {
        "severity": known.severity,
        "blocks": known.blocks,
        "article": policy.article(known.entry) if policy and known.entry else "",
    }
    if "problem" not in fields:
        given["problem"] = known.problem.format_map(words)
    return Finding(
        file,
        sheet,
        row,
        column,
        code,
        header=known.title if header is None else header,
        remedy=known.remedy.format_map(words),
        example=known.example.format_map(words),
        **(given | fields),
    )


def make_refusal(
    code: str, words: Mapping[str, object] = _NO_WORDS, *, problem: str | None = None, remedy: str | None = None
) -> Refusal:
    """A refusal in the catalogue's words; `problem` and `remedy` replace them where a place can say more exactly."""
    known = CATALOGUE[code]
    return Refusal(
        code,
        known.problem.format_map(words) if problem is None else problem,
        known.remedy.format_map(words) if remedy is None else remedy,
    )


# ---------------------------------------------------------------- a column that fails alike


@overload
def fails_alike(count: int, rows: int) -> bool: ...


@overload
def fails_alike(count: Ints, rows: Ints) -> npt.NDArray[np.bool_]: ...


def fails_alike(count: int | Ints, rows: int | Ints) -> bool | npt.NDArray[np.bool_]:
    """Whether so many of a column's rows make one finding for the column: more than a fifth of it, and more than a few.

    Numbers, or arrays of them.

    >>> fails_alike(21, 100), fails_alike(20, 50), fails_alike(21, 105)
    (True, False, False)
    """
    return (count > _FEW) & (5 * count > rows)


def _column_problem(code: str, header: str, count: int, unit: str) -> str:
    return f"“{header}”列有{count}{unit}同样的问题：{CATALOGUE[code].title}。"


def column_finding(
    code: str,
    file: str,
    sheet: str,
    words: Mapping[str, object] = _NO_WORDS,
    *,
    count: int,
    places: Iterable[int],
    **fields: Unpack[ColumnFields],
) -> Finding:
    """One finding for a column of which `count` people fail alike; `places` are their rows, in order."""
    problem = _column_problem(code, fields["header"], count, "人")
    rows = tuple(places)[:MOST_PLACES]
    return make_finding(code, file, sheet, words, problem=problem, count=count, places=rows, **fields)


def group_if_alike(same: Sequence[Finding], rows: int, unit: str = "人") -> list[Finding]:
    """Findings of one code and column as they are, or as one where they are many of the column's `rows`."""
    if not fails_alike(len(same), rows):
        return list(same)
    first = same[0]
    whole = replace(
        first,
        row=None,
        blocks=tuple(sorted({scheme for finding in same for scheme in finding.blocks})),
        village="",
        household="",
        name="",
        value="",
        problem=_column_problem(first.code, first.header, len(same), unit),
        count=len(same),
        places=tuple(finding.row or 0 for finding in same[:MOST_PLACES]),
        township="",
    )
    return [whole]
