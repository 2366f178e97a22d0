"""The tax office's list of payments (姓名, 证件号码, 险种, 金额, 日期, 流水号), and a roster's payments by it.

In: a sheet of the list, and later a `Roster`. Out: a line for each payment, reduced to keyed hashes; and in the roster
the payments of those who are on the list, who need no station's receipt. The list is what has reached the treasury: for
whom it has a payment it decides amount and day, for everybody else the roster does. 四(三), 六(三).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from addin import ids
from addin.columns import Scheme
from addin.policy import FEN, SCHEMES, Policy, fold
from addin.registers import model
from addin.registers.model import BAD_AMOUNT, BAD_CATEGORY, BAD_DATE, BAD_ID, ODD_ID, OTHER_SEASON
from addin.registers.subject import of_residents
from addin.roster import ListedPayments, Mask, Roster
from addin.roster.values import INVISIBLE, LOST_FROM, SCIENTIFIC

if TYPE_CHECKING:
    from addin.registers.read import Reader

NAMES = "税务缴费名单"
_WORDS: dict[Scheme, str] = {"medical": "医疗|医保|新农合", "pension": "养老|新农保"}
_EMPLOYEES = re.compile("职工|灵活就业|企业|机关|事业单位")
_TAXES = re.compile("缴费|缴款|入库|征收|税务|到账")
_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[ T]?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")
_EIGHT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{6})?")
_AMOUNT = re.compile(r"[¥￥]?(-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d{1,2}0*)?)元?")
_LARGEST = 10**7
"""Yuan: what is more is no one person's payment."""

PAID = np.dtype([("k0", "<u8"), ("k1", "<u8"), ("name", "<u8"), ("fen", "<i8"), ("day", "<i4"), ("scheme", "u1")])
"""A payment as a child needs it, in the order of k0, k1, scheme, day; scheme is the place in `SCHEMES`."""


def is_list(positions: Mapping[str, int], texts: Sequence[str]) -> bool:
    """Whether a sheet with these columns, under these titles and names, is a list of payments."""
    if not {"id_number", "amount"} <= positions.keys():
        return False
    day = bool({"paid_on", "stored_on"} & positions.keys())
    if day and "serial" in positions:
        return True
    named = any(_TAXES.search(text) for text in texts)
    return "category" not in positions and (day or "serial" in positions) and ("scheme" in positions or named)


