"""One Windows PC under Wine: its own drive C:, its own registry, its own programs.

In: the kit. Out: programs run as on a Chinese Windows 10. What Wine 8 does not have is said where it matters: no
console (chcp fails), tasklist prints nothing, %CMDCMDLINE% is empty, job limits are accepted and ignored.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path, PureWindowsPath
from typing import IO, NamedTuple

from tests.support.windows.recipe import ROOT, Kit, Unavailable, environment, quietly

PATIENCE = (180, 600)
"""Seconds for Windows to come up, the first time and the second."""


class Ended(NamedTuple):
    """How a program ended, and what it printed."""

    code: int
    text: str


class Machine:
    """A PC of the user root; `folder` is its disk and is removed in the end."""

    def __init__(self, kit: Kit, folder: Path) -> None:
        self.kit, self.folder = kit, folder
        self.drive = folder / "drive_c"
        shutil.copytree(kit.prefix, folder, symlinks=True, copy_function=self._link_or_copy)
        self._install_font()
        self.environment = environment(kit, folder)
        self._desktop: subprocess.Popen[bytes] | None = None
        for patience in PATIENCE:
            if self._start(patience):
                return
            self._end()
        raise Unavailable(f"Windows did not come up twice, within {' and '.join(map(str, PATIENCE))} s")

    def _link_or_copy(self, source: str, target: str) -> None:
        """Files of Windows itself are never written to: a link will do."""
        if "/drive_c/windows/" in source:
            try:
                os.link(source, target)
                return
            except OSError:
                pass  # another file system
        shutil.copy2(source, target)

    def _install_font(self) -> None:
        """A Chinese Windows always has a font for Chinese; here it is this machine's."""
        process = subprocess.run(
            ["fc-match", "-f", "%{file}", "Noto Sans CJK SC"], check=True, capture_output=True, encoding="utf-8"
        )
        font, fonts = Path(process.stdout), self.drive / "windows/Fonts"
        fonts.mkdir(exist_ok=True)
        (fonts / font.name).symlink_to(font)

    def _start(self, patience: float) -> bool:
        """Start server and desktop: without them each call boots Windows, and each window waits 11 s."""
        try:
            quietly(self.environment, "wineserver", "-p", seconds=patience)
            self._desktop = subprocess.Popen(
                ["wine", "explorer.exe", "/desktop"],
                env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            quietly(self.environment, "wine", "net", "start", "rpcss", seconds=patience)
            return self.run("cmd", "/c", "exit 7", seconds=patience).code == 7
        except subprocess.TimeoutExpired:
            return False

    def _end(self) -> None:
        subprocess.run(["wineserver", "-k"], env=self.environment, check=False)
        subprocess.run(["wineserver", "-w"], env=self.environment, check=False, timeout=60)
        if self._desktop is not None:
            self._desktop.kill()
            self._desktop.wait()

    def close(self) -> None:
        """End everything that runs there and remove the disk."""
        self._end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(
        self, *words: str | Path, variables: Mapping[str, str] = {}, folder: Path | None = None, seconds: float = 600,
        encoding: str = "gbk",
    ) -> Ended:  # fmt: skip
        """Run a program to its end; once more where Wine did not start it. Raises `subprocess.TimeoutExpired`.

        Standard handles are pipes, for Wine 8 can't say what a regular file of Linux is. A service that the program
        started may keep the pipe open: nobody waits for its end.
        """
        given = variables, folder, seconds, encoding
        start = time.monotonic()
        ended = self._run(words, *given)
        # a busy Wine sometimes gives up before the program has begun: at once, without a word
        silent = ended == Ended(1, "") and time.monotonic() - start < 1
        return self._run(words, *given) if silent else ended

    def _run(
        self,
        words: tuple[str | Path, ...],
        variables: Mapping[str, str],
        folder: Path | None,
        seconds: float,
        encoding: str,
    ) -> Ended:
        process = subprocess.Popen(
            ["wine", *map(str, words)],
            env=self.environment | variables, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert process.stdin is not None and process.stdout is not None
        process.stdin.close()
        printed = bytearray()
        reader = threading.Thread(target=_read, args=(process.stdout, printed), daemon=True)
        reader.start()
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            process.kill()
            process.wait()
            error.output = printed.decode(encoding, errors="replace")
            raise
        finally:
            reader.join(5)
        return Ended(code, printed.decode(encoding, errors="replace").replace("\r\n", "\n"))

    def python(self, *words: str, variables: Mapping[str, str] = {}, **given: float) -> Ended:
        """Run the kit's interpreter with the project on its path, as if it were developed there."""
        around = {"PYTHONPATH": self.windows(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **variables}
        return self.run(self.kit.python / "python.exe", *words, variables=around, folder=ROOT, **given)  # type: ignore[arg-type]

    def cmd(self, *lines: str, variables: Mapping[str, str] = {}, **given: float) -> Ended:
        """Run lines of a batch file. The variables may hold any character of the code page."""
        script = self.drive / "drive.cmd"
        text = ["@echo off", *(f'set "{name}={value}"' for name, value in variables.items()), *lines]
        script.write_bytes("\r\n".join([*text, ""]).encode("gbk"))
        return self.run("cmd", "/c", r"C:\drive.cmd", **given)  # type: ignore[arg-type]

    def unix(self, path: str) -> Path:
        """Where a path of this PC lies."""
        drive, rest = path[:3], path[3:].replace("\\", "/")
        assert drive in ("C:\\", "Z:\\"), path
        return (self.drive if drive == "C:\\" else Path("/")) / rest

    def windows(self, path: Path) -> str:
        """What a file of Linux is called on this PC."""
        if path.is_relative_to(self.drive):
            return str(PureWindowsPath("C:\\", path.relative_to(self.drive)))
        return "Z:" + str(path.absolute()).replace("/", "\\")

    def registry(self) -> list[str]:
        """All of the user's registry, as `reg export` writes it."""
        target = self.drive / "registry.txt"
        code, output = self.run("reg", "export", "HKCU", r"C:\registry.txt", "/y")
        assert code == 0, output
        return target.read_text(encoding="utf-16").splitlines()


def _read(pipe: IO[bytes], into: bytearray) -> None:
    with pipe:
        while part := os.read(pipe.fileno(), 65536):
            into += part
