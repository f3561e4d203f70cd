"""What a person may ask for: everything known about them, and to be forgotten; one by one and in bulk.

To forget somebody one types an identifier of theirs once more: it confirms, and it is what the request names.
"""

import io
import zipfile
from collections.abc import Callable

import polars as pl
import streamlit as st

from omnidash.identity.forget import Forgotten, forget, forget_all
from omnidash.identity.lookup import readings
from omnidash.identity.person_record import PersonRecord, export_of, members_of
from omnidash.identity.requests import columns_in, identifiers_in
from omnidash.ingest.meaning.identifier_columns import identifier_columns
from omnidash.model.errors import OmniDashError
from omnidash.model.messages import N_, Message
from omnidash.store import Workspace
from omnidash.store.backup import kept_copies
from omnidash.ui import workspaces
from omnidash.ui.customers import at_work
from omnidash.ui.customers.wording import LEVEL_TITLES
from omnidash.ui.data.task import Progress
from omnidash.ui.data.wording import who
from omnidash.ui.i18n import _, fmt, n_, sentences, words
from omnidash.ui.persons import chosen_level
from omnidash.ui.screen import Screen
from omnidash.ui.style import translate_uploader
from omnidash.ui.text import plain

_BOX, _WHY, _REFUSED, _LIST = "forget_box", "forget_why", "forget_refused", "forget_list_generation"
_WAIT_SECONDS = 20.0
_COPIES_NAMED = 5


def show_privacy(screen: Screen, identifier: int) -> None:
    """The card with the person's record and the way to forget them."""
    workspace = screen.workspace
    with st.container(border=True, key="card_privacy"):
        st.markdown(f"## {_('If this person asks')}")
        st.caption(_("Everything that is known about this person; identifiers as type and mask, for no more is kept."))
        own = workspace.settings.identity_level
        if chosen_level(workspace) != own:
            st.caption(
                _(
                    "Record and forgetting go by the level of the workspace, “{level}”, not by the one looked at.",
                    level=_(LEVEL_TITLES[own]),
                )
            )
        with st.container(horizontal=True):
            st.download_button(
                "JSON",
                data=lambda: export_of(workspace, identifier).as_json().encode(),
                file_name="person.json",
                mime="application/json",
                icon=":material/download:",
                on_click="ignore",
                key="export_json",
            )
            st.download_button(
                _("CSV tables (ZIP)"),
                data=lambda: _zip(export_of(workspace, identifier)),
                file_name="person.zip",
                mime="application/zip",
                icon=":material/download:",
                on_click="ignore",
                key="export_zip",
            )
        refused = st.session_state.pop(_REFUSED, None)
        with st.expander(_("Forget this person"), icon=":material/person_remove:", expanded=refused is not None):
            _say_what_forgetting_means()
            workspaces.say_if_read_only(workspace)
            if refused:
                st.error(refused, icon=":material/error:")
            _forget_form(workspace, identifier)


def _say_what_forgetting_means() -> None:
    st.markdown(
        _(
            "All identifiers, links and rows set aside of this person are deleted for good, and kept out of later "
            "imports. What happened stays as anonymous figures, so that sums of closed days do not change. It cannot "
            "be undone; backups and the export files themselves are outside of the workspace."
        )
    )


def _forget_form(workspace: Workspace, identifier: int) -> None:
    is_sample = workspace.settings.is_read_only
    with st.form("forget_form", clear_on_submit=True, border=False):
        st.text_input(
            _("To confirm, type one of this person's identifiers in full"),
            key=_BOX,
            autocomplete="off",
            disabled=is_sample,
        )
        _reason(_WHY, is_disabled=is_sample)
        st.form_submit_button(
            _("Forget for good"),
            type="primary",
            icon=":material/delete_forever:",
            key="forget_confirm",
            disabled=is_sample or at_work.is_running(),
            on_click=lambda: _forget(workspace, identifier),
        )


def _reason(key: str, *, is_disabled: bool = False) -> str:
    """Why somebody is forgotten, for the history of decisions."""
    return st.text_input(
        _("Why? (kept in the history of decisions)"),
        key=key,
        disabled=is_disabled,
        max_chars=200,
        help=_("Write no names, phone numbers or addresses here: the reason is kept with the decision."),
    )


def _forget(workspace: Workspace, identifier: int) -> None:
    """The typed identifier is emptied at once; only one of this person's own confirms."""
    typed = str(st.session_state.get(_BOX, ""))
    st.session_state[_BOX] = ""
    members = members_of(workspace, identifier)
    own = readings(workspace, [typed]).filter(pl.col("is_known") & pl.col("identifier_id").is_in(members))
    if own.is_empty():
        st.session_state[_REFUSED] = _("That is no identifier of this person; nothing was changed.")
        return
    kind = str(own["type"][0])  # the same text may be somebody else's number of another type
    reason, by = str(st.session_state.get(_WHY, "")), who()
    _begin(
        workspace,
        lambda tell: forget(workspace, typed, kind=kind, by=by, reason=reason, wait_seconds=_WAIT_SECONDS, tell=tell),
    )


