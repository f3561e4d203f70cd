"""How near a target can be come to: the highest ROI, or the lowest CAC, that the limits allow.

Both are ratios, weighted revenue over spend: gross margin over spend (ROI + 1), new customers over spend (1 / CAC). The
highest ratio is found by Dinkelbach's method (1967): the best plan at a price of money gives a ratio, which is the next
price, until the ratio no longer rises. Every step is a proven plan, and the steps close in faster and faster.

Worked example: 100 a day earning 300 at full margin with elasticity 0.5, and at least 25 a day: the most is earned per
unit at 25, 150 / 25 = 6, an ROI of 500 %; an ROI of 600 % cannot be reached.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from omnidash.budget.curve import ChannelCurve
from omnidash.budget.limits import Brief
from omnidash.budget.planner import make_plan
from omnidash.budget.task import Unreachable
from omnidash.metrics.roi import margin_of
from omnidash.model.messages import N_, Message

MOST_STEPS = 30
SETTLED = 1e-6  # relative: a ratio that rises by less has been found
NO_SPEND = 1e-9  # of the total: without spend there is no ratio


def nearest_target(curves: Sequence[ChannelCurve], brief: Brief) -> float | None:
    """The ROI or CAC nearest to the one asked for that a plan within the limits reaches.

    None for another objective, where the limits contradict each other, or where no spend is left to speak of.
    """
    if brief.objective not in ("target_roi", "target_cac"):
        return None
    weight = {c.channel: _worth(c, brief) for c in curves}
    most = max(weight.values(), default=0.0)
    if not most > 0:
        return None
    asked = replace(
        brief,
        objective="target_marginal_roi",
        margin={channel: worth / most for channel, worth in weight.items()},
        spend_all=False,
    )
    ratio = 0.0
    for _ in range(MOST_STEPS):
        try:
            plan = make_plan(curves, replace(asked, target=ratio - 1.0))
        except Unreachable:
            return None
        spent = float(plan.spend.sum())
        if spent <= NO_SPEND * max(brief.total, 1e-300):
            break
        brought = [weight[c.channel] / most * c.revenue(x)[0] for c, x in zip(curves, plan.spend, strict=True)]
        found = float(np.sum(brought)) / spent
        if found <= ratio * (1 + SETTLED):
            break
        ratio = found
    if ratio <= 0:
        return None
    return ratio * most - 1.0 if brief.objective == "target_roi" else 1.0 / (ratio * most)


def out_of_reach(brief: Brief, attainable: float) -> Message:
    """What to say of a target that cannot be reached, and of the nearest that can (see ``nearest_target``)."""
    if brief.objective == "target_cac":
        return Message(
            N_("A CAC of {asked_money} cannot be reached within the limits; the lowest is {attainable_money}."),
            {"asked_money": brief.target, "attainable_money": attainable},
        )
    return Message(
        N_("An ROI of {asked_percent} cannot be reached within the limits; the highest is {attainable_percent}."),
        {"asked_percent": brief.target, "attainable_percent": attainable},
    )


def _worth(curve: ChannelCurve, brief: Brief) -> float:
    """What one unit of the channel's revenue counts in the target: margin, or new customers."""
    if brief.objective == "target_roi":
        return margin_of(curve.channel, brief.margin)
    revenue = float(curve.draws.level.mean())
    return curve.new_customers_today / revenue if revenue > 0 else 0.0
