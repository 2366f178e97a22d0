"""An invented notice of medical insurance alone, end to end: no output names a pension, and no step needs one."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from addin import checks, columns, functions, macros, old_roster, policy
from addin import roster as rosters_module
from addin.columns import FIRST_ROW, HEADER_ROW, PLACES, ROSTER_SHEET
from addin.district import FileResult, assemble, open_roster, received_files, reduce_file, report
from addin.findings import Refusal
from addin.output import circular, ledger, macro_workbook, submission, summary, template, unit_files
from addin.output.template import hints, manual
from tests.support import rosters, spreadsheets
from tests.support.command import liangxian
from tests.support.excel import session
from tests.support.notices import LENGSHUITAN, YUNZE, YUNZE_FOLDER, edited, own_notices_in
from tests.support.office import Office, cell
from tests.support.results import INDEX, invented_id

DEADLINE = datetime(2022, 12, 31)
LATER = datetime(2023, 3, 31)
PENSION = re.compile("养老|pension|两险")
COVER = {
    "township": "云泽镇", "scope": "仅医保", "part": "全部", "parts": 1, "deadline": DEADLINE, "serial": 1, "policy": YUNZE.id,
}  # fmt: skip


def person(serial: int, **differs: Any) -> dict[str, Any]:
    """A head of a household of 云泽镇 who has paid."""
    return {
        "village": "桥头村", "household": str(serial), "name": f"云{serial}", "relation": "户主", "id_number": invented_id(serial),
        "register": "本乡镇(街道)", "medical_status": "本次参保", "medical_paid": 350, "medical_date": datetime(2022, 10, 8),
        "medical_receipt": f"A{serial:04}",
    } | differs  # fmt: skip


UNPAID = {"medical_paid": None, "medical_date": None, "medical_receipt": None}
PEOPLE = [
    person(1),
    person(2, category="五保", medical_paid=None),
    person(3, category="监测户", medical_paid=115),
    person(4, category="低保", medical_paid=350),  # 606
    person(5, category="重残"),
    person(6, category="重残", medical_paid=250),  # 605
    person(7, medical_date=datetime(2022, 9, 1)),
    person(8, **UNPAID),
]
OWN = {"special_case": "新生儿", "special_date": datetime(2022, 11, 20)}
LATE_PEOPLE = [
    person(1),
    person(2, category="低保", medical_paid=175, medical_date=datetime(2023, 1, 1)),  # 605: no subsidy any more
    person(3, category="低保", medical_paid=960, medical_date=datetime(2023, 2, 28)),
    person(4, medical_paid=960, medical_date=datetime(2023, 3, 1)),  # 803
    person(5, medical_date=datetime(2023, 2, 18), **OWN),  # the 90th day
    person(6, medical_date=datetime(2023, 2, 19), **OWN),  # 605: the 91st
    person(7, category="低保", medical_paid=175, medical_date=datetime(2023, 3, 5), special_case="退伍", special_date=datetime(2023, 1, 10)),
    person(8, **UNPAID),  # 806, owes what the last window asks
    person(9, category="五保", **UNPAID),  # registered in the main window
    person(10, **UNPAID, special_case="退役", special_date=datetime(2023, 3, 1)),  # may still pay as in the main window
    person(11, special_case="退役"),  # 811: from which day is not said
    person(12, special_case="刑满释放"),  # the notice gives such people nothing
]  # fmt: skip


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("收到")
    template.write_roster(folder / "云泽.xlsx", YUNZE, COVER, PEOPLE, blank_rows=3, tools=True)
    return folder


@pytest.fixture(scope="module")
def results(received: Path) -> list[FileResult]:
    return [reduce_file(path, name, YUNZE, INDEX) for path, name in received_files(received)[0]]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The user's own folder of notices, with this one in it."""
    folder = own_notices_in(tmp_path, monkeypatch)
    shutil.copytree(YUNZE_FOLDER, folder / YUNZE_FOLDER.name)
    yield folder


def texts(path: Path) -> str:
    """All that a workbook or document says; of a formula only the texts that it can show."""
    with zipfile.ZipFile(path) as file:
        parts = [file.read(name).decode("utf-8", "replace") for name in file.namelist() if name.endswith(".xml")]
    return "".join(
        re.sub(r"<f\b[^>]*>.*?</f>|<formula>.*?</formula>|<[^>]*>", "\n", part, flags=re.S) for part in parts
    )


