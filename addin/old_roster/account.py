"""The account of an old book: these records cover every filled row and column, without names or IDs."""

from __future__ import annotations

from dataclasses import dataclass

TAKEN, GUESSED, REMARKED, DROPPED = "带入", "带入（表头相近，请核对）", "写入备注", "不带"


@dataclass(frozen=True, slots=True)
class Match:
    """A column of the old sheet: its letter and header, ours ('' for none), what is done with it, how many cells."""

    letter: str
    text: str
    header: str
    how: str
    filled: int
    why: str = ""
    key: str = ""
    """Of our column."""
    remarked: int = 0
    """Cells of a column that is taken whose content was not understood and stands in 备注."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Lines of the old sheet that are not taken, of one kind."""

    why: str
    count: int
    rows: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """People to be looked at, of one kind; they are taken all the same."""

    what: str
    count: int
    rows: str
    """Rows of the new roster, the first few of many."""


@dataclass(frozen=True, slots=True)
class Account:
    """The whole account of one book."""

    file: str
    sheet: str
    header_row: int
    persons: int
    matches: tuple[Match, ...]
    missing: tuple[str, ...]
    """Headers of ours that must be filled in and that the old sheet has not."""
    left_out: tuple[LeftOut, ...]
    doubts: tuple[Doubt, ...]
    unit: str
    """The unit that stands on the new cover; '' where the clerk must choose it."""
    notice: str
    """By which notice the book was read, in words; '' where by the one in force."""
    moved: tuple[str, ...]
    """Sentences about units of the old book that have changed."""
    other_sheets: tuple[tuple[str, int], ...]
    """Further sheets that look like lists of people, and their filled rows: not taken."""
    with_payments: bool

    @property
    def remarked(self) -> int:
        """Cells whose content stands in 备注."""
        return sum(match.remarked for match in self.matches)
