"""What the screens say where exports carry dates without a time: which event of a day came first is not known."""

import streamlit as st

from omnidash.journeys.funnel import FunnelResult
from omnidash.journeys.funnel_query import masks
from omnidash.ui.i18n import _, fmt
from omnidash.ui.journeys.results import dated_events_of
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain

_NOTABLE = 0.01


def say_of_steps(screen: Screen, result: FunnelResult) -> None:
    """One line below a funnel, where events of its steps have no time."""
    share = dated_events_of(screen.workspace).share(chosen=masks(result.table, result.query)[0] != 0)
    if share >= _NOTABLE and len(result.query.steps) > 1:
        _line(
            _(
                "{share} of the events of these steps carry a date and no time: their order within a day is not known, "
                "so steps of one day count as made in order, and times are whole days.",
                share=fmt().percent(share),
            )
        )


def say_of_paths(screen: Screen) -> None:
    """One line above paths and what is read from them, where events have no time."""
    share = dated_events_of(screen.workspace).share()
    if share >= _NOTABLE:
        _line(
            _(
                "{share} of all events carry a date and no time: which channel of such a day came first, or last, is "
                "not known. Ties are broken at random, always in the same way.",
                share=fmt().percent(share),
            )
        )


def _line(text: str) -> None:
    st.caption(f":material/schedule: {plain(text)}")
