"""Medians of many groups at once, without sorting all values together."""

import numpy as np
from numba import njit

from omnidash.journeys.arrays import Floats, Int64s


def grouped_medians(group: Int64s, values: Int64s, groups: int) -> Floats:
    """float64[groups]: the median of ``values`` of each group (0 … groups - 1); NaN for a group without any.

    >>> grouped_medians(np.array([0, 2, 0, 2, 2]), np.array([4, 9, 1, 7, 8]), 3).tolist()
    [2.5, nan, 8.0]
    """
    dealt, bounds = deal_values(group.astype(np.int64, copy=False), values.astype(np.int64, copy=False), groups)
    medians = np.full(groups, np.nan)
    for g in range(groups):
        low, high = int(bounds[g]), int(bounds[g + 1])
        if high > low:
            medians[g] = np.median(dealt[low:high])
    return medians


@njit(nogil=True, cache=True)
def deal_values(group: Int64s, values: Int64s, groups: int) -> tuple[Int64s, Int64s]:
    """``(values by group, bounds int64[groups + 1])``: dealt out by counting, in one pass."""
    bounds = np.zeros(groups + 1, np.int64)
    for i in range(group.size):
        bounds[group[i] + 1] += 1
    for g in range(groups):
        bounds[g + 1] += bounds[g]
    place = bounds[:-1].copy()
    dealt = np.empty(values.size, np.int64)
    for i in range(values.size):
        dealt[place[group[i]]] = values[i]
        place[group[i]] += 1
    return dealt, bounds
