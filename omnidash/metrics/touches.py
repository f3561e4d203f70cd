"""Touches (traffic): events that count as marketing contact.

Formula: number of touch events on the chosen local days. Anonymous touches count; purchase, refund and service
events do not, unless the stage table says so.
Null and zero: none gives 0. ``(direct)`` never has touches.

Example: two page views and one purchase -> 2.
"""

import polars as pl

from omnidash.metrics.metric import Metric
from omnidash.model.messages import N_


def touches() -> pl.Expr:
    """Sum of the channel-day column ``touches`` (Int64)."""
    return pl.col("touches").sum()


METRIC = Metric(
    name="touches",
    title=N_("Touches"),
    unit="count",
    better="up",
    definition=N_("Events that count as marketing contact on the chosen days: the traffic of a channel."),
    formula=N_("number of touches"),
    made_of=("touches",),
)
