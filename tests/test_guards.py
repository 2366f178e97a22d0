"""Every guard over the built workbooks finds the defect that it is there for, and nothing in a sound file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from addin import columns
from addin.columns import letter
from addin.output import macro_workbook
from addin.output.template import controls
from scripts import build_workbooks, vbaproject, xlwings_module
from scripts.vbaproject import Module
from tests.support import guards
from tests.support.notices import LENGSHUITAN

Edit = Callable[[dict[str, bytes]], None]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A template of three rows with macros."""
    folder = tmp_path_factory.mktemp("sound")
    macro_workbook.write_template(folder / "sound.xlsm", LENGSHUITAN, 3, {})
    return folder / "sound.xlsm"


@pytest.fixture(scope="module")
def modules(sound: Path) -> list[Module]:
    return build_workbooks.modules(guards.sheet_code_names(guards.read_parts(sound)), xlwings_module.BOOK)


def _edit(part: str, old: str, new: str, count: int = 1) -> Edit:
    """Replace the first occurrences of a text in a part."""

    def edit(parts: dict[str, bytes]) -> None:
        text = parts[part].decode()
        assert old in text, f"{part} holds no {old}: the defect was not seeded"
        parts[part] = text.replace(old, new, count).encode()

    return edit


def _drop(part: str) -> Edit:
    def edit(parts: dict[str, bytes]) -> None:
        del parts[part]

    return edit


FORMULAS = [columns.LETTERS[column.key] for column in columns.COLUMNS if column.filled_by == "formula"]
FORMULAS += [letter(columns.WIDTH + 1 + n) for n in range(20)]
"""The columns of the blank roster that hold anything."""
BOOK, RELATIONS, TYPES = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"
ROSTER, COVER = "xl/worksheets/sheet2.xml", "xl/worksheets/sheet1.xml"


def _formula(text: str) -> Edit:
    """Put this formula in the first row's 医保应收."""

    def edit(parts: dict[str, bytes]) -> None:
        sheet = parts[ROSTER].decode()
        changed = re.sub(r'(<c r="AC5"[^>]*>)<f[^>]*>.*?</f>', lambda match: f"{match[1]}<f>{text}</f>", sheet)
        assert changed != sheet
        parts[ROSTER] = changed.encode()

    return edit


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (_drop("xl/styles.xml"), "content type for the missing /xl/styles.xml"),
        (_edit(TYPES, '<Default Extension="xml"', '<Default Extension="xmm"'), "no content type for customUI/customUI14.xml"),
        (_edit(TYPES, "application/vnd.ms-office.vbaProject", "application/bin"), "content type of the VBA project"),
        (_edit(RELATIONS, 'Target="vbaProject.bin"', 'Target="vba.bin"'), "xl/_rels/workbook.xml.rels leads to the missing xl/vba.bin"),
        (_edit(RELATIONS, 'Target="theme/theme1.xml"', 'Target="http://a.cn/t" TargetMode="External"'),
         "xl/_rels/workbook.xml.rels leads outside: http://a.cn/t"),
        (_edit(COVER, 'codeName="Sheet1"', 'codeName="Sheet9"'),
         "code names ['ThisWorkbook', 'Sheet9', 'Sheet2', 'Sheet3', 'Sheet4', 'Sheet5', 'Sheet6', 'Sheet7', 'Sheet8', 'wsTexts', 'wsSelfTest']"),
        (lambda parts: parts.update({"XL/styles.xml": b"<a/>"}), "twice: ['xl/styles.xml']"),
    ],
)  # fmt: skip
def test_package(edit: Edit, problem: str, sound: Path) -> None:
    parts = guards.read_parts(sound)
    assert guards.package(parts) == []
    edit(parts)
    assert problem in guards.package(parts)


