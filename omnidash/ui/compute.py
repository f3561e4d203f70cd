"""Results shared by the pages, cached by (data version, settings version, filters), never by frame.

Everything here is read-only: the frames come from ``cache_resource`` and are shared by all sessions.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl
import streamlit as st

from omnidash.engine import rollup
from omnidash.engine.freshness import Freshness, freshness
from omnidash.engine.journeys import journeys_of
from omnidash.health.closed import closed_through
from omnidash.health.run import RulesResult, run_rules
from omnidash.health.thresholds import Thresholds
from omnidash.journeys.credit import credit_by_day
from omnidash.journeys.overlap import OverlapResult, overlap
from omnidash.journeys.paths import PathTable, paths
from omnidash.journeys.reach import CrossChannel, cross_channel, reach
from omnidash.journeys.table import Journeys
from omnidash.metrics.channel_day import channel_day
from omnidash.model.period import Period
from omnidash.store import Workspace

Version = tuple[str, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What every page needs to know of a workspace: its channels, actions, freshness and closed days."""

    channels: pl.DataFrame
    actions: pl.DataFrame
    fresh: Freshness
    closed_through: date | None
    closed_spend: dict[str, date]


def version_of(workspace: Workspace) -> Version:
    """The key under which results of this state of the workspace are cached."""
    return (str(workspace.folder), workspace.data_version, workspace.settings_version)


def facts(workspace: Workspace) -> Facts:
    """Channels, actions and freshness of the workspace."""
    return _facts(version_of(workspace), workspace)


def journeys(workspace: Workspace) -> Journeys:
    """The journey table, memory-mapped."""
    return _journeys(version_of(workspace), workspace)


def channel_days(workspace: Workspace, model: str) -> pl.DataFrame:
    """The channel-day table under an attribution model."""
    return _channel_days(version_of(workspace), workspace, model)


def rules(workspace: Workspace, model: str) -> RulesResult | None:
    """The rules run over the closed days; None where no day is closed yet."""
    return _rules(version_of(workspace), workspace, model)


def reached(workspace: Workspace, period: Period) -> tuple[dict[str, int], int]:
    """Persons reached per channel, and in all, in a period."""
    return _reached(version_of(workspace), workspace, period)


def crossing(workspace: Workspace, period: Period) -> CrossChannel:
    """Persons on one and on several channels, and how many of them converted."""
    return _crossing(version_of(workspace), workspace, period)


def path_table(workspace: Workspace, period: Period, collapse: bool) -> PathTable:
    """Paths to the goal in a period."""
    return _paths(version_of(workspace), workspace, period, collapse)


def overlaps(workspace: Workspace, period: Period, window_days: int) -> OverlapResult:
    """Which channels reach the same persons within the window."""
    return _overlaps(version_of(workspace), workspace, period, window_days)


@st.cache_resource(show_spinner=False, max_entries=8)
def _facts(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
) -> Facts:
    fresh = freshness(_workspace)
    return Facts(
        channels=rollup.channels(_workspace),
        actions=rollup.actions(_workspace),
        fresh=fresh,
        closed_through=_closed_through(fresh, _workspace),
        closed_spend=fresh.spend_last_day_by_channel,
    )


def _closed_through(fresh: Freshness, workspace: Workspace) -> date | None:
    if fresh.events_watermark is not None:
        closed = closed_through(fresh.events_watermark, workspace.settings.timezone)
        if fresh.first_day is not None and closed >= fresh.first_day:
            return closed
        return fresh.last_day
    return fresh.spend_last_day


@st.cache_resource(show_spinner=False, max_entries=4)
def _journeys(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
) -> Journeys:
    return journeys_of(_workspace)


@st.cache_resource(show_spinner=False, max_entries=24)
def _channel_days(version: Version, _workspace: Workspace, model: str) -> pl.DataFrame:
    settings = _workspace.settings
    credits = credit_by_day(  # noqa: A001
        _journeys(version, _workspace), model=model, goal=settings.goal, lookback_days=settings.lookback_days
    )
    return channel_day(rollup.spend_days(_workspace), rollup.touch_days(_workspace), credits.frame())


@st.cache_resource(show_spinner=False, max_entries=24)
def _rules(version: Version, _workspace: Workspace, model: str) -> RulesResult | None:
    known = _facts(version, _workspace)
    if known.closed_through is None:
        return None
    settings = _workspace.settings
    return run_rules(
        _channel_days(version, _workspace, model),
        closed_through=known.closed_through,
        thresholds=Thresholds.from_mapping(settings.thresholds),
        closed_through_by_channel=known.closed_spend,
        margin={"*": settings.margin, **settings.margin_by_channel},
    )


@st.cache_resource(show_spinner=False, max_entries=48)
def _reached(version: Version, _workspace: Workspace, period: Period) -> tuple[dict[str, int], int]:
    result = reach(_journeys(version, _workspace), period=period)
    return dict(zip(result.channels, result.persons.tolist(), strict=True)), result.total_persons


@st.cache_resource(show_spinner=False, max_entries=48)
def _crossing(version: Version, _workspace: Workspace, period: Period) -> CrossChannel:
    settings = _workspace.settings
    return cross_channel(
        _journeys(version, _workspace), period=period, goal=settings.goal, lookback_days=settings.lookback_days
    )


@st.cache_resource(show_spinner=False, max_entries=24)
def _paths(version: Version, _workspace: Workspace, period: Period, collapse: bool) -> PathTable:
    settings = _workspace.settings
    return paths(
        _journeys(version, _workspace),
        goal=settings.goal,
        lookback_days=settings.lookback_days,
        period=period,
        collapse=collapse,
    )


@st.cache_resource(show_spinner=False, max_entries=24)
def _overlaps(version: Version, _workspace: Workspace, period: Period, window_days: int) -> OverlapResult:
    return overlap(_journeys(version, _workspace), window_days=window_days, period=period)
