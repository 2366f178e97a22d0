"""Windows' command interpreter for tests: the .cmd files run in Wine, in a prefix of their own, as on a Chinese PC.

The stand-in for python.exe is pip's own launcher for 64-bit Windows (it runs what its appended line names and hands on
words and exit code), so that the .cmd files start a real Windows program. What Wine 8 does not have is said where it
matters: no console without a display (chcp fails), tasklist prints nothing, %CMDCMDLINE% is empty.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pip._vendor.distlib

LAUNCHER = Path(pip._vendor.distlib.__file__).parent / "t64.exe"


class Wine:
    """A Windows of its own: `folder` holds the prefix and the locale."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.drive = folder, folder / "prefix" / "drive_c"
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "WINE"))
        } | {
            "WINEPREFIX": str(folder / "prefix"),
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml,winemenubuilder.exe=;tasklist.exe=n,b",
            "LOCPATH": str(folder / "locale"),
            "LC_ALL": "zh_CN.UTF-8",
        }
        # the code pages of a Chinese Windows (936) follow from the locale, which need not be installed for that
        (folder / "locale").mkdir(parents=True)
        locale = folder / "locale" / "zh_CN.UTF-8"
        subprocess.run(["localedef", "-i", "zh_CN", "-f", "UTF-8", str(locale)], check=True, capture_output=True)
        # one server for all calls, or each would boot Windows anew
        (folder / "prefix").mkdir()
        subprocess.run(["wineserver", "-p"], env=self.environment, check=True)
        self._wine("wineboot", "-i", timeout=300)

    def close(self) -> None:
        """End what runs in this prefix and remove it (some 700 MB)."""
        subprocess.run(["wineserver", "-k"], env=self.environment, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _wine(self, *words: str, timeout: float = 120) -> tuple[int, str]:
        # to a file: the services that Wine starts keep a pipe open for as long as they live
        with tempfile.TemporaryFile() as printed:
            code = subprocess.run(
                ["wine", *words],
                env=self.environment, stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT,
                timeout=timeout, check=False,
            ).returncode  # fmt: skip
            printed.seek(0)
            return code, printed.read().decode("gbk", errors="replace").replace("\r\n", "\n")

    def cmd(self, *lines: str, variables: Mapping[str, str] = {}) -> tuple[int, str]:
        """Run lines of a batch file: exit code and what was printed. The variables may hold any character."""
        script = self.drive / "drive.cmd"
        text = ["@echo off", *(f'set "{name}={value}"' for name, value in variables.items()), *lines]
        script.write_bytes("\r\n".join([*text, ""]).encode("gbk"))
        return self._wine("cmd", "/c", r"C:\drive.cmd")

    def unix(self, path: str) -> Path:
        """Where a path on C: lies."""
        assert path.startswith("C:\\")
        return self.drive / path[3:].replace("\\", "/")

    def registry(self) -> list[str]:
        """All of the user's registry, as `reg export` writes it."""
        target = self.drive / "registry.txt"
        code, said = self._wine("reg", "export", "HKCU", r"C:\registry.txt", "/y")
        assert code == 0, said
        return target.read_text(encoding="utf-16").splitlines()


def stand_in(script: str) -> bytes:
    """A Windows program that runs the batch file of this path with its own name and words, and ends as that ends."""
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("__main__.py", "")
    line = f"#!C:\\windows\\system32\\cmd.exe /c {script}\n"
    return LAUNCHER.read_bytes() + line.encode("ascii") + empty.getvalue()
