"""Files judged each by itself, in children: what a check without lists needs, and nothing that takes long to load.

In: paths. Out: each file's line and its findings, people met twice inside it included.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from addin import ids, workers
from addin.district.received import shown_names
from addin.district.records import FileLine
from addin.findings import Finding, Refusal
from addin.policy import Policy
from addin.workers import Task

Judged = tuple[FileLine, list[Finding]]


def check_each(
    files: Sequence[Path], policy: Policy, *, jobs: int | None = None, on_file: Callable[[int], None] | None = None
) -> list[Judged]:
    """The parent's side. `on_file` is called for each file that is done, with the number of its people."""
    names = shown_names(map(str, files))
    tasks = [
        Task("addin.district.alone:check_file", (path.absolute(), name, policy), ids.mask_text(name))
        for path, name in zip(files, names, strict=True)
    ]
    judged: list[Judged] = []
    for name, (_, answer) in zip(names, workers.run(tasks, jobs=jobs), strict=True):
        line, findings = _refused(name, policy, answer) if isinstance(answer, Refusal) else answer
        judged.append((line, findings))
        if on_file is not None:
            on_file(line.persons)
    return judged


def check_file(path: Path, name: str, policy: Policy) -> Judged:
    """The child's side."""
    from addin.district.reduction import reduce_file
    from addin.district.tables import judge_alone

    return judge_alone(reduce_file(path, name, policy, secrets.token_bytes(32)), policy)


def _refused(name: str, policy: Policy, refusal: Refusal) -> Judged:
    """A file that its child could not bear."""
    from addin.district.file_result import refused_result
    from addin.district.tables import judge_alone

    return judge_alone(refused_result(name, "", policy, refusal, secrets.token_bytes(32)), policy)
