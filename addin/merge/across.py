"""People and receipts met in several places, 三(四): owners, and findings over several books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from addin import columns
from addin.columns import Scheme
from addin.merge.choose import Chosen, sub
from addin.merge.one import ORDER
from addin.policy import SCHEMES, Policy
from addin.records import (
    Finding,
    Severity,
)


@dataclass
class Across:
    """What only shows over all files: losers of duplicates by file and scheme, findings, the list of duplicates."""

    losers: dict[tuple[int, Scheme], npt.NDArray[np.bool_]]
    findings: list[Finding]
    duplicates: pd.DataFrame


_DUPLICATE_COLUMNS = ["scheme", "person", "id", "township", "file", "row", "owner", "paid_day"]
DUPLICATE_RULES = {"medical": "401", "pension": "402"}
OWNER_RULE, NAMES_RULE, RECEIPT_RULE = "403", "404", "809"


def across(chosen: Sequence[Chosen], policy: Policy) -> Across:
    """Duplicates with their owners, names that differ for one ID, receipts used by several households."""
    found = Across({}, [], pd.DataFrame(columns=_DUPLICATE_COLUMNS))
    lists = []
    for scheme in SCHEMES:
        claims = _claims(chosen, scheme, policy)
        if claims is None:
            continue
        twice = claims[claims.duplicated(["k0", "k1"], keep=False)]
        if twice.empty:
            continue
        twice = twice.sort_values(["k0", "k1", "unpaid", "when", "unit", "name", "row"], kind="stable")
        twice["owner"] = ~twice.duplicated(["k0", "k1"])
        lost = twice[~twice["owner"]]
        for file in sorted(set(lost["file"].tolist())):
            mask = np.zeros(len(chosen[file].result), dtype=np.bool_)
            mask[lost.loc[lost["file"] == file, "at"].to_numpy()] = True
            found.losers[file, scheme] = mask
        lists.append(_list_of(twice, chosen, scheme))
        found.findings += _duplicate_findings(twice, chosen, scheme, policy)
    if lists:
        found.duplicates = pd.concat(lists, ignore_index=True)
    found.findings += _name_findings(chosen, policy) + _receipt_findings(chosen, policy)
    return found


def _claims(chosen: Sequence[Chosen], scheme: Scheme, policy: Policy) -> pd.DataFrame | None:
    """Every claimed row whose ID can be trusted and that is not ineligible, over all files that count."""
    order = {unit.name: n for n, unit in enumerate(policy.units)}
    frames = []
    for file, one in enumerate(chosen):
        if scheme not in one.counts:
            continue
        people = one.result.people
        why = people[f"{scheme}_why"]
        index = np.flatnonzero(
            people[f"{scheme}_claimed"] & people["trusted"] & ~why.isin([ORDER["identity"], ORDER["ineligible"]])
        )
        part = people.iloc[index]
        day = part[f"{scheme}_day"].to_numpy()
        frames.append(
            pd.DataFrame(
                {
                    "k0": part["k0"].to_numpy(),
                    "k1": part["k1"].to_numpy(),
                    "unpaid": ~part[f"{scheme}_full"].to_numpy(),
                    "when": np.where(day > 0, day, 10**7),
                    "unit": order[sub(one).township],
                    "name": one.result.name,
                    "row": part["row"].to_numpy(),
                    "file": file,
                    "at": index,
                }
            )
        )
    return pd.concat(frames, ignore_index=True) if frames else None


def _list_of(twice: pd.DataFrame, chosen: Sequence[Chosen], scheme: Scheme) -> pd.DataFrame:
    lines = []
    group = np.cumsum(twice["owner"].to_numpy())
    rows: list[Any] = list(twice.itertuples())
    for number, line in zip(group, rows, strict=True):
        result = chosen[line.file].result
        person = result.people.iloc[line.at]
        day = int(person[f"{scheme}_day"])
        lines.append(
            (number, scheme, f"{result.surnames[person['surname']]}*", result.shown[line.at],
             sub(chosen[line.file]).township, result.name, int(line.row), bool(line.owner), date.fromordinal(day) if day else None)
        )  # fmt: skip
    frame = pd.DataFrame(lines, columns=["group", *_DUPLICATE_COLUMNS])
    # the hashes' order differs from run to run: put the groups in the order of their owners' places
    first = frame[frame["owner"]].sort_values(["file", "row"])["group"].tolist()
    place = {number: n for n, number in enumerate(first)}
    frame["group"] = frame["group"].map(place)
    return frame.sort_values(["group", "owner", "file", "row"], ascending=[True, False, True, True], ignore_index=True)[
        _DUPLICATE_COLUMNS
    ]


def _place(chosen: Sequence[Chosen], file: int, row: int, seen_from: int) -> str:
    """Where somebody's twin is: another unit is named, never its rows."""
    there, here = sub(chosen[file]), sub(chosen[seen_from])
    if there.township != here.township:
        return there.township
    book = "" if file == seen_from else f"“{chosen[file].result.name}”"
    return f"本单位{book}第{row}行"


