"""Children that crash, hang, eat memory or talk nonsense: one file is refused each time, and the run goes on."""

from __future__ import annotations

import ctypes
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from addin import workers
from addin.district.file_result import Details, FileResult
from addin.findings import Finding, Refusal
from addin.workers import ChildFault, Limits, Task, answers
from addin.workers.job import Job
from tests.support import ROOT, worker_tasks
from tests.support.processes import alive, ended

pytestmark = pytest.mark.slow  # every one starts processes

SMALL = Limits(memory=1 << 30, file_size=1 << 20, seconds=60)


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a run leaves behind is seen here, and no other run's leftovers are."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def task(function: str, *args: Any) -> Task:
    return Task(f"tests.support.worker_tasks:{function}", args, function)


def run(*tasks: Task, jobs: int = 1, limits: Limits = SMALL, **more: Any) -> list[Any]:
    """Results of the tasks; a refusal is shown as its code."""
    results = [result for _, result in workers.run(tasks, jobs=jobs, limits=limits, warm=(), **more)]
    return [result.code if isinstance(result, Refusal) else result for result in results]


def fault(*tasks: Task, **more: Any) -> ChildFault:
    with pytest.raises(ChildFault) as raised:
        run(*tasks, **more)
    return raised.value


def test_results_come_in_the_order_of_the_tasks() -> None:
    done = list[str]()
    tasks = [Task("tests.support.worker_tasks:double", (n, (5 - n) / 10), str(n)) for n in range(5)]
    results = run(*tasks, jobs=3, on_done=lambda task, _: done.append(task.name))
    assert results == [0, 2, 4, 6, 8]
    assert sorted(done) == list("01234")
    if sys.platform != "win32":  # there the system says whether it keeps the limits: see the tests of `job` below
        assert workers.unlimited() == (sys.platform != "linux")


def test_no_task_no_child(own_temporary_folder: Path) -> None:
    assert run() == []
    assert list(own_temporary_folder.iterdir()) == []


def test_a_child_lives_on_from_task_to_task() -> None:
    first, second = run(task("process"), task("process"))
    assert first == second != os.getpid()


@pytest.mark.parametrize("end", ["abort", "kill"])
def test_a_crash_costs_one_file(end: str) -> None:
    assert run(task("double", 1), task(end), task("double", 2)) == [2, "R122", 4]


def test_a_hanging_child_is_ended_and_costs_one_file() -> None:
    limits = Limits(SMALL.memory, SMALL.file_size, seconds=10)
    tasks = [task("double", 1), task("hang"), task("double", 2)]
    # what a task imports is no part of its time here: a fresh child of a slow machine takes long for pandas
    results = [result for _, result in workers.run(tasks, jobs=1, limits=limits, warm=("tests.support.worker_tasks",))]
    assert [getattr(result, "code", result) for result in results] == [2, "R121", 4]


@pytest.mark.posix("Wine accepts a job's limit on memory and does not keep it")
def test_memory_is_limited_and_costs_one_file() -> None:
    (_, refusal), (_, after) = workers.run(
        [task("fill", 10 << 20), task("double", 2)], jobs=1, limits=SMALL, warm=()
    )  # fmt: skip
    assert refusal == Refusal("R122", "读取时内存不足。", refusal.remedy)
    assert refusal.remedy.endswith("。")
    assert after == 4


@pytest.mark.posix("Wine accepts a job's limit on memory and does not keep it")
def test_what_an_earlier_file_left_in_the_child_is_not_held_against_the_next() -> None:
    """Either fits the limit, both together do not: the second is tried again in a fresh child."""
    much = 400 << 20
    assert run(task("need", much)) == [much]
    assert run(task("keep", much), task("need", much)) == [much, much]
    assert run(task("keep", much), task("need", 2 << 30), task("double", 1)) == [much, "R122", 2]


@pytest.mark.posix("a job object has no limit on a file's size")
def test_the_size_of_a_file_that_a_child_writes_is_limited() -> None:
    assert run(task("write", 100_000)) == [100_000]
    child_fault = fault(task("write", 10 << 20))
    assert (child_fault.kind, child_fault.errno) == ("OSError", 27)


def test_output_of_a_library_goes_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(task("chatter", "张三990000199001010017"), task("double", 2)) == ["heard: ", 4]
    assert capfd.readouterr() == ("", "")


def test_a_bug_is_raised_with_its_place_and_no_value() -> None:
    child_fault = fault(task("double", 1), task("stumble", "张三990000199001010017"))
    assert child_fault.kind == "KeyError"
    assert child_fault.places[-1].startswith("tests/support/worker_tasks.py:")
    assert child_fault.places[-1].endswith(" stumble")
    assert child_fault.errno is None
    for text in (str(child_fault), repr(child_fault), repr(child_fault.__cause__), repr(child_fault.__context__)):
        assert "张三" not in text
        assert "990000" not in text


