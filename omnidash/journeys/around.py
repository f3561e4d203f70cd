"""Before and after a moment of each person, such as where they dropped out of a funnel.

For every moment (a person and an instant): the channels of the last ``before`` touches up to and including the instant,
and of the next ``after`` touches after it, within ``window_days`` × 24 h on either side. A conversion after the moment
ends what follows; where nothing follows, that is said: ``(nothing)``. With ``collapse`` consecutive repeats of a
channel count as one touch, on each side.

``links`` [step Int64, source, target String, moments Int64]: step -1 is what leads to the moment (``(moment)``), 0 what
follows it, 1 what follows that. Links out of ``(moment)`` add up to the moments.

>>> table = journeys({"ana": "search@1 email@3 tmall@5", "bo": "email@3"})
>>> links_around(table, person=np.array([0, 1]), at_us=np.array([3, 3]) * 86_400_000_000, before=1, after=1).rows()
[(-1, 'email', '(moment)', 2), (0, '(moment)', '(nothing)', 1), (0, '(moment)', 'tmall', 1)]
"""

import numpy as np
import polars as pl
from numba import njit

from omnidash.journeys.arrays import Int64s, UInt8s, UInt16s
from omnidash.journeys.funnel import FunnelResult
from omnidash.journeys.paths import CONVERSION
from omnidash.journeys.segments import FunnelSegment
from omnidash.journeys.table import Journeys
from omnidash.journeys.touches import channel_columns, days_us
from omnidash.model.defaults import GOAL_ACTION

MOMENT, NOTHING = "(moment)", "(nothing)"


def links_around(
    journeys: Journeys,
    *,
    person: Int64s,
    at_us: Int64s,
    before: int = 3,
    after: int = 3,
    window_days: float = 30,
    collapse: bool = False,
    goal: str = GOAL_ACTION,
) -> pl.DataFrame:
    """The links of all moments. ``person`` int64[M] positions in the table, ``at_us`` int64[M] instants.

    Raises ValueError where before or after < 1 or window_days <= 0.
    """
    if before < 1 or after < 1:
        raise ValueError(f"before {before} and after {after} are at least 1")
    labels, column = channel_columns(journeys)
    table = journeys
    counts = count_around(
        person.astype(np.int64), at_us.astype(np.int64), table.offsets, table.ts, table.channel, table.action,
        table.touch, column, len(labels), table.action_code(goal), before, after, days_us(window_days), collapse,
    )  # fmt: skip
    names = pl.Series([*labels, MOMENT, CONVERSION, NOTHING], dtype=pl.String)
    step, source, target = np.nonzero(counts)
    frame = pl.DataFrame(
        {
            "step": step - before,
            "source": names.gather(source),
            "target": names.gather(target),
            "moments": counts[step, source, target],
        },
        schema_overrides={"step": pl.Int64},
    )
    return frame.sort("step", "source", "target")


def moments_of(result: FunnelResult, segment: FunnelSegment) -> tuple[Int64s, Int64s]:
    """``(person, at_us)``: where the attempts that a segment of a funnel selects stood last, one moment for each.

    For those who were lost after step k (``from_step`` = ``to_step`` = k, outcome 'lost') that is their drop-off.
    ``segment.key`` and ``segment.within`` are not looked at: keep the persons whom ``segments.members`` selects.
    """
    found = result.attempts
    chosen = (found.reached >= segment.from_step) & (found.reached <= segment.to_step)
    if segment.outcome != "any":
        chosen &= (found.is_open == 1) == (segment.outcome == "open")
    return found.person[chosen], result.table.ts[found.stood[chosen]]


@njit(nogil=True, cache=True)
def count_around(
    person: Int64s,
    at_us: Int64s,
    offsets: Int64s,
    ts: Int64s,
    channel: UInt16s,
    action: UInt16s,
    touch: UInt8s,
    column: Int64s,
    columns: int,
    goal: int,
    before: int,
    after: int,
    window_us: int,
    collapse: bool,
) -> Int64s:
    """int64[before + after, columns + 3, columns + 3]: links by step; after the columns come moment, conversion,
    nothing."""
    moment, conversion, nothing = columns, columns + 1, columns + 2
    counts = np.zeros((before + after, columns + 3, columns + 3), np.int64)
    for m in range(person.size):
        low, high = offsets[person[m]], offsets[person[m] + 1]
        split = low  # the first event after the instant
        while split < high and ts[split] <= at_us[m]:
            split += 1
        node, step, i = moment, before - 1, split - 1
        while step >= 0 and i >= low and ts[i] >= at_us[m] - window_us:
            if touch[i]:
                c = column[channel[i]]
                if not (collapse and c == node):
                    counts[step, c, node] += 1
                    node = c
                    step -= 1
            i -= 1
        node, step, i = moment, before, split
        while step < before + after and i < high and ts[i] <= at_us[m] + window_us:
            if touch[i]:
                c = column[channel[i]]
                if not (collapse and c == node):
                    counts[step, node, c] += 1
                    node = c
                    step += 1
            if action[i] == goal and step < before + after:
                counts[step, node, conversion] += 1
                node = conversion
                break
            i += 1
        if step < before + after and node != conversion:
            counts[step, node, nothing] += 1
    return counts
