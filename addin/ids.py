"""Resident identity numbers (GB 11643) in whole columns, and the masking of every ID and name that leaves a roster.

In: texts of IDs and of their types. Out: `Identities`, arrays of what the numbers say: a first fault of form, birth,
sex, the 18-digit form for comparing. The county code is not checked: elders' numbers carry codes (432902, 431102) of
counties that are gone, and a false alarm there would be worse than a miss.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from addin.columns import ID_TYPES

if TYPE_CHECKING:  # at work they are loaded by whoever reads IDs: masking a text must not wait for them
    import numpy as np
    import numpy.typing as npt

FINE, LENGTH, CHARACTERS, BIRTH, CHECK_DIGIT = range(5)
RESIDENT, HMT_PERMIT, FOREIGN_PERMIT, OTHER = ID_TYPES

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = b"10X98765432"
_NAME_AS_NUMBER = re.compile(
    r"(?=.*[^零〇一二三四五六七八九十百千两甲乙丙丁戊己庚辛壬癸东南西北上下新老前后第组号户村屯队室栋幢单元房楼集体供养全])[\u3400-\u9fff·]{2,8}"
)
"""Characters of which at least one belongs to no number in words."""
_EPOCH = date(1970, 1, 1).toordinal()
_FIRST_YEAR = 1900
_LONGEST_NAME = 30
_SHORTEST_ID = 15
_AS_DIGIT = str.maketrans("OoＯｏОоΟο〇○lIＩｌ|｜", "0000000000111111")
"""Letters that are typed or scanned for a digit in the middle of a number."""
_BROKEN = re.compile(
    rf"\d(?:[\W_ー]{{0,4}}[\d{''.join(map(chr, _AS_DIGIT))}]){{{_SHORTEST_ID - 1},}}"
    r"(?:[\W_ー]{0,4}[Xx\uff38\uff58](?!\w))?"
)
"""Fifteen digits or more with next to nothing between them: an ID that somebody has broken, or a list of numbers."""
_PIECE = re.compile(rf"[\d{''.join(map(chr, _AS_DIGIT))}Xx\uff38\uff58]+")
_LIGHT = re.compile(
    r"[\s\u00ad\u115f\u1160\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    r".\u00b7\u2022\u3002\uff0e\u30fb_*\u2010-\u2015\u2212\u30fc\uff0d\uff70-]*"
)
"""Blanks, what nobody sees, dots, dashes: they break a number. Commas and slashes stand between numbers, too."""
_NO_AREA = re.compile(r"0|1[06-9]|20")
"""Beginnings that no county's code has; days begin so, and most telephone numbers of mobiles do not."""
_USUAL_BREAKS = {
    (6, 8, 4),
    (6, 4, 4, 4),
    (6, 4, 2, 2, 4),
    (6, 4, 4, 3),
    (6, 8, 3),
    (6, 8, 3, 1),
    (6, 12),
    (14, 4),
    (6, 6, 3),
    (3, 3, 8, 4),
    (17, 1),
}


@dataclass(frozen=True)
class Identities:
    """The facts in a column of IDs; one element a person.

    fault: FINE or the first fault of form; fifteen: an old 15-digit number; born: ordinal of the birth date (0
    unknown); sex: 1 male, 2 female, 0 unknown; canonical: 18-digit form for comparing ('' when blank); judged: whether
    the type has this structure at all.
    """

    fault: npt.NDArray[np.uint8]
    fifteen: npt.NDArray[np.bool_]
    born: npt.NDArray[np.int32]
    sex: npt.NDArray[np.uint8]
    canonical: npt.NDArray[np.object_]
    judged: npt.NDArray[np.bool_]
    prefix: npt.NDArray[np.int32]


def keyed(texts: npt.NDArray[np.object_], secret: bytes, purpose: bytes) -> npt.NDArray[np.uint64]:
    """A keyed 64-bit hash (SipHash) of each text: equal texts, equal hashes; without the key they give nothing away.

    `purpose` keeps the hashes of different columns apart: two of them make a hash of 128 bits.
    """
    import numpy as np
    import pandas as pd

    # pandas takes the key as a text of 16 bytes: 96 bits of it are ours
    key = base64.b64encode(hashlib.blake2b(purpose, key=secret, digest_size=12).digest()).decode()
    try:
        return np.asarray(pd.util.hash_array(texts, hash_key=key, categorize=False))
    except UnicodeEncodeError:  # half a character, from a workbook that is open
        whole = np.array([text.encode("utf-8", "replace").decode() for text in texts], dtype=object)
        return np.asarray(pd.util.hash_array(whole, hash_key=key, categorize=False))


