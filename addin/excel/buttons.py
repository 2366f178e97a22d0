"""The common frame of the buttons: messages, Excel's settings, undo.

In: an action. Out: a function without arguments for VBA. Whatever happens in it, the clerk reads one Chinese sentence
and never a traceback; what was written half is taken back; every setting of Excel is put back as it was.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from addin import error_log, functions
from addin.bridge import application_of, book_in_front, xw
from addin.columns import letter
from addin.findings import UserError

if TYPE_CHECKING:
    from xlwings import App, Book, Range, Sheet

TITLE = functions.CATEGORY
NEXT = "下一处："
"""How a text in the status bar begins that may stay there until the next button."""
_SETTINGS: tuple[tuple[str, object], ...] = (
    ("screen_updating", False),
    ("calculation", "manual"),
    ("enable_events", False),
    ("display_alerts", False),
)
# call rejected, retry later, and what Excel answers while a cell is being edited
_BUSY = {-2147418111, -2147417846, -2146777998}
# the object has gone, the server is not there, the call failed
_GONE = {-2147417848, -2147023174, -2147023170}
_OK, _YES_NO, _INFORMATION, _WARNING, _YES = 0x0, 0x4, 0x40, 0x30, 6
_IN_FRONT = 0x10000 | 0x40000
"""MB_SETFOREGROUND, MB_TOPMOST: Python is another program than Excel, and its box would open behind Excel's window."""


class ButtonError(UserError):
    """The action is impossible; the text is a whole Chinese sentence that says what to do."""


class Cancelled(Exception):
    """The clerk has cancelled: no message, no change."""


@dataclass(frozen=True)
class ExcelSession:
    """Excel as the button found it: the program and the workbook in front, if there is one."""

    app: App
    book: Book

    @property
    def desktop(self) -> bool:
        """Whether this is Excel on Windows, whose own objects can be asked; the engine of Excel on the web can't."""
        return bool(self.app.engine.type == "desktop")

    def workbook(self) -> Book:
        """The workbook in front. Raises `ButtonError` without one."""
        if self.book is None:
            raise ButtonError("没有打开的工作簿，或它还在“受保护的视图”里。请打开花名册，点“启用编辑”，再点这个按钮。")
        return self.book

    def show(self, sheet: Sheet) -> None:
        """Bring a sheet and its workbook forward."""
        if not self.desktop:
            sheet.activate()
            return
        # xlwings would put the whole program in front first, and fail where another Excel is open too
        sheet.book.api.Activate()
        sheet.api.Activate()

    def say(self, text: str) -> None:
        """A message with OK."""
        if self.desktop:
            _box(self.app.hwnd or 0, text, _OK | _INFORMATION)
        else:
            self.app.alert(text, title=TITLE, buttons="ok", mode="info")

    def ask(self, text: str) -> None:
        """A question with yes and no. Raises `Cancelled` unless the answer is yes."""
        if self.desktop:
            yes = _box(self.app.hwnd or 0, text, _YES_NO | _INFORMATION) == _YES
        else:
            yes = self.app.alert(text, title=TITLE, buttons="yes_no", mode="info") == "yes"
        if not yes:
            raise Cancelled

    def agrees(self, text: str) -> bool:
        """Whether the answer to a question is yes, where no is no reason to stop."""
        try:
            self.ask(text)
        except Cancelled:
            return False
        return True


def open_outside(path: Path) -> bool:
    """Open a folder or a file in the program that Windows has for it; gives whether it could be."""
    if sys.platform != "win32":
        return False
    try:
        os.startfile(path)  # noqa: S606
    except OSError:
        return False
    return True


def _box(window: int, text: str, style: int) -> int:
    """A message box of Windows, before all other windows; `window` is the one that it belongs to, 0 for none."""
    api: Any = importlib.import_module("win32api")
    answer: int = api.MessageBox(window, text, TITLE, style | _IN_FRONT)
    return answer


def excel_session(application: object = None) -> ExcelSession:
    """The Excel that called, and its workbook in front; without `application` the workbook that xlwings was told of.

    Excel hands itself over and no workbook: where none is open, there is still an Excel to speak to.
    """
    if application is not None:
        app = application_of(application)
        return ExcelSession(app, book_in_front(app))
    book = xw.Book.caller()
    return ExcelSession(book.app, book)


class Button:
    """An action as VBA calls it: with the Excel that it acts on, without result and without exception."""

    def __init__(self, title: str, action: Callable[[ExcelSession], None]) -> None:
        self.title, self.action = title, action

    def __call__(self, application: object = None) -> None:
        at = None
        try:
            at = excel_session(application)
            self.action(at)
        except Cancelled:
            pass
        except BaseException as error:
            _tell(at, sentence(self.title, error))


def button(title: str) -> Callable[[Callable[[ExcelSession], None]], Button]:
    """Make an action a button; the title is what stands on it."""
    return functools.partial(Button, title)


