"""The bundle's NOTICE: the project's own, with the licence texts of Python and the packages.

In: the interpreter's folder with everything unpacked. Out: one text. That a package is carried which NOTICE does not
name, or one without a licence text, fails the build.
"""

from __future__ import annotations

import re
from importlib.metadata import PathDistribution
from pathlib import Path

from packaging.utils import canonicalize_name

from scripts.bundle.wheels import SITE, BundleError

OWN = "liangxian"
_LICENCE = re.compile(r"(licen[cs]e|copying|notice)", re.IGNORECASE)
_NAMED = re.compile(r"^(\S+) {2,}\S", re.MULTILINE)
_RULE = "=" * 78


def named(notice: str) -> set[str]:
    """The packages in the list of NOTICE.

    >>> sorted(named("Names a list\\n\\nnumpy     BSD-3-Clause\\net-xmlfile  MIT\\n"))
    ['et-xmlfile', 'numpy']
    """
    return set(_NAMED.findall(notice))


def complete(notice: str, python: Path) -> str:
    """NOTICE and the licence texts of everything below `python`. Raises `BundleError`."""
    infos = {canonicalize_name(PathDistribution(info).name): info for info in (python / SITE).glob("*.dist-info")}
    carried: dict[str, Path] = {name: info for name, info in infos.items() if name != OWN}
    listed = named(notice)
    if carried.keys() != listed:
        raise BundleError(f"NOTICE and the bundle differ in: {', '.join(sorted(carried.keys() ^ listed))}")
    texts = [notice.rstrip(), _titled("Python", [python / "LICENSE.txt"])]
    for name, info in sorted(carried.items()):
        files = sorted(path for path in info.rglob("*") if path.is_file() and _is_licence(path.relative_to(info)))
        if not files:
            raise BundleError(f"{info.name} brings no licence text")
        texts.append(_titled(f"{name} {PathDistribution(info).version}", files))
    return "\n\n\n".join(texts) + "\n"


def _is_licence(path: Path) -> bool:
    return path.parts[0].lower() in ("licenses", "licences") or bool(_LICENCE.match(path.name))


def _titled(title: str, files: list[Path]) -> str:
    texts = [path.read_text(encoding="utf-8", errors="replace").strip() for path in files]
    return f"{_RULE}\n{title}\n{_RULE}\n\n" + "\n\n".join(texts)
