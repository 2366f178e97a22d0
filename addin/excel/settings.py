"""The ticks beside 一键汇总 and the chosen folder of lists, stored by VBA's SaveSetting.

In: the user's registry. Out: plain values. Only VBA writes them, so that ticking a box starts no Python; a folder is
kept as the numbers of its characters, since SaveSetting knows those of the system's code page only.
"""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEY = r"Software\VB and VBA Program Settings\liangxian\district"
"""Below HKEY_CURRENT_USER: where SaveSetting "liangxian", "district" writes."""
_TICKED = "1"


@dataclass(frozen=True, slots=True)
class Settings:
    """Which papers a merge writes, and the folder of the departments' lists chosen before."""

    returns: bool = False
    ledger: bool = False
    progress: bool = False
    lists: Path | None = None


def read() -> Settings:
    """The settings of this user; nothing is ticked where there are none, as on any system but Windows."""
    values = _values()
    ticks = {name: values.get(name) == _TICKED for name in ("returns", "ledger", "progress")}
    return Settings(**ticks, lists=_folder(values.get("lists", "")))


def _folder(coded: str) -> Path | None:
    """The folder of a code, four hexadecimal digits a character; None where it is none.

    >>> str(_folder("0044003a005c540d5355")).replace("/", "")
    'D:\\\\名单'
    >>> _folder("004"), _folder("")
    (None, None)
    """
    try:
        text = bytes.fromhex(coded).decode("utf-16-be")
    except ValueError:
        return None
    return Path(text) if text else None


def _values() -> dict[str, str]:
    if sys.platform != "win32":
        return {}
    registry: Any = importlib.import_module("winreg")
    settings: dict[str, str] = {}
    try:
        with registry.OpenKey(registry.HKEY_CURRENT_USER, KEY) as key:
            for number in range(registry.QueryInfoKey(key)[1]):
                name, value, _ = registry.EnumValue(key, number)
                settings[name] = str(value)
    except OSError:  # nothing has ever been ticked
        pass
    return settings
