"""The channel-day table of a workspace: the one place where rollups, journeys and attribution meet."""

import polars as pl

from omnidash.engine import rollup
from omnidash.engine.refunds import unmatched_refunds
from omnidash.journeys.credit import credit_by_day
from omnidash.journeys.table import Journeys
from omnidash.metrics.channel_day import channel_day
from omnidash.store import Workspace


def channel_days_of(workspace: Workspace, journeys: Journeys, *, model: str) -> pl.DataFrame:
    """The channel-day table under a rule model, with the workspace's goal and lookback. Raises WrongUse on a model
    that is unknown."""
    settings = workspace.settings
    credit = credit_by_day(journeys, model=model, goal=settings.goal, lookback_days=settings.lookback_days)
    credits = pl.concat([credit.frame(), unmatched_refunds(workspace)], how="vertical_relaxed")  # noqa: A001
    return channel_day(rollup.spend_days(workspace), rollup.touch_days(workspace), credits)


def margins_of(workspace: Workspace) -> dict[str, float]:
    """Gross margin by channel, ``"*"`` for every channel that has none of its own."""
    settings = workspace.settings
    return {"*": settings.margin, **settings.margin_by_channel}
