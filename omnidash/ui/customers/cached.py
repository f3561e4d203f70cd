"""What the customers screen computes, kept by (data version, settings version, identity level) and what was asked; see
ui/compute. All is of the persons at the level looked at, but for what another level of the workspace would change.
"""

from dataclasses import dataclass, field

import polars as pl
import streamlit as st

from omnidash.engine.identity_effects import Effects, Figures, effects, figures_by_level
from omnidash.engine.timeline import Timeline, timeline_of
from omnidash.identity.contested_persons import ContestedPerson, ContestedPersons, contested_of, contested_persons
from omnidash.identity.examples import Example, examples
from omnidash.identity.parting import StillJoined, parting, still_joined
from omnidash.identity.person_record import is_of_a_person
from omnidash.identity.persons import Persons, identifier_types, identifiers_per_person, match_rates, persons
from omnidash.identity.preview import Preview, Proposal, preview
from omnidash.identity.why import Link, why_of
from omnidash.journeys.funnel import FunnelQuery
from omnidash.model.period import Period
from omnidash.store import Workspace
from omnidash.ui.compute import Version, journeys_at, own_version_of, seen_at, version_of, weights_at


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Identities:
    """What OneID has found in a workspace."""

    summary: Persons
    channels: pl.DataFrame = field(repr=False)
    sizes: pl.DataFrame = field(repr=False)
    types: pl.DataFrame = field(repr=False)
    contested: ContestedPersons = field(repr=False)


def identities(workspace: Workspace) -> Identities:
    """Counts, match rates and exceptions."""
    return _identities(version_of(workspace), workspace)


def by_level(workspace: Workspace, period: Period) -> dict[str, Figures]:
    """The figures under each level; builds the journeys of each, so it takes its time."""
    return _by_level(own_version_of(workspace), workspace, period)


def would_be(workspace: Workspace, proposal: Proposal) -> Preview:
    """Who would be who."""
    return _would_be(_version_for(workspace, proposal), workspace, proposal)


def _version_for(workspace: Workspace, proposal: Proposal) -> Version:
    """Decisions are previewed at the level looked at; another level of the workspace beside the one it has."""
    return version_of(workspace) if proposal.level is None else own_version_of(workspace)


def joined_all_the_same(workspace: Workspace, proposal: Proposal) -> tuple[StillJoined, ...]:
    """The pairs a proposal cuts in vain."""
    return _joined_all_the_same(_version_for(workspace, proposal), workspace, proposal)


def parting_of(workspace: Workspace, a: int, b: int) -> tuple[tuple[int, int], ...]:
    """What to cut so that two identifiers of one person are two."""
    return _parting(version_of(workspace), workspace, a, b)


def effects_of(workspace: Workspace, proposal: Proposal, *, model: str, query: FunnelQuery, period: Period) -> Effects:
    """What a proposal would do to the figures."""
    return _effects(_version_for(workspace, proposal), workspace, proposal, model, query, period)


def chosen_examples(workspace: Workspace) -> tuple[Example, ...]:
    """Persons worth looking at."""
    return _examples(version_of(workspace), workspace)


def chain_of_rows(workspace: Workspace, identifier_id: int) -> list[Link]:
    """The rows that make a person one."""
    return _chain(version_of(workspace), workspace, identifier_id)


def contradictions_of(workspace: Workspace, identifier_id: int) -> tuple[ContestedPerson, ...]:
    """What contradicts itself within the person of an identifier."""
    return _contradictions(version_of(workspace), workspace, identifier_id)


def is_known(workspace: Workspace, identifier_id: int) -> bool:
    """Whether rows in use name the identifier."""
    return _standing(version_of(workspace), workspace, identifier_id) is not None


def is_of_person(workspace: Workspace, identifier_id: int) -> bool:
    """Whether it belongs to a person."""
    return _standing(version_of(workspace), workspace, identifier_id) is True


def story(workspace: Workspace, identifier_id: int, model: str) -> Timeline:
    """All events of a person with their credit."""
    return _story(version_of(workspace), workspace, identifier_id, model)


@st.cache_resource(show_spinner=False, max_entries=8)
def _identities(
    version: Version,
    _workspace: Workspace,
) -> Identities:
    seen = seen_at(version, _workspace)
    return Identities(
        summary=persons(seen),
        channels=match_rates(seen),
        sizes=identifiers_per_person(seen),
        types=identifier_types(seen),
        contested=contested_persons(seen),
    )


@st.cache_resource(show_spinner=False, max_entries=24)
def _by_level(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
    period: Period,
) -> dict[str, Figures]:
    return figures_by_level(_workspace, period=period)


@st.cache_resource(show_spinner=False, max_entries=8)
def _would_be(
    version: Version,
    _workspace: Workspace,
    proposal: Proposal,
) -> Preview:
    return preview(seen_at(version, _workspace), proposal)


@st.cache_resource(show_spinner=False, max_entries=8)
def _joined_all_the_same(version: Version, _workspace: Workspace, proposal: Proposal) -> tuple[StillJoined, ...]:
    return still_joined(seen_at(version, _workspace), proposal, _would_be(version, _workspace, proposal))


@st.cache_resource(show_spinner=False, max_entries=32)
def _parting(
    version: Version,
    _workspace: Workspace,
    a: int,
    b: int,
) -> tuple[tuple[int, int], ...]:
    return parting(seen_at(version, _workspace), a, b)


@st.cache_resource(show_spinner=False, max_entries=16)
def _effects(
    version: Version,
    _workspace: Workspace,
    proposal: Proposal,
    model: str,
    query: FunnelQuery,
    period: Period,
) -> Effects:
    return effects(
        _workspace,
        _would_be(version, _workspace, proposal),
        model=model,
        query=query,
        period=period,
        weights=weights_at(version, _workspace, model),
        now=journeys_at(version, _workspace),
    )


@st.cache_resource(show_spinner=False, max_entries=8)
def _examples(
    version: Version,
    _workspace: Workspace,
) -> tuple[Example, ...]:
    return examples(seen_at(version, _workspace))


@st.cache_resource(show_spinner=False, max_entries=32)
def _chain(
    version: Version,
    _workspace: Workspace,
    identifier_id: int,
) -> list[Link]:
    return why_of(seen_at(version, _workspace), identifier_id)


@st.cache_resource(show_spinner=False, max_entries=32)
def _contradictions(
    version: Version,
    _workspace: Workspace,
    identifier_id: int,
) -> tuple[ContestedPerson, ...]:
    return contested_of(seen_at(version, _workspace), identifier_id)


@st.cache_resource(show_spinner=False, max_entries=32)
def _standing(
    version: Version,
    _workspace: Workspace,
    identifier_id: int,
) -> bool | None:
    return is_of_a_person(seen_at(version, _workspace), identifier_id)


@st.cache_resource(show_spinner=False, max_entries=32)
def _story(
    version: Version,
    _workspace: Workspace,
    identifier_id: int,
    model: str,
) -> Timeline:
    return timeline_of(
        seen_at(version, _workspace),
        identifier_id,
        model=model,
        weights=weights_at(version, _workspace, model),
    )
