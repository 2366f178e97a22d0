"""What the Windows tests share, made once out of PyPI and Debian packages and kept outside the project.

In: the pinned wheels (`wheels.txt`, each with its SHA-256), this machine's Python 3.11, Wine and mingw. Out: a folder

    python-3.11.9-embed-amd64.zip   laid out as python.org's, for scripts/build_bundle.py --python-embed
    python/                         the same with every pinned win_amd64 wheel, for the project's own tests
    prefix/, locale/                a Wine prefix of a Chinese Windows 10 (code page 936) with what Wine 8 lacks
    programs/                       compiled here: tests/support/windows/programs/*.c, for 64 and 32 bits
    wine/i386-windows/              32-bit libraries

The wheel panda3d carries python311.dll and the extension modules as python.org built them, for programs frozen with it.
The standard library is this machine's 3.11, compiled. python.exe and pythonw.exe are three lines of C that call
Py_Main; python3.dll (for wheels called abi3) forwards every name to python311.dll.

A 64-bit Wine runs 32-bit programs too when it has the 32-bit libraries of Windows, which Debian's libwine of i386
holds: for the DLL that a 32-bit Excel loads.

Wine 8 lacks two things that wheels need, made here: bcryptprimitives.dll (Rust programs) and the complex functions of
ucrtbase.dll (numpy); every other name of ucrtbase goes on to Wine's own, which lies beside it as ucrtwine.dll.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from scripts.bundle import wheels

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PROGRAMS = HERE / "programs"
PINNED = HERE / "wheels.txt"
VERSION = "3.11.9"
MINOR = "3.11"
LIBWINE32 = "c992aad6a47d81b719514f5d06c5df10267f1e40a6f4f3b4e3f655cbbf308d57"
"""Debian 12's libwine 8.0~repack-4 for i386."""
PANDA = ("panda3d==1.10.16", "37acfb92655c4226879f95c988e2ef1449a53c54486d6c1ebc00e2772429af82")
NO_WHEEL = {"win-unicode-console"}
"""Pinned for Windows but published without a wheel; only pcodedmp asks for it."""
WINE_RUNTIME = Path("/usr/lib/x86_64-linux-gnu/wine/x86_64-windows/ucrtbase.dll")
NEEDED = {
    "wine": "wine", "wineserver": "wine64", "localedef": "locales", "gendef": "mingw-w64-tools",
    "x86_64-w64-mingw32-gcc": "gcc-mingw-w64-x86-64-win32", "i686-w64-mingw32-gcc": "gcc-mingw-w64-i686-win32",
}  # fmt: skip
"""Programs, and Debian's packages that bring them."""
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_WEEK = 7 * 86_400
_NOT_IN_EMBED = ("api-ms-", "tcl", "tk", "_tkinter")
"""Of the wheel's files: the universal runtime is part of Windows, and python.org's zip has no Tk."""
_STDLIB_LEFT_OUT = {"test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "site-packages", "lib-dynload", "__pycache__", "idle_test"}  # fmt: skip


class Unavailable(Exception):
    """This machine can't run Windows programs; the text says what is missing."""


@dataclass(frozen=True)
class Kit:
    """The folder that all Windows tests share; nothing in it is ever changed."""

    folder: Path

    @property
    def embed(self) -> Path:
        return self.folder / f"python-{VERSION}-embed-amd64.zip"

    @property
    def python(self) -> Path:
        return self.folder / "python"

    @property
    def prefix(self) -> Path:
        return self.folder / "prefix"

    @property
    def locale(self) -> Path:
        return self.folder / "locale"

    @property
    def libraries32(self) -> Path:
        return self.folder / "wine" / "i386-windows"

    @property
    def programs(self) -> Path:
        return self.folder / "programs"


def cache_folder() -> Path:
    """Where the kit is kept between runs: outside the project, of this user alone."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "liangxian-windows"


@functools.cache
def kit() -> Kit:
    """The kit, made where there is none of this recipe yet. Raises `Unavailable`."""
    missing = {package for program, package in NEEDED.items() if shutil.which(program) is None}
    if missing or not WINE_RUNTIME.exists():
        raise Unavailable(f"no Windows here: apt-get install {' '.join(sorted(missing or {'wine64'}))}")
    python = _python()
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / "lock"):
        found = Kit(cache / _state(python))
        if not found.folder.exists():
            for old in cache.glob("kit-*"):
                if time.time() - old.stat().st_mtime > _WEEK:  # a younger one may be another checkout's
                    shutil.rmtree(old, ignore_errors=True)
            with tempfile.TemporaryDirectory(dir=cache, prefix="making-") as temporary:
                made = Kit(Path(temporary) / "kit")
                made.folder.mkdir()
                _make(made, python)
                made.folder.rename(found.folder)
        os.utime(found.folder)
    return found


def _python() -> str:
    """A Python 3.11 of this machine, whose standard library is taken. Raises `Unavailable`."""
    if sys.version_info[:2] == (3, 11):
        return sys.executable
    program = shutil.which(f"python{MINOR}")
    if program is None:
        raise Unavailable(f"no Windows here: its standard library comes from a Python {MINOR} of this machine")
    return program


def _state(python: str) -> str:
    """The name of the kit's folder: a hash of everything that decides what is in it."""
    state = hashlib.sha256(_printed(python, "-VV").encode())
    for path in (Path(__file__), PINNED, *sorted(PROGRAMS.iterdir()), WINE_RUNTIME):
        state.update(hashlib.sha256(path.read_bytes()).digest())
    return f"kit-{state.hexdigest()[:16]}"


def _printed(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=True).stdout


def _make(made: Kit, python: str) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        _make_interpreter(made, python, work)
        with zipfile.ZipFile(made.embed) as archive:
            archive.extractall(made.python)
        # without this file PYTHONPATH counts, and the interpreter's own folder is found by its zip all the same
        (made.python / "python311._pth").unlink()
        downloaded = work / "wheels"
        _download(PINNED, downloaded)
        for path in sorted(downloaded.glob("*.whl")):
            wheels.unpack(path, made.python)
        for library in (made.python / wheels.SITE / "pywin32_system32").glob("*.dll"):
            shutil.copyfile(library, made.python / library.name)
        # the machine's interpreter makes the same .pyc; it need not be loaded a second time in every test
        site = str(made.python / wheels.SITE)
        subprocess.run(
            [python, "-m", "compileall", "-qq", "-j2", "--invalidation-mode", "unchecked-hash", "-s", site, site],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        _fetch_libraries32(made.libraries32, work)
        _make_prefix(made, work)
        made.programs.mkdir()
        libraries = ("-municode", "-lole32", "-loleaut32", "-luuid")
        host = PROGRAMS / "vba_host.c"
        _compile(host, made.programs / "vba_host.exe", *libraries)
        _compile(host, made.programs / "vba_host32.exe", *libraries, compiler="i686-w64-mingw32-gcc")


# ---------------------------------------------------------------- the interpreter


def _make_interpreter(made: Kit, python: str, work: Path) -> None:
    embed = work / "embed"
    embed.mkdir()
    name, digest = PANDA
    requirement = work / "panda3d.txt"
    requirement.write_text(f"{name} --hash=sha256:{digest}\n", encoding="ascii")
    _download(requirement, work / "panda3d")
    (wheel,) = (work / "panda3d").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.namelist():
            folder, _, file = entry.partition("/")
            if folder == "deploy_libs" and file.endswith((".dll", ".pyd")) and not file.startswith(_NOT_IN_EMBED):
                (embed / {"VCRUNTIME140.dll": "vcruntime140.dll"}.get(file, file)).write_bytes(archive.read(entry))
    subprocess.run([python, "-c", _PACK_LIBRARY, str(embed / "python311.zip"), *sorted(_STDLIB_LEFT_OUT)], check=True)

    definition = work / "python311.def"
    definition.write_text(_printed("gendef", "-", embed / "python311.dll"), encoding="ascii")
    stub, resource = work / "libpython311.a", work / "python_rc.o"
    subprocess.run(["x86_64-w64-mingw32-dlltool", "-d", definition, "-l", stub], check=True)
    subprocess.run(["x86_64-w64-mingw32-windres", "-I", PROGRAMS, PROGRAMS / "python.rc", resource], check=True)
    stack = "-Wl,--stack,2000000"
    for exe, words in (("python.exe", ["-mconsole"]), ("pythonw.exe", ["-mwindows", "-DWINDOWED"])):
        _compile(PROGRAMS / "python.c", embed / exe, "-municode", stack, *words, resource, stub)
    forwards = ["LIBRARY python3.dll", "EXPORTS"]
    for line in definition.read_text(encoding="ascii").split("EXPORTS", 1)[1].splitlines():
        words = line.split()
        if words and not words[0].startswith(";"):
            forwards.append(f"{words[0]} = python311.{words[0]}{' DATA' if 'DATA' in words[1:] else ''}")
    _make_forwarder(embed / "python3.dll", "", forwards, work, f"-L{work}", "-lpython311")
    pth = "python311.zip\r\n.\r\n\r\n# Uncomment to run site.main() automatically\r\n#import site\r\n"
    (embed / "python311._pth").write_text(pth, encoding="ascii", newline="")
    (embed / "LICENSE.txt").write_text("Python's own licence stands here in python.org's file.\n", encoding="ascii")
    with zipfile.ZipFile(made.embed, "w") as archive:
        for path in sorted(embed.iterdir()):
            _add(archive, path.name, path.read_bytes())


_PACK_LIBRARY = """
import os, py_compile, sys, sysconfig, tempfile, zipfile
from pathlib import Path
target, *left_out = sys.argv[1:]
stdlib = Path(sysconfig.get_paths()["stdlib"])
with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive, tempfile.TemporaryDirectory() as temporary:
    for folder, folders, names in os.walk(stdlib):
        folders[:] = sorted(name for name in folders if name not in left_out and not name.startswith("config-"))
        for name in sorted(names):
            path = Path(folder, name)
            if path.suffix != ".py" or name.startswith("_sysconfigdata"):
                continue
            inside, compiled = path.relative_to(stdlib), Path(temporary, "c")
            py_compile.compile(str(path), str(compiled), dfile=str(inside), doraise=True,
                               invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
            entry = zipfile.ZipInfo(inside.with_suffix(".pyc").as_posix(), (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, compiled.read_bytes())
"""


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _FIXED_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def _compile(source: Path, target: Path, *words: str | Path, compiler: str = "x86_64-w64-mingw32-gcc") -> None:
    subprocess.run([compiler, "-O2", "-s", "-o", target, source, *words], check=True)


def _make_forwarder(target: Path, code: str, definition: Iterable[str], work: Path, *words: str) -> None:
    """A DLL whose names are those of the definition, some of them functions of the code, others forwarded."""
    source, names = work / f"{target.stem}.c", work / f"{target.stem}.def"
    code += "\nint __stdcall DllMain(void *module, unsigned long reason, void *unused) { return 1; }\n"
    source.write_text(code, encoding="ascii")
    names.write_text("\n".join([*definition, ""]), encoding="ascii")
    _compile(source, target, "-shared", "-static-libgcc", names, *words)


def _fetch_libraries32(target: Path, work: Path) -> None:
    """The 32-bit part of Wine out of Debian's package, without installing it or changing what apt knows.

    Where the package can't be had, the folder stays empty: only the test of the 32-bit DLL needs it.
    """
    target.mkdir(parents=True)
    for name in ("lists/partial", "cache/archives/partial"):
        (work / "apt" / name).mkdir(parents=True)
    apt = [
        "apt-get", "-qq", "-o", "APT::Architecture=i386", "-o", "APT::Architectures::=i386", "-o", "APT::Sandbox::User=root",
        "-o", f"Dir::State::lists={work / 'apt' / 'lists'}", "-o", f"Dir::Cache={work / 'apt' / 'cache'}",
    ]  # fmt: skip
    # an index that is just being renewed fails this, and need not be the one that is wanted
    subprocess.run([*apt, "update"], cwd=work, capture_output=True, check=False)
    subprocess.run([*apt, "download", "libwine"], cwd=work, capture_output=True, check=False)
    for package in work.glob("libwine_*_i386.deb"):
        if hashlib.sha256(package.read_bytes()).hexdigest() == LIBWINE32:
            subprocess.run(["dpkg", "-x", package, work / "libwine"], check=True)
            for path in (work / "libwine/usr/lib/i386-linux-gnu/wine/i386-windows").iterdir():
                shutil.copyfile(path, target / path.name)


def _download(pinned: Path, folder: Path) -> None:
    """Wheels for 64-bit Windows; pip compares every SHA-256."""
    subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "download", "-qq", "--no-deps",
         "--only-binary=:all:", "--platform=win_amd64", "--implementation=cp", f"--python-version={MINOR}",
         "--require-hashes", f"--dest={folder}", f"--requirement={pinned}"],
        check=True,
    )  # fmt: skip


