"""The contenders of scripts/bench.py that are not commands of ours, each in a process of its own, whose start counts.

    python scripts/bench_contenders.py NAME JOBS FILE...    read workbooks as NAME does, in so many processes
    python scripts/bench_contenders.py netdue STARTED       call NETDUE as VBA does; prints seconds as JSON
    python scripts/bench_contenders.py com COMMAND          the same on Windows, over real COM

What a contender needs is loaded by it alone, inside its function.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]  # run as a script, only its own folder is on the path

SHEETS = ("封面", "花名册")
HEADER_ROW = 4
UDF_ROWS = 50_000
SINGLE_CALLS = 200


def read_bare(path: str) -> int:
    """The cells of cover and roster by python-calamine, dropped at once."""
    from python_calamine import CalamineWorkbook  # noqa: PLC0415

    book = CalamineWorkbook.from_path(path)
    return sum(len(book.get_sheet_by_name(name).to_python()) for name in SHEETS)


def read_floor(path: str) -> int:
    """Every part inflated, its tags counted."""
    import zipfile  # noqa: PLC0415

    with zipfile.ZipFile(path) as package:
        return sum(package.read(name).count(b"<") for name in package.namelist())


def read_fastexcel(path: str) -> int:
    """The roster as an Arrow table, whose types are guessed from the first thousand rows; all of it in Rust."""
    import fastexcel  # noqa: PLC0415

    sheet = fastexcel.read_excel(path).load_sheet(SHEETS[1], header_row=HEADER_ROW - 1)
    sheet.__arrow_c_array__()
    return int(sheet.height)


def read_pandas(path: str, engine: str) -> int:
    """As in a hundred tutorials."""
    import pandas as pd  # noqa: PLC0415

    return len(pd.read_excel(path, sheet_name=SHEETS[1], engine=engine, header=None, dtype=object))  # type: ignore[call-overload]


def read_all(name: str, jobs: int, files: Sequence[str]) -> None:
    """Read every file, as a script or in a pool of processes."""
    if name.startswith("pandas-"):
        for file in files:
            read_pandas(file, name.removeprefix("pandas-"))
        return
    read = {"bare": read_bare, "floor": read_floor, "fastexcel": read_fastexcel}[name]
    if jobs == 1:
        for file in files:
            read(file)
        return
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415

    with ProcessPoolExecutor(jobs) as pool:
        list(pool.map(read, files))


def call_netdue(started: float) -> dict[str, tuple[float, float]]:
    """Wall and CPU seconds of calls on xlwings' own way from VBA (COM alone is replaced).

    `netdue-first`: from the start of this process (`started`, of `time.time`) to the first answer; `netdue-later`: one
    call of a single cell; `udf` and `identity`: a column of 50,000 categories to NETDUE, and to a function that gives
    it back.
    """
    from tests.support.com import excel_side  # noqa: PLC0415

    words = (None, "低保", "建档立卡", "特困", "兜底", "重度残疾", "普通居民", "建档立卡、重度残疾")
    column = tuple((words[n % len(words)],) for n in range(UDF_ROWS))
    with excel_side() as server:
        assert server.call("NETDUE", ("医保", "低保")) == 175
        found = {"netdue-first": (time.time() - started, time.process_time())}
        import xlwings as xw  # noqa: PLC0415

        from addin import functions  # noqa: PLC0415

        def identity(scheme: Any, category: Any) -> Any:
            return category

        # the server runs nothing but what stands there
        functions.IDENTITY = xw.func(xw.arg("scheme", "raw")(xw.arg("category", "raw")(identity)))  # type: ignore[attr-defined]
        functions.NAMES = (*functions.NAMES, "IDENTITY")
        calls: dict[str, tuple[Callable[[], Any], int]] = {
            "netdue-later": (lambda: server.call("NETDUE", ("医保", "低保")), SINGLE_CALLS),
            "identity": (lambda: server.call("IDENTITY", ("医保", column)), 1),
            "udf": (lambda: server.call("NETDUE", ("医保", column)), 1),
        }
        for name, (call, times) in calls.items():
            call()
            begin, used = time.perf_counter(), time.process_time()
            for _ in range(times):
                call()
            found[name] = (time.perf_counter() - begin) / times, (time.process_time() - used) / times
    return found


def call_over_com(command: str) -> dict[str, float]:
    """Wall seconds of calls to the server that xlwings' own DLL starts with this command, as VBA has it do."""
    import importlib  # noqa: PLC0415

    connect = importlib.import_module("tests.support.windows.excel_program").connect
    dispatch = importlib.import_module("win32com.client.dynamic").Dispatch
    loaded = time.perf_counter()
    server = dispatch(connect(command))
    assert server.CallUDF("addin.functions", "NETDUE", ("医保", "低保")) == 175
    found = {"netdue-first": time.perf_counter() - loaded}
    begin = time.perf_counter()
    for _ in range(SINGLE_CALLS):
        server.CallUDF("addin.functions", "NETDUE", ("医保", "低保"))
    return found | {"netdue-later": (time.perf_counter() - begin) / SINGLE_CALLS}


if __name__ == "__main__":
    if sys.argv[1] == "com":
        print(json.dumps(call_over_com(sys.argv[2])))
    elif sys.argv[1] == "netdue":
        print(json.dumps(call_netdue(float(sys.argv[2]))))
    else:
        read_all(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
