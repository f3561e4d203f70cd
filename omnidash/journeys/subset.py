"""The journeys of some persons alone, such as those of a segment.

>>> table = journeys({"ana": "search@1 email@3", "bo": "email@2"})
>>> of_persons(table, np.array([False, True])).ts.tolist() == table.ts[2:].tolist()
True
"""

from dataclasses import replace

import numpy as np

from omnidash.journeys.arrays import Bools
from omnidash.journeys.table import EVENT_COLUMNS, Journeys


def of_persons(journeys: Journeys, chosen: Bools) -> Journeys:
    """The table of the ``chosen`` persons (bool[P]), with the same code books. ValueError on another length."""
    if chosen.shape != (journeys.persons,):
        raise ValueError(f"chosen has shape {chosen.shape}, expected ({journeys.persons},)")
    events = np.diff(journeys.offsets)
    kept = np.repeat(chosen, events)
    return replace(
        journeys,
        offsets=np.concatenate([np.zeros(1, np.int64), np.cumsum(events[chosen])]),
        person_ids=journeys.person_ids[chosen],
        **{name: getattr(journeys, name)[kept] for name in EVENT_COLUMNS},
    )
