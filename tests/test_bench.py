"""The benchmark runs from its samples to its figures; how fast anything is, no test says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts import bench, bench_docs


@pytest.mark.slow
def test_figures_of_what_ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(
        "sys.argv",
        ["bench.py", "--scale", "0.002", "--rounds", "1", "--only", "merge", "bare", "papers", "udf", "start", "--json", str(tmp_path / "a.json")],
    )  # fmt: skip
    bench.main()
    data = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert data["ran"] == ["merge", "bare", "papers", "udf", "start"]
    assert set(data["ratios"]) == {"merge_vs_bare_read", "papers_vs_merge", "returns_vs_merge", "udf_vs_identity"}
    calls = {"netdue-first", "netdue-later"}
    assert set(data["waits"]) == {"help", "first-word", "check-small-above-pandas", "annotate-10000"} | calls
    assert all(value > 0 for value in (data["ratios"] | data["waits"]).values())
    assert data["people"]["1"] > 900
    assert data["peak_mb"]["1"] > 50
    lines = bench_docs.section(data).splitlines()
    assert all(line.count(" | ") == 3 for line in lines if line.startswith("|") and "---" not in line)
    assert {name for group in (bench_docs._GOALS, bench_docs._WAITS) for name in group} >= {
        *data["ratios"],
        *data["waits"],
    }


def test_a_contender_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    run = bench.Bench(1.0, 1, 1, ["merge", "fastexcel"], tmp_path)
    run._leave_out("fastexcel", True, "fastexcel is not installed")
    assert run.only == ["merge"]
    assert "fastexcel left out" in capsys.readouterr().out
    assert run.left_out == ["fastexcel left out: fastexcel is not installed."]
