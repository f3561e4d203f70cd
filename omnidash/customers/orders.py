"""Customers by their orders in a period; what an order is, see ``omnidash.journeys.orders``."""

import numpy as np
from numpy.typing import NDArray

from omnidash.journeys.orders import orders_by_customer
from omnidash.journeys.table import Journeys
from omnidash.model.period import Period


def customers_of(journeys: Journeys, goal: str, period: Period | None = None) -> NDArray[np.int64]:
    """Orders of each customer in the period, int64 [customers], all at least 1."""
    return orders_by_customer(journeys, goal, period)[1]


def repurchase(orders: NDArray[np.int64]) -> tuple[int, int]:
    """Customers with two orders or more, and all customers."""
    return int((orders >= 2).sum()), len(orders)
