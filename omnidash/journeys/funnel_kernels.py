"""Who reached which step: for each person the best attempt, in one pass over the events.

Every kernel works on persons ``first_person … end_person`` and writes only their places in ``reached`` (int8, steps
reached), ``entry`` (int64, position of the event the attempt starts with, -1 where there is none) and ``is_open``
(uint8, 1 where the person has not converted and still may). Events at one instant are read as one group whose masks
are the union of theirs, which is what "ties by (ts, step order)" comes to: within a group a later step may follow an
earlier one in any row order.

``step_mask[action, channel]`` has bit k set where such an event satisfies step k + 1; ``break_mask`` has it set where
such an event ends every chain that stands at step k + 1 since an earlier instant (an exclusion; in strict order every
event does). Both have a single column where no step asks for a channel (``by_channel`` false), which spares reading
the channel of 10 M events. ``gap_us[k]`` is the longest time between reaching step k and step k + 1.
"""

import numpy as np
from numba import njit

from omnidash.journeys.arrays import Int8s, Int32s, Int64s, UInt8s, UInt16s, UInt32s

NEVER = -(2**62)
"""A start that was never made: older than any window reaches (windows are at most 2**61 µs)."""


@njit(nogil=True, cache=True)
def best_in_order(  # noqa: PLR0912  (one pass reads best in one place)
    first_person: int,
    end_person: int,
    offsets: Int64s,
    ts: Int64s,
    day: Int32s,
    action: UInt16s,
    channel: UInt16s,
    step_mask: UInt32s,
    break_mask: UInt32s,
    by_channel: bool,
    steps: int,
    window_us: int,
    gap_us: Int64s,
    first_day: int,
    last_day: int,
    last_seen_us: int,
    reached: Int8s,
    entry: Int64s,
    is_open: UInt8s,
) -> None:
    """The deepest attempt, of those the latest start, by dynamic programming; stops at the first completion.

    ``start_ts[k]`` and ``last_ts[k]`` are those of the latest chain at step k + 1: where it started and when it got
    there. Of two chains at one step the one that got there later also started no earlier, so every window and every
    break that the later chain does not survive ends the earlier one too: keeping only the latest loses nothing.
    Without breaks and gaps this is what ClickHouse ``windowFunnel`` computes.
    """
    start_ts, last_ts = np.empty(steps, np.int64), np.empty(steps, np.int64)
    start_event = np.empty(steps, np.int64)
    for p in range(first_person, end_person):
        depth, best_start, best_event = 0, NEVER, -1
        i, end = offsets[p], offsets[p + 1]
        start_ts[:] = NEVER
        last_ts[:] = NEVER
        while i < end and depth < steps:
            column = channel[i] if by_channel else 0
            mask, breaks = step_mask[action[i], column], break_mask[action[i], column]
            if mask == 0 and breaks == 0:
                i += 1
                continue
            t = ts[i]
            enters = i if mask & 1 and first_day <= day[i] <= last_day else -1
            i += 1
            while i < end and ts[i] == t:
                column = channel[i] if by_channel else 0
                more = step_mask[action[i], column]
                breaks |= break_mask[action[i], column]
                if enters < 0 and more & 1 and first_day <= day[i] <= last_day:
                    enters = i
                mask |= more
                i += 1
            for k in range(steps):
                if k == 0:
                    if enters < 0:
                        continue
                    start_ts[0], start_event[0] = t, enters
                elif (mask >> k) & 1 and t <= start_ts[k - 1] + window_us and t <= last_ts[k - 1] + gap_us[k]:
                    start_ts[k], start_event[k] = start_ts[k - 1], start_event[k - 1]
                else:
                    continue
                last_ts[k] = t
                if k + 1 > depth or (k + 1 == depth and start_ts[k] >= best_start):
                    depth, best_start, best_event = k + 1, start_ts[k], start_event[k]
            if breaks:
                for k in range(steps):
                    if (breaks >> k) & 1 and last_ts[k] < t:
                        start_ts[k], last_ts[k] = NEVER, NEVER
        reached[p] = depth
        entry[p] = best_event
        is_open[p] = 0
        if 0 < depth < steps:
            for k in range(depth):  # the chains that stand; each may go on while its windows last
                if start_ts[k] + window_us > last_seen_us and last_ts[k] + gap_us[k + 1] > last_seen_us:
                    is_open[p] = 1


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
    break_mask: UInt32s,
    by_channel: bool,
    steps: int,
    window_us: int,
    first_day: int,
    last_day: int,
    last_seen_us: int,
    reached: Int8s,
    entry: Int64s,
    is_open: UInt8s,
) -> None:
    """Most distinct steps inside one window, by two pointers; ties go to the latest start.

    ``count[k]`` is how many events between ``left`` and ``right`` satisfy step k + 1. A window starts at any event of
    any step on a day of the period and ends at the first later instant with a break, where there is one. At the first
    completion the start moves up as far as it stays complete.
    """
    count = np.empty(steps, np.int64)
    for p in range(first_person, end_person):
        depth, best_event, latest_start = 0, -1, NEVER
        end = offsets[p + 1]
        left = offsets[p]
        right, next_break = left, left
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
                while next_break < end and (
                    ts[next_break] <= t or break_mask[action[next_break], channel[next_break] if by_channel else 0] == 0
                ):
                    next_break += 1
                until = t + window_us
                if next_break < end and ts[next_break] < until:
                    until = ts[next_break]
                while depth < steps and right < end and ts[right] <= until:
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
        is_open[p] = 0 < depth < steps and latest_start + window_us > last_seen_us and next_break >= end
