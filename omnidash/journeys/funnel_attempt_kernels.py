"""What one attempt comes to: from its entry event on, step by step, in any order mode.

Masks, groups of one instant, breaks and gaps are those of ``funnel_kernels``.
"""

import numpy as np
from numba import njit

from omnidash.journeys.arrays import Bools, Int8s, Int32s, Int64s, UInt8s, UInt16s, UInt32s

ORDERED, ANY = 0, 1
"""Strict order is ORDERED with every event a break."""
NEVER = -(2**62)


@njit(nogil=True, cache=True)
def entries(
    first_person: int,
    end_person: int,
    offsets: Int64s,
    day: Int32s,
    action: UInt16s,
    channel: UInt16s,
    step_mask: UInt32s,
    by_channel: bool,
    enters: int,
    only_first: bool,
    first_day: int,
    last_day: int,
) -> tuple[Int64s, Int64s]:
    """``(person, event)`` of the entries of a slice: events whose mask meets ``enters``, on a day of the period."""
    most = end_person - first_person if only_first else offsets[end_person] - offsets[first_person]
    person, event = np.empty(most, np.int64), np.empty(most, np.int64)
    found = 0
    wanted = np.uint32(enters)
    for p in range(first_person, end_person):
        for i in range(offsets[p], offsets[p + 1]):
            if step_mask[action[i], channel[i] if by_channel else 0] & wanted and first_day <= day[i] <= last_day:
                person[found], event[found] = p, i
                found += 1
                if only_first:
                    break
    return person[:found].copy(), event[:found].copy()


@njit(nogil=True, cache=True)
def follow(
    mode: int,
    person: Int64s,
    entry: Int64s,
    enough: Int8s,
    offsets: Int64s,
    ts: Int64s,
    action: UInt16s,
    channel: UInt16s,
    step_mask: UInt32s,
    break_mask: UInt32s,
    by_channel: bool,
    steps: int,
    window_us: int,
    gap_us: Int64s,
    is_plain: bool,
    last_seen_us: int,
    reached: Int8s,
    is_open: UInt8s,
    stood: Int64s,
    elapsed_us: Int64s,
) -> None:
    """Follow N attempts, each of them until ``enough[n]`` steps are reached (or what it is known to reach).

    Fills ``reached`` (steps), ``is_open`` (1: neither complete nor over), ``stood`` (position of the event that made
    the deepest step) and ``elapsed_us[k, n]`` (from entry to step k + 1 where that was reached). ``is_plain``: in
    order, without breaks and gaps, where each step may be taken as soon as it comes.
    """
    step_ts, last_ts = np.empty(steps, np.int64), np.empty(steps, np.int64)
    for n in range(entry.size):
        p = person[n]
        depth, alive, last_event = _attempt(
            mode,
            entry[n],
            offsets[p],
            offsets[p + 1],
            ts,
            action,
            channel,
            step_mask,
            break_mask,
            by_channel,
            steps,
            enough[n],
            window_us,
            gap_us,
            is_plain,
            last_seen_us,
            step_ts,
            last_ts,
        )
        reached[n] = depth
        is_open[n] = depth < steps and alive and ts[entry[n]] + window_us > last_seen_us
        stood[n] = last_event
        for k in range(depth):
            elapsed_us[k, n] = step_ts[k] - ts[entry[n]]


@njit(nogil=True, cache=True)
def choose_of_each(
    person: Int64s,
    reached: Int8s,
    is_open: UInt8s,
    start_us: Int64s,
    entry: Int64s,
    whole_us: Int64s,
    steps: int,
    is_best: bool,
) -> tuple[Bools, Bools]:
    """``(is_chosen bool[N], some_open bool[persons])``: of each person's attempts the one that counts, and whether any
    of them is open; ``person`` in order.

    Best: the deepest, of complete ones the first to be complete, of the others the latest to start; else the first to
    start. ``whole_us``: from entry to last step of the complete ones, in order (of a single step: empty).
    """
    is_chosen = np.zeros(person.size, np.bool_)
    some_open = np.zeros(person.size, np.bool_)
    persons, complete, best, best_done = 0, 0, -1, np.int64(0)
    for n in range(person.size):
        done = np.int64(0)
        if reached[n] == steps:
            done = start_us[n] + (whole_us[complete] if steps > 1 else 0)
            complete += 1
        if n == 0 or person[n] != person[n - 1]:
            best, best_done = n, done
            is_chosen[n] = True
            persons += 1
        else:
            if is_best:
                is_better = reached[n] > reached[best] or (
                    reached[n] == reached[best]
                    and (done < best_done or (done == best_done and start_us[n] > start_us[best]))
                )
            else:
                is_better = start_us[n] < start_us[best] or (start_us[n] == start_us[best] and entry[n] < entry[best])
            if is_better:
                is_chosen[best], is_chosen[n] = False, True
                best, best_done = n, done
        some_open[persons - 1] |= is_open[n] == 1
    return is_chosen, some_open[:persons].copy()


