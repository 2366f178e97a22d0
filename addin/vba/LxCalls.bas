Attribute VB_Name = "LxCalls"
Option Explicit
Option Private Module
' What the worksheet functions of LxFunctions share: plain values to Python, real Excel errors back.

Public Function Answer(ByVal functionName As String, arguments As Variant) As Variant
    Dim server As Object, reply As Variant
    On Error GoTo NoServer
    Set server = XLPy()
    On Error GoTo Failed
    ' neither the workbook nor the calling cell is handed over: xlwings would look for code on the workbook's sheets
    reply = server.CallUDF("addin.functions", functionName, arguments)
    Answer = Restored(reply)
    Exit Function
NoServer:
    Answer = CVErr(2029)
    Exit Function
Failed:
    Answer = CVErr(2015)
End Function

Public Function Given(Optional argument As Variant) As Variant
    ' an argument as values; one left out stays empty, which Python takes for its default
    If IsMissing(argument) Then
        Given = Empty
    ElseIf TypeName(argument) = "Range" Then
        Given = CellValues(argument)
    Else
        Given = argument
    End If
End Function

Private Function CellValues(area As Variant) As Variant
    Dim used As Object, lastRow As Long
    If area.Areas.Count > 1 Then
        CellValues = CVErr(2015)
        Exit Function
    End If
    If area.Rows.Count = area.Worksheet.Rows.Count Then
        ' a whole column like A:A has a million cells; below the used ones there is nothing to answer
        Set used = area.Worksheet.UsedRange
        lastRow = used.Row + used.Rows.Count - 1
        CellValues = area.Resize(lastRow).Value2
    Else
        CellValues = area.Value2
    End If
End Function

Private Function Restored(reply As Variant) As Variant
    Dim r As Long, c As Long
    If Not IsArray(reply) Then
        Restored = RestoredCell(reply)
        Exit Function
    End If
    If HasColumns(reply) Then
        For r = LBound(reply, 1) To UBound(reply, 1)
            For c = LBound(reply, 2) To UBound(reply, 2)
                If VarType(reply(r, c)) = vbString Then reply(r, c) = RestoredCell(reply(r, c))
            Next c
        Next r
    Else
        For r = LBound(reply) To UBound(reply)
            reply(r) = RestoredCell(reply(r))
        Next r
    End If
    Restored = reply
End Function

Private Function RestoredCell(value As Variant) As Variant
    ' addin.functions marks an error with U+E000 and Excel's number of the error
    RestoredCell = value
    If VarType(value) = vbString Then
        If Left$(value, 1) = ChrW$(57344) Then RestoredCell = CVErr(CLng(Mid$(value, 2)))
    End If
End Function

Private Function HasColumns(reply As Variant) As Boolean
    Dim last As Long
    On Error Resume Next
    last = UBound(reply, 2)
    HasColumns = (Err.Number = 0)
End Function

Public Function TextOf(ByVal key As String) As String
    ' texts for people are on a hidden sheet, because a module can't hold Chinese on every code page
    Dim r As Long
    r = 2
    Do While wsTexts.Cells(r, 1).Value <> ""
        If wsTexts.Cells(r, 1).Value = key Then
            TextOf = wsTexts.Cells(r, 2).Value
            Exit Function
        End If
        r = r + 1
    Loop
End Function