# ---------------------------------------------------------------- the notice


def test_what_it_is() -> None:
    assert list(YUNZE.schemes) == ["medical"] and YUNZE.subject == "医保" and YUNZE.subject_in_full == "医疗保险"
    assert not [rule.code for rule in checks.off(YUNZE) if rule.code.startswith("7")]
    assert not any("养老" in words for words in YUNZE.usual)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('[[precedence]]\nscheme = "medical"', '[[precedence]]\nscheme = "pension"', "本通知有的险种：medical"),
        ('[[subsidies]]\nscheme = "medical"', '[[subsidies]]\nscheme = "pension"', "本通知有的险种：medical"),
        ("[schemes.medical", "[schemes.dental", "一个险种也没有"),
        ("[entries]", '[schemes.dental]\nname = "牙科"\n[entries]', "dental"),
    ],
)
def test_what_another_scheme_would_need_is_refused_by_name(tmp_path: Path, old: str, new: str, said: str) -> None:
    edited(YUNZE_FOLDER, tmp_path / "notice", ("policy.toml", old, new))
    with pytest.raises(policy.PolicyError, match=said):
        policy.load(tmp_path / "notice")


AMENDMENT = """
id = "云政办函〔2022〕52号"
issued = 2022-12-28
document = "amendment-2022-12.md"

[schemes.medical.window]
article = "云政办函〔2022〕52号"
text = "集中缴费期延长至2022年12月31日的规定改为2022年9月1日至2023年1月31日"
start = 2022-09-01
end = 2023-01-31
"""
AMENDED = (
    "云政办函〔2022〕52号，2022年12月28日印发。集中缴费期延长至2022年12月31日的规定改为2022年9月1日至2023年1月31日。"
)


def amended(folder: Path, toml: str = AMENDMENT, text: str = AMENDED, start: str = "2023-02-01") -> Path:
    """The notice with a later document in its folder; its 补缴期 begins on another day."""
    shutil.copytree(YUNZE_FOLDER, folder)
    for name in ("policy.toml", "notice.md"):
        file = folder / name
        words = file.read_text(encoding="utf-8").replace("start = 2023-01-01", f"start = {start}")
        file.write_text(words.replace("2023年1月1日至2023年2月28日", "2023年2月1日至2023年2月28日"), encoding="utf-8")
    (folder / "amendment-2022-12.toml").write_text(toml, encoding="utf-8")
    (folder / "amendment-2022-12.md").write_text(text, encoding="utf-8")
    return folder


def test_a_later_document_extends_the_window_and_is_no_trial(tmp_path: Path) -> None:
    rules = policy.load(amended(tmp_path / "notice"))
    assert rules.schemes["medical"].window.end == date(2023, 1, 31)
    assert rules.trial == () and rules.basis == YUNZE.basis and rules.fingerprint != YUNZE.fingerprint
    assert [(amendment.id, amendment.issued) for amendment in rules.amendments] == [
        ("云政办函〔2022〕52号", date(2022, 12, 28))
    ]
    assert rules.article("medical.window") == "云政办函〔2022〕52号"
    template.write_roster(
        tmp_path / "a.xlsx",
        rules,
        COVER | {"deadline": datetime(2023, 1, 31)},
        [person(1, medical_date=datetime(2023, 1, 20))],
    )
    assert reduce_file(tmp_path / "a.xlsx", "a.xlsx", rules, INDEX).findings == []
    lines = CalamineWorkbook.from_path(tmp_path / "a.xlsx").get_sheet_by_name("政策口径").to_python()
    assert any("已按云政办函〔2022〕52号（2022-12-28）修改" in str(cell) for row in lines for cell in row)


@pytest.mark.parametrize(
    ("printed", "words", "fault"),
    [
        ("每人每年960元", "每人每年九百六十元", ""),
        ("每人每年960元", "每人每年一千九百六十元", "960 不在所引的句子里"),
        ("2023年1月1日至2023年2月28日", "2023年1月1日—2月28日", ""),
        ("2023年1月1日至2023年2月28日", "2023年1月1日至2月底", ""),
        ("2023年1月1日至2023年2月28日", "2023年1月1日至次年2月28日", "2023-02-28 不在所引的句子里"),
        ("为2022年9月1日至2022年12月31日", "为2022年9月1日至12月31日", ""),
    ],
)
def test_amounts_and_days_as_documents_write_them(tmp_path: Path, printed: str, words: str, fault: str) -> None:
    folder = edited(YUNZE_FOLDER, tmp_path / "notice", ("notice.md", printed, words), ("policy.toml", printed, words))
    faults = "".join(map(str, policy.faults(folder)))
    assert fault in faults if fault else not faults, faults


