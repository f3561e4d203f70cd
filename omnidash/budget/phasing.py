"""A plan week by week: how much of each channel's money goes into which week of the horizon.

The horizon begins on the day after the reference period and is cut into business weeks (Monday to Sunday; the first and
last may be shorter). *Even*: every day gets the same. *With the season*: a channel's money follows the demand that the
same weekdays a year earlier (364 days) showed, by total net revenue, relative to the horizon's average; it is moved
between weeks until the next unit earns the same in each, and no further than ``REACH`` from even, since a year ago is
one witness. The total of every channel stays what the plan says, within those limits. Without a year of history
demand is taken as even.

Expected revenue of a week: days · demand · curve(spend per day), so that even spend under even demand is the plan's own
expectation; on concave curves even spend is then also the best.

Worked example: 700 over two weeks whose demand is 0.9 and 1.1, curve ∝ spend^0.5: equal marginal revenue means spend ∝
demand², 281 and 419; ± 30 % allows 245 to 455, so it stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from omnidash.budget.curve import ChannelCurve
from omnidash.budget.expected import Expected

Floats = npt.NDArray[np.float64]
Phasing = Literal["even", "season"]

REACH = 0.3
YEAR_OF_WEEKS = timedelta(days=364)
_POINTS = 121
_HALVINGS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Days of the horizon within one business week, and their demand (1: average of the horizon)."""

    first_day: date
    days: int
    demand: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeeklyPlan:
    """Money per week: ``spend`` and ``revenue`` (expected) are float64 [weeks, channels], whole weeks, not days.

    ``knows_season``: whether there was a year of history to read demand from.
    """

    weeks: tuple[Week, ...]
    channels: tuple[str, ...]
    spend: Floats
    revenue: Floats
    knows_season: bool


def weeks_of(first_day: date, days: int) -> tuple[Week, ...]:
    """The horizon cut at Mondays."""
    found, day, end = [], first_day, first_day + timedelta(days=days)
    while day < end:
        until = min(day + timedelta(days=7 - day.weekday()), end)
        found.append(Week(first_day=day, days=(until - day).days))
        day = until
    return tuple(found)


def demand_a_year_ago(channel_day: pl.DataFrame, weeks: Sequence[Week]) -> Floats | None:
    """Demand of each week relative to the horizon's average, by revenue of the same weekdays a year earlier.

    None where those days are not all known, or sold nothing.
    """
    by_day = dict(channel_day.group_by("day").agg(pl.col("revenue").sum()).iter_rows())
    sold = []
    for week in weeks:
        before = [week.first_day - YEAR_OF_WEEKS + timedelta(days=k) for k in range(week.days)]
        if any(day not in by_day for day in before):
            return None
        sold.append(sum(float(by_day[day]) for day in before) / week.days)
    lengths = np.array([week.days for week in weeks], dtype=float)
    average = float(np.dot(sold, lengths) / lengths.sum())
    if not average > 0:
        return None
    return np.maximum(np.array(sold) / average, 0.0)


def weekly_plan(
    curves: Sequence[ChannelCurve],
    per_day: Mapping[str, float],
    first_day: date,
    days: int,
    *,
    phasing: Phasing = "even",
    channel_day: pl.DataFrame | None = None,
) -> WeeklyPlan:
    """The plan (spend per day by channel) over ``days`` days from ``first_day``, by week."""
    if days < 1:
        raise ValueError(f"days must be at least 1; it is {days}")
    weeks = weeks_of(first_day, days)
    demand = None if channel_day is None else demand_a_year_ago(channel_day, weeks)
    lengths = np.array([week.days for week in weeks], dtype=float)
    factor = np.ones(len(weeks)) if demand is None or phasing == "even" else demand
    expected = Expected.of(curves)
    even = np.array([per_day[curve.channel] for curve in curves])
    daily = np.broadcast_to(even[:, None], (len(curves), len(weeks))).copy()
    if phasing == "season" and demand is not None and len(weeks) > 1:
        daily = _with_demand(expected, even, lengths, demand)
    return WeeklyPlan(
        weeks=tuple(
            Week(first_day=week.first_day, days=week.days, demand=float(x))
            for week, x in zip(weeks, factor, strict=True)
        ),
        channels=tuple(curve.channel for curve in curves),
        spend=(daily * lengths).T,
        revenue=(expected.revenue(daily) * lengths * factor).T,
        knows_season=demand is not None,
    )


def _with_demand(expected: Expected, even: Floats, lengths: Floats, demand: Floats) -> Floats:
    """Spend per day [channels, weeks] with the same marginal revenue in each week, as far as the reach allows."""
    steps = even[:, None] * np.linspace(1 - REACH, 1 + REACH, _POINTS)
    slope = expected.marginal(steps)
    found = np.broadcast_to(even[:, None], (len(even), len(lengths))).copy()
    for c, money in enumerate(even * lengths.sum()):
        # Where the curve is S-shaped here, more in one week and less in another is a gamble on its shape: stay even.
        if money <= 0 or (np.diff(slope[c]) > 1e-12 * slope[c].max()).any():
            continue
        low, high = float(slope[c].min() * demand.min()), float(slope[c].max() * demand.max())
        for _ in range(_HALVINGS):
            price = (low + high) / 2
            spend = _at_price(steps[c], slope[c], price, demand)
            low, high = (price, high) if float(spend @ lengths) > money else (low, price)
        # Where the curve is straight, weeks jump from one limit to the other: what is left goes where there is room.
        left = money - float(spend @ lengths)
        room = steps[c, -1] - spend if left > 0 else spend - steps[c, 0]
        capacity = float(room @ lengths)
        found[c] = spend + left / capacity * room if capacity > 0 else spend
    return found


def _at_price(steps: Floats, slope: Floats, price: float, demand: Floats) -> Floats:
    """Spend per day of each week at which demand × slope equals the price, within the steps."""
    with np.errstate(divide="ignore"):
        asked = np.where(demand > 0, price / np.maximum(demand, 1e-12), np.inf)
    return np.interp(-asked, -slope, steps)
