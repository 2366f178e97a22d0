"""A notice of thirty statuses, some of whose names hold what parts statuses in a cell: 一级和二级重度残疾人."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest

from addin import amounts, checks, columns, policy
from addin.columns import FIRST_ROW, PLACES, ROSTER_SHEET
from addin.output import template
from addin.policy import FEN, Policy
from tests.support import spreadsheets
from tests.support.notices import LENGSHUITAN, LINHE, LINHE_FOLDER, edited
from tests.test_groups import COVER, person

LONGEST_FORMULA = 8192
"""Characters, in Excel."""
JOINED = "一级和二级重度残疾人"
FURTHER = [f"事实上需要县里帮助的第{n}类人员" for n in range(1, 25)]


def _notice(folder: Path, *edits: tuple[str, str, str]) -> Path:
    keys = [f"further{n}" for n in range(len(FURTHER))]
    quoted = 'article = "第四条"\ntext = "优抚对象不列入困难人员"'
    added = "\n".join(
        f'[[categories]]\nkey = "{key}"\nname = "{name}"\nshort = "{name}"\nhardship = false\n{quoted}\n'
        for key, name in zip(keys, FURTHER, strict=True)
    )
    more = "".join(f', "{key}"' for key in keys)
    return edited(
        LINHE_FOLDER,
        folder,
        ("policy.toml", 'name = "重度残疾人"', f'name = "{JOINED}"'),
        ("policy.toml", 'name = "优抚对象"', 'name = "优抚（烈属、老兵）"'),
        ("policy.toml", "# Facts decide", f"{added}\n# Facts decide"),
        ("policy.toml", '"severe_disabled", "over70"]', f'"severe_disabled", "over70"{more}]'),
        ("policy.toml", '"watched", "veteran"]', f'"watched", "veteran"{more}]'),
        *edits,
    )


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return policy.load(_notice(tmp_path_factory.mktemp("many") / "notice"))


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (JOINED, {"severe_disabled"}),
        (f"低保、{JOINED}", {"dibao", "severe_disabled"}),
        (f"{JOINED}和低保", {"dibao", "severe_disabled"}),
        ("优抚（烈属、老兵）、低保", {"veteran", "dibao"}),
        ("优抚(烈属、老兵) 重残", {"veteran", "severe_disabled"}),
        (f"{FURTHER[0]}、监测户", {"further0", "watched"}),
    ],
)
def test_a_name_that_holds_what_parts_statuses_is_one_status(many: Policy, text: str, keys: set[str]) -> None:
    assert amounts.parse_category(many, text) == keys


def test_a_piece_of_such_a_name_is_no_status(many: Policy) -> None:
    with pytest.raises(amounts.UnknownCategory) as raised:
        amounts.parse_category(many, "低保、一级和三级重度残疾人")
    assert raised.value.text == "一级"


def test_a_short_name_that_parts_is_refused(tmp_path: Path) -> None:
    folder = _notice(tmp_path / "notice", ("policy.toml", 'short = "重度残疾"', 'short = "一、二级残疾"'))
    (fault,) = policy.faults(folder)
    assert "short “一、二级残疾”里不能有顿号" in fault.problem


PAIRS = [f"低保、{JOINED}", "优抚（烈属、老兵）、低保", f"{FURTHER[0]}、{FURTHER[1]}、监测户", f"{JOINED} {FURTHER[2]}"]


@pytest.mark.slow
def test_the_template_has_the_amounts_of_several_statuses(many: Policy, tmp_path: Path) -> None:
    people = [person(serial=n, category=category, tier=500) for n, category in enumerate(PAIRS, 1)]
    path = tmp_path / "册.xlsx"
    template.write_roster(path, many, COVER, people)
    sheet = openpyxl.load_workbook(path)[ROSTER_SHEET]
    formulas = [str(cell.value) for row in sheet.iter_rows(min_row=FIRST_ROW) for cell in row if cell.value]
    assert 0 < max(len(formula) for formula in formulas) <= LONGEST_FORMULA
    values = spreadsheets.ironcalc(path, ROSTER_SHEET, (FIRST_ROW, 1, FIRST_ROW + len(PAIRS) - 1, PLACES["hint"]))
    for scheme in many.schemes:
        due = [
            amounts.dues(many, scheme, amounts.parse_category(many, text), 500 * FEN if scheme == "pension" else None)
            for text in PAIRS
        ]
        shown = [float(values[FIRST_ROW + n, PLACES[f"{scheme}_due"]]) for n in range(len(PAIRS))]
        assert shown == [one.cash / FEN for one in due]


@pytest.mark.slow
def test_the_page_of_filling_in_goes_by_the_notice(many: Policy, tmp_path: Path) -> None:
    pages = []
    for rules in (LENGSHUITAN, many):
        template.write_roster(tmp_path / "册.xlsx", rules, {}, (), blank_rows=5)
        sheet = openpyxl.load_workbook(tmp_path / "册.xlsx")[columns.HELP_SHEET]
        pages.append([str(cell.value) for row in sheet for cell in row])
    of_lengshuitan, of_many = ("\n".join(page) for page in pages)
    assert "报区医保局。" in of_lengshuitan and "报区" not in of_many  # which names no office
    assert pages[1][pages[1].index("最低档") + 1] == "200" and pages[0][pages[0].index("最低档") + 1] == "100"


def test_where_no_receipt_is_spoken_of_nobody_is_asked_for_one(tmp_path: Path) -> None:
    folder = edited(
        LINHE_FOLDER,
        tmp_path / "notice",
        ("policy.toml", 'receipts = { article = "第九条", text = "开具票据" }\n', ""),
    )
    silent = policy.load(folder)
    before, after = ([rule.code for rule in checks.off(rules)] for rules in (LINHE, silent))
    assert set(after) - set(before) == {"808"} and len(after) == len(before) + 1
    assert re.search("808", "".join(hint.code for hint in template.hints.all_hints(LINHE)))
    assert not re.search("808", "".join(hint.code for hint in template.hints.all_hints(silent)))
