"""The attempts that count in a funnel: one per person, or one per entry. ``funnel.py`` says which.

The kernels run slice by slice; what slices find is joined in person order, so their number changes nothing.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from omnidash.journeys import funnel_attempt_kernels, funnel_kernels
from omnidash.journeys.arrays import Bools, Int8s, Int64s, UInt8s
from omnidash.journeys.funnel_fast_kernel import best_ordered_one_step, followed_one_step, step_of_event
from omnidash.journeys.funnel_once_kernels import best_in_order_once, follow_once
from omnidash.journeys.funnel_query import FunnelQuery, masks
from omnidash.journeys.parallel import over_slices
from omnidash.journeys.table import Journeys
from omnidash.journeys.touches import day_bounds

_COLUMNS = ("person", "entry", "stood", "reached", "is_open")
_EVENTS_PER_SLICE = 250_000
"""About 5 MB of columns: small enough for a second pass to find them in the processor's cache."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Attempts:
    """N attempts, in person order.

    ``person`` int64 (position in the journey table), ``reached`` int8 (steps, at least 1), ``is_open`` uint8 (1: not
    complete and not over), ``entry`` and ``stood`` int64: positions of the entry and of the event that made the
    deepest step. ``elapsed_us[k]`` int64: time from the entry to step k + 1 of those who reached it, in order; empty
    at place 0.
    """

    person: Int64s
    entry: Int64s
    stood: Int64s
    reached: Int8s
    is_open: UInt8s
    elapsed_us: tuple[Int64s, ...]

    def only(self, chosen: Bools) -> "Attempts":
        """The chosen attempts (bool[N])."""
        return Attempts(
            person=self.person[chosen],
            entry=self.entry[chosen],
            stood=self.stood[chosen],
            reached=self.reached[chosen],
            is_open=self.is_open[chosen],
            elapsed_us=(
                self.elapsed_us[0],
                *(us[chosen[self.reached > k]] for k, us in enumerate(self.elapsed_us) if k),
            ),
        )


def attempts_in(journeys: Journeys, query: FunnelQuery, last_seen_us: int, threads: int) -> Attempts:
    """The attempts of a table that count, by (person, entry)."""
    steps = len(query.steps)
    empty = Attempts(
        person=np.empty(0, np.int64),
        entry=np.empty(0, np.int64),
        stood=np.empty(0, np.int64),
        reached=np.empty(0, np.int8),
        is_open=np.empty(0, np.uint8),
        elapsed_us=(np.empty(0, np.int64),) * steps,
    )
    run = _Run(journeys, query, last_seen_us)
    return _joined([empty, *over_slices(journeys, threads, run, events_per_slice=_EVENTS_PER_SLICE)], threads)


def one_of_each(found: Attempts, person: Int64s, journeys: Journeys, query: FunnelQuery) -> Attempts:
    """Of each person's attempts the one that counts; ``person`` int64[N], in order, says whose each of them is.

    A person who has not converted is open where any of these attempts is.
    """
    steps = len(query.steps)
    is_chosen, some_open = funnel_attempt_kernels.choose_of_each(
        person,
        found.reached,
        found.is_open,
        journeys.ts[found.entry],
        found.entry,
        found.elapsed_us[-1],
        steps,
        query.entry == "best",
    )
    chosen = replace(found.only(is_chosen), person=person[is_chosen])
    if query.entry == "first":
        return chosen
    return replace(chosen, is_open=(some_open & (chosen.reached < steps)).astype(np.uint8))


def _joined(slices: Sequence[Attempts], threads: int) -> Attempts:
    """One after the other. Copying what a million persons did is a tenth of a funnel, so columns are shared out."""
    columns: list[list[Any]] = [[getattr(s, name) for s in slices] for name in _COLUMNS]
    columns += [list(of_step) for of_step in zip(*(s.elapsed_us for s in slices), strict=True)]
    with ThreadPoolExecutor(max_workers=threads) as pool:
        joined = list(pool.map(np.concatenate, columns))
    named = dict(zip(_COLUMNS, joined[: len(_COLUMNS)], strict=True))
    return Attempts(**named, elapsed_us=tuple(joined[len(_COLUMNS) :]))


