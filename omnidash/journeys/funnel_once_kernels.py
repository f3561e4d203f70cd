"""Funnels whose steps one event could satisfy together ("bought, bought again"): one event makes one step.

Masks, groups of one instant, breaks and gaps are those of ``funnel_kernels``. Which events of an instant make which
steps is a matching of events to steps (``_steps_made``). Events of different instants are different, so an attempt
takes the steps it has made into the next instant and nothing else. Masks are int64 here.
"""

import numpy as np
from numba import njit

from omnidash.journeys.arrays import Int8s, Int32s, Int64s, UInt8s, UInt16s, UInt32s

NEVER = -(2**62)
"""A start that was never made: older than any window reaches (windows are at most 2**61 µs)."""
NO_EVENT = -1


@njit(nogil=True, cache=True)
def best_in_order_once(  # noqa: PLR0912, PLR0915  (one pass reads best in one place)
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
    """As ``funnel_kernels.best_in_order``, where one event makes one step.

    That the latest chain at each step is enough holds here too: whatever chain stands at a step came through every
    step before it no later than the latest chain there. Of chains that start at one instant the one with the first
    event is kept.
    """
    start_ts, last_ts = np.empty(steps, np.int64), np.empty(steps, np.int64)
    start_event = np.empty(steps, np.int64)
    top, entered = np.empty(steps + 1, np.int64), np.empty(steps, np.int64)
    holder, via = np.empty(steps, np.int64), np.empty(steps, np.int64)
    for p in range(first_person, end_person):
        depth, best_start, best_event = 0, NEVER, -1
        i, end = offsets[p], offsets[p + 1]
        start_ts[:] = NEVER
        last_ts[:] = NEVER
        while i < end and depth < steps:
            t, first = ts[i], i
            mask, breaks, relevant = np.int64(0), np.int64(0), 0
            while i < end and ts[i] == t:
                column = channel[i] if by_channel else 0
                own = np.int64(step_mask[action[i], column])
                mask |= own
                breaks |= np.int64(break_mask[action[i], column])
                relevant += own != 0
                i += 1
            if mask == 0 and breaks == 0:
                continue
            for s in range(1, steps):  # up to which step the chain at step s can come now
                top[s] = s
                if (
                    (mask >> s) & 1
                    and last_ts[s - 1] > NEVER
                    and t <= start_ts[s - 1] + window_us
                    and t <= last_ts[s - 1] + gap_us[s]
                ):
                    top[s] = s + 1
                    if relevant > 1:
                        top[s] = s + _steps_made(
                            s, min(relevant, steps - s), first, i, NO_EVENT, NO_EVENT,
                            action, channel, step_mask, by_channel, holder, via,
                        )  # fmt: skip
            top[0], tried = 0, np.int64(0)  # and a chain that enters now, by the first event that lets it come there
            if mask & 1:
                for e in range(first, i):
                    own = np.int64(step_mask[action[e], channel[e] if by_channel else 0])
                    if not own & 1 or own == tried or not first_day <= day[e] <= last_day:
                        continue
                    tried = own
                    comes = 1
                    if relevant > 1:
                        comes += _steps_made(
                            1, min(relevant, steps) - 1, first, i, e, NO_EVENT,
                            action, channel, step_mask, by_channel, holder, via,
                        )  # fmt: skip
                    for k in range(top[0], comes):
                        entered[k] = e
                    top[0] = max(top[0], comes)
            for k in range(steps - 1, -1, -1):  # from above: a chain moves from where it stood before this instant
                new_start, new_event = NEVER, -1
                if k < top[0]:
                    new_start, new_event = t, entered[k]
                for s in range(1, k + 1):
                    if k < top[s] and (
                        start_ts[s - 1] > new_start or (start_ts[s - 1] == new_start and start_event[s - 1] < new_event)
                    ):
                        new_start, new_event = start_ts[s - 1], start_event[s - 1]
                if new_start > NEVER:
                    start_ts[k], start_event[k], last_ts[k] = new_start, new_event, t
                    if k + 1 > depth or (k + 1 == depth and new_start >= best_start):
                        depth, best_start, best_event = k + 1, new_start, new_event
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
def follow_once(
    is_any_order: bool,
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
    last_seen_us: int,
    reached: Int8s,
    is_open: UInt8s,
    stood: Int64s,
    elapsed_us: Int64s,
) -> None:
    """As ``funnel_attempt_kernels.follow``, where one event makes one step."""
    step_ts, last_ts, top = np.empty(steps, np.int64), np.empty(steps, np.int64), np.empty(steps, np.int64)
    holder, via = np.empty(steps, np.int64), np.empty(steps, np.int64)
    for n in range(entry.size):
        begin, end = offsets[person[n]], offsets[person[n] + 1]
        if is_any_order:
            depth, alive, last_event = _attempt_in_any_order(
                entry[n], begin, end, ts, action, channel, step_mask, break_mask, by_channel,
                enough[n], window_us, step_ts, holder, via,
            )  # fmt: skip
        else:
            depth, alive, last_event = _attempt_in_order(
                entry[n], begin, end, ts, action, channel, step_mask, break_mask, by_channel, steps,
                enough[n], window_us, gap_us, last_seen_us, step_ts, last_ts, top, holder, via,
            )  # fmt: skip
        reached[n] = depth
        is_open[n] = depth < steps and alive and ts[entry[n]] + window_us > last_seen_us
        stood[n] = last_event
        for k in range(depth):
            elapsed_us[k, n] = step_ts[k] - ts[entry[n]]


@njit(nogil=True, cache=True)
def _attempt_in_order(  # noqa: PLR0912  (one pass reads best in one place)
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
    last_seen_us: int,
    step_ts: Int64s,
    last_ts: Int64s,
    top: Int64s,
    holder: Int64s,
    via: Int64s,
) -> tuple[int, bool, int]:
    """``(steps reached, could it still go on?, the event that made the deepest step)`` of the attempt of one entry.

    ``step_ts[k]`` becomes the earliest instant at which k + 1 steps were reached, ``last_ts[k]`` the latest at which a
    chain came to stand there. Of the events that can have made the deepest step the first counts. ``top``, ``holder``
    and ``via`` are working space.
    """
    i = entry
    while i > begin and ts[i - 1] == ts[entry]:
        i -= 1
    depth, stood, alive = 0, entry, True
    last_ts[:] = NEVER
    while i < end and depth < enough:
        t, first = ts[i], i
        if t > ts[entry] + window_us:
            alive = False
            break
        breaks, relevant = np.int64(0), 0
        while i < end and ts[i] == t:
            column = channel[i] if by_channel else 0
            relevant += step_mask[action[i], column] != 0
            breaks |= np.int64(break_mask[action[i], column])
            i += 1
        before, barred = depth, NO_EVENT
        if t == ts[entry]:
            step_ts[0], last_ts[0], before, barred = t, t, 1, entry
        deepest = before
        for s in range(1, steps):  # up to which step the chain at step s can come now
            top[s] = s
            can = s == 1 if barred == entry else last_ts[s - 1] > NEVER and t <= last_ts[s - 1] + gap_us[s]
            if can and relevant:
                wanted = min(relevant, steps - s)
                top[s] += _steps_made(
                    s, wanted, first, i, barred, NO_EVENT, action, channel, step_mask, by_channel, holder, via
                )
                deepest = max(deepest, top[s])
        if deepest > before:
            for k in range(before, deepest):
                step_ts[k] = t
            stood = _made_by(deepest, top, first, i, barred, action, channel, step_mask, by_channel, holder, via)
        depth = deepest
        for k in range(steps - 1, 0, -1):
            for s in range(1, k + 1):
                if top[s] > k:
                    last_ts[k] = t
        if breaks:
            alive = False
            for k in range(steps):
                if (breaks >> k) & 1 and last_ts[k] < t:
                    last_ts[k] = NEVER
                alive |= last_ts[k] > NEVER
            if not alive:
                break
    if alive and depth < steps:
        alive = False
        for k in range(steps - 1):
            alive |= last_ts[k] > NEVER and last_ts[k] + gap_us[k + 1] > last_seen_us
    return depth, alive, stood


@njit(nogil=True, cache=True)
def _made_by(
    step: int,
    top: Int64s,
    first: int,
    end: int,
    barred: int,
    action: UInt16s,
    channel: UInt16s,
    step_mask: UInt32s,
    by_channel: bool,
    holder: Int64s,
    via: Int64s,
) -> int:
    """The first event of an instant that can make ``step``, where other events make the steps before it."""
    for e in range(first, end):
        if e == barred or not (np.int64(step_mask[action[e], channel[e] if by_channel else 0]) >> (step - 1)) & 1:
            continue
        for s in range(1, step):
            if top[s] >= step:
                missing = step - 1 - s
                made = _steps_made(
                    s, missing, first, end, barred, e, action, channel, step_mask, by_channel, holder, via
                )
                if made == missing:
                    return e
    return barred  # not reached: the step was made


@njit(nogil=True, cache=True)
def _attempt_in_any_order(
    entry: int,
    begin: int,
    end: int,
    ts: Int64s,
    action: UInt16s,
    channel: UInt16s,
    step_mask: UInt32s,
    break_mask: UInt32s,
    by_channel: bool,
    enough: int,
    window_us: int,
    step_ts: Int64s,
    holder: Int64s,
    via: Int64s,
) -> tuple[int, bool, int]:
    """The same in any order: "step k" is the k-th that is made. The deepest is made by the first event of its instant
    that adds a step."""
    i = entry
    while i > begin and ts[i - 1] == ts[entry]:
        i -= 1
    holder[:] = 0
    depth, alive, stood, stood_ts = 0, True, entry, np.int64(NEVER)
    while i < end and depth < enough:
        t, breaks = ts[i], False
        if t > ts[entry] + window_us:
            alive = False
            break
        while i < end and ts[i] == t:
            column = channel[i] if by_channel else 0
            breaks |= break_mask[action[i], column] != 0
            mask = np.int64(step_mask[action[i], column])
            if mask and _takes(mask, holder, via):
                step_ts[depth] = t
                depth += 1
                if stood_ts != t:
                    stood, stood_ts = i, t
            i += 1
        if breaks and t > ts[entry]:
            alive = False
            break
    return depth, alive, stood if depth > 1 else entry


@njit(nogil=True, cache=True)
def _takes(mask: int, holder: Int64s, via: Int64s) -> bool:
    """Whether an event of these bits makes one more step; then it is entered in ``holder``. It takes a free step, or
    one whose event can move to another (an augmenting path; Kuhn 1955), so that as many steps are made as can be.

    ``holder[k]`` is the mask of the event that makes step k + 1 for now, 0 where none does; ``via`` is working space.
    """
    steps = holder.size
    for k in range(steps):
        if (mask >> k) & 1:
            if holder[k] == 0:
                holder[k] = mask
                return True
            via[k] = -1
    seen, front = mask, mask
    while front:
        following = 0
        for k in range(steps):
            if (front >> k) & 1:
                others = holder[k] & ~seen
                for other in range(steps):
                    if (others >> other) & 1:
                        via[other] = k
                        if holder[other] == 0:
                            free = other
                            while via[free] >= 0:  # each event on the way moves on by one
                                holder[free] = holder[via[free]]
                                free = via[free]
                            holder[free] = mask
                            return True
                seen |= others
                following |= others
        front = following
    return False


@njit(nogil=True, cache=True)
def _steps_made(
    done: int,
    wanted: int,
    first: int,
    end: int,
    without: int,
    without_too: int,
    action: UInt16s,
    channel: UInt16s,
    step_mask: UInt32s,
    by_channel: bool,
    holder: Int64s,
    via: Int64s,
) -> int:
    """How many of the ``wanted`` steps that follow the first ``done`` the events ``first … end`` make, one event each;
    ``without`` and ``without_too`` are left out."""
    made = 0
    while made < wanted:
        allowed = ((np.int64(1) << (made + 1)) - 1) << done
        holder[:] = 0
        matched = 0
        for i in range(first, end):
            if i in (without, without_too):
                continue
            mask = np.int64(step_mask[action[i], channel[i] if by_channel else 0]) & allowed
            if mask and _takes(mask, holder, via):
                matched += 1
                if matched > made:
                    break
        if matched <= made:
            break
        made += 1
    return made
