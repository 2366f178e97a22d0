"""The bundle with the real interpreter on a real Windows: installed, used by hand and by Excel's way in, removed.

The user has Chinese, blanks, brackets and & in the name. Excel's way in is `vba_host`, which does what the workbooks'
VBA does with xlwings' DLL. What Wine lacks here: %CMDCMDLINE% is empty, so that names with & are dropped in quotes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from addin import functions
from addin.output import template
from scripts import build_bundle, xlwings_module
from tests.support import ROOT
from tests.support.notices import LENGSHUITAN
from tests.support.rosters import COVER, person
from tests.support.windows import Kit, Machine
from tests.support.windows.machine import Ended

pytestmark = [pytest.mark.slow, pytest.mark.windows]

USER = r"C:\用户\张 三(甲)&乙"
LOCAL, ROAMING = rf"{USER}\AppData\Local", rf"{USER}\AppData\Roaming"
APP = rf"{LOCAL}\liangxian\app"
VARIABLES = {"LOCALAPPDATA": LOCAL, "APPDATA": ROAMING, "USERPROFILE": USER}
INBOX = r"C:\收到的 (二)&三"


class Pc:
    """The machine with the package in an awkward folder."""

    def __init__(self, machine: Machine, package: str) -> None:
        self.machine, self.package = machine, package

    def run(self, name: str, *words: str, folder: str = "") -> Ended:
        return self.machine.cmd(" ".join([f'"{folder or self.package}\\{name}"', *words]), variables=VARIABLES)

    def python(self, *words: str, **variables: str) -> Ended:
        """The installed interpreter, as the .cmd files call it."""
        exe = self.machine.unix(rf"{APP}\python\python.exe")
        return self.machine.run(exe, "-I", *words, variables={**VARIABLES, **variables})

    def excel(self, *steps: str, python: str = rf"{APP}\python", library: str = "", bits: int = 64) -> list[str]:
        """What VBA of an Excel of so many bits does, step by step; a line each."""
        (form,) = re.findall(r"XLPyCommand = (.*)", xlwings_module.OWN)
        assert form == 'Chr(34) & Interpreter() & Chr(34) & " -I -B -m addin.server " & asked & OwnClass()'
        assert '"{{4C784C69-616E-4758-8961-0000"' in xlwings_module.OWN.replace("{", "{{"), "as the host has it"
        command = f'"{python}\\pythonw.exe" -I -B -m addin.server $(CLSID) $(OWN)'
        library = library or rf"{python}\xlwings{bits}-{functions.xw.__version__}.dll"
        host = self.machine.kit.programs / ("vba_host.exe" if bits == 64 else "vba_host32.exe")
        return self.machine.run(host, library, command, *steps, encoding="utf-8", variables=VARIABLES).text.splitlines()


@pytest.fixture(scope="module")
def pc(machine: Machine, windows_kit: Kit) -> Iterator[Pc]:
    folder = r"C:\收到的 安装包(新)&旧"
    out = machine.unix(folder)
    out.mkdir()
    build_bundle.build(windows_kit.embed, out)
    for path in (LOCAL, rf"{ROAMING}\Microsoft\Windows\SendTo", INBOX):
        machine.unix(path).mkdir(parents=True)
    yield Pc(machine, rf"{folder}\{build_bundle.NAME}")
    shutil.rmtree(out)


@pytest.fixture(scope="module")
def installed(pc: Pc) -> Pc:
    code, output = pc.run("安装.cmd", "/quiet")
    assert (code, output.splitlines()[-2]) == (0, "安装完成。请打开 Excel，功能区里会出现“两险征缴”。"), output
    return pc


def test_the_self_check_finds_nothing_amiss(installed: Pc) -> None:
    code, output = installed.run("诊断.cmd", "/quiet")
    assert code == 0, output
    assert "没有发现异常。" in output
    assert "Python 3.11.9" in output and "试算：医保低保净额 175.0 元。" in output


def test_add_in_and_templates_can_not_be_written_to(installed: Pc) -> None:
    """Or a second Excel asks each time whether to open it in spite of the first."""
    for folder in (rf"{ROAMING}\Microsoft\Excel\XLSTART", rf"{APP}\workbooks"):
        shown = installed.machine.cmd(rf'attrib "{folder}\*"').text.splitlines()
        assert any("liangxian.xlam" in line for line in shown), shown
        assert all(line.split("C:")[0].split()[-1] == "R" for line in shown), shown


def _call(name: str, *arguments: str) -> list[str]:
    return ["call", name, *arguments, ";"]


def test_worksheet_functions_by_excel_s_own_way(installed: Pc) -> None:
    column = "c:{}:低保|一般居民|特困||认不出"
    value, missing, zero = (f'"{functions.ERROR_MARK}{number}"' for number in (2015, 2042, 2007))
    asked = [
        (("NETDUE", "s:医保", "s:低保"), "175"), (("NETDUE", "s:医保", "s:低保", "e", "s:现收"), "250"),
        (("NETDUE", "s:养老", "s:重残", "n:300"), "200"), (("SUBSIDYSHARE", "s:医保", "s:兜底", "s:财政"), "0.5"),
        (("QUOTARATE", "s:医保", "s:合计", "n:231000"), "0.5"), (("REFUNDDUE", "s:医保", "s:低保"), "75"),
        (("QUOTA", "s:养老", "s:工业园区"), "970"), (("MASKID", "s:990000199001010017"), '"990000********0017"'),
        (("IDCHECK", "s:99000019900101001X"), f'"{functions.IDCHECK("99000019900101001X")}"'),
        (("DUEREASON", "s:养老", "s:重残", "n:300"), f'"{functions.DUEREASON("养老", "重残", 300)}"'),
        (("NETDUE", "s:医保", "s:没有这一类"), value), (("NETDUE", "s:医保", "x:2007"), zero),
        (("QUOTARATE", "s:养老", "s:仁湾镇", "n:1"), missing), (("NETDUE", "s:医保", "e"), '""'),
        (("NETDUE", "s:医保", column.format(1)), "175"),
        (("NETDUE", "s:医保", column.format(5)), f'5x1 175 250 0 "" {value}'),
        (("NETDUE", "s:医保", column.format(50000)), f'50000x1 175 250 0 "" {value} 175'),
    ]  # fmt: skip
    steps = [word for words, _ in asked for word in _call(*words)]
    loaded, started, *answers = installed.excel("activate", *steps)
    assert loaded == "load 0 64 bits, code page 936"
    assert re.fullmatch(r"activate 00000000 [\d.]+ object", started)
    found = [re.fullmatch(r"(\w+) 00000000 [\d.]+ ?(.*)", line) for line in answers]
    assert [line and line[2] for line in found] == [answer for _, answer in asked], answers


def test_a_32_bit_excel_reaches_the_same_python(installed: Pc) -> None:
    """Its DLL and host are 32-bit programs; Python stays the 64-bit one."""
    assert any(installed.machine.kit.libraries32.iterdir()), (
        "no 32-bit part of Wine: Debian's libwine for i386 was not had"
    )
    cells = "c:50000:低保|一般居民"
    loaded, started, *answers = installed.excel(
        "activate", *_call("NETDUE", "s:医保", "s:低保"), *_call("NETDUE", "s:医保", cells), bits=32
    )
    assert loaded == "load 0 32 bits, code page 936"
    assert started.startswith("activate 00000000 ") and started.endswith(" object")
    assert [line.split(" ", 3)[1:4:2] for line in answers] == [
        ["00000000", "175"],
        ["00000000", "50000x1 175 250 175 250 175 250"],
    ]


def test_a_server_that_died_is_started_again(installed: Pc) -> None:
    """By ExitProcess: of a program that is terminated, Wine 8 remembers for ever which class it has served."""
    net = _call("NETDUE", "s:医保", "s:低保")
    _, first, answer, end, refused, again, answer_again = installed.excel(
        "activate", *net, "end", *net, "activate", *net
    )
    assert end == "end 1"
    assert first.startswith("activate 00000000 ") and answer.endswith(" 175")
    assert re.match("NETDUE (?!00000000)", refused), "the call of a dead server fails and does not hang"
    assert again.startswith("activate 00000000 ") and answer_again.endswith(" 175")


def test_python_comes_up_while_a_workbook_opens(installed: Pc) -> None:
    """Nobody waits for it; it is loaded for the first cell; the one of a second workbook finds the first."""
    net = _call("NETDUE", "s:医保", "s:低保")
    _, warm, again, found, started, answer = installed.excel("warm", "warm", "found", "activate", *net)
    print(warm, found, started, answer, sep="; ")
    assert warm.startswith("warm 1 ") and again.startswith("warm 1 ")
    assert found.startswith("found 00000000 ")
    assert started.startswith("activate 00000000 ") and answer.endswith(" 175")
    for _ in range(600):
        if "pythonw.exe" not in installed.machine.cmd("tasklist").text:
            break
        time.sleep(0.1)
    else:
        pytest.fail("Excel has ended, and its Python has not")


def test_a_broken_interpreter_is_noticed_soon(installed: Pc) -> None:
    """By `cmd /K` the DLL waited for 124 s, on Excel's main thread, for an object that was never made.

    Its message distinguishes the two cases without a clock: Python has ended (here after 0.4 s), or the wait was in
    vain.
    """
    broken = r"C:\坏的 python"
    machine = installed.machine
    machine.unix(broken).mkdir()
    for name in ("pythonw.exe", "python311.dll", f"xlwings64-{functions.xw.__version__}.dll"):
        shutil.copyfile(machine.unix(rf"{APP}\python\{name}"), machine.unix(rf"{broken}\{name}"))
    for python in (broken, r"C:\没有"):
        library = rf"{broken}\xlwings64-{functions.xw.__version__}.dll"
        output = installed.excel("activate", python=python, library=library)  # among it Python's own last words
        (failed,) = (line for line in output if line.startswith("activate"))
        print(failed)
        assert re.match("activate (?!00000000)", failed), failed
        assert ("Python process exited" if python == broken else "Could not create Python process") in "\n".join(
            output
        ), output


def test_a_wrong_configuration_is_an_error_at_once(installed: Pc) -> None:
    (loaded,) = installed.excel("activate", library=r"C:\没有\xlwings64.dll")
    assert re.fullmatch(r"load [1-9]\d* 64 bits, code page 936", loaded)


def test_the_registry_s_way_to_excel_is_checked(installed: Pc) -> None:
    """WPS beside Excel, or an Office half removed, leaves wrong entries; then a repair of Office is advised."""
    machine = installed.machine
    office = machine.unix(r"C:\Office16")
    office.mkdir()
    for name in ("EXCEL.EXE", "et.exe"):
        (office / name).write_bytes(b"")
    classes, clsid = r"HKLM\Software\Classes", "{00024500-0000-0000-C000-000000000046}"
    library = rf"{classes}\TypeLib\{{00020813-0000-0000-C000-000000000046}}"

    def check(*lines: str) -> list[str]:
        assert machine.cmd(*(f"{line} >nul" for line in lines)).code == 0
        output = installed.python(
            "-c", "from addin.excel import self_check as s\nfor good, text in s.registered(): print(good, text)"
        )
        return output.text.splitlines()

    def entry(key: str, value: str) -> str:
        return f'reg add "{key}" /ve /d "{value}" /f'

    fine = ["True 系统登记的Excel完好。"]
    try:
        assert check() == fine, "nothing there is nothing amiss"
        assert check(
            entry(rf"{classes}\Excel.Application\CLSID", clsid),
            entry(rf"{classes}\CLSID\{clsid}\LocalServer32", r"C:\Office16\EXCEL.EXE /automation"),
            entry(rf"{library}\1.9\0\win64", r"C:\Office16\EXCEL.EXE"),
            entry(rf"{library}\1.7\0\win32", r"C:\Office14\gone.exe"),
        ) == fine, "an older version's entry does no harm"  # fmt: skip
        (finding,) = check(entry(rf"{library}\1.a\0\win32", r"C:\Program Files\WPS\gone.tlb"))
        assert finding.startswith("False 系统登记的Excel类型库") and "请修复Office" in finding
        (finding,) = check(entry(rf"{classes}\CLSID\{clsid}\LocalServer32", r"\"C:\Office16\et.exe\" -x"))
        assert finding.startswith(r"False 系统登记的Excel指向“C:\Office16\et.exe”") and "请修复Office" in finding
    finally:
        machine.cmd(*(f'reg delete "{classes}\\{name}" /f >nul' for name in ("Excel.Application", "CLSID", "TypeLib")))


def test_rosters_and_a_folder_dropped_on_the_icons(installed: Pc) -> None:
    folder = installed.machine.unix(INBOX)
    template.write_roster(
        folder / "普利桥镇&甲 (1).xlsx", LENGSHUITAN, COVER, [person(), person(name="李四", household="2")]
    )
    code, output = installed.run("校验.cmd", f'"{INBOX}\\普利桥镇&甲 (1).xlsx"', folder=APP)
    assert code in (0, 1), output
    assert "普利桥镇&甲 (1).xlsx" in output
    assert [path.name for path in (folder / "校验结果").iterdir()]
    shutil.rmtree(folder / "校验结果")
    code, output = installed.run("汇总.cmd", f'"{INBOX}"', folder=APP)
    assert code in (0, 1), output
    summary, made = folder / "征缴汇总.xlsx", folder / "汇总结果"
    assert zipfile.is_zipfile(summary), output
    assert zipfile.is_zipfile(made / "缴费台账" / "普利桥镇_缴费台账.xlsx"), output
    assert zipfile.is_zipfile(made / "进度表" / "普利桥镇_半月进度表.xlsx"), output
    code, output = answered(installed, "生成通报.cmd", INBOX, "2019-11")
    assert code == 0, output
    assert zipfile.is_zipfile(made / "征缴工作通报_2019-11.docx"), output


def answered(pc: Pc, name: str, dropped: str, *answers: str) -> Ended:
    """An icon with something dropped on it, which asks; the answers are typed."""
    pc.machine.unix(r"C:\answers.txt").write_bytes("\r\n".join([*answers, ""]).encode("gbk"))
    return pc.machine.cmd(rf'type C:\answers.txt | "{APP}\{name}" "{dropped}"', variables=VARIABLES)


def test_a_township_s_whole_way_by_icons(installed: Pc) -> None:
    """A new roster; last year's people taken over; a clean copy to be sent. For WPS: nothing is typed but answers."""
    place = r"C:\镇里的 文件&1"
    folder = installed.machine.unix(place)
    folder.mkdir()
    code, output = answered(installed, "新建花名册.cmd", place, "普利桥", "50")
    assert code == 0, output
    assert zipfile.is_zipfile(folder / "普利桥镇_花名册.xlsm"), output
    template.write_roster(folder / "旧册 2018.xlsx", LENGSHUITAN, COVER, [person()])
    code, output = answered(installed, "从旧册导入.cmd", rf"{place}\旧册 2018.xlsx", "y", "y")
    assert code == 0, output
    assert zipfile.is_zipfile(folder / "旧册 2018_新花名册.xlsm"), output
    code, output = answered(installed, "生成上报文件.cmd", rf"{place}\旧册 2018.xlsx", "y")
    assert code in (0, 1), output
    assert len(list(folder.glob("*_第*次.xlsx"))) == 1, output
    # nothing typed where a unit is needed: nothing is made
    before = sorted(folder.iterdir())
    code, output = answered(installed, "新建花名册.cmd", place)
    assert (code, sorted(folder.iterdir())) == (2, before), output
    assert "已取消，什么也没有改动。" in output


