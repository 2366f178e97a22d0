"""Another district's invented notice of another year, end to end: nothing in code knows the real one."""

from __future__ import annotations

import re
import shutil
import zipfile
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from addin import amounts, checks, columns, functions, policy
from addin.district import FileResult, assemble, open_roster, received_files, reduce_file, report
from addin.findings import Refusal
from addin.output import circular, ledger, summary, template, unit_files
from addin.output.template import hints
from addin.policy import Policy
from addin.policy.model import OPTIONAL
from tests.support import ROOT, notices
from tests.support.command import liangxian
from tests.support.notices import LENGSHUITAN, QINGSHI, QINGSHI_FOLDER, written_in_the_year_of
from tests.support.results import INDEX, invented_id

DEADLINE = datetime(2023, 12, 31)


def person(serial: int, **differs: Any) -> dict[str, Any]:
    """A head of a household of 东桥街道 who has paid for both schemes."""
    return {
        "village": "石桥社区", "household": str(serial), "name": f"石{serial}", "relation": "户主", "id_number": invented_id(serial),
        "register": "本乡镇(街道)", "medical_status": "本次参保", "medical_paid": 283.5, "medical_date": datetime(2023, 10, 8),
        "medical_receipt": f"Q{serial}", "pension_status": "本次参保", "tier": 200, "pension_paid": 200,
        "pension_date": datetime(2023, 10, 8), "pension_receipt": f"Q{serial}",
    } | differs  # fmt: skip


PEOPLE = [
    person(1),
    person(2, category="特困人员", medical_paid=None, pension_paid=None),
    person(3, category="孤儿", medical_paid=42.52, tier=2400, pension_paid=2200),
    person(4, category="低保户", pension_paid=49.5),
    person(5, category="低保、重残", medical_paid=240.97, pension_paid=49.5),
    person(6, category="重残", medical_paid=240.97, tier=300, pension_paid=300),
    person(7, category="低保边缘", medical_paid=184.27),
    person(8, medical_date=datetime(2023, 8, 25)),  # before the window, after collecting began
    person(9, medical_paid=240, tier=100, pension_paid=100),
    person(10, medical_date=datetime(2023, 8, 1), pension_date=datetime(2023, 12, 1)),
    person(11, category="建档立卡"),  # a status that this notice does not know
    person(12, medical_paid=None, medical_date=None, medical_receipt=None, pension_status="暂未参保", tier=None,
           pension_paid=None, pension_date=None, pension_receipt=None),
]  # fmt: skip
COVER = {
    "township": "东桥街道", "scope": "两险", "part": "全部", "parts": 1, "deadline": DEADLINE, "serial": 1, "policy": QINGSHI.id,
}  # fmt: skip


_made_on = written_in_the_year_of(QINGSHI)


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("收到")
    template.write_roster(folder / "东桥.xlsx", QINGSHI, COVER, PEOPLE)
    return folder


@pytest.fixture(scope="module")
def results(received: Path) -> list[FileResult]:
    return [reduce_file(path, name, QINGSHI, INDEX) for path, name in received_files(received)[0]]


def test_checks_go_by_its_amounts_and_dates(results: list[FileResult]) -> None:
    (found,) = results
    assert found.refusal is None and len(found) == len(PEOPLE)
    assert sorted((f.row or 0, f.column, f.code) for f in found.findings) == [
        (7, "AA", "709"), (12, "X", "802"), (13, "AA", "705"), (13, "W", "605"), (14, "AF", "803"), (14, "X", "801"), (15, "O", "311"),
    ]  # fmt: skip
    words = {finding.code: f"{finding.problem}{finding.example}" for finding in found.findings}
    assert words["605"] == "实收240元，应收283.5元，少43.5元。283.5"
    assert "2023-08-20" in words["801"] and "2023-11-30" in words["803"]


