"""The alerts screen: every case with its evidence and plan, and the rules with their limits and their replay."""

from collections.abc import Callable

import streamlit as st

from omnidash.health.case_book import Stage, Standing
from omnidash.model.messages import N_
from omnidash.ui import sections
from omnidash.ui.cards import finding
from omnidash.ui.health.case_view import show_case
from omnidash.ui.health.known import all_standings
from omnidash.ui.health.rules_view import show_rules
from omnidash.ui.health.today import name_of
from omnidash.ui.i18n import _, fmt, n_
from omnidash.ui.screen import Screen

SECTIONS = {
    "cases": (N_("Cases"), ":material/notifications:"),
    "rules": (N_("Rules and replay"), ":material/tune:"),
}
STAGE_TITLES: dict[Stage, str] = {
    "open": N_("Open"),
    "warning": N_("Close to a limit"),
    "acknowledged": N_("Acknowledged"),
    "snoozed": N_("Snoozed"),
    "recovered": N_("Recovered"),
    "closed": N_("Closed"),
}
_CASE = "alerts_case"


def show_alerts(screen: Screen) -> None:
    """Draw the page."""
    section = sections.chosen("alerts", SECTIONS)
    found = [s for s in all_standings(screen) if not s.case.channel or screen.filters.includes(s.case.channel)]
    views: dict[str, Callable[[], None]] = {
        "cases": lambda: _cases(screen, found),
        "rules": lambda: show_rules(screen),
    }
    finding(_headline(screen, found))
    sections.choice("alerts", SECTIONS, section)
    views[section]()


def _headline(screen: Screen, found: list[Standing]) -> str:
    last_day = screen.span.closed_through
    open_now = [standing for standing in found if standing.stage(last_day) == "open"]
    if not open_now:
        return n_(
            "Nothing is open; {count} case in the history", "Nothing is open; {count} cases in the history", len(found)
        )
    oldest = min(standing.case.first_day for standing in open_now)
    return n_(
        "{count} case is open, since {day}",
        "{count} cases are open, the oldest since {day}",
        len(open_now),
        day=fmt().day(oldest),
    )


def _cases(screen: Screen, found: list[Standing]) -> None:
    if not found:
        st.success(_("No rule has ever fired on this history."), icon=":material/check:")
        return
    by_name = {name_of(standing): standing for standing in found}
    asked = st.query_params.get("case", "")
    if asked in by_name and st.session_state.get(f"{_CASE}_asked") != asked:
        st.session_state[_CASE] = asked
    st.session_state[f"{_CASE}_asked"] = asked
    if st.session_state.get(_CASE) not in by_name:
        st.session_state[_CASE] = next(iter(by_name))
    st.session_state[_CASE] = st.session_state[_CASE]  # survives a switch of the language
    last_day = screen.span.closed_through

    def label(name: str) -> str:
        standing = by_name[name]
        stage = _(STAGE_TITLES[standing.stage(last_day)])
        return f"{stage} · {fmt().day(standing.case.first_day)} · {screen.say(standing.case.sentence)}"

    chosen = st.selectbox(_("Case"), list(by_name), key=_CASE, format_func=label)
    show_case(screen, by_name[chosen])
