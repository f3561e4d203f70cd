"""A bar that moves while a task runs, and the button that stops it."""

from typing import Any

import streamlit as st

from omnidash.ui.data.task import Task
from omnidash.ui.fragment import fragment
from omnidash.ui.i18n import _, words
from omnidash.ui.text import plain

_EVERY_SECONDS = 0.5


def show_progress(task: Task[Any], *, key: str, can_cancel: bool = False) -> None:
    """Draw the bar twice a second; when the task has ended, the page is drawn anew. The page stays usable."""
    fragment(_bar, run_every=_EVERY_SECONDS)(task, key, can_cancel)


def _bar(task: Task[Any], key: str, can_cancel: bool) -> None:
    if not task.is_running:
        st.rerun(scope="app")
    with st.container(horizontal=True, vertical_alignment="center", key=f"bar_{key}"):
        text = _("cancelling …") if task.is_cancelled() else plain(words().render(task.message))
        st.progress(task.fraction, text=text)
        if can_cancel:
            st.button(
                _("Cancel"),
                icon=":material/stop_circle:",
                key=f"cancel_{key}",
                on_click=task.cancel,
                disabled=task.is_cancelled(),
            )
