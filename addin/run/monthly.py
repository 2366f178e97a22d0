"""The month's circular, as of the month's end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from addin import workers
from addin.district import RESULTS, assemble, partials
from addin.district.alone import OtherPolicy
from addin.district.records import District
from addin.output import earlier, saving
from addin.policy import Policy
from addin.run.files import PROGRESS, NotMade, OnFile, OnStart
from addin.run.papers import paper_paths, refuse_among_received, write_progress
from addin.run.reading import read_by_notice, received, refuse_empty, without_other_notices


@dataclass(frozen=True, slots=True)
class Issue:
    """A circular to be made: the month's end, where each unit's table of progress goes, who signs, which lists hold."""

    end: date
    progress: Path | None = None
    issuer: str = ""
    lists: Path | None = None

    def tables(self, policy: Policy) -> list[Path]:
        """The table of progress of each unit, in the units' order; none where none are wanted."""
        return paper_paths(self.progress, policy.reporting.table, policy) if self.progress else []


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
            refuse_among_received(issue.progress, folder, PROGRESS)
            saving.make_folder(issue.progress)
        earlier.refuse_other_papers(
            [(target, earlier.CIRCULAR), *((path, earlier.PROGRESS) for path in issue.tables(policy))]
        )
        with workers.shared_children(jobs), partials.temporary_folder() as kept_results, saving.hold(target):
            results, given, policy = read_by_notice(
                books,
                issue.lists,
                kept_results,
                policy,
                other,
                until=issue.end,
                jobs=jobs,
                on_start=on_start,
                on_file=on_file,
            )
            earlier.refuse_other_papers([(path, earlier.PROGRESS) for path in issue.tables(policy)])
            results, elsewhere = without_other_notices(results)
            taken = [result for result in results if result.deadline is None or result.deadline <= issue.end]
            district = assemble(taken, policy, [*skipped, *elsewhere], given)
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
