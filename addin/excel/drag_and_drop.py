"""Files dropped on 校验.cmd, a folder on 汇总.cmd and the like: the same work as the command line, for those without Excel.

    python -m addin.excel.drag_and_drop check|merge|new|import|submit|circular SCRIPT [FILE ...]

In: what Explorer dropped, and what an icon has to ask for. `LIANGXIAN_DROPPED` is the whole line with which cmd was
started; it decides, because cmd itself cuts a name like `a&b.xlsx` in two. Out: the command's own words and exit code;
results lie beside what was given.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from itertools import chain, count
from pathlib import Path
from typing import Any

from addin import cli, terminal
from addin.district import RESULTS, SUMMARY
from addin.findings import UserError

ICONS = {
    "check": "校验",
    "merge": "汇总",
    "new": "新建花名册",
    "import": "从旧册导入",
    "submit": "生成上报文件",
    "circular": "生成通报",
}
"""The icon names of the actions."""
USAGE = {
    "check": "请把花名册（可以选中几个）拖到“校验”这个图标上，或者点右键“发送到”。整个文件夹请拖到“汇总”。",
    "merge": "请把装着收到的花名册的那一个文件夹拖到“汇总”这个图标上，或者点右键“发送到”。",
    "new": "请双击“新建花名册”这个图标；或者把要放新花名册的那一个文件夹拖到它上面。",
    "import": "请把一个旧册（.xlsx、.xlsm）拖到“从旧册导入”这个图标上，或者点右键“发送到”。",
    "submit": "请把填好的花名册（可以选中几个）拖到“生成上报文件”这个图标上，或者点右键“发送到”。",
    "circular": "请把装着收到的花名册的那一个文件夹拖到“生成通报”这个图标上，或者点右键“发送到”。",
}
CHECKED = "校验结果"
_DOCUMENTS = r"Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders"

Job = tuple[list[str], tuple[Path, ...]]
"""Words for the command line, and what to show when they are done."""


class Stopped(Exception):
    """Nothing was typed where something is needed."""


def dropped(line: str, script: str) -> list[str] | None:
    r"""The names after the script in the line that started cmd; None where the line is another's (typed in a window).

    Explorer quotes names with spaces only, so a name without quotes ends at the next space, whatever else it holds.

    >>> dropped(r'''C:\Windows\system32\cmd.exe /c ""C:\甲\校验.cmd" "D:\a b.xlsx" D:\c&d,e.xlsx"''', r"C:\甲\校验.cmd")
    ['D:\\a b.xlsx', 'D:\\c&d,e.xlsx']
    >>> dropped(r'''"C:\Windows\system32\cmd.exe" ''', r"C:\甲\校验.cmd")
    """
    start = line.lower().find(script.lower())
    if start < 0 or not script:
        return None
    rest = line[start + len(script) :].removeprefix('"').rstrip()
    # the last quote closes the one after /c
    rest = rest.removesuffix('"')
    return [quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|(\S+)', rest)]


def jobs(action: str, names: list[str], ask: Callable[[str], str] = input) -> list[Job] | None:
    """The jobs of an icon; None where these names do not fit it. Raises `Stopped` where an answer is missing."""
    paths = [Path(name) for name in names]
    files, folders = [path for path in paths if not path.is_dir()], [path for path in paths if path.is_dir()]
    one_file, one_folder = len(paths) == len(files) == 1, len(paths) == len(folders) == 1
    if action == "check" and files and not folders:
        results = files[0].parent / CHECKED
        return [(["check", "--annotate", str(results), "--", *names], (results,))]
    if action == "merge" and one_folder:
        summary = folders[0] / SUMMARY
        return [(["merge", "--papers", "--out", str(summary), "--", *names], (summary, folders[0] / RESULTS))]
    if action == "submit" and files and not folders:
        return [(["submit", "--", name], (path.parent,)) for name, path in zip(names, paths, strict=True)]
    if action == "import" and one_file:
        target = _free(files[0].with_name(f"{files[0].stem}_新花名册.xlsm"))
        again = _typed(ask, "旧册的缴费、票据也带入吗？新的一年按回车不带；同一年度换模板填 y：", "n").lower() in (
            "y",
            "是",
        )
        from addin.output import imported  # noqa: PLC0415 (long to load: the question comes before)

        made = (target, imported.note_of(target))
        return [(["import", *(["--keep-payments"] if again else []), "--out", str(target), "--", *names], made)]
    if action == "circular" and one_folder:
        offered = f"{date.today().replace(day=1) - timedelta(days=1):%Y-%m}"
        month = _typed(ask, f"通报哪一个月？按“年-月”填写，按回车是{offered}：", offered)
        target = folders[0] / RESULTS / f"征缴工作通报_{month}.docx"
        return [(["circular", "--month", month, "--out", str(target), "--", *names], (target,))]
    if action == "new" and (one_folder or not paths):
        return [_new_roster(folders[0] if folders else documents(), ask)]
    return None


def _new_roster(folder: Path, ask: Callable[[str], str]) -> Job:
    from addin import policy, run  # noqa: PLC0415 (the other icons load it later, behind a first word)

    rules = policy.load()
    unit = run.unit_of(rules, _typed(ask, f"{run.ask_for_unit(rules, 2_000)}\n", ""))
    offered = run.rows_for(rules, unit)
    rows = run.rows_of(_typed(ask, f"{unit.name}的花名册备多少行？一人一行，按回车是{offered}：", str(offered)))
    target = _free(folder / f"{unit.name}_花名册.xlsm")
    return ["template", "--rows", str(rows), "--township", unit.name, "--out", str(target)], (target,)


def _typed(ask: Callable[[str], str], question: str, offered: str) -> str:
    try:
        word = ask(question).strip() or offered
    except EOFError:
        word = offered
    if not word:
        raise Stopped
    return word


def _free(target: Path) -> Path:
    """The name, or the first with a number after it that nothing has yet."""
    names = (target.with_stem(f"{target.stem}({n})") if n > 1 else target for n in count(1))
    return next(path for path in names if not path.exists())


def documents() -> Path:
    """The clerk's own folder 文档, wherever Windows has it."""
    if sys.platform == "win32":
        registry: Any = importlib.import_module("winreg")
        with suppress(OSError), registry.OpenKey(registry.HKEY_CURRENT_USER, _DOCUMENTS) as key:
            place = Path(os.path.expandvars(registry.QueryValueEx(key, "Personal")[0]))
            if place.is_dir():
                return place
    return Path.home()


