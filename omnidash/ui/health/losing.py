"""What losing part of a channel puts at risk, with and without the others stepping in: shared by its page, the stress
test of all channels and the drill."""

import polars as pl

from omnidash.health.migration import MigrationPlan
from omnidash.health.plans import OVERLAP_DAYS, Surroundings, no_receivers, plan_for
from omnidash.health.stress import Stress, stress
from omnidash.metrics.of_workspace import margins_of
from omnidash.ui import compute
from omnidash.ui.health.known import channel_facts, marginal_rois, overlaps
from omnidash.ui.screen import Screen


def surroundings(screen: Screen, days: pl.DataFrame) -> Surroundings:
    """What every plan on screen rests on. ``days``: the channel-day table, or a drill's copy."""
    return Surroundings(
        days=days,
        closed=screen.span.closed_through,
        timezone=screen.workspace.settings.timezone,
        overlap_in=lambda period: overlaps(screen.workspace, period, OVERLAP_DAYS),
        marginal_roi=marginal_rois(screen),
        margin=margins_of(screen.workspace),
        in_trouble=no_receivers(compute.rules(screen.workspace, screen.filters.model), screen.span.closed_through),
    )


def losing(screen: Screen, days: pl.DataFrame, channel: str, *, loss: float) -> tuple[Stress, MigrationPlan]:
    """Losing the part ``loss`` of a channel in the chosen period: revenue a day at risk, and who takes over."""
    period = screen.filters.period
    recent = days.filter(pl.col("day").is_between(period.first_day, period.last_day))
    own = recent.filter(pl.col("channel") == channel)
    evidence = channel_facts(screen).evidence
    plan = plan_for(
        surroundings(screen, days),
        channel,
        lost=loss * float(own["touches"].sum()) / period.days,
        fired_on=screen.span.closed_through,
        before=period,
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
