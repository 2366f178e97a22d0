"""Times the whole job at the district's real size, against the programs that people would use instead.

    python scripts/bench.py [--json FILE] [--docs] [--scale S] [--rounds N] [--jobs N] [--only NAME ...]

Measured in one run, every contender once a round, in turn; medians of the rounds. Wall time, CPU time of all processes,
and, in a round of its own because looking costs time, the most memory (PSS) of all processes together:

    merge     our merge, everything on: pre-flight, children, checks, people across files, summary verified
    bare      the same sheets read by python-calamine in as many processes, and nothing done with them
    floor     every part inflated, and one search over its bytes
    fastexcel the same sheets read by fastexcel, where it is installed (pip install fastexcel): a peer that only reads
    pandas    the script that a user would write: pandas with openpyxl (largest file, times rows), with calamine
    check     our check of the largest file, against the bare read of that file, start of the program included
    papers    the merge with ledgers for every unit, the lists of findings (as combine writes them, without copies), the
              merge with returns, whose copies hold half a million people once more; ten thousand people annotated
    start     --help, the first word on a terminal, the check of a small roster, `import pandas` for comparison
    growth    merge over 0.1, 0.3, 1 and 3 districts: more workbooks, not larger ones; combine of kept results
    udf       NETDUE on xlwings' way from VBA: first call of a process, later calls, a column of 50,000 rows against a
              function that returns its argument
    windows   python.org's Python under Wine, where that is installed: --help, check, merge and ledgers of a small
              district, each also by this Python; first and later calls of NETDUE over real COM

The invented rosters are made once, in processes, and kept under out/bench. Scale 1 is the district. No threshold here
fails anything: the figures are for docs/scale.md, which --docs writes anew from this run.
"""

from __future__ import annotations

import argparse
import compileall
import contextlib
import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]  # run as a script, only its own folder is on the path

CACHE = ROOT / "out" / "bench"
GROWTH = (0.1, 0.3, 1.0, 3.0)
SEEDS = (1, 2, 3)
NAMES = ("merge", "bare", "floor", "fastexcel", "pandas", "check", "papers", "start", "growth", "udf", "windows")
MISTAKES = 0.01
"""Share of the people with something to be found."""
SMALL = 0.002
"""Scale of the district whose books are small."""
ANNOTATED = 10_000
"""People of the book that is annotated, as nearly as there is one."""
CONTENDERS = ROOT / "scripts" / "bench_contenders.py"


# ---------------------------------------------------------------- measuring


@dataclass
class Measured:
    """One contender's rounds: seconds of wall and CPU, and the most PSS (MB) of its processes together."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak_mb: float = 0.0

    @property
    def seconds(self) -> float:
        """Median wall time."""
        return median(self.wall)

    @property
    def cpu_seconds(self) -> float:
        """Median CPU time; not a number where it could not be seen."""
        return median(self.cpu) if self.cpu else float("nan")

    def add(self, wall: float, cpu: float | None = None) -> None:
        """One more round."""
        self.wall.append(wall)
        if cpu is not None:
            self.cpu.append(cpu)


def run(command: Sequence[str], measured: Measured, *, memory: bool) -> None:
    """Run a command to its end, either for its time or for its memory."""
    with tempfile.TemporaryFile() as log:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)
        watch = _Watch(process.pid) if memory else None
        _, status, used = os.wait4(process.pid, 0)
        elapsed = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        log.seek(0)
        text = log.read().decode(errors="replace")
        if process.returncode not in (0, 1) or "没有采用" in text:  # 1: done, with findings; every book must count
            sys.exit(f"{' '.join(command[:6])} failed:\n{text[-2000:]}")
    if watch is not None:
        measured.peak_mb = max(measured.peak_mb, watch.stop())
    else:
        measured.add(elapsed, used.ru_utime + used.ru_stime)


_ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\s")


def run_to_first_word(command: Sequence[str], measured: Measured) -> None:
    """The time from the start of a command to the first character that a person sees on a terminal."""
    import pty  # noqa: PLC0415 - not on Windows

    master, slave = pty.openpty()
    begin = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, cwd=ROOT, env={**os.environ, "TERM": "xterm"}
    )
    os.close(slave)
    seen = b""
    while piece := _read(master):
        if not seen:
            seen = _ESCAPES.sub(b"", piece)
            if seen:
                measured.add(time.perf_counter() - begin, sum(map(_cpu, _family(process.pid))))
    process.wait()
    os.close(master)


def _read(terminal: int) -> bytes:
    """The next piece of output; empty at the end, which a terminal reports as an error."""
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""


def _cpu(process: int) -> float:
    """CPU seconds of a process and of its children that have ended."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


