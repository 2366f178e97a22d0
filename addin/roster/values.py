"""A column's cells as values; one that does not fit the column's kind is a fault, never repaired silently."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, time, timedelta
from functools import cache
from typing import TypeGuard, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from addin.columns import BY_KEY, INPUTS, Column
from addin.intake import Distinct
from addin.policy import fold
from addin.roster.model import (
    BAD_AMOUNT,
    DATE_FOR_TEXT,
    ERROR,
    FINE,
    KINDS,
    LOST_DIGITS,
    NOT_DATE,
    NOT_NUMBER,
    NUMBER_AS_TEXT,
    NUMBER_FOR_DATE,
    ODD_TEXT,
    UNCALCULATED,
    UNKNOWN,
    Ints,
    Mask,
    Roster,
    Words,
    where,
)

LONGEST_TEXT = 250
FREE_TEXT = {"remark", "confirmation"}
"""Columns where anything may be written: read as it is."""
_CUT = 1000
"""Characters of a text that rules look at: with blanks and the like among them it may still be a whole one."""
INVISIBLE = re.compile(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\x00-\x1f\x7f-\x9f]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_NOT_PLAIN_CODE = re.compile(r"[^0-9A-Z-]")
_AS_TEXT = {column.key for column in INPUTS if column.as_text}
_RECEIPTS = {"medical_receipt", "pension_receipt"}
_NUMERAL = re.compile(r"[0-9A-Z零〇一二三四五六七八九十]")
_PLAIN_NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?")
SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]{2}")
_PICTURE = re.compile(r"=\s*(?:_XLFN\.)?DISPIMG\(", re.IGNORECASE)
"""A picture that WPS keeps in a cell."""
LOST_FROM = 1e15
"""The first number of more than fifteen digits: Excel has put zeros for the rest."""

_DASHES = re.compile(r"[/\\|\-‐-―−_]+")
_NONE = {"无", "没有", "暂无", "不适用", "n/a", "null"}
_NOT_APPLICABLE: dict[str, set[str]] = {
    **{
        key: set()
        for key in ("village", "group", "household", "name", "id_number", "relation", "register", "medical_status")
    },
    **dict.fromkeys(("household_type", "id_type", "schooling", "pension_status", "entered"), _NONE),
    **dict.fromkeys(
        ("registered", "residence_proof", "category", "certificate", "medical_reason", "medical_proof", "medical_paid",
         "medical_date", "medical_receipt", "tier", "pension_paid", "pension_date", "pension_receipt", "confirmation",
         "special_case", "special_date"),
        _NONE | {"否", "0"},
    ),
}  # fmt: skip
"""By column the words that mean "not applicable"; a dash or a slash means it everywhere."""
_NO_ZERO = {"registered", "tier", "medical_date", "pension_date", "special_date", "category"}
"""Columns in which the number 0 means it too."""
_LONGEST_NONE = 8

_JUDGED = {"id_number", "category"}
"""Texts that rules which block judge as they are: a milder fault of form must not keep them from it."""


def take(column: Column, roster: Roster, cells: Distinct, faults: npt.NDArray[np.uint8]) -> int:
    """Read one column into the roster, marking faults; gives how many cells were normalised."""
    key = column.key
    cells = without_placeholders(key, cells)
    if column.kind == "number":
        roster.money[key], roster.filled[key] = _numbers(cells, faults)
        return 0
    if column.kind == "date":
        roster.days[key], roster.filled[key] = _dates(cells, faults)
        return 0
    roster.words[key], normalised = _texts(key, cells, faults)
    if column.choices:
        _choose(column, roster.words[key], faults)
    words = roster.words[key]
    filled = np.array([text != "" for text in words.vocabulary], dtype=bool)
    if key in _RECEIPTS:  # 微信缴费, 同上, 待开 are no number of a receipt
        filled = np.array([bool(_NUMERAL.search(text)) for text in words.vocabulary], dtype=bool)
    roster.filled[key] = filled[words.codes] | where(KINDS, (ERROR, UNCALCULATED, LOST_DIGITS))[faults]
    if key == "id_number":
        roster.numeric = cells.where(_is_number) & (faults != LOST_DIGITS)
    return normalised


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def without_placeholders(key: str, cells: Distinct) -> Distinct:
    """The column with nothing where a dash, 无 or the like stands for "not applicable"."""
    words = _NOT_APPLICABLE.get(key)
    if words is None:
        return cells
    meaningless = [
        n
        for n, value in enumerate(cells.values)
        if (type(value) is str and 0 < len(value) <= _LONGEST_NONE and _means_nothing(value, words))
        or (key in _NO_ZERO and (value == time(0) or (_is_number(value) and value == 0)))
    ]
    if not meaningless:
        return cells
    values = list(cells.values)
    for n in meaningless:
        values[n] = ""
    return Distinct(cells.codes, values)


def _means_nothing(text: str, words: set[str]) -> bool:
    if text.isalnum() and (not words or text.casefold() not in words):  # most texts
        return False
    folded = fold(text)
    return folded in words or bool(_DASHES.fullmatch(folded))


def _mark(faults: npt.NDArray[np.uint8], cells: Distinct, kinds: npt.NDArray[np.uint8]) -> None:
    """Give each cell the fault of its value, where it has none yet."""
    if kinds.any():
        faults[:] = np.where(faults == FINE, kinds[cells.codes], faults)


def _numbers(cells: Distinct, faults: npt.NDArray[np.uint8]) -> tuple[Ints, Mask]:
    filled = cells.filled() | (faults != FINE)
    numbers = np.array([v if type(v) in (float, int) else np.nan for v in cells.values], dtype=float)
    readable = ~np.isnan(numbers)
    fen = np.clip(np.where(readable, numbers, 0), -1e13, 1e13) * 100
    whole = np.rint(fen)
    kinds = np.zeros(len(numbers), dtype=np.uint8)
    kinds[(np.abs(fen - whole) > 1e-6 * np.maximum(1, np.abs(fen)) + 1e-4) | (fen < 0) | (fen > 1e9)] = BAD_AMOUNT
    kinds[~readable] = NOT_NUMBER
    texts = [n for n, value in enumerate(cells.values) if type(value) is str and _is_plain_number(value)]
    kinds[texts] = NUMBER_AS_TEXT
    kinds[[value == "" or (type(value) is str and value.isspace()) for value in cells.values]] = FINE
    _mark(faults, cells, kinds)
    amounts = whole.astype(np.int64)[cells.codes]
    amounts[faults != FINE] = 0
    return amounts, filled


def _is_plain_number(text: str) -> bool:
    return bool(_PLAIN_NUMBER.fullmatch(fold(text)))


def _dates(cells: Distinct, faults: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.int32], Mask]:
    filled = cells.filled()
    days = np.array([v.toordinal() if isinstance(v, date) else 0 for v in cells.values], dtype=np.int32)
    kinds = np.array([_date_fault(value) for value in cells.values], dtype=np.uint8)
    _mark(faults, cells, kinds)
    return days[cells.codes], filled | (faults != FINE)


def _date_fault(value: object) -> int:
    if isinstance(value, date) or value == "" or (isinstance(value, str) and value.isspace()):
        return FINE
    number = isinstance(value, (int, float, time, timedelta)) and not isinstance(value, bool)
    return NUMBER_FOR_DATE if number else NOT_DATE


def _texts(key: str, cells: Distinct, faults: npt.NDArray[np.uint8]) -> tuple[Words, int]:
    """The column as clean texts; numbers become their digits, an ID that is a number stays a fault."""
    kinds = np.zeros(len(cells.values), dtype=np.uint8)
    texts = cast("list[str]", cells.values)
    if not set(map(type, texts)) <= {str}:
        texts = [value if type(value) is str else _as_text(value) for value in texts]
        kinds[:] = [FINE if type(value) is str else _text_fault(key, value) for value in cells.values]
    endless = [code for code, text in enumerate(texts) if len(text) > _CUT]
    if endless:
        texts = [text[:_CUT] for text in texts]
    joined = "".join(texts)
    not_plain = _NOT_PLAIN_CODE if key in _AS_TEXT else INVISIBLE
    normalised = 0
    if key not in FREE_TEXT and not_plain.search(joined):
        clean = [clean_text(key, text) if not_plain.search(text) else text for text in texts]
        changed = [code for code, text in enumerate(texts) if clean[code] != text]
        normalised = cells.count(code for code in changed if clean[code] and _is_news(key, texts[code], clean[code]))
        odd = [code for code in changed if _CONTROL.search(texts[code]) and kinds[code] == FINE]
        kinds[odd] = ODD_TEXT
        texts = clean
    elif key in FREE_TEXT and any(text and not INVISIBLE.sub("", text[:_CUT]) for text in texts):
        texts = [text if INVISIBLE.sub("", text) else "" for text in texts]  # a blank is no value
    kinds[[code for code in endless if kinds[code] == FINE and key not in FREE_TEXT]] = ODD_TEXT
    if len(joined) > LONGEST_TEXT and key not in FREE_TEXT:
        long = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)) > LONGEST_TEXT
        kinds[long & (kinds == FINE)] = ODD_TEXT
    if key in _AS_TEXT and "E" in joined.upper():
        kinds[[n for n, text in enumerate(texts) if "E" in text and SCIENTIFIC.fullmatch(text)]] = LOST_DIGITS
    if key in _JUDGED:
        kinds[kinds != LOST_DIGITS] = FINE
    if "DISPIMG" in joined:
        kinds[[n for n, text in enumerate(texts) if _PICTURE.match(text)]] = ERROR
    _mark(faults, cells, kinds)
    if texts is cells.values:
        return Words(cells.codes, np.array(texts, dtype=object)), normalised
    again, vocabulary = pd.factorize(np.array(texts, dtype=object))
    return Words(again[cells.codes], np.asarray(vocabulary, dtype=object)), normalised


def _is_news(key: str, text: str, clean: str) -> bool:
    """Whether a changed text is reported: of a change of case only the x of an ID is."""
    return clean != text.upper() or (key == "id_number" and text.endswith("x"))


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:.15g}"
    return value.isoformat() if isinstance(value, (date, time)) else str(value)


def _text_fault(key: str, value: object) -> int:
    if isinstance(value, (date, time, timedelta)):
        return DATE_FOR_TEXT
    return LOST_DIGITS if key in _AS_TEXT and _is_number(value) and abs(value) >= LOST_FROM else FINE


def clean_text(key: str, value: str) -> str:
    if key in _AS_TEXT:
        return INVISIBLE.sub("", unicodedata.normalize("NFKC", value)).upper()
    if key == "name":
        return _clean_name(value)
    if key == "category":  # a space may stand between two statuses
        return INVISIBLE.sub(lambda found: " " if found[0].isspace() else "", value).strip()
    return INVISIBLE.sub("", value)


_HAN = r"\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}])\s+(?=[{_HAN}])")


def _clean_name(value: str) -> str:
    """A name as it was typed, without what can't be seen and without blanks that only draw two characters apart."""
    text = INVISIBLE.sub(lambda found: " " if found[0].isspace() else "", value).strip()
    return _BETWEEN_HAN.sub("", re.sub(" +", " ", text))


@cache
def _meanings(key: str) -> dict[str, str]:
    """The words of a column's list and what else is understood there, folded, with the list's own word for each."""
    column = BY_KEY[key]
    own = {fold(choice): choice for choice in column.choices}
    return own | {fold(alias): choice for alias, choice in column.folds}


def _choose(column: Column, words: Words, faults: npt.NDArray[np.uint8]) -> None:
    """Turn a column's texts into the list's own; what is not in the list is a fault."""
    choices = [_meanings(column.key).get(fold(text)) for text in words.vocabulary]
    named = words.vocabulary != ""
    kinds = np.array([UNKNOWN if choice is None else FINE for choice in choices], dtype=np.uint8)
    mild = where(KINDS, (FINE, ODD_TEXT, DATE_FOR_TEXT))[faults] & named[words.codes]
    faults[mild] = kinds[words.codes[mild]]
    for code, choice in enumerate(choices):
        if named[code] and choice is not None:
            words.vocabulary[code] = choice
