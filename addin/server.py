"""The COM object that VBA holds: the worksheet functions and the ribbon's buttons, and nothing else.

    pythonw -I -B -m addin.server CLSID

In: the class identifier under which xlwings' DLL, which starts this, waits for the object. Out: `CallUDF` and `Run`.
The object that xlwings itself would serve runs any text as code; this one runs what is named in `addin.functions` and
`addin.macros`.
"""

from __future__ import annotations

import functools
import gc
import os
import sys
from collections.abc import Sequence
from typing import Any


class Server:
    """What VBA calls; `xlwings` is the object that xlwings would serve."""

    _public_methods_ = ("CallUDF", "Run")

    def __init__(self, xlwings: Any) -> None:
        self._xlwings = xlwings

    def CallUDF(self, module: str, name: str, arguments: Sequence[Any]) -> Any:  # noqa: N802 (COM's name)
        """A worksheet function's answer to plain values. Raises `LookupError` for a name that is no function."""
        from addin import functions  # noqa: PLC0415 (loads much, and Excel waits while this module is loaded)

        if module != functions.__name__ or name not in functions.NAMES:
            raise LookupError(name)
        return self._xlwings.CallUDF(module, name, arguments)

    def Run(self, action: str, application: Any) -> None:  # noqa: N802
        """Do what a button does, in the Excel that VBA hands over. Raises `LookupError` for another name."""
        from addin import macros  # noqa: PLC0415
        from addin.excel.buttons import Button  # noqa: PLC0415

        button = getattr(macros, action, None)
        if not isinstance(button, Button):
            raise LookupError(action)
        try:
            button(application)
        finally:
            # whatever still referred to a cell or a workbook would keep Excel alive after it was closed
            del application
            gc.collect()


def main(clsid: str) -> None:
    """Serve until Excel lets the object go."""
    os.chdir(sys.prefix)  # neither hold the folder of a workbook nor look for anything there
    from addin import bridge  # noqa: PLC0415

    com_server = bridge.com_server()
    com_server.XLPython = functools.partial(Server, com_server.XLPython())
    com_server.serve(clsid)


if __name__ == "__main__":
    main(sys.argv[1])
