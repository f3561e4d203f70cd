"""A brief as arrays, and one linear programme over straight pieces of the curves: the planner's inner step.

The objective is Σ worth · revenue − cost · spend; a target adds the row Σ goal · revenue ≥ goal_cost · spend. Worth and
goal are not negative, so more revenue is never worse and a linear programme fills a concave line in its right order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

from omnidash.budget.curve import ChannelCurve
from omnidash.budget.expected import REACH, Expected
from omnidash.budget.limits import Brief, Limit
from omnidash.metrics.roi import margin_of
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_

Floats = npt.NDArray[np.float64]
Line = tuple[Floats, Floats]  # spend and revenue at the cuts of one channel, concave

HEADROOM = 0.01
NEAR = 1e-6  # of a limit's size: as good as at the limit


class Unreachable(WrongUse):
    """No allocation keeps all limits at once."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PricedLimit:
    """A limit that stops the plan, and what one unit more of it (``is_lower``: one unit less) would add to what the
    plan aims at, per unit of money (see ``prices``)."""

    limit: Limit
    price: float
    is_lower: bool


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A brief as arrays: the objective is Σ worth · revenue − cost · spend, the target Σ goal · revenue ≥ goal_cost ·
    spend (``goal`` None: none), the rules ``least ≤ rows @ spend ≤ most`` and each channel's ``low`` and ``high``."""

    expected: Expected
    limits: tuple[Limit, ...]
    margin: Floats
    worth: Floats
    cost: float
    goal: Floats | None
    goal_cost: float
    rows: Floats
    least: Floats
    most: Floats
    low: Floats
    high: Floats
    is_cap: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, curves: Sequence[ChannelCurve], brief: Brief, limits: tuple[Limit, ...]) -> "Task":
        margin = np.array([margin_of(curve.channel, brief.margin) for curve in curves])
        worth, cost, goal, goal_cost = _objective(curves, brief, margin)
        low, high = np.zeros(len(curves)), np.full(len(curves), np.inf)
        order = {curve.channel: i for i, curve in enumerate(curves)}
        group = [limit for limit in limits if limit.kind in ("total", "reserve", "top", "cap")]
        for limit in limits:
            if limit.channel is not None and limit.kind != "cap":
                i = order[limit.channel]
                low[i], high[i] = max(low[i], limit.low), min(high[i], limit.high)
        # The total alone shall stop a channel that takes all of it, not the end of its curve: so it is priced.
        today = np.array([curve.spend_today for curve in curves])
        total = min(limit.high for limit in limits if limit.kind == "total")
        high = np.minimum(high, total * (1 + HEADROOM) if np.isfinite(total) else today * REACH)
        if (low > high * (1 + 1e-12)).any():
            raise Unreachable(N_("The limits cannot all be kept."))
        return cls(
            expected=Expected.of(curves),
            limits=limits,
            margin=margin,
            worth=worth,
            cost=cost,
            goal=goal,
            goal_cost=goal_cost,
            rows=np.array([limit.coefficients for limit in group]),
            least=np.array([limit.low for limit in group]),
            most=np.array([limit.high for limit in group]),
            low=np.minimum(low, high),
            high=high,
            is_cap=np.array([limit.kind == "cap" for limit in group]),
        )

    @property
    def sums_only(self) -> bool:
        """Whether all that ties channels together are limits of the sum of their spend (shares apart)."""
        return self.goal is None and bool((self.rows[~self.is_cap] == 1.0).all())

    def ends(self, low: Floats, high: Floats) -> Iterator[tuple[int, tuple[float, float, Floats]]]:
        """Per channel: its number, two spends, and expected revenue at them."""
        revenue = self.expected.revenue(np.column_stack([low, high]))
        for c in range(len(low)):
            yield c, (float(low[c]), float(high[c]), revenue[c])

    def keeps(self, spend: Floats) -> bool:
        """Whether an allocation keeps all rules and the target (to a millionth of its size)."""
        near = 1e-7 * max(float(spend.sum()), 1e-9)
        value = self.rows @ spend
        if (value > self.most + near).any() or (value < self.least - near).any():
            return False
        if self.goal is None:
            return True
        revenue = self.expected.revenue(spend[:, None])[:, 0]
        return float(self.goal @ revenue - self.goal_cost * spend.sum()) >= -near * max(self.goal_cost, 1.0)

    def value(self, spend: Floats) -> float:
        """The objective per day."""
        revenue = self.expected.revenue(spend[:, None])[:, 0]
        return float(self.worth @ revenue - self.cost * spend.sum())

    def gradient(self, spend: Floats, duals: "Duals") -> Floats:
        """What the next unit of each channel adds to the objective, the target at its price included."""
        slope = self.expected.marginal(spend[:, None])[:, 0]
        total = self.worth * slope - self.cost
        if self.goal is not None:
            total = total + duals.goal * (self.goal * slope - self.goal_cost)
        return total

    def tangent_gap(self, gradient: Floats, spend: Floats, duals: "Duals") -> float:
        """The most that any allowed plan could add, by the tangent plane of the objective (and the priced target)."""
        free, upper, lower = self.high > self.low, np.isfinite(self.most), np.isfinite(self.least)
        if self.sums_only and not self.is_cap.any():
            slope = np.where(free, gradient, 0.0)
            taken, _ = _poured(self, slope, self.high - self.low, float(self.low.sum()))
            return max(float(slope @ (self.low + taken)) - float(gradient[free] @ spend[free]), 0.0)
        slope = np.where(free, gradient, 0.0)
        # HiGHS' tolerances are absolute: numbers around 1 suit it.
        unit, scale = max(float(self.high.max()), 1e-12), max(float(np.abs(slope).max()), 1e-12)
        found = linprog(
            -slope / scale,
            A_ub=np.vstack([self.rows[upper], -self.rows[lower]]),
            b_ub=np.concatenate([self.most[upper], -self.least[lower]]) / unit,
            bounds=np.column_stack([self.low, self.high]) / unit,
            method="highs-ds",
        )
        # Where it stumbles, what the limits of single channels leave room for is an upper bound as well.
        most = float(np.maximum(slope * self.low, slope * self.high).sum())
        most = -float(found.fun) * scale * unit if found.status == 0 else most
        slack = 0.0
        if self.goal is not None:
            revenue = self.expected.revenue(spend[:, None])[:, 0]
            slack = duals.goal * max(float(self.goal @ revenue - self.goal_cost * spend.sum()), 0.0)
        return max(most - float(gradient[free] @ spend[free]), 0.0) + slack


