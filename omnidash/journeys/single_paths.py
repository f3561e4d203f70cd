"""Single paths: every path of every person, not yet grouped, with the person who went it.

What ``omnidash.journeys.paths`` defines a path to be; here each stands for itself, so that persons can be re-weighted
(bootstrap) and a path knows whether its conversion was the person's first ever.

>>> found = single_paths(journeys({"ana": "search@1 email@3 purchase@4=20", "bo": "email@2"}))
>>> found.labels, found.codes.tolist(), found.bounds.tolist(), found.converted.tolist(), found.person.tolist()
(('(unknown)', 'email', 'search', '(direct)'), [2, 1, 1], [0, 2, 3], [True, False], [0, 1])
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from omnidash.journeys.arrays import Bools, Floats, Int64s, UInt32s
from omnidash.journeys.parallel import over_slices
from omnidash.journeys.table import Journeys
from omnidash.journeys.touches import columns_of, day_bounds, days_us
from omnidash.journeys.walk_kernels import emit_paths
from omnidash.model.defaults import GOAL_ACTION
from omnidash.model.period import Period


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SinglePaths:
    """N paths of T touches in the order of persons and time.

    ``labels``: names of the channels (or campaigns), ``(unknown)`` first, ``(direct)`` last; ``codes`` uint32[T]
    positions in ``labels``, path i is ``codes[bounds[i]:bounds[i + 1]]``; ``converted`` bool[N]; ``value`` float64[N],
    revenue in workspace currency; ``person`` int64[N] position in the journey table; ``is_new`` bool[N]: it ends in
    the person's first conversion ever; ``lag_us`` int64[N] from its first touch to its conversion (to its last touch
    where it led to none), -1 for a conversion without a touch.
    """

    labels: tuple[str, ...]
    codes: UInt32s = field(repr=False)
    bounds: Int64s = field(repr=False)
    converted: Bools = field(repr=False)
    value: Floats = field(repr=False)
    person: Int64s = field(repr=False)
    is_new: Bools = field(repr=False)
    lag_us: Int64s = field(repr=False)


def single_paths(
    journeys: Journeys,
    *,
    goal: str = GOAL_ACTION,
    lookback_days: float = 30,
    collapse: bool = False,
    period: Period | None = None,
    by: Literal["channel", "campaign"] = "channel",
    threads: int = 2,
) -> SinglePaths:
    """All paths. Same result for any number of threads. ValueError where lookback_days <= 0."""
    table = journeys
    labels, column = columns_of(table.channels if by == "channel" else table.campaigns)
    code = table.channel if by == "channel" else table.campaign
    settings = (
        column,
        len(labels) - 1,
        table.action_code(goal),
        days_us(lookback_days),
        *day_bounds(period),
        collapse,
    )
    columns = (table.offsets, table.ts, table.day, code, table.action, table.touch, table.revenue)
    parts = over_slices(table, threads, lambda low, high: emit_paths(low, high, *columns, *settings))
    if not parts:
        return SinglePaths(
            labels=labels,
            codes=np.empty(0, np.uint32),
            bounds=np.zeros(1, np.int64),
            converted=np.empty(0, np.bool_),
            value=np.empty(0, np.float64),
            person=np.empty(0, np.int64),
            is_new=np.empty(0, np.bool_),
            lag_us=np.empty(0, np.int64),
        )
    columns_of_paths = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    codes, lengths, converted, value, person, is_new, lag_us = columns_of_paths
    return SinglePaths(
        labels=labels,
        codes=codes,
        bounds=np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]),
        converted=converted,
        value=value,
        person=person,
        is_new=is_new,
        lag_us=lag_us,
    )
