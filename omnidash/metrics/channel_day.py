"""The channel-day table: one row per local day and channel, the small table everything above works on.

It is dense: every day between the first and the last day seen in any input, times every channel seen in any input.
Touches and credits of an absent row are truly zero. Spend is different: where no spend row was delivered the amount
is 0 *and* ``has_spend`` is false, because missing is not zero; where a source should have delivered it
(``spend_gaps``), ``has_spend`` is null: ratios of money leave such a day out. ``is_spread`` says that all of a day's
spend is an even share of longer ranges: right in sums over those ranges, no fact of the day. Sums are kept: each column
adds up to its input.
``(direct)``, the channel of conversions without a touch in the lookback, has credits and never touches or spend.

>>> channel_day(spend_days, touch_days, credits).filter(channel="meta").row(0, named=True)
{'day': date(2026, 6, 1), 'channel': 'meta', 'touches': 120, 'spend': 40.0, …, 'has_spend': True, …}
"""

import polars as pl

from omnidash.model.defaults import UNKNOWN

CHANNEL_DAY: dict[str, pl.DataType] = {
    "day": pl.Date(),
    "channel": pl.String(),
    "touches": pl.Int64(),
    "spend": pl.Float64(),
    "impressions": pl.Int64(),
    "clicks": pl.Int64(),
    "has_spend": pl.Boolean(),
    "conversions": pl.Float64(),
    "revenue": pl.Float64(),
    "new_customers": pl.Float64(),
    "is_spread": pl.Boolean(),
}
"""Columns and types of the contract, in order."""

_KEY = ["day", "channel"]


def knows_spend() -> pl.Expr:
    """Rows of the table whose spend is known, nothing spent included: false where it should have come and did not."""
    return pl.col("has_spend").is_not_null()


def channel_day(
    spend_days: pl.DataFrame,
    touch_days: pl.DataFrame,
    credits: pl.DataFrame,  # noqa: A002  (the word of the domain; nobody prints Python's credits here)
    *,
    missing_spend: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Join the three daily inputs into the dense table of the contract, sorted by (day, channel).

    ``spend_days`` [day, channel, spend, impressions, clicks, and is_spread where known], ``touch_days`` [day, channel,
    touches], ``credits`` [day, channel, conversions, revenue, new_customers]; several rows per key are added up; a row
    with null spend counts as not delivered. ``missing_spend`` [day, channel], distinct: where spend should have come.
    Money is workspace currency; days are local. Raises polars'
    ColumnNotFoundError where an input lacks a column.
    """
    has_spend = pl.col("spend").is_not_null().any().alias("has_spend")
    if "is_spread" not in spend_days.columns:
        spend_days = spend_days.with_columns(is_spread=pl.lit(False))
    parts = [
        _added_up(spend_days, ["spend", "impressions", "clicks"], has_spend, pl.col("is_spread").all()),
        _added_up(touch_days, ["touches"]),
        _added_up(credits, ["conversions", "revenue", "new_customers"]),
    ]
    table = _every_day_and_channel([part.select(_KEY) for part in parts])
    for part in parts:
        table = table.join(part, on=_KEY, how="left")
    is_missing = pl.lit(False)
    if missing_spend is not None and not missing_spend.is_empty():
        table = table.join(missing_spend.select(*_KEY, is_missing=pl.lit(True)), on=_KEY, how="left")
        is_missing = pl.col("is_missing").fill_null(False) & pl.col("has_spend").is_null()
        table = table.with_columns(is_missing=is_missing)
        is_missing = pl.col("is_missing")
    return (
        table.with_columns(
            pl.when(is_missing).then(None).otherwise(pl.col("has_spend").fill_null(False)).alias("has_spend"),
            pl.col("is_spread").fill_null(False),
        )
        .with_columns(pl.col(name).cast(kind).fill_null(0) for name, kind in CHANNEL_DAY.items() if kind.is_numeric())
        .select(*CHANNEL_DAY)
        .sort(_KEY)
    )


def _added_up(frame: pl.DataFrame, columns: list[str], *more: pl.Expr) -> pl.DataFrame:
    keyed = frame.with_columns(pl.col("day").cast(pl.Date), pl.col("channel").cast(pl.String).fill_null(UNKNOWN))
    return keyed.group_by(_KEY).agg(*(pl.col(name).sum() for name in columns), *more)


def _every_day_and_channel(keys: list[pl.DataFrame]) -> pl.DataFrame:
    seen = pl.concat(keys)
    if seen.is_empty():
        return seen
    first_day, last_day = seen["day"].min(), seen["day"].max()
    days = pl.select(day=pl.date_range(first_day, last_day, "1d"))  # type: ignore[arg-type]  # dates: not empty
    return days.join(seen.select(pl.col("channel").unique()), how="cross")
