"""requirements.lock: each line pins one version and gives its reason, in order, within the bounds of pyproject.toml."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement

from scripts import lock
from tests.support import ROOT

LINES = [line for line in lock.LOCK.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
PINNED = [Requirement(line.partition("  # ")[0]) for line in LINES]
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def asked_for() -> list[str]:
    project = tomllib.loads(PYPROJECT)
    own, extras = project["project"]["dependencies"], project["project"]["optional-dependencies"].values()
    return [text for group in (own, *extras, project["dependency-groups"]["dev"]) for text in group]


@pytest.mark.parametrize("line", LINES)
def test_a_line_pins_one_version_and_says_why(line: str) -> None:
    assert re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; [^#]+)?  # \S.*", line)
    assert not re.search(r"liangxian|://| @ |-index|find-links", line), "a reason of its own, and no address"


def test_the_lock_is_in_order_and_names_nothing_twice() -> None:
    names = [(pin.name, str(pin.marker)) for pin in PINNED]
    assert sorted(set(names)) == names


@pytest.mark.parametrize("text", asked_for())
def test_what_the_project_asks_for_is_pinned_within_its_bounds(text: str) -> None:
    asked = Requirement(text)
    findings = [package for package in PINNED if package.name == asked.name]
    assert findings, f"python scripts/lock.py: {asked.name} is not in the lock"
    for finding in findings:
        assert all(asked.specifier.contains(pin.version) for pin in finding.specifier)


def test_the_reasons_are_those_of_pyproject() -> None:
    why = lock.reasons(PYPROJECT)
    assert set(why) >= {Requirement(text).name for text in asked_for()}, "a dependency has no comment beside it"
    for line, one in zip(LINES, PINNED, strict=True):
        if one.name in why:
            assert line.endswith(f"  # {why[one.name]}")


def test_a_transitive_pin_names_a_pinned_package() -> None:
    names = {pin.name for pin in PINNED}
    for line in LINES:
        if "  # via " in line:
            assert set(line.partition("  # via ")[2].split(", ")) <= names


def test_uv_lines_become_ours() -> None:
    compiled = (
        "numpy==2.0 ; python_full_version < '3.12'  # via pandas, liangxian (pyproject.toml)\nsix==1.16  # via x\n"
    )
    expected = "numpy==2.0 ; python_full_version < '3.12'  # columns\nsix==1.16  # via x\n"
    assert lock.lock(compiled, {"numpy": "columns"}) == lock.HEAD + expected
