"""The notices on this PC, and which of them is in force.

In: the folders in the package and in the user's own folder. Out: each one's number and folder; the one in force is set
on purpose and kept in a small file beside the user's notices, so that adding a notice changes no figure.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from addin.policy.model import PolicyError, fold
from addin.policy.table import Toml

NOTICES = Path(__file__).parent.parent / "notices"
IN_FORCE = "LIANGXIAN_NOTICE"
"""Environment variable: the folder of the notice in force, below `NOTICES` or in full; goes before what was set."""
CHOICE = "in_force.txt"
"""The file that names the folder in force: in the package the one that holds until another is set."""
POLICY_FILE = "policy.toml"


@dataclass(frozen=True, slots=True)
class Installed:
    """A notice on this PC: its number, title, day of issue, years by scheme, folder, and whether that is the user's."""

    id: str
    title: str
    issued: str
    years: Mapping[str, int] = field(hash=False)
    folder: Path
    own: bool

    def called(self, number: str) -> bool:
        """Whether this is its number, as covers have it."""
        return fold(self.id) == fold(number)

    @property
    def words(self) -> str:
        """How it is called in a list."""
        return f"{self.id}（{self.folder.name}）"


def own_notices() -> Path:
    """The user's own folder of notices; an update of the program does not touch it."""
    if local := os.environ.get("LOCALAPPDATA"):
        return Path(local) / "liangxian" / "notices"
    data = os.environ.get("XDG_DATA_HOME")
    try:
        return (Path(data) if data else Path.home() / ".local" / "share") / "liangxian" / "notices"
    except RuntimeError:  # a child process on Windows is told nothing of the user; its notice is handed to it
        return NOTICES


def installed() -> list[Installed]:
    """The notices in the package and in the user's folder, the earliest issued first; what can't be read is left out.

    Of two folders with the same number the user's own counts: it may mend the package's.
    """
    notices: dict[str, Installed] = {}
    for parent, own in ((NOTICES, False), (own_notices(), True)):
        try:
            files = sorted(parent.glob(f"*/{POLICY_FILE}"))
        except OSError:  # a folder that this user may not read
            files = []
        for file in files:
            try:
                tables = tomllib.loads(file.read_text(encoding="utf-8"))
                notice = _facts(tables, file.parent, own)
            except (OSError, ValueError, LookupError, TypeError, AttributeError):
                continue
            notices[fold(notice.id)] = notice
    return sorted(notices.values(), key=lambda notice: (notice.issued, notice.id))


def _facts(tables: Toml, folder: Path, own: bool) -> Installed:
    years = {str(key): int(scheme["year"]) for key, scheme in tables["schemes"].items()}
    return Installed(str(tables["id"]), str(tables["title"]), str(tables["issued"]), years, folder, own)


def named(word: str) -> Installed:
    """The notice of this number, folder name or piece of the number. Raises `PolicyError` for none or several."""
    every = installed()
    wanted = fold(word)
    exact = [notice for notice in every if wanted in (fold(notice.id), fold(notice.folder.name))]
    meant = exact or [notice for notice in every if wanted and wanted in fold(notice.id)]
    if len(meant) == 1:
        return meant[0]
    which = f"“{word}”可以是 {listed(meant)}" if meant else f"没有“{word}”这个通知"
    raise PolicyError(own_notices(), "通知", f"{which}；本机有：{listed(every)}")


def numbered(number: str) -> Installed | None:
    """The installed notice of exactly this number, as a cover has it."""
    return next((notice for notice in installed() if notice.called(number)), None) if number else None


def listed(notices: Sequence[Installed]) -> str:
    """Notices in a sentence."""
    return "、".join(notice.words for notice in notices) or "无"


def _is_notice(folder: Path) -> bool:
    try:
        return (folder / POLICY_FILE).is_file()
    except OSError:
        return False


def in_force() -> Path:
    """The folder of the notice in force: what the environment names, else what was set here, else the package's.

    Raises `PolicyError` where the one that was set is gone: another would give other amounts.
    """
    if given := os.environ.get(IN_FORCE):
        return NOTICES / given
    chosen = own_notices() / CHOICE
    for file in (chosen, NOTICES / CHOICE):
        try:
            name = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            continue
        places = [parent / name for parent in (own_notices(), NOTICES)]
        if name and (folder := next(filter(_is_notice, places), None)):
            return folder
        raise PolicyError(file, "现行通知", f"设定的通知“{name}”不在本机，请用 liangxian notice use 重新设定")
    raise PolicyError(NOTICES, "notices", "没有任何政策文件，请重新安装")


def use(notice: Installed) -> None:
    """Set the notice in force on this PC. Raises `OSError`."""
    file = own_notices() / CHOICE
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".tmp")
    fresh.write_text(f"{notice.folder.name}\n", encoding="utf-8")
    fresh.replace(file)
