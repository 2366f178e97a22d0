"""The sums that must hold before a summary is written, specification 7.

In: a `District`. Out: nothing, or `Mismatch`: then a table is wrong, and no summary is written.
"""

from __future__ import annotations

from addin.district.records import District
from addin.findings import UserError


class Mismatch(UserError):
    """Two figures that must agree do not; nothing has been written."""

    def __init__(self, where: str, what: str, figure: int, other: int) -> None:
        super().__init__(
            f"汇总的数据前后对不上（{where}：{what}，{figure}与{other}），没有写出区汇总表，原来的文件没有改动。"
            "请把这一行发给技术人员。"
        )


def reconcile(district: District) -> None:
    """Check every unit and scheme; the first mismatch is raised."""
    counted: dict[tuple[str, str], int] = {}
    for unit in district.units:
        parts = unit.counted + unit.late + sum(unit.not_counted.values())
        _same(f"{unit.township}{unit.scheme}", "申报应等于计入、逾期与未计入之和", unit.claimed, parts)
        counted[unit.township, unit.scheme] = unit.counted
    last: dict[tuple[str, str], int] = {}
    for point in district.progress:
        last[point.township, point.scheme] = point.counted
    for (township, scheme), ends in last.items():
        _same(f"{township}{scheme}", "进度末期应等于计入", ends, counted.get((township, scheme), 0))
    for cash in district.cash:
        explained = cash.due + cash.over + cash.unclear - cash.short
        _same(f"{cash.township}{cash.scheme}", "实收应等于应收加多缴加待核减少缴（分）", cash.collected, explained)
    for line in district.coverage:
        where = f"{line.township}{line.scheme}{line.category}"
        parts = line.obliged + sum(line.excused.values())
        _same(where, "困难人员应等于应参保与不应参保之和", line.people, parts)


def _same(where: str, what: str, figure: int, other: int) -> None:
    if figure != other:
        raise Mismatch(where, what, figure, other)
