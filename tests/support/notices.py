"""The notices that tests are about: the district's own, and invented ones of other districts and years.

Every test names one of them, or goes through code that takes the notice in force: tests/conftest.py says which that is,
so that a newer notice beside it changes no test.
"""

from __future__ import annotations

from addin import policy
from tests.support import TESTS

LENGSHUITAN_FOLDER = policy.NOTICES / "lengshuitan-2019"
QINGSHI_FOLDER = TESTS / "notices" / "qingshi-2023"
YUNZE_FOLDER = TESTS / "notices" / "yunze-2022"
"""Medical insurance alone."""

LENGSHUITAN = policy.load(LENGSHUITAN_FOLDER)
QINGSHI = policy.load(QINGSHI_FOLDER)
YUNZE = policy.load(YUNZE_FOLDER)
