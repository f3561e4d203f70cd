"""Which limits contradict each other, and the nearest that can be done.

A *conflict* is a set of limits that cannot be kept together, while without any one of them the rest of the set
can (an irreducible infeasible subset, found by the deletion filter: Chinneck & Dravnieks 1991). Several may exist;
filters in different orders are tried and the smallest set found is reported.

The *nearest* plan breaks the limits by as little money as possible in sum; it says which limit has to give way, and to
what. Locks give way last: they are the user's word.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

from omnidash.budget.curve import ChannelCurve
from omnidash.budget.limits import Brief, Limit, limits_of
from omnidash.budget.what_if import Allocation

Floats = npt.NDArray[np.float64]

LOCK_WEIGHT = 20.0  # a unit off a locked spend counts as much as so many units off another limit
NEAR = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Yielding:
    """A limit that gives way in the nearest plan, and the money (or, of a rule about a share, the share) that would
    have to be allowed instead."""

    limit: Limit
    by: float
    instead: float
    share: float | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Conflict:
    """The limits that contradict each other, and the nearest allocation with what it would take."""

    limits: tuple[Limit, ...]
    nearest: Allocation
    yields: tuple[Yielding, ...]


def conflict(curves: Sequence[ChannelCurve], brief: Brief) -> Conflict | None:
    """The smallest set of limits found that contradict each other; None where all can be kept."""
    limits = limits_of(brief, curves)
    if can_be_kept(limits, len(curves)):
        return None
    orders = (limits, limits[::-1], tuple(sorted(limits, key=lambda limit: limit.channel or "")))
    smallest = min((_filtered(order, len(curves)) for order in orders), key=len)
    spend, yields = _nearest(limits, len(curves))
    return Conflict(
        limits=smallest,
        nearest=Allocation({c.channel: float(x) for c, x in zip(curves, spend, strict=True)}),
        yields=yields,
    )


def can_be_kept(limits: Sequence[Limit], channels: int) -> bool:
    """Whether some spend (not below 0) keeps all these limits."""
    return _least_excess(limits, channels, np.ones(len(limits)))[1].sum() <= NEAR * _size(limits)


def _filtered(limits: Sequence[Limit], channels: int) -> tuple[Limit, ...]:
    """Leave out one limit after the other as long as what is left still contradicts itself."""
    kept = list(limits)
    for limit in limits:
        rest = [other for other in kept if other is not limit]
        if not can_be_kept(rest, channels):
            kept = rest
    return tuple(kept)


def _nearest(limits: Sequence[Limit], channels: int) -> tuple[Floats, tuple[Yielding, ...]]:
    weight = np.array([LOCK_WEIGHT if limit.kind == "lock" else 1.0 for limit in limits])
    spend, _ = _least_excess(limits, channels, weight)
    yields = []
    for limit in limits:
        by = limit.excess(spend)
        if by > NEAR * _size(limits):
            instead = float(limit.coefficients @ spend)
            yields.append(Yielding(limit=limit, by=by, instead=instead, share=limit.share_at(spend)))
    return spend, tuple(yields)


def _least_excess(limits: Sequence[Limit], channels: int, weight: Floats) -> tuple[Floats, Floats]:
    """Spend with the least weighted sum of excesses, float64 [channels], and the excess of every limit."""
    count = len(limits)
    if not count:
        return np.zeros(channels), np.zeros(0)
    unit = _size(limits)
    rows = np.array([limit.coefficients for limit in limits])
    low, high = (np.array([getattr(limit, side) for limit in limits]) / unit for side in ("low", "high"))
    has_low, has_high = np.isfinite(low), np.isfinite(high)
    slack = np.eye(count)
    found = linprog(
        np.concatenate([np.zeros(channels), weight]),
        A_ub=np.vstack([np.hstack([rows, -slack])[has_high], np.hstack([-rows, -slack])[has_low]]),
        b_ub=np.concatenate([high[has_high], -low[has_low]]),
        bounds=(0, None),
        method="highs-ds",
    )
    return found.x[:channels] * unit, found.x[channels:] * unit


def _size(limits: Sequence[Limit]) -> float:
    """The size of the amounts at hand: the largest finite bound."""
    bounds = [abs(b) for limit in limits for b in (limit.low, limit.high) if np.isfinite(b)]
    return max([1e-9, *bounds])
