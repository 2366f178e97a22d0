"""The generated pages are what the code says now, and what `--json` writes is what its schema promises."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from addin import policy
from addin.district import assemble, report
from addin.district.records import District
from addin.findings import CATALOGUE
from scripts import make_docs
from tests.support import ROOT
from tests.support.notices import LINHE, YUNZE
from tests.support.results import district, people, result
from tests.support.rosters import person


@pytest.mark.slow
def test_committed_pages_are_the_generated_ones() -> None:
    run = subprocess.run(
        [sys.executable, ROOT / "scripts/make_docs.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (0, ""), run.stdout + run.stderr


@pytest.mark.slow
def test_stale_page_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(make_docs, "DOCS", tmp_path / "docs")
    monkeypatch.setattr(sys, "argv", ["make_docs.py"])
    assert make_docs.main() == 0
    monkeypatch.setattr(sys, "argv", ["make_docs.py", "--check"])
    assert make_docs.main() == 0
    page = tmp_path / "docs/checks.md"
    page.write_text(page.read_text(encoding="utf-8").replace("501", "599"), encoding="utf-8")
    assert make_docs.main() == 1
    page.unlink()
    assert make_docs.main() == 1
    assert capsys.readouterr().out.count("stale: checks.md") == 2


def test_every_check_is_in_the_manual_once() -> None:
    page = make_docs.checks_page()
    listed = re.findall(r"^\| (\w\d{2,3}) \|", page, re.MULTILINE)
    assert sorted(listed) == sorted(CATALOGUE)
    assert "{" not in page


# ---------------------------------------------------------------- --json against its schema


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads((ROOT / "docs/merge.schema.json").read_text(encoding="utf-8"))


def _districts() -> Iterator[tuple[str, District]]:
    yield "empty", district()
    yield "untouched template", district(result("a.xlsx"))
    yield "all refused", district(result("a.xlsx", township="不存在的镇"), result("b.xlsx", policy="别的文号"))
    many = [
        result("普利桥镇.xlsx", *people(6), *people(30, 10, medical_paid=200), deadline=datetime(2019, 10, 15)),
        result("普利桥镇2.xlsx", *people(4), deadline=datetime(2019, 11, 15)),
        result("普利桥镇2副本.xlsx", *people(4), deadline=datetime(2019, 11, 15), sha256="普利桥镇2.xlsx"),
        result(
            "仁湾镇.xlsx",
            *people(5, 2, category="低保"),
            person(medical_paid="250元", medical_date=""),
            township="仁湾镇",
        ),
        result("同期一.xlsx", *people(1), township="曲河街道"),
        result("同期二.xlsx", *people(2), township="曲河街道"),
        result("全表一样错.xlsx", *people(40, 100, medical_date=""), township="梅湾街道", scope="仅医保"),
        result("某镇.xlsx", township="不存在的镇"),
    ]
    yield "everything", district(*many)


@pytest.mark.parametrize(
    ("what", "merge"), list(_districts()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_json_is_what_its_schema_promises(what: str, merge: District, schema: Any) -> None:
    data = json.loads(json.dumps(report.to_json(merge), allow_nan=False))
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(data)
    if what == "everything":  # a list that is empty here would prove nothing
        assert all(
            data[key]
            for key in (
                "files",
                "units",
                "findings",
                "funding",
                "cash",
                "coverage",
                "duplicates",
                "series",
                "decisions",
            )
        )
        assert {line["status"] for line in data["files"]} == {"merged", "replaced", "copy", "refused"}
        assert {finding["severity"] for finding in data["findings"]} >= {"error", "warning"}
        assert any(finding["row"] is None and finding["places"] for finding in data["findings"])


def test_json_of_any_notice_is_what_the_schema_promises(schema: Any) -> None:
    for notice in (YUNZE, LINHE):
        data = json.loads(json.dumps(report.to_json(assemble([], notice)), allow_nan=False))
        jsonschema.Draft202012Validator(schema).validate(data)
        assert list(data["district"]) == list(notice.schemes)


def test_schema_is_strict_and_a_schema(schema: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    data = report.to_json(district(result("a.xlsx", person())))
    validator = jsonschema.Draft202012Validator(schema)
    for spoil in (
        lambda data: data.pop("units"),
        lambda data: data.update(made_at="2019-10-15"),
        lambda data: data["units"][0].update(counted="1"),
        lambda data: data["units"][0]["not_counted"].pop("identity"),
        lambda data: data["files"][0].update(status="lost"),
        lambda data: data["cash"][0].pop("due"),
    ):
        spoilt = json.loads(json.dumps(data))
        spoil(spoilt)
        assert not validator.is_valid(spoilt)


def test_what_product_promises_of_json(schema: Any) -> None:
    """The stable names, typed from the specification."""

    def has(key: str, *names: str) -> None:
        properties = schema["properties"][key]
        properties = properties.get("items", properties)["properties"]
        assert set(names) <= set(properties), key

    has("files", "name", "status", "code", "reason", "township", "part", "persons", "errors", "warnings")
    has(
        "units",
        "township",
        "scheme",
        "base",
        "quota",
        "claimed",
        "counted",
        "late",
        "not_counted",
        "rate",
        "gap",
        "rank",
    )
    has("findings", "file", "sheet", "row", "column", "code", "severity", "article")
    has("funding", "township", "scheme", "category", "funder", "department", "persons", "yuan")
    has("cash", "township", "scheme", "due", "collected", "over", "short")
    has("series", "date", "township", "scheme", "counted")
    district_line = schema["properties"]["district"]["properties"]
    assert list(district_line) == list(policy.SCHEMES)
    assert {"quota_printed", "quota_sum", "counted", "counted_all", "rate"} <= set(
        district_line["medical"]["properties"]
    )
    assert {"policy", "coverage", "duplicates"} <= set(schema["properties"])
