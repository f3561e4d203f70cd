"""What to do about a channel that carries too much, in this workspace's numbers.

Two ways lead back to the limit L from an amount a of a total T: move a − L·T to other channels (the total stays), or
let the others grow by a / L − T (the channel stays). Receivers are the other channels with the best ROI over the
same days, if it reaches their threshold and they are in no trouble themselves.
"""

from collections.abc import Collection
from datetime import timedelta
from math import ceil
from typing import Any

import polars as pl

from omnidash.health.thresholds import Thresholds
from omnidash.metrics.roi import Margin, gross_profit, roi
from omnidash.metrics.share import COLUMN_OF_BASIS
from omnidash.model.messages import N_, Message

_RECEIVERS = 2


def concentration_actions(
    latest: pl.DataFrame,
    channel_day: pl.DataFrame,
    thresholds: Thresholds,
    margin: Margin,
    *,
    in_trouble: Collection[str] = (),
) -> tuple[Message, ...]:
    """Actions for the window that ends on the day of ``latest`` (one row of ``concentration.trailing_shares``).
    ``in_trouble``: channels that receive nothing."""
    row = latest.row(0, named=True)
    window = channel_day.filter(
        pl.col("day") <= row["day"], pl.col("day") > row["day"] - timedelta(days=thresholds.share_window_days)
    )
    healthy = window.filter(~pl.col("channel").is_in(list(in_trouble)))
    ways_back = _ways_back(row, thresholds) if row["share"] > thresholds.share_limit else []
    return (*ways_back, _at_stake(row["channel"], window, thresholds), *_receivers(row, healthy, thresholds, margin))


def _ways_back(row: dict[str, Any], thresholds: Thresholds) -> list[Message]:
    limit = thresholds.share_limit
    to_move, to_grow = row["amount"] - limit * row["total"], row["amount"] / limit - row["total"]
    values: dict[str, object] = {
        "channel": row["channel"],
        "days": thresholds.share_window_days,
        "part_percent": to_move / row["amount"],
        "limit_percent": limit,
    }
    if thresholds.share_basis == "traffic":
        return [
            Message(
                N_(
                    "Moving {moved} touches in {days} days ({part_percent} of {channel}'s) to other channels"
                    " brings it back to {limit_percent}."
                ),
                values | {"moved": _whole(to_move)},
            ),
            Message(
                N_("Or keep {channel} as it is and let the others grow by {grown} touches in {days} days."),
                values | {"grown": _whole(to_grow)},
            ),
        ]
    return [
        Message(
            N_(
                "Moving {moved_money} in {days} days ({part_percent} of {channel}'s) to other channels"
                " brings it back to {limit_percent}."
            ),
            values | {"moved_money": to_move},
        ),
        Message(
            N_("Or keep {channel} as it is and let the others grow by {grown_money} in {days} days."),
            values | {"grown_money": to_grow},
        ),
    ]


def _at_stake(channel: str, window: pl.DataFrame, thresholds: Thresholds) -> Message:
    return Message(
        N_("{channel} is credited {revenue_money} of net revenue in these {days} days: plan for its failure."),
        {
            "channel": channel,
            "revenue_money": window.filter(pl.col("channel") == channel)["revenue"].sum(),
            "days": thresholds.share_window_days,
        },
    )


def _receivers(row: dict[str, Any], window: pl.DataFrame, thresholds: Thresholds, margin: Margin) -> list[Message]:
    others = (
        window.with_columns(gross_profit(window, margin), amount=pl.col(COLUMN_OF_BASIS[thresholds.share_basis]))
        .group_by("channel")
        .agg(pl.col("spend", "gross_profit", "amount").sum())
        .with_columns(roi=roi())
        .filter(pl.col("channel") != row["channel"], pl.col("roi").is_not_null())
        .sort("roi", "channel", descending=[True, False])
    )
    paying = [other for other in others.to_dicts() if other["roi"] >= thresholds.roi_threshold_of(other["channel"])]
    template = N_("{channel} can take more: ROI {roi_percent} in these days, {share_percent} of the total.")
    return [
        Message(
            template,
            {"channel": other["channel"], "roi_percent": other["roi"], "share_percent": other["amount"] / row["total"]},
        )
        for other in paying[:_RECEIVERS]
    ]


def _whole(touches: float) -> int:
    """Rounded up to whole touches, forgiving the rounding error of the product that gave them."""
    return ceil(round(touches, 6))