def schemes_of(text: str, policy: Policy) -> list[Scheme]:
    """The residents' schemes that a text names; none for an employees' one."""
    if _EMPLOYEES.search(text) and not of_residents([[text]]):
        return []
    folded = fold(text)
    return [
        key
        for key, rules in policy.schemes.items()
        if re.search(_WORDS[key], folded) or any(fold(word) in folded for word in (rules.name, *rules.aliases))
    ]


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines below a list's header, column by column: what each cell means, and where it means nothing.

    scheme: the place in `SCHEMES`, -1 where nothing names one; paid_on, stored_on: ordinals; unit: its place, -1.
    """

    rows: npt.NDArray[np.int64]
    number: npt.NDArray[np.object_]
    digits_lost: Mask
    name: npt.NDArray[np.object_]
    fen: npt.NDArray[np.int64]
    bad_amount: Mask
    scheme: npt.NDArray[np.int8]
    bad_scheme: Mask
    paid_on: npt.NDArray[np.int32]
    bad_paid_on: Mask
    stored_on: npt.NDArray[np.int32]
    bad_stored_on: Mask
    serial: npt.NDArray[np.object_]
    unit: npt.NDArray[np.int32]

    @property
    def day(self) -> npt.NDArray[np.int32]:
        """The day of payment, else that on which the money was stored; 0 for none."""
        return np.where(self.paid_on > 0, self.paid_on, self.stored_on)


def _lines(reader: Reader, scheme: Scheme | None) -> _Lines:
    """Each different value of a column is understood once: such a list may have half a million lines."""
    grid, start = reader.sheet.grid, reader.header_row
    count = max(grid.height - start, 0)

    def column(
        key: str, understand: Callable[[object], object], kind: npt.DTypeLike
    ) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        """The meaning of each line's cell, and whether it has none; a blank cell means `understand('')`."""
        if key not in reader.positions:
            return np.full(count, understand(""), kind), np.zeros(count, bool)
        cells = grid.column(reader.positions[key], start)
        meant = [understand(value) for value in cells.values]
        bad = np.array([value is None for value in meant], bool)
        values = np.empty(len(meant), dtype=kind)
        values[:] = [understand("") if value is None else value for value in meant]
        return values[cells.codes], bad[cells.codes]

    units = {unit.name: n for n, unit in enumerate(reader.policy.units)}
    number, digits_lost = column("id_number", _number, object)
    fen, bad_amount = column("amount", _fen, np.int64)
    named, bad_scheme = column("scheme", lambda value: _scheme(value, reader.policy, scheme), np.int8)
    paid_on, bad_paid_on = column("paid_on", _day, np.int32)
    stored_on, bad_stored_on = column("stored_on", _day, np.int32)
    return _Lines(
        rows=np.arange(start + 1, start + 1 + count),
        number=number,
        digits_lost=digits_lost,
        name=column("name", _text, object)[0],
        fen=fen,
        bad_amount=bad_amount,
        scheme=named,
        bad_scheme=bad_scheme,
        paid_on=paid_on,
        bad_paid_on=bad_paid_on,
        stored_on=stored_on,
        bad_stored_on=bad_stored_on,
        serial=column("serial", _text, object)[0],
        unit=column("township", lambda value: _unit(value, reader.policy, units), np.int32)[0],
    )


def read(reader: Reader, secret: bytes, scheme: Scheme | None) -> pd.DataFrame:
    """The payments on a sheet, as `ListFile.payments`; `scheme` is that of the titles, for lines that name none."""
    lines = _lines(reader, scheme)
    at = np.flatnonzero(_usable(reader, lines) & (lines.fen != 0))
    identity = ids.read(list(lines.number[at]), [""] * len(at))
    for n in np.flatnonzero(identity.fault).tolist():
        row = int(lines.rows[at[n]])
        reader.tell(ODD_ID, "id_number", row, _cells(reader, row))
    names, serials = lines.name[at], lines.serial[at]
    values = {
        **model.keys_of(identity.canonical, secret),
        "name": np.where(names != "", model.names_of(names, secret), 0),
        "scheme": lines.scheme[at],
        "fen": lines.fen[at],
        "day": lines.day[at],
        "serial": np.where(serials != "", ids.keyed(serials, secret, b"serial"), 0),
        "unit": lines.unit[at],
        "sheet": np.zeros(len(at)),
        "row": lines.rows[at],
        "surname": np.array([ids.mask_name(text) for text in names], dtype=object),
        "shown": np.array([ids.mask_id(text) for text in identity.canonical], dtype=object),
    }
    return pd.DataFrame({key: np.asarray(values[key]).astype(kind) for key, kind in model.PAYMENTS.items()})


