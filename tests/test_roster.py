"""Reading a roster: covers, headers wherever and however they stand, values with their own type and true address."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from addin import columns
from addin import roster as reader
from addin.checks import check
from addin.columns import BY_KEY, COLUMNS, FIRST_ROW, HEADER_ROW, letter
from addin.findings import Refusal
from addin.intake import Note
from tests.support import rosters
from tests.support.rosters import Cells, person

KEYS = [column.key for column in COLUMNS]


def read(book: Any) -> reader.Roster | Refusal:
    return reader.read(book, rosters.POLICY, "册.xlsx")


def good(book: Any) -> reader.Roster:
    roster = read(book)
    assert not isinstance(roster, Refusal), roster
    return roster


def findings_of(roster: reader.Roster) -> list[tuple[str, str, str]]:
    return [(finding.code, finding.cell, finding.problem) for finding in roster.findings]


def table(header: list[str], *rows: dict[str, Any], above: int = HEADER_ROW - 1, left: int = 0) -> Any:
    """A book whose roster has these headers (a key stands for its own header) and these people."""
    keys = [text if text in BY_KEY else None for text in header]
    words = [BY_KEY[key].header if key else text for key, text in zip(keys, header, strict=True)]
    lines: list[list[Any]] = [[""] * (left + len(header)) for _ in range(above)]
    lines.append([*[""] * left, *words])
    for row in rows:
        given = person(**row)
        cells = [given.get(key, "") if key else "别的" for key in keys]
        lines.append([*[""] * left, *(float(cell) if type(cell) is int else cell for cell in cells)])
    sheets = (rosters.cover_sheet(), Cells(columns.ROSTER_SHEET, lines))
    return SimpleNamespace(sheets={sheet.name: sheet for sheet in sheets}, notes=())


# ---------------------------------------------------------------- headers


@pytest.mark.parametrize(("key", "alias"), [(column.key, alias) for column in COLUMNS for alias in column.aliases])
def test_every_alias_of_a_header(key: str, alias: str) -> None:
    roster = good(table([alias if column_key == key else column_key for column_key in KEYS], {}))
    assert roster.letters == good(table(KEYS, {})).letters
    assert findings_of(roster) == []


@pytest.mark.parametrize("text", ["证 件 号 码", "证件号码 ", "证件\n号码", "　证件号码", "证件号码\u200b"])
def test_headers_are_folded(text: str) -> None:
    assert findings_of(good(table([text if key == "id_number" else key for key in KEYS], {}))) == []


def test_width_and_brackets_of_headers_are_folded() -> None:
    changed = {"village": "村（社区）", "medical_date": "医保缴费（登记）日期"}
    assert findings_of(good(table([changed.get(key, key) for key in KEYS], {}))) == []


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("medical_paid", "医保实收（元）"), ("name", "姓名（必填）"), ("id_number", "身份证号码（18位）"), ("village", "村、社区"),
        ("name", "*姓名"), ("name", "★ 姓名 ★"), ("name", "姓名："), ("name", "7.姓名"), ("id_number", "【必填】证件号码"), ("village", "村/社区"), ("village", "村(居)"),
        ("medical_paid", "医保实收\n（单位：元）"), ("medical_paid", "医保实收/元"), ("tier", "养老档次（元/年）"), ("tier", "缴费档次元/人·年".replace("·", "")),
        ("medical_date", "医保缴费（登记）日期（年-月-日）"), ("registered", "户口人数(人)"), ("pension_paid", "养老实收[元]"), ("household", "户 号*"),
    ],
)  # fmt: skip
def test_headers_are_matched_without_brackets_units_and_stars(key: str, text: str) -> None:
    roster = good(table([text if column_key == key else column_key for column_key in KEYS], {}))
    assert roster.letters == good(table(KEYS, {})).letters
    assert findings_of(roster) == []


def test_no_two_columns_share_a_word_without_its_brackets() -> None:
    words: dict[str, set[str]] = {}
    for column in COLUMNS:
        for word in (column.header, *column.aliases):
            words.setdefault(reader.header.loose(word), set()).add(column.key)
    assert {word: keys for word, keys in words.items() if len(keys) > 1} == {}


def test_an_exact_header_goes_before_a_loose_one_and_two_loose_ones_are_refused() -> None:
    roster = good(table([*KEYS, "姓名（曾用名）"], {}))
    assert findings_of(roster) == [("103", f"{letter(len(KEYS) + 1)}{HEADER_ROW}", "多出的列“姓名（曾用名）”未读取。")]
    read_roster = read(table([*(key for key in KEYS if key != "name"), "姓名（户主）", "姓名（本人）"], {}))
    assert isinstance(read_roster, Refusal)
    assert (read_roster.code, read_roster.reason) == (
        "R207",
        f"{letter(len(KEYS))}、{letter(len(KEYS) + 1)}两列都是“姓名”。",
    )


def test_a_refusal_names_the_headers_that_were_not_understood() -> None:
    roster = read(
        table([*(key for key in KEYS if key not in ("medical_paid", "name")), "金额", "人员", "990000199001010017"], {})
    )
    assert isinstance(roster, Refusal)
    assert roster.reason == "缺少必需的列：姓名、医保实收。认不出的表头：“金额”、“人员”、“990000********0017”。"
    roster = read(table([*KEYS[:6], *(f"列{n}" for n in range(9))], {}))
    assert isinstance(roster, Refusal)
    assert (roster.code, roster.reason) == (
        "R202",
        "“花名册”表上找不到模板的表头。只认出6个。认不出的表头：" + "、".join(f"“列{n}”" for n in range(8)) + "等。",
    )


@pytest.mark.parametrize(
    ("key", "text"), [("medical_status", "医保参保状况"), ("pension_status", "养老参保的状态"), ("medical_date", "医保缴费(登记)日"), ("relation", "与户主关系1")]
)  # fmt: skip
def test_near_miss_is_guessed_and_reported(key: str, text: str) -> None:
    roster = good(table([text if column_key == key else column_key for column_key in KEYS], {}))
    place = f"{roster.letters[key]}{HEADER_ROW}"
    assert findings_of(roster) == [("101", place, f"表头“{text}”已按“{BY_KEY[key].header}”理解。")]
    assert roster.filled[key].tolist() == [True]


def test_a_guess_never_takes_a_column_that_is_there() -> None:
    roster = good(table([*KEYS, "医保参保状况"], {}))
    assert [(code, cell) for code, cell, _ in findings_of(roster)] == [("103", f"{letter(len(KEYS) + 1)}{HEADER_ROW}")]


def test_surplus_columns_are_reported_and_not_read() -> None:
    roster = good(table(["民族", *KEYS[:5], "990000199001010017", *KEYS[5:]], {}))
    assert findings_of(roster) == [
        ("103", f"A{HEADER_ROW}", "多出的列“民族”未读取。"), ("103", f"G{HEADER_ROW}", "多出的列“990000********0017”未读取。"),
    ]  # fmt: skip
    assert roster.letters["id_number"] == "L"


@pytest.mark.parametrize("key", ["name", "remark", "medical_paid"])
def test_one_moved_column_is_reported_once(key: str) -> None:
    order = [column_key for column_key in KEYS if column_key != key] + [key]
    roster = good(table(order, {"remark": "注"}))
    assert findings_of(roster) == [
        ("102", f"{letter(len(KEYS))}{HEADER_ROW}", f"列“{BY_KEY[key].header}”换了位置，已按表头对应。")
    ]
    assert roster.letters[key] == letter(len(KEYS))
    assert roster.filled[key].tolist() == [True]


def test_two_neighbours_swapped_are_one_move() -> None:
    order = list(KEYS)
    order[6], order[7] = order[7], order[6]
    assert len(findings_of(good(table(order, {})))) == 1


def test_reversed_columns_are_all_but_one_moved_and_read_right() -> None:
    roster = good(table(KEYS[::-1], {}))
    assert {code for code, *_ in findings_of(roster)} == {"102"} and len(findings_of(roster)) == len(columns.INPUTS) - 1
    assert roster.words["id_number"].texts().tolist() == ["990000199001010017"]


NEEDED = ["village", "household", "name", "relation", "id_number", "register", "medical_status", "medical_paid", "medical_date",
          "pension_status", "tier", "pension_paid", "pension_date"]  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_missing_column(key: str) -> None:
    roster = read(table([column_key for column_key in KEYS if column_key != key], {}))
    if key in NEEDED:
        assert isinstance(roster, Refusal)
        assert (roster.code, roster.reason) == ("R203", f"缺少必需的列：{BY_KEY[key].header}。")
    else:
        assert not isinstance(roster, Refusal)
        clerk = BY_KEY[key].filled_by == "clerk" and not BY_KEY[key].later
        assert findings_of(roster) == ([("116", "", f"缺少列“{BY_KEY[key].header}”，按空白处理。")] if clerk else [])
        assert len(roster) == 1


@pytest.mark.parametrize(("scope", "scheme"), [("仅养老", "medical"), ("仅医保", "pension")])
def test_columns_of_the_scheme_that_is_off_may_be_missing(scope: str, scheme: str) -> None:
    book = table([key for key in KEYS if BY_KEY[key].scheme != scheme], {})
    book.sheets[columns.COVER_SHEET] = rosters.cover_sheet(scope=scope)
    assert findings_of(good(book)) == []


def test_header_twice() -> None:
    roster = read(table([*KEYS, "姓名"], {}))
    assert isinstance(roster, Refusal)
    assert (roster.code, roster.reason) == (
        "R207",
        f"{letter(KEYS.index('name') + 1)}、{letter(len(KEYS) + 1)}两列都是“姓名”。",
    )


@pytest.mark.parametrize(("above", "left"), [(0, 0), (9, 3), (29, 0)])
def test_header_row_is_searched_for_and_addresses_are_true(above: int, left: int) -> None:
    roster = good(table(KEYS, {"medical_paid": "二百五"}, {"name": ""}, above=above, left=left))
    assert roster.rows.tolist() == [above + 2, above + 3]
    assert roster.letters["seq"] == "ABCD"[left]
    cells = {finding.code: finding.cell for finding in check(roster).findings if finding.code in ("202", "301")}
    assert cells == {
        "202": f"{roster.letters['medical_paid']}{above + 2}",
        "301": f"{roster.letters['name']}{above + 3}",
    }


def test_header_too_far_down_or_too_poor() -> None:
    for book in (table(KEYS, {}, above=30), table(KEYS[:7], {})):
        roster = read(book)
        assert isinstance(roster, Refusal) and roster.code == "R202"


@pytest.mark.parametrize("missing", [columns.COVER_SHEET, columns.ROSTER_SHEET])
def test_sheet_missing(missing: str) -> None:
    book = rosters.book([person()])
    book.sheets["张三990000199001010017"] = book.sheets.pop(missing)
    roster = read(book)
    assert isinstance(roster, Refusal) and roster.code == "R201"
    assert "990000199001010017" not in roster.reason and missing in roster.reason


def test_sheet_names_are_folded() -> None:
    book = rosters.book([person()])
    book.sheets = {" 封 面": book.sheets["封面"], "花名册　": book.sheets["花名册"]}
    assert len(good(book)) == 1


# ---------------------------------------------------------------- the cover


@pytest.mark.parametrize(
    ("differs", "code", "words"),
    [
        ({"policy": ""}, "R206", "政策文号"), ({"policy": "冷政办函〔2018〕27号"}, "R205", "冷政办函〔2018〕27号"), ({"township": ""}, "R206", "乡镇/街道"),
        ({"township": "普利桥真"}, "R204", "普利桥真"), ({"township": "火星"}, "R204", "火星"), ({"scope": ""}, "R206", "险种范围"), ({"scope": "三险"}, "R206", "险种范围"),
        ({"part": ""}, "R206", "分册"), ({"deadline": ""}, "R206", "填报截止日期"), ({"deadline": "月底"}, "R206", "填报截止日期"),
        ({"deadline": 43753}, "R206", "填报截止日期"), ({"deadline": "2019-02-30"}, "R206", "填报截止日期"), ({"serial": ""}, "R206", "第几次报送"),
        ({"serial": 0}, "R206", "第几次报送"), ({"serial": 1.5}, "R206", "第几次报送"), ({"serial": "首次"}, "R206", "第几次报送"),
    ],
    ids=str,
)  # fmt: skip
def test_cover_refused(differs: dict[str, Any], code: str, words: str) -> None:
    roster = read(rosters.book([person()], **differs))
    assert isinstance(roster, Refusal)
    assert roster.code == code and words in roster.reason
    assert roster.reason.endswith("。") and roster.remedy.endswith("。")


def test_near_unit_is_suggested() -> None:
    roster = read(rosters.book([person()], township="普利桥真"))
    assert isinstance(roster, Refusal) and roster.remedy.startswith("是不是普利桥镇？")


@pytest.mark.parametrize(
    ("differs", "problems"),
    [
        ({"deadline": "2019-11-15"}, ["封面“填报截止日期”是文字，已按 2019-11-15 理解。"]), ({"deadline": "2019年11月15日"}, ["封面“填报截止日期”是文字，已按 2019-11-15 理解。"]),
        ({"deadline": "２０１９．１１．１５"}, ["封面“填报截止日期”是文字，已按 2019-11-15 理解。"]), ({"serial": "第1次"}, ["封面“第几次报送”是文字，已按 1 理解。"]),
        ({"deadline": date(2019, 11, 15)}, []), ({"township": " 普利桥镇人民政府 "}, []), ({"scope": "两 险"}, []), ({"policy": "冷政办函〔2019〕27 号"}, []),
        ({"template_version": "0.9"}, [f"本册用的是旧模板（0.9），现行模板为{columns.TEMPLATE_VERSION}。"]),
        ({"template_version": ""}, [f"本册用的是旧模板（无版本号），现行模板为{columns.TEMPLATE_VERSION}。"]),
        ({"template_version": "2.10"}, []), ({"parts": ""}, []), ({"clerk": ""}, []),
    ],
    ids=str,
)  # fmt: skip
def test_cover_understood(differs: dict[str, Any], problems: list[str]) -> None:
    roster = good(rosters.book([person()], **differs))
    assert [problem for *_, problem in findings_of(roster)] == problems
    assert (roster.cover.unit.name, roster.cover.deadline, roster.cover.serial) == ("普利桥镇", date(2019, 11, 15), 1)
    assert roster.cover.schemes == ("medical", "pension")


def test_value_of_a_label_may_stand_further_right_but_is_no_other_label() -> None:
    book = rosters.book([person()])
    rows = book.sheets[columns.COVER_SHEET].rows
    rows[:] = [[row[1] + "：", "", "", row[2]] if row[1] else row for row in rows]
    assert good(book).cover.clerk == "李四"
    rows.append(["填表人", "政策文号"])  # a second label counts no more
    assert good(book).cover.clerk == "李四"


# ---------------------------------------------------------------- rows


def test_gaps_totals_and_blank_rows() -> None:
    blank = dict.fromkeys(KEYS, "")
    rows = [
        person(),
        blank,
        blank,
        person(household="2"),
        {**blank, "seq": 3},
        person(household="3"),
        {**blank, "seq": "合计", "medical_paid": 750},
        blank,
    ]
    roster = good(rosters.book(rows))
    assert roster.rows.tolist() == [FIRST_ROW, FIRST_ROW + 3, FIRST_ROW + 5]
    assert [(finding.code, finding.row, finding.count, finding.places) for finding in roster.findings] == [
        ("107", FIRST_ROW + 1, 2, (FIRST_ROW + 1, FIRST_ROW + 4)),
        ("122", FIRST_ROW + 6, 1, (FIRST_ROW + 6,)),
    ]


@pytest.mark.parametrize(("row", "person_"), [({"name": "合计"}, False), ({"village": "小计："}, False), ({"household": "总 计"}, False), ({"name": "合计", "id_number": "990000199001010017"}, True), ({"name": "张计"}, True)])  # fmt: skip
def test_lines_of_sums_are_no_people(row: dict[str, Any], person_: bool) -> None:
    blank = dict.fromkeys(KEYS, "")
    assert len(good(rosters.book([person(), {**blank, **row, "medical_paid": 250}]))) == 1 + person_


def test_row_of_spaces_and_row_of_an_error_only() -> None:
    blank = dict.fromkeys(KEYS, "")
    book = rosters.book([person(), {**blank, "name": " 　"}, {**blank}])
    assert len(good(book)) == 1
    book.sheets[columns.ROSTER_SHEET].errors[FIRST_ROW + 2, 7] = "#N/A"
    assert good(book).rows.tolist() == [FIRST_ROW, FIRST_ROW + 2]


def test_short_rows_are_blank_to_their_end() -> None:
    book = rosters.book([person(), person(household="2")])
    rows = book.sheets[columns.ROSTER_SHEET].rows
    rows[FIRST_ROW] = rows[FIRST_ROW][:10]
    roster = good(book)
    assert roster.filled["register"].tolist() == [True, False]


def test_untouched_template_has_nobody() -> None:
    roster = good(rosters.book([]))
    assert (len(roster), roster.findings) == (0, [])


def test_hidden_merged_and_repeated() -> None:
    book = rosters.book([person(), person(household="2")])
    sheet = book.sheets[columns.ROSTER_SHEET]
    sheet.hidden_rows, sheet.first_hidden = 3, 6  # type: ignore[attr-defined]
    sheet.merged = ("A1:H1", "B5:B6", "C90:C91")  # type: ignore[attr-defined]
    sheet.duplicate_cells = ("S5", "S6")  # type: ignore[attr-defined]
    assert [(finding.code, finding.row, finding.count) for finding in good(book).findings] == [
        ("106", 6, 3),
        ("114", 5, 1),
        ("115", 5, 2),
    ]


def test_notes_of_the_file_are_findings() -> None:
    book = rosters.book([person()])
    book.notes = (
        Note("macros", "文件带有宏，没有运行。"),
        Note("extra-roster", "另有工作表“花名册2”。", "花名册2"),
    )
    assert [(finding.code, finding.severity, finding.problem) for finding in good(book).findings] == [
        ("111", "info", "文件带有宏，没有运行。"), ("113", "warning", "另有工作表“花名册2”。"),
    ]  # fmt: skip


# ---------------------------------------------------------------- values and their types


@pytest.mark.parametrize(
    ("value", "fen", "fault"),
    [
        (250.0, 25000, reader.FINE), (250, 25000, reader.FINE), (0.0, 0, reader.FINE), ("", 0, reader.FINE), (None, 0, reader.FINE), (" ", 0, reader.FINE),
        (283.5, 28350, reader.FINE), (0.01, 1, reader.FINE), (0.1 + 0.2, 30, reader.FINE), (1e7, 10**9, reader.FINE), (1e7 + 0.01, 0, reader.BAD_AMOUNT),
        (-0.01, 0, reader.BAD_AMOUNT), (0.001, 0, reader.BAD_AMOUNT), (250.005, 0, reader.BAD_AMOUNT), (1e300, 0, reader.BAD_AMOUNT),
        ("250", 0, reader.NUMBER_AS_TEXT), (" ２５０.０ ", 0, reader.NUMBER_AS_TEXT), ("250元", 0, reader.NOT_NUMBER), ("1,500", 0, reader.NOT_NUMBER), ("二百五", 0, reader.NOT_NUMBER), (True, 0, reader.NOT_NUMBER), (datetime(2019, 10, 1), 0, reader.NOT_NUMBER), (math.nan, 0, reader.NOT_NUMBER),
    ],
    ids=repr,
)  # fmt: skip
def test_amounts(value: Any, fen: int, fault: int) -> None:
    roster = good(rosters.book([person(medical_paid=value), person(household="2")]))
    assert roster.money["medical_paid"].tolist() == [fen, 25000]
    faults = roster.faults.get("medical_paid")
    assert (int(faults[0]) if faults is not None else reader.FINE) == fault
    assert roster.filled["medical_paid"][0] == (value not in ("", None, " "))


@pytest.mark.parametrize(
    ("value", "day", "fault"),
    [
        (datetime(2019, 10, 15), date(2019, 10, 15), reader.FINE), (date(2019, 10, 15), date(2019, 10, 15), reader.FINE),
        (datetime(2019, 10, 15, 23, 59), date(2019, 10, 15), reader.FINE), ("", None, reader.FINE), ("2019-10-15", None, reader.NOT_DATE),
        (43753.0, None, reader.NUMBER_FOR_DATE), (time(6, 30), None, reader.NUMBER_FOR_DATE), (timedelta(1), None, reader.NUMBER_FOR_DATE), (True, None, reader.NOT_DATE),
        ("　", None, reader.FINE),
    ],
    ids=repr,
)  # fmt: skip
def test_days(value: Any, day: date | None, fault: int) -> None:
    roster = good(rosters.book([person(medical_date=value), person(household="2")]))
    assert roster.days["medical_date"].tolist() == [day.toordinal() if day else 0, date(2019, 10, 15).toordinal()]
    faults = roster.faults.get("medical_date")
    assert (int(faults[0]) if faults is not None else reader.FINE) == fault


@pytest.mark.parametrize(
    ("key", "value", "text", "fault"),
    [
        ("household", 12.0, "12", reader.FINE), ("household", "012", "012", reader.FINE), ("household", 1.5, "1.5", reader.FINE), ("household", datetime(2019, 1, 2), "2019-01-02T00:00:00", reader.DATE_FOR_TEXT),
        ("id_number", 9.90000199001010e17, "9.9000019900101E+17", reader.LOST_DIGITS), ("id_number", " 990000 19900101001x", "99000019900101001X", reader.FINE),
        ("id_number", "９９００００１９９００１０１００１７", "990000199001010017", reader.FINE), ("id_number", datetime(2019, 1, 2), "2019-01-02T00:00:00", reader.FINE),
        ("name", "张 三", "张三", reader.FINE), ("name", 7.0, "7", reader.FINE), ("medical_receipt", "no.001\u200b", "NO.001", reader.FINE),
        ("relation", "妻", "配偶", reader.FINE), ("relation", " 长 子 ", "子", reader.FINE), ("relation", "同学", "同学", reader.UNKNOWN), ("register", "本乡镇（街道）", "本乡镇(街道)", reader.FINE),
        ("medical_status", "本次參保", "本次參保", reader.UNKNOWN), ("entered", "是\u200b", "是", reader.FINE), ("entered", True, "True", reader.UNKNOWN),
        ("category", "低保　重残", "低保 重残", reader.FINE), ("category", "a\x01b", "ab", reader.FINE), ("remark", "任 何\n话", "任 何\n话", reader.FINE),
    ],
    ids=repr,
)  # fmt: skip
def test_texts(key: str, value: Any, text: str, fault: int) -> None:
    roster = good(rosters.book([person(**{key: value}), person(household="2")]))
    assert roster.words[key].texts()[0] == text or (
        fault == reader.LOST_DIGITS and roster.words[key].texts()[0].upper() == text
    )
    faults = roster.faults.get(key)
    assert (int(faults[0]) if faults is not None else reader.FINE) == fault


@pytest.mark.parametrize(
    ("cells", "count"),
    [({"name": "张\u200b三"}, 1), ({"name": "张\u200b三", "id_number": "９90000199001010017", "relation": "户\u00ad主"}, 3), ({"name": " 张三 "}, 1), ({"id_number": "99000019900101001x"}, 1), ({"id_number": "\u00a0990000199001010017 "}, 1), ({"name": "Maria da Silva"}, 0), ({"remark": " "}, 0), ({"medical_receipt": " 　"}, 0), ({"remark": "张\u200b三"}, 0)],
)  # fmt: skip
def test_normalised_cells_are_counted(cells: dict[str, Any], count: int) -> None:
    roster = good(rosters.book([person(**cells)]))
    assert [(finding.code, finding.count, finding.problem) for finding in roster.findings] == (
        [("110", count, f"有{count}个单元格含空格、全角、不可见字符或小写x，已按规范字符理解。")] if count else []
    )


@pytest.mark.parametrize(
    ("key", "alias", "choice"), [(column.key, alias, choice) for column in COLUMNS for alias, choice in column.folds]
)
def test_words_of_the_household_register(key: str, alias: str, choice: str) -> None:
    assert choice in BY_KEY[key].choices
    roster = good(rosters.book([person(**{key: alias})]))
    assert roster.words[key].texts().tolist() == [choice] and key not in roster.faults
