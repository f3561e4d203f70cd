"""A browser that has shown nothing of us yet gets the numbers before the charts.

With the first table and the first chart of a session it loads their code, six megabytes that it compiles and runs
before it draws anything that comes with them: the cards of the first screen waited for it, and the whole screen took
longer than in two parts (``python -m benchmarks.overview_first_paint``).
"""

import time

import streamlit as st

_DRAWING_SECONDS = 0.3  # React shows what it waited for in steps of so much; a shorter pause was none
_KEY = "pages_begun"


def begin() -> None:
    """Count a page of this session."""
    st.session_state[_KEY] = st.session_state.get(_KEY, 0) + 1


def let_it_draw() -> None:
    """On the first page of a session, let the browser draw what was sent before the rest follows."""
    if st.session_state.get(_KEY) == 1:
        time.sleep(_DRAWING_SECONDS)
