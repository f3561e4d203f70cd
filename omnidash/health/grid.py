"""The channel-day table as arrays: one row per day, one column per channel, so that a rule can walk through time."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from omnidash.model.defaults import DIRECT

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """``days`` D dates without gaps, ``channels`` C ids (without ``(direct)``), columns as arrays [D, C]."""

    days: tuple[date, ...]
    channels: tuple[str, ...]
    touches: Floats
    spend: Floats
    has_spend: Flags
    conversions: Floats

    @classmethod
    def of(cls, channel_day: pl.DataFrame, *, closed_through: date) -> "Grid":
        """The closed days of the dense table of ``omnidash.metrics.channel_day``."""
        table = channel_day.filter((pl.col("day") <= closed_through) & (pl.col("channel") != DIRECT))
        table = table.sort("day", "channel")
        days = table["day"].unique(maintain_order=True).to_list()
        channels = table["channel"].unique().sort().to_list()
        shape = (len(days), len(channels))

        def column(name: str) -> NDArray[np.generic]:
            return table[name].to_numpy().reshape(shape)

        return cls(
            days=tuple(days),
            channels=tuple(channels),
            touches=column("touches").astype(np.float64),
            spend=column("spend").astype(np.float64),
            has_spend=column("has_spend").astype(np.bool_),
            conversions=column("conversions").astype(np.float64),
        )
