"""Feed-silent and spend-without-events rules: nothing arrived where something always did. Missing is not zero.

Two levels. A *source* (what one export or platform delivers) is silent from the day on which it is later than it has
ever been in the 56 days before while the data of others goes on; one that brings few rows a day, from the day on which
ten rows are missing, up to two days later. A *channel* is silent on days without a single touch although ten or more
were usual (median of the 28 days before): whatever the cause, it is no ordinary low day. Where money was spent on the
channel on those days, that is the *spend-without-events* rule (tracking or mapping is broken); else the *feed-silent*
rule. The days of a silent source are said once, for the source, and not again for its channels.

Smaller channels are silent after as many days as make an ordinary gap as unlikely: 10 / usual touches a day. A rule
fires once, on that day; it is over on the first day with data. Within ``ANSWER_HOURS`` of its end the feed should be
back, or the fall-back source in use that the workspace names for the channel (``Thresholds.fallback_sources``).

Example: 40 touches a day, then none on 12 June while 300 were spent -> spend without events since 12 June.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

import numpy as np
import polars as pl

from omnidash.health.cases import Case, Severity
from omnidash.health.closed import end_of_day
from omnidash.health.grid import Grid
from omnidash.health.thresholds import Thresholds
from omnidash.model.defaults import UNKNOWN
from omnidash.model.messages import N_, Message, Name

FEED_SILENT, SPEND_WITHOUT_EVENTS = "feed_silent", "spend_without_events"
ANSWER_HOURS = 2

_USUAL_DAYS = 28
_USUAL_GAP_DAYS = 56
_MINIMUM_DELIVERIES = 14
_ENOUGH_MISSING = 10.0  # touches: by chance alone none of ten arrives once in 22,000 days
_LONGEST_DOUBT_DAYS = 3  # a source that is later than ever is said to be by then, however few rows it brings

_FEWEST_TOUCHES = 3.0  # a day; of a channel with fewer an empty day says nothing

SOURCE_DAYS = {
    "source": pl.String,
    "day": pl.Date,
    "rows": pl.Int64,
    "channels": pl.List(pl.String),  # of its touches
    "has_goal": pl.Boolean,  # whether conversions come from it
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Silences:
    """The cases; ``undelivered``: (day, channel) on which a channel's source, or the channel itself, brought nothing,
    also where it has not been so for long enough to be a case; ``without_goal``: days on which a source of
    conversions brought nothing."""

    cases: list[Case]
    undelivered: frozenset[tuple[date, str]]
    without_goal: frozenset[date]


def silence_cases(
    channel_day: pl.DataFrame,
    *,
    closed_through: date,
    thresholds: Thresholds,
    source_days: pl.DataFrame | None = None,
    data_until: date | None = None,
    names: Mapping[str, Name] | None = None,
    passed_over: Collection[tuple[date, str]] = (),
    days_passed_over: Collection[date] = (),
) -> Silences:
    """All silences of history. ``source_days``: days on which each source delivered (``engine.feeds.source_days``);
    ``data_until``: the last day the newest source has closed, up to which the others are waited for; ``names``: what a
    person calls each source; ``passed_over``: (day, channel) known to be broken, which are undelivered and nobody's
    news; ``days_passed_over``: days on which everything was, also what belongs to no channel."""
    undelivered: set[tuple[date, str]] = set(passed_over)
    without_goal: set[date] = set(days_passed_over)
    cases: list[Case] = []
    if source_days is not None and not source_days.is_empty():
        last_day = data_until or closed_through
        delivered = _delivered(source_days)
        for (source,), of_source in source_days.sort("source", "day").group_by("source", maintain_order=True):
            waits = source_waits(of_source["day"].to_list(), of_source["rows"].to_list(), last_day)
            channels = {c for listed in of_source["channels"].to_list() for c in listed}
            has_goal = bool(of_source["has_goal"].any())
            undelivered |= {(day, channel) for day in waits.pending for channel in channels} - delivered
            without_goal |= set(waits.pending) if has_goal else set()
            for gap in waits.gaps:
                silent = _days_between(gap.last_good, gap.back or last_day + timedelta(days=1))
                is_known = all(
                    day in days_passed_over
                    or (bool(channels) and all((day, channel) in passed_over for channel in channels))
                    for day in silent
                )
                if not is_known:
                    cases.append(_source_case(str(source), of_source, gap, thresholds, (names or {}).get(str(source))))
                undelivered |= {(day, channel) for day in silent for channel in channels}
                without_goal |= set(silent) if has_goal else set()
    quiet: set[tuple[date, str]] = set()
    if not channel_day.is_empty():
        grid = Grid.of(channel_day, closed_through=closed_through)
        for column, channel in enumerate(grid.channels):
            if channel != UNKNOWN:
                found, days_without = _channel_cases(grid, column, undelivered, thresholds)
                cases += found
                quiet |= {(day, channel) for day in days_without}
    return Silences(
        cases=[case for case in cases if thresholds.is_on(case.rule)],
        undelivered=frozenset(undelivered | quiet),
        without_goal=frozenset(without_goal),
    )


def _delivered(source_days: pl.DataFrame) -> set[tuple[date, str]]:
    """(day, channel) of which any source brought a touch."""
    return set(source_days.select("day", "channels").explode("channels").drop_nulls().unique().iter_rows())


def _days_between(before: date, after: date) -> list[date]:
    """The days after ``before`` and before ``after``."""
    return [before + timedelta(days=step) for step in range(1, (after - before).days)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A silence: the last day with data, the day it was noticed, the day data came back (None while it has not), the
    day up to which it was judged, the longest wait that had been usual, and the wait at which it was late, in days."""

    last_good: date
    noticed: date
    back: date | None
    until: date
    usual_days: int
    late_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """``gaps``: the silences; ``pending``: days at the end on which nothing has arrived, for longer than ever before
    but so few rows that it may be chance: neither silence nor zeros yet."""

    gaps: list[Gap]
    pending: list[date]


