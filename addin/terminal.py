"""Output to a terminal or pipe: the words of the command line, of drag and drop, of the self check."""

from __future__ import annotations

import io
import sys


def replace_what_cannot_be_shown() -> None:
    """Write "?" for characters outside the code page of the terminal or pipe: a file's name may have any."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
