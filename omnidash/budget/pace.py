"""Is the month on plan? Spend so far against the plan, and where the month will end if it goes on as of late.

Plan: the plan's spend per day on every day of the month. Forecast of the month's end: what was spent so far plus, for
every day left, the average of that weekday over the last four weeks; its 80 % interval comes from how much daily spend
scattered around those averages (days taken as independent, which is stated on screen). A channel is *over* or *under*
when the planned end lies outside the interval, and off by more than 3 %.

Worked example: planned 100 a day in June, 60 spent on each of the first 15 days: 900 of 1,500 so far; forecast 1,800
of 3,000: under.
"""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
import polars as pl
from scipy import stats

RECENT_DAYS = 28
OFF = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """One channel (or all: ``channel`` None) in the month: money so far and at the end, planned and expected."""

    channel: str | None
    planned_so_far: float
    spent_so_far: float
    planned_end: float
    forecast_end: float
    low: float
    high: float
    state: Literal["over", "under", "on plan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthPace:
    """The month up to ``last_day``, the last day with delivered spend."""

    first_day: date
    last_day: date
    end_day: date
    channels: tuple[Pace, ...]
    total: Pace


def month_pace(channel_day: pl.DataFrame, plan_per_day: Mapping[str, float], last_day: date) -> MonthPace:
    """How the month of ``last_day`` stands; channels of the plan, in its order."""
    first = last_day.replace(day=1)
    end = last_day.replace(day=calendar.monthrange(last_day.year, last_day.month)[1])
    left = [last_day + timedelta(days=k) for k in range(1, (end - last_day).days + 1)]
    past, length = (last_day - first).days + 1, (end - first).days + 1
    rows, spread = [], []
    for channel, planned in plan_per_day.items():
        spend = channel_day.filter(pl.col("channel") == channel, pl.col("day") <= last_day)
        so_far = float(spend.filter(pl.col("day") >= first)["spend"].sum())
        forecast, variance = _rest(spend, last_day, left)
        rows.append((channel, planned, so_far, so_far + forecast))
        spread.append(variance)

    def pace(channel: str | None, planned: float, so_far: float, at_end: float, variance: float) -> Pace:
        reach = float(stats.norm.ppf(0.9)) * variance**0.5
        low, high, goal = max(at_end - reach, so_far), at_end + reach, planned * length
        state: Literal["over", "under", "on plan"] = "on plan"
        if low > goal and at_end > goal * (1 + OFF):
            state = "over"
        elif high < goal and at_end < goal * (1 - OFF):
            state = "under"
        return Pace(
            channel=channel,
            planned_so_far=planned * past,
            spent_so_far=so_far,
            planned_end=goal,
            forecast_end=at_end,
            low=low,
            high=high,
            state=state,
        )

    channels = tuple(pace(*row, variance) for row, variance in zip(rows, spread, strict=True))
    sums = np.array([row[1:] for row in rows], dtype=float).reshape(-1, 3).sum(axis=0).tolist()
    return MonthPace(
        first_day=first,
        last_day=last_day,
        end_day=end,
        channels=channels,
        total=pace(None, sums[0], sums[1], sums[2], sum(spread)),
    )


def _rest(spend: pl.DataFrame, last_day: date, left: list[date]) -> tuple[float, float]:
    """Expected spend of the days left, and its variance."""
    first = last_day - timedelta(days=RECENT_DAYS - 1)
    known = dict(spend.filter(pl.col("day") >= first).select("day", "spend").iter_rows())
    recent = [first + timedelta(days=k) for k in range(RECENT_DAYS)]
    amounts = np.array([float(known.get(day, 0.0)) for day in recent])
    weekday = np.array([day.weekday() for day in recent])
    average = np.array([amounts[weekday == k].mean() for k in range(7)])
    scatter = float(np.sum((amounts - average[weekday]) ** 2)) / (RECENT_DAYS - 7)
    expected = float(sum(average[day.weekday()] for day in left))
    # Every day scatters by itself, and the four-week averages are uncertain too (a quarter of a day's variance each).
    often = np.bincount([day.weekday() for day in left], minlength=7)
    return expected, scatter * (len(left) + float(np.sum(often**2)) / 4)
