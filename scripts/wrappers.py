"""The VBA module of worksheet functions, made from the signatures of addin/functions.py.

One function each: arguments as plain values to Python, the answer back with real errors (both in LxCalls.bas). No
construct that only Excel knows, so that LibreOffice runs the same text in the tests.
"""

from __future__ import annotations

import inspect

from addin import functions

NAME = "LxFunctions"


def source() -> str:
    """The module's text, ASCII, LF."""
    lines = [
        f'Attribute VB_Name = "{NAME}"',
        "Option Explicit",
        "' Made by scripts/wrappers.py from addin/functions.py: do not edit.",
    ]
    for name in functions.NAMES:
        parameters = inspect.signature(getattr(functions, name)).parameters.values()
        declared = ", ".join(
            ("" if parameter.default is parameter.empty else "Optional ") + f"{parameter.name} As Variant"
            for parameter in parameters
        )
        given = ", ".join(f"Given({parameter.name})" for parameter in parameters)
        lines += [
            "",
            f"Public Function {name}({declared}) As Variant",
            f'    {name} = Answer("{name}", Array({given}))',
            "End Function",
        ]
    return "\n".join(lines) + "\n"
