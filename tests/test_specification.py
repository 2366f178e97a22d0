"""docs/specification.md against the code: what is cited exists, and its tables are those of the program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from addin import amounts, functions
from addin.columns import COLUMNS
from addin.output.summary.sheets import sheets
from tests.support import ROOT
from tests.support.cells import SPECIFICATION, table_of
from tests.support.notices import LENGSHUITAN

SECTIONS = [int(number) for number in re.findall(r"^## (\d+)\. ", SPECIFICATION, re.MULTILINE)]
CITATION = re.compile(r"specification (\d+(?:(?:, | and | to )\d+)*)")


def sources() -> list[Path]:
    return [
        path
        for folder in ("addin", "docs", "scripts", "tests")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in (".py", ".md", ".bas", ".cls", ".toml") and path != Path(__file__)
    ]


def test_sections_are_numbered_through() -> None:
    assert [*range(1, 11)] == SECTIONS


def test_every_section_that_is_cited_exists() -> None:
    cited: dict[int, list[str]] = {}
    for path in sources():
        for numbers in CITATION.findall(path.read_text(encoding="utf-8")):
            for number in re.findall(r"\d+", numbers):
                cited.setdefault(int(number), []).append(path.name)
    assert len(cited) > 4, "nobody cites the specification any more"
    assert {number: names for number, names in cited.items() if number not in SECTIONS} == {}


def test_nothing_cites_a_document_that_is_not_in_the_project() -> None:
    dangling = re.compile(r"\bproduct(?:\.md| sections?)?,? \d|\bproduct\.md\b")
    assert [path.name for path in sources() if dangling.search(path.read_text(encoding="utf-8"))] == []


def test_columns_of_the_template() -> None:
    described = [(header, key.strip("`"), kind) for header, key, kind in table_of("| header | code | kind |")]
    assert [(header, key) for header, key, _ in described] == [(column.header, column.key) for column in COLUMNS]
    for (_, key, kind), column in zip(described, COLUMNS, strict=True):
        flags = kind.partition(";")[0].replace(",", "").split()
        assert (("M" in flags), ("T" in flags)) == (column.mandatory, column.as_text), key
        listed = bool(column.choices) or key in ("category", "tier")
        assert ("L" in flags) == listed, key


def test_sheets_of_the_summary() -> None:
    assert [name for name, _ in table_of("| sheet | what |")] == [sheet.name for sheet in sheets(LENGSHUITAN)]


def test_worksheet_functions() -> None:
    calls = [call.strip("`").partition("(")[0] for call, _ in table_of("| call | gives |")]
    assert calls == list(functions.NAMES)


def test_interpretations_and_which_can_be_put_on_trial() -> None:
    names = [name for name, _, _ in table_of("| name | point | in force |")]
    assert names == [
        f"`{interpretation.name}`{' *' * interpretation.operative}"
        for interpretation in LENGSHUITAN.interpretations.values()
    ]


def test_tiers_standard_and_subsidies() -> None:
    net = {}
    for names, *_, amount, cash, refund in table_of(
        "| category | subsidy | funders | transferred by | net due | cash due | refund |"
    ):
        for name in names.split(", "):
            net[name] = tuple(float(yuan) for yuan in (amount, cash, refund))
    assert set(net) == {status.name for status in LENGSHUITAN.categories.values()} | {
        LENGSHUITAN.categories[amounts.ORDINARY].name
    }
    for name, (amount, cash, refund) in net.items():
        (category,) = [key for key, category in LENGSHUITAN.categories.items() if category.name == name] or ["ordinary"]
        due = amounts.dues(LENGSHUITAN, "medical", {category} - {amounts.ORDINARY})
        assert (due.net / 100, due.cash / 100, due.refund / 100) == (amount, cash, refund), name


def test_a_table_that_is_not_there_is_reported() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        table_of("| nowhere |")
