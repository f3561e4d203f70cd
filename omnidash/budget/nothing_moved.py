"""Why the best plan leaves a channel, or everything, where it is; and why it leaves money over.

In this order: it is locked; its limits leave no room; every channel that could take or give money brings about the same
for the next unit, so that moving gains nothing; the plan already stands where a limit stops it.
"""

from collections.abc import Mapping

import numpy as np

from omnidash.budget.planner import BestPlan
from omnidash.model.messages import N_, Message

STILL = 0.005  # of the spend before: a smaller move is none
ALIKE = 0.02  # marginal returns that differ by less are alike


def moved_share(plan: BestPlan, before: Mapping[str, float]) -> float:
    """Share of the total that the plan moves from one channel to another (or places, or takes away)."""
    total = sum(before.values())
    moved = sum(abs(float(x) - before[c]) for c, x in zip(plan.channels, plan.spend, strict=True))
    return moved / 2 / total if total > 0 else 0.0


def why_nothing_moved(plan: BestPlan, before: Mapping[str, float]) -> tuple[Message, ...]:
    """Reasons, most important first; empty where something moved."""
    if moved_share(plan, before) > STILL:
        return ()
    reasons = []
    locked = [c for c in plan.channels if c in plan.brief.locked]
    if len(locked) >= len(plan.channels) - 1:
        reasons.append(Message(N_("All channels but one at most are locked, so no money can change places."), {}))
    free = [i for i, c in enumerate(plan.channels) if c not in plan.brief.locked]
    marginal = plan.marginal[free]
    if len(free) > 1 and marginal.max() - marginal.min() <= ALIKE * max(float(np.abs(marginal).max()), 1e-9):
        template = N_(
            "The next unit of money brings about the same in every channel ({value_ratio}): this is the best split."
        )
        reasons.append(Message(template, {"value_ratio": float(marginal.mean())}))
    stops = [one for one in plan.binding if one.price > 1e-6 and one.limit.channel is not None]
    if stops and not reasons:
        reasons += [Message(N_("Stopped by a limit: {limit}"), {"limit": one.limit.label}) for one in stops[:3]]
    if not reasons:
        reasons.append(Message(N_("Within the limits no other split is expected to bring more than this one."), {}))
    return tuple(reasons)


def why_unspent(plan: BestPlan, days: int) -> Message | None:
    """Why the plan leaves money over in so many days, the reserve apart; None where it leaves none (half a unit)."""
    left = (plan.unspent - plan.brief.held * (plan.unspent + float(plan.spend.sum()))) * days
    if left <= 0.5:
        return None
    stopped = any(
        one.price > 1e-6 and not one.is_lower and one.limit.channel is not None and one.limit.kind != "cap"
        for one in plan.binding
    )
    if stopped:
        template = N_("{unspent_money} stays unspent: the channels where it would pay stand at their limits.")
    elif plan.brief.objective == "profit":
        template = N_("{unspent_money} stays unspent: it would return less than it costs.")
    else:
        template = N_("{unspent_money} is not needed.")
    return Message(template, {"unspent_money": left})
