"""The files for the townships: annotated copies, return files, ledgers.

In: a roster (full names: these are the unit's own files) or the district's findings. Out: workbooks. An annotated copy
is the template written again with the people as they were given and the findings beside them; a return file lists a
unit's own findings; a ledger (缴费台账, 一(二)) says who paid what, when, by which receipt, and who still owes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from addin import checks, columns
from addin.columns import FIRST_ROW, LETTERS
from addin.district import open_roster
from addin.district.records import OTHER_VILLAGES, STATUS_NAMES, District, FileLine
from addin.findings import (
    SEVERITY_NAMES,
    SEVERITY_ORDER,
    Finding,
    Refusal,
    count_by_severity,
    title,
)
from addin.output import tables, template
from addin.policy import FEN, Policy
from addin.registers import Index
from addin.roster import Cover, Roster

# ---------------------------------------------------------------- the annotated copy


def annotate(
    target: Path, path: Path, name: str, policy: Policy, further: Sequence[Finding] = (), index: Index | None = None
) -> Refusal | None:
    """Write the received roster at `path` again with its findings on it; `further` are those that `merge` adds."""
    roster, _ = open_roster(path, name, policy, index)
    if isinstance(roster, Refusal):
        return roster
    checked = checks.check(roster)
    findings = in_the_copy(roster, [*checked.findings, *further])
    place = _places(roster)
    confirmations = {place[row]: text for row, text in checked.confirmations.items()}
    fields = cover_fields(roster.cover, policy)
    template.write_roster(target, policy, fields, as_given(roster), findings=findings, confirmations=confirmations)
    return None


def cover_fields(cover: Cover, policy: Policy) -> dict[str, object]:
    """A cover as `template.write_roster` takes it."""
    return {
        "township": cover.unit.name,
        "scope": cover.scope,
        "part": cover.part,
        "parts": cover.parts,
        "deadline": cover.deadline,
        "serial": cover.serial,
        "clerk": cover.clerk,
        "template_version": cover.template_version,
        "policy": policy.id,
    }


def as_given(roster: Roster) -> list[dict[str, object]]:
    """The people with every input as its cell had it, and the amounts as we compute them."""
    keys = [key for key in roster.raw if key not in ("hint", "problems", "marks")]
    rows = [
        dict(zip(keys, values, strict=True)) for values in zip(*(roster.raw[key].tolist() for key in keys), strict=True)
    ]
    for scheme in roster.policy.schemes:
        for what, source in template.WHAT.items():
            if f"{scheme}_{what}" not in columns.BY_KEY:
                continue
            shown: npt.NDArray[np.void] = np.full(len(roster), "", dtype=object)
            if scheme in roster.schemes:
                enrolled = roster.enrolled(scheme) & roster.due_known(scheme)
                if scheme == "pension":
                    enrolled &= roster.filled["tier"]
                shown[enrolled] = roster.due(scheme, source)[enrolled] / FEN
            for row, value in zip(rows, shown.tolist(), strict=True):
                row[f"{scheme}_{what}"] = value
    return rows


def confirmations_of(roster: Roster) -> dict[int, str]:
    """What the last check kept behind the marks, by the copy's rows."""
    confirmations = map(checks.confirmation_in, roster.raw["marks"].tolist())
    return {FIRST_ROW + n: text for n, text in enumerate(confirmations) if text}


def _places(roster: Roster) -> dict[int, int]:
    """The copy's row of each row of the sheet."""
    return {row: FIRST_ROW + n for n, row in enumerate(roster.rows.tolist())}


def in_the_copy(roster: Roster, findings: Iterable[Finding]) -> list[Finding]:
    """Findings with the rows and columns they have in the copy, which is in the template's own layout."""
    place = _places(roster)
    moved = []
    for finding in findings:
        if finding.key is None:
            moved.append(replace(finding, row=None, column=None, places=()))
        else:
            row = place.get(finding.row) if finding.row else None
            places = tuple(place[row] for row in finding.places if row in place)
            moved.append(replace(finding, sheet="花名册", row=row, column=LETTERS[finding.key], places=places))
    return moved


# ---------------------------------------------------------------- the return file

_RETURN = (
    tables.Field("文件", 24, "long"),
    tables.Field("行", 7, "order"),
    tables.Field("列", 6),
    tables.Field("栏目", 14),
    tables.Field("户号", 10),
    tables.Field("姓名", 8),
    tables.Field("级别", 7),
    tables.Field("代码", 7),
    tables.Field("现值", 20, "long"),
    tables.Field("问题", 44, "long"),
    tables.Field("怎么改", 40, "long"),
    tables.Field("正确示例", 20, "long"),
    tables.Field("条款", 9),
)
_FILES = (
    tables.Field("文件", 34, "long"),
    tables.Field("处理", 9),
    tables.Field("分册", 12),
    tables.Field("填报截止日期", 13, "date"),
    tables.Field("第几次", 7, "order"),
    tables.Field("人数", 9, "count"),
    tables.Field("错误", 8, "count"),
    tables.Field("警告", 8, "count"),
    tables.Field("原因和处理", 60, "long"),
)
_BY_RULE = (
    tables.Field("代码", 8),
    tables.Field("级别", 8),
    tables.Field("问题", 40, "long"),
    tables.Field("数量", 10, "count"),
)


