"""Imports xlwings in one place, and changes parts of it.

In: what VBA hands over. Out: `xw`, and Excel wrapped for it. On Windows xlwings registers an exit handler that ends by
force every EXCEL.EXE of the user without a workbook window, also one that was started a moment ago, and it asks a busy
Excel again without end: both are undone here.
"""

from __future__ import annotations

import atexit
import importlib
import sys
from typing import Any

import xlwings as xw
from xlwings.conversion.framework import Accessor, Pipeline

__all__ = ["Accessor", "Pipeline", "application_of", "book_in_front", "com_server", "restrain", "xw"]

_TRIES = 100
"""How often a busy Excel is asked again."""


def restrain() -> None:
    """Undo what importing xlwings has set up on Windows; does nothing elsewhere."""
    windows: Any = sys.modules.get("xlwings._xlwindows")
    if windows is not None:
        atexit.unregister(windows.cleanup)
        windows.N_COM_ATTEMPTS = _TRIES


def application_of(handed: object) -> xw.App:
    """xlwings' App of the Excel that VBA hands over as a COM object.

    Never a wrapper made of Excel's type library: WPS or a half-removed Office damages its registration, and asking
    for it fails, while calls by name go on working.
    """
    windows = sys.modules["xlwings._xlwindows"]
    dynamic = importlib.import_module("win32com.client.dynamic")
    return xw.App(impl=windows.App(xl=windows.COMRetryObjectWrapper(dynamic.Dispatch(handed))))


def book_in_front(app: xw.App) -> Any:
    """xlwings' Book of the workbook in front; None where none is open, or one in the protected view."""
    windows = sys.modules["xlwings._xlwindows"]
    book = app.api.ActiveWorkbook
    return None if book is None else xw.Book(impl=windows.Book(book))


def com_server() -> Any:
    """xlwings' module that serves a COM object; only Windows has what it needs."""
    server = importlib.import_module("xlwings.com_server")
    restrain()
    return server


restrain()
