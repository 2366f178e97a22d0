"""Writes rows of people as text into the template's XML, without a writer that goes from cell to cell.

In: what the template's own writer makes of four model people, in two books of different size. Out: the parts of a book
of any size. From the model rows it learns each column's format by kind of value and each computed column's formula,
from the two books what depends on the number of rows: numbers that differ as that number does. Any other difference is
an error, so that a template of another make is noticed.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from html import escape
from pathlib import Path

from addin import policy
from addin.columns import COLUMNS, FIRST_ROW
from addin.output import template
from addin.output.template.layout import COVER_CELLS, HINT_ROWS, LETTERS, TOTAL_CELLS
from scripts.samples.families import Cell, Unreadable
from scripts.samples.notice import SCHEMES, Notice

COVER, ROSTER, WORKBOOK = "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml", "xl/workbook.xml"
_STRINGS = "xl/sharedStrings.xml"

_MODELS: tuple[Cell, ...] = ("文字", 1, date(2019, 11, 15), None)
"""The value of every column in each model row; the last row has no person."""
_ROW = "\0"
"""Stands for the row's number in what is kept; no XML holds it."""
CALCULATED = {f"{scheme}_{what}" for scheme in SCHEMES for what in ("due", "subsidy", "refund")}
"""The computed columns whose values a book is given; the others are as before the first calculation."""
_EXACT = 10**15
"""A spreadsheet keeps no more digits of a number."""
_NO_DAY = date(1899, 12, 30).toordinal()
_UNREADABLE = {
    Unreadable.ERROR: ' t="e"><f>VLOOKUP(A1,B:C,2,0)</f><v>#N/A</v></c>',
    Unreadable.NEVER_CALCULATED: "><f>VLOOKUP(A1,B:C,2,0)</f></c>",
}


@dataclass(frozen=True, slots=True)
class Sized:
    """A text that depends on a number: between two pieces stands that number and so much more."""

    pieces: tuple[str, ...]
    more: tuple[int, ...]

    def text(self, number: int) -> str:
        """The text for one number."""
        numbers = [*(str(number + more) for more in self.more), ""]
        return "".join(word for pair in zip(self.pieces, numbers, strict=True) for word in pair)


def learn(text: str, number: int, again: str, other: int) -> Sized:
    """How two texts follow from their numbers.

    >>> learn("A4:AI7", 7, "A4:AI9", 9).text(20)
    'A4:AI20'
    """
    pieces, more = [""], []
    for word, counterpart in zip(re.split(r"(\d+)", text), re.split(r"(\d+)", again), strict=True):
        if word == counterpart:
            pieces[-1] += word
        else:
            assert int(counterpart) - int(word) == other - number, (word, counterpart)
            pieces.append("")
            more.append(int(word) - number)
    return Sized(tuple(pieces), tuple(more))


def content(value: Cell) -> str:
    """The end of the tag of a cell with this value, after its format."""
    if isinstance(value, str):
        space = ' xml:space="preserve"' if value != value.strip() else ""
        return f' t="inlineStr"><is><t{space}>{escape(value, quote=False)}</t></is></c>'
    if isinstance(value, date):
        return f"><v>{value.toordinal() - _NO_DAY}</v></c>"
    if isinstance(value, (int, float)):
        return f"><v>{value:.16G}</v></c>"
    return "/>" if value is None else _UNREADABLE[value]


_SHARED = re.compile(r'(<f t="shared" ref="[^"]*" si="(\d+)">[^<]*</f>)')
"""A formula as it stands in the first row, and its number."""
_Column = tuple[str, str, str, str, str]
"""Key; how its cells begin when they hold a text, a number, a day; a computed one's whole cell without a value."""


class Form:
    """The template without people; with `blank` prepared rows in its model it is one of the long books' kind."""

    def __init__(self, notice: Notice, blank: int) -> None:
        rows = len(_MODELS) + blank
        model, longer = _written(notice, blank), _written(notice, blank + 2)
        self._parts = {name: learn(model[name], rows, longer[name], rows + 2) for name in model if name != ROSTER}
        (head, lines, foot), (longer_head, longer_lines, longer_foot) = _cut(model[ROSTER]), _cut(longer[ROSTER])
        self._head = learn(head, rows, longer_head, rows + 2)
        self._foot = learn(foot, rows, longer_foot, rows + 2)
        self._columns = _columns(lines)
        shared = zip(_SHARED.findall(lines[0]), _SHARED.findall(longer_lines[0]), strict=True)
        self._shared = {number: learn(text, rows, longer_text, rows + 2) for (text, number), (longer_text, _) in shared}
        self._ordered: dict[tuple[str, ...], list[_Column]] = {}

    def parts(self, people: int, cover: Mapping[str, Cell], totals: Mapping[str, float]) -> dict[str, bytes]:
        """Every part but the roster, for so many people; on the cover its fields and control totals."""
        texts = {name: part.text(people) for name, part in self._parts.items()}
        for key, value in cover.items():
            old = rf'(<c r="{COVER_CELLS[key].replace("$", "")}"(?: s="\d+")?)(?:/>|.*?</c>)'
            texts[COVER] = _changed(texts[COVER], old, content(value))
        for key, total in totals.items():
            old = f'(<c r="{TOTAL_CELLS[key].replace("$", "")}".*?<v>)[^<]*'
            texts[COVER] = _changed(texts[COVER], old, f"{total:.16G}")
        return {name: text.encode() for name, text in texts.items()}

    def roster(self, people: int, rows: Sequence[str]) -> Iterator[bytes]:
        """The roster's part for so many people, some rows at a time."""
        yield self._head.text(people).encode()
        # a formula stands in the first row, whole and with the rows that share it
        whole = {number: formula.text(people) for number, formula in self._shared.items()}
        for row in rows[:1]:
            yield re.sub(r'<f t="shared" si="(\d+)"/>', lambda match: whole[match[1]], row).encode()
        for start in range(1, len(rows), 1000):
            yield "".join(rows[start : start + 1000]).encode()
        yield self._foot.text(people).encode()

    def row(self, number: int, typed: Mapping[str, Cell], calculated: Mapping[str, int | float]) -> str:
        """A row: what a clerk typed, by column, and what the last calculation gave."""
        keys = tuple(typed)
        columns = self._ordered.get(keys)
        if columns is None:
            # most rows have the same cells as many others: they need not look for theirs in fifty columns
            own = (column for column in self._columns if column[0] in typed or column[-1])
            columns = self._ordered[keys] = _joined(own)
        pieces = [f'<row r="{number}">']
        for key, text, whole, day, uncalculated in columns:
            value = calculated.get(key) if uncalculated else typed[key]
            if value is None or value == "":
                pieces.append(uncalculated)
            elif type(value) is str and value.isalnum():
                pieces.append(f'{text} t="inlineStr"><is><t>{value}</t></is></c>')
            elif type(value) is int and value < _EXACT:
                pieces.append(f"{whole}><v>{value}</v></c>")
            else:
                begin = day if isinstance(value, date) else whole if isinstance(value, (int, float)) else text
                pieces.append(begin + content(value))
        pieces.append("</row>")
        return "".join(pieces).replace(_ROW, str(number))


