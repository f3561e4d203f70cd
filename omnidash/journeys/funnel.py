"""Funnel: how many persons go through given steps in time, and how long they take.

A person's *attempt* is an entry (an event of step 1 on a local day of the period) and what follows it within the
window, which starts at the entry and includes its end: step k counts when ``t_k - t_1 <= window``. Later steps may
fall after the period. Each person counts once, with one attempt:

* entry 'best': the deepest attempt, of those the one that starts latest; a converter's is the first that completes.
  With ``shares_events`` this is what ClickHouse ``windowFunnel`` computes. Entry 'first': the attempt of the person's
  first entry.
* mode 'ordered': other events may lie between steps. 'strict': no event of the person, of whatever kind and channel,
  lies strictly between two steps in time (the funnel's universe is the journey table). 'any': the steps in any order;
  the entry is then the first event of any step, and "step k" means k of the steps.
* Equal timestamps: a later step may share its predecessor's instant; ties are read in the order of the steps, then in
  the order of the journey table.
* One event makes one step, also where it could make several: "purchase, purchase" takes two purchases, at one instant
  or later (ClickHouse calls this ``strict_once``). With ``shares_events`` one event may make every step it satisfies.
* ``within_seconds`` of a step: it comes at most so long after the step before it; the attempt takes whichever event
  of a step lets it go furthest. Not in any order, where no step is before another.
* An exclusion ends an attempt that stands at one of its steps when such an event comes strictly between two steps in
  time; at the instant of a step it does not. In any order it ends the attempt wherever it stands.
* ``hold``: all steps carry the same value of a property. The funnel then runs on the person's events of each value on
  their own (``hold.py``; strict order and exclusions see that value's events only), and the best or first of these
  attempts counts. Events without a value take no part.
* count 'entries': every entry is an attempt of its own, with whatever follows it ("best" and "first" then say the
  same); several entries may lead to one conversion.

``persons[k]`` counts persons (entries) whose attempt reached step k, so counts never rise. ``from_previous`` and
``from_first`` are shares of the step before and of step 1, null where that is 0 (and ``from_previous`` at step 1).
``median_seconds`` is the median time from the entry to step k over those who reached it, null at step 1 and where
nobody did. Someone who has not converted but whose windows were not over at ``last_seen_us`` is still open, not lost:
step 1 = converted + still open + lost.

Worked example, window 1 h: A 1:00, A 1:30, B 1:45, C 2:15 reaches A > B > C with the best entry (1:30), and only B
with the first (1:00 + 1 h is over before C). Counting entries, two enter and one converts.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import polars as pl

from omnidash.journeys.arrays import Bools, Floats, Int8s
from omnidash.journeys.funnel_attempts import Attempts, attempts_in, one_of_each
from omnidash.journeys.funnel_groups import steps_by_key
from omnidash.journeys.funnel_query import Exclusion, FunnelQuery, Step
from omnidash.journeys.hold import Parts, part_by
from omnidash.journeys.table import Journeys

__all__ = ["Exclusion", "FunnelQuery", "FunnelResult", "Step", "funnel"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FunnelResult:
    """Counts of a funnel; where it counts entries, "persons" are entries.

    ``steps``: frame [step Int64 from 1, label String, persons Int64, from_previous Float64, from_first Float64,
    median_seconds Float64]. ``breakdown``: frame [key String, step Int64, persons Int64], largest key first, or None.
    ``time_to_convert_seconds`` float64[converted], in person order. ``reached`` int8[P]: steps reached by each person
    of the table, 0 where the person never entered. ``attempts`` are what is counted; their events are in ``table``:
    the journey table, or its parts where a property is held constant.
    """

    query: FunnelQuery
    steps: pl.DataFrame
    still_open: int
    lost: int
    breakdown: pl.DataFrame | None
    time_to_convert_seconds: Floats
    reached: Int8s
    attempts: Attempts
    table: Journeys
    last_seen_us: int

    @property
    def entered(self) -> int:
        """Persons who reached step 1."""
        return int(self.steps["persons"][0])

    @property
    def converted(self) -> int:
        """Persons who reached the last step."""
        return int(self.steps["persons"][-1])

    def left_at(self) -> tuple[list[int], list[int]]:
        """``(still open, lost)``: persons who stand at each step, the last excepted, and came no further."""
        found, steps = self.attempts, len(self.query.steps)
        stand = np.bincount(found.reached * np.int8(2) + (found.is_open == 1), minlength=2 * (steps + 1))
        lost, still_open = stand.reshape(steps + 1, 2)[1:].T.tolist()
        return [*still_open[:-1], 0], [*lost[:-1], 0]

    def time_to_convert_histogram(self, bins: int = 20) -> pl.DataFrame:
        """Converters by time to convert: frame [from_seconds, to_seconds Float64, persons Int64]; empty without any."""
        if not self.time_to_convert_seconds.size:
            return pl.DataFrame(schema={"from_seconds": pl.Float64, "to_seconds": pl.Float64, "persons": pl.Int64})
        persons, edges = np.histogram(self.time_to_convert_seconds, bins=bins)
        return pl.DataFrame({"from_seconds": edges[:-1], "to_seconds": edges[1:], "persons": persons.astype(np.int64)})


def funnel(
    journeys: Journeys,
    query: FunnelQuery,
    *,
    persons: Bools | None = None,
    parts: Parts | None = None,
    threads: int = 2,
) -> FunnelResult:
    """Count the funnel over all persons of the table, or the chosen (bool[P]). Same result for any ``threads``.

    Where the query holds a property constant, ``parts`` are the journeys dealt out by it; channel and campaign are
    dealt out here where they are not given. Raises ValueError where parts of another property are needed.
    """
    table = journeys
    if query.hold is not None:
        if parts is None:
            if query.hold not in ("channel", "campaign"):
                raise ValueError(f"a funnel with {query.hold} held constant needs its parts")
            parts = part_by(journeys, getattr(journeys, query.hold))
        table = parts.table
    last_seen_us = journeys.last_us if query.last_seen_us is None else query.last_seen_us
    found = attempts_in(table, query, last_seen_us, threads)
    if query.hold is not None and parts is not None:
        if query.count == "persons":
            found = one_of_each(found, parts.owner[found.person], table, query)  # in order, as parts are
        else:
            found = replace(found, person=parts.owner[found.person])
    if persons is not None:
        found = found.only(persons[found.person])
    return _counted(journeys, table, query, found, last_seen_us)


def _counted(
    journeys: Journeys, table: Journeys, query: FunnelQuery, found: Attempts, last_seen_us: int
) -> FunnelResult:
    steps = len(query.steps)
    by_depth = np.bincount(found.reached, minlength=steps + 1)
    counts = by_depth[::-1].cumsum()[::-1][1:].tolist()
    still_open = int(np.count_nonzero(found.is_open))
    reached = np.zeros(journeys.persons, np.int8)
    if query.count == "persons":
        reached[found.person] = found.reached
    else:
        np.maximum.at(reached, found.person, found.reached)
    return FunnelResult(
        query=query,
        steps=_steps_frame(query.steps, counts, found),
        still_open=still_open,
        lost=counts[0] - counts[-1] - still_open,
        breakdown=None if query.by is None else steps_by_key(table, found, query),
        time_to_convert_seconds=found.elapsed_us[-1] / 1e6 if steps > 1 else np.zeros(counts[-1]),
        reached=reached,
        attempts=found,
        table=table,
        last_seen_us=last_seen_us,
    )


def _steps_frame(steps: tuple[Step, ...], persons: list[int], found: Attempts) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "step": list(range(1, len(steps) + 1)),
            "label": [step.label for step in steps],
            "persons": persons,
            "from_previous": [None, *(_share(n, before) for before, n in pairwise(persons))],
            "from_first": [_share(n, persons[0]) for n in persons],
            "median_seconds": [None, *(float(np.median(us)) / 1e6 if us.size else None for us in found.elapsed_us[1:])],
        },
        schema={
            "step": pl.Int64,
            "label": pl.String,
            "persons": pl.Int64,
            "from_previous": pl.Float64,
            "from_first": pl.Float64,
            "median_seconds": pl.Float64,
        },
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
