"""The complete jobs, for the command line, the ribbon and scheduled runs.

In: a folder of received workbooks, or single files. Out: the district summary in its place and the `District`, or the
findings. Strangers' files are opened in child processes only (`workers`), every result is written as `saving` writes,
and nobody else writes the same summary meanwhile. Answers to specification 7.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from addin import columns, ids, intake, workers
from addin.district import (
    BETWEEN_FILES,
    LISTS,
    RESULTS,
    SUMMARY,
    FileResult,
    assemble,
    check_each,
    is_apart,
    judge_alone,
    partials,
    received_files,
    report,
    shown_names,
)
from addin.district.alone import OtherPolicy, by_own_notices
from addin.district.records import Decision, District, FileLine
from addin.findings import Finding, Refusal, UserError
from addin.old_roster import SEVERAL_UNITS, Account, Wanted
from addin.output import earlier, imported, ledger, macro_workbook, returns, saving, submission, summary, unit_files
from addin.output.submission import Edition, Judged
from addin.policy import Installed, Policy, Unit, fold, installed, numbered
from addin.registers import LISTED, Index, ListFile, Lists
from addin.roster import OTHER_NOTICE
from addin.workers import Task
from addin.workers import cluster as clusters

if TYPE_CHECKING:
    from types import ModuleType

T = TypeVar("T")
RETURN, LEDGER, PROGRESS = returns.LIST, "缴费台账", "进度表"
EARLIER_RETURNS = "以前的退回"
"""The folder, inside that of the returns, of those that are out of date."""
FIXED_SUMMARY, SUMMARY_BESIDE = "district_summary.xlsx", "区汇总表.xlsx"
"""The summary's name on the command line, and once of the button; and once of the icon, beside what was received."""

OnFile = Callable[[int], None]
"""Called for each file that is done, with the number of its people."""
OnStart = Callable[[int], None]
"""Called with the number of files whenever their reading begins: by another notice they are read once more."""
Received = list[tuple[Path, str]]
"""Workbooks and what lists call them."""


class NotMade(UserError):
    """An output could not be made; the text is a whole Chinese sentence."""


class SeveralNotices(NotMade):
    """The received files name several notices of this PC, and it was not said which is to be merged."""

    def __init__(self, files: Mapping[Installed, int]) -> None:
        self.files = dict(files)
        each = "、".join(f"{one.id}（{number}个文件）" for one, number in self.files.items())
        super().__init__(
            f"收到的文件分别按不同的通知填报：{each}。一次只汇总一个通知，请指定是哪一个（命令行用 --notice）。"
        )


class OtherNotice(NotMade):
    """The roster is filled in by another notice of this PC."""

    def __init__(self, notice: Installed, sentence: str) -> None:
        self.notice = notice
        super().__init__(sentence)


class OtherSummary(NotMade):
    """The summary that would be replaced is of another notice than `policy`, by which was merged."""

    def __init__(self, sentence: str, policy: Policy) -> None:
        self.policy = policy
        super().__init__(sentence)


def summary_of(policy: Policy | Installed, usual: str = SUMMARY) -> str:
    """The file name of a notice's summary where another notice's has the usual name."""
    return f"{Path(usual).stem}_{policy.folder.name}.xlsx"


def _summaries(folder: Path) -> list[Path]:
    """The summaries of the several notices that may lie among the received files."""
    usual = (SUMMARY, FIXED_SUMMARY)
    names = (*usual, *(summary_of(notice, name) for notice in installed() for name in usual))
    return [(folder / name).resolve() for name in names]


def _before(target: Path, policy: Policy) -> Path | None:
    """The summary that this one follows: the one that it replaces, else one that has a name of before."""
    there = [target]
    if target.name == SUMMARY:
        there += [target.with_name(FIXED_SUMMARY), target.parent.parent / SUMMARY_BESIDE]
    elif target.name == summary_of(policy):
        there.append(target.with_name(summary_of(policy, FIXED_SUMMARY)))
    return next((path for path in there if path.exists()), None)


class SeveralUnits(NotMade):
    """An old book has people of several units, and it was not said whose are wanted."""


