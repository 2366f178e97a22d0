"""Everything imports where Windows differs: no resource, fcntl or pwd, no console, another default encoding than UTF-8.

The locale asked for is GBK; where a machine has none, it is C, whose ASCII knows even fewer characters.
"""

from __future__ import annotations

import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import addin
from tests.support import ROOT

MODULES = sorted(
    module.name for module in pkgutil.walk_packages(addin.__path__, "addin.") if module.name != "addin.workers.child"
)
"""`addin.workers.child` is a program, not a module to import."""
_CODE = """
import importlib, sys, traceback, warnings
for name in ("resource", "fcntl", "pwd", "grp", "termios"):
    sys.modules[name] = None
# other people's packages open their own files as they like
warnings.filterwarnings("ignore", category=EncodingWarning)
warnings.filterwarnings("error", category=EncodingWarning, module="addin")
said, sys.stdout, sys.stderr = sys.stderr, None, None  # as under pythonw
try:
    for name in sys.argv[1:]:
        importlib.import_module(name)
    from addin.excel import diagnosis
    assert diagnosis.lines()[-1].startswith("试算：医保低保净额175元"), diagnosis.lines()
except BaseException:
    traceback.print_exc(file=said)
    sys.exit(1)
"""


@pytest.mark.slow
def test_every_module_imports_as_on_windows(tmp_path: Path) -> None:
    code = tmp_path / "imports.py"
    code.write_text(_CODE, encoding="utf-8")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))},
        "LANG": "zh_CN.GBK", "LC_ALL": "zh_CN.GBK", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": str(ROOT),
        "XDG_STATE_HOME": str(tmp_path),
    }  # fmt: skip
    assert len(MODULES) > 60
    done = subprocess.run(
        [sys.executable, "-X", "warn_default_encoding", "-X", "dev", str(code), *MODULES],
        env=environment, capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, b""), done.stderr.decode("utf-8", "replace")
    assert b"EncodingWarning" not in done.stderr
