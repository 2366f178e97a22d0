"""The district summary: one merge, or the results of several machines combined; the replaced summary's remarks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from addin import ids, workers
from addin.district import SUMMARY, FileResult, assemble, partials, report
from addin.district.alone import OtherPolicy
from addin.district.records import Decision, District, FileLine
from addin.findings import Refusal
from addin.output import saving, summary
from addin.policy import Policy, fold
from addin.registers import Index
from addin.run.files import NotMade, OnFile, OnStart, Received, write_json
from addin.run.papers import NO_EXTRAS, Extras, write_ledgers, write_progress, write_returns
from addin.run.reading import (
    FIXED_SUMMARY,
    SUMMARY_BESIDE,
    read_by_notice,
    read_files,
    received,
    refuse_empty,
    summary_of,
    without_other_notices,
)
from addin.workers import Task


class OtherSummary(NotMade):
    """The summary that would be replaced is of another notice than `policy`, by which was merged."""

    def __init__(self, sentence: str, policy: Policy) -> None:
        self.policy = policy
        super().__init__(sentence)


def _before(target: Path, policy: Policy) -> Path | None:
    """The summary that this one follows: the one that it replaces, else one that has a name of before."""
    there = [target]
    if target.name == SUMMARY:
        there += [target.with_name(FIXED_SUMMARY), target.parent.parent / SUMMARY_BESIDE]
    elif target.name == summary_of(policy):
        there.append(target.with_name(summary_of(policy, FIXED_SUMMARY)))
    return next((path for path in there if path.exists()), None)


def merge_folder(
    folder: Path,
    target: Path,
    policy: Policy,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    on_start: OnStart | None = None,
    on_file: OnFile | None = None,
    extras: Extras = NO_EXTRAS,
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
    with (
        workers.shared_children(jobs, early=cluster is None),
        saving.telling(),
        partials.temporary_folder() as kept_results,
    ):
        books, skipped = received(folder, (target, extras.json), lists)
        refuse_empty(folder, books)
        extras.refuse_targets(target, policy, folder)
        with saving.hold(target):
            results, given, policy = read_by_notice(
                books,
                lists,
                kept_results,
                policy,
                other,
                jobs=jobs,
                cluster=cluster,
                on_start=on_start,
                on_file=on_file,
            )
            extras.refuse_targets(target, policy, folder)
            index = given.index if given else None
            own, elsewhere = without_other_notices(results)
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


def read_folder(
    folder: Path,
    result_folder: Path,
    policy: Policy,
    secret: bytes,
    *,
    share: tuple[int, int] = (1, 1),
    jobs: int | None = None,
    on_start: OnStart | None = None,
    on_file: OnFile | None = None,
) -> list[FileResult]:
    """Read a share of a folder's files (the first of three is (1, 3)) into `result_folder`, for `combine`."""
    saving.make_folder(result_folder)
    kept_results = partials.ResultFolder(result_folder)
    books, skipped = share_of(folder, result_folder, share)
    for line in skipped:
        kept_results.put(partials.refuse_file(line.name, policy, secret, Refusal(line.code, line.reason)))
    return read_files(books, policy, Index(secret), kept_results, jobs=jobs, on_start=on_start, on_file=on_file)


def share_of(folder: Path, result_folder: Path, share: tuple[int, int]) -> tuple[Received, list[FileLine]]:
    """One share of a folder's workbooks; what is skipped belongs to the first share."""
    books, skipped = received(folder, (), result_folder)
    return books[share[0] - 1 :: share[1]], skipped if share[0] == 1 else []


def combine(result_folder: Path, target: Path, policy: Policy, *, extras: Extras = NO_EXTRAS) -> District:
    """Merge results that `read_folder` has kept, wherever they were made. Raises as `merge_folder`."""
    extras.refuse_targets(target, policy)
    with saving.telling():
        with saving.hold(target):
            results, elsewhere = without_other_notices(partials.read_folder(result_folder, policy))
            district = assemble(results, policy, elsewhere)
            _save_summary(target, district)
        if extras.json:
            write_json(report.to_json(district), extras.json)
        if extras.returns:
            write_returns(district, (), [], extras.returns)
        if extras.progress and district.through:
            write_progress(district, district.through, extras.progress)
    return district


def _save_summary(
    target: Path, district: District, remarks: summary.Remarks | None = None, release: Callable[[], None] = lambda: None
) -> None:
    before = _look_back(target, district)
    carried = before if remarks is None else remarks

    def verify(path: Path) -> None:
        summary.verify(path, district)
        release()

    saving.replace(target, lambda path: summary.write(district, path, carried), verify=verify)


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
        advice = "它的备注没有带到新表，原件另存为备份。"
        district.decisions.append(Decision("原汇总表", "", f"原来的“{target.name}”读不了：{before.reason}{advice}"))
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
