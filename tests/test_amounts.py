"""Who pays what: worked cases beside the notices (tests/cases), and what must hold for every case that can be."""

from __future__ import annotations

import csv
import dataclasses
import functools
import itertools
import random
import tempfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from addin import amounts, policy
from addin.amounts import Dues, UnknownCategory, UnknownTier
from addin.columns import Scheme
from addin.policy import Part, Policy, Standard, Subsidy
from tests.support import TESTS
from tests.support.notices import LENGSHUITAN, LINHE, QINGSHI, YUNZE

NOTICES = {"lengshuitan-2019": LENGSHUITAN, "qingshi-2023": QINGSHI, "yunze-2022": YUNZE, "linhe-2024": LINHE}
AMOUNTS = ["standard", "subsidy", "net", "cash", "refund"]


@functools.cache
def _on_trial(folder: Path, trial: str) -> Policy:
    """A notice with another value of an interpretation, by way of a file as a user would give it."""
    name, _, value = trial.partition("=")
    with tempfile.TemporaryDirectory() as made:
        overlay = Path(made) / "trial.toml"
        overlay.write_text(f'[interpretations]\n{name} = "{value}"\n', encoding="utf-8")
        return policy.load(folder, overlay)


def _cases() -> Iterator[Any]:
    for file in sorted((TESTS / "cases").glob("*.csv")):
        for line, case in enumerate(csv.DictReader(file.read_text(encoding="utf-8").splitlines()), 2):
            yield pytest.param(
                file.stem, case, id=f"{file.stem}:{line}-{case['category'] or '空'}{case['tier']}{case['trial']}"
            )


CASES = list(_cases())


def _rules(notice: str, case: dict[str, str]) -> Policy:
    rules = NOTICES[notice]
    return _on_trial(rules.folder, case["trial"]) if case["trial"] else rules


def _fen(yuan: str) -> int:
    fen = Decimal(yuan) * 100
    assert fen == int(fen)
    return int(fen)


def _window(case: dict[str, str]) -> int:
    """The place of the window; notices with the main one alone have no such column."""
    return int(case.get("window") or 0)


def _tier(case: dict[str, str]) -> int | None:
    return _fen(case["tier"]) if case["tier"] else None


@pytest.mark.parametrize(("notice", "case"), CASES)
def test_worked_case(notice: str, case: Any) -> None:
    rules = _rules(notice, case)
    due = amounts.dues(
        rules, case["scheme"], amounts.parse_category(rules, case["category"]), _tier(case), window=_window(case)
    )
    given = [(share.funder, share.fen, f"{share.department} {share.to}") for share in due.shares]
    shares = [piece.replace(">", ":").split(":") for piece in case["shares"].split(";") if piece]
    assert due.governing == case["governing"]
    assert given == [(funder, _fen(yuan), payer) for funder, yuan, payer in shares]
    assert (due.net, due.cash, due.refund) == (_fen(case["net"]), _fen(case["cash"]), _fen(case["refund"]))
    assert _article(rules, due) == case["article"]


def _article(rules: Policy, found: Dues) -> str:
    """The article that the amount rests on: the subsidy's, else that of the standard or the tiers."""
    if found.shares:
        return rules.article(found.entry)
    return rules.article("medical.standard" if found.scheme == "medical" else "pension.tiers")


def test_every_rule_of_subsidy_and_every_tier_has_its_worked_case() -> None:
    for notice, rules in NOTICES.items():
        cases = [param.values[1] for param in CASES if param.values[0] == notice]
        met = {(case["scheme"], case["governing"]) for case in cases}
        assert met == {(scheme, key) for scheme in rules.schemes for key in ("ordinary", *rules.precedence[scheme])}
        assert {group.key for group in rules.groups} <= {
            key for case in cases for key in amounts.parse_category(rules, case["category"])
        }
        tiers = {tier for scheme in rules.schemes.values() for tier in scheme.tiers}
        assert {_tier(case) for case in cases if case["tier"]} == tiers
        said = {case["trial"].partition("=")[0] for case in cases}
        acting = {"printed_total", "rank_by", "age_day"}  # these touch no amount
        assert {
            interpretation.name for interpretation in rules.interpretations.values() if interpretation.operative
        } - acting == said - {""}


