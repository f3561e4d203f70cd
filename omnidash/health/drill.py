"""A drill: what the rules and plans would say if a channel lost part of its traffic now. In memory; nothing is kept.

The last ``DRILL_DAYS`` closed days of the channel-day table are copied with the touches, conversions and revenue of one
channel times what is left of them; its spend goes on, as it does while nobody has noticed. The traffic-drop rule is run
over the copy with the workspace's limits.

Example: 200 touches a day, 60 % lost on three days -> 80 on each; the rule fires on the first of them.
"""

from collections.abc import Collection, Mapping
from datetime import date, timedelta

import polars as pl

from omnidash.health.cases import Case
from omnidash.health.thresholds import Thresholds
from omnidash.health.traffic_drop import traffic_drop_cases

DRILL_DAYS = 3
_LOOKED_BACK_DAYS = 150  # the rule learns from no more than 12 weeks of comparable days


def drilled(
    channel_day: pl.DataFrame,
    channel: str,
    loss: float,
    *,
    closed_through: date,
    thresholds: Thresholds,
    closed_through_by_channel: Mapping[str, date] | None = None,
    undelivered: Collection[tuple[date, str]] = (),
    promotions: Collection[tuple[date, str]] = (),
) -> tuple[pl.DataFrame, Case | None]:
    """The copy, and the open case the rule finds in it; None where it would not have fired in these days.
    ``undelivered``, ``promotions``: what the rule passes over, see ``traffic_drop``. Raises ValueError where ``loss``
    is no part of the traffic."""
    if not 0.0 < loss < 1.0:
        raise ValueError(f"loss {loss} is not between 0 and 1")
    first = closed_through - timedelta(days=DRILL_DAYS - 1)
    where = (pl.col("channel") == channel) & pl.col("day").is_between(first, closed_through)
    table = channel_day.with_columns(
        pl.when(where)
        .then(pl.col(name) * (1 - loss))
        .otherwise(pl.col(name))
        .cast(channel_day.schema[name])
        .alias(name)
        for name in ("touches", "conversions", "revenue", "new_customers")
    )
    cases = traffic_drop_cases(
        table.filter(pl.col("day") > closed_through - timedelta(days=_LOOKED_BACK_DAYS)),
        closed_through=closed_through,
        thresholds=thresholds,
        closed_through_by_channel=closed_through_by_channel,
        undelivered=undelivered,
        promotions=promotions,
    )
    own = [case for case in cases if case.channel == channel and case.is_open and case.fired_on >= first]
    return table, own[-1] if own else None
