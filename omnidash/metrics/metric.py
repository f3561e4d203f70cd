"""What every metric states about itself, and the one division they all share.

A ratio metric is a polars expression over *summed* columns: the same expression serves the channel table, the daily
series and the totals, so a ratio is always a ratio of sums and is defined once.
"""

from dataclasses import dataclass
from typing import Literal

import polars as pl

Unit = Literal["money", "ratio", "count", "percent"]
Better = Literal["up", "down", "neutral"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One entry of the registry.

    ``title``, ``definition`` and ``formula`` are ``N_``-marked English templates. ``unit`` says how to show the
    value: money (workspace currency), count (may be fractional: credits), ratio (1 : 2.4) or percent (0.46 = 46 %).
    ``better`` says which direction is good, so that a falling CAC is shown as good. ``made_of``: the sums whose rows
    are behind it (``metrics.rows_behind``): one for a metric that adds up, numerator and denominator for a ratio, none
    where no rows add up to it.
    """

    name: str
    title: str
    unit: Unit
    better: Better
    definition: str
    formula: str
    made_of: tuple[str, ...] = ()


def ratio(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """``numerator / denominator`` as Float64; null, never infinity, where the denominator is zero or null."""
    return pl.when(denominator != 0).then(numerator.cast(pl.Float64) / denominator.cast(pl.Float64))


def divide(numerator: float, denominator: float) -> float | None:
    """``ratio`` for two numbers: None where the denominator is zero."""
    return numerator / denominator if denominator else None
