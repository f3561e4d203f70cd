"""What must be ready before the first screen: the sample workspace, and the kernels compiled. Shown with progress,
once per machine; never in the middle of a click."""

import threading

import streamlit as st

from omnidash.journeys.warm import warm
from omnidash.model.messages import Message
from omnidash.ui import workspaces
from omnidash.ui.i18n import _, words


def prepare() -> None:
    """Build the sample if this session looks at it and it is not there yet; compile the kernels."""
    if workspaces.chosen_workspace() == workspaces.SAMPLE and not workspaces.sample_is_ready():
        _build_sample_with_progress()
    if not _kernels.is_set():
        with st.spinner(_("Preparing the calculation kernels (first start only) …")):
            _warm()


_kernels = threading.Event()
_warming = threading.Lock()


def _warm() -> None:
    with _warming:
        if not _kernels.is_set():
            warm()
            _kernels.set()


def _build_sample_with_progress() -> None:
    compiling = threading.Thread(target=_warm, daemon=True)
    compiling.start()
    place = st.empty()
    bar = place.progress(0.0, text=_("Building the sample workspace from its export files (first start only) …"))

    def progress(fraction: float, message: Message) -> None:
        bar.progress(min(max(fraction, 0.0), 1.0), text=words().render(message))

    workspaces.build_sample(progress)
    place.empty()
