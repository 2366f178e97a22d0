"""xlwings' own VBA module, cut down and patched so that no received file can choose what runs.

In: `xlwings.bas` (for a workbook) or `xlwings_custom_addin.bas` (for an add-in) of the installed, pinned package. Out:
the text of our module `xlwings`. What the stock module would do with a file that somebody sent in:

- GetConfig asks the active workbook's sheet `xlwings.conf`, then `xlwings.conf` in its folder, for the interpreter;
- the workbook's folder and its .zip go on sys.path ahead of the standard library (a `pandas.py` beside it would run);
  an empty PYTHONPATH setting puts the current folder there too, and so does `python -c`;
- a sheet named *.py runs as code;
- with no interpreter configured, `python`, `cmd.exe` and the DLL are looked for in the current folder;
- every public function of a standard module can be called from a cell: =RunPython("..."), =ExecuteWindows(...),
  =SaveConfigToFile(...), =sql(...) would run a command or write a file on mere recalculation.

So only the procedures of `KEPT` stay, everything is private but `XLPy`, `RunPython` and `Warming`, the interpreter
comes from %LOCALAPPDATA%\\liangxian\\liangxian.conf only (which no other use of xlwings on the PC shares), it must be a
file named in full and starts isolated (-I), and RunPython runs the ribbon's actions and nothing else.

The stock module starts Python by `cmd.exe /K`. Where Python can't come up, the DLL sees cmd live on and waits for two
minutes on Excel's main thread, for every cell again. Here it starts Python itself, whose end it sees at once; a failure
is remembered for five minutes, in which cells fail at once and a button tries again. And it starts Python where the
first cell or button asks for it, who waits for numpy, pandas and xlwings: here a workbook that opens has it started
(`Warming`) and looks from time to time whether it is there. The DLL finds a Python that it has not started where it is
given a class instead of a command: the own class of Excel's process.

Every patch asserts that its anchor occurs exactly once: another xlwings fails the build instead of shipping unpatched.
"""

from __future__ import annotations

import re
from pathlib import Path

import xlwings

BOOK, ADDIN = "xlwings.bas", "xlwings_custom_addin.bas"
CONFIG = r"\liangxian\liangxian.conf"
"""Below %LOCALAPPDATA%, where scripts/bundle/ installs."""
ACTIONS = "import addin.macros; addin.macros."

KEPT = (
    "XLPyLoadDLL", "GetConfigFilePath", "GetConfig", "GetConfigFromFile", "WScript", "FileExists", "FileExistsOnWindows",
    "ParentFolder", "ExpandEnvironmentStrings",
)  # fmt: skip
PUBLIC = ("RunPython", "XLPy", "Warming")

_PROCEDURE = re.compile(r"^(?:(?:Public|Private) )?(Function|Sub) (\w+)\(.*?^End \1[ \t]*$", re.MULTILINE | re.DOTALL)

