"""The files for the townships: annotated copies, return files, ledgers.

In: a roster (full names: these are the unit's own files) or the district's findings. Out: workbooks. An annotated copy
is the template written again with the people as they were given and the findings beside them; a return file lists a
unit's own findings; a ledger (缴费台账, 一(二)) says who paid what, when, by which receipt, and who still owes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt
import xlsxwriter

from addin import checks, columns, ids
from addin.columns import FIRST_ROW, LETTERS, Scheme, letter
from addin.district import FileResult, details_of, open_roster
from addin.district.records import STATUS_NAMES, District, FileLine
from addin.findings import (
    DUPLICATE,
    REASONS,
    SEVERITY_NAMES,
    SEVERITY_ORDER,
    Finding,
    Refusal,
    count_by_severity,
    make_refusal,
    title,
)
from addin.output import template
from addin.policy import FEN, Policy
from addin.registers import Index
from addin.roster import Cover, Roster

if TYPE_CHECKING:
    import pandas as pd
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

INTERNAL = "内部资料，不得张贴"
"""On every page of a ledger, which names people."""


# ---------------------------------------------------------------- the annotated copy


def annotate(
    target: Path, path: Path, name: str, policy: Policy, further: Sequence[Finding] = (), index: Index | None = None
) -> Refusal | None:
    """Write the received roster at `path` again with its findings on it; `further` are those that `merge` adds."""
    roster, _ = open_roster(path, name, policy, index)
    if isinstance(roster, Refusal):
        return roster
    findings = [*checks.check(roster).findings, *further]
    template.write_roster(
        target, policy, cover_fields(roster.cover, policy), as_given(roster), findings=in_the_copy(roster, findings)
    )
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
                enrolled = roster.enrolled(scheme) & roster.due(scheme, "known").astype(bool)
                if scheme == "pension":
                    enrolled &= roster.filled["tier"]
                shown[enrolled] = roster.due(scheme, source)[enrolled] / FEN
            for row, value in zip(rows, shown.tolist(), strict=True):
                row[f"{scheme}_{what}"] = value
    return rows


def in_the_copy(roster: Roster, findings: Iterable[Finding]) -> list[Finding]:
    """Findings with the rows and columns they have in the copy, which is in the template's own layout."""
    place = {row: FIRST_ROW + n for n, row in enumerate(roster.rows.tolist())}
    moved = []
    for finding in findings:
        if finding.key is None:
            moved.append(replace(finding, row=None, column=None, places=()))
        else:
            row = place.get(finding.row) if finding.row else None
            places = tuple(place[row] for row in finding.places if row in place)
            moved.append(replace(finding, sheet="花名册", row=row, column=LETTERS[finding.key], places=places))
    return moved


