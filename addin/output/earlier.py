"""Checks that an output replaces only an earlier one of its own kind, known by its content.

In: the targets of a run, what is given to it. Out: nothing, or `saving.CannotSave` in words. A roster, a department's
list or anybody's table named by mistake after -o or --json must be there afterwards. Workbooks and documents of ours
are known by the title in their properties, which office programs keep; strangers' files are looked at in a child.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from addin import ids, intake, workers
from addin.findings import Refusal
from addin.intake.package import Package
from addin.intake.reasons import RefusedError
from addin.output import saving

RETURN, LEDGER, PROGRESS, CIRCULAR = "花名册退回清单", "缴费台账", "进度表", "通报"
COPY, RETURNED, REFUNDS = "花名册（校验副本）", "花名册（退回）", "待补到人名单"
"""How the titles end by which papers are known."""
MERGED, CHECKED = "through", "files"
"""The third key in the data of a merge and of a check."""

_TITLE = re.compile(rb"<dc:title(?: [^<>]*)?>([^<]*)</dc:title>")
_DATA = re.compile(r'\ufeff?\s*\{\s*"policy":\s*"[^"]*",\s*"trial":\s*\[[^\]]*\],\s*"(\w+)":')
_START = 65_536
"""Characters of a data file that are looked at."""


def refuse_suffix(target: Path, suffix: str, what: str) -> None:
    """Refuse an output whose suffix is not that of its kind."""
    if target.suffix.lower() != suffix:
        raise saving.CannotSave(f"{what}的文件名“{ids.mask_text(target.name)}”要以{suffix}结尾，请改名再试。")


def refuse_alike(targets: Iterable[tuple[str, Path | None]]) -> None:
    """Refuse two outputs in the same file."""
    seen: dict[str, str] = {}
    for what, target in targets:
        if target is None:
            continue
        before = seen.setdefault(_place(target), what)
        if before != what:
            name = ids.mask_text(target.name)
            raise saving.CannotSave(f"{before}和{what}写的是同一个文件“{name}”，后一个会盖掉前一个。请各取一个文件名。")


def refuse_given(targets: Iterable[Path], given: Iterable[Path]) -> None:
    """Refuse an output that is an input of the run."""
    places = {_place(path) for path in given}
    for target in targets:
        if _place(target) in places:
            raise saving.CannotSave(
                f"“{ids.mask_text(target.name)}”是要读取的文件，不能又作为结果文件，没有改动它。请给结果另取一个文件名。"
            )


def _place(path: Path) -> str:
    try:
        return os.path.normcase(path.resolve())
    except (OSError, RuntimeError, ValueError):  # `saving` has the words
        return os.path.normcase(path)


def refuse_other_data(target: Path, third: str) -> None:
    """Refuse to replace a JSON file by the data of another command."""
    saving.refuse_target(saving.resolved(target))
    try:
        with target.open(encoding="utf-8") as file:
            start = file.read(_START)
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError):
        start = ""
    match = _DATA.match(start)
    if match is None or match[1] != third:
        raise _other(target)


def refuse_other_papers(papers: Sequence[tuple[Path, str]]) -> None:
    """Each paper, with the end of its title, is new or an earlier one of its kind; all are looked at in one child."""
    there = [(target, title) for target, title in papers if os.path.lexists(target)]
    for target, _ in there:
        saving.refuse_target(saving.resolved(target))
    for (target, title), title_there in zip(there, _titles([target for target, _ in there]), strict=True):
        if isinstance(title_there, Refusal) or not title_there.endswith(title):
            raise _other(target)


def refuse_other_texts(targets: Iterable[Path], start: str) -> None:
    """Each text is new or an earlier one of ours, which begins with these words."""
    for target in targets:
        if os.path.lexists(target):
            saving.refuse_target(saving.resolved(target))
            if not is_text(target, start):
                raise _other(target)


def is_text(path: Path, start: str) -> bool:
    """Whether a file is a text that begins with these words."""
    try:
        with path.open("rb") as file:
            return file.read(3 * len(start) + 3).decode("utf-8-sig", "replace").startswith(start)
    except OSError:
        return False


def of_kinds(papers: Iterable[Path], titles: Sequence[str]) -> list[Path]:
    """Those of some workbooks that are ours, of one of these kinds; all are looked at in one child."""
    there = list(papers)
    return [
        paper
        for paper, title in zip(there, _titles(there), strict=True)
        if not isinstance(title, Refusal) and title.endswith(tuple(titles))
    ]


def _titles(papers: Sequence[Path]) -> Iterator[str | Refusal]:
    """The title of each workbook, looked up in one child."""
    tasks: list[workers.Task[str]] = [
        workers.Task("addin.output.earlier:title_of", (path.absolute(),), ids.mask_text(path.name)) for path in papers
    ]
    return (title for _, title in workers.run(tasks, jobs=1, warm=()))


def title_of(path: Path) -> str:
    """The title in a workbook's or document's properties, for a child process; '' where there is none to be read."""
    content = intake.load(path.resolve())
    if isinstance(content, Refusal):
        return ""
    try:
        package = Package(content)
        if "docProps/core.xml" not in package:
            return ""
        match = _TITLE.search(package.read("docProps/core.xml", 1 << 20))
        return match[1].decode("utf-8", "replace").strip() if match else ""
    except RefusedError:
        return ""


def _other(target: Path) -> saving.CannotSave:
    return saving.CannotSave(
        f"“{ids.mask_text(target.name)}”已经有了，但不是本程序以前写的同一种结果，没有改动它。请换一个文件名，或先把它移走。"
    )
