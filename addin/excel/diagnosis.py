"""诊断: what is installed on this PC and whether it fits together, fit for sending on.

In: nothing, or the Excel in front. Out: lines of text; the user's own folder is written as %USERPROFILE%, and nothing
of any workbook's content is in them. Every question is asked by itself: one that can't be answered here (no Excel, no
Windows) says so and hides no other.
"""

from __future__ import annotations

import locale
import os
import platform
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from addin import __version__, error_log, functions, policy
from addin.bridge import xw
from addin.excel.buttons import ExcelSession

if TYPE_CHECKING:
    from xlwings import App, Book

ADDIN = "liangxian.xlam"
CONFIG = "liangxian.conf"
"""In the user's own folder: what VBA reads to find the interpreter."""
_FILE = "诊断.txt"
_UNKNOWN = "查不到"


def lines(at: ExcelSession | None = None) -> list[str]:
    """The installation, line by line.

    >>> lines()[-1]
    '试算：医保低保净额175元、现收250元'
    """
    asked: list[tuple[str, Callable[[], str]]] = [
        ("程序", lambda: f"两险征缴 {__version__}，xlwings {xw.__version__}"),
        ("Python", lambda: f"{platform.python_version()}（{8 * struct.calcsize('P')}位），{sys.executable}"),
        ("系统", lambda: f"{platform.system()} {platform.release()}，代码页{_code_page()}"),
    ]
    if at is not None:
        asked += [
            ("表格软件", lambda: _excel(at.app)),
            ("加载项", lambda: _addin(at.app)),
            ("受信任位置", lambda: _trusted(at.app)),
            ("当前工作簿", lambda: _book(at.book)),
        ]
    asked += [
        ("xlwings的DLL", lambda: _dlls(Path(sys.executable))),
        ("配置", _config),
        ("本机文件夹", lambda: str(error_log.own_folder())),
        ("现行通知", _policy),
        ("本机的通知", _notices),
        ("试算", _trial),
    ]
    return [_private(f"{what}：{_answer(ask)}") for what, ask in asked]


def _answer(ask: Callable[[], str]) -> str:
    try:
        return ask()
    except Exception as error:  # a broken part is reported by the kind of its error, never by its text
        return f"{_UNKNOWN}（{type(error).__name__}）"


def _private(text: str) -> str:
    """The text without the user's name, which the path of his folder holds."""
    return text.replace(str(Path.home()), "%USERPROFILE%")


def _excel(app: App) -> str:
    name, path = str(app.api.Name), str(app.api.Path)
    edition = "WPS表格" if "WPS" in name.upper() or "KINGSOFT" in path.upper() else name
    store = "，应用商店版" if "WINDOWSAPPS" in path.upper() else ""
    # the program's own bits, which are often not those of Windows
    bits = "64位" if "64-BIT" in str(app.api.OperatingSystem).upper() else "32位"
    return f"{edition} {app.api.Version}（{app.api.Build}），{bits}{store}，{path}"


def _addin(app: App) -> str:
    for book in app.books:
        if book.name.lower() == ADDIN:
            return _same_version(book)
    # a loaded add-in is no member of the list of workbooks, and yet has its name there
    return _same_version(xw.Book(impl=app.impl.books(ADDIN)))


def _same_version(book: Book) -> str:
    made = str(book.api.BuiltinDocumentProperties("Category").Value or "")
    wanted = versions()
    if made == wanted:
        return f"{book.fullname}，与程序同一版本"
    return f"{book.fullname}，版本与程序不一致（加载项{made or '没有版本号'}，程序{wanted}），请重新安装"


def versions() -> str:
    """Our version and that of xlwings, which must be equal in the add-in and in the program."""
    return f"{__version__}/{xw.__version__}"


def _trusted(app: App) -> str:
    if sys.platform != "win32":
        return "只有Windows有"
    import winreg  # noqa: PLC0415

    folders = []
    key = rf"Software\Microsoft\Office\{app.api.Version}\Excel\Security\Trusted Locations"
    with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as places:
        for n in range(winreg.QueryInfoKey(places)[0]):
            with winreg.OpenKey(places, winreg.EnumKey(places, n)) as place:
                folders.append(str(winreg.QueryValueEx(place, "Path")[0]))
    own = [path for path in folders if "liangxian" in path.lower()]
    return "、".join(own) if own else f"没有为本程序设置（共{len(folders)}处）"


def _book(book: Book) -> str:
    if book is None:
        return "没有打开的工作簿"
    kind = Path(book.name).suffix.lower() or "未保存"
    return f"{kind}，{len(book.sheets)}张工作表"  # its name may be a person's


def _code_page() -> str:
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415

        return str(ctypes.windll.kernel32.GetACP())
    return locale.getpreferredencoding(False)


def _dlls(interpreter: Path) -> str:
    """The DLLs beside the interpreter or one folder up, where VBA looks for them; their version is in the name."""
    there = sorted(
        {
            path.name
            for folder in (interpreter.parent, interpreter.parent.parent)
            for path in folder.glob("xlwings*.dll")
        }
    )
    fitting = [name for name in there if name.endswith(f"-{xw.__version__}.dll")]
    if not there:
        return "没有找到" if os.name == "nt" else "没有找到（只有Windows用得到）"
    return f"{'、'.join(there)}，{'与程序同一版本' if fitting else '版本与程序不一致，请重新安装'}"


def _config() -> str:
    path = error_log.own_folder() / CONFIG
    if not path.exists():
        return f"没有{path}"
    text = path.read_text(encoding="ascii", errors="replace")
    named = [
        line.split('","', 1)[1].rstrip('"') for line in text.splitlines() if line.startswith('"INTERPRETER_WIN","')
    ]
    if not named:
        return f"{path}，没有写解释器，请重新安装"
    same = os.path.normcase(os.path.expandvars(named[0])) == os.path.normcase(sys.executable)
    return f"{path}，解释器{'就是本程序的' if same else f'是别的：{named[0]}，请重新安装'}"


def _policy() -> str:
    rules = policy.load()
    return f"{rules.id}（{rules.folder}）"


def _notices() -> str:
    every = policy.listed(policy.installed())
    return f"{every}；自己放入的在“{policy.own_notices()}”，更新和卸载都不动它"


def _trial() -> str:
    status = policy.load().sample_status.short
    net, cash = functions.NETDUE("医保", status), functions.NETDUE("医保", status, None, functions.CASH)
    return f"医保{status}净额{net:g}元、现收{cash:g}元"


def show(at: ExcelSession) -> None:
    """诊断: shown, and written to a file that can be sent on."""
    text = "\n".join(lines(at))
    at.say(f"{text}\n\n{_written(text)}")


def _written(text: str) -> str:
    path = error_log.own_folder() / _FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8-sig", newline="\r\n")
    except OSError:
        return "需要帮助时，请把上面的内容发给技术人员（按Ctrl+C可复制）。"
    return f"以上内容已存到{_private(str(path))}，需要帮助时把它发给技术人员；其中没有个人信息。"