class _Watch:
    """Looks every few milliseconds at the memory of a process and all its descendants."""

    def __init__(self, process: int) -> None:
        self.process, self.peak, self.ended = process, 0.0, threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def _look(self) -> None:
        while not self.ended.wait(0.02):
            self.peak = max(self.peak, sum(map(_pss, _family(self.process))))

    def stop(self) -> float:
        self.ended.set()
        self.thread.join()
        return self.peak


def _family(process: int) -> list[int]:
    processes = [process]
    for number in processes:
        for listing in Path(f"/proc/{number}/task").glob("*/children"):
            try:
                processes += map(int, listing.read_text(encoding="ascii").split())
            except OSError:
                continue  # ended meanwhile
    return processes


def _pss(process: int) -> float:
    """Proportional set size in MB: memory that processes share counts once."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


# ---------------------------------------------------------------- the samples


def cache() -> Path:
    """The folder of the samples as the sources of now make them; those of other sources are removed."""
    state = hashlib.sha256()
    sources = [
        *(ROOT / "scripts" / "samples").rglob("*.toml"),
        *(ROOT / "scripts" / "samples").rglob("*.py"),
        *(ROOT / "addin" / "output" / "template").rglob("*.py"),
    ]
    for path in sorted([*sources, ROOT / "addin" / "columns.py", Path(__file__).resolve()]):
        state.update(path.read_bytes())
    folder = CACHE / state.hexdigest()[:16]
    for old in CACHE.iterdir() if CACHE.is_dir() else ():
        if old != folder:
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _write(job: tuple[Path, float, int, int]) -> list[tuple[str, int]]:
    """The books of one unit of one district; parts have names of their own, so that districts can be put together."""
    from addin import columns  # noqa: PLC0415
    from scripts.samples import families, files, notice, people, units  # noqa: PLC0415

    folder, scale, seed, number = job
    # other districts are other people, with other receipts
    people.AREA, families.RECEIPTS = f"99{seed - 1:04d}", f"L{'STUVWXYZ'[seed - 1]}"
    written = []
    for book in units.books(units.plan(notice.load(notice.LENGSHUITAN), scale, seed, MISTAKES)[number], seed):
        book.part = f"第{seed}册" if book.part == columns.WHOLE else f"{book.part}{seed}"
        path = folder / f"{scale:g}" / str(seed) / book.name
        files.write(book, path)
        written.append((str(path.relative_to(folder)), book.persons))
    return written


def samples(folder: Path, scale: float, seeds: Iterable[int], jobs: int) -> dict[str, int]:
    """The rosters of one district a seed, made where they are not there yet: each file with its number of people."""
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415

    from scripts.samples import notice, units  # noqa: PLC0415

    found: dict[str, int] = {}
    for seed in seeds:
        listing = folder / f"{scale:g}" / f"{seed}.json"
        if not listing.exists():
            print(f"Making the rosters of district {seed} at scale {scale:g} ...", flush=True)
            plan = units.plan(notice.load(notice.LENGSHUITAN), scale, seed, MISTAKES)
            order = sorted(range(len(plan)), key=lambda number: -plan[number].people)
            with ProcessPoolExecutor(jobs) as pool:
                made = dict(
                    line for lines in pool.map(_write, [(folder, scale, seed, n) for n in order]) for line in lines
                )
            listing.write_text(json.dumps(made, ensure_ascii=False, indent=1), encoding="utf-8")
        found |= json.loads(listing.read_text(encoding="utf-8"))
    return found


def share(files: dict[str, int], part: float) -> dict[str, int]:
    """So many workbooks, of all sizes, that they hold that part of the people."""
    wanted = part * sum(files.values())
    chosen: dict[str, int] = {}
    for file, people in sorted(files.items(), key=lambda item: hashlib.sha256(item[0].encode()).hexdigest()):
        if sum(chosen.values()) + people <= wanted * 1.02:
            chosen[file] = people
    return chosen


# ---------------------------------------------------------------- the benchmark


Turn = Callable[[], None]


@dataclass
class Bench:
    """The runs of a benchmark, their inputs and results."""

    scale: float
    rounds: int
    jobs: int
    only: Sequence[str]
    folder: Path = field(default_factory=cache)
    measured: dict[str, Measured] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    largest: int = 0
    annotated: int = 0
    left_out: list[str] = field(default_factory=list)

    def commands(self) -> dict[str, list[str]]:
        """A command for each contender that runs as a program, by its name."""
        growing = "growth" in self.only
        files = samples(self.folder, self.scale, SEEDS if growing else SEEDS[:1], self.jobs)
        one = {file: people for file, people in files.items() if file.split("/")[1] == "1"}
        # the largest first, as merge takes them
        paths = [str(self.folder / file) for file in sorted(one, key=lambda file: -one[file])]
        self.people, self.largest = {"1": sum(one.values())}, max(one.values())
        middle = min(one, key=lambda file: abs(one[file] - ANNOTATED))
        self.annotated = one[middle]
        contend, jobs = [sys.executable, str(CONTENDERS)], str(self.jobs)
        found = {"merge": self._merge("1", one)}
        found |= {name: [*contend, name, jobs, *paths] for name in ("bare", "floor", "fastexcel")}
        found |= {
            "pandas-openpyxl": [*contend, "pandas-openpyxl", "1", paths[0]],
            "pandas-calamine": [*contend, "pandas-calamine", "1", *paths],
            "check": [*_liangxian("check"), paths[0], "--jobs", "1"],
            "bare-largest": [*contend, "bare", "1", paths[0]],
            "ledgers": [*self._merge("1", one), *self._papers("--ledger")],
            "returns": [*self._merge("1", one), *self._papers("--returns")],
            "annotate": [*_liangxian("check"), str(self.folder / middle), "--jobs", "1", *self._papers("--annotate")],
        }
        found |= self._small_commands()
        groups = {
            "pandas": ("pandas-openpyxl", "pandas-calamine"),
            "check": ("check", "bare-largest"),
            "papers": ("ledgers", "lists", "returns", "annotate"),
            "start": ("import-pandas", "help", "check-small"),
            "windows": ("check-small", "merge-small", "ledgers-small", "help"),
        }
        if growing or "papers" in self.only:
            found["combine-1"] = self._combine("1", one)
            found["lists"] = [*found["combine-1"], *self._papers("--returns")]
        wanted = {one for name in self.only for one in groups.get(name, (name,))} | {"combine-1"}
        found = {name: command for name, command in found.items() if name in wanted}
        for part in GROWTH if growing else ():
            name = f"{part:g}"
            chosen = files if part == max(GROWTH) else one if part == 1 else share(one, part)
            self.people[name] = sum(chosen.values())
            found[f"growth-{name}"] = self._merge(name, chosen)
            if part > 1:
                found[f"combine-{name}"] = self._combine(name, chosen)
        return found

    def _small_commands(self) -> dict[str, list[str]]:
        """Those whose work is so small that one sees what comes before it."""
        if not {"start", "windows"} & set(self.only):
            return {}
        small = samples(self.folder, SMALL, SEEDS[:1], self.jobs)
        least = min(small, key=lambda file: small[file])
        self.people["small"], self.people["least"] = sum(small.values()), small[least]
        merge = self._merge("small", small)
        return {
            "import-pandas": [sys.executable, "-c", "import pandas"],
            "help": [*_liangxian("--help")],
            "check-small": [*_liangxian("check"), str(self.folder / least), "--jobs", "1"],
            "merge-small": merge,
            "ledgers-small": [*merge, *self._papers("--ledger")],
        }

    def _folder_of(self, files: dict[str, int], name: str) -> Path:
        """A folder of just these files, without their bytes a second time."""
        folder = self.folder / "folders" / f"{self.scale:g}-{name}"
        for file in files:
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                os.link(self.folder / file, target)
        return folder

    def _merge(self, name: str, files: dict[str, int]) -> list[str]:
        target = self.folder / "written" / f"{name}.xlsx"
        return [*_liangxian("merge"), str(self._folder_of(files, name)), "--out", str(target), "--jobs", str(self.jobs)]

    def _papers(self, *options: str) -> list[str]:
        return [word for option in options for word in (option, str(self.folder / "written" / option.strip("-")))]

    def _combine(self, name: str, files: dict[str, int]) -> list[str]:
        folder, kept = self._folder_of(files, name), self.folder / "kept" / f"{self.scale:g}-{name}"
        shutil.rmtree(kept, ignore_errors=True)  # of another version perhaps
        words = ["--partials", str(kept), "--key", str(self.folder / "key"), "--jobs", str(self.jobs)]
        run([*_liangxian("read"), str(folder), *words], Measured(), memory=False)
        return [*_liangxian("combine"), str(kept), "--out", str(self.folder / "written" / f"combined-{name}.xlsx")]

    def run(self) -> None:
        """One round for memory, then the timed ones; everybody takes turns."""
        self._leave_out("fastexcel", importlib.util.find_spec("fastexcel") is None, "fastexcel is not installed")
        with contextlib.ExitStack() as stack:
            machine = stack.enter_context(windows()) if "windows" in self.only else None
            self._leave_out("windows", machine is None, "no Windows Python under Wine")
            commands = self.commands()
            for turn in range(self.rounds + 1):
                for name, command in commands.items():
                    self._clean()
                    run(command, self._of(name), memory=turn == 0)
                if turn:
                    self._further(commands, machine)
                print(
                    f"{'memory' if turn == 0 else f'round {turn} of {self.rounds}'} done, load {load():.1f}", flush=True
                )
            self._clean()

    def _leave_out(self, name: str, missing: bool, why: str) -> None:
        """Said aloud: a contender that is not there is no contender that was beaten."""
        if name in self.only and missing:
            self.only = [one for one in self.only if one != name]
            self.left_out.append(f"{name} left out: {why}.")
            print(self.left_out[-1], flush=True)

    def _of(self, name: str) -> Measured:
        return self.measured.setdefault(name, Measured())

    def _clean(self) -> None:
        """Summaries of an earlier turn would be read for their remarks: every merge begins with none."""
        shutil.rmtree(self.folder / "written", ignore_errors=True)
        (self.folder / "written").mkdir()

    def _further(self, commands: dict[str, list[str]], machine: Any) -> None:
        """A timed turn of what is no command that runs to its end."""
        if "start" in self.only:
            self._clean()
            run_to_first_word(commands["check-small"], self._of("first-word"))
        if "udf" in self.only:
            output = subprocess.run(
                [sys.executable, str(CONTENDERS), "netdue", str(time.time())], cwd=ROOT, check=True, capture_output=True
            )
            for name, (wall, cpu) in json.loads(output.stdout).items():
                self._of(name).add(wall, cpu)
        if machine is not None:
            for name in ("help", "check-small", "merge-small", "ledgers-small"):
                self._clean()
                words = [machine.windows(Path(word)) if word.startswith("/") else word for word in commands[name][1:]]
                begin = time.perf_counter()
                ended = machine.python(*words)
                assert ended.code in (0, 1), ended.text[-2000:]
                self._of(f"windows-{name}").add(time.perf_counter() - begin)
            if importlib.util.find_spec("tests.support.windows.excel_program"):
                python = machine.windows(machine.kit.python / "python.exe")
                command = f'"{python}" -B -m addin.server $(CLSID) $(OWN)'
                ended = machine.python(machine.windows(CONTENDERS), "com", command)
                assert ended.code == 0, ended.text[-2000:]
                for name, seconds in json.loads(ended.text.strip().splitlines()[-1]).items():
                    self._of(f"windows-{name}").add(seconds)
                clicks = importlib.import_module("tests.support.windows.clicks")
                self._clean()
                book = Path(commands["check-small"][-3])
                clicked = clicks.click(machine, self.folder / "written", [book], [{"run": "check_roster"}])
                assert clicked.said[0].startswith("共校验"), clicked.said
                self._of("windows-first-click").add(clicked.seconds["first word"])

    def ratios(self) -> dict[str, float]:
        """The ratios of wall time between contenders that both ran."""

        def over(one: str, other: str, factor: float = 1.0) -> float | None:
            both = self.measured.get(one), self.measured.get(other)
            return both[0].seconds * factor / both[1].seconds if both[0] and both[1] else None

        rows = self.people["1"] / self.largest
        found = {
            "merge_vs_bare_read": over("merge", "bare"),
            "merge_vs_floor": over("merge", "floor"),
            "merge_vs_fastexcel": over("merge", "fastexcel"),
            "pandas_openpyxl_vs_merge": over("pandas-openpyxl", "merge", rows),
            "pandas_calamine_vs_merge": over("pandas-calamine", "merge"),
            "check_vs_bare_read": over("check", "bare-largest"),
            "papers_vs_merge": self._with_papers(),
            "returns_vs_merge": over("returns", "merge"),
            "scale3_vs_scale1": over("growth-3", "growth-1"),
            "udf_vs_identity": over("udf", "identity"),
            "windows_merge_vs_linux": over("windows-merge-small", "merge-small"),
            "windows_papers_vs_merge": over("windows-ledgers-small", "windows-merge-small"),
        }
        return {name: round(value, 3) for name, value in found.items() if value is not None}

    def _with_papers(self) -> float | None:
        """A merge with ledgers and lists of findings, by a merge: what the lists add is seen where nothing is read."""
        names = ("ledgers", "lists", "combine-1", "merge")
        if not set(names) <= self.measured.keys():
            return None
        ledgers, lists, combine, merge = (self.measured[name].seconds for name in names)
        return (ledgers + lists - combine) / merge

    def waits(self) -> dict[str, float]:
        """Seconds that somebody waits for: CPU seconds, of the calls from Excel wall seconds."""
        cpu = {name: measurement.cpu_seconds for name, measurement in self.measured.items()}
        found: dict[str, float] = {name: cpu[name] for name in ("help", "first-word") if name in cpu}
        if {"check-small", "import-pandas"} <= cpu.keys():
            found["check-small-above-pandas"] = cpu["check-small"] - cpu["import-pandas"]
        if "annotate" in cpu:
            found["annotate-10000"] = cpu["annotate"] * ANNOTATED / self.annotated
        calls = ("netdue-first", "netdue-later", "windows-netdue-first", "windows-netdue-later", "windows-first-click")
        found |= {name: self.measured[name].seconds for name in calls if name in cpu}
        return {name: round(value, 5) for name, value in found.items()}

    def peaks(self) -> dict[str, float]:
        """The most memory of a merge, by scale."""
        found = {"1": self.measured["merge"].peak_mb} if "merge" in self.measured else {}
        found |= {
            name.removeprefix("growth-"): measurement.peak_mb
            for name, measurement in self.measured.items()
            if name.startswith("growth-")
        }
        return {name: round(found[name]) for name in sorted(found, key=float)}

    def to_json(self) -> dict[str, Any]:
        """Everything measured, and on what."""
        return {
            "ran": list(self.only),
            "left_out": self.left_out,
            "machine": {
                "processors": os.cpu_count(), "jobs": self.jobs, "system": platform.system(),
                "python": platform.python_version(), "load": round(load(), 1),
            },
            "scale": self.scale,
            "rounds": self.rounds,
            "people": self.people,
            "largest_file": self.largest,
            "annotated": self.annotated,
            "ratios": self.ratios(),
            "waits": self.waits(),
            "peak_mb": self.peaks(),
            "measured": {name: asdict(measurement) for name, measurement in self.measured.items()},
        }  # fmt: skip


def _liangxian(command: str) -> list[str]:
    return [sys.executable, "-m", "addin.cli", command]


@contextlib.contextmanager
def windows() -> Iterator[Any]:
    """A Windows PC under Wine with python.org's Python, or None where it can't be had."""
    if importlib.util.find_spec("tests.support.windows") is None:
        yield None
        return
    support = importlib.import_module("tests.support.windows")
    with tempfile.TemporaryDirectory() as folder:
        try:
            machine = support.Machine(support.recipe.kit(), Path(folder) / "machine")
        except support.recipe.Unavailable as error:
            print(error)
            yield None
            return
        try:
            yield machine
        finally:
            machine.close()


def load() -> float:
    """How many processes want the processors: above their number, a figure says less."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def main() -> None:
    """Read the command line, run, print, write."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--json", type=Path, metavar="FILE", help="write all figures here")
    words.add_argument("--docs", action="store_true", help="write docs/scale.md's table and chart anew")
    words.add_argument("--scale", type=float, default=1.0, help="size of the district; 1 is 461,604 people (default)")
    words.add_argument("--rounds", type=int, default=5, help="timed rounds (default: 5)")
    words.add_argument("--jobs", type=int, default=2, help="processes for everybody who uses some (default: 2)")
    words.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="NAME", help=", ".join(NAMES))
    given = words.parse_args()
    bench = Bench(given.scale, given.rounds, given.jobs, given.only)
    bench.run()
    data = bench.to_json()
    for name, measurement in bench.measured.items():
        print(
            f"{name:20} {measurement.seconds:9.4f} s wall {measurement.cpu_seconds:9.4f} s CPU {measurement.peak_mb:7.0f} MB"
        )
    for name, value in (data["ratios"] | data["waits"]).items():
        print(f"{name:26} {value:8.4g}")
    if given.json:
        given.json.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if given.docs:
        from scripts import bench_docs  # noqa: PLC0415

        bench_docs.write(data)


if __name__ == "__main__":
    # as an installation leaves it: where Python may write no bytecode, each process would compile all sources anew
    compileall.compile_dir(ROOT / "addin", quiet=1)
    main()