OWN = f"""Public Function RunPython(PythonCommand As String)
    ' the ribbon's actions and nothing else, and never out of a cell: any workbook's formula can name this function
    Dim action As String, word As String, number As Long, reason As String
    action = Replace(Replace(PythonCommand, "{ACTIONS}", ""), "()", "")
    If TypeName(Application.Caller) = "Range" Then Exit Function
    If action Like "*[!a-z_]*" Or PythonCommand <> "{ACTIONS}" & action & "()" Then Exit Function

    ' Python takes seconds to come up the first time: a word at once, taken away where nothing has replaced it
    word = TextOf("_starting")
    Application.StatusBar = word
    ' while a call lasts, Excel would put its own question (waiting for an OLE action) over our message box
    Waiting True
    On Error GoTo Failed
    ' Excel hands itself over: where no workbook is open there is none to hand over
    XLPy(True).Run action, Application
    GoTo Done
Failed:
    ' kept before anything else is called, which would clear it
    number = Err.Number
    reason = Err.Description
    RunPython = -1
    Resume Done
Done:
    On Error Resume Next
    Waiting False
    If Application.StatusBar = word Then Application.StatusBar = False
    If number <> 0 Then ShowError number, reason
End Function

Public Function XLPy(Optional ByVal again As Boolean = False) As Object
    Static command As String, failure As Date
    Dim server As Variant
    ' what has failed fails at once for five minutes, or every cell would wait for it; a button tries again
    If failure <> 0 And Not again And Abs(Now - failure) < TimeSerial(0, 5, 0) Then
        Err.Raise 1000, Description:="Python could not be started"
    End If
    failure = Now
    If Not Found(server) Then
        If command = "" Then command = XLPyCommand("$(CLSID) ")
        If 0 <> XLPyDLLActivateAuto(server, command, 1) Then Err.Raise 1000, Description:=server
    End If
    failure = 0
    Set XLPy = server
End Function

Public Function Warming() As Boolean
    ' whether Python is coming up: started when it is asked for the first time, and never waited for
    Static tries As Long
    Dim server As Variant
    If TypeName(Application.Caller) = "Range" Or tries > 120 Then Exit Function
    tries = tries + 1
    Warming = (XLPyDLLActivateAuto(server, OwnClass(), 1) <> 0)
    If Not Warming Then
        Set coming = Nothing
    ElseIf tries = 1 Then
        Set coming = WScript.Exec(XLPyCommand(""))
    Else
        Warming = (coming.Status = 0)
    End If
End Function

Private Function Found(ByRef server As Variant) As Boolean
    ' the Python that serves this Excel, also one that another workbook has started or that is just coming up
    Dim n As Long, ended As Boolean
    ' as long as the DLL waits for a Python of its own: two minutes
    For n = 1 To 1200
        Found = (XLPyDLLActivateAuto(server, OwnClass(), 1) = 0)
        If Found Or ended Or coming Is Nothing Then Exit For
        ended = (coming.Status <> 0)
        If Not ended Then Sleep 100
    Next n
    Set coming = Nothing
End Function

Private Function OwnClass() As String
    ' one for each Excel, so that all its workbooks find one Python; addin.server ends when that process does
    Static own As String
    If own = "" Then
        XLPyLoadDLL
        own = "{{4C784C69-616E-4758-8961-0000" & Right$("0000000" & Hex$(GetCurrentProcessId()), 8) & "}}"
    End If
    OwnClass = own
End Function

Private Function XLPyCommand(ByVal asked As String) As String
    ' -I keeps the current folder and the environment's PYTHONPATH off sys.path
    XLPyCommand = Chr(34) & Interpreter() & Chr(34) & " -I -B -m addin.server " & asked & OwnClass()
    ' the DLL has room for 2,048 bytes and does not look; a character has four at most
    If Len(XLPyCommand) > 500 Then Err.Raise 1002, Description:="INTERPRETER_WIN is too long"
End Function

Private Function Interpreter() As String
    ' a full path out of the user's own file: a bare name would be looked for in the folder of the file last opened
    Interpreter = GetConfig("INTERPRETER_WIN", "")
    If Not (Interpreter Like "[A-Za-z]:\\*" Or Interpreter Like "\\\\*") Then
        Err.Raise 1002, Description:="INTERPRETER_WIN is no full path"
    ElseIf Not FileExists(Interpreter) Then
        Err.Raise 1002, Description:="INTERPRETER_WIN does not exist"
    End If
End Function

Private Sub Waiting(ByVal begins As Boolean)
    ' what asks is Excel's message filter; without one COM waits silently
    Static kept As LongPtr, taken As Boolean
    Dim unused As LongPtr
    If begins And Not taken Then
        taken = (CoRegisterMessageFilter(0, kept) = 0)
    ElseIf taken And Not begins Then
        CoRegisterMessageFilter kept, unused
        taken = False
    End If
End Sub

Private Sub ShowError(ByVal number As Long, ByVal reason As String)
    ' a clerk reads a sentence, not a traceback; the sentence is on a sheet because modules are ASCII
    Debug.Print reason
    WScript.Popup TextOf(IIf(number >= 1 And number <= 1002, "_not_installed", "_failed")), 0, TextOf("_category"), 48 + 65536
End Sub"""
"""Procedures of our own. 65536 brings the box before Excel's window."""
_COMING = "' the Python that is being started, until it is there\nPrivate coming As Object"
_DECLARED = (
    '    Private Declare PtrSafe Function CoRegisterMessageFilter Lib "OLE32" '
    "(ByVal newFilter As LongPtr, ByRef oldFilter As LongPtr) As Long\n"
    '    Private Declare PtrSafe Function GetCurrentProcessId Lib "kernel32" () As Long\n'
    '    Private Declare PtrSafe Sub Sleep Lib "kernel32" (ByVal milliseconds As Long)\n'
)


class AnchorError(AssertionError):
    """The installed xlwings does not have, exactly once, the text that a patch takes hold of."""


