"""A hash of a book's entries: equal when another program saves the book, or it is sorted or annotated.

In: a roster as it was read. Out: a keyed hash of each row's input cells, and one of the book: its cover's entries that
decide anything and its rows in any order. 序号, computed columns, marks, formats and who filled the cover in say nothing.
Answers to specification 7.
"""

from __future__ import annotations

import hashlib
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from addin import ids
from addin.columns import INPUTS, Column
from addin.roster import FINE, Roster

Hashes = npt.NDArray[np.uint64]


def row_contents(roster: Roster, secret: bytes) -> Hashes:
    """A keyed hash of the input cells of each row, as they were understood: 250 and 250.00 are one amount."""
    hashes = np.zeros(len(roster), dtype=np.uint64)
    for column in INPUTS:
        if column.key != "seq":
            hashes += _cells(roster, column, secret)
    return hashes


def book_content(roster: Roster, rows: Hashes, secret: bytes) -> str:
    """A keyed hash of a book, from those of its rows; its part, which may be spelt in two ways, is compared apart."""
    cover = roster.cover
    entries = repr((cover.unit.name, cover.scope, cover.parts, cover.deadline.isoformat(), cover.serial))
    digest = hashlib.blake2b(entries.encode(), key=secret, digest_size=16)
    digest.update(np.sort(rows).tobytes())
    return digest.hexdigest()


def _cells(roster: Roster, column: Column, secret: bytes) -> Hashes:
    key, purpose = column.key, f"content {column.key}".encode()
    if column.kind == "text":
        words = roster.words[key]
        # line breaks are kept in several ways
        texts = words.vocabulary if key != "remark" else _texts([" ".join(text.split()) for text in words.vocabulary])
        hashes = ids.keyed(texts, secret, purpose)[words.codes]
    else:
        values, filled = roster.given(key)
        factor = hashlib.blake2b(purpose, key=secret, digest_size=8).digest()
        odd = np.uint64(int.from_bytes(factor, "little") | 1)
        hashes = (2 * values.astype(np.int64) + filled).astype(np.uint64) * odd
    faults = roster.faults.get(key)
    if faults is not None and faults.any():
        at = np.flatnonzero(faults != FINE)
        codes, shown = pd.factorize(_texts([_shown(value) for value in roster.raw[key][at]]))
        hashes[at] = ids.keyed(np.asarray(shown, dtype=object), secret, b"bad " + purpose)[codes]
        hashes[at] += faults[at].astype(np.uint64)
    return hashes


def _texts(texts: list[str]) -> npt.NDArray[np.object_]:
    return np.array(texts, dtype=object)


def _shown(value: object) -> str:
    """The text of a cell that could not be understood, the same for every program that writes it."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:.15g}"
    return value.isoformat() if isinstance(value, date) else " ".join(str(value).split())
