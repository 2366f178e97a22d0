"""What holds for every test: which notice is in force, how hypothesis runs, that in CI (CI=true) none is skipped."""

from __future__ import annotations

import gc
import os
import shutil
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

from addin import policy
from tests.support import ROOT
from tests.support.received import received
from tests.support.results import people
from tests.support.windows import Kit, Machine, Unavailable, kit

collect_ignore = ["support/windows/excel_program.py"]  # a program of Windows' own, started by test_windows_com

os.environ[policy.IN_FORCE] = "lengshuitan-2019"  # for this process and every one that it starts
# whoever runs the tests may have notices of his own: they are no part of them
os.environ["XDG_DATA_HOME"] = str(ROOT / "out" / "nobody")
# when a paper was made stands on it: the day the notice was issued, which documents have without this too
os.environ.setdefault("SOURCE_DATE_EPOCH", "1568246400")

# machines are slow and shared: time is no finding
hypothesis.settings.register_profile("project", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("project")


@pytest.fixture(scope="session")
def _written_inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written")
    received(folder, "普利桥镇.xlsx", *people(3))
    received(folder, "曲河街道.xlsx", *people(2, start=20), township="曲河街道")
    return folder


@pytest.fixture
def inbox(_written_inbox: Path, tmp_path: Path) -> Path:
    """A folder of received rosters: two units, five people, nothing to find."""
    return Path(shutil.copytree(_written_inbox, tmp_path / "收到"))


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the program keeps what is this user's: a new one for this test."""
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "liangxian"


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits in this process goes on at once."""
    monkeypatch.setattr(time, "sleep", lambda _: None)


@pytest.fixture(scope="session")
def soffice() -> str:
    """The path of LibreOffice. Without it the test is skipped aloud; in CI it fails."""
    path = shutil.which("soffice")
    if path is None:
        reason = "LibreOffice (soffice) is not installed: this test did not run"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.fixture(scope="session")
def windows_kit() -> Kit:
    """What all Windows tests share. Without Wine they are skipped aloud; in CI they fail."""
    try:
        return kit()
    except Unavailable as reason:
        if os.environ.get("CI"):
            pytest.fail(str(reason))
        pytest.skip(f"{reason}: this test did not run")


@pytest.fixture(scope="module")
def machine(windows_kit: Kit, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """One Windows PC for all tests of a module: a COM server that one module kills stays registered on its PC."""
    running = Machine(windows_kit, tmp_path_factory.mktemp("windows") / "machine")
    try:
        yield running
    finally:
        running.close()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On Windows, tests of POSIX systems and of this machine's LibreOffice are deselected, not skipped."""
    if os.name != "nt":
        return
    left_out = [item for item in items if item.get_closest_marker("posix") or "soffice" in item.fixturenames]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish() -> None:
    """What has been imported and collected stays to the end: the garbage collector need not go through it each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def _fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.longrepr = f"In CI nothing may be skipped: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test."""
    report = yield
    _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A module that skips itself while it is imported."""
    report = yield
    _fail_if_skipped(report)
    return report
