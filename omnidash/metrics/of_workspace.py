"""The channel-day table of a workspace: the one place where rollups, journeys and attribution meet."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from omnidash.attribution.effect_weights import effect_weights
from omnidash.engine import rollup
from omnidash.engine.refund_days import moved_refunds
from omnidash.engine.refunds import unmatched_refunds
from omnidash.engine.spend_feeds import spend_imports, spend_source_days
from omnidash.journeys.credit import MARKOV, credit_by_day
from omnidash.journeys.table import Journeys
from omnidash.metrics.channel_day import channel_day
from omnidash.metrics.spend_gaps import SpendGap, missing_spend, spend_gaps
from omnidash.store import Workspace
from omnidash.store.kept import kept_frame

_METHOD = 1  # goes up where what is kept is asked of the store otherwise


def channel_days_of(
    workspace: Workspace,
    journeys: Journeys,
    *,
    model: str,
    weights: Mapping[str, float] | None = None,
    persons: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The channel-day table under a model, with the workspace's goal, lookback and basis of refunds. Raises ValueError
    on a model that is unknown. ``weights``: those of ``weights_for``, where they are at hand; ``persons``: as in
    ``journeys_under``, where the journeys are of other persons than the workspace's."""
    settings = workspace.settings
    if weights is None:
        weights = weights_for(workspace, journeys, model=model)

    def credit(table: Journeys) -> pl.DataFrame:
        return credit_by_day(
            table, model=model, goal=settings.goal, lookback_days=settings.lookback_days, weights=weights
        ).frame()

    parts = [credit(journeys), unmatched_refunds(workspace)]
    if settings.refund_basis == "refund":
        for on_order_date, on_refund_date in moved_refunds(workspace, persons):
            parts += [_revenue_alone(credit(on_order_date), -1), _revenue_alone(credit(on_refund_date), 1)]
    credits = pl.concat(parts, how="vertical_relaxed")  # noqa: A001
    touch_days = rollup.touch_days(workspace)
    gaps = spend_gaps_of(workspace, touch_days)
    last_day: Any = touch_days["day"].max()
    missing = missing_spend(gaps, last_day) if gaps else None
    return channel_day(rollup.spend_days(workspace), touch_days, credits, missing_spend=missing)


def spend_gaps_of(workspace: Workspace, touch_days: pl.DataFrame) -> list[SpendGap]:
    """Where its sources of spend delivered nothing while their channels went on. ``touch_days`` [day, channel,
    touches] > 0, of ``engine.rollup`` or of the channel-day table."""
    version = workspace.version
    made_of = (_METHOD, version[2])
    days = kept_frame(workspace, "spend-source-days", made_of, lambda: spend_source_days(workspace), version=version)
    if days.is_empty():
        return []
    return spend_gaps(days, spend_imports(workspace), touch_days)


def weights_for(workspace: Workspace, journeys: Journeys, *, model: str) -> dict[str, float] | None:
    """What a model shares conversions by that looks at all of them together; None for one that looks at each alone."""
    if model != MARKOV:
        return None
    settings = workspace.settings
    return effect_weights(journeys, goal=settings.goal, lookback_days=settings.lookback_days)


def _revenue_alone(credit: pl.DataFrame, sign: int) -> pl.DataFrame:
    """A refund brings money back, no conversion and no customer."""
    return credit.with_columns(conversions=pl.lit(0.0), revenue=sign * pl.col("revenue"), new_customers=pl.lit(0.0))


def margins_of(workspace: Workspace) -> dict[str, float]:
    """Gross margin by channel, ``"*"`` for every channel that has none of its own."""
    settings = workspace.settings
    return {"*": settings.margin, **settings.margin_by_channel}
