"""Deleting a further workspace, such as one made with the wrong currency: with a confirmation that names it."""

import streamlit as st

from omnidash.model.errors import OmniDashError
from omnidash.ui import workspaces
from omnidash.ui.i18n import _, words
from omnidash.ui.text import plain

_TYPED, _FAILED = "deletion_name", "deletion_failed"


def show_deletion() -> None:
    """The way to delete the workspace looked at, where it is a further one; nothing for one's first and the sample."""
    which = workspaces.chosen_workspace()
    name = workspaces.further().get(which)
    if name is None:
        return
    with st.expander(_("Delete this workspace"), icon=":material/delete:", key="deletion"):
        st.markdown(
            plain(
                _(
                    "Deletes “{name}” for good, with every import, note, case and plan in it. Nobody can bring it "
                    "back; a backup made before can be restored.",
                    name=name,
                )
            )
        )
        typed = st.text_input(_("To confirm, type its name: {name}", name=plain(name)), key=_TYPED)
        is_waiting = workspaces.has_uploads()
        st.button(
            _("Delete “{name}”", name=plain(name)),
            key="delete_workspace",
            disabled=is_waiting or " ".join(typed.split()) != name,
            help=_("Files wait for their import; import them or clear the list first.") if is_waiting else None,
            on_click=_delete,
            args=(which, name),
        )
        if failed := st.session_state.pop(_FAILED, ""):
            st.error(failed, icon=":material/error:")


def _delete(which: str, name: str) -> None:
    try:
        workspaces.delete(which)
    except OmniDashError as error:
        st.session_state[_FAILED] = plain(words().render(error.message))
        return
    st.session_state[_TYPED] = ""
    st.toast(plain(_("Deleted: {name}", name=name)), icon=":material/delete:")
