"""CAC, customer acquisition cost: spend per new customer.

Formula: sum of spend / sum of new customers credited to the channel under the chosen attribution model. In total:
all spend / all new customers, those without a touch included (blended CAC).
Null and zero: null where no new customer is credited; 0 where customers came without spend.

Example: spend 300, credits 1.5 + 0.5 new customers -> 150.
"""

import polars as pl

from omnidash.metrics.metric import Metric, ratio
from omnidash.model.messages import N_


def cac() -> pl.Expr:
    """Over summed columns ``spend`` and ``new_customers``: Float64, null where new customers are zero."""
    return ratio(pl.col("spend"), pl.col("new_customers"))


METRIC = Metric(
    name="cac",
    title=N_("CAC"),
    unit="money",
    better="down",
    definition=N_("Spend per new customer credited under the chosen attribution model."),
    formula=N_("spend / new customers"),
    made_of=("spend", "new_customers"),
)
