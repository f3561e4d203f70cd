"""Unit traffic cost: spend per touch.

Formula: sum of spend / sum of touches.
Null and zero: null where there are no touches; 0 for free traffic.

Example: spend 50, 1,000 touches -> 0.05 per touch.
"""

import polars as pl

from omnidash.metrics.metric import Metric, ratio
from omnidash.model.messages import N_


def unit_traffic_cost() -> pl.Expr:
    """Over summed ``spend`` and ``touches``: Float64 per touch, null where touches are zero."""
    return ratio(pl.col("spend"), pl.col("touches"))


METRIC = Metric(
    name="unit_traffic_cost",
    title=N_("Cost per touch"),
    unit="money",
    better="down",
    definition=N_("Spend per touch: what one unit of traffic of the channel costs."),
    formula=N_("spend / touches"),
    made_of=("spend", "touches"),
)