def test_district_by_its_units_quotas_and_funders(results: list[FileResult]) -> None:
    data = report.to_json(assemble(results, QINGSHI))
    units = {(unit["scheme"], unit["township"]): unit for unit in data["units"]}
    assert [unit["township"] for unit in data["units"] if unit["scheme"] == "medical"] == [
        "北坡乡", "东桥街道", "高新园区", "河口镇", "南塘镇", "西岭镇",
    ]  # fmt: skip
    assert (units["medical", "东桥街道"]["counted"], units["medical", "东桥街道"]["quota"]) == (8, 2500)
    assert units["pension", "高新园区"]["quota"] is None
    assert data["district"]["medical"]["rate"] == 8 / 9400  # the sum of the rows is in force, not the printed 9,393
    money = {
        (line["category"], line["funder"], line["to"]): line["yuan"]
        for line in data["funding"]
        if line["scheme"] == "medical"
    }
    assert money == {
        ("特困人员", "医疗救助", "township"): 283.5, ("孤儿", "医疗救助", "township"): 170.1, ("孤儿", "县财政", "township"): 70.88,
        ("低保对象", "医疗救助", "person"): 120.5, ("低保边缘家庭成员", "医疗救助", "township"): 99.23,
        ("重度残疾人", "残联", "township"): 85.06,
    }  # fmt: skip
    assert [line["name"] for line in data["interpretations"]] == list(QINGSHI.interpretations)


def _texts(path: Path) -> str:
    """All that a workbook says: every part's text."""
    with zipfile.ZipFile(path) as file:
        return "".join(re.sub(r"<[^>]*>", "\n", file.read(name).decode("utf-8", "replace")) for name in file.namelist())


def _facts(rules: Policy) -> list[str]:
    years = {rules.issued.year, *(scheme.year for scheme in rules.schemes.values())}
    quotas = {
        str(row.quota)
        for scheme_rules in rules.schemes.values()
        for row in scheme_rules.attachment.rows
        if row.quota > 999
    }
    return [rules.id, rules.district, *(unit.name for unit in rules.units), *map(str, years), *quotas]


@pytest.mark.slow
def test_no_word_of_the_real_notice_in_what_is_written(
    received: Path, results: list[FileResult], tmp_path: Path
) -> None:
    district = assemble(results, QINGSHI)
    summary.write(district, tmp_path / "summary.xlsx")
    summary.verify(tmp_path / "summary.xlsx", district)
    own = [line for line in district.files if line.township == "东桥街道"]
    unit_files.write_return_list(tmp_path / "return.xlsx", "东桥街道", QINGSHI, own, district.findings)
    sources = ledger.ledger_sources(district, results, [(received / "东桥.xlsx", "东桥.xlsx")])
    assert isinstance(ledger.write_ledger(tmp_path / "ledger.xlsx", "东桥街道", QINGSHI, sources["东桥街道"]), str)
    assert unit_files.annotate(tmp_path / "annotated.xlsx", received / "东桥.xlsx", "东桥.xlsx", QINGSHI) is None
    for path in (received / "东桥.xlsx", *sorted(tmp_path.glob("*.xlsx"))):
        texts = _texts(path)
        assert QINGSHI.id in texts, path.name
        words = [
            word
            for word in (*_facts(LENGSHUITAN), "250元", "250/")
            if re.search(rf"(?<!\d){re.escape(word)}(?!\d)", texts)
        ]
        assert words == [], path.name


def test_summary_has_its_tables(results: list[FileResult], tmp_path: Path) -> None:
    summary.write(assemble(results, QINGSHI), tmp_path / "summary.xlsx")
    book = CalamineWorkbook.from_path(tmp_path / "summary.xlsx")
    names = [name for name in book.sheet_names if "养老" in name or "医保" in name]
    rows = {name: book.get_sheet_by_name(name).to_python() for name in names}
    printed = {row[1] for name in names for row in rows[name]}
    assert {"北坡乡", "东桥街道办", "高新区", "南塘镇"} <= printed


def edited(folder: Path, *edits: tuple[str, str, str]) -> Policy:
    """The invented notice with texts of its files replaced, each of which it has."""
    return policy.load(notices.edited(QINGSHI_FOLDER, folder, *edits))


