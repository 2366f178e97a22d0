"""分册 on the cover against the villages in the rows, and how a unit stands whose files were refused."""

from __future__ import annotations

import itertools
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from addin import run
from addin.district import FileResult, judge_alone, report
from addin.district.records import District
from addin.excel import merging
from addin.findings import Refusal
from addin.output import submission
from addin.output.circular.words import Circular
from addin.roster import fold_village, stem_of
from tests.support import rosters
from tests.support.notices import LENGSHUITAN
from tests.support.results import district, figures_of, people, result
from tests.support.rosters import person
from tests.test_lists import VILLAGES, a_list, all_lists, held
from tests.test_lists import district as with_lists
from tests.test_merge import NEW, OLD, status
from tests.test_run import received
from tests.test_villages import REAL


def of(*villages: tuple[str, int]) -> list[dict[str, Any]]:
    """People of villages, so many of each."""
    names = [name for name, count in villages for _ in range(count)]
    return [{**person, "village": name} for person, name in zip(people(len(names)), names, strict=True)]


def code_of_part(part: str, *villages: tuple[str, int], **cover: Any) -> str:
    """The code about the part: 132, 133 or ''."""
    codes = [
        finding.code
        for finding in rosters.checked(*of(*villages), part=part, **cover).findings
        if finding.code in ("132", "133")
    ]
    return "".join(codes)


@pytest.mark.parametrize(
    ("part", "villages", "code"),
    [
        # another village's book: over half
        ("桥头村", [("大塘村", 12)], "133"), ("桥头村", [("大塘", 12)], "133"), ("桥头", [("大塘村", 12)], "133"), ("桥头", [("大塘", 12)], "133"),
        ("桥头村", [("大塘村", 7), ("桥头村", 5)], "133"), ("桥头村", [("桥头社区", 3), ("桥头村", 1)], "133"), ("桥头社区", [("桥头村", 12)], "133"),
        ("桥头村", [("大塘村", 3), ("井边村", 3), ("桥头村", 1)], "133"), ("桥头村、井边村", [("大塘村", 3), ("桥头村", 1)], "133"), ("桥头铺村", [("桥头村", 4)], "133"),
        # some of another village: up to half
        ("桥头村", [("大塘村", 6), ("桥头村", 6)], "132"), ("桥头村", [("大塘村", 1), ("桥头村", 11)], "132"), ("桥头村", [("桥头社区", 1), ("桥头村", 11)], "132"),
        ("桥头", [("大塘村", 1), ("桥头村", 3)], "132"),
        # the same village, however it is written
        ("桥头村", [("桥头村", 3)], ""), ("桥头村", [("桥头", 3)], ""), ("桥头", [("桥头社区", 3)], ""), ("桥头村委会", [("桥头村村民委员会", 3)], ""),
        ("普利桥镇桥头村", [("桥头村", 3)], ""), ("桥头村", [("普利桥镇桥头村", 3)], ""), ("桥头居委会", [("桥头社区", 3)], ""), ("桥头村", [(" 桥 头 村 ", 3)], ""),
        # pieces, several villages, no village at all
        ("桥头村", [("桥头村三组", 2), ("桥头村四组", 2)], ""), ("桥头村（一）", [("桥头村", 3)], ""), ("桥头村第二册", [("桥头村", 3)], ""), ("桥头村、大塘村", [("桥头村", 3), ("大塘村", 3)], ""),
        ("第一册", [("桥头村", 3), ("大塘村", 3)], ""), ("1", [("桥头村", 3)], ""), ("敬老院", [("大塘村", 3)], ""), ("镇中学", [("大塘村", 3)], ""), ("东片", [("大塘村", 3)], ""),
        *((whole, [("大塘村", 6), ("井边村", 5), ("", 1)], "") for whole in (
            "全镇", "整镇", "全部村", "所有村", "各村", "全部村（社区）", "普利桥镇", "普利桥镇全镇", "本镇汇总", "全部1", "全部（1）", "合计", "总表", "无", "镇本级",
        )),
        ("集体户", [("大塘村", 3)], ""), ("全部", [("大塘村", 3), ("桥头村", 3)], ""), ("桥头村", [("普利桥镇", 3)], ""), ("桥头村", [("", 3)], ""), ("文化路社区", [("解放路", 3)], ""),
        ("桥头村", [("三组", 2), ("四组", 2)], ""), ("和平村", [("和平村", 3)], ""),
        # hamlets under the village's name are told of, and never taken for one other village
        ("桥头村", [("上屋场", 2), ("下屋场", 2), ("老屋", 2)], "132"),
    ],
    ids=str,
)  # fmt: skip
def test_the_part_against_the_rows(part: str, villages: list[tuple[str, int]], code: str) -> None:
    assert code_of_part(part, *villages) == code