EXTENDED = (
    "云税发〔2022〕41号，2022年12月24日印发。集中缴费期延长至2023年1月15日。补缴期相应调整为2023年1月16日至2月底。"
)
EXTENSION = """
id = "云税发〔2022〕41号"
issued = 2022-12-24
document = "amendment-2022-12.md"

[schemes.medical.window]
article = "云税发〔2022〕41号"
text = "集中缴费期延长至2023年1月15日"
end = 2023-01-15
"""
SHIFTED = """
[[schemes.medical.windows]]
name = "补缴期"
article = "云税发〔2022〕41号"
text = "补缴期相应调整为2023年1月16日至2月底"
start = 2023-01-16
end = 2023-02-28
standard = 960
counted = true
subsidised = false
"""


def test_a_document_that_only_says_until_when_and_moves_the_window_behind_it(tmp_path: Path) -> None:
    folder = shutil.copytree(YUNZE_FOLDER, tmp_path / "notice")
    (folder / "amendment-2022-12.md").write_text(EXTENDED, encoding="utf-8")
    (folder / "amendment-2022-12.toml").write_text(EXTENSION, encoding="utf-8")
    assert "“补缴期”2023-01-01至2023-02-28，上一段到2023-01-15" in "".join(map(str, policy.faults(folder)))
    reading = 'reading = "补缴期缴费仍按每人每年960元。"\n'
    shifted = SHIFTED.replace("start =", f"{reading}start =", 1)
    (folder / "amendment-2022-12.toml").write_text(EXTENSION + shifted, encoding="utf-8")
    medical = policy.load(folder).schemes["medical"]
    assert (medical.window.start, medical.window.end) == (YUNZE.schemes["medical"].window.start, date(2023, 1, 15))
    assert [(window.name, window.start, window.end) for window in medical.windows] == [
        ("补缴期", date(2023, 1, 16), date(2023, 2, 28)),
        ("零星参保", date(2023, 3, 1), date(2023, 6, 30)),
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("end = 2023-01-31", "end = 2023-01-30", r"amendment-2022-12.toml.*不在所引的句子里"),
        ("text = ", 'text = "没有的话" # ', r"amendment-2022-12.toml.*引文不在通知原文中"),
        ("issued = 2022-12-28", "issued = 2022-08-01", "issued 应晚于通知的印发日期"),
        ('〔2022〕52号"\nissued', '〔2022〕53号"\nissued', "没有 云政办函〔2022〕53号"),
        ("schemes.medical", "schemes.pension", "通知没有这个险种"),
        ("[schemes", "quota = 3\n[schemes", "不认识的项 quota"),
    ],
)
def test_what_is_wrong_with_a_later_document_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in AMENDMENT
    folder = amended(tmp_path / "notice", AMENDMENT.replace(old, new, 1))
    assert re.search(said, "".join(map(str, policy.faults(folder))), re.S)
    with pytest.raises(policy.PolicyError):
        policy.load(folder)


# ---------------------------------------------------------------- the template


@pytest.mark.slow
def test_the_template_has_no_column_and_no_word_of_a_pension(received: Path) -> None:
    book = load_workbook(received / "云泽.xlsx")
    sheet = book[ROSTER_SHEET]
    headers = {cell.column: cell.value for cell in sheet[HEADER_ROW] if cell.value}
    assert headers == {PLACES[column.key]: column.header for column in columns.present(["medical"])}
    for key in ("pension_status", "tier", "pension_due", "pension_paid", "pension_subsidy"):
        letters = columns.LETTERS[key]
        held = [
            dimension for dimension in sheet.column_dimensions.values() if dimension.min <= PLACES[key] <= dimension.max
        ]
        assert held and held[0].hidden, key
        assert all(sheet[f"{letters}{row}"].value is None for row in range(1, FIRST_ROW + len(PEOPLE)))
    scopes = [
        validation.formula1
        for validation in book[columns.COVER_SHEET].data_validations.dataValidation
        if validation.type == "list"
    ]
    assert '"仅医保"' in scopes
    lines = texts(received / "云泽.xlsx").replace("两险征缴—", "").replace("“两险征缴”", "")
    assert PENSION.findall(lines) == []