def _usable(reader: Reader, lines: _Lines) -> Mask:
    """The lines that can be used; what is wrong with the others, and days that can't be read, is told."""
    strange = {row for row, _ in (*reader.sheet.errors, *reader.sheet.uncalculated)}
    numberless = (lines.number == "") & ~lines.digits_lost
    says = ~numberless | (lines.name != "") | (lines.fen != 0) | lines.bad_amount
    for n in np.flatnonzero(says & numberless).tolist():
        says[n] = not reader.is_total(_cells(reader, int(lines.rows[n])))
    for row in sorted(strange):
        if row > reader.header_row:
            reader.strange(row, _cells(reader, row))
    reader.counted(int(says.sum()))
    schemes = reader.policy.schemes  # a line's is never one that the notice does not have
    starts = np.array([schemes[key].season_start.toordinal() if key in schemes else 0 for key in SCHEMES])
    early = (lines.day > 0) & (lines.scheme >= 0) & (lines.day < starts[np.maximum(lines.scheme, 0)])
    no_amount = (lines.fen == 0) & ~_zero(reader)
    faults: tuple[tuple[str, str, Mask, dict[str, str]], ...] = (
        (BAD_ID, "id_number", lines.digits_lost, {"what": "存成了数字，末尾几位已丢失"}),
        (BAD_ID, "id_number", numberless, {"what": "是空的"}),
        (BAD_AMOUNT, "amount", lines.bad_amount | no_amount, {}),
        (BAD_CATEGORY, "scheme", lines.bad_scheme | (lines.scheme < 0), {}),
        (BAD_DATE, "paid_on", lines.bad_paid_on, {}),
        (BAD_DATE, "stored_on", lines.bad_stored_on, {}),
        (OTHER_SEASON, "paid_on" if "paid_on" in reader.positions else "stored_on", early, {}),
    )
    use = says.copy()
    for code, key, those, words in faults:
        for row in lines.rows[those & says].tolist():
            if row not in strange:
                reader.tell(code, key, row, _cells(reader, row), **words)
        if code != BAD_DATE:
            use &= ~those
    return np.asarray(use)


def _cells(reader: Reader, row: int) -> list[object]:
    """The cells of a row (from 1 on)."""
    return reader.sheet.grid.rows(row - 1, row)[0]


def _zero(reader: Reader) -> Mask:
    """Lines whose amount is a nought: nothing was paid, and nothing is wrong."""
    cells = reader.sheet.grid.column(reader.positions["amount"], reader.header_row)
    return np.array([_fen(value) == 0 and value not in ("", None) for value in cells.values], bool)[cells.codes]


def _text(value: object) -> str:
    if value is None or value == "":
        return ""
    return INVISIBLE.sub("", f"{value:.15g}" if isinstance(value, float) else str(value))


def _number(value: object) -> str | None:
    """A document number as it is compared; None where a number has lost its last digits."""
    if isinstance(value, str):
        if value.isascii() and value.isalnum() and not SCIENTIFIC.fullmatch(value.upper()):
            return value.upper()
        text = INVISIBLE.sub("", unicodedata.normalize("NFKC", value)).upper()
        return None if SCIENTIFIC.fullmatch(text) else text
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return None if abs(value) >= LOST_FROM else f"{value:.15g}"
    return ""


def _fen(value: object) -> int | None:
    """An amount in fen, 0 for a blank cell; None for what is none, or finer than a fen."""
    if isinstance(value, str):
        text = INVISIBLE.sub("", unicodedata.normalize("NFKC", value))
        if not text:
            return 0
        if not (match := _AMOUNT.fullmatch(text)):
            return None
        value = float(match[1].replace(",", ""))
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < _LARGEST:
        return None
    fen = round(value * FEN)
    return fen if abs(value * FEN - fen) < 1e-6 else None


def _day(value: object) -> int | None:
    """A day as an ordinal, 0 for a blank cell; None for what is none. A time of day does not matter."""
    if isinstance(value, date):
        return value.toordinal()
    if isinstance(value, float):
        value = f"{value:.15g}"
    if not isinstance(value, str):
        return None
    text = unicodedata.normalize("NFKC", value).strip()
    if not text:
        return 0
    match = _EIGHT.fullmatch(text) or (None if text.isdigit() else _DAY.fullmatch(text))
    try:
        return date(int(match[1]), int(match[2]), int(match[3])).toordinal() if match else None
    except ValueError:
        return None


