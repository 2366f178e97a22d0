"""An attachment as printed: a CSV file whose columns the notice's `attachment` table names, verified line by line.

In: the table, the units, the file. Out: an `Attachment`. Units, subtotals (小计), the total line (合计, first or last)
and villages under their unit are told apart; whole numbers must add up, and where the office's own figures do not, the
difference is declared (`slips`, for the quota's total `printed_minus_sum`). Several schemes may name one file.
"""

from __future__ import annotations

import csv
import difflib
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from addin.policy.model import (
    Attachment,
    AttachmentColumns,
    AttachmentRow,
    PolicyError,
    PrintedLine,
    Unit,
    VillageQuota,
    fold,
)
from addin.policy.table import Table
from addin.policy.villages import Places, fold_village

_FOUR = {"order": 0, "unit": 1, "base": 2, "quota": 3}
"""The columns of an attachment whose table names none."""
_ROLES = ("order", "unit", "village", "base", "quota")
_NOTHING = ("", "-", "－", "—", "——", "/", "／")
"""How a cell without a number is printed."""
_WHOLE = re.compile(r"-?\d+|-?\d{1,3}(?:,\d{3})+")


def nothing() -> Attachment:
    """A placeholder for an attachment that can't be read, while further faults are gathered."""
    return Attachment(0, "", (), (), 0, 0, (), (), (), AttachmentColumns(0, 0))


def read(table: Table, units: Sequence[Unit], total: int, others: Sequence[Mapping[str, object]] = ()) -> Attachment:
    """The attachment of a scheme. `total`: the sum that the notice's text names, or 0; `others`: the tables of other
    schemes that share the file (see `sharing`): the columns that they take are verified with them, and what they declare
    of further columns holds here too. Faults are raised or gathered, as the table does it.
    """
    path = table.file.parent / table.text("file")
    attachment = _Reading(table, path, units, total, others).attachment() if path.name else nothing()
    table.done()
    return attachment


