"""Journeys of one value at a time: what holding a property constant means for a funnel.

A person's events are dealt out to the values they carry (same content, same order, same channel …), each in journey
order; events without a value are left out. Every kernel then runs on these parts as on persons.

>>> from omnidash.journeys.notation import journeys
>>> table = journeys({"ana": "meta@1 email@2 meta@3"})
>>> parts = part_by(table, table.channel)
>>> [parts.table.ts[low:high].tolist() for low, high in zip(parts.table.offsets, parts.table.offsets[1:])]
[[172800000000], [86400000000, 259200000000]]
>>> parts.owner.tolist()
[0, 0]
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnidash.journeys.arrays import Int64s
from omnidash.journeys.table import EVENT_COLUMNS, Journeys


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parts:
    """``table``: a journey per (person, value), persons ascending; ``owner`` int64[parts]: position of its person."""

    table: Journeys
    owner: Int64s


def part_by(journeys: Journeys, codes: NDArray[Any]) -> Parts:
    """Deal the events out by ``codes`` (an unsigned integer per event; 0: no value)."""
    if codes.shape != (journeys.events,):
        raise ValueError(f"codes have shape {codes.shape}, expected ({journeys.events},)")
    person = np.repeat(np.arange(journeys.persons, dtype=np.int64), np.diff(journeys.offsets))
    held = np.flatnonzero(codes)
    key = person[held] * (int(codes.max(initial=0)) + 1) + codes[held].astype(np.int64)
    by_key = np.argsort(key, kind="stable")
    order, key = held[by_key], key[by_key]
    begins = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])) if key.size else np.empty(0, np.int64)
    owner = person[order[begins]]
    columns: dict[str, Any] = {name: np.take(getattr(journeys, name), order) for name in EVENT_COLUMNS}
    table = replace(
        journeys,
        offsets=np.concatenate([begins, [key.size]]).astype(np.int64),
        person_ids=journeys.person_ids[owner],
        **columns,
    )
    return Parts(table=table, owner=owner)
