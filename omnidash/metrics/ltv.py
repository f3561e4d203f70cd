"""LTV, customer lifetime value: what a customer is worth, realised and predicted.

Formula: realised = margin x net revenue within H days (30, 90, 180, 365) of the first order / customers whose first
order is at least H days old. Predicted: within a year of the first order, realised so far + expected purchases
(BG/NBD) x expected value (Gamma-Gamma), x margin. Both are computed by ``omnidash.customers.value``; this module
holds what is divided. Null and zero: null where no customer is old enough, or too few came back to learn from.

Example: 40 customers at least 90 days old, 9,000 net revenue within 90 days, margin 60 % -> 135.
"""

from omnidash.metrics.metric import Metric, divide
from omnidash.model.messages import N_


def ltv(revenue_within: float, customers_old_enough: int, margin: float = 1.0) -> float | None:
    """Realised LTV; None where no customer is old enough."""
    value = divide(revenue_within, customers_old_enough)
    return None if value is None else margin * value


METRIC = Metric(
    name="ltv",
    title=N_("LTV"),
    unit="money",
    better="up",
    definition=N_(
        "What a customer brings within a year of the first order: realised so far, and expected from how often and "
        "for how "
        "much such customers buy again."
    ),
    formula=N_("margin × (net revenue so far + expected purchases × expected value)"),
)
