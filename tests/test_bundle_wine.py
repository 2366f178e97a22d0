"""The .cmd files of the bundle, executed: installing, updating, being cut off, uninstalling, dropping files.

With a stand-in for python.exe that notes how it was called, so that a file can be cut off at each of its lines; with
the real one they run in test_windows_bundle.py. The stand-in is pip's own launcher for 64-bit Windows, which runs what
its appended line names and hands on words and exit code.
"""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pip._vendor.distlib
import pytest

from addin.excel.drag_and_drop import ICONS
from scripts import build_bundle, xlwings_module
from tests.support.windows import Kit, Machine

pytestmark = [pytest.mark.slow, pytest.mark.windows]

USER = r"C:\用户\张 三(甲)&乙"
LOCAL, ROAMING = USER + r"\AppData\Local", USER + r"\AppData\Roaming"
ROOT = LOCAL + r"\liangxian"
XLSTART = ROAMING + r"\Microsoft\Excel\XLSTART"
PACKAGE = r"C:\收到的 安装包(新)&旧"
VARIABLES = {"LOCALAPPDATA": LOCAL, "APPDATA": ROAMING}
SEND_TO = ("校验花名册", "汇总花名册文件夹", *list(ICONS.values())[2:])
"""What stands under 发送到, in the order of the icons."""
OFFICE = "[HKEY_CURRENT_USER\\Software\\Microsoft\\Office"
UNINSTALL = "[HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall"


LAUNCHER = Path(pip._vendor.distlib.__file__).parent / "t64.exe"


def stand_in(script: str) -> bytes:
    """A Windows program that runs the batch file of this path with its own name and words, and ends as that ends."""
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("__main__.py", "")
    line = f"#!C:\\windows\\system32\\cmd.exe /c {script}\n"
    return LAUNCHER.read_bytes() + line.encode("ascii") + empty.getvalue()


class Pc:
    """A PC with a user of an awkward name, who has started Excel 2016 once, and a package in an awkward folder."""

    def __init__(self, machine: Machine) -> None:
        self.drive, self.cmd, self.unix, self.registry = machine.drive, machine.cmd, machine.unix, machine.registry
        package = self.unix(PACKAGE)
        for name in ("python/Lib/site-packages", "workbooks", "docs"):
            (package / name).mkdir(parents=True)
        (package / "python" / "python.exe").write_bytes(stand_in(r"C:\python.cmd"))
        (package / "python" / "pythonw.exe").write_bytes(b"")
        for name in ("liangxian.xlam", "template_roster.xlsm"):
            shutil.copyfile(build_bundle.ROOT / "workbooks" / name, package / "workbooks" / name)
        (package / "manifest.json").write_text("{}", encoding="utf-8")
        build_bundle.commands(package)
        self.python()
        for path in (LOCAL, ROAMING + r"\Microsoft\Windows\SendTo"):
            self.unix(path).mkdir(parents=True)
        self.cmd(r'reg add "HKCU\Software\Microsoft\Office\16.0\Excel\Options" /v theirs /d theirs /f')
        self.state()  # Wine makes keys of its own the first time

    def python(self, code: int = 0) -> None:
        """What python.exe does: note how it was called, and end with this code."""
        lines = ["@echo off", r">>C:\calls.txt echo %*", f"exit {code}", ""]
        (self.drive / "python.cmd").write_bytes("\r\n".join(lines).encode("gbk"))

    def calls(self) -> list[str]:
        """How python.exe was called since the last time this was asked."""
        notes = self.drive / "calls.txt"
        lines = notes.read_bytes().decode("gbk").splitlines() if notes.exists() else []
        notes.unlink(missing_ok=True)
        return [line.rstrip() for line in lines]

    def run(self, name: str, *words: str, folder: str = PACKAGE) -> tuple[int, str]:
        # without `call`, which reads every % and ^ a second time
        return self.cmd(" ".join([f'"{folder}\\{name}"', *words]), variables=VARIABLES)

    def cut_off(self, name: str, line: int) -> None:
        """Run a file of the package up to before this line, as if the power had gone."""
        lines = (self.unix(PACKAGE) / name).read_bytes().split(b"\r\n")
        part = self.unix(PACKAGE) / "part.cmd"
        part.write_bytes(b"\r\n".join([*lines[:line], b"exit 9", *lines[line:]]))
        try:
            assert self.run("part.cmd", "/quiet")[0] == 9, lines[line].decode("gbk")
        finally:
            part.unlink()

    def state(self) -> list[str]:
        """All of the user's registry, each value with its key, and all of the user's files with what they hold."""
        found, key = [], ""
        for line in self.registry():
            key = line if line.startswith("[") else key
            found.append(line if line == key else f"{key} {line}")
        for path in sorted(self.unix(USER).rglob("*")):
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
            found.append(f"{path.relative_to(self.unix(USER))} {content}")
        return found


