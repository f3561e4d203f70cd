"""What a page makes of one state of the workspace under one set of filters, made once and shown to all who look.

A chart of Plotly takes up to 30 ms to put together and half a millisecond to send: three of them were most of what the
server did for the first screen. What is made so is shared by all sessions: nobody changes it.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from omnidash.ui import compute
from omnidash.ui.i18n import current_language
from omnidash.ui.screen import Screen

T = TypeVar("T")


def once(screen: Screen, name: str, make: Callable[[], T]) -> T:
    """What ``make`` returns, which ``name`` tells apart from whatever else is made of this screen. It may rest on the
    workspace, the filter bar, the language and the colours, on nothing else, and draws nothing itself."""
    of = (compute.version_of(screen.workspace), screen.bar, current_language(), screen.colors.paper, name)
    made: T = _made(repr(of), make)
    return made


@st.cache_resource(show_spinner=False, max_entries=96)
def _made(of: str, _make: Callable[[], Any]) -> Any:  # noqa: ARG001  (the cache key)
    return _make()
