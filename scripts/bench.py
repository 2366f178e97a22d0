"""What the whole job costs at the district's real size, against what people would use instead.

    python scripts/bench.py [--json FILE] [--docs] [--scale S] [--rounds N] [--jobs N] [--only NAME ...]

Measured in one run, every contender once a round, in turn; medians of the rounds. Wall time, CPU time of all processes,
and, in a round of its own because looking costs time, the most memory (PSS) of all processes together:

    merge     (a) our merge, everything on: pre-flight, children, checks, people across files, summary verified
    bare      (b) the same sheets read by python-calamine in as many processes, and nothing done with them
    floor     (c) every part inflated, and one search over its bytes
    pandas    (d) the script that a user would write: pandas with openpyxl (largest file, times rows), with calamine
    check     (e) our check of the largest file, against the bare read of that file, start of the program included
    growth    (f) merge over 0.1, 0.3, 1 and 3 districts: more workbooks, not larger ones; combine of kept results
    udf       (g) NETDUE over a column of 50,000 rows on xlwings' way from VBA, against a function that returns its argument

The invented rosters are made once, in processes, and kept under out/bench. Scale 1 is the district. No threshold here
fails anything: the figures are for docs/scale.md, which --docs writes anew from this run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]  # run as a script, only its own folder is on the path

CACHE = ROOT / "out" / "bench"
SHEETS = ("封面", "花名册")
GROWTH = (0.1, 0.3, 1.0, 3.0)
SEEDS = (1, 2, 3)
NAMES = ("merge", "bare", "floor", "pandas", "check", "growth", "udf")
UDF_ROWS = 50_000
MISTAKES = 0.01
"""Share of the people with something to be found."""
PROVINCE = 60_000_000


# ---------------------------------------------------------------- the contenders that are not ours


def read_bare(path: str) -> int:
    """The cells of cover and roster, dropped at once."""
    from python_calamine import CalamineWorkbook  # noqa: PLC0415 - what a contender needs is loaded by it alone

    book = CalamineWorkbook.from_path(path)
    return sum(len(book.get_sheet_by_name(name).to_python()) for name in SHEETS)


def read_floor(path: str) -> int:
    """Every part inflated, its tags counted."""
    import zipfile  # noqa: PLC0415

    with zipfile.ZipFile(path) as package:
        return sum(package.read(name).count(b"<") for name in package.namelist())


def read_pandas(path: str, engine: str) -> int:
    """As in a hundred tutorials."""
    import pandas as pd  # noqa: PLC0415

    return len(pd.read_excel(path, sheet_name=SHEETS[1], engine=engine, header=None, dtype=object))  # type: ignore[call-overload]


def contend(name: str, jobs: int, files: Sequence[str]) -> None:
    """Run as `bench.py contend NAME JOBS FILE...` in a process of its own, so that its start counts too."""
    if name.startswith("pandas-"):
        for file in files:
            read_pandas(file, name.removeprefix("pandas-"))
        return
    read = {"bare": read_bare, "floor": read_floor}[name]
    if jobs == 1:
        for file in files:
            read(file)
        return
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415

    with ProcessPoolExecutor(jobs) as pool:
        list(pool.map(read, files))


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


def run(command: Sequence[str], measured: Measured, *, memory: bool) -> None:
    """Run a command to its end, either for its time or for its memory."""
    with tempfile.TemporaryFile() as said:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=said, stderr=said, cwd=ROOT)
        watch = _Watch(process.pid) if memory else None
        _, status, used = os.wait4(process.pid, 0)
        elapsed = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):  # 1: done, with findings
            said.seek(0)
            sys.exit(f"{' '.join(command[:6])} failed:\n{said.read().decode(errors='replace')[-2000:]}")
    if watch is not None:
        measured.peak_mb = max(measured.peak_mb, watch.stop())
    else:
        measured.wall.append(elapsed)
        measured.cpu.append(used.ru_utime + used.ru_stime)


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
    found = [process]
    for one in found:
        for listing in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += map(int, listing.read_text(encoding="ascii").split())
            except OSError:
                continue  # ended meanwhile
    return found


def _pss(process: int) -> float:
    """Proportional set size in MB: memory that processes share counts once."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


# ---------------------------------------------------------------- the samples


def _write(job: tuple[float, int, int]) -> list[tuple[str, int]]:
    """The books of one unit of one district, as parts with names of their own, so that districts can be put together."""
    from scripts.samples import families, files, people, units  # noqa: PLC0415

    scale, seed, number = job
    # other districts are other people, with other receipts
    people.AREA, families.RECEIPTS = f"99{seed - 1:04d}", f"L{'STUVWXYZ'[seed - 1]}"
    written = []
    for book in units.books(units.plan(scale, seed, MISTAKES)[number], seed):
        book.part = f"{book.part}{seed}"
        path = CACHE / f"{scale:g}" / str(seed) / book.name
        files.write(book, path)
        written.append((str(path.relative_to(CACHE)), book.persons))
    return written


