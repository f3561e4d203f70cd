"""Single points of failure: which channels hold part of the business alone, so that losing one loses that part.

Four ways a channel may stand alone, over the closed days of a period:

* *revenue alone*: net revenue of conversions that no other channel touched in the lookback / all net revenue;
* *first touches*: net revenue of conversions whose path this channel began / all net revenue;
* *persons*: persons reached through this channel and no other in the period / all persons reached;
* *a stage*: persons who reached the stage with this channel as their latest / all who reached it.

A channel is a single point of failure of what it holds more than a third of alone; of a stage, where more than half of
those who reach it come through it (a stage is always held by few). ``(direct)`` is nobody's channel and is left out of
the list, not of the totals. Null where a total is zero or negative.

Example: 1,000 of revenue, 380 of it from buyers who met WeChat alone: 38 %, more than a third -> a single point.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from omnidash.health.stress import SINGLE_POINT_SHARE
from omnidash.journeys.overlap import OverlapResult
from omnidash.journeys.stage_map import StageMap
from omnidash.metrics.metric import divide
from omnidash.model.defaults import DIRECT, UNKNOWN

STAGE_SHARE = 1 / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What one channel holds alone, as fractions; None where the total is nothing. ``stages``: by stage, 0 … 1."""

    channel: str
    revenue_alone: float | None
    revenue_begun: float | None
    persons_alone: float | None
    stages: Mapping[str, float]

    @property
    def single_stages(self) -> tuple[str, ...]:
        """The stages that most persons reach through it, in order."""
        return tuple(stage for stage, share in self.stages.items() if share > STAGE_SHARE)

    @property
    def points(self) -> tuple[str, ...]:
        """What it is a single point of failure of: ``revenue_alone``, ``revenue_begun``, ``persons_alone``,
        ``stage``."""
        shares = {
            "revenue_alone": self.revenue_alone,
            "revenue_begun": self.revenue_begun,
            "persons_alone": self.persons_alone,
        }
        alone = [name for name, share in shares.items() if share is not None and share > SINGLE_POINT_SHARE]
        return (*alone, *(("stage",) if self.single_stages else ()))


def holdings(
    paths: pl.DataFrame, shared: OverlapResult, *, persons: int, stages: StageMap | None = None
) -> tuple[Holding, ...]:
    """Every channel touched, those that hold most first. ``paths``: of the period ([path list[str], value]);
    ``shared``: its overlap; ``persons``: reached by anybody."""
    revenue = float(paths["value"].sum()) if paths.height else 0.0
    alone = _sums(paths.filter(pl.col("path").list.n_unique() == 1))
    begun = _sums(paths)
    exclusive = dict(zip(shared.channels, shared.exclusive.tolist(), strict=True))
    of_stage = _stages(stages)
    found = [
        Holding(
            channel=channel,
            revenue_alone=_share(alone.get(channel, 0.0), revenue),
            revenue_begun=_share(begun.get(channel, 0.0), revenue),
            persons_alone=divide(float(exclusive.get(channel, 0)), float(persons)),
            stages=of_stage.get(channel, {}),
        )
        for channel in sorted({*begun, *exclusive, *of_stage} - {DIRECT, UNKNOWN})
    ]
    return tuple(sorted(found, key=lambda h: (-len(h.points), -(h.revenue_alone or 0.0), h.channel)))


def _share(part: float, whole: float) -> float | None:
    """Refunds may exceed what was sold: no part of a total that is nothing."""
    return part / whole if whole > 0 else None


def _sums(paths: pl.DataFrame) -> dict[str, float]:
    """Value by the first channel of the path."""
    if paths.is_empty():
        return {}
    rows = paths.group_by(first=pl.col("path").list.first()).agg(pl.col("value").sum())
    return {str(channel): float(value) for channel, value in rows.iter_rows()}


def _stages(stages: StageMap | None) -> dict[str, dict[str, float]]:
    """By channel: its share of those who reached each stage, for the stages it reached anybody in."""
    if stages is None:
        return {}
    of_channel: dict[str, dict[str, float]] = {}
    for place, stage in enumerate(stages.stages):
        total = int(stages.reached[place].sum())
        for column, channel in enumerate(stages.channels):
            count = int(stages.reached[place, column])
            if total and count:
                of_channel.setdefault(channel, {})[stage] = count / total
    return of_channel
