"""Net promoter scores of everybody who answered a survey, and of those each channel had reached.

Every answer counts, on the day it was given. A channel's score is of the answers of persons it had touched before,
within the lookback, whoever else had; an answer may so count for several channels.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from omnidash.journeys.table import Journeys
from omnidash.journeys.touches import days_us
from omnidash.metrics.nps import Nps, nps
from omnidash.model.period import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoters:
    """The score of everybody who answered, and by channel of those it had reached."""

    everybody: Nps | None = None
    by_channel: Mapping[str, Nps] = field(default_factory=dict)


def promoters(given: pl.DataFrame, journeys: Journeys, period: Period, *, lookback_days: float) -> Promoters:
    """The scores in a period. ``given``: ``engine.surveys.answers``; ``journeys``: of the same persons."""
    inside = given.filter(pl.col("day").is_between(period.first_day, period.last_day))
    known = inside.filter(pl.col("person").is_not_null())
    reached: dict[int, list[float]] = {}
    place = np.searchsorted(journeys.person_ids, known["person"].to_numpy())
    for (person, ts, score), at in zip(known.select("person", "ts", "score").iter_rows(), place.tolist(), strict=True):
        if at == journeys.persons or journeys.person_ids[at] != person:
            continue
        own = slice(int(journeys.offsets[at]), int(journeys.offsets[at + 1]))
        is_before = (journeys.ts[own] <= ts) & (journeys.ts[own] >= ts - days_us(lookback_days))
        for channel in np.unique(journeys.channel[own][(journeys.touch[own] == 1) & is_before]).tolist():
            reached.setdefault(channel, []).append(score)
    found = {journeys.channels[code]: nps(of_channel) for code, of_channel in sorted(reached.items()) if code}
    return Promoters(
        everybody=nps(inside["score"]), by_channel={c: score for c, score in found.items() if score is not None}
    )
