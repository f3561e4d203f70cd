"""Credit: which channel earns how much of each conversion under a rule, by local day of the conversion.

A conversion's touches are those of its path (``omnidash.journeys.paths``): after the previous conversion, inside the
lookback, repeats kept. Each rule shares one conversion, its revenue and, where it is the person's first ever, one new
customer among them:

* first, last: all to the first or last touch. last_non_direct: to the last touch whose channel is not direct; to the
  last touch where all are.
* linear: equal parts per touch. position: 40 % first, 40 % last, 20 % shared by those between; two touches 50/50.
* time_decay: weight 2^(-age / half-life), age = elapsed time from touch to conversion; ages 0, 0, 6 and 9 days with a
  half-life of 7 days give 33.8, 33.8, 18.6 and 13.8 %.
* participation: each distinct channel touched gets everything, so its sums exceed what was observed.

No touch in the lookback: ``(direct)``. Invariant: over all channels, credits of conversions, revenue and new customers
each sum to what was observed that day (except participation). New means the person's first goal event of the table,
whatever the period. Revenue is net of refunds in workspace currency.

>>> days = credit_by_day(journeys({"ana": "search@1 email@3 purchase@4=20"}), model="linear")
>>> days.frame().select("channel", "conversions", "revenue", "new_customers").rows()
[('email', 0.5, 10.0, 0.5), ('search', 0.5, 10.0, 0.5)]
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import polars as pl

from omnidash.journeys import walk_kernels as kernels
from omnidash.journeys.arrays import Floats
from omnidash.journeys.parallel import over_slices
from omnidash.journeys.table import Journeys
from omnidash.journeys.touches import columns_of, day_axis, days_us
from omnidash.model.defaults import DIRECT, GOAL_ACTION
from omnidash.model.period import Period, day_of_number

MODELS: dict[str, int] = {
    "first": kernels.FIRST,
    "last": kernels.LAST,
    "last_non_direct": kernels.LAST_NON_DIRECT,
    "linear": kernels.LINEAR,
    "position": kernels.POSITION,
    "time_decay": kernels.TIME_DECAY,
    "participation": kernels.PARTICIPATION,
}
"""The rule models by name."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DayCredits:
    """Credits by local day and channel (or campaign). D days from ``first_day``, C columns named by ``channels``.

    ``conversions``, ``revenue`` (workspace currency), ``new_customers``: float64[D, C]. The first column is
    ``(unknown)``, the last ``(direct)``.
    """

    first_day: date
    channels: tuple[str, ...]
    conversions: Floats
    revenue: Floats
    new_customers: Floats

    def frame(self) -> pl.DataFrame:
        """[day Date, channel String, conversions, revenue, new_customers Float64], rows with anything but zeros.

        Sorted by day, channel.
        """
        day, column = np.nonzero((self.conversions != 0) | (self.revenue != 0) | (self.new_customers != 0))
        rows = pl.DataFrame(
            {
                "day": pl.Series(day, dtype=pl.Int32),
                "channel": pl.Series(self.channels, dtype=pl.String).gather(column),
                "conversions": self.conversions[day, column],
                "revenue": self.revenue[day, column],
                "new_customers": self.new_customers[day, column],
            }
        )
        first = (self.first_day - date(1970, 1, 1)).days
        return rows.with_columns((pl.col("day") + first).cast(pl.Date)).sort("day", "channel")


def credit_by_day(
    journeys: Journeys,
    *,
    model: str,
    goal: str = GOAL_ACTION,
    lookback_days: float = 30,
    half_life_days: float = 7.0,
    period: Period | None = None,
    direct_channels: tuple[str, ...] = ("direct",),
    by: Literal["channel", "campaign"] = "channel",
    threads: int = 2,
) -> DayCredits:
    """Share out every conversion on a local day of ``period`` (None: all days of the table).

    ``by='campaign'`` books on the campaign of each touch instead of its channel. Raises ValueError where the model is
    unknown or a length of time is not positive.
    """
    if model not in MODELS:
        raise ValueError(f"model '{model}' is unknown; expected one of {', '.join(MODELS)}")
    labels, column = columns_of(journeys.channels if by == "channel" else journeys.campaigns)
    is_direct = np.array([name in direct_channels or name == DIRECT for name in journeys.channels], np.bool_)
    first_day, days = day_axis(journeys, period)
    table = journeys
    columns = (table.offsets, table.ts, table.day, table.action, table.touch, table.revenue, table.channel)
    settings = (
        table.channel if by == "channel" else table.campaign,
        column,
        is_direct,
        table.action_code(goal),
        MODELS[model],
        days_us(lookback_days),
        days_us(half_life_days),
        first_day,
        days,
        len(labels),
    )
    parts = over_slices(journeys, threads, lambda low, high: kernels.credit_days(low, high, *columns, *settings))
    credit = np.sum(parts, axis=0) if parts else np.zeros((3, days, len(labels)))
    return DayCredits(
        first_day=day_of_number(first_day),
        channels=labels,
        conversions=credit[0],
        revenue=credit[1],
        new_customers=credit[2],
    )