@dataclass(frozen=True, slots=True)
class DistrictRule:
    """A check over several books; its finding is made in this module."""

    severity: Severity
    title: str
    entry: str
    problem: str
    remedy: str


DISTRICT_RULES: dict[str, DistrictRule] = {
    "401": DistrictRule("error", "医保重复参保", "no_double", "同一证件号码在{where}也列为医保本次参保，归属那一处，这一行不计入。",
                        "请核对本人实际参保地；多收的退还，改正参保状态。"),
    "402": DistrictRule("error", "养老重复参保", "no_double", "同一证件号码在{where}也列为养老本次参保，归属那一处，这一行不计入。",
                        "请核对本人实际参保地；多收的退还，改正参保状态。"),
    "403": DistrictRule("warning", "有人与本行重复", "no_double", "同一证件号码在{where}也列为本次参保；本行缴足且最早，归属本行。", "请核对本人实际参保地。"),
    "404": DistrictRule("error", "同号不同名", "identity", "同一证件号码在{where}用的是另一个姓名。", "请对照身份证核对号码和姓名。"),
    "809": DistrictRule("warning", "一张票据用于不同的户", "receipts", "这一票据号在{where}的另一户也用了。", "请核对票据；一户两险共用一张是正常的。"),
}  # fmt: skip


def _finding(
    chosen: Sequence[Chosen],
    file: int,
    index: int,
    code: str,
    key: str,
    where: str,
    policy: Policy,
    scheme: Scheme | None,
) -> Finding:
    rule, result = DISTRICT_RULES[code], chosen[file].result
    person = result.people.iloc[index]
    return Finding(
        result.name,
        result.sheet,
        int(person["row"]),
        result.letters.get(key),
        code,
        rule.severity,
        blocks=(scheme,) if scheme else (),
        key=key,
        header=columns.BY_KEY[key].header,
        household=result.households[person["household"]],
        name=f"{result.surnames[person['surname']]}*",
        value=result.shown[index] if key == "id_number" else "",
        problem=rule.problem.format(where=where),
        remedy=rule.remedy,
        article=policy.article(rule.entry),
    )


def _duplicate_findings(twice: pd.DataFrame, chosen: Sequence[Chosen], scheme: Scheme, policy: Policy) -> list[Finding]:
    found = []
    for _, same in twice.groupby(["k0", "k1"], sort=False):
        lines: list[Any] = list(same.itertuples())
        owner = lines[0]
        for line in lines[1:]:
            where = _place(chosen, owner.file, owner.row, line.file)
            found.append(
                _finding(chosen, line.file, line.at, DUPLICATE_RULES[scheme], "id_number", where, policy, scheme)
            )
        where = "、".join(dict.fromkeys(_place(chosen, line.file, line.row, owner.file) for line in lines[1:]))
        found.append(_finding(chosen, owner.file, owner.at, OWNER_RULE, "id_number", where, policy, None))
    return found


def _name_findings(chosen: Sequence[Chosen], policy: Policy) -> list[Finding]:
    frames = [
        one.result.people.loc[:, ["k0", "k1", "name", "row", "trusted"]].assign(
            file=file, at=np.arange(len(one.result))
        )
        for file, one in enumerate(chosen)
        if one.counts
    ]
    if not frames:
        return []
    everybody = pd.concat(frames, ignore_index=True)
    everybody = everybody[everybody["trusted"]]
    twice = everybody[everybody.duplicated(["k0", "k1"], keep=False)]
    differing = twice.groupby(["k0", "k1"])["name"].transform("nunique") > 1
    found = []
    for _, same in twice[differing].groupby(["k0", "k1"], sort=False):
        lines: list[Any] = list(same.itertuples())
        for line in lines:
            others = [other for other in lines if other is not line and other.name != line.name]
            where = "、".join(dict.fromkeys(_place(chosen, other.file, other.row, line.file) for other in others))
            found.append(_finding(chosen, line.file, line.at, NAMES_RULE, "name", where, policy, None))
    return found


def _receipt_findings(chosen: Sequence[Chosen], policy: Policy) -> list[Finding]:
    frames = []
    for file, one in enumerate(chosen):
        if one.counts:
            used = one.result.receipts
            frames.append(used[used["scheme"].isin([SCHEMES.index(scheme) for scheme in one.counts])].assign(file=file))
    if not frames:
        return []
    every = pd.concat(frames, ignore_index=True)
    homes = every.drop_duplicates(["k", "home"])
    shared = set(homes.loc[homes.duplicated("k", keep=False), "k"])
    found = []
    for _, same in every[every["k"].isin(shared)].groupby("k", sort=False):
        lines: list[Any] = list(same.itertuples())
        for line in lines:
            others = [other for other in lines if other.home != line.home]
            rows = {(other.file, int(chosen[other.file].result.people["row"].iloc[other.at])) for other in others}
            where = "、".join(dict.fromkeys(_place(chosen, file, row, line.file) for file, row in sorted(rows)[:5]))
            key = f"{SCHEMES[line.scheme]}_receipt"
            found.append(_finding(chosen, line.file, line.at, RECEIPT_RULE, key, where, policy, None))
    return found