@pytest.mark.slow
def test_a_unit_whose_quota_is_0_is_counted_without_rate_and_rank(
    results: list[FileResult], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = edited(
        tmp_path / "notice", ("medical.csv", "2400,2500", "2400,0"), ("policy.toml", "sum = -7", "sum = 2493")
    )
    district = assemble(results, rules)
    (unit,) = [unit_line for unit_line in district.scheme_units("medical") if unit_line.township == "东桥街道"]
    assert (unit.quota, unit.counted, unit.gap, unit.rate, unit.rate_with_late, unit.rank) == (
        0,
        8,
        -8,
        None,
        None,
        None,
    )
    summary.write(district, tmp_path / "summary.xlsx")
    summary.verify(tmp_path / "summary.xlsx", district)
    book = CalamineWorkbook.from_path(tmp_path / "summary.xlsx")
    lines = {str(row[1]): row for row in book.get_sheet_by_name("附件1 医保").to_python()}
    assert lines["东桥街道办"][3:10] == [0, 12, 8, "", -8, "", 0]
    circular.write(district, date(2024, 1, 31), tmp_path / "circular.docx")
    monkeypatch.setattr(functions, "_policy", lambda: rules)
    assert functions.QUOTARATE("医保", "东桥街道", 8) == functions.NA
    with pytest.raises(policy.PolicyError, match="合计是0"):
        edited(
            tmp_path / "nothing",
            *(("medical.csv", f",{n}\n", ",0\n") for n in (1150, 2500, 420, 2000, 1560, 1770)),
            ("policy.toml", "sum = -7", "sum = 9393"),
        )


def test_sheets_of_attachments_go_by_the_notices_numbers(results: list[FileResult], tmp_path: Path) -> None:
    summary.write(assemble(results, QINGSHI), tmp_path / "summary.xlsx", {("附件1 医保", "南塘镇"): "已核"})
    assert CalamineWorkbook.from_path(tmp_path / "summary.xlsx").sheet_names[:3] == ["总览", "附件1 医保", "附件2 养老"]
    assert summary.read_remarks(tmp_path / "summary.xlsx") == {("附件1 医保", "南塘镇"): "已核"}
    assert summary.read_counts(tmp_path / "summary.xlsx")["medical", "东桥街道办"] == 8


@pytest.fixture(scope="module")
def brief(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    """The invented notice without any sentence or interpretation that a notice need not have."""
    folder = tmp_path_factory.mktemp("brief") / "notice"
    shutil.copytree(QINGSHI_FOLDER, folder)
    text = (folder / "policy.toml").read_text(encoding="utf-8")
    points, entries = text.partition("[interpretations.")[0], []
    for line in points.splitlines():
        if line.split(" = {")[0] not in OPTIONAL | {"lists", "receipts", "identity", "no_double", "villages"}:
            entries.append(line)
    point = text[text.index("[interpretations.printed_total]") : text.index("[interpretations.rank_by]")]
    rest = text[text.index("[interpretations.orphan_rest]") : text.index("[interpretations.low_income_cash]")]
    (folder / "policy.toml").write_text("\n".join([*entries, point, rest]), encoding="utf-8")
    return policy.load(folder)


def test_what_a_notice_does_not_say_is_off_and_reported_so(brief: Policy, tmp_path: Path) -> None:
    silent = {rule.code for rule in checks.off(brief)}
    assert silent >= {"506", "507", "601", "602", "603", "607", "608", "709", "712", "802"}
    assert checks.off(QINGSHI) == [] and not silent & {"301", "401", "605", "701", "801", "803"}
    people = [
        person(1, register=columns.OUTSIDE, medical_date=datetime(2023, 8, 25)),  # 603, 802
        person(2, schooling=columns.STUDENT, pension_status="", tier=None, pension_paid=None, pension_date=None,
               pension_receipt=None),  # 602
        person(3, category="低保户", medical_paid=163, pension_paid=49.5),  # 607, with its sentence
        person(4, tier=300, category="特困人员", medical_paid=None, pension_paid=100),  # 709
    ]  # fmt: skip
    codes = {}
    for rules in (QINGSHI, brief):
        template.write_roster(tmp_path / "a.xlsx", rules, COVER, people)
        result = reduce_file(tmp_path / "a.xlsx", "a.xlsx", rules, INDEX)
        codes[rules is brief] = {finding.code for finding in result.findings}
    assert codes[False] >= {"602", "603", "607", "709", "802"}
    assert not codes[True] & silent and "605" in codes[True]  # what is short is short, refunded or not
    lines = {
        str(row[0]) for row in CalamineWorkbook.from_path(tmp_path / "a.xlsx").get_sheet_by_name("政策口径").to_python()
    }
    assert {f"不校验：{rule.code} {rule.title}" for rule in checks.off(brief)} <= lines
    assert {"按通常做法：排名按计入人数的完成率"} <= lines
    assert not {hint.code for hint in hints.all_hints(brief)} & silent
    assert {"602", "607"} <= {hint.code for hint in hints.all_hints(QINGSHI)}


@pytest.mark.slow
def test_the_check_of_a_notice_lists_what_is_off(brief: Policy) -> None:
    checked = liangxian("notice", "check", brief.folder)
    assert checked.returncode == 0 and "没有问题" in checked.stdout
    lines = [line for line in checked.stdout.splitlines() if line.startswith("通知没有写")]
    assert lines == [
        *(f"通知没有写，不校验：{rule.code} {rule.title}" for rule in checks.off(brief)),
        *(f"通知没有写，按通常做法：{words}" for words in brief.usual),
    ]
    assert "通知没有写" not in liangxian("notice", "check", QINGSHI_FOLDER).stdout


@pytest.mark.slow
def test_a_brief_notice_is_merged_and_reported(brief: Policy, results: list[FileResult], tmp_path: Path) -> None:
    template.write_roster(tmp_path / "a.xlsx", brief, COVER, PEOPLE)
    district = assemble([reduce_file(tmp_path / "a.xlsx", "a.xlsx", brief, INDEX)], brief)
    full = assemble(results, QINGSHI)
    assert [unit.counted for unit in district.units] == [unit_line.counted for unit_line in full.units]
    assert report.to_json(district)["district"]["medical"] == report.to_json(full)["district"]["medical"]
    summary.write(district, tmp_path / "summary.xlsx")
    summary.verify(tmp_path / "summary.xlsx", district)
    circular.write(district, date(2024, 1, 31), tmp_path / "circular.docx")


def test_worksheet_functions_go_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "_policy", lambda: QINGSHI)
    assert functions.NETDUE("医保", "低保") == 163
    assert functions.NETDUE("医保", "低保", None, "现收") == 283.5
    assert functions.NETDUE("养老", "低保", 300) == 149.5
    assert functions.SUBSIDYSHARE("医保", "孤儿", "县财政") == float(Fraction(7088, 28350))
    assert functions.QUOTARATE("养老", "东桥", 450) == 0.5
    assert functions.QUOTARATE("养老", "高新区", 1) == functions.NA
    assert functions.NETDUE("医保", "建档立卡") == functions.VALUE
    assert functions.QUOTA("医保", "普利桥镇") == functions.VALUE


def test_roster_of_one_notice_is_refused_under_the_other(received: Path) -> None:
    findings, _ = open_roster(received / "东桥.xlsx", "东桥.xlsx", LENGSHUITAN)
    assert isinstance(findings, Refusal) and findings.code == "R205"


def test_what_it_is() -> None:
    assert QINGSHI.unit("普利桥镇") is None and QINGSHI.category("建档立卡") is None
    assert QINGSHI.schemes["medical"].season_start == date(2023, 8, 20)
    assert QINGSHI.schemes["medical"].attachment.printed_quota - QINGSHI.schemes["medical"].attachment.sum_quota == -7
    assert amounts.quota(QINGSHI, "pension", "合计") == 3210


def test_every_test_and_docstring_names_its_notice() -> None:
    """A newer notice beside this one must change no test: none asks for the newest, but those on which that is."""
    asked = re.compile(r"\bload\(\)|\bload\(overlay")
    asking = [
        f"{path.name}: {line.strip()}"
        for folder in ("addin", "scripts", "tests")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if asked.search(line) and (folder == "tests" or ">>>" in line)
    ]
    assert {line.partition(":")[0] for line in asking} <= {
        "test_new_notice.py",
        "test_policy.py",
        "test_notices.py",
        "test_two_notices.py",
    }, asking
    assert policy.load() == LENGSHUITAN, "and where code asks, tests/conftest.py has named it"


@pytest.mark.slow
def test_a_county_is_called_a_county_and_what_it_does_not_say_is_not_said(tmp_path: Path) -> None:
    rules = policy.load(notices.YUNZE_FOLDER)
    assert rules.everywhere == "全县" and LENGSHUITAN.everywhere == "全区"
    district = assemble([], rules)
    summary.write(district, tmp_path / "summary.xlsx")
    circular.write(district, date(2022, 12, 31), tmp_path / "circular.docx")
    texts = _texts(tmp_path / "summary.xlsx") + _texts(tmp_path / "circular.docx")
    assert "全县" in texts and "全区" not in texts
    assert "大病保险" not in texts and not rules.mentions("大病保险")
