"""The rules applied to a workspace: which day is closed for it, and its cases."""

from datetime import date

import polars as pl

from omnidash.engine.freshness import Freshness
from omnidash.health.closed import closed_through
from omnidash.health.run import RulesResult, run_rules
from omnidash.health.thresholds import Thresholds
from omnidash.metrics.of_workspace import margins_of
from omnidash.store import Workspace


def closed_through_of(workspace: Workspace, fresh: Freshness) -> date | None:
    """The last closed local day: of the events, or of the spend where there are no events; None without data.

    Data of less than one whole day closes with its last day, so that a first small upload is shown at all.
    """
    if fresh.events_watermark is None:
        return fresh.spend_last_day
    closed = closed_through(fresh.events_watermark, workspace.settings.timezone)
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
