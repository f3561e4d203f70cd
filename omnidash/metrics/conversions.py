"""Conversions: events of the goal action (default: purchase), credited to channels.

Formula: sum of credits, booked on the local day of the conversion. Credits are fractional per channel; over all
channels (with ``(direct)``) they add up to the conversions observed, except under the participation model.
Null and zero: none gives 0.

Example: linear credit of one conversion with touches a, a, b -> a 0.667, b 0.333.
"""

import polars as pl

from omnidash.metrics.metric import Metric
from omnidash.model.messages import N_


def conversions() -> pl.Expr:
    """Sum of the channel-day column ``conversions`` (Float64)."""
    return pl.col("conversions").sum()


METRIC = Metric(
    name="conversions",
    title=N_("Conversions"),
    unit="count",
    better="up",
    definition=N_("Events of the goal action, shared out to channels by the chosen attribution model."),
    formula=N_("sum of conversion credits"),
    made_of=("conversions",),
)