def write_return_list(
    path: Path,
    township: str,
    policy: Policy,
    files: Sequence[FileLine],
    findings: Sequence[Finding],
    copies: Mapping[str, str] = {},
) -> None:
    """The outcome of a unit's files, findings counted by rule, then one by one. Names are short, IDs masked.

    `copies` are the annotated copies by file, where everything of these files stands.
    """
    errors = count_by_severity(findings)["error"]
    apart = "（退回的花名册里的另计）" if copies else ""
    note = f"{policy.basis}；本清单{errors}个错误{apart}。"
    counts: Counter[tuple[str, str, str]] = Counter()
    for finding in findings:
        counts[finding.code, SEVERITY_NAMES[finding.severity], title(finding.code)] += finding.count
    by_rule = [(*key, count) for key, count in sorted(counts.items())]
    one_by_one = [
        (
            finding.file,
            finding.row,
            finding.column,
            finding.header,
            finding.household,
            finding.name,
            SEVERITY_NAMES[finding.severity],
            finding.code,
            finding.value,
            finding.problem,
            finding.remedy,
            finding.example,
            finding.article,
        )
        for finding in sorted(findings, key=_gravest_first)
    ]
    by_file = [
        (
            line.name,
            STATUS_NAMES[line.status],
            line.part,
            line.deadline,
            line.serial,
            line.persons,
            line.errors,
            line.warnings,
            f"{line.reason}{f'逐条问题见“{copies[line.name]}”，请改正后发回。' if line.name in copies else ''}",
        )
        for line in files
    ]
    sheets: dict[str, tuple[Sequence[tables.Field], Sequence[tables.Line]]] = {
        "逐条": (_RETURN, one_by_one),
        "按规则": (_BY_RULE, by_rule),
        "文件": (_FILES, by_file),
    }
    filled = {name: (fields, rows) for name, (fields, rows) in sheets.items() if rows}
    tables.write(path, policy, f"{township}花名册退回清单", note, filled)


def _gravest_first(finding: Finding) -> tuple[int, str, int, str, str]:
    return SEVERITY_ORDER[finding.severity], finding.file, finding.row or 0, finding.column or "", finding.code


# ---------------------------------------------------------------- the table of progress

_PROGRESS = (
    tables.Field("截至日期", 16, "date"),
    tables.Field("累计计入（人）", 16, "count"),
    tables.Field("本期新增（人）", 16, "count"),
    tables.Field("任务数（人）", 16, "count"),
    tables.Field("完成率", 14, "rate"),
    tables.Field("备注", 24, "long"),
)
_VILLAGES = (
    tables.Field("村(社区)", 20),
    tables.Field("任务数（人）", 14, "count"),
    tables.Field("申报（人）", 14, "count"),
    tables.Field("计入（人）", 14, "count"),
    tables.Field("完成率", 12, "rate"),
    tables.Field("逾期（人）", 14, "count"),
)


def write_progress(path: Path, township: str, district: District, end: date) -> None:
    """A unit's progress at every day of reporting up to a day, 六(四); the last line adds those without a date.

    Where the attachment gives its villages quotas, they follow on a sheet of their own, by the newest rosters.
    """
    policy = district.policy
    sheets: dict[str, tables.Sheet] = {}
    for rules in sorted(policy.schemes.values(), key=lambda rules: rules.attachment.number):
        row = rules.attachment.by_unit.get(township)
        quota = row.quota if row else None
        lines, before = [], 0
        for point in district.progress:
            if (point.scheme, point.township) != (rules.key, township) or (point.day and point.day > end):
                continue
            remark = "" if point.day else "加未注明日期和日期在后的，等于计入"
            rate = point.counted / quota if quota else None
            more = point.counted - before
            lines.append((point.day or "计入", point.counted or None, more or None, quota, rate, remark))
            before = point.counted
        sheets[rules.name] = (_PROGRESS, lines)
        villages = [
            (line.village or OTHER_VILLAGES, line.quota, line.claimed, line.counted, line.rate, line.late)
            for line in district.of_villages(rules.key, township).values()
            if line.village or line.claimed
        ]
        if villages:
            sheets[f"{rules.name}分村"] = (_VILLAGES, villages)
    note = f"依据{policy.id}；截至{end.isoformat()}，历史各期按最新花名册重算"
    tables.write(
        path,
        policy,
        f"{township}城乡居民{policy.subject_in_a_word}征缴{policy.reporting.table}",
        note,
        sheets,
        signed=True,
    )
