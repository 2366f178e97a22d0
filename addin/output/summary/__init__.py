"""The district summary, workbooks/district_summary.xlsx: from a `District` to a workbook for officials.

In: a `District` (see `records`) and the remarks of the summary that is being replaced. Out: an .xlsx with no macro, no
external link, no full name or ID. One module a topic: attachments, overview, files, problems and so on; `page` and
`style` are how every sheet looks. Answers to specification 7 and 六(四) of the notice.
"""

from __future__ import annotations

from pathlib import Path

from addin.district import assemble
from addin.output.summary import previous
from addin.output.summary.book import Remarks
from addin.output.summary.previous import (
    NO_SUMMARY,
    Previous,
    Unreadable,
    changed_beside_remarks,
    fallen,
    read_counts,
    remarks_in,
)
from addin.output.summary.reconcile import Mismatch, reconcile
from addin.output.summary.sheets import write
from addin.output.summary.verify import Unverified, verify
from addin.policy import Policy

__all__ = [
    "NO_SUMMARY",
    "Mismatch",
    "Previous",
    "Remarks",
    "Unreadable",
    "Unverified",
    "changed_beside_remarks",
    "fallen",
    "read_counts",
    "read_remarks",
    "reconcile",
    "remarks_in",
    "verify",
    "write",
    "write_empty",
]


def read_remarks(path: Path) -> dict[tuple[str, str], str]:
    """The clerks' remarks in an existing summary, for `write`. Raises `Unreadable`, in words for the user."""
    return previous.read_remarks(path, previous.sheet_names(path))


def write_empty(policy: Policy, path: Path) -> None:
    """The summary before anything was collected: the notice's tables with zeros."""
    district = assemble((), policy)
    district.decisions = []  # that nobody has reported is no news yet
    write(district, path)