def _parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name) for name in book.namelist()}


def test_the_samples_are_merged_to_the_same_on_both_systems(installed: Pc, tmp_path: Path) -> None:
    """JSON byte for byte; of each workbook every part."""
    around = dict(os.environ, SOURCE_DATE_EPOCH="1568246400", PYTHONUTF8="1")
    words = ["scripts/make_samples.py", "--scale", "0.004", "--out", str(tmp_path / "samples")]
    subprocess.run([sys.executable, *words], cwd=ROOT, check=True, capture_output=True)
    made = {}
    for system in ("linux", "windows"):
        out = tmp_path / system
        out.mkdir()

        def place(name: str, system: str = system) -> str:
            path = tmp_path / name
            return str(path) if system == "linux" else installed.machine.windows(path)

        merge = [
            "merge", place("samples"), "--out", place(f"{system}/汇总.xlsx"), "--json", place(f"{system}/all.json"),
            "--returns", place(f"{system}/退回"), "--ledger", place(f"{system}/台账"),
        ]  # fmt: skip
        if system == "linux":
            done = subprocess.run([sys.executable, "-m", "addin.cli", *merge], cwd=ROOT, env=around, capture_output=True, text=True, check=False)  # fmt: skip
            made[system] = done.returncode, ""
            assert done.returncode in (0, 1), done.stderr
        else:
            code, output = installed.python("-m", "addin.cli", *merge, SOURCE_DATE_EPOCH="1568246400")
            made[system] = code, ""
            assert code in (0, 1), output
    assert made["linux"] == made["windows"]
    linux, windows = (
        {path.relative_to(tmp_path / system): path for path in (tmp_path / system).rglob("*.*") if path.is_file() and not path.name.startswith(".")}
        for system in ("linux", "windows")
    )  # fmt: skip
    assert linux.keys() == windows.keys()
    assert len(linux) > 20
    assert json.loads((tmp_path / "linux/all.json").read_text(encoding="utf-8"))
    for name, path in linux.items():
        if path.suffix == ".xlsx":
            ours, theirs = _parts(path), _parts(windows[name])
            assert list(ours) == list(theirs), name
            assert [part for part in ours if ours[part] != theirs[part]] == [], name
        else:
            assert path.read_bytes() == windows[name].read_bytes(), name


def test_removed_it_leaves_nothing(installed: Pc) -> None:
    """Last: takes the installation away that the tests above have used."""
    assert installed.run("卸载.cmd", "/quiet") == (0, "已卸载，没有留下任何文件和设置。您的花名册和汇总表没有动。\n")
    assert not installed.machine.unix(rf"{LOCAL}\liangxian").exists()
    assert not installed.machine.unix(rf"{ROAMING}\Microsoft\Excel").exists()
    assert not any("iangxian" in line for line in installed.machine.registry())
