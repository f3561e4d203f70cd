"""The data screen: drop files, see what they were understood as and what they would change, import, undo."""

import streamlit as st

from omnidash.model.errors import OmniDashError
from omnidash.store import Workspace
from omnidash.ui import workspaces
from omnidash.ui.batch_view import show_history
from omnidash.ui.frame import begin
from omnidash.ui.i18n import _, n_, words
from omnidash.ui.screen import Screen
from omnidash.ui.settings_view import show_first_settings, show_settings
from omnidash.ui.style import translate_uploader
from omnidash.ui.text import plain
from omnidash.ui.upload_view import import_uploads, show_upload
from omnidash.ui.uploads import Upload, take

_DROP = "drop_generation"


def show_data() -> None:
    """Draw the page, also while the looked-at workspace is empty; uploads always go to one's own."""
    try:
        _show(begin("data"))
    except OmniDashError as error:
        st.error(plain(words().render(error.message)), icon=":material/error:")


def _show(screen: Screen | None) -> None:
    st.title(_("Bring in your exports"))
    own = workspaces.own()
    if workspaces.chosen_workspace() == workspaces.SAMPLE:
        st.info(
            _(
                "You are looking at the sample data. Files you upload here go to your own workspace and never mix "
                "with it."
            ),
            icon=":material/info:",
        )
    if own.data_version == 0:
        show_first_settings(own)
    translate_uploader()
    files = st.file_uploader(
        _("Drop CSV exports here: spend, touchpoints or events, orders"),
        type=["csv", "tsv", "txt", "gz"],
        accept_multiple_files=True,
        key=f"drop_{st.session_state.get(_DROP, 0)}",
    )
    uploads = take(own, list(files or []))
    for upload in uploads:
        show_upload(own, upload)
    if uploads:
        _together(own, uploads)
    looked_at = own if workspaces.chosen_workspace() == workspaces.OWN else workspaces.workspace()
    if looked_at.data_version > 0:
        show_history(looked_at, screen)
    if workspaces.chosen_workspace() == workspaces.OWN:
        show_settings(own, screen)


def _together(workspace: Workspace, uploads: list[Upload]) -> None:
    """What can be done with all files at once: import those that are ready, look at the result, clear the list."""
    ready = [upload for upload in uploads if upload.is_ready]
    with st.container(horizontal=True, vertical_alignment="center"):
        wants_all = len(ready) > 1 and st.button(
            n_("Import {count} file", "Import all {count} files", len(ready)),
            type="primary",
            icon=":material/done_all:",
            key="import_all",
        )
        if st.button(_("Clear the list"), key="clear_uploads"):
            for upload in uploads:
                upload.discard()
            st.session_state[_DROP] = st.session_state.get(_DROP, 0) + 1
            st.rerun()
        if any(upload.result is not None for upload in uploads):
            st.page_link("app.py", label=_("See channel health"), icon=":material/monitor_heart:")
    if wants_all:
        import_uploads(workspace, ready)
