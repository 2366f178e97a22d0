"""Which lines below the header are people, and what the other lines are, specification 5.

In: the cells of the input columns. Out: a mask of the people, and of every kind of other line the rows, for the checks
of the file. Whoever has a name or a document number is a person; a line without either counts for nothing,
whatever else stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from addin.columns import COLUMNS, ENROLLED, INPUTS, RELATIONS
from addin.findings import MOST_PLACES, Finding, make_finding
from addin.intake import Distinct
from addin.policy import FEN, fold
from addin.roster.model import Mask
from addin.roster.sheet_cells import SheetCells

MONEY, FILLED_DOWN, SUM, HEADER, NOTE = "120", "121", "122", "123", "124"
"""The kinds of lines without a person: the code of their check."""

_NOBODY, _PERSON, _BLANK, _SUM_WORD, _HEADER_WORD, _NOTE_WORD = range(6)
"""Kinds of content of 姓名 or 证件号码; a placeholder or a count names nobody."""

_HEADERS = {fold(word) for column in COLUMNS for word in (column.header, *column.aliases)}
_SUMS = re.compile(
    r"\S{0,10}(?:合计|小计|总计|共计|汇总|累计)(?:\(\S{0,6}\))?:?[\d,]*(?:\.\d+)?[人户口元]*"
    r"|(?:以上)?(?:总共|共计?|计):?\d{1,6}[人户口元]\S{0,10}|计"
)
_COUNT = re.compile(r"(?:\d{1,6}[人户口名元])+|\d{1,5}")
_NOTES = re.compile(
    r"(?:制表|填表|审核|复核|校对|经办|单位负责|负责人|主管领导|分管领导|村干部签|签字|签名|\(?盖章|\(?签章|联系人|联系电话|填报人|填报单位|填报日期|填报时间|上报人)"
    r"|(?:注|备注|说明|附注|附|日期|电话|单位)\d?[:.、]|以下(?:空白|无)|(?:此处|以上)空白"
)
_PLACEHOLDER = re.compile(r"[/\\|\-‐-―−_~.。]+|无|空|空白|暂无|没有|n/a|na|null|none")
_SUSPECT = re.compile(
    r"[计汇累制填审复校经负主分村签盖章联报注备说附日电单以此/\\|\-‐-―−_~.。无空暂没Nn姓证身号码人户口名元0-9]"
)
"""One of these stands in every text that names nobody; few names have one."""
_WORDY = re.compile(r"[计汇累总共表审复校经负主分签章联报注备说附日电单空以此]")
"""One of these stands in every sum word and every note's beginning."""
_SHORTEST_NUMBER = 15
"""Characters from which a document number needs no second look."""
_FRONT = ("seq", "village", "group", "household")
"""Columns in which clerks write 合计 or 制表人 under the table."""
_AMOUNTS = tuple(column.key for column in INPUTS if column.money)
_NUMBERS = tuple(column.key for column in INPUTS if column.kind == "number" and column.key != "seq")
_STATUSES = ("medical_status", "pension_status", "tier", "category", "medical_date", "pension_date", "relation")
_MOST_SUMS = 200
"""Lines of numbers of which it is worked out whether they are sums."""
_LISTS = ("relation", "register", *_STATUSES[:2])
"""Columns of lists: who has something from one of them is a person even in a village that is called like a note."""
_COUNTED_BEFORE = ("household", "name", "id_number")
"""A row with something in one of these was a person to the cover of earlier templates."""


@dataclass
class Lines:
    """The lines below the header: who is a person, which others hold something, and of those the kinds by code.

    `left_out` is what the other lines would add to the cover's control totals, by the totals' keys.
    """

    people: Mask
    filled: Mask
    kinds: dict[str, npt.NDArray[np.intp]] = field(default_factory=dict)
    left_out: dict[str, float] = field(default_factory=dict)


