"""Which workspace this session looks at. One's own uploads go to one's own workspace and never mix with the sample."""

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from omnidash.identity.resolve import bring_up_to_date
from omnidash.model.errors import WorkspaceBusy
from omnidash.model.messages import Message
from omnidash.store import Workspace
from omnidash.store.location import own_workspace, sample_workspace
from omnidash.ui.i18n import _

SAMPLE, OWN = "sample", "own"
_KEY = "workspace"
_building = threading.Lock()


def chosen_workspace() -> str:
    """'own' or 'sample': chosen in this session, else named in the address, else one's own once it holds data."""
    if _KEY not in st.session_state:
        asked = st.query_params.get("ws", "")
        st.session_state[_KEY] = asked if asked in (SAMPLE, OWN) else (OWN if own_has_data() else SAMPLE)
    return str(st.session_state[_KEY])


def choose_workspace(which: str) -> None:
    """Look at the other workspace from now on; filters start anew, for they belong to the data."""
    st.session_state[_KEY] = which
    for key in [k for k in st.session_state if str(k).startswith("filter")]:
        del st.session_state[key]
    for name in ("period", "channels", "model"):
        st.query_params.pop(name, None)


def workspace() -> Workspace:
    """The chosen workspace, opened; one's own is made on first use. The sample must have been built before."""
    if chosen_workspace() == SAMPLE:
        return _opened(str(sample_workspace()))
    return own()


def own() -> Workspace:
    """One's own workspace, made when it is asked for the first time."""
    folder = own_workspace()
    with _building:
        if not Workspace.exists(folder):
            Workspace.create(folder)
    return _opened(str(folder))


def sample_is_ready() -> bool:
    """Whether the sample workspace stands and is complete."""
    return (sample_workspace() / "ready").exists()


def build_sample(progress: Callable[[float, Message], None]) -> None:
    """Build the sample workspace from its export files; a second caller waits for the first."""
    from sample_data.build import build_workspace

    with _building:
        if not sample_is_ready():
            build_workspace(sample_workspace(), progress=progress)


def say_if_read_only(workspace: Workspace) -> None:
    """Say that nothing can be changed here, where that is so."""
    if workspace.settings.is_sample:
        st.caption(_("The sample data is read only. Switch to your own data to change it."))


def own_has_data() -> bool:
    """Whether anything was imported into one's own workspace."""
    folder = own_workspace()
    return Workspace.exists(folder) and _opened(str(folder)).data_version > 0


@st.cache_resource(show_spinner=False)
def _opened(folder: str) -> Workspace:
    opened = Workspace.open(Path(folder))
    with contextlib.suppress(WorkspaceBusy):  # then whoever writes brings the persons up to date, or the next to come
        bring_up_to_date(opened)
    return opened
