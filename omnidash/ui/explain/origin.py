"""Where the number of a card comes from, as the card states it, and the ⓘ that opens the drawer.

A card says which metrics it shows (or which sums), over which days and channels; what it leaves out is the page's. Only
the press of the button reads anything.
"""

from dataclasses import dataclass
from datetime import date

import streamlit as st

from omnidash.metrics.rows_behind import addends_of
from omnidash.model.period import Period
from omnidash.ui.fragment import fragment
from omnidash.ui.i18n import _
from omnidash.ui.labels import MODELS_IN_SHORT
from omnidash.ui.screen import Screen

_KEY = "explained_screen"
_CREDITED_PAGES = ("overview", "alerts", "channel")
_CREDITED = {"conversions", "net_revenue", "gross_profit", "new_customers"}  # sums that a model shares among channels


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """``metrics``: of the registry; ``addends``: the sums whose rows are shown, those of the metrics where none are
    named (``actions``: events of these ``actions``). ``period``, ``channels``, ``model``: the page's where not named.
    ``value``: the number as it is and ``shown`` as it is written, where the card shows one. ``costed_through``: the
    last day with spend, up to which money spent is compared; ``lookback_days``: the workspace's where it is 0;
    ``is_of_everybody``: whatever segment is chosen."""

    metrics: tuple[str, ...] = ()
    addends: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    period: Period | None = None
    channels: tuple[str, ...] = ()
    model: str = ""
    value: float | None = None
    shown: str = ""
    costed_through: date | None = None
    lookback_days: int = 0
    is_of_everybody: bool = False


def look_at(page: str, screen: Screen | None) -> None:
    """Begin a page: what its cards show is of this screen."""
    st.session_state[_KEY] = None if screen is None else (page, screen)


def credited_by(origin: Origin) -> str:
    """The attribution model that decides what a card of the health pages shows, in the reader's words; nothing where no
    credit is in it, or where all channels together make one number, which is the same under every model. The other
    pages name their models themselves."""
    begun = st.session_state.get(_KEY)
    if begun is None or begun[0] not in _CREDITED_PAGES:
        return ""
    screen: Screen = begun[1]
    addends = origin.addends or addends_of(origin.metrics)
    is_whole = bool(origin.shown) and not (origin.channels or screen.filters.channels)
    if is_whole or _CREDITED.isdisjoint(addends):
        return ""
    return _(MODELS_IN_SHORT[origin.model or screen.filters.model])


def press_to_explain(title: str, *, key: str, origin: Origin, explanation: str, hint: str = "") -> None:
    """The ⓘ, within a fragment. ``explanation``: what the card means (Markdown); ``hint``: what pointing at it says.
    Nothing is drawn where no page has begun (a test of a card alone)."""
    begun = st.session_state.get(_KEY)
    if begun is None:
        return
    label = _("Where “{title}” comes from", title=title)
    if st.button(
        label,
        icon=":material/info:",
        type="tertiary",
        key=f"explain_{key}",
        help=hint or _("What this is, of what, and from which rows of which files"),
    ):
        from omnidash.ui.explain.drawer import show_drawer  # on the first press: the first screen does not wait for it

        page, screen = begun
        show_drawer(page, screen, title, origin, explanation)


explain_button = fragment(press_to_explain)
"""The same as a fragment of its own, so that opening it draws the page no second time."""
