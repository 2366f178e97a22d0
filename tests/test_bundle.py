"""The offline bundle as built from an invented interpreter and the real wheels; and what the self check reports of it on a PC."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import struct
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Sequence
from importlib.metadata import Distribution, PathDistribution, packages_distributions
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from addin import cli, columns
from addin.excel import drag_and_drop, self_check
from addin.findings import UserError
from scripts import build_bundle
from scripts.bundle import wheels
from scripts.bundle.wheels import BundleError
from tests.support import ROOT, results
from tests.support.received import received


def program(machine: int = 0x8664) -> bytes:
    """The least that says which machine a Windows program is for."""
    return b"MZ" + bytes(0x3A) + struct.pack("<I", 0x40) + b"PE\0\0" + struct.pack("<H", machine)


def embeddable(path: Path, version: str = "311", machine: int = 0x8664, pth: str = "#import site\r\n") -> Path:
    """An interpreter's zip laid out like python.org's."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("python.exe", "pythonw.exe"):
            archive.writestr(name, program(machine))
        archive.writestr(f"python{version}._pth", f"python{version}.zip\r\n.\r\n\r\n# Uncomment to run site\r\n{pth}")
        for name in (f"python{version}.dll", f"python{version}.zip", "vcruntime140.dll", "LICENSE.txt"):
            archive.writestr(name, name)
    return path


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle's folder, built once: the wheels come from the package index."""
    folder = tmp_path_factory.mktemp("装 机(一)")
    out = subprocess.run(
        [sys.executable, "scripts/build_bundle.py", "--out", folder / "out",
         "--python-embed", embeddable(folder / "python-3.11.9-embed-amd64.zip")],
        cwd=ROOT, capture_output=True, encoding="utf-8", check=True,
    ).stdout  # fmt: skip
    built = folder / "out" / build_bundle.NAME
    assert out.splitlines()[-2:] == [str(built), f"{built}.zip"]
    return built


def site(bundle: Path) -> Path:
    return bundle / "python" / "Lib" / "site-packages"


# ---------------------------------------------------------------- the whole bundle


@pytest.mark.slow
def test_every_package_that_a_package_asks_for_on_windows_is_there_in_a_version_that_fits(bundle: Path) -> None:
    there: dict[str, Distribution] = {
        canonicalize_name(one.name): one for one in map(PathDistribution, site(bundle).glob("*.dist-info"))
    }
    assert {"liangxian", "pywin32", "tzdata", "colorama"} <= there.keys(), "what only Windows needs is there"
    for name, one in there.items():
        for asked in wheels.holding(map(Requirement, one.requires or ()), "3.11"):
            assert canonicalize_name(asked.name) in there, f"{name} asks for {asked}"
            assert asked.specifier.contains(there[canonicalize_name(asked.name)].version), f"{name} asks for {asked}"
    asked_for = {canonicalize_name(Requirement(text).name) for text in build_bundle.dependencies()} | {"liangxian"}
    for one in there.values():
        asked_for |= {
            canonicalize_name(two.name) for two in wheels.holding(map(Requirement, one.requires or ()), "3.11")
        }
    assert there.keys() == asked_for, "nothing is there that nobody asks for: no test tools, no build tools"


@pytest.mark.slow
def test_every_wheel_is_for_this_windows_and_pinned(bundle: Path) -> None:
    listed = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))["wheels"]
    pinned = wheels.pins(build_bundle.lock(), "3.11")
    for wheel in listed:
        name, version, tags = re.fullmatch(r"([^-]+)-([^-]+)-(.+)\.whl", wheel["file"]).groups()  # type: ignore[union-attr]
        assert pinned[canonicalize_name(name)] == version
        assert tags in {"cp311-cp311-win_amd64", "cp311-abi3-win_amd64", "py3-none-any", "py2.py3-none-any"}, wheel
        assert re.fullmatch("[0-9a-f]{64}", wheel["sha256"])
    compiled = [path for path in site(bundle).rglob("*") if path.suffix in (".pyd", ".so")]
    assert compiled
    for path in compiled:
        assert build_bundle.machine(path.read_bytes()) == 0x8664, path.name


