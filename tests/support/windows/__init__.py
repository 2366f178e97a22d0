"""A real Windows for tests on Linux: python.org's CPython under Wine, with a Chinese code page.

`recipe` makes what all tests share (interpreter, wheels, a Wine prefix) and keeps it outside the project; `machine` is
one Windows PC of its own, copied from it, on which tests run programs.
"""

from tests.support.windows.machine import Machine
from tests.support.windows.recipe import Kit, Unavailable, kit

__all__ = ["Kit", "Machine", "Unavailable", "kit"]
