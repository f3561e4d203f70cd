"""What is kept for links: which moments, how much room they take, and deleting them."""

import streamlit as st

from omnidash.model.errors import OmniDashError
from omnidash.store import Workspace
from omnidash.store.snapshots import drop, snapshots
from omnidash.ui.data.wording import local_time
from omnidash.ui.i18n import _, fmt, words
from omnidash.ui.links import kept_address
from omnidash.ui.text import plain

_BYTES_PER_MB = 1_000_000


def show_kept(workspace: Workspace) -> None:
    """The list; nothing where no link keeps data, or where one looks at such data."""
    kept = snapshots(workspace) if not workspace.settings.fixed_at else ()
    if not kept:
        return
    with st.container(border=True, key="card_kept", gap="small"):
        st.markdown(f"## {_('Data kept for links')}")
        st.caption(_("Links that name it show the numbers of that moment for good; without it they say so."))
        for one in kept:
            moment = local_time(one.taken_at, workspace)
            size = _("{size} MB", size=fmt().decimal(one.size_bytes / _BYTES_PER_MB, 1))
            with st.container(horizontal=True, vertical_alignment="center"):
                day = fmt().day(moment.date(), with_year=True)
                st.markdown(f"{plain(day)}, {moment:%H:%M} · {plain(size)}", width=260)
                st.code(kept_address(one.name), language=None, wrap_lines=True)
                st.button(
                    _("Delete"),
                    icon=":material/delete:",
                    type="tertiary",
                    key=f"drop_kept_{one.name}",
                    on_click=_drop,
                    args=(workspace, one.name),
                )


def _drop(workspace: Workspace, name: str) -> None:
    try:
        drop(workspace, name)
    except OmniDashError as error:
        st.toast(plain(words().render(error.message)), icon=":material/error:")