def read(numbers: Sequence[str], types: Sequence[str]) -> Identities:
    """Read clean, upper-case ID texts; a blank type is 居民身份证.

    >>> found = read(["99000019900101001X", "990000900101001", "990000199013010012", ""], ["", "", "", ""])
    >>> found.fault.tolist(), found.fifteen.tolist(), found.sex.tolist()
    ([4, 0, 3, 0], [False, True, False, False], [1, 1, 1, 0])
    """
    import numpy as np

    count = len(numbers)
    raw = np.array([text.encode("ascii", "replace")[:20] for text in numbers], dtype="S20")
    letters = raw.view(np.uint8).reshape(count, 20)
    lengths = (letters != 0).sum(axis=1)
    kinds = np.asarray(types, dtype=object)
    present = lengths > 0
    judged = present & (kinds != OTHER)
    # the old foreign permit is three letters and twelve digits: nothing to compute there
    judged &= ~((kinds == FOREIGN_PERMIT) & (lengths == 15))
    resident = (kinds == "") | (kinds == RESIDENT)
    fifteen = judged & resident & (lengths == 15)
    digits = letters.astype(np.int64) - 48
    is_digit = (digits >= 0) & (digits <= 9)
    ok15 = fifteen & is_digit[:, :15].all(axis=1)
    full = judged & (lengths == 18)
    ok18 = full & is_digit[:, :17].all(axis=1) & (is_digit[:, 17] | (letters[:, 17] == ord("X")))
    # 15 digits become 18: century 19, then the check digit
    long = digits.copy()
    long[ok15, 6:8] = (1, 9)
    long[ok15, 8:17] = digits[ok15, 6:15]
    usable = ok15 | ok18
    safe = np.where(usable[:, None], long[:, :17], 0)
    expected = np.frombuffer(_CHECKS, dtype=np.uint8)[(safe @ np.array(_WEIGHTS)) % 11]
    born = np.zeros(count, dtype=np.int32)
    born[usable] = _ordinals(safe[usable])
    fault = np.zeros(count, dtype=np.uint8)
    fault[judged & ~fifteen & ~full] = LENGTH
    fault[(fifteen & ~ok15) | (full & ~ok18)] = CHARACTERS
    fault[ok18 & (expected != letters[:, 17])] = CHECK_DIGIT
    fault[usable & (born == 0)] = BIRTH
    sex = np.zeros(count, dtype=np.uint8)
    sex[usable] = 2 - safe[usable, 16] % 2
    canonical = np.asarray(numbers, dtype=object).copy()
    for index in np.flatnonzero(ok15):
        body = "".join(map(str, long[index, :17]))
        canonical[index] = body + chr(expected[index])
    prefix = (safe[:, :6] @ 10 ** np.arange(5, -1, -1)).astype(np.int32)
    return Identities(fault, fifteen, born, sex, canonical, judged, prefix)