@pytest.mark.parametrize("notice", NOTICES)
def test_worked_cases_as_whole_columns(notice: str) -> None:
    cases = [param.values[1] for param in CASES if param.values[0] == notice and not param.values[1]["trial"]]
    random.Random(7).shuffle(cases)
    for scheme in NOTICES[notice].schemes:
        own = [case for case in cases if case["scheme"] == scheme] * 3
        amounts_due = amounts.table(
            NOTICES[notice],
            scheme,
            [case["category"] for case in own],
            [_tier(case) for case in own],
            windows=[_window(case) for case in own],
        )
        assert amounts_due["known"].all()
        columns = (amounts_due[name].tolist() for name in ("net", "cash", "refund", "governing"))
        assert [*zip(*columns, strict=True)] == [
            (_fen(case["net"]), _fen(case["cash"]), _fen(case["refund"]), case["governing"]) for case in own
        ]


# ---------------------------------------------------------------- what must always hold

POLICIES = [
    *NOTICES.values(),
    *(
        _on_trial(rules.folder, f"{interpretation.name}={interpretation.alternatives[0].value}")
        for rules in NOTICES.values()
        for interpretation in rules.interpretations.values()
        if interpretation.operative
    ),
]


@st.composite
def cases(draw: st.DrawFn) -> tuple[Policy, Scheme, list[str], int | None]:
    rules = draw(st.sampled_from(POLICIES))
    scheme = draw(st.sampled_from(list(rules.schemes)))
    statuses = draw(st.lists(st.sampled_from([key for key in rules.categories if key != "ordinary"]), max_size=6))
    tier = draw(st.sampled_from([None, *rules.schemes["pension"].tiers])) if scheme == "pension" else None
    return rules, scheme, statuses, tier


def _hold(found: Dues) -> None:
    given = sum(share.fen for share in found.shares)
    assert found.net + given == found.standard
    assert found.cash + found.subsidy == found.standard
    assert found.net == found.cash - found.refund
    assert found.subsidy + found.refund == given
    assert min(found.net, found.cash, found.refund, found.subsidy, *(share.fen for share in found.shares), 0) == 0
    assert all(type(share.fen) is int for share in found.shares)


@given(cases())
def test_subsidy_and_net_make_the_standard_and_nothing_is_negative(case: Any) -> None:
    rules, scheme, statuses, tier = case
    due = amounts.dues(rules, scheme, statuses, tier)
    _hold(due)
    standard = rules.schemes["medical"].standard
    assert due.standard == (
        standard.by_group.get(rules.group_of(statuses), standard.fen)
        if scheme == "medical"
        else tier or min(amounts.open_tiers(rules, scheme, statuses) or rules.schemes[scheme].tiers)
    )
    assert due.governing in {*statuses, "ordinary"}


@given(cases(), st.randoms(use_true_random=False))
def test_order_repetition_and_wording_of_statuses_do_not_matter(case: Any, chance: random.Random) -> None:
    rules, scheme, statuses, tier = case
    due = amounts.dues(rules, scheme, statuses, tier)
    other = [*statuses, *statuses[:1]]
    chance.shuffle(other)
    assert amounts.dues(rules, scheme, other, tier) == due
    names = [[one.name, one.short, *one.aliases] for one in (rules.categories[key] for key in other)]
    words = [chance.choice([word for word in own if not amounts.SEPARATORS.search(word)]) for own in names]
    text = "".join(word + chance.choice(["、", "，", ",", " ", "/", "；", ";", "+", "和", " 、 "]) for word in words)
    assert amounts.parse_category(rules, text) == frozenset(statuses)


@pytest.mark.slow
@given(cases())
def test_scalar_is_vectorised(case: Any) -> None:
    rules, scheme, statuses, tier = case
    due = amounts.dues(rules, scheme, statuses, tier)
    text = "、".join(rules.categories[key].short for key in statuses)
    table = amounts.table(rules, scheme, ["特困", text, "?"], [None, tier, tier])
    line = {name: values[1] for name, values in table.items()}
    assert [int(line[what]) for what in AMOUNTS] == [due.standard, due.subsidy, due.net, due.cash, due.refund]
    assert (line["governing"], line["known"]) == (due.governing, True)


def _invented(standard: int, shares: list[Decimal], rest: bool, to: str) -> Policy:
    """The notice with one subsidy of these shares for 特困, and an odd standard."""
    medical = dataclasses.replace(
        LENGSHUITAN.schemes["medical"], standards=(Standard(standard, date(2019, 9, 12), False),)
    )
    parts = [Part(f"出资{n}", share=share) for n, share in enumerate(shares)] + (
        [Part("其余", rest=True)] if rest else []
    )
    subsidy = Subsidy("subsidy.1", "medical", ("tekun",), tuple(parts), "民政", to)
    return dataclasses.replace(LENGSHUITAN, schemes={**LENGSHUITAN.schemes, "medical": medical}, subsidies=(subsidy,))


