"""Scenarios: save the plan on screen; those saved are compared, exported, linked and scored."""

import polars as pl
import streamlit as st

from omnidash.budget import scenario as book
from omnidash.budget.scenario import scenario_of, scenarios
from omnidash.budget.what_if import WhatIf
from omnidash.model.errors import OmniDashError
from omnidash.ui import not_found
from omnidash.ui.budget.compare import compare
from omnidash.ui.budget.curves import chosen_basis, reference_of
from omnidash.ui.budget.plan_state import PlanState
from omnidash.ui.budget.scenario_card import scenario_card
from omnidash.ui.i18n import _, words
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain


def scenario_section(screen: Screen, state: PlanState, table: pl.DataFrame, answer: WhatIf) -> None:
    """Save, open, compare, export and score. ``answer``: the plan on screen."""
    _save(screen, state, table, answer)
    saved = scenarios(screen.workspace)
    linked = st.query_params.get("scenario", "")
    if linked and linked not in {str(one.scenario_id) for one in saved}:
        not_found.note_and_say("budget", _("scenario"), linked)
        del st.query_params["scenario"]
    if not saved:
        st.info(_("No scenario is saved yet. Save the plan on screen to compare it, share it and score it later."))
        return
    compare(screen, saved)
    scenario_card(screen, state, table, saved)


def _save(screen: Screen, state: PlanState, table: pl.DataFrame, answer: WhatIf) -> None:
    with st.form("scenario_save", border=True, clear_on_submit=True):
        left, middle, right = st.columns([0.34, 0.46, 0.2], vertical_alignment="bottom")
        name = left.text_input(_("Name"), key="scenario_name", max_chars=80)
        note = middle.text_input(_("Note"), key="scenario_note", max_chars=400)
        if not right.form_submit_button(_("Save this plan"), icon=":material/save:", key="scenario_store"):
            return
    reference = reference_of(screen)
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
