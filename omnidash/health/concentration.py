"""Concentration rule: one channel carries more than 40 % over the trailing 7 closed days; a warning from 35 %.

Share = the channel's sum over the window / the sum of all channels over the window (``(direct)`` included; of
traffic by default, where it is zero anyway). ``(direct)`` is no channel anybody could move away from, so it is never
a case and does not count as active. With fewer than 3 active channels (a positive sum in the window) the rule is not
applied on that day, ends what was open, and says so for the last day.

One case is one spell of days above the warning level: ``open`` while its share is above the limit, ``warning`` while
it is between the two, ``recovered`` once it is at or below the warning level. It fires once, on its first day above
the limit (a spell that never got there: on its first day above the warning level).

Example: touches over 7 days 460, 300, 240 -> shares 46 %, 30 %, 24 %; the first channel is a case.
"""

from collections.abc import Collection
from datetime import date
from functools import reduce
from operator import add

import numpy as np
import polars as pl

from omnidash.health.cases import Case, Severity, State
from omnidash.health.concentration_actions import concentration_actions
from omnidash.health.thresholds import Thresholds
from omnidash.metrics.roi import Margin
from omnidash.metrics.share import basis_column
from omnidash.model.defaults import DIRECT
from omnidash.model.messages import N_, Message

RULE = "concentration"

_ROUNDING = 1e-9
"""Amounts may be sums of fractions: a share of exactly the limit must not exceed it by a rounding error."""

_SEVERE_EXCESS = 0.10
"""A share this far above the limit is of high severity."""

_FIRED = 2
"""The level of a day above the limit; 1 is above the warning alone."""

BASIS_WORDS = {
    "traffic": N_("traffic"),
    "revenue": N_("net revenue"),
    "spend": N_("spend"),
}


def concentration_cases(
    channel_day: pl.DataFrame,
    *,
    closed_through: date,
    thresholds: Thresholds,
    margin: Margin = 1.0,
    in_trouble: Collection[str] = (),
) -> tuple[list[Case], list[Message]]:
    """All cases of history up to ``closed_through``, in order of channel and day, and the notes of the last day.
    ``in_trouble``: channels that are nobody's receivers now."""
    shares = trailing_shares(channel_day, closed_through=closed_through, thresholds=thresholds)
    if shares.is_empty():
        return [], [_too_few_days(thresholds)]
    cases = []
    for (channel,), of_channel in shares.filter(pl.col("channel") != DIRECT).group_by("channel", maintain_order=True):
        limits = thresholds.of(str(channel))
        level = _levels(of_channel, limits)
        for first, end in _runs(level > 0):
            case_rows = of_channel.slice(first, end - first)
            ended_on = of_channel["day"][end] if end < of_channel.height else None
            if ended_on is not None and level[first:end].max() < _FIRED:
                continue  # it never fired and is over: nobody's case
            cases.append(_case(case_rows, level[first:end], ended_on, channel_day, limits, margin, in_trouble))
    last = shares.filter(pl.col("day") == shares["day"].max())
    notes = [] if last["is_applied"].all() else [_too_few_channels(last["active_channels"][0], thresholds)]
    return cases, notes


def trailing_shares(channel_day: pl.DataFrame, *, closed_through: date, thresholds: Thresholds) -> pl.DataFrame:
    """Share of every channel over the window that ends on each closed day, sorted by channel, day.

    The first windows that history does not fill are left out. Returns [day Date, channel String, amount Float64,
    total Float64, share Float64 (null where the total is not positive), active_channels Int64, is_applied Boolean].
    """
    column = basis_column(thresholds.share_basis)
    closed = channel_day.filter(pl.col("day") <= closed_through).sort("channel", "day")
    # The channel-day table is dense: every channel has a row on every day, so rows are days within a channel.
    # Shifted sums rather than a rolling sum: the latter subtracts, and leaves 1e-12 where a window is truly empty.
    amount = pl.col(column).cast(pl.Float64)
    in_window = reduce(add, (amount.shift(back) for back in range(thresholds.share_window_days))).over("channel")
    is_active = (pl.col("amount") > 0) & (pl.col("channel") != DIRECT)
    return (
        closed.select("day", "channel", amount=in_window)
        .drop_nulls("amount")
        .with_columns(
            total=pl.col("amount").sum().over("day"),
            active_channels=is_active.sum().over("day").cast(pl.Int64),
        )
        .with_columns(
            share=pl.when(pl.col("total") > 0).then(pl.col("amount") / pl.col("total")),
            is_applied=pl.col("active_channels") >= thresholds.min_active_channels,
        )
        .select("day", "channel", "amount", "total", "share", "active_channels", "is_applied")
    )


