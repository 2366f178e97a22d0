"""A received book becomes a roster: columns found by their headers, every value knowing its cell.

In: a `Book` of cells (from a closed file or from the open workbook) and the policy. Out: a `Roster` whose columns are
arrays of equal length, one element a person, or a `Refusal`. Values keep the type their cell had: what is a number
where text must be, or text where a date must be, is marked as a fault of that cell and left to the checks; nothing is
repaired in silence (widths and invisible characters are folded, and counted).
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from addin import amounts, columns, ids
from addin.columns import BY_KEY, COLUMNS, INPUTS, SCOPES, Column, Scheme
from addin.policy import Policy, Unit, fold
from addin.records import Finding, Refusal, Severity

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

# Faults of single cells, found while reading; the checks of form (2xx, 303) report them.
FINE, ERROR, UNCALCULATED, NOT_NUMBER, NOT_DATE, NUMBER_FOR_DATE, BAD_AMOUNT, ODD_TEXT, UNKNOWN, DATE_FOR_TEXT = range(
    10
)
NUMERIC_ID = 10

LONGEST_TEXT = 250
SEARCHED_ROWS = 30
NEEDED_HEADERS = 8
NEAR_MISS = 0.75

_INVISIBLE = re.compile(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\x00-\x1f\x7f-\x9f]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_NOT_PLAIN_CODE = re.compile(r"[^0-9A-Z\x1e-]")
_TOTAL_WORDS = {"合计", "小计", "总计", "共计"}
_CODE_LIKE = {"household", "id_number", "certificate", "medical_receipt", "pension_receipt"}
_DATE_TEXT = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")


class SheetCells(Protocol):
    """What a roster needs of a sheet; `intake.Sheet` has it, and so has the open workbook's reader."""

    name: str
    rows: list[list[Any]]
    errors: Mapping[tuple[int, int], str]
    uncalculated: Iterable[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Cover:
    """The cover's fields, understood."""

    unit: Unit
    scope: str
    part: str
    parts: int | None
    deadline: date
    serial: int
    clerk: str
    template_version: str
    totals: Mapping[str, float | None]

    @property
    def schemes(self) -> tuple[Scheme, ...]:
        """The schemes that this book reports."""
        return SCOPES[self.scope]

    @property
    def part_key(self) -> str:
        """The part for comparing: folded, the suffix 村 or 社区 dropped."""
        return fold_village(self.part)


def fold_village(text: str) -> str:
    """A village's name for comparing: 桥头村, 桥头 and 桥头社区 are one.

    >>> fold_village("桥头村") == fold_village(" 桥头 ")
    True
    """
    folded = fold(text)
    for suffix in ("村民委员会", "居民委员会", "村委会", "居委会", "社区", "村"):
        if folded.endswith(suffix) and len(folded) > len(suffix):
            return folded.removesuffix(suffix)
    return folded


@dataclass(slots=True)
class Words:
    """A column of texts from a small vocabulary, as codes: comparing is comparing integers."""

    codes: npt.NDArray[np.intp]
    vocabulary: npt.NDArray[np.object_]

    def among(self, *texts: str) -> Mask:
        """Where the text is one of these."""
        wanted = [code for code, text in enumerate(self.vocabulary) if text in texts]
        if len(wanted) == 1:
            return np.asarray(self.codes == wanted[0])
        return np.isin(self.codes, wanted)

    def texts(self) -> npt.NDArray[np.object_]:
        """The texts themselves, one a row."""
        return self.vocabulary[self.codes]


@dataclass
class Roster:
    """The people of one book. Arrays have one element a person; money in fen, dates as ordinals (0 = none)."""

    file: str
    sheet: str
    cover: Cover
    policy: Policy
    rows: npt.NDArray[np.int32]
    letters: dict[str, str]
    words: dict[str, Words]
    money: dict[str, Ints]
    days: dict[str, npt.NDArray[np.int32]]
    filled: dict[str, Mask]
    faults: dict[str, npt.NDArray[np.uint8]]
    raw: dict[str, npt.NDArray[np.object_]]
    findings: list[Finding] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def schemes(self) -> tuple[Scheme, ...]:
        """The schemes that this book reports."""
        return self.cover.schemes

    def is_(self, key: str, *texts: str) -> Mask:
        """Where a column of words holds one of these texts."""
        return self.words[key].among(*texts)

    def blank(self, key: str) -> Mask:
        """Where the cell is empty."""
        return ~self.filled[key]

    def fault(self, key: str, *kinds: int) -> Mask:
        """Where reading found one of these faults (any fault when none is named)."""
        found = self.faults.get(key)
        if found is None:
            return np.zeros(len(self), dtype=bool)
        return np.isin(found, kinds) if kinds else found != FINE

    def none(self) -> Mask:
        """A mask of nobody."""
        return np.zeros(len(self), dtype=bool)

    @cached_property
    def person(self) -> ids.Identities:
        """What the ID says: validity, birth, sex, key for comparing."""
        return ids.read(list(self.words["id_number"].texts()), list(self.words["id_type"].texts()))

    @cached_property
    def statuses(self) -> npt.NDArray[np.uint16]:
        """The statuses of each person, one bit for each category in the policy's order."""
        bits = {key: 1 << n for n, key in enumerate(self.policy.categories)}
        found = []
        for text in self.words["category"].vocabulary:
            try:
                found.append(sum(bits[key] for key in amounts.parse_category(self.policy, text)))
            except amounts.UnknownCategory:
                found.append(0)
        return np.array(found, dtype=np.uint16)[self.words["category"].codes]

    def has(self, *categories: str) -> Mask:
        """Who has at least one of these statuses (keys of the policy)."""
        wanted = sum(1 << n for n, key in enumerate(self.policy.categories) if key in categories)
        return np.asarray((self.statuses & wanted) != 0)

    @cached_property
    def hardship(self) -> Mask:
        """Who has any status of hardship."""
        return np.asarray(self.statuses != 0)

    @cached_property
    def unknown_category(self) -> Mask:
        """Whose 人员类别 is not understood."""
        bad = []
        for text in self.words["category"].vocabulary:
            try:
                amounts.parse_category(self.policy, text)
                bad.append(False)
            except amounts.UnknownCategory:
                bad.append(True)
        return np.array(bad, dtype=bool)[self.words["category"].codes]

    @cached_property
    def dues(self) -> dict[Scheme, pd.DataFrame]:
        """The amounts of each person by scheme (see `amounts.table`); the pension's for the tier in the row."""
        category = self.words["category"].texts()
        tiers = np.where(self.filled["tier"], self.money["tier"].astype(float), np.nan)
        return {
            "medical": amounts.table(self.policy, "medical", list(category)),
            "pension": amounts.table(self.policy, "pension", list(category), list(tiers)),
        }

    def due(self, scheme: Scheme, what: str = "cash") -> Ints:
        """One of the amounts of `amounts.table` as an array."""
        return self.dues[scheme][what].to_numpy()

    def enrolled(self, scheme: Scheme) -> Mask:
        """申报: the rows with 本次参保 in that scheme."""
        return self.is_(f"{scheme}_status", columns.ENROLLED)

    @cached_property
    def households(self) -> npt.NDArray[np.intp]:
        """A code for each person's household: village (folded) and household number."""
        villages = self.words["village"]
        _, village = np.unique([fold_village(text) for text in villages.vocabulary] or [""], return_inverse=True)
        number = self.words["household"]
        pair = village[villages.codes].astype(np.int64) * (len(number.vocabulary) + 1) + number.codes
        codes: npt.NDArray[np.intp] = pd.factorize(pair)[0]
        return codes

    def where(self, indexes: Sequence[int]) -> list[tuple[str, str]]:
        """Household number and masked name of some people, for findings."""
        household, name = self.words["household"], self.words["name"]
        return [
            (household.vocabulary[household.codes[i]], ids.mask_name(name.vocabulary[name.codes[i]])) for i in indexes
        ]


def letter(column: int) -> str:
    """A column number (1 = A) as Excel's letters.

    >>> letter(1), letter(28), letter(703)
    ('A', 'AB', 'AAA')
    """
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def read(book: Any, policy: Policy, file: str) -> Roster | Refusal:
    """Find cover and roster in a book and turn them into a `Roster`, or say why not."""
    sheets: dict[str, SheetCells] = {}
    for name, sheet in book.sheets.items():
        sheets.setdefault(fold(name), sheet)
    for wanted in (columns.COVER_SHEET, columns.ROSTER_SHEET):
        if fold(wanted) not in sheets:
            there = "、".join(list(book.sheets)[:6]) or "没有工作表"
            return Refusal(
                "R201",
                f"缺少工作表“{wanted}”（现有：{ids.mask_text(there)}）。",
                "请用最新的花名册模板填报，不要改工作表名。",
            )
    cover_sheet = sheets[fold(columns.COVER_SHEET)]
    findings: list[Finding] = []
    cover = _cover(cover_sheet, policy, file, findings)
    if isinstance(cover, Refusal):
        return cover
    roster = _roster(sheets[fold(columns.ROSTER_SHEET)], cover, policy, file)
    if isinstance(roster, Refusal):
        return roster
    roster.findings[:0] = findings
    for note in getattr(book, "notes", ()):
        roster.findings.append(file_finding(file, "", "111", note.text))
    return roster


@dataclass(frozen=True, slots=True)
class FileCheck:
    """A check of the file as a whole: what it is called, how grave, what to do."""

    severity: Severity
    title: str
    remedy: str


FILE_CHECKS: dict[str, FileCheck] = {
    "101": FileCheck("warning", "表头改了名", "请把表头改回模板的写法。"),
    "102": FileCheck("warning", "列换了位置", "不影响汇总；请不要移动模板的列。"),
    "103": FileCheck("warning", "多出的列", "需要说明的请写在“备注”列。"),
    "104": FileCheck("warning", "旧模板", "本次照样汇总；下次请用新模板填报。"),
    "105": FileCheck("warning", "封面合计与明细不符", "请重新计算（按F9）并核对后再报。"),
    "106": FileCheck("warning", "有隐藏或筛选的行", "请取消筛选和隐藏，核对后再报。"),
    "107": FileCheck("warning", "人员之间有空行", "请删去空行；筛选、打印时空行之后容易漏掉。"),
    "108": FileCheck("warning", "公式被改成了数", "金额以程序计算为准；请从上一行把公式复制下来。"),
    "109": FileCheck("info", "公式没有计算过", "不影响汇总；请用Excel或WPS打开后保存一次。"),
    "110": FileCheck("info", "含空格、全角或不可见字符", "不影响汇总；建议重新录入。"),
    "111": FileCheck("info", "文件带有的东西", "不影响汇总，仅供知悉。"),
    "112": FileCheck(
        "warning", "疑似只报新增", "花名册是累计的，请核对是否漏了以前报过的人；如确系减少，请在备注说明。"
    ),
    "113": FileCheck("warning", "另有同样的花名册工作表", "程序只读“花名册”一张；请把人员并到这张表上。"),
    "114": FileCheck("warning", "合并单元格", "请取消合并，每人每格单独填写。"),
    "115": FileCheck("error", "单元格重复出现", "请用Excel打开后另存为新文件再报。"),
    "116": FileCheck("warning", "缺少列", "请用花名册模板填报。"),
    "117": FileCheck("warning", "封面填的是文字", "请改填为数字或日期格式。"),
}


def file_finding(file: str, sheet: str, code: str, problem: str, **more: Any) -> Finding:
    """A finding of the file or of one of its columns; `more` are further fields of `Finding`."""
    check = FILE_CHECKS[code]
    fields = {"row": None, "column": None, "header": check.title, "remedy": check.remedy, **more}
    return Finding(file, sheet, code=code, severity=check.severity, problem=problem, **fields)


# ---------------------------------------------------------------- the cover


def _cover(sheet: SheetCells, policy: Policy, file: str, findings: list[Finding]) -> Cover | Refusal:
    cells = _labelled(sheet)
    name = columns.COVER_SHEET

    def refuse(code: str, reason: str, remedy: str) -> Refusal:
        return Refusal(code, ids.mask_text(reason), remedy)

    def missing(label: str, advice: str) -> Refusal:
        return refuse("R206", f"封面“{label}”没有填，或认不出。", advice)

    def reinterpreted(key: str, said: str) -> None:
        label, cell = LABELS[key], cells[key][1]
        findings.append(
            file_finding(
                file,
                name,
                "117",
                f"封面“{label}”是文字，已按 {said} 理解。",
                column=letter(cell[1]),
                row=cell[0],
            )
        )

    if not cells:
        return refuse("R202", "封面上一个认得的栏目也没有，不是花名册模板。", "请用最新的花名册模板填报。")
    given = {key: value for key, (value, _) in cells.items()}
    said_policy = _text(given.get("policy", ""))
    if not said_policy:
        return missing("政策文号", "请不要改动模板封面上的政策文号；可从新模板复制。")
    if fold(said_policy) != fold(policy.id):
        return refuse("R205", f"本册按“{said_policy[:40]}”填报，本次汇总执行{policy.id}。", "请用本期模板重新填报。")
    said_unit = _text(given.get("township", ""))
    if not said_unit:
        return missing("乡镇/街道", "请在封面下拉列表中选择单位。")
    unit = policy.unit(said_unit)
    if unit is None:
        near = difflib.get_close_matches(said_unit, [unit.name for unit in policy.units], n=1, cutoff=0.5)
        guess = f"是不是{near[0]}？" if near else ""
        return refuse(
            "R204", f"封面的乡镇/街道“{said_unit[:20]}”不在单位总表中。", f"{guess}请在封面下拉列表中选择单位。"
        )
    scope = next((scope for scope in SCOPES if fold(scope) == fold(_text(given.get("scope", "")))), None)
    if scope is None:
        return missing("险种范围", f"请在封面选择：{'、'.join(SCOPES)}。")
    part = _text(given.get("part", ""))
    if not part:
        return missing("分册", f"整个单位一册的填“{columns.WHOLE}”，按村分册的填村（社区）名。")
    deadline, was_text = _as_date(given.get("deadline"))
    if deadline is None:
        return missing("填报截止日期", "请填日期，如 2019-10-15。")
    if was_text:
        reinterpreted("deadline", deadline.isoformat())
    serial, was_text = _as_count(given.get("serial"))
    if serial is None or serial < 1:
        return missing("第几次报送", "请填1、2、3……的整数。")
    if was_text:
        reinterpreted("serial", str(serial))
    parts, _ = _as_count(given.get("parts"))
    version = _text(given.get("template_version", ""))
    if _version(version) < _version(columns.TEMPLATE_VERSION):
        findings.append(
            file_finding(
                file,
                name,
                "104",
                f"本册用的是旧模板（{version or '无版本号'}），现行模板为{columns.TEMPLATE_VERSION}。",
            )
        )
    totals = {total.key: _as_number(given.get(total.key)) for total in columns.CONTROL_TOTALS}
    return Cover(unit, scope, part, parts, deadline, serial, _text(given.get("clerk", "")), version, totals)


LABELS = {entry.key: entry.label for entry in (*columns.COVER_FIELDS, *columns.CONTROL_TOTALS)}


def _labelled(sheet: SheetCells) -> dict[str, tuple[Any, tuple[int, int]]]:
    """The cover's fields: each label, and the first filled cell to its right."""
    labels = {fold(label): key for key, label in LABELS.items()}
    found: dict[str, tuple[Any, tuple[int, int]]] = {}
    for r, row in enumerate(sheet.rows[:200], 1):
        for c, value in enumerate(row[:50], 1):
            if not isinstance(value, str) or not value:
                continue
            key = labels.get(fold(value).rstrip(":"))
            if key is None or key in found:
                continue
            beside = next(((v, n) for n, v in enumerate(row[c:], c + 1) if v not in ("", None)), ("", c + 1))
            if not (isinstance(beside[0], str) and fold(beside[0]).rstrip(":") in labels):
                found[key] = (beside[0], (r, beside[1]))
    return found


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.15g}"
    return _INVISIBLE.sub("", unicodedata.normalize("NFC", str(value)))


