"""The nearest plan where limits contradict each other: what has to give way, by how much, and the best split then.

In this order, each step among what the one before leaves:

1. as little money as possible in sum by which limits are broken. A unit off a locked spend counts ``LOCK_WEIGHT``
   times: locks are the user's word;
2. as few rules as possible. What is one rule of the brief (± x %, today's spend stays, the cap of shares) is one,
   however many channels it is about. More than the total is spent only where nothing else would do;
3. within a rule no channel more than needed: the largest relative breach as small as possible, so that what all have to
   give, each gives in the same proportion;
4. the best plan for the aim, with the limits as wide as that.

Worked example: 300 a day, and three channels that spend 100, 200 and 100 shall keep that. It is too much by 100; the
one rule gives way by a quarter in each: 75, 150, 75.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from omnidash.budget.curve import ChannelCurve
from omnidash.budget.limits import Brief, Limit
from omnidash.budget.planner import make_plan
from omnidash.budget.task import Unreachable

Floats = npt.NDArray[np.float64]
Rule = tuple[str, str | None]

LOCK_WEIGHT = 20.0  # a unit off a locked spend counts as much as so many units off another limit
NEAR = 1e-7
ROUNDING = 1e-9
_OF_ALL = ("change", "seen", "extra", "cap")  # one rule of the brief, about every channel
# Where as few rules can give way in several ways: general ones first, what was said of one channel after them.
_KEPT_RATHER = {"change": 1.0, "seen": 1.01, "reserve": 1.02, "top": 1.02, "cap": 1.02, "extra": 1.03, "least": 1.04}
_KEPT_RATHER |= {"most": 1.05, "total": 1.0, "lock": 2.0}


def nearest(curves: Sequence[ChannelCurve], brief: Brief, limits: Sequence[Limit]) -> Floats:
    """Spend per day that breaks the limits as little as can be, float64 [channels]."""
    ends = _Ends.of(limits, len(curves))
    least = float(ends.weight @ ends.solve(ends.weight)[1])
    yielding = ends.fewest(least)
    spend, excess = ends.evenest(least, yielding)
    by = {(number, is_low): x * ends.unit for (number, is_low), x in zip(ends.whose, excess, strict=True)}
    slack = ROUNDING * ends.unit
    wider = tuple(
        replace(
            limit, low=limit.low - by.get((i, True), 0.0) - slack, high=limit.high + by.get((i, False), 0.0) + slack
        )
        for i, limit in enumerate(limits)
    )
    for aim in (brief, replace(brief, objective="profit", target=None)):  # a target may be out of reach even so
        try:
            return make_plan(curves, aim, wider).spend
        except Unreachable:
            continue
    return spend * ends.unit


def least_excess(limits: Sequence[Limit], channels: int) -> float:
    """The least sum of money by which some spend breaks the limits, in parts of their ``size``."""
    if not limits:
        return 0.0
    ends = _Ends.of(limits, channels)
    return float(ends.solve(np.ones(len(ends.bound)))[1].sum())


def size(limits: Sequence[Limit]) -> float:
    """The size of the amounts at hand: the largest finite bound."""
    bounds = [abs(b) for limit in limits for b in (limit.low, limit.high) if np.isfinite(b)]
    return max([1e-9, *bounds])


@dataclass(frozen=True, slots=True, eq=False)
class _Ends:
    """Every finite end of a limit as ``rows @ spend − excess ≤ bound``, in units of ``unit``; ``whose``: the number of
    its limit and whether it is the lower end; ``rule``: what of the brief it belongs to."""

    rows: Floats
    bound: Floats
    weight: Floats
    whose: tuple[tuple[int, bool], ...]
    rule: tuple[Rule, ...]
    unit: float

    @classmethod
    def of(cls, limits: Sequence[Limit], channels: int) -> "_Ends":
        unit, rows, bound, weight, whose, rule = size(limits), [np.zeros((0, channels))], [], [], [], []
        for i, limit in enumerate(limits):
            for is_low, end in ((True, limit.low), (False, limit.high)):
                if not np.isfinite(end):
                    continue
                sign = -1.0 if is_low else 1.0
                rows.append(sign * limit.coefficients[None, :])
                bound.append(sign * end / unit)
                weight.append(LOCK_WEIGHT if limit.kind == "lock" else 1.0)
                whose.append((i, is_low))
                name = "overspent" if limit.kind == "total" and not is_low else limit.kind
                rule.append((name, None if limit.kind in _OF_ALL else limit.channel))
        return cls(np.vstack(rows), np.array(bound), np.array(weight), tuple(whose), tuple(rule), unit)

    def solve(self, cost: Floats) -> tuple[Floats, Floats]:
        """Spend and excesses of least cost."""
        channels, count = self.rows.shape[1], len(self.bound)
        found = linprog(
            np.concatenate([np.zeros(channels), cost]),
            A_ub=np.hstack([self.rows, -np.eye(count)]),
            b_ub=self.bound,
            bounds=(0, None),
            method="highs-ds",
        )
        return found.x[:channels], found.x[channels:]

    def fewest(self, least: float) -> set[Rule]:
        """The fewest rules that have to be broken at the least cost."""
        rules = list(dict.fromkeys(self.rule))
        reluctance = np.array([_KEPT_RATHER.get(kind, 2.0 * len(rules)) for kind, _ in rules])
        channels, count = self.rows.shape[1], len(self.bound)
        room = least * (1 + 1e-6) + ROUNDING
        belongs = np.array([[rule == one for one in rules] for rule in self.rule], dtype=float)
        found = milp(
            np.concatenate([np.zeros(channels + count), reluctance]),
            constraints=[
                LinearConstraint(
                    np.hstack([self.rows, -np.eye(count), np.zeros((count, len(rules)))]), -np.inf, self.bound
                ),
                LinearConstraint(
                    np.hstack([np.zeros((count, channels)), np.eye(count), -belongs * (room / self.weight)[:, None]]),
                    -np.inf,
                    0.0,
                ),
                LinearConstraint(
                    np.concatenate([np.zeros(channels), self.weight, np.zeros(len(rules))]), -np.inf, room
                ),
            ],
            integrality=np.repeat([0, 1], [channels + count, len(rules)]),
            bounds=Bounds(0, np.repeat([np.inf, 1.0], [channels + count, len(rules)])),
        )
        if found.x is None:
            return set(rules)
        return {rule for rule, z in zip(rules, found.x[channels + count :], strict=True) if z > 0.5}

    def evenest(self, least: float, yielding: set[Rule]) -> tuple[Floats, Floats]:
        """Spend and excesses at the least cost where only these rules give way, the largest relative one smallest."""
        channels, count = self.rows.shape[1], len(self.bound)
        scale = np.where(np.abs(self.bound) > NEAR, np.abs(self.bound), 1.0)
        may = np.array([rule in yielding for rule in self.rule])
        found = linprog(
            np.append(np.zeros(channels + count), 1.0),
            A_ub=np.vstack(
                [
                    np.hstack([self.rows, -np.eye(count), np.zeros((count, 1))]),
                    np.hstack([np.zeros((count, channels)), np.eye(count), -scale[:, None]]),
                    np.concatenate([np.zeros(channels), self.weight, [0.0]])[None, :],
                ]
            ),
            b_ub=np.concatenate([self.bound, np.zeros(count), [least * (1 + 2e-6) + 2 * ROUNDING]]),
            bounds=[(0, None)] * channels + [(0, None if m else 2 * ROUNDING) for m in may] + [(0, None)],
            method="highs-ds",
        )
        if found.x is None:
            return self.solve(self.weight)
        return found.x[:channels], found.x[channels : channels + count]
