"""Which moves of money hold whatever one believes: the plan made anew under every attribution model and both bases.

A channel's move is *robust* when it goes the same way under every view, *contested* when it goes up under one and down
under another, *unsure* when some views move it and others leave it, *still* when none moves it. A move smaller than
``STILL`` of today's spend is none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from omnidash.budget.curve import ChannelCurve
from omnidash.budget.limits import Brief
from omnidash.budget.planner import make_plan
from omnidash.budget.task import Unreachable

Verdict = Literal["robust", "contested", "unsure", "still"]

STILL = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One channel: change relative to today under each view (name → −1 … ), and what follows."""

    channel: str
    change: Mapping[str, float]
    verdict: Verdict


def moves(views: Mapping[str, Sequence[ChannelCurve]], brief: Brief) -> tuple[Move, ...]:
    """The plan of ``brief`` under every view (name → curves); views in which the brief cannot be kept are left out.

    A channel must have a curve in a view to be judged by it. Locks, limits and the 70/30 rule hold for the channels
    that the view has.
    """
    changes: dict[str, dict[str, float]] = {}
    for name, curves in views.items():
        known = {curve.channel for curve in curves}
        asked = replace(
            brief,
            least={c: x for c, x in brief.least.items() if c in known},
            most={c: x for c, x in brief.most.items() if c in known},
            locked={c: x for c, x in brief.locked.items() if c in known},
            top=tuple(c for c in brief.top if c in known),
        )
        try:
            plan = make_plan(curves, asked)
        except Unreachable:
            continue
        for curve, spend in zip(curves, plan.spend, strict=True):
            changes.setdefault(curve.channel, {})[name] = float(spend) / curve.spend_today - 1
    return tuple(Move(channel=c, change=change, verdict=verdict(change.values())) for c, change in changes.items())


def verdict(changes: Iterable[float]) -> Verdict:
    """What the directions of a channel's moves say together."""
    ways = {0 if abs(x) < STILL else (1 if x > 0 else -1) for x in changes}
    if {1, -1} <= ways:
        return "contested"
    if ways == {0}:
        return "still"
    return "robust" if len(ways) == 1 else "unsure"
