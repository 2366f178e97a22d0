"""The charts of the circular as PNG pictures.

Pillow draws them with a Chinese font of the machine; where there is none a circular has no pictures, and says so. The
same figures and the same font give the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from functools import cache

from PIL import Image, ImageDraw, ImageFont

WIDTH = 1560
"""Pixels; 10 to a millimetre of the text's width."""
_FONTS = (
    ("simhei.ttf", 0),
    ("msyh.ttc", 0),
    ("Deng.ttf", 0),
    ("simsun.ttc", 0),
    ("NotoSansCJK-Regular.ttc", 2),
    ("PingFang.ttc", 2),
    ("wqy-microhei.ttc", 0),
    ("wqy-zenhei.ttc", 0),
    ("SourceHanSansSC-Regular.otf", 0),
)
"""File names, and which face of a collection is the simplified Chinese one."""
_BLUE, _ORANGE, _GREY, _INK = "#2E75B6", "#C55A11", "#D9D9D9", "#262626"
_ROW, _EDGE, _LABEL, _NUMBER = 46, 40, 330, 170
_NEAR = 0.3
"""The best rate from which the bars are drawn over the whole task."""
_SHARP = 2
"""Lines are drawn so many times larger and then made smaller, for smooth edges."""


@cache
def font(size: int) -> ImageFont.FreeTypeFont | None:
    """A Chinese font of the machine, None where there is none; `size` in pixels."""
    for name, face in _FONTS:
        try:
            return ImageFont.truetype(name, size, index=face)
        except OSError:
            continue
    return None


def can_draw() -> bool:
    """Whether the machine has a Chinese font."""
    return font(30) is not None


def bars(title: str, lines: Sequence[tuple[str, float]]) -> bytes:
    """A horizontal bar for each name and rate, from above in the order given; where near enough, 100 % is a line."""
    text, small = _fonts()
    height = 2 * _EDGE + 60 + _ROW * len(lines)
    picture, draw = _sheet(height)
    draw.text((WIDTH / 2, _EDGE), title, fill=_INK, font=text, anchor="ma")
    room = WIDTH - 2 * _EDGE - _LABEL - _NUMBER
    highest = max((rate for _, rate in lines), default=0.0)
    full = max(1.0, highest) if highest > _NEAR else max(highest, 0.0001)
    left, top = _EDGE + _LABEL, _EDGE + 60
    if highest > _NEAR:
        draw.line((left + room / full, top, left + room / full, top + _ROW * len(lines)), fill=_ORANGE, width=2)
    for n, (name, rate) in enumerate(lines):
        middle = top + _ROW * (n + 0.5)
        end = left + room * rate / full
        draw.text((left - 14, middle), name, fill=_INK, font=small, anchor="rm")
        draw.rectangle((left, middle - 15, end, middle + 15), fill=_BLUE)
        draw.text((end + 12, middle), f"{rate:.2%}", fill=_INK, font=small, anchor="lm")
    draw.line((left, top, left, top + _ROW * len(lines)), fill=_INK, width=2)
    return _png(picture)


def curves(title: str, days: Sequence[date], lines: Sequence[tuple[str, Sequence[int]]]) -> bytes:
    """A curve for each name over the days."""
    text, small = _fonts()
    height, left, right, top = 760, _EDGE + 150, WIDTH - _EDGE - 60, _EDGE + 110
    bottom = height - _EDGE - 70
    picture, draw = _sheet(height)
    draw.text((WIDTH / 2, _EDGE), title, fill=_INK, font=text, anchor="ma")
    step = _step(max([1, *(value for _, values in lines for value in values)]))
    highest = step * -(-max([1, *(value for _, values in lines for value in values)]) // step)
    for value in range(0, highest + 1, step):
        y = bottom - (bottom - top) * value / highest
        draw.line((left, y, right, y), fill=_GREY, width=2)
        draw.text((left - 14, y), f"{value}", fill=_INK, font=small, anchor="rm")
    places = [left + (right - left) * n / max(len(days) - 1, 1) for n in range(len(days))]
    every = -(-len(days) // 9)
    for n, (x, day) in enumerate(zip(places, days, strict=True)):
        if (len(days) - 1 - n) % every == 0:
            draw.text((x, bottom + 14), f"{day.month}月{day.day}日", fill=_INK, font=small, anchor="ma")
    large = picture.resize((WIDTH * _SHARP, height * _SHARP), Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(large)
    for (_, values), color in zip(lines, (_ORANGE, _BLUE), strict=False):
        points = [
            (x * _SHARP, (bottom - (bottom - top) * value / highest) * _SHARP)
            for x, value in zip(places, values, strict=True)
        ]
        pen.line(points, fill=color, width=5 * _SHARP, joint="curve")
        for x, y in points:
            pen.ellipse((x - 8 * _SHARP, y - 8 * _SHARP, x + 8 * _SHARP, y + 8 * _SHARP), fill=color)
    picture = large.resize((WIDTH, height), Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(picture)
    at = left
    for (name, _), color in zip(lines, (_ORANGE, _BLUE), strict=False):
        draw.line((at, _EDGE + 78, at + 60, _EDGE + 78), fill=color, width=6)
        draw.text((at + 72, _EDGE + 78), name, fill=_INK, font=small, anchor="lm")
        at += 120 + int(draw.textlength(name, font=small))
    return _png(picture)


def _fonts() -> tuple[ImageFont.FreeTypeFont, ImageFont.FreeTypeFont]:
    text, small = font(36), font(29)
    assert text is not None and small is not None, "asked only where can_draw()"
    return text, small


def _sheet(height: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("RGB", (WIDTH, height), "white")
    return picture, ImageDraw.Draw(picture)


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.quantize(64, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def _step(highest: int) -> int:
    """A round number of people between two lines of the grid, four to eight of them.

    >>> _step(233000), _step(7), _step(1300)
    (50000, 1, 200)
    """
    step = 1
    while highest > step * 8:
        step = step * 2 if str(step)[0] != "2" else step * 5 // 2
    return step
