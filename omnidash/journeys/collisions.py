"""Collisions (渠道内耗): paid channels that touch the same person within the same window, and the money in it.

A touch of paid channel a *collides with b* when the person has a touch of another paid channel b at most
``window_days`` × 24 h before or after it, end included. Each touch counts once per channel it collides with, and once
in ``collided`` however many those are. Only touches on local days of the period count, on both sides.

Money: cost_per_touch[a] = spend of a / all touches of a in the period (also those of persons nobody knows, for they
were paid too), and

    spend_in_collision[a] = cost_per_touch[a] × collided[a]
    spend of a pair       = cost_per_touch[a] × touches of a that meet b  +  the same the other way round

A channel with no spend delivered has no cost per touch: null, not zero. It is the money that met a person whom another
paid channel addressed at the same time: the most that better coordination could save, not what is wasted. Pairs overlap
(a touch may meet two channels), so they do not add up to ``spend_in_collision``.

>>> found = collisions(journeys({"ana": "meta@1 tmall@3 meta@20", "bo": "meta@2"}), paid=("meta", "tmall"))
>>> found.channels, found.touches.tolist(), found.collided.tolist(), found.persons
(('meta', 'tmall'), [3, 1], [1, 1], 1)
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numba import njit

from omnidash.journeys.arrays import Bools, Int32s, Int64s, UInt8s, UInt16s
from omnidash.journeys.parallel import over_slices
from omnidash.journeys.table import Journeys
from omnidash.journeys.touches import channel_columns, day_bounds, days_us
from omnidash.model.period import Period

NEVER = -(2**62)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Collisions:
    """For the C paid channels with touches, sorted by name: ``touches`` int64[C] of known persons, ``collided``
    int64[C] of them; ``meeting`` int64[C, C]: touches of the row's channel that collide with the column's.
    ``persons``: who was in any collision."""

    channels: tuple[str, ...]
    touches: Int64s
    collided: Int64s
    meeting: Int64s
    persons: int

    def of_channels(self, cost_per_touch: Mapping[str, float]) -> pl.DataFrame:
        """[channel String, touches, collided Int64, share, cost_per_touch, spend_in_collision Float64 or null], most
        money first."""
        cost = [cost_per_touch.get(channel) for channel in self.channels]
        frame = pl.DataFrame(
            {
                "channel": pl.Series(self.channels, dtype=pl.String),
                "touches": self.touches,
                "collided": self.collided,
                "share": self.collided / np.maximum(self.touches, 1),
                "cost_per_touch": pl.Series(cost, dtype=pl.Float64),
            }
        ).with_columns(spend_in_collision=pl.col("cost_per_touch") * pl.col("collided"))
        return frame.sort(["spend_in_collision", "channel"], descending=[True, False], nulls_last=True)

    def of_pairs(self, cost_per_touch: Mapping[str, float]) -> pl.DataFrame:
        """[a, b String, touches_of_a, touches_of_b Int64, spend Float64 or null] for pairs that meet, most money
        first. ``spend`` is null where a channel of the pair has no cost per touch."""
        rows = []
        for i, a in enumerate(self.channels):
            for j in range(i + 1, len(self.channels)):
                b, of_a, of_b = self.channels[j], int(self.meeting[i, j]), int(self.meeting[j, i])
                if of_a:
                    known = a in cost_per_touch and b in cost_per_touch
                    spend = cost_per_touch[a] * of_a + cost_per_touch[b] * of_b if known else None
                    rows.append((a, b, of_a, of_b, spend))
        schema = {
            "a": pl.String,
            "b": pl.String,
            "touches_of_a": pl.Int64,
            "touches_of_b": pl.Int64,
            "spend": pl.Float64,
        }
        frame = pl.DataFrame(rows, schema=schema, orient="row")
        return frame.sort(["spend", "touches_of_a", "a", "b"], descending=[True, True, False, False], nulls_last=True)


def collisions(
    journeys: Journeys,
    *,
    paid: Collection[str],
    window_days: float = 7,
    period: Period | None = None,
    threads: int = 2,
) -> Collisions:
    """Touches of the ``paid`` channels that collide. Same result for any number of threads. ValueError where
    window_days <= 0."""
    labels, column = channel_columns(journeys)
    is_paid = np.array([label in set(paid) for label in labels], np.bool_)
    table, size = journeys, len(labels)
    columns = (table.offsets, table.ts, table.day, table.channel, table.touch)
    settings = (column, is_paid, days_us(window_days), *day_bounds(period))
    parts = over_slices(journeys, threads, lambda low, high: count_collisions(low, high, *columns, *settings))
    counts = sum(parts, start=np.zeros((size + 3, size), np.int64))
    kept = sorted(np.flatnonzero(counts[size]), key=lambda c: labels[c])
    return Collisions(
        channels=tuple(labels[c] for c in kept),
        touches=counts[size, kept],
        collided=counts[size + 1, kept],
        meeting=counts[:size][np.ix_(kept, kept)],
        persons=int(counts[size + 2, 0]) if size else 0,
    )


@njit(nogil=True, cache=True)
def count_collisions(  # noqa: PLR0912  (the same walk forth and back)
    first_person: int,
    end_person: int,
    offsets: Int64s,
    ts: Int64s,
    day: Int32s,
    channel: UInt16s,
    touch: UInt8s,
    column: Int64s,
    is_paid: Bools,
    window_us: int,
    first_day: int,
    last_day: int,
) -> Int64s:
    """int64[columns + 3, columns]: ``meeting``; then touches, collided, and persons (in its first place).

    Going forth, a touch meets the latest earlier touch of every other channel; going back, the earliest later one. If
    that one is out of the window, so are the others.
    """
    columns = is_paid.size
    counts = np.zeros((columns + 3, columns), np.int64)
    nearest = np.full(columns, NEVER, np.int64)
    place = np.full(columns, -1, np.int64)
    seen = np.empty(columns, np.int64)
    at = np.empty(64, np.int64)
    of = np.empty(64, np.int64)
    meets = np.empty(512, np.bool_)
    for p in range(first_person, end_person):
        longest = offsets[p + 1] - offsets[p]
        if longest > at.size:
            at, of = np.empty(2 * longest, np.int64), np.empty(2 * longest, np.int64)
        n, distinct = 0, 0
        for i in range(offsets[p], offsets[p + 1]):
            c = column[channel[i]]
            if touch[i] and is_paid[c] and first_day <= day[i] <= last_day:
                at[n], of[n] = ts[i], c
                n += 1
                counts[columns, c] += 1
                if place[c] < 0:
                    place[c] = distinct
                    seen[distinct] = c
                    distinct += 1
        if distinct > 1:
            if n * distinct > meets.size:
                meets = np.empty(2 * n * distinct, np.bool_)
            for i in range(n):
                for s in range(distinct):
                    b = seen[s]
                    meets[i * distinct + s] = b != of[i] and at[i] - nearest[b] <= window_us
                nearest[of[i]] = at[i]
            for s in range(distinct):
                nearest[seen[s]] = -NEVER
            has_collided = False
            for i in range(n - 1, -1, -1):
                any_other = False
                for s in range(distinct):
                    b = seen[s]
                    if meets[i * distinct + s] or (b != of[i] and nearest[b] - at[i] <= window_us):
                        counts[of[i], b] += 1
                        any_other = True
                counts[columns + 1, of[i]] += any_other
                has_collided = has_collided or any_other
                nearest[of[i]] = at[i]
            counts[columns + 2, 0] += has_collided
        for s in range(distinct):
            nearest[seen[s]] = NEVER
            place[seen[s]] = -1
    return counts
