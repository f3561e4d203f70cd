"""The funnel section: the builder on the left; what happened, and to whom, on the right."""

import textwrap

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from omnidash.ui import not_found
from omnidash.ui.cards import finding
from omnidash.ui.fragment import fragment
from omnidash.ui.funnel import choice as state
from omnidash.ui.funnel import results
from omnidash.ui.funnel.address import as_address, from_address
from omnidash.ui.funnel.builder import show_builder
from omnidash.ui.funnel.choice import Choice, query_of
from omnidash.ui.funnel.comparison import show_comparison
from omnidash.ui.funnel.groups import show_groups
from omnidash.ui.funnel.lost import show_lost
from omnidash.ui.funnel.people import show_people
from omnidash.ui.funnel.steps import show_steps
from omnidash.ui.funnel.times import show_times
from omnidash.ui.funnel.title import funnel_title
from omnidash.ui.i18n import _
from omnidash.ui.report import collected
from omnidash.ui.screen import Screen

_ADDRESS, _WRITTEN = "funnel", "funnel_in_address"
_LONGEST = 80  # of a mangled link as it is told of, in characters


def show_funnel(screen: Screen, head: DeltaGenerator) -> None:
    """Draw the section, and the title of the page into ``head``: it follows every change of the funnel."""
    _funnel(screen, head)


@fragment
@collected.part
def _funnel(screen: Screen, head: DeltaGenerator) -> None:
    chosen = _chosen(screen)
    left, right = st.columns([0.3, 0.7], gap="medium")
    with right:  # the picture first: it is what a person who changed a step waits for
        result = results.counted(screen.workspace, query_of(screen, chosen), screen.bar.segment)
        show_steps(screen, chosen, result)
    with head:
        finding(funnel_title(screen, result))
    with left:
        show_builder(screen, chosen)
    with right:
        if not result.entered:
            return
        show_people(screen, chosen, result)
        show_comparison(screen, chosen, result)
        if chosen.by != "none":
            show_groups(screen, chosen, result)
    show_times(screen, result)
    show_lost(screen, result)


def _chosen(screen: Screen) -> Choice:
    """The choice of this session, which the address repeats; an address that says something else than was written
    there (first sight, Back, an edited link) is followed. One that names what is not here is the usual funnel, and the
    page says so: part of a funnel would be another funnel."""
    asked = st.query_params.get(_ADDRESS, "")
    is_new = bool(asked) and asked != st.session_state.get(_WRITTEN, "")
    chosen = _linked(screen, asked) if is_new else state.chosen(screen)
    written = as_address(chosen)
    if asked != written and (asked or chosen != state.default(screen)):
        st.query_params[_ADDRESS] = written
    st.session_state[_WRITTEN] = st.query_params.get(_ADDRESS, "")
    return chosen


def _linked(screen: Screen, asked: str) -> Choice:
    read = from_address(asked)
    missing = [(_("funnel"), textwrap.shorten(asked, _LONGEST))] if read is None else state.unknown(screen, read)
    for kind, name in missing:
        not_found.note_and_say("journeys", kind, name)
    return state.chosen(screen, state.default(screen) if missing else read)
