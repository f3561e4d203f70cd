"""Spend: what a channel cost on its local days, in workspace currency.

Formula: sum of cost over the rows of the period. Media cost, agency fees, rent and staff are all spend rows.
Null and zero: a day without a delivered row adds nothing and is *missing*, not zero (``has_spend`` is false); the
sum over a period without any row is 0.

Example: costs 12.30 and 7.70 on two days -> 20.00.
"""

import polars as pl

from omnidash.metrics.metric import Metric
from omnidash.model.messages import N_


def spend() -> pl.Expr:
    """Sum of the channel-day column ``spend`` (Float64, workspace currency)."""
    return pl.col("spend").sum()


METRIC = Metric(
    name="spend",
    title=N_("Spend"),
    unit="money",
    better="neutral",
    definition=N_("Cost of the channels on the chosen days, converted at the rate of each day. Fees count."),
    formula=N_("sum of cost"),
    made_of=("spend",),
)
