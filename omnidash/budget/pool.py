"""What to do with the flexible pool this week: the weekly priority, and money for those who lead it, with the reason.

Priority: channels are ranked by conversion rate (conversions / touches; higher is better), by what a touch costs
(lower) and by how unsteady the conversion rate is from day to day (lower); the priority is the average of the three
ranks. A channel without touches, or with an open ROI alert, takes no part.

Proposal: every channel keeps its share of what is not in the pool; the pool goes, proven best, to the leading half of
the ranking, as far as the next unit there still earns more than it costs. What does not stays in the pool.

When a channel's ROI alert fires, *reallocation* proposes at once: it gives up half of its spend, and the others take
that where it is expected to earn most, within ± 50 % of theirs.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from scipy.stats import rankdata

from omnidash.budget.curve import ChannelCurve
from omnidash.budget.limits import RESERVE, Brief
from omnidash.budget.planner import BestPlan, make_plan
from omnidash.metrics.channel_day import knows_spend
from omnidash.metrics.roi import Margin

WEEK = 7
VOLATILITY_DAYS = 28
GIVES_UP = 0.5
TAKES_MORE = 0.5  # share of its spend that a channel takes on in one step: beyond that a curve is mostly guessed


@dataclass(frozen=True, slots=True, kw_only=True)
class Priority:
    """One channel's place in the weekly ranking and the three numbers behind it (None: not known)."""

    channel: str
    place: int
    conversion_rate: float | None
    touch_cost: float | None
    volatility: float | None
    has_alert: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolShare:
    """What a channel gets out of the pool per day; ``marginal_roi`` of the next unit after it; ``is_leading``: whether
    it is among those that may get any."""

    priority: Priority
    base: float
    from_pool: float
    marginal_roi: float | None
    is_leading: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolProposal:
    """The pool per day, who gets what (by priority), and what stays."""

    pool: float
    shares: tuple[PoolShare, ...]
    kept: float


def weekly_priority(
    channel_day: pl.DataFrame, curves: Sequence[ChannelCurve], last_day: date, alerts: Collection[str] = ()
) -> tuple[Priority, ...]:
    """The ranking over the week that ends on ``last_day`` (volatility: four weeks), best first."""
    names = [curve.channel for curve in curves]
    recent = channel_day.filter(
        pl.col("channel").is_in(names),
        pl.col("day") <= last_day,
        pl.col("day") > last_day - timedelta(days=VOLATILITY_DAYS),
    )
    daily = recent.filter(pl.col("touches") > 0).with_columns(rate=pl.col("conversions") / pl.col("touches"))
    unsteady = {
        c: sd / mean if mean else None
        for c, sd, mean in daily.group_by("channel")
        .agg(pl.col("rate").std().alias("s"), pl.col("rate").mean())
        .iter_rows()
        if sd is not None
    }
    week = (
        recent.filter(pl.col("day") > last_day - timedelta(days=WEEK))
        .group_by("channel")
        .agg(pl.col("conversions", "touches", "spend").sum(), paid=pl.col("touches").filter(knows_spend()).sum())
    )
    sums = {row[0]: row[1:] for row in week.iter_rows()}
    rates, costs = {}, {}
    for name in names:
        conversions, touches, spend, paid = sums.get(name, (0.0, 0, 0.0, 0))
        rates[name] = conversions / touches if touches else None
        costs[name] = spend / paid if paid else None
    ranks = (
        _ranks([None if (r := rates[n]) is None else -r for n in names])
        + _ranks([costs[n] for n in names])
        + _ranks([unsteady.get(n) for n in names])
    )
    order = sorted(range(len(names)), key=lambda i: (names[i] in alerts, rates[names[i]] is None, ranks[i], names[i]))
    return tuple(
        Priority(
            channel=names[i],
            place=place,
            conversion_rate=rates[names[i]],
            touch_cost=costs[names[i]],
            volatility=unsteady.get(names[i]),
            has_alert=names[i] in alerts,
        )
        for place, i in enumerate(order, start=1)
    )


def pool_proposal(
    curves: Sequence[ChannelCurve],
    ranking: Sequence[Priority],
    *,
    total: float,
    margin: Margin,
    share: float = RESERVE,
) -> PoolProposal:
    """How to use the pool (``share`` of ``total`` per day) this week."""
    today = sum(curve.spend_today for curve in curves)
    base = {curve.channel: curve.spend_today / today * total * (1 - share) for curve in curves}
    taking = [p.channel for p in ranking if not p.has_alert and p.conversion_rate is not None]
    leading = set(taking[: max((len(taking) + 1) // 2, 1)]) if taking else set()
    brief = Brief(
        total=total,
        margin=margin,
        change=None,
        spend_all=False,
        least=base,
        locked={c: x for c, x in base.items() if c not in leading},
    )
    plan = make_plan(curves, brief)
    got = dict(zip(plan.channels, plan.spend, strict=True))
    marginal = dict(zip(plan.channels, plan.marginal, strict=True))
    shares = tuple(
        PoolShare(
            priority=p,
            base=base[p.channel],
            from_pool=max(float(got[p.channel]) - base[p.channel], 0.0),
            marginal_roi=float(marginal[p.channel]) - 1,
            is_leading=p.channel in leading,
        )
        for p in ranking
    )
    pool = total * share
    return PoolProposal(pool=pool, shares=shares, kept=max(pool - sum(one.from_pool for one in shares), 0.0))


def reallocation(curves: Sequence[ChannelCurve], alerts: Collection[str], *, margin: Margin) -> BestPlan | None:
    """The plan that takes half of the spend of channels with an open ROI alert to the others, as far as it earns its
    cost there; nobody else gives any, and nobody takes more than half of its own in one step. None without an alert or
    without others."""
    known = {curve.channel: curve.spend_today for curve in curves}
    giving = {c: known[c] * GIVES_UP for c in alerts if c in known}
    if not giving or len(giving) == len(known):
        return None
    total = sum(known.values())
    keeping = {channel: spend for channel, spend in known.items() if channel not in giving}
    most = {channel: spend * (1 + TAKES_MORE) for channel, spend in keeping.items()}
    return make_plan(
        curves, Brief(total=total, margin=margin, spend_all=False, locked=giving, least=keeping, most=most)
    )


def _ranks(values: Sequence[float | None]) -> np.ndarray:
    """Ranks, 1 best (lowest); equal values share a rank, unknown ones the last."""
    return np.asarray(rankdata([np.inf if v is None or np.isnan(v) else v for v in values], method="average"))
