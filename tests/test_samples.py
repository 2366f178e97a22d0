"""The oracle: invented townships with planted mistakes, read, checked and merged by the program, and both compared."""

from __future__ import annotations

import ast
import csv
import json
import os
import random
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from addin import run
from addin.district import report
from addin.findings import CATALOGUE
from addin.output import template
from addin.output.template.layout import HINT_ROWS
from addin.policy import Policy
from scripts import make_samples
from scripts.samples import figures, files, form, habits, mistakes, pairs, units
from scripts.samples.compare import disagreements
from scripts.samples.families import Person, Place, Traits, Unreadable, household
from scripts.samples.notice import load
from tests.support import ROOT
from tests.support.notices import LENGSHUITAN, LENGSHUITAN_FOLDER, LINHE, QINGSHI, YUNZE

NOTICE = load(LENGSHUITAN_FOLDER)


class District:
    """A folder of samples, what must be found in it and come of it, and what the program says."""

    def __init__(
        self,
        folder: Path,
        scale: float,
        seed: int,
        rate: float,
        habits: float = 0,
        jobs: int = 1,
        policy: Policy = LENGSHUITAN,
        listed: float | None = None,
    ) -> None:
        self.inbox, notice = folder / "inbox", load(policy.folder)
        total, self.truth = make_samples.make(notice, self.inbox, scale, seed, jobs, rate, habits=habits, listed=listed)
        self.figures = figures.district(notice, total)
        self.said = merge_as_json(self.inbox, folder / "summary.xlsx", jobs=2, policy=policy)


def merge_as_json(inbox: Path, target: Path, *, jobs: int, policy: Policy = LENGSHUITAN) -> dict[str, Any]:
    return json.loads(
        json.dumps(report.to_json(run.merge_folder(inbox, target, policy, jobs=jobs, lists=run.lists_of(inbox))))
    )


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> District:
    """Hardly a family without a mistake."""
    return District(tmp_path_factory.mktemp("wrong"), scale=0.01, seed=1, rate=0.2)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> District:
    return District(tmp_path_factory.mktemp("clean"), scale=0.004, seed=3, rate=0)


@pytest.mark.slow
def test_every_planted_mistake_is_found_nothing_else_and_every_figure_is_met(wrong: District) -> None:
    assert disagreements(wrong.said, wrong.truth, wrong.figures) == []


@pytest.mark.slow
def test_habits_change_only_the_findings_that_they_name(tmp_path: Path) -> None:
    written = District(tmp_path, scale=0.006, seed=7, rate=0.1, habits=0.4)
    assert disagreements(written.said, written.truth, written.figures) == []


@pytest.mark.slow
def test_every_habit_is_practised_and_changes_nothing_that_is_meant() -> None:
    planned = units.plan(NOTICE, 0.05, seed=1, rate=0.05)
    people = [person for unit in planned for person in units.books(unit, seed=1)[0].people]
    meant = [dict(person.cells) for person in people]
    assert habits.practise(random.Random(1), people, 0.5).keys() == habits.HABITS.keys()
    assert [person.cells for person in people] == meant
    assert sum(person.as_written != cells for person, cells in zip(people, meant, strict=True)) > 5_000


@pytest.mark.slow
def test_every_check_of_the_catalogue_is_planted(wrong: District) -> None:
    # the departments' lists are no rosters: their checks are planted in test_lists
    catalogue = {code for code in CATALOGUE if code[0] in "12345678"} - {"133", "134", "319", "320", "811"}
    # 133: its book is refused (R304); 134: a template of another edition of the notice, planted in test_two_notices;
    # 319, 320, 811: groups by age and days of their own, which the district's notice does not have
    assert {code for *_, code in wrong.truth} == catalogue
    assert {*mistakes.MISTAKES, *pairs.CODES, *units.FILE_CODES, "112"} == catalogue


