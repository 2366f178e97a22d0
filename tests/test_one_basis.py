"""One basis for every figure beside a quota: circular, summary, JSON, half-month tables and command line say the same.

The rosters have mistakes, people in arrears and late ones, and a unit (仁湾镇) that one attachment does not list.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest

from addin.columns import Scheme
from tests.support.command import liangxian
from tests.support.received import received
from tests.support.results import people
from tests.support.rosters import POLICY

pytestmark = pytest.mark.slow

# 申报, 计入, 逾期, 本月新增 of the units that hold a quota; 全区计入
EXPECTED: dict[Scheme, tuple[int, int, int, int, int]] = {"pension": (10, 8, 1, 2, 13), "medical": (16, 14, 0, 14, 14)}
REASONS = {"pension": 1, "medical": 2}
"""Claimed and neither counted nor late, of the units that hold a quota."""
DAY = datetime(2019, 10, 31)
OCTOBER = {"pension_date": datetime(2019, 10, 20)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("basis")
    inbox = folder / "收到"
    received(
        inbox, "普利桥镇.xlsx", *people(3), *people(2, start=10, **OCTOBER), *people(1, start=20, medical_paid=200),
        *people(1, start=21, pension_date=""), deadline=DAY,
    )  # fmt: skip
    received(
        inbox, "曲河街道.xlsx", *people(2, start=30), *people(1, start=40, pension_date=datetime(2019, 11, 2)),
        township="曲河街道", deadline=DAY,
    )  # fmt: skip
    received(
        inbox, "仁湾镇.xlsx", *people(4, start=50, **OCTOBER), *people(1, start=60, pension_paid=50, **OCTOBER),
        *people(1, start=61, medical_paid=200), township="仁湾镇", deadline=DAY,
    )  # fmt: skip
    done = liangxian("merge", inbox, "-o", folder / "汇总.xlsx", "--papers", "--json", folder / "汇总.json")
    (folder / "merge.txt").write_text(done.stdout, encoding="utf-8")
    done = liangxian("circular", inbox, "--month", "2019-10", "--out", folder / "通报.docx")
    (folder / "circular.txt").write_text(done.stdout, encoding="utf-8")
    return folder


def listed(scheme: Scheme) -> set[str]:
    return {unit.name for unit in POLICY.units} - set(POLICY.schemes[scheme].attachment.unlisted)


def numbers(text: str, *patterns: str) -> list[int]:
    return [int(re.findall(pattern, text)[0].replace(",", "")) for pattern in patterns]


def cells(path: Path, sheet: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in openpyxl.load_workbook(path, data_only=True)[sheet].iter_rows(values_only=True)]


def test_the_sample_has_a_unit_without_a_quota() -> None:
    assert {scheme: len(POLICY.units) - len(listed(scheme)) for scheme in EXPECTED} == {"pension": 1, "medical": 0}


@pytest.mark.parametrize("scheme", EXPECTED)
def test_json(scheme: Scheme, folder: Path) -> None:
    claimed, counted, late, _, everybody = EXPECTED[scheme]
    data = json.loads((folder / "汇总.json").read_text(encoding="utf-8"))
    own = data["district"][scheme]
    assert (own["claimed"], own["counted"], own["late"], own["counted_all"]) == (claimed, counted, late, everybody)
    assert own["rate"] == counted / POLICY.schemes[scheme].attachment.printed_quota
    units = [unit for unit in data["units"] if unit["scheme"] == scheme and unit["quota"] is not None]
    assert [sum(unit[key] for unit in units) for key in ("claimed", "counted", "late")] == [claimed, counted, late]
    assert sum(unit["not_counted"][reason] for unit in units for reason in unit["not_counted"]) == REASONS[scheme]


@pytest.mark.parametrize("scheme", EXPECTED)
@pytest.mark.parametrize("said", ["merge.txt", "circular.txt"])
def test_command_line(said: str, scheme: Scheme, folder: Path) -> None:
    claimed, counted, late, _, everybody = EXPECTED[scheme]
    rules = POLICY.schemes[scheme]
    text = (folder / said).read_text(encoding="utf-8").replace("\n", "")
    line = text[text.index(f"{rules.name}：任务") :].split("：", 2)[1]
    assert numbers(line, "申报 ([0-9,]+) 人", "，计入 ([0-9,]+) 人", "逾期 ([0-9,]+) 人") == [claimed, counted, late]
    assert f"完成率 {counted / rules.attachment.printed_quota:.2%}" in line
    assert (f"全区计入 {everybody:,} 人" in line) == (everybody != counted)


@pytest.mark.parametrize("scheme", EXPECTED)
def test_summary(scheme: Scheme, folder: Path) -> None:
    claimed, counted, late, _, everybody = EXPECTED[scheme]
    rules = POLICY.schemes[scheme]
    path = folder / "汇总.xlsx"
    figures = next(row for row in cells(path, "总览") if row[0] == rules.name)
    quota = rules.attachment.printed_quota
    assert figures[1:8] == (quota, claimed, counted, counted / quota, quota - counted, late, (counted + late) / quota)
    words = "".join(str(value) for row in cells(path, "总览") for value in row if value)
    assert f"{rules.name}：10月15日以后新增{ {'pension': 2, 'medical': 0}[scheme] }人" in words
    assert "全区计入13人" in words  # the pension's, of both schemes' remarks
    attachment = cells(path, f"附件{rules.attachment.number} {rules.name}")
    total = next(row for row in attachment if "合计" in map(str, row))
    assert [value for value in total if value in (claimed, counted)][:2] == [claimed, counted]
    whole = [row for row in attachment if any(str(value).startswith("全区计入") for value in row)]
    assert [everybody in row for row in whole] == [True] * (scheme == "pension")
    at = next(n for n, row in enumerate(cells(path, "进度")) if str(row[0]).startswith(rules.name))
    whole_row = next(row for row in cells(path, "进度")[at:] if row[1] == "全区")
    assert whole_row[-1] == everybody or everybody in whole_row


@pytest.mark.parametrize("scheme", EXPECTED)
def test_circular(scheme: Scheme, folder: Path) -> None:
    claimed, counted, late, more, everybody = EXPECTED[scheme]
    rules = POLICY.schemes[scheme]
    document = docx.Document(str(folder / "通报.docx"))
    texts = [paragraph.text for paragraph in document.paragraphs]
    line = next(text for text in texts if f"{rules.title}。全区任务数" in text)
    assert numbers(line, r"申报(\d+)人", r"已完成参保缴费(\d+)人", r"本月新增(\d+)人") == [claimed, counted, more]
    assert ("逾期缴费" in line) == bool(late)
    assert (f"全区已完成参保缴费{everybody}人" in line) == (everybody != counted)
    problems = next(text for text in texts if "申报而未计入" in text)
    assert numbers(problems, rf"。{rules.name}申报而未计入(\d+)人") == [REASONS[scheme]]
    assert claimed == counted + late + REASONS[scheme]


@pytest.mark.parametrize("scheme", EXPECTED)
def test_half_month_tables(scheme: Scheme, folder: Path) -> None:
    _, counted, _, more, everybody = EXPECTED[scheme]
    rules = POLICY.schemes[scheme]
    reached, new = {}, {}
    for unit in POLICY.units:
        lines = cells(folder / "收到" / "汇总结果" / "进度表" / f"{unit.name}_半月进度表.xlsx", rules.name)
        reached[unit.name] = next(row[1] or 0 for row in lines if row[0] == "计入")
        new[unit.name] = sum(
            row[2] or 0 for row in lines if isinstance(row[0], datetime) and (row[0].year, row[0].month) == (2019, 10)
        )
    assert sum(reached.values()) == everybody
    assert sum(people for unit, people in reached.items() if unit in listed(scheme)) == counted
    assert sum(people for unit, people in new.items() if unit in listed(scheme)) == more
