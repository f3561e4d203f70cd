"""Which workspace this session looks at. One's own uploads go to one's own workspace and never mix with the sample.

There are the sample, one's own, and further ones that a person made, each with a name. A link may pin one of them as it
was when the link was made (``at`` in the address, ``store/snapshots.py``).
"""

import contextlib
import re
import shutil
import threading
import unicodedata
import uuid
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from omnidash.identity.resolve import bring_up_to_date
from omnidash.model.errors import BadInput, OmniDashError, WorkspaceBusy, WrongUse
from omnidash.model.messages import N_, Message
from omnidash.store import Workspace
from omnidash.store.location import data_home, more_workspaces, own_workspace, sample_workspace
from omnidash.store.snapshots import folder_of
from omnidash.ui import not_found
from omnidash.ui.i18n import _

SAMPLE, OWN = "sample", "own"
_KEY = "workspace"
_AT = "workspace_at"
_AT_IN_ADDRESS = "workspace_at_in_address"
UPLOADS = "uploads"  # files read for the workspace looked at, waiting for their import
_LONGEST_NAME = 60
_building = threading.Lock()


def chosen_workspace() -> str:
    """'own', 'sample' or the folder name of a further one: chosen in this session, else named in the address, else
    one's own once it holds data."""
    if _KEY not in st.session_state:
        asked = st.query_params.get("ws", "")
        known = asked in (SAMPLE, OWN) or asked in further()
        if asked and not known:
            not_found.note(_("workspace"), asked)
        st.session_state[_KEY] = asked if known else _first_choice()
    which = str(st.session_state[_KEY])
    if which not in (SAMPLE, OWN) and not Workspace.exists(more_workspaces() / which):
        not_found.note(_("workspace"), which)  # deleted meanwhile, from another tab
        which = st.session_state[_KEY] = _first_choice()
    return which


def _first_choice() -> str:
    try:
        return OWN if own_has_data() else SAMPLE
    except OmniDashError:  # it is there and cannot be read: to be said where it is looked at
        return OWN


def choose_workspace(which: str) -> None:
    """Look at another workspace from now on; filters start anew, for they belong to the data."""
    st.session_state[_KEY] = which
    for key in [k for k in st.session_state if str(k).startswith("filter")]:
        del st.session_state[key]
    for name in ("period", "channels", "model", "compare", "plan"):
        st.query_params.pop(name, None)
    look_at_today()


def pinned() -> str:
    """The snapshot that the link named; '' where one looks at the data of today."""
    asked = st.query_params.get("at", "")
    if st.session_state.get(_AT_IN_ADDRESS) != asked:  # first sight, or another link
        st.session_state[_AT], st.session_state[_AT_IN_ADDRESS] = asked, asked
    return str(st.session_state.get(_AT, ""))


def look_at_today() -> None:
    """Leave the snapshot."""
    st.query_params.pop("at", None)
    st.session_state[_AT] = st.session_state[_AT_IN_ADDRESS] = ""


def further() -> dict[str, str]:
    """Further workspaces: folder name -> the name people gave it."""
    folders = sorted(path for path in more_workspaces().glob("*") if Workspace.exists(path))
    return {path.name: _name_of(str(path)) for path in folders}


def create(name: str) -> str:
    """Make a further workspace and return its folder name. Raises BadInput where the name is none or taken."""
    name = " ".join(name.split())
    if not name:
        raise BadInput(N_("Give the workspace a name."))
    folded = re.sub(r"[^\w]+", "-", unicodedata.normalize("NFKC", name).casefold()).strip("-_")[:_LONGEST_NAME]
    if not folded or folded in (SAMPLE, OWN) or folded in further():
        raise BadInput(N_("There is a workspace named {name} already; choose another name."), name=name)
    with _building:
        Workspace.create(more_workspaces() / folded, name=name[:_LONGEST_NAME])
    return folded


def delete(which: str) -> None:
    """Delete a further workspace with all that was imported into it; the session then looks at another one. Raises
    WrongUse for any other workspace, WorkspaceProblem while somebody writes into it."""
    if which not in further():
        raise WrongUse(N_("Only a further workspace can be deleted."))
    folder = more_workspaces() / which
    with _building:
        opened = _opened(str(folder))
        with opened.at_rest("delete"):
            opened.close()
            gone = data_home() / f".deleted-{uuid.uuid4().hex[:12]}"
            folder.rename(gone)  # at once, so that nobody opens half of it
        _opened.clear(str(folder))
        _settled_name.clear(str(folder))
        shutil.rmtree(gone, ignore_errors=True)
    choose_workspace(_first_choice())


def has_uploads() -> bool:
    """Whether files wait for their import: they were read for the workspace looked at, which must not change then."""
    return bool(st.session_state.get(UPLOADS))


def workspace() -> Workspace:
    """The chosen workspace, opened, or its snapshot; one's own is made on first use. The sample must have been built
    before."""
    at = pinned()
    return _opened(str(folder_of(today(), at))) if at else today()


def today() -> Workspace:
    """The chosen workspace with the data of today, also where a link pins an earlier state."""
    return _opened(str(sample_workspace())) if chosen_workspace() == SAMPLE else own()


def own() -> Workspace:
    """The workspace that uploads go to: the chosen one, else one's own, made when it is asked for the first time."""
    if chosen_workspace() not in (SAMPLE, OWN) and Workspace.exists(more_workspaces() / chosen_workspace()):
        return _opened(str(more_workspaces() / chosen_workspace()))
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
    elif workspace.settings.is_read_only:
        st.caption(_("This is the data as it was when the link was made; it cannot be changed."))


def has_data() -> bool:
    """Whether anything was imported into the workspace looked at."""
    which = chosen_workspace()
    if which not in (SAMPLE, OWN):
        return own().data_version > 0
    return which == SAMPLE or own_has_data()


def own_has_data() -> bool:
    """Whether anything was imported into one's own workspace."""
    folder = own_workspace()
    return Workspace.exists(folder) and _opened(str(folder)).data_version > 0


def _name_of(folder: str) -> str:
    """What people called a workspace; its folder's name where it cannot be opened, so that the others still can."""
    try:
        return _settled_name(folder)
    except OmniDashError:
        return Path(folder).name


@st.cache_resource(show_spinner=False)
def _settled_name(folder: str) -> str:
    return Workspace.open(Path(folder)).settings.name or Path(folder).name


@st.cache_resource(show_spinner=False)
def _opened(folder: str) -> Workspace:
    opened = Workspace.open(Path(folder))
    if not opened.settings.fixed_at:
        with contextlib.suppress(WorkspaceBusy):  # then whoever writes brings the persons up to date, or the next
            bring_up_to_date(opened)
    return opened
