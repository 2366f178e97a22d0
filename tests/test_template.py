"""The template's writer: its values read back, twice the same bytes, no formula that Excel compares wrongly."""

from __future__ import annotations

import html
import re
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from addin import amounts, checks, columns, policy
from addin import roster as rosters_module
from addin.columns import COLUMNS, CONTROL_TOTALS, COVER_FIELDS, FIRST_ROW, HEADER_ROW, INPUTS, Scheme
from addin.findings import Finding, title
from addin.output import template
from addin.output.template import formulas, hints, lists, manual, results
from addin.output.template.layout import HINT_ROWS, LETTERS
from addin.policy import FEN
from tests.support import ROOT, rosters
from tests.support.notices import LENGSHUITAN, LENGSHUITAN_FOLDER, QINGSHI

POLICY = LENGSHUITAN

# what a cell can hold: no control characters, and no text that is an escape of one (tested apart)
_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40).filter(lambda text: "_x" not in text)
_SHAPES = st.sampled_from(
    ["=1+1", "+8613", "http://a.cn/b", "007", "1e5", "'", "@a", "TRUE", "2019-10-01", "{=1}", " 两边 "]
)
_NUMBER = st.one_of(st.integers(-(10**9), 10**9), st.decimals(0, 10**6, places=2).map(float))
_DAY = st.dates(date(1900, 3, 1), date(2100, 1, 1))
_VALUE = st.one_of(st.none(), _TEXT, _SHAPES, _NUMBER, _DAY)
_PERSON = st.fixed_dictionaries({column.key: _VALUE for column in INPUTS})


def _sheet(path: Path, name: str) -> list[list[Any]]:
    return CalamineWorkbook.from_path(path).get_sheet_by_name(name).to_python(skip_empty_area=False)


def _by_key(row: list[Any]) -> dict[str, Any]:
    """A row's values by the columns' keys."""
    return {key: row[place - 1] if place <= len(row) else "" for key, place in columns.PLACES.items()}


def _parts(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name).decode("utf-8") for name in book.namelist() if name.endswith((".xml", ".rels"))}


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("blank") / "模板.xlsx"
    template.write_roster(path, POLICY, {}, (), blank_rows=50)
    return path


