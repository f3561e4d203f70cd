"""What a plan must keep to: the limits of a brief, each with its name, as linear rules on the spend of the channels.

Every limit reads ``low ≤ coefficients · spend ≤ high`` in money per day. So one and the same list says what the planner
must keep, what stops it, what a limit costs, and which limits contradict each other.

* *total*: all channels together (all of it, or at most all of it);
* *least*, *most*: of one channel; *extra*: it keeps what it spends today; *lock*: it stays at a spend;
* *change*: one channel stays within ± a share of what it spends today, whatever the aim and the total. Only where a
  total that has to be placed does not fit into that, or a total is less than it asks for, it is measured from more or
  less than today, the same share of it everywhere (``measured_anew`` says which);
  *seen*: and within ``REACH_SEEN`` times what was ever spent on it, beyond which nobody knows its curve;
* *reserve*: this share of the total is held back as a flexible pool;
* *top*: the three channels that convert best get at least this share of what is spent;
* *cap*: no channel gets more than this share of what is spent.

Of several limits of a channel the tightest holds, so that one more limit never makes a plan better. Only a *least*
above, or a *most* below, everything that ± the share allows stands over it, as a lock does: what is said of one channel
goes before what is said of all.

Where the total just fits, what ± x % is measured from goes over into today, so that a little more or less money never
moves a limit by a step. Of more money than fits it is today + today's split of what does not fit; of less than is asked
for it is today · τ · (1 − x · (1 − τ)), with τ the part of it that is there. The first leaves room for all the money,
the second asks for no more than there is; both lie between today and today's split scaled to the total, which they
approach the further away it is.

Worked example: ± 50 %, two channels of 100 a day. A total of 260 to be placed leaves each 50 to 150; one of 400 is 100
more than fits in, so each gets 75 to 225, ± 50 % of 150. Profit may leave money over, so there each gets 50 to 150. Of
100 a day each gets 50; of 50 (τ = ½) 18.75 to 56.25, ± 50 % of 37.5.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from omnidash.budget.curve import ChannelCurve, by_channel
from omnidash.metrics.roi import Margin
from omnidash.model.defaults import TOP_SHARE
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_, Message

Floats = npt.NDArray[np.float64]
Kind = Literal["total", "least", "most", "lock", "extra", "change", "seen", "reserve", "top", "cap"]
Objective = Literal["profit", "revenue", "conversions", "target_roi", "target_marginal_roi", "target_cac"]

REACH_SEEN = 1.5
ROUNDING = 1e-9
RESERVE = 0.3  # the other house rule, where it is switched on


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What is asked of a plan. Money is workspace currency per day.

    ``spend_all``: place the whole total even where the last unit earns less than it costs (None: only where the
    objective has no price of money, revenue and conversions). ``change``: share each channel may move from today
    (None: any). ``locked``: channel → spend it stays at. ``top``: the channels of the 70/30 rule. ``target``: the ROI,
    marginal ROI (0.5 = 50 %) or CAC (money) to reach. ``only_extra``: what is spent today stays, only
    what is more is placed. ``chooses_total``: the plan says itself how much to spend, ``total`` is what it is today.
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
    chooses_total: bool = False

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
    def held(self) -> float:
        """The share of the total that the flexible reserve holds back."""
        return 0.0 if self.reserve is None else self.reserve

    @property
    def places_all(self) -> bool:
        """Whether the whole total has to be spent."""
        if self.chooses_total:
            return False
        return self.objective in ("revenue", "conversions") if self.spend_all is None else self.spend_all


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Limit:
    """One rule: ``low ≤ coefficients · spend ≤ high``; ``channel`` None for rules on all of them.

    ``share`` of what (``base``) a rule about a share is; ``low_by_total``, ``high_by_total``: how far its ends move
    with one more unit of the total."""

    kind: Kind
    channel: str | None
    coefficients: Floats
    low: float
    high: float
    share: float | None = None
    base: float | None = None
    low_by_total: float = 0.0
    high_by_total: float = 0.0

    @property
    def label(self) -> Message:
        """The rule in words."""
        word: str = self.kind
        if self.kind == "total" and np.isfinite(self.low):
            word = "whole"
        if max(self.low_by_total, self.high_by_total) > 0:
            word = {"change": "scaled", "seen": "unseen"}.get(self.kind, word)
        every = {
            "channel": self.channel,
            "low_money": self.low,
            "high_money": self.high,
            "limit_percent": self.share,
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
        return abs(float(self.coefficients @ spend) / self.base - 1) if self.base else None


_WORDS = {
    "total": N_("The total is at most {high_money} a day"),
    "least": N_("{channel} gets at least {low_money} a day"),
    "most": N_("{channel} gets at most {high_money} a day"),
    "extra": N_("{channel} keeps at least today's {low_money} a day"),
    "lock": N_("{channel} is locked at {low_money} a day"),
    "change": N_("{channel} moves by at most {limit_percent} from today"),
    "scaled": N_(
        "{channel} moves by at most {limit_percent} from what the new total makes of today's spend: {low_money} to "
        "{high_money} a day"
    ),
    "unseen": N_("{channel} gets at most {high_money} a day, more than was ever tried, so that the total fits in"),
    "seen": N_("{channel} gets at most {high_money} a day, half more than was ever spent on it"),
    "reserve": N_("{limit_percent} of the total is held back as flexible reserve"),
    "top": N_("The best converting channels get at least {limit_percent} of what is spent"),
    "cap": N_("{channel} gets at most {limit_percent} of what is spent"),
    "whole": N_("The total of {high_money} a day is placed whole"),
}


def limits_of(brief: Brief, curves: Sequence[ChannelCurve]) -> tuple[Limit, ...]:
    """All limits of a brief, coefficients in the order of ``curves``. Raises WrongUse on a channel without a curve."""
    known = by_channel(curves)
    for channel in (*brief.least, *brief.most, *brief.locked, *brief.top):
        if channel not in known:
            raise WrongUse(N_("There is no response curve for channel {channel}."), channel=channel)
    count, inf = len(curves), float("inf")
    one = np.ones(count)
    found: list[Limit] = []

    def add(kind: Kind, who: str | None, row: Floats, low: float, high: float, **more: float) -> None:
        found.append(Limit(kind=kind, channel=who, coefficients=row, low=low, high=high, **more))

    placed = 1 - brief.held
    if brief.places_all:
        add("total", None, one, brief.total * placed, brief.total, low_by_total=placed, high_by_total=1.0)
    else:
        add("total", None, one, -inf, inf if brief.chooses_total else brief.total, high_by_total=1.0)
    if brief.reserve is not None and not brief.chooses_total:
        add("reserve", None, one, -inf, brief.total * placed, share=brief.reserve, high_by_total=placed)
    if brief.top:
        chosen = np.array([c.channel in brief.top for c in curves], dtype=float)
        add("top", None, chosen - brief.top_share, 0.0, inf, share=brief.top_share)
    base, by_total = _base(brief, curves)
    wide = REACH_SEEN if brief.change is None else 1 + brief.change
    for i, curve in enumerate(curves):
        name, unit = curve.channel, np.eye(count)[i]
        if name in brief.locked:
            add("lock", name, unit, brief.locked[name], brief.locked[name])
            continue
        least = max(brief.least.get(name, 0.0), curve.spend_today if brief.only_extra else 0.0)
        most = brief.most.get(name, inf)
        add("extra" if brief.only_extra and name not in brief.least else "least", name, unit, least, inf)
        if name in brief.most:
            add("most", name, unit, -inf, most)
        if brief.change is not None:
            down, up = max(1 - brief.change, 0.0), 1 + brief.change
            low, high = base[i] * down, base[i] * up
            add(
                "change", name, unit, min(low, most), max(high, least), share=brief.change, base=base[i],
                low_by_total=by_total[i] * down if low <= most else 0.0,
                high_by_total=by_total[i] * up if high >= least else 0.0,
            )  # fmt: skip
        if brief.within_seen:
            seen = max(curve.spend_high * REACH_SEEN, curve.spend_today)
            # Money that does not fit in has to go where nobody has been: as far as ± x % goes up with it.
            over = max(base[i] - curve.spend_today, 0.0) * wide
            add(
                "seen", name, unit, -inf, max(seen + over, least),
                high_by_total=by_total[i] * wide if over > 0 and seen + over >= least else 0.0,
            )  # fmt: skip
        if brief.share_cap is not None:
            add("cap", name, unit - brief.share_cap, -inf, 0.0, share=brief.share_cap)
    return tuple(found)


def measured_anew(brief: Brief, curves: Sequence[ChannelCurve]) -> Message | None:
    """Says of how much ± x % is measured; None where it is of today."""
    base, by_total = _base(brief, curves)
    moved = np.flatnonzero(by_total)
    if brief.change is None or not len(moved):
        return None
    share = float(base[moved[0]]) / curves[int(moved[0])].spend_today
    return Message(
        N_(
            "The total lies outside ± {limit_percent} of today's spend, so ± {limit_percent} is measured from "
            "{base_percent} of today's spend."
        ),
        {"limit_percent": brief.change, "base_percent": round(share, 2 if share >= 0.1 else 3)},
    )


def _base(brief: Brief, curves: Sequence[ChannelCurve]) -> tuple[Floats, Floats]:
    """What ± x % is measured from, and how it grows with one more unit of the total, float64 [channels] each.

    Today's spend, unless the money that is left for the channels without a lock cannot be placed within it, or is less
    than it asks for (see the module). Limits of single channels have no say in it.
    """
    today = np.array([curve.spend_today for curve in curves])
    free = np.array([curve.channel not in brief.locked for curve in curves])
    fixed = np.zeros(len(curves))
    if brief.chooses_total or not free.any():
        return today, fixed
    change = np.inf if brief.change is None else brief.change
    least, most = today * max(1 - change, 0.0), today * (1 + change)
    if brief.within_seen:
        most = np.minimum(most, np.maximum([curve.spend_high * REACH_SEEN for curve in curves], today))
    left = max(brief.total * (1 - brief.held) - sum(brief.locked.values()), 0.0)
    asked, room = float(least[free].sum()), float(most[free].sum())
    if left < asked * (1 - ROUNDING):
        there = left / asked
        grown = there * (1 - change * (1 - there))
        by_total = (1 - change * (1 - 2 * there)) / asked
    elif brief.places_all and left > room * (1 + ROUNDING):
        grown = 1 + (left - room) / float(today[free].sum())
        by_total = 1 / float(today[free].sum())
    else:
        return today, fixed
    return today * np.where(free, grown, 1.0), today * np.where(free, by_total * (1 - brief.held), 0.0)
