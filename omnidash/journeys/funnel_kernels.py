"""The per-person part of a funnel: for each person the best (or first) attempt, in one pass over the events.

Every kernel works on persons ``first_person … end_person`` and writes only their places in ``reached`` (int8, steps
reached) and ``entry`` (int64, position of the event the attempt starts with, -1 where there is none); it returns how
many of them are still open. Events at one instant are read as one group whose mask is the union of theirs, which is
what "ties by (ts, step order)" comes to: within a group a later step may follow an earlier one in any row order.

``step_mask[action, channel]`` has bit k set where such an event satisfies step k + 1; it has a single column where no
step asks for a channel (``by_channel`` false), which spares reading the channel of 10 M events.
"""

import numpy as np
from numba import njit

from omnidash.journeys.arrays import Int8s, Int32s, Int64s, UInt16s, UInt32s

ORDERED, STRICT, ANY = 0, 1, 2
NEVER = -(2**62)
"""A start that was never made: older than any window reaches (windows are at most 2**61 µs)."""


@njit(nogil=True, cache=True)
def best_ordered(
    first_person: int,
    end_person: int,
    offsets: Int64s,
    ts: Int64s,
    day: Int32s,
    action: UInt16s,
    channel: UInt16s,
    step_mask: UInt32s,
    by_channel: bool,
    steps: int,
    window_us: int,
    first_day: int,
    last_day: int,
    last_seen_us: int,
    reached: Int8s,
    entry: Int64s,
) -> int:
    """Latest possible start per depth, by dynamic programming (what ClickHouse ``windowFunnel`` computes).

    ``start_ts[k]`` is the latest start from which step k + 1 was reached; a later start never closes a window that
    an earlier one leaves open, so keeping only the latest loses nothing. Stops at a person's first completion.
    """
    still_open = 0
    start_ts = np.empty(steps, np.int64)
    start_event = np.empty(steps, np.int64)
    for p in range(first_person, end_person):
        depth = 0
        end = offsets[p + 1]
        i = offsets[p]
        start_ts[:] = NEVER
        while i < end and depth < steps:
            mask = step_mask[action[i], channel[i] if by_channel else 0]
            if mask == 0:
                i += 1
                continue
            t = ts[i]
            enters = i if mask & 1 and first_day <= day[i] <= last_day else -1
            i += 1
            while i < end and ts[i] == t:
                more = step_mask[action[i], channel[i] if by_channel else 0]
                if enters < 0 and more & 1 and first_day <= day[i] <= last_day:
                    enters = i
                mask |= more
                i += 1
            if enters >= 0:
                start_ts[0] = t
                start_event[0] = enters
                depth = max(depth, 1)
            k = 1
            while k <= depth and k < steps:
                if (mask >> k) & 1 and t <= start_ts[k - 1] + window_us:
                    start_ts[k] = start_ts[k - 1]
                    start_event[k] = start_event[k - 1]
                    depth = max(depth, k + 1)
                k += 1
        reached[p] = depth
        entry[p] = start_event[depth - 1] if depth > 0 else -1
        still_open += 0 < depth < steps and start_ts[0] + window_us > last_seen_us
    return still_open