def _as_date(value: Any) -> tuple[date | None, bool]:
    if isinstance(value, datetime):
        return value.date(), False
    if isinstance(value, date):
        return value, False
    if isinstance(value, str) and (match := _DATE_TEXT.match(unicodedata.normalize("NFKC", _text(value)))):
        try:
            return date(*map(int, match.groups())), True
        except ValueError:
            return None, False
    return None, False


def _as_count(value: Any) -> tuple[int | None, bool]:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value == int(value):
        return int(value), False
    if isinstance(value, str) and (
        match := re.fullmatch(r"第?(\d{1,6})[次册个]?", unicodedata.normalize("NFKC", _text(value)))
    ):
        return int(match[1]), True
    return None, False


def _as_number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(piece) for piece in re.findall(r"\d+", text))


# ---------------------------------------------------------------- the roster's columns


def _roster(sheet: SheetCells, cover: Cover, policy: Policy, file: str) -> Roster | Refusal:
    located = _locate(sheet, cover, file)
    if isinstance(located, Refusal):
        return located
    header_row, positions, findings = located
    data = sheet.rows[header_row:]
    width = max(map(len, data), default=0)
    if any(len(row) != width for row in data):
        data = [row + [""] * (width - len(row)) for row in data]
    by_position = list(zip(*data, strict=True))
    empty: tuple[str, ...] = ("",) * len(data)
    raw = {
        column.key: _objects(
            by_position[positions[column.key] - 1] if 0 < positions.get(column.key, 0) <= width else empty
        )
        for column in COLUMNS
    }
    strange = _strange(sheet, positions, header_row, len(data))
    present = np.zeros(len(data), dtype=bool)
    for column in INPUTS:
        if column.key != "seq":
            present |= _not_blank(raw[column.key])
            for index in strange.get(column.key, {}):
                present[index] = True
    present &= ~_total_lines(raw)
    kept = np.flatnonzero(present)
    if len(kept) and kept[-1] - kept[0] + 1 != len(kept):
        findings.append(_gap(file, sheet.name, kept, header_row))
    roster = Roster(
        file=file,
        sheet=sheet.name,
        cover=cover,
        policy=policy,
        rows=(kept + header_row + 1).astype(np.int32),
        letters={key: letter(position) for key, position in positions.items()},
        words={},
        money={},
        days={},
        filled={},
        faults={},
        raw={key: values[kept] for key, values in raw.items()},
        findings=findings,
    )
    back = {int(old): new for new, old in enumerate(kept.tolist())}
    normalised = 0
    for column in INPUTS:
        faults = np.zeros(len(kept), dtype=np.uint8)
        for index, kind in strange.get(column.key, {}).items():
            if index in back:
                faults[back[index]] = kind
        normalised += _take(column, roster, faults)
        if faults.any():
            roster.faults[column.key] = faults
    if normalised:
        roster.findings.append(
            file_finding(
                file,
                sheet.name,
                "110",
                f"有{normalised}个单元格含空格、全角或不可见字符，已按规范字符理解。",
                count=normalised,
            )
        )
    _about_sheet(sheet, roster, header_row, positions)
    return roster