@dataclass(frozen=True, slots=True)
class Extras:
    """The outputs of a merge beside the summary: data; a return, a ledger and a table of progress for each unit."""

    json: Path | None = None
    returns: Path | None = None
    ledger: Path | None = None
    progress: Path | None = None

    def folders(self, policy: Policy) -> list[tuple[str, Path, str]]:
        """The wanted kinds of paper: name, folder, and the end of their titles."""
        kinds = (
            (RETURN, self.returns, earlier.RETURN),
            (LEDGER, self.ledger, earlier.LEDGER),
            (policy.reporting.table, self.progress, earlier.PROGRESS),
        )
        return [(words, folder, title) for words, folder, title in kinds if folder is not None]

    def refuse_targets(self, target: Path, policy: Policy, received: Path | None = None) -> None:
        """Refuse targets that may not be written, before anything is read. Raises `saving.CannotSave`."""
        earlier.refuse_suffix(target, ".xlsx", "汇总表")
        earlier.refuse_alike((("汇总表", target), ("数据", self.json)))
        papers: list[tuple[Path, str]] = []
        for words, folder, title in self.folders(policy):
            _refuse_among_received(folder, received, words)
            own = _papers(folder, words, policy)
            earlier.refuse_alike((("汇总表", target), *((words, path) for path in own)))
            papers += [(path, title) for path in own]
        if self.ledger:
            papers += [(path, earlier.REFUNDS) for _, path in _refund_lists(self.ledger, policy)]
        if self.returns:
            texts = [self.returns / f"{unit.name}_{returns.TEXT}.txt" for unit in policy.units]
            earlier.refuse_alike((("汇总表", target), ("数据", self.json), *(("退回说明", path) for path in texts)))
        for _, folder, _ in self.folders(policy):
            saving.make_folder(folder)
        if self.json:
            earlier.refuse_suffix(self.json, ".json", "数据")
            saving.make_folder(self.json.parent)
            earlier.refuse_other_data(self.json, earlier.MERGED)
        earlier.refuse_other_papers(papers)
        if self.returns:
            earlier.refuse_other_texts(texts, returns.TEXT_START)


def _papers(folder: Path, words: str, policy: Policy) -> list[Path]:
    """Where the units' papers of one kind go, in the units' order."""
    return [folder / f"{unit.name}_{words}.xlsx" for unit in policy.units]


def _refuse_among_received(folder: Path, received: Path | None, what: str) -> None:
    """A return is a roster: where it lay among what was received, the next merge would take it for one."""
    if received is None:
        return
    place, inside = folder.resolve(), received.resolve()
    if place.is_relative_to(inside) and not any(map(is_apart, place.relative_to(inside).parts)):
        raise saving.CannotSave(
            f"{what}不能放在收到的花名册中间，下次汇总会当作收到的文件。请放到“{inside / RESULTS}”里，或别的文件夹。"
        )


def papers_of(folder: Path, *, returns: bool = True, ledger: bool = True, progress: bool = True) -> Extras:
    """The papers that are wanted, in the subfolder 汇总结果 of what was received, a folder each."""
    made = folder / RESULTS
    return Extras(
        returns=made / RETURN if returns else None,
        ledger=made / LEDGER if ledger else None,
        progress=made / PROGRESS if progress else None,
    )


def lists_of(folder: Path) -> Path | None:
    """The subfolder 部门名单 of what was received; None where there is none, or no workbook in it."""
    lists = folder / LISTS
    return lists if lists.is_dir() and received_files(lists, lists=True)[0] else None


def received(
    folder: Path, outputs: Sequence[Path | None], apart: Path | None = None
) -> tuple[Received, list[FileLine]]:
    """The workbooks of a folder and what is skipped; our own outputs and the departments' lists are neither.

    `outputs` are files of this run; `apart` is a folder (or file) of other things that may lie in it. Raises `NotMade`
    where the folder itself is one for results or lists.
    """
    place = folder.absolute()
    if is_apart(place.name) or (is_apart(place.parent.name) and place.name in (RETURN, LEDGER, PROGRESS)):
        raise NotMade(
            f"“{ids.mask_text(place.name)}”是放结果或部门名单的文件夹，里面不是收到的花名册。请选它外面、装着收到的花名册的文件夹。"
        )
    own = [*(saving.resolved(path) for path in outputs if path), *_summaries(folder)]
    others = apart.resolve() if apart else None

    def ours(path: Path) -> bool:
        if path.is_symlink():
            return False
        real = path.resolve()
        return (others is not None and real.is_relative_to(others)) or any(saving.belongs(one, real) for one in own)

    return received_files(folder, ours)


