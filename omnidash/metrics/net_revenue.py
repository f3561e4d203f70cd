"""Net revenue: gross revenue less refunds, credited to channels, on one of two bases (setting ``refund_basis``).

Formula: sum of credited revenue; on the order-date basis (default) a refund lowers the day of its order, on the
refund-date basis (cash) its own day, in either case credited to the channels as its order was. Per channel it is the
revenue the chosen attribution model credits; over all channels (with ``(direct)``) it is the observed net revenue.
Both bases agree over a period that holds the orders and their refunds. Paths and the models that read them value an
order net of its refunds on either basis.
Null and zero: no conversions give 0; refunds may make a day negative.

Example: an order of 100 on the 1st, 30 of it refunded on the 9th -> 70 on the 1st; by refund date 100 on the 1st and
-30 on the 9th.
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
    definition=N_(
        "Revenue less refunds. A refund lowers the day of its order, or its own day where the workspace counts by"
        " refund date. Per channel: as the model credits it."
    ),
    formula=N_("gross revenue − refunds"),
    made_of=("net_revenue",),
)
