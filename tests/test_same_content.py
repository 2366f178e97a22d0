"""The same submission in other bytes: saved again, sorted, annotated, sent clean; the difference of two editions."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from addin import columns, run
from addin.district import FileResult, assemble, partials
from addin.district.content import book_content, row_contents
from addin.output import template
from tests.support import ROOT, rosters
from tests.support.notices import LENGSHUITAN
from tests.support.office import Office
from tests.support.results import SECRET, district, figures_of, people, result
from tests.support.rosters import COVER, person
from tests.test_merge import NEW, OLD, status

MERGED = ("merged", "")
WORKBOOKS = ROOT / "workbooks"


def content(*rows: Any, secret: bytes = SECRET, **cover: Any) -> str:
    roster = rosters.read(rows, **cover)
    return book_content(roster, row_contents(roster, secret), secret)


# ---------------------------------------------------------------- what is the same, and what is not

SAME: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"medical_paid": 250}, {"medical_paid": 250.0}), ({"village": "桥头村"}, {"village": " 桥头村 "}), ({"id_number": "99000019900101001X"}, {"id_number": "99000019900101001x "}),
    ({"household": "1"}, {"household": 1}), ({"remark": "甲\r\n乙"}, {"remark": "甲\n乙 "}), ({"medical_date": datetime(2019, 10, 15)}, {"medical_date": datetime(2019, 10, 15, 8)}),
    ({"seq": 1}, {"seq": 7}), ({"medical_due": 250}, {"medical_due": ""}), ({"problems": ""}, {"problems": "此处有误"}), ({"marks": ""}, {"marks": "E...W"}),
    ({"medical_receipt": "Ａ１"}, {"medical_receipt": "A1"}), ({"relation": "长子"}, {"relation": "子"}), ({"group": 3}, {"group": "3"}),
    ({"medical_date": "昨天"}, {"medical_date": "昨天 "}), ({"medical_paid": "一百"}, {"medical_paid": " 一百"}),
]  # fmt: skip
OTHER: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"medical_paid": 250}, {"medical_paid": 249}), ({"medical_paid": 0}, {"medical_paid": ""}), ({"name": "张三"}, {"name": "张四"}), ({"remark": ""}, {"remark": "迁入"}),
    ({"medical_date": datetime(2019, 10, 15)}, {"medical_date": datetime(2019, 10, 16)}), ({"medical_status": "本次参保"}, {"medical_status": "不参保"}),
    ({"medical_paid": 100, "pension_paid": 250}, {"medical_paid": 250, "pension_paid": 100}), ({"medical_receipt": "A1", "pension_receipt": "A2"}, {"medical_receipt": "A2", "pension_receipt": "A1"}),
    ({"medical_date": "昨天"}, {"medical_date": "今天"}), ({"village": "桥头村"}, {"village": "桥头社区"}), ({"tier": 100}, {"tier": 200}), ({"category": ""}, {"category": "低保"}),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME, ids=str)
def test_the_same_entries(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert content(person(**one)) == content(person(**other))


@pytest.mark.parametrize(("one", "other"), OTHER, ids=str)
def test_other_entries(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert content(person(**one)) != content(person(**other))


@pytest.mark.parametrize(
    ("cover", "same"),
    [({"clerk": "王五"}, True), ({"template_version": "0.9"}, True), ({"part": "全 部"}, True), ({"township": "普利桥镇人民政府"}, True), ({"persons": 9}, True),
     ({"serial": 2}, False), ({"deadline": OLD}, False), ({"parts": 3}, False), ({"scope": "仅医保"}, False), ({"township": "曲河街道"}, False)],
    ids=str,
)  # fmt: skip
def test_of_the_cover_only_what_decides_something(cover: dict[str, Any], same: bool) -> None:
    assert (content(*people(3)) == content(*people(3), **cover)) is same


@pytest.mark.slow
def test_every_input_column_is_compared() -> None:
    """Whatever column a letter is typed into, the book is another one; but for the number of the row."""
    plain = content(person())
    keys = [column.key for column in columns.INPUTS]
    assert {key for key in keys if content(person(**{key: "改过"})) == plain} == {"seq"}
    assert {column.key for column in columns.COLUMNS if content(person(**{column.key: "改过"})) == plain} == {
        "seq", *(column.key for column in columns.COLUMNS if column.filled_by != "clerk")
    }  # fmt: skip


def test_hashes_need_the_key_of_the_run() -> None:
    assert content(*people(3)) != content(*people(3), secret=b"another run")
    first, second = (rosters.read(people(1)) for _ in range(2))
    assert row_contents(first, b"a")[0] != row_contents(second, b"b")[0]


@pytest.mark.slow
@settings(max_examples=25)
@given(st.permutations(people(5)), st.integers(0, 4))
def test_sorted_is_the_same_and_one_person_less_is_not(rows: list[dict[str, Any]], n: int) -> None:
    assert content(*rows) == content(*people(5))
    assert content(*rows[:n], *rows[n + 1 :]) != content(*people(5))
    assert content(*rows, rows[n]) != content(*people(5))


# ---------------------------------------------------------------- which counts


@pytest.mark.slow
@pytest.mark.parametrize(
    ("original", "copies"),
    [
        ("原件.xlsm", ["原件 (1).xlsm", "原件(2).xlsm"]), ("原件.xlsx", ["原件 - 副本.xlsx", "复件 原件.xlsx"]), ("普利桥镇.xlsx", ["Copy of 普利桥镇.xlsx", "普利桥镇_校验.xlsx"]),
        ("普利桥镇.xlsx", ["11月/普利桥镇（1）.xlsx"]), ("a.xlsx", ["b.xlsx", "c.xlsx"]), ("桥头村(东).xlsx", ["桥头村(东) (1).xlsx"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("equal", [True, False], ids=["bytes", "content"])
def test_the_original_counts_not_the_copy(original: str, copies: list[str], equal: bool) -> None:
    results = [result(name, *people(3), sha256="same" if equal else name) for name in (original, *copies)]
    for order in itertools.permutations(results):
        merge = district(*order)
        assert status(merge) == {original: MERGED, **dict.fromkeys(copies, ("copy", "C101" if equal else "C103"))}
        assert figures_of(merge).counted == 3 and merge.findings == []
        assert {line.state for line in merge.reported if line.township == "普利桥镇"} == {"本期已报"}


def test_a_working_file_gives_way_to_its_clean_copy() -> None:
    working, clean = result("甲.xlsm", *people(3)), result("普利桥镇_全部_2019-11-15_第1次.xlsx", *people(3))
    working.warnings = 2  # of an older template, say
    statuses = status(district(working, clean))
    assert statuses == {"普利桥镇_全部_2019-11-15_第1次.xlsx": MERGED, "甲.xlsm": ("copy", "C103")}


def test_the_same_people_in_two_villages_spellings_and_in_two_empty_books() -> None:
    rows = people(3, village="桥头村")
    spelt = [result("a.xlsx", *rows, part="桥头村"), result("b.xlsx", *rows, part="桥头村委会")]
    assert status(district(*spelt)) == {"a.xlsx": MERGED, "b.xlsx": ("copy", "C103")}
    empty = [result("a.xlsx", part="桥亭村"), result("b.xlsx", part="桥亭社区"), result("c.xlsx", part="大塘村")]
    assert set(status(district(*empty)).values()) == {MERGED}


def test_a_copy_of_an_older_edition_stays_a_copy_and_is_not_the_newest() -> None:
    books = [
        result("10月.xlsx", *people(3), deadline=OLD), result("10月另存.xlsx", *people(3), deadline=OLD), result("11月.xlsx", *people(4), deadline=NEW),
    ]  # fmt: skip
    assert status(district(*books)) == {
        "10月.xlsx": ("replaced", "C102"), "10月另存.xlsx": ("copy", "C103"), "11月.xlsx": MERGED,
    }  # fmt: skip


# ---------------------------------------------------------------- what two editions differ in


def refusals(*books: FileResult) -> dict[str, str]:
    return {line.name: line.reason for line in district(*books).files if line.code == "R301"}


def test_which_rows_differ_is_reported_on_both_sides() -> None:
    rows = people(8)
    other = [{**one, "medical_paid": 100} if n in (2, 5) else one for n, one in enumerate(rows)]
    reasons = refusals(result("a.xlsx", *rows), result("b.xlsx", *other))
    assert set(reasons) == {"a.xlsx", "b.xlsx"}
    assert "同期两份不一致：a.xlsx、b.xlsx。本册第7、10行、“b.xlsx”第7、10行在另一份里没有或不同。" in reasons["a.xlsx"]
    assert "本册第7、10行、“a.xlsx”第7、10行在另一份里没有或不同。" in reasons["b.xlsx"]


def test_rows_that_only_one_has_and_many_and_none() -> None:
    rows = people(12)
    more = refusals(result("a.xlsx", *rows[:4]), result("b.xlsx", *rows[:5]))
    assert "。“b.xlsx”第9行在另一份里" in more["a.xlsx"] and "。本册第9行在另一份里" in more["b.xlsx"]
    many = refusals(result("a.xlsx", *rows), result("b.xlsx", *({**row, "remark": "改"} for row in rows)))
    assert "本册第5、6、7、8、9行等12行、“b.xlsx”第5、6、7、8、9行等12行在另一份里" in many["a.xlsx"]
    twice = refusals(result("a.xlsx", *rows[:2]), result("b.xlsx", *rows[:2], rows[0]))
    assert "“b.xlsx”第7行在另一份里" in twice["a.xlsx"]
    cover = refusals(result("a.xlsx", *rows, parts=2), result("b.xlsx", *rows, parts=3))
    assert "人员逐格相同，封面填的应报分册数不同。" in cover["a.xlsx"]


@pytest.mark.slow
def test_three_editions_and_a_copy_of_one() -> None:
    rows = people(4)
    books = [
        result("a.xlsx", *rows), result("a (1).xlsx", *rows), result("b.xlsx", *rows[:3]), result("c.xlsx", *rows[:2]),
    ]  # fmt: skip
    for order in itertools.permutations(books):
        merge = district(*order)
        assert status(merge) == {
            "a (1).xlsx": ("copy", "C103"), "a.xlsx": ("refused", "R301"), "b.xlsx": ("refused", "R301"), "c.xlsx": ("refused", "R301"),
        }  # fmt: skip


def test_through_kept_results_the_same(tmp_path: Path) -> None:
    """Packed, stored and combined: copies are copies, and the rows that differ are named from the disk."""
    rows = people(4)
    kept_results = partials.ResultFolder(tmp_path)
    for copy in (result("a.xlsx", *rows), result("b.xlsx", *rows[:3]), result("a另存.xlsx", *rows)):
        copy.rules, copy.key = result("x.xlsx").rules, result("x.xlsx").key
        kept_results.put(partials.pack(copy))
    merge = assemble(partials.read_folder(tmp_path, LENGSHUITAN), LENGSHUITAN)
    assert status(merge) == {
        "a.xlsx": ("refused", "R301"),
        "a另存.xlsx": ("copy", "C103"),
        "b.xlsx": ("refused", "R301"),
    }
    assert "“a.xlsx”第8行在另一份里没有或不同" in next(line.reason for line in merge.files if line.name == "b.xlsx")


# ---------------------------------------------------------------- real files


def written(path: Path, *rows: dict[str, Any], **cover: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    given = {**COVER, **cover, "deadline": date(2019, 11, 15)}
    template.write_roster(path, LENGSHUITAN, given, rows, blank_rows=5)
    return path


ODD = [
    *people(4),
    person(household="9", name="王五", id_number="990000199001010025", remark="外出\n务工", medical_paid=100, medical_receipt="00123", category="低保、重度残疾"),
    person(household="10", name="买买提·阿不都", id_number="H12345678", id_type="其他", medical_date="十月", tier=300, pension_paid=200.5),
]  # fmt: skip


def merged(folder: Path, target: Path) -> dict[str, tuple[str, str]]:
    return status(run.merge_folder(folder, target, LENGSHUITAN))


OTHER_PROGRAM = pytest.mark.filterwarnings("ignore:Print area cannot be set:UserWarning")  # openpyxl's, which drops it


def by_openpyxl(path: Path, copy: Path) -> None:
    """Another program's saving: other parts, shared strings in another order, styles of its own."""
    book = openpyxl.load_workbook(path)
    book.save(copy)