def samples(scale: float, seeds: Iterable[int], jobs: int) -> dict[str, int]:
    """The rosters of one district a seed, made where they are not there yet: each file with its number of people."""
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415

    from scripts.samples import units  # noqa: PLC0415

    found: dict[str, int] = {}
    for seed in seeds:
        listing = CACHE / f"{scale:g}" / f"{seed}.json"
        if not listing.exists():
            print(f"Making the rosters of district {seed} at scale {scale:g} ...", flush=True)
            plan = units.plan(scale, seed, MISTAKES)
            order = sorted(range(len(plan)), key=lambda number: -plan[number].people)
            with ProcessPoolExecutor(jobs) as pool:
                made = dict(line for lines in pool.map(_write, [(scale, seed, n) for n in order]) for line in lines)
            listing.write_text(json.dumps(made, ensure_ascii=False, indent=1), encoding="utf-8")
        found |= json.loads(listing.read_text(encoding="utf-8"))
    return found


def folder_of(files: dict[str, int], name: str) -> Path:
    """A folder of just these files, without their bytes a second time."""
    folder = CACHE / "folders" / name
    for file in files:
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            os.link(CACHE / file, target)
    return folder


def share(files: dict[str, int], part: float) -> dict[str, int]:
    """So many workbooks, of all sizes, that they hold that part of the people."""
    wanted = part * sum(files.values())
    chosen: dict[str, int] = {}
    for file, people in sorted(files.items(), key=lambda item: hash_of(item[0])):
        if sum(chosen.values()) + people <= wanted * 1.02:
            chosen[file] = people
    return chosen


def hash_of(text: str) -> str:
    """An order that is none."""
    import hashlib  # noqa: PLC0415

    return hashlib.sha256(text.encode()).hexdigest()


# ---------------------------------------------------------------- the benchmark


@dataclass
class Bench:
    """What to run, on what, and what came of it."""

    scale: float
    rounds: int
    jobs: int
    only: Sequence[str]
    measured: dict[str, Measured] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    largest: int = 0

    def commands(self) -> dict[str, list[str]]:
        """A command for each contender that runs as a program, by its name."""
        growing = "growth" in self.only
        files = samples(self.scale, SEEDS if growing else SEEDS[:1], self.jobs)
        one = {file: people for file, people in files.items() if file.split("/")[1] == "1"}
        # the largest first, as merge takes them
        paths = [str(CACHE / file) for file in sorted(one, key=lambda file: -one[file])]
        self.people, self.largest = {"1": sum(one.values())}, max(one.values())
        contend = [sys.executable, str(Path(__file__).resolve()), "contend"]
        found = {
            "merge": self._merge("1", one),
            "bare": [*contend, "bare", str(self.jobs), *paths],
            "floor": [*contend, "floor", str(self.jobs), *paths],
            "pandas-openpyxl": [*contend, "pandas-openpyxl", "1", paths[0]],
            "pandas-calamine": [*contend, "pandas-calamine", "1", *paths],
            "check": [*_liangxian("check"), paths[0], "--jobs", "1"],
            "bare-largest": [*contend, "bare", "1", paths[0]],
        }
        groups = {"pandas": ("pandas-openpyxl", "pandas-calamine"), "check": ("check", "bare-largest")}
        wanted = {one for name in self.only for one in groups.get(name, (name,))}
        found = {name: command for name, command in found.items() if name in wanted}
        for part in GROWTH if growing else ():
            name = f"{part:g}"
            chosen = files if part == max(GROWTH) else one if part == 1 else share(one, part)
            self.people[name] = sum(chosen.values())
            found[f"growth-{name}"] = self._merge(name, chosen)
            if part >= 1:
                found[f"combine-{name}"] = self._combine(name, chosen)
        return found

    def _merge(self, name: str, files: dict[str, int]) -> list[str]:
        folder = folder_of(files, f"{self.scale:g}-{name}")
        return [*_liangxian("merge"), str(folder), "--out", str(CACHE / f"{name}.xlsx"), "--jobs", str(self.jobs)]

    def _combine(self, name: str, files: dict[str, int]) -> list[str]:
        folder, kept = folder_of(files, f"{self.scale:g}-{name}"), CACHE / "kept" / f"{self.scale:g}-{name}"
        if kept.exists():
            for left in kept.iterdir():  # of another version perhaps
                left.unlink()
        words = ["--partials", str(kept), "--key", str(CACHE / "key"), "--jobs", str(self.jobs)]
        run([*_liangxian("read"), str(folder), *words], Measured(), memory=False)
        return [*_liangxian("combine"), str(kept), "--out", str(CACHE / f"combined-{name}.xlsx")]

    def run(self) -> None:
        """One round for memory, then the timed ones; everybody takes turns."""
        commands = self.commands()
        self.measured = {name: Measured() for name in commands}
        for turn in range(self.rounds + 1):
            for name, command in commands.items():
                # summaries of an earlier turn would be read for their remarks: every merge begins with none
                for left in CACHE.glob("*.xlsx*"):
                    left.unlink()
                run(command, self.measured[name], memory=turn == 0)
            if "udf" in self.only and turn:
                time_udf(self.measured)
            print(f"{'memory' if turn == 0 else f'round {turn} of {self.rounds}'} done, load {load():.1f}", flush=True)

    def ratios(self) -> dict[str, float]:
        """What the issue asks for, as far as it ran."""

        def over(one: str, other: str, factor: float = 1.0) -> float | None:
            both = self.measured.get(one), self.measured.get(other)
            return both[0].seconds * factor / both[1].seconds if both[0] and both[1] else None

        rows = self.people["1"] / self.largest
        found = {
            "merge_vs_bare_read": over("merge", "bare"),
            "pandas_openpyxl_vs_merge": over("pandas-openpyxl", "merge", rows),
            "pandas_calamine_vs_merge": over("pandas-calamine", "merge"),
            "check_vs_bare_read": over("check", "bare-largest"),
            "udf_vs_identity": over("udf", "identity"),
            "scale3_vs_scale1": over("growth-3", "growth-1"),
        }
        return {name: round(value, 3) for name, value in found.items() if value is not None}

    def peaks(self) -> dict[str, float]:
        """The most memory of a merge, by scale."""
        found = {"1": self.measured["merge"].peak_mb} if "merge" in self.measured else {}
        found |= {
            name.removeprefix("growth-"): one.peak_mb
            for name, one in self.measured.items()
            if name.startswith("growth-")
        }
        return {name: round(found[name]) for name in sorted(found, key=float)}

    def to_json(self) -> dict[str, Any]:
        """Everything measured, and on what."""
        return {
            "ran": list(self.only),
            "machine": {
                "processors": os.cpu_count(), "jobs": self.jobs, "system": platform.system(),
                "python": platform.python_version(), "load": round(load(), 1),
            },
            "scale": self.scale,
            "rounds": self.rounds,
            "people": self.people,
            "largest_file": self.largest,
            "ratios": self.ratios(),
            "peak_mb": self.peaks(),
            "measured": {name: asdict(one) for name, one in self.measured.items()},
        }  # fmt: skip


