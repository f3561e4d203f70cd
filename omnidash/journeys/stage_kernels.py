"""The kernel behind ``stage_map``: who enters which stage through which channel, and who goes on from there."""

import numpy as np
from numba import njit

from omnidash.journeys.arrays import Floats, Int32s, Int64s, UInt8s, UInt16s

REACHED, MOVED, MATURE, LOST = range(4)
NO_CHANNEL = -1


@njit(nogil=True, cache=True)
def count_stages(
    first_person: int,
    end_person: int,
    offsets: Int64s,
    ts: Int64s,
    day: Int32s,
    channel: UInt16s,
    action: UInt16s,
    touch: UInt8s,
    revenue: Floats,
    column: Int64s,
    columns: int,
    rank_of_action: Int64s,
    stages: int,
    window_us: int,
    lookback_us: int,
    first_day: int,
    last_day: int,
    last_seen_us: int,
) -> tuple[Int64s, Int64s, Int64s, Int64s]:
    """``(counts int64[4, stages, columns], money int64[2, stages], cells int64[moves], lags int64[moves])``.

    ``rank_of_action[a]`` is 1 … stages, 0 for an action of no stage. ``counts``: REACHED, MOVED, MATURE, LOST by
    stage and channel; the last column is (direct). ``money``: revenue within the window after the entry, in ten
    thousandths (whole numbers add up the same in any order), of the mature who moved on and of the lost. One entry of
    ``cells`` (stage × columns + channel) and ``lags`` (µs) per person and stage that was left in time.
    """
    counts = np.zeros((4, stages, columns), np.int64)
    money = np.zeros((2, stages), np.int64)
    most = min((end_person - first_person) * stages, offsets[end_person] - offsets[first_person])
    cells = np.empty(most, np.int64)
    lags = np.empty(most, np.int64)
    moves = 0
    entered = np.empty(stages, np.int64)  # stages this person entered in the period, in order
    entry_ts = np.empty(stages, np.int64)
    entry_channel = np.empty(stages, np.int64)
    left_after = np.empty(stages, np.int64)
    later = np.empty(stages, np.int64)
    for p in range(first_person, end_person):
        furthest, entries = 0, 0
        latest, latest_ts = NO_CHANNEL, 0
        for i in range(offsets[p], offsets[p + 1]):
            if touch[i]:
                latest, latest_ts = column[channel[i]], ts[i]
            if revenue[i] != 0.0:
                for e in range(entries):
                    if ts[i] - entry_ts[e] <= window_us:
                        later[e] += np.int64(np.rint(revenue[i] * 10_000))
            rank = rank_of_action[action[i]]
            if rank <= furthest:
                continue
            furthest = rank
            if entries > 0 and left_after[entries - 1] < 0:
                left_after[entries - 1] = ts[i] - entry_ts[entries - 1]
            if first_day <= day[i] <= last_day:
                entered[entries], entry_ts[entries] = rank - 1, ts[i]
                is_recent = latest != NO_CHANNEL and latest_ts >= ts[i] - lookback_us
                entry_channel[entries] = latest if is_recent else columns - 1
                left_after[entries], later[entries] = -1, 0
                entries += 1
        for e in range(entries):
            cell = entered[e] * columns + entry_channel[e]
            is_mature = entry_ts[e] + window_us <= last_seen_us
            if _book(counts, money, cell, left_after[e], later[e], is_mature, window_us):
                cells[moves], lags[moves] = cell, left_after[e]
                moves += 1
    return counts, money, cells[:moves].copy(), lags[:moves].copy()


@njit(nogil=True, cache=True)
def _book(
    counts: Int64s, money: Int64s, cell: int, left_after: int, later: int, is_mature: bool, window_us: int
) -> bool:
    """Count one entry; returns whether the person moved on in time."""
    columns = counts.shape[2]
    s, c = cell // columns, cell % columns
    has_moved = 0 <= left_after <= window_us
    counts[REACHED, s, c] += 1
    counts[MATURE, s, c] += is_mature
    counts[MOVED, s, c] += has_moved
    if is_mature:
        counts[LOST, s, c] += not has_moved
        money[0 if has_moved else 1, s] += later
    return has_moved
