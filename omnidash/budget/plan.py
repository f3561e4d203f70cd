"""The best split of a budget over channels with concave response curves, with a proof that it is the best.

Maximise ``Σ_c f_c(x_c)`` subject to ``lower_c ≤ x_c ≤ upper_c`` and ``Σ x_c ≤ total``, where f is expected profit
(revenue × margin − spend) or expected revenue × margin per day. f is concave, so the conditions of Karush (1939) and
Kuhn & Tucker (1951) are sufficient: there is one price λ of money at which every channel's marginal value equals λ
unless a bound stops it. λ is found by bracketed root search, each channel's spend at λ by Newton's method in log
spend (log marginal value is convex there, so Newton cannot overshoot its way to a wrong root).

The proof does not trust the search. At any allocation x, concavity bounds every other feasible y by the tangent:
``f(y) − f(x) ≤ ∇f(x) · (y − x)``; the largest right-hand side is a fractional knapsack, solved by sorting (the
Frank-Wolfe gap, Jaggi 2013). ``optimality_gap`` is that bound relative to the objective: 0 means proven optimal.

With the objective profit, money that would return less than it costs stays unspent (``spend_all=True`` places all).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from omnidash.budget.curve import ChannelCurve, Draws, by_channel
from omnidash.budget.what_if import Allocation
from omnidash.metrics.roi import Margin, margin_of
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_

Floats = npt.NDArray[np.float64]
Objective = Literal["profit", "revenue"]
Binding = Literal["lower", "upper", "fixed"]

CHANGE_LIMIT = 0.5  # by default a channel moves at most this share from today
REACH = 1.5  # and at most this multiple beyond the daily spend ever seen
NEWTON_STEPS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedChannel:
    """One channel of the plan, per day. ``binding``: the bound that stops it; 'fixed' where both bounds are equal.

    ``marginal_roi``: ROI of one more unit of spend at the planned spend; None at zero spend.
    """

    channel: str
    spend_today: float
    spend_planned: float
    lower: float
    upper: float
    revenue_today: float
    revenue_planned: float
    marginal_roi: float | None
    binding: Binding | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The optimum: channels in the order of the curves, the allocation, and the proof.

    ``price``: what one more unit of total budget would add to the objective (0 when not all is spent).
    ``unspent``: budget per day that is left because it would return less than it costs. ``optimality_gap``: upper
    bound on what any other allowed allocation could add, relative to the objective (never negative).
    """

    channels: tuple[PlannedChannel, ...]
    objective: Objective
    value: float
    price: float
    unspent: float
    optimality_gap: float

    @property
    def allocation(self) -> Allocation:
        """Spend per day by channel, ready for ``what_if``."""
        return Allocation({row.channel: row.spend_planned for row in self.channels})


def default_bounds(
    curves: Sequence[ChannelCurve],
    total: float | None = None,
    *,
    change: float = CHANGE_LIMIT,
    reach: float = REACH,
    locked: Collection[str] = frozenset(),
) -> tuple[dict[str, float], dict[str, float]]:
    """Lower and upper spend per day by channel: today's split ± ``change``, within ``reach`` times what was ever seen.

    With a ``total`` the unlocked channels' split is first scaled to it, so that the bounds always allow it. Today's
    (scaled) spend is always allowed. ``locked`` channels are fixed at today's spend.
    """
    kept = sum(curve.spend_today for curve in curves if curve.channel in locked)
    free = sum(curve.spend_today for curve in curves if curve.channel not in locked)
    scale = 1.0 if total is None or free == 0 else max(total - kept, 0.0) / free
    lower, upper = {}, {}
    for curve in curves:
        is_locked = curve.channel in locked
        base = curve.spend_today * (1.0 if is_locked else scale)
        span = 0.0 if is_locked else change
        lower[curve.channel] = max(base * (1 - span), min(base, curve.spend_low / reach))
        upper[curve.channel] = min(base * (1 + span), max(base, curve.spend_high * reach))
    return lower, upper


