"""The COM object that VBA holds: the worksheet functions and the ribbon's buttons, and nothing else.

    pythonw -I -B -m addin.server [CLSID] OWN

In: the class identifier under which xlwings' DLL, where it has started this, waits for the object, and the own one of
that Excel. Out: `CallUDF` and `Run`.
The object that xlwings itself would serve runs any text as code; this one runs what is named in `addin.functions` and
`addin.macros`.
"""

from __future__ import annotations

import functools
import gc
import importlib
import os
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

_SYNCHRONIZE, _ALREADY_EXISTS = 0x00100000, 183


class _Functions(Protocol):
    """What xlwings would serve."""

    def CallUDF(self, module: str, name: str, arguments: Sequence[object]) -> object:  # noqa: N802
        """The answer of a worksheet function."""


class Server:
    """The object that VBA calls; `xlwings` is the one that xlwings would serve."""

    _public_methods_ = ("CallUDF", "Run")

    def __init__(self, xlwings: _Functions) -> None:
        self._xlwings = xlwings

    def CallUDF(self, module: str, name: str, arguments: Sequence[object]) -> object:  # noqa: N802 (COM's name)
        """A worksheet function's answer to plain values. Raises `LookupError` for a name that is no function."""
        from addin import functions  # noqa: PLC0415 (loads much, and Excel waits while this module is loaded)

        if module != functions.__name__ or name not in functions.NAMES:
            raise LookupError(name)
        return self._xlwings.CallUDF(module, name, arguments)

    def Run(self, action: str, application: object) -> None:  # noqa: N802
        """Do what a button does, in the Excel that VBA hands over. Raises `LookupError` for another name."""
        from addin import macros  # noqa: PLC0415
        from addin.excel.buttons import Button  # noqa: PLC0415

        button = getattr(macros, action, None)
        if not isinstance(button, Button):
            raise LookupError(action)
        try:
            button(application)
        finally:
            # whatever still referred to a cell or a workbook would keep Excel alive after it was closed
            del application
            gc.collect()


def main(*classes: str) -> None:
    """Serve under these classes until Excel lets the object go or ends.

    The last is the own class of that Excel, its process number at the end: all its workbooks find this Python under it.
    It is the only one where Excel does not wait for an answer: then everything is loaded before anybody can call.
    """
    os.chdir(sys.prefix)  # neither hold the folder of a workbook nor look for anything there
    from addin import bridge  # noqa: PLC0415

    com_server = bridge.com_server()
    *asked, own = classes
    _end_with(int(own.strip("{}")[-8:], 16))
    if not asked:
        mark = _mark_of_the_first(own)  # kept as long as this Python serves
        if mark is None:
            return
        sys.stdout = sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 (pipes that nobody reads)
        from addin import functions, macros  # noqa: F401, PLC0415
    com_server.XLPython = functools.partial(Server, com_server.XLPython())
    _serve_as(asked, com_server.XLPython)
    com_server.serve(own)


def _end_with(process: int) -> None:
    """End this Python when that process has ended, however it did."""
    win32api, win32event = importlib.import_module("win32api"), importlib.import_module("win32event")
    try:
        excel = win32api.OpenProcess(_SYNCHRONIZE, False, process)
    except win32api.error:
        os._exit(0)  # it has ended already

    def wait() -> None:
        win32event.WaitForSingleObject(excel, win32event.INFINITE)
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def _mark_of_the_first(own: str) -> object | None:
    """A mutex that the first Python of an Excel gets; None for any other."""
    win32api, win32event = importlib.import_module("win32api"), importlib.import_module("win32event")
    mutex = win32event.CreateMutex(None, False, f"liangxian {own}")
    return mutex if win32api.GetLastError() != _ALREADY_EXISTS else None


def _serve_as(classes: Sequence[str], make: Callable[[], Server]) -> None:
    """Further classes for what xlwings serves under one."""
    policy: Any = importlib.import_module("win32com.server.policy")
    factory = importlib.import_module("win32com.server.factory")
    util = importlib.import_module("win32com.server.util")

    def create(_policy: object, _clsid: object, interface: object) -> object:
        return util.wrap(make(), interface)

    # the one that xlwings derives its own from
    policy.DefaultPolicy = type("Policy", (policy.DefaultPolicy,), {"_CreateInstance_": create})
    factory.RegisterClassFactories(classes)


if __name__ == "__main__":
    main(*sys.argv[1:])