def refuse_empty(folder: Path, books: Received) -> None:
    """Raises `NotMade` where there is no roster at all: a summary of zeros would replace the true one."""
    if not books:
        raise NotMade(
            f"“{ids.mask_text(folder.name)}”里没有收到的花名册（.xlsx、.xlsm），什么也没有写。请把各单位的花名册放进去再试。"
        )


def merge_folder(
    folder: Path,
    target: Path,
    policy: Policy,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    on_start: OnStart | None = None,
    on_file: OnFile | None = None,
    extras: Extras = Extras(),
    lists: Path | None = None,
    remarks: summary.Remarks | None = None,
    release: Callable[[], None] = lambda: None,
    other: OtherPolicy | None = None,
) -> District:
    """Merge everything received into the summary at `target`; the files are read here, or on a `cluster` (its address).

    With `lists`, the folder of the departments' lists, everybody is held against them. Where the old summary is open in
    a program, `remarks` are those that stand there, in place of the file's; and `release`, called when the new one is
    written and verified, makes that program let go of the file. With `other` nobody has said which notice it is to be:
    where all files name the same other notice of this PC, it is that one, loaded by `other`.
    Raises `saving.SavingError`, `summary.Mismatch` and the like, in words for the user; then nothing has changed but
    what a note of the exception names.
    """
    with workers.kept(jobs, early=cluster is None), saving.telling(), partials.temporary_folder() as kept_results:
        books, skipped = received(folder, (target, extras.json), lists)
        refuse_empty(folder, books)
        extras.refuse_targets(target, policy, folder)
        with saving.hold(target):
            read = partial(
                _read, books, lists, kept_results, jobs=jobs, cluster=cluster, on_start=on_start, on_file=on_file
            )
            (results, given), policy = by_the_files_notice(read, policy, other)
            extras.refuse_targets(target, policy, folder)
            index = given.index if given else None
            own, elsewhere = _apart(results)
            district = assemble(own, policy, [*skipped, *elsewhere], given)
            _save_summary(target, district, remarks, release)
        if extras.json:
            write_json(report.to_json(district), extras.json)
        if extras.returns:
            write_returns(district, results, books, extras.returns, jobs=jobs, index=index)
        if extras.ledger:
            write_ledgers(district, results, books, extras.ledger, jobs=jobs, index=index)
        if extras.progress and district.through:
            write_progress(district, district.through, extras.progress)
    return district


Read = tuple[list[FileResult], Lists | None]
"""Each file's result, and the departments' lists that its people were held against."""


def _read(
    books: Received,
    lists: Path | None,
    kept_results: partials.ResultFolder,
    policy: Policy,
    *,
    until: date | None = None,
    jobs: int | None,
    cluster: str | None = None,
    on_start: OnStart | None,
    on_file: OnFile | None,
) -> Read:
    """Read the departments' lists, where there are any, and the rosters, held against them."""
    given = read_lists(lists, policy, jobs=jobs, until=until) if lists else None
    index = given.index if given else Index(secrets.token_bytes(32))
    results = read_files(
        books, policy, index, kept_results, jobs=jobs, cluster=cluster, on_start=on_start, on_file=on_file
    )
    return results, given


def by_the_files_notice(
    read_by: Callable[[Policy], Read], policy: Policy, other: OtherPolicy | None
) -> tuple[Read, Policy]:
    """Read under `policy`; where `other` is given and all files name another notice of this PC, under that one again.

    Raises `SeveralNotices` where they name several. Files without a readable cover name none.
    """
    read = read_by(policy)
    if other is None:
        return read, policy
    numbers = Counter(_number(result, policy) for result in read[0])
    named = {one: files for one in installed() if (files := sum(n for word, n in numbers.items() if one.called(word)))}
    if len(named) > 1:
        raise SeveralNotices(named)
    only = next(iter(named), None)
    if only is None or only.folder == policy.folder:
        return read, policy
    policy = other(only.folder)
    return read_by(policy), policy


def _number(result: FileResult, policy: Policy) -> str:
    """The number of the notice that a file's cover names; '' where it could not be read."""
    if result.refusal is None:
        return policy.id
    return result.refusal.notice or (policy.id if result.refusal.township else "")