@pytest.mark.parametrize(
    ("edit", "problems"),
    [
        (_edit(BOOK, 'name="政策口径"', f'name="{"长" * 32}"'), [f"sheet name {'长' * 32!r}"]),
        (_edit(BOOK, 'name="政策口径"', 'name="封面"'), ["two sheets of one name"]),
        (_edit(BOOK, "<sheet ", '<sheet state="hidden" ', count=7), ["no sheet to be seen"]),
        (_edit(BOOK, 'definedName name="养老档次"', 'definedName name="选_entered"'), ["name 选_entered twice"]),
        (_edit(ROSTER, '<c r="AQ5"', '<c r="AP5"'), ["花名册: cell AP5 out of order"]),
        (_edit(ROSTER, '<row r="6"', '<row r="5"'),
         ["花名册: row 5 after 5", *(f"花名册: cell {place}6 out of order" for place in FORMULAS)]),
        (_edit(ROSTER, '<c r="AC5" s="', '<c r="AC5" s="99'), ["花名册: style of AC5"]),
        (_edit(ROSTER, ' dxfId="', ' dxfId="99'), ["花名册: format of a conditional format"]),
        (_edit(COVER, '"两险,仅养老,仅医保"', f'"{"长" * 256}"'), ["封面: list of 256 characters"]),
        (_edit(COVER, 'errorTitle="', f'errorTitle="{"长" * 33}'), ["封面: errorTitle of a validation too long"]),
        (_edit(COVER, 'prompt="', f'prompt="{"长" * 256}'), ["封面: prompt of a validation too long"]),
    ],
)  # fmt: skip
def test_sheets(edit: Edit, problems: list[str], sound: Path) -> None:
    parts = guards.read_parts(sound)
    assert guards.sheets(parts) == []
    edit(parts)
    assert guards.sheets(parts) == problems


def test_table_headers(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "t.xlsx") as book:
        book.add_worksheet("表").add_table("B2:C4", {"columns": [{"header": "甲"}, {"header": "乙"}]})
    parts = guards.read_parts(tmp_path / "t.xlsx")
    assert guards.sheets(parts) == []
    _edit("xl/tables/table1.xml", 'name="乙"', 'name="丙"')(parts)
    assert guards.sheets(parts) == ["表: table header 丙 is '乙' at C2"]


@pytest.mark.parametrize(
    ("edit", "problems"),
    [
        (_formula("COUNTIF($J$5:$J$99,$J5)"), ["花名册!AC5: COUNTIF compares IDs as numbers"]),
        (_formula("SUMIFS($S$5:$S$99,$D$5:$D$99,$D5)"), ["花名册!AC5: SUMIFS compares IDs as numbers"]),
        (_edit(ROSTER, 'type="expression"', 'type="duplicateValues"'), ["花名册: conditional format duplicateValues"]),
        (_formula("医保应收档"), ["花名册!AC5: name 医保应收档"]),
        (_formula("NOSUCH(1)"), ["花名册!AC5: function NOSUCH"]),
        (_formula("XLOOKUP(1,A:A,B:B)"), ["花名册!AC5: function XLOOKUP"]),
        (_formula("册!A1"), ["花名册!AC5: sheet 册"]),
        (_formula("SUM(#REF!,1)"), ["花名册!AC5: reference to nothing"]),
        (_formula("SUM((1,2)"), ["花名册!AC5: brackets"]),
        (_formula(f'"{"长" * 256}"'), ["花名册!AC5: text of 256 characters"]),
        (_formula("(" * 65 + "1" + ")" * 65), ["花名册!AC5: 65 levels"]),
        (_formula("1+" * 4096 + "1"), ["花名册!AC5: formula of 8193 characters"]),
        (_edit(BOOK, ">'列表'!$A$", ">'单'!$A$"), ["name 选_township: sheet 单"]),
    ],
)  # fmt: skip
def test_formulas(edit: Edit, problems: list[str], sound: Path) -> None:
    parts = guards.read_parts(sound)
    assert guards.formulas(parts) == []
    edit(parts)
    assert guards.formulas(parts) == problems


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("2009/07/customui", "2006/01/customui", "namespace {http://schemas.microsoft.com/office/2006/01/customui}customUI"),
        ("LxRibbon.OnCheckRoster", "LxRibbon.OnCheckRosters", "callback LxRibbon.OnCheckRosters"),
        ("LxRibbon.TabVisible", "LxRibbon.OnCheckRoster", "callback LxRibbon.OnCheckRoster"),
        ('imageMso="ClearFormats"', 'imageMso="ClearFormat"', "image ClearFormat"),
        ('id="lxClearMarks"', 'id="lxCheckRoster"', "id lxCheckRoster 2 times"),
        ('size="large"', 'size="large" colour="red"', "attribute colour"),
        ('screentip="清除标记" ', "", "button lxClearMarks lacks something"),
        ('supertip="', f'supertip="{"长" * 251}', "text of lxNewRoster too long"),
    ],
)  # fmt: skip
def test_ribbon(old: str, new: str, problem: str, sound: Path, modules: list[Module]) -> None:
    parts = guards.read_parts(sound)
    assert guards.ribbon(parts, modules) == []
    _edit(guards.RIBBON_PART, old, new)(parts)
    assert problem in guards.ribbon(parts, modules)