def _locate(sheet: SheetCells, cover: Cover, file: str) -> tuple[int, dict[str, int], list[Finding]] | Refusal:
    """The header's row (1-based), each column's position (1-based), and what was odd about them."""
    known = {fold(word): column.key for column in COLUMNS for word in (column.header, *column.aliases)}
    best, score = 0, 0
    for n, row in enumerate(sheet.rows[:SEARCHED_ROWS], 1):
        hits = len({known[fold(cell)] for cell in row if isinstance(cell, str) and cell and fold(cell) in known})
        if hits > score:
            best, score = n, hits
    if score < NEEDED_HEADERS:
        return Refusal("R202", "“花名册”表上找不到模板的表头。", "请用花名册模板填报，不要删改表头行。")
    header = [cell if isinstance(cell, str) else "" for cell in sheet.rows[best - 1]]
    positions: dict[str, int] = {}
    unmatched: list[tuple[int, str]] = []
    for position, text in enumerate(header, 1):
        key = known.get(fold(text)) if text else None
        if key is None:
            if text.strip():
                unmatched.append((position, text))
        elif key in positions:
            return Refusal(
                "R207",
                f"{letter(positions[key])}、{letter(position)}两列都是“{BY_KEY[key].header}”。",
                "请删去或改名其中一列。",
            )
        else:
            positions[key] = position
    findings: list[Finding] = []
    missing = [column for column in COLUMNS if column.key not in positions]
    for position, text in unmatched:
        by_header = {fold(column.header): column for column in missing}
        near = difflib.get_close_matches(fold(text), by_header, n=1, cutoff=NEAR_MISS)
        if near:
            column = by_header[near[0]]
            missing.remove(column)
            positions[column.key] = position
            findings.append(
                file_finding(
                    file,
                    sheet.name,
                    "101",
                    f"表头“{ids.mask_text(text[:30])}”已按“{column.header}”理解。",
                    column=letter(position),
                    row=best,
                )
            )
        else:
            findings.append(
                file_finding(
                    file,
                    sheet.name,
                    "103",
                    f"多出的列“{ids.mask_text(text[:30])}”未读取。",
                    column=letter(position),
                    row=best,
                )
            )
    needed = {"village", "household", "name", "relation", "id_number", "register"} | {
        f"{scheme}_{what}" for scheme in cover.schemes for what in ("status", "paid", "date")
    }
    if "pension" in cover.schemes:
        needed.add("tier")
    if lost := [column.header for column in missing if column.key in needed]:
        return Refusal("R203", f"缺少必需的列：{'、'.join(lost)}。", "请用花名册模板填报，不要删除列。")
    for column in missing:
        if column.filled_by == "clerk" and column.scheme in (None, *cover.schemes):
            findings.append(
                file_finding(
                    file,
                    sheet.name,
                    "116",
                    f"缺少列“{column.header}”，按空白处理。",
                )
            )
    findings += [
        file_finding(
            file,
            sheet.name,
            "102",
            f"列“{BY_KEY[key].header}”换了位置，已按表头对应。",
            column=letter(positions[key]),
            row=best,
        )
        for key in _moved(positions)
    ]
    return best, positions, findings


