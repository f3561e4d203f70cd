"""Budget: response curves with their uncertainty, what-if, keeping the total, and the proven best plan.

>>> curves = channel_curves(channel_day, period)                     # doctest: +SKIP
>>> what_if(curves, Allocation.today(curves).with_spend("douyin", 900.0), margin=0.4, days=30).total  # doctest: +SKIP
"""

from omnidash.budget.channel_curves import channel_curves
from omnidash.budget.curve import CAVEAT, ChannelCurve, Draws, Interval
from omnidash.budget.limits import Brief
from omnidash.budget.planner import BestPlan, make_plan
from omnidash.budget.redistribute import highest_spend, redistribute
from omnidash.budget.response import ResponseCurve
from omnidash.budget.what_if import Allocation, Outcome, WhatIf, what_if

__all__ = [
    "CAVEAT",
    "Allocation",
    "BestPlan",
    "Brief",
    "ChannelCurve",
    "Draws",
    "Interval",
    "Outcome",
    "ResponseCurve",
    "WhatIf",
    "channel_curves",
    "highest_spend",
    "make_plan",
    "redistribute",
    "what_if",
]
