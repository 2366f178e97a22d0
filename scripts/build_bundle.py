"""Put together what an office PC needs that has neither Python nor a network nor an administrator:

    python scripts/build_bundle.py --python-embed python-3.11.9-embed-amd64.zip --out FOLDER

In: Python's official embeddable zip for 64-bit Windows (its version decides which wheels), requirements.lock,
workbooks/, docs/. Out: FOLDER/liangxian-VERSION-win64/ and the same as a .zip:

- python/       the private interpreter, the pinned wheels and our package in Lib/site-packages, and beside python.exe
                the DLLs that Excel (xlwings) and COM (pywin32) look for there
- workbooks/    the template in its ready-made sizes, the add-in, the empty summary
- docs/         the pages for clerks and for the IT department
- 安装.cmd, 卸载.cmd, 诊断.cmd, and one for each icon that files are dropped on, see scripts/bundle/
- LICENSE.txt, NOTICE.txt       our licence; everybody else's, with their texts
- manifest.json     every file with its SHA-256; the wheels as downloaded and the interpreter's zip with theirs

The wheels come from the package index while this runs; afterwards nothing needs a network. The same input gives the
same files.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path
from urllib.parse import quote, unquote

from markdown_it import MarkdownIt
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]  # run as a script, only its own folder is on the path

import scripts  # noqa: E402, F401 - the package's notice goes before what this PC has
from addin import __version__, policy, run  # noqa: E402
from addin.columns import READY_ROWS  # noqa: E402
from addin.district import SUMMARY  # noqa: E402
from addin.excel.drag_and_drop import ICONS  # noqa: E402
from addin.output import macro_workbook  # noqa: E402
from scripts.bundle import notice, wheels  # noqa: E402
from scripts.bundle.wheels import BundleError, Wheel  # noqa: E402

NAME = f"liangxian-{__version__}-win64"
SCRIPTS = ROOT / "scripts" / "bundle"
_ICON = "拖放"
"""The source of every icon that files are dropped on."""
_AMD64 = 0x8664
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_STYLE = (
    "body{max-width:48em;margin:2em auto;padding:0 1em;font:16px/1.7 'Microsoft YaHei',sans-serif}"
    "table{border-collapse:collapse}td,th{border:1px solid #999;padding:.2em .6em;vertical-align:top}"
    "img{max-width:100%}code,pre{background:#f3f3f3}pre{padding:.6em;overflow:auto}"
)


def build(embed: Path, out: Path) -> Path:
    """The bundle's folder; its zip lies beside it. Raises `BundleError`."""
    folder = out / NAME
    if folder.exists():
        shutil.rmtree(folder)
    python = folder / "python"
    python.mkdir(parents=True)
    minor = interpreter(embed, python)
    with tempfile.TemporaryDirectory() as temporary:
        chosen = wheels.collect(dependencies(), lock(), minor, Path(temporary))
        for path in (*(wheel.path for wheel in chosen), own_wheel(Path(temporary) / "own")):
            wheels.unpack(path, python)
        for library in sorted((python / wheels.SITE / "pywin32_system32").glob("*.dll")):
            shutil.copyfile(library, python / library.name)
        books(folder / "workbooks")
        pages(folder / "docs")
        commands(folder)
        terms(folder, python)
        write_manifest(folder, embed, minor, chosen)
    pack(folder, out / f"{NAME}.zip")
    return folder


def dependencies() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return list(project["dependencies"])


def lock() -> str:
    return (ROOT / "requirements.lock").read_text(encoding="utf-8")


def interpreter(embed: Path, python: Path) -> str:
    """Unpack the embeddable zip, let it find site-packages, and say which Python it is (`3.11`)."""
    try:
        archive = zipfile.ZipFile(embed)
    except (OSError, zipfile.BadZipFile) as error:
        raise BundleError(f"{embed}: {error}") from error
    with archive:
        names = archive.namelist()
        matches = [match for match in map(re.compile(r"python3(\d+)\._pth").fullmatch, names) if match]
        if len(matches) != 1 or not {"python.exe", "pythonw.exe"} <= set(names):
            raise BundleError(f"{embed.name} is no embeddable Python (python-3.X.Y-embed-amd64.zip from python.org)")
        for exe in ("python.exe", "pythonw.exe"):
            if machine(archive.read(exe)) != _AMD64:
                raise BundleError(f"{embed.name}: {exe} is not for 64-bit Windows (amd64)")
        archive.extractall(python)  # zipfile keeps every name below the folder
    minor = f"3.{matches[0][1]}"
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    if f"{minor}.0" not in SpecifierSet(needed):
        raise BundleError(f"{embed.name} is Python {minor}; the project needs {needed}")
    # without `import site` the interpreter sees its own library alone, and no .pth file (pywin32 has one)
    pth = python / matches[0][0]
    text, opened = re.subn(
        r"^#\s*import site[ \t]*$", "import site", pth.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    if not opened and not re.search(r"^import site$", text, re.MULTILINE):
        raise BundleError(f"{embed.name}: {pth.name} has no line “import site”")
    pth.write_text(text, encoding="utf-8", newline="\r\n")
    return minor


def machine(exe: bytes) -> int:
    """The machine a Windows program is for, from its header; 0 for what is no such program."""
    if exe[:2] != b"MZ" or len(exe) < 0x40:
        return 0
    (start,) = struct.unpack_from("<I", exe, 0x3C)
    if exe[start : start + 4] != b"PE\0\0":
        return 0
    (value,) = struct.unpack_from("<H", exe, start + 4)
    return int(value)


def own_wheel(folder: Path) -> Path:
    """Our package as a wheel, built from a copy: a build in the project would include files of an earlier build."""
    source = folder / "source"
    shutil.copytree(ROOT / "addin", source / "addin", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copyfile(ROOT / name, source / name)
    subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet", "--no-index", "--no-deps",
         "--no-build-isolation", f"--wheel-dir={folder}", str(source)],
        check=True,
    )  # fmt: skip
    (built,) = folder.glob("*.whl")
    return built


