"""Converts numbers that a cell's format shows as dates. The reader's own conversion is not used: it fails for the
whole sheet at one phone number in a date column, and rounds times down to the millisecond."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from addin.intake.workbook import DATE, DURATION, TIME

_DAY = 86_400_000
"""Milliseconds."""
_LAST = 2_958_466
"""The day after 9999-12-31."""


def from_serial(value: float, kind: int, *, date1904: bool) -> date | time | timedelta | float:
    """A number under a format of that kind; what is no date stays a number, for the checks to say so.

    >>> from_serial(43743.0, DATE, date1904=False), from_serial(42281.0, DATE, date1904=True)
    (datetime.date(2019, 10, 5), datetime.date(2019, 10, 5))
    >>> from_serial(43743.52083333333, DATE, date1904=False), from_serial(0.25, TIME, date1904=False)
    (datetime.datetime(2019, 10, 5, 12, 30), datetime.time(6, 0))
    >>> from_serial(13800138000.0, DATE, date1904=False)
    13800138000.0
    """
    if kind == DURATION:
        return timedelta(milliseconds=round(value * _DAY)) if abs(value) < _LAST else value
    if not 0 <= value < _LAST - (1462 if date1904 else 0):
        return value
    day, moment = divmod(round(value * _DAY), _DAY)
    if kind == TIME and day == 0:
        return (datetime.min + timedelta(milliseconds=moment)).time()
    if date1904:
        base = date(1904, 1, 1)
    elif day < 1 or day == 60:
        return value  # 1900-01-00 and 1900-02-29 exist in Excel only
    else:
        base = date(1899, 12, 31) if day < 60 else date(1899, 12, 30)
    try:
        whole = base + timedelta(days=day)
    except OverflowError:  # rounded up into the year 10000
        return value
    if not moment:
        return whole
    return datetime(whole.year, whole.month, whole.day) + timedelta(milliseconds=moment)


def from_text(value: object) -> object:
    """A cell that holds its date as ISO text; what the reader did not understand is tried once more."""
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value).replace(tzinfo=None)
    except ValueError:
        return value
    return moment if moment.time() != time(0) else moment.date()


__all__ = ["DATE", "DURATION", "TIME", "from_serial", "from_text"]