def _apart(results: Sequence[FileResult]) -> tuple[list[FileResult], list[FileLine]]:
    """Without the files of other notices of this PC; of those a line for each notice, with their number."""
    numbers = Counter(result.refusal.notice for result in results if result.refusal and result.refusal.notice)
    counts = {number: (notice, files) for number, files in numbers.items() if (notice := numbered(number))}
    lines = [
        FileLine(
            f"按{notice.id}填报的文件",
            "skipped",
            OTHER_NOTICE,
            f"共{number}个，属于另一个通知，不在本次汇总之内；请按该通知另行汇总。",
        )
        for notice, number in counts.values()
    ]
    return [result for result in results if not (result.refusal and result.refusal.notice in counts)], lines


def read_folder(
    folder: Path,
    kept: Path,
    policy: Policy,
    secret: bytes,
    *,
    share: tuple[int, int] = (1, 1),
    jobs: int | None = None,
    on_start: OnStart | None = None,
    on_file: OnFile | None = None,
) -> list[FileResult]:
    """Read a share of a folder's files (the first of three is (1, 3)); keep their results in `kept` for `combine`."""
    saving.make_folder(kept)
    kept_results = partials.ResultFolder(kept)
    books, skipped = share_of(folder, kept, share)
    for line in skipped:
        kept_results.put(partials.refuse_file(line.name, policy, secret, Refusal(line.code, line.reason)))
    return read_files(books, policy, Index(secret), kept_results, jobs=jobs, on_start=on_start, on_file=on_file)


def share_of(folder: Path, kept: Path, share: tuple[int, int]) -> tuple[Received, list[FileLine]]:
    """One share of a folder's workbooks; what is skipped belongs to the first share."""
    books, skipped = received(folder, (), kept)
    return books[share[0] - 1 :: share[1]], skipped if share[0] == 1 else []


def combine(kept: Path, target: Path, policy: Policy, *, extras: Extras = Extras()) -> District:
    """Merge results that `read_folder` has kept, wherever they were made. Raises as `merge_folder`."""
    extras.refuse_targets(target, policy)
    with saving.telling():
        with saving.hold(target):
            results, elsewhere = _apart(partials.kept(kept, policy))
            district = assemble(results, policy, elsewhere)
            _save_summary(target, district)
        if extras.json:
            write_json(report.to_json(district), extras.json)
        if extras.returns:
            write_returns(district, (), [], extras.returns)
        if extras.progress and district.through:
            write_progress(district, district.through, extras.progress)
    return district


@dataclass(frozen=True, slots=True)
class Issue:
    """A circular to be made: the month's end, where each unit's table of progress goes, who signs, which lists hold."""

    end: date
    progress: Path | None = None
    issuer: str = ""
    lists: Path | None = None

    def tables(self, policy: Policy) -> list[Path]:
        """The table of progress of each unit, in the units' order; none where none are wanted."""
        return _papers(self.progress, policy.reporting.table, policy) if self.progress else []


def write_circular(
    folder: Path,
    target: Path,
    policy: Policy,
    issue: Issue,
    *,
    jobs: int | None = None,
    on_start: OnStart | None = None,
    on_file: OnFile | None = None,
    other: OtherPolicy | None = None,
) -> tuple[District, int]:
    """Write the month's circular; gives the district as of the month's end, and how many later rosters were left out.

    As of the month's end counts what `merge_folder` would count if no roster with a later 填报截止日期 had come yet.
    Raises `NotMade` where nothing is left, and what `merge_folder` raises.
    """
    from addin.output import circular  # noqa: PLC0415 - Word and pictures are loaded by nobody else

    earlier.refuse_suffix(target, ".docx", "通报")
    with saving.telling():
        books, skipped = received(folder, (target,), issue.lists)
        refuse_empty(folder, books)
        if target.parent == folder / RESULTS:
            saving.make_folder(target.parent)
        if issue.progress:
            _refuse_among_received(issue.progress, folder, PROGRESS)
            saving.make_folder(issue.progress)
        earlier.refuse_other_papers(
            [(target, earlier.CIRCULAR), *((path, earlier.PROGRESS) for path in issue.tables(policy))]
        )
        return _write_circular(
            folder,
            books,
            skipped,
            target,
            policy,
            issue,
            circular,
            jobs=jobs,
            on_start=on_start,
            on_file=on_file,
            other=other,
        )


