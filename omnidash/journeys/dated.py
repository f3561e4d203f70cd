"""Events that carry a date and no time, and so stand at midnight: nothing says which of a day's came first.

An action of a channel counts as dated where more than ``MUCH_AT_MIDNIGHT`` of its events stand at 00:00:00 sharp of
their local day; of events with a time hardly any do. Single events at midnight, as mailings sent there, are not dated.

>>> from zoneinfo import ZoneInfo
>>> from omnidash.journeys.notation import journeys
>>> found = dated_events(journeys({"ana": "meta@4 meta@5 email@4.5 purchase@6"}), ZoneInfo("UTC"))
>>> found.share()
0.75
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import numpy as np

from omnidash.journeys.arrays import Bools, Int64s
from omnidash.journeys.table import Journeys
from omnidash.model.period import day_of_number

MUCH_AT_MIDNIGHT = 0.3
_AT_ONCE = 2_000_000  # events looked at together, so that what is compared stays small


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DatedEvents:
    """``events`` and ``at_midnight`` int64[A, C] by action and channel of the table ('' for none)."""

    events: Int64s
    at_midnight: Int64s

    def share(self, *, chosen: Bools | None = None) -> float:
        """The share of events without a time among those of the cells chosen (bool[A, C or 1]; None: all); 0 where
        there are none."""
        wanted = np.ones(self.events.shape, bool) if chosen is None else np.broadcast_to(chosen, self.events.shape)
        dated = wanted & (self.at_midnight > MUCH_AT_MIDNIGHT * self.events)
        events = int(self.events[wanted].sum())
        return int(self.at_midnight[dated].sum()) / events if events else 0.0


def dated_events(journeys: Journeys, zone: ZoneInfo) -> DatedEvents:
    """Count what stands at midnight of the workspace's clock."""
    shape = (len(journeys.actions), len(journeys.channels))
    events, at_midnight = (np.zeros(shape[0] * shape[1], np.int64) for _ in range(2))
    if journeys.events:
        first, last = int(journeys.day.min()), int(journeys.day.max())
        midnight_us = np.array([_midnight_us(day, zone) for day in range(first, last + 1)], np.int64)
        for begin in range(0, journeys.events, _AT_ONCE):
            part = slice(begin, begin + _AT_ONCE)
            cell = journeys.action[part].astype(np.int64) * shape[1] + journeys.channel[part]
            is_dated = journeys.ts[part] == midnight_us[journeys.day[part] - first]
            events += np.bincount(cell, minlength=events.size)
            at_midnight += np.bincount(cell[is_dated], minlength=events.size)
    return DatedEvents(
        events=events.reshape(shape),
        at_midnight=at_midnight.reshape(shape),
    )


def _midnight_us(day: int, zone: ZoneInfo) -> int:
    local = datetime.combine(day_of_number(day), time(), tzinfo=zone)
    return int((local - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 1_000_000
