@echo off
rem Takes back all that the installing did, from the installed copy or from the package, also when that was cut off.
rem    (no argument)   for a person: waits for a key at the end
rem    /quiet          for a script: exit code 0 done, 1 not done
chcp 936 >nul 2>nul
setlocal enableextensions disabledelayedexpansion
set "sys=%SystemRoot%\System32"
set "root=%LOCALAPPDATA%\liangxian"
set "xlstart=%APPDATA%\Microsoft\Excel\XLSTART"
set "sendto=%APPDATA%\Microsoft\Windows\SendTo"
set "quiet="
if /i "%~1"=="/quiet" set "quiet=1"
set "installed="
if /i "%~dp0"=="%root%\app\" set "installed=1"
cd /d "%SystemRoot%"

set "why=请先保存并关闭所有 Excel 窗口，再重新运行卸载。"
for /f %%P in ('%sys%\tasklist.exe /nh /fi "imagename eq EXCEL.EXE" 2^>nul') do if /i "%%P"=="EXCEL.EXE" goto failed
if not exist "%root%\app" if exist "%root%\app.old" move "%root%\app.old" "%root%\app" >nul
rem the templates are read-only: what is not was saved there by somebody, but for what a crashed Excel left behind
del /f /q /a "%root%\app\workbooks\~$*" 2>nul
set "why=下面的文件夹里有您自己保存的文件，卸载会删掉它们。请先移到别处，再重新运行卸载。"
for /f "delims=" %%F in ('dir /b /a-d-r "%root%\app\workbooks" 2^>nul') do goto foreign
rem a folder with a program that still runs can't be renamed: better found out now than half way
set "why=程序正在使用。请关闭 Excel 和本程序的其他窗口（或注销后重新登录），再重新运行卸载。"
rem (one line: while the folder has its other name, this file may be in it)
if exist "%root%\app" (move "%root%\app" "%root%\app.old" >nul 2>nul & if exist "%root%\app" (goto failed) else (move "%root%\app.old" "%root%\app" >nul))

if exist "%xlstart%\liangxian.xlam" del /f /q "%xlstart%\liangxian.xlam"
set "why=Excel 正在使用加载项，删不掉。请关闭所有 Excel 窗口，再重新运行卸载。"
if exist "%xlstart%\liangxian.xlam" goto failed
if exist "%sendto%\校验花名册.cmd" del /f /q "%sendto%\校验花名册.cmd"
if exist "%sendto%\汇总花名册文件夹.cmd" del /f /q "%sendto%\汇总花名册文件夹.cmd"
for %%N in (新建花名册 从旧册导入 生成上报文件 生成通报) do if exist "%sendto%\%%N.cmd" del /f /q "%sendto%\%%N.cmd"
for %%V in (14 15 16) do "%sys%\reg.exe" delete "HKCU\Software\Microsoft\Office\%%V.0\Excel\Security\Trusted Locations\Liangxian" /f >nul 2>nul
"%sys%\reg.exe" delete "HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\liangxian" /f >nul 2>nul
rem what the installing had to make, the last first, where nobody else has put anything since
set "count=0"
if exist "%root%\created.txt" for /f "usebackq tokens=1,*" %%A in ("%root%\created.txt") do call :remember %%A "%%B"
for /l %%I in (%count%,-1,1) do call :take_back %%I

rem notices that the user has put in are his own: they stay, and the next installing finds them again
set "own="
for /f "delims=" %%D in ('dir /b /ad "%root%\notices" 2^>nul') do set "own=1"
if defined own for /f "delims=" %%D in ('dir /b /ad "%root%" 2^>nul') do if /i not "%%D"=="notices" if /i not "%%D"=="app" rd /s /q "%root%\%%D"
if defined own del /f /q /a "%root%\*" 2>nul
rem One line each, for this file itself may go with the folder: what comes after it could not be read any more.
if defined own (rd /s /q "%root%\app" 2>nul & if exist "%root%\app" (echo 还有文件正在使用，没有删净，请重新登录后再运行卸载： "%root%"& (if not defined quiet pause) & (if defined installed exit 1) & exit /b 1) else (echo 已卸载。您自己放入的通知没有删，留在 "%root%\notices"，再次安装后照用。您的花名册和汇总表没有动。& (if not defined quiet pause) & (if defined installed exit 0) & exit /b 0))
if exist "%root%" (rd /s /q "%root%" 2>nul & if exist "%root%" (echo 还有文件正在使用，没有删净，请重新登录后再运行卸载： "%root%"& (if not defined quiet pause) & (if defined installed exit 1) & exit /b 1) else (echo 已卸载，没有留下任何文件和设置。您的花名册和汇总表没有动。& (if not defined quiet pause) & (if defined installed exit 0) & exit /b 0))
echo 本机没有本程序的文件和设置。
if not defined quiet pause
exit /b 0

:remember
set /a count+=1
set "kind%count%=%1"
set "name%count%=%~2"
exit /b 0

:take_back
setlocal enabledelayedexpansion
if "!kind%1! !name%1!"=="FOLDER XLSTART" rd "!xlstart!" 2>nul
if "!kind%1! !name%1!"=="FOLDER Excel" rd "!xlstart!\.." 2>nul
if "!kind%1!"=="KEY" call :drop_key "!name%1!"
exit /b 0

:drop_key
rem a line that is not just the key's own name is a value or a subkey
set "empty=1"
for /f "delims=" %%L in ('%sys%\reg.exe query "%~1" 2^>nul') do if /i not "%%L"=="%~1" set "empty="
if defined empty "%sys%\reg.exe" delete "%~1" /f >nul 2>nul
exit /b 0

:foreign
echo "%root%\app\workbooks"
if not defined quiet "%SystemRoot%\explorer.exe" "%root%\app\workbooks"
:failed
echo.
echo 没有卸载：%why%
if not defined quiet pause
exit /b 1
