@echo off
rem Installs for this user alone: no administrator, no network. Run again it updates, or finishes what was cut off.
rem    (no argument)   for a person: waits for a key at the end
rem    /quiet          for a script: exit code 0 done, 1 not done
chcp 936 >nul 2>nul
setlocal enableextensions disabledelayedexpansion
set "sys=%SystemRoot%\System32"
set "root=%LOCALAPPDATA%\liangxian"
set "xlstart=%APPDATA%\Microsoft\Excel\XLSTART"
set "sendto=%APPDATA%\Microsoft\Windows\SendTo"
set "entry=HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\liangxian"
set "quiet="
set "untrusted="
if /i "%~1"=="/quiet" set "quiet=1"
rem the folder of a received file must have no say in which program a bare name means
cd /d "%SystemRoot%"

set "why=请先把压缩包全部解压，再在解压出来的文件夹里运行安装。"
if not exist "%~dp0python\python.exe" goto failed
if not exist "%~dp0manifest.json" goto failed
set "why=这是已经装好的那一份。要重新安装，请运行安装包里的安装。"
if /i "%~dp0"=="%root%\app\" goto failed
set "why=请先保存并关闭所有 Excel 窗口，再重新运行安装。"
for /f %%P in ('%sys%\tasklist.exe /nh /fi "imagename eq EXCEL.EXE" 2^>nul') do if /i "%%P"=="EXCEL.EXE" goto failed

rem a run that was cut off may have left these
set "why=旧的文件正在使用，删不掉。请关闭 Excel 和本程序的其他窗口（或注销后重新登录），再重新运行安装。"
if not exist "%root%\app" if exist "%root%\app.old" move "%root%\app.old" "%root%\app" >nul
if exist "%root%\app.old" rd /s /q "%root%\app.old"
if exist "%root%\app.new" rd /s /q "%root%\app.new"
if exist "%root%\app.old" goto failed
if exist "%root%\app.new" goto failed

rem the templates are read-only: what is not was saved there by somebody, but for what a crashed Excel left behind
del /f /q /a "%root%\app\workbooks\~$*" 2>nul
set "why=下面的文件夹里有您自己保存的文件，更新会删掉它们。请先移到别处，再重新运行安装。"
for /f "delims=" %%F in ('dir /b /a-d-r "%root%\app\workbooks" 2^>nul') do goto foreign

echo 正在复制文件，请稍候……
set "why=文件没有复制完，可能磁盘已满，或者被安全软件拦截。处理后请重新运行安装。"
"%sys%\xcopy.exe" "%~dp0*" "%root%\app.new\" /e /i /h /q /y >nul
if errorlevel 1 goto failed_new
echo 正在检查文件，请稍候……
set "why=文件不完整或被改动过（见上面几行），请重新取得安装包，或请信息人员把本程序加入安全软件的信任名单。"
"%root%\app.new\python\python.exe" -I -m addin.excel.self_check package
if errorlevel 1 goto failed_new
if not errorlevel 0 goto failed_new
echo 正在准备程序，约需一两分钟……
rem only for speed: a package that brings a file of another Python's grammar is none the worse
"%root%\app.new\python\python.exe" -I -m compileall -qq --invalidation-mode unchecked-hash -x "[\\/]tests?[\\/]" "%root%\app.new\python\Lib\site-packages" >nul 2>nul
"%sys%\attrib.exe" +r "%root%\app.new\workbooks\*"

set "why=旧版本正在使用，换不下来。请关闭 Excel 和本程序的其他窗口（或注销后重新登录），再重新运行安装。"
rem a folder with a program that still runs can't be renamed. What became of a move is looked up, not asked of it
if exist "%root%\app" move "%root%\app" "%root%\app.old" >nul
if exist "%root%\app" goto failed_new
move "%root%\app.new" "%root%\app" >nul
if not exist "%root%\app" goto failed_swap
if exist "%root%\app.old" rd /s /q "%root%\app.old"

rem From here on everything is small and can be done again. What did not exist before is noted before it is made, so
rem that uninstalling leaves the registry and the folders as they were.
set "why=设置没有写完，可能被安全软件拦截。请允许后重新运行安装；不想要了请运行卸载。"
call :note_key "Software\Microsoft\Windows\CurrentVersion" Uninstall
setlocal enabledelayedexpansion
set "command=\"!root!\app\卸载.cmd\""
"!sys!\reg.exe" add "!entry!" /v DisplayName /d "两险征缴（liangxian）" /f >nul
"!sys!\reg.exe" add "!entry!" /v DisplayVersion /d "@VERSION@" /f >nul
"!sys!\reg.exe" add "!entry!" /v InstallLocation /d "!root!\app" /f >nul
"!sys!\reg.exe" add "!entry!" /v UninstallString /d "!command!" /f >nul
"!sys!\reg.exe" add "!entry!" /v QuietUninstallString /d "!command! /quiet" /f >nul
"!sys!\reg.exe" add "!entry!" /v NoModify /t REG_DWORD /d 1 /f >nul
"!sys!\reg.exe" add "!entry!" /v NoRepair /t REG_DWORD /d 1 /f >nul
endlocal
"%sys%\reg.exe" query "%entry%" /v NoRepair >nul 2>nul
if errorlevel 1 goto failed
for %%V in (14 15 16) do call :trust %%V
if defined untrusted goto failed