@njit(nogil=True, cache=True)
def best_strict(  # noqa: PLR0912  (one pass reads best in one place)
    first_person: int,
    end_person: int,
    offsets: Int64s,
    ts: Int64s,
    day: Int32s,
    action: UInt16s,
    channel: UInt16s,
    step_mask: UInt32s,
    by_channel: bool,
    steps: int,
    window_us: int,
    first_day: int,
    last_day: int,
    last_seen_us: int,
    reached: Int8s,
    entry: Int64s,
) -> int:
    """As ``best_ordered``, where a chain lives only if its next step comes in the same or the very next group."""
    still_open = 0
    before_ts, now_ts = np.empty(steps, np.int64), np.empty(steps, np.int64)
    before_event, now_event = np.empty(steps, np.int64), np.empty(steps, np.int64)
    for p in range(first_person, end_person):
        depth, best_start, best_event = 0, NEVER, -1
        end = offsets[p + 1]
        i = offsets[p]
        before_ts[:] = NEVER
        while i < end and depth < steps:
            t = ts[i]
            mask, enters = np.uint32(0), -1
            while i < end and ts[i] == t:
                more = step_mask[action[i], channel[i] if by_channel else 0]
                if enters < 0 and more & 1 and first_day <= day[i] <= last_day:
                    enters = i
                mask |= more
                i += 1
            now_ts[:] = NEVER
            for k in range(steps):
                if k == 0:
                    if enters >= 0:
                        now_ts[0], now_event[0] = t, enters
                elif (mask >> k) & 1:
                    if now_ts[k - 1] >= before_ts[k - 1]:
                        now_ts[k], now_event[k] = now_ts[k - 1], now_event[k - 1]
                    else:
                        now_ts[k], now_event[k] = before_ts[k - 1], before_event[k - 1]
                    if t > now_ts[k] + window_us:
                        now_ts[k] = NEVER
                if now_ts[k] > NEVER and (k + 1 > depth or (k + 1 == depth and now_ts[k] >= best_start)):
                    depth, best_start, best_event = k + 1, now_ts[k], now_event[k]
            before_ts, now_ts = now_ts, before_ts
            before_event, now_event = now_event, before_event
        reached[p] = depth
        entry[p] = best_event
        if 0 < depth < steps:  # a chain that stood at the person's last instant may still go on
            still_open += int(np.max(before_ts) + window_us > last_seen_us)
    return still_open


@njit(nogil=True, cache=True)
def best_any(  # noqa: PLR0912  (one pass reads best in one place)
    first_person: int,
    end_person: int,
    offsets: Int64s,
    ts: Int64s,
    day: Int32s,
    action: UInt16s,
    channel: UInt16s,
    step_mask: UInt32s,
    by_channel: bool,
    steps: int,
    window_us: int,
    first_day: int,
    last_day: int,
    last_seen_us: int,
    reached: Int8s,
    entry: Int64s,
) -> int:
    """Most distinct steps inside one window, by two pointers; ties go to the latest start.

    ``count[k]`` is how many events between ``left`` and ``right`` satisfy step k + 1. A window starts at any event of
    any step on a day of the period. At the first completion the start moves up as far as it stays complete.
    """
    still_open = 0
    count = np.empty(steps, np.int64)
    for p in range(first_person, end_person):
        depth, best_event, latest_start = 0, -1, NEVER
        end = offsets[p + 1]
        left = offsets[p]
        right = left
        covered = 0
        count[:] = 0
        while left < end:
            t = ts[left]
            enters = -1
            after = left
            while after < end and ts[after] == t:
                if enters < 0 and step_mask[action[after], channel[after] if by_channel else 0] != 0:
                    enters = after if first_day <= day[after] <= last_day else -1
                after += 1
            if enters >= 0:
                latest_start = t
                while depth < steps and right < end and ts[right] <= t + window_us:
                    if covered == steps and ts[right] != ts[right - 1]:
                        break
                    mask = step_mask[action[right], channel[right] if by_channel else 0]
                    for k in range(steps):
                        if (mask >> k) & 1:
                            covered += count[k] == 0
                            count[k] += 1
                    right += 1
                if covered >= max(depth, 1):
                    depth, best_event = covered, enters
            if depth == steps and covered < steps:
                break
            for event in range(left, min(after, right)):
                mask = step_mask[action[event], channel[event] if by_channel else 0]
                for k in range(steps):
                    if (mask >> k) & 1:
                        count[k] -= 1
                        covered -= count[k] == 0
            left = after
            right = max(right, left)
        reached[p] = depth
        entry[p] = best_event
        still_open += 0 < depth < steps and latest_start + window_us > last_seen_us
    return still_open


@njit(nogil=True, cache=True)
def first_attempts(
    mode: int,
    first_person: int,
    end_person: int,
    offsets: Int64s,
    ts: Int64s,
    day: Int32s,
    action: UInt16s,
    channel: UInt16s,
    step_mask: UInt32s,
    by_channel: bool,
    steps: int,
    window_us: int,
    first_day: int,
    last_day: int,
    last_seen_us: int,
    reached: Int8s,
    entry: Int64s,
) -> int:
    """The attempt that starts with the person's first entry in the period, in any order mode."""
    still_open = 0
    wanted = np.uint32(0xFFFFFFFF) if mode == ANY else np.uint32(1)
    step_ts = np.empty(steps, np.int64)
    for p in range(first_person, end_person):
        reached[p] = 0
        entry[p] = -1
        for i in range(offsets[p], offsets[p + 1]):
            mask = step_mask[action[i], channel[i] if by_channel else 0]
            if mask & wanted and first_day <= day[i] <= last_day:
                depth, alive = _attempt(
                    mode,
                    i,
                    offsets[p],
                    offsets[p + 1],
                    ts,
                    action,
                    channel,
                    step_mask,
                    by_channel,
                    steps,
                    steps,
                    window_us,
                    step_ts,
                )
                reached[p] = depth
                entry[p] = i
                still_open += depth < steps and alive and ts[i] + window_us > last_seen_us
                break
    return still_open


