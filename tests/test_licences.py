"""NOTICE names whose work is handed out, with the texts; the bundle's own has the texts of all that it carries."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts import build_bundle
from scripts.bundle import notice, wheels
from scripts.bundle.wheels import BundleError
from tests.support import ROOT

NOTICE = (ROOT / "NOTICE").read_text(encoding="utf-8")
ONLY_WINDOWS = {"colorama", "pywin32"}
"""Not installed here; the build looks at their wheels."""


def needed_on_windows() -> set[str]:
    """What the bundle carries, by the metadata of the packages that are installed here."""
    wanted = {canonicalize_name(Requirement(text).name) for text in build_bundle.dependencies()}
    seen: set[str] = set()
    while more := wanted - seen:
        for name in more:
            seen.add(name)
            try:
                asked = distribution(name).requires or []
            except PackageNotFoundError:
                assert name in ONLY_WINDOWS
                continue
            wanted |= {canonicalize_name(pin.name) for pin in wheels.holding(map(Requirement, asked), "3.11")}
    return wanted


def test_notice_names_every_package_of_the_bundle_and_no_other() -> None:
    assert notice.named(NOTICE) == needed_on_windows()


@pytest.mark.parametrize("package", ["xlwings", "pyopenvba"])
def test_notice_has_the_text_of_what_is_in_the_workbooks(package: str) -> None:
    (own,) = [path for path in distribution(package).files or () if path.name in ("LICENSE.txt", "LICENSE.md")]
    lines = [line.strip() for line in own.read_text(encoding="utf-8").splitlines()]
    assert "\n".join(lines).strip() in "\n".join(line.strip() for line in NOTICE.splitlines())


def interpreter(folder: Path, **packages: dict[str, str]) -> Path:
    """A folder as the bundle's python/: packages with the files of their .dist-info."""
    folder.mkdir()
    (folder / "LICENSE.txt").write_text("terms of Python", encoding="utf-8")
    for name, files in packages.items():
        info = folder / wheels.SITE / f"{name}-1.0.dist-info"
        for file, text in {"METADATA": f"Name: {name}\nVersion: 1.0\n", **files}.items():
            (info / file).parent.mkdir(parents=True, exist_ok=True)
            (info / file).write_text(text, encoding="utf-8")
    return folder


def test_the_bundles_notice_has_the_texts_that_python_and_the_packages_bring(tmp_path: Path) -> None:
    python = interpreter(
        tmp_path / "python",
        et_xmlfile={"licenses/LICENCE.rst": "terms of et", "RECORD": "no terms"},
        mdurl={"LICENSE": "terms of mdurl"},
        liangxian={"licenses/NOTICE": "terms of our own"},
    )
    text = notice.complete("Ours\n\net-xmlfile  MIT\nmdurl       MIT\n", python)
    assert text.startswith("Ours\n")
    places = [text.index(f"terms of {name}") for name in ("Python", "et", "mdurl")]
    assert places == sorted(places)
    assert "no terms" not in text and "our own" not in text and "\nmdurl 1.0\n" in text


@pytest.mark.parametrize(
    ("listed", "files", "words"),
    [
        ("rich  MIT\n", {}, "rich-1.0.dist-info brings no licence text"),
        ("mdurl  MIT\n", {"LICENSE": "terms"}, "NOTICE and the bundle differ in: mdurl, rich"),
        ("", {"LICENSE": "terms"}, "NOTICE and the bundle differ in: rich"),
    ],
)
def test_no_bundle_without_everybodys_terms(tmp_path: Path, listed: str, files: dict[str, str], words: str) -> None:
    with pytest.raises(BundleError, match=words):
        notice.complete(listed, interpreter(tmp_path / "python", rich=files))


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("adodbapi/adodbapi.py", False),
        ("pywin32-312.dist-info/licenses/adodbapi/license.txt", False),
        ("xlwings/pro/reports.py", False),
        ("xlwings-0.37.8.dist-info/licenses/LICENSE_PRO.txt", False),
        ("xlwings-0.37.8.dist-info/LICENSE_PRO.txt", False),
        ("xlwings-0.37.8.dist-info/licenses/LICENSE.txt", True),
    ],
)
def test_what_is_left_out_is_left_out_with_its_terms(name: str, there: bool) -> None:
    assert (wheels.placed(name) is not None) == there
