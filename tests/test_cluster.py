"""The same work on a cluster: a real scheduler and real worker processes over TLS, one of them killed in the middle."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from itertools import takewhile
from pathlib import Path

import dask
import distributed
import pytest

from addin import run
from addin.district import report
from addin.findings import Refusal
from addin.workers import Limits, Task, cluster, remote
from addin.workers.pipe import DIED
from tests.support import ROOT, results, rosters
from tests.support.received import received

POLICY = rosters.POLICY
WORKER = ("--no-nanny", "--nthreads", "1", "--memory-limit", "0", "--no-dashboard")

pytestmark = [
    pytest.mark.slow,
    # distributed leaves its own sockets to the garbage collector
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Cluster:
    """A scheduler of its own, and workers as they are asked for."""

    def __init__(self, folder: Path, stack: ExitStack, workers_config: Path) -> None:
        self.folder, self.stack, self.workers_config = folder, stack, workers_config
        scheduler = folder / "scheduler.json"
        self._start("scheduler", "--protocol", "tls", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
                    "--scheduler-file", str(scheduler))  # fmt: skip
        wait_for(lambda: scheduler.exists() and scheduler.read_text().endswith("}"))  # it is written piece by piece
        self.address = str(distributed.utils.json.loads(scheduler.read_text())["address"])

    def worker(self) -> subprocess.Popen[bytes]:
        before = self.workers()
        process = self._start(
            "worker", self.address, "--protocol", "tls", "--local-directory", str(self.folder), *WORKER
        )
        wait_for(lambda: self.workers() > before)
        return process

    def workers(self) -> int:
        security = distributed.Security(require_encryption=True)
        with distributed.Client(self.address, security=security, set_as_default=False) as client:
            return len(client.nthreads())

    def _start(self, kind: str, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", kind, *words]
        log = self.stack.enter_context((self.folder / f"{kind}.log").open("ab"))
        own = {"DASK_CONFIG": str(self.workers_config)} if kind == "worker" else {}
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=os.environ | own)
        self.stack.callback(process.wait)
        self.stack.callback(process.kill)
        return process


def wait_for(holds: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


DOC = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")


def block(start: str) -> str:
    """The code block of docs/cluster.md that begins with that line."""
    lines = DOC[DOC.index(f"    {start}") :].splitlines()
    return "\n".join(line[4:] for line in takewhile(lambda line: line.startswith("    "), lines))


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The authority and a certificate for each machine, made by the very lines of the document."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not here: nothing of the cluster was tested")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["bash", "-euc", block("openssl req -x509")], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def servers(tmp_path: Path, certificates: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A cluster with the document's configuration: this process and the scheduler are `head`, the workers `one`."""
    written = block("distributed:")
    for machine in ("head", "one"):
        place = tmp_path / machine
        place.mkdir()
        own = written.replace("/home/lx/tls", str(certificates)).replace("head.", f"{machine}.")
        (place / "liangxian.yaml").write_text(own, encoding="utf-8")
    monkeypatch.setenv("DASK_CONFIG", str(tmp_path / "head"))
    dask.config.refresh(paths=[str(tmp_path / "head")])
    folder = tmp_path / "cluster"
    folder.mkdir()
    with ExitStack() as stack:
        yield Cluster(folder, stack, workers_config=tmp_path / "one")
    monkeypatch.undo()
    dask.config.refresh()