class _Reading:
    """One file while it is read for one scheme."""

    def __init__(
        self,
        table: Table,
        path: Path,
        units: Sequence[Unit],
        total: int,
        others: Sequence[Mapping[str, object]],
    ) -> None:
        self.table, self.path, self.total_of_text = table, path, total
        self.names = {fold(word): unit.name for unit in units for word in unit.names}
        self.units = {unit.name: unit for unit in units}
        self.others = {fold(str(other[role])) for other in others for role in ("base", "quota") if role in other}
        self.unlisted = table.texts("unlisted")
        self.printed_minus_sum = table.number("printed_minus_sum", 0)
        self.slips: dict[str, object] = dict(table.get("slips", dict, {}))
        self.others_slips: dict[str, object] = {}
        for other in others:
            declared = other.get("slips")
            self.others_slips |= declared if isinstance(declared, dict) else {}
        self.named = {role: table.text(role, "") for role in _ROLES}
        self.number, self.title, self.footnotes = table.number("number"), table.text("title"), table.texts("footnotes")
        self.headers: tuple[str, ...] = ()
        self.lines: list[PrintedLine] = []
        self.unit_lines: dict[str, PrintedLine] = {}
        self.villages: dict[str, dict[str, PrintedLine]] = {}
        """By unit, then by the name as rosters are compared with it."""
        self.unread: set[int] = set()
        """The numbers of lines that have a fault: what they are part of is not added up."""
        self.remarks: list[str] = []
        """The declared slips, in words."""

    def fault(self, where: str | int, problem: str) -> None:
        """A fault of the file itself, of its header or total, or in a line."""
        if isinstance(where, int):
            self.unread.add(where)
            where = f"第{where}行"
        self.table.gather(PolicyError(self.path, where, problem))

    def attachment(self) -> Attachment:
        """The whole of it."""
        cells = self._cells()
        columns = self._columns() if cells else None
        if columns is None:
            return nothing()
        self.columns = columns
        for number, line in cells:
            if len(line) != len(self.headers):
                self.fault(number, f"列数不对：有{len(line)}栏，表头有{len(self.headers)}栏")
            elif printed := self._line(number, line):
                self.lines.append(printed)
        self._members()
        return self._verified(self._rows())

    # ---------------------------------------------------------------- the file and its header

    def _cells(self) -> list[tuple[int, list[str]]]:
        """The lines under the header that are not empty, numbered as Excel does. A cell's line breaks are dropped."""
        try:
            text = self.path.read_text(encoding="utf-8-sig")
        except OSError:
            self.fault(self.table.where, "附件读不到，请检查 file 写的文件名")
            return []
        except UnicodeDecodeError:
            self.fault(self.table.where, "附件不是UTF-8编码；用Excel另存时，请选“CSV UTF-8（逗号分隔）”")
            return []
        rows = enumerate(csv.reader(io.StringIO(text, newline="")), 1)
        lines = [(number, ["".join(cell.splitlines()).strip() for cell in row]) for number, row in rows]
        if not lines:
            self.fault("表头", "是空的；第一行应是表头")
            return []
        self.headers = tuple(lines[0][1])
        return [(number, line) for number, line in lines[1:] if any(line)]

    def _columns(self) -> AttachmentColumns | None:
        """Where the columns stand that the table names, or the usual four."""
        shown = "、".join(self.headers)
        if not any(self.named.values()):
            if len(self.headers) != len(_FOUR):
                words = "应有四栏：序号、乡镇/街道、上年人数、任务数；栏目不同的，在 policy.toml 里用 unit、quota 等写明栏名"
                self.fault("表头", f"{words}（表头是：{shown}）")
                return None
            return AttachmentColumns(**_FOUR)
        places: dict[str, int] = {}
        for role, name in self.named.items():
            at = [n for n, header in enumerate(self.headers) if name and fold(header) == fold(name)]
            if not name and role in ("unit", "quota"):
                self.table.wrong(
                    f"写了栏名，就要写明 {role}（{'单位' if role == 'unit' else '任务数'}是哪一栏），表头是：{shown}"
                )
            elif len(at) > 1:
                self.fault("表头", f"“{name}”有{len(at)}栏，请改成不同的栏名")
            elif name and not at:
                self.table.wrong(f"{role}：{self.path.name} 的表头没有“{name}”，表头是：{shown}")
            elif at and at[0] in places.values():
                self.table.wrong(f"{role}：“{name}”已作别的用处，一栏只能有一个用处")
            elif at:
                places[role] = at[0]
        wanted = {role for role, name in self.named.items() if name} | {"unit", "quota"}
        return AttachmentColumns(**places) if wanted == set(places) else None

    # ---------------------------------------------------------------- its lines

    def _line(self, number: int, texts: Sequence[str]) -> PrintedLine | None:
        """The kind of a line; None, with a fault noted, where it is unclear."""
        columns = self.columns
        cells = tuple(text if (value := _whole(text)) is None else value for text in texts)
        name = texts[columns.unit]
        village = "" if columns.village is None else texts[columns.village]
        kind = _sum_kind(name or next(text for text in texts if text))
        if kind:
            return PrintedLine(kind, number, cells)
        if not village or _sum_kind(village):
            return self._unit_line(number, name, cells)
        above = next((line for line in reversed(self.lines) if line.kind != "village"), None)
        if above is None or above.kind != "unit" or (name and fold(name) != fold(str(above.cells[columns.unit]))):
            self.fault(number, f"村“{village}”上面没有它的单位一行；单位一行在前，所属的村在后")
            return None
        own = self.villages.setdefault(above.unit, {})
        key = fold_village(village, self.units.get(above.unit))
        if alike := Places(own).alike(key):
            other = own[alike[0]]
            if fold(other.village) == fold(village):
                problem = f"{above.unit}的村“{village}”列了两次，第{other.number}行已有"
            elif alike[0] == key:
                problem = (
                    f"{above.unit}的村“{village}”与第{other.number}行“{other.village}”是一个村的两种写法，请并为一行"
                )
            else:
                problem = (
                    f"{above.unit}的村“{village}”与第{other.number}行“{other.village}”分不开，请都写明是村还是社区"
                )
            self.fault(number, problem)
            return None
        line = own[key] = PrintedLine("village", number, cells, above.unit, village)
        return line

    def _unit_line(self, number: int, name: str, cells: tuple[str | int, ...]) -> PrintedLine | None:
        """A unit's line; one of a unit that is unknown or was there before holds the place of what may be meant."""
        if not name:
            header = self.headers[self.columns.unit]
            self.fault(number, f"“{header}”是空的，应是单位、小计或合计；表下的说明请移到 footnotes")
            return None
        order = 1 + len(self.unit_lines)
        given = order if self.columns.order is None else cells[self.columns.order]
        if not isinstance(given, int):
            self.fault(number, f"序号、人数应是整数，序号填的是“{given}”")
        elif given != order and not self.unread:
            self.fault(number, f"序号是{given}，应从1起连续，这里应是{order}")
        unit = self.names.get(fold(name), "")
        if not unit:
            near = difflib.get_close_matches(name, self.names, n=1)
            advice = f"，最接近的是“{near[0]}”" if near else ""
            self.fault(number, f"{name} 不在单位总表 units 中{advice}；请改正，或补进总表，或写为那个单位的别名")
        elif twice := self.unit_lines.get(unit):
            self.fault(number, f"{name} 重复：第{twice.number}行已有{unit}")
        key = f"{name}（第{number}行）" if not unit or unit in self.unit_lines else unit
        line = self.unit_lines[key] = PrintedLine("unit", number, cells, key)
        return line

    def _members(self) -> None:
        """Give each subtotal its units: those above it, or, where the first line is a subtotal, those below it."""
        lines = [line for line in self.lines if line.kind in ("unit", "subtotal")]
        heads = bool(lines) and lines[0].kind == "subtotal"
        if heads:
            lines.reverse()
        members: dict[int, tuple[str, ...]] = {}
        units: list[str] = []
        for line in lines:
            if line.kind == "unit":
                units.append(line.unit)
                continue
            members[line.number] = tuple(reversed(units) if heads else units)
            units = []
            if not members[line.number]:
                words = "小计只能有一层，各小计之间要有单位"
                self.fault(line.number, f"小计{'下' if heads else '上'}面没有单位；{words}")
        self.lines = [
            line
            if line.kind != "subtotal"
            else PrintedLine("subtotal", line.number, line.cells, members=members[line.number])
            for line in self.lines
        ]

    # ---------------------------------------------------------------- its numbers

    def _rows(self) -> list[AttachmentRow]:
        """The units that hold a quota, with the villages under them."""
        rows = []
        for order, line in enumerate(self.unit_lines.values(), 1):
            base = None if self.columns.base is None else self._people(line, self.columns.base)
            quota = self._people(line, self.columns.quota)
            printed = str(line.cells[self.columns.unit])
            if quota is not None:
                rows.append(AttachmentRow(order, printed, line.unit, base, quota, self._village_quotas(line.unit)))
            elif line.cells[self.columns.quota] in _NOTHING and line.unit not in self.unlisted:
                self.fault(line.number, f"{printed} 没有任务数；确实没有的，在 unlisted 里写明")
        return rows

    def _village_quotas(self, unit: str) -> tuple[VillageQuota, ...]:
        quotas = []
        for line in self.villages.get(unit, {}).values():
            own = self._people(line, self.columns.quota)
            if own is None and line.cells[self.columns.quota] in _NOTHING:
                self.fault(line.number, f"{line.village} 没有任务数；没有任务的写0")
            quotas.append(VillageQuota(line.village, own or 0))
        return tuple(quotas)

    def _people(self, line: PrintedLine, column: int) -> int | None:
        """A number of people; None where there is none."""
        value = line.cells[column]
        if isinstance(value, int):
            if value < 0:
                self.fault(line.number, f"“{self.headers[column]}”是{value}，人数不能是负数")
            return value
        if value not in _NOTHING:
            self.fault(line.number, f"序号、人数应是整数，“{self.headers[column]}”填的是“{value}”")
        return None

    def _verified(self, rows: list[AttachmentRow]) -> Attachment:
        columns = self.columns
        totals = [line for line in self.lines if line.kind == "total"]
        if not totals:
            self.fault("合计", "没有合计行")
        elif len(totals) > 1:
            self.fault(totals[1].number, f"合计行重复：第{totals[0].number}行已是合计")
        elif totals[0] not in (self.lines[0], self.lines[-1]):
            self.fault(totals[0].number, "合计行之后还有内容；合计应在最前或最后一行")
        printed = totals[0].cells if totals else ()
        quota = printed[columns.quota] if printed else 0
        if printed and not isinstance(quota, int):
            self.fault("合计", f"任务数的合计应是整数，填的是“{quota}”")
        self._add_up(totals)
        attachment = Attachment(
            number=self.number,
            title=self.title,
            headers=self.headers,
            rows=tuple(rows),
            printed_base=_number(printed, columns.base),
            printed_quota=_number(printed, columns.quota) or 0,
            footnotes=self.footnotes,
            unlisted=self.unlisted,
            lines=tuple(self.lines),
            columns=columns,
            slips=tuple(self.remarks),
        )
        if totals and (not attachment.printed_quota or not attachment.sum_quota):
            self.fault("合计", "全部单位的任务数合计是0，完成率无从算起")
        if totals and self.total_of_text not in (0, attachment.printed_quota):
            self.fault("合计", f"任务数印发{attachment.printed_quota}，正文为{self.total_of_text}")
        missing = self.units.keys() - {row.unit for row in rows}
        if missing != set(self.unlisted) and not self.unread:
            self.table.wrong(f"附件未列的单位应在 unlisted 中写明：{'、'.join(sorted(missing)) or '无'}")
        return attachment

    def _add_up(self, totals: Iterable[PrintedLine]) -> None:
        """Villages against their unit, units against subtotals and total, in every column of whole numbers."""
        for unit, villages in self.villages.items():
            line = self.unit_lines[unit]
            self._compare(line, list(villages.values()), f"{line.cells[self.columns.unit]}各村")
        for line in self.lines:
            if line.kind == "subtotal" and line.members:
                self._compare(line, [self.unit_lines[unit] for unit in line.members], "所含各单位")
        for line in totals:
            self._compare(line, list(self.unit_lines.values()), "各行")
        for slip in sorted(self.slips) if not self.unread else ():
            self.table.wrong(f"slips：“{slip}”没有差数，或没有这一行、这一栏；请删去")

    def _compare(self, line: PrintedLine, parts: Sequence[PrintedLine], whose: str) -> None:
        numbers = [line.number, *(part.number for part in parts)]
        before = max((other.number for other in self.lines if other.number < min(numbers)), default=0)
        after = min((other.number for other in self.lines if other.number > max(numbers)), default=math.inf)
        if any(before < number < after for number in self.unread):
            return
        for column in self._added():
            whole, people = line.cells[column], [part.cells[column] for part in parts]
            if not isinstance(whole, int) or not any(isinstance(number, int) for number in people):
                continue
            added = sum(number for number in people if isinstance(number, int))
            if line.kind == "total" and column == self.columns.quota:
                if whole - added != self.printed_minus_sum:
                    words = f"任务数印发{whole}，各行相加{added}，与声明的差数{self.printed_minus_sum}不符"
                    self.fault("合计", f"{words}；请改正，附件原样如此的，写 printed_minus_sum = {whole - added}")
                continue
            header, place = self.headers[column], f"第{line.number}行 {self.headers[column]}"
            declared = self.slips.pop(place, self.others_slips.get(place, 0))
            if whole - added != declared:
                name = "合计" if line.kind == "total" else f"第{line.number}行"
                words = f"“{header}”{whose}相加{added}，印发{whole}"
                self.fault(name, f'{words}；请改正，附件原样如此的，写 slips = {{ "{place}" = {whole - added} }}')
            elif declared:
                place_name = (
                    line.village
                    or line.unit
                    or next(str(cell) for cell in line.cells if isinstance(cell, str) and cell)
                )
                self.remarks.append(f"{place_name}的“{header}”印发{whole}，{whose}相加{added}，照原件印。")

    def _added(self) -> list[int]:
        """The columns that are added up: last year's people, the quota, and columns of whole numbers of no scheme."""
        columns = self.columns
        further = set(range(len(self.headers))) - {columns.order, columns.unit, columns.village}
        return [
            column
            for column in sorted(further)
            if column in (columns.base, columns.quota)
            or (fold(self.headers[column]) not in self.others and self._is_whole(column))
        ]

    def _is_whole(self, column: int) -> bool:
        """Whether a further column has nothing but whole numbers, or nothing at all."""
        values = [line.cells[column] for line in self.lines]
        return all(isinstance(value, int) or value in _NOTHING for value in values)


def _sum_kind(text: str) -> str:
    """Whether a line so named is a total or a subtotal."""
    word = fold(text)
    return "total" if word.endswith(("合计", "总计")) else "subtotal" if word.endswith("小计") else ""


def _whole(text: str) -> int | None:
    return int(text.replace(",", "")) if _WHOLE.fullmatch(text) else None


def _number(cells: Sequence[str | int], column: int | None) -> int | None:
    value = cells[column] if cells and column is not None else None
    return value if isinstance(value, int) else None


def sharing(schemes: Mapping[str, object], own: str) -> list[dict[str, object]]:
    """The `attachment` tables of the other schemes of a notice that name the same file as one scheme's."""
    tables = {
        key: table["attachment"]
        for key, table in schemes.items()
        if isinstance(table, dict) and isinstance(table.get("attachment"), dict)
    }
    file = tables.get(own, {}).get("file")
    return [table for key, table in tables.items() if key != own and table.get("file") == file]