def test_ribbon_without_relationship(sound: Path, modules: list[Module]) -> None:
    parts = guards.read_parts(sound)
    _edit("_rels/.rels", "customUI/customUI14.xml", "customUI/customUI.xml")(parts)
    assert guards.ribbon(parts, modules) == ["the ribbon has no relationship"]


# ---- the project


def _with(modules: list[Module], name: str, old: str, new: str) -> list[Module]:
    """The modules with a text replaced in one of them."""
    changed = []
    for module in modules:
        source = module.source
        if module.name == name:
            assert old in source, f"{name} holds no {old}: the defect was not seeded"
            source = source.replace(old, new, 1)
        changed.append(Module(module.name, module.kind, source))
    return changed


def _built(sound: Path, project: bytes, target: Path) -> Path:
    return guards.write_parts(target, guards.read_parts(sound) | {guards.PROJECT: project})


def test_source_that_is_not_the_built_one(sound: Path, modules: list[Module]) -> None:
    assert guards.source_as_read(sound, modules) == []
    other = _with(modules, "LxCalls", "CVErr(2029)", "CVErr(2042)")
    assert guards.source_as_read(sound, other) == ["olevba: LxCalls differs", "cp936: LxCalls differs"]
    assert "olevba: modules" in guards.source_as_read(sound, modules[:-1])[0]


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("CODE_PAGE", 1252, "record 0x3 is"),
        ("PROJECT_NAME", "VBAProject", "record 0x4 is"),
        ("MINIMAL_VBA_PROJECT", b"\xcc\x61\xb5\x00\x00\x03\x00", "_VBA_PROJECT is not the minimal one"),
        ("BASES", dict(vbaproject.BASES, book="0{0}"), "ThisWorkbook has no base"),
    ],
)  # fmt: skip
def test_records(
    name: str, value: object, problem: str, sound: Path, modules: list[Module], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert guards.project_records(guards.read_parts(sound), modules) == []
    wrong = guards.read_parts(sound)
    monkeypatch.setattr(vbaproject, name, value)
    wrong[guards.PROJECT] = vbaproject.build(modules)
    if name == "BASES":
        monkeypatch.setattr(guards, "BASES", {**vbaproject.BASES, "book": "0{00020819-0000-0000-C000-000000000046}"})
    assert [finding for finding in guards.project_records(wrong, modules) if finding.startswith(problem)] != []


@pytest.mark.parametrize(
    ("added", "problem"),
    [
        ("Reference=*\\G{0}#1.0#0#C:\\a.dll#A", "PROJECT names something from outside"),
        ('Password="x"', "PROJECT names something from outside"),
        ("Module=LxCalls", "PROJECT: 2 times Module=LxCalls"),
    ],
)
def test_project_lines(
    added: str, problem: str, sound: Path, modules: list[Module], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = vbaproject._project_stream
    monkeypatch.setattr(vbaproject, "_project_stream", lambda *given: stream(*given) + added.encode() + b"\r\n")
    parts = guards.read_parts(sound) | {guards.PROJECT: vbaproject.build(modules)}
    assert guards.project_records(parts, modules) == [problem]


def test_module_list(sound: Path, modules: list[Module]) -> None:
    parts = guards.read_parts(sound)
    findings = guards.project_records(parts, [*modules, Module("More", "module", "")])
    assert [problem.split(" ")[0] for problem in findings] == ["record", "modules", "PROJECT:"]


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("' 校验", "LxRibbon is not ASCII"),
        ("' " + "x" * 1022, "LxRibbon has a line over 1023 characters"),
        ('Const A = "C:\\Users\\felix"', "LxRibbon names a folder of a machine"),
    ],
)
def test_module_texts(source: str, problem: str, modules: list[Module]) -> None:
    assert guards.module_texts(modules) == []
    assert guards.module_texts([Module("LxRibbon", "module", source)]) == [problem]


