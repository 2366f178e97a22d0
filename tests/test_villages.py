"""Names of villages: which ways of writing are one place, which are two, and what a name without its kind means."""

from __future__ import annotations

import itertools
import re
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from addin.policy import Unit
from addin.roster import Places, fold_village, stem_of
from tests.support import rosters
from tests.support.notices import LENGSHUITAN
from tests.support.results import district, people, result
from tests.test_merge import NEW, OLD, counted, status

PULI = LENGSHUITAN.unit("普利桥镇")

REAL = (
    "新村", "新村村", "新村社区", "中村", "中村村", "村头村", "村头社区", "中心村", "中心村社区", "中心社区", "大村", "大村村", "社区村", "社塘村", "社公塘村",
    "委员村", "居安村", "居仁社区", "里村", "里村居民小区社区", "工农新村社区", "农民新村社区", "石村坪村", "村口村", "村前社区", "李家村", "李家村社区",
    "普利桥村", "普利桥社区", "普利桥镇社区", "镇中村", "镇中社区", "街道口社区", "乡下村", "区里村", "桥头", "桥头铺村", "桥头铺社区", "桥头铺", "桥亭村", "桥亭社区",
    "桥亭新村", "第一社区", "第二社区", "一居社区", "二村", "三村", "红旗农场", "红旗林场", "文化路社区", "双江口水库", "阿卜杜村", "回龙村", "回龙圩社区",
)  # fmt: skip
"""Names as real villages have them, with 村, 社区 and the words of their committees inside; all are different places."""


@pytest.mark.parametrize(
    ("key", "spellings"),
    [
        ("桥头村", ("桥头村", "桥头村委会", "桥头村委", "桥头村民委员会", "桥头村村民委员会", "桥头村村委会", "桥头行政村", " 桥 头 村 ", "普利桥镇桥头村")),
        ("桥头村", ("普利桥镇桥头村村民委员会", "冷水滩区普利桥镇桥头村", "永州市冷水滩区普利桥镇桥头村委会", "普利桥镇人民政府桥头村")),
        ("桥头社区", ("桥头社区", "桥头居委会", "桥头居委", "桥头社区居委会", "桥头社区居民委员会", "桥头居民委员会", "普利桥镇桥头社区居委会")),
        ("桥头", ("桥头", "普利桥镇桥头", "桥\u3000头")), ("新村社区", ("新村社区", "新村居委会", "新村社区居民委员会")), ("大村", ("大村", "大村村民委员会", "大村村委会")),
        ("大村村", ("大村村", "大村村村民委员会", "大村村村委会")), ("普利桥镇社区", ("普利桥镇社区", "普利桥镇居委会", "普利桥镇社区居民委员会")), ("普利桥村", ("普利桥村", "普利桥镇普利桥村")),
        ("普利桥镇", ("普利桥镇",)), ("村", ("村",)), ("社区", ("社区",)), ("全部", ("全部",)), ("", ("", " ")),
    ],
)  # fmt: skip
def test_ways_of_writing_one_place(key: str, spellings: tuple[str, ...]) -> None:
    assert {fold_village(text, PULI) for text in spellings} == {key}


def test_real_names_are_different_places() -> None:
    keys = [fold_village(name, unit) for name in REAL for unit in (None, PULI)]
    assert len(set(keys)) == len(set(REAL)) and set(keys) == set(REAL)


@pytest.mark.parametrize("unit", LENGSHUITAN.units, ids=lambda unit: unit.name)
def test_no_unit_takes_a_name_from_its_villages(unit: Unit) -> None:
    """Villages called after the unit keep their names: only the unit's whole name in front of another is dropped."""
    core = re.sub("街道$|镇$|乡$|农业开发区$|园区$", "", unit.name)
    names = [f"{core}村", f"{core}社区", f"{core}新村", f"{unit.name}社区", f"{unit.name}村", "桥头村"]
    assert [fold_village(name, unit) for name in names] == names
    assert fold_village(f"{unit.name}桥头村委会", unit) == "桥头村"


@given(st.text(alphabet="桥头新大村社区居民委员会行政镇普利 ", max_size=12))
def test_folding_again_changes_nothing_of_the_stem(text: str) -> None:
    key = fold_village(text, PULI)
    assert stem_of(key) + key[len(stem_of(key)) :] == key and fold_village(stem_of(key)) is not None
    assert Places([key]).of(key) == key and Places([]).of(key) == key


