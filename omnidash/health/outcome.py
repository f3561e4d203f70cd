"""What became of a decision: the figure the case was about, in the days before it and after it.

Seven closed days up to the decision against the seven to fourteen after it that are closed by now (the day of the
decision itself belongs to neither). The figure is that of the rule: ROI, share of traffic, touches a day, CAC,
conversion rate. *Better* means it moved by a tenth or more to the good side, *worse* to the bad side; between them
nothing can be told. A comparison of before and after, no proof: what else changed meanwhile is in it too.

Example: ROI −30 % in the week before a decision, +5 % in the ten days after -> better.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import polars as pl

from omnidash.metrics.metric import divide
from omnidash.metrics.roi import Margin, gross_profit
from omnidash.model.messages import N_, Message

DAYS_BEFORE, DAYS_AFTER_LEAST, DAYS_AFTER_MOST = 7, 7, 14
_CLEAR = 0.10

Judged = Literal["better", "worse", "unclear"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The figure before and after, over how many days after, and what that amounts to."""

    before: float
    after: float
    days_after: int
    judged: Judged
    sentence: Message


def outcome_of(
    rule: str, channel: str, decided_on: date, channel_day: pl.DataFrame, *, closed_through: date, margin: Margin = 1.0
) -> Outcome | None:
    """None while fewer than seven days after the decision are closed, or where the figure cannot be told."""
    if rule not in _FIGURES or not channel:
        return None
    last = min(closed_through, decided_on + timedelta(days=DAYS_AFTER_MOST))
    days_after = (last - decided_on).days
    if days_after < DAYS_AFTER_LEAST:
        return None
    figure, is_good_up, words = _FIGURES[rule]
    first = decided_on - timedelta(days=DAYS_BEFORE)
    table = channel_day.with_columns(gross_profit(channel_day, margin))
    before = figure(table.filter(pl.col("day").is_between(first, decided_on - timedelta(days=1))), channel)
    after = figure(table.filter(pl.col("day").is_between(decided_on + timedelta(days=1), last)), channel)
    if before is None or after is None:
        return None
    # an ROI is compared in points of spend, all others in proportion
    moved = after - before if rule == "roi_streak" else (after - before) / before if before else 0.0
    gain = moved if is_good_up else -moved
    judged: Judged = "better" if gain >= _CLEAR else "worse" if gain <= -_CLEAR else "unclear"
    suffix = (
        "_percent" if rule in ("roi_streak", "concentration", "conversion_volatility", "no_conversions") else "_figure"
    )
    values: dict[str, object] = {f"before{suffix}": before, f"after{suffix}": after, "days": days_after}
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


_TOUCHES = N_("touches a day went from {before_figure} to {after_figure} in the {days} days after")
_FIGURES: dict[str, tuple[Callable[[pl.DataFrame, str], float | None], bool, str]] = {
    "roi_streak": (_roi, True, N_("ROI went from {before_percent} to {after_percent} in the {days} days after")),
    "concentration": (
        _share,
        False,
        N_("share of traffic went from {before_percent} to {after_percent} in the {days} days after"),
    ),
    "traffic_drop": (_touches, True, _TOUCHES),
    "spend_without_events": (_touches, True, _TOUCHES),
    "feed_silent": (_touches, True, _TOUCHES),
    "cac_to_ltv": (_cac, False, N_("CAC went from {before_figure} to {after_figure} in the {days} days after")),
    "no_conversions": (
        _rate,
        True,
        N_("conversion rate went from {before_percent} to {after_percent} in the {days} days after"),
    ),
    "conversion_volatility": (
        _rate,
        True,
        N_("conversion rate went from {before_percent} to {after_percent} in the {days} days after"),
    ),
}
