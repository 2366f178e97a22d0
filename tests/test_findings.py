"""The catalogue: every code once, every code used, its words sentences; the makers; every display of a code reads it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from addin import checks, findings
from addin.checks import form, household, medical, payment, pension, person
from addin.findings import (
    CATALOGUE,
    Code,
    Finding,
    column_finding,
    count_by_severity,
    declare,
    group_if_alike,
    make_finding,
    make_refusal,
    title,
)
from addin.output import unit_files
from tests.support import ROOT
from tests.support.notices import LENGSHUITAN

POLICY = LENGSHUITAN
CODES = sorted(CATALOGUE)
IN_WORDS = re.compile(r"R\d{3}|[CS]10\d|[1-9]\d\d")


def test_a_code_or_a_title_is_declared_once() -> None:
    for again in ({"code": "301", "title": "没有人用过的标题"}, {"code": "999", "title": CATALOGUE["301"].title}):
        with pytest.raises(ValueError, match="twice"):
            declare(Code(problem="。", **again))
    assert "999" not in CATALOGUE


@pytest.mark.parametrize("code", CODES)
def test_words_are_sentences(code: str) -> None:
    known = CATALOGUE[code]
    for text in (known.problem, known.remedy):
        own = re.sub(r"\{\w+\}$", "", text)  # the rest of it, or a further sentence, comes from the place that sees it
        assert not own or own.endswith(("。", "：")), text
        assert "。。" not in text and " }" not in text
    assert known.title and not known.title.endswith("。")
    assert known.problem and (known.remedy or code[0] in "CS")


def test_what_rests_on_the_notice_names_an_entry_of_it() -> None:
    for code in CATALOGUE.values():
        if code.code[0] in "RCS1":
            assert code.entry == "", code
        else:
            for scheme in ("medical", "pension"):
                assert POLICY.article(code.entry.format(scheme=scheme)), code


def _literals() -> Iterator[tuple[Path, str]]:
    """The texts in the program's code, the catalogue's own left out, that look like a code."""
    for path in sorted((ROOT / "addin").rglob("*.py")):
        if path.parent.name == "findings":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and IN_WORDS.fullmatch(node.value):
                yield path, node.value


@pytest.mark.slow
def test_every_code_is_given_somewhere_and_no_other() -> None:
    given = {code for path, code in _literals() if path.parent.name != "template"}
    assert {code for code in given if code[0] in "RCS"} - set(CATALOGUE) == set()
    assert set(CATALOGUE) - given == set()


@pytest.mark.slow
def test_no_refusal_has_words_of_its_own_code() -> None:
    """`Refusal(...)` with a code written out goes round the catalogue."""
    for path in sorted((ROOT / "addin").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("Refusal", "Finding")
            ):
                first = node.args[0] if node.args else None
                literal = first.value if isinstance(first, ast.Constant) else ""
                assert not literal and (node.func.id == "Refusal" or path.name == "catalogue.py"), (path, node.lineno)


# ---------------------------------------------------------------- the makers


def test_a_finding_in_the_words_of_the_catalogue() -> None:
    finding = make_finding(
        "404", "甲.xlsx", "花名册", {"where": "乙镇"}, policy=POLICY, row=5, column="G", header="姓名"
    )
    assert finding.problem == "同一证件号码在乙镇用的是另一个姓名。"
    assert (finding.severity, finding.article, finding.blocks) == ("error", "六(二)", ())
    assert make_finding("102", "甲.xlsx", "花名册", {"header": "姓名"}).header == "列换了位置"
    assert make_finding("907", "甲.xlsx", "花名册").blocks == ("medical",)


@pytest.mark.parametrize(("code", "words"), [("999", {}), ("404", {}), ("R999", {})])
def test_an_unknown_code_or_a_missing_word_is_an_error(code: str, words: dict[str, object]) -> None:
    with pytest.raises(KeyError):
        make_finding(code, "甲.xlsx", "花名册", words)
    with pytest.raises(KeyError):
        make_refusal(code, words)


def test_a_value_with_braces_stays_as_it_is() -> None:
    assert make_refusal("R111", {"what": "{header}"}).reason == "文件损坏（{header}）。"


def test_a_refusal_in_the_words_of_the_catalogue_or_more_exactly() -> None:
    assert (
        make_refusal("R111", {"what": "压缩目录不对"}).sentence
        == "文件损坏（压缩目录不对）。多半是传输或U盘出错，请重新发送原文件。"
    )
    assert make_refusal("R119", problem="又变了。", remedy="请重来。").sentence == "又变了。请重来。"


def _same(count: int, **fields: Any) -> list[Finding]:
    return [
        make_finding("907", "甲.xlsx", "花名册", row=5 + n, column="P", header="医保参保状态", name="张*", **fields)
        for n in range(count)
    ]


@pytest.mark.parametrize(("count", "rows", "grouped"), [(20, 20, False), (21, 104, True), (21, 105, False)])
def test_many_alike_are_one(count: int, rows: int, grouped: bool) -> None:
    same = _same(count)
    findings = group_if_alike(same, rows)
    if not grouped:
        assert findings == same
        return
    (whole,) = findings
    assert whole.problem == f"“医保参保状态”列有{count}人同样的问题：职工医保名单上有此人。"
    assert (whole.row, whole.name, whole.count, whole.blocks) == (None, "", count, ("medical",))
    assert whole.places == tuple(range(5, 5 + count))
    made = column_finding(
        "907", "甲.xlsx", "花名册", header="医保参保状态", column="P", count=count, places=whole.places
    )
    assert made == whole and made.problem == whole.problem and made.remedy == whole.remedy


def test_places_are_at_most_a_thousand() -> None:
    (whole,) = group_if_alike(_same(1200), 1200)
    assert len(whole.places) == findings.MOST_PLACES == 1000 and whole.count == 1200


def test_cells_are_counted_grouped_or_not() -> None:
    grouped = group_if_alike(_same(30), 30)
    assert count_by_severity([*grouped, *_same(2), make_finding("907", "甲", "", severity="info")]) == {
        "error": 32,
        "info": 1,
    }


# ---------------------------------------------------------------- whoever shows a code


def test_a_return_calls_every_code_by_its_title(tmp_path: Path) -> None:
    """401, 403 and 404 were called by the column they point at (证件号码, 姓名)."""
    codes = [code for code in CODES if code.isdecimal()]
    listed = [Finding("甲.xlsx", "花名册", 5, "J", code, CATALOGUE[code].severity, header="证件号码") for code in codes]
    unit_files.write_return_list(tmp_path / "a.xlsx", "普利桥镇", POLICY, [], listed)
    rows = openpyxl.load_workbook(tmp_path / "a.xlsx")["按规则"].iter_rows(min_row=4, values_only=True)
    assert {row[0]: row[2] for row in rows} == {code: title(code) for code in codes}
    assert title("404") == "同号不同名" and title("999") == "999"


def test_every_rule_is_named_in_the_order_of_the_rules_and_in_the_catalogue() -> None:
    written = {
        value.code
        for module in (form, household, medical, payment, pension, person)
        for value in vars(module).values()
        if isinstance(value, checks.Rule)
    }
    assert written <= {rule.code for rule in checks.RULES}
    assert all(CATALOGUE[rule.code] is rule for rule in checks.RULES)