rem plain ASCII, which every code page reads alike: VBA expands the variable itself, whatever the user is called
>"%root%\liangxian.conf" echo "INTERPRETER_WIN","%%LOCALAPPDATA%%\liangxian\app\python\pythonw.exe"
if not exist "%root%\liangxian.conf" goto failed

if exist "%sendto%" copy /y "%root%\app\校验.cmd" "%sendto%\校验花名册.cmd" >nul
if exist "%sendto%" copy /y "%root%\app\汇总.cmd" "%sendto%\汇总花名册文件夹.cmd" >nul
if exist "%sendto%" for %%N in (新建花名册 从旧册导入 生成上报文件 生成通报) do copy /y "%root%\app\%%N.cmd" "%sendto%\%%N.cmd" >nul

rem the add-in comes last and whole: Excel opens whatever lies in this folder
if not exist "%xlstart%\..\" >>"%root%\created.txt" echo FOLDER Excel
if not exist "%xlstart%\" >>"%root%\created.txt" echo FOLDER XLSTART
if not exist "%xlstart%\" md "%xlstart%"
if exist "%xlstart%\liangxian.xlam" del /f /q "%xlstart%\liangxian.xlam"
if exist "%xlstart%\liangxian.xlam" goto failed
copy /y "%root%\app\workbooks\liangxian.xlam" "%root%\liangxian.xlam" >nul
move "%root%\liangxian.xlam" "%xlstart%\liangxian.xlam" >nul
rem read-only: of a file that may be written a second Excel asks each time whether to open it in spite of the first
"%sys%\attrib.exe" +r "%xlstart%\liangxian.xlam"
if not exist "%xlstart%\liangxian.xlam" goto failed

echo.
echo 安装完成。请打开 Excel，功能区里会出现“两险征缴”。
echo 用 WPS 的：在文件（文件夹）上点右键，选“发送到”里的“校验花名册”“生成上报文件”“从旧册导入”；对整个文件夹选“新建花名册”“汇总花名册文件夹”“生成通报”。
if not defined quiet pause
exit /b 0

:trust
rem macros of our own workbooks, in this one folder without its subfolders, for an Excel that is or was on this PC
"%sys%\reg.exe" query "HKCU\Software\Microsoft\Office\%1.0\Excel" >nul 2>nul
if not errorlevel 1 goto trust_it
"%sys%\reg.exe" query "HKCR\Excel.Application.%1" >nul 2>nul
if errorlevel 1 exit /b 0
:trust_it
call :note_key Software\Microsoft Office %1.0 Excel Security "Trusted Locations"
setlocal enabledelayedexpansion
set "place=HKCU\Software\Microsoft\Office\%1.0\Excel\Security\Trusted Locations\Liangxian"
"!sys!\reg.exe" add "!place!" /v Path /d "!root!\app\workbooks\\" /f >nul
"!sys!\reg.exe" add "!place!" /v AllowSubfolders /t REG_DWORD /d 0 /f >nul
"!sys!\reg.exe" add "!place!" /v Description /d "两险征缴（liangxian）" /f >nul
"!sys!\reg.exe" query "!place!" /v Description >nul 2>nul
endlocal
if errorlevel 1 set "untrusted=1"
exit /b 0

:note_key
rem parent, then the levels below it: those that do not exist yet are noted, from the top down
set "key=HKEY_CURRENT_USER\%~1"
:note_level
shift
if "%~1"=="" exit /b 0
set "key=%key%\%~1"
"%sys%\reg.exe" query "%key%" >nul 2>nul
if errorlevel 1 >>"%root%\created.txt" echo KEY %key%
goto note_level

:foreign
echo "%root%\app\workbooks"
if not defined quiet "%SystemRoot%\explorer.exe" "%root%\app\workbooks"
goto failed

:failed_swap
if exist "%root%\app.old" move "%root%\app.old" "%root%\app" >nul
:failed_new
rd /s /q "%root%\app.new" 2>nul
rd "%root%" 2>nul
:failed
echo.
echo 没有装好：%why%
if not defined quiet pause
exit /b 1
