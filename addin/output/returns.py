"""Makes the return of a unit: a copy of each file to correct, a list of the rest, a text to send along.

In: the district, and the files' results. Out: for each file that has an error, or was refused although it could be
read, the whole roster again with its findings, one number further on its cover, so that corrected it is a submission
like any other; a list (退回清单) of the unit's files, with the findings of those that need no correcting and of the
departments' lists; a text with counts only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from pathlib import Path

from addin import columns, ids
from addin.columns import Scheme
from addin.district import FileResult, open_roster, reporting_days
from addin.district.records import District, FileLine
from addin.findings import SEVERITY_NAMES, SEVERITY_ORDER, Finding, Refusal, Severity, count_by_severity, make_refusal
from addin.output import template
from addin.output.submission import edition_of
from addin.output.unit_files import as_given, confirmations_of, cover_fields, in_the_copy, write_return_list
from addin.policy import Policy
from addin.registers import Index
from addin.roster import Roster

LIST, TEXT, COPY = "退回清单", "退回说明", "退回"
"""How the names of the three kinds of file end."""
TEXT_START = "【花名册退回】"
"""The first words of every text, by which an earlier one is known."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One file to be corrected: where it was received, the number on its copy's cover, and what the copy says."""

    path: Path
    name: str
    sha256: str
    stem: str
    """The copy's file name without its suffix."""
    serial: int
    errors: int
    affected: Mapping[Scheme, int]
    """People whom an error keeps from counting."""
    headline: str
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class Returned:
    """The return of one unit; `findings` are those that no copy holds."""

    township: str
    files: list[FileLine] = field(default_factory=list)
    copies: list[Copy] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    by_file: dict[str, Copy] = field(default_factory=dict)


def returned(
    district: District, results: Sequence[FileResult] = (), books: Sequence[tuple[Path, str]] = ()
) -> list[Returned]:
    """The return of each unit that has sent a file or that the departments' lists have findings about.

    Without the received files themselves (`combine`) there are no copies, and everything stands in the lists.
    """
    own = {unit.name: Returned(unit.name) for unit in district.policy.units}
    received = {result.name: (result, *book) for result, book in zip(results, books, strict=True)}
    findings: dict[str, list[Finding]] = {}
    for finding in district.findings:
        findings.setdefault(finding.file, []).append(finding)
        if finding.township in own:  # at a department's list
            own[finding.township].findings.append(finding)
    stems: set[str] = set()
    for line in district.files:
        unit = own.get(_whose(line, district.policy))
        if unit is None:
            continue
        unit.files.append(line)
        own_findings = findings.get(line.name, [])
        copy = _copy(line, district, *received[line.name], own_findings, stems) if line.name in received else None
        if copy is None:
            unit.findings += own_findings
        else:
            unit.copies.append(copy)
            unit.by_file[line.name] = copy
    return [unit for unit in own.values() if unit.files or unit.findings]


def _whose(line: FileLine, policy: Policy) -> str:
    """Whose a file is: by its cover, else, of one that could not be read, by the unit that its name speaks of."""
    if line.township or line.status != "refused":
        return line.township
    return policy.unit_named_in(line.name)


def _copy(
    line: FileLine,
    district: District,
    result: FileResult,
    path: Path,
    name: str,
    own_findings: Sequence[Finding],
    stems: set[str],
) -> Copy | None:
    """The copy of a file that has to be corrected; None where there is none to be made."""
    refused = line.status == "refused"
    if result.submission is None or line.status not in ("merged", "refused"):
        return None
    findings = tuple(result.findings if refused else own_findings)
    errors = count_by_severity(findings)["error"]
    if not errors and not refused:
        return None
    alike = [other for other in district.files if _place(other) == _place(line)]
    if refused and any(other.status == "merged" and _edition(other) > _edition(line) for other in alike):
        return None  # a newer file replaces it
    serial = 1 + max(other.serial for other in alike if other.deadline == line.deadline)
    affected = people_affected(findings, result.submission.schemes)
    words = _headline(errors, affected, district, serial)
    headline = f"没有采用：{line.reason.rstrip('。')}。{words}" if refused else words
    plain = edition_stem(result, serial)
    numbered = (
        plain if n == 1 else f"{plain}({n})" for n in count(1)
    )  # two files that refuse each other are treated alike
    stem = next(name for name in numbered if name.casefold() not in stems)
    stems.add(stem.casefold())
    return Copy(path.absolute(), name, result.sha256, stem, serial, errors, affected, headline, findings)


def _place(line: FileLine) -> tuple[str, str, str]:
    return line.township, line.part, line.scope


def _edition(line: FileLine) -> tuple[date, int]:
    return line.deadline or date.min, line.serial


def edition_stem(result: FileResult, serial: int) -> str:
    """The file name of a copy: that of the corrected file, marked as a return."""
    assert result.submission is not None
    submission = result.submission
    edition = edition_of(
        submission.township, submission.part.replace("*", "＊"), submission.scope, submission.deadline, serial
    )
    return f"{edition.name(serial).removesuffix('.xlsx')}_{COPY}"


