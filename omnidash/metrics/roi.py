"""ROI, return on investment: gross profit after spend, per unit of spend.

Formula: (sum of net revenue x gross margin − sum of spend) / sum of spend. With the default margin of 100 %,
ROI < 0 means ROAS < 1.
Null and zero: null where spend is zero. A channel without spend has no ROI and no ROI rule.
Margin: one number for the workspace, or a number per channel; in a mapping ``"*"`` is the number of every channel
that is not named (1.0 where that is absent too).

Example: revenue 240, margin 50 %, spend 100 -> (120 − 100) / 100 = 0.20, shown as 20 %.
"""

from collections.abc import Mapping

import polars as pl

from omnidash.metrics.metric import Metric, ratio
from omnidash.model.messages import N_

Margin = float | Mapping[str, float]

EVERY_OTHER_CHANNEL = "*"


def margin_of(channel: str, margin: Margin) -> float:
    """Gross margin of one channel, 0 … 1. Raises ValueError naming the channel where it lies outside."""
    share = margin.get(channel, margin.get(EVERY_OTHER_CHANNEL, 1.0)) if isinstance(margin, Mapping) else margin
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"margin of {channel!r} is {share}; expected a share between 0 and 1")
    return float(share)


def gross_profit(frame: pl.DataFrame, margin: Margin) -> pl.Series:
    """``revenue x margin`` of the channel in each row (Float64, before spend); needs columns channel, revenue."""
    channels = frame["channel"].unique()
    margins = pl.DataFrame(
        {"channel": channels, "margin": [margin_of(channel, margin) for channel in channels]},
        schema_overrides={"margin": pl.Float64},
    )
    matched = frame.select("channel").join(margins, on="channel", how="left", maintain_order="left")
    return (frame["revenue"] * matched["margin"]).rename("gross_profit")


def roi() -> pl.Expr:
    """Over summed columns ``gross_profit`` and ``spend``: Float64, null where spend is zero."""
    return ratio(pl.col("gross_profit") - pl.col("spend"), pl.col("spend"))


METRIC = Metric(
    name="roi",
    title=N_("ROI"),
    unit="percent",
    better="up",
    definition=N_("Gross profit after spend, per unit of spend. Below 0 the spend is not earned back."),
    formula=N_("(net revenue × margin − spend) / spend"),
    made_of=("gross_profit", "spend"),
)
