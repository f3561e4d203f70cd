"""ROI rule: ROI below its threshold on 7 consecutive closed, mature days with spend.

A day counts when it is closed, its conversions are at least ``completeness_limit`` complete, and the channel spent
something on it. Any other day (no spend row delivered, zero spend, touches or orders missing, immature, not closed)
neither breaks nor extends a streak. Nor does a day whose spend is only an even share of a longer range
(``is_spread``): that is an average, and one average must not look like seven days in a row. The rule fires on the 7th
counted day, once; the case stays open until 3 consecutive counted days at or above the threshold; then counting
starts anew. ``(direct)`` has no spend and is never a case. Where the channel has stopped spending since
(``ended_on``), there is nothing left to cut, and the case is over.

Days of a channel that seldom sells are judged over a longer window (``day_windows``): alone they are at −100 % without
an order and far above with one.

Example (threshold 0): 4 days below, 2 days without spend, 3 days below -> fires on the last of them, 7 counted days.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from omnidash.health.cases import Case, Severity
from omnidash.health.closed import ENDED_AFTER_DAYS
from omnidash.health.day_windows import ABOVE, BELOW, COUNTED, judged_over
from omnidash.health.roi_actions import roi_actions
from omnidash.health.thresholds import Thresholds
from omnidash.metrics.metric import divide
from omnidash.metrics.roi import Margin, gross_profit, roi
from omnidash.model.defaults import DIRECT
from omnidash.model.messages import N_, Message

RULE = "roi_streak"

ROUNDING = 1e-9
"""Credits are sums of fractions: a day at exactly the threshold must not fall below it by a rounding error."""

_LATE_FILE_DAYS = 3
_SPEND_IS_OVER_DAYS = 90

_SEVERE_SHORTFALL = 0.25
"""An ROI this far below the threshold, or a streak twice as long as the rule asks for, is of high severity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What was not delivered: days without conversions of any channel, and (day, channel) without touches."""

    days: frozenset[date] = frozenset()
    of_channels: frozenset[tuple[date, str]] = frozenset()


NOTHING_MISSING = Missing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """One firing of the rule, as positions among a channel's counted days."""

    first: int
    fired: int
    last_below: int
    recovered: int | None


def roi_cases(
    channel_day: pl.DataFrame,
    *,
    closed_through: date,
    thresholds: Thresholds,
    closed_through_by_channel: Mapping[str, date] | None = None,
    completeness: Mapping[date, float] | None = None,
    missing: Missing = NOTHING_MISSING,
    margin: Margin = 1.0,
    in_trouble: Collection[str] = (),
) -> list[Case]:
    """All cases of history up to ``closed_through``, in order of channel and day; the open ones did not recover yet.

    ``closed_through_by_channel`` holds a channel back to an earlier day where its own sources are late.
    ``completeness`` is the share of a day's eventual conversions already seen; days it does not name are complete.
    ``in_trouble``: channels that nobody's spend should move to.
    """
    days = roi_days(
        channel_day,
        closed_through=closed_through,
        thresholds=thresholds,
        closed_through_by_channel=closed_through_by_channel,
        completeness=completeness,
        missing=missing,
        margin=margin,
    )
    cases = []
    for (channel,), of_channel in days.group_by("channel", maintain_order=True):
        counted = of_channel.filter(pl.col("status").is_in(COUNTED))
        spells = streaks(
            counted["status"].is_in(BELOW).to_list(),
            days_to_fire=thresholds.of(str(channel)).roi_days,
            days_to_recover=thresholds.roi_recover_days,
        )
        threshold = thresholds.roi_threshold_of(str(channel))
        counted_days = counted["day"].to_list()
        cases += [
            _case(spell, of_channel, counted_days, days, threshold, thresholds, closed_through, in_trouble)
            for spell in spells
        ]
    return cases


