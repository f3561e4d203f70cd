"""Maturity: which part of a day's eventual conversions has been seen after 0, 1, 2, … days.

Conversions and their revenue are booked on the day they happen, so a touch whose sale comes next week does not make
this week's ROI wrong. What can be missing of a day is what its source delivers late: orders paid or exported days
afterwards. Learnt from the imports themselves: of the orders of day d, the part that had arrived with deliveries up
to k days later.

curve(k) = orders that arrived within k days / orders of all days known for at least ``HORIZON_DAYS`` days. Days the
source first saw within a large first delivery say nothing about lateness and are left out. With fewer than 7 such
days or 50 orders nothing is known, and every delivered day counts as complete.

Example: 90 of 120 orders arrive on their day, 24 the day after, 6 on the third -> 75 %, 95 %, 95 %, 100 %.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

HORIZON_DAYS = 14
"""What has not come after two weeks is not waited for."""

_MINIMUM_DAYS, _MINIMUM_ORDERS = 7, 50


def maturity_curve(arrivals: pl.DataFrame, *, data_until: date) -> tuple[float, ...]:
    """The part seen after 0 … HORIZON_DAYS days, never falling, 1 at the end; empty where nothing is known.

    ``arrivals``: [day Date, lag_days, rows Int64] of one source (``engine.feeds.arrivals``).
    """
    known = arrivals.filter(pl.col("day") <= data_until - timedelta(days=HORIZON_DAYS))
    first_seen = known.group_by("day").agg(first=pl.col("lag_days").min())
    # a day first seen days later came with a large delivery: how late its rows were cannot be told
    known = known.join(first_seen.filter(pl.col("first") <= 1), on="day", how="semi")
    total = int(known["rows"].sum())
    if known["day"].n_unique() < _MINIMUM_DAYS or total < _MINIMUM_ORDERS:
        return ()
    seen = [int(known.filter(pl.col("lag_days") <= lag)["rows"].sum()) / total for lag in range(HORIZON_DAYS)]
    return (*seen, 1.0)


def completeness(curves: Sequence[tuple[float, ...]], *, data_until: date) -> dict[date, float]:
    """How complete each of the last days is, as the least complete source has it; days that are not named are
    complete."""
    complete: dict[date, float] = {}
    for curve in curves:
        for lag, part in enumerate(curve):
            if part < 1.0:
                day = data_until - timedelta(days=lag)
                complete[day] = min(part, complete.get(day, 1.0))
    return complete
