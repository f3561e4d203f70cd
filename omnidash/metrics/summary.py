"""The channel-day table added up: per channel, per day, and in total.

Every ratio is a ratio of sums over the chosen days, computed by the expression of its own metric module; a ratio is
null where its denominator is zero. The totals are *blended*: they take in all revenue and all new customers, those
of ``(direct)`` and of channels without spend too, over all spend. So the total ROI answers "does the marketing as a
whole pay?" and is not an average of the channels' ROI.

ROAS, ROI and CAC compare money earned with money spent, so they look only at *costed* days: those up to the last day
for which any spend was delivered, but for the days of a channel whose spend is missing (``has_spend`` is null). Cost
per touch leaves out the latter too, and the spend of a channel is null where all of it is missing. Where the spend
exports lag behind the sales, the later days count in revenue and conversions, not in these three. Where no sale is
known at all they are null: to people who have given no orders yet, a spend export alone is not a loss. So the functions
take the whole table, and the ``channels`` wanted of it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, cast

import polars as pl

from omnidash.metrics.cac import cac
from omnidash.metrics.channel_day import knows_spend
from omnidash.metrics.conversion_rate import conversion_rate
from omnidash.metrics.conversions import conversions
from omnidash.metrics.net_revenue import net_revenue
from omnidash.metrics.new_customers import new_customers
from omnidash.metrics.persons_reached import persons_reached
from omnidash.metrics.roas import roas
from omnidash.metrics.roi import Margin, gross_profit, roi
from omnidash.metrics.share import share
from omnidash.metrics.spend import spend
from omnidash.metrics.touches import touches
from omnidash.metrics.unit_traffic_cost import unit_traffic_cost
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_
from omnidash.model.period import Period

_SUMS = {
    "touches": touches(),
    "spend": spend(),
    "conversions": conversions(),
    "revenue": net_revenue(),
    "gross_profit": pl.col("gross_profit").sum(),
    "new_customers": new_customers(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """All channels of a period together; also readable as a mapping (``totals["roi"]``, ``dict(totals)``)."""

    spend: float
    revenue: float
    roas: float | None
    roi: float | None
    conversions: float
    new_customers: float
    cac: float | None
    touches: int

    def keys(self) -> Iterator[str]:
        """Names of the numbers, in order."""
        return (field.name for field in fields(self))

    def __getitem__(self, name: str) -> float | None:
        if name not in set(self.keys()):
            raise KeyError(name)
        value: float | None = getattr(self, name)
        return value


def channel_table(
    channel_day: pl.DataFrame,
    period: Period,
    *,
    margin: Margin = 1.0,
    reach: Mapping[str, int] | None = None,
    basis: str = "traffic",
) -> pl.DataFrame:
    """One row per channel of the table, sorted by touches (most first), then channel.

    Returns [channel String, touches Int64, persons Int64, share Float64, spend Float64, conversions Float64, revenue
    Float64, roas, roi, cac Float64, new_customers Float64, conversion_rate, unit_traffic_cost Float64]. ``reach`` is
    the number of distinct persons per channel in the period; without it ``persons`` and ``conversion_rate`` are null.
    ``basis`` of ``share``: traffic, persons, revenue or spend. Raises WrongUse for another basis, or for persons
    without ``reach``.
    """
    if basis == "persons" and reach is None:
        raise WrongUse(N_("Share of persons needs the number of persons each channel reached."))
    chosen = _within(channel_day, period, margin, None)
    sums = chosen.group_by("channel").agg(**_SUMS).sort("channel")
    with_spend = chosen.filter(knows_spend()).group_by("channel").agg(**_SUMS)
    paid = with_spend.select("channel", paid=unit_traffic_cost(), known_spend=pl.col("spend"))
    costed = chosen.filter("is_costed").group_by("channel").agg(**_SUMS).select("channel", *_ratios())
    return (
        sums.join(costed, on="channel", how="left", maintain_order="left")
        .join(paid, on="channel", how="left", maintain_order="left")
        .with_columns(persons_reached(sums["channel"], reach))
        .with_columns(share=share(basis))
        .select(
            "channel",
            "touches",
            "persons",
            "share",
            pl.col("known_spend").alias("spend"),
            "conversions",
            "revenue",
            "roas",
            "roi",
            "cac",
            "new_customers",
            conversion_rate=conversion_rate(),
            unit_traffic_cost=pl.col("paid"),
        )
        .sort("touches", "channel", descending=[True, False])
    )


def totals(
    channel_day: pl.DataFrame, period: Period, *, margin: Margin = 1.0, channels: Collection[str] | None = None
) -> Totals:
    """Blended totals of a period: all spend, all revenue, ``(direct)`` included, or those of ``channels`` alone. Zeros
    and None for an empty period."""
    chosen = _within(channel_day, period, margin, channels)
    sums = chosen.select(**_SUMS).drop("gross_profit").row(0, named=True)
    costed = chosen.filter("is_costed").select(**_SUMS).select(_ratios()).row(0, named=True)
    return Totals(**sums, **costed)


def daily(
    channel_day: pl.DataFrame, period: Period, *, margin: Margin = 1.0, channels: Collection[str] | None = None
) -> pl.DataFrame:
    """The blended totals of each day of the table within the period, for sparklines, in order of day; ``channels``: of
    these alone.

    Returns [day Date, touches, spend, conversions, revenue, new_customers, roas, roi, cac].
    """
    chosen = _within(channel_day, period, margin, channels)
    sums = chosen.group_by("day").agg(**_SUMS).drop("gross_profit").sort("day")
    costed = chosen.filter("is_costed").group_by("day").agg(**_SUMS).select("day", *_ratios())
    return sums.join(costed, on="day", how="left", maintain_order="left")


def knows_sales(channel_day: pl.DataFrame) -> bool:
    """Whether anything was ever sold, as far as the data knows."""
    return not channel_day.filter((pl.col("conversions") != 0) | (pl.col("revenue") != 0)).is_empty()


def costed_through(channel_day: pl.DataFrame, channels: Collection[str] | None = None) -> date | None:
    """The last day for which any spend of these channels was delivered: ROAS, ROI and CAC end there. None: never."""
    last: Any = _of(channels, channel_day).filter("has_spend")["day"].max()
    return None if last is None else cast(date, last)


def _ratios() -> list[pl.Expr]:
    return [roas().alias("roas"), roi().alias("roi"), cac().alias("cac")]


def _within(
    channel_day: pl.DataFrame, period: Period, margin: Margin, channels: Collection[str] | None
) -> pl.DataFrame:
    chosen = _of(channels, channel_day).filter(pl.col("day").is_between(period.first_day, period.last_day))
    spent_until = costed_through(channel_day, channels) if knows_sales(channel_day) else None
    is_costed = (pl.col("day") <= spent_until) & knows_spend() if spent_until is not None else pl.lit(False)
    return chosen.with_columns(gross_profit(chosen, margin), is_costed=is_costed)


def _of(channels: Collection[str] | None, channel_day: pl.DataFrame) -> pl.DataFrame:
    return channel_day if channels is None else channel_day.filter(pl.col("channel").is_in(list(channels)))
