"""What a link names and the workspace has not: said in one line on the page it led to, until one goes on.

Where such a value is found the page has its usual choice instead, and the address is brought in line with the page; so
what was asked for is kept here, in the session.
"""

import streamlit as st

from omnidash.ui.i18n import _, fmt
from omnidash.ui.text import plain

_KEY = "filter_not_found"  # choosing another workspace forgets it with the other filters


def note(kind: str, value: str) -> None:
    """Remember that the address named a thing that is not there. ``kind``: what it would be, in the reader's words."""
    st.session_state.setdefault(_KEY, {}).setdefault((kind, value), None)


def note_and_say(page: str, kind: str, value: str) -> None:
    """The same for a thing that only the page itself looks for: said here and now, and by the frame from then on."""
    if (kind, value) not in st.session_state.get(_KEY, {}):
        st.session_state.setdefault(_KEY, {})[(kind, value)] = page
        _line([(kind, value)])


def say(page: str) -> None:
    """Say what was noted since the last page; nothing where all was found."""
    noted: dict[tuple[str, str], str | None] = st.session_state.get(_KEY, {})
    here = {thing: page for thing, seen_on in noted.items() if seen_on in (None, page)}
    st.session_state[_KEY] = here
    if here:
        _line(list(here))


def forget() -> None:
    """The reader has chosen for themselves: what the link asked for matters no longer."""
    st.session_state.pop(_KEY, None)


def _line(things: list[tuple[str, str]]) -> None:
    names = fmt().listing([_("{kind} “{name}”", kind=kind, name=value) for kind, value in things])
    st.warning(
        plain(_("The link names what is not here: {names}. You see the usual choice instead.", names=names)),
        icon=":material/link_off:",
    )
