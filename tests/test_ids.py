"""Resident identity numbers, and the masking of everything that leaves a roster."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from addin import ids
from addin.columns import ID_TYPES
from addin.ids import BIRTH, CHARACTERS, CHECK_DIGIT, FINE, LENGTH

RESIDENT, PERMIT, FOREIGN, OTHER = ID_TYPES
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def number(body: str) -> str:
    """17 digits and their check digit, worked out as GB 11643 says, without the project's code."""
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


GOOD = number("99000019900101001")


@pytest.mark.parametrize(
    ("text", "kind", "fault"),
    [
        (GOOD, "", FINE), (GOOD, RESIDENT, FINE), ("", "", FINE), ("", RESIDENT, FINE),
        (number("11010519491231002"), "", FINE),  # the standard's own example ends in X
        (GOOD[:17], "", LENGTH), (GOOD + "1", "", LENGTH), ("1", "", LENGTH), (GOOD + "12345", "", LENGTH), ("9" * 16, "", LENGTH),
        (GOOD[:16] + "O" + GOOD[17:], "", CHARACTERS), ("X" + GOOD[1:], "", CHARACTERS), (GOOD[:17] + "Y", "", CHARACTERS),
        (GOOD[:17] + "＊", "", CHARACTERS), ("99000090010100O", "", CHARACTERS), ("99000090010100X", "", CHARACTERS), ("中" * 18, "", CHARACTERS),
        (GOOD[:17] + str((int(GOOD[17]) + 1) % 10), "", CHECK_DIGIT), ("9" + "1" + GOOD[2:], "", CHECK_DIGIT),
        (number("99000019900230001"), "", BIRTH), (number("99000019901301001"), "", BIRTH), (number("99000019900100001"), "", BIRTH),
        (number("99000019900001001"), "", BIRTH), (number("99000018991231001"), "", BIRTH), (number("99000019000101001"), "", FINE),
        (number("99000019000229001"), "", BIRTH), (number("99000020000229001"), "", FINE), (number("99000019890229001"), "", BIRTH),
        (number("99000019900431001"), "", BIRTH), (number("99000019900430001"), "", FINE), (number("99000019901232001"), "", BIRTH),
        (number("99000000000000001"), "", BIRTH), (number("99000099990101001"), "", FINE),  # the future is for the cover's deadline
        (GOOD[:17] + ("2" if GOOD[17] != "2" else "3"), PERMIT, CHECK_DIGIT), (number("81000019900101001"), PERMIT, FINE),
        ("H12345678", PERMIT, LENGTH), ("H12345678", OTHER, FINE), (GOOD[:10], OTHER, FINE),
        ("CHN110198501010", FOREIGN, FINE), ("CHN11019850101", FOREIGN, LENGTH), (number("91100019850101001"), FOREIGN, FINE),
        ("990000900101001", "", FINE), ("990000900230001", "", BIRTH), ("990000900101001", PERMIT, LENGTH),
        ("990000000101001", "", FINE),  # 1900-01-01: the old form has no other century
    ],
)  # fmt: skip
def test_first_fault(text: str, kind: str, fault: int) -> None:
    identities = ids.read([text], [kind])
    assert identities.fault.tolist() == [fault]


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.integers(0, 999), st.integers(100000, 999999))
def test_what_a_number_says(born: date, serial: int, area: int) -> None:
    text = number(f"{area}{born:%Y%m%d}{serial:03d}")
    identities = ids.read([text, "", text], ["", "", OTHER])
    assert identities.fault.tolist() == [FINE, FINE, FINE]
    assert identities.born.tolist() == [born.toordinal(), 0, 0 if not identities.judged[2] else born.toordinal()]
    assert identities.sex.tolist()[:2] == [1 if serial % 2 else 2, 0]
    assert identities.judged.tolist() == [True, False, False]
    assert identities.fifteen.tolist() == [False, False, False]
    assert identities.canonical.tolist() == [text, "", text]
    assert identities.prefix[0] == area


@given(st.dates(date(1900, 1, 1), date(1999, 12, 31)), st.integers(0, 999))
def test_old_number_is_compared_as_the_new_one(born: date, serial: int) -> None:
    old, new = f"990000{born:%y%m%d}{serial:03d}", number(f"990000{born:%Y%m%d}{serial:03d}")
    identities = ids.read([old, new], ["", RESIDENT])
    assert identities.fault.tolist() == [FINE, FINE]
    assert identities.fifteen.tolist() == [True, False]
    assert identities.canonical.tolist() == [new, new]
    assert identities.born.tolist() == [born.toordinal()] * 2
    assert identities.sex[0] == identities.sex[1]


@given(st.integers(0, 16), st.integers(1, 9))
def test_any_single_wrong_digit_is_found(place: int, by: int) -> None:
    digit = (int(GOOD[place]) + by) % 10
    wrong = GOOD[:place] + str(digit) + GOOD[place + 1 :]
    assert ids.read([wrong], [""]).fault[0] in (CHECK_DIGIT, BIRTH)


