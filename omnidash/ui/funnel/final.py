"""The part of a funnel whose windows are over: what rates are compared by."""

import streamlit as st

from omnidash.journeys.funnel import FunnelResult
from omnidash.ui.funnel import results
from omnidash.ui.i18n import _, fmt
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain


def finally_counted(screen: Screen, result: FunnelResult) -> FunnelResult | None:
    """The same funnel of the days whose entries' windows are over; None where there are none."""
    over = result.query.of_entries_over(screen.span.closed_through)
    return None if over is None else results.counted(screen.workspace, over, screen.bar.segment)


def say_what_is_left_out(result: FunnelResult, final: FunnelResult) -> None:
    """One line where later days are not compared."""
    if final.query.period != result.query.period and final.query.period is not None:
        day = fmt().day(final.query.period.last_day, with_year=True)
        st.caption(plain(_("Entries until {day} only: the windows of later ones are not over.", day=day)))
