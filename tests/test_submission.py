"""上报文件: judged as the district would, named and numbered, cell for cell the roster, never over another file."""

from __future__ import annotations

import errno
from datetime import date
from pathlib import Path
from typing import NoReturn

import pytest
from typer.testing import CliRunner

from addin import columns, intake, run, workers
from addin import roster as rosters_module
from addin.cli import app
from addin.district import open_roster
from addin.findings import Refusal
from addin.output import saving, submission, template
from addin.output.submission import Edition
from tests.support import results, rosters
from tests.support.rosters import COVER, POLICY, person

STEM = "普利桥镇_全部_2019-11-15"
UNPAID = {"medical_paid": 100}  # collected short: blocks 医保


def written(folder: Path, *people: dict[str, object], **cover: object) -> Path:
    path = folder / "花名册.xlsx"
    template.write_roster(path, POLICY, {**COVER, **cover}, people, blank_rows=20)
    return path


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix == ".xlsx")


def opened(path: Path) -> rosters_module.Roster:
    roster, _ = open_roster(path, path.name, POLICY)
    assert not isinstance(roster, Refusal)
    return roster


def test_judged_as_the_district_judges() -> None:
    people = results.people(4)
    people[0] |= UNPAID
    people[3]["id_number"] = people[2]["id_number"]  # twice in one book: the later row is lost for both schemes
    judged = submission.judge(rosters.read(people))
    assert (judged.edition, judged.blocked, judged.obstacle) == (Edition(STEM, 1), {"medical": 2, "pension": 1}, "")
    assert submission.blocked_words(judged, POLICY) == "医保2人、养老1人"
    assert judged.errors == sum(finding.severity == "error" for finding in judged.findings)
    assert {"401", "402", "403"} <= {finding.code for finding in judged.findings}


@pytest.mark.parametrize(
    ("cover", "stem"),
    [
        ({}, STEM),
        ({"part": "桥头村/东:西*组?"}, "普利桥镇_桥头村东西组_2019-11-15"),
        ({"scope": "仅医保"}, "普利桥镇_全部仅医保_2019-11-15"),
    ],
)
def test_names(cover: dict[str, object], stem: str) -> None:
    assert submission.edition(rosters.read([person()], **cover)).stem == stem


def test_an_empty_roster_and_one_with_errors_in_cells_are_not_sent() -> None:
    assert submission.judge(rosters.read([])).obstacle.startswith("花名册上还没有人")
    book = rosters.book([person(), person(remark="好")])
    book.sheets[columns.ROSTER_SHEET].errors = {(5, 2): "#N/A", (6, 19): "#REF!"}
    roster = rosters_module.read(book, POLICY, "册.xlsx")
    assert not isinstance(roster, Refusal)
    assert submission.judge(roster).obstacle.startswith("有2个单元格是错误值或没有计算过的公式（如B5、S6），不能上报。")


@pytest.mark.slow
def test_the_copy_is_the_roster_without_what_is_not_its_own(tmp_path: Path) -> None:
    people = [
        person(remark="=1+1", household="007", seq=3.5),
        person(id_number=990000199001010017.0, medical_date="十月五日", tier="三百", medical_paid=date(2019, 1, 1)),
    ]
    path = written(tmp_path, *people, clerk="  李 四", deadline=date(2019, 10, 15))
    made, serial = run.submit(path, submission.edition(opened(path)), tmp_path / "报", POLICY)
    assert (made.name, serial) == ("普利桥镇_全部_2019-10-15_第1次.xlsx", 1)
    before, after = opened(path), opened(made)
    assert {key: values.tolist() for key, values in after.raw.items() if key in before.words or key in before.days} == {
        key: values.tolist() for key, values in before.raw.items() if key in before.words or key in before.days
    }
    assert after.cover == before.cover
    book = intake.read(made)
    assert not isinstance(book, Refusal)
    assert [note.kind for note in book.notes if note.kind == "macros"] == []


