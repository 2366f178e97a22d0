"""What several tests share."""

from __future__ import annotations

import os
import shutil

import pytest


@pytest.fixture(scope="session")
def soffice() -> str:
    """The path of LibreOffice. Without it the test is skipped aloud; in CI it fails."""
    path = shutil.which("soffice")
    if path is None:
        reason = "LibreOffice (soffice) is not installed: this test did not run"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path
