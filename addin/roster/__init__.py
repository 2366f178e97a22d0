"""A received book becomes a roster: columns found by their headers, every value knowing its cell.

In: a `Book` of cells (from a closed file or from the open workbook) and the policy. Out: a `Roster` whose columns are
arrays of equal length, one element a person, or a `Refusal`. Values keep the type their cell had: what is a number
where text must be, or text where a date must be, is marked as a fault of that cell and left to the checks; nothing is
repaired in silence (widths and invisible characters are folded, and counted).
"""

from addin.policy.villages import Places, fold_village, is_whole, stem_of
from addin.roster import header
from addin.roster.cover import LABELS, OTHER_NOTICE, place_on_cover
from addin.roster.elsewhere import OWN as OWN_SHEETS
from addin.roster.elsewhere import is_roster
from addin.roster.model import (
    ABSENT,
    BAD_AMOUNT,
    DATE_FOR_TEXT,
    DIFFERS,
    ERROR,
    FINE,
    LOST_DIGITS,
    NOT_DATE,
    NOT_NUMBER,
    NOTED,
    NUMBER_AS_TEXT,
    NUMBER_FOR_DATE,
    ODD_TEXT,
    SAME,
    UNCALCULATED,
    UNKNOWN,
    Cover,
    Ints,
    ListedPayments,
    ListMatches,
    Mask,
    Roster,
    Words,
    status_words,
)
from addin.roster.read import READ_AS_ONE, read

__all__ = [
    "ABSENT",
    "BAD_AMOUNT",
    "DATE_FOR_TEXT",
    "DIFFERS",
    "ERROR",
    "FINE",
    "LABELS",
    "LOST_DIGITS",
    "NOTED",
    "NOT_DATE",
    "NOT_NUMBER",
    "NUMBER_AS_TEXT",
    "NUMBER_FOR_DATE",
    "ODD_TEXT",
    "OTHER_NOTICE",
    "OWN_SHEETS",
    "READ_AS_ONE",
    "SAME",
    "UNCALCULATED",
    "UNKNOWN",
    "Cover",
    "Ints",
    "ListMatches",
    "ListedPayments",
    "Mask",
    "Places",
    "Roster",
    "Words",
    "fold_village",
    "header",
    "is_roster",
    "is_whole",
    "place_on_cover",
    "read",
    "status_words",
    "stem_of",
]