def form(notice: Notice, people: int) -> Form:
    """The form for so many people: long books have no native hints."""
    return _kind(notice, people > HINT_ROWS)


@cache
def _kind(notice: Notice, long: bool) -> Form:
    return Form(notice, HINT_ROWS if long else 0)


def _written(notice: Notice, blank: int) -> dict[str, str]:
    """The parts of the model, as the template's writer makes them."""
    typed = [
        column.key for column in COLUMNS if column.filled_by == "clerk" and column.scheme in (None, *notice.schemes)
    ]
    models = [dict.fromkeys(typed, value) for value in _MODELS]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.xlsx"
        template.write_roster(path, policy.load(notice.folder), {}, models, blank_rows=blank)
        with zipfile.ZipFile(path) as book:
            parts = {name: book.read(name).decode() for name in book.namelist()}
    take_texts_in(parts)
    # printed down to the last person, who here stands above the blank rows and in a book of samples in the last row
    end = FIRST_ROW + len(_MODELS) - 1
    old = template.print_area(end)
    assert parts[WORKBOOK].count(old + "<") == 1
    parts[WORKBOOK] = parts[WORKBOOK].replace(old + "<", f"{template.print_area(end + blank)}<")
    return parts


def take_texts_in(parts: dict[str, str]) -> None:
    """Each text from the table of shared strings into its cells, where further ones can be written beside it."""
    texts = re.findall("<si>(.*?)</si>", parts.pop(_STRINGS, ""))
    for name, part in parts.items():
        if name.startswith("xl/worksheets/"):
            parts[name] = re.sub(
                r't="s"><v>(\d+)</v>', lambda match: f't="inlineStr"><is>{texts[int(match[1])]}</is>', part
            )
        else:  # what names the table
            parts[name] = re.sub(r'<(?:Relationship|Override) [^>]*sharedStrings\.xml"[^>]*/>', "", part)


def _cut(sheet: str) -> tuple[str, list[str], str]:
    """The XML before the model rows, the model rows, the XML after all rows."""
    begin, end = sheet.index(f'<row r="{FIRST_ROW}"'), sheet.index("</sheetData>")
    lines = re.findall("<row .*?</row>", sheet[begin:end])
    return sheet[:begin], lines[: len(_MODELS)], sheet[end:]


def _columns(lines: Sequence[str]) -> list[_Column]:
    """The model rows' formats of each column that has cells."""
    models = [
        {cell[1]: cell[0] for cell in re.finditer(r'<c r="([A-Z]+)\d+"[^>]*?(?:/>|>.*?</c>)', line)} for line in lines
    ]
    last, columns = FIRST_ROW + len(_MODELS) - 1, []
    keys = {letters: key for key, letters in LETTERS.items()}
    for letters in models[0]:
        text, whole, day, nobody = (model.get(letters, "") for model in models)
        key = keys.get(letters, letters)  # hidden columns of intermediate results have no name
        if nobody:
            cell = learn(day, last - 1, nobody, last)
            assert not any(cell.more), f"the formula of {key} reaches into other rows"
            row_text = _ROW.join(cell.pieces)
            columns.append((key, "", row_text.replace(' t="str"', "", 1).removesuffix("><v></v></c>"), "", row_text))
        elif text:
            columns.append((key, _begin(text), _begin(whole), _begin(day), ""))
    return columns


def _joined(columns: Iterable[_Column]) -> list[_Column]:
    """The columns, neighbours that are never calculated here as one."""
    joined: list[_Column] = []
    for column in columns:
        if column[-1] and column[0] not in CALCULATED:
            before = joined.pop()[-1] if joined and joined[-1][-1] and not joined[-1][0] else ""
            joined.append(("", "", "", "", before + column[-1]))
        else:
            joined.append(column)
    return joined


def _begin(cell: str) -> str:
    """A cell's tag as far as its format."""
    return re.sub(r'^(<c r="[A-Z]+)\d+("(?: s="\d+")?).*', rf"\1{_ROW}\2", cell)


def _changed(text: str, old: str, new: str) -> str:
    """The text with what matches behind the pattern's group written anew."""
    changed, times = re.subn(old, lambda match: match[1] + new, text, count=1)
    assert times == 1, old
    return changed
