"""Budget: response curves with their uncertainty, what-if, keeping the total, and the proven best plan.

>>> curves = channel_curves(channel_day, period)                     # doctest: +SKIP
>>> what_if(curves, Allocation.today(curves).with_spend("douyin", 900.0), margin=0.4, days=30).total  # doctest: +SKIP
"""

from omnidash.budget.channel_curves import channel_curves
from omnidash.budget.curve import CAVEAT, ChannelCurve, Draws, Interval
from omnidash.budget.plan import Plan, PlannedChannel, best_plan, default_bounds
from omnidash.budget.redistribute import highest_spend, redistribute
from omnidash.budget.response import ResponseCurve
from omnidash.budget.what_if import Allocation, Outcome, WhatIf, what_if

__all__ = [
    "CAVEAT",
    "Allocation",
    "ChannelCurve",
    "Draws",
    "Interval",
    "Outcome",
    "Plan",
    "PlannedChannel",
    "ResponseCurve",
    "WhatIf",
    "best_plan",
    "channel_curves",
    "default_bounds",
    "highest_spend",
    "redistribute",
    "what_if",
]
