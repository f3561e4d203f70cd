"""Names, days and lengths of time as the touch analyses share them.

A touch that names no channel is a touch of ``(unknown)``: kept apart rather than dropped. A conversion that no touch
led to belongs to ``(direct)``.
"""

import numpy as np

from omnidash.journeys.arrays import Int64s
from omnidash.journeys.table import Journeys
from omnidash.model.defaults import DIRECT, UNKNOWN
from omnidash.model.period import Period, day_number

DAY_US = 86_400_000_000
"""Microseconds of a day; lookbacks and windows are elapsed time, not calendar days."""


def channel_columns(journeys: Journeys) -> tuple[tuple[str, ...], Int64s]:
    """``columns_of`` the table's channels."""
    return columns_of(journeys.channels)


def columns_of(book: tuple[str, ...]) -> tuple[tuple[str, ...], Int64s]:
    """``(labels, column_of_code int64[book])``: the name under which each code of a book is reported.

    Labels are the book with ``(unknown)`` for '' first and ``(direct)`` last. A channel that is itself called
    ``(direct)`` or ``(unknown)`` shares that column, so that no name appears twice.
    """
    named = [name for name in book[1:] if name not in (UNKNOWN, DIRECT)]
    labels = (UNKNOWN, *named, DIRECT)
    column = {name: position for position, name in enumerate(labels)}
    return labels, np.array([column[name or UNKNOWN] for name in book], np.int64)


def day_bounds(period: Period | None) -> tuple[int, int]:
    """First and last local day of a period as day numbers; everything where there is no period."""
    if period is None:
        return -(2**31), 2**31 - 1
    return day_number(period.first_day), day_number(period.last_day)


def day_axis(journeys: Journeys, period: Period | None) -> tuple[int, int]:
    """``(first_day, days)``: day number and length of the axis of a daily result; (0, 0) for an empty table."""
    if period is not None:
        return day_number(period.first_day), period.days
    if journeys.events == 0:
        return 0, 0
    first_day = int(journeys.day.min())
    return first_day, int(journeys.day.max()) - first_day + 1


def days_us(days: float) -> int:
    """Days as whole microseconds. Raises ValueError where not positive."""
    if not days > 0:
        raise ValueError(f"{days} days is not a positive length of time")
    return min(round(days * DAY_US), 2**61)
