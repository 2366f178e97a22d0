"""What the tests of the checks share: cells spoilt in known ways, homes, the specification's table of checks."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import openpyxl

from addin import columns
from addin.checks import RULES, Checked, Rule, check
from addin.columns import INPUTS
from addin.findings import REASONS, SEVERITY_NAMES, Refusal
from addin.roster import read
from tests.support import ROOT, rosters
from tests.support.notices import OWN_DAYS, WITH_CHILDREN
from tests.support.results import invented_id
from tests.support.rosters import NO_PENSION, person

BOTH = ("medical", "pension")
CHILD = {
    **NO_PENSION,
    "relation": "子",
    "name": "张四",
    "id_number": "990000201001010017",
    "pension_status": "未满16周岁",
}
AT = {key: n for n, key in enumerate(rosters.EDITION_1, 1)}

WITH_EXAMPLES = [rule for rule in RULES if not rule.fault]

SPECIFICATION = (ROOT / "docs/specification.md").read_text(encoding="utf-8")


def table_of(head: str) -> list[list[str]]:
    """The rows below a table's head in the specification, each as its cells. Raises `ValueError` where it is not."""
    lines = SPECIFICATION.splitlines()
    rows = itertools.takewhile(lambda line: line.startswith("|"), lines[lines.index(head) + 2 :])
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


ERROR, WARNING, INFO = "error", "warning", "info"
_SEVERITIES = {word: severity for severity, word in SEVERITY_NAMES.items()}
_BLOCKS: dict[str, tuple[str, ...]] = {
    "": (),
    "by": (),
    "both": BOTH,
    "medical": ("medical",),
    "pension": ("pension",),
}

SPECIFIED: dict[str, tuple[str, tuple[str, ...] | str]] = {
    code: (_SEVERITIES[severity], "cell" if blocks == "by its column" else _BLOCKS[re.split(r"[ ,]", blocks)[0]])
    for codes, _, severity, blocks in table_of("| codes | rule | severity | keeps from counting |")
    for code in codes.split()
}
"""By code: severity, and the schemes in which an offending row is not counted (`cell`: those that need the cell)."""


def examples(example: Any) -> list[dict[str, Any]]:
    """An example is one row or several, each as it differs from the ordinary person."""
    return [person(**row) for row in (example if isinstance(example, tuple) else (example,))]


NOTICE_OF = {"320": WITH_CHILDREN, "811": OWN_DAYS}
"""Rules of what the district's notice does not say, and one that says it."""


_JUDGED: dict[tuple[str, str, str], Checked] = {}


def judged(rule: Rule, example: Any, **cover: Any) -> Checked:
    """All that the rules find in an example of one, under a notice that says what it rests on; to be read only."""
    key = rule.code, repr(example), repr(cover)
    if key not in _JUDGED:
        policy = NOTICE_OF.get(rule.code, rosters.POLICY)
        _JUDGED[key] = rosters.checked(*examples(example), policy=policy, **cover)
    return _JUDGED[key]


def why(checked: Checked) -> dict[str, list[str]]:
    """The reason of each person by scheme, in words."""
    words = ["", *REASONS]
    return {scheme: [words[code] for code in codes] for scheme, codes in checked.why.items()}


Spoil = Callable[[Any, tuple[int, int]], None]


def make_error(sheet: Any, at: tuple[int, int]) -> None:
    sheet.errors[at] = "#N/A"
    put(sheet, at, "")


def _uncalculated(sheet: Any, at: tuple[int, int]) -> None:
    sheet.uncalculated.add(at)
    put(sheet, at, "")


def put(sheet: Any, at: tuple[int, int], value: Any) -> None:
    sheet.rows[at[0] - 1][at[1] - 1] = value


def _value(value: Any) -> Spoil:
    return lambda sheet, at: put(sheet, at, value)


LISTED = {column.key for column in INPUTS if column.choices}
STATUSES = {"medical_status", "pension_status"}
NUMBERS, DATES = (
    {"registered", "medical_paid", "tier", "pension_paid"},
    {"medical_date", "pension_date", "special_date"},
)
TEXTS = {column.key for column in INPUTS if column.kind == "text"}
LONG = "长" * 300

# kind of bad cell: the code it gives by column (None: no fault of form there)
LONG_CODES = {"certificate", "medical_receipt", "pension_receipt"}
SPOILS: dict[str, tuple[Callable[[str], str | None], Spoil]] = {
    "error": (lambda key: "201", make_error),
    "uncalculated": (lambda key: "205", _uncalculated),
    "text": (lambda key: "202" if key in NUMBERS else "203" if key in DATES else "208" if key in STATUSES else "209" if key in LISTED
             else {"id_number": "304", "category": "311"}.get(key), _value("乱写")),
    "truth": (lambda key: "202" if key in NUMBERS else "203" if key in DATES else "208" if key in STATUSES else "209" if key in LISTED
              else {"id_number": "304", "category": "311"}.get(key), _value(True)),
    "number": (lambda key: "204" if key in DATES else "208" if key in STATUSES else "209" if key in LISTED
               else {"id_number": "304", "category": "311", "name": "317"}.get(key), _value(43753.0)),
    "digits lost": (lambda key: {"id_number": "303", "household": "211"}.get(key, "212" if key in LONG_CODES else None),
                    _value(1.2345678901234568e17)),
    "digits lost in a text": (lambda key: {"id_number": "303", "household": "211"}.get(key, "212" if key in LONG_CODES else None),
                              _value("1.23457E+17")),
    "number kept as text": (lambda key: "202" if key in NUMBERS else None, _value("777")),
    "date": (lambda key: "202" if key in NUMBERS else "208" if key in STATUSES else "209" if key in LISTED
             else {"id_number": "304", "category": "311"}.get(key, "210" if key in TEXTS else None), _value(datetime(2019, 10, 15))),
    "negative": (lambda key: "206" if key in NUMBERS else "204" if key in DATES else None, _value(-1.0)),
    "too fine": (lambda key: "206" if key in NUMBERS else "204" if key in DATES else None, _value(100.001)),
    "long": (lambda key: None if key in NUMBERS | DATES | {"remark", "confirmation"} else "208" if key in STATUSES else "209" if key in LISTED
             else {"id_number": "304", "category": "311"}.get(key, "207"), _value(LONG)),
    "control": (lambda key: "207" if key in TEXTS - LISTED - {"id_number", "category", "remark", "confirmation"} else None, _value("甲\x01乙")),
}  # fmt: skip


def spoilt(key: str, spoil: Spoil, *others: dict[str, Any], **differs: Any) -> Checked:
    """The ordinary person (and others of the house) with one cell spoilt."""
    return spoilt_at(key, spoil, [person(**differs), *others], [0] if key != "seq" else [])


def spoilt_at(key: str, spoil: Spoil, people: list[dict[str, Any]], places: list[int]) -> Checked:
    """Some people, of whom those at `places` have one cell spoilt."""
    book = rosters.book(people)
    for place in places:
        spoil(book.sheets[columns.ROSTER_SHEET], (columns.FIRST_ROW + place, AT[key]))
    roster = read(book, rosters.POLICY, "测试.xlsx")
    assert not isinstance(roster, Refusal)
    return check(roster)


def letter_of(key: str) -> str:
    return openpyxl.utils.get_column_letter(AT[key])


def homes(count: int, start: int = 0, **differs: Any) -> list[dict[str, Any]]:
    """Ordinary heads of households of their own."""
    return [
        person(household=str(n), id_number=invented_id(2 * n % 998 + 1, datetime(1960 + n // 499, 1, 1)), **differs)
        for n in range(start, start + count)
    ]