def test_a_full_disk_met_by_the_child_is_reported_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, person())
    edition = submission.edition(opened(path))

    def full(*_: object, **__: object) -> NoReturn:
        raise workers.ChildFault("a.xlsx", "OSError", (), errno.ENOSPC)

    monkeypatch.setattr(workers, "run", full)
    with pytest.raises(saving.CannotSave, match="磁盘空间不够"):
        run.submit(path, edition, tmp_path / "报", POLICY)
    assert list((tmp_path / "报").iterdir()) == []


@pytest.mark.slow
def test_numbers_rise_and_nothing_is_overwritten(tmp_path: Path) -> None:
    path = written(tmp_path, person(), serial=2)
    edition = submission.edition(opened(path))
    (tmp_path / edition.name(1)).write_bytes(b"first")
    names = [run.submit(path, edition, tmp_path, POLICY)[0].name for _ in range(2)]
    assert names == [edition.name(2), edition.name(3)]
    assert (tmp_path / edition.name(1)).read_bytes() == b"first"
    assert [opened(tmp_path / edition.name(n)).cover.serial for n in (2, 3)] == [2, 3]
    assert listed(tmp_path) == sorted([edition.name(1), edition.name(2), edition.name(3), path.name])


def test_the_quicker_writer_keeps_its_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edition, real, quick = Edition("甲", 1), saving.hold, [True]

    def hold(target: Path) -> object:
        if quick.pop() if quick else False:
            target.write_bytes(b"his")
        return real(target)

    monkeypatch.setattr(saving, "hold", hold)
    made, serial = submission.publish(
        tmp_path, edition, lambda path, n: path.write_text(str(n), encoding="utf-8") and None, lambda path, n: None
    )
    assert (made.name, serial, made.read_text(encoding="utf-8")) == ("甲_第2次.xlsx", 2, "2")
    assert (tmp_path / "甲_第1次.xlsx").read_bytes() == b"his"


def test_a_copy_that_differs_is_not_published(tmp_path: Path) -> None:
    roster = opened(written(tmp_path, person()))
    other = opened(written(tmp_path, person(remark="别的")))
    with pytest.raises(submission.NotReady, match="不一致"):
        submission.publish(
            tmp_path, submission.edition(roster),
            lambda path, n: submission.write(path, other, n), lambda path, n: submission.verify(path, roster, n),
        )  # fmt: skip
    with pytest.raises(submission.NotReady, match="读不了"):
        submission.publish(
            tmp_path, submission.edition(roster),
            lambda path, n: path.write_bytes(b"no workbook") and None, lambda path, n: submission.verify(path, roster, n),
        )  # fmt: skip
    assert listed(tmp_path) == ["花名册.xlsx"]


@pytest.mark.slow
def test_from_the_command_line(tmp_path: Path) -> None:
    path, runner = written(tmp_path, person()), CliRunner()
    done = runner.invoke(app, ["submit", str(path)])
    assert (done.exit_code, f"{STEM}_第1次.xlsx" in done.output) == (0, True), done.output
    again = runner.invoke(app, ["submit", str(path), "--to", str(tmp_path)])
    assert (again.exit_code, "这是第2次；请把花名册封面的“第几次报送”也改为2。" in again.output) == (0, True)
    path = written(tmp_path, person(**UNPAID))
    asked = runner.invoke(app, ["submit", str(path)], input="n\n")
    assert asked.exit_code == 1
    assert "照现在的内容上报，医保1人不计入完成人数。" in asked.output
    assert listed(tmp_path) == sorted([path.name, f"{STEM}_第1次.xlsx", f"{STEM}_第2次.xlsx"])
    assert runner.invoke(app, ["submit", str(path)], input="y\n").exit_code == 1
    assert f"{STEM}_第3次.xlsx" in listed(tmp_path)
    (tmp_path / "坏.xlsx").write_bytes(b"no workbook")
    with pytest.raises(run.NotMade, match=r"“坏\.xlsx”不能上报"):
        runner.invoke(app, ["submit", str(tmp_path / "坏.xlsx")], catch_exceptions=False)
