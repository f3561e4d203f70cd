"""Channels below their ROI threshold over four weeks although no seven days in a row were: said, without an alarm.

Daily ROI is noisy: of a channel that loses 17 % for good every fourth day may stand above its threshold, and the ROI
rule, which asks for 7 days in a row, never fires. So the weeks are looked at as a whole: gross profit and spend of the
last 28 closed days, each summed over the days that are mature, delivered and have spend. At least half of the days must
be so; a channel whose alarm is open is left to the alarm.

Example (threshold 0): 28 days, spend 100 and gross profit 83 a day on average, but 110 on each fourth -> ROI −17 %.
"""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

import polars as pl

from omnidash.health.cases import Case
from omnidash.health.day_windows import COUNTED
from omnidash.health.roi_streak import ROUNDING, RULE
from omnidash.health.thresholds import Thresholds
from omnidash.metrics.roi import roi
from omnidash.model.messages import N_, Message

DAYS = 28
_FEWEST_DAYS = 14
_WITH_SPEND = (*COUNTED, "too_few", "spread")
BELOW_OVER_WEEKS = N_(
    "{channel}: ROI {roi_percent} over the last {days} days, below its threshold of {threshold_percent}. No alarm, "
    "since not all of the last {streak} days were below it."
)


def below_over_weeks(
    days: pl.DataFrame, cases: Collection[Case], *, closed_through: date, thresholds: Thresholds
) -> list[Message]:
    """One message per channel, the lowest ROI first. ``days``: what the ROI rule sees (``roi_streak.roi_days``);
    ``cases``: of that rule."""
    in_alarm = [case.channel for case in cases if case.rule == RULE and case.is_open]
    summed = (
        days.filter(
            pl.col("day").is_between(closed_through - timedelta(days=DAYS - 1), closed_through)
            & pl.col("status").is_in(_WITH_SPEND)
            & ~pl.col("channel").is_in(in_alarm)
        )
        .group_by("channel")
        .agg(pl.col("gross_profit", "spend").sum(), days=pl.len())
        .filter(pl.col("days") >= _FEWEST_DAYS)
        .with_columns(roi=roi())
        .sort("roi", "channel")
    )
    return [_message(str(channel), value, thresholds) for channel, value in _below(summed, thresholds)]


def _below(summed: pl.DataFrame, thresholds: Thresholds) -> Sequence[tuple[str, float]]:
    return [
        (channel, value)
        for channel, value in summed.select("channel", "roi").iter_rows()
        if value is not None and value < thresholds.roi_threshold_of(channel) - ROUNDING
    ]


def _message(channel: str, value: float, thresholds: Thresholds) -> Message:
    return Message(
        BELOW_OVER_WEEKS,
        {
            "channel": channel,
            "roi_percent": value,
            "threshold_percent": thresholds.roi_threshold_of(channel),
            "days": DAYS,
            "streak": thresholds.of(channel).roi_days,
        },
    )