class _Text:
    """A text to patch; every anchor must occur exactly once."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text

    def at(self, anchor: str) -> int:
        if (count := self.text.count(anchor)) != 1:
            raise AnchorError(f"{self.name}: {count} times instead of once: {anchor!r}")
        return self.text.index(anchor)

    def replace(self, anchor: str, by: str) -> None:
        self.at(anchor)
        self.text = self.text.replace(anchor, by)

    def cut(self, start: str, end: str, by: str = "") -> None:
        """Replace from `start` up to and without `end`."""
        first, last = self.at(start), self.at(end)
        if last <= first:
            raise AnchorError(f"{self.name}: {end!r} stands before {start!r}")
        self.text = self.text[:first] + by + self.text[last:]


def source(file: str) -> str:
    """The stock module of the installed package, LF line ends."""
    return (Path(xlwings.__file__).parent / file).read_text(encoding="ascii").replace("\r\n", "\n")


def patched(stock: str) -> str:
    """Our module out of the stock one. Raises `AnchorError` where the text is not the one that was read."""
    whole = _Text("module", stock)
    whole.at(f'Public Const XLWINGS_VERSION As String = "{xlwings.__version__}"')
    procedures = _procedures(stock)
    head = _head(whole)
    parts = [_PATCHES[name](_Text(name, procedures[name])) if name in _PATCHES else procedures[name] for name in KEPT]
    module = "\n\n".join([head, *(_scoped(part) for part in parts), OWN]) + "\n"
    return re.sub(r"[ \t]+$", "", module, flags=re.MULTILINE)


def _procedures(stock: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _PROCEDURE.finditer(stock):
        name = match[2]
        if name in KEPT:
            if name in found:
                raise AnchorError(f"two procedures {name}")
            found[name] = match[0]
    if missing := [name for name in KEPT if name not in found]:
        raise AnchorError(f"no procedure {'、'.join(missing)}")
    return found


def _scoped(procedure: str) -> str:
    return re.sub(r"^(?:(?:Public|Private) )?(?=Function|Sub)", "Private ", procedure, count=1)


def _head(module: _Text) -> str:
    """The licence, the declarations that are needed, and what was changed."""
    declarations = module.text[module.at("#If VBA7 Then") : module.at("Public Const XLWINGS_VERSION")]
    declarations, mac = re.subn(
        r"^ *#If Mac Then\n.*?libc\.dylib.*?\n *#End If\n", "", declarations, flags=re.MULTILINE
    )
    declarations, unused = re.subn(r"^.*XLPyDLL(?:NDims|Version).*\n", "", declarations, flags=re.MULTILINE)
    declarations, opened = re.subn(r"^( +)(Declare|Const)", r"\1Private \2", declarations, flags=re.MULTILINE)
    if (mac, unused, opened) != (2, 6, 3):
        raise AnchorError(f"declarations: {mac} for the Mac, {unused} unused, {opened} public")
    last = declarations.index("#Else\n    Private Const")
    declarations = declarations[:last] + _DECLARED + declarations[last:]
    licence = module.text[module.at("'Version: ") : module.at('\'Attribute VB_Name = "Main"')].rstrip()
    return (
        'Attribute VB_Name = "xlwings"\nOption Explicit\nOption Private Module\n'
        "' Cut down and patched from xlwings by scripts/xlwings_module.py, which says why: do not edit.\n"
        f"{licence}\n\n{declarations.rstrip()}\n\n{_COMING}"
    )


def _load_dll(text: _Text) -> str:
    text.replace(
        "    Dim PYTHON_WIN As String, CondaCmd As String, CondaPath As String, CondaEnv As String\n",
        "    Dim PYTHON_WIN As String\n",
    )
    text.cut(
        '    PYTHON_WIN = GetConfig("INTERPRETER_WIN", "")\n',
        "        If LoadLibrary(ParentFolder(PYTHON_WIN)",
        "    PYTHON_WIN = Interpreter()\n",
    )
    text.replace(
        "            End If\n        End If\n    End If\nEnd Sub", "            End If\n        End If\nEnd Sub"
    )
    return re.sub(r"^    (?=    )", "", text.text, flags=re.MULTILINE)


def _config_path(text: _Text) -> str:
    text.cut("    #If Mac Then\n", "        GetConfigFilePath = Environ(")
    text.replace("    #End If\n", "")
    text.replace(
        '        GetConfigFilePath = Environ("USERPROFILE") & "\\." & PROJECT_NAME & "\\" & PROJECT_NAME & ".conf"',
        f'    GetConfigFilePath = Environ("LOCALAPPDATA") & "{CONFIG}"',
    )
    return text.text


def _config(text: _Text) -> str:
    text.cut(
        "    ' If source is provided,",
        "    Dim configValue As String\n",
        "    ' the user's own file, or the default: neither a sheet nor a workbook's folder has a say\n",
    )
    text.cut("    ' Sheet\n", "    ' User Config\n")
    text.replace('Optional default As String = "", Optional source As String = "")', 'Optional default As String = "")')
    text.replace('    If source = "" Or source = "user" Then\n', "")
    text.replace("            End If\n        End If\n    End If\n", "            End If\n        End If\n")
    return re.sub(r"^    (?=    )", "", text.text, flags=re.MULTILINE)


def _file_exists(text: _Text) -> str:
    text.cut("    #If Mac Then\n", "        FileExists = FileExistsOnWindows(")
    text.replace("    #End If\n", "")
    return text.text.replace("        FileExists =", "    FileExists =")


def _parent_folder(text: _Text) -> str:
    text.cut("  #If Mac Then\n", '      ParentFolder = Left$(Folder, InStrRev(Folder, "\\") - 1)\n')
    text.replace("  #End If\n", "")
    return text.text.replace("      ParentFolder", "    ParentFolder")


def _expand(text: _Text) -> str:
    text.cut("    ' Expand environment variables\n", "        ExpandEnvironmentStrings = WScript.")
    text.replace("    #End If\n", "")
    return text.text.replace("        ExpandEnv", "    ExpandEnv")


_PATCHES = {
    "XLPyLoadDLL": _load_dll,
    "GetConfigFilePath": _config_path,
    "GetConfig": _config,
    "FileExists": _file_exists,
    "ParentFolder": _parent_folder,
    "ExpandEnvironmentStrings": _expand,
}
