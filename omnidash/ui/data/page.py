"""The data screen: the drop zone first, and in its other sections what came, channels, rules, reports, settings."""

from collections.abc import Callable

import streamlit as st

from omnidash.model.errors import OmniDashError
from omnidash.model.messages import N_
from omnidash.store import Workspace
from omnidash.ui import sections, workspaces
from omnidash.ui.ahead import count_ahead
from omnidash.ui.cards import finding
from omnidash.ui.data.card import show_upload
from omnidash.ui.data.channels import show_channels
from omnidash.ui.data.check import check_title, show_check
from omnidash.ui.data.deletion import show_deletion
from omnidash.ui.data.history import history_title, show_history
from omnidash.ui.data.importing import advance, start_import
from omnidash.ui.data.intake import take
from omnidash.ui.data.interrupted import show_interrupted
from omnidash.ui.data.kept import show_kept
from omnidash.ui.data.mapping import mapping_title, show_mapping
from omnidash.ui.data.rates import show_rates
from omnidash.ui.data.reports import reports_title, show_reports
from omnidash.ui.data.traffic import show_traffic, traffic_title
from omnidash.ui.data.uploads import Upload, waiting
from omnidash.ui.day_notes import notes_title, show_notes
from omnidash.ui.frame import begin
from omnidash.ui.i18n import _, n_, words
from omnidash.ui.screen import Screen
from omnidash.ui.settings_view import show_first_settings, show_settings
from omnidash.ui.style import translate_uploader
from omnidash.ui.text import plain

_DROP = "drop_generation"
SECTIONS = {
    "import": (N_("Import"), ":material/upload_file:"),
    "history": (N_("History"), ":material/history:"),
    "check": (N_("Numbers"), ":material/fact_check:"),
    "channels": (N_("Channels"), ":material/hub:"),
    "traffic": (N_("Traffic rules"), ":material/alt_route:"),
    "reports": (N_("Platform reports"), ":material/table_chart:"),
    "notes": (N_("Notes"), ":material/edit_note:"),
    "settings": (N_("Rates and settings"), ":material/settings:"),
}


def show_data() -> None:
    """Draw the page, also while the looked-at workspace is empty; uploads always go to one's own."""
    try:
        _advance()
        screen = begin("data")
        _show(screen)
        if screen is not None:
            count_ahead(screen.workspace)
    except OmniDashError as error:
        st.error(plain(words().render(error.message)), icon=":material/error:")


def _advance() -> None:
    """Before anything is drawn: what tasks have found; after an import one looks at one's own workspace."""
    if waiting() and advance(workspaces.own(), waiting()) and workspaces.chosen_workspace() == workspaces.SAMPLE:
        workspaces.choose_workspace(workspaces.OWN)


def _show(screen: Screen | None) -> None:
    looked_at = workspaces.workspace()
    own = workspaces.own()
    titles: dict[str, Callable[[], str]] = {
        "import": lambda: _("Bring in your exports"),
        "history": lambda: history_title(looked_at),
        "check": lambda: check_title(looked_at),
        "channels": lambda: mapping_title(looked_at),
        "traffic": lambda: traffic_title(looked_at),
        "reports": lambda: reports_title(looked_at),
        "notes": lambda: notes_title(screen),
        "settings": lambda: _settings_title(looked_at),
    }
    views: dict[str, Callable[[], None]] = {
        "import": lambda: _import(own),
        "history": lambda: _history(looked_at),
        "check": lambda: show_check(looked_at),
        "channels": lambda: _channels(looked_at),
        "traffic": lambda: _traffic(looked_at),
        "reports": lambda: show_reports(looked_at),
        "notes": lambda: _notes(screen),
        "settings": lambda: _settings(looked_at, screen),
    }
    section = sections.chosen("data", SECTIONS)
    finding(titles[section]())
    sections.choice("data", SECTIONS, section)
    views[section]()


def _import(own: Workspace) -> None:
    if workspaces.chosen_workspace() == workspaces.SAMPLE:
        st.info(
            _(
                "You are looking at the sample data. Files you upload here go to your own workspace and never mix "
                "with it."
            ),
            icon=":material/info:",
        )
    show_interrupted(own)
    translate_uploader()
    generation = st.session_state.get(_DROP, 0)
    files = st.file_uploader(
        _("Drop exports here, as the platforms wrote them: spend, touchpoints or events, orders, reports"),
        accept_multiple_files=True,  # of any type: what is no table is refused in our words, which say what to do
        key=f"drop_{generation}",
    )
    if files:
        take(own, files)
        st.session_state[_DROP] = generation + 1  # the list of files is ours; the server's copies are let go
        st.rerun()
    if own.data_version == 0 and not any(upload.importing for upload in waiting()):
        show_first_settings(own)
    for upload in waiting():
        show_upload(own, upload)
    if waiting():
        _together(own, waiting())


def _together(own: Workspace, uploads: list[Upload]) -> None:
    """What can be done with all files at once: import those that are ready, look at the result, clear the list."""
    ready = [upload for upload in uploads if upload.is_ready(own)]
    with st.container(horizontal=True, vertical_alignment="center"):
        if len(ready) > 1 and st.button(
            n_("Import {count} file", "Import all {count} files", len(ready)),
            type="primary",
            icon=":material/done_all:",
            key="import_all",
        ):
            for upload in ready:
                start_import(own, upload)
            st.rerun()
        idle = [upload for upload in uploads if upload.importing is None]
        if idle and st.button(_("Clear the list"), key="clear_uploads"):
            for upload in idle:
                upload.discard()
                uploads.remove(upload)
            st.rerun()
        if any(upload.is_done for upload in uploads):
            st.page_link("app.py", label=_("See channel health"), icon=":material/monitor_heart:")


def _history(looked_at: Workspace) -> None:
    show_history(looked_at)
    show_kept(looked_at)


def _traffic(looked_at: Workspace) -> None:
    workspaces.say_if_read_only(looked_at)
    show_traffic(looked_at)


def _channels(looked_at: Workspace) -> None:
    workspaces.say_if_read_only(looked_at)
    show_mapping(looked_at)
    show_channels(looked_at)


def _notes(screen: Screen | None) -> None:
    if screen is None:
        st.info(_("Upload a first export; then days can be noted here."))
    else:
        show_notes(screen)


def _settings_title(looked_at: Workspace) -> str:
    settings = looked_at.settings
    return _("Numbers in {currency}, days in {timezone}", currency=settings.currency, timezone=settings.timezone)


def _settings(looked_at: Workspace, screen: Screen | None) -> None:
    if looked_at.settings.is_read_only:
        workspaces.say_if_read_only(looked_at)
        return
    if looked_at.data_version == 0:
        show_first_settings(looked_at)
    show_rates(looked_at)
    show_settings(looked_at, screen)
    show_deletion()
