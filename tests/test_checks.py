"""Every rule against its own examples, and the engine's promises."""

from __future__ import annotations

from typing import Any

import pytest

from addin.checks import RULES, Rule
from tests import rosters


def _rows(example: Any) -> list[dict[str, Any]]:
    """An example is one row or several, each as it differs from the ordinary person."""
    return [rosters.person(**row) for row in (example if isinstance(example, tuple) else (example,))]


WITH_EXAMPLES = [rule for rule in RULES if not rule.fault]


@pytest.mark.parametrize("rule", WITH_EXAMPLES, ids=lambda rule: rule.code)
def test_examples(rule: Rule) -> None:
    assert rule.passes and rule.fails, f"{rule.code} has no examples"
    for example in rule.passes:
        found = rosters.checked(*_rows(example)).findings
        assert rule.code not in [finding.code for finding in found], (example, found)
    for example in rule.fails:
        found = rosters.checked(*_rows(example)).findings
        mine = [finding for finding in found if finding.code == rule.code]
        assert mine, (example, found)
        assert all(finding.article and finding.problem and finding.remedy for finding in mine)
        assert all("{" not in finding.problem + finding.remedy for finding in mine)


def test_nothing_to_find_in_the_ordinary_person() -> None:
    assert rosters.found(rosters.person()) == []