def _moved(positions: Mapping[str, int]) -> list[str]:
    """The fewest columns whose removal leaves the rest in the template's order."""
    order = [column.key for column in COLUMNS if column.key in positions]
    best: list[list[str]] = []
    for key in order:
        before = [chain for chain in best if positions[chain[-1]] < positions[key]]
        best.append([*_longest(before), key])
    kept = set(_longest(best))
    return [key for key in order if key not in kept]


def _longest(chains: list[list[str]]) -> list[str]:
    return sorted(chains, key=len)[-1] if chains else []


def _objects(values: Sequence[Any]) -> npt.NDArray[np.object_]:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _not_blank(values: npt.NDArray[np.object_]) -> Mask:
    kinds = set(map(type, values))
    if kinds <= {str}:
        filled = values != ""
    else:
        filled = np.array([value is not None and value != "" for value in values], dtype=bool)
    if str in kinds:  # a cell of spaces is an empty cell
        for spaces in {value for value in set(values) if type(value) is str and value.isspace()}:
            filled &= values != spaces
    return np.asarray(filled, dtype=bool)


def _total_lines(raw: Mapping[str, npt.NDArray[np.object_]]) -> Mask:
    """Lines like 合计 that clerks put under the people."""
    found = np.zeros(len(raw["name"]), dtype=bool)
    for key in ("seq", "village", "group", "household", "name"):
        for index in np.flatnonzero([type(v) is str and v != "" and v[-1] in "计:：" for v in raw[key]]):
            if fold(raw[key][index]).rstrip(":") in _TOTAL_WORDS and raw["id_number"][index] in ("", None):
                found[index] = True
    return found


