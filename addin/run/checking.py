"""Rosters checked one by one, with copies that carry the findings."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from itertools import count
from pathlib import Path

from addin import ids, workers
from addin.district import BETWEEN_FILES, check_each, judge_alone, partials, shown_names
from addin.district.alone import OtherPolicy, by_own_notices
from addin.district.records import FileLine
from addin.findings import Finding
from addin.output import earlier, saving
from addin.policy import Policy
from addin.registers import Index, Lists
from addin.run.files import OnFile, do_all, write_in_child
from addin.run.reading import read_files


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
    with workers.shared_children(min(jobs or os.cpu_count() or 1, len(files)) or 1), saving.telling():
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
        do_all(
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
    write_in_child(target, "addin.output.unit_files:annotate", path.absolute(), path.name, policy, further, index)


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