def _write_circular(
    folder: Path,
    books: Received,
    skipped: Sequence[FileLine],
    target: Path,
    policy: Policy,
    issue: Issue,
    circular: ModuleType,
    *,
    jobs: int | None,
    on_start: OnStart | None,
    on_file: OnFile | None,
    other: OtherPolicy | None,
) -> tuple[District, int]:
    with workers.kept(jobs), partials.temporary_folder() as kept_results, saving.hold(target):
        read = partial(
            _read, books, issue.lists, kept_results, until=issue.end, jobs=jobs, on_start=on_start, on_file=on_file
        )
        (results, given), policy = by_the_files_notice(read, policy, other)
        earlier.refuse_other_papers([(path, earlier.PROGRESS) for path in issue.tables(policy)])
        results, elsewhere = _apart(results)
        skipped = [*skipped, *elsewhere]
        taken = [result for result in results if result.deadline is None or result.deadline <= issue.end]
        district = assemble(taken, policy, skipped, given)
        if district.through is None:
            raise NotMade(f"“{folder.name}”里没有填报截止日期在{issue.end.isoformat()}及以前的花名册，通报没有写。")
        saving.replace(
            target,
            lambda path: circular.write(district, issue.end, path, issuer=issue.issuer),
            verify=lambda path: circular.verify(path, district),
        )
    if issue.progress:
        write_progress(district, issue.end, issue.progress)
    return district, len(results) - len(taken)


def _save_summary(
    target: Path, district: District, remarks: summary.Remarks | None = None, release: Callable[[], None] = lambda: None
) -> None:
    before = _look_back(target, district)
    kept = before if remarks is None else remarks

    def verify(path: Path) -> None:
        summary.verify(path, district)
        release()

    saving.replace(target, lambda path: summary.write(district, path, kept), verify=verify)


def read_lists(folder: Path, policy: Policy, *, jobs: int | None = None, until: date | None = None) -> Lists:
    """The departments' lists in a folder (or one file), with a secret of their own for the run.

    `until` is the last day of the payments that count. Raises `NotMade` where there is no list at all; one that can't
    be used is in the result with its refusal.
    """
    books, others = (
        ([(folder, ids.mask_text(folder.name))], []) if folder.is_file() else received_files(folder, lists=True)
    )
    if not books:
        raise NotMade(f"“{ids.mask_text(folder.name)}”里没有名单（工作簿或CSV），请核对路径。")
    secret = secrets.token_bytes(32)
    named = [(path.absolute(), f"{LISTED}{name}") for path, name in books]
    tasks: list[Task[ListFile]] = [
        Task("addin.registers.read:one_list", (*book, policy, secret), ids.mask_text(book[1])) for book in named
    ]
    files = [
        ListFile(task.name, refusal=result) if isinstance(result, Refusal) else result
        for task, result in workers.run(tasks, jobs=jobs)
    ]
    files += [ListFile(f"{LISTED}{line.name}", refusal=Refusal(line.code, line.reason)) for line in others]
    return Lists(secret, tuple(files), until)


def read_files(
    books: Received,
    policy: Policy,
    index: Index,
    kept_results: partials.ResultFolder,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    on_start: OnStart | None = None,
    on_file: OnFile | None = None,
) -> list[FileResult]:
    """Each file's result, in the files' order, its people recognised and held against the lists by the `index`."""
    if index.payments is not None and cluster is None:
        index = replace(index, payments=index.payments.kept_in(kept_results.folder))
    if on_start is not None:
        on_start(len(books))
    # the largest first, so that no child is left with a large one at the end
    order = sorted(range(len(books)), key=lambda n: (-_size(books[n][0]), n))
    ordered = [books[n] for n in order]
    if cluster is None:
        tasks = [_task(path.absolute(), name, policy, index) for path, name in ordered]
        answers = workers.run(tasks, jobs=jobs)
    else:
        tasks_of = (_task(intake.load(path), name, policy, index) for path, name in ordered)
        answers = clusters.run(tasks_of, cluster)
    results: dict[int, FileResult] = {}
    for n, (task, answer) in zip(order, answers, strict=True):
        results[n] = kept_results.put(
            partials.refuse_file(task.name, policy, index.secret, answer) if isinstance(answer, Refusal) else answer
        )
        if on_file is not None:
            on_file(len(results[n]))
    return [results[n] for n in range(len(books))]