@pytest.mark.slow
def test_every_way_not_to_be_counted_is_there(wrong: District) -> None:
    lines = wrong.figures["units"]
    for scheme in ("medical", "pension"):
        for reason in figures.NOT_COUNTED:
            assert sum(line["not_counted"][reason] for line in lines if line["scheme"] == scheme), (scheme, reason)
    assert sum(line["late"] for line in lines)
    assert all(sum(line[what] for line in wrong.figures["cash"]) for what in ("over", "short", "unclear"))
    assert {line["status"] for line in wrong.figures["files"]} == {"merged", "replaced", "copy", "refused", "skipped"}


@pytest.mark.slow
def test_a_column_that_fails_alike_is_one_finding(wrong: District) -> None:
    grouped = [finding for finding in wrong.said["findings"] if finding["code"] == "203" and finding["count"] > 1]
    assert [finding["row"] for finding in grouped] == [None]
    assert grouped[0]["count"] == len(grouped[0]["places"]) > 20


@pytest.mark.slow
def test_no_error_and_only_the_late_units_warnings_about_families_without_mistakes(clean: District) -> None:
    assert disagreements(clean.said, clean.truth, clean.figures) == []
    assert {finding["code"] for finding in clean.said["findings"] if finding["severity"] != "info"} <= {"803"}
    assert {line["status"] for line in clean.said["files"]} == {"merged", "replaced"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("policy", "scale", "seed", "rate"),
    [(QINGSHI, 0.3, 1, 0.2), (YUNZE, 0.3, 1, 0.2), (LINHE, 0.3, 1, 0.2), (LINHE, 1, 2, 0)],
    ids=["qingshi", "yunze", "linhe", "linhe-clean"],
)
def test_a_season_by_another_notice(policy: Policy, scale: float, seed: int, rate: float, tmp_path: Path) -> None:
    """Other units, rates, tiers, windows, groups; one scheme: the oracle has them from a description of its own."""
    season = District(tmp_path, scale, seed, rate, policy=policy)
    assert disagreements(season.said, season.truth, season.figures) == []
    assert len(season.truth) > 50
    assert {line["scheme"] for line in season.figures["funding"] if line["yuan"]} == policy.schemes.keys()


@pytest.mark.slow
@pytest.mark.parametrize(
    "policy", [LENGSHUITAN, QINGSHI, YUNZE, LINHE], ids=["lengshuitan", "qingshi", "yunze", "linhe"]
)
def test_a_list_of_the_tax_office_and_the_rosters(policy: Policy, tmp_path: Path) -> None:
    scale = 2_000 / policy.schemes["medical"].attachment.sum_quota
    season = District(tmp_path, scale=scale, seed=1, rate=0, policy=policy, listed=0.12)
    assert disagreements(season.said, season.truth, season.figures) == []
    assert {code for *_, code in season.truth} >= {"928", "929", "931", "932", "933", "934", "935", "936"}
    assert {line["code"] for line in season.figures["payments"]} == {"", "931", "932", "933", "934", "935", "936"}


def _without(merge_as_json: Mapping[str, Any], code: str) -> dict[str, Any]:
    findings = [finding for finding in merge_as_json["findings"] if finding["code"] != code]
    return {**merge_as_json, "findings": findings}


@pytest.mark.slow
def test_the_comparison_notices_everything(wrong: District) -> None:
    short_payments = sum(code == "605" for *_, code in wrong.truth)
    assert len(disagreements(_without(wrong.said, "605"), wrong.truth, wrong.figures)) == short_payments > 0
    surplus = [line for line in wrong.truth if line[3] != "605"]
    assert len(disagreements(wrong.said, surplus, wrong.figures)) == short_payments
    for table in ("files", "units", "funding", "cash", "coverage", "series", "duplicates"):
        assert disagreements({**wrong.said, table: wrong.said[table][1:]}, wrong.truth, wrong.figures), table
        doubled = [{key: _other(value) for key, value in wrong.said[table][0].items()}, *wrong.said[table][1:]]
        assert disagreements({**wrong.said, table: doubled}, wrong.truth, wrong.figures), table


def _other(value: Any) -> Any:
    return value + 1 if isinstance(value, (int, float)) else value


