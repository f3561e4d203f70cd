"""At whom the journeys screen looks: identity level (``?oneid=`` in the address) and segment (``?persons=``).

Another level than the workspace's is only looked at: nothing is written, and other screens keep theirs.
"""

import streamlit as st

from omnidash.engine.segments import saved_segments
from omnidash.store import Workspace
from omnidash.store.settings import IDENTITY_LEVELS
from omnidash.ui.compute import Version, version_of
from omnidash.ui.customers.wording import LEVEL_TITLES
from omnidash.ui.i18n import _


def chosen_level(workspace: Workspace) -> str:
    """strict, normal or loose."""
    asked = st.query_params.get("oneid", "")
    return asked if asked in IDENTITY_LEVELS else workspace.settings.identity_level


def choose_level(workspace: Workspace) -> None:
    """The control that changes it."""
    key, own = "choice_journeys_level", workspace.settings.identity_level
    st.session_state[key] = chosen_level(workspace)
    st.segmented_control(
        _("Identity level (OneID)"),
        IDENTITY_LEVELS,
        key=key,
        required=True,
        format_func=lambda level: _(LEVEL_TITLES[level]),
        on_change=lambda: _look_at(st.session_state[key], own),
        help=_(
            "Who counts as one person here: strict joins by strong identifiers alone, loose by weak and shared ones "
            "too. Other screens keep the workspace's level."
        ),
    )


def chosen_segment(workspace: Workspace) -> str:
    """The saved segment whose persons are looked at (``?persons=`` in the address); '' for everybody."""
    asked = st.query_params.get("persons", "")
    return asked if asked and asked in _saved(version_of(workspace), workspace) else ""


def choose_segment(workspace: Workspace) -> None:
    """The control that changes it; nothing where no segment is saved."""
    saved = _saved(version_of(workspace), workspace)
    if not saved:
        return
    key = "choice_journeys_persons"
    st.session_state[key] = chosen_segment(workspace)
    st.selectbox(
        _("Persons"),
        ["", *saved],
        key=key,
        format_func=lambda name: name or _("Everybody"),
        on_change=lambda: _look_at_segment(st.session_state[key]),
        width=240,
    )


@st.cache_resource(show_spinner=False, max_entries=8)
def _saved(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
) -> list[str]:
    return list(saved_segments(_workspace))


def _look_at_segment(name: str) -> None:
    if name:
        st.query_params["persons"] = name
    else:
        st.query_params.pop("persons", None)


def _look_at(level: str, own: str) -> None:
    if level == own:
        st.query_params.pop("oneid", None)
    else:
        st.query_params["oneid"] = level