@given(
    st.integers(1, 100_000),
    st.lists(st.integers(1, 100), max_size=4),
    st.booleans(),
    st.sampled_from(["township", "person"]),
)
@example(28350, [35], False, "township")  # 99.225 yuan: half a fen goes up, where half to even would go down
@example(25001, [50, 50], False, "township")  # twice half a fen up would be a fen more than there is
@example(1, [50, 50], True, "person")
@settings(max_examples=300)
def test_each_share_is_rounded_half_up_once_and_never_past_what_is_left(
    standard: int, percents: list[int], rest: bool, to: str
) -> None:
    total = sum(percents)
    if total > 100:
        percents = [percent * 100 // total for percent in percents]
    shares = [Decimal(percent) / 100 for percent in percents if percent]
    due = amounts.dues(_invented(standard, shares, rest, to), "medical", {"tekun"})
    left, expected = standard, []
    for share in shares:
        exact = Fraction(share) * standard
        expected.append(min(int(exact + Fraction(1, 2)), left))
        left -= expected[-1]
    assert [share.fen for share in due.shares] == expected + ([left] if rest else [])
    _hold(due)
    if rest:
        assert due.net == 0


# ---------------------------------------------------------------- texts and tiers that are not understood


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", set()), ("普通居民", set()), (" ", set()), ("、", set()), ("无", set()), ("普通居民、低保", {"dibao"}),
        ("低保", {"dibao"}), ("低 保", {"dibao"}), ("城乡低保对象", {"dibao"}), ("建档立卡、重残", {"jiandang", "severe_disabled"}),
        ("建档立卡　重残", {"jiandang", "severe_disabled"}), ("兜底+低保", {"doudi", "dibao"}), ("兜底＋低保", {"doudi", "dibao"}),
        ("特困／五保", {"tekun"}), ("低保\n重残", {"dibao", "severe_disabled"}), ("低保，，重残、", {"dibao", "severe_disabled"}),
        ("低保\u200b", {"dibao"}), ("低保、\u200b、重残", {"dibao", "severe_disabled"}),
    ],
)  # fmt: skip
def test_category_texts(text: str, keys: set[str]) -> None:
    assert amounts.parse_category(LENGSHUITAN, text) == keys


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("困难户", "困难户"),
        ("低保、困难户", "困难户"),
        ("低保重残", "低保重残"),
        ("dibao", "dibao"),
        ("低", "低"),
    ],
)
def test_unknown_part_of_a_category_is_named(text: str, part: str) -> None:
    with pytest.raises(UnknownCategory, match="认不出") as raised:
        amounts.parse_category(LENGSHUITAN, text)
    assert raised.value.text == part


@pytest.mark.parametrize("tier", [0, 1, 9999, 10001, 15000, 300001, -10000, 10000.5, float("inf"), float("nan")])
def test_tier_is_looked_up_never_rounded(tier: float) -> None:
    with pytest.raises(UnknownTier, match="不在所列档次中"):
        amounts.dues(LENGSHUITAN, "pension", (), tier)


def test_unknown_tier_is_reported_in_yuan() -> None:
    with pytest.raises(UnknownTier, match=r"^养老档次150\.5元不在所列档次中$"):
        amounts.dues(LENGSHUITAN, "pension", (), 15050)


def test_float_tier_is_the_whole_fen_that_it_equals() -> None:
    due = amounts.dues(LENGSHUITAN, "pension", {"dibao"}, 30000.0)
    assert due.standard == 30000 and type(due.standard) is int


def test_blanks_and_nonsense_in_columns() -> None:
    texts = ["", None, float("nan"), "低保", "困难户", "低保", "低保"]
    tiers: list[Any] = [None, float("nan"), "", 30000.0, 10000, 15000, "100"]
    amounts_due = amounts.table(LENGSHUITAN, "pension", texts, tiers)  # type: ignore[arg-type]
    assert list(amounts_due) == [*AMOUNTS, "governing", "known"]
    assert [amounts_due[name].dtype for name in AMOUNTS] == [np.dtype("int64")] * 5
    assert amounts_due["cash"].tolist() == [10000, 10000, 10000, 20000, 0, 0, 0]
    assert amounts_due["known"].tolist() == [True, True, True, True, False, False, False]
    assert not any(amounts_due[name][~amounts_due["known"]].any() for name in AMOUNTS)


