"""No-conversions rule: touches go on and nobody converts any more. A broken goal, tag or order feed looks like that.

Two levels, as with silence. *All channels*: a closed day without one conversion of anybody although ten or more were
usual (median of the 28 days before). Such days are missing rather than zero: the ROI rule passes over them. *One
channel*: touches arrive, but none of its conversions, for as many days as make an ordinary gap as unlikely, 10 / usual
conversions a day, while others convert. These days count for its ROI: the shop may truly sell nothing through it.

What is owing on a day is what its weekday brings, at most the usual: usual × the weekday's median of the last 8 weeks /
the median of all days in them, and as much less as its touches fall below what that weekday has. A shop that sells
little on Sundays is not silent on one; and no gap begins with a day that owes nothing.

Days on which a source of conversions is silent, days of a channel without touches and days that are not complete yet
are passed over. A case fires once and is over on the first day with a conversion.

Example: 4 conversions a day are usual; touches as ever, none on three days -> fires on the third (4 × 3 ≥ 10).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from omnidash.health.cases import Case
from omnidash.model.defaults import DIRECT, UNKNOWN
from omnidash.model.messages import N_, Message

RULE = "no_conversions"

_USUAL_DAYS = 28
_WEEKDAY_DAYS = 56
_FEWEST_OF_WEEKDAY = 2
_MINIMUM_DAYS = 14
_ENOUGH_MISSING = 10.0  # conversions: by chance alone none of ten comes once in 22,000 days
_FEWEST = 1.0  # conversions a day; with fewer a week without any is ordinary


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gap:
    """Days without a conversion as positions: first, the day it was noticed, the last, and what they
    owed a day."""

    first: int
    noticed: int
    last: int
    back: int | None
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
    is_passed_over = pl.col("day").is_in(pl.Series(list(passed_over), dtype=pl.Date).implode())
    closed = channel_day.filter((pl.col("day") <= closed_through) & ~is_passed_over)
    sums = closed.group_by("day").agg(pl.col("touches", "conversions").sum()).sort("day")
    cases: list[Case] = []
    lost: set[date] = set()
    for gap in _gaps(sums):
        cases.append(_case("", sums, gap))
        lost |= set(sums["day"][gap.first : gap.last + 1].to_list())
    is_lost = pl.col("day").is_in(pl.Series(list(lost), dtype=pl.Date).implode())
    for (name,), rows in closed.sort("day").group_by("channel", maintain_order=True):
        channel = str(name)
        if channel in (DIRECT, UNKNOWN):
            continue
        own = rows.filter((pl.col("touches") > 0) & ~is_lost)
        own = own.filter([(day, channel) not in undelivered for day in own["day"]])
        cases += [_case(channel, own, gap) for gap in _gaps(own)]
    return MissingConversions(cases=cases, days=frozenset(lost))


def _gaps(rows: pl.DataFrame) -> list[_Gap]:
    """Runs of days with touches and no conversion that are too long to be chance."""
    touches, conversions = rows["touches"].to_numpy(), rows["conversions"].to_numpy()
    weekdays = rows["day"].dt.weekday().to_numpy() - 1
    gaps: list[_Gap] = []
    day = 0
    while day < len(rows):
        if conversions[day] > 0 or touches[day] <= 0:
            day += 1
            continue
        end = day
        while end < len(rows) and conversions[end] <= 0:
            end += 1
        before = slice(max(0, day - _USUAL_DAYS), day)
        usual = float(np.median(conversions[before])) if day >= _MINIMUM_DAYS else 0.0
        usual_touches = float(np.median(touches[before])) if day >= _MINIMUM_DAYS else 0.0
        if usual >= _FEWEST and usual_touches > 0:
            # no weekday owes more than usual: two busy Mondays are no measure of the third
            owing = usual * np.minimum(1.0, _of_weekday(conversions, weekdays, day)[weekdays[day:end]])
            seen = usual_touches * _of_weekday(touches, weekdays, day)[weekdays[day:end]]
            # fewer touches than usual bring fewer conversions: that is another rule's finding
            due = np.cumsum(owing * np.minimum(1.0, touches[day:end] / np.maximum(seen, 1.0)))
            enough = np.flatnonzero(due >= _ENOUGH_MISSING)
            if len(enough):
                back = end if end < len(rows) else None
                first = day + int(np.flatnonzero(owing > 0)[0])
                gaps.append(
                    _Gap(first=first, noticed=day + int(enough[0]), last=end - 1, back=back, usual=float(owing.mean()))
                )
        day = end
    return gaps


def _of_weekday(values: np.ndarray, weekdays: np.ndarray, day: int) -> np.ndarray:
    """Each weekday (Monday first) against all days, float64 [7], from the 8 weeks before a day; 1 where too few of it
    are known, or where nothing is usual."""
    recent, on = values[max(0, day - _WEEKDAY_DAYS) : day], weekdays[max(0, day - _WEEKDAY_DAYS) : day]
    overall = float(np.median(recent)) if len(recent) else 0.0
    factors = np.ones(7)
    for weekday in range(7):
        own = recent[on == weekday]
        if overall > 0 and len(own) >= _FEWEST_OF_WEEKDAY:
            factors[weekday] = float(np.median(own)) / overall
    return factors


def _case(channel: str, rows: pl.DataFrame, gap: _Gap) -> Case:
    days = rows["day"]
    back = None if gap.back is None else days[gap.back]
    evidence = rows[max(0, gap.first - 7) : gap.last + 1].select("day", "touches", "conversions")
    values: dict[str, object] = {
        "channel": channel,
        "first_day": days[gap.first],
        "last_day": days[gap.last],
        "days": gap.last - gap.first + 1,
        "touches": int(rows["touches"][gap.first : gap.last + 1].sum()),
        "usual": round(gap.usual),
        "back": back,
    }
    return Case(
        rule=RULE,
        channel=channel,
        state="open" if back is None else "recovered",
        severity="high" if not channel or back is None else "medium",
        first_day=days[gap.first],
        fired_on=days[gap.noticed],
        last_day=days[gap.last],
        recovered_on=back,
        value=float(gap.last - gap.first + 1),
        limit=float(gap.noticed - gap.first + 1),
        evidence=evidence.with_columns(channel=pl.lit(channel)) if channel else evidence,
        sentence=_sentence(values),
        actions=() if back is not None else _actions(values),
    )


def _sentence(values: dict[str, object]) -> Message:
    if values["channel"] and values["back"] is None:
        return Message(
            N_("{channel}: {touches} touches since {first_day} and not one conversion (usual: {usual} a day)."), values
        )
    if values["channel"]:
        return Message(
            N_(
                "{channel}: no conversion from {first_day} to {last_day} in spite of {touches} touches; back on {back}."
            ),
            values,
        )
    if values["back"] is None:
        return Message(N_("Nobody has converted on any channel since {first_day} (usual: {usual} a day)."), values)
    return Message(N_("Nobody converted on any channel from {first_day} to {last_day}; back on {back}."), values)


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
