"""Draws the ribbon's tab from its own XML, since only Excel shows it: labels, sizes and groups are the real ones.

In: a customUI part of addin/vba. Out: a PNG marked 示意图; Excel's icons are its own and stand here as plain squares.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from addin.output.circular import pictures

_SPACE = "{http://schemas.microsoft.com/office/2009/07/customui}"
_HEIGHT, _TOP, _ROW, _EDGE = 190, 44, 34, 12
_INK, _GREY, _LINE, _PAPER, _ICON = "#262626", "#605E5C", "#D2D0CE", "#F5F4F2", "#9DC3E6"
_STACKED = 3
"""Small buttons under each other."""


def draw(source: Path, target: Path) -> None:
    """Draw the tab of a ribbon's XML."""
    tab = ET.parse(source).getroot().find(f".//{_SPACE}tab")  # noqa: S314 (our own file)
    assert tab is not None
    text = pictures.font(20)
    small = pictures.font(17)
    assert text is not None, "no Chinese font"
    assert small is not None
    picture = Image.new("RGB", (2400, _HEIGHT), _PAPER)
    pen = ImageDraw.Draw(picture)
    pen.text((_EDGE, 10), tab.attrib["label"], fill="#217346", font=text)
    pen.line((_EDGE, 37, _EDGE + text.getlength(tab.attrib["label"]), 37), fill="#217346", width=3)
    x = float(_EDGE)
    for group in tab.iter(f"{_SPACE}group"):
        x = _group(pen, group, x, text, small)
    pen.text((x - _EDGE, 10), "示意图：图标以Excel为准", fill=_GREY, font=small, anchor="ra")
    picture.crop((0, 0, int(x), _HEIGHT)).save(target, optimize=True)


def _group(
    pen: ImageDraw.ImageDraw, group: ET.Element, x: float, text: ImageFont.FreeTypeFont, small: ImageFont.FreeTypeFont
) -> float:
    """Draw a group; gives where the next begins."""
    start, below, widest = x, 0, 0.0
    for control in group:
        label = control.attrib["label"]
        large = control.attrib.get("size") == "large"
        if below and (large or below == _STACKED):
            x, below, widest = x + widest, 0, 0.0
        if large:
            half = (len(label) + 1) // 2
            lines = [label] if len(label) <= 4 else [label[:half], label[half:]]
            width = max(*map(text.getlength, lines), 44) + 2 * _EDGE
            pen.rounded_rectangle((x + width / 2 - 20, _TOP, x + width / 2 + 20, _TOP + 40), 6, fill=_ICON)
            for n, line in enumerate(lines):
                pen.text((x + width / 2, _TOP + 46 + 24 * n), line, fill=_INK, font=text, anchor="ma")
            x += width
            continue
        top = _TOP + _ROW * below
        box = (x + 6, top + 4, x + 26, top + 24)
        if control.tag.endswith("checkBox"):
            pen.rectangle(box, outline=_GREY, fill="white", width=2)
        else:
            pen.rounded_rectangle(box, 4, fill=_ICON)
        pen.text((x + 34, top + 14), label, fill=_INK, font=text, anchor="lm")
        below, widest = below + 1, max(widest, 34 + text.getlength(label) + _EDGE)
    x += widest + 6
    pen.text(((start + x) / 2, _HEIGHT - 8), group.attrib["label"], fill=_GREY, font=small, anchor="ms")
    pen.line((x, _TOP, x, _HEIGHT - 10), fill=_LINE, width=2)
    return x + 6
