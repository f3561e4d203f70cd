"""A source (what one export or platform delivers) that brings nothing while the data of others goes on.

It is silent from the day on which the rows its weekdays owe make it too improbable (``cadence``). One that delivers now
and then, so that its weekdays tell nothing, is late when it waits longer than it has in 56 days and than nine standard
deviations above its mean wait: of waits by chance (exponential) that leaves out one in e¹⁰, of a punctual source
nothing. Before that, days that are later than ever are *pending*: neither silence nor zeros yet.

Example: 30 rows on every weekday, none on weekends -> a Monday without any is silent, a Sunday is not.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, sqrt

import numpy as np
import polars as pl

from omnidash.health.cadence import daily_cadence, surprise_needed
from omnidash.health.cases import Case
from omnidash.health.thresholds import Thresholds
from omnidash.model.defaults import UNKNOWN
from omnidash.model.messages import N_, Message, Name

FEED_SILENT = "feed_silent"

SOURCE_DAYS = {
    "source": pl.String,
    "day": pl.Date,
    "rows": pl.Int64,
    "channels": pl.List(pl.String),  # of its touches
    "has_goal": pl.Boolean,  # whether conversions come from it
}

_NEEDED = surprise_needed(365)
_DOUBTFUL = 3.0  # nats: one day in twenty
_USUAL_DAYS = 28
_USUAL_GAP_DAYS = 56
_MINIMUM_DELIVERIES = 14
_WIDE = 9.0  # standard deviations


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A silence: the last day with data, the day it was noticed, the day data came back (None while it has not), the
    day up to which it was judged, the longest wait that had been usual and the wait at which it was late, in days;
    ``usual_rows`` of such days a day, None where they are no measure."""

    last_good: date
    noticed: date
    back: date | None
    until: date
    usual_days: int
    late_days: int
    usual_rows: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """``gaps``: the silences; ``pending``: days at the end on which nothing has arrived, hardly by chance but not
    certainly: neither silence nor zeros yet."""

    gaps: list[Gap]
    pending: list[date]


def source_waits(days: list[date], rows: list[int], data_until: date) -> Waits:
    """The silences of one source from the days it delivered (ascending, distinct) and the rows of each, judged up to
    ``data_until``."""
    if not days:
        return Waits(gaps=[], pending=[])
    every = [days[0] + timedelta(days=step) for step in range((max(days[-1], data_until) - days[0]).days + 1)]
    counts = np.zeros(len(every))
    counts[[(day - days[0]).days for day in days]] = rows
    known = daily_cadence(every, counts)
    gaps: list[Gap] = []
    pending: list[date] = []
    usual: list[tuple[date, int]] = []
    for deliveries, (previous, day) in enumerate(zip(days, [*days[1:], None], strict=True), start=1):
        recent = [wait for at, wait in usual if (previous - at).days <= _USUAL_GAP_DAYS]
        longest = max(recent, default=1)
        end = day if day is not None else data_until + timedelta(days=1)
        wait = (end - previous).days
        begin = (previous - days[0]).days + 1
        owed = np.cumsum(known.surprise[begin : begin + wait - 1])
        enough = np.flatnonzero(owed >= _NEEDED)
        by_rows = int(enough[0]) + 1 if len(enough) else wait
        by_waits = wait
        if longest > 1 and deliveries >= _MINIMUM_DELIVERIES:
            by_waits = max(longest, ceil(_widest_wait(recent)))
            if day is None and longest < wait <= by_waits:
                pending = days_between(previous, end)
        if day is None and len(owed) and owed[-1] >= _DOUBTFUL and wait <= min(by_rows, by_waits):
            pending = days_between(previous, end)
        late = min(by_rows, by_waits)
        if late < wait:
            pending = []
            rows_a_day = float(known.usual[begin : begin + late].mean()) if by_rows <= by_waits else None
            gaps.append(
                Gap(
                    last_good=previous,
                    noticed=previous + timedelta(days=late),
                    back=day,
                    until=data_until,
                    usual_days=longest,
                    late_days=late,
                    usual_rows=rows_a_day,
                )
            )
        elif day is not None:
            usual.append((day, (day - previous).days))
    return Waits(gaps=gaps, pending=pending)