def main(action: str, script: str, *names: str) -> int:
    """Do it, and show the result's folder or file where there is one."""
    line = os.environ.get("LIANGXIAN_DROPPED", "")
    paths = dropped(line, script)
    terminal.replace_what_cannot_be_shown()
    try:
        work = jobs(action, list(names) if paths is None else paths)
    except (Stopped, KeyboardInterrupt):
        print("已取消，什么也没有改动。")
        return cli.FAILED
    except UserError as error:
        print(f"没有做成：{error}")
        return cli.FAILED
    if work is None:
        print(USAGE[action])
        return cli.FAILED
    codes = [_do(words) for words, _ in work]
    good = [results for (_, results), code in zip(work, codes, strict=True) if code in (cli.CLEAN, cli.WITH_ERRORS)]
    for result in dict.fromkeys(chain.from_iterable(good)):
        _show(result)
    return max(codes)


def _do(words: list[str]) -> int:
    sys.argv[1:] = words
    try:
        cli.main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else cli.FAILED
    return cli.FAILED


def _show(result: Path) -> None:
    if sys.platform != "win32" or not result.exists():
        return
    try:
        os.startfile(result)  # noqa: S606
    except OSError:  # no program for it, or none may be started: the result is there all the same
        print(f"结果没有自动打开，请自己打开：{result}")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
