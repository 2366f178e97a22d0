"""Habits of whole books that are no mistakes: headers with units and stars, the unit's full name, spare sheets.

In: a book as it would be sent, a random generator. Out: the same book, and the expected findings about it.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from random import Random

from addin.columns import FIRST_ROW, HEADER_ROW, INPUTS, WHOLE
from addin.output.template.layout import LETTERS
from scripts.samples.families import Cell
from scripts.samples.files import add_line, add_sheet, merge_cells, put_text
from scripts.samples.form import ROSTER
from scripts.samples.units import Book

_HEADERS = {
    "village": ("村、社区", "村（社区）*", "2.村(社区)"),
    "household": ("户号（村内编号）", "*户号"),
    "registered": ("户口人数（人）", "户口人数/人"),
    "name": ("姓名（必填）", "*姓名", "7.姓名", "姓名："),
    "id_number": ("身份证号码（18位）", "【必填】证件号码", "证件号码 *"),
    "medical_paid": ("医保实收（元）", "医保实收/元", "医保实收(元)"),
    "tier": ("养老档次（元/年）", "缴费档次（元）"),
    "pension_paid": ("养老实收（元）", "养老实收/元"),
    "remark": ("备注（没有可不填）",),
}


def headers_with_units_and_stars(book: Book, rng: Random) -> None:
    """Some headers say more than the template's."""
    for key in rng.sample(sorted(_HEADERS), rng.randint(3, len(_HEADERS))):
        put_text(book, ROSTER, f"{LETTERS[key]}{HEADER_ROW}", rng.choice(_HEADERS[key]))


def township_in_full(book: Book, _: Random) -> None:
    """The cover names the office."""
    if book.unit.endswith(("镇", "乡")):
        book.said["township"] = f"{book.unit}人民政府"
    elif book.unit.endswith("街道"):
        book.said["township"] = f"{book.unit}办事处"


def part_as_its_committee(book: Book, rng: Random) -> None:
    """The cover names the village's committee, or the unit in front of the village."""
    if book.part == WHOLE:
        return
    stem, kind = (book.part[:-2], "社区") if book.part.endswith("社区") else (book.part[:-1], "村")
    written = {
        "村": (f"{stem}村村民委员会", f"{stem}村民委员会", f"{stem}村委会"),
        "社区": (f"{stem}社区居民委员会", f"{stem}居委会", f"{stem}社区居委会"),
    }[kind]
    book.said["part"] = rng.choice((*written, f"{book.unit}{book.part}"))


def saved_by_a_spreadsheet_program(book: Book, _: Random) -> None:
    """The texts stand in one table."""
    book.shared = True


def empty_spare_sheets(book: Book, _: Random) -> None:
    """As every new workbook of Excel once had."""
    for name in ("Sheet2", "Sheet3"):
        add_sheet(book, name, "<sheetData/>")


def village_merged_over_a_family(book: Book, rng: Random) -> None:
    """The village is written once for a family, over whose rows its cell is merged: read as meant, and said."""
    rows = enumerate(book.people, FIRST_ROW)
    homes = [list(home) for _, home in groupby(rows, key=lambda line: line[1].cells.get("household"))]
    plain = [
        home for home in homes
        if len(home) > 1 and not any(person.findings or person.written or not person.cells for _, person in home)
    ]  # fmt: skip
    if plain:
        (first, _), *others = rng.choice(plain)
        for _, person in others:
            person.written["village"] = None
        merge_cells(book, f"{LETTERS['village']}{first}:{LETTERS['village']}{others[-1][0]}")
        book.findings.append((first, "", "114"))


def sum_below(book: Book, rng: Random) -> None:
    """A line of sums under the table, as each clerk writes it."""
    paid = {
        key: sum(yuan for person in book.people if isinstance(yuan := person.as_written.get(key), (int, float)))
        for key in ("medical_paid", "pension_paid")
    }
    count = f"{book.persons}人"
    ways: tuple[dict[str, Cell], ...] = (
        {"village": "合计", **paid},
        {"name": "合 计", "id_number": count, **paid},
        {"household": "本页小计", "medical_paid": paid["medical_paid"]},
        {"group": "汇总", "name": count, **paid},
        {"seq": "总计", "village": "总计（元）", **paid},
        {"medical_paid": paid["medical_paid"]},
        {"remark": f"共{count}"},
    )
    add_line(book, "122", rng.choice(ways))


def notes_below(book: Book, rng: Random) -> None:
    """Lines under a table: its author, its meaning, its end."""
    notes: tuple[dict[str, Cell], ...] = (
        {"village": "制表人：", "name": "王小明", "id_number": "", "register": "审核人："},
        {"name": "审核人："},
        {"seq": None, "village": "注：以上人员均已核对。"},
        {"name": "以下空白"},
        {"household": "备注：票据附后"},
        {"village": book.people[0].cells["village"], "register": book.people[0].cells["register"]},
    )
    for note in rng.sample(notes, 2):
        add_line(book, "124", {key: value for key, value in note.items() if value})


def header_again(book: Book, rng: Random) -> None:
    """The header pasted once more where a page ends."""
    words = {column.key: column.header for column in INPUTS}
    add_line(book, "123", words, rng.randint(1, len(book.people) - 1))


BOOK_HABITS: tuple[Callable[[Book, Random], None], ...] = (
    headers_with_units_and_stars,
    township_in_full,
    part_as_its_committee,
    saved_by_a_spreadsheet_program,
    empty_spare_sheets,
    village_merged_over_a_family,
    sum_below,
    notes_below,
    header_again,
)
