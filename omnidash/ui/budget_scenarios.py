"""Scenarios: save the plan on screen, compare up to four, export, link, and score against what happened."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import streamlit as st

from omnidash.budget import scenario as book
from omnidash.budget.scenario import Scenario, compared, scenario_of, scenarios, score
from omnidash.budget.what_if import Allocation, what_if
from omnidash.charts.budget import scenario_bars
from omnidash.model.errors import OmniDashError
from omnidash.model.messages import N_
from omnidash.ui.budget_curves import chosen_basis, reference_of
from omnidash.ui.budget_export import as_csv, as_html, as_xlsx
from omnidash.ui.cards import chart_card
from omnidash.ui.i18n import _, fmt, words
from omnidash.ui.plan_state import PlanState
from omnidash.ui.screen import Screen
from omnidash.ui.tables import table as show_table
from omnidash.ui.text import escaped, plain

_MOST = 4
_VERDICTS = {
    "running": N_("still running"),
    "not followed": N_("the plan was not followed"),
    "as expected": N_("as expected"),
    "better": N_("better than expected"),
    "worse": N_("worse than expected"),
}


def scenario_section(screen: Screen, state: PlanState, table: pl.DataFrame, days: int) -> None:
    """Save, open, compare, export and score."""
    _save(screen, state, table, days)
    saved = scenarios(screen.workspace)
    if not saved:
        st.info(_("No scenario is saved yet. Save the plan on screen to compare it, share it and score it later."))
        return
    _compare(screen, saved)
    _one(screen, state, table, saved)


def _save(screen: Screen, state: PlanState, table: pl.DataFrame, days: int) -> None:
    with st.form("scenario_save", border=True, clear_on_submit=True):
        left, middle, right = st.columns([0.34, 0.46, 0.2], vertical_alignment="bottom")
        name = left.text_input(_("Name"), key="scenario_name", max_chars=80)
        note = middle.text_input(_("Note"), key="scenario_note", max_chars=400)
        if not right.form_submit_button(_("Save this plan"), icon=":material/save:", key="scenario_store"):
            return
    reference = reference_of(screen)
    answer = what_if(state.curves, state.allocation, margin=state.margin, days=days)
    inside = table.filter(pl.col("day").is_between(reference.first_day, reference.last_day))
    try:
        made = scenario_of(
            answer,
            name=name,
            note=note,
            basis=chosen_basis(),
            model=screen.filters.model,
            first_day=reference.first_day,
            last_day=reference.last_day,
            data_version=screen.workspace.data_version,
            rules={
                "objective": state.rules.objective,
                "change": state.rules.change,
                "reserve": state.rules.reserve,
                "top": state.rules.top,
                "locked": sorted(state.locked),
            },
            all_revenue_today=float(inside["revenue"].sum()),
        )
        book.save(screen.workspace, made)
    except OmniDashError as error:
        st.error(plain(words().render(error.message)))
        return
    st.rerun()


def _compare(screen: Screen, saved: tuple[Scenario, ...]) -> None:
    by_id = {s.scenario_id: s for s in saved}
    key = "scenario_compared"
    if key not in st.session_state:
        st.session_state[key] = list(by_id)[: min(2, len(by_id))]
    st.session_state[key] = [number for number in st.session_state[key] if number in by_id]
    chosen = st.multiselect(
        _("Compare up to four"),
        list(by_id),
        key=key,
        max_selections=_MOST,
        format_func=lambda number: by_id[number].name,
    )
    shown = [by_id[number] for number in chosen]
    if not shown:
        return
    with st.grid(min(len(shown), _MOST), min_column_width=170):
        for one in shown:
            gain = one.profit_expected - one.profit_today
            st.metric(
                plain(one.name),
                fmt().money_compact(one.profit_expected / one.days * 30, screen.currency),
                delta=fmt().signed_percent(gain / abs(one.profit_today)).replace("−", "-")
                if one.profit_today
                else None,
                delta_description=_("profit in 30 days"),
                help=plain(one.note) or None,
                border=True,
            )
    rows = compared(_named_apart(shown))
    names = [escaped(screen.name(channel)) for channel in rows["channel"]]
    chart_card(
        _compared_title(screen, shown),
        scenario_bars(
            names,
            [(escaped(name), (rows[name].fill_null(0.0) * 30).to_list()) for name in rows.columns[1:]],
            unit=fmt().symbol(screen.currency),
            colors=screen.colors,
        ),
        rows.with_columns(pl.Series("channel", [screen.name(c) for c in rows["channel"]])),
        key="compared",
        explanation=_("Spend per channel in 30 days under each scenario, whatever horizon it was saved for."),
    )


def _named_apart(shown: list[Scenario]) -> list[Scenario]:
    """Two scenarios of one name get their number after it, as columns need names of their own."""
    names = [one.name for one in shown]
    return [
        replace(one, name=f"{one.name} ({one.scenario_id})")
        if names.count(one.name) > 1 or one.name == "channel"
        else one
        for one in shown
    ]


def _compared_title(screen: Screen, shown: list[Scenario]) -> str:
    best = max(shown, key=lambda one: one.profit_expected / one.days)
    if len(shown) == 1:
        return _("{name}: expected profit {money} in 30 days", name=best.name, money=_monthly(screen, best))
    return _("{name} is expected to earn most: {money} in 30 days", name=best.name, money=_monthly(screen, best))


def _monthly(screen: Screen, one: Scenario) -> str:
    return fmt().money_compact(one.profit_expected / one.days * 30, screen.currency)


def _one(screen: Screen, state: PlanState, table: pl.DataFrame, saved: tuple[Scenario, ...]) -> None:
    by_id = {s.scenario_id: s for s in saved}
    linked = st.query_params.get("scenario", "")
    key = "scenario_open"
    if key not in st.session_state or st.session_state[key] not in by_id:
        st.session_state[key] = int(linked) if linked.isdecimal() and int(linked) in by_id else next(iter(by_id))
    number = st.selectbox(_("Scenario"), list(by_id), key=key, format_func=lambda n: by_id[n].name)
    one = by_id[number]
    with st.container(border=True, key="scenario_card"):
        st.markdown(f"#### {plain(one.name)}")
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
            known = {curve.channel for curve in state.curves}
            spend = {c: one.per_day.get(c, state.today[c]) for c in known}
            st.button(
                _("Put on screen"), key="scenario_apply", on_click=state.move,
                args=(Allocation({c: spend[c] for c in state.allocation}),),
            )  # fmt: skip
            st.button(_("Duplicate"), key="scenario_copy", on_click=_copy, args=(screen, one))
            st.button(_("Delete"), key="scenario_delete", on_click=book.delete, args=(screen.workspace, number))
            for label, name, make, mime in (
                ("CSV", "csv", as_csv, "text/csv"),
                ("XLSX", "xlsx", as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
                ("HTML", "html", as_html, "text/html"),
            ):
                st.download_button(
                    label,
                    data=lambda make=make: make(one.name, one.note, rows),
                    file_name=f"omnidash-plan-{number}.{name}",
                    mime=mime,
                    icon=":material/download:",
                    on_click="ignore",
                    key=f"scenario_{name}",
                )
        st.caption(_("Link to this scenario"))
        address = "&".join(f"{k}={v}" for k, v in {**st.query_params.to_dict(), "scenario": number}.items())
        st.code(f"/budget?{address}", language=None)
        with st.popover(_("Rename"), key="scenario_rename"):
            name = st.text_input(_("Name"), value=one.name, key=f"rename_{number}", max_chars=80)
            note = st.text_input(_("Note"), value=one.note, key=f"renote_{number}", max_chars=400)
            if st.button(_("Save name and note"), key="scenario_renamed", disabled=not name.strip()):
                book.rename(screen.workspace, one, name=name, note=note)
                st.rerun()


def _copy(screen: Screen, one: Scenario) -> None:
    book.duplicate(screen.workspace, one, name=_("{name} (copy)", name=one.name))


def _score(screen: Screen, one: Scenario, table: pl.DataFrame) -> None:
    until = screen.facts.closed_through or screen.span.closed_through
    seen = score(one, table, until)
    if seen.days_seen == 0:
        begins = one.last_day + timedelta(days=1)
        st.caption(_("Its days begin on {day}; there is no data of them yet.", day=fmt().day(begins, with_year=True)))
        return
    currency = screen.currency
    st.markdown(
        _(
            "**{verdict}** after {seen} of {days} days: spent {actual} of {planned} planned, revenue {revenue} against "
            "{expected} expected (80%: {low} … {high})",
            verdict=_(_VERDICTS[seen.verdict]),
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
                _("Spend today"): row.spend_today,
                _("New spend"): row.spend_planned,
                _("Net revenue today"): row.revenue_today,
                _("Expected net revenue"): row.revenue_expected,
                _("Low (80%)"): row.revenue_low,
                _("High (80%)"): row.revenue_high,
            }
            for row in one.channels
        ]
    )
