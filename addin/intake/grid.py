"""The cells of a sheet as codes of their distinct values: many cells, few values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Distinct:
    """A column of cells: `codes` has one element a cell and points into `values`, which are all different."""

    codes: Codes
    values: list[object]

    def among(self, rows: slice | Codes) -> Distinct:
        """Some rows of it."""
        return Distinct(self.codes[rows], self.values)

    def where(self, holds: Callable[[object], bool]) -> Mask:
        """The cells whose value meets a condition."""
        mask: Mask = np.fromiter(map(holds, self.values), dtype=bool, count=len(self.values))[self.codes]
        return mask

    def filled(self) -> Mask:
        """The cells that are not empty; a cell of spaces is."""
        blank = np.array([value == "" or (type(value) is str and value.isspace()) for value in self.values], dtype=bool)
        blanks = np.flatnonzero(blank)
        return np.asarray(self.codes != blanks[0]) if len(blanks) == 1 else ~blank[self.codes]

    def count(self, chosen: Iterable[int]) -> int:
        """How many cells have one of these codes."""
        return int(np.bincount(self.codes, minlength=len(self.values))[list(chosen)].sum())

    def cells(self) -> npt.NDArray[np.object_]:
        """The cells themselves."""
        return _array(self.values)[self.codes]


class Grid:
    """A sheet's cells from A1 on, rows of equal length; an empty cell is ''.

    `codes` is height by width and points into `values`, of which '' is the first and which are all different: text,
    numbers and truth values are never the same.
    """

    def __init__(self, values: list[object], codes: npt.NDArray[np.int32]) -> None:
        self.values, self.codes = values, codes

    @classmethod
    def placed(cls, values: list[object], codes: npt.NDArray[np.integer], rows: Codes, columns: Codes) -> Grid:
        """From the cells that hold something, at these places (from 0 on): of two in one place, the last."""
        distinct, again = _distinct(["", *values])
        shape = (int(rows.max(initial=-1)) + 1, int(columns.max(initial=-1)) + 1)
        table = np.zeros(shape, np.int32, order="F")  # it is read by columns
        table[rows, columns] = again[codes + 1]
        return cls(distinct, table)

    @classmethod
    def of(cls, rows: list[list[object]]) -> Grid:
        """From rows as lists, shorter ones filled up; None is empty.

        >>> grid = Grid.of([["是", 1.0], ["否", True], ["是"]])
        >>> grid.rows(), grid.column(1).codes.tolist(), grid.column(2).values
        ([['是', 1.0], ['否', True], ['是', '']], [0, 1, 0], [1.0, True, ''])
        """
        width = max(map(len, rows), default=0)
        cells = ["" if cell is None else cell for row in rows for cell in (*row, *[""] * (width - len(row)))]
        values, codes = _distinct(["", *cells])
        return cls(values, np.asfortranarray(codes[1:].astype(np.int32).reshape(len(rows), width)))

    @property
    def height(self) -> int:
        return len(self.codes)

    @property
    def width(self) -> int:
        return int(self.codes.shape[1])

    def rows(self, start: int = 0, stop: int | None = None) -> list[list[object]]:
        """Some rows, from 0 on, as lists."""
        rows: list[list[object]] = self._cells[self.codes[start:stop]].tolist()
        return rows

    @cached_property
    def _cells(self) -> npt.NDArray[np.object_]:
        return _array(self.values)

    def column(self, position: int, start: int = 0) -> Distinct:
        """A column (from 1 on) below the first `start` rows, its values in the order in which they come up."""
        codes, used = pd.factorize(self.codes[start:, position - 1])
        return Distinct(codes, [self.values[value] for value in used.tolist()])

    def filled(self, position: int) -> Mask:
        """Which cells of a column (from 1 on) hold something."""
        return np.asarray(self.codes[:, position - 1] != 0)


def _array(values: list[object]) -> npt.NDArray[np.object_]:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _distinct(values: list[object]) -> tuple[list[object], Codes]:
    """The different ones in order, and which each is. A truth value is no number; all NaN are one."""
    if len(set(values)) == len(values):
        return values, np.arange(len(values))
    known: dict[tuple[bool, object], int] = {}
    codes = [known.setdefault((value is True or value is False, value), len(known)) for value in values]
    return [value for _, value in known], np.array(codes, dtype=np.intp)
