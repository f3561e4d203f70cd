"""On which basis curves are read: revenue as an attribution model credits it, or total revenue by the media mix."""

from collections.abc import Callable, Collection
from typing import Literal

import polars as pl

from omnidash.budget.channel_curves import channel_curves
from omnidash.budget.curve import ChannelCurve
from omnidash.budget.limits import TOP_CHANNELS
from omnidash.budget.mix_curves import mix_curves
from omnidash.model.period import Period

Basis = Literal["attributed", "total"]
BASES: tuple[Basis, ...] = ("attributed", "total")


def curves_on(
    basis: Basis, channel_day: pl.DataFrame, reference: Period, *, progress: Callable[[float], None] | None = None
) -> tuple[ChannelCurve, ...]:
    """The curves of all channels with spend in the reference period."""
    if basis == "total":
        return mix_curves(channel_day, reference, progress=progress)
    return channel_curves(channel_day, reference)


def top_converting(channel_day: pl.DataFrame, reference: Period, among: Collection[str]) -> tuple[str, ...]:
    """The channels with the highest conversion rate (conversions / touches) in the period, best first; at most three.

    A channel without touches has no rate and is not among them.
    """
    rates = (
        channel_day.filter(
            pl.col("day").is_between(reference.first_day, reference.last_day), pl.col("channel").is_in(list(among))
        )
        .group_by("channel")
        .agg(pl.col("conversions").sum(), pl.col("touches").sum())
        .filter(pl.col("touches") > 0)
        .with_columns(rate=pl.col("conversions") / pl.col("touches"))
        .sort("rate", "channel", descending=[True, False])
    )
    return tuple(rates["channel"].head(TOP_CHANNELS).to_list())
