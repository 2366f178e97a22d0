"""xlwings' module as we ship it: no received file can choose what runs. Shown on its text and, if possible, by running.

Its procedures run in LibreOffice (all but those that need the DLL or Windows' script host), beside planted files and
sheets; the command that it would start Python with runs here, in a folder with a planted pandas.py.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
import xlwings

from addin.output import macro_workbook
from scripts import vbaproject, xlwings_module
from scripts.vbaproject import PROJECT_NAME, Module
from scripts.xlwings_module import ADDIN, BOOK, AnchorError, patched, source
from tests.support.com import excel_side
from tests.support.office import ALWAYS, Office

FILES = (BOOK, ADDIN)


# ---- the text


def _procedures(text: str) -> dict[str, str]:
    return {match[2]: match[0] for match in xlwings_module._PROCEDURE.finditer(text)}


def _code(text: str) -> str:
    """Without comments."""
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("'"))


@pytest.mark.parametrize("file", FILES)
def test_nothing_is_left_that_asks_a_received_file(file: str) -> None:
    text = _code(patched(source(file)))
    for word in (
        "Sheets", "Worksheet", "SheetExists", "FullName", "ADD_WORKBOOK_TO_PYTHONPATH", "LICENSE", '".py"', "embedded", "Conda",
        "DirectoryConfig", "USERPROFILE", "ExecuteWindows", "Kill ", "For Output", "Mac ", '"python"',
        "PYTHONPATH", "cmd.exe", "BOOK_CALLER", "ThisWorkbook" if file == BOOK else "ActiveWorkbook",
    ):  # fmt: skip
        assert word in _code(source(file)), f"the stock module has no {word} either: a check of nothing"
        assert word not in text, word


@pytest.mark.parametrize("file", FILES)
def test_only_two_procedures_can_be_called_from_outside(file: str) -> None:
    text = patched(source(file))
    assert re.findall(r"^Public \w+ (\w+)", text, re.MULTILINE) == list(xlwings_module.PUBLIC)
    assert re.findall(r"^(?:Function|Sub|Dim|Const|Declare|Global)\b.*", text, re.MULTILINE) == []
    assert "\nOption Private Module\n" in text
    assert set(_procedures(text)) == set(xlwings_module.KEPT) | set(_procedures(xlwings_module.OWN))


def test_version_is_the_packages() -> None:
    text = patched(source(BOOK))
    assert re.findall(r'DLLName As String = "xlwings\d\d-(.*)\.dll"', text) == [xlwings.__version__] * 3


@pytest.mark.parametrize("file", FILES)
def test_another_xlwings_fails_the_build(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every anchor in turn is not there any more; then a procedure, then the version."""
    anchors: set[str] = set()
    texts: set[str] = set()
    at = xlwings_module._Text.at

    def noting(self: Any, anchor: str) -> int:
        anchors.add(anchor)
        texts.add(self.name)
        return at(self, anchor)

    with monkeypatch.context() as patch:
        patch.setattr(xlwings_module._Text, "at", noting)
        patched(source(file))
    assert texts == {"module", *xlwings_module._PATCHES}, "each patch takes hold of the text by an anchor"
    assert {anchor for anchor in anchors if anchor not in source(file)} == set(), "made by an earlier patch"
    for anchor in sorted(anchors):
        with pytest.raises(AnchorError):
            patched(source(file).replace(anchor, anchor[:-2] + "~" + anchor[-1:]))
    for name in xlwings_module.KEPT:
        with pytest.raises(AnchorError):
            patched(re.sub(rf"(Function|Sub) {name}\(", rf"\1 {name}2(", source(file)))
    with pytest.raises(AnchorError):
        patched(source(file).replace(xlwings.__version__, "0.99.0"))


def test_a_call_hands_no_workbook_over() -> None:
    text = (macro_workbook.VBA / "LxCalls.bas").read_text(encoding="ascii")
    assert re.findall(r"CallUDF\(.*\)", text) == ['CallUDF("addin.functions", functionName, arguments)']


def test_a_sheet_of_code_would_be_looked_for_if_the_workbook_were_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with excel_side() as server:
        looked: list[object] = []
        udfs = sys.modules["xlwings.udfs"]
        monkeypatch.setattr(udfs, "Book", lambda impl: looked.append(impl) or type("Book", (), {"sheets": ()})())
        assert server.call("NETDUE", ("医保", "低保")) == 175
        assert looked == []
        udfs.udf_modules.clear()
        server._python._xlwings.CallUDF("addin.functions", "NETDUE", ("医保", "低保"), object())
        assert len(looked) == 1


