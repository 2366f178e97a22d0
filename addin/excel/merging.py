"""一键汇总, 打开报送情况: the district's summary from inside Excel.

In: a folder that the clerk picks, what is ticked beside the button. Out: the summary in that folder, written as
`run.merge_folder` writes it, open in Excel with 报送情况 one answer away; the papers ticked in its subfolder 汇总结果. A
summary that is open keeps its remarks, also unsaved ones, and makes way only when the new one is written and verified;
with other unsaved changes in it the clerk is asked first.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from addin import error_log, intake, policy, run
from addin.district import LISTS, RESULTS, SUMMARY, received_files, report
from addin.district.alone import OtherPolicy
from addin.district.records import NOT_TAKEN, District
from addin.excel import cells, settings
from addin.excel.buttons import ButtonError, Cancelled, ExcelSession, open_outside, quiet
from addin.findings import Refusal
from addin.output import saving, summary
from addin.output.summary import files
from addin.policy import Policy

if TYPE_CHECKING:
    from xlwings import Book

_FOLDER_PICKER = 4
"""msoFileDialogFolderPicker."""
_LAST = "最近一次汇总.txt"
Made = TypeVar("Made")
_LONGEST_LIST = 8
"""Names in one line of a message; the rest are on 报送情况."""


def merge(at: ExcelSession) -> None:
    """一键汇总."""
    folder = pick_folder(at, last())
    target = folder / SUMMARY
    ticked = settings.read()
    wanted = Wanted(
        folder,
        run.papers_of(folder, returns=ticked.returns, ledger=ticked.ledger, progress=ticked.progress),
        lists_for(at, folder, ticked.lists),
    )

    def made(rules: Policy, other: OtherPolicy | None) -> tuple[District, Path]:
        try:
            return _made(at, wanted, target, rules, other), target
        except run.OtherSummary as error:  # each notice has its own summary, and its own remarks
            beside = folder / run.summary_of(error.policy)
            return _made(at, wanted, beside, rules, other), beside

    district, target = by_notice(at, made)
    _remember(target)
    papers = wanted.extras.folders(district.policy)
    text = "\n".join([message(district), "", f"汇总表：{target}", *(f"{words}：{place}" for words, place, _ in papers)])
    try:
        _bring(at, target, None)
    except ButtonError as reason:
        at.say(f"{text}\n{reason}")
        return
    except Exception:  # the summary is written; only showing it failed
        at.say(f"{text}\nExcel没有打开它，请自己打开。")
        return
    if papers:
        made_folder = folder / RESULTS
        if at.agrees(f"{text}\n汇总表已打开。要打开“{RESULTS}”文件夹吗？") and not open_outside(made_folder):
            at.say(f"文件夹没有打开，请自己打开：{made_folder}")
    elif at.agrees(f"{text}\n要看“{files.NAME}”吗？"):
        _bring(at, target, files.NAME)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Inputs and outputs of a merge: the received folder, the papers beside the summary, the departments' lists."""

    folder: Path
    extras: run.Extras
    lists: Path | None


def lists_for(at: ExcelSession, folder: Path, chosen: Path | None) -> Path | None:
    """The lists for the comparison: those in the received folder, else those chosen before, if the clerk agrees.

    He sees their names and dates: lists of last month look like those of this one. Raises `Cancelled` where what was
    chosen is gone and he would rather look after that first.
    """
    if own := run.lists_of(folder):
        return own
    if chosen is None:
        return None
    books = received_files(chosen, lists=True)[0] if chosen.is_dir() else []
    if not books:
        at.ask(f"以前选定的部门名单文件夹“{chosen}”已不在，或里面没有名单。\n这次不与部门名单核对，要继续吗？")
        return None
    dated = [f"{name}（{date.fromtimestamp(path.stat().st_mtime)}）" for path, name in books]
    more = [f"……共{len(dated)}个"] if len(dated) > _LONGEST_LIST else []
    lines = "\n".join([*dated[:_LONGEST_LIST], *more])
    used = at.agrees(
        f"收到的文件夹里没有“{LISTS}”。要与以前选定的部门名单核对吗？\n{chosen}\n{lines}\n"
        "名单要是现行有效的一份；点“否”，这次不与名单核对。"
    )
    return chosen if used else None


