"""The first run of one's own workspace, in four steps: upload, map channels, check numbers, see alerts.

A step is ticked from what is in the workspace, never from a click through; so the guide can be left and taken up again,
on another day and by another person. It is shown while a workspace is new, on the pages where one begins, and never on
the sample or on a snapshot.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl
import streamlit as st

from omnidash.ingest.channels import labels
from omnidash.model.errors import OmniDashError
from omnidash.store import Workspace
from omnidash.store.first_run import FirstRun, first_run, note_first_run
from omnidash.ui import compute, state
from omnidash.ui.i18n import _

PAGES = ("overview", "data")
_NEW_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What is done of the four."""

    has_upload: bool
    has_channels: bool
    has_checked: bool
    has_alerts: bool

    @property
    def is_done(self) -> bool:
        """Whether all are."""
        return self.has_upload and self.has_channels and self.has_checked and self.has_alerts


def show_first_run(page: str, workspace: Workspace) -> None:
    """The guide above the page, where it has its place; opening the alerts ticks their step."""
    if workspace.settings.is_read_only or page not in (*PAGES, "alerts"):
        return
    new, has_upload, unmapped = _facts(compute.version_of(workspace), workspace)
    if not new:
        return
    kept = first_run(workspace)
    if page == "alerts":
        _note_alerts(workspace, kept, has_upload)
        return
    steps = Steps(
        has_upload=has_upload,
        has_channels=has_upload and unmapped == 0,
        has_checked=bool(kept.confirmed_at),
        has_alerts=kept.has_seen_alerts,
    )
    if steps.is_done:
        return
    if kept.is_skipped:
        _resume(page, workspace)
    else:
        _stepper(workspace, steps)


def _stepper(workspace: Workspace, steps: Steps) -> None:
    address = state.address_of(None)
    entries = (
        (steps.has_upload, _("Upload"), "pages/data.py", "import"),
        (steps.has_channels, _("Map channels"), "pages/data.py", "channels"),
        (steps.has_checked, _("Check numbers"), "pages/data.py", "check"),
        (steps.has_alerts, _("See alerts"), "pages/alerts.py", ""),
    )
    now = next(place for place, entry in enumerate(entries) if not entry[0])
    with st.container(border=True, key="first_run", horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{_('First steps')}**", width="content")
        for place, (is_done, title, script, section) in enumerate(entries):
            label = f"{place + 1} {title}"
            st.page_link(
                script,
                label=f"**{label}**" if place == now else label,
                icon=":material/check_circle:" if is_done else ":material/radio_button_unchecked:",
                query_params={**address, **({"section": section} if section else {})},
                disabled=not steps.has_upload and place > 0,
                width="content",
            )
        st.button(
            _("Skip"),
            type="tertiary",
            key="first_run_skip",
            help=_("Puts the guide away; it can be taken up again on the page Data."),
            on_click=_note,
            args=(workspace,),
            kwargs={"is_skipped": True},
        )


def _resume(page: str, workspace: Workspace) -> None:
    if page == "data":
        st.button(
            _("Go on with the first steps"),
            icon=":material/checklist:",
            type="tertiary",
            key="first_run_resume",
            on_click=_note,
            args=(workspace,),
            kwargs={"is_skipped": False},
        )


def _note_alerts(workspace: Workspace, kept: FirstRun, has_upload: bool) -> None:
    if has_upload and not kept.has_seen_alerts:
        _note(workspace, has_seen_alerts=True)


def _note(workspace: Workspace, **changed: object) -> None:
    try:
        note_first_run(workspace, **changed)
    except OmniDashError:  # somebody writes: the guide stays as it is until the next time
        return


@st.cache_resource(show_spinner=False, max_entries=8)
def _facts(
    version: compute.Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
) -> tuple[bool, bool, int]:
    """Whether the workspace is new, whether anything is imported, how many labels with rows wait for their channel."""
    ((batches, first),) = _workspace.rows("select count(*) filter (state = 'active'), min(imported_at) from batch")
    now = datetime.now(UTC).replace(tzinfo=None)
    is_new = first is None or now - first < timedelta(days=_NEW_DAYS)
    waiting = labels(_workspace).filter(pl.col("is_guessed") & (pl.col("rows") > 0)) if is_new and batches else ()
    return is_new, bool(batches), len(waiting)
