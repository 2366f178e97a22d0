"""The project's own tests, run by python.org's CPython for Windows (under Wine, code page 936).

What Wine does more kindly than Windows (a rename over a read-only file, limits of a job that are taken and not kept) is
emulated in those tests at the system's calls, and said there.
"""

from __future__ import annotations

import os
import re
import zipfile

import pytest

from tests.support import ROOT
from tests.support.windows import Machine, recipe

pytestmark = [pytest.mark.slow, pytest.mark.windows]

ALWAYS = ("saving", "workers", "functions", "macros")
WHEN_THOROUGH = ("cli", "run", "intake", "merge", "lists", "circular", "submission", "summary")
CHOSEN = ALWAYS + (WHEN_THOROUGH if os.environ.get("THOROUGH") else ())


def test_the_interpreter_is_the_real_one(machine: Machine) -> None:
    code = "import locale, sys, numpy; print(sys.version, locale.getpreferredencoding(), sys.stdout.encoding, numpy.sin(1 + 2j), sep='|')"
    version, preferred, printed, sine = machine.python("-c", code).text.strip().split("|")
    assert version.startswith(f"{recipe.VERSION} ") and "MSC v.19" in version
    assert (preferred, printed) == ("cp936", "gbk")
    assert complex(sine) == pytest.approx(3.165778513216168 + 1.9596010414216063j)


def test_the_wheels_are_those_of_the_lock() -> None:
    """After a change of requirements.lock: python -m tests.support.windows pin."""
    assert recipe.pinned_names() == recipe.wanted_names()


def test_workbooks_built_there_are_the_committed_ones(machine: Machine) -> None:
    """Part by part: XlsxWriter's own zip says on which system it was made."""
    code, output = machine.python("scripts/build_workbooks.py", r"C:\built")
    assert code == 0, output
    built = machine.unix(r"C:\built")
    assert (built / "template.bin").read_bytes() == (ROOT / "addin/vba/template.bin").read_bytes()
    for path in (ROOT / "workbooks").iterdir():
        with zipfile.ZipFile(path) as ours, zipfile.ZipFile(built / path.name) as theirs:
            assert ours.namelist() == theirs.namelist(), path.name
            assert [name for name in ours.namelist() if ours.read(name) != theirs.read(name)] == [], path.name


def test_what_vba_has_kept_is_read_from_the_registry(machine: Machine) -> None:
    code = (
        "import winreg; from addin.excel import settings; print(settings.read()); "
        "key = winreg.CreateKey(winreg.HKEY_CURRENT_USER, settings.KEY); "
        "[winreg.SetValueEx(key, name, 0, winreg.REG_SZ, value) for name, value in "
        "(('ledger', '1'), ('returns', '0'), ('lists', '0044003a005c540d5355'))]; print(ascii(settings.read())); "
        "[winreg.DeleteValue(key, name) for name in ('ledger', 'returns', 'lists')]"
    )
    code, output = machine.python("-c", code)
    assert code == 0, output
    assert output.splitlines() == [
        "Settings(returns=False, ledger=False, progress=False, lists=None)",
        r"Settings(returns=False, ledger=True, progress=False, lists=WindowsPath('D:/\u540d\u5355'))",
    ]


def test_the_end_of_a_program_of_ours_ends_no_excel(machine: Machine) -> None:
    """xlwings at its exit ends every EXCEL.EXE without a workbook window; after our import it ends none."""
    watch = "; import subprocess; subprocess.run = lambda words, **_: print('runs', words[0])"
    assert "runs tasklist" in machine.python("-c", f"import xlwings{watch}").text
    for code in (
        "import addin.functions", "import addin.cli", "import addin.excel.diagnosis", "import addin.output.macro_workbook",
        "import addin.excel.self_check; list(addin.excel.self_check.loads())",
    ):  # fmt: skip
        assert machine.python("-c", f"{code}{watch}; print('ends')").text == "ends\n", code


@pytest.mark.parametrize("name", CHOSEN)
def test_the_project_s_own_tests_pass_on_windows(machine: Machine, name: str) -> None:
    """As many as are collected, less those about what only POSIX has (the marker says what)."""
    code, text = machine.python(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", f"tests/test_{name}.py",
        variables={"CI": "true", "PYTHONIOENCODING": "gbk:backslashreplace"}, seconds=3600,
    )  # fmt: skip
    assert code == 0, text
    last = text.strip().splitlines()[-1]
    assert re.fullmatch(r"\d+ passed(, \d+ deselected)? in .*", last), last
