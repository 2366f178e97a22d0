"""A department's workbook becomes a `ListFile`: its sheets recognised by their headers, its lines reduced.

Runs in a child process: the IDs and names of a list go no further than this module. A line that can't be used is a
finding with its place; a file in which no sheet is a list is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
import pandas as pd

from addin import amounts, ids, intake, roster
from addin.columns import BY_KEY, COLUMNS, letter
from addin.findings import Finding, Refusal, group_if_alike, make_finding, make_refusal
from addin.intake import Sheet
from addin.policy import SCHEMES, Policy, fold
from addin.registers import model, payments
from addin.registers.model import ALWAYS, LISTED, ListFile, Village
from addin.registers.subject import Subject, of_residents, subject_of
from addin.roster.values import INVISIBLE, LOST_FROM, SCIENTIFIC

BENEFITS, EMPLOYEES, VILLAGES = "困难人员名单", "职工参保名单", "村（社区）名单"
PAYMENTS = payments.NAMES

HEADERS: dict[str, tuple[str, ...]] = {
    "order": ("序号", "编号"),
    "name": (BY_KEY["name"].header, *BY_KEY["name"].aliases, "对象姓名", "人员姓名"),
    "id_number": (BY_KEY["id_number"].header, *BY_KEY["id_number"].aliases),
    "category": (BY_KEY["category"].header, *BY_KEY["category"].aliases, "类别", "人员类型", "救助类别", "保障类别"),
    "township": ("乡镇", "乡镇/街道", "乡镇街道", "乡镇(街道)", "街道", "所属乡镇", "单位"),
    "village": (BY_KEY["village"].header, *BY_KEY["village"].aliases, "行政村", "所属村", "村（社区）"),
    "since": ("认定日期", "认定时间", "起始日期", "纳入日期", "参保日期"),
    "until": ("终止日期", "终止时间", "退出日期", "停保日期"),
    "scheme": ("险种", "参保险种"),
    "amount": ("金额", "缴费金额", "实缴金额", "缴款金额", "入库金额", "实收金额", "交易金额", "缴费额", "实缴额"),
    "paid_on": ("日期", "缴费日期", "缴费时间", "缴款日期", "缴款时间", "交易日期", "交易时间", "支付日期", "支付时间"),
    "stored_on": ("入库日期", "入库时间", "到账日期", "到账时间"),
    "serial": ("流水号", "交易流水号", "缴费流水号", "税票号码", "电子税票号码", "凭证号", "缴费凭证号", "订单号"),
    "current": ("现村名", "现村(社区)名", "现名"),
    "former": ("原村名", "原村(社区)名", "原名", "曾用名"),
    "changed": ("变更日期", "变更时间", "更名日期"),
    "remark": ("备注", "说明", "参保单位", "工作单位", "性别"),
}
_KNOWN = {fold(word): key for key, words in HEADERS.items() for word in words}
_LOOSE = {roster.header.loose(word): key for key, words in HEADERS.items() for word in words}
_ROSTER = {fold(column.header) for column in COLUMNS}
_SEARCHED_ROWS, _AT_ONCE = 30, 10_000
_TOTAL_WORDS = {"合计", "小计", "总计", "共计"}
_LONGEST = 60
_DATE_TEXT = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")
_EIGHT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_EMPLOYEE_WORDS = ("城镇", "企业", "机关事业单位", "机关事业", "职工", "基本")

Line = tuple[int, list[object]]
"""A line of a sheet: its row (1-based) and its cells."""


def one_list(path: Path, name: str, policy: Policy, secret: bytes) -> ListFile:
    """Read and reduce one file of lists; `secret` keys the hashes of the run. `name` is what findings show."""
    shown = ids.mask_text(name)
    book = intake.read_list(path)
    if isinstance(book, Refusal):
        return ListFile(shown, refusal=book)
    visible = [sheet for sheet in book.sheets.values() if sheet.state == "visible"]
    hidden = [sheet.name for sheet in book.sheets.values() if sheet.state != "visible"]
    return from_sheets(visible, shown, policy, secret, sha256=book.sha256, hidden=hidden)


def from_sheets(
    sheets: Sequence[Sheet], name: str, policy: Policy, secret: bytes, *, sha256: str = "", hidden: Sequence[str] = ()
) -> ListFile:
    """The lists on some sheets (see `intake.Sheet`), or why none is there."""
    list_file = ListFile(name, sha256)
    parts: list[pd.DataFrame] = []
    paid: list[pd.DataFrame] = []
    letters: dict[str, str] = {}
    unknown: list[tuple[str, str]] = [(text, "是隐藏的") for text in hidden]
    for sheet in sheets:
        if not sheet.grid.codes.any():
            continue
        located = _locate(sheet, name, policy)
        if isinstance(located, Refusal):
            list_file.refusal = located
            return list_file
        if located is None:
            unknown.append((sheet.name, "没有认出表头"))
            continue
        kind, header_row, positions, subject = located
        reader = Reader(sheet, kind, header_row, positions, name, policy, subject)
        if kind == VILLAGES:
            list_file.villages = (*list_file.villages, *reader.villages())
        elif kind == PAYMENTS:
            paid.append(payments.read(reader, secret, subject.scheme).assign(sheet=len(list_file.sheets)))
            list_file.sheets = (*list_file.sheets, ids.mask_text(sheet.name))
            letters |= reader.letters
        else:
            parts.append(reader.people(secret).assign(sheet=len(list_file.sheets)))
            list_file.sheets = (*list_file.sheets, ids.mask_text(sheet.name))
            letters |= reader.letters
        list_file.kinds = tuple(dict.fromkeys((*list_file.kinds, kind)))
        list_file.findings += reader.findings()
    if not list_file.kinds:
        list_file.refusal = make_refusal("R401")
        return list_file
    for text, what in unknown:
        shown = ids.mask_text(text)
        words = {"sheet": shown, "what": what}
        list_file.findings.append(make_finding(model.UNREAD, name, shown, words, policy=policy, header=""))
    list_file.entries = pd.concat(parts, ignore_index=True) if parts else model.no_entries()
    list_file.payments = pd.concat(paid, ignore_index=True) if paid else model.no_payments()
    list_file.letters = letters
    return list_file


def _key(text: str) -> str | None:
    """The column that a header means, bracketed remarks, stars and numbers aside; None for none of ours."""
    if len(text) > _LONGEST or text.isdigit():
        return None
    return _KNOWN.get(fold(text)) or _LOOSE.get(roster.header.loose(text))


def _locate(sheet: Sheet, file: str, policy: Policy) -> tuple[str, int, dict[str, int], Subject] | Refusal | None:
    """The kind of list on a sheet, its header's row, each column's position (1-based), and its lines' subject.

    None where it is no list.
    """
    best, score = 0, 1
    for n, row in enumerate(sheet.grid.rows(0, _SEARCHED_ROWS), 1):
        texts = [fold(cell) for cell in row if isinstance(cell, str) and cell]
        if sum(text in _ROSTER for text in texts) > len(COLUMNS) // 2:
            return make_refusal("R402")
        if (hits := len({key for text in texts if (key := _key(text))})) > score:
            best, score = n, hits
    if not best:
        return None
    positions: dict[str, int] = {}
    surplus = False
    for position, cell in enumerate(sheet.grid.rows(best - 1, best)[0], 1):
        if not isinstance(cell, str) or not cell.strip():
            continue
        key = _key(cell)
        if key is None:
            surplus = True
        elif key in positions and key not in ("order", "remark"):
            words = {"first": letter(positions[key]), "second": letter(position), "header": HEADERS[key][0]}
            return make_refusal("R403", words)
        else:
            positions.setdefault(key, position)
    if {"current", "township"} <= positions.keys():
        return VILLAGES, best, positions, Subject()
    if "id_number" not in positions:
        return None
    title = [cell for row in sheet.grid.rows(0, best - 1) for cell in row if isinstance(cell, str)]
    levels = [[*title, sheet.name], [PurePosixPath(file).stem.removeprefix(LISTED)]]
    if payments.is_list(positions, [text for level in levels for text in level if len(text) <= _LONGEST]):
        return _payments(levels, positions, policy, best, ids.mask_text(sheet.name))
    if "category" in positions:
        return BENEFITS, best, positions, Subject()
    subject = subject_of(levels, policy, ids.mask_text(sheet.name))
    if "scheme" in positions and not of_residents(levels):
        return EMPLOYEES, best, positions, Subject()
    if isinstance(subject, Subject):
        return (BENEFITS if subject.category else EMPLOYEES), best, positions, subject
    # a sheet with columns of its own and no such header is no list
    return None if surplus or {"township", "village"} & positions.keys() else subject


def _payments(
    levels: Sequence[Sequence[str]], positions: dict[str, int], policy: Policy, header_row: int, sheet: str
) -> tuple[str, int, dict[str, int], Subject] | Refusal:
    """A list of payments; where no column says the scheme, the nearest title that names one does."""
    named = next((schemes for level in levels if (schemes := payments.schemes_of("　".join(level), policy))), [])
    if "scheme" not in positions and len(named) != 1:
        cause = (
            "没有“险种”一栏，标题、表名、文件名也没有写明是居民医保还是居民养老" if not named else "写了不止一个险种"
        )
        return make_refusal("R404", {"sheet": sheet, "cause": cause})
    return PAYMENTS, header_row, positions, Subject(scheme=named[0] if len(named) == 1 else None)


class _Person(NamedTuple):
    """A line that names somebody; status and employed as in `ListFile.entries`, days as ordinals."""

    row: int
    cells: Sequence[object]
    number: str
    name: str
    status: int
    employed: int
    unit: int
    since: int
    until: int
    village: str


@dataclass
class Reader:
    """One sheet that is a list of some kind."""

    sheet: Sheet
    kind: str
    header_row: int
    positions: Mapping[str, int]
    file: str
    policy: Policy
    subject: Subject

    def __post_init__(self) -> None:
        self.letters = {key: letter(position) for key, position in self.positions.items()}
        self._findings: list[Finding] = []
        self._lines = 0

    def lines(self) -> Iterator[Line]:
        """The lines below the header that say anything, totals left out."""
        keys = ("current", "former") if self.kind == VILLAGES else ("id_number", "name", "category", "scheme")
        strange = {row for row, _ in (*self.sheet.errors, *self.sheet.uncalculated)}
        for row, cells in enumerate(self._cells(), self.header_row + 1):
            holds_anything = any(_text(self.cell(cells, key)) for key in keys)
            if row in strange:
                self.strange(row, cells)
            elif not holds_anything or self.is_total(cells):
                continue
            self._lines += 1
            yield row, cells

    def _cells(self) -> Iterator[list[object]]:
        """The cells of each row below the header; a list may be so long that they are never all laid out."""
        grid = self.sheet.grid
        for start in range(self.header_row, grid.height, _AT_ONCE):
            yield from grid.rows(start, min(start + _AT_ONCE, grid.height))

    def cell(self, cells: Sequence[object], key: str) -> object:
        position = self.positions.get(key, 0)
        return cells[position - 1] if 0 < position <= len(cells) else ""

    def is_total(self, cells: Sequence[object]) -> bool:
        """Whether a line without a number is one of sums."""
        if _text(self.cell(cells, "id_number")):
            return False
        return any(fold(cell).rstrip(":") in _TOTAL_WORDS for cell in cells if isinstance(cell, str))

    def strange(self, row: int, cells: Sequence[object]) -> None:
        """Tell of the line's error cells, and of formulas that were never calculated."""
        for key, position in self.positions.items():
            if (row, position) in self.sheet.errors or (row, position) in self.sheet.uncalculated:
                self.tell(model.BAD_CELL, key, row, cells)

    def tell(self, code: str, key: str, row: int, cells: Sequence[object], **words: str) -> None:
        """Note a finding at a cell of the list."""
        value = self.cell(cells, key)
        shown = ids.mask_id(_text(value)) if key == "id_number" else ids.mask_text(_text(value))[:_LONGEST] or "空"
        unit = self.policy.unit(_text(self.cell(cells, "township")))
        self._findings.append(
            make_finding(
                code,
                self.file,
                ids.mask_text(self.sheet.name),
                {"value": shown, "header": HEADERS[key][0], **words},
                policy=self.policy,
                row=row,
                column=self.letters.get(key),
                header=HEADERS[key][0],
                name=ids.mask_name(_text(self.cell(cells, "name"))),
                value=shown,
                township=unit.name if unit else "",
            )
        )

    def counted(self, lines: int) -> None:
        """So many lines were read otherwise than by `lines`."""
        self._lines += lines

    def findings(self) -> list[Finding]:
        """The findings; one for a code and column where more than a fifth of the lines are alike."""
        alike: dict[tuple[str, str | None], list[Finding]] = {}
        for finding in self._findings:
            alike.setdefault((finding.code, finding.column), []).append(finding)
        return [finding for same in alike.values() for finding in group_if_alike(same, self._lines, unit="行")]

    # ---------------------------------------------------------------- people

    def people(self, secret: bytes) -> pd.DataFrame:
        """The lines that name somebody, as `ListFile.entries`."""
        people: list[_Person] = []
        places = {unit.name: n for n, unit in enumerate(self.policy.units)}
        for row, cells in self.lines():
            number = self._id(row, cells)
            status = self._status(row, cells) if self.kind == BENEFITS else 0
            employed = self._employed(row, cells) if self.kind == EMPLOYEES else 0
            if not number or not (status or employed):
                continue
            people.append(
                _Person(
                    row=row,
                    cells=cells,
                    number=number,
                    name=_text(self.cell(cells, "name")),
                    status=status,
                    employed=employed,
                    unit=self._unit(row, cells, places),
                    since=self._day("since", row, cells) or ALWAYS[0],
                    until=self._day("until", row, cells) or ALWAYS[1],
                    village=ids.mask_text(_text(self.cell(cells, "village")))[:_LONGEST],
                )
            )
        identity = ids.read([person.number for person in people], [""] * len(people))
        for n in np.flatnonzero(identity.fault):
            self.tell(model.ODD_ID, "id_number", people[n].row, people[n].cells)
        names = np.array([person.name for person in people], dtype=object)
        values: dict[str, Iterable[object]] = {
            **model.keys_of(identity.canonical, secret),
            "name": np.where(names != "", model.names_of(names, secret), 0),
            "born": identity.born,
            "sheet": [0] * len(people),
            "surname": [ids.mask_name(person.name) for person in people],
            "shown": [ids.mask_id(text) for text in identity.canonical],
        }
        for key in ("status", "employed", "unit", "since", "until", "row", "village"):
            values[key] = [getattr(person, key) for person in people]
        return pd.DataFrame({name: np.array(list(values[name]), dtype) for name, dtype in model.ENTRIES.items()})

    def _id(self, row: int, cells: Sequence[object]) -> str:
        value = self.cell(cells, "id_number")
        number = value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
        if (number is not None and abs(number) >= LOST_FROM) or (
            isinstance(value, str) and SCIENTIFIC.fullmatch(value.strip().upper())
        ):
            self.tell(model.BAD_ID, "id_number", row, cells, what="存成了数字，末尾几位已丢失")
            return ""
        text = INVISIBLE.sub(
            "", unicodedata.normalize("NFKC", _text(value) if number is None else f"{number:.15g}")
        ).upper()
        position = self.positions["id_number"]
        if not text and (row, position) not in self.sheet.errors and (row, position) not in self.sheet.uncalculated:
            self.tell(model.BAD_ID, "id_number", row, cells, what="是空的")
        return text

    def _status(self, row: int, cells: Sequence[object]) -> int:
        if self.subject.category:
            return self.policy.status_bits([self.subject.category])
        try:
            held = amounts.parse_category(self.policy, _text(self.cell(cells, "category"), spaces=True))
        except amounts.UnknownCategory:
            held = frozenset()
        if not held and (row, self.positions["category"]) not in self.sheet.errors:
            self.tell(model.BAD_CATEGORY, "category", row, cells)
        return self.policy.status_bits(held)

    def _employed(self, row: int, cells: Sequence[object]) -> int:
        if self.subject.scheme:
            return 1 + SCHEMES.index(self.subject.scheme)
        text = _text(self.cell(cells, "scheme"))
        if of_residents([[text]]):  # who is insured as a resident is no employee
            self.tell(model.BAD_CATEGORY, "scheme", row, cells)
            return 0
        rules = self.policy.scheme(text)
        for word in _EMPLOYEE_WORDS if rules is None else ():
            text = text.replace(word, "")
        rules = rules or self.policy.scheme(text)
        if rules is None:
            self.tell(model.BAD_CATEGORY, "scheme", row, cells)
            return 0
        return 1 + SCHEMES.index(rules.key)

    def _unit(self, row: int, cells: Sequence[object], places: Mapping[str, int]) -> int:
        text = _text(self.cell(cells, "township"))
        unit = self.policy.unit(text)
        # a list of employees need not say where they live
        if unit is None and (self.kind == BENEFITS or text):
            self.tell(model.BAD_UNIT, "township", row, cells)
        return places[unit.name] if unit else -1

    def _day(self, key: str, row: int, cells: Sequence[object]) -> int:
        """A day as an ordinal, 0 for none; departments write days in many ways."""
        value = self.cell(cells, key)
        if isinstance(value, date):
            return value.toordinal()
        if value in ("", None) or (isinstance(value, str) and not value.strip()):
            return 0
        text = f"{value:.15g}" if isinstance(value, float) else unicodedata.normalize("NFKC", _text(value))
        match = _EIGHT.fullmatch(text) or (None if text.isdigit() else _DATE_TEXT.fullmatch(text))
        if match:
            try:
                return date(*map(int, match.groups())).toordinal()
            except ValueError:
                pass
        self.tell(model.BAD_DATE, key, row, cells)
        return 0

    # ---------------------------------------------------------------- villages

    def villages(self) -> list[Village]:
        """The villages in force with their former names; several in one cell may be separated by 、."""
        villages = []
        for row, cells in self.lines():
            unit = self.policy.unit(_text(self.cell(cells, "township")))
            name = _text(self.cell(cells, "current"))
            if unit is None or not name:
                self.tell(
                    model.BAD_UNIT if unit is None else model.BAD_CATEGORY,
                    "township" if unit is None else "current",
                    row,
                    cells,
                )
                continue
            former = [
                text
                for text in re.split("[、,，;；/]", _text(self.cell(cells, "former")))
                if roster.fold_village(text, unit) != roster.fold_village(name, unit)
            ]
            changed = self._day("changed", row, cells)
            villages += [Village(unit.name, name, text, changed) for text in former if text] or [
                Village(unit.name, name)
            ]
        return villages


def _text(value: object, *, spaces: bool = False) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.15g}"
    if spaces:
        return INVISIBLE.sub(lambda found: " " if found[0].isspace() else "", str(value)).strip()
    return INVISIBLE.sub("", str(value))
