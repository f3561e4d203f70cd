"""The customers screen: identity, one person, and what people decided. Only the open section is computed."""

from collections.abc import Callable

import streamlit as st

from omnidash.model.messages import N_
from omnidash.ui import sections
from omnidash.ui.cards import finding
from omnidash.ui.customers import at_work, cached
from omnidash.ui.customers.decisions import decisions_title, show_decisions
from omnidash.ui.customers.identity import identity_title, show_identity
from omnidash.ui.customers.person import person_title, show_person
from omnidash.ui.i18n import _
from omnidash.ui.screen import Screen

SECTIONS = {
    "identity": (N_("Identity"), ":material/fingerprint:"),
    "person": (N_("One person"), ":material/person_search:"),
    "decisions": (N_("Decisions"), ":material/gavel:"),
}
_VIEWS: dict[str, tuple[Callable[[Screen], str], Callable[[Screen], None]]] = {
    "identity": (identity_title, show_identity),
    "person": (person_title, show_person),
    "decisions": (decisions_title, show_decisions),
}


def show_customers(screen: Screen) -> None:
    """Draw the page."""
    section = sections.chosen("customers", SECTIONS)
    title, view = _VIEWS[section]
    above, told = st.container(), st.container()
    with told:  # first: what has ended by now is in the title as well
        at_work.show()
    with st.spinner(_("Looking at who is who …")):
        summary = cached.identities(screen.workspace).summary
        has_anybody = summary.identifiers > 0 or len(summary.blocked) > 0
        heading = title(screen)
    with above:
        finding(heading)
        sections.choice("customers", SECTIONS, section)
    if has_anybody or section == "decisions":
        view(screen)
    else:
        _nobody()


def _nobody() -> None:
    """No file so far names anybody."""
    st.info(
        _(
            "No file so far names anybody. Upload touchpoints, events or orders with a phone number, e-mail address, "
            "member number, WeChat id, device or cookie; OmniDash hashes it at once and joins what stood on one row."
        ),
        icon=":material/group:",
    )
    st.page_link("pages/data.py", label=_("Upload files"), icon=":material/upload_file:")