@pytest.mark.slow
def test_all_that_the_package_imports_is_in_the_bundle(bundle: Path) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    known = (
        sys.stdlib_module_names | {"addin"} | {Requirement(text).name for group in extras.values() for text in group}
    )
    missing = []
    for path in sorted((site(bundle) / "addin").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                top = name.partition(".")[0]
                if top not in known and not any(site(bundle).glob(f"{top}/__init__.py")) and not any(site(bundle).glob(f"{top}*.pyd")):  # fmt: skip
                    missing.append(f"{path.name}: {name}")
    assert missing == []


@pytest.mark.slow
def test_our_package_and_its_data_are_there_as_in_the_project(bundle: Path) -> None:
    ours = {path.relative_to(ROOT).as_posix() for path in (ROOT / "addin").rglob("*") if path.is_file()}
    ours = {name for name in ours if "__pycache__" not in name}
    there = {
        path.relative_to(site(bundle)).as_posix() for path in (site(bundle) / "addin").rglob("*") if path.is_file()
    }
    assert there == ours
    for name in ours:
        assert (site(bundle) / name).read_bytes() == (ROOT / name).read_bytes(), name


@pytest.mark.slow
def test_dlls_lie_where_excel_and_com_look_for_them(bundle: Path) -> None:
    python = bundle / "python"
    version = wheels.pins(build_bundle.lock(), "3.11")["xlwings"]
    libraries = {path.name for path in python.glob("*.dll")}
    assert libraries == {"python311.dll", "vcruntime140.dll", "pythoncom311.dll", "pywintypes311.dll",
                         f"xlwings32-{version}.dll", f"xlwings64-{version}.dll"}  # fmt: skip
    assert build_bundle.machine((python / f"xlwings64-{version}.dll").read_bytes()) == 0x8664
    assert build_bundle.machine((python / f"xlwings32-{version}.dll").read_bytes()) == 0x14C, "for a 32-bit Excel"


@pytest.mark.slow
def test_the_interpreter_finds_site_packages(bundle: Path) -> None:
    text = (bundle / "python" / "python311._pth").read_bytes()
    assert text == b"python311.zip\r\n.\r\n\r\n# Uncomment to run site\r\nimport site\r\n"
    assert (site(bundle) / "pywin32.pth").exists()


@pytest.mark.slow
def test_only_what_may_be_given_away_of_xlwings_is_there_and_it_does_without_the_rest(bundle: Path) -> None:
    assert (site(bundle) / "xlwings" / "__init__.py").exists()
    assert not (site(bundle) / "xlwings" / "pro").exists()
    # what is pure Python can be imported here too, from the bundle's folder and the standard library alone
    code = (
        f"import sys; sys.path.append({str(site(bundle))!r}); sys.modules.update(numpy=None, pandas=None)\n"
        "import xlwings, typer, rich, openpyxl, xlsxwriter, filelock\n"
        "print(xlwings.__version__, xlwings.__file__, 'xlwings.pro' in sys.modules, sep='\\n')"
    )
    words = [sys.executable, "-I", "-S", "-B", "-c", code]
    done = subprocess.run(words, capture_output=True, encoding="utf-8", check=True)
    pinned = wheels.pins(build_bundle.lock(), "3.11")["xlwings"]
    assert done.stdout.splitlines() == [pinned, str(site(bundle) / "xlwings" / "__init__.py"), "False"]


@pytest.mark.slow
def test_the_templates_are_there_in_every_ready_size_and_nothing_excel_would_mend(bundle: Path) -> None:
    larger = [f"花名册模板_{rows}行.xlsm" for rows in columns.READY_ROWS[1:]]
    assert sorted(path.name for path in (bundle / "workbooks").iterdir()) == sorted(
        ["征缴汇总.xlsx", "liangxian.xlam", "花名册模板.xlsm", *larger]
    )
    for name in larger:
        with zipfile.ZipFile(bundle / "workbooks" / name) as book:
            assert book.read("xl/vbaProject.bin") == (ROOT / "addin" / "vba" / "template.bin").read_bytes()


@pytest.mark.slow
def test_the_manifest_names_every_file_and_the_zip_holds_the_same(bundle: Path) -> None:
    manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    files = {path.relative_to(bundle).as_posix(): path for path in bundle.rglob("*") if path.is_file()}
    assert files.keys() - manifest["files"].keys() == {"manifest.json"}
    assert list(self_check.files(bundle)) == [(True, f"程序文件 {len(files) - 1} 个，逐个核对。")]
    embed = bundle.parent.parent / "python-3.11.9-embed-amd64.zip"
    digest = hashlib.sha256(embed.read_bytes()).hexdigest()
    assert manifest["python"] == {"version": "3.11", "file": embed.name, "sha256": digest}
    with zipfile.ZipFile(f"{bundle}.zip") as archive:
        packed = {entry.filename: entry for entry in archive.infolist()}
        assert packed.keys() == {f"{bundle.name}/{name}" for name in files}
        for name in ("安装.cmd", "manifest.json", "python/python.exe"):
            assert archive.read(f"{bundle.name}/{name}") == files[name].read_bytes()
    # Explorer shows a Chinese name rightly only where the entry says that it is UTF-8
    assert packed[f"{bundle.name}/安装.cmd"].flag_bits & 0x800


@pytest.mark.slow
def test_everybodys_terms_are_there(bundle: Path) -> None:
    text = (bundle / "NOTICE.txt").read_text(encoding="utf-8")
    assert text.startswith((ROOT / "NOTICE").read_text(encoding="utf-8").rstrip())
    for words in ("python-calamine 0", "Scintilla", "OpenBLAS", "pywin32 312", "\nPython\n"):
        assert words in text
    assert "PolyForm" not in text
    assert not list(site(bundle).rglob("LICENSE_PRO*")) and not list(site(bundle).rglob("adodbapi"))
    assert "MIT License" in (bundle / "LICENSE.txt").read_text(encoding="utf-8")


@pytest.mark.slow
def test_no_path_is_too_long_for_a_pc_of_an_ordinary_name(bundle: Path) -> None:
    longest = max(len(path.relative_to(bundle).as_posix()) for path in bundle.rglob("*"))
    assert len(r"C:\Users\twelve-chars\AppData\Local\liangxian\app.new" + "\\") + longest < 260


@pytest.mark.slow
def test_the_clerks_pages_are_there_to_read(bundle: Path) -> None:
    page = (bundle / "docs" / "部署.html").read_text(encoding="utf-8")
    assert page.startswith('<!DOCTYPE html><html lang="zh"><meta charset="utf-8"><title>部署说明')
    assert "<table>" in page
    for path in (bundle / "docs").glob("*.html"):
        for target in re.findall(r'(?:href|src)="([^":#]+)', path.read_text(encoding="utf-8")):
            assert (bundle / "docs" / unquote(target)).exists(), f"{path.name} points to {target}"


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"machine": 0x14C}, "python.exe is not for 64-bit Windows"),
        ({"machine": 0xAA64}, "python.exe is not for 64-bit Windows"),
        ({"version": "38"}, "is Python 3.8; the project needs >=3.11"),
        ({"pth": "no such line\r\n"}, "python311._pth has no line “import site”"),
    ],
)
def test_an_interpreter_that_would_not_do_is_refused(tmp_path: Path, given: dict[str, object], words: str) -> None:
    with pytest.raises(BundleError, match=re.escape(words)):
        build_bundle.interpreter(embeddable(tmp_path / "python.zip", **given), tmp_path / "python")  # type: ignore[arg-type]