def sent_clean(path: Path, copy: Path) -> None:
    made, _ = run.submit(path, run.judge_file(path, LENGSHUITAN).edition, path.parent / "上报", LENGSHUITAN)
    shutil.move(made, copy)
    made.parent.rmdir()


def annotated(path: Path, copy: Path) -> None:
    run.check_files([path], LENGSHUITAN, annotate=path.parent / "校验")
    shutil.move(path.parent / "校验" / f"{path.stem}_校验.xlsx", copy)
    (path.parent / "校验").rmdir()


@pytest.mark.slow
@OTHER_PROGRAM
@pytest.mark.parametrize("make", [by_openpyxl, sent_clean, annotated], ids=lambda make: make.__name__)
def test_a_book_made_from_the_book_is_a_copy(tmp_path: Path, make: Callable[[Path, Path], None]) -> None:
    inbox = tmp_path / "收到"
    path = written(inbox / "花名册.xlsx", *ODD)
    make(path, inbox / "花名册(1).xlsx")
    assert path.read_bytes() != (inbox / "花名册(1).xlsx").read_bytes()
    assert merged(inbox, tmp_path / "汇总.xlsx") == {"花名册.xlsx": MERGED, "花名册(1).xlsx": ("copy", "C103")}


@pytest.mark.slow
def test_saved_again_by_libreoffice(tmp_path: Path, soffice: str) -> None:
    inbox = tmp_path / "收到"
    path = written(inbox / "花名册.xlsx", *ODD)
    with Office(soffice, tmp_path) as office:
        for name, kind in (
            ("花名册另存.xlsx", "Calc MS Excel 2007 XML"),
            ("花名册另存.xlsm", "Calc MS Excel 2007 VBA XML"),
        ):
            document = office.load(path)
            document.calculateAll()
            office.store(document, inbox / name, kind)
            document.close(True)
    assert merged(inbox, tmp_path / "汇总.xlsx") == {
        "花名册.xlsx": MERGED, "花名册另存.xlsx": ("copy", "C103"), "花名册另存.xlsm": ("copy", "C103"),
    }  # fmt: skip