@pytest.mark.parametrize(
    ("known", "name", "place"),
    [
        (["桥亭村"], "桥亭", "桥亭村"), (["桥亭社区"], "桥亭", "桥亭社区"), (["桥亭村", "桥亭社区"], "桥亭", "桥亭"), ([], "桥亭", "桥亭"), (["桥亭"], "桥亭", "桥亭"),
        (["桥亭社区"], "桥亭村", "桥亭村"), (["桥亭"], "桥亭村", "桥亭村"), (["桥亭铺村"], "桥亭", "桥亭"), (["桥亭", "桥亭村"], "桥亭", "桥亭村"),
    ],
)  # fmt: skip
def test_a_bare_name_is_the_only_place_of_its_stem(known: list[str], name: str, place: str) -> None:
    for order in itertools.permutations(known):
        assert Places(order).of(name) == place


# ---------------------------------------------------------------- in one book


def codes(*rows: dict[str, Any], **cover: Any) -> list[tuple[str, int | None]]:
    return [(finding.code, finding.row) for finding in rosters.checked(*rows, **cover).findings]


def test_number_one_in_the_village_and_in_the_community_are_two_households() -> None:
    first, second = people(2)
    assert (
        codes({**first, "village": "桥亭村", "household": "1"}, {**second, "village": "桥亭社区", "household": "1"})
        == []
    )


@pytest.mark.parametrize("other", ["桥亭", "桥亭村委会", "桥亭村村民委员会", "普利桥镇桥亭村", "桥亭 村"])
def test_one_village_written_in_two_ways_is_one_village(other: str) -> None:
    first, second = people(2)
    heads = [{**first, "village": "桥亭村", "household": "1"}, {**second, "village": other, "household": "1"}]
    assert [code for code, _ in codes(*heads) if code != "110"] == ["501", "501"]


def test_a_bare_name_in_rows_is_the_village_on_the_cover() -> None:
    first, second = people(2)
    rows = [{**first, "village": "桥亭"}, {**second, "village": "桥亭", "household": "1"}]
    assert result("a.xlsx", *rows, part="桥亭村").submission.part_key == "桥亭村"  # type: ignore[union-attr]
    assert result("a.xlsx", {**first, "village": "桥亭村"}, part="桥亭").submission.part_key == "桥亭村"  # type: ignore[union-attr]


def test_a_bare_name_beside_both_is_reported_once() -> None:
    rows = [
        {**person, "village": name}
        for person, name in zip(people(4), ("桥亭村", "桥亭社区", "桥亭", "桥亭"), strict=True)
    ]
    assert codes(*rows) == [("131", 7)]
    (finding,) = rosters.checked(*rows).findings
    assert finding.problem == "村名“桥亭”没有写明，桥亭村、桥亭社区都有，分不清是哪一个。"
    assert (finding.count, finding.places) == (2, (7, 8))


# ---------------------------------------------------------------- over several books


def parts(*given: tuple[str, list[dict[str, Any]], datetime]) -> dict[str, tuple[str, str]]:
    """The status of files a, b, c ... of these parts and people, in every order; and the people counted."""
    results = [
        result(f"{chr(97 + n)}.xlsx", *({**member, "village": part} for member in own), part=part, deadline=day)
        for n, (part, own, day) in enumerate(given)
    ]
    merge = district(*results)
    for order in itertools.permutations(results):
        again = district(*order)
        assert (status(again), again.findings, again.decisions) == (status(merge), merge.findings, merge.decisions)
    return {**status(merge), "": (str(counted(merge)), "、".join(sorted({finding.code for finding in merge.findings})))}