# ---------------------------------------------------------------- plain lists


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a plain list: its header, width and number format."""

    header: str
    width: float
    number: str = "@"


def _write_list(
    path: Path,
    policy: Policy,
    title: str,
    note: str,
    sheets: Mapping[str, tuple[Sequence[Field], Iterable[Sequence[object]]]],
) -> None:
    """A workbook of titled lists, ready to print on A4 across; text is only ever text."""
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "in_memory": True,  # temporary files would hold names, and a kill leaves them behind
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": title, "created": template.fixed_time(policy)})
        heading = book.add_format({"bold": True, "font_size": 16, "font_name": "等线", "align": "center"})
        small = book.add_format({"font_name": "等线", "font_size": 10, "font_color": "#C00000", "align": "center"})
        head = book.add_format(
            {
                "bold": True,
                "font_name": "等线",
                "bg_color": "#DDEBF7",
                "border": 1,
                "text_wrap": True,
                "align": "center",
                "valign": "vcenter",
            }
        )
        for name, (fields, rows) in sheets.items():
            sheet = book.add_worksheet(name)
            formats = [
                book.add_format(
                    {
                        "font_name": "等线",
                        "border": 1,
                        "num_format": field.number,
                        "text_wrap": field.width > 24,
                        "valign": "top",
                    }
                )
                for field in fields
            ]
            for n, field in enumerate(fields):
                sheet.set_column(n, n, field.width)
            sheet.merge_range(0, 0, 0, len(fields) - 1, title, heading)
            sheet.merge_range(1, 0, 1, len(fields) - 1, note, small)
            for n, field in enumerate(fields):
                sheet.write_string(2, n, field.header, head)
            last = 2
            for last, row in enumerate(rows, 3):
                for n, value in enumerate(row):
                    _put(sheet, last, n, value, formats[n])
            sheet.autofilter(2, 0, last, len(fields) - 1)
            # no green triangle on codes kept as text: its menu offers to destroy them
            sheet.ignore_errors({"number_stored_as_text": f"A1:{letter(len(fields))}{last + 1}"})
            sheet.freeze_panes(3, 0)
            sheet.repeat_rows(0, 2)
            sheet.set_landscape()
            sheet.set_paper(9)
            sheet.fit_to_pages(1, 0)
            sheet.set_footer(f"&L{note}&R第 &P 页，共 &N 页")


def _put(sheet: Worksheet, row: int, column: int, value: object, style: Format) -> None:
    if value is None or value == "":
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, (int, float)):
        sheet.write_number(row, column, value, style)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, cast(datetime, value), style)  # it takes days too
    else:
        sheet.write_string(row, column, ids.mask_text(str(value)), style)


# ---------------------------------------------------------------- the return file

_RETURN = (
    Field("文件", 24),
    Field("行", 7, "0"),
    Field("列", 6),
    Field("栏目", 14),
    Field("户号", 10),
    Field("姓名", 8),
    Field("级别", 7),
    Field("代码", 7),
    Field("现值", 20),
    Field("问题", 44),
    Field("怎么改", 40),
    Field("正确示例", 20),
    Field("条款", 9),
)
_FILES = (
    Field("文件", 34),
    Field("处理", 9),
    Field("分册", 12),
    Field("填报截止日期", 13, "yyyy-mm-dd"),
    Field("第几次", 7, "0"),
    Field("人数", 9, "#,##0"),
    Field("错误", 8, "#,##0"),
    Field("警告", 8, "#,##0"),
    Field("原因和处理", 60),
)
_BY_RULE = (Field("代码", 8), Field("级别", 8), Field("问题", 40), Field("数量", 10, "#,##0"))


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
    sheets: dict[str, tuple[Sequence[Field], Sequence[Sequence[object]]]] = {
        "逐条": (_RETURN, one_by_one),
        "按规则": (_BY_RULE, by_rule),
        "文件": (_FILES, by_file),
    }
    filled = {name: (fields, rows) for name, (fields, rows) in sheets.items() if rows}
    _write_list(path, policy, f"{township}花名册退回清单", note, filled)


def _gravest_first(finding: Finding) -> tuple[int, str, int, str, str]:
    return SEVERITY_ORDER[finding.severity], finding.file, finding.row or 0, finding.column or "", finding.code


# ---------------------------------------------------------------- the ledger

_LEDGER = (
    Field("序号", 7, "0"),
    Field("村(社区)", 14),
    Field("户号", 9),
    Field("姓名", 10),
    Field("证件号码", 21),
    Field("人员类别", 16),
    Field("应收", 9, "#,##0.00"),
    Field("实收", 9, "#,##0.00"),
    Field("缴费日期", 12, "yyyy-mm-dd"),
    Field("票据号", 14),
    Field("欠缴", 9, "#,##0.00"),
    Field("应退", 9, "#,##0.00"),
    Field("计入情况", 18),
    Field("花名册", 22),
    Field("行", 7, "0"),
)


@dataclass(frozen=True, slots=True)
class LedgerSource:
    """One book of a unit that counts: for which schemes, and the rows whose person belongs elsewhere."""

    path: Path
    name: str
    sha256: str
    schemes: tuple[Scheme, ...]
    lost: tuple[tuple[Scheme, tuple[int, ...]], ...] = ()


def ledger_sources(
    district: District, results: Sequence[FileResult], books: Sequence[tuple[Path, str]]
) -> dict[str, list[LedgerSource]]:
    """The books of each unit that count, in the district's order."""
    lost = [line for line in district.duplicates if not line.owner]
    sources: dict[str, list[LedgerSource]] = {}
    for unit in district.policy.units:
        for result, (path, name) in zip(results, books, strict=True):
            schemes = district.counts.get(result.name, ())
            if not schemes or result.submission is None or result.submission.township != unit.name:
                continue
            own = [line for line in lost if line.file == result.name]
            rows = tuple((scheme, tuple(line.row for line in own if line.scheme == scheme)) for scheme in schemes)
            source = LedgerSource(path.absolute(), name, result.sha256, schemes, rows)
            sources.setdefault(unit.name, []).append(source)
    return sources


