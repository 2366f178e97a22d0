"""xlwings' own VBA module, cut down and patched so that no received file can choose what runs.

In: `xlwings.bas` (for a workbook) or `xlwings_custom_addin.bas` (for an add-in) of the installed, pinned package. Out:
the text of our module `xlwings`. What the stock module would do with a file that somebody sent in:

- GetConfig asks the active workbook's sheet `xlwings.conf`, then `xlwings.conf` in its folder, which interpreter to run;
- the workbook's folder and its .zip go on sys.path ahead of the standard library (a `pandas.py` beside it would run);
  an empty PYTHONPATH setting puts the current folder there too, and so does `python -c`;
- a sheet named *.py runs as code;
- with no interpreter configured, `python`, `cmd.exe` and the DLL are looked for in the current folder;
- every public function of a standard module can be called from a cell: =RunPython("..."), =ExecuteWindows(...),
  =SaveConfigToFile(...), =sql(...) would run a command or write a file on mere recalculation.

So only the procedures of `KEPT` stay, everything is private but `XLPy` and `RunPython`, the interpreter and PYTHONPATH
come from %LOCALAPPDATA%\\liangxian\\liangxian.conf only (which no other use of xlwings on the PC shares), the
interpreter must be a file named in full, it starts isolated (-I) in its own folder, and RunPython runs the ribbon's
actions and nothing else. Every patch asserts that its anchor occurs exactly once: another xlwings fails the build
instead of shipping unpatched.
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
    "RunPython", "XLPyCommand", "XLPyLoadDLL", "XLPy", "GetConfigFilePath", "GetConfig", "GetConfigFromFile",
    "WScript", "FileExists", "FileExistsOnWindows", "ParentFolder", "ShowError", "ExpandEnvironmentStrings",
)  # fmt: skip
PUBLIC = ("RunPython", "XLPy")

_PROCEDURE = re.compile(r"^(?:(?:Public|Private) )?(Function|Sub) (\w+)\(.*?^End \1[ \t]*$", re.MULTILINE | re.DOTALL)

_INTERPRETER = """Private Function Interpreter() As String
    ' a full path out of the user's own file: a bare name would be looked for in the folder of the file last opened
    Interpreter = GetConfig("INTERPRETER_WIN", "")
    If Not (Interpreter Like "[A-Za-z]:\\*" Or Interpreter Like "\\\\*") Then
        Err.Raise 1002, Description:="INTERPRETER_WIN is no full path"
    ElseIf Not FileExists(Interpreter) Then
        Err.Raise 1002, Description:="INTERPRETER_WIN does not exist"
    End If
