"""The journey map: how persons climb the stages, through which channel they reach each, and how long they stay.

* The stages are in order (awareness … loyalty); the workspace's table says which stage each action belongs to.
* A person *reaches* stage s at the first event of it, unless they had been at a later stage before: journeys only go
  up, so a customer's next click is no new interest. A stage may be skipped and is then not reached. The period takes
  entries by their local day; what came before and after the period is known all the same.
* The channel of the entry is that of the person's latest touch up to and including the entry, not older than the
  lookback (both ends included); none: ``(direct)``.
* Somebody *moved on* who reached any later stage at most ``window_days`` × 24 h after the entry. An entry is *mature*
  when its window had ended at ``last_seen_us``; *lost* is who is mature and did not move on; the others are still
  open. ``loss_rate`` = lost / mature, so those still open do not blur it. The last stage has nothing to move on to:
  its rates are null.
* ``value_of_moving_on[s]``: net revenue within the window after the entry (the entry's own not included) per mature
  person who moved on, less the same per person lost; at least 0, null where one of the two groups is empty. It says
  what those who went on spent more; whether moving on made them spend it, it cannot say.

reached = moved on + lost + still open, in every cell.

>>> people = {"ana": "meta:view@1 meta:click@2 purchase@3=20", "bo": "meta:view@1", "cy": "tmall:view@1 tmall:click@3"}
>>> stages = {"view": "awareness", "click": "interest", "purchase": "purchase"}
>>> found = stage_map(journeys(people, stage_of_action=stages), window_days=7, last_seen_us=10**13)
>>> found.frame().select("stage", "channel", "reached", "moved", "lost").rows()[:2]
[('awareness', 'meta', 2, 1, 1), ('awareness', 'tmall', 1, 1, 0)]
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from omnidash.journeys.arrays import Floats, Int64s
from omnidash.journeys.medians import grouped_medians
from omnidash.journeys.parallel import over_slices
from omnidash.journeys.stage_kernels import LOST, MATURE, MOVED, REACHED, count_stages
from omnidash.journeys.table import Journeys
from omnidash.journeys.touches import channel_columns, day_bounds, days_us
from omnidash.model.defaults import STAGES
from omnidash.model.period import Period


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StageMap:
    """Counts int64[S, C] by stage and channel (channels with any entry, sorted by name); ``median_seconds``
    float64[S, C] from the entry to the next stage over those who moved on in time, NaN without any;
    ``median_seconds_of_stage`` float64[S] over all channels; ``value_of_moving_on`` float64[S], NaN where unknown."""

    stages: tuple[str, ...]
    channels: tuple[str, ...]
    window_days: float
    reached: Int64s
    moved: Int64s
    mature: Int64s
    lost: Int64s
    median_seconds: Floats
    median_seconds_of_stage: Floats
    value_of_moving_on: Floats

    @property
    def still_open(self) -> Int64s:
        """Persons whose window had not ended and who had not moved on."""
        return self.reached - self.moved - self.lost

    def frame(self) -> pl.DataFrame:
        """One row per stage and channel that somebody reached, in the order of stages, then channels.

        [stage, channel String, reached, moved, lost, still_open Int64, loss_rate Float64 or null, median_seconds
        Float64 or null]
        """
        stage, channel = np.nonzero(self.reached)
        is_last = stage == len(self.stages) - 1
        mature = self.mature[stage, channel]
        frame = pl.DataFrame(
            {
                "stage": pl.Series(self.stages, dtype=pl.String).gather(stage),
                "channel": pl.Series(self.channels, dtype=pl.String).gather(channel),
                "reached": self.reached[stage, channel],
                "moved": self.moved[stage, channel],
                "lost": self.lost[stage, channel],
                "still_open": self.still_open[stage, channel],
                "loss_rate": np.where(
                    (mature > 0) & ~is_last, self.lost[stage, channel] / np.maximum(mature, 1), np.nan
                ),
                "median_seconds": self.median_seconds[stage, channel],
            }
        )
        return frame.with_columns(pl.col("loss_rate", "median_seconds").fill_nan(None))


def stage_map(
    journeys: Journeys,
    *,
    window_days: float = 30,
    lookback_days: float = 30,
    period: Period | None = None,
    last_seen_us: int | None = None,
    stages: tuple[str, ...] = STAGES,
    threads: int = 2,
) -> StageMap:
    """The map of all persons. ``last_seen_us``: the instant up to which the data is complete; None: the last event.

    Same result for any number of threads. Raises ValueError where window_days or lookback_days <= 0.
    """
    labels, column = channel_columns(journeys)
    size, table = len(labels), journeys
    rank = {stage: position for position, stage in enumerate(stages, start=1)}
    rank_of_action = np.array([rank.get(stage, 0) for stage in table.stages], np.int64)
    seen = last_seen_us if last_seen_us is not None else int(table.ts.max()) if table.events else 0
    columns = (table.offsets, table.ts, table.day, table.channel, table.action, table.touch, table.revenue)
    settings = (column, size, rank_of_action, len(stages), days_us(window_days), days_us(lookback_days))
    bounds = (*day_bounds(period), seen)
    parts = over_slices(journeys, threads, lambda low, high: count_stages(low, high, *columns, *settings, *bounds))
    counts = sum((part[0] for part in parts), start=np.zeros((4, len(stages), size), np.int64))
    money = sum((part[1] for part in parts), start=np.zeros((2, len(stages)), np.int64))
    cells = np.concatenate([np.empty(0, np.int64), *(part[2] for part in parts)])
    lags = np.concatenate([np.empty(0, np.int64), *(part[3] for part in parts)])
    medians = grouped_medians(cells, lags, len(stages) * size).reshape(len(stages), size) / 1e6
    of_stage = grouped_medians(cells // size, lags, len(stages)) / 1e6
    kept = sorted(np.flatnonzero(counts[REACHED].sum(axis=0)), key=lambda c: labels[c])
    return StageMap(
        stages=stages,
        channels=tuple(labels[c] for c in kept),
        window_days=window_days,
        reached=counts[REACHED][:, kept],
        moved=counts[MOVED][:, kept],
        mature=counts[MATURE][:, kept],
        lost=counts[LOST][:, kept],
        median_seconds=medians[:, kept],
        median_seconds_of_stage=of_stage,
        value_of_moving_on=_value(money / 10_000, counts[MATURE].sum(axis=1), counts[LOST].sum(axis=1)),
    )


def _value(money: Floats, mature: Int64s, lost: Int64s) -> Floats:
    gone = mature - lost
    with np.errstate(invalid="ignore", divide="ignore"):
        more = money[0] / gone - money[1] / lost
    return np.where((gone > 0) & (lost > 0), np.maximum(more, 0.0), np.nan)
