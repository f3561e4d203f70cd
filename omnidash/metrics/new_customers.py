"""New customers: persons whose first ever purchase fell on the chosen days, credited to channels.

Formula: sum of credits of first purchases. Credits are fractional per channel.
Null and zero: none gives 0. A person's later purchases never count here.

Example: ana buys for the first time on 3 June and again on 9 June -> 1 new customer, on 3 June.
"""

import polars as pl

from omnidash.metrics.metric import Metric
from omnidash.model.messages import N_


def new_customers() -> pl.Expr:
    """Sum of the channel-day column ``new_customers`` (Float64)."""
    return pl.col("new_customers").sum()


METRIC = Metric(
    name="new_customers",
    title=N_("New customers"),
    unit="count",
    better="up",
    definition=N_("Persons who bought for the first time, shared out to channels by the chosen attribution model."),
    formula=N_("sum of first-purchase credits"),
    made_of=("new_customers",),
)