def source_waits(days: list[date], rows: list[int], data_until: date) -> Waits:
    """The silences of one source from the days it delivered (ascending, distinct) and the rows of each, judged up to
    ``data_until``."""
    gaps: list[Gap] = []
    pending: list[date] = []
    arrived = np.cumsum([0, *(count for _day, count in zip(days, rows, strict=True))])
    numbers = np.array([day.toordinal() for day in days])
    usual: list[tuple[date, int]] = []
    deliveries = 0
    for previous, day in zip([None, *days], [*days, None], strict=True):
        if previous is None:
            deliveries += day is not None
            continue
        recent = [wait for at, wait in usual if (previous - at).days <= _USUAL_GAP_DAYS]
        longest = max(recent, default=1)
        end = day if day is not None else data_until + timedelta(days=1)
        begin = int(np.searchsorted(numbers, previous.toordinal() - _USUAL_DAYS, side="right"))
        a_day = float(arrived[deliveries] - arrived[begin]) / min(_USUAL_DAYS, (previous - days[0]).days + 1)
        doubt = min(ceil(_ENOUGH_MISSING / a_day), _LONGEST_DOUBT_DAYS)
        noticed = previous + timedelta(days=max(longest, doubt))
        is_usual = deliveries >= _MINIMUM_DELIVERIES
        if is_usual and day is None and previous + timedelta(days=longest) < end <= noticed:
            pending = _days_between(previous, end)
        if is_usual and noticed < end:
            late = (noticed - previous).days
            gaps.append(
                Gap(last_good=previous, noticed=noticed, back=day, until=data_until, usual_days=longest, late_days=late)
            )
        elif day is not None:
            usual.append((day, (day - previous).days))
        deliveries += day is not None
    return Waits(gaps=gaps, pending=pending)


def answer_by(fired_on: date, timezone: str) -> datetime:
    """Until when a silent feed should be back or replaced, naive UTC, 2 hours after the end of the day it fired on."""
    return end_of_day(fired_on, timezone) + timedelta(hours=ANSWER_HOURS)


def fallbacks(channels: Collection[str], thresholds: Thresholds) -> list[Message]:
    return [
        Message(
            N_("Fall-back source of {channel}: {fallback}. Use it until the feed is back."),
            {"channel": channel, "fallback": thresholds.fallback_sources[channel]},
        )
        for channel in channels
        if thresholds.fallback_sources.get(channel)
    ]


def _source_case(source: str, of_source: pl.DataFrame, gap: Gap, thresholds: Thresholds, name: Name | None) -> Case:
    before = of_source.filter(pl.col("day") <= gap.last_good).tail(_USUAL_DAYS)
    channels = sorted({c for listed in before["channels"].to_list() for c in listed} - {UNKNOWN})
    values: dict[str, object] = {
        "source": name or source,
        "last_good": gap.last_good,
        "first_day": gap.last_good + timedelta(days=1),
        "back": gap.back,
        "rows": int(before["rows"].median() or 0),  # type: ignore[arg-type]
        "days": gap.usual_days,
        "channels": channels,
    }
    if gap.back is None:
        sentence = Message(
            N_("{source} has delivered nothing since {last_good}; it never was more than {days} days apart."), values
        )
    else:
        sentence = Message(N_("{source} delivered nothing from {first_day} on; back on {back}."), values)
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
        sentence=sentence,
        actions=() if gap.back is not None else (*_source_actions(values), *fallbacks(channels, thresholds)),
    )


