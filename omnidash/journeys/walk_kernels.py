"""Kernels that walk from conversion to conversion: ``emit_paths`` for paths, ``credit_days`` for credit.

A conversion's path is made of the touches after the person's previous conversion that are no older than the lookback
at the instant of the conversion, both ends included. A row that is both touch and conversion belongs to the path it
completes. Both kernels take their touches from ``first_in_lookback`` and so cannot disagree on them. They share a
module because numba's cache on disk notices a change of a kernel's own file only.
"""

import numpy as np
from numba import njit

from omnidash.journeys.arrays import Bools, Floats, Int32s, Int64s, UInt8s, UInt16s, UInt32s

FIRST, LAST, LAST_NON_DIRECT, LINEAR, POSITION, TIME_DECAY, PARTICIPATION, SHAPLEY, WEIGHTED = range(9)


@njit(nogil=True, cache=True)
def first_in_lookback(ts: Int64s, after: int, conversion: int, lookback_us: int) -> int:
    """The first event at or after ``after`` that is not older than the lookback at event ``conversion``."""
    oldest = ts[conversion] - lookback_us
    event = after
    while ts[event] < oldest:
        event += 1
    return event


@njit(nogil=True, cache=True)
def emit_paths(
    first_person: int,
    end_person: int,
    offsets: Int64s,
    ts: Int64s,
    day: Int32s,
    code: UInt16s,
    action: UInt16s,
    touch: UInt8s,
    revenue: Floats,
    column: Int64s,
    direct_column: int,
    goal: int,
    lookback_us: int,
    first_day: int,
    last_day: int,
    collapse: bool,
) -> tuple[UInt32s, Int64s, Bools, Floats, Int64s, Bools, Int64s]:
    """``(codes, lengths, converted, value, person, is_new, lag_us)``: the columns of all paths one after the other, and
    one entry per path. ``code`` (channel or campaign of each event) gives the column through ``column[code]``.

    No event is in two paths, so ``codes`` needs at most one place per event. ``is_new``: the conversion is the
    person's first of the table. ``lag_us``: from the first touch of the path to its conversion, or to its last touch
    where it led to none; -1 for a conversion without a touch.
    """
    low, high = offsets[first_person], offsets[end_person]
    most_paths = end_person - first_person
    for i in range(low, high):
        most_paths += action[i] == goal
    codes = np.empty(high - low, np.uint32)
    lengths = np.empty(most_paths, np.int64)
    converted = np.empty(most_paths, np.bool_)
    value = np.empty(most_paths, np.float64)
    person = np.empty(most_paths, np.int64)
    is_new = np.empty(most_paths, np.bool_)
    lag_us = np.empty(most_paths, np.int64)
    paths, used = 0, 0
    for p in range(first_person, end_person):
        after = offsets[p]
        last_touch = -1
        is_first = True
        for i in range(offsets[p], offsets[p + 1]):
            if touch[i]:
                last_touch = i
            if action[i] != goal:
                continue
            if first_day <= day[i] <= last_day:
                begin = first_in_lookback(ts, after, i, lookback_us)
                end = _write_path(begin, i, code, touch, column, collapse, codes, used)
                lag_us[paths] = ts[i] - ts[_first_touch(begin, i, touch)] if end > used else -1
                if end == used:
                    codes[used] = direct_column
                    end = used + 1
                lengths[paths], converted[paths], value[paths] = end - used, True, revenue[i]
                person[paths], is_new[paths] = p, is_first
                paths, used = paths + 1, end
            after = i + 1
            last_touch = -1
            is_first = False
        if last_touch >= 0 and first_day <= day[last_touch] <= last_day:
            begin = first_in_lookback(ts, after, last_touch, lookback_us)
            end = _write_path(begin, last_touch, code, touch, column, collapse, codes, used)
            lengths[paths], converted[paths], value[paths] = end - used, False, 0.0
            person[paths], is_new[paths] = p, False
            lag_us[paths] = ts[last_touch] - ts[_first_touch(begin, last_touch, touch)]
            paths, used = paths + 1, end
    return (
        codes[:used].copy(),
        lengths[:paths].copy(),
        converted[:paths].copy(),
        value[:paths].copy(),
        person[:paths].copy(),
        is_new[:paths].copy(),
        lag_us[:paths].copy(),
    )


@njit(nogil=True, cache=True)
def _first_touch(begin: int, last: int, touch: UInt8s) -> int:
    """The first touch of the events ``begin … last``, which hold one."""
    i = begin
    while i < last and not touch[i]:
        i += 1
    return i


@njit(nogil=True, cache=True)
def _write_path(
    begin: int,
    last: int,
    code: UInt16s,
    touch: UInt8s,
    column: Int64s,
    collapse: bool,
    codes: UInt32s,
    used: int,
) -> int:
    """Append the columns of the touches ``begin … last`` at ``codes[used:]``; returns where the path ends."""
    end = used
    for i in range(begin, last + 1):
        if touch[i]:
            place = column[code[i]]
            if not (collapse and end > used and codes[end - 1] == place):
                codes[end] = place
                end += 1
    return end


