"""Rhythm: touches and conversions by weekday and hour of the local clock, per channel.

* Hours are those of the workspace's timezone, with its changes to and from summer time; an hour that is skipped stays
  empty, an hour that comes twice is counted twice. The weekday is that of the event's local day.
* Touches count at their channel. A conversion (event of the goal action) counts at its own time and at the channel of
  the last touch that led to it: not before the person's previous conversion, not older than the lookback, else
  ``(direct)``. So the conversions over all channels are those observed.
* An export that carries only dates puts its rows at midnight. ``at_midnight`` counts what stands exactly there, so
  that a tall midnight can be told from a busy one.

Touches of persons nobody knows are in no journey and not counted here.

>>> found = rhythm(journeys({"ana": "meta@4.5 purchase@4.75"}), zone=ZoneInfo("UTC"))
>>> found.channels, int(found.touches[0, 0, 12]), int(found.conversions[0, 0, 18])
(('meta',), 1, 1)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numba import njit

from omnidash.journeys.arrays import Int32s, Int64s, UInt8s, UInt16s
from omnidash.journeys.parallel import over_slices
from omnidash.journeys.table import Journeys
from omnidash.journeys.touches import DAY_US, channel_columns, day_bounds, days_us
from omnidash.model.defaults import GOAL_ACTION
from omnidash.model.period import Period

HOUR_US = 3_600_000_000
WEEKDAYS, HOURS = 7, 24


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rhythm:
    """``touches`` and ``conversions`` int64[C, 7, 24] by channel (sorted by name), weekday (0 Monday) and hour;
    ``touches_at_midnight``, ``conversions_at_midnight`` int64[C], those at 00:00:00 sharp."""

    channels: tuple[str, ...]
    touches: Int64s
    conversions: Int64s
    touches_at_midnight: Int64s
    conversions_at_midnight: Int64s

    def frame(self) -> pl.DataFrame:
        """[channel String, weekday Int64 (1 Monday), hour, touches, conversions Int64] where there is anything."""
        channel, weekday, hour = np.nonzero(self.touches + self.conversions)
        return pl.DataFrame(
            {
                "channel": pl.Series(self.channels, dtype=pl.String).gather(channel),
                "weekday": weekday + 1,
                "hour": hour,
                "touches": self.touches[channel, weekday, hour],
                "conversions": self.conversions[channel, weekday, hour],
            }
        )


def rhythm(
    journeys: Journeys,
    *,
    zone: ZoneInfo,
    goal: str = GOAL_ACTION,
    lookback_days: float = 30,
    period: Period | None = None,
    threads: int = 2,
) -> Rhythm:
    """Count by weekday and hour. Same result for any number of threads. ValueError where lookback_days <= 0."""
    labels, column = channel_columns(journeys)
    table, size = journeys, len(labels)
    first_us, last_us = (int(table.ts.min()), int(table.ts.max())) if table.events else (0, 0)
    change_us, offset_us = zone_changes(zone, first_us, last_us)
    columns = (table.offsets, table.ts, table.day, table.channel, table.action, table.touch)
    settings = (column, size, journeys.action_code(goal), days_us(lookback_days), *day_bounds(period))
    parts = over_slices(
        journeys, threads, lambda low, high: count_rhythm(low, high, *columns, *settings, change_us, offset_us)
    )
    counts = sum(parts, start=np.zeros((2, size, WEEKDAYS * HOURS + 1), np.int64))
    kept = sorted(np.flatnonzero(counts.sum(axis=(0, 2))), key=lambda c: labels[c])
    by_hour = counts[:, kept, :-1].reshape(2, len(kept), WEEKDAYS, HOURS)
    return Rhythm(
        channels=tuple(labels[c] for c in kept),
        touches=by_hour[0],
        conversions=by_hour[1],
        touches_at_midnight=counts[0, kept, -1],
        conversions_at_midnight=counts[1, kept, -1],
    )


def weekdays_in(period: Period) -> Int64s:
    """int64[7]: how often each weekday (0 Monday) occurs in a period, for averages per day."""
    first = period.first_day.weekday()
    return np.array([(period.days - (w - first) % 7 + 6) // 7 for w in range(WEEKDAYS)], np.int64)


def zone_changes(zone: ZoneInfo, first_us: int, last_us: int) -> tuple[Int64s, Int64s]:
    """``(change_us, offset_us)``: from each instant (µs UTC) on, local time is UTC plus the offset; the first entry
    holds from before ``first_us``. Instants are exact to the second."""
    start = _second(first_us) - timedelta(days=1)
    changes = [(-(2**62), _offset(zone, start))]
    for day in _days(start, _second(last_us) + timedelta(days=1)):
        end = day + timedelta(days=1)
        if _offset(zone, end) != changes[-1][1]:
            low, high = 0, 86_400  # seconds after `day`: the old offset at low, the new one at high
            while high - low > 1:
                middle = (low + high) // 2
                is_old = _offset(zone, day + timedelta(seconds=middle)) == changes[-1][1]
                low, high = (middle, high) if is_old else (low, middle)
            at = day + timedelta(seconds=high)
            changes.append((int(at.timestamp()) * 1_000_000, _offset(zone, at)))
    return np.array([at for at, _ in changes], np.int64), np.array([offset for _, offset in changes], np.int64)


def _second(us: int) -> datetime:
    return datetime.fromtimestamp(us // 1_000_000, UTC)


def _offset(zone: ZoneInfo, at: datetime) -> int:
    offset = zone.utcoffset(at.astimezone(zone))
    assert offset is not None  # a ZoneInfo always knows it
    return round(offset.total_seconds()) * 1_000_000


def _days(start: datetime, end: datetime) -> Iterator[datetime]:
    day = start
    while day < end:
        yield day
        day += timedelta(days=1)


@njit(nogil=True, cache=True)
def count_rhythm(
    first_person: int,
    end_person: int,
    offsets: Int64s,
    ts: Int64s,
    day: Int32s,
    channel: UInt16s,
    action: UInt16s,
    touch: UInt8s,
    column: Int64s,
    columns: int,
    goal: int,
    lookback_us: int,
    first_day: int,
    last_day: int,
    change_us: Int64s,
    offset_us: Int64s,
) -> Int64s:
    """int64[2, columns, 7 × 24 + 1]: touches, conversions; the last place counts what stands at midnight sharp."""
    counts = np.zeros((2, columns, WEEKDAYS * HOURS + 1), np.int64)
    for p in range(first_person, end_person):
        latest, latest_ts = columns - 1, -(2**62)
        z = 0
        for i in range(offsets[p], offsets[p + 1]):
            is_goal = action[i] == goal
            if touch[i]:
                latest, latest_ts = column[channel[i]], ts[i]
            if (touch[i] or is_goal) and first_day <= day[i] <= last_day:
                while z + 1 < change_us.size and change_us[z + 1] <= ts[i]:
                    z += 1
                clock = (ts[i] + offset_us[z]) % DAY_US
                place = (day[i] + 3) % WEEKDAYS * HOURS + clock // HOUR_US  # 1 January 1970 was a Thursday
                if touch[i]:
                    counts[0, column[channel[i]], place] += 1
                    counts[0, column[channel[i]], WEEKDAYS * HOURS] += clock == 0
                if is_goal:
                    c = latest if latest_ts >= ts[i] - lookback_us else columns - 1
                    counts[1, c, place] += 1
                    counts[1, c, WEEKDAYS * HOURS] += clock == 0
            if is_goal:
                latest, latest_ts = columns - 1, -(2**62)
    return counts
