"""Nothing compiles in a click: after ``warm`` real calls meet only kernels that are already there."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from omnidash.journeys import (
    around,
    cohorts,
    collisions,
    funnel_attempt_kernels,
    funnel_fast_kernel,
    funnel_kernels,
    funnel_once_kernels,
    hold,
    medians,
    order,
    overlap,
    reach_kernels,
    rhythm,
    sequence_kernels,
    stage_kernels,
    transitions,
    walk_kernels,
)
from omnidash.journeys.credit import MODELS, credit_by_day
from omnidash.journeys.funnel import FunnelQuery, Step, funnel
from omnidash.journeys.funnel_groups import went_next
from omnidash.journeys.notation import journeys
from omnidash.journeys.paths import paths
from omnidash.journeys.reach import cross_channel, daily_reach, reach
from omnidash.journeys.stage_map import stage_map
from omnidash.journeys.table import Journeys
from omnidash.journeys.top_paths import top_paths
from omnidash.journeys.warm import warm
from omnidash.model.period import Period

MODULES = (
    around,
    funnel_attempt_kernels,
    cohorts,
    collisions,
    funnel_fast_kernel,
    funnel_kernels,
    funnel_once_kernels,
    hold,
    medians,
    order,
    overlap,
    reach_kernels,
    rhythm,
    sequence_kernels,
    stage_kernels,
    transitions,
    walk_kernels,
)


def compiled() -> dict[str, int]:
    """How many variants of each kernel exist in this process."""
    return {
        f"{module.__name__}.{name}": len(kernel.signatures)
        for module in MODULES
        for name, kernel in vars(module).items()
        if hasattr(kernel, "signatures")
    }


def test_a_kernel_calls_only_kernels_of_its_own_file() -> None:
    """Numba's cache on disk is keyed by the file of the outer kernel: a callee elsewhere could change unnoticed."""
    for module in MODULES:
        for kernel in vars(module).values():
            if not hasattr(kernel, "py_func"):
                continue
            assert kernel.py_func.__module__ == module.__name__
            for name in kernel.py_func.__code__.co_names:
                callee = getattr(vars(module).get(name), "py_func", None)
                assert callee is None or callee.__module__ == module.__name__


def test_every_kernel_is_in_a_module_this_file_watches() -> None:
    folder = Path(walk_kernels.__file__).parent
    with_kernels = {path.stem for path in folder.glob("*.py") if "@njit" in path.read_text()}
    assert with_kernels == {module.__name__.rpartition(".")[2] for module in MODULES}


def test_after_warm_nothing_is_compiled_in_memory_or_mapped(tmp_path: Path) -> None:
    warm()
    before = compiled()
    assert len(before) > 15
    people = {str(n): f"a/x@{n} b:purchase@{n + 1}=3 c@{n + 2} purchase@{n + 2}" for n in range(50)}
    fresh = journeys(people, stage_of_action={"visit": "interest"})
    fresh.save(tmp_path / "journeys.arrow")
    period = Period(first_day=date(1970, 1, 2), last_day=date(1970, 2, 2))
    for table in (fresh, Journeys.load(tmp_path / "journeys.arrow"), journeys({})):
        for mode in ("ordered", "strict", "any"):
            for entry in ("best", "first"):
                for steps, shares in (
                    ((Step(stage="interest"), Step(action="purchase")), False),
                    ((Step(channels=("a",)),), False),
                    ((Step(action="purchase"), Step(action="purchase")), False),
                    ((Step(action="purchase"), Step(action="purchase")), True),
                ):
                    query = FunnelQuery(
                        steps=steps,
                        shares_events=shares,
                        window_seconds=3600.5,
                        mode=mode,  # type: ignore[arg-type]
                        entry=entry,  # type: ignore[arg-type]
                        period=period,
                        by="campaign",
                        last_seen_us=10**15,
                    )
                    went_next(funnel(table, query), 1)
                    funnel(table, replace(query, by="channel", of="last", hold="channel", count="entries"))
        for model in MODELS:
            credit_by_day(table, model=model, lookback_days=7, half_life_days=2.5, period=period)
            credit_by_day(table, model=model, by="campaign", threads=3)
        paths(table, collapse=True, period=period, lookback_days=7.5)
        reach(table, period=period)
        daily_reach(table, period=period)
        cross_channel(table, period)
        overlap.overlap(table, window_days=3, period=period)
        stage_map(table, window_days=3, period=period, last_seen_us=10**15)
        top_paths(table, top=3, collapse=True, period=period, through=("a",), rank_by="all")
        transitions.transition_counts(table, period=period, lookback_days=3)
        persons = np.arange(table.persons)
        around.links_around(table, person=persons, at_us=table.ts[table.offsets[:-1]], before=2, collapse=True)
        rhythm.rhythm(table, zone=ZoneInfo("Europe/Berlin"), period=period)
        cohorts.cohorts(table, closed_through=date(1970, 2, 2), unit="week", acquired_by="last", period=period)
        collisions.collisions(table, paid=("a", "b"), window_days=3, period=period)
    assert compiled() == before
