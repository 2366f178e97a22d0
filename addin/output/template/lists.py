"""The hidden sheet behind the template: drop-down lists, the words of the categories, the table of amounts.

In: a policy. Out: columns of values, the defined names of their ranges. Everything that the native formulas know of the
notice stands here, worked out by `amounts`, so that a formula never holds an amount.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from addin import amounts, columns
from addin.columns import BY_KEY, COLUMNS, letter
from addin.output.template.style import Styles
from addin.policy import FEN, Policy, fold

SHEET = columns.LISTS_SHEET
CHOICES = {column.key: f"选_{column.key}" for column in COLUMNS if column.choices} | {
    "category": "选_category",
    "tier": "养老档次",
    "township": "选_township",
}
"""The name of the range behind each drop-down list."""

Values = Sequence[Sequence[object]]


def write(sheet: Any, styles: Styles, policy: Policy) -> dict[str, str]:
    """Write the sheet; gives the defined names and the ranges they stand for.

    The sheet is written row by row (constant memory), so the blocks are gathered first.
    """
    blocks = _blocks(policy)
    names: dict[str, str] = {}
    grid: dict[tuple[int, int], object] = {}
    column = 0
    for name, rows in blocks.items():
        width = max(map(len, rows))
        grid[0, column] = name
        for r, row in enumerate(rows, 1):
            for c, value in enumerate(row):
                grid[r, column + c] = value
        first, last = letter(column + 1), letter(column + width)
        names[name] = f"={SHEET}!${first}$2:${last}${len(rows) + 1}"
        column += width
    for (r, c), value in sorted(grid.items()):
        if isinstance(value, str):
            sheet.write_string(r, c, value, styles["plain"])
        else:
            sheet.write_number(r, c, value, styles["plain"])
    return names


def _blocks(policy: Policy) -> dict[str, Values]:
    found: dict[str, Values] = {
        "选_township": _column(unit.name for unit in policy.units),
        **{CHOICES[column.key]: _column(column.choices) for column in COLUMNS if column.choices},
        "选_category": _column(category_choices(policy)),
    }
    for key in (
        "relation",
        "id_type",
        "household_type",
        "schooling",
        "register",
        "residence_proof",
        "medical_reason",
        "entered",
    ):
        found[f"认_{key}"] = _column(known_words(key))
    found |= {
        "认_medical_status": _column(known_words("medical_status")),
        "认_pension_status": _column(known_words("pension_status")),
    }
    whole = whole_words(policy)
    found["类别全词"] = _column(whole)
    found["类别码"] = _column(whole.values())
    # each word between blanks: words are found and taken out whole
    found["词全"] = _column(f" {word} " for own in category_words(policy) for word in own)
    own = category_words(policy)[:-1]
    found["词属"] = [[int(word in words) for each in category_words(policy) for word in each] for words in own]
    found["词权"] = _column(1 << n for n in range(len(own)))
    tiers = policy.schemes["pension"].tiers
    found["养老档次"] = _column(tier / FEN for tier in tiers)
    held = [statuses_of(policy, code) for code in range(1 << len(hardships(policy)))]
    medical = [amounts.dues(policy, "medical", statuses) for statuses in held]
    found["医保应收表"] = _column(due.cash / FEN for due in medical)
    found["医保资助表"] = _column(due.subsidy / FEN for due in medical)
    found["医保待补表"] = _column(due.refund / FEN for due in medical)
    pension = [[amounts.dues(policy, "pension", statuses, tier) for tier in tiers] for statuses in held]
    found["养老应收表"] = [[due.cash / FEN for due in row] for row in pension]
    found["养老代缴表"] = [[due.subsidy / FEN for due in row] for row in pension]
    for n, (standard, _) in enumerate(pairwise(policy.schemes["medical"].standards)):
        earlier = [amounts.dues(policy, "medical", statuses, on=standard.notified) for statuses in held]
        found[f"前标准表{n}"] = _column(due.cash / FEN for due in earlier)
    return found


def _column(values: Any) -> Values:
    return [[value] for value in values]


def hardships(policy: Policy) -> list[str]:
    """The keys of the statuses, in the order of the bits of a code."""
    return [key for key, category in policy.categories.items() if category.hardship]


def statuses_of(policy: Policy, code: int) -> frozenset[str]:
    """The statuses that a code of bits stands for."""
    return frozenset(key for n, key in enumerate(hardships(policy)) if code >> n & 1)


def code_of(policy: Policy, text: str) -> int:
    """The code of a cell of 人员类别."""
    held = amounts.parse_category(policy, text)
    return sum(1 << n for n, key in enumerate(hardships(policy)) if key in held)


def category_words(policy: Policy) -> list[list[str]]:
    """The words of each status in the order of the bits; the last list is the ordinary people's."""
    keys = [*hardships(policy), amounts.ORDINARY]
    return [[word for word, key in policy.category_words.items() if key == wanted] for wanted in keys]


def category_choices(policy: Policy) -> list[str]:
    """The drop-down list of 人员类别: single statuses, then the usual pairs with a disability."""
    names = {key: category.name for key, category in policy.categories.items()}
    disabled = [key for key in hardships(policy) if policy.categories[key].disability]
    others = [key for key in hardships(policy) if key not in disabled]
    pairs = [f"{names[one]}、{names[other]}" for other in disabled for one in others]
    return [*names.values(), *pairs]


def whole_words(policy: Policy) -> dict[str, int]:
    """Texts of a whole cell that are looked up at once, and their codes."""
    texts = [*policy.category_words, *map(fold, category_choices(policy))]
    return {text: code_of(policy, text) for text in texts}


def known_words(key: str) -> list[str]:
    """What may stand in a column with a list: its choices and what is read as one of them."""
    column = BY_KEY[key]
    return list(dict.fromkeys(fold(text) for text in (*column.choices, *(alias for alias, _ in column.folds))))


def folds_to(key: str, *choices: str) -> list[str]:
    """The texts that are read as one of these choices."""
    column = BY_KEY[key]
    found = [fold(choice) for choice in choices]
    return list(dict.fromkeys([*found, *(fold(alias) for alias, choice in column.folds if choice in choices)]))


assert fold(columns.ENROLLED) == columns.ENROLLED
