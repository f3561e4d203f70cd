"""What a plan must keep to: the limits of a brief, each with its name, as linear rules on the spend of the channels.

Every limit reads ``low ≤ coefficients · spend ≤ high`` in money per day. So one and the same list says what the planner
must keep, what stops it, what a limit costs, and which limits contradict each other.

* *total*: all channels together (all of it, or at most all of it);
* *least*, *most*: of one channel; *lock*: one channel stays at a spend;
* *change*: one channel stays within ± a share of its spend today (scaled to the total where that is another one);
  *seen*: and within ``REACH_SEEN`` times what was ever spent on it, beyond which nobody knows its curve;
* *reserve*: this share of the total is held back as a flexible pool;
* *top*: the three channels that convert best get at least this share of what is spent;
* *cap*: no channel gets more than this share of what is spent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from omnidash.budget.curve import ChannelCurve, by_channel
from omnidash.metrics.roi import Margin
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_, Message

Floats = npt.NDArray[np.float64]
Kind = Literal["total", "least", "most", "lock", "change", "seen", "reserve", "top", "cap"]
Objective = Literal["profit", "revenue", "conversions", "target_roi", "target_marginal_roi", "target_cac"]

REACH_SEEN = 1.5
RESERVE, TOP_SHARE, TOP_CHANNELS = 0.3, 0.7, 3  # the house rules, where they are switched on


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What is asked of a plan. Money is workspace currency per day.

    ``spend_all``: place the whole total even where the last unit earns less than it costs (None: only where the
    objective has no price of money, revenue and conversions). ``change``: share each channel may move from today
    (None: any). ``locked``: channel → spend it stays at. ``top``: the channels of the 70/30 rule. ``target``: the ROI,
    marginal ROI (0.5 = 50 %) or CAC (money) to reach. ``only_extra``: what is spent today stays, only
    what is more is placed.
    """

    total: float
    objective: Objective = "profit"
    target: float | None = None
    margin: Margin = 1.0
    spend_all: bool | None = None
    change: float | None = 0.5
    least: Mapping[str, float] = field(default_factory=dict)
    most: Mapping[str, float] = field(default_factory=dict)
    locked: Mapping[str, float] = field(default_factory=dict)
    only_extra: bool = False
    reserve: float | None = None
    top: tuple[str, ...] = ()
    top_share: float = TOP_SHARE
    share_cap: float | None = None
    within_seen: bool = True

    def __post_init__(self) -> None:
        if not (np.isfinite(self.total) and self.total >= 0):
            raise WrongUse(N_("The total must be a number of at least 0; it is {total_money}."), total_money=self.total)
        if self.objective.startswith("target") and self.target is None:
            raise WrongUse(N_("Say which target the plan should reach."))
        if self.target is not None and not np.isfinite(self.target):
            raise WrongUse(N_("The target must be a number; it is {target}."), target=self.target)
        if self.change is not None and not (np.isfinite(self.change) and self.change >= 0):
            raise WrongUse(
                N_("The most a channel may move must be a share of at least 0; it is {change}."), change=self.change
            )
        if self.objective == "target_cac" and not (self.target or 0) > 0:
            raise WrongUse(N_("The target CAC must be above 0."))

    @property
    def places_all(self) -> bool:
        """Whether the whole total has to be spent."""
        return self.objective in ("revenue", "conversions") if self.spend_all is None else self.spend_all


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Limit:
    """One rule: ``low ≤ coefficients · spend ≤ high``; ``channel`` None for rules on all of them."""

    kind: Kind
    channel: str | None
    coefficients: Floats
    low: float
    high: float
    share: float | None = None

    @property
    def label(self) -> Message:
        """The rule in words."""
        word = "whole" if self.kind == "total" and np.isfinite(self.low) else self.kind
        every = {
            "channel": self.channel,
            "low_money": self.low,
            "high_money": self.high,
            "share_percent": self.share,
        }
        return Message(_WORDS[word], {k: v for k, v in every.items() if f"{{{k}}}" in _WORDS[word]})

    def excess(self, spend: Floats) -> float:
        """By how much money per day an allocation breaks the rule; 0 where it keeps it."""
        value = float(self.coefficients @ spend)
        return max(self.low - value, value - self.high, 0.0)

    def share_at(self, spend: Floats) -> float | None:
        """For a rule about a share: the share that an allocation has in its place; None for rules about money."""
        if self.share is None:
            return None
        placed = float(spend.sum())
        if self.kind in ("top", "cap"):
            return float((self.coefficients + self.share) @ spend) / placed if placed > 0 else None
        if self.kind == "reserve":
            return 1 - placed / (self.high / (1 - self.share)) if self.high > 0 else None
        base = self.high / (1 + self.share)
        return abs(float(self.coefficients @ spend) / base - 1) if base > 0 else None


