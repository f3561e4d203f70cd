"""Kernels behind ``paths``: write each person's paths as sequences of codes, then group equal sequences exactly."""

import numpy as np
from numba import njit

from omnidash.journeys.arrays import Bools, Floats, Int32s, Int64s, UInt8s, UInt16s, UInt64s
from omnidash.journeys.touches import first_in_lookback


@njit(nogil=True, cache=True)
def emit_paths(
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
    direct_column: int,
    goal: int,
    lookback_us: int,
    first_day: int,
    last_day: int,
    collapse: bool,
) -> tuple[UInt16s, Int64s, Bools, Floats]:
    """``(codes, lengths, converted, value)``: the codes of all paths one after the other, and one entry per path.

    No event is in two paths, so ``codes`` needs at most one place per event.
    """
    low, high = offsets[first_person], offsets[end_person]
    most_paths = end_person - first_person
    for i in range(low, high):
        most_paths += action[i] == goal
    codes = np.empty(high - low, np.uint16)
    lengths = np.empty(most_paths, np.int64)
    converted = np.empty(most_paths, np.bool_)
    value = np.empty(most_paths, np.float64)
    paths, used = 0, 0
    for p in range(first_person, end_person):
        after = offsets[p]
        last_touch = -1
        for i in range(offsets[p], offsets[p + 1]):
            if touch[i]:
                last_touch = i
            if action[i] != goal:
                continue
            if first_day <= day[i] <= last_day:
                begin = first_in_lookback(ts, after, i, lookback_us)
                end = _write_path(begin, i, channel, touch, column, collapse, codes, used)
                if end == used:
                    codes[used] = direct_column
                    end = used + 1
                lengths[paths], converted[paths], value[paths] = end - used, True, revenue[i]
                paths, used = paths + 1, end
            after = i + 1
            last_touch = -1
        if last_touch >= 0 and first_day <= day[last_touch] <= last_day:
            begin = first_in_lookback(ts, after, last_touch, lookback_us)
            end = _write_path(begin, last_touch, channel, touch, column, collapse, codes, used)
            lengths[paths], converted[paths], value[paths] = end - used, False, 0.0
            paths, used = paths + 1, end
    return codes[:used].copy(), lengths[:paths].copy(), converted[:paths].copy(), value[:paths].copy()


@njit(nogil=True, cache=True)
def _write_path(
    begin: int,
    last: int,
    channel: UInt16s,
    touch: UInt8s,
    column: Int64s,
    collapse: bool,
    codes: UInt16s,
    used: int,
) -> int:
    """Append the channels of the touches ``begin … last`` at ``codes[used:]``; returns where the path ends."""
    end = used
    for i in range(begin, last + 1):
        if touch[i]:
            code = column[channel[i]]
            if not (collapse and end > used and codes[end - 1] == code):
                codes[end] = code
                end += 1
    return end


@njit(nogil=True, cache=True)
def sequence_hashes(codes: UInt16s, bounds: Int64s) -> UInt64s:
    """A 64-bit hash of each sequence ``codes[bounds[s]:bounds[s + 1]]`` (FNV-1a by code, then mixed)."""
    hashes = np.empty(bounds.size - 1, np.uint64)
    for s in range(bounds.size - 1):
        h = np.uint64(14695981039346656037)
        for i in range(bounds[s], bounds[s + 1]):
            h = (h ^ np.uint64(codes[i])) * np.uint64(1099511628211)
        h ^= h >> np.uint64(32)
        hashes[s] = h * np.uint64(0x9E3779B97F4A7C15)
    return hashes


@njit(nogil=True, cache=True)
def group_sequences(codes: UInt16s, bounds: Int64s, hashes: UInt64s) -> tuple[Int64s, Int64s]:
    """``(group_of int64[sequences], representative int64[groups])``: equal sequences share a group.

    Open addressing with linear probing. A hash only says where to look: sequences are compared code by code, so the
    grouping is exact whatever the hashes are.
    """
    sequences = bounds.size - 1
    size = 16
    while size < 2 * sequences:
        size *= 2
    slot_group = np.full(size, -1, np.int64)
    group_of = np.empty(sequences, np.int64)
    representative = np.empty(sequences, np.int64)
    groups = 0
    for s in range(sequences):
        slot = np.int64(hashes[s] >> np.uint64(1)) & (size - 1)
        while True:
            group = slot_group[slot]
            if group < 0:
                slot_group[slot] = groups
                representative[groups] = s
                group_of[s] = groups
                groups += 1
                break
            other = representative[group]
            if hashes[other] == hashes[s] and _equal(codes, bounds, s, other):
                group_of[s] = group
                break
            slot = (slot + 1) & (size - 1)
    return group_of, representative[:groups].copy()


@njit(nogil=True, cache=True)
def _equal(codes: UInt16s, bounds: Int64s, a: int, b: int) -> bool:
    length = bounds[a + 1] - bounds[a]
    if bounds[b + 1] - bounds[b] != length:
        return False
    for i in range(length):  # noqa: SIM110  (numba compiles loops, not generator expressions)
        if codes[bounds[a] + i] != codes[bounds[b] + i]:
            return False
    return True
