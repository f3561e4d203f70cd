"""No-conversions rule: touches go on and nobody converts any more. A broken goal, tag or order feed looks like that.

Two levels, as with silence. *All channels*: closed days without one conversion of anybody. They are missing rather than
zero: the ROI rule passes over them. *One channel*: touches arrive, but none of its conversions, while others convert.
These days count for its ROI: the shop may truly sell nothing through it.

Days are without conversions too improbably to be chance by what their weekdays owe (``cadence``), and as much less as
their touches fall below what that weekday has. A shop that sells little on Sundays is not silent on one. Of a channel
that sells so little that it takes more than four weeks to be sure nothing is said.

A case fires once. It is over with evidence as strong as that of the alarm that conversions are back: a stray order in
the middle of an outage is none. Of the days from some order on, the likelihood ratio (Wald 1945, doi
10.1214/aoms/1177731118) of what came against a trickle, a tenth of the usual, must reach as many nats. Where many are
usual the first day with conversions is enough.

Days on which a source of conversions is silent, days of a channel without touches and days that are not complete yet
are passed over.

Example: 4 conversions a day are usual; touches as ever, none on three days -> fires on the third (4 × 3 ≥ 10). One on
the next day, none on the day after: still open. Four on each of two days: over on the second.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

import numpy as np
import polars as pl

from omnidash.health.cadence import WEEK, daily_cadence, empty_runs, surprise_needed
from omnidash.health.cases import Case
from omnidash.health.closed import ENDED_AFTER_DAYS
from omnidash.health.grid import Flags, Floats
from omnidash.model.defaults import DIRECT, UNKNOWN
from omnidash.model.messages import N_, Message

RULE = "no_conversions"

_NEEDED = surprise_needed(365)
_LONGEST_DOUBT_DAYS = 28
_TRICKLE = 0.1  # of the usual: as much may be orders of chance, or of another link, while the channel's own are lost


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gap:
    """Days without conversions to speak of as positions: first, the day it was noticed, the last, the day it was seen
    to be over (None while it is not); and what is usual a day."""

    first: int
    noticed: int
    last: int
    over: int | None
    usual: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MissingConversions:
    """The cases, and the days on which nobody converted although many do."""

    cases: list[Case]
    days: frozenset[date]


def missing_conversions(
    channel_day: pl.DataFrame,
    *,
    closed_through: date,
    passed_over: Collection[date] = (),
    undelivered: Collection[tuple[date, str]] = (),
) -> MissingConversions:
    """All of history up to ``closed_through``. ``passed_over``: days that are not complete or that a source of
    conversions did not deliver; ``undelivered``: (day, channel) without touches that should be there."""
    closed = channel_day.filter(pl.col("day") <= closed_through).sort("day", "channel")
    sums = closed.group_by("day").agg(pl.col("touches", "conversions").sum()).sort("day")
    days: list[date] = sums["day"].to_list()
    is_complete = np.array([day not in passed_over for day in days], dtype=np.bool_)
    cases: list[Case] = []
    is_lost = np.zeros(len(days), dtype=np.bool_)
    for gap in _gaps(sums, is_complete):
        cases.append(_case("", sums, gap))
        is_lost[gap.first : min(gap.last, gap.noticed + ENDED_AFTER_DAYS) + 1] = True
    lost = frozenset(day for day, is_one in zip(days, is_lost & is_complete, strict=True) if is_one)
    for (name,), rows in closed.group_by("channel", maintain_order=True):
        channel = str(name)
        if channel not in (DIRECT, UNKNOWN):
            is_brought = np.array([(day, channel) not in undelivered for day in days], dtype=np.bool_)
            cases += [_case(channel, rows, gap) for gap in _gaps(rows, is_complete & ~is_lost & is_brought)]
    return MissingConversions(cases=cases, days=lost)


def _gaps(rows: pl.DataFrame, is_known: Flags) -> list[_Gap]:
    """Runs of known days with touches and without conversions to speak of that are too long to be chance. ``rows``: a
    day each, without gaps."""
    touches = rows["touches"].to_numpy().astype(np.float64)
    conversions = rows["conversions"].to_numpy().astype(np.float64)
    days = rows["day"].to_list()
    is_known = is_known & (touches > 0)
    if not is_known.any():
        return []
    sales = daily_cadence(days, conversions, is_known)
    # fewer touches than usual bring fewer conversions: that is another rule's finding
    seen = np.minimum(1.0, touches / np.maximum(daily_cadence(days, touches, is_known).usual, 1.0))
    gaps: list[_Gap] = []
    for run in empty_runs(conversions, sales.surprise * seen, is_known, needed=_NEEDED):
        is_doubtful = run.noticed is None or run.noticed - run.first >= _LONGEST_DOUBT_DAYS
        if is_doubtful or (gaps and (gaps[-1].over is None or run.first < gaps[-1].over)):
            continue
        week = sales.usual[run.first : run.first + WEEK]
        usual = np.resize(week, len(days) - run.first) * seen[run.first :]  # as before: an outage lowers no expectation
        begun, over = _recovery(conversions, usual, is_known, run.first, run.end)
        last = int(np.flatnonzero(is_known[: begun if begun is not None else len(days)])[-1])
        gaps.append(_Gap(first=run.first, noticed=run.noticed or 0, last=last, over=over, usual=float(week.mean())))
    return gaps


def _recovery(
    conversions: Floats, usual: Floats, is_known: Flags, first: int, end: int
) -> tuple[int | None, int | None]:
    """From which day on conversions are back and on which day that was sure, as positions; None while it is not.
    ``usual``: from ``first`` on."""
    starts: list[list[float]] = []  # position, conversions since, what a trickle brings since
    for at in range(end, len(conversions)):
        if not is_known[at]:
            continue
        if conversions[at] > 0:
            starts.append([at, 0.0, 0.0])
        for start in starts:
            start[1] += conversions[at]
            start[2] += _TRICKLE * usual[at - first]
            if (
                start[1] > start[2]
                and start[1] * np.log(start[1] / max(start[2], 1e-9)) - start[1] + start[2] >= _NEEDED
            ):
                return int(start[0]), at
    return None, None


def _case(channel: str, rows: pl.DataFrame, gap: _Gap) -> Case:
    days = rows["day"]
    over = None if gap.over is None else days[gap.over]
    touches, conversions = rows["touches"], rows["conversions"]
    evidence = rows[max(0, gap.first - 7) : gap.last + 1].select("day", "touches", "conversions")
    values: dict[str, object] = {
        "channel": channel,
        "first_day": days[gap.first],
        "last_day": days[gap.last],
        "days": gap.last - gap.first + 1,
        "touches": int(touches[gap.first : gap.last + 1].sum()),
        "conversions": ceil(float(conversions[gap.first : gap.last + 1].sum())),  # shares of one are one
        "usual": max(1, round(gap.usual)),
        "back": None if over is None else days[gap.last] + timedelta(days=1),
    }
    return Case(
        rule=RULE,
        channel=channel,
        state="open" if over is None else "recovered",
        severity="high" if not channel or over is None else "medium",
        first_day=days[gap.first],
        fired_on=days[gap.noticed],
        last_day=days[gap.last],
        recovered_on=over,
        value=float(gap.last - gap.first + 1),
        limit=float(gap.noticed - gap.first + 1),
        evidence=evidence.with_columns(channel=pl.lit(channel)) if channel else evidence,
        sentence=_sentence(values),
        actions=() if over is not None else _actions(values),
    )


def _sentence(values: dict[str, object]) -> Message:
    is_open, is_none = values["back"] is None, values["conversions"] == 0
    if values["channel"] and is_open and is_none:
        template = N_("{channel}: {touches} touches since {first_day} and not one conversion (usual: {usual} a day).")
    elif values["channel"] and is_open:
        template = N_(
            "{channel}: {touches} touches since {first_day} and hardly a conversion ({conversions}; usual: {usual} a"
            " day)."
        )
    elif values["channel"] and is_none:
        template = N_(
            "{channel}: no conversion from {first_day} to {last_day} in spite of {touches} touches; back on {back}."
        )
    elif values["channel"]:
        template = N_(
            "{channel}: hardly a conversion ({conversions}) from {first_day} to {last_day} in spite of {touches}"
            " touches; back on {back}."
        )
    elif is_open and is_none:
        template = N_(
            "Nobody has converted on any channel since {first_day} while touches go on (usual: {usual} a day): either"
            " the orders' export or the checkout (payment) is broken."
        )
    elif is_open:
        template = N_(
            "Hardly anybody ({conversions}) has converted on any channel since {first_day} while touches go on (usual:"
            " {usual} a day): either the orders' export or the checkout (payment) is broken."
        )
    else:
        template = N_(
            "Nobody, or hardly anybody, converted on any channel from {first_day} to {last_day}; back on {back}."
        )
        if is_none:
            template = N_("Nobody converted on any channel from {first_day} to {last_day}; back on {back}.")
    return Message(template, values)


def _actions(values: dict[str, object]) -> tuple[Message, ...]:
    if values["channel"]:
        return (
            Message(
                N_("Buy something through a link of {channel} yourself: is the order counted, and for it?"), values
            ),
            Message(N_("Check its landing page, price, stock and payment; then its links and parameters."), values),
            Message(
                N_("Others still convert: the tag as such works. Lower the spend until the cause is found."), values
            ),
        )
    return (
        Message(N_("Buy something yourself: is the order there, and does it reach the export?"), values),
        Message(N_("Check tag, payment and the order feed since {first_day}, then import what is missing."), values),
        Message(N_("These days count as missing, not as zero: the ROI rule passes over them."), values),
    )