def _source_actions(values: dict[str, object]) -> tuple[Message, ...]:
    actions = [
        Message(
            N_("Fetch the export of {source} from {first_day} on and import it; usual are {rows} rows a day."), values
        ),
        Message(
            N_("Until then its days are missing, not zero: streaks pause and totals of these days are too low."), values
        ),
    ]
    if values["channels"]:
        actions.append(Message(N_("Affected: {channels}."), values))
    return tuple(actions)


def _channel_cases(
    grid: Grid, column: int, undelivered: set[tuple[date, str]], thresholds: Thresholds
) -> tuple[list[Case], list[date]]:
    """The cases of one channel, and its days without a touch where some were usual."""
    quiet: list[date] = []
    channel, touches = grid.channels[column], grid.touches[:, column]
    cases: list[Case] = []
    row = 0
    while row < len(grid.days):
        if touches[row] > 0 or (grid.days[row], channel) in undelivered:
            row += 1
            continue
        end = row
        while end < len(grid.days) and touches[end] == 0 and (grid.days[end], channel) not in undelivered:
            end += 1
        usual = _usual(touches[:row])
        if usual is not None:
            quiet += grid.days[row:end]
            noticed = row + max(1, ceil(_ENOUGH_MISSING / usual)) - 1
            if noticed < end:
                cases.append(_channel_case(grid, column, row, noticed, end, usual, thresholds))
        row = end
    return cases, quiet


def _usual(before: np.ndarray) -> float | None:
    """Touches a day before the silence; None where there were too few days or too few touches to miss any."""
    recent = before[-_USUAL_DAYS:]
    if len(recent) < _MINIMUM_DELIVERIES:
        return None
    usual = float(np.median(recent))
    return usual if usual >= _FEWEST_TOUCHES else None


def _channel_case(
    grid: Grid, column: int, first: int, noticed: int, end: int, usual: float, thresholds: Thresholds
) -> Case:
    channel = grid.channels[column]
    spent = float(grid.spend[first:end, column].sum())
    has_spend = spent > 0
    back = grid.days[end] if end < len(grid.days) else None
    severity: Severity = "high" if has_spend or back is None else "medium"
    values: dict[str, object] = {
        "channel": channel,
        "first_day": grid.days[first],
        "last_good": grid.days[first - 1],
        "days": end - first,
        "usual": round(usual),
        "spend_money": spent,
        "back": back,
    }
    rows = range(max(0, first - 7), end)
    evidence = pl.DataFrame(
        {
            "day": [grid.days[row] for row in rows],
            "channel": [channel] * len(rows),
            "touches": [int(grid.touches[row, column]) for row in rows],
            "spend": [float(grid.spend[row, column]) for row in rows],
        },
        schema={"day": pl.Date, "channel": pl.String, "touches": pl.Int64, "spend": pl.Float64},
    )
    return Case(
        rule=SPEND_WITHOUT_EVENTS if has_spend else FEED_SILENT,
        channel=channel,
        state="open" if back is None else "recovered",
        severity=severity,
        first_day=grid.days[first],
        fired_on=grid.days[noticed],
        last_day=grid.days[end - 1],
        recovered_on=back,
        value=float(end - first),
        limit=float(noticed - first),
        evidence=evidence,
        sentence=_channel_sentence(values, has_spend=has_spend),
        actions=()
        if back is not None
        else (*_channel_actions(values, has_spend=has_spend), *fallbacks([channel], thresholds)),
    )


def _channel_sentence(values: Mapping[str, object], *, has_spend: bool) -> Message:
    if has_spend and values["back"] is None:
        return Message(
            N_("{channel}: {spend_money} spent since {first_day} and not one touch arrived (usual: {usual} a day)."),
            values,
        )
    if has_spend:
        return Message(
            N_("{channel}: {spend_money} spent from {first_day} on without a touch; touches are back since {back}."),
            values,
        )
    if values["back"] is None:
        return Message(N_("{channel}: nothing has arrived since {last_good} (usual: {usual} touches a day)."), values)
    return Message(N_("{channel}: nothing arrived for {days} days from {first_day} on; back on {back}."), values)


def _channel_actions(values: Mapping[str, object], *, has_spend: bool) -> tuple[Message, ...]:
    missing = Message(N_("These days count as missing, not as zero: the ROI and drop rules pass over them."), values)
    if has_spend:
        return (
            Message(
                N_("Check tracking first: link parameters, pixel, consent banner, landing page of {channel}."), values
            ),
            Message(
                N_("Check that touches of {channel} are not filed under another channel (Data, channels)."), values
            ),
            Message(
                N_("Pause the spend if it is not mended within a day; {spend_money} so far cannot be judged."), values
            ),
            missing,
        )
    return (
        Message(N_("Was {channel} paused on purpose? Then acknowledge this with a note."), values),
        Message(N_("If not: fetch its export from {first_day} on and import it."), values),
        missing,
    )
