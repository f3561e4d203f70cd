"""Asking the planner in one line, for tests that are about splits and limits rather than about briefs."""

from collections.abc import Mapping, Sequence

from omnidash.budget.curve import ChannelCurve
from omnidash.budget.limits import Brief, Objective
from omnidash.budget.planner import BestPlan, make_plan
from omnidash.metrics.roi import Margin


def best_plan(
    curves: Sequence[ChannelCurve],
    total: float,
    *,
    lower: Mapping[str, float] | None = None,
    upper: Mapping[str, float] | None = None,
    objective: Objective = "profit",
    margin: Margin = 1.0,
    spend_all: bool | None = None,
) -> BestPlan:
    """The best plan of a total per day; channels move by half, unless all of them have limits of their own."""
    own = {curve.channel for curve in curves} <= {*(lower or {}), *(upper or {})}
    brief = Brief(
        total=total,
        objective=objective,
        margin=margin,
        spend_all=spend_all,
        least=lower or {},
        most=upper or {},
        change=None if own else 0.5,
        within_seen=not own,
    )
    return make_plan(curves, brief)