def test_the_district_is_the_same_when_a_worker_is_killed_in_the_middle(servers: Cluster, tmp_path: Path) -> None:
    inbox = tmp_path / "收到"
    units = [unit.name for unit in POLICY.units[:6]]
    for n, unit in enumerate(units):
        # neighbours share a person, so that something shows only across files
        received(inbox, f"{unit}.xlsx", *results.people(30, start=29 * n), township=unit)
    received(inbox, "旧.xlsx", *results.people(5), township=units[0], deadline=datetime(2019, 10, 15))
    (inbox / "坏.xlsx").write_bytes(b"PK\x03\x04 and nothing more")
    (inbox / "链接.xlsx").symlink_to(inbox / "旧.xlsx")
    local = run.merge_folder(inbox, tmp_path / "本机.xlsx", POLICY, jobs=2)
    victim = servers.worker()
    servers.worker()
    done = []

    def kill_at_the_first(people: int) -> None:
        if not done:
            victim.send_signal(signal.SIGKILL)
        done.append(people)

    far = run.merge_folder(inbox, tmp_path / "集群.xlsx", POLICY, cluster=servers.address, on_file=kill_at_the_first)
    assert sorted(done) == [0, 0, 5, *[30] * 6]
    assert servers.workers() == 1
    assert report.to_json(far) == report.to_json(local)
    assert len(local.duplicates) == 2 * 2 * 5, "five people in two units, in both schemes"
    assert (tmp_path / "集群.xlsx").read_bytes() == (tmp_path / "本机.xlsx").read_bytes()


def test_what_a_lost_worker_had_begun_is_done_again(servers: Cluster, tmp_path: Path) -> None:
    workers = [servers.worker(), servers.worker()]
    notes = tmp_path / "notes"
    notes.mkdir()
    tasks = [Task("tests.support.worker_tasks:noted", (notes, n)) for n in range(6)]
    outcome = cluster.run(tasks, servers.address)
    found = [next(outcome)]
    wait_for(lambda: len(list(notes.iterdir())) >= 2)
    workers[0].send_signal(signal.SIGKILL)
    found += outcome
    assert [result for _, result in found] == list(range(6))
    numbers = [int(note.name.split()[0]) for note in notes.iterdir()]
    assert set(numbers) == set(range(6)) and len(numbers) > 6, "something was begun twice"


def test_limits_hold_on_a_worker_and_a_dead_child_costs_one_file(servers: Cluster) -> None:
    servers.worker()

    def codes(limits: Limits, *tasks: Task) -> list[object]:
        results = [result for _, result in cluster.run(tasks, servers.address, limits=limits)]
        return [result.code if isinstance(result, Refusal) else result for result in results]

    def task(name: str, *args: object) -> Task:
        return Task(f"tests.support.worker_tasks:{name}", args)

    roomy = Limits(memory=2**30, seconds=100)
    assert codes(roomy, task("double", 1), task("abort"), task("fill", 200 * 2**20), task("double", 2)) == [
        2,
        "R122",
        "R122",
        4,
    ]
    assert codes(Limits(seconds=2), task("hang"), task("double", 3)) == ["R121", 6]


def test_an_answer_that_would_run_code_is_not_opened_here(servers: Cluster) -> None:
    servers.worker()
    with pytest.raises(Exception, match="answer not accepted: UnpicklingError"):
        list(cluster.run([Task("tests.support.worker_tasks:trap", name="a")], servers.address))


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("tcp://10.0.0.5:8786", "不加密"),
        ("tcp://scheduler:8786", "不加密"),
        ("tcp://0.0.0.0:8786", "不加密"),
        ("scheduler:8786", "应形如"),
        ("tls://scheduler", "应形如"),
        ("", "应形如"),
    ],
)
def test_only_tls_leaves_the_machine(address: str, words: str) -> None:
    with pytest.raises(cluster.ClusterError, match=words):
        list(cluster.run([Task("tests.support.worker_tasks:process")], address))


def test_nobody_at_the_address() -> None:
    with pytest.raises(cluster.ClusterError, match="连不上集群"):
        list(cluster.run([Task("tests.support.worker_tasks:process")], "tcp://127.0.0.1:9"))


def test_a_worker_that_can_start_no_child_answers_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote.Child, "answer", lambda *_: 1 / 0)
    assert remote.answer(remote.Request(b"secret"), Limits()) == b"U" != DIED
    assert "secret" not in repr(remote.Request(b"secret"))
