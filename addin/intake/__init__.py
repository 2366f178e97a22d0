"""Opens a received file: checks whether it may be read, and gives its cells.

In: a path. Out: a `Book` of the wanted sheets' cells, or a `Refusal` with a fixed code. Everything that may be done
with a stranger's file is done here, in a child process (see `workers`): a regular file is read once into memory, its
type sniffed from its content, the zip's directory checked, every part inflated once with real byte counts and CRC, and
the sheets' XML taken apart (`scan`): which cells hold which content, and what readers pass over in silence or die of.
What a content means is asked once for each different one, numbers and plain texts of Python, all else (shared strings,
escapes, dates as text) of calamine, in a workbook of these contents alone. A department's list may be longer than a
roster, and may be a text (`delimited`).
"""

from addin.intake.grid import Distinct, Grid
from addin.intake.read import Book, Note, Sheet, load, read, read_bytes, read_list

__all__ = ["Book", "Distinct", "Grid", "Note", "Sheet", "load", "read", "read_bytes", "read_list"]
