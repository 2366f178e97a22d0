"""Resident identity numbers (GB 11643) in whole columns, and the masking of every ID and name that leaves a roster.

In: texts of IDs and of their types. Out: `Identities`, arrays of what the numbers say: a first fault of form, birth,
sex, the 18-digit form for comparing. The county code is not checked: elders' numbers carry codes (432902, 431102) of
counties that are gone, and a false alarm there would be worse than a miss.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from addin.columns import ID_TYPES

if TYPE_CHECKING:  # at work they are loaded by whoever reads IDs: masking a text must not wait for them
    import numpy as np
    import numpy.typing as npt

FINE, LENGTH, CHARACTERS, BIRTH, CHECK_DIGIT = range(5)
RESIDENT, HMT_PERMIT, FOREIGN_PERMIT, OTHER = ID_TYPES

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = b"10X98765432"
_EPOCH = date(1970, 1, 1).toordinal()
_FIRST_YEAR = 1900
_LONGEST_NAME = 8
_LONG_RUN = re.compile(r"\d(?:[ \t\u3000-]?\d){13,}[ \t\u3000-]?[\dXxＸｘ]?")


@dataclass(frozen=True)
class Identities:
    """What a column of IDs says; one element a person.

    fault: FINE or the first fault of form; fifteen: an old 15-digit number; born: ordinal of the birth date (0
    unknown); sex: 1 male, 2 female, 0 unknown; canonical: 18-digit form for comparing ('' when blank); judged: whether
    the type has this structure at all.
    """

    fault: npt.NDArray[np.uint8]
    fifteen: npt.NDArray[np.bool_]
    born: npt.NDArray[np.int32]
    sex: npt.NDArray[np.uint8]
    canonical: npt.NDArray[np.object_]
    judged: npt.NDArray[np.bool_]
    prefix: npt.NDArray[np.int32]


def keyed(texts: npt.NDArray[np.object_], secret: bytes, purpose: bytes) -> npt.NDArray[np.uint64]:
    """A keyed 64-bit hash (SipHash) of each text: equal texts, equal hashes; without the key nothing else to be had.

    `purpose` keeps the hashes of different columns apart: two of them make a hash of 128 bits.
    """
    import numpy as np
    import pandas as pd

    # pandas takes the key as a text of 16 bytes: 96 bits of it are ours
    key = base64.b64encode(hashlib.blake2b(purpose, key=secret, digest_size=12).digest()).decode()
    try:
        return np.asarray(pd.util.hash_array(texts, hash_key=key, categorize=False))
    except UnicodeEncodeError:  # half a character, from a workbook that is open
        whole = np.array([text.encode("utf-8", "replace").decode() for text in texts], dtype=object)
        return np.asarray(pd.util.hash_array(whole, hash_key=key, categorize=False))


def read(numbers: Sequence[str], types: Sequence[str]) -> Identities:
    """Read clean, upper-case ID texts; a blank type is 居民身份证.

    >>> found = read(["99000019900101001X", "990000900101001", "990000199013010012", ""], ["", "", "", ""])
    >>> found.fault.tolist(), found.fifteen.tolist(), found.sex.tolist()
    ([4, 0, 3, 0], [False, True, False, False], [1, 1, 1, 0])
    """
    import numpy as np

    count = len(numbers)
    raw = np.array([text.encode("ascii", "replace")[:20] for text in numbers], dtype="S20")
    letters = raw.view(np.uint8).reshape(count, 20)
    lengths = (letters != 0).sum(axis=1)
    kinds = np.asarray(types, dtype=object)
    present = lengths > 0
    judged = present & (kinds != OTHER)
    # the old foreign permit is three letters and twelve digits: nothing to compute there
    judged &= ~((kinds == FOREIGN_PERMIT) & (lengths == 15))
    resident = (kinds == "") | (kinds == RESIDENT)
    fifteen = judged & resident & (lengths == 15)
    digits = letters.astype(np.int64) - 48
    is_digit = (digits >= 0) & (digits <= 9)
    ok15 = fifteen & is_digit[:, :15].all(axis=1)
    full = judged & (lengths == 18)
    ok18 = full & is_digit[:, :17].all(axis=1) & (is_digit[:, 17] | (letters[:, 17] == ord("X")))
    # 15 digits become 18: century 19, then the check digit
    long = digits.copy()
    long[ok15, 6:8] = (1, 9)
    long[ok15, 8:17] = digits[ok15, 6:15]
    usable = ok15 | ok18
    safe = np.where(usable[:, None], long[:, :17], 0)
    expected = np.frombuffer(_CHECKS, dtype=np.uint8)[(safe @ np.array(_WEIGHTS)) % 11]
    born = np.zeros(count, dtype=np.int32)
    born[usable] = _ordinals(safe[usable])
    fault = np.zeros(count, dtype=np.uint8)
    fault[judged & ~fifteen & ~full] = LENGTH
    fault[(fifteen & ~ok15) | (full & ~ok18)] = CHARACTERS
    fault[ok18 & (expected != letters[:, 17])] = CHECK_DIGIT
    fault[usable & (born == 0)] = BIRTH
    sex = np.zeros(count, dtype=np.uint8)
    sex[usable] = 2 - safe[usable, 16] % 2
    canonical = np.asarray(numbers, dtype=object).copy()
    for index in np.flatnonzero(ok15):
        body = "".join(map(str, long[index, :17]))
        canonical[index] = body + chr(expected[index])
    prefix = (safe[:, :6] @ 10 ** np.arange(5, -1, -1)).astype(np.int32)
    return Identities(fault, fifteen, born, sex, canonical, judged, prefix)


def _ordinals(digits: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    """The birth dates' ordinals, 0 where there is no such day or it lies before 1900."""
    import numpy as np

    year = digits[:, 6:10] @ (1000, 100, 10, 1)
    month = digits[:, 10:12] @ (10, 1)
    day = digits[:, 12:14] @ (10, 1)
    possible = (year >= _FIRST_YEAR) & (month >= 1) & (month <= 12) & (day >= 1)
    months = np.where(possible, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (np.where(possible, day, 1) - 1)
    possible &= days.astype("datetime64[M]") == months
    return np.where(possible, days.astype(np.int64) + _EPOCH, 0).astype(np.int32)


def mask_text(text: str) -> str:
    """A text with every run of 15 or more digits masked, however it is spaced.

    >>> mask_text("证号99000019900101001X，电话07461234567")
    '证号990000********001X，电话07461234567'
    """
    return _LONG_RUN.sub(_mask_run, text) if len(text) >= 15 else text


def _mask_run(match: re.Match[str]) -> str:
    run = re.sub(r"[ \t\u3000-]", "", match[0])
    return f"{run[:6]}********{run[-4:]}" if len(run) >= 15 else match[0]


def mask_file_name(text: str) -> str:
    """As `mask_text`, for the name of a file that we make: Windows takes no star in it.

    >>> mask_file_name("990000199001010017桥头村")
    '990000＊＊＊＊＊＊＊＊0017桥头村'
    """
    return mask_text(text).replace("*", "＊")


def mask_id(text: str) -> str:
    """An ID for a list: long ones masked as in `mask_text`, shorter ones down to their ends.

    >>> mask_id("H12345678")
    'H1****78'
    """
    if len(text) >= 15:
        return f"{text[:6]}********{text[-4:]}"
    return f"{text[:2]}****{text[-2:]}" if len(text) > 5 else "****" if text else ""


def mask_name(name: str) -> str:
    """A name outside its unit's own files: the first character and a star.

    >>> mask_name("张小明"), mask_name("")
    ('张*', '')
    """
    return f"{name[0]}*" if name else ""


class Names:
    """People's names, to be masked wherever else they stand. One character alone is no name."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._sizes = sorted({*map(len, self._names)} & {*range(2, _LONGEST_NAME + 1)}, reverse=True)

    def hide(self, text: str) -> str:
        """A text in which every one of the names is masked: people get into the wrong columns, too.

        >>> Names({"张小明", "李四"}).hide("“与户主关系”填的是“张小明之子”")
        '“与户主关系”填的是“张*之子”'
        """
        names, at, since = self._names, 0, 0
        found: list[str] = []
        while at < len(text):
            for size in self._sizes:
                if text[at : at + size] in names:
                    found += text[since:at], mask_name(text[at : at + size])
                    at = since = at + size
                    break
            else:
                at += 1
        return "".join((*found, text[since:])) if found else text
