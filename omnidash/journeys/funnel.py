"""Funnel: how many persons go through given steps in time, and how long they take.

A person's *attempt* is an entry (an event of step 1 on a local day of the period) and what follows it within the
window, which starts at the entry and includes its end: step k counts when ``t_k - t_1 <= window``. Later steps may
fall after the period. Each person counts once, with one attempt:

* entry 'best': the deepest attempt, of those the one that starts latest; a converter's is the first that completes.
  This is what ClickHouse ``windowFunnel`` computes. Entry 'first': the attempt of the person's first entry.
* mode 'ordered': other events may lie between steps. 'strict': no event of the person, of whatever kind and channel,
  lies strictly between two steps in time (the funnel's universe is the journey table). 'any': the steps in any order;
  the entry is then the first event of any step, and "step k" means k of the steps.
* Equal timestamps: a later step may share its predecessor's instant; ties are read in the order of the steps, then in
  the order of the journey table. One event may satisfy several steps.

``persons[k]`` counts persons whose attempt reached step k, so counts never rise. ``from_previous`` and ``from_first``
are shares of the step before and of step 1, null where that is 0 (and ``from_previous`` at step 1). ``median_seconds``
is the median time from the entry to step k over those who reached it, null at step 1 and where nobody did. Someone
who has not converted but whose window was not over at ``last_seen_us`` is still open, not lost:
step 1 = converted + still open + lost.

Worked example, window 1 h: A 1:00, A 1:30, B 1:45, C 2:15 reaches A > B > C with the best entry (1:30), and only B
with the first (1:00 + 1 h is over before C).
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import polars as pl

from omnidash.journeys import funnel_kernels as kernels
from omnidash.journeys.arrays import Floats, Int8s, Int64s, UInt32s
from omnidash.journeys.funnel_fast_kernel import best_ordered_one_step, step_of_event
from omnidash.journeys.parallel import over_slices
from omnidash.journeys.table import Journeys
from omnidash.journeys.touches import columns_of, day_bounds
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_
from omnidash.model.period import Period

MAX_STEPS = 16

_EVENTS_PER_SLICE = 250_000
"""About 5 MB of columns: small enough for a second pass to find them in the processor's cache."""