def test_hints_speak_of_what_there_is() -> None:
    all_hints = hints.all_hints(YUNZE)
    assert not [hint.code for hint in all_hints if hint.code.startswith("7")]
    assert {"601", "605", "606", "801", "803", "808"} <= {hint.code for hint in all_hints}


def test_the_manuals_family_is_right() -> None:
    book = rosters.book(
        manual.family(YUNZE), policy=YUNZE.id, township="云泽镇", scope="仅医保", deadline=date(2022, 12, 31)
    )
    roster = rosters_module.read(book, YUNZE, "例.xlsx")
    assert not isinstance(roster, Refusal)
    assert [(problem.code, problem.problem) for problem in checks.check(roster).findings] == []


EXPECTED = [
    (350, 0, 0, ""), (0, 350, 0, ""), (115, 235, 0, ""), (175, 175, 0, "多收175元"), (350, 0, 100, ""), (350, 0, 100, "少收100元"),
    (350, 0, 0, ""), (350, 0, 0, ""),
]  # fmt: skip
"""应收, 资助, 待补 and a word of the hint, of each of `PEOPLE`."""
LATE_EXPECTED = [
    (350, 0, 0, ""), (960, 0, 0, "少收785元"), (960, 0, 0, ""), (960, 0, 0, "不在计入完成率的缴费期内"), (350, 0, 0, ""), (960, 0, 0, "少收610元"),
    (175, 175, 0, ""), (960, 0, 0, ""), (0, 350, 0, "请补填登记日期"), (350, 0, 0, ""),
    (350, 0, 0, "特殊情形没有填日期"), (350, 0, 0, ""),
]  # fmt: skip
"""The same of `LATE_PEOPLE`."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("people", "expected", "deadline"), [(PEOPLE, EXPECTED, DEADLINE), (LATE_PEOPLE, LATE_EXPECTED, LATER)]
)
def test_four_engines_work_out_the_same(
    people: list[Any], expected: list[Any], deadline: datetime, tmp_path: Path, soffice: str
) -> None:
    path, area = tmp_path / "册.xlsx", (FIRST_ROW, 1, FIRST_ROW + len(people) - 1, PLACES["hint"])
    template.write_roster(path, YUNZE, COVER | {"deadline": deadline}, people)
    sheets = [spreadsheets.gnumeric(path, ROSTER_SHEET, tmp_path), spreadsheets.ironcalc(path, ROSTER_SHEET, area)]
    with spreadsheets.HyperFormula(path) as book:
        sheets.append(book.values(ROSTER_SHEET, area))
    keys = ("medical_due", "medical_subsidy", "medical_refund", "hint")
    with Office(soffice, tmp_path / "office") as office:
        document = office.load(path)
        document.calculateAll()
        values = {}
        for row in range(FIRST_ROW, FIRST_ROW + len(people)):
            for key in keys:
                shown = cell(document, ROSTER_SHEET, f"{columns.LETTERS[key]}{row}")
                values[row, PLACES[key]] = shown.String if key == "hint" else shown.Value
        sheets.append(values)
        document.close(True)
    for values in sheets:
        lines = [
            [values.get((row, PLACES[key]), "") for key in keys] for row in range(FIRST_ROW, FIRST_ROW + len(people))
        ]
        assert [[float(amount or 0) for amount in line[:3]] for line in lines] == [list(line[:3]) for line in expected]
        for line, (*_, word) in zip(lines, expected, strict=True):
            assert word in str(line[3]) and bool(line[3]) == bool(word)


# ---------------------------------------------------------------- checking and merging


def test_checks_go_by_its_amounts(results: list[FileResult]) -> None:
    (found,) = results
    assert found.refusal is None and len(found) == len(PEOPLE)
    assert sorted((finding.row or 0, finding.code) for finding in found.findings) == [
        (8, "606"), (10, "605"),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def late(tmp_path_factory: pytest.TempPathFactory) -> FileResult:
    path = tmp_path_factory.mktemp("晚") / "晚.xlsx"
    template.write_roster(path, YUNZE, COVER | {"deadline": LATER}, LATE_PEOPLE)
    return reduce_file(path, "晚.xlsx", YUNZE, INDEX)


def test_who_pays_later_owes_what_that_window_asks(late: FileResult) -> None:
    assert sorted((finding.row or 0, finding.code) for finding in late.findings if finding.code != "316") == [
        (6, "605"), (8, "803"), (10, "605"), (12, "806"), (13, "807"), (15, "811"),
    ]  # fmt: skip
    findings = {finding.code: finding.problem for finding in late.findings}
    assert findings["803"] == "日期2023-03-01在缴费期末2023-02-28以后的零星参保内，按通知不计入完成率，列为逾期。"
    assert findings["806"] == "本次参保应收960元，缴费期2023-02-28已过，仍未缴费。"


def test_a_payment_without_a_day_is_reported_for_its_day_alone(tmp_path: Path) -> None:
    """The window of a payment without a day is not known: it is neither too little nor too much."""
    people = [
        person(1, medical_date=None),
        person(2, medical_date="二月五日"),
        person(3, medical_paid=960, medical_date=None),
    ]
    template.write_roster(tmp_path / "晚.xlsx", YUNZE, COVER | {"deadline": LATER}, people)
    result = reduce_file(tmp_path / "晚.xlsx", "晚.xlsx", YUNZE, INDEX)
    assert sorted((finding.row or 0, finding.code) for finding in result.findings) == [
        (5, "805"),
        (6, "203"),
        (7, "805"),
    ]
    data = report.to_json(assemble([result], YUNZE))
    (cash,) = [line for line in data["cash"] if line["township"] == "云泽镇"]
    assert (cash["unclear"], cash["due"], cash["over"], cash["short"]) == (1660, 0, 0, 0)
    (unit,) = [line for line in data["units"] if line["township"] == "云泽镇"]
    assert unit["not_counted"]["date"] == 3


@pytest.mark.slow
def test_what_is_counted_and_subsidised_goes_by_the_window(late: FileResult, tmp_path: Path) -> None:
    district = assemble([late], YUNZE)
    data = report.to_json(district)
    (unit,) = [unit for unit in data["units"] if unit["township"] == "云泽镇"]
    assert (unit["claimed"], unit["counted"], unit["late"]) == (12, 7, 1)  # 1, 3, 5, 7, 9, 11, 12; 4 is late
    assert {(line["category"], line["yuan"]) for line in data["funding"]} == {("低保对象", 175), ("特困人员", 350)}
    summary.write(district, tmp_path / "summary.xlsx")
    summary.verify(tmp_path / "summary.xlsx", district)
    lines = texts(tmp_path / "summary.xlsx")
    for words in YUNZE.schemes["medical"].further_windows:
        assert words in lines
    circular.write(district, date(2023, 1, 31), tmp_path / "circular.docx")
    assert "缴费期至2023年2月28日，还有28天" in texts(tmp_path / "circular.docx").replace("\n", "")


def test_the_sheets_at_the_window_say_the_later_ones(received: Path) -> None:
    book = CalamineWorkbook.from_path(received / "云泽.xlsx")
    for name in ("政策口径", "收费速查"):
        text = "".join(str(value) for row in book.get_sheet_by_name(name).to_python() for value in row)
        for words in YUNZE.schemes["medical"].further_windows:
            assert words in text, name


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("start = 2023-03-01", "start = 2023-02-28", "依次相接"),
        ("end = 2023-02-28", "end = 2022-02-28", "依次相接"),
        ("standard = 960", "standard = 961", "961 不在所引的句子里"),
        ("days = 90", "days = 91", "91 不在所引的句子里"),
        ('"退役"]', '"参军"]', "参军 不在花名册“特殊情形”的列表中"),
        ("counted = true\n", "", "缺少 counted"),
    ],
)
def test_a_window_that_the_sentence_does_not_have_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    edited(YUNZE_FOLDER, tmp_path / "notice", ("policy.toml", old, new))
    assert any(said in str(error) for error in policy.faults(tmp_path / "notice"))


@pytest.mark.parametrize("scope", ["两险", "仅养老"])
def test_a_cover_with_another_scope_is_refused(tmp_path: Path, scope: str) -> None:
    template.write_roster(tmp_path / "a.xlsx", YUNZE, COVER | {"scope": scope}, PEOPLE[:1])
    findings, _ = open_roster(tmp_path / "a.xlsx", "a.xlsx", YUNZE)
    assert isinstance(findings, Refusal) and findings.code == "R206" and "请在封面选择：仅医保。" in findings.sentence


@pytest.mark.slow
def test_the_district_has_one_scheme(results: list[FileResult], received: Path, tmp_path: Path) -> None:
    district = assemble(results, YUNZE)
    data = report.to_json(district)
    assert list(data["district"]) == ["medical"] and data["district"]["medical"]["counted"] == 6
    money = {(line["category"], line["funder"]): line["yuan"] for line in data["funding"]}
    assert money == {
        ("特困人员", "医疗救助"): 350, ("防止返贫监测对象", "医疗救助"): 175, ("防止返贫监测对象", "县乡村振兴局"): 60,
        ("低保对象", "医疗救助"): 175, ("重度残疾人", "县残联"): 100,
    }  # fmt: skip
    assert PENSION.findall(json.dumps(data, ensure_ascii=False, default=str)) == []
    summary.write(district, tmp_path / "summary.xlsx", {("附件1 医保", "石堰镇"): "已核"})
    summary.verify(tmp_path / "summary.xlsx", district)
    # the attachment calls its units 乡镇, as no other does
    assert summary.read_remarks(tmp_path / "summary.xlsx") == {("附件1 医保", "石堰镇"): "已核"}
    assert CalamineWorkbook.from_path(tmp_path / "summary.xlsx").sheet_names[:2] == ["总览", "附件1 医保"]
    circular.write(district, date(2023, 1, 31), tmp_path / "circular.docx")
    own = [line for line in district.files if line.township == "云泽镇"]
    unit_files.write_return_list(tmp_path / "return.xlsx", "云泽镇", YUNZE, own, district.findings)
    sources = ledger.ledger_sources(district, results, [(received / "云泽.xlsx", "云泽.xlsx")])
    assert isinstance(ledger.write_ledger(tmp_path / "ledger.xlsx", "云泽镇", YUNZE, sources["云泽镇"]), str)
    for path in sorted(tmp_path.iterdir()):
        assert PENSION.findall(texts(path)) == [], path.name
        assert YUNZE.id in texts(path)


def test_a_submission_is_read_again(results: list[FileResult], received: Path) -> None:
    roster, _ = open_roster(received / "云泽.xlsx", "云泽.xlsx", YUNZE)
    assert not isinstance(roster, Refusal)
    judged = submission.judge(roster)
    assert judged.edition.name(1) == "云泽镇_全部仅医保_2022-12-31_第1次.xlsx"
    assert judged.blocked == {"medical": 1}  # who has paid nothing is no error


# ---------------------------------------------------------------- functions


def test_functions_know_one_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "_policy", lambda: YUNZE)
    assert functions.NETDUE("医保", ["低保", "监测对象", "重残"]) == [175, 115, 250]
    assert functions.REFUNDDUE("医保", "重残") == 100
    assert functions.NETDUE("养老", "低保", 100) == functions.VALUE
    assert functions.QUOTA("养老", "云泽镇") == functions.VALUE
    assert functions.DUEREASON("养老", "低保", 100) == f"{YUNZE.id}没有养老，算不出"
    assert functions.DUEREASON("教育", "低保") == functions.VALUE


def test_the_self_test_calls_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "_policy", lambda: YUNZE)
    monkeypatch.setattr(policy, "load", lambda: YUNZE)
    cases = macro_workbook.cases()
    assert not any("养老" in case.call for case in cases)
    wrong = [case.call.partition("(")[0] for case in cases if str(case.expected).startswith("#")]
    assert wrong == [
        "NETDUE",
        "NETDUE",
        "SUBSIDYSHARE",
    ]  # a word that is none, an error handed on, a payer that gives nothing


# ---------------------------------------------------------------- buttons and command line


@pytest.mark.slow
def test_the_check_in_excel_leaves_a_whole_template_alone(own: Path, received: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(received / "云泽.xlsx", tmp_path / "册.xlsx"))
    with session(path) as excel:
        excel.answers = [True]
        macros.check_roster()
        assert any("2 个错误" in message for message in excel.said), excel.said
        assert not any("已经补上" in message for message in excel.said), excel.said


@pytest.mark.slow
def test_a_slip_has_its_columns(own: Path, received: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(received / "云泽.xlsx", tmp_path / "册.xlsx"))
    with session(path) as excel:
        sheet = excel.books[0][ROSTER_SHEET]
        sheet.Activate()
        sheet.Cells(FIRST_ROW + 3, 3).Select()
        macros.print_payment_slip()
        assert excel.said == []
        ((title, _, head, line, total, _),) = excel.previews
        assert title[0] == "城乡居民医保缴费单"
        assert head == ["序号", "姓名", "与户主关系", "人员类别", "医保应收", "已收", "还应交"]
        assert line == [1, "云4", "户主", "低保", 175, 350, -175] and total[4:] == [175, 350, -175]


def test_people_of_a_year_with_two_schemes_are_taken_over(tmp_path: Path) -> None:
    cover = rosters.COVER | {"township": LENGSHUITAN.units[0].name}
    template.write_roster(tmp_path / "旧.xlsx", LENGSHUITAN, cover, [rosters.ORDINARY])
    old = old_roster.read(tmp_path / "旧.xlsx", "旧.xlsx", YUNZE, [], old_roster.Wanted(unit="云泽镇"))
    assert isinstance(old, old_roster.OldRoster)
    (taken,) = old.people
    assert not [key for key in taken if PENSION.search(key) or key == "tier"]
    assert "scope" not in old.cover
    lines = {match.header: (match.how, match.why) for match in old.account.matches}
    assert lines["养老参保状态"][1] == "新通知没有这一险种"
    assert not any("养老" in doubt.what for doubt in old.account.doubts)


@pytest.mark.slow
def test_the_command_line_makes_merges_and_reports(own: Path, received: Path, tmp_path: Path) -> None:
    def did(*words: str | Path) -> str:
        done = liangxian(*words)
        assert done.returncode in (0, 1) and "Traceback" not in done.stderr, done.stdout + done.stderr
        return done.stdout

    did("template", "--notice", "2022", "--rows", "50", "--township", "上河乡", "--out", tmp_path / "模板.xlsx")
    assert PENSION.search(texts(tmp_path / "模板.xlsx").replace("两险征缴", "")) is None
    assert "计入 6 人" in did("merge", received, "--out", tmp_path / "汇总.xlsx", "--jobs", "1", "--notice", "2022")
    assert "养老" not in did("policy", "--notice", "2022")
    did("circular", received, "--month", "2023-01", "--out", tmp_path / "通报.docx", "--notice", "2022")
    assert "云泽县城乡居民医疗保险" in texts(tmp_path / "通报.docx").replace("\n", "")


# ---------------------------------------------------------------- and without any aid


@pytest.mark.slow
def test_a_notice_without_subsidies_needs_no_empty_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No statuses, no order of them, no subsidies, no interpretations, nothing said beside the amounts."""
    folder = edited(YUNZE_FOLDER, tmp_path / "notice")
    file = folder / "policy.toml"
    text = file.read_text(encoding="utf-8")
    start, everybody, order = (text.index(word) for word in ("[[categories]]", "[ordinary]", "[[precedence]]"))
    file.write_text(text[:start] + text[everybody:order], encoding="utf-8")
    assert "没有问题" in liangxian("notice", "check", folder).stdout
    rules = policy.load(folder)
    assert rules.hardships == () and not rules.subsidies
    monkeypatch.setattr(policy, "load", lambda *_: rules)
    functions.forget_notice()
    book = tmp_path / "花名册.xlsm"
    macro_workbook.write_template(book, rules, 20, COVER, [person(1)])
    assert reduce_file(book, book.name, rules, INDEX).refusal is None
    template.write_roster(tmp_path / "云泽.xlsx", rules, COVER, [person(1), person(2, medical_paid=300)])
    district = assemble([reduce_file(tmp_path / "云泽.xlsx", "云泽.xlsx", rules, INDEX)], rules)
    assert [unit.counted for unit in district.units if unit.township == "云泽镇"] == [1]
    summary.write(district, tmp_path / "summary.xlsx")
    summary.verify(tmp_path / "summary.xlsx", district)
    circular.write(district, date(2022, 12, 31), tmp_path / "circular.docx")
    assert functions.NETDUE("医保", "普通居民") == 350
    functions.forget_notice()