def _strange(
    sheet: SheetCells, positions: Mapping[str, int], header_row: int, length: int
) -> dict[str, dict[int, int]]:
    """Error cells and never-calculated formulas, by column and index below the header."""
    keys = {position: key for key, position in positions.items()}
    found: dict[str, dict[int, int]] = {}
    for cells, kind in ((sheet.errors, ERROR), (sheet.uncalculated, UNCALCULATED)):
        for row, column in cells:
            index = row - header_row - 1
            if column in keys and 0 <= index < length:
                found.setdefault(keys[column], {})[index] = kind
    return found


def _gap(file: str, sheet: str, kept: npt.NDArray[np.intp], header_row: int) -> Finding:
    jumps = np.flatnonzero(np.diff(kept) > 1)
    places = tuple(int(kept[jump]) + header_row + 2 for jump in jumps[:1000])
    return file_finding(
        file,
        sheet,
        "107",
        f"人员之间有空行，共{len(jumps)}处（首处在第{places[0]}行）。",
        row=places[0],
        count=len(jumps),
        places=places,
    )


# ---------------------------------------------------------------- the values of a column


def _take(column: Column, roster: Roster, faults: npt.NDArray[np.uint8]) -> int:
    """Read one column into the roster, marking faults; gives how many cells were normalised."""
    key, values = column.key, roster.raw[column.key]
    if column.kind == "number":
        if key != "seq":
            roster.money[key], roster.filled[key] = _numbers(values, faults)
        return 0
    if column.kind == "date":
        roster.days[key], roster.filled[key] = _dates(values, faults)
        return 0
    texts, normalised = _texts(key, values, faults)
    codes, vocabulary = pd.factorize(texts)
    roster.words[key] = Words(codes, np.asarray(vocabulary, dtype=object))
    if column.choices:
        _choose(column, roster.words[key], faults)
    blank = roster.words[key].among("")
    roster.filled[key] = ~blank | np.isin(faults, (ERROR, UNCALCULATED, NUMERIC_ID))
    return normalised


