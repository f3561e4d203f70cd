"""A finding of a test is kept as evidence, however it was come by: entered, read from regions, or from a hold-out."""

from typing import Any

import streamlit as st

from omnidash.attribution.evidence import Evidence, record
from omnidash.model.errors import OmniDashError
from omnidash.ui.i18n import _, words
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain


def source_input(offered: str, *, key: str) -> str:
    """Where the finding comes from: what is offered, which follows the test until the reader writes something else."""
    before = f"{key}_offered"
    if st.session_state.get(key) in (None, st.session_state.get(before)):
        st.session_state[key] = offered
    st.session_state[before] = offered
    return str(st.text_input(_("Source"), key=key))


def keep(screen: Screen, **finding: Any) -> None:
    """Record an ``Evidence`` of these fields and draw the page anew; what is wrong with them is said instead."""
    try:
        added = record(screen.workspace, [Evidence(**finding)])
    except OmniDashError as error:
        st.error(plain(words().render(error.message)))
        return
    if not added:
        st.info(_("This finding is kept already."), icon=":material/info:")
        return
    st.rerun()
