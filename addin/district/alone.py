"""Checks single files in child processes, without lists and without modules that take long to load.

In: paths. Out: the line and the findings of each file, including people who occur twice in it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from addin import ids, workers
from addin.district.received import shown_names
from addin.district.records import FileLine
from addin.findings import Finding, Refusal
from addin.policy import Policy, numbered
from addin.workers import Task

Judged = tuple[FileLine, list[Finding]]


OtherPolicy = Callable[[Path], Policy]
"""Loads the notice of a folder, where a received file names it."""


def check_each(
    files: Sequence[Path],
    policy: Policy,
    *,
    jobs: int | None = None,
    on_file: Callable[[int], None] | None = None,
    other: OtherPolicy | None = None,
) -> list[Judged]:
    """Check files, in the parent process. `on_file` is called for each finished file, with the number of its people.

    With `other` a file of another notice of this PC is judged by that one.
    """
    names = shown_names(map(str, files))
    tasks: list[Task[Judged]] = [
        Task("addin.district.alone:check_file", (path.absolute(), name, policy), ids.mask_text(name))
        for path, name in zip(files, names, strict=True)
    ]
    judged: list[Judged] = []
    for name, (_, answer) in zip(names, workers.run(tasks, jobs=jobs), strict=True):
        line, findings = _refused(name, policy, answer) if isinstance(answer, Refusal) else answer
        judged.append((line, findings))
        if on_file is not None:
            on_file(line.persons)
    if other is not None:
        by_own_notices(files, names, judged, other, jobs)
    return judged


def by_own_notices(
    files: Sequence[Path], names: Sequence[str], judged: list[Judged], other: OtherPolicy, jobs: int | None
) -> dict[int, Policy]:
    """Judge anew, in their places, the files of other notices of this PC; gives which places, and by what."""
    places: dict[str, list[int]] = {}
    for n, (line, _) in enumerate(judged):
        if line.notice:
            places.setdefault(line.notice, []).append(n)
    policies: dict[int, Policy] = {}
    for number, own in places.items():
        if (notice := numbered(number)) is None:
            continue
        policy = other(notice.folder)
        for n, (line, findings) in zip(own, check_each([files[n] for n in own], policy, jobs=jobs), strict=True):
            # called as it is among all files, not among these
            named = [replace(finding, file=names[n]) if finding.file == line.name else finding for finding in findings]
            judged[n], policies[n] = (replace(line, name=names[n]), named), policy
    return policies


def check_file(path: Path, name: str, policy: Policy) -> Judged:
    """Check one file, in a child process."""
    from addin.district.reduction import reduce_file
    from addin.district.tables import judge_alone
    from addin.registers import Index

    return judge_alone(reduce_file(path, name, policy, Index(secrets.token_bytes(32))), policy)


def _refused(name: str, policy: Policy, refusal: Refusal) -> Judged:
    """The result of a file whose child was ended."""
    from addin.district.file_result import refused_result
    from addin.district.tables import judge_alone

    return judge_alone(refused_result(name, "", policy, refusal, secrets.token_bytes(32)), policy)
