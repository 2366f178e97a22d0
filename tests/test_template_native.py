"""The template in a real spreadsheet engine: native amounts and hints against Python, on thousands of random rows."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from addin import checks, columns
from addin.columns import COLUMNS, FIRST_ROW
from addin.output import macro_workbook, template
from addin.output.template import controls, hints
from addin.output.template.layout import HINT_ROWS, LETTERS, TOTAL_CELLS, Size
from addin.policy import FEN
from tests.support import rosters
from tests.support.notices import LENGSHUITAN
from tests.support.office import Office, cell

pytestmark = pytest.mark.slow

POLICY = LENGSHUITAN
ROWS = 10_000
CHUNK = 400
"""Findings are grouped, and their places cut off, in large books: Python checks these many people at a time."""
_EPOCH = datetime(1899, 12, 30)

_WORDS = [
    word for category in POLICY.categories.values() for word in (category.name, category.short, *category.aliases)
]
_IDS = (
    "990000199001010017", "990000195001010019", "990000201001010017", "99000019900101001X", "990000199001010018",
    "99000019900101001", "99000019900101OO18", "990000199013010014", "990000203001010016", "990000900101001",
    "990000900231001", " 990000199001010017", "９９００００199001010017", "990000200206010016", "990000189901010014", "",
)  # fmt: skip


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text)


_POOLS: dict[str, tuple[Any, ...]] = {
    "village": ("", "　"),
    "household_type": ("集体户", "家庭户", "外市居住户", "大户"),
    "registered": (3, "三人", -1),
    "name": ("", " ", "/"),
    "relation": ("长子", "配偶", "表哥", ""),
    "id_type": ("身份证", "/", "港澳台居民居住证", "外国人永久居留身份证", "其他", "军官证"),
    "id_number": (*_IDS, 990000199001010000, 123456789, 990000900101001, 990000901301001, "4.31103E+17", "/"),
    "household": (4.31103199001011e17, "1.5E+16"),
    "certificate": (99000019900101001742, "99000019900101001742", "/"),
    "category": ("无", "/", "否", "—", 0),
    "register": (*columns.REGISTERS, "本乡镇（街道）", "市外", "外省", ""),
    "residence_proof": ("无", "居住证", "村证明", "介绍信"),
    "schooling": ("无", "——", "否", "中小学(含中职)", "高校", "大学", "幼儿园"),
    "medical_status": (*columns.MEDICAL_STATUSES, " 本次参保", "参保", ""),
    "medical_reason": ("无", "服刑", "其他", "其他(见备注)", "不愿意"),
    "medical_proof": ("证明018", "没有"),
    "medical_paid": ("", "无", "/", 0, 175, 125, 250.0, 250.5, 250.001, 300, -5, "250元", 283.33),
    "medical_date": ("", "/", _day("2019-08-31"), _day("2019-09-01"), _day("2019-12-31"), _day("2020-01-01"), _day("2019-11-16"), "10.1"),
    "medical_receipt": ("", "A0002", "微信缴费", "同上", "无", 4.31103199001011e17),
    "pension_status": ("无", *columns.PENSION_STATUSES, "本次 参保", "参保", ""),
    "tier": ("", "无", 0, 100, 300, 150, 3000, 3000.0, "300", "最低"),
    "pension_paid": ("", 0, 100, 200, 300, 2900, -1, "一百"),
    "pension_date": ("", _day("2018-12-31"), _day("2019-01-01"), _day("2019-10-31"), _day("2019-11-01"), "五月"),
    "pension_receipt": ("", "B1", "待开", "-"),
    "entered": ("否", "有"),
}  # fmt: skip


def _category(rng: random.Random) -> str:
    if rng.random() < 0.3:
        return ""
    words = [rng.choice(_WORDS) for _ in range(rng.choice((1, 1, 2, 2, 3)))]
    if rng.random() < 0.1:
        words.append(rng.choice(("困难户", "低", "低保户户", "*", "?", "低保特困")))
    text = words[0]
    for word in words[1:]:
        text += rng.choice(("、", "，", ",", "/", "／", ";", "；", " ", "　", "+", "＋", "和", "、 ", "、、")) + word
    return rng.choice(("", "", "", " ", "、")) + text + rng.choice(("", "", "", "、", " "))


def _people(count: int, seed: int) -> Iterator[dict[str, Any]]:
    rng = random.Random(seed)
    for n in range(count):
        row = {**rosters.ORDINARY, "household": str(n + 1), "category": _category(rng)}
        for key in rng.sample(sorted(_POOLS), rng.choice((0, 1, 1, 2, 3, 5))):
            row[key] = rng.choice(_POOLS[key])
        if not str(row["name"]).strip(" /") and row["id_number"] in ("", "/"):  # a row without either is nobody
            row["name"] = rosters.ORDINARY["name"]
        if (
            row["household"] in _POOLS["household"]
        ):  # else its neighbours are not judged as families, which one row can't know
            row["village"] = "河口村"
        if row["id_number"] == 123456789:  # a passport kept as a number
            row["id_type"] = "其他"
        if row.get("id_type") == "军官证":  # no judgement natively of a number whose kind is not known
            row["id_number"] = rosters.ORDINARY["id_number"]
        if any(str(row[key]).strip(" /") for key in ("name", "id_number")):  # else it is nobody's row
            yield row


def _every_combination() -> Iterator[dict[str, Any]]:
    """Every set of statuses with every tier, paid without any subsidy."""
    statuses = [category.short for category in POLICY.categories.values() if category.hardship]
    for code in range(1 << len(statuses)):
        words = [word for n, word in enumerate(statuses) if code >> n & 1]
        for tier in POLICY.schemes["pension"].tiers:
            yield {**rosters.ORDINARY, "household": f"{code}-{tier}", "category": "、".join(words), "tier": tier / FEN}


def _typed(value: Any) -> Any:
    """A value as UNO takes it."""
    if isinstance(value, datetime):
        value = (value - _EPOCH) / timedelta(days=1)
    return float(value) if isinstance(value, int) else value


def _python(people: list[dict[str, Any]], **cover: Any) -> tuple[list[tuple[Any, ...]], list[set[str]]]:
    """For each person the five amounts in yuan ('' where none), and the codes found."""
    dues: list[tuple[Any, ...]] = []
    codes: list[set[str]] = []
    for start in range(0, len(people), CHUNK):
        book = rosters.read(people[start : start + CHUNK], **cover)
        found = defaultdict(set)
        for finding in checks.check(book).findings:
            for row in finding.places or ((finding.row,) if finding.row else ()):
                found[row].add(finding.code)
        shown: dict[str, list[Any]] = {}
        for scheme, whats in (("medical", ("cash", "subsidy", "refund")), ("pension", ("cash", "subsidy"))):
            known = book.enrolled(scheme) & book.due_known(scheme)
            if scheme == "pension":
                known &= book.filled["tier"] & ~book.fault("tier")
            for what in whats:
                values = book.due(scheme, what)
                shown[scheme + what] = [
                    int(value) / FEN if is_known and scheme in book.schemes else "" for value, is_known in zip(values, known, strict=True)
                ]  # fmt: skip
        dues += zip(*shown.values(), strict=True)
        codes += [found[int(row)] for row in book.rows]
    return dues, codes


_LITERAL = re.compile(r'"([^"]*)"')
_BY_TEXT = {
    "位，应为18位": "304",
    "不该有的字符": "305",
    "出生日期不对": "307",
    "校验码不对": "306",
    "空格或全角": "110",
}


def _codes_of(text: str) -> set[str]:
    """The codes that a hint's text can stand for."""
    codes = {code for words, code in _BY_TEXT.items() if words in text}
    for hint in hints.all_hints(POLICY):
        pieces = [piece for piece in _LITERAL.findall(hint.text) if piece]
        if pieces and re.fullmatch(".*".join(map(re.escape, pieces)) + ".*", text):
            codes.add(hint.code)
    return codes


