"""Conversion-rate volatility: how unsteady a channel's daily conversion rate is.

Formula: the coefficient of variation, standard deviation / mean (n − 1 in the deviation), of the daily rate
conversions / touches over the last ``window_days`` days. Per touch rather than per person: touches add up by day,
persons do not, and a steady channel is steady in both.
Null and zero: days without touches have no rate and are left out; null with fewer than ``minimum_days`` rated days
or where the mean is zero.

Example: daily rates 2 %, 4 %, 6 % -> mean 4 %, deviation 2 % -> 0.5.
"""

from datetime import date, timedelta

import polars as pl

from omnidash.metrics.metric import Metric, ratio
from omnidash.model.messages import N_


def conversion_rate_volatility(
    channel_day: pl.DataFrame, last_day: date, *, window_days: int = 28, minimum_days: int = 7
) -> pl.DataFrame:
    """Per channel, over the ``window_days`` that end on ``last_day``.

    Returns [channel String, rated_days Int64, volatility Float64 (null where undefined)], in order of channel.
    """
    after = last_day - timedelta(days=window_days)
    daily_rate = ratio(pl.col("conversions"), pl.col("touches"))
    by_channel = (
        channel_day.filter((pl.col("day") > after) & (pl.col("day") <= last_day))
        .with_columns(rate=daily_rate)
        .group_by("channel")
        .agg(
            rated_days=pl.col("rate").count().cast(pl.Int64),
            deviation=pl.col("rate").std(ddof=1),
            mean=pl.col("rate").mean(),
        )
    )
    volatility = pl.when(pl.col("rated_days") >= minimum_days).then(ratio(pl.col("deviation"), pl.col("mean")))
    return by_channel.select("channel", "rated_days", volatility=volatility).sort("channel")


METRIC = Metric(
    name="conversion_rate_volatility",
    title=N_("Conversion-rate volatility"),
    unit="ratio",
    better="down",
    definition=N_("How unsteady the daily conversion rate per touch is: its deviation relative to its mean."),
    formula=N_("standard deviation / mean of daily conversions / touches"),
    made_of=("conversions", "touches"),
)
