"""Results shared by the pages, cached by (data version, settings version, filters), never by frame.

Everything here is read-only: the frames come from ``cache_resource`` and are shared by all sessions. What the first
screen needs is kept on the disk as well (``overview.figures``): a fresh server reads small files, not millions of
events.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl
import streamlit as st

from omnidash.customers.of_workspace import ltv_of
from omnidash.engine import day_notes, rollup
from omnidash.engine.day_notes import DayNote
from omnidash.engine.freshness import Freshness, freshness
from omnidash.engine.journeys import journeys_of, journeys_under
from omnidash.engine.surveys import answers
from omnidash.health.of_workspace import closed_through_of, rules_of
from omnidash.health.run import RulesResult
from omnidash.identity.at_level import AtLevel, Seen, at_level
from omnidash.journeys.paths import PathTable, paths
from omnidash.journeys.reach import CrossChannel
from omnidash.journeys.table import Journeys
from omnidash.metrics.of_workspace import weights_for
from omnidash.metrics.promoters import Promoters, promoters
from omnidash.model.period import Period
from omnidash.overview import figures
from omnidash.store import Workspace
from omnidash.ui.persons import chosen_level

Version = tuple[str, int, int, str]
"""Folder, data version, settings version, and the identity level that is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What every page needs to know of a workspace: its channels, actions, freshness and closed days."""

    channels: pl.DataFrame
    actions: pl.DataFrame
    fresh: Freshness
    closed_through: date | None
    closed_spend: dict[str, date]
    has_touches: bool


def version_of(workspace: Workspace) -> Version:
    """The key under which results of this state of the workspace, at the level looked at, are cached."""
    return (*workspace.version, chosen_level(workspace))


def look_of(version: Version, workspace: Workspace) -> figures.Look:
    """What the kept figures are made of, where they are not there yet: results that the pages share."""
    return figures.Look(
        workspace=workspace,
        version=version[:3],
        level=version[3],
        journeys=lambda: _journeys(version, workspace),
        persons=lambda: _persons_looked_at(version, workspace),
        weights=lambda model: _weights(version, workspace, model),
    )


def facts(workspace: Workspace) -> Facts:
    """Channels, actions and freshness of the workspace."""
    return _facts(workspace.version, workspace)  # the same at every level


def journeys(workspace: Workspace) -> Journeys:
    """The journey table at the identity level looked at; memory-mapped at the workspace's own."""
    return _journeys(version_of(workspace), workspace)


def seen(workspace: Workspace) -> Seen:
    """The workspace at the identity level looked at."""
    return _seen(version_of(workspace), workspace)


def seen_at(version: Version, workspace: Workspace) -> Seen:
    """The same for results that are kept by their version."""
    return _seen(version, workspace)


def journeys_at(version: Version, workspace: Workspace) -> Journeys:
    """The journey table of a version."""
    return _journeys(version, workspace)


def weights_at(version: Version, workspace: Workspace, model: str) -> dict[str, float] | None:
    """What the model shares conversions by, of a version."""
    return _weights(version, workspace, model)


def own_version_of(workspace: Workspace) -> Version:
    """The key of results at the workspace's own level, whatever level is looked at."""
    return (*workspace.version, workspace.settings.identity_level)


def persons_looked_at(workspace: Workspace) -> pl.DataFrame | None:
    """[identifier_id, person_id]: who is who at another level than the workspace's; None at its own."""
    return _persons_looked_at(version_of(workspace), workspace)


def channel_days(workspace: Workspace, model: str) -> pl.DataFrame:
    """The channel-day table under an attribution model."""
    return _channel_days(version_of(workspace), workspace, model)


def channel_days_at(version: Version, workspace: Workspace, model: str) -> pl.DataFrame:
    """The same for work beside the page, which has no address to read the identity level from."""
    return _channel_days(version, workspace, model)


def weights(workspace: Workspace, model: str) -> dict[str, float] | None:
    """What the model shares conversions by, see ``metrics.of_workspace.weights_for``."""
    return _weights(version_of(workspace), workspace, model)


def spend_days(workspace: Workspace) -> pl.DataFrame:
    """Spend and the platforms' claims by day and channel."""
    return _spend_days(version_of(workspace), workspace)


def notes(workspace: Workspace) -> tuple[DayNote, ...]:
    """What people noted about days."""
    return _notes(version_of(workspace), workspace)


def rules(workspace: Workspace, model: str) -> RulesResult | None:
    """The rules run over the closed days; None where no day is closed yet."""
    return _rules(version_of(workspace), workspace, model)


def ltv(workspace: Workspace) -> dict[str, float]:
    """Predicted lifetime value per channel that acquired customers; empty where it cannot be told."""
    return _ltv(version_of(workspace), workspace)