TEMPLATE = "花名册模板"
_FOR_CLERKS = {"template_roster.xlsm": f"{TEMPLATE}.xlsm", run.FIXED_SUMMARY: SUMMARY}
"""What the bundle calls the workbooks; the add-in is found by its own name."""


def books(folder: Path) -> None:
    """The built workbooks under the clerks' names, and the template in its larger sizes."""
    folder.mkdir()
    for path in sorted((ROOT / "workbooks").glob("*.xl*")):
        shutil.copyfile(path, folder / _FOR_CLERKS.get(path.name, path.name))
    rules = policy.load()
    for rows in READY_ROWS[1:]:
        macro_workbook.write_template(folder / f"{TEMPLATE}_{rows}行.xlsm", rules, rows, {})


def pages(folder: Path) -> None:
    """The Chinese pages of docs/ and the change log as HTML, with their pictures: an office PC opens no .md file."""
    folder.mkdir()
    sources = [ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
    texts = {path: path.read_text(encoding="utf-8") for path in sources}
    chosen = {path: text for path, text in texts.items() if re.match(r"# .*[\u4e00-\u9fff]", text)}
    titles = {path: text.partition("\n")[0].removeprefix("# ") for path, text in chosen.items()}
    names = {path: f"{titles[path] if path.stem.isascii() else path.stem}.html" for path in chosen}
    for path, text in chosen.items():
        body = _with_places(MarkdownIt("commonmark", {"html": False}).enable("table").render(text))
        for other, name in names.items():
            body = body.replace(f'href="{quote(other.name)}', f'href="{quote(name)}')
        for picture in map(unquote, re.findall(r'<img src="([^":]+)"', body)):
            (folder / picture).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path.parent / picture, folder / picture)
        head = f'<!DOCTYPE html><html lang="zh"><meta charset="utf-8"><title>{titles[path]}</title>'
        page = f"{head}<style>{_STYLE}</style>\n{body}"
        (folder / names[path]).write_text(page, encoding="utf-8", newline="\n")


def _with_places(body: str) -> str:
    """Headings get the ids that links to them have on GitHub: the words without punctuation."""
    return re.sub(
        r"<(h[2-4])>(.*?)</h[2-4]>",
        lambda match: f'<{match[1]} id="{place_of(re.sub("<[^>]*>", "", match[2]))}">{match[2]}</{match[1]}>',
        body,
    )


def place_of(heading: str) -> str:
    """The id of a heading.

    >>> place_of("三、区里：一键汇总")
    '三区里一键汇总'
    """
    return re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")


def commands(folder: Path) -> None:
    """The .cmd files as cmd.exe reads them: the page of Chinese Windows (936), CRLF.

    GB2312 is the part of it in which no byte of a Chinese character looks like ASCII: even where the page can't be set,
    only the words suffer and no line is read otherwise.
    """
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(SCRIPTS.glob("*.cmd"))}
    icon = texts.pop(_ICON)
    texts |= {name: icon.replace("@ACTION@", action) for action, name in ICONS.items()}
    for name, text in texts.items():
        lines = text.replace("@VERSION@", __version__).replace("\n", "\r\n")
        (folder / f"{name}.cmd").write_bytes(lines.encode("gb2312"))


def terms(folder: Path, python: Path) -> None:
    """Our licence, and whose work the bundle carries; .txt, so that a PC opens them."""
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("LICENSE", "NOTICE")}
    texts["NOTICE"] = notice.complete(texts["NOTICE"], python)
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8", newline="\r\n")


def write_manifest(folder: Path, embed: Path, minor: str, chosen: list[Wheel]) -> None:
    """Every file with its hash, and where the parts came from."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    manifest = {
        "version": __version__,
        "python": {"version": minor, "file": embed.name, "sha256": wheels.sha256(embed)},
        "wheels": [{"file": wheel.path.name, "sha256": wheel.sha256} for wheel in chosen],
        "files": {path.relative_to(folder).as_posix(): wheels.sha256(path) for path in files},
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8", newline="\n")


def pack(folder: Path, target: Path) -> None:
    """The folder as a zip, the same bytes for the same files."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(folder.parent).as_posix(), _FIXED_TIME)
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, path.read_bytes())


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the offline bundle for Windows.")
    parser.add_argument("--python-embed", type=Path, required=True, metavar="ZIP", help="python-3.X.Y-embed-amd64.zip")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the folder and the zip go")
    given = parser.parse_args()
    try:
        folder = build(given.python_embed, given.out)
    except (BundleError, subprocess.CalledProcessError) as error:
        sys.exit(f"No bundle was built: {error}")
    print(f"{folder}\n{folder}.zip")


if __name__ == "__main__":
    main()
