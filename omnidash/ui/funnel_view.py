"""The funnel section: the builder on the left; what happened, and to whom, on the right."""

import streamlit as st

from omnidash.ui.funnel import choice as state
from omnidash.ui.funnel import results
from omnidash.ui.funnel.builder import show_builder
from omnidash.ui.funnel.choice import query_of
from omnidash.ui.funnel.comparison import show_comparison
from omnidash.ui.funnel.groups import show_groups
from omnidash.ui.funnel.lost import show_lost
from omnidash.ui.funnel.people import show_people
from omnidash.ui.funnel.steps import show_steps
from omnidash.ui.funnel.times import show_times
from omnidash.ui.screen import Screen


def show_funnel(screen: Screen) -> None:
    """Draw the section."""
    _funnel(screen)


@st.fragment
def _funnel(screen: Screen) -> None:
    chosen = state.chosen(screen)
    left, right = st.columns([0.3, 0.7], gap="medium")
    with left:
        show_builder(screen, chosen)
    with right:
        saved = results.segments(screen.workspace)
        segment = chosen.segment if chosen.segment in saved else ""
        result = results.counted(screen.workspace, query_of(screen, chosen), segment)
        show_steps(screen, chosen, result)
        if not result.entered:
            return
        show_people(screen, chosen, segment, result)
        show_comparison(screen, chosen, segment, result)
        if chosen.by != "none" and (chosen.by != "segment" or saved):
            show_groups(screen, chosen, result)
    show_times(screen, result)
    show_lost(screen, result)