def test_what_is_no_interpreter_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"no zip")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("python.exe", program())
    for name in ("a.zip", "b.zip", "none.zip"):
        with pytest.raises(BundleError, match=name):
            build_bundle.interpreter(tmp_path / name, tmp_path / "python")


def test_another_python_gets_its_own_pins() -> None:
    lock = "numpy==2.4.6 ; python_full_version < '3.12'  # a\nnumpy==2.5.5 ; python_full_version >= '3.12'  # a\nx==1 ; sys_platform == 'darwin'  # b\n"
    assert wheels.pins(lock, "3.11") == {"numpy": "2.4.6"}
    assert wheels.pins(lock, "3.13") == {"numpy": "2.5.5"}


@pytest.mark.parametrize(
    ("lock", "words"),
    [("other==1  # x\n", "has no typer>=0.15 for pyproject.toml"), ("typer==0.14  # x\n", "has no typer>=0.15")],
)
def test_a_stale_lock_is_reported_before_anything_is_downloaded(tmp_path: Path, lock: str, words: str) -> None:
    with pytest.raises(BundleError, match=words):
        wheels.collect(["typer>=0.15"], lock, "3.11", tmp_path)


def wheel(path: Path, content: bytes, hashed: bytes, name: str = "one/a.py") -> Path:
    digest = wheels._urlsafe(hashed)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, content)
        archive.writestr("one-1.dist-info/RECORD", f"{name},{digest},1\none-1.dist-info/RECORD,,\n")
    return path


