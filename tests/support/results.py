"""File results for the tests of merging, reduced from rosters in memory."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from addin import checks
from addin import roster as rosters_module
from addin.district import FileResult, assemble, reduce_roster
from addin.district.records import District, UnitFigures
from addin.findings import Refusal
from addin.registers import Index
from tests.support import rosters

SECRET = b"for the tests only"
INDEX = Index(SECRET)


def result(name: str, *people: Mapping[str, Any], sha256: str | None = None, **cover: Any) -> FileResult:
    """One received file of these people."""
    book = rosters.book(people, **cover)
    roster = rosters_module.read(SimpleNamespace(sheets=book.sheets, notes=()), rosters.POLICY, name)
    if isinstance(roster, Refusal):
        return FileResult(name, sha256 or name, rosters.POLICY.id, refusal=roster)
    return reduce_roster(roster, checks.check(roster), SECRET, sha256 or name)


def district(*results: FileResult) -> District:
    """The district of these files."""
    return assemble(results, rosters.POLICY)


def figures_of(merge: District, township: str = "普利桥镇", scheme: str = "medical") -> UnitFigures:
    """One unit's figures in one scheme."""
    return next(unit for unit in merge.units if (unit.township, unit.scheme) == (township, scheme))


def people(count: int, start: int = 0, **differs: Any) -> list[dict[str, Any]]:
    """Ordinary heads of households of their own, with IDs and receipts of their own."""
    return [
        rosters.person(
            household=str(start + n),
            id_number=invented_id(start + n),
            medical_receipt=f"M{start + n}",
            pension_receipt=f"M{start + n}",
            **differs,
        )
        for n in range(count)
    ]


def invented_id(serial: int, birth: datetime = datetime(1980, 1, 1)) -> str:
    """An ID of the area 990000, which does not exist, with its check digit."""
    body = f"990000{birth:%Y%m%d}{serial % 1000:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]