@pytest.fixture(scope="module")
def windows(windows_kit: Kit, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pc]:
    """A machine of its own; every test leaves it as it found it, or fails."""
    machine = Machine(windows_kit, tmp_path_factory.mktemp("windows") / "machine")
    try:
        yield Pc(machine)
    finally:
        machine.close()


@pytest.fixture
def pc(windows: Pc) -> Iterator[Pc]:
    before = windows.state()
    windows.calls()
    yield windows
    windows.python()
    if windows.state() != before:
        windows.run("卸载.cmd", "/quiet")
    assert windows.state() == before, "the test left something"


def steps(pc: Pc, name: str, first: str) -> list[int]:
    """The lines after which to cut a file off: those of its main part that change something."""
    lines = (pc.unix(PACKAGE) / name).read_bytes().decode("gbk").split("\r\n")
    start = next(number for number, line in enumerate(lines) if line.startswith(first))
    end = next(number for number, line in enumerate(lines) if line.startswith("exit /b"))
    changing = re.compile(
        r'"%sys%\\xcopy|move |copy |if not exist .* md |for .* call |call |rd /s|"[%!]sys[%!]\\reg.exe" (add|delete)|>"|del '
    )
    numbers = [number for number in range(start, end) if changing.match(re.sub("^if exist [^ ]+ ", "", lines[number]))]
    # of a run of like lines the last will do
    return [n + 1 for n in numbers if not (n + 1 in numbers and lines[n][:20] == lines[n + 1][:20])]


def test_installing_puts_everything_in_place_and_uninstalling_takes_all_of_it_back(pc: Pc) -> None:
    registry = pc.registry()
    code, output = pc.run("安装.cmd", "/quiet")
    assert (code, output.splitlines()[-2]) == (0, "安装完成。请打开 Excel，功能区里会出现“两险征缴”。")

    python = ROOT + r"\app.new\python"
    assert pc.calls() == [
        f'"{python}\\python.exe" -I -m addin.excel.self_check package',
        f'"{python}\\python.exe" -I -m compileall -qq --invalidation-mode unchecked-hash -x "[\\\\/]tests?[\\\\/]" "{python}\\Lib\\site-packages"',
    ]
    app, package = pc.unix(ROOT + r"\app"), pc.unix(PACKAGE)
    assert {p.relative_to(app) for p in app.rglob("*")} == {p.relative_to(package) for p in package.rglob("*")}
    for path in package.rglob("*"):
        assert path.is_dir() or (app / path.relative_to(package)).read_bytes() == path.read_bytes()

    # the file that VBA asks, which is plain ASCII though the user's name is not
    conf = pc.unix(LOCAL + xlwings_module.CONFIG).read_bytes()
    assert conf == b'"INTERPRETER_WIN","%LOCALAPPDATA%\\liangxian\\app\\python\\pythonw.exe"\r\n'
    assert pc.unix(conf.decode().split('"')[3].replace("%LOCALAPPDATA%", LOCAL)).is_file()

    assert pc.unix(XLSTART + r"\liangxian.xlam").read_bytes() == (package / "workbooks/liangxian.xlam").read_bytes()
    mode = pc.unix(XLSTART + r"\liangxian.xlam").stat().st_mode
    assert not mode & 0o222, "of a file that may be written a second Excel would ask each time"
    assert [path.name for path in pc.unix(XLSTART).iterdir()] == ["liangxian.xlam"], "Excel opens all that lies there"
    send_to = pc.unix(ROAMING + r"\Microsoft\Windows\SendTo")
    assert {path.name for path in send_to.iterdir()} == {f"{name}.cmd" for name in SEND_TO}
    made = pc.unix(ROOT + r"\created.txt").read_text(encoding="ascii").splitlines()
    assert made[-2:] == ["FOLDER Excel", "FOLDER XLSTART"]

    added = [line for line in pc.registry() if line not in registry]
    doubled = ROOT.replace("\\", "\\\\")
    place = f"{OFFICE}\\16.0\\Excel\\Security\\Trusted Locations\\Liangxian]"
    assert [line for line in added if line.startswith("[")][:3] == [
        f"{OFFICE}\\16.0\\Excel\\Security]", f"{OFFICE}\\16.0\\Excel\\Security\\Trusted Locations]", place]  # fmt: skip
    assert added[added.index(place) + 1 :][:3] == [
        '"AllowSubfolders"=dword:00000000', '"Description"="两险征缴（liangxian）"', f'"Path"="{doubled}\\\\app\\\\workbooks\\\\"']  # fmt: skip
    assert added[added.index(f"{UNINSTALL}\\liangxian]") + 1 :] == [
        '"DisplayName"="两险征缴（liangxian）"',
        f'"DisplayVersion"="{build_bundle.__version__}"',
        f'"InstallLocation"="{doubled}\\\\app"',
        '"NoModify"=dword:00000001',
        '"NoRepair"=dword:00000001',
        f'"QuietUninstallString"="\\"{doubled}\\\\app\\\\卸载.cmd\\" /quiet"',
        f'"UninstallString"="\\"{doubled}\\\\app\\\\卸载.cmd\\""',
    ]