def sentence(title: str, error: BaseException) -> str:
    """The message for an error: what is wrong and what to do; unforeseen ones go to the log."""
    if isinstance(error, UserError):
        return f"{error}{_notes(error)}"
    numbers = _numbers(error)
    if _is_busy(error):
        return "Excel正忙：单元格正在编辑，或有对话框没有关。请按回车键或Esc键结束编辑，关掉对话框，再点一次。"
    log = error_log.note(title, error)
    if isinstance(error, MemoryError):
        message = f"“{title}”没有做完：内存不够，工作簿没有改动。请关掉其他工作簿再试；仍不行时按村分册填报。"
    elif numbers & _GONE:
        message = f"“{title}”没有做完：Excel或工作簿已经关闭。请重新打开再试。"
    elif isinstance(error, KeyboardInterrupt):
        message = f"“{title}”已中断，工作簿没有改动。"
    else:
        message = (
            f"“{title}”没有做成，工作簿没有改动。请保存后重新打开Excel再试；"
            "仍不行时双击安装文件夹里的“诊断.cmd”（不用打开Excel），把显示的内容和记录发给技术人员。"
        )
    message += _notes(error)
    return f"{message}\n记录：{log}" if log else message


def _notes(error: BaseException) -> str:
    """The files that are new all the same (see `saving.telling`)."""
    return "".join(getattr(error, "__notes__", ()))


def _is_busy(error: BaseException) -> bool:
    """Whether Excel does not take calls now, because a cell is edited or a dialog is open."""
    return bool(_numbers(error) & _BUSY) or type(error).__name__ == "ExcelBusyError"


def _numbers(error: BaseException) -> set[int]:
    """The numbers of a COM error: its own, and that of the application behind it."""
    numbers = [getattr(error, "hresult", None)]
    for argument in error.args:
        numbers += argument if isinstance(argument, tuple) else []
    return {number for number in numbers if type(number) is int}


def _tell(at: ExcelSession | None, text: str) -> None:
    """Show a message in Excel; where Excel does not answer, in a message box of Windows: pythonw has no console."""
    if at is not None:
        with contextlib.suppress(Exception):
            at.say(text)
            return
    if sys.platform == "win32":
        _box(0, text, _OK | _WARNING)
    elif sys.stderr is not None:
        print(f"{TITLE}：{text}", file=sys.stderr)


@contextlib.contextmanager
def quiet(at: ExcelSession) -> Iterator[Callable[[str], None]]:
    """Inside, Excel does not redraw, calculate or ask; gives a writer for the status bar. All settings are restored."""
    app = at.app
    before: dict[str, object] = {}
    try:
        for name, value in (("status_bar", None), *_SETTINGS):
            try:
                setting = getattr(app, name)
            except Exception as error:
                if _is_busy(error):
                    raise
                continue  # without a workbook Excel has no way of calculating: what can't be read is left alone
            before[name] = setting
            if value is not None:
                setattr(app, name, value)
        if str(before.get("status_bar")).startswith(NEXT):
            before["status_bar"] = False

        def status(text: str) -> None:
            if "status_bar" in before:
                app.status_bar = text

        yield status
    finally:
        for name, value in reversed(before.items()):
            _patiently(functools.partial(setattr, app, name, value))


def _patiently(step: Callable[[], None]) -> None:
    """Retry while Excel is busy for a moment; a setting that can't be restored must not stop the others."""
    for pause in (0.1, 0.5, 1.0, None):
        try:
            return step()
        except NotImplementedError:
            return None
        except Exception as error:
            if pause is None or not _numbers(error) & _BUSY:
                return None
            time.sleep(pause)
    return None


class Undo:
    """Writes that are all taken back when one of them fails: `with Undo() as undo: undo.write(...)`."""

    def __init__(self) -> None:
        self._steps: list[Callable[[], None]] = []

    def __enter__(self) -> Undo:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            for step in reversed(self._steps):
                _patiently(step)

    def write(self, area: Range, values: object, before: object, *, formulas: bool = False) -> None:
        """Write a block of values; `before` is what stood there, `formulas`: as Excel would have it typed in."""
        if formulas:
            self._steps.append(lambda: setattr(area, "formula", _typed_again(before)))
        else:
            self._steps.append(lambda: setattr(area, "raw_value", before))
        area.raw_value = values


def _typed_again(formulas: object) -> object:
    """The contents of cells as they must be typed: Excel drops a leading apostrophe."""
    if isinstance(formulas, (tuple, list)):
        return [_typed_again(each) for each in formulas]
    return f"'{formulas}" if isinstance(formulas, str) and formulas.startswith("'") else formulas


def block(sheet: Sheet, row: int, column: int, rows: int, columns: int) -> Range:
    """A range by its 1-based corner and its size."""
    # by its address, in one call: by its corners xlwings asks for three ranges
    return sheet.range(f"{letter(column)}{row}:{letter(column + columns - 1)}{row + rows - 1}")


def folder_of(book: Book) -> Path:
    """Where a workbook is saved. Raises `ButtonError` where it never was, or not on this PC."""
    with contextlib.suppress(Exception):  # xlwings has many for the ways in which a book can lie in a cloud
        path = Path(book.fullname)
        if path.is_absolute() and path.parent.is_dir():
            return path.parent
    raise ButtonError("这个工作簿还没有保存到本机的文件夹里。请先“另存为”到本机，再点这个按钮。")
