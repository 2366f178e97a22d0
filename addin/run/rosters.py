"""Rosters that are made: 上报文件 out of one that was checked, new ones, and those out of an old book."""

from __future__ import annotations

import os
from pathlib import Path

from addin import columns, ids, workers
from addin.findings import Refusal
from addin.old_roster import SEVERAL_UNITS, Account, Wanted
from addin.output import imported, macro_workbook, saving, submission
from addin.output.submission import Edition, Judged
from addin.policy import Installed, Policy, Unit, installed, numbered
from addin.run.files import NotMade, answer_of_a_child, opens_again
from addin.workers import Task


class OtherNotice(NotMade):
    """The roster is filled in by another notice of this PC."""

    def __init__(self, notice: Installed, sentence: str) -> None:
        self.notice = notice
        super().__init__(sentence)


class SeveralUnits(NotMade):
    """An old book has people of several units, and it was not said whose are wanted."""


def judge_file(file: Path, policy: Policy) -> Judged:
    """One roster judged by itself. Raises `NotMade` where it is refused or can't be sent on.

    `OtherNotice` says by which notice of this PC it can be judged.
    """
    task: Task[Judged] = Task(
        "addin.output.submission:judge_file", (file.absolute(), file.name, policy), ids.mask_text(file.name)
    )
    ((_, judged),) = workers.run([task], jobs=1)
    if isinstance(judged, Refusal):
        sentence = f"“{ids.mask_text(file.name)}”不能上报：{judged.sentence}"
        if notice := numbered(judged.notice):
            raise OtherNotice(notice, sentence)
        raise NotMade(sentence)
    if judged.obstacle:
        raise NotMade(judged.obstacle)
    return judged


def submit(file: Path, edition: Edition, folder: Path, policy: Policy) -> tuple[Path, int]:
    """Write the clean copy of a roster into `folder` under the next free number; gives the file and the number."""
    saving.make_folder(folder)

    def write(path: Path, serial: int) -> None:
        args = (path, file.absolute(), file.name, policy, serial)
        task: Task[None] = Task("addin.output.submission:copy_file", args, ids.mask_text(file.name))
        refusal = answer_of_a_child(task)
        if isinstance(refusal, Refusal):
            raise NotMade(f"上报文件没有写成：{refusal.sentence}")

    return submission.publish(folder.resolve(), edition, write, lambda path, _: opens_again(path))


def ask_for_unit(policy: Policy, longest: int) -> str:
    """The question for the unit: by its number in the list, or by its name where the list is too long to be shown."""
    numbered = " ".join(f"{number}{unit.name}" for number, unit in enumerate(policy.units, 1))
    asked = f"给哪个单位做？填数字或名称。\n{numbered}"
    return asked if len(asked) <= longest else "给哪个单位做？请填单位名称。"


def unit_of(policy: Policy, word: str) -> Unit:
    """The unit of a number in that list or of a name. Raises `NotMade`."""
    if word.isdecimal() and 1 <= int(word) <= len(policy.units):
        return policy.units[int(word) - 1]
    unit = policy.unit(word)
    if unit is None:
        raise NotMade(f"没有“{ids.mask_text(word)}”这个单位，什么也没有写。请填左边的数字，或通知上的单位名称。")
    return unit


def rows_of(word: str) -> int:
    """The number of rows typed. Raises `NotMade`."""
    plain = word.replace(",", "").replace("，", "")
    if not (plain.isdecimal() and 1 <= int(plain) <= columns.MOST_ROWS):
        raise NotMade(f"行数填的是“{ids.mask_text(word)}”，应是1到{columns.MOST_ROWS:,}的数。什么也没有写。")
    return int(plain)


def rows_for(policy: Policy, unit: Unit) -> int:
    """The smallest ready-made size with room for the unit's people of last year and a tenth more."""
    rows = (rules.attachment.by_unit.get(unit.name) for rules in policy.schemes.values())
    people = max((max(row.base or 0, row.quota) for row in rows if row), default=0)
    return next((size for size in columns.READY_ROWS if size >= people * 1.1), columns.READY_ROWS[-1])


def new_roster(target: Path, policy: Policy, rows: int, unit: Unit | None) -> None:
    """Write an empty roster with this many rows, its unit on the cover. Raises `NotMade` or `saving.SavingError`."""
    if target.suffix.lower() not in (".xlsx", ".xlsm"):
        raise NotMade(f"文件名“{target.name}”要以.xlsm（带宏）或.xlsx（不带宏）结尾，请改名再试。")
    if os.path.lexists(target):
        # it may hold people of a township
        raise NotMade(f"“{ids.mask_text(target.name)}”已经有了，没有改动它；请换一个文件名，或先把它移走。")
    cover = {"township": unit.name} if unit else {}
    saving.replace(target, lambda path: macro_workbook.write_template(path, policy, rows, cover), verify=opens_again)


def look_into_old(old: Path, policy: Policy, wanted: Wanted) -> Account:
    """The account of an import without writing. Raises `NotMade` where nothing can be taken."""
    return _imported("addin.output.imported:look", old, policy, wanted)


def import_old(old: Path, target: Path, policy: Policy, wanted: Wanted) -> tuple[Account, Path]:
    """Make a roster of an old book; gives the account, and the workbook beside `target` that has it line by line.

    Both are new files: nothing is written over. Raises `NotMade` or `saving.SavingError`.
    """
    if target.suffix.lower() not in (".xlsx", ".xlsm"):
        raise NotMade(f"文件名“{target.name}”要以.xlsm（带宏）或.xlsx（不带宏）结尾，请改名再试。")
    note = imported.note_of(target)
    if there := next((path for path in (target, note) if path.exists()), None):
        raise NotMade(f"“{ids.mask_text(there.name)}”已经有了，没有改动它；请换一个文件名，或先把它移走。")
    saving.make_folder(target.parent)
    accounts: list[Account] = []

    def write_both(beside: Path) -> None:
        def write(path: Path) -> None:
            accounts.append(_imported("addin.output.imported:write", old, policy, wanted, path, beside))

        saving.replace(target, write, verify=opens_again)

    with workers.shared_children(1), saving.telling():
        saving.replace(note, write_both, verify=opens_again)
    return accounts[-1], note


def _imported(function: str, old: Path, policy: Policy, wanted: Wanted, *targets: Path) -> Account:
    name = ids.mask_file_name(old.name)
    task: Task[Account] = Task(function, (*targets, old.absolute(), old.name, policy, installed(), wanted), name)
    account = answer_of_a_child(task)
    if isinstance(account, Refusal):
        kind = SeveralUnits if account.code == SEVERAL_UNITS else NotMade
        raise kind(f"“{name}”不能导入：{account.sentence}")
    return account
