"""A column's cells as values; what does not fit its kind is a fault of that cell, never repaired in silence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from addin.columns import Column
from addin.policy import fold
from addin.roster.model import (
    BAD_AMOUNT,
    DATE_FOR_TEXT,
    ERROR,
    FINE,
    NOT_DATE,
    NOT_NUMBER,
    NUMBER_FOR_DATE,
    NUMERIC_ID,
    ODD_TEXT,
    UNCALCULATED,
    UNKNOWN,
    Ints,
    Mask,
    Roster,
    Words,
)

LONGEST_TEXT = 250
INVISIBLE = re.compile(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\x00-\x1f\x7f-\x9f]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_NOT_PLAIN_CODE = re.compile(r"[^0-9A-Z\x1e-]")
_CODE_LIKE = {"household", "id_number", "certificate", "medical_receipt", "pension_receipt"}


def objects(values: Sequence[Any]) -> npt.NDArray[np.object_]:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def not_blank(values: npt.NDArray[np.object_]) -> Mask:
    kinds = set(map(type, values))
    if kinds <= {str}:
        filled = values != ""
    else:
        filled = np.array([value is not None and value != "" for value in values], dtype=bool)
    if str in kinds:  # a cell of spaces is an empty cell
        for spaces in {value for value in set(values) if type(value) is str and value.isspace()}:
            filled &= values != spaces
    return np.asarray(filled, dtype=bool)


def take(column: Column, roster: Roster, faults: npt.NDArray[np.uint8]) -> int:
    """Read one column into the roster, marking faults; gives how many cells were normalised."""
    key, values = column.key, roster.raw[column.key]
    if column.kind == "number":
        if key != "seq":
            roster.money[key], roster.filled[key] = _numbers(values, faults)
        return 0
    if column.kind == "date":
        roster.days[key], roster.filled[key] = _dates(values, faults)
        return 0
    texts, normalised = _texts(key, values, faults)
    codes, vocabulary = pd.factorize(texts)
    roster.words[key] = Words(codes, np.asarray(vocabulary, dtype=object))
    if column.choices:
        _choose(column, roster.words[key], faults)
    blank = roster.words[key].among("")
    roster.filled[key] = ~blank | np.isin(faults, (ERROR, UNCALCULATED, NUMERIC_ID))
    return normalised


def _numbers(values: npt.NDArray[np.object_], faults: npt.NDArray[np.uint8]) -> tuple[Ints, Mask]:
    kinds = set(map(type, values))
    filled = not_blank(values) | (faults != FINE)
    if kinds <= {float, int}:
        numbers = values.astype(float)
    else:
        numbers = np.array([v if type(v) in (float, int) else np.nan for v in values], dtype=float)
        faults[filled & np.isnan(numbers) & (faults == FINE)] = NOT_NUMBER
    readable = filled & ~np.isnan(numbers)
    fen = np.where(readable, numbers, 0) * 100
    whole = np.rint(np.clip(fen, -1e15, 1e15))
    faults[readable & ((np.abs(fen - whole) > 1e-6 * np.maximum(1, np.abs(fen)) + 1e-4) | (fen < 0) | (fen > 1e9))] = (
        BAD_AMOUNT
    )
    whole[faults != FINE] = 0
    return whole.astype(np.int64), filled


def _dates(values: npt.NDArray[np.object_], faults: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.int32], Mask]:
    filled = not_blank(values) | (faults != FINE)
    days = np.zeros(len(values), dtype=np.int32)
    if len(values):
        days[:] = [v.toordinal() if isinstance(v, date) else 0 for v in values]
    for index in np.flatnonzero(filled & (days == 0) & (faults == FINE)):
        number = isinstance(values[index], (int, float, time, timedelta)) and not isinstance(values[index], bool)
        faults[index] = NUMBER_FOR_DATE if number else NOT_DATE
    return days, filled


def _texts(
    key: str, values: npt.NDArray[np.object_], faults: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.object_], int]:
    """The column as clean texts; numbers become their digits, an ID that is a number stays a fault."""
    kinds = set(map(type, values))
    if not kinds <= {str}:
        values = values.copy()
        for index, value in enumerate(values):
            if type(value) is str:
                continue
            if value is None:
                values[index] = ""
            elif isinstance(value, (int, float)) and not isinstance(value, bool):
                values[index] = f"{value:.15g}"
                if key == "id_number":
                    faults[index] = NUMERIC_ID
            elif isinstance(value, (date, time, timedelta)):
                values[index] = value.isoformat() if isinstance(value, (date, time)) else str(value)
                if faults[index] == FINE:
                    faults[index] = DATE_FOR_TEXT
            else:
                values[index] = str(value)
    joined = "\x1e".join(values)
    if key in _CODE_LIKE:
        plain = not _NOT_PLAIN_CODE.search(joined)
    elif key == "remark":
        plain = True
    else:
        plain = not INVISIBLE.search(joined.replace("\x1e", ""))
    normalised = 0
    if not plain:
        values = values.copy()
        for index, value in enumerate(values):
            clean = _clean(key, value, joined)
            if clean != value:
                values[index] = clean
                # lower-case x of an ID and padding are no news; only what the eye can't see is counted
                normalised += clean != value.strip().upper()
                if _CONTROL.search(value) and faults[index] == FINE:
                    faults[index] = ODD_TEXT
    if len(joined) > LONGEST_TEXT and key != "remark":
        long = np.fromiter(map(len, values), dtype=np.int64, count=len(values)) > LONGEST_TEXT
        faults[long & (faults == FINE)] = ODD_TEXT
    return values, normalised


def _clean(key: str, value: str, joined: str) -> str:
    if key in _CODE_LIKE:
        return INVISIBLE.sub("", unicodedata.normalize("NFKC", value)).upper()
    if key == "category":  # a space may stand between two statuses
        return INVISIBLE.sub(lambda found: " " if found[0].isspace() else "", value).strip()
    return INVISIBLE.sub("", value)


def _choose(column: Column, words: Words, faults: npt.NDArray[np.uint8]) -> None:
    """Turn a column's texts into the list's own; what is not in the list is a fault."""
    canonical = {fold(choice): choice for choice in column.choices}
    canonical |= {fold(alias): choice for alias, choice in column.folds}
    for code, text in enumerate(words.vocabulary):
        if text == "":
            continue
        choice = canonical.get(fold(text))
        if choice is None:
            faults[(words.codes == code) & (faults == FINE)] = UNKNOWN
        else:
            words.vocabulary[code] = choice
