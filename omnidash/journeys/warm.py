"""Compile every kernel ahead of time, so that no click waits for a compiler.

Numba compiles a kernel on its first call and keeps the machine code on disk beside the module (or in the user's cache
directory where that cannot be written). ``warm`` calls each public analysis on a journey of a few events with the
dtypes real tables have: some ten seconds on the first start ever, about one afterwards. Call it at start or
while data is imported, behind a progress line.
"""

from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from omnidash.journeys.around import links_around
from omnidash.journeys.cohorts import cohorts
from omnidash.journeys.collisions import collisions
from omnidash.journeys.credit import credit_by_day
from omnidash.journeys.funnel import FunnelQuery, Step, funnel
from omnidash.journeys.funnel_groups import went_next
from omnidash.journeys.notation import journeys
from omnidash.journeys.overlap import overlap
from omnidash.journeys.paths import paths
from omnidash.journeys.reach import cross_channel, daily_reach, reach
from omnidash.journeys.rhythm import rhythm
from omnidash.journeys.stage_map import stage_map
from omnidash.journeys.table import Journeys
from omnidash.journeys.top_paths import top_paths
from omnidash.journeys.transitions import transition_counts


def warm_first_screen() -> None:
    """Compile or load what the first screen needs: credit and reach. About a fourth of the whole."""
    table = _table()
    credit_by_day(table, model="linear")
    reach(table)
    cross_channel(table)


def warm() -> None:
    """Compile or load all kernels. Idempotent: a second call finds nothing to do."""
    warm_first_screen()
    table = _table()
    one_step_per_event = (Step(action="visit"), Step(action="purchase"))
    two_steps_per_event = (Step(channels=("email",)), Step(action="visit"))
    for steps, shares in ((one_step_per_event, False), (two_steps_per_event, False), (two_steps_per_event, True)):
        for mode in ("ordered", "strict", "any"):
            for entry in ("best", "first"):
                query = FunnelQuery(steps=steps, window_seconds=86_400, mode=mode, entry=entry, shares_events=shares)
                went_next(funnel(table, query), 1)
    funnel(table, FunnelQuery(steps=one_step_per_event, window_seconds=86_400, hold="channel"))
    paths(table)
    paths(table, by="campaign")
    credit_by_day(table, model="linear", by="campaign")
    daily_reach(table)
    overlap(table)
    stage_map(table)
    top_paths(table, top=1)
    transition_counts(table)
    links_around(table, person=np.zeros(1, np.int64), at_us=np.zeros(1, np.int64))
    rhythm(table, zone=ZoneInfo("UTC"))
    cohorts(table, closed_through=date(1970, 2, 1))
    collisions(table, paid=("search", "email"))


def _table() -> Journeys:
    return journeys({"ana": "search/spring@1 email@3 purchase@4=20", "bo": "email@2"})
