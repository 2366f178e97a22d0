"""Merges that are made to fail, for test_faults.py, in a process of their own:

    python -m tests.support.faulty HOW INBOX OUT

The children's tasks are done in this process: what is tested here is what becomes of the outputs. HOW is `plain`;
`nobody`, as that user; `small10000`, where no file may have more bytes; or EIO, ENOSPC or kill for a whole sweep, then
with INBOX OLD NEW OUT.
"""

from __future__ import annotations

import errno
import hashlib
import importlib
import json
import os
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from addin import run, workers
from addin.findings import UserError
from addin.output import saving
from tests.support.notices import LENGSHUITAN
from tests.support.system_calls import watched

POLICY = LENGSHUITAN
REPLACE = saving.replace


def here(tasks: Iterable[workers.Task], **_: Any) -> Iterator[tuple[workers.Task, Any]]:
    """In the place of `workers.run`: the calls made in this process."""
    for task in tasks:
        module, _, name = task.function.partition(":")
        yield task, getattr(importlib.import_module(module), name)(*task.args)


class Counted:
    """The calls that change or read files of `out` while one is replaced; the n-th does something else instead."""

    def __init__(self, out: Path, at: int, act: Callable[[], None]) -> None:
        self.calls, self._out, self._at, self._act = 0, out, at, act

    def install(self) -> None:
        saving.replace = self._replace

    def _replace(self, target: Path, *given: Any, **more: Any) -> saving.Saved:
        with saving.hold(target), watched(self._count):
            return REPLACE(target, *given, **more)

    def _count(self, call: str, paths: tuple[Path, ...]) -> None:
        if call == "fsync" or (call != "stat" and any(path.is_relative_to(self._out) for path in paths)):
            self.calls += 1
            if self.calls == self._at:
                self._act()


def merge(inbox: Path, out: Path) -> None:
    """A whole merge, and everything else that it can write where there is such a folder already."""
    more = [folder if folder.exists() else None for folder in (out / "退回", out / "台账")]
    run.merge_folder(inbox, out / SUMMARY, POLICY, jobs=1, extras=run.Extras(out / "数据.json", *more))


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail(number: int) -> Callable[[], None]:
    def act() -> None:
        raise OSError(number, "injected")

    return act


ACTS: dict[str, Callable[[], None]] = {"EIO": fail(errno.EIO), "ENOSPC": fail(errno.ENOSPC), "kill": kill}
SUMMARY = "汇总.xlsx"


def state(out: Path) -> dict[str, str]:
    """The outputs that a person sees, by name: hashes. Backups, locks and leftovers are none."""
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and not path.name.startswith(".") and ".bak" not in path.name
    }


def restore(old: Path, out: Path) -> None:
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(old, out)


def sweep(how: str, inbox: Path, old: Path, new: Path, out: Path) -> None:
    """Merge again and again over `old`, the n-th call on a file there failing, for every n; print what is wrong.

    Every output must be as in `old` or as in `new`, and at the end a merge that is let alone makes everything new.
    """
    act, before, after = ACTS[how], state(old), state(new)
    seen: Counter[str] = Counter()
    for n in range(1, 1000):
        restore(old, out)
        child = os.fork()
        if not child:
            counted = Counted(out, n, act)
            counted.install()
            status = 3
            try:
                merge(inbox, out)
                status = 0 if counted.calls < n else 1
            except UserError:
                status = 2
            finally:
                os._exit(status)
        _, status = os.waitpid(child, 0)
        file_state = state(out)
        outcome = f"killed by {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else str(os.WEXITSTATUS(status))
        seen[outcome] += 1
        for name in {*before, *file_state}:
            if file_state.get(name) not in (before.get(name), after[name]):
                print(f"{how} at call {n} ({outcome}): {name} is neither the old nor the new")
        summary, backup = out / SUMMARY, saving.backup_of(out / SUMMARY, 1)
        if file_state[SUMMARY] == after[SUMMARY] and hashlib.sha256(backup.read_bytes()).hexdigest() != before[SUMMARY]:
            print(f"{how} at call {n} ({outcome}): the backup is not the old one")
        if outcome == "3":
            print(f"{how} at call {n}: an error without words for the user")
        if outcome == "1" and file_state[SUMMARY] != after[SUMMARY]:
            print(f"{how} at call {n}: said to be done, and is not")
        assert summary.exists()
        if n % 9 == 0 or outcome == "0":
            merge(inbox, out)
            if state(out) != after or [path for path in out.iterdir() if path.name.startswith(".tmp-")]:
                print(f"{how} at call {n}: the next merge did not put things right")
        if outcome == "0":
            break
    print("SEEN", json.dumps(seen))


def main() -> None:
    workers.run = here
    how, *paths = sys.argv[1:]
    if how in ACTS:
        sweep(how, *map(Path, paths))
        return
    if how == "nobody":
        with tempfile.TemporaryDirectory() as scratch:
            merge(Path(paths[0]), Path(scratch))  # imports all that it needs while it may
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    if how.startswith("small"):
        import resource

        most = int(how.removeprefix("small"))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    try:
        merge(Path(paths[0]), Path(paths[1]))
    except UserError as error:
        print(error)
        sys.exit(2)


if __name__ == "__main__":
    main()