@njit(nogil=True, cache=True)
def credit_days(
    first_person: int,
    end_person: int,
    offsets: Int64s,
    ts: Int64s,
    day: Int32s,
    action: UInt16s,
    touch: UInt8s,
    revenue: Floats,
    channel: UInt16s,
    code: UInt16s,
    column: Int64s,
    is_direct: Bools,
    goal: int,
    model: int,
    lookback_us: int,
    half_life_us: int,
    first_day: int,
    days: int,
    columns: int,
    block: Int32s,
    blocks: int,
    weight: Floats,
) -> Floats:
    """float64[3, days, columns]: credit of conversions, revenue and new customers; the last column is (direct).

    ``weight`` float64[columns]: what WEIGHTED shares by; every other model takes no notice of it.

    ``code`` (channel or campaign of each event) gives the column through ``column[code]``; ``is_direct[channel]``
    marks channels that last_non_direct passes over. With ``block`` (of each person; else empty) the rows are blocks of
    persons instead of days: float64[3, blocks, columns].
    """
    by_block = block.size > 0
    credit = np.zeros((3, blocks if by_block else days, columns), np.float64)
    seen_at = np.full(columns, -1, np.int64)  # the last conversion that met a column
    share = np.empty(16, np.float64)
    for p in range(first_person, end_person):
        after = offsets[p]
        is_new = 1.0
        for i in range(offsets[p], offsets[p + 1]):
            if action[i] != goal:
                continue
            row = day[i] - first_day
            if 0 <= row < days:
                begin = first_in_lookback(ts, after, i, lookback_us)
                if i + 1 - begin > share.size:
                    share = np.empty(2 * (i + 1 - begin), np.float64)
                touched = _shares(model, begin, i, ts, touch, channel, is_direct, half_life_us, share)
                if by_block:
                    row = block[p]
                if touched == 0:
                    _book(credit, row, columns - 1, 1.0, revenue[i], is_new)
                elif model in (PARTICIPATION, SHAPLEY, WEIGHTED):
                    _once_per_column(begin, i, touch, code, column, seen_at, model, weight, share)
                for j in range(begin, i + 1):
                    if touched and touch[j]:
                        _book(credit, row, column[code[j]], share[j - begin], revenue[i], is_new)
            after = i + 1
            is_new = 0.0
    return credit


@njit(nogil=True, cache=True)
def _book(credit: Floats, row: int, place: int, share: float, revenue: float, is_new: float) -> None:
    credit[0, row, place] += share
    credit[1, row, place] += share * revenue
    credit[2, row, place] += share * is_new


@njit(nogil=True, cache=True)
def _once_per_column(
    begin: int,
    conversion: int,
    touch: UInt8s,
    code: UInt16s,
    column: Int64s,
    seen_at: Int64s,
    model: int,
    weight: Floats,
    share: Floats,
) -> None:
    """Only the first touch of each column earns: 1 (participation), an equal part (Shapley), or a part in proportion to
    the column's weight; equal parts where all weights are 0."""
    distinct, total = 0, 0.0
    for j in range(begin, conversion + 1):
        if touch[j]:
            place = column[code[j]]
            share[j - begin] = 0.0 if seen_at[place] == conversion else 1.0
            if seen_at[place] != conversion:
                distinct += 1
                total += weight[place] if model == WEIGHTED else 1.0
            seen_at[place] = conversion
    if model == PARTICIPATION:
        return
    for j in range(begin, conversion + 1):
        if share[j - begin] > 0:
            if model == WEIGHTED and total > 0:
                share[j - begin] = weight[column[code[j]]] / total
            else:
                share[j - begin] /= distinct


@njit(nogil=True, cache=True)
def _shares(  # noqa: PLR0912  (one model per branch)
    model: int,
    begin: int,
    conversion: int,
    ts: Int64s,
    touch: UInt8s,
    channel: UInt16s,
    is_direct: Bools,
    half_life_us: int,
    share: Floats,
) -> int:
    """Fill ``share[j - begin]`` for the touches j of ``begin … conversion``; returns how many touches there are.

    The shares of one conversion sum to 1; participation, Shapley and weighted: each is 1, see ``_once_per_column``.
    """
    touches, first, last, last_named = 0, -1, -1, -1
    for j in range(begin, conversion + 1):
        share[j - begin] = 0.0
        if touch[j]:
            touches += 1
            last = j
            if first < 0:
                first = j
            if not is_direct[channel[j]]:
                last_named = j
    if touches == 0:
        return 0
    if model == FIRST:
        share[first - begin] = 1.0
    elif model == LAST or (model == LAST_NON_DIRECT and last_named < 0):
        share[last - begin] = 1.0
    elif model == LAST_NON_DIRECT:
        share[last_named - begin] = 1.0
    else:
        total = 0.0
        for j in range(begin, conversion + 1):
            if not touch[j]:
                continue
            weight = 1.0
            if model == POSITION and touches > 2:
                weight = 0.4 if j in (first, last) else 0.2 / (touches - 2)
            elif model == TIME_DECAY:  # counted from the last touch: the same shares, and no underflow to 0 / 0
                weight = 2.0 ** ((ts[j] - ts[last]) / half_life_us)
            share[j - begin] = weight
            total += weight
        if model not in (PARTICIPATION, SHAPLEY, WEIGHTED):
            for j in range(begin, conversion + 1):
                share[j - begin] /= total
    return touches
