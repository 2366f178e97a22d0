"""The pictures of README and manual: all there, all made by the script, none shown that it does not make."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

import pytest

from scripts import bench_docs, make_pictures
from tests.support import ROOT

NAMES = {f"{name}.png" for name in (make_pictures.RIBBON, *(picture.name for picture in make_pictures.PICTURES_MADE))}


def test_documents_show_only_pictures_that_the_script_makes() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))]
    shown = {name for text in texts for name in re.findall(r"pictures/([\w-]+\.png)", text)}
    assert shown
    assert shown <= NAMES


def test_committed_pictures_are_those_that_the_script_makes() -> None:
    there = {path.name for path in (ROOT / "docs" / "pictures").iterdir()}
    assert there == NAMES | {bench_docs.CHART.name}, "the chart is the benchmark's"


@pytest.mark.parametrize("card", ["速查卡-乡镇.md", "速查卡-区级.md"])
def test_the_cards_name_buttons_that_the_ribbon_has(card: str) -> None:
    ribbon = (ROOT / "addin" / "vba" / "ribbon.xml").read_text(encoding="utf-8")
    text = (ROOT / "docs" / card).read_text(encoding="utf-8")
    named = re.findall(r"点\*\*([^*]+)\*\*", text)
    assert len(named) >= 5
    assert [name for name in named if f'label="{name}"' not in ribbon] == []
    assert len(text.splitlines()) <= 34, "one page"


@pytest.mark.slow
def test_every_picture_is_made_from_the_current_workbooks(soffice: str, tmp_path: Path) -> None:
    assert soffice
    make_pictures.make(tmp_path, scale=0.01)
    assert {path.name for path in tmp_path.iterdir()} == NAMES
    pixels = [_pixels(path) for path in sorted(tmp_path.iterdir())]
    assert all(len(set(data)) > 10 for data in pixels), "a blank page"
    assert len({hash(data) for data in pixels}) == len(NAMES), "one page shown under two names"


def _pixels(path: Path) -> bytes:
    """The raw bytes of a PNG's image, filters and all."""
    content, at, data = path.read_bytes(), 8, b""
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        if content[at + 4 : at + 8] == b"IDAT":
            data += content[at + 8 : at + 8 + length]
        at += length + 12
    return zlib.decompress(data)
