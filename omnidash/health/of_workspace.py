"""The rules applied to a workspace: which day is closed for it, and its cases."""

from datetime import UTC, date, datetime, timedelta

import polars as pl

from omnidash.engine.freshness import Freshness
from omnidash.health.closed import closed_through
from omnidash.health.run import RulesResult, run_rules
from omnidash.health.thresholds import Thresholds
from omnidash.metrics.of_workspace import margins_of
from omnidash.store import Workspace

_RETIRED_AFTER = timedelta(days=30)


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


def rules_of(workspace: Workspace, channel_days: pl.DataFrame, fresh: Freshness) -> RulesResult | None:
    """All cases of its history; None where no day is closed yet. ``channel_days``: its channel-day table."""
    closed = closed_through_of(workspace, fresh)
    if closed is None:
        return None
    return run_rules(
        channel_days,
        closed_through=closed,
        thresholds=Thresholds.from_mapping(workspace.settings.thresholds),
        closed_through_by_channel=fresh.spend_last_day_by_channel,
        margin=margins_of(workspace),
    )
