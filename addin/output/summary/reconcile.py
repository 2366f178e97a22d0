"""The sums that must hold before a summary is written, specification 7.

In: a `District`. Out: nothing, or `Mismatch`: then a table is wrong, and no summary is better than a wrong one.
"""

from __future__ import annotations

from addin.district.records import District
from addin.findings import REASONS


class Mismatch(Exception):
    """Two figures that must agree do not; nothing has been written."""

    for_the_user = True

    def __init__(self, where: str, what: str, one: int, other: int) -> None:
        super().__init__(
            f"汇总的数据前后对不上（{where}：{what}，{one}与{other}），没有写出区汇总表，原来的文件没有改动。"
            "请把这一行发给技术人员。"
        )


def reconcile(district: District) -> None:
    """Check every unit and scheme; the first mismatch is raised."""
    counted: dict[tuple[str, str], int] = {}
    for line in district.units.to_dict("records"):
        where = f"{line['township']}{line['scheme']}"
        parts = line["counted"] + line["late"] + sum(line[reason] for reason in REASONS)
        _same(where, "申报应等于计入、逾期与未计入之和", line["claimed"], parts)
        counted[line["township"], line["scheme"]] = line["counted"]
    last: dict[tuple[str, str], int] = {}
    for line in district.series.to_dict("records"):
        last[line["township"], line["scheme"]] = line["counted"]
    for (township, scheme), ends in last.items():
        _same(f"{township}{scheme}", "进度末期应等于计入", ends, counted.get((township, scheme), 0))
    for line in district.cash.to_dict("records"):
        where = f"{line['township']}{line['scheme']}"
        explained = line["due"] + line["over"] + line["unclear"] - line["short"]
        _same(where, "实收应等于应收加多缴加待核减少缴（分）", line["collected"], explained)
    for line in district.coverage.to_dict("records"):
        excused = sum(line[reason] for reason in district.coverage_reasons)
        where = f"{line['township']}{line['scheme']}{line['category']}"
        _same(where, "困难人员应等于应参保与不应参保之和", line["people"], line["obliged"] + excused)


def _same(where: str, what: str, one: int, other: int) -> None:
    if int(one) != int(other):
        raise Mismatch(where, what, int(one), int(other))
