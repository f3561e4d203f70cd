"""ROI and CAC of every channel under every attribution model, with how sure they are.

The formulas are those of ``metrics.roi`` and ``metrics.cac``; spend is known, the credit is not, so the ends of their
intervals are those of the credited revenue and new customers. A higher credit is a higher ROI and a lower CAC.
Null and zero: null where nothing was spent, and CAC also where no new customer is credited.

Example: spend 100, margin 50 %, credited revenue 240 (90 %: 200 … 280): ROI 20 % (0 … 40 %).
"""

from collections.abc import Mapping

import polars as pl

from omnidash.metrics.metric import ratio
from omnidash.metrics.roi import Margin, margin_of

_ENDS = ("", "_low", "_high")


def credited_economics(credit: pl.DataFrame, spend: Mapping[str, float], *, margin: Margin = 1.0) -> pl.DataFrame:
    """``credit`` (``attribution.comparison.Comparison.frame``) with spend, roi, roi_low, roi_high, roas, cac, cac_low,
    cac_high Float64 besides; ``spend`` by channel over the same days, a channel that is not named has spent 0."""
    channels = credit["channel"].unique().to_list()
    known = pl.DataFrame(
        {
            "channel": pl.Series(channels, dtype=pl.String),
            "spend": pl.Series([spend.get(channel, 0.0) for channel in channels], dtype=pl.Float64),
            "margin": pl.Series([margin_of(channel, margin) for channel in channels], dtype=pl.Float64),
        }
    )
    cost = pl.col("spend")
    return (
        credit.join(known, on="channel", how="left", maintain_order="left")
        .with_columns(ratio(pl.col(f"value{end}") * pl.col("margin") - cost, cost).alias(f"roi{end}") for end in _ENDS)
        .with_columns(
            _cac("new_customers").alias("cac"),
            _cac("new_customers_high").alias("cac_low"),
            _cac("new_customers_low").alias("cac_high"),
            ratio(pl.col("value"), cost).alias("roas"),
        )
        .drop("margin")
    )


def _cac(customers: str) -> pl.Expr:
    """Null where nothing was spent: a channel without spend acquires, but not at a price."""
    return pl.when((pl.col("spend") > 0) & (pl.col(customers) > 0)).then(pl.col("spend") / pl.col(customers))
