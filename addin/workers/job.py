"""Windows' limits on a child, held by its parent: a job object.

In: a child's process number and the memory it may use. Out: a job that ends the child when the parent is gone, however
the parent ended, and that keeps to one process and so much memory. Some systems take the limits and do not keep them:
they are read back, and `limited` says what is true.
"""

from __future__ import annotations

import ctypes
from typing import Any

_PROCESS_MEMORY, _ACTIVE_PROCESSES, _DIE_ON_EXCEPTION, _KILL_ON_CLOSE = 0x100, 0x8, 0x400, 0x2000
_EXTENDED = 9
"""JobObjectExtendedLimitInformation."""
_SET_QUOTA_AND_TERMINATE = 0x0100 | 0x0001


class _Basic(ctypes.Structure):
    _fields_ = (
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", ctypes.c_uint32),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", ctypes.c_uint32),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", ctypes.c_uint32),
        ("SchedulingClass", ctypes.c_uint32),
    )


class _Extended(ctypes.Structure):
    _fields_ = (
        ("Basic", _Basic),
        ("IoInfo", ctypes.c_uint64 * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    )


class Job:
    """The job around one child. Where the system refuses one, nothing is raised: `limited` is False."""

    def __init__(self, process: int, memory: int, kernel: Any = None) -> None:
        self._kernel = kernel or _kernel()
        self._handle = self._kernel.CreateJobObjectW(None, None)
        limits, added = self._set_limits(memory), self._add(process)
        self.limited = limits and added

    def _set_limits(self, memory: int) -> bool:
        """Set the limits; whether the system says afterwards that it has them."""
        if not self._handle:
            return False
        wanted, kept = _Extended(), _Extended()
        # a process that dies of an exception does so without Windows' box and dump, which would hold people's data
        wanted.Basic.LimitFlags = _PROCESS_MEMORY | _ACTIVE_PROCESSES | _DIE_ON_EXCEPTION | _KILL_ON_CLOSE
        wanted.Basic.ActiveProcessLimit = 1
        wanted.ProcessMemoryLimit = memory
        size = ctypes.sizeof(_Extended)
        done = self._kernel.SetInformationJobObject(self._handle, _EXTENDED, ctypes.byref(wanted), size)
        asked = self._kernel.QueryInformationJobObject(self._handle, _EXTENDED, ctypes.byref(kept), size, None)
        in_force = bool(kept.Basic.LimitFlags & _PROCESS_MEMORY) and kept.ProcessMemoryLimit == memory
        return bool(done and asked and in_force)

    def _add(self, process: int) -> bool:
        if not self._handle:
            return False
        child = self._kernel.OpenProcess(_SET_QUOTA_AND_TERMINATE, False, process)
        if not child:
            return False
        try:
            return bool(self._kernel.AssignProcessToJobObject(self._handle, child))
        finally:
            self._kernel.CloseHandle(child)

    def close(self) -> None:
        """Let the job go, and with it whatever still runs in it."""
        if self._handle:
            self._kernel.CloseHandle(self._handle)
            self._handle = None


def _kernel() -> Any:
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined,unused-ignore]
    handle = ctypes.c_void_p
    for name in ("CreateJobObjectW", "OpenProcess"):
        getattr(kernel, name).restype = handle
    kernel.SetInformationJobObject.argtypes = (handle, ctypes.c_int, handle, ctypes.c_uint32)
    kernel.QueryInformationJobObject.argtypes = (handle, ctypes.c_int, handle, ctypes.c_uint32, handle)
    kernel.AssignProcessToJobObject.argtypes = (handle, handle)
    kernel.CloseHandle.argtypes = (handle,)
    return kernel
