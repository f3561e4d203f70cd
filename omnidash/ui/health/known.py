"""What the health screens share, computed once per state of the workspace: standings, judgements, priorities,
scores."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

import polars as pl
import streamlit as st

from omnidash.health import plans
from omnidash.health.case_book import Known, Standing, read_book, standings
from omnidash.health.day_windows import ABOVE, COUNTED
from omnidash.health.decisions import Decision, decisions, keep_scores
from omnidash.health.ranked import EVIDENCE_DAYS, RANKED_DAYS, ranked_channels
from omnidash.health.roi_streak import Missing, roi_days
from omnidash.health.score import Score, score
from omnidash.health.share_days import with_shares
from omnidash.health.thresholds import Thresholds
from omnidash.health.verdict import Evidence, Judgement, judgements
from omnidash.journeys.overlap import OverlapResult, overlap
from omnidash.metrics.of_workspace import margins_of
from omnidash.model.errors import OmniDashError
from omnidash.model.period import Period
from omnidash.overview import figures
from omnidash.store import Workspace
from omnidash.ui import compute
from omnidash.ui.persons import chosen_level
from omnidash.ui.screen import Screen

SHARED = {"traffic": "touches", "revenue": "net_revenue", "spend": "spend"}
"""What a channel's share is a share of, by the basis of the concentration rule."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChannelFacts:
    """Per channel: judgement, priority (1 = first), health score; and what they rest on."""

    judgements: dict[str, Judgement]
    priority: dict[str, int]
    scores: dict[str, Score]
    evidence: Evidence


def all_standings(screen: Screen) -> tuple[Standing, ...]:
    """Every case of history with what people did about it, in the order of the rules."""
    result = compute.rules(screen.workspace, screen.filters.model)
    return standings(result.cases, _book(screen.workspace)) if result else ()


def _book(workspace: Workspace) -> tuple[Known, ...]:
    return _book_of(workspace.version, workspace.cases_version, workspace)


def known_decisions(screen: Screen, found: Sequence[Standing]) -> tuple[Decision, ...]:
    """What was decided on these cases and what became of it; outcomes that are final by now are kept. Where that cannot
    be (a snapshot, a writer at work), the next look does it. At another identity level than the workspace's they are
    only looked at."""
    decided = decisions(
        found,
        compute.channel_days(screen.workspace, screen.filters.model),
        closed_through=screen.span.closed_through,
        margin=margins_of(screen.workspace),
    )
    if chosen_level(screen.workspace) != screen.workspace.settings.identity_level:
        return decided
    with suppress(OmniDashError):
        keep_scores(screen.workspace, decided, wait_seconds=0.0)
    return decided


def limits_of(screen: Screen) -> Thresholds:
    """The thresholds of the workspace."""
    return Thresholds.from_mapping(screen.workspace.settings.thresholds)


def missing_of(screen: Screen) -> Missing:
    """What was not delivered, which ROI days pass over."""
    result = compute.rules(screen.workspace, screen.filters.model)
    return result.missing if result else Missing()


def completeness_of(screen: Screen) -> Mapping[date, float]:
    """How complete the last days are where they are not; learnt from how late orders came before."""
    result = compute.rules(screen.workspace, screen.filters.model)
    return result.completeness if result else {}


def judged_days(screen: Screen) -> pl.DataFrame:
    """What the ROI rule sees of every day and channel, see ``roi_streak.roi_days``."""
    return _judged_days(
        compute.version_of(screen.workspace), screen.workspace, screen.filters.model, screen.span.closed_through
    )


def days_with_shares(screen: Screen, days: pl.DataFrame) -> pl.DataFrame:
    """The days that shares are taken on, as the concentration rule sees them."""
    return with_shares(
        days,
        compute.notes(screen.workspace),
        basis=limits_of(screen).share_basis,
        undelivered=missing_of(screen).of_channels,
    )


def channel_facts(screen: Screen) -> ChannelFacts:
    """Judgement, priority and score of every channel, as of the last closed day."""
    closed = screen.span.closed_through
    return _channel_facts(compute.version_of(screen.workspace), screen.workspace, screen.filters.model, closed)


def overlaps(workspace: Workspace, period: Period, window_days: int) -> OverlapResult:
    """Which channels reach the same persons within the window."""
    return _overlaps(compute.version_of(workspace), workspace, period, window_days)