def test_a_wheel_is_unpacked_only_as_its_record_says(tmp_path: Path) -> None:
    wheels.unpack(wheel(tmp_path / "one-1-py3-none-any.whl", b"a", b"a"), tmp_path / "python")
    assert (tmp_path / "python" / "Lib" / "site-packages" / "one" / "a.py").read_bytes() == b"a"
    with pytest.raises(BundleError, match=r"one/a\.py is not what RECORD says"):
        wheels.unpack(wheel(tmp_path / "two-1-py3-none-any.whl", b"a", b"b"), tmp_path / "other")
    with pytest.raises(BundleError, match="can't be put"):
        wheels.unpack(wheel(tmp_path / "three-1-py3-none-any.whl", b"a", b"a", "../../a.py"), tmp_path / "other")
    with pytest.raises(BundleError, match="can't be put"):
        wheels.unpack(tmp_path / "one-1-py3-none-any.whl", tmp_path / "python")


# ---------------------------------------------------------------- the .cmd files as text


def test_a_cmd_file_reads_alike_in_every_code_page_but_for_its_words(tmp_path: Path) -> None:
    build_bundle.commands(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        f"{name}.cmd"
        for name in ("安装", "卸载", "诊断", "校验", "汇总", "新建花名册", "从旧册导入", "生成上报文件", "生成通报")
    }
    for path in tmp_path.iterdir():
        text = path.read_bytes()
        assert text.startswith(b"@echo off\r\n") and text.endswith(b"\r\n")
        assert text.count(b"\n") == text.count(b"\r\n")
        first = next(number for number, line in enumerate(text.splitlines()) if not line.isascii())
        assert text.splitlines().index(b"chcp 936 >nul 2>nul") < first
        assert "@VERSION@" not in text.decode("gbk")
        # the second byte of a character of GB2312 is never one that cmd reads as a sign
        assert all(byte >= 0xA1 for byte in text if byte >= 0x80)


def test_the_cmd_files_start_programs_by_their_full_names_only(tmp_path: Path) -> None:
    build_bundle.commands(tmp_path)
    inside = {"echo", "set", "if", "for", "goto", "call", "exit", "move", "copy", "del", "rd", "md", "dir", "rem", "shift",
              "setlocal", "endlocal", "cd", "pause", "ver", "chcp"}  # fmt: skip
    for path in tmp_path.iterdir():
        for line in path.read_bytes().decode("gbk").splitlines():
            word = re.match(r"\s*(?:@|\(|>+\S+ )?([^\s.]+)", line)
            if word and not word[1].startswith(
                (":", '"%sys%\\', '"!sys!\\', '"%root%\\', '"%app%\\', '"%python%', ")")
            ):
                assert word[1].lower() in inside, f"{path.name}: {line}"


# ---------------------------------------------------------------- 诊断