@given(st.integers(0, 15))
def test_any_two_neighbours_swapped_are_found(place: int) -> None:
    wrong = GOOD[:place] + GOOD[place + 1] + GOOD[place] + GOOD[place + 2 :]
    if wrong != GOOD:
        assert ids.read([wrong], [""]).fault[0] in (CHECK_DIGIT, BIRTH)


def test_whole_columns_are_the_single_numbers() -> None:
    start = date(1900, 1, 1)
    texts = [number(f"990000{start + timedelta(days=n * 37):%Y%m%d}{n % 1000:03d}") for n in range(2000)]
    texts[100], texts[200], texts[300], texts[400] = "", "12", texts[300][:17] + "Z", texts[400][:15]
    identities = ids.read(texts, [""] * len(texts))
    single = [ids.read([text], [""]) for text in texts]
    for what in ("fault", "fifteen", "born", "sex", "canonical", "judged", "prefix"):
        assert getattr(identities, what).tolist() == [getattr(one, what)[0] for one in single], what


def test_nobody() -> None:
    identities = ids.read([], [])
    assert identities.fault.tolist() == []


def test_hashes_depend_on_the_text_the_purpose_and_the_secret() -> None:
    texts = np.array([GOOD, GOOD, number("99000019900101003"), ""], dtype=object)
    kinds = [(secret, purpose) for secret in (b"a", b"b") for purpose in (b"one", b"other")]
    hashes = [ids.keyed(texts, *kind).tolist() for kind in kinds]
    assert all(digest[0] == digest[1] and len(set(digest)) == 3 for digest in hashes)
    assert len({value for digest in hashes for value in digest}) == 3 * len(kinds)
    assert hashes == [ids.keyed(texts, *kind).tolist() for kind in kinds]
    assert ids.keyed(texts[2:], b"a", b"one").tolist() == hashes[0][2:]
    assert ids.keyed(np.array([], dtype=object), b"a", b"one").shape == (0,)


def test_half_a_character_has_a_hash() -> None:
    keys = ids.keyed(np.array(["张\ud800", "张?"], dtype=object), b"a", b"one")
    assert keys[0] == keys[1]


# ---------------------------------------------------------------- masking


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (GOOD, "990000********" + GOOD[-4:]),
        ("本人990000199001010017，妻990000199001010025", "本人990000********0017，妻990000********0025"),
        ("990000 19900101 0017", "990000********0017"), ("990000-19900101-0017", "990000********0017"), ("990000　19900101　0017", "990000********0017"),
        ("99000019900101001X", "990000********001X"), ("99000019900101001x", "990000********001x"), ("99000019900101001Ｘ", "990000********001Ｘ"),
        ("990000900101001", "990000********1001"), ("6222020200012345678", "622202********5678"),
        ("99000090010100", "99000090010100"),  # fourteen digits are no ID
        ("电话0746-1234567，2019-10-15", "电话0746-1234567，2019-10-15"), ("13800138000", "13800138000"), ("", ""), ("张三", "张三"),
    ],
)  # fmt: skip
def test_mask_text(text: str, masked: str) -> None:
    assert ids.mask_text(text) == masked


@pytest.mark.slow
@given(st.text(max_size=20), st.integers(10**14, 10**22), st.text(max_size=20))
def test_no_long_run_is_left(before: str, run: int, after: str) -> None:
    masked = ids.mask_text(f"{before}{run}{after}")
    digits = 0
    for character in masked:
        digits = digits + 1 if character in "0123456789" else 0
        assert digits < 15


BREAKS = [
    ".", "·", "。", "．", "\u00a0", "\u200b", "  ", "\n", "\r\n", "/", ",", "，", "-", "－", "—", "–", "−", "_", "、", "；", " ", "\u3000", "\t", " . ",
    "\u200d\u200b", "\ufeff", "\u2060", "\u00ad", "\u202c", "・", "ー", "*", "\u2028",
]  # fmt: skip


@pytest.mark.parametrize("between", BREAKS)
def test_a_broken_id_is_masked(between: str) -> None:
    for places in ((6, 14), (6, 10, 12, 14), (6,), (14,), (17,), (3, 9), (6, 10, 14), tuple(range(1, 18))):
        for around in ("{}", "户号{}（长女）", "张三，{}，电话0746-1234567", "2019-10-15 {}"):
            for number in (GOOD, "99000019900101001X"):
                pieces = [number[begin:end] for begin, end in pairwise((0, *places, 18))]
                masked = ids.mask_text(around.format(between.join(pieces)))
                assert masked == around.format(f"990000********{number[-4:]}")