def sort_out(cells: Mapping[str, Distinct], strange: Mapping[str, npt.NDArray[np.uint8]]) -> Lines:
    """Tell people from other lines. `strange` marks cells without a readable value; they are filled all the same."""
    filled = np.zeros(len(cells["name"].codes), dtype=bool)
    for column in INPUTS:
        if column.key != "seq":
            filled |= cells[column.key].filled()
            if column.key in strange:
                filled |= strange[column.key] > 0
    names, numbers = _named(cells["name"], 0), _named(cells["id_number"], _SHORTEST_NUMBER)
    numbered, named = numbers == _PERSON, names == _PERSON
    if "name" in strange:
        named |= strange["name"] > 0
    if "id_number" in strange:
        numbered |= strange["id_number"] > 0
    sums, notes = _words_in(cells, _FRONT)
    lists = np.logical_or.reduce([cells[key].filled() for key in _LISTS])
    _, notes_in_lists = _words_in(cells, _LISTS)
    people = filled & (numbered | (named & ~sums & ~(notes & (~lists | notes_in_lists))))
    lines = Lines(people, filled)
    others = np.flatnonzero(filled & ~people)
    if len(others):
        few = {key: column.among(others) for key, column in cells.items()}
        words = np.stack((names[others], numbers[others]))
        lines.kinds = _kinds(cells, few, strange, words, others, people)
        lines.left_out = _left_out(few)
    return lines


def who_is_named(numbers: Sequence[object], names: Sequence[object]) -> tuple[Mask, Mask]:
    """Which lines have a document number, and which a name, of these two columns' cells alone."""

    def named(cells: Sequence[object], sure_from: int) -> Mask:
        column = Distinct(np.arange(len(cells)), list(cells))
        return np.asarray(_named(column, sure_from) == _PERSON)

    return named(numbers, _SHORTEST_NUMBER), named(names, 0)


def named_rows(rows: Sequence[int]) -> str:
    """Rows in words, the first few of many.

    >>> named_rows([5, 9]), named_rows(range(5, 12))
    ('5、9', '5、6、7、8、9等7')
    """
    more = f"等{len(rows)}" if len(rows) > _NAMED_ROWS else ""
    return "、".join(map(str, rows[:_NAMED_ROWS])) + more


def _named(column: Distinct, sure_from: int) -> npt.NDArray[np.uint8]:
    """The kind of each cell in a column of names or numbers; texts of `sure_from` characters or more name somebody."""
    kinds = np.full(len(column.values), _PERSON, dtype=np.uint8)
    for n, value in enumerate(column.values):
        if type(value) is str:
            if (sure_from and len(value) >= sure_from) or (
                value and not _SUSPECT.search(value) and not value.isspace()
            ):
                continue
            kinds[n] = _kind_of(fold(value))
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            kinds[n] = _NOBODY if abs(value) < 10**5 else _PERSON
    return kinds[column.codes]


def _kind_of(text: str) -> int:
    if not text:
        return _BLANK
    if _SUMS.fullmatch(text):
        return _SUM_WORD
    if text in _HEADERS or re.sub(r"\(.*?\)|\*", "", text) in _HEADERS:
        return _HEADER_WORD
    if _NOTES.match(text):
        return _NOTE_WORD
    return _NOBODY if _COUNT.fullmatch(text) or _PLACEHOLDER.fullmatch(text) else _PERSON


def _words_in(cells: Mapping[str, Distinct], keys: tuple[str, ...]) -> tuple[Mask, Mask]:
    """The lines with a sum word, and those with a note's beginning, in one of some columns."""
    sums, notes = (np.zeros(len(cells["name"].codes), dtype=bool) for _ in range(2))
    for key in keys:
        column = cells[key]
        suspects = [
            (n, fold(value)) for n, value in enumerate(column.values) if type(value) is str and _WORDY.search(value)
        ]
        if suspects:
            sums |= np.isin(column.codes, [n for n, text in suspects if _SUMS.fullmatch(text)])
            notes |= np.isin(column.codes, [n for n, text in suspects if _NOTES.match(text)])
    return sums, notes