def _scheme(value: object, policy: Policy, usual: Scheme | None) -> int | None:
    """The place of the one scheme that a cell names; that of the titles where it is blank, -1 where they name none."""
    text = _text(value)
    if not text:
        return SCHEMES.index(usual) if usual else -1
    named = schemes_of(text, policy)
    return SCHEMES.index(named[0]) if len(named) == 1 else None


def _unit(value: object, policy: Policy, places: Mapping[str, int]) -> int:
    unit = policy.unit(_text(value)) if value not in ("", None) else None
    return places[unit.name] if unit else -1


# ---------------------------------------------------------------- held against a roster


@dataclass(frozen=True)
class Payments:
    """All payments of the lists, in the order of `PAID`; `spans` are the first and last day of each scheme's.

    units: the places of the units that the list is about, None where it does not say. Where the arrays lie in a file
    (`stored_in`), so many children need not be handed them with every book.
    """

    lines: npt.NDArray[np.void] | Path
    spans: Mapping[Scheme, tuple[int, int]]
    units: frozenset[int] | None = None

    def stored_in(self, folder: Path) -> Payments:
        """The same with the lines in a file of a private folder; they hold no ID and no name."""
        path = folder / "payments.npy"
        np.save(path, self.lines if isinstance(self.lines, np.ndarray) else np.load(self.lines))
        return Payments(path, self.spans, self.units)

    def array(self) -> npt.NDArray[np.void]:
        """The lines."""
        if isinstance(self.lines, np.ndarray):
            return self.lines
        lines: npt.NDArray[np.void] = np.load(self.lines, mmap_mode="r", allow_pickle=False)
        return lines


def of_lines(table: pd.DataFrame, until: date | None = None) -> tuple[npt.NDArray[np.intp], Payments]:
    """The payments of a table as `Lists.payments` has them, up to a day; and which of its lines each is.

    The same payment on two lists, or twice on one, is one: same person, scheme, amount, day and serial number.
    """
    single = ~table.duplicated(["k0", "k1", "scheme", "fen", "day", "serial"]).to_numpy()
    if until is not None:
        single &= table["day"].to_numpy() <= until.toordinal()
    at = np.flatnonzero(single)
    order = np.lexsort([table[key].to_numpy()[at] for key in ("day", "scheme", "k1", "k0")])
    at = at[order]
    lines = np.zeros(len(at), PAID)
    for key in PAID.names or ():
        lines[key] = table[key].to_numpy()[at]
    spans: dict[Scheme, tuple[int, int]] = {}
    for n, scheme in enumerate(SCHEMES):
        days = lines["day"][lines["scheme"] == n]
        if len(days):
            known = days[days > 0]
            spans[scheme] = (int(known.min()), int(known.max())) if len(known) == len(days) else model.ALWAYS
    places = set(table["unit"].to_numpy()[at].tolist())
    return at, Payments(lines, spans, None if -1 in places else frozenset(places))


