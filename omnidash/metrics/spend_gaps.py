"""Spend that did not come: days whose spend a source should have delivered. Missing is not zero.

A spend export that stops leaves no rows, and no rows look like nothing spent. So a source of spend is missing from the
day on which it is later than its longest wait of 56 days, and than the longest step between two of its last eight
imports (who imports spend on Mondays is not late on a Thursday), by two days; provided that channels it pays for *go
on*: over these days half or more of the touches of the same weekdays of the four weeks before. Those channels' spend is
missing from its first day without a row until it is back, or for ``ENDED_AFTER_DAYS`` days: then it has ended.

Not missing: where touches fell with the spend (switched off on purpose), a channel that stopped while others of its
source go on, what another source delivers, and bills of longer ranges, which come when they come.

Only days before a gap and its first days enter into it: a history cut off says what the whole one says.

Example: rows of 聚光 end on 20 November, its 60 touches a day go on -> missing since 21 November, known on the 23rd.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

import polars as pl

from omnidash.model.defaults import ENDED_AFTER_DAYS

_MINIMUM_DAYS = 14
_USUAL_GAP_DAYS = 56
_USUAL_IMPORTS = 8
_DOUBT_DAYS = 2
_PAID_FOR_DAYS = 28
_USUAL_WEEKS = 4
_GOES_ON = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendGap:
    """``last_good``: last day with spend of the source; ``noticed``: day on which it was too late; ``back``: first day
    with spend again, or on which it had ended (``has_ended``), None while neither; ``channels``: that go on;
    ``usual_days``: the longest wait that had been usual."""

    source: str
    channels: tuple[str, ...]
    last_good: date
    noticed: date
    back: date | None
    has_ended: bool
    usual_days: int

    def as_of(self, day: date) -> "SpendGap | None":
        """What was known of it on the evening of a day; None where it was not."""
        if self.noticed > day:
            return None
        if self.back is None or self.back <= day:
            return self
        return SpendGap(
            source=self.source, channels=self.channels, last_good=self.last_good, noticed=self.noticed, back=None,
            has_ended=False, usual_days=self.usual_days,
        )  # fmt: skip


def spend_gaps(source_days: pl.DataFrame, imports: pl.DataFrame, touch_days: pl.DataFrame) -> list[SpendGap]:
    """All gaps of history, in order of source and time. ``source_days``, ``imports``: see ``engine.spend_feeds``;
    ``touch_days`` [day, channel, touches]."""
    if source_days.is_empty() or touch_days.is_empty():
        return []
    touches: dict[tuple[str, date], float] = {
        (channel, day): count for channel, day, count in touch_days.select("channel", "day", "touches").iter_rows()
    }
    last_day = max(day for _channel, day in touches)
    paid = {
        (channel, day)
        for day, channel in source_days.select("day", "channels").explode("channels").drop_nulls().iter_rows()
    }
    found: list[SpendGap] = []
    for (source,), of_source in source_days.sort("source", "day").group_by("source", maintain_order=True):
        steps = imports.filter(pl.col("source") == source)["last_day"].to_list()
        found += _of_source(str(source), of_source, steps, touches, paid, last_day)
    return found


def missing_spend(gaps: Sequence[SpendGap], last_day: date) -> pl.DataFrame:
    """[day, channel] whose spend is missing, distinct, up to ``last_day``."""
    pairs = {
        (gap.last_good + timedelta(days=step), channel)
        for gap in gaps
        for step in range(1, ((gap.back or last_day + timedelta(days=1)) - gap.last_good).days)
        for channel in gap.channels
    }
    return pl.DataFrame(sorted(pairs), schema={"day": pl.Date, "channel": pl.String}, orient="row")


def _of_source(
    source: str,
    of_source: pl.DataFrame,
    imports: list[date],
    touches: dict[tuple[str, date], float],
    paid: set[tuple[str, date]],
    last_day: date,
) -> list[SpendGap]:
    days = of_source["day"].to_list()
    spread = of_source["spread_days"].to_list()
    channels = of_source["channels"].to_list()
    gaps: list[SpendGap] = []
    usual: list[tuple[date, int]] = []
    for place, day in enumerate(days):
        back = days[place + 1] if place + 1 < len(days) else None
        longest = max([wait for at, wait in usual if (day - at).days <= _USUAL_GAP_DAYS], default=1)
        late_days = max(longest, _import_step(imports, day)) + _DOUBT_DAYS
        noticed = day + timedelta(days=late_days)
        is_late = noticed < back if back is not None else noticed <= last_day
        if is_late and place + 1 >= _MINIMUM_DAYS and spread[place] <= 1:
            since = day - timedelta(days=_PAID_FOR_DAYS)
            paid_for = {
                c for at, listed in zip(days[: place + 1], channels, strict=False) if at > since for c in listed
            }
            going_on = [c for c in sorted(paid_for) if _goes_on(c, day, noticed, touches, paid)]
            ended = noticed + timedelta(days=ENDED_AFTER_DAYS)
            has_ended = ended <= (back or last_day)
            if going_on:
                gaps.append(
                    SpendGap(source=source, channels=tuple(going_on), last_good=day, noticed=noticed,
                             back=ended if has_ended else back, has_ended=has_ended, usual_days=longest)
                )  # fmt: skip
                continue
        if back is not None and not is_late:
            usual.append((back, (back - day).days))
    return gaps


def _import_step(imports: list[date], until: date) -> int:
    """The longest step in days between the last days of successive imports that went no further than a day."""
    reached = sorted({last for last in imports if last <= until})[-_USUAL_IMPORTS - 1 :]
    return max([(after - before).days for before, after in pairwise(reached)], default=1)


def _goes_on(
    channel: str, last_good: date, noticed: date, touches: dict[tuple[str, date], float], paid: set[tuple[str, date]]
) -> bool:
    """Whether nobody delivers its spend, and its touches do not fall with it."""
    days = [last_good + timedelta(days=step) for step in range(1, (noticed - last_good).days + 1)]
    if any((channel, day) in paid for day in days):
        return False
    came = sum(touches.get((channel, day), 0.0) for day in days)
    usual = sum(_usual(channel, day, last_good, touches) for day in days)
    return usual > 0 and came >= _GOES_ON * usual


def _usual(channel: str, day: date, last_good: date, touches: dict[tuple[str, date], float]) -> float:
    """Median of the same weekday of the four weeks up to ``last_good``."""
    first = last_good - timedelta(days=(last_good - day).days % 7)
    return float(median(touches.get((channel, first - timedelta(weeks=week)), 0.0) for week in range(_USUAL_WEEKS)))
