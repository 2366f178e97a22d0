"""从旧册导入: the people of any old book are taken over, and every filled row and column is accounted for."""

from __future__ import annotations

import random
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from addin import columns, intake, macros, old_roster, run
from addin import roster as rosters
from addin.columns import BY_KEY, FIRST_ROW, PLACES
from addin.findings import Refusal
from addin.old_roster import OldRoster, Wanted
from addin.old_roster.account import DROPPED, GUESSED, REMARKED
from addin.output import imported, template
from tests.support import results
from tests.support.command import liangxian
from tests.support.excel import session
from tests.support.notices import LENGSHUITAN, QINGSHI
from tests.support.rosters import COVER, ORDINARY, person

pytestmark = pytest.mark.usefixtures("own_folder")

Rows = list[list[Any]]


def book(folder: Path, rows: Rows, sheet: str = "导出", **more: Rows) -> Path:
    """A workbook of plain sheets."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, lines in {sheet: rows, **more}.items():
        one = made.create_sheet(name)
        for line in lines:
            one.append(line)
    path = folder / "旧册.xlsx"
    made.save(path)
    return path


def taken(path: Path, **wanted: Any) -> OldRoster:
    old = old_roster.read(path, path.name, LENGSHUITAN, [], Wanted(**wanted))
    assert isinstance(old, OldRoster), old
    return old


def refused(path: Path, **wanted: Any) -> str:
    old = old_roster.read(path, path.name, LENGSHUITAN, [], Wanted(**wanted))
    assert isinstance(old, Refusal)
    return old.sentence


def how(old: OldRoster) -> dict[str, str]:
    return {match.text: match.how for match in old.account.matches}


def test_headers_are_matched_by_their_aliases_and_values_understood(tmp_path: Path) -> None:
    person, other = results.people(2)
    rows = [
        ["2018年参保名单"],
        ["乡镇", "行政村", "家庭户号", "人员姓名", "身份证号码（18位）", "与户主的关系", "人员身份", "医保状态", "养老状态", "缴费档次（元/年）"],
        ["普利桥镇", "桥头村", 12.0, person["name"], person["id_number"], "户主", "五保", "参保", "领取待遇", "200元"],
        ["普利桥镇", "桥头村", 12.0, other["name"], other["id_number"].lower(), "妻", "低保户", "未参保", "正常缴费", 500],
    ]  # fmt: skip
    old = taken(book(tmp_path, rows))
    first, second = old.people
    names = {key: LENGSHUITAN.categories[key].name for key in ("tekun", "dibao")}
    assert (first["household"], first["id_number"], first["category"]) == ("12", person["id_number"], names["tekun"])
    assert (first["medical_status"], first["pension_status"], first["tier"]) == ("本次参保", "已领取待遇", 200)
    assert (second["relation"], second["category"], second["medical_status"]) == ("配偶", names["dibao"], "不参保")
    assert (second["id_number"], second["tier"]) == (other["id_number"], 500)
    assert old.account.unit == "普利桥镇"
    assert old.cover["township"] == "普利桥镇"
    assert old.account.header_row == 2


def test_what_is_not_understood_stands_in_the_remarks(tmp_path: Path) -> None:
    row = results.people(1)[0]
    rows = [
        ["村", "户号", "姓名", "身份证", "人员类别", "医保状态", "档次", "备注", "联系电话"],
        ["桥头村", "1", row["name"], 4.31103199001011e17, "低保、烈属", "外地参保", 150, "长期在外", 13800000001],
        ["桥头村", "2", "李四", row["id_number"], "普通", "不参保", 100, None, None],
    ]
    old = taken(book(tmp_path, rows))
    first, second = old.people
    assert first["remark"] == (
        "长期在外；旧册证件号码：431103199001011008（末几位已丢失）；旧册人员类别：烈属；旧册医保参保状态：外地参保；旧册养老档次：150；联系电话：13800000001"
    ).replace("431103199001011008", f"{4.31103199001011e17:.0f}")
    assert first["category"] == LENGSHUITAN.categories["dibao"].name
    assert not {"id_number", "medical_status", "tier"} & first.keys()
    assert "remark" not in second
    assert how(old)["联系电话"] == REMARKED
    assert old.account.remarked == 5


def test_payments_are_left_blank_unless_they_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    template.write_roster(path, LENGSHUITAN, COVER, [ORDINARY])
    (blank,), (kept,) = taken(path).people, taken(path, keep_payments=True).people
    assert not {key for key in old_roster.PAYMENTS if blank.get(key)}
    assert {key: kept[key] for key in ("medical_paid", "pension_receipt", "entered")} == {
        "medical_paid": 250, "pension_receipt": "A0001", "entered": "是",
    }  # fmt: skip
    assert kept["medical_date"] == date(2019, 10, 15)
    assert how(taken(path))["医保实收"] == DROPPED
    assert how(taken(path))["医保应收"] == DROPPED


def test_a_roster_of_another_notice_is_read_and_its_cover_taken(tmp_path: Path) -> None:
    path, unit = tmp_path / "a.xlsx", LENGSHUITAN.units[3]
    cover = {**COVER, "township": unit.name, "part": "桥头村", "parts": 3, "policy": QINGSHI.id}
    template.write_roster(path, QINGSHI, cover, [person(medical_status="本次参保")])
    old = taken(path)
    assert old.cover == {"scope": "两险", "part": "桥头村", "clerk": "李四", "parts": 3, "township": unit.name}


def test_a_unit_that_the_notice_has_not_is_left_to_the_clerk(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    template.write_roster(path, LENGSHUITAN, {**COVER, "township": "别处镇"}, [ORDINARY])
    old = taken(path)
    assert "township" not in old.cover
    assert "旧册没有写明单位" in imported.headline(old.account)[-1]


def test_lines_that_are_no_people_and_other_sheets_are_named(tmp_path: Path) -> None:
    people = results.people(2)
    rows: Rows = [["村", "户号", "姓名", "证件号码", "医保实收", "电话"]]
    rows += [["桥头村", str(n), person["name"], person["id_number"], 250, None] for n, person in enumerate(people)]
    rows += [["合计", None, None, None, 500, None], ["制表人：王五"], [None] * 5 + ["单独的电话"]]
    old = taken(book(tmp_path, rows, 去年=rows[:2]))
    assert [(line.why, line.count, line.rows) for line in old.account.left_out] == [
        ("合计、小计", 1, "4"), ("说明、签字等", 1, "5"), ("只有认不出的栏目有内容", 1, "6"),
    ]  # fmt: skip
    assert old.lines_left_out == [
        (4, "合计、小计", "合计　500"), (5, "说明、签字等", "制表人：王五"), (6, "只有认不出的栏目有内容", "单独的电话"),
    ]  # fmt: skip
    assert old.account.other_sheets == (("去年", 2),)
    assert taken(book(tmp_path, rows, 去年=rows[:2]), sheet="去年").account.persons == 1


def test_of_several_units_one_must_be_chosen(tmp_path: Path) -> None:
    people = results.people(3)
    towns = ["普利桥镇", "黄阳司镇", "普利桥镇"]
    rows: Rows = [["所属乡镇", "村", "姓名", "证件号码"]]
    rows += [[town, "桥头村", person["name"], person["id_number"]] for town, person in zip(towns, people, strict=True)]
    path = book(tmp_path, rows)
    assert "旧册里有2个单位的人（普利桥镇、黄阳司镇）" in refused(path)
    old = taken(path, unit="普利桥镇")
    assert [person["name"] for person in old.people] == [people[0]["name"], people[2]["name"]]
    assert [(line.why, line.rows) for line in old.account.left_out] == [("其他单位的人（黄阳司镇）", "3")]


def test_people_to_look_at(tmp_path: Path) -> None:
    def number(born: str) -> str:
        head = f"990000{born}001"
        weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
        return head + "10X98765432"[sum(int(d) * w for d, w in zip(head, weights, strict=True)) % 11]

    rows: Rows = [["村", "户号", "姓名", "证件号码", "养老状态", "不参保原因", "备注"]]
    grown, old, gone, moved = number("20031001"), number("19591001"), number("19800101"), number("19800102")
    rows += [
        ["桥头村", "1", "甲", grown, "未满16周岁", None, None],
        ["桥头村", "1", "乙", old, "本次参保", None, None],
        ["桥头村", "1", "丙", gone, "暂未参保", "死亡未销户", None],
        ["桥头村", "1", "丁", moved, "暂未参保", None, "全家迁出"],
        ["桥头村", "1", "戊", moved, "暂未参保", None, None],
        ["桥头村", "1", "己", moved[:-1] + ("1" if moved[-1] != "1" else "2"), "暂未参保", None, None],
    ]
    old_book = taken(book(tmp_path, rows))
    assert [(doubt.what.partition("，")[0], doubt.rows) for doubt in old_book.account.doubts] == [
        ("证件号码有误（位数、日期或校验码）", "10"),
        ("证件号码与另一行相同", "8、9"),
        ("旧册说已死亡或迁出", "7、8"),
        ("到2019-10-31新满16周岁", "5"),
        ("到2019-10-31已满60周岁", "6"),
    ]
    assert [(line[0], line[1], line[4]) for line in old_book.to_look_at][-1] == (3, 6, "乙")


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([["甲", "乙"], [1, 2]], "认不出哪一行是表头"),
        ([["村", "户号", "备注"], ["桥头村", 1, "x"]], "至少要有“姓名”或“证件号码”"),
        ([["姓名", "身份证号", "户号"]], "没有能导入的人"),
        ([["姓名", "姓名", "身份证号"], ["张三", "李四", "1"]], "A列和B列的表头都是“姓名”"),
    ],
)
def test_what_cannot_be_imported_is_refused_in_a_sentence(tmp_path: Path, rows: Rows, sentence: str) -> None:
    assert sentence in refused(book(tmp_path, rows))


def test_a_near_header_is_taken_and_marked(tmp_path: Path) -> None:
    old = taken(book(tmp_path, [["村", "姓名", "证件号码", "医保参保状态情况"], ["桥头村", "张三", "1", "不参保"]]))
    assert how(old)["医保参保状态情况"] == GUESSED
    assert old.people[0]["medical_status"] == "不参保"


def test_an_error_cell_is_reported_beside_the_person(tmp_path: Path) -> None:
    path = book(tmp_path, [["村", "姓名", "证件号码", "户号"], ["桥头村", "张三", ORDINARY["id_number"], "=1/0"]])
    assert taken(path).people[0]["remark"] == "旧册户号：错误值或没有计算过的公式"


def _texts(person: dict[str, Any]) -> str:
    return "\n".join(old_roster.values.shown(value) for value in person.values())


@pytest.mark.parametrize("seed", range(6))
def test_no_filled_cell_is_lost(tmp_path: Path, seed: int) -> None:
    """Whatever a sheet holds, each filled cell is in its person's row, or its column or line is in the account."""
    dice = random.Random(seed)
    known = [column.header for column in columns.INPUTS if column.key not in ("name", "id_number")]
    headers = ["姓名", "证件号码", *dice.sample(known, 12), "甲栏", "乙栏", "性别"]
    dice.shuffle(headers)
    words = [
        "",
        "本次参保",
        "不参保",
        "低保",
        "是",
        "高校",
        "外市",
        "妻",
        "x1",
        "2018-01-02",
        7,
        200,
        3.5,
        datetime(2018, 5, 6),
        9.9e17,
        "/",
    ]
    rows: Rows = [headers]
    for number, invented in enumerate(results.people(40)):
        line = [dice.choice(words) for _ in headers]
        line[headers.index("姓名")] = invented["name"]
        line[headers.index("证件号码")] = "" if number % 9 == 3 else invented["id_number"]
        rows.append(line if number % 10 else ["合计" if header == "村(社区)" else "" for header in headers] + ["尾"])
    path = book(tmp_path, [[cell or None for cell in row] for row in rows])
    old = taken(path)
    left_out = {line[0] for line in old.lines_left_out}
    dropped = {match.text for match in old.account.matches if match.how == DROPPED}
    people = iter(old.people)
    for at, row in enumerate(rows[1:], 2):
        if not any(row):
            continue
        if at in left_out:
            continue
        texts = _texts(next(people))
        for header, cell in zip(headers, row, strict=True):
            if cell in ("", "/") or header in dropped:
                continue
            text = old_roster.values.shown(cell)
            key = next((key for key, column in BY_KEY.items() if column.header == header), "")
            folds = dict(BY_KEY[key].folds) if key else {}
            means = {text, folds.get(text, text), text.upper()}
            means |= {category.name for category in LENGSHUITAN.categories.values() if category.short == text}
            assert any(word in texts for word in means), (header, cell)
    assert next(people, None) is None


