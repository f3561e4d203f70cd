"""What the journeys screen computes, kept by (data and settings version), segment and filters; see compute."""

from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl
import streamlit as st

from omnidash.engine.segments import members_of
from omnidash.journeys.arrays import Bools
from omnidash.journeys.cohorts import Cohorts, cohorts
from omnidash.journeys.collisions import Collisions, collisions
from omnidash.journeys.dated import DatedEvents, dated_events
from omnidash.journeys.overlap import OverlapResult, overlap
from omnidash.journeys.reach import CrossChannel, cross_channel
from omnidash.journeys.rhythm import Rhythm, rhythm
from omnidash.journeys.stage_map import StageMap, stage_map
from omnidash.journeys.subset import of_persons
from omnidash.journeys.table import Journeys
from omnidash.journeys.top_paths import TopPaths, top_paths
from omnidash.journeys.transitions import transition_counts
from omnidash.model.period import Period
from omnidash.store import Workspace
from omnidash.ui import compute
from omnidash.ui.compute import Version, version_of
from omnidash.ui.persons import chosen_segment, segments


def journey_map(workspace: Workspace, period: Period, window_days: int) -> StageMap:
    """Who reached which stage through which channel, and who went on."""
    return _journey_map(version_of(workspace), workspace, chosen_segment(workspace), period, window_days)


def crossing_of(workspace: Workspace, period: Period) -> CrossChannel:
    """Persons on one and on several channels."""
    return _crossing(version_of(workspace), workspace, chosen_segment(workspace), period)


def rhythm_of(workspace: Workspace, period: Period) -> Rhythm:
    """Touches and conversions by weekday and hour."""
    return _rhythm(version_of(workspace), workspace, chosen_segment(workspace), period)


def cohorts_of(workspace: Workspace, period: Period, closed_through: date, unit: str, acquired_by: str) -> Cohorts:
    """Customers by week or month and channel of acquisition."""
    asked = (period, closed_through, unit, acquired_by)
    return _cohorts(version_of(workspace), workspace, chosen_segment(workspace), asked)


def overlap_of(workspace: Workspace, period: Period, window_days: int) -> OverlapResult:
    """Which channels reach the same persons within the window."""
    return _overlap(version_of(workspace), workspace, chosen_segment(workspace), period, window_days)


def collisions_of(workspace: Workspace, period: Period, window_days: int, paid: tuple[str, ...]) -> Collisions:
    """Which paid channels touch the same person within the window."""
    return _collisions(version_of(workspace), workspace, chosen_segment(workspace), (period, window_days, paid))


def top_paths_of(
    workspace: Workspace, period: Period, *, top: int, collapse: bool, through: tuple[str, ...], rank_by: str
) -> TopPaths:
    """The most frequent paths, and the rest as one sum."""
    asked = (period, top, collapse, through, rank_by)
    return _top_paths(version_of(workspace), workspace, chosen_segment(workspace), asked)


def transitions_of(workspace: Workspace, period: Period, collapse: bool) -> pl.DataFrame:
    """What comes next after each channel."""
    return _transitions(version_of(workspace), workspace, chosen_segment(workspace), period, collapse)


def dated_events_of(workspace: Workspace) -> DatedEvents:
    """Which events of everybody carry a date and no time."""
    return _dated_events(version_of(workspace), workspace)


def complete_until_us(workspace: Workspace) -> int | None:
    """The last instant of the last closed local day, in microseconds UTC; None where no day is closed."""
    closed = compute.facts(workspace).closed_through
    if closed is None:
        return None
    midnight = datetime.combine(closed + timedelta(days=1), time(), tzinfo=workspace.settings.zone)
    return int(midnight.timestamp() * 1_000_000) - 1  # what happens at midnight sharp is not seen yet


def of_the_segment(workspace: Workspace, segment: str) -> Journeys:
    """The journeys of the persons looked at: those of a saved segment, or everybody's ('')."""
    return _of_segment(version_of(workspace), workspace, segment) if segment else compute.journeys(workspace)


def members_of_segment(workspace: Workspace, segment: str) -> Bools:
    """bool[P]: who of the journeys looked at belongs to a saved segment."""
    table, persons = compute.journeys(workspace), compute.persons_looked_at(workspace)
    return members_of(workspace, table, segments(workspace)[segment], persons=persons)


@st.cache_resource(show_spinner=False, max_entries=2)
def _of_segment(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
    segment: str,
) -> Journeys:
    return of_persons(compute.journeys(_workspace), members_of_segment(_workspace, segment))


@st.cache_resource(show_spinner=False, max_entries=4)
def _dated_events(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
) -> DatedEvents:
    return dated_events(compute.journeys(_workspace), _workspace.settings.zone)


@st.cache_resource(show_spinner=False, max_entries=24)
def _journey_map(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
    segment: str,
    period: Period,
    window_days: int,
) -> StageMap:
    return stage_map(
        of_the_segment(_workspace, segment),
        window_days=window_days,
        lookback_days=_workspace.settings.lookback_days,
        period=period,
        last_seen_us=complete_until_us(_workspace),
    )


@st.cache_resource(show_spinner=False, max_entries=24)
def _rhythm(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
    segment: str,
    period: Period,
) -> Rhythm:
    settings = _workspace.settings
    return rhythm(
        of_the_segment(_workspace, segment),
        zone=settings.zone,
        goal=settings.goal,
        lookback_days=settings.lookback_days,
        period=period,
    )


@st.cache_resource(show_spinner=False, max_entries=24)
def _cohorts(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
    segment: str,
    asked: tuple[Any, ...],
) -> Cohorts:
    period, closed_through, unit, acquired_by = asked
    settings = _workspace.settings
    return cohorts(
        of_the_segment(_workspace, segment),
        closed_through=closed_through,
        unit=unit,
        acquired_by=acquired_by,
        goal=settings.goal,
        lookback_days=settings.lookback_days,
        period=period,
    )


@st.cache_resource(show_spinner=False, max_entries=24)
def _overlap(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
    segment: str,
    period: Period,
    window_days: int,
) -> OverlapResult:
    return overlap(of_the_segment(_workspace, segment), window_days=window_days, period=period)


@st.cache_resource(show_spinner=False, max_entries=24)
def _collisions(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
    segment: str,
    asked: tuple[Any, ...],
) -> Collisions:
    period, window_days, paid = asked
    return collisions(of_the_segment(_workspace, segment), paid=paid, window_days=window_days, period=period)


@st.cache_resource(show_spinner=False, max_entries=24)
def _crossing(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
    segment: str,
    period: Period,
) -> CrossChannel:
    settings = _workspace.settings
    return cross_channel(
        of_the_segment(_workspace, segment), period=period, goal=settings.goal, lookback_days=settings.lookback_days
    )


@st.cache_resource(show_spinner=False, max_entries=24)
def _top_paths(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
    segment: str,
    asked: tuple[Any, ...],
) -> TopPaths:
    period, top, collapse, through, rank_by = asked
    settings = _workspace.settings
    return top_paths(
        of_the_segment(_workspace, segment),
        top=top,
        goal=settings.goal,
        lookback_days=settings.lookback_days,
        collapse=collapse,
        period=period,
        through=through,
        rank_by=rank_by,
    )


@st.cache_resource(show_spinner=False, max_entries=24)
def _transitions(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
    segment: str,
    period: Period,
    collapse: bool,
) -> pl.DataFrame:
    settings = _workspace.settings
    return transition_counts(
        of_the_segment(_workspace, segment),
        goal=settings.goal,
        lookback_days=settings.lookback_days,
        collapse=collapse,
        period=period,
    )
