"""Which limits contradict each other, and the nearest that can be done.

A *conflict* is a set of limits that cannot be kept together, while without any one of them the rest of the set
can (an irreducible infeasible subset, found by the deletion filter: Chinneck & Dravnieks 1991). Several may exist;
filters in different orders are tried and the smallest set found is reported.

The *nearest* plan (see ``nearest``) breaks them by as little money, and as few of them, as possible; it says which
limit has to give way, and to what.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from omnidash.budget.curve import ChannelCurve
from omnidash.budget.limits import Brief, Limit, limits_of
from omnidash.budget.nearest import NEAR, least_excess, nearest, size
from omnidash.budget.what_if import Allocation

Floats = npt.NDArray[np.float64]


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
    spend = nearest(curves, brief, limits)
    return Conflict(
        limits=smallest,
        nearest=Allocation({c.channel: float(x) for c, x in zip(curves, spend, strict=True)}),
        yields=_yields(limits, spend),
    )


def can_be_kept(limits: Sequence[Limit], channels: int) -> bool:
    """Whether some spend (not below 0) keeps all these limits."""
    return least_excess(limits, channels) <= NEAR


def _filtered(limits: Sequence[Limit], channels: int) -> tuple[Limit, ...]:
    """Leave out one limit after the other as long as what is left still contradicts itself."""
    kept = list(limits)
    for limit in limits:
        rest = [other for other in kept if other is not limit]
        if not can_be_kept(rest, channels):
            kept = rest
    return tuple(kept)


def _yields(limits: Sequence[Limit], spend: Floats) -> tuple[Yielding, ...]:
    found = []
    for limit in limits:
        by = limit.excess(spend)
        if by > NEAR * size(limits):
            instead = float(limit.coefficients @ spend)
            found.append(Yielding(limit=limit, by=by, instead=instead, share=limit.share_at(spend)))
    return tuple(found)
