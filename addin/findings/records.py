"""The records of findings and refusals.

IDs never stand in any of these records: texts are masked when they are made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypedDict

Severity = Literal["error", "warning", "info", "confirmed"]
SEVERITY_NAMES: dict[Severity, str] = {"error": "错误", "warning": "警告", "info": "提示", "confirmed": "已核实"}
SEVERITY_ORDER: dict[Severity, int] = {severity: n for n, severity in enumerate(SEVERITY_NAMES)}
"""The most severe first; last the warnings that a clerk has confirmed (核实说明)."""

# The reasons why a claimed row is not counted, in the order in which the first that applies is taken (specification 7).
IDENTITY, INELIGIBLE, DUPLICATE, UNPAID, SHORT, DATE = "identity", "ineligible", "duplicate", "unpaid", "short", "date"
REASONS: dict[str, str] = {
    IDENTITY: "身份错误",
    INELIGIBLE: "不符合条件",
    DUPLICATE: "重复",
    UNPAID: "未缴",
    SHORT: "少缴",
    DATE: "无日期或日期不符",
}
ORDER = {reason: 1 + n for n, reason in enumerate(REASONS)}
"""A reason's number in arrays; 0 is none."""


class Who(TypedDict):
    """Who somebody is, as findings say it: village, household number, masked name."""

    village: str
    household: str
    name: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file is not taken (or skipped): a fixed code, one Chinese sentence, and what to do."""

    code: str
    reason: str
    remedy: str = ""
    township: str = ""
    deadline: date | None = None
    """Whose file it is and of which 填报截止日期, where its cover could be read."""
    notice: str = ""
    """The number of the other notice by which it is filled in, as its cover has it, masked."""

    @property
    def sentence(self) -> str:
        """Reason and remedy as one text for a list."""
        return f"{self.reason}{self.remedy}"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One problem at one place; `row` is None for a finding of a whole column or file.

    `column` is the sheet's own letter of the cell; `header` the column's name as in the template. `village`,
    `household`, `name` say who it is; they, `value` and every text are masked already. `blocks` names the schemes for
    which the row cannot be counted because of it. `count` and `places` (sheet rows, at most 1,000) differ from 1 and ()
    only for a grouped finding.
    """

    file: str
    sheet: str
    row: int | None
    column: str | None
    code: str
    severity: Severity = field(compare=False)
    blocks: tuple[str, ...] = field(compare=False, default=())
    key: str | None = field(compare=False, default=None)
    header: str = field(compare=False, default="")
    village: str = field(compare=False, default="")
    household: str = field(compare=False, default="")
    name: str = field(compare=False, default="")
    value: str = field(compare=False, default="")
    problem: str = field(compare=False, default="")
    remedy: str = field(compare=False, default="")
    example: str = field(compare=False, default="")
    article: str = field(compare=False, default="")
    count: int = field(compare=False, default=1)
    places: tuple[int, ...] = field(compare=False, default=())
    township: str = field(compare=False, default="")
    """Whose finding it is, where the file is not a unit's own but a department's list."""

    @property
    def cell(self) -> str:
        """The address as Excel writes it, or what of it there is."""
        return f"{self.column or ''}{self.row or ''}"


def count_by_severity(findings: Iterable[Finding]) -> Counter[Severity]:
    """How many cells of each severity the findings are about, grouped or not."""
    counts: Counter[Severity] = Counter()
    for finding in findings:
        counts[finding.severity] += finding.count
    return counts


class UserError(Exception):
    """A fault whose text is for the user: whole Chinese sentences, what is wrong and what to do."""