def _levels(of_channel: pl.DataFrame, thresholds: Thresholds) -> np.ndarray:
    """Per day: 2 above the limit, 1 above the warning level, 0 below both or where the rule is not applied."""
    share = np.where(of_channel["is_applied"].to_numpy(), of_channel["share"].fill_null(0.0).to_numpy(), 0.0)
    return (share > thresholds.share_warning + _ROUNDING).astype(int) + (share > thresholds.share_limit + _ROUNDING)


def _runs(is_in: np.ndarray) -> list[tuple[int, int]]:
    """Maximal runs of True as [first, end) positions."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], is_in, [False]))))
    return [(int(first), int(end)) for first, end in zip(edges[::2], edges[1::2], strict=True)]


def _case(
    rows: pl.DataFrame,
    level: np.ndarray,
    ended_on: date | None,
    channel_day: pl.DataFrame,
    thresholds: Thresholds,
    margin: Margin,
    in_trouble: Collection[str],
) -> Case:
    has_fired = bool((level == _FIRED).any())
    first_day = rows["day"][int(np.argmax(level == _FIRED)) if has_fired else 0]
    state: State = "recovered" if ended_on is not None else "open" if level[-1] == _FIRED else "warning"
    peak = float(rows["share"].to_numpy().max())
    value = peak if state == "recovered" else float(rows["share"][-1])
    limit = thresholds.share_limit if has_fired else thresholds.share_warning
    severity: Severity = "low"
    if state != "warning" and has_fired:
        severity = "high" if value > thresholds.share_limit + _SEVERE_EXCESS else "medium"
    return Case(
        rule=RULE,
        channel=rows["channel"][0],
        state=state,
        severity=severity,
        first_day=first_day,
        fired_on=first_day,
        last_day=rows["day"][-1],
        recovered_on=ended_on,
        value=value,
        limit=limit,
        evidence=rows.filter(pl.col("day") >= first_day).select("day", "channel", "amount", "total", "share"),
        sentence=_sentence(rows, state, first_day, value, limit, ended_on, thresholds),
        actions=()
        if state == "recovered"
        else concentration_actions(rows[-1:], channel_day, thresholds, margin, in_trouble=in_trouble),
    )


def _sentence(
    rows: pl.DataFrame,
    state: State,
    first_day: date,
    value: float,
    limit: float,
    ended_on: date | None,
    thresholds: Thresholds,
) -> Message:
    values: dict[str, object] = {
        "channel": rows["channel"][0],
        "share_percent": value,
        "limit_percent": limit,
        "basis": Message(BASIS_WORDS[thresholds.share_basis]),
        "first_day": first_day,
        "last_day": rows["day"][-1],
    }
    if state == "open":
        return Message(
            N_("{channel} carries {share_percent} of {basis} (limit {limit_percent}) since {first_day}."), values
        )
    if state == "warning":
        return Message(
            N_("{channel} carries {share_percent} of {basis}, close to the limit of {limit_percent}."),
            values | {"limit_percent": thresholds.share_limit},
        )
    return Message(
        N_(
            "{channel} carried up to {share_percent} of {basis} from {first_day} to {last_day};"
            " back since {recovered_on}."
        ),
        values | {"recovered_on": ended_on},
    )


def _too_few_channels(active: int, thresholds: Thresholds) -> Message:
    return Message(
        N_("The concentration rule is not applied: it needs {needed} active channels or more; active now: {active}."),
        {"active": active, "needed": thresholds.min_active_channels},
    )


def _too_few_days(thresholds: Thresholds) -> Message:
    return Message(
        N_("The concentration rule is not applied: fewer than {days} closed days of data."),
        {"days": thresholds.share_window_days},
    )
