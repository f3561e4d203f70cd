"""What to do about a channel whose spend is not earned back, in this workspace's numbers.

Three questions: what has it cost so far, did traffic become dearer or did it convert worse, and which channels earned
more from their spend in the same days and could receive it. The comparison takes the 28 days before the case.
"""

from collections.abc import Collection
from datetime import timedelta

import polars as pl

from omnidash.health.day_windows import BELOW, COUNTED
from omnidash.health.thresholds import Thresholds
from omnidash.metrics.metric import divide
from omnidash.metrics.roi import roi
from omnidash.model.messages import N_, Message

_RECEIVERS = 2
_DAYS_BEFORE = 28
_CLEAR_CHANGE = 0.10
"""A change of cost per touch or conversions per touch below 10 % explains nothing."""


def roi_actions(
    evidence: pl.DataFrame, roi_days: pl.DataFrame, thresholds: Thresholds, *, in_trouble: Collection[str] = ()
) -> tuple[Message, ...]:
    """Actions for one open case; ``roi_days`` is the table of all channels (see ``roi_streak.roi_days``);
    ``in_trouble``: channels that receive nothing."""
    threshold = thresholds.roi_threshold_of(evidence["channel"][0])
    healthy = roi_days.filter(~pl.col("channel").is_in(list(in_trouble)))
    cost_so_far = _cost_so_far(evidence, threshold)
    return (cost_so_far, *_cause(evidence, roi_days), *_receivers(evidence, healthy, thresholds))


def _cost_so_far(evidence: pl.DataFrame, threshold: float) -> Message:
    counted = evidence.filter(pl.col("status").is_in(COUNTED))
    spend, gross_profit = float(counted["spend"].sum()), float(counted["gross_profit"].sum())
    loss = spend * (1 + threshold) - gross_profit
    values: dict[str, object] = {
        "channel": evidence["channel"][0],
        "days": counted.height,
        "spend_money": spend / counted.height,
        "loss_money": loss,
        "limit_percent": threshold,
    }
    if loss <= 0:
        values |= {"gain_money": -loss, "below_days": counted.filter(pl.col("status").is_in(BELOW)).height}
        if threshold == 0:
            template = N_(
                "{channel} earned {gain_money} more than it spent over these {days} days, though it was below"
                " break-even on {below_days} of them: look at those days before you cut anything."
            )
        else:
            template = N_(
                "{channel} is {gain_money} above an ROI of {limit_percent} over these {days} days, though it was below"
                " it on {below_days} of them: look at those days before you cut anything."
            )
        return Message(template, values)
    if threshold == 0:
        return Message(
            N_("{channel} lost {loss_money} in {days} days. It spends {spend_money} a day: cut or pause it."), values
        )
    return Message(
        N_(
            "{channel} is {loss_money} short of an ROI of {limit_percent} over {days} days."
            " It spends {spend_money} a day: cut or pause it."
        ),
        values,
    )


def _cause(evidence: pl.DataFrame, roi_days: pl.DataFrame) -> list[Message]:
    channel, first_day = evidence["channel"][0], evidence["day"][0]
    before = roi_days.filter(
        pl.col("channel") == channel,
        pl.col("day") < first_day,
        pl.col("day") >= first_day - timedelta(days=_DAYS_BEFORE),
        pl.col("status").is_in(COUNTED),
    )
    during = evidence.filter(pl.col("status").is_in(COUNTED))
    dearer = _change(_per_touch(before, "spend"), _per_touch(during, "spend"))
    converts = _change(_per_touch(before, "conversions"), _per_touch(during, "conversions"))
    causes = []
    if dearer is not None and dearer >= _CLEAR_CHANGE:
        template = N_("A touch costs {change_percent} more than in the {days} days before: review bids and audiences.")
        causes.append(Message(template, {"change_percent": dearer, "days": _DAYS_BEFORE}))
    if converts is not None and converts <= -_CLEAR_CHANGE:
        template = N_(
            "Conversions per touch fell by {change_percent} against the {days} days before:"
            " review offer, landing page and tracking."
        )
        causes.append(Message(template, {"change_percent": -converts, "days": _DAYS_BEFORE}))
    return causes


def _receivers(evidence: pl.DataFrame, roi_days: pl.DataFrame, thresholds: Thresholds) -> list[Message]:
    channel, first_day, last_day = evidence["channel"][0], evidence["day"][0], evidence["day"][-1]
    others = (
        roi_days.filter(
            pl.col("channel") != channel,
            pl.col("day").is_between(first_day, last_day),
            pl.col("status").is_in(COUNTED),
        )
        .group_by("channel")
        .agg(pl.col("spend").sum(), pl.col("gross_profit").sum())
        .with_columns(roi=roi())
        .sort("roi", "channel", descending=[True, False])
    )
    paying = [other for other in others.to_dicts() if other["roi"] >= thresholds.roi_threshold_of(other["channel"])]
    template = N_("{channel} earned an ROI of {roi_percent} in the same days and could receive part of the spend.")
    return [
        Message(template, {"channel": other["channel"], "roi_percent": other["roi"]}) for other in paying[:_RECEIVERS]
    ]


def _per_touch(days: pl.DataFrame, column: str) -> float | None:
    return divide(float(days[column].sum()), float(days["touches"].sum()))


def _change(before: float | None, during: float | None) -> float | None:
    return during / before - 1 if before and during is not None else None
