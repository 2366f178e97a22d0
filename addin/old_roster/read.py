"""Reads the people of an old book for a new roster, with an account of everything in it."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from addin import amounts, checks, columns, ids, intake
from addin.columns import BY_KEY, COLUMNS, ENROLLED, INPUTS, Column, letter
from addin.findings import Refusal
from addin.intake import Book, Distinct, Sheet
from addin.old_roster import values
from addin.old_roster.account import DROPPED, GUESSED, REMARKED, TAKEN, Account, Doubt, LeftOut, Match
from addin.old_roster.crossing import Crossing, cross
from addin.policy import FEN, Installed, Policy, Unit, fold
from addin.roster import fold_village, header, is_whole, lines, place_on_cover
from addin.roster.read import fill_merged, strange_cells
from addin.roster.values import without_placeholders

PAYMENTS = (
    *(f"{scheme}_{what}" for scheme in ("medical", "pension") for what in ("paid", "date", "receipt")),
    "entered", "confirmation", "special_case", "special_date",
)  # fmt: skip
"""Columns of last year's collection: blank in the new roster unless asked for."""
_UNIT_HEADERS = {
    fold(word)
    for word in (
        "乡镇",
        "乡镇街道",
        "乡镇/街道",
        "乡镇(街道)",
        "所属乡镇",
        "所在乡镇",
        "镇",
        "街道",
        "单位",
        "所属单位",
    )
}
_FROM_THE_NUMBER = {fold(word) for word in ("性别", "出生日期", "出生年月", "出生年月日", "出生", "年龄", "周岁")}
"""Headers of facts that the document number has already."""
_GONE = re.compile(r"死亡|去世|已故|病故|销户|迁出|迁走|外迁")
_GONE_REASONS = ("死亡未销户", "户口已迁出")
SEVERAL_UNITS = "several units"
"""The code of the refusal that asks for a unit; the others of an import have none of their own."""
_LEAST = 2
"""Headers that must be known, the name or the number among them."""
_KINDS = {
    lines.MONEY: "没有姓名和证件号码，只有金额",
    lines.FILLED_DOWN: "没有姓名和证件号码，只有下拉填充的内容",
    lines.SUM: "合计、小计",
    lines.HEADER: "重复的表头",
    lines.NOTE: "说明、签字等",
}
_ELSEWHERE = "只有认不出的栏目有内容"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The clerk's choices: the unit, the sheet ('' to have it found), whether to keep payments."""

    unit: str = ""
    sheet: str = ""
    keep_payments: bool = False


@dataclass
class OldRoster:
    """The people as `template.write_roster` takes them, the cover, and what the account says line by line."""

    account: Account
    cover: dict[str, object]
    people: list[dict[str, object]]
    lines_left_out: list[tuple[int, str, str]] = field(default_factory=list)
    """Row of the old sheet, why, what stands in it (IDs masked)."""
    to_look_at: list[tuple[int, int, str, str, str, str]] = field(default_factory=list)
    """Rows of the old and the new sheet, village, household, name, what."""


def read(path: Path, name: str, policy: Policy, notices: Sequence[Installed], wanted: Wanted) -> OldRoster | Refusal:
    """Read the old book at `path`; says in a sentence why where nothing can be taken from it.

    `policy` is the notice in force; the book itself is understood by the one of `notices` that its cover names.
    """
    book = intake.read(path)
    if isinstance(book, Refusal):
        return book
    chosen = _sheet(book, wanted.sheet)
    if isinstance(chosen, Refusal):
        return chosen
    sheet, others = chosen
    cover = _cover_of(book)
    number, fingerprint = (values.shown(cover.get(key, "")) for key in ("policy", "fingerprint"))
    crossing = cross(policy, number, fingerprint, notices)
    return _Reading(sheet, crossing, wanted, cover, others, ids.mask_file_name(name)).result()


