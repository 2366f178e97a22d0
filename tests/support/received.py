"""Rosters as files, as stations send them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from addin.output import template
from tests.support.rosters import COVER, POLICY


def received(folder: Path, name: str, *people: Mapping[str, Any], **cover: Any) -> Path:
    """A workbook in the template's layout, as a station sends it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    given = {key: value for key, value in {**COVER, **cover}.items() if value != ""}
    template.write_roster(path, POLICY, given, people, blank_rows=3)
    return path
