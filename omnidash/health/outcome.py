"""What became of a decision: the figure the case was about, in the days before it and after it.

Seven closed days up to the decision against the seven to fourteen after it that are closed by now (the day of the
decision itself belongs to neither). The figure is that of the rule: ROI, share of traffic, touches a day, CAC,
conversion rate. ROI and CAC compare with money spent, so they wait for the spend: days whose spend has not come yet
are not over for them. *Better* means it moved by a tenth or more to the good side, *worse* to the bad side; between
them nothing can be told. A comparison of before and after, no proof: what else changed meanwhile is in it too.

Null and zero: where the figure cannot be told before (no spend, no touches), or was zero, nothing can be compared with
it: no change in proportion to nothing is stated (an ROI of zero is a figure like any other, since ROIs are compared in
points). So where it cannot be told afterwards.

Example: ROI −30 % in the week before a decision, +5 % in the ten days after -> better.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import polars as pl

from omnidash.health.spend_until import spend_until
from omnidash.metrics.metric import divide
from omnidash.metrics.roi import Margin, gross_profit
from omnidash.metrics.summary import costed_through
from omnidash.model.messages import N_, Message

DAYS_BEFORE, DAYS_AFTER_LEAST, DAYS_AFTER_MOST = 7, 7, 14
_CLEAR = 0.10

Judged = Literal["better", "worse", "unclear", "incomparable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The figure before and after (None where it cannot be told), over how many days after, and what that amounts
    to."""

    before: float | None
    after: float | None
    days_after: int
    judged: Judged
    sentence: Message


def outcome_of(
    rule: str, channel: str, decided_on: date, channel_day: pl.DataFrame, *, closed_through: date, margin: Margin = 1.0
) -> Outcome | None:
    """None while fewer than seven days after the decision are closed, or where the case is about no channel."""
    if rule not in _FIGURES or not channel:
        return None
    of_rule = _FIGURES[rule]
    last = min(closed_through, decided_on + timedelta(days=DAYS_AFTER_MOST))
    if of_rule.is_costed:
        own = channel_day.filter(pl.col("channel") == channel)
        last = min(last, spend_until(own, of_all=costed_through(channel_day)) or last)
    days_after = (last - decided_on).days
    if days_after < DAYS_AFTER_LEAST:
        return None
    first = decided_on - timedelta(days=DAYS_BEFORE)
    table = channel_day.with_columns(gross_profit(channel_day, margin))
    before = of_rule.figure(table.filter(pl.col("day").is_between(first, decided_on - timedelta(days=1))), channel)
    after = of_rule.figure(table.filter(pl.col("day").is_between(decided_on + timedelta(days=1), last)), channel)
    return outcome_said(rule, before, after, days_after)


def outcome_said(rule: str, before: float | None, after: float | None, days_after: int) -> Outcome:
    """What two figures of a rule amount to, and the sentence that says it. Raises KeyError for an unknown rule."""
    of_rule = _FIGURES[rule]
    suffix = "_percent" if of_rule.is_percent else "_figure"
    values: dict[str, object] = {f"before{suffix}": before, f"after{suffix}": after, "days": days_after}
    judged: Judged = "incomparable"
    words = of_rule.sentence
    if after is None:
        words, values = _NOTHING_AFTER, {"figure": Message(of_rule.name), "days": days_after}
    elif before is None or (before == 0 and not of_rule.is_in_points):
        words = _NOTHING_BEFORE_PERCENT if of_rule.is_percent else _NOTHING_BEFORE
        values = {"figure": Message(of_rule.name), f"after{suffix}": after, "days": days_after}
    else:
        moved = after - before if of_rule.is_in_points else (after - before) / before
        gain = moved if of_rule.is_good_up else -moved
        judged = "better" if gain >= _CLEAR else "worse" if gain <= -_CLEAR else "unclear"
    return Outcome(before=before, after=after, days_after=days_after, judged=judged, sentence=Message(words, values))


def _of(table: pl.DataFrame, channel: str, column: str) -> float:
    return float(table.filter(pl.col("channel") == channel)[column].sum())


def _roi(table: pl.DataFrame, channel: str) -> float | None:
    spend = _of(table, channel, "spend")
    return divide(_of(table, channel, "gross_profit") - spend, spend)


def _share(table: pl.DataFrame, channel: str) -> float | None:
    return divide(_of(table, channel, "touches"), float(table["touches"].sum()))


def _touches(table: pl.DataFrame, channel: str) -> float | None:
    return divide(_of(table, channel, "touches"), table["day"].n_unique())


def _cac(table: pl.DataFrame, channel: str) -> float | None:
    return divide(_of(table, channel, "spend"), _of(table, channel, "new_customers"))


def _rate(table: pl.DataFrame, channel: str) -> float | None:
    return divide(_of(table, channel, "conversions"), _of(table, channel, "touches"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figure:
    """What a rule's decisions are judged by. ``is_in_points``: compared by difference, all others in proportion;
    ``is_costed``: of money spent, so that it needs the spend of its days."""

    figure: Callable[[pl.DataFrame, str], float | None]
    name: str
    sentence: str
    is_good_up: bool = True
    is_percent: bool = False
    is_in_points: bool = False
    is_costed: bool = False


_NOTHING_BEFORE = N_(
    "{figure}: {after_figure} in the {days} days after; there was nothing before that it could be compared with"
)
_NOTHING_BEFORE_PERCENT = N_(
    "{figure}: {after_percent} in the {days} days after; there was nothing before that it could be compared with"
)
_NOTHING_AFTER = N_("{figure}: cannot be told for the {days} days after, so there is nothing to compare")
_TOUCHES = _Figure(
    figure=_touches,
    name=N_("touches a day"),
    sentence=N_("touches a day went from {before_figure} to {after_figure} in the {days} days after"),
)
_RATE = _Figure(
    figure=_rate,
    name=N_("conversion rate"),
    sentence=N_("conversion rate went from {before_percent} to {after_percent} in the {days} days after"),
    is_percent=True,
)
_FIGURES: dict[str, _Figure] = {
    "roi_streak": _Figure(
        figure=_roi,
        name=N_("ROI"),
        sentence=N_("ROI went from {before_percent} to {after_percent} in the {days} days after"),
        is_percent=True,
        is_in_points=True,
        is_costed=True,
    ),
    "concentration": _Figure(
        figure=_share,
        name=N_("share of traffic"),
        sentence=N_("share of traffic went from {before_percent} to {after_percent} in the {days} days after"),
        is_good_up=False,
        is_percent=True,
    ),
    "traffic_drop": _TOUCHES,
    "spend_without_events": _TOUCHES,
    "feed_silent": _TOUCHES,
    "cac_to_ltv": _Figure(
        figure=_cac,
        name=N_("CAC"),
        sentence=N_("CAC went from {before_figure} to {after_figure} in the {days} days after"),
        is_good_up=False,
        is_costed=True,
    ),
    "no_conversions": _RATE,
    "conversion_volatility": _RATE,
}
