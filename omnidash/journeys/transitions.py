"""Transitions: what comes next. For every touch on a path, the channel of the next, or how the path ended.

Every path (see ``paths``) goes (start) → its channels → (conversion) or (null), and each pair of neighbours counts once
per occurrence; so what enters a channel equals what leaves it. The same figures as ``paths.transitions``, counted
without spelling out the paths.

>>> transition_counts(journeys({"ana": "search@1 email@3 purchase@4=20", "bo": "email@2"})).rows()[:2]
[('(start)', 'email', 1), ('(start)', 'search', 1)]
"""

import numpy as np
import polars as pl
from numba import njit

from omnidash.journeys.arrays import Bools, Int64s, UInt32s
from omnidash.journeys.paths import CONVERSION, NULL, START
from omnidash.journeys.single_paths import single_paths
from omnidash.journeys.table import Journeys
from omnidash.model.defaults import GOAL_ACTION
from omnidash.model.period import Period


def transition_counts(
    journeys: Journeys,
    *,
    goal: str = GOAL_ACTION,
    lookback_days: float = 30,
    collapse: bool = False,
    period: Period | None = None,
    threads: int = 2,
) -> pl.DataFrame:
    """[source, target String, paths Int64], sorted by source, target. ValueError where lookback_days <= 0."""
    found = single_paths(
        journeys, goal=goal, lookback_days=lookback_days, collapse=collapse, period=period, threads=threads
    )
    counts = count_neighbours(found.codes, found.bounds, found.converted, len(found.labels))
    names = pl.Series([*found.labels, START, CONVERSION, NULL], dtype=pl.String)
    source, target = np.nonzero(counts)
    frame = pl.DataFrame(
        {"source": names.gather(source), "target": names.gather(target), "paths": counts[source, target]}
    )
    return frame.sort("source", "target")


@njit(nogil=True, cache=True)
def count_neighbours(codes: UInt32s, bounds: Int64s, converted: Bools, columns: int) -> Int64s:
    """int64[columns + 3, columns + 3]: the columns, then (start), (conversion), (null)."""
    start, conversion, null = columns, columns + 1, columns + 2
    counts = np.zeros((columns + 3, columns + 3), np.int64)
    for path in range(converted.size):
        before = start
        for i in range(bounds[path], bounds[path + 1]):
            counts[before, codes[i]] += 1
            before = int(codes[i])
        counts[before, conversion if converted[path] else null] += 1
    return counts
