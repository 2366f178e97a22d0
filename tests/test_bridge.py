"""From a cell to Python and back, in a real spreadsheet engine: LibreOffice runs our VBA, xlwings' own code answers.

The template is built with its real modules; only what LibreOffice lacks is replaced, by asserted anchors
(`_STAND_INS`): the module `xlwings` (its DLL) by one that sends over UNO to this process, where xlwings' real
`call_udf` takes over.

What LibreOffice cannot show: real errors (CVErr is the text "Error 2042" there), error cells inside a range (they
arrive as 0; test_functions.py has them over xlwings' COM code), an argument left out in the middle (it arrives as 0).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from addin import columns, functions, macros, policy
from addin.columns import FIRST_ROW
from addin.excel import settings
from addin.output import macro_workbook
from addin.output.template.layout import LETTERS
from scripts import build_workbooks, vbaproject, xlwings_module
from scripts.vbaproject import PROJECT_NAME, Module
from tests.support import TESTS, rosters
from tests.support.com import Server, excel_side
from tests.support.notices import LENGSHUITAN
from tests.support.office import ALWAYS, NEVER, Office, cell, import_uno

pytestmark = pytest.mark.slow

POLICY = LENGSHUITAN
DOUBLES = TESTS / "bridge"
ROWS = 300
NAME = "花名册 (1) 副本.xlsm"
_STAND_INS = {
    "LxCalls": (("area.Value2", "area.Value"), ("area.Resize(lastRow).Value2", "area.Resize(lastRow).Value")),
    "LxRibbon": (
        ("control As IRibbonControl", "control As Object"), ("Application.FileDialog(4)", "New LxDouble"),
        ("    SaveSetting ", "    KeepSetting "), ("GetSetting(", "KeptSetting("),
    ),
    "ThisWorkbook": (
        ("Application.MacroOptions", "Described"), ("Application.OnTime moment, ", "Later moment, "),
        ("Application.ActiveWorkbook Is Nothing", "gNoWorkbook"), ("Application.StatusBar", "gStatus"), ("Soon Now", "Soon gNow"),
    ),
}  # fmt: skip
TICKS = {"OnTickReturns": "ReturnsTicked", "OnTickLedger": "LedgerTicked", "OnTickProgress": "ProgressTicked"}
"""What a click on a tick calls, and what asks whether it is set."""
NOTES = columns.HELP_SHEET
"""A sheet with room to the right for the tests' own cells."""


def _for_libreoffice(modules: list[Module]) -> list[Module]:
    adapted = []
    for module in modules:
        source = module.source
        if module.name == "xlwings":
            source = (DOUBLES / "xlwings.bas").read_text(encoding="ascii")
        for ours, theirs in _STAND_INS.get(module.name, ()):
            assert ours in source, f"{module.name} holds no {ours}"
            source = source.replace(ours, theirs)
        adapted.append(Module(module.name, module.kind, source))
    return [*adapted, Module("LxDouble", "class", (DOUBLES / "LxDouble.cls").read_text(encoding="ascii"))]


class Bridge:
    """The open template, and what its VBA sent."""

    def __init__(self, office: Office, document: Any, server: Server) -> None:
        self.office, self.document, self.server = office, document, server
        self.sent: list[tuple[str, str, tuple[Any, ...]]] = []
        self.settings: dict[str, str] = {}
        """What VBA has kept in the registry."""
        self.job = self._job()
        assert self.script("xlwings.SetTest", self.job) is True, "a module does not compile: all macros are silent"

    def _job(self) -> Any:
        import_uno()
        import unohelper
        from com.sun.star.task import XJob

        bridge = self

        class Job(unohelper.Base, XJob):  # type: ignore[misc]
            def execute(self, message: Any) -> Any:
                given = {part.Name: part.Value for part in message}
                return bridge.receive(given["kind"], given["name"], given["arguments"])

        return Job()

    def receive(self, kind: str, name: str, arguments: tuple[Any, ...]) -> Any:
        """What VBA sends is noted; a call of a function is answered by xlwings."""
        self.sent.append((kind, name, arguments))
        if kind == "keep":
            (self.settings[name],) = arguments
        if kind == "kept":
            return self.settings.get(name, *arguments)
        if kind != "call":
            return 0
        module, _, function = name.rpartition(".")
        reply = self.server.call(
            function, [None if argument == "#EMPTY" else argument for argument in arguments], module
        )
        return (
            tuple(tuple(row) if isinstance(row, list) else row for row in reply) if isinstance(reply, list) else reply
        )

    def script(self, name: str, *arguments: object) -> Any:
        return self.office.script(self.document, f"{PROJECT_NAME}.{name}", arguments)

    def formulas(self, *texts: str) -> list[Any]:
        """What each formula shows: a number, or a text."""
        area = cell(self.document, NOTES, f"J1:J{len(texts)}")
        for n, text in enumerate(texts):
            area.getCellByPosition(0, n).setFormula(text)
        self.document.calculateAll()
        shown = [row[0] for row in area.getDataArray()]
        area.clearContents(1023)
        return shown


