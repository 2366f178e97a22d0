"""Resident identity numbers, and the masking of everything that leaves a roster."""

from __future__ import annotations

from datetime import date, timedelta

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
    found = ids.read([text], [kind])
    assert found.fault.tolist() == [fault]


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.integers(0, 999), st.integers(100000, 999999))
def test_what_a_number_says(born: date, serial: int, area: int) -> None:
    text = number(f"{area}{born:%Y%m%d}{serial:03d}")
    found = ids.read([text, "", text], ["", "", OTHER])
    assert found.fault.tolist() == [FINE, FINE, FINE]
    assert found.born.tolist() == [born.toordinal(), 0, 0 if not found.judged[2] else born.toordinal()]
    assert found.sex.tolist()[:2] == [1 if serial % 2 else 2, 0]
    assert found.judged.tolist() == [True, False, False]
    assert found.fifteen.tolist() == [False, False, False]
    assert found.canonical.tolist() == [text, "", text]
    assert found.prefix[0] == area


@given(st.dates(date(1900, 1, 1), date(1999, 12, 31)), st.integers(0, 999))
def test_old_number_is_compared_as_the_new_one(born: date, serial: int) -> None:
    old, new = f"990000{born:%y%m%d}{serial:03d}", number(f"990000{born:%Y%m%d}{serial:03d}")
    found = ids.read([old, new], ["", RESIDENT])
    assert found.fault.tolist() == [FINE, FINE]
    assert found.fifteen.tolist() == [True, False]
    assert found.canonical.tolist() == [new, new]
    assert found.born.tolist() == [born.toordinal()] * 2
    assert found.sex[0] == found.sex[1]


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
    found = ids.read(texts, [""] * len(texts))
    single = [ids.read([text], [""]) for text in texts]
    for what in ("fault", "fifteen", "born", "sex", "canonical", "judged", "prefix"):
        assert getattr(found, what).tolist() == [getattr(one, what)[0] for one in single], what


def test_nobody() -> None:
    found = ids.read([], [])
    assert found.fault.tolist() == []


def test_hashes_depend_on_the_text_the_purpose_and_the_secret() -> None:
    texts = np.array([GOOD, GOOD, number("99000019900101003"), ""], dtype=object)
    kinds = [(secret, purpose) for secret in (b"a", b"b") for purpose in (b"one", b"other")]
    hashes = [ids.keyed(texts, *kind).tolist() for kind in kinds]
    assert all(one[0] == one[1] and len(set(one)) == 3 for one in hashes)
    assert len({value for one in hashes for value in one}) == 3 * len(kinds)
    assert hashes == [ids.keyed(texts, *kind).tolist() for kind in kinds]
    assert ids.keyed(texts[2:], b"a", b"one").tolist() == hashes[0][2:]
    assert ids.keyed(np.array([], dtype=object), b"a", b"one").shape == (0,)


def test_half_a_character_has_a_hash() -> None:
    found = ids.keyed(np.array(["张\ud800", "张?"], dtype=object), b"a", b"one")
    assert found[0] == found[1]


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


@given(st.text(max_size=20), st.integers(10**14, 10**22), st.text(max_size=20))
def test_no_long_run_is_left(before: str, run: int, after: str) -> None:
    masked = ids.mask_text(f"{before}{run}{after}")
    digits = 0
    for character in masked:
        digits = digits + 1 if character in "0123456789" else 0
        assert digits < 15


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
