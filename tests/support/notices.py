"""The notices that tests are about: the district's own, and invented ones of other districts and years.

Every test names one of them, or goes through code that takes the notice in force: tests/conftest.py says which that is,
so that a newer notice beside it changes no test.
"""

from __future__ import annotations

import calendar
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from addin import policy
from addin.policy import Category, Entry, Facts, LaterWindow, Policy
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
_CHILDREN = Category(
    "children", "在校学生和未满18周岁的居民", "学生儿童", ("学生", "儿童"), hardship=False,
    facts=Facts("", ("中小学(含中职)", "高校"), (date(2002, 1, 1), date(2100, 1, 1))),
)  # fmt: skip
WITH_CHILDREN = replace(LENGSHUITAN, categories={**LENGSHUITAN.categories, "children": _CHILDREN})
"""The district's own, with a group of people that facts decide; they owe what everybody owes."""
LATER_WINDOWS = replace(
    LENGSHUITAN,
    schemes={
        "medical": replace(
            _MEDICAL,
            windows=(
                LaterWindow("补缴期", date(2020, 1, 1), date(2020, 2, 29), counted=True, subsidised=False, fen=96000),
                LaterWindow("零星参保", date(2020, 3, 1), date(2020, 6, 30), counted=False, subsidised=True),
            ),
        ),
        "pension": replace(
            LENGSHUITAN.schemes["pension"],
            windows=(LaterWindow("补缴期", date(2019, 11, 15), date(2020, 2, 29), counted=False, subsidised=False),),
        ),
    },
)
_SENTENCES = ("medical.windows.1", "medical.windows.2", "pension.windows.1")
LATER_WINDOWS = replace(
    LATER_WINDOWS, entries={**LENGSHUITAN.entries, **{name: Entry(name, "二", "以后各段") for name in _SENTENCES}}
)
"""The district's own, with windows after the main one in both schemes."""
LINHE = policy.load(LINHE_FOLDER)


def own_notices_in(folder: Path, patch: pytest.MonkeyPatch) -> Path:
    """Give this process a user whose files are below `folder`; returns where his notices go."""
    patch.delenv("LOCALAPPDATA", raising=False)
    patch.setenv("XDG_DATA_HOME", str(folder / "own"))
    patch.setenv("XDG_STATE_HOME", str(folder / "state"))
    return policy.own_notices()


def edited(notice: Path, folder: Path, *edits: tuple[str, str, str]) -> Path:
    """A copy of a notice's folder with texts of its files replaced: file, old (each must be there), new."""
    shutil.copytree(notice, folder)
    for name, old, new in edits:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    return folder


def written_in_the_year_of(rules: Policy) -> Callable[[], Iterator[None]]:
    """A fixture: what this module writes says that it was made on the day on which the notice was issued."""

    @pytest.fixture(scope="module", autouse=True)
    def made_on() -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SOURCE_DATE_EPOCH", str(calendar.timegm(rules.issued.timetuple())))
            yield

    return made_on
