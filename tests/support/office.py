"""LibreOffice for tests: a private headless instance with its own profile and pipe, driven over UNO.

`with Office(soffice, tmp_path) as office: document = office.load(path)`; then `document.Sheets`, `calculateAll()`,
`office.script(document, "Project.Module.Sub")`. The `uno` module belongs to the system's Python (Debian: python3-uno)
and is borrowed from there; the fixture `soffice` of conftest.py says aloud when LibreOffice is missing.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

SYSTEM_PACKAGES = "/usr/lib/python3/dist-packages"
NEVER, ALWAYS = 0, 4
"""com.sun.star.document.MacroExecMode: no macro at all; every macro without asking."""
START_SECONDS = 90


def import_uno() -> Any:
    """The `uno` module, from the system's Python if this environment has none; skips (fails in CI) without it."""
    if SYSTEM_PACKAGES not in sys.path:
        sys.path.append(SYSTEM_PACKAGES)  # at the end: nothing of the environment is shadowed
    return pytest.importorskip("uno", reason="python3-uno is not installed: this test did not run")


class Office:
    """One running LibreOffice. `program` is the path of soffice, `folder` a temporary folder for its profile.

    `environment` is added to this process's own; with a `DISPLAY` in it the office can open windows there.
    """

    def __init__(self, program: str, folder: Path, **environment: str) -> None:
        self.uno = import_uno()
        pipe = f"liangxian{uuid.uuid4().hex[:12]}"
        self._process = subprocess.Popen(
            [
                program, *(() if "DISPLAY" in environment else ("--headless",)), "--norestore", "--nologo", "--nodefault",
                f"-env:UserInstallation={(folder / 'profile').resolve().as_uri()}",
                f"--accept=pipe,name={pipe};urp;",
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=os.environ | environment,
        )  # fmt: skip
        context = self.uno.getComponentContext()
        resolver = context.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", context)
        for _ in range(START_SECONDS * 4):
            # the office is not listening yet: the resolver throws until it does
            with contextlib.suppress(Exception):
                remote = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
                break
            if self._process.poll() is not None:
                raise RuntimeError(f"soffice ended with {self._process.returncode}")
            time.sleep(0.25)
        else:
            self._process.kill()
            raise RuntimeError("soffice did not answer")
        self._desktop = remote.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", remote)

    def __enter__(self) -> Office:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # terminating cuts the very connection that the call came over
        with contextlib.suppress(Exception):
            self._desktop.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(20)

    def property(self, name: str, value: object) -> Any:
        """A com.sun.star.beans.PropertyValue."""
        made = self.uno.createUnoStruct("com.sun.star.beans.PropertyValue")
        made.Name, made.Value = name, value
        return made

    def load(self, path: Path, macros: int = NEVER, *, hidden: bool = True) -> Any:
        """Open a file, hidden or in a window of its own; `macros` is NEVER or ALWAYS."""
        properties = (self.property("Hidden", hidden), self.property("MacroExecutionMode", macros))
        document = self._desktop.loadComponentFromURL(path.resolve().as_uri(), "_blank", 0, properties)
        if document is None:
            raise RuntimeError(f"LibreOffice did not open {path.name}")
        return document

    def new(self, kind: str) -> Any:
        """An empty document: `scalc`, `swriter`."""
        return self._desktop.loadComponentFromURL(
            f"private:factory/{kind}", "_blank", 0, (self.property("Hidden", True),)
        )

    def store(self, document: Any, path: Path, filter_name: str = "Calc MS Excel 2007 XML", **more: object) -> None:
        """Save a copy, by default as .xlsx with what the engine calculated; `more` are further media properties."""
        given = {"FilterName": filter_name, **more}
        document.storeToURL(path.resolve().as_uri(), tuple(self.property(name, value) for name, value in given.items()))

    def password(self, word: str) -> Any:
        """The media property `EncryptionData` that makes LibreOffice encrypt an .xlsx."""
        pairs = []
        for name, value in (("CryptoType", "Standard"), ("OOXPassword", word)):
            pair = self.uno.createUnoStruct("com.sun.star.beans.NamedValue")
            pair.Name, pair.Value = name, value
            pairs.append(pair)
        return self.uno.Any("[]com.sun.star.beans.NamedValue", tuple(pairs))

    def script(self, document: Any, name: str, arguments: Sequence[object] = ()) -> Any:
        """Run `Project.Module.Procedure` of the document's own macros and give what it returns."""
        script = document.getScriptProvider().getScript(f"vnd.sun.star.script:{name}?language=Basic&location=document")
        return script.invoke(tuple(arguments), (), ())[0]


def cell(document: Any, sheet: str, address: str) -> Any:
    """One cell or range by A1 address."""
    return document.Sheets.getByName(sheet).getCellRangeByName(address)
