"""The summary that is being replaced: the clerks' remarks, and what was counted then.

It is read like any received file: it may have been edited by anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from addin import columns, ids, intake
from addin.columns import Scheme
from addin.district.records import Decision, District
from addin.findings import Refusal, UserError, make_refusal
from addin.output.summary import attachment, files
from addin.output.summary.book import BASIS, Remarks
from addin.output.summary.page import REMARK

T = TypeVar("T")
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


Previous = tuple[Remarks, dict[tuple[Scheme, str], int], str]
"""Remarks, counted people by scheme and unit, and the notice's number."""


def look_back(path: Path) -> Previous | Refusal:
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
    keys = {scheme: attachment.keys_of_units(policy, scheme) for scheme in policy.schemes}
    lines = []
    for line in district.units:
        scheme, unit, now = line.scheme, line.township, line.counted
        then = before.get((scheme, keys[scheme].get(unit, unit)), 0)
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
    return {(name, key): text for name, row, key, at in _remark_cells(sheets) if key and (text := _text(row[at]))}


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


def _trimmed(values: Iterable[T]) -> list[T]:
    """Without the empty ones at the end."""
    trimmed = list(values)
    while trimmed and trimmed[-1] in ("", []):
        trimmed.pop()
    return trimmed


def _remark_cells(
    sheets: Mapping[str, list[list[object]]],
) -> Iterator[tuple[str, list[object], str, int]]:
    """The cells under 备注: sheet, row, the line's key ('' where it has none), the column of the remark."""
    for name, rows in sheets.items():
        header: dict[str, int] = {}
        keys = attachment.LineKeys()
        for row in rows:
            if header_row := _header(row):
                header, keys = header_row, attachment.LineKeys()
            elif REMARK in header:
                key = keys.of(row[: header["申报"]]) if _of_attachment(header) else _key(row, header)
                if header[REMARK] < len(row):
                    yield name, row, key, header[REMARK]


def _key(row: Sequence[object], header: Mapping[str, int]) -> str:
    """The key of a line that ends with its unit."""
    key = [_text(row[header[word]]) for word in (*_BESIDE, *_UNITS) if word in header]
    return " ".join(key) if key and key[-1] else ""


def _header(row: Iterable[object]) -> dict[str, int]:
    """The columns of a header's row by their words, the last where one stands twice; empty for any other row."""
    words = [value.strip() if isinstance(value, str) else value for value in row]
    header = {word: n for n, word in enumerate(words) if isinstance(word, str) and word}
    known = any(word in header for word in _UNITS) or (REMARK in header and "代码" in header) or _of_attachment(header)
    return header if known else {}


def _of_attachment(header: Mapping[str, int]) -> bool:
    """Whether it is an attachment's, whose printed columns stand before 申报 whatever they are called."""
    return "申报" in header and "计入" in header and REMARK in header


def read_counts(path: Path, names: Iterable[str] | None = None) -> dict[tuple[Scheme, str], int]:
    """The people counted in a summary, by scheme and line (see `attachment.LineKeys`); `names` are its sheets.

    Raises `Unreadable`.
    """
    attachments = attachment.among(sheet_names(path) if names is None else names)
    sheets = _sheets(path, tuple(attachments.values()))
    counts: dict[tuple[Scheme, str], int] = {}
    for scheme, name in attachments.items():
        header: dict[str, int] = {}
        keys = attachment.LineKeys()
        for row in sheets.get(name, ()):
            if _of_attachment(header_row := _header(row)):
                header = header_row
            elif header:
                key, number = keys.of(row[: header["申报"]]), row[header["计入"]]
                if key and isinstance(number, (int, float)):
                    counts[scheme, key] = int(number)
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
