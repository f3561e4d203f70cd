"""Whose journeys are looked at: at which identity level persons are told apart, and of which saved segment they are.

Both are part of the filter bar (``?oneid=`` and ``?persons=`` in the address). Another level than the workspace's is
only looked at: nothing is written. A segment narrows what is counted by person; spend, and what is made of it, has
none.
"""

import streamlit as st

from omnidash.engine.segments import drop_segment, saved_segments
from omnidash.journeys.segments import FunnelSegment
from omnidash.model.errors import OmniDashError
from omnidash.store import Workspace
from omnidash.store.settings import IDENTITY_LEVELS
from omnidash.ui import state
from omnidash.ui.customers.wording import LEVEL_MEANINGS, LEVEL_TITLES
from omnidash.ui.i18n import _, words
from omnidash.ui.text import plain

SEGMENT_PAGES = ("journeys", "attribution")


def chosen_level(workspace: Workspace) -> str:
    """strict, normal or loose."""
    asked = st.query_params.get(state.LEVEL, "")
    return asked if asked in IDENTITY_LEVELS else workspace.settings.identity_level


def chosen_segment(workspace: Workspace) -> str:
    """The saved segment whose persons are looked at; '' for everybody."""
    asked = st.query_params.get(state.SEGMENT, "")
    return asked if asked and asked in segments(workspace) else ""


def said(workspace: Workspace, page: str) -> str:
    """Level, and the segment where the page counts it, in a few words."""
    level = _("Identity: {level}", level=_(LEVEL_TITLES[chosen_level(workspace)]))
    segment = chosen_segment(workspace) if page in SEGMENT_PAGES else ""
    return f"{level} · {_('Persons: {name}', name=segment)}" if segment else level


def segments(workspace: Workspace) -> dict[str, FunnelSegment]:
    """The saved segments by name."""
    return _segments(workspace.version, workspace)


def level_choice(workspace: Workspace, bar: state.Bar) -> None:
    """The popover of the filter bar that chooses the level."""
    own = workspace.settings.identity_level
    with st.popover(
        _("Identity: {level}", level=_(LEVEL_TITLES[chosen_level(workspace)])),
        icon=":material/fingerprint:",
        key="pop_level",
    ):
        key = "choice_level"
        st.session_state[key] = chosen_level(workspace)
        st.radio(
            _("Identity level (OneID): who counts as one person"),
            IDENTITY_LEVELS,
            key=key,
            format_func=lambda level: _(LEVEL_TITLES[level]),
            captions=[_(LEVEL_MEANINGS[level]) for level in IDENTITY_LEVELS],
            on_change=lambda: state.change(level="" if st.session_state[key] == own else st.session_state[key]),
        )
        st.caption(
            _(
                "Here it is only looked at. The level of the whole workspace, “{level}”, is changed under Customers.",
                level=_(LEVEL_TITLES[own]),
            )
        )
        st.page_link(
            "pages/customers.py",
            label=_("Compare the three levels"),
            icon=":material/group:",
            query_params=state.address_of(bar),
        )


def segment_choice(workspace: Workspace, page: str) -> None:
    """The popover that chooses the segment, where the page counts persons or one is chosen already."""
    chosen = chosen_segment(workspace)
    if page not in SEGMENT_PAGES and not chosen:
        return
    saved = segments(workspace)
    with st.popover(
        plain(_("Persons: {name}", name=chosen)) if chosen else _("Everybody"),
        icon=":material/groups:",
        key="pop_segment",
    ):
        if not saved:
            st.markdown(
                _(
                    "Save the persons behind a bar of the funnel as a segment, and look at them alone here and under "
                    "Attribution."
                )
            )
            return
        key = "choice_segment"
        st.session_state[key] = chosen
        st.radio(
            _("Persons"),
            ["", *saved],
            key=key,
            format_func=lambda name: plain(name) if name else _("Everybody"),
            on_change=lambda: state.change(segment=st.session_state[key]),
        )
        st.caption(_("Segments count on Journeys and Attribution. Spend is nobody's in particular: it has no segment."))
        if chosen:
            st.button(
                _("Delete this segment"),
                icon=":material/delete:",
                type="tertiary",
                key="segment_drop",
                on_click=_drop,
                args=(workspace, chosen),
            )


def _drop(workspace: Workspace, name: str) -> None:
    try:
        drop_segment(workspace, name)
    except OmniDashError as error:
        st.toast(plain(words().render(error.message)), icon=":material/error:")
        return
    state.change(segment="")


@st.cache_resource(show_spinner=False, max_entries=8)
def _segments(
    version: tuple[str, int, int],  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
) -> dict[str, FunnelSegment]:
    return saved_segments(_workspace)
