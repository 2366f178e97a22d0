"""What the tests share: helpers, one module a subject, and the places of the project's folders."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
ROOT = TESTS.parent
"""The project's folder."""
