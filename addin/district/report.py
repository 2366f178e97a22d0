"""The district as plain data: what `--json` writes (docs/merge.schema.json), and the headline in words.

In: a `District`. Out: a dict of JSON values without any time stamp, equal for equal folders; yuan as numbers.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from datetime import date
from typing import Any

import pandas as pd

from addin.district.records import District, FileLine, Listing
from addin.findings import REASONS, Finding
from addin.policy import FEN, SCHEMES, Policy

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


def to_json(found: District) -> dict[str, Any]:
    """Everything of the stable interface; see the schema for every field."""
    policy: Policy = found.policy  # type: ignore[assignment]
    return {
        "policy": policy.id,
        "trial": list(policy.trial),
        "through": _day(found.through),
        "files": [_file(line) for line in found.files],
        "units": [_unit(line) for line in found.units.to_dict("records")],
        "district": {scheme: _district(found, policy, scheme) for scheme in SCHEMES},
        "findings": [finding_json(finding) for finding in found.findings],
        "funding": [
            {
                **{
                    key: line[key]
                    for key in ("township", "scheme", "category", "funder", "department", "to", "persons")
                },
                "yuan": line["fen"] / FEN,
                "claimed_persons": line["claimed_persons"],
                "claimed_yuan": line["claimed_fen"] / FEN,
                **_by_list(line),
            }
            for line in found.funding.to_dict("records")
        ],
        "cash": [
            {key: value if key in ("township", "scheme") else value / FEN for key, value in line.items()}
            for line in found.cash.to_dict("records")
        ],
        "coverage": [_coverage(line, found) for line in found.coverage.to_dict("records")],
        "duplicates": [
            {**line, "paid_day": _day(line["paid_day"]), "owner": bool(line["owner"])}
            for line in found.duplicates.to_dict("records")
        ],
        "series": [{**line, "date": _day(line["date"])} for line in found.series.to_dict("records")],
        "decisions": [{"kind": one.kind, "township": one.township, "text": one.text} for one in found.decisions],
        "interpretations": [
            {"name": name, "value": policy.interpretations[name].value, "rows": rows}
            for name, rows in found.touched.items()
        ],
        **({"lists": _lists(found.lists)} if found.lists else {}),
    }


def _by_list(line: dict[Any, Any]) -> dict[str, Any]:
    """名单应拨, where lists were given."""
    if "listed_fen" not in line:
        return {}
    return {"listed_persons": line["listed_persons"], "listed_yuan": line["listed_fen"] / FEN}


def _lists(listing: Listing) -> dict[str, Any]:
    return {
        "covered": list(listing.covered),
        "files": [asdict(line) for line in listing.files],
        "at_stake": [
            {
                **{key: line[key] for key in ("township", "scheme", "code", "persons")},
                "listed_yuan": line["listed_fen"] / FEN,
                "claimed_yuan": line["claimed_fen"] / FEN,
            }
            for line in listing.at_stake.to_dict("records")
        ],
    }


def _file(line: FileLine) -> dict[str, Any]:
    return {**{key: getattr(line, key) for key in FILE_KEYS}, "deadline": _day(line.deadline)}


def finding_json(finding: Finding) -> dict[str, Any]:
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


def _unit(line: dict[Any, Any]) -> dict[str, Any]:
    whole = {
        key: None if line[key] is None or line[key] != line[key] else int(line[key])
        for key in ("base", "quota", "gap", "rank")
    }
    return {
        "township": line["township"],
        "scheme": line["scheme"],
        **whole,
        "claimed": line["claimed"],
        "counted": line["counted"],
        "late": line["late"],
        "not_counted": {reason: line[reason] for reason in REASONS},
        "rate": _rate(line["rate"]),
        "rate_with_late": _rate(line["rate_with_late"]),
    }


def _district(found: District, policy: Policy, scheme: Any) -> dict[str, Any]:
    """The district's line: the rate is of the printed units over the printed total (or their sum, on trial)."""
    attachment, units = policy.schemes[scheme].attachment, found.scheme_units(scheme)
    listed = units[units["quota"].notna()]
    counted, with_late = int(listed["counted"].sum()), int((listed["counted"] + listed["late"]).sum())
    base = attachment.printed_quota if policy.choice("printed_total") == "printed" else attachment.sum_quota
    return {
        "quota_printed": attachment.printed_quota,
        "quota_sum": attachment.sum_quota,
        "counted": counted,
        "counted_all": int(units["counted"].sum()),
        "claimed": int(units["claimed"].sum()),
        "late": int(units["late"].sum()),
        "rate": counted / base,
        "rate_with_late": with_late / base,
    }


def _coverage(line: dict[Any, Any], found: District) -> dict[str, Any]:
    excused = {reason: line[reason] for reason in found.coverage_reasons if line[reason]}
    keys = ("township", "scheme", "category", "people", "obliged", "enrolled")
    return {**{key: line[key] for key in keys}, "excused": excused, "rate": _rate(line["rate"])}


def _rate(value: float) -> float | None:
    return None if math.isnan(value) else value


def _day(value: date | None) -> str | None:
    return None if value is None or pd.isna(value) else value.isoformat()


def headline(found: District) -> list[str]:
    """The key figures in words, one line a scheme, then the files."""
    policy: Policy = found.policy  # type: ignore[assignment]
    lines = [f"试算（不作为正式结果）：{words}" for words in policy.trial]
    for scheme in SCHEMES:
        total = _district(found, policy, scheme)
        rules = policy.schemes[scheme]
        beside = f"，全区计入 {total['counted_all']:,} 人" if total["counted_all"] != total["counted"] else ""
        lines.append(
            f"{rules.name}：任务 {total['quota_printed']:,} 人，申报 {total['claimed']:,} 人，计入 {total['counted']:,} 人，"
            f"完成率 {total['rate']:.2%}，逾期 {total['late']:,} 人{beside}"
        )
    by_status: dict[str, int] = {}
    for line in found.files:
        by_status[line.status] = by_status.get(line.status, 0) + 1
    names = {"merged": "汇总", "replaced": "被替代", "copy": "重复文件", "refused": "拒收", "skipped": "跳过"}
    lines.append(
        "文件："
        + "，".join(f"{words} {by_status[status]} 个" for status, words in names.items() if status in by_status)
    )
    missing = [one.township for one in found.reported if one.state == "从未报送"]
    if missing:
        lines.append(f"从未报送：{'、'.join(missing)}")
    return lines
