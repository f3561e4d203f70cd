"""Stress test: what is at risk when a channel loses x % of its traffic (a policy change, throttling, an account
closed).

*Revenue at risk* a day = its loss × the net revenue of conversions that cannot do without it. Two bounds: at most all
revenue credited to it; at least that of conversions no other channel touched (``sole_share`` of its credited revenue);
between them, what a Markov chain says would be lost (removal effect × all revenue), held within the bounds.
*With migration*: less what the money of receivers brings back by their response curves (``migration``). A channel is a
*single point of failure* where losing it wholly would cost more than a third of all net revenue.

Example: 1,000 a day credited, 40 % from buyers of this channel alone, removal effect 10 % of 6,000 a day, loss 50 % ->
between 200 and 500, likely 300 a day; receivers bring 150 of it back -> 150.
"""

from collections.abc import Callable
from dataclasses import dataclass

SINGLE_POINT_SHARE = 1 / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Stress:
    """Net revenue a day that is lost, in workspace currency."""

    channel: str
    loss_share: float
    least: float
    likely: float
    most: float
    with_migration: float
    share_of_all: float
    is_single_point: bool


def stress(
    channel: str,
    *,
    loss_share: float,
    credited: float,
    all_revenue: float,
    sole_share: float,
    removal_effect: float,
    brought_back: Callable[[float], float] = lambda _loss: 0.0,
) -> Stress:
    """One channel. Revenue a day; shares and ``removal_effect`` as fractions; ``brought_back``: how much of a loss a
    day receivers bring back. ValueError where a share is none."""
    for name, share in (("loss_share", loss_share), ("sole_share", sole_share)):
        if not 0.0 <= share <= 1.0:
            raise ValueError(f"{name} {share} is not within 0 … 1")
    most = max(credited, 0.0)
    least = most * sole_share
    whole = min(max(removal_effect * max(all_revenue, 0.0), least), most)
    return Stress(
        channel=channel,
        loss_share=loss_share,
        least=loss_share * least,
        likely=loss_share * whole,
        most=loss_share * most,
        with_migration=max(0.0, loss_share * whole - brought_back(loss_share * whole)),
        share_of_all=whole / all_revenue if all_revenue > 0 else 0.0,
        is_single_point=all_revenue > 0 and whole / all_revenue > SINGLE_POINT_SHARE,
    )
