Attribute VB_Name = "LxRibbon"
Option Explicit
' The ribbon's buttons: one line each into addin.macros. Labels are in the ribbon's XML, messages come from Python.

Public Sub OnNewRoster(control As IRibbonControl)
    RunPython "import addin.macros; addin.macros.new_roster()"
End Sub

Public Sub OnImportOldRoster(control As IRibbonControl)
    RunPython "import addin.macros; addin.macros.import_old_roster()"
End Sub

Public Sub OnPasteValues(control As IRibbonControl)
    ' nothing is written before Python pastes: the first thing that is written ends Excel's copy
    RunPython "import addin.macros; addin.macros.paste_values()"
End Sub

Public Sub OnCheckRoster(control As IRibbonControl)
    RunPython "import addin.macros; addin.macros.check_roster()"
End Sub

Public Sub OnClearMarks(control As IRibbonControl)
    RunPython "import addin.macros; addin.macros.clear_marks()"
End Sub

Public Sub OnNextProblem(control As IRibbonControl)
    RunPython "import addin.macros; addin.macros.next_problem()"
End Sub

Public Sub OnPrintPaymentSlip(control As IRibbonControl)
    RunPython "import addin.macros; addin.macros.print_payment_slip()"
End Sub

Public Sub OnMakeSubmission(control As IRibbonControl)
    RunPython "import addin.macros; addin.macros.make_submission()"
End Sub

Public Sub OnMergeFolder(control As IRibbonControl)
    RunPython "import addin.macros; addin.macros.merge_folder()"
End Sub

Public Sub OnTickReturns(control As IRibbonControl, pressed As Boolean)
    Keep "returns", pressed
End Sub

Public Sub OnTickLedger(control As IRibbonControl, pressed As Boolean)
    Keep "ledger", pressed
End Sub

Public Sub OnTickProgress(control As IRibbonControl, pressed As Boolean)
    Keep "progress", pressed
End Sub

Public Sub ReturnsTicked(control As IRibbonControl, ByRef pressed As Variant)
    pressed = Ticked("returns")
End Sub

Public Sub LedgerTicked(control As IRibbonControl, ByRef pressed As Variant)
    pressed = Ticked("ledger")
End Sub

Public Sub ProgressTicked(control As IRibbonControl, ByRef pressed As Variant)
    pressed = Ticked("progress")
End Sub

Public Sub OnChooseLists(control As IRibbonControl)
    ' kept as the numbers of its characters: the settings know those of the system's code page only
    Dim dialog As Object, folder As String, coded As String, n As Long
    Set dialog = Application.FileDialog(4)
    dialog.Title = TextOf("_lists")
    If dialog.Show <> -1 Then Exit Sub
    folder = dialog.SelectedItems(1)
    For n = 1 To Len(folder)
        coded = coded & Right$("000" & Hex$(AscW(Mid$(folder, n, 1)) And 65535), 4)
    Next n
    SaveSetting "liangxian", "district", "lists", coded
End Sub

Public Sub OnWriteCircular(control As IRibbonControl)
    RunPython "import addin.macros; addin.macros.write_circular()"
End Sub

Public Sub OnOpenStatus(control As IRibbonControl)
    RunPython "import addin.macros; addin.macros.open_status()"
End Sub

Public Sub OnShowPolicy(control As IRibbonControl)
    RunPython "import addin.macros; addin.macros.show_policy()"
End Sub

Public Sub OnShowHelp(control As IRibbonControl)
    RunPython "import addin.macros; addin.macros.show_help()"
End Sub

Public Sub OnDiagnose(control As IRibbonControl)
    RunPython "import addin.macros; addin.macros.diagnose()"
End Sub

Public Sub OnNewYearTemplates(control As IRibbonControl)
    RunPython "import addin.macros; addin.macros.new_year_templates()"
End Sub

Public Sub OnSetNotice(control As IRibbonControl)
    RunPython "import addin.macros; addin.macros.set_notice()"
End Sub

Public Sub TabVisible(control As IRibbonControl, ByRef visible As Variant)
    ' the template's tab stays away where the add-in has put the same buttons there already
    visible = Not AddinIsOpen()
End Sub

Private Sub Keep(ByVal what As String, ByVal pressed As Boolean)
    SaveSetting "liangxian", "district", what, IIf(pressed, "1", "0")
End Sub

Private Function Ticked(ByVal what As String) As Boolean
    ' no Python: the ribbon asks while Excel starts
    Ticked = (GetSetting("liangxian", "district", what, "0") = "1")
End Function

Private Function AddinIsOpen() As Boolean
    Dim addin As Object
    On Error Resume Next
    Set addin = Application.Workbooks("liangxian.xlam")
    AddinIsOpen = Not addin Is Nothing
End Function
