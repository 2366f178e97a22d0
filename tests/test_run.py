"""The whole job on real files: folders of workbooks in, the summary and what goes back to the units out."""

from __future__ import annotations

import dataclasses
import json
import zipfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from addin import columns, intake, policy, run
from addin.district import assemble, partials, report
from addin.district.records import District
from addin.findings import Finding, Refusal
from addin.output import saving, template
from tests.support import results
from tests.support.notices import LENGSHUITAN_FOLDER
from tests.support.received import received
from tests.support.rosters import ORDINARY, POLICY, person

DEADLINES = {"old": date(2019, 10, 15), "new": date(2019, 11, 15)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two units; one person is listed in both, the second unit's row is the later one."""
    inbox = tmp_path / "收到的花名册"
    shared = {"id_number": results.invented_id(77)}
    received(
        inbox,
        "普利桥镇.xlsx",
        *results.people(3),
        person(household="9", **shared, medical_receipt="S1", pension_receipt="S1"),
    )
    late = {"medical_date": date(2019, 11, 3), "pension_date": date(2019, 6, 9)}
    received(
        inbox / "街道", "曲河街道.xlsx", *results.people(2, start=20),
        person(household="8", **shared, **late, medical_receipt="S2", pension_receipt="S2"), township="曲河街道",
    )  # fmt: skip
    return inbox


def counted(merge: District, scheme: str = "medical") -> dict[str, int]:
    units = merge.scheme_units(scheme)  # type: ignore[arg-type]
    return {unit.township: unit.counted for unit in units if unit.counted}


@pytest.mark.slow
def test_from_received_workbooks_to_the_summary(folder: Path, tmp_path: Path) -> None:
    seen: list[int] = []
    merge = run.merge_folder(folder, tmp_path / "汇总.xlsx", POLICY, on_file=seen.append)
    assert [(line.name, line.status, line.persons) for line in merge.files] == [
        ("普利桥镇.xlsx", "merged", 4),
        ("街道/曲河街道.xlsx", "merged", 3),
    ]
    assert counted(merge) == {"普利桥镇": 4, "曲河街道": 2}
    assert sorted(seen) == [3, 4]
    assert not isinstance(intake.read(tmp_path / "汇总.xlsx", ("总览",)), Refusal)


@pytest.mark.slow
def test_what_was_written_before_is_not_taken_for_a_roster(folder: Path) -> None:
    extras = dataclasses.replace(run.papers_of(folder), json=folder / "数据.json")
    first = run.merge_folder(folder, folder / "district_summary.xlsx", POLICY, extras=extras)
    again = run.merge_folder(folder, folder / "district_summary.xlsx", POLICY, extras=extras)
    assert [line.name for line in again.files] == [line.name for line in first.files]
    assert len(list(folder.glob("district_summary*.xlsx"))) == 2  # itself and one backup


@pytest.mark.slow
def test_figures_do_not_depend_on_what_is_written_beside_them(folder: Path) -> None:
    """With all papers, with none, and right with one corrected return put in: specification 7."""
    target = folder / "district_summary.xlsx"
    unpaid = {"medical_paid": "", "medical_date": ""}
    received(folder, "伊塘镇.xlsx", *results.people(2, start=40, **unpaid), township="伊塘镇")
    lists = folder / "部门名单"
    lists.mkdir()
    book = openpyxl.Workbook()
    book.active.append(["姓名", "证件号码", "类别", "乡镇", "村", "认定日期", "终止日期"])
    book.active.append(["张三", results.invented_id(40), "低保", "伊塘镇", "桥头村", "2018-01-01", ""])
    book.save(lists / "民政低保名单.xlsx")

    def merged(extras: run.Extras) -> District:
        return run.merge_folder(folder, target, POLICY, extras=extras, lists=run.lists_of(folder), jobs=1)

    first = merged(run.papers_of(folder))
    made = folder / "汇总结果"
    assert sorted(path.name for path in made.iterdir()) == ["缴费台账", "进度表", "退回清单"]
    assert all(list((made / kind).glob("*.xlsx")) for kind in ("进度表", "缴费台账", "退回清单"))
    none = merged(run.Extras())
    figures = report.to_json(first)
    assert report.to_json(none) == figures
    assert [line["name"] for line in figures["files"]] == ["伊塘镇.xlsx", "普利桥镇.xlsx", "街道/曲河街道.xlsx"]
    assert "用了1个：民政低保名单.xlsx" in report.about_lists(none)
    assert (counted(first).get("伊塘镇"), counted(first)["普利桥镇"]) == (None, 4)
    # the township pays up and sends its return, which is one number further
    received(folder, "伊塘镇_退回清单.xlsx", *results.people(2, start=40), township="伊塘镇", serial=2)
    merge = merged(run.papers_of(folder))
    assert counted(merge) == counted(first) | {"伊塘镇": 2}
    assert {line.name: line.status for line in merge.files}["伊塘镇.xlsx"] == "replaced"


@pytest.mark.slow
def test_remarks_come_back_and_a_fall_is_named(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "汇总.xlsx"
    run.merge_folder(folder, target, POLICY)
    book = openpyxl.load_workbook(target)
    sheet = book["附件2 医保"]
    head = next(row for row in sheet.iter_rows() if any(cell.value == "备注" for cell in row))
    remark = next(cell.column for cell in head if cell.value == "备注")
    line = next(row for row in sheet.iter_rows() if any(cell.value == "曲河街道" for cell in row))
    sheet.cell(line[0].row, remark, "已电话催报")
    book.save(target)
    (folder / "普利桥镇.xlsx").unlink()
    received(folder, "普利桥镇.xlsx", *results.people(1))
    merge = run.merge_folder(folder, target, POLICY)
    fallen = [(decision.kind, decision.township) for decision in merge.decisions if decision.kind == "计入减少"]
    assert fallen == [("计入减少", "普利桥镇")] * 2  # in both schemes
    again = openpyxl.load_workbook(target)["附件2 医保"]
    assert again.cell(line[0].row, remark).value == "已电话催报"


@pytest.mark.slow
def test_a_summary_that_cannot_be_read_is_kept_and_that_is_reported(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "汇总.xlsx"
    run.merge_folder(folder, target, POLICY)
    damaged = target.read_bytes()[:-300]
    target.write_bytes(damaged)
    merge = run.merge_folder(folder, target, POLICY)
    assert next(decision.text for decision in merge.decisions if decision.kind == "原汇总表").startswith(
        "原来的“汇总.xlsx”读不了："
    )
    assert saving.backup_of(target, 1).read_bytes() == damaged


@pytest.mark.slow
def test_a_roster_is_never_replaced_by_the_summary(folder: Path) -> None:
    roster = folder / "普利桥镇.xlsx"
    before = roster.read_bytes()
    with pytest.raises(run.NotMade, match="这是一份花名册"):
        run.merge_folder(folder, roster, POLICY)
    assert roster.read_bytes() == before
    assert saving.backup_of(roster, 1).exists() is False


@pytest.mark.slow
def test_a_broken_file_costs_only_itself(folder: Path, tmp_path: Path) -> None:
    (folder / "坏的.xlsx").write_bytes((folder / "普利桥镇.xlsx").read_bytes()[:-300])
    (folder / "说明.txt").write_text("不是工作簿", encoding="utf-8")
    merge = run.merge_folder(folder, tmp_path / "汇总.xlsx", POLICY, jobs=1)
    assert [(line.name, line.status, line.code) for line in merge.files if line.status != "merged"] == [
        ("坏的.xlsx", "refused", "R110"),
        ("说明.txt", "skipped", "S101"),
    ]
    assert counted(merge) == {"普利桥镇": 4, "曲河街道": 2}


@pytest.mark.slow
def test_one_writer_at_a_time(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "汇总.xlsx"
    with saving.hold(target), pytest.raises(saving.LockHeld):
        _elsewhere(run.merge_folder, folder, target, POLICY)
    assert not target.exists()


def _elsewhere(function: Any, *args: Any) -> Any:
    """In a thread of its own, as another program would: the lock is this thread's."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function, *args).result()


# ---------------------------------------------------------------- what goes back to the units


def texts(path: Path, sheet: str) -> list[list[Any]]:
    """The filled rows of a sheet of ours."""
    book = intake.read(path, (sheet,))
    assert not isinstance(book, Refusal)
    return [row for row in book.sheets[sheet].rows if any(cell != "" for cell in row)]


@pytest.mark.slow
def test_returns_name_another_unit_but_never_its_rows(folder: Path, tmp_path: Path) -> None:
    """The unit whose row of a person counts learns of it in its list, the other in its return."""
    run.merge_folder(folder, tmp_path / "汇总.xlsx", POLICY, extras=run.Extras(returns=tmp_path / "退回"))
    back = "曲河街道_全部_2019-11-15_第2次_退回.xlsx"
    assert sorted(path.name for path in (tmp_path / "退回").glob("*.xlsx")) == [
        "普利桥镇_退回清单.xlsx",
        back,
        "曲河街道_退回清单.xlsx",
    ]
    rows = texts(tmp_path / "退回" / back, "校验结果")
    duplicates = [row for row in rows if row[11] in ("401", "402")]
    assert [row[4] for row in duplicates] == ["张三"] * 2
    assert all("普利桥镇" in row[7] and "第" not in row[7] for row in duplicates)
    assert results.invented_id(77) not in json.dumps([[str(cell) for cell in row] for row in rows], ensure_ascii=False)
    owner = texts(tmp_path / "退回" / "普利桥镇_退回清单.xlsx", "逐条")[3:]
    assert [row[7] for row in owner] == ["403"] * 2
    assert all("曲河街道" in row[9] and "第" not in row[9] for row in owner)
    files = texts(tmp_path / "退回" / "曲河街道_退回清单.xlsx", "文件")
    assert files[-1][:2] == ["街道/曲河街道.xlsx", "已汇总"]


@pytest.mark.slow
def test_ledger_says_who_paid_what_and_whose_person_belongs_elsewhere(folder: Path, tmp_path: Path) -> None:
    received(
        folder, "伊塘镇.xlsx",
        person(medical_receipt="M1", pension_receipt="P1"),
        person(household="2", id_number=results.invented_id(101), medical_paid="", medical_date="", medical_receipt="", pension_receipt="P2"),
        township="伊塘镇",
    )  # fmt: skip
    merge = run.merge_folder(folder, tmp_path / "汇总.xlsx", POLICY, extras=run.Extras(ledger=tmp_path / "台账"))
    rows = texts(tmp_path / "台账" / "伊塘镇_缴费台账.xlsx", "医保")
    assert rows[1][0].startswith("内部资料，不得张贴")
    assert [(row[1], row[3:5], row[6:8], row[10], row[15]) for row in rows[3:5]] == [
        ("桥头村", ["张三", ORDINARY["id_number"]], [250.0, 250.0], "", "计入"),
        ("桥头村", ["张三", results.invented_id(101)], [250.0, ""], 250.0, "未计入：未缴"),
    ]
    assert [(row[1], row[3], row[6:8], row[10], row[15]) for row in rows[5:7]] == [
        (name, "2人", [500.0, 250.0], 250.0, "计入1人") for name in ("桥头村小计", "合计")
    ]
    assert rows[7][0].startswith("制表人：") and "审核人：" in rows[7][0]
    other = texts(tmp_path / "台账" / "曲河街道_缴费台账.xlsx", "医保")
    assert [row[15] for row in other[3:6]] == ["计入", "计入", "未计入：重复"]
    assert counted(merge)["伊塘镇"] == 1


@pytest.mark.slow
def test_who_is_paid_something_back_stands_in_the_departments_list(folder: Path, tmp_path: Path) -> None:
    """低保 pays in full and gets 75 back once counted: by person in the ledger and in 民政's list, as in the summary."""
    poor = {
        "category": "低保",
        "pension_status": "非本险种对象",
        "pension_paid": "",
        "pension_date": "",
        "tier": "",
    }
    received(
        folder,
        "伊塘镇.xlsx",
        *results.people(2, start=40, **poor),
        *results.people(1, start=50, **poor, medical_paid=200),
        township="伊塘镇",
    )
    received(
        folder, "仁湾镇.xlsx", *results.people(1, start=60, **poor), *results.people(1, start=70), township="仁湾镇"
    )
    merge = run.merge_folder(folder, tmp_path / "汇总.xlsx", POLICY, extras=run.Extras(ledger=tmp_path / "台账"))
    rows = texts(tmp_path / "台账" / "民政_待补到人名单.xlsx", "名单")
    assert [(row[1], row[5], row[8], row[11]) for row in rows[3:7]] == [
        ("伊塘镇", results.invented_id(40), 250.0, 75.0), ("伊塘镇", results.invented_id(41), 250.0, 75.0),
        ("伊塘镇小计", "", "", 150.0), ("仁湾镇", results.invented_id(60), 250.0, 75.0),
    ]  # fmt: skip
    assert [(row[1], row[4], row[11]) for row in rows[7:9]] == [("仁湾镇小计", "1人", 75.0), ("合计", "3人", 225.0)]
    assert sum(line.fen for line in merge.funding if line.to == "person") == 22500
    ledger = texts(tmp_path / "台账" / "伊塘镇_缴费台账.xlsx", "医保")
    assert [row[12] for row in ledger[3:8]] == [75.0, 75.0, "", 150.0, 150.0]


@pytest.mark.slow
def test_ledger_of_a_file_changed_since_is_refused(folder: Path, tmp_path: Path) -> None:
    books, skipped = run.received(folder, (tmp_path / "汇总.xlsx",))
    assert skipped == []
    with partials.temporary_folder() as kept_results:
        answer = run.read_files(books, POLICY, results.INDEX, kept_results)
        district = assemble(answer, POLICY)
    received(folder, "普利桥镇.xlsx", *results.people(1))
    with pytest.raises(run.NotMade, match="在汇总以后又变了"):
        run.write_ledgers(district, answer, books, tmp_path / "台账")
    assert not (tmp_path / "台账" / "普利桥镇_缴费台账.xlsx").exists()


@pytest.mark.slow
def test_json_is_the_report_of_the_same_district(folder: Path, tmp_path: Path) -> None:
    from addin.district import report

    merge = run.merge_folder(folder, tmp_path / "汇总.xlsx", POLICY, extras=run.Extras(tmp_path / "a.json"))
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == report.to_json(merge)


# ---------------------------------------------------------------- checking


def alarms(findings: Iterable[Finding]) -> list[tuple[str, int | None]]:
    """Errors and warnings."""
    return sorted((finding.code, finding.row) for finding in findings if finding.severity != "info")  # type: ignore[type-var]


@pytest.mark.slow
def test_a_file_checked_by_itself_hears_of_its_own_duplicates(tmp_path: Path) -> None:
    path = received(tmp_path, "a.xlsx", person(), person(household="2", medical_receipt="B", pension_receipt="B"))
    ((line, findings),) = run.check_files([path], POLICY)
    assert (line.township, line.persons) == ("普利桥镇", 2)
    assert alarms(findings) == [("401", 6), ("402", 6), ("403", 5), ("403", 5)]


@pytest.mark.slow
def test_two_editions_are_each_checked_alone(tmp_path: Path) -> None:
    files = [
        received(tmp_path / edition, "a.xlsx", person(name=""), deadline=day) for edition, day in DEADLINES.items()
    ]
    answer = run.check_files(files, POLICY)
    assert [alarms(findings) for _, findings in answer] == [[("301", 5)], [("301", 5)]]


@pytest.mark.slow
def test_annotated_copy_has_the_people_as_given_and_the_findings_beside_them(tmp_path: Path) -> None:
    wrong = person(
        household="2", id_number="990000199001010018", medical_paid=100, medical_receipt="B", pension_receipt="B"
    )
    path = received(tmp_path, "a.xlsx", person(), wrong)
    before = path.read_bytes()
    run.check_files([path], POLICY, annotate=tmp_path / "校验")
    assert path.read_bytes() == before
    book = intake.read(tmp_path / "校验" / "a_校验.xlsx", (columns.ROSTER_SHEET, columns.FINDINGS_SHEET))
    assert not isinstance(book, Refusal)
    rows = book.sheets[columns.ROSTER_SHEET].rows[columns.FIRST_ROW - 1 :]
    first, second = (
        {key: row[place - 1] if place <= len(row) else "" for key, place in columns.PLACES.items()} for row in rows[:2]
    )
    assert second["id_number"] == wrong["id_number"]
    assert second["medical_paid"] == 100.0
    assert "校验码" in second["problems"]
    assert second["marks"]
    assert first["problems"] == ""
    listed = [str(cell) for row in book.sheets[columns.FINDINGS_SHEET].rows for cell in row]
    assert wrong["id_number"] not in " ".join(listed)  # masked in the list
    assert any("校验码" in cell for cell in listed)


@pytest.mark.slow
def test_what_is_reported_of_the_whole_sheet_stands_beside_nobody_in_the_copy(tmp_path: Path) -> None:
    """The copy leaves out a blank row: its marks must not stand beside the row that moves up."""
    path = received(tmp_path, "a.xlsx", person(), {}, person(household="2", id_number=results.invented_id(3), medical_receipt="B", pension_receipt="B"))  # fmt: skip
    ((line, findings),) = run.check_files([path], POLICY, annotate=tmp_path / "校验")
    assert (line.status, [(finding.code, finding.places) for finding in findings if finding.severity == "warning"]) == ("merged", [("107", (6,))])  # fmt: skip
    book = intake.read(tmp_path / "校验" / "a_校验.xlsx", (columns.ROSTER_SHEET, columns.FINDINGS_SHEET))
    assert not isinstance(book, Refusal)
    rows = book.sheets[columns.ROSTER_SHEET].rows[columns.FIRST_ROW - 1 :]
    assert [
        row[columns.WIDTH - 2 : columns.WIDTH]
        for row in rows
        if len(row) >= columns.WIDTH and any(row[columns.WIDTH - 2 : columns.WIDTH])
    ] == []
    assert "107" in [row[11] for row in book.sheets[columns.FINDINGS_SHEET].rows if len(row) > 11]


@pytest.mark.slow
def test_copies_of_files_of_one_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    files = [received(tmp_path / where, "a.xlsx", person()) for where in ("一", "二")]
    run.check_files(files, POLICY, annotate=tmp_path / "校验")
    assert sorted(path.name for path in (tmp_path / "校验").glob("*.xlsx")) == ["a(2)_校验.xlsx", "a_校验.xlsx"]


@pytest.mark.slow
def test_roster_text_is_only_text_in_everything_that_goes_out(tmp_path: Path) -> None:
    inbox = tmp_path / "收"
    evil = "=cmd|' /C calc'!A0"
    received(inbox, "a.xlsx", person(name=evil, remark="http://x.example/", village="+1+1"))
    extras = run.Extras(returns=tmp_path / "退", ledger=tmp_path / "账")
    run.merge_folder(inbox, tmp_path / "汇总.xlsx", POLICY, extras=extras)
    run.check_files([inbox / "a.xlsx"], POLICY, annotate=tmp_path / "校")
    outputs = [
        tmp_path / "汇总.xlsx",
        *(tmp_path / "退").glob("*.xlsx"),
        *(tmp_path / "账").glob("*.xlsx"),
        *(tmp_path / "校").glob("*.xlsx"),
    ]
    assert len(outputs) == 5, "summary, return, ledger, what 民政 pays back, annotated copy"
    for path in outputs:
        with zipfile.ZipFile(path) as book:
            sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
            assert not any(
                "cmd|" in formula.split("</f>")[0] for sheet in sheets for formula in sheet.split("<f>")[1:]
            ), path
            relations = [book.read(name).decode() for name in book.namelist() if name.endswith(".rels")]
            assert not any("x.example" in text for text in relations), path


@pytest.mark.slow
def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "空").mkdir()
    (tmp_path / "空" / "说明.txt").touch()
    with pytest.raises(run.NotMade, match="“空”里没有收到的花名册"):
        run.merge_folder(tmp_path / "空", tmp_path / "汇总.xlsx", POLICY, extras=run.papers_of(tmp_path / "空"))
    with pytest.raises(run.NotMade, match="“空”里没有收到的花名册"):
        run.write_circular(tmp_path / "空", tmp_path / "通报.docx", POLICY, run.Issue(DEADLINES["new"]))
    assert [path.name for path in tmp_path.rglob("*")] == ["空", "说明.txt"]


@pytest.mark.slow
def test_untouched_template_is_one_unit_without_people(tmp_path: Path) -> None:
    path = tmp_path / "收" / "模板.xlsx"
    path.parent.mkdir()
    template.write_roster(path, POLICY, {}, (), blank_rows=10)
    merge = run.merge_folder(path.parent, tmp_path / "汇总.xlsx", POLICY)
    assert [(line.status, line.code[:1]) for line in merge.files] == [("refused", "R")]


@pytest.mark.slow
def test_ordinary_row_is_really_ordinary(tmp_path: Path) -> None:
    path = received(tmp_path, "a.xlsx", ORDINARY)
    ((line, findings),) = run.check_files([path], POLICY)
    assert (line.errors, line.warnings, findings) == (0, 0, [])


@pytest.mark.slow
def test_a_trial_is_marked_in_everything_that_goes_back_to_the_units(tmp_path: Path) -> None:
    point = POLICY.interpretations["full_subsidy"]
    overlay = tmp_path / "试算.toml"
    overlay.write_text(f'[interpretations]\nfull_subsidy = "{point.alternatives[0].value}"\n', encoding="utf-8")
    tried = policy.load(LENGSHUITAN_FOLDER, overlay)
    path = received(tmp_path / "收", "a.xlsx", person())
    extras = run.Extras(returns=tmp_path / "退", ledger=tmp_path / "账")
    run.merge_folder(path.parent, tmp_path / "汇总.xlsx", tried, extras=extras)
    run.check_files([path], tried, annotate=tmp_path / "校")
    papers = [path for folder in ("退", "账", "校") for path in (tmp_path / folder).glob("*.xlsx")]
    assert len(papers) == 4
    for written in papers:
        book = intake.read(written, ())
        assert not isinstance(book, Refusal)
        for sheet in ("封面", "花名册") if written.parent.name == "校" else book.names:
            top = " ".join(str(cell) for row in texts(written, sheet)[:3] for cell in row)
            assert "试算，不作为正式结果" in top, (written.name, sheet)
