"""The benchmark runs from its samples to its figures; how fast anything is, no test says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts import bench


@pytest.mark.slow
def test_figures_of_what_ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(
        "sys.argv",
        ["bench.py", "--scale", "0.002", "--rounds", "1", "--only", "merge", "bare", "udf", "--json", str(tmp_path / "a.json")],
    )  # fmt: skip
    bench.main()
    found = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert found["ran"] == ["merge", "bare", "udf"]
    assert set(found["ratios"]) == {"merge_vs_bare_read", "udf_vs_identity"}
    assert all(value > 0 for value in found["ratios"].values())
    assert found["people"]["1"] > 900
    assert found["peak_mb"]["1"] > 50