_WORDS = {
    "total": N_("The total is at most {high_money} a day"),
    "least": N_("{channel} gets at least {low_money} a day"),
    "most": N_("{channel} gets at most {high_money} a day"),
    "lock": N_("{channel} is locked at {low_money} a day"),
    "change": N_("{channel} moves by at most {share_percent}"),
    "seen": N_("{channel} gets at most {high_money} a day, half more than was ever spent on it"),
    "reserve": N_("{share_percent} of the total is held back as flexible reserve"),
    "top": N_("The best converting channels get at least {share_percent} of what is spent"),
    "cap": N_("{channel} gets at most {share_percent} of what is spent"),
    "whole": N_("The total of {high_money} a day is placed whole"),
}


def limits_of(brief: Brief, curves: Sequence[ChannelCurve]) -> tuple[Limit, ...]:
    """All limits of a brief, coefficients in the order of ``curves``. Raises WrongUse on a channel without a curve."""
    known = by_channel(curves)
    for channel in (*brief.least, *brief.most, *brief.locked, *brief.top):
        if channel not in known:
            raise WrongUse(N_("There is no response curve for channel {channel}."), channel=channel)
    count = len(curves)
    found: list[Limit] = []
    one, inf = np.ones(count), float("inf")

    def add(kind: Kind, who: str | None, row: Floats, low: float, high: float, share: float | None = None) -> None:
        found.append(Limit(kind=kind, channel=who, coefficients=row, low=low, high=high, share=share))

    held = 0.0 if brief.reserve is None else brief.reserve
    add("total", None, one, brief.total * (1 - held) if brief.places_all else -inf, brief.total)
    if brief.reserve is not None:
        add("reserve", None, one, -inf, brief.total * (1 - brief.reserve), brief.reserve)
    if brief.top:
        chosen = np.array([c.channel in brief.top for c in curves], dtype=float)
        add("top", None, chosen - brief.top_share, 0.0, inf, brief.top_share)
    base = _base(brief, curves)
    for i, curve in enumerate(curves):
        name, unit = curve.channel, np.eye(count)[i]
        if name in brief.locked:
            add("lock", name, unit, brief.locked[name], brief.locked[name])
            continue
        least = max(brief.least.get(name, 0.0), curve.spend_today if brief.only_extra else 0.0)
        add("least", name, unit, least, inf)
        if name in brief.most:
            add("most", name, unit, -inf, brief.most[name])
        if brief.change is not None and not brief.only_extra and name not in brief.least and name not in brief.most:
            add("change", name, unit, base[i] * max(1 - brief.change, 0), base[i] * (1 + brief.change), brief.change)
        if brief.within_seen and name not in brief.most:
            add("seen", name, unit, -inf, max(curve.spend_high * REACH_SEEN, base[i], least))
        if brief.share_cap is not None:
            add("cap", name, unit - brief.share_cap, -inf, 0.0, brief.share_cap)
    return tuple(found)


def _base(brief: Brief, curves: Sequence[ChannelCurve]) -> Floats:
    """What ± x % is measured from: today's spend, scaled to the money that is there once locked channels have theirs.

    Cutting the total by half moves every channel by half; that is not what the limit of change is about.
    """
    today = np.array([curve.spend_today for curve in curves])
    free = np.array([curve.channel not in brief.locked for curve in curves])
    placed = brief.total * (1 - (brief.reserve or 0.0))
    left = max(placed - sum(brief.locked.values()), 0.0)
    return today * (left / today[free].sum()) if free.any() else today
