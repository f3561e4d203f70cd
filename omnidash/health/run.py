"""Run every rule over the whole history: the alerts of today and their replay are one call.

Open cases are those not recovered; ``run_rules`` with an earlier ``closed_through`` says what was known then.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import polars as pl

from omnidash.engine.day_notes import PROMOTION, TRACKING_BROKEN, DayNote, days_for_all, noted_days
from omnidash.engine.deliveries import DELIVERIES, SOURCE_HOURS
from omnidash.health.cac_to_ltv import cac_to_ltv_cases
from omnidash.health.cases import Case, most_urgent_first
from omnidash.health.closed import end_of_day
from omnidash.health.concentration import RULE as CONCENTRATION
from omnidash.health.concentration import concentration_cases
from omnidash.health.conversion_volatility import RULE as VOLATILITY
from omnidash.health.conversion_volatility import conversion_volatility_cases
from omnidash.health.conversions_missing import RULE as NO_CONVERSIONS
from omnidash.health.conversions_missing import missing_conversions
from omnidash.health.late_source import late_cases
from omnidash.health.roi_of_weeks import below_over_weeks
from omnidash.health.roi_streak import RULE as ROI
from omnidash.health.roi_streak import Missing, roi_cases, roi_days
from omnidash.health.share_days import with_shares
from omnidash.health.silence import FEED_SILENT, SPEND_WITHOUT_EVENTS, silence_cases
from omnidash.health.silent_spend import spend_cases
from omnidash.health.thresholds import Thresholds
from omnidash.health.traffic_drop import RULE as DROP
from omnidash.health.traffic_drop import traffic_drop_cases
from omnidash.metrics.roi import Margin
from omnidash.metrics.spend_gaps import SpendGap
from omnidash.model.messages import N_, Message, Name

_TROUBLE = (DROP, ROI, NO_CONVERSIONS, FEED_SILENT, SPEND_WITHOUT_EVENTS)


def in_trouble(cases: Iterable[Case]) -> frozenset[str]:
    """Channels that should not be asked to carry more: traffic falls or is missing, nobody buys, money is lost."""
    return frozenset(case.channel for case in cases if case.is_open and case.rule in _TROUBLE and case.channel)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RulesResult:
    """Cases, most urgent first (open, then warnings, then history), and notes about rules that were not applied, and
    about channels at a loss that no rule alarms about (``roi_of_weeks``).
    ``closed_through``: the last day the rules looked at, which may lie before the last one that is shown (``closed``);
    ``missing``: what was not delivered, which the rules passed over; ``completeness``: of days that are not
    complete."""

    cases: tuple[Case, ...]
    notes: tuple[Message, ...]
    closed_through: date | None = None
    missing: Missing = field(default_factory=Missing, repr=False)
    completeness: Mapping[date, float] = field(default_factory=dict, repr=False)

    @property
    def open_cases(self) -> tuple[Case, ...]:
        """Cases somebody should act on now."""
        return tuple(case for case in self.cases if case.is_open)

    @property
    def warnings(self) -> tuple[Case, ...]:
        """Cases that are close to a limit now."""
        return tuple(case for case in self.cases if case.state == "warning")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Feeds:
    """What is known of the sources beside the channel-day table. ``source_days``: see ``silence``; ``data_until``:
    the last day the newest source has closed; ``touches_until``: per channel, the last day its own sources have
    closed; ``names``: what a person calls each source; ``hours``, ``deliveries``: see ``engine.deliveries``;
    ``timezone``: in which their moments are told; ``spend_gaps``: of all history."""

    source_days: pl.DataFrame = field(repr=False)
    data_until: date
    touches_until: Mapping[str, date] = field(default_factory=dict)
    names: Mapping[str, Name] = field(default_factory=dict)
    hours: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SOURCE_HOURS), repr=False)
    deliveries: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=DELIVERIES), repr=False)
    timezone: str = "UTC"
    spend_gaps: tuple[SpendGap, ...] = ()

    def as_of(self, day: date) -> "Feeds":
        """What was known on the evening of an earlier day."""
        midnight = end_of_day(day, self.timezone)
        return replace(
            self,
            source_days=self.source_days.filter(pl.col("day") <= day),
            data_until=min(self.data_until, day),
            touches_until={channel: min(until, day) for channel, until in self.touches_until.items()},
            hours=self.hours.filter(pl.col("hour") < midnight),
            deliveries=self.deliveries.filter(pl.col("until") <= midnight),
        )


def run_rules(
    channel_day: pl.DataFrame,
    closed_through: date,
    thresholds: Thresholds | None = None,
    *,
    closed_through_by_channel: Mapping[str, date] | None = None,
    completeness: Mapping[date, float] | None = None,
    margin: Margin = 1.0,
    feeds: Feeds | None = None,
    ltv: Mapping[str, float] | None = None,
    noted: Sequence[DayNote] = (),
) -> RulesResult:
    """All cases of history up to ``closed_through`` (a local day); today triggers nothing but that a source is late.

    ``channel_day``: the dense table of ``omnidash.metrics.channel_day``. ``thresholds``: the defaults where None.
    ``ltv``: lifetime value per channel (``customers.ltv``), without which the CAC/LTV rule is not applied.
    ``noted``: what people noted about days. A day on which tracking was broken is not judged: for its channels it was
    not delivered, and the shares of all channels are not taken on it, nor its costs into a customer's. Where the note
    names no channel it holds for all of them, for feeds without touches, and for sales of nobody. The
    others: see ``roi_streak.roi_cases``.
    """
    limits = thresholds or Thresholds()
    channels = channel_day["channel"].unique().to_list()
    broken = noted_days(noted, TRACKING_BROKEN, channels)
    promotions = noted_days(noted, PROMOTION, channels)
    silences = silence_cases(
        channel_day,
        closed_through=closed_through,
        thresholds=limits,
        source_days=feeds.source_days if feeds else None,
        data_until=feeds.data_until if feeds else None,
        names=feeds.names if feeds else {},
        passed_over=broken,
        days_passed_over=days_for_all(noted, TRACKING_BROKEN),
    )
    immature = {day for day, share in (completeness or {}).items() if share < limits.completeness_limit}
    unsold = missing_conversions(
        channel_day,
        closed_through=closed_through,
        passed_over=silences.without_goal | immature,
        undelivered=silences.undelivered,
    )
    unheard_of = _days_before_the_first_sale(channel_day, at_least=limits.roi_days)
    missing = Missing(days=silences.without_goal | unsold.days | unheard_of, of_channels=silences.undelivered)
    late = _late(feeds, limits, broken, days_for_all(noted, TRACKING_BROKEN)) if feeds else []
    unpaid = spend_cases(
        feeds.spend_gaps if feeds else (),
        channel_day,
        closed_through=closed_through,
        thresholds=limits,
        names=feeds.names if feeds else {},
    )
    cases = [
        *late,
        *unpaid,
        *(c for c in silences.cases if not _is_said(c, late)),
        *(unsold.cases if limits.is_on(NO_CONVERSIONS) else []),
    ]
    notes: list[Message] = []
    if limits.is_on(DROP):
        cases += traffic_drop_cases(
            channel_day,
            closed_through=closed_through,
            thresholds=limits,
            closed_through_by_channel=feeds.touches_until if feeds else None,
            undelivered=silences.undelivered,
            promotions=promotions,
        )
    if unheard_of and max(unheard_of) >= closed_through and limits.is_on(ROI):
        notes = [*notes, Message(N_("The ROI rule is not applied: no orders and no conversions are known yet."), {})]
    if limits.is_on(ROI):
        judged: dict[str, Any] = {
            "closed_through": closed_through,
            "thresholds": limits,
            "closed_through_by_channel": closed_through_by_channel,
            "completeness": completeness,
            "missing": missing,
            "margin": margin,
        }
        losing = roi_cases(channel_day, in_trouble=in_trouble(cases), **judged)
        cases += losing
        notes = [
            *notes,
            *below_over_weeks(
                roi_days(channel_day, **judged), losing, closed_through=closed_through, thresholds=limits
            ),
        ]
    if limits.is_on(CONCENTRATION):
        concentration, of_shares = concentration_cases(
            with_shares(channel_day, noted, basis=limits.share_basis, undelivered=silences.undelivered),
            closed_through=closed_through,
            thresholds=limits,
            margin=margin,
            in_trouble=in_trouble(cases),
        )
        cases += concentration
        notes = [*of_shares, *notes]
    if limits.is_on(VOLATILITY):
        cases += conversion_volatility_cases(
            channel_day, closed_through=closed_through, thresholds=limits, explained=broken | promotions
        )
    if ltv and limits.is_on("cac_to_ltv"):
        cases += cac_to_ltv_cases(
            _without_days_of(channel_day, broken), closed_through=closed_through, thresholds=limits, ltv=ltv
        )
    return RulesResult(
        cases=most_urgent_first(cases),
        notes=tuple(notes),
        closed_through=closed_through,
        missing=missing,
        completeness=completeness or {},
    )


def _late(
    feeds: Feeds, limits: Thresholds, broken: frozenset[tuple[date, str]], all_broken: frozenset[date]
) -> list[Case]:
    """Sources that are late within the day."""
    return late_cases(
        feeds.hours,
        feeds.deliveries,
        feeds.source_days,
        timezone=feeds.timezone,
        thresholds=limits,
        names=feeds.names,
        passed_over=broken,
        days_passed_over=all_broken,
    )


def _is_said(case: Case, late: Sequence[Case]) -> bool:
    """Whether the silence of a source was said on the day it began already."""
    return any(
        (case.rule, case.source) == (said.rule, said.source)
        and case.first_day <= said.last_day
        and said.first_day <= case.last_day
        for said in late
    )


def _days_before_the_first_sale(channel_day: pl.DataFrame, *, at_least: int) -> frozenset[date]:
    """Spend is often uploaded before orders, or reaches further back: until the first sale of anybody nobody knows
    what it brought, which is not nothing. Fewer days than ``at_least`` may be those of a shop that has just opened."""
    first: Any = channel_day.filter((pl.col("conversions") > 0) | (pl.col("revenue") != 0))["day"].min()
    days = channel_day if first is None else channel_day.filter(pl.col("day") < first)
    found = frozenset(days["day"].unique().to_list())
    return found if len(found) >= at_least else frozenset()


def _without_days_of(channel_day: pl.DataFrame, broken: frozenset[tuple[date, str]]) -> pl.DataFrame:
    """Without the broken days of each channel."""
    if not broken:
        return channel_day
    days, channels = zip(*sorted(broken), strict=True)
    pairs = pl.DataFrame({"day": days, "channel": channels})
    return channel_day.join(pairs, on=["day", "channel"], how="anti", maintain_order="left")


def fired_within(cases: tuple[Case, ...], last_day: date, *, days: int) -> int:
    """How many cases fired in the ``days`` that end on ``last_day``, warnings left out."""
    since = last_day - timedelta(days=days)
    return sum(since < case.fired_on <= last_day for case in cases if case.state != "warning")