def test_the_installed_copy_takes_itself_back_too(pc: Pc) -> None:
    """As the Settings do. Wine's cmd keeps a batch file open, which Windows' does not: the file itself stays here."""
    before = pc.state()
    pc.run("安装.cmd", "/quiet")
    code, output = pc.run("卸载.cmd", "/quiet", folder=ROOT + r"\app")
    assert (code, output) == (1, f'还有文件正在使用，没有删净，请重新登录后再运行卸载： "{ROOT}"\n')
    left = [line for line in pc.state() if line not in before]
    assert all(line.startswith("AppData/Local/liangxian") for line in left), "no setting, nothing that Excel opens"
    assert pc.run("卸载.cmd", "/quiet") == (0, "已卸载，没有留下任何文件和设置。您的花名册和汇总表没有动。\n")
    assert pc.run("卸载.cmd", "/quiet") == (0, "本机没有本程序的文件和设置。\n")
    assert pc.state() == before


def test_what_was_there_before_stays_as_it_was(pc: Pc) -> None:
    theirs = pc.unix(XLSTART) / "个人.xlsb"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"theirs")
    key = r"HKCU\Software\Microsoft\Office\16.0\Excel\Security\Trusted Locations\Location9"
    pc.cmd(f'reg add "{key}" /v Path /d "D:\\theirs\\" /f')
    before = pc.state()
    pc.run("安装.cmd", "/quiet")
    assert pc.run("卸载.cmd", "/quiet")[0] == 0
    assert pc.state() == before
    # and what somebody else has put since into what the installing had made
    pc.cmd(r'reg delete "HKCU\Software\Microsoft\Office\16.0\Excel\Security" /f')
    shutil.rmtree(pc.unix(ROAMING + r"\Microsoft\Excel"))
    pc.run("安装.cmd", "/quiet")
    theirs.write_bytes(b"theirs")
    pc.cmd(f'reg add "{key}" /v Path /d "D:\\theirs\\" /f')
    assert pc.run("卸载.cmd", "/quiet")[0] == 0
    assert pc.state() == before
    pc.cmd(r'reg delete "HKCU\Software\Microsoft\Office\16.0\Excel\Security" /f')
    shutil.rmtree(pc.unix(ROAMING + r"\Microsoft\Excel"))