@pytest.mark.parametrize("zero", "OoＯｏОо〇○")
@pytest.mark.parametrize("between", ["", " ", ".", "\u200b", "/"])
def test_an_id_with_the_letter_o_is_masked(zero: str, between: str) -> None:
    for number in (
        f"9900{zero}{zero}19900101{zero}{zero}17",
        f"990000199{zero}01{zero}1{zero}017",
        f"99000019900101{zero}01X",
    ):
        text = between.join((number[:6], number[6:14], number[14:]))
        assert ids.mask_text(f"号{text}，") == f"号{number[:6]}********{number[-4:]}，"


@pytest.mark.parametrize(
    "text",
    [
        "990000 19901301 0017", "990000 19900101 017", "990000.19900101.00171", "990000-900101-001", "990000 900101 001", "99000019900101 0017",
        "990000\n19900101\n0016", "990 000 19900101 0017", "9900 0019 9001 0100 17", "６２２２ 0202 0001 2345 678", "6222-0202-0001-2345",
        "990000 19900101 001742", "9900001990O101OO17", "99000019900l0l0017",
    ],
)  # fmt: skip
def test_what_is_nearly_one_is_masked_too(text: str) -> None:
    """Wrong days, lengths and check digits, old numbers, certificates that begin with the ID, bank cards."""
    assert "********" in ids.mask_text(f"户号{text}。")


@pytest.mark.parametrize(
    "text",
    [
        "2019-10-15，2019-11-03", "2019-10-15 2019-11-03", "2019.10.15、2019.11.03、2019.12.01", "2019/10/15至2019/11/03", "2019-10-15 09:30:00",
        "20191015 20191103", "2019-09-01 2019-12-31 2020-02-29", "2019年10月15日、2019年11月3日", "1990-01-01 2019-10-15 0012345",
        "0012345、0012346、0012347", "0012345 0012346 0012347", "0012345/0012346/0012347", "A0012345,A0012346,A0012347", "198501、198502、198503",
        "1234567 1234568 1234569", "4521 4522 4523 4524 4525", "100001,100002,100003", "No.0012345-0012399", "431100012019 0001",
        "250,250,250,250,250,250", "250 250 250 250 250 250", "1,234,567,890,123,456", "24,288.00 / 150,812.00 / 462,000.00", "280.00，1500.00，3000.00",
        "电话0746-8222345，0746-8222346", "0746-8222345 13800138000", "13800138000、13900139000", "第1、2、3、4、5、6、7、8、9、10、11、12行",
        "1 2 3 4 5 6 7 8 9 10 11 12 13", "12组3号、12组4号、12组5号", "10.0.0.1 192.168.100.200", "附件1 150,812 附件2 462,000", "2015 2016 2017 2018 2019 2020",
        "B5、B6、B7、B8、B9、B10、B11、B12", "1.10 1.05 1.00 0.95 0.90 0.85", "100、200、300、400、500、600、700", "3000 2500 2000 1500",
    ],
)  # fmt: skip
def test_lists_of_ordinary_numbers_stay_readable(text: str) -> None:
    assert ids.mask_text(f"填的是“{text}”。") == f"填的是“{text}”。"


@given(st.lists(st.sampled_from([*"0123456789", "Ｏ", "X", *BREAKS, "张", "，", "第"]), max_size=60).map("".join))
def test_masking_twice_is_masking_once(text: str) -> None:
    once = ids.mask_text(text)
    assert ids.mask_text(once) == once


@pytest.mark.slow
def test_masking_takes_no_longer_than_the_text_is_long() -> None:
    """Long runs that begin like a number; with quadratic time this test would not end."""
    for unit in ("1 ", "12345 ", "1, ", "9900001990010100", "990000 19900101 ", "1....", "9O", "1" + "\u200b" * 4):
        ids.mask_text(unit * 200_000)


@pytest.mark.parametrize(
    "text", ["12", "003", "3-2", "A12", "十二", "3组12号", "集体", "新屋组5", "2号楼", "甲", "桥头1", "", "990000"]
)
def test_a_household_number_stays(text: str) -> None:
    assert ids.mask_household(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [("张小明", "张*"), ("欧阳娜娜", "欧*"), ("李四户", "李*"), ("王五家", "王*"), ("阿卜杜·热合曼", "阿*"), ("990000199001010017", "990000********0017"),
     ("990000.19900101.0017", "990000********0017")],
)  # fmt: skip
def test_a_household_number_that_is_a_name_or_an_id_is_masked(text: str, masked: str) -> None:
    assert ids.mask_household(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [(GOOD, "990000********" + GOOD[-4:]), ("H12345678", "H1****78"), ("123456", "12****56"), ("12345", "****"), ("1", "****"), ("", ""),
     ("99000090010100", "99****00")],
)  # fmt: skip
def test_mask_id(text: str, masked: str) -> None:
    assert ids.mask_id(text) == masked


@pytest.mark.parametrize(("name", "masked"), [("张小明", "张*"), ("张", "张*"), ("", ""), ("阿卜杜拉·买买提", "阿*")])
def test_mask_name(name: str, masked: str) -> None:
    assert ids.mask_name(name) == masked
