"""The template in four spreadsheet engines, on the file as it is, and after hostile edits.

LibreOffice is in `test_template_native.py` too, with many more rows; here it plays the hand and saves what the others
then compute.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from addin import columns
from addin.columns import FIRST_ROW, LETTERS, PLACES, ROSTER_SHEET
from addin.output import template
from addin.output.template.layout import TOTAL_CELLS
from tests import test_template_native as native
from tests.support import rosters, spreadsheets
from tests.support.office import Office, cell
from tests.support.spreadsheets import HyperFormula, Values

pytestmark = pytest.mark.slow

POLICY = native.POLICY
ROWS = 1_000
DUES = ("medical_due", "medical_subsidy", "medical_refund", "pension_due", "pension_subsidy")


@pytest.fixture(scope="module")
def office(soffice: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with Office(soffice, tmp_path_factory.mktemp("office")) as running:
        yield running


@pytest.fixture(scope="module")
def people() -> list[dict[str, Any]]:
    """Every set of statuses at a tier, then random rows: statuses, tiers, kinds of documents, days on the edges."""
    combinations = [row for row in native._every_combination() if row["tier"] in (100, 3000)]
    return [*combinations, *native._people(ROWS, seed=15)][:ROWS]


@pytest.fixture(scope="module")
def written(people: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("engines") / "册.xlsx"
    template.write_roster(path, POLICY, rosters.COVER, people)
    return path


def differences(values: Values, people: list[dict[str, Any]], rows: list[int], *, hints: bool = True) -> list[Any]:
    """The rows whose amounts, or whose hint, are not Python's; `rows` are where the people stand."""
    dues, codes = native._python(people)
    wrong = []
    for row, due, found in zip(rows, dues, codes, strict=True):
        shown = tuple(_number(values.get((row, PLACES[key]), "")) for key in DUES)
        if shown != tuple(map(_number, due)):
            wrong.append((row, shown, due))
        hint = values.get((row, PLACES["hint"]), "")
        said, covered = native._codes_of(hint) if hint else set(), found & template.hint_codes(POLICY)
        if hints and ((bool(covered) != bool(hint) and "110" not in said) or (hint and not said & (found | {"110"}))):
            wrong.append((row, hint, sorted(covered)))
    return wrong


def _number(value: Any) -> Any:
    return float(value) if value not in (None, "") and str(value).replace(".", "", 1).isdigit() else value or ""


def _area(count: int) -> tuple[int, int, int, int]:
    return FIRST_ROW, 1, FIRST_ROW + count - 1, PLACES["hint"]


def _rows(count: int) -> list[int]:
    return list(range(FIRST_ROW, FIRST_ROW + count))


def test_gnumeric(written: Path, people: list[dict[str, Any]], tmp_path: Path) -> None:
    values = spreadsheets.gnumeric(written, ROSTER_SHEET, tmp_path)
    assert differences(values, people, _rows(len(people))) == []


def test_ironcalc(written: Path, people: list[dict[str, Any]]) -> None:
    values = spreadsheets.ironcalc(written, ROSTER_SHEET, _area(len(people)))
    assert differences(values, people, _rows(len(people))) == []


def test_hyperformula(written: Path, people: list[dict[str, Any]]) -> None:
    with HyperFormula(written) as book:
        assert differences(book.values(ROSTER_SHEET, _area(len(people))), people, _rows(len(people))) == []


def test_a_typed_cell_works_out_its_own_row_only(tmp_path: Path) -> None:
    """What changes is the row and the control totals, however many people there are."""
    row = FIRST_ROW + 10
    changed = {}
    for count in (30, 120):
        template.write_roster(tmp_path / "t.xlsx", POLICY, rosters.COVER, [rosters.ORDINARY] * count)
        with HyperFormula(tmp_path / "t.xlsx") as book:
            changed[count] = [
                book.type(ROSTER_SHEET, row, PLACES[key], value)
                for key, value in (
                    ("category", "低保"),
                    ("name", ""),
                    ("medical_paid", 175),
                    ("tier", 300),
                    ("remark", "x"),
                )
            ]
    assert changed[30] == changed[120]
    assert max(changed[30]) < 20


