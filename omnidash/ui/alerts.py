"""The cases on top of the health screen: one sentence each, its evidence, and what can be done."""

import polars as pl
import streamlit as st

from omnidash.health.cases import Case
from omnidash.ui import state
from omnidash.ui.i18n import _, fmt, n_
from omnidash.ui.screen import Screen
from omnidash.ui.tables import table
from omnidash.ui.text import escaped, plain

_SHOWN = 3


def open_cases(screen: Screen, cases: list[Case]) -> None:
    """The open cases, worst first; from the fourth on behind "more"."""
    for index, case in enumerate(cases[:_SHOWN]):
        _case(screen, case, index)
    if len(cases) > _SHOWN:
        with st.expander(n_("{count} more", "{count} more", len(cases) - _SHOWN)):
            for index, case in enumerate(cases[_SHOWN:], start=_SHOWN):
                _case(screen, case, index)


def _case(screen: Screen, case: Case, index: int) -> None:
    color = screen.colors.alert if case.state == "open" else screen.colors.warning
    with st.container(border=True, key=f"case_{index}", gap="xsmall"):
        words, buttons = st.columns([0.72, 0.28], vertical_alignment="center")
        with words:
            st.html(
                f'<div class="od-alert"><span class="od-dot" style="background:{color}"></span>'
                f"{escaped(screen.say(case.sentence))}</div>"
            )
        with buttons, st.container(horizontal=True, horizontal_alignment="right"):
            with st.popover(_("Evidence and plan"), icon=":material/fact_check:", key=f"evidence_{index}"):
                _evidence(screen, case, index)
            if case.rule == "roi_streak":
                st.page_link(
                    "pages/budget.py",
                    label=_("Move budget"),
                    icon=":material/tune:",
                    query_params={**state.address_of(screen.bar), "focus": case.channel},
                )


def _evidence(screen: Screen, case: Case, index: int) -> None:
    st.markdown(f"**{_('What to do')}**")
    for action in case.actions:
        st.markdown(f"- {plain(screen.say(action))}")
    st.markdown(f"**{_('Evidence')}** · {_('since {day}', day=fmt().day(case.first_day))}")
    named = case.evidence
    if "channel" in named.columns:
        named = named.with_columns(channel=pl.Series([screen.name(c) for c in named["channel"]], dtype=pl.String))
    table(named, key=f"rows_{index}")
