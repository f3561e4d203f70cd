"""How much traffic a channel should have had on a day, judged from the days before it alone.

Expected touches = level × weekday × holiday × what the spend explains, on the log scale:

* level: median of the last 14 comparable days, without weekday and spend effect;
* weekday: median departure of that weekday from its surrounding week over the last 8 weeks, pulled to none as far as
  the differences between weekdays could be noise;
* spend: touches follow the day's spend against its usual level with an elasticity between 0 and 1, learnt from days
  before; a budget cut is then no surprise. Zero where no spend is delivered;
* holiday: on a holiday or sale day (``holidays``) the departure of the same day of that holiday a year before, else the
  median departure of the other channels on that day where there are three or more: when all fall, nobody fell. Only a
  fall is expected so; a sale that fails to bring more is no drop.

Holidays, sales, days without delivery and days of an open drop are not comparable: they are left out of level, weekday
and spread, so neither Double 11 nor the drop itself moves what is expected afterwards (robust: medians throughout).

After a surge of a week or two that level is too high: a return to what was usual before is no drop. So the same
expectation is made from the median of the last 42 days as well (``long_error``), and a drop lies below both.

The spread is the larger of the robust deviation (1.4826 × MAD) of the errors so far and the counting noise of so many
touches. A mean error of three days is judged by the deviation of three-day means. Eighty-four days hold only 28 of them
that do not overlap, so that this is often too small by chance; it is never taken for less than three independent days
have that share the error of their level, a median of 14 days: sqrt(1/3 + π/2/14) = 0.67 of a day's, not 0.58.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from omnidash.health.grid import Floats, Grid
from omnidash.health.holidays import day_of_holiday, holiday_of

MINIMUM_DAYS = 21
"""Comparable days a channel needs before it is judged."""

_LEVEL_DAYS = 14
_LONG_LEVEL_DAYS = 42  # a surge shorter than half of that does not make a new level
_WEEKDAY_DAYS = 56
_ERROR_DAYS = 84
_LEAST_FALL = -0.05  # log of spend: a limit of a drop is 5 % or more
_FEWEST_STEPS = 4  # of spend, on one weekday
_OTHERS = 3
_STEADY = 0.06  # no business is steadier from day to day than that
_OF_THREE_DAYS = float(np.sqrt(1 / 3 + np.pi / 2 / _LEVEL_DAYS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One channel on one day. ``expected`` touches; ``error``: log of actual / expected; ``spread``: its usual size;
    ``error_3`` and ``spread_3``: the same of the mean of the last three days; ``raw_error``, ``raw_spread``: without
    what the spend explains; ``long_error``: against the level of six weeks, ``raw_long_error`` without the spend;
    ``spend_fall``: log of the spend against that of the day before and the median of three, the smaller fall (0 where
    it did not fall); ``usual_step``: the largest step of spend, up or down, on that weekday in eight weeks, None where
    fewer than four are known or nothing fell."""

    expected: float
    error: float
    spread: float
    error_3: float | None
    spread_3: float
    raw_error: float
    raw_spread: float
    long_error: float
    raw_long_error: float
    spend_fall: float
    usual_step: float | None

    @property
    def without_spend(self) -> float:
        """Touches expected whatever is spent on the day."""
        return self.expected * float(np.exp(self.error - self.raw_error))


@dataclass(slots=True)
class History:
    """What is known of one channel from its comparable days; ``take`` adds a day."""

    days: list[date] = field(default_factory=list)
    logs: list[float] = field(default_factory=list)
    log_spend: list[float] = field(default_factory=list)
    errors: deque[float] = field(default_factory=lambda: deque(maxlen=_ERROR_DAYS))
    raw_errors: deque[float] = field(default_factory=lambda: deque(maxlen=_ERROR_DAYS))
    errors_3: deque[float] = field(default_factory=lambda: deque(maxlen=_ERROR_DAYS))
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=3))
    on_holiday: dict[tuple[str, int], float] = field(default_factory=dict)
    _weekday: tuple[float, ...] = (0.0,) * 7
    _elasticity: float = 0.0
    _refreshed: int = -1

    def expected(self, day: date, spend: float, level_days: int = _LEVEL_DAYS) -> tuple[float, float]:
        """Log of expected touches, with and without the spend of the day, from the level of the last days."""
        self._refresh()
        recent = slice(-level_days, None)
        days, logs, log_spend = self.days[recent], self.logs[recent], self.log_spend[recent]
        plain = [value - self._weekday[d.weekday()] for d, value in zip(days, logs, strict=True)]
        raw = float(np.median(plain)) + self._weekday[day.weekday()]
        if self._elasticity == 0.0 or spend <= 0:
            return raw, raw
        usual = [
            value - self._elasticity * (money - log_spend[-1]) for value, money in zip(plain, log_spend, strict=True)
        ]
        level = float(np.median(usual)) + self._weekday[day.weekday()]
        return level + self._elasticity * (float(np.log(spend)) - log_spend[-1]), raw

    def spend_fall(self, day: date, spend: float) -> tuple[float, float | None]:
        """How far the spend fell on a day, and how large its steps on that weekday have been: see ``Judged``."""
        if spend <= 0 or not self.days or (day - self.days[-1]).days > 1:
            return 0.0, None
        before = min(self.log_spend[-1], float(np.median(self.log_spend[-3:])))
        fall = min(0.0, float(np.log(spend)) - before)
        if fall > _LEAST_FALL:
            return fall, None  # nobody asks: most days end here
        usual = [
            abs(self.log_spend[i] - self.log_spend[i - 1])
            for i in range(max(1, len(self.days) - _WEEKDAY_DAYS), len(self.days))
            if self.days[i].weekday() == day.weekday() and (self.days[i] - self.days[i - 1]).days == 1
        ]
        return fall, max(usual) if len(usual) >= _FEWEST_STEPS else None

    def take(self, day: date, touches: float, spend: float, judged: Judged | None) -> None:
        """A comparable day is over."""
        self.days.append(day)
        self.logs.append(float(np.log(max(touches, 0.5))))
        self.log_spend.append(float(np.log(spend)) if spend > 0 else (self.log_spend[-1] if self.log_spend else 0.0))
        if judged is not None:
            self.errors.append(judged.error)
            self.raw_errors.append(judged.raw_error)
            if judged.error_3 is not None:
                self.errors_3.append(judged.error_3)

    @property
    def is_known(self) -> bool:
        """Whether there are enough comparable days to judge the next one."""
        return len(self.days) >= MINIMUM_DAYS

    def _refresh(self) -> None:
        """Weekday and spend effects, once a week: they change slowly."""
        if self._refreshed >= 0 and len(self.days) - self._refreshed < 7:
            return
        self._refreshed = len(self.days)
        days, logs = self.days[-_WEEKDAY_DAYS:], np.array(self.logs[-_WEEKDAY_DAYS:])
        money = np.array(self.log_spend[-_WEEKDAY_DAYS:])
        departure = logs - _week_around(logs)
        effects = []
        for weekday in range(7):
            own = departure[[i for i, d in enumerate(days) if d.weekday() == weekday]]
            effects.append(float(np.median(own)) if len(own) else 0.0)
        around = np.array([departure[i] - effects[d.weekday()] for i, d in enumerate(days)])
        self._weekday = _pulled_in(np.array(effects), noise=1.4826 * float(np.median(np.abs(around))), days=len(days))
        plain = logs - np.array([self._weekday[d.weekday()] for d in days])
        self._elasticity = _elasticity(plain, money)


