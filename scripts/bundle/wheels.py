"""The packages that the program needs on a Windows PC: chosen by their own metadata, pinned by requirements.lock.

In: the lock, pyproject's dependencies, and the Python of the PC (`3.11`). Out: the wheels in a folder, each with its
SHA-256; and their files where the private interpreter looks for them. Nothing is installed by pip on the PC.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

SITE = PurePosixPath("Lib/site-packages")
LEFT_OUT = ("xlwings/pro/", "adodbapi/")
"""Not ours to give away (PolyForm Noncommercial; xlwings does without it, tests/test_bundle.py imports it so), and what
of pywin32 nobody here uses but would have to be handed on under the LGPL."""
_ABOUT_LEFT_OUT = re.compile(r"[^/]+\.dist-info/(?:licenses/)?(LICENSE_PRO\.txt|adodbapi/.*)")


class BundleError(Exception):
    """The bundle can't be built; the text says what is wrong with what was given."""


@dataclass(frozen=True)
class Wheel:
    """A downloaded wheel."""

    name: str
    version: str
    path: Path
    requires: tuple[Requirement, ...]

    @property
    def sha256(self) -> str:
        return sha256(self.path)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def environment(minor: str) -> dict[str, str]:
    """The values of environment markers on a 64-bit Windows with this Python.

    >>> Requirement('pywin32; sys_platform == "win32"').marker.evaluate(environment("3.11"))
    True
    """
    return {
        "extra": "",
        "implementation_name": "cpython",
        "implementation_version": f"{minor}.0",
        "os_name": "nt",
        "platform_machine": "AMD64",
        "platform_python_implementation": "CPython",
        "platform_release": "10",
        "platform_system": "Windows",
        "platform_version": "10.0.19045",
        "python_full_version": f"{minor}.0",
        "python_version": minor,
        "sys_platform": "win32",
    }


def holding(requirements: Iterable[Requirement], minor: str) -> list[Requirement]:
    """Those whose marker holds there."""
    there = environment(minor)
    return [
        requirement for requirement in requirements if requirement.marker is None or requirement.marker.evaluate(there)
    ]


def pins(lock: str, minor: str) -> dict[str, str]:
    """Name and version of every line of the lock that holds there."""
    lines = (line.partition("  # ")[0] for line in lock.splitlines() if line and not line.startswith("#"))
    return {
        canonicalize_name(pin.name): str(next(iter(pin.specifier)).version)
        for pin in holding(map(Requirement, lines), minor)
    }


def collect(dependencies: Iterable[str], lock: str, minor: str, folder: Path) -> list[Wheel]:
    """Download the dependencies, what they require, and so on; by name. Raises `BundleError` for a stale lock."""
    pinned = pins(lock, minor)
    wanted = _names(holding(map(Requirement, dependencies), minor), pinned, "pyproject.toml")
    fetched: dict[str, Wheel] = {}
    while missing := sorted(wanted - fetched.keys()):
        download({name: pinned[name] for name in missing}, minor, folder)
        for path in folder.glob("*.whl"):
            wheel = read(path)
            fetched[wheel.name] = wheel
        for name in missing:
            wanted |= _names(holding(fetched[name].requires, minor), pinned, name)
    return [fetched[name] for name in sorted(wanted)]


def _names(requirements: Iterable[Requirement], pinned: Mapping[str, str], asker: str) -> set[str]:
    names: set[str] = set()
    for requirement in requirements:
        name = canonicalize_name(requirement.name)
        if name not in pinned or not requirement.specifier.contains(pinned[name], prereleases=True):
            raise BundleError(f"requirements.lock has no {requirement} for {asker}: run scripts/lock.py")
        if requirement.extras:
            raise BundleError(f"{asker} asks for {requirement}: extras are not looked into here")
        names.add(name)
    return names


def download(wanted: Mapping[str, str], minor: str, folder: Path) -> None:
    """Wheels for 64-bit Windows from the package index; pip's own settings say which."""
    subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "download", "--quiet", "--no-deps",
         "--only-binary=:all:", "--platform=win_amd64", "--implementation=cp", f"--python-version={minor}",
         f"--dest={folder}", *(f"{name}=={version}" for name, version in wanted.items())],
        check=True,
    )  # fmt: skip


def read(path: Path) -> Wheel:
    """A wheel and what it requires, from its own metadata."""
    name, version, *_ = parse_wheel_filename(path.name)
    with zipfile.ZipFile(path) as archive:
        metadata = HeaderParser().parsestr(archive.read(_info(archive, "METADATA")).decode("utf-8"))
    requires = tuple(Requirement(text) for text in metadata.get_all("Requires-Dist", []))
    return Wheel(canonicalize_name(name), str(version), path, requires)


def unpack(wheel: Path, python: Path) -> None:
    """Put a wheel's files where the interpreter in the folder `python` finds them; every hash of RECORD is compared.

    Scripts and headers stay away: there is no pip and no compiler on the PC, and our .cmd files call modules.
    """
    with zipfile.ZipFile(wheel) as archive:
        record = _info(archive, "RECORD")
        hashes = {row[0]: row[1] for row in csv.reader(io.StringIO(archive.read(record).decode("utf-8"))) if row}
        for entry in archive.infolist():
            place = placed(entry.filename)
            if entry.is_dir() or place is None:
                continue
            content = archive.read(entry)
            if entry.filename != record and hashes.get(entry.filename) != _urlsafe(content):
                raise BundleError(f"{wheel.name}: {entry.filename} is not what RECORD says")
            target = python / place
            if ".." in place.parts or target.exists():
                raise BundleError(f"{wheel.name}: {entry.filename} can't be put to {place}")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


def placed(name: str) -> PurePosixPath | None:
    """The path of a wheel's file below the interpreter's folder; None for files that are left out.

    >>> placed("xlwings-0.37.8.data/data/xlwings64-0.37.8.dll")     # beside the interpreter: Excel loads it from there
    PurePosixPath('xlwings64-0.37.8.dll')
    >>> placed("pywin32-312.data/scripts/pywin32_postinstall.py")
    >>> placed("xlwings/utils.py")
    PurePosixPath('Lib/site-packages/xlwings/utils.py')
    """
    path = PurePosixPath(name)
    if name.startswith(LEFT_OUT) or _ABOUT_LEFT_OUT.fullmatch(name):
        return None
    if not path.parts[0].endswith(".data"):
        return SITE / path
    rest = PurePosixPath(*path.parts[2:])
    return {"purelib": SITE / rest, "platlib": SITE / rest, "data": rest}.get(path.parts[1])


def _info(archive: zipfile.ZipFile, name: str) -> str:
    names = [file for file in archive.namelist() if file.endswith(f".dist-info/{name}") and file.count("/") == 1]
    if len(names) != 1:
        raise BundleError(f"{archive.filename}: {len(names)} files {name}")
    return names[0]


def _urlsafe(content: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode("ascii").rstrip("=")
