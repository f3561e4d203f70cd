"""The traffic-migration plan: who takes over what a channel lost, while it is being mended.

Receivers are the other channels with spend, ranked by what they bring for the next unit of money, how much more they
have been seen to take, and how many of their persons the lost channel did not reach anyway:

    rank = (1 + marginal ROI) × spare capacity × (1 − overlap)

*Spare capacity* = highest 7-day mean of spend seen on plain days / the latest 7-day mean − 1: beyond it nobody has
been. Holidays and sale days (``holidays``) are left out: what was spent then was spent on a demand that is gone. The
latest days are the latest whose spend has come (``spend_until``).
*Overlap* = persons of the lost channel whom the receiver reaches as well / persons of the lost channel: a channel
that overlaps wholly brings nobody back. Nobody receives whose next unit of money would not be earned back, nor who is
in trouble (``plans``). *Takes
over*: touches a day that the spare capacity brings, at its present touches per money times how much less the next unit
of money brings than the average one: (1 + marginal ROI) / (gross profit / spend of 28 days), at most 1, and 1 where no
curve is known. *Brings*: revenue a day that the same money earns by that, overlap taken off. What the plan costs is the
money of the best receivers until the loss is covered. Channels without spend (owned ones) are listed as an audience:
persons who can be written to today, where they agreed.

Example: marginal ROI 0.5, spare 40 %, overlap 25 % -> rank 1.5 × 0.40 × 0.75 = 0.45; 100 touches a day at an average of
3 earned per unit: 100 × 0.40 × 0.75 × 1.5 / 3 = 15 touches taken over.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from omnidash.health.closed import end_of_day
from omnidash.health.holidays import holiday_of
from omnidash.health.spend_until import spend_until
from omnidash.metrics.roi import Margin, margin_of
from omnidash.metrics.summary import costed_through
from omnidash.model.defaults import DIRECT, UNKNOWN
from omnidash.model.messages import N_, Message

RECOVERY_HOURS = 24
_LATEST_DAYS = 7
_USUAL_DAYS = 28

CHECKLIST = (
    N_("Landing page opens on a phone within three seconds, from an advertisement of the channel."),
    N_("Account, balance, bids and reviews of the platform: is anything stopped or refused?"),
    N_("Message and offer fit the receiving channels; links carry their own campaign names."),
    N_("Raise receivers in steps of a fifth; look at cost per touch after each."),
    N_("Do not switch the channel off: it would have to be learnt anew, and its recovery could not be seen."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """One channel that could take over. ``marginal_roi``: None where no curve is known; ``spare_share``: fraction of
    its present spend; ``overlap_share``: of the lost channel's persons; ``takes_over``: touches a day;
    ``more_spend``: a day."""

    channel: str
    marginal_roi: float | None
    spare_share: float
    overlap_share: float
    takes_over: float
    more_spend: float
    rank: float
    brings: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationPlan:
    """``lost``: touches a day; ``receivers`` best first; ``audience``: (channel without spend, persons of the lost
    channel it reaches); ``recover_by``: the end of the clock, naive UTC."""

    channel: str
    lost: float
    receivers: tuple[Receiver, ...]
    audience: tuple[tuple[str, int], ...]
    recover_by: datetime

    @property
    def covered_share(self) -> float:
        """The part of the loss that receivers can take over, 0 … 1."""
        return min(1.0, sum(r.takes_over for r in self.receivers) / self.lost) if self.lost > 0 else 0.0

    @property
    def more_spend(self) -> float:
        """Money a day that the best receivers take until the lost touches are covered, or all that they may."""
        return sum(money for _receiver, _touches, money in self.parts)

    @property
    def parts(self) -> tuple[tuple[Receiver, float, float], ...]:
        """What the plan asks of each receiver, best first: (receiver, touches a day, money a day). Nothing of those
        that are not needed any more: they are its reserve."""
        left, parts = self.lost, []
        for receiver in self.receivers:
            share = min(1.0, left / receiver.takes_over) if receiver.takes_over > 0 else 0.0
            parts.append((receiver, share * receiver.takes_over, share * receiver.more_spend))
            left = max(0.0, left - share * receiver.takes_over)
        return tuple(parts)

    def revenue_back(self, lost_revenue: float) -> tuple[float, float]:
        """How much of a loss of revenue a day the receivers bring back, and the money a day that takes."""
        back = min(lost_revenue, sum(receiver.brings for receiver in self.receivers))
        return back, _until(lost_revenue, [(r.brings, r.more_spend) for r in self.receivers])

    def sentence(self) -> Message:
        """What the plan achieves, in words."""
        names = [receiver.channel for receiver, touches, _money in self.parts if touches > 0]
        values: dict[str, object] = {
            "channel": self.channel,
            "lost": round(self.lost),
            "covered_percent": self.covered_share,
            "channels": names[:2],
            "more_money": self.more_spend,
        }
        if not names:
            return Message(N_("{channel} lost {lost} touches a day; no channel has been seen to take more."), values)
        if len(names) <= 2:
            return Message(
                N_(
                    "{channel} lost {lost} touches a day; {channels} can take over {covered_percent} of them for"
                    " {more_money} more a day, within what they have spent before."
                ),
                values,
            )
        return Message(
            N_(
                "{channel} lost {lost} touches a day; {channels} and others can take over {covered_percent} of them for"
                " {more_money} more a day, within what they have spent before."
            ),
            values,
        )


def migration_plan(
    channel: str,
    channel_day: pl.DataFrame,
    *,
    lost: float,
    fired_on: date,
    closed_through: date,
    timezone: str,
    overlap_share: Mapping[str, float],
    shared_persons: Mapping[str, int],
    marginal_roi: Mapping[str, float],
    margin: Margin = 1.0,
    in_trouble: Collection[str] = (),
) -> MigrationPlan:
    """The plan for a channel that lost ``lost`` touches a day. ``overlap_share`` and ``shared_persons``: of the lost
    channel's persons, by other channel; ``margin``: gross margin, in which ``marginal_roi`` is stated; ``in_trouble``:
    channels that receive nothing."""
    others = channel_day.filter(
        (pl.col("day") <= closed_through) & ~pl.col("channel").is_in([channel, DIRECT, UNKNOWN])
    ).sort("channel", "day")
    plain_days = [day for day in others["day"].unique() if not holiday_of(day)]
    of_all = costed_through(channel_day)
    receivers, audience = [], []
    for (name,), all_days in others.group_by("channel", maintain_order=True):
        other = str(name)
        days = all_days.filter(pl.col("day") <= (spend_until(all_days, of_all=of_all) or closed_through))
        spend = days["spend"].rolling_mean(_LATEST_DAYS).drop_nulls()
        latest = float(spend[-1]) if len(spend) else 0.0
        on_plain_days = days.filter(pl.col("day").is_in(plain_days))["spend"]
        highest = float(on_plain_days.rolling_mean(_LATEST_DAYS).max() or 0.0)  # type: ignore[arg-type]
        touches = float(days["touches"].tail(_LATEST_DAYS).mean() or 0.0)  # type: ignore[arg-type]
        if latest <= 0:
            if shared_persons.get(other, 0):
                audience.append((other, shared_persons[other]))
            continue
        if other in in_trouble:
            continue
        spare = max(0.0, highest / latest - 1)
        overlap = overlap_share.get(other, 0.0)
        marginal = marginal_roi.get(other)
        rank = (1 + (marginal if marginal is not None else 0.0)) * spare * (1 - overlap)
        if spare <= 0.01 or touches <= 0 or rank <= 0 or (marginal is not None and marginal < 0):
            continue
        receivers.append(
            Receiver(
                channel=other,
                marginal_roi=marginal,
                spare_share=spare,
                overlap_share=overlap,
                takes_over=touches * spare * (1 - overlap) * _answer(days, marginal, margin_of(other, margin)),
                more_spend=latest * spare,
                rank=rank,
                brings=latest * spare * (1 - overlap) * _earned(days, marginal, margin_of(other, margin)),
            )
        )
    receivers.sort(key=lambda receiver: (-receiver.rank, receiver.channel))
    audience.sort(key=lambda pair: (-pair[1], pair[0]))
    return MigrationPlan(
        channel=channel,
        lost=lost,
        receivers=tuple(receivers),
        audience=tuple(audience),
        recover_by=end_of_day(fired_on, timezone) + timedelta(hours=RECOVERY_HOURS),
    )


def _answer(days: pl.DataFrame, marginal_roi: float | None, margin: float) -> float:
    """How much the next unit of money brings of what the average one does, 0 … 1; ``days``: of one channel."""
    recent = days.tail(_USUAL_DAYS)
    spend, gross = float(recent["spend"].sum()), float(recent["revenue"].sum()) * margin
    if marginal_roi is None or spend <= 0 or gross <= 0:
        return 1.0
    return min(1.0, max(0.0, (1 + marginal_roi) * spend / gross))


def _earned(days: pl.DataFrame, marginal_roi: float | None, margin: float) -> float:
    """Revenue that the next unit of money earns: by the curve where it is known, else the average one's."""
    if marginal_roi is not None:
        return (1 + marginal_roi) / margin
    recent = days.tail(_USUAL_DAYS)
    spend = float(recent["spend"].sum())
    return max(0.0, float(recent["revenue"].sum()) / spend) if spend > 0 else 0.0


def _until(wanted: float, offers: list[tuple[float, float]]) -> float:
    """Money of the offers (what each gives, what it costs), in their order, until what is wanted is there."""
    left, money = wanted, 0.0
    for gives, costs in offers:
        if left <= 0 or gives <= 0:
            continue
        part = min(1.0, left / gives)
        money, left = money + part * costs, left - part * gives
    return money
