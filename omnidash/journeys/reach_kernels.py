"""Kernels behind ``reach``: distinct persons per channel, per day, and by how many channels they touched."""

import numpy as np
from numba import njit

from omnidash.journeys.arrays import Int32s, Int64s, UInt8s, UInt16s

NEVER = -(2**62)


@njit(nogil=True, cache=True)
def count_reach(
    first_person: int,
    end_person: int,
    offsets: Int64s,
    ts: Int64s,
    day: Int32s,
    channel: UInt16s,
    action: UInt16s,
    touch: UInt8s,
    column: Int64s,
    columns: int,
    goal: int,
    lookback_us: int,
    first_day: int,
    last_day: int,
) -> Int64s:
    """int64[3, columns + 1]: persons, touches, converters by channel; the last column is over all channels."""
    counts = np.zeros((3, columns + 1), np.int64)
    latest = np.full(columns, NEVER, np.int64)
    seen = np.empty(columns, np.int64)
    converted = np.zeros(columns, np.bool_)
    for p in range(first_person, end_person):
        distinct, any_converted = 0, False
        for i in range(offsets[p], offsets[p + 1]):
            if not first_day <= day[i] <= last_day:
                continue
            if touch[i]:
                c = column[channel[i]]
                counts[1, c] += 1
                counts[1, columns] += 1
                if latest[c] == NEVER:
                    seen[distinct] = c
                    distinct += 1
                latest[c] = ts[i]
            if action[i] == goal:
                for s in range(distinct):
                    if latest[seen[s]] >= ts[i] - lookback_us:
                        converted[seen[s]] = True
                        any_converted = True
        for s in range(distinct):
            counts[0, seen[s]] += 1
            counts[2, seen[s]] += converted[seen[s]]
            latest[seen[s]] = NEVER
            converted[seen[s]] = False
        counts[0, columns] += distinct > 0
        counts[2, columns] += any_converted
    return counts


@njit(nogil=True, cache=True)
def count_daily(
    first_person: int,
    end_person: int,
    offsets: Int64s,
    day: Int32s,
    channel: UInt16s,
    touch: UInt8s,
    column: Int64s,
    columns: int,
    first_day: int,
    days: int,
) -> Int64s:
    """int64[2, days, columns + 1]: persons and touches by local day and channel; the last column is over all."""
    counts = np.zeros((2, days, columns + 1), np.int64)
    counted = np.full(columns + 1, -1, np.int64)  # the last day on which this person was counted in a column
    for p in range(first_person, end_person):
        counted[:] = -1
        for i in range(offsets[p], offsets[p + 1]):
            row = day[i] - first_day
            if touch[i] and 0 <= row < days:
                c = column[channel[i]]
                for place in (c, columns):
                    counts[1, row, place] += 1
                    if counted[place] != row:
                        counts[0, row, place] += 1
                        counted[place] = row
    return counts


@njit(nogil=True, cache=True)
def class_cross_channel(
    first_person: int,
    end_person: int,
    offsets: Int64s,
    ts: Int64s,
    day: Int32s,
    channel: UInt16s,
    action: UInt16s,
    touch: UInt8s,
    column: Int64s,
    columns: int,
    goal: int,
    lookback_us: int,
    first_day: int,
    last_day: int,
) -> UInt8s:
    """uint8[persons]: 0 not reached, 1 by one channel, 2 by several; 2 more where they converted after as many. See
    ``reach.cross_channel``."""
    found = np.zeros(end_person - first_person, np.uint8)
    latest = np.full(columns, NEVER, np.int64)
    seen = np.empty(columns, np.int64)
    in_period = np.zeros(columns, np.bool_)
    for p in range(first_person, end_person):
        distinct, reached_by, before_goal = 0, 0, 0
        for i in range(offsets[p], offsets[p + 1]):
            inside = first_day <= day[i] <= last_day
            if touch[i]:
                c = column[channel[i]]
                if latest[c] == NEVER:
                    seen[distinct] = c
                    distinct += 1
                latest[c] = ts[i]
                if inside and not in_period[c]:
                    in_period[c] = True
                    reached_by += 1
            if inside and action[i] == goal and before_goal < 2:  # more than two channels change nothing
                recent = 0
                for s in range(distinct):
                    recent += latest[seen[s]] >= ts[i] - lookback_us
                before_goal = max(before_goal, recent)
        for s in range(distinct):
            latest[seen[s]] = NEVER
            in_period[seen[s]] = False
        if reached_by > 0:
            needed = min(reached_by, 2)
            found[p - first_person] = needed + (2 if before_goal >= needed else 0)
    return found