# ---------------------------------------------------------------- a hostile hand


HANDS = 40


def _family(count: int) -> list[dict[str, Any]]:
    rng = random.Random(4)
    people = list(native._people(count * 2, seed=99))[:count]
    for n, person in enumerate(people):
        person |= {
            "name": f"人{rng.randrange(1000):03}{n:02}",
            "id_number": rosters.ORDINARY["id_number"],
            "id_type": "",
        }
    return people


def _typed_row(document: Any, row: int) -> dict[str, Any]:
    """A row's inputs as a program that reads the sheet gets them."""
    line = cell(document, ROSTER_SHEET, f"A{row}:{LETTERS['marks']}{row}").getDataArray()[0]
    found = {column.key: line[PLACES[column.key] - 1] for column in columns.INPUTS}
    for key in ("medical_date", "pension_date"):
        if isinstance(found[key], float):
            found[key] = native._EPOCH + native.timedelta(days=found[key])
    return found


def _move(document: Any, source: str, target: str) -> None:
    """Cut an area and paste it elsewhere."""
    sheet = document.Sheets.getByName(ROSTER_SHEET)
    area = sheet.getCellRangeByName(source).RangeAddress
    sheet.moveRange(sheet.getCellRangeByName(target).CellAddress, area)


def hostile_hand(office: Office, document: Any, people: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], Values]:
    """Pasted over, cut and dragged, sorted by name, rows inserted, filled and deleted; gives the people and the sheet then.

    The people stand from the first row on, as many as before.
    """
    sheet = document.Sheets.getByName(ROSTER_SHEET)
    last = FIRST_ROW + len(people) - 1
    tier, category, paid = LETTERS["tier"], LETTERS["category"], LETTERS["medical_paid"]
    # cut and dragged: a tier into another row, statuses of three people one row down, a run of cells to the side
    _move(document, f"{tier}{FIRST_ROW}", f"{tier}{FIRST_ROW + 5}")
    _move(document, f"{category}{FIRST_ROW + 2}:{category}{FIRST_ROW + 4}", f"{category}{FIRST_ROW + 3}")
    _move(document, f"{paid}{FIRST_ROW + 7}", f"{LETTERS['medical_receipt']}{FIRST_ROW + 7}")
    # pasted over: the inputs of twenty rows by those of others
    native._put(document, people[5:25], FIRST_ROW + 15)
    # sorted by name over the filter's range
    area = sheet.getCellRangeByName(f"A{FIRST_ROW}:{LETTERS['marks']}{last}")
    field = office.uno.createUnoStruct("com.sun.star.table.TableSortField")
    field.Field, field.IsAscending = PLACES["name"] - 1, False
    fields = office.uno.Any("[]com.sun.star.table.TableSortField", (field,))
    area.sort((office.property("SortFields", fields), office.property("ContainsHeader", False)))
    # a row inserted and filled down from above with all formulas, another taken away
    sheet.Rows.insertByIndex(FIRST_ROW + 9, 1)
    above = sheet.getCellRangeByName(f"A{FIRST_ROW + 9}:BZ{FIRST_ROW + 9}").RangeAddress
    sheet.copyRange(sheet.getCellRangeByName(f"A{FIRST_ROW + 10}").CellAddress, above)
    sheet.Rows.removeByIndex(FIRST_ROW + 19, 1)
    document.calculateAll()
    rows = range(FIRST_ROW, last + 1)
    now = [_typed_row(document, row) for row in rows]
    values = {
        (row, PLACES[key]): cell(document, ROSTER_SHEET, f"{LETTERS[key]}{row}").getDataArray()[0][0]
        for row in rows
        for key in (*DUES, "hint")
    }
    assert all(one["name"] for one in now)
    assert {one["name"] for one in now} != {person["name"] for person in people}, "the hand has done nothing"
    return now, values


