"""Words the sections of the customers screen share: levels, identifiers, decisions, and the notice of what was done."""

import streamlit as st

from omnidash.identity.decisions import BLOCK, CUT, RESTORE
from omnidash.model.messages import N_
from omnidash.ui.i18n import _
from omnidash.ui.import_labels import FIELD_TITLES
from omnidash.ui.text import plain

LEVEL_TITLES = {"strict": N_("Strict"), "normal": N_("Normal"), "loose": N_("Loose")}
LEVEL_MEANINGS = {
    "strict": N_("Only what names a person joins: phone, e-mail, member number, WeChat ids."),
    "normal": N_("Devices and cookies join too, unless the people they would join contradict each other."),
    "loose": N_("Devices of several people join as well, up to the hub limit; so do records that were found alike."),
}
DECISION_TITLES = {CUT: N_("Link cut"), BLOCK: N_("Identifier blocked"), RESTORE: N_("Taken back")}
SHARED_TITLES = {
    "hub": N_("Shared by many (hub)"),
    "contested": N_("Shared by people who contradict each other"),
    "blocked": N_("Names nobody (blocked value)"),
    "decision": N_("Blocked by a decision"),
}
_NOTICE = "customer_notice"


def type_title(identifier_type: str) -> str:
    """An identifier's type in the reader's language."""
    return _(FIELD_TITLES[identifier_type]) if identifier_type in FIELD_TITLES else identifier_type


def identifier_text(typed_hint: str) -> str:
    """ "Phone +86138****5678" of "phone +86138****5678": type and mask, never the value."""
    identifier_type, _blank, hint = typed_hint.partition(" ")
    return f"{type_title(identifier_type)} {hint}".strip()


def decision_text(kind: str, a: str | None, b: str | None) -> str:
    """What a decision is about."""
    if a is None:
        return _("a person who was forgotten since")
    if kind == CUT or b is not None:
        return _("{a} and {b}", a=identifier_text(a), b=identifier_text(b or ""))
    return identifier_text(a)


def notice(text: str) -> None:
    """Say on the next run what was done."""
    st.session_state[_NOTICE] = text


def show_notice() -> None:
    """What was done, said once."""
    text = st.session_state.pop(_NOTICE, None)
    if text:
        st.success(plain(text), icon=":material/check_circle:")