@njit(nogil=True, cache=True)
def step_times(
    mode: int,
    first_person: int,
    end_person: int,
    offsets: Int64s,
    ts: Int64s,
    action: UInt16s,
    channel: UInt16s,
    step_mask: UInt32s,
    by_channel: bool,
    steps: int,
    window_us: int,
    reached: Int8s,
    entry: Int64s,
) -> tuple[Int64s, Int64s]:
    """Time from entry to each step for everyone who reached it: ``(elapsed_us, bounds)``.

    The times of step k + 1 are ``elapsed_us[bounds[k]:bounds[k + 1]]``, in person order; step 1 has none.
    """
    bounds = np.zeros(steps + 1, np.int64)
    for p in range(first_person, end_person):
        for k in range(1, reached[p]):
            bounds[k + 1] += 1
    for k in range(steps):
        bounds[k + 1] += bounds[k]
    place = bounds[:-1].copy()
    elapsed_us = np.empty(bounds[-1], np.int64)
    step_ts = np.empty(steps, np.int64)
    for p in range(first_person, end_person):
        if reached[p] < 2:
            continue
        _attempt(
            mode,
            entry[p],
            offsets[p],
            offsets[p + 1],
            ts,
            action,
            channel,
            step_mask,
            by_channel,
            steps,
            reached[p],
            window_us,
            step_ts,
        )
        for k in range(1, reached[p]):
            elapsed_us[place[k]] = step_ts[k] - ts[entry[p]]
            place[k] += 1
    return elapsed_us, bounds


@njit(nogil=True, cache=True)
def _attempt(  # noqa: PLR0912  (one pass reads best in one place)
    mode: int,
    entry: int,
    begin: int,
    end: int,
    ts: Int64s,
    action: UInt16s,
    channel: UInt16s,
    step_mask: UInt32s,
    by_channel: bool,
    steps: int,
    enough: int,
    window_us: int,
    step_ts: Int64s,
) -> tuple[int, bool]:
    """Follow the one attempt that starts at event ``entry``: ``(steps reached, could it still go on?)``.

    Stops once ``enough`` steps are reached (all of them, or as many as the attempt is known to reach).
    ``step_ts[k]`` becomes the earliest instant at which the attempt had reached k + 1 steps. ``standing`` has bit k
    set where a chain stands at step k + 1: in strict order several may (a tie can be read in two ways).
    """
    i, one = np.uint64(entry), np.uint64(1)  # unsigned: numba then leaves out its test for negative indices
    while i > np.uint64(begin) and ts[i - one] == ts[entry]:
        i -= one
    depth, last = 0, np.uint64(end)
    standing = np.uint32(0)
    while i < last and depth < enough:
        t = ts[i]
        if t > ts[entry] + window_us:
            return depth, False
        mask = np.uint32(0)
        while i < last and ts[i] == t:
            mask |= step_mask[action[i], channel[i] if by_channel else np.uint16(0)]
            i += one
        if mode == ORDERED:
            while depth < steps and (mask >> depth) & 1:
                step_ts[depth] = t
                depth += 1
        elif mode == ANY:
            for k in range(steps):
                if (mask & ~standing) >> k & 1:
                    step_ts[depth] = t
                    depth += 1
            standing |= mask
        else:
            now = np.uint32(t == ts[entry])
            for k in range(1, steps):
                if (mask >> k) & 1 and ((now | standing) >> (k - 1)) & 1:
                    now |= np.uint32(1) << np.uint32(k)
                    if k >= depth:
                        step_ts[k] = t
            while depth < steps and now >> depth:
                if depth == 0:
                    step_ts[0] = t
                depth += 1
            standing = now
            if standing == 0:
                return depth, False
    return depth, True
