"""The installation on this PC and its faults: for 安装.cmd, 诊断.cmd and whoever helps a clerk.

In: the folder that holds the private interpreter, its manifest.json, and what scripts/bundle/安装.cmd made beside it.
Out: Chinese sentences without anything personal but the user's own folder. Needs no Excel.

    python -I -m addin.excel.self_check package     the files of the package alone, before they are put in place
    python -I -m addin.excel.self_check             the whole

Exit code 0: nothing amiss; 1: something is. Only names that came with the package are looked at.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib
import json
import os
import platform
import re
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

from addin import __version__, terminal

MANIFEST = "manifest.json"
OFFICE = {"14": "2010", "15": "2013", "16": "2016以后"}
MODULES = ("numpy", "pandas", "python_calamine", "openpyxl", "xlsxwriter", "filelock", "typer", "rich", "docx", "PIL")
ON_WINDOWS = ("pythoncom", "win32com.client", "addin.bridge")
"""The last is how the program imports xlwings: as it comes it would end other Excels when this program ends."""
SHOWN = 10


def main(mode: str = "") -> int:
    """Print the report. Raises nothing: a question that can't be answered is reported as such."""
    app = Path(sys.prefix).parent
    checks = [lambda: files(app), loads] if mode == "package" else [lambda: files(app), loads, *_on_this_pc(app)]
    amiss = 0
    terminal.replace_what_cannot_be_shown()  # the folder is named after its user
    print(f"两险征缴 {__version__}，Python {platform.python_version()}，{platform.platform()}")
    print(f"位置：{app}")
    for check in checks:
        try:
            for good, sentence in check():
                print(("  正常  " if good else "  异常  ") + sentence)
                amiss += not good
        except OSError as error:
            print(f"  异常  查不了：{error.strerror}")
            amiss += 1
    print("没有发现异常。" if not amiss else f"发现 {amiss} 处异常。")
    return 1 if amiss else 0


Lines = Iterator[tuple[bool, str]]
"""Whether it is in order, and the sentence about it."""


def files(app: Path) -> Lines:
    """The package's files against its manifest."""
    try:
        listed: dict[str, str] = json.loads((app / MANIFEST).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError):
        yield False, f"{MANIFEST} 没有或读不了：安装包不完整，请重新取得安装包。"
        return
    there = {path.relative_to(app).as_posix(): path for path in app.rglob("*") if path.is_file()}
    present = {name for name in there if name != MANIFEST and "__pycache__" not in name.split("/")}
    missing = sorted(listed.keys() - present)
    changed = sorted(name for name in listed.keys() & present if _sha256(there[name]) != listed[name])
    surplus = sorted(present - listed.keys())
    yield not (missing or changed or surplus), f"程序文件 {len(listed)} 个，逐个核对。"
    for names, what in (
        (missing, "缺少（多半是安全软件隔离了）"),
        (changed, "被改动"),
        (surplus, "多出（不是安装包里的文件，请移走）"),
    ):
        if names:
            more = f" 等 {len(names)} 个" if len(names) > SHOWN else ""
            yield False, f"{what}：{'、'.join(names[:SHOWN])}{more}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def loads() -> Lines:
    """Whether every package loads, and with it its DLLs; and the one that Excel loads."""
    for name in (*MODULES, *(ON_WINDOWS if sys.platform == "win32" else ())):
        try:
            importlib.import_module(name)
        except Exception as error:
            yield False, f"组件 {name} 装不进来（{type(error).__name__}）：文件可能被安全软件隔离，或者系统太旧。"
    from addin import functions, policy  # noqa: PLC0415 (needs what was just tried)

    try:
        status = policy.load().sample_status.short
    except policy.PolicyError:  # `notices` says so; the package is whole all the same
        status = ""
    if status:
        net = functions.NETDUE("医保", status)
        yield isinstance(net, float), f"试算：医保{status}净额 {net} 元。"
    if sys.platform == "win32":
        for bits in (32, 64):
            library = Path(sys.prefix) / f"xlwings{bits}-{version('xlwings')}.dll"
            yield library.is_file(), f"Excel（{bits}位）用的 {library.name}。"
        ctypes.WinDLL(str(library))


def notices() -> Lines:
    """Which notice is in force, and the user's own, that neither an update nor the removal touches."""
    from addin import policy  # noqa: PLC0415

    own = [notice for notice in policy.installed() if notice.own]
    yield True, f"您自己放入的通知：{policy.listed(own)}；文件夹“{policy.own_notices()}”，更新和卸载都不删。"
    try:
        yield True, f"现行通知：{policy.load().id}。"
    except policy.PolicyError as error:
        yield False, f"现行通知用不了：{error}"


def _on_this_pc(app: Path) -> list[Callable[[], Lines]]:
    local, roaming = (Path(os.environ.get(name, "")) for name in ("LOCALAPPDATA", "APPDATA"))
    return [
        lambda: configured(local / "liangxian" / "liangxian.conf", app),
        lambda: loaded(app, roaming / "Microsoft" / "Excel" / "XLSTART" / "liangxian.xlam"),
        lambda: reachable(app),
        notices,
        excel,
    ]


def configured(conf: Path, app: Path) -> Lines:
    """Whether the file that VBA reads names this interpreter."""
    if not conf.is_file():
        yield False, f"没有设置文件“{conf}”：Excel 找不到计算程序，请重新安装。"
        return
    text = conf.read_text(encoding="ascii", errors="replace")
    named = [line.split('","')[1].rstrip('"\n') for line in text.splitlines() if line.startswith('"INTERPRETER_WIN","')]
    right = len(named) == 1 and Path(os.path.expandvars(named[0])) == app / "python" / "pythonw.exe"
    yield right, "设置文件指向这份计算程序。" if right else f"设置文件“{conf}”指向别处：请重新安装。"


