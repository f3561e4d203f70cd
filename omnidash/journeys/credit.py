"""Credit: which channel earns how much of each conversion under a rule, by local day of the conversion.

A conversion's touches are those of its path (``omnidash.journeys.paths``): after the previous conversion, inside the
lookback, repeats kept. Each rule shares one conversion, its revenue and, where it is the person's first ever, one new
customer among them:

* first, last: all to the first or last touch. last_non_direct: to the last touch whose channel is not direct; to the
  last touch where all are.
* linear: equal parts per touch. position: 40 % first, 40 % last, 20 % shared by those between; two touches 50/50.
* time_decay: weight 2^(-age / half-life), age = elapsed time from touch to conversion; ages 0, 0, 6 and 9 days with a
  half-life of 7 days give 33.8, 33.8, 18.6 and 13.8 %.
* participation: each distinct channel touched gets everything, so its sums exceed what was observed.
* shapley: equal parts per distinct channel touched, which is the exact Shapley value of the conversions that touch
  only channels of a set (``omnidash.attribution.shapley``).
* markov: each distinct channel touched gets a part in proportion to its weight, which the caller gives: the removal
  effect of a Markov chain (``omnidash.attribution.effect_weights``). Equal parts where no channel touched has weight.

No touch in the lookback: ``(direct)``. Invariant: over all channels, credits of conversions, revenue and new customers
each sum to what was observed that day (except participation). New means the person's first goal event of the table,
whatever the period. Revenue is net of refunds in workspace currency.

>>> days = credit_by_day(journeys({"ana": "search@1 email@3 purchase@4=20"}), model="linear")
>>> days.frame().select("channel", "conversions", "revenue", "new_customers").rows()
[('email', 0.5, 10.0, 0.5), ('search', 0.5, 10.0, 0.5)]
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import polars as pl

from omnidash.journeys import walk_kernels as kernels
from omnidash.journeys.arrays import Floats, Int32s
from omnidash.journeys.parallel import over_slices
from omnidash.journeys.table import Journeys
from omnidash.journeys.touches import columns_of, day_axis, days_us
from omnidash.model.defaults import DIRECT, GOAL_ACTION
from omnidash.model.period import Period, day_of_number

MODELS: dict[str, int] = {
    "first": kernels.FIRST,
    "last": kernels.LAST,
    "last_non_direct": kernels.LAST_NON_DIRECT,
    "linear": kernels.LINEAR,
    "position": kernels.POSITION,
    "time_decay": kernels.TIME_DECAY,
    "participation": kernels.PARTICIPATION,
    "shapley": kernels.SHAPLEY,
}
"""The models that share out every conversion on its own, by name."""

MARKOV = "markov"
"""Shares out every conversion by weights that all conversions together have."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DayCredits:
    """Credits by local day and channel (or campaign). D days from ``first_day``, C columns named by ``channels``.

    ``conversions``, ``revenue`` (workspace currency), ``new_customers``: float64[D, C]. The first column is
    ``(unknown)``, the last ``(direct)``.
    """

    first_day: date
    channels: tuple[str, ...]
    conversions: Floats
    revenue: Floats
    new_customers: Floats

    def frame(self) -> pl.DataFrame:
        """[day Date, channel String, conversions, revenue, new_customers Float64], rows with anything but zeros.

        Sorted by day, channel.
        """
        day, column = np.nonzero((self.conversions != 0) | (self.revenue != 0) | (self.new_customers != 0))
        rows = pl.DataFrame(
            {
                "day": pl.Series(day, dtype=pl.Int32),
                "channel": pl.Series(self.channels, dtype=pl.String).gather(column),
                "conversions": self.conversions[day, column],
                "revenue": self.revenue[day, column],
                "new_customers": self.new_customers[day, column],
            }
        )
        first = (self.first_day - date(1970, 1, 1)).days
        return rows.with_columns((pl.col("day") + first).cast(pl.Date)).sort("day", "channel")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BlockCredits:
    """Credits of a whole period by block of persons. B blocks, C columns named by ``channels``.

    ``conversions``, ``revenue`` (workspace currency), ``new_customers``: float64[B, C], as in ``DayCredits``.
    """

    channels: tuple[str, ...]
    conversions: Floats
    revenue: Floats
    new_customers: Floats