@pytest.fixture(scope="module")
def bridge(soffice: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    folder = tmp_path_factory.mktemp("两险 (测试)")
    target = folder / NAME
    macros = macro_workbook.Macros(
        lambda codes: vbaproject.build(_for_libreoffice(build_workbooks.modules(codes, xlwings_module.BOOK))),
        (macro_workbook.VBA / "ribbon_template.xml").read_bytes(),
    )
    macro_workbook.write_template(target, POLICY, ROWS, rosters.COVER, macros=macros)
    with excel_side() as server, Office(soffice, folder) as office:
        document = office.load(target, ALWAYS)
        yield Bridge(office, document, server)
        document.close(True)


def test_scalars(bridge: Bridge) -> None:
    assert bridge.formulas(
        '=NETDUE("医保";"低保")', '=NETDUE("医保";"低保";;"现收")', '=NETDUE("养老";"重度残疾";300)',
        '=SUBSIDYSHARE("医保";"兜底";"财政")', '=QUOTARATE("医保";"合计";231000)', '=REFUNDDUE("医保";"低保户")',
        '=QUOTA("养老";"工业园区")', '=IDCHECK("99000019900101001X")', '=MASKID("990000199001010017")',
        '=DUEREASON("养老";"重残";300)', '=NETDUE("医保";"低保")+NETDUE("养老";"普通居民")',
    ) == [
        175, 250, 200, 0.5, 0.5, 75, 970, "校验位不符，请对照证件逐位核对", "990000********0017",
        functions.DUEREASON("养老", "重残", 300), 275,
    ]  # fmt: skip


def test_arguments_left_out_are_empty(bridge: Bridge) -> None:
    bridge.sent.clear()
    bridge.formulas('=NETDUE("医保";"低保")', '=SUBSIDYSHARE("养老";"低保";"区财政")')
    assert bridge.sent == [
        ("call", "addin.functions.NETDUE", ("医保", "低保", *["#EMPTY"] * 4)),
        ("call", "addin.functions.SUBSIDYSHARE", ("养老", "低保", "区财政", *["#EMPTY"] * 3)),
    ]


def test_blanks_errors_and_what_is_not_understood(bridge: Bridge) -> None:
    area = cell(bridge.document, NOTES, "H1:H5")
    area.setDataArray((("",), ("  ",), ("认不出",), ("#DIV/0!",), ("低保",)))
    assert bridge.formulas(
        '=NETDUE("医保";H1)', '=NETDUE("医保";H2)', '=NETDUE("医保";H3)', '=NETDUE("医保";H4)', '=NETDUE("商业险";H5)',
        '=NETDUE("养老";H5;250)', '=QUOTARATE("养老";"仁湾镇";1)', '=SUBSIDYSHARE("医保";"兜底";"民政")',
        '=NETDUE("医保";NA())', '=IF(NETDUE("医保";H1)="";"空白";"有字")',
    ) == [
        "", "", "Error 2015", "Error 2007", "Error 2015", "Error 2015", "Error 2042", "Error 2015", None, "空白",
    ], "None: a real error, passed on"  # fmt: skip


def test_ranges(bridge: Bridge) -> None:
    cell(bridge.document, NOTES, "H1:H6").setDataArray((("低保",), ("特困",), ("",), ("认不出",), ("#N/A",), ("",)))
    block = cell(bridge.document, NOTES, "K1:K6")
    block.setArrayFormula('=NETDUE("医保";H1:H6)')
    row = cell(bridge.document, NOTES, "K8:L8")
    row.setArrayFormula('=NETDUE("医保";{"低保";"特困"})')
    table = cell(bridge.document, NOTES, "K10:L11")
    table.setArrayFormula('=NETDUE({"医保"|"养老"};{"低保";"普通居民"})')
    try:
        bridge.document.calculateAll()
        assert [line[0] for line in block.getDataArray()] == [175, 0, "", "Error 2015", "Error 2042", ""]
        assert row.getDataArray() == ((175, 0),)
        assert table.getDataArray() == ((175, 250), (0, 100))
    finally:
        for area in (block, row, table):
            area.clearContents(1023)
    # a whole column: down to the last used row, in one call, and never the empty million below
    cell(bridge.document, NOTES, "H1:H6").setDataArray((("低保",), ("特困",), ("建档立卡",), ("",), ("",), ("",)))
    bridge.sent.clear()
    assert bridge.formulas('=SUM(NETDUE("医保";H:H))') == [300]
    ((_, _, arguments),) = bridge.sent
    assert 6 <= len(arguments[1]) < 200


def test_filled_template_agrees_with_the_functions(bridge: Bridge) -> None:
    words = [category.name for category in POLICY.categories.values()]
    tiers = [tier / policy.FEN for tier in POLICY.schemes["pension"].tiers]
    people = [
        rosters.ORDINARY | {"category": f"{words[n % 7]}、{words[n * 5 % 7]}", "tier": tiers[n % len(tiers)]}
        for n in range(ROWS)
    ]  # fmt: skip
    last = FIRST_ROW + ROWS - 1
    for key in ("name", "category", "medical_status", "pension_status", "tier"):
        area = cell(bridge.document, columns.ROSTER_SHEET, f"{LETTERS[key]}{FIRST_ROW}:{LETTERS[key]}{last}")
        area.setDataArray(tuple((person[key],) for person in people))
    place = {key: f"{LETTERS[key]}{FIRST_ROW}:{LETTERS[key]}{last}" for key in ("category", "tier")}
    ours = [
        cell(bridge.document, columns.ROSTER_SHEET, f"{letter}{FIRST_ROW}:{letter}{last}") for letter in ("CA", "CB")
    ]
    bridge.sent.clear()
    ours[0].setArrayFormula(f'=NETDUE("医保";{place["category"]};{place["tier"]};"现收")')
    ours[1].setArrayFormula(f'=NETDUE("养老";{place["category"]};{place["tier"]})')
    bridge.document.calculateAll()
    native = [
        cell(bridge.document, columns.ROSTER_SHEET, f"{LETTERS[key]}{FIRST_ROW}:{LETTERS[key]}{last}").getDataArray()
        for key in ("medical_due", "pension_due")
    ]
    expected = [(medical, pension) for (medical,), (pension,) in zip(*native, strict=True)]
    assert list(zip(*([row[0] for row in area.getDataArray()] for area in ours), strict=True)) == expected
    assert {row[0] for row in expected} == {0, 125, 250}
    assert {name for _, name, _ in bridge.sent} == {"addin.functions.NETDUE"}
    assert all(len(arguments[1]) == ROWS for _, _, arguments in bridge.sent), "one call a column, never one a cell"


def test_every_button_reaches_its_function(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = [
        (macro_workbook.VBA / name).read_text(encoding="utf-8") for name in ("ribbon.xml", "ribbon_template.xml")
    ]
    actions = set(re.findall(r'onAction="(LxRibbon\.\w+)"', "".join(sources)))
    callbacks = sorted(actions - {f"LxRibbon.{name}" for name in ("OnChooseLists", *TICKS)})
    reached: list[str] = []
    for name in [name for name, value in vars(macros).items() if callable(value) and not name.startswith("_")]:
        monkeypatch.setattr(macros, name, lambda name=name: reached.append(name))
    for callback in callbacks:
        bridge.sent.clear()
        bridge.script(callback, bridge.job)
        ((kind, command, _),) = bridge.sent
        assert kind == "run"
        exec(command, {})  # what XLPy.Exec does with it
    assert [f"LxRibbon.On{name.title().replace('_', '')}" for name in reached] == callbacks
    assert len(callbacks) >= 9


def _asked(bridge: Bridge, callback: str) -> Any:
    """What a callback of the ribbon's gives back."""
    uri = f"vnd.sun.star.script:{PROJECT_NAME}.LxRibbon.{callback}?language=Basic&location=document"
    script = bridge.document.getScriptProvider().getScript(uri)
    return script.invoke((bridge.job, None), (), ())[2][-1]


def test_ticks_and_the_folder_of_lists_are_kept_without_python(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    bridge.sent.clear()
    bridge.settings.clear()
    assert [_asked(bridge, asks) for asks in TICKS.values()] == [False] * 3
    for tick in TICKS:
        bridge.script(f"LxRibbon.{tick}", bridge.job, True)
    bridge.script("LxRibbon.OnTickLedger", bridge.job, False)
    assert [_asked(bridge, asks) for asks in TICKS.values()] == [True, False, True]
    for folder in ("D:\\工作\\部门名单\U00020bb7", ""):  # the second is cancelled: what was chosen stays
        bridge.script("xlwings.SetFolder", folder)
        bridge.script("LxRibbon.OnChooseLists", bridge.job)
    assert bridge.script("xlwings.GetTitle").startswith("选定部门名单")
    monkeypatch.setattr(
        settings, "_values", lambda: {name.rpartition(".")[2]: kept for name, kept in bridge.settings.items()}
    )
    kept = settings.read()
    assert (kept.returns, kept.ledger, kept.progress) == (True, False, True)
    assert str(kept.lists) == "D:\\工作\\部门名单\U00020bb7"
    assert {name.rpartition(".")[0] for name in bridge.settings} == {"liangxian.district"}
    assert {kind for kind, _, _ in bridge.sent} == {"keep", "kept"}, "no callback starts Python"


def test_tab_shows_where_the_addin_is_not_open(bridge: Bridge) -> None:
    assert _asked(bridge, "TabVisible") is True


def test_functions_are_described(bridge: Bridge) -> None:
    bridge.sent.clear()
    bridge.script("ThisWorkbook.DescribeFunctions")
    described = {name.rpartition("!")[2]: given for kind, name, given in bridge.sent if kind == "describe"}
    assert described == {
        name: (text.description, functions.CATEGORY, "\n".join(text.arguments)) for name, text in functions.HELP.items()
    }


def test_functions_are_described_once_a_workbook_is_there(bridge: Bridge) -> None:
    """On its start screen Excel describes nothing: every five seconds it is asked again."""
    procedure = f"'{NAME}'!ThisWorkbook.{{}}".format
    bridge.sent.clear()
    bridge.script("ThisWorkbook.Workbook_Open")
    bridge.script("xlwings.SetNoWorkbook", True)
    try:
        bridge.script("ThisWorkbook.DescribeFunctions")
    finally:
        bridge.script("xlwings.SetNoWorkbook", False)
    assert bridge.sent == [
        ("later", procedure("DescribeFunctions"), (0,)),
        ("later", procedure("WarmUp"), (0,)),
        ("later", procedure("DescribeFunctions"), (5,)),
    ]


def test_a_word_says_that_python_comes_up_until_it_is_there(bridge: Bridge) -> None:
    def step(coming: bool, shown: object) -> object:
        bridge.script("xlwings.SetComing", coming)
        bridge.script("xlwings.SetStatus", shown)
        bridge.script("ThisWorkbook.WarmUp")
        return bridge.script("xlwings.GetStatus")

    word = macro_workbook.MESSAGES["_warming"]
    bridge.sent.clear()
    assert step(True, False) == word
    assert bridge.sent == [("later", f"'{NAME}'!ThisWorkbook.WarmUp", (1,))], "looked for again in a second"
    assert step(True, "别的话") == "别的话", "what a button says stays"
    bridge.sent.clear()
    assert step(False, word) is False
    assert step(False, "别的话") == "别的话"
    assert bridge.sent == [], "there: nothing is looked for any more"


@pytest.mark.parametrize("changed", [False, True])
def test_describing_changes_no_workbook(bridge: Bridge, changed: bool) -> None:
    """Excel takes it for a change (so does the stand-in); who has changed nothing is not asked whether to save."""
    bridge.document.setModified(changed)
    bridge.sent.clear()
    bridge.script("ThisWorkbook.DescribeFunctions")
    assert {kind for kind, *_ in bridge.sent} == {"describe"}
    assert bridge.document.isModified() is changed


def test_self_test_is_silent_until_it_is_asked_for(bridge: Bridge) -> None:
    results = cell(bridge.document, macro_workbook.SELF_TEST, f"E3:E{len(macro_workbook.cases()) + 2}")
    bridge.sent.clear()
    bridge.document.calculateAll()
    assert {row[0] for row in results.getDataArray()} == {"未运行"}
    assert "addin.functions.MASKID" not in {name for _, name, _ in bridge.sent}, "only the self-test calls it here"
    cell(bridge.document, macro_workbook.SELF_TEST, "B1").setFormula("=TRUE()")
    bridge.document.calculateAll()
    shown = [row[0] for row in results.getDataArray()]
    # an error of ours is a text here, so its line says FALSE; in Excel all are TRUE
    fine = [case.expected not in functions.ERRORS or "NA()" in case.call for case in macro_workbook.cases()]
    assert shown == [float(one) for one in fine]


def test_with_macros_off_only_our_functions_are_missing(bridge: Bridge, tmp_path: Path) -> None:
    path = tmp_path / "关.xlsm"
    macro_workbook.write_template(path, POLICY, 0, rosters.COVER, [rosters.ORDINARY])
    document = bridge.office.load(path, NEVER)
    try:
        document.calculateAll()
        row = cell(document, columns.ROSTER_SHEET, f"A{FIRST_ROW}:{LETTERS['hint']}{FIRST_ROW}").getDataArray()[0]
        shown = [row[columns.PLACES[column.key] - 1] for column in columns.COMPUTED]
        assert shown == [250, 100, 0, 0, 0, ""]
        assert cell(document, macro_workbook.SELF_TEST, "E3").String == "未运行"
    finally:
        document.close(True)
