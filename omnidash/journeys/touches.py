"""What a touch is called, and which touches lead to a conversion: the walk that paths and credit share.

A conversion's path is made of the touches after the person's previous conversion that are no older than the lookback
at the instant of the conversion, both ends included. A row that is both touch and conversion belongs to the path it
completes. A touch that names no channel is a touch of ``(unknown)``: kept apart rather than dropped.
"""

import numpy as np
from numba import njit

from omnidash.journeys.arrays import Int64s, UInt16s
from omnidash.journeys.table import Journeys
from omnidash.model.defaults import DIRECT

UNKNOWN = "(unknown)"
"""Channel of touches that name none."""

DAY_US = 86_400_000_000
"""Microseconds of a day; lookbacks and windows are elapsed time, not calendar days."""


def channel_columns(journeys: Journeys) -> tuple[tuple[str, ...], UInt16s]:
    """``(labels, column_of_code uint16[channels])``: the name under which each channel code is reported.

    Labels are the code book with ``(unknown)`` for '' and ``(direct)`` last. A channel that is itself called
    ``(direct)`` or ``(unknown)`` shares that column, so that no name appears twice.
    """
    named = [name for name in journeys.channels[1:] if name not in (UNKNOWN, DIRECT)]
    labels = (UNKNOWN, *named, DIRECT)
    column = {name: position for position, name in enumerate(labels)}
    codes = [column[name or UNKNOWN] for name in journeys.channels]
    return labels, np.array(codes, np.uint16)


def days_us(days: float) -> int:
    """Days as whole microseconds. Raises ValueError where not positive."""
    if not days > 0:
        raise ValueError(f"{days} days is not a positive length of time")
    return min(round(days * DAY_US), 2**61)


@njit(nogil=True, cache=True)
def first_in_lookback(ts: Int64s, after: int, conversion: int, lookback_us: int) -> int:
    """The first event at or after ``after`` that is not older than the lookback at event ``conversion``."""
    oldest = ts[conversion] - lookback_us
    event = after
    while ts[event] < oldest:
        event += 1
    return event
