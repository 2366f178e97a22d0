"""The record of a rule, the rows of its examples, and the words of its messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from addin import amounts, ids
from addin.columns import BY_KEY, Scheme, in_place
from addin.findings import Code
from addin.policy import FEN, SCHEMES, Policy
from addin.roster import Mask, Roster

EVERY: tuple[Scheme, ...] = SCHEMES
"""A rule of every scheme that the notice and the book have."""

Row = Mapping[str, object]
"""A person of an example, as the row differs from the ordinary valid one."""
Example = Row | tuple[Row, ...]
ORDINARY: Row = {}
NO_MEDICAL: Row = {"medical_paid": "", "medical_date": "", "medical_receipt": ""}
BLANK_PENSION: Row = {
    "pension_status": "",
    "tier": "",
    "pension_paid": "",
    "pension_date": "",
    "pension_receipt": "",
}
CHILD: Row = {"relation": "子", "name": "张四", "id_number": "990000201001010017", **BLANK_PENSION}


class ByRow(Protocol):
    """A word of a message for each row."""

    def __getitem__(self, row: int, /) -> object: ...


Words = Mapping[str, ByRow]
Offenders = Mask | tuple[Mask, Words]
"""The result of a rule: the offending rows, and words for its message by row where it needs any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Code):
    """One check: a code of the catalogue with the function that finds it, or the fault that reading found.

    words: for a fault, the words of its message, of a roster and a column.
    at: the column it points at; `{scheme}` in a column's key stands for the scheme that a rule of several runs for.
    each: the columns it looks at one after the other, instead of `at`.
    uses: the further columns it looks at; where one of their cells is bad, the row is left alone.
    form: the cell itself is bad, and later rules leave it alone.
    household: the rule looks at whole families (家庭户).
    blocks, reason: the schemes for which an offending row cannot be counted, and why.
    needs_entry: off where the notice does not have the entry, though others that rest on it hold in any case.
    example: may name what `example_words` knows, or be the column's own {example}.
    passes, fails: rows, as they differ from an ordinary valid one; a tuple of rows is several people.
    """

    find: Callable[..., Offenders] | None = None
    fault: tuple[int, ...] = ()
    words: Callable[[Roster, str], Words] | None = None
    at: str = ""
    each: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    schemes: tuple[Scheme, ...] = ()
    form: bool = False
    needs_entry: bool = False
    household: bool = False
    reason: str = ""
    passes: tuple[Example, ...] = ()
    fails: tuple[Example, ...] = ()


def rule(
    *,
    at: str,
    uses: Iterable[str] = (),
    passes: Iterable[Example],
    fails: Iterable[Example],
    **fields: Any,
) -> Callable[[Callable[..., Offenders]], Rule]:
    """Make a rule of a function; `fields` are those of `Rule`. It runs where its module's `RULES` names it."""

    def make(function: Callable[..., Offenders]) -> Rule:
        used = tuple(dict.fromkeys((at, *uses)))
        return Rule(find=function, at=at, uses=used, passes=tuple(passes), fails=tuple(fails), **fields)

    return make


def example_words(policy: Policy, scheme: Scheme | None) -> dict[str, str]:
    """Words that a right example may use: a day inside the window, its last day, what an ordinary person pays."""
    if scheme is None:  # a column of neither scheme: a small number, any day of the season
        return example_words(policy, next(iter(policy.schemes))) | {"amount": "3"}
    rules = policy.schemes[scheme]
    tiers = {
        key: amounts.open_tiers(policy, key, ()) for key, scheme_rules in policy.schemes.items() if scheme_rules.tiers
    }
    amount = yuan(tiers[scheme][0] if rules.tiers else rules.standard.fen)
    day = min(rules.window.start + timedelta(14), rules.window.end)
    tier = next((yuan(open_to[0]) for open_to in tiers.values()), "")
    return {
        "day": day.isoformat(),
        "end": rules.window.end.isoformat(),
        "amount": amount,
        "due": amount,
        "tier": tier,
        "place": policy.place,
    }


def right_entry(policy: Policy, key: str) -> str:
    """An example of a right entry of a column: from its list, its kind or the column itself."""
    column = BY_KEY[key]
    if column.example:
        return column.example
    if column.choices:  # the list itself: one of its words alone would be copied
        return in_place(f"{'、'.join(column.choices)}之一", policy.place)
    if key == "category":
        return policy.hardships[0].name
    words = example_words(policy, column.scheme)
    return {"number": words["amount"], "date": words["day"]}[column.kind]


_LOOKED_AT = 1000
_NO_NUMBER_WORD = re.compile(
    "[^\\W0-9a-zA-Z_元圆角分块钱整正未已待欠免缴交费付收补退共计年月日号上中下旬底初前后午时点零〇一二三四五六七八九十百千万两壹贰叁肆伍陆柒捌玖拾佰仟]"
)
"""Letters that never occur in an amount or a day."""


def show(value: object, key: str = "") -> str:
    """A cell's value in words for a message: masked, dates and whole numbers as they look in the sheet.

    >>> show("王小明已缴250元", "medical_paid"), show("2019年十月", "medical_date"), show("王小明", "name")
    ('***已缴250元', '2019年十月', '王*')
    """
    if value is None or value == "":
        return "空"
    if key == "medical_reason":
        return "已填"
    if key == "name":
        return ids.mask_name(str(value))
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return ids.mask_text(f"{value:.15g}" if abs(value) < 1e15 else f"{value:.0f}")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)[:_LOOKED_AT]  # sixty are shown
    if key in BY_KEY and BY_KEY[key].kind != "text":
        # where a number or a day must be, what else stands there may be anybody's name
        text = _NO_NUMBER_WORD.sub("*", text)
    return ids.mask_id(text) if key == "id_number" else ids.mask_text(text)[:60]


def yuan(fen: int) -> str:
    """Fen as yuan for a message.

    >>> yuan(25000), yuan(28350)
    ('250', '283.5')
    """
    return f"{fen / FEN:.15g}"


@dataclass(frozen=True, slots=True)
class Formatted:
    """Words for a message, made for the offenders only: the values of all rows, and how to write one.

    together: the words where many rows are one finding; '' where `example_words` has them, or the message needs none.
    """

    values: Any
    how: Callable[[Any], str]
    together: str = ""

    def __getitem__(self, index: int) -> str:
        return self.how(self.values[index])


def yuans(values: npt.NDArray[np.int64]) -> Formatted:
    return Formatted(values, lambda fen: yuan(int(fen)))


class Always:
    """The same word for every row."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __getitem__(self, index: int) -> str:
        return self.text