def people_affected(findings: Iterable[Finding], schemes: Iterable[Scheme]) -> dict[Scheme, int]:
    """For each scheme, how many rows an error keeps from counting."""
    rows: dict[Scheme, set[int]] = {scheme: set() for scheme in schemes}
    most: dict[Scheme, int] = dict.fromkeys(rows, 0)
    for finding in findings:
        for scheme, own in rows.items():
            if finding.severity == "error" and scheme in finding.blocks:
                own.update((finding.row,) if finding.row else finding.places)
                most[scheme] = max(most[scheme], finding.count)  # a whole column names at most a thousand places
    return {scheme: max(len(own), most[scheme]) for scheme, own in rows.items()}


def next_report(district: District) -> date | None:
    """The day of reporting after the newest roster: by then the corrected one is expected, 六(四)."""
    if district.through is None:
        return None
    through = district.through
    return next(day for day in reporting_days(district.policy, through + timedelta(days=31)) if day > through)


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _people(affected: Mapping[Scheme, int], policy: Policy) -> str:
    return "、".join(f"{policy.schemes[scheme].name} {count} 人" for scheme, count in affected.items() if count)


def _headline(errors: int, affected: Mapping[Scheme, int], district: District, serial: int) -> str:
    people = _people(affected, district.policy)
    day = next_report(district)
    sentence = f"{errors} 个错误{f'，影响{people}' if people else ''}；" if errors else ""
    return f"{sentence}请改正后{f'于{_day(day)}前' if day else ''}重报（封面已改为第{serial}次）"


def _severity_order(counted: tuple[Severity, int]) -> int:
    return SEVERITY_ORDER[counted[0]]


# ---------------------------------------------------------------- writing


def write_copy(path: Path, copy: Copy, policy: Policy, index: Index | None = None) -> Refusal | None:
    """Write one copy, for a child: the received file with everybody in it, its findings first."""
    roster, sha256 = open_roster(copy.path, copy.name, policy, index)
    if isinstance(roster, Refusal):
        return roster
    if sha256 != copy.sha256:
        return make_refusal("R119", problem=f"“{ids.mask_text(copy.name)}”在汇总以后又变了。", remedy="请重新汇总。")
    write_roster(path, roster, copy)
    return None


def write_roster(path: Path, roster: Roster, copy: Copy) -> None:
    """Write the copy of an open roster."""
    cover = cover_fields(roster.cover, roster.policy) | {
        "serial": copy.serial,
        "template_version": columns.TEMPLATE_VERSION,
    }
    findings = in_the_copy(roster, copy.findings)
    template.write_roster(
        path,
        roster.policy,
        cover,
        as_given(roster),
        findings=findings,
        confirmations=confirmations_of(roster),
        headline=copy.headline,
    )


def write_list(path: Path, unit: Returned, policy: Policy) -> None:
    """The unit's list: what became of its files, and the findings that stand in no copy."""
    copies = {name: f"{copy.stem}.xlsx" for name, copy in unit.by_file.items()}
    write_return_list(path, unit.township, policy, unit.files, unit.findings, copies)


def text(unit: Returned, district: District) -> str:
    """The text to send along: counts only, and how the files beside it are called."""
    taken = sum(line.status == "merged" for line in unit.files)
    refused = sum(line.status == "refused" for line in unit.files)
    lines = [
        f"{TEXT_START}{unit.township}",
        f"贵单位报送的花名册：已汇总{taken}份，未采用{refused}份。依据{district.policy.id}，校验情况如下：",
    ]
    for copy in unit.copies:
        people = _people(copy.affected, district.policy).replace(" ", "")
        effect = f"，影响{people}未计入" if people else ""
        refusal = "没有采用，" if copy.headline.startswith("没有采用") else ""
        lines.append(f"· {copy.stem}.xlsx：{refusal}有{copy.errors}个错误{effect}。")
    counts = count_by_severity(unit.findings)
    rest = "、".join(
        f"{SEVERITY_NAMES[severity]}{count}个"
        for severity, count in sorted(counts.items(), key=_severity_order)
        if count and severity != "confirmed"
    )
    if rest:
        lines.append(f"· {unit.township}_{LIST}.xlsx：其余{rest}，请核对。")
    unread = sum(line.status == "refused" and line.name not in unit.by_file for line in unit.files)
    if unread:
        lines.append(f"· 另有{unread}份文件没有采用，原因见{unit.township}_{LIST}.xlsx，请按原因重新报送。")
    if not (unit.copies or rest or unread):
        lines.append("· 没有发现问题，不用改。")
    if unit.copies:
        day = next_report(district)
        lines.append(
            "请打开退回的花名册，按“校验结果”逐条改正（全部人员都在里面，不要删减；封面的“第几次报送”已改好，不要再改），"
            f"{f'于{_day(day)}前' if day else ''}把改好的文件发回。"
        )
    return "\r\n".join([*lines, ""])
