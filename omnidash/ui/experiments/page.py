"""The experiments screen: tests in the data, a test from a file, the size of the next. Only the open one is drawn."""

from collections.abc import Callable

import streamlit as st

from omnidash.model.messages import N_
from omnidash.ui import sections, state
from omnidash.ui.cards import finding
from omnidash.ui.experiments.from_file import show_file
from omnidash.ui.experiments.in_data import show_tests
from omnidash.ui.experiments.size import show_size
from omnidash.ui.i18n import _
from omnidash.ui.screen import Screen

SECTIONS = {
    "tests": (N_("Tests in the data"), ":material/science:"),
    "file": (N_("A test from a file"), ":material/upload_file:"),
    "size": (N_("Size of a test"), ":material/straighten:"),
}
_VIEWS: dict[str, Callable[[Screen], str]] = {"tests": show_tests, "file": show_file, "size": show_size}


def show_experiments(screen: Screen) -> None:
    """Draw the page."""
    section = sections.chosen("experiments", SECTIONS)
    above = st.container()
    with above:
        place = st.container()
        sections.choice("experiments", SECTIONS, section)
    title = _VIEWS[section](screen)
    with place:
        finding(title)
    st.page_link(
        "pages/attribution.py",
        label=_("Tests of whole channels: Attribution"),
        icon=":material/arrow_forward:",
        query_params={**state.address_of(screen.bar), "section": "evidence"},
    )
