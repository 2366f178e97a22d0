"""Faults of the program, noted for a technician: what kind of error and where in the code, never a value.

In: an exception. Out: a line in the user's own log file. The text of an exception is left out: most libraries quote the
cell that they stumbled over, and the cells are personal data (specification 9).
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from addin import __version__

_PACKAGE = Path(__file__).parent
_LOG = "错误记录.txt"
_MOST_BYTES = 200_000


def own_folder() -> Path:
    """The folder of this user's files: the log, the diagnosis, the last summary's path."""
    if local := os.environ.get("LOCALAPPDATA"):
        return Path(local) / "liangxian"
    state = os.environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "liangxian"


def places(error: BaseException) -> list[str]:
    """Our modules and lines in the error's traceback, the outermost first.

    >>> places(ValueError("never shown"))
    []
    """
    places_in_code, trace = [], error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.is_relative_to(_PACKAGE):
            places_in_code.append(f"{'.'.join(file.relative_to(_PACKAGE).with_suffix('').parts)}:{trace.tb_lineno}")
        trace = trace.tb_next
    return places_in_code


def where(error: BaseException) -> str:
    """The innermost place in our code, for the sentence that a clerk passes on."""
    return next(reversed(places(error)), "未知")


def note(action: str, error: BaseException) -> Path | None:
    """Add the error to the log; gives the file, or None where nothing could be written."""
    path = own_folder() / _LOG
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > _MOST_BYTES:
            path.replace(path.with_suffix(".old.txt"))
        with path.open("a", encoding="utf-8") as log:
            log.write(f"{datetime.now():%Y-%m-%d %H:%M:%S} {__version__} {action}：{_chain(error)}\n")
    except OSError:
        return None
    return path


def _chain(error: BaseException) -> str:
    parts: list[str] = []
    current: BaseException | None = error
    while current is not None and len(parts) < 5:
        # the system's error numbers are useful and contain no personal data
        numbers = [
            str(n) for n in (getattr(current, "errno", None), getattr(current, "hresult", None)) if type(n) is int
        ]
        parts.append(f"{' '.join([type(current).__name__, *numbers])} [{' '.join(places(current))}]")
        current = current.__cause__ or current.__context__
    return " <- ".join(parts)
