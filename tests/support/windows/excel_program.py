"""The stand-in for Excel as a program of its own on Windows: its objects cross to the add-in's Python by real COM.

    python -m tests.support.windows.excel_program ORDER.json REPORT.json

In: workbooks to open and what to do. Out: what happened. As from VBA, xlwings' own DLL starts Python (pythonw, `-m
addin.server`) and hands over the object on which `Run` is called with Excel itself; every property and method that the
button uses comes back here as a call of IDispatch, with variants, safe arrays, dates and error codes of COM.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pythoncom
import pywintypes
import win32com.server.util
from openpyxl.utils.cell import coordinate_to_tuple
from win32com.client import dynamic
from win32com.server.exception import COMException
from win32com.server.policy import DynamicPolicy

from addin import columns
from tests.support.com import com_error
from tests.support.excel import Book, Com, Excel

_NOT_FOUND, _BAD_COUNT = -2147352573, -2147352562
_REJECTED = -2147418111
"""What COM answers for an Excel in which a cell is edited or a dialog is open."""
_ERRORS = range(-2146828288, -2146826000)
"""Numbers that Excel's error cells have in COM."""


class Policy(DynamicPolicy):  # type: ignore[misc,unused-ignore]
    """How calls reach a gate; while `rejects` says so, COM does not let them through."""

    rejects: Callable[[], bool] = staticmethod(lambda: False)

    def _getidsofnames_(self, names: Any, language: int) -> Any:
        if Policy.rejects():
            raise COMException(scode=_REJECTED, hresult=_REJECTED)
        return super()._getidsofnames_(names, language)


MONEY = 123456.0
"""A number that stands for one in a cell with a currency format."""


class Gate:
    """An object of the stand-in as COM sees it: asked by name, like Excel without its type library."""

    def __init__(self, target: Any) -> None:
        self.target = target

    def _dynamic_(self, name: str, _language: int, flags: int, given: tuple[Any, ...]) -> Any:
        answer = self._answer(name, flags, given)
        # a bare tuple would be taken for an answer and arguments that have changed
        return (answer,) if isinstance(answer, tuple) else answer

    def _answer(self, name: str, flags: int, given: tuple[Any, ...]) -> Any:
        arguments = [_inner(each) for each in given]
        if name == "_NewEnum":
            return win32com.server.util.NewEnum([_outer(each) for each in self.target])
        if name == "_value_":
            return _outer(self.target(*arguments))
        if flags & (pythoncom.DISPATCH_PROPERTYPUT | pythoncom.DISPATCH_PROPERTYPUTREF):
            setattr(self.target, name, arguments[0])
            return None
        if name[:1].islower() or (not hasattr(type(self.target), name) and name not in self.target.__dict__):
            raise COMException(scode=_NOT_FOUND)
        member = getattr(self.target, name)
        if callable(member) and not isinstance(member, Com):
            if not flags & pythoncom.DISPATCH_METHOD:
                raise COMException(scode=_NOT_FOUND)  # no property: the caller then tries it as a method
            return _outer(member(*arguments))
        if arguments:
            member = member(*arguments)
        return _outer(member)


def _outer(value: Any) -> Any:
    """A value as it goes out."""
    if isinstance(value, Com):
        return win32com.server.util.wrap(Gate(value), usePolicy=Policy)
    if isinstance(value, (tuple, list)):
        return tuple(map(_outer, value))
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value in _ERRORS:
        return int(value)  # as VT_I4: of VT_ERROR pywin32 serves one number only; either arrives as this int
    if isinstance(value, float) and value == MONEY:
        return Decimal(value)  # crosses as VT_CY
    return value


def _inner(value: Any) -> Any:
    """A value that came in; objects of ours are those that went out."""
    if isinstance(value, type(pythoncom.Missing)):
        return None
    try:
        return win32com.server.util.unwrap(value).target
    except (ValueError, AttributeError, pywintypes.com_error, TypeError):
        return value