@pytest.mark.parametrize(
    ("module", "old", "new", "problem"),
    [
        ("LxRibbon", "macros.check_roster()", "macros.check_rosters()",
         "RunPython 'import addin.macros; addin.macros.check_rosters()'"),
        ("LxRibbon", "import addin.macros; addin.macros.check_roster()", "import os; os.abort()", "RunPython 'import os; os.abort()'"),
        ("LxFunctions", "Optional tier As Variant", "tier As Variant",
         "NETDUE(scheme As Variant, category As Variant, tier As Variant, Optional basis As Variant, Optional notice As Variant, "
         "Optional window As Variant) is not "
         "NETDUE(scheme As Variant, category As Variant, Optional tier As Variant, Optional basis As Variant, Optional notice As Variant, "
         "Optional window As Variant)"),
        ("LxFunctions", "Public Function MASKID(", "Public Function MASKIDS(",
         "wrappers ['DUEREASON', 'IDCHECK', 'MASKIDS', 'NETDUE', 'QUOTA', 'QUOTARATE', 'REFUNDDUE', 'SUBSIDYSHARE']"),
        ("LxFunctions", 'Answer("NETDUE"', 'Answer("NETDUES"', "NETDUE does not call NETDUE with its arguments in order"),
        ("LxFunctions", "Given(scheme), Given(category)", "Given(category), Given(scheme)",
         "NETDUE does not call NETDUE with its arguments in order"),
    ],
)  # fmt: skip
def test_calls(module: str, old: str, new: str, problem: str, modules: list[Module]) -> None:
    assert guards.calls(modules) == []
    assert problem in guards.calls(_with(modules, module, old, new))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("LxCalls", "    Dim server As Object, reply As Variant\n", "    Dim server As Object\n"),
        ("LxCalls", "    End If\n", ""),
        ("LxCalls", "Answer = Restored(reply)", "Answer = Restore(reply)"),
        ("LxCalls", "    Loop\n", ""),
        ("LxCalls", "Public Function Answer(", "Public Function Given("),
        ("LxCalls", 'If TypeName(argument) = "Range" Then', 'If TypeName(argument) = "Range Then'),
        ("LxRibbon", "    AddinIsOpen = Not addin Is Nothing\n", "    AddinIsOpen = Not book Is Nothing\n"),
        ("LxFunctions", "End Function\n", ""),
        ("xlwings", "#End If\n", ""),
        ("ThisWorkbook", "                last = last + 1\n", "                last = last +\n"),
        ("ThisWorkbook", "        r = r + 1\n", "        row = r + 1\n"),
    ],
)  # fmt: skip
def test_compile_errors(module: str, old: str, new: str, sound: Path, modules: list[Module], tmp_path: Path) -> None:
    wrong = _with(modules, module, old, new)
    path = _built(sound, vbaproject.build(wrong), tmp_path / "wrong.xlsm")
    assert [problem for problem in guards.compiles(path) if problem.startswith(module)] != []


@pytest.mark.slow
def test_no_compile_error_in_what_is_built(sound: Path) -> None:
    assert guards.compiles(sound) == []


@pytest.mark.slow
def test_audit(sound: Path, tmp_path: Path) -> None:
    assert guards.audit(sound) == []
    parts = guards.read_parts(sound)
    _edit(TYPES, "sheet.macroEnabled.main", "sheet.macro.main")(parts)
    assert guards.audit(guards.write_parts(tmp_path / "wrong.xlsm", parts)) != []