def spread_of(errors: "deque[float]", expected: float) -> float:
    """Robust deviation of the errors so far, not below counting noise and the steadiest business."""
    robust = 1.4826 * float(np.median(np.abs(np.array(errors)))) if len(errors) >= 7 else 0.25
    return float(np.sqrt(max(robust, _STEADY) ** 2 + 1.0 / max(expected, 1.0)))


def judge(history: History, day: date, touches: float, spend: float, holiday_shift: float = 0.0) -> Judged:
    """The day against what its history lets expect; ``holiday_shift`` is added to the log of the expectation."""
    with_spend, raw = history.expected(day, spend)
    long_level, raw_long = history.expected(day, spend, _LONG_LEVEL_DAYS)
    spend_fall, usual_step = history.spend_fall(day, spend)
    log_touches = float(np.log(max(touches, 0.5)))
    error = log_touches - with_spend - holiday_shift
    expected = float(np.exp(with_spend + holiday_shift))
    history.recent.append(error)
    error_3 = float(np.mean(history.recent)) if len(history.recent) == 3 else None
    spread = spread_of(history.errors, expected)
    return Judged(
        expected=expected,
        error=error,
        spread=spread,
        error_3=error_3,
        spread_3=max(spread_of(history.errors_3, 3 * expected), _OF_THREE_DAYS * spread),
        raw_error=log_touches - raw - holiday_shift,
        raw_spread=spread_of(history.raw_errors, expected),
        long_error=log_touches - min(with_spend, long_level) - holiday_shift,
        raw_long_error=log_touches - min(raw, raw_long) - holiday_shift,
        spend_fall=spend_fall,
        usual_step=usual_step,
    )


def holiday_shifts(grid: Grid, histories: list[History], row: int) -> Floats:
    """Per channel, log of what the holiday of that day does to traffic; zeros on a plain day."""
    day = grid.days[row]
    name = holiday_of(day)
    shifts = np.zeros(len(grid.channels))
    if not name:
        return shifts
    departures = np.full(len(grid.channels), np.nan)
    for column, history in enumerate(histories):
        if history.is_known and grid.touches[row, column] > 0:
            _, raw = history.expected(day, 0.0)
            departures[column] = np.log(grid.touches[row, column]) - raw
    for column, history in enumerate(histories):
        earlier = history.on_holiday.get((name, day_of_holiday(day)))
        others = np.delete(departures, column)
        others = others[~np.isnan(others)]
        if earlier is not None:
            shifts[column] = min(0.0, earlier)
        elif len(others) >= _OTHERS:
            shifts[column] = min(0.0, float(np.median(others)))
        if not np.isnan(departures[column]):
            history.on_holiday[(name, day_of_holiday(day))] = float(departures[column])
    return shifts


def _pulled_in(effects: Floats, *, noise: float, days: int) -> tuple[float, ...]:
    """Weekday effects around their mean, times the part of their variance that noise does not explain."""
    centred = effects - effects.mean()
    variance = float(np.mean(centred**2))
    by_chance = max(noise, _STEADY) ** 2 * 7 / days
    part = variance / (variance + by_chance)
    return tuple((centred * part).tolist())


def _week_around(logs: Floats) -> Floats:
    """Median of the seven days around each day."""
    padded = np.concatenate([logs[3:0:-1], logs, logs[-2:-5:-1]])
    windows = np.lib.stride_tricks.sliding_window_view(padded, 7)
    return np.median(windows, axis=1)


def _elasticity(logs: Floats, money: Floats) -> float:
    """Slope of log touches on log spend over the days, clipped to 0 … 1; 0 where the spend hardly varies."""
    middle = money - np.median(money)
    if float(np.std(middle)) < 0.08:
        return 0.0
    answer = logs - np.median(logs)
    slope = float((middle * answer).sum() / (middle**2).sum())
    return min(max(slope, 0.0), 1.0)
