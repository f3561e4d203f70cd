"""The best plan under any brief, with a proof of how good it is and a price for every limit.

Maximise expected profit (revenue, conversions …) over spend per channel under the linear rules of ``limits``. Each
channel's expected curve is cut into straight pieces, over which HiGHS solves a linear programme (``task.fill``). For
S-shaped curves the pieces' concave hull is too kind; there a branch and bound over spends closes the difference
(``branching``). The pieces around the solution are then cut finer and finer, so that the answer is one of the smooth
curves, not of pieces.

Objectives: *profit* Σ (margin · revenue − spend); *revenue*; *conversions*; *target ROI* t: most revenue with
Σ margin · revenue ≥ (1 + t) Σ spend; *target marginal ROI* t: spend on every channel up to where the next unit earns t,
that is most of Σ margin · revenue − (1 + t) spend; *target CAC* a: most new customers with Σ spend ≤ a · Σ customers.

The proof does not trust the search. Concave curves: no allowed plan can beat the tangent plane at the plan, whose
maximum over the rules is one more linear programme (the Frank-Wolfe gap, Jaggi 2013, of the Lagrangian where there is a
target). S-shaped curves: the bound of the branch and bound, on pieces raised until no curve is above them.
``gap`` is that bound relative to the plan's value; 0 means proven optimal.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from omnidash.budget.branching import branch_and_bound
from omnidash.budget.curve import ChannelCurve
from omnidash.budget.limits import Brief, Limit, limits_of
from omnidash.budget.pieces import cut
from omnidash.budget.prices import prices
from omnidash.budget.task import Duals, PricedLimit, Task, Unreachable, fill
from omnidash.budget.what_if import Allocation
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_

Floats = npt.NDArray[np.float64]

COARSE, COARSE_RISING, FINE, SHRINK = 48, 240, 20, 9.0
ROUNDS, MOST_ROUNDS = 4, 8
CLOSE = 1e-6  # relative gap from which cutting finer is not worth the time


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BestPlan:
    """The best spend per day, in the order of the curves, with its proof.

    ``value``: the objective per day; ``gap``: proven bound on what any other allowed plan could add, relative to it;
    ``binding``: limits that stop it, dearest first; ``marginal``: expected margin × revenue of the next unit of spend;
    ``unspent``: what is left of the total, the reserve included.
    """

    brief: Brief
    channels: tuple[str, ...]
    spend: Floats
    value: float
    gap: float
    binding: tuple[PricedLimit, ...]
    marginal: Floats
    unspent: float
    is_concave: bool

    @property
    def allocation(self) -> Allocation:
        """Spend per day by channel, ready for ``what_if``."""
        return Allocation({c: float(max(x, 0.0)) for c, x in zip(self.channels, self.spend, strict=True)})


def make_plan(curves: Sequence[ChannelCurve], brief: Brief, limits: Sequence[Limit] | None = None) -> BestPlan:
    """The best plan for the brief, under its limits (or others in their place).

    Raises Unreachable where no allocation keeps all limits (see ``conflict``).
    """
    if not curves:
        raise WrongUse(N_("No channel has spend in the period, so there is nothing to plan."))
    task = Task.of(curves, brief, limits_of(brief, curves) if limits is None else tuple(limits))
    pieces = cut(task.expected, task.low, task.high, COARSE)
    is_concave = not bool(pieces.rises.any())
    low, high, over = task.low, task.high, np.inf
    if is_concave:
        spend, duals, _ = fill(task, [pieces.hull(c, *ends) for c, ends in task.ends(low, high)])
    else:  # find the concave stretch of each curve in which the best plan lies; from there on it is as above
        pieces = cut(task.expected, task.low, task.high, COARSE_RISING)
        spend, over = branch_and_bound(task, pieces)
        low, high = pieces.stretch(spend, low, high)
    spend, duals = _polished(task, spend, low, high)
    value, placed = task.value(spend), float(spend.sum())
    total = placed / (1 - brief.held) if brief.chooses_total else brief.total
    gradient = task.gradient(spend, duals)
    over = task.tangent_gap(gradient, spend, duals) if is_concave else max(over - value, 0.0)
    return BestPlan(
        brief=brief,
        channels=tuple(curve.channel for curve in curves),
        spend=spend,
        value=value,
        gap=over / max(abs(value), 1e-12),
        binding=prices(task, brief, spend, gradient, duals),
        marginal=task.expected.marginal(spend[:, None])[:, 0] * task.margin,
        unspent=max(total - placed, 0.0),
        is_concave=is_concave,
    )


def _polished(task: Task, spend: Floats, low: Floats, high: Floats) -> tuple[Floats, Duals]:
    """The optimum of concave curves to within rounding: pieces near the spend, cut finer and finer."""
    reach = (high - low) / COARSE * 4
    best, best_value, duals = spend, task.value(spend) if task.keeps(spend) else -np.inf, None
    for step in range(MOST_ROUNDS):
        near_low, near_high = np.maximum(best - reach, low), np.minimum(best + reach, high)
        steps = np.clip(
            best[:, None] + reach[:, None] * np.linspace(-1, 1, FINE + 1), near_low[:, None], near_high[:, None]
        )
        lines = list(zip(steps, task.expected.revenue(steps), strict=True))
        try:
            spend, duals, _ = fill(task, lines)
        except Unreachable:
            reach = np.minimum(reach * SHRINK, high - low)
            continue
        if task.keeps(spend) and task.value(spend) >= best_value - 1e-12 * abs(best_value):
            best, best_value = spend, task.value(spend)
        at_edge = (spend <= near_low) & (near_low > low) | (spend >= near_high) & (near_high < high)
        reach = np.where(at_edge, reach, reach / SHRINK)
        if step < ROUNDS - 1:
            continue
        gap = task.tangent_gap(task.gradient(best, duals), best, duals)
        # On stretches of S-shaped curves the tangent plane proves nothing of the whole.
        if low is not task.low or gap <= CLOSE * abs(best_value):
            break
    assert duals is not None
    return best, duals
