"""The notices that tests are about: the district's own, and invented ones of other districts and years.

Every test names one of them, or goes through code that takes the notice in force: tests/conftest.py says which that is,
so that a newer notice beside it changes no test.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from addin import policy
from tests.support import TESTS

LENGSHUITAN_FOLDER = policy.NOTICES / "lengshuitan-2019"
QINGSHI_FOLDER = TESTS / "notices" / "qingshi-2023"
YUNZE_FOLDER = TESTS / "notices" / "yunze-2022"
"""Medical insurance alone."""
LINHE_FOLDER = TESTS / "notices" / "linhe-2024"
"""One attachment for both schemes, with subtotals, villages and further columns."""

LENGSHUITAN = policy.load(LENGSHUITAN_FOLDER)
QINGSHI = policy.load(QINGSHI_FOLDER)
YUNZE = policy.load(YUNZE_FOLDER)
_MEDICAL = LENGSHUITAN.schemes["medical"]
OWN_DAYS = replace(LENGSHUITAN, schemes={**LENGSHUITAN.schemes, "medical": replace(_MEDICAL, own_days={"新生儿": 90})})
"""The district's own, and 90 days for the newborn."""
LINHE = policy.load(LINHE_FOLDER)


def edited(notice: Path, folder: Path, *edits: tuple[str, str, str]) -> Path:
    """A copy of a notice's folder with texts of its files replaced: file, old (each must be there), new."""
    shutil.copytree(notice, folder)
    for name, old, new in edits:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    return folder
