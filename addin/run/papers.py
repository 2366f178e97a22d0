"""What a merge writes beside the summary: returns, ledgers and tables of progress, each unit its own."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from addin.district import RESULTS, FileResult, is_apart
from addin.district.records import District
from addin.output import earlier, ledger, returns, saving, unit_files
from addin.policy import Policy
from addin.registers import Index
from addin.run.files import LEDGER, PROGRESS, RETURN, Received, do_all, save, write_in_child, write_text

EARLIER_RETURNS = "以前的退回"
"""The folder, inside that of the returns, of those that are out of date."""


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
            refuse_among_received(folder, received, words)
            own = paper_paths(folder, words, policy)
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


NO_EXTRAS = Extras()


def paper_paths(folder: Path, words: str, policy: Policy) -> list[Path]:
    """Where the units' papers of one kind go, in the units' order."""
    return [folder / f"{unit.name}_{words}.xlsx" for unit in policy.units]


def refuse_among_received(folder: Path, received: Path | None, what: str) -> None:
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
    do_all(
        [
            partial(
                write_in_child,
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
        save(listed, partial(returns.write_list, unit=unit, policy=policy))
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
        district.policy.units, paper_paths(folder, district.policy.reporting.table, district.policy), strict=True
    ):
        save(path, partial(unit_files.write_progress, township=unit.name, district=district, end=end))


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
            write_in_child(
                folder / f"{unit}_{LEDGER}.xlsx", "addin.output.ledger:write_ledger", unit, policy, own, index
            )
        )

    do_all([partial(write, unit, own) for unit, own in sources.items()], jobs)
    for department, path in _refund_lists(folder, policy):
        write_in_child(
            path, "addin.output.ledger:write_refunds", department, policy, [refunds[unit] for unit in sources]
        )


def _refund_lists(folder: Path, policy: Policy) -> list[tuple[str, Path]]:
    """The departments that pay something back to persons, and where their lists of people go."""
    departments = dict.fromkeys(subsidy.department for subsidy in policy.subsidies if subsidy.to == "person")
    return [(department, folder / f"{department}_{ledger.REFUNDS}.xlsx") for department in departments]