def write_ledger(
    path: Path, township: str, policy: Policy, sources: Sequence[LedgerSource], index: Index | None = None
) -> Refusal | None:
    """The unit's ledger, one sheet a scheme, one line for everybody who is enrolled this time, 一(二)."""
    lines: dict[Scheme, list[tuple[object, ...]]] = {scheme: [] for scheme in policy.schemes}
    for source in sources:
        roster, sha256 = open_roster(source.path, source.name, policy, index)
        if isinstance(roster, Refusal):
            return roster
        if sha256 != source.sha256:
            return make_refusal(
                "R119", problem=f"“{ids.mask_text(source.name)}”在汇总以后又变了。", remedy="请重新汇总。"
            )
        people = details_of(roster, checks.check(roster)).people
        for scheme in source.schemes:
            lost = dict(source.lost).get(scheme, ())
            lines[scheme] += _ledger_lines(roster, people, scheme, lost, source.name)
    sheets = {
        policy.schemes[scheme].name: (_LEDGER, [(n, *line) for n, line in enumerate(own, 1)])
        for scheme, own in lines.items()
        if own
    } or {"空": (_LEDGER, [])}
    _write_list(
        path, policy, f"{township}城乡居民{policy.subject_in_a_word}缴费台账", f"{INTERNAL}　{policy.basis}", sheets
    )
    return None


def _ledger_lines(
    roster: Roster, people: pd.DataFrame, scheme: Scheme, lost: Sequence[int], name: str
) -> list[tuple[object, ...]]:
    names = {0: "计入", **{1 + n: f"未计入：{words}" for n, words in enumerate(REASONS.values())}}
    duplicate = 1 + list(REASONS).index(DUPLICATE)
    gone = set(lost)
    words = {
        key: roster.words[key].texts()
        for key in ("village", "household", "name", "id_number", "category", f"{scheme}_receipt")
    }
    column = {
        what: people[f"{scheme}_{what}"].to_numpy()
        for what in ("claimed", "why", "late", "day", "due", "paid", "known")
    }
    lines: list[tuple[object, ...]] = []
    for n in np.flatnonzero(column["claimed"]).tolist():
        row, why = int(roster.rows[n]), int(column["why"][n])
        if row in gone and (why == 0 or why > duplicate):
            why = duplicate
        due = 0 if row in gone or not column["known"][n] else int(column["due"][n])
        paid, day = int(column["paid"][n]), int(column["day"][n])
        state = "逾期" if why == 0 and column["late"][n] else names[why]
        lines.append(
            (
                words["village"][n],
                words["household"][n],
                words["name"][n],
                ids.mask_id(words["id_number"][n]),
                words["category"][n],
                due / FEN,
                paid / FEN,
                date.fromordinal(day) if day else "",
                ids.mask_text(words[f"{scheme}_receipt"][n]),
                max(due - paid, 0) / FEN,
                max(paid - due, 0) / FEN,
                state,
                ids.mask_text(name),
                row,
            )
        )
    return lines


# ---------------------------------------------------------------- the half-month table

_PROGRESS = (
    Field("截至日期", 16, "yyyy-mm-dd"),
    Field("累计计入（人）", 16, "#,##0"),
    Field("本期新增（人）", 16, "#,##0"),
    Field("任务数（人）", 16, "#,##0"),
    Field("完成率", 14, "0.00%"),
    Field("备注", 24),
)


def write_progress(path: Path, township: str, district: District, end: date) -> None:
    """A unit's progress at every half month up to a day, 六(四); the last line adds those without a date."""
    policy = district.policy
    sheets: dict[str, tuple[Sequence[Field], Sequence[Sequence[object]]]] = {}
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
            lines.append((point.day or "计入", point.counted, more, quota, rate, remark))
            before = point.counted
        sheets[rules.name] = (_PROGRESS, lines)
    note = f"依据{policy.id}；截至{end.isoformat()}，历史各期按最新花名册重算"
    _write_list(path, policy, f"{township}城乡居民{policy.subject_in_a_word}征缴半月进度表", note, sheets)
