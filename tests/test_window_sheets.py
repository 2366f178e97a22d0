"""收费速查 and 缴费单: what helps at the window, in the engines and by the button; never in a paper that is handed on."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from addin import amounts, columns, macros
from addin.columns import FIRST_ROW
from addin.output import macro_workbook, submission, template
from addin.output.template import charges, lists, slip
from addin.output.template.style import Styles
from addin.policy import FEN, Policy
from tests.support import results, spreadsheets
from tests.support.excel import Excel, session
from tests.support.notices import LATER_WINDOWS, LENGSHUITAN, QINGSHI, YUNZE
from tests.support.office import Office, cell
from tests.support.rosters import COVER, person

pytestmark = pytest.mark.usefixtures("own_folder")

ALL = "全部"
NOTICES = pytest.mark.parametrize(
    "policy", [LENGSHUITAN, QINGSHI, YUNZE, LATER_WINDOWS], ids=["lengshuitan", "qingshi", "yunze", "windows"]
)


def combinations(policy: Policy) -> list[tuple[str, int, str]]:
    tiers = [tier for rules in policy.schemes.values() for tier in rules.tiers] or [0]
    return [(text, tier, name) for text in lists.category_choices(policy) for tier in tiers for name in policy.periods]


def expected(policy: Policy) -> list[list[float]]:
    """What `amounts` says of each combination: of each scheme what is collected, paid by others, paid back."""
    amounts_of_all = []
    for text, tier, name in combinations(policy):
        day = policy.periods[name] or date.min
        statuses, line = amounts.parse_category(policy, text), []
        for scheme, rules in policy.schemes.items():
            window = max([0, *(n for n, later in enumerate(rules.windows, 1) if later.start <= day)])
            due = amounts.dues(policy, scheme, statuses, tier if rules.tiers else None, window=window)
            line += [due.cash / FEN, due.subsidy / FEN, due.refund / FEN]
        amounts_of_all.append(line)
    return amounts_of_all


def written(policy: Policy, path: Path) -> None:
    """The sheet itself, and beside it a line of its formulas for every combination that can be picked."""
    with xlsxwriter.Workbook(str(path)) as book:
        charges.write(book.add_worksheet(columns.CHARGES_SHEET), Styles(book), policy)
        sheet = book.add_worksheet(ALL)
        for n, (text, tier, window) in enumerate(combinations(policy), 1):
            sheet.write_row(n - 1, 0, [text, tier / FEN, window])
            for m, formula in enumerate(charges.formulas(policy, f"$A${n}", f"$B${n}", f"$C${n}").values(), 3):
                sheet.write_formula(n - 1, m, formula, None, "old")


def table(values: spreadsheets.Values, policy: Policy) -> list[list[float]]:
    width, rows = 3 * len(policy.schemes), range(1, len(combinations(policy)) + 1)
    return [[float(values[row, column]) for column in range(4, 4 + width)] for row in rows]


def area(policy: Policy) -> tuple[int, int, int, int]:
    return 1, 1, len(combinations(policy)), 3 + 3 * len(policy.schemes)


@pytest.mark.slow
@NOTICES
def test_every_combination_in_every_engine(policy: Policy, tmp_path: Path, soffice: str) -> None:
    path = tmp_path / "速查.xlsx"
    written(policy, path)
    assert table(spreadsheets.gnumeric(path, ALL, tmp_path), policy) == expected(policy)
    assert table(spreadsheets.ironcalc(path, ALL, area(policy)), policy) == expected(policy)
    with spreadsheets.HyperFormula(path) as book:
        assert table(book.values(ALL, area(policy)), policy) == expected(policy)
    with Office(soffice, tmp_path / "office") as office:
        document = office.load(path)
        document.calculateAll()
        top, left, bottom, right = area(policy)
        place = f"{columns.letter(left)}{top}:{columns.letter(right)}{bottom}"
        found = [[float(value) for value in row[3:]] for row in cell(document, ALL, place).getDataArray()]
        assert found == expected(policy)
        document.close(True)


@pytest.mark.slow
def test_picking_shows_the_amounts_and_their_sum(tmp_path: Path) -> None:
    path = tmp_path / "模板.xlsx"
    template.write_roster(path, LENGSHUITAN, COVER, results.people(2), tools=True)
    sheet = columns.CHARGES_SHEET
    with spreadsheets.HyperFormula(path) as book:
        first = charges.FIRST

        def shown() -> list[list[Any]]:
            values = book.values(sheet, (first, 3, first + 2, 5))
            return [[values.get((row, column), "") for column in (3, 4, 5)] for row in range(first, first + 3)]

        assert shown() == [[250, 0, 0], [100, 0, 0], [350, 0, 0]]
        book.type(sheet, 5, 3, LENGSHUITAN.categories["dibao"].name)
        book.type(sheet, 6, 3, 300)
        assert shown() == [[250, 0, 75], [200, 100, 0], [450, 100, 75]]
        book.type(sheet, 5, 3, "")
        assert shown() == [["", "", ""], ["", "", ""], ["", "", ""]]
        book.type(sheet, 5, 3, "没有这种")
        assert shown()[0] == ["请从列表选"] * 3


@pytest.mark.slow
def test_a_window_is_picked_where_the_notice_has_several(tmp_path: Path) -> None:
    """Each scheme goes by the day: from the pension's second window on, medical insurance is still in its main one."""
    path = tmp_path / "模板.xlsx"
    template.write_roster(path, LATER_WINDOWS, COVER, results.people(2), tools=True)
    sheet, first = columns.CHARGES_SHEET, charges.FIRST
    names = list(LATER_WINDOWS.periods)
    assert names == [
        "集中缴费期",
        "养老补缴期（2019-11-15起）",
        "医保补缴期（2020-01-01起）",
        "医保零星参保（2020-03-01起）",
    ]
    with spreadsheets.HyperFormula(path) as book:
        book.type(sheet, 5, 3, LATER_WINDOWS.categories["dibao"].name)
        shown = {}
        for name in [*names, ""]:
            book.type(sheet, 7, 3, name)
            values = book.values(sheet, (first, 3, first + 1, 5))
            shown[name] = [[values.get((row, column), "") for column in (3, 4, 5)] for row in (first, first + 1)]
        assert list(shown.values()) == [
            [[250, 0, 75], [0, 100, 0]], [[250, 0, 75], [100, 0, 0]], [[960, 0, 0], [100, 0, 0]],
            [[250, 0, 75], [100, 0, 0]], [["", "", ""], ["", "", ""]],
        ]  # fmt: skip


