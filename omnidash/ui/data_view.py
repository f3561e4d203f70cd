"""The data screen: drop files, see what they were understood as and what they would change, import, undo."""

import streamlit as st

from omnidash.ui import workspaces
from omnidash.ui.batch_view import show_history
from omnidash.ui.i18n import _, n_
from omnidash.ui.screen import Screen
from omnidash.ui.settings_view import show_first_settings, show_settings
from omnidash.ui.upload_view import show_upload
from omnidash.ui.uploads import take

_RESULTS = "import_results"
_DROP = "drop_generation"


def show_data(screen: Screen | None) -> None:
    """Draw the page. ``screen`` is None while the looked-at workspace is empty; uploads always go to one's own."""
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
    _show_results()
    if own.data_version == 0:
        show_first_settings(own)
    files = st.file_uploader(
        _("Drop CSV exports here: spend, touchpoints or events, orders"),
        type=["csv", "tsv", "txt", "gz"],
        accept_multiple_files=True,
        key=f"drop_{st.session_state.get(_DROP, 0)}",
    )
    for upload in take(own, list(files or [])):
        show_upload(own, upload, on_done=_remember)
    if files:
        _clear_button()
    looked_at = own if workspaces.chosen_workspace() == workspaces.OWN else workspaces.workspace()
    if looked_at.data_version > 0:
        show_history(looked_at, screen)
    if workspaces.chosen_workspace() == workspaces.OWN:
        show_settings(own, screen)


def _remember(sentence: str) -> None:
    st.session_state.setdefault(_RESULTS, []).append(sentence)


def _show_results() -> None:
    results: list[str] = st.session_state.get(_RESULTS, [])
    for sentence in results[-5:]:
        st.success(sentence, icon=":material/check_circle:")
    if results:
        st.page_link("app.py", label=_("See channel health"), icon=":material/monitor_heart:")


def _clear_button() -> None:
    uploads = st.session_state.get("uploads", {})
    if uploads and st.button(n_("Put the file away", "Put all {count} files away", len(uploads)), key="clear_uploads"):
        for upload in uploads.values():
            upload.discard()
        st.session_state["uploads"] = {}
        st.session_state[_DROP] = st.session_state.get(_DROP, 0) + 1
        st.session_state[_RESULTS] = []
        st.rerun()