@pytest.mark.slow
def test_the_new_roster_is_whole_and_reads_as_ours(tmp_path: Path) -> None:
    people = results.people(30)
    rows: Rows = [
        ["乡镇", "村", "户号", "姓名", "身份证号", "与户主关系", "户籍地", "医保状态", "养老状态", "档次", "微信"]
    ]
    rows += [
        ["普利桥镇", person["village"], person["household"], person["name"], person["id_number"], person["relation"], "本乡镇", "参保", "参保", 100, f"wx{n}"]
        for n, person in enumerate(people)
    ]  # fmt: skip
    old, target = book(tmp_path, rows), tmp_path / "新册.xlsm"
    before = old.read_bytes()
    account, note = run.import_old(old, target, LENGSHUITAN, Wanted())
    assert old.read_bytes() == before
    assert account.persons == 30
    made = openpyxl.load_workbook(target, keep_vba=True)
    sheet = made[columns.ROSTER_SHEET]
    assert sheet.cell(FIRST_ROW + 29, PLACES["medical_due"]).value.startswith("=")
    assert sheet.cell(FIRST_ROW, PLACES["id_number"]).number_format == "@"
    assert sheet.cell(FIRST_ROW, PLACES["id_number"]).value == people[0]["id_number"]
    assert len(sheet.data_validations.dataValidation) > 10
    assert sheet.print_area.endswith(f"${FIRST_ROW + 29}"), "printed down to the last person"
    made[columns.COVER_SHEET]["C9"].value = datetime(2019, 11, 15)
    made.save(tmp_path / "填.xlsm")
    read = rosters.read(intake.read(tmp_path / "填.xlsm"), LENGSHUITAN, "填.xlsm")
    assert not isinstance(read, Refusal), read
    assert read.words["name"].texts().tolist() == [person["name"] for person in people]
    assert read.raw["remark"].tolist()[3] == "微信：wx3"
    listed = openpyxl.load_workbook(note)
    assert listed.sheetnames == ["概况", "栏目", "没有带入的行", "请核实"]
    assert listed["栏目"]["B2"].value == "乡镇"
    with pytest.raises(run.NotMade, match="已经有了"):
        run.import_old(old, target, LENGSHUITAN, Wanted())