def _numbers(values: npt.NDArray[np.object_], faults: npt.NDArray[np.uint8]) -> tuple[Ints, Mask]:
    kinds = set(map(type, values))
    filled = _not_blank(values) | (faults != FINE)
    if kinds <= {float, int}:
        numbers = values.astype(float)
    else:
        numbers = np.array([v if type(v) in (float, int) else np.nan for v in values], dtype=float)
        faults[filled & np.isnan(numbers) & (faults == FINE)] = NOT_NUMBER
    readable = filled & ~np.isnan(numbers)
    fen = np.where(readable, numbers, 0) * 100
    whole = np.rint(np.clip(fen, -1e15, 1e15))
    faults[readable & ((np.abs(fen - whole) > 1e-6 * np.maximum(1, np.abs(fen)) + 1e-4) | (fen < 0) | (fen > 1e9))] = (
        BAD_AMOUNT
    )
    whole[faults != FINE] = 0
    return whole.astype(np.int64), filled


def _dates(values: npt.NDArray[np.object_], faults: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.int32], Mask]:
    filled = _not_blank(values) | (faults != FINE)
    days = np.zeros(len(values), dtype=np.int32)
    if len(values):
        days[:] = [v.toordinal() if isinstance(v, date) else 0 for v in values]
    for index in np.flatnonzero(filled & (days == 0) & (faults == FINE)):
        number = isinstance(values[index], (int, float, time, timedelta)) and not isinstance(values[index], bool)
        faults[index] = NUMBER_FOR_DATE if number else NOT_DATE
    return days, filled