@dataclass(frozen=True, slots=True, eq=False)
class Duals:
    """Prices of the group rules, signed as d objective / d bound of ``rows``; and of the target."""

    rows: Floats
    goal: float


def _objective(
    curves: Sequence[ChannelCurve], brief: Brief, margin: Floats
) -> tuple[Floats, float, Floats | None, float]:
    """Worth of revenue, cost of money, and the target's row (worth, cost)."""
    revenue = np.array([curve.draws.level.mean() for curve in curves])
    orders = np.array([curve.conversions_today for curve in curves]) / np.where(revenue > 0, revenue, np.inf)
    customers = np.array([curve.new_customers_today for curve in curves]) / np.where(revenue > 0, revenue, np.inf)
    target = 0.0 if brief.target is None else brief.target
    match brief.objective:
        case "profit":
            return margin, 1.0, None, 0.0
        case "revenue":
            return np.ones(len(curves)), 0.0, None, 0.0
        case "conversions":
            return orders, 0.0, None, 0.0
        case "target_roi":
            return np.ones(len(curves)), 0.0, margin, 1 + target
        case "target_marginal_roi":
            return margin, 1 + target, None, 0.0
        case "target_cac":
            return customers, 0.0, customers * target, 1.0


def _poured(task: Task, gain: Floats, width: Floats, start: float) -> tuple[Floats, Floats]:
    """How far each piece is filled and the prices of the rules, where every rule limits the sum of all spend.

    A single sum is a continuous knapsack: the best pieces first is optimal (Dantzig 1957), no linear programme needed.
    Raises Unreachable where the pieces cannot reach the sum or start above it.
    """
    on_sum = np.flatnonzero(~task.is_cap)
    above, below = on_sum[np.argmin(task.most[on_sum])], on_sum[np.argmax(task.least[on_sum])]
    most, least = task.most[above] - start, task.least[below] - start
    near = 1e-9 * max(task.most[above], start)
    if most < -near or least > width.sum() + near or least > most + near:
        raise Unreachable(N_("The limits cannot all be kept."))
    order = np.argsort(-gain, kind="stable")
    full = np.cumsum(width[order])
    wanted = float(width[gain > 0].sum())
    amount = float(np.clip(wanted, min(max(least, 0.0), full[-1]), max(most, 0.0)))
    taken = np.empty(len(width))
    taken[order] = np.clip(amount - (full - width[order]), 0.0, width[order])
    price = np.zeros(len(task.rows))
    last = gain[order[min(int(np.searchsorted(full, amount)), len(order) - 1)]]
    if amount < wanted:
        price[above] = max(last, 0.0)
    elif amount > wanted:
        price[below] = min(last, 0.0)
    return taken, price


