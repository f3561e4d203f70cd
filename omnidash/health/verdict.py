"""The three-dimension judgement of a channel: does it earn, does it bring customers of its own, does it build the
brand?

1. **Profit**: ROI at or above the threshold in each of the last three 7-day periods with spend (yes), below it in the
   latest (no); a channel that came back only lately has yet to show it. With spend in fewer of the three: no where
   those together are below the threshold, else it cannot be told. Nor can it where no sale is known at all.
2. **Incremental**: the channel's part of all removal effects (Markov) reaches its part of the spend, or the share of
   its converters whom no other channel touched in the lookback is above that of all channels together.
3. **Brand signal**: the share of persons it reached who afterwards turn up in channels nobody pays for a click in
   (owned, search by name, direct) is above the median of the channels with spend, or the NPS of those it reached lies
   above that of all answers by more than chance (its 95 % interval).

Verdict: *add* = earns and brings its own customers; *hold* = earns, or cannot be told; *fix* = does not earn but is
needed (2 or 3); *leave* = none of the three. A dimension that cannot be told (no spend, too few persons) is None and
speaks neither for nor against.

Example: ROI above in three weeks, 12 % of the spend and 18 % of the removal effects -> add.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

import polars as pl

from omnidash.health.thresholds import Thresholds
from omnidash.metrics.channel_day import knows_spend
from omnidash.metrics.promoters import Promoters
from omnidash.metrics.roi import Margin, gross_profit, roi
from omnidash.metrics.summary import knows_sales
from omnidash.model.messages import N_, Message

Verdict = Literal["add", "hold", "fix", "leave"]
PERIODS, PERIOD_DAYS = 3, 7
_MINIMUM_PERSONS = 30
_MINIMUM_ANSWERS = 10  # the interval of fewer holds nearly everything


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One channel's verdict with its three reasons (None where a dimension cannot be told), each in a sentence."""

    channel: str
    verdict: Verdict
    earns: bool | None
    is_incremental: bool | None
    builds_brand: bool | None
    reasons: tuple[Message, Message, Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the second and third dimension rest on, per channel, as fractions. ``effect_share``: of all removal effects;
    ``sole_share``: converters nobody else touched / converters; ``onward_share``: persons later met in own channels;
    ``persons``: reached; ``sole_share_of_all``: the same over all channels; ``removal_effect``: of the channel, 0 …
    1; ``promoters``: net promoter scores."""

    effect_share: Mapping[str, float]
    sole_share: Mapping[str, float]
    sole_share_of_all: float
    onward_share: Mapping[str, float]
    persons: Mapping[str, int]
    removal_effect: Mapping[str, float] = field(default_factory=dict)
    promoters: Promoters = field(default_factory=Promoters)


def judgements(
    channel_day: pl.DataFrame, *, closed_through: date, thresholds: Thresholds, evidence: Evidence, margin: Margin = 1.0
) -> dict[str, Judgement]:
    """The judgement of every channel with touches or spend in the last 21 closed days."""
    weeks = recent_periods(channel_day, closed_through=closed_through, margin=margin)
    if not knows_sales(channel_day):
        weeks = weeks.with_columns(roi=pl.lit(None, pl.Float64))
    spend_of = dict(weeks.group_by("channel").agg(pl.col("spend").sum()).iter_rows())
    all_spend = sum(spend_of.values())
    paying = sorted(share for channel, share in evidence.onward_share.items() if spend_of.get(channel, 0) > 0)
    usual_onward = paying[len(paying) // 2] if paying else None
    found = {}
    for (channel,), of_channel in weeks.group_by("channel", maintain_order=True):
        name = str(channel)
        if not (of_channel["touches"].sum() or of_channel["spend"].sum()):
            continue
        profit = _profit(name, of_channel, thresholds.roi_threshold_of(name))
        incremental = _incremental(name, spend_of[name] / all_spend if all_spend else 0.0, evidence)
        brand = _brand(name, usual_onward, evidence)
        found[name] = Judgement(
            channel=name,
            verdict=_verdict(profit[0], incremental[0], brand[0]),
            earns=profit[0],
            is_incremental=incremental[0],
            builds_brand=brand[0],
            reasons=(profit[1], incremental[1], brand[1]),
        )
    return found


def recent_periods(channel_day: pl.DataFrame, *, closed_through: date, margin: Margin = 1.0) -> pl.DataFrame:
    """The last three 7-day periods per channel, oldest first: [channel, period Int64 0 … 2, touches, spend,
    gross_profit, roi (null without spend)]. They end on the last closed day with spend delivered."""
    spent_until: Any = channel_day.filter("has_spend")["day"].max()
    last = closed_through if spent_until is None else min(closed_through, spent_until)
    first = last - timedelta(days=PERIODS * PERIOD_DAYS - 1)
    recent = channel_day.filter(pl.col("day").is_between(first, last))
    return (
        recent.with_columns(gross_profit(recent, margin), period=(pl.col("day") - first).dt.total_days() // PERIOD_DAYS)
        .with_columns(gross_profit=pl.when(knows_spend()).then("gross_profit").otherwise(0.0))
        .group_by("channel", "period")
        .agg(pl.col("touches", "spend", "gross_profit").sum())
        .with_columns(roi=roi())
        .sort("channel", "period")
    )


def _verdict(earns: bool | None, is_incremental: bool | None, builds_brand: bool | None) -> Verdict:
    if earns is False:
        return "fix" if is_incremental or builds_brand else "leave"
    if is_incremental and (earns or builds_brand):
        return "add"
    return "hold"


def _profit(channel: str, weeks: pl.DataFrame, threshold: float) -> tuple[bool | None, Message]:
    known = weeks.drop_nulls("roi")["roi"].to_list()
    values: dict[str, object] = {
        "channel": channel,
        "limit_percent": threshold,
        "above": sum(value >= threshold for value in known),
        "count": len(known),
        "roi_percent": known[-1] if known else None,
    }
    if not known and float(weeks["spend"].sum()) > 0:
        return None, Message(N_("Profit: no order and no conversion is known yet, so it cannot be told."), values)
    if not known:
        return None, Message(
            N_("Profit: no spend in all of the last three weeks, so there is nothing to earn back."), values
        )
    if len(known) < PERIODS:
        paid = weeks.drop_nulls("roi")
        together = float(paid["gross_profit"].sum()) / float(paid["spend"].sum()) - 1
        values |= {"roi_percent": together}
        return (False if together < threshold else None), Message(
            N_("Profit: spend in only {count} of the last three weeks; ROI of these together {roi_percent}."), values
        )
    earns = None
    if values["above"] == PERIODS:
        earns = True
    elif known[-1] < threshold:
        earns = False
    return earns, Message(
        N_("Profit: ROI at or above {limit_percent} in {above} of the last {count} weeks (latest {roi_percent})."),
        values,
    )


def _incremental(channel: str, spend_share: float, evidence: Evidence) -> tuple[bool | None, Message]:
    effect, sole = evidence.effect_share.get(channel), evidence.sole_share.get(channel)
    values: dict[str, object] = {
        "effect_percent": effect,
        "spend_percent": spend_share,
        "sole_percent": sole,
        "all_percent": evidence.sole_share_of_all,
    }
    if effect is None or sole is None:
        return None, Message(N_("Customers of its own: no conversions with this channel to tell from."), values)
    return (spend_share > 0 and effect >= spend_share) or sole > evidence.sole_share_of_all, Message(
        N_(
            "Customers of its own: without it {effect_percent} of what channels bring would go, for {spend_percent}"
            " of the spend; {sole_percent} of its buyers met no other channel (all channels: {all_percent})."
        ),
        values,
    )


def _brand(channel: str, usual: float | None, evidence: Evidence) -> tuple[bool | None, Message]:
    onward, score = evidence.onward_share.get(channel), evidence.promoters.by_channel.get(channel)
    everybody = evidence.promoters.everybody
    if score is None or everybody is None or score.answers < _MINIMUM_ANSWERS:
        score = everybody = None
    is_praised = None if score is None or everybody is None else score.low > everybody.score
    values: dict[str, object] = {"onward_percent": onward, "usual_percent": usual}
    if score is not None and everybody is not None:
        values |= {"nps_percent": score.score, "all_nps_percent": everybody.score, "answers": score.answers}
    if onward is None or usual is None or evidence.persons.get(channel, 0) < _MINIMUM_PERSONS:
        if is_praised is None:
            return None, Message(N_("Brand: too few persons to tell where they went on to."), values)
        return is_praised, Message(
            N_("Brand: NPS of those it reached {nps_percent} of {answers} answers (all answers: {all_nps_percent})."),
            values,
        )
    if is_praised is None:
        return onward > usual, Message(
            N_("Brand: {onward_percent} of those it reached turn up in own channels as well (usual: {usual_percent})."),
            values,
        )
    return onward > usual or is_praised, Message(
        N_(
            "Brand: {onward_percent} of those it reached turn up in own channels as well (usual: {usual_percent}); NPS"
            " {nps_percent} of {answers} answers (all answers: {all_nps_percent})."
        ),
        values,
    )