# ---------------------------------------------------------------- the prefix


def environment(kit: Kit, prefix: Path) -> dict[str, str]:
    """The surroundings of every Wine program; HOME is a folder of the prefix, where Wine looks for people's folders."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(
            ("LC_", "LANG", "WINE", "XDG_", "PYTHON", "PYTEST", "DISPLAY", "LIANGXIAN", "TMP", "TEMP")
        )
    }
    return kept | {
        "WINEPREFIX": str(prefix),
        "WINEARCH": "win64",
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": "mscoree,mshtml,winemenubuilder.exe=;tasklist.exe=n,b",
        "WINEDLLPATH": str(kit.libraries32.parent),
        "LOCPATH": str(kit.locale),
        "LC_ALL": "zh_CN.UTF-8",
        "HOME": str(prefix / "home"),
    }


def quietly(environment: dict[str, str], *words: str, seconds: float = 300) -> int:
    """Run a Wine program without its output; services that it starts would keep a pipe open."""
    return subprocess.run(
        words, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        timeout=seconds, check=False,
    ).returncode  # fmt: skip


def _make_prefix(made: Kit, work: Path) -> None:
    made.locale.mkdir()
    # warnings about the locale's own text end it with 1
    quietly(dict(os.environ), "localedef", "-i", "zh_CN", "-f", "UTF-8", str(made.locale / "zh_CN.UTF-8"))
    if not (made.locale / "zh_CN.UTF-8").is_dir():
        raise Unavailable("no Windows here: localedef made no Chinese locale")
    (made.prefix / "home").mkdir(parents=True)
    around = environment(made, made.prefix)
    try:
        for patience in (300, 600):
            try:
                quietly(around, "wineserver", "-p")
                quietly(around, "wineboot", "-i", seconds=patience)
                break
            except subprocess.TimeoutExpired:
                quietly(around, "wineserver", "-k")
        system32 = made.prefix / "drive_c" / "windows" / "system32"
        if not system32.is_dir():
            raise Unavailable("no Windows here: wineboot made no prefix")
        _compile(
            PROGRAMS / "bcryptprimitives.c",
            system32 / "bcryptprimitives.dll",
            "-shared",
            "-static-libgcc",
            "-ladvapi32",
        )
        _make_runtime(system32, work)
        # in the registry, for services (RpcSs, which COM needs) do not have our environment
        user = r"HKCU\Software\Wine"
        for key, name, value in (
            (rf"{user}\DllOverrides", "ucrtbase", "native,builtin"),  # the 32-bit one is Wine's own
            (rf"{user}\DllOverrides", "ucrtwine", "native"),
            (rf"{user}\DllOverrides", "bcryptprimitives", "native"),
            (user, "Version", "win10"),
            (rf"{user}\Drivers", "Graphics", "null"),
        ):
            quietly(around, "wine", "reg", "add", key, "/v", name, "/d", value, "/f")
    finally:
        quietly(around, "wineserver", "-k")
        quietly(around, "wineserver", "-w")


_ONE_ARGUMENT = (
    "cacos", "cacosh", "casin", "casinh", "catan", "catanh", "ccos", "ccosh", "cexp", "clog", "conj", "csin", "csinh", "csqrt",
    "ctan", "ctanh", "cproj",
)  # fmt: skip
_REAL_RESULT = ("cabs", "carg", "creal", "cimag")


def _make_runtime(system32: Path, work: Path) -> None:
    """ucrtbase.dll with complex functions (mingw's), every other name forwarded to Wine's own."""
    table = _printed("x86_64-w64-mingw32-objdump", "-p", WINE_RUNTIME).split("[Ordinal/Name Pointer] Table")[1]
    lines = table.split("\n\n")[0].splitlines()
    names = [line.split()[-1] for line in lines if re.match(r"\s*\[ *\d+\]", line)]
    code = ["#include <complex.h>", "typedef struct {float r, i;} F;", "typedef struct {double r, i;} D;"]
    ours = set[str]()
    for suffix, kind, struct in (("", "double", "D"), ("f", "float", "F"), ("l", "double", "D")):
        base = "f" if suffix == "f" else ""

        def number(name: str, kind: str = kind) -> str:
            return f"({kind} complex)({{ {kind} complex _z; __real__ _z = {name}.r; __imag__ _z = {name}.i; _z; }})"

        def result(name: str, call: str, kind: str = kind, struct: str = struct) -> str:
            return (
                f"{struct} {name} {{ {kind} complex w = {call}; {struct} s = {{__real__ w, __imag__ w}}; return s; }}"
            )

        for function in _ONE_ARGUMENT:
            code.append(result(f"own_{function}{suffix}({struct} z)", f"{function}{base}({number('z')})"))
        for function in _REAL_RESULT:
            code.append(f"{kind} own_{function}{suffix}({struct} z) {{ return {function}{base}({number('z')}); }}")
        code.append(result(f"own_cpow{suffix}({struct} z, {struct} y)", f"cpow{base}({number('z')}, {number('y')})"))
        ours |= {f"{function}{suffix}" for function in (*_ONE_ARGUMENT, *_REAL_RESULT, "cpow")}
    definition = ["LIBRARY ucrtbase.dll", "EXPORTS"]
    for name in names:
        quote = "" if re.fullmatch(r"\w+", name) else '"'
        target = f"own_{name}" if name in ours else f"ucrtwine.{name}"
        definition.append(f"  {quote}{name}{quote} = {quote}{target}{quote}")
    # Wine takes a file that bears its mark for its own, whatever it is called: the copy must not bear it
    copy = bytearray(WINE_RUNTIME.read_bytes())
    if copy[0x40:0x50] != b"Wine builtin DLL":
        raise Unavailable(f"no Windows here: {WINE_RUNTIME} is of a Wine that this recipe does not know")
    copy[0x40:0x50] = bytes(16)
    (system32 / "ucrtwine.dll").write_bytes(copy)
    (work / "ucrtwine.dll").write_bytes(copy)
    (system32 / "ucrtbase.dll").unlink()
    _make_forwarder(system32 / "ucrtbase.dll", "\n".join(code), definition, work, f"-L{work}", "-lucrtwine")


# ---------------------------------------------------------------- the pins


def pinned_names() -> dict[str, str]:
    """Name and version of each line of wheels.txt."""
    lines = PINNED.read_text(encoding="ascii").splitlines()
    return dict(line.split(" ")[0].split("==") for line in lines if not line.startswith("#"))


def wanted_names() -> dict[str, str]:
    """Name and version of what requirements.lock pins for Windows and has a wheel."""
    pins = wheels.pins((ROOT / "requirements.lock").read_text(encoding="utf-8"), MINOR)
    return {name: version for name, version in pins.items() if name not in NO_WHEEL}


def pin() -> None:
    """Write wheels.txt anew from requirements.lock: downloads every wheel and notes its hash."""
    lines = ["# Written by python -m tests.support.windows pin: the wheels of requirements.lock for Windows."]
    with tempfile.TemporaryDirectory() as temporary:
        wheels.download(wanted_names(), MINOR, Path(temporary))
        found = sorted(map(wheels.read, Path(temporary).glob("*.whl")), key=lambda wheel: wheel.name)
        lines += [f"{wheel.name}=={wheel.version} --hash=sha256:{wheel.sha256}" for wheel in found]
    PINNED.write_text("\n".join([*lines, ""]), encoding="ascii", newline="\n")
