"""The sheets of the summary in their order, and the writing of the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import xlsxwriter

from addin.district.records import District
from addin.output import template
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

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
_BEHIND: tuple[tuple[str, Callable[[Book], None]], ...] = (
    (claims.NAME, claims.write),
    (progress.NAME, progress.write),
    (hardship.NAME, hardship.write),
    (money.FUNDING, money.write_funding),
    (money.CASH, money.write_cash),
    (files.NAME, files.write),
    (problems.STATISTICS, problems.write_statistics),
    (problems.NAME, problems.write),
    (problems.DUPLICATES, problems.write_duplicates),
    (interpretations.NAME, interpretations.write),
)
"""The sheets behind 总览 and the attachments in their order, and who writes each."""


def sheets(policy: Policy) -> Mapping[str, Callable[[Book], None]]:
    """The sheets in their order, and who writes each; the attachments are those of the notice, by their numbers."""
    schemes = sorted(policy.schemes, key=lambda scheme: policy.schemes[scheme].attachment.number)
    return {
        overview.NAME: overview.write,
        **{attachment.sheet_name(policy, scheme): partial(attachment.write, scheme=scheme) for scheme in schemes},
        **dict(_BEHIND),
    }


def write(district: District, path: Path, remarks: Remarks | None = None) -> None:
    """Write the district summary. The same district and remarks give the same bytes.

    Raises `Mismatch` before anything is written if the tables contradict each other.
    """
    reconcile(district)
    with xlsxwriter.Workbook(str(path), _OPTIONS) as workbook:
        policy = district.policy
        workbook.set_properties(
            {
                "title": f"{policy.district}{policy.subject_in_a_word}征缴汇总表",
                "subject": policy.id,
                "created": template.fixed_time(policy),
            }
        )
        workbook.set_calc_mode("auto")
        first, *others = (writers := sheets(policy)).values()
        book = Book(workbook, list(writers), district, remarks or {})
        # 总览 stands first and is written last: its figures are formulas that point at the other sheets' lines
        for write_sheet in (*others, first):
            write_sheet(book)
        workbook.worksheets()[0].activate()
