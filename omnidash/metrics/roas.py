"""ROAS, return on ad spend (投产比): net revenue per unit of spend, shown as 1 : 2.4.

Formula: sum of credited net revenue / sum of spend.
Null and zero: null where spend is zero.

Example: revenue 240, spend 100 -> 2.4.
"""

import polars as pl

from omnidash.metrics.metric import Metric, ratio
from omnidash.model.messages import N_


def roas() -> pl.Expr:
    """Over summed columns ``revenue`` and ``spend``: Float64, null where spend is zero."""
    return ratio(pl.col("revenue"), pl.col("spend"))


METRIC = Metric(
    name="roas",
    title=N_("ROAS"),
    unit="ratio",
    better="up",
    definition=N_("Net revenue credited to the channel per unit of spend. No spend, no ROAS."),
    formula=N_("net revenue / spend"),
    made_of=("net_revenue", "spend"),
)
