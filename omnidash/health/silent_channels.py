"""A channel without a single touch on days on which that is too improbable to be chance (``cadence``).

Where it spent on those days what is a material part of its usual (a tenth of a usual day's spend in all), that is the
*spend-without-events* rule: tracking or mapping is broken. A day's share of a longer bill is nothing spent on the day.
Else it is the *feed-silent* rule; where its spend ended with its touches while others went on spending, it looks
switched off, and is no urgent matter. After ``ENDED_AFTER_DAYS`` days the channel has ended: the case is over.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from omnidash.health.cadence import EmptyRun, daily_cadence, empty_runs, surprise_needed
from omnidash.health.cases import Case, Severity
from omnidash.health.closed import ENDED_AFTER_DAYS
from omnidash.health.grid import Floats, Grid
from omnidash.health.silent_sources import FEED_SILENT, fallbacks
from omnidash.health.thresholds import Thresholds
from omnidash.model.messages import N_, Message

SPEND_WITHOUT_EVENTS = "spend_without_events"

_NEEDED = surprise_needed(365)
_MISSED = 3.0  # nats: an empty day on which as much is owing is no zero, though it may be too little for an alarm
_LONGEST_DOUBT_DAYS = 7  # of a channel so small that it takes longer to be sure an empty day says nothing
_USUAL_DAYS = 28
_MATERIAL = 0.1  # of a usual day's spend


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Silence:
    """A run with the day it was noticed (position), what was usual a day, and whether it was over for being long."""

    run: EmptyRun
    noticed: int
    usual: float
    back: int | None
    has_ended: bool


def channel_silences(
    grid: Grid, column: int, spent: Floats, undelivered: Collection[tuple[date, str]], thresholds: Thresholds
) -> tuple[list[Case], list[date]]:
    """The cases of one channel, and its days without a touch where some are missed. ``spent``: what was spent on each
    day itself [D]; ``undelivered``: (day, channel) that its source did not bring."""
    channel, touches = grid.channels[column], grid.touches[:, column]
    is_brought = np.array([(day, channel) not in undelivered for day in grid.days])
    is_known = is_brought | (touches > 0)
    known = daily_cadence(grid.days, touches, is_known)
    missed: list[date] = []
    cases: list[Case] = []
    for run in empty_runs(touches, known.surprise, is_known, needed=_NEEDED):
        is_noticed = run.noticed is not None and run.noticed - run.first < _LONGEST_DOUBT_DAYS
        if is_noticed:
            missed += grid.days[run.first : run.end]
            cases.append(_case(grid, column, spent, _silence(run, touches, known.usual), thresholds))
        else:
            missed += [grid.days[row] for row in range(run.first, run.end) if known.surprise[row] >= _MISSED]
    return cases, missed


def _silence(run: EmptyRun, touches: Floats, usual: Floats) -> _Silence:
    noticed = run.noticed or run.first
    later = np.flatnonzero(touches[run.end :] > 0)
    back = run.end + int(later[0]) if len(later) else None
    over = noticed + ENDED_AFTER_DAYS
    has_ended = over < (len(touches) if back is None else back)
    week = usual[run.first : max(noticed + 1, min(run.end, run.first + 7))]
    return _Silence(
        run=run, noticed=noticed, usual=float(week.mean()), back=over if has_ended else back, has_ended=has_ended
    )


def _case(grid: Grid, column: int, spent: Floats, silence: _Silence, thresholds: Thresholds) -> Case:
    channel, first = grid.channels[column], silence.run.first
    end = silence.run.end if silence.back is None else min(silence.run.end, silence.back)
    before = spent[max(0, first - _USUAL_DAYS) : first]
    usual_spend = float(np.median(before[before > 0])) if (before > 0).any() else 0.0
    spend = float(spent[first:end].sum())
    at_first = slice(first, silence.noticed + 1)  # which rule it is stays as it was said
    has_spend = spent[at_first].sum() > max(0.0, _MATERIAL * usual_spend)
    others = np.delete(grid.spend, column, axis=1)[at_first]
    is_off = not has_spend and usual_spend > 0 and bool(others.any())
    back = None if silence.back is None else grid.days[silence.back]
    severity: Severity = "high" if has_spend or back is None else "medium"
    if is_off or (silence.has_ended and not has_spend):
        severity = "low"
    values: dict[str, object] = {
        "channel": channel,
        "first_day": grid.days[first],
        "last_good": grid.days[first] - timedelta(days=1),
        "days": end - first,
        "usual": max(1, round(silence.usual)),
        "spend_money": spend,
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
        fired_on=grid.days[silence.noticed],
        last_day=grid.days[end - 1],
        recovered_on=back,
        value=float(end - first),
        limit=float(silence.noticed - first + 1),
        evidence=evidence,
        sentence=_sentence(values, has_spend=has_spend, is_off=is_off, has_ended=silence.has_ended),
        actions=()
        if back is not None
        else (*_actions(values, has_spend=has_spend, is_off=is_off), *fallbacks([channel], thresholds)),
    )


def _sentence(values: Mapping[str, object], *, has_spend: bool, is_off: bool, has_ended: bool) -> Message:
    if has_spend and has_ended:
        template = N_(
            "{channel}: {spend_money} spent from {first_day} on without a touch; after {days} days without any it"
            " counts as ended."
        )
    elif has_ended:
        template = N_(
            "{channel}: nothing has arrived since {last_good}; after {days} days without any it counts as ended."
        )
    elif has_spend and values["back"] is None:
        template = N_(
            "{channel}: {spend_money} spent since {first_day} and not one touch arrived (usual: {usual} a day)."
        )
    elif has_spend:
        template = N_(
            "{channel}: {spend_money} spent from {first_day} on without a touch; touches are back since {back}."
        )
    elif values["back"] is None and is_off:
        template = N_(
            "{channel}: neither touches nor spend since {last_good} (usual: {usual} touches a day); it looks switched"
            " off."
        )
    elif values["back"] is None:
        template = N_("{channel}: nothing has arrived since {last_good} (usual: {usual} touches a day).")
    else:
        template = N_("{channel}: nothing arrived for {days} days from {first_day} on; back on {back}.")
    return Message(template, values)


def _actions(values: Mapping[str, object], *, has_spend: bool, is_off: bool) -> tuple[Message, ...]:
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
    question = Message(N_("Was {channel} paused on purpose? Then acknowledge this with a note."), values)
    if is_off:
        question = Message(
            N_(
                "Its spend ended with its touches while others went on. If {channel} was switched off on purpose,"
                " acknowledge this with a note; after a month it counts as ended."
            ),
            values,
        )
    return (question, Message(N_("If not: fetch its export from {first_day} on and import it."), values), missing)