def test_installing_that_was_cut_off_anywhere_is_taken_back_whole(pc: Pc) -> None:
    before = pc.state()
    lines = (pc.unix(PACKAGE) / "安装.cmd").read_bytes().splitlines()
    for line in steps(pc, "安装.cmd", '"%sys%\\xcopy'):
        if lines[line - 1].startswith((b'if exist "%root%', b'if exist "%xlstart%')):
            continue  # concerns an older version, and there is none
        pc.cut_off("安装.cmd", line)
        assert pc.run("卸载.cmd", "/quiet")[0] == 0
        assert pc.state() == before, line


def test_installing_that_was_cut_off_anywhere_is_finished_by_running_it_again(pc: Pc) -> None:
    points = steps(pc, "安装.cmd", '"%sys%\\xcopy')
    for line in points:  # each on top of what the one before has left
        pc.cut_off("安装.cmd", line)
    assert pc.run("安装.cmd", "/quiet")[0] == 0
    whole = pc.state()
    pc.run("卸载.cmd", "/quiet")
    assert pc.run("安装.cmd", "/quiet")[0] == 0
    # the same as in one go; only that something was to be made may have been noted twice
    notes = "AppData/Local/liangxian/created.txt"
    assert [line for line in pc.state() if notes not in line] == [line for line in whole if notes not in line]
    whole = pc.state()
    for line in points[:5]:  # while the newer takes the place of the older
        pc.cut_off("安装.cmd", line)
    assert pc.run("安装.cmd", "/quiet")[0] == 0
    assert pc.state() == whole
    pc.run("卸载.cmd", "/quiet")


def test_uninstalling_that_was_cut_off_anywhere_is_finished_by_running_it_again(pc: Pc) -> None:
    before = pc.state()
    assert pc.run("安装.cmd", "/quiet")[0] == 0
    for line in steps(pc, "卸载.cmd", "if not exist"):
        pc.cut_off("卸载.cmd", line)
    assert pc.run("卸载.cmd", "/quiet")[0] == 0
    assert pc.state() == before


def test_a_package_that_does_not_run_changes_nothing(pc: Pc) -> None:
    before = pc.state()
    pc.python(1)
    code, output = pc.run("安装.cmd", "/quiet")
    assert code == 1
    assert output.endswith(
        "\n没有装好：文件不完整或被改动过（见上面几行），请重新取得安装包，或请信息人员把本程序加入安全软件的信任名单。\n"
    )
    assert pc.state() == before
    pc.python()
    pc.run("安装.cmd", "/quiet")
    whole = pc.state()
    pc.python(-1073741515)  # a DLL is missing
    assert pc.run("安装.cmd", "/quiet")[0] == 1
    assert pc.state() == whole, "the older one goes on working"
    pc.run("卸载.cmd", "/quiet")


def test_a_roster_saved_beside_the_templates_is_not_lost(pc: Pc) -> None:
    pc.run("安装.cmd", "/quiet")
    saved = pc.unix(ROOT + r"\app\workbooks") / "甲 乡(1).xlsm"
    saved.write_bytes(b"a month's work")
    whole = pc.state()
    for name in ("安装.cmd", "卸载.cmd"):
        code, output = pc.run(name, "/quiet")
        assert code == 1
        assert "有您自己保存的文件" in output
        assert f'"{ROOT}\\app\\workbooks"' in output
        assert pc.state() == whole
    saved.unlink()
    (saved.parent / "~$template_roster.xlsm").write_bytes(b"left by a crashed Excel")
    assert pc.run("卸载.cmd", "/quiet")[0] == 0


def test_notices_that_the_user_has_put_in_outlive_update_and_removal(pc: Pc) -> None:
    before = pc.state()
    own = pc.unix(ROOT + r"\notices")
    (own / "qingshi 2023").mkdir(parents=True)
    (own / "qingshi 2023" / "policy.toml").write_bytes(b"id = 1")
    (own / "in_force.txt").write_bytes(b"qingshi 2023")
    with_notices = pc.state()
    for name in ("安装.cmd", "安装.cmd", "卸载.cmd"):  # the second is an update
        code, output = pc.run(name, "/quiet")
        assert code == 0, output
    assert f'您自己放入的通知没有删，留在 "{ROOT}\\notices"' in output
    assert pc.state() == with_notices
    shutil.rmtree(own / "qingshi 2023")
    assert pc.run("卸载.cmd", "/quiet")[0] == 0
    assert pc.state() == before


