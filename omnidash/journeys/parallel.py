"""Run a kernel on all cores: one slice of persons per thread, partial results in person order.

Kernels release the GIL, so plain threads use every core and share the columns without a copy.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from omnidash.journeys.table import Journeys

Partial = TypeVar("Partial")


def over_slices(journeys: Journeys, threads: int, kernel: Callable[[int, int], Partial]) -> list[Partial]:
    """``kernel(first_person, end_person)`` for slices that cover all persons; empty list for an empty table.

    Raises ValueError where ``threads`` < 1.
    """
    slices = journeys.slices(threads)
    if len(slices) <= 1:
        return [kernel(low, high) for low, high in slices]
    with ThreadPoolExecutor(max_workers=threads) as pool:
        return list(pool.map(lambda bounds: kernel(*bounds), slices))