@pytest.mark.slow
@OTHER_PROGRAM
def test_the_macro_template_beside_its_submission(tmp_path: Path) -> None:
    """A working .xlsm, filled in by hand, and its 上报文件."""
    path = tmp_path / "收到" / "普利桥镇.xlsm"
    path.parent.mkdir()
    book = openpyxl.load_workbook(WORKBOOKS / "template_roster.xlsm", keep_vba=True)
    labels = {entry.label: COVER[entry.key] for entry in columns.COVER_FIELDS if entry.key in COVER}
    for row in book[columns.COVER_SHEET].iter_rows():
        for cell in row:
            if cell.value in labels:
                book[columns.COVER_SHEET].cell(cell.row, cell.column + 1).value = labels[cell.value]
    for n, member in enumerate(ODD, columns.FIRST_ROW):
        for position, column in enumerate(columns.COLUMNS, 1):
            if column.filled_by == "clerk" and member.get(column.key, "") != "":
                book[columns.ROSTER_SHEET].cell(n, position).value = member[column.key]
    book.save(path)
    sent_clean(path, path.with_name("普利桥镇_全部_2019-11-15_第1次.xlsx"))
    assert merged(path.parent, tmp_path / "汇总.xlsx") == {
        "普利桥镇.xlsm": ("copy", "C103"), "普利桥镇_全部_2019-11-15_第1次.xlsx": MERGED,
    }  # fmt: skip
