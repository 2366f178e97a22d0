"""What tests share: helpers in modules by what they speak of, and where the project's folders are."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
ROOT = TESTS.parent
"""The project's folder."""
