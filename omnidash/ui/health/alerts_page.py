"""The alerts screen: every case with its evidence and plan, and the rules with their limits and their replay."""

from collections.abc import Callable

import polars as pl
import streamlit as st

from omnidash.health.case_book import Stage, Standing
from omnidash.model.messages import N_
from omnidash.ui import not_found, sections
from omnidash.ui.cards import evidence_card, finding
from omnidash.ui.health.case_view import RULE_TITLES, outcome_words, show_case
from omnidash.ui.health.drill_view import show_drill
from omnidash.ui.health.known import all_standings, known_decisions
from omnidash.ui.health.rules_view import show_rules
from omnidash.ui.health.stress_view import show_stress
from omnidash.ui.health.today import name_of
from omnidash.ui.i18n import _, fmt, n_
from omnidash.ui.screen import Screen
from omnidash.ui.tables import rows_high

SECTIONS = {
    "cases": (N_("Cases"), ":material/notifications:"),
    "rules": (N_("Rules and replay"), ":material/tune:"),
    "stress": (N_("Stress test"), ":material/crisis_alert:"),
    "drill": (N_("Drill"), ":material/exercise:"),
}
STAGE_TITLES: dict[Stage, str] = {
    "open": N_("Open"),
    "warning": N_("Close to a limit"),
    "acknowledged": N_("Acknowledged"),
    "snoozed": N_("Snoozed"),
    "recovered": N_("Recovered"),
    "closed": N_("Closed"),
}
_CASE, _LIST = "alerts_case", "alerts_list"
_DAY_PIXELS = 105
_FEW = 3  # cases that need no list beside the box to choose one


def show_alerts(screen: Screen) -> None:
    """Draw the page."""
    section = sections.chosen("alerts", SECTIONS)
    found = [s for s in all_standings(screen) if not s.case.channel or screen.filters.includes(s.case.channel)]
    views: dict[str, Callable[[], None]] = {
        "cases": lambda: _cases(screen, found),
        "rules": lambda: show_rules(screen),
        "stress": lambda: show_stress(screen),
        "drill": lambda: show_drill(screen),
    }
    finding(_headline(screen, found))
    sections.choice("alerts", SECTIONS, section)
    views[section]()


def _headline(screen: Screen, found: list[Standing]) -> str:
    last_day = screen.span.closed_through
    open_now = [standing for standing in found if standing.stage(last_day) == "open"]
    close = sum(standing.stage(last_day) == "warning" for standing in found)
    if not open_now and close:
        return n_(
            "Nothing is open; {count} channel is close to a limit",
            "Nothing is open; {count} channels are close to a limit",
            close,
        )
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
    if asked and asked not in by_name and st.session_state.get(f"{_CASE}_asked") != asked:
        not_found.note_and_say("alerts", _("case"), asked)
    st.session_state[f"{_CASE}_asked"] = asked
    if st.session_state.get(_CASE) not in by_name:
        st.session_state[_CASE] = next(iter(by_name))
    st.session_state[_CASE] = st.session_state[_CASE]  # survives a switch of the language
    last_day = screen.span.closed_through

    def label(name: str) -> str:
        standing = by_name[name]
        stage = _(STAGE_TITLES[standing.stage(last_day)])
        return f"{stage} · {fmt().day(standing.case.first_day)} · {screen.say(standing.case.sentence)}"

    if len(by_name) > _FEW:
        _list(screen, by_name)
    chosen = st.selectbox(_("Case"), list(by_name), key=_CASE, format_func=label)
    show_case(screen, by_name[chosen])
    _decided(screen, found)


def _list(screen: Screen, by_name: dict[str, Standing]) -> None:
    """Every case in a row, as urgent as they come; the one that is chosen is shown below."""
    last_day = screen.span.closed_through
    standings = list(by_name.values())
    table = pl.DataFrame(
        {
            _("State"): [_(STAGE_TITLES[standing.stage(last_day)]) for standing in standings],
            _("Rule"): [_(RULE_TITLES[standing.case.rule]) for standing in standings],
            _("Channel"): [screen.name(s.case.channel) if s.case.channel else None for s in standings],
            _("Since"): pl.Series([standing.case.first_day for standing in standings], dtype=pl.Date),
            _("Over on"): pl.Series([standing.case.recovered_on for standing in standings], dtype=pl.Date),
        }
    )
    st.dataframe(
        table.to_arrow(),
        hide_index=True,
        placeholder="–",
        key=_LIST,
        column_config={_(title): st.column_config.DateColumn(width=_DAY_PIXELS) for title in ("Since", "Over on")},
        height=rows_high(table.height, most=7),
        on_select=lambda: _choose(list(by_name)),
        selection_mode="single-row",
    )


def _choose(names: list[str]) -> None:
    rows = st.session_state[_LIST]["selection"]["rows"]
    if rows and rows[0] < len(names):
        st.session_state[_CASE] = names[rows[0]]


def _decided(screen: Screen, found: list[Standing]) -> None:
    """Every decision taken from a case, with what became of it."""
    known = known_decisions(screen, found)
    if not known:
        return
    better = sum(one.outcome is not None and one.outcome.judged == "better" for one in known)
    told = sum(one.outcome is not None for one in known)
    title = n_(
        "{count} decision: no outcome can be told yet", "{count} decisions: no outcome can be told yet", len(known)
    )
    if told:
        title = n_(
            "{count} decision: {better} of {told} with an outcome went better",
            "{count} decisions: {better} of {told} with an outcome went better",
            len(known),
            better=better,
            told=told,
        )
    table = pl.DataFrame(
        {
            _("Decided on"): [fmt().day(one.decided_on) for one in known],
            _("Decision"): [one.entry.note for one in known],
            _("Outcome"): [outcome_words(screen, one) for one in known],
            _("Who"): [one.entry.by for one in known],
            _("Case"): [screen.say(one.standing.case.sentence) for one in known],
        }
    )
    with evidence_card(
        title,
        table,
        key="decisions",
        explanation=_(
            "The figure a case was about, seven days before the decision against seven to fourteen after it. After "
            "fourteen days the outcome is kept with the case. It compares before and after and proves nothing: what "
            "else changed meanwhile is in it too."
        ),
    ):
        st.dataframe(table, hide_index=True, key="decisions_table")
