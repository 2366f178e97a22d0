"""A received file: may it be read, and what do its cells say.

In: a path. Out: a `Book` of the wanted sheets' cells, or a `Refusal` with a fixed code. Everything that may be done
with a stranger's file is done here, in a child process (see `workers`): a regular file is read once into memory, its
type sniffed from its content, the zip's directory checked, every part inflated once with real byte counts and CRC, and
the sheets' XML scanned for all that the reader, calamine, passes over in silence or dies of. What the reader then gets
is a package written anew from the verified parts and nothing else, so there is no second opinion about the file.
"""

from addin.intake.read import Book, Note, Sheet, load, read, read_bytes

__all__ = ["Book", "Note", "Sheet", "load", "read", "read_bytes"]