def best_plan(
    curves: Sequence[ChannelCurve],
    total: float,
    *,
    lower: Mapping[str, float] | None = None,
    upper: Mapping[str, float] | None = None,
    objective: Objective = "profit",
    margin: Margin = 1.0,
    spend_all: bool | None = None,
) -> Plan:
    """The best allocation of ``total`` per day (workspace currency).

    ``lower``/``upper``: spend per day by channel; channels left out get ``default_bounds`` of this total (a given bound
    wins over a default it contradicts). ``spend_all``: place the whole total even at a loss; default only for revenue.
    Raises WrongUse when bounds contradict each other or the total, naming the nearest total that works.
    """
    if not curves:
        raise WrongUse(N_("No channel has spend in the period, so there is nothing to plan."))
    low, high = _bounds(curves, total, lower or {}, upper or {})
    must_spend = objective == "revenue" if spend_all is None else spend_all
    tolerance = 1e-9 * max(total, 1.0)
    if low.sum() > total + tolerance:
        raise WrongUse(
            N_("The lower limits add up to {least_money} a day, more than the total of {total_money}."),
            least_money=float(low.sum()),
            total_money=float(total),
        )
    if must_spend and high.sum() < total - tolerance:
        raise WrongUse(
            N_("The upper limits add up to {most_money} a day, less than the total of {total_money}."),
            most_money=float(high.sum()),
            total_money=float(total),
        )
    value = _Values(curves, margin)
    cost = 1.0 if objective == "profit" else 0.0
    spend, price = _optimum(value, low, high, total, floor=0.0 if must_spend else cost)
    gap = frank_wolfe_gap(value.marginal(spend) - cost, spend, low, high, total, must_spend=must_spend)
    achieved = float(value.of(spend).sum() - cost * spend.sum())
    return Plan(
        channels=tuple(
            _planned(curve, x, a, b, margin) for curve, x, a, b in zip(curves, spend, low, high, strict=True)
        ),
        objective=objective,
        value=achieved,
        price=price - cost,
        unspent=max(total - float(spend.sum()), 0.0),
        optimality_gap=gap / max(abs(achieved), 1e-12),
    )


class _Values:
    """Expected revenue × margin of all channels at once; arrays float64 [channels]."""

    def __init__(self, curves: Sequence[ChannelCurve], margin: Margin) -> None:
        self.today = np.array([curve.spend_today for curve in curves])
        share = np.array([margin_of(curve.channel, margin) for curve in curves])
        self.elasticity = np.stack([curve.draws.elasticity for curve in curves if isinstance(curve.draws, Draws)])
        self.level = np.stack([curve.draws.level for curve in curves]) * share[:, None]
        self.level /= self.level.shape[1]
        self.slope = self.level * self.elasticity / self.today[:, None]
        self.sells = self.level.sum(axis=1) > 0
        self._log_ratio = np.zeros(len(curves))

    def of(self, spend: Floats) -> Floats:
        return (self.level * (spend / self.today)[:, None] ** self.elasticity).sum(axis=1)

    def marginal(self, spend: Floats) -> Floats:
        """∂/∂x; infinite at zero spend where the channel sells, 0 where it never sold."""
        with np.errstate(divide="ignore", invalid="ignore"):
            power = (spend / self.today)[:, None] ** (self.elasticity - 1)
            return np.where(self.slope > 0, self.slope * power, 0.0).sum(axis=1)

    def spend_at(self, log_price: float) -> Floats:
        """Spend at which the marginal value is exp(``log_price``); 0 where the channel never sold."""
        u = self._log_ratio  # warm start: prices of a search lie close together
        for _ in range(NEWTON_STEPS):
            terms = self.slope * np.exp(np.clip(u, -200, 200)[:, None] * (self.elasticity - 1))
            marginal = np.where(self.sells, terms.sum(axis=1), 1.0)
            curvature = np.where(self.sells, (terms * (self.elasticity - 1)).sum(axis=1) / marginal, -1.0)
            step = np.where(self.sells, (log_price - np.log(marginal)) / curvature, 0.0)
            u = np.clip(u + step, -150, 150)
            if float(np.abs(step).max()) < 1e-13:
                break
        self._log_ratio = u
        return np.where(self.sells, self.today * np.exp(u), 0.0)


