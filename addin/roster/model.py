"""The record of a roster: arrays of equal length, one element a person, and the faults of single cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from addin import amounts, columns, ids
from addin.columns import SCOPES, Scheme
from addin.findings import Finding, Who
from addin.policy import FEN, Policy, Unit
from addin.policy.villages import Places, fold_village, part_key

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

# Faults of single cells, found while reading; the checks of form (2xx, 303) report them.
(
    FINE,
    ERROR,
    UNCALCULATED,
    NOT_NUMBER,
    NOT_DATE,
    NUMBER_FOR_DATE,
    BAD_AMOUNT,
    ODD_TEXT,
    UNKNOWN,
    DATE_FOR_TEXT,
    LOST_DIGITS,
    NUMBER_AS_TEXT,
) = range(12)
KINDS = 12


@dataclass(frozen=True, slots=True)
class Cover:
    """The cover's fields, understood."""

    unit: Unit
    scope: str
    part: str
    parts: int | None
    deadline: date
    serial: int
    clerk: str
    template_version: str
    totals: Mapping[str, float | None]

    @property
    def schemes(self) -> tuple[Scheme, ...]:
        """The schemes that this book reports."""
        return SCOPES[self.scope]

    @property
    def part_key(self) -> str:
        """The part for comparing, see `villages.part_key`."""
        return part_key(self.part, self.unit)

    @property
    def whole(self) -> bool:
        """Whether the book is of the whole unit."""
        return self.part_key == fold_village(columns.WHOLE)


def status_words(policy: Policy, bits: int) -> str:
    """Statuses (bits in the policy's order) as they are written in 人员类别; '' for none."""
    return "、".join(policy.categories[key].short for key in policy.statuses(bits))


def where(count: int, wanted: Sequence[int]) -> Mask:
    """For codes below `count`: which of them are wanted, to be looked up by code."""
    mask = np.zeros(count, dtype=bool)
    mask[list(wanted)] = True
    return mask


@dataclass(slots=True)
class Words:
    """A column of texts from a small vocabulary, as codes: comparing is comparing integers."""

    codes: npt.NDArray[np.intp]
    vocabulary: npt.NDArray[np.object_]

    def among(self, *texts: str) -> Mask:
        """Where the text is one of these."""
        wanted = [code for code, text in enumerate(self.vocabulary) if text in texts]
        if len(wanted) == 1:
            return np.asarray(self.codes == wanted[0])
        return where(len(self.vocabulary), wanted)[self.codes]

    def texts(self) -> npt.NDArray[np.object_]:
        """The texts themselves, one a row."""
        return self.vocabulary[self.codes]


SAME, NOTED, DIFFERS, ABSENT = range(4)
"""The departments' lists against the statuses in a row: the same; other ones, without effect; others; none."""


@dataclass
class ListMatches:
    """The departments' lists about a roster's people (see `registers`); arrays have one element a person.

    statuses: by scheme, the statuses (bits) that hold on the day that counts: the lists' where they are about them, the
    row's own elsewhere; given: by scheme, those that stand on a list on that day; days: by scheme, that day; verdict:
    SAME, NOTED, DIFFERS or ABSENT; met: the lists' lines whose person is here, and where (index of the row); known: who
    is on any list; other_name: whose name is another there; employed: by scheme, who is insured as an employee; renamed
    and strange: village names in the rows that are former ones (with the day of change and the name in force), or that
    the unit does not have (with where it is instead, in words).
    """

    statuses: dict[Scheme, Ints]
    given: dict[Scheme, Ints]
    days: dict[Scheme, npt.NDArray[np.int32]]
    verdict: npt.NDArray[np.uint8]
    met: list[tuple[int, int]]
    known: Mask
    other_name: Mask
    employed: dict[Scheme, Mask]
    renamed: list[tuple[str, date | None, str, Mask]] = field(default_factory=list)
    strange: list[tuple[str, str, Mask]] = field(default_factory=list)
    villages: frozenset[str] = frozenset()
    """The unit's villages by the lists, as `fold_village` writes them."""
    part_now: str = ""
    """The village in force whose former name the cover has, written so too."""
    paid: npt.NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    """The lines of the tax office's list whose person is here, of the book's schemes."""