@njit(nogil=True, cache=True)
def later_event(person: Int64s, event: Int64s, offsets: Int64s, ts: Int64s) -> Int64s:
    """For each event its person's first event at a later instant, -1 where there is none."""
    found = np.full(event.size, -1, np.int64)
    for n in range(event.size):
        i, end = event[n], offsets[person[n] + 1]
        t = ts[i]
        while i < end and ts[i] == t:
            i += 1
        if i < end:
            found[n] = i
    return found


@njit(nogil=True, cache=True)
def _attempt(  # noqa: PLR0912, PLR0915  (one pass reads best in one place)
    mode: int,
    entry: int,
    begin: int,
    end: int,
    ts: Int64s,
    action: UInt16s,
    channel: UInt16s,
    step_mask: UInt32s,
    break_mask: UInt32s,
    by_channel: bool,
    steps: int,
    enough: int,
    window_us: int,
    gap_us: Int64s,
    is_plain: bool,
    last_seen_us: int,
    step_ts: Int64s,
    last_ts: Int64s,
) -> tuple[int, bool, int]:
    """``(steps reached, could it still go on?, the event that made the deepest step)``.

    ``step_ts[k]`` becomes the earliest instant at which the attempt had reached k + 1 steps; ``last_ts[k]`` is the
    latest at which a chain came to stand there, the one that later windows and breaks leave the longest.
    """
    i, one = np.uint64(entry), np.uint64(1)  # unsigned: numba then leaves out its test for negative indices
    while i > np.uint64(begin) and ts[i - one] == ts[entry]:
        i -= one
    depth, last, alive = 0, np.uint64(end), True
    group, wanted, done = i, np.uint32(0), np.uint32(0)  # where the deepest step was made, and by which bits
    last_ts[:] = NEVER
    while i < last and depth < enough:
        t, first = ts[i], i
        if t > ts[entry] + window_us:
            alive = False
            break
        mask, breaks = np.uint32(0), np.uint32(0)
        while i < last and ts[i] == t:
            column = channel[i] if by_channel else np.uint16(0)
            mask |= step_mask[action[i], column]
            if not is_plain:
                breaks |= break_mask[action[i], column]
            i += one
        if mode == ANY:
            new = mask & ~done
            for k in range(steps):
                if (new >> k) & 1:
                    step_ts[depth] = t
                    depth += 1
            if new:
                group, wanted = first, new
            done |= mask
            if breaks and t > ts[entry]:
                alive = False
                break
        elif is_plain:
            while depth < steps and (mask >> depth) & 1:
                group, wanted = first, np.uint32(1) << np.uint32(depth)
                step_ts[depth] = t
                depth += 1
        else:
            if t == ts[entry]:
                step_ts[0], last_ts[0], depth = t, t, 1
            for k in range(1, steps):
                if (mask >> k) & 1 and last_ts[k - 1] > NEVER and t <= last_ts[k - 1] + gap_us[k]:
                    last_ts[k] = t
                    if k >= depth:
                        group, wanted = first, np.uint32(1) << np.uint32(k)
                        step_ts[k] = t
                        depth = k + 1
            if breaks:
                alive = False
                for k in range(steps):
                    if (breaks >> k) & 1 and last_ts[k] < t:
                        last_ts[k] = NEVER
                    alive |= last_ts[k] > NEVER
                if not alive:
                    break
    if alive and mode != ANY and not is_plain and depth < steps:
        alive = False
        for k in range(steps - 1):
            alive |= last_ts[k] > NEVER and last_ts[k] + gap_us[k + 1] > last_seen_us
    stood = np.uint64(entry)
    if depth > 1:
        stood = group
        while not step_mask[action[stood], channel[stood] if by_channel else np.uint16(0)] & wanted:
            stood += one
    return depth, alive, np.int64(stood)  # type: ignore[return-value]  # numba needs the sign