@pytest.mark.slow
@hypothesis.given(st.lists(_PERSON, min_size=1, max_size=5))
@hypothesis.settings(max_examples=15, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
def test_every_input_is_read_back_as_it_was_given(tmp_path: Path, people: list[dict[str, Any]]) -> None:
    path = tmp_path / "册.xlsx"
    template.write_roster(path, POLICY, rosters.COVER, people)
    rows = _sheet(path, columns.ROSTER_SHEET)
    assert _by_key(rows[HEADER_ROW - 1]) == {column.key: column.header for column in COLUMNS}
    rows += [[""] * columns.WIDTH] * len(people)  # the reader leaves out what is empty at the end
    for row, person in zip(rows[FIRST_ROW - 1 :], people, strict=False):
        given = {column.key: person[column.key] for column in INPUTS}
        read = _by_key(row)
        assert {key: read[key] for key in given} == {
            key: "" if value is None else value for key, value in given.items()
        }


def test_escapes_and_control_characters_stay_text(tmp_path: Path) -> None:
    texts = ["_x0041_", "a\x01b", "a\nb", "x" * 32767]
    template.write_roster(tmp_path / "t.xlsx", POLICY, {}, [{"remark": text} for text in texts])
    rows = _sheet(tmp_path / "t.xlsx", columns.ROSTER_SHEET)
    assert [_by_key(row)["remark"] for row in rows[FIRST_ROW - 1 :]] == texts


def test_cover_is_read_back(tmp_path: Path) -> None:
    template.write_roster(tmp_path / "t.xlsx", POLICY, rosters.COVER, [rosters.ORDINARY] * 3)
    cells = {row[1]: row[2] for row in _sheet(tmp_path / "t.xlsx", columns.COVER_SHEET)}
    for field in COVER_FIELDS:
        wanted = {**rosters.COVER, "fingerprint": POLICY.fingerprint}[field.key]
        assert cells[field.label] == (wanted.date() if isinstance(wanted, datetime) else wanted)
    assert [cells[total.label] for total in CONTROL_TOTALS] == [3, 3, 3, 750, 3, 300]
    assert columns.COVER_LINE in cells


def test_nothing_stands_beside_the_covers_values(blank: Path) -> None:
    """A reader takes the first filled cell right of a label: a remark there would pass for the value."""
    for row in _sheet(blank, columns.COVER_SHEET):
        assert all(value == "" for value in row[3:])


def test_computed_columns_keep_the_value_given_beside_their_formula(tmp_path: Path) -> None:
    person = rosters.ORDINARY | {"medical_due": 125.5, "hint": "看"}
    template.write_roster(tmp_path / "t.xlsx", POLICY, rosters.COVER, [person])
    row = _by_key(_sheet(tmp_path / "t.xlsx", columns.ROSTER_SHEET)[FIRST_ROW - 1])
    assert (row["medical_due"], row["medical_subsidy"], row["hint"]) == (125.5, "", "看")
    xml = _parts(tmp_path / "t.xlsx")["xl/worksheets/sheet2.xml"]
    # every formula stands once, and the rows below share it
    assert xml.count("<f>") == 0
    assert len(re.findall('<f t="shared" ref="[^"]*" si="[^"]*">[^<]', xml)) == len(_all_formulas())


def test_same_input_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, epoch in (("a", "1568246400"), ("b", "1568246400"), ("c", "1600000000")):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
        template.write_roster(tmp_path / name, POLICY, rosters.COVER, [rosters.ORDINARY], blank_rows=5)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a").read_bytes() != (tmp_path / "c").read_bytes()


def _all_formulas() -> dict[str, str]:
    codes_and_cells = {f"列{key}": text for key, text in formulas.shown(POLICY).items()}
    return codes_and_cells | {"提示": hints.formula(POLICY)} | formulas.hidden(POLICY) | hints.hidden(POLICY)


def test_no_formula_compares_ids_as_numbers_or_is_too_new(blank: Path) -> None:
    banned = re.compile(
        r"\b(COUNTIFS|SUMIFS?|AVERAGEIFS?|XLOOKUP|XMATCH|LET|FILTER|UNIQUE|SORT|TEXTJOIN|CONCAT|IFS|SWITCH|INDIRECT|VLOOKUP)\("
    )
    parts = _parts(blank)
    for name, text in parts.items():
        assert not banned.search(text), name
        assert "duplicateValues" not in text, name
        assert "_xlfn" not in text, name
    # the one use of COUNTIF is over the words of a status, which are never numbers
    counted = re.findall(r"COUNTIF\([^)]*\)", "".join(parts.values()))
    assert {text.partition(",")[2] for text in counted} == {'"本次参保")'}


def test_formulas_are_within_excels_limits() -> None:
    for name, text in _all_formulas().items():
        assert len(text.format(row=1_048_576)) < 8_000, name
        assert max((len(piece) for piece in re.findall(r'"([^"]*)"', text)), default=0) <= 255, name
        assert _depth(text) <= 60, name


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in re.sub(r'"[^"]*"', "", text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        deepest = max(deepest, depth)
    assert depth == 0
    return deepest


def test_lists_and_messages_fit_excels_limits(blank: Path) -> None:
    xml = "".join(text for name, text in _parts(blank).items() if "worksheets/" in name)
    tags = re.findall(r"<dataValidation .*?</dataValidation>|<dataValidation [^>]*/>", xml)
    assert len(tags) > len(INPUTS) / 2
    for tag in tags:
        for attribute, longest in (("promptTitle", 32), ("errorTitle", 32), ("prompt", 255), ("error", 255)):
            match = re.search(rf' {attribute}="([^"]*)"', tag)
            assert match is None or len(match[1]) <= longest, tag
        assert all(len(text) <= 255 for text in re.findall(r"<formula1>(.*?)</formula1>", tag)), tag


def test_manual_test_in_excel_expects_what_the_functions_say() -> None:
    """The table of docs/excel-checklist.md, worked out again; the self-test's calls are those of the sheet."""
    page = (ROOT / "docs" / "excel-checklist.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\| ([^|]*)\| (\d+) \|((?: \d+ \|){5})$", page, re.MULTILINE)
    assert len(lines) == 4
    for category, tier, figures in lines:
        held = amounts.parse_category(POLICY, category.strip())
        medical, pension = (
            amounts.dues(POLICY, scheme, held, int(tier) * FEN if scheme == "pension" else None)
            for scheme in ("medical", "pension")
        )
        due = (medical.cash, medical.subsidy, medical.refund, pension.cash, pension.subsidy)
        assert [int(figure) for figure in re.findall(r"\d+", figures)] == [fen / FEN for fen in due], category
    assert all(name in page for name in ("test_01", "自检", columns.COVER_SHEET, columns.POLICY_SHEET))


def test_lists_ids_days_and_amounts_say_what_they_want_in_chinese(blank: Path) -> None:
    """Title and message before typing, title and message when it is wrong; which of them refuse."""
    xml = _parts(blank)["xl/worksheets/sheet2.xml"]
    tags = re.findall(r"<dataValidation (.*?)/?>", xml)
    given = {}
    for tag in tags:
        codes_and_cells = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        given[re.sub(r"\d.*", "", codes_and_cells["sqref"])] = codes_and_cells
    kinds = {"list": set(), "custom": set(), "date": set(), "decimal": set(), "whole": set()}
    for column in INPUTS:
        if column.choices or column.key in ("category", "tier"):
            kind = "list"
        elif column.key in ("id_number", "medical_paid", "pension_paid", "registered"):
            kind = {"id_number": "custom", "registered": "whole"}.get(column.key, "decimal")
        elif column.kind == "date" and column.scheme:
            kind = "date"
        else:
            continue
        codes_and_cells = given[LETTERS[column.key]]
        kinds[kind].add(column.key)
        assert codes_and_cells["type"] == kind, column.key
        for part in ("errorTitle", "error", "promptTitle", "prompt"):
            assert re.search("[一-鿿]", codes_and_cells.get(part, "")), (column.key, part)
        strict = column.key in ("medical_status", "pension_status", "tier", "entered")
        assert codes_and_cells.get("errorStyle", "stop") == ("stop" if strict else "warning"), column.key
    assert {kind: len(keys) for kind, keys in kinds.items()} == {
        "list": 13,
        "custom": 1,
        "date": 2,
        "decimal": 2,
        "whole": 1,
    }


@pytest.mark.slow
def test_large_templates_leave_the_hints_out(tmp_path: Path) -> None:
    template.write_roster(tmp_path / "t.xlsx", POLICY, {}, (), blank_rows=HINT_ROWS + 1)
    xml = _parts(tmp_path / "t.xlsx")["xl/worksheets/sheet2.xml"]
    assert "ISERROR(SUM(" not in xml
    assert "请点“校验花名册”" in xml


def test_structure_is_protected_and_sheets_are_not(blank: Path) -> None:
    parts = _parts(blank)
    assert '<workbookProtection lockStructure="1"/>' in parts["xl/workbook.xml"]
    assert not any("<sheetProtection" in text for text in parts.values())


def test_category_choices_are_all_understood() -> None:
    held = [amounts.parse_category(POLICY, text) for text in lists.category_choices(POLICY)]
    assert len(set(held)) == len(held)


@pytest.mark.parametrize("scheme", list(POLICY.schemes))
def test_a_group_owes_what_everybody_in_it_owes(scheme: Scheme) -> None:
    """Of every set of statuses the one with the smallest number decides alone."""
    (order,) = lists.orders(POLICY, scheme)
    keys = [key for key in order if key != amounts.ORDINARY]
    for code in range(1 << len(keys)):
        held = {key for n, key in enumerate(keys) if code >> n & 1}
        first = min((order.index(key) for key in held), default=len(keys))
        alone, all_of_them = (
            amounts.dues(POLICY, scheme, some) for some in ({order[first]} - {amounts.ORDINARY}, held)
        )
        assert (alone.cash, alone.subsidy, alone.refund) == (all_of_them.cash, all_of_them.subsidy, all_of_them.refund)


def test_one_more_standard_gives_tables_for_the_earlier_one(tmp_path: Path) -> None:
    overlay = tmp_path / "新标准.toml"
    overlay.write_text(
        '[[standards]]\nvalue = 280\nnotified = 2019-11-20\nprovisional = false\narticle = "二"\ntext = "280元"\n',
        encoding="utf-8",
    )
    newer = policy.load(LENGSHUITAN_FOLDER, overlay)
    earlier = lists.places(newer)["前标准表0"]
    assert earlier in "".join(hint.condition for hint in hints.all_hints(newer))
    template.write_roster(tmp_path / "t.xlsx", newer, rosters.COVER, [rosters.ORDINARY])
    assert "前标准表0" in "".join(_parts(tmp_path / "t.xlsx").values())


def _finding(**differs: Any) -> Finding:
    given: dict[str, Any] = {
        "file": "a.xlsx", "sheet": columns.ROSTER_SHEET, "row": 5, "column": "J", "code": "306", "severity": "error", "key": "id_number",
        "header": "证件号码", "problem": "校验码不对。", "remedy": "请核对。",
    }  # fmt: skip
    return Finding(**given | differs)


def test_no_findings_are_reported_in_words(tmp_path: Path) -> None:
    for name, findings in (("unchecked", None), ("clean", ())):
        template.write_roster(tmp_path / name, POLICY, rosters.COVER, [rosters.ORDINARY], findings=findings)
    clean, unchecked = (str(_sheet(tmp_path / name, columns.FINDINGS_SHEET)) for name in ("clean", "unchecked"))
    assert results.CLEAN in clean
    assert results.CLEAN not in unchecked


def _link(column: str, shown: str) -> str:
    """A link to the first person's row, which says so when somebody else stands there."""
    who = "'花名册'!$H5"
    return (
        f'''IFERROR(HYPERLINK("#'花名册'!"&"{column}"&ROW({who}),IF({who}="张三",{shown},"请重新校验")),"请重新校验")'''
    )


def test_findings_stand_in_the_list_and_beside_their_row(tmp_path: Path) -> None:
    findings = [
        _finding(),
        _finding(column="W", code="808", severity="warning", problem="没有票据号。", remedy=""),
        _finding(column="W", code="605", problem="少收。", remedy=""),
        _finding(row=None, column="Q", code="316", count=2, places=(5, 6), problem="空白。", remedy="补填。"),
        _finding(row=7, sheet=columns.COVER_SHEET, column="C", key=None, code="105", severity="warning"),
    ]
    template.write_roster(tmp_path / "t.xlsx", POLICY, rosters.COVER, [rosters.ORDINARY] * 3, findings=findings)
    rows = _sheet(tmp_path / "t.xlsx", columns.ROSTER_SHEET)[FIRST_ROW - 1 :]
    assert [_by_key(row)["problems"] for row in rows] == [
        "1. 校验码不对。请核对。2. 少收。3. 空白。补填。4. 没有票据号。",
        "空白。补填。",
        "",
    ]
    assert [_by_key(row)["marks"] for row in rows] == [".........E......E.....E", "................E", ""]
    listed = _sheet(tmp_path / "t.xlsx", columns.FINDINGS_SHEET)
    assert listed[1][0].startswith("4 个错误")
    assert listed[2] == results.HEADERS
    listed = listed[3:]
    assert [row[0] for row in listed] == ["Q列", "J5", "W5", "W5", "C7"], "errors first, then by row"
    links = re.findall(r"<f>([^<]*HYPERLINK[^<]*)</f>", _parts(tmp_path / "t.xlsx")["xl/worksheets/sheet3.xml"])
    assert [html.unescape(link) for link in links] == [
        _link("Q", '"Q列"'),
        _link("J", "\"J\"&ROW('花名册'!$H5)"),
        _link("W", "\"W\"&ROW('花名册'!$H5)"),
        _link("W", "\"W\"&ROW('花名册'!$H5)"),
        """HYPERLINK("#'封面'!C7","C7")""",
    ]
    counts = [
        [1, "错误", title(_finding().code)],
        [2, "错误", title("316")],
        [1, "错误", title("605")],
        [1, "警告", title("105")],
        [1, "警告", title("808")],
    ]
    assert [row[results.LIST_WIDTH + 1 :] for row in listed] == counts


def test_a_link_cannot_leave_its_sheets_name() -> None:
    assert results.Link("a'b\"c", "J5", "J5").formula == """=HYPERLINK("#'a''b""c'!J5","J5")"""


def test_signs_reach_columns_that_the_clerk_has_added() -> None:
    assert results.beside([_finding(column="BZ")])[5]["marks"] == "." * 77 + "E"


@pytest.mark.parametrize("notice", [POLICY, QINGSHI], ids=["2019", "2023"])
def test_the_manuals_family_is_right(notice: policy.Policy) -> None:
    people = manual.family(notice)
    book = rosters.book(
        people, policy=notice.id, township=notice.units[0].name, deadline=notice.schemes["medical"].window.end
    )
    roster = rosters_module.read(book, notice, "例.xlsx")
    assert isinstance(roster, rosters_module.Roster)
    assert [(problem.code, problem.problem) for problem in checks.check(roster).findings] == []
    assert len(roster) == 4


def test_what_is_typed_and_owed_is_in_view_on_a_small_screen(blank: Path) -> None:
    """序号 to 养老实收 on 1366 pixels: numerals of 7 pixels, less Excel's row numbers (26) and scroll bar (20)."""
    with zipfile.ZipFile(blank) as book:
        sheet = book.read("xl/worksheets/sheet2.xml").decode()
    shown = sum(
        int(float(re.search(r'width="([\d.]+)"', column)[1]) * 7)  # type: ignore[index]
        for column in re.findall(r"<col [^>]*>", sheet)
        if 'hidden="1"' not in column and int(re.search(r'min="(\d+)"', column)[1]) <= columns.PLACES["pension_paid"]  # type: ignore[index]
    )
    zoom = int(re.search(r'zoomScale="(\d+)"', sheet)[1])  # type: ignore[index]
    assert 1000 < shown * zoom / 100 <= 1366 - 26 - 20
    assert f'topLeftCell="{columns.letter(columns.PLACES["name"] + 1)}{FIRST_ROW}"' in sheet


def test_headers_are_not_cut(blank: Path) -> None:
    """At most three lines of Chinese characters of 10 points beside the filter's arrow (17 pixels)."""
    for column in COLUMNS:
        if column.key != "marks":
            lines = -(-len(column.header) // max(int((column.width * 7 + 5 - 17) // 13.4), 1))
            assert lines <= 3, column.header


def test_the_list_of_findings_has_no_green_triangles(blank: Path) -> None:
    """Whatever the check writes there later: the whole sheet."""
    with zipfile.ZipFile(blank) as book:
        (ignored,) = re.findall(r"<ignoredError [^>]*>", book.read("xl/worksheets/sheet3.xml").decode())
    assert 'sqref="A1:XFD1048576"' in ignored
    assert 'numberStoredAsText="1"' in ignored


@pytest.mark.parametrize("people", [0, 1, 7])
def test_printed_down_to_the_last_person(people: int, tmp_path: Path) -> None:
    template.write_roster(tmp_path / "t.xlsx", POLICY, {}, [rosters.ORDINARY] * people, blank_rows=20)
    book = _parts(tmp_path / "t.xlsx")["xl/workbook.xml"]
    (area,) = re.findall(r"Print_Area[^>]*>花名册!([^<]*)<", book)
    assert area == template.print_area(FIRST_ROW + (people or 20) - 1)


@pytest.mark.parametrize("key", ["name", "id_number"])
def test_words_that_name_nobody_on_the_cover_name_nobody_in_the_check(key: str) -> None:
    """The formulas know fewer such words than the check, and none that it takes for a name."""

    def persons(texts: list[str]) -> list[str]:
        read = rosters.read([rosters.ORDINARY, *({key: text} for text in texts)])
        return [texts[row - FIRST_ROW - 1] for row in read.rows[1:]]

    assert persons([*lists.NOBODY, *lists.SUMS, *(f"本页{word}" for word in lists.SUMS)]) == []
    endings = ("", "：", "空白", "人：李四", "领导：", "部签字")
    never = [word for word in lists.NOTES if len(persons([word + ending for ending in endings])) == len(endings)]
    assert never == []


def test_every_word_that_is_no_receipt_to_the_formulas_is_none_to_the_check() -> None:
    """808 in 提示 and in the check."""
    for word in lists.NO_RECEIPT:
        assert "808" in [code for code, _ in rosters.codes_and_cells(rosters.ORDINARY | {"medical_receipt": word})], (
            word
        )
