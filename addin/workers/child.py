"""The child's side: limits on itself, then one call after the other until the pipe ends."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import pickle
import signal
import sys
from pathlib import Path
from typing import IO

from addin.workers.pipe import FAULT, NO_MEMORY, READY, RESULT, receive, send

if sys.platform == "win32":
    import msvcrt
else:
    import resource

_ROOT = Path(__file__).resolve().parents[2]
_FAIL_CRITICAL_ERRORS, _NO_FAULT_BOX, _NO_OPEN_FILE_BOX = 0x0001, 0x0002, 0x8000


def serve() -> None:
    """Run a child: set limits, import, then serve calls until the pipe ends."""
    requests, answers = _take_pipes()
    memory, file_size, warm, parent = pickle.loads(receive(requests))  # noqa: S301 - from the parent
    limited = _limit(memory, file_size, parent)
    for name in warm:
        importlib.import_module(name)
    # a file is a million values without a cycle: looking for cycles among them takes longer than any check
    gc.freeze()
    gc.disable()
    send(answers, READY + (b"1" if limited else b"0"))
    while True:
        try:
            request = receive(requests)
        except EOFError:
            os._exit(0)
        send(answers, _answer(request))
        gc.collect()


def _answer(request: bytes) -> bytes:
    try:
        function, args = pickle.loads(request)  # noqa: S301 - from the parent
        module, _, name = function.partition(":")
        result = getattr(importlib.import_module(module), name)(*args)
        return RESULT + pickle.dumps(result, protocol=5)
    except MemoryError:
        return NO_MEMORY
    except BaseException as error:
        report = {"kind": type(error).__name__, "places": _places(error), "errno": _errno(error)}
        return FAULT + json.dumps(report).encode()


def _errno(error: BaseException) -> int | None:
    """The number of a system error, also of one that a library has wrapped (XlsxWriter does)."""
    inner = error.args[0] if error.args and isinstance(error.args[0], OSError) else error
    return inner.errno if isinstance(inner, OSError) else None


def _places(error: BaseException) -> list[str]:
    """File, line and function of each frame; never the message, the source line or a variable."""
    places = []
    at = error.__traceback__
    while at is not None:
        code = at.tb_frame.f_code
        with contextlib.suppress(ValueError):
            places.append(f"{_short(code.co_filename)}:{at.tb_lineno} {code.co_name}")
        at = at.tb_next
    return places[1:][-12:]


def _short(file: str) -> str:
    path = Path(file)
    return path.relative_to(_ROOT).as_posix() if path.is_relative_to(_ROOT) else path.name


def _take_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Move the pipes away from descriptors 0 and 1, so that no library reads or prints into them."""
    requests, answers = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    if sys.platform == "win32":
        for descriptor in (requests, answers):
            msvcrt.setmode(descriptor, os.O_BINARY)
    return os.fdopen(requests, "rb"), os.fdopen(answers, "wb")


def _limit(memory: int, file_size: int, parent: int) -> bool:
    """Put the limits on this process; says whether the memory limit is in force."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    if sys.platform == "win32":  # the parent holds a job around this process (`job`)
        # on a crash: no message box that waits for a click, and no dump, which would hold people's data
        ctypes.windll.kernel32.SetErrorMode(_FAIL_CRITICAL_ERRORS | _NO_FAULT_BOX | _NO_OPEN_FILE_BOX)
        return True
    else:  # noqa: RET505 - so that the type checker leaves it out for Windows
        if sys.platform == "linux":
            _die_with(parent)
        limited = True
        for what, wish in (
            (resource.RLIMIT_CORE, 0),  # a core dump would hold people's data
            (resource.RLIMIT_FSIZE, file_size),
            (resource.RLIMIT_AS, memory),
        ):
            try:
                _, hard = resource.getrlimit(what)
                most = wish if hard == resource.RLIM_INFINITY else min(wish, hard)
                resource.setrlimit(what, (most, most))
            except (ValueError, OSError):
                limited = limited and what != resource.RLIMIT_AS
        return limited


def _die_with(parent: int) -> None:
    """Have the kernel end this process when the parent is gone, even in the middle of a task."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, 9, 0, 0, 0)  # PR_SET_PDEATHSIG, SIGKILL
    if os.getppid() != parent:
        os._exit(0)