def reached(workspace: Workspace, period: Period) -> tuple[dict[str, int], int]:
    """Persons reached per channel, and in all, in a period."""
    return _reached(version_of(workspace), workspace, period)


def crossing(workspace: Workspace, period: Period) -> CrossChannel:
    """Persons on one and on several channels, and how many of them converted."""
    return _crossing(version_of(workspace), workspace, period)


def promoters_in(workspace: Workspace, period: Period) -> Promoters:
    """Net promoter scores of those who answered a survey in a period."""
    return _promoters(version_of(workspace), workspace, period)


def repurchased(workspace: Workspace, period: Period) -> tuple[int, int]:
    """Customers of the period with two orders or more, and all of them."""
    return _repurchased(version_of(workspace), workspace, period)


def path_table(workspace: Workspace, period: Period, collapse: bool) -> PathTable:
    """Paths to the goal in a period."""
    return _paths(version_of(workspace), workspace, period, collapse)


@st.cache_resource(show_spinner=False, max_entries=8)
def _facts(
    version: tuple[str, int, int],
    _workspace: Workspace,
) -> Facts:
    fresh = freshness(_workspace)
    return Facts(
        channels=rollup.channels(_workspace),
        actions=figures.actions(_workspace, version),
        fresh=fresh,
        closed_through=closed_through_of(_workspace, fresh),
        closed_spend=fresh.spend_last_day_by_channel,
        has_touches=bool(_workspace.rows("select 1 from event where is_touch limit 1")),
    )


@st.cache_resource(show_spinner=False, max_entries=4)
def _journeys(
    version: Version,
    _workspace: Workspace,
) -> Journeys:
    persons = _persons_looked_at(version, _workspace)
    return journeys_of(_workspace) if persons is None else journeys_under(_workspace, persons)


def _persons_looked_at(version: Version, _workspace: Workspace) -> pl.DataFrame | None:
    seen = _seen(version, _workspace)
    return seen.persons if isinstance(seen, AtLevel) else None


@st.cache_resource(show_spinner=False, max_entries=2)
def _seen(version: Version, _workspace: Workspace) -> Seen:
    return at_level(_workspace, version[3])


@st.cache_resource(show_spinner=False, max_entries=24)
def _channel_days(version: Version, _workspace: Workspace, model: str) -> pl.DataFrame:
    return figures.channel_days(look_of(version, _workspace), model)


@st.cache_resource(show_spinner=False, max_entries=12)
def _answers(version: Version, _workspace: Workspace) -> pl.DataFrame:
    return answers(_workspace, _persons_looked_at(version, _workspace))


@st.cache_resource(show_spinner=False, max_entries=24)
def _promoters(version: Version, _workspace: Workspace, period: Period) -> Promoters:
    given = _answers(version, _workspace)
    if given.is_empty():  # as most workspaces: the journeys need not be read
        return Promoters()
    lookback_days = _workspace.settings.lookback_days
    return promoters(given, _journeys(version, _workspace), period, lookback_days=lookback_days)


@st.cache_resource(show_spinner=False, max_entries=24)
def _weights(version: Version, _workspace: Workspace, model: str) -> dict[str, float] | None:
    return weights_for(_workspace, _journeys(version, _workspace), model=model)


@st.cache_resource(show_spinner=False, max_entries=8)
def _spend_days(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
) -> pl.DataFrame:
    return rollup.spend_days(_workspace)


@st.cache_resource(show_spinner=False, max_entries=8)
def _notes(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
) -> tuple[DayNote, ...]:
    return day_notes.notes(_workspace)


@st.cache_resource(show_spinner=False, max_entries=24)
def _rules(version: Version, _workspace: Workspace, model: str) -> RulesResult | None:
    days, fresh = _channel_days(version, _workspace, model), facts(_workspace).fresh
    return rules_of(_workspace, days, fresh, ltv=_ltv(version, _workspace))


@st.cache_resource(show_spinner=False, max_entries=8)
def _ltv(version: Version, _workspace: Workspace) -> dict[str, float]:
    return ltv_of(_workspace, _journeys(version, _workspace), level=version[3], version=version[:3])


@st.cache_resource(show_spinner=False, max_entries=48)
def _reached(version: Version, _workspace: Workspace, period: Period) -> tuple[dict[str, int], int]:
    return figures.reached(look_of(version, _workspace), period)


@st.cache_resource(show_spinner=False, max_entries=48)
def _crossing(version: Version, _workspace: Workspace, period: Period) -> CrossChannel:
    return figures.crossing(look_of(version, _workspace), period)


@st.cache_resource(show_spinner=False, max_entries=48)
def _repurchased(version: Version, _workspace: Workspace, period: Period) -> tuple[int, int]:
    return figures.repurchased(look_of(version, _workspace), period)


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
