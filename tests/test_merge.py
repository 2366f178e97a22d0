"""Submissions, counting, owners of duplicates: specification 7, on whole folders of small books in memory."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from addin.district import report
from tests.support.results import district, figures_of, invented_id, people, result
from tests.support.rosters import person

OLD, NEW = datetime(2019, 10, 15), datetime(2019, 11, 15)


def status(found: Any) -> dict[str, tuple[str, str]]:
    return {line.name: (line.status, line.code) for line in found.files}


def counted(found: Any, township: str = "普利桥镇", scheme: str = "medical") -> int:
    return figures_of(found, township, scheme).counted


def test_newest_by_deadline_then_serial_never_by_name() -> None:
    merge = district(
        result("z.xlsx", *people(3), deadline=OLD, serial=9),
        result("a.xlsx", *people(5), deadline=NEW, serial=1),
        result("b.xlsx", *people(4), deadline=NEW, serial=2),
    )
    assert status(merge) == {"z.xlsx": ("replaced", "C102"), "a.xlsx": ("replaced", "C102"), "b.xlsx": ("merged", "")}
    assert counted(merge) == 4


def test_tie_refuses_both_and_the_older_goes_on_counting() -> None:
    merge = district(
        result("old.xlsx", *people(3), deadline=OLD),
        result("one.xlsx", *people(5), deadline=NEW),
        result("two.xlsx", *people(6), deadline=NEW),
    )
    assert status(merge) == {
        "old.xlsx": ("merged", ""),
        "one.xlsx": ("refused", "R301"),
        "two.xlsx": ("refused", "R301"),
    }
    assert counted(merge) == 3
    kinds = [decision.kind for decision in merge.decisions if decision.township == "普利桥镇"]
    assert kinds == ["已报未采用", "同期两份不一致", "同期两份不一致"]


def test_byte_equal_copies_count_once() -> None:
    merge = district(result("a.xlsx", *people(2), sha256="same"), result("b.xlsx", *people(2), sha256="same"))
    assert status(merge) == {"a.xlsx": ("merged", ""), "b.xlsx": ("copy", "C101")}
    assert counted(merge) == 2


def test_parts_add_up_and_differ_by_folded_name() -> None:
    merge = district(
        result("a.xlsx", *people(2), part="桥头村"),
        result("b.xlsx", *people(3, start=10, village="井边村"), part="井边村"),
        result("c.xlsx", *people(4, start=20), part="桥头", serial=2),
    )
    assert status(merge) == {"a.xlsx": ("replaced", "C102"), "b.xlsx": ("merged", ""), "c.xlsx": ("merged", "")}
    assert counted(merge) == 7


@pytest.mark.parametrize(
    ("whole", "part", "expected"),
    [
        (NEW, OLD, {"whole.xlsx": ("merged", ""), "part.xlsx": ("replaced", "C102")}),
        (OLD, NEW, {"whole.xlsx": ("merged", ""), "part.xlsx": ("refused", "R302")}),
        (NEW, NEW, {"whole.xlsx": ("merged", ""), "part.xlsx": ("refused", "R302")}),
    ],
)
def test_whole_and_parts(whole: datetime, part: datetime, expected: dict[str, Any]) -> None:
    merge = district(
        result("whole.xlsx", *people(5), part="全部", deadline=whole),
        result("part.xlsx", *people(2), part="桥头村", deadline=part),
    )
    assert status(merge) == expected
    assert counted(merge) == 5


def test_single_scopes_stand_beside_each_other_but_not_beside_both() -> None:
    apart = district(result("m.xlsx", *people(3), scope="仅医保"), result("p.xlsx", *people(2), scope="仅养老"))
    assert (counted(apart), counted(apart, scheme="pension")) == (3, 2)
    beside = district(result("both.xlsx", *people(3)), result("m.xlsx", *people(2), scope="仅医保"))
    assert status(beside) == {"both.xlsx": ("merged", ""), "m.xlsx": ("refused", "R302")}
    older = district(
        result("both.xlsx", *people(3), deadline=OLD),
        result("m.xlsx", *people(2), scope="仅医保", deadline=OLD, serial=0 + 1),
    )
    assert status(older)["m.xlsx"] == ("refused", "R302")


def test_short_replacement_is_merged_with_a_warning() -> None:
    merge = district(result("old.xlsx", *people(20), deadline=OLD), result("new.xlsx", *people(18), deadline=NEW))
    assert status(merge)["new.xlsx"] == ("merged", "")
    assert [(finding.file, finding.code) for finding in merge.findings] == [("new.xlsx", "112")]
    enough = district(result("old.xlsx", *people(20), deadline=OLD), result("new.xlsx", *people(19), deadline=NEW))
    assert enough.findings == []


def test_the_owner_is_fully_paid_first_then_earliest_then_attachment_order() -> None:
    def two(one: dict[str, Any], other: dict[str, Any]) -> list[tuple[str, bool]]:
        merge = district(
            result(
                "a.xlsx", person(**one, pension_receipt="P1", medical_receipt="P1"), scope="仅医保", township="普利桥镇"
            ),
            result(
                "b.xlsx",
                person(**other, pension_receipt="P2", medical_receipt="P2"),
                scope="仅医保",
                township="曲河街道",
            ),
        )
        return sorted((str(line.file), bool(line.owner)) for line in merge.duplicates)

    later, earlier = {"medical_date": datetime(2019, 11, 2)}, {"medical_date": datetime(2019, 11, 1)}
    assert two(later, earlier) == [("a.xlsx", False), ("b.xlsx", True)]
    assert two(earlier, later) == [("a.xlsx", True), ("b.xlsx", False)]
    assert two({**earlier, "medical_paid": 100}, later) == [("a.xlsx", False), ("b.xlsx", True)]
    assert two(earlier, earlier) == [("a.xlsx", False), ("b.xlsx", True)]  # 曲河街道 comes first in the attachment


def test_duplicates_across_units_name_the_unit_but_not_its_row() -> None:
    merge = district(
        result("a.xlsx", person(medical_receipt="A"), scope="仅医保", township="普利桥镇"),
        result("b.xlsx", person(medical_receipt="B"), scope="仅医保", township="曲河街道"),
    )
    codes = [(finding.file, finding.code, finding.cell) for finding in merge.findings]
    assert codes == [("a.xlsx", "401", "J5"), ("b.xlsx", "403", "J5")]
    assert "曲河街道" in merge.findings[0].problem and "第5行" not in merge.findings[0].problem
    assert (counted(merge), counted(merge, "曲河街道")) == (0, 1)
    assert [line.id for line in merge.duplicates] == ["990000********0017"] * 2


def test_same_person_with_another_status_or_scheme_is_no_duplicate() -> None:
    unpaid = {"medical_status": "市内居民医保", "medical_paid": "", "medical_date": "", "medical_receipt": ""}
    merge = district(
        result("a.xlsx", person(), scope="仅医保", township="普利桥镇"),
        result("b.xlsx", person(**unpaid), scope="仅医保", township="曲河街道"),
    )
    assert merge.findings == [] and merge.duplicates == []


def test_same_id_different_names() -> None:
    merge = district(
        result("a.xlsx", person(name="张三", medical_receipt="A"), scope="仅医保"),
        result("b.xlsx", person(name="王五", medical_receipt="B"), scope="仅医保", township="曲河街道"),
    )
    assert sorted((finding.file, finding.code) for finding in merge.findings) == [
        ("a.xlsx", "401"), ("a.xlsx", "404"), ("b.xlsx", "403"), ("b.xlsx", "404"),
    ]  # fmt: skip


def test_one_receipt_in_two_households() -> None:
    family = [person(), person(relation="配偶", name="李丽", id_number=invented_id(2))]
    assert district(result("a.xlsx", *family)).findings == []
    apart = [person(), person(household="2", name="李丽", id_number=invented_id(2))]
    merge = district(result("a.xlsx", *apart, scope="仅医保"))
    assert [(finding.code, finding.cell) for finding in merge.findings] == [("809", "U5"), ("809", "U6")]


def test_what_a_fifth_of_a_book_shares_with_others_is_reported_once_for_the_column() -> None:
    """Stations with the same receipt numbers, or one roster under two names: each row is reported."""
    shared = [{**person, "household": str(n), "medical_receipt": f"R{n}"} for n, person in enumerate(people(21))]
    small, large = people(79, start=100), people(179, start=200)
    merge = district(
        result("a.xlsx", *shared, *small, scope="仅医保", township="普利桥镇"),
        result("b.xlsx", *shared, *large, scope="仅医保", township="仁湾镇"),
    )
    assert Counter((finding.file, finding.code, finding.cell, finding.count) for finding in merge.findings if finding.file == "a.xlsx") == {
        ("a.xlsx", "403", "J", 21): 1, ("a.xlsx", "809", "U", 21): 1,
    }  # fmt: skip
    assert Counter((finding.code, finding.count) for finding in merge.findings if finding.file == "b.xlsx") == {
        ("401", 1): 21, ("809", 1): 21,
    }  # fmt: skip
    for column in (finding for finding in merge.findings if finding.file == "a.xlsx"):
        assert column.places == tuple(range(5, 26))
        assert "21人同样的问题" in column.problem
    assert [(line.errors, line.warnings) for line in merge.files] == [(0, 42), (21, 21)]
    assert len(merge.duplicates) == 42


@pytest.mark.parametrize(
    ("differs", "reason"),
    [
        ({"id_number": "990000199001010018"}, "identity"),
        ({"name": ""}, "identity"),
        ({"category": "困难户"}, "identity"),
        ({"schooling": "高校"}, "ineligible"),
        ({"medical_paid": "", "medical_date": "", "medical_receipt": ""}, "unpaid"),
        ({"medical_paid": 0}, "unpaid"),
        ({"medical_paid": "250元"}, "unpaid"),
        ({"medical_paid": 200}, "short"),
        ({"category": "低保", "medical_paid": 175}, "short"),
        ({"medical_date": ""}, "date"),
        ({"medical_date": "2019.10.15"}, "date"),
        ({"medical_date": datetime(2019, 8, 1)}, "date"),
        ({"schooling": "高校", "medical_paid": 10}, "ineligible"),
        ({"medical_paid": 10, "medical_date": ""}, "short"),
    ],
)
def test_the_first_reason_that_applies(differs: dict[str, Any], reason: str) -> None:
    merge = district(result("a.xlsx", person(**differs), *people(2), scope="仅医保"))
    unit = figures_of(merge)
    assert {name: people for name, people in unit.not_counted.items() if people} == {reason: 1}
    assert (unit.claimed, unit.counted, unit.late) == (3, 2, 0)


@pytest.mark.parametrize(
    ("differs", "expected"),
    [
        ({"medical_date": datetime(2019, 9, 1)}, (1, 0)),
        ({"medical_date": datetime(2019, 12, 31)}, (1, 0)),
        ({"medical_date": datetime(2020, 1, 1)}, (0, 1)),
        ({"category": "特困", "medical_paid": "", "medical_date": "", "medical_receipt": ""}, (1, 0)),
        ({"category": "特困", "medical_paid": "", "medical_date": datetime(2020, 1, 1), "medical_receipt": ""}, (0, 1)),
        ({"medical_paid": 300}, (1, 0)),
    ],
)
def test_counted_and_late_are_disjoint(differs: dict[str, Any], expected: tuple[int, int]) -> None:
    merge = district(result("a.xlsx", person(**differs), scope="仅医保"))
    assert (figures_of(merge).counted, figures_of(merge).late) == expected


def test_funding_and_cash_of_each_category() -> None:
    def one(serial: int, category: str, paid: Any, **more: Any) -> dict[str, Any]:
        return people(1, start=serial, category=category, medical_paid=paid, **more)[0]

    merge = district(
        result(
            "a.xlsx",
            one(1, "", 250),
            one(2, "低保", 250),
            one(3, "建档立卡", 125),
            one(4, "兜底", ""),
            one(5, "特困", ""),
            one(6, "", ""),
            scope="仅医保",
        )
    )
    lines = [
        (line["category"], line["funder"], line["department"], line["to"], line["persons"], line["yuan"])
        for line in report.to_json(merge)["funding"]
    ]
    assert lines == [
        ("特困供养人员", "医疗救助", "民政", "township", 1, 250.0),
        ("社会保障兜底脱贫对象", "医疗救助", "民政、扶贫（分担待定）", "township", 1, 125.0),
        ("社会保障兜底脱贫对象", "财政", "民政、扶贫（分担待定）", "township", 1, 125.0),
        ("城乡低保对象", "医疗救助", "民政", "person", 1, 75.0),
        ("建档立卡贫困人口", "扶贫", "扶贫", "township", 1, 125.0),
    ]
    cash = next(line for line in report.to_json(merge)["cash"] if line["collected"])
    assert {key: cash[key] for key in ("due", "collected", "over", "short", "unclear")} == {
        "due": 875.0, "collected": 625.0, "over": 0.0, "short": 250.0, "unclear": 0.0,
    }  # fmt: skip


def test_order_of_files_does_not_matter() -> None:
    books = [
        result("a.xlsx", *people(3), part="桥头村"),
        result("b.xlsx", *people(3, start=2, village="井边村"), part="井边村"),
        result("c.xlsx", *people(2, start=4), township="曲河街道"),
    ]
    outcomes = [report.to_json(district(*order)) for order in itertools.permutations(books)]
    assert all(outcome == outcomes[0] for outcome in outcomes)


def test_empty_folder() -> None:
    merge = district()
    assert report.to_json(merge)["district"]["medical"]["counted"] == 0
    assert {line.state for line in merge.reported} == {"从未报送"}


def shrunken(found: Any) -> list[tuple[str, str]]:
    return [(finding.file, finding.problem) for finding in found.findings if finding.code == "112"]


def test_a_whole_book_is_measured_against_all_the_parts_it_replaces() -> None:
    parts = [
        result("a.xlsx", *people(4), part="桥头村", deadline=OLD),
        result("b.xlsx", *people(4, start=10, village="井边村"), part="井边村", deadline=OLD),
    ]
    fewer = [*people(4), *people(3, start=10)]
    merge = district(*parts, result("whole.xlsx", *fewer, part="全部", deadline=NEW))
    assert shrunken(merge) == [("whole.xlsx", "本册7人，它替代的“a.xlsx”、“b.xlsx”有8人。")]
    alike = [*people(4), *people(4, start=10)]
    assert shrunken(district(*parts, result("whole.xlsx", *alike, part="全部", deadline=NEW))) == []


def test_one_book_for_both_schemes_after_one_for_each_is_not_shrunken() -> None:
    each = [
        result("m.xlsx", *people(6), scope="仅医保", deadline=OLD),
        result("p.xlsx", *people(6), scope="仅养老", deadline=OLD),
    ]
    assert shrunken(district(*each, result("both.xlsx", *people(6), deadline=NEW))) == []


@pytest.mark.parametrize(
    "bad", [{"village": ""}, {"household": ""}, {"village": "桥头存"}], ids=["no village", "no number", "misspelt"]
)
def test_a_row_that_lost_its_household_uses_the_familys_receipt(bad: dict[str, Any]) -> None:
    family = [person(name="张四", relation="子", id_number=invented_id(n, datetime(1999, 1, 1))) for n in (2, 4)]
    family[0] |= bad
    merge = district(result("a.xlsx", person(), *family, scope="仅医保"))
    assert "809" not in [finding.code for finding in merge.findings]


@pytest.mark.parametrize(
    ("differs", "over", "unclear"),
    [
        ({"medical_status": "已参保"}, 0, 250),
        ({"medical_status": ""}, 0, 250),
        ({"medical_status": "市内职工医保"}, 250, 0),
        ({"medical_status": "市内职工医保", "category": "困难户"}, 250, 0),
        ({"category": "困难户"}, 0, 250),
    ],
)
def test_money_that_nobody_can_judge_is_apart_from_money_to_give_back(
    differs: dict[str, Any], over: int, unclear: int
) -> None:
    merge = district(result("a.xlsx", person(**differs), scope="仅医保"))
    cash = next(line for line in report.to_json(merge)["cash"] if line["collected"])
    assert (cash["due"], cash["over"], cash["unclear"]) == (0, over, unclear)


def test_a_wrong_status_word_does_not_make_the_person_unknown() -> None:
    merge = district(result("a.xlsx", person(category="低保", pension_status="参加", pension_paid="")))
    lines = [line for line in report.to_json(merge)["coverage"] if line["people"] and line["category"] == "合计"]
    assert [(line["scheme"], line["obliged"], line["enrolled"]) for line in lines] == [
        ("medical", 1, 1),
        ("pension", 1, 0),
    ]


def test_who_is_not_paid_for_need_not_be_in_the_pension() -> None:
    unhelped = {"pension_status": "暂未参保", "tier": "", "pension_paid": "", "pension_date": "", "pension_receipt": ""}
    merge = district(result("a.xlsx", person(category="贫困残疾人", **unhelped)))
    lines = [line for line in report.to_json(merge)["coverage"] if line["people"] and line["category"] == "贫困残疾人"]
    assert [(line["scheme"], line["obliged"], line["excused"]) for line in lines] == [
        ("medical", 1, {}),
        ("pension", 0, {"不属代缴对象": 1}),
    ]


def test_a_tie_goes_by_the_order_of_the_schemes_own_attachment() -> None:
    merge = district(
        result("a.xlsx", person(medical_receipt="A", pension_receipt="A"), township="黄阳司镇"),
        result("b.xlsx", person(medical_receipt="B", pension_receipt="B"), township="曲河街道"),
    )
    assert [(line.scheme, line.township) for line in merge.duplicates if line.owner] == [
        ("medical", "曲河街道"),
        ("pension", "黄阳司镇"),
    ]