def _texts(
    key: str, values: npt.NDArray[np.object_], faults: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.object_], int]:
    """The column as clean texts; numbers become their digits, an ID that is a number stays a fault."""
    kinds = set(map(type, values))
    if not kinds <= {str}:
        values = values.copy()
        for index, value in enumerate(values):
            if type(value) is str:
                continue
            if value is None:
                values[index] = ""
            elif isinstance(value, (int, float)) and not isinstance(value, bool):
                values[index] = f"{value:.15g}"
                if key == "id_number":
                    faults[index] = NUMERIC_ID
            elif isinstance(value, (date, time, timedelta)):
                values[index] = value.isoformat() if isinstance(value, (date, time)) else str(value)
                if faults[index] == FINE:
                    faults[index] = DATE_FOR_TEXT
            else:
                values[index] = str(value)
    joined = "\x1e".join(values)
    if key in _CODE_LIKE:
        plain = not _NOT_PLAIN_CODE.search(joined)
    elif key == "remark":
        plain = True
    else:
        plain = not _INVISIBLE.search(joined.replace("\x1e", ""))
    normalised = 0
    if not plain:
        values = values.copy()
        for index, value in enumerate(values):
            clean = _clean(key, value, joined)
            if clean != value:
                values[index] = clean
                # lower-case x of an ID and padding are no news; only what the eye can't see is counted
                normalised += clean != value.strip().upper()
                if _CONTROL.search(value) and faults[index] == FINE:
                    faults[index] = ODD_TEXT
    if len(joined) > LONGEST_TEXT and key != "remark":
        long = np.fromiter(map(len, values), dtype=np.int64, count=len(values)) > LONGEST_TEXT
        faults[long & (faults == FINE)] = ODD_TEXT
    return values, normalised


