@echo off
rem What is dropped on this file (or sent to it) goes to addin.excel.drag_and_drop, for those who have no Excel.
chcp 936 >nul 2>nul
setlocal enableextensions enabledelayedexpansion
rem Explorer puts quotes round names with spaces only: of a&b.xlsx the batch would see half and run the other half.
rem The whole line is handed on as it was typed, and the exit below keeps cmd from going on with the rest of it.
set "LIANGXIAN_DROPPED=!cmdcmdline!"
setlocal disabledelayedexpansion
cd /d "%SystemRoot%"
set "python=%~dp0python\python.exe"
if not exist "%python%" set "python=%LOCALAPPDATA%\liangxian\app\python\python.exe"
if exist "%python%" goto run
echo 还没有安装，或者安装包没有解压。请先运行安装包里的安装。
pause
exit 2
:run
echo 正在启动，请稍候……
"%python%" -I -m addin.excel.drag_and_drop @ACTION@ "%~f0" %*
set "code=%errorlevel%"
pause
exit %code%