def _task(given: Path | bytes | Refusal, name: str, policy: Policy, index: Index) -> Task[bytes]:
    """The task that reads one file: by its path where the child can see the folder, else by its bytes."""
    if isinstance(given, Refusal):
        return Task("addin.district.partials:refuse_file", (name, policy, index.secret, given), ids.mask_text(name))
    return Task("addin.district.partials:read_file", (given, name, policy, index), ids.mask_text(name))


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def _look_back(target: Path, district: District) -> summary.Remarks:
    """The remarks of the summary before this one; units that shrank or vanished since become decisions."""
    file = _before(target, district.policy)
    if file is None:
        return {}
    task: Task[summary.Previous] = Task("addin.output.summary.previous:look_back", (file.resolve(),), file.name)
    ((_, before),) = workers.run([task], jobs=1)
    if file != target:
        return _follow(file, target, before, district)
    if isinstance(before, Refusal) and before.code == summary.NO_SUMMARY:
        raise NotMade(f"“{ids.mask_text(target.name)}”没有改动：{before.sentence}")
    if isinstance(before, Refusal):
        kept = "它的备注没有带到新表，原件另存为备份。"
        district.decisions.append(Decision("原汇总表", "", f"原来的“{target.name}”读不了：{before.reason}{kept}"))
        return {}
    remarks, counts, number = before
    if number and fold(number) != fold(district.policy.id):
        raise OtherSummary(
            f"“{ids.mask_text(target.name)}”是按{ids.mask_text(number)}汇总的，没有改动它；"
            f"{district.policy.id}的汇总表请另写一个文件（--out）。",
            district.policy,
        )
    district.decisions += summary.fallen(district, counts)
    return remarks


def _follow(file: Path, target: Path, before: summary.Previous | Refusal, district: District) -> summary.Remarks:
    """What crosses from a summary with a name of before, which stays as it is: nothing from another notice's."""
    if isinstance(before, Refusal) or (before[2] and fold(before[2]) != fold(district.policy.id)):
        return {}
    remarks, counts, _ = before
    words = f"“{file.name}”是以前的汇总表，备注已带到“{target.name}”；以后汇总都写在这一份，旧的没有改动，可以移走。"
    district.decisions += [Decision("原汇总表", "", words), *summary.fallen(district, counts)]
    return remarks


# ---------------------------------------------------------------- checking


def check_files(
    files: Sequence[Path],
    policy: Policy,
    *,
    jobs: int | None = None,
    on_file: OnFile | None = None,
    annotate: Path | None = None,
    lists: Lists | None = None,
    json: Path | None = None,
    other: OtherPolicy | None = None,
) -> list[tuple[FileLine, list[Finding]]]:
    """Each file by itself, duplicates inside it included; `annotate` is the folder for copies with findings on them.

    With `lists` also what they say of each file's people, and who of its unit is on a list and not in the file. `json`
    is where the caller will write what came of it: said here so that it is refused before anything is read. With
    `other` a file of another notice of this PC is judged by that one, and by no lists: those are of one year.
    """
    if json is not None:
        earlier.refuse_given([json], files)
        earlier.refuse_suffix(json, ".json", "数据")
        saving.make_folder(json.parent)
        earlier.refuse_other_data(json, earlier.CHECKED)
    with workers.kept(min(jobs or os.cpu_count() or 1, len(files)) or 1), saving.telling():
        copies = _copies(files, annotate) if annotate is not None else []
        if lists is None:
            index, judged = None, check_each(files, policy, jobs=jobs, on_file=on_file)
        else:
            index, books = lists.index, list(zip(files, shown_names(map(str, files)), strict=True))
            with partials.temporary_folder() as kept_results:
                results = read_files(books, policy, index, kept_results, jobs=jobs, on_file=on_file)
                judged = [judge_alone(result, policy, lists) for result in results]
        others = by_own_notices(files, shown_names(map(str, files)), judged, other, jobs) if other else {}
        rules = [(others[n], None) if n in others else (policy, index) for n in range(len(judged))]
        _all(
            [
                partial(_annotate, path, own, copy, _of_the_district(findings), lists_of_it)
                for copy, path, (own, lists_of_it), (line, findings) in zip(
                    copies, files, rules, judged, strict=bool(copies)
                )
                if line.status == "merged"
            ],
            jobs,
        )
    return judged


def _of_the_district(findings: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.code in BETWEEN_FILES]