def lay_over(roster: Roster, payments: Payments, secret: bytes) -> npt.NDArray[np.int32]:
    """Put the list's payments into the roster, see `ListedPayments`; gives the lines whose person stands in it.

    A row with a bad cell of status, amount or day is left as it is: the checks of form have their say there.
    """
    lines = payments.array()
    at = np.flatnonzero(roster.filled["id_number"] & ~roster.fault("id_number"))
    keys = model.keys_of(roster.person.canonical[at], secret)
    first = np.ascontiguousarray(lines["k0"])
    begin, end = np.searchsorted(first, keys["k0"], "left"), np.searchsorted(first, keys["k0"], "right")
    many = end - begin
    line = np.repeat(begin, many) + np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    person = np.repeat(np.arange(len(at)), many)
    same = lines["k1"][line] == keys["k1"][person]
    line, row = line[same], at[person[same]]
    met_lines = lines[line]
    unit = next(n for n, unit in enumerate(roster.policy.units) if unit.name == roster.cover.unit.name)
    about_us = payments.units is None or unit in payments.units
    met = np.zeros(len(line), bool)
    for scheme in roster.schemes:
        if scheme not in payments.spans:
            continue
        of_scheme = met_lines["scheme"] == SCHEMES.index(scheme)
        met |= of_scheme
        fen, day = np.zeros(len(roster), np.int64), np.zeros(len(roster), np.int32)
        np.add.at(fen, row[of_scheme], met_lines["fen"][of_scheme])
        np.maximum.at(day, row[of_scheme], met_lines["day"][of_scheme])
        paid, paid_on = f"{scheme}_paid", f"{scheme}_date"
        readable = ~(roster.fault(paid) | roster.fault(paid_on) | roster.fault(f"{scheme}_status"))
        taken = (fen > 0) & readable & roster.enrolled(scheme)
        own, own_day = roster.money[paid], roster.days[paid_on]
        start, last = payments.spans[scheme]
        in_span = ((own_day == 0) | ((own_day >= start) & (own_day <= last))) & about_us
        roster.payments[scheme] = ListedPayments(
            fen=fen,
            taken=taken,
            stray=(fen > 0) & readable & ~roster.enrolled(scheme),
            lacking=(own > 0) & (fen <= 0) & readable & roster.enrolled(scheme) & in_span
            & roster.filled["id_number"] & ~roster.fault("id_number"),
            lines=[(int(n), int(m)) for n, m in zip(row[of_scheme], line[of_scheme], strict=True)]
            if len(np.unique(row[of_scheme])) < of_scheme.sum() else [],
            own={paid: own.copy(), paid_on: own_day.copy()},
            own_filled={paid: roster.filled[paid].copy(), paid_on: roster.filled[paid_on].copy()},
        )  # fmt: skip
        dated = taken & (day > 0)
        roster.money[paid] = np.where(taken, fen, own)
        roster.days[paid_on] = np.where(dated, day, own_day).astype(own_day.dtype)
        roster.filled[paid] = roster.filled[paid] | taken
        roster.filled[paid_on] = roster.filled[paid_on] | dated
    lines_met: npt.NDArray[np.int32] = line[met].astype(np.int32)
    return lines_met


def settle_days(roster: Roster, payments: Payments) -> None:
    """Of several payments the one with which what is due was reached gives the day: paying twice makes nobody late."""
    lines = payments.array()
    for scheme, listed in roster.payments.items():
        by_row: dict[int, list[int]] = {}
        for row, line in listed.lines:
            by_row.setdefault(row, []).append(line)
        due = roster.due(scheme)
        days = roster.days[f"{scheme}_date"]
        for row, own in by_row.items():
            if len(own) < 2 or not listed.taken[row]:
                continue
            few = lines[sorted(own)]  # in the order of their days
            reached = np.flatnonzero(np.cumsum(few["fen"]) >= due[row])
            if len(reached) and few["day"][reached[0]] > 0:
                days[row] = few["day"][reached[0]]


def names_differ(roster: Roster, payments: Payments, lines: npt.NDArray[np.int32], secret: bytes) -> Mask:
    """Who stands on the list under another name only."""
    met = payments.array()[lines]
    at = np.flatnonzero(roster.filled["id_number"] & ~roster.fault("id_number"))
    keys = model.keys_of(roster.person.canonical[at], secret)
    words = roster.words["name"]
    here = model.names_of(words.vocabulary, secret)[words.codes[at]]
    people = pd.DataFrame({**keys, "at": at, "here": here})
    both = people.merge(pd.DataFrame({key: met[key] for key in ("k0", "k1", "name")}), on=["k0", "k1"])
    both = both[both["name"] != 0]
    same, other = roster.none(), roster.none()
    alike = both["name"].to_numpy() == both["here"].to_numpy()
    same[both["at"].to_numpy()[alike]] = True
    other[both["at"].to_numpy()[~alike]] = True
    return other & ~same & roster.filled["name"] & ~roster.fault("name")
