"""What other persons would do to the figures: under each level, and before and after a decision.

Nothing is written: the journeys are built in memory from a table of persons (``identity.preview``), and the same
kernels run over them as over the workspace's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from omnidash.engine.journeys import journeys_of, journeys_under
from omnidash.identity.preview import Preview, Proposal, preview
from omnidash.journeys.credit import credit_by_day
from omnidash.journeys.funnel import FunnelQuery, funnel
from omnidash.journeys.reach import cross_channel
from omnidash.journeys.table import Journeys
from omnidash.journeys.touches import day_bounds
from omnidash.model.period import Period
from omnidash.store import Workspace
from omnidash.store.settings import IDENTITY_LEVELS


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What depends on who is who. ``persons``: of all identifiers; ``customers``: persons with a goal event in the
    period, purchases without any identifier each as one; ``revenue_per_customer``: their net revenue in the period /
    customers, in workspace currency; the two rates as ``journeys.reach.cross_channel`` has them. None: nobody."""

    persons: int
    customers: int
    revenue_per_customer: float | None
    cross_channel_persons: int
    cross_channel_rate: float | None
    single_channel_rate: float | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Effects:
    """Before and after. ``credit`` [channel String, conversions_before, conversions_after, revenue_before,
    revenue_after Float64]; ``funnel`` [step Int64, label String, persons_before, persons_after Int64] or None, within
    ``window_days`` of its first step."""

    before: Figures
    after: Figures
    window_days: float | None
    credit: pl.DataFrame = field(repr=False)
    funnel: pl.DataFrame | None = field(repr=False)


def figures_by_level(workspace: Workspace, *, period: Period | None = None) -> dict[str, Figures]:
    """The figures at strict, normal and loose, in this order: the band in which cross-channel figures lie."""
    found = {}
    for level in IDENTITY_LEVELS:
        persons = preview(workspace, Proposal(level=level)).after
        found[level] = figures(workspace, journeys_under(workspace, persons), persons, period=period)
    return found


def effects(
    workspace: Workspace,
    would: Preview,
    *,
    model: str = "linear",
    query: FunnelQuery | None = None,
    period: Period | None = None,
    weights: Mapping[str, float] | None = None,
    now: Journeys | None = None,
) -> Effects:
    """What a previewed decision would change: figures, credit under a model (markov: with the ``weights`` of today),
    and a funnel where one is asked for. ``now``: the journeys of the persons before, where these are not the
    workspace's own (a preview at another level). Raises as ``credit_by_day`` and ``funnel`` do."""
    now, then = now or journeys_of(workspace), journeys_under(workspace, would.after)
    return Effects(
        before=figures(workspace, now, would.before, period=period),
        after=figures(workspace, then, would.after, period=period),
        credit=_side_by_side(
            [_credit(workspace, table, model, period, weights) for table in (now, then)],
            ["channel"],
            ["conversions", "revenue"],
        ).fill_null(0.0),
        window_days=None if query is None else query.window_seconds / 86_400,
        funnel=None
        if query is None
        else _side_by_side(
            [funnel(table, query).steps.select("step", "label", "persons") for table in (now, then)],
            ["step", "label"],
            ["persons"],
        ),
    )


def figures(
    workspace: Workspace, journeys: Journeys, persons: pl.DataFrame, *, period: Period | None = None
) -> Figures:
    """The figures of a journey table and the persons it was built from."""
    settings = workspace.settings
    crossed = cross_channel(journeys, period, settings.goal, settings.lookback_days)
    customers, revenue = _customers(journeys, settings.goal, period)
    return Figures(
        persons=persons["person_id"].n_unique(),
        customers=customers,
        revenue_per_customer=revenue / customers if customers else None,
        cross_channel_persons=crossed.multi_persons,
        cross_channel_rate=crossed.multi_rate,
        single_channel_rate=crossed.single_rate,
    )


def _customers(journeys: Journeys, goal: str, period: Period | None) -> tuple[int, float]:
    """Persons with a goal event in the period, and what their goal events in it are worth."""
    first, last = day_bounds(period)
    bought = (journeys.action == journeys.action_code(goal)) & (journeys.day >= first) & (journeys.day <= last)
    person = np.searchsorted(journeys.offsets[1:], np.flatnonzero(bought), side="right")
    return len(np.unique(person)), float(journeys.revenue[bought].sum())


def _credit(
    workspace: Workspace, journeys: Journeys, model: str, period: Period | None, weights: Mapping[str, float] | None
) -> pl.DataFrame:
    settings = workspace.settings
    days = credit_by_day(
        journeys,
        model=model,
        goal=settings.goal,
        lookback_days=settings.lookback_days,
        period=period,
        weights=weights,
    ).frame()
    return days.group_by("channel").agg(pl.col("conversions", "revenue").sum())


def _side_by_side(frames: list[pl.DataFrame], keys: list[str], values: list[str]) -> pl.DataFrame:
    before, after = (
        frame.rename({value: f"{value}_{when}" for value in values})
        for frame, when in zip(frames, ("before", "after"), strict=True)
    )
    columns = [f"{value}_{when}" for value in values for when in ("before", "after")]
    return before.join(after, on=keys, how="full", coalesce=True).sort(keys).select(*keys, *columns)
