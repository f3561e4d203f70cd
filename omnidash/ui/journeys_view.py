"""The journeys screen: map, funnel, paths, overlap, rhythm, cohorts. Only the section that is open is computed."""

from collections.abc import Callable

import streamlit as st

from omnidash.model.messages import N_
from omnidash.ui import sections
from omnidash.ui.cards import finding
from omnidash.ui.funnel_view import show_funnel
from omnidash.ui.i18n import _
from omnidash.ui.journeys.cohorts import cohorts_title, show_cohorts
from omnidash.ui.journeys.map import map_title, show_map
from omnidash.ui.journeys.overlap import overlap_title, show_overlap
from omnidash.ui.journeys.paths import paths_title, show_paths
from omnidash.ui.journeys.rhythm import rhythm_title, show_rhythm
from omnidash.ui.screen import Screen

SECTIONS = {
    "map": (N_("Map"), ":material/map:"),
    "funnel": (N_("Funnel"), ":material/filter_alt:"),
    "paths": (N_("Paths"), ":material/route:"),
    "overlap": (N_("Overlap"), ":material/join_inner:"),
    "rhythm": (N_("Rhythm"), ":material/schedule:"),
    "cohorts": (N_("Cohorts"), ":material/groups:"),
}


def show_journeys(screen: Screen) -> None:
    """Draw the page."""
    if screen.facts.actions.is_empty():
        _no_events()
        return
    section = sections.chosen("journeys", SECTIONS)
    if section == "funnel":
        head = st.container()
        sections.choice("journeys", SECTIONS, section)
        show_funnel(screen, head)
        return
    title, view = _VIEWS[section]
    finding(title(screen))
    sections.choice("journeys", SECTIONS, section)
    view(screen)


def _no_events() -> None:
    """Spend alone, or reports: nobody's way can be followed."""
    st.title(_("No journeys yet"))
    st.info(
        _(
            "No file so far says what anybody did. Upload touchpoints, events or orders; spend alone shows nobody's "
            "way."
        ),
        icon=":material/route:",
    )
    st.page_link("pages/data.py", label=_("Upload files"), icon=":material/upload_file:")


_VIEWS: dict[str, tuple[Callable[[Screen], str], Callable[[Screen], None]]] = {
    "map": (map_title, show_map),
    "paths": (paths_title, show_paths),
    "overlap": (overlap_title, show_overlap),
    "rhythm": (rhythm_title, show_rhythm),
    "cohorts": (cohorts_title, show_cohorts),
}
