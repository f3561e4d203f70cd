"""Usual cadence: how improbable it is that nothing comes on a day, as the days before it tell.

Every silence rule asks this one question of a series of counts (touches of a channel, rows of a source, conversions).
The answer is a *surprise* in nats, −ln of the probability of an empty day. Surprises of following days add up, and
a silence is said where their sum reaches ``surprise_needed``: of the looks of a whole year, one day at a time, chance
alone then brings one false alarm in ``YEARS_PER_FALSE_ALARM`` years. So a channel with 40 touches a day is silent after
one day, one with 4 after three, and a Sunday on which the shop is always closed owes next to nothing.

A day is compared with the same weekday of the last eight weeks, of which the lowest (a holiday, an outage) and the
highest (a sale) are left out; of fewer than four weeks only the lowest counts, of fewer than three rows a day all do.
Around their mean the counts are taken as Poisson, as much clumped as they have been from week to week (variance / mean,
quasi-Poisson: Wedderburn 1974, doi 10.1093/biomet/61.3.439; a visitor who leaves five rows is one arrival). A day much
below the mean speaks for itself: two closed Sundays out of eight make the next one no surprise. Where the last two
weeks were further below what their weekdays let expect than by chance, as much less is owed. Public holidays owe what
the weekday that owes least does. A silence of weeks counts once for each weekday, so that it teaches nobody that
silence is usual; days that are not known teach nothing.

Nothing later than a day enters into its surprise: a history cut off says of its days what the whole one says.

Example: Sundays 50, 48, 0, 0, 51, 50, 49, 52 -> ln 6: the lowest is left out, one of the other six was empty.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from math import log

import numpy as np
from numpy.typing import NDArray

from omnidash.health.grid import Flags, Floats
from omnidash.health.holidays import holiday_of

WEEK = 7
YEARS_PER_FALSE_ALARM = 60
"""Of one series and rule. Each channel is looked at by three silence rules: together one in twenty years, beside the
"at most one a year" that all rules promise."""

_WEEKS = 8
_FEWEST_WEEKS = 2
_ROBUST_FROM = 4  # of fewer weeks none can be left out
_LEVEL_WEEKS = 2
_SPARSE = 3.0  # a step: with fewer one empty step in twenty comes by chance
_ADDED_WEEKS = 2.0
_SOMETHING = 0.5  # nats: a run begins with a day that owes as much; a closed Sunday before it is no part of it
_FAR_BELOW = 3.0  # standard deviations
_OPEN = frozenset(
    {"", "midyear_618", "double_11_opening", "double_11", "double_12", "black_friday"}
)  # nobody closes on them


def surprise_needed(looks_a_year: float) -> float:
    """Nats of a silence that chance brings once in ``YEARS_PER_FALSE_ALARM`` years of so many looks (365: 10.0)."""
    return log(looks_a_year * YEARS_PER_FALSE_ALARM)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cadence:
    """Per position [T]: ``usual``: the count its weekday lets expect; ``surprise``: nats if nothing comes; 0 where too
    little is known."""

    usual: Floats
    surprise: Floats


def daily_cadence(days: Sequence[date], counts: NDArray[np.generic], is_known: Flags | None = None) -> Cadence:
    """The cadence of days without gaps between them. ``is_known``: where a count says something [T]."""
    found = cadence(counts, is_known, period=WEEK)
    least = found.surprise.copy()
    for step in range(1, WEEK):
        least[step:] = np.minimum(least[step:], found.surprise[:-step])
    is_holiday = np.array([_is_closed_by_law(day) for day in days], dtype=np.bool_)
    return Cadence(usual=found.usual, surprise=np.where(is_holiday, least, found.surprise))


@cache
def _is_closed_by_law(day: date) -> bool:
    return holiday_of(day) not in _OPEN


def cadence(counts: NDArray[np.generic], is_known: Flags | None = None, *, period: int) -> Cadence:
    """Counts at even steps that repeat after ``period`` of them (7 days; 168 hours)."""
    values = counts.astype(np.float64)
    if is_known is not None:
        values[~is_known] = np.nan
    arrived = np.flatnonzero(values > 0)
    values[: arrived[0] if len(arrived) else len(values)] = np.nan  # before its first row there was nothing to miss
    runs = _run_lengths(values == 0)
    values[runs > period] = np.nan
    past = np.full((len(values), _WEEKS), np.nan)
    for week in range(_WEEKS):
        shift = period * (week + 1)
        past[shift:, week] = values[: max(0, len(values) - shift)]
    past = np.sort(past, axis=1)  # not-a-number comes last
    weeks = np.sum(~np.isnan(past), axis=1)
    is_robust = weeks >= _ROBUST_FROM
    place = np.arange(_WEEKS)[None, :]
    first = np.where(is_robust, 1, 0)
    after_last = np.where(is_robust, weeks - 1, np.minimum(weeks, 1))
    is_taken = (place >= first[:, None]) & (place < after_last[:, None])
    taken = np.maximum(1, is_taken.sum(axis=1))
    usual = np.where(is_taken, past, 0.0).sum(axis=1) / taken
    is_sparse = (usual < _SPARSE) & is_robust
    usual = np.where(is_sparse, _sparse_mean(past, usual, weeks, period), usual)
    clumps = _clumping(values, period)
    level = _level(values, usual, period)
    starts = np.maximum(0, np.arange(len(values)) - np.maximum(0, runs - 1))
    level = level[starts]  # its own empty days make a silence no less of one
    is_low = past < (usual - _FAR_BELOW * np.sqrt(clumps * usual))[:, None]
    now = (usual * level)[:, None]
    rates = np.where(is_low, np.minimum(past, now), now) / clumps[:, None]
    chance = np.where(is_taken, np.exp(-np.where(is_taken, rates, 0.0)), 0.0).sum(axis=1) / taken
    was_empty = np.where(is_sparse, 0.0, (is_taken & (past == 0)).sum(axis=1) / taken)
    surprise = -np.log(np.maximum(np.maximum(chance, was_empty), 1e-300))
    return Cadence(usual=usual, surprise=np.where(weeks >= _FEWEST_WEEKS, surprise, 0.0))


def _sparse_mean(past: Floats, inner: Floats, weeks: NDArray[np.int64], period: int) -> Floats:
    """The mean of all eight, for where an empty day is nothing special: of so few the lowest and the highest are no
    outliers, but what is far above the others still is. One row's worth of the mean of all weekdays is added, for eight
    weeks cannot tell a Sunday with a sale in three weeks from one with none."""
    cap = inner + _FAR_BELOW * np.sqrt(inner) + _SPARSE
    sums = np.nansum(np.minimum(past, cap[:, None]), axis=1)
    total = np.concatenate([[0.0], np.cumsum(np.where(weeks > 0, sums / np.maximum(1, weeks), 0.0))])
    here = np.arange(len(inner)) + 1
    of_all = (total[here] - total[np.maximum(0, here - period)]) / period
    added = np.minimum(_ADDED_WEEKS, 1.0 / np.maximum(of_all, 1e-9))
    return (sums + added * of_all) / np.maximum(1e-9, weeks + added)


def _run_lengths(flags: Flags) -> NDArray[np.int64]:
    """How many flags in a row end at each position."""
    positions = np.arange(1, len(flags) + 1)
    last_break = np.maximum.accumulate(np.where(flags, 0, positions))
    return np.where(flags, positions - last_break, 0)


def _clumping(values: Floats, period: int) -> Floats:
    """Variance / mean of a step against the same step a week before, the median of the last eight weeks; at least 1."""
    weeks = len(values) // period
    by_week = values[: weeks * period].reshape(weeks, period)
    now, before = by_week[1:], by_week[:-1]
    squares, sums = np.nansum((now - before) ** 2, axis=1), np.nansum(now + before, axis=1)
    ratios = np.full(weeks + _WEEKS, np.nan)  # before the first: nothing is known
    ratios[_WEEKS + 1 :] = np.where(sums > 0, squares / np.where(sums > 0, sums, 1.0), np.nan)[: max(0, weeks - 1)]
    known = np.sort(np.lib.stride_tricks.sliding_window_view(ratios, _WEEKS), axis=1)  # one per week and the one after
    count = np.sum(~np.isnan(known), axis=1)
    row = np.arange(len(known))
    middle = (known[row, np.maximum(0, (count - 1) // 2)] + known[row, np.maximum(0, count // 2)]) / 2
    of_week = np.maximum(1.0, np.where(count > 0, np.nan_to_num(middle, nan=1.0), 1.0))
    return np.repeat(of_week, period)[: len(values)]


def _level(values: Floats, usual: Floats, period: int) -> Floats:
    """What the last two weeks brought / what was usual on their days, but for chance; at most 1."""
    is_counted = ~np.isnan(values) & (usual > 0)
    window = period * _LEVEL_WEEKS
    sums = []
    for series in (np.where(is_counted, values, 0.0), np.where(is_counted, usual, 0.0)):
        total = np.concatenate([[0.0], np.cumsum(series)])
        here = np.arange(len(values))
        sums.append(total[here] - total[np.maximum(0, here - window)])
    brought, expected = sums
    by_chance = np.sqrt(expected)  # a standard deviation: so much less says nothing
    return np.minimum(1.0, np.where(expected > 0, (brought + by_chance) / np.maximum(expected, 1e-9), 1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyRun:
    """Positions of a run of empty steps: ``first`` on which something was owing, ``noticed`` (None where it may be
    chance), ``end`` (the step after its last)."""

    first: int
    noticed: int | None
    end: int


def empty_runs(
    counts: NDArray[np.generic], owing: Floats, is_known: Flags | None = None, *, needed: float
) -> list[EmptyRun]:
    """The runs of empty steps, in order, and where each has become too improbable. Steps that are not known neither end
    a run nor speak for it. ``owing``: the surprise of each step if it is empty [T]."""
    known = np.arange(len(counts)) if is_known is None else np.flatnonzero(is_known)
    is_empty = counts.astype(np.float64)[known] <= 0
    lengths = _run_lengths(is_empty)
    ends = np.flatnonzero((lengths > 0) & np.append(lengths[1:] == 0, True))
    found = []
    for last in ends:
        run = known[last - lengths[last] + 1 : last + 1]
        owed = np.cumsum(owing[run])
        begun = np.flatnonzero(owing[run] >= _SOMETHING)
        enough = np.flatnonzero(owed >= needed)
        is_sure = len(enough) > 0
        is_begun_in_time = len(begun) > 0 and (not is_sure or begun[0] <= enough[0])
        found.append(
            EmptyRun(
                first=int(run[begun[0] if is_begun_in_time else 0]),
                noticed=int(run[enough[0]]) if is_sure else None,
                end=int(run[-1]) + 1,
            )
        )
    return found
