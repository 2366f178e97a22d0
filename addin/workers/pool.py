"""The parent's side: one thread for each child, and the results in the order of the tasks."""

from __future__ import annotations

import atexit
import contextlib
import contextvars
import json
import os
import pickle
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from addin.findings import Refusal, make_refusal
from addin.workers import answers
from addin.workers.folder import TemporaryFilesError, private_folder
from addin.workers.job import Job
from addin.workers.pipe import DIED, FAULT, LATE, NO_MEMORY, READY, RESULT, receive, send

START_SECONDS = 120.0
"""Time limit for a child's start and imports, enough for a slow disk with a virus scanner."""
WARM = ("addin.district.partials", "python_calamine")
"""Modules that a child imports before its first task, by name: this module does not depend on the tasks."""
_LISTEN_SECONDS = 0.5
_END_SECONDS = 10.0
"""Longest wait for the end of all threads: Wine may never close the pipe of a child that was ended while it started."""
_TRIES = 3
"""How often a child's start is tried."""
_ROOT = Path(__file__).resolve().parents[2]


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Task(Generic[T]):
    """A call to be made in a child: "module:function", its arguments (pickled), and a name for messages.

    `T` is what the function gives. Paths among the arguments must be absolute: a child works in a folder of its own.
    """

    function: str
    args: tuple[object, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one child: bytes of memory (address space), bytes of a file it writes, seconds for one task.

    When the tasks of a run that were ended have taken `late` seconds together, each further one has `hurried` seconds:
    a folder of hostile files ends, and the honest files in it, which take a few seconds, are still read.
    """

    memory: int = 2 * 2**30
    file_size: int = 512 * 2**20
    seconds: float = 120.0
    late: float = 600.0
    hurried: float = 20.0


DEFAULT = Limits()


class ChildFault(Exception):
    """A bug: what failed in a child, as code locations. It holds no value of any cell.

    `errno` is the system's number where it was the system that said no (a full disk, when a child writes an output).
    """

    def __init__(self, name: str, kind: str, places: tuple[str, ...], errno: int | None = None) -> None:
        super().__init__(f"{name}: {kind} {' <- '.join(reversed(places))}".strip())
        self.name, self.kind, self.places, self.errno = name, kind, places, errno


def run(
    tasks: Iterable[Task[T]],
    *,
    jobs: int | None = None,
    limits: Limits = DEFAULT,
    on_done: Callable[[Task[T], T | Refusal], None] | None = None,
    warm: tuple[str, ...] = WARM,
) -> Iterator[tuple[Task[T], T | Refusal]]:
    """Make the calls in `jobs` children (default: as many as processors) and give the results in the tasks' order.

    Inside `shared_children` its children make the calls, however many they are. A task whose child took too long gives
    `Refusal` R121, one whose child died or ran out of memory R122. `on_done` is called as each is done, in any order.
    `warm` are modules that a child imports while it waits. Raises `ChildFault` for an exception in a task, and where no
    child can be started.
    """
    pending = list(tasks)
    if not pending:
        return
    with contextlib.ExitStack() as stack:
        pool = _shared.get()
        if pool is None or limits != DEFAULT:
            pool = _prepared(stack) if (limits, warm) == (DEFAULT, WARM) else None
            pool = pool or _started(stack, min(jobs or os.cpu_count() or 1, len(pending)), limits, warm, early=False)
            batch = pool.give(pending)
            pool.give_no_more()
        else:
            batch = pool.give(pending)
            stack.callback(batch.ended.set)
        yield from batch.results(on_done)


@contextlib.contextmanager
def shared_children(jobs: int | None = None, *, early: bool = True) -> Iterator[None]:
    """Have every `run` inside share `jobs` children, which live until the end: a start costs more than most tasks.

    They are those of `prepare` where it was called, and else start now, or, where not `early`, at the first task. A
    thread started inside shares them where it is run in a copy of this context (`contextvars.copy_context`).
    """
    if _shared.get() is not None:
        yield
        return
    with contextlib.ExitStack() as stack:
        pool = _prepared(stack) or _started(stack, jobs or os.cpu_count() or 1, DEFAULT, WARM, early=early)
        stack.callback(_shared.reset, _shared.set(pool))
        yield


_unlimited = threading.Event()


def unlimited() -> bool:
    """Whether a child of this process has run without its limit on memory, because the system has none to give."""
    return _unlimited.is_set()


_early: list[tuple[contextlib.ExitStack, _Pool]] = []
_shared: contextvars.ContextVar[_Pool | None] = contextvars.ContextVar("_shared", default=None)


def prepare(jobs: int | None = None) -> None:
    """Start the children of the next `run` or `shared_children` now: they load what they need while the caller does."""
    stack = contextlib.ExitStack()
    pool = _started(stack, jobs or os.cpu_count() or 1, DEFAULT, WARM, early=True)
    atexit.register(stack.close)  # where there is no next run after all
    _early.append((stack, pool))


def _prepared(stack: contextlib.ExitStack) -> _Pool | None:
    if not _early:
        return None
    own, pool = _early.pop()
    atexit.unregister(own.close)
    stack.callback(own.close)
    return pool


def _started(stack: contextlib.ExitStack, jobs: int, limits: Limits, warm: tuple[str, ...], *, early: bool) -> _Pool:
    pool = _Pool(limits, warm, stack.enter_context(private_folder()))
    stack.callback(pool.stop)
    pool.start(jobs, early=early)
    return pool


class Patience:
    """The time limit of the next task: it is shortened when the tasks that ran out of time add up to `Limits.late`."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.spent = limits, 0.0
        self.lock = threading.Lock()

    @property
    def seconds(self) -> float:
        """The time limit for a task that starts now."""
        limits = self.limits
        return limits.seconds if self.spent < limits.late else min(limits.seconds, limits.hurried)

    def spend(self, seconds: float) -> None:
        """Record that a task was ended after this many seconds."""
        with self.lock:
            self.spent += seconds


class _Batch(Generic[T]):
    """The tasks of one `run` and their results."""

    def __init__(self, tasks: list[Task[T]]) -> None:
        self.tasks = tasks
        self.done: queue.SimpleQueue[tuple[int, T | Refusal | BaseException]] = queue.SimpleQueue()
        self.ended = threading.Event()

    def results(self, on_done: Callable[[Task[T], T | Refusal], None] | None) -> Iterator[tuple[Task[T], T | Refusal]]:
        """The results in the tasks' order, as they come."""
        early: dict[int, T | Refusal] = {}
        following = 0
        while following < len(self.tasks):
            try:
                index, result = self.done.get(timeout=_LISTEN_SECONDS)
            except queue.Empty:  # on Windows a wait without a time limit ignores Ctrl-C
                continue
            if isinstance(result, BaseException):
                raise result
            if on_done is not None:
                on_done(self.tasks[index], result)
            early[index] = result
            while following in early:
                yield self.tasks[following], early.pop(following)
                following += 1


class _Pool:
    """The children's threads, and the tasks of every `run` that they serve, one after the other."""

    def __init__(self, limits: Limits, warm: tuple[str, ...], folder: Path) -> None:
        self.limits, self.warm, self.folder = limits, warm, folder
        self.waiting: queue.SimpleQueue[tuple[_Batch[Any], int] | None] = queue.SimpleQueue()
        self.stopping = threading.Event()
        self.patience = Patience(limits)
        self.children: list[Child] = []
        self.threads: list[threading.Thread] = []

    def start(self, jobs: int, *, early: bool) -> None:
        """Start `jobs` threads, each with a child that it starts at once (`early`) or with its first task."""
        for number in range(jobs):
            own = self.folder / str(number)
            try:
                own.mkdir()
            except OSError as error:
                raise TemporaryFilesError(error) from error
            child = Child(own, self.limits, self.warm, self.stopping, self.patience)
            self.children.append(child)
            thread = threading.Thread(target=self._serve, args=(child, early), name=f"child-{number}", daemon=True)
            self.threads.append(thread)
            thread.start()

    def give(self, tasks: list[Task[T]]) -> _Batch[T]:
        """Add the tasks of one `run`."""
        batch = _Batch(tasks)
        for index in range(len(tasks)):
            self.waiting.put((batch, index))
        return batch

    def give_no_more(self) -> None:
        """End each child when no task is left."""
        for _ in self.threads:
            self.waiting.put(None)

    def _serve(self, child: Child, early: bool) -> None:
        """One thread's loop over the waiting tasks. The kernel ends the child with its thread."""
        try:
            if early:
                with contextlib.suppress(ChildFault):  # said when there is something to do
                    child.start()
            while (given := self.waiting.get()) is not None and not self.stopping.is_set():
                batch, index = given
                if batch.ended.is_set():  # nobody waits for it
                    continue
                try:
                    batch.done.put((index, child.call(batch.tasks[index])))
                except BaseException as error:
                    batch.done.put((index, error))
        finally:
            child.close()

    def stop(self) -> None:
        """End every child at once."""
        self.stopping.set()
        for child in self.children:
            child.kill()
            self.waiting.put(None)
        last = time.monotonic() + _END_SECONDS
        for thread in self.threads:
            thread.join(max(0.0, last - time.monotonic()))


class Child:
    """One child process and its pipes; started when first needed and again after it died."""

    def __init__(
        self,
        folder: Path,
        limits: Limits,
        warm: tuple[str, ...],
        stopping: threading.Event,
        patience: Patience | None = None,
    ) -> None:
        self.patience = patience or Patience(limits)
        self.folder, self.limits, self.warm, self.stopping = folder, limits, warm, stopping
        self.process: subprocess.Popen[bytes] | None = None
        self.job: Job | None = None
        self.fresh = False
        self.limited: bool | None = None
        self.lock = threading.Lock()

    def call(self, task: Task[T]) -> T | Refusal | ChildFault:
        """The task's result, a refusal, or a fault to be raised."""
        understood = understand(task, self.answer(request_of(task)), self.limits)
        if isinstance(understood, ChildFault):
            self.close()
        return understood

    def answer(self, request: bytes) -> bytes:
        """The child's answer as it came, not opened; or LATE with the seconds it had, DIED or NO_MEMORY."""
        while True:
            if self.process is None:
                self.start()
            fresh, self.fresh = self.fresh, False
            seconds = self.patience.seconds
            answer, late = self._ask(request, seconds)
            if answer is not None and answer[:1] != NO_MEMORY:
                return answer
            self.close()  # how much of its memory limit is left is unknown
            if late:
                self.patience.spend(seconds)
                return LATE + b"%d" % seconds
            # what an earlier file has left behind in the child must not be this file's fault
            if fresh or self.stopping.is_set():
                return answer or DIED

    def start(self) -> None:
        """Start the process. Raises `ChildFault` where it cannot be started."""
        refused = None
        for _ in range(_TRIES):
            for left in self.folder.iterdir():
                with contextlib.suppress(OSError):  # a virus scanner may still look at it; the run's end removes all
                    shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()
            with self.lock:
                if self.stopping.is_set():
                    raise ChildFault("", "stopped", ())
                try:
                    self.process = _spawn(self.folder)
                except OSError as error:  # a virus scanner on Windows, or no memory for the moment
                    refused = error.errno
                    continue
                if sys.platform == "win32":  # the child does nothing before it has read its limits
                    self.job = Job(self.process.pid, self.limits.memory)
            limits = (self.limits.memory, self.limits.file_size, self.warm, os.getpid())
            answer, _ = self._ask(pickle.dumps(limits), START_SECONDS)
            if answer is not None and answer[:1] == READY:
                self.limited, self.fresh = answer[1:] == b"1" and (self.job is None or self.job.limited), True
                if not self.limited:
                    _unlimited.set()
                return
            self.close()
        raise ChildFault("", "no child process could be started", (), refused)

    def _ask(self, request: bytes, seconds: float) -> tuple[bytes | None, bool]:
        """The answer, or None where the child died; and whether that was because its time was up."""
        process = self.process
        assert process is not None and process.stdin is not None and process.stdout is not None
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        clock = threading.Timer(seconds, end)
        clock.daemon = True
        clock.start()
        try:
            send(process.stdin, request)
            return receive(process.stdout), False
        except (OSError, EOFError, ValueError):
            return None, late.is_set()
        finally:
            clock.cancel()

    def kill(self) -> None:
        """End the process from another thread; whoever waits for its answer then sees the pipe's end."""
        with self.lock:
            if self.process is not None:
                self.process.kill()

    def close(self) -> None:
        """End the process and forget it."""
        with self.lock:
            process, self.process = self.process, None
            job, self.job = self.job, None
        if process is None:
            return
        process.kill()
        if job is not None:
            job.close()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.wait()


def request_of(task: Task[T]) -> bytes:
    """A task as bytes for a child."""
    return pickle.dumps((task.function, task.args))


def understand(task: Task[T], answer: bytes, limits: Limits) -> T | Refusal | ChildFault:
    """Read an answer: the result, a refusal, or a fault that the caller raises."""
    kind, body = answer[:1], answer[1:]
    if kind == LATE:
        seconds = body.decode() if body.isdigit() and len(body) < 6 else f"{limits.seconds:g}"
        return make_refusal("R121", {"seconds": seconds})
    if kind in (NO_MEMORY, DIED):
        return make_refusal("R122", problem="读取时内存不足。" if kind == NO_MEMORY else None)
    if kind == RESULT:
        try:
            return cast(T, answers.load(body))
        except Exception as error:
            places = (str(error),) if isinstance(error, pickle.UnpicklingError) else ()
            return ChildFault(task.name, f"answer not accepted: {type(error).__name__}", places)
    if kind == FAULT:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            report = json.loads(body)
            number = report["errno"] if isinstance(report["errno"], int) else None
            return ChildFault(task.name, str(report["kind"]), tuple(str(place) for place in report["places"]), number)
    return ChildFault(task.name, "answer not understood", ())


def _spawn(folder: Path) -> subprocess.Popen[bytes]:
    needed = ("SYSTEMROOT", "WINDIR", "SOURCE_DATE_EPOCH")
    environment = {name: os.environ[name] for name in needed if name in os.environ}
    environment |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))
    # one child is one processor: no threads of the numeric libraries, which also want address space
    environment |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    # arrays of some megabytes come and go all the time: where each gets its pages anew, a tenth of all time goes there
    environment |= {"MALLOC_MMAP_THRESHOLD_": str(32 * 2**20), "MALLOC_TRIM_THRESHOLD_": str(128 * 2**20)}
    # -I: no imports from the working folder or the user's own packages
    code = f"import sys; sys.path.append({str(_ROOT)!r}); from addin.workers.child import serve; serve()"
    return subprocess.Popen(
        [sys.executable, "-I", "-X", "utf8", "-B", "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a library's error message may quote a cell
        env=environment,
        cwd=folder,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