def credit_by_day(
    journeys: Journeys,
    *,
    model: str,
    goal: str = GOAL_ACTION,
    lookback_days: float = 30,
    half_life_days: float = 7.0,
    period: Period | None = None,
    direct_channels: tuple[str, ...] = ("direct",),
    by: Literal["channel", "campaign"] = "channel",
    weights: Mapping[str, float] | None = None,
    threads: int = 2,
) -> DayCredits:
    """Share out every conversion on a local day of ``period`` (None: all days of the table).

    ``by='campaign'`` books on the campaign of each touch instead of its channel. ``weights`` of channels (campaigns)
    serve markov; one that is not named has 0. Raises ValueError where the model is unknown or has no weights, or a
    length of time is not positive.
    """
    first_day, days = day_axis(journeys, period)
    labels, credit = _credit(
        journeys,
        model,
        goal,
        lookback_days,
        half_life_days,
        (first_day, days),
        direct_channels,
        by,
        threads,
        weights=weights,
    )
    return DayCredits(
        first_day=day_of_number(first_day),
        channels=labels,
        conversions=credit[0],
        revenue=credit[1],
        new_customers=credit[2],
    )


def credit_by_block(
    journeys: Journeys,
    block: Int32s,
    *,
    model: str,
    goal: str = GOAL_ACTION,
    lookback_days: float = 30,
    half_life_days: float = 7.0,
    period: Period | None = None,
    direct_channels: tuple[str, ...] = ("direct",),
    by: Literal["channel", "campaign"] = "channel",
    threads: int = 2,
) -> BlockCredits:
    """The same credits, added up over the period by ``block`` int32[P], the block 0 … B − 1 of each person.

    Credits of any re-weighting of the blocks are a product with these, so a bootstrap walks no journey again. Raises
    ValueError as ``credit_by_day``, and where there is not one block per person.
    """
    if block.shape != (journeys.persons,):
        raise ValueError(f"block has shape {block.shape}, expected ({journeys.persons},)")
    labels, credit = _credit(
        journeys,
        model,
        goal,
        lookback_days,
        half_life_days,
        day_axis(journeys, period),
        direct_channels,
        by,
        threads,
        block,
    )
    return BlockCredits(channels=labels, conversions=credit[0], revenue=credit[1], new_customers=credit[2])


def number_of(model: str, weights: Mapping[str, float] | None) -> int:
    """The kernels' number of a model. ValueError where it is unknown, or is markov and ``weights`` are missing."""
    if model == MARKOV:
        if weights is None:
            raise ValueError("model 'markov' shares by weights, and none are given")
        return kernels.WEIGHTED
    if model not in MODELS:
        raise ValueError(f"model '{model}' is unknown; expected one of {', '.join((*MODELS, MARKOV))}")
    return MODELS[model]


def weights_of(labels: tuple[str, ...], weights: Mapping[str, float] | None) -> Floats:
    """float64[labels]: the weight of each, 0 where none is given. ValueError where one is negative or no number."""
    found = np.array([(weights or {}).get(label, 0.0) for label in labels], np.float64)
    if not (np.isfinite(found) & (found >= 0)).all():
        raise ValueError(f"weights {dict(zip(labels, found.tolist(), strict=True))} are not all at least 0")
    return found


_NO_BLOCKS = np.empty(0, np.int32)


def _credit(
    table: Journeys,
    model: str,
    goal: str,
    lookback_days: float,
    half_life_days: float,
    day_range: tuple[int, int],
    direct_channels: tuple[str, ...],
    by: str,
    threads: int,
    block: Int32s = _NO_BLOCKS,
    weights: Mapping[str, float] | None = None,
) -> tuple[tuple[str, ...], Floats]:
    """Labels of the columns, and float64[3, days or blocks, columns]."""
    number = number_of(model, weights)
    labels, column = columns_of(table.channels if by == "channel" else table.campaigns)
    is_direct = np.array([name in direct_channels or name == DIRECT for name in table.channels], np.bool_)
    blocks = int(block.max(initial=-1)) + 1
    columns = (table.offsets, table.ts, table.day, table.action, table.touch, table.revenue, table.channel)
    settings = (
        table.channel if by == "channel" else table.campaign,
        column,
        is_direct,
        table.action_code(goal),
        number,
        days_us(lookback_days),
        days_us(half_life_days),
        *day_range,
        len(labels),
        block,
        blocks,
        weights_of(labels, weights),
    )
    parts = over_slices(table, threads, lambda low, high: kernels.credit_days(low, high, *columns, *settings))
    rows = blocks if block.size else day_range[1]
    return labels, np.sum(parts, axis=0) if parts else np.zeros((3, rows, len(labels)))
