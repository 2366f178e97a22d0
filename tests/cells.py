"""What the tests of the checks share: cells spoilt in known ways, homes, the specification's table of checks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import openpyxl

from addin import columns
from addin.checks import RULES, Checked, check
from addin.columns import COLUMNS, INPUTS
from addin.records import REASONS, Refusal
from addin.roster import read
from tests import rosters
from tests.results import invented_id
from tests.rosters import person

BOTH = ("medical", "pension")
NO_MEDICAL = {"medical_paid": "", "medical_date": "", "medical_receipt": ""}
NO_PENSION = {"pension_status": "暂未参保", "tier": "", "pension_paid": "", "pension_date": "", "pension_receipt": ""}
CHILD = {
    **NO_PENSION,
    "relation": "子",
    "name": "张四",
    "id_number": "990000201001010017",
    "pension_status": "未满16周岁",
}
AT = {column.key: n for n, column in enumerate(COLUMNS, 1)}

WITH_EXAMPLES = [rule for rule in RULES if not rule.fault]

# code: severity, schemes that an offending row is not counted for; typed from the specification's table
ERROR, WARNING, INFO = "error", "warning", "info"
PRODUCT: dict[str, tuple[str, tuple[str, ...] | str]] = {
    # file
    "101": (WARNING, ()), "102": (WARNING, ()), "103": (WARNING, ()), "104": (WARNING, ()), "105": (WARNING, ()), "106": (WARNING, ()),
    "107": (WARNING, ()), "108": (WARNING, ()), "109": (INFO, ()), "110": (INFO, ()), "111": (INFO, ()), "112": (WARNING, ()),
    "113": (WARNING, ()), "114": (WARNING, ()), "115": (ERROR, ()), "116": (WARNING, ()), "117": (WARNING, ()),
    # cell: that scheme, or both for identity
    "201": (ERROR, "cell"), "202": (ERROR, "cell"), "203": (ERROR, "cell"), "204": (ERROR, "cell"), "205": (ERROR, "cell"),
    "206": (ERROR, "cell"), "208": (ERROR, "cell"), "207": (WARNING, ()), "209": (WARNING, ()), "210": (WARNING, ()),
    # person
    "301": (ERROR, BOTH), "302": (ERROR, BOTH), "303": (ERROR, "cell"), "304": (ERROR, BOTH), "305": (ERROR, BOTH), "306": (ERROR, BOTH),
    "307": (ERROR, BOTH), "308": (WARNING, ()), "309": (WARNING, ()), "310": (WARNING, ()), "311": (ERROR, BOTH), "312": (WARNING, ()),
    "313": (WARNING, ()), "314": (WARNING, ()), "315": (WARNING, ()), "316": (ERROR, ()), "317": (WARNING, ()),
    # duplicates
    "401": (ERROR, ("medical",)), "402": (ERROR, ("pension",)), "403": (WARNING, ()), "404": (ERROR, ()),
    # household
    "501": (ERROR, ()), "502": (WARNING, ()), "503": (WARNING, ()), "504": (WARNING, ()), "505": (WARNING, ()), "506": (ERROR, ()),
    "507": (WARNING, ()), "508": (WARNING, ()),
    # medical
    "601": (ERROR, ()), "602": (ERROR, ("medical",)), "603": (ERROR, ("medical",)), "604": (WARNING, ()), "605": (ERROR, ("medical",)),
    "606": (ERROR, ()), "607": (ERROR, ("medical",)), "608": (ERROR, ()), "609": (ERROR, ()), "610": (WARNING, ()),
    # pension
    "701": (ERROR, ("pension",)), "702": (ERROR, ("pension",)), "703": (ERROR, ("pension",)), "704": (ERROR, ("pension",)),
    "705": (ERROR, ("pension",)), "706": (WARNING, ()), "707": (WARNING, ()), "708": (WARNING, ()), "709": (INFO, ()),
    "710": (ERROR, ("pension",)), "711": (ERROR, ()), "712": (ERROR, ()), "713": (ERROR, ()), "714": (WARNING, ()), "715": (WARNING, ()),
    # both
    "801": (ERROR, BOTH), "802": (INFO, ()), "803": (WARNING, ()), "804": (WARNING, ()), "805": (ERROR, BOTH), "806": (WARNING, ()),
    "807": (WARNING, ()), "808": (WARNING, ()), "809": (WARNING, ()), "810": (WARNING, ()),
}  # fmt: skip


def examples(example: Any) -> list[dict[str, Any]]:
    """An example is one row or several, each as it differs from the ordinary person."""
    return [person(**row) for row in (example if isinstance(example, tuple) else (example,))]


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
NUMBERS, DATES = {"registered", "medical_paid", "tier", "pension_paid"}, {"medical_date", "pension_date"}
TEXTS = {column.key for column in INPUTS if column.kind == "text"}
LONG = "长" * 300

# kind of bad cell: the code it gives by column (None: no fault of form there)
SPOILS: dict[str, tuple[Callable[[str], str | None], Spoil]] = {
    "error": (lambda key: "201", make_error),
    "uncalculated": (lambda key: "205", _uncalculated),
    "text": (lambda key: "202" if key in NUMBERS else "203" if key in DATES else "208" if key in STATUSES else "209" if key in LISTED
             else {"id_number": "304", "category": "311"}.get(key), _value("乱写")),
    "truth": (lambda key: "202" if key in NUMBERS else "203" if key in DATES else "208" if key in STATUSES else "209" if key in LISTED
              else {"id_number": "304", "category": "311"}.get(key), _value(True)),
    "number": (lambda key: "204" if key in DATES else "208" if key in STATUSES else "209" if key in LISTED
               else {"id_number": "303", "category": "311", "name": "317"}.get(key), _value(43753.0)),
    "date": (lambda key: "202" if key in NUMBERS else "208" if key in STATUSES else "209" if key in LISTED
             else {"id_number": "304", "category": "311"}.get(key, "210" if key in TEXTS else None), _value(datetime(2019, 10, 15))),
    "negative": (lambda key: "206" if key in NUMBERS else "204" if key in DATES else None, _value(-1.0)),
    "too fine": (lambda key: "206" if key in NUMBERS else "204" if key in DATES else None, _value(100.001)),
    "long": (lambda key: None if key in NUMBERS | DATES | {"remark"} else "208" if key in STATUSES else "209" if key in LISTED
             else {"id_number": "304", "category": "311"}.get(key, "207"), _value(LONG)),
    "control": (lambda key: "207" if key in TEXTS - LISTED - {"id_number", "category", "remark"} else None, _value("甲\x01乙")),
}  # fmt: skip


def spoilt(key: str, spoil: Spoil, *others: dict[str, Any], **differs: Any) -> Checked:
    """The ordinary person (and others of the house) with one cell spoilt."""
    book = rosters.book([person(**differs), *others])
    if key != "seq":
        spoil(book.sheets[columns.ROSTER_SHEET], (columns.FIRST_ROW, AT[key]))
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