@pytest.mark.slow
def test_the_command_shows_the_columns_before_it_writes(tmp_path: Path) -> None:
    old = book(tmp_path, [["村", "姓名", "身份证号"], ["桥头村", "张三", ORDINARY["id_number"]]])
    target = tmp_path / "新册.xlsx"
    no = liangxian("import", old, "--out", target, answer="n\n")
    assert no.returncode == 2
    assert "身份证号" in no.stdout
    assert "证件号码" in no.stdout
    assert not target.exists()
    assert ORDINARY["id_number"] not in no.stdout
    yes = liangxian("import", old, "--out", target, answer="y\n")
    assert (yes.returncode, target.exists()) == (0, True)
    assert "带入1人" in yes.stdout
    again = liangxian("import", old, "--out", target, "-y")
    assert again.returncode == 2
    assert "已经有了" in again.stderr


# ---------------------------------------------------------------- the button


@pytest.mark.slow
def test_the_button_shows_asks_writes_and_opens(tmp_path: Path) -> None:
    path, target = tmp_path / "旧.xlsx", tmp_path / "新册.xlsx"
    template.write_roster(path, LENGSHUITAN, COVER, results.people(3))
    with session() as excel:
        excel.picked, excel.saved_as, excel.answers = path, target, [True, False, True]
        macros.import_old_roster()
        assert excel.offered == str(tmp_path / "普利桥镇_新花名册.xlsm")
        shown, payments, done = excel.said
        assert "带入3人" in shown
        assert "照这样做成新的花名册吗" in shown
        assert "一起带入吗" in payments
        assert f"新花名册：{target}" in done
        assert [book.path for book in excel.books] == [target, imported.note_of(target)]
        assert excel.app.ActiveWorkbook is excel.books[-1]
    read = rosters.read(intake.read(target), LENGSHUITAN, "新册")
    assert isinstance(read, Refusal), "the new cover has no day yet"
    assert read.code == "R206"