def loaded(app: Path, addin: Path) -> Lines:
    """Whether the add-in that Excel loads is the package's."""
    if not addin.is_file():
        yield False, f"没有加载项“{addin}”：Excel 里不会出现“两险征缴”，请重新安装。"
    elif _sha256(addin) != _sha256(app / "workbooks" / "liangxian.xlam"):
        yield False, f"加载项“{addin}”不是这个版本的：请关闭 Excel 后重新安装。"
    else:
        yield True, "加载项在 Excel 的启动文件夹里。"


def reachable(app: Path) -> Lines:
    """VBA hands paths to Windows in the ANSI code page: a user's name outside of it can't be reached from Excel."""
    page = "mbcs" if sys.platform == "win32" else "gbk"
    try:
        str(app).encode(page, "strict")
    except UnicodeEncodeError:
        yield False, "用户文件夹的名字里有系统代码页以外的字，Excel 找不到计算程序：请换一个 Windows 用户安装。"
    else:
        yield True, "用户文件夹的名字 Excel 读得了。"


def excel() -> Lines:
    """The registry's entries about Excel, the trusted folder, and policies that block macros."""
    if sys.platform != "win32":
        return
    import winreg  # noqa: PLC0415

    value = _value
    current = value(r"Excel.Application\CurVer", "", winreg.HKEY_CLASSES_ROOT).rpartition(".")[2]
    bits = value(r"Software\Microsoft\Office\ClickToRun\Configuration", "Platform", winreg.HKEY_LOCAL_MACHINE)
    if not current:
        yield True, "没有装 Excel（只有 WPS 时，请用右键“发送到”里的“校验花名册”“汇总花名册文件夹”等）。"
        return
    yield True, f"Excel {OFFICE.get(current, current)}{f'，{bits}' if bits else ''}。"
    yield from registered()
    security = rf"Microsoft\Office\{current}.0\Excel\Security"
    place = value(rf"Software\{security}\Trusted Locations\Liangxian", "Path")
    yield bool(place), "模板文件夹已列入受信任位置。" if place else "模板文件夹没有列入受信任位置：请重新安装。"
    for name, blocked, sentence in (
        ("VBAWarnings", "4", "单位的组策略禁用了全部宏，加载项不能运行：请联系信息人员。"),
        (
            r"Trusted Locations\AllLocationsDisabled",
            "1",
            "单位的组策略停用了受信任位置，加载项可能不能运行：请联系信息人员。",
        ),
    ):
        key, _, last = name.rpartition("\\")
        for top in (r"Software\Policies", "Software"):
            if value("\\".join(filter(None, (top, security, key))), last) == blocked:
                yield False, sentence
                break


def _value(key: str, name: str, root: int | None = None, view: int = 0) -> str:
    """A value of the registry as text, '' where there is none; of the user unless another root is named."""
    if sys.platform != "win32":
        return ""
    import winreg  # noqa: PLC0415

    try:
        with winreg.OpenKey(root or winreg.HKEY_CURRENT_USER, key, access=winreg.KEY_READ | view) as handle:
            return os.path.expandvars(str(winreg.QueryValueEx(handle, name)[0]))
    except OSError:
        return ""


_TYPE_LIBRARY = r"TypeLib\{00020813-0000-0000-C000-000000000046}"
_REPAIR = "请修复Office（“设置，应用”里选Office，修改，快速修复），修复以前按钮可能用不了。"


def registered() -> Lines:
    """Whether COM leads to Excel: WPS beside Excel, or an Office half removed, leaves entries that lead elsewhere.

    A missing entry is no fault: not every kind of Office writes it. An entry that leads to another program or to a file
    that is gone is one.
    """
    if sys.platform != "win32":
        return
    import winreg  # noqa: PLC0415

    root = winreg.HKEY_CLASSES_ROOT
    clsid = _value(r"Excel.Application\CLSID", "", root)
    for view in (winreg.KEY_WOW64_64KEY, winreg.KEY_WOW64_32KEY):
        program = _program(_value(rf"CLSID\{clsid}\LocalServer32", "", root, view))
        if program is not None and (program.name.lower() != "excel.exe" or not program.is_file()):
            yield False, f"系统登记的Excel指向“{program}”，不是能用的Excel，多半是WPS改的：{_REPAIR}"
            return
    versions = []
    try:
        with winreg.OpenKey(root, _TYPE_LIBRARY) as key:
            for n in range(winreg.QueryInfoKey(key)[0]):
                versions.append(winreg.EnumKey(key, n))
    except OSError:
        pass
    for newest in sorted(versions, key=lambda name: [int(part, 16) for part in name.split(".")])[-1:]:
        for bits in ("win32", "win64"):
            library = _program(_value(rf"{_TYPE_LIBRARY}\{newest}\0\{bits}", "", root))
            if library is not None and not library.is_file():
                yield False, f"系统登记的Excel类型库“{library}”不存在，多半是WPS或没有卸净的Office留下的：{_REPAIR}"
                return
    yield True, "系统登记的Excel完好。"


def _program(command: str) -> Path | None:
    r"""The file that an entry of the registry names: without quotes, options and the number of a resource.

    >>> print(_program(r'"C:\Program Files\Office16\EXCEL.EXE" /automation'))
    C:\Program Files\Office16\EXCEL.EXE
    >>> print(_program(r"D:\Office\EXCEL.EXE\2"), _program(""))
    D:\Office\EXCEL.EXE None
    """
    program = re.match(r'\s*"([^"]+)"|\s*(.+?\.(?:exe|olb|tlb|dll))', command, re.IGNORECASE)
    return Path(program[1] or program[2]) if program else None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
