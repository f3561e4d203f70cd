"""The plan of a sudden drop as everybody is told it: app, command line, webhook and digest ask here.

A plan knows whom the lost channel reaches as well as the others (30 days before the loss), what their next unit of
money earns (curves of the last 30 days with spend), and who is in trouble: a channel with an open case of falling or
missing traffic, missing conversions or money lost is no receiver.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import polars as pl

from omnidash.health.cases import Case
from omnidash.health.migration import MigrationPlan, migration_plan
from omnidash.health.run import RulesResult, in_trouble
from omnidash.health.traffic_drop import RULE as DROP
from omnidash.journeys.overlap import OverlapResult, overlap
from omnidash.journeys.table import Journeys
from omnidash.metrics.of_workspace import margins_of
from omnidash.metrics.roi import Margin, margin_of
from omnidash.model.period import Period
from omnidash.store import Workspace

OVERLAP_DAYS = 30
_CURVE_DAYS = 30
_CURVE_DRAWS = 100


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surroundings:
    """What a plan rests on. ``closed``: the last closed day; ``overlap_in``: who reaches the same persons in a period;
    ``marginal_roi``: see ``marginal_rois``; ``in_trouble``: see ``no_receivers``."""

    days: pl.DataFrame = field(repr=False)
    closed: date
    timezone: str
    overlap_in: Callable[[Period], OverlapResult] = field(repr=False)
    marginal_roi: Mapping[str, float]
    margin: Margin
    in_trouble: frozenset[str]


def plan_for(around: Surroundings, channel: str, *, lost: float, fired_on: date, before: Period) -> MigrationPlan:
    """Who takes over ``lost`` touches a day of a channel. ``before``: the days on which overlap is looked at."""
    shared = around.overlap_in(before).frame().filter(pl.col("a") == channel)
    return migration_plan(
        channel,
        around.days,
        lost=lost,
        fired_on=fired_on,
        closed_through=around.closed,
        timezone=around.timezone,
        overlap_share=dict(shared.select("b", "share_of_a").iter_rows()),
        shared_persons=dict(shared.select("b", "persons").iter_rows()),
        marginal_roi=around.marginal_roi,
        margin=around.margin,
        in_trouble=around.in_trouble,
    )


def plan_of(case: Case, around: Surroundings) -> MigrationPlan:
    """The plan of a drop: what it lost a day on the days of its case."""
    rows = case.evidence.filter(pl.col("day") <= case.last_day)
    return plan_for(
        around,
        case.channel,
        lost=max(0.0, float((rows["expected"] - rows["touches"]).mean() or 0.0)),  # type: ignore[arg-type]
        fired_on=case.fired_on,
        before=Period.ending(case.first_day - timedelta(days=1), days=OVERLAP_DAYS),
    )


def no_receivers(result: RulesResult | None, closed: date) -> frozenset[str]:
    """Channels that should not be asked to carry more: in trouble, or fed by a source that has not delivered."""
    if result is None:
        return frozenset()
    return in_trouble(result.cases) | {channel for day, channel in result.missing.of_channels if day == closed}


def marginal_rois(workspace: Workspace, days: pl.DataFrame, closed: date) -> dict[str, float]:
    """What the next unit of spend earns, by channel with spend, from the response curves at today's spend."""
    spent_until: date | None = days.filter("has_spend")["day"].max()  # type: ignore[assignment]
    if spent_until is None:
        return {}
    from omnidash.budget.bases import curves_of  # not with the first screen: scikit-learn takes a second

    margin = margins_of(workspace)
    last = Period.ending(min(closed, spent_until), days=_CURVE_DAYS)
    return {
        curve.channel: float(curve.marginal_roi(curve.spend_today, margin_of(curve.channel, margin)).item())
        for curve in curves_of(workspace, "attributed", days, last, draws=_CURVE_DRAWS)
    }


def with_plans(
    workspace: Workspace, journeys: Callable[[], Journeys], days: pl.DataFrame, result: RulesResult, closed: date
) -> RulesResult:
    """The result with the plan of every open drop as the first of its actions. ``journeys``: asked only where there is
    such a case."""
    if not _open_drops(result.cases):
        return result
    table = journeys()
    around = Surroundings(
        days=days,
        closed=closed,
        timezone=workspace.settings.timezone,
        overlap_in=lambda period: overlap(table, window_days=OVERLAP_DAYS, period=period),
        marginal_roi=marginal_rois(workspace, days, closed),
        margin=margins_of(workspace),
        in_trouble=no_receivers(result, closed),
    )
    planned = {id(case): plan_of(case, around).sentence() for case in _open_drops(result.cases)}
    cases = tuple(
        replace(case, actions=(planned[id(case)], *case.actions)) if id(case) in planned else case
        for case in result.cases
    )
    return replace(result, cases=cases)


def _open_drops(cases: Iterable[Case]) -> list[Case]:
    return [case for case in cases if case.rule == DROP and case.is_open]
