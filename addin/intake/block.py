"""Complete rows of a sheet's XML as arrays: positions and kinds of the tags, and the cells they form.

Only for the plain form (see `scan`), told tag by tag: whatever else stands among the rows raises `UnsureError`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

SEPARATOR = b"\x1e"
"""Stands between contents that are looked at together."""
_PAD = b"\0" * 64
"""After a block, so that looking a few bytes ahead of its last tag stays inside."""
_COMPARED = 32
"""Bytes of a content up to which equal ones are found by array operations; of longer ones each is looked up."""

# The tags of the plain form. A tag is told by its second and third byte and must then be the whole word. Since no tag
# has two meanings, what may follow what is the whole grammar. The last two are the empty forms of _ROW and _C.
_WORDS = (
    b"",
    b"<row ",
    b"</row>",
    b'<c r="',
    b"</c>",
    b"<v>",
    b"<v/>",
    b"</v>",
    b"<f>",
    b"<f ",
    b"<f/>",
    b"</f>",
    b"<is>",
    b"</is>",
    b"<t>",
    b"<t xml:s",
    b"<t/>",
    b"</t>",
)
(
    _,
    _ROW,
    _ROW_END,
    _C,
    _C_END,
    _V,
    _V0,
    _V_END,
    _F,
    _F_WITH,
    _F0,
    _F_END,
    _IS,
    _IS_END,
    _T,
    _T_WITH,
    _T0,
    _T_END,
    _ROW0,
    _C0,
) = range(20)
_MAY_FOLLOW = {
    _ROW: (_C, _C0, _ROW_END),
    _C: (_V, _V0, _F, _F0, _IS, _C_END),
    _V: (_V_END,),
    _F: (_F_END,),
    _T: (_T_END,),
    _IS: (_T, _T_WITH, _T0, _IS_END),
    _T_WITH: (_T_END,),
    _T0: (_IS_END,),
    _T_END: (_IS_END,),
    _IS_END: (_C_END,),
    _F0: (_V, _V0, _C_END),
    _F_END: (_V, _V0, _C_END),
    _V0: (_C_END,),
    _V_END: (_C_END,),
    _C0: (_C, _C0, _ROW_END),
    _C_END: (_C, _C0, _ROW_END),
    _ROW0: (_ROW, _ROW0),
    _ROW_END: (_ROW, _ROW0),
}
_KEEPS_BLANKS = b'<t xml:space="preserve">'


def word_of(text: bytes) -> int:
    """Up to eight bytes as they stand in `Block.eights`."""
    return int.from_bytes(text, "little", signed=len(text) == 8)


MIXER = 0x1E3779B97F4A7C15
"""An odd number of many bits."""
MASKS = np.array([*((1 << 8 * n) - 1 for n in range(8)), -1], np.int64)
"""For so many first bytes of eight."""
_MASKS_FROM = {n: MASKS[np.clip(np.arange(_COMPARED + 1) - n, 0, 8)] for n in range(0, _COMPARED, 8)}
"""For the eight bytes from the nth on of a piece of so many."""
_TAG_OF = np.zeros(1 << 16, np.int64)
_TAG_OF[[word_of(word[1:3]) for word in _WORDS[1:]]] = range(1, len(_WORDS))
_WHOLE = np.array([-1, *map(word_of, _WORDS[1:])], np.int64)
_WHOLE_MASK = np.array([0, *(MASKS[len(word)] for word in _WORDS[1:])], np.int64)
_PAIRS = np.zeros(20 * 20, bool)
_PAIRS[[before * 20 + after for before, allowed in _MAY_FOLLOW.items() for after in allowed]] = True


class UnsureError(Exception):
    """The sheet is not in the plain form: only an XML parse can tell."""


class Block:
    """Complete rows of a sheet as bytes, and their tags: where each begins, and what it is."""

    def __init__(self, text: bytes) -> None:
        self.text = text + _PAD
        self.a: Bytes = np.frombuffer(self.text, np.uint8)
        self.eights: Ints = np.ndarray((len(self.text) - 7,), "<i8", self.text, strides=(1,))
        """The eight bytes from each place on, as one number."""
        if SEPARATOR in text:  # XML has no such character
            raise UnsureError
        at = np.flatnonzero(self.a == 60)
        word = self.eights[at]
        tag = _TAG_OF[word >> 8 & 0xFFFF]
        if (word & _WHOLE_MASK[tag] != _WHOLE[tag]).any():
            raise UnsureError
        # room behind for looking at what follows the last tag
        self.at = np.concatenate([at, np.full(4, len(text))])
        self.rows, self.cell_tags, with_attributes = (np.flatnonzero(tag == pattern) for pattern in (_ROW, _C, _F_WITH))
        self.row_ends, self.cell_ends = self._ends(self.rows), self._ends(self.cell_tags)
        tag[self.rows[self.a[self.row_ends - 1] == 47]] = _ROW0
        tag[with_attributes] = np.where(self.a[self._ends(with_attributes) - 1] == 47, _F0, _F)
        self.empty = self.a[self.cell_ends - 1] == 47
        tag[self.cell_tags[self.empty]] = _C0
        for place in at[tag == _T_WITH].tolist():
            if self.text[place : place + len(_KEEPS_BLANKS)] != _KEEPS_BLANKS:
                raise UnsureError
        if not _PAIRS[tag[:-1] * 20 + tag[1:]].all():
            raise UnsureError
        if len(tag) and (tag[0] not in (_ROW, _ROW0) or tag[-1] not in (_ROW_END, _ROW0)):
            raise UnsureError
        self.tag = np.concatenate([tag, np.zeros(4, np.int64)])

    def _ends(self, tags: Ints) -> Ints:
        """Where some tags end. Mostly it is just before the next tag; what hid there would not fit the grammar."""
        ends = self.at[tags + 1] - 1
        if (self.a[ends] == 62).all():
            return ends
        every = np.flatnonzero(self.a == 62)
        places = np.searchsorted(every, self.at[tags])
        if places[-1] == len(every):
            raise UnsureError
        return every[places]

    def slices(self, start: Ints, length: Ints) -> list[bytes]:
        """The bytes at some places."""
        return list(map(self.text.__getitem__, map(slice, start.tolist(), (start + length).tolist())))

    def cells(self, number: Ints, length: Ints, digits: Ints) -> Cells:
        """The cells, in rows of these numbers whose cells' addresses end in these digits."""
        tags = self.cell_tags
        owner = np.repeat(np.arange(len(self.rows)), np.diff(np.searchsorted(tags, self.rows), append=len(tags)))
        begin = self.at[tags] + 6
        word = self.eights[begin]
        column = np.zeros(len(tags), np.int64)
        letters = np.zeros(len(tags), np.int64)
        more = np.ones(len(tags), bool)
        for shift in (0, 8, 16):
            letter = word >> shift & 0xFF
            more &= letter >= 65
            column = np.where(more, column * 26 + letter - 64, column)
            letters += more
            if (more & (letter > 90)).any():
                raise UnsureError
        after = self.eights[begin + letters] & MASKS[length[owner]]
        if (after != digits[owner]).any() or (letters == 0).any():
            raise UnsureError
        at, tag = self.at, self.tag
        first = np.where(self.empty, 0, tag[tags + 1])
        inline = first == _IS
        # a formula's tags come before the value's
        value = tags + 1 + 2 * (first == _F) + (first == _F0) + inline
        what = np.where(self.empty, 0, tag[value])
        keeps_blanks = inline & (what == _T_WITH)
        start = at[value] + np.where(keeps_blanks, len(_KEEPS_BLANKS), 3)
        has_text = (what == _V) | (what == _T) | keeps_blanks
        return Cells(
            row=number[owner],
            column=column,
            attributes=begin + letters + length[owner],
            formula=(first == _F) | (first == _F0),
            inline=inline,
            keeps_blanks=keeps_blanks,
            given=(what == _V) | (what == _V0),
            start=start,
            length=np.where(has_text, at[value + 1] - start, 0),
        )


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of a block, one array element each.

    `attributes` is where those after the address begin, `given` whether there is a value element, be it empty; `start`
    and `length` say where the content is.
    """

    row: Ints
    column: Ints
    attributes: Ints
    formula: Flags
    inline: Flags
    keeps_blanks: Flags
    given: Flags
    start: Ints
    length: Ints


def alike(block: Block, start: Ints, length: Ints, labels: Ints) -> tuple[Ints, Ints]:
    """Equal pieces with equal labels get one code; gives the codes, and for each where its first piece is.

    Long pieces get a code each.
    """
    compared = np.minimum(length, _COMPARED)
    single = np.where(length > _COMPARED, np.arange(1, len(length) + 1), 0)
    words = [labels | compared << 16 | single << 24]
    for n in range(0, int(compared.max(initial=0)), 8):
        words.append(block.eights[start + n] & _MASKS_FROM[n][compared])
    mixed = words[0]
    for word in words[1:]:
        mixed = mixed * MIXER
        mixed = (mixed ^ mixed >> 31) + word
    codes, distinct = pd.factorize(mixed)
    first = np.zeros(len(distinct), np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    if not all((word == word[first][codes]).all() for word in words):  # two that differ were mixed to one number
        _, first, codes = np.unique(np.stack(words), axis=1, return_index=True, return_inverse=True)
        codes = codes.reshape(-1)
    return codes, first


def number_at(a: Bytes, at: Ints) -> tuple[Ints, Ints]:
    """The number of up to seven digits at each place, 0 where there is none, and where it ends."""
    value = np.zeros(len(at), np.int64)
    end = at.copy()
    for _ in range(7):
        digit = a[end].astype(np.int64) - 48
        more = (digit >= 0) & (digit < 10)
        # digits end for good at the first other byte, for the end stays there
        value = np.where(more, value * 10 + digit, value)
        end += more
    return value, end
