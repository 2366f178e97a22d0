"""One roster: judged as the district would judge it, and written as a clean copy for sending on (上报文件).

In: a roster, from a closed file or the open workbook. Out: its findings and how many people will not count because of
them; a workbook without macros, 乡镇_分册_截止日期_第N次.xlsx, whose people are cell for cell those of the roster. Of one
edition there is one content: a second one of the same day gets the next number, and nothing is ever overwritten.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path

import numpy as np

from addin import checks, columns, intake
from addin import roster as rosters
from addin.columns import INPUTS, Scheme
from addin.district import DUPLICATE_RULES, judge_alone, open_roster, reduce_roster
from addin.findings import Finding, Refusal, UserError
from addin.output import saving, template, unit_files
from addin.policy import Policy
from addin.roster import Roster

_FORBIDDEN = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
"""Characters that Windows forbids in file names."""


class NotReady(UserError):
    """The roster can't be sent as it is; the text is a whole Chinese sentence."""


@dataclass(frozen=True, slots=True)
class Edition:
    """Which submission a roster is: what its file is called, up to the number."""

    stem: str
    serial: int

    def name(self, serial: int) -> str:
        """The file of this edition's number."""
        return f"{self.stem}_第{serial}次.xlsx"


@dataclass(frozen=True, slots=True)
class Judged:
    """All findings of one roster, in the sheet's order; counts of cells; people claimed who won't count, by scheme."""

    edition: Edition
    findings: list[Finding]
    errors: int
    warnings: int
    blocked: dict[Scheme, int]
    obstacle: str
    """Why it can't be sent, or ''."""
    confirmations: dict[int, str]
    """By row what the check keeps behind the marks."""


def judge(roster: Roster) -> Judged:
    """Check a roster by itself, people met twice in it included."""
    checked = checks.check(roster)
    line, findings = judge_alone(reduce_roster(roster, checked, secrets.token_bytes(32)), roster.policy)
    blocked = {}
    for scheme in roster.schemes:
        rows = [finding.row or 0 for finding in findings if finding.code == DUPLICATE_RULES[scheme]]
        out = (checked.why[scheme] > 0) | np.isin(roster.rows, rows)
        blocked[scheme] = int(np.count_nonzero(roster.enrolled(scheme) & out))
    misplaced = next((finding for finding in findings if finding.code == checks.OTHER_BOOK), None)
    why_not = obstacle(roster) or (f"{misplaced.problem}{misplaced.remedy}" if misplaced else "")
    return Judged(edition(roster), findings, line.errors, line.warnings, blocked, why_not, checked.confirmations)


def edition(roster: Roster) -> Edition:
    """Unit, part and day as the cover has them, no ID or name among them; a single scheme is said with the part."""
    cover = roster.cover
    part = roster.shown_part if roster.shown_part == cover.part else roster.shown_part.replace("*", "＊")
    return edition_of(cover.unit.name, part, cover.scope, cover.deadline, cover.serial)


def edition_of(township: str, part: str, scope: str, deadline: date, serial: int) -> Edition:
    """The edition of these; the part must show no ID and no name."""
    of_one = "" if scope == columns.BOTH_SCHEMES else scope
    name = f"{township}_{part}{of_one}_{deadline.isoformat()}"
    return Edition(_FORBIDDEN.sub("", name).strip(), serial)


def obstacle(roster: Roster) -> str:
    """Why a roster can't be sent on: a cell without a value would be blank in the clean copy, unnoticed."""
    if not len(roster):
        return "花名册上还没有人，没有可上报的内容。请先填写花名册。"
    places = [
        f"{roster.letters[column.key]}{row}"
        for column in INPUTS
        for row in roster.rows[roster.fault(column.key, rosters.ERROR, rosters.UNCALCULATED)].tolist()
    ]
    if not places:
        return ""
    return f"有{len(places)}个单元格是错误值或没有计算过的公式（如{'、'.join(places[:3])}），不能上报。请改成实际内容再试。"


