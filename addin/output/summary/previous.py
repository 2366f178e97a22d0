"""The summary that is being replaced: the clerks' remarks, and what was counted then.

It is read like any received file: it may have been edited by anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from addin import columns, ids, intake
from addin.columns import Scheme
from addin.district.records import Decision, District
from addin.findings import Refusal, UserError, make_refusal
from addin.output.summary import attachment, files
from addin.output.summary.book import BASIS
from addin.output.summary.page import REMARK

_UNITS = ("单位", "乡镇/街道")
_BESIDE = ("代码", "类别", "险种", "拨付部门")
"""Columns that make a line's key together with its unit."""


NO_SUMMARY = "R303"
"""Code of the refusal that stops a merge: a roster or another table would be replaced by the summary."""
_DAMAGED = ("R109", "R110", "R111", "R119", "R120", "R123")
"""Refusals of what may have been a summary and can't be read again by anybody: it becomes a backup."""
_UNCLEAR = ("R112", "R115", "R121", "R122")
"""Refusals that do not say what it is; all others do."""


class Unreadable(UserError):
    """A summary can't be read: the one being replaced, or the new one when it is verified."""

    def __init__(self, path: Path, refusal: Refusal) -> None:
        super().__init__(f"“{ids.mask_text(path.name)}”读不了：{refusal.reason}")
        self.refusal = refusal


def look_back(path: Path) -> tuple[dict[tuple[str, str], str], dict[tuple[Scheme, str], int], str] | Refusal:
    """Remarks, counted people and the notice's number of the summary being replaced.

    For a child process: a refusal, no exception.
    """
    book = intake.read(path, ())
    if isinstance(book, Refusal):
        return book if book.code in _DAMAGED else no_summary(book)
    if not attachment.among(book.names):
        what = "这是一份花名册" if columns.ROSTER_SHEET in book.names else "这是另一种表格"
        return make_refusal(NO_SUMMARY, {"what": what})
    try:
        number = read_number(path) if files.NAME in book.names else ""
        return read_remarks(path, book.names), read_counts(path, book.names), number
    except Unreadable as error:
        return error.refusal


def no_summary(refusal: Refusal) -> Refusal:
    """Whether a refusal stops the merge: the file can't be read and is no damaged summary."""
    if refusal.code in _UNCLEAR:
        return make_refusal(NO_SUMMARY, problem=f"{refusal.reason}看不出它是不是汇总表。")
    return make_refusal(NO_SUMMARY, {"what": refusal.reason.rstrip("。")})


def fallen(district: District, before: Mapping[tuple[Scheme, str], int]) -> list[Decision]:
    """The units that count fewer people than in the summary being replaced, or none at all, as lines for 总览."""
    policy = district.policy
    lines = []
    for line in district.units:
        scheme, unit, now = line.scheme, line.township, line.counted
        row = policy.schemes[scheme].attachment.by_unit.get(unit)
        then = before.get((scheme, row.printed if row else unit), 0)
        if now < then:
            name = policy.schemes[scheme].name
            words = f"{unit}{name}计入{now}人，原汇总表是{then}人，少了{then - now}人；请核对花名册是否漏报或被误删。"
            lines.append(Decision("计入减少", unit, words))
    return lines


def read_remarks(path: Path, names: tuple[str, ...]) -> dict[tuple[str, str], str]:
    """Everything written under 备注, by sheet and the line's key. Raises `Unreadable`."""
    return remarks_in(_sheets(path, names))


def remarks_in(sheets: Mapping[str, list[list[object]]]) -> dict[tuple[str, str], str]:
    """Everything that stands under 备注, by sheet and the line's key."""
    remarks: dict[tuple[str, str], str] = {}
    for name, row, header, at in _remark_cells(sheets):
        if text := _text(row[at]):
            key = [_text(row[header[word]]) for word in (*_BESIDE, *_UNITS) if word in header]
            if key and key[-1]:
                remarks[name, " ".join(key)] = text
    return remarks


