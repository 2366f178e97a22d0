"""Files that another program holds open, in every share mode, on python.org's CPython for Windows (under Wine)."""

from __future__ import annotations

import json

import pytest

from tests.support.windows import Machine

pytestmark = [pytest.mark.slow, pytest.mark.windows]

SCRIPT = """
import ctypes, json, sys
from ctypes import wintypes
from pathlib import Path
from addin.output import saving

kernel = ctypes.WinDLL("kernel32", use_last_error=True)
kernel.CreateFileW.restype = wintypes.HANDLE
kernel.CreateFileW.argtypes = (wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, ctypes.c_void_p, wintypes.DWORD, wintypes.DWORD,
                               wintypes.HANDLE)
kernel.CloseHandle.argtypes = (wintypes.HANDLE,)
READ, WRITE = 0x80000000, 0x40000000
told = {}

def put(target, text):
    try:
        saving.replace(target, lambda path: path.write_text(text), verify=lambda path: None)
    except saving.SavingError as error:
        return type(error).__name__ + " " + str(error)
    return "saved"

def state(folder):
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}

for name in ("a.xlsx", "a.bak1.xlsx", "a.bak2.xlsx", "a.bak3.xlsx"):
    for access, share in ((READ | WRITE, 1), (READ | WRITE, 0), (READ, 1), (READ, 3)):
        folder = Path("C:/held") / f"{name} {access:x} {share}"
        folder.mkdir(parents=True)
        target = folder / "a.xlsx"
        for n in range(4):
            put(target, str(n))
        before = state(folder)
        held = kernel.CreateFileW(str(folder / name), access, share, None, 3, 0x80, None)
        said = put(target, "new")
        kernel.CloseHandle(held)
        told[folder.name] = [said, state(folder) == before, put(target, "new"), (folder / "a.xlsx").read_text()]
print(json.dumps(told))
"""


def test_what_is_held_is_named_and_nothing_moves(machine: Machine) -> None:
    code, text = machine.python("-c", SCRIPT)
    assert code == 0, text
    data = json.loads(text.strip().splitlines()[-1])
    assert len(data) == 16
    for name, (said, unchanged, after, now) in data.items():
        assert said.startswith(f"TargetBusy “{name.split()[0]}”"), (name, said)
        assert (unchanged, after, now) == (True, "saved", "new"), name