@pytest.mark.slow
def test_the_sheets_are_in_templates_and_in_no_paper_that_is_handed_on(tmp_path: Path) -> None:
    macro_workbook.write_template(tmp_path / "模板.xlsx", LENGSHUITAN, 3, {})
    macro_workbook.write_template(tmp_path / "宏.xlsm", LENGSHUITAN, 0, {})
    template.write_roster(tmp_path / "校验.xlsx", LENGSHUITAN, COVER, [person()], findings=[])
    for name, there in (("模板.xlsx", True), ("宏.xlsm", True), ("校验.xlsx", False)):
        sheets = openpyxl.load_workbook(tmp_path / name).sheetnames
        assert [sheet in sheets for sheet in columns.TOOL_SHEETS] == [there, there]


# ---------------------------------------------------------------- 打印缴费单


def family(folder: Path, **change: Any) -> Path:
    """Three of household 12, with somebody of another village and the same number between them."""
    numbers = [row["id_number"] for row in results.people(4)]
    unpaid = {"medical_paid": "", "medical_date": "", "medical_receipt": ""}
    people = [
        person(household="12", name="甲", id_number=numbers[0], category="低保", **unpaid),
        person(household="12", name="外", id_number=numbers[1], village="河口村"),
        person(household="12", name="乙", id_number=numbers[2], relation="配偶", tier=300, pension_paid=""),
        person(household=" 12", name="丙", id_number=numbers[3], relation="子", pension_status="", tier="", medical_status="市内职工医保") | change,
    ]  # fmt: skip
    path = folder / "花名册.xlsx"
    template.write_roster(path, LENGSHUITAN, COVER, people, blank_rows=5, tools=True)
    return path