def _kinds(
    cells: Mapping[str, Distinct],
    few: Mapping[str, Distinct],
    strange: Mapping[str, npt.NDArray[np.uint8]],
    words: npt.NDArray[np.uint8],
    others: npt.NDArray[np.intp],
    people: Mask,
) -> dict[str, npt.NDArray[np.intp]]:
    """The lines of each kind; `few` are the cells of the lines that are no people, `words` what names them."""
    sums, notes = _words_in(few, tuple(column.key for column in INPUTS))
    header = (words == _HEADER_WORD).any(axis=0)
    summed = sums | (words == _SUM_WORD).any(axis=0) | _add_up(cells, few, others, people)
    money = np.zeros(len(others), dtype=bool)
    for key in _AMOUNTS:
        money |= few[key].where(_is_money)
        if key in strange:
            money |= strange[key][others] > 0
    noted = notes | (words == _NOTE_WORD).any(axis=0)
    statuses = np.logical_or.reduce([few[key].filled() for key in _STATUSES])
    kinds = np.select([header, summed, money, noted, statuses], [HEADER, SUM, MONEY, NOTE, FILLED_DOWN], NOTE)
    return {code: others[kinds == code] for code in (MONEY, FILLED_DOWN, SUM, HEADER, NOTE) if (kinds == code).any()}


def _is_money(value: object) -> bool:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value != 0
    return type(value) is str and any(character in "123456789" for character in value)


def _add_up(
    cells: Mapping[str, Distinct], few: Mapping[str, Distinct], others: npt.NDArray[np.intp], people: Mask
) -> Mask:
    """Lines of nothing but numbers whose amounts are the sum of the lines just above, or of the whole column."""
    only_numbers = np.ones(len(others), dtype=bool)
    for column in INPUTS:
        if column.key != "seq":
            no_number = few[column.key].where(lambda value: value != "" and not isinstance(value, (int, float)))
            only_numbers &= ~no_number if column.key in _NUMBERS else ~few[column.key].filled()
    agree, any_amount = only_numbers.copy(), np.zeros(len(others), dtype=bool)
    agree[np.flatnonzero(only_numbers)[_MOST_SUMS:]] = False
    for key in _AMOUNTS if only_numbers.any() else ():
        fen = _fen(cells[key])
        given = few[key].filled()
        any_amount |= given
        running = [np.concatenate(([0], np.cumsum(column))) for column in (np.where(people, fen, 0), fen)]
        for n in np.flatnonzero(agree & given).tolist():
            line = int(others[n])
            amount = int(fen[line])
            agree[n] &= amount == running[0][-1] or any(
                bool((total[line] - amount == total[: max(line - 1, 0)]).any()) for total in running
            )
    return agree & any_amount


def _fen(column: Distinct) -> npt.NDArray[np.int64]:
    """The numbers of a column in whole fen; 0 for what is none."""
    fen: npt.NDArray[np.int64] = np.rint(_yuan(column) * FEN).astype(np.int64)
    return fen


def _yuan(column: Distinct) -> npt.NDArray[np.float64]:
    """The numbers of a column as they stand; 0 for what is none."""
    numbers = [
        value if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e12 else 0
        for value in column.values
    ]
    return np.array(numbers, dtype=float)[column.codes]


def _left_out(few: Mapping[str, Distinct]) -> dict[str, float]:
    """The amounts of some lines in the control totals of older covers, which know people by any of three cells."""
    heads = {RELATIONS[0], "本人"}
    left_out = {
        "households": float(few["relation"].where(lambda value: type(value) is str and fold(value) in heads).sum()),
        "persons": float(np.logical_or.reduce([few[key].filled() for key in _COUNTED_BEFORE]).sum()),
    }
    for scheme in ("medical", "pension"):
        status = few[f"{scheme}_status"]
        left_out[f"{scheme}_enrolled"] = float(
            status.where(lambda value: type(value) is str and fold(value) == ENROLLED).sum()
        )
        left_out[f"{scheme}_cash"] = float(_yuan(few[f"{scheme}_paid"]).sum())
    return left_out


_NAMED_ROWS = 5


def findings(lines: Lines, sheet: SheetCells, file: str, header_row: int) -> list[Finding]:
    """One finding for each kind of line that is no person, with its rows."""
    findings_of_lines = []
    for code, at in lines.kinds.items():
        rows = [int(line) + header_row + 1 for line in at]
        places = tuple(rows[:MOST_PLACES])
        findings_of_lines.append(
            make_finding(
                code, file, sheet.name, {"rows": named_rows(rows)}, row=rows[0], count=len(rows), places=places
            )
        )
    return findings_of_lines
