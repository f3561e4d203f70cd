"""HHI, the Herfindahl-Hirschman index: how concentrated the channels are (Hirschman 1945, Herfindahl 1950).

Formula: sum of squared shares; 1 for a single channel, 1/n for n equal ones.
Null and zero: null where there are no shares.

Example: shares 50 %, 30 %, 20 % -> 0.25 + 0.09 + 0.04 = 0.38.
"""

import polars as pl

from omnidash.metrics.metric import Metric
from omnidash.model.messages import N_


def hhi(shares: pl.Series) -> float | None:
    """Sum of squares of ``shares`` (Float64, adding up to 1); None where all are null or there are none."""
    known = shares.drop_nulls().cast(pl.Float64)
    return float((known**2).sum()) if len(known) else None


METRIC = Metric(
    name="hhi",
    title=N_("Concentration (HHI)"),
    unit="ratio",
    better="down",
    definition=N_("Sum of squared channel shares: 1 when one channel carries everything, 1/n for n equal channels."),
    formula=N_("Σ share²"),
    made_of=("touches",),
)
