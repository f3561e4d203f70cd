"""Reach: how many distinct persons each channel touches, and how often those convert. None of it adds up over channels.

* ``reach``: over the days of a period, persons with at least one touch of the channel, touches, and converters: of
  those persons, the ones with a goal event in the period at or after such a touch, at most the lookback later.
* ``daily_reach``: distinct persons and touches per local day.
* ``cross_channel``: does touching several channels go with converting? Every person reached in the period is in one
  class, by their touches on its days alone, whether they converted or not: several channels (multi) or exactly one
  (single), so multi + single = persons reached. A multi person is a converter where, in journey order, two or more
  distinct channels stand in the lookback up to one of their goal events in the period; a single person where at
  least one does. The lookback includes both its ends, may begin before the period and is not cut by an earlier
  conversion. Touches that name no channel are touches of one channel, ``(unknown)``.

Ana read two channels, then bought. Dan met his second channel after buying: several channels, but they did not lead to
the purchase. Bo touched one channel and did not buy; Cy bought without any touch and is in neither class.

>>> people = {"ana": "search@1 email@3 purchase@4", "dan": "search@1 purchase@2 email@3", "bo": "email@2"}
>>> result = cross_channel(journeys(people | {"cy": "purchase@1"}))
>>> result.multi_persons, result.multi_converters, result.multi_rate
(2, 1, 0.5)
>>> result.single_persons, result.single_converters, result.single_rate
(1, 0, 0.0)
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from omnidash.journeys import reach_kernels as kernels
from omnidash.journeys.arrays import Int64s, UInt8s
from omnidash.journeys.parallel import over_slices
from omnidash.journeys.table import Journeys
from omnidash.journeys.touches import channel_columns, day_axis, day_bounds, days_us
from omnidash.model.defaults import GOAL_ACTION
from omnidash.model.period import Period, day_of_number


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reach:
    """Persons, touches and converters int64[C] of ``channels``, and the same over all channels (persons once)."""

    channels: tuple[str, ...]
    persons: Int64s
    touches: Int64s
    converters: Int64s
    total_persons: int
    total_touches: int
    total_converters: int

    def frame(self) -> pl.DataFrame:
        """[channel String, persons, touches, converters Int64] for channels with a touch, sorted by channel."""
        return (
            pl.DataFrame(
                {
                    "channel": pl.Series(self.channels, dtype=pl.String),
                    "persons": self.persons,
                    "touches": self.touches,
                    "converters": self.converters,
                }
            )
            .filter(pl.col("touches") > 0)
            .sort("channel")
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DailyReach:
    """Persons and touches int64[D, C] by local day from ``first_day`` and by channel; ``total_persons`` int64[D]."""

    first_day: date
    channels: tuple[str, ...]
    persons: Int64s
    touches: Int64s
    total_persons: Int64s

    def frame(self) -> pl.DataFrame:
        """[day Date, channel String, persons, touches Int64] where there are touches, sorted by day, channel."""
        day, column = np.nonzero(self.touches)
        first = (self.first_day - date(1970, 1, 1)).days
        return pl.DataFrame(
            {
                "day": pl.Series(day + first, dtype=pl.Int32).cast(pl.Date),
                "channel": pl.Series(self.channels, dtype=pl.String).gather(column),
                "persons": self.persons[day, column],
                "touches": self.touches[day, column],
            }
        ).sort("day", "channel")


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossChannel:
    """Persons reached by several channels (multi) or exactly one (single), and those who converted after as many."""

    multi_persons: int
    multi_converters: int
    single_persons: int
    single_converters: int

    @property
    def multi_rate(self) -> float | None:
        """Cross-channel conversion rate; None where nobody touched several channels."""
        return self.multi_converters / self.multi_persons if self.multi_persons else None

    @property
    def single_rate(self) -> float | None:
        """Single-channel conversion rate; None where nobody touched exactly one."""
        return self.single_converters / self.single_persons if self.single_persons else None


def reach(
    journeys: Journeys,
    *,
    period: Period | None = None,
    goal: str = GOAL_ACTION,
    lookback_days: float = 30,
    threads: int = 2,
) -> Reach:
    """Persons reached per channel in a period (None: all days). ValueError where lookback_days <= 0."""
    labels, settings = _settings(journeys, goal, lookback_days, period)
    parts = over_slices(
        journeys, threads, lambda low, high: kernels.count_reach(low, high, *_columns(journeys), *settings)
    )
    counts = np.sum(parts, axis=0) if parts else np.zeros((3, len(labels) + 1), np.int64)
    persons, touches, converters = counts
    return Reach(
        channels=labels,
        persons=persons[:-1],
        touches=touches[:-1],
        converters=converters[:-1],
        total_persons=int(persons[-1]),
        total_touches=int(touches[-1]),
        total_converters=int(converters[-1]),
    )


def daily_reach(journeys: Journeys, *, period: Period | None = None, threads: int = 2) -> DailyReach:
    """Distinct persons and touches per local day and channel, on the days of a period (None: of the table)."""
    labels, column = channel_columns(journeys)
    first_day, days = day_axis(journeys, period)
    table = journeys
    columns = (table.offsets, table.day, table.channel, table.touch, column, len(labels), first_day, days)
    parts = over_slices(journeys, threads, lambda low, high: kernels.count_daily(low, high, *columns))
    counts = np.sum(parts, axis=0) if parts else np.zeros((2, days, len(labels) + 1), np.int64)
    return DailyReach(
        first_day=day_of_number(first_day),
        channels=labels,
        persons=counts[0, :, :-1],
        touches=counts[1, :, :-1],
        total_persons=counts[0, :, -1],
    )


def cross_channel(
    journeys: Journeys,
    period: Period | None = None,
    goal: str = GOAL_ACTION,
    lookback_days: float = 30,
    *,
    threads: int = 2,
) -> CrossChannel:
    """Persons reached in a period (None: all days) by one channel or several, and the converters among them.

    ``lookback_days`` (24 h each) bounds the touches before a ``goal`` event. ValueError where lookback_days <= 0.
    """
    found = cross_channel_classes(journeys, period, goal, lookback_days, threads=threads)
    _, single, multi, single_converted, multi_converted = np.bincount(found, minlength=5)[:5].tolist()
    return CrossChannel(
        multi_persons=multi + multi_converted,
        multi_converters=multi_converted,
        single_persons=single + single_converted,
        single_converters=single_converted,
    )


def cross_channel_classes(
    journeys: Journeys,
    period: Period | None = None,
    goal: str = GOAL_ACTION,
    lookback_days: float = 30,
    *,
    threads: int = 2,
) -> UInt8s:
    """uint8[P], what ``cross_channel`` counts: 0 not reached in the period, 1 reached by one channel, 2 by several; 3
    and 4: the same, and converted after as many."""
    _, settings = _settings(journeys, goal, lookback_days, period)
    parts = over_slices(
        journeys, threads, lambda low, high: kernels.class_cross_channel(low, high, *_columns(journeys), *settings)
    )
    return np.concatenate(parts) if parts else np.zeros(0, np.uint8)


def _columns(table: Journeys) -> tuple[object, ...]:
    return table.offsets, table.ts, table.day, table.channel, table.action, table.touch


def _settings(
    journeys: Journeys, goal: str, lookback_days: float, period: Period | None
) -> tuple[tuple[str, ...], tuple[object, ...]]:
    labels, column = channel_columns(journeys)
    goal_code = journeys.action_code(goal)
    return labels, (column, len(labels), goal_code, days_us(lookback_days), *day_bounds(period))
