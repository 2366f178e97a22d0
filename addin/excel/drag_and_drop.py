"""Files dropped on 校验.cmd, or a folder on 汇总.cmd: the same work as the command line, for those who type nothing.

    python -m addin.excel.drag_and_drop check|merge SCRIPT [FILE ...]

In: what Explorer dropped. `LIANGXIAN_DROPPED` is the whole line with which cmd was started; it decides, because cmd
itself cuts a name like `a&b.xlsx` in two. Out: the command's own words and exit code; results lie beside what was
given.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from addin import cli, terminal

USAGE = {
    "check": "请把花名册（可以选中几个）拖到“校验”这个图标上，或者点右键“发送到”。整个文件夹请拖到“汇总”。",
    "merge": "请把装着收到的花名册的那一个文件夹拖到“汇总”这个图标上，或者点右键“发送到”。",
}
CHECKED, SUMMARY = "校验结果", "区汇总表.xlsx"


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


def command(action: str, names: list[str]) -> tuple[list[str], Path] | None:
    """The words for the command line and where the result will lie; None where that can't be said of these names."""
    paths = [Path(name) for name in names]
    if action == "check" and paths and not any(path.is_dir() for path in paths):
        results = paths[0].parent / CHECKED
        return ["check", "--annotate", str(results), "--", *names], results
    if action == "merge" and len(paths) == 1 and paths[0].is_dir():
        summary = paths[0].parent / SUMMARY
        return ["merge", "--out", str(summary), "--", *names], summary
    return None


def main(action: str, script: str, *names: str) -> int:
    """Do it, and show the result's folder or file where there is one."""
    line = os.environ.get("LIANGXIAN_DROPPED", "")
    paths = dropped(line, script)
    words = command(action, list(names) if paths is None else paths)
    terminal.replace_what_cannot_be_shown()
    if words is None:
        print(USAGE[action])
        return cli.FAILED
    sys.argv[1:], result = words
    code = cli.FAILED
    try:
        cli.main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else cli.FAILED
    if code in (cli.CLEAN, cli.WITH_ERRORS) and sys.platform == "win32" and result.exists():
        try:
            os.startfile(result)  # noqa: S606
        except OSError:  # no program for it, or none may be started: the result is there all the same
            print(f"结果没有自动打开，请自己打开：{result}")
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
