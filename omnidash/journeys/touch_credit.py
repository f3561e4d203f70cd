"""Credit touch by touch: which part of each conversion each single touch earns under a rule.

The same rules as ``omnidash.journeys.credit``, which adds these parts up by day and channel: the parts of a conversion
add up to 1 (participation: every channel's first touch counts 1, the others of the channel 0). A conversion without a
touch in the lookback has no row here; it is ``(direct)``'s.

>>> touch_credits(journeys({"ana": "search@1 email@3 purchase@4=20"}), model="linear").rows()
[(2, 0, 0.5, 10.0), (2, 1, 0.5, 10.0)]
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from omnidash.journeys.arrays import Floats, UInt16s
from omnidash.journeys.credit import number_of, weights_of
from omnidash.journeys.table import Journeys
from omnidash.journeys.touches import columns_of, days_us
from omnidash.journeys.walk_kernels import PARTICIPATION, SHAPLEY, WEIGHTED, _shares, first_in_lookback
from omnidash.model.defaults import DIRECT, GOAL_ACTION

SCHEMA: dict[str, type[pl.DataType]] = {
    "conversion": pl.Int64,
    "touch": pl.Int64,
    "share": pl.Float64,
    "revenue": pl.Float64,
}


def touch_credits(
    journeys: Journeys,
    *,
    model: str,
    goal: str = GOAL_ACTION,
    lookback_days: float = 30,
    half_life_days: float = 7.0,
    direct_channels: tuple[str, ...] = ("direct",),
    weights: Mapping[str, float] | None = None,
) -> pl.DataFrame:
    """[conversion, touch Int64 (rows of the table), share, revenue Float64], touches that earn nothing left out; sorted
    by conversion, touch. ``weights`` of channels serve markov. For the tables of a few persons: it walks in Python.
    ValueError where the model is unknown or has no weights."""
    number = number_of(model, weights)
    labels, column = columns_of(journeys.channels)
    weight = weights_of(labels, weights)[column]
    is_direct = np.array([name in direct_channels or name == DIRECT for name in journeys.channels], np.bool_)
    goal_code, lookback, half_life = journeys.action_code(goal), days_us(lookback_days), days_us(half_life_days)
    rows: list[tuple[int, int, float, float]] = []
    for low, high in zip(journeys.offsets[:-1].tolist(), journeys.offsets[1:].tolist(), strict=True):
        after = low
        for conversion in range(low, high):
            if journeys.action[conversion] != goal_code:
                continue
            begin = first_in_lookback(journeys.ts, after, conversion, lookback)
            share = np.empty(conversion + 1 - begin, np.float64)
            touched = _shares(
                number, begin, conversion, journeys.ts, journeys.touch, journeys.channel, is_direct, half_life,
                share,
            )  # fmt: skip
            if number in (PARTICIPATION, SHAPLEY, WEIGHTED) and touched:
                _keep_first_of_channel(journeys.channel[begin : conversion + 1], share)
            if number == WEIGHTED and touched:
                parts = share * weight[journeys.channel[begin : conversion + 1]]
                share = parts if parts.any() else share
            if number in (SHAPLEY, WEIGHTED) and touched:
                share /= share.sum()
            for touch in range(begin, conversion + 1) if touched else ():
                if share[touch - begin] > 0:
                    part = float(share[touch - begin])
                    rows.append((conversion, touch, part, part * float(journeys.revenue[conversion])))
            after = conversion + 1
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _keep_first_of_channel(channel: UInt16s, share: Floats) -> None:
    """Only the first touch of each channel keeps its share."""
    seen: set[int] = set()
    for position in np.flatnonzero(share > 0).tolist():
        if int(channel[position]) in seen:
            share[position] = 0.0
        seen.add(int(channel[position]))
