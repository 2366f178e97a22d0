"""Whether another process lives, on Linux and Windows."""

from __future__ import annotations

import ctypes
import os
import sys
import time

_QUERY, _STILL_ACTIVE = 0x1000, 259


def alive(process: int) -> bool:
    """Whether this process is running. (os.kill(process, 0) on Windows would end a console's programs.)"""
    if sys.platform == "win32":
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.OpenProcess.restype = ctypes.c_void_p
        handle = ctypes.c_void_p(kernel.OpenProcess(_QUERY, False, process))
        if not handle:
            return False
        code = ctypes.c_ulong()
        kernel.GetExitCodeProcess(handle, ctypes.byref(code))
        kernel.CloseHandle(handle)
        return code.value == _STILL_ACTIVE
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def ended(process: int, seconds: float = 60) -> bool:
    """Wait for the end of a process that this one has not started."""
    deadline = time.monotonic() + seconds
    while alive(process) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not alive(process)
