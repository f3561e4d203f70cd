"""Run a kernel on all cores: slices of persons on threads, partial results in person order.

Kernels release the GIL, so plain threads use every core and share the columns without a copy.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from omnidash.journeys.table import Journeys

Partial = TypeVar("Partial")


def over_slices(
    journeys: Journeys, threads: int, kernel: Callable[[int, int], Partial], *, events_per_slice: int | None = None
) -> list[Partial]:
    """``kernel(first_person, end_person)`` for slices that cover all persons; empty list for an empty table.

    One slice per thread; with ``events_per_slice`` as many as that takes, for a kernel that passes over its slice
    more than once and wants to find it in the processor's cache. Raises ValueError where ``threads`` < 1.
    """
    if threads < 1:
        raise ValueError(f"threads {threads} is not a positive number")
    wanted = threads if events_per_slice is None else max(threads, -(-journeys.events // events_per_slice))
    slices = journeys.slices(wanted)
    if threads == 1 or len(slices) <= 1:
        return [kernel(low, high) for low, high in slices]
    with ThreadPoolExecutor(max_workers=threads) as pool:
        return list(pool.map(lambda bounds: kernel(*bounds), slices))
