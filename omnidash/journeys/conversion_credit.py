"""Credit conversion by conversion: what each channel earns of every single goal event.

The kernel is that of ``omnidash.journeys.credit``, asked for one row per conversion instead of one per day; so the
parts of a period add up to its credits by day, in every model and at any size of the data.

>>> conversion_credits(journeys({"ana": "search@1 email@3 purchase@4=20"}), model="linear").rows()
[(2, 'email', 0.5, 10.0, 0.5), (2, 'search', 0.5, 10.0, 0.5)]
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from omnidash.journeys import walk_kernels as kernels
from omnidash.journeys.arrays import Int64s
from omnidash.journeys.credit import number_of, weights_of
from omnidash.journeys.table import Journeys
from omnidash.journeys.touches import columns_of, day_bounds, days_us
from omnidash.model.defaults import DIRECT, GOAL_ACTION
from omnidash.model.period import Period

SCHEMA: dict[str, type[pl.DataType]] = {
    "row": pl.Int64,
    "channel": pl.String,
    "conversions": pl.Float64,
    "revenue": pl.Float64,
    "new_customers": pl.Float64,
}
_AT_ONCE = 20_000  # conversions whose credits stand in memory together: a few megabytes
_NO_BLOCKS = np.empty(0, np.int32)


def conversions_in(journeys: Journeys, goal: str, period: Period | None = None) -> Int64s:
    """The rows of the table that are goal events on a local day of the period, ascending."""
    first, last = day_bounds(period)
    is_goal = journeys.action == journeys.action_code(goal)
    return np.flatnonzero(is_goal & (journeys.day >= first) & (journeys.day <= last)).astype(np.int64)


def conversion_credits(
    journeys: Journeys,
    *,
    model: str,
    goal: str = GOAL_ACTION,
    lookback_days: float = 30,
    half_life_days: float = 7.0,
    period: Period | None = None,
    direct_channels: tuple[str, ...] = ("direct",),
    weights: Mapping[str, float] | None = None,
) -> pl.DataFrame:
    """[row Int64 (of the table), channel String, conversions, revenue (workspace currency), new_customers Float64] for
    every channel that earns of a conversion on a day of ``period``; sorted by row, channel. ``weights`` as in
    ``credit_by_day``. ValueError as there."""
    rows = conversions_in(journeys, goal, period)
    labels, column = columns_of(journeys.channels)
    is_direct = np.array([name in direct_channels or name == DIRECT for name in journeys.channels], np.bool_)
    place = np.full(journeys.events, -1, np.int32)  # stands for the day: the kernel books one line per conversion
    place[rows] = np.arange(rows.size, dtype=np.int32)
    columns = (
        journeys.offsets,
        journeys.ts,
        place,
        journeys.action,
        journeys.touch,
        journeys.revenue,
        journeys.channel,
        journeys.channel,
        column,
        is_direct,
        journeys.action_code(goal),
        number_of(model, weights),
        days_us(lookback_days),
        days_us(half_life_days),
    )
    person = np.searchsorted(journeys.offsets, rows, side="right") - 1
    parts = []
    for begin in range(0, rows.size, _AT_ONCE):
        end = min(begin + _AT_ONCE, rows.size)
        credit = kernels.credit_days(
            int(person[begin]), int(person[end - 1]) + 1, *columns, begin, end - begin, len(labels), _NO_BLOCKS, 0,
            weights_of(labels, weights),
        )  # fmt: skip
        conversion, channel = np.nonzero(credit.any(axis=0))
        parts.append((rows[begin:end][conversion], channel, credit[:, conversion, channel]))
    if not parts:
        return pl.DataFrame(schema=SCHEMA)
    credits_of = np.concatenate([credit for _rows, _channels, credit in parts], axis=1)
    return pl.DataFrame(
        {
            "row": np.concatenate([part[0] for part in parts]),
            "channel": pl.Series(labels, dtype=pl.String).gather(np.concatenate([part[1] for part in parts])),
            "conversions": credits_of[0],
            "revenue": credits_of[1],
            "new_customers": credits_of[2],
        },
        schema=SCHEMA,
    ).sort("row", "channel")