def roi_days(
    channel_day: pl.DataFrame,
    *,
    closed_through: date,
    thresholds: Thresholds,
    closed_through_by_channel: Mapping[str, date] | None = None,
    completeness: Mapping[date, float] | None = None,
    missing: Missing = NOTHING_MISSING,
    margin: Margin = 1.0,
) -> pl.DataFrame:
    """What the rule sees of every day and channel (without ``(direct)``), sorted by channel, day: a streak calendar.

    Returns [day Date, channel String, touches Int64, conversions Float64, spend Float64, gross_profit Float64, roi
    Float64 (null without spend), status String, over_days Int64, window_roi Float64]; status is one of
    ``day_windows.COUNTED`` on counted days, and ``no_spend``, ``spread``, ``missing``, ``immature``, ``not_closed`` or
    ``too_few`` on days the rule passes over. ``over_days``: how many days with spend, up to this one, it was judged
    over (1 where alone), and their ``window_roi``; null if passed over.
    """
    everything = channel_day.with_columns(gross_profit(channel_day, margin))
    table = everything.filter(pl.col("channel") != DIRECT).with_columns(roi=roi())
    limits = _limits_by_channel(table["channel"], closed_through, closed_through_by_channel or {}, thresholds)
    immature_days = [d for d, share in (completeness or {}).items() if share < thresholds.completeness_limit]
    status = (
        pl.when(pl.col("day") > pl.col("closed"))
        .then(pl.lit("not_closed"))
        .when(~pl.col("has_spend") | (pl.col("spend") <= 0))
        .then(pl.lit("no_spend"))
        .when(pl.col("is_spread"))
        .then(pl.lit("spread"))
        .when(_is_missing(missing))
        .then(pl.lit("missing"))
        .when(pl.col("day").is_in(pl.Series(immature_days, dtype=pl.Date).implode()))
        .then(pl.lit("immature"))
        .otherwise(pl.lit("counted"))
    )
    table = table.join(limits, on="channel", how="left").with_columns(status=status)
    judged = judged_over(table.filter(status="counted"), everything)
    is_counted, is_alone = pl.col("status") == "counted", pl.col("over_days") == 1
    return (
        table.join(judged, on=["channel", "day"], how="left")
        .with_columns(
            status=pl.when(is_counted & pl.col("over_days").is_null())
            .then(pl.lit("too_few"))
            .when(is_counted & (pl.col("over_roi") < pl.col("threshold") - ROUNDING))
            .then(pl.when(is_alone).then(pl.lit("below")).otherwise(pl.lit("below_window")))
            .when(is_counted)
            .then(pl.when(is_alone).then(pl.lit("above")).otherwise(pl.lit("above_window")))
            .otherwise(pl.col("status")),
            window_roi=pl.col("over_roi"),
        )
        .select(
            "day",
            "channel",
            "touches",
            "conversions",
            "spend",
            "gross_profit",
            "roi",
            "status",
            "over_days",
            "window_roi",
        )
        .sort("channel", "day")
    )


def _is_missing(missing: Missing) -> pl.Expr:
    days = pl.Series(sorted(missing.days), dtype=pl.Date)
    pairs = pl.Series([f"{day} {channel}" for day, channel in sorted(missing.of_channels)], dtype=pl.String)
    pair = pl.col("day").cast(pl.String) + " " + pl.col("channel")
    return pl.col("day").is_in(days.implode()) | pair.is_in(pairs.implode())


def streak_below(days: pl.DataFrame, channels: pl.Series) -> pl.DataFrame:
    """How many counted days in a row each of ``channels`` has been below its threshold up to now. ``days``: what the
    rule sees of them (``roi_days``).

    Returns [channel String, streak_below Int64], every channel once, sorted by channel; 0 after a day at or above the
    threshold and for channels that never spent.
    """
    counted = days.filter(pl.col("status").is_in(COUNTED))
    since_last_above = pl.col("status").is_in(ABOVE).cum_sum(reverse=True).over("channel", order_by="day") == 0
    current = counted.filter(since_last_above).group_by("channel").agg(streak_below=pl.len().cast(pl.Int64))
    every_channel = channels.unique().to_frame("channel")
    return (
        every_channel.join(current, on="channel", how="left")
        .with_columns(pl.col("streak_below").fill_null(0))
        .sort("channel")
    )


def streaks(is_below: Sequence[bool], *, days_to_fire: int, days_to_recover: int) -> list[Spell]:
    """The state machine of the rule over one channel's counted days, in order of time."""
    spells: list[Spell] = []
    run_below = run_above = 0
    open_spell: Spell | None = None
    for position, below in enumerate(is_below):
        run_below, run_above = (run_below + 1, 0) if below else (0, run_above + 1)
        if open_spell is None:
            if run_below == days_to_fire:
                first = position - days_to_fire + 1
                open_spell = Spell(first=first, fired=position, last_below=position, recovered=None)
            continue
        is_over = run_above == days_to_recover
        open_spell = Spell(
            first=open_spell.first,
            fired=open_spell.fired,
            last_below=position if below else open_spell.last_below,
            recovered=position if is_over else None,
        )
        if is_over:
            spells.append(open_spell)
            open_spell, run_above = None, 0
    return spells if open_spell is None else [*spells, open_spell]


def _limits_by_channel(
    channels: pl.Series, closed_through: date, by_channel: Mapping[str, date], thresholds: Thresholds
) -> pl.DataFrame:
    names = channels.unique().to_list()
    return pl.DataFrame(
        {
            "channel": names,
            "closed": [min(closed_through, by_channel.get(name, closed_through)) for name in names],
            "threshold": [thresholds.roi_threshold_of(name) for name in names],
        },
        schema={"channel": pl.String, "closed": pl.Date, "threshold": pl.Float64},
    )