@pytest.mark.parametrize("name", REAL)
def test_a_real_village_s_book_is_its_own(name: str) -> None:
    assert code_of_part(name, (name, 3)) == ""
    others = [other for other in REAL if stem_of(fold_village(other)) != stem_of(fold_village(name))]
    assert code_of_part(name, (name, 3), (next(other for other in others if other.endswith("村")), 2)) == "132"


def test_both_names_and_counts_are_reported() -> None:
    (finding,) = rosters.checked(*of(("大塘村", 9), ("井边村", 2), ("桥头村", 1)), part="桥头村").findings
    assert (
        finding.problem == "封面分册填“桥头村”，花名册12人中只有1人属这个村（社区），别的是“大塘村”9人、“井边村”2人。"
    )
    (finding,) = rosters.checked(*of(("大塘村", 2), ("桥头村", 10)), part="桥头村").findings
    assert finding.problem == "封面分册填“桥头村”，花名册12人中有别的村（社区）的人：“大塘村”2人。"
    assert (finding.cell, finding.count, finding.places) == ("B5", 2, (5, 6))


def test_another_villages_book_replaces_none() -> None:
    """Fault 4: cover 桥头村, everybody of 大塘村."""
    old = result("10月.xlsx", *people(12, village="桥头村"), part="桥头村", deadline=OLD)
    new = result("11月.xlsx", *people(12, 20, village="大塘村"), part="桥头村", deadline=NEW)
    for order in itertools.permutations([old, new]):
        merge = district(*order)
        assert status(merge) == {"10月.xlsx": ("merged", ""), "11月.xlsx": ("refused", "R304")}
        assert figures_of(merge).counted == 12
        (unit,) = [line for line in merge.reported if line.township == "普利桥镇"]
        assert (unit.state, unit.deadline) == ("已报未采用", OLD.date())
        (line,) = [line for line in merge.files if line.status == "refused"]
        assert line.reason.startswith(
            "分册与花名册不符：封面分册填“桥头村”，花名册12人中只有0人属这个村（社区），别的是“大塘村”12人。请单位改正"
        )
        assert (line.township, line.part, line.persons, line.deadline) == ("普利桥镇", "桥头村", 12, NEW.date())
        kinds = [(decision.kind, decision.text) for decision in merge.decisions if decision.township == "普利桥镇"]
        assert kinds[0] == ("已报未采用", "普利桥镇报来的花名册没有采用，沿用2019-10-15的花名册，原因见报送情况。")
        assert kinds[1][0] == "分册与花名册不符" and kinds[1][1].endswith("现仍按已收下的花名册计入。")


def test_the_township_sees_an_error_and_can_send_nothing() -> None:
    roster = rosters.read(of(("大塘村", 3)), part="桥头村")
    judged = submission.judge(roster)
    assert [(finding.code, finding.severity) for finding in judged.findings] == [
        ("133", "error")
    ] and judged.errors == 1
    assert judged.obstacle.startswith("封面分册填“桥头村”")
    line, findings = judge_alone(result("a.xlsx", *of(("大塘村", 3)), part="桥头村"), LENGSHUITAN)
    assert (line.status, line.errors, [finding.code for finding in findings]) == ("merged", 1, ["133"])


def test_former_names_of_the_list_are_the_part() -> None:
    joined = all_lists(a_list(["普利桥镇", "新桥村", "桥头村、桥尾村", ""], header=VILLAGES))
    books = [
        held(joined, "a.xlsx", *people(2, village="桥头村"), part="桥头村"),
        held(joined, "b.xlsx", *people(2, 5, village="新桥村"), part="桥尾村"),
        held(joined, "c.xlsx", *people(2, 10, village="桥尾村"), part="新桥村"),
    ]
    assert {line.status for line in with_lists(joined, *books).files} == {"merged"}


@settings(max_examples=25)
@given(st.integers(0, 6), st.integers(0, 6))
def test_over_half_is_another_book_up_to_half_a_warning(own: int, others: int) -> None:
    expected = "" if not others else "133" if 2 * others > own + others else "132"
    assert code_of_part("桥头村", ("桥头村", own), ("大塘村", others)) == expected


# ---------------------------------------------------------------- 已报未采用


def state(merge: District, township: str = "普利桥镇") -> str:
    return next(line.state for line in merge.reported if line.township == township)


def refused(name: str, code: str = "R101", **known: Any) -> FileResult:
    submission = result("x.xlsx")
    return FileResult(
        name, "", submission.policy, Refusal(code, "读不了。", **known), rules=submission.rules, key=submission.key
    )