def fill(task: Task, lines: Sequence[Line]) -> tuple[Floats, Duals, float]:
    """The best spend per channel, float64 [channels], the prices, and the objective on the lines.

    Rules that forbid too large a share are many and rarely bind, so they come in only once they are broken. Raises
    Unreachable where nothing keeps all rules.
    """
    start = np.array([cuts[0] for cuts, _ in lines])
    at_start = np.array([value[0] for _, value in lines])
    width = np.concatenate([np.diff(cuts) for cuts, _ in lines])
    rise = np.concatenate([np.diff(value) for _, value in lines])
    whose = np.repeat(np.arange(len(lines)), [len(cuts) - 1 for cuts, _ in lines])
    wide = width > 0
    width, rise, whose = width[wide], rise[wide], whose[wide]
    if not len(width):  # nothing may move
        if not task.keeps(start):
            raise Unreachable(N_("The limits cannot all be kept."))
        return start, Duals(np.zeros(len(task.rows)), 0.0), task.value(start)
    slope = rise / width
    # HiGHS' tolerances are absolute: numbers around 1 suit it, also where only little money is still in question.
    unit = max(float(np.bincount(whose, width).max()), 1e-12 * float(task.high.max()))
    gain = task.worth[whose] * slope - task.cost
    scale = max(float(np.median(np.abs(gain))), 1e-12)
    goal_row = np.zeros((0, len(width)))
    goal_room, goal_scale = np.zeros(0), 1.0
    if task.goal is not None:
        share = task.goal[whose] * slope - task.goal_cost
        goal_scale = max(float(np.median(np.abs(share))), 1e-12)
        goal_row = -share[None, :] / goal_scale
        goal_room = np.array([float(task.goal @ at_start - task.goal_cost * start.sum())]) / unit / goal_scale
    offset = task.rows @ start
    used = ~task.is_cap
    if task.sums_only:
        taken, price_of_sum = _poured(task, gain, width, float(start.sum()))
        spend = start + np.bincount(whose, taken, minlength=len(lines))
        if not (task.rows[task.is_cap] @ spend > 1e-9 * unit).any():
            value = float(task.worth @ at_start - task.cost * start.sum()) + float(gain @ taken)
            return np.clip(spend, task.low, task.high), Duals(price_of_sum, 0.0), value
    while True:
        upper, lower = used & np.isfinite(task.most), used & np.isfinite(task.least)
        # A few rows over thousands of pieces: presolve took 0.95 of the 1.0 s of a plan of 50 channels.
        solved = partial(
            linprog,
            -gain / scale,
            A_ub=np.vstack([task.rows[upper][:, whose], -task.rows[lower][:, whose], goal_row]),
            b_ub=np.concatenate([(task.most - offset)[upper] / unit, (offset - task.least)[lower] / unit, goal_room]),
            bounds=np.column_stack([np.zeros(len(width)), width / unit]),
            method="highs-ds",
        )
        found = solved(options={"presolve": False})
        if found.status not in (0, 2):  # presolve may clear what the simplex method alone stumbles over
            found = solved()
        if found.status == 2:
            raise Unreachable(N_("The limits cannot all be kept."))
        if found.status != 0:
            raise RuntimeError(f"HiGHS ended with status {found.status}: {found.message}")
        spend = start + np.bincount(whose, found.x * unit, minlength=len(lines))
        broken = ~used & (task.rows @ spend > task.most + 1e-9 * unit)
        if not broken.any():
            break
        used = used | broken
    price = -np.asarray(found.ineqlin.marginals) * scale
    duals = np.zeros(len(task.rows))
    duals[upper] += price[: upper.sum()]
    duals[lower] -= price[upper.sum() : upper.sum() + lower.sum()]
    goal = float(price[-1] / goal_scale) if task.goal is not None else 0.0
    value = float(task.worth @ at_start - task.cost * start.sum()) - float(found.fun) * scale * unit
    return np.clip(spend, task.low, task.high), Duals(duals, goal), value
