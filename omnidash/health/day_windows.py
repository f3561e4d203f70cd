"""Over how many days a day's ROI is judged, so that it says something.

Without an order the ROI of a day is −100 %; with one it is what an order earns over what the day cost. Of a channel
that sells on most days seven days below in a row say something. Of one that sells once a week they are the usual week,
even where it earns well. So the days of a *sparse* channel, where one costs less than an order earns, are judged over
the fewest days with spend, up to and including it, whose spend could have paid ``TELLING_ORDERS`` orders at the
threshold: a channel at the threshold has none in as many days once in twenty times (Poisson, e⁻³). Before there are
that many days nothing can be told. Every other day is judged alone. What is said of a day says how it was judged
(``below_window`` and ``above_window``).

Sparse on a day: fewer than ``OFTEN`` conversions a week in the four weeks that ended a week before it (so that a loss
of a week does not make itself unseen), and at least one sold so far. With ``OFTEN`` a week a channel that earns has
seven days without any order about every second year (Poisson); with five, twice a year, so that of such a channel a
week without an order is not yet a loss. Of a *new* channel, which has sold nothing so far or has
less than a week of such history, that is not known: its days are judged alone, unless a week of its spend could not
have paid a single order; then it is sparse. What an order earns: gross profit / conversions of all days up to the one
that is judged, of the channel or, while it has sold nothing, of all channels. Later days change nothing of what was
said before.

Example (an order earns 450, one is sold every fifth day): 33 a day -> judged over 41 days; 500 a day -> alone.
"""

import numpy as np
import polars as pl

TELLING_ORDERS = 3.0
OFTEN = 6.0
USUAL_DAYS, LAG_DAYS, LEAST_DAYS = 28, 7, 7
_ROUNDING = 1e-9
BELOW, ABOVE = ("below", "below_window"), ("above", "above_window")
COUNTED = (*BELOW, *ABOVE)
"""What the ROI rule says of a day it counts: by itself, or with the days before it."""


def judged_over(counted: pl.DataFrame, channel_day: pl.DataFrame) -> pl.DataFrame:
    """ROI of the window of each day: [channel String, day Date, over_days Int64, over_roi Float64], null where too
    few days came before.

    ``counted``: [day, channel, spend > 0, gross_profit, threshold] of the days that may be judged; ``channel_day``:
    [day, channel, conversions, gross_profit] of all channels and days.
    """
    histories = channel_day.select("channel", "day", "conversions", "gross_profit").sort("channel", "day")
    by_channel = {str(channel): own for (channel,), own in histories.partition_by("channel", as_dict=True).items()}
    days = counted.sort("channel", "day").partition_by("channel", maintain_order=True)
    everyone = histories.group_by("day").agg(pl.col("conversions", "gross_profit").sum()).sort("day")
    frames = [_of_channel(own, by_channel[own["channel"][0]], everyone) for own in days]
    schema = {"channel": pl.String, "day": pl.Date, "over_days": pl.Int64, "over_roi": pl.Float64}
    return pl.concat(frames) if frames else pl.DataFrame(schema=schema)


def _of_channel(days: pl.DataFrame, history: pl.DataFrame, everyone: pl.DataFrame) -> pl.DataFrame:
    """One channel: the days that may be judged, and all of its days, both in order; ``everyone``: those of all."""
    day, known_day, any_day = (
        frame["day"].to_physical().to_numpy().astype(np.int64) for frame in (days, history, everyone)
    )
    sold, profited = _so_far(history)
    own = np.searchsorted(known_day, day, side="right")
    has_sold = sold[own] >= 1.0 - _ROUNDING
    order_earns = np.where(has_sold, _per_order(sold[own], profited[own]), 0.0)
    by_all = np.searchsorted(any_day, day, side="right")
    all_sold, all_profited = (values[by_all] for values in _so_far(everyone))
    is_comparable = ~has_sold & (all_sold >= 1.0 - _ROUNDING)
    order_earns = np.where(is_comparable, _per_order(all_sold, all_profited), order_earns)
    last = day - LAG_DAYS
    first = np.maximum(last - USUAL_DAYS, known_day[0] - 1)
    usual = sold[np.searchsorted(known_day, last, side="right")] - sold[np.searchsorted(known_day, first, side="right")]
    is_new = ~has_sold | (last - first < LEAST_DAYS)
    spend, profit = days["spend"].to_numpy(), days["gross_profit"].to_numpy()
    at_threshold = 1.0 + days["threshold"].to_numpy()
    needed = np.maximum(order_earns, 0.0) / np.maximum(at_threshold, _ROUNDING)  # spend that pays one order
    spent, earned = (np.concatenate(([0.0], np.cumsum(values))) for values in (spend, profit))
    end = np.arange(1, len(spend) + 1)
    week = np.maximum(end - 7, 0)
    of_a_week = 7 * (spent[end] - spent[week]) / (end - week)
    is_sparse = np.where(
        is_new,
        of_a_week < needed * (1 - _ROUNDING),
        7 * usual < OFTEN * (last - first) * (1 - _ROUNDING),
    )
    enough = spent[end] - TELLING_ORDERS * needed * (1 - _ROUNDING)
    is_alone = ~is_sparse | (spend >= needed * (1 - _ROUNDING))
    start = np.where(is_alone, end - 1, np.searchsorted(spent, enough, side="right") - 1)
    is_known = start >= 0
    start = np.maximum(start, 0)
    of_window = spent[end] - spent[start]
    over_roi = np.where(end - start == 1, profit / spend - 1, (earned[end] - earned[start]) / of_window - 1)
    known = pl.Series(is_known)
    return days.select("channel", "day").with_columns(
        over_days=pl.when(known).then(pl.Series(end - start, dtype=pl.Int64)),
        over_roi=pl.when(known).then(pl.Series(over_roi, dtype=pl.Float64)),
    )


def _so_far(history: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Conversions and gross profit of the days before each, and of all."""
    sold, profited = (history[name].fill_null(0.0).to_numpy() for name in ("conversions", "gross_profit"))
    return np.concatenate(([0.0], np.cumsum(sold))), np.concatenate(([0.0], np.cumsum(profited)))


def _per_order(sold: np.ndarray, profited: np.ndarray) -> np.ndarray:
    return profited / np.maximum(sold, _ROUNDING)
