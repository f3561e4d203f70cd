"""The identity level at which the journeys screen looks: in the address (``?oneid=``), else the workspace's.

Another level than the workspace's is only looked at: nothing is written, and other screens keep theirs.
"""

import streamlit as st

from omnidash.store import Workspace
from omnidash.store.settings import IDENTITY_LEVELS
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


def _look_at(level: str, own: str) -> None:
    if level == own:
        st.query_params.pop("oneid", None)
    else:
        st.query_params["oneid"] = level