MERGED, REPLACED = ("merged", ""), ("replaced", "C102")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        # two places, whatever the day
        ((("桥亭村", people(5), OLD), ("桥亭社区", people(6, 10), NEW)), [MERGED, MERGED, ("11", "")]),
        ((("桥亭村", people(5), NEW), ("桥亭社区", people(6, 10), NEW)), [MERGED, MERGED, ("11", "")]),
        ((("新村", people(5), OLD), ("新村村", people(6, 10), NEW)), [MERGED, MERGED, ("11", "")]),
        # one place, written in two ways
        ((("桥头社区", people(5), OLD), ("桥头社区居委会", people(6), NEW)), [REPLACED, MERGED, ("6", "")]),
        ((("桥头村", people(5), OLD), ("桥头村村民委员会", people(6), NEW)), [REPLACED, MERGED, ("6", "")]),
        ((("桥头村", people(5), OLD), ("普利桥镇桥头村", people(6), NEW)), [REPLACED, MERGED, ("6", "")]),
        ((("桥头村委会", people(5), NEW), ("桥头村", people(6), OLD)), [MERGED, REPLACED, ("5", "112")]),
        # a bare name is the only one there is
        ((("桥头", people(5), OLD), ("桥头村", people(6, 2), NEW)), [REPLACED, MERGED, ("6", "")]),
        ((("桥头社区", people(5), OLD), ("桥头", people(6, 20), NEW)), [REPLACED, MERGED, ("6", "")]),
        # with both it is a place of its own, and that is said
        ((("桥头", people(3), NEW), ("桥头村", people(3, 10), NEW), ("桥头社区", people(3, 20), NEW)), [MERGED, MERGED, MERGED, ("9", "131")]),
        # the same people under another kind: the village has become a community
        ((("桥头村", people(5), OLD), ("桥头社区", people(6), NEW)), [REPLACED, MERGED, ("6", "")]),
        ((("桥头村", people(5), NEW), ("桥头社区", people(6), NEW)), [("refused", "R301"), ("refused", "R301"), ("0", "")]),
        # the half is not most
        ((("桥头村", people(4), OLD), ("桥头社区", people(4, 2), NEW)), [MERGED, MERGED, ("6", "401、402、403、809")]),
        # with both there, a bare name that has most of one's people is an edition of that one
        ((("桥头", people(5), OLD), ("桥头村", people(6), NEW), ("桥头社区", people(3, 20), NEW)), [REPLACED, MERGED, MERGED, ("9", "")]),
        # nothing else that is alike replaces anything
        ((("桥头村", people(5), OLD), ("桥头铺村", people(5), NEW)), [MERGED, MERGED, ("5", "401、402、403、809")]),
    ],
)  # fmt: skip
def test_which_part_replaces_which(given: Any, expected: list[tuple[str, str]]) -> None:
    assert list(parts(*given).values()) == expected


def test_two_schemes_of_one_village_written_in_two_ways() -> None:
    """The wider book replaces the narrower one under any spelling, and receipts are of one household."""
    both = result("both.xlsx", *people(3, village="桥头村"), part="桥头村", deadline=NEW)
    narrow = result("m.xlsx", *people(3, village="桥头村"), part="桥头村委会", scope="仅医保", deadline=OLD)
    assert status(district(both, narrow)) == {"both.xlsx": MERGED, "m.xlsx": REPLACED}
    apart = [
        result("m.xlsx", *people(3, village="桥头"), part="桥头", scope="仅医保"),
        result("p.xlsx", *people(3, village="桥头村"), part="桥头村", scope="仅养老"),
    ]
    merge = district(*apart)
    assert status(merge) == {"m.xlsx": MERGED, "p.xlsx": MERGED} and merge.findings == []


def test_one_receipt_in_village_and_community_is_two_households() -> None:
    first, second = people(2)
    shared = {"household": "1", "medical_receipt": "X1", "pension_receipt": ""}
    books = [
        result("a.xlsx", {**first, **shared, "village": "桥亭村"}, part="桥亭村", scope="仅医保"),
        result("b.xlsx", {**second, **shared, "village": "桥亭社区"}, part="桥亭社区", scope="仅医保"),
    ]
    assert [finding.code for finding in district(*books).findings] == ["809", "809"]


@pytest.mark.slow
@settings(max_examples=25)
@given(st.data())
def test_order_of_files_never_matters(data: st.DataObject) -> None:
    """Any mixture of spellings, days, scopes and people: the same district in every order of the files."""
    spellings = st.sampled_from(["桥亭", "桥亭村", "桥亭社区", "桥亭村委会", "普利桥镇桥亭社区居委会", "全部"])
    results = []
    for n in range(data.draw(st.integers(2, 5))):
        start, count = data.draw(st.integers(0, 3)), data.draw(st.integers(0, 4))
        part, day = data.draw(spellings), data.draw(st.sampled_from([OLD, NEW]))
        scope = data.draw(st.sampled_from(["两险", "仅医保"]))
        results.append(result(f"{n}.xlsx", *people(count, start), part=part, deadline=day, scope=scope))
    merge = district(*results)
    other = district(*data.draw(st.permutations(results)))
    assert (merge.files, merge.decisions, merge.findings) == (other.files, other.decisions, other.findings)
    assert (merge.units, merge.duplicates) == (other.units, other.duplicates)
