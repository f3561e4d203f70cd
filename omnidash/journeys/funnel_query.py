"""What a funnel counts: its steps, windows, order, exclusions; ``funnel.py`` says what each choice means."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil
from typing import Literal

import numpy as np

from omnidash.journeys.arrays import Int64s, UInt32s
from omnidash.journeys.table import Journeys
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_
from omnidash.model.period import Period

MAX_STEPS = 16
HOLDABLE = ("channel", "campaign", "content", "order", "store")
"""What may be held constant: a person's events of one such value are looked at on their own."""
ENDLESS_US = 2**61
"""No window is longer; a chain that never started lies further back than that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: an event of this action, in this stage, in one of these channels, as far as each is given.

    ``within_seconds``: the step counts only so long after the one before it (None: as the whole window allows). A word
    that no event carries is no error: nobody reaches such a step.
    """

    action: str | None = None
    stage: str | None = None
    channels: tuple[str, ...] = ()
    within_seconds: float | None = None

    def __post_init__(self) -> None:
        if self.action is None and self.stage is None and not self.channels:
            raise WrongUse(N_("A funnel step needs an action, a stage or a channel."))
        if self.within_seconds is not None and not self.within_seconds > 0:
            raise WrongUse(
                N_("The window of a step is longer than zero; {seconds} seconds were given."),
                seconds=self.within_seconds,
            )

    @property
    def label(self) -> str:
        """The step in one word: ``click``, ``consideration``, ``click @ meta, tmall``."""
        what = " ".join(word for word in (self.action, self.stage) if word)
        where = f"@ {', '.join(self.channels)}" if self.channels else ""
        return f"{what} {where}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """An event that must not come between step ``after`` and step ``before`` (from 1; None: the last step)."""

    event: Step
    after: int = 1
    before: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelQuery:
    """What to count.

    ``window_seconds`` > 0. ``period`` selects entries by local day (None: all). ``count``: each person once, or each
    entry. ``shares_events``: one event may make several steps. ``hold``: one of HOLDABLE. ``by`` breaks down by the
    channel or campaign of the entry (``of`` 'first') or of the event that made the deepest step reached ('last').
    ``last_seen_us`` is the instant (µs UTC) up to which the data is complete; None: the last event of the table.
    """

    steps: tuple[Step, ...]
    window_seconds: float
    mode: Literal["ordered", "strict", "any"] = "ordered"
    entry: Literal["best", "first"] = "best"
    count: Literal["persons", "entries"] = "persons"
    shares_events: bool = False
    exclusions: tuple[Exclusion, ...] = ()
    hold: str | None = None
    period: Period | None = None
    by: Literal["channel", "campaign"] | None = None
    of: Literal["first", "last"] = "first"
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
        for field, known in (
            ("mode", ("ordered", "strict", "any")),
            ("entry", ("best", "first")),
            ("count", ("persons", "entries")),
            ("by", (None, "channel", "campaign")),
            ("of", ("first", "last")),
            ("hold", (None, *HOLDABLE)),
        ):
            if getattr(self, field) not in known:
                raise ValueError(f"no such funnel: {field} {getattr(self, field)!r}")
        self._refuse_what_any_order_has_not()
        for exclusion in self.exclusions:
            last = len(self.steps) if exclusion.before is None else exclusion.before
            if len(self.steps) > 1 and not 1 <= exclusion.after < last <= len(self.steps):
                raise WrongUse(
                    N_("An exclusion lies between an earlier and a later step; {after} and {before} were given."),
                    after=exclusion.after,
                    before=last,
                )

    def _refuse_what_any_order_has_not(self) -> None:
        if self.mode == "any" and any(step.within_seconds is not None for step in self.steps):
            raise WrongUse(N_("A window per step needs steps in order; in any order only the whole funnel has one."))

    def of_entries_over(self, closed_through: date) -> "FunnelQuery | None":
        """The same funnel of the days of the period whose entries' windows are over when ``closed_through`` ends; None
        where there are none. Its rates are final and can be compared.

        To leave out single attempts instead would not do: of a person's equal attempts the latest counts, so those who
        did not convert stand at the end of the period, and would be the ones left out. Raises ValueError without a
        period.
        """
        if self.period is None:
            raise ValueError("a funnel of all days has no entries to leave out; give it a period")
        last_day = closed_through - timedelta(days=ceil(self.window_seconds / 86_400))
        if last_day < self.period.first_day:
            return None
        return replace(self, period=replace(self.period, last_day=min(self.period.last_day, last_day)))

    @property
    def window_us(self) -> int:
        """The window in whole microseconds."""
        return min(round(self.window_seconds * 1e6), ENDLESS_US)

    def gaps_us(self) -> Int64s:
        """int64[steps]: the longest time from step k to step k + 1, at place k; place 0 is not read."""
        given = [step.within_seconds for step in self.steps]
        return np.array([ENDLESS_US if s is None else min(round(s * 1e6), ENDLESS_US) for s in given], np.int64)


def standard_actions(actions: Iterable[tuple[str, str | None]], goal: str) -> list[str]:
    """The most frequent action of each stage up to the goal: a funnel that fits most data at first sight. ``actions``:
    those that occur with their stage, the most frequent first."""
    listed, steps = list(actions), []
    for stage in ("awareness", "interest", "consideration"):
        first = next((action for action, its in listed if its == stage), None)
        steps += [first] if first is not None and first != goal else []
    return [*steps, goal]


def masks(journeys: Journeys, query: FunnelQuery) -> tuple[UInt32s, UInt32s, bool]:
    """``(step_mask, break_mask, by_channel)`` as ``funnel_kernels`` reads them."""
    by_channel = any(step.channels for step in (*query.steps, *(e.event for e in query.exclusions)))
    step_mask = _mask(journeys, [(step, 1 << k) for k, step in enumerate(query.steps)], by_channel)
    if query.mode == "strict":
        return step_mask, np.full(step_mask.shape, 0xFFFFFFFF, np.uint32), by_channel
    breaks = []
    for exclusion in query.exclusions:
        last = len(query.steps) if exclusion.before is None or query.mode == "any" else exclusion.before
        after = 1 if query.mode == "any" else exclusion.after
        breaks.append((exclusion.event, sum(1 << (k - 1) for k in range(after, last))))
    return step_mask, _mask(journeys, breaks, by_channel), by_channel


def _mask(journeys: Journeys, bits: list[tuple[Step, int]], by_channel: bool) -> UInt32s:
    """uint32[actions, channels or 1]: the bits of all steps that such an event satisfies."""
    mask = np.zeros((len(journeys.actions), len(journeys.channels) if by_channel else 1), np.uint32)
    for step, bit in bits:
        action_fits = [
            step.action in (None, action) and step.stage in (None, stage)
            for action, stage in zip(journeys.actions, journeys.stages, strict=True)
        ]
        channel_fits = [not step.channels or name in step.channels for name in journeys.channels]
        fits = np.outer(action_fits, channel_fits if by_channel else [True])
        mask |= fits.astype(np.uint32) * np.uint32(bit)
    return mask
