"""The rules applied to a workspace: which day is closed for it, and its cases."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from omnidash.engine.day_notes import notes
from omnidash.engine.deliveries import batch_hours, deliveries_of, source_hours_of
from omnidash.engine.feeds import arrivals, source_days, source_names
from omnidash.engine.freshness import Freshness
from omnidash.health.closed import ENDED_AFTER_DAYS, closed_through, end_of_day, settled_through
from omnidash.health.maturity import completeness, maturity_curve
from omnidash.health.run import Feeds, RulesResult, run_rules
from omnidash.health.thresholds import Thresholds
from omnidash.metrics.of_workspace import margins_of, spend_gaps_of
from omnidash.store import Workspace
from omnidash.store.kept import kept_frame

_METHOD = 1  # goes up where what is kept is asked of the store otherwise
_RETIRED_AFTER = timedelta(days=ENDED_AFTER_DAYS)


def closed_through_of(workspace: Workspace, fresh: Freshness, *, now: datetime | None = None) -> date | None:
    """The last closed local day: ended, and delivered by every source of events and orders; None without data.

    A source that has been silent for more than 30 days beside another one has ended rather than being late, and is
    not waited for. Where there are no events, the spend says how far the data goes. Today is never closed (``now``,
    aware; default: the clock), except that data of less than one whole day is shown at all.
    """
    today = (now or datetime.now(UTC)).astimezone(workspace.settings.zone).date()
    if fresh.watermarks:
        newest = max(fresh.watermarks.values())
        waited_for = [mark for mark in fresh.watermarks.values() if newest - mark <= _RETIRED_AFTER]
        closed = closed_through(min(waited_for), workspace.settings.timezone)
    elif fresh.spend_last_day is not None:
        closed = fresh.spend_last_day
    else:
        return None
    closed = min(closed, today - timedelta(days=1))
    return closed if fresh.first_day is not None and closed >= fresh.first_day else fresh.last_day


def newest_moment(fresh: Freshness, timezone: str) -> datetime | None:
    """How far the events themselves go (naive UTC): what a file states is trusted less, since an export may have been
    cut off in the middle of its last day. Events at midnight sharp come from exports that carry dates only: those go
    to the end of their day. None without events."""
    last = fresh.last_moment
    if last is None:
        return None
    day = last.replace(tzinfo=UTC).astimezone(ZoneInfo(timezone)).date()
    is_date_only = last == end_of_day(day - timedelta(days=1), timezone)
    return end_of_day(day, timezone) if is_date_only else last


def feeds_of(workspace: Workspace, fresh: Freshness, *, closed: date) -> Feeds:
    """Which source delivered when, and up to which day each channel's own sources have. ``closed``: of the
    workspace."""
    version, settings = workspace.version, workspace.settings
    made_of = (_METHOD, version[2], settings.goal)
    days = kept_frame(workspace, "source-days", made_of, lambda: source_days(workspace), version=version)
    of_hours = (*made_of, settings.timezone)
    hours = kept_frame(workspace, "batch-hours", of_hours, lambda: batch_hours(workspace), version=version)
    timezone = settings.timezone
    newest_of_all = newest_moment(fresh, timezone)
    until = {
        source: settled_through(closed_through(mark, timezone), newest_of_all or mark, timezone)
        for source, mark in fresh.watermarks.items()
    }
    newest = max(until.values(), default=closed)
    touches_until: dict[str, date] = {}
    for source, of_source in days.partition_by("source", as_dict=True).items():
        own = until.get(str(source[0]), closed)
        if newest - own > _RETIRED_AFTER:
            continue
        for channel in of_source["channels"].explode().drop_nulls().unique().to_list():
            touches_until[channel] = min(own, touches_until.get(channel, own))
    return Feeds(
        source_days=days,
        data_until=max(newest, closed),
        touches_until=touches_until,
        names=source_names(workspace),
        hours=source_hours_of(hours),
        deliveries=deliveries_of(hours),
        timezone=timezone,
    )


def completeness_of(workspace: Workspace, *, data_until: date) -> dict[date, float]:
    """How complete the conversions of the last days are, learnt from how late they came before."""
    version, goal = workspace.version, workspace.settings.goal
    made_of = (_METHOD, version[2], goal)
    late = kept_frame(workspace, "arrivals", made_of, lambda: arrivals(workspace), version=version)
    curves = [
        maturity_curve(of_source, data_until=data_until)
        for of_source in late.partition_by("source", maintain_order=True)
    ]
    return completeness(curves, data_until=data_until)


def rules_of(
    workspace: Workspace,
    channel_days: pl.DataFrame,
    fresh: Freshness,
    *,
    as_of: date | None = None,
    ltv: Mapping[str, float] | None = None,
    thresholds: Thresholds | None = None,
) -> RulesResult | None:
    """All cases of its history; None where no day is closed yet. ``channel_days``: its channel-day table; ``as_of``:
    what was known on the evening of that day; ``ltv``: lifetime value by channel; ``thresholds``:
    instead of the workspace's own."""
    closed = closed_through_of(workspace, fresh)
    if closed is None:
        return None
    timezone = workspace.settings.timezone
    newest = newest_moment(fresh, timezone)
    if newest is not None:
        closed = settled_through(closed, newest, timezone)
    touched = channel_days.filter(pl.col("touches") > 0)
    feeds = replace(feeds_of(workspace, fresh, closed=closed), spend_gaps=tuple(spend_gaps_of(workspace, touched)))
    spend_until = fresh.spend_last_day_by_channel
    if as_of is not None and as_of < closed:
        closed, feeds = as_of, feeds.as_of(as_of)
        spend_until = {channel: min(last, as_of) for channel, last in spend_until.items()}
    return run_rules(
        channel_days,
        closed_through=closed,
        thresholds=thresholds or Thresholds.from_mapping(workspace.settings.thresholds),
        closed_through_by_channel=spend_until,
        completeness=completeness_of(workspace, data_until=feeds.data_until),
        margin=margins_of(workspace),
        feeds=feeds,
        ltv=ltv,
        noted=notes(workspace),
    )
