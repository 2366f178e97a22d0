"""Adding a new notice without programming: a folder to fill in, and copying it to the user's notices.

In: an earlier notice's folder. Out: one of the same shape whose sentences are empty, so that each must be copied from
the new text; and, when it is in order, a copy of it among the user's own notices.
"""

from __future__ import annotations

import csv
import re
import shutil
from functools import partial
from pathlib import Path

from addin.findings import UserError
from addin.policy.choice import POLICY_FILE, Installed, listed, numbered, own_notices
from addin.policy.loading import load

_SENTENCE = re.compile(r'^(?P<key>(?:paid_)?text|id) = "(?P<old>(?:[^"\\]|\\.)*)"', re.MULTILINE)


_ATTACHMENT = re.compile(r"^\[schemes\.\w+\.attachment\]\n(?:(?!\[).*\n)*", re.MULTILINE)
_FILE = re.compile(r'^file = "(?P<file>[^"]+)"$', re.MULTILINE)
_NAMED = re.compile(r"^unit = ", re.MULTILINE)


class NoticeThere(UserError):
    """A folder or a notice of this number is there already; the text is a whole Chinese sentence."""


def begin(old: Installed, target: Path) -> Path:
    """Make a folder to fill in from an earlier notice. Raises `NoticeThere`, `OSError`.

    The number and every quoted sentence are emptied, with the old one beside as a comment. Amounts, days and units
    stay; the check refuses them as long as the new sentence does not have them. The text and the attachments' rows are
    left out; the columns of each attachment are named, whatever they were before.
    """
    if target.exists():
        raise NoticeThere(f"“{target}”已经有了，没有改动它；请换一个文件夹名。")
    tables = (old.folder / POLICY_FILE).read_text(encoding="utf-8")
    target.mkdir(parents=True)
    blank = _SENTENCE.sub(lambda match: f'{match["key"]} = ""  # 旧：{match["old"]}', tables)
    blank = _ATTACHMENT.sub(partial(_with_columns, old.folder), blank)
    (target / POLICY_FILE).write_text(blank, encoding="utf-8", newline="\n")
    for file in sorted(old.folder.iterdir()):
        if file.suffix == ".md":
            (target / file.name).write_text("", encoding="utf-8")
        elif file.suffix == ".csv":
            header = file.read_text(encoding="utf-8-sig").splitlines()[:1]
            (target / file.name).write_text("".join(f"{line}\n" for line in header), encoding="utf-8", newline="\n")
    return target


def _with_columns(folder: Path, table: re.Match[str]) -> str:
    """An attachment's table with the names of its columns, where it had the usual four and named none."""
    name = _FILE.search(table[0])
    if name is None or _NAMED.search(table[0]):
        return table[0]
    header = (folder / name["file"]).read_text(encoding="utf-8-sig").splitlines()[0]
    columns = zip(("order", "unit", "base", "quota"), next(csv.reader([header])), strict=False)
    lines = "".join(f'{role} = "{column}"\n' for role, column in columns)
    words = "# 附件各栏的栏名，照表头写；附件没有的删去；附件有分村任务的加 village = 村那一栏的栏名"
    return table[0].replace(name[0], f"{name[0]}\n{words}\n{lines.rstrip()}")


def add(folder: Path) -> Path:
    """Copy a notice that is in order among the user's own. Raises `PolicyError`, `NoticeThere`, `OSError`.

    This does not set it in force.
    """
    notice = load(folder)
    target = own_notices() / folder.resolve().name
    there = numbered(notice.id)
    if there is not None and there.own:
        raise NoticeThere(f"本机已有这个文号：{listed([there])}，没有改动它；要换新的，请先移走“{there.folder}”。")
    if target.exists():
        raise NoticeThere(f"“{target}”已经有了，没有改动它；请给文件夹换一个名字。")
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f"{target.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(folder, fresh)
    fresh.replace(target)
    return target
