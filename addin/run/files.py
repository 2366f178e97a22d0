"""What every job needs: the fault of a thing that was not made, writing by a child, texts and data replaced whole."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import TypeVar

from addin import ids, intake, workers
from addin.findings import Refusal, UserError
from addin.output import returns, saving
from addin.workers import Task

T = TypeVar("T")
RETURN, LEDGER, PROGRESS = returns.LIST, "缴费台账", "进度表"
OnFile = Callable[[int], None]
"""Called for each file that is done, with the number of its people."""
OnStart = Callable[[int], None]
"""Called with the number of files whenever their reading begins: by another notice they are read once more."""
Received = list[tuple[Path, str]]
"""Workbooks and what lists call them."""


class NotMade(UserError):
    """An output could not be made; the text is a whole Chinese sentence."""


def do_all(work: Sequence[Callable[[], object]], jobs: int | None) -> None:
    """Do all of it in the shared children, several at a time; the first failure is raised at the end."""
    with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
        under_way = [pool.submit(copy_context().run, task) for task in work]
        try:
            for done in under_way:
                done.result()
        except BaseException as error:
            if not isinstance(error, Exception):  # Ctrl-C: waiting tasks are cancelled
                pool.shutdown(cancel_futures=True)
            raise


def write_in_child(target: Path, function: str, *args: object) -> object:
    """Have a child write `target` from received files: their people stay in the child. Gives what it answers."""
    answers: list[object] = []

    def write(path: Path) -> None:
        task: Task[object] = Task(function, (path, *args), ids.mask_text(target.name))
        answer = answer_of_a_child(task)
        if isinstance(answer, Refusal):
            raise NotMade(f"“{ids.mask_text(target.name)}”没有写成：{answer.sentence}")
        answers.append(answer)

    save(target, write)
    return answers[-1]


def answer_of_a_child(task: Task[T]) -> T | Refusal:
    """The answer of a task that writes; what the system refused there is raised here: `saving` has the words for it."""
    try:
        ((_, answer),) = workers.run([task], jobs=1)
    except workers.ChildFault as fault:
        if fault.errno is None:
            raise
        raise OSError(fault.errno, "in a child") from fault
    return answer


def save(target: Path, write: Callable[[Path], None]) -> None:
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
