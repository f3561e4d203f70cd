"""One saved plan: its money, its score against what happened, files and link; put on screen, copied, renamed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import polars as pl
import streamlit as st

from omnidash.budget import scenario as book
from omnidash.budget.scenario import Scenario, score
from omnidash.budget.what_if import Allocation
from omnidash.locale import Translator
from omnidash.model.errors import OmniDashError
from omnidash.model.messages import N_
from omnidash.model.period import Period
from omnidash.ui.budget.plan_state import PlanState
from omnidash.ui.budget.said import names_apart
from omnidash.ui.export import XLSX_TYPE, csv_bytes, xlsx_bytes
from omnidash.ui.i18n import _, fmt, in_this_language, words
from omnidash.ui.links import address
from omnidash.ui.report.collected import Collected, Evidence
from omnidash.ui.report.html_page import html_page
from omnidash.ui.screen import Screen
from omnidash.ui.tables import table as show_table
from omnidash.ui.text import plain

_VERDICTS = {
    "running": N_("still running"),
    "not followed": N_("the plan was not followed"),
    "as expected": N_("as expected"),
    "better": N_("better than expected"),
    "worse": N_("worse than expected"),
}
_ROWS_MEANING = N_("Expected net revenue follows the response curves; 80 of 100 times it lies between its ends.")


def scenario_card(screen: Screen, state: PlanState, table: pl.DataFrame, saved: tuple[Scenario, ...]) -> None:
    by_id, names = {s.scenario_id: s for s in saved}, names_apart(saved)
    linked = st.query_params.get("scenario", "")
    key = "scenario_open"
    if key not in st.session_state or st.session_state[key] not in by_id:
        st.session_state[key] = int(linked) if linked.isdecimal() and int(linked) in by_id else next(iter(by_id))
    number = st.selectbox(_("Scenario"), list(by_id), key=key, format_func=lambda n: names[n])
    one = by_id[number]
    with st.container(border=True, key="scenario_card"):
        st.markdown(f"## {plain(names[number])}")
        if one.note:
            st.text(one.note)
        st.caption(
            _(
                "Saved on {day} · {first_day} – {last_day} as reference · data state {version}",
                day=fmt().day(one.saved_at.date(), with_year=True),
                first_day=fmt().day(one.first_day),
                last_day=fmt().day(one.last_day, with_year=True),
                version=one.data_version,
            )
        )
        _score(screen, one, table)
        rows = _rows(screen, one)
        show_table(rows, key="scenario_rows")
        with st.container(horizontal=True):
            is_fixed = bool(screen.workspace.settings.fixed_at)
            known = {curve.channel for curve in state.curves}
            spend = {c: one.per_day.get(c, state.today[c]) for c in known}
            st.button(
                _("Put on screen"), key="scenario_apply", on_click=state.move,
                args=(Allocation({c: spend[c] for c in state.allocation}),),
            )  # fmt: skip
            st.button(_("Duplicate"), key="scenario_copy", on_click=_copy, args=(screen, one), disabled=is_fixed)
            st.button(_("Delete"), key="scenario_delete", on_click=_delete, args=(screen, number), disabled=is_fixed)
            forms: tuple[tuple[str, str, Callable[[], bytes], str], ...] = (
                ("CSV", "csv", lambda: csv_bytes(rows), "text/csv"),
                ("XLSX", "xlsx", lambda: xlsx_bytes(rows, above=(one.name, one.note)), XLSX_TYPE),
                ("HTML", "html", partial(plan_page, screen, one, rows, words()), "text/html"),
            )
            for label, name, make, mime in forms:
                st.download_button(
                    label,
                    data=in_this_language(make),
                    file_name=f"omnidash-plan-{number}.{name}",
                    mime=mime,
                    icon=":material/download:",
                    on_click="ignore",
                    key=f"scenario_{name}",
                )
        st.caption(_("Link to this scenario"))
        st.code(address(scenario=str(number), plan=""), language=None, wrap_lines=True)
        with st.popover(_("Rename"), key="scenario_rename"):
            name = st.text_input(_("Name"), value=one.name, key=f"rename_{number}", max_chars=80)
            note = st.text_input(_("Note"), value=one.note, key=f"renote_{number}", max_chars=400)
            if st.button(_("Save name and note"), key="scenario_renamed", disabled=is_fixed or not name.strip()):
                _said_if_refused(lambda: book.rename(screen.workspace, one, name=name, note=note))
                st.rerun()


def plan_page(screen: Screen, one: Scenario, rows: pl.DataFrame, say: Translator) -> bytes:
    """The plan as a report of its own."""
    period = Period(first_day=one.first_day, last_day=one.last_day)
    return html_page(
        Collected(
            page="budget",
            page_title=say.text(N_("Budget")),
            words=say,
            colors=screen.colors,
            title=one.name,
            about=(one.note, say.text(N_("Reference: {period}"), period=say.formats.period(period))),
            pieces={
                "plan": Evidence(
                    title=say.text(N_("Spend and expected net revenue in {days} days"), days=one.days),
                    explanation=say.text(_ROWS_MEANING),
                    table=rows,
                )
            },
        ),
        made=datetime.now(screen.workspace.settings.zone).date(),
    )


def _copy(screen: Screen, one: Scenario) -> None:
    name = _("{name} (copy)", name=one.name)
    _said_if_refused(lambda: book.duplicate(screen.workspace, one, name=name))


def _delete(screen: Screen, number: int) -> None:
    _said_if_refused(lambda: book.delete(screen.workspace, number))


def _said_if_refused(change: Callable[[], object]) -> None:
    """Change the workspace; where somebody else is writing, say so and change nothing."""
    try:
        change()
    except OmniDashError as error:
        st.toast(plain(words().render(error.message)), icon=":material/error:")


def _score(screen: Screen, one: Scenario, table: pl.DataFrame) -> None:
    until = screen.facts.closed_through or screen.span.closed_through
    seen = score(one, table, until)
    if seen.days_seen == 0:
        begins = one.last_day + timedelta(days=1)
        st.caption(_("Its days begin on {day}; there is no data of them yet.", day=fmt().day(begins, with_year=True)))
        return
    currency, verdict = screen.currency, _(_VERDICTS[seen.verdict])
    st.markdown(
        _(
            "**{verdict}** after {seen} of {days} days: spent {actual} of {planned} planned, revenue {revenue} against "
            "{expected} expected (80%: {low} … {high})",
            verdict=verdict[:1].upper() + verdict[1:],  # it begins the sentence
            seen=seen.days_seen,
            days=one.days,
            actual=fmt().money_compact(seen.spend_actual, currency),
            planned=fmt().money_compact(seen.spend_planned, currency),
            revenue=fmt().money_compact(seen.revenue_actual, currency),
            expected=fmt().money_compact(seen.revenue_expected, currency),
            low=fmt().money_compact(seen.revenue_low, currency),
            high=fmt().money_compact(seen.revenue_high, currency),
        )
    )


def _rows(screen: Screen, one: Scenario) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                _("Channel"): screen.name(row.channel),
                _("Spend today"): round(row.spend_today, 2),
                _("New spend"): round(row.spend_planned, 2),
                _("Net revenue today"): round(row.revenue_today, 2),
                _("Expected net revenue"): round(row.revenue_expected, 2),
                _("Low (80%)"): round(row.revenue_low, 2),
                _("High (80%)"): round(row.revenue_high, 2),
            }
            for row in one.channels
        ]
    )