class _Run:
    """The kernels a query needs, called with a slice of persons."""

    def __init__(self, journeys: Journeys, query: FunnelQuery, last_seen_us: int) -> None:
        self._query, self._journeys, self._last_seen_us = query, journeys, last_seen_us
        self._step_mask, self._break_mask, self._by_channel = masks(journeys, query)
        self._gap_us = query.gaps_us()
        self._days = day_bounds(query.period)
        self._is_plain = bool(
            query.mode == "ordered" and not query.exclusions and (self._gap_us >= query.window_us).all()
        )
        one_step = step_of_event(self._step_mask, len(query.steps))
        self._one_step = one_step if self._is_plain else None
        self._once = one_step is None and not query.shares_events
        self._reached = np.zeros(journeys.persons, np.int8)
        self._entry = np.full(journeys.persons, -1, np.int64)
        self._is_open = np.zeros(journeys.persons, np.uint8)

    def __call__(self, first_person: int, end_person: int) -> Attempts:
        """The attempts that count in a slice, and their step times while its events are still in the cache."""
        if self._query.count == "entries" or self._query.entry == "first":
            return self._from_entries(first_person, end_person, only_first=self._query.count == "persons")
        return self._best(first_person, end_person)

    def _best(self, first_person: int, end_person: int) -> Attempts:
        j, steps, window_us = self._journeys, len(self._query.steps), self._query.window_us
        columns = (first_person, end_person, j.offsets, j.ts, j.day, j.action, j.channel)
        lookup = (self._step_mask, self._break_mask, self._by_channel, steps, window_us)
        rest = (*self._days, self._last_seen_us, self._reached, self._entry, self._is_open)
        if self._one_step is not None:
            best_ordered_one_step(*columns, self._one_step, self._by_channel, steps, window_us, *rest)
            return self._followed_one_step(first_person, end_person, self._one_step)
        if self._once and self._query.mode == "any":
            found = self._from_entries(first_person, end_person, only_first=False)
            return one_of_each(found, found.person, j, self._query)
        if self._query.mode == "any":
            funnel_kernels.best_any(*columns, *lookup, *rest)
        elif self._once:
            best_in_order_once(*columns, *lookup, self._gap_us, *rest)
        else:
            funnel_kernels.best_in_order(*columns, *lookup, self._gap_us, *rest)
        person = np.flatnonzero(self._reached[first_person:end_person]) + first_person
        entry, reached, is_open = self._entry[person], self._reached[person], self._is_open[person]
        deep = np.flatnonzero(reached > 1)  # the others stand at their entry
        followed = self._followed(person[deep], entry[deep], reached[deep])
        stood = entry.copy()
        stood[deep] = followed.stood
        return replace(followed, person=person, entry=entry, stood=stood, reached=reached, is_open=is_open)

    def _followed_one_step(self, first_person: int, end_person: int, step_of: UInt8s) -> Attempts:
        j, steps = self._journeys, len(self._query.steps)
        person, stood, elapsed_us, counts = followed_one_step(
            first_person,
            end_person,
            j.offsets,
            j.ts,
            j.action,
            j.channel,
            step_of,
            self._by_channel,
            steps,
            self._reached,
            self._entry,
        )
        return Attempts(
            person=person,
            entry=self._entry[person],
            stood=stood,
            reached=self._reached[person],
            is_open=self._is_open[person],
            elapsed_us=tuple(elapsed_us[k, : counts[k]] for k in range(steps)),
        )

    def _from_entries(self, first_person: int, end_person: int, *, only_first: bool) -> Attempts:
        j, query = self._journeys, self._query
        enters = 0xFFFFFFFF if query.mode == "any" else 1
        person, entry = funnel_attempt_kernels.entries(
            first_person,
            end_person,
            j.offsets,
            j.day,
            j.action,
            j.channel,
            self._step_mask,
            self._by_channel,
            enters,
            only_first,
            *self._days,
        )
        return self._followed(person, entry, np.full(person.size, len(query.steps), np.int8))

    def _followed(self, person: Int64s, entry: Int64s, enough: Int8s) -> Attempts:
        j, steps = self._journeys, len(self._query.steps)
        reached, is_open = np.empty(entry.size, np.int8), np.empty(entry.size, np.uint8)
        stood, elapsed_us = np.empty(entry.size, np.int64), np.empty((steps, entry.size), np.int64)
        attempts = (person, entry, enough, j.offsets, j.ts, j.action, j.channel)
        lookup = (self._step_mask, self._break_mask, self._by_channel, steps, self._query.window_us, self._gap_us)
        found = (reached, is_open, stood, elapsed_us)
        is_any = self._query.mode == "any"
        if self._once:
            follow_once(is_any, *attempts, *lookup, self._last_seen_us, *found)
        else:
            mode = funnel_attempt_kernels.ANY if is_any else funnel_attempt_kernels.ORDERED
            funnel_attempt_kernels.follow(mode, *attempts, *lookup, self._is_plain, self._last_seen_us, *found)
        times = (elapsed_us[0][:0], *(elapsed_us[k][reached > k] for k in range(1, steps)))
        return Attempts(person=person, entry=entry, stood=stood, reached=reached, is_open=is_open, elapsed_us=times)