def _copies(files: Sequence[Path], folder: Path) -> list[Path]:
    """Where each file's copy goes; never over a file that is given, nor over anything but an earlier copy."""
    saving.make_folder(folder)
    names = _different_names([ids.mask_file_name(path.stem) for path in files])
    copies = [folder / f"{name}_校验.xlsx" for name in names]
    earlier.refuse_given(copies, files)
    earlier.refuse_other_papers([(copy, earlier.COPY) for copy in copies])
    return copies


def _annotate(path: Path, policy: Policy, target: Path, further: Sequence[Finding], index: Index | None) -> None:
    _made(target, "addin.output.unit_files:annotate", path.absolute(), path.name, policy, further, index)


def _different_names(stems: Sequence[str]) -> list[str]:
    """The names, numbered where two are alike: two folders may hold files of one name, and Windows ignores case.

    >>> _different_names(["a", "A", "a(2)", "b"])
    ['a', 'A(2)', 'a(2)(2)', 'b']
    """
    taken: set[str] = set()
    texts = []
    for stem in stems:
        numbered = (stem if n == 1 else f"{stem}({n})" for n in count(1))
        texts.append(next(name for name in numbered if name.casefold() not in taken))
        taken.add(texts[-1].casefold())
    return texts


# ---------------------------------------------------------------- 上报文件


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
        refusal = _in_a_child(task)
        if isinstance(refusal, Refusal):
            raise NotMade(f"上报文件没有写成：{refusal.sentence}")

    return submission.publish(folder.resolve(), edition, write, lambda path, _: opens_again(path))


# ---------------------------------------------------------------- 新建花名册


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


# ---------------------------------------------------------------- 从旧册导入


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

    with workers.kept(1), saving.telling():
        saving.replace(note, write_both, verify=opens_again)
    return accounts[-1], note


def _imported(function: str, old: Path, policy: Policy, wanted: Wanted, *targets: Path) -> Account:
    name = ids.mask_file_name(old.name)
    task: Task[Account] = Task(function, (*targets, old.absolute(), old.name, policy, installed(), wanted), name)
    account = _in_a_child(task)
    if isinstance(account, Refusal):
        kind = SeveralUnits if account.code == SEVERAL_UNITS else NotMade
        raise kind(f"“{name}”不能导入：{account.sentence}")
    return account


# ---------------------------------------------------------------- what goes back to the units


def write_returns(
    district: District,
    results: Sequence[FileResult],
    books: Received,
    folder: Path,
    *,
    jobs: int | None = None,
    index: Index | None = None,
) -> None:
    """For each unit its list, the copies of files to be corrected and a text; what is out of date moves aside.

    Without the received files themselves there are no copies.
    """
    policy = district.policy
    units = returns.returned(district, results, books)
    written = {f"{copy.stem}.xlsx" for unit in units for copy in unit.copies}
    _all(
        [
            partial(
                _made,
                folder / f"{copy.stem}.xlsx",
                "addin.output.returns:write_copy",
                copy,
                policy,
                index,
            )
            for unit in units
            for copy in unit.copies
        ],
        jobs,
    )
    for unit in units:
        listed, text = folder / f"{unit.township}_{RETURN}.xlsx", folder / f"{unit.township}_{returns.TEXT}.txt"
        _save(listed, partial(returns.write_list, unit=unit, policy=policy))
        write_text(text, returns.text(unit, district))
        written |= {listed.name, text.name}
    _set_aside(folder, written, policy)


def _set_aside(folder: Path, written: set[str], policy: Policy) -> None:
    """Move the returns of an earlier merge that this one has not written anew into a folder of their own."""
    units = "|".join(re.escape(unit.name) for unit in policy.units)
    ours = re.compile(rf"(?:{units})_(?:.*_)?(?:{returns.COPY}(?:\(\d+\))?|{RETURN}|{returns.TEXT})\.(?:xlsx|txt)")
    there = [path for path in folder.iterdir() if ours.fullmatch(path.name) and path.name not in written]
    books = [path for path in there if path.suffix == ".xlsx"]
    old = earlier.of_kinds(books, (earlier.RETURN, earlier.RETURNED))
    old += [path for path in there if path.suffix == ".txt" and earlier.is_text(path, returns.TEXT_START)]
    for path in old:
        saving.make_folder(folder / EARLIER_RETURNS)
        with contextlib.suppress(OSError):  # open in a program: it stays, its number says that it is older
            path.replace(folder / EARLIER_RETURNS / path.name)


