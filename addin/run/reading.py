"""From a folder of received workbooks to a result for each: what is there, by which notice, read in children."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from addin import ids, intake, workers
from addin.district import LISTS, SUMMARY, FileResult, is_apart, partials, received_files
from addin.district.alone import OtherPolicy
from addin.district.records import FileLine
from addin.findings import Refusal
from addin.output import saving
from addin.policy import Installed, Policy, installed, numbered
from addin.registers import LISTED, Index, ListFile, Lists
from addin.roster import OTHER_NOTICE
from addin.run.files import LEDGER, PROGRESS, RETURN, NotMade, OnFile, OnStart, Received
from addin.workers import Task
from addin.workers import cluster as clusters

FIXED_SUMMARY, SUMMARY_BESIDE = "district_summary.xlsx", "区汇总表.xlsx"
"""The summary's name on the command line, and once of the button; and once of the icon, beside what was received."""


class SeveralNotices(NotMade):
    """The received files name several notices of this PC, and it was not said which is to be merged."""

    def __init__(self, files: Mapping[Installed, int]) -> None:
        self.files = dict(files)
        each = "、".join(f"{notice.id}（{number}个文件）" for notice, number in self.files.items())
        super().__init__(
            f"收到的文件分别按不同的通知填报：{each}。一次只汇总一个通知，请指定是哪一个（命令行用 --notice）。"
        )


def summary_of(policy: Policy | Installed, usual: str = SUMMARY) -> str:
    """The file name of a notice's summary where another notice's has the usual name."""
    return f"{Path(usual).stem}_{policy.folder.name}.xlsx"


def _summaries(folder: Path) -> list[Path]:
    """The summaries of the several notices that may lie among the received files."""
    usual = (SUMMARY, FIXED_SUMMARY)
    names = (*usual, *(summary_of(notice, name) for notice in installed() for name in usual))
    return [(folder / name).resolve() for name in names]


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
        return (others is not None and real.is_relative_to(others)) or any(saving.belongs(path, real) for path in own)

    return received_files(folder, ours)


def refuse_empty(folder: Path, books: Received) -> None:
    """Raises `NotMade` where there is no roster at all: a summary of zeros would replace the true one."""
    if not books:
        raise NotMade(
            f"“{ids.mask_text(folder.name)}”里没有收到的花名册（.xlsx、.xlsm），什么也没有写。请把各单位的花名册放进去再试。"
        )


def read_by_notice(
    books: Received,
    lists: Path | None,
    kept_results: partials.ResultFolder,
    policy: Policy,
    other: OtherPolicy | None,
    *,
    until: date | None = None,
    jobs: int | None,
    cluster: str | None = None,
    on_start: OnStart | None,
    on_file: OnFile | None,
) -> tuple[list[FileResult], Lists | None, Policy]:
    """Read the departments' lists, where there are any, and the rosters, held against them; and by which notice.

    It is `policy`; where `other` is given and all files name another notice of this PC, they are read under that one
    again. Raises `SeveralNotices` where they name several. Files without a readable cover name none.
    """

    def read() -> tuple[list[FileResult], Lists | None]:
        given = read_lists(lists, policy, jobs=jobs, until=until) if lists else None
        index = given.index if given else Index(secrets.token_bytes(32))
        results = read_files(
            books, policy, index, kept_results, jobs=jobs, cluster=cluster, on_start=on_start, on_file=on_file
        )
        return results, given

    results, given = read()
    if other is not None:
        numbers = Counter(_number(result, policy) for result in results)
        counts = {
            installed_notice: sum(n for word, n in numbers.items() if installed_notice.called(word))
            for installed_notice in installed()
        }
        named = {notice: files for notice, files in counts.items() if files}
        if len(named) > 1:
            raise SeveralNotices(named)
        only = next(iter(named), None)
        if only is not None and only.folder != policy.folder:
            policy = other(only.folder)
            results, given = read()
    return results, given, policy


def _number(result: FileResult, policy: Policy) -> str:
    """The number of the notice that a file's cover names; '' where it could not be read."""
    if result.refusal is None:
        return policy.id
    return result.refusal.notice or (policy.id if result.refusal.township else "")


def without_other_notices(results: Sequence[FileResult]) -> tuple[list[FileResult], list[FileLine]]:
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
        index = replace(index, payments=index.payments.stored_in(kept_results.folder))
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
