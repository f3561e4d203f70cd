"""Segments of persons: a definition that selects persons of a journey table, whatever its data is now.

A segment of a funnel holds those who reached at least ``from_step`` and at most ``to_step`` of it; 'lost' and 'open'
keep only those who are not (or are) still inside their window, and ``key`` those of one group of its breakdown. It is
stored as its definition and computed anew on other data.
"""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

import numpy as np

from omnidash.journeys.arrays import Bools
from omnidash.journeys.funnel import Exclusion, FunnelQuery, FunnelResult, Step, funnel
from omnidash.journeys.funnel_groups import key_of_attempts
from omnidash.journeys.hold import Parts
from omnidash.journeys.table import Journeys
from omnidash.model.period import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelSegment:
    """Persons by what became of them in a funnel. ``within`` is the segment that the funnel itself was limited to."""

    query: FunnelQuery
    from_step: int
    to_step: int
    outcome: Literal["any", "lost", "open"] = "any"
    key: str | None = None
    within: "FunnelSegment | None" = None

    def __post_init__(self) -> None:
        if not 1 <= self.from_step <= self.to_step <= len(self.query.steps):
            raise ValueError(f"no such part of a funnel: step {self.from_step} to {self.to_step}")
        if self.outcome not in ("any", "lost", "open"):
            raise ValueError(f"outcome {self.outcome!r} is none of any, lost, open")
        if self.key is not None and self.query.by is None:
            raise ValueError(f"group {self.key!r} of a funnel without a breakdown")

    def as_json(self) -> dict[str, Any]:
        """Plain values, of which ``segment_of`` makes the segment again."""
        plain = asdict(self)
        period = self.query.period
        plain["query"]["period"] = period and [period.first_day.isoformat(), period.last_day.isoformat()]
        plain["within"] = self.within and self.within.as_json()
        return plain

    @property
    def holds(self) -> set[str]:
        """The properties whose parts ``members`` needs."""
        own = {self.query.hold} if self.query.hold else set()
        return own | (self.within.holds if self.within else set())


def segment_of(plain: dict[str, Any]) -> FunnelSegment:
    """The inverse of ``as_json``."""
    query = dict(plain["query"])
    if query["period"]:
        first_day, last_day = map(date.fromisoformat, query["period"])
        query["period"] = Period(first_day=first_day, last_day=last_day)
    query["steps"] = tuple(_step(step) for step in query["steps"])
    query["exclusions"] = tuple(Exclusion(**{**e, "event": _step(e["event"])}) for e in query["exclusions"])
    within = plain["within"] and segment_of(plain["within"])
    return FunnelSegment(**{**plain, "query": FunnelQuery(**query), "within": within})


def members(journeys: Journeys, segment: FunnelSegment, parts: dict[str, Parts] | None = None) -> Bools:
    """bool[P]: who belongs to the segment. ``parts`` by property, for those that ``segment.holds``."""
    among = None if segment.within is None else members(journeys, segment.within, parts)
    held = None if segment.query.hold is None else (parts or {}).get(segment.query.hold)
    return members_in(funnel(journeys, segment.query, persons=among, parts=held), segment)


def members_in(result: FunnelResult, segment: FunnelSegment) -> Bools:
    """The same, read from the funnel where it has been counted already."""
    found = result.attempts
    chosen = (found.reached >= segment.from_step) & (found.reached <= segment.to_step)
    if segment.outcome != "any":
        chosen &= (found.is_open == 1) == (segment.outcome == "open")
    if segment.key is not None:
        labels, key = key_of_attempts(result.table, found, result.query)
        chosen &= key == (labels.index(segment.key) if segment.key in labels else -1)
    selected = np.zeros(result.reached.size, np.bool_)
    selected[found.person[chosen]] = True
    return selected


def _step(plain: dict[str, Any]) -> Step:
    return Step(**{**plain, "channels": tuple(plain["channels"])})