def test_surroundings_of_a_child(own_temporary_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "x")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1568246400")
    (surroundings,) = run(task("surroundings"))
    allowed = {"SOURCE_DATE_EPOCH", "TMPDIR", "TEMP", "TMP", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
               "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"}  # fmt: skip
    there = {
        name for name in surroundings["environment"] if not name.startswith("WINE")
    }  # which Wine puts there itself
    assert there - {"SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "LC_CTYPE"} == allowed
    for folder in (surroundings["temporary"], surroundings["folder"]):
        assert Path(folder).is_relative_to(own_temporary_folder)
    if sys.platform == "linux":
        # input, output and errors that lead nowhere, two pipes, and the listing of this folder itself
        assert len(surroundings["descriptors"]) == 6


def test_a_private_folder_that_is_gone_afterwards(own_temporary_folder: Path) -> None:
    (path,) = run(task("litter"))
    assert Path(path).is_relative_to(own_temporary_folder)
    assert list(own_temporary_folder.iterdir()) == []
    fault(task("litter"), task("stumble", "x"))
    assert list(own_temporary_folder.iterdir()) == []


def test_a_folder_that_another_program_holds_for_a_moment_is_removed_all_the_same(
    own_temporary_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows a virus scanner that looks at a file keeps its folder from being removed."""
    remove, refusals = shutil.rmtree, iter(range(2))

    def held(path: Path, **options: Any) -> None:
        if next(refusals, None) is None:
            remove(path, **options)

    with workers.private_folder() as folder:
        (folder / "copy.xlsx").write_bytes(b"roster")
        monkeypatch.setattr(shutil, "rmtree", held)
    assert list(own_temporary_folder.iterdir()) == []


@pytest.mark.posix("a folder on Windows has no mode; the user's own folder is closed to others")
def test_the_folder_is_for_its_owner_alone() -> None:
    (surroundings,) = run(task("surroundings"))
    assert not Path(surroundings["folder"]).exists()
    with workers.private_folder() as folder:
        assert folder.stat().st_mode & 0o777 == 0o700


def test_ended_early_nothing_is_left(own_temporary_folder: Path) -> None:
    results = workers.run([task("process"), task("hang")], jobs=2, limits=SMALL, warm=())
    _, process = next(results)
    results.close()  # type: ignore[attr-defined]
    assert list(own_temporary_folder.iterdir()) == []
    assert not alive(process)


RUN = """
import sys, tempfile
tempfile.tempdir = sys.argv[1]
from addin import workers
tasks = [workers.Task("tests.support.worker_tasks:litter"), workers.Task("tests.support.worker_tasks:process"), workers.Task("tests.support.worker_tasks:hang")]
for _, result in workers.run(tasks, jobs=1, warm=()):
    print(result, flush=True)
"""


def test_a_killed_run_takes_its_children_along_and_the_next_removes_what_it_left(own_temporary_folder: Path) -> None:
    command = [sys.executable, "-c", RUN, str(own_temporary_folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        litter, child = Path(parent.stdout.readline().strip()), int(parent.stdout.readline())
        assert litter.exists()
        run(task("double", 1))
        assert litter.exists(), "a run that lives keeps its folder"
        parent.kill()
    assert ended(child)
    assert litter.exists()
    run(task("double", 1))
    assert list(own_temporary_folder.iterdir()) == []


class JobCalls:
    """kernel32's calls for jobs, emulated: Windows keeps the limits, Wine forgets them, a policy refuses."""

    def __init__(self, manner: str) -> None:
        self.manner, self.limits, self.calls = manner, b"", list[str]()

    def CreateJobObjectW(self, *_: object) -> int:  # noqa: N802
        return 0 if self.manner == "refuses" else 8

    def SetInformationJobObject(self, _job: int, _kind: int, limits: Any, size: int) -> bool:  # noqa: N802
        self.limits = b"" if self.manner == "forgets" else ctypes.string_at(limits, size)
        return True

    def QueryInformationJobObject(self, _job: int, _kind: int, into: Any, _size: int, _got: None) -> bool:  # noqa: N802
        ctypes.memmove(into, self.limits, len(self.limits))
        return True

    def OpenProcess(self, *_: object) -> int:  # noqa: N802
        return 4

    def AssignProcessToJobObject(self, job: int, process: int) -> bool:  # noqa: N802
        self.calls.append(f"{process} in {job}")
        return self.manner != "keeps nobody"

    def CloseHandle(self, handle: int) -> None:  # noqa: N802
        self.calls.append(f"closed {handle}")


@pytest.mark.parametrize("manner", ["keeps", "forgets", "refuses", "keeps nobody"])
def test_a_job_says_whether_its_limits_are_in_force(manner: str) -> None:
    """Emulated: Wine's own job is of the manner "forgets", and no system here is a Windows."""
    calls = JobCalls(manner)
    job = Job(77, SMALL.memory, calls)
    assert job.limited == (manner == "keeps")
    job.close()
    job.close()
    assert calls.calls == ([] if manner == "refuses" else ["4 in 8", "closed 4", "closed 8"])


def test_a_child_dies_without_a_box() -> None:
    (mode,) = run(task("error_mode"))
    assert mode == (0x8003 if sys.platform == "win32" else None)


FOLDERS = """
import sys, tempfile
tempfile.tempdir = sys.argv[1]
from addin import workers
for n in range(300):
    with workers.private_folder() as folder:
        (folder / "roster").write_text("x", encoding="utf-8")
        assert (folder / "roster").exists()
"""


def test_runs_that_begin_at_one_moment_leave_each_others_folders_alone(own_temporary_folder: Path) -> None:
    command = [sys.executable, "-c", FOLDERS, str(own_temporary_folder)]
    running = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    assert [process.communicate()[1] for process in running] == [""] * 4
    assert list(own_temporary_folder.iterdir()) == []


def test_a_link_with_our_name_is_not_followed(own_temporary_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:  # fmt: skip
    precious = tmp_path_factory.mktemp("precious")
    (precious / "file").write_text("x", encoding="utf-8")
    os.utime(precious, (0, 0))
    (own_temporary_folder / "liangxian-run-x").symlink_to(precious)
    run(task("double", 1))
    assert (precious / "file").exists()


def test_where_no_child_can_be_started(monkeypatch: pytest.MonkeyPatch, own_temporary_folder: Path) -> None:
    code = "import sys; sys.exit(1)"
    spawned = subprocess.Popen

    def broken(command: list[str], **more: Any) -> Any:
        return spawned([sys.executable, "-c", code], **more)

    monkeypatch.setattr(workers.pool.subprocess, "Popen", broken)
    assert "no child process could be started" in str(fault(task("double", 1)))
    assert list(own_temporary_folder.iterdir()) == []


@pytest.mark.parametrize("refusals", [1, 2, 3])
def test_where_the_system_refuses_to_start_a_child_for_a_moment(monkeypatch: pytest.MonkeyPatch, refusals: int) -> None:
    spawned = subprocess.Popen
    left = [PermissionError(13, "a virus scanner")] * refusals

    def refusing(*given: Any, **more: Any) -> Any:
        if left:
            raise left.pop()
        return spawned(*given, **more)

    monkeypatch.setattr(workers.pool.subprocess, "Popen", refusing)
    if refusals < 3:
        assert run(task("double", 1)) == [2]
    else:
        assert fault(task("double", 1)).errno == 13


PREPARED = """
import sys, tempfile, time
from pathlib import Path
tempfile.tempdir = sys.argv[1]
from addin import workers
workers.prepare(2)
children = [child for _, pool in workers.pool._early for child in pool.children]
while not all(child.limited is not None for child in children):
    time.sleep(0.05)
print(*(child.process.pid for child in children), flush=True)
if sys.argv[2] == "run":
    tasks = [workers.Task("tests.support.worker_tasks:double", (n, 0.3)) for n in range(3)] + [workers.Task("tests.support.worker_tasks:process")]
    *doubled, last = (result for _, result in workers.run(tasks, jobs=2))
    print(doubled, last)
    print(len(list(Path(sys.argv[1]).iterdir())))
"""


@pytest.mark.parametrize("use", ["run", "nothing"])
def test_children_started_early_are_those_that_work_and_are_gone_afterwards(
    own_temporary_folder: Path, use: str
) -> None:
    command = [sys.executable, "-c", PREPARED, str(own_temporary_folder), use]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    children, *rest = output.stdout.splitlines()
    if use == "run":
        doubled, worker = rest[0].rsplit(" ", 1)
        assert (doubled, rest[1]) == ("[0, 2, 4]", "0")
        assert worker in children.split()
    assert output.stderr == ""
    assert not any(alive(int(child)) for child in children.split())
    assert list(own_temporary_folder.iterdir()) == []


DEAF = """
import sys, tempfile, threading
tempfile.tempdir = sys.argv[1]
from addin import workers
from addin.workers import pool
pool._END_SECONDS = 0.1
pool.Child.start = lambda child: threading.Event().wait()
workers.prepare(2)
print("ends")
"""


def test_a_silent_child_does_not_keep_the_program_from_ending(own_temporary_folder: Path) -> None:
    """Emulated: under Wine the pipe of a child that was ended while it started sometimes stays open for ever."""
    command = [sys.executable, "-c", DEAF, str(own_temporary_folder)]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    assert (output.stdout, output.stderr) == ("ends\n", "")
    assert list(own_temporary_folder.iterdir()) == []


def test_kept_children_serve_every_run_of_every_thread_and_are_gone_afterwards(own_temporary_folder: Path) -> None:
    with workers.shared_children(1), workers.shared_children(3):
        ((_, child),) = workers.run([task("process")])
        for _ in workers.run([task("double", 1), task("double", 2)], warm=()):  # one run inside another
            assert [again for _, again in workers.run([task("process")])] == [child]
        with ThreadPoolExecutor(4) as threads:
            asked = [
                threads.submit(copy_context().run, lambda: [answer for _, answer in workers.run([task("process")])])
                for _ in range(4)
            ]
            assert [one.result() for one in asked] == [[child]] * 4
        assert run(task("process"), limits=SMALL) != [child], "other limits, another child"
        assert alive(child)
    assert not alive(child)
    assert list(own_temporary_folder.iterdir()) == []
    with workers.shared_children(2, early=False):
        assert not workers.pool._shared.get().children[0].process  # type: ignore[union-attr]


def test_what_one_run_does_to_a_kept_child_is_no_other_runs_fault() -> None:
    def one(*tasks: Task) -> list[Any]:
        return [getattr(result, "code", result) for _, result in workers.run(tasks)]

    with workers.shared_children(1):
        assert one(task("kill"), task("double", 1)) == ["R122", 2]
        with pytest.raises(ChildFault, match="KeyError"):
            one(task("stumble", "x"), *[task("double", 1)] * 3)  # nobody waits for the others
        assert one(task("double", 2)) == [4]
        results = workers.run([task("double", 3), *[task("double", 1)] * 3])
        assert next(results)[1] == 6
        results.close()  # type: ignore[attr-defined]
        assert one(task("double", 4)) == [8]


# ---------------------------------------------------------------- what a child may say


def test_answers_come_through_whole() -> None:
    refusal, frame, grouped = (r for _, r in workers.run(
        [task("refusal"), task("frame"), task("grouped")], jobs=1, limits=SMALL, warm=()))  # fmt: skip
    assert refusal == worker_tasks.refusal()
    pd.testing.assert_frame_equal(frame, worker_tasks.frame())
    pd.testing.assert_series_equal(grouped, worker_tasks.grouped())


def test_an_answer_that_would_run_code_is_not_opened() -> None:
    child_fault = fault(task("trap"))
    assert child_fault.kind == "answer not accepted: UnpicklingError"
    assert child_fault.places[0].endswith(".system")


@dataclass
class Foreign:
    """A dataclass, but none of the project's."""

    value: int = 0


class Calls:
    """Something whose pickle calls a function."""

    def __init__(self, function: Any, *args: Any) -> None:
        self.call = function, args

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize(
    "answer",
    [Calls(os.system, "true"), Calls(eval, "1"), Calls(getattr, "", "join"), Calls(pickle.loads, b""),
     Calls(subprocess.Popen, ["true"]), Calls(pd.read_pickle, "x"), Calls(pd.eval, "1"), Calls(np.load, "x"),
     Calls(workers.run, []), Calls(Task.__init__), Foreign(), Path.unlink],
    ids=lambda answer: getattr(getattr(answer, "call", [answer])[0], "__qualname__", "Foreign"),
)  # fmt: skip
def test_only_harmless_names_are_accepted(answer: Any) -> None:
    with pytest.raises(pickle.UnpicklingError):
        answers.load(pickle.dumps(answer))


def test_what_a_file_gives_is_accepted() -> None:
    finding = Finding("a.xlsx", "花名册", 5, "J", "301", "error", count=2, places=(5, 6))
    result = FileResult("a.xlsx", "0" * 64, "x", details=Details(worker_tasks.frame()), findings=[finding])
    again = answers.load(pickle.dumps(result, protocol=5))
    assert again.findings == [finding]
    pd.testing.assert_frame_equal(again.details.people, result.details.people)
    plain = [Counter("aab"), date(2019, 10, 5), np.arange(3), np.float64(1.5), {1, 2}, b"x", None, Path("a")]
    answer = answers.load(pickle.dumps(plain))
    assert answer[2].tolist() == [0, 1, 2]
    assert [*answer[:2], *answer[3:]] == [*plain[:2], *plain[3:]]


def test_without_a_limit_on_memory_that_is_reported(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    from addin import cli

    monkeypatch.setattr(sys, "argv", ["liangxian", "--version"])
    for limited, words in ((True, ""), (False, "提示：本系统不能限制读取程序所用的内存")):
        monkeypatch.setattr(workers, "unlimited", lambda limited=limited: not limited)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == 0
        assert capsys.readouterr().err.startswith(words)
        assert bool(words) == (not limited)
