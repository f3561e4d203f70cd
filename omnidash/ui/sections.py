"""The sections of a page: one is open, its name stands in the address (``?section=``), and only it is computed."""

from collections.abc import Mapping

import streamlit as st

from omnidash.ui import not_found
from omnidash.ui.i18n import _


def chosen(page: str, sections: Mapping[str, tuple[str, str]]) -> str:
    """The section chosen here, else named in the address, else the first."""
    state, mirrored = f"{page}_section", f"{page}_section_in_address"
    first = next(iter(sections))
    asked = st.query_params.get("section", "")
    if state not in st.session_state or st.session_state.get(mirrored, asked) != asked:
        st.session_state[state] = asked if asked in sections else first  # first sight, Back, or another link
        if asked and asked not in sections:
            not_found.note_and_say(page, _("section"), asked)
    section = str(st.session_state[state])
    if asked != section and (asked or section != first):
        st.query_params["section"] = section
    st.session_state[mirrored] = st.query_params.get("section", "")
    return section


def choice(page: str, sections: Mapping[str, tuple[str, str]], section: str) -> None:
    """The control that opens another; ``sections``: name -> title (marked for translation) and icon."""
    widget = "choice_section"
    st.session_state[widget] = section
    st.segmented_control(
        _("Section"),
        list(sections),
        key=widget,
        required=True,
        format_func=lambda name: f"{sections[name][1]} {_(sections[name][0])}",
        label_visibility="collapsed",
        on_change=lambda: open_section(page, st.session_state[widget]),
    )


def open_section(page: str, section: str) -> None:
    """Open a section from now on."""
    st.session_state[f"{page}_section"] = section
    st.query_params["section"] = section  # before the frame draws its link