@dataclass
class ListedPayments:
    """The tax office's list about one scheme's payments; arrays have one element a person, money in fen.

    fen: paid by the list, refunds taken off; taken: who enrols and whose amount and day are the list's; stray: who is
    on the list and does not enrol; lacking: paid by the row, and not on the list though it is about that day and unit;
    lines: (index of the row, line of the list) where somebody has several; own, own_filled: amount and day as the row
    has them, by column.
    """

    fen: Ints
    taken: Mask
    stray: Mask
    lacking: Mask
    lines: list[tuple[int, int]]
    own: dict[str, npt.NDArray[np.integer]]
    own_filled: dict[str, Mask]


@dataclass
class Roster:
    """The people of one book. Arrays have one element a person; money in fen, dates as ordinals (0 = none)."""

    file: str
    sheet: str
    cover: Cover
    policy: Policy
    rows: npt.NDArray[np.int32]
    letters: dict[str, str]
    words: dict[str, Words]
    money: dict[str, Ints]
    days: dict[str, npt.NDArray[np.int32]]
    filled: dict[str, Mask]
    faults: dict[str, npt.NDArray[np.uint8]]
    raw: dict[str, npt.NDArray[np.object_]]
    findings: list[Finding] = field(default_factory=list)
    listed: ListMatches | None = None
    payments: dict[Scheme, ListedPayments] = field(default_factory=dict)
    """By scheme, where the tax office's list of payments was given; `money` and `days` are then those that count."""
    numeric: Mask = field(default_factory=lambda: np.zeros(0, dtype=bool))
    """Whose document number is a number of up to fifteen digits, read as it stands."""
    left_out: Mapping[str, float] = field(default_factory=dict)
    """Amounts that lines without a person would add to the cover's control totals, by key."""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def schemes(self) -> tuple[Scheme, ...]:
        """The schemes that this book reports."""
        return self.cover.schemes

    def is_(self, key: str, *texts: str) -> Mask:
        """Where a column of words holds one of these texts."""
        return self.words[key].among(*texts)

    def blank(self, key: str) -> Mask:
        """Where the cell is empty."""
        return ~self.filled[key]

    def fault(self, key: str, *kinds: int) -> Mask:
        """Where reading found one of these faults (any fault when none is named)."""
        faults = self.faults.get(key)
        if faults is None:
            return np.zeros(len(self), dtype=bool)
        return where(KINDS, kinds)[faults] if kinds else faults != FINE

    @cached_property
    def names(self) -> ids.Names:
        """Everybody's name, to be masked wherever else it stands."""
        return ids.Names(self.words["name"].vocabulary)

    def by_list(self, scheme: Scheme) -> Mask:
        """Whose payment is that of the tax office's list: it needs no receipt of a station."""
        return self.payments[scheme].taken if scheme in self.payments else self.none()

    def given(self, key: str) -> tuple[npt.NDArray[np.integer], Mask]:
        """A column of numbers or days as the rows have it, and where it is filled in, whatever a list says."""
        for listed in self.payments.values():
            if key in listed.own:
                return listed.own[key], listed.own_filled[key]
        return (self.money[key] if key in self.money else self.days[key]), self.filled[key]

    def shown(self, key: str, index: int) -> object:
        """A cell's value as findings show it: an amount or day of the tax office's list where that one counts."""
        for listed in self.payments.values():
            if key in listed.own and listed.taken[index]:
                if key in self.money:
                    return self.money[key][index] / FEN
                day = int(self.days[key][index])
                return date.fromordinal(day) if day else ""
        return self.raw[key][index]

    def none(self) -> Mask:
        """A mask of nobody."""
        return np.zeros(len(self), dtype=bool)

    @cached_property
    def person(self) -> ids.Identities:
        """The facts of the IDs: validity, birth, sex, key for comparing."""
        return ids.read(list(self.words["id_number"].texts()), list(self.words["id_type"].texts()))

    @cached_property
    def statuses(self) -> Ints:
        """The statuses of each person, one bit for each category in the policy's order."""
        bits_of_words = []
        for text in self.words["category"].vocabulary:
            try:
                bits_of_words.append(self.policy.status_bits(amounts.parse_category(self.policy, text)))
            except amounts.UnknownCategory:
                bits_of_words.append(0)
        return np.array(bits_of_words, dtype=np.int64)[self.words["category"].codes]

    def has(self, *categories: str) -> Mask:
        """Who has at least one of these statuses (keys of the policy)."""
        return np.asarray((self.statuses & self.policy.status_bits(categories)) != 0)

    def has_all(self, *categories: str) -> Mask:
        """Who has all of these statuses (keys of the policy); nobody, if none is named."""
        wanted = self.policy.status_bits(categories)
        return np.asarray((self.statuses & wanted == wanted) & (wanted != 0))

    @cached_property
    def hardship(self) -> Mask:
        """Who has any status of hardship."""
        return self.has(*(category.key for category in self.policy.hardships))

    @cached_property
    def unknown_category(self) -> Mask:
        """Whose 人员类别 is not understood."""
        bad = []
        for text in self.words["category"].vocabulary:
            try:
                amounts.parse_category(self.policy, text)
                bad.append(False)
            except amounts.UnknownCategory:
                bad.append(True)
        return np.array(bad, dtype=bool)[self.words["category"].codes]

    @cached_property
    def dues(self) -> dict[Scheme, amounts.Columns]:
        """The amounts of each person by scheme (see `amounts.table`); the pension's for the tier in the row."""
        return {
            scheme: self._dues_by_day(scheme) if self.policy.schemes[scheme].windows else main
            for scheme, main in self._main_dues.items()
        }

    def _dues_by_day(self, scheme: Scheme) -> amounts.Columns:
        """What is due in each person's window; not known of a payment without a day that can be read."""
        dues = self._dues(scheme, self.windows[scheme])
        undated = (self.money[f"{scheme}_paid"] > 0) & (self.days[f"{scheme}_date"] == 0)
        return {**dues, "known": dues["known"] & ~undated}

    @cached_property
    def _main_dues(self) -> dict[Scheme, amounts.Columns]:
        main = np.zeros(len(self), dtype=np.int64)
        return {scheme: self._dues(scheme, main) for scheme in self.policy.schemes}

    def _dues(self, scheme: Scheme, windows: Ints) -> amounts.Columns:
        """Worked out once for each category, window and tier (-1: none) that occur; the medical scheme has no tiers."""
        tiers = np.where(self.filled["tier"], self.money["tier"], -1) if scheme == "pension" else np.zeros_like(windows)
        category, texts = pd.factorize(self.categories(scheme))
        pair, distinct = pd.factorize((category * 64 + windows) * 10**12 + tiers)
        kinds, tier = np.divmod(distinct + 1, 10**12)  # a tier of -1 must not borrow from the category
        categories, window = np.divmod(kinds, 64)
        given = None if scheme == "medical" else [float(value - 1) if value else None for value in tier.tolist()]
        table = amounts.table(self.policy, scheme, list(texts[categories]), given, windows=window.tolist())
        return {name: values[pair] for name, values in table.items()}

    @cached_property
    def windows(self) -> dict[Scheme, Ints]:
        """By scheme the place of the window in which each person pays (see `amounts.dues`).

        It goes by the day of payment; for who owes something and has no day, by 填报截止日期.
        """
        return {
            scheme: self._windows(scheme, (main["cash"] > 0) | ~main["known"])
            for scheme, main in self._main_dues.items()
        }

    def _windows(self, scheme: Scheme, owes: Mask) -> Ints:
        starts = [window.start.toordinal() for window in self.policy.schemes[scheme].windows]
        if not starts:
            return np.zeros(len(self), dtype=np.int64)
        paid, deadline = self.days[f"{scheme}_date"], self.cover.deadline.toordinal()
        day = np.where(paid > 0, paid, np.where(owes, deadline, 0))
        window = np.searchsorted(starts, day, side="right").astype(np.int64)
        window[self.in_own_days(scheme, day)] = 0
        return window

    def in_own_days(self, scheme: Scheme, day: npt.NDArray[np.integer] | int) -> Mask:
        """Who on this day (an ordinal) has days of its own, by 特殊情形 and the date beside it."""
        allowed = self.policy.schemes[scheme].own_days
        if not allowed:
            return self.none()
        cases, since = self.words["special_case"], self.days["special_date"]
        limit = np.array([allowed.get(case, -1) for case in cases.vocabulary], dtype=np.int64)[cases.codes]
        return np.asarray((since > 0) & (limit > 0) & (since <= day) & (day - since <= limit))

    def categories(self, scheme: Scheme) -> npt.NDArray[np.object_]:
        """The category of each person that decides the amounts: the row's own, or what holds by the lists given.

        A group that facts decide is added to it.
        """
        texts = self.words["category"].texts()
        if self.listed is not None and scheme in self.listed.statuses:
            held = self.listed.statuses[scheme]
            for index in np.flatnonzero(held != self.statuses):
                texts[index] = status_words(self.policy, int(held[index]))
        return self._with_groups(texts)

    @property
    def own_categories(self) -> npt.NDArray[np.object_]:
        """The category of each person as the row has it, with the group that facts decide."""
        return self._with_groups(self.words["category"].texts())

    def _with_groups(self, texts: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
        return amounts.with_groups(self.policy, texts, self.groups) if self.policy.groups else texts

    @cached_property
    def groups(self) -> npt.NDArray[np.object_]:
        """The word of each person's group (see `amounts.group_words`)."""
        category, schooling = self.words["category"], self.words["schooling"]
        return amounts.group_words(self.policy, category.texts(), self.known_births, schooling.texts())

    @cached_property
    def known_births(self) -> npt.NDArray[np.int32]:
        """Births as ordinals, 0 where none is known; one after the book's own day is told as wrong (307)."""
        return np.where(self.person.born <= self.cover.deadline.toordinal(), self.person.born, 0).astype(np.int32)

    def due(self, scheme: Scheme, what: str = "cash") -> Ints:
        """One of the amounts of `amounts.table`."""
        return self.dues[scheme][what]

    def due_known(self, scheme: Scheme) -> Mask:
        """Of whom it is known what is due."""
        return self.dues[scheme]["known"]

    def enrolled(self, scheme: Scheme) -> Mask:
        """申报: the rows with 本次参保 in that scheme."""
        return self.is_(f"{scheme}_status", columns.ENROLLED)

    @cached_property
    def places(self) -> Places:
        """The villages that this book and the departments' lists name."""
        own = [] if self.cover.whole else [self.cover.part_key]
        return Places([*own, *self._village_keys, *(self.listed.villages if self.listed else ())])

    @cached_property
    def _village_keys(self) -> list[str]:
        return [fold_village(text, self.cover.unit) for text in self.words["village"].vocabulary]

    @property
    def villages(self) -> list[str]:
        """The place that each text of the column 村(社区) means (a key, see `fold_village`), in its vocabulary's order."""
        return [self.places.of(key) for key in self._village_keys]

    @property
    def unclear_villages(self) -> list[tuple[str, list[str], Mask]]:
        """The texts without a kind of which there are both 村 and 社区: text, the two places, the rows."""
        words, unclear = self.words["village"], []
        for code, (text, key) in enumerate(zip(words.vocabulary, self._village_keys, strict=True)):
            alike = self.places.alike(key)
            if len(alike) > 1:
                unclear.append((text, alike, np.asarray(words.codes == code)))
        return unclear

    @cached_property
    def place_codes(self) -> npt.NDArray[np.intp]:
        """A code for each person's village, the same however its name is written."""
        _, places = np.unique(self.villages or [""], return_inverse=True)
        return np.asarray(places[self.words["village"].codes])

    @cached_property
    def households(self) -> npt.NDArray[np.intp]:
        """A code for each person's household: village and household number."""
        number = self.words["household"]
        pair = self.place_codes.astype(np.int64) * (len(number.vocabulary) + 1) + number.codes
        codes: npt.NDArray[np.intp] = pd.factorize(pair)[0]
        return codes

    def who(self, indexes: Sequence[int]) -> list[Who]:
        """Who some people are, as findings say it; a village or household number may hold an ID or a name: masked."""
        village, household, name = self.words["village"], self.words["household"], self.words["name"]
        return [
            {
                "village": self.shown_village(village.vocabulary[village.codes[i]]),
                "household": self.shown_household(household.vocabulary[household.codes[i]]),
                "name": ids.mask_name(name.vocabulary[name.codes[i]]),
            }
            for i in indexes
        ]

    def shown_village(self, village: str) -> str:
        """A village as lists and findings show it: another column's content there is masked."""
        return self.names.hide(ids.mask_text(village))

    def shown_household(self, number: str) -> str:
        """A household's number as lists and findings show it: it may be an ID or the head's name."""
        return self.names.hide(ids.mask_household(number))

    @property
    def shown_part(self) -> str:
        """分册 as lists and file names show it: an ID is masked, and a name unless it is the village of rows."""
        part = ids.mask_text(self.cover.part)
        if self.cover.whole or self.places.of(self.cover.part_key) in self.villages:
            return part
        return self.names.hide(part)
