"""The district as plain data: what `--json` writes (docs/merge.schema.json), and the headline in words.

In: a `District`. Out: a dict of JSON values without any time stamp, equal for equal folders; yuan as numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import Field, fields
from datetime import date
from typing import Any, ClassVar, Protocol

from addin.district.records import (
    NEVER,
    NOT_TAKEN,
    CoverageLine,
    District,
    FileLine,
    FundingLine,
    ListDifference,
    Listing,
    PaymentLine,
    Reported,
    SchemeTotals,
)
from addin.district.tally import CASH
from addin.findings import Finding
from addin.policy import FEN
from addin.registers import LISTED

_NAMED = 8
"""Lists that are named in one sentence; all stand in 报送情况."""
FILE_KEYS = (
    "name",
    "status",
    "code",
    "reason",
    "township",
    "part",
    "scope",
    "serial",
    "persons",
    "errors",
    "warnings",
    "entered",
)


def to_json(district: District) -> dict[str, object]:
    """Everything of the stable interface; see the schema for every field."""
    policy = district.policy
    return {
        "policy": policy.id,
        "trial": list(policy.trial),
        "through": _day(district.through),
        "files": [_file(line) for line in district.files],
        "reported": [_reported(unit) for unit in district.reported],
        "units": [_fields(line) for line in district.units],
        "district": {scheme: _district(district.totals(scheme)) for scheme in policy.schemes},
        "findings": [finding_json(finding) for finding in district.findings],
        "funding": [_funding(line, with_lists=district.lists is not None) for line in district.funding],
        "cash": [_in_yuan(_fields(line), CASH) for line in district.cash],
        "coverage": [_coverage(line) for line in district.coverage],
        "duplicates": [{**_fields(line), "paid_day": _day(line.paid_day)} for line in district.duplicates],
        "series": [
            {"date": _day(point.day), "township": point.township, "scheme": point.scheme, "counted": point.counted}
            for point in district.progress
        ],
        "decisions": [_fields(decision) for decision in district.decisions],
        "interpretations": [
            {"name": name, "value": policy.interpretations[name].value, "rows": rows}
            for name, rows in district.touched.items()
        ],
        **({"lists": _lists(district.lists)} if district.lists else {}),
        **({"villages": [_fields(line) for line in district.villages]} if district.villages else {}),
    }


class _Record(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


def _fields(record: _Record) -> dict[str, Any]:
    """A record's fields by name; no record has others in it."""
    return {field.name: getattr(record, field.name) for field in fields(record)}


def _in_yuan(line: dict[str, Any], amounts: Iterable[str]) -> dict[str, object]:
    return line | {what: line[what] / FEN for what in amounts}


def _funding(line: FundingLine, *, with_lists: bool) -> dict[str, object]:
    """名单应拨 only where lists were given."""
    return {
        key.replace("fen", "yuan"): value / FEN if key.endswith("fen") else value
        for key, value in _fields(line).items()
        if with_lists or not key.startswith("listed_")
    }


def _lists(listing: Listing) -> dict[str, object]:
    return {
        "covered": list(listing.covered),
        "files": [_fields(line) for line in listing.files],
        "payments": [{**_by_the_lists(line), "roster_yuan": line.own_fen / FEN} for line in listing.payments],
        "at_stake": [{**_by_the_lists(line), "claimed_yuan": line.claimed_fen / FEN} for line in listing.differences],
    }


def _by_the_lists(line: PaymentLine | ListDifference) -> dict[str, object]:
    """The fields that begin every line about lists, before those of the rosters."""
    return {
        "township": line.township,
        "scheme": line.scheme,
        "code": line.code,
        "persons": line.persons,
        "listed_yuan": line.listed_fen / FEN,
    }


def _reported(unit: Reported) -> dict[str, object]:
    """A unit and its submissions."""
    keys = ("township", "state", "parts_received", "parts_expected", "persons", "errors", "warnings", "entered")
    return {**{key: getattr(unit, key) for key in keys}, "deadline": _day(unit.deadline)}


def _file(line: FileLine) -> dict[str, object]:
    return {**{key: getattr(line, key) for key in FILE_KEYS}, "deadline": _day(line.deadline)}


def finding_json(finding: Finding) -> dict[str, object]:
    """One finding; a grouped one has no row, but its count and its first places."""
    return {
        "file": finding.file,
        "sheet": finding.sheet,
        "row": finding.row,
        "column": finding.column,
        "code": finding.code,
        "severity": finding.severity,
        "article": finding.article,
        "blocks": list(finding.blocks),
        "count": finding.count,
        "places": list(finding.places),
        **({"township": finding.township} if finding.township else {}),
    }


def _district(totals: SchemeTotals) -> dict[str, object]:
    """The district's line; what stands beside the quota is of the units that hold one."""
    values = _fields(totals) | {"rate": totals.rate, "rate_with_late": totals.rate_with_late}
    del values["quota"]
    return values


def _coverage(line: CoverageLine) -> dict[str, object]:
    return _fields(line) | {"excused": {reason: people for reason, people in line.excused.items() if people}}


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def about_lists(district: District) -> str:
    """Which departments' lists were used, in a sentence, or that none were."""
    if district.lists is None:
        return "部门名单：没有给，困难人员类别按花名册所填。"
    used = [
        f"{line.name.removeprefix(LISTED)}（{line.kind or line.statuses}，{line.lines:,}行）"
        for line in district.lists.files
        if line.status != "refused"
    ]
    refused = [line.name.removeprefix(LISTED) for line in district.lists.files if line.status == "refused"]
    words = f"部门名单：用了{len(used)}个{'：' if used else ''}{_some(used)}"
    return f"{words}{f'；拒收{len(refused)}个：{_some(refused)}' if refused else ''}。"


def _some(names: list[str]) -> str:
    return "、".join(names[:_NAMED]) + ("等" if len(names) > _NAMED else "")


def headline(district: District) -> list[str]:
    """The key figures in words, one line a scheme, then the files."""
    policy = district.policy
    lines = [f"试算（不作为正式结果）：{words}" for words in policy.trial]
    for scheme in policy.schemes:
        total, rules = district.totals(scheme), policy.schemes[scheme]
        beside = f"，{policy.everywhere}计入 {total.counted_all:,} 人" if total.counted_all != total.counted else ""
        lines.append(
            f"{rules.name}：任务 {total.quota:,} 人，申报 {total.claimed:,} 人，计入 {total.counted:,} 人，"
            f"完成率 {total.rate:.2%}，逾期 {total.late:,} 人{beside}"
        )
    by_status: dict[str, int] = {}
    for line in district.files:
        by_status[line.status] = by_status.get(line.status, 0) + 1
    names = {"merged": "汇总", "replaced": "被替代", "copy": "重复文件", "refused": "拒收", "skipped": "跳过"}
    lines.append(
        "文件："
        + "，".join(f"{words} {by_status[status]} 个" for status, words in names.items() if status in by_status)
    )
    lines.append(about_lists(district))
    for state in (NEVER, NOT_TAKEN):
        units = [unit.township for unit in district.reported if unit.state == state]
        if units:
            lines.append(f"{state}：{'、'.join(units)}")
    return lines