def _sheet(book: Book, asked: str) -> tuple[Sheet, tuple[tuple[str, int], ...]] | Refusal:
    """The sheet with the people, and further ones that look like lists of people."""
    scores = {}
    for name, sheet in book.sheets.items():
        head = header.find(sheet.grid.rows(0, header.SEARCHED_ROWS)) if sheet.grid.height else None
        if head is not None and head.score >= _LEAST and {"name", "id_number"} & head.positions.keys():
            scores[name] = head.score
    if asked:
        name = next((name for name in book.sheets if fold(name) == fold(asked)), "")
        if name not in scores:
            there = "、".join(scores) or "没有"
            return Refusal("", f"没有能导入的工作表“{asked[:31]}”。", f"认得出的工作表：{ids.mask_text(there)[:80]}。")
    elif not scores:
        return Refusal(
            "", _nothing_known(book), "表头里至少要有“姓名”或“证件号码”，且与其他栏目在同一行；请改好表头再试。"
        )
    else:
        own = [name for name in scores if fold(name) == fold(columns.ROSTER_SHEET)]
        name = own[0] if own else max(scores, key=lambda name: scores[name])
    others = tuple(
        (ids.mask_text(other)[:31], int((book.sheets[other].grid.codes != 0).any(axis=1).sum()))
        for other in scores
        if other != name
    )
    return book.sheets[name], others


def _nothing_known(book: Book) -> str:
    heads = [
        header.find(sheet.grid.rows(0, header.SEARCHED_ROWS)) for sheet in book.sheets.values() if sheet.grid.height
    ]
    best = max(heads, key=lambda head: head.score, default=None)
    words = best.not_understood if best is not None and best.score else ""
    return f"认不出哪一行是表头。{words}"


def _cover_of(book: Book) -> dict[str, object]:
    """The fields of the old cover, if there is one."""
    fields: dict[str, object] = {}
    sheet = next((sheet for name, sheet in book.sheets.items() if fold(name) == fold(columns.COVER_SHEET)), None)
    if sheet is None:
        return fields
    for key in ("township", "scope", "part", "parts", "clerk", "policy", "fingerprint"):
        try:
            row, column = place_on_cover(sheet, key)
            fields[key] = sheet.rows[row - 1][column - 1]
        except (KeyError, IndexError):
            continue
    return fields