def small(folder: Path) -> Path:
    """A package of three files with its manifest."""
    for name in ("python/python.exe", "workbooks/liangxian.xlam", "安装.cmd"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    files = {path.relative_to(folder).as_posix(): wheels.sha256(path) for path in folder.rglob("*") if path.is_file()}
    (folder / "manifest.json").write_text(json.dumps({"files": files}), encoding="utf-8")
    return folder


def test_files_missing_changed_and_surplus_are_named(tmp_path: Path) -> None:
    app = small(tmp_path)
    (app / "python" / "__pycache__").mkdir()
    (app / "python" / "__pycache__" / "made-later.pyc").write_bytes(b"")
    assert list(self_check.files(app)) == [(True, "程序文件 3 个，逐个核对。")]
    (app / "python" / "python.exe").unlink()
    (app / "安装.cmd").write_bytes(b"other")
    (app / "workbooks" / "花名册.xlsx").write_bytes(b"")
    assert list(self_check.files(app)) == [
        (False, "程序文件 3 个，逐个核对。"),
        (False, "缺少（多半是安全软件隔离了）：python/python.exe"),
        (False, "被改动：安装.cmd"),
        (False, "多出（不是安装包里的文件，请移走）：workbooks/花名册.xlsx"),
    ]
    (app / "manifest.json").write_text("{", encoding="utf-8")
    assert list(self_check.files(app)) == [(False, "manifest.json 没有或读不了：安装包不完整，请重新取得安装包。")]


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ('"INTERPRETER_WIN","{app}/python/pythonw.exe"\n', True),
        ('"INTERPRETER_WIN","$HERE/python/pythonw.exe"\n', True),
        ('"INTERPRETER_WIN","/elsewhere/pythonw.exe"\n', False),
        ("", False),
        (None, False),
    ],
)
def test_the_setting_must_name_this_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, good: bool
) -> None:
    monkeypatch.setenv("HERE", str(tmp_path))
    conf = tmp_path / "liangxian.conf"
    if text is not None:
        conf.write_text(text.format(app=tmp_path), encoding="ascii")
    ((found, sentence),) = self_check.configured(conf, tmp_path)
    assert found is good
    assert sentence.endswith("。")


def test_the_addin_must_be_the_packages(tmp_path: Path) -> None:
    app = small(tmp_path / "app")
    addin = tmp_path / "XLSTART" / "liangxian.xlam"
    assert [good for good, _ in self_check.loaded(app, addin)] == [False]
    addin.parent.mkdir()
    addin.write_bytes(b"an older one")
    assert [good for good, _ in self_check.loaded(app, addin)] == [False]
    addin.write_bytes((app / "workbooks" / "liangxian.xlam").read_bytes())
    assert [good for good, _ in self_check.loaded(app, addin)] == [True]


def test_a_users_name_that_vba_cannot_write_is_reported() -> None:
    assert [good for good, _ in self_check.reachable(Path("/用户/张 三"))] == [True]
    assert [good for good, _ in self_check.reachable(Path("/用户/\U0002a6a5"))] == [False]


@pytest.mark.slow
def test_the_report_of_a_package_ends_with_its_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = small(tmp_path)
    monkeypatch.setattr(sys, "prefix", str(app / "python"))
    assert self_check.main("package") == 0
    output = capsys.readouterr().out.splitlines()
    assert output[1:] == [
        f"位置：{app}",
        "  正常  程序文件 3 个，逐个核对。",
        "  正常  试算：医保低保净额 175.0 元。",
        "没有发现异常。",
    ]
    monkeypatch.setattr(self_check, "MODULES", ("no_such_package",))
    (app / "安装.cmd").unlink()
    assert self_check.main("package") == 1
    output = capsys.readouterr().out.splitlines()
    assert (
        "  异常  组件 no_such_package 装不进来（ModuleNotFoundError）：文件可能被安全软件隔离，或者系统太旧。" in output
    )
    assert output[-1] == "发现 3 处异常。"


@pytest.mark.slow
def test_every_package_we_depend_on_is_tried() -> None:
    tried = {canonicalize_name(name) for module in self_check.MODULES for name in packages_distributions()[module]}
    assert tried | {"xlwings"} == {canonicalize_name(Requirement(text).name) for text in build_bundle.dependencies()}


# ---------------------------------------------------------------- the icons that files are dropped on

SCRIPT = "C:\\用户\\张 三\\SendTo\\校验花名册.cmd"


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["D:\\甲乡.xlsx"], "D:\\甲乡.xlsx"),
        (["D:\\a b(2).xlsx", "D:\\c&d.xlsx"], '"D:\\a b(2).xlsx" D:\\c&d.xlsx'),
        (["D:\\x&calc,y;z=1^%PATH%!a!.xlsx"], "D:\\x&calc,y;z=1^%PATH%!a!.xlsx"),
        (["D:\\收 到"], '"D:\\收 到"'),
        ([], ""),
    ],
)
def test_names_are_read_as_explorer_hands_them_over(names: list[str], shown: str) -> None:
    line = f'C:\\Windows\\system32\\cmd.exe /c ""{SCRIPT}" {shown}"'
    assert drag_and_drop.dropped(line, SCRIPT) == names
    assert drag_and_drop.dropped(f'C:\\WINDOWS\\System32\\cmd.exe /C ""{SCRIPT.upper()}" {shown} "', SCRIPT) == names


