"""The folder of everything received: what is a workbook by name, what is skipped, and what lists call each file."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path

from addin import ids
from addin.district.records import FileLine
from addin.findings import make_refusal

WORKBOOKS = {".xlsx", ".xlsm", ".xltx", ".xltm", ".xls", ".xlt", ".et", ".ett", ".xlsb", ".ods"}
LISTED_TEXT = ".csv"
"""Further suffixes of departments' lists."""

SUMMARY, RESULTS, LISTS = "征缴汇总.xlsx", "汇总结果", "部门名单"
"""In what was received: what the buttons and icons call the summary; the subfolders for what a merge writes beside it and
for the departments' lists."""
_APART = re.compile(rf"\s*({RESULTS}|{LISTS})(\s*[-－–—]\s*副本|\s*[(（]\d+[)）])*\s*")

_PASSING = re.compile(
    r"\.(.+\.(xlsx|xlsm|json|docx))\.(lock|holder)|\.tmp-.+-[0-9a-f]{12}\.(xlsx|xlsm|json|docx)",
    re.IGNORECASE | re.DOTALL,
)
"""Leftovers of a killed run that was writing outputs (see `output.saving`)."""

_OTHER_KINDS = {
    suffix: f"这是{what}，没有读取；里面有花名册的，{advice}。"
    for suffixes, what, advice in (
        (".zip .rar .7z .tar .gz .bz2", "压缩包", "请解压后把工作簿放进这个文件夹"),
        (".csv .txt .tsv", "文本文件", "请粘贴到花名册模板里再报"),
        (".numbers", "苹果的Numbers表格", "请在Numbers中“导出为—Excel”再报"),
        (".pdf", "PDF文件", "请报工作簿本身"),
        (".doc .docx .wps .rtf .ofd", "文字文档", "请填到花名册模板里再报"),
        (".jpg .jpeg .png .bmp .gif .heic .tif", "图片", "请填到花名册模板里再报"),
    )
    for suffix in suffixes.split()
}
"""The sentences about files of other kinds, by suffix. Renaming does not help them."""

_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]")
"""Characters that move the cursor, reverse the line, are invisible, or cannot be encoded in UTF-8."""


def is_apart(name: str) -> bool:
    """Whether a folder of this name is never read as received, also as Explorer calls its copies.

    >>> [is_apart(name) for name in ("汇总结果", "部门名单 - 副本", "汇总结果(2)", "部门名单一")]
    [True, True, True, False]
    """
    return _APART.fullmatch(name) is not None


def received_files(
    folder: Path, owns: Callable[[Path], bool] = lambda path: False, *, lists: bool = False
) -> tuple[list[tuple[Path, str]], list[FileLine]]:
    """The workbooks of a folder and its subfolders with what lists call them, and what is skipped or can't be read.

    `owns` says of a path whether it is one of our outputs, which is left out; so are locks and leftovers of writing
    outputs, and the subfolders 汇总结果 and 部门名单; where they are not directly in the folder, a line says so. A folder of
    departments' `lists` is read whole, its CSV files too. Links, pipes and the like are in the list as well: `intake`
    refuses them by name. Links to folders are not followed.
    """
    books, lines = [], []
    workbooks = [
        (path, kind)
        for path, kind in _walk(folder, lists)
        if not (kind == "file" and (_PASSING.fullmatch(path.name) or owns(path)))
        and not (kind == "apart" and path.parent == folder and path.name in (RESULTS, LISTS))
    ]
    names = shown_names(path.relative_to(folder).as_posix() for path, _ in workbooks)
    for (path, kind), name in zip(workbooks, names, strict=True):
        if kind == "apart":
            problem = (
                "这个文件夹的名称是本程序放结果或部门名单用的，里面的文件没有读取；如果有花名册，请移到别的文件夹。"
            )
            lines.append(FileLine(name, "skipped", "S101", make_refusal("S101", problem=problem).sentence))
        elif kind == "locked":
            refusal = make_refusal(
                "R120", problem="这个文件夹打不开，里面的文件没有读取。", remedy="请检查访问权限，再汇总一次。"
            )
            lines.append(FileLine(name, "refused", refusal.code, refusal.sentence))
        elif path.name.startswith("~$"):
            lines.append(FileLine(name, "skipped", "S102", make_refusal("S102").sentence))
        elif path.name.startswith("."):
            problem = "名称以句点开头，是隐藏文件或程序的临时文件，没有读取；如果是花名册，请改名。"
            lines.append(FileLine(name, "skipped", "S101", make_refusal("S101", problem=problem).sentence))
        elif path.suffix.lower() not in (WORKBOOKS | {LISTED_TEXT} if lists else WORKBOOKS):
            other = _OTHER_KINDS.get(path.suffix.lower())
            lines.append(FileLine(name, "skipped", "S101", make_refusal("S101", problem=other).sentence))
        else:
            books.append((path, name))
    return books, lines


def _walk(folder: Path, whole: bool) -> Iterator[tuple[Path, str]]:
    """Everything below a folder, sorted: each 'file', each folder that is 'locked' or, unless `whole`, is 'apart'."""
    try:
        with os.scandir(folder) as listing:
            entries = sorted((Path(entry.path), entry.is_dir(follow_symlinks=False)) for entry in listing)
    except OSError:
        yield folder, "locked"
        return
    for path, is_folder in entries:
        if not is_folder:
            yield path, "file"
        elif not whole and is_apart(path.name):
            yield path, "apart"
        else:
            yield from _walk(path, whole)


def shown_names(names: Iterable[str]) -> list[str]:
    """File names as lists, messages and findings show them: IDs masked, printable, no two alike.

    >>> twins = ["990000199001010017.xlsx", "990000199101010017.xlsx"]
    >>> shown_names(["甲.xlsx", *twins, "a\u202eslx.exe", "b\\x1b[2J.xlsx"])
    ['甲.xlsx', '990000********0017.xlsx', '990000********0017.xlsx(2)', 'a\ufffdslx.exe', 'b\ufffd[2J.xlsx']
    """
    taken: set[str] = set()
    shown_all = []
    for name in names:
        text = _UNSHOWN.sub("\ufffd", ids.mask_text(name))
        numbered = (text if n == 1 else f"{text}({n})" for n in count(1))
        shown_all.append(next(shown for shown in numbered if shown not in taken))
        taken.add(shown_all[-1])
    return shown_all