End Function"""


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
    module = "\n\n".join([head, *(_scoped(part) for part in parts), _INTERPRETER]) + "\n"
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
    name = re.search(r"(?:Function|Sub) (\w+)\(", procedure)
    assert name
    scope = "Public" if name[1] in PUBLIC else "Private"
    return re.sub(r"^(?:(?:Public|Private) )?(?=Function|Sub)", f"{scope} ", procedure, count=1)


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
    licence = module.text[module.at("'Version: ") : module.at('\'Attribute VB_Name = "Main"')].rstrip()
    return (
        'Attribute VB_Name = "xlwings"\nOption Explicit\nOption Private Module\n'
        "' Cut down and patched from xlwings by scripts/xlwings_module.py, which says why: do not edit.\n"
        f"{licence}\n\n{declarations.rstrip()}"
    )


def _run_python(text: _Text) -> str:
    text.cut(
        "    Dim i As Integer\n",
        "    ' Call Python platform-dependent\n",
        "    ' the ribbon's actions and nothing else, and never out of a cell: any workbook's formula can name this function\n"
        "    Dim action As String\n"
        f'    action = Replace(Replace(PythonCommand, "{ACTIONS}", ""), "()", "")\n'
        '    If TypeName(Application.Caller) = "Range" Then Exit Function\n'
        f'    If action Like "*[!a-z_]*" Or PythonCommand <> "{ACTIONS}" & action & "()" Then Exit Function\n\n',
    )
    text.cut("    ' Call Python platform-dependent\n", "            XLPy.SetAttr ", "    On Error GoTo err_handling\n")
    text.cut("            On Error GoTo err_handling\n", '            XLPy.Exec "" & PythonCommand & ""\n')
    text.cut("        Else\n            RunPython = ExecuteWindows(", "End Function")
    return re.sub(r"^            (?=\S)", "    ", text.text, flags=re.MULTILINE)


def _command(text: _Text) -> str:
    text.cut(
        "    'TODO: the whole python vs.",
        "    ' Escaping backslashes and quotes\n",
        "    Dim PYTHON_WIN As String, PYTHONPATH As String, tail As String\n\n"
        "    ' prepare_sys_path: never the workbook's folder, no workbook names (a ; in one would shift the rest)\n"
        '    PYTHONPATH = GetConfig("PYTHONPATH")\n'
        '    If PYTHONPATH <> "" Then PYTHONPATH = ";" & PYTHONPATH\n'
        '    PYTHONPATH = "false;;;;;" & PYTHONPATH\n\n',
    )
    text.cut(
        '    PYTHON_WIN = GetConfig("INTERPRETER_WIN", "")\n',
        "        ' Spaces in path of python.exe require quote",
        "    ' cmd.exe by its full name too; -I keeps the current folder and the environment's PYTHONPATH off sys.path\n"
        '    PYTHON_WIN = Environ("SystemRoot") & "\\System32\\cmd.exe /K " & Chr(34) & Chr(34) & Interpreter() & Chr(34)\n\n',
    )
    text.replace(
        '" -B -c ""import sys, os;" & LicenseKeyEnvString & "import xlwings.utils;',
        '" -I -B -c ""import sys, os;os.chdir(sys.prefix);import xlwings.utils;',
    )
    text.replace(
        "        XLPyCommand = PYTHON_WIN & tail & Chr(34)\n    End If\n",
        "    XLPyCommand = PYTHON_WIN & tail & Chr(34)\n",
    )
    return re.sub(r"^        (?=tail|' Spaces|' https)", "    ", text.text, flags=re.MULTILINE)


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


def _server(text: _Text) -> str:
    # the same command for every workbook gives one Python for all of Excel, and reading the file once is enough
    text.replace(
        "    XLPyLoadDLL\n",
        '    Static command As String\n    If command = "" Then\n        XLPyLoadDLL\n        command = XLPyCommand\n    End If\n',
    )
    text.replace("XLPyDLLActivateAuto(XLPy, XLPyCommand, 1)", "XLPyDLLActivateAuto(XLPy, command, 1)")
    return text.text


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


def _show_error(text: _Text) -> str:
    # a clerk reads a sentence, not a traceback; the sentence is on a sheet because modules are ASCII
    text.cut(
        "    ' Shows a MsgBox with the content",
        "End Sub",
        "    Debug.Print Message\n"
        '    WScript.Popup TextOf(IIf(Err.Number >= 1 And Err.Number <= 1002, "_not_installed", "_failed")), 0, TextOf("_category"), 48\n',
    )
    return text.text


def _expand(text: _Text) -> str:
    text.cut("    ' Expand environment variables\n", "        ExpandEnvironmentStrings = WScript.")
    text.replace("    #End If\n", "")
    return text.text.replace("        ExpandEnv", "    ExpandEnv")


_PATCHES = {
    "RunPython": _run_python,
    "XLPyCommand": _command,
    "XLPyLoadDLL": _load_dll,
    "XLPy": _server,
    "GetConfigFilePath": _config_path,
    "GetConfig": _config,
    "FileExists": _file_exists,
    "ParentFolder": _parent_folder,
    "ShowError": _show_error,
    "ExpandEnvironmentStrings": _expand,
}
