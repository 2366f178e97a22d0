"""A department's list that was exported as text (CSV): the cells that a spreadsheet would show, all of them texts.

In: the bytes of a file, in the encodings and with the separators that are met here. Out: its grid, a line a row, as a
spreadsheet numbers them. A number stays as it is written, so a document number keeps its last digits.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from array import array

import numpy as np

from addin.intake.grid import Grid
from addin.intake.package import CHUNK
from addin.intake.reasons import malformed, too_large
from addin.intake.scan import Extent

_SEPARATORS = ",\t;|"
_START = 8192
"""Characters by which the separator is told."""
_GUARDED = re.compile(r"=\"(.*)\"|'(.*)", re.DOTALL)
"""Marks that exports put round a number so that a spreadsheet keeps its digits: ="…" or an apostrophe."""


def grid(content: bytes, extent: Extent) -> Grid:
    """The cells of a text. Raises `RefusedError` where they are too many or can't be read."""
    known: dict[str, int] = {"": 0}
    codes, widths = array("i"), array("i")
    try:
        text = io.TextIOWrapper(io.BytesIO(content), _encoding(content), newline="")
        start = text.read(_START)
        text.seek(0)
        for row in csv.reader(text, delimiter=max(_SEPARATORS, key=start.count)):
            codes.extend([known.setdefault(cell, len(known)) for cell in row])
            widths.append(len(row))
            if len(widths) > extent.last_row:
                raise too_large(f"有{extent.last_row // 10_000}万个以上的行")
            if len(codes) > extent.cells:
                raise too_large(f"有{extent.cells // 10_000}万个以上的单元格")
    except (UnicodeDecodeError, csv.Error) as error:
        raise malformed("文字的编码或引号") from error
    if sum(map(len, known)) > extent.text:
        raise too_large("里面的文字太多")
    lengths, width = np.array(widths, np.int64), max(widths, default=0)
    if len(widths) * width > extent.area or width > extent.last_column:
        raise too_large("有一行的栏太多")
    rows = np.repeat(np.arange(len(widths)), lengths)
    columns = np.arange(len(codes)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return Grid.placed([_bare(text) for text in known], np.array(codes, np.int32), rows, columns)


def _encoding(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(content), CHUNK):
            decoder.decode(content[at : at + CHUNK], at + CHUNK >= len(content))
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def _bare(text: str) -> str:
    match = _GUARDED.fullmatch(text.strip())
    return text.strip() if match is None else match[1] or match[2] or ""