def select(excel: Excel, row: int) -> None:
    sheet = excel.books[0][columns.ROSTER_SHEET]
    sheet.Activate()
    sheet.Cells(row, 3).Select()


@pytest.mark.slow
def test_the_household_is_shown_as_it_prints_and_nothing_stays(tmp_path: Path) -> None:
    with session(family(tmp_path)) as excel:
        before = excel.books[0].state()
        select(excel, FIRST_ROW + 2)
        macros.print_payment_slip()
        assert excel.said == []
        ((title, whose, head, *people, total, signed),) = excel.previews
        assert title[0].endswith("缴费单")
        assert whose[0] == "普利桥镇　桥头村　户号：12　户主：甲"
        assert head == [title for title, _, _ in slip.FIELDS]
        assert people == [
            [1, "甲", "户主", "低保", 250, 100, 0, 100, 150],
            [2, "乙", "配偶", None, 250, 300, 300, 250, 300],
            [3, "丙", "子", None, None, None, None, 0, 0],
        ]
        assert total == ["合计", None, "3人", None, 500, None, 300, 350, 450]
        assert "收款人（签字）" in signed[0]
        sheet = excel.books[0][columns.SLIP_SHEET]
        assert object.__getattribute__(sheet.PageSetup, "PrintArea") == "$A$1:$I$9"
        assert excel.books[0].state() == before
        assert excel.books[0].active.Name == columns.ROSTER_SHEET


@pytest.mark.slow
def test_nothing_stays_either_when_the_preview_fails(tmp_path: Path) -> None:
    with session(family(tmp_path)) as excel:
        before = excel.books[0].state()
        select(excel, FIRST_ROW)
        excel.fail = lambda _, name: 1004 if name == "PrintPreview" else None
        macros.print_payment_slip()
        assert "没有做成" in excel.said[0]
        assert excel.books[0].state() == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("row", "change", "sentence"),
    [
        (FIRST_ROW + 4, {}, "没有人"),
        (FIRST_ROW + 3, {"household": ""}, "户号没有填好"),
        (FIRST_ROW, {"category": "不认得", "medical_status": "本次参保"}, "算不出应收"),
    ],
)
def test_what_cannot_be_printed_is_reported(tmp_path: Path, row: int, change: dict[str, Any], sentence: str) -> None:
    with session(family(tmp_path, **change)) as excel:
        select(excel, row)
        macros.print_payment_slip()
        assert sentence in excel.said[0]
        assert excel.previews == []


@pytest.mark.slow
def test_another_sheet_in_front_or_an_older_book_is_reported(tmp_path: Path) -> None:
    with session(family(tmp_path)) as excel:
        macros.print_payment_slip()
        assert "请先在“花名册”里选中" in excel.said[0]
    path = tmp_path / "旧.xlsx"
    template.write_roster(path, LENGSHUITAN, COVER, [person()])
    with session(path) as excel:
        macros.print_payment_slip()
        assert "没有“缴费单”一页" in excel.said[0]


@pytest.mark.slow
def test_the_submission_has_no_slip(tmp_path: Path) -> None:
    with session(family(tmp_path)) as excel:
        excel.answers = [True, False]
        macros.make_submission()
    (made,) = tmp_path.glob("*_第1次.xlsx")
    assert not set(columns.TOOL_SHEETS) & set(openpyxl.load_workbook(made).sheetnames)
    assert submission.Edition("x", 1).name(1) == made.name.replace(made.name.rsplit("_", 1)[0], "x")
