"""Persons reached: distinct persons with at least one touch of the channel on the chosen days.

Formula: number of distinct persons. It is not additive over days or channels, so it is counted by a journey kernel
over the whole period and handed in (``reach`` of ``summary.channel_table``); this module only attaches it.
Null and zero: null where nobody counted it; 0 for a channel that the count does not name.

Example: ana on two days and bo on one -> 2 persons from 3 touches.
"""

from collections.abc import Mapping

import polars as pl

from omnidash.metrics.metric import Metric
from omnidash.model.messages import N_


def persons_reached(channels: pl.Series, reach: Mapping[str, int] | None) -> pl.Series:
    """Int64 ``persons`` for each channel; all null where ``reach`` is None."""
    counts = [None if reach is None else int(reach.get(channel, 0)) for channel in channels]
    return pl.Series("persons", counts, dtype=pl.Int64)


METRIC = Metric(
    name="persons_reached",
    title=N_("Persons reached"),
    unit="count",
    better="up",
    definition=N_("Distinct persons with at least one touch of the channel on the chosen days."),
    formula=N_("number of distinct persons"),
    made_of=("persons",),
)
