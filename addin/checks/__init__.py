"""The rules: one function each, its words and its examples beside it.

In: a `Roster`. Out: findings, and for each scheme the first reason why a claimed row cannot be counted. A rule takes
the roster (and, for the rules of both schemes, the scheme; for the rules of form, the column) and gives a mask of the
offending rows, with words for its message where it needs any. The engine leaves alone rows in which a cell that the
rule uses is already bad, and households that have such a row. The rules over several books (duplicates, receipts) are
in `district`, because they need everybody.
"""

from addin.checks.confirmations import confirmation_in
from addin.checks.due import age_at_end, age_limits, earlier_standard, late, pension_age
from addin.checks.engine import RULES, Checked, check, off
from addin.checks.part import OTHER_BOOK
from addin.checks.pension import PENSION_EXCUSES, chose_higher, pension_excused
from addin.checks.rules import Rule, example_words, right_entry, show, yuan

__all__ = [
    "OTHER_BOOK",
    "PENSION_EXCUSES",
    "RULES",
    "Checked",
    "Rule",
    "age_at_end",
    "age_limits",
    "check",
    "chose_higher",
    "confirmation_in",
    "earlier_standard",
    "example_words",
    "late",
    "off",
    "pension_age",
    "pension_excused",
    "right_entry",
    "show",
    "yuan",
]