def test_after_hostile_edits_in_libreoffice(office: Office, tmp_path: Path) -> None:
    """Each row keeps its amounts, and in what is saved the other engines find them."""
    people = _family(HANDS)
    path, saved = tmp_path / "册.xlsx", tmp_path / "存.xlsx"
    template.write_roster(path, POLICY, rosters.COVER, people, blank_rows=10)
    document = office.load(path)
    last = FIRST_ROW + HANDS - 1
    try:
        now, values = hostile_hand(office, document, people)
        totals = {
            key: cell(document, columns.COVER_SHEET, place.replace("$", "")).Value for key, place in TOTAL_CELLS.items()
        }
        office.store(document, saved)
    finally:
        document.close(True)
    rows = list(range(FIRST_ROW, last + 1))
    assert differences(values, now, rows) == []
    assert totals["persons"] == HANDS
    assert differences(spreadsheets.gnumeric(saved, ROSTER_SHEET, tmp_path), now, rows) == []
    assert (
        differences(spreadsheets.ironcalc(saved, ROSTER_SHEET, (FIRST_ROW, 1, last, PLACES["hint"])), now, rows) == []
    )


def test_after_hostile_edits_in_hyperformula(tmp_path: Path) -> None:
    people = _family(HANDS)
    template.write_roster(tmp_path / "册.xlsx", POLICY, rosters.COVER, people)
    last = FIRST_ROW + HANDS - 1
    with HyperFormula(tmp_path / "册.xlsx") as book:

        def move(key: str, row: int, to: int) -> None:
            source = {
                "start": book.address(ROSTER_SHEET, row, PLACES[key]),
                "end": book.address(ROSTER_SHEET, row, PLACES[key]),
            }
            book.call("moveCells", source, book.address(ROSTER_SHEET, to, PLACES[key]))

        now = [dict(person) for person in people]
        for key, row, to in (("tier", 0, 5), ("category", 3, 4), ("medical_paid", 7, 8), ("name", 11, 12)):
            move(key, FIRST_ROW + row, FIRST_ROW + to)
            now[to][key], now[row][key] = now[row].get(key, ""), ""
        now[11]["name"] = ""
        for n, one in enumerate(people[5:15]):  # pasted over
            for key in PLACES:
                if columns.BY_KEY[key].filled_by == "clerk":
                    book.type(ROSTER_SHEET, FIRST_ROW + 20 + n, PLACES[key], one.get(key) or None)
            now[20 + n] = dict(one)
        sheet = book.address(ROSTER_SHEET, 1, 1)["sheet"]
        book.call("removeRows", sheet, [FIRST_ROW + 30 - 1, 2])
        del now[30:32]
        # a row inserted and filled down from above, with all its formulas
        book.call("addRows", sheet, [FIRST_ROW + 10 - 1, 1])
        above = {
            "start": book.address(ROSTER_SHEET, FIRST_ROW + 9, 1),
            "end": book.address(ROSTER_SHEET, FIRST_ROW + 9, 90),
        }
        book.call("copy", above)
        book.call("paste", book.address(ROSTER_SHEET, FIRST_ROW + 10, 1))
        now.insert(10, dict(now[9]))
        last += 1 - 2
        # sorted by name: whole rows change places
        order = sorted(range(len(now)), key=lambda n: str(now[n]["name"]))
        assert order != list(range(len(now)))
        book.call(
            "swapRowIndexes", sheet, [[FIRST_ROW + old - 1, FIRST_ROW + new - 1] for new, old in enumerate(order)]
        )
        now = [now[n] for n in order]
        rows = list(range(FIRST_ROW, FIRST_ROW + len(now)))
        values = book.values(ROSTER_SHEET, (FIRST_ROW, 1, last, PLACES["hint"]))
    assert differences(values, now, rows) == []
