"""Net revenue: gross revenue less refunds, credited to channels, on the order-date basis.

Formula: sum of credited revenue; a refund lowers the day of its order. Per channel it is the revenue the chosen
attribution model credits; over all channels (with ``(direct)``) it is the observed net revenue.
Null and zero: no conversions give 0; refunds may make a day negative.

Example: an order of 100 with a later refund of 30 -> 70 on the day of the order.
"""

import polars as pl

from omnidash.metrics.metric import Metric
from omnidash.model.messages import N_


def net_revenue() -> pl.Expr:
    """Sum of the channel-day column ``revenue`` (Float64, workspace currency)."""
    return pl.col("revenue").sum()


METRIC = Metric(
    name="net_revenue",
    title=N_("Net revenue"),
    unit="money",
    better="up",
    definition=N_("Revenue less refunds; a refund lowers the day of its order. Per channel: as the model credits it."),
    formula=N_("gross revenue − refunds"),
)
