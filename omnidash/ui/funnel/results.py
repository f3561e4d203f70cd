"""What the funnel section computes, kept by (data and settings version), identity level and what was asked.

Only a few results are kept: each holds its attempts, some 30 MB of 10 M events.
"""

import polars as pl
import streamlit as st

from omnidash.engine.held import parts_of, present
from omnidash.engine.segments import identifiers_of, members_of, saved_segments
from omnidash.identity.preview import Proposal, preview
from omnidash.journeys.arrays import Bools, Int64s
from omnidash.journeys.funnel import FunnelQuery, FunnelResult, funnel
from omnidash.journeys.hold import Parts
from omnidash.journeys.segments import FunnelSegment
from omnidash.store import Workspace
from omnidash.ui.compute import Version, version_of
from omnidash.ui.journeys import results
from omnidash.ui.journeys.level import chosen_level


def counted(workspace: Workspace, query: FunnelQuery, segment: str = "") -> FunnelResult:
    """The funnel over everybody, or over the persons of a saved segment ('' for everybody)."""
    return _counted(version_of(workspace), workspace, chosen_level(workspace), query, segment)


def segments(workspace: Workspace) -> dict[str, FunnelSegment]:
    """The saved segments by name."""
    return _segments(version_of(workspace), workspace)


def members(workspace: Workspace, name: str) -> Bools:
    """bool[P]: who belongs to a saved segment."""
    return _members(version_of(workspace), workspace, chosen_level(workspace), name)


def members_by(workspace: Workspace, segment: FunnelSegment) -> Bools:
    """bool[P]: who belongs to a segment that need not be saved."""
    level = chosen_level(workspace)
    return members_of(workspace, results.journeys(workspace), segment, persons=_persons(workspace, level))


def holdable(workspace: Workspace) -> tuple[str, ...]:
    """What can be held constant in this workspace."""
    return _holdable(version_of(workspace), workspace)


def identifiers(workspace: Workspace, person_ids: Int64s) -> pl.DataFrame:
    """How persons may be shown, see ``identifiers_of``; persons of the identity level looked at."""
    return identifiers_of(workspace, person_ids, persons=_persons(workspace, chosen_level(workspace)))


@st.cache_resource(show_spinner=False, max_entries=8)
def _counted(version: Version, _workspace: Workspace, level: str, query: FunnelQuery, segment: str) -> FunnelResult:
    return funnel(
        results.journeys(_workspace),
        query,
        persons=_members(version, _workspace, level, segment) if segment else None,
        parts=None if query.hold is None else _parts(version, _workspace, level, query.hold),
    )


@st.cache_resource(show_spinner=False, max_entries=8)
def _segments(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
) -> dict[str, FunnelSegment]:
    return saved_segments(_workspace)


@st.cache_resource(show_spinner=False, max_entries=24)
def _members(version: Version, _workspace: Workspace, level: str, name: str) -> Bools:
    segment = _segments(version, _workspace)[name]
    return members_of(_workspace, results.journeys(_workspace), segment, persons=_persons(_workspace, level))


@st.cache_resource(show_spinner=False, max_entries=2)
def _parts(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
    level: str,
    held: str,
) -> Parts:
    return parts_of(_workspace, results.journeys(_workspace), held, persons=_persons(_workspace, level))


@st.cache_resource(show_spinner=False, max_entries=8)
def _holdable(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
) -> tuple[str, ...]:
    return present(_workspace)


def _persons(workspace: Workspace, level: str) -> pl.DataFrame | None:
    """Who is who at another level than the workspace's; None at its own."""
    if level == workspace.settings.identity_level:
        return None
    return preview(workspace, Proposal(level=level)).after