@pytest.mark.slow
@pytest.mark.parametrize("step", ["picked", "answers", "saved_as"])
def test_cancelling_anywhere_writes_nothing(tmp_path: Path, step: str) -> None:
    path, target = tmp_path / "旧.xlsx", tmp_path / "新册.xlsx"
    template.write_roster(path, LENGSHUITAN, COVER, results.people(3))
    with session() as excel:
        excel.picked = None if step == "picked" else path
        excel.saved_as = None
        excel.answers = [step != "answers", False]
        macros.import_old_roster()
        assert len(excel.said) == {"picked": 0, "answers": 1, "saved_as": 2}[step]
    assert not target.exists()


@pytest.mark.slow
def test_the_button_asks_for_the_unit_where_there_are_several(tmp_path: Path) -> None:
    people = results.people(2)
    rows: Rows = [["乡镇", "村", "姓名", "证件号码"]]
    rows += [
        [town, "桥头村", person["name"], person["id_number"]]
        for town, person in zip(("普利桥镇", "黄阳司镇"), people, strict=True)
    ]
    path, target = book(tmp_path, rows), tmp_path / "新册.xlsx"
    with session() as excel:
        excel.picked, excel.saved_as, excel.answers, excel.typed = path, target, [True, False], "黄阳司镇"
        macros.import_old_roster()
        assert "带入1人" in excel.said[0]
        assert "其他单位的人（普利桥镇）" in excel.said[-1]
    assert openpyxl.load_workbook(target)[columns.COVER_SHEET]["C5"].value == "黄阳司镇"
