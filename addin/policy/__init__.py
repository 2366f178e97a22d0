"""A notice as data: rates, funders, windows, quotas and interpretations, each beside its sentence.

In: a folder with `policy.toml`, the notice's text and its attachments as printed (CSV). Out: a `Policy`. Loading
verifies it: unknown or missing keys, sentences that do not stand in the notice, numbers that neither the quoted
sentence nor `reading` has, windows the wrong way round, shares over 1, attachments that do not add up and
interpretations that nothing depends on are refused with file and entry named. No year, amount, unit or article stands
in code: next year's notice is a new folder. Money is whole fen.
"""

from addin.policy.choice import (
    IN_FORCE,
    NOTICES,
    Installed,
    in_force,
    installed,
    listed,
    named,
    numbered,
    own_notices,
    use,
)
from addin.policy.loading import faults, load
from addin.policy.model import (
    AGE_UNKNOWN,
    FEN,
    MAIN_WINDOW,
    OTHER_AGES,
    SCHEMES,
    SEPARATORS,
    Alternative,
    Attachment,
    AttachmentRow,
    Category,
    Entry,
    Facts,
    Interpretation,
    LaterWindow,
    Part,
    Policy,
    PolicyError,
    PrintedLine,
    SchemeRules,
    Standard,
    Subsidy,
    TierLimit,
    Unit,
    Window,
    fold,
)
from addin.policy.new_notice import NoticeThere, add, begin
from addin.policy.reader import ELSEWHERE

__all__ = [
    "AGE_UNKNOWN",
    "ELSEWHERE",
    "FEN",
    "IN_FORCE",
    "MAIN_WINDOW",
    "NOTICES",
    "OTHER_AGES",
    "SCHEMES",
    "SEPARATORS",
    "Alternative",
    "Attachment",
    "AttachmentRow",
    "Category",
    "Entry",
    "Facts",
    "Installed",
    "Interpretation",
    "LaterWindow",
    "NoticeThere",
    "Part",
    "Policy",
    "PolicyError",
    "PrintedLine",
    "SchemeRules",
    "Standard",
    "Subsidy",
    "TierLimit",
    "Unit",
    "Window",
    "add",
    "begin",
    "faults",
    "fold",
    "in_force",
    "installed",
    "listed",
    "load",
    "named",
    "numbered",
    "own_notices",
    "use",
]