def _optimum(value: _Values, low: Floats, high: Floats, total: float, *, floor: float) -> tuple[Floats, float]:
    """Spend and price: the smallest price ≥ ``floor`` (the cost of money) at which the total suffices."""

    def spend_at(log_price: float) -> Floats:
        return np.clip(value.spend_at(log_price), low, high)

    if floor > 0:
        spend = spend_at(float(np.log(floor)))
        if spend.sum() <= total:
            return spend, floor
    if high.sum() <= total:
        return high.copy(), floor
    if total - low.sum() <= 1e-12 * total:  # nothing to choose
        return low.copy(), floor
    free = value.sells & (high > low)
    if not free.any():
        return _fill(low.copy(), high, total), floor
    # Between the price at which all stand at their upper bounds and the one at which all stand at their lower.
    cheapest = float(np.log(value.marginal(np.maximum(high, 1e-300))[free]).min()) - 1
    dearest = float(np.log(value.marginal(np.maximum(low, value.today * 1e-12))[free]).max()) + 1
    if spend_at(cheapest).sum() <= total:  # the rest can only go to channels that never sold
        return _fill(spend_at(cheapest), high, total), floor
    log_price = brentq(lambda p: spend_at(p).sum() - total, cheapest, dearest, xtol=1e-15, rtol=1e-15)
    spend = spend_at(log_price)
    inside = (spend > low) & (spend < high)
    if inside.any():  # spread the last rounding so that the total is kept
        largest = int(np.argmax(np.where(inside, spend, -1)))
        spend[largest] = np.clip(spend[largest] + total - spend.sum(), low[largest], high[largest])
    return spend, float(np.exp(log_price))


def _fill(spend: Floats, high: Floats, total: float) -> Floats:
    """Place what is left in proportion to the room below the upper bounds."""
    room = high - spend
    left = total - spend.sum()
    return spend + room * min(left / room.sum(), 1.0) if left > 0 and room.sum() > 0 else spend


def frank_wolfe_gap(
    gradient: Floats, spend: Floats, low: Floats, high: Floats, total: float, *, must_spend: bool
) -> float:
    """The most any allowed allocation could add to a concave objective with this gradient at ``spend``.

    All arrays float64 [channels]; channels with ``low`` = ``high`` are passed over (their gradient may be infinite).
    The largest tangent value over the bounds and the total: money goes to the steepest channels first.
    """
    free = high > low
    left = total - float(low.sum())
    best = low.copy()
    order = np.argsort(-np.where(free, gradient, -np.inf), kind="stable")
    for c in order[: int(free.sum())]:
        if left <= 0 or (gradient[c] <= 0 and not must_spend):
            break
        best[c] += min(high[c] - low[c], left)
        left -= best[c] - low[c]
    return max(float(gradient[free] @ (best - spend)[free]), 0.0)


def _bounds(
    curves: Sequence[ChannelCurve], total: float, lower: Mapping[str, float], upper: Mapping[str, float]
) -> tuple[Floats, Floats]:
    known = by_channel(curves)
    for channel in (*lower, *upper):
        if channel not in known:
            raise WrongUse(N_("There is no response curve for channel {channel}."), channel=channel)
    least, most = default_bounds(curves, total)
    low = np.array([lower.get(c, min(least[c], upper.get(c, np.inf))) for c in known], dtype=float)
    high = np.array([upper.get(c, max(most[c], lower.get(c, 0.0))) for c in known], dtype=float)
    for channel, a, b in zip(known, low, high, strict=True):
        if not (0 <= a <= b and np.isfinite(b)):
            raise WrongUse(
                N_("Limits of {channel} contradict each other: at least {low_money}, at most {high_money}."),
                channel=channel,
                low_money=float(a),
                high_money=float(b),
            )
    return low, high


def _planned(curve: ChannelCurve, spend: float, low: float, high: float, margin: Margin) -> PlannedChannel:
    near = 1e-9 * max(high, 1e-300)
    binding: Binding | None = None
    if high - low <= near:
        binding = "fixed"
    elif spend - low <= near:
        binding = "lower"
    elif high - spend <= near:
        binding = "upper"
    share = margin_of(curve.channel, margin)
    return PlannedChannel(
        channel=curve.channel,
        spend_today=curve.spend_today,
        spend_planned=float(spend),
        lower=float(low),
        upper=float(high),
        revenue_today=float(curve.revenue(curve.spend_today)[0]),
        revenue_planned=float(curve.revenue(spend)[0]),
        marginal_roi=float(curve.marginal_roi(spend, share)[0]) if spend > 0 else None,
        binding=binding,
    )
