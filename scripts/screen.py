"""Takes pictures of workbooks in LibreOffice on an invisible screen.

`with Screen(1366, 768, folder) as screen: screen.show(path, "花名册"); screen.save(target)`. Needs Xvfb and LibreOffice
with python3-uno. The framebuffer is read from Xvfb's own file (XWD), so no further program takes the picture.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]  # run as a script, only its own folder is on the path

from tests.support.office import Office  # noqa: E402

_BARS = ("menubar/menubar", "toolbar/standardbar", "toolbar/formatobjectbar", "statusbar/statusbar")
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include>/etc/fonts/fonts.conf</include>
  <alias binding="same"><family>Calibri</family><prefer><family>Carlito</family><family>Nimbus Sans Narrow</family></prefer></alias>
  <alias binding="same"><family>等线</family><prefer><family>Noto Sans CJK SC</family></prefer></alias>
</fontconfig>
"""
"""The fonts of the workbooks are not free: 等线 becomes one that is as wide, and Calibri, of whose numerals a column's
width is reckoned and in which nothing is written, one whose numerals have 7 pixels, too."""
TRIES = 3
"""A first start with a new profile sometimes ends at once."""
STILL_SECONDS = 1.0
"""How long the screen must not change before it counts as drawn."""


class Screen:
    """A window of LibreOffice over the whole of an unseen screen of `width` x `height`; `folder` is a temporary one."""

    def __init__(self, width: int, height: int, folder: Path) -> None:
        if shutil.which("Xvfb") is None:
            sys.exit("Xvfb is not installed: pictures of a screen need it (Debian: xvfb).")
        self.width, self.height = width, height
        self._buffer = folder / "Xvfb_screen0"
        reading, writing = os.pipe()
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{width}x{height}x24", "-fbdir", str(folder), "-nolisten", "tcp", "-nocursor"]  # fmt: skip
        self._server = subprocess.Popen(
            command, pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(writing)
        with os.fdopen(reading) as log:
            display = log.readline().strip()
        if not display:
            raise RuntimeError("Xvfb did not start")
        fonts = folder / "fonts.conf"
        fonts.write_text(_FONTS, encoding="utf-8")
        for left in reversed(range(TRIES)):
            try:
                self._office = Office("soffice", folder, DISPLAY=f":{display}", FONTCONFIG_FILE=str(fonts))
                break
            except RuntimeError:
                if not left:
                    raise
        self._document: Any = None

    def __enter__(self) -> Screen:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        self._office.__exit__(kind, error, trace)
        self._server.terminate()
        self._server.wait(20)

    def close(self) -> None:
        """Close the workbook that is shown."""
        if self._document is not None:
            self._document.close(True)
            self._document = None

    def sheets(self) -> list[str]:
        """The names of the visible sheets of the workbook that is shown."""
        return [sheet.Name for sheet in self._document.Sheets if sheet.IsVisible]

    def show(self, path: Path, sheet: str = "", cell: str = "", zoom: int = 0) -> None:
        """Open a workbook (or go on in the one that is open), go to a sheet and a cell, and wait until it is drawn.

        Without a sheet it stays on the one with which the workbook opens. `zoom` in per cent; 0 leaves it as the sheet
        has it.
        """
        url = path.resolve().as_uri()
        if self._document is None or url != self._document.URL:
            self.close()
            self._document = self._office.load(path, hidden=False)
            controller = self._document.CurrentController
            manager = controller.Frame.LayoutManager
            for name in _BARS:
                manager.hideElement(f"private:resource/{name}")
            controller.Sidebar.setVisible(False)
            controller.ShowPageBreaks = False
            controller.Frame.ContainerWindow.setPosSize(0, 0, self.width, self.height, 15)
        controller = self._document.CurrentController
        if sheet:
            controller.setActiveSheet(self._document.Sheets.getByName(sheet))
        if zoom:
            controller.ZoomType, controller.ZoomValue = 3, zoom
        if cell:
            controller.select(controller.ActiveSheet.getCellRangeByName(cell))
        self._wait()

    def _wait(self) -> None:
        last, since = b"", time.monotonic()
        deadline = since + 60
        while time.monotonic() < deadline and time.monotonic() - since < STILL_SECONDS:
            now = self._buffer.read_bytes()
            # the cell cursor and the caret blink: a few pixels do not count
            if sum(a != b for a, b in zip(now[::97], last[::97], strict=False)) > 20 or not last:
                since = time.monotonic()
            last = now
            time.sleep(0.2)

    def save(self, target: Path, height: int = 0) -> None:
        """Write what the screen shows as PNG, down to `height` pixels (0: all)."""
        data = self._buffer.read_bytes()
        header = struct.unpack(">25I", data[:100])
        start, colours, line = header[0], header[19], header[12]
        rows, first = height or self.height, start + colours * 12
        lines = []
        for row in range(rows):
            pixels = data[first + row * line : first + row * line + self.width * 4]
            rgb = bytearray(self.width * 3)
            rgb[0::3], rgb[1::3], rgb[2::3] = pixels[2::4], pixels[1::4], pixels[0::4]
            lines.append(bytes(rgb))
        # few colours are shown: a palette makes the file a third as large
        picture = Image.frombytes("RGB", (self.width, rows), b"".join(lines))
        picture.quantize(128, dither=Image.Dither.NONE).save(target, optimize=True)


def main(words: list[str]) -> None:
    """Every visible sheet of a workbook on a screen: python scripts/screen.py WORKBOOK FOLDER [WIDTH HEIGHT]."""
    import tempfile  # noqa: PLC0415

    path, target = Path(words[0]), Path(words[1])
    if not path.is_file():
        sys.exit(f"There is no workbook {path}.")
    width, height = (int(words[2]), int(words[3])) if len(words) > 3 else (1366, 768)
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, Screen(width, height, Path(name)) as screen:
        screen.show(path)
        for sheet in screen.sheets():
            screen.show(path, sheet)
            screen.save(target / f"{path.stem}_{sheet}_{width}.png")


if __name__ == "__main__":
    main(sys.argv[1:])