# ---------------------------------------------------------------- the same in, the same out


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_one_seed_one_folder_in_however_many_processes(tmp_path: Path) -> None:
    made = [
        make_samples.make(NOTICE, tmp_path / str(n), 0.002, seed, jobs, 0.2) for n, (seed, jobs) in enumerate([(5, 1), (5, 2), (6, 2)])
    ]  # fmt: skip
    once, again, other = (_contents(tmp_path / str(n)) for n in range(3))
    assert once == again
    assert made[0] == made[1]
    assert once != other


def _shuffled(inbox: Path, folder: Path, seed: int) -> Path:
    """The same files, created in another order, at other times."""
    rng = random.Random(seed)
    files = [path for path in inbox.rglob("*") if path.is_file()]
    rng.shuffle(files)
    for path in files:
        copy = folder / path.relative_to(inbox)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        os.utime(copy, (rng.randint(10**9, 2 * 10**9),) * 2)
    return folder


@pytest.mark.slow
def test_the_same_files_give_the_same_bytes_in_any_order_with_any_workers(
    wrong: District, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1573776000")
    merge_as_json(wrong.inbox, tmp_path / "1.xlsx", jobs=1)
    merge_as_json(_shuffled(wrong.inbox, tmp_path / "inbox", seed=1), tmp_path / "2.xlsx", jobs=2)
    assert (tmp_path / "1.xlsx").read_bytes() == (tmp_path / "2.xlsx").read_bytes()


TABLES = ("units", "district", "funding", "cash", "coverage", "series")


@pytest.mark.slow
def test_other_file_names_change_no_figure(clean: District, tmp_path: Path) -> None:
    renamed = tmp_path / "renamed"
    renamed.mkdir()
    for n, path in enumerate(sorted(clean.inbox.rglob("*.xlsx"), reverse=True)):
        shutil.copyfile(path, renamed / f"{n}.xlsx")
    again = merge_as_json(renamed, tmp_path / "summary.xlsx", jobs=2)
    assert {table: again[table] for table in TABLES} == {table: clean.said[table] for table in TABLES}
    assert len(again["findings"]) == len(clean.said["findings"])


# ---------------------------------------------------------------- the generator itself


def test_scale_one_is_the_whole_district() -> None:
    planned = units.plan(NOTICE, 1, seed=1)
    assert sum(unit.people for unit in planned) == 461_604
    assert len(planned) == 20  # one of the 21 never submits
    quotas = {unit: quota for unit, (_, quota) in NOTICE.rules["medical"].quotas.items()}
    shares = [unit.people / quotas[unit.name] for unit in planned]
    assert max(shares) / min(shares) < 1.001
    assert [unit.people for unit in units.plan(NOTICE, 0.01, seed=1, full="上岭桥镇") if unit.people > 1_000] == [
        47_685
    ]
    assert len([unit for unit in planned if unit.in_parts]) == 4
    assert len([unit for unit in planned if unit.traits.pension_until > NOTICE.rules["pension"].window[1]]) == 1


TRAITS = Traits(True, 0.9, 0.9, 0.1, 1.0, date(2019, 11, 15), date(2019, 10, 31))


def _people(count: int) -> Iterator[Person]:
    place = Place(NOTICE, 3, "for the test", TRAITS)
    for _ in range(count):
        yield from household(place, 8)


def test_people_are_invented_and_all_different() -> None:
    numbers = [str(person.cells["id_number"]) for person in _people(3_000)]
    assert len(set(numbers)) == len(numbers)
    assert all(number.startswith("990000") for number in numbers if len(number) == 18)
    assert {len(number) for number in numbers} <= {18, 9}  # a foreigner's passport


def test_the_oracle_shares_no_arithmetic_with_the_program() -> None:
    """The template and the table of columns are shared with the program; the expected findings and figures are not."""
    allowed = {"addin", "addin.columns", "addin.output.template.layout"}
    for path in sorted((ROOT / "scripts" / "samples").rglob("*.py")):
        used = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                used |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module in ("addin", "addin.output"):
                used |= {f"{node.module}.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                used.add(node.module)
        surplus = {name for name in used if name.split(".")[0] == "addin"} - allowed
        # the template's writer, from which the form is learnt, wants to be given the policy
        assert surplus <= ({"addin.policy", "addin.output.template"} if path.name == "form.py" else set()), path


def _sheets(path: Path) -> dict[str, dict[str, tuple[Any, ...]]]:
    """Every cell of every sheet: formula or value, what was calculated last, and how it looks."""
    book, calculated = (openpyxl.load_workbook(path, data_only=values) for values in (False, True))
    return {
        sheet.title: {
            cell.coordinate: (cell.value, calculated[sheet.title][cell.coordinate].value, cell.data_type, cell.number_format)
            for line in sheet.iter_rows()
            for cell in line
            if cell.value is not None
        }
        for sheet in book
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Print area")
def test_a_book_is_what_the_templates_writer_makes_of_its_people(tmp_path: Path) -> None:
    [book, *_] = units.books(units.plan(NOTICE, 0.002, seed=4, rate=0.2)[2], seed=4)
    for n, value in enumerate((" 组 ", "a<b>&c", 100.005, 990000197002107938, date(2019, 3, 2), "")):
        book.people[n].cells["group"] = value
    for person in book.people:
        person.cells = {key: value for key, value in person.cells.items() if not isinstance(value, Unreadable)}
    files.write(book, tmp_path / "form.xlsx")
    rows = [{**person.cells, **files.calculated(person, book.deadline)} for person in book.people]
    template.write_roster(tmp_path / "writer.xlsx", LENGSHUITAN, book.cover, rows)
    assert _sheets(tmp_path / "form.xlsx") == _sheets(tmp_path / "writer.xlsx")


@pytest.mark.slow
def test_a_long_book_has_the_long_templates_form(tmp_path: Path) -> None:
    people = [Person(NOTICE, {"name": f"张{n}"}, date(1980, 1, 1), male=True) for n in range(HINT_ROWS + 1)]
    book = units.Book(NOTICE, "long.xlsx", "普利桥镇", "全部", 1, date(2019, 11, 15), 1, people)
    files.write(book, tmp_path / "form.xlsx")
    template.write_roster(tmp_path / "writer.xlsx", LENGSHUITAN, book.cover, [person.cells for person in people])
    texts = []
    for name in ("form.xlsx", "writer.xlsx"):
        with zipfile.ZipFile(tmp_path / name) as package:
            # formats are numbered in the order in which a book first uses them
            parts = {
                part: re.sub(r' s="[0-9]+"| style="[0-9]+"', "", package.read(part).decode())
                for part in package.namelist()
            }
        form.take_texts_in(parts)
        del parts["xl/styles.xml"]
        texts.append(parts)
    assert texts[0] == texts[1]


# ---------------------------------------------------------------- as people run it


def _run(*words: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_demos_two_commands(tmp_path: Path) -> None:
    inbox, out = tmp_path / "样例", tmp_path / "汇总.xlsx"
    assert "923 invented people" in _run("scripts/make_samples.py", "--scale", "0.002", "--out", inbox)
    assert "错误 0 个" in _run("-m", "addin.cli", "merge", inbox, "--out", out)
    assert out.exists()


@pytest.mark.slow
def test_truth_and_figures_as_files(tmp_path: Path) -> None:
    inbox, truth, numbers, out = (tmp_path / name for name in ("inbox", "truth.csv", "figures.json", "out.json"))
    make_samples.main(
        ["--out", str(inbox), "--scale", "0.004", "--mistakes", "0.1", "--jobs", "1", "--truth", str(truth), "--figures", str(numbers)]
    )  # fmt: skip
    out.write_text(json.dumps(merge_as_json(inbox, tmp_path / "summary.xlsx", jobs=2)), encoding="utf-8")
    with truth.open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == ["file", "row", "column", "code"]
    assert "all figures agree" in _run("-m", "scripts.samples.compare", out, truth, numbers)


@pytest.mark.slow
def test_a_fifth_of_the_district(tmp_path: Path) -> None:
    fifth = District(tmp_path, scale=0.2, seed=2, rate=0.02, habits=0.02, jobs=2)
    assert disagreements(fifth.said, fifth.truth, fifth.figures) == []
