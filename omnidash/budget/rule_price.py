"""What a house rule costs: the best plan with it against the best plan without it, all else the same.

The reserve does not lose money for ever, it only waits; its price is what the held money would have brought at once.
"""

from collections.abc import Sequence
from dataclasses import replace

from omnidash.budget.curve import ChannelCurve
from omnidash.budget.limits import RESERVE, Brief
from omnidash.budget.planner import make_plan
from omnidash.budget.task import Unreachable


def rule_price(
    curves: Sequence[ChannelCurve], brief: Brief, rule: str, top: tuple[str, ...], *, reserve: float = RESERVE
) -> float | None:
    """How much of the objective per day the rule (``reserve`` or ``top``) takes; None where it cannot be kept.

    ``top``: the channels of the 70/30 rule; ``reserve``: the part of the total held back.
    """
    changed: dict[str, object] = {"reserve": reserve} if rule == "reserve" else {"top": top}
    absent: dict[str, object] = {"reserve": None} if rule == "reserve" else {"top": ()}
    if rule == "top" and not top:
        return None
    try:
        with_rule = make_plan(curves, replace(brief, **changed))  # type: ignore[arg-type]
        without = make_plan(curves, replace(brief, **absent))  # type: ignore[arg-type]
    except Unreachable:
        return None
    return max(without.value - with_rule.value, 0.0)
