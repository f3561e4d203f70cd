"""What losing part of a channel puts at risk, with and without the others stepping in: shared by its page, the stress
test of all channels and the drill."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from omnidash.health.migration import MigrationPlan, migration_plan
from omnidash.health.stress import Stress, stress
from omnidash.metrics.of_workspace import margins_of
from omnidash.model.period import Period
from omnidash.ui.health.known import channel_facts, marginal_rois, overlaps
from omnidash.ui.screen import Screen

OVERLAP_DAYS = 30


def migration_of(
    screen: Screen, channel: str, *, lost: float, fired_on: date, before: Period, days: pl.DataFrame
) -> MigrationPlan:
    """Who takes over ``lost`` touches a day, from what the others have shown they can take and whom they reach already.
    ``before``: the days on which overlap is looked at; ``days``: the channel-day table."""
    overlap_share, persons = _shared_with(screen, channel, before)
    return migration_plan(
        channel,
        days,
        lost=lost,
        fired_on=fired_on,
        closed_through=screen.span.closed_through,
        timezone=screen.workspace.settings.timezone,
        overlap_share=overlap_share,
        shared_persons=persons,
        marginal_roi=marginal_rois(screen),
        margin=margins_of(screen.workspace),
    )


def losing(screen: Screen, days: pl.DataFrame, channel: str, *, loss: float) -> tuple[Stress, MigrationPlan]:
    """Losing the part ``loss`` of a channel in the chosen period: revenue a day at risk, and who takes over."""
    period = screen.filters.period
    recent = days.filter(pl.col("day").is_between(period.first_day, period.last_day))
    own = recent.filter(pl.col("channel") == channel)
    evidence = channel_facts(screen).evidence
    plan = migration_of(
        screen,
        channel,
        lost=loss * float(own["touches"].sum()) / period.days,
        fired_on=screen.span.closed_through,
        before=period,
        days=days,
    )
    found = stress(
        channel,
        loss_share=loss,
        credited=float(own["revenue"].sum()) / period.days,
        all_revenue=float(recent["revenue"].sum()) / period.days,
        sole_share=evidence.sole_share.get(channel, 0.0),
        removal_effect=evidence.removal_effect.get(channel, 0.0),
        brought_back=lambda loss_a_day: plan.revenue_back(loss_a_day)[0],
    )
    return found, plan


def _shared_with(screen: Screen, channel: str, period: Period) -> tuple[Mapping[str, float], Mapping[str, int]]:
    """Of the channel's persons: which part, and how many, each other channel reaches as well."""
    rows = overlaps(screen.workspace, period, OVERLAP_DAYS).frame().filter(pl.col("a") == channel)
    return dict(rows.select("b", "share_of_a").iter_rows()), dict(rows.select("b", "persons").iter_rows())
