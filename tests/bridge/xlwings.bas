Attribute VB_Name = "xlwings"
Option Explicit
' In place of the module that needs the DLL: what would go to Python over COM goes to the test over UNO.
Public gTest As Object
Public gNoWorkbook As Boolean
Public gNow As Date
Public gComing As Boolean
Public gStatus As Variant
Public gFolder As String
Public gTitle As String

Public Function SetTest(test As Variant) As Variant
    Set gTest = test
    SetTest = True
End Function

Public Function Send(ByVal kind As String, ByVal name As String, arguments As Variant) As Variant
    Dim message(2) As New com.sun.star.beans.NamedValue
    message(0).Name = "kind": message(0).Value = kind
    message(1).Name = "name": message(1).Value = name
    message(2).Name = "arguments": message(2).Value = arguments
    Send = gTest.execute(message)
End Function

Public Function RunPython(PythonCommand As String) As Variant
    RunPython = Send("run", PythonCommand, Array())
End Function

Public Function XLPy() As Object
    Set XLPy = New LxDouble
End Function

Public Function Warming() As Boolean
    Warming = gComing
End Function

Public Function SetComing(isSo As Variant) As Variant
    ' in place of a Python that is being started
    gComing = isSo
End Function

Public Function SetStatus(word As Variant) As Variant
    ' in place of Excel's status bar
    gStatus = word
End Function

Public Function GetStatus() As Variant
    GetStatus = gStatus
End Function

Public Function SetNoWorkbook(isSo As Variant) As Variant
    ' in place of Excel's start screen
    gNoWorkbook = isSo
End Function

Public Sub Later(moment As Variant, procedure As Variant)
    ' in place of Application.OnTime: how many seconds later, and what
    If Not gTest Is Nothing Then Send "later", procedure, Array(CLng((moment - gNow) * 86400&))
End Sub

Public Sub Described(Macro As Variant, Description As Variant, Category As Variant, ArgumentDescriptions As Variant)
    ' in place of Application.MacroOptions, which counts as a change of the workbook
    ThisWorkbook.Saved = False
    Send "describe", Macro, Array(Description, Category, Join(ArgumentDescriptions, Chr$(10)))
End Sub

Public Function SetFolder(folder As Variant) As Variant
    ' in place of what a clerk picks
    gFolder = folder
End Function

Public Function GetTitle() As Variant
    GetTitle = gTitle
End Function

Public Sub KeepSetting(program As Variant, section As Variant, key As Variant, setting As Variant)
    ' in place of the registry
    Send "keep", program & "." & section & "." & key, Array(setting)
End Sub

Public Function KeptSetting(program As Variant, section As Variant, key As Variant, default As Variant) As Variant
    KeptSetting = Send("kept", program & "." & section & "." & key, Array(default))
End Function