def blocked_words(judged: Judged, policy: Policy) -> str:
    """The people who won't count, in words; '' where there are none."""
    return "、".join(f"{policy.schemes[scheme].name}{count}人" for scheme, count in judged.blocked.items() if count)


def next_serial(edition: Edition, names: Sequence[str]) -> int:
    """The number for a new file beside files of these names: the cover's own, or one more than the last that is there.

    >>> one = Edition("普利桥镇_全部_2019-10-15", 1)
    >>> next_serial(one, []), next_serial(one, [one.name(1), one.name(4), "别的_第9次.xlsx"])
    (1, 5)
    """
    # Windows takes names that differ in case for one
    pattern = re.compile(re.escape(edition.stem) + r"_第(\d{1,6})次\.xlsx", re.IGNORECASE)
    there = [int(match[1]) for name in names if (match := pattern.fullmatch(name))]
    return max([edition.serial, *(number + 1 for number in there if number >= edition.serial)])


def publish(
    folder: Path, edition: Edition, write: Callable[[Path, int], None], verify: Callable[[Path, int], None]
) -> tuple[Path, int]:
    """Write the next edition into a folder: `write` and `verify` get a path and the number. Gives file and number.

    Raises `saving.SavingError` or what the callbacks raise; then there is no new file.
    """
    while True:
        serial = next_serial(edition, [path.name for path in folder.iterdir()])
        target = folder / edition.name(serial)
        with saving.hold(target):
            if not target.exists():  # another run has taken the number
                saving.replace(target, partial(_numbered, write, serial), verify=partial(_numbered, verify, serial))
                return target, serial


def _numbered(step: Callable[[Path, int], None], serial: int, path: Path) -> None:
    step(path, serial)


def write(path: Path, roster: Roster, serial: int) -> None:
    """Write the clean copy under this number."""
    fields = unit_files.cover_fields(roster.cover, roster.policy) | {
        "serial": serial,
        "template_version": columns.TEMPLATE_VERSION,
    }
    people = unit_files.as_given(roster)
    template.write_roster(path, roster.policy, fields, people, confirmations=unit_files.confirmations_of(roster))


def verify(path: Path, roster: Roster, serial: int) -> None:
    """Read the copy as the district will, and compare every cell that was filled in. Raises `NotReady`."""
    book = intake.read(path)
    copy = book if isinstance(book, Refusal) else rosters.read(book, roster.policy, path.name)
    if isinstance(copy, Refusal):
        raise NotReady(f"写好的文件重新读取时读不了（{copy.reason}），没有采用。请重试，仍不行时联系技术人员。")
    same = copy.cover.serial == serial and (
        copy.cover.unit,
        copy.cover.scope,
        copy.cover.part,
        copy.cover.deadline,
    ) == (
        roster.cover.unit,
        roster.cover.scope,
        roster.cover.part,
        roster.cover.deadline,
    )
    if not same or any(
        list(map(_plain, roster.raw[column.key])) != list(map(_plain, copy.raw[column.key])) for column in INPUTS
    ):
        raise NotReady("写好的文件与花名册不一致，没有采用。请重试，仍不行时联系技术人员。")


def _plain(value: object) -> object:
    """A value as the file can hold it: a day without a time, a time of day as its text."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date() if value.time() == datetime.min.time() else value
    if isinstance(value, (int, float, str, date)):
        return value
    return str(value)


# ---------------------------------------------------------------- from a closed file, in a child process


def judge_file(path: Path, name: str, policy: Policy) -> Judged | Refusal:
    """Judge the roster at `path`."""
    roster, _ = open_roster(path, name, policy)
    return roster if isinstance(roster, Refusal) else judge(roster)


def copy_file(target: Path, path: Path, name: str, policy: Policy, serial: int) -> Refusal | None:
    """Write the clean copy of the roster at `path`, verified."""
    roster, _ = open_roster(path, name, policy)
    if isinstance(roster, Refusal):
        return roster
    write(target, roster, serial)
    try:
        verify(target, roster, serial)
    except NotReady as error:
        return Refusal("", str(error))
    return None
