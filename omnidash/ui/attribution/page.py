"""The attribution screen. Only the open section is computed."""

from collections.abc import Callable

import streamlit as st

from omnidash.model.messages import N_
from omnidash.ui import sections
from omnidash.ui.attribution import cached
from omnidash.ui.attribution.choices import asked, includes, show_choices
from omnidash.ui.attribution.evidence import evidence_title, show_evidence
from omnidash.ui.attribution.models import models_title, show_models
from omnidash.ui.attribution.pairs import pairs_title, show_pairs
from omnidash.ui.cards import finding
from omnidash.ui.claimed_view import claimed_title, show_claimed
from omnidash.ui.i18n import _
from omnidash.ui.needed import empty_state
from omnidash.ui.screen import Screen

SECTIONS = {
    "models": (N_("Models side by side"), ":material/balance:"),
    "pairs": (N_("Channels together"), ":material/link:"),
    "claimed": (N_("Claimed and real"), ":material/fact_check:"),
    "evidence": (N_("Evidence from tests"), ":material/science:"),
}
_VIEWS: dict[str, tuple[Callable[[Screen], str], Callable[[Screen], None]]] = {
    "models": (models_title, show_models),
    "pairs": (pairs_title, show_pairs),
    "claimed": (claimed_title, show_claimed),
    "evidence": (evidence_title, show_evidence),
}


def show_attribution(screen: Screen) -> None:
    """Draw the page."""
    section = sections.chosen("attribution", SECTIONS)
    title, view = _VIEWS[section]
    has_credit = section in ("claimed", "evidence") or _has_conversions(screen)
    finding(title(screen) if has_credit else _("No conversions in this period"))
    sections.choice("attribution", SECTIONS, section)
    if not has_credit:
        empty_state(_("Upload orders, or events with conversions, to see which channels deserve the credit."))
        return
    if section in ("models", "pairs"):
        show_choices(screen)
    view(screen)


def _has_conversions(screen: Screen) -> bool:
    with st.spinner(_("Crediting every conversion under every model …")):
        found = cached.comparison(screen.workspace, screen.filters.period, asked(screen))
    credit = found.models["last"].amounts[0]
    return bool(sum(c for name, c in zip(found.channels, credit, strict=True) if includes(screen, name)))
