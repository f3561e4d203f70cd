"""Orders per customer, straight from the journey table.

A customer is a person with a goal event in the period; several goal events are several orders. An order whose net
revenue is zero or less was returned in full (or never paid for) and is no order, except where no order has any
revenue at all, as in a lead business: then every goal event counts.
"""

import numpy as np
from numpy.typing import NDArray

from omnidash.journeys.table import Journeys
from omnidash.journeys.touches import day_bounds
from omnidash.model.period import Period


def customers_of(journeys: Journeys, goal: str, period: Period | None = None) -> NDArray[np.int64]:
    """Orders of each customer in the period, int64 [customers], all at least 1."""
    first, last = day_bounds(period)
    is_order = (journeys.action == journeys.action_code(goal)) & (journeys.day >= first) & (journeys.day <= last)
    rows = np.flatnonzero(is_order)
    revenue = journeys.revenue[rows]
    if (revenue > 0).any():
        rows = rows[revenue > 0]
    person = np.searchsorted(journeys.offsets, rows, side="right")
    _, orders = np.unique(person, return_counts=True)
    return orders.astype(np.int64)


def repurchase(orders: NDArray[np.int64]) -> tuple[int, int]:
    """Customers with two orders or more, and all customers."""
    return int((orders >= 2).sum()), len(orders)
