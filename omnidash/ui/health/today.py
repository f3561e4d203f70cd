"""The cases on top of the morning page: one sentence each, and the three things to do about it."""

from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from omnidash.health.case_book import Standing, record
from omnidash.model.errors import OmniDashError
from omnidash.ui import state
from omnidash.ui.fragment import fragment
from omnidash.ui.i18n import _, fmt, n_, words
from omnidash.ui.report import collected
from omnidash.ui.screen import Screen
from omnidash.ui.text import escaped, plain

_SHOWN = 3
_WHO = "who_am_i"
_RECORDED = "case_recorded"
_SNOOZE_DAYS = 7


def for_today(found: Sequence[Standing], screen: Screen) -> list[Standing]:
    """What nobody has dealt with yet: open cases, then warnings, in the order of urgency."""
    stages = [(standing, standing.stage(screen.span.closed_through)) for standing in found]
    return [s for s, stage in stages if stage == "open"] + [s for s, stage in stages if stage == "warning"]


def open_cases(screen: Screen, found: Sequence[Standing]) -> None:
    """The cases, worst first; from the fourth on behind "more"."""
    for index, standing in enumerate(found[:_SHOWN]):
        case_line(screen, standing, f"{index}")
    if len(found) > _SHOWN:
        with st.expander(n_("{count} more", "{count} more", len(found) - _SHOWN)):
            for index, standing in enumerate(found[_SHOWN:], start=_SHOWN):
                case_line(screen, standing, f"{index}")


def case_line(screen: Screen, standing: Standing, key: str) -> None:
    """One case in one line: dot, sentence, evidence and plan, the next step, acknowledge."""
    case = standing.case
    sentence = screen.say(case.sentence)
    color = screen.colors.alert if case.state == "open" else screen.colors.warning
    with st.container(border=True, key=f"case_{key}", gap="xsmall"):
        said, buttons = st.columns([0.52, 0.48], vertical_alignment="center")
        with said:
            st.html(
                f'<div class="od-alert"><span class="od-dot" style="background:{color}"></span>'
                f"{escaped(sentence)}</div>"
            )
            collected.add(f"case:{name_of(standing)}", collected.Sentence(text=sentence, color=color))
        with buttons, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
            plan_link(screen, standing)
            if case.rule in ("roi_streak", "cac_to_ltv") and case.channel:
                budget_link(screen, case.channel)
            acknowledge(screen, standing, key)


def plan_link(screen: Screen, standing: Standing) -> None:
    """To the case on the alerts page, where its evidence and its plan stand."""
    titles = {"traffic_drop": _("Migration plan"), "concentration": _("Diversion plan")}
    st.page_link(
        "pages/alerts.py",
        label=titles.get(standing.case.rule, _("Evidence and plan")),
        icon=":material/fact_check:",
        query_params={**state.address_of(screen.bar), "case": name_of(standing)},
    )


def budget_link(screen: Screen, channel: str) -> None:
    """To the budget page, at this channel."""
    st.page_link(
        "pages/budget.py",
        label=_("Move budget"),
        icon=":material/tune:",
        query_params={**state.address_of(screen.bar), "focus": channel},
    )


@fragment
def acknowledge(screen: Screen, standing: Standing, key: str) -> None:
    """A small form: who, a note, and whether it is dealt with, to be shown again later, or put away. It is made when it
    is opened."""
    if st.session_state.pop(_RECORDED, False):
        st.rerun()  # the case stands elsewhere now
    with st.popover(_("Acknowledge"), icon=":material/done:", key=f"ack_{key}", on_change="rerun") as form:
        if form.open:
            _form(screen, standing, key)


def _form(screen: Screen, standing: Standing, key: str) -> None:
    st.text_input(
        _("Your name"), value=st.session_state.get(_WHO, ""), key=f"who_{key}", max_chars=60, persist_state="page"
    )
    st.text_input(_("Note: what you found, what you do"), key=f"note_{key}", max_chars=400, persist_state="page")
    later = screen.span.closed_through + timedelta(days=_SNOOZE_DAYS)
    with st.container(horizontal=True):
        st.button(
            _("Acknowledge"),
            type="primary",
            key=f"do_ack_{key}",
            on_click=_record,
            args=(screen, standing, "acknowledged", key),
        )
        st.button(
            _("Snooze until {day}", day=fmt().day(later)),
            key=f"do_snooze_{key}",
            on_click=_record,
            args=(screen, standing, "snoozed", key, later),
        )
        st.button(
            _("Save as decision"),
            key=f"do_decide_{key}",
            on_click=_record,
            args=(screen, standing, "decided", key),
            help=_("What you decided goes into the note; a week later its outcome stands beside it."),
        )
        stage = standing.stage(screen.span.closed_through)
        if stage == "snoozed":
            st.button(_("Wake"), key=f"do_wake_{key}", on_click=_record, args=(screen, standing, "woken", key))
        if stage == "closed":
            st.button(_("Reopen"), key=f"do_open_{key}", on_click=_record, args=(screen, standing, "reopened", key))
        else:
            st.button(_("Close"), key=f"do_close_{key}", on_click=_record, args=(screen, standing, "closed", key))
    st.caption(_("Kept with the case; it is not shown as open any more and nobody is told of it again."))
    _problem(key)


def name_of(standing: Standing) -> str:
    """The case as an address names it: rule, channel or source, first day."""
    case = standing.case
    return f"{case.rule}.{case.channel or case.source}.{case.first_day}"


def _record(screen: Screen, standing: Standing, kind: str, key: str, until: object = None) -> None:
    who = str(st.session_state.get(f"who_{key}", "")).strip()
    st.session_state[_WHO] = who
    try:
        record(
            screen.workspace,
            standing.case,
            kind,  # type: ignore[arg-type]
            by=who or _("somebody"),
            note=str(st.session_state.get(f"note_{key}", "")),
            until=until,  # type: ignore[arg-type]
            details={"decided_on": str(screen.span.closed_through)} if kind == "decided" else None,
        )
        st.session_state.pop(f"problem_{key}", None)
        st.session_state[f"ack_{key}"] = False
        st.session_state[_RECORDED] = True
    except OmniDashError as problem:
        st.session_state[f"problem_{key}"] = problem


def _problem(key: str) -> None:
    problem = st.session_state.get(f"problem_{key}")
    if problem is not None:
        st.error(plain(words().render(problem.message)))
