"""Links that reproduce the screen, on the data of today or on the data as it is now."""

from datetime import datetime
from urllib.parse import urlencode

import streamlit as st

from omnidash.ingest.history import history
from omnidash.model.errors import OmniDashError
from omnidash.store import Workspace
from omnidash.store.snapshots import is_kept, take
from omnidash.ui import workspaces
from omnidash.ui.data.wording import local_time
from omnidash.ui.i18n import _, fmt, n_, sentences, words
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain


def link_button(screen: Screen) -> None:
    """The command of the filter bar: the link of this screen, and one that keeps its data as well."""
    with st.popover(_("Copy link"), icon=":material/link:", key="pop_link", on_change="rerun") as opened:
        if not opened.open:  # then it is drawn, and what has changed since is in it
            return
        st.markdown(_("Opens this screen with the same filters, on the data of that day."))
        st.code(address(), language=None, wrap_lines=True)
        if screen.workspace.settings.fixed_at:
            return
        st.markdown(_("To show the same numbers for good, the link can keep the data as it is now."))
        name = st.session_state.get("link_kept")
        version = screen.workspace.version
        if name and name[0] == version and is_kept(workspaces.today(), name[1]):
            st.code(address(at=name[1]), language=None, wrap_lines=True)
            st.caption(_("What is kept for links is listed under Data → History, where it can be deleted."))
        elif st.button(_("Keep the data for a link"), icon=":material/lock_clock:", key="link_keep"):
            try:
                with st.spinner(_("Keeping the data …")):
                    st.session_state["link_kept"] = (version, take(workspaces.today()))
            except OmniDashError as error:
                st.error(plain(words().render(error.message)))
                return
            st.rerun()


def address(**more: str) -> str:
    """The address of the screen as the browser can open it; ``more``: what else it names (``at``, the snapshot),
    or leaves out where that is ''."""
    asked = {k: v for k, v in {**st.query_params.to_dict(), **more}.items() if v}
    base = (st.context.url or "").split("?")[0]
    return f"{base}?{urlencode(asked, safe=',.')}"


def kept_address(at: str) -> str:
    """The address of the first screen on a snapshot, from any page."""
    page = (st.context.url or "").split("?")[0]
    asked = {name: st.query_params[name] for name in ("ws", "lang") if name in st.query_params}
    return f"{page.rsplit('/', 1)[0]}/?{urlencode({**asked, 'at': at})}"


def as_of_text(workspace: Workspace) -> str:
    """The moment of a snapshot, in a sentence; '' where one looks at the data of today."""
    fixed = workspace.settings.fixed_at
    if not fixed:
        return ""
    moment = local_time(datetime.fromisoformat(fixed), workspace)
    return _("Data as of {day}, {clock}.", day=fmt().day(moment.date(), with_year=True), clock=f"{moment:%H:%M}")


def say_as_of(screen: Screen) -> None:
    """On a snapshot: as of when, what has come since, and the way to today."""
    fixed = screen.workspace.settings.fixed_at
    if not fixed:
        return
    since = [batch for batch in history(workspaces.today()) if batch["imported_at"].isoformat() > fixed]
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="as_of"):
        said = as_of_text(screen.workspace)
        if since:
            names = fmt().listing([batch["file"] for batch in since[:3]])
            more = n_(
                "{count} import since then is not in it: {files}",
                "{count} imports since then are not in it: {files}",
                len(since),
                files=names,
            )
        else:
            more = _("Nothing has been imported since.")
        st.markdown(f":material/lock_clock: {plain(sentences(said, more))}", width="stretch")
        st.button(_("Look at the data of today"), key="to_today", on_click=workspaces.look_at_today)
