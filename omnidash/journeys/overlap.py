"""Overlap: how many persons two channels share, close in time.

``both[a, b]`` counts persons who were touched by a and by b at most ``window_days`` × 24 h apart (any pair of their
touches, either order, end included). It is symmetric; ``both[a, a]`` is the reach of a. The share of a,
both[a, b] / reach[a], is not symmetric: a small channel may lie wholly inside a large one. ``exclusive[a]`` counts
persons touched by a and by no other channel in the whole period, whatever the window. Only touches on local days of
the period count; channels without any are left out, so no share divides by zero.

>>> result = overlap(journeys({"ana": "search@1 email@3", "bo": "email@2", "cy": "search@1 email@20"}), window_days=7)
>>> result.channels, result.both.tolist(), result.exclusive.tolist()
(('email', 'search'), [[3, 1], [1, 2]], [1, 0])
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numba import njit

from omnidash.journeys.arrays import Int32s, Int64s, UInt8s, UInt16s
from omnidash.journeys.parallel import over_slices
from omnidash.journeys.table import Journeys
from omnidash.journeys.touches import channel_columns, day_bounds, days_us
from omnidash.model.period import Period

NEVER = -(2**62)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OverlapResult:
    """``reach`` int64[C] persons touched, ``both`` int64[C, C] persons shared, ``exclusive`` int64[C] persons of one
    channel alone, for the C channels with touches, sorted by name."""

    channels: tuple[str, ...]
    reach: Int64s
    both: Int64s
    exclusive: Int64s

    def frame(self) -> pl.DataFrame:
        """[a, b String, persons Int64, share_of_a Float64] for every ordered pair of different channels."""
        pairs = [(a, b) for a in range(len(self.channels)) for b in range(len(self.channels)) if a != b]
        return pl.DataFrame(
            [
                (self.channels[a], self.channels[b], int(self.both[a, b]), float(self.both[a, b] / self.reach[a]))
                for a, b in pairs
            ],
            schema={"a": pl.String, "b": pl.String, "persons": pl.Int64, "share_of_a": pl.Float64},
            orient="row",
        )


def overlap(
    journeys: Journeys, *, window_days: float = 7, period: Period | None = None, threads: int = 2
) -> OverlapResult:
    """Count the persons channels share. Raises ValueError where window_days <= 0."""
    labels, column = channel_columns(journeys)
    table = journeys
    columns = (table.offsets, table.ts, table.day, table.channel, table.touch)
    settings = (column, len(labels), days_us(window_days), *day_bounds(period))
    parts = over_slices(journeys, threads, lambda low, high: count_overlap(low, high, *columns, *settings))
    counts = np.sum(parts, axis=0) if parts else np.zeros((len(labels) + 1, len(labels)), np.int64)
    both, exclusive = counts[:-1], counts[-1]
    touched = sorted(np.flatnonzero(np.diagonal(both)), key=lambda c: labels[c])
    return OverlapResult(
        channels=tuple(labels[c] for c in touched),
        reach=np.diagonal(both)[touched],
        both=both[np.ix_(touched, touched)],
        exclusive=exclusive[touched],
    )


@njit(nogil=True, cache=True)
def count_overlap(
    first_person: int,
    end_person: int,
    offsets: Int64s,
    ts: Int64s,
    day: Int32s,
    channel: UInt16s,
    touch: UInt8s,
    column: Int64s,
    columns: int,
    window_us: int,
    first_day: int,
    last_day: int,
) -> Int64s:
    """int64[columns + 1, columns]: ``both``, and ``exclusive`` as the last row.

    A touch meets the *latest* earlier touch of every other channel; if that one is out of the window, so are the
    older. ``counted_for[a, b]`` is the last person counted for a pair, so each counts once.
    """
    counts = np.zeros((columns + 1, columns), np.int64)
    counted_for = np.full((columns, columns), -1, np.int64)
    latest = np.full(columns, NEVER, np.int64)
    seen = np.empty(columns, np.int64)
    for p in range(first_person, end_person):
        distinct = 0
        for i in range(offsets[p], offsets[p + 1]):
            if not touch[i] or not first_day <= day[i] <= last_day:
                continue
            a = column[channel[i]]
            for s in range(distinct):
                b = seen[s]
                if b != a and counted_for[a, b] != p and ts[i] - latest[b] <= window_us:
                    counted_for[a, b] = p
                    counted_for[b, a] = p
                    counts[a, b] += 1
                    counts[b, a] += 1
            if latest[a] == NEVER:
                seen[distinct] = a
                distinct += 1
            latest[a] = ts[i]
        for s in range(distinct):
            counts[seen[s], seen[s]] += 1
            latest[seen[s]] = NEVER
        if distinct == 1:
            counts[columns, seen[0]] += 1
    return counts
