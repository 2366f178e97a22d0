"""The sheets of the summary in their order, and the writing of the file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import xlsxwriter

from addin.district.records import District
from addin.output import template
from addin.output.rows import OPTIONS
from addin.output.summary import (
    attachment,
    claims,
    files,
    hardship,
    interpretations,
    money,
    overview,
    problems,
    progress,
)
from addin.output.summary.book import Book, Remarks
from addin.output.summary.reconcile import reconcile
from addin.policy import Policy


class Sheet(NamedTuple):
    """One sheet: its name, who writes it, and what stands on it, as 总览 says."""

    name: str
    write: Callable[[Book], None]
    about: str = ""


def sheets(policy: Policy) -> list[Sheet]:
    """The sheets in their order; the attachments are those of the notice, by their numbers."""
    return [
        Sheet(overview.NAME, overview.write),
        *(
            Sheet(
                attachment.sheet_name(policy, rules.key),
                partial(attachment.write, scheme=rules.key),
                f"{rules.name}任务分解表：各单位申报、计入、完成率、排名，完成率图",
            )
            for rules in sorted(policy.schemes.values(), key=lambda rules: rules.attachment.number)
        ),
        Sheet(claims.NAME, claims.write, "申报的人有多少计入、多少逾期，其余为什么没有计入；各单位排名"),
        Sheet(progress.NAME, progress.write, f"各单位{policy.reporting.every}累计计入人数"),
        Sheet(hardship.NAME, hardship.write, "困难人员应参保、已参保、参保率，不应参保的原因"),
        Sheet(money.FUNDING, money.write_funding, "各部门应拨各单位多少，应退本人多少，各出资方多少"),
        Sheet(money.CASH, money.write_cash, "应收、实收、多缴、少缴是否相符"),
        Sheet(files.NAME, files.write, "各单位报送状态；收到的每个文件怎样处理"),
        Sheet(problems.STATISTICS, problems.write_statistics, "各单位各类问题各有几处，一页看全"),
        Sheet(problems.NAME, problems.write, "花名册里的问题逐处列出，错误在前，可以筛选"),
        Sheet(problems.DUPLICATES, problems.write_duplicates, "同一人在几处参保，归属哪里"),
        Sheet(interpretations.NAME, interpretations.write, "通知未说清之处按哪种口径计算，另有哪些理解"),
    ]


def write(district: District, path: Path, remarks: Remarks | None = None) -> None:
    """Write the district summary. The same district and remarks give the same bytes.

    Raises `Mismatch` before anything is written if the tables contradict each other.
    """
    reconcile(district)
    with xlsxwriter.Workbook(str(path), OPTIONS) as workbook:
        policy = district.policy
        workbook.set_properties(
            {
                "title": f"{policy.district}{policy.subject_in_a_word}征缴汇总表",
                "subject": policy.id,
                "created": template.fixed_time(policy),
            }
        )
        workbook.set_calc_mode("auto")
        first, *others = sheets(policy)
        about = {sheet.name: sheet.about for sheet in (first, *others)}
        book = Book(workbook, about, district, remarks or {})
        # 总览 stands first and is written last: its figures are formulas that point at the other sheets' lines
        for sheet in (*others, first):
            sheet.write(book)
        workbook.worksheets()[0].activate()