def _clean(key: str, value: str, joined: str) -> str:
    if key in _CODE_LIKE:
        return _INVISIBLE.sub("", unicodedata.normalize("NFKC", value)).upper()
    return _INVISIBLE.sub("", value)


def _choose(column: Column, words: Words, faults: npt.NDArray[np.uint8]) -> None:
    """Turn a column's texts into the list's own; what is not in the list is a fault."""
    canonical = {fold(choice): choice for choice in column.choices}
    canonical |= {fold(alias): choice for alias, choice in column.folds}
    for code, text in enumerate(words.vocabulary):
        if text == "":
            continue
        choice = canonical.get(fold(text))
        if choice is None:
            faults[(words.codes == code) & (faults == FINE)] = UNKNOWN
        else:
            words.vocabulary[code] = choice


# ---------------------------------------------------------------- oddities of the sheet


def _about_sheet(sheet: SheetCells, roster: Roster, header_row: int, positions: Mapping[str, int]) -> None:
    def add(code: str, problem: str, **more: Any) -> None:
        roster.findings.append(file_finding(roster.file, sheet.name, code, problem, **more))

    if not len(roster):
        return
    first, last = int(roster.rows[0]), int(roster.rows[-1])
    if hidden := getattr(sheet, "hidden_rows", 0):
        row = getattr(sheet, "first_hidden", None)
        add("106", f"有{hidden}行被隐藏或筛选（首行为第{row}行），仍照读照算。", row=row, count=hidden)
    merged = [area for area in getattr(sheet, "merged", ()) if _touches(area, first, last)]
    if merged:
        problem = f"人员行中有{len(merged)}处合并单元格（如{merged[0]}），只有左上角有值。"
        add("114", problem, row=_first_row(merged[0]), count=len(merged))
    if twice := tuple(getattr(sheet, "duplicate_cells", ())):
        add("115", f"文件里{twice[0]}等单元格重复出现，内容不可靠。", row=_first_row(twice[0]), count=len(twice))


def _touches(area: str, first: int, last: int) -> bool:
    rows = [int(number) for number in re.findall(r"\d+", area)]
    return bool(rows) and rows[-1] >= first and rows[0] <= last


def _first_row(address: str) -> int | None:
    match = re.search(r"\d+", address)
    return int(match[0]) if match else None