class _Reading:
    """One sheet that becomes a roster."""

    def __init__(
        self,
        sheet: Sheet,
        crossing: Crossing,
        wanted: Wanted,
        cover: dict[str, object],
        others: tuple[tuple[str, int], ...],
        file: str,
    ) -> None:
        self.sheet, self.crossing, self.wanted, self.given, self.others, self.file = (
            sheet,
            crossing,
            wanted,
            cover,
            others,
            file,
        )
        self.policy = crossing.policy
        self.gone: dict[str, list[int]] = {}
        """Values that the notice in force no longer has, and the people (by place) who had them."""
        self.head = header.find(sheet.grid.rows(0, header.SEARCHED_ROWS))
        self.positions = dict(self.head.positions)
        self.guessed = self._guess()
        self.matches: list[Match] = []

    def _guess(self) -> set[str]:
        """Headers that are nearly ours."""
        missing = {fold(column.header): column.key for column in COLUMNS if column.key not in self.positions}
        guessed = set()
        for position, text in self.head.unmatched:
            if fold(text) in _UNIT_HEADERS | _FROM_THE_NUMBER:
                continue
            for near in difflib.get_close_matches(fold(text), missing, n=1, cutoff=header.NEAR_MISS):
                key = missing.pop(near)
                self.positions[key] = position
                guessed.add(key)
        return guessed

    def result(self) -> OldRoster | Refusal:
        if self.head.twice is not None:
            first, other, key = self.head.twice
            return Refusal(
                "",
                f"{letter(first)}列和{letter(other)}列的表头都是“{BY_KEY[key].header}”，不知道取哪一列。",
                "请把不要的一列删去或改名再试。",
            )
        grid, row = self.sheet.grid, self.head.row
        length = grid.height - row
        blank = Distinct(np.zeros(length, dtype=np.intp), [""])
        cells = {
            column.key: grid.column(self.positions[column.key], row) if column.key in self.positions else blank
            for column in COLUMNS
        }
        strange = strange_cells(self.sheet, self.positions, row, length)
        sorted_out = lines.sort_out(cells, strange)
        fill_merged(self.sheet, self.positions, row, sorted_out.people, cells)
        people = sorted_out.people.copy()
        units = self._units(people)
        if isinstance(units, Refusal):
            return units
        kinds: dict[str, npt.NDArray[np.intp]] = {_KINDS[code]: at for code, at in sorted_out.kinds.items()}
        if units.others.any():
            kinds[f"其他单位的人（{'、'.join(units.other_names[:5])}）"] = np.flatnonzero(units.others)
            people &= ~units.others
        anything = (grid.codes[row:] != 0).any(axis=1)
        if (rest := np.flatnonzero(anything & ~sorted_out.filled)).size:
            kinds[_ELSEWHERE] = rest
        if not people.any():
            return Refusal("", f"“{ids.mask_text(self.sheet.name)[:31]}”的表头下面没有能导入的人。", "请核对选的文件。")
        self.at = np.flatnonzero(people)
        self.remarks: list[list[str]] = [[] for _ in self.at]
        taken = self._inputs(cells, strange)
        names_twice = self._villages_met_twice(taken, units)
        self._other_columns(taken, units.position)
        for person, words in zip(taken, self.remarks, strict=True):
            if words:
                person["remark"] = "；".join(filter(None, (str(person.get("remark", "")), *words)))
        self._amounts(taken)
        doubts, to_look_at = self._doubts(taken, names_twice)
        left_out = [(int(n) + row + 1, why, self._content(int(n) + row)) for why, at in kinds.items() for n in at]
        account = self._account(len(taken), kinds, doubts, units)
        return OldRoster(account, self._cover(units), taken, sorted(left_out), to_look_at)

    def _account(
        self, persons: int, kinds: Mapping[str, npt.NDArray[np.intp]], doubts: tuple[Doubt, ...], units: _Units
    ) -> Account:
        """The account of the sheet; `kinds` are the lines left out, by why."""
        header_row = self.head.row
        return Account(
            file=self.file,
            sheet=ids.mask_text(self.sheet.name)[:31],
            header_row=header_row,
            persons=persons,
            matches=tuple(sorted(self.matches, key=lambda match: (len(match.letter), match.letter))),
            missing=tuple(
                column.header
                for column in INPUTS
                if column.needed and column.key not in self.positions and column.key not in PAYMENTS
            ),
            left_out=tuple(
                LeftOut(why, len(at), lines.named_rows((at + header_row + 1).tolist())) for why, at in kinds.items()
            ),
            doubts=doubts,
            unit=units.unit.name if units.unit else "",
            notice=self.crossing.words,
            moved=units.words,
            other_sheets=self.others,
            with_payments=self.wanted.keep_payments,
        )

    # ------------------------------------------------------------ whose people

    def _units(self, people: npt.NDArray[np.bool_]) -> _Units | Refusal:
        """The unit of the roster, and the lines of others; a sheet of several units needs to be told which."""
        wanted = self.policy.unit_since(self.wanted.unit) if self.wanted.unit else None
        if self.wanted.unit and wanted is None:
            names = "、".join(unit.name for unit in self.policy.units)
            return Refusal("", f"没有“{self.wanted.unit[:20]}”这个单位，请核对名称。", f"可填：{names}。")
        position = next(
            (
                at
                for at, text in self.head.unmatched
                if fold(text) in _UNIT_HEADERS and at not in self.positions.values()
            ),
            0,
        )
        on_cover, was_on_cover = self.crossing.unit(values.shown(self.given.get("township", "")))
        if not position:
            of_cover = Distinct(np.zeros(len(people), dtype=np.intp), [was_on_cover])
            return self._of(wanted or on_cover, of_cover, people, np.zeros(len(people), dtype=bool), 0)
        column = self.sheet.grid.column(position, self.head.row)
        named = [self.crossing.unit(values.shown(value)) for value in column.values]
        used = np.bincount(column.codes[people], minlength=len(named)) > 0
        there = {unit.name: unit for (unit, _), met in zip(named, used, strict=True) if unit and met}
        if wanted is None and len(there) > 1:
            some = "、".join(list(there)[:6])
            return Refusal(
                SEVERAL_UNITS,
                f"旧册里有{len(there)}个单位的人（{some}{'等' if len(there) > 6 else ''}）。",
                "请指明导入哪个单位，一次一个。",
            )
        unit = wanted or next(iter(there.values()), on_cover)
        # who belongs to a unit that is no more stays only where nobody belongs to the one that is wanted
        others = [
            unit is not None and bool(was) and now != unit and (now is not None or unit.name in there)
            for now, was in named
        ]
        then = Distinct(column.codes, [was for _, was in named])
        return self._of(unit, then, people, np.array(others, dtype=bool)[column.codes], position)

    def _of(
        self,
        unit: Unit | None,
        then: Distinct,
        people: npt.NDArray[np.bool_],
        others: npt.NDArray[np.bool_],
        position: int,
    ) -> _Units:
        """The unit of the roster and what it was `then`, in words where that was called otherwise."""
        named = [str(value) for value in then.values]
        left_out = dict.fromkeys(named[code] for code in np.unique(then.codes[people & others]).tolist())
        counts: Counter[str] = Counter()
        for code, count in enumerate(np.bincount(then.codes[people & ~others], minlength=len(named)).tolist()):
            counts[named[code]] += count
        before = {name: count for name, count in counts.items() if name and count}
        words = []
        if unit is None:
            words += [f"旧册的单位“{name}”新通知没有。" for name in before]
        elif before.keys() - {unit.name}:
            each = "、".join(f"“{name}”（{count:,}人）" for name, count in before.items())
            words.append(f"旧册的单位{each}转入“{unit.name}”。")
        merged = self.crossing.merged_into(unit) if unit else ()
        rest = [name for name in merged if name not in before] if before.keys() & set(merged) else []
        if unit and rest:
            words.append(
                f"“{unit.name}”由{'、'.join(merged)}合成，本册没有{'、'.join(rest)}的人，要另行导入；"
                "并成一册上报，或在封面按村（社区）填“分册”和“应报分册数”。"
            )
        return _Units(unit, people & others, list(left_out), position, then, tuple(words), bool(rest))

    def _cover(self, units: _Units) -> dict[str, object]:
        unit = units.unit
        scope = str(self.given.get("scope", ""))
        fields: dict[str, object] = {"scope": scope} if scope in columns.scopes(self.policy.schemes) else {}
        if text := values.shown(self.given.get("clerk", "")):
            fields["clerk"] = text
        part = values.shown(self.given.get("part", ""))
        was = self.crossing.old.unit(values.shown(self.given.get("township", ""))) if self.crossing.old else None
        whole = bool(part) and unit is not None and is_whole(part, was or unit)
        if not units.incomplete:  # else neither this half nor the other may stand for the whole unit
            if isinstance(parts := self.given.get("parts"), (int, float)):
                fields["parts"] = parts
            part = columns.WHOLE if whole and was != unit else part
        elif whole:
            part = ""
        return fields | ({"part": part} if part else {}) | ({"township": unit.name} if unit else {})

    def _villages_met_twice(self, people: Sequence[Mapping[str, object]], units: _Units) -> list[int]:
        """Who lives in a village of whose name another of the merged units has one, too."""
        of = [units.then.values[code] for code in units.then.codes[self.at].tolist()]
        if len(set(of)) == 1:
            return []
        villages = [fold_village(str(person.get("village", ""))) for person in people]
        met: dict[str, set[object]] = {}
        for village, unit in zip(villages, of, strict=True):
            met.setdefault(village, set()).add(unit)
        return [n for n, village in enumerate(villages) if village and len(met[village] - {""}) > 1]

    # ------------------------------------------------------------ columns

    def _inputs(
        self, cells: Mapping[str, Distinct], strange: Mapping[str, npt.NDArray[np.uint8]]
    ) -> list[dict[str, object]]:
        """The columns that are ours, cell by cell; what is not understood goes to the remarks."""
        people: list[dict[str, object]] = [{} for _ in self.at]
        for column in COLUMNS:
            if column.key not in self.positions:
                continue
            held = cells[column.key].among(self.at)
            filled = int(held.filled().sum())
            if column.scheme not in (None, *self.policy.schemes):
                self._note(column, DROPPED, filled, "新通知没有这一险种")
            elif column.filled_by != "clerk":
                self._note(column, DROPPED, filled, "自动计算，由新册重新算")
            elif column.key in PAYMENTS and not self.wanted.keep_payments:
                self._note(column, DROPPED, filled, "上一年的缴费，新册从头登记")
            else:
                unread = (
                    strange[column.key][self.at] > 0 if column.key in strange else np.zeros(len(self.at), dtype=bool)
                )
                self._take(column, without_placeholders(column.key, held), unread, people, filled)
        return people

    def _take(
        self,
        column: Column,
        held: Distinct,
        unread: npt.NDArray[np.bool_],
        people: list[dict[str, object]],
        filled: int,
    ) -> None:
        take = values.taking(column, self.crossing)
        taken = [
            values.Taken() if value == "" or (isinstance(value, str) and not value.strip()) else take(value)
            for value in held.values
        ]
        remarked = int(unread.sum())
        for n, (code, unreadable) in enumerate(zip(held.codes.tolist(), unread.tolist(), strict=True)):
            entry = taken[code]
            words = "错误值或没有计算过的公式" if unreadable else entry.left
            remarked += bool(words) and not unreadable
            if entry.value != "" and not unreadable:
                people[n][column.key] = entry.value
            for gone in () if unreadable else entry.gone:
                self.gone.setdefault(f"{column.header}“{gone}”新通知没有，已写入备注，请按新通知填", []).append(n)
            if words:
                self.remarks[n].append(f"旧册{column.header}：{words}")
        how = GUESSED if column.key in self.guessed else TAKEN
        self._note(column, how, filled + int(unread.sum()), "", remarked)

    def _note(self, column: Column, how: str, filled: int, why: str, remarked: int = 0) -> None:
        position = self.positions[column.key]
        self.matches.append(
            Match(letter(position), self._header(position), column.header, how, filled, why, column.key, remarked)
        )

    def _header(self, position: int) -> str:
        return ids.mask_text(values.shown(self._cells(self.head.row - 1)[position - 1]))[:30]

    def _other_columns(self, people: Sequence[Mapping[str, object]], unit_column: int) -> None:
        """The columns that are not ours: said once where all rows say the same, else in 备注."""
        numbers = [str(person.get("id_number", "")) for person in people]
        born = ids.read(numbers, [str(person.get("id_type", "")) for person in people]).born > 0
        for position in range(1, self.sheet.grid.width + 1):
            if position in self.positions.values():
                continue
            held = self.sheet.grid.column(position, self.head.row).among(self.at)
            texts = [values.shown(value) for value in held.values]
            filled = held.filled()
            text = self._header(position) or f"第{letter(position)}列"
            match = Match(letter(position), text, "", DROPPED, int(filled.sum()))
            if not filled.any():
                if self._header(position):
                    self.matches.append(Match(letter(position), text, "", DROPPED, 0, "没有内容"))
                continue
            if position == unit_column:
                self.matches.append(Match(letter(position), text, "", DROPPED, match.filled, "单位在封面上"))
                continue
            if fold(text) in _FROM_THE_NUMBER:
                rows = np.flatnonzero(filled & ~born)
                why = "证件号码里已有" + (f"；证件号码读不出的{len(rows)}人写入备注" if len(rows) else "")
                self.matches.append(Match(letter(position), text, "", DROPPED, match.filled, why, "", len(rows)))
            elif filled.all() and len(filled) > 1 and len({texts[code] for code in held.codes.tolist()}) == 1:
                only = ids.mask_text(texts[held.codes[0]])[:30]
                self.matches.append(Match(letter(position), text, "", DROPPED, match.filled, f"各行都是“{only}”"))
                continue
            else:
                rows = np.flatnonzero(filled)
                self.matches.append(Match(letter(position), text, "", REMARKED, match.filled, "", "", len(rows)))
            for n in rows.tolist():
                self.remarks[n].append(f"{text}：{texts[held.codes[n]]}")

    def _amounts(self, people: list[dict[str, object]]) -> None:
        """Fill in the computed columns, so that readers see amounts before the first recalculation."""
        categories = self._categories(people)
        for scheme in self.policy.schemes:
            tiers = [_fen(person.get("tier")) for person in people] if scheme == "pension" else None
            due = amounts.table(self.policy, scheme, categories, tiers)
            shown = [what for what in ("due", "subsidy", "refund") if f"{scheme}_{what}" in BY_KEY]
            money = {what: due["cash" if what == "due" else what].tolist() for what in shown}
            for n, (person, known) in enumerate(zip(people, due["known"].tolist(), strict=True)):
                enrolled = person.get(f"{scheme}_status") == ENROLLED and (tiers is None or tiers[n])
                for what in shown:
                    person[f"{scheme}_{what}"] = money[what][n] / FEN if known and enrolled else ""

    def _categories(self, people: Sequence[Mapping[str, object]]) -> list[str]:
        """The categories that decide the amounts, with the groups of a notice that has some."""
        categories = np.array([person.get("category", "") for person in people], dtype=object)
        if self.policy.groups:
            born = _read_numbers(people).born
            schooling = [person.get("schooling", "") for person in people]
            categories = amounts.with_groups(
                self.policy, categories, amounts.group_words(self.policy, categories, born, schooling)
            )
        return [str(text) for text in categories]

    # ------------------------------------------------------------ what to look at

    def _doubts(
        self, people: Sequence[Mapping[str, object]], names_twice: list[int]
    ) -> tuple[tuple[Doubt, ...], list[tuple[int, int, str, str, str, str]]]:
        numbers = [str(person.get("id_number", "")) for person in people]
        read = _read_numbers(people)
        kinds: list[tuple[str, list[int]]] = [
            ("姓名或证件号码空着", [n for n, person in enumerate(people) if not person.get("name") or not numbers[n]]),
            (
                "证件号码有误（位数、日期或校验码）",
                np.flatnonzero((read.fault > 0) & (np.array(numbers, dtype=object) != "")).tolist(),
            ),
            ("证件号码与另一行相同", _twice(read.canonical.tolist())),
            ("旧册说已死亡或迁出，请核实", [n for n, person in enumerate(people) if _is_gone(person)]),
        ]
        if "pension" in self.policy.schemes:
            kinds += self._of_age(people, read.born)
        kinds += [("合并前的两个单位都有这个村名，请在村名前加原单位名区分", names_twice), *self.gone.items()]
        first = columns.FIRST_ROW
        doubts = tuple(Doubt(what, len(at), lines.named_rows([first + n for n in at])) for what, at in kinds if at)
        listed = [
            (
                int(self.at[n]) + self.head.row + 1,
                first + n,
                str(people[n].get("village", "")),
                str(people[n].get("household", "")),
                str(people[n].get("name", "")),
                what,
            )
            for what, at in kinds
            for n in at
        ]
        return doubts, listed

    def _of_age(
        self, people: Sequence[Mapping[str, object]], born: npt.NDArray[np.int32]
    ) -> list[tuple[str, list[int]]]:
        end, (least, elder) = self.policy.schemes["pension"].window.end, checks.age_limits(self.policy)
        grown, old = [], []
        for n, (person, day) in enumerate(zip(people, born.tolist(), strict=True)):
            if day <= 0:
                continue
            age, status = ids.age(day, end), person.get("pension_status", "")
            if least <= age < elder and (status == "未满16周岁" or (not status and age == least)):
                grown.append(n)
            if age >= elder and (status in (ENROLLED, "暂未参保") or (not status and age == elder)):
                old.append(n)
        return [
            (f"到{end.isoformat()}新满{least}周岁，可以参加养老", grown),
            (f"到{end.isoformat()}已满{elder}周岁，请核实是否领取待遇", old),
        ]

    def _content(self, n: int) -> str:
        """The content of a line of the old sheet (0-based), for the account."""
        return ids.mask_text("　".join(filter(None, map(values.shown, self._cells(n)))))[:120]

    def _cells(self, n: int) -> list[object]:
        grid = self.sheet.grid
        return [grid.values[code] for code in grid.codes[n].tolist()]


@dataclass(frozen=True, slots=True)
class _Units:
    """The unit of the roster, the lines of others and those others' names, the column that names units (0: none).

    `then` is what each line's unit was called in the old book, `words` what became of it; `incomplete`: people of a
    unit that has become part of this one are in another book.
    """

    unit: Unit | None
    others: npt.NDArray[np.bool_]
    other_names: list[str]
    position: int
    then: Distinct
    words: tuple[str, ...]
    incomplete: bool


def _read_numbers(people: Sequence[Mapping[str, object]]) -> ids.Identities:
    """What the document numbers say."""
    return ids.read(
        [str(person.get("id_number", "")) for person in people], [str(person.get("id_type", "")) for person in people]
    )


def _twice(numbers: Iterable[str]) -> list[int]:
    held = list(numbers)
    counts = Counter(held)
    return [n for n, number in enumerate(held) if number and counts[number] > 1]


def _is_gone(person: Mapping[str, object]) -> bool:
    return person.get("medical_reason") in _GONE_REASONS or bool(_GONE.search(str(person.get("remark", ""))))


def _fen(tier: object) -> float | None:
    """A tier in fen; None where there is none."""
    return float(tier) * FEN if isinstance(tier, (int, float)) and tier else None