def changed_beside_remarks(sheets: Mapping[str, list[list[object]]], other: Mapping[str, list[list[object]]]) -> bool:
    """Whether two states of a summary differ in more than what stands under 备注."""
    return _without_remarks(sheets) != _without_remarks(other)


def _without_remarks(sheets: Mapping[str, list[list[object]]]) -> dict[str, list[list[object]]]:
    remarks = {(name, id(row), at) for name, row, _, at in _remark_cells(sheets)}
    plain = {
        name: [
            _trimmed("" if (name, id(row), at) in remarks else _comparable(value) for at, value in enumerate(row))
            for row in rows
        ]
        for name, rows in sheets.items()
    }
    return {name: _trimmed(rows) for name, rows in plain.items()}


def _comparable(value: object) -> object:
    """A value as it is in the file and in Excel alike: a recalculated number may differ in its last digits."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(f"{value:.9g}")
    return "" if value is None else value


def _trimmed(values: Iterable[Any]) -> list[Any]:
    """Without the empty ones at the end."""
    trimmed = list(values)
    while trimmed and trimmed[-1] in ("", []):
        trimmed.pop()
    return trimmed


def _remark_cells(
    sheets: Mapping[str, list[list[object]]],
) -> Iterator[tuple[str, list[object], dict[str, int], int]]:
    """The cells under 备注: sheet, row, the header's columns, the column of the remark."""
    for name, rows in sheets.items():
        header: dict[str, int] = {}
        for row in rows:
            words = [value.strip() if isinstance(value, str) else value for value in row]
            if found := _header(words):
                header = found
            elif REMARK in header and header[REMARK] < len(row):
                yield name, row, header, header[REMARK]


def _header(words: list[object]) -> dict[str, int]:
    """The columns of a header's row by their words; empty for any other row."""
    of_attachment = "申报" in words and "计入" in words
    if not (any(word in _UNITS for word in words) or (REMARK in words and ("代码" in words or of_attachment))):
        return {}
    header = {word: n for n, word in enumerate(words) if isinstance(word, str) and word}
    if of_attachment and not any(word in _UNITS for word in words):
        header[_UNITS[0]] = 1  # whatever the notice calls its units, they are printed second
    return header


def read_counts(path: Path, names: Iterable[str] | None = None) -> dict[tuple[Scheme, str], int]:
    """The people counted, by scheme and unit, as a summary has them; `names` are its sheets. Raises `Unreadable`."""
    attachments = attachment.among(sheet_names(path) if names is None else names)
    sheets = _sheets(path, tuple(attachments.values()))
    counts: dict[tuple[Scheme, str], int] = {}
    for scheme, name in attachments.items():
        at: tuple[int, int] | None = None
        for row in sheets.get(name, ()):
            words = [value.strip() if isinstance(value, str) else value for value in row]
            if "计入" in words and (header := _header(words)):
                if at is not None:
                    break  # the second table repeats the figures
                at = next(n for word, n in header.items() if word in _UNITS), header["计入"]
            elif at and isinstance(number := row[at[1]], (int, float)) and (unit := _text(row[at[0]])):
                counts[scheme, unit] = int(number)
    return counts


def sheet_names(path: Path) -> tuple[str, ...]:
    """The names of a workbook's sheets. Raises `Unreadable`."""
    book = intake.read(path, ())
    if isinstance(book, Refusal):
        raise Unreadable(path, book)
    return tuple(book.names)


def read_number(path: Path) -> str:
    """The number of the notice under the titles of a summary; '' where none stands. Raises `Unreadable`."""
    for rows in _sheets(path, (files.NAME,)).values():
        for row in rows[:5]:
            for value in row:
                if isinstance(value, str) and value.startswith(BASIS):
                    return value.removeprefix(BASIS).partition("　")[0]
    return ""


def _sheets(path: Path, names: tuple[str, ...]) -> dict[str, list[list[object]]]:
    book = intake.read(path, names)
    if isinstance(book, Refusal):
        raise Unreadable(path, book)
    return {name: sheet.rows for name, sheet in book.sheets.items()}


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