def test_empty_and_repeated_columns() -> None:
    empty = [amounts.table(LENGSHUITAN, "medical", []), amounts.table(LENGSHUITAN, "pension", [], [])]
    assert [len(values) for table in empty for values in table.values()] == [0] * 14
    many = amounts.table(LENGSHUITAN, "medical", pd.Series(["低保", "特困"] * 500))  # type: ignore[arg-type]
    assert many["cash"].tolist() == [25000, 0] * 500


# ---------------------------------------------------------------- a new standard, quotas


def _two_standards() -> Policy:
    medical = LENGSHUITAN.schemes["medical"]
    later = (*medical.standards, Standard(28000, date(2019, 11, 20), False), Standard(29000, date(2019, 12, 5), False))
    return dataclasses.replace(
        LENGSHUITAN, schemes={**LENGSHUITAN.schemes, "medical": dataclasses.replace(medical, standards=later)}
    )


@pytest.mark.parametrize(
    ("on", "standard"),
    [
        (None, 29000), (date(2019, 9, 1), 25000), (date(2019, 11, 19), 25000), (date(2019, 11, 20), 28000),
        (date(2019, 12, 4), 28000), (date(2019, 12, 5), 29000), (date(2030, 1, 1), 29000),
    ],
)  # fmt: skip
def test_standard_of_a_day(on: date | None, standard: int) -> None:
    rules = _two_standards()
    assert amounts.dues(rules, "medical", (), on=on).standard == standard
    assert amounts.dues(rules, "medical", {"jiandang"}, on=on).cash == standard // 2
    assert amounts.table(rules, "medical", [""], on=on)["standard"].tolist() == [standard]


def test_quota_rate_is_exact_and_never_capped() -> None:
    rate = functools.partial(amounts.quota_rate, LENGSHUITAN)
    assert rate("medical", "合计", 231_000) == Fraction(1, 2)
    assert rate("pension", "普利桥", 21_072) == 1
    assert rate("medical", "普利桥镇", 97_152) == 2
    assert rate("medical", "曲河街道办事处", 0) == 0
    assert rate("medical", "曲河街道", 0.5) == Fraction(1, 26_400)
    assert rate("pension", " 合计 ", 150_812) == 1


def test_total_by_its_reading() -> None:
    assert amounts.quota(LENGSHUITAN, "medical", "合计") == 462_000
    by_sum = _on_trial(LENGSHUITAN.folder, "printed_total=sum")
    assert (amounts.quota(by_sum, "medical", "合计"), amounts.quota(by_sum, "pension", "合计")) == (461_604, 150_812)
    assert amounts.quota(QINGSHI, "medical", "合计") == 9_400  # the sum is in force there, the printed total is 9,393


def test_unit_without_a_quota_and_no_unit() -> None:
    with pytest.raises(amounts.NoQuota, match="仁湾镇在附件1中没有任务数"):
        amounts.quota(LENGSHUITAN, "pension", "仁湾街道")
    for text in ("不存在乡", "", "全区"):
        with pytest.raises(KeyError):
            amounts.quota(LENGSHUITAN, "medical", text)


def test_quota_of_zero_is_no_quota() -> None:
    medical = LENGSHUITAN.schemes["medical"]
    rows = tuple(
        dataclasses.replace(row, quota=0 if row.unit == "曲河街道" else row.quota) for row in medical.attachment.rows
    )
    changed = dataclasses.replace(medical, attachment=dataclasses.replace(medical.attachment, rows=rows))
    rules = dataclasses.replace(LENGSHUITAN, schemes={**LENGSHUITAN.schemes, "medical": changed})
    with pytest.raises(amounts.NoQuota):
        amounts.quota_rate(rules, "medical", "曲河街道", 1)


def test_all_sets_of_statuses() -> None:
    """Every set of the six statuses at once: what governs is the first of the order, and shares never add up."""
    keys = [key for key in LENGSHUITAN.categories if key != "ordinary"]
    single = {key: amounts.dues(LENGSHUITAN, "medical", {key}) for key in keys}
    for size in range(len(keys) + 1):
        for held in itertools.combinations(keys, size):
            due = amounts.dues(LENGSHUITAN, "medical", held)
            first = next((key for key in ("tekun", "doudi", "dibao", "jiandang") if key in held), None)
            assert due.shares == (single[first].shares if first else ())