def _widest_wait(waits: list[int]) -> float:
    """Days that chance leaves out once in e¹⁰ waits. Only a source that is clearly more punctual than chance is taken
    at its own deviation: that of a few waits by chance alone is often too small."""
    mean, deviation = float(np.mean(waits)), float(np.std(waits))
    by_chance = sqrt(mean * max(0.0, mean - 1.0))  # of geometric waits
    return mean + _WIDE * (deviation if deviation <= by_chance / 2 else max(deviation, by_chance))


def days_between(before: date, after: date) -> list[date]:
    """The days after ``before`` and before ``after``."""
    return [before + timedelta(days=step) for step in range(1, (after - before).days)]


def fallbacks(channels: Collection[str], thresholds: Thresholds) -> list[Message]:
    """The fall-back sources that the workspace names for these channels, one sentence each."""
    return [
        Message(
            N_("Fall-back source of {channel}: {fallback}. Use it until the feed is back."),
            {"channel": channel, "fallback": thresholds.fallback_sources[channel]},
        )
        for channel in channels
        if thresholds.fallback_sources.get(channel)
    ]


def source_case(
    source: str, of_source: pl.DataFrame, gap: Gap, thresholds: Thresholds, name: Name | None, *, touches_go_on: bool
) -> Case:
    """The case of one gap. ``of_source``: its rows of the table of source days; ``touches_go_on``: it brings the
    conversions, and others brought touches on the days it is silent."""
    before = of_source.filter(pl.col("day") <= gap.last_good).tail(_USUAL_DAYS)
    channels = sorted({c for listed in before["channels"].to_list() for c in listed} - {UNKNOWN})
    rows = gap.usual_rows if gap.usual_rows is not None else before["rows"].median()
    values: dict[str, object] = {
        "source": name or source,
        "last_good": gap.last_good,
        "first_day": gap.last_good + timedelta(days=1),
        "back": gap.back,
        "rows": round(rows or 0),  # type: ignore[arg-type]
        "days": gap.usual_days,
        "channels": channels,
    }
    return Case(
        rule=FEED_SILENT,
        channel=channels[0] if len(channels) == 1 else "",
        source=source,
        state="open" if gap.back is None else "recovered",
        severity="high",
        first_day=gap.last_good + timedelta(days=1),
        fired_on=gap.noticed,
        last_day=(gap.back - timedelta(days=1)) if gap.back else gap.until,
        recovered_on=gap.back,
        value=float(((gap.back or gap.until) - gap.last_good).days),
        limit=float(gap.late_days),
        evidence=before.tail(7).select("day", source=pl.lit(str(name or source)), rows=pl.col("rows")),
        sentence=_sentence(values, by_rows=gap.usual_rows is not None, touches_go_on=touches_go_on),
        actions=()
        if gap.back is not None
        else (*_actions(values, touches_go_on=touches_go_on), *fallbacks(channels, thresholds)),
    )


def _sentence(values: dict[str, object], *, by_rows: bool, touches_go_on: bool) -> Message:
    if values["back"] is not None:
        template = N_("{source} delivered nothing from {first_day} on; back on {back}.")
        if touches_go_on:
            template = N_(
                "{source} delivered nothing from {first_day} on while touches went on: its export or the checkout was"
                " broken; back on {back}."
            )
    elif touches_go_on:
        template = N_(
            "{source} has delivered nothing since {last_good} while touches go on: either its export or the checkout"
            " (payment) is broken."
        )
    elif by_rows:
        template = N_("{source} has delivered nothing since {last_good}; usual on such days: {rows} rows.")
    else:
        template = N_("{source} has delivered nothing since {last_good}; it never was more than {days} days apart.")
    return Message(template, values)


def _actions(values: dict[str, object], *, touches_go_on: bool) -> tuple[Message, ...]:
    actions = [
        Message(
            N_("Fetch the export of {source} from {first_day} on and import it; usual are {rows} rows a day."), values
        ),
        Message(
            N_("Until then its days are missing, not zero: streaks pause and totals of these days are too low."), values
        ),
    ]
    if touches_go_on:
        actions.insert(
            0,
            Message(
                N_("Buy something yourself, up to the payment: if that fails, every order is lost until mended."),
                values,
            ),
        )
    if values["channels"]:
        actions.append(Message(N_("Affected: {channels}."), values))
    return tuple(actions)
