"""The Excel side of xlwings on any machine: its own `call_udf` and COM object, with pywin32 alone replaced.

`with excel_side() as server: server.call("NETDUE", ("医保", "低保"))` goes through XLPython.CallUDF, the decorators'
conversions and the real function, as a call from a cell does. Only code outside xlwings/pro is used.
"""

from __future__ import annotations

import ctypes
import datetime
import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any
from unittest import mock

import pytest

from addin import bridge
from addin import server as excel_server

MISSING = -2147352572
"""DISP_E_PARAMNOTFOUND: how an argument left out arrives."""
_FAKES = (
    "pywintypes", "pythoncom", "win32api", "win32con", "win32gui", "win32process", "win32event", "win32timezone",
    "winerror", "win32com", "win32com.client", "win32com.client.dynamic", "win32com.server", "win32com.server.util",
    "win32com.server.dispatcher", "win32com.server.policy",
)  # fmt: skip


class _Time(datetime.datetime):
    pass


def com_error(number: int) -> int:
    """An Excel error as COM hands it to Python; 2042 is #N/A."""
    return -2146828288 + number


class Server:
    """The COM object that VBA holds."""

    def __init__(self, python: Any) -> None:
        self._python = python

    def call(self, name: str, arguments: Sequence[Any], module: str = "addin.functions") -> Any:
        """What VBA gets for XLPy.CallUDF(module, name, arguments)."""
        return self._python.CallUDF(module, name, tuple(arguments))


def _fake(name: str, **attributes: object) -> mock.MagicMock:
    made = mock.MagicMock(name=name, **attributes)
    made.__name__, made.__spec__ = name, None
    return made


@contextmanager
def excel_side() -> Iterator[Server]:
    """xlwings as on Windows, for the length of the block; everything is put back afterwards."""
    import xlwings

    fakes: dict[str, Any] = {name: _fake(name) for name in _FAKES}
    error = type("com_error", (Exception,), {})
    fakes["pywintypes"].TimeType, fakes["pywintypes"].com_error, fakes["pywintypes"].IID = _Time, error, str
    fakes["pythoncom"].com_error, fakes["pythoncom"].__file__ = error, "pythoncom.dll"
    for name in ("CDispatch", "DispatchBaseClass", "CoClassBaseClass", "VARIANT"):
        setattr(fakes["win32com.client"], name, type(name, (), {}))
    fakes["win32com.client.dynamic"].Dispatch = lambda handed: handed
    # a plain value is no wrapped Python object: pywin32 raises
    fakes["win32com.server.util"].unwrap = mock.Mock(side_effect=ValueError)
    for name, fake in fakes.items():
        parent, _, leaf = name.rpartition(".")
        if parent:
            setattr(fakes[parent], leaf, fake)
    with pytest.MonkeyPatch.context() as patch:
        for name, fake in fakes.items():
            patch.setitem(sys.modules, name, fake)
        for name in ("windll", "oledll", "PyDLL"):
            patch.setattr(ctypes, name, mock.MagicMock(), raising=False)
        patch.setattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE, raising=False)
        for name in ("xlwings._xlwindows", "xlwings.udfs", "xlwings.com_server", "xlwings._win32patch"):
            patch.delitem(sys.modules, name, raising=False)
        windows = importlib.import_module("xlwings._xlwindows")
        patch.setattr(xlwings, "_xlwindows", windows, raising=False)
        engine = xlwings.Engine(impl=windows.engine)
        patch.setitem(xlwings.engines.engines_by_name, "excel", engine)
        udfs, com_server = importlib.import_module("xlwings.udfs"), importlib.import_module("xlwings.com_server")
        for ours, theirs in (("func", udfs.xlfunc), ("arg", udfs.xlarg), ("ret", udfs.xlret)):
            patch.setattr(xlwings, ours, theirs)
        bridge.restrain()
        functions: ModuleType = importlib.import_module("addin.functions")
        before = dict(vars(functions))
        importlib.reload(functions)  # decorated anew, this time with the real decorators
        try:
            yield Server(excel_server.Server(com_server.XLPython()))
        finally:
            com_server.loop.close()
    # as it was, and not loaded anew: what its wizard says would be of the notice that a test has in force
    vars(functions).clear()
    vars(functions).update(before)
    functions.forget_notice()  # of which another may have been set meanwhile
