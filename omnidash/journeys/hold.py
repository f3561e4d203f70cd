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
from numba import njit
from numpy.typing import NDArray

from omnidash.journeys.arrays import Int64s, UInt32s
from omnidash.journeys.parallel import over_slices
from omnidash.journeys.table import EVENT_COLUMNS, Journeys


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parts:
    """``table``: a journey per (person, value), persons ascending; ``owner`` int64[parts]: position of its person."""

    table: Journeys
    owner: Int64s


def part_by(journeys: Journeys, codes: NDArray[Any], *, threads: int = 2) -> Parts:
    """Deal the events out by ``codes`` (an unsigned integer per event; 0: no value). Same for any ``threads``."""
    if codes.shape != (journeys.events,):
        raise ValueError(f"codes have shape {codes.shape}, expected ({journeys.events},)")
    codes = codes.astype(np.uint32, copy=False)
    offsets = journeys.offsets
    named = int(np.count_nonzero(codes))
    columns: dict[str, Any] = {name: np.empty(named, dtype) for name, dtype in EVENT_COLUMNS.items()}

    def deal(low: int, high: int) -> tuple[Int64s, Int64s]:
        order, lengths, owner = deal_out(low, high, offsets, codes)
        first = int(np.count_nonzero(codes[: offsets[low]]))
        for name, column in columns.items():  # events of a slice stay within it, so its columns are read once
            np.take(getattr(journeys, name), order, out=column[first : first + order.size], mode="clip")
        return lengths, owner

    dealt = over_slices(journeys, threads, deal)
    lengths = np.concatenate([np.zeros(1, np.int64), *(part[0] for part in dealt)])
    owner = np.concatenate([np.empty(0, np.int64), *(part[1] for part in dealt)])
    table = replace(journeys, offsets=lengths.cumsum(), person_ids=journeys.person_ids[owner], **columns)
    return Parts(table=table, owner=owner)


@njit(nogil=True, cache=True)
def deal_out(first_person: int, end_person: int, offsets: Int64s, codes: UInt32s) -> tuple[Int64s, Int64s, Int64s]:
    """``(order, lengths, owner)`` of a slice: its events with a value by person, value and place; how many events each
    part has, and whose it is."""
    low = offsets[first_person]
    order = np.empty(offsets[end_person] - low, np.int64)
    lengths, owner = np.empty(order.size, np.int64), np.empty(order.size, np.int64)
    used, parts = 0, 0
    for p in range(first_person, end_person):
        begin = used
        for i in range(offsets[p], offsets[p + 1]):
            if codes[i]:
                order[used] = (np.int64(codes[i]) << _PLACE_BITS) | (i - offsets[p])
                used += 1
        mine = order[begin:used]
        if mine.size > _FEW:
            mine.sort()
        else:
            for k in range(1, mine.size):
                one, j = mine[k], k
                while j > 0 and mine[j - 1] > one:
                    mine[j] = mine[j - 1]
                    j -= 1
                mine[j] = one
        value = -1
        for k in range(mine.size):
            if mine[k] >> _PLACE_BITS != value:
                value = mine[k] >> _PLACE_BITS
                lengths[parts], owner[parts] = 0, p
                parts += 1
            lengths[parts - 1] += 1
            mine[k] = offsets[p] + (mine[k] & _PLACE_MASK)
    return order[:used].copy(), lengths[:parts].copy(), owner[:parts].copy()


_PLACE_BITS = 31
_PLACE_MASK = 2**_PLACE_BITS - 1
_FEW = 48
"""Up to so many events are sorted by insertion."""