def age(born: int, day: date) -> int:
    """Whole years on a day of somebody born on another (an ordinal, as in `Identities.born`).

    >>> age(date(1959, 12, 31).toordinal(), date(2019, 12, 30)), age(date(1959, 12, 31).toordinal(), date(2019, 12, 31))
    (59, 60)
    """
    birth = date.fromordinal(born)
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def _ordinals(digits: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    """The birth dates' ordinals, 0 where there is no such day or it lies before 1900."""
    import numpy as np

    year = digits[:, 6:10] @ (1000, 100, 10, 1)
    month = digits[:, 10:12] @ (10, 1)
    day = digits[:, 12:14] @ (10, 1)
    possible = (year >= _FIRST_YEAR) & (month >= 1) & (month <= 12) & (day >= 1)
    months = np.where(possible, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (np.where(possible, day, 1) - 1)
    possible &= days.astype("datetime64[M]") == months
    return np.where(possible, days.astype(np.int64) + _EPOCH, 0).astype(np.int32)


def mask_text(text: str) -> str:
    """A text with every run of 15 or more digits masked, and every ID that is broken up or has a letter O.

    Lists of days, amounts, receipts and telephone numbers stay as they are.

    >>> mask_text("证号99000019900101001X，电话07461234567"), mask_text("990000.1990 0101.00l7")
    ('证号990000********001X，电话07461234567', '990000********00l7')
    >>> mask_text("2019-10-15、2019-11-03，票据0012345/0012346/0012347")
    '2019-10-15、2019-11-03，票据0012345/0012346/0012347'
    """
    return _BROKEN.sub(_mask_run, text) if len(text) >= _SHORTEST_ID else text


def _mask_run(match: re.Match[str]) -> str:
    """The numbers of a run one after the other, the IDs among them masked."""
    run = match[0]
    pieces = [(piece.start(), piece.end()) for piece in _PIECE.finditer(run)]
    shown: list[str] = []
    at = first = 0
    while first < len(pieces):
        last = _end_of_id(run, pieces, first)
        if last is None:
            first += 1
            continue
        start, end = pieces[first][0], pieces[last][1]
        digits = "".join(run[begin:stop] for begin, stop in pieces[first : last + 1])
        shown += run[at:start], f"{digits[:6]}********{digits[-4:]}"
        at, first = end, last + 1
    return "".join((*shown, run[at:]))


def _end_of_id(run: str, pieces: Sequence[tuple[int, int]], first: int) -> int | None:
    """The last piece of the number that begins with a piece, if that is to be masked."""
    begin, end = pieces[first]
    digits, light = run[begin:end], True
    best = first if len(digits) >= _SHORTEST_ID else None
    if len(digits) >= 18 or _NO_AREA.match(digits):
        return best
    sizes = [len(digits)]
    for last in range(first + 1, min(len(pieces), first + 21)):
        light = light and _LIGHT.fullmatch(run, pieces[last - 1][1], pieces[last][0]) is not None
        digits += run[slice(*pieces[last])]
        sizes.append(pieces[last][1] - pieces[last][0])
        if len(digits) > 20:
            break
        if len(digits) >= _SHORTEST_ID and _is_like_an_id(digits.translate(_AS_DIGIT), tuple(sizes), light=light):
            best = last
            if len(digits) >= 18:  # but the type and grade of a certificate may follow
                break
    return best


def _is_like_an_id(number: str, sizes: tuple[int, ...], *, light: bool) -> bool:
    """Whether pieces of these sizes are one ID, also a wrong one, and not several numbers side by side."""
    if light and (sizes in _USUAL_BREAKS or set(sizes) == {1} or _is_card(number, sizes)):
        return True
    if len(number) == 15:
        return light and len(sizes) <= 5 and _is_day(f"19{number[6:12]}")
    if len(number) == 18:
        return _is_day(number[6:14]) or (light and number[6:8] in ("19", "20"))
    return light and _is_day(number[6:14])


def _is_card(number: str, sizes: tuple[int, ...]) -> bool:
    """Whether it is written as bank cards are, four digits by four, and no list of amounts or of receipts in a row."""
    if len(number) not in range(16, 20) or set(sizes[:4]) != {4} or len(sizes) > 5 or not number.isdecimal():
        return False
    groups = [int(number[at : at + 4]) for at in range(0, 16, 4)]
    return len({after - before for before, after in pairwise(groups)}) > 1 and any(group % 10 for group in groups)


def _is_day(digits: str) -> bool:
    return digits[:2] in ("19", "20") and "01" <= digits[4:6] <= "12" and "01" <= digits[6:8] <= "31"


def mask_household(text: str) -> str:
    """A household's number: masked as any text, and as a name where it has no digit and is none in words.

    >>> [mask_household(text) for text in ("12", "张小明", "十二", "三组五号", "A-7")]
    ['12', '张*', '十二', '三组五号', 'A-7']
    """
    return mask_text(text) if not _NAME_AS_NUMBER.fullmatch(text) else mask_name(text)


def mask_file_name(text: str) -> str:
    """As `mask_text`, for the name of a file that we make: Windows takes no star in it.

    >>> mask_file_name("990000199001010017桥头村")
    '990000＊＊＊＊＊＊＊＊0017桥头村'
    """
    masked = mask_text(text)
    return masked if masked == text else masked.replace("*", "＊")


def mask_id(text: str) -> str:
    """An ID for a list: long ones masked as in `mask_text`, shorter ones down to their ends.

    >>> mask_id("H12345678")
    'H1****78'
    """
    if len(text) >= 15:
        return f"{text[:6]}********{text[-4:]}"
    return f"{text[:2]}****{text[-2:]}" if len(text) > 5 else "****" if text else ""


def mask_name(name: str) -> str:
    """A name outside its unit's own files: the first character and a star.

    >>> mask_name("张小明"), mask_name("")
    ('张*', '')
    """
    return f"{name[0]}*" if name else ""


_RADICALS = """
    2E81:5382 2E84:4E59 2E86:5182 2E88:5200 2E8A:535C 2E8C:5C0F 2E8D:5C0F 2E8E:5140 2E90:5C22 2E92:5DF3 2E93:5E7A
    2E94:5F51 2E95:5F50 2E9B:65E1 2E9C:65E5 2E9D:6708 2E9E:6B7A 2E9F:6BCD 2EA0:6C11 2EA4:722B 2EA5:722B 2EA6:4E2C
    2EA7:725B 2EA9:738B 2EAB:7F52 2EAC:793A 2EAE:7AF9 2EB1:7F53 2EB2:7F52 2EB6:7F8A 2EB9:8002 2EBA:8080 2EBB:807F
    2EBC:8089 2EBE:8279 2EBF:8279 2EC0:8279 2EC1:864E 2EC2:8864 2EC3:8980 2EC4:897F 2EC5:89C1 2EC6:89D2 2EC8:8BA0
    2EC9:8D1D 2ECA:8DB3 2ECB:8F66 2ECC:8FB6 2ECD:8FB6 2ECE:8FB6 2ED0:9485 2ED1:9577 2ED2:9578 2ED3:957F 2ED4:95E8
    2ED6:961D 2ED7:96E8 2ED8:9752 2ED9:97E6 2EDA:9875 2EDB:98CE 2EDC:98DE 2EDD:98DF 2EDF:98E0 2EE0:9963 2EE1:9996
    2EE2:9A6C 2EE3:9AA8 2EE4:9B3C 2EE5:9C7C 2EE6:9E1F 2EE7:5364 2EE8:9EA6 2EE9:9EC4 2EEA:9EFE 2EEB:6589 2EEC:9F50
    2EED:6B6F 2EEE:9F7F 2EEF:7ADC 2EF0:9F99 2EF1:9F9C 2EF2:4E80 2EF3:9F9F
"""
"""Radicals of U+2E80 to 2EF3 that stand for a character in texts out of PDFs; Unicode folds the others."""
_PRIVATE = """
    E81E:9FB4 E826:9FB5 E82B:9FB6 E82C:9FB7 E832:9FB8 E843:9FB9 E854:9FBA E864:9FBB E863:4DAE E816:20087 E817:20089
    E818:200CC E831:215D7 E83B:2298F E855:241FE
"""
"""Characters where GB 18030 once put them, for private use, and where they are now: 䶮 in somebody's given name."""
_DOTS = "•・･‧∙⋅．.﹒˙ㆍ●▪﹑"
"""Characters used for the middle dot of a name."""
_SAME_CHARACTER = {
    int(old, 16): chr(int(new, 16)) for old, new in (pair.split(":") for pair in f"{_RADICALS}{_PRIVATE}".split())
} | dict.fromkeys(map(ord, _DOTS), "·")
_NOT_HAN = re.compile(r"[^\u4e00-\u9fff]")
_ODD_IN_NAME = re.compile(r"[^\u4e00-\u9fff\u3007·a-z]")


def fold_name(name: str) -> str:
    """A name for comparing, as a person reads it: width, radicals, middle dots, blanks and small letters alike.

    >>> fold_name("阿卜杜•热合曼") == fold_name("阿卜杜． 热合曼"), fold_name("⽅⼩⻜"), fold_name("Maria DA Silva")
    (True, '方小飞', 'mariadasilva')
    """
    folded = unicodedata.normalize("NFKC", name.translate(_SAME_CHARACTER)).translate(_SAME_CHARACTER)
    return "".join(c for c in folded if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc")).casefold()


def folded_names(names: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Many names folded; most are, and are left as they are."""
    import numpy as np

    texts = names.tolist()
    if not _NOT_HAN.search("".join(texts)):
        return names
    folded = np.empty(len(texts), dtype=object)
    folded[:] = [fold_name(text) if _NOT_HAN.search(text) else text for text in texts]
    return folded


def odd_characters(name: str) -> str:
    """The characters of a name that a person may take for others, with their places; '' for none.

    >>> odd_characters("阿卜杜·热合曼"), odd_characters("张\ue000三")
    ('', '第2个字是U+E000')
    """
    if not _NOT_HAN.search(name):
        return ""
    odd = [
        f"第{n}个字是U+{ord(character):04X}"
        for n, character in enumerate(fold_name(name), 1)
        if _ODD_IN_NAME.match(character)
    ]
    return "、".join(odd[:3])


class Names:
    """People's names, to be masked wherever else they stand. One character alone is no name."""

    def __init__(self, names: Iterable[str]) -> None:
        given = frozenset(names)
        self._names = given | {re.sub(r"\s", "", name) for name in given if " " in name}
        self._sizes = sorted({*map(len, self._names)} & {*range(2, _LONGEST_NAME + 1)}, reverse=True)
        self._in_latin_letters = any(map(str.isascii, self._names))

    def hide(self, text: str) -> str:
        """A text in which every one of the names is masked: people get into the wrong columns, too.

        >>> Names({"张小明", "李四"}).hide("“与户主关系”填的是“张小明之子”")
        '“与户主关系”填的是“张*之子”'
        """
        if text.isascii() and not self._in_latin_letters:
            return text  # numbers of households, by far the most
        names, at, since = self._names, 0, 0
        hidden: list[str] = []
        while at < len(text):
            for size in self._sizes:
                if text[at : at + size] in names:
                    hidden += text[since:at], mask_name(text[at : at + size])
                    at = since = at + size
                    break
            else:
                at += 1
        return "".join((*hidden, text[since:])) if hidden else text