def test_codes_kept_as_text(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "t.xlsx", {"constant_memory": True}) as book:
        sheet = book.add_worksheet("表")
        sheet.write_row(0, 0, ["0012", "12组", "1,234.50", "-3"])
    with xlsxwriter.Workbook(tmp_path / "s.xlsx") as book:
        sheet = book.add_worksheet("表")
        sheet.write_row(0, 0, ["0012", "12组", "1,234.50", "-3"])
        sheet.ignore_errors({"number_stored_as_text": "A1:A9"})
    assert guards.as_saved(guards.read_parts(tmp_path / "t.xlsx")) == [
        f"表!{column}1: text inside the cell" for column in "ABCD"
    ]
    assert guards.as_saved(guards.read_parts(tmp_path / "s.xlsx")) == [
        "表!C1: green triangle on '1,234.50'",
        "表!D1: green triangle on '-3'",
    ]


def test_character_outside_the_code_page_stops_the_build(modules: list[Module]) -> None:
    with pytest.raises(UnicodeEncodeError):
        vbaproject.build([*modules, Module("More", "module", "' \U00020bb7")])


def test_sheets_that_are_not_the_projects_stop_the_build(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "other.xlsm") as book:
        book.add_worksheet()
        with pytest.raises(ValueError, match="was built for the sheets"):
            macro_workbook.of_template().add_to(book)


# ---- the template under the hand


def _in_helper(old: str, new: str) -> Edit:
    """Change the formula of the first hidden column, which says whether a row is a person."""

    def edit(parts: dict[str, bytes]) -> None:
        text = parts[ROSTER].decode()
        place = letter(columns.WIDTH + 1)
        start = text.index(f'<c r="{place}5"')
        end = text.index("</c>", start)
        assert old in text[start:end], "the defect was not seeded"
        parts[ROSTER] = (text[:start] + text[start:end].replace(old, new, 1) + text[end:]).encode()

    return edit


NAME, ID, DUE = (columns.LETTERS[key] for key in ("name", "id_number", "medical_due"))
HELPER = letter(columns.WIDTH + 1)
BEFORE_ID, BEFORE_LAST, LAST = (letter(n) for n in (columns.PLACES["id_number"] - 1, columns.WIDTH - 1, columns.WIDTH))
FROM, TO = map(letter, columns.RUNS["name"])
PRINTED = ":".join(f"${letter(n + 1)}${row}" for n, row in zip(controls.PRINTED, (3, 7), strict=True))
RUN = f"${FROM}5:${TO}5"
READS_NAME = f"INDEX({RUN},1,COLUMNS(${FROM}$4:${NAME}$4))"


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (_edit(ROSTER, f'<autoFilter ref="A4:{LAST}', f'<autoFilter ref="A4:{BEFORE_LAST}'), f"filter over A4:{BEFORE_LAST}7"),
        (_edit(ROSTER, f" {ID}5:{ID}", f" {BEFORE_ID}5:{BEFORE_ID}"), "green triangles on 证件号码"),
        (_in_helper(READS_NAME, f"${NAME}5"), f"{HELPER}5: reads the input {NAME}"),
        (_in_helper(RUN, f"$B5:${TO}5"), f"{HELPER}5: reads $B5:${TO}5, not from guard to guard"),
        (_in_helper(RUN, f"${FROM}5:${DUE}5"), f"{HELPER}5: reads ${FROM}5:${DUE}5, not from guard to guard"),
        (_in_helper(READS_NAME, f"${DUE}5"), f"{HELPER}5: reads the shown column {DUE}"),
        (_in_helper("INDEX(", "SUMPRODUCT("), f"{HELPER}5: lifts over arrays: SUMPRODUCT"),
        (_in_helper(RUN, f"${FROM}:${TO}"), f"{HELPER}5: whole columns: ${FROM}:${TO}"),
        (_in_helper("1,COLUMNS", "{1,2},COLUMNS"), f"{HELPER}5: lifts over arrays: {{"),
        (_edit(BOOK, ">'列表'!$A$2", ">'列表'!$A2"), "name 选_township is relative"),
        (_edit(BOOK, f"花名册!{PRINTED}<", "OFFSET(花名册!$B$3,0,0,9,9)<"), "name _xlnm.Print_Area is a formula"),
    ],
)  # fmt: skip
def test_plain_form(edit: Edit, problem: str, sound: Path) -> None:
    parts = guards.read_parts(sound)
    assert guards.plain_form(parts) == []
    edit(parts)
    assert problem in guards.plain_form(parts)
