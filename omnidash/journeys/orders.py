"""Orders per customer, straight from the journey table.

A customer is a person with a goal event in the period; several goal events are several orders. An order whose net
revenue is zero or less was returned in full (or never paid for) and is no order, except where no order has any
revenue at all, as in a lead business: then every goal event counts.
"""

import numpy as np

from omnidash.journeys.arrays import Int64s
from omnidash.journeys.table import Journeys
from omnidash.journeys.touches import day_bounds
from omnidash.model.period import Period


def orders_by_customer(journeys: Journeys, goal: str, period: Period | None = None) -> tuple[Int64s, Int64s]:
    """``(persons, orders)``, int64 [customers] both: each customer's place in the journey table, ascending, and their
    orders in the period, all at least 1."""
    first, last = day_bounds(period)
    is_order = (journeys.action == journeys.action_code(goal)) & (journeys.day >= first) & (journeys.day <= last)
    rows = np.flatnonzero(is_order)
    revenue = journeys.revenue[rows]
    if (revenue > 0).any():
        rows = rows[revenue > 0]
    person = np.searchsorted(journeys.offsets, rows, side="right") - 1
    persons, orders = np.unique(person, return_counts=True)
    return persons.astype(np.int64), orders.astype(np.int64)
