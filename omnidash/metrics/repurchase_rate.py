"""Repurchase rate (复购率): the part of customers who bought more than once in the window.

Formula: customers with >= 2 orders in the window / customers with >= 1. Fully refunded orders do not count as
orders; that is decided where orders are counted.
Null and zero: null where nobody bought.

Example: orders per customer 1, 1, 3, 2 -> 2 / 4 = 50 %.
"""

from omnidash.metrics.metric import Metric, divide
from omnidash.model.messages import N_


def repurchase_rate(repeat_customers: int, customers: int) -> float | None:
    """Customers with >= 2 orders / customers with >= 1; None where there are none.

    Raises ValueError where there are more repeat customers than customers.
    """
    if not 0 <= repeat_customers <= customers:
        raise ValueError(f"repeat_customers {repeat_customers} is not within 0 … {customers}")
    return divide(repeat_customers, customers)


METRIC = Metric(
    name="repurchase_rate",
    title=N_("Repurchase rate"),
    unit="percent",
    better="up",
    definition=N_("Of the customers who bought in the window, the part that bought at least twice."),
    formula=N_("customers with ≥ 2 orders / customers with ≥ 1 order"),
    made_of=("repeat_customers", "customers"),
)