def connect(command: str) -> Any:
    """What `XLPy` in VBA does: xlwings' DLL beside the interpreter starts Python and gives its object."""
    interpreter = Path(command.split('"')[1])
    (library,) = interpreter.parent.glob("xlwings64-*.dll")
    activate = ctypes.WinDLL(str(library)).XLPyDLLActivateAuto
    result = (ctypes.c_uint64 * 3)()
    command = command.replace("$(OWN)", f"{{4C784C69-616E-4758-8961-0000{os.getpid():08X}}}")
    code = activate(result, command.encode("mbcs"), 1)
    if code:
        raise OSError(f"XLPyDLLActivateAuto: {code & 0xFFFFFFFF:08x}")
    return pythoncom.ObjectFromAddress(result[1], pythoncom.IID_IDispatch)


def _lengthen(book: Book, rows: int) -> None:
    """The roster's last person again and again, until there are so many rows."""
    sheet = book[columns.ROSTER_SHEET]
    last = max(row for row, _ in sheet.cached)
    cells = {column: value for (row, column), value in sheet.cached.items() if row == last}
    for row in range(last + 1, last + rows):
        for column, value in cells.items():
            sheet.cached[row, column] = value
    sheet.file.cell(last + rows - 1, 1).value = 1


def _texts(book: Book) -> dict[str, list[str]]:
    """The texts of each sheet of a workbook, as they are now."""
    return {
        sheet.Name: [text for text in sheet.cached.values() if isinstance(text, str)]
        for sheet in book.sheets
        if len(sheet.cached) < 100_000
    }


class _Words(list[str]):
    """What the status bar shows, and when it showed something first."""

    first: float | None = None

    def append(self, word: str) -> None:
        if self.first is None:
            self.first = time.monotonic()
        super().append(word)


def main(order: str, report: str) -> None:
    given = json.loads(Path(order).read_text(encoding="utf-8"))
    pythoncom.CoInitialize()
    excel = Excel()
    words = excel.pictures = _Words()
    for path in given["books"]:
        book = excel.open(Path(path))
        for sheet, address, number in given.get("errors", ()):
            book[sheet].cached[coordinate_to_tuple(address)] = com_error(number)
        if rows := given.get("rows"):
            _lengthen(book, rows)
    start = time.monotonic()
    server = dynamic.Dispatch(connect(given["command"]))
    seconds = {"activated": time.monotonic() - start}
    done = []
    for step in given["steps"]:
        excel.folder = Path(step["folder"]) if "folder" in step else None
        excel.replies, excel.saved_as = step.get("replies", []), step.get("saved_as")
        excel.trips.clear()
        excel.pictures.clear()
        wrapped = pythoncom._GetGatewayCount()
        left = [None] * step.get("busy", 0)
        Policy.rejects = staticmethod(lambda left=left: bool(left) and left.pop() is None)
        application = win32com.server.util.wrap(Gate(excel.app), usePolicy=Policy)
        begin = time.monotonic()
        try:
            server.Run(step["run"], application)
            raised = None
        except pywintypes.com_error as error:
            raised = str(error)
        del application
        gc.collect()
        for _ in range(100):  # what the other side let go of arrives as messages
            if pythoncom._GetGatewayCount() <= wrapped:
                break
            pythoncom.PumpWaitingMessages()
            time.sleep(0.05)
        done.append(
            {
                "seconds": time.monotonic() - begin, "raised": raised, "trips": len(excel.trips), "status": excel.pictures[:],
                "kept": pythoncom._GetGatewayCount() - wrapped, "settings": excel.settings(), "open": len(excel.books),
                "written": _texts(excel.books[0]) if excel.books else {},
            }
        )  # fmt: skip
    seconds["first word"] = (words.first or start) - start
    Path(report).write_text(json.dumps({"seconds": seconds, "steps": done}, default=str), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