# ---- the command that starts Python


_WITHOUT_EXCEL = "Couldn't find 'pywin32'"
"""What the command says where there is no Windows: it has come as far as the import of xlwings and pandas."""


def _run(options: list[str], folder: Path) -> str:
    """Run the command's Python here; the last line that it says."""
    command = [sys.executable, *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stderr.strip().splitlines()[-1]


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    folder = tmp_path / "收到的 (1)"
    folder.mkdir()
    (folder / "pandas.py").write_text("raise SystemExit('planted')\n", encoding="utf-8")
    return folder


# ---- its procedures, running


_RUN = ("RunPython", "XLPyCommand", "GetConfigFilePath", "GetConfig", "GetConfigFromFile", "FileExists",
        "FileExistsOnWindows", "ParentFolder", "Interpreter", "OwnClass")  # fmt: skip
_STAND_INS = """
Public gTest As Object
Public gWaiting As String
Public gShown As String
Public gStatus As Variant

Public Function SetTest(test As Variant) As Variant
    Set gTest = test
    SetTest = True
End Function

Private Function XLPy(Optional ByVal again As Boolean = False) As Object
    If again Then Set XLPy = New LxServer
End Function

Private Function TextOf(ByVal key As String) As String
    TextOf = key
End Function

Private Sub Waiting(ByVal begins As Boolean)
    gWaiting = gWaiting & IIf(begins, "(", ")")
End Sub

Private Sub ShowError(ByVal number As Long, ByVal reason As String)
    gShown = gShown & number & reason & ";"
End Sub

Public Function Seen() As Variant
    Seen = gWaiting & gShown & IIf(TypeName(gStatus) = "Boolean", "", gStatus)
    gWaiting = ""
    gShown = ""
End Function

Private Function ExpandEnvironmentStrings(ByVal s As String)
    ExpandEnvironmentStrings = s
End Function

Public Function AskedFor(key As Variant) As Variant
    AskedFor = GetConfig(CStr(key), "default")
End Function

Public Function AskedWho() As Variant
    On Error GoTo Refused
    AskedWho = Interpreter()
    Exit Function
Refused:
    AskedWho = Err.Description
End Function

Public Function AskedHow() As Variant
    On Error GoTo Refused
    AskedHow = XLPyCommand("$(CLSID) ")
    Exit Function
Refused:
    AskedHow = Err.Description
End Function
"""
_STARTING = """
Public gNow As Date
Public gStarts As Long
Public gWorks As Boolean
Public gServing As Boolean
Public gEnded As Long
Public gSteps As Long
Public gTries As Long
Private coming As Object

Private Sub XLPyLoadDLL()
End Sub

Private Function GetCurrentProcessId() As Long
    GetCurrentProcessId = 4660
End Function

Private Function Activated(ByRef server As Variant, ByVal command As String, ByVal mode As Long) As Long
    If Left$(command, 1) = "{" Then
        If gServing Then Set server = New LxServer Else Activated = 1
        Exit Function
    End If
    gStarts = gStarts + 1
    If gWorks Then
        Set server = New LxServer
    Else
        server = "it ended"
        Activated = 1
    End If
End Function

Private Function Executed(ByVal command As String) As Object
    gStarts = gStarts + 100
    Set Executed = New LxServer
End Function

Private Sub Sleep(ByVal milliseconds As Long)
    ' a tenth of a second later: one step nearer to being there, or to the end
    gSteps = gSteps - 1
    If gSteps = 0 Then gServing = True
    If gSteps = -1 Then gEnded = 1
End Sub

Public Function Becomes(serving As Variant, ended As Variant, steps As Variant) As Variant
    gServing = serving
    gEnded = ended
    gSteps = steps
End Function

Public Function StartsAt(minute As Variant, works As Variant, again As Variant) As Variant
    Dim before As Long
    Dim server As Object
    before = gStarts
    gNow = DateSerial(2019, 10, 8) + TimeSerial(8, minute, 0)
    gWorks = works
    On Error GoTo Failed
    Set server = Started(CBool(again))
    StartsAt = (gStarts - before) & " started"
    Exit Function
Failed:
    StartsAt = (gStarts - before) & " " & Err.Description
End Function

Public Function Warms() As Variant
    Dim before As Long
    before = gStarts
    Warms = Warming() & " " & (gStarts - before)
End Function

Public Function Another() As Variant
    ' in place of another workbook, whose module has its own memory
    gTries = 0
    Set coming = Nothing
End Function
"""
"""Around XLPy and Warming, a clock that is set and a DLL, a shell and a Python that do as they are told."""
_SERVER = """Option Explicit

Public Sub Run(ByVal action As String, handed As Variant)
    Dim message(0) As New com.sun.star.beans.NamedValue
    message(0).Name = "command": message(0).Value = action & " " & Seen()
    If gTest.execute(message) <> 0 Then Err.Raise 1000, , "no Python"
End Sub

Public Property Get Status() As Long
    Status = gEnded
End Property
"""
_CONFIG = {"INTERPRETER_WIN": r"D:\两险 (一)\py thon&^1\pythonw.exe", "other": r"D:\甲 乙 (1)\a&b'c"}
_EVIL = "C:\\evil\\python.exe"


class Running:
    """Procedures of the module in a workbook that somebody sent in, and what they ran."""

    def __init__(self, office: Office, document: Any) -> None:
        self.office, self.document = office, document
        self.ran: list[str] = []
        self.fails = 0

    def ask(self, name: str, *arguments: object) -> Any:
        return self.office.script(self.document, f"{PROJECT_NAME}.xlwings.{name}", arguments)


def _text_of(value: str) -> str:
    """LibreOffice gives a file's bytes as characters, undecoded; Excel decodes them by the ANSI page, here GBK."""
    return bytes(ord(character) & 0xFF for character in value).decode("gbk")


def _received(folder: Path, module: str) -> Path:
    """A received workbook with a sheet of configuration and one of code, its VBA project holding this module."""
    macros = macro_workbook.Macros(
        lambda codes: vbaproject.build(
            [
                Module("ThisWorkbook", "book", ""),
                *(Module(code, "sheet", "") for code in codes),
                Module("xlwings", "module", module),
                Module("LxServer", "class", _SERVER),
            ]
        ),
        (macro_workbook.VBA / "ribbon_template.xml").read_bytes(),
        self_test=False,
    )
    base, target = folder / "base.xlsm", folder / "花名册.xlsm"
    with xlsxwriter.Workbook(base) as book:
        for name in ("册", "xlwings.conf", "liangxian.conf", "main.py"):
            sheet = book.add_worksheet(name)
            sheet.write_row("A1", ("INTERPRETER_WIN", _EVIL))
            sheet.write_row("A2", ("other", "C:\\evil"))
        macros.add_to(book)
    macros.pack(base, target)
    return target


def _module(text: str, names: tuple[str, ...], stand_ins: str) -> str:
    procedures = _procedures(text)
    kept = "\n\n".join(procedures[name] for name in names)
    return (
        f'Attribute VB_Name = "xlwings"\nOption Explicit\n{stand_ins.partition("Public Function")[0]}{kept}\n\nPublic Function'
        + stand_ins.partition("Public Function")[2]
    )


@pytest.fixture(scope="module")
def running(soffice: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("收到的")
    own = tmp_path_factory.mktemp("own")
    lines = "".join(f'"{key}","{value}"\n' for key, value in _CONFIG.items())
    # a backslash is a letter of a file's name here
    (Path(f"{own}{xlwings_module.CONFIG}")).write_bytes(lines.encode("gbk"))
    evil = f'"INTERPRETER_WIN","{_EVIL}"\n"other","C:\\evil"\n'
    for name in ("xlwings.conf", "liangxian.conf"):
        (folder / name).write_text(evil, encoding="ascii")
        Path(f"{folder}\\{name}").write_text(evil, encoding="ascii")
    Path(f"{folder}\\.xlwings\\xlwings.conf").write_text(evil, encoding="ascii")
    # a window that is not shown has no status bar there
    text = patched(source(BOOK)).replace("Application.StatusBar", "gStatus")
    procedures = {
        name: procedure.replace("XLPyDLLActivateAuto", "Activated") for name, procedure in _procedures(text).items()
    }
    # the command once more, with an interpreter that need not exist here
    command = procedures["XLPyCommand"].replace("Interpreter()", 'GetConfig("INTERPRETER_WIN", "")')
    command = command.replace("Private Function", "Public Function").replace("XLPyCommand", "Command")
    starting = (
        procedures["XLPy"].replace("Public Function XLPy(", "Private Function Started(").replace("Now -", "gNow -")
    )
    starting = (
        starting.replace("= Now", "= gNow").replace("Set XLPy =", "Set Started =").replace("XLPyCommand(", "Command(")
    )
    warming = procedures["Warming"].replace("WScript.Exec(XLPyCommand", "Executed(Command").replace("tries", "gTries")
    warming = warming.replace("    Static gTries As Long\n", "")
    assert "XLPy" not in starting + warming and " Now" not in starting and "Static" not in warming
    starting = f"{starting}\n\n{warming}\n\n{procedures['Found']}"
    stand_ins = _STAND_INS.replace(
        "\nPublic Function", f"{_STARTING[: _STARTING.index('Private')]}\nPublic Function", 1
    )
    further = _STARTING[_STARTING.index("Private") :]
    target = _received(folder, _module(text, _RUN, f"{stand_ins}\n{command}\n{further}\n{starting}\n"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCALAPPDATA", str(own))
        patch.setenv("USERPROFILE", str(folder))
        patch.setenv("SystemRoot", "C:\\Windows")
        with Office(soffice, own) as office:
            document = office.load(target, ALWAYS)
            found = Running(office, document)
            import unohelper
            from com.sun.star.task import XJob

            class Job(unohelper.Base, XJob):  # type: ignore[misc]
                def execute(self, message: Any) -> Any:
                    found.ran.append(message[0].Value)
                    return found.fails

            assert found.ask("SetTest", Job()) is True, "the module does not compile there"
            yield found
            document.close(True)


@pytest.mark.slow
def test_only_the_installers_file_is_asked(running: Running) -> None:
    assert {key: _text_of(running.ask("AskedFor", key)) for key in _CONFIG} == _CONFIG
    assert _text_of(running.ask("AskedFor", "OTHER")) == _CONFIG["other"]
    assert running.ask("AskedFor", "LICENSE_KEY") == "default"


@pytest.mark.slow
def test_the_stock_module_takes_the_planted_file(soffice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same plant and the unpatched procedures: so the test above would see it."""
    folder = tmp_path / "收到的"
    folder.mkdir()
    Path(f"{folder}\\xlwings.conf").write_text(f'"INTERPRETER_WIN","{_EVIL}"\n', encoding="ascii")
    names = (
        "GetConfig",
        "GetConfigFromFile",
        "GetConfigFilePath",
        "GetDirectoryConfigFilePath",
        "FileExists",
        "FileExistsOnWindows",
    )
    # the branch of the other Office programs, which differs in the check for SharePoint only
    stand_ins = f"""
Public gTest As Object
Const PROJECT_NAME = "xlwings"

Public Function SetTest(test As Variant) As Variant
    SetTest = True
End Function

Private Function GetDirectoryPath(Optional book As Variant) As String
    GetDirectoryPath = "{folder}"
End Function
{_STAND_INS[_STAND_INS.index("Private Function ExpandEnv") : _STAND_INS.index("Public Function AskedFor")]}
Public Function AskedFor(key As Variant) As Variant
    AskedFor = GetConfig(CStr(key), "", "")
End Function
"""
    stock = source(BOOK).replace("GetDirectoryPath(ThisWorkbook)", "GetDirectoryPath()")
    procedures = xlwings_module._PROCEDURE.finditer(stock)
    text = "\n\n".join(match[0] for match in procedures if match[2] in names)
    text = re.sub(r" *#If (?:App|Mac)\b.*?(#Else\n(.*?))? *#End If\n", r"\2", text, flags=re.DOTALL)
    target = _received(tmp_path, _module(text, names, stand_ins))
    with Office(soffice, tmp_path) as office:
        document = office.load(target, ALWAYS)
        assert office.script(document, f"{PROJECT_NAME}.xlwings.AskedFor", ("INTERPRETER_WIN",)) == _EVIL
        document.close(True)


@pytest.mark.slow
def test_interpreter_must_be_a_file_named_in_full(running: Running) -> None:
    assert running.ask("AskedWho") == "INTERPRETER_WIN does not exist"
    assert running.ask("AskedHow") == "INTERPRETER_WIN does not exist", "no command without an interpreter"


@pytest.mark.slow
def test_runpython_runs_actions_and_nothing_else(running: Running) -> None:
    action = "import addin.macros; addin.macros.check_roster()"
    running.ran.clear()
    for command in (
        "import os; os.abort()", "", "()", "addin.macros.check_roster()", f"{action};import os", f"import os;{action}",
        "import addin.macros; addin.macros.check_roster(1)", "import addin.macros; addin.macros.__import__('os')()",
        "import addin.macros; addin.macros.a.b()", "import addin.macros; addin.macros.A()",
        "import addin.macros; addin.macros.check_roster()()", "import addin.macros; addin.macros.x()\nimport os",
    ):  # fmt: skip
        running.ask("RunPython", command)
        assert running.ran == [], command
    running.ask("Seen")
    running.ask("RunPython", action)
    assert running.ran == ["check_roster (_starting"], "before Python is called, a word is shown and Excel asks nothing"
    assert running.ask("Seen") == ")", "the first word is gone again, Excel's message filter is back, nothing is shown"


@pytest.mark.slow
def test_a_failure_is_shown_with_its_own_number(running: Running) -> None:
    running.ask("Seen")
    running.fails = 1
    try:
        assert running.ask("RunPython", "import addin.macros; addin.macros.check_roster()") == -1
    finally:
        running.fails = 0
    assert running.ask("Seen") == ")1000no Python;"


@pytest.mark.slow
def test_a_failed_start_is_remembered_for_five_minutes(running: Running) -> None:
    """Cells fail at once meanwhile, each of thousands; a button tries again, and what works ends it."""
    cell, button = False, True
    asked = [
        (running.ask("StartsAt", minute, works, again))
        for minute, works, again in (
            (0, False, cell), (0, False, cell), (4, True, cell), (4, False, button), (8, True, cell), (9, False, cell),
            (10, True, cell), (10, False, cell), (11, False, button), (11, True, button), (11, True, cell),
        )
    ]  # fmt: skip
    remembered = "0 Python could not be started"
    assert asked == [
        "1 it ended", remembered, remembered, "1 it ended", remembered, "1 it ended",
        remembered, remembered, "1 it ended", "1 started", "1 started",
    ]  # fmt: skip


@pytest.mark.slow
def test_a_workbook_that_opens_has_python_started_and_waits_for_nothing(running: Running) -> None:
    def becomes(serving: bool = False, ended: int = 0, steps: int = 99) -> None:
        running.ask("Becomes", serving, ended, steps)

    def warms(times: int) -> list[str]:
        return [running.ask("Warms") for _ in range(times)]

    cell = False
    try:
        becomes()
        assert warms(3) == ["True 100", "True 0", "True 0"], "started once, then only looked for"
        becomes(serving=True)
        assert warms(2) == ["False 0", "False 0"], "it is there"
        assert running.ask("StartsAt", 20, True, cell) == "0 started", "a cell finds it"
        running.ask("Another")
        assert warms(1) == ["False 0"], "another workbook finds it, too"
        becomes()
        assert running.ask("StartsAt", 20, True, cell) == "1 started", "what served has ended: the DLL starts another"

        running.ask("Another")
        becomes(steps=30)
        assert warms(1) == ["True 100"]
        assert running.ask("StartsAt", 20, True, cell) == "0 started", "a cell that comes too early waits for it"
        running.ask("Another")
        becomes(steps=0)
        assert warms(1) == ["True 100"]
        assert running.ask("StartsAt", 20, True, cell) == "1 started", "it ended before it was there: the DLL's turn"
        running.ask("Another")
        becomes(ended=1)
        assert warms(2) == ["True 100", "False 0"], "it has ended: the word goes"
        becomes()
        running.ask("Another")
        assert warms(122)[-2:] == ["True 0", "False 0"], "two minutes, then the word goes"
    finally:
        becomes()
        running.ask("Another")


@pytest.mark.slow
def test_python_starts_by_itself_and_isolated(running: Running, planted: Path) -> None:
    """No cmd.exe, which would live on where Python can't come up; nothing of the folder of the file last opened."""
    command = _text_of(running.ask("Command", "$(CLSID) "))
    program, options = command[1:].split('" ')
    assert program == _CONFIG["INTERPRETER_WIN"]
    assert options == "-I -B -m addin.server $(CLSID) {4C784C69-616E-4758-8961-000000001234}", "4660 is the process"
    assert _text_of(running.ask("Command", "")) == command.replace("$(CLSID) ", "")
    assert _WITHOUT_EXCEL in _run(options.split(), planted)


@pytest.mark.slow
def test_without_isolation_what_lies_beside_the_workbook_would_run(planted: Path) -> None:
    """The same plant, so the test above would see it."""
    assert _run(["-B", "-c", "import xlwings.utils"], planted) == "planted"


def test_the_longest_command_fits_into_the_dll() -> None:
    """2,048 bytes; a path of Windows has 259 characters, of four bytes at most."""
    limit = re.search(r"Len\(XLPyCommand\) > (\d+)", xlwings_module.OWN)
    tail = re.search(r'Chr\(34\) & "( -I .*)" & asked', xlwings_module.OWN)
    assert limit and tail
    assert 259 + len(tail[1]) + 2 + len("$(CLSID) ") + 38 < int(limit[1])
    assert 4 * int(limit[1]) < 2048
