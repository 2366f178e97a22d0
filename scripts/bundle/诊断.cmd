@echo off
rem Says what is installed and what is amiss. Nothing personal but the user's folder; nothing is changed.
chcp 936 >nul 2>nul
setlocal enableextensions disabledelayedexpansion
set "sys=%SystemRoot%\System32"
set "app=%LOCALAPPDATA%\liangxian\app"
set "quiet="
if /i "%~1"=="/quiet" set "quiet=1"
cd /d "%SystemRoot%"
set "code=1"

echo 两险征缴诊断，安装包版本 @VERSION@
ver
if not exist "%app%\python\python.exe" goto missing
"%app%\python\python.exe" -I -m addin.excel.self_check
set "code=%errorlevel%"
if "%code%"=="0" goto done
if "%code%"=="1" goto done
echo 计算程序起不来（代码 %code%）。多半是安全软件隔离了文件：请信息人员把下面的文件夹加入信任名单，再重新安装。
echo "%app%"
set "code=1"
goto done

:missing
echo 没有安装，或程序文件被删除：下面的文件夹里没有计算程序。请运行安装包里的安装。
echo "%app%"
if exist "%APPDATA%\Microsoft\Excel\XLSTART\liangxian.xlam" echo 加载项还在： "%APPDATA%\Microsoft\Excel\XLSTART\liangxian.xlam"
for %%V in (14 15 16) do "%sys%\reg.exe" query "HKCU\Software\Microsoft\Office\%%V.0\Excel\Security\Trusted Locations\Liangxian" 2>nul

:done
echo.
echo 以上内容可以拍照或复制发给技术人员。
if not defined quiet pause
exit /b %code%