_MODES = {"ordered": kernels.ORDERED, "strict": kernels.STRICT, "any": kernels.ANY}
_BEST = {"ordered": kernels.best_ordered, "strict": kernels.best_strict, "any": kernels.best_any}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: an event of this action, in this stage, in one of these channels, as far as each is given.

    A word that no event carries is no error: nobody reaches such a step.
    """

    action: str | None = None
    stage: str | None = None
    channels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.action is None and self.stage is None and not self.channels:
            raise WrongUse(N_("A funnel step needs an action, a stage or a channel."))

    @property
    def label(self) -> str:
        """The step in one word: ``click``, ``consideration``, ``click @ meta, tmall``."""
        what = " ".join(word for word in (self.action, self.stage) if word)
        where = f"@ {', '.join(self.channels)}" if self.channels else ""
        return f"{what} {where}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelQuery:
    """What to count; the module says what each choice means.

    ``window_seconds`` > 0. ``period`` selects entries by local day (None: all). ``by`` breaks down by the channel or
    campaign of the entry. ``last_seen_us`` is the instant (µs UTC) up to which the data is complete; None: the last
    event of the table.
    """

    steps: tuple[Step, ...]
    window_seconds: float
    mode: Literal["ordered", "strict", "any"] = "ordered"
    entry: Literal["best", "first"] = "best"
    period: Period | None = None
    by: Literal["channel", "campaign"] | None = None
    last_seen_us: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.steps) <= MAX_STEPS:
            raise WrongUse(
                N_("A funnel has between 1 and {limit} steps; {count} were given."),
                limit=MAX_STEPS,
                count=len(self.steps),
            )
        if not self.window_seconds > 0:
            raise WrongUse(
                N_("The window of a funnel is longer than zero; {seconds} seconds were given."),
                seconds=self.window_seconds,
            )
        if (
            self.mode not in _MODES
            or self.entry not in ("best", "first")
            or self.by not in (None, "channel", "campaign")
        ):
            raise ValueError(f"no such funnel: mode {self.mode!r}, entry {self.entry!r}, by {self.by!r}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FunnelResult:
    """Counts of a funnel.

    ``steps``: frame [step Int64 from 1, label String, persons Int64, from_previous Float64, from_first Float64,
    median_seconds Float64]. ``still_open`` and ``lost``: persons. ``breakdown``: frame [key String, step Int64,
    persons Int64], largest key first, or None. ``time_to_convert_seconds`` float64[converted], in person order.
    ``reached`` int8[P]: steps reached by each person of the table, 0 where the person never entered.
    """

    query: FunnelQuery
    steps: pl.DataFrame
    still_open: int
    lost: int
    breakdown: pl.DataFrame | None
    time_to_convert_seconds: Floats
    reached: Int8s

    @property
    def entered(self) -> int:
        """Persons who reached step 1."""
        return int(self.steps["persons"][0])

    @property
    def converted(self) -> int:
        """Persons who reached the last step."""
        return int(self.steps["persons"][-1])

    def time_to_convert_histogram(self, bins: int = 20) -> pl.DataFrame:
        """Converters by time to convert: frame [from_seconds, to_seconds Float64, persons Int64]; empty without any."""
        if not self.time_to_convert_seconds.size:
            return pl.DataFrame(schema={"from_seconds": pl.Float64, "to_seconds": pl.Float64, "persons": pl.Int64})
        persons, edges = np.histogram(self.time_to_convert_seconds, bins=bins)
        return pl.DataFrame({"from_seconds": edges[:-1], "to_seconds": edges[1:], "persons": persons.astype(np.int64)})


def funnel(journeys: Journeys, query: FunnelQuery, *, threads: int = 2) -> FunnelResult:
    """Count the funnel over all persons of the table. Same result for any number of threads."""
    steps, mode = len(query.steps), _MODES[query.mode]
    mask, by_channel = step_mask(journeys, query.steps)
    window_us = min(round(query.window_seconds * 1e6), 2**61)
    days = day_bounds(query.period)
    last_seen_us = query.last_seen_us
    if last_seen_us is None:
        last_seen_us = int(journeys.ts[journeys.offsets[1:] - 1].max()) if journeys.events else 0
    reached = np.zeros(journeys.persons, np.int8)
    entry = np.full(journeys.persons, -1, np.int64)
    matching = (journeys.action, journeys.channel, mask, by_channel, steps, window_us)
    one_step = step_of_event(mask, steps) if (query.mode, query.entry) == ("ordered", "best") else None

    def count(first_person: int, end_person: int) -> tuple[int, tuple[Int64s, Int64s]]:
        """Attempts of a slice, then their step times while its events are still in the cache."""
        columns = (first_person, end_person, journeys.offsets, journeys.ts)
        rest = (*days, last_seen_us, reached, entry)
        if query.entry == "first":
            still_open = kernels.first_attempts(mode, *columns, journeys.day, *matching, *rest)
        elif one_step is not None:
            narrow = (journeys.action, journeys.channel, one_step, by_channel, steps, window_us)
            still_open = best_ordered_one_step(*columns, journeys.day, *narrow, *rest)
        else:
            still_open = _BEST[query.mode](*columns, journeys.day, *matching, *rest)
        return still_open, kernels.step_times(mode, *columns, *matching, reached, entry)

    slices = over_slices(journeys, threads, count, events_per_slice=_EVENTS_PER_SLICE)
    still_open = sum(still_open for still_open, _ in slices)
    elapsed_us = _elapsed_us([times for _, times in slices], steps)
    persons = [int(np.count_nonzero(reached >= k)) for k in range(1, steps + 1)]
    return FunnelResult(
        query=query,
        steps=_steps_frame(query.steps, persons, elapsed_us),
        still_open=still_open,
        lost=persons[0] - persons[-1] - still_open,
        breakdown=_breakdown(journeys, query, reached, entry),
        time_to_convert_seconds=elapsed_us[-1] / 1e6 if steps > 1 else np.zeros(persons[-1]),
        reached=reached,
    )


def step_mask(journeys: Journeys, steps: tuple[Step, ...]) -> tuple[UInt32s, bool]:
    """``(mask uint32[actions, channels or 1], by_channel)``: bit k is set where such an event satisfies step k + 1."""
    by_channel = any(step.channels for step in steps)
    mask = np.zeros((len(journeys.actions), len(journeys.channels) if by_channel else 1), np.uint32)
    for k, step in enumerate(steps):
        action_fits = [
            step.action in (None, action) and step.stage in (None, stage)
            for action, stage in zip(journeys.actions, journeys.stages, strict=True)
        ]
        channel_fits = [not step.channels or name in step.channels for name in journeys.channels]
        fits = np.outer(action_fits, channel_fits if by_channel else [True])
        mask |= fits.astype(np.uint32) << np.uint32(k)
    return mask, by_channel


def _elapsed_us(slices: list[tuple[Int64s, Int64s]], steps: int) -> list[Int64s]:
    """Microseconds from entry to each step, in person order; the list has one array per step."""
    return [
        np.concatenate([np.empty(0, np.int64), *(us[bounds[k] : bounds[k + 1]] for us, bounds in slices)])
        for k in range(steps)
    ]


def _steps_frame(steps: tuple[Step, ...], persons: list[int], elapsed_us: list[Int64s]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "step": list(range(1, len(steps) + 1)),
            "label": [step.label for step in steps],
            "persons": persons,
            "from_previous": [None, *(_share(n, before) for before, n in pairwise(persons))],
            "from_first": [_share(n, persons[0]) for n in persons],
            "median_seconds": [None, *(float(np.median(us)) / 1e6 if us.size else None for us in elapsed_us[1:])],
        },
        schema_overrides={"from_previous": pl.Float64, "from_first": pl.Float64, "median_seconds": pl.Float64},
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _breakdown(journeys: Journeys, query: FunnelQuery, reached: Int8s, entry: Int64s) -> pl.DataFrame | None:
    """Persons per step by the channel or campaign of their entry; keys without an entry are left out."""
    if query.by is None:
        return None
    by_channel = query.by == "channel"
    labels, column = columns_of(journeys.channels if by_channel else journeys.campaigns)
    steps = len(query.steps)
    entered = reached > 0
    key = column[(journeys.channel if by_channel else journeys.campaign)[entry[entered]]]
    by_depth = np.bincount(key * (steps + 1) + reached[entered], minlength=len(labels) * (steps + 1))
    persons = by_depth.reshape(len(labels), steps + 1)[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]  # reached at least k
    seen = np.flatnonzero(persons[:, 0])
    seen = seen[np.argsort(-persons[seen, 0], kind="stable")]
    return pl.DataFrame(
        {
            "key": [labels[c] for c in seen for _ in range(steps)],
            "step": [k + 1 for _ in seen for k in range(steps)],
            "persons": persons[seen].ravel(),
        },
        schema={"key": pl.String, "step": pl.Int64, "persons": pl.Int64},
    )