def book(name: str, count: int = 3, day: datetime = NEW, **cover: Any) -> FileResult:
    return result(name, *people(count), deadline=day, **cover)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([], "从未报送"), ([book("a.xlsx")], "本期已报"), ([book("a.xlsx", day=OLD), book("b.xlsx", township="曲河街道")], "沿用上期"),
        # all refused: by the cover, by the name of the file or of its folder
        ([book("a.xlsx"), book("b.xlsx", 4)], "已报未采用"), ([refused("a.xlsx", township="普利桥镇", deadline=NEW.date())], "已报未采用"),
        ([refused("普利桥镇.xlsx")], "已报未采用"), ([refused("普利桥/花名册.xlsx")], "已报未采用"), ([book("a.xlsx", policy="冷政办函〔2018〕30号")], "已报未采用"),
        ([refused("花名册.xlsx")], "从未报送"), ([refused("曲河街道.xlsx")], "从未报送"), ([refused("普利桥镇.doc", "S101")], "从未报送"),
        # a newer one refused, an older one counts
        ([book("a.xlsx", day=OLD), book("b.xlsx"), book("c.xlsx", 4)], "已报未采用"), ([book("a.xlsx", day=OLD), refused("b.xlsx", township="普利桥镇", deadline=NEW.date())], "已报未采用"),
        # an older one refused, or one of an unknown day beside one that counts, changes nothing
        ([book("a.xlsx"), refused("b.xlsx", township="普利桥镇", deadline=OLD.date())], "本期已报"), ([book("a.xlsx"), refused("普利桥镇.xlsx")], "本期已报"), ([book("a.xlsx", day=OLD), book("b.xlsx", policy="冷政办函〔2020〕3号")], "本期已报"),
        ([book("a.xlsx", part="桥头村"), book("b.xlsx", 4, part="井边村"), book("c.xlsx", 5, part="井边村")], "本期已报"),
        ([book("a.xlsx", part="全部", day=OLD), book("b.xlsx", part="桥头村")], "已报未采用"),
    ],
    ids=lambda value: value if isinstance(value, str) else "+".join(one.name for one in value),
)  # fmt: skip
def test_how_a_unit_stands(results: list[FileResult], expected: str) -> None:
    for order in itertools.permutations(results):
        assert state(district(*order)) == expected


@pytest.mark.slow
def test_every_paper_says_so(tmp_path: Path) -> None:
    """Summary, JSON, circular, command line and the button's message: 已报未采用, nowhere 从未报送 of that unit."""
    inbox = tmp_path / "收到"
    received(inbox, "一.xlsx", *people(2))
    received(inbox, "二.xlsx", *people(3))
    received(inbox, "街道.xlsx", *people(2, 20), township="曲河街道")
    merge = run.merge_folder(inbox, tmp_path / "汇总.xlsx", LENGSHUITAN, extras=run.Extras(json=tmp_path / "汇总.json"))
    data = json.loads((tmp_path / "汇总.json").read_text(encoding="utf-8"))
    (unit,) = [line for line in data["reported"] if line["township"] == "普利桥镇"]
    assert unit["state"] == "已报未采用" and ("已报未采用", "普利桥镇") in [
        (decision["kind"], decision["township"]) for decision in data["decisions"]
    ]
    for words in (report.headline(merge), merging.message(merge).splitlines()):
        (taken,) = [line for line in words if line.startswith("已报未采用")]
        (never,) = [line for line in words if line.startswith("从未报送")]
        assert "普利桥镇" in taken and "普利桥镇" not in never
    circular = Circular(merge, NEW.date())
    words = circular.reporting()
    assert "报来的花名册没有采用的1个单位：普利桥镇。" in words
    assert not any("从未报送" in line and "普利桥镇" in line for line in words)
    assert "报来的花名册没有采用的1个单位（普利桥镇）完成情况不明" in circular.ranking(LENGSHUITAN.schemes["medical"])


def test_a_refusal_names_its_unit() -> None:
    for cover in ({"scope": "三险"}, {"part": ""}, {"serial": "几次"}, {"policy": "冷政办函〔2018〕30号"}):
        line = district(result("a.xlsx", person(), **cover)).files[0]
        day = None if "policy" in cover else NEW.date()
        assert (line.status, line.township, line.deadline) == ("refused", "普利桥镇", day), cover


@pytest.mark.parametrize("whole", ["全镇", "全部村", "各村（社区）", "普利桥镇", "普利桥镇全镇", " 全 部 "])
def test_the_whole_unit_however_it_is_written(whole: str) -> None:
    """The later book of the whole unit replaces the earlier one, however either names its part."""
    old = result("10月.xlsx", *people(2, village="桥头村"), part="全部", deadline=OLD)
    new = result("11月.xlsx", *people(3, village="桥头村"), part=whole, deadline=NEW)
    assert [state for state, _ in status(district(old, new)).values()] == ["replaced", "merged"]
    for part in ("全部1", "全村", "全州村"):
        assert not result("a.xlsx", *people(1, village="桥头村"), part=part, deadline=NEW).submission.whole  # type: ignore[union-attr]
