"""What the funnel section computes, kept by version (data, settings, identity level) and what was asked.

Only a few results are kept: each holds its attempts, some 30 MB of 10 M events.
"""

import polars as pl
import streamlit as st

from omnidash.engine.held import parts_of, present
from omnidash.engine.segments import identifiers_of, members_of
from omnidash.journeys.arrays import Bools, Int64s
from omnidash.journeys.funnel import FunnelQuery, FunnelResult, funnel
from omnidash.journeys.hold import Parts
from omnidash.journeys.segments import FunnelSegment
from omnidash.store import Workspace
from omnidash.ui import compute
from omnidash.ui.compute import Version, version_of
from omnidash.ui.persons import segments


def counted(workspace: Workspace, query: FunnelQuery, segment: str = "") -> FunnelResult:
    """The funnel over everybody, or over the persons of a saved segment ('' for everybody)."""
    return _counted(version_of(workspace), workspace, query, segment)


def members(workspace: Workspace, name: str) -> Bools:
    """bool[P]: who belongs to a saved segment."""
    return _members(version_of(workspace), workspace, name)


def members_by(workspace: Workspace, segment: FunnelSegment) -> Bools:
    """bool[P]: who belongs to a segment that need not be saved."""
    return members_of(workspace, compute.journeys(workspace), segment, persons=compute.persons_looked_at(workspace))


def holdable(workspace: Workspace) -> tuple[str, ...]:
    """What can be held constant in this workspace."""
    return _holdable(version_of(workspace), workspace)


def identifiers(workspace: Workspace, person_ids: Int64s) -> pl.DataFrame:
    """How persons may be shown, see ``identifiers_of``; persons of the identity level looked at."""
    return identifiers_of(workspace, person_ids, persons=compute.persons_looked_at(workspace))


@st.cache_resource(show_spinner=False, max_entries=8)
def _counted(version: Version, _workspace: Workspace, query: FunnelQuery, segment: str) -> FunnelResult:
    return funnel(
        compute.journeys(_workspace),
        query,
        persons=_members(version, _workspace, segment) if segment else None,
        parts=None if query.hold is None else _parts(version, _workspace, query.hold),
    )


@st.cache_resource(show_spinner=False, max_entries=24)
def _members(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
    name: str,
) -> Bools:
    segment = segments(_workspace)[name]
    return members_of(_workspace, compute.journeys(_workspace), segment, persons=compute.persons_looked_at(_workspace))


@st.cache_resource(show_spinner=False, max_entries=2)
def _parts(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
    held: str,
) -> Parts:
    return parts_of(_workspace, compute.journeys(_workspace), held, persons=compute.persons_looked_at(_workspace))


@st.cache_resource(show_spinner=False, max_entries=8)
def _holdable(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
) -> tuple[str, ...]:
    return present(_workspace)