def test_a_line_typed_in_a_window_says_nothing_of_the_names() -> None:
    assert drag_and_drop.dropped('"C:\\Windows\\system32\\cmd.exe" ', SCRIPT) is None
    assert drag_and_drop.dropped("", SCRIPT) is None


def test_results_lie_beside_what_was_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, book, other = tmp_path / "收到", tmp_path / "-甲 乡.xlsx", tmp_path / "乙.xlsx"
    folder.mkdir()
    (tmp_path / "-甲 乡_新花名册.xlsm").touch()
    monkeypatch.setattr(drag_and_drop, "documents", lambda: tmp_path / "文档")
    asked: list[str] = []

    def jobs(action: str, *paths: Path, answers: Sequence[str] = ()) -> Any:
        left = list(answers)
        return drag_and_drop.jobs(action, list(map(str, paths)), lambda question: asked.append(question) or left.pop(0))

    results, summary, made = tmp_path / "校验结果", folder / "征缴汇总.xlsx", folder / "汇总结果"
    assert jobs("check", book) == [(["check", "--annotate", str(results), "--", str(book)], (results,))]
    assert jobs("merge", folder) == [
        (["merge", "--papers", "--out", str(summary), "--", str(folder)], (summary, made)),
    ]
    assert jobs("submit", book, other) == [(["submit", "--", str(path)], (tmp_path,)) for path in (book, other)]
    assert asked == []
    new = tmp_path / "-甲 乡_新花名册(2).xlsm"  # what is there is never written over
    note = tmp_path / "-甲 乡_新花名册(2)_导入说明.xlsx"
    assert jobs("import", book, answers=[""]) == [(["import", "--out", str(new), "--", str(book)], (new, note))]
    assert jobs("import", book, answers=["y"])[0][0][:2] == ["import", "--keep-payments"]
    circular = made / "征缴工作通报_2019-11.docx"
    assert jobs("circular", folder, answers=["2019-11"]) == [
        (["circular", "--month", "2019-11", "--out", str(circular), "--", str(folder)], (circular,))
    ]
    for given, where in (((), tmp_path / "文档"), ((folder,), folder)):
        roster = where / "普利桥镇_花名册.xlsm"
        assert jobs("new", *given, answers=["普利桥", ""]) == [
            (["template", "--rows", "50000", "--township", "普利桥镇", "--out", str(roster)], (roster,))
        ]
    with pytest.raises(drag_and_drop.Stopped):
        jobs("new", answers=[""])
    with pytest.raises(UserError, match="没有“外星镇”这个单位"):
        jobs("new", answers=["外星镇"])
    for action, names in (
        ("check", []), ("check", [folder]), ("merge", []), ("merge", [book]), ("merge", [folder] * 2), ("submit", []),
        ("submit", [folder]), ("import", []), ("import", [book, other]), ("import", [folder]), ("circular", []),
        ("circular", [book]), ("new", [book]),
    ):  # fmt: skip
        assert jobs(action, *names) is None


@pytest.mark.slow
def test_a_folder_dropped_is_merged_and_a_wrong_one_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "收 到&(1)"
    received(folder, "普利桥镇.xlsx", *results.people(1))
    monkeypatch.setattr(sys, "argv", ["dropped"])
    monkeypatch.setenv("LIANGXIAN_DROPPED", f'cmd.exe /c ""{SCRIPT}" "{folder}""')
    assert drag_and_drop.main("merge", SCRIPT, "cut-by-cmd") == cli.CLEAN
    assert (folder / "征缴汇总.xlsx").exists()
    assert sorted(path.name for path in (folder / "汇总结果").iterdir()) == ["缴费台账", "进度表", "退回清单"]
    monkeypatch.delenv("LIANGXIAN_DROPPED")
    assert drag_and_drop.main("merge", SCRIPT) == cli.FAILED
    assert capsys.readouterr().out.splitlines()[-1] == drag_and_drop.USAGE["merge"]