@pytest.fixture(scope="module")
def office(soffice: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with Office(soffice, tmp_path_factory.mktemp("office")) as running:
        yield running


def _paste(office: Office, path: Path, people: list[dict[str, Any]], **cover: Any) -> Any:
    """Open a blank template and paste people into it, run by run; gives the document, calculated."""
    template.write_roster(path, POLICY, rosters.COVER | cover, (), blank_rows=len(people))
    document = office.load(path)
    _put(document, people, FIRST_ROW)
    document.calculateAll()
    return document


def _put(document: Any, people: list[dict[str, Any]], first: int) -> None:
    """Paste people from a row on; guards and computed columns between the runs are not touched."""
    for start, end in sorted(set(columns.RUNS.values())):
        keys = [key for key, run in columns.RUNS.items() if run == (start, end)]
        area = f"{LETTERS[keys[0]]}{first}:{LETTERS[keys[-1]]}{first + len(people) - 1}"
        rows = tuple(tuple(_typed(row.get(key, "")) for key in keys) for row in people)
        cell(document, columns.ROSTER_SHEET, area).setDataArray(rows)


_DUES = ("medical_due", "medical_subsidy", "medical_refund", "pension_due", "pension_subsidy")


def _native(document: Any, count: int, first: int = FIRST_ROW) -> list[tuple[Any, ...]]:
    """The five amounts and the hint of so many rows."""
    area = f"A{first}:{LETTERS['hint']}{first + count - 1}"
    rows = cell(document, columns.ROSTER_SHEET, area).getDataArray()
    return [tuple(row[columns.PLACES[key] - 1] for key in (*_DUES, "hint")) for row in rows]


@pytest.mark.parametrize("scope", list(columns.SCOPES))
def test_amounts_and_hints_agree_with_python(office: Office, tmp_path: Path, scope: str) -> None:
    count = ROWS if scope == columns.BOTH_SCHEMES else ROWS // 10
    people = list(_every_combination()) if scope == columns.BOTH_SCHEMES else []
    people += _people(count - len(people), seed=len(scope) + ord(scope[-1]))
    native = []
    for start in range(0, count, HINT_ROWS):  # a larger template leaves the hints out
        page = people[start : start + HINT_ROWS]
        document = _paste(office, tmp_path / "t.xlsx", page, scope=scope)
        try:
            native += _native(document, len(page))
        finally:
            document.close(True)
    dues, codes = _python(people, scope=scope)
    assert any(value == 75 for row in dues for value in row) or scope == columns.only("pension")
    differing = [
        (people[n]["category"], people[n].get("tier"), row[:5], due)
        for n, (row, due) in enumerate(zip(native, dues, strict=True)) if tuple(row[:5]) != due
    ]  # fmt: skip
    assert differing == []
    wrong = []
    for n, (row, found) in enumerate(zip(native, codes, strict=True)):
        shown, covered = row[5], found & template.hint_codes(POLICY)
        shown_codes = _codes_of(shown) if shown else set()
        if (bool(covered) != bool(shown) and "110" not in shown_codes) or (
            shown and not shown_codes & (found | {"110"})
        ):
            wrong.append(
                (n, shown, sorted(covered), {k: v for k, v in people[n].items() if v != rosters.ORDINARY.get(k)})
            )
    assert wrong == []
    seen = set().union(*codes) & template.hint_codes(POLICY)
    if scope == columns.BOTH_SCHEMES:
        assert seen == template.hint_codes(POLICY) - {"110", "201"}


def test_colours(office: Office, tmp_path: Path) -> None:
    """Every conditional format worked out for every cell of its area; which cells it colours."""
    late, early = _day("2020-01-01"), _day("2019-08-31")
    cases: dict[str, tuple[dict[str, Any], set[str]]] = {
        "nothing": ({}, set()),
        "check digit": ({"id_number": "990000199001010018"}, {"name", "id_number"}),
        "birth": ({"id_number": "990000199013010014"}, {"name", "id_number"}),
        "number": ({"id_number": 990000199001010000}, {"name", "id_number"}),
        "another kind": ({"id_number": "H123", "id_type": "其他"}, set()),
        "short": ({"medical_paid": 175}, {"name", "medical_paid"}),
        "over": ({"pension_paid": 200}, {"name", "pension_paid"}),
        "not yet paid": ({"medical_paid": "", "medical_date": "", "pension_paid": 0}, set()),
        "nothing due": ({"medical_status": "市内职工医保", "medical_paid": 250}, {"name"}),
        "late": ({"medical_date": late}, {"name", "medical_date"}),
        "early": ({"medical_date": early}, {"name", "medical_date"}),
        "last moment": ({"medical_date": _day("2019-12-31T23:00")}, {"name"}),  # after the cover's day: told in 提示
        "pension late": ({"pension_date": _day("2019-11-01")}, {"name", "pension_date"}),
        "text for a day": ({"pension_date": "五月"}, {"name", "pension_date"}),
        "missing": (
            {"village": "", "name": "\u3000", "relation": " ", "register": "", "medical_status": ""},
            {"village", "name", "relation", "register", "medical_status"},
        ),
        "empty row": (dict.fromkeys(rosters.ORDINARY, ""), set()),
        "marked": ({}, {"village", "name", "category", "hint"}),
    }  # fmt: skip
    people = [rosters.ORDINARY | differs for differs, _ in cases.values()]
    document = _paste(office, tmp_path / "t.xlsx", people)
    shown: dict[str, set[str]] = {name: set() for name in cases}
    try:
        last = FIRST_ROW + len(cases) - 1
        line = ["."] * columns.WIDTH
        for key, sign in (("village", "E"), ("category", "W"), ("hint", "I")):
            line[columns.PLACES[key] - 1] = sign
        cell(document, columns.ROSTER_SHEET, f"{LETTERS['marks']}{last}").setString("".join(line))
        header = {place: key for key, place in columns.PLACES.items()}
        for rule in controls.rules(POLICY, Size(0, len(cases))):
            if rule.look == "family":
                continue
            for column in range(rule.first, rule.last + 1):
                if column + 1 not in header:
                    continue
                formula = rule.formula.replace("COLUMN()", str(column + 1))
                for name, value in zip(cases, _worked_out(document, formula, len(cases)), strict=True):
                    assert value in (0, 1), (name, formula, value)
                    if value:
                        shown[name].add(header[column + 1])
    finally:
        document.close(True)
    assert shown == {name: wanted for name, (_, wanted) in cases.items()}


def _worked_out(document: Any, formula: str, count: int) -> list[Any]:
    """The values of a conditional format's formula, written for the first row, in so many rows."""
    scratch = cell(document, columns.ROSTER_SHEET, f"CA{FIRST_ROW}:CA{FIRST_ROW + count - 1}")
    for n in range(count):
        of_row = re.sub(rf"(?<=[A-Z]){FIRST_ROW}\b", str(FIRST_ROW + n), formula)
        of_row = re.sub(rf"(?<=[A-Z]){FIRST_ROW - 1}\b", str(FIRST_ROW + n - 1), of_row)
        scratch.getCellByPosition(0, n).setFormula(f"={of_row.replace(',', ';')}")
    document.calculateAll()
    return [value for (value,) in scratch.getDataArray()]


def test_a_line_stands_where_the_household_changes(office: Office, tmp_path: Path) -> None:
    homes = [("桥头村", "1"), ("桥头村", "1"), ("桥头村", "2"), ("河口村", "2"), ("河口村", "2"), ("", "")]
    people = [rosters.ORDINARY | {"village": village, "household": number} for village, number in homes]
    people[-1] |= dict.fromkeys(people[-1], "")
    document = _paste(office, tmp_path / "t.xlsx", people)
    (rule,) = (rule for rule in controls.rules(POLICY, Size(0, len(people))) if rule.look == "family")
    try:
        assert _worked_out(document, rule.formula, len(people)) == [1, 0, 1, 1, 0, 0]
    finally:
        document.close(True)


def test_a_row_without_formulas_is_seen(office: Office, tmp_path: Path) -> None:
    """A row that was inserted, or pasted over, has none; its name, amounts and 提示 turn grey."""
    document = _paste(office, tmp_path / "t.xlsx", [rosters.ORDINARY] * 3)
    bare = [rule for rule in controls.rules(POLICY, Size(0, 3)) if rule.look == "bare"]
    try:
        cell(document, columns.ROSTER_SHEET, f"A{FIRST_ROW + 1}:CA{FIRST_ROW + 1}").clearContents(23)
        cell(document, columns.ROSTER_SHEET, f"{LETTERS['name']}{FIRST_ROW + 1}").setString("赵明")
        assert [_worked_out(document, rule.formula, 3) for rule in bare] == [[0, 1, 0]] * 4
    finally:
        document.close(True)


def test_control_totals_agree_with_python(office: Office, tmp_path: Path) -> None:
    people = [row for row in _people(300, seed=5) if row["medical_paid"] not in (-5, 250.001)]
    people = [row | {"pension_paid": 100} if row["pension_paid"] == -1 else row for row in people]
    document = _paste(office, tmp_path / "t.xlsx", people)
    try:
        totals = {
            key: cell(document, columns.COVER_SHEET, place.replace("$", "")).Value for key, place in TOTAL_CELLS.items()
        }
    finally:
        document.close(True)
    book = rosters.read(people, **totals)
    assert [finding.problem for finding in checks.check(book).findings if finding.code == "105"] == []


def test_error_value_is_the_first_hint(office: Office, tmp_path: Path) -> None:
    document = _paste(office, tmp_path / "t.xlsx", [dict(rosters.ORDINARY)])
    try:
        cell(document, columns.ROSTER_SHEET, f"{LETTERS['category']}{FIRST_ROW}").setFormula("=NA()")
        row = _native(document, 1)[0]
    finally:
        document.close(True)
    assert row[0] == ""
    assert row[5].startswith("有单元格是错误值")


def test_large_template_leaves_hints_to_the_check(office: Office, tmp_path: Path) -> None:
    template.write_roster(tmp_path / "t.xlsx", POLICY, rosters.COVER, [rosters.ORDINARY], blank_rows=HINT_ROWS)
    document = office.load(tmp_path / "t.xlsx")
    try:
        document.calculateAll()
        first, second = _native(document, 2)
    finally:
        document.close(True)
    assert "校验花名册" in first[5]
    assert first[0] == 250
    assert tuple(second) == ("",) * 6


@pytest.mark.parametrize("rows", columns.READY_ROWS)
def test_ready_made_sizes_work_down_to_their_last_row(office: Office, tmp_path: Path, rows: int) -> None:
    macro_workbook.write_template(tmp_path / "t.xlsm", POLICY, rows, rosters.COVER)
    document = office.load(tmp_path / "t.xlsm")
    last = FIRST_ROW + rows - 1
    try:
        _put(document, [rosters.ORDINARY | {"category": "低保"}], last)
        (shown,) = _native(document, 1, last)
        totals = {
            key: cell(document, columns.COVER_SHEET, place.replace("$", "")).Value for key, place in TOTAL_CELLS.items()
        }
    finally:
        document.close(True)
    assert shown[:5] == (250, 0, 75, 0, 100)
    assert totals == {
        "households": 1,
        "persons": 1,
        "medical_enrolled": 1,
        "medical_cash": 250,
        "pension_enrolled": 1,
        "pension_cash": 100,
    }


def test_a_link_whose_person_has_gone_asks_for_another_check(office: Office, tmp_path: Path) -> None:
    """Sorted by name after the check, a row inserted above: who has moved is not met, who is only shifted is."""
    people = [rosters.ORDINARY | {"name": name, "medical_paid": 100} for name in ("乙", "甲", "丙")]
    findings = [finding for finding in checks.check(rosters.read(people)).findings if finding.code == "605"]
    template.write_roster(tmp_path / "t.xlsx", POLICY, rosters.COVER, people, findings=findings)
    document = office.load(tmp_path / "t.xlsx")
    sheet = document.Sheets.getByName(columns.ROSTER_SHEET)

    def links() -> dict[str, str]:
        document.calculateAll()
        lines = cell(document, columns.FINDINGS_SHEET, f"A4:E{len(findings) + 3}").getDataArray()
        return {line[4]: line[0] for line in lines if line[4]}

    try:
        paid = findings[0].column  # the check has read rows without guards
        assert links() == {name: f"{paid}{FIRST_ROW + n}" for n, name in enumerate(("乙", "甲", "丙"))}
        area = sheet.getCellRangeByName(f"A{FIRST_ROW}:{LETTERS['marks']}{FIRST_ROW + 1}")
        field = office.uno.createUnoStruct("com.sun.star.table.TableSortField")
        field.Field, field.IsAscending = columns.PLACES["name"] - 1, False
        fields = office.uno.Any("[]com.sun.star.table.TableSortField", (field,))
        area.sort((office.property("SortFields", fields), office.property("ContainsHeader", False)))
        sheet.Rows.insertByIndex(FIRST_ROW - 1, 1)
        assert links() == {"乙": "请重新校验", "甲": "请重新校验", "丙": f"{paid}{FIRST_ROW + 3}"}
    finally:
        document.close(True)


def test_every_column_is_where_the_table_says(office: Office, tmp_path: Path) -> None:
    template.write_roster(tmp_path / "t.xlsx", POLICY, rosters.COVER, [rosters.ORDINARY])
    document = office.load(tmp_path / "t.xlsx")
    try:
        header = cell(document, columns.ROSTER_SHEET, f"A{columns.HEADER_ROW}:{LETTERS['marks']}{columns.HEADER_ROW}")
        headers = {n: text for n, text in enumerate(header.getDataArray()[0], 1) if text}
        assert headers == {columns.PLACES[column.key]: column.header for column in COLUMNS}
    finally:
        document.close(True)