def marginal_rois(screen: Screen) -> dict[str, float]:
    """What the next unit of spend earns, by channel with spend, from the response curves at today's spend."""
    closed = screen.span.closed_through
    return _marginal_rois(compute.version_of(screen.workspace), screen.workspace, screen.filters.model, closed)


@st.cache_resource(show_spinner=False, max_entries=8)
def _book_of(version: tuple[str, int, int], cases_version: int, _workspace: Workspace) -> tuple[Known, ...]:  # noqa: ARG001
    return read_book(_workspace)  # once for each entry: opening the database file takes a third of a warm page's time


@st.cache_resource(show_spinner=False, max_entries=12)
def _judged_days(version: compute.Version, _workspace: Workspace, model: str, closed: date) -> pl.DataFrame:  # noqa: ARG001
    result = compute.rules(_workspace, model)
    return roi_days(
        compute.channel_days(_workspace, model),
        closed_through=closed,
        thresholds=Thresholds.from_mapping(_workspace.settings.thresholds),
        closed_through_by_channel=compute.facts(_workspace).closed_spend,
        completeness=result.completeness if result else {},
        missing=result.missing if result else Missing(),
        margin=margins_of(_workspace),
    )


@st.cache_resource(show_spinner=False, max_entries=12)
def _channel_facts(version: compute.Version, _workspace: Workspace, model: str, closed: date) -> ChannelFacts:
    days = compute.channel_days(_workspace, model)
    margin, thresholds = margins_of(_workspace), Thresholds.from_mapping(_workspace.settings.thresholds)
    quarter = Period.ending(closed, days=EVIDENCE_DAYS)
    asked = compute.promoters_in(_workspace, quarter)
    evidence = figures.evidence(compute.look_of(version, _workspace), quarter, asked)
    judged = judgements(days, closed_through=closed, thresholds=thresholds, evidence=evidence, margin=margin)
    recent = Period.ending(closed, days=RANKED_DAYS)
    reach, _all = compute.reached(_workspace, recent)
    table = ranked_channels(days, judged, closed=closed, margin=margin, reach=reach)
    return ChannelFacts(
        judgements=judged,
        priority=dict(table.select("channel", "priority").iter_rows()),
        scores=_scores(_workspace, model, table, recent, thresholds),
        evidence=evidence,
    )


def _scores(
    workspace: Workspace, model: str, table: pl.DataFrame, recent: Period, thresholds: Thresholds
) -> dict[str, Score]:
    result = compute.rules(workspace, model)
    counted = roi_days(
        compute.channel_days(workspace, model),
        closed_through=recent.last_day,
        thresholds=thresholds,
        missing=result.missing if result else Missing(),
        margin=margins_of(workspace),
    ).filter(pl.col("day").is_between(recent.first_day, recent.last_day) & pl.col("status").is_in(COUNTED))
    with_spend = dict(counted.group_by("channel").len().iter_rows())
    above = dict(counted.filter(pl.col("status").is_in(ABOVE)).group_by("channel").len().iter_rows())
    cases = result.cases if result else ()
    return {
        row["channel"]: score(
            days_above=above.get(row["channel"], 0),
            days_with_spend=with_spend.get(row["channel"], 0),
            volatility=row["volatility"],
            share=row["share"],
            share_warning=thresholds.of(row["channel"]).share_warning,
            share_limit=thresholds.of(row["channel"]).share_limit,
            open_cases=sum(c.channel == row["channel"] and c.state == "open" for c in cases),
            warnings=sum(c.channel == row["channel"] and c.state == "warning" for c in cases),
        )
        for row in table.to_dicts()
    }


@st.cache_resource(show_spinner=False, max_entries=12)
def _marginal_rois(version: compute.Version, _workspace: Workspace, model: str, closed: date) -> dict[str, float]:  # noqa: ARG001
    return plans.marginal_rois(_workspace, compute.channel_days(_workspace, model), closed)


@st.cache_resource(show_spinner=False, max_entries=24)
def _overlaps(
    version: compute.Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
    period: Period,
    window_days: int,
) -> OverlapResult:
    return overlap(compute.journeys(_workspace), window_days=window_days, period=period)