def write_progress(district: District, end: date, folder: Path) -> None:
    """The table of progress (半月进度表) of each unit up to a day, 六(四)."""
    for unit, path in zip(
        district.policy.units, _papers(folder, district.policy.reporting.table, district.policy), strict=True
    ):
        _save(path, partial(unit_files.write_progress, township=unit.name, district=district, end=end))


def write_ledgers(
    district: District,
    results: Sequence[FileResult],
    books: Received,
    folder: Path,
    *,
    jobs: int | None = None,
    index: Index | None = None,
) -> None:
    """The ledger (缴费台账) of each unit: everybody enrolled, what was paid, when, by which receipt, who still owes."""
    policy = district.policy
    sources = ledger.ledger_sources(district, results, books)
    refunds: dict[str, str] = {}

    def write(unit: str, own: Sequence[ledger.LedgerSource]) -> None:
        refunds[unit] = str(
            _made(folder / f"{unit}_{LEDGER}.xlsx", "addin.output.ledger:write_ledger", unit, policy, own, index)
        )

    _all([partial(write, unit, own) for unit, own in sources.items()], jobs)
    for department, path in _refund_lists(folder, policy):
        _made(path, "addin.output.ledger:write_refunds", department, policy, [refunds[unit] for unit in sources])


def _refund_lists(folder: Path, policy: Policy) -> list[tuple[str, Path]]:
    """The departments that pay something back to persons, and where their lists of people go."""
    departments = dict.fromkeys(subsidy.department for subsidy in policy.subsidies if subsidy.to == "person")
    return [(department, folder / f"{department}_{ledger.REFUNDS}.xlsx") for department in departments]


def _all(work: Sequence[Callable[[], object]], jobs: int | None) -> None:
    """Do all of it in the kept children, several at a time; the first failure is raised at the end."""
    with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
        under_way = [pool.submit(copy_context().run, task) for task in work]
        try:
            for done in under_way:
                done.result()
        except BaseException as error:
            if not isinstance(error, Exception):  # Ctrl-C: waiting tasks are cancelled
                pool.shutdown(cancel_futures=True)
            raise


def _made(target: Path, function: str, *args: object) -> object:
    """Have a child write `target` from received files: their people stay in the child. Gives what it answers."""
    answers: list[object] = []

    def write(path: Path) -> None:
        task: Task[object] = Task(function, (path, *args), ids.mask_text(target.name))
        answer = _in_a_child(task)
        if isinstance(answer, Refusal):
            raise NotMade(f"“{ids.mask_text(target.name)}”没有写成：{answer.sentence}")
        answers.append(answer)

    _save(target, write)
    return answers[-1]


def _in_a_child(task: Task[T]) -> T | Refusal:
    """The answer of a task that writes; what the system refused there is raised here: `saving` has the words for it."""
    try:
        ((_, answer),) = workers.run([task], jobs=1)
    except workers.ChildFault as fault:
        if fault.errno is None:
            raise
        raise OSError(fault.errno, "in a child") from fault
    return answer


def _save(target: Path, write: Callable[[Path], None]) -> None:
    saving.make_folder(target.parent)
    saving.replace(target, write, verify=opens_again)


def opens_again(path: Path) -> None:
    """Check that a workbook just written opens again, with every part whole. It is our own, so no child is needed."""
    refusal = intake.read(path, ())
    if isinstance(refusal, Refusal):
        raise NotMade(f"写好的文件重新打开时读不了（{refusal.reason}），没有采用。")


def write_json(data: object, path: Path) -> None:
    """Plain JSON, UTF-8, replaced whole."""
    _write_bytes(path, f"{json.dumps(data, ensure_ascii=False, indent=1)}\n".encode())


def write_text(path: Path, text: str) -> None:
    """A text for people, with the mark by which every editor of Windows knows UTF-8."""
    _write_bytes(path, text.encode("utf-8-sig"))


def _write_bytes(path: Path, content: bytes) -> None:
    def verify(written: Path) -> None:
        if written.read_bytes() != content:
            raise NotMade(f"“{ids.mask_text(path.name)}”写入后内容不一致，没有采用。")

    saving.make_folder(path.parent)
    saving.replace(path, lambda fresh: _put(fresh, content), verify=verify)


def _put(path: Path, content: bytes) -> None:
    path.write_bytes(content)