def by_notice(at: ExcelSession, work: Callable[[Policy, OtherPolicy | None], Made]) -> Made:
    """Do something with received files by the notice that they name; where they name several, the clerk says which.

    Raises `Cancelled` where he wants none.
    """
    try:
        return work(policy.load(), policy.load)
    except run.SeveralNotices as several:
        choice = several
    in_force = policy.in_force()
    offered = sorted(choice.files, key=lambda notice: notice.folder != in_force)
    for notice in offered:
        number = choice.files[notice]
        with contextlib.suppress(Cancelled):
            at.ask(f"{choice}\n\n现在按{notice.id}（{number}个文件）做吗？点“否”问下一个。")
            return work(policy.load(notice.folder), None)
    raise Cancelled


def _made(at: ExcelSession, wanted: Wanted, target: Path, rules: Policy, other: OtherPolicy | None) -> District:
    book = open_book(at, target)
    remarks = _unsaved(at, book, target) if book is not None else None
    with quiet(at) as status:
        return _merge(at, wanted, target, rules, book, remarks, Counter(status, "正在写汇总表……"), other)


class Counter:
    """Shows the progress of reading in the status bar, and `then` when all are read."""

    def __init__(self, status: Callable[[str], None], then: str) -> None:
        self._status, self._then = status, then
        self._total = self._done = self._people = 0

    def start(self, total: int) -> None:
        """The files' reading begins, anew where they are read by another notice."""
        self._total, self._done, self._people = total, 0, 0
        self._status(f"正在汇总：0/{total}个文件……")

    def file(self, people: int) -> None:
        """One more is read."""
        self._done, self._people = self._done + 1, self._people + people
        reading = f"正在汇总：{self._done}/{self._total}个文件，{self._people:,}人……"
        self._status(reading if self._done < self._total else self._then)


def _merge(
    at: ExcelSession,
    wanted: Wanted,
    target: Path,
    rules: Policy,
    book: Book | None,
    remarks: summary.Remarks | None,
    counter: Counter,
    other: OtherPolicy | None,
) -> District:
    closed = False

    def release() -> None:
        """Save the open summary, for the backup, and close it, just before its file is replaced."""
        nonlocal closed
        if book is not None:
            if not book.api.Saved and not book.api.ReadOnly:
                book.save()
            book.close()
            closed = True

    try:
        return run.merge_folder(
            wanted.folder,
            target,
            rules,
            on_start=counter.start,
            on_file=counter.file,
            remarks=remarks,
            release=release,
            other=other,
            extras=wanted.extras,
            lists=wanted.lists,
        )
    except BaseException:
        if closed:  # the old summary is still in its place
            with contextlib.suppress(Exception):
                at.app.books.open(str(target))
        raise


def open_book(at: ExcelSession, path: Path) -> Book | None:
    """The workbook of this path, if it is open in this Excel."""
    for book in at.app.books:
        with contextlib.suppress(Exception):  # a book in a cloud has no path
            if _same(Path(book.fullname), path):
                return book
    return None


def show_book(at: ExcelSession, path: Path, *, read_only: bool = False) -> Book:
    """The workbook of this path, opened if need be. Raises `ButtonError` where another of its name is open."""
    book = open_book(at, path)
    if book is not None:
        return book
    for other in at.app.books:
        if other.name.lower() == path.name.lower():
            raise ButtonError(
                f"Excel里开着另一个也叫“{path.name}”的工作簿，Excel不能同时打开两个同名的。请先关闭那一个，再打开“{path}”。"
            )
    return at.app.books.open(str(path), read_only=read_only)


def _same(path: Path, other: Path) -> bool:
    return os.path.normcase(path.resolve()) == os.path.normcase(other.resolve())


