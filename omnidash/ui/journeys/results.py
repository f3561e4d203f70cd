"""What the journeys screen computes, kept by (data and settings version), identity level and filters; see compute."""

from datetime import datetime, time, timedelta

import streamlit as st

from omnidash.engine.journeys import journeys_under
from omnidash.identity.preview import Proposal, preview
from omnidash.journeys.stage_map import StageMap, stage_map
from omnidash.journeys.table import Journeys
from omnidash.model.period import Period
from omnidash.store import Workspace
from omnidash.ui import compute
from omnidash.ui.compute import Version, version_of
from omnidash.ui.journeys.level import chosen_level


def journeys(workspace: Workspace) -> Journeys:
    """The journey table at the identity level chosen on this screen."""
    return _journeys(workspace, chosen_level(workspace))


def journey_map(workspace: Workspace, period: Period, window_days: int) -> StageMap:
    """Who reached which stage through which channel, and who went on."""
    return _journey_map(version_of(workspace), workspace, chosen_level(workspace), period, window_days)


def complete_until_us(workspace: Workspace) -> int | None:
    """The end of the last closed local day, in microseconds UTC; None where no day is closed."""
    closed = compute.facts(workspace).closed_through
    if closed is None:
        return None
    midnight = datetime.combine(closed + timedelta(days=1), time(), tzinfo=workspace.settings.zone)
    return int(midnight.timestamp() * 1_000_000)


def _journeys(workspace: Workspace, level: str) -> Journeys:
    if level == workspace.settings.identity_level:
        return compute.journeys(workspace)
    return _journeys_under(version_of(workspace), workspace, level)


@st.cache_resource(show_spinner=False, max_entries=2)
def _journeys_under(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
    level: str,
) -> Journeys:
    return journeys_under(_workspace, preview(_workspace, Proposal(level=level)).after)


@st.cache_resource(show_spinner=False, max_entries=24)
def _journey_map(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
    level: str,
    period: Period,
    window_days: int,
) -> StageMap:
    return stage_map(
        _journeys(_workspace, level),
        window_days=window_days,
        lookback_days=_workspace.settings.lookback_days,
        period=period,
        last_seen_us=complete_until_us(_workspace),
    )
