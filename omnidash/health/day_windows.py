"""Over how many days a day's ROI is judged, so that it says something.

Without an order the ROI of a day is −100 %; with one it is what an order earns over what the day cost. Where a day's
spend is less than one order earns, "below" is then the usual day of a channel that earns well, and seven of them in a
row say nothing. Such a day is judged over the fewest days with spend, up to and including it, whose spend could have
paid ``TELLING_ORDERS`` orders at the threshold: a channel at the threshold has none in as many days once in twenty
times (Poisson, e⁻³). Before there are that many days nothing can be told. Every other day is judged alone, and so is
every day of a table that has no orders to tell an order's value from.

What an order earns: gross profit / conversions of the channel, of all days up to the one that is judged, and of all
channels as long as it has not had one; later days change nothing of what was said before.

Example (an order earns 450): 33 a day -> judged over 41 days; 500 a day -> alone.
"""

import numpy as np
import polars as pl

TELLING_ORDERS = 3.0
_ROUNDING = 1e-9


def judged_over(counted: pl.DataFrame, channel_day: pl.DataFrame) -> pl.DataFrame:
    """ROI of the window of each day: [channel String, day Date, over_days Int64, over_roi Float64], null where too
    few days came before.

    ``counted``: [day, channel, spend > 0, gross_profit, threshold] of the days that may be judged; ``channel_day``:
    [day, channel, conversions, gross_profit] of all channels and days.
    """
    of_all = channel_day.group_by("day").agg(pl.col("conversions", "gross_profit").sum()).sort("day")
    of_own = channel_day.select("channel", "day", "conversions", "gross_profit").sort("channel", "day")
    total = pl.col("conversions", "gross_profit").cum_sum()
    earns = pl.col("gross_profit") / pl.col("conversions")
    table = (
        counted.join(
            of_all.with_columns(total).select("day", of_all=pl.when(pl.col("conversions") > 0).then(earns)),
            on="day",
            how="left",
        )
        .join(
            of_own.with_columns(total.over("channel", order_by="day")).select(
                "channel", "day", own=pl.when(pl.col("conversions") >= 1.0 - _ROUNDING).then(earns)
            ),
            on=["channel", "day"],
            how="left",
        )
        .with_columns(order_earns=pl.coalesce("own", "of_all"))
        .sort("channel", "day")
    )
    frames = [_of_channel(own) for own in table.partition_by("channel", maintain_order=True)]
    schema = {"channel": pl.String, "day": pl.Date, "over_days": pl.Int64, "over_roi": pl.Float64}
    return pl.concat(frames) if frames else pl.DataFrame(schema=schema)


def _of_channel(days: pl.DataFrame) -> pl.DataFrame:
    spend, profit = days["spend"].to_numpy(), days["gross_profit"].to_numpy()
    order_earns = days["order_earns"].fill_null(0.0).to_numpy()
    at_threshold = 1.0 + days["threshold"].to_numpy()
    needed = np.maximum(order_earns, 0.0) / np.maximum(at_threshold, _ROUNDING)  # spend that pays one order
    spent, earned = (np.concatenate(([0.0], np.cumsum(values))) for values in (spend, profit))
    end = np.arange(1, len(spend) + 1)
    enough = spent[end] - TELLING_ORDERS * needed * (1 - _ROUNDING)
    start = np.where(spend >= needed * (1 - _ROUNDING), end - 1, np.searchsorted(spent, enough, side="right") - 1)
    is_known = start >= 0
    start = np.maximum(start, 0)
    of_window = spent[end] - spent[start]
    over_roi = np.where(end - start == 1, profit / spend - 1, (earned[end] - earned[start]) / of_window - 1)
    known = pl.Series(is_known)
    return days.select("channel", "day").with_columns(
        over_days=pl.when(known).then(pl.Series(end - start, dtype=pl.Int64)),
        over_roi=pl.when(known).then(pl.Series(over_roi, dtype=pl.Float64)),
    )
