"""Conversion rate of a channel: conversions credited to it per person it reached.

Formula: sum of conversion credits / persons reached. Credits are fractional and one person may convert more than
once, so the rate may exceed 100 %.
Null and zero: null where nobody was reached or reach is unknown.
Small samples: shown with a Wilson 95 % interval (Wilson 1927), which stays inside 0 … 1 and is honest near both
ends; it is not defined where successes exceed trials.

Example: 8 of 100 persons -> 8 %, interval 4.1 % … 15.0 %.
"""

from math import sqrt
from statistics import NormalDist

import polars as pl

from omnidash.metrics.metric import Metric, ratio
from omnidash.model.messages import N_


def conversion_rate() -> pl.Expr:
    """Over summed ``conversions`` and ``persons``: Float64, null where persons are zero or unknown."""
    return ratio(pl.col("conversions"), pl.col("persons"))


def wilson_interval(successes: float, trials: float, *, confidence: float = 0.95) -> tuple[float, float] | None:
    """Wilson score interval of a proportion, as (low, high) in 0 … 1 (Wilson 1927).

    ``successes`` may be fractional (credits). None where there are no trials or more successes than trials.
    Raises ValueError for negative counts or a confidence outside (0, 1).
    """
    if successes < 0 or trials < 0 or not 0 < confidence < 1:
        raise ValueError(f"successes {successes}, trials {trials}, confidence {confidence} give no proportion")
    if trials == 0 or successes > trials:
        return None
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    rate = successes / trials
    centre = rate + z**2 / (2 * trials)
    half_width = z * sqrt(rate * (1 - rate) / trials + z**2 / (4 * trials**2))
    scale = 1 + z**2 / trials
    return max(0.0, (centre - half_width) / scale), min(1.0, (centre + half_width) / scale)


METRIC = Metric(
    name="conversion_rate",
    title=N_("Conversion rate"),
    unit="percent",
    better="up",
    definition=N_("Conversions credited to the channel per person it reached."),
    formula=N_("conversions / persons reached"),
    made_of=("conversions", "persons"),
)
