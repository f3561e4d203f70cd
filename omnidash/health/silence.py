"""Feed-silent and spend-without-events rules: nothing arrived where something always did. Missing is not zero.

Two levels. A *source* (``silent_sources``) brings nothing while the data of others goes on. A *channel*
(``silent_channels``) has days without a single touch: with money spent on them (tracking or mapping is broken) or
without. What is too improbable to be chance is told in one way for both, by weekday and size (``cadence``). The days of
a silent source are said once, for the source, and not again for its channels.

A rule fires once, on the day that is certain; it is over on the first day with data. Within ``ANSWER_HOURS`` of its end
the feed should be back, or the fall-back source in use that the workspace names for the channel
(``Thresholds.fallback_sources``).

Example: 40 touches a day, then none on 12 June while 300 were spent -> spend without events since 12 June.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl

from omnidash.health.cases import Case
from omnidash.health.closed import end_of_day
from omnidash.health.grid import Floats, Grid
from omnidash.health.silent_channels import SPEND_WITHOUT_EVENTS, channel_silences
from omnidash.health.silent_sources import FEED_SILENT, SOURCE_DAYS, days_between, fallbacks, source_case, source_waits
from omnidash.health.thresholds import Thresholds
from omnidash.model.defaults import DIRECT, UNKNOWN
from omnidash.model.messages import Name

__all__ = [
    "ANSWER_HOURS",
    "FEED_SILENT",
    "SOURCE_DAYS",
    "SPEND_WITHOUT_EVENTS",
    "Silences",
    "answer_by",
    "fallbacks",
    "silence_cases",
]

ANSWER_HOURS = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Silences:
    """The cases; ``undelivered``: (day, channel) on which a channel's source, or the channel itself, brought nothing,
    also where it has not been so for long enough to be a case; ``without_goal``: days on which a source of
    conversions brought nothing."""

    cases: list[Case]
    undelivered: frozenset[tuple[date, str]]
    without_goal: frozenset[date]


def silence_cases(
    channel_day: pl.DataFrame,
    *,
    closed_through: date,
    thresholds: Thresholds,
    source_days: pl.DataFrame | None = None,
    data_until: date | None = None,
    names: Mapping[str, Name] | None = None,
    passed_over: Collection[tuple[date, str]] = (),
    days_passed_over: Collection[date] = (),
) -> Silences:
    """All silences of history. ``source_days``: days on which each source delivered (``engine.feeds.source_days``);
    ``data_until``: the last day the newest source has closed, up to which the others are waited for; ``names``: what a
    person calls each source; ``passed_over``: (day, channel) known to be broken, which are undelivered and nobody's
    news; ``days_passed_over``: days on which everything was, also what belongs to no channel."""
    undelivered: set[tuple[date, str]] = set(passed_over)
    without_goal: set[date] = set(days_passed_over)
    cases: list[Case] = []
    if source_days is not None and not source_days.is_empty():
        last_day = data_until or closed_through
        delivered = _delivered(source_days)
        touched = {day for day, _channel in delivered}
        for (source,), of_source in source_days.sort("source", "day").group_by("source", maintain_order=True):
            waits = source_waits(of_source["day"].to_list(), of_source["rows"].to_list(), last_day)
            channels = {c for listed in of_source["channels"].to_list() for c in listed}
            has_goal = bool(of_source["has_goal"].any())
            undelivered |= {(day, channel) for day in waits.pending for channel in channels} - delivered
            without_goal |= set(waits.pending) if has_goal else set()
            for gap in waits.gaps:
                silent = days_between(gap.last_good, gap.back or last_day + timedelta(days=1))
                is_known = all(
                    day in days_passed_over
                    or (bool(channels) and all((day, channel) in passed_over for channel in channels))
                    for day in silent
                )
                if not is_known:
                    name = (names or {}).get(str(source))
                    go_on = has_goal and not channels and touched.issuperset(silent)  # orders alone
                    cases.append(source_case(str(source), of_source, gap, thresholds, name, touches_go_on=go_on))
                undelivered |= {(day, channel) for day in silent for channel in channels}
                without_goal |= set(silent) if has_goal else set()
    quiet: set[tuple[date, str]] = set()
    grid = Grid.of(channel_day, closed_through=closed_through)
    if grid.days:
        spent = _spent_on_the_day(channel_day, grid)
        for column, channel in enumerate(grid.channels):
            if channel != UNKNOWN:
                found, days_without = channel_silences(grid, column, spent[:, column], undelivered, thresholds)
                cases += found
                quiet |= {(day, channel) for day in days_without}
    return Silences(
        cases=[case for case in cases if thresholds.is_on(case.rule)],
        undelivered=frozenset(undelivered | quiet),
        without_goal=frozenset(without_goal),
    )


def _delivered(source_days: pl.DataFrame) -> set[tuple[date, str]]:
    """(day, channel) of which any source brought a touch."""
    return set(source_days.select("day", "channels").explode("channels").drop_nulls().unique().iter_rows())


def _spent_on_the_day(channel_day: pl.DataFrame, grid: Grid) -> Floats:
    """Spend [D, C] without the shares of longer bills."""
    table = channel_day.filter((pl.col("day") <= grid.days[-1]) & (pl.col("channel") != DIRECT)).sort("day", "channel")
    amounts = table.select(pl.when("is_spread").then(0.0).otherwise(pl.col("spend"))).to_series().to_numpy()
    return amounts.reshape(grid.spend.shape).astype(np.float64)


def answer_by(fired_on: date, timezone: str) -> datetime:
    """Until when a silent feed should be back or replaced, naive UTC, 2 hours after the end of the day it fired on."""
    return end_of_day(fired_on, timezone) + timedelta(hours=ANSWER_HOURS)