def _unsaved(at: ExcelSession, book: Book, path: Path) -> summary.Remarks | None:
    """The remarks of the open summary where it differs from its file; asks where more than remarks would be lost."""
    if book.api.Saved:
        return None
    now = {sheet.name: cells.values(sheet)[0] for sheet in book.sheets}
    before = intake.read(path, tuple(now))
    if isinstance(before, Refusal) or summary.changed_beside_remarks(
        now, {name: sheet.rows for name, sheet in before.sheets.items()}
    ):
        at.ask(
            "汇总表开着，其中有没保存的改动。“备注”会带到新的汇总表；其他改动不会，只留在备份"
            f"“{saving.backup_of(path, 1).name}”里。\n要继续汇总吗？"
        )
    remarks: summary.Remarks = summary.remarks_in(now)
    return remarks


def pick_folder(at: ExcelSession, start: Path | None, title: str = "选定收到的全部花名册所在的文件夹") -> Path:
    """The folder that the clerk picks. Raises `Cancelled` where he picks none."""
    if not at.desktop:
        raise ButtonError("网页版不能选文件夹。请用电脑上的Excel，或在命令行运行：liangxian merge 文件夹")
    dialog = at.app.api.FileDialog(_FOLDER_PICKER)
    dialog.Title = title
    if start is not None:
        dialog.InitialFileName = f"{start.parent}{os.sep}"
    if dialog.Show() != -1:
        raise Cancelled
    return Path(str(dialog.SelectedItems(1)))


def message(district: District) -> str:
    """The result of a merge in one message: figures, missing units, refused files, decreased counts."""
    lines = ["汇总完成。", *figures(district)]
    missing = [unit.township for unit in district.reported if unit.state == "从未报送"]
    refused = [f"{line.name}（{line.reason}）" for line in district.files if line.status == "refused"]
    lines.append(report.about_lists(district))
    lines += [decision.text for decision in district.decisions if decision.kind == "原汇总表"]
    lines += _counted("从未报送", "个单位", missing)
    lines += _counted(NOT_TAKEN, "个单位", [unit.township for unit in district.reported if unit.state == NOT_TAKEN])
    lines += _counted("拒收", "个文件", refused)
    lines += _counted(
        "计入减少", "处", [decision.text for decision in district.decisions if decision.kind == "计入减少"]
    )
    return "\n".join(lines)


def figures(district: District) -> list[str]:
    """People claimed and counted, a line a scheme."""
    lines = []
    for scheme, facts in district.policy.schemes.items():
        total = district.totals(scheme)
        beside = (
            f"（{district.policy.everywhere}计入{total.counted_all:,}人）" if total.counted_all != total.counted else ""
        )
        lines.append(f"{facts.name}：申报{total.claimed:,}人，计入{total.counted:,}人{beside}。")
    return lines


def _counted(what: str, unit: str, names: list[str]) -> list[str]:
    if not names:
        return []
    more = f"等，其余见“{files.NAME}”" if len(names) > _LONGEST_LIST else ""
    return [f"{what}{len(names)}{unit}：{'、'.join(names[:_LONGEST_LIST])}{more}。"]


def show_status(at: ExcelSession) -> None:
    """打开报送情况: of the summary made last."""
    target = last()
    if target is None or not target.exists():
        raise ButtonError("本机还没有汇总过，或汇总表已移走。请先点“一键汇总”，或直接打开汇总表看“报送情况”。")
    _bring(at, target, files.NAME)


def _bring(at: ExcelSession, path: Path, sheet: str | None) -> None:
    """Bring a workbook forward, opened where it is not open, and one of its sheets."""
    book = show_book(at, path)
    name = sheet or book.sheets[0].name
    if name not in book.sheet_names:
        raise ButtonError(f"“{path.name}”里没有“{sheet}”一页，不是本程序的汇总表。请重新汇总。")
    at.show(book.sheets[name])


def last() -> Path | None:
    """The summary made last on this PC."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        text = (error_log.own_folder() / _LAST).read_text(encoding="utf-8").strip()
        return Path(text) if text else None
    return None


def _remember(target: Path) -> None:
    with contextlib.suppress(OSError):  # only 打开报送情况 needs it
        error_log.own_folder().mkdir(parents=True, exist_ok=True)
        (error_log.own_folder() / _LAST).write_text(f"{target}\n", encoding="utf-8")