def _case(
    spell: Spell,
    of_channel: pl.DataFrame,
    counted_days: list[date],
    all_channels: pl.DataFrame,
    threshold: float,
    thresholds: Thresholds,
    closed_through: date,
    in_trouble: Collection[str],
) -> Case:
    first_day, last_day = counted_days[spell.first], counted_days[spell.last_below]
    recovered_on = None if spell.recovered is None else counted_days[spell.recovered]
    end_of_spend = None if recovered_on else ended_on(of_channel, all_channels, closed_through)
    recovered_on = recovered_on or end_of_spend
    evidence = of_channel.filter(
        (pl.col("day") >= first_day)
        & (pl.col("day") <= (recovered_on or date.max))
        & (pl.col("status") != "not_closed")
    )
    until_last_below = evidence.filter(pl.col("day") <= last_day, pl.col("status").is_in(COUNTED))
    spend = float(until_last_below["spend"].sum())
    value = divide(float(until_last_below["gross_profit"].sum()) - spend, spend) or 0.0
    length = spell.last_below - spell.first + 1
    is_long = length >= 2 * thresholds.roi_days and value < threshold
    is_severe = value < threshold - _SEVERE_SHORTFALL or is_long
    severity: Severity = "high" if is_severe else "medium"
    return Case(
        rule=RULE,
        channel=of_channel["channel"][0],
        state="open" if recovered_on is None else "recovered",
        severity=severity,
        first_day=first_day,
        fired_on=counted_days[spell.fired],
        last_day=last_day,
        recovered_on=recovered_on,
        value=value,
        limit=threshold,
        evidence=evidence,
        sentence=_over_windows(
            _sentence(evidence, threshold, last_day, recovered_on, closed_through, has_ended=end_of_spend is not None),
            evidence,
        ),
        actions=roi_actions(evidence, all_channels, thresholds, in_trouble=in_trouble) if recovered_on is None else (),
    )


def ended_on(of_channel: pl.DataFrame, all_channels: pl.DataFrame, closed_through: date) -> date | None:
    """When it was settled that the channel spends nothing any more, however its days are judged: a month on which
    others spent, or a quarter on which nobody did (till then the spend may be late). None while it has not ended."""
    spent = pl.col("spend") > 0
    closed = pl.col("day") <= closed_through
    own: date | None = of_channel.filter(spent, closed)["day"].max()  # type: ignore[assignment]
    of_all: date | None = all_channels.filter(spent, closed)["day"].max()  # type: ignore[assignment]
    if own is None or of_all is None:
        return None
    if (of_all - own).days > ENDED_AFTER_DAYS:
        return own + timedelta(days=ENDED_AFTER_DAYS)
    return own + timedelta(days=_SPEND_IS_OVER_DAYS) if (closed_through - own).days > _SPEND_IS_OVER_DAYS else None


def _over_windows(sentence: Message, evidence: pl.DataFrame) -> Message:
    """Says so where days were judged with those before them: such a day may lie far above, and count as below."""
    longest = max((days for days in evidence["over_days"].to_list() if days), default=1)
    if longest <= 1:
        return sentence
    return Message(
        N_(
            "{sentence} Its days cost less than one order earns, so each was judged with those before it: up to"
            " {window_days} days with spend."
        ),
        {"sentence": sentence, "channel": evidence["channel"][0], "window_days": longest},
    )


def _sentence(
    evidence: pl.DataFrame,
    threshold: float,
    last_day: date,
    recovered_on: date | None,
    closed_through: date,
    *,
    has_ended: bool,
) -> Message:
    counted = evidence.filter(pl.col("status").is_in(COUNTED))
    values: dict[str, object] = {
        "channel": evidence["channel"][0],
        "limit_percent": threshold,
        "days": counted.height,
        "below_days": counted.filter(pl.col("status").is_in(BELOW)).height,
        "first_day": evidence["day"][0],
        "last_day": counted["day"][-1],
    }
    if has_ended:
        return Message(
            N_(
                "{channel} was below an ROI of {limit_percent} on {below_days} of its {days} days with spend"
                " from {first_day} to {last_day}; it has spent nothing since."
            ),
            values,
        )
    if recovered_on is not None:
        return Message(
            N_(
                "{channel} was below an ROI of {limit_percent} from {first_day} to {last_day}"
                " and recovered by {recovered_on}."
            ),
            values | {"last_day": last_day, "recovered_on": recovered_on},
        )
    # "Has been" is said of an unbroken run up to now, give or take a late spend file; never of one that ended long ago.
    immature_days = evidence.filter(status="immature").height
    days_since = (closed_through - counted["day"][-1]).days - immature_days
    days_of_run = evidence.filter(pl.col("day") <= counted["day"][-1], pl.col("status") != "immature")
    goes_on = bool(days_of_run["status"].is_in(BELOW).all()) and days_since <= _LATE_FILE_DAYS
    if goes_on and threshold == 0:
        return Message(N_("{channel} has been below break-even for {days} days."), values)
    if goes_on:
        return Message(N_("{channel} has been below an ROI of {limit_percent} for {days} days."), values)
    return Message(
        N_(
            "{channel} was below an ROI of {limit_percent} on {below_days} of its {days} days with spend"
            " from {first_day} to {last_day}."
        ),
        values,
    )