def _begin(workspace: Workspace, work: Callable[[Progress], Forgotten]) -> None:
    """In the background; at its end the copies that may still hold somebody are named."""
    at_work.begin(
        work,
        opening=Message(N_("forgetting")),
        done=lambda done: sentences(_told(done), *_copies(workspace)),
    )


def _copies(workspace: Workspace) -> list[str]:
    copies = kept_copies(workspace.folder)
    if not copies:
        return []
    names = fmt().listing([plain(path.name) for path in copies[:_COPIES_NAMED]])
    return [
        n_(
            "{count} backup may still hold the person; delete or renew it: {names}",
            "{count} backups may still hold the person; delete or renew them: {names}",
            len(copies),
            names=names,
        )
    ]


def _told(done: Forgotten) -> str:
    persons = n_("{count} person is forgotten", "{count} persons are forgotten", done.persons)
    text = _(
        "{persons}: {identifiers} identifiers and {links} links deleted, {events} events made anonymous.",
        persons=persons,
        identifiers=fmt().integer(done.identifiers),
        links=fmt().integer(done.links),
        events=fmt().integer(done.events),
    )
    if done.already:
        text += " " + n_("{count} was forgotten before.", "{count} were forgotten before.", done.already)
    if done.unknown:
        text += " " + n_(
            "{count} occurs in no file; a phone number or an e-mail address is kept out of later imports.",
            "{count} occur in no file; phone numbers and e-mail addresses among them are kept out of later imports.",
            done.unknown,
        )
    if done.ambiguous:
        text += " " + n_(
            "{count} is an identifier of several persons and was left alone: look it up and forget the right one.",
            "{count} are identifiers of several persons and were left alone: look them up and forget the right ones.",
            done.ambiguous,
        )
    if done.left_copies:
        text += " " + n_(
            "{count} copy in the folder of the workspace could not be removed and may still hold the person; delete it:"
            " {names}",
            "{count} copies in the folder of the workspace could not be removed and may still hold the person; delete"
            " them: {names}",
            len(done.left_copies),
            names=fmt().listing([plain(str(path)) for path in done.left_copies[:_COPIES_NAMED]]),
        )
    return text


def show_bulk_requests(workspace: Workspace) -> None:
    """Forget by a list: a file with one identifier per line, or a column of an export."""
    with st.expander(_("Requests in bulk: forget everybody on a list"), icon=":material/playlist_remove:", key="bulk"):
        _say_what_forgetting_means()
        workspaces.say_if_read_only(workspace)
        if workspace.settings.is_read_only:
            return
        translate_uploader()
        generation = st.session_state.get(_LIST, 0)
        file = st.file_uploader(
            _("One identifier per line, or an export with a column of them; it is read and not kept"),
            type=["csv", "txt", "tsv"],
            key=f"forget_list_{generation}",
        )
        if file is None:
            return
        data = file.getvalue()
        try:
            columns = columns_in(data)
            fit = identifier_columns(columns)
            chosen = (
                st.multiselect(
                    _("Columns with the identifiers"),
                    list(dict.fromkeys(columns)),  # a name that two columns have means the first of them
                    default=list(dict.fromkeys(columns[place] for place in fit)),
                    key=f"columns_{generation}",
                )
                if columns
                else []
            )
            if columns and not chosen:  # nothing was done wrong yet
                return
            asked = identifiers_in(data, columns=chosen)
        except OmniDashError as error:
            st.error(plain(words().render(error.message)), icon=":material/error:")
            return
        st.markdown(n_("{count} identifier is on the list.", "{count} identifiers are on the list.", len(asked)))
        confirmed = st.text_input(
            _("To confirm, type how many identifiers are on the list"), key=f"forget_count_{generation}"
        )
        reason = _reason(f"forget_why_{generation}")
        if st.button(
            _("Forget them for good"),
            type="primary",
            icon=":material/delete_forever:",
            key="forget_list_confirm",
            disabled=confirmed.strip() != str(len(asked)) or at_work.is_running(),
        ):
            by = who()
            _begin(
                workspace,
                lambda tell: forget_all(workspace, asked, by=by, reason=reason, wait_seconds=_WAIT_SECONDS, tell=tell),
            )
            st.session_state[_LIST] = generation + 1  # the server's copy of the list is let go
            st.rerun()


def _zip(record: PersonRecord) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in record.as_csv().items():
            archive.writestr(name, text.encode("utf-8-sig"))
    return packed.getvalue()