def test_while_excel_runs_nothing_is_done(pc: Pc) -> None:
    tasklist = pc.unix(r"C:\windows\system32\tasklist.exe")
    wines = tasklist.read_bytes()
    (pc.drive / "tasklist.cmd").write_bytes(
        b"@echo off\r\necho.\r\necho EXCEL.EXE     4711 Console    1    90,000 K\r\n"
    )
    before = pc.state()
    try:
        tasklist.unlink()  # a link: the file itself is every machine's
        tasklist.write_bytes(stand_in(r"C:\tasklist.cmd"))
        for name, words in (("安装.cmd", "重新运行安装"), ("卸载.cmd", "重新运行卸载")):
            code, output = pc.run(name, "/quiet")
            assert code == 1
            assert "请先保存并关闭所有 Excel 窗口" in output
            assert words in output
    finally:
        tasklist.write_bytes(wines)
    assert pc.state() == before


def test_a_package_seen_only_inside_its_zip_says_so(pc: Pc) -> None:
    alone = pc.drive / "temp.zip"
    alone.mkdir()
    shutil.copyfile(pc.unix(PACKAGE) / "安装.cmd", alone / "安装.cmd")
    code, output = pc.run("安装.cmd", "/quiet", folder=r"C:\temp.zip")
    assert (code, output) == (1, "\n没有装好：请先把压缩包全部解压，再在解压出来的文件夹里运行安装。\n")
    shutil.rmtree(alone)


def test_diagnosis_asks_the_installed_interpreter_or_says_what_is_left(pc: Pc) -> None:
    code, said = pc.run("诊断.cmd", "/quiet")
    assert code == 1
    assert f'没有安装，或程序文件被删除：下面的文件夹里没有计算程序。请运行安装包里的安装。\n"{ROOT}\\app"\n' in said
    pc.run("安装.cmd", "/quiet")
    pc.calls()
    assert pc.run("诊断.cmd", "/quiet")[0] == 0
    assert pc.calls() == [f'"{ROOT}\\app\\python\\python.exe" -I -m addin.excel.self_check']
    pc.python(-1073741515)
    code, said = pc.run("诊断.cmd", "/quiet", folder=ROOT + r"\app")
    assert code == 1
    assert "计算程序起不来（代码 -1073741515）" in said
    shutil.rmtree(pc.unix(ROOT + r"\app\python"))
    said = pc.run("诊断.cmd", "/quiet")[1]
    assert f'加载项还在： "{XLSTART}\\liangxian.xlam"' in said
    assert f"    Path    REG_SZ    {ROOT}\\app\\workbooks\\" in said
    pc.run("卸载.cmd", "/quiet")


def test_what_is_dropped_reaches_python_name_for_name(pc: Pc) -> None:
    # the test of addin.excel.drag_and_drop has a name with %: Wine's cmd expands it twice, unlike Windows'
    typed = r'"D:\甲 乡\花名册(一)&二.xlsx" "D:\a!b^c.xlsx" "D:\x;y,z=1.xlsx"'
    pc.python(1)
    for action, icon in ICONS.items():
        name = f"{icon}.cmd"
        # from the package as it was unpacked; the exit code is Python's
        assert pc.run(name, typed)[0] == 1
        call = f'"{PACKAGE}\\python\\python.exe" -I -m addin.excel.drag_and_drop {action} "{PACKAGE}\\{name}" {typed}'
        assert pc.calls() == [call]
    pc.python()
    pc.run("安装.cmd", "/quiet")
    pc.calls()
    send_to = ROAMING + r"\Microsoft\Windows\SendTo"
    for action, icon in zip(ICONS, SEND_TO, strict=True):
        name = f"{icon}.cmd"
        assert pc.run(name, typed, folder=send_to)[0] == 0
        call = f'"{ROOT}\\app\\python\\python.exe" -I -m addin.excel.drag_and_drop {action} "{send_to}\\{name}" {typed}'
        assert pc.calls() == [call]
    pc.run("卸载.cmd", "/quiet")