def _liangxian(command: str) -> list[str]:
    return [sys.executable, "-m", "addin.cli", command]


def load() -> float:
    """How many processes want the processors: above their number, a figure says less."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def time_udf(measured: dict[str, Measured]) -> None:
    """A column of categories to NETDUE and to a function that gives it back, both as VBA calls them."""
    import types  # noqa: PLC0415

    from tests.support.com import excel_side  # noqa: PLC0415

    words = (None, "低保", "建档立卡", "特困", "兜底", "重度残疾", "普通居民", "建档立卡、重度残疾")
    column = tuple((words[n % len(words)],) for n in range(UDF_ROWS))
    with excel_side() as server:
        import xlwings as xw  # noqa: PLC0415

        def identity(scheme: Any, category: Any) -> Any:
            return category

        module = types.ModuleType("bench_identity")
        sys.modules["bench_identity"] = module
        module.__file__ = __file__
        module.IDENTITY = xw.func(xw.arg("scheme", "raw")(xw.arg("category", "raw")(identity)))  # type: ignore[attr-defined]
        calls: dict[str, Callable[[], Any]] = {
            "identity": lambda: server.call("IDENTITY", ("医保", column), module="bench_identity"),
            "udf": lambda: server.call("NETDUE", ("医保", column)),
        }
        for call in calls.values():
            call()  # the first call loads the policy
        for name, call in calls.items():
            one = measured.setdefault(name, Measured())
            begin, used = time.perf_counter(), time.process_time()
            call()
            one.wall.append(time.perf_counter() - begin)
            one.cpu.append(time.process_time() - used)


def main() -> None:
    """Read the command line, run, print, write."""
    if sys.argv[1:2] == ["contend"]:
        contend(sys.argv[2], int(sys.argv[3]), sys.argv[4:])
        return
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
    found = bench.to_json()
    for name, one in bench.measured.items():
        cpu = median(one.cpu)
        print(f"{name:16} {one.seconds:9.3f} s wall {cpu:9.3f} s CPU {one.peak_mb:7.0f} MB")
    for name, ratio in found["ratios"].items():
        print(f"{name:26} {ratio:6.2f}")
    if given.json:
        given.json.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if given.docs:
        from scripts import bench_docs  # noqa: PLC0415

        bench_docs.write(found)


if __name__ == "__main__":
    main()
