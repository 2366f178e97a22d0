"""The rules: one function each, its words and its examples beside it.

In: a `Roster`. Out: findings, and for each scheme the first reason why a claimed row cannot be counted. A rule takes
the roster (and, for the rules of both schemes, the scheme; for the rules of form, the column) and gives a mask of the
offending rows, with words for its message where it needs any. The engine leaves alone rows in which a cell that the
rule uses is already bad, and households that have such a row. The rules over several books (duplicates, receipts) are
in `merge`, because they need everybody.
"""

from addin import registers  # noqa: I001 (the order of the next line is that of the rules)
from addin.checks import form, person, household, medical, pension, payment
from addin.checks.due import age_at_end, age_limits, earlier_standard, pension_age
from addin.checks.engine import Checked, check
from addin.checks.pension import PENSION_EXCUSES, pension_excused
from addin.checks.rules import RULES, Rule, example_words, right_entry, show, yuan
from addin.roster import FILE_CHECKS


def titles() -> dict[str, str]:
    """The name of each check of one book, alone or held against lists, by its code."""
    found = {rule.code: rule.title for rule in RULES} | {code: check.title for code, check in FILE_CHECKS.items()}
    return found | {code: rule.title for code, rule in registers.RULES.items()}


__all__ = [
    "PENSION_EXCUSES",
    "RULES",
    "Checked",
    "Rule",
    "age_at_end",
    "age_limits",
    "check",
    "earlier_standard",
    "example_words",
    "form",
    "household",
    "medical",
    "payment",
    "pension",
    "pension_age",
    "pension_excused",
    "person",
    "right_entry",
    "show",
    "yuan",
]
